//! A month's report over a journal of millions of events.

use std::{path::Path, time::Duration};

use anyhow::{Context, Result};
use clap::Args;
use domain::{
    AgentId, ClientId, ContactId, Language, QueueId, Timestamp,
    contract::{Channel, ClockStart, ServiceLevelFormula, ServicePromise},
};
use routing::{AgentState, EndedBy, Ending, Event, PartEnd, QueuedWhy};
use serde_json::{Value, json};
use server::clock::Stopwatch;
use store::Store;

use super::{
    other_floor::Journal,
    percentiles::millis,
    served::Served,
    set_up::{Floor, Person, own_address},
};

/// 2026-01-01T00:00:00Z: a month that is over.
const START: Timestamp = Timestamp::from_secs(1_767_225_600);
const MONTH: Duration = Duration::from_secs(31 * 86_400);

const AGENTS: u128 = 100;
const CLIENTS: u128 = 20;
/// Events of one contact, with its agent's states.
const EACH: u32 = 7;

/// How it is measured.
#[derive(Debug, Args)]
pub struct Options {
    /// Events in the month.
    #[arg(long, default_value_t = 2_000_000)]
    events: u32,
}

/// Fills a journal and asks for reports.
///
/// # Errors
/// When the server refuses, or the journal cannot be written.
pub async fn run(options: &Options) -> Result<Value> {
    let data = tempfile::tempdir()?;
    let served = Served::start(data.path()).await?;
    Floor::set_up(&served, 1).await?;
    served.kill().await?;
    fill(&data.path().join("permanence.db"), options.events / EACH).await?;

    let served = Served::start(data.path()).await?;
    let admin = Person::sign_in(&served.base(), own_address(0), "admin").await?;
    let ask = async |group: &str| {
        let path =
            format!("/api/v1/reports/intervals?from={START}&until={}&group={group}", START + MONTH);
        let watch = Stopwatch::start();
        let report = admin.get(&path).await?;
        let answered = report["total"]["answered"].as_u64().context("no figure in the report")?;
        anyhow::Ok((watch.elapsed(), answered))
    };
    // The first one closes the days of this floor, which no server has looked at before.
    let (first, answered) = ask("client").await?;
    let (client, again) = ask("client").await?;
    anyhow::ensure!(answered == again && answered > 0, "{answered} answered, then {again}");
    let (agent, _) = ask("agent").await?;
    let (memory, _) = served.memory_mib()?;
    served.kill().await?;
    Ok(json!({
        "bench": "reports",
        "events": options.events,
        "answered": answered,
        "first_ms": millis(first),
        "by_client_ms": millis(client),
        "by_agent_ms": millis(agent),
        "memory_mib": memory,
    }))
}

/// Writes the month: contacts at an even pace. Each is over in the instant in which it comes; the spans
/// that its events tell are those of a real one.
async fn fill(file: &Path, contacts: u32) -> Result<()> {
    let store = Store::open_file(file).await?;
    let mut journal = Journal::open(&store).await?;
    let pace = MONTH / contacts.max(1);
    for n in 0..contacts {
        let at = START + pace * n;
        for event in contact(Ids::of(u128::from(n)), at) {
            journal.write(at, None, [event]).await?;
        }
    }
    journal.close().await?;
    store.close().await;
    Ok(())
}

/// Who has to do with a contact.
pub struct Ids {
    /// The contact.
    pub contact: ContactId,
    /// Whoever answers it.
    pub agent: AgentId,
    /// Whose it is.
    pub client: ClientId,
    /// Where it waits.
    pub queue: QueueId,
}

impl Ids {
    fn of(n: u128) -> Self {
        Self {
            contact: ContactId::from_u128(n + 1),
            agent: AgentId::from_u128(n % AGENTS + 1),
            client: ClientId::from_u128(n % CLIENTS + 1),
            queue: QueueId::from_u128(n % (3 * CLIENTS) + 1),
        }
    }
}

/// How long each contact waits, and is talked to then.
pub const SPANS: (Duration, Duration) = (Duration::from_secs(15), Duration::from_secs(180));

/// The events of a contact that arrives at `at`: two of its arrival, two of its answer, three of its end.
pub fn contact(ids: Ids, at: Timestamp) -> [Event; EACH as usize] {
    let Ids { contact, agent, client, queue } = ids;
    let (wait, talk) = SPANS;
    let promise = ServicePromise {
        threshold_s: 20,
        target_percent: 80,
        formula: ServiceLevelFormula::OfOffered,
        clock: ClockStart::FirstRing,
        short_abandon_s: 5,
    };
    let state = |state| Event::AgentState { agent, state, next: None };
    [
        Event::Arrived {
            contact,
            client,
            queue,
            channel: Channel::Chat,
            language: Language::EN,
            contract_version: 1,
            period: 0,
            promise,
            clock_start: at,
            first_ring: None,
        },
        Event::Queued { contact, client, queue, why: QueuedWhy::Arrived },
        state(AgentState::Talking),
        Event::Answered { contact, client, queue, agent, wait, first: true, overflow: false },
        Event::PartEnded {
            contact,
            client,
            queue,
            agent,
            talk,
            hold: Duration::ZERO,
            why: PartEnd::Ended,
        },
        Event::Ended { contact, client, queue, ending: Ending::Handled(EndedBy::Customer), wait },
        state(AgentState::Available),
    ]
}
