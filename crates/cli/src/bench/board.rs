//! A look at the board.

use std::net::IpAddr;

use anyhow::{Context, Result, bail};
use api::{
    board::BoardView,
    live::{LiveMessage, LiveRequest, Topic, TopicView},
};
use futures_util::{SinkExt, StreamExt};
use reqwest::cookie::CookieStore;
use tokio_tungstenite::tungstenite::Message;

use super::{served::Served, set_up::Person, visitor::connect};

/// What the board shows to `login` now.
///
/// # Errors
/// When the server refuses.
pub async fn look(served: &Served, from: IpAddr, login: &str) -> Result<BoardView> {
    let person = Person::sign_in(&served.base(), from, login).await?;
    let cookies = person.jar.cookies(&served.base().parse()?).context("no session cookie")?;
    let mut socket = connect(served, from, "/api/v1/live", Some(cookies.to_str()?)).await?;
    let subscribe = LiveRequest::Subscribe { topic: Topic::Board, after: None, epoch: None };
    socket.send(Message::text(serde_json::to_string(&subscribe)?)).await?;
    while let Some(message) = socket.next().await {
        let Message::Text(text) = message? else { continue };
        match serde_json::from_str(&text)? {
            LiveMessage::Snapshot { view: TopicView::Board(board), .. } => return Ok(*board),
            LiveMessage::Refused { message, .. } => bail!("the board was refused: {message}"),
            _ => {}
        }
    }
    bail!("the board's socket ended")
}
