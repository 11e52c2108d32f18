//! Calls under way, for programs beside the desks: a customer file that opens by itself, a page of payments
//! that pauses the recording.

use api::voice::{CallUnderWay, CallingAgent, RecordingAnswer, RecordingRequest};
use axum::extract::State;
use domain::{AgentId, ContactId};
use serde::Deserialize;
use telephony::call::DeskSays;
use utoipa::IntoParams;
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use crate::{
    App,
    http::{
        audit::{Told, Trail},
        error::{ApiError, Result},
        extract::{Json, Path, Query},
        session::Caller,
    },
};

/// The endpoints.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(recording))
}

/// Which calls are asked for.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub struct CallsQuery {
    /// With this agent in conversation.
    pub agent: Option<Uuid>,
    /// With the agent who signs in by this name.
    pub login: Option<String>,
}

/// Calls under way, oldest first: of everybody, or of one agent.
#[utoipa::path(get, path = "/api/v1/calls", operation_id = "calls_list", tag = "calls", params(CallsQuery), responses((status = 200, description = "Done", body = Vec<CallUnderWay>)))]
pub async fn list(
    State(app): State<App>,
    caller: Caller,
    Query(query): Query<CallsQuery>,
) -> Result<Json<Vec<CallUnderWay>>> {
    app.telephony()?;
    let by_login = match &query.login {
        None => None,
        Some(login) => {
            let user = app.store.view().user_by_login(login).await?;
            let agent = user.filter(|user| user.client.is_none()).and_then(|user| user.agent);
            Some(agent.ok_or_else(|| ApiError::not_found("agent"))?)
        }
    };
    let wanted = [query.agent.map(AgentId::from_uuid), by_login];
    let on = |call: &CallUnderWay| {
        let is_on = |agent: &AgentId| call.agents.iter().any(|on| on.agent == agent.uuid());
        wanted.iter().flatten().all(is_on)
    };
    Ok(Json(app.calls_under_way(&caller)?.into_iter().filter(on).collect()))
}

/// Pauses the recording of a call, or goes on with it, and says how it is after that. Recorded in the
/// audit log.
#[utoipa::path(post, path = "/api/v1/calls/{contact}/recording", operation_id = "calls_recording", tag = "calls", params(("contact" = Uuid, Path)), request_body = RecordingRequest, responses((status = 200, description = "Done", body = RecordingAnswer)))]
pub async fn recording(
    State(app): State<App>,
    caller: Caller,
    trail: Trail,
    Path(contact): Path<Uuid>,
    Json(body): Json<RecordingRequest>,
) -> Result<Json<RecordingAnswer>> {
    let voice = app.telephony()?;
    let id = ContactId::from_uuid(contact);
    let card = app.cards.get(id).ok_or_else(|| ApiError::not_found("contact"))?;
    caller.client_scope(Some(card.client)).map_err(|_| ApiError::not_found("contact"))?;
    voice.desk(id, DeskSays::PauseRecording(body.paused)).await?;
    let action = if body.paused { "recording.paused" } else { "recording.resumed" };
    let entry = trail.entry(action, "contact", contact).of_client(card.client);
    app.store.tx(move |tx| Box::pin(async move { tx.audit(&entry).await })).await?;
    // The call shows itself before it answers, so that this is what became of it.
    let call = voice.shown().get(&id).cloned().ok_or(super::VoiceError::NoCall)?;
    Ok(Json(RecordingAnswer { recording: call.recording, pause_until: call.pause_until }))
}

impl App {
    /// The calls under way that a caller may see, oldest first.
    fn calls_under_way(&self, caller: &Caller) -> Result<Vec<CallUnderWay>> {
        let directory = self.floor.directory();
        let shown: Vec<_> = {
            let shown = self.telephony()?.shown();
            let live = shown.iter().filter(|(_, call)| call.state != "ended");
            live.map(|(contact, call)| (*contact, call.clone())).collect()
        };
        let mut calls: Vec<_> = shown
            .into_iter()
            .filter_map(|(contact, call)| {
                let card = self.cards.get(contact)?;
                caller.client_scope(Some(card.client)).ok()?;
                let mut agents: Vec<AgentId> = card.together.iter().copied().collect();
                agents.sort_unstable();
                let agents = agents.into_iter().map(|agent| CallingAgent {
                    agent: agent.uuid(),
                    name: directory.agent_name(agent),
                });
                let client = directory.client(card.client);
                let view = CallUnderWay {
                    contact: contact.uuid(),
                    client: card.client.uuid(),
                    client_name: client.map(|client| client.name.clone()).unwrap_or_default(),
                    arrived: crate::live::instant(card.arrived),
                    direction: call.direction,
                    number: call.number,
                    dialled: call.dialled,
                    state: call.state,
                    agents: agents.collect(),
                    recording: call.recording,
                    pause_until: call.pause_until,
                };
                Some((card.arrived, contact, view))
            })
            .collect();
        calls.sort_by_key(|(arrived, contact, _)| (*arrived, *contact));
        Ok(calls.into_iter().map(|(.., view)| view).collect())
    }
}
