//! A customer's browser: the widget's protocol with an outbox that is sent again until it is
//! acknowledged, and messages kept by their numbers.

use std::{collections::BTreeMap, net::SocketAddr, time::Duration};

use api::{
    chat::{AttachmentView, MessageView},
    error::ErrorCode,
    widget::{ConversationState, ConversationView, WidgetMessage, WidgetRequest, WidgetView},
};
use futures_util::{SinkExt, StreamExt};
use tokio::{
    net::TcpStream,
    sync::{mpsc, watch},
    task::JoinHandle,
};
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream,
    tungstenite::{Error, Message, client::IntoClientRequest},
};
use uuid::Uuid;

use crate::wait::until;

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// Where a customer knocks, and as whom.
#[derive(Clone, Debug)]
pub struct Door {
    pub address: SocketAddr,
    pub widget: String,
    pub origin: Option<String>,
    pub token: Option<String>,
    pub identity: Option<String>,
    pub language: Option<String>,
}

impl Door {
    pub fn new(address: SocketAddr, widget: &str) -> Self {
        Self {
            address,
            widget: widget.to_owned(),
            origin: None,
            token: None,
            identity: None,
            language: Some("en".to_owned()),
        }
    }

    /// Opens the socket.
    ///
    /// # Errors
    /// What the handshake says.
    pub async fn knock(&self) -> Result<Socket, Error> {
        let mut request = format!("ws://{}/widget/v1/socket?widget={}", self.address, self.widget)
            .into_client_request()?;
        if let Some(origin) = &self.origin {
            request.headers_mut().insert("origin", origin.parse().expect("an origin is a header"));
        }
        tokio_tungstenite::connect_async(request).await.map(|(socket, _)| socket)
    }
}

/// What a customer's browser knows.
#[derive(Clone, Debug, Default)]
pub struct Known {
    pub token: Option<String>,
    pub widget: Option<WidgetView>,
    pub conversation: Option<ConversationView>,
    /// Every place that was told, in order.
    pub places: Vec<u32>,
    /// Every state that was told, in order, without repeats.
    pub states: Vec<ConversationState>,
    /// By number.
    pub messages: BTreeMap<u64, MessageView>,
    /// Numbers of acknowledged messages, by the browser's ids.
    pub acked: BTreeMap<Uuid, u64>,
    /// Written and not yet acknowledged, in order.
    pub outbox: Vec<(Uuid, WidgetRequest)>,
    pub left: Vec<Uuid>,
    pub typing: Vec<String>,
    pub agent_read: u64,
    pub refused: Vec<(Option<Uuid>, ErrorCode, String)>,
    pub welcomes: usize,
    pub resets: usize,
    /// Frames that told a message which was known already.
    pub repeats: usize,
    /// What must never happen.
    pub broken: Vec<String>,
    pub connected: bool,
    /// The code of the last close.
    pub closed: Option<u16>,
}

enum Order {
    Say(WidgetRequest),
    Text(String),
    Cut,
    Connect(Door),
}

/// A customer with a browser.
pub struct Customer {
    pub known: watch::Receiver<Known>,
    orders: mpsc::UnboundedSender<Order>,
    door: Door,
    task: JoinHandle<()>,
}

impl Drop for Customer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Customer {
    /// Opens the widget and is welcomed.
    pub async fn arrive(door: Door) -> Self {
        let customer = Self::approach(door);
        customer.until("a welcome", |known| known.connected.then_some(())).await;
        customer
    }

    /// Opens the widget without waiting for anything.
    pub fn approach(door: Door) -> Self {
        let (tell, known) = watch::channel(Known::default());
        let (orders, taken) = mpsc::unbounded_channel();
        let task = tokio::spawn(browser(door.clone(), taken, tell));
        Self { known, orders, door, task }
    }

    /// Begins a conversation; returns the id of the first message.
    pub fn start(&self, body: &str) -> Uuid {
        self.start_as(body, None, None, None)
    }

    /// Begins a conversation with what the form asks.
    pub fn start_as(
        &self,
        body: &str,
        name: Option<&str>,
        email: Option<&str>,
        queue: Option<Uuid>,
    ) -> Uuid {
        let client_id = Uuid::new_v4();
        self.say(WidgetRequest::Start {
            client_id,
            body: body.to_owned(),
            name: name.map(str::to_owned),
            email: email.map(str::to_owned),
            queue,
        });
        client_id
    }

    /// Writes; returns the id of the message.
    pub fn write(&self, body: &str) -> Uuid {
        let client_id = Uuid::new_v4();
        self.say(WidgetRequest::Message { client_id, body: body.to_owned(), attachment: None });
        client_id
    }

    /// Says anything.
    pub fn say(&self, request: WidgetRequest) {
        self.order(Order::Say(request));
    }

    /// Sends a text as it is, whatever it may be.
    pub fn say_raw(&self, text: impl Into<String>) {
        self.order(Order::Text(text.into()));
    }

    /// The connection is gone, without a goodbye.
    pub fn cut(&self) {
        self.order(Order::Cut);
    }

    /// Comes back: a new connection that says what is known.
    pub async fn come_back(&self) {
        self.come_back_to(self.door.address).await;
    }

    /// Comes back at another address (a restarted server, a proxy).
    pub async fn come_back_to(&self, address: SocketAddr) {
        let before = self.known.borrow().welcomes;
        self.order(Order::Connect(Door { address, ..self.door.clone() }));
        self.until("another welcome", |known| (known.welcomes > before).then_some(())).await;
    }

    fn order(&self, order: Order) {
        self.orders.send(order).expect("the browser lives as long as the customer");
    }

    /// Waits until what is known satisfies `found`.
    pub async fn until<T>(&self, what: &str, found: impl Fn(&Known) -> Option<T>) -> T {
        until(&self.known, what, |known| {
            assert!(known.broken.is_empty(), "{:?}", known.broken);
            found(known)
        })
        .await
    }

    /// Waits until a message of one's own is acknowledged.
    pub async fn acked(&self, client_id: Uuid) -> u64 {
        self.until("an acknowledgement", |known| known.acked.get(&client_id).copied()).await
    }

    /// Waits for a state of the conversation.
    pub async fn state(&self, state: ConversationState) -> ConversationView {
        self.until(&format!("the conversation is {state:?}"), |known| {
            known.conversation.clone().filter(|conversation| conversation.state == state)
        })
        .await
    }

    /// Waits for a message with these words.
    pub async fn message(&self, body: &str) -> MessageView {
        self.until(&format!("the message {body:?}"), |known| {
            known.messages.values().find(|message| message.body == body).cloned()
        })
        .await
    }

    /// Waits until something was refused, and returns the latest.
    pub async fn refused(&self) -> (Option<Uuid>, ErrorCode, String) {
        self.until("a refusal", |known| known.refused.last().cloned()).await
    }

    /// Uploads a file.
    pub async fn upload(&self, name: &str, content: Vec<u8>) -> (u16, serde_json::Value) {
        let token = self.known.borrow().token.clone().unwrap_or_default();
        let response = reqwest::Client::new()
            .post(format!(
                "http://{}/widget/v1/uploads?widget={}&name={name}",
                self.door.address, self.door.widget
            ))
            .header("authorization", format!("Bearer {token}"))
            .body(content)
            .send()
            .await
            .expect("the server answers");
        let status = response.status().as_u16();
        let text = response.text().await.expect("a body");
        (status, serde_json::from_str(&text).unwrap_or(serde_json::Value::String(text)))
    }

    /// Fetches a file that was sent.
    pub async fn fetch(&self, file: &AttachmentView) -> Vec<u8> {
        let response = reqwest::get(format!("http://{}{}", self.door.address, file.url))
            .await
            .expect("the server answers");
        assert!(response.status().is_success(), "{response:?}");
        response.bytes().await.expect("a body").to_vec()
    }
}

/// The browser: says hello with what it knows, then everything in its outbox, then what it is told.
async fn browser(
    mut door: Door,
    mut orders: mpsc::UnboundedReceiver<Order>,
    tell: watch::Sender<Known>,
) {
    let mut socket = connect(&door, &tell).await;
    let mut pings = tokio::time::interval(Duration::from_secs(10));
    loop {
        let say: String = tokio::select! {
            order = orders.recv() => match order {
                None => return,
                Some(Order::Say(request)) => {
                    let id = match &request {
                        WidgetRequest::Start { client_id, .. }
                        | WidgetRequest::Message { client_id, .. }
                        | WidgetRequest::LeaveMessage { client_id, .. } => Some(*client_id),
                        _ => None,
                    };
                    let text = text_of(&request);
                    if let Some(id) = id {
                        tell.send_modify(|known| known.outbox.push((id, request)));
                    }
                    text
                }
                Some(Order::Text(text)) => text,
                Some(Order::Cut) => {
                    socket = None;
                    tell.send_modify(|known| known.connected = false);
                    continue;
                }
                Some(Order::Connect(new)) => {
                    door = new;
                    // The old socket is dropped first, as a page that reloads does.
                    drop(socket.take());
                    socket = connect(&door, &tell).await;
                    continue;
                }
            },
            _ = pings.tick() => text_of(&WidgetRequest::Ping { nonce: 1 }),
            message = hear(&mut socket) => {
                match message {
                    Some(Ok(Message::Text(text))) => {
                        match serde_json::from_str::<WidgetMessage>(text.as_str()) {
                            Ok(message) => {
                                let welcome = matches!(message, WidgetMessage::Welcome { .. });
                                tell.send_modify(|known| known.hear(message));
                                if welcome {
                                    let outbox = tell.borrow().outbox.clone();
                                    for (_, request) in outbox {
                                        send(&mut socket, text_of(&request)).await;
                                    }
                                }
                            }
                            Err(error) => tell
                                .send_modify(|known| known.broken.push(format!("{error}: {text}"))),
                        }
                    }
                    Some(Ok(Message::Close(frame))) => tell.send_modify(|known| {
                        known.closed = frame.map(|frame| frame.code.into());
                    }),
                    Some(Ok(_)) => {}
                    Some(Err(_)) | None => {
                        socket = None;
                        tell.send_modify(|known| known.connected = false);
                    }
                }
                continue;
            }
        };
        send(&mut socket, say).await;
    }
}

async fn connect(door: &Door, tell: &watch::Sender<Known>) -> Option<Socket> {
    let mut socket = Some(door.knock().await.ok()?);
    let hello = {
        let known = tell.borrow();
        WidgetRequest::Hello {
            token: known.token.clone().or_else(|| door.token.clone()),
            identity: door.identity.clone(),
            last_seq: known.messages.keys().next_back().copied().unwrap_or(0),
            language: door.language.clone(),
            page: Some("https://shop.example/help".to_owned()),
        }
    };
    send(&mut socket, text_of(&hello)).await;
    socket
}

async fn hear(socket: &mut Option<Socket>) -> Option<Result<Message, Error>> {
    match socket {
        Some(socket) => socket.next().await,
        None => std::future::pending().await,
    }
}

/// Sends; what is lost with a socket is in the outbox.
async fn send(socket: &mut Option<Socket>, text: String) {
    if let Some(open) = socket
        && open.send(Message::Text(text.into())).await.is_err()
    {
        *socket = None;
    }
}

fn text_of(request: &WidgetRequest) -> String {
    serde_json::to_string(request).expect("requests are JSON")
}

impl Known {
    fn hear(&mut self, message: WidgetMessage) {
        match message {
            WidgetMessage::Welcome { token, widget, conversation, messages, .. } => {
                self.token = Some(token);
                self.widget = Some(widget);
                self.connected = true;
                self.welcomes += 1;
                if let Some(conversation) = conversation {
                    self.stands(conversation);
                }
                messages.into_iter().for_each(|message| self.take(message));
            }
            WidgetMessage::Reset { conversation, messages } => {
                self.resets += 1;
                self.messages.clear();
                self.stands(conversation);
                messages.into_iter().for_each(|message| self.take(message));
            }
            WidgetMessage::Ack { client_id, seq, .. } => {
                if self.acked.insert(client_id, seq).is_some_and(|before| before != seq) {
                    self.broken.push(format!("{client_id} has two numbers"));
                }
                self.outbox.retain(|(id, _)| *id != client_id);
            }
            WidgetMessage::Message { message } => self.take(message),
            WidgetMessage::Conversation { conversation } => self.stands(conversation),
            WidgetMessage::Typing { name, .. } => self.typing.push(name),
            WidgetMessage::Read { upto } => self.agent_read = self.agent_read.max(upto),
            WidgetMessage::MessageLeft { client_id } => {
                self.left.push(client_id);
                self.outbox.retain(|(id, _)| *id != client_id);
            }
            WidgetMessage::Refused { client_id, code, message, .. } => {
                if let Some(client_id) = client_id
                    && !matches!(code, ErrorCode::Unavailable)
                {
                    self.outbox.retain(|(id, _)| *id != client_id);
                }
                self.refused.push((client_id, code, message));
            }
            WidgetMessage::Pong { .. } => {}
        }
    }

    fn stands(&mut self, conversation: ConversationView) {
        let other = |old: &ConversationView| old.conversation != conversation.conversation;
        if self.conversation.as_ref().is_some_and(other) {
            self.messages.clear();
            self.places.clear();
        }
        if let Some(ahead) = conversation.ahead
            && self.places.last() != Some(&ahead)
        {
            self.places.push(ahead);
        }
        if self.states.last() != Some(&conversation.state) {
            self.states.push(conversation.state);
        }
        self.conversation = Some(conversation);
    }

    fn take(&mut self, message: MessageView) {
        if message.author == api::chat::Author::Note {
            self.broken.push(format!("a note reached the customer: {}", message.body));
        }
        match self.messages.get(&message.seq) {
            Some(known) if known.id == message.id => self.repeats += 1,
            Some(_) => self.broken.push(format!("two messages have number {}", message.seq)),
            None => {
                if let Some(id) = message.client_id
                    && self.messages.values().any(|known| known.client_id == Some(id))
                {
                    self.broken.push(format!("the message {id} is there twice"));
                }
                self.messages.insert(message.seq, message);
            }
        }
    }
}
