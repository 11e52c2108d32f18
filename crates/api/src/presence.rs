//! Who answers for a client right now: its hours, and what its people say over them.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Who answers, whatever the hours say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Answers {
    /// The client itself: nothing is taken, as outside the hours.
    Client,
    /// The provider: contacts are taken, as within the hours.
    Provider,
}

/// What somebody said over the hours.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PresenceNow {
    /// Who answers.
    pub answers: Answers,
    /// Since when.
    pub since: String,
    /// Until when.
    pub until: String,
    /// Who said so.
    pub by: String,
}

/// A stretch in which the provider answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct OpenStretch {
    /// First instant.
    pub from: String,
    /// First instant after.
    pub until: String,
    /// Name of the period of the contract that it begins in.
    pub period: String,
}

/// `GET /api/v1/clients/{client}/presence`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PresenceView {
    /// Zone of the hours.
    pub zone: String,
    /// Whether contacts of the client are taken at all: it is live, with a contract in force.
    pub live: bool,
    /// Whether the provider answers now.
    pub open: bool,
    /// When that changes next, as far as it is known.
    #[serde(default)]
    pub changes: Option<String>,
    /// The coming seven days as they are, with what was said over the hours.
    pub week: Vec<OpenStretch>,
    /// The same by the contract alone.
    pub agreed: Vec<OpenStretch>,
    /// What was said over the hours, while it holds.
    #[serde(default)]
    pub presence: Option<PresenceNow>,
    /// Whether whoever asks may say that the client answers itself.
    pub may_take_back: bool,
    /// Whether they may say that the provider answers.
    pub may_hand_over: bool,
    /// Version, for a change.
    pub version: u64,
}

/// `PUT /api/v1/clients/{client}/presence`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ChangePresence {
    /// Version this change was made from.
    pub version: u64,
    /// Who answers from now on; the hours again when absent.
    #[serde(default)]
    pub answers: Option<Answers>,
    /// Until when, RFC 3339; needed with `answers`.
    #[serde(default)]
    pub until: Option<String>,
}
