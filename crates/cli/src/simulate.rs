//! `permanence simulate`: plays a scenario and prints what came out.

use std::{
    io::{IsTerminal, Write},
    num::NonZeroUsize,
    path::PathBuf,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use anyhow::{Context, bail};
use clap::Args;
use planning::sim::{self, Estimate, Figures, Options, Outcome, Progress, Scenario, Value, Watch};

/// What to play, and how often.
#[derive(Debug, Args)]
pub struct SimulateArgs {
    /// The scenario (TOML), as docs/simulation.md describes it
    scenario: PathBuf,
    /// Print one JSON object instead of a table
    #[arg(long)]
    json: bool,
    /// How often, instead of what the scenario says
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=i64::from(sim::REPLICATIONS_MAX)))]
    replications: Option<u32>,
    /// What the random numbers begin with, instead of what the scenario says
    #[arg(long, value_name = "S")]
    seed: Option<u32>,
    /// On how many cores [default: all]
    #[arg(long, value_name = "N")]
    cores: Option<NonZeroUsize>,
    /// Go on until every client's `sl_offered` is known to ± this share, such as 0.005
    #[arg(long, value_name = "X", value_parser = half_width)]
    until_half_width: Option<f64>,
}

fn half_width(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(share) if share > 0.0 && share < 1.0 => Ok(share),
        _ => Err("a half-width is a share between 0 and 1, such as 0.005".to_owned()),
    }
}

/// What the run and whoever watches it share.
#[derive(Default)]
struct Shared {
    stop: AtomicBool,
    progress: Mutex<Progress>,
}

impl Watch for Shared {
    fn progress(&self, progress: Progress) {
        if let Ok(mut shown) = self.progress.lock() {
            *shown = progress;
        }
    }

    fn stop(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }
}

/// Reads a scenario; every fault at once.
///
/// # Errors
/// A file that cannot be read, that is no TOML, or that describes no floor.
pub fn scenario(path: &std::path::Path) -> anyhow::Result<Scenario> {
    let shown = path.display();
    let text = std::fs::read_to_string(path).with_context(|| format!("reading {shown}"))?;
    let value: Value = toml::from_str(&text).with_context(|| format!("{shown} is no TOML"))?;
    Scenario::read(&value).map_err(|faults| {
        let lines: Vec<String> = faults.iter().map(|fault| format!("  {fault}")).collect();
        anyhow::anyhow!("{shown} has {} faults:\n{}", faults.len(), lines.join("\n"))
    })
}

/// Plays it. Ctrl+C ends it with the results so far.
///
/// # Errors
/// A scenario with faults; a run stopped before anything was counted.
pub async fn run(args: SimulateArgs) -> anyhow::Result<()> {
    let mut scenario = scenario(&args.scenario)?;
    if let Some(replications) = args.replications {
        scenario.run.replications = replications;
    }
    if let Some(seed) = args.seed {
        scenario.run.seed = u64::from(seed);
    }
    let options = Options { cores: args.cores, until_half_width: args.until_half_width };
    let shared = Arc::new(Shared::default());
    let mut running = {
        let shared = shared.clone();
        tokio::task::spawn_blocking(move || sim::simulate(&scenario, options, &*shared))
    };
    let mut ticks = tokio::time::interval(Duration::from_millis(200));
    let mut bar = Bar { shown: std::io::stderr().is_terminal(), drawn: false };
    let outcome = loop {
        tokio::select! {
            done = &mut running => break done.context("the simulation broke off")?,
            _ = tokio::signal::ctrl_c() => shared.stop.store(true, Ordering::Relaxed),
            _ = ticks.tick() => {
                let progress = shared.progress.lock().map(|shown| *shown).unwrap_or_default();
                bar.draw(progress);
            }
        }
    };
    bar.wipe();
    let outcome = outcome.map_err(|faults| {
        let lines: Vec<String> = faults.iter().map(ToString::to_string).collect();
        anyhow::anyhow!("the scenario cannot be played:\n{}", lines.join("\n"))
    })?;
    if outcome.interrupted && outcome.all.counts.arrived == 0 {
        bail!("stopped before anything was counted; let it run a little longer");
    }
    let mut out = std::io::stdout().lock();
    if args.json {
        writeln!(out, "{}", serde_json::to_string(&outcome)?)?;
    } else {
        table(&mut out, &outcome)?;
    }
    Ok(())
}

/// One line on the terminal that says how far it is.
struct Bar {
    shown: bool,
    drawn: bool,
}

impl Bar {
    fn draw(&mut self, progress: Progress) {
        if !self.shown {
            return;
        }
        let of = progress.of.map_or("?".to_owned(), |of| of.to_string());
        let share = match progress.of {
            Some(of) if progress.done > 0 => f64::from(progress.done) / f64::from(of.max(1)),
            Some(of) => progress.first / f64::from(of.max(1)),
            None => progress.first,
        };
        let full = (share.clamp(0.0, 1.0) * 30.0).round() as usize;
        let width = progress.half_width.map_or(String::new(), |width| {
            format!("  sl_offered known to ± {:.2} %", width * 100.0)
        });
        let (done, empty) = ("#".repeat(full), ".".repeat(30 - full));
        eprint!("\r[{done}{empty}] {} of {of} replications{width}   ", progress.done);
        self.drawn = true;
    }

    fn wipe(&self) {
        if self.drawn {
            eprint!("\r{}\r", " ".repeat(100));
        }
    }
}

/// For people: a line for each client, each group and all.
fn table(out: &mut impl Write, outcome: &Outcome) -> std::io::Result<()> {
    let of = match (outcome.replications, outcome.interrupted) {
        (0, _) => "a part of one replication".to_owned(),
        (1, _) => "one replication, intervals over its batches".to_owned(),
        (n, false) => format!("{n} replications"),
        (n, true) => format!("{n} replications, stopped early"),
    };
    writeln!(out, "{}: {of}, seed {}; 95 % intervals\n", outcome.scenario, outcome.seed)?;
    let width =
        outcome.clients.iter().map(|c| &c.name).chain(outcome.groups.iter().map(|g| &g.name));
    let width = width.map(|name| name.chars().count()).max().unwrap_or(0).max(6);
    writeln!(
        out,
        "{:<width$}  {:>10}  {:>15}  {:>15}  {:>13}  {:>13}  {:>15}  {:>14}  {:>13}",
        "",
        "contacts",
        "load (erl)",
        "in time",
        "abandoned",
        "waits",
        "mean wait (s)",
        "queue",
        "occupancy"
    )?;
    let mut line = |name: &str, contacts: u64, figures: &Figures| {
        writeln!(
            out,
            "{name:<width$}  {contacts:>10}  {:>15}  {:>15}  {:>13}  {:>13}  {:>15}  {:>14}  {:>13}",
            plain(figures.offered_load_erlangs),
            percent(figures.sl_offered),
            percent(figures.p_abandon),
            percent(figures.p_wait),
            plain(figures.mean_wait_all),
            plain(figures.mean_queue_length),
            percent(figures.occupancy),
        )
    };
    for client in &outcome.clients {
        line(&client.name, client.counts.arrived, &client.figures)?;
    }
    for group in &outcome.groups {
        line(&group.name, group.answered, &group.figures)?;
    }
    line("in all", outcome.all.counts.arrived, &outcome.all.figures)?;
    writeln!(out)?;
    for client in &outcome.clients {
        let kept = &client.promise;
        writeln!(
            out,
            "{:<width$}  promised {} % within {} s ({}), reached {}",
            client.name,
            kept.target_percent,
            kept.threshold_s,
            kept.formula,
            percent(kept.service_level),
        )?;
    }
    let unfinished = outcome.all.counts.unfinished;
    if unfinished > 0 {
        writeln!(
            out,
            "\n{unfinished} contacts still waited when the run was over, and count in no wait."
        )?;
    }
    Ok(())
}

fn shown(estimate: Estimate, by: f64, digits: usize, unit: &str) -> String {
    let Some(mean) = estimate.mean else { return "-".to_owned() };
    let mean = mean * by;
    match estimate.half_width_95 {
        Some(half) => format!("{mean:.digits$} ± {:.digits$}{unit}", half * by),
        None => format!("{mean:.digits$}{unit}"),
    }
}

fn plain(estimate: Estimate) -> String {
    shown(estimate, 1.0, 2, "")
}

fn percent(estimate: Estimate) -> String {
    shown(estimate, 100.0, 1, " %")
}
