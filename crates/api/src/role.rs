//! Who may do what, by role.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What somebody is on the floor or at a client. One user has one role.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Takes contacts at the desk.
    Agent,
    /// Leads a team: board, agents of the floor, moves.
    TeamLead,
    /// Leads the floor during a shift: as a team lead, and every client.
    ShiftLead,
    /// Owns clients: contracts, protocols, reports.
    AccountManager,
    /// Plans: reports, calendars, read access to contracts.
    Planner,
    /// A client's person who reads that client's figures and conversations.
    ClientReader,
    /// A client's person who also changes what the contract lets the client change.
    ClientManager,
    /// Installs, configures, sees all and audits.
    Administrator,
}

impl Role {
    /// All roles, in a fixed order.
    pub const ALL: [Self; 8] = [
        Self::Agent,
        Self::TeamLead,
        Self::ShiftLead,
        Self::AccountManager,
        Self::Planner,
        Self::ClientReader,
        Self::ClientManager,
        Self::Administrator,
    ];

    /// Whether people of this role belong to a client company rather than to the provider.
    pub const fn is_client(self) -> bool {
        matches!(self, Self::ClientReader | Self::ClientManager)
    }

    /// The name on the wire and in the store.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Agent => "agent",
            Self::TeamLead => "team_lead",
            Self::ShiftLead => "shift_lead",
            Self::AccountManager => "account_manager",
            Self::Planner => "planner",
            Self::ClientReader => "client_reader",
            Self::ClientManager => "client_manager",
            Self::Administrator => "administrator",
        }
    }

    /// The role of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.name() == name)
    }
}
