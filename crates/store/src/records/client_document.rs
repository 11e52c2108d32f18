//! What a client has beside its contract and changes by itself: one document of each kind.

use domain::ClientId;
use serde_json::Value;

use super::{ClientScope, ProviderScope, changed, record, save_all, words};
use crate::{StoreError, Tx, View, value::args};

words! {
    /// What a document is about.
    pub enum ClientDocumentKind {
        /// Who is on call.
        OnCall = "on_call",
        /// What its people say over the hours: who answers for a time.
        Presence = "presence",
    }
}

record! {
    /// A document of a client.
    #[derive(Clone, Debug, PartialEq)]
    pub struct ClientDocument {
        /// The client.
        pub client: ClientId = "client_id",
        /// What it is about.
        pub kind: ClientDocumentKind,
        /// What it says.
        pub document: Value,
        /// Raised by each change; 0 for one that was never made.
        pub version: u64,
    }
}

impl View {
    /// A client's document; `None` when it was never made.
    pub async fn client_document(
        &mut self,
        scope: &ClientScope,
        kind: ClientDocumentKind,
    ) -> Result<Option<ClientDocument>, StoreError> {
        self.of(scope)
            .find(
                "SELECT client_id, kind, document, version FROM client_document
                 WHERE client_id = $1 AND kind = $2",
                args![scope.client(), kind],
            )
            .await
    }

    /// The documents of all clients, for the floor.
    pub async fn client_documents(
        &mut self,
        _: &ProviderScope,
        kind: ClientDocumentKind,
    ) -> Result<Vec<ClientDocument>, StoreError> {
        self.list(
            "SELECT client_id, kind, document, version FROM client_document
             WHERE kind = $1 ORDER BY client_id",
            args![kind],
        )
        .await
    }
}

impl Tx {
    /// Keeps a client's document, made from its `version` (0 when there was none).
    pub async fn save_client_document(
        &mut self,
        scope: &ClientScope,
        document: &ClientDocument,
    ) -> Result<(), StoreError> {
        let ClientDocument { client: _, kind, document, version } = document.clone();
        let rows = if version == 0 {
            self.of(scope)
                .run(
                    "INSERT INTO client_document (client_id, kind, document, version)
                     VALUES ($1, $2, $3, 1) ON CONFLICT (client_id, kind) DO NOTHING",
                    args![scope.client(), kind, document],
                )
                .await?
        } else {
            self.of(scope)
                .run(
                    "UPDATE client_document SET document = $3, version = version + 1
                     WHERE client_id = $1 AND kind = $2 AND version = $4",
                    args![scope.client(), kind, document, version],
                )
                .await?
        };
        changed(rows, "the document")
    }

    /// Keeps documents of many clients, each made from its `version` (0 when there was none).
    pub async fn save_client_documents(
        &mut self,
        _: &ProviderScope,
        documents: &[ClientDocument],
    ) -> Result<(), StoreError> {
        let (new, known): (Vec<_>, Vec<_>) = documents.iter().partition(|one| one.version == 0);
        let new =
            new.into_iter().map(|one| args![one.client, one.kind, one.document.clone(), 1_u64]);
        let known = known
            .into_iter()
            .map(|one| args![one.client, one.kind, one.document.clone(), one.version]);
        save_all(
            self,
            "the document",
            (
                [
                    "INSERT INTO client_document (client_id, kind, document, version) VALUES",
                    "ON CONFLICT (client_id, kind) DO NOTHING",
                ],
                new.collect(),
            ),
            (
                [
                    "UPDATE client_document SET document = made.column3, version = version + 1
                     FROM (VALUES",
                    ") AS made WHERE client_id = made.column1 AND kind = made.column2
                     AND version = made.column4",
                ],
                known.collect(),
            ),
        )
        .await
    }
}
