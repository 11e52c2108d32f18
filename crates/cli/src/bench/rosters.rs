//! A week's roster of the example in the documents, over a made-up bank's days.

use std::time::Duration;

use ::rosters::{Options, Progress, Watch, plan as make};
use anyhow::{Result, anyhow};
use domain::Day;
use planning::{
    roster::{Plan, Required, check, cover, price},
    sim,
};
use serde_json::{Value, json};
use server::clock::Stopwatch;

/// Waits as long as it takes.
struct Patient(Stopwatch);

impl Watch for Patient {
    fn elapsed(&self) -> Duration {
        self.0.elapsed()
    }

    fn stop(&self) -> bool {
        false
    }

    fn progress(&self, _: Progress) {}
}

const PLAN: &str = include_str!("../../../../docs/examples/bank-roster.toml");
/// Half-hours from 07:00 to 21:00.
const HALF_HOURS: u16 = 28;

/// Measures.
///
/// # Errors
/// When there is no roster, or one that breaks a rule: a fault of ours.
pub fn run() -> Result<Value> {
    let faults = |faults: Vec<domain::Fault>| anyhow!("{faults:?}");
    let monday: Day = "2003-09-15".parse()?;
    let value: sim::Value = toml::from_str(PLAN)?;
    let plan = Plan::read(&value, monday).map_err(faults)?;
    let mut rows = Vec::new();
    for day in 0..5 {
        for half_hour in 0..HALF_HOURS {
            // A peak before noon and a lower one in the afternoon; Mondays are the busiest.
            let hour = f64::from(half_hour) / 2.0;
            let hump = |at: f64, width: f64| (-((hour - at) / width).powi(2)).exp();
            let busy = 1.0 - 0.04 * day as f64;
            let agents = busy * (40.0 + 200.0 * hump(4.0, 2.5) + 130.0 * hump(8.5, 3.0));
            let minute = 7 * 60 + half_hour * 30;
            rows.push((monday.plus(day), minute, vec![agents.round() as u32]));
        }
    }
    let required = Required::new(vec![String::new()], 30, rows).map_err(faults)?;
    let watch = Patient(Stopwatch::start());
    let answer = make(&plan, &required, Options::default(), &watch)?;
    let took = watch.elapsed();
    let breaches = check(&answer.roster, &plan);
    if let Some(breach) = breaches.first() {
        return Err(anyhow!("the roster breaks {} rules: {breach}", breaches.len()));
    }
    let value = price(&answer.roster, &plan, &cover(&answer.roster, &plan, &required)).value;
    let gap = answer.bound.map(|bound| (value - bound) / value);
    Ok(json!({
        "people": plan.people.len(),
        "duties": answer.roster.duties.len(),
        "value": value,
        "bound": answer.bound,
        "gap": gap,
        "seconds": took.as_secs_f64(),
    }))
}
