//! How a client's calls are treated, beside the contract.

use domain::ClientId;
use serde_json::Value;

use super::{ClientScope, ProviderScope, changed, record};
use crate::{StoreError, Tx, View, value::args};

record! {
    /// A client's settings for calls, as a document.
    #[derive(Clone, Debug, PartialEq)]
    pub struct VoiceSettingsRecord {
        /// The client.
        pub client: ClientId = "client_id",
        /// What they say.
        pub document: Value,
        /// Raised by each change; 0 for settings that were never set.
        pub version: u64,
    }
}

impl View {
    /// The settings of all clients that have any, by client.
    pub async fn all_voice_settings(
        &mut self,
        _: &ProviderScope,
    ) -> Result<Vec<VoiceSettingsRecord>, StoreError> {
        self.list(
            "SELECT client_id, document, version FROM voice_settings ORDER BY client_id",
            args![],
        )
        .await
    }

    /// A client's settings; `None` when they were never set.
    pub async fn voice_settings(
        &mut self,
        scope: &ClientScope,
    ) -> Result<Option<VoiceSettingsRecord>, StoreError> {
        self.of(scope)
            .find(
                "SELECT client_id, document, version FROM voice_settings WHERE client_id = $1",
                args![scope.client()],
            )
            .await
    }
}

impl Tx {
    /// Sets a client's settings, made from `version` (0 when there were none).
    pub async fn save_voice_settings(
        &mut self,
        scope: &ClientScope,
        document: &Value,
        version: u64,
    ) -> Result<(), StoreError> {
        let rows = if version == 0 {
            self.of(scope)
                .run(
                    "INSERT INTO voice_settings (client_id, document, version) VALUES ($1, $2, 1)
                     ON CONFLICT (client_id) DO NOTHING",
                    args![scope.client(), document.clone()],
                )
                .await?
        } else {
            self.of(scope)
                .run(
                    "UPDATE voice_settings SET document = $2, version = version + 1
                     WHERE client_id = $1 AND version = $3",
                    args![scope.client(), document.clone(), version],
                )
                .await?
        };
        changed(rows, "the settings")
    }
}
