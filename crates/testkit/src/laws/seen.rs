//! The floor as the log tells it: a plain picture, in ordered maps, without a single index.

mod follow;

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use domain::{
    AgentId, ClientId, ContactId, CustomerId, Language, PoolId, QueueId, SkillId, Timestamp,
    contract::{Channel, ServicePromise, WrapUpRule},
};
use routing::{
    AgentRules, AgentState, ClientRules, FloorRules, Input, NextState, OfferKind, PoolRules,
    Presence, QueueRules,
};

/// The floor as the watcher sees it.
#[derive(Clone, Debug, Default)]
pub(super) struct Seen {
    pub now: Timestamp,
    pub floor: FloorRules,
    pub pools: BTreeMap<PoolId, PoolRules>,
    pub clients: BTreeMap<ClientId, ClientRules>,
    /// The last rules of each queue, those that have gone included: what is in hand goes on.
    pub queues: BTreeMap<QueueId, QueueRules>,
    pub agents: BTreeMap<AgentId, SeenAgent>,
    pub contacts: BTreeMap<ContactId, SeenContact>,
    /// Contacts that ended; each did so once.
    pub ended: BTreeSet<ContactId>,
    /// Customers somebody has spoken with: an agent may be preferred for them.
    pub known: BTreeSet<(ClientId, CustomerId)>,
    /// The last input, of this instant.
    pub last: Option<(Timestamp, Input)>,
    /// Wrap-up that must have begun by the time all is drained.
    pub owed: BTreeMap<(AgentId, ContactId), Owed>,
    joins: u64,
}

/// A part has ended, and the rule says what follows.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Owed {
    pub rule: WrapUpRule,
    pub channel: Channel,
}

#[derive(Clone, Debug)]
pub(super) struct SeenAgent {
    pub rules: AgentRules,
    pub signed_in: Option<Timestamp>,
    pub presence: Presence,
    pub next: Option<NextState>,
    /// End of the grace.
    pub lost: Option<Timestamp>,
    pub misses: u8,
    /// The phone is ready.
    pub phone: bool,
    pub ringing: Option<Ringing>,
    pub parts: BTreeMap<ContactId, Part>,
    pub wraps: Vec<Wrap>,
    pub told: AgentState,
    pub told_next: Option<NextState>,
    pub told_since: Timestamp,
    pub spans: BTreeMap<AgentState, Duration>,
    pub signed_in_total: Duration,
}

#[derive(Clone, Debug)]
pub(super) struct Ringing {
    pub contact: ContactId,
    pub client: ClientId,
    pub channel: Channel,
    pub until: Timestamp,
    pub kind: OfferKind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PartStage {
    Talking,
    Holding,
    Consulting,
}

#[derive(Clone, Debug)]
pub(super) struct Part {
    pub client: ClientId,
    pub channel: Channel,
    pub stage: PartStage,
    pub since: Timestamp,
    pub talk: Duration,
    pub hold: Duration,
    /// The agent was asked, and has not become the one who speaks.
    pub asked: bool,
}

#[derive(Clone, Debug)]
pub(super) struct Wrap {
    pub contact: ContactId,
    pub channel: Channel,
    pub since: Timestamp,
    pub until: Option<Timestamp>,
    pub extend: Duration,
    pub extensions_left: u8,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    Opening,
    Waiting,
    Offered,
    InHand,
    /// With somebody outside, and no agent.
    Outside,
    /// A callback between two tries.
    Later,
    /// Between two events of one instant.
    Between,
}

#[derive(Clone, Debug)]
pub(super) struct SeenContact {
    pub client: ClientId,
    pub queue: QueueId,
    pub channel: Channel,
    pub language: Language,
    pub promise: ServicePromise,
    pub clock_start: Timestamp,
    pub wait_base: Timestamp,
    pub customer: Option<CustomerId>,
    pub head_start: Duration,
    pub urgent: bool,
    pub stage: Stage,
    pub overflow: bool,
    pub extra_skill: Option<SkillId>,
    /// Kept for one agent until then, perhaps.
    pub kept: Option<Timestamp>,
    pub missed: BTreeMap<AgentId, Timestamp>,
    pub first_wait: Option<Duration>,
    pub greeted: bool,
    pub callback: bool,
    /// We called, and whether the customer has answered.
    pub outbound: bool,
    pub reached: bool,
    /// It was passed on to somebody outside.
    pub outside: bool,
    pub told: Option<u32>,
    /// Agents on it.
    pub agents: Vec<AgentId>,
    /// A consult was answered while these were on it.
    pub shared: bool,
    /// Place in the line: urgent first, then the instant of the broken promise less head starts.
    pub rank: (bool, i64),
    pub joined: u64,
    pub arrival: u64,
    pub announced: bool,
    pub in_line: bool,
}

impl SeenContact {
    /// The channel whose points it costs.
    pub fn work_channel(&self) -> Channel {
        if self.callback { Channel::Callback } else { self.channel }
    }
}

impl SeenAgent {
    fn new(rules: AgentRules) -> Self {
        Self {
            rules,
            signed_in: None,
            presence: Presence::Available,
            next: None,
            lost: None,
            misses: 0,
            phone: true,
            ringing: None,
            parts: BTreeMap::new(),
            wraps: Vec::new(),
            told: AgentState::SignedOut,
            told_next: None,
            told_since: Timestamp::MIN,
            spans: BTreeMap::new(),
            signed_in_total: Duration::ZERO,
        }
    }

    pub fn is_idle(&self) -> bool {
        self.ringing.is_none() && self.parts.is_empty() && self.wraps.is_empty()
    }

    /// Ready for an offer, work in hand aside.
    pub fn is_available(&self) -> bool {
        self.signed_in.is_some()
            && self.lost.is_none()
            && self.presence == Presence::Available
            && matches!(self.next, None | Some(NextState::Presence(Presence::Available)))
    }

    /// The one state, from what is in hand.
    pub fn state(&self) -> AgentState {
        let any = |stage| self.parts.values().any(|part| part.stage == stage);
        if self.signed_in.is_none() {
            AgentState::SignedOut
        } else if self.lost.is_some() {
            AgentState::Lost
        } else if any(PartStage::Talking) {
            AgentState::Talking
        } else if self.ringing.is_some() {
            AgentState::Offered
        } else if any(PartStage::Holding) {
            AgentState::Holding
        } else if any(PartStage::Consulting) {
            AgentState::Consulting
        } else if !self.wraps.is_empty() {
            AgentState::WrapUp
        } else {
            match self.presence {
                Presence::Available => AgentState::Available,
                Presence::Away(reason) => AgentState::Away(reason),
            }
        }
    }

    /// Takes the next state when nothing is left in hand.
    fn rest(&mut self, at: Timestamp) {
        if !self.is_idle() {
            return;
        }
        match self.next.take() {
            Some(NextState::SignOut) => self.leave(at),
            Some(NextState::Presence(presence)) => {
                self.presence = presence;
                self.misses = 0;
            }
            None => {}
        }
    }

    fn leave(&mut self, at: Timestamp) {
        if let Some(since) = self.signed_in.take() {
            self.signed_in_total += at.since(since);
        }
        self.next = None;
        self.lost = None;
    }

    fn enter(&mut self, contact: ContactId, stage: PartStage, at: Timestamp) {
        if let Some(part) = self.parts.get_mut(&contact) {
            part.spend(at);
            part.stage = stage;
            part.asked &= stage == PartStage::Consulting;
        }
    }
}

impl Part {
    /// Adds the time since the last change to talk or hold. Consulting counts as talk.
    pub fn spend(&mut self, at: Timestamp) {
        let span = at.since(self.since);
        match self.stage {
            PartStage::Talking | PartStage::Consulting => self.talk += span,
            PartStage::Holding => self.hold += span,
        }
        self.since = at;
    }
}
