//! Recordings, listened to: each time is written into the audit log.

use std::{path::Path as FilePath, time::Duration};

use api::voice::{
    CallDirection, CallRecordView, LegView, PeaksView, QualityView, RecordingView, SpanView,
};
use axum::{
    extract::State,
    http::{HeaderMap, header},
    response::Response,
};
use domain::{ClientId, ContactId, RecordingId, Timestamp};
use serde::Deserialize;
use store::{
    ClientScope, ProviderScope,
    records::{self, AuditFilter, LegParty, PAGE_MAX, Recording, RecordingStatus},
};
use telephony::{ending::Code, media::Silenced};
use utoipa::IntoParams;
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use super::{handed_out, redactions};
use crate::{
    App,
    http::{
        audit::{Told, Trail},
        error::{ApiError, Result},
        extract::{Json, Path, Query},
        session::Caller,
    },
    live::instant,
};

/// Values in a waveform at most; a longer recording has wider ones.
const PEAKS_MAX: u64 = 2_000;

/// Whoever began to listen so long ago is still listening when they ask for another part.
const LISTEN_MAX: Duration = Duration::from_secs(6 * 60 * 60);

/// The endpoints.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(audio)).routes(routes!(peaks))
}

/// Which of a recording is asked for.
#[derive(Clone, Copy, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub struct WhichSound {
    /// The original, without silence in the place of what is redacted; for whoever may hear it.
    original: bool,
}

/// The sound of a recording: two channels, the customer's left. Parts may be asked for. What is redacted
/// is silent, unless the original is asked for.
#[utoipa::path(get, path = "/api/v1/recordings/{recording}/audio", operation_id = "recording_audio", tag = "recordings", params(("recording" = Uuid, Path), WhichSound), responses((status = 200, description = "A WAV file", content_type = "audio/wav"), (status = 206, description = "A part of it", content_type = "audio/wav")))]
pub async fn audio(
    State(app): State<App>,
    caller: Caller,
    trail: Trail,
    Path(recording): Path<Uuid>,
    Query(which): Query<WhichSound>,
    headers: HeaderMap,
) -> Result<Response> {
    let found = find(&app, &caller, recording).await?;
    let silenced = silenced_of(&app, &caller, &found, which).await?;
    let action = if which.original { "recording.original_heard" } else { "recording.heard" };
    play(&app, &trail, action, &found, silenced, &headers).await
}

/// The voicemail of a message that was left with a client, without what is redacted of it. Whoever asks
/// may see the message.
///
/// # Errors
/// 404 when there is none, 409 when it was erased.
pub async fn voicemail(
    app: &App,
    trail: &Trail,
    client: ClientId,
    recording: RecordingId,
    headers: &HeaderMap,
) -> Result<Response> {
    let found = find_of(app, client, recording).await?;
    let redactions = app.store.view().redactions(&ClientScope::of(client), recording).await?;
    let silenced = redactions::silenced(&redactions);
    play(app, trail, "recording.heard", &found, silenced, headers).await
}

/// Hands the sound out, and writes down who listened.
async fn play(
    app: &App,
    trail: &Trail,
    action: &str,
    found: &Recording,
    silenced: Vec<Silenced>,
    headers: &HeaderMap,
) -> Result<Response> {
    // A player asks for many parts of one listen; the first part stands for it. Whoever begins in the
    // middle has listened before, or is written down now.
    let range = headers.get(header::RANGE);
    let begins = range.is_none_or(|range| range.as_bytes().starts_with(b"bytes=0-"));
    if begins || !has_listened(app, trail, action, found).await? {
        let id = found.id.uuid();
        let entry = trail.entry(action, "recording", id).of_client(found.client);
        app.store.tx(move |tx| Box::pin(async move { tx.audit(&entry).await })).await?;
    }
    let file = super::folder(&app.config).join(&found.path);
    handed_out::hand_out(&file, silenced, headers).await.map_err(|error| unread(found, &error))
}

/// Whether somebody has begun to listen to the same within the last hours.
async fn has_listened(app: &App, trail: &Trail, action: &str, found: &Recording) -> Result<bool> {
    let filter = AuditFilter {
        client: Some(found.client),
        user: trail.user(),
        object_kind: Some("recording".to_owned()),
        object: Some(found.id.to_string()),
        ..AuditFilter::default()
    };
    let mut records = app.store.view();
    let entries = records.audit_entries(&ProviderScope::granted(), &filter, PAGE_MAX).await?;
    let since = trail.at() - LISTEN_MAX;
    Ok(entries.iter().any(|entry| entry.action == action && entry.at > since))
}

/// The waveform of a recording, flat where it is redacted, unless that of the original is asked for.
#[utoipa::path(get, path = "/api/v1/recordings/{recording}/peaks", operation_id = "recording_peaks", tag = "recordings", params(("recording" = Uuid, Path), WhichSound), responses((status = 200, description = "The waveform", body = PeaksView)))]
pub async fn peaks(
    State(app): State<App>,
    caller: Caller,
    Path(recording): Path<Uuid>,
    Query(which): Query<WhichSound>,
) -> Result<Json<PeaksView>> {
    let found = find(&app, &caller, recording).await?;
    let silenced = silenced_of(&app, &caller, &found, which).await?;
    let file = super::folder(&app.config).join(&found.path);
    let read = tokio::task::spawn_blocking(move || waveform(&file, &silenced)).await;
    let read = read.map_err(|error| ApiError::internal(&error))?;
    read.map(Json).map_err(|error| unread(&found, &error))
}

/// A recording that the caller may hear, redacted at least; a client's people once it is written.
pub async fn find(app: &App, caller: &Caller, id: Uuid) -> Result<Recording> {
    let id = RecordingId::from_uuid(id);
    let not_found = || ApiError::not_found("recording");
    let client = match caller.client {
        Some(own) => own,
        None => {
            let found = app.store.view().client_of_recording(&ProviderScope::granted(), id).await?;
            found.ok_or_else(not_found)?
        }
    };
    let found = find_of(app, client, id).await?;
    if caller.role.is_client() && found.status == RecordingStatus::Writing {
        return Err(redactions::unfinished());
    }
    Ok(found)
}

async fn find_of(app: &App, client: ClientId, id: RecordingId) -> Result<Recording> {
    let found = app.store.view().recording(&ClientScope::of(client), id).await?;
    let found = found.ok_or_else(|| ApiError::not_found("recording"))?;
    if found.status == RecordingStatus::Erased {
        return Err(erased());
    }
    Ok(found)
}

/// The sound of the recording is gone.
pub fn erased() -> ApiError {
    ApiError::conflict(
        "recording_erased",
        "The recording was erased at the end of its retention.",
        "The contract of the client says how long recordings are kept.",
    )
}

/// What is silent in the sound that is asked for.
async fn silenced_of(
    app: &App,
    caller: &Caller,
    found: &Recording,
    which: WhichSound,
) -> Result<Vec<Silenced>> {
    if which.original {
        if !redactions::may_hear_original(app, caller, found.client).await? {
            return Err(ApiError::forbidden(
                "original_not_given",
                "Recordings are yours to hear without what is redacted of them.",
            ));
        }
        return Ok(Vec::new());
    }
    let scope = ClientScope::of(found.client);
    let kept = app.store.view().redactions(&scope, found.id).await?;
    Ok(redactions::silenced(&kept))
}

/// The file is gone or cannot be read: ours to mend, and nothing that asking again would change.
fn unread(found: &Recording, error: &std::io::Error) -> ApiError {
    tracing::error!(recording.id = %found.id, "its file cannot be read: {error}");
    match error.kind() {
        std::io::ErrorKind::NotFound => ApiError::not_found("recording"),
        _ => ApiError::internal(error),
    }
}

fn waveform(file: &FilePath, silenced: &[Silenced]) -> std::io::Result<PeaksView> {
    let sound = telephony::media::read_recording_silenced(file, silenced)?;
    let frames = sound.customer.len().max(1) as u64;
    let rate = u64::from(telephony::RATE);
    let step = (frames.div_ceil(PEAKS_MAX)).max(rate / 50);
    let values = |samples: &[i16]| {
        let width = usize::try_from(step).unwrap_or(usize::MAX);
        let peak = |part: &[i16]| {
            let loudest = part.iter().map(|sample| u32::from(sample.unsigned_abs())).max();
            u8::try_from(loudest.unwrap_or(0) * 100 / 32_768).unwrap_or(100)
        };
        samples.chunks(width).map(peak).collect()
    };
    Ok(PeaksView {
        step_ms: u32::try_from(step * 1_000 / rate).unwrap_or(u32::MAX),
        customer: values(&sound.customer),
        agents: values(&sound.agents),
    })
}

/// The telephone side of a contact's record; `None` for a contact that was never a call. Towards a
/// client's people agents have their alias.
pub async fn record(
    app: &App,
    caller: &Caller,
    client: ClientId,
    contact: ContactId,
) -> Result<Option<CallRecordView>> {
    let alias = caller.role.is_client();
    let scope = ClientScope::of(client);
    let mut records = app.store.view();
    let Some(call) = records.call(&scope, contact).await? else { return Ok(None) };
    let directory = app.floor.directory();
    let legs = records.call_legs(&scope, contact).await?;
    let legs = legs.into_iter().map(|leg| LegView {
        leg: leg.leg.uuid(),
        party: leg.party.word().to_owned(),
        agent_name: leg.agent.map(|agent| match alias {
            true => directory.alias(client, agent),
            false => directory.agent_name(agent),
        }),
        started: instant(leg.started),
        answered: leg.answered.map(instant),
        ended: leg.ended.map(instant),
        ending: leg.ending,
        quality: leg.quality.and_then(|value| serde_json::from_value::<QualityView>(value).ok()),
    });
    let legs: Vec<LegView> = match alias {
        // A client's people are not told who listened.
        true => legs.filter(|leg| leg.party != LegParty::Supervisor.word()).collect(),
        false => legs.collect(),
    };
    let may_hear_original = redactions::may_hear_original(app, caller, client).await?;
    let mut recordings = Vec::new();
    for recording in records.recordings_of(&scope, contact).await? {
        let pauses = records.recording_pauses(&scope, recording.id).await?;
        let redacted = records.redactions(&scope, recording.id).await?;
        let redacted = redacted.iter().map(|one| redactions::view(one, !alias));
        recordings.push(RecordingView {
            redactions: redacted.collect::<Result<_>>()?,
            may_hear_original,
            may_redact: redactions::may_redact(caller.role),
            ..recording_view(&recording, &pauses)
        });
    }
    let row = call.ending.as_deref().and_then(|code| code.parse::<Code>().ok()).map(Code::ending);
    let trunks = app.voice.as_ref().map(|voice| voice.plan());
    let trunk = call.trunk.and_then(|id| trunks.as_ref().and_then(|plan| plan.trunk_name(id)));
    Ok(Some(CallRecordView {
        direction: match call.direction {
            records::CallDirection::Inbound => CallDirection::Inbound,
            records::CallDirection::Outbound => CallDirection::Outbound,
        },
        number: call.number,
        dialled: call.dialled,
        trunk: trunk.filter(|_| !alias),
        ending: call.ending,
        fault: row.map(|row| row.fault.as_str().to_owned()),
        billable: row.map(|row| row.billable),
        legs,
        recordings,
    }))
}

fn recording_view(recording: &Recording, pauses: &[records::RecordingPause]) -> RecordingView {
    let ms =
        |at: Timestamp| u64::try_from(at.since(recording.started).as_millis()).unwrap_or(u64::MAX);
    RecordingView {
        recording: recording.id.uuid(),
        contact: recording.contact.uuid(),
        started: instant(recording.started),
        length_ms: recording.length.map(|length| u64::try_from(length.as_millis()).unwrap_or(0)),
        status: recording.status.word().to_owned(),
        pauses: pauses
            .iter()
            .map(|pause| SpanView { from_ms: ms(pause.from), until_ms: pause.until.map(ms) })
            .collect(),
        redactions: Vec::new(),
        may_hear_original: false,
        may_redact: false,
        kept_until: recording.kept_until.map(instant),
    }
}
