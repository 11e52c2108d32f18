//! The margins of the month that goes on, of hundreds of clients with a million contacts.

use std::{collections::VecDeque, time::Duration};

use anyhow::{Context, Result};
use clap::Args;
use domain::{
    AgentId, ClientId, ContactId, QueueId, Timestamp,
    tariff::{CreditPerPoint, Cycle, ServiceCredit, Unused},
};
use routing::Event;
use serde_json::{Value, json};
use server::clock::{Clock, Stopwatch};
use store::{ClientScope, ProviderScope, Store};

use super::{
    engine::{Database, Engine},
    other_floor::{Journal, Model},
    percentiles::millis,
    reports::{Ids, SPANS, contact},
    served::Served,
    set_up::{Floor, Person, own_address, price},
};

const P: ProviderScope = ProviderScope::granted();

/// Agents who answer.
const AGENTS: u128 = 400;

/// How it is measured.
#[derive(Debug, Args)]
pub struct Options {
    /// Clients. Each second one has a service credit, each fifth a bundle that rolls over.
    #[arg(long, default_value_t = 500)]
    clients: u32,
    /// Contacts of all of them, from the beginning of the month until now.
    #[arg(long, default_value_t = 1_000_000)]
    contacts: u32,
    /// The database.
    #[arg(long, value_enum, default_value_t = Engine::Sqlite)]
    engine: Engine,
}

/// Fills a journal and asks for the month's margins.
///
/// # Errors
/// When the server refuses, or the database cannot be made.
pub async fn run(options: &Options) -> Result<Value> {
    let database = Database::make(options.engine)?;
    let served = Served::start_on(database.folder(), database.url(), "process").await?;
    Floor::set_up(&served, 1).await?;
    price(&served).await?;
    served.kill().await?;
    let store = database.open().await?;
    let now = Clock::system().now();
    let clients = clients(&store, options.clients, now).await?;
    journal(&store, &clients, options.contacts, now).await?;
    store.close().await;
    database.analyze()?;

    let served = Served::start_on(database.folder(), database.url(), "strict").await?;
    let admin = Person::sign_in(&served.base(), own_address(0), "admin").await?;
    let timed = async |path: &str| {
        let watch = Stopwatch::start();
        let answer = admin.get(path).await?;
        anyhow::Ok((watch.elapsed(), answer))
    };
    // The first look at the journal closes its days and meters its contacts, as time does by itself.
    let one = clients.first().context("there are no clients")?.0;
    let watch = Stopwatch::start();
    admin.get_when_metered(&format!("/api/v1/clients/{one}/statement?limit=1")).await?;
    let metered = watch.elapsed();
    let (days, _) = timed(&format!(
        "/api/v1/reports/intervals?from={}&until={now}&group=agent&length=day",
        now - Duration::from_secs(86_400)
    ))
    .await?;
    let (first, month) = timed("/api/v1/margins").await?;
    let all = month["clients"].as_array().context("no clients in the margins")?;
    let contacts: u64 = all.iter().filter_map(|one| one["contacts"].as_u64()).sum();
    anyhow::ensure!(contacts > 0, "the month has no contacts: {month}");
    let (again, same) = timed("/api/v1/margins").await?;
    anyhow::ensure!(month["revenue_minor"] == same["revenue_minor"], "the month has changed");
    let (trend, _) = timed("/api/v1/margins/trend").await?;
    // The page asks for both at once.
    let watch = Stopwatch::start();
    let page = tokio::try_join!(timed("/api/v1/margins"), timed("/api/v1/margins/trend"));
    page?;
    let page = watch.elapsed();
    let (memory, _) = served.memory_mib()?;
    served.kill().await?;
    Ok(json!({
        "bench": "margins",
        "engine": options.engine.name(),
        "clients": options.clients,
        "contacts": contacts,
        "metered_ms": millis(metered),
        "days_ms": millis(days),
        "first_ms": millis(first),
        "again_ms": millis(again),
        "trend_ms": millis(trend),
        "page_ms": millis(page),
        "memory_mib": memory,
    }))
}

/// Clients with the contract of the floor's first one, in force for three months; and their queues.
async fn clients(store: &Store, clients: u32, now: Timestamp) -> Result<Vec<(ClientId, QueueId)>> {
    let model = Model::read(store).await?;
    let since = now - Duration::from_secs(90 * 86_400);
    let mut made = Vec::new();
    for n in 0..clients {
        let ids = (ClientId::from_u128(u128::from(n) + 1), QueueId::from_u128(u128::from(n) + 1));
        let (client, mut contract) = model.copy(format!("Client {n}"), ids, since)?;
        made.push(ids);
        let tariff = contract.document.tariff.as_mut().context("the contract has no tariff")?;
        let per_point = CreditPerPoint::Share { permille: 20 };
        tariff.credit = n.is_multiple_of(2).then_some(ServiceCredit {
            target_percent: 80,
            per_point,
            cap_percent: 10,
        });
        for bundle in tariff.charges.iter_mut().filter_map(|charge| charge.bundle.as_mut()) {
            bundle.unused = if n.is_multiple_of(5) { Unused::RollOver } else { Unused::Lapse };
        }
        let work = store.tx(move |tx| {
            Box::pin(async move {
                tx.create_client(&P, &client).await?;
                tx.publish_contract(&ClientScope::of(client.id), &contract).await
            })
        });
        work.await?;
    }
    Ok(made)
}

/// Contacts at an even pace from the beginning of the month until now; each is answered, talked to, and over.
async fn journal(
    store: &Store,
    clients: &[(ClientId, QueueId)],
    contacts: u32,
    now: Timestamp,
) -> Result<()> {
    let zone = domain::Zone::get("Europe/Paris")?;
    let start = Cycle::Month.period_at(&zone, now).span.from;
    let pace = now.since(start) / contacts.max(1);
    let (wait, talk) = SPANS;
    let mut journal = Journal::open(store).await?;
    // Those who wait and those who talk, each with what is still to happen, in the order in which it does.
    let mut lines: [VecDeque<(Timestamp, Vec<Event>)>; 2] = Default::default();
    let mut n = 0;
    loop {
        let arrives = (n < contacts).then(|| start + pace * n);
        let next = [lines[0].front(), lines[1].front()].map(|one| one.map(|(at, _)| *at));
        let Some(at) = [next[1], next[0], arrives].into_iter().flatten().min() else { break };
        let events = if next[1] == Some(at) {
            lines[1].pop_front().context("it is there")?.1
        } else if next[0] == Some(at) {
            let mut events = lines[0].pop_front().context("it is there")?.1;
            let end = events.split_off(2);
            lines[1].push_back((at + talk, end));
            events
        } else {
            let of = u128::from(n);
            let (client, queue) = clients[n as usize % clients.len()];
            let ids = Ids {
                contact: ContactId::from_u128(of + 1),
                agent: AgentId::from_u128(of % AGENTS + 1),
                client,
                queue,
            };
            let mut events = contact(ids, at).to_vec();
            let then = events.split_off(2);
            lines[0].push_back((at + wait, then));
            n += 1;
            events
        };
        journal.write(at, None, events).await?;
    }
    journal.close().await
}
