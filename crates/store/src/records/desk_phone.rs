//! Agents' desk phones.

use domain::AgentId;
use serde_json::Value;

use super::{ProviderScope, changed, record};
use crate::{StoreError, Tx, View, value::args};

record! {
    /// A desk phone of an agent.
    #[derive(Clone, PartialEq)]
    pub struct DeskPhone {
        /// Whose.
        pub agent: AgentId = "agent_id",
        /// What it registers with, or is called by; one phone has it.
        pub name: String,
        /// What it is.
        pub document: Value,
        /// H(name:realm:password) by MD5; none when it does not register.
        pub ha1_md5: Option<String>,
        /// The same by SHA-256.
        pub ha1_sha256: Option<String>,
        /// Raised by each change.
        pub version: u64,
    }
}

impl std::fmt::Debug for DeskPhone {
    /// Never what it proves itself with.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DeskPhone")
            .field("agent", &self.agent)
            .field("name", &self.name)
            .field("document", &self.document)
            .field("version", &self.version)
            .finish_non_exhaustive()
    }
}

impl View {
    /// All desk phones, by agent.
    pub async fn desk_phones(&mut self, _: &ProviderScope) -> Result<Vec<DeskPhone>, StoreError> {
        self.list(
            "SELECT agent_id, name, document, ha1_md5, ha1_sha256, version FROM desk_phone
             ORDER BY agent_id",
            args![],
        )
        .await
    }
}

impl Tx {
    /// Keeps a desk phone made from version `phone.version` (0 for a new one).
    ///
    /// # Errors
    /// [`StoreError::Stale`]; [`StoreError::Conflict`] when another phone has the name.
    pub async fn save_desk_phone(
        &mut self,
        _: &ProviderScope,
        phone: &DeskPhone,
    ) -> Result<(), StoreError> {
        let DeskPhone { agent, name, document, ha1_md5, ha1_sha256, version } = phone.clone();
        let rows = if version == 0 {
            self.run(
                "INSERT INTO desk_phone (agent_id, name, document, ha1_md5, ha1_sha256, version)
                 VALUES ($1, $2, $3, $4, $5, 1) ON CONFLICT (agent_id) DO NOTHING",
                args![agent, name, document, ha1_md5, ha1_sha256],
            )
            .await?
        } else {
            self.run(
                "UPDATE desk_phone SET name = $1, document = $2, ha1_md5 = $3, ha1_sha256 = $4,
                     version = version + 1
                 WHERE agent_id = $5 AND version = $6",
                args![name, document, ha1_md5, ha1_sha256, agent, version],
            )
            .await?
        };
        changed(rows, "the desk phone")
    }

    /// Removes an agent's desk phone. Whether there was one.
    pub async fn remove_desk_phone(
        &mut self,
        _: &ProviderScope,
        agent: AgentId,
    ) -> Result<bool, StoreError> {
        Ok(self.run("DELETE FROM desk_phone WHERE agent_id = $1", args![agent]).await? > 0)
    }
}
