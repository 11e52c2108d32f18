//! Sites.

use api::admin::pools::{ChangeNamed, NewNamed, SiteView};
use axum::{extract::State, http::StatusCode};
use domain::SiteId;
use store::records::{ProviderScope, Site};
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

/// Sites, by name.
#[utoipa::path(get, path = "/api/v1/sites", operation_id = "sites_list", tag = "sites", responses((status = 200, description = "Done", body = Vec<SiteView>)))]
pub async fn list(State(app): State<App>) -> Result<Json<Vec<SiteView>>> {
    let found = app.store.view().sites(&ProviderScope::granted()).await?;
    Ok(Json(found.iter().map(view).collect()))
}

/// Creates a site.
#[utoipa::path(post, path = "/api/v1/sites", operation_id = "sites_create", tag = "sites", request_body = NewNamed, responses((status = 201, description = "Done", body = SiteView)))]
pub async fn create(
    State(app): State<App>,
    trail: Trail,
    Json(body): Json<NewNamed>,
) -> Result<(StatusCode, Json<SiteView>)> {
    let mut faults = Faults::default();
    let name = faults.name("name", &body.name);
    faults.none("site")?;
    let made = Site { id: SiteId::from_uuid(Uuid::now_v7()), name, agents: 0, version: 1 };
    let shown = view(&made);
    let entry = trail.entry("site.created", "site", made.id.uuid()).changed(&(), &shown);
    app.store
        .tx(move |tx| {
            Box::pin(async move {
                tx.create_site(&ProviderScope::granted(), &made).await?;
                tx.audit(&entry).await
            })
        })
        .await?;
    app.configuration_changed().await;
    Ok((StatusCode::CREATED, Json(shown)))
}

/// Changes a site.
#[utoipa::path(put, path = "/api/v1/sites/{site}", operation_id = "sites_change", tag = "sites", params(("site" = Uuid, Path)), request_body = ChangeNamed, responses((status = 200, description = "Done", body = SiteView)))]
pub async fn change(
    State(app): State<App>,
    trail: Trail,
    Path(site): Path<Uuid>,
    Json(body): Json<ChangeNamed>,
) -> Result<Json<SiteView>> {
    let mut faults = Faults::default();
    let name = faults.name("name", &body.name);
    faults.none("site")?;
    let before = find(&app, site).await?;
    let mut after = Site { name, version: body.version, ..before.clone() };
    let entry = trail.entry("site.changed", "site", site).changed(&view(&before), &view(&after));
    let kept = after.clone();
    app.store
        .tx(move |tx| {
            Box::pin(async move {
                tx.change_site(&ProviderScope::granted(), &kept).await?;
                tx.audit(&entry).await
            })
        })
        .await?;
    app.configuration_changed().await;
    after.version += 1;
    Ok(Json(view(&after)))
}

/// Removes a site that no agent and no contract uses.
#[utoipa::path(delete, path = "/api/v1/sites/{site}", operation_id = "sites_remove", tag = "sites", params(("site" = Uuid, Path)), responses((status = 204, description = "Done")))]
pub async fn remove(
    State(app): State<App>,
    trail: Trail,
    Path(site): Path<Uuid>,
) -> Result<StatusCode> {
    let found = find(&app, site).await?;
    let id = found.id;
    uses::unused(&app, "site", site).await?;
    let entry = trail.entry("site.removed", "site", site).changed(&view(&found), &());
    app.store
        .tx(move |tx| {
            Box::pin(async move {
                tx.remove_site(&ProviderScope::granted(), id).await?;
                tx.audit(&entry).await
            })
        })
        .await?;
    app.configuration_changed().await;
    Ok(StatusCode::NO_CONTENT)
}

async fn find(app: &App, id: Uuid) -> Result<Site> {
    let all = app.store.view().sites(&ProviderScope::granted()).await?;
    all.into_iter().find(|found| found.id.uuid() == id).ok_or_else(|| ApiError::not_found("site"))
}

fn view(found: &Site) -> SiteView {
    SiteView {
        id: found.id.uuid(),
        name: found.name.clone(),
        agents: found.agents,
        version: found.version,
    }
}
