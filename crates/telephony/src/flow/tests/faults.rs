//! What is wrong with a text, and where.

use super::*;

/// Every code that a fault may have.
pub(super) const CODES: &[&str] = &[
    "too_long",
    "too_many_steps",
    "syntax",
    "key_twice",
    "unknown_key",
    "missing_key",
    "wrong_type",
    "bad_value",
    "bad_name",
    "bad_key",
    "unknown_kind",
    "no_steps",
    "dead_end",
    "unknown_step",
    "unknown_prompt",
    "missing_prompt",
    "unknown_queue",
    "unknown_calendar",
    "unknown_skill",
    "unknown_language",
    "unknown_value",
    "sensitive_differs",
    "bad_person",
    "loop",
    "unreachable",
    "no_person",
    "silent_caller",
    "more_faults",
];

/// Faults as `code field line`.
fn told(text: &str, world: &World) -> Vec<String> {
    let faults = match Flow::parse(text, world) {
        Ok(_) => return Vec::new(),
        Err(faults) => faults,
    };
    faults
        .iter()
        .map(|fault| {
            assert!(CODES.contains(&fault.code.as_str()), "{fault:?}");
            assert!(!fault.next.is_empty(), "{fault:?}");
            let line = fault.message.strip_prefix("Line ").and_then(|rest| rest.split_once(':'));
            let line = line.map(|(line, _)| line).expect("a fault says its line");
            format!("{} {} {line}", fault.code, fault.field)
        })
        .collect()
}

/// A flow around some steps: lines 1 to 5 are the same in each, `a` comes first, at line 6.
fn around(steps: &str) -> String {
    format!("start = \"a\"\nperson = \"q\"\n[step.q]\nkind = \"queue\"\nqueue = \"Sales\"\n{steps}")
}

#[test]
fn each_fault_is_told_with_its_place_and_line() {
    let cases: &[(&str, &[&str])] = &[
        ("[step.a]\nkind = \"play\"\nprompt = \"welcome\"\nthen = \"q\"", &[]),
        ("[step.a]\nkind = \"plai\"", &["unknown_kind step.a.kind 6"]),
        ("[step.a]\nprompt = \"welcome\"", &["missing_key step.a.kind 6"]),
        ("[step.a]\nkind = \"play\"\nprompt = \"welcome\"", &["dead_end step.a.then 6"]),
        (
            "[step.a]\nkind = \"play\"\nprompt = \"welcome\"\nthen = \"b\"",
            &["unknown_step step.a.then 9"],
        ),
        ("[step.a]\nkind = \"play\"\nthen = \"q\"", &["missing_key step.a.prompt 6"]),
        (
            "[step.a]\nkind = \"play\"\nprompt = [\"welcome\", \"hello\"]\nthen = \"q\"",
            &["unknown_prompt step.a.prompt 8"],
        ),
        (
            "[step.a]\nkind = \"play\"\nprompt = 7\nskip = 1\nthen = \"q\"\nthan = \"q\"",
            &[
                "wrong_type step.a.prompt 8",
                "wrong_type step.a.skip 9",
                "unknown_key step.a.than 11",
            ],
        ),
        ("[step.a]\nkind = \"queue\"\nqueue = \"Lunch\"", &["unknown_queue step.a.queue 8"]),
        ("[step.a]\nkind = \"voicemail\"", &["missing_key step.a.queue 6"]),
        (
            "[step.a]\nkind = \"hours\"\ncalendar = \"moon\"\nopen = \"q\"\nclosed = \"q\"",
            &["unknown_calendar step.a.calendar 8"],
        ),
        (
            "[step.a]\nkind = \"menu\"\nprompt = \"main_menu\"\nkeys = { 1 = \"q\", x = \"q\", 12 = \"q\" }",
            &["bad_key step.a.keys.12 9", "bad_key step.a.keys.x 9"],
        ),
        (
            "[step.a]\nkind = \"menu\"\nprompt = \"main_menu\"\nkeys = { 1 = \"q\", 1 = \"q\" }",
            &["key_twice  9"],
        ),
        (
            "[step.a]\nkind = \"menu\"\nprompt = \"main_menu\"\nkeys = {}\ntries = 0\ntimeout_s = 61",
            &[
                "missing_key step.a.keys 6",
                "bad_value step.a.tries 10",
                "bad_value step.a.timeout_s 11",
            ],
        ),
        (
            "[step.a]\nkind = \"language\"\nprompt = \"welcome\"\nkeys = { 1 = \"fr\", 2 = \"ru\" }\nthen = \"q\"",
            &["unknown_language step.a.keys.2 9"],
        ),
        (
            "[step.a]\nkind = \"collect\"\nprompt = \"welcome\"\ninto = \"n o\"\nmin = 5\nmax = 4\nterminator = \"0\"\nthen = \"q\"",
            &["bad_value step.a.min 6", "bad_name step.a.into 9", "bad_value step.a.terminator 12"],
        ),
        (
            "[step.a]\nkind = \"check\"\nvalue = \"n\"\ncases = [{ equals = \"1\", then = \"q\" }]\notherwise = \"q\"",
            &["unknown_value step.a.value 8"],
        ),
        (
            "[step.a]\nkind = \"collect\"\nprompt = \"welcome\"\ninto = \"n\"\nthen = \"b\"\n\
             [step.b]\nkind = \"check\"\nvalue = \"n\"\notherwise = \"q\"\n\
             cases = [{ equals = \"x\", then = \"q\" }, { then = \"q\" }, { prefix = \"1\", length = 2, then = \"q\" }]",
            &[
                "bad_value step.b.cases[0].equals 15",
                "bad_value step.b.cases[1] 15",
                "bad_value step.b.cases[2] 15",
            ],
        ),
        (
            "[step.a]\nkind = \"collect\"\nprompt = \"welcome\"\ninto = \"n\"\nthen = \"b\"\n\
             [step.b]\nkind = \"collect\"\nprompt = \"welcome\"\ninto = \"n\"\nsensitive = true\nthen = \"q\"",
            &["sensitive_differs step.b.sensitive 11"],
        ),
        ("[step.a]\nkind = \"set\"\nthen = \"q\"", &["missing_key step.a 6"]),
        (
            "[step.a]\nkind = \"set\"\nhead_start_min = -1\nskill = \"magic\"\nlanguage = \"klingon\"\nthen = \"q\"",
            &[
                "bad_value step.a.head_start_min 8",
                "unknown_skill step.a.skill 9",
                "unknown_language step.a.language 10",
            ],
        ),
        ("[step.a]\nkind = \"transfer\"\nnumber = \"0142345678\"", &["bad_value step.a.number 8"]),
        (
            "[step.a]\nkind = \"play\"\nprompt = \"welcome\"\nthen = \"q\"\n[step.b]\nkind = \"hangup\"",
            &["unreachable step.b 10"],
        ),
        (
            "[step.a]\nkind = \"play\"\nprompt = \"welcome\"\nthen = \"b\"\n\
             [step.b]\nkind = \"play\"\nprompt = \"welcome\"\nthen = \"a\"",
            &["loop step.a 6", "no_person step.a 6", "no_person step.b 10"],
        ),
        (
            "[step.a]\nkind = \"menu\"\nprompt = \"welcome\"\nkeys = { 1 = \"q\" }\non_timeout = \"a\"",
            &["loop step.a 6"],
        ),
        // A caller who presses a key may go round as often as they like.
        (
            "[step.a]\nkind = \"menu\"\nprompt = \"welcome\"\nkeys = { 1 = \"a\" }\non_invalid = \"a\"",
            &[],
        ),
        (
            "[step.a]\nkind = \"menu\"\nprompt = \"welcome\"\nkeys = { 1 = \"q\" }\non_timeout = \"b\"\n\
             [step.b]\nkind = \"hangup\"",
            &["silent_caller step.b 11"],
        ),
        (
            "[step.a]\nkind = \"menu\"\nprompt = \"welcome\"\nkeys = { 1 = \"b\", 2 = \"c\" }\n\
             [step.b]\nkind = \"play\"\nprompt = \"welcome\"\nthen = \"c\"\n[step.c]\nkind = \"hangup\"",
            &["no_person step.b 10"],
        ),
        // Nobody is there when we are closed.
        (
            "[step.a]\nkind = \"hours\"\nopen = \"q\"\nclosed = \"b\"\n\
             [step.b]\nkind = \"play\"\nprompt = \"welcome\"\nthen = \"c\"\n[step.c]\nkind = \"hangup\"",
            &[],
        ),
        ("[step.\"a b\"]\nkind = \"hangup\"", &["unknown_step start 1", "bad_name step.a b 6"]),
        ("[step]\na = 1", &["unknown_step start 1", "wrong_type step.a 7"]),
        ("[step.a]\nkind = \"play\n[step.b]\n", &["syntax  7"]),
    ];
    for (steps, want) in cases {
        let got = told(&around(steps), &world());
        assert_eq!(got, *want, "{steps}");
    }
}

#[test]
fn the_top_of_a_text_is_checked() {
    assert_eq!(
        told("", &world()),
        ["missing_key person 1", "missing_key start 1", "no_steps step 1"]
    );
    let other = "start = \"q\"\nperson = \"h\"\nlanguage = \"xx\"\nvoice = \"anna\"\n\
                 [step.q]\nkind = \"queue\"\nqueue = \"Sales\"\n[step.h]\nkind = \"hangup\"\n";
    let want = ["unknown_language language 3", "unknown_key voice 4", "bad_person person 8"];
    assert_eq!(told(other, &world()), want);
    assert_eq!(told("step = 1", &world())[2..], ["no_steps step 1", "wrong_type step 1"]);
    assert_eq!(told("step.a = 1", &world())[2..], ["no_steps step 1", "wrong_type step.a 1"]);
}

#[test]
fn a_prompt_is_wanted_in_the_languages_that_its_callers_may_have() {
    let steps = "[step.a]\nkind = \"language\"\nprompt = \"choose_language\"\n\
                 keys = { 1 = \"fr\", 2 = \"en\" }\nthen = \"b\"\n\
                 [step.b]\nkind = \"play\"\nprompt = \"welcome\"\nthen = \"c\"\n\
                 [step.c]\nkind = \"set\"\nlanguage = \"en\"\nthen = \"d\"\n\
                 [step.d]\nkind = \"play\"\nprompt = \"one_moment\"\nthen = \"q\"\n";
    let text = around(steps);
    let mut world = world();
    for (name, language) in [
        // Before the choice everybody is French, after the setting English.
        ("choose_language", Language::EN),
        ("one_moment", Language::FR),
    ] {
        assert!(world.prompts.remove(&(name.to_owned(), language)));
        assert_eq!(told(&text, &world), [""; 0], "{name}");
    }
    world.prompts.remove(&("welcome".to_owned(), Language::EN));
    assert_eq!(told(&text, &world), ["missing_prompt step.b.prompt 13"]);
    world.prompts.remove(&("one_moment".to_owned(), Language::EN));
    let want = ["missing_prompt step.b.prompt 13", "unknown_prompt step.d.prompt 21"];
    assert_eq!(told(&text, &world), want);
}

#[test]
fn a_text_is_limited() {
    let long = around(&"#".repeat(TEXT_MAX));
    assert_eq!(told(&long, &world()), ["too_long  1"]);
    let many: String = (0..STEPS_MAX)
        .map(|i| format!("[step.s{i}]\nkind = \"queue\"\nqueue = \"Sales\"\n"))
        .collect();
    let got = told(&around(&many), &world());
    assert!(got.contains(&format!("too_many_steps step.s{} {}", STEPS_MAX - 1, 3 * STEPS_MAX + 3)));
    // A bracket that stays open.
    let open = around(&format!("x = [\n{}", "a = 1\n".repeat(300)));
    let got = told(&open, &world());
    assert!((1..=5).contains(&got.len()) && got[0].starts_with("syntax  "), "{got:?}");
    // More faults than anybody reads at once.
    let wrong: String =
        (0..150).map(|i| format!("[step.s{i}]\nkind = \"play\"\nx = 1\ny = 2\n")).collect();
    let faults = check(&around(&wrong), &world()).faults;
    assert_eq!(faults.len(), FAULTS_MAX + 1);
    let last = &faults[FAULTS_MAX];
    assert_eq!(
        (last.code.as_str(), last.message.as_str()),
        ("more_faults", "The text has 401 more faults.")
    );
    let nested = around(&format!("x = {}1{}", "[".repeat(500), "]".repeat(500)));
    assert!(told(&nested, &world()).iter().all(|fault| fault.starts_with("syntax")));
}

#[test]
fn a_slip_of_the_pen_is_met_with_the_word_that_was_meant() {
    let text = around(
        "[step.a]\nkind = \"play\"\npromt = \"welcome\"\nthen = \"a2\"\nprompt = \"welcome\"",
    );
    let faults = Flow::parse(&text, &world()).unwrap_err();
    let next = |code: &str| &faults.iter().find(|fault| fault.code == code).unwrap().next;
    assert_eq!(next("unknown_key"), "Did you mean `prompt`? Otherwise remove it.");
    assert_eq!(next("unknown_step"), "Did you mean \"a\"? Otherwise add [step.a2].");
}
