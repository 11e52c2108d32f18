//! Figures of a stretch of time in intervals, by client, queue, channel or agent.

use std::{collections::BTreeMap, time::Duration};

use domain::{AgentId, ClientId, QueueId, Span, Timestamp, Zone, contract::Channel};
use minicbor::{Decoder, decode::Error};
use routing::{AgentState, Stamped};
use serde::{Deserialize, Serialize};

use crate::{
    Ledger, Tally,
    book::{Book, Entry},
    days::{Cell, Damaged, LedgerCell, QUARTER_US, QueueCell, day_of, pick, quarter_of, start_of},
};

/// By what rows are told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Group {
    /// One row for each interval and client.
    Client,
    /// One row for each interval and queue.
    Queue,
    /// One row for each interval and channel.
    Channel,
    /// One row for each interval and agent.
    Agent,
}

/// Whose row it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind", content = "id")]
#[allow(missing_docs)]
pub enum Key {
    Client(ClientId),
    Queue(QueueId),
    Channel(Channel),
    Agent(AgentId),
}

/// What is asked.
#[derive(Clone, Debug)]
pub struct Query {
    /// Zone in which days and intervals are counted.
    pub zone: Zone,
    /// The stretch; its intervals are whole, so those at its ends may reach beyond.
    pub span: Span,
    /// Length of an interval, such as 15 minutes.
    pub length: Duration,
    /// By what rows are told apart.
    pub group: Group,
    /// Only this client's contacts. With this or the next two, agents have no ledger: their time
    /// belongs to no client, queue or channel alone.
    pub client: Option<ClientId>,
    /// Only this queue's contacts.
    pub queue: Option<QueueId>,
    /// Only contacts of this channel.
    pub channel: Option<Channel>,
    /// Only this agent's work.
    pub agent: Option<AgentId>,
}

/// A query that cannot be answered.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs)]
pub enum QueryError {
    #[error("the report ends before it begins; choose an end after its beginning")]
    Reversed,
    #[error("the report covers more than {INTERVALS_MAX} intervals; choose fewer days")]
    TooLong,
}

/// Most intervals of one report: a year of quarters of an hour, and a day.
pub const INTERVALS_MAX: usize = 366 * 96 + 4;
const DAY_US: u128 = 86_400_000_000;

/// The figures of one interval of one client, queue, channel or agent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Row {
    /// The interval.
    pub span: Span,
    /// Whose figures.
    pub key: Key,
    /// Contacts.
    pub tally: Tally,
    /// Agents' time; empty unless rows are by agent.
    pub ledger: Ledger,
}

/// A report in the making: feed it the journal's events in order, then read the rows.
///
/// Begin feeding some hours before the stretch, so that contacts and agents that were there before
/// are known, and go on after its end until its contacts have ended; what lies outside is left out.
#[derive(Debug)]
pub struct Intervals {
    query: Query,
    spans: Vec<Span>,
    book: Book,
    cells: BTreeMap<(usize, Key), (Tally, Ledger)>,
}

impl Intervals {
    /// Prepares a report.
    ///
    /// # Errors
    /// When the stretch is reversed or has too many intervals.
    pub fn new(query: Query) -> Result<Self, QueryError> {
        if query.span.from >= query.span.until {
            return Err(QueryError::Reversed);
        }
        let length = query.length.max(Duration::from_secs(60)).as_micros();
        // Each day has one at least, however long they are.
        if query.span.length().as_micros() / length.min(DAY_US) > INTERVALS_MAX as u128 {
            return Err(QueryError::TooLong);
        }
        let spans = query.zone.intervals(query.span.from, query.span.until, query.length);
        Ok(Self { query, spans, book: Book::default(), cells: BTreeMap::new() })
    }

    /// Prepares a report whose intervals are given, in their order and without gaps: months, say, which
    /// are of no one length. The query's own length does not matter.
    ///
    /// # Errors
    /// When there is no interval, or too many.
    pub fn in_spans(query: Query, spans: Vec<Span>) -> Result<Self, QueryError> {
        if spans.is_empty() {
            return Err(QueryError::Reversed);
        }
        if spans.len() > INTERVALS_MAX {
            return Err(QueryError::TooLong);
        }
        Ok(Self { query, spans, book: Book::default(), cells: BTreeMap::new() })
    }

    /// The intervals of the report.
    pub fn spans(&self) -> &[Span] {
        &self.spans
    }

    /// The first instant after the last interval.
    pub fn until(&self) -> Timestamp {
        self.spans.last().map_or(self.query.span.until, |span| span.until)
    }

    /// Events of contacts whose arrival was not fed; 0 when feeding began early enough.
    pub fn strangers(&self) -> u64 {
        self.book.strangers
    }

    /// Whether every interval is made of whole quarters of an hour of UTC, as [`crate::Days`] keeps
    /// them. Where clocks differ from UTC by other than quarters, no day that is kept fits.
    pub fn fits_days(&self) -> bool {
        let is_whole = |at: Timestamp| at.micros().rem_euclid(QUARTER_US) == 0;
        self.spans.iter().all(|span| is_whole(span.from) && is_whole(span.until))
    }

    /// The days of UTC, counted from 1970, on which the report's intervals lie: the first and the
    /// last.
    pub fn days(&self) -> (i64, i64) {
        let first = self.spans.first().map_or(self.query.span.from, |span| span.from);
        (day_of(quarter_of(first)), day_of(quarter_of(self.until())))
    }

    /// Which part of the kept days the report is made of: that of agents, or else that of queues.
    pub fn is_of_agents(&self) -> bool {
        self.query.group == Group::Agent || self.query.agent.is_some()
    }

    /// Adds what a stretch of the journal said about the queues on one day, of a report that
    /// [`Intervals::fits_days`] and is not of agents.
    ///
    /// # Errors
    /// When the bytes are not those of [`crate::Closed::queues`].
    pub fn add_queues(&mut self, bytes: &[u8]) -> Result<(), Damaged> {
        let Self { query, spans, cells, .. } = self;
        let asked = |(quarter, client, queue, channel): &QueueCell| {
            if !is_asked(query, *client, *queue, *channel) {
                return None;
            }
            let key = match query.group {
                Group::Client => Key::Client(*client),
                Group::Channel => Key::Channel(*channel),
                Group::Queue | Group::Agent => Key::Queue(*queue),
            };
            index(spans, start_of(*quarter)).map(|i| (i, key))
        };
        pick(&mut Decoder::new(bytes), asked, |place, tally: Tally| {
            cells.entry(place).or_default().0.merge(&tally);
        })
    }

    /// Adds what a stretch of the journal said about the agents on `day`, of a report that
    /// [`Intervals::fits_days`] and is of agents.
    ///
    /// # Errors
    /// When the bytes are not those of [`crate::Closed::agents`].
    pub fn add_agents(&mut self, day: i64, bytes: &[u8]) -> Result<(), Damaged> {
        let Self { query, spans, cells, .. } = self;
        let mut decoder = Decoder::new(bytes);
        let parts = decoder.array()?;
        if parts != Some(2) {
            return Err(Error::message("not the two parts of a day of agents").into());
        }
        let wanted = |agent: AgentId| query.agent.is_none_or(|a| a == agent);
        let asked = |cell: &Cell| {
            if !wanted(cell.agent) || !is_asked(query, cell.client, cell.queue, cell.channel) {
                return None;
            }
            let (key, quarter) = match query.group {
                Group::Client => (Key::Client(cell.client), cell.arrived),
                Group::Queue => (Key::Queue(cell.queue), cell.arrived),
                Group::Channel => (Key::Channel(cell.channel), cell.arrived),
                Group::Agent => (Key::Agent(cell.agent), cell.at),
            };
            // A cell of two days is kept under both.
            let place = index(spans, start_of(quarter)).filter(|_| day_of(quarter) == day);
            place.map(|i| (i, key))
        };
        pick(&mut decoder, asked, |place, tally: Tally| {
            cells.entry(place).or_default().0.merge(&tally);
        })?;
        let asked = |(agent, quarter): &LedgerCell| {
            let place = index(spans, start_of(*quarter)).filter(|_| wanted(*agent));
            place.map(|i| (i, Key::Agent(*agent)))
        };
        if counts_time(query) {
            pick(&mut decoder, asked, |place, ledger: Ledger| {
                cells.entry(place).or_default().1.merge(&ledger);
            })?;
        }
        Ok(())
    }

    /// Goes on where [`crate::Days::mark`] was made: what it knew of contacts and agents is known.
    ///
    /// # Errors
    /// When the bytes are not those of a mark.
    pub fn resume(&mut self, mark: &[u8]) -> Result<(), Damaged> {
        self.book = minicbor::decode(mark)?;
        Ok(())
    }

    /// Reads one event.
    pub fn apply(&mut self, stamped: &Stamped) {
        let Self { query, spans, book, cells } = self;
        book.apply(stamped, &mut |entry| record(query, spans, cells, &entry));
    }

    /// Counts agents still signed in up to `now` and forgets who is there, so that another floor's
    /// journal can follow.
    pub fn settle(&mut self, now: Timestamp) {
        let Self { query, spans, book, cells } = self;
        book.cut(now, &mut |entry| record(query, spans, cells, &entry));
        let strangers = book.strangers;
        *book = Book::default();
        book.strangers = strangers;
    }

    /// The rows, by interval, then key; intervals without figures have none. Agents still signed in
    /// are counted up to `now`.
    pub fn finish(mut self, now: Timestamp) -> Vec<Row> {
        self.settle(now);
        self.cells
            .into_iter()
            .map(|((i, key), (tally, ledger))| Row { span: self.spans[i], key, tally, ledger })
            .collect()
    }
}

impl Row {
    /// One row for each key over all rows, by key.
    pub fn totals(rows: &[Self]) -> Vec<Self> {
        let mut totals: BTreeMap<Key, Self> = BTreeMap::new();
        for row in rows {
            match totals.get_mut(&row.key) {
                Some(total) => {
                    total.span.from = total.span.from.min(row.span.from);
                    total.span.until = total.span.until.max(row.span.until);
                    total.tally.merge(&row.tally);
                    total.ledger.merge(&row.ledger);
                }
                None => {
                    totals.insert(row.key, row.clone());
                }
            }
        }
        totals.into_values().collect()
    }

    /// Each interval that has figures, all of its rows together.
    pub fn by_interval(rows: &[Self]) -> BTreeMap<Span, (Tally, Ledger)> {
        let mut sums: BTreeMap<Span, (Tally, Ledger)> = BTreeMap::new();
        for row in rows {
            let sum = sums.entry(row.span).or_default();
            sum.0.merge(&row.tally);
            sum.1.merge(&row.ledger);
        }
        sums
    }

    /// Everything together.
    pub fn total(rows: &[Self]) -> (Tally, Ledger) {
        let mut total = (Tally::default(), Ledger::default());
        for row in rows {
            total.0.merge(&row.tally);
            total.1.merge(&row.ledger);
        }
        total
    }
}

type Cells = BTreeMap<(usize, Key), (Tally, Ledger)>;

fn record(query: &Query, spans: &[Span], cells: &mut Cells, entry: &Entry<'_>) {
    match entry {
        Entry::Fact { origin, queue, agent, fact } => {
            let is_asked = is_asked(query, origin.client, *queue, origin.channel)
                && query.agent.is_none_or(|a| agent.is_some_and(|(b, _)| a == b));
            let (key, at) = match (query.group, agent) {
                (Group::Client, _) => (Key::Client(origin.client), origin.arrived),
                (Group::Queue, _) => (Key::Queue(*queue), origin.arrived),
                (Group::Channel, _) => (Key::Channel(origin.channel), origin.arrived),
                (Group::Agent, Some((agent, at))) => (Key::Agent(*agent), *at),
                (Group::Agent, None) => return,
            };
            if let (true, Some(i)) = (is_asked, index(spans, at)) {
                cells.entry((i, key)).or_default().0.record(origin, fact);
            }
        }
        Entry::Time { agent, state, span } => {
            let asked = counts_time(query) && query.agent.is_none_or(|a| a == *agent);
            if asked {
                cut(spans, cells, *agent, *state, *span);
            }
        }
    }
}

fn is_asked(query: &Query, client: ClientId, queue: QueueId, channel: Channel) -> bool {
    query.client.is_none_or(|c| c == client)
        && query.queue.is_none_or(|q| q == queue)
        && query.channel.is_none_or(|c| c == channel)
}

/// Agents' time belongs to no client, queue or channel alone.
fn counts_time(query: &Query) -> bool {
    query.group == Group::Agent
        && query.client.is_none()
        && query.queue.is_none()
        && query.channel.is_none()
}

fn cut(spans: &[Span], cells: &mut Cells, agent: AgentId, state: AgentState, span: Span) {
    let first = spans.partition_point(|s| s.until <= span.from);
    for (i, interval) in spans.iter().enumerate().skip(first) {
        if interval.from >= span.until {
            break;
        }
        let (from, until) = (interval.from.max(span.from), interval.until.min(span.until));
        let cell = cells.entry((i, Key::Agent(agent))).or_default();
        cell.1.record(state, until.since(from));
    }
}

fn index(spans: &[Span], at: Timestamp) -> Option<usize> {
    let i = spans.partition_point(|span| span.until <= at);
    spans.get(i).filter(|span| span.contains(at)).map(|_| i)
}
