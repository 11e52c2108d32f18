//! Taking back one's own last change of something.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// Kinds of things whose last change can be taken back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum UndoKind {
    /// An agent, sign-offs included.
    Agent,
    /// A calendar.
    Calendar,
    /// A canned answer.
    CannedAnswer,
    /// Name, tag and zone of a client.
    Client,
    /// The newest version of a contract; `object` is the client.
    Contract,
    /// A report that is mailed by itself, as the provider's people change it.
    Mailing,
    /// Who is on call at a client; `object` is the client.
    OnCall,
    /// A pool.
    Pool,
    /// A redaction of a recording.
    Redaction,
    /// The provider's settings; `object` is the nil id.
    Settings,
    /// A site.
    Site,
    /// A skill.
    Skill,
    /// A team.
    Team,
    /// A user, but for the password.
    User,
}

/// `POST /api/v1/undo`: brings back what was there before one's own last change of it, made in this
/// session. Refused when somebody else has changed it since.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Undo {
    /// What kind of thing.
    pub kind: UndoKind,
    /// Which one.
    pub object: Uuid,
}

/// What was taken back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Undone {
    /// What had been done, as in the audit log: `skill.changed`.
    pub action: String,
    /// The thing as it is there now: another id when it had been removed, `null` when it is gone
    /// because it had been created.
    #[serde(default)]
    pub object: Option<Uuid>,
}
