//! Scheduled reports: made and mailed by themselves, each day, week or month. The provider's people set up any; a
//! client's manager sets up the client's own, which see what the client's people see.
//!
//! Each turn is taken in one transaction: its mails are queued and the next turn is written, both or neither, so that
//! a period is mailed once however often the server stops meanwhile ([`keep`]). The file is the one that can be
//! downloaded ([`plan::Plan::file`]), and is made again when its mail leaves, as every letter is.

mod letter;
mod plan;
mod run;
mod view;
mod words;

pub(crate) use letter::letter;
pub use run::keep;

use api::mailings::{ChangeMailing, MailingList, MailingTerms, MailingView, NewMailing};
use axum::{extract::State, http::StatusCode};
use domain::{ClientId, MailingId};
use serde::Deserialize;
use store::{
    ProviderScope,
    records::{AuditEntry, ClientScope, Mailing},
};
use utoipa::IntoParams;
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use crate::{
    App,
    admin::{Faults, clients},
    http::{
        audit::{Told, Trail},
        error::{ApiError, Result},
        extract::{Json, Path, Query},
        paging::{after, cursor, limit},
    },
};
use plan::Plan;
use view::shown;

const SCOPE: ProviderScope = ProviderScope::granted();

/// Scheduled reports at most, of whomever.
const ALL_MAX: u64 = 5_000;

/// Those that one client's people set up for themselves at most.
const OF_CLIENT_MAX: usize = 20;

/// The endpoints.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(change, remove))
        .routes(routes!(send))
        .routes(routes!(list_of, create_of))
        .routes(routes!(change_of, remove_of))
        .routes(routes!(send_of))
}

/// Which scheduled reports.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub struct MailingQuery {
    /// Of this client's figures.
    client: Option<Uuid>,
    /// From a page's `next`.
    cursor: Option<String>,
    /// Rows at most, 1 to 500; 100 when absent.
    limit: Option<u32>,
}

/// Scheduled reports, in the order in which they were set up; those of the clients' own people among them.
#[utoipa::path(get, path = "/api/v1/mailings", operation_id = "mailings_list", tag = "mailings", params(MailingQuery), responses((status = 200, description = "Done", body = MailingList)))]
pub async fn list(
    State(app): State<App>,
    Query(query): Query<MailingQuery>,
) -> Result<Json<MailingList>> {
    let limit = limit(query.limit);
    let place = after::<MailingId>(query.cursor.as_deref())?;
    let client = query.client.map(ClientId::from_uuid);
    let found = app.store.view().mailings(&SCOPE, client, place, limit).await?;
    let next = found.last().filter(|_| found.len() >= limit as usize);
    let next = next.map(|last| cursor(&last.id.to_string()));
    listed(&app, &found, next).await
}

/// Sets up a scheduled report.
#[utoipa::path(post, path = "/api/v1/mailings", operation_id = "mailings_create", tag = "mailings", request_body = NewMailing, responses((status = 201, description = "Done", body = MailingView)))]
pub async fn create(
    State(app): State<App>,
    trail: Trail,
    Json(body): Json<NewMailing>,
) -> Result<(StatusCode, Json<MailingView>)> {
    let client = body.client.map(ClientId::from_uuid);
    made(&app, &trail, client, false, body.terms).await
}

/// Changes a scheduled report.
#[utoipa::path(put, path = "/api/v1/mailings/{mailing}", operation_id = "mailings_change", tag = "mailings", params(("mailing" = Uuid, Path)), request_body = ChangeMailing, responses((status = 200, description = "Done", body = MailingView)))]
pub async fn change(
    State(app): State<App>,
    trail: Trail,
    Path(mailing): Path<Uuid>,
    Json(body): Json<ChangeMailing>,
) -> Result<Json<MailingView>> {
    let before = find(&app, mailing).await?;
    changed(&app, &trail, before, body).await
}

/// Removes a scheduled report. Mails of it that wait already go out.
#[utoipa::path(delete, path = "/api/v1/mailings/{mailing}", operation_id = "mailings_remove", tag = "mailings", params(("mailing" = Uuid, Path)), responses((status = 204, description = "It is gone")))]
pub async fn remove(
    State(app): State<App>,
    trail: Trail,
    Path(mailing): Path<Uuid>,
) -> Result<StatusCode> {
    let before = find(&app, mailing).await?;
    removed(&app, &trail, before).await
}

/// Mails a report at once, of the days that are over last, whether it is on or off.
#[utoipa::path(post, path = "/api/v1/mailings/{mailing}/send", operation_id = "mailings_send", tag = "mailings", params(("mailing" = Uuid, Path)), responses((status = 200, description = "Done", body = MailingView)))]
pub async fn send(
    State(app): State<App>,
    trail: Trail,
    Path(mailing): Path<Uuid>,
) -> Result<Json<MailingView>> {
    let found = find(&app, mailing).await?;
    sent(&app, &trail, found).await
}

/// Scheduled reports that a client's own people set up.
#[utoipa::path(get, path = "/api/v1/clients/{client}/mailings", operation_id = "client_mailings_list", tag = "mailings", params(("client" = Uuid, Path)), responses((status = 200, description = "Done", body = MailingList)))]
pub async fn list_of(
    State(app): State<App>,
    Path(client): Path<Uuid>,
) -> Result<Json<MailingList>> {
    let client = clients::find(&app, client).await?.id;
    let found = app.store.view().mailings_of(&ClientScope::of(client)).await?;
    listed(&app, &found, None).await
}

/// Sets up a scheduled report of the client's own.
#[utoipa::path(post, path = "/api/v1/clients/{client}/mailings", operation_id = "client_mailings_create", tag = "mailings", params(("client" = Uuid, Path)), request_body = MailingTerms, responses((status = 201, description = "Done", body = MailingView)))]
pub async fn create_of(
    State(app): State<App>,
    trail: Trail,
    Path(client): Path<Uuid>,
    Json(body): Json<MailingTerms>,
) -> Result<(StatusCode, Json<MailingView>)> {
    made(&app, &trail, Some(ClientId::from_uuid(client)), true, body).await
}

/// Changes a scheduled report of the client's own.
#[utoipa::path(put, path = "/api/v1/clients/{client}/mailings/{mailing}", operation_id = "client_mailings_change", tag = "mailings", params(("client" = Uuid, Path), ("mailing" = Uuid, Path)), request_body = ChangeMailing, responses((status = 200, description = "Done", body = MailingView)))]
pub async fn change_of(
    State(app): State<App>,
    trail: Trail,
    Path((client, mailing)): Path<(Uuid, Uuid)>,
    Json(body): Json<ChangeMailing>,
) -> Result<Json<MailingView>> {
    let before = find_of(&app, client, mailing).await?;
    changed(&app, &trail, before, body).await
}

/// Removes a scheduled report of the client's own.
#[utoipa::path(delete, path = "/api/v1/clients/{client}/mailings/{mailing}", operation_id = "client_mailings_remove", tag = "mailings", params(("client" = Uuid, Path), ("mailing" = Uuid, Path)), responses((status = 204, description = "It is gone")))]
pub async fn remove_of(
    State(app): State<App>,
    trail: Trail,
    Path((client, mailing)): Path<(Uuid, Uuid)>,
) -> Result<StatusCode> {
    let before = find_of(&app, client, mailing).await?;
    removed(&app, &trail, before).await
}

/// Mails a report of the client's own at once, of the days that are over last.
#[utoipa::path(post, path = "/api/v1/clients/{client}/mailings/{mailing}/send", operation_id = "client_mailings_send", tag = "mailings", params(("client" = Uuid, Path), ("mailing" = Uuid, Path)), responses((status = 200, description = "Done", body = MailingView)))]
pub async fn send_of(
    State(app): State<App>,
    trail: Trail,
    Path((client, mailing)): Path<(Uuid, Uuid)>,
) -> Result<Json<MailingView>> {
    let found = find_of(&app, client, mailing).await?;
    sent(&app, &trail, found).await
}

async fn find(app: &App, id: Uuid) -> Result<Mailing> {
    let found = app.store.view().mailing(&SCOPE, MailingId::from_uuid(id)).await?;
    found.ok_or_else(|| ApiError::not_found("scheduled report"))
}

async fn find_of(app: &App, client: Uuid, id: Uuid) -> Result<Mailing> {
    let scope = ClientScope::of(ClientId::from_uuid(client));
    let found = app.store.view().mailing_of(&scope, MailingId::from_uuid(id)).await?;
    found.ok_or_else(|| ApiError::not_found("scheduled report"))
}

async fn listed(app: &App, found: &[Mailing], next: Option<String>) -> Result<Json<MailingList>> {
    let mut items = Vec::with_capacity(found.len());
    for mailing in found {
        items.push(shown(app, mailing).await?);
    }
    Ok(Json(MailingList { items, next, mail_on: app.mail.is_on() }))
}

/// An entry about a client's figures is about the client as well.
fn of_company(entry: AuditEntry, mailing: &Mailing) -> AuditEntry {
    match mailing.client {
        Some(client) => entry.of_client(client),
        None => entry,
    }
}

async fn made(
    app: &App,
    trail: &Trail,
    client: Option<ClientId>,
    of_client: bool,
    terms: MailingTerms,
) -> Result<(StatusCode, Json<MailingView>)> {
    let mut faults = Faults::default();
    if let Some(client) = client
        && app.store.view().client(&ClientScope::of(client)).await?.is_none()
    {
        faults.add("client", "unknown", "There is no such client.", "Choose one of the list.");
    }
    let (plan, terms) = Plan::checked(terms, client, of_client, &mut faults);
    faults.none("scheduled report")?;
    let Some(plan) = plan else { return Err(ApiError::internal(&"a plan without a fault")) };
    let all = app.store.view().mailing_count(&SCOPE).await?;
    let own = match client.filter(|_| of_client) {
        Some(client) => app.store.view().mailings_of(&ClientScope::of(client)).await?.len(),
        None => 0,
    };
    if all >= ALL_MAX || own >= OF_CLIENT_MAX {
        let most = if own >= OF_CLIENT_MAX { OF_CLIENT_MAX as u64 } else { ALL_MAX };
        return Err(ApiError::conflict(
            "mailings_full",
            domain::words!("There are {} scheduled reports already.", most),
            "Remove one that nobody reads any more.",
        ));
    }
    let mailing = Mailing {
        id: MailingId::from_uuid(Uuid::now_v7()),
        client,
        of_client,
        name: terms.name.clone(),
        document: view::document(&terms)?,
        next: terms.on.then(|| plan.next(trail.at())),
        last: None,
        last_document: serde_json::Value::Null,
        created: trail.at(),
        created_by: trail.name().to_owned(),
        version: 1,
    };
    let view = shown(app, &mailing).await?;
    let entry = trail.entry("mailing.created", "mailing", mailing.id.uuid());
    let entry = of_company(entry.changed(&(), &view), &mailing);
    app.store
        .tx(move |tx| {
            Box::pin(async move {
                tx.create_mailing(&SCOPE, &mailing).await?;
                tx.audit(&entry).await
            })
        })
        .await?;
    app.mail.mailings_changed();
    Ok((StatusCode::CREATED, Json(view)))
}

async fn changed(
    app: &App,
    trail: &Trail,
    before: Mailing,
    body: ChangeMailing,
) -> Result<Json<MailingView>> {
    let mut faults = Faults::default();
    let (plan, terms) = Plan::checked(body.terms, before.client, before.of_client, &mut faults);
    faults.none("scheduled report")?;
    let Some(plan) = plan else { return Err(ApiError::internal(&"a plan without a fault")) };
    let next = match before.next {
        // What was due a moment ago still is.
        Some(due) if plan.is_turn(due) => Some(due),
        _ => Some(plan.next(trail.at())),
    };
    let after = Mailing {
        name: terms.name.clone(),
        document: view::document(&terms)?,
        next: next.filter(|_| terms.on),
        version: body.version,
        ..before.clone()
    };
    let (old, kept) = (shown(app, &before).await?, after.clone());
    let new = shown(app, &after).await?;
    let entry = trail.entry("mailing.changed", "mailing", before.id.uuid());
    let entry = of_company(entry.changed(&old, &new), &before);
    app.store
        .tx(move |tx| {
            Box::pin(async move {
                tx.change_mailing(&SCOPE, &kept).await?;
                tx.audit(&entry).await
            })
        })
        .await?;
    app.mail.mailings_changed();
    Ok(Json(MailingView { version: after.version + 1, ..new }))
}

async fn removed(app: &App, trail: &Trail, before: Mailing) -> Result<StatusCode> {
    let view = shown(app, &before).await?;
    let entry = trail.entry("mailing.removed", "mailing", before.id.uuid());
    let entry = of_company(entry.changed(&view, &()), &before);
    app.store
        .tx(move |tx| {
            Box::pin(async move {
                tx.remove_mailing(&SCOPE, before.id, before.version).await?;
                tx.audit(&entry).await
            })
        })
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn sent(app: &App, trail: &Trail, mailing: Mailing) -> Result<Json<MailingView>> {
    app.mail.needed()?;
    run::by_hand(app, trail, &mailing).await?;
    let now = find(app, mailing.id.uuid()).await?;
    shown(app, &now).await.map(Json)
}
