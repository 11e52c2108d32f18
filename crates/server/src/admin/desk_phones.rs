//! Agents' desk phones.

use api::admin::voice::{ChangeDeskPhone, DeskPhoneSetup, DeskPhoneView};
use axum::{extract::State, http::StatusCode};
use domain::AgentId;
use serde_json::json;
use store::{ProviderScope, records::DeskPhone};
use telephony::sip::digest::Algorithm;
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use super::Faults;
use crate::{
    App,
    http::{
        audit::{Told, Trail},
        error::{ApiError, Result},
        extract::{Json, Path},
    },
    voice::{REALM, socket_address},
};

/// Characters of a secret at least: phones keep it, nobody types it daily.
const SECRET_MIN: usize = 8;
const SECRET_MAX: usize = 128;

/// The endpoints.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(save, remove))
}

/// Agents' desk phones, by the agents' names.
#[utoipa::path(get, path = "/api/v1/desk-phones", operation_id = "desk_phones_list", tag = "telephony", responses((status = 200, description = "Done", body = Vec<DeskPhoneView>)))]
pub async fn list(State(app): State<App>) -> Result<Json<Vec<DeskPhoneView>>> {
    let found = app.store.view().desk_phones(&ProviderScope::granted()).await?;
    let mut shown: Vec<DeskPhoneView> =
        found.iter().map(|phone| view(&app, phone)).collect::<Result<_>>()?;
    shown.sort_by(|a, b| (&a.agent_name, a.agent).cmp(&(&b.agent_name, b.agent)));
    Ok(Json(shown))
}

/// Gives an agent a desk phone, or changes it. Calls under way go on.
#[utoipa::path(put, path = "/api/v1/desk-phones/{agent}", operation_id = "desk_phones_save", tag = "telephony", params(("agent" = Uuid, Path)), request_body = ChangeDeskPhone, responses((status = 200, description = "Done", body = DeskPhoneView)))]
pub async fn save(
    State(app): State<App>,
    trail: Trail,
    Path(agent): Path<Uuid>,
    Json(body): Json<ChangeDeskPhone>,
) -> Result<Json<DeskPhoneView>> {
    let scope = ProviderScope::granted();
    let agent = AgentId::from_uuid(agent);
    app.store.view().agent(&scope, agent).await?.ok_or_else(|| ApiError::not_found("agent"))?;
    let all = app.store.view().desk_phones(&scope).await?;
    let before = all.iter().find(|phone| phone.agent == agent);
    let taken = |name: &str| all.iter().any(|phone| phone.agent != agent && phone.name == name);
    let made = checked(agent, body, before, taken)?;
    let entry = trail
        .entry("desk_phone.saved", "agent", agent.uuid())
        .changed(&before.map(|phone| &phone.document), &made.document);
    let kept = made.clone();
    app.store
        .tx(move |tx| {
            Box::pin(async move {
                tx.save_desk_phone(&ProviderScope::granted(), &kept).await?;
                tx.audit(&entry).await
            })
        })
        .await?;
    app.telephony_changed().await;
    view(&app, &DeskPhone { version: made.version + 1, ..made }).map(Json)
}

/// Takes an agent's desk phone away. A call on it goes on; the browser is the phone from then on.
#[utoipa::path(delete, path = "/api/v1/desk-phones/{agent}", operation_id = "desk_phones_remove", tag = "telephony", params(("agent" = Uuid, Path)), responses((status = 204, description = "Done")))]
pub async fn remove(
    State(app): State<App>,
    trail: Trail,
    Path(agent): Path<Uuid>,
) -> Result<StatusCode> {
    let agent = AgentId::from_uuid(agent);
    let all = app.store.view().desk_phones(&ProviderScope::granted()).await?;
    let found = all.into_iter().find(|phone| phone.agent == agent);
    let found = found.ok_or_else(|| ApiError::not_found("desk phone"))?;
    let entry =
        trail.entry("desk_phone.removed", "agent", agent.uuid()).changed(&found.document, &());
    app.store
        .tx(move |tx| {
            Box::pin(async move {
                tx.remove_desk_phone(&ProviderScope::granted(), agent).await?;
                tx.audit(&entry).await
            })
        })
        .await?;
    app.telephony_changed().await;
    Ok(StatusCode::NO_CONTENT)
}

fn checked(
    agent: AgentId,
    body: ChangeDeskPhone,
    before: Option<&DeskPhone>,
    taken: impl Fn(&str) -> bool,
) -> Result<DeskPhone> {
    let mut faults = Faults::default();
    let ChangeDeskPhone { version, setup, secret } = body;
    let DeskPhoneSetup { name, address, transport } = setup;
    let name = name.trim().to_owned();
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_.+".contains(c);
    if name.is_empty() || name.len() > 64 || !name.chars().all(plain) {
        faults.add(
            "name",
            "desk_phone_name",
            "A phone's name is 1 to 64 letters without accents, digits, and - _ . +.",
            "Choose one such as anna or 204.",
        );
    } else if taken(&name) {
        faults.add(
            "name",
            "desk_phone_name_taken",
            "Another agent's phone has this name.",
            "Choose another one, or take it from the other phone first.",
        );
    }
    let address = address.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
    let unreachable = |text: &String| socket_address(text, 5060).is_none();
    if address.as_ref().is_some_and(unreachable) {
        faults.add(
            "address",
            "desk_phone_address",
            "This is no IP address, with or without a port.",
            "Write it as 10.0.0.7 or 10.0.0.7:5060, or leave it out for a phone that registers.",
        );
    }
    let secret = secret.filter(|secret| !secret.is_empty());
    let kept = before
        .filter(|phone| phone.name == name)
        .map(|phone| (phone.ha1_md5.clone(), phone.ha1_sha256.clone()))
        .filter(|(md5, _)| md5.is_some());
    let hashes = match (&address, secret) {
        (Some(_), _) => (None, None),
        (None, Some(secret)) => {
            if !(SECRET_MIN..=SECRET_MAX).contains(&secret.chars().count()) {
                faults.add(
                    "secret",
                    "desk_phone_secret_length",
                    "A phone's secret has 8 to 128 characters.",
                    "Choose a longer one; the phone keeps it, nobody types it daily.",
                );
            }
            let text = format!("{name}:{REALM}:{secret}");
            (Some(Algorithm::Md5.hash(&text)), Some(Algorithm::Sha256.hash(&text)))
        }
        (None, None) => match kept {
            Some(kept) => kept,
            None => {
                faults.add(
                    "secret",
                    "desk_phone_secret",
                    "A phone that registers under a new name needs a secret.",
                    "Write one here and into the phone.",
                );
                (None, None)
            }
        },
    };
    faults.none("desk phone")?;
    let setup = DeskPhoneSetup { name: name.clone(), address, transport };
    let (ha1_md5, ha1_sha256) = hashes;
    Ok(DeskPhone { agent, name, document: json!(setup), ha1_md5, ha1_sha256, version })
}

fn view(app: &App, phone: &DeskPhone) -> Result<DeskPhoneView> {
    let setup: DeskPhoneSetup = serde_json::from_value(phone.document.clone())
        .map_err(|error| ApiError::internal(&error))?;
    let there = app.voice.as_ref().and_then(|voice| voice.desk_phone_is_there(phone.agent));
    Ok(DeskPhoneView {
        agent: phone.agent.uuid(),
        agent_name: app.floor.directory().agent_name(phone.agent),
        setup,
        has_secret: phone.ha1_md5.is_some(),
        there: there.unwrap_or(false),
        version: phone.version,
    })
}
