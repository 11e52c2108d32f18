//! Long planning work: a job is begun, looked at until it is over, and found again later.

pub mod compare;
pub mod what_if;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use self::compare::AgentCosts;
use crate::{admin::clients::ServiceModel, error::FaultView};

/// A figure with its 95 % interval.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Estimate {
    /// The mean; `null` when there was nothing to count.
    #[serde(default)]
    pub mean: Option<f64>,
    /// Half of the interval; `null` of one replication.
    #[serde(default)]
    pub half_width_95: Option<f64>,
}

/// `GET /api/v1/planning/basis`: what planning can begin with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PlanningBasis {
    /// First day on which something was recorded, in the floor's zone; `null` before anything was.
    #[serde(default)]
    pub first_day: Option<String>,
    /// Last day that is over and on which something was recorded.
    #[serde(default)]
    pub last_day: Option<String>,
    /// What an hour of an agent costs, as it was last given; `null` before.
    #[serde(default)]
    pub costs: Option<AgentCosts>,
    /// Clients with a contract.
    pub clients: Vec<BasisClient>,
    /// Pools.
    pub pools: Vec<BasisName>,
    /// Teams.
    pub teams: Vec<BasisTeam>,
}

/// A client that can be planned for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct BasisClient {
    /// Its id.
    pub id: Uuid,
    /// Its name.
    pub name: String,
    /// Zone of its contract.
    pub zone: String,
    /// The contract that it has.
    pub model: ServiceModel,
    /// The first pool that its contract names; `null` when it names none.
    #[serde(default)]
    pub pool: Option<Uuid>,
    /// Whether its tariff has a price.
    pub priced: bool,
    /// Currency of its tariff; of others when it has none.
    pub currency: String,
}

/// Something with a name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct BasisName {
    /// Its id.
    pub id: Uuid,
    /// Its name.
    pub name: String,
}

/// A team.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct BasisTeam {
    /// Its id.
    pub id: Uuid,
    /// Its name.
    pub name: String,
    /// Whose it is.
    pub client: Uuid,
}

/// What a job works out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum JobKind {
    /// The contracts that one client could have, side by side.
    Comparison,
    /// Recorded days once more, with something otherwise.
    WhatIf,
    /// Who works when.
    Schedule,
}

impl JobKind {
    /// All of them, in a fixed order.
    pub const ALL: [Self; 3] = [Self::Comparison, Self::WhatIf, Self::Schedule];

    /// The name on the wire and in the store.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Comparison => "comparison",
            Self::WhatIf => "what_if",
            Self::Schedule => "schedule",
        }
    }

    /// The kind of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// What became of a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum JobState {
    /// It is at work.
    Running,
    /// There is a result.
    Done,
    /// It could not be done; `faults` say why.
    Failed,
    /// Somebody stopped it.
    Cancelled,
    /// The server stopped before its end.
    Interrupted,
}

/// What a job is at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum JobPhase {
    /// Reads the journal; counted in its entries.
    #[default]
    Reading,
    /// Looks for the least agents; counted in floors.
    Staffing,
    /// Plays the floor again and again; counted in replications.
    Playing,
    /// Looks for a schedule; counted in seconds, of those that it may take.
    Scheduling,
}

/// How far a job is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct JobProgress {
    /// What it is at.
    pub phase: JobPhase,
    /// So much of it is done.
    pub done: u64,
    /// Of so much; 0 while that is not known.
    pub of: u64,
}

/// A job, without what came out of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct JobView {
    /// Its id.
    pub job: Uuid,
    /// What it works out.
    pub kind: JobKind,
    /// What became of it.
    pub state: JobState,
    /// Whom it is about: a client's name; empty for the whole floor.
    pub about: String,
    /// First day of what it reads, `2026-10-01`; `null` where it reads no days.
    #[serde(default)]
    pub first_day: Option<String>,
    /// Last day of it.
    #[serde(default)]
    pub last_day: Option<String>,
    /// Name of who began it.
    pub begun_by: String,
    /// When.
    pub begun: String,
    /// When it ended; `null` while it is at work.
    #[serde(default)]
    pub ended: Option<String>,
    /// How far it is; `null` when it is not at work.
    #[serde(default)]
    pub progress: Option<JobProgress>,
    /// Why it could not be done.
    pub faults: Vec<FaultView>,
}

/// `GET /api/v1/planning/jobs`: what was begun, the newest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct JobList {
    /// The jobs.
    pub jobs: Vec<JobView>,
}
