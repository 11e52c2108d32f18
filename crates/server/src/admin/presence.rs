//! Who answers for a client right now: what its people say over the hours reaches the router as compiled hours, so that
//! it is journalled, replayed, and over by itself when its time is.

use std::time::Duration;

use api::{
    presence::{Answers as AnswersView, ChangePresence, OpenStretch, PresenceNow, PresenceView},
    role::Role,
};
use axum::extract::State;
use domain::{
    ClientId, Span, Timeline, Timestamp,
    contract::Control,
    presence::{Answers, LONGEST, Presence},
};
use store::records::{ClientDocument, ClientDocumentKind, ClientScope};
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use super::clients;
use crate::{
    App,
    floor::{ClientEntry, Directory},
    http::{
        audit::{Told, Trail},
        error::{ApiError, Result},
        extract::{Json, Path},
        session::{Caller, instant},
    },
};

/// How far the hours are shown.
const SHOWN: Duration = Duration::from_secs(7 * 86_400);

/// The endpoints.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(get, change))
}

/// The hours in which the provider answers for a client, and who answers now.
#[utoipa::path(get, path = "/api/v1/clients/{client}/presence", operation_id = "presence", tag = "presence", params(("client" = Uuid, Path)), responses((status = 200, description = "Done", body = PresenceView)))]
pub async fn get(
    State(app): State<App>,
    caller: Caller,
    Path(client): Path<Uuid>,
) -> Result<Json<PresenceView>> {
    let client = clients::find(&app, client).await?.id;
    let (_, version) = read(&app, client).await?;
    shown(&app, &caller, client, version).map(Json)
}

/// Says for a time who answers, whatever the hours say; or that the hours hold again.
///
/// The client may always say that it answers itself. That the provider answers outside the hours is more work than was
/// agreed: the client may say so in periods that it controls.
#[utoipa::path(put, path = "/api/v1/clients/{client}/presence", operation_id = "presence_change", tag = "presence", params(("client" = Uuid, Path)), request_body = ChangePresence, responses((status = 200, description = "Done", body = PresenceView)))]
pub async fn change(
    State(app): State<App>,
    caller: Caller,
    trail: Trail,
    Path(client): Path<Uuid>,
    Json(body): Json<ChangePresence>,
) -> Result<Json<PresenceView>> {
    let client = clients::find(&app, client).await?.id;
    let now = trail.at();
    let after = match body.answers {
        None => None,
        Some(answers) => Some(checked(&app, &caller, client, answers, body.until.as_deref(), now)?),
    };
    let (before, _) = read(&app, client).await?;
    let told = |presence: &Option<Presence>| presence.as_ref().map(presence_now);
    let entry = trail.entry("presence.changed", "presence", client.uuid()).of_client(client);
    let entry = entry.changed(&told(&before.filter(|one| !one.is_over(now))), &told(&after));
    let document = ClientDocument {
        client,
        kind: ClientDocumentKind::Presence,
        document: serde_json::to_value(&after).map_err(|error| ApiError::internal(&error))?,
        version: body.version,
    };
    app.store
        .tx(move |tx| {
            Box::pin(async move {
                tx.save_client_document(&ClientScope::of(client), &document).await?;
                tx.audit(&entry).await
            })
        })
        .await?;
    app.configuration_changed().await;
    shown(&app, &caller, client, body.version + 1).map(Json)
}

fn checked(
    app: &App,
    caller: &Caller,
    client: ClientId,
    answers: AnswersView,
    until: Option<&str>,
    now: Timestamp,
) -> Result<Presence> {
    let until = instant("until", until.unwrap_or_default())?;
    if until <= now || until.since(now) > LONGEST {
        let days = LONGEST.as_secs() / 86_400;
        return Err(ApiError::fault(
            "presence",
            "until",
            "presence_range",
            "Its end is over, or too far away.",
            domain::words!("Choose an end within {} days.", days),
        ));
    }
    let directory = app.floor.directory();
    let entry = directory.client(client).filter(|entry| entry.on_floor.is_some());
    let entry = entry.ok_or_else(|| {
        ApiError::conflict(
            "client_not_live",
            "No contacts of this client are taken at all.",
            "Go live with a contract first.",
        )
    })?;
    let span = Span { from: now, until };
    let answers = match answers {
        AnswersView::Client => Answers::Client,
        AnswersView::Provider => Answers::Provider,
    };
    if answers == Answers::Provider && !may_hand_over(entry, caller.role, span) {
        return Err(ApiError::forbidden(
            "presence_not_yours",
            "More hours are agreed with the provider, in the periods that the provider controls.",
        ));
    }
    Ok(Presence { answers, span, by: caller.name.clone() })
}

/// Whether somebody may have the provider answer in a span: its people always, a client's in its own periods.
fn may_hand_over(entry: &ClientEntry, role: Role, span: Span) -> bool {
    if !role.is_client() {
        return true;
    }
    let Some(floor) = &entry.on_floor else { return false };
    let periods = &floor.rules.period_at;
    let first = periods.at(span.from).into_iter();
    let later = periods.changes.iter().filter(|(at, _)| span.contains(*at)).map(|(_, at)| at);
    first.chain(later).all(|period| {
        let period = floor.contract.periods.get(usize::from(*period));
        period.is_some_and(|period| period.control == Control::Client)
    })
}

/// What was said last, whether it is over or not, and its version.
async fn read(app: &App, client: ClientId) -> Result<(Option<Presence>, u64)> {
    let scope = ClientScope::of(client);
    let kept = app.store.view().client_document(&scope, ClientDocumentKind::Presence).await?;
    let Some(kept) = kept else { return Ok((None, 0)) };
    let presence =
        serde_json::from_value(kept.document).map_err(|error| ApiError::internal(&error))?;
    Ok((presence, kept.version))
}

/// What was said, on the wire.
pub(crate) fn presence_now(presence: &Presence) -> PresenceNow {
    PresenceNow {
        answers: match presence.answers {
            Answers::Client => AnswersView::Client,
            Answers::Provider => AnswersView::Provider,
        },
        since: presence.span.from.to_string(),
        until: presence.span.until.to_string(),
        by: presence.by.clone(),
    }
}

/// What was said of a client, while it holds.
pub(crate) fn holding(entry: &ClientEntry, now: Timestamp) -> Option<PresenceNow> {
    entry.presence.as_ref().filter(|one| !one.is_over(now)).map(presence_now)
}

fn shown(app: &App, caller: &Caller, client: ClientId, version: u64) -> Result<PresenceView> {
    let now = app.clock.now();
    let directory: &Directory = &app.floor.directory();
    let entry = directory.client(client).ok_or_else(|| ApiError::not_found("client"))?;
    let soon = Span { from: now, until: now + Duration::from_secs(60) };
    let mut view = PresenceView {
        zone: entry.zone.name().to_owned(),
        live: entry.on_floor.is_some(),
        open: entry.is_open(now),
        changes: None,
        week: Vec::new(),
        agreed: Vec::new(),
        presence: holding(entry, now),
        may_take_back: caller.role != Role::ClientReader,
        may_hand_over: caller.role != Role::ClientReader && may_hand_over(entry, caller.role, soon),
        version,
    };
    if let Some(floor) = &entry.on_floor {
        let hours = &floor.rules.open_at;
        let limit = now + SHOWN;
        view.changes = hours.next_change(now).map(|(at, _)| at.to_string());
        view.week = stretches(entry, hours, now, limit);
        view.agreed = stretches(entry, &floor.agreed_hours, now, limit);
    }
    Ok(view)
}

/// When it is open in `from..until`.
fn stretches(
    entry: &ClientEntry,
    hours: &Timeline<bool>,
    from: Timestamp,
    until: Timestamp,
) -> Vec<OpenStretch> {
    let mut all = Vec::new();
    let mut at = from;
    while at < until {
        let next = hours.next_change(at).map_or(until, |(next, _)| (*next).min(until));
        if hours.at(at) == Some(&true) {
            let period = entry.period_at(at).map(|period| period.name.clone());
            all.push(OpenStretch {
                from: at.to_string(),
                until: next.to_string(),
                period: period.unwrap_or_default(),
            });
        }
        at = next;
    }
    all
}
