//! Canned answers.

use api::admin::canned::{CannedView, ChangeCanned, NewCanned};
use axum::{extract::State, http::StatusCode};
use domain::{ClientId, Language};
use store::records::{CannedAnswer, ClientScope};
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use super::{Faults, clients, control};
use crate::{
    App,
    http::{
        audit::{Told, Trail},
        error::{ApiError, Result},
        extract::{Json, Path},
        session::Caller,
    },
};

/// The endpoints.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list, create)).routes(routes!(change, remove))
}

/// Canned answers of a client, by shortcut.
#[utoipa::path(get, path = "/api/v1/clients/{client}/canned-answers", operation_id = "canned_list", tag = "canned", params(("client" = Uuid, Path)), responses((status = 200, description = "Done", body = Vec<CannedView>)))]
pub async fn list(
    State(app): State<App>,
    Path(client): Path<Uuid>,
) -> Result<Json<Vec<CannedView>>> {
    let client = clients::find(&app, client).await?;
    let found = app.store.view().canned_answers(&ClientScope::of(client.id)).await?;
    Ok(Json(found.iter().map(view).collect()))
}

/// Creates a canned answer.
#[utoipa::path(post, path = "/api/v1/clients/{client}/canned-answers", operation_id = "canned_create", tag = "canned", params(("client" = Uuid, Path)), request_body = NewCanned, responses((status = 201, description = "Done", body = CannedView)))]
pub async fn create(
    State(app): State<App>,
    caller: Caller,
    trail: Trail,
    Path(client): Path<Uuid>,
    Json(body): Json<NewCanned>,
) -> Result<(StatusCode, Json<CannedView>)> {
    let client = clients::find(&app, client).await?;
    control::own_words(&app, &caller, client.id).await?;
    let made = checked(client.id, Uuid::now_v7(), 1, &body)?;
    let shown = view(&made);
    let entry = trail
        .entry("canned_answer.created", "canned_answer", made.id)
        .of_client(client.id)
        .changed(&(), &shown);
    app.store
        .tx(move |tx| {
            Box::pin(async move {
                tx.create_canned_answer(&ClientScope::of(made.client), &made).await?;
                tx.audit(&entry).await
            })
        })
        .await?;
    Ok((StatusCode::CREATED, Json(shown)))
}

/// Changes a canned answer.
#[utoipa::path(put, path = "/api/v1/clients/{client}/canned-answers/{answer}", operation_id = "canned_change", tag = "canned", params(("client" = Uuid, Path), ("answer" = Uuid, Path)), request_body = ChangeCanned, responses((status = 200, description = "Done", body = CannedView)))]
pub async fn change(
    State(app): State<App>,
    caller: Caller,
    trail: Trail,
    Path((client, answer)): Path<(Uuid, Uuid)>,
    Json(body): Json<ChangeCanned>,
) -> Result<Json<CannedView>> {
    let before = find(&app, client, answer).await?;
    control::own_words(&app, &caller, before.client).await?;
    let mut after = checked(before.client, answer, body.version, &body.answer)?;
    let kept = after.clone();
    let entry = trail
        .entry("canned_answer.changed", "canned_answer", answer)
        .of_client(before.client)
        .changed(&view(&before), &view(&after));
    app.store
        .tx(move |tx| {
            Box::pin(async move {
                tx.change_canned_answer(&ClientScope::of(kept.client), &kept).await?;
                tx.audit(&entry).await
            })
        })
        .await?;
    after.version += 1;
    Ok(Json(view(&after)))
}

/// Removes a canned answer.
#[utoipa::path(delete, path = "/api/v1/clients/{client}/canned-answers/{answer}", operation_id = "canned_remove", tag = "canned", params(("client" = Uuid, Path), ("answer" = Uuid, Path)), responses((status = 204, description = "Done")))]
pub async fn remove(
    State(app): State<App>,
    caller: Caller,
    trail: Trail,
    Path((client, answer)): Path<(Uuid, Uuid)>,
) -> Result<StatusCode> {
    let found = find(&app, client, answer).await?;
    control::own_words(&app, &caller, found.client).await?;
    let entry = trail
        .entry("canned_answer.removed", "canned_answer", answer)
        .of_client(found.client)
        .changed(&view(&found), &());
    app.store
        .tx(move |tx| {
            Box::pin(async move {
                tx.remove_canned_answer(&ClientScope::of(found.client), found.id).await?;
                tx.audit(&entry).await
            })
        })
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn find(app: &App, client: Uuid, answer: Uuid) -> Result<CannedAnswer> {
    let scope = ClientScope::of(ClientId::from_uuid(client));
    let found = app.store.view().canned_answer(&scope, answer).await?;
    found.ok_or_else(|| ApiError::not_found("canned answer"))
}

fn checked(client: ClientId, id: Uuid, version: u64, body: &NewCanned) -> Result<CannedAnswer> {
    let mut faults = Faults::default();
    let shortcut = body.shortcut.trim().to_lowercase();
    let fits = (1..=32).contains(&shortcut.chars().count())
        && shortcut.chars().all(|c| c.is_alphanumeric() || c == '-');
    if !fits {
        faults.add(
            "shortcut",
            "shortcut",
            "It is not a shortcut.",
            "Give 1 to 32 letters, digits or `-`, such as `opening-hours`.",
        );
    }
    let language = faults.language("language", &body.language);
    let text = faults.text("text", &body.text, 1, 4_000);
    faults.none("canned answer")?;
    let language = language.unwrap_or(Language::EN);
    Ok(CannedAnswer { client, id, shortcut, language, body: text, version })
}

fn view(found: &CannedAnswer) -> CannedView {
    CannedView {
        id: found.id,
        client: found.client.uuid(),
        shortcut: found.shortcut.clone(),
        language: found.language.code().to_owned(),
        text: found.body.clone(),
        version: found.version,
    }
}
