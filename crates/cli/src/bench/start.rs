//! How long an empty server takes to its first answer, and how much memory it has then.

use anyhow::Result;
use clap::Args;
use serde_json::{Value, json};

use super::{percentiles::Percentiles, served::Served};

/// How it is measured.
#[derive(Debug, Args)]
pub struct Options {
    /// How many fresh servers are started, one after the other.
    #[arg(long, default_value_t = 5)]
    rounds: u32,
}

/// Starts fresh servers.
///
/// # Errors
/// When one does not start.
pub async fn run(options: &Options) -> Result<Value> {
    let mut started = Percentiles::default();
    let mut resident = 0.0_f64;
    for _ in 0..options.rounds.max(1) {
        let data = tempfile::tempdir()?;
        let served = Served::start(data.path()).await?;
        started.add(served.started_in);
        resident = resident.max(served.memory_mib()?.1);
        served.kill().await?;
    }
    Ok(json!({"bench": "start", "start": started.json(), "memory_mib": resident}))
}
