//! Clients and their set-up checklist.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// Where a client stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ClientStatus {
    /// Being set up; no contact is taken.
    Draft,
    /// Contacts are taken.
    Live,
    /// Stopped for a while; no contact is taken.
    Suspended,
}

/// What a contract is, by its periods.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ServiceModel {
    /// Pools answer.
    Shared,
    /// The client's own team answers.
    Dedicated,
    /// Some periods are shared, some dedicated.
    Hybrid,
}

/// A client.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ClientView {
    /// Its id.
    pub id: Uuid,
    /// Its name.
    pub name: String,
    /// Two letters of its tag.
    pub initials: String,
    /// Hue of its tag, 0 to 359.
    pub hue: u16,
    /// IANA zone.
    pub zone: String,
    /// Where it stands.
    pub status: ClientStatus,
    /// Model of the contract in force, or of the newest when none is in force yet.
    #[serde(default)]
    pub model: Option<ServiceModel>,
    /// Version of the contract in force.
    #[serde(default)]
    pub contract_version: Option<u32>,
    /// Version, for a change.
    pub version: u64,
}

/// `POST /api/v1/clients`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct NewClient {
    /// Its name, 1 to 80 characters.
    pub name: String,
    /// Two letters of its tag; made from the name when absent.
    #[serde(default)]
    pub initials: Option<String>,
    /// Hue of its tag, 0 to 359; chosen apart from the others when absent.
    #[serde(default)]
    pub hue: Option<u16>,
    /// IANA zone, such as `Europe/Paris`.
    pub zone: String,
}

/// `PUT /api/v1/clients/{client}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ChangeClient {
    /// Version this change was made from.
    pub version: u64,
    /// Its name.
    pub name: String,
    /// Two letters of its tag.
    pub initials: String,
    /// Hue of its tag, 0 to 359.
    pub hue: u16,
    /// IANA zone.
    pub zone: String,
}

/// `GET /api/v1/clients/{client}/checklist`: what is done and what is missing before going live.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Checklist {
    /// Nothing is missing.
    pub ready: bool,
    /// The points, in the order to do them.
    pub points: Vec<ChecklistPoint>,
}

/// One point of the checklist.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ChecklistPoint {
    /// Which.
    pub code: ChecklistCode,
    /// It is done.
    pub done: bool,
    /// What stands now.
    pub message: String,
    /// What to do; empty when done.
    pub next: String,
    /// Stable code of what was found: `calendar_opens`, `calendar_shut`. Names `message` and `next`
    /// for saying them in another language.
    pub finding: String,
    /// What `message` and then `next` filled in.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub args: Vec<String>,
    /// Path of the screen where it is done: `/admin/clients/…/contract`.
    pub link: String,
}

/// What the checklist asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ChecklistCode {
    /// A contract without faults, in force.
    Contract,
    /// A calendar that opens at some time in the coming two weeks.
    Calendar,
    /// A greeting for each queue, in the default language.
    Greeting,
    /// Each period has a pool or team with at least one agent who is signed off.
    Agents,
    /// What happens outside the hours and when nobody is on shift.
    Fallback,
    /// A way in: a widget for a queue of the contract.
    WayIn,
    /// The client's call flow is heard by those who call its numbers; not there without a call flow.
    Menu,
}

/// `POST /api/v1/clients/{client}/go-live` and `…/suspend`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ChangeStatus {
    /// Version this change was made from.
    pub version: u64,
}
