//! A scenario with a comparison of contracts, with what groups cost, or with what has come today: a file that
//! a planner wrote, or was sent.
#![no_main]

use planning::{compare, intraday, sim::Value, skills};

libfuzzer_sys::fuzz_target!(|text: &str| {
    let Ok(value) = toml::from_str::<Value>(text) else { return };
    for faults in [
        compare::Plan::read(&value, None).err(),
        skills::Plan::read(&value).err(),
        intraday::Today::read(&value).err(),
    ] {
        assert!(faults.is_none_or(|faults| !faults.is_empty()), "refused without a fault");
    }
});
