//! How many contacts a core simulates in a second through the production router, beside a plain loop
//! that has only the heap of events and a counter.

use std::{cmp::Reverse, collections::BinaryHeap, fmt::Write, num::NonZeroUsize, path::Path};

use anyhow::{Context, Result};
use clap::Args;
use planning::sim::{self, Options as Cores, Scenario, Value as Text};
use serde_json::{Value, json};
use server::clock::Clock;

/// How it is measured.
#[derive(Debug, Args)]
pub struct Options {
    /// About so many contacts in each measurement.
    #[arg(long, default_value_t = 2_000_000)]
    contacts: u32,
    /// Only the model with this in its name.
    #[arg(long)]
    only: Option<String>,
}

/// A floor to be timed.
struct Model {
    name: &'static str,
    /// `[[pools]]`, clients and groups.
    floor: String,
    per_hour: f64,
}

/// Times every model on one core, the first with two as well.
///
/// # Errors
/// When a scenario is refused, which would be a bug.
pub fn run(options: &Options) -> Result<Value> {
    let mut models = Vec::new();
    for model in [one_pool(), five_clients(), many_clients()] {
        if options.only.as_deref().is_some_and(|only| !model.name.contains(only)) {
            continue;
        }
        let (contacts, cpu_s, wall_1) = time(&model, options.contacts, NonZeroUsize::MIN)?;
        let mut row = json!({
            "model": model.name,
            "contacts": contacts,
            "cpu_s": cpu_s,
            "contacts_per_s": contacts as f64 / cpu_s,
        });
        if models.is_empty()
            && let Some(two) = NonZeroUsize::new(2)
        {
            let (_, _, wall_2) = time(&model, options.contacts, two)?;
            row["speed_up_on_two_cores"] = json!(wall_1 / wall_2);
        }
        models.push(row);
    }
    let events = u64::from(options.contacts) * 4;
    let before = cpu_seconds()?;
    let counted = plain_loop(events);
    let cpu_s = cpu_seconds()? - before;
    Ok(json!({
        "bench": "simulate",
        "models": models,
        "plain_loop": { "contacts": counted, "cpu_s": cpu_s, "contacts_per_s": counted as f64 / cpu_s },
    }))
}

/// Contacts, CPU seconds of all threads, and seconds on the wall.
fn time(model: &Model, contacts: u32, cores: NonZeroUsize) -> Result<(u64, f64, f64)> {
    let hours = (f64::from(contacts) / 10.0 / model.per_hour).ceil().max(1.0);
    let text = format!("[run]\nlength = \"{hours}h\"\nreplications = 10\n{}", model.floor);
    let value: Text = toml::from_str(&text).context("the scenario of the benchmark")?;
    let scenario = Scenario::read(&value).map_err(|faults| anyhow::anyhow!("{faults:?}"))?;
    let clock = Clock::system();
    let (began, before) = (clock.now(), cpu_seconds()?);
    let options = Cores { cores: Some(cores), until_half_width: None };
    let outcome =
        sim::simulate(&scenario, options, &()).map_err(|faults| anyhow::anyhow!("{faults:?}"))?;
    let wall = clock.now().since(began).as_secs_f64();
    Ok((outcome.all.counts.arrived, cpu_seconds()? - before, wall))
}

/// CPU time of this process so far: of a machine that others use as well, the fair measure.
fn cpu_seconds() -> Result<f64> {
    let mut ticks = 0.0;
    // In each thread's file the 14th and 15th field are its time in hundredths of a second; the
    // name before them is in parentheses and may hold spaces.
    let stat = std::fs::read_to_string(Path::new("/proc/self/stat"))?;
    let (_, fields) = stat.rsplit_once(')').context("no name in /proc/self/stat")?;
    for field in fields.split_whitespace().skip(11).take(2) {
        ticks += field.parse::<f64>()?;
    }
    Ok(ticks / 100.0)
}

/// The example of the literature: 50 agents, 48 contacts a minute of a minute each, two minutes of
/// patience.
fn one_pool() -> Model {
    let floor = r#"
        [[pools]]
        name = "front"
        [[clients]]
        name = "Acme"
        pools = ["front"]
        [[clients.queues]]
        demand = { kind = "constant", per_hour = 2880 }
        handle = { kind = "exponential", mean = "1m" }
        patience = { kind = "exponential", mean = "2m" }
        [[groups]]
        name = "agents"
        agents = 50
        pools = ["front"]
    "#;
    Model { name: "one pool of 50", floor: floor.to_owned(), per_hour: 2880.0 }
}

/// Five clients, 60 agents who answer two of them each.
fn five_clients() -> Model {
    let agents = [17, 13, 12, 10, 8];
    let mut floor = "[[pools]]\nname = \"front\"\n".to_owned();
    let mut per_hour = 0.0;
    for (n, count) in agents.iter().enumerate() {
        let rate = f64::from(*count) * 15.0 * 0.93;
        per_hour += rate;
        // Writing into a text cannot fail.
        let _ = write!(
            floor,
            "[[clients]]\nname = \"client {n}\"\npools = [\"front\"]\n\
             [[clients.queues]]\ndemand = {{ kind = \"constant\", per_hour = {rate} }}\n\
             handle = {{ kind = \"exponential\", mean = \"4m\" }}\n\
             patience = {{ kind = \"exponential\", mean = \"3m\" }}\n\
             [[groups]]\nname = \"group {n}\"\nagents = {count}\npools = [\"front\"]\n\
             sign_offs = [\"client {n}\", \"client {}\"]\n",
            (n + 1) % agents.len(),
        );
    }
    Model { name: "five clients, two skills", floor, per_hour }
}

/// 200 clients on 1,000 agents in 40 groups: ten pools, each with 20 clients and four groups of 25, of
/// which each answers ten of the clients.
fn many_clients() -> Model {
    let mut floor = String::new();
    let rate = 1000.0 * 15.0 * 0.93 / 200.0;
    for pool in 0..10 {
        let _ = write!(floor, "[[pools]]\nname = \"pool {pool}\"\n");
        for client in 0..20 {
            let _ = write!(
                floor,
                "[[clients]]\nname = \"client {pool} {client}\"\npools = [\"pool {pool}\"]\n\
                 [[clients.queues]]\ndemand = {{ kind = \"constant\", per_hour = {rate} }}\n\
                 handle = {{ kind = \"exponential\", mean = \"4m\" }}\n\
                 patience = {{ kind = \"exponential\", mean = \"3m\" }}\n",
            );
        }
        for group in 0..4 {
            let of = |n: usize| format!("\"client {pool} {}\"", (group * 5 + n) % 20);
            let sign_offs: Vec<String> = (0..10).map(of).collect();
            let _ = write!(
                floor,
                "[[groups]]\nname = \"group {pool} {group}\"\nagents = 25\npools = [\"pool {pool}\"]\n\
                 sign_offs = [{}]\n",
                sign_offs.join(", "),
            );
        }
    }
    Model { name: "200 clients, 1,000 agents", floor, per_hour: rate * 200.0 }
}

/// What no simulation of events can beat: a heap of 50 that is as busy as the first model's, a
/// logarithm for each event, and a counter. Two events make a contact.
fn plain_loop(events: u64) -> u64 {
    let mut bits = 0x9e37_79b9_7f4a_7c15_u64;
    let mut heap: BinaryHeap<Reverse<(u64, u64)>> = (0..50).map(|n| Reverse((n, n))).collect();
    let mut counted = 0;
    for nth in 0..events {
        let Some(Reverse((at, _))) = heap.pop() else { break };
        bits ^= bits << 13;
        bits ^= bits >> 7;
        bits ^= bits << 17;
        let unit = ((bits >> 11) as f64 + 0.5) / (1u64 << 53) as f64;
        heap.push(Reverse((at + (-unit.ln() * 60e6) as u64, nth)));
        counted += nth & 1;
    }
    std::hint::black_box(&heap);
    counted
}
