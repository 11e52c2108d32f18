//! `permanence plan skills`: agents by group and interval for many clients, under their promises, at least
//! cost.

use std::{
    fmt::Write as _,
    io::IsTerminal,
    num::NonZeroUsize,
    path::PathBuf,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use anyhow::{Context, Result, bail};
use clap::Args;
use planning::{
    sim::{self, Value},
    skills::{Options, Phase, Plan, Progress, Staffed, Watch},
};
use rosters::Unplanned;
use server::clock::Stopwatch;

use super::units::{self, percent};
use crate::{schedule::told, watched::watched};

/// What to staff, and how long to look.
#[derive(Debug, Args)]
pub struct SkillsArgs {
    /// The scenario (TOML) with its section `staffing`, as docs/planning.md describes it
    scenario: PathBuf,
    /// Print one JSON object instead of a table
    #[arg(long)]
    json: bool,
    /// Write the agents of each interval as CSV, as `permanence schedule --required` reads them
    #[arg(long, value_name = "FILE")]
    csv: Option<PathBuf>,
    /// Look no longer than this
    #[arg(long, value_name = "SPAN", default_value = "60s", value_parser = units::span)]
    time_limit: f64,
    /// Replications of each round, instead of what the scenario says
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(2..=i64::from(sim::REPLICATIONS_MAX)))]
    replications: Option<u32>,
    /// What the random numbers begin with, instead of what the scenario says
    #[arg(long, value_name = "S")]
    seed: Option<u32>,
    /// On how many cores [default: all]
    #[arg(long, value_name = "N")]
    cores: Option<NonZeroUsize>,
}

/// What the search and whoever watches it share.
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

impl SkillsArgs {
    /// Staffs, and says what is printed. Ctrl+C ends the search with what there is.
    ///
    /// # Errors
    /// A file with faults; promises that cannot be kept, in sentences.
    pub async fn run(&self) -> Result<String> {
        if !(1.0..=86_400.0).contains(&self.time_limit) {
            bail!("--time-limit is {} s: give a span from 1s to 1d", self.time_limit);
        }
        let shown = self.scenario.display().to_string();
        let text =
            std::fs::read_to_string(&self.scenario).with_context(|| format!("reading {shown}"))?;
        let value: Value = toml::from_str(&text).with_context(|| format!("{shown} is no TOML"))?;
        let mut plan = Plan::read(&value).map_err(|faults| told(&shown, &faults))?;
        let run = &mut plan.scenario.run;
        run.replications = self.replications.unwrap_or(run.replications);
        run.seed = self.seed.map_or(run.seed, u64::from);
        let options =
            Options { cores: self.cores, time_limit: Duration::from_secs_f64(self.time_limit) };
        let shared = Arc::new(Shared {
            watch: Stopwatch::start(),
            stop: AtomicBool::new(false),
            progress: Mutex::new(None),
        });
        let staffing = {
            let shared = shared.clone();
            move || rosters::skills::staff(&plan, options, &*shared)
        };
        let is_terminal = std::io::stderr().is_terminal();
        let draw = || {
            let progress = shared.progress.lock().ok().and_then(|shown| *shown);
            if let Some(progress) = progress.filter(|_| is_terminal) {
                eprint!("\r{}   ", line(&progress, shared.elapsed()));
            }
        };
        let answer = watched("staffing", &shared.stop, draw, staffing).await;
        if is_terminal {
            eprint!("\r{}\r", " ".repeat(100));
        }
        let staffed = answer?.map_err(|error| match error {
            Unplanned::Faults(faults) => told(&shown, &faults),
            other => anyhow::anyhow!(other),
        })?;
        if let Some(path) = &self.csv {
            std::fs::write(path, csv(&staffed))
                .with_context(|| format!("writing {}", path.display()))?;
        }
        Ok(if self.json {
            format!("{}\n", serde_json::to_string(&staffed)?)
        } else {
            table(&staffed)
        })
    }
}

fn line(progress: &Progress, elapsed: Duration) -> String {
    let Progress { phase, round, cost, broken } = *progress;
    let elapsed = elapsed.as_secs();
    match phase {
        Phase::Formulas => format!("{elapsed} s: interval {round} by the formulas"),
        Phase::Adding => {
            format!("{elapsed} s: round {round}, cost {cost:.0}, {broken} promises broken")
        }
        Phase::Taking => format!("{elapsed} s: round {round}, cost {cost:.0}, taking away"),
        Phase::Checking => format!("{elapsed} s: round {round}, cost {cost:.0}, checking"),
    }
}

/// `from,GROUP,GROUP…`: each group is a skill of its own.
fn csv(staffed: &Staffed) -> String {
    let name = |name: &str| name.replace([',', '\n', '\r', '"'], " ");
    let names = staffed.groups.iter().map(|group| name(&group.name));
    let mut text = format!("from,{}\n", names.collect::<Vec<_>>().join(","));
    for (at, from) in staffed.intervals.iter().enumerate() {
        let agents = staffed.groups.iter().map(|group| group.agents[at].to_string());
        let _ = writeln!(text, "{from},{}", agents.collect::<Vec<_>>().join(","));
    }
    text
}

fn table(staffed: &Staffed) -> String {
    let mut text = String::new();
    let _ = writeln!(
        text,
        "{}: {:.1} agent hours for {:.2}; by the formulas {:.2}, each client apart {:.2}",
        staffed.scenario,
        staffed.agent_hours,
        staffed.cost,
        staffed.cost_by_formula,
        staffed.cost_if_separate
    );
    let early = if staffed.interrupted { ", ended early" } else { "" };
    let kept = if staffed.kept { "every promise is kept" } else { "NOT EVERY PROMISE IS KEPT" };
    let _ = writeln!(
        text,
        "{kept}: {} replications from seed {}, after {} rounds{early}\n",
        staffed.replications, staffed.seed, staffed.rounds
    );
    let names = staffed.clients.iter().map(|client| &client.name);
    let names = names.chain(staffed.groups.iter().map(|group| &group.name));
    let width = names.map(|name| name.chars().count()).max().unwrap_or(0).max(16);
    let _ = writeln!(
        text,
        "{:<width$}  {:>9}  {:>13}  {:>18}  worst interval",
        "client", "contacts", "promised", "in time"
    );
    for client in &staffed.clients {
        let level = client.service_level.mean.map_or("none came".to_owned(), |mean| {
            let width = client.service_level.half_width_95.unwrap_or(0.0);
            format!("{} ± {:.1}", percent(mean), width * 100.0)
        });
        let promised = format!("{} % in {} s", client.target_percent, client.threshold_s);
        let worst = client.worst_interval.as_ref().map_or(String::new(), |worst| {
            format!("{} of {:.0} from {}", percent(worst.service_level), worst.contacts, worst.from)
        });
        let nearest = staffed.worst_client.as_ref() == Some(&client.name);
        let mark = if nearest { " *" } else { "" };
        let _ = writeln!(
            text,
            "{:<width$}  {:>9.0}  {promised:>13}  {level:>18}  {worst}{mark}",
            client.name, client.contacts
        );
    }
    let _ = writeln!(text, "* nearest to its promise\n");
    let _ =
        writeln!(text, "{:<width$}  {:>9}  {:>9}  {:>12}", "group", "per hour", "hours", "at once");
    for group in &staffed.groups {
        let most = group.agents.iter().max().copied().unwrap_or(0);
        let _ = writeln!(
            text,
            "{:<width$}  {:>9.2}  {:>9.1}  {:>12}",
            group.name,
            group.cost_per_hour,
            group.agent_hours,
            format!("up to {most}")
        );
    }
    let _ = writeln!(text, "\n{:<width$}  agents of {}", "from", {
        let names: Vec<&str> = staffed.groups.iter().map(|group| group.name.as_str()).collect();
        names.join(", ")
    });
    let mut before = None;
    for (at, from) in staffed.intervals.iter().enumerate() {
        let agents: Vec<u32> = staffed.groups.iter().map(|group| group.agents[at]).collect();
        // Alike intervals are told once.
        if before.as_ref() != Some(&agents) {
            let told: Vec<String> = agents.iter().map(|agents| format!("{agents:>4}")).collect();
            let _ = writeln!(text, "{from:<width$}  {}", told.join(" "));
            before = Some(agents);
        }
    }
    text
}
