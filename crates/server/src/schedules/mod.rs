//! Schedules of shifts: drafts that a job or a person makes, looked over and published; and how agents
//! keep to what is published.
//!
//! [`Book`](book::Book) is a schedule as the checker understands it. A draft may break rules, so that one
//! can work on it; `publish` refuses it with everything that `planning::roster::check` finds.

mod adherence;
mod book;
mod files;
mod plan;
mod publish;

use api::schedule::{
    ScheduleChange, ScheduleChecked, ScheduleLine, ScheduleList, ScheduleRequest, ScheduleRow,
    ScheduleState as StateName, ScheduleView,
};
use axum::{
    extract::{DefaultBodyLimit, State},
    http::StatusCode,
};
use domain::{AgentId, Day, ScheduleId, Zone, words};
use serde::Deserialize;
use store::{
    ProviderScope, Store, StoreError,
    records::{Schedule, ScheduleState},
};
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use crate::{
    App,
    admin::Faults,
    http::{
        audit::Trail,
        error::{ApiError, Result},
        extract::{Json, Path},
    },
};
use book::{Before, Book, Document};

pub use plan::{Files, Found, NotFound, Planner};

const SCOPE: ProviderScope = ProviderScope::granted();

/// A schedule of hundreds of people is sent in one piece.
const BODY_MAX: usize = 4 * 1024 * 1024;

/// Where people stand is read from the days before a schedule: as many as may be worked in a row at most.
const BEFORE_DAYS: i64 = book::ROW_MAX as i64;

/// The endpoints.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .merge(
            OpenApiRouter::new()
                .routes(routes!(list, create))
                .routes(routes!(plan::begin))
                .routes(routes!(get, change, remove))
                .routes(routes!(try_out))
                .layer(DefaultBodyLimit::max(BODY_MAX)),
        )
        .routes(routes!(plan::get))
        .routes(routes!(publish::publish))
        .routes(routes!(publish::withdraw))
        .routes(routes!(publish::copy))
        .routes(routes!(files::csv))
        .routes(routes!(files::calendar))
        .routes(routes!(adherence::board))
        .routes(routes!(adherence::day))
        .routes(routes!(adherence::own))
}

/// All schedules, the latest days first, and what a new one begins with.
#[utoipa::path(get, path = "/api/v1/planning/schedules", operation_id = "schedules", tag = "planning", responses((status = 200, description = "Done", body = ScheduleList)))]
pub async fn list(State(app): State<App>) -> Result<Json<ScheduleList>> {
    let found = app.store.view().schedules(&SCOPE).await?;
    Ok(Json(ScheduleList {
        schedules: found.iter().map(line).collect(),
        zone: app.floor.directory().floor_zone().name().to_owned(),
        usual: book::usual(),
    }))
}

/// Makes an empty draft, to be filled by hand.
#[utoipa::path(post, path = "/api/v1/planning/schedules", operation_id = "schedule_create", tag = "planning", request_body = ScheduleRequest, responses((status = 201, description = "Created", body = ScheduleView)))]
pub async fn create(
    State(app): State<App>,
    trail: Trail,
    Json(body): Json<ScheduleRequest>,
) -> Result<(StatusCode, Json<ScheduleView>)> {
    let Asked { title, book } = Asked::read(&app, &body).await?;
    let zone = book.plan().zone.name().to_owned();
    let schedule = plan::draft(title, book.days(), &zone, book.document(), &trail)
        .map_err(|error| ApiError::internal(&format!("{error:?}")))?;
    keep_new(&app.store, &schedule, &trail).await?;
    Ok((StatusCode::CREATED, Json(view(&app, &schedule).await?)))
}

/// One schedule, with what it keeps and covers.
#[utoipa::path(get, path = "/api/v1/planning/schedules/{schedule}", operation_id = "schedule", tag = "planning", params(("schedule" = Uuid, Path)), responses((status = 200, description = "Done", body = ScheduleView)))]
pub async fn get(State(app): State<App>, Path(id): Path<Uuid>) -> Result<Json<ScheduleView>> {
    let kept = find(&app, id).await?;
    Ok(Json(view(&app, &kept).await?))
}

/// Changes a draft. It may break rules; what does is named.
#[utoipa::path(put, path = "/api/v1/planning/schedules/{schedule}", operation_id = "schedule_change", tag = "planning", params(("schedule" = Uuid, Path)), request_body = ScheduleChange, responses((status = 200, description = "Done", body = ScheduleView)))]
pub async fn change(
    State(app): State<App>,
    trail: Trail,
    Path(id): Path<Uuid>,
    Json(body): Json<ScheduleChange>,
) -> Result<Json<ScheduleView>> {
    let kept = find(&app, id).await?;
    is_draft(&kept)?;
    let book = read(&app, &kept).await?;
    let mut faults = Faults::default();
    let title = faults.name("title", &body.title);
    let roster = book.roster(&body.duties, &mut faults);
    faults.none("schedule")?;
    let document = Document { duties: book.duties(&roster), ..book.document().clone() };
    let document = serde_json::to_value(&document).map_err(|error| ApiError::internal(&error))?;
    let changed = Schedule { title, document, version: body.version, ..kept };
    save(&app, &changed, trail.entry("schedule.changed", "schedule", id)).await?;
    get(State(app), Path(id)).await
}

/// How duties would do: every rule that they break, and what they cover. Nothing is kept.
#[utoipa::path(post, path = "/api/v1/planning/schedules/{schedule}/check", operation_id = "schedule_check", tag = "planning", params(("schedule" = Uuid, Path)), request_body = ScheduleChange, responses((status = 200, description = "Done", body = ScheduleChecked)))]
pub async fn try_out(
    State(app): State<App>,
    Path(id): Path<Uuid>,
    Json(body): Json<ScheduleChange>,
) -> Result<Json<ScheduleChecked>> {
    let book = read(&app, &find(&app, id).await?).await?;
    let mut faults = Faults::default();
    let roster = book.roster(&body.duties, &mut faults);
    faults.none("schedule")?;
    let looking = tokio::task::spawn_blocking(move || book.checked(&roster));
    Ok(Json(looking.await.map_err(|error| ApiError::internal(&error))?))
}

/// Removes a draft, or one that another has replaced.
#[utoipa::path(delete, path = "/api/v1/planning/schedules/{schedule}", operation_id = "schedule_remove", tag = "planning", params(("schedule" = Uuid, Path)), responses((status = 204, description = "Done")))]
pub async fn remove(
    State(app): State<App>,
    trail: Trail,
    Path(id): Path<Uuid>,
) -> Result<StatusCode> {
    let kept = find(&app, id).await?;
    if kept.state == ScheduleState::Published {
        return Err(ApiError::conflict(
            "schedule_in_force",
            "People go by this schedule.",
            "Withdraw it first.",
        ));
    }
    let entry = trail.entry("schedule.removed", "schedule", id);
    app.store
        .tx(move |tx| {
            let entry = entry.clone();
            Box::pin(async move {
                tx.remove_schedule(&SCOPE, kept.id, kept.version).await?;
                tx.audit(&entry).await
            })
        })
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What was asked for, understood.
struct Asked {
    title: String,
    book: Book,
}

impl Asked {
    async fn read(app: &App, request: &ScheduleRequest) -> Result<Self> {
        let mut faults = Faults::default();
        let zone = app.floor.directory().floor_zone();
        let first = request.first_day.parse::<Day>().ok();
        if first.is_none() {
            let text: String = request.first_day.chars().take(32).collect();
            faults.add(
                "first_day",
                "not_a_day",
                words!("`{}` is no day.", text),
                "Write a day as 2026-10-01.",
            );
        }
        faults.range("time_limit_s", request.time_limit_s.unwrap_or(1), 1, 600);
        faults.range("gap", request.gap.unwrap_or(0.0), 0.0, 1.0);
        let title = faults.text("title", &request.title, 0, 80);
        let document = Document::of(request);
        let days = request.days.unwrap_or(7);
        let shown = first.unwrap_or_else(|| zone.day_at(app.clock.now()));
        let before = before(app, shown).await?;
        let book = book_of(app, document, (shown, days, &zone), before, &mut faults);
        faults.none("schedule")?;
        // Without a book there was a fault.
        let book = book.ok_or_else(|| ApiError::not_found("schedule"))?;
        let (from, until) = book.days();
        let title = if title.is_empty() { format!("{from} – {until}") } else { title };
        Ok(Self { title, book })
    }
}

fn book_of(
    app: &App,
    document: Document,
    days: (Day, u32, &Zone),
    before: Before,
    faults: &mut Faults,
) -> Option<Book> {
    let directory = app.floor.directory();
    let name = |id: Uuid| directory.agent(AgentId::from_uuid(id)).map(|agent| agent.name.clone());
    Book::read(document, days, name, before, faults)
}

/// A schedule that is kept, understood. Agents who are gone by now keep their rows, by their ids.
async fn read(app: &App, kept: &Schedule) -> Result<Book> {
    let (document, first, days, zone) = parts(kept)?;
    let before = before(app, first).await?;
    let mut faults = Faults::default();
    let directory = app.floor.directory();
    let name = |id: Uuid| Some(directory.agent_name(AgentId::from_uuid(id)));
    let book = Book::read(document, (first, days, &zone), name, before, &mut faults);
    book.ok_or_else(|| ApiError::internal(&format!("schedule {}: {:?}", kept.id, faults.0)))
}

/// The document, first day, length and zone of a schedule that is kept.
fn parts(kept: &Schedule) -> Result<(Document, Day, u32, Zone)> {
    let wrong = |error: &dyn std::fmt::Display| ApiError::internal(error);
    let document = Document::deserialize(&kept.document).map_err(|error| wrong(&error))?;
    let first: Day = kept.first_day.parse().map_err(|error| wrong(&error))?;
    let last: Day = kept.last_day.parse().map_err(|error| wrong(&error))?;
    let zone = Zone::get(&kept.zone).map_err(|error| wrong(&error))?;
    let days = u32::try_from(last.since(first) + 1).map_err(|error| wrong(&error))?;
    Ok((document, first, days, zone))
}

/// Where people stand on a day, by what is published for the days before it.
async fn before(app: &App, first: Day) -> Result<Before> {
    let published = app
        .store
        .view()
        .published_schedules(&SCOPE, first.plus(-BEFORE_DAYS), first.previous())
        .await?;
    let mut worked: std::collections::BTreeMap<Uuid, Vec<(Day, domain::Timestamp)>> =
        std::collections::BTreeMap::new();
    for kept in &published {
        for shift in adherence::shifts(kept)? {
            if shift.day < first {
                worked.entry(shift.agent.uuid()).or_default().push((shift.day, shift.span.until));
            }
        }
    }
    let stands = worked.into_iter().filter_map(|(agent, mut days)| {
        days.sort_unstable();
        let until = days.iter().map(|(_, until)| *until).max()?;
        let mut row = 0;
        let mut day = first.previous();
        while days.iter().any(|(worked, _)| *worked == day) {
            row += 1;
            day = day.previous();
        }
        Some((agent, (until, row)))
    });
    Ok(stands.collect())
}

async fn find(app: &App, id: Uuid) -> Result<Schedule> {
    let found = app.store.view().schedule(&SCOPE, ScheduleId::from_uuid(id)).await?;
    found.ok_or_else(|| ApiError::not_found("schedule"))
}

fn is_draft(kept: &Schedule) -> Result<()> {
    match kept.state {
        ScheduleState::Draft => Ok(()),
        ScheduleState::Published | ScheduleState::Replaced => Err(ApiError::conflict(
            "schedule_not_draft",
            "This schedule was published.",
            "Make a copy of it, change that, and publish it in its place.",
        )),
    }
}

/// Keeps a new draft, with its entry in the audit log.
async fn keep_new(
    store: &Store,
    schedule: &Schedule,
    trail: &Trail,
) -> std::result::Result<(), StoreError> {
    let (schedule, entry) =
        (schedule.clone(), trail.entry("schedule.made", "schedule", schedule.id.uuid()));
    store
        .tx(move |tx| {
            let (schedule, entry) = (schedule.clone(), entry.clone());
            Box::pin(async move {
                tx.create_schedule(&SCOPE, &schedule).await?;
                tx.audit(&entry).await
            })
        })
        .await
}

/// Keeps a change, with its entry in the audit log.
async fn save(app: &App, changed: &Schedule, entry: store::records::AuditEntry) -> Result<()> {
    let changed = changed.clone();
    app.store
        .tx(move |tx| {
            let (changed, entry) = (changed.clone(), entry.clone());
            Box::pin(async move {
                tx.change_schedule(&SCOPE, &changed).await?;
                tx.audit(&entry).await
            })
        })
        .await?;
    Ok(())
}

fn line(kept: &Schedule) -> ScheduleLine {
    ScheduleLine {
        schedule: kept.id.uuid(),
        title: kept.title.clone(),
        state: match kept.state {
            ScheduleState::Draft => StateName::Draft,
            ScheduleState::Published => StateName::Published,
            ScheduleState::Replaced => StateName::Replaced,
        },
        first_day: kept.first_day.clone(),
        last_day: kept.last_day.clone(),
        zone: kept.zone.clone(),
        made_by: kept.made_by.clone(),
        made: kept.made.to_string(),
        published_by: kept.published_by.clone(),
        published: kept.published.map(|at| at.to_string()),
        version: kept.version,
    }
}

async fn view(app: &App, kept: &Schedule) -> Result<ScheduleView> {
    let book = read(app, kept).await?;
    let looking = tokio::task::spawn_blocking(move || {
        let roster = book.roster(&book.document().duties, &mut Faults::default());
        (book.checked(&roster), book)
    });
    let (checked, book) = looking.await.map_err(|error| ApiError::internal(&error))?;
    let Document { agents, rules, interval_min, required, duties, quality } =
        book.document().clone();
    let directory = app.floor.directory();
    let named = |of: api::schedule::ScheduleAgent| ScheduleRow {
        name: directory.agent_name(AgentId::from_uuid(of.agent)),
        of,
    };
    Ok(ScheduleView {
        line: line(kept),
        agents: agents.into_iter().map(named).collect(),
        rules,
        interval_min,
        required,
        duties,
        quality,
        checked,
    })
}
