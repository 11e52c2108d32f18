//! Pools, teams, skills and sites.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// A pool of agents under shared contracts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PoolView {
    /// Its id.
    pub id: Uuid,
    /// Its name.
    pub name: String,
    /// While others wait, one client's contacts go to at most this share of the signed-in agents,
    /// in percent; 100 for no cap.
    pub fairness_cap_percent: u8,
    /// Agents in it.
    pub agents: u32,
    /// Version, for a change.
    pub version: u64,
}

/// `POST /api/v1/pools`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct NewPool {
    /// Its name.
    pub name: String,
    /// 1 to 100.
    pub fairness_cap_percent: u8,
}

/// `PUT /api/v1/pools/{pool}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ChangePool {
    /// Version this change was made from.
    pub version: u64,
    /// Its name.
    pub name: String,
    /// 1 to 100.
    pub fairness_cap_percent: u8,
}

/// A team, which serves one client.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TeamView {
    /// Its id.
    pub id: Uuid,
    /// Its name.
    pub name: String,
    /// The client it serves.
    pub client: Uuid,
    /// Agents in it.
    pub agents: u32,
    /// Version, for a change.
    pub version: u64,
}

/// `POST /api/v1/teams`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct NewTeam {
    /// Its name.
    pub name: String,
    /// The client it serves, for good.
    pub client: Uuid,
}

/// Something an agent can do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SkillView {
    /// Its id.
    pub id: Uuid,
    /// Its name.
    pub name: String,
    /// Agents who have it.
    pub agents: u32,
    /// Version, for a change.
    pub version: u64,
}

/// A place that agents work from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SiteView {
    /// Its id.
    pub id: Uuid,
    /// Its name.
    pub name: String,
    /// Agents who work there.
    pub agents: u32,
    /// Version, for a change.
    pub version: u64,
}

/// `POST /api/v1/skills`, `POST /api/v1/sites`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct NewNamed {
    /// Its name, 1 to 80 characters; unique.
    pub name: String,
}

/// `PUT` of a team, a skill or a site.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ChangeNamed {
    /// Version this change was made from.
    pub version: u64,
    /// Its name.
    pub name: String,
}
