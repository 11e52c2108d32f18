//! What an agent does at the desk: each action is one input to the floor, answered once durable.

use api::desk::{
    AwayReasonKind, ConsultRequest, DraftRequest, FinishRequest, PresenceChoice, ReadRequest,
    SetPresence, TransferRequest, TransferTo,
};
use axum::{extract::State, http::StatusCode};
use domain::{AgentId, ContactId, DispositionId, QueueId, SkillId};
use routing::{AwayReason, EndedBy, Input, Presence, TransferTarget};
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use crate::{
    App,
    http::{
        error::{ApiError, Result},
        extract::{Json, Path},
        session::Caller,
    },
};

/// The endpoints.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(sign_in))
        .routes(routes!(sign_out))
        .routes(routes!(set_presence))
        .routes(routes!(answer))
        .routes(routes!(refuse))
        .routes(routes!(hold))
        .routes(routes!(resume))
        .routes(routes!(end))
        .routes(routes!(leave))
        .routes(routes!(conference))
        .routes(routes!(extend))
        .routes(routes!(finish))
        .routes(routes!(transfer))
        .routes(routes!(consult))
        .routes(routes!(draft))
        .routes(routes!(read))
}

/// Starts work on the floor.
#[utoipa::path(post, path = "/api/v1/desk/sign-in", operation_id = "desk_sign_in", tag = "desk", request_body = SetPresence, responses((status = 204, description = "Signed in to the floor")))]
pub async fn sign_in(
    State(app): State<App>,
    caller: Caller,
    Json(body): Json<SetPresence>,
) -> Result<StatusCode> {
    let agent = caller.desk()?;
    if !app.live.desk_is_connected(agent) {
        return Err(ApiError::conflict(
            "desk_not_connected",
            "Your desk is not connected to the live socket, so offers could not reach you.",
            "Open the desk in this browser and wait until it says that it is connected.",
        ));
    }
    let presence = presence(body.presence)?.ok_or_else(|| {
        ApiError::malformed("Signing in cannot begin with signing out.", "Choose another presence.")
    })?;
    if let Some(voice) = &app.voice {
        // The router presumes a phone that nobody has spoken of to be ready.
        voice.tell_phone(agent);
    }
    app.floor.input(Input::SignIn { agent, presence }).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Stops work: at once when idle, after the work in hand otherwise.
#[utoipa::path(post, path = "/api/v1/desk/sign-out", operation_id = "desk_sign_out", tag = "desk", responses((status = 204, description = "Signed out, or will be after the work in hand")))]
pub async fn sign_out(State(app): State<App>, caller: Caller) -> Result<StatusCode> {
    let agent = caller.desk()?;
    app.floor.input(Input::SignOut { agent }).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Chooses a presence, now or for after the work in hand.
#[utoipa::path(post, path = "/api/v1/desk/presence", operation_id = "desk_presence", tag = "desk", request_body = SetPresence, responses((status = 204, description = "Taken")))]
pub async fn set_presence(
    State(app): State<App>,
    caller: Caller,
    Json(body): Json<SetPresence>,
) -> Result<StatusCode> {
    let agent = caller.desk()?;
    let input = match presence(body.presence)? {
        Some(presence) => Input::SetPresence { agent, presence },
        None => Input::SignOut { agent },
    };
    app.floor.input(input).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The router's presence for a choice; `None` for signing out.
///
/// # Errors
/// 400 for a reason that only the router sets.
pub fn presence(choice: PresenceChoice) -> Result<Option<Presence>> {
    Ok(match choice {
        PresenceChoice::Available => Some(Presence::Available),
        PresenceChoice::SignOut => None,
        PresenceChoice::Away(reason) => Some(Presence::Away(match reason {
            AwayReasonKind::Break => AwayReason::Break,
            AwayReasonKind::Lunch => AwayReason::Lunch,
            AwayReasonKind::Training => AwayReason::Training,
            AwayReasonKind::Meeting => AwayReason::Meeting,
            AwayReasonKind::OtherWork => AwayReason::OtherWork,
            AwayReasonKind::SetByLead => AwayReason::SetByLead,
            AwayReasonKind::NoAnswer | AwayReasonKind::ConnectionLost => {
                return Err(ApiError::malformed(
                    "This reason is set by the floor, never by a person.",
                    "Choose break, lunch, training, meeting or other_work.",
                ));
            }
        })),
    })
}

/// Hands one input about the caller's contact to the floor.
async fn act(
    app: &App,
    caller: &Caller,
    contact: Uuid,
    input: impl FnOnce(ContactId, AgentId) -> Input,
) -> Result<StatusCode> {
    let agent = caller.desk()?;
    app.floor.input(input(ContactId::from_uuid(contact), agent)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Hands an input to the floor after making sure that the caller is on the contact.
async fn act_on_own(
    app: &App,
    caller: &Caller,
    contact: Uuid,
    input: impl FnOnce(ContactId, AgentId) -> Input,
) -> Result<StatusCode> {
    let agent = caller.desk()?;
    super::must_hold(app, agent, ContactId::from_uuid(contact)).await?;
    act(app, caller, contact, input).await
}

/// Answers the offer.
#[utoipa::path(post, path = "/api/v1/desk/contacts/{contact}/answer", operation_id = "desk_answer", tag = "desk", params(("contact" = Uuid, Path)), responses((status = 204, description = "Connected")))]
pub async fn answer(
    State(app): State<App>,
    caller: Caller,
    Path(contact): Path<Uuid>,
) -> Result<StatusCode> {
    act(&app, &caller, contact, |contact, agent| Input::Answer { contact, agent }).await
}

/// Refuses the offer; it goes back to the head of its queue with its waiting time.
#[utoipa::path(post, path = "/api/v1/desk/contacts/{contact}/refuse", operation_id = "desk_refuse", tag = "desk", params(("contact" = Uuid, Path)), responses((status = 204, description = "Refused")))]
pub async fn refuse(
    State(app): State<App>,
    caller: Caller,
    Path(contact): Path<Uuid>,
) -> Result<StatusCode> {
    act(&app, &caller, contact, |contact, agent| Input::Refuse { contact, agent }).await
}

/// Puts the contact on hold.
#[utoipa::path(post, path = "/api/v1/desk/contacts/{contact}/hold", operation_id = "desk_hold", tag = "desk", params(("contact" = Uuid, Path)), responses((status = 204, description = "On hold")))]
pub async fn hold(
    State(app): State<App>,
    caller: Caller,
    Path(contact): Path<Uuid>,
) -> Result<StatusCode> {
    act(&app, &caller, contact, |contact, agent| Input::Hold { contact, agent }).await
}

/// Takes the contact back from hold.
#[utoipa::path(post, path = "/api/v1/desk/contacts/{contact}/resume", operation_id = "desk_resume", tag = "desk", params(("contact" = Uuid, Path)), responses((status = 204, description = "Taken back")))]
pub async fn resume(
    State(app): State<App>,
    caller: Caller,
    Path(contact): Path<Uuid>,
) -> Result<StatusCode> {
    act(&app, &caller, contact, |contact, agent| Input::Resume { contact, agent }).await
}

/// Ends the conversation; wrap-up follows.
#[utoipa::path(post, path = "/api/v1/desk/contacts/{contact}/end", operation_id = "desk_end", tag = "desk", params(("contact" = Uuid, Path)), responses((status = 204, description = "Ended")))]
pub async fn end(
    State(app): State<App>,
    caller: Caller,
    Path(contact): Path<Uuid>,
) -> Result<StatusCode> {
    act_on_own(&app, &caller, contact, |contact, _| Input::End { contact, by: EndedBy::Agent })
        .await
}

/// Leaves a conference or consult; the contact goes on with the others.
#[utoipa::path(post, path = "/api/v1/desk/contacts/{contact}/leave", operation_id = "desk_leave", tag = "desk", params(("contact" = Uuid, Path)), responses((status = 204, description = "Left")))]
pub async fn leave(
    State(app): State<App>,
    caller: Caller,
    Path(contact): Path<Uuid>,
) -> Result<StatusCode> {
    act(&app, &caller, contact, |contact, agent| Input::Leave { contact, agent }).await
}

/// Joins the consulted colleague and the customer.
#[utoipa::path(post, path = "/api/v1/desk/contacts/{contact}/conference", operation_id = "desk_conference", tag = "desk", params(("contact" = Uuid, Path)), responses((status = 204, description = "Joined")))]
pub async fn conference(
    State(app): State<App>,
    caller: Caller,
    Path(contact): Path<Uuid>,
) -> Result<StatusCode> {
    act(&app, &caller, contact, |contact, by| Input::Conference { contact, by }).await
}

/// Asks for more wrap-up time.
#[utoipa::path(post, path = "/api/v1/desk/contacts/{contact}/extend", operation_id = "desk_extend", tag = "desk", params(("contact" = Uuid, Path)), responses((status = 204, description = "Extended")))]
pub async fn extend(
    State(app): State<App>,
    caller: Caller,
    Path(contact): Path<Uuid>,
) -> Result<StatusCode> {
    act(&app, &caller, contact, |contact, agent| Input::ExtendWrapUp { contact, agent }).await
}

/// Ends the wrap-up, with how the contact ended and a note.
#[utoipa::path(post, path = "/api/v1/desk/contacts/{contact}/finish", operation_id = "desk_finish", tag = "desk", params(("contact" = Uuid, Path)), request_body = FinishRequest, responses((status = 204, description = "Finished")))]
pub async fn finish(
    State(app): State<App>,
    caller: Caller,
    Path(contact): Path<Uuid>,
    Json(body): Json<FinishRequest>,
) -> Result<StatusCode> {
    let agent = caller.desk()?;
    let contact = ContactId::from_uuid(contact);
    let disposition = body.disposition.map(DispositionId::from_uuid);
    super::must_hold(&app, agent, contact).await?;
    super::keep_disposition(&app, agent, contact, disposition, &body.note).await?;
    app.floor.input(Input::FinishWrapUp { contact, agent, disposition }).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Passes the contact on.
#[utoipa::path(post, path = "/api/v1/desk/contacts/{contact}/transfer", operation_id = "desk_transfer", tag = "desk", params(("contact" = Uuid, Path)), request_body = TransferRequest, responses((status = 204, description = "Passed on")))]
pub async fn transfer(
    State(app): State<App>,
    caller: Caller,
    Path(contact): Path<Uuid>,
    Json(body): Json<TransferRequest>,
) -> Result<StatusCode> {
    let agent = caller.desk()?;
    let contact_id = ContactId::from_uuid(contact);
    super::must_hold(&app, agent, contact_id).await?;
    if !body.note.trim().is_empty() {
        app.chat.note(contact_id, agent, body.note.trim()).await?;
    }
    let to = match body.to {
        TransferTo::Agent(id) => TransferTarget::Agent(AgentId::from_uuid(id)),
        TransferTo::Queue(id) => TransferTarget::Queue(QueueId::from_uuid(id)),
        TransferTo::Skill(id) => TransferTarget::Skill(SkillId::from_uuid(id)),
    };
    act(&app, &caller, contact, |contact, by| Input::Transfer { contact, by, to }).await
}

/// Asks a colleague, who is offered the consult.
#[utoipa::path(post, path = "/api/v1/desk/contacts/{contact}/consult", operation_id = "desk_consult", tag = "desk", params(("contact" = Uuid, Path)), request_body = ConsultRequest, responses((status = 204, description = "Asked")))]
pub async fn consult(
    State(app): State<App>,
    caller: Caller,
    Path(contact): Path<Uuid>,
    Json(body): Json<ConsultRequest>,
) -> Result<StatusCode> {
    let to = AgentId::from_uuid(body.agent);
    act(&app, &caller, contact, |contact, by| Input::Consult { contact, by, to }).await
}

/// Keeps unsent words, so that a reload, another browser or a transfer loses none.
#[utoipa::path(put, path = "/api/v1/desk/contacts/{contact}/draft", operation_id = "desk_draft", tag = "desk", params(("contact" = Uuid, Path)), request_body = DraftRequest, responses((status = 204, description = "Kept")))]
pub async fn draft(
    State(app): State<App>,
    caller: Caller,
    Path(contact): Path<Uuid>,
    Json(body): Json<DraftRequest>,
) -> Result<StatusCode> {
    let agent = caller.desk()?;
    let contact = ContactId::from_uuid(contact);
    super::must_hold(&app, agent, contact).await?;
    super::keep_draft(&app, agent, contact, &body.body).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Marks the customer's messages as read up to a number.
#[utoipa::path(post, path = "/api/v1/desk/contacts/{contact}/read", operation_id = "desk_read", tag = "desk", params(("contact" = Uuid, Path)), request_body = ReadRequest, responses((status = 204, description = "Marked")))]
pub async fn read(
    State(app): State<App>,
    caller: Caller,
    Path(contact): Path<Uuid>,
    Json(body): Json<ReadRequest>,
) -> Result<StatusCode> {
    let agent = caller.desk()?;
    let contact = ContactId::from_uuid(contact);
    super::must_hold(&app, agent, contact).await?;
    app.chat.read_by_agent(contact, body.upto).await?;
    Ok(StatusCode::NO_CONTENT)
}
