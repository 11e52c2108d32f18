//! Programs at the door: `Authorization: Bearer` with the secret of an API token.
//!
//! A token acts for its owner and may do what its scopes name, in so far as the owner may. It needs no
//! second token against other sites' pages: a browser sends no such header by itself.

use std::time::Duration;

use api::{admin::tokens::TokenScope, error::ErrorCode, role::Role};
use axum::http::{HeaderMap, header};
use store::records::{ApiToken, ProviderScope};

use super::{
    error::{ApiError, Result},
    session::{self, Caller},
};
use crate::App;

/// What every secret begins with, so that people and programs that look for lost secrets know it.
const PREFIX: &str = "pmt_";

/// The use of a token is written down at most this often, so that reading costs no writing.
const USED_EVERY: Duration = Duration::from_secs(300);

/// A new secret.
pub fn secret() -> String {
    format!("{PREFIX}{}", crate::app::secret())
}

/// What is kept of a secret.
pub fn hash(secret: &str) -> [u8; 32] {
    session::hash(secret)
}

/// The secret that a request brings. Another way to prove oneself, such as a proxy's own, is not ours.
pub fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, secret) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| secret.trim())
}

/// Whom the secret's token acts for, and what it may do.
pub async fn caller(app: &App, secret: &str) -> Result<(Caller, Vec<TokenScope>)> {
    let found = app.store.view().api_token(hash(secret)).await?;
    let (token, owner) = found.ok_or_else(|| {
        void(
            "There is no API token with this secret.",
            "Send the whole secret as it was shown, or have a new token made.",
        )
        .because("token_unknown")
    })?;
    let now = app.clock.now();
    let anew = "Ask an administrator for a new one.";
    if token.revoked.is_some() {
        return Err(void("This API token was revoked.", anew).because("token_revoked"));
    }
    if token.expires.is_some_and(|expires| expires <= now) {
        return Err(void("This API token has expired.", anew).because("token_expired"));
    }
    let role = Role::from_name(&owner.role).filter(|role| !role.is_client() && !owner.disabled);
    let role = role.ok_or_else(|| {
        void(
            "Whom this API token acts for may not sign in.",
            "Ask an administrator for a token with another owner.",
        )
        .because("token_owner")
    })?;
    if token.used.is_none_or(|used| now.since(used) >= USED_EVERY) {
        let id = token.id;
        app.store
            .tx(move |tx| {
                Box::pin(async move { tx.use_api_token(&ProviderScope::granted(), id, now).await })
            })
            .await?;
    }
    let scopes = scopes(&token)?;
    let caller = Caller {
        user: owner.id,
        session: None,
        since: token.created,
        name: format!("{} ({})", owner.name, token.name),
        role,
        client: token.client,
        agent: None,
    };
    Ok((caller, scopes))
}

/// 401: the token is void.
fn void(message: &str, next: &str) -> ApiError {
    ApiError::new(ErrorCode::SignInNeeded, message, next)
}

/// What a token may do.
pub fn scopes(token: &ApiToken) -> Result<Vec<TokenScope>> {
    serde_json::from_value(token.scopes.clone())
        .map_err(|error| ApiError::internal(&format!("token {}: {error}", token.id)))
}
