//! Sound that a client's callers hear.

use std::time::Duration;

use domain::{ClientId, Language, PromptId};

use super::{ClientScope, ProviderScope, changed, record, words};
use crate::{StoreError, Tx, View, value::args};

words! {
    /// Where a prompt comes from.
    pub enum PromptKind {
        /// Somebody sent a file.
        Upload = "upload",
        /// Spoken by the server from words.
        Speech = "speech",
    }
}

record! {
    /// A prompt, without its sound.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct PromptRecord {
        /// The client.
        pub client: ClientId = "client_id",
        /// Its id.
        pub id: PromptId = "prompt_id",
        /// Its name, as call flows and settings use it; one for each language.
        pub name: String,
        /// Its language.
        pub language: Language,
        /// Where it comes from.
        pub kind: PromptKind,
        /// The words, of spoken ones.
        pub words: String,
        /// How long it plays.
        pub length: Duration = "length_us",
        /// Raised by each change.
        pub version: u64,
    }
}

record! {
    /// The sound of a prompt: G.711, 8,000 bytes a second in each law.
    #[derive(Clone, PartialEq, Eq)]
    pub struct PromptSound {
        /// Mu-law.
        pub mu: Vec<u8>,
        /// A-law.
        pub a: Vec<u8>,
    }
}

impl std::fmt::Debug for PromptSound {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "PromptSound({} bytes)", self.mu.len())
    }
}

impl View {
    /// A client's prompts, by name and language.
    pub async fn prompts(&mut self, scope: &ClientScope) -> Result<Vec<PromptRecord>, StoreError> {
        self.of(scope)
            .list(
                "SELECT client_id, prompt_id, name, language, kind, words, length_us, version
                 FROM prompt WHERE client_id = $1 ORDER BY name, language",
                args![scope.client()],
            )
            .await
    }

    /// The prompts of all clients, by client, name and language.
    pub async fn prompts_of_all_clients(
        &mut self,
        _: &ProviderScope,
    ) -> Result<Vec<PromptRecord>, StoreError> {
        self.list(
            "SELECT client_id, prompt_id, name, language, kind, words, length_us, version
             FROM prompt ORDER BY client_id, name, language",
            args![],
        )
        .await
    }

    /// One prompt.
    pub async fn prompt(
        &mut self,
        scope: &ClientScope,
        id: PromptId,
    ) -> Result<Option<PromptRecord>, StoreError> {
        self.of(scope)
            .find(
                "SELECT client_id, prompt_id, name, language, kind, words, length_us, version
                 FROM prompt WHERE client_id = $1 AND prompt_id = $2",
                args![scope.client(), id],
            )
            .await
    }

    /// Its sound.
    pub async fn prompt_sound(
        &mut self,
        scope: &ClientScope,
        id: PromptId,
    ) -> Result<Option<PromptSound>, StoreError> {
        self.of(scope)
            .find(
                "SELECT mu, a FROM prompt WHERE client_id = $1 AND prompt_id = $2",
                args![scope.client(), id],
            )
            .await
    }
}

impl Tx {
    /// Keeps a prompt with its sound, made from version `prompt.version` (0 for a new one). A name
    /// that the client has in this language already is a conflict.
    pub async fn save_prompt(
        &mut self,
        scope: &ClientScope,
        prompt: &PromptRecord,
        sound: &PromptSound,
    ) -> Result<(), StoreError> {
        let PromptRecord { id, name, language, kind, words, length, version, .. } = prompt.clone();
        let PromptSound { mu, a } = sound.clone();
        let rows =
            if version == 0 {
                self.of(scope).run(
                "INSERT INTO prompt (client_id, prompt_id, name, language, kind, words, mu, a,
                     length_us, version)
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 1)
                 ON CONFLICT (client_id, prompt_id) DO NOTHING",
                args![scope.client(), id, name, language, kind, words, mu, a, length],
            )
            .await?
            } else {
                self.of(scope).run(
                "UPDATE prompt SET name = $3, language = $4, kind = $5, words = $6, mu = $7,
                     a = $8, length_us = $9, version = version + 1
                 WHERE client_id = $1 AND prompt_id = $2 AND version = $10",
                args![scope.client(), id, name, language, kind, words, mu, a, length, version],
            )
            .await?
            };
        changed(rows, "the prompt")
    }

    /// Removes a prompt. Whether there was one. Whether a flow or the settings still name it is for
    /// the caller to look at first.
    pub async fn remove_prompt(
        &mut self,
        scope: &ClientScope,
        id: PromptId,
    ) -> Result<bool, StoreError> {
        let sql = "DELETE FROM prompt WHERE client_id = $1 AND prompt_id = $2";
        Ok(self.of(scope).run(sql, args![scope.client(), id]).await? > 0)
    }
}
