//! How well past days replay: kept night by night, and shown to planners.

mod nights;
mod view;

pub use nights::Nights;

use api::fidelity::{FidelityDays, FidelityDetails};
use axum::extract::State;
use domain::{Day, FloorId};
use serde::Deserialize;
use store::ProviderScope;
use utoipa::IntoParams;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    App,
    http::{
        error::{ApiError, Result},
        extract::{Json, Path, Query},
    },
    reports::Names,
};

const SCOPE: ProviderScope = ProviderScope::granted();

/// Days shown when nobody says how many.
const DAYS: u32 = 92;

/// The endpoints.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(days)).routes(routes!(day))
}

/// Which days.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub struct FidelityQuery {
    /// Before this day, `YYYY-MM-DD`; the latest ones when absent.
    #[param(value_type = Option<String>)]
    before: Option<Day>,
    /// Days at most, 1 to 500; 92 when absent.
    limit: Option<u32>,
}

async fn floor(app: &App) -> Result<Option<FloorId>> {
    Ok(app.store.floors().await?.first().copied())
}

/// The days that were replayed, the latest first.
#[utoipa::path(get, path = "/api/v1/planning/fidelity", operation_id = "fidelity_days", tag = "planning", params(FidelityQuery), responses((status = 200, description = "Done", body = FidelityDays)))]
pub async fn days(
    State(app): State<App>,
    Query(query): Query<FidelityQuery>,
) -> Result<Json<FidelityDays>> {
    let limit = query.limit.unwrap_or(DAYS);
    let kept = match floor(&app).await? {
        Some(floor) => app.store.view().fidelity_days(&SCOPE, floor, query.before, limit).await?,
        None => Vec::new(),
    };
    let names = Names::new(&app, false);
    let zone = app.floor.directory().floor_zone();
    let (_, next) = nights::due(&zone, app.clock.now());
    let days = kept.iter().map(|day| view::day(day, &names)).collect::<Result<_>>()?;
    Ok(Json(FidelityDays { zone: zone.name().to_owned(), next: next.to_string(), days }))
}

/// One day with its clients, and what the simulator makes of its contacts.
#[utoipa::path(get, path = "/api/v1/planning/fidelity/{day}", operation_id = "fidelity_day", tag = "planning", params(("day" = String, Path)), responses((status = 200, description = "Done", body = FidelityDetails)))]
pub async fn day(State(app): State<App>, Path(day): Path<Day>) -> Result<Json<FidelityDetails>> {
    let not_found = || ApiError::not_found("replayed day");
    let floor = floor(&app).await?.ok_or_else(not_found)?;
    let mut store = app.store.view();
    let kept = store.fidelity_day(&SCOPE, floor, day).await?.ok_or_else(not_found)?;
    let details = store.fidelity_details(&SCOPE, floor, day).await?.ok_or_else(not_found)?;
    view::details(&kept, details, &Names::new(&app, false)).map(Json)
}
