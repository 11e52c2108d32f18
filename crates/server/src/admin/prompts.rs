//! Prompts of a client: sound files, and words spoken by the server.

use std::sync::LazyLock;

use api::admin::{
    sounds::{ChangeSpeech, NewSpeech, PromptSource, PromptView, Prompts},
    voice::VoiceSettings,
};
use axum::{
    body::Bytes,
    extract::{DefaultBodyLimit, State, rejection::BytesRejection},
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use domain::{ClientId, Language, PromptId, words};
use serde::Deserialize;
use serde_json::json;
use store::{
    ClientScope,
    records::{AuditEntry, CallFlow, PromptKind, PromptRecord, PromptSound},
};
use telephony::{
    g711,
    media::Law,
    prompt::{self, Prompt, PromptError},
};
use tokio::sync::Semaphore;
use utoipa::IntoParams;
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use super::{Faults, clients};
use crate::{
    App,
    http::{
        audit::{Told, Trail},
        error::{ApiError, Result},
        extract::{Json, Path, Query},
    },
};

/// Prompts of one client, in all languages.
const PROMPTS_MAX: usize = 300;

/// Longest name, in characters, as in a call flow.
const NAME_MAX: usize = 40;

/// Decoding takes some ten times the size of a file in memory: one at a time, others wait.
static DECODING: LazyLock<Semaphore> = LazyLock::new(|| Semaphore::new(1));

/// The endpoints.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(create_speech))
        .routes(routes!(change_speech))
        .routes(routes!(remove))
        .merge(
            OpenApiRouter::new()
                .routes(routes!(create))
                .routes(routes!(audio, change))
                .layer(DefaultBodyLimit::max(prompt::FILE_MAX)),
        )
}

/// What a new file is.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub struct NewPrompt {
    /// Name of the prompt: letters, digits, `-` and `_`.
    name: String,
    /// Its language.
    language: String,
}

/// From what a changed file was made.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub struct FromVersion {
    /// The version.
    version: u64,
}

/// The prompts of a client.
#[utoipa::path(get, path = "/api/v1/clients/{client}/prompts", operation_id = "prompts_list", tag = "telephony", params(("client" = Uuid, Path)), responses((status = 200, description = "By name and language", body = Prompts)))]
pub async fn list(State(app): State<App>, Path(client): Path<Uuid>) -> Result<Json<Prompts>> {
    let client = clients::find(&app, client).await?;
    let scope = ClientScope::of(client.id);
    let uses = Uses::of(&app, client.id).await?;
    let found = app.store.view().prompts(&scope).await?;
    let items = found.iter().map(|record| view(record, &uses)).collect();
    Ok(Json(Prompts { items, can_speak: prompt::can_speak().await }))
}

/// Takes a sound file as a new prompt. The body is the file: WAV, MP3, Ogg Vorbis, FLAC or M4A.
#[utoipa::path(post, path = "/api/v1/clients/{client}/prompts", operation_id = "prompts_create", tag = "telephony", params(("client" = Uuid, Path), NewPrompt), request_body(content = Vec<u8>, content_type = "application/octet-stream"), responses((status = 201, description = "Kept", body = PromptView)))]
pub async fn create(
    State(app): State<App>,
    trail: Trail,
    Path(client): Path<Uuid>,
    Query(query): Query<NewPrompt>,
    body: std::result::Result<Bytes, BytesRejection>,
) -> Result<(StatusCode, Json<PromptView>)> {
    let client = clients::find(&app, client).await?;
    let (name, language) = checked(&query.name, &query.language, None)?;
    let id = PromptId::from_uuid(Uuid::now_v7());
    let made = decoded(id, body).await?;
    let record = new(client.id, id, (name, language), PromptKind::Upload, String::new());
    let entry = trail.entry("prompt.created", "prompt", id.uuid()).of_client(client.id);
    save(&app, record, made, entry).await.map(|view| (StatusCode::CREATED, Json(view)))
}

/// Speaks words as a new prompt.
#[utoipa::path(post, path = "/api/v1/clients/{client}/prompts/speech", operation_id = "prompts_speak", tag = "telephony", params(("client" = Uuid, Path)), request_body = NewSpeech, responses((status = 201, description = "Spoken", body = PromptView)))]
pub async fn create_speech(
    State(app): State<App>,
    trail: Trail,
    Path(client): Path<Uuid>,
    Json(body): Json<NewSpeech>,
) -> Result<(StatusCode, Json<PromptView>)> {
    let client = clients::find(&app, client).await?;
    let (name, language) = checked(&body.name, &body.language, Some(&body.words))?;
    let id = PromptId::from_uuid(Uuid::now_v7());
    let words = body.words.trim().to_owned();
    let made = prompt::speak(id, &words, language.code(), None).await?;
    let record = new(client.id, id, (name, language), PromptKind::Speech, words);
    let entry = trail.entry("prompt.created", "prompt", id.uuid()).of_client(client.id);
    save(&app, record, made, entry).await.map(|view| (StatusCode::CREATED, Json(view)))
}

/// Another sound file for a prompt; calls that have begun go on with the old one.
#[utoipa::path(put, path = "/api/v1/clients/{client}/prompts/{prompt}/audio", operation_id = "prompts_change", tag = "telephony", params(("client" = Uuid, Path), ("prompt" = Uuid, Path), FromVersion), request_body(content = Vec<u8>, content_type = "application/octet-stream"), responses((status = 200, description = "Kept", body = PromptView)))]
pub async fn change(
    State(app): State<App>,
    trail: Trail,
    Path((client, prompt)): Path<(Uuid, Uuid)>,
    Query(query): Query<FromVersion>,
    body: std::result::Result<Bytes, BytesRejection>,
) -> Result<Json<PromptView>> {
    let before = find(&app, client, prompt).await?;
    let made = decoded(before.id, body).await?;
    let entry = trail.entry("prompt.changed", "prompt", prompt).of_client(before.client);
    let record = PromptRecord {
        kind: PromptKind::Upload,
        words: String::new(),
        version: query.version,
        ..before
    };
    save(&app, record, made, entry).await.map(Json)
}

/// Other words for a prompt.
#[utoipa::path(put, path = "/api/v1/clients/{client}/prompts/{prompt}/speech", operation_id = "prompts_change_speech", tag = "telephony", params(("client" = Uuid, Path), ("prompt" = Uuid, Path)), request_body = ChangeSpeech, responses((status = 200, description = "Spoken", body = PromptView)))]
pub async fn change_speech(
    State(app): State<App>,
    trail: Trail,
    Path((client, prompt)): Path<(Uuid, Uuid)>,
    Json(body): Json<ChangeSpeech>,
) -> Result<Json<PromptView>> {
    let before = find(&app, client, prompt).await?;
    checked(&before.name, before.language.code(), Some(&body.words))?;
    let words = body.words.trim().to_owned();
    let made = prompt::speak(before.id, &words, before.language.code(), None).await?;
    let entry = trail.entry("prompt.changed", "prompt", prompt).of_client(before.client);
    let record = PromptRecord { kind: PromptKind::Speech, words, version: body.version, ..before };
    save(&app, record, made, entry).await.map(Json)
}

/// The sound of a prompt, as callers hear it.
#[utoipa::path(get, path = "/api/v1/clients/{client}/prompts/{prompt}/audio", operation_id = "prompts_audio", tag = "telephony", params(("client" = Uuid, Path), ("prompt" = Uuid, Path)), responses((status = 200, description = "A WAV file", content_type = "audio/wav")))]
pub async fn audio(
    State(app): State<App>,
    Path((client, prompt)): Path<(Uuid, Uuid)>,
) -> Result<Response> {
    let found = find(&app, client, prompt).await?;
    let sound = app.store.view().prompt_sound(&ClientScope::of(found.client), found.id).await?;
    let sound = sound.ok_or_else(|| ApiError::not_found("prompt"))?;
    let mut response = wav(&sound.mu).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("audio/wav"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-store"));
    Ok(response)
}

/// Removes a prompt that nothing uses.
#[utoipa::path(delete, path = "/api/v1/clients/{client}/prompts/{prompt}", operation_id = "prompts_remove", tag = "telephony", params(("client" = Uuid, Path), ("prompt" = Uuid, Path)), responses((status = 204, description = "Done")))]
pub async fn remove(
    State(app): State<App>,
    trail: Trail,
    Path((client, prompt)): Path<(Uuid, Uuid)>,
) -> Result<StatusCode> {
    let found = find(&app, client, prompt).await?;
    let shown = view(&found, &Uses::of(&app, found.client).await?);
    if !shown.used_by.is_empty() {
        return Err(ApiError::conflict(
            "prompt_used",
            words!("The prompt {} is used by: {}.", found.name, shown.used_by.join(", ")),
            "Take it away there first, or send another sound in its place.",
        ));
    }
    let entry = trail
        .entry("prompt.removed", "prompt", prompt)
        .of_client(found.client)
        .changed(&shown, &());
    let scope = ClientScope::of(found.client);
    app.store
        .tx(move |tx| {
            Box::pin(async move {
                tx.remove_prompt(&scope, found.id).await?;
                tx.audit(&entry).await
            })
        })
        .await?;
    app.sounds_changed();
    Ok(StatusCode::NO_CONTENT)
}

/// Flows and settings of a client, for what they name.
struct Uses {
    flows: Vec<CallFlow>,
    published: Vec<(String, String)>,
    settings: VoiceSettings,
}

impl Uses {
    async fn of(app: &App, client: ClientId) -> Result<Self> {
        let scope = ClientScope::of(client);
        let flows = app.store.view().call_flows(&scope).await?;
        let mut published = Vec::new();
        for flow in flows.iter().filter(|flow| flow.published.is_some()) {
            let versions = app.store.view().call_flow_versions(&scope, &flow.name).await?;
            let followed = versions.into_iter().find(|v| Some(v.number) == flow.published);
            published.extend(followed.map(|version| (flow.name.clone(), version.text)));
        }
        Ok(Self { flows, published, settings: super::voice::read_settings(app, client).await? })
    }

    /// What uses a prompt of this name.
    fn of_name(&self, name: &str) -> Vec<String> {
        // A name in a text stands in quotes, and no other key of a flow is likely to hold the same.
        let quoted = format!("\"{name}\"");
        let texts = self.flows.iter().map(|flow| (&flow.name, &flow.text));
        let published = self.published.iter().map(|(flow, text)| (flow, text));
        let mut users: Vec<String> = texts
            .chain(published)
            .filter(|(_, text)| text.contains(&quoted))
            .map(|(flow, _)| flow.clone())
            .collect();
        let sounds = &self.settings.sounds;
        let chosen = [
            &sounds.music,
            &sounds.greeting,
            &sounds.notice,
            &sounds.broadcast,
            &sounds.closed,
            &sounds.full,
            &sounds.voicemail,
        ];
        users.extend(
            chosen.iter().any(|of| of.as_deref() == Some(name)).then(|| "settings".to_owned()),
        );
        users.sort();
        users.dedup();
        users
    }
}

fn view(record: &PromptRecord, uses: &Uses) -> PromptView {
    PromptView {
        id: record.id.uuid(),
        name: record.name.clone(),
        language: record.language.code().to_owned(),
        source: match record.kind {
            PromptKind::Upload => PromptSource::Upload,
            PromptKind::Speech => PromptSource::Speech,
        },
        words: record.words.clone(),
        length_ms: u64::try_from(record.length.as_millis()).unwrap_or(u64::MAX),
        used_by: uses.of_name(&record.name),
        version: record.version,
    }
}

fn new(
    client: ClientId,
    id: PromptId,
    (name, language): (String, Language),
    kind: PromptKind,
    words: String,
) -> PromptRecord {
    let length = std::time::Duration::ZERO;
    PromptRecord { client, id, name, language, kind, words, length, version: 0 }
}

/// Name, language and words of a prompt, or every fault of them.
fn checked(name: &str, language: &str, words: Option<&str>) -> Result<(String, Language)> {
    let mut faults = Faults::default();
    let name = name.trim();
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    if name.is_empty() || name.len() > NAME_MAX || !name.chars().all(plain) {
        faults.add(
            "name",
            "prompt_name",
            "The name of a prompt has 1 to 40 letters, digits, - and _.",
            "Call it as a call flow would: main_menu.",
        );
    }
    let language = faults.language("language", language);
    if let Some(words) = words {
        faults.text("words", words, 1, 1_000);
    }
    faults.none("prompt")?;
    Ok((name.to_owned(), language.unwrap_or(Language::EN)))
}

async fn decoded(id: PromptId, body: std::result::Result<Bytes, BytesRejection>) -> Result<Prompt> {
    let file = body.map_err(|_| PromptError::TooLarge(prompt::FILE_MAX + 1))?;
    // It is never closed.
    let _turn = DECODING.acquire().await;
    let read = tokio::task::spawn_blocking(move || prompt::decode(id, &file)).await;
    Ok(read.map_err(|error| ApiError::internal(&error))??)
}

async fn find(app: &App, client: Uuid, prompt: Uuid) -> Result<PromptRecord> {
    let client = clients::find(app, client).await?;
    let scope = ClientScope::of(client.id);
    let found = app.store.view().prompt(&scope, PromptId::from_uuid(prompt)).await?;
    found.ok_or_else(|| ApiError::not_found("prompt"))
}

async fn save(
    app: &App,
    record: PromptRecord,
    made: Prompt,
    entry: AuditEntry,
) -> Result<PromptView> {
    let record = PromptRecord { length: made.length(), ..record };
    let scope = ClientScope::of(record.client);
    let others = app.store.view().prompts(&scope).await?;
    let same = |of: &&PromptRecord| {
        of.id != record.id && of.name == record.name && of.language == record.language
    };
    if let Some(other) = others.iter().find(same) {
        return Err(ApiError::conflict(
            "prompt_there",
            words!("There is a prompt {} in {} already.", other.name, other.language.code()),
            "Send another sound in its place, or choose another name.",
        ));
    }
    if record.version == 0 && others.len() >= PROMPTS_MAX {
        return Err(ApiError::conflict(
            "prompts_full",
            words!("The client has {} prompts, and no more are kept.", PROMPTS_MAX),
            "Remove some that nothing uses.",
        ));
    }
    let entry = entry.changed(
        &(),
        &json!({
            "name": record.name, "language": record.language.code(), "words": record.words,
            "length_ms": u64::try_from(record.length.as_millis()).unwrap_or(u64::MAX),
        }),
    );
    let sound = PromptSound { mu: made.mu.into(), a: made.a.into() };
    let (kept, client) = (record.clone(), record.client);
    app.store
        .tx(move |tx| {
            Box::pin(async move {
                tx.save_prompt(&scope, &kept, &sound).await?;
                tx.audit(&entry).await
            })
        })
        .await?;
    app.sounds_changed();
    let version = record.version + 1;
    Ok(view(&PromptRecord { version, ..record }, &Uses::of(app, client).await?))
}

/// A file of 16 bits, which every browser plays.
fn wav(mu: &[u8]) -> Vec<u8> {
    let bytes = u32::try_from(mu.len() * 2).unwrap_or(u32::MAX);
    let mut file = Vec::with_capacity(44 + mu.len() * 2);
    file.extend(b"RIFF");
    file.extend((bytes + 36).to_le_bytes());
    file.extend(b"WAVEfmt ");
    file.extend(16u32.to_le_bytes());
    file.extend(1u16.to_le_bytes());
    file.extend(1u16.to_le_bytes());
    file.extend(telephony::RATE.to_le_bytes());
    file.extend((telephony::RATE * 2).to_le_bytes());
    file.extend(2u16.to_le_bytes());
    file.extend(16u16.to_le_bytes());
    file.extend(b"data");
    file.extend(bytes.to_le_bytes());
    let samples = mu.iter().map(|byte| g711::decode_byte(Law::Mu, *byte));
    file.extend(samples.flat_map(i16::to_le_bytes));
    file
}

impl From<PromptError> for ApiError {
    fn from(error: PromptError) -> Self {
        match error {
            PromptError::TooLarge(_) => Self::fault(
                "prompt",
                "file",
                "prompt_too_large",
                words!("The file has more than {} bytes.", prompt::FILE_MAX),
                "Save it as MP3, or shorten it.",
            ),
            PromptError::TooLong => Self::fault(
                "prompt",
                "file",
                "prompt_too_long",
                words!("The sound is longer than {} s.", prompt::SECONDS_MAX),
                "Shorten it; music on hold repeats by itself.",
            ),
            PromptError::Unreadable(why) => Self::fault(
                "prompt",
                "file",
                "prompt_unreadable",
                words!("The file cannot be read: {}.", why),
                "Save it as WAV, MP3, Ogg Vorbis or FLAC and try again.",
            ),
            PromptError::NoSound => Self::fault(
                "prompt",
                "file",
                "prompt_silent",
                "There is no sound in it.",
                "Choose another file, or write what shall be said.",
            ),
            PromptError::TextTooLong(_) => Self::fault(
                "prompt",
                "words",
                "prompt_words",
                words!("The words have more than {} bytes.", prompt::TEXT_MAX),
                "Split them into two prompts.",
            ),
            PromptError::Voice(voice) => Self::fault(
                "prompt",
                "language",
                "prompt_voice",
                words!("There is no voice for {} on this server.", voice),
                "Upload a recording.",
            ),
            PromptError::NoSpeech(_) | PromptError::SpeechHangs(_) => Self::conflict(
                "speech_missing",
                "This server cannot speak words.",
                "Upload a recording, or ask its operator to install espeak-ng.",
            ),
        }
    }
}
