//! What is read, who may answer whom, and what the formulas ask.

use super::*;
use crate::{
    Demand, Patience, Target, Times,
    sim::{Scenario, Value},
    staff,
};

const TWO: &str = r#"
[run]
length = "24h"
[[pools]]
name = "front"
[[clients]]
name = "Acme"
pools = ["front"]
[[clients.queues]]
demand = { kind = "constant", per_hour = 120 }
handle = { kind = "exponential", mean = "4m" }
patience = { kind = "exponential", mean = "3m" }
[[clients]]
name = "Bolt"
model = "hybrid"
team = "bolt"
pools = ["front"]
dedicated_hours = [{ days = "mon-fri", from = "08:00", until = "18:00" }]
[[clients.queues]]
demand = { kind = "constant", per_hour = 60 }
handle = { kind = "exponential", mean = "5m" }
patience = { kind = "exponential", mean = "3m" }
[[groups]]
name = "front"
pools = ["front"]
[[groups]]
name = "team"
team = "bolt"
[staffing]
interval = "1h"
[[staffing.groups]]
name = "team"
cost_per_hour = 1.5
"#;

fn value(text: &str) -> Value {
    toml::from_str(text).expect("TOML")
}

fn read(text: &str) -> Result<Plan, Vec<domain::Fault>> {
    Plan::read(&value(text))
}

#[test]
fn who_may_answer_follows_the_contract_from_hour_to_hour() {
    let plan = read(TWO).expect("no faults");
    assert_eq!((plan.intervals(), plan.local(9).as_str()), (24, "2026-01-05T09:00"));
    let needs = plan.needs().expect("somebody may answer everything");
    let able = |interval: usize, queue: usize| {
        let able = &needs.problems[interval].queues[queue].able;
        able.iter().map(|(group, _)| *group).collect::<Vec<_>>()
    };
    // At night the pool answers both; by day Bolt's team answers Bolt alone.
    assert_eq!((able(2, 0), able(2, 1)), (vec![0], vec![0]));
    assert_eq!((able(9, 0), able(9, 1)), (vec![0], vec![1]));
    // Alone each needs what the formula says; together less.
    let alone = |per_hour: f64, handle_s: f64| {
        let patience = Times::exponential("patience", 180.0).expect("valid");
        let demand = Demand {
            arrivals_per_s: per_hour / 3600.0,
            handle_s,
            waiting_places: None,
            patience: Patience::Times(patience),
        };
        let promise = &plan.scenario.clients[0].contract.periods[0].promise;
        let target = Target::level(
            f64::from(promise.target_percent) / 100.0,
            f64::from(promise.threshold_s),
        );
        f64::from(staff(&demand, &target, 0.0).expect("staffable").required_agents)
    };
    let asked = |interval: usize| -> f64 {
        needs.problems[interval].queues.iter().map(|queue| queue.agents).sum()
    };
    let apart = alone(120.0, 240.0) + alone(60.0, 300.0);
    assert!((asked(9) - apart).abs() < 1e-9, "{} of {apart}", asked(9));
    assert!(asked(2) < apart - 0.5, "{} of {apart}", asked(2));
    // Apart they would cost: at night the pool's agents for both, by day 1.5 for each of the team.
    let day = alone(120.0, 240.0) + 1.5 * alone(60.0, 300.0);
    assert!((needs.cost_if_separate - 14.0 * apart - 10.0 * day).abs() < 1e-6);
}

#[test]
fn everything_wrong_is_told_at_once() {
    let wrong = TWO
        .replace("interval = \"1h\"", "interval = \"7m\"\ncolour = \"red\"")
        .replace(
            "name = \"team\"\ncost_per_hour = 1.5",
            "name = \"tea\"\ncost_per_hour = 0\nmost = 0",
        )
        .replace("mean = \"5m\"", "mean = \"-5m\"");
    let faults = read(&wrong).expect_err("all of it is wrong");
    let fields: Vec<&str> = faults.iter().map(|fault| fault.field.as_str()).collect();
    for field in ["clients[1].queues[0].handle.mean", "staffing.interval"] {
        assert!(fields.contains(&field), "{field} is not in {fields:?}");
    }
    let wrong = TWO.replace("interval = \"1h\"", "interval = \"1h\"\ncolour = \"red\"").replace(
        "name = \"team\"\ncost_per_hour = 1.5",
        "name = \"tea\"\ncost_per_hour = 0\nmost = 0",
    ) + "[[staffing.groups]]\nname = \"front\"\n[[staffing.groups]]\nname = \"front\"\n";
    let faults = read(&wrong).expect_err("all of it is wrong");
    for (field, code) in [
        ("staffing.colour", ""),
        ("staffing.groups[0].name", "unknown_name"),
        ("staffing.groups[0].cost_per_hour", "not_above_zero"),
        ("staffing.groups[0].most", ""),
        ("staffing.groups[2].name", "twice"),
    ] {
        let found = faults.iter().any(|f| f.field == field && f.code.contains(code));
        assert!(found, "{field} {code}: {faults:#?}");
    }
    // A run that its intervals do not divide.
    let uneven = read(&TWO.replace("length = \"24h\"", "length = \"90m\"")).expect_err("1.5 hours");
    assert_eq!(uneven[0].field, "staffing.interval");
    // Nobody simulates groups without agents.
    assert!(Scenario::read(&value(TWO)).is_err());
}

#[test]
fn a_queue_that_nobody_may_answer_is_told_with_its_first_hour() {
    let nobody =
        TWO.replace("name = \"team\"\nteam = \"bolt\"", "name = \"team\"\npools = [\"front\"]");
    let faults = read(&nobody).and_then(|plan| plan.needs().map(|_| ())).expect_err("no team");
    assert_eq!((faults.len(), faults[0].code.as_str()), (1, "cannot_be_staffed"));
    let said = faults[0].message.to_string();
    assert!(said.contains("Bolt at 2026-01-05T08:00"), "{said}");
}
