//! Snapshots: the router's state at an entry, so that recovery replays a little and not a year.

use domain::{FloorId, Timestamp};

use super::{JournalError, Owned};
use crate::{
    Store, StoreError,
    db::FromRow,
    value::{Row, args},
};

/// The newest snapshots kept of each floor; the older of them are for the case that the newest does not
/// read back.
const KEPT: u32 = 3;

/// Besides, the first snapshot of each day of UTC is kept for so many days after it: a day is replayed
/// from the snapshot before it, which a recovery never needs.
const DAYS_KEPT: i64 = 62;

/// Microseconds of a day.
const DAY_US: i64 = 86_400_000_000;

/// The state of a router after entry `seq`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snapshot {
    /// The last entry it contains.
    pub seq: u64,
    /// What `routing::Router::snapshot` gave.
    pub bytes: Vec<u8>,
}

struct Kept {
    seq: u64,
    state_hash: [u8; 32],
    body: Vec<u8>,
}

impl FromRow for Kept {
    fn from_row(row: &Row) -> Result<Self, StoreError> {
        Ok(Self {
            seq: row.get("seq")?,
            state_hash: row.get("state_hash")?,
            body: row.get("body")?,
        })
    }
}

impl Kept {
    fn open(&self) -> Result<Snapshot, String> {
        let bytes = zstd::decode_all(self.body.as_slice()).map_err(|error| error.to_string())?;
        if blake3::hash(&bytes) != self.state_hash {
            return Err("its hash does not match".to_owned());
        }
        Ok(Snapshot { seq: self.seq, bytes })
    }
}

impl Store {
    /// Keeps the state after entry `seq`, which must be durable and of the instant `at`. All but the last
    /// three are dropped, and the first of each of the last 62 days. Refused for an owner who was
    /// replaced: that state may hold decisions nobody kept.
    pub async fn save_snapshot(
        &self,
        owned: &Owned,
        seq: u64,
        at: Timestamp,
        bytes: &[u8],
    ) -> Result<(), JournalError> {
        let Owned { floor, epoch, .. } = *owned;
        let storage = JournalError::Storage;
        let day = at.micros().div_euclid(DAY_US);
        let state_hash = *blake3::hash(bytes).as_bytes();
        let body = zstd::encode_all(bytes, 3)
            .map_err(|error| storage(StoreError::corrupt("a snapshot", error)))?;
        let kept = self
            .tx(move |tx| {
                Box::pin(async move {
                    let kept = tx
                        .run(
                            "INSERT INTO snapshot (floor_id, seq, state_hash, body, day)
                             SELECT floor_id, $1, $2, $3, $6 FROM journal_head
                             WHERE floor_id = $4 AND epoch = $5 AND seq >= $1
                             ON CONFLICT (floor_id, seq) DO UPDATE
                                 SET state_hash = excluded.state_hash, body = excluded.body,
                                     day = excluded.day",
                            args![seq, state_hash, body, floor, epoch, day],
                        )
                        .await?;
                    tx.run(
                        "DELETE FROM snapshot WHERE floor_id = $1
                           AND seq NOT IN (SELECT seq FROM snapshot WHERE floor_id = $1
                                           ORDER BY seq DESC LIMIT $2)
                           AND seq NOT IN (SELECT MIN(seq) FROM snapshot
                                           WHERE floor_id = $1 AND day >= $3 GROUP BY day)",
                        args![floor, KEPT, day - DAYS_KEPT],
                    )
                    .await?;
                    Ok(kept)
                })
            })
            .await
            .map_err(storage)?;
        if kept == 0 { Err(JournalError::Fenced { floor, epoch, seq }) } else { Ok(()) }
    }

    /// The newest snapshot that reads back whole; `None` when there is none such, and the journal
    /// is replayed from its beginning.
    pub async fn newest_snapshot(&self, floor: FloorId) -> Result<Option<Snapshot>, StoreError> {
        self.newest_snapshot_until(floor, i64::MAX as u64).await
    }

    /// The same of those that contain no entry after `until`.
    pub async fn newest_snapshot_until(
        &self,
        floor: FloorId,
        until: u64,
    ) -> Result<Option<Snapshot>, StoreError> {
        let kept: Vec<Kept> = self
            .view()
            .list(
                "SELECT seq, state_hash, body FROM snapshot
                 WHERE floor_id = $1 AND seq <= $2 ORDER BY seq DESC",
                args![floor, until],
            )
            .await?;
        for snapshot in &kept {
            match snapshot.open() {
                Ok(snapshot) => return Ok(Some(snapshot)),
                Err(why) => tracing::warn!(
                    floor.id = %floor, seq = snapshot.seq, why,
                    "a snapshot is damaged; an older one or the journal serves instead"
                ),
            }
        }
        Ok(None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::{Entry, Frame};

    const FLOOR: FloorId = FloorId::from_u128(1);

    async fn open(url: String) -> Store {
        Store::open(&url).await.expect("the store opens")
    }

    testkit::both_engines!(open;
        the_last_three_and_one_a_day_are_kept_and_a_damaged_one_is_passed_over,
    );

    async fn newest(store: &Store) -> Option<(u64, Vec<u8>)> {
        store.newest_snapshot(FLOOR).await.unwrap().map(|found| (found.seq, found.bytes))
    }

    async fn the_last_three_and_one_a_day_are_kept_and_a_damaged_one_is_passed_over(store: Store) {
        let mut owned = store.acquire(FLOOR).await.unwrap();
        let entry = |seq| Entry { seq, at: domain::Timestamp::MIN, input: None, events: vec![] };
        let frame = Frame::seal(&owned, &(1..=50).map(entry).collect::<Vec<_>>()).unwrap();
        store.append(&mut owned, &frame).await.unwrap();
        assert_eq!(newest(&store).await, None);
        let state = |seq: u64| format!("state {seq}").into_bytes();
        for seq in [10, 20, 30, 40, 50, 50] {
            // All but the first are of one day.
            let at = Timestamp::from_micros(if seq == 10 { 0 } else { DAY_US * 70 });
            store.save_snapshot(&owned, seq, at, &state(seq)).await.unwrap();
        }
        let kept = store.view().all("SELECT seq FROM snapshot ORDER BY seq", args![]).await;
        let kept: Vec<u64> = kept.unwrap().iter().map(|row| row.get("seq").unwrap()).collect();
        // The first of that day stays, and the one of 70 days ago has gone.
        assert_eq!(kept, [20, 30, 40, 50]);
        assert_eq!(newest(&store).await, Some((50, state(50))));
        for (until, want) in
            [(19, None), (29, Some(20)), (30, Some(30)), (49, Some(40)), (50, Some(50))]
        {
            let found = store.newest_snapshot_until(FLOOR, until).await.unwrap();
            assert_eq!(found.map(|found| found.seq), want, "until {until}");
        }
        // One that does not unpack, one that unpacks to something else, then the last one as well.
        let other = zstd::encode_all(b"another state".as_slice(), 3).unwrap();
        for (seq, body, next) in [
            (50, b"noise".to_vec(), Some((40, state(40)))),
            (40, other, Some((30, state(30)))),
            (30, vec![], Some((20, state(20)))),
            (20, vec![], None),
        ] {
            let damage = store.tx(move |tx| {
                let sql = "UPDATE snapshot SET body = $1 WHERE seq = $2";
                Box::pin(tx.run(sql, args![body, seq as u64]))
            });
            damage.await.unwrap();
            assert_eq!(newest(&store).await, next, "after {seq}");
        }
    }
}
