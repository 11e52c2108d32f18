//! Reports: intervals, contacts, and one contact's whole way.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{chat::MessageView, desk::ChannelKind, voice::CallRecordView, why::DecisionView};

/// By what a report's rows are told apart.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ReportGroup {
    /// One row for each interval and client.
    #[default]
    Client,
    /// One row for each interval and queue.
    Queue,
    /// One row for each interval and channel.
    Channel,
    /// One row for each interval and agent.
    Agent,
}

/// How long an interval of a report is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ReportLength {
    /// 15 minutes.
    #[default]
    Quarter,
    /// An hour.
    Hour,
    /// A day, from midnight to midnight in the zone.
    Day,
    /// A calendar month, likewise; a report in months may cover 24 of them.
    Month,
}

/// `GET /api/v1/reports/intervals`: figures in intervals of 15 minutes, an hour, a day or a month in the client's
/// zone (in the floor's without a client). A contact counts in the interval of its arrival; agents' time is cut at
/// the bounds. Sums of the rows are `total`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct IntervalReport {
    /// First instant.
    pub from: String,
    /// First instant after.
    pub until: String,
    /// Zone of the intervals.
    pub zone: String,
    /// How rows are told apart.
    pub group: ReportGroup,
    /// How long an interval is.
    pub length: ReportLength,
    /// Rows by interval, then by name; intervals in which nothing happened have none. At most 2,000: a file
    /// has them all.
    pub rows: Vec<IntervalRow>,
    /// How many rows were left out after those. Totals and sums are of all.
    #[serde(default)]
    pub rows_left_out: u64,
    /// The whole range, one for each of the group.
    pub totals: Vec<IntervalRow>,
    /// Every interval, its rows together, in their order; also those in which nothing happened.
    pub sums: Vec<IntervalSum>,
    /// Everything together.
    pub total: IntervalFigures,
}

/// One interval, all of its rows together.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct IntervalSum {
    /// Start of the interval, in UTC.
    pub from: String,
    /// First instant after it.
    pub until: String,
    /// Start in the zone, with its offset: `2026-11-22T09:00:00+01:00`.
    pub local: String,
    /// Figures.
    #[serde(flatten)]
    pub figures: IntervalFigures,
}

/// One interval of one client, queue, channel or agent.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct IntervalRow {
    /// Start of the interval, in UTC.
    pub from: String,
    /// First instant after it.
    pub until: String,
    /// Start in the zone, with its offset: `2026-11-22T09:00:00+01:00`.
    pub local: String,
    /// The client, queue or agent; `null` for a channel, and for an agent that a client's person sees.
    #[serde(default)]
    pub id: Option<Uuid>,
    /// The channel, where rows are by channel.
    #[serde(default)]
    pub channel: Option<ChannelKind>,
    /// Its name; for a client's people, agents by their alias; of a channel its word.
    pub name: String,
    /// Figures.
    #[serde(flatten)]
    pub figures: IntervalFigures,
}

/// Figures of an interval. Counts of contacts are of those that arrived in it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct IntervalFigures {
    /// Arrived within the hours.
    pub offered: u64,
    /// Answered.
    pub answered: u64,
    /// Answered within the threshold.
    pub answered_in_time: u64,
    /// Abandoned, short ones included.
    pub abandoned: u64,
    /// Of them within the threshold.
    pub abandoned_in_time: u64,
    /// Of them within the short-abandon limit.
    pub short_abandoned: u64,
    /// Ended as closed, or because the queue was full.
    pub turned_away: u64,
    /// Waited on as a callback.
    pub callbacks: u64,
    /// Answered by the overflow ring.
    pub overflow_answered: u64,
    /// Passed on.
    pub transferred: u64,
    /// Offers missed.
    pub missed: u64,
    /// Offers refused.
    pub refused: u64,
    /// Service level by the contract's own formula, in permille, half up; `null` without a contact.
    #[serde(default)]
    pub service_level_permille: Option<u16>,
    /// Abandoned of answered and abandoned, short ones included, in permille, half up.
    #[serde(default)]
    pub abandonment_permille: Option<u16>,
    /// Sum of the waits of the answered.
    pub wait_ms: u64,
    /// Longest wait of the answered.
    pub wait_max_ms: u64,
    /// Mean wait of the answered.
    #[serde(default)]
    pub wait_mean_ms: Option<u64>,
    /// 90th percentile of the wait of the answered.
    #[serde(default)]
    pub wait_p90_ms: Option<u64>,
    /// Time talking.
    pub talk_ms: u64,
    /// Time on hold.
    pub hold_ms: u64,
    /// Time in wrap-up.
    pub wrap_up_ms: u64,
    /// Mean handle time (talk, hold and wrap-up) of the handled.
    #[serde(default)]
    pub handle_mean_ms: Option<u64>,
    /// Agents' time signed in; by agent only.
    pub signed_in_ms: u64,
    /// Agents' time available; by agent only.
    pub available_ms: u64,
    /// Agents' time away; by agent only.
    pub away_ms: u64,
    /// Occupancy in permille; by agent only.
    #[serde(default)]
    pub occupancy_permille: Option<u16>,
}

/// How a contact stands or ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ContactState {
    /// On the floor.
    Open,
    /// Answered and over.
    Handled,
    /// The customer left.
    Abandoned,
    /// The customer left at once.
    ShortAbandoned,
    /// Outside the hours.
    Closed,
    /// The queue was full.
    QueueFull,
    /// The queue was taken away.
    QueueRemoved,
    /// The customer left a message, spoken or written.
    Voicemail,
    /// A fault of the provider's cut the call.
    Cut,
    /// Called, and never reached.
    NotReached,
    /// The promised call back was not wanted any more.
    CallbackCancelled,
}

/// A line of `GET /api/v1/reports/contacts`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ContactLine {
    /// The contact.
    pub contact: Uuid,
    /// The client.
    pub client: Uuid,
    /// Its name.
    pub client_name: String,
    /// The queue.
    pub queue: Uuid,
    /// Its name.
    pub queue_name: String,
    /// How it came.
    pub channel: ChannelKind,
    /// When it arrived.
    pub arrived: String,
    /// When it was first answered.
    #[serde(default)]
    pub answered: Option<String>,
    /// When it left the floor.
    #[serde(default)]
    pub ended: Option<String>,
    /// How it stands.
    pub state: ContactState,
    /// Wait until the first answer or the end.
    #[serde(default)]
    pub wait_ms: Option<u64>,
    /// Who took it: names for the provider, aliases for the client.
    pub agents: Vec<String>,
    /// The customer, as far as known: name, mail address, or the number of a call.
    pub customer: String,
    /// How it ended, in the client's words.
    #[serde(default)]
    pub disposition: Option<String>,
    /// Whether there is a recording of it that is still kept.
    pub recorded: bool,
}

/// `GET /api/v1/contacts/{contact}`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ContactView {
    /// The line of the list.
    pub line: ContactLine,
    /// Zone of its client, as reports and invoices show its times.
    pub zone: String,
    /// What happened to it, oldest first.
    pub timeline: Vec<TimelineEntry>,
    /// Why it was offered to whom; not for the client's people.
    pub decisions: Vec<DecisionView>,
    /// What was written. Reading it is noted in the audit log.
    pub messages: Vec<MessageView>,
    /// Notes left at wrap-up; not for the client's people.
    pub notes: Vec<String>,
    /// The call, when it was one, with its recordings for those who may hear them.
    #[serde(default)]
    pub call: Option<CallRecordView>,
}

/// One thing that happened to a contact.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TimelineEntry {
    /// When.
    pub at: String,
    /// Stable name: `arrived`, `offered`, `answered`, `ended`.
    pub event: String,
    /// In words.
    pub text: String,
    /// Stable code of the words, finer than the event: `offer_missed`.
    pub code: String,
    /// What the words filled in, for saying them in another language.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub args: Vec<String>,
    /// The agent concerned, by name or alias.
    #[serde(default)]
    pub agent: Option<String>,
}
