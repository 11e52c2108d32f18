//! `GET /widget/v1/socket`: a customer's browser.

use std::{net::IpAddr, sync::Arc, time::Duration};

use api::{
    error::ErrorCode,
    widget::{ConversationState, WidgetMessage, WidgetQueue, WidgetRequest, WidgetView},
};
use axum::extract::ws::{CloseFrame, Message, WebSocket};
use domain::{CustomerId, Language, contract::Channel};
use routing::{EndedBy, Input};
use store::{ClientScope, records::Widget};
use tokio::sync::broadcast::{Receiver, error::RecvError};
use uuid::Uuid;

use super::{
    Chat, ChatError, FILE_MAX, Room,
    arrival::{LeftMessage, Opening},
    identity::{Identity, Visitor, VisitorTokens, read_identity},
};
use crate::{
    admin::widgets::titles,
    live::{instant, millis},
};

/// Browsers say `ping` this often.
const HEARTBEAT: Duration = Duration::from_secs(25);

/// After this silence the other side is gone.
const DEAD_AFTER: Duration = Duration::from_secs(35);

/// The first message must come within this.
const HELLO_WITHIN: Duration = Duration::from_secs(10);

/// Largest message taken: 4,000 characters of up to 4 bytes, escaped, and the frame around them.
pub(super) const MESSAGE_MAX: usize = 64 * 1024;

/// Messages of any kind that a browser may send in ten seconds before it is closed.
const FRAMES_MAX: u32 = 200;

/// Languages of the widget's own words.
const LANGUAGES: [Language; 3] = [Language::EN, Language::FR, Language::RU];

/// A customer's connection.
pub(super) struct Session {
    chat: Chat,
    widget: Widget,
    address: IpAddr,
    socket: WebSocket,
    visitor: Option<Visitor>,
    identity: Option<Identity>,
    language: Language,
    page: Option<String>,
    room: Option<(Arc<Room>, Receiver<Arc<WidgetMessage>>)>,
}

enum Over {
    Gone,
    Close(u16, &'static str),
}

impl Session {
    pub(super) fn new(chat: Chat, widget: Widget, address: IpAddr, socket: WebSocket) -> Self {
        Self {
            chat,
            widget,
            address,
            socket,
            visitor: None,
            identity: None,
            language: Language::EN,
            page: None,
            room: None,
        }
    }

    pub(super) async fn run(mut self) {
        if let Over::Close(code, reason) = self.talk().await {
            let frame = CloseFrame { code, reason: reason.into() };
            // The browser may be gone already; there is nobody to tell then.
            let _ = self.socket.send(Message::Close(Some(frame))).await;
        }
        self.leave();
    }

    async fn talk(&mut self) -> Over {
        let stop = self.chat.0.stop.clone();
        let silence = tokio::time::sleep(HELLO_WITHIN);
        tokio::pin!(silence);
        let mut budget = tokio::time::interval(Duration::from_secs(10));
        let mut frames = 0;
        loop {
            tokio::select! {
                () = stop.cancelled() => return Over::Close(1001, "the server restarts; come back"),
                () = &mut silence => return Over::Close(4408, "no heartbeat"),
                _ = budget.tick() => frames = 0,
                message = self.socket.recv() => {
                    silence.as_mut().reset(tokio::time::Instant::now() + DEAD_AFTER);
                    frames += 1;
                    if frames > FRAMES_MAX {
                        return Over::Close(4429, "too many messages");
                    }
                    let text = match message {
                        Some(Ok(Message::Text(text))) => text,
                        Some(Ok(Message::Ping(_) | Message::Pong(_))) => continue,
                        Some(Ok(Message::Binary(_))) => return Over::Close(1003, "JSON text only"),
                        Some(Ok(Message::Close(_)) | Err(_)) | None => return Over::Gone,
                    };
                    if let Err(over) = self.hear(text.as_str()).await {
                        return over;
                    }
                }
                told = next(self.room.as_mut().map(|(_, receiver)| receiver)) => {
                    let told = match told {
                        Ok(message) => self.say(&message).await,
                        Err(_) => self.catch_up().await,
                    };
                    if let Err(over) = told {
                        return over;
                    }
                }
            }
        }
    }

    async fn hear(&mut self, text: &str) -> Result<(), Over> {
        let request = match serde_json::from_str::<WidgetRequest>(text) {
            Ok(request) => request,
            Err(error) => {
                let message = format!("The message cannot be read: {error}.");
                return self
                    .refuse(None, ErrorCode::Malformed, message, "Reload the page.", false)
                    .await;
            }
        };
        if let WidgetRequest::Hello { token, identity, last_seq, language, page } = request {
            return self.hello(token, identity, last_seq, language, page).await;
        }
        if let WidgetRequest::Ping { nonce } = request {
            return self.say(&WidgetMessage::Pong { nonce }).await;
        }
        let Some(visitor) = self.visitor.clone() else {
            let message = "The first message must be `hello`.".to_owned();
            return self
                .refuse(None, ErrorCode::Malformed, message, "Say hello first.", false)
                .await;
        };
        let client_id = match &request {
            WidgetRequest::Start { client_id, .. }
            | WidgetRequest::Message { client_id, .. }
            | WidgetRequest::LeaveMessage { client_id, .. } => Some(*client_id),
            _ => None,
        };
        match self.carry_out(&visitor, request).await {
            Ok(()) => Ok(()),
            Err(Failure::Over(over)) => Err(over),
            Err(Failure::Chat(error)) => {
                let (code, next) = told(&error);
                if code == ErrorCode::Internal || code == ErrorCode::Unavailable {
                    tracing::error!(
                        error = &error as &dyn std::error::Error,
                        "a customer's request failed"
                    );
                }
                let message = match code {
                    ErrorCode::Internal => "The server failed to do this.".to_owned(),
                    _ => sentence(&error.to_string()),
                };
                self.refuse(client_id, code, message, next, false).await
            }
        }
    }

    async fn hello(
        &mut self,
        token: Option<String>,
        identity: Option<String>,
        last_seq: u64,
        language: Option<String>,
        page: Option<String>,
    ) -> Result<(), Over> {
        let now = self.chat.0.clock.now();
        self.leave();
        let asked = language.as_deref().and_then(|text| text.parse::<Language>().ok());
        self.language = asked.unwrap_or(Language::EN);
        self.page = page;
        let kept = token.and_then(|token| self.chat.0.tokens.read(&token, self.widget.id, now));
        self.visitor = None;
        self.identity = None;
        let mut complaint = None;
        if let Some(identity) = identity.filter(|text| !text.is_empty()) {
            match read_identity(&identity, self.widget.secret.as_bytes(), now) {
                Ok(identity) => {
                    let customer = self.known_customer(&identity.sub).await;
                    match customer {
                        Ok(customer) => {
                            self.visitor = Some(self.as_visitor(customer, true));
                            self.identity = Some(identity);
                        }
                        Err(error) => {
                            tracing::error!(
                                error = &error as &dyn std::error::Error,
                                "a known customer could not be read"
                            );
                            return Err(Over::Close(1013, "try again later"));
                        }
                    }
                }
                Err(error) => complaint = Some(error),
            }
        }
        // A token of somebody who was vouched for is worth nothing without the vouching: a shared
        // computer must not show the last customer's conversation.
        let visitor = match self.visitor.take() {
            Some(visitor) => visitor,
            None => match kept.filter(|kept| !kept.verified) {
                Some(kept) => self.as_visitor(kept.customer, false),
                None => self.as_visitor(CustomerId::from_uuid(Uuid::now_v7()), false),
            },
        };
        let scope = ClientScope::of(self.widget.client);
        let customer = visitor.customer;
        let room = match self.chat.open_room_of(&scope, customer).await {
            Ok(room) => room,
            Err(error) => {
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "an open conversation could not be read"
                );
                return Err(Over::Close(1013, "try again later"));
            }
        };
        let Ok(token) = self.chat.0.tokens.issue(&visitor) else {
            return Err(Over::Close(1011, "no token could be made"));
        };
        self.visitor = Some(visitor);
        let mut conversation = room.as_ref().map(|room| room.view());
        if let Some(room) = room {
            self.enter(room);
        }
        let mut messages = match &self.room {
            Some((room, _)) if last_seq <= room.last_seq() => room.messages_for_customer(last_seq),
            _ => Vec::new(),
        };
        if conversation.is_none() && last_seq > 0 {
            match self.chat.last_of(&scope, customer, last_seq).await {
                Ok(Some((over, unseen))) => (conversation, messages) = (Some(over), unseen),
                Ok(None) => {}
                Err(error) => {
                    tracing::error!(
                        error = &error as &dyn std::error::Error,
                        "a conversation that is over could not be read"
                    );
                    return Err(Over::Close(1013, "try again later"));
                }
            }
        }
        let reset =
            self.room.as_ref().filter(|(room, _)| last_seq > room.last_seq()).map(|(room, _)| {
                WidgetMessage::Reset {
                    conversation: room.view(),
                    messages: room.messages_for_customer(0),
                }
            });
        let widget = self.view().await;
        self.say(&WidgetMessage::Welcome {
            token,
            widget,
            conversation,
            messages,
            heartbeat_ms: millis(HEARTBEAT),
            dead_after_ms: millis(DEAD_AFTER),
        })
        .await?;
        if let Some(reset) = reset {
            self.say(&reset).await?;
        }
        if let Some(error) = complaint {
            let message = sentence(&error.to_string());
            let next = "The page's owner signs the token with the widget's secret.";
            self.refuse(None, ErrorCode::Forbidden, message, next, false).await?;
        }
        Ok(())
    }

    async fn carry_out(
        &mut self,
        visitor: &Visitor,
        request: WidgetRequest,
    ) -> Result<(), Failure> {
        match request {
            WidgetRequest::Hello { .. } | WidgetRequest::Ping { .. } => {}
            WidgetRequest::Start { client_id, body, name, email, queue } => {
                let opening = Opening {
                    client_id,
                    body,
                    name: self.identity.as_ref().and_then(|i| i.name.clone()).or(name),
                    email: self.identity.as_ref().and_then(|i| i.email.clone()).or(email),
                    queue,
                    language: self.language,
                    page: self.page.clone(),
                    external_id: self.identity.as_ref().map(|identity| identity.sub.clone()),
                };
                let room = self.chat.start(&self.widget, visitor, self.address, opening).await?;
                let seq = room.messages().iter().find(|m| m.client_id == Some(client_id)).cloned();
                self.enter(Arc::clone(&room));
                let conversation = room.view();
                self.say(&WidgetMessage::Conversation { conversation }).await?;
                if let Some(kept) = seq {
                    self.say(&WidgetMessage::Ack { client_id, seq: kept.seq, at: kept.at }).await?;
                }
                // The first words too, as every later message comes back to its writer: a browser
                // that loses this connection then asks for what follows a number it really has.
                for message in room.messages_for_customer(0) {
                    self.say(&WidgetMessage::Message { message }).await?;
                }
            }
            WidgetRequest::Message { client_id, body, attachment } => {
                let room = self.entered()?;
                let (seq, at) =
                    self.chat.say_as_customer(&room, client_id, body, attachment).await?;
                self.say(&WidgetMessage::Ack { client_id, seq, at }).await?;
            }
            WidgetRequest::Typing => {
                if let Some((room, _)) = &self.room {
                    self.chat.customer_typing(room);
                }
            }
            WidgetRequest::Read { upto } => {
                let room = self.entered()?;
                self.chat.read_by_customer(&room, upto).await?;
            }
            WidgetRequest::End => {
                let room = self.entered()?;
                let contact = room.contact;
                let input = match room.view().state {
                    ConversationState::WithAgent => Input::End { contact, by: EndedBy::Customer },
                    ConversationState::Ended => return Ok(()),
                    _ => Input::Abandon { contact },
                };
                self.chat.0.floor.input(input).await.map_err(ChatError::from)?;
            }
            WidgetRequest::LeaveMessage { client_id, email, name, body } => {
                let language = self.language;
                let left = LeftMessage { client_id, email, name, body, language };
                self.chat.leave_message(&self.widget, self.address, left).await?;
                self.say(&WidgetMessage::MessageLeft { client_id }).await?;
            }
        }
        Ok(())
    }

    fn entered(&self) -> Result<Arc<Room>, ChatError> {
        self.room.as_ref().map(|(room, _)| Arc::clone(room)).ok_or(ChatError::Unknown)
    }

    /// Listens to a room. What is told from now on is not missed.
    fn enter(&mut self, room: Arc<Room>) {
        if self.room.as_ref().is_some_and(|(held, _)| held.conversation == room.conversation) {
            return;
        }
        self.leave();
        let receiver = room.listen();
        self.chat.came(&room);
        self.room = Some((room, receiver));
    }

    fn leave(&mut self) {
        if let Some((room, _)) = self.room.take() {
            self.chat.went(&room);
        }
    }

    /// After lagging behind: everything again; the browser knows what it has by the numbers.
    async fn catch_up(&mut self) -> Result<(), Over> {
        let Some((room, receiver)) = &mut self.room else { return Ok(()) };
        *receiver = room.listen();
        let reset = WidgetMessage::Reset {
            conversation: room.view(),
            messages: room.messages_for_customer(0),
        };
        self.say(&reset).await
    }

    fn as_visitor(&self, customer: CustomerId, verified: bool) -> Visitor {
        let now = self.chat.0.clock.now();
        VisitorTokens::visitor(customer, self.widget.client, self.widget.id, verified, now)
    }

    /// The record of a customer that the client company vouches for, or an id for a new one.
    async fn known_customer(&mut self, external: &str) -> Result<CustomerId, store::StoreError> {
        let scope = ClientScope::of(self.widget.client);
        let kept = self.chat.0.store.view().customer_by_external_id(&scope, external, true).await?;
        Ok(kept.map_or_else(|| CustomerId::from_uuid(Uuid::now_v7()), |kept| kept.id))
    }

    /// What the widget shows before anything is typed.
    async fn view(&mut self) -> WidgetView {
        let now = self.chat.0.clock.now();
        let directory = self.chat.0.floor.directory();
        let client = directory.client(self.widget.client);
        let contract = client.and_then(|client| client.contract());
        let queues: Vec<WidgetQueue> = self
            .widget
            .queues
            .iter()
            .filter_map(|id| contract?.queues.iter().find(|queue| queue.id == *id))
            .filter(|queue| queue.channels.contains(&Channel::Chat))
            .map(|queue| WidgetQueue { queue: queue.id.uuid(), name: queue.name.clone() })
            .collect();
        let first = queues.first().map(|queue| domain::QueueId::from_uuid(queue.queue));
        let staffing = match first {
            Some(queue) => {
                let look = move |router: &routing::Router, _| {
                    (router.staffing(queue), router.expected_wait(queue))
                };
                self.chat.0.floor.look(look).await.unwrap_or((None, None))
            }
            None => (None, None),
        };
        let colour = self.widget.texts.get("colour").and_then(serde_json::Value::as_str);
        let open = !queues.is_empty() && client.is_some_and(|client| client.is_open(now));
        let closed = client.map(|client| client.closed_text(self.language)).unwrap_or_default();
        WidgetView {
            client_name: client.map(|client| client.name.clone()).unwrap_or_default(),
            colour: colour.unwrap_or("#1a5fb4").to_owned(),
            language: LANGUAGES
                .into_iter()
                .find(|language| *language == self.language)
                .unwrap_or(Language::EN)
                .to_string(),
            open,
            opens: client.and_then(|client| client.opens(now)).map(instant),
            closed_waits: !queues.is_empty() && client.is_some_and(|client| client.closed_waits()),
            welcome: if open { welcome(&self.widget.texts, self.language) } else { closed },
            expected_wait_ms: staffing.1.map(millis),
            free_now: staffing.0.is_some_and(|staffing| staffing.available > 0),
            queues: if queues.len() > 1 { queues } else { Vec::new() },
            files: true,
            file_max: FILE_MAX as u64,
            identity_required: self.widget.identity_required,
        }
    }

    async fn refuse(
        &mut self,
        client_id: Option<Uuid>,
        code: ErrorCode,
        message: String,
        next: &str,
        fatal: bool,
    ) -> Result<(), Over> {
        self.say(&WidgetMessage::Refused { client_id, code, message, next: next.to_owned(), fatal })
            .await
    }

    async fn say(&mut self, message: &WidgetMessage) -> Result<(), Over> {
        let Ok(text) = serde_json::to_string(message) else {
            return Err(Over::Close(1011, "a message could not be written"));
        };
        match tokio::time::timeout(DEAD_AFTER, self.socket.send(Message::Text(text.into()))).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) | Err(_) => Err(Over::Gone),
        }
    }
}

enum Failure {
    Chat(ChatError),
    Over(Over),
}

impl From<ChatError> for Failure {
    fn from(error: ChatError) -> Self {
        Self::Chat(error)
    }
}

impl From<Over> for Failure {
    fn from(over: Over) -> Self {
        Self::Over(over)
    }
}

/// The code and the advice for each failure of a customer's request.
fn told(error: &ChatError) -> (ErrorCode, &'static str) {
    match error {
        ChatError::Unknown => (ErrorCode::NotFound, "Begin a conversation first."),
        ChatError::Over => (ErrorCode::Conflict, "Begin a new conversation."),
        ChatError::Empty => (ErrorCode::Invalid, "Write a few words."),
        ChatError::TooLong => (ErrorCode::TooLarge, "Write it in several messages."),
        ChatError::NoFile => (ErrorCode::NotFound, "Upload the file again."),
        ChatError::TooOften(_) => (ErrorCode::TooManyRequests, "Wait a moment, then try again."),
        ChatError::IdentityNeeded => (ErrorCode::Forbidden, "Sign in on this site first."),
        ChatError::UnknownQueue => (ErrorCode::Invalid, "Choose one of the subjects shown."),
        ChatError::NotInService => (ErrorCode::Conflict, "Try again later."),
        ChatError::Email(_) => (ErrorCode::Invalid, "Correct the mail address."),
        ChatError::File(_) => (ErrorCode::UnsupportedType, "Send a picture, a PDF or a text."),
        ChatError::Floor(crate::floor::FloorError::Refused(_)) => {
            (ErrorCode::Conflict, "The conversation has moved on; look again.")
        }
        ChatError::Floor(_) => (ErrorCode::Unavailable, "Try again in a moment."),
        ChatError::Store(error) if error.is_temporary() => {
            (ErrorCode::Unavailable, "Try again in a moment.")
        }
        ChatError::Store(_) | ChatError::Io(_) => {
            (ErrorCode::Internal, "Try again; if it stays, use another way to reach us.")
        }
    }
}

/// What the client says above a conversation that has not begun: in the page's language, in another
/// of the same tongue, or in the first there is.
fn welcome(texts: &serde_json::Value, language: Language) -> String {
    let titles = titles(texts);
    let tongue = |tag: &str| tag.split('-').next().unwrap_or_default().to_lowercase();
    let (tag, own) = (language.to_string(), tongue(language.code()));
    titles
        .iter()
        .find(|title| title.language == tag)
        .or_else(|| titles.iter().find(|title| tongue(&title.language) == own))
        .or(titles.first())
        .map(|title| title.text.clone())
        .unwrap_or_default()
}

/// With a capital letter and a full stop.
fn sentence(text: &str) -> String {
    let mut chars = text.chars();
    let first = chars.next().map(|c| c.to_uppercase().to_string()).unwrap_or_default();
    format!("{first}{}.", chars.as_str().trim_end_matches('.'))
}

/// The next thing the room says; never, when there is no room.
async fn next(
    receiver: Option<&mut Receiver<Arc<WidgetMessage>>>,
) -> Result<Arc<WidgetMessage>, RecvError> {
    match receiver {
        Some(receiver) => receiver.recv().await,
        None => std::future::pending().await,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_welcome_is_the_title_in_the_language_of_the_page() {
        let texts = json!({ "title": [
            { "language": "fr", "text": "Bonjour" },
            { "language": "en", "text": "Hello" },
        ] });
        for (language, want) in
            [("en", "Hello"), ("fr", "Bonjour"), ("en-GB", "Hello"), ("ru", "Bonjour")]
        {
            assert_eq!(welcome(&texts, language.parse().unwrap()), want, "{language}");
        }
        for none in [json!({}), json!({ "title": [] }), json!({ "title": "Hello" })] {
            assert_eq!(welcome(&none, Language::EN), "", "{none}");
        }
    }
}
