//! Messages of a conversation, as both the desk and the widget see them.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// Who wrote a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Author {
    /// The customer.
    Customer,
    /// An agent.
    Agent,
    /// The system, in the client's name: greeting, hours, end.
    System,
    /// An agent, for colleagues only; the customer never sees it.
    Note,
}

/// A message of a conversation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct MessageView {
    /// Its id.
    pub id: Uuid,
    /// Its number in the conversation; ascending without a gap.
    pub seq: u64,
    /// Who wrote it.
    pub author: Author,
    /// Name shown: the agent's alias, the customer's name, the client's.
    pub author_name: String,
    /// The text; empty when only a file was sent.
    pub body: String,
    /// A file.
    #[serde(default)]
    pub attachment: Option<AttachmentView>,
    /// When the server took it.
    pub at: String,
    /// The writer's own id of it, so that a repeat is recognised.
    #[serde(default)]
    pub client_id: Option<Uuid>,
}

/// A file of a message.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct AttachmentView {
    /// Its id.
    pub id: Uuid,
    /// Name it was sent with, made harmless.
    pub name: String,
    /// Type found by its content.
    pub content_type: String,
    /// Size.
    pub bytes: u64,
    /// Where it may be fetched, for a limited time.
    pub url: String,
}

/// Sends a message.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SendMessage {
    /// Made by the writer's program; the same id twice is one message.
    pub client_id: Uuid,
    /// At most 4,000 characters; may be empty when there is a file.
    #[serde(default)]
    pub body: String,
    /// For colleagues only.
    #[serde(default)]
    pub note: bool,
    /// A file uploaded before.
    #[serde(default)]
    pub attachment: Option<Uuid>,
}
