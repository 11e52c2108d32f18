//! An agent on the floor: presence, work in hand, and what follows from both.

use std::time::Duration;

use domain::{AgentId, ClientId, ContactId, QueueId, Timestamp, contract::Channel};
use minicbor::{Decode, Encode};

use crate::{
    AgentRules, AgentState, AwayReason, Event, InputError, NextState, OfferEnd, PartEnd, Presence,
    QueuedWhy, Router, bits::Bits, timers::Timer,
};

/// So many agents may come and go before the list of the idle is told: few, so that no single input
/// pays for all of them.
const IDLE_LATE_MAX: usize = 64;

/// An agent as the router keeps them.
#[derive(Clone, Debug)]
pub(crate) struct Agent {
    pub rules: AgentRules,
    /// Slots of the pools and the team.
    pub pools: Vec<u32>,
    pub team: Option<u32>,
    /// Most contacts at once by channel; 0 for a channel not taken.
    pub takes: [u8; Channel::ALL.len()],
    /// Slots of the clients on the floor that the agent is signed off for.
    pub clients: Bits,

    pub signed_in: bool,
    pub presence: Presence,
    pub next: Option<NextState>,
    /// End of the grace of a lost connection.
    pub lost_until: Option<Timestamp>,
    pub misses: u8,
    /// Presumed until somebody says otherwise; outlives shifts.
    pub phone_ready: bool,
    /// End of the last handled work, or the sign-in.
    pub idle_since: Timestamp,
    pub work: Vec<Work>,
    /// Contacts that wait for this agent and nobody else.
    pub reserved: Vec<u32>,

    /// The state last told, since when, and the next state told with it.
    pub state: AgentState,
    pub state_since: Timestamp,
    pub told_next: Option<NextState>,

    // What follows from the above, kept for speed.
    pub in_hand: [u8; Channel::ALL.len()],
    pub points: u16,
    /// Bit per channel on which an offer may come now.
    pub free: u8,
    /// The key under which the agent stands among the idle.
    pub idle_key: Option<(u16, Timestamp)>,
    /// The key under which the list of the idle has them, and whether it is to be told another.
    pub idle_told: Option<(u16, Timestamp)>,
    pub idle_late: bool,
    pub armed: Option<Timestamp>,
}

/// One contact in the hands of an agent: an offer, a conversation or the work after it.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
pub(crate) struct Work {
    #[n(0)]
    pub contact: ContactId,
    #[n(1)]
    pub client: ClientId,
    #[n(2)]
    pub queue: QueueId,
    #[n(3)]
    pub channel: Channel,
    #[n(4)]
    pub stage: WorkStage,
    /// Start of the current stage.
    #[n(5)]
    pub since: Timestamp,
    /// Talk and hold of the stages before it.
    #[n(6)]
    pub talk: Duration,
    #[n(7)]
    pub hold: Duration,
    /// Talk beyond this is told, once; `None` for no limit or when it has been told.
    #[n(8)]
    pub talk_limit: Option<Duration>,
}

/// Where an agent is with a contact.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub(crate) enum WorkStage {
    #[n(0)]
    Ringing,
    #[n(1)]
    Talking,
    #[n(2)]
    Holding,
    /// Speaking with another agent about it.
    #[n(3)]
    Consulting,
    #[n(4)]
    WrapUp {
        /// Its end; `None` until the agent says done.
        #[n(0)]
        until: Option<Timestamp>,
        #[n(1)]
        extend: Duration,
        #[n(2)]
        extensions_left: u8,
    },
}

impl WorkStage {
    /// A conversation, not an offer and not the work afterwards.
    pub fn is_live(self) -> bool {
        matches!(self, Self::Talking | Self::Holding | Self::Consulting)
    }

    pub fn is_wrap_up(self) -> bool {
        matches!(self, Self::WrapUp { .. })
    }
}

impl Work {
    /// Ends the current stage at `now` and begins `stage`. Time in consultation counts as talk.
    pub fn enter(&mut self, stage: WorkStage, now: Timestamp) {
        let span = now.since(self.since);
        match self.stage {
            WorkStage::Talking | WorkStage::Consulting => self.talk += span,
            WorkStage::Holding => self.hold += span,
            WorkStage::Ringing | WorkStage::WrapUp { .. } => {}
        }
        self.stage = stage;
        self.since = now;
    }
}

impl Agent {
    pub fn new(rules: AgentRules) -> Self {
        Self {
            rules,
            pools: Vec::new(),
            team: None,
            takes: [0; Channel::ALL.len()],
            clients: Bits::default(),
            signed_in: false,
            presence: Presence::Available,
            next: None,
            lost_until: None,
            misses: 0,
            phone_ready: true,
            idle_since: Timestamp::MIN,
            work: Vec::new(),
            reserved: Vec::new(),
            state: AgentState::SignedOut,
            state_since: Timestamp::MIN,
            told_next: None,
            in_hand: [0; Channel::ALL.len()],
            points: 0,
            free: 0,
            idle_key: None,
            idle_told: None,
            idle_late: false,
            armed: None,
        }
    }

    pub fn id(&self) -> AgentId {
        self.rules.agent
    }

    /// Away now, or as good as away: the next state chosen is not `Available`.
    pub fn is_away(&self) -> bool {
        self.presence != Presence::Available
            || matches!(
                self.next,
                Some(NextState::SignOut | NextState::Presence(Presence::Away(_)))
            )
    }

    pub fn work_on(&self, contact: ContactId) -> Option<&Work> {
        self.work.iter().find(|work| work.contact == contact && !work.stage.is_wrap_up())
    }

    pub fn work_on_mut(&mut self, contact: ContactId) -> Option<&mut Work> {
        self.work.iter_mut().find(|work| work.contact == contact && !work.stage.is_wrap_up())
    }

    /// The agent's level in a skill; 0 without it.
    pub fn level(&self, skill: domain::SkillId) -> u8 {
        self.rules.skills.iter().find(|(has, _)| *has == skill).map_or(0, |(_, level)| *level)
    }

    /// The one state of the ledger. A lost desk goes before everything: nobody knows what the
    /// agent does.
    pub fn current_state(&self) -> AgentState {
        if !self.signed_in {
            return AgentState::SignedOut;
        }
        if self.lost_until.is_some() {
            return AgentState::Lost;
        }
        let rank = |stage| match stage {
            WorkStage::Talking => 0,
            WorkStage::Ringing => 1,
            WorkStage::Holding => 2,
            WorkStage::Consulting => 3,
            WorkStage::WrapUp { .. } => 4,
        };
        match self.work.iter().map(|work| work.stage).min_by_key(|stage| rank(*stage)) {
            Some(WorkStage::Talking) => AgentState::Talking,
            Some(WorkStage::Ringing) => AgentState::Offered,
            Some(WorkStage::Holding) => AgentState::Holding,
            Some(WorkStage::Consulting) => AgentState::Consulting,
            Some(WorkStage::WrapUp { .. }) => AgentState::WrapUp,
            None => match self.presence {
                Presence::Available => AgentState::Available,
                Presence::Away(reason) => AgentState::Away(reason),
            },
        }
    }

    fn deadline(&self) -> Option<Timestamp> {
        let wrap_up = self.work.iter().filter_map(|work| match work.stage {
            WorkStage::WrapUp { until, .. } => until,
            _ => None,
        });
        wrap_up.chain(self.lost_until).min()
    }
}

impl Router {
    pub(crate) fn sign_in(&mut self, id: AgentId, presence: Presence) -> Result<(), InputError> {
        let slot = self.agent_slot(id)?;
        check_presence(id, presence)?;
        if self.agents[slot].signed_in {
            return Err(InputError::AlreadySignedIn(id));
        }
        let now = self.now;
        let agent = &mut self.agents[slot];
        agent.signed_in = true;
        agent.presence = presence;
        agent.next = None;
        agent.lost_until = None;
        agent.misses = 0;
        agent.idle_since = now;
        self.signed_in.set(slot, true);
        for at in 0..self.agents[slot].pools.len() {
            let pool = self.agents[slot].pools[at];
            self.pools[pool as usize].signed_in += 1;
        }
        self.refresh(slot);
        Ok(())
    }

    pub(crate) fn ask_sign_out(&mut self, id: AgentId) -> Result<(), InputError> {
        let slot = self.signed_in_slot(id)?;
        if self.agents[slot].work.is_empty() {
            self.sign_out(slot);
        } else {
            self.agents[slot].next = Some(NextState::SignOut);
            self.refresh(slot);
        }
        Ok(())
    }

    pub(crate) fn set_presence(
        &mut self,
        id: AgentId,
        presence: Presence,
    ) -> Result<(), InputError> {
        check_presence(id, presence)?;
        let slot = self.signed_in_slot(id)?;
        let agent = &mut self.agents[slot];
        if agent.work.is_empty() {
            agent.presence = presence;
            agent.next = None;
            agent.misses = 0;
        } else if agent.presence == presence {
            agent.next = None;
        } else {
            agent.next = Some(NextState::Presence(presence));
        }
        self.refresh(slot);
        Ok(())
    }

    pub(crate) fn connection_lost(&mut self, id: AgentId) -> Result<(), InputError> {
        let slot = self.signed_in_slot(id)?;
        self.lose(slot, OfferEnd::TakenBack);
        Ok(())
    }

    /// The desk does not answer: what rings is taken back, what is in hand waits for the grace.
    pub(crate) fn lose(&mut self, slot: u32, why: OfferEnd) {
        if self.agents[slot].lost_until.is_some() {
            return;
        }
        self.agents[slot].lost_until = Some(self.now + self.floor.connection_grace);
        if let Some(contact) = self.ringing_contact(slot) {
            self.end_offer(contact, why);
        }
        self.refresh(slot);
    }

    pub(crate) fn connection_restored(&mut self, id: AgentId) -> Result<(), InputError> {
        let slot = self.signed_in_slot(id)?;
        if self.agents[slot].lost_until.take().is_some() {
            self.refresh(slot);
        }
        Ok(())
    }

    fn signed_in_slot(&self, id: AgentId) -> Result<u32, InputError> {
        let slot = self.agent_slot(id)?;
        if self.agents[slot].signed_in { Ok(slot) } else { Err(InputError::SignedOut(id)) }
    }

    /// The contact that rings at the agent.
    pub(crate) fn ringing_contact(&self, slot: u32) -> Option<u32> {
        let ringing =
            self.agents[slot].work.iter().find(|work| work.stage == WorkStage::Ringing)?;
        self.contact_at.get(&ringing.contact).copied()
    }

    fn sign_out(&mut self, slot: u32) {
        let agent = &mut self.agents[slot];
        agent.signed_in = false;
        agent.next = None;
        agent.lost_until = None;
        self.signed_in.set(slot, false);
        for at in 0..self.agents[slot].pools.len() {
            let pool = self.agents[slot].pools[at];
            self.pools[pool as usize].signed_in -= 1;
        }
        self.refresh(slot);
        self.look_for_empty_rings(slot);
    }

    /// What is due at the agent: ends of wrap-up, the end of the grace.
    pub(crate) fn agent_due(&mut self, slot: u32) {
        let now = self.now;
        while let Some(at) = self.agents[slot].work.iter().position(
            |work| matches!(work.stage, WorkStage::WrapUp { until: Some(until), .. } if until <= now),
        ) {
            self.end_wrap_up(slot, at, None);
        }
        if self.agents[slot].lost_until.is_some_and(|until| until <= now) {
            self.grace_is_over(slot);
        }
        self.arm_agent(slot);
    }

    /// The desk did not come back: conversations go to the head of their queues, the agent is away.
    fn grace_is_over(&mut self, slot: u32) {
        let live: Vec<ContactId> = self.agents[slot]
            .work
            .iter()
            .filter(|work| work.stage.is_live())
            .map(|work| work.contact)
            .collect();
        let agent = &mut self.agents[slot];
        agent.lost_until = None;
        agent.presence = Presence::Away(AwayReason::ConnectionLost);
        if agent.next == Some(NextState::Presence(Presence::Available)) {
            agent.next = None;
        }
        for contact in live {
            if let Some(contact) = self.contact_at.get(&contact).copied() {
                self.take_away(slot, contact, PartEnd::Released, QueuedWhy::Released);
            }
        }
        self.work_done(slot);
    }

    /// Takes the next state when nothing is left in hand.
    pub(crate) fn work_done(&mut self, slot: u32) {
        let agent = &mut self.agents[slot];
        if agent.work.is_empty() {
            match agent.next.take() {
                Some(NextState::SignOut) => return self.sign_out(slot),
                Some(NextState::Presence(presence)) => {
                    agent.presence = presence;
                    agent.misses = 0;
                }
                None => {}
            }
        }
        self.refresh(slot);
    }

    /// Works out all that follows from the agent's presence and work, tells a changed state and
    /// remembers the agent as somebody to find work for.
    pub(crate) fn refresh(&mut self, slot: u32) {
        let now = self.now;
        let agent = &mut self.agents[slot];
        let mut in_hand = [0u8; Channel::ALL.len()];
        let mut ringing = false;
        for work in &agent.work {
            in_hand[work.channel as usize] += 1;
            ringing |= work.stage == WorkStage::Ringing;
        }
        let open = agent.signed_in && !ringing && agent.lost_until.is_none() && !agent.is_away();
        let mut free = 0;
        if open {
            for channel in Channel::ALL {
                let at = channel as usize;
                if agent.takes[at] > in_hand[at]
                    && (agent.phone_ready || !channel.is_by_phone())
                    && self.capacity.fits(channel, &in_hand)
                {
                    free |= 1 << at;
                }
            }
        }
        let points = self.capacity.points(&in_hand);
        let changed = free ^ agent.free;
        let idle_key = (free != 0).then_some((points, agent.idle_since));
        agent.in_hand = in_hand;
        agent.points = points;
        agent.free = free;
        let id = agent.rules.agent;
        agent.idle_key = idle_key;
        if agent.idle_told != idle_key && !agent.idle_late {
            agent.idle_late = true;
            self.idle_late.push(slot);
        }
        for channel in 0..Channel::ALL.len() {
            if changed >> channel & 1 == 1 {
                self.free[channel].set(slot, free >> channel & 1 == 1);
            }
        }
        self.away.set(slot, agent.is_away());
        self.lost.set(slot, agent.lost_until.is_some());
        self.phoneless.set(slot, !agent.phone_ready);
        self.ringing.set(slot, ringing);
        let (state, next) = (agent.current_state(), agent.next);
        let told = agent.state != state || agent.told_next != next;
        if told {
            if agent.state != state {
                agent.state_since = now;
            }
            agent.state = state;
            agent.told_next = next;
        }
        if free != 0 {
            self.freed.push(slot);
        }
        let unavailable = !agent.signed_in || agent.lost_until.is_some() || agent.is_away();
        let lapse = unavailable && !agent.reserved.is_empty();
        if told {
            self.emit(Event::AgentState { agent: id, state, next });
        }
        if lapse {
            for contact in std::mem::take(&mut self.agents[slot].reserved) {
                self.reservation_lapses(contact);
            }
        }
        self.arm_agent(slot);
        if self.idle_late.len() >= IDLE_LATE_MAX {
            self.note_idle();
        }
    }

    /// Brings the list of the idle up to date. On a small floor nobody ever asks for it, and an agent
    /// who comes free and is offered the next contact in the same instant never enters it.
    pub(crate) fn note_idle(&mut self) {
        while let Some(slot) = self.idle_late.pop() {
            let Some(agent) = self.agents.slot_mut(slot) else { continue };
            agent.idle_late = false;
            let id = agent.rules.agent;
            if let Some((points, since)) = agent.idle_told {
                self.idle.remove(&(points, since, id, slot));
            }
            if let Some((points, since)) = agent.idle_key {
                self.idle.insert((points, since, id, slot));
            }
            agent.idle_told = agent.idle_key;
        }
    }

    pub(crate) fn arm_agent(&mut self, slot: u32) {
        let agent = &mut self.agents[slot];
        let deadline = agent.deadline();
        if agent.armed != deadline {
            agent.armed = deadline;
            let key = agent.rules.agent.uuid().as_u128();
            self.arm(deadline, key, Timer::AgentDue(slot));
        }
    }
}

fn check_presence(agent: AgentId, presence: Presence) -> Result<(), InputError> {
    match presence {
        Presence::Away(AwayReason::NoAnswer) => {
            Err(InputError::ReservedPresence(agent, "no answer"))
        }
        Presence::Away(AwayReason::ConnectionLost) => {
            Err(InputError::ReservedPresence(agent, "connection lost"))
        }
        _ => Ok(()),
    }
}
