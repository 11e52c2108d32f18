//! A server is killed while many wait; the next one offers the first of them.

use std::time::Duration;

use anyhow::{Context, Result, bail};
use api::{desk::DeskContactState, widget::WidgetMessage};
use clap::Args;
use futures_util::{StreamExt, TryStreamExt, stream};
use serde_json::{Value, json};
use tokio::time::timeout;
use uuid::Uuid;

use super::{
    agent::{Agent, Told},
    board,
    percentiles::millis,
    served::Served,
    set_up::{Floor, own_address},
    visitor::Visitor,
};

/// How it is measured.
#[derive(Debug, Args)]
pub struct Options {
    /// Contacts that wait when the server is killed.
    #[arg(long, default_value_t = 10_000)]
    waiting: u32,
    /// Agents that the floor knows.
    #[arg(long, default_value_t = 500)]
    agents: u32,
}

/// Kills and restarts.
///
/// # Errors
/// When somebody is refused, or a contact is lost.
pub async fn run(options: &Options) -> Result<Value> {
    let data = tempfile::tempdir()?;
    // What is measured comes after the kill; until then nobody waits for the disk.
    let served = Served::start_with(data.path(), "process").await?;
    let floor = Floor::set_up(&served, options.agents.max(1)).await?;
    let login = floor.logins.first().context("the floor has no agent")?;

    // Each is kept safely before the next comes: what was acknowledged must be there afterwards.
    let visitors: Vec<Visitor> = stream::iter(0..options.waiting)
        .map(|n| wait_in_line(&served, &floor, n))
        .buffered(32)
        .try_collect()
        .await?;
    served.kill().await?;
    drop(visitors);

    let served = Served::start(data.path()).await?;
    let mut agent = Agent::open(&served, own_address(1), login, "available").await?;
    let first_offer = timeout(Duration::from_secs(60), async {
        loop {
            if let Told::Contacts(contacts) = agent.told().await?
                && contacts.iter().any(|contact| contact.state == DeskContactState::Offered)
            {
                return anyhow::Ok(served.since.elapsed());
            }
        }
    })
    .await
    .context("nobody was offered within a minute")??;
    let board = board::look(&served, own_address(2), "admin").await?.floor;
    let (memory, _) = served.memory_mib()?;
    let healthy = served.started_in;
    served.kill().await?;
    Ok(json!({
        "bench": "restart",
        "waiting_before": options.waiting,
        "waiting_after": board.waiting,
        "agents": options.agents,
        "healthy_ms": millis(healthy),
        "first_offer_ms": millis(first_offer),
        "memory_mib": memory,
    }))
}

async fn wait_in_line(served: &Served, floor: &Floor, n: u32) -> Result<Visitor> {
    let mut visitor = Visitor::open(served, own_address(10_000 + n), &floor.widget).await?;
    let id = Uuid::now_v7();
    visitor.start(id).await?;
    loop {
        match visitor.hear().await? {
            WidgetMessage::Ack { client_id, .. } if client_id == id => return Ok(visitor),
            WidgetMessage::Welcome { .. } => bail!("welcomed twice"),
            _ => {}
        }
    }
}
