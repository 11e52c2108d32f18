//! `permanence plan intraday`: the rest of today said anew, with what to do about it.

use std::{
    fmt::Write as _,
    io::IsTerminal,
    num::NonZeroUsize,
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use anyhow::{Context, Result};
use clap::Args;
use planning::{
    intraday::{Options, Replanned, Today, replan},
    sim::{self, Value},
};

use super::units::percent;
use crate::{schedule::told, watched::watched};

/// The day that is under way.
#[derive(Debug, Args)]
pub struct IntradayArgs {
    /// The scenario (TOML) with its section `intraday`, as docs/planning.md describes it
    scenario: PathBuf,
    /// Print one JSON object instead of a table
    #[arg(long)]
    json: bool,
    /// Replications behind each projection, instead of what the scenario says
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(2..=i64::from(sim::REPLICATIONS_MAX)))]
    replications: Option<u32>,
    /// On how many cores [default: all]
    #[arg(long, value_name = "N")]
    cores: Option<NonZeroUsize>,
}

impl IntradayArgs {
    /// Says the rest of the day anew. Ctrl+C ends the search for moves.
    ///
    /// # Errors
    /// A file with faults; a queue that nobody may answer.
    pub async fn run(&self) -> Result<String> {
        let shown = self.scenario.display().to_string();
        let text =
            std::fs::read_to_string(&self.scenario).with_context(|| format!("reading {shown}"))?;
        let value: Value = toml::from_str(&text).with_context(|| format!("{shown} is no TOML"))?;
        let mut today = Today::read(&value).map_err(|faults| told(&shown, &faults))?;
        let run = &mut today.plan.scenario.run;
        run.replications = self.replications.unwrap_or(run.replications);
        let options = Options { cores: self.cores };
        let stop = Arc::new(AtomicBool::new(false));
        let job = {
            let stop = stop.clone();
            move || replan(&today, options, &|| stop.load(Ordering::Relaxed))
        };
        let is_terminal = std::io::stderr().is_terminal();
        let draw = || {
            if is_terminal {
                eprint!("\rplaying the rest of the day …");
            }
        };
        let answer = watched("replanning", &stop, draw, job).await;
        if is_terminal {
            eprint!("\r{}\r", " ".repeat(40));
        }
        let replanned = answer?.map_err(|faults| told(&shown, &faults))?;
        Ok(match self.json {
            true => format!("{}\n", serde_json::to_string(&replanned)?),
            false => table(&replanned),
        })
    }
}

fn table(day: &Replanned) -> String {
    let mut text = String::new();
    let _ = writeln!(
        text,
        "{} from {} on; {} replications, seed {}\n",
        day.scenario, day.now, day.replications, day.seed
    );
    let width = day.clients.iter().map(|client| client.name.chars().count()).max().unwrap_or(0);
    let width = width.max(6);
    let _ = writeln!(
        text,
        "{:<width$}  {:>13}  {:>14}  {:>13}  {:>15}  {:>10}",
        "client", "promised", "until now", "the rest", "in time", "with moves"
    );
    for client in &day.clients {
        let level = |level: Option<f64>| level.map_or("none".to_owned(), percent);
        let _ = writeln!(
            text,
            "{:<width$}  {:>13}  {:>14}  {:>13}  {:>15}  {:>10}",
            client.name,
            format!("{} % in {} s", client.target_percent, client.threshold_s),
            format!("{} of {:.0}", client.seen, client.expected),
            format!("× {:.2} ± {:.2}", client.factor, 1.96 * client.factor_cv * client.factor),
            level(client.rest.mean),
            level(client.rest_with_moves.mean),
        );
    }
    let clock = |local: &str| local.get(11..16).unwrap_or(local).to_owned();
    text += "\n";
    for alert in &day.alerts {
        let _ = writeln!(
            text,
            "! {} {} to {}: {} of {:.0} in time, {} % promised",
            alert.client,
            clock(&alert.from),
            clock(&alert.until),
            percent(alert.service_level),
            alert.contacts,
            alert.target_percent
        );
    }
    if day.alerts.is_empty() {
        text += "Every promise is projected to be kept.\n";
    }
    if !day.moves.is_empty() {
        text += "\nMoves:\n";
    }
    for proposed in &day.moves {
        let _ = writeln!(text, "  {}", proposed.text);
    }
    if day.moves.is_empty() && !day.alerts.is_empty() {
        text += "No move that is possible helps.\n";
    }
    if day.interrupted {
        text += "It was stopped before every move had been looked for.\n";
    }
    let _ = writeln!(text, "\nin time by interval, and with moves where that differs");
    for (at, from) in day.intervals.iter().enumerate() {
        let cell = |client: &planning::intraday::ClientDay| {
            let (now, then) = (client.service_level[at], client.service_level_with_moves[at]);
            let shown =
                |level: Option<f64>| level.map_or("-".to_owned(), |l| format!("{:.0}", l * 100.0));
            match shown(now) == shown(then) {
                true => shown(now),
                false => format!("{}→{}", shown(now), shown(then)),
            }
        };
        let cells: Vec<String> =
            day.clients.iter().map(|client| format!("{:>width$}", cell(client))).collect();
        let _ = writeln!(text, "{}  {}", clock(from), cells.join("  "));
    }
    text
}
