//! Reading a journal from an entry on.

use domain::{FloorId, Timestamp};

use super::{Entry, Frame};
use crate::{Store, StoreError, value::args};

/// Frames read at a time: at most some 16 MiB of bodies in memory.
const PAGE: u32 = 64;

/// Walks a journal forwards, page by page, checking that no frame is missing or exchanged. It goes at
/// least to the entry that was the last one when it began.
pub struct Reader {
    store: Store,
    floor: FloorId,
    from: u64,
    next_seq: Option<u64>,
    prev_hash: Option<[u8; 32]>,
    page: std::vec::IntoIter<Frame>,
    end: Option<u64>,
}

impl Store {
    /// Frames of a floor in order, beginning with the one that holds entry `from`; at most `limit`.
    pub async fn frames(
        &self,
        floor: FloorId,
        from: u64,
        limit: u32,
    ) -> Result<Vec<Frame>, StoreError> {
        self.view()
            .list(
                "SELECT floor_id, first_seq, entries, epoch, at_us, codec, schema, prev_hash, hash,
                        crc, body
                 FROM journal_frame
                 WHERE floor_id = $1 AND first_seq >= COALESCE(
                     (SELECT MAX(first_seq) FROM journal_frame
                      WHERE floor_id = $1 AND first_seq <= $2), 0)
                 ORDER BY first_seq LIMIT $3",
                args![floor, from, limit],
            )
            .await
    }

    /// Number of the first entry at or after `since`; `None` when all of them are older.
    pub async fn first_seq_since(
        &self,
        floor: FloorId,
        since: Timestamp,
    ) -> Result<Option<u64>, StoreError> {
        // A frame carries the time of its last entry, and time never goes back along a journal.
        let frame: Option<Frame> = self
            .view()
            .find(
                "SELECT floor_id, first_seq, entries, epoch, at_us, codec, schema, prev_hash, hash,
                        crc, body
                 FROM journal_frame WHERE floor_id = $1 AND at_us >= $2
                 ORDER BY at_us, first_seq LIMIT 1",
                args![floor, since],
            )
            .await?;
        let Some(frame) = frame else { return Ok(None) };
        Ok(frame.open()?.iter().find(|entry| entry.at >= since).map(|entry| entry.seq))
    }

    /// Reads the journal of a floor from entry `from` on (1 for all of it).
    pub fn read_journal(&self, floor: FloorId, from: u64) -> Reader {
        Reader {
            store: self.clone(),
            floor,
            from,
            next_seq: None,
            prev_hash: None,
            page: Vec::new().into_iter(),
            end: None,
        }
    }
}

impl Reader {
    /// The next frame, checked against the one before it; `None` at the end.
    pub async fn next_frame(&mut self) -> Result<Option<Frame>, StoreError> {
        let broken = |why: String| StoreError::corrupt(format!("journal of {}", self.floor), why);
        let expected = self.next_seq.unwrap_or(self.from.max(1));
        let frame = match self.page.next() {
            Some(frame) => frame,
            None => {
                let end = match self.end {
                    Some(end) if expected > end => return Ok(None),
                    Some(end) => end,
                    None => self.store.head(self.floor).await?.map_or(0, |head| head.seq),
                };
                self.end = Some(end);
                let mut page = self.store.frames(self.floor, expected, PAGE).await?;
                // Past the end, the frame before it is the nearest one.
                page.retain(|frame| frame.last_seq() >= expected);
                self.page = page.into_iter();
                match self.page.next() {
                    Some(frame) => frame,
                    None if expected > end => return Ok(None),
                    None => {
                        return Err(broken(format!(
                            "entry {expected} is missing, and all after it up to {end}"
                        )));
                    }
                }
            }
        };
        // The first frame may begin before the entry asked for.
        let follows = match self.next_seq {
            Some(next) => frame.first_seq == next,
            None => frame.first_seq <= expected,
        };
        if !follows {
            return Err(broken(format!(
                "entry {expected} is missing; the next one is {}",
                frame.first_seq
            )));
        }
        if self.prev_hash.is_some_and(|hash| hash != frame.prev_hash) {
            return Err(broken(format!(
                "the frame of entry {} does not follow the one before it",
                frame.first_seq
            )));
        }
        self.next_seq = Some(frame.last_seq() + 1);
        self.prev_hash = Some(frame.hash);
        Ok(Some(frame))
    }

    /// The next entries, those of one frame; `None` at the end. Entries before the first one asked
    /// for are left out.
    pub async fn next(&mut self) -> Result<Option<Vec<Entry>>, StoreError> {
        let Some(frame) = self.next_frame().await? else { return Ok(None) };
        let mut entries = frame.open()?;
        if frame.first_seq < self.from {
            entries.retain(|entry| entry.seq >= self.from);
        }
        Ok(Some(entries))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FLOOR: FloorId = FloorId::from_u128(1);

    async fn open(url: String) -> Store {
        Store::open(&url).await.expect("the store opens")
    }

    testkit::both_engines!(open; a_frame_that_is_missing_or_exchanged_shows);

    async fn filled(store: &Store) {
        let mut owned = store.acquire(FLOOR).await.unwrap();
        let entry = |seq| Entry { seq, at: Timestamp::from_secs(1), input: None, events: vec![] };
        for n in 0..4 {
            let entries: Vec<Entry> = (n * 10 + 1..=n * 10 + 10).map(entry).collect();
            let frame = Frame::seal(&owned, &entries).unwrap();
            store.append(&mut owned, &frame).await.unwrap();
        }
    }

    async fn outcome(store: &Store) -> Result<u64, String> {
        let (mut reader, mut last) = (store.read_journal(FLOOR, 1), 0);
        loop {
            match reader.next().await {
                Ok(Some(entries)) => last = entries.last().map_or(last, |entry| entry.seq),
                Ok(None) => return Ok(last),
                Err(error) => return Err(error.to_string()),
            }
        }
    }

    async fn a_frame_that_is_missing_or_exchanged_shows(store: Store) {
        filled(&store).await;
        assert_eq!(outcome(&store).await, Ok(40));
        for (damage, want) in [
            ("UPDATE journal_frame SET prev_hash = hash WHERE first_seq = 21", "does not follow"),
            ("UPDATE journal_frame SET epoch = 9 WHERE first_seq = 21", "hash"),
            ("UPDATE journal_frame SET codec = 7 WHERE first_seq = 21", "codec 7"),
            ("UPDATE journal_frame SET entries = 9 WHERE first_seq = 21", "damaged"),
            ("DELETE FROM journal_frame WHERE first_seq = 11", "entry 11 is missing"),
            ("DELETE FROM journal_frame WHERE first_seq = 1", "entry 1 is missing"),
            ("DELETE FROM journal_frame WHERE first_seq = 31", "entry 31 is missing"),
            ("DELETE FROM journal_frame", "entry 1 is missing, and all after it up to 40"),
        ] {
            store.tx(move |tx| Box::pin(tx.run(damage, args![]))).await.unwrap();
            let error = outcome(&store).await.expect_err(damage);
            assert!(error.contains(want), "{damage}: {error}");
            // Whole again for the next one.
            store
                .tx(|tx| Box::pin(tx.script("DELETE FROM journal_frame; DELETE FROM journal_head")))
                .await
                .unwrap();
            filled(&store).await;
        }
    }
}
