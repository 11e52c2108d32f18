//! What each client brought in during a month, and which agents worked for it: rated, or kept from when a
//! month that is over was rated before.
//!
//! A kept month stands as long as what it was rated by: another version of the contract, other holidays or
//! other people in a team whose empty seats are taken off make it anew, and a contact that ends late takes
//! it away in the transaction that keeps its facts. A month that may still change is remembered ([`Lately`])
//! and rated anew for the clients of which something is new. What an hour costs, and who an agent is now, are applied
//! afterwards and never kept.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use api::{margin::RevenuePart, statement::PositionChoice};
use billing::{
    METERING, Terms,
    cost::{add_work, by_days},
};
use domain::{
    AgentId, ClientId, Currency, Day, Span, Timeline, Timestamp, contract::Contract,
    tariff::BillingPeriod,
};
use figures::{Group, Key, Row, Share};
use futures_util::{StreamExt, TryStreamExt, stream};
use serde::{Deserialize, Serialize};
use store::{
    ClientScope, ProviderScope,
    records::{Agent, CalendarRecord, Client, ContractVersion, MonthSpan, RatedMonth, Team},
};
use tokio::sync::Mutex;
use uuid::Uuid;

use crate::{
    App,
    http::error::{ApiError, Result},
    statements::{
        FactsState, position_view,
        rated::{self, DAY, QUARTER},
    },
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

/// What months are rated by, as it was read once.
pub struct Read<'b> {
    /// All versions of all contracts.
    pub contracts: &'b [ContractVersion],
    /// All calendars.
    pub calendars: &'b [CalendarRecord],
    /// All teams.
    pub teams: &'b [Team],
    /// All agents.
    pub agents: &'b [Agent],
}

/// A client's month as it was rated last, while it may still change.
#[derive(Clone, Debug)]
struct Last {
    by: By,
    earned: Earned,
}

/// All that a rating depends on; as long as it is the same, so is what comes out of it.
#[derive(Clone, Debug, PartialEq, Eq)]
struct By {
    /// Of a month that is over: what was rated while it went on is rated once more, to be kept.
    is_over: bool,
    terms: String,
    facts: FactsState,
    /// Of each billing period that has begun.
    beside: Vec<(Option<Share>, Option<Timeline<u32>>)>,
}

/// Months as they were rated last, while they may still change. Clones share them, and the turn: one rates
/// at a time, and whoever asks meanwhile finds the work done.
#[derive(Clone, Debug, Default)]
pub struct Lately(Arc<Mutex<BTreeMap<(MonthSpan, ClientId), Last>>>);

/// Months are kept here for so long after their end.
const LATELY: Duration = Duration::from_secs(40 * 86_400);

/// What each client's months are rated by, in a word that is another one when any of it is.
pub fn terms(read: &Read<'_>) -> BTreeMap<ClientId, String> {
    let Read { contracts, calendars, teams, agents } = *read;
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

/// Who is in a client's teams, in a word.
fn members(client: ClientId, teams: &[Team], agents: &[Agent]) -> String {
    let mut hasher = blake3::Hasher::new();
    for agent in rated::members(client, teams, agents) {
        hasher.update(agent.uuid().as_bytes());
    }
    hasher.finalize().to_hex()[..16].to_owned()
}

/// What each of `clients` brought in during `month`. `terms` were read before.
pub async fn earned(
    app: &App,
    clients: &[Client],
    (read, terms): (&Read<'_>, &BTreeMap<ClientId, String>),
    month: &BillingPeriod,
    now: Timestamp,
) -> Result<BTreeMap<ClientId, Earned>> {
    let span = (month.span.from, month.span.until);
    let is_over = month.span.until + SETTLED <= now;
    let mut all = BTreeMap::new();
    // Without a contract there is neither a price nor a contact.
    let is_missing = |all: &BTreeMap<ClientId, Earned>| {
        let known = clients.iter().map(|client| client.id);
        let missing = |client: &ClientId| terms.contains_key(client) && !all.contains_key(client);
        known.filter(missing).collect::<Vec<ClientId>>()
    };
    if is_over {
        all = kept(app, terms, span).await?;
        if is_missing(&all).is_empty() {
            return Ok(all);
        }
    }
    let mut lately = app.rated_lately.0.lock().await;
    if is_over {
        // Whoever had the turn before may have rated them.
        all = kept(app, terms, span).await?;
    }
    let missing = is_missing(&all);
    rated::meter(app).await?;
    let mut wanted = Vec::new();
    for client in missing {
        wanted.push(read.wanted(client, month)?);
    }
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
    let beside = Beside::read(app, &wanted, now).await?;
    lately.retain(|((_, until), _), _| *until + LATELY > now);
    let mut keep = Vec::new();
    let mut rate_anew = Vec::new();
    for one in wanted {
        let Some(word) = terms.get(&one.client) else { continue };
        let by = By {
            is_over,
            terms: word.clone(),
            facts: app.metering.state(one.client),
            beside: one
                .begun(now)
                .map(|(terms, period)| beside.of(read, &one, terms, period, now))
                .collect(),
        };
        match lately.get(&(span, one.client)).filter(|last| last.by == by) {
            Some(last) => {
                all.insert(one.client, last.earned.clone());
            }
            None => rate_anew.push((one, by)),
        }
    }
    let mut rated = stream::iter(rate_anew)
        .map(|(wanted, by)| rate(app, wanted, by, month, now))
        .buffered(AT_ONCE);
    while let Some(Rated { client, by, earned, may_change }) = rated.try_next().await? {
        if is_over && !may_change {
            let document =
                serde_json::to_value(&earned).map_err(|error| ApiError::internal(&error))?;
            keep.push(RatedMonth { client, terms: by.terms, document });
        } else {
            lately.insert((span, client), Last { by, earned: earned.clone() });
        }
        all.insert(client, earned);
    }
    if !keep.is_empty() {
        let kept = app
            .store
            .tx(move |tx| Box::pin(async move { tx.fill_rated_months(span, &turn, &keep).await }));
        kept.await?;
    }
    Ok(all)
}

/// The months that are over and were rated before, as far as they stand.
async fn kept(
    app: &App,
    terms: &BTreeMap<ClientId, String>,
    span: MonthSpan,
) -> Result<BTreeMap<ClientId, Earned>> {
    let mut all = BTreeMap::new();
    for kept in app.store.view().rated_months(&SCOPE, CALCULATION, span).await? {
        let is_sound = terms.get(&kept.client).is_some_and(|terms| *terms == kept.terms);
        // What does not read back is made anew.
        let earned = serde_json::from_value::<Earned>(kept.document).ok();
        if let Some(earned) = earned.filter(|_| is_sound) {
            all.insert(kept.client, earned);
        }
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

impl Wanted {
    /// Its billing periods that have begun, with the terms that they are rated by.
    fn begun(&self, now: Timestamp) -> impl Iterator<Item = (&Terms, &BillingPeriod)> {
        let periods = self.periods.iter().map(|(period, _)| period);
        let begun = periods.filter(move |period| period.span.from <= now);
        self.terms.iter().flat_map(move |terms| begun.clone().map(move |period| (terms, period)))
    }
}

impl Read<'_> {
    fn wanted(&self, client: ClientId, month: &BillingPeriod) -> Result<Wanted> {
        let versions = self.contracts.iter().filter(|version| version.client == client);
        let terms = rated::terms_of(versions.cloned().collect(), self.calendars)?;
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
}

/// A stretch, in the days of a zone.
type Stretch = (String, Span);

/// What ratings have beside facts, read once for all clients.
struct Beside {
    /// Service levels by client, of each stretch that a credit is by.
    levels: BTreeMap<Stretch, BTreeMap<ClientId, Share>>,
    /// Agents by quarters of an hour, of each stretch in which empty seats are taken off.
    agents: BTreeMap<Stretch, Vec<Row>>,
}

impl Beside {
    async fn read(app: &App, wanted: &[Wanted], now: Timestamp) -> Result<Self> {
        let mut beside = Self { levels: BTreeMap::new(), agents: BTreeMap::new() };
        for (terms, period) in wanted.iter().flat_map(|one| one.begun(now)) {
            let (zone, span) = (terms.zone(), period.span);
            let at = (zone.name().to_owned(), span);
            if rated::has_credit(terms) && !beside.levels.contains_key(&at) {
                let rows = rated::rows(app, zone, span, DAY, Group::Client, None, now).await?;
                let level = |row: Row| match row.key {
                    Key::Client(client) => Some((client, row.tally.level()?)),
                    _ => None,
                };
                let levels = Row::totals(&rows).into_iter().filter_map(level).collect();
                beside.levels.insert(at.clone(), levels);
            }
            if rated::has_empty_seats(terms) && !beside.agents.contains_key(&at) {
                let by = (QUARTER, Group::Agent);
                let rows = rated::rows(app, zone, span, by.0, by.1, None, now).await?;
                beside.agents.insert(at, rows);
            }
        }
        Ok(beside)
    }

    fn of(
        &self,
        read: &Read<'_>,
        wanted: &Wanted,
        terms: &Terms,
        period: &BillingPeriod,
        now: Timestamp,
    ) -> (Option<Share>, Option<Timeline<u32>>) {
        let (client, at) = (wanted.client, (terms.zone().name().to_owned(), period.span));
        let level = self.levels.get(&at).filter(|_| rated::has_credit(terms));
        let rows = self.agents.get(&at).filter(|_| rated::has_empty_seats(terms));
        let staffed = rows.map(|rows| {
            let members = rated::members(client, read.teams, read.agents);
            rated::presence(terms.zone(), period.span, rows, &members, now)
        });
        (level.and_then(|levels| levels.get(&client).copied()), staffed)
    }
}

/// A client's month, and whether time alone may still change it.
struct Rated {
    client: ClientId,
    by: By,
    earned: Earned,
    may_change: bool,
}

/// A client's revenue of a month, by the days of its billing periods in it, and what agents did for it.
async fn rate(
    app: &App,
    wanted: Wanted,
    by: By,
    month: &BillingPeriod,
    now: Timestamp,
) -> Result<Rated> {
    let Wanted { client, terms, periods, inputs_until } = wanted;
    let mut earned = Earned { currency: terms.as_ref().map(Terms::currency), ..Earned::default() };
    let (mut own, mut by_level) = (None, false);
    if let Some(terms) = terms {
        by_level = rated::has_credit(&terms);
        let begun = periods.into_iter().filter(|(period, _)| period.span.from <= now);
        for ((period, days), beside) in begun.zip(by.beside.clone()) {
            let of_days = period.days().count() as u64;
            earned.by_days |= days != of_days;
            let same = period.span == month.span;
            let (positions, facts) =
                rated::positions(app, client, terms.clone(), period, beside).await?;
            for position in &positions {
                let kind = position_view(&terms, position).kind;
                earned.add(kind, by_days(position.amount_minor, days, of_days));
            }
            own = same.then_some(facts).or(own);
        }
    }
    let facts = match own {
        Some(facts) => facts,
        None => rated::kept_facts(app, client, month.span).await?,
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
    Ok(Rated { client, by, earned, may_change })
}
