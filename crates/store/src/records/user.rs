//! Users: who signs in.

use std::slice::from_ref;

use domain::{AgentId, ClientId, Language, UserId};

use super::{ClientScope, PAGE_MAX, ProviderScope, changed, page, record};
use crate::{StoreError, Tx, View, value::args};

record! {
    /// A user.
    #[derive(Clone, PartialEq, Eq)]
    pub struct User {
        /// Its id.
        pub id: UserId = "user_id",
        /// Name to sign in with, in lower case; unique.
        pub login: String,
        /// Name on screens.
        pub name: String,
        /// Argon2id in PHC form.
        pub password_hash: String,
        /// What they may do: the server's word for it.
        pub role: String,
        /// The company of a client's person.
        pub client: Option<ClientId> = "client_id",
        /// The agent on the floor; no two users are one agent.
        pub agent: Option<AgentId> = "agent_id",
        /// Language of the screens.
        pub language: Language,
        /// May not sign in.
        pub disabled: bool,
        /// Raised by each change.
        pub version: u64,
    }
}

impl std::fmt::Debug for User {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "User({}, {})", self.id, self.role)
    }
}

fn login(text: &str) -> String {
    text.trim().to_lowercase()
}

impl View {
    /// The user with this login, whatever its case; asked before anybody is known.
    pub async fn user_by_login(&mut self, name: &str) -> Result<Option<User>, StoreError> {
        self.find(
            "SELECT user_id, login, name, password_hash, role, client_id, agent_id, language,
                    disabled, version
             FROM app_user WHERE login = $1",
            args![login(name)],
        )
        .await
    }

    /// One user.
    pub async fn user(
        &mut self,
        _: &ProviderScope,
        id: UserId,
    ) -> Result<Option<User>, StoreError> {
        self.find(
            "SELECT user_id, login, name, password_hash, role, client_id, agent_id, language,
                    disabled, version
             FROM app_user WHERE user_id = $1",
            args![id],
        )
        .await
    }

    /// The people of a client, by login; 500 at most.
    pub async fn users_of(&mut self, scope: &ClientScope) -> Result<Vec<User>, StoreError> {
        self.of(scope)
            .list(
                "SELECT user_id, login, name, password_hash, role, client_id, agent_id, language,
                        disabled, version
                 FROM app_user WHERE client_id = $1 ORDER BY login LIMIT $2",
                args![scope.client(), PAGE_MAX],
            )
            .await
    }

    /// One of the people of a client.
    pub async fn user_of(
        &mut self,
        scope: &ClientScope,
        id: UserId,
    ) -> Result<Option<User>, StoreError> {
        self.of(scope)
            .find(
                "SELECT user_id, login, name, password_hash, role, client_id, agent_id, language,
                        disabled, version
                 FROM app_user WHERE client_id = $1 AND user_id = $2",
                args![scope.client(), id],
            )
            .await
    }

    /// Users by login, after the one called `after`.
    pub async fn users(
        &mut self,
        _: &ProviderScope,
        after: Option<&str>,
        limit: u32,
    ) -> Result<Vec<User>, StoreError> {
        self.list(
            "SELECT user_id, login, name, password_hash, role, client_id, agent_id, language,
                    disabled, version
             FROM app_user WHERE login > $1 ORDER BY login LIMIT $2",
            args![login(after.unwrap_or_default()), page(limit)],
        )
        .await
    }
}

impl Tx {
    /// Creates a user, with version 1.
    pub async fn create_user(
        &mut self,
        scope: &ProviderScope,
        user: &User,
    ) -> Result<(), StoreError> {
        self.create_users(scope, from_ref(user)).await
    }

    /// Creates users, with version 1.
    pub async fn create_users(
        &mut self,
        _: &ProviderScope,
        users: &[User],
    ) -> Result<(), StoreError> {
        let row = |user: &User| {
            let User { id, name, password_hash, role, client, agent, language, disabled, .. } =
                user.clone();
            let login = login(&user.login);
            args![id, login, name, password_hash, role, client, agent, language, disabled, 1_u64]
        };
        self.run_all(
            "INSERT INTO app_user (user_id, login, name, password_hash, role, client_id, agent_id,
                 language, disabled, version) VALUES",
            "",
            users.iter().map(row).collect(),
        )
        .await
        .map(drop)
    }

    /// Changes a user, from the version it was read with; the password stays.
    pub async fn change_user(&mut self, _: &ProviderScope, user: &User) -> Result<(), StoreError> {
        let User { id, name, role, client, agent, language, disabled, version, .. } = user.clone();
        let rows = self
            .run(
                "UPDATE app_user SET login = $1, name = $2, role = $3, client_id = $4,
                     agent_id = $5, language = $6, disabled = $7, version = version + 1
                 WHERE user_id = $8 AND version = $9",
                args![
                    login(&user.login),
                    name,
                    role,
                    client,
                    agent,
                    language,
                    disabled,
                    id,
                    version
                ],
            )
            .await?;
        changed(rows, "the user")
    }

    /// Sets a user's password.
    pub async fn set_password(
        &mut self,
        _: &ProviderScope,
        id: UserId,
        password_hash: &str,
    ) -> Result<(), StoreError> {
        let rows = self
            .run(
                "UPDATE app_user SET password_hash = $1, version = version + 1 WHERE user_id = $2",
                args![password_hash, id],
            )
            .await?;
        changed(rows, "the user")
    }

    /// Sets the language of a user's own screens.
    pub async fn set_language(
        &mut self,
        _: &ProviderScope,
        id: UserId,
        language: Language,
    ) -> Result<(), StoreError> {
        let rows = self
            .run(
                "UPDATE app_user SET language = $1, version = version + 1 WHERE user_id = $2",
                args![language, id],
            )
            .await?;
        changed(rows, "the user")
    }
}
