//! `permanence plan staff --forecast`: a staffing for each interval of a forecast.

use std::path::Path;

use anyhow::{Context, Result};
use clap::ValueEnum;
use planning::{
    Demand, Patience, Shape, Staffing, Target, Times,
    staffing::staff,
    varying::{Stretch, peak_loads},
};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{staff::as_json, units::refused};
use crate::forecast::text_of;

/// What `permanence forecast --json` prints, as far as it is needed here.
#[derive(Debug, Deserialize)]
struct Forecast {
    interval: f64,
    intervals: Vec<Interval>,
}

#[derive(Debug, Deserialize)]
struct Interval {
    from: String,
    contacts: f64,
    high: f64,
}

/// Which of a forecast's figures is staffed for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum StaffFor {
    /// What is expected
    Contacts,
    /// The upper end of the interval: days busier than expected keep the promise too
    High,
}

/// How a forecast is staffed.
pub struct Plan<'a> {
    pub file: &'a Path,
    pub staff_for: StaffFor,
    /// Whether the load reaches the desks when it is worked off, not when it comes.
    pub lagged: bool,
    pub handle_s: f64,
    pub patience: Patience,
    pub waiting_places: Option<u32>,
    pub target: Target,
    pub shrinkage: f64,
}

/// An interval with its agents; `None` where nobody comes and nobody is needed.
struct Staffed {
    from: String,
    contacts: f64,
    staffing: Option<Staffing>,
}

/// What the command prints.
///
/// # Errors
/// When the file is no forecast, or with everything that is wrong with the promise.
pub fn printed(plan: &Plan<'_>, as_object: bool) -> Result<String> {
    let text = text_of(plan.file)?;
    let forecast: Forecast = serde_json::from_str(&text).with_context(|| {
        format!(
            "{} is no forecast: give what `permanence forecast FILE --json` prints",
            plan.file.display()
        )
    })?;
    let staffed = staffed(plan, &forecast)?;
    let hours = forecast.interval / 3600.0;
    let sum = |agents: fn(&Staffing) -> u32| -> f64 {
        staffed.iter().filter_map(|of| of.staffing.as_ref()).map(|s| f64::from(agents(s))).sum()
    };
    let required = sum(|s| s.required_agents) * hours;
    let scheduled = sum(|s| s.scheduled_agents) * hours;
    if as_object {
        let intervals: Vec<Value> = staffed.iter().map(interval_json).collect();
        let object = json!({
            "interval": forecast.interval,
            "required_agent_hours": required,
            "scheduled_agent_hours": scheduled,
            "intervals": intervals,
        });
        return Ok(format!("{object}\n"));
    }
    let mut text =
        format!("{:<17}{:>9}{:>10}{:>11}  level\n", "from", "contacts", "required", "scheduled");
    for of in &staffed {
        let (required, scheduled, level) = of
            .staffing
            .as_ref()
            .map_or((0, 0, 1.0), |s| (s.required_agents, s.scheduled_agents, s.service_level));
        text += &format!(
            "{:<17}{:>9.1}{required:>10}{scheduled:>11}  {:.1} %\n",
            of.from,
            of.contacts,
            level * 100.0
        );
    }
    Ok(text + &format!("\n{required:.1} agent hours required, {scheduled:.1} scheduled\n"))
}

fn interval_json(of: &Staffed) -> Value {
    let mut object = of
        .staffing
        .as_ref()
        .map_or_else(|| json!({ "required_agents": 0, "scheduled_agents": 0 }), as_json);
    object["from"] = json!(of.from);
    object["contacts"] = json!(of.contacts);
    object
}

fn staffed(plan: &Plan<'_>, forecast: &Forecast) -> Result<Vec<Staffed>> {
    let contacts = |interval: &Interval| match plan.staff_for {
        StaffFor::Contacts => interval.contacts,
        StaffFor::High => interval.high,
    };
    let mut rates: Vec<f64> =
        forecast.intervals.iter().map(|interval| contacts(interval) / forecast.interval).collect();
    if plan.lagged {
        rates = lagged(plan, forecast, &rates)?;
    }
    let mut all = Vec::with_capacity(rates.len());
    for (interval, arrivals_per_s) in forecast.intervals.iter().zip(rates) {
        let demand = Demand {
            arrivals_per_s,
            handle_s: plan.handle_s,
            waiting_places: plan.waiting_places,
            patience: plan.patience,
        };
        // What is less than a contact in years needs nobody, and has no service level.
        let staffing = if arrivals_per_s < 1e-9 {
            None
        } else {
            Some(staff(&demand, &plan.target, plan.shrinkage).map_err(refused)?)
        };
        all.push(Staffed { from: interval.from.clone(), contacts: contacts(interval), staffing });
    }
    Ok(all)
}

/// The rates that bring the load of each interval's peak, day by day: the work of a busy interval goes
/// on in the next.
fn lagged(plan: &Plan<'_>, forecast: &Forecast, rates: &[f64]) -> Result<Vec<f64>> {
    let handle = Times::new("aht", plan.handle_s, Shape::Exponential).map_err(refused)?;
    let day = |at: usize| forecast.intervals[at].from.get(..10).unwrap_or_default();
    let mut shifted = Vec::with_capacity(rates.len());
    let mut from = 0;
    while from < rates.len() {
        let until = (from..rates.len()).find(|at| day(*at) != day(from)).unwrap_or(rates.len());
        let stretches: Vec<Stretch> = rates[from..until]
            .iter()
            .map(|rate| Stretch { length_s: forecast.interval, arrivals_per_s: rate.max(0.0) })
            .collect();
        let peaks = peak_loads(&stretches, &handle).map_err(refused)?;
        shifted.extend(peaks.iter().map(|load| load / plan.handle_s));
        from = until;
    }
    Ok(shifted)
}
