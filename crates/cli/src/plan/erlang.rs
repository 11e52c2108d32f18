//! `permanence plan erlang`: the figures of one line.

use anyhow::Result;
use clap::Args;
use domain::Fault;
use planning::{Figures, Level, Line};
use serde_json::{Map, Value, json};

use super::{
    line::{LineArgs, Model},
    units::{percent, refused, seconds, span, table},
};

/// One line with its agents.
#[derive(Debug, Args)]
pub struct ErlangArgs {
    #[command(flatten)]
    line: LineArgs,
    /// Agents at work
    #[arg(long, value_name = "NUMBER")]
    agents: u32,
    /// Threshold of the service levels, such as 20s
    #[arg(long, value_name = "SPAN", value_parser = span, default_value = "20s", allow_hyphen_values = true)]
    threshold: f64,
    /// Print one JSON object, in seconds and shares
    #[arg(long)]
    json: bool,
}

impl ErlangArgs {
    fn figures(&self) -> Result<Figures, Vec<Fault>> {
        let mut faults = Vec::new();
        let mut keep = |found: Vec<Fault>| faults.extend(found);
        let rate = self.line.arrivals_per_s().map_err(&mut keep).ok();
        let patience = self.line.patience().map_err(&mut keep).ok();
        let places = self.line.waiting_places().map_err(&mut keep).ok();
        let (Some(arrivals_per_s), Some(patience), Some(waiting_places)) = (rate, patience, places)
        else {
            return Err(faults);
        };
        let line = Line {
            arrivals_per_s,
            handle_s: self.line.aht,
            agents: self.agents,
            waiting_places,
            patience,
        };
        line.figures(self.threshold)
    }

    /// What the command prints.
    pub fn run(&self) -> Result<String> {
        let figures = self.figures().map_err(refused)?;
        let turns_away = self.line.model == Model::B || self.line.waiting_places.is_some();
        Ok(if self.json {
            format!("{}\n", as_json(&figures, turns_away))
        } else {
            as_table(&figures, turns_away, self.threshold)
        })
    }
}

/// The keys are a public contract.
fn as_json(figures: &Figures, turns_away: bool) -> Value {
    let mut object = Map::new();
    let mut put = |key: &str, value: Value| {
        object.insert(key.to_owned(), value);
    };
    put("offered_load_erlangs", json!(figures.offered_load_erlangs));
    if turns_away {
        put("blocking", json!(figures.blocking));
    }
    put("p_wait", json!(figures.p_wait));
    put("p_abandon", json!(figures.p_abandon));
    put("mean_wait_all", json!(figures.mean_wait_all_s));
    put("asa_served", json!(figures.asa_served_s));
    put("mean_wait_abandoned", json!(figures.mean_wait_abandoned_s));
    for (level, key) in Level::ALL {
        put(key, json!(figures.level(level)));
    }
    put("mean_queue_length", json!(figures.mean_queue_length));
    put("occupancy", json!(figures.occupancy));
    Value::Object(object)
}

fn as_table(figures: &Figures, turns_away: bool, threshold_s: f64) -> String {
    let mut rows =
        vec![("offered load".to_owned(), format!("{:.3} erlangs", figures.offered_load_erlangs))];
    let mut row = |label: &str, value: String| rows.push((label.to_owned(), value));
    if turns_away {
        row("turned away", percent(figures.blocking));
    }
    row("have to wait", percent(figures.p_wait));
    row("abandon", percent(figures.p_abandon));
    row("mean wait of all", seconds(figures.mean_wait_all_s));
    row("mean wait of the answered (ASA)", seconds(figures.asa_served_s));
    let nobody = || "nobody abandons".to_owned();
    row(
        "mean wait of those who abandon",
        figures.mean_wait_abandoned_s.map_or_else(nobody, seconds),
    );
    for (level, key) in Level::ALL {
        row(&format!("service level in {threshold_s} s, {key}"), percent(figures.level(level)));
    }
    row("mean queue", format!("{:.3} contacts", figures.mean_queue_length));
    row("occupancy", percent(figures.occupancy));
    table(&rows)
}
