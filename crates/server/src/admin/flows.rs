//! Call flows of a client: written, checked, published, and followed by its numbers' calls.

use api::admin::sounds::{
    CheckFlow, FlowCheck, FlowFault, FlowRow, FlowStep, FlowVersionView, FlowView, FlowWay,
    PublishFlow, SaveFlow,
};
use axum::{extract::State, http::StatusCode};
use domain::{ClientId, words};
use serde_json::json;
use store::{
    ClientScope, ProviderScope,
    records::{CallFlow, CallFlowVersion, PhoneLine},
};
use telephony::flow::{self, World};
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use super::{Faults, clients};
use crate::{
    App,
    http::{
        audit::{Told, Trail},
        error::{ApiError, Result},
        extract::{Json, Path},
        session::Caller,
    },
    live::instant,
    voice,
};

/// Flows of one client.
const FLOWS_MAX: usize = 50;

/// Longest name, in characters.
const NAME_MAX: usize = 40;

/// The endpoints.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(check))
        .routes(routes!(one, save, remove))
        .routes(routes!(publish))
}

/// The call flows of a client.
#[utoipa::path(get, path = "/api/v1/clients/{client}/flows", operation_id = "flows_list", tag = "telephony", params(("client" = Uuid, Path)), responses((status = 200, description = "By name", body = Vec<FlowRow>)))]
pub async fn list(State(app): State<App>, Path(client): Path<Uuid>) -> Result<Json<Vec<FlowRow>>> {
    let client = clients::find(&app, client).await?;
    let scope = ClientScope::of(client.id);
    let found = app.store.view().call_flows(&scope).await?;
    let lines = app.store.view().phone_lines(&ProviderScope::granted()).await?;
    let mut rows = Vec::new();
    for flow in found {
        let versions = app.store.view().call_flow_versions(&scope, &flow.name).await?;
        rows.push(row(&flow, &versions, &lines));
    }
    Ok(Json(rows))
}

/// Checks a text against what the client has; nothing is kept.
#[utoipa::path(post, path = "/api/v1/clients/{client}/flows/check", operation_id = "flows_check", tag = "telephony", params(("client" = Uuid, Path)), request_body = CheckFlow, responses((status = 200, description = "Every fault", body = FlowCheck)))]
pub async fn check(
    State(app): State<App>,
    Path(client): Path<Uuid>,
    Json(body): Json<CheckFlow>,
) -> Result<Json<FlowCheck>> {
    let client = clients::find(&app, client).await?;
    let world = world(&app, client.id).await?;
    Ok(Json(checked(&body.text, &world)))
}

/// A call flow with its history.
#[utoipa::path(get, path = "/api/v1/clients/{client}/flows/{flow}", operation_id = "flows_one", tag = "telephony", params(("client" = Uuid, Path), ("flow" = String, Path)), responses((status = 200, description = "Done", body = FlowView)))]
pub async fn one(
    State(app): State<App>,
    Path((client, flow)): Path<(Uuid, String)>,
) -> Result<Json<FlowView>> {
    let client = clients::find(&app, client).await?;
    view(&app, client.id, &flow).await.map(Json)
}

/// Keeps a text, faults or not; calls follow the published one until this is published.
#[utoipa::path(put, path = "/api/v1/clients/{client}/flows/{flow}", operation_id = "flows_save", tag = "telephony", params(("client" = Uuid, Path), ("flow" = String, Path)), request_body = SaveFlow, responses((status = 200, description = "Kept", body = FlowView)))]
pub async fn save(
    State(app): State<App>,
    trail: Trail,
    Path((client, flow)): Path<(Uuid, String)>,
    Json(body): Json<SaveFlow>,
) -> Result<Json<FlowView>> {
    let client = clients::find(&app, client).await?;
    let mut faults = Faults::default();
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    if flow.is_empty() || flow.len() > NAME_MAX || !flow.chars().all(plain) {
        faults.add(
            "name",
            "flow_name",
            "The name of a call flow has 1 to 40 letters, digits, - and _.",
            "Call it by what it is for: main, after_hours.",
        );
    }
    if body.text.len() > flow::TEXT_MAX {
        faults.add(
            "text",
            "flow_too_long",
            words!("The text has more than {} bytes.", flow::TEXT_MAX),
            "Split it into two flows for two numbers.",
        );
    }
    faults.none("flow")?;
    let scope = ClientScope::of(client.id);
    let before = app.store.view().call_flow(&scope, &flow).await?;
    if before.is_none() && app.store.view().call_flows(&scope).await?.len() >= FLOWS_MAX {
        return Err(ApiError::conflict(
            "flows_full",
            words!("The client has {} call flows, and no more are kept.", FLOWS_MAX),
            "Remove some that were never published.",
        ));
    }
    let entry =
        trail.entry("call_flow.saved", "client", client.id.uuid()).of_client(client.id).changed(
            &before.map(|flow| json!({ "flow": flow.name, "text": flow.text })),
            &json!({ "flow": flow, "text": body.text }),
        );
    let (name, now) = (flow.clone(), app.clock.now());
    app.store
        .tx(move |tx| {
            Box::pin(async move {
                tx.save_call_flow(&scope, &name, &body.text, body.version, now).await?;
                tx.audit(&entry).await
            })
        })
        .await?;
    view(&app, client.id, &flow).await.map(Json)
}

/// Lets calls follow the latest text, if it has no fault. Calls under way go on by the old one.
#[utoipa::path(post, path = "/api/v1/clients/{client}/flows/{flow}/publish", operation_id = "flows_publish", tag = "telephony", params(("client" = Uuid, Path), ("flow" = String, Path)), request_body = PublishFlow, responses((status = 200, description = "Published", body = FlowView)))]
pub async fn publish(
    State(app): State<App>,
    caller: Caller,
    trail: Trail,
    Path((client, flow)): Path<(Uuid, String)>,
    Json(body): Json<PublishFlow>,
) -> Result<Json<FlowView>> {
    let client = clients::find(&app, client).await?;
    let scope = ClientScope::of(client.id);
    let found = app.store.view().call_flow(&scope, &flow).await?;
    let found = found.ok_or_else(|| ApiError::not_found("call flow"))?;
    let faults = flow::check(&found.text, &world(&app, client.id).await?).faults;
    if !faults.is_empty() {
        let faults = faults.into_iter().map(Into::into).collect();
        return Err(ApiError::invalid("call flow", faults));
    }
    let entry = trail
        .entry("call_flow.published", "client", client.id.uuid())
        .of_client(client.id)
        .changed(&json!({ "flow": flow, "published": found.published }), &json!({ "flow": flow }));
    let (name, author, now) = (flow.clone(), caller.name, app.clock.now());
    app.store
        .tx(move |tx| {
            Box::pin(async move {
                tx.publish_call_flow(&scope, &name, body.version, &author, now).await?;
                tx.audit(&entry).await
            })
        })
        .await?;
    app.sounds_changed();
    view(&app, client.id, &flow).await.map(Json)
}

/// Removes a flow that was never published and that no number follows.
#[utoipa::path(delete, path = "/api/v1/clients/{client}/flows/{flow}", operation_id = "flows_remove", tag = "telephony", params(("client" = Uuid, Path), ("flow" = String, Path)), responses((status = 204, description = "Done")))]
pub async fn remove(
    State(app): State<App>,
    trail: Trail,
    Path((client, flow)): Path<(Uuid, String)>,
) -> Result<StatusCode> {
    let client = clients::find(&app, client).await?;
    let scope = ClientScope::of(client.id);
    let found = app.store.view().call_flow(&scope, &flow).await?;
    let found = found.ok_or_else(|| ApiError::not_found("call flow"))?;
    if found.published.is_some() {
        return Err(ApiError::conflict(
            "flow_published",
            words!("Calls have followed the call flow {}, so it is kept.", found.name),
            "Take it away from the numbers that follow it.",
        ));
    }
    let entry = trail
        .entry("call_flow.removed", "client", client.id.uuid())
        .of_client(client.id)
        .changed(&json!({ "flow": found.name, "text": found.text }), &());
    app.store
        .tx(move |tx| {
            Box::pin(async move {
                tx.remove_call_flow(&scope, &found.name).await?;
                tx.audit(&entry).await
            })
        })
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What a client's flows may name now.
async fn world(app: &App, client: ClientId) -> Result<World> {
    let now = app.clock.now();
    let scope = ClientScope::of(client);
    let contract = app.store.view().contract_in_force(&scope, now).await?;
    let contract = contract.ok_or_else(|| {
        ApiError::conflict(
            "flow_without_contract",
            "This client has no contract in force, so a call flow has no queue to lead to.",
            "Publish its contract first.",
        )
    })?;
    let calendars = app.store.view().calendars(&ProviderScope::granted()).await?;
    let prompts = app.store.view().prompts(&scope).await?;
    let skills = app.store.view().skills(&ProviderScope::granted()).await?;
    let mut world = voice::world(
        &contract.document,
        calendars.into_iter().map(|record| record.document.name),
        prompts.into_iter().map(|prompt| (prompt.name, prompt.language)),
    );
    world.skills = skills.into_iter().map(|skill| skill.name).collect();
    Ok(world)
}

fn checked(text: &str, world: &World) -> FlowCheck {
    let checked = flow::check(text, world);
    let fault = |fault: domain::Fault| FlowFault {
        // The first value of every sentence about a place in the text is its line.
        line: match fault.code.as_str() {
            "more_faults" => 0,
            _ => fault.args.first().and_then(|line| line.parse().ok()).unwrap_or(0),
        },
        fault: fault.into(),
    };
    FlowCheck {
        faults: checked.faults.into_iter().map(fault).collect(),
        steps: checked
            .steps
            .into_iter()
            .map(|step| FlowStep { name: step.name, kind: step.kind })
            .collect(),
        ways: checked
            .ways
            .into_iter()
            .map(|way| FlowWay { from: way.from, on: way.on, to: way.to })
            .collect(),
    }
}

async fn view(app: &App, client: ClientId, name: &str) -> Result<FlowView> {
    let scope = ClientScope::of(client);
    let flow = app.store.view().call_flow(&scope, name).await?;
    let flow = flow.ok_or_else(|| ApiError::not_found("call flow"))?;
    let versions = app.store.view().call_flow_versions(&scope, name).await?;
    let lines = app.store.view().phone_lines(&ProviderScope::granted()).await?;
    let world = world(app, client).await?;
    Ok(FlowView {
        row: row(&flow, &versions, &lines),
        check: checked(&flow.text, &world),
        text: flow.text,
        versions: versions
            .into_iter()
            .map(|version| FlowVersionView {
                number: version.number,
                text: version.text,
                author: version.author_name,
                at: instant(version.published),
            })
            .collect(),
    })
}

fn row(flow: &CallFlow, versions: &[CallFlowVersion], lines: &[PhoneLine]) -> FlowRow {
    let followed = versions.iter().find(|version| Some(version.number) == flow.published);
    let follows =
        |line: &&PhoneLine| line.client == flow.client && line.flow.as_ref() == Some(&flow.name);
    let numbers = lines.iter().filter(follows).map(|line| line.number.as_str().to_owned());
    FlowRow {
        name: flow.name.clone(),
        changed: instant(flow.changed),
        published: flow.published,
        has_draft: followed.is_none_or(|version| version.text != flow.text),
        numbers: numbers.collect(),
        version: flow.version,
    }
}
