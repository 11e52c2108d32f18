//! Settings of the provider: a few documents by key.

use serde_json::Value;

use super::{ProviderScope, changed, record};
use crate::{StoreError, Tx, View, value::args};

record! {
    /// A setting.
    #[derive(Clone, Debug, PartialEq)]
    pub struct Setting {
        /// Its name, such as `provider`.
        pub key: String,
        /// What it says.
        pub value: Value,
        /// Raised by each change; 0 for one that was never set.
        pub version: u64,
    }
}

impl View {
    /// A setting; `None` when it was never set.
    pub async fn setting(
        &mut self,
        _: &ProviderScope,
        key: &str,
    ) -> Result<Option<Setting>, StoreError> {
        self.find("SELECT key, value, version FROM setting WHERE key = $1", args![key]).await
    }

    /// Whether nobody can sign in yet: the first run has not been finished.
    pub async fn is_first_run(&mut self) -> Result<bool, StoreError> {
        Ok(self.one("SELECT user_id FROM app_user LIMIT 1", args![]).await?.is_none())
    }
}

impl Tx {
    /// Sets a setting, made from version `setting.version` (0 for a new one).
    pub async fn save_setting(
        &mut self,
        _: &ProviderScope,
        setting: &Setting,
    ) -> Result<(), StoreError> {
        let Setting { key, value, version } = setting.clone();
        if version == 0 {
            let made = self
                .run(
                    "INSERT INTO setting (key, value, version) VALUES ($1, $2, 1)
                     ON CONFLICT (key) DO NOTHING",
                    args![key, value],
                )
                .await?;
            return changed(made, "the setting");
        }
        let rows = self
            .run(
                "UPDATE setting SET value = $1, version = version + 1
                 WHERE key = $2 AND version = $3",
                args![value, key, version],
            )
            .await?;
        changed(rows, "the setting")
    }
}
