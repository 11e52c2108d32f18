//! Pools.

use api::admin::pools::{ChangePool, NewPool, PoolView};
use axum::{extract::State, http::StatusCode};
use domain::PoolId;
use store::records::{Pool, ProviderScope};
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

/// Pools, by name.
#[utoipa::path(get, path = "/api/v1/pools", operation_id = "pools_list", tag = "pools", responses((status = 200, description = "Done", body = Vec<PoolView>)))]
pub async fn list(State(app): State<App>) -> Result<Json<Vec<PoolView>>> {
    let found = app.store.view().pools(&ProviderScope::granted()).await?;
    Ok(Json(found.iter().map(view).collect()))
}

/// Creates a pool.
#[utoipa::path(post, path = "/api/v1/pools", operation_id = "pools_create", tag = "pools", request_body = NewPool, responses((status = 201, description = "Done", body = PoolView)))]
pub async fn create(
    State(app): State<App>,
    trail: Trail,
    Json(body): Json<NewPool>,
) -> Result<(StatusCode, Json<PoolView>)> {
    let mut faults = Faults::default();
    let name = faults.name("name", &body.name);
    faults.range("fairness_cap_percent", body.fairness_cap_percent, 1, 100);
    faults.none("pool")?;
    let made = Pool {
        id: PoolId::from_uuid(Uuid::now_v7()),
        name,
        agents: 0,
        version: 1,
        fairness_cap_percent: body.fairness_cap_percent,
    };
    let shown = view(&made);
    let entry = trail.entry("pool.created", "pool", made.id.uuid()).changed(&(), &shown);
    app.store
        .tx(move |tx| {
            Box::pin(async move {
                tx.create_pool(&ProviderScope::granted(), &made).await?;
                tx.audit(&entry).await
            })
        })
        .await?;
    app.configuration_changed().await;
    Ok((StatusCode::CREATED, Json(shown)))
}

/// Changes a pool.
#[utoipa::path(put, path = "/api/v1/pools/{pool}", operation_id = "pools_change", tag = "pools", params(("pool" = Uuid, Path)), request_body = ChangePool, responses((status = 200, description = "Done", body = PoolView)))]
pub async fn change(
    State(app): State<App>,
    trail: Trail,
    Path(pool): Path<Uuid>,
    Json(body): Json<ChangePool>,
) -> Result<Json<PoolView>> {
    let mut faults = Faults::default();
    let name = faults.name("name", &body.name);
    faults.range("fairness_cap_percent", body.fairness_cap_percent, 1, 100);
    faults.none("pool")?;
    let before = find(&app, pool).await?;
    let mut after = Pool {
        name,
        version: body.version,
        fairness_cap_percent: body.fairness_cap_percent,
        ..before.clone()
    };
    let entry = trail.entry("pool.changed", "pool", pool).changed(&view(&before), &view(&after));
    let kept = after.clone();
    app.store
        .tx(move |tx| {
            Box::pin(async move {
                tx.change_pool(&ProviderScope::granted(), &kept).await?;
                tx.audit(&entry).await
            })
        })
        .await?;
    app.configuration_changed().await;
    after.version += 1;
    Ok(Json(view(&after)))
}

/// Removes a pool that no agent and no contract uses.
#[utoipa::path(delete, path = "/api/v1/pools/{pool}", operation_id = "pools_remove", tag = "pools", params(("pool" = Uuid, Path)), responses((status = 204, description = "Done")))]
pub async fn remove(
    State(app): State<App>,
    trail: Trail,
    Path(pool): Path<Uuid>,
) -> Result<StatusCode> {
    let found = find(&app, pool).await?;
    let id = found.id;
    uses::unused(&app, "pool", pool).await?;
    let entry = trail.entry("pool.removed", "pool", pool).changed(&view(&found), &());
    app.store
        .tx(move |tx| {
            Box::pin(async move {
                tx.remove_pool(&ProviderScope::granted(), id).await?;
                tx.audit(&entry).await
            })
        })
        .await?;
    app.configuration_changed().await;
    Ok(StatusCode::NO_CONTENT)
}

async fn find(app: &App, id: Uuid) -> Result<Pool> {
    let all = app.store.view().pools(&ProviderScope::granted()).await?;
    all.into_iter().find(|found| found.id.uuid() == id).ok_or_else(|| ApiError::not_found("pool"))
}

fn view(found: &Pool) -> PoolView {
    PoolView {
        id: found.id.uuid(),
        name: found.name.clone(),
        fairness_cap_percent: found.fairness_cap_percent,
        agents: found.agents,
        version: found.version,
    }
}
