//! People who sign in: their requests, and the desk or board they follow through the live socket.
//! Deltas are applied as a browser would, and a number that skips is remembered as broken.

use std::{net::SocketAddr, time::Duration};

use api::{
    board::{BoardDelta, BoardView},
    chat::{MessageView, SendMessage},
    desk::{
        ContactGone, DeskContact, DeskContactState, DeskDelta, DeskSignal, DeskView,
        PresenceChoice, SetPresence, TransferRequest, TransferTo,
    },
    live::{LiveMessage, LiveRequest, Topic, TopicDelta, TopicView},
    session::{SessionView, SignIn},
};
use futures_util::{SinkExt, StreamExt};
use reqwest::{Method, StatusCode};
use serde::{Serialize, de::DeserializeOwned};
use tokio::{
    sync::{mpsc, watch},
    task::JoinHandle,
};
use tokio_tungstenite::tungstenite::{Message, client::IntoClientRequest};
use uuid::Uuid;

use crate::wait::until;

/// Password of everybody; the same as the seed's.
const PASSWORD: &str = "a long enough password";

/// A signed-in person.
#[derive(Clone)]
pub struct Person {
    http: reqwest::Client,
    address: SocketAddr,
    cookie: String,
    pub session: SessionView,
}

/// What an answer said.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub body: serde_json::Value,
}

impl Answer {
    /// The stable code of an error.
    pub fn code(&self) -> &str {
        self.body["code"].as_str().unwrap_or_default()
    }

    /// The body, of an answer that must be good.
    pub fn good<T: DeserializeOwned>(self) -> T {
        assert!(self.status.is_success(), "{self:?}");
        serde_json::from_value(self.body).expect("the body is of the asked type")
    }

    /// Must be good.
    pub fn done(self) {
        assert!(self.status.is_success(), "{self:?}");
    }

    /// Must be refused with this status and a code, a message and what to do next.
    pub fn refused(self, status: u16, code: &str) {
        assert_eq!((self.status.as_u16(), self.code()), (status, code), "{self:?}");
        for part in ["message", "next", "request_id"] {
            assert!(self.body[part].as_str().is_some_and(|text| !text.is_empty()), "{self:?}");
        }
    }
}

impl Person {
    /// Signs in with the login and everybody's password.
    pub async fn sign_in(address: SocketAddr, login: &str) -> Self {
        let http = reqwest::Client::new();
        let body = SignIn { login: login.to_owned(), password: PASSWORD.to_owned() };
        let response = http
            .post(format!("http://{address}/api/v1/session"))
            .json(&body)
            .send()
            .await
            .expect("the server answers");
        let cookies: Vec<String> = response
            .headers()
            .get_all("set-cookie")
            .iter()
            .filter_map(|value| value.to_str().ok()?.split(';').next().map(str::to_owned))
            .collect();
        let status = response.status();
        let text = response.text().await.expect("a body");
        assert!(status.is_success(), "{login} cannot sign in: {status} {text}");
        let session = serde_json::from_str(&text).expect("a session");
        Self { http, address, cookie: cookies.join("; "), session }
    }

    /// Asks something.
    pub async fn ask(&self, method: Method, path: &str, body: Option<serde_json::Value>) -> Answer {
        let mut request = self
            .http
            .request(method, format!("http://{}{path}", self.address))
            .header("cookie", &self.cookie)
            .header("x-csrf-token", &self.session.csrf);
        if let Some(body) = body {
            request = request.json(&body);
        }
        Self::answer(request).await
    }

    async fn answer(request: reqwest::RequestBuilder) -> Answer {
        let response = request.send().await.expect("the server answers");
        let status = response.status();
        let text = response.text().await.expect("a body");
        let body = serde_json::from_str(&text).unwrap_or(serde_json::Value::String(text));
        Answer { status, body }
    }

    /// Asks as a program with the secret of an API token.
    pub async fn ask_by(
        &self,
        secret: &str,
        method: Method,
        path: &str,
        body: Option<serde_json::Value>,
    ) -> Answer {
        let at = format!("http://{}{path}", self.address);
        let mut request = self.http.request(method, at).bearer_auth(secret);
        if let Some(body) = body {
            request = request.json(&body);
        }
        Self::answer(request).await
    }

    /// Asks a server that may die meanwhile; whether it acknowledged.
    #[allow(dead_code)] // for the tests that kill the server
    pub async fn acknowledged(&self, path: &str) -> bool {
        let request = self
            .http
            .post(format!("http://{}{path}", self.address))
            .header("cookie", &self.cookie)
            .header("x-csrf-token", &self.session.csrf);
        request.send().await.is_ok_and(|response| response.status().is_success())
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.ask(Method::GET, path, None).await
    }

    /// Asks for a table instead of JSON.
    pub async fn table(&self, path: &str) -> String {
        let request = self
            .http
            .get(format!("http://{}{path}", self.address))
            .header("cookie", &self.cookie)
            .header("accept", "text/csv");
        let answer = Self::answer(request).await;
        assert!(answer.status.is_success(), "{answer:?}");
        answer.body.as_str().expect("a table is text").to_owned()
    }

    pub async fn post(&self, path: &str) -> Answer {
        self.ask(Method::POST, path, None).await
    }

    pub async fn post_body(&self, path: &str, body: &impl Serialize) -> Answer {
        let body = serde_json::to_value(body).expect("requests are JSON");
        self.ask(Method::POST, path, Some(body)).await
    }

    pub async fn put_body(&self, path: &str, body: &impl Serialize) -> Answer {
        let body = serde_json::to_value(body).expect("requests are JSON");
        self.ask(Method::PUT, path, Some(body)).await
    }

    /// Sends a file.
    pub async fn upload(&self, path: &str, content: Vec<u8>) -> Answer {
        let request = self
            .http
            .post(format!("http://{}{path}", self.address))
            .header("cookie", &self.cookie)
            .header("x-csrf-token", &self.session.csrf)
            .header("content-type", "application/octet-stream")
            .body(content);
        Self::answer(request).await
    }

    /// Follows a topic.
    pub async fn follow(&self, topic: Topic) -> Live {
        Live::follow(self, topic).await
    }
}

/// What a browser knows from the live socket.
#[derive(Clone, Debug, Default)]
pub struct Seen {
    pub epoch: String,
    pub seq: u64,
    pub desk: Option<DeskView>,
    pub board: Option<BoardView>,
    pub snapshots: usize,
    pub deltas: usize,
    pub signals: Vec<DeskSignal>,
    pub gone: Vec<ContactGone>,
    pub refused: Vec<String>,
    /// What must never happen.
    pub broken: Vec<String>,
    /// The socket has closed, with the code if one was said.
    pub closed: Option<Option<u16>>,
}

/// A live socket that follows a topic.
pub struct Live {
    pub seen: watch::Receiver<Seen>,
    out: mpsc::UnboundedSender<LiveRequest>,
    task: JoinHandle<()>,
}

impl Live {
    async fn follow(person: &Person, topic: Topic) -> Self {
        let mut request = format!("ws://{}/api/v1/live", person.address)
            .into_client_request()
            .expect("an address");
        let cookie = person.cookie.parse().expect("a cookie is a header");
        request.headers_mut().insert("cookie", cookie);
        let (mut socket, _) = tokio_tungstenite::connect_async(request).await.expect("a socket");
        let (tell, seen) = watch::channel(Seen::default());
        let (out, mut requests) = mpsc::unbounded_channel();
        out.send(LiveRequest::Subscribe { topic, after: None, epoch: None }).expect("just made");
        let task = tokio::spawn(async move {
            let mut pings = tokio::time::interval(Duration::from_secs(4));
            let mut nonce = 0;
            loop {
                let say = tokio::select! {
                    request = requests.recv() => match request {
                        Some(request) => request,
                        None => break,
                    },
                    _ = pings.tick() => {
                        nonce += 1;
                        LiveRequest::Ping { nonce }
                    }
                    message = socket.next() => {
                        match message {
                            Some(Ok(Message::Text(text))) => {
                                let message = serde_json::from_str(text.as_str());
                                tell.send_modify(|seen| match message {
                                    Ok(message) => seen.hear(message),
                                    Err(error) => seen.broken.push(format!("{error}: {text}")),
                                });
                            }
                            Some(Ok(Message::Close(frame))) => {
                                let code = frame.map(|frame| frame.code.into());
                                tell.send_modify(|seen| seen.closed = Some(code));
                            }
                            Some(Ok(_)) => {}
                            Some(Err(_)) | None => {
                                tell.send_modify(|seen| {
                                    seen.closed.get_or_insert(None);
                                });
                                return;
                            }
                        }
                        continue;
                    }
                };
                let text = serde_json::to_string(&say).expect("requests are JSON");
                if socket.send(Message::Text(text.into())).await.is_err() {
                    tell.send_modify(|seen| {
                        seen.closed.get_or_insert(None);
                    });
                    return;
                }
            }
            // A closed tab; the server may be gone already.
            let _ = socket.close(None).await;
        });
        Self { seen, out, task }
    }

    /// Says something.
    pub fn say(&self, request: LiveRequest) {
        // A closed socket shows in `seen`.
        let _ = self.out.send(request);
    }

    /// Waits until what is seen satisfies `found`.
    pub async fn until<T>(&self, what: &str, found: impl Fn(&Seen) -> Option<T>) -> T {
        until(&self.seen, what, |seen| {
            assert!(seen.broken.is_empty(), "{:?}", seen.broken);
            found(seen)
        })
        .await
    }

    /// The network is gone: no goodbye.
    pub fn cut(&self) {
        self.task.abort();
    }
}

impl Seen {
    fn hear(&mut self, message: LiveMessage) {
        match message {
            LiveMessage::Welcome { epoch, .. } => self.epoch = epoch,
            LiveMessage::Snapshot { seq, view } => {
                self.seq = seq;
                self.snapshots += 1;
                match view {
                    TopicView::Desk(view) => self.desk = Some(*view),
                    TopicView::Board(view) => self.board = Some(*view),
                }
            }
            LiveMessage::Delta { seq, change } => {
                if seq != self.seq + 1 {
                    self.broken.push(format!("delta {seq} after {}", self.seq));
                }
                self.seq = seq;
                self.deltas += 1;
                match change {
                    TopicDelta::Desk(delta) => self.change_desk(*delta),
                    TopicDelta::Board(delta) => match &mut self.board {
                        Some(board) => change_board(board, *delta),
                        None => self.broken.push("a delta of the board before its snapshot".into()),
                    },
                }
            }
            LiveMessage::Pong { .. } => {}
            LiveMessage::Refused { message, .. } => self.refused.push(message),
        }
    }

    fn change_desk(&mut self, delta: DeskDelta) {
        let Some(desk) = &mut self.desk else {
            self.broken.push("a delta of the desk before its snapshot".into());
            return;
        };
        if let Some(me) = delta.me {
            desk.me = me;
        }
        for mut held in delta.contacts {
            match desk.contacts.iter_mut().find(|old| old.contact == held.contact) {
                Some(old) => {
                    // A change carries no messages; those that are there stay.
                    held.messages = std::mem::take(&mut old.messages);
                    *old = held;
                }
                None => desk.contacts.push(held),
            }
        }
        for gone in delta.gone {
            desk.contacts.retain(|held| held.contact != gone.contact);
            self.gone.push(gone);
        }
        for new in delta.messages {
            match desk.contacts.iter_mut().find(|held| held.contact == new.contact) {
                Some(held) => {
                    if held.messages.last().is_some_and(|last| last.seq + 1 != new.message.seq) {
                        self.broken.push(format!("message {} is out of turn", new.message.seq));
                    }
                    held.messages.push(new.message);
                }
                None => self.broken.push("a message of a contact that is not here".into()),
            }
        }
        for signal in &delta.signals {
            if let DeskSignal::Read { contact, upto } = signal
                && let Some(held) = desk.contacts.iter_mut().find(|held| held.contact == *contact)
            {
                held.customer_read = *upto;
            }
        }
        self.signals.extend(delta.signals);
    }
}

/// Applies a delta as the board's screen does.
pub fn change_board(board: &mut BoardView, delta: BoardDelta) {
    fn take<R>(rows: &mut Vec<R>, new: Vec<R>, gone: &[Uuid], id: impl Fn(&R) -> Uuid) {
        rows.retain(|row| !gone.contains(&id(row)));
        for row in new {
            match rows.iter_mut().find(|old| id(old) == id(&row)) {
                Some(old) => *old = row,
                None => rows.push(row),
            }
        }
    }
    if let Some(floor) = delta.floor {
        board.floor = floor;
    }
    take(&mut board.clients, delta.clients, &delta.gone, |row| row.id);
    take(&mut board.queues, delta.queues, &delta.gone, |row| row.id);
    take(&mut board.agents, delta.agents, &delta.gone, |row| row.id);
    take(&mut board.waiting, delta.waiting, &delta.gone, |row| row.id);
    if let Some(alerts) = delta.alerts {
        board.alerts = alerts;
    }
}

/// An agent at an open desk.
pub struct Desk {
    pub person: Person,
    pub live: Live,
}

impl Desk {
    /// Signs in to the screens and opens the desk, without signing in to the floor.
    pub async fn open(address: SocketAddr, login: &str) -> Self {
        let person = Person::sign_in(address, login).await;
        Self::of(person).await
    }

    /// Opens the desk of somebody who is signed in.
    pub async fn of(person: Person) -> Self {
        let live = person.follow(Topic::Desk).await;
        live.until("the desk", |seen| seen.desk.as_ref().map(drop)).await;
        Self { person, live }
    }

    /// The desk as it is shown.
    pub fn view(&self) -> DeskView {
        self.live.seen.borrow().desk.clone().expect("an open desk has a view")
    }

    /// Signs in to the floor, ready.
    pub async fn become_available(&self) {
        let body = SetPresence { presence: PresenceChoice::Available };
        self.person.post_body("/api/v1/desk/sign-in", &body).await.done();
    }

    /// Chooses a presence.
    pub async fn set(&self, presence: PresenceChoice) -> Answer {
        self.person.post_body("/api/v1/desk/presence", &SetPresence { presence }).await
    }

    /// Waits for a contact in this state, the oldest such.
    pub async fn contact(&self, state: DeskContactState) -> DeskContact {
        self.until(&format!("a contact that is {state:?}"), |desk| {
            desk.contacts.iter().find(|held| held.state == state).cloned()
        })
        .await
    }

    /// Waits until this contact is in this state.
    pub async fn contact_is(&self, contact: Uuid, state: DeskContactState) -> DeskContact {
        self.until(&format!("contact {contact} is {state:?}"), |desk| {
            let held = desk.contacts.iter().find(|held| held.contact == contact)?;
            (held.state == state).then(|| held.clone())
        })
        .await
    }

    /// Waits until this contact has left the desk, and says why.
    pub async fn gone(&self, contact: Uuid) -> String {
        self.live
            .until(&format!("contact {contact} has gone"), |seen| {
                let here = seen.desk.as_ref()?.contacts.iter().any(|h| h.contact == contact);
                let gone = seen.gone.iter().rev().find(|gone| gone.contact == contact)?;
                (!here).then(|| gone.why.clone())
            })
            .await
    }

    /// Waits until the desk satisfies `found`.
    pub async fn until<T>(&self, what: &str, found: impl Fn(&DeskView) -> Option<T>) -> T {
        self.live.until(what, |seen| seen.desk.as_ref().and_then(&found)).await
    }

    /// Does something with a contact: `answer`, `refuse`, `hold`, …
    pub async fn act(&self, contact: Uuid, what: &str) -> Answer {
        self.person.post(&format!("/api/v1/desk/contacts/{contact}/{what}")).await
    }

    /// Does something with a contact and a body.
    pub async fn act_with(&self, contact: Uuid, what: &str, body: &impl Serialize) -> Answer {
        self.person.post_body(&format!("/api/v1/desk/contacts/{contact}/{what}"), body).await
    }

    /// Waits for the next offer and answers it.
    pub async fn answer(&self) -> DeskContact {
        let offered = self.contact(DeskContactState::Offered).await;
        self.act(offered.contact, "answer").await.done();
        self.contact_is(offered.contact, DeskContactState::Talking).await
    }

    /// Writes to the customer.
    pub async fn write(&self, contact: Uuid, body: &str) -> MessageView {
        self.send(contact, body, false).await.good()
    }

    /// Sends a message or a note.
    pub async fn send(&self, contact: Uuid, body: &str, note: bool) -> Answer {
        let message = SendMessage {
            client_id: Uuid::new_v4(),
            body: body.to_owned(),
            note,
            attachment: None,
        };
        self.act_with(contact, "messages", &message).await
    }

    /// Passes a contact on.
    pub async fn transfer(&self, contact: Uuid, to: TransferTo, note: &str) -> Answer {
        let body = TransferRequest { to, note: note.to_owned() };
        self.act_with(contact, "transfer", &body).await
    }

    /// Waits for a message in a contact's conversation.
    pub async fn message(&self, contact: Uuid, body: &str) -> MessageView {
        self.until(&format!("the message {body:?}"), |desk| {
            let held = desk.contacts.iter().find(|held| held.contact == contact)?;
            held.messages.iter().find(|message| message.body == body).cloned()
        })
        .await
    }
}
