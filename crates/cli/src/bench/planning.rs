//! Formulas at their largest, and a week of staffing for many clients.

use anyhow::{Result, anyhow};
use planning::{Demand, Line, Patience, Target, Times, staffing::staff};
use serde_json::{Value, json};
use server::clock::Stopwatch;

use super::percentiles::millis;

const CLIENTS: u32 = 100;
/// Quarter-hours of a week.
const INTERVALS: u32 = 672;
/// Lines of 100,000 agents: enough for a mean.
const LARGE: u32 = 200;

/// Measures.
///
/// # Errors
/// When a line cannot be computed, which would be a fault of ours.
pub fn run() -> Result<Value> {
    let refused = |faults: Vec<domain::Fault>| anyhow!("{faults:?}");
    let patience = Patience::Times(Times::exponential("patience", 120.0).map_err(refused)?);
    let watch = Stopwatch::start();
    let mut waiting = 0.0;
    for at in 0..LARGE {
        let line = Line {
            // From some spare agents to some overload.
            arrivals_per_s: (99_000.0 + 10.0 * f64::from(at)) / 300.0,
            handle_s: 300.0,
            agents: 100_000,
            waiting_places: None,
            patience,
        };
        waiting += line.figures(20.0).map_err(refused)?.p_wait;
    }
    let large = watch.elapsed() / LARGE;

    let watch = Stopwatch::start();
    let target = Target::level(0.8, 20.0);
    let mut agents = 0_u64;
    for client in 0..CLIENTS {
        for interval in 0..INTERVALS {
            // A day that rises to noon and falls to midnight, for clients of 0.3 to 30 erlangs.
            let of_day = f64::from(interval % 96) / 96.0;
            let swing = 0.05 + (std::f64::consts::PI * of_day).sin();
            let load = 0.3 * f64::from(client + 1) * swing;
            let demand = Demand {
                arrivals_per_s: load / 240.0,
                handle_s: 240.0,
                waiting_places: None,
                patience,
            };
            agents += u64::from(staff(&demand, &target, 0.3).map_err(refused)?.required_agents);
        }
    }
    let week = watch.elapsed();
    Ok(json!({
        "bench": "planning",
        "erlang_a_100000_agents_ms": millis(large),
        "mean_p_wait": waiting / f64::from(LARGE),
        "clients": CLIENTS,
        "intervals": INTERVALS,
        "staffing_ms": millis(week),
        "agents": agents,
    }))
}
