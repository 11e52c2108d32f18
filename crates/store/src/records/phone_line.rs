//! The provider's telephone numbers, and whose calls come in on them.

use domain::{ClientId, PhoneNumber, QueueId};

use super::{ProviderScope, changed, record};
use crate::{StoreError, Tx, View, value::args};

record! {
    /// A number that callers dial.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct PhoneLine {
        /// In E.164.
        pub number: PhoneNumber,
        /// Whose callers dial it.
        pub client: ClientId = "client_id",
        /// Where they wait.
        pub queue: QueueId = "queue_id",
        /// The client's call flow that they follow before, if any.
        pub flow: Option<String>,
        /// What it is for, on the provider's screens.
        pub label: String,
        /// Calls are taken.
        pub active: bool,
        /// Raised by each change.
        pub version: u64,
    }
}

impl View {
    /// All numbers, in their order.
    pub async fn phone_lines(&mut self, _: &ProviderScope) -> Result<Vec<PhoneLine>, StoreError> {
        self.list(
            "SELECT number, client_id, queue_id, flow, label, active, version FROM phone_line
             ORDER BY number",
            args![],
        )
        .await
    }
}

impl Tx {
    /// Keeps a number made from version `line.version` (0 for a new one).
    pub async fn save_phone_line(
        &mut self,
        _: &ProviderScope,
        line: &PhoneLine,
    ) -> Result<(), StoreError> {
        let PhoneLine { number, client, queue, flow, label, active, version } = line.clone();
        let rows = if version == 0 {
            self.run(
                "INSERT INTO phone_line (number, client_id, queue_id, flow, label, active, version)
                 VALUES ($1, $2, $3, $4, $5, $6, 1) ON CONFLICT (number) DO NOTHING",
                args![number, client, queue, flow, label, active],
            )
            .await?
        } else {
            self.run(
                "UPDATE phone_line SET client_id = $1, queue_id = $2, flow = $3, label = $4,
                     active = $5, version = version + 1
                 WHERE number = $6 AND version = $7",
                args![client, queue, flow, label, active, number, version],
            )
            .await?
        };
        changed(rows, "the number")
    }

    /// Removes a number. Whether there was one.
    pub async fn remove_phone_line(
        &mut self,
        _: &ProviderScope,
        number: &PhoneNumber,
    ) -> Result<bool, StoreError> {
        let sql = "DELETE FROM phone_line WHERE number = $1";
        Ok(self.run(sql, args![number.clone()]).await? > 0)
    }
}
