//! Whom a client's customers may be passed on to, outside.

use domain::ClientId;
use serde_json::Value;

use super::{ClientScope, ProviderScope, changed, record, save_all};
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

    /// The phone books of all clients that have one.
    pub async fn phone_books(&mut self, _: &ProviderScope) -> Result<Vec<PhoneBook>, StoreError> {
        self.list("SELECT client_id, document, version FROM phone_book ORDER BY client_id", vec![])
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

    /// Keeps phone books of many clients, each made from its `version` (0 when there was none).
    pub async fn save_phone_books(
        &mut self,
        _: &ProviderScope,
        books: &[PhoneBook],
    ) -> Result<(), StoreError> {
        let (new, known): (Vec<_>, Vec<_>) = books.iter().partition(|book| book.version == 0);
        let new = new.into_iter().map(|book| args![book.client, book.document.clone(), 1_u64]);
        let known =
            known.into_iter().map(|book| args![book.client, book.document.clone(), book.version]);
        save_all(
            self,
            "the phone book",
            (
                [
                    "INSERT INTO phone_book (client_id, document, version) VALUES",
                    "ON CONFLICT (client_id) DO NOTHING",
                ],
                new.collect(),
            ),
            (
                [
                    "UPDATE phone_book SET document = made.column2, version = version + 1
                     FROM (VALUES",
                    ") AS made WHERE client_id = made.column1 AND version = made.column3",
                ],
                known.collect(),
            ),
        )
        .await
    }
}
