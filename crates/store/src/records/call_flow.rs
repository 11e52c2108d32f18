//! Call flows: the latest text of each, and the versions that were published.

use domain::{ClientId, Timestamp};

use super::{ClientScope, ProviderScope, changed, record};
use crate::{StoreError, Tx, View, value::args};

record! {
    /// A call flow as it is edited.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct CallFlow {
        /// The client.
        pub client: ClientId = "client_id",
        /// Its name.
        pub name: String,
        /// The latest text, published or not.
        pub text: String = "body",
        /// When it was changed last.
        pub changed: Timestamp = "changed_us",
        /// The version that calls follow; `None` while there is only a draft.
        pub published: Option<u32>,
        /// Raised by each change.
        pub version: u64,
    }
}

record! {
    /// A version of a call flow that was published. It never changes.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct CallFlowVersion {
        /// The client.
        pub client: ClientId = "client_id",
        /// Name of the flow.
        pub name: String,
        /// Counts from 1 for each flow.
        pub number: u32,
        /// The text.
        pub text: String = "body",
        /// Who published it.
        pub author_name: String,
        /// When.
        pub published: Timestamp = "published_us",
    }
}

impl View {
    /// A client's call flows, by name.
    pub async fn call_flows(&mut self, scope: &ClientScope) -> Result<Vec<CallFlow>, StoreError> {
        self.of(scope)
            .list(
                "SELECT client_id, name, body, changed_us, published, version
                 FROM call_flow WHERE client_id = $1 ORDER BY name",
                args![scope.client()],
            )
            .await
    }

    /// One call flow.
    pub async fn call_flow(
        &mut self,
        scope: &ClientScope,
        name: &str,
    ) -> Result<Option<CallFlow>, StoreError> {
        self.of(scope)
            .find(
                "SELECT client_id, name, body, changed_us, published, version
                 FROM call_flow WHERE client_id = $1 AND name = $2",
                args![scope.client(), name],
            )
            .await
    }

    /// What was published of a flow, newest first.
    pub async fn call_flow_versions(
        &mut self,
        scope: &ClientScope,
        name: &str,
    ) -> Result<Vec<CallFlowVersion>, StoreError> {
        self.of(scope)
            .list(
                "SELECT client_id, name, number, body, author_name, published_us
                 FROM call_flow_version WHERE client_id = $1 AND name = $2 ORDER BY number DESC",
                args![scope.client(), name],
            )
            .await
    }

    /// The flows that calls follow now, of all clients, by client and name.
    pub async fn published_call_flows(
        &mut self,
        _: &ProviderScope,
    ) -> Result<Vec<CallFlowVersion>, StoreError> {
        self.list(
            "SELECT v.client_id, v.name, v.number, v.body, v.author_name, v.published_us
             FROM call_flow_version v JOIN call_flow f
               ON f.client_id = v.client_id AND f.name = v.name AND f.published = v.number
             ORDER BY v.client_id, v.name",
            args![],
        )
        .await
    }
}

impl Tx {
    /// Keeps the text of a flow, made from `version` (0 for a new one). Calls follow the version
    /// published before until [`Tx::publish_call_flow`].
    pub async fn save_call_flow(
        &mut self,
        scope: &ClientScope,
        name: &str,
        text: &str,
        version: u64,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        let rows = if version == 0 {
            self.of(scope)
                .run(
                    "INSERT INTO call_flow (client_id, name, body, changed_us, version)
                     VALUES ($1, $2, $3, $4, 1) ON CONFLICT (client_id, name) DO NOTHING",
                    args![scope.client(), name, text, at],
                )
                .await?
        } else {
            self.of(scope)
                .run(
                    "UPDATE call_flow SET body = $3, changed_us = $4, version = version + 1
                     WHERE client_id = $1 AND name = $2 AND version = $5",
                    args![scope.client(), name, text, at, version],
                )
                .await?
        };
        changed(rows, "the call flow")
    }

    /// Publishes the latest text of a flow as it stands at `version`, and says which number it has
    /// from now on. The version of the flow is raised.
    pub async fn publish_call_flow(
        &mut self,
        scope: &ClientScope,
        name: &str,
        version: u64,
        author_name: &str,
        at: Timestamp,
    ) -> Result<u32, StoreError> {
        let rows = self
            .of(scope)
            .run(
                "UPDATE call_flow SET published = COALESCE(published, 0) + 1, version = version + 1
                 WHERE client_id = $1 AND name = $2 AND version = $3",
                args![scope.client(), name, version],
            )
            .await?;
        changed(rows, "the call flow")?;
        self.of(scope)
            .run(
                "INSERT INTO call_flow_version (client_id, name, number, body, author_name,
                     published_us)
                 SELECT $1, name, published, body, $3, $4 FROM call_flow
                 WHERE client_id = $1 AND name = $2",
                args![scope.client(), name, author_name, at],
            )
            .await?;
        let row = self
            .of(scope)
            .one(
                "SELECT published FROM call_flow WHERE client_id = $1 AND name = $2",
                args![scope.client(), name],
            )
            .await?;
        row.map_or(Err(StoreError::Stale { what: "the call flow" }), |row| row.get("published"))
    }

    /// Removes a flow that was never published. Whether there was one; what calls have followed
    /// stays.
    pub async fn remove_call_flow(
        &mut self,
        scope: &ClientScope,
        name: &str,
    ) -> Result<bool, StoreError> {
        let sql = "DELETE FROM call_flow WHERE client_id = $1 AND name = $2 AND published IS NULL";
        Ok(self.of(scope).run(sql, args![scope.client(), name]).await? > 0)
    }
}
