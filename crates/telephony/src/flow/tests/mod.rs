//! Known texts with their faults, known calls, and flows of any kind with callers of any kind.

mod any;
mod faults;
mod runs;

use super::*;

const MANUAL: &str = include_str!("../../../../../docs/call-flows.md");

/// The whole flows that the manual prints.
fn printed() -> Vec<&'static str> {
    MANUAL.split("```toml\n").skip(1).filter_map(|rest| rest.split("```").next()).collect()
}

/// Everything that the manual's flows name, in French and English.
fn world() -> World {
    let names = [
        "choose_language",
        "welcome",
        "main_menu",
        "not_a_choice",
        "opening_hours",
        "your_contract_number",
        "not_a_number",
        "one_moment",
        "we_call_you",
        "leave_a_message",
    ];
    let set = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    World {
        any_name: false,
        languages: vec![Language::FR, Language::EN],
        prompts: names
            .iter()
            .flat_map(|name| [Language::FR, Language::EN].map(|l| ((*name).to_owned(), l)))
            .collect(),
        queues: set(&["Sales", "Service"]),
        calendars: set(&["emergency"]),
        skills: set(&["claims"]),
    }
}

#[test]
fn the_manual_prints_flows_that_can_be_published() {
    let printed = printed();
    assert_eq!(printed.len(), 2);
    for text in printed {
        Flow::parse(text, &world()).unwrap();
    }
}

#[test]
fn the_manual_explains_every_kind_and_every_code() {
    let source =
        [include_str!("../keys.rs"), include_str!("../read.rs"), include_str!("../graph.rs")]
            .concat();
    let codes: BTreeSet<&str> = source
        .split('"')
        .filter(|text| {
            text.contains('_') && text.bytes().all(|b| b.is_ascii_lowercase() || b == b'_')
        })
        .collect();
    // Of the words in quotes, those that faults are told under: a test of faults names each.
    let told: BTreeSet<&str> = faults::CODES.iter().copied().collect();
    for code in &told {
        assert!(MANUAL.contains(&format!("`{code}`")), "{code} is not explained");
    }
    for code in codes.iter().filter(|code| code.starts_with("unknown_") || code.starts_with("bad_"))
    {
        assert!(told.contains(code), "{code} is told and not tested");
    }
    for kind in [
        "play",
        "menu",
        "language",
        "hours",
        "collect",
        "check",
        "set",
        "queue",
        "voicemail",
        "callback",
        "transfer",
        "hangup",
    ] {
        assert!(MANUAL.contains(&format!("| `{kind}` |")), "{kind} is not explained");
    }
}

#[test]
fn a_drawing_names_steps_and_ways_and_is_there_for_a_broken_text_as_well() {
    let flow = Flow::parse(printed()[1], &world()).unwrap();
    let steps: Vec<_> = flow.steps().take(4).collect();
    let want =
        [("choose", "language"), ("hours", "hours"), ("menu", "menu"), ("opening_hours", "play")];
    assert_eq!(steps, want);
    let from_menu: Vec<_> =
        flow.ways().filter(|way| way.0 == "menu").map(|(_, on, to)| format!("{on} {to}")).collect();
    let want = [
        "1 number",
        "2 sales",
        "3 opening_hours",
        "9 later",
        "* choose",
        "timeout service",
        "invalid service",
    ];
    assert_eq!(from_menu, want);
    let broken = printed()[1].replace("then = \"which\"", "then = \"wich\"");
    let checked = check(&broken, &world());
    assert!(checked.flow.is_none());
    assert_eq!(checked.steps.len(), flow.steps().len());
    assert_eq!(checked.ways.len(), flow.ways().len() - 1);
}
