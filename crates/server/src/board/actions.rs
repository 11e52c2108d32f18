//! What a lead does at the board: each act is recorded with its reason.

use api::board::{LeadSetsPresence, MoveAgent, MoveDone, PoolName};
use api::why::WhyView;
use axum::{extract::State, http::StatusCode};
use domain::{AgentId, ClientId, ContactId, PoolId};
use routing::{Input, Presence};
use serde_json::json;
use store::{ProviderScope, StoreError, records::AuditEntry};
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use super::why;
use crate::{
    App, desk,
    http::{
        audit::{Told, Trail},
        error::{ApiError, Result},
        extract::{Json, Path},
        session::Caller,
    },
};

/// The endpoints.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(why_waiting))
        .routes(routes!(expedite))
        .routes(routes!(cancel_callback))
        .routes(routes!(release))
        .routes(routes!(take_over))
        .routes(routes!(set_presence))
        .routes(routes!(move_agent))
        .routes(routes!(undo_move))
        .routes(routes!(pools))
}

/// A move that can be taken back.
#[derive(Clone, Debug)]
pub struct Move {
    agent: AgentId,
    before: Vec<PoolId>,
    after: Vec<PoolId>,
}

/// Moves remembered for undo; older ones are forgotten.
const MOVES_MAX: usize = 200;

/// Why a contact waits, or went where it went.
#[utoipa::path(get, path = "/api/v1/board/contacts/{contact}/why", operation_id = "board_why", tag = "board", params(("contact" = Uuid, Path)), responses((status = 200, description = "The reasons", body = WhyView)))]
pub async fn why_waiting(
    State(app): State<App>,
    Path(contact): Path<Uuid>,
) -> Result<Json<WhyView>> {
    why::why(&app, ContactId::from_uuid(contact)).await.map(Json)
}

/// Gives a waiting contact the emergency lane.
#[utoipa::path(post, path = "/api/v1/board/contacts/{contact}/expedite", operation_id = "board_expedite", tag = "board", params(("contact" = Uuid, Path)), responses((status = 204, description = "Put first")))]
pub async fn expedite(
    State(app): State<App>,
    trail: Trail,
    Path(contact): Path<Uuid>,
) -> Result<StatusCode> {
    let contact = ContactId::from_uuid(contact);
    app.floor.input(Input::Expedite { contact }).await?;
    let client = app.cards.get(contact).map(|card| card.client);
    keep(&app, trail.entry("board.expedite", "contact", contact.uuid()), client).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Takes a promised call back back: the customer does not want it any more.
#[utoipa::path(post, path = "/api/v1/board/contacts/{contact}/cancel-callback", operation_id = "board_cancel_callback", tag = "board", params(("contact" = Uuid, Path)), responses((status = 204, description = "Taken back")))]
pub async fn cancel_callback(
    State(app): State<App>,
    trail: Trail,
    Path(contact): Path<Uuid>,
) -> Result<StatusCode> {
    let contact = ContactId::from_uuid(contact);
    let client = app.cards.get(contact).map(|card| card.client);
    app.floor.input(Input::CancelCallback { contact }).await?;
    keep(&app, trail.entry("board.cancel_callback", "contact", contact.uuid()), client).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Takes a contact away from an agent who does not react, or ends their wrap-up.
#[utoipa::path(post, path = "/api/v1/board/agents/{agent}/contacts/{contact}/release", operation_id = "board_release", tag = "board", params(("agent" = Uuid, Path), ("contact" = Uuid, Path)), responses((status = 204, description = "Taken away")))]
pub async fn release(
    State(app): State<App>,
    trail: Trail,
    Path((agent, contact)): Path<(Uuid, Uuid)>,
) -> Result<StatusCode> {
    let (agent, contact) = (AgentId::from_uuid(agent), ContactId::from_uuid(contact));
    let client = app.cards.get(contact).map(|card| card.client);
    app.floor.input(Input::Release { contact, agent }).await?;
    let after = json!({ "contact": contact });
    let entry = trail.entry("board.release", "agent", agent.uuid()).changed(&json!(null), &after);
    keep(&app, entry, client).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The lead takes a contact over from an agent: it is at the lead's own desk at once. Recorded in the
/// audit log.
#[utoipa::path(post, path = "/api/v1/board/agents/{agent}/contacts/{contact}/take-over", operation_id = "board_take_over", tag = "board", params(("agent" = Uuid, Path), ("contact" = Uuid, Path)), responses((status = 204, description = "At the lead's desk")))]
pub async fn take_over(
    State(app): State<App>,
    caller: Caller,
    trail: Trail,
    Path((agent, contact)): Path<(Uuid, Uuid)>,
) -> Result<StatusCode> {
    let by = caller.desk()?;
    let (from, contact) = (AgentId::from_uuid(agent), ContactId::from_uuid(contact));
    let client = app.cards.get(contact).map(|card| card.client);
    let lifted = match &app.voice {
        Some(voice) => voice.lift_for(contact, by).await?,
        None => false,
    };
    let taken = app.floor.input(Input::TakeOver { contact, from, by }).await;
    if let Some(voice) = &app.voice {
        match &taken {
            // Whoever stood beside the call is in it from now on.
            Ok(_) => voice.leave(contact, caller.user).await,
            Err(_) if lifted => voice.put_down(by),
            Err(_) => {}
        }
    }
    taken?;
    let after = json!({ "contact": contact, "from": from });
    let entry = trail.entry("board.take_over", "agent", from.uuid()).changed(&json!(null), &after);
    keep(&app, entry, client).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Changes an agent's presence.
#[utoipa::path(post, path = "/api/v1/board/agents/{agent}/presence", operation_id = "board_presence", tag = "board", params(("agent" = Uuid, Path)), request_body = LeadSetsPresence, responses((status = 204, description = "Taken")))]
pub async fn set_presence(
    State(app): State<App>,
    trail: Trail,
    Path(agent): Path<Uuid>,
    Json(body): Json<LeadSetsPresence>,
) -> Result<StatusCode> {
    let agent = AgentId::from_uuid(agent);
    let reason = reason(&body.reason)?;
    let input = match desk::presence(body.presence)? {
        Some(Presence::Available) => {
            return Err(ApiError::conflict(
                "ready_is_own",
                "Only agents themselves say that they are ready: nobody is made to ring unseen.",
                "Ask the agent to become available.",
            ));
        }
        Some(presence) => Input::SetPresence { agent, presence },
        None => Input::SignOut { agent },
    };
    app.floor.input(input).await?;
    let after = json!({ "presence": body.presence, "reason": reason });
    let entry = trail.entry("board.presence", "agent", agent.uuid()).changed(&json!(null), &after);
    keep(&app, entry, None).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Lets an agent serve other pools from now on.
#[utoipa::path(post, path = "/api/v1/board/agents/{agent}/move", operation_id = "board_move", tag = "board", params(("agent" = Uuid, Path)), request_body = MoveAgent, responses((status = 200, description = "Moved", body = MoveDone)))]
pub async fn move_agent(
    State(app): State<App>,
    trail: Trail,
    Path(agent): Path<Uuid>,
    Json(body): Json<MoveAgent>,
) -> Result<Json<MoveDone>> {
    let agent = AgentId::from_uuid(agent);
    let reason = reason(&body.reason)?;
    let mut after: Vec<PoolId> = body.pools.into_iter().map(PoolId::from_uuid).collect();
    after.sort_unstable();
    after.dedup();
    let directory = app.floor.directory();
    if let Some(unknown) = after.iter().find(|pool| directory.pool_name(**pool).is_none()) {
        return Err(ApiError::fault(
            "move",
            "pools",
            "unknown_pool",
            domain::words!("There is no pool {}.", unknown),
            "Choose pools that exist.",
        ));
    }
    let before = serve(&app, agent, None, after.clone(), |before| {
        let (was, is) = (json!({ "pools": before }), json!({ "pools": after, "reason": reason }));
        trail.entry("board.move", "agent", agent.uuid()).changed(&was, &is)
    })
    .await?;
    let undo = Uuid::now_v7();
    let done = MoveDone {
        undo,
        before: before.iter().map(|pool| pool.uuid()).collect(),
        after: after.iter().map(|pool| pool.uuid()).collect(),
    };
    {
        let mut moves = app.moves();
        if moves.len() == MOVES_MAX {
            moves.pop_front();
        }
        moves.push_back((undo, Move { agent, before, after }));
    }
    Ok(Json(done))
}

/// Takes a move back, as long as nothing else has moved the agent.
#[utoipa::path(post, path = "/api/v1/board/moves/{undo}/undo", operation_id = "board_undo_move", tag = "board", params(("undo" = Uuid, Path)), responses((status = 204, description = "Taken back")))]
pub async fn undo_move(
    State(app): State<App>,
    trail: Trail,
    Path(undo): Path<Uuid>,
) -> Result<StatusCode> {
    let found = app.moves().iter().find(|(id, _)| *id == undo).map(|(_, done)| done.clone());
    let done = found.ok_or_else(|| ApiError::not_found("move"))?;
    serve(&app, done.agent, Some(&done.after), done.before.clone(), |_| {
        let (was, is) = (json!({ "pools": done.after }), json!({ "pools": done.before }));
        trail.entry("board.undo_move", "agent", done.agent.uuid()).changed(&was, &is)
    })
    .await?;
    app.moves().retain(|(id, _)| *id != undo);
    Ok(StatusCode::NO_CONTENT)
}

/// The pools that an agent can be moved to.
#[utoipa::path(get, path = "/api/v1/board/pools", operation_id = "board_pools", tag = "board", responses((status = 200, description = "By name", body = Vec<PoolName>)))]
pub async fn pools(State(app): State<App>) -> Result<Json<Vec<PoolName>>> {
    let directory = app.floor.directory();
    let mut pools: Vec<PoolName> = directory
        .pools()
        .map(|(id, name)| PoolName { id: id.uuid(), name: name.to_owned() })
        .collect();
    pools.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(Json(pools))
}

/// Gives an agent these pools, with its audit entry in one transaction; returns those before. With `only_from`, refused when the agent has
/// others by now.
async fn serve(
    app: &App,
    agent: AgentId,
    only_from: Option<&[PoolId]>,
    pools: Vec<PoolId>,
    entry: impl FnOnce(&[PoolId]) -> AuditEntry,
) -> Result<Vec<PoolId>> {
    let scope = ProviderScope::granted();
    let kept = app.store.view().agent(&scope, agent).await?;
    let mut kept = kept.ok_or_else(|| ApiError::not_found("agent"))?;
    let before = kept.pools.clone();
    if only_from.is_some_and(|from| from != before) {
        return Err(ApiError::conflict(
            "agent_moved_again",
            "The agent was moved again since.",
            "Move the agent to the pools you want.",
        ));
    }
    kept.pools = pools;
    let entry = entry(&before);
    app.store
        .tx(move |tx| {
            Box::pin(async move {
                tx.change_agent(&scope, &kept).await?;
                tx.audit(&entry).await
            })
        })
        .await
        .map_err(|error| match error {
            StoreError::Stale { .. } => ApiError::conflict(
                "agent_record_changed",
                "The agent's record was changed at the same moment.",
                "Try the move again.",
            ),
            error => error.into(),
        })?;
    app.configuration_changed().await;
    Ok(before)
}

/// Writes what a lead did into the audit log.
async fn keep(app: &App, entry: AuditEntry, client: Option<ClientId>) -> Result<()> {
    let entry = AuditEntry { client, ..entry };
    app.store.tx(move |tx| Box::pin(async move { tx.audit(&entry).await })).await?;
    Ok(())
}

fn reason(reason: &str) -> Result<&str> {
    let reason = reason.trim();
    if reason.is_empty() || reason.chars().count() > 500 {
        return Err(ApiError::fault(
            "act",
            "reason",
            "reason_needed",
            "A reason of at most 500 characters is needed for the audit log.",
            "Say in a few words why.",
        ));
    }
    Ok(reason)
}
