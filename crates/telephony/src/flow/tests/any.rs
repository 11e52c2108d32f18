//! Flows of any kind, callers of any kind, texts of any kind.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use proptest::{prelude::*, sample};

use super::*;

/// A step as lines of TOML, each a key and a value.
type Lines = BTreeMap<&'static str, String>;

/// Prompts: `both` is there in both languages, `fr` and `en` in one.
fn small_world() -> World {
    let prompt = |name: &str, language| (name.to_owned(), language);
    World {
        any_name: false,
        languages: vec![Language::FR, Language::EN],
        prompts: BTreeSet::from([
            prompt("both", Language::FR),
            prompt("both", Language::EN),
            prompt("fr", Language::FR),
            prompt("en", Language::EN),
        ]),
        queues: BTreeSet::from(["Q".to_owned()]),
        calendars: BTreeSet::from(["other".to_owned()]),
        skills: BTreeSet::from(["skill".to_owned()]),
    }
}

/// One step of `count`, whose ways without a key lead on to later ones.
fn any_step(at: usize, count: usize) -> impl Strategy<Value = Lines> {
    // Mostly to the next, so that few are left behind.
    let on = || prop_oneof![3 => Just(at + 1), 1 => at + 1..count].prop_map(name);
    let anywhere = || (0..count).prop_map(name);
    let prompt = || sample::select(vec!["both", "both", "fr", "en"]).prop_map(quoted);
    let asked =
        (prompt(), prop::option::of(prompt()), prop::option::of(prompt()), 1..10u32, 1..4u32);
    let ask = sample::select(vec!["menu", "language", "collect"]);
    let pass = sample::select(vec!["play", "hours", "check", "set"]);
    let end = sample::select(vec!["queue", "voicemail", "callback", "transfer", "hangup"]);
    let kind = prop_oneof![5 => ask, 4 => pass, 2 => end];
    let keys = prop::collection::btree_map(
        sample::select("0123456789*#".chars().collect::<Vec<_>>()),
        anywhere(),
        1..4,
    );
    let flags = (any::<bool>(), any::<bool>(), any::<bool>(), 1..6usize, 0..6usize);
    (kind, asked, (on(), on(), anywhere()), keys, flags).prop_map(
        |(kind, (prompt, invalid, silent, timeout, tries), (then, other, away), keys, flags)| {
            let (skip, sensitive, has_other, min, more) = flags;
            let mut lines = Lines::from([("kind", quoted(kind))]);
            let speaks = matches!(kind, "play" | "menu" | "language" | "collect");
            if speaks || (has_other && !matches!(kind, "hours" | "check" | "set")) {
                lines.insert("prompt", prompt);
            }
            if matches!(kind, "menu" | "language" | "collect") {
                lines.insert("timeout_s", timeout.to_string());
                lines.insert("tries", tries.to_string());
                lines.extend(invalid.map(|prompt| ("invalid_prompt", prompt)));
                lines.extend(silent.map(|prompt| ("timeout_prompt", prompt)));
            }
            if matches!(kind, "play" | "language" | "set") {
                lines.insert("then", then.clone());
            }
            let table = |keys: Vec<(char, String)>| {
                let keys: Vec<_> = keys.iter().map(|(key, to)| format!("\"{key}\" = {to}")).collect();
                format!("{{ {} }}", keys.join(", "))
            };
            match kind {
                "play" => {
                    lines.insert("skip", skip.to_string());
                }
                "menu" => {
                    lines.insert("keys", table(keys.into_iter().collect()));
                    if has_other {
                        lines.insert("on_timeout", other);
                        lines.insert("on_invalid", away);
                    }
                }
                "language" => {
                    let languages = ["fr", "en"].map(quoted).into_iter().cycle();
                    lines.insert("keys", table(keys.into_keys().zip(languages).collect()));
                }
                "hours" => {
                    lines.insert("open", then);
                    lines.insert("closed", other);
                    if has_other {
                        lines.insert("calendar", quoted("other"));
                    }
                }
                "collect" => {
                    lines.insert("into", quoted(if sensitive { "secret" } else { "open" }));
                    lines.insert("sensitive", sensitive.to_string());
                    lines.insert("min", min.to_string());
                    lines.insert("max", (min + more).to_string());
                    lines.insert("terminator", quoted(if skip { "#" } else { "" }));
                    lines.insert("then", away);
                    if has_other {
                        lines.insert("on_failed", other);
                    }
                }
                "check" => {
                    lines.insert("value", quoted(if sensitive { "secret" } else { "open" }));
                    let cases = format!(
                        "[{{ prefix = \"1\", then = {then} }}, {{ length = {min}, then = {other} }}]"
                    );
                    lines.insert("cases", cases);
                    lines.insert("otherwise", other);
                }
                "set" => {
                    if skip {
                        lines.insert("language", quoted(if sensitive { "en" } else { "fr" }));
                    }
                    lines.insert("head_start_min", min.to_string());
                    lines.insert("skill", quoted("skill"));
                }
                "transfer" => {
                    lines.insert("number", quoted("+33142345678"));
                }
                "hangup" => {}
                _ => {
                    lines.insert("queue", quoted("Q"));
                }
            }
            lines
        },
    )
}

fn quoted(text: &str) -> String {
    format!("\"{text}\"")
}

fn name(at: usize) -> String {
    quoted(&format!("s{at}"))
}

fn written(steps: &[Option<Lines>]) -> String {
    let mut text = format!("start = \"s0\"\nperson = {}\n", name(steps.len() - 1));
    for (at, step) in steps.iter().enumerate() {
        for (i, (key, value)) in step.iter().flatten().enumerate() {
            if i == 0 {
                text += &format!("[step.s{at}]\n");
            }
            text += &format!("{key} = {value}\n");
        }
    }
    text
}

/// A text without a fault: what the check finds wrong with a text of any kind is put right.
fn any_flow() -> impl Strategy<Value = (String, Flow)> {
    let steps = (2..10usize).prop_flat_map(|count| {
        (0..count - 1).map(|at| any_step(at, count).boxed()).collect::<Vec<_>>()
    });
    steps.prop_filter_map("no way to put it right was found", |steps| {
        let queue = Lines::from([("kind", quoted("queue")), ("queue", quoted("Q"))]);
        let mut steps: Vec<Option<Lines>> =
            steps.into_iter().map(Some).chain([Some(queue.clone())]).collect();
        for _ in 0..20 {
            let text = written(&steps);
            let faults = match Flow::parse(&text, &small_world()) {
                Ok(flow) => return Some((text, flow)),
                Err(faults) => faults,
            };
            for fault in faults {
                let mut path = fault.field.split('.').skip(1);
                let at: usize = path.next()?[1..].parse().ok()?;
                let key = path.next();
                match (fault.code.as_str(), &mut steps[at]) {
                    ("unreachable", step) => *step = None,
                    ("missing_prompt", Some(step)) => {
                        let key = ["prompt", "invalid_prompt", "timeout_prompt"]
                            .into_iter()
                            .find(|known| key == Some(known))?;
                        step.insert(key, quoted("both"));
                    }
                    (_, step) => *step = Some(queue.clone()),
                }
            }
        }
        None
    })
}

/// What a caller and the world do.
#[derive(Clone, Debug)]
struct Behaviour {
    /// Keys, each so many milliseconds after the one before; begun again at the end.
    keys: Vec<(u64, char)>,
    /// How long words take; never told when `None`.
    words_ms: Vec<Option<u64>>,
    /// Whether we are open; never told when `None`.
    hours: Vec<Option<bool>>,
}

fn any_behaviour() -> impl Strategy<Value = Behaviour> {
    let keys: Vec<char> = "0123456789*#11##AZ".chars().collect();
    let key = (prop_oneof![50..3_000u64, 50..100_000u64], sample::select(keys));
    let words = prop_oneof![9 => (1..20_000u64).prop_map(Some), 1 => Just(None)];
    let hours = prop_oneof![4 => any::<bool>().prop_map(Some), 1 => Just(None)];
    (
        prop::collection::vec(key, 0..20),
        prop::collection::vec(words, 1..10),
        prop::collection::vec(hours, 1..5),
    )
        .prop_map(|(keys, words_ms, hours)| Behaviour { keys, words_ms, hours })
}

/// Lives a call through on a clock of its own, and looks at every moment of it.
fn live(flow: &Flow, behaviour: &Behaviour) -> Result<(Outcome, Duration), TestCaseError> {
    let world = small_world();
    let (mut run, mut out) = Run::start(Arc::new(flow.clone()));
    let mut now: u64 = 0;
    let mut deadline: Option<u64> = None;
    let mut pending: Vec<(u64, Input)> = Vec::new();
    // Keys that callers do not have change nothing, and would not end.
    let mut keys = behaviour.keys.iter().cycle().take(2_000);
    let mut next_key = keys.next().map(|(after, key)| (*after, *key));
    let (mut words, mut hours) =
        (behaviour.words_ms.iter().cycle(), behaviour.hours.iter().cycle());
    for _ in 0..20_000 {
        for output in std::mem::take(&mut out) {
            match output {
                Output::Done(outcome) => {
                    for late in [Input::Key('1'), Input::Timeout, Input::Hours { open: true }] {
                        prop_assert_eq!(run.handle(late), vec![]);
                    }
                    return Ok((*outcome, Duration::from_millis(now)));
                }
                Output::SetTimer(after) => deadline = Some(now + after.as_millis() as u64),
                Output::Play { id, prompts, language, .. } => {
                    prop_assert!(!prompts.is_empty());
                    for prompt in prompts {
                        let there = world.prompts.contains(&(prompt.clone(), language));
                        prop_assert!(there, "{} is not there in {}", prompt, language);
                    }
                    pending.retain(|(_, input)| !matches!(input, Input::PlayEnded(_)));
                    let ends = words.next().copied().flatten();
                    pending.extend(ends.map(|after| (now + after, Input::PlayEnded(id))));
                }
                Output::AskHours { .. } => {
                    let answer = hours.next().copied().flatten();
                    pending.extend(answer.map(|open| (now + 10, Input::Hours { open })));
                }
                Output::Sensitive(_) => {}
            }
        }
        // Never in silence without a deadline.
        let Some(due) = deadline else {
            return Err(TestCaseError::fail(format!("no time is set at step {}", run.step())));
        };
        let soonest = (0..pending.len()).min_by_key(|at| pending[*at].0);
        let told = soonest.filter(|at| pending[*at].0 <= due);
        let input = match (told, next_key) {
            (_, Some((at, key))) if at <= told.map_or(due, |told| pending[told].0) => {
                now = at;
                next_key = keys.next().map(|(after, key)| (now + *after, *key));
                Input::Key(key)
            }
            (Some(told), _) => {
                let (at, input) = pending.swap_remove(told);
                now = at;
                input
            }
            (None, _) => {
                now = due;
                deadline = None;
                Input::Timeout
            }
        };
        out = run.handle(input);
    }
    Err(TestCaseError::fail(format!("no end in sight at step {}", run.step())))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn every_call_through_a_flow_without_a_fault_ends_somewhere(
        (text, flow) in any_flow(),
        behaviours in prop::collection::vec(any_behaviour(), 1..4),
    ) {
        for behaviour in &behaviours {
            let (outcome, after) = live(&flow, behaviour)?;
            // Every step asks at most nine times, with words and a wait of a minute each.
            let longest = (PLAY_MAX + Duration::from_secs(60)) * 9 * STEPS_PER_RUN;
            prop_assert!(after <= longest, "{:?} after {:?}\n{}", outcome, after, text);
        }
        // A caller who does nothing while we are open is never hung up on.
        let nothing =
            Behaviour { keys: vec![], words_ms: vec![Some(1_000)], hours: vec![Some(true)] };
        let (outcome, _) = live(&flow, &nothing)?;
        prop_assert!(outcome.end != End::Hangup && !outcome.was_lost, "{:?}\n{}", outcome, text);
    }

    #[test]
    fn whatever_is_written_is_a_flow_or_has_faults(
        which in 0..2usize,
        cuts in prop::collection::vec((any::<sample::Index>(), any_patch()), 0..4),
    ) {
        let mut text = printed()[which].to_owned();
        for (at, patch) in cuts {
            if let Patch::Line(line) = patch {
                let mut lines: Vec<&str> = text.lines().collect();
                let at = at.index(lines.len().max(1)).min(lines.len());
                lines.insert(at, &line);
                text = lines.join("\n");
                continue;
            }
            let places: Vec<usize> = text.char_indices().map(|(at, _)| at).collect();
            let Some(at) = places.get(at.index(places.len().max(1))) else { break };
            match patch {
                Patch::Line(_) => {}
                Patch::Insert(with) => text.insert_str(*at, &with),
                Patch::Remove(count) => {
                    let end = places.iter().find(|end| **end >= at + count).copied();
                    text.replace_range(*at..end.unwrap_or(text.len()), "");
                }
            }
        }
        let checked = check(&text, &world());
        prop_assert_eq!(checked.flow.is_some(), checked.faults.is_empty());
        for fault in checked.faults.iter().filter(|fault| fault.code != "more_faults") {
            let line = fault.message.strip_prefix("Line ").and_then(|rest| rest.split_once(':'));
            let line: usize = line.unwrap().0.parse().unwrap();
            prop_assert!((1..=text.lines().count() + 1).contains(&line), "{:?}", fault);
            prop_assert!(!fault.next.is_empty());
        }
        if let Some(flow) = checked.flow {
            prop_assert_eq!(flow.steps().len(), checked.steps.len());
        }
    }
}

#[derive(Clone, Debug)]
enum Patch {
    Line(String),
    Insert(String),
    Remove(usize),
}

fn any_patch() -> impl Strategy<Value = Patch> {
    let lines: Vec<String> =
        printed().iter().flat_map(|text| text.lines()).map(str::to_owned).collect();
    prop_oneof![
        9 => sample::select(lines).prop_map(Patch::Line),
        1 => any::<String>().prop_map(Patch::Insert),
        1 => "\n?(kind|then|keys|prompt|cases|start|\\[step\\.[a-z]{1,4}\\]) ?=? ?(\"[a-z]{1,8}\"|[0-9]{1,20}|\\{|\\[)?\n?"
            .prop_map(Patch::Insert),
        1 => (1..40usize).prop_map(Patch::Remove),
    ]
}
