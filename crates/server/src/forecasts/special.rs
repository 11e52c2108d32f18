//! Days unlike others: written down by planners, and the holidays of a client's calendar.

use api::forecast::{SpecialDay, SpecialDays};
use axum::extract::State;
use domain::{CalendarId, ClientId, Day};
use serde_json::json;
use store::{ProviderScope, records::Setting};
use uuid::Uuid;

use crate::{
    App,
    admin::Faults,
    http::{
        audit::{Told, Trail},
        error::{ApiError, Result},
        extract::Json,
    },
};

const SCOPE: ProviderScope = ProviderScope::granted();

/// Key of the setting that holds them.
const KEY: &str = "special_days";

/// Most days written down.
const DAYS_MAX: usize = 2_000;

/// Special days that were written down.
#[utoipa::path(get, path = "/api/v1/planning/special-days", operation_id = "special_days", tag = "planning", responses((status = 200, description = "Done", body = SpecialDays)))]
pub async fn get(State(app): State<App>) -> Result<Json<SpecialDays>> {
    read(&app).await.map(Json)
}

/// Writes special days down, all of them.
#[utoipa::path(put, path = "/api/v1/planning/special-days", operation_id = "special_days_change", tag = "planning", request_body = SpecialDays, responses((status = 200, description = "Done", body = SpecialDays)))]
pub async fn change(
    State(app): State<App>,
    trail: Trail,
    Json(body): Json<SpecialDays>,
) -> Result<Json<SpecialDays>> {
    let before = read(&app).await?;
    let mut days = checked(&app, body.days)?;
    days.sort_by(|a, b| (&a.day, a.client, &a.name).cmp(&(&b.day, b.client, &b.name)));
    let value = serde_json::to_value(&days).map_err(|error| ApiError::internal(&error))?;
    let after = SpecialDays { days, version: body.version + 1 };
    let entry = trail
        .entry("planning.special_days_changed", "settings", Uuid::nil())
        .changed(&before, &after);
    let setting =
        Setting { key: KEY.to_owned(), value: json!({ "days": value }), version: body.version };
    app.store
        .tx(move |tx| {
            let (setting, entry) = (setting.clone(), entry.clone());
            Box::pin(async move {
                tx.save_setting(&SCOPE, &setting).await?;
                tx.audit(&entry).await
            })
        })
        .await?;
    read(&app).await.map(Json)
}

/// What was written down.
pub async fn read(app: &App) -> Result<SpecialDays> {
    let Some(kept) = app.store.view().setting(&SCOPE, KEY).await? else {
        return Ok(SpecialDays { days: Vec::new(), version: 0 });
    };
    let days = serde_json::from_value(kept.value["days"].clone())
        .map_err(|error| ApiError::internal(&error))?;
    Ok(SpecialDays { days, version: kept.version })
}

fn checked(app: &App, days: Vec<SpecialDay>) -> Result<Vec<SpecialDay>> {
    if days.len() > DAYS_MAX {
        return Err(ApiError::fault(
            "list of special days",
            "days",
            "too_many_special_days",
            domain::words!("There are {}.", days.len()),
            domain::words!("Keep at most {}.", DAYS_MAX),
        ));
    }
    let mut faults = Faults::default();
    let directory = app.floor.directory();
    let mut kept: Vec<SpecialDay> = Vec::with_capacity(days.len());
    for (at, day) in days.into_iter().enumerate() {
        if day.of_calendar {
            continue;
        }
        let field = |name: &str| format!("days[{at}].{name}");
        let name = faults.text(&field("name"), &day.name, 1, 80);
        if day.day.parse::<Day>().is_err() {
            let shown: String = day.day.chars().take(32).collect();
            faults.add(
                &field("day"),
                "not_a_date",
                domain::words!("`{}` is no day.", shown),
                "Give a date such as 2026-12-24.",
            );
        }
        if day.factor.is_some_and(|factor| !(0.0..=100.0).contains(&factor)) {
            faults.add(
                &field("factor"),
                "factor_out_of_range",
                domain::words!("It is {} times.", day.factor.unwrap_or_default()),
                "Give a number from 0 (closed) to 100, or nothing to learn it from such days before.",
            );
        }
        let client = day.client.map(ClientId::from_uuid);
        if client.is_some_and(|client| directory.client(client).is_none()) {
            faults.add(
                &field("client"),
                "no_such_client",
                "There is no such client.",
                "Choose one of the list.",
            );
        }
        if kept.iter().any(|other| other.day == day.day && other.client == day.client) {
            faults.add(
                &field("day"),
                "special_day_twice",
                domain::words!("{} is there twice.", day.day),
                "Keep one of them.",
            );
        }
        kept.push(SpecialDay { name, ..day });
    }
    faults.none("list of special days")?;
    Ok(kept)
}

/// The special days of a client, or of all: what was written down wins over the calendar.
pub async fn of(app: &App, client: Option<ClientId>) -> Result<Vec<SpecialDay>> {
    let written = read(app).await?.days;
    let own = |day: &&SpecialDay| day.client.is_none() || day.client == client.map(ClientId::uuid);
    let mut days: Vec<SpecialDay> = Vec::new();
    // One for the client comes before one for everybody on the same day.
    for of_client in [true, false] {
        for day in written.iter().filter(own).filter(|day| day.client.is_some() == of_client) {
            if !days.iter().any(|kept| kept.day == day.day) {
                days.push(day.clone());
            }
        }
    }
    if let Some(client) = client {
        for holiday in holidays(app, client).await? {
            if !days.iter().any(|kept| kept.day == holiday.day) {
                days.push(holiday);
            }
        }
    }
    days.sort_by(|a, b| a.day.cmp(&b.day));
    Ok(days)
}

async fn holidays(app: &App, client: ClientId) -> Result<Vec<SpecialDay>> {
    let directory = app.floor.directory();
    let hours: Option<CalendarId> = directory
        .client(client)
        .and_then(|entry| entry.on_floor.as_ref())
        .map(|on_floor| on_floor.contract.hours);
    let Some(hours) = hours else { return Ok(Vec::new()) };
    let calendars = app.store.view().calendars(&SCOPE).await?;
    let calendar = calendars.into_iter().find(|kept| kept.document.id == hours);
    let holidays = calendar.map(|kept| kept.document.holidays).unwrap_or_default();
    Ok(holidays
        .into_iter()
        .map(|holiday| SpecialDay {
            day: holiday.date,
            name: holiday.name,
            factor: holiday.hours.is_empty().then_some(0.0),
            client: Some(client.uuid()),
            of_calendar: true,
        })
        .collect())
}
