//! Messages left outside the hours or instead of waiting, as work: who has which, and how it was
//! answered.

use api::left::{
    FinishLeftMessage, LeftKind, LeftMessageView, LeftMessages, LeftState, ReopenLeftMessage,
};
use axum::{extract::State, http::HeaderMap, response::Response};
use domain::{AgentId, ClientId, MessageId, Timestamp};
use serde::Deserialize;
use serde_json::json;
use store::{
    ClientScope, ProviderScope, StoreError,
    records::{AuditEntry, LeftKind as Kept, OfflineFilter, OfflineMessage},
};
use utoipa::IntoParams;
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use super::{NOTE_MAX, Reach, leads, lost, may_answer, must_answer, name};
use crate::{
    App,
    admin::Faults,
    floor::Directory,
    http::{
        audit::{Told, Trail},
        error::{ApiError, Result},
        extract::{Json, Path, Query},
        paging::{after_at, cursor_at, limit},
        session::{Caller, instant as read_instant},
    },
    live::instant,
};

/// What a message is called where there is none.
const WHAT: &str = "message";

/// The endpoints.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(take))
        .routes(routes!(finish))
        .routes(routes!(reopen))
        .routes(routes!(audio))
}

/// Which messages.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub struct LeftQuery {
    /// Left with this client.
    client: Option<Uuid>,
    /// Only those not done.
    open: bool,
    /// Left like this.
    kind: Option<LeftKind>,
    /// Left at this instant or later, RFC 3339.
    from: Option<String>,
    /// Left before this instant.
    until: Option<String>,
    /// Words of the message, the name, the address or the answer, or digits of the number.
    q: Option<String>,
    /// From a page's `next`.
    before: Option<String>,
    /// Rows at most, 1 to 500; 100 when absent.
    limit: Option<u32>,
}

/// Messages left, newest first. Agents see those of the clients they are signed off for, a client's
/// people those of their own.
#[utoipa::path(get, path = "/api/v1/left-messages", operation_id = "left_messages", tag = "left messages", params(LeftQuery), responses((status = 200, description = "Newest first", body = LeftMessages)))]
pub async fn list(
    State(app): State<App>,
    caller: Caller,
    Query(query): Query<LeftQuery>,
) -> Result<Json<LeftMessages>> {
    let reach = Reach::of(&app, &caller, query.client, WHAT)?;
    let lost = lost::count_open(&app, &reach).await?;
    let (filter, limit) = (filter(&query)?, limit(query.limit));
    let provider = ProviderScope::granted();
    let mut records = app.store.view();
    let (page, open) = match reach {
        Reach::Client(client) => {
            let scope = ClientScope::of(client);
            let rows = records.offline_messages(&scope, &filter, limit).await?;
            (rows, records.count_open_offline_messages(&scope).await?)
        }
        Reach::All(agent) => {
            let rows =
                records.offline_messages_of_all_clients(&provider, agent, &filter, limit).await?;
            let open = records.count_open_offline_messages_of_all_clients(&provider, agent).await?;
            (rows, open)
        }
    };
    let next = page.next.map(|(at, id)| cursor_at(at, id));
    let directory = app.floor.directory();
    let items = page.rows.iter().map(|left| view(&directory, &caller, left)).collect();
    Ok(Json(LeftMessages { items, next, open, lost }))
}

/// Takes a message, so that nobody else answers it.
#[utoipa::path(post, path = "/api/v1/left-messages/{client}/{message}/take", operation_id = "left_take", tag = "left messages", params(("client" = Uuid, Path), ("message" = Uuid, Path)), responses((status = 200, description = "Yours", body = LeftMessageView)))]
pub async fn take(
    State(app): State<App>,
    caller: Caller,
    trail: Trail,
    Path((client, message)): Path<(Uuid, Uuid)>,
) -> Result<Json<LeftMessageView>> {
    let agent = caller.desk()?;
    let left = found(&app, client, message).await?;
    must_answer(&app, agent, left.client, WHAT)?;
    let entry = entry(&trail, "left_message.taken", &left, LeftState::Taken, Some(agent));
    let (scope, id) = (ClientScope::of(left.client), left.id);
    let done = app
        .store
        .tx(move |tx| {
            Box::pin(async move {
                tx.take_offline_message(&scope, id, agent).await?;
                tx.audit(&entry).await
            })
        })
        .await;
    settled(&app, &caller, left.client, left.id, done).await
}

/// Says how a message was answered. One that nobody has taken is taken with it.
#[utoipa::path(post, path = "/api/v1/left-messages/{client}/{message}/done", operation_id = "left_done", tag = "left messages", params(("client" = Uuid, Path), ("message" = Uuid, Path)), request_body = FinishLeftMessage, responses((status = 200, description = "Done", body = LeftMessageView)))]
pub async fn finish(
    State(app): State<App>,
    caller: Caller,
    trail: Trail,
    Path((client, message)): Path<(Uuid, Uuid)>,
    Json(body): Json<FinishLeftMessage>,
) -> Result<Json<LeftMessageView>> {
    let agent = caller.desk()?;
    let left = found(&app, client, message).await?;
    must_answer(&app, agent, left.client, WHAT)?;
    let mut faults = Faults::default();
    let note = faults.text("note", &body.note, 1, NOTE_MAX);
    faults.none("note")?;
    let entry = entry(&trail, "left_message.done", &left, LeftState::Done, Some(agent));
    let (scope, id, now) = (ClientScope::of(left.client), left.id, app.clock.now());
    let done = app
        .store
        .tx(move |tx| {
            Box::pin(async move {
                tx.finish_offline_message(&scope, id, agent, &note, now).await?;
                tx.audit(&entry).await
            })
        })
        .await;
    settled(&app, &caller, left.client, left.id, done).await
}

/// Takes the last step back: by the agent who has the message, or by a lead.
#[utoipa::path(post, path = "/api/v1/left-messages/{client}/{message}/reopen", operation_id = "left_reopen", tag = "left messages", params(("client" = Uuid, Path), ("message" = Uuid, Path)), request_body = ReopenLeftMessage, responses((status = 200, description = "One step back", body = LeftMessageView)))]
pub async fn reopen(
    State(app): State<App>,
    caller: Caller,
    trail: Trail,
    Path((client, message)): Path<(Uuid, Uuid)>,
    Json(body): Json<ReopenLeftMessage>,
) -> Result<Json<LeftMessageView>> {
    let left = found(&app, client, message).await?;
    let leads = leads(&caller);
    if !leads {
        must_answer(&app, caller.desk()?, left.client, WHAT)?;
    }
    let holder = match (left.taken_by, state(&left)) {
        (Some(holder), now) if now == body.from => holder,
        (_, now) => {
            return Err(ApiError::conflict(
                "message_state",
                domain::words!(
                    "The message is {}, so there is nothing of this to take back.",
                    word(now)
                ),
                "Load the list again and look at the message as it is now.",
            ));
        }
    };
    if !leads && caller.agent != Some(holder) {
        return Err(held_by(&app, holder));
    }
    let becomes = if body.from == LeftState::Done { LeftState::Taken } else { LeftState::Open };
    let kept = (becomes == LeftState::Taken).then_some(holder);
    let entry = entry(&trail, "left_message.reopened", &left, becomes, kept);
    let (scope, id) = (ClientScope::of(left.client), left.id);
    let done = app
        .store
        .tx(move |tx| {
            Box::pin(async move {
                match kept {
                    Some(_) => tx.resume_offline_message(&scope, id).await?,
                    None => tx.release_offline_message(&scope, id, holder).await?,
                }
                tx.audit(&entry).await
            })
        })
        .await;
    settled(&app, &caller, left.client, left.id, done).await
}

/// The sound of a voicemail, for whoever sees the message. Written into the audit log.
#[utoipa::path(get, path = "/api/v1/left-messages/{client}/{message}/audio", operation_id = "left_audio", tag = "left messages", params(("client" = Uuid, Path), ("message" = Uuid, Path)), responses((status = 200, description = "A WAV file", content_type = "audio/wav"), (status = 206, description = "A part of it", content_type = "audio/wav")))]
pub async fn audio(
    State(app): State<App>,
    caller: Caller,
    trail: Trail,
    Path((client, message)): Path<(Uuid, Uuid)>,
    headers: HeaderMap,
) -> Result<Response> {
    Reach::of(&app, &caller, Some(client), WHAT)?;
    let left = found(&app, client, message).await?;
    let recording = left.recording.ok_or_else(|| ApiError::not_found("recording"))?;
    crate::voice::voicemail(&app, &trail, left.client, recording, &headers).await
}

fn filter(query: &LeftQuery) -> Result<OfflineFilter> {
    let read = |field, text: &Option<String>| {
        text.as_deref().map(|text| read_instant(field, text)).transpose()
    };
    Ok(OfflineFilter {
        open: query.open,
        kind: query.kind.map(|kind| match kind {
            LeftKind::Form => Kept::Form,
            LeftKind::Voicemail => Kept::Voicemail,
        }),
        from: read("from", &query.from)?.unwrap_or(Timestamp::MIN),
        until: read("until", &query.until)?.unwrap_or(Timestamp::MAX),
        words: query.q.clone(),
        before: after_at(query.before.as_deref())?,
    })
}

async fn found(app: &App, client: Uuid, message: Uuid) -> Result<OfflineMessage> {
    let scope = ClientScope::of(ClientId::from_uuid(client));
    let left = app.store.view().offline_message(&scope, MessageId::from_uuid(message)).await?;
    left.ok_or_else(|| ApiError::not_found(WHAT))
}

/// The message after a change; when somebody else was faster, a conflict that says who.
async fn settled(
    app: &App,
    caller: &Caller,
    client: ClientId,
    id: MessageId,
    done: std::result::Result<(), StoreError>,
) -> Result<Json<LeftMessageView>> {
    let left = found(app, client.uuid(), id.uuid()).await?;
    match done {
        Ok(()) => Ok(Json(view(&app.floor.directory(), caller, &left))),
        Err(StoreError::Stale { .. }) => Err(match (left.taken_by, left.done) {
            (Some(holder), None) => held_by(app, holder),
            (Some(holder), Some(_)) => ApiError::conflict(
                "message_answered",
                domain::words!(
                    "{} has answered this message.",
                    app.floor.directory().agent_name(holder)
                ),
                "Read the note; take another message.",
            ),
            (None, _) => ApiError::conflict(
                "message_given_back",
                "The message was given back meanwhile.",
                "Load the list again and take it anew.",
            ),
        }),
        Err(error) => Err(error.into()),
    }
}

fn held_by(app: &App, holder: AgentId) -> ApiError {
    ApiError::conflict(
        "message_taken",
        domain::words!("{} has this message.", app.floor.directory().agent_name(holder)),
        "Take another one, or ask them to give it back.",
    )
}

const fn state(left: &OfflineMessage) -> LeftState {
    match (left.done, left.taken_by) {
        (Some(_), _) => LeftState::Done,
        (None, Some(_)) => LeftState::Taken,
        (None, None) => LeftState::Open,
    }
}

const fn word(state: LeftState) -> &'static str {
    match state {
        LeftState::Open => "open",
        LeftState::Taken => "taken",
        LeftState::Done => "done",
    }
}

/// An entry of the audit log, without the customer's words and the note.
fn entry(
    trail: &Trail,
    action: &str,
    left: &OfflineMessage,
    becomes: LeftState,
    agent: Option<AgentId>,
) -> AuditEntry {
    trail.entry(action, "left_message", left.id.uuid()).of_client(left.client).changed(
        &json!({ "state": state(left), "agent": left.taken_by }),
        &json!({ "state": becomes, "agent": agent }),
    )
}

fn view(directory: &Directory, caller: &Caller, left: &OfflineMessage) -> LeftMessageView {
    let client = directory.client(left.client);
    LeftMessageView {
        message: left.id.uuid(),
        client: left.client.uuid(),
        client_name: client.map(|client| client.name.clone()).unwrap_or_default(),
        client_initials: client.map(|client| client.initials.clone()).unwrap_or_default(),
        client_hue: client.map_or(0, |client| client.hue),
        queue_name: left.queue.and_then(|id| directory.queue(id)).map(|queue| queue.name.clone()),
        name: left.name.clone(),
        kind: match left.kind {
            Kept::Form => LeftKind::Form,
            Kept::Voicemail => LeftKind::Voicemail,
        },
        email: left.email.as_ref().map(|email| email.as_str().to_owned()),
        phone: left.phone.clone(),
        language: left.language.to_string(),
        body: left.body.clone(),
        recording: left.recording.map(|recording| recording.uuid()),
        due: left.due.map(instant),
        at: instant(left.at),
        state: state(left),
        // A client's people know agents by their alias.
        taken_by: left.taken_by.filter(|_| !caller.role.is_client()).map(|agent| agent.uuid()),
        taken_by_name: left.taken_by.map(|agent| name(directory, caller, left.client, agent)),
        done: left.done.map(instant),
        note: left.note.clone(),
        may_answer: caller.agent.is_some_and(|agent| may_answer(directory, agent, left.client)),
    }
}
