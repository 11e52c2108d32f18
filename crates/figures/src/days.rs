//! Days that are over, in a form to be kept: figures of quarters of an hour that add up to any report.
//!
//! Reading a month means reading the journal of a month, unless what does not change any more is
//! kept. [`Days`] reads the journal once, in order, and gives away, whenever it is asked to, what the
//! stretch since the last time adds to the figures of each day. Sums of stretches equal the whole to
//! the last contact, since everything that is counted is a sum. A stretch also adds to days before
//! it: a contact counts in the quarter in which it arrived, however late it ends.

use std::collections::BTreeMap;

use domain::{AgentId, ClientId, QueueId, Timestamp, contract::Channel};
use minicbor::{
    Decode, Decoder, Encode, Encoder,
    decode::Error,
    encode::{self, Write},
};
use routing::Stamped;

use crate::{
    Ledger, Tally,
    book::{Book, Entry},
};

/// Number of the calculation. Raise it when an event is counted otherwise than before or when the
/// kept form changes: days that were kept under another number are not used, but made anew.
pub const CALCULATION: u32 = 3;

pub(crate) const QUARTER_US: i64 = 15 * 60 * 1_000_000;
const QUARTERS: i64 = 96;

/// What was kept is not what [`Days`] gave.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("kept figures of a day do not read back ({0}); they can be made anew from the journal")]
pub struct Damaged(String);

impl From<minicbor::decode::Error> for Damaged {
    fn from(error: minicbor::decode::Error) -> Self {
        Self(error.to_string())
    }
}

/// The quarter of an hour of UTC that holds an instant, counted from 1970.
pub(crate) fn quarter_of(at: Timestamp) -> i64 {
    at.micros().div_euclid(QUARTER_US)
}

pub(crate) fn start_of(quarter: i64) -> Timestamp {
    Timestamp::from_micros(quarter.saturating_mul(QUARTER_US))
}

pub(crate) fn day_of(quarter: i64) -> i64 {
    quarter.div_euclid(QUARTERS)
}

/// Writes a map whose values say their length, so that [`pick`] passes over what nobody asked for in one
/// step.
fn put<K: Encode<()>, V: Encode<()>, W: Write, C>(
    map: &BTreeMap<K, V>,
    encoder: &mut Encoder<W>,
    _: &mut C,
) -> Result<(), encode::Error<W::Error>> {
    encoder.map(map.len() as u64)?;
    for (key, value) in map {
        encoder.encode(key)?.bytes(&encoded(value))?;
    }
    Ok(())
}

/// Reads what [`put`] wrote, entry by entry: `asked` says by the key where the value goes, or that it is
/// passed over. A report of one client costs little more than that client's part of a day.
pub(crate) fn pick<'b, K: Decode<'b, ()>, V: Decode<'b, ()>, P>(
    decoder: &mut Decoder<'b>,
    asked: impl Fn(&K) -> Option<P>,
    mut take: impl FnMut(P, V),
) -> Result<(), Damaged> {
    let entries =
        decoder.map()?.ok_or_else(|| Error::message("a map that does not say its length"))?;
    for _ in 0..entries {
        let key = decoder.decode()?;
        let value = decoder.bytes()?;
        if let Some(place) = asked(&key) {
            take(place, minicbor::decode(value)?);
        }
    }
    Ok(())
}

/// All contacts, by the quarter in which they arrived. Read back by [`pick`].
#[derive(Debug, Default, Encode)]
#[cbor(transparent)]
pub(crate) struct Queues(
    #[n(0)]
    #[cbor(encode_with = "put")]
    pub BTreeMap<QueueCell, Tally>,
);

/// Quarter of arrival, client, queue and channel.
pub(crate) type QueueCell = (i64, ClientId, QueueId, Channel);

/// What agents did, and their time: an array of two maps. Read back by [`pick`].
#[derive(Debug, Default, Encode)]
pub(crate) struct Agents {
    #[n(0)]
    #[cbor(encode_with = "put")]
    pub cells: BTreeMap<Cell, Tally>,
    #[n(1)]
    #[cbor(encode_with = "put")]
    pub ledgers: BTreeMap<LedgerCell, Ledger>,
}

/// Agent and quarter.
pub(crate) type LedgerCell = (AgentId, i64);

/// Work of one agent, by the quarter that counts for the contact and the one that counts for them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
pub(crate) struct Cell {
    #[n(0)]
    pub agent: AgentId,
    #[n(1)]
    pub client: ClientId,
    #[n(2)]
    pub queue: QueueId,
    #[n(3)]
    pub channel: Channel,
    #[n(4)]
    pub arrived: i64,
    #[n(5)]
    pub at: i64,
}

/// What a stretch of the journal adds to one day of UTC.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Closed {
    /// The day, counted from 1970.
    pub day: i64,
    /// For [`crate::Intervals::add_queues`].
    pub queues: Vec<u8>,
    /// For [`crate::Intervals::add_agents`].
    pub agents: Vec<u8>,
}

/// Reads the journal from its first entry on and gathers what is to be kept.
///
/// Bounded by what is on the floor and by what one stretch adds: take it with [`Days::close`] at the
/// end of each day.
#[derive(Debug, Default)]
pub struct Days {
    book: Book,
    days: BTreeMap<i64, (Queues, Agents)>,
}

impl Days {
    /// The day of UTC that holds an instant, counted from 1970.
    pub fn of(at: Timestamp) -> i64 {
        day_of(quarter_of(at))
    }

    /// Goes on where [`Days::mark`] was made.
    ///
    /// # Errors
    /// When the bytes are not those of a mark.
    pub fn resume(mark: &[u8]) -> Result<Self, Damaged> {
        Ok(Self { book: minicbor::decode(mark)?, days: BTreeMap::new() })
    }

    /// Who is on the floor now, to go on from later.
    pub fn mark(&self) -> Vec<u8> {
        encoded(&self.book)
    }

    /// Reads one event.
    pub fn apply(&mut self, stamped: &Stamped) {
        let Self { book, days } = self;
        book.apply(stamped, &mut |entry| record(days, &entry));
    }

    /// Gives away what was gathered since the last time, by day.
    pub fn close(&mut self) -> Vec<Closed> {
        std::mem::take(&mut self.days)
            .into_iter()
            .map(|(day, (queues, agents))| Closed {
                day,
                queues: encoded(&queues),
                agents: encoded(&agents),
            })
            .collect()
    }
}

fn encoded(value: &impl Encode<()>) -> Vec<u8> {
    // A vector takes whatever is written, and no encoder here refuses a value.
    minicbor::to_vec(value).expect("encoding into memory cannot fail")
}

fn record(days: &mut BTreeMap<i64, (Queues, Agents)>, entry: &Entry<'_>) {
    match entry {
        Entry::Fact { origin, queue, agent, fact } => {
            let (client, channel) = (origin.client, origin.channel);
            let arrived = quarter_of(origin.arrived);
            let (queues, _) = days.entry(day_of(arrived)).or_default();
            let key = (arrived, client, *queue, channel);
            queues.0.entry(key).or_default().record(origin, fact);
            let Some((agent, at)) = *agent else { return };
            let at = quarter_of(at);
            let cell = Cell { agent, client, queue: *queue, channel, arrived, at };
            let mut count = |day: i64| {
                let (_, agents) = days.entry(day).or_default();
                agents.cells.entry(cell).or_default().record(origin, fact);
            };
            count(day_of(arrived));
            // Reports look for it by either quarter.
            if day_of(at) != day_of(arrived) {
                count(day_of(at));
            }
        }
        Entry::Time { agent, state, span } => {
            let mut from = span.from;
            while from < span.until {
                let quarter = quarter_of(from);
                let until = start_of(quarter + 1).min(span.until);
                let (_, agents) = days.entry(day_of(quarter)).or_default();
                let ledger = agents.ledgers.entry((*agent, quarter)).or_default();
                ledger.record(*state, until.since(from));
                from = until;
            }
        }
    }
}
