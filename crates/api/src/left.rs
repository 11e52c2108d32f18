//! Messages that customers left outside the hours or instead of waiting: work until somebody has
//! answered them.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// `GET /api/v1/left-messages`: newest first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct LeftMessages {
    /// The rows.
    pub items: Vec<LeftMessageView>,
    /// Hand it back as `before` for the next page; none on the last.
    #[serde(default)]
    pub next: Option<String>,
    /// How many are not done, of those that whoever asks may see, whatever this page shows.
    pub open: u64,
    /// How many lost contacts wait to be followed up, likewise: they are worked through beside the messages.
    pub lost: u64,
}

/// How far the work on a message is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum LeftState {
    /// Nobody has it.
    Open,
    /// Somebody answers it.
    Taken,
    /// It was answered.
    Done,
}

/// How a message was left.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum LeftKind {
    /// Written into the form of a widget.
    Form,
    /// Spoken on the telephone.
    Voicemail,
}

/// A message that was left.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct LeftMessageView {
    /// Its id.
    pub message: Uuid,
    /// The client it was left with.
    pub client: Uuid,
    /// Name of the client.
    pub client_name: String,
    /// Letters of the client's tag.
    pub client_initials: String,
    /// Hue of the client's tag, in degrees.
    pub client_hue: u16,
    /// What it is about, if known.
    #[serde(default)]
    pub queue_name: Option<String>,
    /// The customer's name, if given.
    #[serde(default)]
    pub name: Option<String>,
    /// How it was left.
    pub kind: LeftKind,
    /// Where to answer; a voicemail has none.
    #[serde(default)]
    pub email: Option<String>,
    /// The number a voicemail came from, unless it was withheld.
    #[serde(default)]
    pub phone: Option<String>,
    /// Language of the page it was left on, or of the call.
    pub language: String,
    /// The words; none of a voicemail.
    pub body: String,
    /// The sound of a voicemail.
    #[serde(default)]
    pub recording: Option<Uuid>,
    /// To be answered by then.
    #[serde(default)]
    pub due: Option<String>,
    /// When it was left.
    pub at: String,
    /// How far the work is.
    pub state: LeftState,
    /// The agent who has it, or who did it; `null` for a client's people.
    #[serde(default)]
    pub taken_by: Option<Uuid>,
    /// Their name; for a client's people, their alias.
    #[serde(default)]
    pub taken_by_name: Option<String>,
    /// When it was done.
    #[serde(default)]
    pub done: Option<String>,
    /// How it was answered; kept when the work is taken up again.
    #[serde(default)]
    pub note: Option<String>,
    /// Whether whoever asks may do this work: an agent who is signed off for the client.
    pub may_answer: bool,
}

impl std::fmt::Debug for LeftMessageView {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "LeftMessageView({} {:?}, <redacted>)", self.message, self.state)
    }
}

/// `POST …/done`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FinishLeftMessage {
    /// How it was answered, in 1 to 4,000 characters.
    pub note: String,
}

impl std::fmt::Debug for FinishLeftMessage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("FinishLeftMessage(<redacted>)")
    }
}

/// `POST …/reopen`: one step back. What was done is work again of whoever had it; what was taken is
/// there for everybody.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ReopenLeftMessage {
    /// The state that is taken back, `taken` or `done`; refused when it is another by now.
    pub from: LeftState,
}
