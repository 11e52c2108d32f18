//! An agent at the live socket.

use std::net::IpAddr;

use anyhow::{Context, Result, bail};
use api::{
    chat::SendMessage,
    desk::DeskContact,
    live::{LiveMessage, LiveRequest, Topic, TopicDelta, TopicView},
};
use futures_util::{SinkExt, StreamExt};
use reqwest::cookie::CookieStore;
use serde_json::json;
use tokio_tungstenite::tungstenite::Message;

use super::{
    served::Served,
    set_up::Person,
    visitor::{Socket, connect},
};

/// A signed-in agent whose desk is open.
pub struct Agent {
    /// For what goes over HTTP.
    pub person: Person,
    socket: Socket,
}

/// What a desk is told.
pub enum Told {
    /// Contacts that are new or changed.
    Contacts(Vec<DeskContact>),
    /// Messages in conversations of this agent.
    Messages(Vec<api::desk::DeskMessage>),
}

impl Agent {
    /// Signs in as `login` from an address of their own, opens the desk and takes `presence`.
    ///
    /// # Errors
    /// When the server refuses.
    pub async fn open(served: &Served, from: IpAddr, login: &str, presence: &str) -> Result<Self> {
        let person = Person::sign_in(&served.base(), from, login).await?;
        let url = served.base().parse().context("the server's own address")?;
        let cookies = person.jar.cookies(&url).context("the session has no cookie")?;
        let cookies = cookies.to_str()?.to_owned();
        let mut socket = connect(served, from, "/api/v1/live", Some(&cookies)).await?;
        let subscribe = LiveRequest::Subscribe { topic: Topic::Desk, after: None, epoch: None };
        socket.send(Message::text(serde_json::to_string(&subscribe)?)).await?;
        let mut agent = Self { person, socket };
        // The first snapshot says that the desk is connected; without it nobody may sign in.
        agent.told().await?;
        agent.sign_in_to_the_floor(presence).await?;
        Ok(agent)
    }

    async fn sign_in_to_the_floor(&self, presence: &str) -> Result<()> {
        let presence = match presence {
            "available" => json!({"kind": "available"}),
            reason => json!({"kind": "away", "reason": reason}),
        };
        self.person.post("/api/v1/desk/sign-in", &json!({"presence": presence})).await?;
        Ok(())
    }

    /// Does `act` to a contact: `answer`, `end`.
    ///
    /// # Errors
    /// When the server refuses.
    pub async fn act(&self, contact: uuid::Uuid, act: &str) -> Result<()> {
        let path = format!("/api/v1/desk/contacts/{contact}/{act}");
        self.person.post(&path, &json!({})).await.map(drop)
    }

    /// Writes to the customer.
    ///
    /// # Errors
    /// When the server refuses.
    pub async fn write(&self, contact: uuid::Uuid, message: &SendMessage) -> Result<()> {
        let path = format!("/api/v1/desk/contacts/{contact}/messages");
        self.person.post(&path, &serde_json::to_value(message)?).await.map(drop)
    }

    /// The next thing that the desk is told.
    ///
    /// # Errors
    /// When the socket ends.
    pub async fn told(&mut self) -> Result<Told> {
        while let Some(message) = self.socket.next().await {
            let Message::Text(text) = message? else { continue };
            match serde_json::from_str(&text)? {
                LiveMessage::Welcome { .. } => {}
                LiveMessage::Snapshot { view: TopicView::Desk(view), .. } => {
                    return Ok(Told::Contacts(view.contacts));
                }
                LiveMessage::Delta { change: TopicDelta::Desk(change), .. } => {
                    if !change.messages.is_empty() {
                        return Ok(Told::Messages(change.messages));
                    }
                    if !change.contacts.is_empty() {
                        return Ok(Told::Contacts(change.contacts));
                    }
                }
                LiveMessage::Refused { message, .. } => bail!("the desk was refused: {message}"),
                _ => {}
            }
        }
        bail!("the desk's socket ended")
    }

    /// Says that the desk is alive.
    ///
    /// # Errors
    /// When the socket ends.
    pub async fn ping(&mut self) -> Result<()> {
        let ping = serde_json::to_string(&LiveRequest::Ping { nonce: 0 })?;
        Ok(self.socket.send(Message::text(ping)).await?)
    }
}
