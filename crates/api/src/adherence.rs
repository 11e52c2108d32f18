//! Adherence: whether agents are where their published schedule says.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::desk::AgentStateView;

/// What a schedule says that an agent does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ScheduledActivity {
    /// Takes contacts.
    Work,
    /// Is on a break of the shift.
    Break,
}

/// An agent who is scheduled now.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct AdherenceNow {
    /// The agent.
    pub agent: Uuid,
    /// Their name.
    pub name: String,
    /// What is scheduled.
    pub activity: ScheduledActivity,
    /// Since when.
    pub from: String,
    /// Until when.
    pub until: String,
    /// The state they are in; `null` when they are not signed in.
    #[serde(default)]
    pub state: Option<AgentStateView>,
    /// Since when the state does not fit; `null` when it does.
    #[serde(default)]
    pub out_since: Option<String>,
}

/// `GET /api/v1/board/adherence`: everybody who is scheduled now, whoever is out of adherence longest first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct AdherenceBoard {
    /// When it was looked at.
    pub at: String,
    /// Whether any schedule is published for today.
    pub published: bool,
    /// Those who are scheduled now.
    pub agents: Vec<AdherenceNow>,
}

/// An agent's day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AdherenceRow {
    /// The agent.
    pub agent: Uuid,
    /// Their name.
    pub name: String,
    /// Scheduled time, as far as it is over, in seconds.
    pub planned_s: u64,
    /// Of it in a state that fits.
    pub fitting_s: u64,
    /// Scheduled work that was missed.
    pub missed_work_s: u64,
    /// Scheduled breaks that were worked, or spent otherwise.
    pub missed_break_s: u64,
    /// Time that fits / scheduled time, in permille; `null` where nothing is over yet.
    #[serde(default)]
    pub adherence_permille: Option<u16>,
}

/// `GET /api/v1/reports/adherence`: a day against its published schedule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AdherenceDay {
    /// The day, in the floor's zone.
    pub day: String,
    /// That zone.
    pub zone: String,
    /// Whether any schedule is published for it.
    pub published: bool,
    /// Everybody who is scheduled, by name.
    pub agents: Vec<AdherenceRow>,
    /// All of them together.
    #[serde(default)]
    pub adherence_permille: Option<u16>,
}

/// One of an agent's own shifts to come.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct OwnShift {
    /// The local day on which it begins.
    pub day: String,
    /// When it begins.
    pub from: String,
    /// When it ends.
    pub until: String,
    /// Its name.
    pub shift: String,
    /// Its breaks.
    pub breaks: Vec<OwnBreak>,
}

/// A break of an own shift.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct OwnBreak {
    /// Its name.
    pub name: String,
    /// When it begins.
    pub from: String,
    /// When it ends.
    pub until: String,
}

/// `GET /api/v1/desk/shifts`: the agent's own next shifts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct OwnShifts {
    /// Zone of the days.
    pub zone: String,
    /// The shifts of the next days, the one at hand first.
    pub shifts: Vec<OwnShift>,
}
