//! A schedule worked out: the job, and what it hands to the planner.

use std::{fmt, sync::Arc, time::Duration};

use api::{
    planning::{JobKind, JobPhase, JobView},
    schedule::{ScheduleJob, ScheduleMade, ScheduleQuality, ScheduleRequest},
};
use axum::{extract::State, http::StatusCode};
use domain::{Day, Fault, ScheduleId, words};
use planning::{
    roster::{Plan, Required, Roster, check},
    sim::Value,
};
use serde::Deserialize;
use store::records::ScheduleState;
use uuid::Uuid;

use super::{
    Asked,
    book::{Book, Document},
    keep_new,
};
use crate::{
    App,
    http::{
        audit::Trail,
        error::{ApiError, Result},
        extract::{Json, Path},
    },
    planning::{NotDone, Order, Work},
};

/// How long the planner looks where nothing is said, in seconds.
const TIME_LIMIT_S: u32 = 30;
/// How good is good enough then.
const GAP: f64 = 0.005;

/// What a planner is given.
#[derive(Clone, Debug)]
pub struct Files {
    /// The plan as `permanence schedule` reads it; people are called by their ids.
    pub plan: serde_json::Value,
    /// What is required, as CSV.
    pub required: String,
    /// Looking ends after this, with the best that was found.
    pub time_limit: Duration,
    /// It ends earlier when at most this share above the least possible.
    pub gap: f64,
}

impl Files {
    /// What the files say.
    ///
    /// # Errors
    /// Every fault of them.
    pub fn read(&self) -> Result<(Plan, Required), Vec<Fault>> {
        let required = Required::read_csv(&self.required)?;
        // Every JSON value is a value of a plan's file.
        let value = Value::deserialize(&self.plan).unwrap_or(Value::Table(Vec::new()));
        let plan = Plan::read(&value, required.first_day())?;
        Ok((plan, required))
    }
}

/// What a planner found.
#[derive(Clone, Debug)]
pub struct Found {
    /// Who works when, by their places in the plan of the files.
    pub roster: Roster,
    /// What no roster costs less than.
    pub bound: Option<f64>,
    /// Whether it ended before the gap was reached.
    pub early: bool,
    /// How long it took.
    pub took: Duration,
}

/// Makes rosters. The program that does is no part of the server, which may not be ended by it: whoever
/// starts the server hands one in ([`Server::with_planner`](crate::serve::Server::with_planner)).
pub trait Planner: Send + Sync + fmt::Debug {
    /// Makes a roster. `told` hears now and then how long it has taken; when it says `true` the planner stops.
    ///
    /// # Errors
    /// [`NotFound`].
    fn plan(
        &self,
        files: &Files,
        told: &(dyn Fn(Duration) -> bool + Sync),
    ) -> Result<Found, NotFound>;
}

/// Why there is no roster.
#[derive(Debug)]
pub enum NotFound {
    /// It was told to stop.
    Stopped,
    /// What is asked for cannot be planned, or was not in time; in words.
    Refused(String),
    /// The planner itself failed.
    Failed(anyhow::Error),
}

impl From<NotFound> for NotDone {
    fn from(error: NotFound) -> Self {
        match error {
            NotFound::Stopped => Self::Stopped,
            NotFound::Failed(error) => Self::Failed(error),
            NotFound::Refused(why) => Self::Faults(vec![Fault::new(
                "required",
                "not_planned",
                words!("The planner found no schedule: {}", why),
                "Give it more time, more people, or looser rules.",
            )]),
        }
    }
}

/// Begins to work a schedule out.
#[utoipa::path(post, path = "/api/v1/planning/schedules/plan", operation_id = "schedule_plan", tag = "planning", request_body = ScheduleRequest, responses((status = 202, description = "Begun", body = JobView)))]
pub async fn begin(
    State(app): State<App>,
    trail: Trail,
    Json(body): Json<ScheduleRequest>,
) -> Result<(StatusCode, Json<JobView>)> {
    let Some(planner) = app.planner.clone() else {
        return Err(ApiError::conflict(
            "no_planner",
            "This server was started without a planner of shifts.",
            "Start it with `permanence serve`, or make the schedule by hand.",
        ));
    };
    let asked = Asked::read(&app, &body).await?;
    let (first, last) = asked.book.days();
    let order = Order {
        kind: JobKind::Schedule,
        about: asked.title.clone(),
        days: Some((first, last)),
        asked: serde_json::to_value(&body).unwrap_or_default(),
    };
    let making = Making { planner, asked, body, trail: trail.clone() };
    let begun = app.jobs.begun(order, &trail, move |work| making.made(work)).await?;
    Ok((StatusCode::ACCEPTED, Json(begun)))
}

/// How far a schedule's job is, what was asked, and what came out.
#[utoipa::path(get, path = "/api/v1/planning/schedules/plan/{job}", operation_id = "schedule_plan_get", tag = "planning", params(("job" = Uuid, Path)), responses((status = 200, description = "Done", body = ScheduleJob)))]
pub async fn get(State(app): State<App>, Path(job): Path<Uuid>) -> Result<Json<ScheduleJob>> {
    let (job, asked, result) = app.jobs.asked(job, JobKind::Schedule).await?;
    Ok(Json(ScheduleJob { job, asked, result }))
}

struct Making {
    planner: Arc<dyn Planner>,
    asked: Asked,
    body: ScheduleRequest,
    trail: Trail,
}

impl Making {
    fn made(self, work: &Work) -> Result<ScheduleMade, NotDone> {
        let Self { planner, asked, body, trail } = self;
        let Asked { title, book } = asked;
        let (plan, required) = book.files();
        let time_limit = Duration::from_secs(u64::from(body.time_limit_s.unwrap_or(TIME_LIMIT_S)));
        let files = Files { plan, required, time_limit, gap: body.gap.unwrap_or(GAP) };
        let told = |took: Duration| {
            work.told(JobPhase::Scheduling, took.as_secs(), time_limit.as_secs());
            work.is_stopped()
        };
        told(Duration::ZERO);
        let found = planner.plan(&files, &told)?;
        let breaches = check(&found.roster, book.plan());
        if !breaches.is_empty() {
            let shown: Vec<String> = breaches.iter().take(5).map(ToString::to_string).collect();
            return Err(NotDone::Failed(anyhow::anyhow!(
                "the planner's roster breaks {} rules: {}",
                breaches.len(),
                shown.join(" ")
            )));
        }
        let document = with_answer(&book, &found);
        let (first, last) = book.days();
        let schedule = draft(title, (first, last), book.plan().zone.name(), &document, &trail)?;
        work.wait(keep_new(work.store(), &schedule, &trail))?;
        Ok(ScheduleMade { schedule: schedule.id.uuid() })
    }
}

fn with_answer(book: &Book, found: &Found) -> Document {
    let value = book.value(&found.roster);
    let gap =
        found.bound.map(|bound| if value > 0.0 { ((value - bound) / value).max(0.0) } else { 0.0 });
    Document {
        duties: book.duties(&found.roster),
        quality: Some(ScheduleQuality {
            value,
            bound: found.bound,
            gap,
            time_used_s: found.took.as_secs_f64(),
            ended_early: found.early,
        }),
        ..book.document().clone()
    }
}

/// A new draft.
pub(super) fn draft(
    title: String,
    (first, last): (Day, Day),
    zone: &str,
    document: &Document,
    trail: &Trail,
) -> Result<store::records::Schedule, NotDone> {
    let document = serde_json::to_value(document).map_err(|error| NotDone::Failed(error.into()))?;
    Ok(store::records::Schedule {
        id: ScheduleId::from_uuid(Uuid::now_v7()),
        title,
        state: ScheduleState::Draft,
        first_day: first.to_string(),
        last_day: last.to_string(),
        zone: zone.to_owned(),
        document,
        made_by: trail.name().to_owned(),
        made: trail.at(),
        published_by: None,
        published: None,
        version: 1,
    })
}
