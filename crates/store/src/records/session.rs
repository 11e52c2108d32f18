//! Sessions of signed-in browsers. The token itself is never kept, only its hash.

use domain::{SessionId, Timestamp, UserId};

use super::{ProviderScope, User, record};
use crate::{StoreError, Tx, View, db::FromRow, value::args};

record! {
    /// A session.
    #[derive(Clone, PartialEq, Eq)]
    pub struct Session {
        /// Its id.
        pub id: SessionId = "session_id",
        /// BLAKE3 of the token in the cookie.
        pub token_hash: [u8; 32],
        /// To be said with every request that changes something.
        pub csrf: String,
        /// Whose it is.
        pub user: UserId = "user_id",
        /// When it began.
        pub created: Timestamp = "created_us",
        /// When it ends unless used before.
        pub expires: Timestamp = "expires_us",
    }
}

impl std::fmt::Debug for Session {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Session({} of {})", self.id, self.user)
    }
}

impl View {
    /// The session with this token that has not expired, with its user, unless disabled.
    pub async fn session(
        &mut self,
        token_hash: [u8; 32],
        now: Timestamp,
    ) -> Result<Option<(Session, User)>, StoreError> {
        let row = self
            .one(
                "SELECT s.session_id, s.token_hash, s.csrf, s.user_id, s.created_us, s.expires_us,
                        u.login, u.name, u.password_hash, u.role, u.client_id, u.agent_id,
                        u.language, u.disabled, u.version
                 FROM session s JOIN app_user u ON u.user_id = s.user_id
                 WHERE s.token_hash = $1 AND s.expires_us > $2 AND u.disabled = FALSE",
                args![token_hash, now],
            )
            .await?;
        row.map(|row| Ok((Session::from_row(&row)?, User::from_row(&row)?))).transpose()
    }
}

impl Tx {
    /// Begins a session.
    pub async fn create_session(
        &mut self,
        _: &ProviderScope,
        session: &Session,
    ) -> Result<(), StoreError> {
        let Session { id, token_hash, csrf, user, created, expires } = session.clone();
        self.run(
            "INSERT INTO session (session_id, token_hash, csrf, user_id, created_us, expires_us)
             VALUES ($1, $2, $3, $4, $5, $6)",
            args![id, token_hash, csrf, user, created, expires],
        )
        .await
        .map(drop)
    }

    /// Moves the end of a session; nothing happens to one that has ended.
    pub async fn extend_session(
        &mut self,
        _: &ProviderScope,
        id: SessionId,
        expires: Timestamp,
    ) -> Result<(), StoreError> {
        self.run("UPDATE session SET expires_us = $1 WHERE session_id = $2", args![expires, id])
            .await
            .map(drop)
    }

    /// Ends a session.
    pub async fn end_session(
        &mut self,
        _: &ProviderScope,
        id: SessionId,
    ) -> Result<(), StoreError> {
        self.run("DELETE FROM session WHERE session_id = $1", args![id]).await.map(drop)
    }

    /// Ends the sessions of a user, but for the one named, and says how many.
    pub async fn end_sessions_of(
        &mut self,
        _: &ProviderScope,
        user: UserId,
        but: Option<SessionId>,
    ) -> Result<u64, StoreError> {
        self.run(
            "DELETE FROM session WHERE user_id = $1 AND ($2 IS NULL OR session_id <> $2)",
            args![user, but],
        )
        .await
    }

    /// Drops the sessions that have expired, and says how many.
    pub async fn drop_expired_sessions(
        &mut self,
        _: &ProviderScope,
        now: Timestamp,
    ) -> Result<u64, StoreError> {
        self.run("DELETE FROM session WHERE expires_us <= $1", args![now]).await
    }
}
