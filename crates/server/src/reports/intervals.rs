//! Figures in intervals, computed from the journal by the one module that knows how.

use std::{collections::BTreeMap, time::Duration};

use api::reports::{
    IntervalFigures, IntervalReport, IntervalRow, IntervalSum, ReportGroup, ReportLength,
};
use domain::{AgentId, ClientId, QueueId, Span, Timestamp, Zone, contract::Channel};
use figures::{Group, Intervals, Key, Ledger, Row, Tally};
use routing::AgentState;
use store::records::ProviderScope;
use uuid::Uuid;

use super::{DaysError, IntervalQuery, files, names::Names};
use crate::{
    App,
    admin::{Faults, wire},
    http::{
        error::{ApiError, Result},
        session::{Caller, instant},
    },
    live::millis,
};

/// Rows of an answer as JSON at most: more is for a file, not for a screen.
const ROWS_SHOWN: usize = 2_000;

/// Length of an interval. A day is as long as it is in its zone; months are cut by [`months`].
const fn length_of(length: ReportLength) -> Duration {
    match length {
        ReportLength::Quarter => Duration::from_secs(15 * 60),
        ReportLength::Hour => Duration::from_secs(3_600),
        ReportLength::Day | ReportLength::Month => Duration::from_secs(86_400),
    }
}

/// Longest report: 31 days, and an hour for the day on which clocks go back.
const LONGEST: Duration = Duration::from_secs((31 * 24 + 1) * 3_600);

/// Longest report in months.
const MONTHS_MAX: usize = 24;

/// The calendar months of a zone that a span touches, whole.
fn months(zone: &Zone, span: Span) -> Vec<Span> {
    let mut first = zone.day_at(span.from).first_of_month();
    let mut months = Vec::new();
    // One more than may be is enough to know that there are too many.
    while months.len() <= MONTHS_MAX && zone.opening(first, 0) < span.until {
        let next = first.plus(31).first_of_month();
        months.push(Span { from: zone.opening(first, 0), until: zone.opening(next, 0) });
        first = next;
    }
    months
}

/// What a report is made of.
#[derive(Clone, Debug)]
pub struct Ask {
    /// Of this client.
    pub client: Option<ClientId>,
    /// Of this queue.
    pub queue: Option<QueueId>,
    /// Of this channel.
    pub channel: Option<Channel>,
    /// Of this agent.
    pub agent: Option<AgentId>,
    /// From when to when.
    pub span: Span,
    /// Zone of the intervals.
    pub zone: Zone,
    /// How rows are told apart.
    pub group: ReportGroup,
    /// How long an interval is.
    pub length: ReportLength,
    /// Whether agents are called by what the client's customers call them.
    pub aliases: bool,
}

/// The report that was asked for.
pub async fn report(app: &App, caller: &Caller, query: &IntervalQuery) -> Result<IntervalReport> {
    let span = span(query)?;
    let length = query.length.unwrap_or_default();
    let asked = caller.client_scope(query.client.map(ClientId::from_uuid))?;
    caller.knows_agent(query.agent)?;
    let queue = query.queue.map(QueueId::from_uuid);
    let client = match (asked, queue) {
        (None, Some(queue)) => client_of(app, queue).await?,
        _ => asked,
    };
    let zone = files::zone(app, client).await?;
    let too_long = match length {
        ReportLength::Month => (months(&zone, span).len() > MONTHS_MAX)
            .then_some("The report covers more than 24 months."),
        ReportLength::Quarter | ReportLength::Hour | ReportLength::Day => {
            (span.length() > LONGEST).then_some("The report covers more than 31 days.")
        }
    };
    if let Some(words) = too_long {
        let next = "Choose fewer of them.";
        return Err(ApiError::fault("report", "until", "too_long", words, next));
    }
    let ask = Ask {
        client,
        queue,
        channel: query.channel.map(wire::channel),
        agent: query.agent.map(AgentId::from_uuid),
        span,
        zone,
        group: query.group.unwrap_or_default(),
        length,
        aliases: caller.role.is_client(),
    };
    made(app, ask).await
}

/// A report as a screen is told it: with no more rows than somebody reads.
pub fn shortened(mut report: IntervalReport) -> IntervalReport {
    report.rows_left_out = report.rows.len().saturating_sub(ROWS_SHOWN) as u64;
    report.rows.truncate(ROWS_SHOWN);
    report
}

/// A report of what is asked. Whoever asks has looked at who may see it.
pub async fn made(app: &App, ask: Ask) -> Result<IntervalReport> {
    let Ask { client, queue, channel, agent, span, zone, group, length, aliases } = ask;
    let asked = figures::Query {
        zone: zone.clone(),
        span,
        length: length_of(length),
        group: match group {
            ReportGroup::Client => Group::Client,
            ReportGroup::Queue => Group::Queue,
            ReportGroup::Channel => Group::Channel,
            ReportGroup::Agent => Group::Agent,
        },
        client,
        queue,
        channel,
        agent,
    };
    let mut intervals = match length {
        ReportLength::Month => {
            let months = months(&zone, span);
            Intervals::in_spans(asked, months)
        }
        ReportLength::Quarter | ReportLength::Hour | ReportLength::Day => Intervals::new(asked),
    }
    .map_err(|error| {
        ApiError::fault(
            "report",
            "until",
            "span",
            domain::words!("{}", capital(&error)),
            "Choose another end.",
        )
    })?;
    feed(app, &mut intervals).await?;
    let spans = intervals.spans().to_vec();
    let (from, until) = (spans.first().map_or(span.from, |span| span.from), intervals.until());
    let rows = intervals.finish(app.clock.now().min(until));

    let mut names = Names::new(app, aliases);
    let owners = owners(app).await?;
    let mut shown = Vec::with_capacity(rows.len());
    for row in &rows {
        shown.push(view(row, &zone, client, &owners, &mut names).await?);
    }
    shown.sort_by(|a, b| (&a.from, &a.name, a.id).cmp(&(&b.from, &b.name, b.id)));
    let mut totals = Vec::new();
    for row in Row::totals(&rows) {
        let row = Row { span: Span { from, until }, ..row };
        totals.push(view(&row, &zone, client, &owners, &mut names).await?);
    }
    totals.sort_by(|a, b| (&a.name, a.id).cmp(&(&b.name, b.id)));
    let by_interval = Row::by_interval(&rows);
    let sums = spans.iter().map(|span| IntervalSum {
        from: span.from.to_string(),
        until: span.until.to_string(),
        local: local(&zone, span.from),
        figures: by_interval
            .get(span)
            .map_or_else(IntervalFigures::default, |(tally, ledger)| figures_of(tally, ledger)),
    });
    let sums = sums.collect();
    let (tally, ledger) = Row::total(&rows);
    Ok(IntervalReport {
        from: from.to_string(),
        until: until.to_string(),
        zone: zone.name().to_owned(),
        group,
        length,
        rows: shown,
        rows_left_out: 0,
        totals,
        sums,
        total: figures_of(&tally, &ledger),
    })
}

fn span(query: &IntervalQuery) -> Result<Span> {
    let (from, until) = (instant("from", &query.from)?, instant("until", &query.until)?);
    let mut faults = Faults::default();
    if until <= from {
        faults.add("until", "reversed", "The report ends before it begins.", "Choose a later end.");
    }
    let year_3000 = Timestamp::from_secs(32_503_680_000);
    if from < Timestamp::from_secs(0) || until > year_3000 {
        faults.add(
            "from",
            "out_of_range",
            "There are no figures then.",
            "Choose a day of this century.",
        );
    }
    faults.none("report")?;
    Ok(Span { from, until })
}

fn capital(error: &figures::QueryError) -> String {
    let text = error.to_string();
    let mut chars = text.chars();
    chars
        .next()
        .map_or_else(String::new, |c| c.to_uppercase().chain(chars).collect::<String>() + ".")
}

/// Feeds all that happened: closed days as they are kept, and the journal after them.
pub async fn feed(app: &App, intervals: &mut Intervals) -> Result<()> {
    for floor in app.store.floors().await? {
        app.days.feed(floor, intervals).await.map_err(|error| match error {
            DaysError::Store(error) => error.into(),
            DaysError::Damaged(error) => ApiError::internal(&error),
        })?;
        intervals.settle(app.clock.now().min(intervals.until()));
    }
    Ok(())
}

/// Which client a queue belongs to, by any version of a contract in force or to come.
async fn owners(app: &App) -> Result<BTreeMap<QueueId, ClientId>> {
    let contracts =
        app.store.view().contracts_from(&ProviderScope::granted(), Timestamp::MIN).await?;
    Ok(contracts
        .iter()
        .flat_map(|contract| {
            contract.document.queues.iter().map(|queue| (queue.id, contract.client))
        })
        .collect())
}

async fn client_of(app: &App, queue: QueueId) -> Result<Option<ClientId>> {
    match owners(app).await?.get(&queue) {
        Some(client) => Ok(Some(*client)),
        None => Err(ApiError::not_found("queue")),
    }
}

async fn view(
    row: &Row,
    zone: &Zone,
    client: Option<ClientId>,
    owners: &BTreeMap<QueueId, ClientId>,
    names: &mut Names<'_>,
) -> Result<IntervalRow> {
    let mut channel = None;
    let (id, name): (Option<Uuid>, String) = match row.key {
        Key::Client(id) => (Some(id.uuid()), names.client(id)),
        Key::Agent(id) => (names.agent_id(id), names.agent(client, id)),
        Key::Channel(kind) => {
            channel = Some(wire::channel_kind(kind));
            (None, word_of(kind).to_owned())
        }
        Key::Queue(id) => (
            Some(id.uuid()),
            match owners.get(&id) {
                Some(owner) => names.queue(*owner, id).await?,
                None => id.to_string(),
            },
        ),
    };
    Ok(IntervalRow {
        from: row.span.from.to_string(),
        until: row.span.until.to_string(),
        local: local(zone, row.span.from),
        id,
        channel,
        name,
        figures: figures_of(&row.tally, &row.ledger),
    })
}

/// The stable word of a channel, as contacts are kept with it.
pub const fn word_of(channel: Channel) -> &'static str {
    match channel {
        Channel::Voice => "voice",
        Channel::Chat => "chat",
        Channel::Mail => "mail",
        Channel::Message => "message",
        Channel::Callback => "callback",
    }
}

/// An instant as clocks in the zone show it, with their distance from UTC.
fn local(zone: &Zone, at: Timestamp) -> String {
    let (day, minute) = zone.minute_at(at);
    let second = at.micros().rem_euclid(60_000_000) / 1_000_000;
    let midnight: i64 = format!("{day}T00:00:00Z").parse().map_or(0, |t: Timestamp| t.micros());
    let shown = midnight / 60_000_000 + i64::from(minute);
    let ahead = shown - at.micros().div_euclid(60_000_000);
    let sign = if ahead < 0 { '-' } else { '+' };
    let ahead = ahead.abs();
    format!(
        "{day}T{:02}:{:02}:{second:02}{sign}{:02}:{:02}",
        minute / 60,
        minute % 60,
        ahead / 60,
        ahead % 60
    )
}

fn figures_of(tally: &Tally, ledger: &Ledger) -> IntervalFigures {
    let s = tally.summary();
    IntervalFigures {
        offered: s.offered,
        answered: s.answered,
        answered_in_time: s.answered_in_time,
        abandoned: s.abandoned,
        abandoned_in_time: s.abandoned_in_time,
        short_abandoned: s.short_abandoned,
        turned_away: s.turned_away,
        callbacks: s.callbacks,
        overflow_answered: s.overflow_answered,
        transferred: s.transferred,
        missed: s.offers_missed,
        refused: s.offers_refused,
        service_level_permille: s.service_level_permille,
        abandonment_permille: s.abandonment_permille,
        wait_ms: s.wait_ms,
        wait_max_ms: s.wait_max_ms,
        wait_mean_ms: s.wait_mean_ms,
        wait_p90_ms: s.wait_p90_ms,
        talk_ms: s.talk_ms,
        hold_ms: s.hold_ms,
        wrap_up_ms: s.wrap_up_ms,
        handle_mean_ms: s.handle_mean_ms,
        signed_in_ms: millis(ledger.signed_in()),
        available_ms: millis(ledger.time(AgentState::Available)),
        away_ms: millis(ledger.away()),
        occupancy_permille: ledger.occupancy().map(figures::Share::permille),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn months_are_those_of_the_zone() {
        let zone = Zone::get("Europe/Paris").unwrap();
        let at = |text: &str| text.parse().unwrap();
        let span = Span { from: at("2026-02-10T00:00:00Z"), until: at("2026-03-31T22:00:00Z") };
        let cut = months(&zone, span);
        assert_eq!(
            cut,
            [
                Span { from: at("2026-01-31T23:00:00Z"), until: at("2026-02-28T23:00:00Z") },
                // The clocks go forward in it, and its last instant is that of the span.
                Span { from: at("2026-02-28T23:00:00Z"), until: at("2026-03-31T22:00:00Z") },
            ]
        );
        let years = Span { from: at("2020-01-01T00:00:00Z"), until: at("2030-01-01T00:00:00Z") };
        assert_eq!(
            months(&zone, years).len(),
            MONTHS_MAX + 1,
            "enough to know that it is too much"
        );
    }

    #[test]
    fn local_times_carry_their_distance_from_utc() {
        for (zone, at, shown) in [
            ("Europe/Paris", "2026-11-22T08:00:00Z", "2026-11-22T09:00:00+01:00"),
            ("Europe/Paris", "2026-10-25T00:30:00Z", "2026-10-25T02:30:00+02:00"),
            ("Europe/Paris", "2026-10-25T01:30:00Z", "2026-10-25T02:30:00+01:00"),
            ("America/New_York", "2026-01-01T03:00:15Z", "2025-12-31T22:00:15-05:00"),
            ("Asia/Kathmandu", "2026-06-01T00:00:00Z", "2026-06-01T05:45:00+05:45"),
        ] {
            assert_eq!(local(&Zone::get(zone).unwrap(), at.parse().unwrap()), shown);
        }
    }
}
