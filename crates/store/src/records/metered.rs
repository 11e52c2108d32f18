//! Facts of contacts that are over, in the form that their metering gave them.
//!
//! Nothing here knows what the bytes mean. They are made from the journal and can be made anew, so a
//! change of the metering needs no migration: its number is part of the key.

use std::collections::BTreeMap;

use domain::{ClientId, ContactId, FloorId, Timestamp};

use super::{
    ClientScope, ProviderScope, changed,
    closed_day::{packed, unpacked},
};
use crate::{
    StoreError, Tx, View,
    db::FromRow,
    value::{Row, args},
};

/// Most facts of one read.
pub const METERED_MAX: u32 = 5_000;

/// How far a floor's journal is metered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MeteredUntil {
    /// The last entry that is in the facts.
    pub seq: u64,
    /// What the meter needs to go on after it.
    pub mark: Vec<u8>,
}

/// Facts of one contact.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Metered {
    /// The client.
    pub client: ClientId,
    /// The contact.
    pub contact: ContactId,
    /// Start of its clock.
    pub began: Timestamp,
    /// The facts.
    pub facts: Vec<u8>,
}

impl FromRow for MeteredUntil {
    fn from_row(row: &Row) -> Result<Self, StoreError> {
        let mark: Vec<u8> = row.get("mark")?;
        Ok(Self { seq: row.get("seq")?, mark: unpacked(&mark)? })
    }
}

impl FromRow for Metered {
    fn from_row(row: &Row) -> Result<Self, StoreError> {
        Ok(Self {
            client: row.get("client_id")?,
            contact: row.get("contact_id")?,
            began: row.get("began_us")?,
            facts: row.get("facts")?,
        })
    }
}

impl View {
    /// How far the journal of a floor is metered; `None` when nothing is.
    pub async fn metered_until(
        &mut self,
        _: &ProviderScope,
        floor: FloorId,
        metering: u32,
    ) -> Result<Option<MeteredUntil>, StoreError> {
        self.find(
            "SELECT seq, mark FROM metered_until WHERE floor_id = $1 AND metering = $2",
            args![floor, metering],
        )
        .await
    }

    /// A client's facts whose clock started in a stretch of time, by beginning and contact, at most
    /// [`METERED_MAX`]; `after` is the last of those read before.
    pub async fn metered(
        &mut self,
        scope: &ClientScope,
        metering: u32,
        (from, until): (Timestamp, Timestamp),
        after: Option<(Timestamp, ContactId)>,
    ) -> Result<Vec<Metered>, StoreError> {
        let (at, contact) = after.unwrap_or((Timestamp::MIN, ContactId::from_u128(0)));
        self.of(scope)
            .list(
                "SELECT client_id, contact_id, began_us, facts FROM metered
                 WHERE client_id = $1 AND metering = $2 AND began_us >= $3 AND began_us < $4
                   AND (began_us, contact_id) > ($5, $6)
                 ORDER BY began_us, contact_id LIMIT $7",
                args![scope.client(), metering, from, until, at, contact, METERED_MAX],
            )
            .await
    }

    /// When the clock of a contact started that is metered.
    pub async fn metered_began(
        &mut self,
        scope: &ClientScope,
        metering: u32,
        contact: ContactId,
    ) -> Result<Option<Timestamp>, StoreError> {
        let row = self
            .of(scope)
            .one(
                "SELECT began_us FROM metered
                 WHERE client_id = $1 AND metering = $2 AND contact_id = $3",
                args![scope.client(), metering, contact],
            )
            .await?;
        row.map(|row| row.get("began_us")).transpose()
    }
}

impl Tx {
    /// Keeps facts, and moves the mark there from the entry `from`; what was rated of months that they may
    /// change is taken away. Who begins at the journal's first
    /// entry (`from` is 0) drops what older meterings kept of this floor.
    ///
    /// # Errors
    /// [`StoreError::Stale`] when somebody else has moved the mark.
    pub async fn keep_metered(
        &mut self,
        provider: &ProviderScope,
        floor: FloorId,
        metering: u32,
        from: u64,
        until: &MeteredUntil,
        facts: &[Metered],
    ) -> Result<(), StoreError> {
        let mark = packed(&until.mark)?;
        let rows = if from == 0 {
            for older in 1..metering {
                self.forget_metered(provider, floor, older).await?;
            }
            self.run(
                "INSERT INTO metered_until (floor_id, metering, seq, mark)
                 VALUES ($1, $2, $3, $4)
                 ON CONFLICT (floor_id, metering) DO NOTHING",
                args![floor, metering, until.seq, mark],
            )
            .await?
        } else {
            self.run(
                "UPDATE metered_until SET seq = $3, mark = $4
                 WHERE floor_id = $1 AND metering = $2 AND seq = $5",
                args![floor, metering, until.seq, mark, from],
            )
            .await?
        };
        changed(rows, "the metered contacts")?;
        let mut earliest: BTreeMap<ClientId, Timestamp> = BTreeMap::new();
        for Metered { client, began, .. } in facts {
            let first = earliest.entry(*client).or_insert(*began);
            *first = (*first).min(*began);
        }
        for (client, began) in earliest {
            self.unrate_months(client, began).await?;
        }
        let row = |Metered { client, contact, began, facts }: &Metered| {
            args![*client, metering, *began, *contact, floor, facts.clone()]
        };
        self.run_all(
            "INSERT INTO metered (client_id, metering, began_us, contact_id, floor_id, facts) VALUES",
            "",
            facts.iter().map(row).collect(),
        )
        .await
        .map(drop)
    }

    /// Forgets what this metering kept of a floor; it is made anew from the journal.
    pub async fn forget_metered(
        &mut self,
        _: &ProviderScope,
        floor: FloorId,
        metering: u32,
    ) -> Result<(), StoreError> {
        self.run(
            "DELETE FROM metered WHERE floor_id = $1 AND metering = $2",
            args![floor, metering],
        )
        .await?;
        self.run("DELETE FROM rated_month", args![]).await?;
        self.run(
            "DELETE FROM metered_until WHERE floor_id = $1 AND metering = $2",
            args![floor, metering],
        )
        .await
        .map(drop)
    }
}
