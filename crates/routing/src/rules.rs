//! What the router knows of contracts, agents and the floor: compiled, in UTC, without names.

use std::time::Duration;

use domain::{
    AgentId, ClientId, Language, PoolId, QueueId, SiteId, SkillId, TeamId, Timeline,
    contract::{Channel, Selection, ServicePromise, Sticky, WrapUpRule},
};
use minicbor::{Decode, Encode};
use serde::Serialize;

/// A contract as the router reads it: periods and hours compiled into UTC.
#[derive(Clone, Debug, PartialEq, Encode, Decode, Serialize)]
pub struct ClientRules {
    /// The client.
    #[n(0)]
    pub client: ClientId,
    /// Version of the contract; travels with every decision.
    #[n(1)]
    pub contract_version: u32,
    /// Index into `periods` by time.
    #[n(2)]
    pub period_at: Timeline<u16>,
    /// Whether contacts are taken, by time.
    #[n(3)]
    pub open_at: Timeline<bool>,
    /// The periods.
    #[n(4)]
    pub periods: Vec<PeriodRules>,
    /// The queues.
    #[n(5)]
    pub queues: Vec<QueueRules>,
    /// Sites that may answer; `None` for any.
    #[n(6)]
    pub sites_allowed: Option<Vec<SiteId>>,
    /// Outside the hours: wait for the opening (`true`) or end as closed (`false`).
    #[n(7)]
    pub closed_waits: bool,
    /// Language of a contact that brings none.
    #[n(8)]
    pub default_language: Language,
}

/// One period of a contract.
#[derive(Clone, Debug, PartialEq, Encode, Decode, Serialize)]
pub struct PeriodRules {
    /// Who may answer from the start.
    #[n(0)]
    pub service: ServiceRules,
    /// The promise.
    #[n(1)]
    pub promise: ServicePromise,
    /// Length of the peak greeting; `None` for no greeting.
    #[n(2)]
    pub peak_greeting: Option<Duration>,
    /// The overflow ring.
    #[n(3)]
    pub overflow: Option<OverflowRules>,
    /// When nobody who may answer is signed in.
    #[n(4)]
    pub nobody_on_shift: NobodyRules,
    /// Talk beyond this is flagged.
    #[n(5)]
    pub talk_limit: Option<Duration>,
}

/// Who may answer in a period.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ServiceRules {
    /// Agents of these pools who are signed off for the client.
    #[n(0)]
    Shared(#[n(0)] Vec<PoolId>),
    /// Agents of this team.
    #[n(1)]
    Dedicated(#[n(0)] TeamId),
}

/// When further pools open.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, Serialize)]
pub struct OverflowRules {
    /// After this wait.
    #[n(0)]
    pub after: Option<Duration>,
    /// When the projected service level of the queue is below this percentage.
    #[n(1)]
    pub below_projected_percent: Option<u8>,
    /// The pools that open; their agents need the sign-off as well.
    #[n(2)]
    pub pools: Vec<PoolId>,
}

/// When nobody who may answer is signed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, Serialize)]
#[serde(rename_all = "snake_case")]
#[cbor(index_only)]
pub enum NobodyRules {
    /// Waiting contacts keep their place.
    #[n(0)]
    Wait,
    /// The overflow ring opens at once.
    #[n(1)]
    Overflow,
    /// Waiting contacts end as closed.
    #[n(2)]
    Close,
}

/// One queue of a client.
#[derive(Clone, Debug, PartialEq, Encode, Decode, Serialize)]
pub struct QueueRules {
    /// Its id.
    #[n(0)]
    pub queue: QueueId,
    /// Channels it is open to.
    #[n(1)]
    pub channels: Vec<Channel>,
    /// Skills asked.
    #[n(2)]
    pub skills: Vec<SkillRule>,
    /// Whether the language of the contact is a must.
    #[n(3)]
    pub language_required: bool,
    /// Head start over contacts of priority 0.
    #[n(4)]
    pub head_start: Duration,
    /// How the agent is chosen.
    #[n(5)]
    pub selection: Selection,
    /// Preference for the last agent.
    #[n(6)]
    pub sticky: Option<Sticky>,
    /// How long an offer rings.
    #[n(7)]
    pub offer_timeout: Duration,
    /// Work afterwards.
    #[n(8)]
    pub wrap_up: WrapUpRule,
    /// Positions are told, so nobody passes.
    #[n(9)]
    pub announce_position: bool,
    /// How many may wait.
    #[n(10)]
    pub waiting_max: u32,
}

/// A skill asked, with its relaxation.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, Serialize)]
pub struct SkillRule {
    /// The skill.
    #[n(0)]
    pub skill: SkillId,
    /// Least level.
    #[n(1)]
    pub level: u8,
    /// Wait after which `relaxed_level` holds instead.
    #[n(2)]
    pub relax_after: Option<Duration>,
    /// Level after relaxing; 0 drops the ask.
    #[n(3)]
    pub relaxed_level: u8,
}

/// What the router knows of an agent.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, Serialize)]
pub struct AgentRules {
    /// The agent.
    #[n(0)]
    pub agent: AgentId,
    /// Pools the agent serves.
    #[n(1)]
    pub pools: Vec<PoolId>,
    /// The dedicated team the agent belongs to. A team serves one client.
    #[n(2)]
    pub team: Option<TeamId>,
    /// Skills with levels 1 to 10.
    #[n(3)]
    pub skills: Vec<(SkillId, u8)>,
    /// Languages spoken.
    #[n(4)]
    pub languages: Vec<Language>,
    /// Clients the agent is signed off for.
    #[n(5)]
    pub sign_offs: Vec<ClientId>,
    /// Where the agent works from.
    #[n(6)]
    pub site: Option<SiteId>,
    /// Channels the agent takes, with the most contacts at once on each.
    #[n(7)]
    pub channels: Vec<(Channel, u8)>,
}

/// A pool of agents under shared contracts.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, Serialize)]
pub struct PoolRules {
    /// The pool.
    #[n(0)]
    pub pool: PoolId,
    /// While others wait, one client's contacts are offered to at most this share of the pool's
    /// signed-in agents, in percent; 100 for no cap.
    #[n(1)]
    pub fairness_cap_percent: u8,
}

/// Rules of the floor that belong to no client.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, Serialize)]
pub struct FloorRules {
    /// What each channel costs of an agent's 100 points, by [`Channel`] in its order.
    #[n(0)]
    pub cost: Vec<u8>,
    /// `(channel, other)`: an offer on `channel` may interrupt work on `other`, whose points then
    /// do not count.
    #[n(1)]
    pub interrupts: Vec<(Channel, Channel)>,
    /// After so many misses in a row the agent is set away.
    #[n(2)]
    pub misses_before_away: u8,
    /// A contact is not offered again to an agent who missed or refused it, for this long.
    #[n(3)]
    pub reoffer_after: Duration,
    /// A lost agent may come back within this time; then the agent is set away.
    #[n(4)]
    pub connection_grace: Duration,
    /// Most contacts at once on the floor.
    #[n(5)]
    pub contacts_max: u32,
    /// Most agents.
    #[n(6)]
    pub agents_max: u32,
    /// Ineligible agents named one by one in a decision; beyond it they are counted by reason.
    #[n(7)]
    pub decision_named_max: u16,
    /// The agents' cards show every decision in full (`true`), or none is recorded (`false`,
    /// for simulated months where nobody reads them).
    #[n(8)]
    pub record_decisions: bool,
}

impl Default for FloorRules {
    /// Voice takes the whole agent, a chat a third, mail and messages a fifth; a call may interrupt
    /// mail and messages.
    fn default() -> Self {
        use Channel::{Callback, Mail, Message, Voice};
        Self {
            cost: vec![100, 33, 20, 20, 100],
            interrupts: vec![
                (Voice, Mail),
                (Voice, Message),
                (Callback, Mail),
                (Callback, Message),
            ],
            misses_before_away: 2,
            reoffer_after: Duration::from_secs(30),
            connection_grace: Duration::from_secs(20),
            contacts_max: 200_000,
            agents_max: 20_000,
            decision_named_max: 12,
            record_decisions: true,
        }
    }
}
