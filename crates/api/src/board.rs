//! The supervisor's board: clients, queues, agents and waiting contacts, live.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    desk::{AgentStateView, ChannelKind, PresenceChoice},
    voice::QualityView,
};

/// The whole board.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct BoardView {
    /// Sums over what is shown.
    pub floor: FloorFigures,
    /// Clients, by name.
    pub clients: Vec<BoardClient>,
    /// Queues, by client and name.
    pub queues: Vec<BoardQueue>,
    /// Agents, by name.
    pub agents: Vec<BoardAgent>,
    /// Waiting contacts, longest first; at most 200, `floor.waiting` counts all.
    pub waiting: Vec<BoardContact>,
    /// What somebody should look at now, oldest first.
    #[serde(default)]
    pub alerts: Vec<BoardAlert>,
}

/// What changed on the board: whole rows.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct BoardDelta {
    /// Sums, when changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub floor: Option<FloorFigures>,
    /// Rows new or changed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub clients: Vec<BoardClient>,
    /// Rows new or changed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub queues: Vec<BoardQueue>,
    /// Rows new or changed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub agents: Vec<BoardAgent>,
    /// Rows new or changed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub waiting: Vec<BoardContact>,
    /// All alerts, when any came, changed or went.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alerts: Option<Vec<BoardAlert>>,
    /// Ids (of any kind) whose rows are gone.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub gone: Vec<Uuid>,
}

/// Sums of the floor.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct FloorFigures {
    /// Contacts waiting now.
    pub waiting: u32,
    /// Contacts with an agent now.
    pub talking: u32,
    /// Longest wait's start, if somebody waits.
    #[serde(default)]
    pub longest_since: Option<String>,
    /// Offered (arrived) today.
    pub offered: u32,
    /// Answered today.
    pub answered: u32,
    /// Abandoned today, short abandons included.
    pub abandoned: u32,
    /// Of them short.
    pub short_abandoned: u32,
    /// Abandoned of answered and abandoned today, short ones included, in permille, half up.
    #[serde(default)]
    pub abandonment_permille: Option<u16>,
    /// Agents signed in.
    pub agents_signed_in: u32,
    /// Agents available.
    pub agents_available: u32,
    /// Occupancy today in permille.
    #[serde(default)]
    pub occupancy_permille: Option<u16>,
}

/// Figures of a client or a queue today, in the client's zone.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct DayFigures {
    /// Waiting now.
    pub waiting: u32,
    /// With an agent now.
    pub talking: u32,
    /// Start of the longest wait now.
    #[serde(default)]
    pub longest_since: Option<String>,
    /// Offered today.
    pub offered: u32,
    /// Answered today.
    pub answered: u32,
    /// Abandoned today, short abandons included.
    pub abandoned: u32,
    /// Of them short.
    pub short_abandoned: u32,
    /// Abandoned of answered and abandoned today, short ones included, in permille, half up.
    #[serde(default)]
    pub abandonment_permille: Option<u16>,
    /// Answered by the overflow ring today.
    pub overflow_answered: u32,
    /// Service level today by the contract's own formula, in permille; `None` before the first contact.
    #[serde(default)]
    pub service_level_permille: Option<u16>,
    /// Projected level of the last half hour, in permille.
    #[serde(default)]
    pub projected_permille: Option<u16>,
    /// Mean wait of the answered today.
    #[serde(default)]
    pub wait_mean_ms: Option<u64>,
    /// 90th percentile of the same.
    #[serde(default)]
    pub wait_p90_ms: Option<u64>,
    /// Mean handle time today.
    #[serde(default)]
    pub handle_mean_ms: Option<u64>,
    /// Offered by 5 minutes over the last two hours, oldest first: for the small plot.
    #[serde(default)]
    pub recent_offered: Vec<u32>,
    /// Answered in time by the same intervals.
    #[serde(default)]
    pub recent_in_time: Vec<u32>,
}

/// A client's row.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct BoardClient {
    /// The client.
    pub id: Uuid,
    /// Name.
    pub name: String,
    /// Two letters of its tag.
    pub initials: String,
    /// Hue of its tag.
    pub hue: u16,
    /// `shared`, `dedicated` or `hybrid`.
    pub model: String,
    /// Name of the period in force.
    pub period: String,
    /// Whether the period in force is shared or dedicated: `shared`, `dedicated`.
    pub service: String,
    /// Whether contacts are taken now.
    pub open: bool,
    /// What the client's people said over the hours, while it holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub presence: Option<crate::presence::PresenceNow>,
    /// The target: percent.
    pub target_percent: u8,
    /// Threshold in seconds.
    pub threshold_s: u32,
    /// The formula, by its stable name.
    pub formula: String,
    /// Figures.
    pub day: DayFigures,
}

/// A queue's row.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct BoardQueue {
    /// The queue.
    pub id: Uuid,
    /// Its client.
    pub client: Uuid,
    /// Name.
    pub name: String,
    /// Figures.
    pub day: DayFigures,
    /// Agents signed in who may answer it now.
    pub agents_staffed: u32,
    /// Of them available.
    pub agents_available: u32,
}

/// An agent's row.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct BoardAgent {
    /// The agent.
    pub id: Uuid,
    /// Name.
    pub name: String,
    /// State and its clock.
    pub state: AgentStateView,
    /// Chosen for after the work in hand.
    #[serde(default)]
    pub next: Option<PresenceChoice>,
    /// Pools served now.
    pub pools: Vec<Uuid>,
    /// Team, if dedicated.
    #[serde(default)]
    pub team: Option<Uuid>,
    /// Contacts in hand.
    pub contacts: Vec<BoardAgentContact>,
    /// Points in use.
    pub points_used: u8,
    /// Answered today.
    pub answered: u32,
    /// Missed today.
    pub missed: u32,
    /// Occupancy today in permille.
    #[serde(default)]
    pub occupancy_permille: Option<u16>,
}

/// A contact in an agent's hand.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct BoardAgentContact {
    /// The contact.
    pub contact: Uuid,
    /// Its client.
    pub client: Uuid,
    /// How it came.
    pub channel: ChannelKind,
    /// Since when in this state.
    pub since: String,
    /// `offered`, `talking`, `holding`, `consulting`, `wrap_up`.
    pub state: String,
    /// Talk passed the contract's limit.
    pub over_limit: bool,
    /// A call: how the customer's side sounds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub customer_sound: Option<QualityView>,
    /// A call: how the agent's phone sounds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent_sound: Option<QualityView>,
}

/// Why somebody should look.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AlertKind {
    /// A trunk cannot be used.
    TrunkDown,
    /// A trunk's calls sound bad.
    TrunkDegraded,
    /// The recording of a call has paused for longer than the contract allows.
    PauseLeftOpen,
}

/// Something that somebody should look at now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct BoardAlert {
    /// Why.
    pub kind: AlertKind,
    /// The trunk or the contact.
    pub id: Uuid,
    /// The trunk's name, or the agents on the contact.
    pub name: String,
    /// Since when.
    pub since: String,
    /// A trunk that is down: why, as a code; see `TrunkView::health_why`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    /// A trunk that sounds bad: mean opinion score of its latest calls, in tenths.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mos_tenths: Option<u8>,
    /// And packets lost, in permille.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub loss_permille: Option<u32>,
}

/// A waiting contact's row.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct BoardContact {
    /// The contact.
    pub id: Uuid,
    /// Its client.
    pub client: Uuid,
    /// Its queue.
    pub queue: Uuid,
    /// How it came.
    pub channel: ChannelKind,
    /// Language.
    pub language: String,
    /// Start of its clock.
    pub since: String,
    /// When it breaches the promise.
    pub breaches_at: String,
    /// Offers so far.
    pub offers: u32,
    /// The overflow ring is open.
    pub overflow: bool,
    /// It waits for the opening or the next shift.
    pub for_opening: bool,
    /// Name of the agent at whose desk it rings now.
    #[serde(default)]
    pub rings_at: Option<String>,
}

/// `POST /api/v1/board/agents/{agent}/move`: serve other pools from now on. The answer carries a
/// token that undoes it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct MoveAgent {
    /// The pools from now on.
    pub pools: Vec<Uuid>,
    /// Why, for the audit log.
    pub reason: String,
}

/// What a move did.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct MoveDone {
    /// `POST /api/v1/board/moves/{undo}/undo` takes it back, as long as nothing else has moved the agent.
    pub undo: Uuid,
    /// Pools before.
    pub before: Vec<Uuid>,
    /// Pools now.
    pub after: Vec<Uuid>,
}

/// `POST /api/v1/board/agents/{agent}/presence`: a lead changes an agent's presence.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct LeadSetsPresence {
    /// What.
    pub presence: PresenceChoice,
    /// Why, for the audit log.
    pub reason: String,
}

/// A pool by name.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct PoolName {
    /// The pool.
    pub id: Uuid,
    /// Its name.
    pub name: String,
}
