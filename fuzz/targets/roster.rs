//! People and the rules of their work: a file that a planner wrote, or was sent.
#![no_main]

use planning::{roster::Plan, sim::Value};

libfuzzer_sys::fuzz_target!(|text: &str| {
    let Ok(value) = toml::from_str::<Value>(text) else { return };
    let first = "2026-03-02".parse().expect("a date");
    if let Err(faults) = Plan::read(&value, first) {
        assert!(!faults.is_empty(), "refused without a fault");
    }
});
