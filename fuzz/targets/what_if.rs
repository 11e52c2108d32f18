//! What would have been otherwise, of a small floor.
#![no_main]

use std::sync::LazyLock;

use domain::{
    CalendarId, ClientId, PoolId, TeamId,
    calendar::{Calendar, MinuteOfDay, Weekday, WeeklyRange},
};
use planning::{
    recorded::{House, HouseClient, WhatIf},
    sim::{Scenario, Value},
};

const FLOOR: &str = r#"
[run]
length = "24h"
[[pools]]
name = "front"
[[clients]]
name = "Acme"
pools = ["front"]
[[clients.queues]]
demand = { kind = "recorded", times = ["1h", "2h", "3h"] }
handle = { kind = "exponential", mean = "4m" }
[[clients]]
name = "Bolt"
model = "dedicated"
team = "bolt"
[[clients.queues]]
name = "Calls"
demand = { kind = "constant", per_hour = 40 }
handle = { kind = "exponential", mean = "5m" }
[[groups]]
name = "front agents"
pools = ["front"]
agents = 5
[[groups]]
name = "bolt agents"
team = "bolt"
agents = 4
"#;

static HOUSE: LazyLock<(Scenario, House)> = LazyLock::new(|| {
    let value: Value = toml::from_str(FLOOR).expect("TOML");
    let scenario = Scenario::read(&value).expect("no faults");
    let hours = |at: usize| Calendar {
        id: CalendarId::from_u128(at as u128 + 1),
        name: "Hours".to_owned(),
        zone: "UTC".to_owned(),
        weekly: vec![WeeklyRange {
            days: Weekday::ALL.to_vec(),
            from: MinuteOfDay::START,
            until: MinuteOfDay::END,
        }],
        holidays: vec![],
        closures: vec![],
    };
    let clients = scenario.clients.iter().enumerate().map(|(at, client)| HouseClient {
        id: ClientId::from_u128(at as u128 + 1),
        name: client.name.clone(),
        contract: client.contract.clone(),
        hours: hours(at),
    });
    let house = House {
        name: "yesterday".to_owned(),
        zone: scenario.run.zone.clone(),
        pools: vec![(PoolId::from_u128(1), "front".to_owned(), 100)],
        teams: vec![(TeamId::from_u128(1), ClientId::from_u128(2), "bolt".to_owned())],
        skills: vec![],
        clients: clients.collect(),
    };
    (scenario, house)
});

libfuzzer_sys::fuzz_target!(|text: &str| {
    let Ok(value) = toml::from_str::<Value>(text) else { return };
    let (scenario, house) = &*HOUSE;
    if let Err(faults) = WhatIf::read(&value, scenario.clone(), house) {
        assert!(!faults.is_empty(), "refused without a fault");
    }
});
