//! The contract on the wire.
//!
//! Times, zones, languages and currencies are text here, so that a form with ten mistakes is told
//! of all ten. Meaning and units are those of the domain's contract.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{calendars::WeeklyRangeView, clients::ServiceModel, tariff::TariffTerms};
use crate::{desk::ChannelKind, error::FaultView};

/// What is agreed, without number and date.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ContractTerms {
    /// IANA zone: periods, reports and tariff change in it.
    pub zone: String,
    /// Calendar of the hours in which contacts are taken at all.
    pub hours: Uuid,
    /// Periods of the week; together they cover it, and no two overlap.
    pub periods: Vec<PeriodTerms>,
    /// Kinds of request.
    pub queues: Vec<QueueTerms>,
    /// Languages of the client's customers; the first is the default.
    pub languages: Vec<String>,
    /// Sites that may take this client's contacts; `null` for any.
    #[serde(default)]
    pub sites_allowed: Option<Vec<Uuid>>,
    /// What happens outside the hours.
    pub closed: ClosedTerms,
    /// How contacts may end.
    #[serde(default)]
    pub dispositions: Vec<DispositionTerms>,
    /// How long what is said and written is kept, in days.
    pub retention_days: u32,
    /// A recording may pause for so long, in seconds; then the desk and the board raise an alarm.
    #[serde(default = "pause_max_s")]
    pub pause_max_s: u32,
    /// What it costs; `null` until it is agreed.
    #[serde(default)]
    pub tariff: Option<TariffTerms>,
}

const fn pause_max_s() -> u32 {
    domain::contract::PAUSE_MAX_S
}

/// A part of the week with its own service, promise and control.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PeriodTerms {
    /// What people call it.
    pub name: String,
    /// When it holds.
    pub when: PeriodWhen,
    /// Who may answer.
    pub service: ServiceTerms,
    /// What is promised.
    pub promise: PromiseTerms,
    /// Words when nobody is free; `null` for none.
    #[serde(default)]
    pub peak_greeting: Option<PeakGreetingTerms>,
    /// Who else may answer when it takes too long; `null` for nobody, ever.
    #[serde(default)]
    pub overflow: Option<OverflowTerms>,
    /// What happens to waiting contacts when no agent who may answer is signed in.
    pub nobody_on_shift: NobodyOnShiftChoice,
    /// Talk longer than this is flagged, in seconds; `null` for no limit.
    #[serde(default)]
    pub call_limit_s: Option<u32>,
    /// Who changes protocol, routing and promises.
    pub control: ControlChoice,
}

/// When a period holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum PeriodWhen {
    /// The whole week; then it is the only period.
    Always,
    /// These hours of each week.
    Weekly {
        /// The ranges.
        weekly: Vec<WeeklyRangeView>,
    },
    /// All hours that no other period claims; at most one of these.
    Otherwise,
}

/// Who may answer in a period.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum ServiceTerms {
    /// Agents of these pools, if signed off for the client.
    Shared {
        /// The pools.
        pools: Vec<Uuid>,
    },
    /// The client's own team.
    Dedicated {
        /// The team.
        team: Uuid,
    },
}

/// The promise of a period.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PromiseTerms {
    /// Answered within this many seconds counts as in time.
    pub threshold_s: u32,
    /// The share promised, in percent.
    pub target_percent: u8,
    /// What is divided by what.
    pub formula: FormulaChoice,
    /// Where the clock starts.
    pub clock: ClockChoice,
    /// An abandon after at most this wait, in seconds, is a short abandon.
    pub short_abandon_s: u32,
}

/// The variants of the service level. A is answered, B abandoned, T the threshold, S the
/// short-abandon limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum FormulaChoice {
    /// (A within T + B within T) / (A + B).
    AnsweredOrAbandonedInTime,
    /// A within T / A.
    OfAnswered,
    /// A within T / (A + B).
    OfOffered,
    /// A within T / (A + B after T).
    ExcludingAbandonedInTime,
    /// (A within T + B within S) / (A + B).
    ShortAbandonsInTime,
    /// A within T / (A + B − B within S).
    ExcludingShortAbandons,
}

/// Where the clock of the promise starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ClockChoice {
    /// At the first ring: automatic messages count as waiting.
    FirstRing,
    /// When the contact enters the queue.
    QueueEntry,
}

/// Words that a customer hears or reads when nobody is free.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PeakGreetingTerms {
    /// The words, by language.
    pub text: Vec<LocalisedTextView>,
    /// How long it takes to say, in seconds.
    pub length_s: u32,
}

/// A text in one language.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct LocalisedTextView {
    /// The language, such as `fr`.
    pub language: String,
    /// The text.
    pub text: String,
}

/// Opens further pools to a contact that waits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct OverflowTerms {
    /// After this wait, in seconds; `null` for never by time.
    #[serde(default)]
    pub after_s: Option<u32>,
    /// When the projected service level falls under this percentage.
    #[serde(default)]
    pub below_projected_percent: Option<u8>,
    /// The pools that open.
    pub pools: Vec<Uuid>,
}

/// What happens to a waiting contact when nobody who may answer is signed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum NobodyOnShiftChoice {
    /// It keeps its place and waits for the next shift.
    WaitForNextShift,
    /// It opens to the overflow pools at once.
    Overflow,
    /// The customer is told, and the message is kept as work.
    Close,
}

/// What happens to a contact that arrives outside the hours.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum ClosedTerms {
    /// The customer is told and may leave a message.
    Message {
        /// The words, by language.
        text: Vec<LocalisedTextView>,
    },
    /// The contact waits for the opening and keeps its place.
    Wait {
        /// The words, by language.
        text: Vec<LocalisedTextView>,
    },
}

/// Who changes protocol, routing and promises of a period.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ControlChoice {
    /// The provider.
    Provider,
    /// The client itself.
    Client,
}

/// One kind of request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct QueueTerms {
    /// Its id; made by whoever adds the queue, stays the same from version to version.
    pub id: Uuid,
    /// Its name.
    pub name: String,
    /// Channels it is open to.
    pub channels: Vec<ChannelKind>,
    /// The words an agent says or writes first, by language.
    pub greeting: Vec<LocalisedTextView>,
    /// Protocol text shown beside the contact.
    #[serde(default)]
    pub protocol: String,
    /// Skills asked.
    #[serde(default)]
    pub skills: Vec<SkillAskTerms>,
    /// Whether the agent must speak the contact's language.
    pub language_required: bool,
    /// Head start over contacts of priority 0, in minutes.
    #[serde(default)]
    pub head_start_min: u16,
    /// How an agent is chosen.
    pub selection: SelectionChoice,
    /// The same agent as last time; `null` for no preference.
    #[serde(default)]
    pub sticky: Option<StickyTerms>,
    /// How long an offer rings, in seconds.
    pub offer_timeout_s: u32,
    /// Work after the contact.
    pub wrap_up: WrapUpTerms,
    /// Whether customers are told their position.
    #[serde(default)]
    pub announce_position: bool,
    /// At most this many contacts wait.
    pub waiting_max: u32,
}

/// A skill asked of the agent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SkillAskTerms {
    /// The skill.
    pub skill: Uuid,
    /// Least level, 1 to 10.
    pub level: u8,
    /// After this wait, in seconds, the level drops to `relaxed_level`; `null` for never.
    #[serde(default)]
    pub relax_after_s: Option<u32>,
    /// Level after relaxing; 0 drops the ask.
    #[serde(default)]
    pub relaxed_level: u8,
}

/// How an agent is chosen among the eligible and free.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SelectionChoice {
    /// Least work in hand, then longest idle.
    LongestIdle,
    /// Highest levels in the skills asked first.
    ProficiencyFirst,
}

/// Prefer the agent who served this customer last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct StickyTerms {
    /// If that was at most this many hours ago.
    pub within_hours: u16,
    /// Wait this many seconds for that agent.
    pub wait_s: u32,
}

/// The state after the contact in which the agent finishes the work.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum WrapUpTerms {
    /// None.
    None,
    /// A fixed time.
    Fixed {
        /// Length in seconds.
        seconds: u32,
        /// Each extension in seconds.
        extend_s: u32,
        /// How many extensions.
        extensions_max: u8,
    },
    /// Until the agent says done.
    UntilDone,
}

/// How a contact may end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DispositionTerms {
    /// Its id; stays the same from version to version.
    pub id: Uuid,
    /// What the agent reads.
    pub label: String,
}

/// A published version of a contract.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ContractView {
    /// The client.
    pub client: Uuid,
    /// Counts from 1.
    pub version: u32,
    /// From when it holds.
    pub valid_from: String,
    /// Shared, dedicated or hybrid.
    pub model: ServiceModel,
    /// Who published it.
    pub author: String,
    /// What they said about it.
    pub note: String,
    /// When it was published.
    pub published: String,
    /// It is in force now.
    pub in_force: bool,
    /// What is agreed.
    pub terms: ContractTerms,
}

/// A line of a contract's history. A client's people see who of their own wrote it and what they said;
/// both are empty for what the provider's people wrote.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ContractLine {
    /// Counts from 1.
    pub version: u32,
    /// From when it holds.
    pub valid_from: String,
    /// Shared, dedicated or hybrid.
    pub model: ServiceModel,
    /// Who published it.
    pub author: String,
    /// What they said about it.
    pub note: String,
    /// When it was published.
    pub published: String,
    /// It is in force now.
    pub in_force: bool,
}

/// `GET /api/v1/clients/{client}/contract-draft`: the work in progress. Without one, it starts from
/// the newest version, or from a proposal for a new client, with `version` 0.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ContractDraft {
    /// Version of the draft, for a change; 0 when nothing is saved yet.
    pub version: u64,
    /// The published version it started from; `null` for a new client.
    #[serde(default)]
    pub based_on: Option<u32>,
    /// The terms.
    pub terms: ContractTerms,
    /// What would stand in the way of publishing it.
    pub faults: Vec<FaultView>,
}

/// `PUT /api/v1/clients/{client}/contract-draft`. A draft may have faults; they come back with it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SaveDraft {
    /// Version of the draft this was made from; 0 for the first.
    pub version: u64,
    /// The terms.
    pub terms: ContractTerms,
}

/// `POST /api/v1/clients/{client}/contracts/validate`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ValidateContract {
    /// The terms.
    pub terms: ContractTerms,
}

/// All faults of the terms; none when they can be published.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ContractVerdict {
    /// No fault.
    pub valid: bool,
    /// The faults.
    pub faults: Vec<FaultView>,
    /// Shared, dedicated or hybrid, as far as it can be told.
    #[serde(default)]
    pub model: Option<ServiceModel>,
}

/// `POST /api/v1/clients/{client}/contracts`: publishes terms as the next version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PublishContract {
    /// The newest published version this was made from; 0 when there is none.
    pub based_on: u32,
    /// From when it holds, RFC 3339; `null` for now. Never in the past.
    #[serde(default)]
    pub valid_from: Option<String>,
    /// What changes and why, for the history.
    #[serde(default)]
    pub note: String,
    /// The terms.
    pub terms: ContractTerms,
}

/// `GET /api/v1/clients/{client}/contracts/diff?from=1&to=2` (`to=draft` for the draft).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ContractDiff {
    /// `1`, or `draft`.
    pub from: String,
    /// `2`, or `draft`.
    pub to: String,
    /// What differs.
    pub changes: Vec<ContractChange>,
}

/// One difference.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ContractChange {
    /// Path into the terms; periods, queues and dispositions by their names.
    pub field: String,
    /// Value before; `null` when it was not there.
    pub before: serde_json::Value,
    /// Value after; `null` when it is gone.
    pub after: serde_json::Value,
}
