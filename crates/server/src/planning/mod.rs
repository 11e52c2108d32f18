//! Planning: long work that is begun, looked at until it is over, and found again later.
//!
//! [`Jobs`] runs one job at a time, on a thread of its own that gives way to the floor. What it works
//! out is the business of the endpoint that begins it: it hands over an [`Order`] and a function, and
//! reads the result back as the type that it wrote.

mod basis;
mod compare;
mod jobs;
mod what_if;
mod work;

use api::planning::{JobKind, JobList, JobView};
use axum::{extract::State, http::StatusCode};
use domain::JobId;
use serde::Deserialize;
use store::ProviderScope;
use utoipa::IntoParams;
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use crate::{
    App,
    http::{
        audit::Trail,
        error::{ApiError, Result},
        extract::{Json, Path, Query},
    },
};

pub use jobs::{Jobs, Order};
pub(crate) use work::give_way;
pub use work::{NotDone, Work};

/// The endpoints.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(get, stop))
        .routes(routes!(basis::basis))
        .merge(compare::routes())
        .merge(what_if::routes())
}

/// Which jobs.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub struct JobsQuery {
    /// Of this kind: `comparison` or `what_if`.
    kind: Option<String>,
}

/// What was begun, the newest first.
#[utoipa::path(get, path = "/api/v1/planning/jobs", operation_id = "planning_jobs", tag = "planning", params(JobsQuery), responses((status = 200, description = "Done", body = JobList)))]
pub async fn list(State(app): State<App>, Query(query): Query<JobsQuery>) -> Result<Json<JobList>> {
    let kind = query.kind.as_deref().filter(|word| !word.is_empty()).map(|word| {
        JobKind::from_name(word).ok_or_else(|| {
            let word: String = word.chars().take(32).collect();
            let known: Vec<&str> = JobKind::ALL.iter().map(|kind| kind.name()).collect();
            ApiError::malformed(
                domain::words!("`{}` is no kind of job.", word),
                domain::words!("Ask for one of {}.", known.join(", ")),
            )
        })
    });
    let kind = kind.transpose()?.map(JobKind::name);
    let found = app.store.view().planning_jobs(&ProviderScope::granted(), kind).await?;
    let jobs = found.iter().map(|kept| app.jobs.view(kept)).collect::<Result<_>>()?;
    Ok(Json(JobList { jobs }))
}

/// How far a job is, and what became of it.
#[utoipa::path(get, path = "/api/v1/planning/jobs/{job}", operation_id = "planning_job", tag = "planning", params(("job" = Uuid, Path)), responses((status = 200, description = "Done", body = JobView)))]
pub async fn get(State(app): State<App>, Path(job): Path<Uuid>) -> Result<Json<JobView>> {
    let kept = app.jobs.find(job, None).await?;
    app.jobs.view(&kept).map(Json)
}

/// Stops a job that is at work; one that is over is removed.
#[utoipa::path(delete, path = "/api/v1/planning/jobs/{job}", operation_id = "planning_job_stop", tag = "planning", params(("job" = Uuid, Path)), responses((status = 204, description = "Done")))]
pub async fn stop(
    State(app): State<App>,
    trail: Trail,
    Path(job): Path<Uuid>,
) -> Result<StatusCode> {
    let kept = app.jobs.find(job, None).await?;
    if app.jobs.stop(kept.id) {
        let entry = trail.entry("planning.stopped", "planning_job", job);
        app.store.tx(move |tx| Box::pin(async move { tx.audit(&entry).await })).await?;
    } else {
        let entry = trail.entry("planning.removed", "planning_job", job);
        let id = JobId::from_uuid(job);
        app.store
            .tx(move |tx| {
                Box::pin(async move {
                    tx.remove_planning_job(&ProviderScope::granted(), id).await?;
                    tx.audit(&entry).await
                })
            })
            .await?;
    }
    Ok(StatusCode::NO_CONTENT)
}
