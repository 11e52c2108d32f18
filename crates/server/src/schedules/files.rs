//! Schedules as files: CSV for all, iCalendar for calendars.

use axum::{
    extract::State,
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};
use domain::{AgentId, Timestamp, Zone, csv};
use icalendar::{Calendar, Component, Event};
use serde::Deserialize;
use utoipa::IntoParams;
use uuid::Uuid;

use super::{
    adherence::{Shift, shifts},
    find, parts,
};
use crate::{
    App,
    http::{
        error::{ApiError, Result},
        extract::{Path, Query},
    },
};

/// Every duty as a line.
#[utoipa::path(get, path = "/api/v1/planning/schedules/{schedule}/csv", operation_id = "schedule_csv", tag = "planning", params(("schedule" = Uuid, Path)), responses((status = 200, description = "Done", body = String, content_type = "text/csv")))]
pub async fn csv(State(app): State<App>, Path(id): Path<Uuid>) -> Result<Response> {
    let kept = find(&app, id).await?;
    let (.., zone) = parts(&kept)?;
    let mut text = String::from("agent,shift,day,from,until,breaks\n");
    for shift in in_order(&app, shifts(&kept)?) {
        text += &format!(
            "{},{},{},{},{},{}\n",
            csv::cell(&app.floor.directory().agent_name(shift.agent)),
            csv::cell(&shift.name),
            shift.day,
            zone.local(shift.span.from),
            zone.local(shift.span.until),
            csv::cell(&breaks(&shift, &zone, "-").join("; ")),
        );
    }
    file(text, "text/csv; charset=utf-8", &format!("schedule-{}.csv", kept.first_day))
}

/// Whose calendar.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub struct CalendarQuery {
    /// This agent's alone; everybody's when absent.
    agent: Option<Uuid>,
}

/// The duties as iCalendar (RFC 5545). The id of an event is the agent and the day, so that a later
/// schedule's event takes the place of an earlier one's. Times are in UTC: no reader needs our zones.
#[utoipa::path(get, path = "/api/v1/planning/schedules/{schedule}/calendar", operation_id = "schedule_calendar", tag = "planning", params(("schedule" = Uuid, Path), CalendarQuery), responses((status = 200, description = "Done", body = String, content_type = "text/calendar")))]
pub async fn calendar(
    State(app): State<App>,
    Path(id): Path<Uuid>,
    Query(query): Query<CalendarQuery>,
) -> Result<Response> {
    let kept = find(&app, id).await?;
    let (.., zone) = parts(&kept)?;
    let utc = Zone::get("UTC").map_err(|error| ApiError::internal(&error))?;
    let digits = |at: Timestamp| {
        let text: String =
            utc.local(at).chars().take(19).filter(|c| !matches!(c, '-' | ':')).collect();
        format!("{text}Z")
    };
    let stamp = digits(kept.published.unwrap_or(kept.made));
    let mut calendar = Calendar::new();
    let wanted = query.agent.map(AgentId::from_uuid);
    for shift in in_order(&app, shifts(&kept)?) {
        if wanted.is_some_and(|agent| agent != shift.agent) {
            continue;
        }
        let name = app.floor.directory().agent_name(shift.agent);
        // One's own calendar needs no name on each day.
        let summary = match wanted {
            Some(_) => shift.name.clone(),
            None => format!("{name}: {}", shift.name),
        };
        let mut event = Event::new();
        event
            .uid(&format!("{}-{}@schedule.permanence", shift.agent, shift.day))
            .summary(&summary)
            .add_property("DTSTAMP", &stamp)
            .add_property("DTSTART", digits(shift.span.from))
            .add_property("DTEND", digits(shift.span.until));
        let breaks = breaks(&shift, &zone, " to ");
        if !breaks.is_empty() {
            event.description(&breaks.join("\n"));
        }
        calendar.push(event.done());
    }
    let name = format!("schedule-{}.ics", kept.first_day);
    file(calendar.to_string(), "text/calendar; charset=utf-8", &name)
}

/// By name, then by time.
fn in_order(app: &App, mut shifts: Vec<Shift>) -> Vec<Shift> {
    let directory = app.floor.directory();
    shifts.sort_by_cached_key(|shift| {
        (directory.agent_name(shift.agent), shift.agent, shift.span.from)
    });
    shifts
}

/// `Lunch 12:00-12:30`.
fn breaks(shift: &Shift, zone: &Zone, until: &str) -> Vec<String> {
    let clock = |at: Timestamp| zone.local(at).get(11..16).unwrap_or_default().to_owned();
    let of = |(name, span): &(String, domain::Span)| {
        format!("{name} {}{until}{}", clock(span.from), clock(span.until))
    };
    shift.breaks.iter().map(of).collect()
}

fn file(text: String, kind: &'static str, name: &str) -> Result<Response> {
    let mut response = text.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    let name = HeaderValue::from_str(&format!("attachment; filename=\"{name}\""))
        .map_err(|error| ApiError::internal(&error))?;
    headers.insert(header::CONTENT_DISPOSITION, name);
    Ok(response)
}
