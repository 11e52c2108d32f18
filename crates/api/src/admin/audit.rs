//! The audit log: who changed or read what, and when.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// One entry.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct AuditView {
    /// Its id.
    pub id: Uuid,
    /// When.
    pub at: String,
    /// Who; `null` for the system itself or somebody not signed in.
    #[serde(default)]
    pub user: Option<Uuid>,
    /// Their name then.
    pub user_name: String,
    /// What was done: `client.changed`, `session.refused`, `transcript.read`.
    pub action: String,
    /// Kind of what it was done to: `client`, `contract`, `agent`.
    pub object_kind: String,
    /// Id of it.
    pub object: String,
    /// The client concerned.
    #[serde(default)]
    pub client: Option<Uuid>,
    /// Before; secrets and passwords are never in it.
    #[serde(default)]
    pub before: serde_json::Value,
    /// After.
    #[serde(default)]
    pub after: serde_json::Value,
    /// The request, as in the log.
    pub request_id: String,
}
