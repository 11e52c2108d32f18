//! Skills.

use api::admin::pools::{ChangeNamed, NewNamed, SkillView};
use axum::{extract::State, http::StatusCode};
use domain::SkillId;
use store::records::{ProviderScope, Skill};
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

/// Skills, by name.
#[utoipa::path(get, path = "/api/v1/skills", operation_id = "skills_list", tag = "skills", responses((status = 200, description = "Done", body = Vec<SkillView>)))]
pub async fn list(State(app): State<App>) -> Result<Json<Vec<SkillView>>> {
    let found = app.store.view().skills(&ProviderScope::granted()).await?;
    Ok(Json(found.iter().map(view).collect()))
}

/// Creates a skill.
#[utoipa::path(post, path = "/api/v1/skills", operation_id = "skills_create", tag = "skills", request_body = NewNamed, responses((status = 201, description = "Done", body = SkillView)))]
pub async fn create(
    State(app): State<App>,
    trail: Trail,
    Json(body): Json<NewNamed>,
) -> Result<(StatusCode, Json<SkillView>)> {
    let mut faults = Faults::default();
    let name = faults.name("name", &body.name);
    faults.none("skill")?;
    let made = Skill { id: SkillId::from_uuid(Uuid::now_v7()), name, agents: 0, version: 1 };
    let shown = view(&made);
    let entry = trail.entry("skill.created", "skill", made.id.uuid()).changed(&(), &shown);
    app.store
        .tx(move |tx| {
            Box::pin(async move {
                tx.create_skill(&ProviderScope::granted(), &made).await?;
                tx.audit(&entry).await
            })
        })
        .await?;
    app.configuration_changed().await;
    Ok((StatusCode::CREATED, Json(shown)))
}

/// Changes a skill.
#[utoipa::path(put, path = "/api/v1/skills/{skill}", operation_id = "skills_change", tag = "skills", params(("skill" = Uuid, Path)), request_body = ChangeNamed, responses((status = 200, description = "Done", body = SkillView)))]
pub async fn change(
    State(app): State<App>,
    trail: Trail,
    Path(skill): Path<Uuid>,
    Json(body): Json<ChangeNamed>,
) -> Result<Json<SkillView>> {
    let mut faults = Faults::default();
    let name = faults.name("name", &body.name);
    faults.none("skill")?;
    let before = find(&app, skill).await?;
    let mut after = Skill { name, version: body.version, ..before.clone() };
    let entry = trail.entry("skill.changed", "skill", skill).changed(&view(&before), &view(&after));
    let kept = after.clone();
    app.store
        .tx(move |tx| {
            Box::pin(async move {
                tx.change_skill(&ProviderScope::granted(), &kept).await?;
                tx.audit(&entry).await
            })
        })
        .await?;
    app.configuration_changed().await;
    after.version += 1;
    Ok(Json(view(&after)))
}

/// Removes a skill that no agent and no contract uses.
#[utoipa::path(delete, path = "/api/v1/skills/{skill}", operation_id = "skills_remove", tag = "skills", params(("skill" = Uuid, Path)), responses((status = 204, description = "Done")))]
pub async fn remove(
    State(app): State<App>,
    trail: Trail,
    Path(skill): Path<Uuid>,
) -> Result<StatusCode> {
    let found = find(&app, skill).await?;
    let id = found.id;
    uses::unused(&app, "skill", skill).await?;
    let entry = trail.entry("skill.removed", "skill", skill).changed(&view(&found), &());
    app.store
        .tx(move |tx| {
            Box::pin(async move {
                tx.remove_skill(&ProviderScope::granted(), id).await?;
                tx.audit(&entry).await
            })
        })
        .await?;
    app.configuration_changed().await;
    Ok(StatusCode::NO_CONTENT)
}

async fn find(app: &App, id: Uuid) -> Result<Skill> {
    let all = app.store.view().skills(&ProviderScope::granted()).await?;
    all.into_iter().find(|found| found.id.uuid() == id).ok_or_else(|| ApiError::not_found("skill"))
}

fn view(found: &Skill) -> SkillView {
    SkillView {
        id: found.id.uuid(),
        name: found.name.clone(),
        agents: found.agents,
        version: found.version,
    }
}
