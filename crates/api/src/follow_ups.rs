//! Lost contacts as work: who abandoned, met a full queue or was never reached, until somebody has spoken to
//! them.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{desk::ChannelKind, reports::ContactState};

/// `GET /api/v1/follow-ups`: newest first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FollowUps {
    /// The rows.
    pub items: Vec<FollowUpView>,
    /// Hand it back as `before` for the next page; none on the last.
    #[serde(default)]
    pub next: Option<String>,
    /// How many of the last seven days wait to be followed up, of those that whoever asks may see, whatever
    /// this page shows.
    pub open: u64,
}

/// How far the work on a lost contact is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum FollowUpState {
    /// Nobody has it.
    Open,
    /// Somebody is about to reach the customer.
    Taken,
    /// The customer was reached, or came through by themselves.
    Reached,
    /// Somebody said why nobody needs to be reached.
    Excused,
    /// The customer came again and was lost again: that contact is the work.
    Again,
}

/// A lost contact.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FollowUpView {
    /// The contact that was lost.
    pub contact: Uuid,
    /// The client it was for.
    pub client: Uuid,
    /// Name of the client.
    pub client_name: String,
    /// Letters of the client's tag.
    pub client_initials: String,
    /// Hue of the client's tag, in degrees.
    pub client_hue: u16,
    /// The queue it was last in.
    pub queue: Uuid,
    /// Its name, where there still is one.
    #[serde(default)]
    pub queue_name: Option<String>,
    /// How it came.
    pub channel: ChannelKind,
    /// How it ended.
    pub ending: ContactState,
    /// The customer's name, if known.
    #[serde(default)]
    pub name: Option<String>,
    /// Their mail address, if known.
    #[serde(default)]
    pub email: Option<String>,
    /// The number they called from, unless it was withheld.
    #[serde(default)]
    pub phone: Option<String>,
    /// Their language.
    pub language: String,
    /// When it was lost.
    pub lost: String,
    /// How long the customer waited.
    #[serde(default)]
    pub wait_ms: Option<u64>,
    /// How far the work is.
    pub state: FollowUpState,
    /// The agent who has it, or who closed it; `null` for a client's people.
    #[serde(default)]
    pub taken_by: Option<Uuid>,
    /// Their name; for a client's people, their alias.
    #[serde(default)]
    pub taken_by_name: Option<String>,
    /// When it was closed.
    #[serde(default)]
    pub closed: Option<String>,
    /// The contact that closed it by itself: a call that reached the customer, or their next one.
    #[serde(default)]
    pub by_contact: Option<Uuid>,
    /// What was said, or why not; kept when the work is taken up again.
    #[serde(default)]
    pub note: Option<String>,
    /// Whether whoever asks may do this work: an agent who is signed off for the client.
    pub may_answer: bool,
}

impl std::fmt::Debug for FollowUpView {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "FollowUpView({} {:?}, <redacted>)", self.contact, self.state)
    }
}

/// What a person says that a follow-up came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum FollowUpOutcome {
    /// The customer was reached.
    Reached,
    /// Nobody needs to be reached; the note says why.
    Excused,
}

/// `POST …/close`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CloseFollowUp {
    /// What it came to.
    pub outcome: FollowUpOutcome,
    /// What was said, in up to 4,000 characters; why, where it is excused, in at least one.
    #[serde(default)]
    pub note: String,
}

impl std::fmt::Debug for CloseFollowUp {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "CloseFollowUp({:?}, <redacted>)", self.outcome)
    }
}

/// `POST …/reopen`: one step back. What was closed is work again of whoever had it, or of everybody where
/// nobody had; what was taken is there for everybody.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ReopenFollowUp {
    /// The state that is taken back; refused when it is another by now.
    pub from: FollowUpState,
}
