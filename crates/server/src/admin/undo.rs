//! Taking back one's own last change: what was there before is in the audit log, and goes back by
//! the same handler that any change goes through, with its checks, its version and its audit entry.

use api::admin::{
    agents::ChangeAgent,
    calendars::{CalendarHours, ChangeCalendar},
    canned::{ChangeCanned, NewCanned},
    clients::ChangeClient,
    contracts::{ContractTerms, ContractView, PublishContract},
    on_call::ChangeOnCall,
    pools::{ChangeNamed, ChangePool, NewNamed, NewPool, NewTeam},
    settings::SettingsView,
    undo::{Undo, UndoKind, Undone},
    users::ChangeUser,
};
use api::mailings::{ChangeMailing, MailingTerms, NewMailing};
use api::voice::NewRedaction;
use axum::{extract::State, http::StatusCode};
use domain::{ClientId, Timestamp};
use serde::de::DeserializeOwned;
use serde_json::Value;
use store::records::{AuditEntry, AuditFilter, PAGE_MAX, ProviderScope};
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use super::{
    agents, calendars, canned, clients, contracts, on_call, pools, settings, sites, skills, teams,
    users,
};
use crate::{
    App,
    http::{
        audit::Trail,
        error::{ApiError, Result},
        extract::{Json, Path},
        session::Caller,
    },
    mailings,
    voice::redactions,
};

/// The endpoints.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(undo))
}

/// Brings back what was there before one's own last change.
#[utoipa::path(post, path = "/api/v1/undo", operation_id = "undo", tag = "audit", request_body = Undo, responses((status = 200, description = "Done", body = Undone)))]
pub async fn undo(
    State(app): State<App>,
    caller: Caller,
    trail: Trail,
    Json(body): Json<Undo>,
) -> Result<Json<Undone>> {
    let entry = last_change(&app, &body).await?;
    if entry.user != Some(caller.user) {
        return Err(ApiError::conflict(
            "changed_after_you",
            domain::words!("{} changed this at {}, after you.", entry.user_name, entry.at),
            "Load it again: taking your change back would take theirs back as well.",
        ));
    }
    if entry.at < caller.since {
        return Err(ApiError::conflict(
            "changed_before_sign_in",
            domain::words!(
                "You changed this at {}, before you signed in to this session.",
                entry.at
            ),
            "Change it by hand; the audit log has what was there before.",
        ));
    }
    let object = back(&app, caller, trail, body, &entry).await?;
    Ok(Json(Undone { action: entry.action, object }))
}

/// The last change of the thing, whoever made it.
async fn last_change(app: &App, body: &Undo) -> Result<AuditEntry> {
    let filter = AuditFilter {
        object_kind: Some(word(body.kind).to_owned()),
        object: Some(body.object.to_string()),
        ..AuditFilter::default()
    };
    let mut records = app.store.view();
    let entries = records.audit_entries(&ProviderScope::granted(), &filter, PAGE_MAX).await?;
    // Work in progress on a contract is no version of it, and a sign-in leaves its user as it was.
    let of_this = format!("{}.", word(body.kind));
    let last = entries.into_iter().find(|entry| entry.action.starts_with(&of_this));
    last.ok_or_else(|| {
        ApiError::conflict(
            "nothing_to_undo",
            "Nobody has changed this yet, so there is nothing to take back.",
            "Load it again to see where it stands.",
        )
    })
}

/// A kind, as the audit log calls it.
const fn word(kind: UndoKind) -> &'static str {
    match kind {
        UndoKind::Agent => "agent",
        UndoKind::Calendar => "calendar",
        UndoKind::CannedAnswer => "canned_answer",
        UndoKind::Client => "client",
        UndoKind::Contract => "contract",
        UndoKind::Mailing => "mailing",
        UndoKind::OnCall => "on_call",
        UndoKind::Pool => "pool",
        UndoKind::Redaction => "redaction",
        UndoKind::Settings => "settings",
        UndoKind::Site => "site",
        UndoKind::Skill => "skill",
        UndoKind::Team => "team",
        UndoKind::User => "user",
    }
}

/// What a change did to the thing.
enum Did {
    Created,
    Changed,
    Removed,
}

/// Does the opposite of `entry`. Gives the id of what is there now.
async fn back(
    app: &App,
    caller: Caller,
    trail: Trail,
    body: Undo,
    entry: &AuditEntry,
) -> Result<Option<Uuid>> {
    use UndoKind as Kind;
    let (state, id) = (State(app.clone()), body.object);
    let did = match (&entry.before, &entry.after) {
        (Value::Null, Value::Null) => return Err(for_good(entry)),
        (Value::Null, _) => Did::Created,
        (_, Value::Null) => Did::Removed,
        _ => Did::Changed,
    };
    match (body.kind, did) {
        (Kind::Skill, Did::Changed) => {
            skills::change(state, trail, Path(id), before::<ChangeNamed>(entry)?).await?;
        }
        (Kind::Skill, Did::Created) => return gone(skills::remove(state, trail, Path(id)).await),
        (Kind::Skill, Did::Removed) => {
            let (_, Json(made)) = skills::create(state, trail, before::<NewNamed>(entry)?).await?;
            return Ok(Some(made.id));
        }
        (Kind::Site, Did::Changed) => {
            sites::change(state, trail, Path(id), before::<ChangeNamed>(entry)?).await?;
        }
        (Kind::Site, Did::Created) => return gone(sites::remove(state, trail, Path(id)).await),
        (Kind::Site, Did::Removed) => {
            let (_, Json(made)) = sites::create(state, trail, before::<NewNamed>(entry)?).await?;
            return Ok(Some(made.id));
        }
        (Kind::Pool, Did::Changed) => {
            pools::change(state, trail, Path(id), before::<ChangePool>(entry)?).await?;
        }
        (Kind::Pool, Did::Created) => return gone(pools::remove(state, trail, Path(id)).await),
        (Kind::Pool, Did::Removed) => {
            let (_, Json(made)) = pools::create(state, trail, before::<NewPool>(entry)?).await?;
            return Ok(Some(made.id));
        }
        (Kind::Team, Did::Changed) => {
            teams::change(state, trail, Path(id), before::<ChangeNamed>(entry)?).await?;
        }
        (Kind::Team, Did::Created) => return gone(teams::remove(state, trail, Path(id)).await),
        (Kind::Team, Did::Removed) => {
            let (_, Json(made)) = teams::create(state, trail, before::<NewTeam>(entry)?).await?;
            return Ok(Some(made.id));
        }
        (Kind::Calendar, Did::Changed) => {
            calendars::change(state, trail, Path(id), before::<ChangeCalendar>(entry)?).await?;
        }
        (Kind::Calendar, Did::Created) => {
            return gone(calendars::remove(state, trail, Path(id)).await);
        }
        (Kind::Calendar, Did::Removed) => {
            let hours = before::<CalendarHours>(entry)?;
            let (_, Json(made)) = calendars::create(state, trail, hours).await?;
            return Ok(Some(made.id));
        }
        (Kind::CannedAnswer, Did::Changed) => {
            let (at, answer) = (Path((client(entry)?, id)), before::<ChangeCanned>(entry)?);
            canned::change(state, caller, trail, at, answer).await?;
        }
        (Kind::CannedAnswer, Did::Created) => {
            let at = Path((client(entry)?, id));
            return gone(canned::remove(state, caller, trail, at).await);
        }
        (Kind::CannedAnswer, Did::Removed) => {
            let (at, answer) = (Path(client(entry)?), before::<NewCanned>(entry)?);
            let (_, Json(made)) = canned::create(state, caller, trail, at, answer).await?;
            return Ok(Some(made.id));
        }
        (Kind::Mailing, Did::Changed) => {
            let terms = before::<ChangeMailing>(entry)?;
            mailings::change(state, trail, Path(id), terms).await?;
        }
        (Kind::Mailing, Did::Created) => {
            return gone(mailings::remove(state, trail, Path(id)).await);
        }
        (Kind::Mailing, Did::Removed) if entry.before["of_client"] == true => {
            let (at, terms) = (Path(client(entry)?), before::<MailingTerms>(entry)?);
            let (_, Json(made)) = mailings::create_of(state, trail, at, terms).await?;
            return Ok(Some(made.id));
        }
        (Kind::Mailing, Did::Removed) => {
            let new = before::<NewMailing>(entry)?;
            let (_, Json(made)) = mailings::create(state, trail, new).await?;
            return Ok(Some(made.id));
        }
        (Kind::Redaction, Did::Created) => {
            let at = Path((recording(&entry.after).ok_or_else(|| for_good(entry))?, id));
            return gone(redactions::remove(state, caller, trail, at).await);
        }
        (Kind::Redaction, Did::Removed) => {
            let at = Path(recording(&entry.before).ok_or_else(|| for_good(entry))?);
            let span = before::<NewRedaction>(entry)?;
            let (_, Json(made)) = redactions::create(state, caller, trail, at, span).await?;
            return Ok(Some(made.redaction));
        }
        (Kind::Agent, Did::Changed) => {
            agents::change(state, trail, Path(id), before::<ChangeAgent>(entry)?).await?;
        }
        (Kind::User, Did::Changed) => {
            users::change(state, caller, trail, Path(id), before::<ChangeUser>(entry)?).await?;
        }
        // Going live and its end have buttons of their own, with a checklist before them.
        (Kind::Client, Did::Changed) if entry.action == "client.changed" => {
            clients::change(state, trail, Path(id), before::<ChangeClient>(entry)?).await?;
        }
        (Kind::Settings, Did::Changed) => {
            settings::change(state, trail, before::<SettingsView>(entry)?).await?;
        }
        (Kind::OnCall, Did::Changed) => {
            on_call::change(state, trail, Path(id), before::<ChangeOnCall>(entry)?).await?;
        }
        (Kind::Contract, Did::Changed) => {
            let terms = former_terms(entry, app.clock.now())?;
            contracts::publish(state, trail, Path(id), terms).await?;
        }
        (
            Kind::Agent
            | Kind::User
            | Kind::Client
            | Kind::Redaction
            | Kind::Settings
            | Kind::OnCall
            | Kind::Contract,
            _,
        ) => {
            return Err(for_good(entry));
        }
    }
    Ok(Some(id))
}

/// What was there before, as a request that brings it back: a change names the version that the
/// change to be undone made, so that a later one refuses it.
fn before<T: DeserializeOwned>(entry: &AuditEntry) -> Result<Json<T>> {
    let mut body = entry.before.clone();
    if let (Some(fields), Some(version)) = (body.as_object_mut(), entry.after["version"].as_u64()) {
        fields.insert("version".to_owned(), (version + 1).into());
    }
    serde_json::from_value(body).map(Json).map_err(|error| {
        tracing::warn!(audit.id = %entry.id, %error, "an entry of the audit log cannot be undone");
        for_good(entry)
    })
}

/// The terms before a version, as a request that publishes them as the next one. They hold from when
/// that version holds, or from now.
fn former_terms(entry: &AuditEntry, now: Timestamp) -> Result<Json<PublishContract>> {
    let published = serde_json::from_value::<ContractView>(entry.after.clone());
    let terms = serde_json::from_value::<ContractTerms>(entry.before.clone());
    let (Ok(published), Ok(terms)) = (published, terms) else { return Err(for_good(entry)) };
    let later = published.valid_from.parse::<Timestamp>().is_ok_and(|from| from > now);
    Ok(Json(PublishContract {
        based_on: published.version,
        valid_from: later.then_some(published.valid_from),
        note: format!("Takes version {} back.", published.version),
        terms,
    }))
}

/// The client that an entry concerns.
fn client(entry: &AuditEntry) -> Result<Uuid> {
    entry.client.map(ClientId::uuid).ok_or_else(|| for_good(entry))
}

/// The recording that a redaction is of.
fn recording(redaction: &Value) -> Option<Uuid> {
    serde_json::from_value(redaction["recording"].clone()).ok()
}

fn gone(removed: Result<StatusCode>) -> Result<Option<Uuid>> {
    removed.map(|_| None)
}

fn for_good(entry: &AuditEntry) -> ApiError {
    ApiError::conflict(
        "not_undone",
        domain::words!("`{}` cannot be taken back.", entry.action),
        "Change it by hand; the audit log has what was there before.",
    )
}
