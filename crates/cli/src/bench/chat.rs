//! Many conversations held at once, a message now and then in each.

use std::{
    collections::{HashMap, HashSet},
    pin::pin,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use anyhow::{Context, Result};
use api::{
    chat::{Author, SendMessage},
    desk::DeskContactState,
    widget::WidgetMessage,
};
use clap::Args;
use futures_util::{StreamExt, TryStreamExt, stream};
use serde_json::{Value, json};
use server::clock::Stopwatch;
use tokio::{
    sync::{mpsc, watch},
    task::JoinSet,
    time::{interval, sleep, timeout},
};
use uuid::Uuid;

use super::{
    agent::{Agent, Told},
    percentiles::Percentiles,
    served::Served,
    set_up::{Floor, own_address},
    visitor::Visitor,
};

/// Chats that one agent takes at once.
const CHATS_OF_AN_AGENT: u32 = 3;

/// How it is measured.
#[derive(Debug, Args)]
pub struct Options {
    /// Conversations held.
    #[arg(long, default_value_t = 2_000)]
    sessions: u32,
    /// Each customer writes once in this many seconds, and gets an answer.
    #[arg(long, default_value_t = 10)]
    every: u32,
    /// How long it is measured, in seconds.
    #[arg(long, default_value_t = 30)]
    seconds: u32,
}

/// When each message was sent, by the id that it carries in its text.
#[derive(Clone, Default)]
struct Sent(Arc<Mutex<HashMap<Uuid, Stopwatch>>>);

impl Sent {
    /// A new message's text.
    fn write(&self) -> (Uuid, String) {
        let id = Uuid::now_v7();
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(id, Stopwatch::start());
        (id, id.to_string())
    }

    /// How long the message with this text took; `None` for text that is not ours, or seen before.
    fn read(&self, text: &str) -> Option<Duration> {
        let id = text.parse().ok()?;
        let sent = self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&id)?;
        Some(sent.elapsed())
    }
}

/// Which way a message went.
enum Way {
    ToAgent(Duration),
    ToCustomer(Duration),
}

/// Holds the conversations.
///
/// # Errors
/// When somebody is refused or a connection ends.
pub async fn run(options: &Options) -> Result<Value> {
    let data = tempfile::tempdir()?;
    let served = Served::start(data.path()).await?;
    let agents = options.sessions.div_ceil(CHATS_OF_AN_AGENT);
    let floor = Floor::set_up(&served, agents).await?;
    let (measured, mut figures) = mpsc::unbounded_channel();
    let (answered, mut in_hand) = mpsc::unbounded_channel();
    let (to_agent, to_customer) = (Sent::default(), Sent::default());

    let mut people = JoinSet::new();
    let mut desks = stream::iter((1..).zip(&floor.logins))
        .map(|(n, login)| Agent::open(&served, own_address(n), login, "available"))
        .buffer_unordered(8);
    while let Some(agent) = desks.try_next().await? {
        let (sent, replies) = (to_agent.clone(), to_customer.clone());
        people.spawn(work(agent, sent, replies, measured.clone(), answered.clone()));
    }
    drop(desks);
    let (memory_before, _) = served.memory_mib()?;
    let (go, started) = watch::channel(false);
    let mut doors = stream::iter(0..options.sessions)
        .map(|n| Visitor::open(&served, own_address(10_000 + n), &floor.widget))
        .buffered(8);
    let mut n = 0;
    while let Some(visitor) = doors.try_next().await? {
        let period = Duration::from_secs(options.every.into());
        let first = period * n / options.sessions.max(1);
        let talk = Talk { sent: to_agent.clone(), replies: to_customer.clone(), period, first };
        people.spawn(talk.hold(visitor, measured.clone(), started.clone()));
        n += 1;
    }
    drop(doors);

    let waiting = async {
        for _ in 0..options.sessions {
            tokio::select! {
                contact = in_hand.recv() => drop(contact.context("every agent has gone")?),
                Some(ended) = people.join_next() => ended.context("a task failed")??,
            }
        }
        anyhow::Ok(())
    };
    timeout(Duration::from_secs(120), waiting).await.context("not all chats were answered")??;

    go.send_replace(true);
    let (mut to_agent, mut to_customer) = (Percentiles::default(), Percentiles::default());
    let mut end = pin!(sleep(Duration::from_secs(options.seconds.into())));
    loop {
        tokio::select! {
            way = figures.recv() => match way.context("everybody has gone")? {
                Way::ToAgent(span) => to_agent.add(span),
                Way::ToCustomer(span) => to_customer.add(span),
            },
            Some(ended) = people.join_next() => ended.context("a task failed")??,
            () = &mut end => break,
        }
    }
    let (memory, _) = served.memory_mib()?;
    served.kill().await?;
    Ok(json!({
        "bench": "chat",
        "sessions": options.sessions,
        "agents": agents,
        "to_agent": to_agent.json(),
        "to_customer": to_customer.json(),
        "memory_mib": memory,
        "kib_per_session": ((memory - memory_before) * 1024.0 / f64::from(options.sessions)).round(),
    }))
}

/// One customer's side of a conversation.
struct Talk {
    sent: Sent,
    replies: Sent,
    /// Between two messages of the customer.
    period: Duration,
    /// Before the first one, so that not all write at once.
    first: Duration,
}

impl Talk {
    /// Begins a conversation, and writes into it from `go` on until the socket ends.
    async fn hold(
        self,
        mut visitor: Visitor,
        measured: mpsc::UnboundedSender<Way>,
        mut go: watch::Receiver<bool>,
    ) -> Result<()> {
        visitor.start(Uuid::now_v7()).await?;
        while !*go.borrow_and_update() {
            tokio::select! {
                heard = visitor.hear() => drop(heard?),
                changed = go.changed() => changed?,
                () = sleep(Duration::from_secs(10)) => visitor.ping().await?,
            }
        }
        let mut due = pin!(sleep(self.first));
        loop {
            tokio::select! {
                heard = visitor.hear() => {
                    let WidgetMessage::Message { message } = heard? else { continue };
                    if let Some(span) = self.replies.read(&message.body) {
                        measured.send(Way::ToCustomer(span)).ok();
                    }
                }
                () = &mut due => {
                    let (id, body) = self.sent.write();
                    visitor.message(id, body).await?;
                    due.set(sleep(self.period));
                }
            }
        }
    }
}

/// Answers every offer, and every message with one of its own.
async fn work(
    mut agent: Agent,
    sent: Sent,
    replies: Sent,
    measured: mpsc::UnboundedSender<Way>,
    answered: mpsc::UnboundedSender<Uuid>,
) -> Result<()> {
    let mut seen = HashSet::new();
    let mut heartbeat = interval(Duration::from_secs(5));
    loop {
        let told = tokio::select! {
            told = agent.told() => told?,
            _ = heartbeat.tick() => {
                agent.ping().await?;
                continue;
            }
        };
        match told {
            Told::Contacts(contacts) => {
                for contact in contacts {
                    let is_new =
                        contact.state == DeskContactState::Offered && seen.insert(contact.contact);
                    if is_new {
                        agent.act(contact.contact, "answer").await?;
                        answered.send(contact.contact).ok();
                    }
                }
            }
            Told::Messages(messages) => {
                for written in messages {
                    if written.message.author != Author::Customer {
                        continue;
                    }
                    let Some(span) = sent.read(&written.message.body) else { continue };
                    measured.send(Way::ToAgent(span)).ok();
                    let (client_id, body) = replies.write();
                    let reply = SendMessage { client_id, body, note: false, attachment: None };
                    agent.write(written.contact, &reply).await?;
                }
            }
        }
    }
}
