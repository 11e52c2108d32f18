//! A WebSocket that speaks JSON, as a browser's does.

use anyhow::{Context, Result};
use futures_util::{SinkExt, StreamExt};
use serde::{Serialize, de::DeserializeOwned};
use tokio::net::TcpStream;
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async,
    tungstenite::{Message, client::IntoClientRequest, http::HeaderValue},
};

pub(crate) struct Socket(WebSocketStream<MaybeTlsStream<TcpStream>>);

impl Socket {
    /// Opens `path` of the server at `base`, such as `http://127.0.0.1:8080`.
    pub async fn open(base: &str, path: &str, cookie: Option<&str>) -> Result<Self> {
        let address = base.replacen("http", "ws", 1) + path;
        let mut request = address.into_client_request().context("the address of a socket")?;
        if let Some(cookie) = cookie {
            request.headers_mut().insert("cookie", HeaderValue::from_str(cookie)?);
        }
        let (stream, _) = connect_async(request).await.context("opening a socket")?;
        Ok(Self(stream))
    }

    pub async fn say(&mut self, message: &impl Serialize) -> Result<()> {
        let text = serde_json::to_string(message)?;
        Ok(self.0.send(Message::Text(text.into())).await?)
    }

    /// The next message; `None` when the server has closed.
    pub async fn hear<T: DeserializeOwned>(&mut self) -> Result<Option<T>> {
        while let Some(message) = self.0.next().await {
            match message? {
                Message::Text(text) => return Ok(Some(serde_json::from_str(text.as_str())?)),
                Message::Close(_) => return Ok(None),
                _ => {}
            }
        }
        Ok(None)
    }

    /// Says goodbye. The server may be gone first; that is as good.
    pub async fn close(mut self) {
        if let Err(error) = self.0.close(None).await {
            tracing::trace!(%error, "a demonstration socket was closed from the other side");
        }
    }
}
