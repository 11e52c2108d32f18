//! A visitor at the widget's socket.

use std::net::{IpAddr, SocketAddr};

use anyhow::{Context, Result, bail};
use api::widget::{WidgetMessage, WidgetRequest};
use futures_util::{SinkExt, StreamExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio_tungstenite::{
    WebSocketStream, client_async_with_config,
    tungstenite::{Message, client::IntoClientRequest, protocol::WebSocketConfig},
};
use uuid::Uuid;

use super::served::Served;

/// An open socket to the server under test.
pub type Socket = WebSocketStream<TcpStream>;

/// Opens a socket from the address `from`.
///
/// # Errors
/// When the server refuses.
pub async fn connect(
    served: &Served,
    from: IpAddr,
    path: &str,
    cookies: Option<&str>,
) -> Result<Socket> {
    let socket = TcpSocket::new_v4()?;
    socket.bind(SocketAddr::new(from, 0))?;
    let stream = socket.connect(served.address.parse()?).await?;
    stream.set_nodelay(true)?;
    let mut request = format!("ws://{}{path}", served.address).into_client_request()?;
    request.headers_mut().insert("origin", served.base().parse()?);
    if let Some(cookies) = cookies {
        request.headers_mut().insert("cookie", cookies.parse()?);
    }
    // Small buffers, so that a machine has room for thousands of visitors beside the server.
    let config = WebSocketConfig::default().read_buffer_size(4 * 1024).write_buffer_size(4 * 1024);
    let (socket, _) = client_async_with_config(request, stream, Some(config))
        .await
        .with_context(|| format!("opening {path}"))?;
    Ok(socket)
}

/// Somebody on a client's page.
pub struct Visitor {
    socket: Socket,
}

impl Visitor {
    /// Opens the widget and says hello.
    ///
    /// # Errors
    /// When the server refuses.
    pub async fn open(served: &Served, from: IpAddr, widget: &str) -> Result<Self> {
        let path = format!("/widget/v1/socket?widget={widget}");
        let mut visitor = Self { socket: connect(served, from, &path, None).await? };
        let hello = WidgetRequest::Hello {
            token: None,
            identity: None,
            last_seq: 0,
            language: Some("en".into()),
            page: None,
        };
        visitor.say(&hello).await?;
        match visitor.hear().await? {
            WidgetMessage::Welcome { .. } => Ok(visitor),
            other => bail!("the widget was not welcomed: {other:?}"),
        }
    }

    /// Says the first words of a conversation, under this id.
    ///
    /// # Errors
    /// When the socket ends.
    pub async fn start(&mut self, client_id: Uuid) -> Result<()> {
        let body = "Good morning, I have a question about my order.".into();
        self.say(&WidgetRequest::Start { client_id, body, name: None, email: None, queue: None })
            .await
    }

    /// Says further words.
    ///
    /// # Errors
    /// When the socket ends.
    pub async fn message(&mut self, client_id: Uuid, body: String) -> Result<()> {
        self.say(&WidgetRequest::Message { client_id, body, attachment: None }).await
    }

    /// Says that somebody is still there.
    ///
    /// # Errors
    /// When the socket ends.
    pub async fn ping(&mut self) -> Result<()> {
        self.say(&WidgetRequest::Ping { nonce: 0 }).await
    }

    async fn say(&mut self, request: &WidgetRequest) -> Result<()> {
        Ok(self.socket.send(Message::text(serde_json::to_string(request)?)).await?)
    }

    /// What the server says next.
    ///
    /// # Errors
    /// When the socket ends or something was refused.
    pub async fn hear(&mut self) -> Result<WidgetMessage> {
        while let Some(message) = self.socket.next().await {
            let Message::Text(text) = message? else { continue };
            let message: WidgetMessage = serde_json::from_str(&text)?;
            if let WidgetMessage::Refused { message, next, .. } = &message {
                bail!("the visitor was refused: {message}; {next}");
            }
            return Ok(message);
        }
        bail!("the visitor's socket ended")
    }
}
