//! What people go by: published when it keeps every rule, withdrawn, copied to be changed.

use std::collections::BTreeSet;

use api::{
    error::FaultView,
    schedule::{ScheduleVersion, ScheduleView},
};
use axum::{extract::State, http::StatusCode};
use domain::{AgentId, words};
use store::records::{Schedule, ScheduleState};
use uuid::Uuid;

use super::{Document, SCOPE, find, is_draft, keep_new, parts, plan, read, save, view};
use crate::{
    App,
    admin::Faults,
    http::{
        audit::Trail,
        error::{ApiError, Result},
        extract::{Json, Path},
    },
};

/// Publishes a draft that keeps every rule. It takes the place of what was published for the same days
/// when all people of that are in it.
#[utoipa::path(post, path = "/api/v1/planning/schedules/{schedule}/publish", operation_id = "schedule_publish", tag = "planning", params(("schedule" = Uuid, Path)), request_body = ScheduleVersion, responses((status = 200, description = "Done", body = ScheduleView)))]
pub async fn publish(
    State(app): State<App>,
    trail: Trail,
    Path(id): Path<Uuid>,
    Json(body): Json<ScheduleVersion>,
) -> Result<Json<ScheduleView>> {
    let kept = find(&app, id).await?;
    is_draft(&kept)?;
    let book = read(&app, &kept).await?;
    let mut faults = Faults::default();
    let roster = book.roster(&book.document().duties, &mut faults);
    let broken = book.checked(&roster).faults.into_iter().map(|fault| FaultView {
        field: fault.agent.map(|agent| agent.to_string()).unwrap_or_default(),
        code: format!("rule_{}", fault.rule),
        message: fault.message,
        next: "Change the shift, or the rule in a new schedule.".to_owned(),
        args: Vec::new(),
    });
    faults.0.extend(broken);
    let others = replaced(&app, &kept, &mut faults).await?;
    faults.none("schedule")?;
    let published = Schedule {
        state: ScheduleState::Published,
        published_by: Some(trail.name().to_owned()),
        published: Some(trail.at()),
        version: body.version,
        ..kept
    };
    let entry = trail.entry("schedule.published", "schedule", id);
    app.store
        .tx(move |tx| {
            let (published, others, entry) = (published.clone(), others.clone(), entry.clone());
            Box::pin(async move {
                for other in &others {
                    tx.change_schedule(&SCOPE, other).await?;
                }
                tx.change_schedule(&SCOPE, &published).await?;
                tx.audit(&entry).await
            })
        })
        .await?;
    Ok(Json(view(&app, &find(&app, id).await?).await?))
}

/// What a schedule takes the place of; people who would have two are faults.
async fn replaced(app: &App, kept: &Schedule, faults: &mut Faults) -> Result<Vec<Schedule>> {
    let (document, first, days, _) = parts(kept)?;
    let last = first.plus(i64::from(days) - 1);
    let mine: BTreeSet<Uuid> = document.agents.iter().map(|of| of.agent).collect();
    let mut replaced = Vec::new();
    for other in app.store.view().published_schedules(&SCOPE, first, last).await? {
        let (theirs, from, length, _) = parts(&other)?;
        let until = from.plus(i64::from(length) - 1);
        let both: Vec<Uuid> =
            theirs.agents.iter().map(|of| of.agent).filter(|of| mine.contains(of)).collect();
        let Some(one) = both.first() else { continue };
        if both.len() == theirs.agents.len() && first <= from && until <= last {
            replaced.push(Schedule { state: ScheduleState::Replaced, ..other });
        } else {
            let name = app.floor.directory().agent_name(AgentId::from_uuid(*one));
            faults.add(
                "agents",
                "scheduled_twice",
                words!("{} is in the published schedule `{}` too.", name, other.title),
                "Withdraw that one, or make this one for all of its people and days.",
            );
        }
    }
    Ok(replaced)
}

/// Makes a draft of what is published: nobody goes by it any more.
#[utoipa::path(post, path = "/api/v1/planning/schedules/{schedule}/withdraw", operation_id = "schedule_withdraw", tag = "planning", params(("schedule" = Uuid, Path)), request_body = ScheduleVersion, responses((status = 200, description = "Done", body = ScheduleView)))]
pub async fn withdraw(
    State(app): State<App>,
    trail: Trail,
    Path(id): Path<Uuid>,
    Json(body): Json<ScheduleVersion>,
) -> Result<Json<ScheduleView>> {
    let kept = find(&app, id).await?;
    if kept.state != ScheduleState::Published {
        return Err(ApiError::conflict(
            "schedule_not_published",
            "Nobody goes by this schedule.",
            "Go back to the list and choose a published one.",
        ));
    }
    let changed = Schedule {
        state: ScheduleState::Draft,
        published_by: None,
        published: None,
        version: body.version,
        ..kept
    };
    save(&app, &changed, trail.entry("schedule.withdrawn", "schedule", id)).await?;
    Ok(Json(view(&app, &find(&app, id).await?).await?))
}

/// A draft like this schedule, to be changed and published in its place.
#[utoipa::path(post, path = "/api/v1/planning/schedules/{schedule}/copy", operation_id = "schedule_copy", tag = "planning", params(("schedule" = Uuid, Path)), responses((status = 201, description = "Created", body = ScheduleView)))]
pub async fn copy(
    State(app): State<App>,
    trail: Trail,
    Path(id): Path<Uuid>,
) -> Result<(StatusCode, Json<ScheduleView>)> {
    let kept = find(&app, id).await?;
    let (document, first, days, zone) = parts(&kept)?;
    // What the planner proved holds for what it made.
    let document = Document { quality: None, ..document };
    let last = first.plus(i64::from(days) - 1);
    let made = plan::draft(kept.title, (first, last), zone.name(), &document, &trail)
        .map_err(|error| ApiError::internal(&format!("{error:?}")))?;
    keep_new(&app.store, &made, &trail).await?;
    Ok((StatusCode::CREATED, Json(view(&app, &made).await?)))
}
