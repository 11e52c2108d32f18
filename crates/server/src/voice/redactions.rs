//! Spans of recordings that do not leave the house: marked by the provider's people, taken back by them,
//! and silent in what everybody hears who does not ask for the original and may.

use api::{
    role::Role,
    voice::{NewRedaction, RedactedSide, RedactionReason, RedactionView},
};
use axum::{extract::State, http::StatusCode};
use domain::{ClientId, RedactionId};
use serde::{Serialize, de::DeserializeOwned};
use std::time::Duration;
use store::{
    ClientScope, StoreError,
    records::{self, RecordingStatus, Redaction},
};
use telephony::media::Silenced;
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use super::recordings;
use crate::{
    App,
    admin::{Faults, voice::read_settings},
    http::{
        audit::{Told, Trail},
        error::{ApiError, Result},
        extract::{Json, Path},
        session::Caller,
    },
    live::instant,
};

/// Redactions of one recording at most; each is looked at for every second that is handed out.
const OF_ONE_MAX: usize = 200;

/// The endpoints.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(create)).routes(routes!(remove))
}

/// Redacts a span of a recording: from now on silence is handed out in its place.
#[utoipa::path(post, path = "/api/v1/recordings/{recording}/redactions", operation_id = "redactions_create", tag = "recordings", params(("recording" = Uuid, Path)), request_body = NewRedaction, responses((status = 201, description = "Done", body = RedactionView)))]
pub async fn create(
    State(app): State<App>,
    caller: Caller,
    trail: Trail,
    Path(recording): Path<Uuid>,
    Json(body): Json<NewRedaction>,
) -> Result<(StatusCode, Json<RedactionView>)> {
    let found = recordings::find(&app, &caller, recording).await?;
    let scope = ClientScope::of(found.client);
    let length = match (found.status, found.length) {
        (RecordingStatus::Done | RecordingStatus::Damaged, Some(length)) => length,
        _ => return Err(unfinished()),
    };
    let mut faults = Faults::default();
    let until = Duration::from_millis(body.until_ms);
    if body.until_ms <= body.from_ms || until > length + Duration::from_millis(1) {
        faults.add(
            "until_ms",
            "redaction_span",
            domain::words!(
                "The span must end after it begins, and within {} ms.",
                length.as_micros().div_ceil(1_000)
            ),
            "Mark it within the recording.",
        );
    }
    faults.none("redaction")?;
    if app.store.view().redactions(&scope, found.id).await?.len() >= OF_ONE_MAX {
        return Err(ApiError::conflict(
            "redactions_many",
            domain::words!("A recording has {} redactions at most.", OF_ONE_MAX),
            "Take some back, and mark longer spans in their place.",
        ));
    }
    let made = Redaction {
        id: RedactionId::from_uuid(Uuid::now_v7()),
        recording: found.id,
        from: Duration::from_millis(body.from_ms),
        until,
        side: match body.side {
            RedactedSide::Both => records::RedactedSide::Both,
            RedactedSide::Customer => records::RedactedSide::Customer,
            RedactedSide::Agents => records::RedactedSide::Agents,
        },
        reason: word(body.reason)?,
        user: caller.user,
        user_name: caller.name.clone(),
        at: trail.at(),
    };
    let shown = view(&made, true)?;
    let entry = trail
        .entry("redaction.created", "redaction", made.id.uuid())
        .of_client(found.client)
        .changed(&(), &shown);
    let kept = app.store.tx(move |tx| {
        Box::pin(async move {
            let is_kept = tx.redact(&scope, &made).await?;
            if is_kept {
                tx.audit(&entry).await?;
            }
            Ok::<_, StoreError>(is_kept)
        })
    });
    if !kept.await? {
        return Err(recordings::erased());
    }
    Ok((StatusCode::CREATED, Json(shown)))
}

/// Takes a redaction back: the span is heard again.
#[utoipa::path(delete, path = "/api/v1/recordings/{recording}/redactions/{redaction}", operation_id = "redactions_remove", tag = "recordings", params(("recording" = Uuid, Path), ("redaction" = Uuid, Path)), responses((status = 204, description = "Done")))]
pub async fn remove(
    State(app): State<App>,
    caller: Caller,
    trail: Trail,
    Path((recording, redaction)): Path<(Uuid, Uuid)>,
) -> Result<StatusCode> {
    let found = recordings::find(&app, &caller, recording).await?;
    let (scope, id) = (ClientScope::of(found.client), RedactionId::from_uuid(redaction));
    let kept = app.store.view().redactions(&scope, found.id).await?;
    let before = kept.iter().find(|one| one.id == id);
    let before = before.ok_or_else(|| ApiError::not_found("redaction"))?;
    let entry = trail
        .entry("redaction.removed", "redaction", redaction)
        .of_client(found.client)
        .changed(&view(before, true)?, &());
    app.store
        .tx(move |tx| {
            Box::pin(async move {
                tx.unredact(&scope, found.id, id).await?;
                tx.audit(&entry).await
            })
        })
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The recording is still being written: nothing of it can be redacted yet, so nothing of it leaves the
/// house.
pub fn unfinished() -> ApiError {
    ApiError::conflict(
        "recording_unfinished",
        "The recording is still being written.",
        "Wait until the call is over; until then nobody outside the house hears it.",
    )
}

/// Whether somebody may hear recordings of a client as they are: the provider's people who may hear them
/// at all, and the client's managers where the provider gives them that.
pub async fn may_hear_original(app: &App, caller: &Caller, client: ClientId) -> Result<bool> {
    match caller.role {
        Role::ClientReader => Ok(false),
        Role::ClientManager => Ok(read_settings(app, client).await?.originals_for_client),
        role => Ok(may_redact(role)),
    }
}

/// Whether a role marks spans; the table of operations says the same.
pub const fn may_redact(role: Role) -> bool {
    match role {
        Role::TeamLead | Role::ShiftLead | Role::AccountManager | Role::Administrator => true,
        Role::Agent | Role::Planner | Role::ClientReader | Role::ClientManager => false,
    }
}

/// What the sound leaves out.
pub fn silenced(redactions: &[Redaction]) -> Vec<Silenced> {
    let span = |one: &Redaction| Silenced {
        from: one.from,
        until: one.until,
        customer: one.side != records::RedactedSide::Agents,
        agents: one.side != records::RedactedSide::Customer,
    };
    redactions.iter().map(span).collect()
}

/// A redaction on the wire; a client's people are not told who marked it.
pub fn view(redaction: &Redaction, provider: bool) -> Result<RedactionView> {
    let ms = |at: Duration| u64::try_from(at.as_millis()).unwrap_or(u64::MAX);
    Ok(RedactionView {
        redaction: redaction.id.uuid(),
        recording: redaction.recording.uuid(),
        span: NewRedaction {
            from_ms: ms(redaction.from),
            until_ms: ms(redaction.until),
            side: match redaction.side {
                records::RedactedSide::Both => RedactedSide::Both,
                records::RedactedSide::Customer => RedactedSide::Customer,
                records::RedactedSide::Agents => RedactedSide::Agents,
            },
            reason: reason(&redaction.reason)?,
        },
        by: provider.then(|| redaction.user_name.clone()),
        at: instant(redaction.at),
    })
}

/// The stable word of a reason, as the wire has it.
fn word(reason: RedactionReason) -> Result<String> {
    through(&reason)
}

fn reason(word: &str) -> Result<RedactionReason> {
    through(&word)
}

fn through<T: DeserializeOwned>(value: &impl Serialize) -> Result<T> {
    let json = serde_json::to_value(value).map_err(|error| ApiError::internal(&error))?;
    serde_json::from_value(json).map_err(|error| ApiError::internal(&error))
}
