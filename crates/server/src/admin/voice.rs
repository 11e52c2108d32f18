//! Trunks, numbers, and how each client's calls are treated.

use api::admin::{
    sounds::{BroadcastView, SwitchBroadcast},
    voice::{
        ChangeNumber, ChangeTrunk, NumberSetup, NumberView, SipTransport, SoundEncryption,
        TrunkSetup, TrunkSoundView, TrunkView, VoiceSettings,
    },
};
use axum::{extract::State, http::StatusCode};
use domain::{ClientId, PhoneNumber, QueueId, TrunkId, words};
use serde_json::json;
use store::{
    ClientScope, ProviderScope,
    records::{AuditEntry, PhoneLine, Trunk},
};
use telephony::sip::Network;
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use super::{Faults, clients};
use crate::{
    App,
    http::{
        audit::{Told, Trail},
        error::{ApiError, Result},
        extract::{Json, Path},
    },
    voice::host_and_port,
};

/// Longest text spoken to a caller, in characters.
const WORDS_MAX: usize = 1_000;

/// The endpoints.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(trunks, create_trunk))
        .routes(routes!(change_trunk, remove_trunk))
        .routes(routes!(numbers))
        .routes(routes!(save_number, remove_number))
        .routes(routes!(settings, save_settings))
        .routes(routes!(broadcast, switch_broadcast))
}

/// All trunks, in the order in which outgoing calls try them.
#[utoipa::path(get, path = "/api/v1/trunks", operation_id = "trunks_list", tag = "telephony", responses((status = 200, description = "Done", body = Vec<TrunkView>)))]
pub async fn trunks(State(app): State<App>) -> Result<Json<Vec<TrunkView>>> {
    let found = app.store.view().trunks(&ProviderScope::granted()).await?;
    let mut shown: Vec<TrunkView> =
        found.iter().map(|trunk| trunk_view(&app, trunk)).collect::<Result<_>>()?;
    shown.sort_by(|a, b| (a.setup.priority, &a.setup.name).cmp(&(b.setup.priority, &b.setup.name)));
    Ok(Json(shown))
}

/// Creates a trunk.
#[utoipa::path(post, path = "/api/v1/trunks", operation_id = "trunks_create", tag = "telephony", request_body = ChangeTrunk, responses((status = 201, description = "Done", body = TrunkView)))]
pub async fn create_trunk(
    State(app): State<App>,
    trail: Trail,
    Json(body): Json<ChangeTrunk>,
) -> Result<(StatusCode, Json<TrunkView>)> {
    let id = TrunkId::from_uuid(Uuid::now_v7());
    let made = checked_trunk(id, ChangeTrunk { version: 0, ..body })?;
    let entry = trail.entry("trunk.created", "trunk", id.uuid()).changed(&(), &made.document);
    save_trunk(&app, made, entry).await.map(|view| (StatusCode::CREATED, Json(view)))
}

/// Changes a trunk. Calls over it go on.
#[utoipa::path(put, path = "/api/v1/trunks/{trunk}", operation_id = "trunks_change", tag = "telephony", params(("trunk" = Uuid, Path)), request_body = ChangeTrunk, responses((status = 200, description = "Done", body = TrunkView)))]
pub async fn change_trunk(
    State(app): State<App>,
    trail: Trail,
    Path(trunk): Path<Uuid>,
    Json(body): Json<ChangeTrunk>,
) -> Result<Json<TrunkView>> {
    let before = find_trunk(&app, trunk).await?;
    let after = checked_trunk(before.id, body)?;
    let entry =
        trail.entry("trunk.changed", "trunk", trunk).changed(&before.document, &after.document);
    save_trunk(&app, after, entry).await.map(Json)
}

/// Removes a trunk. Calls over it go on; no new ones come or go by it.
#[utoipa::path(delete, path = "/api/v1/trunks/{trunk}", operation_id = "trunks_remove", tag = "telephony", params(("trunk" = Uuid, Path)), responses((status = 204, description = "Done")))]
pub async fn remove_trunk(
    State(app): State<App>,
    trail: Trail,
    Path(trunk): Path<Uuid>,
) -> Result<StatusCode> {
    let found = find_trunk(&app, trunk).await?;
    let entry = trail.entry("trunk.removed", "trunk", trunk).changed(&found.document, &());
    app.store
        .tx(move |tx| {
            Box::pin(async move {
                tx.remove_trunk(&ProviderScope::granted(), found.id).await?;
                tx.audit(&entry).await
            })
        })
        .await?;
    app.telephony_changed().await;
    Ok(StatusCode::NO_CONTENT)
}

/// All numbers, in their order.
#[utoipa::path(get, path = "/api/v1/numbers", operation_id = "numbers_list", tag = "telephony", responses((status = 200, description = "Done", body = Vec<NumberView>)))]
pub async fn numbers(State(app): State<App>) -> Result<Json<Vec<NumberView>>> {
    let found = app.store.view().phone_lines(&ProviderScope::granted()).await?;
    Ok(Json(found.iter().map(|line| number_view(&app, line)).collect()))
}

/// Gives a number to a client, or changes whose it is.
#[utoipa::path(put, path = "/api/v1/numbers/{number}", operation_id = "numbers_save", tag = "telephony", params(("number" = String, Path)), request_body = ChangeNumber, responses((status = 200, description = "Done", body = NumberView)))]
pub async fn save_number(
    State(app): State<App>,
    trail: Trail,
    Path(number): Path<String>,
    Json(body): Json<ChangeNumber>,
) -> Result<Json<NumberView>> {
    let number = parsed(&number)?;
    let mut faults = Faults::default();
    if body.setup.number.parse::<PhoneNumber>().ok().as_ref() != Some(&number) {
        faults.add(
            "number",
            "number_mismatch",
            "The number in the body is not the one in the address.",
            "Send the same number in both.",
        );
    }
    let client = ClientId::from_uuid(body.setup.client);
    let queue = QueueId::from_uuid(body.setup.queue);
    let now = app.clock.now();
    let contract = app.store.view().contract_in_force(&ClientScope::of(client), now).await?;
    match contract {
        None => faults.add(
            "client",
            "contract_missing_for_calls",
            "This client has no contract in force, so its calls would have no queue.",
            "Publish its contract first.",
        ),
        Some(contract) => {
            let takes_calls = |queue: &domain::contract::Queue| {
                queue.channels.contains(&domain::contract::Channel::Voice)
            };
            let found = contract.document.queues.iter().find(|of| of.id == queue);
            let spoken = found.is_some_and(takes_calls);
            if !spoken {
                faults.add(
                    "queue",
                    "queue_without_calls",
                    "This queue is not part of the client's contract, or takes no calls.",
                    "Choose a queue that is open to calls.",
                );
            }
        }
    }
    let label = faults.text("label", &body.setup.label, 0, 80);
    let flow = body.setup.flow.clone();
    if let Some(name) = &flow {
        let found = app.store.view().call_flow(&ClientScope::of(client), name).await?;
        if found.is_none_or(|flow| flow.published.is_none()) {
            faults.add(
                "flow",
                "flow_unpublished",
                words!("The client has no published call flow called {}.", name),
                "Publish it first, or choose another one.",
            );
        }
    }
    faults.none("number")?;
    let version = body.version;
    let before = find_number(&app, &number).await?;
    let active = body.setup.active;
    let line = PhoneLine { number, client, queue, label, flow, active, version };
    let shown = before.as_ref().map(|line| number_view(&app, line));
    let entry = trail
        .entry("number.saved", "client", client.uuid())
        .of_client(client)
        .changed(&shown, &body.setup);
    let saved = line.clone();
    app.store
        .tx(move |tx| {
            Box::pin(async move {
                tx.save_phone_line(&ProviderScope::granted(), &saved).await?;
                tx.audit(&entry).await
            })
        })
        .await?;
    app.telephony_changed().await;
    Ok(Json(number_view(&app, &PhoneLine { version: version + 1, ..line })))
}

/// Takes a number away; calls to it are refused from then on.
#[utoipa::path(delete, path = "/api/v1/numbers/{number}", operation_id = "numbers_remove", tag = "telephony", params(("number" = String, Path)), responses((status = 204, description = "Done")))]
pub async fn remove_number(
    State(app): State<App>,
    trail: Trail,
    Path(number): Path<String>,
) -> Result<StatusCode> {
    let number = parsed(&number)?;
    let found = find_number(&app, &number).await?.ok_or_else(|| ApiError::not_found("number"))?;
    let entry = trail
        .entry("number.removed", "client", found.client.uuid())
        .of_client(found.client)
        .changed(&number_view(&app, &found), &());
    app.store
        .tx(move |tx| {
            Box::pin(async move {
                tx.remove_phone_line(&ProviderScope::granted(), &found.number).await?;
                tx.audit(&entry).await
            })
        })
        .await?;
    app.telephony_changed().await;
    Ok(StatusCode::NO_CONTENT)
}

/// How a client's calls are treated.
#[utoipa::path(get, path = "/api/v1/clients/{client}/voice", operation_id = "voice_settings", tag = "telephony", params(("client" = Uuid, Path)), responses((status = 200, description = "Done", body = VoiceSettings)))]
pub async fn settings(
    State(app): State<App>,
    Path(client): Path<Uuid>,
) -> Result<Json<VoiceSettings>> {
    let client = clients::find(&app, client).await?;
    read_settings(&app, client.id).await.map(Json)
}

/// Changes how a client's calls are treated; holds for the next call.
#[utoipa::path(put, path = "/api/v1/clients/{client}/voice", operation_id = "voice_settings_save", tag = "telephony", params(("client" = Uuid, Path)), request_body = VoiceSettings, responses((status = 200, description = "Done", body = VoiceSettings)))]
pub async fn save_settings(
    State(app): State<App>,
    trail: Trail,
    Path(client): Path<Uuid>,
    Json(body): Json<VoiceSettings>,
) -> Result<Json<VoiceSettings>> {
    let client = clients::find(&app, client).await?;
    let mut faults = Faults::default();
    for (field, texts) in [("notice", &body.notice), ("broadcast", &body.broadcast)] {
        for (i, text) in texts.iter().enumerate() {
            let at = format!("{field}[{i}]");
            faults.language(&format!("{at}.language"), &text.language);
            faults.text(&format!("{at}.text"), &text.text, 1, WORDS_MAX);
        }
    }
    let is_key = |key: &String| key.len() == 1 && "0123456789*#".contains(key.as_str());
    for (field, key) in
        [("callback_key", &body.callback_key), ("voicemail_key", &body.voicemail_key)]
    {
        if key.as_ref().is_some_and(|key| !is_key(key)) {
            faults.add(
                field,
                "callback_key",
                "This is no key of a telephone.",
                "Choose one of 0-9, * and #.",
            );
        }
    }
    if body.voicemail_key.is_some() && body.voicemail_key == body.callback_key {
        faults.add(
            "voicemail_key",
            "key_for_two",
            "One key cannot ask for a call back and for a voicemail.",
            "Choose another key for one of them.",
        );
    }
    if let Some(announce_s) = body.announce_s {
        faults.range("announce_s", announce_s, 20, 600);
    }
    faults.range("voicemail_max_s", body.voicemail_max_s, 10, 600);
    faults.range("voicemail_due_h", body.voicemail_due_h, 1, 24 * 31);
    let prompts = app.store.view().prompts(&ClientScope::of(client.id)).await?;
    let sounds = &body.sounds;
    for (field, name) in [
        ("music", &sounds.music),
        ("greeting", &sounds.greeting),
        ("notice", &sounds.notice),
        ("broadcast", &sounds.broadcast),
        ("closed", &sounds.closed),
        ("full", &sounds.full),
        ("voicemail", &sounds.voicemail),
    ] {
        if let Some(name) = name
            && !prompts.iter().any(|prompt| prompt.name == *name)
        {
            faults.add(
                &format!("sounds.{field}"),
                "prompt_unknown",
                words!("The client has no prompt called {}.", name),
                "Record or speak it first, or choose another one.",
            );
        }
    }
    faults.range("ring_s", body.ring_s, 1, 60);
    if let Some(number) = &body.outbound_number {
        let lines = app.store.view().phone_lines(&ProviderScope::granted()).await?;
        let owned = |line: &PhoneLine| line.client == client.id && line.number.as_str() == number;
        if !lines.iter().any(owned) {
            faults.add(
                "outbound_number",
                "number_not_owned",
                "This number is not one of the client's.",
                "Choose one that is, or give it to the client first.",
            );
        }
    }
    faults.none("settings")?;
    let before = read_settings(&app, client.id).await?;
    let entry = trail
        .entry("voice_settings.changed", "client", client.id.uuid())
        .of_client(client.id)
        .changed(&before, &body);
    let (scope, version) = (ClientScope::of(client.id), body.version);
    let document = json!(VoiceSettings { version: 0, ..body.clone() });
    app.store
        .tx(move |tx| {
            Box::pin(async move {
                tx.save_voice_settings(&scope, &document, version).await?;
                tx.audit(&entry).await
            })
        })
        .await?;
    app.telephony_changed().await;
    Ok(Json(VoiceSettings { version: version + 1, ..body }))
}

/// Whether a client's emergency broadcast is on.
#[utoipa::path(get, path = "/api/v1/clients/{client}/broadcast", operation_id = "broadcast", tag = "telephony", params(("client" = Uuid, Path)), responses((status = 200, description = "Done", body = BroadcastView)))]
pub async fn broadcast(
    State(app): State<App>,
    Path(client): Path<Uuid>,
) -> Result<Json<BroadcastView>> {
    let client = clients::find(&app, client).await?;
    Ok(Json(broadcast_view(&read_settings(&app, client.id).await?)))
}

/// Turns the emergency broadcast of a client on or off; holds for the next call.
#[utoipa::path(put, path = "/api/v1/clients/{client}/broadcast", operation_id = "broadcast_switch", tag = "telephony", params(("client" = Uuid, Path)), request_body = SwitchBroadcast, responses((status = 200, description = "Done", body = BroadcastView)))]
pub async fn switch_broadcast(
    State(app): State<App>,
    trail: Trail,
    Path(client): Path<Uuid>,
    Json(body): Json<SwitchBroadcast>,
) -> Result<Json<BroadcastView>> {
    let client = clients::find(&app, client).await?;
    let before = read_settings(&app, client.id).await?;
    if body.on && !broadcast_view(&before).is_set {
        return Err(ApiError::conflict(
            "broadcast_empty",
            "There are no words for the broadcast of this client.",
            "Ask an account manager to write or record them in the client's settings for calls.",
        ));
    }
    let after = VoiceSettings { broadcast_on: body.on, version: 0, ..before.clone() };
    let shown = broadcast_view(&after);
    let entry = trail
        .entry("broadcast.switched", "client", client.id.uuid())
        .of_client(client.id)
        .changed(&broadcast_view(&before), &shown);
    let (scope, document) = (ClientScope::of(client.id), json!(after));
    app.store
        .tx(move |tx| {
            Box::pin(async move {
                tx.save_voice_settings(&scope, &document, before.version).await?;
                tx.audit(&entry).await
            })
        })
        .await?;
    app.telephony_changed().await;
    Ok(Json(shown))
}

fn broadcast_view(settings: &VoiceSettings) -> BroadcastView {
    let is_set = !settings.broadcast.is_empty() || settings.sounds.broadcast.is_some();
    BroadcastView { on: settings.broadcast_on && is_set, is_set }
}

/// How a client's calls are treated, as last saved.
pub(crate) async fn read_settings(app: &App, client: ClientId) -> Result<VoiceSettings> {
    let kept = app.store.view().voice_settings(&ClientScope::of(client)).await?;
    let Some(kept) = kept else { return Ok(VoiceSettings::default()) };
    let settings: VoiceSettings =
        serde_json::from_value(kept.document).map_err(|error| ApiError::internal(&error))?;
    Ok(VoiceSettings { version: kept.version, ..settings })
}

/// A number in the address of a request.
fn parsed(number: &str) -> Result<PhoneNumber> {
    number.parse().map_err(|error: domain::PhoneNumberError| {
        ApiError::malformed(words!("{}.", error), "Write it with its country code and a plus sign.")
    })
}

async fn find_number(app: &App, number: &PhoneNumber) -> Result<Option<PhoneLine>> {
    let lines = app.store.view().phone_lines(&ProviderScope::granted()).await?;
    Ok(lines.into_iter().find(|line| line.number == *number))
}

fn number_view(app: &App, line: &PhoneLine) -> NumberView {
    let directory = app.floor.directory();
    NumberView {
        setup: NumberSetup {
            number: line.number.as_str().to_owned(),
            client: line.client.uuid(),
            label: line.label.clone(),
            queue: line.queue.uuid(),
            flow: line.flow.clone(),
            active: line.active,
        },
        client_name: directory.client(line.client).map(|c| c.name.clone()).unwrap_or_default(),
        version: line.version,
    }
}

async fn find_trunk(app: &App, id: Uuid) -> Result<Trunk> {
    let trunks = app.store.view().trunks(&ProviderScope::granted()).await?;
    let found = trunks.into_iter().find(|trunk| trunk.id.uuid() == id);
    found.ok_or_else(|| ApiError::not_found("trunk"))
}

fn trunk_view(app: &App, trunk: &Trunk) -> Result<TrunkView> {
    let setup: TrunkSetup = serde_json::from_value(trunk.document.clone())
        .map_err(|error| ApiError::internal(&error))?;
    let health = app.voice.as_ref().and_then(|voice| voice.trunk_health(trunk.id));
    let (health, health_why) = match health {
        Some((true, why)) => ("up", why.to_string()),
        Some((false, why)) => ("down", why.to_string()),
        None => ("unknown", String::new()),
    };
    Ok(TrunkView {
        id: trunk.id.uuid(),
        setup,
        has_secret: trunk.secret.is_some(),
        health: health.to_owned(),
        health_why,
        sound: app.voice.as_ref().and_then(|voice| voice.trunk_sound(trunk.id)).map(|sound| {
            TrunkSoundView {
                mos_tenths: (sound.mos * 10.0).round() as u8,
                loss_permille: sound.loss_permille,
                trouble: sound.trouble,
            }
        }),
        version: trunk.version,
    })
}

fn checked_trunk(id: TrunkId, body: ChangeTrunk) -> Result<Trunk> {
    let mut faults = Faults::default();
    let ChangeTrunk { version, mut setup, secret } = body;
    setup.name = faults.name("name", &setup.name);
    setup.server = setup.server.trim().to_owned();
    if !setup.server.is_empty() && host_and_port(&setup.server).is_none() {
        faults.add(
            "server",
            "host",
            "This is no host, with or without a port.",
            "Write it as sip.carrier.example or 192.0.2.1:5060.",
        );
    }
    for (i, address) in setup.addresses.iter().enumerate() {
        if let Err(error) = address.parse::<Network>() {
            faults.add(
                &format!("addresses[{i}]"),
                "network",
                words!("{}.", error),
                "Write the address or network that the carrier names.",
            );
        }
    }
    if setup.server.is_empty() && setup.addresses.is_empty() {
        faults.add(
            "server",
            "trunk_nowhere",
            "Without a server and without addresses no call can come or go.",
            "Name the carrier's server, or the addresses its calls come from.",
        );
    }
    let hidden = setup.transport == SipTransport::Tls;
    if !hidden && setup.encryption.is_some_and(|how| how != SoundEncryption::Never) {
        faults.add(
            "encryption",
            "encryption_without_tls",
            "Without TLS the keys of the sound would travel in the clear.",
            "Choose TLS for this trunk, or no encryption.",
        );
    }
    if setup.register && setup.username.as_deref().unwrap_or_default().trim().is_empty() {
        faults.add(
            "username",
            "trunk_name",
            "A trunk that registers needs the name it registers with.",
            "Write the name that the carrier gave you.",
        );
    }
    let digits = |text: &Option<String>| {
        text.as_ref().is_none_or(|t| t.len() <= 8 && t.bytes().all(|b| b.is_ascii_digit()))
    };
    for (field, text) in [
        ("country", &setup.country),
        ("national_prefix", &setup.national_prefix),
        ("international_prefix", &setup.international_prefix),
    ] {
        if !digits(text) {
            faults.add(field, "prefix", "A prefix is digits only.", "Write it as 33, 0 or 00.");
        }
    }
    for (field, value, most) in [
        ("calls_max", setup.calls_max, 10_000),
        ("calls_per_second", setup.calls_per_second, 1_000),
    ] {
        faults.range(field, value, 1, most);
    }
    faults.none("trunk")?;
    let secret = secret.filter(|secret| !secret.is_empty());
    Ok(Trunk { id, document: json!(setup), secret, version })
}

async fn save_trunk(app: &App, trunk: Trunk, entry: AuditEntry) -> Result<TrunkView> {
    let id = trunk.id;
    app.store
        .tx(move |tx| {
            Box::pin(async move {
                tx.save_trunk(&ProviderScope::granted(), &trunk).await?;
                tx.audit(&entry).await
            })
        })
        .await?;
    app.telephony_changed().await;
    let kept = find_trunk(app, id.uuid()).await?;
    trunk_view(app, &kept)
}
