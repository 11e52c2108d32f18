//! Schedules of shifts: who works when, drafted, looked over and published.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{admin::calendars::WeekdayName, planning::JobView};

/// How far a schedule has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ScheduleState {
    /// It is worked on, and nobody goes by it.
    Draft,
    /// People go by it.
    Published,
    /// They did, until another one took its place.
    Replaced,
}

/// A break that belongs to a kind of shift.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ShiftBreak {
    /// Its name.
    pub name: String,
    /// How long it is, in minutes.
    pub length_min: u32,
    /// It begins at the earliest so many minutes after the shift.
    pub from_min: u32,
    /// It is over at the latest so many minutes after the shift began.
    pub until_min: u32,
    /// Whether it is paid.
    pub paid: bool,
}

/// A kind of shift.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ShiftKind {
    /// Its name.
    pub name: String,
    /// It begins at this time at the earliest, `07:00`.
    pub first_start: String,
    /// And at this one at the latest.
    pub last_start: String,
    /// The planner tries a beginning every so many minutes; people may choose any step between.
    pub start_every_min: u32,
    /// How long the planner makes it, breaks included, in minutes.
    pub lengths_min: Vec<u32>,
    /// How short people may make it, in minutes.
    pub shortest_min: u32,
    /// How long.
    pub longest_min: u32,
    /// Its breaks, in their order.
    pub breaks: Vec<ShiftBreak>,
    /// On which days of the week it may begin; none for all.
    #[serde(default)]
    pub weekdays: Vec<WeekdayName>,
}

/// The rules of work that a schedule keeps.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ScheduleRules {
    /// Starts, lengths and breaks are multiples of this, in minutes: 5, 10, 15, 30 or 60.
    pub step_min: u32,
    /// The kinds of shift there are.
    pub shifts: Vec<ShiftKind>,
    /// Least time between two shifts, in minutes.
    pub night_rest_min: u32,
    /// Least paid minutes of a whole calendar week; 0 for none.
    #[serde(default)]
    pub week_min_min: u32,
    /// Most paid minutes of a calendar week.
    pub week_max_min: u32,
    /// Most days of work in a calendar week.
    pub days_max: u32,
    /// Most days of work in a row.
    pub row_max: u32,
}

/// Somebody whom a schedule is for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ScheduleAgent {
    /// The agent.
    pub agent: Uuid,
    /// Most paid minutes of their week; the rule's when absent.
    #[serde(default)]
    pub week_max_min: Option<u32>,
    /// Days of the week on which they never work.
    #[serde(default)]
    pub days_off: Vec<WeekdayName>,
    /// Days on which they are away, `2026-12-01`.
    #[serde(default)]
    pub away: Vec<String>,
}

/// Agents required in an interval.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ScheduleRequired {
    /// Its local beginning, `2026-11-30T08:00`.
    pub from: String,
    /// So many.
    pub agents: u32,
}

/// A break of a duty.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DutyBreak {
    /// It begins so many minutes after the duty.
    pub after_min: u32,
    /// How long it is, in minutes.
    pub length_min: u32,
}

/// One shift of one agent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ScheduleDuty {
    /// Who.
    pub agent: Uuid,
    /// The local day on which it begins.
    pub day: String,
    /// When, on the wall: `08:30`.
    pub start: String,
    /// From beginning to end, breaks included, in minutes that really pass.
    pub length_min: u32,
    /// The kind of shift, by its place in the rules.
    pub shift: u32,
    /// Its breaks, in the order of the kind's.
    #[serde(default)]
    pub breaks: Vec<DutyBreak>,
}

/// How good the planner's answer was when it was made.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ScheduleQuality {
    /// What it costs: paid hours, and ten for each required agent missing for an hour.
    pub value: f64,
    /// What no schedule of the same request costs less than; `null` where time ended before that was known.
    #[serde(default)]
    pub bound: Option<f64>,
    /// (value − bound) / value.
    #[serde(default)]
    pub gap: Option<f64>,
    /// How long it took, in seconds.
    pub time_used_s: f64,
    /// Time ended, or somebody stopped it, before the gap wished for was reached.
    pub ended_early: bool,
}

/// `POST /api/v1/planning/schedules` and `/plan`: what a schedule is for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ScheduleRequest {
    /// What it is called; named by its week when empty.
    #[serde(default)]
    pub title: String,
    /// First day, in the floor's zone.
    pub first_day: String,
    /// How many days, 1 to 28; a week when absent.
    #[serde(default)]
    pub days: Option<u32>,
    /// Whom it is for.
    pub agents: Vec<ScheduleAgent>,
    /// Length of an interval of what is required, in minutes.
    pub interval_min: u32,
    /// Agents required; nobody where nothing is said.
    pub required: Vec<ScheduleRequired>,
    /// The rules; the usual ones when absent.
    #[serde(default)]
    pub rules: Option<ScheduleRules>,
    /// How long to look, in seconds, 1 to 600; 30 when absent.
    #[serde(default)]
    pub time_limit_s: Option<u32>,
    /// How far from the least possible is good enough, 0 to 1; half a percent when absent.
    #[serde(default)]
    pub gap: Option<f64>,
}

/// `PUT /api/v1/planning/schedules/{schedule}`: a draft, changed by hand; `POST …/check` takes the same and
/// keeps nothing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ScheduleChange {
    /// What it is called.
    pub title: String,
    /// Everybody's duties.
    pub duties: Vec<ScheduleDuty>,
    /// The version that was changed.
    pub version: u64,
}

/// Which version somebody looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ScheduleVersion {
    /// The version.
    pub version: u64,
}

/// A rule that a schedule breaks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ScheduleFault {
    /// Whose duties; `null` where all are meant.
    #[serde(default)]
    pub agent: Option<Uuid>,
    /// A stable word for the rule: `night_rest`, `hours_max`, `breaks`, …
    pub rule: String,
    /// What is broken, where and by how much.
    pub message: String,
}

/// A step of the days.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ScheduleMoment {
    /// Its local beginning, `2026-11-30T08:00`.
    pub from: String,
    /// Agents required.
    pub required: u32,
    /// At work the whole step, not on a break.
    pub on_duty: u32,
}

/// What a schedule keeps and covers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ScheduleChecked {
    /// Every rule that is broken; nothing when it may be published.
    pub faults: Vec<ScheduleFault>,
    /// Length of a step of `cover`, in minutes.
    pub step_min: u32,
    /// Every step of the days.
    pub cover: Vec<ScheduleMoment>,
    /// Agent hours required.
    pub required_hours: f64,
    /// Agent hours on duty, breaks excluded.
    pub on_duty_hours: f64,
    /// Required agent hours that nobody covers.
    pub short_hours: f64,
    /// Paid hours.
    pub paid_hours: f64,
    /// Paid minutes of each agent.
    pub paid: Vec<SchedulePaid>,
}

/// What an agent is paid for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SchedulePaid {
    /// The agent.
    pub agent: Uuid,
    /// Minutes, in all days of the schedule.
    pub minutes: u64,
}

/// An agent of a schedule with the name that they have now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ScheduleRow {
    /// The agent.
    #[serde(flatten)]
    pub of: ScheduleAgent,
    /// Their name.
    pub name: String,
}

/// A schedule as it is listed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ScheduleLine {
    /// Its id.
    pub schedule: Uuid,
    /// What it is called.
    pub title: String,
    /// How far it has come.
    pub state: ScheduleState,
    /// First day.
    pub first_day: String,
    /// Last day.
    pub last_day: String,
    /// Zone of its days.
    pub zone: String,
    /// Name of who made it.
    pub made_by: String,
    /// When.
    pub made: String,
    /// Name of who published it.
    #[serde(default)]
    pub published_by: Option<String>,
    /// When.
    #[serde(default)]
    pub published: Option<String>,
    /// Raised by each change.
    pub version: u64,
}

/// `GET /api/v1/planning/schedules`: all of them, the latest days first, and what a new one begins with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ScheduleList {
    /// The schedules.
    pub schedules: Vec<ScheduleLine>,
    /// Zone of a new one's days.
    pub zone: String,
    /// The rules that hold where a request has none.
    pub usual: ScheduleRules,
}

/// A schedule, whole.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ScheduleView {
    /// What the list has of it.
    #[serde(flatten)]
    pub line: ScheduleLine,
    /// Whom it is for, by name.
    pub agents: Vec<ScheduleRow>,
    /// The rules.
    pub rules: ScheduleRules,
    /// Length of an interval of what is required, in minutes.
    pub interval_min: u32,
    /// Agents required.
    pub required: Vec<ScheduleRequired>,
    /// Everybody's duties.
    pub duties: Vec<ScheduleDuty>,
    /// How good the planner's answer was; `null` for one made by hand.
    #[serde(default)]
    pub quality: Option<ScheduleQuality>,
    /// What it keeps and covers.
    pub checked: ScheduleChecked,
}

/// What a schedule's job has made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ScheduleMade {
    /// The draft.
    pub schedule: Uuid,
}

/// `GET /api/v1/planning/schedules/plan/{job}`: how far it is, what was asked, and what came out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ScheduleJob {
    /// The job.
    pub job: JobView,
    /// What was asked.
    pub asked: ScheduleRequest,
    /// What came out; `null` before it is done.
    #[serde(default)]
    pub result: Option<ScheduleMade>,
}
