//! Links by which users choose a password: of each key, only its hash is kept.

use domain::{Timestamp, UserId};

use super::{ProviderScope, User};
use crate::{StoreError, Tx, View, value::args};

impl View {
    /// Whom a key is for, and until when, if it is good at `now`; asked before anybody is known.
    pub async fn invitation(
        &mut self,
        key_hash: [u8; 32],
        now: Timestamp,
    ) -> Result<Option<(User, Timestamp)>, StoreError> {
        let row = self
            .one(
                "SELECT user_id, expires_us FROM invitation WHERE key_hash = $1 AND expires_us > $2",
                args![key_hash, now],
            )
            .await?;
        let Some(row) = row else { return Ok(None) };
        let (id, expires) = (row.get("user_id")?, row.get("expires_us")?);
        let user = self.user(&ProviderScope::granted(), id).await?;
        Ok(user.map(|user| (user, expires)))
    }
}

impl Tx {
    /// Keeps a key of each user, good until `expires`, and drops what is over.
    pub async fn create_invitations(
        &mut self,
        _: &ProviderScope,
        keys: &[(UserId, [u8; 32])],
        now: Timestamp,
        expires: Timestamp,
    ) -> Result<(), StoreError> {
        self.run("DELETE FROM invitation WHERE expires_us <= $1", args![now]).await?;
        self.run_all(
            "INSERT INTO invitation (key_hash, user_id, created_us, expires_us) VALUES",
            "",
            keys.iter().map(|(user, key_hash)| args![*key_hash, *user, now, expires]).collect(),
        )
        .await
        .map(drop)
    }

    /// Uses a key, which voids all of the user's. Whether it was still good.
    pub async fn use_invitation(
        &mut self,
        scope: &ProviderScope,
        user: UserId,
        key_hash: [u8; 32],
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let rows = self
            .run(
                "DELETE FROM invitation WHERE key_hash = $1 AND user_id = $2 AND expires_us > $3",
                args![key_hash, user, now],
            )
            .await?;
        if rows > 0 {
            self.void_invitations(scope, user).await?;
        }
        Ok(rows > 0)
    }

    /// Makes all keys of a user void.
    pub async fn void_invitations(
        &mut self,
        _: &ProviderScope,
        user: UserId,
    ) -> Result<(), StoreError> {
        self.run("DELETE FROM invitation WHERE user_id = $1", args![user]).await.map(drop)
    }
}
