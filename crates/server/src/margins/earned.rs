//! What each client brought in during a month, and which agents worked for it: rated, or kept from when a
//! month that is over was rated before.
//!
//! A kept month stands as long as what it was rated by: another version of the contract, other holidays or
//! other people in a team whose empty seats are taken off make it anew, and a contact that ends late takes
//! it away in the transaction that keeps its facts. What an hour costs, and who an agent is now, are applied
//! afterwards and never kept.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use api::{margin::RevenuePart, statement::PositionChoice};
use billing::{
    METERING, Terms,
    cost::{add_work, by_days},
};
use domain::{
    AgentId, ClientId, Currency, Day, Timestamp, contract::Contract, tariff::BillingPeriod,
};
use futures_util::{StreamExt, TryStreamExt, stream};
use serde::{Deserialize, Serialize};
use store::{
    ClientScope, ProviderScope, StoreError,
    records::{Agent, CalendarRecord, Client, ContractVersion, RatedMonth, Team},
};
use uuid::Uuid;

use crate::{
    App,
    http::error::{ApiError, Result},
    statements::{position_view, rated},
};

/// Number of how a month is rated and kept; whoever changes what comes out of it raises it.
const CALCULATION: u32 = 2;

/// A month is kept when it and the billing periods that reach into it have been over for so long.
const SETTLED: Duration = Duration::from_secs(3_600);

/// Clients rated at once.
const AT_ONCE: usize = 4;

const SCOPE: ProviderScope = ProviderScope::granted();

/// A client's month.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Earned {
    /// What it pays in; `None` when nothing has a price.
    pub currency: Option<Currency>,
    /// Contacts that began in the month and are over.
    pub contacts: u64,
    /// Whether billing periods count by their days.
    pub by_days: bool,
    /// Net revenue by kind of position.
    pub parts: Vec<RevenuePart>,
    /// What each agent did for it, in microseconds of talk, hold, wrap-up and ringing.
    pub work: BTreeMap<AgentId, u64>,
}

impl Earned {
    fn add(&mut self, kind: PositionChoice, amount_minor: i64) {
        match self.parts.iter_mut().find(|part| part.kind == kind) {
            Some(part) => part.amount_minor += amount_minor,
            None => self.parts.push(RevenuePart { kind, amount_minor }),
        }
    }
}

/// What each client's months are rated by, in a word that is another one when any of it is.
pub fn terms(
    contracts: &[ContractVersion],
    calendars: &[CalendarRecord],
    teams: &[Team],
    agents: &[Agent],
) -> BTreeMap<ClientId, String> {
    let mut all: BTreeMap<ClientId, Vec<&ContractVersion>> = BTreeMap::new();
    for contract in contracts {
        all.entry(contract.client).or_default().push(contract);
    }
    let of_client = |client: ClientId, versions: &[&ContractVersion]| {
        let newest = versions.iter().max_by_key(|contract| contract.version)?;
        let hours = newest.document.hours;
        let calendar = calendars.iter().find(|calendar| calendar.document.id == hours);
        let calendar = calendar.map_or(0, |calendar| calendar.version);
        let by_seats = versions.iter().any(|contract| deducts(&contract.document));
        let there = if by_seats { members(client, teams, agents) } else { String::new() };
        Some(format!("{}.{calendar}.{there}", newest.version))
    };
    all.into_iter()
        .filter_map(|(client, versions)| Some((client, of_client(client, &versions)?)))
        .collect()
}

fn deducts(contract: &Contract) -> bool {
    let seats = contract.tariff.iter().flat_map(|tariff| &tariff.seats);
    seats.into_iter().any(|seat| seat.absent_hour.is_some())
}

/// Who is in a client's teams.
fn members(client: ClientId, teams: &[Team], agents: &[Agent]) -> String {
    let teams: BTreeSet<_> =
        teams.iter().filter(|team| team.client == client).map(|team| team.id).collect();
    let mut hasher = blake3::Hasher::new();
    let ours = agents.iter().filter(|agent| agent.team.is_some_and(|team| teams.contains(&team)));
    let ours: BTreeSet<_> = ours.map(|agent| agent.id).collect();
    for agent in ours {
        hasher.update(agent.uuid().as_bytes());
    }
    hasher.finalize().to_hex()[..16].to_owned()
}

/// What each of `clients` brought in during `month`. `terms` were read before.
pub async fn earned(
    app: &App,
    clients: &[Client],
    terms: &BTreeMap<ClientId, String>,
    month: &BillingPeriod,
    now: Timestamp,
) -> Result<BTreeMap<ClientId, Earned>> {
    let span = (month.span.from, month.span.until);
    let is_over = month.span.until + SETTLED <= now;
    let mut all = BTreeMap::new();
    if is_over {
        for kept in app.store.view().rated_months(&SCOPE, CALCULATION, span).await? {
            let is_sound = terms.get(&kept.client).is_some_and(|terms| *terms == kept.terms);
            // What does not read back is made anew.
            let earned = serde_json::from_value::<Earned>(kept.document).ok();
            if let Some(earned) = earned.filter(|_| is_sound) {
                all.insert(kept.client, earned);
            }
        }
    }
    // Without a contract there is neither a price nor a contact.
    let missing: Vec<ClientId> = clients
        .iter()
        .map(|client| client.id)
        .filter(|client| terms.contains_key(client) && !all.contains_key(client))
        .collect();
    if missing.is_empty() {
        return Ok(all);
    }
    let wanted: Vec<Wanted> = stream::iter(missing)
        .map(|client| wanted(app, client, month))
        .buffered(AT_ONCE)
        .try_collect()
        .await?;
    let turn = Uuid::now_v7().to_string();
    if is_over {
        let clients: Vec<_> = wanted.iter().map(|one| (one.client, one.inputs_until)).collect();
        let turn = turn.clone();
        let reserved = app.store.tx(move |tx| {
            Box::pin(async move {
                let kind = (METERING, CALCULATION);
                tx.reserve_rated_months(&SCOPE, kind, span, &turn, &clients).await
            })
        });
        reserved.await?;
    }
    let rated: Vec<Rated> = stream::iter(wanted)
        .map(|wanted| rate(app, wanted, month, now))
        .buffered(AT_ONCE)
        .try_collect()
        .await?;
    let mut keep = Vec::new();
    for Rated { client, earned, may_change } in rated {
        if let (true, false, Some(terms)) = (is_over, may_change, terms.get(&client)) {
            let document =
                serde_json::to_value(&earned).map_err(|error| ApiError::internal(&error))?;
            keep.push(RatedMonth { client, terms: terms.clone(), document });
        }
        all.insert(client, earned);
    }
    if !keep.is_empty() {
        let kept = app.store.tx(move |tx| {
            Box::pin(async move {
                for rated in &keep {
                    tx.fill_rated_month(span, &turn, rated).await?;
                }
                Ok::<_, StoreError>(())
            })
        });
        kept.await?;
    }
    Ok(all)
}

/// A client's month that is to be rated.
struct Wanted {
    client: ClientId,
    terms: Option<Terms>,
    /// The billing periods that reach into it, with how many of their days do.
    periods: Vec<(BillingPeriod, u64)>,
    /// Until when contacts begin that it depends on.
    inputs_until: Timestamp,
}

async fn wanted(app: &App, client: ClientId, month: &BillingPeriod) -> Result<Wanted> {
    let terms = rated::terms_if_priced(app, client).await?;
    let (mut periods, mut inputs_until) = (Vec::new(), month.span.until);
    if let Some(terms) = &terms {
        let mut period = terms.period_of(month.until.previous());
        while period.until > month.first && period.span.until > terms.begin() {
            let before = terms.before(&period);
            inputs_until = inputs_until.max(period.span.until);
            let of_month = |day: &Day| (month.first..month.until).contains(day);
            let days = period.days().filter(of_month).count() as u64;
            periods.push((period, days));
            period = before;
        }
    }
    Ok(Wanted { client, terms, periods, inputs_until })
}

/// A client's month, and whether time alone may still change it.
struct Rated {
    client: ClientId,
    earned: Earned,
    may_change: bool,
}

/// A client's revenue of a month, by the days of its billing periods in it, and what agents did for it.
async fn rate(app: &App, wanted: Wanted, month: &BillingPeriod, now: Timestamp) -> Result<Rated> {
    let Wanted { client, terms, periods, inputs_until } = wanted;
    let mut earned = Earned { currency: terms.as_ref().map(Terms::currency), ..Earned::default() };
    let (mut own, mut by_level) = (None, false);
    if let Some(terms) = terms {
        by_level = terms.versions().iter().any(|version| version.tariff.credit.is_some());
        for (period, days) in periods {
            if period.span.from > now {
                continue;
            }
            let of_days = period.days().count() as u64;
            earned.by_days |= days != of_days;
            let same = period.span == month.span;
            let rated = rated::rated(app, client, terms.clone(), period).await?;
            for position in &rated.statement.positions {
                let kind = position_view(&terms, position).kind;
                earned.add(kind, by_days(position.amount_minor, days, of_days));
            }
            own = same.then_some(rated.facts).or(own);
        }
    }
    let facts = match own {
        Some(facts) => facts,
        None => rated::facts(app, client, month.span).await?,
    };
    earned.contacts = facts.len() as u64;
    let mut work = BTreeMap::new();
    add_work(&mut work, client, &facts);
    earned.work = work
        .into_iter()
        .filter_map(|(agent, by_client)| Some((agent, *by_client.get(&client)?)))
        .collect();
    // A level moves while contacts are under way; everything else changes with a fact.
    let scope = ClientScope::of(client);
    let may_change = inputs_until + SETTLED > now
        || by_level && app.store.view().contacts_open_since(&scope, inputs_until).await? > 0;
    Ok(Rated { client, earned, may_change })
}
