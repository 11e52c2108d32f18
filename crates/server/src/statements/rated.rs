//! A client's billing period, rated: terms, facts, level and presence brought together.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

use billing::{Carried, Facts, Forecast, Input, Position, Statement, Terms, rate};
use domain::{
    AgentId, ClientId, ContactId, Fault, Span, Timeline, Timestamp, Zone,
    contract::Contract,
    tariff::{BillingPeriod, Seats, Unused},
};
use figures::{Group, Intervals, Key, Query, Row, Share};
use store::records::{Agent, CalendarRecord, ClientScope, ContractVersion, ProviderScope, Team};

use super::metering::MeteringError;
use crate::{
    App,
    http::error::{ApiError, Result},
    reports::feed,
};

/// Billing periods that can be asked for, and through which what rolls over is followed: two years.
pub const PERIODS_MAX: usize = 24;

/// What presence at seats is counted in.
pub const QUARTER: Duration = Duration::from_secs(15 * 60);
/// The longest interval.
pub const DAY: Duration = Duration::from_secs(86_400);

/// A billing period of a client, rated.
pub struct Rated {
    /// The client's terms.
    pub terms: Terms,
    /// Facts of its contacts.
    pub facts: Arc<Vec<Facts>>,
    /// What it comes to.
    pub statement: Statement,
    /// What it will come to, while it goes on.
    pub forecast: Option<Forecast>,
    /// The service level that a credit is by.
    pub level: Option<Share>,
}

/// The terms of a client; 404 when nothing has a price yet.
pub async fn terms(app: &App, client: ClientId) -> Result<Terms> {
    let terms = terms_if_priced(app, client).await?;
    terms.ok_or_else(|| ApiError::not_found("tariff with prices"))
}

/// The terms of a client; `None` when nothing has a price yet.
pub async fn terms_if_priced(app: &App, client: ClientId) -> Result<Option<Terms>> {
    let versions = app.store.view().contract_versions(&ClientScope::of(client)).await?;
    let calendar = match versions.first() {
        Some(newest) => {
            let hours = newest.document.hours;
            app.store.view().calendar(&ProviderScope::granted(), hours).await?
        }
        None => None,
    };
    terms_of(versions, calendar.as_slice())
}

/// The terms that a client's contract versions make; holidays are those of the newest one's hours, which
/// stand in `calendars`. `None` when nothing has a price.
pub fn terms_of(
    versions: Vec<ContractVersion>,
    calendars: &[CalendarRecord],
) -> Result<Option<Terms>> {
    let newest = versions.iter().max_by_key(|version| version.version);
    let hours = newest.map(|version| version.document.hours);
    let calendar = calendars.iter().find(|calendar| Some(calendar.document.id) == hours);
    let holidays = calendar.map_or_else(Vec::new, |record| record.document.holidays.clone());
    let contracts: Vec<Contract> = versions.into_iter().map(|version| version.document).collect();
    Terms::of(&contracts, holidays).map_err(|faults| unsound(&faults))
}

/// Published contracts were validated, so this is a fault of ours.
fn unsound(faults: &[Fault]) -> ApiError {
    let first = faults.first().map(ToString::to_string);
    ApiError::internal(&first.unwrap_or_else(|| "the terms have faults".to_owned()))
}

/// Rates a billing period.
pub async fn rated(
    app: &App,
    client: ClientId,
    terms: Terms,
    period: BillingPeriod,
) -> Result<Rated> {
    rated_of(app, client, terms, period, &Known::default()).await
}

/// Of which contacts a billing period is rated.
#[derive(Clone, Copy, Default)]
pub struct Known<'a> {
    /// Only these of the period's own; all when absent.
    pub own: Option<&'a BTreeSet<ContactId>>,
    /// None of these, neither of its own nor of the periods that it carries something over from.
    pub unknown: Option<&'a BTreeSet<ContactId>>,
    /// None of these of its own.
    pub elsewhere: Option<&'a BTreeSet<ContactId>>,
}

impl Known<'_> {
    fn of_own(&self, facts: Arc<Vec<Facts>>) -> Arc<Vec<Facts>> {
        if self.own.is_none() && self.unknown.is_none() && self.elsewhere.is_none() {
            return facts;
        }
        let wanted = |contact: &ContactId| {
            self.own.is_none_or(|own| own.contains(contact))
                && self.unknown.is_none_or(|unknown| !unknown.contains(contact))
                && self.elsewhere.is_none_or(|elsewhere| !elsewhere.contains(contact))
        };
        Arc::new(facts.iter().filter(|facts| wanted(&facts.contact)).cloned().collect())
    }

    /// Of the periods before.
    fn of_earlier(&self, facts: Arc<Vec<Facts>>) -> Arc<Vec<Facts>> {
        Known { unknown: self.unknown, ..Known::default() }.of_own(facts)
    }
}

/// Rates the contacts of a billing period that are `known`, beside the same presence and level.
pub async fn rated_of(
    app: &App,
    client: ClientId,
    terms: Terms,
    period: BillingPeriod,
    known: &Known<'_>,
) -> Result<Rated> {
    let now = app.clock.now();
    meter(app).await?;
    let staffed = staffed(app, client, &terms, &period, now).await?;
    let level = level(app, client, &terms, &period, now).await?;
    let carried = carried(app, client, &terms, &period, known).await?;
    let facts = known.of_own(kept_facts(app, client, period.span).await?);
    // Some hundred milliseconds for a client of 100,000 contacts: not on the threads of the sockets.
    let work = move || {
        let input = Input {
            period: &period,
            facts: &facts,
            carried: &carried,
            staffed: staffed.as_ref(),
            level,
        };
        let statement = rate(&terms, &input)?;
        let forecast =
            (now < period.span.until).then(|| statement.forecast(&terms, &input, now)).flatten();
        Ok::<_, Vec<Fault>>(Rated { terms, facts, statement, forecast, level })
    };
    apart(work).await
}

/// The positions of a billing period of one client of many, and its facts. What there is of the others was
/// [metered](meter) and read with theirs.
pub async fn positions(
    app: &App,
    client: ClientId,
    terms: Terms,
    period: BillingPeriod,
    (level, staffed): (Option<Share>, Option<Timeline<u32>>),
) -> Result<(Vec<Position>, Arc<Vec<Facts>>)> {
    let carried = carried(app, client, &terms, &period, &Known::default()).await?;
    let facts = kept_facts(app, client, period.span).await?;
    let work = move || {
        let input = Input {
            period: &period,
            facts: &facts,
            carried: &carried,
            staffed: staffed.as_ref(),
            level,
        };
        let statement = rate(&terms, &input)?;
        Ok((statement.positions, facts))
    };
    apart(work).await
}

/// Rates on a thread that nobody else waits for.
async fn apart<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Vec<Fault>> + Send + 'static,
) -> Result<T> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|error| ApiError::internal(&error))?.map_err(|faults| unsound(&faults))
}

/// Meters what is new, so that it is among what is kept.
pub async fn meter(app: &App) -> Result<()> {
    app.metering.bring_all_up().await.map_err(unmetered)
}

/// Facts of a client's contacts that began within a span and are over.
pub async fn facts(app: &App, client: ClientId, span: Span) -> Result<Arc<Vec<Facts>>> {
    app.metering.facts(client, span).await.map_err(unmetered)
}

/// As [`facts`], of what is metered already.
pub async fn kept_facts(app: &App, client: ClientId, span: Span) -> Result<Arc<Vec<Facts>>> {
    app.metering.kept(client, span).await.map_err(unmetered)
}

fn unmetered(error: MeteringError) -> ApiError {
    match error {
        MeteringError::Store(error) => error.into(),
        MeteringError::Damaged(error) => ApiError::internal(&error),
        MeteringError::Behind { percent } => ApiError::unavailable(domain::words!(
            "The contacts so far are being prepared for statements: {} % is done.",
            percent
        ))
        .because("metering"),
    }
}

/// What is left of bundles of the billing period before; each depends on the one before it.
async fn carried(
    app: &App,
    client: ClientId,
    terms: &Terms,
    period: &BillingPeriod,
    known: &Known<'_>,
) -> Result<Carried> {
    let mut carried = Carried::new();
    if !rolls_over(terms) {
        return Ok(carried);
    }
    let mut before = Vec::new();
    let mut at = terms.before(period);
    while at.span.until > terms.begin() && before.len() < PERIODS_MAX {
        let earlier = terms.before(&at);
        before.push(at);
        at = earlier;
    }
    for period in before.into_iter().rev() {
        let facts = known.of_earlier(kept_facts(app, client, period.span).await?);
        let input =
            Input { period: &period, facts: &facts, carried: &carried, staffed: None, level: None };
        carried = rate(terms, &input).map_err(|faults| unsound(&faults))?.left;
        tokio::task::yield_now().await;
    }
    Ok(carried)
}

/// Whether anything of a billing period can be used in the next one.
pub fn rolls_over(terms: &Terms) -> bool {
    let rolls_over = |charge: &domain::tariff::Charge| {
        charge.bundle.is_some_and(|bundle| bundle.unused == Unused::RollOver)
    };
    terms.versions().iter().any(|version| version.tariff.charges.iter().any(rolls_over))
}

/// The service level, as a report of the same days says it; only where a credit is by it.
pub async fn level(
    app: &App,
    client: ClientId,
    terms: &Terms,
    period: &BillingPeriod,
    now: Timestamp,
) -> Result<Option<Share>> {
    if !has_credit(terms) {
        return Ok(None);
    }
    let rows = rows(app, terms.zone(), period.span, DAY, Group::Client, Some(client), now).await?;
    Ok(Row::total(&rows).0.level())
}

/// How many of the client's team were there, in thousandths, by quarters of an hour; only where empty
/// seats are taken off. Whoever is in the team now counts, and what has not come yet is full.
pub async fn staffed(
    app: &App,
    client: ClientId,
    terms: &Terms,
    period: &BillingPeriod,
    now: Timestamp,
) -> Result<Option<Timeline<u32>>> {
    if !has_empty_seats(terms) {
        return Ok(None);
    }
    let provider = ProviderScope::granted();
    let teams = app.store.view().teams(&provider).await?;
    let agents = app.store.view().agents(&provider).await?;
    let members = members(client, &teams, &agents);
    let rows = rows(app, terms.zone(), period.span, QUARTER, Group::Agent, None, now).await?;
    Ok(Some(presence(terms.zone(), period.span, &rows, &members, now)))
}

/// Whether a credit is by the service level.
pub fn has_credit(terms: &Terms) -> bool {
    terms.versions().iter().any(|version| version.tariff.credit.is_some())
}

/// Whether empty seats are taken off.
pub fn has_empty_seats(terms: &Terms) -> bool {
    let deducts = |seat: &Seats| seat.absent_hour.is_some();
    terms.versions().iter().any(|version| version.tariff.seats.iter().any(deducts))
}

/// Who is in a client's teams.
pub fn members(client: ClientId, teams: &[Team], agents: &[Agent]) -> BTreeSet<AgentId> {
    let teams: BTreeSet<_> =
        teams.iter().filter(|team| team.client == client).map(|team| team.id).collect();
    let ours = agents.iter().filter(|agent| agent.team.is_some_and(|team| teams.contains(&team)));
    ours.map(|agent| agent.id).collect()
}

/// How many of `members` were there, in thousandths, by `rows` of agents in quarters of an hour.
pub fn presence(
    zone: &Zone,
    span: Span,
    rows: &[Row],
    members: &BTreeSet<AgentId>,
    now: Timestamp,
) -> Timeline<u32> {
    let mut there: BTreeMap<Span, u128> = BTreeMap::new();
    for quarter in zone.intervals(span.from, span.until.min(now.max(span.from)), QUARTER) {
        there.insert(quarter, 0);
    }
    for row in rows {
        let Key::Agent(agent) = row.key else { continue };
        if let (true, Some(us)) = (members.contains(&agent), there.get_mut(&row.span)) {
            *us += row.ledger.at_work().as_micros();
        }
    }
    let mut changes: Vec<(Timestamp, u32)> = Vec::new();
    let mut set = |at: Timestamp, seats: u32| {
        if changes.last().is_none_or(|(_, before)| *before != seats) {
            changes.push((at, seats));
        }
    };
    for (quarter, us) in there {
        let full = quarter.until <= now;
        let seats = us * 1_000 / quarter.length().as_micros().max(1);
        set(quarter.from, if full { u32::try_from(seats).unwrap_or(u32::MAX) } else { u32::MAX });
    }
    set(span.until.min(now.max(span.from)), u32::MAX);
    Timeline { changes, compiled_until: span.until }
}

/// Rows of figures of a billing period so far.
pub async fn rows(
    app: &App,
    zone: &Zone,
    span: Span,
    length: Duration,
    group: Group,
    client: Option<ClientId>,
    now: Timestamp,
) -> Result<Vec<Row>> {
    let query = Query {
        zone: zone.clone(),
        span,
        length,
        group,
        client,
        queue: None,
        channel: None,
        agent: None,
    };
    let mut intervals = Intervals::new(query).map_err(|error| ApiError::internal(&error))?;
    feed(app, &mut intervals).await?;
    let until = intervals.until();
    Ok(intervals.finish(now.min(until)))
}
