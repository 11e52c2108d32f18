//! API tokens: programs that act for one of the provider's people. The secret itself is never kept, only
//! its hash.

use domain::{ClientId, Timestamp, TokenId, UserId};
use serde_json::Value;

use super::{PAGE_MAX, ProviderScope, User, record};
use crate::{StoreError, Tx, View, db::FromRow, value::args};

record! {
    /// A token.
    #[derive(Clone, PartialEq)]
    pub struct ApiToken {
        /// Its id.
        pub id: TokenId = "token_id",
        /// What it is for, in its maker's words.
        pub name: String,
        /// BLAKE3 of the secret.
        pub token_hash: [u8; 32],
        /// The end of the secret, by which people tell tokens apart.
        pub hint: String,
        /// Whom it acts for.
        pub owner: UserId = "owner_id",
        /// The only client that it sees; `None` for one that sees all that its owner does.
        pub client: Option<ClientId> = "client_id",
        /// What it may do: a list of the server's words for it.
        pub scopes: Value,
        /// When it was made.
        pub created: Timestamp = "created_us",
        /// From when on it is void; `None` for never.
        pub expires: Option<Timestamp> = "expires_us",
        /// When it was last used, to a few minutes.
        pub used: Option<Timestamp> = "used_us",
        /// When it was revoked.
        pub revoked: Option<Timestamp> = "revoked_us",
    }
}

impl std::fmt::Debug for ApiToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ApiToken({} of {})", self.id, self.owner)
    }
}

impl View {
    /// The token with this secret, whatever became of it, with whom it acts for.
    pub async fn api_token(
        &mut self,
        token_hash: [u8; 32],
    ) -> Result<Option<(ApiToken, User)>, StoreError> {
        let found: Option<ApiToken> = self
            .find(
                "SELECT token_id, name, token_hash, hint, owner_id, client_id, scopes, created_us,
                        expires_us, used_us, revoked_us
                 FROM api_token WHERE token_hash = $1",
                args![token_hash],
            )
            .await?;
        let Some(token) = found else { return Ok(None) };
        let owner = self.user(&ProviderScope::granted(), token.owner).await?;
        Ok(owner.map(|owner| (token, owner)))
    }

    /// All tokens with the names of whom they act for, newest first; 500 at most.
    pub async fn api_tokens(
        &mut self,
        _: &ProviderScope,
    ) -> Result<Vec<(ApiToken, String)>, StoreError> {
        let rows = self
            .all(
                "SELECT t.token_id, t.name, t.token_hash, t.hint, t.owner_id, t.client_id, t.scopes,
                        t.created_us, t.expires_us, t.used_us, t.revoked_us, u.name AS owner_name
                 FROM api_token t JOIN app_user u ON u.user_id = t.owner_id
                 ORDER BY t.created_us DESC, t.token_id DESC LIMIT $1",
                args![PAGE_MAX],
            )
            .await?;
        rows.iter().map(|row| Ok((ApiToken::from_row(row)?, row.get("owner_name")?))).collect()
    }
}

impl Tx {
    /// Keeps a new token.
    pub async fn create_api_token(
        &mut self,
        _: &ProviderScope,
        token: &ApiToken,
    ) -> Result<(), StoreError> {
        let ApiToken {
            id, name, token_hash, hint, owner, client, scopes, created, expires, ..
        } = token.clone();
        self.run(
            "INSERT INTO api_token (token_id, name, token_hash, hint, owner_id, client_id, scopes,
                 created_us, expires_us)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
            args![id, name, token_hash, hint, owner, client, scopes, created, expires],
        )
        .await
        .map(drop)
    }

    /// Notes that a token was used.
    pub async fn use_api_token(
        &mut self,
        _: &ProviderScope,
        id: TokenId,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        self.run("UPDATE api_token SET used_us = $1 WHERE token_id = $2", args![at, id])
            .await
            .map(drop)
    }

    /// Revokes a token for good. Whether there was one that was not revoked.
    pub async fn revoke_api_token(
        &mut self,
        _: &ProviderScope,
        id: TokenId,
        at: Timestamp,
    ) -> Result<bool, StoreError> {
        let sql = "UPDATE api_token SET revoked_us = $1 WHERE token_id = $2 AND revoked_us IS NULL";
        Ok(self.run(sql, args![at, id]).await? > 0)
    }
}
