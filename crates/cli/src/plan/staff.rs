//! `permanence plan staff`: the least agents for a promise.

use std::path::PathBuf;

use anyhow::Result;
use clap::Args;
use domain::Fault;
use planning::{
    Demand, Level, Staffing, Target,
    staffing::{LevelTarget, staff},
};
use serde_json::{Value, json};

use super::{
    by_interval::{self, StaffFor},
    line::LineArgs,
    units::{percent, refused, seconds, share, span, table},
};

/// A demand and what was promised.
#[derive(Debug, Args)]
pub struct StaffArgs {
    #[command(flatten)]
    line: LineArgs,
    #[command(flatten)]
    promise: PromiseArgs,
    /// Staff every interval of a forecast: a file of what `permanence forecast --json` printed
    #[arg(long, value_name = "FILE", conflicts_with_all = ["arrivals_per_hour", "contacts", "interval"])]
    forecast: Option<PathBuf>,
    /// Which figure of the forecast is staffed for
    #[arg(long, value_enum, default_value = "contacts", requires = "forecast")]
    staff_for: StaffFor,
    /// Staff for the load when it is worked off rather than when it comes: for intervals that are short against the handle time
    #[arg(long, requires = "forecast")]
    lagged: bool,
    /// Print one JSON object, in seconds and shares
    #[arg(long)]
    json: bool,
}

/// What shall hold, all of it together.
#[derive(Debug, Args)]
pub struct PromiseArgs {
    /// Threshold of the service level, such as 20s
    #[arg(long, value_name = "SPAN", value_parser = span, default_value = "20s", allow_hyphen_values = true)]
    pub threshold: f64,
    /// At least this service level, such as 0.8
    #[arg(long, value_name = "SHARE", value_parser = share, allow_hyphen_values = true)]
    pub target: Option<f64>,
    /// Which service level is meant
    #[arg(long, value_name = "NAME", default_value = "sl_offered", value_parser = level)]
    pub service_level: Level,
    /// At most this mean wait of the answered, such as 30s
    #[arg(long, value_name = "SPAN", value_parser = span)]
    pub max_asa: Option<f64>,
    /// At most this share abandons, such as 0.05
    #[arg(long, value_name = "SHARE", value_parser = share)]
    pub max_abandonment: Option<f64>,
    /// At most this share is turned away, such as 0.01
    #[arg(long, value_name = "SHARE", value_parser = share)]
    pub max_blocking: Option<f64>,
    /// At most this share of the agents' time is busy, such as 0.85
    #[arg(long, value_name = "SHARE", value_parser = share, allow_hyphen_values = true)]
    pub max_occupancy: Option<f64>,
    /// At least this share is answered without a wait: the 70 of 70/30
    #[arg(long, value_name = "SHARE", value_parser = share)]
    pub answered_live: Option<f64>,
    /// At most this mean wait of the answered who had to wait: the 30 of 70/30
    #[arg(long, value_name = "SPAN", value_parser = span)]
    pub wait_of_waiting: Option<f64>,
    /// Share of the paid time that is not for contacts, such as 0.3
    #[arg(long, value_name = "SHARE", value_parser = share, default_value = "0", allow_hyphen_values = true)]
    pub shrinkage: f64,
}

fn level(name: &str) -> Result<Level, String> {
    let found = Level::ALL.iter().find(|(_, known)| *known == name);
    let names = Level::ALL.map(|(_, name)| name).join(", ");
    found.map(|(level, _)| *level).ok_or_else(|| format!("a service level is one of {names}"))
}

impl PromiseArgs {
    /// The target of the flags.
    pub fn target(&self) -> Target {
        Target {
            level: self.target.map(|share| LevelTarget {
                share,
                threshold_s: self.threshold,
                level: self.service_level,
            }),
            asa_s: self.max_asa,
            abandonment: self.max_abandonment,
            blocking: self.max_blocking,
            occupancy: self.max_occupancy,
            answered_live: self.answered_live,
            wait_of_waiting_s: self.wait_of_waiting,
        }
    }
}

impl StaffArgs {
    fn staffing(&self) -> Result<Staffing, Vec<Fault>> {
        let mut faults = Vec::new();
        let mut keep = |found: Vec<Fault>| faults.extend(found);
        let rate = self.line.arrivals_per_s().map_err(&mut keep).ok();
        let patience = self.line.patience().map_err(&mut keep).ok();
        let places = self.line.waiting_places().map_err(&mut keep).ok();
        let (Some(arrivals_per_s), Some(patience), Some(waiting_places)) = (rate, patience, places)
        else {
            return Err(faults);
        };
        let demand = Demand { arrivals_per_s, handle_s: self.line.aht, waiting_places, patience };
        staff(&demand, &self.promise.target(), self.promise.shrinkage)
    }

    /// What the command prints.
    pub fn run(&self) -> Result<String> {
        if let Some(file) = &self.forecast {
            let plan = by_interval::Plan {
                file,
                staff_for: self.staff_for,
                lagged: self.lagged,
                handle_s: self.line.aht,
                patience: self.line.patience().map_err(refused)?,
                waiting_places: self.line.waiting_places().map_err(refused)?,
                target: self.promise.target(),
                shrinkage: self.promise.shrinkage,
            };
            return by_interval::printed(&plan, self.json);
        }
        let staffing = self.staffing().map_err(refused)?;
        Ok(if self.json { format!("{}\n", as_json(&staffing)) } else { as_table(&staffing) })
    }
}

/// The keys are a public contract.
pub fn as_json(staffing: &Staffing) -> Value {
    json!({
        "required_agents": staffing.required_agents,
        "scheduled_agents": staffing.scheduled_agents,
        "service_level": staffing.service_level,
        "occupancy": staffing.figures.occupancy,
        "p_wait": staffing.figures.p_wait,
        "asa": staffing.figures.asa_served_s,
        "service_level_with_one_less": staffing.service_level_with_one_less,
    })
}

fn as_table(staffing: &Staffing) -> String {
    let mut rows = Vec::new();
    let mut row = |label: &str, value: String| rows.push((label.to_owned(), value));
    row("required agents", staffing.required_agents.to_string());
    row("scheduled agents", staffing.scheduled_agents.to_string());
    row("service level", percent(staffing.service_level));
    row("with one agent less", percent(staffing.service_level_with_one_less));
    row("occupancy", percent(staffing.figures.occupancy));
    row("have to wait", percent(staffing.figures.p_wait));
    row("mean wait of the answered (ASA)", seconds(staffing.figures.asa_served_s));
    table(&rows)
}
