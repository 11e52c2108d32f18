//! What clients brought in during months that are over, as it was rated.
//!
//! Nothing here knows what the documents mean. They can be made anew, so a change of the calculation needs
//! no migration: its number is part of what is asked for. A fact that comes late takes away what it may
//! change, in its own transaction ([`Tx::keep_metered`]); so a row is *reserved* before it is rated, and
//! filled only if nothing took it away meanwhile.

use domain::{ClientId, Timestamp};

use super::{ClientScope, ProviderScope, record};
use crate::{StoreError, Tx, View, value::args};

record! {
    /// A client's month.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct RatedMonth {
        /// The client.
        pub client: ClientId = "client_id",
        /// Which terms it was rated by.
        pub terms: String,
        /// What came of it.
        pub document: serde_json::Value = json,
    }
}

/// A month, from its first instant to the first one after it.
pub type MonthSpan = (Timestamp, Timestamp);

impl View {
    /// What is kept of a month.
    pub async fn rated_months(
        &mut self,
        _: &ProviderScope,
        calculation: u32,
        (from, until): MonthSpan,
    ) -> Result<Vec<RatedMonth>, StoreError> {
        self.list(
            "SELECT client_id, terms, document FROM rated_month
             WHERE from_us = $1 AND until_us = $2 AND calculation = $3 AND document IS NOT NULL
             ORDER BY client_id",
            args![from, until, calculation],
        )
        .await
    }

    /// How many of a client's contacts that began before `at` are not over.
    pub async fn contacts_open_since(
        &mut self,
        scope: &ClientScope,
        at: Timestamp,
    ) -> Result<u64, StoreError> {
        let row = self
            .of(scope)
            .one(
                "SELECT COUNT(*) AS n FROM contact
                 WHERE client_id = $1 AND clock_start_us < $2 AND ended_us IS NULL",
                args![scope.client(), at],
            )
            .await?;
        row.map_or(Ok(0), |row| row.get("n"))
    }
}

impl Tx {
    /// Reserves a month of `clients` for whoever rates it in this `turn`. With each stands the instant
    /// until which contacts begin that its rating is by: their facts take it away.
    pub async fn reserve_rated_months(
        &mut self,
        _: &ProviderScope,
        (metering, calculation): (u32, u32),
        (from, until): MonthSpan,
        turn: &str,
        clients: &[(ClientId, Timestamp)],
    ) -> Result<(), StoreError> {
        // Whoever keeps facts at this moment is waited for: they have looked for months to take away
        // already, and their facts are not to be seen yet.
        self.run("UPDATE metered_until SET seq = seq WHERE metering = $1", args![metering]).await?;
        let row = |(client, inputs_until): &(ClientId, Timestamp)| {
            args![*client, from, until, calculation, turn.to_owned(), *inputs_until]
        };
        self.run_all(
            "INSERT INTO rated_month (client_id, from_us, until_us, calculation, turn,
                 inputs_until_us) VALUES",
            "ON CONFLICT (client_id, from_us, until_us) DO UPDATE
             SET calculation = excluded.calculation, turn = excluded.turn,
                 inputs_until_us = excluded.inputs_until_us, terms = NULL, document = NULL",
            clients.iter().map(row).collect(),
        )
        .await
        .map(drop)
    }

    /// Keeps what came of a turn, and says of how many: not of those of which a late fact or somebody else's
    /// turn came first.
    pub async fn fill_rated_months(
        &mut self,
        (from, until): MonthSpan,
        turn: &str,
        rated: &[RatedMonth],
    ) -> Result<u64, StoreError> {
        let row = |RatedMonth { client, terms, document }: &RatedMonth| {
            let turn = turn.to_owned();
            args![*client, from, until, turn, terms.clone(), document.to_string()]
        };
        self.run_all(
            "UPDATE rated_month SET terms = made.column5, document = made.column6 FROM (VALUES",
            ") AS made WHERE client_id = made.column1 AND from_us = made.column2
             AND until_us = made.column3 AND turn = made.column4",
            rated.iter().map(row).collect(),
        )
        .await
    }

    /// Takes away the months of a client that a contact which began at `began` may change.
    pub(super) async fn unrate_months(
        &mut self,
        client: ClientId,
        began: Timestamp,
    ) -> Result<(), StoreError> {
        self.run(
            "DELETE FROM rated_month WHERE client_id = $1 AND inputs_until_us > $2",
            args![client, began],
        )
        .await
        .map(drop)
    }
}
