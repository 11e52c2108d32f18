//! Agents: profile, skills, pools, sign-offs.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::desk::ChannelKind;

/// What is known of an agent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AgentProfile {
    /// Name on the provider's screens.
    pub name: String,
    /// Name towards customers, where no client has another; such as the first name.
    pub alias: String,
    /// Names towards customers of single clients.
    #[serde(default)]
    pub aliases: Vec<ClientAlias>,
    /// Pools served.
    #[serde(default)]
    pub pools: Vec<Uuid>,
    /// Dedicated team.
    #[serde(default)]
    pub team: Option<Uuid>,
    /// Skills.
    #[serde(default)]
    pub skills: Vec<AgentSkill>,
    /// Languages spoken.
    pub languages: Vec<String>,
    /// Channels taken, with the most contacts at once on each. An agent without one can take nothing.
    pub channels: Vec<ChannelCapacity>,
    /// Clients the agent is signed off for.
    #[serde(default)]
    pub sign_offs: Vec<Uuid>,
    /// Where the agent works from.
    #[serde(default)]
    pub site: Option<Uuid>,
}

/// A name towards one client's customers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ClientAlias {
    /// The client.
    pub client: Uuid,
    /// The name.
    pub alias: String,
}

/// A skill with its level.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AgentSkill {
    /// The skill.
    pub skill: Uuid,
    /// 1 to 10.
    pub level: u8,
}

/// How much an agent takes on a channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ChannelCapacity {
    /// The channel.
    pub channel: ChannelKind,
    /// Most contacts at once, 1 to 10.
    pub max: u8,
}

/// An agent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AgentView {
    /// Its id.
    pub id: Uuid,
    /// What is known.
    #[serde(flatten)]
    pub profile: AgentProfile,
    /// The user who signs in as this agent.
    #[serde(default)]
    pub user: Option<Uuid>,
    /// Takes no contacts any more.
    pub disabled: bool,
    /// Version, for a change.
    pub version: u64,
}

/// `PUT /api/v1/agents/{agent}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ChangeAgent {
    /// Version this change was made from.
    pub version: u64,
    /// Takes no contacts any more; refused while signed in on the floor.
    pub disabled: bool,
    /// What is known from now on.
    #[serde(flatten)]
    pub profile: AgentProfile,
}
