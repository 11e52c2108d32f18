//! `permanence schedule`: from required agents, people and rules to a checked roster.

mod files;
mod process;
mod shown;
#[cfg(test)]
mod tests;

use std::{
    io::IsTerminal,
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use anyhow::{Context, Result, bail};
use clap::{Args, ValueEnum};
use domain::{Day, Fault};
use planning::{
    roster::{Cover, Plan, Price, Required, Roster, check, cover, price},
    sim::Value,
};
use rosters::{Options, Progress, Unplanned, Watch};
use server::clock::Stopwatch;

pub use process::OwnProcess;

use crate::{
    forecast::text_of,
    plan::units::{share, span},
    watched::watched,
};

/// Whom to plan, and for what.
#[derive(Debug, Args)]
pub struct ScheduleArgs {
    /// People, rules and shifts (TOML, or the same as JSON), as docs/schedules.md describes them
    plan: PathBuf,
    /// Required agents: what `permanence plan staff --forecast … --json` printed, or CSV (`from,agents`);
    /// several, one for each skill: SKILL=FILE
    #[arg(long, value_name = "[SKILL=]FILE", required = true)]
    required: Vec<String>,
    /// Which figure of a staffing is covered
    #[arg(long, value_enum, default_value = "scheduled")]
    agents: Agents,
    /// The first day [default: the plan's, or the first that needs anybody]
    #[arg(long, value_name = "DATE")]
    from: Option<Day>,
    /// Stop looking after this, with the best found
    #[arg(long, value_name = "SPAN", value_parser = span, default_value = "60s")]
    time_limit: f64,
    /// Stop looking when the shifts cost at most this share more than the least possible
    #[arg(long, value_name = "SHARE", value_parser = share, default_value = "0.005")]
    gap: f64,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
    /// Write an iCalendar file for each person into this folder
    #[arg(long, value_name = "DIR")]
    ics: Option<PathBuf>,
    /// Write the duties as CSV
    #[arg(long, value_name = "FILE")]
    csv: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Agents {
    /// With shrinkage
    Scheduled,
    /// Without
    Required,
}

impl Agents {
    fn key(self) -> &'static str {
        match self {
            Self::Scheduled => "scheduled_agents",
            Self::Required => "required_agents",
        }
    }
}

/// A roster with everything that is said about it.
struct Made {
    plan: Plan,
    required: Required,
    roster: Roster,
    cover: Cover,
    price: Price,
    bound: Option<f64>,
    early: bool,
    took: Duration,
}

impl Made {
    /// By what share the roster may cost more than the least possible.
    fn gap(&self) -> Option<f64> {
        let bound = self.bound?;
        Some(if self.price.value > 0.0 {
            ((self.price.value - bound) / self.price.value).max(0.0)
        } else {
            0.0
        })
    }
}

/// What the solving thread and whoever watches it share.
struct Shared {
    watch: Stopwatch,
    stop: AtomicBool,
    progress: Mutex<Option<Progress>>,
}

impl Watch for Shared {
    fn elapsed(&self) -> Duration {
        self.watch.elapsed()
    }

    fn stop(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    fn progress(&self, progress: Progress) {
        if let Ok(mut shown) = self.progress.lock() {
            *shown = Some(progress);
        }
    }
}

pub fn told(of: &str, faults: &[Fault]) -> anyhow::Error {
    let lines: Vec<String> = faults.iter().map(|fault| format!("\n  {fault}")).collect();
    let faults = if faults.len() == 1 { "a fault" } else { "faults" };
    anyhow::anyhow!("{of} has {faults}:{}", lines.concat())
}

/// Reads what is required.
fn required_of(args: &ScheduleArgs) -> Result<Required> {
    let mut all: Option<Required> = None;
    for named in &args.required {
        let (skill, path) = match named.split_once('=') {
            Some((skill, path)) if !skill.contains(['/', '.']) => (skill, path),
            _ => ("", named.as_str()),
        };
        let text = text_of(Path::new(path))?;
        let read = if text.trim_start().starts_with('{') {
            let value: Value =
                serde_json::from_str(&text).with_context(|| format!("{path} is no JSON"))?;
            Required::read_staffing(&value, skill, args.agents.key())
        } else {
            Required::read_csv(&text).map(|read| read.named(skill))
        };
        let read = read.map_err(|faults| told(path, &faults))?;
        all = Some(match all {
            None => read,
            Some(before) => before.and(read).map_err(|faults| told("what is required", &faults))?,
        });
    }
    all.context("nothing is required; give --required FILE")
}

/// Makes a roster and prints it. Ctrl+C ends the search with the best so far; once more ends the command.
///
/// # Errors
/// Files with faults, a plan that cannot be kept, or a roster that breaks a rule.
pub async fn run(args: ScheduleArgs) -> Result<()> {
    let made = made(&args).await?;
    if let Some(folder) = &args.ics {
        files::write_calendars(folder, &made)?;
    }
    if let Some(path) = &args.csv {
        std::fs::write(path, files::csv(&made))
            .with_context(|| format!("writing {}", path.display()))?;
    }
    let text = if args.json { format!("{}\n", shown::json(&made)) } else { shown::table(&made) };
    crate::plan::print(&text)
}

/// Reads the files and makes a roster that keeps every rule.
async fn made(args: &ScheduleArgs) -> Result<Made> {
    if !(1.0..=86_400.0).contains(&args.time_limit) {
        bail!("--time-limit is {} s: give a span from 1s to 1d", args.time_limit);
    }
    if !(0.0..1.0).contains(&args.gap) {
        bail!("--gap is {}: give a share from 0 to 1, such as 0.005", args.gap);
    }
    let required = required_of(args)?;
    let shown = args.plan.display().to_string();
    let text = text_of(&args.plan)?;
    let value: Value = if text.trim_start().starts_with('{') {
        serde_json::from_str(&text).with_context(|| format!("{shown} is no JSON"))?
    } else {
        toml::from_str(&text).with_context(|| format!("{shown} is no TOML"))?
    };
    // Days of weekly wishes depend on the first day, so that it is settled before the rest is read.
    let value = match args.from {
        Some(from) => value.with("from", Value::Text(from.to_string())),
        None => value,
    };
    let plan = Plan::read(&value, required.first_day()).map_err(|faults| told(&shown, &faults))?;
    let options = Options { time_limit: Duration::from_secs_f64(args.time_limit), gap: args.gap };
    make(plan, required, options).await
}

/// Makes a roster on a thread of its own, and looks it over.
async fn make(plan: Plan, required: Required, options: Options) -> Result<Made> {
    let shared = Arc::new(Shared {
        watch: Stopwatch::start(),
        stop: AtomicBool::new(false),
        progress: Mutex::new(None),
    });
    let making = {
        let (shared, plan, required) = (shared.clone(), plan.clone(), required.clone());
        move || rosters::plan(&plan, &required, options, &*shared)
    };
    let mut line = shown::Line::new(std::io::stderr().is_terminal());
    let draw = || {
        let progress = shared.progress.lock().ok().and_then(|shown| *shown);
        line.draw(progress, shared.elapsed());
    };
    let answer = watched("planning", &shared.stop, draw, making).await;
    line.wipe();
    let answer = answer?.map_err(|error| match error {
        Unplanned::Faults(faults) => told("the plan", &faults),
        other => anyhow::anyhow!(other),
    })?;
    let took = shared.elapsed();
    let breaches = check(&answer.roster, &plan);
    if !breaches.is_empty() {
        let lines: Vec<String> = breaches.iter().take(20).map(|b| format!("\n  {b}")).collect();
        bail!(
            "the roster breaks {} rules and is not given out; please report this with the files:{}",
            breaches.len(),
            lines.concat()
        );
    }
    let cover = cover(&answer.roster, &plan, &required);
    let price = price(&answer.roster, &plan, &cover);
    let (roster, bound, early) = (answer.roster, answer.bound, answer.early);
    Ok(Made { plan, required, roster, cover, price, bound, early, took })
}
