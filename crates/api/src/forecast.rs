//! What the coming days will bring, and how many agents that needs.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::desk::ChannelKind;

/// A forecast with the history that it was made from, and how methods did on the days held back.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct DemandForecast {
    /// Whose contacts; nothing for all clients together, or for a file.
    pub client: Option<Uuid>,
    /// Of which channel; nothing for all of them.
    pub channel: Option<ChannelKind>,
    /// Name of the file that it was made from; nothing for the floor's own journal.
    pub file: Option<String>,
    /// Zone of all local times; nothing for a file, whose times have none.
    pub zone: Option<String>,
    /// Length of an interval, in seconds.
    pub interval_s: u32,
    /// Share of the outcomes that `low` to `high` shall hold.
    pub coverage: f64,
    /// The method that was chosen; `profile` where there was too little history.
    pub method: String,
    /// Days held back to judge the methods on.
    pub held_back_days: u32,
    /// How all methods did, the best first.
    pub judged: Vec<ForecastJudged>,
    /// What was recorded, day by day.
    pub history: Vec<ForecastDay>,
    /// Days that were left out.
    pub left_out: Vec<ForecastLeftOut>,
    /// The intervals to come in which contacts are taken.
    pub slots: Vec<ForecastSlot>,
    /// How the handle times were made; nothing where none were recorded.
    pub handle: Option<ForecastHandle>,
    /// How long people wait before they leave, on average: waits of all over those who left. Nothing
    /// where fewer than 20 left.
    pub patience_s: Option<f64>,
    /// Days unlike others among those recorded and those to come.
    pub special_days: Vec<SpecialDay>,
}

/// How one method did on the days held back.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ForecastJudged {
    /// The method.
    pub method: String,
    /// Absolute errors of the intervals summed, over the contacts (WAPE); nothing when it could not say
    /// every day held back.
    pub wape: Option<f64>,
    /// The same of whole days.
    pub wape_of_days: Option<f64>,
}

/// A recorded day.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ForecastDay {
    /// The day, `YYYY-MM-DD`.
    pub day: String,
    /// Contacts of its intervals, from midnight on.
    pub counts: Vec<f64>,
}

/// A day that was left out, and why.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ForecastLeftOut {
    /// The day.
    pub day: String,
    /// Why.
    pub why: String,
}

/// An interval to come.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ForecastSlot {
    /// Its local beginning, `2026-11-30T08:00`.
    pub from: String,
    /// Contacts expected.
    pub contacts: f64,
    /// The interval of prediction: from here …
    pub low: f64,
    /// … to here.
    pub high: f64,
    /// Mean handle time, in seconds.
    pub handle_s: Option<f64>,
    /// Threshold of the promise in force then, in seconds.
    pub threshold_s: Option<u32>,
    /// Share promised, in percent.
    pub target_percent: Option<u8>,
}

/// How handle times were made.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ForecastHandle {
    /// The method that was chosen.
    pub method: String,
    /// Days held back to judge the methods on.
    pub held_back_days: u32,
    /// How all methods did, the best first; `wape_of_days` is not judged.
    pub judged: Vec<ForecastJudged>,
    /// Mean over all that was recorded, in seconds.
    pub mean_s: f64,
}

/// A day that is unlike others of its weekday.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SpecialDay {
    /// The day, `YYYY-MM-DD`.
    pub day: String,
    /// Its name: days of one name are taken to be alike, and what they brought before is learned.
    pub name: String,
    /// How many times the usual contacts, 0 for closed; nothing for what days of its name brought.
    #[serde(default)]
    pub factor: Option<f64>,
    /// For this client only; nothing for everybody.
    #[serde(default)]
    pub client: Option<Uuid>,
    /// It comes from the client's calendar and is changed there.
    #[serde(default)]
    pub of_calendar: bool,
}

/// All special days that somebody has written down.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SpecialDays {
    /// The days.
    pub days: Vec<SpecialDay>,
    /// Raised by each change.
    pub version: u64,
}

/// What is to be staffed, and for which promise.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct StaffingRequest {
    /// Length of an interval, in seconds.
    pub interval_s: u32,
    /// The intervals, in their order.
    pub intervals: Vec<StaffingAsked>,
    /// Share that is not at work though paid, from 0 to less than 1.
    pub shrinkage: f64,
    /// At most this share of the agents' time is busy; nothing for no limit.
    #[serde(default)]
    pub max_occupancy: Option<f64>,
    /// Mean patience in seconds; nothing for people who never leave.
    #[serde(default)]
    pub patience_s: Option<f64>,
}

/// One interval that is to be staffed.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct StaffingAsked {
    /// Its local beginning, `2026-11-30T08:00`.
    pub from: String,
    /// Contacts in it.
    pub contacts: f64,
    /// Mean handle time, in seconds.
    pub handle_s: f64,
    /// Threshold of the promise, in seconds.
    pub threshold_s: f64,
    /// Share promised, from 0 to less than 1.
    pub target: f64,
    /// Agents who will be at work, if that is known: what they make of it is told.
    #[serde(default)]
    pub on_duty: Option<u32>,
}

/// Agents by interval.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct StaffingView {
    /// In the order in which they were asked for.
    pub intervals: Vec<StaffingInterval>,
    /// Agent hours required, without shrinkage.
    pub required_hours: f64,
    /// Agent hours to be scheduled.
    pub scheduled_hours: f64,
}

/// Agents of one interval. Shares from 0 to 1.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct StaffingInterval {
    /// Its local beginning.
    pub from: String,
    /// Contacts × handle time, per second.
    pub load_erlangs: f64,
    /// Least agents at work with which the promise is kept; 0 where nobody comes.
    pub required_agents: u32,
    /// Least agents on the roster for that.
    pub scheduled_agents: u32,
    /// Service level with the required agents.
    pub service_level: f64,
    /// With one less.
    pub service_level_with_one_less: f64,
    /// Share of the required agents' time that is busy.
    pub occupancy: f64,
    /// Mean wait of the answered with the required agents, in seconds.
    pub wait_s: f64,
    /// Service level with the agents on duty, where these were given.
    pub service_level_on_duty: Option<f64>,
    /// Their occupancy.
    pub occupancy_on_duty: Option<f64>,
}
