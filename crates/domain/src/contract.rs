//! The contract: one dated, versioned object between the provider and a client.
//!
//! Routing, greeting, service-level clocks, reports, simulator and invoice all read it; none of
//! them has settings of its own beside it. A hybrid contract is a contract with several
//! [`Period`]s, of which some are shared and some dedicated.

mod control;
mod diff;
mod known;
mod periods;
mod validate;

pub use control::Controlled;
pub use diff::Change;
pub use known::Known;
pub use periods::{Model, compile_periods, model};

use serde::{Deserialize, Serialize};

use crate::{
    CalendarId, ClientId, DispositionId, Language, PoolId, QueueId, SiteId, SkillId, TeamId,
    Timestamp, calendar::WeeklyRange, tariff::Tariff,
};

/// What may come in.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    minicbor::Encode,
    minicbor::Decode,
)]
#[serde(rename_all = "snake_case")]
#[cbor(index_only)]
pub enum Channel {
    /// A telephone call.
    #[n(0)]
    Voice,
    /// A chat with somebody who waits at the other end.
    #[n(1)]
    Chat,
    /// A mail.
    #[n(2)]
    Mail,
    /// SMS and messaging, where nobody waits at the other end.
    #[n(3)]
    Message,
    /// A call back that was promised.
    #[n(4)]
    Callback,
}

impl Channel {
    /// All of them, in a fixed order.
    pub const ALL: [Self; 5] = [Self::Voice, Self::Chat, Self::Mail, Self::Message, Self::Callback];

    /// Whether an agent needs a phone for it. Nobody has two of these in hand at once.
    pub const fn is_by_phone(self) -> bool {
        matches!(self, Self::Voice | Self::Callback)
    }
}

/// The contract in force between the provider and one client.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contract {
    /// The client.
    pub client: ClientId,
    /// Counts from 1 for each client; the version travels with every decision and figure.
    pub version: u32,
    /// From when it holds. A newer version with a later date waits for its date.
    pub valid_from: Timestamp,
    /// Zone of the client: periods, reports and tariff change in it. IANA, such as `Europe/Paris`.
    pub zone: String,
    /// Hours in which contacts are taken at all; outside them the `closed` rule applies.
    pub hours: CalendarId,
    /// Periods of the week; together they cover it, and no two overlap.
    pub periods: Vec<Period>,
    /// What may come in, and what it asks of an agent.
    pub queues: Vec<Queue>,
    /// Languages that the client's customers may be served in; the first is the default.
    pub languages: Vec<Language>,
    /// Sites that may take this client's contacts; `None` for any.
    #[serde(default)]
    pub sites_allowed: Option<Vec<SiteId>>,
    /// What happens outside the hours.
    pub closed: ClosedRule,
    /// How contacts may end, offered to the agent at wrap-up.
    #[serde(default)]
    pub dispositions: Vec<Disposition>,
    /// How long what is said and written is kept, in days.
    pub retention_days: u32,
    /// A recording may pause for so long, such as while card data are told; then the desk and the board
    /// raise an alarm. In seconds.
    #[serde(default = "pause_max_s")]
    pub pause_max_s: u32,
    /// What it costs, from the contract's own date on. `None` until it is agreed; nothing is billed
    /// without it.
    #[serde(default)]
    pub tariff: Option<Tariff>,
}

/// Long enough for a card number read out twice.
pub const PAUSE_MAX_S: u32 = 120;

const fn pause_max_s() -> u32 {
    PAUSE_MAX_S
}

/// A part of the week with its own service, promise and control.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Period {
    /// What people call it: `Office hours`.
    pub name: String,
    /// When it holds, in the contract's zone.
    pub when: PeriodHours,
    /// Who may answer.
    pub service: Service,
    /// What is promised to the client.
    pub promise: ServicePromise,
    /// Played or shown only when nobody is free; `None` for none.
    #[serde(default)]
    pub peak_greeting: Option<PeakGreeting>,
    /// Who else may answer when it takes too long; `None` for nobody, ever.
    #[serde(default)]
    pub overflow: Option<Overflow>,
    /// What happens to a waiting contact when no agent that may answer is signed in.
    pub nobody_on_shift: NobodyOnShift,
    /// Talk longer than this is flagged to the lead (5 minutes in shared contracts); `None` for no limit.
    #[serde(default)]
    pub call_limit_s: Option<u32>,
    /// Who changes protocol, routing and promises.
    pub control: Control,
}

/// When a period holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum PeriodHours {
    /// The whole week; then it is the only period.
    Always,
    /// These hours of each week.
    Weekly {
        /// The ranges.
        weekly: Vec<WeeklyRange>,
    },
    /// All hours that no other period claims; at most one of these.
    Otherwise,
}

/// Who may answer in a period.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Service {
    /// Agents of these pools, if signed off for the client.
    Shared {
        /// The pools, all alike.
        pools: Vec<PoolId>,
    },
    /// The client's own team; nobody else, unless the overflow rule says so.
    Dedicated {
        /// The team.
        team: TeamId,
    },
}

/// Opens further pools to a contact that waits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Overflow {
    /// After this wait; `None` for never by time.
    #[serde(default)]
    pub after_s: Option<u32>,
    /// When the projected service level of the queue falls under this share, in percent.
    #[serde(default)]
    pub below_projected_percent: Option<u8>,
    /// The pools that open.
    pub pools: Vec<PoolId>,
}

/// The promise of a period: what share is answered within what time, by which formula.
#[derive(
    Clone, Debug, PartialEq, Eq, Serialize, Deserialize, minicbor::Encode, minicbor::Decode,
)]
pub struct ServicePromise {
    /// Answered within this many seconds counts as in time.
    #[n(0)]
    pub threshold_s: u32,
    /// The share promised, in percent.
    #[n(1)]
    pub target_percent: u8,
    /// What is divided by what.
    #[n(2)]
    pub formula: ServiceLevelFormula,
    /// Where the clock starts.
    #[n(3)]
    pub clock: ClockStart,
    /// An abandon after at most this wait is a short abandon.
    #[n(4)]
    pub short_abandon_s: u32,
}

/// The variants of the service level in use in the trade. A is answered, B abandoned, T the
/// threshold, S the short-abandon limit.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Hash,
    Serialize,
    Deserialize,
    minicbor::Encode,
    minicbor::Decode,
)]
#[serde(rename_all = "snake_case")]
#[cbor(index_only)]
pub enum ServiceLevelFormula {
    /// (A within T + B within T) / (A + B).
    #[n(0)]
    AnsweredOrAbandonedInTime,
    /// A within T / A. Hides abandons; for comparison with other systems only.
    #[n(1)]
    OfAnswered,
    /// A within T / (A + B).
    #[n(2)]
    OfOffered,
    /// A within T / (A + B after T). Neutral to early hang-ups.
    #[n(3)]
    ExcludingAbandonedInTime,
    /// (A within T + B within S) / (A + B).
    #[n(4)]
    ShortAbandonsInTime,
    /// A within T / (A + B − B within S).
    #[n(5)]
    ExcludingShortAbandons,
}

impl ServiceLevelFormula {
    /// All of them, in a fixed order.
    pub const ALL: [Self; 6] = [
        Self::AnsweredOrAbandonedInTime,
        Self::OfAnswered,
        Self::OfOffered,
        Self::ExcludingAbandonedInTime,
        Self::ShortAbandonsInTime,
        Self::ExcludingShortAbandons,
    ];

    /// Its stable name, as in a contract's JSON and in the glossary.
    pub const fn name(self) -> &'static str {
        match self {
            Self::AnsweredOrAbandonedInTime => "answered_or_abandoned_in_time",
            Self::OfAnswered => "of_answered",
            Self::OfOffered => "of_offered",
            Self::ExcludingAbandonedInTime => "excluding_abandoned_in_time",
            Self::ShortAbandonsInTime => "short_abandons_in_time",
            Self::ExcludingShortAbandons => "excluding_short_abandons",
        }
    }
}

/// Where the clock of the promise starts.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Hash,
    Serialize,
    Deserialize,
    minicbor::Encode,
    minicbor::Decode,
)]
#[serde(rename_all = "snake_case")]
#[cbor(index_only)]
pub enum ClockStart {
    /// At the first ring, so that every automatic message counts as waiting. For a chat, when the
    /// customer's first message or request arrives.
    #[n(0)]
    FirstRing,
    /// When the contact enters the queue, after menus and greetings that come before it.
    #[n(1)]
    QueueEntry,
}

/// Words that a customer hears or reads when nobody is free. Never restarts the wait.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PeakGreeting {
    /// The words, by language; the contract's first language must be there.
    pub text: Vec<LocalisedText>,
    /// How long it takes to say, for channels that are spoken, in seconds.
    pub length_s: u32,
}

/// A text in one language.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LocalisedText {
    /// The language.
    pub language: Language,
    /// The text.
    pub text: String,
}

/// What happens to a waiting contact when nobody who may answer is signed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum NobodyOnShift {
    /// It keeps its place and waits for the next shift.
    WaitForNextShift,
    /// It opens to the overflow pools at once.
    Overflow,
    /// The customer is told, and the contact ends as `closed` with its message kept as work.
    Close,
}

/// What happens to a contact that arrives outside the hours.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum ClosedRule {
    /// The customer is told and may leave a message, which becomes work at the next opening.
    Message {
        /// The words, by language.
        text: Vec<LocalisedText>,
    },
    /// The contact waits for the next opening and keeps its place.
    Wait {
        /// The words, by language.
        text: Vec<LocalisedText>,
    },
}

/// Who changes protocol, routing and promises of a period.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Control {
    /// The provider; the client proposes, the provider approves.
    Provider,
    /// The client itself.
    Client,
}

/// One kind of request of a client: on which channels it comes and what it asks of an agent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Queue {
    /// Its id; stays the same from version to version.
    pub id: QueueId,
    /// Its name: `Support`.
    pub name: String,
    /// Channels it is open to.
    pub channels: Vec<Channel>,
    /// The words an agent says or writes first, by language.
    pub greeting: Vec<LocalisedText>,
    /// The client's protocol text for this kind of request, shown beside the contact.
    #[serde(default)]
    pub protocol: String,
    /// Skills asked.
    #[serde(default)]
    pub skills: Vec<SkillAsk>,
    /// Whether the agent must speak the contact's language; otherwise it is preferred.
    pub language_required: bool,
    /// Head start over contacts of priority 0, in minutes: `5` is served as if it had arrived five
    /// minutes earlier. Ageing is thereby built in and nobody starves.
    #[serde(default)]
    pub head_start_min: u16,
    /// How an agent is chosen among the eligible.
    #[serde(default)]
    pub selection: Selection,
    /// The same agent as last time; `None` for no preference. A lead who took a contact over stands in for
    /// its agent, whose the customer stays.
    #[serde(default)]
    pub sticky: Option<Sticky>,
    /// How long an offer rings before it counts as missed.
    pub offer_timeout_s: u32,
    /// Work after the contact.
    pub wrap_up: WrapUpRule,
    /// Whether customers are told their position; if so, no later contact passes them.
    #[serde(default)]
    pub announce_position: bool,
    /// At most this many contacts wait; the next is told so and may leave a message.
    pub waiting_max: u32,
}

/// A skill asked of the agent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SkillAsk {
    /// The skill.
    pub skill: SkillId,
    /// Least level, 1 to 10.
    pub level: u8,
    /// When the ask relaxes: after this wait the level drops to `relaxed_level`. `None` for never.
    #[serde(default)]
    pub relax_after_s: Option<u32>,
    /// Level after relaxing; 0 drops the ask.
    #[serde(default)]
    pub relaxed_level: u8,
}

/// How an agent is chosen among the eligible and free. Ties: then lowest agent id.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    Serialize,
    Deserialize,
    minicbor::Encode,
    minicbor::Decode,
)]
#[serde(rename_all = "snake_case")]
#[cbor(index_only)]
pub enum Selection {
    /// Least work in hand, then longest idle since last *handled* work (a missed offer does not count).
    #[default]
    #[n(0)]
    LongestIdle,
    /// Highest sum of levels in the skills asked, then as `LongestIdle`.
    #[n(1)]
    ProficiencyFirst,
}

/// Prefer the agent who served this customer last.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, minicbor::Encode, minicbor::Decode,
)]
pub struct Sticky {
    /// If that was at most this many hours ago.
    #[n(0)]
    pub within_hours: u16,
    /// Wait this long for that agent before anyone else is asked; 0 takes them only when free at once.
    #[n(1)]
    pub wait_s: u32,
}

/// The state after the contact in which the agent finishes the work.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, minicbor::Encode, minicbor::Decode,
)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum WrapUpRule {
    /// None: the agent is free at once.
    #[n(0)]
    None,
    /// A fixed time; may be ended early, and extended by `extend_s` up to `extensions_max` times.
    #[n(1)]
    Fixed {
        /// Length in seconds.
        #[n(0)]
        seconds: u32,
        /// Each extension in seconds.
        #[n(1)]
        extend_s: u32,
        /// How many extensions.
        #[n(2)]
        extensions_max: u8,
    },
    /// Until the agent says done.
    #[n(2)]
    UntilDone,
}

/// How a contact ended, in the client's words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Disposition {
    /// Its id; stays the same from version to version.
    pub id: DispositionId,
    /// What the agent reads: `Order taken`.
    pub label: String,
}
