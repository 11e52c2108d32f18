//! Whom a client's customers may be passed on to, outside.

use domain::ClientId;
use serde_json::Value;

use super::{ClientScope, changed, record};
use crate::{StoreError, Tx, View, value::args};

record! {
    /// A client's phone book, as a document.
    #[derive(Clone, Debug, PartialEq)]
    pub struct PhoneBook {
        /// The client.
        pub client: ClientId = "client_id",
        /// Its entries.
        pub document: Value,
        /// Raised by each change; 0 for a book that nobody has written in.
        pub version: u64,
    }
}

impl View {
    /// A client's phone book; `None` when nobody has written in it.
    pub async fn phone_book(
        &mut self,
        scope: &ClientScope,
    ) -> Result<Option<PhoneBook>, StoreError> {
        self.of(scope)
            .find(
                "SELECT client_id, document, version FROM phone_book WHERE client_id = $1",
                args![scope.client()],
            )
            .await
    }
}

impl Tx {
    /// Keeps a client's phone book, made from `version` (0 when there was none).
    pub async fn save_phone_book(
        &mut self,
        scope: &ClientScope,
        document: &Value,
        version: u64,
    ) -> Result<(), StoreError> {
        let rows = if version == 0 {
            self.of(scope)
                .run(
                    "INSERT INTO phone_book (client_id, document, version) VALUES ($1, $2, 1)
                     ON CONFLICT (client_id) DO NOTHING",
                    args![scope.client(), document.clone()],
                )
                .await?
        } else {
            self.of(scope)
                .run(
                    "UPDATE phone_book SET document = $2, version = version + 1
                     WHERE client_id = $1 AND version = $3",
                    args![scope.client(), document.clone(), version],
                )
                .await?
        };
        changed(rows, "the phone book")
    }
}
