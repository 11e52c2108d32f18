//! Who is on call at a client.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// `GET /api/v1/clients/{client}/on-call`: who is on call now, who may be, and who is when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct OnCallView {
    /// The client.
    pub client: Uuid,
    /// Its zone; people think of entries in it.
    pub zone: String,
    /// The list.
    #[serde(flatten)]
    pub list: OnCallTerms,
    /// Who is on call now.
    pub now: OnCallNowView,
    /// Version, for a change; 0 while nobody was ever named.
    pub version: u64,
}

/// People, the default, and entries.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct OnCallTerms {
    /// Everybody who may be on call, 200 at most.
    pub people: Vec<OnCallPersonView>,
    /// Who is called when no entry holds, in this order.
    pub standing: Vec<Uuid>,
    /// Who is called in a stretch of time, 400 at most. Of entries that hold at once the one that began
    /// last does.
    pub entries: Vec<OnCallEntryView>,
}

/// Somebody who may be on call.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct OnCallPersonView {
    /// Their id, made by whoever adds them.
    pub id: Uuid,
    /// Their name.
    pub name: String,
    /// Where they are called, in E.164; this or a mail address is needed.
    #[serde(default)]
    pub phone: Option<String>,
    /// Where they are written to.
    #[serde(default)]
    pub email: Option<String>,
    /// What an agent should know.
    #[serde(default)]
    pub note: String,
}

impl std::fmt::Debug for OnCallPersonView {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "OnCallPersonView({}, <redacted>)", self.id)
    }
}

/// Who is called from one instant to another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct OnCallEntryView {
    /// First instant.
    pub from: String,
    /// First instant after.
    pub until: String,
    /// In this order.
    pub people: Vec<Uuid>,
    /// Why.
    #[serde(default)]
    pub note: String,
}

/// Who is on call at the instant of the answer.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct OnCallNowView {
    /// In this order; empty when nobody was ever named.
    pub people: Vec<OnCallPersonView>,
    /// Why, where an entry holds that says so.
    #[serde(default)]
    pub note: String,
    /// Whether it is the default: no entry holds.
    pub standing: bool,
    /// When somebody else will be; `null` when nothing that is known changes it.
    #[serde(default)]
    pub until: Option<String>,
}

/// `PUT /api/v1/clients/{client}/on-call`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ChangeOnCall {
    /// Version this change was made from.
    pub version: u64,
    /// The list from now on.
    #[serde(flatten)]
    pub list: OnCallTerms,
}
