//! From a customer's first words to the offer on an agent's screen, at a steady rate.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use anyhow::{Context, Result};
use api::{desk::DeskContactState, widget::ConversationState, widget::WidgetMessage};
use clap::Args;
use serde_json::{Value, json};
use server::clock::Stopwatch;
use tokio::{sync::mpsc, task::JoinSet, time::MissedTickBehavior};
use uuid::Uuid;

use super::{
    agent::{Agent, Told},
    percentiles::Percentiles,
    served::Served,
    set_up::{Floor, own_address},
    visitor::Visitor,
};

/// How it is measured.
#[derive(Debug, Args)]
pub struct Options {
    /// Contacts that arrive a second.
    #[arg(long, default_value_t = 100)]
    rate: u32,
    /// For how many seconds.
    #[arg(long, default_value_t = 30)]
    seconds: u32,
    /// Agents, each taking three chats at once.
    #[arg(long, default_value_t = 40)]
    agents: u32,
    /// Open widgets that take turns in beginning a conversation.
    #[arg(long, default_value_t = 400)]
    visitors: u32,
}

/// When each first message was sent, by its id; taken out by the agent who is offered it.
type Sent = Arc<Mutex<HashMap<Uuid, Stopwatch>>>;

/// Drives the floor.
///
/// # Errors
/// When somebody is refused or a connection ends.
pub async fn run(options: &Options) -> Result<Value> {
    let data = tempfile::tempdir()?;
    let served = Served::start(data.path()).await?;
    let floor = Floor::set_up(&served, options.agents).await?;
    let sent = Sent::default();
    let (measured, mut latencies) = mpsc::unbounded_channel();

    let mut people = JoinSet::new();
    for (n, login) in (1..).zip(&floor.logins) {
        let agent = Agent::open(&served, own_address(n), login, "available").await?;
        people.spawn(work(agent, Arc::clone(&sent), measured.clone()));
    }
    drop(measured);
    let (idle, mut ready) = mpsc::unbounded_channel();
    for n in 0..options.visitors {
        let from = own_address(10_000 + n);
        idle.send(Visitor::open(&served, from, &floor.widget).await?).ok();
    }

    let total = options.rate * options.seconds;
    let mut tick = tokio::time::interval(Duration::from_secs(1) / options.rate.max(1));
    tick.set_missed_tick_behavior(MissedTickBehavior::Burst);
    let watch = Stopwatch::start();
    let arriving = async {
        for _ in 0..total {
            tick.tick().await;
            let mut visitor = ready.recv().await.context("every visitor has gone")?;
            let (sent, idle) = (Arc::clone(&sent), idle.clone());
            people.spawn(async move {
                let id = Uuid::now_v7();
                let watch = Stopwatch::start();
                sent.lock().unwrap_or_else(PoisonError::into_inner).insert(id, watch);
                visitor.start(id).await?;
                wait_for_the_end(&mut visitor).await?;
                idle.send(visitor).ok();
                Ok(())
            });
        }
        anyhow::Ok(watch.elapsed())
    };
    let took = arriving.await?;

    // All contacts that arrived are offered; a minute is far beyond any aim.
    let mut spans = Percentiles::default();
    let collecting = async {
        while spans.len() < total as usize {
            tokio::select! {
                span = latencies.recv() => spans.add(span.context("every agent has gone")?),
                Some(ended) = people.join_next() => ended.context("a task failed")??,
            }
        }
        anyhow::Ok(())
    };
    tokio::time::timeout(Duration::from_secs(60), collecting)
        .await
        .context("contacts were not offered within a minute")??;
    let (memory_mib, _) = served.memory_mib()?;
    served.kill().await?;
    Ok(json!({
        "bench": "floor",
        "rate": f64::from(total) / took.as_secs_f64(),
        "agents": options.agents,
        "arrival_to_offer": spans.json(),
        "memory_mib": memory_mib,
    }))
}

/// Answers every offer at once and ends the contact, until the socket ends.
async fn work(
    mut agent: Agent,
    sent: Sent,
    measured: mpsc::UnboundedSender<Duration>,
) -> Result<()> {
    let mut seen = std::collections::HashSet::new();
    let mut heartbeat = tokio::time::interval(Duration::from_secs(5));
    loop {
        let told = tokio::select! {
            told = agent.told() => told?,
            _ = heartbeat.tick() => {
                agent.ping().await?;
                continue;
            }
        };
        let Told::Contacts(contacts) = told else { continue };
        for contact in contacts {
            if contact.state != DeskContactState::Offered || !seen.insert(contact.contact) {
                continue;
            }
            let first = contact.messages.iter().find_map(|message| {
                let id = message.client_id?;
                sent.lock().unwrap_or_else(PoisonError::into_inner).remove(&id)
            });
            if let Some(watch) = first {
                measured.send(watch.elapsed()).ok();
            }
            agent.act(contact.contact, "answer").await?;
            agent.act(contact.contact, "end").await?;
        }
    }
}

async fn wait_for_the_end(visitor: &mut Visitor) -> Result<()> {
    loop {
        if let WidgetMessage::Conversation { conversation } = visitor.hear().await?
            && conversation.state == ConversationState::Ended
        {
            return Ok(());
        }
    }
}
