//! Recorded days once more, with something otherwise.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::JobView;
use crate::{
    admin::{
        calendars::{WeekdayName, WeeklyRangeView},
        clients::ServiceModel,
    },
    desk::ChannelKind,
};

/// What is otherwise.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum WhatIfChange {
    /// A client has another contract.
    Contract {
        /// Which client.
        client: Uuid,
        /// Which contract.
        model: ServiceModel,
        /// The pool of a shared or hybrid one.
        pool: Option<Uuid>,
        /// The team of a dedicated or hybrid one.
        team: Option<Uuid>,
        /// When the team of a hybrid one answers.
        #[serde(default)]
        team_hours: Vec<WeeklyRangeView>,
        /// After which wait the pool helps the team, in seconds; `null` for never.
        overflow_after_s: Option<u32>,
    },
    /// More or fewer agents at work.
    Agents {
        /// Of this pool.
        pool: Option<Uuid>,
        /// Or of this team.
        team: Option<Uuid>,
        /// How many more, or fewer.
        change: i32,
        /// On these days; all when empty.
        #[serde(default)]
        days: Vec<WeekdayName>,
        /// From this time of day, `22:00`.
        from: String,
        /// Until this one, which may lie on the next day.
        until: String,
    },
    /// More or fewer contacts.
    Demand {
        /// Of this client; of all when absent.
        client: Option<Uuid>,
        /// On this channel; on all when absent.
        channel: Option<ChannelKind>,
        /// So many percent of what came: 120 for a fifth more.
        percent: u16,
    },
}

/// `POST /api/v1/planning/what-ifs`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct WhatIfRequest {
    /// First recorded day, `2026-10-01`.
    pub first_day: String,
    /// Last one.
    pub last_day: String,
    /// Zone in which these are days.
    pub zone: String,
    /// What is otherwise, in this order.
    pub changes: Vec<WhatIfChange>,
    /// How often the days are played, 2 to 200.
    pub replications: u32,
    /// What the random numbers begin with.
    pub seed: u32,
}

/// `GET /api/v1/planning/what-ifs/{job}`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct WhatIfJob {
    /// The job.
    pub job: JobView,
    /// What was asked.
    pub asked: WhatIfRequest,
    /// What came out; `null` before it is done.
    #[serde(default)]
    pub result: Option<WhatIfView>,
}

/// What came out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct WhatIfView {
    /// What is otherwise, in words, as the simulator understood it.
    pub changes: Vec<String>,
    /// Contacts that came in these days.
    pub contacts: u64,
    /// Of them those of queues that no contract has any more; they are not played.
    pub left_out: u64,
    /// Contacts that had not ended when the journal did; they are in no real figure.
    pub unfinished: u64,
    /// How often it was played.
    pub replications: u32,
    /// All clients together, then each of them.
    pub clients: Vec<WhatIfClient>,
}

/// The figures of one client, or of all.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct WhatIfClient {
    /// Its name; empty for all together.
    pub name: String,
    /// Figure by figure.
    pub figures: Vec<WhatIfFigure>,
}

/// One figure: what happened, the same days played unchanged, and played otherwise.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct WhatIfFigure {
    /// `offered`, `answered`, `abandoned`, `service_level` (a share), `wait_s`, `handle_s` (seconds).
    pub figure: String,
    /// What really happened.
    #[serde(default)]
    pub real: Option<f64>,
    /// The same days, played unchanged.
    pub unchanged: Played,
    /// The same days, played otherwise; `null` when nothing was to be otherwise.
    #[serde(default)]
    pub otherwise: Option<Played>,
    /// Whether what really happened lies where 95 of 100 such stretches do, played unchanged.
    #[serde(default)]
    pub agrees: Option<bool>,
    /// Whether the two played figures differ by more than chance: their 95 % intervals do not meet.
    pub differs: bool,
}

/// A figure as it was played.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Played {
    /// Mean over the replications.
    #[serde(default)]
    pub mean: Option<f64>,
    /// Half of its 95 % interval.
    #[serde(default)]
    pub half_width_95: Option<f64>,
    /// Half of the interval in which 95 of 100 such stretches lie.
    #[serde(default)]
    pub spread_95: Option<f64>,
}
