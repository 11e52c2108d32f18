//! Calendars.

use std::{collections::BTreeSet, time::Duration};

use api::admin::calendars::{
    CalendarHours, CalendarPreview, CalendarView, ChangeCalendar, OpenSpan,
};
use axum::{extract::State, http::StatusCode};
use domain::{Calendar, CalendarId, ClientId, Timeline, Timestamp};
use store::records::{CalendarRecord, ProviderScope};
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use super::{Faults, uses, wire};
use crate::{
    App,
    http::{
        audit::{Told, Trail},
        error::{ApiError, Result},
        extract::{Json, Path},
    },
};

/// How far a preview and the set-up checklist look ahead.
pub const AHEAD: Duration = Duration::from_secs(14 * 24 * 3_600);

/// The endpoints.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(preview))
        .routes(routes!(get, change, remove))
}

/// Calendars, by name.
#[utoipa::path(get, path = "/api/v1/calendars", operation_id = "calendars_list", tag = "calendars", responses((status = 200, description = "Done", body = Vec<CalendarView>)))]
pub async fn list(State(app): State<App>) -> Result<Json<Vec<CalendarView>>> {
    let found = app.store.view().calendars(&ProviderScope::granted()).await?;
    let users = users(&app).await?;
    Ok(Json(found.iter().map(|record| view(record, &users)).collect()))
}

/// Creates a calendar.
#[utoipa::path(post, path = "/api/v1/calendars", operation_id = "calendars_create", tag = "calendars", request_body = CalendarHours, responses((status = 201, description = "Done", body = CalendarView)))]
pub async fn create(
    State(app): State<App>,
    trail: Trail,
    Json(body): Json<CalendarHours>,
) -> Result<(StatusCode, Json<CalendarView>)> {
    let document = checked(CalendarId::from_uuid(Uuid::now_v7()), &body)?;
    let made = CalendarRecord { document, version: 1 };
    let shown = view(&made, &[]);
    let entry = trail.entry("calendar.created", "calendar", shown.id).changed(&(), &shown);
    app.store
        .tx(move |tx| {
            Box::pin(async move {
                tx.create_calendar(&ProviderScope::granted(), &made.document).await?;
                tx.audit(&entry).await
            })
        })
        .await?;
    Ok((StatusCode::CREATED, Json(shown)))
}

/// The coming two weeks, without saving anything.
#[utoipa::path(post, path = "/api/v1/calendars/preview", operation_id = "calendars_preview", tag = "calendars", request_body = CalendarHours, responses((status = 200, description = "Done", body = CalendarPreview)))]
pub async fn preview(
    State(app): State<App>,
    Json(body): Json<CalendarHours>,
) -> Result<Json<CalendarPreview>> {
    let calendar = checked(CalendarId::from_uuid(Uuid::nil()), &body)?;
    let (from, until) = (app.clock.now(), app.clock.now() + AHEAD);
    let open = open_spans(&calendar, from, until)?;
    Ok(Json(CalendarPreview { open, from: from.to_string(), until: until.to_string() }))
}

/// One calendar.
#[utoipa::path(get, path = "/api/v1/calendars/{calendar}", operation_id = "calendars_get", tag = "calendars", params(("calendar" = Uuid, Path)), responses((status = 200, description = "Done", body = CalendarView)))]
pub async fn get(State(app): State<App>, Path(calendar): Path<Uuid>) -> Result<Json<CalendarView>> {
    let record = find(&app, calendar).await?;
    Ok(Json(view(&record, &users(&app).await?)))
}

/// Changes a calendar; it holds at once for every contract that uses it.
#[utoipa::path(put, path = "/api/v1/calendars/{calendar}", operation_id = "calendars_change", tag = "calendars", params(("calendar" = Uuid, Path)), request_body = ChangeCalendar, responses((status = 200, description = "Done", body = CalendarView)))]
pub async fn change(
    State(app): State<App>,
    trail: Trail,
    Path(calendar): Path<Uuid>,
    Json(body): Json<ChangeCalendar>,
) -> Result<Json<CalendarView>> {
    let before = find(&app, calendar).await?;
    let document = checked(before.document.id, &body.hours)?;
    let mut after = CalendarRecord { document, version: body.version };
    let kept = after.clone();
    let entry = trail
        .entry("calendar.changed", "calendar", calendar)
        .changed(&view(&before, &[]), &view(&after, &[]));
    app.store
        .tx(move |tx| {
            Box::pin(async move {
                tx.change_calendar(&ProviderScope::granted(), &kept).await?;
                tx.audit(&entry).await
            })
        })
        .await?;
    app.configuration_changed().await;
    after.version += 1;
    Ok(Json(view(&after, &users(&app).await?)))
}

/// Removes a calendar that no contract uses.
#[utoipa::path(delete, path = "/api/v1/calendars/{calendar}", operation_id = "calendars_remove", tag = "calendars", params(("calendar" = Uuid, Path)), responses((status = 204, description = "Done")))]
pub async fn remove(
    State(app): State<App>,
    trail: Trail,
    Path(calendar): Path<Uuid>,
) -> Result<StatusCode> {
    let found = find(&app, calendar).await?;
    let id = found.document.id;
    uses::unused(&app, "calendar", calendar).await?;
    let entry =
        trail.entry("calendar.removed", "calendar", calendar).changed(&view(&found, &[]), &());
    app.store
        .tx(move |tx| {
            Box::pin(async move {
                tx.remove_calendar(&ProviderScope::granted(), id).await?;
                tx.audit(&entry).await
            })
        })
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The calendar that these hours make, or every fault of them.
pub fn checked(id: CalendarId, body: &CalendarHours) -> Result<Calendar> {
    let mut faults = Faults::default();
    let calendar = wire::calendar(id, body, &mut faults);
    faults.none("calendar")?;
    Ok(calendar)
}

/// The spans in which the calendar is open between two instants.
pub fn open_spans(calendar: &Calendar, from: Timestamp, until: Timestamp) -> Result<Vec<OpenSpan>> {
    let timeline = calendar.compile(from, until).map_err(|faults| {
        ApiError::invalid("calendar", faults.into_iter().map(Into::into).collect())
    })?;
    Ok(spans(&timeline, from, until))
}

fn spans(timeline: &Timeline<bool>, from: Timestamp, until: Timestamp) -> Vec<OpenSpan> {
    let mut spans = Vec::new();
    let mut opened = None;
    for (at, open) in timeline.changes.iter().filter(|(at, _)| *at < until) {
        match (open, opened) {
            (true, None) => opened = Some((*at).max(from)),
            (false, Some(since)) => {
                if *at > since {
                    spans.push(OpenSpan { from: since.to_string(), until: at.to_string() });
                }
                opened = None;
            }
            (true, Some(_)) | (false, None) => {}
        }
    }
    if let Some(since) = opened {
        spans.push(OpenSpan { from: since.to_string(), until: until.to_string() });
    }
    spans
}

async fn find(app: &App, id: Uuid) -> Result<CalendarRecord> {
    let id = CalendarId::from_uuid(id);
    let found = app.store.view().calendar(&ProviderScope::granted(), id).await?;
    found.ok_or_else(|| ApiError::not_found("calendar"))
}

/// Which client's contract uses which calendar, now or later.
async fn users(app: &App) -> Result<Vec<(CalendarId, ClientId)>> {
    let provider = ProviderScope::granted();
    let contracts = app.store.view().contracts_from(&provider, app.clock.now()).await?;
    Ok(contracts.iter().map(|contract| (contract.document.hours, contract.client)).collect())
}

fn view(record: &CalendarRecord, users: &[(CalendarId, ClientId)]) -> CalendarView {
    let id = record.document.id;
    let used_by: BTreeSet<_> = users
        .iter()
        .filter(|(calendar, _)| *calendar == id)
        .map(|(_, client)| client.uuid())
        .collect();
    CalendarView {
        id: id.uuid(),
        hours: wire::hours(&record.document),
        used_by: used_by.into_iter().collect(),
        version: record.version,
    }
}
