//! The desk's doors to telephony: the phone, and what an agent does in a call; supervisors beside it.

use api::voice::{
    DialRequest, Dialled, DigitsRequest, MuteRequest, OutsideAct, OutsideActKind, OutsideRequest,
    PhoneAnswer, PhoneOffer, RecordingRequest, SuperviseMode, SuperviseRequest,
};
use axum::{extract::State, http::StatusCode};
use domain::{AgentId, ClientId, ContactId, LegId, PhoneNumber, QueueId, contract::Channel, words};
use routing::{CallOut, Input, TransferTarget, WorkState};
use store::records::CallDirection;
use telephony::{
    call::{DeskSays, Outgoing, Supervision},
    media::MediaError,
    sdp::Encryption,
};
use tokio::sync::oneshot;
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use super::{
    Voice, VoiceError, customer_of,
    driver::{Dial, Told as ToDriver},
    keep::CallKept,
    plan::NumberEntry,
};
use crate::{
    App, desk,
    floor::Card,
    http::{
        audit::{Told, Trail},
        error::{ApiError, Result},
        extract::{Json, Path},
        session::Caller,
    },
};

/// Digits sent in one go.
const DIGITS_MAX: usize = 32;

/// The endpoints.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(connect, disconnect))
        .routes(routes!(dial))
        .routes(routes!(call_back))
        .routes(routes!(not_reached))
        .routes(routes!(mute))
        .routes(routes!(digits))
        .routes(routes!(recording))
        .routes(routes!(outside))
        .routes(routes!(outside_act))
        .routes(routes!(supervise, stop_supervising))
        .merge(super::recordings::routes())
        .merge(super::redactions::routes())
        .merge(super::relays::routes())
        .merge(super::under_way::routes())
}

impl App {
    /// Telephony.
    ///
    /// # Errors
    /// 409 on a server without.
    pub fn telephony(&self) -> Result<&Voice> {
        self.voice.as_ref().ok_or_else(|| {
            ApiError::conflict(
                "telephony_off",
                "This server has no telephony.",
                "Ask its operator to set `voice.sip`; docs/operating.md says how.",
            )
        })
    }
}

/// Connects the browser as the agent's phone for the shift, or connects it anew.
#[utoipa::path(post, path = "/api/v1/desk/phone", operation_id = "desk_phone", tag = "desk", request_body = PhoneOffer, responses((status = 200, description = "Answered; sound flows once both sides have found each other", body = PhoneAnswer)))]
pub async fn connect(
    State(app): State<App>,
    caller: Caller,
    Json(body): Json<PhoneOffer>,
) -> Result<Json<PhoneAnswer>> {
    let agent = caller.desk()?;
    let sdp = app.telephony()?.connect_phone(agent, &body.sdp)?;
    Ok(Json(PhoneAnswer { sdp }))
}

/// Hangs the agent's phone up: no calls are offered until it is connected again.
#[utoipa::path(delete, path = "/api/v1/desk/phone", operation_id = "desk_phone_off", tag = "desk", responses((status = 204, description = "Hung up")))]
pub async fn disconnect(State(app): State<App>, caller: Caller) -> Result<StatusCode> {
    let agent = caller.desk()?;
    app.telephony()?.hang_up_phone(agent);
    Ok(StatusCode::NO_CONTENT)
}

/// Calls somebody for a client, with that client's number shown.
#[utoipa::path(post, path = "/api/v1/desk/dial", operation_id = "desk_dial", tag = "desk", request_body = DialRequest, responses((status = 201, description = "It rings there", body = Dialled)))]
pub async fn dial(
    State(app): State<App>,
    caller: Caller,
    Json(body): Json<DialRequest>,
) -> Result<(StatusCode, Json<Dialled>)> {
    let agent = caller.desk()?;
    let voice = app.telephony()?;
    voice.must_have_phone(agent)?;
    let client = ClientId::from_uuid(body.client);
    let number = voice.plan().in_e164(&body.number).map_err(VoiceError::Number)?;
    let directory = app.floor.directory();
    let contract = directory.client(client).and_then(|client| client.contract());
    let contract = contract.ok_or_else(|| ApiError::not_found("client"))?;
    let spoken = |queue: &&domain::contract::Queue| queue.channels.contains(&Channel::Voice);
    let asked = body.queue.map(QueueId::from_uuid);
    let queue = contract
        .queues
        .iter()
        .filter(spoken)
        .find(|queue| asked.is_none_or(|asked| asked == queue.id))
        .ok_or_else(|| ApiError::not_found("queue that takes calls"))?;
    let contact = ContactId::from_uuid(Uuid::now_v7());
    let language = contract.languages.first().copied();
    let entry = NumberEntry {
        number: number.clone(),
        client,
        queue: queue.id,
        language: language.unwrap_or(domain::Language::EN),
        flow: None,
    };
    // Only what was lifted for this call is put down again: a call under way goes on.
    let lifted = voice.is_to_lift(agent);
    voice.lift(agent).await?;
    let put_down = || {
        if lifted {
            voice.put_down(agent);
        }
    };
    let dial = voice.dialling(contact, &entry).inspect_err(|_| put_down())?;
    app.cards.put(Card {
        client,
        queue: queue.id,
        channel: Channel::Voice,
        language: entry.language,
        arrived: app.clock.now(),
        customer: customer_of(Some(number.as_str()), None),
        ..Card::unknown(contact)
    });
    let out = CallOut { contact, client, queue: queue.id, agent, language, customer: None };
    if let Err(error) = app.floor.input(Input::CallOut(out)).await {
        app.cards.remove(contact);
        voice.close(dial.setup.leg);
        put_down();
        return Err(error.into());
    }
    voice.play(dial).await?;
    Ok((StatusCode::CREATED, Json(Dialled { contact: contact.uuid() })))
}

/// Calls the customer of a promised callback that the agent has taken.
#[utoipa::path(post, path = "/api/v1/desk/contacts/{contact}/call-back", operation_id = "desk_call_back", tag = "desk", params(("contact" = Uuid, Path)), responses((status = 204, description = "It rings there")))]
pub async fn call_back(
    State(app): State<App>,
    caller: Caller,
    Path(contact): Path<Uuid>,
) -> Result<StatusCode> {
    let agent = caller.desk()?;
    let contact = ContactId::from_uuid(contact);
    let voice = app.telephony()?;
    desk::must_speak(&app, agent, contact).await?;
    voice.must_have_phone(agent)?;
    let card = app.cards.get(contact).ok_or_else(|| ApiError::not_found("contact"))?;
    let scope = store::ClientScope::of(card.client);
    let call = app.store.view().call(&scope, contact).await?;
    let number = call.and_then(|call| call.number).ok_or_else(|| {
        ApiError::conflict(
            "caller_unknown",
            "The caller's number is not known.",
            "End the contact with a note.",
        )
    })?;
    let entry = NumberEntry {
        number: number.parse().map_err(VoiceError::Number)?,
        client: card.client,
        queue: card.queue,
        language: card.language,
        flow: None,
    };
    voice.lift(agent).await?;
    let dial = voice.dialling(contact, &entry)?;
    voice.play(Dial { promised: true, ..dial }).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The customer of a callback did not answer: it is tried again in a quarter of an hour.
#[utoipa::path(post, path = "/api/v1/desk/contacts/{contact}/not-reached", operation_id = "desk_not_reached", tag = "desk", params(("contact" = Uuid, Path)), responses((status = 204, description = "Tried again later")))]
pub async fn not_reached(
    State(app): State<App>,
    caller: Caller,
    Path(contact): Path<Uuid>,
) -> Result<StatusCode> {
    let agent = caller.desk()?;
    let contact = ContactId::from_uuid(contact);
    desk::must_speak(&app, agent, contact).await?;
    let retry_at = app.clock.now() + std::time::Duration::from_secs(15 * 60);
    app.floor.input(Input::CallbackFailed { contact, retry_at }).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Mutes the agent: nobody hears them until they are heard again.
#[utoipa::path(post, path = "/api/v1/desk/contacts/{contact}/mute", operation_id = "desk_mute", tag = "desk", params(("contact" = Uuid, Path)), request_body = MuteRequest, responses((status = 204, description = "Done")))]
pub async fn mute(
    State(app): State<App>,
    caller: Caller,
    Path(contact): Path<Uuid>,
    Json(body): Json<MuteRequest>,
) -> Result<StatusCode> {
    let agent = caller.desk()?;
    act(&app, agent, contact, DeskSays::Mute { agent, on: body.on }).await
}

/// Presses keys towards the one outside, or the customer when nobody is outside.
#[utoipa::path(post, path = "/api/v1/desk/contacts/{contact}/digits", operation_id = "desk_digits", tag = "desk", params(("contact" = Uuid, Path)), request_body = DigitsRequest, responses((status = 204, description = "Sent")))]
pub async fn digits(
    State(app): State<App>,
    caller: Caller,
    Path(contact): Path<Uuid>,
    Json(body): Json<DigitsRequest>,
) -> Result<StatusCode> {
    let agent = caller.desk()?;
    let known = |c: char| c.is_ascii_digit() || matches!(c, '*' | '#' | 'A'..='D');
    if body.digits.is_empty() || body.digits.len() > DIGITS_MAX || !body.digits.chars().all(known) {
        return Err(ApiError::fault(
            "request",
            "digits",
            "keys",
            "These are no keys of a telephone, or too many at once.",
            "Send 1 to 32 of 0-9, *, #, A-D.",
        ));
    }
    act(&app, agent, contact, DeskSays::Digits(body.digits)).await
}

/// Pauses the recording, or goes on with it.
#[utoipa::path(post, path = "/api/v1/desk/contacts/{contact}/recording", operation_id = "desk_recording", tag = "desk", params(("contact" = Uuid, Path)), request_body = RecordingRequest, responses((status = 204, description = "Done")))]
pub async fn recording(
    State(app): State<App>,
    caller: Caller,
    Path(contact): Path<Uuid>,
    Json(body): Json<RecordingRequest>,
) -> Result<StatusCode> {
    let agent = caller.desk()?;
    act(&app, agent, contact, DeskSays::PauseRecording(body.paused)).await
}

/// Calls somebody outside about the contact; the customer hears music meanwhile. Or passes the customer
/// on without asking: they hear it ring there, the agent's part is over, and when nobody answers they
/// wait again.
#[utoipa::path(post, path = "/api/v1/desk/contacts/{contact}/outside", operation_id = "desk_outside", tag = "desk", params(("contact" = Uuid, Path)), request_body = OutsideRequest, responses((status = 204, description = "It rings there")))]
pub async fn outside(
    State(app): State<App>,
    caller: Caller,
    Path(contact): Path<Uuid>,
    Json(body): Json<OutsideRequest>,
) -> Result<StatusCode> {
    let agent = caller.desk()?;
    let id = ContactId::from_uuid(contact);
    let voice = app.telephony()?;
    let stage = desk::must_speak(&app, agent, id).await?;
    let plan = voice.plan();
    let number = plan.in_e164(&body.number).map_err(VoiceError::Number)?;
    let card = app.cards.get(id).ok_or_else(|| ApiError::not_found("contact"))?;
    let from = plan.shown_number(card.client).ok_or(VoiceError::NoNumber)?;
    if stage == WorkState::Talking && !body.transfer {
        app.floor.input(Input::Hold { contact: id, agent }).await?;
    }
    let leg = LegId::from_uuid(Uuid::now_v7());
    let says = DeskSays::Outside {
        passes_on: body.transfer,
        by: agent,
        leg,
        local: voice.local(leg, Encryption::Never)?,
        number: number.as_str().to_owned(),
        from,
        trunks: plan.outgoing(),
    };
    voice.desk(id, says).await?;
    if body.transfer {
        if !voice.is_called_outside(id, number.as_str()) {
            return Err(ApiError::conflict(
                "outside_not_called",
                "The customer cannot be passed on at this moment.",
                "Let the call outside go, or wait until the customer is connected.",
            ));
        }
        let input = Input::Transfer { contact: id, by: agent, to: TransferTarget::Outside };
        if let Err(error) = app.floor.input(input).await {
            voice.desk(id, DeskSays::DropOutside).await?;
            return Err(error.into());
        }
    }
    Ok(StatusCode::NO_CONTENT)
}

/// Joins the one outside, passes the customer on to them, or lets them go.
#[utoipa::path(post, path = "/api/v1/desk/contacts/{contact}/outside/act", operation_id = "desk_outside_act", tag = "desk", params(("contact" = Uuid, Path)), request_body = OutsideAct, responses((status = 204, description = "Done")))]
pub async fn outside_act(
    State(app): State<App>,
    caller: Caller,
    Path(contact): Path<Uuid>,
    Json(body): Json<OutsideAct>,
) -> Result<StatusCode> {
    let agent = caller.desk()?;
    let id = ContactId::from_uuid(contact);
    let voice = app.telephony()?;
    let stage = desk::must_speak(&app, agent, id).await?;
    let joins = body.act != OutsideActKind::Drop;
    if joins && !voice.outside_is_there(id) {
        return Err(ApiError::conflict(
            "outside_not_there",
            "Nobody outside has answered.",
            "Wait until they answer, or let the call outside go.",
        ));
    }
    voice.desk(id, if joins { DeskSays::Join } else { DeskSays::DropOutside }).await?;
    let input = match body.act {
        OutsideActKind::Transfer => {
            Some(Input::Transfer { contact: id, by: agent, to: TransferTarget::Outside })
        }
        OutsideActKind::Join | OutsideActKind::Drop if stage == WorkState::Holding => {
            Some(Input::Resume { contact: id, agent })
        }
        OutsideActKind::Join | OutsideActKind::Drop => None,
    };
    if let Some(input) = input {
        app.floor.input(input).await?;
    }
    Ok(StatusCode::NO_CONTENT)
}

/// A supervisor's browser joins a call, or changes how. Recorded in the audit log.
#[utoipa::path(post, path = "/api/v1/board/contacts/{contact}/supervise", operation_id = "board_supervise", tag = "board", params(("contact" = Uuid, Path)), request_body = SuperviseRequest, responses((status = 200, description = "Answered", body = PhoneAnswer)))]
pub async fn supervise(
    State(app): State<App>,
    caller: Caller,
    trail: Trail,
    Path(contact): Path<Uuid>,
    Json(body): Json<SuperviseRequest>,
) -> Result<Json<PhoneAnswer>> {
    let voice = app.telephony()?;
    let id = ContactId::from_uuid(contact);
    let card = app.cards.get(id).ok_or_else(|| ApiError::not_found("contact"))?;
    let (mode, action) = match body.mode {
        SuperviseMode::Listen => (Supervision::Listen, "call.listened"),
        SuperviseMode::Whisper => (Supervision::Whisper, "call.whispered"),
        SuperviseMode::Barge => (Supervision::Barge, "call.barged"),
    };
    if mode == Supervision::Listen && !only_receives(&body.sdp) {
        return Err(ApiError::malformed(
            "A connection for listening must not offer to send sound.",
            "Offer one that only receives.",
        ));
    }
    let entry = trail.entry(action, "contact", contact).of_client(card.client);
    app.store.tx(move |tx| Box::pin(async move { tx.audit(&entry).await })).await?;
    let leg = LegId::from_uuid(Uuid::now_v7());
    let sdp = voice.open_supervision(leg, &body.sdp)?;
    voice.desk(id, DeskSays::Supervise { user: caller.user, leg, mode }).await?;
    Ok(Json(PhoneAnswer { sdp }))
}

/// The supervisor leaves the call.
#[utoipa::path(delete, path = "/api/v1/board/contacts/{contact}/supervise", operation_id = "board_stop_supervising", tag = "board", params(("contact" = Uuid, Path)), responses((status = 204, description = "Left")))]
pub async fn stop_supervising(
    State(app): State<App>,
    caller: Caller,
    Path(contact): Path<Uuid>,
) -> Result<StatusCode> {
    let says = DeskSays::StopSupervision { leg: None, user: Some(caller.user) };
    app.telephony()?.desk(ContactId::from_uuid(contact), says).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Hands a wish to the call of a contact that the agent is on.
async fn act(app: &App, agent: AgentId, contact: Uuid, says: DeskSays) -> Result<StatusCode> {
    let contact = ContactId::from_uuid(contact);
    let voice = app.telephony()?;
    desk::must_speak(app, agent, contact).await?;
    voice.desk(contact, says).await?;
    Ok(StatusCode::NO_CONTENT)
}

impl Voice {
    fn must_have_phone(&self, agent: AgentId) -> Result<(), VoiceError> {
        if self.phones().is_ready(agent) { Ok(()) } else { Err(VoiceError::NoPhone) }
    }

    /// What a call to a customer needs, with its leg open.
    fn dialling(&self, contact: ContactId, entry: &NumberEntry) -> Result<Dial, VoiceError> {
        let plan = self.plan();
        let from = plan.shown_number(entry.client).ok_or(VoiceError::NoNumber)?;
        let now = self.0.clock.now();
        let leg = LegId::from_uuid(Uuid::now_v7());
        let (setup, recording) = self.setup(contact, leg, entry, None, true, now)?;
        let number: &PhoneNumber = &entry.number;
        let kept = CallKept {
            contact,
            client: entry.client,
            queue: entry.queue,
            language: entry.language,
            direction: CallDirection::Outbound,
            trunk: None,
            number: Some(number.as_str().to_owned()),
            dialled: Some(from.clone()),
            at: now,
            recording,
            voicemail: None,
        };
        let to = Outgoing { number: number.as_str().to_owned(), from, trunks: plan.outgoing() };
        Ok(Dial { setup, to, kept, promised: false })
    }

    async fn play(&self, dial: Dial) -> Result<(), VoiceError> {
        let (reply, answer) = oneshot::channel();
        let contact = dial.setup.contact;
        self.tell(ToDriver::Dial { dial: Box::new(dial), reply });
        answer.await.map_err(|_| VoiceError::Stopping)??;
        self.stand_again(contact).await
    }
}

/// Whether an offer asks for sound and offers none: no microphone is open behind it.
fn only_receives(offer: &str) -> bool {
    let mut lines = offer.lines().map(str::trim);
    let sends = |line: &str| matches!(line, "a=sendrecv" | "a=sendonly");
    !lines.clone().any(sends) && lines.any(|line| line == "a=recvonly")
}

impl From<VoiceError> for ApiError {
    fn from(error: VoiceError) -> Self {
        match error {
            VoiceError::NoCall => Self::conflict(
                "call_over",
                "The contact has no call, or it is over.",
                "Reload the desk.",
            ),
            VoiceError::NoPhone => Self::conflict(
                "phone_missing",
                "Your phone is not connected.",
                "Connect it at the top of the desk first.",
            ),
            VoiceError::NotLifted => Self::conflict(
                "phone_not_lifted",
                "Your desk phone rang and was not lifted.",
                "Call again, and lift the handset when it rings.",
            ),
            VoiceError::CallThere => Self::conflict(
                "call_there",
                "There is a call with the customer already.",
                "End that call first.",
            ),
            VoiceError::NoNumber => Self::conflict(
                "no_number",
                "The client has no number to call out with.",
                "Ask an account manager to give the client a number.",
            ),
            VoiceError::Number(_) => Self::fault(
                "request",
                "number",
                "phone_number",
                "This is no telephone number that can be called.",
                "Write it with its country code, such as +33142345678.",
            ),
            VoiceError::Media(MediaError::Offer(why)) => Self::malformed(
                words!("The browser's offer cannot be answered: {}.", why),
                "Reload the page.",
            ),
            error @ (VoiceError::Media(_) | VoiceError::Folder(_)) => {
                Self::unavailable(words!("The call cannot be carried: {}.", error))
            }
            VoiceError::Floor(error) => error.into(),
            VoiceError::Store(error) => error.into(),
            VoiceError::Stopping => Self::unavailable("The server is stopping."),
        }
    }
}
