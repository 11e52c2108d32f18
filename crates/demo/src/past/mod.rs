//! The demonstration's past: the weeks from the beginning of last month until now, as the floor would
//! have lived them.
//!
//! Customers and shifts are drawn from one seed; the router of production decides, in virtual time;
//! what it was told and what it said is appended to the journal with the instants at which it was. The
//! floor that opens afterwards finds a journal like any other: nobody waits, and everybody has gone
//! home. The same seed on the same records gives the same past, so a beginning that was cut off is
//! carried on where it stopped, and a second one changes nothing.

mod cards;
mod demand;
mod drive;
mod shifts;

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use anyhow::{Context, Result};
use domain::{AgentId, Calendar, FloorId, PoolId, Timestamp, WidgetId, Zone, zone::Day};
use routing::{AgentRules, ClientRules, FloorRules, Input, PoolRules};
use serde_json::json;
use store::{
    Entry, ProviderScope, Store,
    journal::Frame,
    records::{Agent, ClientScope, Setting},
};
use uuid::Uuid;

use self::{
    demand::Coming,
    drive::{Driven, Named},
};
use crate::cast::{COLLEAGUES, Company, Crew};

const SCOPE: ProviderScope = ProviderScope::granted();

/// Where is remembered that the past is whole.
const KEY: &str = "demo_past";

/// Nobody comes in the last minutes before the live floor opens…
const LAST_ARRIVAL: Duration = Duration::from_secs(3_600);
/// …and everybody goes home.
const LAST_SHIFT: Duration = Duration::from_secs(2_700);

/// Timelines of contracts begin so much before the first day and reach so far beyond the last.
const AROUND: Duration = Duration::from_secs(14 * 86_400);

const WEEK_S: u64 = 7 * 86_400;

/// Entries of one frame.
const FRAME: usize = 1_000;
/// Contacts whose records are kept in one transaction.
const BATCH: usize = 2_000;

/// What the past holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Past {
    /// Entries of the journal.
    pub entries: usize,
    /// Contacts.
    pub contacts: usize,
}

/// The first instant of a company's past: of last month, where the company is.
pub(crate) fn begins(zone: &Zone, now: Timestamp) -> Timestamp {
    zone.day(first_day(zone, now)).from
}

fn first_day(zone: &Zone, now: Timestamp) -> Day {
    zone.day_at(now).first_of_month().previous().first_of_month()
}

/// The first instant of a past of so many weeks; of the whole one without a number.
fn begins_with(zone: &Zone, now: Timestamp, weeks: Option<u32>) -> Timestamp {
    let whole = begins(zone, now);
    let of = |weeks: u32| {
        zone.day(zone.day_at(now - Duration::from_secs(u64::from(weeks) * WEEK_S))).from
    };
    weeks.map_or(whole, |weeks| of(weeks).max(whole))
}

/// A company as the records have it.
struct House {
    company: Company,
    named: Named,
    rules: ClientRules,
    widget: WidgetId,
    aliases: BTreeMap<AgentId, String>,
}

impl House {
    fn alias(&self, agent: AgentId) -> String {
        self.aliases.get(&agent).cloned().unwrap_or_default()
    }
}

/// The records that the past is made of.
struct Records {
    houses: Vec<House>,
    pools: Vec<(PoolId, u8)>,
    agents: Vec<Agent>,
}

/// Gives the demonstration floor its past, unless it has one. `now` is when the live floor opens. The
/// past reaches back `weeks`, but not beyond the beginning of last month, which is where it begins
/// without a number; a floor of 0 weeks has none.
///
/// # Errors
/// What the store says, or contracts that do not compile.
pub async fn live_through(
    store: &Store,
    now: Timestamp,
    seed: u64,
    weeks: Option<u32>,
) -> Result<Option<Past>> {
    let kept = store.view().setting(&SCOPE, KEY).await?;
    let (until, weeks, version) = match kept {
        Some(kept) if kept.value["whole"] == json!(true) => return Ok(None),
        // Cut off: go on with what was begun.
        Some(kept) => {
            let until_us = kept.value["until_us"].as_i64().unwrap_or_default();
            let weeks = kept.value["weeks"].as_u64().and_then(|weeks| weeks.try_into().ok());
            (Timestamp::from_micros(until_us), weeks, kept.version)
        }
        None if weeks == Some(0) || !store.floors().await?.is_empty() => return Ok(None),
        None => {
            remember(store, now, weeks, false, 0).await?;
            (now, weeks, 1)
        }
    };
    let records = read(store, until).await.context("reading the demonstration's records")?;
    let floor = match store.floors().await?.first() {
        Some(floor) => *floor,
        None => FloorId::from_uuid(Uuid::now_v7()),
    };
    let (coming, driven) = live(&records, (until, weeks), seed)?;
    append(store, floor, &driven).await.context("writing the demonstration's journal")?;
    let (records, coming, driven) = (Arc::new(records), Arc::new(coming), Arc::new(driven));
    keep_cards(store, &records, &coming, &driven).await?;
    store.project_contacts(floor).await?;
    remember(store, until, weeks, true, version).await?;
    Ok(Some(Past { entries: driven.entries.len(), contacts: coming.len() }))
}

async fn remember(
    store: &Store,
    until: Timestamp,
    weeks: Option<u32>,
    whole: bool,
    version: u64,
) -> Result<()> {
    let value = json!({ "until_us": until.micros(), "weeks": weeks, "whole": whole });
    let setting = Setting { key: KEY.to_owned(), value, version };
    store.tx(move |tx| Box::pin(async move { tx.save_setting(&SCOPE, &setting).await })).await?;
    Ok(())
}

async fn read(store: &Store, now: Timestamp) -> Result<Records> {
    let mut view = store.view();
    let calendars: Vec<Calendar> =
        view.calendars(&SCOPE).await?.into_iter().map(|record| record.document).collect();
    let contracts = view.contracts_in_force(&SCOPE, now).await?;
    let clients = view.clients(&SCOPE, None, None, 500).await?;
    let agents = view.agents(&SCOPE).await?;
    let pools = view.pools(&SCOPE).await?;
    let mut houses = Vec::new();
    for company in Company::ALL {
        let client = clients.iter().find(|client| client.name == company.name());
        let client = client.with_context(|| format!("{} is gone", company.name()))?;
        let version = contracts.iter().find(|version| version.client == client.id);
        let contract = &version.with_context(|| format!("no contract: {}", client.name))?.document;
        let hours = calendars.iter().find(|calendar| calendar.id == contract.hours);
        let hours = hours.with_context(|| format!("no hours: {}", client.name))?;
        let zone = Zone::get(&contract.zone)?;
        let (from, until) = (begins(&zone, now) - AROUND, now + AROUND);
        let told = |faults| anyhow::anyhow!("the contract of {}: {faults:?}", client.name);
        let open = hours.compile(from, until).map_err(told)?;
        let periods = domain::contract::compile_periods(contract, from, until).map_err(told)?;
        let widgets = view.widgets(&ClientScope::of(client.id)).await?;
        houses.push(House {
            company,
            named: Named {
                client: client.id,
                queues: contract.queues.iter().map(|queue| queue.id).collect(),
                dispositions: contract.dispositions.iter().map(|one| one.id).collect(),
            },
            rules: ClientRules::compile(contract, &open, &periods).map_err(told)?,
            widget: widgets.first().context("a widget is gone")?.id,
            aliases: agents
                .iter()
                .map(|agent| (agent.id, agent.alias_for(client.id).to_owned()))
                .collect(),
        });
    }
    let pools = pools.into_iter().map(|pool| (pool.id, pool.fairness_cap_percent)).collect();
    Ok(Records { houses, pools, agents })
}

/// Plays the past.
fn live(
    records: &Records,
    (now, weeks): (Timestamp, Option<u32>),
    seed: u64,
) -> Result<(Vec<Coming>, Driven)> {
    let zone_of = |company: Company| Zone::get(company.zone());
    let mut coming = Vec::new();
    let mut begin = now;
    for company in Company::ALL {
        let zone = zone_of(company)?;
        let from = begins_with(&zone, now, weeks);
        begin = begin.min(from);
        coming.extend(demand::coming(company, seed, &zone, (from, now - LAST_ARRIVAL)));
    }
    // Two of one instant: the first company first.
    coming.sort_by_key(|one| one.at);
    let paris = zone_of(Company::Hotel)?;
    let of_crew = |crew: Crew| match crew {
        Crew::Reception => paris.clone(),
        Crew::Team(company) => zone_of(company).unwrap_or_else(|_| paris.clone()),
    };
    let steps = shifts::steps(seed, of_crew, (begin, now - LAST_SHIFT));
    let agent_of = |who: usize| {
        let name = COLLEAGUES.get(who).map_or("", |colleague| colleague.name);
        records.agents.iter().find(|agent| agent.name == name).map(|agent| agent.id)
    };
    let steps = steps.into_iter().filter_map(|(at, who, step)| Some((at, agent_of(who)?, step)));
    let named = |company: Company| {
        let house = records.houses.iter().find(|house| house.company == company);
        &house.unwrap_or(&records.houses[0]).named
    };
    let driven = drive::drive(begin, now - LAST_SHIFT, rules(records), &coming, steps, &named)?;
    Ok((coming, driven))
}

/// What the router was told before anybody came.
fn rules(records: &Records) -> Vec<Input> {
    let pools = records.pools.iter().map(|(pool, fairness_cap_percent)| {
        Input::SetPool(PoolRules { pool: *pool, fairness_cap_percent: *fairness_cap_percent })
    });
    let clients =
        records.houses.iter().map(|house| Input::SetClient(Box::new(house.rules.clone())));
    let agents = records.agents.iter().map(|agent| {
        Input::SetAgent(Box::new(AgentRules {
            agent: agent.id,
            pools: agent.pools.clone(),
            team: agent.team,
            skills: agent.skills.iter().map(|skill| (skill.skill, skill.level)).collect(),
            languages: agent.languages.clone(),
            sign_offs: agent.sign_offs().collect(),
            site: agent.site,
            channels: agent.channels.clone(),
        }))
    });
    std::iter::once(Input::SetFloor(FloorRules::default()))
        .chain(pools)
        .chain(clients)
        .chain(agents)
        .collect()
}

/// Appends what is not there yet, and leaves a snapshot of each day.
async fn append(store: &Store, floor: FloorId, driven: &Driven) -> Result<()> {
    let mut owned = store.acquire(floor).await?;
    let mut snapshots = driven.snapshots.iter().peekable();
    let there = usize::try_from(owned.seq)?;
    let rest: &[Entry] = driven.entries.get(there..).unwrap_or_default();
    for entries in rest.chunks(FRAME) {
        let frame = Frame::seal(&owned, entries)?;
        store.append(&mut owned, &frame).await?;
        while let Some((seq, at, bytes)) = snapshots.next_if(|(seq, _, _)| *seq <= owned.seq) {
            store.save_snapshot(&owned, *seq, *at, bytes).await?;
        }
    }
    Ok(())
}

async fn keep_cards(
    store: &Store,
    records: &Arc<Records>,
    coming: &Arc<Vec<Coming>>,
    driven: &Arc<Driven>,
) -> Result<()> {
    // Everything here is kept once, however often it is tried.
    for at in 0..records.houses.len() {
        let (records, coming) = (Arc::clone(records), Arc::clone(coming));
        store
            .tx(move |tx| {
                Box::pin(async move { cards::customers(tx, &records.houses[at], &coming).await })
            })
            .await?;
    }
    for first in (0..coming.len()).step_by(BATCH) {
        let (records, coming, driven) =
            (Arc::clone(records), Arc::clone(coming), Arc::clone(driven));
        store
            .tx(move |tx| {
                Box::pin(async move {
                    let batch = coming.iter().zip(&driven.went).skip(first).take(BATCH);
                    for (one, went) in batch {
                        let house = records.houses.iter().find(|h| h.company == one.company);
                        let Some(house) = house else { continue };
                        cards::card(tx, house, one, went).await?;
                    }
                    Ok(())
                })
            })
            .await?;
    }
    Ok(())
}
