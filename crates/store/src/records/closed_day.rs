//! Figures of days that are over, in the form that their calculation gave them.
//!
//! Nothing here knows what the bytes mean. They are made from the journal and can be made anew, so a
//! change of the calculation needs no migration: its number is part of the key.

use domain::FloorId;

use super::{ProviderScope, changed};
use crate::{
    StoreError, Tx, View,
    db::FromRow,
    value::{Row, args},
};

/// How far a floor's journal is kept as days.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClosedUntil {
    /// The last entry that is in them.
    pub seq: u64,
    /// The last day of UTC that is over, counted from 1970.
    pub stretch: i64,
    /// What the calculation needs to go on after it.
    pub mark: Vec<u8>,
}

/// What one stretch of the journal adds to the figures of one day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClosedDay {
    /// The day of UTC, counted from 1970.
    pub day: i64,
    /// Figures of queues.
    pub queues: Vec<u8>,
    /// Figures of agents.
    pub agents: Vec<u8>,
}

/// Which figures of a day are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum DayPart {
    /// Those of queues.
    Queues,
    /// Those of agents.
    Agents,
}

impl FromRow for ClosedUntil {
    fn from_row(row: &Row) -> Result<Self, StoreError> {
        let mark: Vec<u8> = row.get("mark")?;
        Ok(Self { seq: row.get("seq")?, stretch: row.get("stretch")?, mark: unpacked(&mark)? })
    }
}

/// Level 1 of zstd: a tenth of the size at no time that anybody would notice.
pub(super) fn packed(bytes: &[u8]) -> Result<Vec<u8>, StoreError> {
    zstd::encode_all(bytes, 1).map_err(|error| StoreError::corrupt("a closed day", error))
}

pub(super) fn unpacked(bytes: &[u8]) -> Result<Vec<u8>, StoreError> {
    zstd::decode_all(bytes).map_err(|error| StoreError::corrupt("a closed day", error))
}

impl View {
    /// How far the journal of a floor is kept as days by this calculation; `None` when nothing is.
    pub async fn closed_until(
        &mut self,
        _: &ProviderScope,
        floor: FloorId,
        calculation: u32,
    ) -> Result<Option<ClosedUntil>, StoreError> {
        self.find(
            "SELECT seq, stretch, mark FROM closed_until
             WHERE floor_id = $1 AND calculation = $2",
            args![floor, calculation],
        )
        .await
    }

    /// What the stretches up to `stretch` add to the days from `first` to `last`, with the day of
    /// each, by day and stretch.
    pub async fn closed_days(
        &mut self,
        _: &ProviderScope,
        floor: FloorId,
        calculation: u32,
        (first, last): (i64, i64),
        stretch: i64,
        part: DayPart,
    ) -> Result<Vec<(i64, Vec<u8>)>, StoreError> {
        let sql = match part {
            DayPart::Queues => {
                "SELECT day, queues AS figures FROM closed_day
                 WHERE floor_id = $1 AND calculation = $2 AND day >= $3 AND day <= $4
                   AND stretch <= $5
                 ORDER BY day, stretch"
            }
            DayPart::Agents => {
                "SELECT day, agents AS figures FROM closed_day
                 WHERE floor_id = $1 AND calculation = $2 AND day >= $3 AND day <= $4
                   AND stretch <= $5
                 ORDER BY day, stretch"
            }
        };
        let rows = self.all(sql, args![floor, calculation, first, last, stretch]).await?;
        rows.iter()
            .map(|row| {
                let figures: Vec<u8> = row.get("figures")?;
                Ok((row.get("day")?, unpacked(&figures)?))
            })
            .collect()
    }
}

impl Tx {
    /// Keeps what a stretch of the journal adds to days, and moves the mark there from the entry
    /// `from`. Who begins at the journal's first entry (`from` is 0) drops what older calculations
    /// kept of this floor.
    ///
    /// # Errors
    /// [`StoreError::Stale`] when somebody else has moved the mark.
    pub async fn close_days(
        &mut self,
        _: &ProviderScope,
        floor: FloorId,
        calculation: u32,
        from: u64,
        until: &ClosedUntil,
        days: &[ClosedDay],
    ) -> Result<(), StoreError> {
        let ClosedUntil { seq, stretch, .. } = *until;
        let mark = packed(&until.mark)?;
        let rows = if from == 0 {
            self.run(
                "DELETE FROM closed_day WHERE floor_id = $1 AND calculation < $2",
                args![floor, calculation],
            )
            .await?;
            self.run(
                "DELETE FROM closed_until WHERE floor_id = $1 AND calculation < $2",
                args![floor, calculation],
            )
            .await?;
            self.run(
                "INSERT INTO closed_until (floor_id, calculation, seq, stretch, mark)
                 VALUES ($1, $2, $3, $4, $5)
                 ON CONFLICT (floor_id, calculation) DO NOTHING",
                args![floor, calculation, seq, stretch, mark],
            )
            .await?
        } else {
            self.run(
                "UPDATE closed_until SET seq = $3, stretch = $4, mark = $5
                 WHERE floor_id = $1 AND calculation = $2 AND seq = $6",
                args![floor, calculation, seq, stretch, mark, from],
            )
            .await?
        };
        changed(rows, "the figures of closed days")?;
        for ClosedDay { day, queues, agents } in days {
            self.run(
                "INSERT INTO closed_day (floor_id, calculation, day, stretch, queues, agents)
                 VALUES ($1, $2, $3, $4, $5, $6)",
                args![floor, calculation, *day, stretch, packed(queues)?, packed(agents)?],
            )
            .await?;
        }
        Ok(())
    }

    /// Forgets what this calculation kept of a floor; it is made anew from the journal.
    pub async fn forget_closed_days(
        &mut self,
        _: &ProviderScope,
        floor: FloorId,
        calculation: u32,
    ) -> Result<(), StoreError> {
        self.run(
            "DELETE FROM closed_day WHERE floor_id = $1 AND calculation = $2",
            args![floor, calculation],
        )
        .await?;
        self.run(
            "DELETE FROM closed_until WHERE floor_id = $1 AND calculation = $2",
            args![floor, calculation],
        )
        .await
        .map(drop)
    }
}
