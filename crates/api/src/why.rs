//! Why a contact waits, and why it was offered to whom. Each answer comes twice: as English
//! sentences, and as the facts from which a screen makes sentences in its reader's language.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// `GET /api/v1/board/contacts/{contact}/why`: why this contact waits, or went where it went.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct WhyView {
    /// The answer in English sentences.
    pub sentence: String,
    /// How it stands.
    pub stand: WhyStand,
    /// Who may answer it, while it waits for somebody.
    #[serde(default)]
    pub who: Option<WhyWho>,
    /// When the hours begin that it waits for, if the calendar has any in sight.
    #[serde(default)]
    pub opens: Option<String>,
    /// Agents who could not, counted by reason, most first.
    pub reasons: Vec<WhyReason>,
    /// Agents named one by one.
    pub agents: Vec<WhyAgent>,
    /// Contacts ahead of it.
    #[serde(default)]
    pub ahead: Option<u32>,
    /// What changes next by itself, and when.
    #[serde(default)]
    pub next: Option<WhyNext>,
    /// A call back was promised and can be taken back.
    pub callback: bool,
    /// The decisions about it so far, oldest first.
    pub decisions: Vec<DecisionView>,
}

/// How a contact stands that somebody asks about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum WhyStand {
    /// It waits for an agent.
    Waits,
    /// It came outside the hours and waits for them.
    WaitsForOpening,
    /// It waits, and is looked at again this moment.
    LookedAt,
    /// It rings at an agent.
    Rings,
    /// It is with an agent.
    Talks,
    /// It is with an agent, on hold.
    Holds,
    /// It was passed on to somebody outside.
    Outside,
    /// It has left the floor; only its wrap-up goes on.
    Left,
}

/// Who may answer a waiting contact, and what they do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct WhyWho {
    /// The client's team, by name, when it is asked.
    #[serde(default)]
    pub team: Option<String>,
    /// The pools that are asked, by name.
    pub pools: Vec<String>,
    /// The period of the contract in force, by name.
    #[serde(default)]
    pub period: Option<String>,
    /// How that period is served.
    #[serde(default)]
    pub service: Option<ServiceKind>,
    /// Agents who fit and are signed in; none of them is free.
    pub staffed: u32,
    /// The agent it is kept for, who served the customer last.
    #[serde(default)]
    pub kept_for: Option<String>,
    /// The overflow is open.
    pub overflow_open: bool,
}

/// How a period of a contract is served.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ServiceKind {
    /// By pools that serve several clients.
    Shared,
    /// By a team of the client's own.
    Dedicated,
}

/// Why an agent was not offered a contact.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum NotAsked {
    /// Signed out.
    SignedOut,
    /// In none of the pools or teams that may answer now.
    NotInRing,
    /// Not signed off for the client.
    NoSignOff,
    /// At a site that the contract excludes.
    Site,
    /// Does not take this channel.
    Channel,
    /// Does not speak the language.
    Language,
    /// Lacks a skill or its level.
    Skill,
    /// Away.
    Away,
    /// The desk does not answer.
    Lost,
    /// The phone is not ready, and the contact needs one.
    PhoneNotReady,
    /// Another offer is ringing.
    OfferRinging,
    /// Has no capacity left.
    AtCapacity,
    /// Missed or refused this contact a moment ago.
    MissedBefore,
    /// The contact is kept for the agent who served the customer last.
    ReservedForAnother,
}

/// How many agents for one reason.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct WhyReason {
    /// The reason.
    pub code: NotAsked,
    /// In English.
    pub text: String,
    /// How many agents.
    pub agents: u32,
}

/// One agent and why not.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct WhyAgent {
    /// The agent.
    pub agent: Uuid,
    /// Name.
    pub name: String,
    /// The reason.
    pub code: NotAsked,
    /// In English.
    pub text: String,
}

/// The next change by itself.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct WhyNext {
    /// When.
    pub at: String,
    /// What.
    pub code: WhyChange,
    /// In English.
    pub text: String,
}

/// What changes by itself for a contact that waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum WhyChange {
    /// The hours begin.
    Opening,
    /// A skill that is asked relaxes.
    SkillRelaxes,
    /// The overflow opens.
    OverflowOpens,
    /// The agent it is kept for is not waited for any longer.
    ReservationEnds,
    /// An agent who missed or refused it may be asked again.
    AskedAgain,
    /// Another period of the contract begins.
    PeriodChanges,
    /// The customer is called again.
    CalledAgain,
}

/// A past decision.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct DecisionView {
    /// When.
    pub at: String,
    /// To whom it was offered.
    pub agent: Uuid,
    /// Their name.
    pub name: String,
    /// The decision in English sentences.
    pub sentence: String,
    /// As what it was offered.
    pub kind: DecisionKind,
    /// What led to it; absent when somebody named the agent.
    #[serde(default)]
    pub facts: Option<DecisionFacts>,
    /// What came of it; absent while it rings.
    #[serde(default)]
    pub outcome: Option<DecisionOutcome>,
}

/// As what a contact was offered to an agent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DecisionKind {
    /// From its queue.
    Queue,
    /// Passed on to the agent by name.
    Transfer,
    /// Asked for advice.
    Consult,
}

/// What came of an offer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DecisionOutcome {
    /// Answered.
    Answered,
    /// It rang out.
    Missed,
    /// Refused.
    Refused,
    /// The desk was in use.
    Busy,
    /// The desk could not be reached.
    Unreachable,
    /// The customer left while it rang.
    CustomerLeft,
    /// It was taken back.
    TakenBack,
}

/// What led to a decision.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DecisionFacts {
    /// Why this agent.
    pub agent_rule: AgentChosenBy,
    /// Why this contact.
    pub contact_rule: ContactChosenBy,
    /// Other agents who were free for it as well.
    pub others: u32,
    /// Their names, next in order, as far as they were kept.
    pub others_named: Vec<String>,
    /// Agents who were not asked, named up to the floor's limit.
    pub not_asked: Vec<NotAskedAgent>,
    /// All agents who were not asked, counted by reason.
    pub not_asked_counts: Vec<NotAskedCount>,
    /// How long it had waited.
    pub waited_ms: u64,
    /// Contacts of its queue behind it.
    pub waiting_behind: u32,
    /// The version of the contract that was applied.
    pub contract_version: u32,
    /// The period in force, counted from 1.
    pub period: u32,
    /// The overflow was open.
    pub overflow: bool,
    /// How many skills had relaxed.
    pub skills_relaxed: u8,
}

/// An agent who was not asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct NotAskedAgent {
    /// Their name.
    pub name: String,
    /// Why not.
    pub code: NotAsked,
}

/// How many agents were not asked for one reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct NotAskedCount {
    /// Why not.
    pub code: NotAsked,
    /// How many.
    pub agents: u32,
}

/// Why an agent was chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AgentChosenBy {
    /// Least work in hand, idle longest.
    LongestIdle,
    /// Highest levels in the skills asked.
    Proficiency,
    /// Served this customer last.
    Sticky,
    /// Asked for by name.
    Named,
    /// Came free, and the contact was chosen for them.
    CameFree,
}

/// Why a contact was chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ContactChosenBy {
    /// It had just come and somebody was free.
    JustArrived,
    /// Nearest to breaking its promise.
    NearestBreach,
    /// Nearer ones belong to a client at its fairness cap.
    FairnessCap,
    /// It was in the emergency lane.
    Emergency,
}
