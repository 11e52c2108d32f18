//! The clock of a server that was started for tests: it can be moved forward, and everything that
//! waits on it wakes. Such a server says so at its start; any other has no such address.

use axum::{Router, extract::State, routing::post};
use domain::Timestamp;
use serde::{Deserialize, Serialize};

use super::{
    error::{ApiError, Result},
    extract::Json,
};
use crate::App;

/// The instant to move to, or the one reached.
#[derive(Debug, Serialize, Deserialize)]
struct Now {
    now: Timestamp,
}

/// The address, of a server with an adjustable clock; nothing otherwise.
pub fn routes(app: &App) -> Router<App> {
    if app.clock.is_adjustable() {
        Router::new().route("/test/clock", post(set).get(read))
    } else {
        Router::new()
    }
}

async fn read(State(app): State<App>) -> Json<Now> {
    Json(Now { now: app.clock.now() })
}

async fn set(State(app): State<App>, Json(body): Json<Now>) -> Result<Json<Now>> {
    if !app.clock.set(body.now) {
        return Err(ApiError::conflict(
            "clock_forward",
            domain::words!("The clock is at {} and runs forward only.", app.clock.now()),
            "Name a later instant.",
        ));
    }
    // Contracts and calendars are compiled for the weeks around the new instant.
    app.configuration_changed().await;
    Ok(Json(Now { now: app.clock.now() }))
}
