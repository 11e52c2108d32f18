//! `GET /api/v1/live`: one socket per browser, with the topics it follows.

use std::time::Duration;

use api::{
    error::ErrorCode,
    live::{LiveMessage, LiveRequest, Topic, TopicDelta, TopicView},
    role::Role,
};
use axum::{
    extract::{
        State,
        ws::{
            CloseFrame, Message, WebSocket, WebSocketUpgrade, rejection::WebSocketUpgradeRejection,
        },
    },
    http::HeaderMap,
    response::Response,
};
use domain::{AgentId, ContactId};
use routing::Input;
use tokio::sync::broadcast::{Receiver, error::RecvError};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{Numbered, Start, instant};
use crate::{
    App,
    http::{
        error::{ApiError, Result},
        session::Caller,
    },
};

/// Browsers say `ping` this often.
const HEARTBEAT: Duration = Duration::from_secs(5);

/// After this silence the other side is gone. Twice the heartbeat and a little for a slow network.
const DEAD_AFTER: Duration = Duration::from_secs(12);

/// Largest message taken from a browser.
const MESSAGE_MAX: usize = 16 * 1024;

/// Messages a browser may send in one heartbeat before it is closed.
const MESSAGES_PER_HEARTBEAT: u32 = 200;

/// The endpoint.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(live))
}

/// The live socket; see the module `live` of the API for its messages.
#[utoipa::path(get, path = "/api/v1/live", operation_id = "live", tag = "live", responses((status = 101, description = "Speaks `LiveRequest` and `LiveMessage`")))]
pub async fn live(
    State(app): State<App>,
    caller: Caller,
    headers: HeaderMap,
    upgrade: std::result::Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Result<Response> {
    // A page of another site must not listen with somebody's cookie.
    if !crate::http::is_own_origin(&app, &headers) {
        return Err(ApiError::new(
            ErrorCode::OriginNotAllowed,
            "The live socket is for this server's own screens.",
            "Open the desk or the board at this server's address.",
        ));
    }
    let upgrade = upgrade.map_err(|error| {
        ApiError::malformed(
            domain::words!("{}", error.body_text()),
            "Open this address as a WebSocket.",
        )
    })?;
    Ok(crate::http::sized(upgrade, MESSAGE_MAX)
        .on_upgrade(move |socket| async move { Session::new(app, caller, socket).run().await }))
}

/// Whether people of this role see the board.
pub const fn sees_board(role: Role) -> bool {
    !matches!(role, Role::Agent | Role::ClientReader | Role::ClientManager)
}

struct Session {
    app: App,
    caller: Caller,
    socket: WebSocket,
    desk: Option<(AgentId, Receiver<Numbered<api::desk::DeskDelta>>)>,
    board: Option<Receiver<Numbered<api::board::BoardDelta>>>,
}

/// Why a session ends.
enum Over {
    /// The browser has gone.
    Gone,
    /// We close, and say why.
    Close(u16, &'static str),
}

impl Session {
    fn new(app: App, caller: Caller, socket: WebSocket) -> Self {
        Self { app, caller, socket, desk: None, board: None }
    }

    async fn run(mut self) {
        let over = self.talk().await;
        if let Over::Close(code, reason) = over {
            let frame = CloseFrame { code, reason: reason.into() };
            // The browser may be gone already; there is nobody to tell then.
            let _ = self.socket.send(Message::Close(Some(frame))).await;
        }
        self.leave_desk().await;
    }

    async fn talk(&mut self) -> Over {
        let welcome = LiveMessage::Welcome {
            server_time: instant(self.app.clock.now()),
            epoch: self.app.live.epoch().to_owned(),
            heartbeat_ms: super::millis(HEARTBEAT),
            dead_after_ms: super::millis(DEAD_AFTER),
        };
        if self.say(&welcome).await.is_err() {
            return Over::Gone;
        }
        let silence = tokio::time::sleep(DEAD_AFTER);
        tokio::pin!(silence);
        let mut budget = MESSAGES_PER_HEARTBEAT;
        let stop = self.app.stopping.clone();
        loop {
            let done = tokio::select! {
                () = stop.cancelled() => return Over::Close(1001, "the server restarts; come back"),
                () = &mut silence => return Over::Close(4408, "no heartbeat"),
                message = self.socket.recv() => match message {
                    Some(Ok(Message::Text(text))) => {
                        silence.as_mut().reset(tokio::time::Instant::now() + DEAD_AFTER);
                        budget = budget.saturating_sub(1);
                        if budget == 0 {
                            return Over::Close(4429, "too many messages");
                        }
                        self.hear(text.as_str(), &mut budget).await
                    }
                    Some(Ok(Message::Ping(_) | Message::Pong(_))) => Ok(()),
                    Some(Ok(Message::Binary(_))) => return Over::Close(1003, "JSON text only"),
                    Some(Ok(Message::Close(_)) | Err(_)) | None => return Over::Gone,
                },
                change = next(self.desk.as_mut().map(|(_, r)| r)) => match change {
                    Ok((seq, delta)) => {
                        let change = TopicDelta::Desk(Box::new((*delta).clone()));
                        self.say(&LiveMessage::Delta { seq, change }).await
                    }
                    Err(RecvError::Lagged(_)) => self.follow_desk(None).await,
                    Err(RecvError::Closed) => return Over::Close(1011, "the desk has closed"),
                },
                change = next(self.board.as_mut()) => match change {
                    Ok((seq, delta)) => {
                        let change = TopicDelta::Board(Box::new((*delta).clone()));
                        self.say(&LiveMessage::Delta { seq, change }).await
                    }
                    Err(RecvError::Lagged(_)) => self.follow_board(None).await,
                    Err(RecvError::Closed) => return Over::Close(1011, "the board has closed"),
                },
            };
            if done.is_err() {
                return Over::Gone;
            }
        }
    }

    async fn hear(&mut self, text: &str, budget: &mut u32) -> std::result::Result<(), axum::Error> {
        let request = match serde_json::from_str::<LiveRequest>(text) {
            Ok(request) => request,
            Err(error) => {
                return self
                    .refuse(
                        ErrorCode::Malformed,
                        format!("The message cannot be read: {error}."),
                        "See LiveRequest in /api/openapi.json.",
                    )
                    .await;
            }
        };
        match request {
            LiveRequest::Ping { nonce } => {
                *budget = MESSAGES_PER_HEARTBEAT;
                let server_time = instant(self.app.clock.now());
                self.say(&LiveMessage::Pong { nonce, server_time }).await
            }
            LiveRequest::Subscribe { topic, after, epoch } => {
                let after = after.filter(|_| epoch.as_deref() == Some(self.app.live.epoch()));
                match topic {
                    Topic::Desk => self.join_desk(after).await,
                    Topic::Board if sees_board(self.caller.role) => self.follow_board(after).await,
                    Topic::Board => {
                        self.refuse(
                            ErrorCode::Forbidden,
                            "Your role does not see the board.".to_owned(),
                            "Ask an administrator of the provider for the right to do this.",
                        )
                        .await
                    }
                }
            }
            LiveRequest::Unsubscribe { topic: Topic::Desk } => {
                self.leave_desk().await;
                Ok(())
            }
            LiveRequest::Unsubscribe { topic: Topic::Board } => {
                self.board = None;
                Ok(())
            }
            LiveRequest::Typing { contact } => {
                if let Some((agent, _)) = &self.desk {
                    self.app.chat.agent_typing(ContactId::from_uuid(contact), *agent);
                }
                Ok(())
            }
        }
    }

    async fn join_desk(&mut self, after: Option<u64>) -> std::result::Result<(), axum::Error> {
        let Some(agent) = self.caller.agent else {
            return self
                .refuse(
                    ErrorCode::Forbidden,
                    "This sign-in does not belong to an agent.".to_owned(),
                    "Sign in as an agent to open the desk.",
                )
                .await;
        };
        if self.desk.is_none() && self.app.live.desk_joined(agent) {
            // Refused when the agent is not signed in to the floor or was never lost: both are fine.
            let _ = self.app.floor.input(Input::ConnectionRestored { agent }).await;
        }
        crate::desk::ensure(&self.app, agent).await;
        self.desk = Some((agent, self.app.live.desk(agent).subscribe(after).1));
        self.follow_desk(after).await
    }

    async fn follow_desk(&mut self, after: Option<u64>) -> std::result::Result<(), axum::Error> {
        let Some((agent, _)) = self.desk else { return Ok(()) };
        let (start, receiver) = self.app.live.desk(agent).subscribe(after);
        self.desk = Some((agent, receiver));
        match start {
            Start::Snapshot(seq, Some(view)) => {
                self.say(&LiveMessage::Snapshot { seq, view: TopicView::Desk(Box::new(view)) })
                    .await
            }
            Start::Snapshot(_, None) => {
                self.refuse(
                    ErrorCode::Unavailable,
                    "The floor does not know this agent yet.".to_owned(),
                    "Try again in a few seconds.",
                )
                .await
            }
            Start::Resume(missed) => {
                for (seq, delta) in missed {
                    let change = TopicDelta::Desk(Box::new((*delta).clone()));
                    self.say(&LiveMessage::Delta { seq, change }).await?;
                }
                Ok(())
            }
        }
    }

    async fn follow_board(&mut self, after: Option<u64>) -> std::result::Result<(), axum::Error> {
        let (start, receiver) = self.app.live.board().subscribe(after);
        self.board = Some(receiver);
        match start {
            Start::Snapshot(seq, view) => {
                self.say(&LiveMessage::Snapshot { seq, view: TopicView::Board(Box::new(view)) })
                    .await
            }
            Start::Resume(missed) => {
                for (seq, delta) in missed {
                    let change = TopicDelta::Board(Box::new((*delta).clone()));
                    self.say(&LiveMessage::Delta { seq, change }).await?;
                }
                Ok(())
            }
        }
    }

    /// The last desk that goes takes the agent's readiness with it: nobody is offered to a dark screen.
    async fn leave_desk(&mut self) {
        if let Some((agent, _)) = self.desk.take()
            && self.app.live.desk_left(agent)
        {
            // Refused when the agent is signed out: nothing to lose then.
            let _ = self.app.floor.input(Input::ConnectionLost { agent }).await;
            // A browser that came meanwhile may have spoken before this did.
            if self.app.live.desk_is_connected(agent) {
                let _ = self.app.floor.input(Input::ConnectionRestored { agent }).await;
            }
        }
    }

    async fn refuse(
        &mut self,
        code: ErrorCode,
        message: String,
        next: &str,
    ) -> std::result::Result<(), axum::Error> {
        self.say(&LiveMessage::Refused { code, message, next: next.to_owned() }).await
    }

    async fn say(&mut self, message: &LiveMessage) -> std::result::Result<(), axum::Error> {
        let text = serde_json::to_string(message).map_err(axum::Error::new)?;
        match tokio::time::timeout(DEAD_AFTER, self.socket.send(Message::Text(text.into()))).await {
            Ok(sent) => sent,
            Err(late) => Err(axum::Error::new(late)),
        }
    }
}

/// The next change of a topic that is followed; never, when it is not.
async fn next<D: Clone>(receiver: Option<&mut Receiver<D>>) -> Result<D, RecvError> {
    match receiver {
        Some(receiver) => receiver.recv().await,
        None => std::future::pending().await,
    }
}
