//! `permanence replay`: a stretch of the journal once more, through the router that runs the floor.

use std::{
    io::{IsTerminal, Write},
    num::NonZeroUsize,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};
use clap::Args;
use domain::{Day, Fault, Span, Zone};
use planning::{
    recorded::{Of, Played, WhatIf, play},
    replay::{Fidelity, Side},
    sim::Value,
};
use serde::Serialize;
use server::{
    clock::Clock,
    replay::{fidelity, house, recorded},
};
use store::Store;

use crate::StoreArgs;

/// Which stretch, and of which journal.
#[derive(Debug, Args)]
pub struct ReplayArgs {
    #[command(flatten)]
    store: StoreArgs,
    /// First day [default: yesterday]
    #[arg(long, value_name = "YYYY-MM-DD")]
    from: Option<Day>,
    /// Last day [default: the first one]
    #[arg(long, value_name = "YYYY-MM-DD")]
    to: Option<Day>,
    /// Zone in which days are counted
    #[arg(long, default_value = "UTC", value_name = "ZONE")]
    zone: String,
    /// Play the recorded contacts in the simulator instead, unchanged, and say how well that agrees
    #[arg(long)]
    simulate: bool,
    /// The same, and once more with what this file (TOML) says is otherwise, as docs/replay.md describes
    #[arg(long, value_name = "FILE")]
    what_if: Option<PathBuf>,
    /// How often it is played
    #[arg(long, default_value_t = 20, value_name = "N", value_parser = clap::value_parser!(u32).range(2..=10_000))]
    replications: u32,
    /// What the random numbers begin with
    #[arg(long, default_value_t = 1, value_name = "N")]
    seed: u64,
    /// On how many cores it is played [default: all]
    #[arg(long, value_name = "N")]
    cores: Option<NonZeroUsize>,
    /// Print one JSON object for each floor instead of tables
    #[arg(long)]
    json: bool,
}

/// Replays, and prints how well it agrees.
///
/// # Errors
/// A zone that is not known, days that end before they begin, a journal that cannot be read; and a
/// replay that differs from what happened, after its report.
pub async fn run(args: ReplayArgs) -> Result<()> {
    let zone = Zone::get(&args.zone)?;
    let first = args.from.unwrap_or_else(|| zone.day_at(Clock::system().now()).previous());
    let last = args.to.unwrap_or(first);
    anyhow::ensure!(first <= last, "the last day {last} is before the first, {first}");
    let span = Span { from: zone.day(first).from, until: zone.day(last).until };
    let config = args.store.config(Vec::new())?;
    let store = Store::open(&config.database).await?;
    let done = if args.simulate || args.what_if.is_some() {
        play_all(&store, span, &zone, &args).await.map(|()| true)
    } else {
        replay_all(&store, span, &zone, args.json).await
    };
    store.close().await;
    anyhow::ensure!(
        done?,
        "the replay differs from what happened: this program decides otherwise than the one that \
         wrote the journal, or the twin has a fault"
    );
    Ok(())
}

async fn replay_all(store: &Store, span: Span, zone: &Zone, json: bool) -> Result<bool> {
    let floors = store.floors().await?;
    anyhow::ensure!(!floors.is_empty(), "there is no journal here yet: start the server first");
    let drawn = std::io::stderr().is_terminal();
    let mut out = std::io::stdout().lock();
    let mut all_equal = true;
    for floor in floors {
        let report = fidelity(store, floor, span, zone, |seq| {
            if drawn {
                eprint!("\rentry {seq}   ");
            }
            true
        })
        .await
        .with_context(|| format!("replaying floor {floor}"))?;
        if drawn {
            eprint!("\r{}\r", " ".repeat(40));
        }
        all_equal &= report.is_equal;
        if json {
            writeln!(out, "{}", serde_json::to_string(&report)?)?;
        } else {
            table(&mut out, &report, zone)?;
        }
    }
    Ok(all_equal)
}

/// What was played of one floor.
#[derive(Serialize)]
struct Report {
    span: Span,
    zone: String,
    contacts: usize,
    /// Contacts of queues that no contract has any more.
    left_out: usize,
    /// Contacts that had not ended when the journal did: in no real figure yet.
    unfinished: usize,
    unchanged: Played,
    #[serde(skip_serializing_if = "Option::is_none")]
    what_if: Option<Otherwise>,
}

/// What was otherwise, and what came of it.
#[derive(Serialize)]
struct Otherwise {
    changes: Vec<String>,
    played: Played,
}

async fn play_all(store: &Store, span: Span, zone: &Zone, args: &ReplayArgs) -> Result<()> {
    let what_if = args.what_if.as_deref().map(|file| Ok((file, read(file)?)));
    let what_if: Option<(&Path, Value)> = what_if.transpose().map_err(|e: anyhow::Error| e)?;
    let floors = store.floors().await?;
    anyhow::ensure!(!floors.is_empty(), "there is no journal here yet: start the server first");
    // The contracts of the last day: terms that changed meanwhile are played as they ended.
    let house = house(store, span.until - std::time::Duration::from_micros(1), zone).await?;
    let drawn = std::io::stderr().is_terminal();
    for floor in floors {
        let (recorded, real) = recorded(store, floor, span, &house, |_| true).await?;
        let scenario = recorded
            .scenario(&house, args.replications, args.seed)
            .map_err(|faults| told(&format!("floor {floor} cannot be played"), &faults))?;
        let otherwise = match &what_if {
            Some((file, value)) => {
                Some(WhatIf::read(value, scenario.clone(), &house).map_err(|faults| {
                    told(&format!("{} cannot be played", file.display()), &faults)
                })?)
            }
            None => None,
        };
        let (cores, span_of) = (args.cores, span);
        let zone_name = zone.name().to_owned();
        let unfinished = recorded.unfinished;
        let (contacts, left_out) = (
            recorded.contacts.iter().filter(|contact| span.contains(contact.at)).count(),
            recorded.left_out(&house),
        );
        let playing = tokio::task::spawn_blocking(move || {
            let heard = |done: u32| {
                if drawn {
                    eprint!("\r{done} replications   ");
                }
                false
            };
            let unchanged = play(&scenario, &real, cores, &heard)?;
            let what_if = match otherwise {
                Some(WhatIf { scenario, changes }) => {
                    Some(Otherwise { changes, played: play(&scenario, &real, cores, &heard)? })
                }
                None => None,
            };
            Ok(Report {
                span: span_of,
                zone: zone_name,
                contacts,
                left_out,
                unfinished,
                unchanged,
                what_if,
            })
        });
        let report = playing.await.context("the play broke off")?;
        let report = report.map_err(|faults: Vec<Fault>| told("it cannot be played", &faults))?;
        if drawn {
            eprint!("\r{}\r", " ".repeat(40));
        }
        let mut out = std::io::stdout().lock();
        if args.json {
            writeln!(out, "{}", serde_json::to_string(&report)?)?;
        } else {
            play_table(&mut out, &report, zone)?;
        }
    }
    Ok(())
}

fn read(file: &Path) -> Result<Value> {
    let shown = file.display();
    let text = std::fs::read_to_string(file).with_context(|| format!("reading {shown}"))?;
    toml::from_str(&text).with_context(|| format!("{shown} is no TOML"))
}

fn told(what: &str, faults: &[Fault]) -> anyhow::Error {
    let lines: Vec<String> = faults.iter().map(|fault| format!("  {fault}")).collect();
    anyhow::anyhow!("{what}:\n{}", lines.join("\n"))
}

fn play_table(out: &mut impl Write, report: &Report, zone: &Zone) -> std::io::Result<()> {
    let Report { span, contacts, left_out, unchanged, what_if, .. } = report;
    writeln!(out, "{} to {}, {}", zone.local(span.from), zone.local(span.until), report.zone)?;
    writeln!(
        out,
        "{contacts} contacts, {left_out} of queues that are gone; {} replications, seed {}, 95 % \
         intervals",
        unchanged.replications, unchanged.seed
    )?;
    if report.unfinished > 0 {
        let open = report.unfinished;
        writeln!(
            out,
            "{open} contacts had not ended at the journal's end: the real figures lack them"
        )?;
    }
    if let Some(otherwise) = what_if {
        writeln!(out, "\nWhat if")?;
        for change in &otherwise.changes {
            writeln!(out, "  {change}")?;
        }
    }
    let none = Vec::new();
    let after = what_if.as_ref().map_or(&none, |otherwise| &otherwise.played.clients);
    let all_after = what_if.as_ref().map(|otherwise| &otherwise.played.all);
    let clients = unchanged.clients.iter().enumerate().map(|(at, of)| (of, after.get(at)));
    for (of, after) in std::iter::once((&unchanged.all, all_after)).chain(clients) {
        rows(out, of, after)?;
    }
    Ok(())
}

fn rows(out: &mut impl Write, of: &Of, after: Option<&Of>) -> std::io::Result<()> {
    let head = if after.is_some() { "what if" } else { "" };
    writeln!(
        out,
        "\n{:<20}  {:>10}  {:>20}  {:>10}  {:>7}  {head:>20}",
        of.name, "real", "played unchanged", "one day ±", "agrees"
    )?;
    for (at, figure) in of.figures.iter().enumerate() {
        let (by, digits) = if figure.figure == "service_level" { (100.0, 1) } else { (1.0, 1) };
        let number = |value: Option<f64>| {
            value.map_or_else(|| "-".to_owned(), |value| format!("{:.digits$}", value * by))
        };
        let around = |mean: Option<f64>, half: Option<f64>| match half {
            Some(_) => format!("{} ± {}", number(mean), number(half)),
            None => number(mean),
        };
        let agrees = match figure.agrees {
            Some(true) => "yes",
            Some(false) => "NO",
            None => "-",
        };
        let name = match &*figure.figure {
            "service_level" => "service level (%)",
            "wait_s" => "mean wait (s)",
            "handle_s" => "handle (s)",
            other => other,
        };
        let after = after.and_then(|after| after.figures.get(at));
        let after = after.map_or(String::new(), |after| around(after.mean, after.half_width_95));
        writeln!(
            out,
            "{name:<20}  {:>10}  {:>20}  {:>10}  {agrees:>7}  {after:>20}",
            number(figure.real),
            around(figure.mean, figure.half_width_95),
            number(figure.spread_95),
        )?;
    }
    Ok(())
}

fn table(out: &mut impl Write, report: &Fidelity, zone: &Zone) -> std::io::Result<()> {
    let Fidelity { span, before, within, .. } = report;
    writeln!(out, "{} to {}, {}", zone.local(span.from), zone.local(span.until), report.zone)?;
    let begins = match report.begins_after {
        0 => "from the journal's beginning".to_owned(),
        seq => format!("from the snapshot of entry {seq}"),
    };
    writeln!(out, "replayed {begins}, to {}", zone.local(report.until))?;
    for (name, counts) in [("before", before), ("the stretch", within)] {
        writeln!(
            out,
            "{name}: {} inputs, {} refused; {} events equal, {} missing, {} added",
            counts.inputs,
            counts.inputs_refused,
            counts.events_equal,
            counts.events_missing,
            counts.events_added
        )?;
    }
    if let Some(first) = &report.first_difference {
        writeln!(out, "first difference, entry {} at {}: {}", first.seq, first.at, first.text)?;
    }
    if report.contacts_open > 0 {
        writeln!(out, "{} contacts had not ended at the journal's end", report.contacts_open)?;
    }
    let (recorded, replayed) = (&report.all.recorded, &report.all.replayed);
    writeln!(out, "\n{:<24}  {:>14}  {:>14}  {:>12}", "", "recorded", "replayed", "difference")?;
    for (name, digits, of) in FIGURES {
        let (a, b) = (of(recorded), of(replayed));
        let shown = |value: Option<f64>| {
            value.map_or_else(|| "-".to_owned(), |value| format!("{value:.digits$}"))
        };
        let difference = a.zip(b).map(|(a, b)| b - a);
        writeln!(out, "{name:<24}  {:>14}  {:>14}  {:>12}", shown(a), shown(b), shown(difference))?;
    }
    let of = |side: &Side, state: &str| {
        side.states.iter().find(|time| time.state == state).map_or(0.0, |time| time.us as f64 / 1e6)
    };
    let mut states: Vec<&str> =
        recorded.states.iter().chain(&replayed.states).map(|time| &*time.state).collect();
    states.sort_unstable();
    states.dedup();
    for state in states {
        let (a, b) = (of(recorded, state), of(replayed, state));
        writeln!(
            out,
            "{:<24}  {a:>14.1}  {b:>14.1}  {:>12.1}",
            format!("agents {state} (s)"),
            b - a
        )?;
    }
    for difference in &report.differences {
        writeln!(out, "\n{} differs by {}", difference.figure, difference.difference)?;
        for part in &difference.parts {
            writeln!(out, "  client {}: {}", part.client, part.difference)?;
        }
    }
    let verdict = if report.is_equal { "equal in every event and figure" } else { "NOT equal" };
    writeln!(out, "\n{verdict}")
}

type Figure = (&'static str, usize, fn(&Side) -> Option<f64>);

const FIGURES: [Figure; 10] = [
    ("offered", 0, |side| Some(side.offered as f64)),
    ("answered", 0, |side| Some(side.answered as f64)),
    ("abandoned", 0, |side| Some(side.abandoned as f64)),
    ("turned away", 0, |side| Some(side.turned_away as f64)),
    ("service level (%)", 1, |side| {
        side.service_level.map(|share| share.part as f64 * 100.0 / share.whole as f64)
    }),
    ("mean wait (s)", 3, Side::wait_mean_s),
    ("longest wait (s)", 3, |side| Some(side.wait_max_us as f64 / 1e6)),
    ("handle per contact (s)", 3, Side::handle_mean_s),
    ("offers", 0, |side| Some(side.offers as f64)),
    ("offers missed", 0, |side| Some(side.offers_missed as f64)),
];
