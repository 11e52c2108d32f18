//! API tokens: programs that act for one of the provider's people, with no more than they may.

use std::{collections::BTreeSet, time::Duration};

use api::{
    admin::tokens::{NewToken, NewTokenView, TokenScope, TokenView},
    role::Role,
};
use axum::{extract::State, http::StatusCode};
use domain::{ClientId, TokenId, UserId};
use store::records::{ApiToken, ClientScope, ProviderScope, User};
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use super::Faults;
use crate::{
    App,
    http::{
        access,
        audit::{Told, Trail},
        error::{ApiError, Result},
        extract::{Json, Path},
        session::Caller,
        token,
    },
    live::instant,
};

/// The longest that a token with an end is good for.
const DAYS_MAX: u32 = 730;

/// How much of a secret's end is kept in clear.
const HINT: usize = 4;

/// The endpoints.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list, create)).routes(routes!(revoke))
}

/// API tokens, newest first; those revoked or expired among them.
#[utoipa::path(get, path = "/api/v1/tokens", operation_id = "tokens_list", tag = "tokens", responses((status = 200, description = "Done", body = Vec<TokenView>)))]
pub async fn list(State(app): State<App>) -> Result<Json<Vec<TokenView>>> {
    let found = app.store.view().api_tokens(&ProviderScope::granted()).await?;
    found.iter().map(|(token, owner)| view(token, owner)).collect::<Result<_>>().map(Json)
}

/// Makes a token. Its secret is in the answer, and can never be shown again.
#[utoipa::path(post, path = "/api/v1/tokens", operation_id = "tokens_create", tag = "tokens", request_body = NewToken, responses((status = 201, description = "Done", body = NewTokenView)))]
pub async fn create(
    State(app): State<App>,
    caller: Caller,
    trail: Trail,
    Json(body): Json<NewToken>,
) -> Result<(StatusCode, Json<NewTokenView>)> {
    let mut faults = Faults::default();
    let name = faults.name("name", &body.name);
    let scopes: BTreeSet<TokenScope> = body.scopes.into_iter().collect();
    if scopes.is_empty() {
        faults.add(
            "scopes",
            "scopes_missing",
            "The token may do nothing.",
            "Choose one thing at least that it may do.",
        );
    }
    if let Some(days) = body.days {
        faults.range("days", days, 1, DAYS_MAX);
    }
    let owner = body.owner.map_or(caller.user, UserId::from_uuid);
    let owner = app.store.view().user(&ProviderScope::granted(), owner).await?;
    check_owner(owner.as_ref(), &scopes, &mut faults);
    let client = body.client.map(ClientId::from_uuid);
    if let Some(client) = client
        && app.store.view().client(&ClientScope::of(client)).await?.is_none()
    {
        faults.add("client", "unknown", "There is no such client.", "Choose one of the list.");
    }
    faults.none("API token")?;
    let owner = owner.ok_or_else(|| ApiError::not_found("user"))?;
    let (secret, created) = (token::secret(), trail.at());
    let made = ApiToken {
        id: TokenId::from_uuid(Uuid::now_v7()),
        name,
        token_hash: token::hash(&secret),
        hint: secret.chars().skip(secret.chars().count() - HINT).collect(),
        owner: owner.id,
        client,
        scopes: serde_json::to_value(&scopes).map_err(|error| ApiError::internal(&error))?,
        created,
        expires: body.days.map(|days| created + Duration::from_secs(u64::from(days) * 86_400)),
        used: None,
        revoked: None,
    };
    let shown = view(&made, &owner.name)?;
    let entry = of_client(trail.entry("token.created", "token", made.id.uuid()), &made);
    let entry = entry.changed(&(), &shown);
    app.store
        .tx(move |tx| {
            Box::pin(async move {
                tx.create_api_token(&ProviderScope::granted(), &made).await?;
                tx.audit(&entry).await
            })
        })
        .await?;
    Ok((StatusCode::CREATED, Json(NewTokenView { secret, token: shown })))
}

/// Revokes a token: from now on it is void.
#[utoipa::path(delete, path = "/api/v1/tokens/{token}", operation_id = "tokens_revoke", tag = "tokens", params(("token" = Uuid, Path)), responses((status = 204, description = "It is void")))]
pub async fn revoke(
    State(app): State<App>,
    trail: Trail,
    Path(token): Path<Uuid>,
) -> Result<StatusCode> {
    let all = app.store.view().api_tokens(&ProviderScope::granted()).await?;
    let found = all.into_iter().find(|(found, _)| found.id.uuid() == token);
    let (before, owner) = found.ok_or_else(|| ApiError::not_found("API token"))?;
    if before.revoked.is_some() {
        return Ok(StatusCode::NO_CONTENT);
    }
    let (id, at) = (before.id, trail.at());
    let after = ApiToken { revoked: Some(at), ..before.clone() };
    let entry = of_client(trail.entry("token.revoked", "token", token), &before);
    let entry = entry.changed(&view(&before, &owner)?, &view(&after, &owner)?);
    app.store
        .tx(move |tx| {
            Box::pin(async move {
                if tx.revoke_api_token(&ProviderScope::granted(), id, at).await? {
                    tx.audit(&entry).await?;
                }
                Ok(())
            })
        })
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// A token acts for one of the provider's people who may do what it shall.
fn check_owner(owner: Option<&User>, scopes: &BTreeSet<TokenScope>, faults: &mut Faults) {
    let Some(owner) = owner.filter(|owner| !owner.disabled) else {
        return faults.add(
            "owner",
            "unknown",
            "There is no such user, or they may not sign in.",
            "Choose one of the list.",
        );
    };
    let role = Role::from_name(&owner.role).filter(|role| !role.is_client());
    let Some(role) = role else {
        return faults.add(
            "owner",
            "owner_of_client",
            "A token acts for one of the provider's people.",
            "Choose a user who belongs to no client.",
        );
    };
    for scope in scopes.iter().filter(|scope| !access::token_may(role, **scope)) {
        faults.add(
            "scopes",
            "scope_beyond_owner",
            domain::words!("{} may not do this: {}.", owner.name, scope.name()),
            "Choose another owner, or less.",
        );
    }
}

/// An entry about a client's token is about the client as well.
fn of_client(entry: store::records::AuditEntry, token: &ApiToken) -> store::records::AuditEntry {
    match token.client {
        Some(client) => entry.of_client(client),
        None => entry,
    }
}

/// A token as shown; never with its secret or the hash of it.
fn view(token: &ApiToken, owner: &str) -> Result<TokenView> {
    Ok(TokenView {
        id: token.id.uuid(),
        name: token.name.clone(),
        hint: token.hint.clone(),
        owner: token.owner.uuid(),
        owner_name: owner.to_owned(),
        client: token.client.map(ClientId::uuid),
        scopes: token::scopes(token)?,
        created: instant(token.created),
        expires: token.expires.map(instant),
        used: token.used.map(instant),
        revoked: token.revoked.map(instant),
    })
}
