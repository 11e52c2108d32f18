//! Required agents: a table, or what `permanence plan staff --json` prints.
#![no_main]

use planning::{roster::Required, sim::Value};

libfuzzer_sys::fuzz_target!(|text: &str| {
    if let Ok(required) = Required::read_csv(text) {
        let _ = required.at(required.first_day(), 0);
    }
    if let Ok(value) = serde_json::from_str::<Value>(text) {
        let _ = Required::read_staffing(&value, "", "scheduled_agents");
    }
});
