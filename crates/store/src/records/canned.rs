//! Canned answers of a client.

use domain::{ClientId, Language};
use uuid::Uuid;

use super::{ClientScope, changed, record};
use crate::{StoreError, Tx, View, value::args};

record! {
    /// A canned answer.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct CannedAnswer {
        /// The client.
        pub client: ClientId = "client_id",
        /// Its id.
        pub id: Uuid = "answer_id",
        /// What an agent types after `/`; unique for the language.
        pub shortcut: String,
        /// Language.
        pub language: Language,
        /// The text.
        pub body: String,
        /// Raised by each change.
        pub version: u64,
    }
}

impl View {
    /// The canned answers of a client, by shortcut.
    pub async fn canned_answers(
        &mut self,
        scope: &ClientScope,
    ) -> Result<Vec<CannedAnswer>, StoreError> {
        self.of(scope)
            .list(
                "SELECT client_id, answer_id, shortcut, language, body, version
                 FROM canned_answer WHERE client_id = $1 ORDER BY shortcut, language",
                args![scope.client()],
            )
            .await
    }

    /// One canned answer.
    pub async fn canned_answer(
        &mut self,
        scope: &ClientScope,
        id: Uuid,
    ) -> Result<Option<CannedAnswer>, StoreError> {
        self.of(scope)
            .find(
                "SELECT client_id, answer_id, shortcut, language, body, version
                 FROM canned_answer WHERE client_id = $1 AND answer_id = $2",
                args![scope.client(), id],
            )
            .await
    }
}

impl Tx {
    /// Creates a canned answer, with version 1.
    pub async fn create_canned_answer(
        &mut self,
        scope: &ClientScope,
        answer: &CannedAnswer,
    ) -> Result<(), StoreError> {
        let CannedAnswer { id, shortcut, language, body, .. } = answer.clone();
        self.of(scope).run(
            "INSERT INTO canned_answer (client_id, answer_id, shortcut, language, body, version)
             VALUES ($1, $2, $3, $4, $5, 1)",
            args![scope.client(), id, shortcut, language, body],
        )
        .await
        .map(drop)
    }

    /// Changes a canned answer, from the version it was read with.
    pub async fn change_canned_answer(
        &mut self,
        scope: &ClientScope,
        answer: &CannedAnswer,
    ) -> Result<(), StoreError> {
        let CannedAnswer { id, shortcut, language, body, version, .. } = answer.clone();
        let rows = self
            .of(scope)
            .run(
                "UPDATE canned_answer SET shortcut = $2, language = $3, body = $4,
                     version = version + 1
                 WHERE client_id = $1 AND answer_id = $5 AND version = $6",
                args![scope.client(), shortcut, language, body, id, version],
            )
            .await?;
        changed(rows, "the canned answer")
    }

    /// Removes a canned answer, and says whether it was there.
    pub async fn remove_canned_answer(
        &mut self,
        scope: &ClientScope,
        id: Uuid,
    ) -> Result<bool, StoreError> {
        let rows = self
            .of(scope)
            .run(
                "DELETE FROM canned_answer WHERE client_id = $1 AND answer_id = $2",
                args![scope.client(), id],
            )
            .await?;
        Ok(rows > 0)
    }
}
