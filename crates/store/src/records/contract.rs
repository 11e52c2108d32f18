//! Contracts: published versions, which never change, and one draft per client.

use domain::{ClientId, Timestamp, UserId, contract::Contract};
use serde_json::Value;

use super::{ClientScope, ProviderScope, changed, record};
use crate::{
    StoreError, Tx, View,
    value::{args, json},
};

record! {
    /// A published version of a contract.
    #[derive(Clone, Debug, PartialEq)]
    pub struct ContractVersion {
        /// The client.
        pub client: ClientId = "client_id",
        /// Counts from 1.
        pub version: u32,
        /// From when it holds.
        pub valid_from: Timestamp = "valid_from_us",
        /// What is agreed.
        pub document: Contract = json,
        /// Who published it.
        pub author: Option<UserId> = "author_id",
        /// Their name then.
        pub author_name: String,
        /// What they said about it.
        pub note: String,
        /// When.
        pub published: Timestamp = "published_us",
    }
}

record! {
    /// The work in progress on a contract; it may have faults, so it is kept as it came.
    #[derive(Clone, Debug, PartialEq)]
    pub struct ContractDraft {
        /// The client.
        pub client: ClientId = "client_id",
        /// The published version it started from.
        pub based_on: Option<u32>,
        /// The terms so far.
        pub document: Value,
        /// Who changed it last.
        pub author_name: String,
        /// When.
        pub changed: Timestamp = "changed_us",
        /// Raised by each change; 0 for one that was never saved.
        pub version: u64,
    }
}

impl View {
    /// All versions of a client's contract, newest first.
    pub async fn contract_versions(
        &mut self,
        scope: &ClientScope,
    ) -> Result<Vec<ContractVersion>, StoreError> {
        self.of(scope)
            .list(
                "SELECT client_id, version, valid_from_us, document, author_id, author_name, note,
                        published_us
                 FROM contract WHERE client_id = $1 ORDER BY version DESC",
                args![scope.client()],
            )
            .await
    }

    /// One version of a client's contract.
    pub async fn contract_version(
        &mut self,
        scope: &ClientScope,
        version: u32,
    ) -> Result<Option<ContractVersion>, StoreError> {
        self.of(scope)
            .find(
                "SELECT client_id, version, valid_from_us, document, author_id, author_name, note,
                        published_us
                 FROM contract WHERE client_id = $1 AND version = $2",
                args![scope.client(), version],
            )
            .await
    }

    /// The version in force at `at`: the newest of those that hold by then.
    pub async fn contract_in_force(
        &mut self,
        scope: &ClientScope,
        at: Timestamp,
    ) -> Result<Option<ContractVersion>, StoreError> {
        self.of(scope)
            .find(
                "SELECT client_id, version, valid_from_us, document, author_id, author_name, note,
                        published_us
                 FROM contract WHERE client_id = $1 AND valid_from_us <= $2
                 ORDER BY valid_from_us DESC, version DESC LIMIT 1",
                args![scope.client(), at],
            )
            .await
    }

    /// The versions in force at `at` of all clients, by client.
    pub async fn contracts_in_force(
        &mut self,
        _: &ProviderScope,
        at: Timestamp,
    ) -> Result<Vec<ContractVersion>, StoreError> {
        let held: Vec<ContractVersion> = self
            .list(
                "SELECT client_id, version, valid_from_us, document, author_id, author_name, note,
                        published_us
                 FROM contract c
                 WHERE valid_from_us <= $1 AND NOT EXISTS (
                     SELECT 1 FROM contract later
                     WHERE later.client_id = c.client_id AND later.valid_from_us <= $1
                       AND (later.valid_from_us, later.version) > (c.valid_from_us, c.version))
                 ORDER BY client_id",
                args![at],
            )
            .await?;
        Ok(held)
    }

    /// The next instant after `at` at which another version of some client's contract begins.
    pub async fn next_contract_change(
        &mut self,
        _: &ProviderScope,
        at: Timestamp,
    ) -> Result<Option<Timestamp>, StoreError> {
        let row = self
            .one(
                "SELECT MIN(valid_from_us) AS next_us FROM contract WHERE valid_from_us > $1",
                args![at],
            )
            .await?;
        row.map_or(Ok(None), |row| row.get("next_us"))
    }

    /// The draft of a client's contract.
    pub async fn contract_draft(
        &mut self,
        scope: &ClientScope,
    ) -> Result<Option<ContractDraft>, StoreError> {
        self.of(scope)
            .find(
                "SELECT client_id, based_on, document, author_name, changed_us, version
                 FROM contract_draft WHERE client_id = $1",
                args![scope.client()],
            )
            .await
    }
}

impl Tx {
    /// Publishes the next version: `document.version` must follow the newest one. Refused as stale
    /// when somebody else published meanwhile. The draft, if any, is done with.
    pub async fn publish_contract(
        &mut self,
        scope: &ClientScope,
        contract: &ContractVersion,
    ) -> Result<(), StoreError> {
        let ContractVersion { version, valid_from, author, published, .. } = *contract;
        let rows = self
            .of(scope)
            .run(
                "INSERT INTO contract (client_id, version, valid_from_us, document, author_id,
                     author_name, note, published_us)
                 SELECT $1, $2, $3, $4, $5, $6, $7, $8
                 FROM (SELECT COALESCE(MAX(version), 0) AS newest FROM contract
                       WHERE client_id = $1) AS so_far
                 WHERE so_far.newest = $2 - 1
                 ON CONFLICT (client_id, version) DO NOTHING",
                args![
                    scope.client(),
                    version,
                    valid_from,
                    json(&contract.document)?,
                    author,
                    contract.author_name.as_str(),
                    contract.note.as_str(),
                    published
                ],
            )
            .await?;
        changed(rows, "the contract")?;
        self.of(scope)
            .run("DELETE FROM contract_draft WHERE client_id = $1", args![scope.client()])
            .await
            .map(drop)
    }

    /// Saves the draft, from the version it was read with (0 for the first).
    pub async fn save_contract_draft(
        &mut self,
        scope: &ClientScope,
        draft: &ContractDraft,
    ) -> Result<(), StoreError> {
        let ContractDraft { based_on, document, author_name, changed: at, version, .. } =
            draft.clone();
        let rows = if version == 0 {
            self.of(scope)
                .run(
                    "INSERT INTO contract_draft (client_id, based_on, document, author_name,
                         changed_us, version)
                     VALUES ($1, $2, $3, $4, $5, 1) ON CONFLICT (client_id) DO NOTHING",
                    args![scope.client(), based_on, document, author_name, at],
                )
                .await?
        } else {
            self.of(scope)
                .run(
                    "UPDATE contract_draft SET based_on = $2, document = $3, author_name = $4,
                         changed_us = $5, version = version + 1
                     WHERE client_id = $1 AND version = $6",
                    args![scope.client(), based_on, document, author_name, at, version],
                )
                .await?
        };
        changed(rows, "the draft of the contract")
    }

    /// Throws the draft away.
    pub async fn drop_contract_draft(&mut self, scope: &ClientScope) -> Result<(), StoreError> {
        self.of(scope)
            .run("DELETE FROM contract_draft WHERE client_id = $1", args![scope.client()])
            .await
            .map(drop)
    }
}
