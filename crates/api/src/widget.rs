//! The customer's chat: `GET /widget/v1/socket?widget=KEY`, JSON over a WebSocket.
//!
//! The first message is `hello`. Everything in a conversation has a number; a customer who comes
//! back says the last number seen and gets what was missed. Messages carry an id made by the
//! customer's browser, so that a repeat on a weak link stays one message.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::chat::{AttachmentView, Author, MessageView};

/// What the customer's browser says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case", tag = "type")]
pub enum WidgetRequest {
    /// First message of each connection.
    Hello {
        /// From an earlier `welcome`, kept by the host page.
        #[serde(default)]
        token: Option<String>,
        /// Identity of a known customer: a JWT signed with the widget's secret (HS256, `sub`, `exp`
        /// at most 24 h ahead; `name`, `email` optional).
        #[serde(default)]
        identity: Option<String>,
        /// Number of the last message seen.
        #[serde(default)]
        last_seq: u64,
        /// Language of the page or the browser.
        #[serde(default)]
        language: Option<String>,
        /// Address of the page, without query.
        #[serde(default)]
        page: Option<String>,
    },
    /// Begin a conversation (or go on with the open one): the first words of the customer.
    Start {
        /// Id of the message, made by the browser.
        client_id: Uuid,
        /// The words.
        body: String,
        /// Name given in the form.
        #[serde(default)]
        name: Option<String>,
        /// Mail address given in the form.
        #[serde(default)]
        email: Option<String>,
        /// Queue chosen, when the widget offers several.
        #[serde(default)]
        queue: Option<Uuid>,
    },
    /// A further message.
    Message {
        /// Id of the message, made by the browser.
        client_id: Uuid,
        /// The words; at most 4,000 characters.
        #[serde(default)]
        body: String,
        /// A file uploaded before.
        #[serde(default)]
        attachment: Option<Uuid>,
    },
    /// The customer is typing.
    Typing,
    /// The customer has seen messages up to this number.
    Read {
        /// The number.
        upto: u64,
    },
    /// The customer ends the conversation.
    End,
    /// Outside the hours, or instead of waiting: leave a message that becomes work.
    LeaveMessage {
        /// Id made by the browser.
        client_id: Uuid,
        /// Where to answer.
        email: String,
        /// Name.
        #[serde(default)]
        name: Option<String>,
        /// The words.
        body: String,
    },
    /// Still here.
    Ping {
        /// Sent back.
        nonce: u64,
    },
}

/// What the server says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case", tag = "type")]
pub enum WidgetMessage {
    /// Answer to `hello`.
    Welcome {
        /// To be kept by the host page and said at the next `hello`; lasts 24 hours.
        token: String,
        /// What to show.
        widget: WidgetView,
        /// The open conversation, if there is one.
        #[serde(default)]
        conversation: Option<ConversationView>,
        /// Messages after `last_seq`.
        messages: Vec<MessageView>,
        /// Say `ping` this often.
        heartbeat_ms: u64,
        /// After this silence the other side is gone.
        dead_after_ms: u64,
    },
    /// The browser's numbers are not ours (another conversation): forget them and take these.
    Reset {
        /// The conversation.
        conversation: ConversationView,
        /// All its messages.
        messages: Vec<MessageView>,
    },
    /// A message of the customer is safely kept.
    Ack {
        /// Its id.
        client_id: Uuid,
        /// Its number.
        seq: u64,
        /// When.
        at: String,
    },
    /// A message of somebody else, or of the same customer in another tab.
    Message {
        /// The message.
        message: MessageView,
    },
    /// The conversation's state changed.
    Conversation {
        /// It.
        conversation: ConversationView,
    },
    /// Somebody is typing; shown for six seconds.
    Typing {
        /// Who.
        author: Author,
        /// Name.
        name: String,
    },
    /// The agent has read up to this number.
    Read {
        /// The number.
        upto: u64,
    },
    /// A message left outside the hours is safely kept.
    MessageLeft {
        /// Its id.
        client_id: Uuid,
    },
    /// Something was not accepted; the connection goes on unless `fatal`.
    Refused {
        /// The message it is about.
        #[serde(default)]
        client_id: Option<Uuid>,
        /// Stable code.
        code: crate::error::ErrorCode,
        /// What happened.
        message: String,
        /// What to do.
        next: String,
        /// Whether the server closes after this.
        fatal: bool,
    },
    /// Answer to a ping.
    Pong {
        /// From the ping.
        nonce: u64,
    },
}

/// What the widget shows before anything is typed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct WidgetView {
    /// The client's name.
    pub client_name: String,
    /// Accent colour, `#rrggbb`, chosen with enough contrast on white.
    pub colour: String,
    /// Language of the texts: `en`, `fr`, `ru`.
    pub language: String,
    /// Whether contacts are taken now.
    pub open: bool,
    /// When it opens next, if closed.
    #[serde(default)]
    pub opens: Option<String>,
    /// Outside the hours a conversation may begin nevertheless, and waits for the opening.
    #[serde(default)]
    pub closed_waits: bool,
    /// Words of the client: welcome when open, the closed text otherwise.
    pub welcome: String,
    /// Honest wait if one began now: `None` when unknown.
    #[serde(default)]
    pub expected_wait_ms: Option<u64>,
    /// Somebody is free now.
    pub free_now: bool,
    /// Queues to choose from; empty when there is only one.
    pub queues: Vec<WidgetQueue>,
    /// Whether files are taken.
    pub files: bool,
    /// Largest file in bytes.
    pub file_max: u64,
    /// Whether the customer must be proven by a token.
    pub identity_required: bool,
}

/// A queue offered for choice.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct WidgetQueue {
    /// The queue.
    pub queue: Uuid,
    /// Its name.
    pub name: String,
}

/// A conversation as the customer sees it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ConversationView {
    /// Its id.
    pub conversation: Uuid,
    /// Where it stands.
    pub state: ConversationState,
    /// Contacts ahead, when told; never grows.
    #[serde(default)]
    pub ahead: Option<u32>,
    /// Honest wait; `None` when unknown or lately wrong.
    #[serde(default)]
    pub expected_wait_ms: Option<u64>,
    /// The agent's name towards this client's customers.
    #[serde(default)]
    pub agent_name: Option<String>,
}

/// Where a conversation stands for the customer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ConversationState {
    /// Waiting for an agent.
    Waiting,
    /// Waiting for the opening or the next shift.
    WaitingForOpening,
    /// With an agent.
    WithAgent,
    /// Over.
    Ended,
}

/// `POST /widget/v1/uploads?name=`: the file as the body, the visitor token in `Authorization: Bearer`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct UploadDone {
    /// To be named in a message.
    pub attachment: AttachmentView,
}
