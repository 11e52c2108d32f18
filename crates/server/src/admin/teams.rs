//! Teams.

use api::admin::pools::{ChangeNamed, NewTeam, TeamView};
use axum::{extract::State, http::StatusCode};
use domain::TeamId;
use store::records::{ClientScope, ProviderScope, Team};
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use super::{Faults, uses};
use crate::{
    App,
    http::{
        audit::{Told, Trail},
        error::{ApiError, Result},
        extract::{Json, Path},
    },
};

/// The endpoints.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list, create)).routes(routes!(change, remove))
}

/// Teams, by name.
#[utoipa::path(get, path = "/api/v1/teams", operation_id = "teams_list", tag = "teams", responses((status = 200, description = "Done", body = Vec<TeamView>)))]
pub async fn list(State(app): State<App>) -> Result<Json<Vec<TeamView>>> {
    let found = app.store.view().teams(&ProviderScope::granted()).await?;
    Ok(Json(found.iter().map(view).collect()))
}

/// Creates a team of a client.
#[utoipa::path(post, path = "/api/v1/teams", operation_id = "teams_create", tag = "teams", request_body = NewTeam, responses((status = 201, description = "Done", body = TeamView)))]
pub async fn create(
    State(app): State<App>,
    trail: Trail,
    Json(body): Json<NewTeam>,
) -> Result<(StatusCode, Json<TeamView>)> {
    let mut faults = Faults::default();
    let name = faults.name("name", &body.name);
    let client = super::clients::find(&app, body.client).await;
    if client.is_err() {
        faults.add("client", "unknown", "There is no such client.", "Choose one of the list.");
    }
    faults.none("team")?;
    let client = client?;
    let made = Team {
        id: TeamId::from_uuid(Uuid::now_v7()),
        name,
        agents: 0,
        version: 1,
        client: client.id,
    };
    let shown = view(&made);
    let entry = trail.entry("team.created", "team", made.id.uuid()).changed(&(), &shown);
    app.store
        .tx(move |tx| {
            Box::pin(async move {
                tx.create_team(&ClientScope::of(made.client), &made).await?;
                tx.audit(&entry).await
            })
        })
        .await?;
    app.configuration_changed().await;
    Ok((StatusCode::CREATED, Json(shown)))
}

/// Changes a team.
#[utoipa::path(put, path = "/api/v1/teams/{team}", operation_id = "teams_change", tag = "teams", params(("team" = Uuid, Path)), request_body = ChangeNamed, responses((status = 200, description = "Done", body = TeamView)))]
pub async fn change(
    State(app): State<App>,
    trail: Trail,
    Path(team): Path<Uuid>,
    Json(body): Json<ChangeNamed>,
) -> Result<Json<TeamView>> {
    let mut faults = Faults::default();
    let name = faults.name("name", &body.name);
    faults.none("team")?;
    let before = find(&app, team).await?;
    let mut after = Team { name, version: body.version, ..before.clone() };
    let entry = trail.entry("team.changed", "team", team).changed(&view(&before), &view(&after));
    let kept = after.clone();
    app.store
        .tx(move |tx| {
            Box::pin(async move {
                tx.change_team(&ClientScope::of(kept.client), &kept).await?;
                tx.audit(&entry).await
            })
        })
        .await?;
    app.configuration_changed().await;
    after.version += 1;
    Ok(Json(view(&after)))
}

/// Removes a team that no agent and no contract uses.
#[utoipa::path(delete, path = "/api/v1/teams/{team}", operation_id = "teams_remove", tag = "teams", params(("team" = Uuid, Path)), responses((status = 204, description = "Done")))]
pub async fn remove(
    State(app): State<App>,
    trail: Trail,
    Path(team): Path<Uuid>,
) -> Result<StatusCode> {
    let found = find(&app, team).await?;
    let (id, client) = (found.id, found.client);
    uses::unused(&app, "team", team).await?;
    let entry = trail.entry("team.removed", "team", team).changed(&view(&found), &());
    app.store
        .tx(move |tx| {
            Box::pin(async move {
                tx.remove_team(&ClientScope::of(client), id).await?;
                tx.audit(&entry).await
            })
        })
        .await?;
    app.configuration_changed().await;
    Ok(StatusCode::NO_CONTENT)
}

async fn find(app: &App, id: Uuid) -> Result<Team> {
    let all = app.store.view().teams(&ProviderScope::granted()).await?;
    all.into_iter().find(|found| found.id.uuid() == id).ok_or_else(|| ApiError::not_found("team"))
}

fn view(found: &Team) -> TeamView {
    TeamView {
        id: found.id.uuid(),
        name: found.name.clone(),
        client: found.client.uuid(),
        agents: found.agents,
        version: found.version,
    }
}
