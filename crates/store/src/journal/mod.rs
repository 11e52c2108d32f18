//! The journal of a floor: what the router was told and what it decided, in order, for ever.
//!
//! One row per commit, a [`Frame`] of up to a thousand [`Entry`]s. An append succeeds only for the
//! owner of the floor (its epoch is the latest) and only at the head (its first entry follows the
//! last one there), both checked in the transaction that keeps the frame. Frames are chained by
//! their hashes, so that a missing or exchanged one shows.

mod frame;
mod print;
mod read;
mod snapshot;
mod writer;

use domain::{FloorId, Timestamp};
use minicbor::{Decode, Encode};
use routing::{Input, Stamped};

use crate::{
    Store, StoreError,
    db::{Db, FromRow},
    value::{Row, args, pg_arguments},
};

pub use frame::{Codec, Frame, FrameError, SCHEMA};
pub use print::print;
pub use read::Reader;
pub use snapshot::Snapshot;
pub use writer::{Stopped, Writer, WriterOptions, WriterStats};

/// One step of the router: an input, or the passing of a deadline, and what it decided.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
pub struct Entry {
    /// Its number on the floor, from 1, without a gap.
    #[n(0)]
    pub seq: u64,
    /// The instant the router was told.
    #[n(1)]
    pub at: Timestamp,
    /// What it was told; `None` when only deadlines fired.
    #[n(2)]
    pub input: Option<Input>,
    /// What it decided.
    #[n(3)]
    pub events: Vec<Stamped>,
}

/// The right to append to a floor's journal, until somebody else acquires it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Owned {
    /// The floor.
    pub floor: FloorId,
    /// Number of this ownership; a later owner has a greater one.
    pub epoch: u64,
    /// The last entry there is; 0 before the first.
    pub seq: u64,
    /// Hash of the last frame; zeros before the first.
    pub hash: [u8; 32],
}

/// Why nothing more may be appended. The driver drops what it decided since the last commit and
/// begins again from snapshot and journal, or leaves the floor to its new owner.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// Another owner has the floor.
    #[error(
        "floor {floor} has another owner since epoch {epoch}; this one must stop and drop what it \
         decided after entry {seq}"
    )]
    Fenced {
        /// The floor.
        floor: FloorId,
        /// The epoch that was refused.
        epoch: u64,
        /// The last entry known to be durable.
        seq: u64,
    },
    /// The entries do not follow the last one.
    #[error("entry {found} was given where {expected} must follow; the driver has lost its count")]
    Gap {
        /// The number that must follow.
        expected: u64,
        /// The number that came.
        found: u64,
    },
    /// The storage failed; entries after the durable one may or may not be kept.
    #[error("the journal cannot be written; reload the floor when the database is back")]
    Storage(#[source] StoreError),
    /// A frame could not be made.
    #[error("a journal frame cannot be made")]
    Frame(#[source] FrameError),
}

impl FromRow for Owned {
    fn from_row(row: &Row) -> Result<Self, StoreError> {
        Ok(Self {
            floor: row.get("floor_id")?,
            epoch: row.get("epoch")?,
            seq: row.get("seq")?,
            hash: row.get("hash")?,
        })
    }
}

/// How often an append of unknown outcome is settled before the floor stops.
const SETTLE_TRIES: u32 = 3;

impl Store {
    /// Takes the floor: whoever owned it before can append no more.
    pub async fn acquire(&self, floor: FloorId) -> Result<Owned, StoreError> {
        let owned = self
            .tx(move |tx| {
                Box::pin(async move {
                    tx.find::<Owned>(
                        "INSERT INTO journal_head (floor_id, epoch, seq, hash)
                         VALUES ($1, 1, 0, $2)
                         ON CONFLICT (floor_id) DO UPDATE SET epoch = journal_head.epoch + 1
                         RETURNING floor_id, epoch, seq, hash",
                        args![floor, [0u8; 32]],
                    )
                    .await
                })
            })
            .await?;
        owned.ok_or_else(|| StoreError::corrupt("journal_head", "an upsert returned no row"))
    }

    /// The head of a floor's journal, without taking it. `None` for a floor that has none.
    pub async fn head(&self, floor: FloorId) -> Result<Option<Owned>, StoreError> {
        self.view()
            .find(
                "SELECT floor_id, epoch, seq, hash FROM journal_head WHERE floor_id = $1",
                args![floor],
            )
            .await
    }

    /// The floors that have a journal, by id.
    pub async fn floors(&self) -> Result<Vec<FloorId>, StoreError> {
        let rows =
            self.view().all("SELECT floor_id FROM journal_head ORDER BY floor_id", args![]).await?;
        rows.iter().map(|row| row.get("floor_id")).collect()
    }

    /// Appends one frame at the head and moves `owned` on. Either the frame is kept whole or an
    /// error says that it must be taken for lost; there is no third outcome.
    pub async fn append(&self, owned: &mut Owned, frame: &Frame) -> Result<(), JournalError> {
        let fenced =
            JournalError::Fenced { floor: owned.floor, epoch: owned.epoch, seq: owned.seq };
        if frame.first_seq != owned.seq + 1 {
            return Err(JournalError::Gap { expected: owned.seq + 1, found: frame.first_seq });
        }
        let mut unsettled = false;
        for attempt in 1.. {
            let error = match self.try_append(frame).await {
                Ok(true) => break,
                // After an unknown outcome, the refusal may be of our own frame that is there.
                Ok(false) if !unsettled => return Err(fenced),
                Ok(false) => None,
                Err(error @ (StoreError::Unavailable(_) | StoreError::Busy(_))) => Some(error),
                Err(error) => return Err(JournalError::Storage(error)),
            };
            unsettled = true;
            match self.settled(frame).await {
                Ok(Settled::Kept) => break,
                Ok(Settled::Fenced) => return Err(fenced),
                Ok(Settled::NotKept) if attempt < SETTLE_TRIES => {}
                Err(_) if attempt < SETTLE_TRIES => {}
                Ok(Settled::NotKept) => {
                    let error = error.unwrap_or(StoreError::Stopping);
                    return Err(JournalError::Storage(error));
                }
                Err(settle) => return Err(JournalError::Storage(error.unwrap_or(settle))),
            }
        }
        owned.seq = frame.last_seq();
        owned.hash = frame.hash;
        Ok(())
    }

    /// Whether the frame whose commit broke off is kept: the hash tells ours from any other.
    async fn settled(&self, frame: &Frame) -> Result<Settled, StoreError> {
        let Some(head) = self.head_for_writing(frame.floor).await? else {
            return Err(StoreError::corrupt("journal_head", "the floor's row is gone"));
        };
        Ok(if head.epoch != frame.epoch {
            Settled::Fenced
        } else if head.hash == frame.hash && head.seq == frame.last_seq() {
            Settled::Kept
        } else if head.hash == frame.prev_hash && head.seq + 1 == frame.first_seq {
            Settled::NotKept
        } else {
            Settled::Fenced
        })
    }

    /// As [`Store::head`], behind any write that is still under way.
    async fn head_for_writing(&self, floor: FloorId) -> Result<Option<Owned>, StoreError> {
        self.tx(move |tx| {
            Box::pin(async move {
                // The update waits for the row's lock, so an append still in flight is over.
                tx.run("UPDATE journal_head SET seq = seq WHERE floor_id = $1", args![floor])
                    .await?;
                tx.find(
                    "SELECT floor_id, epoch, seq, hash FROM journal_head WHERE floor_id = $1",
                    args![floor],
                )
                .await
            })
        })
        .await
    }

    /// `false` when the head is not where the frame wants it, or is another owner's.
    async fn try_append(&self, frame: &Frame) -> Result<bool, StoreError> {
        match &self.db {
            Db::Sqlite { .. } => {
                let frame = frame.clone();
                self.tx(move |tx| Box::pin(append_sqlite(tx, frame))).await
            }
            Db::Pg { journal, .. } => {
                let mut values = head_values(frame);
                values.extend(frame_values(frame.clone()));
                // One statement, one round trip.
                let done = sqlx::query_with(
                    "WITH head AS (
                         UPDATE journal_head SET seq = $1, hash = $2
                         WHERE floor_id = $3 AND epoch = $4 AND seq = $5 AND hash = $6
                         RETURNING 1
                     )
                     INSERT INTO journal_frame (floor_id, first_seq, entries, epoch, at_us, codec,
                         schema, prev_hash, hash, crc, body)
                     SELECT $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17 FROM head",
                    pg_arguments(values)?,
                )
                .execute(journal)
                .await?;
                Ok(done.rows_affected() == 1)
            }
        }
    }
}

enum Settled {
    Kept,
    NotKept,
    Fenced,
}

fn head_values(frame: &Frame) -> Vec<crate::value::Value> {
    args![
        frame.last_seq(),
        frame.hash,
        frame.floor,
        frame.epoch,
        frame.first_seq - 1,
        frame.prev_hash
    ]
}

fn frame_values(frame: Frame) -> Vec<crate::value::Value> {
    args![
        frame.floor,
        frame.first_seq,
        frame.entries,
        frame.epoch,
        frame.at,
        frame.codec.number(),
        frame.schema,
        frame.prev_hash,
        frame.hash,
        frame.crc,
        frame.body
    ]
}

async fn append_sqlite(tx: &mut crate::Tx, frame: Frame) -> Result<bool, StoreError> {
    let moved = tx
        .run(
            "UPDATE journal_head SET seq = $1, hash = $2
             WHERE floor_id = $3 AND epoch = $4 AND seq = $5 AND hash = $6",
            head_values(&frame),
        )
        .await?;
    if moved == 0 {
        return Ok(false);
    }
    tx.run(
        "INSERT INTO journal_frame (floor_id, first_seq, entries, epoch, at_us, codec, schema,
             prev_hash, hash, crc, body)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        frame_values(frame),
    )
    .await?;
    Ok(true)
}
