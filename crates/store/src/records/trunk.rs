//! Carriers.

use domain::TrunkId;
use serde_json::Value;

use super::{ProviderScope, changed, record};
use crate::{StoreError, Tx, View, value::args};

record! {
    /// A trunk: a way in and out of a carrier's network.
    #[derive(Clone, PartialEq)]
    pub struct Trunk {
        /// Its id.
        pub id: TrunkId = "trunk_id",
        /// What it is.
        pub document: Value,
        /// What challenges are answered with.
        pub secret: Option<String>,
        /// Raised by each change.
        pub version: u64,
    }
}

impl std::fmt::Debug for Trunk {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Trunk")
            .field("id", &self.id)
            .field("document", &self.document)
            .field("version", &self.version)
            .finish_non_exhaustive()
    }
}

impl View {
    /// All trunks, by id.
    pub async fn trunks(&mut self, _: &ProviderScope) -> Result<Vec<Trunk>, StoreError> {
        self.list(
            "SELECT trunk_id, document, secret, version FROM trunk ORDER BY trunk_id",
            args![],
        )
        .await
    }
}

impl Tx {
    /// Keeps a trunk made from version `trunk.version` (0 for a new one). Without a secret the one
    /// before stays.
    pub async fn save_trunk(&mut self, _: &ProviderScope, trunk: &Trunk) -> Result<(), StoreError> {
        let Trunk { id, document, secret, version } = trunk.clone();
        let rows = if version == 0 {
            self.run(
                "INSERT INTO trunk (trunk_id, document, secret, version) VALUES ($1, $2, $3, 1)
                 ON CONFLICT (trunk_id) DO NOTHING",
                args![id, document, secret],
            )
            .await?
        } else {
            self.run(
                "UPDATE trunk SET document = $1, secret = COALESCE($2, secret),
                     version = version + 1
                 WHERE trunk_id = $3 AND version = $4",
                args![document, secret, id, version],
            )
            .await?
        };
        changed(rows, "the trunk")
    }

    /// Removes a trunk. Whether there was one. Its calls keep its id.
    pub async fn remove_trunk(
        &mut self,
        _: &ProviderScope,
        id: TrunkId,
    ) -> Result<bool, StoreError> {
        Ok(self.run("DELETE FROM trunk WHERE trunk_id = $1", args![id]).await? > 0)
    }
}
