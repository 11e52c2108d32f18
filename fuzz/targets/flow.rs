//! Whatever is written as a call flow; and if it is one, a call through it with any keys.

#![no_main]

use std::{collections::BTreeSet, sync::Arc};

use domain::Language;
use libfuzzer_sys::fuzz_target;
use telephony::flow::{self, Input, Output, Run, World};

/// How often a call may be told something before it must have ended: each step asks at most nine
/// times, with words and a wait, and a hundred steps are the limit.
const INPUTS_MAX: usize = 10_000;

fn world(text: &str) -> World {
    // Names that the text itself puts in quotes are there, in French only.
    let quoted = || text.split('"').skip(1).step_by(2).map(str::to_owned);
    World {
        any_name: false,
        languages: vec![Language::FR, Language::EN],
        prompts: quoted().map(|name| (name, Language::FR)).collect(),
        queues: quoted().collect(),
        calendars: quoted().collect(),
        skills: BTreeSet::new(),
    }
}

fuzz_target!(|input: &str| {
    // Keys stand behind the text, so that a flow as it is written is an input as well.
    let (text, keys) = input.split_once('\0').unwrap_or((input, ""));
    let checked = flow::check(text, &world(text));
    assert_eq!(checked.flow.is_some(), checked.faults.is_empty());
    let Some(flow) = checked.flow else { return };
    let (mut run, mut out) = Run::start(Arc::new(flow));
    let mut keys = keys.chars();
    for _ in 0..INPUTS_MAX {
        if out.iter().any(|output| matches!(output, Output::Done(_))) {
            return;
        }
        let input = keys.next().map_or(Input::Timeout, Input::Key);
        out = run.handle(input);
    }
    panic!("the call does not end");
});
