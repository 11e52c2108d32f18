//! Recordings, listened to: each time is written into the audit log.

use std::path::{Path as FilePath, PathBuf};

use api::voice::{
    CallDirection, CallRecordView, LegView, PeaksView, QualityView, RecordingView, SpanView,
};
use axum::{
    body::Body,
    extract::{Request, State},
    response::{IntoResponse, Response},
};
use domain::{ClientId, ContactId, RecordingId, Timestamp};
use store::{
    ClientScope, ProviderScope,
    records::{self, LegParty, Recording, RecordingStatus},
};
use telephony::ending::Code;
use tower::ServiceExt;
use tower_http::services::ServeFile;
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use crate::{
    App,
    http::{
        audit::{Told, Trail},
        error::{ApiError, Result},
        extract::{Json, Path},
        session::Caller,
    },
    live::instant,
};

/// Values in a waveform at most; a longer recording has wider ones.
const PEAKS_MAX: u64 = 2_000;

/// The endpoints.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(audio)).routes(routes!(peaks))
}

/// The sound of a recording: two channels, the customer's left. Parts may be asked for.
#[utoipa::path(get, path = "/api/v1/recordings/{recording}/audio", operation_id = "recording_audio", tag = "recordings", params(("recording" = Uuid, Path)), responses((status = 200, description = "A WAV file", content_type = "audio/wav"), (status = 206, description = "A part of it", content_type = "audio/wav")))]
pub async fn audio(
    State(app): State<App>,
    caller: Caller,
    trail: Trail,
    Path(recording): Path<Uuid>,
    request: Request,
) -> Result<Response> {
    let (found, file) = find(&app, &caller, recording).await?;
    play(&app, &trail, &found, file, request).await
}

/// The voicemail of a message that was left with a client. Whoever asks may see the message.
///
/// # Errors
/// 404 when there is none, 409 when it was erased.
pub async fn voicemail(
    app: &App,
    trail: &Trail,
    client: ClientId,
    recording: RecordingId,
    request: Request,
) -> Result<Response> {
    let (found, file) = find_of(app, client, recording).await?;
    play(app, trail, &found, file, request).await
}

/// Hands the sound out, and writes down who listened.
async fn play(
    app: &App,
    trail: &Trail,
    found: &Recording,
    file: PathBuf,
    request: Request,
) -> Result<Response> {
    // A player asks for many parts of one listen; the first part stands for it.
    let range = request.headers().get(axum::http::header::RANGE);
    let begins = range.is_none_or(|range| range.as_bytes().starts_with(b"bytes=0-"));
    if begins {
        let id = found.id.uuid();
        let entry = trail.entry("recording.heard", "recording", id).of_client(found.client);
        app.store.tx(move |tx| Box::pin(async move { tx.audit(&entry).await })).await?;
    }
    let served = ServeFile::new(file).oneshot(request).await;
    let response = served.map_err(|error| ApiError::internal(&error))?;
    Ok(response.map(Body::new).into_response())
}

/// The waveform of a recording.
#[utoipa::path(get, path = "/api/v1/recordings/{recording}/peaks", operation_id = "recording_peaks", tag = "recordings", params(("recording" = Uuid, Path)), responses((status = 200, description = "The waveform", body = PeaksView)))]
pub async fn peaks(
    State(app): State<App>,
    caller: Caller,
    Path(recording): Path<Uuid>,
) -> Result<Json<PeaksView>> {
    let (_, file) = find(&app, &caller, recording).await?;
    let read = tokio::task::spawn_blocking(move || waveform(&file)).await;
    let read = read.map_err(|error| ApiError::internal(&error))?;
    read.map(Json).map_err(|error| ApiError::internal(&error))
}

/// A recording that the caller may hear, and its file.
async fn find(app: &App, caller: &Caller, id: Uuid) -> Result<(Recording, PathBuf)> {
    let id = RecordingId::from_uuid(id);
    let not_found = || ApiError::not_found("recording");
    let client = match caller.client {
        Some(own) => own,
        None => {
            let found = app.store.view().client_of_recording(&ProviderScope::granted(), id).await?;
            found.ok_or_else(not_found)?
        }
    };
    find_of(app, client, id).await
}

async fn find_of(app: &App, client: ClientId, id: RecordingId) -> Result<(Recording, PathBuf)> {
    let found = app.store.view().recording(&ClientScope::of(client), id).await?;
    let found = found.ok_or_else(|| ApiError::not_found("recording"))?;
    if found.status == RecordingStatus::Erased {
        return Err(ApiError::conflict(
            "recording_erased",
            "The recording was erased at the end of its retention.",
            "The contract of the client says how long recordings are kept.",
        ));
    }
    let file = super::folder(&app.config).join(&found.path);
    Ok((found, file))
}

fn waveform(file: &FilePath) -> std::io::Result<PeaksView> {
    let sound = telephony::media::read_recording(file)?;
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
    client: ClientId,
    contact: ContactId,
    alias: bool,
) -> Result<Option<CallRecordView>> {
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
    let mut recordings = Vec::new();
    for recording in records.recordings_of(&scope, contact).await? {
        let pauses = records.recording_pauses(&scope, recording.id).await?;
        recordings.push(recording_view(&recording, &pauses));
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
        kept_until: recording.kept_until.map(instant),
    }
}
