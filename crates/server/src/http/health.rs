//! How the server is: for load balancers (`/health`) and for Prometheus (`/metrics`).

use axum::{
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    error::{ApiError, Result},
    extract::Json,
};
use crate::App;

/// The endpoints.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(health)).routes(routes!(metrics)).routes(routes!(document))
}

/// How the server is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct HealthView {
    /// All of it works and new work is taken.
    pub ready: bool,
    /// The database answers.
    pub store: bool,
    /// The floor takes inputs.
    pub floor: bool,
    /// Why the floor takes none, when the store failed: `the disk of the database is full; …`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    /// The server is stopping: it finishes what is in hand and takes nothing new.
    pub draining: bool,
    /// Version of the program.
    pub version: &'static str,
}

/// How the server is: 200 when new work may be sent here, else 503.
#[utoipa::path(
    get,
    path = "/health",
    operation_id = "health",
    tag = "operation",
    responses(
        (status = 200, description = "Ready", body = HealthView),
        (status = 503, description = "Not ready, or stopping", body = HealthView)
    )
)]
pub async fn health(State(app): State<App>) -> Response {
    let store = app.store.ping().await.is_ok();
    let draining = app.stopping.is_cancelled();
    let floor = app.floor_ready();
    let view = HealthView {
        ready: store && floor && !draining,
        store,
        floor,
        why: app.floor.status().trouble(),
        draining,
        version: env!("CARGO_PKG_VERSION"),
    };
    let status = if view.ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, Json(view)).into_response()
}

/// Figures of the server in the text format of Prometheus.
#[utoipa::path(
    get,
    path = "/metrics",
    operation_id = "metrics",
    tag = "operation",
    responses((status = 200, description = "OpenMetrics text", body = String))
)]
pub async fn metrics(State(app): State<App>) -> Result<Response> {
    let text = app.metrics.text().map_err(|error| ApiError::internal(&error))?;
    let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    Ok(([(header::CONTENT_TYPE, kind)], text).into_response())
}

/// This document.
#[utoipa::path(
    get,
    path = "/api/openapi.json",
    operation_id = "openapi",
    tag = "operation",
    responses((status = 200, description = "The OpenAPI document", body = serde_json::Value))
)]
pub async fn document() -> Response {
    axum::Json(super::openapi::document()).into_response()
}
