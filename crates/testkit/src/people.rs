//! Agents and customers who react to what the router did.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use domain::{
    AgentId, ClientId, ContactId, LegId, RecordingId, Timestamp, UserId, contract::Channel,
};
use routing::{
    AgentState, AwayReason, CallFact, CallStep, Direction, EndedBy, Event, Input, OfferFailure,
    OfferKind, Party, Presence, QueuedWhy, Stamped, TransferTarget,
};

use crate::{Draw, FloorPlan, Purpose, ids};

/// Something somebody will do, and when. It may be too late by then; that is for the router to say.
pub type Reaction = (Timestamp, Input);

/// Those around the router.
pub trait People {
    /// What they will do about `stamped`.
    fn react(&mut self, stamped: &Stamped, todo: &mut Vec<Reaction>);
}

/// Agents who answer at once and talk for an exponential time; customers who wait for ever. The
/// people of the queueing formulas.
#[derive(Clone, Debug)]
pub struct Instant {
    /// Seed of the handle times.
    pub seed: u64,
    /// Mean handle time.
    pub handle: Duration,
}

impl People for Instant {
    fn react(&mut self, stamped: &Stamped, todo: &mut Vec<Reaction>) {
        match &stamped.event {
            Event::Offered { contact, agent, .. } => {
                todo.push((stamped.at, Input::Answer { contact: *contact, agent: *agent }));
            }
            Event::Answered { contact, .. } => {
                let talk =
                    Draw::of(self.seed, Purpose::Talk, key(*contact, 0)).exponential(self.handle);
                let end = Input::End { contact: *contact, by: EndedBy::Customer };
                todo.push((stamped.at + talk, end));
            }
            _ => {}
        }
    }
}

/// Steps of a call, by the people around it: legs that come and go, a recording, a supervisor.
fn sound(contact: ContactId, agent: AgentId, draw: &mut Draw) -> Vec<CallStep> {
    let number = draw.between(1, 1 << 40);
    let leg = LegId::from_u128(u128::from(number));
    let recording = RecordingId::from_u128(u128::from(number));
    let user = UserId::from_u128(contact.uuid().as_u128());
    let ending = "hung_up_by_customer".parse().into_iter();
    [
        CallStep::LegStarted { leg, party: Party::Agent(agent), direction: Direction::Outbound },
        CallStep::LegAnswered { leg },
        CallStep::RecordingStarted { recording },
        CallStep::SupervisorListened { user },
        CallStep::RecordingStopped { recording },
    ]
    .into_iter()
    .chain(ending.map(|ending| CallStep::LegEnded { leg, ending }))
    .collect()
}

/// Agents who answer, refuse, look away, hold, consult, transfer and forget; customers who lose
/// patience or ask to be called back; desks that cannot be reached.
#[derive(Clone, Debug)]
pub struct Restless {
    seed: u64,
    agents: Vec<AgentId>,
    queues: BTreeMap<ClientId, Vec<domain::QueueId>>,
    /// How many offers and answers a contact has had: each draws from a stream of its own.
    turns: BTreeMap<ContactId, u64>,
    channels: BTreeMap<ContactId, Channel>,
    /// Contacts that were promised a callback.
    callbacks: BTreeSet<ContactId>,
    returns: BTreeMap<AgentId, u64>,
    /// Who has taken contacts of a client: colleagues to ask.
    colleagues: BTreeMap<ClientId, Vec<AgentId>>,
    states: BTreeMap<AgentId, AgentState>,
}

impl Restless {
    /// The people of this floor, on the day of this seed.
    pub fn new(seed: u64, plan: &FloorPlan) -> Self {
        Self {
            seed,
            agents: plan.agents.iter().map(|a| a.agent).collect(),
            queues: plan
                .clients
                .iter()
                .map(|c| (c.client, c.queues.iter().map(|q| q.queue).collect()))
                .collect(),
            turns: BTreeMap::new(),
            channels: BTreeMap::new(),
            callbacks: BTreeSet::new(),
            returns: BTreeMap::new(),
            colleagues: BTreeMap::new(),
            states: BTreeMap::new(),
        }
    }

    fn turn(&mut self, contact: ContactId) -> u64 {
        let turn = self.turns.entry(contact).or_insert(0);
        *turn += 1;
        key(contact, *turn)
    }

    /// What a customer does who has to wait.
    fn wait(&mut self, at: Timestamp, contact: ContactId, todo: &mut Vec<Reaction>) {
        let channel = self.channels.get(&contact).copied();
        if !matches!(channel, Some(Channel::Voice | Channel::Chat)) {
            return; // nobody stands beside a mail
        }
        let turn = self.turn(contact);
        let mut draw = Draw::of(self.seed, Purpose::Patience, turn);
        let patience = match draw.between(0, 9) {
            0 => draw.secs(0, 6),
            1 => draw.secs(600, 7200),
            _ => draw.exponential(Duration::from_secs(150)),
        };
        if draw.chance(8) {
            todo.push((at + patience / 2, Input::RequestCallback { contact }));
        }
        todo.push((at + patience, Input::Abandon { contact }));
        if channel == Some(Channel::Voice) {
            let mut draw = Draw::of(self.seed, Purpose::Calls, turn);
            if draw.chance(8) {
                todo.push((at + patience / 2, Input::LeaveVoicemail { contact }));
            }
            if draw.chance(2) {
                todo.push((at + patience / 3, Input::Cut { contact }));
            }
        }
    }

    /// What only happens on the telephone: the customer who was called answers or does not, the
    /// sound is lost, somebody outside takes over.
    fn on_the_phone(
        &mut self,
        at: Timestamp,
        contact: ContactId,
        agent: AgentId,
        todo: &mut Vec<Reaction>,
    ) {
        let callback = self.callbacks.contains(&contact);
        let outbound = !self.channels.contains_key(&contact);
        if self.channels.get(&contact) != Some(&Channel::Voice) && !callback && !outbound {
            return;
        }
        let turn = self.turn(contact);
        let mut draw = Draw::of(self.seed, Purpose::Calls, turn);
        for step in sound(contact, agent, &mut draw) {
            todo.push((at + draw.secs(0, 200), Input::Call(CallFact { contact, step })));
        }
        let rings = at + draw.secs(1, 20);
        if callback && draw.chance(50) {
            let retry_at = rings + draw.secs(0, 900);
            todo.push((rings, Input::CallbackFailed { contact, retry_at }));
        } else if callback || (outbound && draw.chance(70)) {
            todo.push((rings, Input::CustomerAnswered { contact }));
        }
        let then = rings + draw.secs(1, 60);
        match draw.between(0, 19) {
            0 => todo.push((then, Input::Cut { contact })),
            1 | 2 => {
                let to = TransferTarget::Outside;
                todo.push((then, Input::Transfer { contact, by: agent, to }));
                if draw.chance(50) {
                    let rung = then + draw.secs(1, 40);
                    todo.push((rung, Input::OutsideFailed { contact }));
                }
            }
            _ => {}
        }
    }

    fn offered(
        &mut self,
        at: Timestamp,
        contact: ContactId,
        agent: AgentId,
        todo: &mut Vec<Reaction>,
    ) {
        let mut draw = Draw::of(self.seed, Purpose::Offers, self.turn(contact));
        let answer = Input::Answer { contact, agent };
        match draw.between(0, 99) {
            0..=5 => todo.push((at + draw.secs(1, 5), Input::Refuse { contact, agent })),
            6..=12 => {} // looks away
            13..=15 => {
                let cause = OfferFailure::Busy;
                todo.push((at, Input::OfferFailed { contact, agent, cause }));
            }
            16 | 17 => {
                let cause = OfferFailure::Unreachable;
                todo.push((at + draw.secs(0, 2), Input::OfferFailed { contact, agent, cause }));
                let back = at + draw.secs(2, 60);
                todo.push((back, Input::ConnectionRestored { agent }));
            }
            18..=20 => {
                // Twice, as a nervous hand does.
                let then = at + draw.secs(1, 8);
                todo.push((then, answer.clone()));
                todo.push((then, answer));
            }
            21..=23 => todo.push((at + draw.secs(15, 40), answer)), // perhaps too late
            24 | 25 => todo.push((at + draw.secs(1, 9), Input::Release { contact, agent })),
            _ => todo.push((at + draw.secs(0, 5), answer)),
        }
    }

    fn answered(
        &mut self,
        at: Timestamp,
        (contact, client, agent): (ContactId, ClientId, AgentId),
        todo: &mut Vec<Reaction>,
    ) {
        let turn = self.turn(contact);
        let mut draw = Draw::of(self.seed, Purpose::Talk, turn);
        let talk = Duration::from_secs(3) + draw.exponential(Duration::from_secs(140));
        let part = |n: u32| at + talk * n / 10;
        let other = self.colleague(client, agent, &mut draw);
        match draw.between(0, 99) {
            0..=14 => {
                todo.push((part(3), Input::Hold { contact, agent }));
                todo.push((part(5), Input::Resume { contact, agent }));
            }
            15..=19 => todo.push((part(4), Input::Hold { contact, agent })),
            20..=31 => {
                todo.push((part(2), Input::Consult { contact, by: agent, to: other }));
                match draw.between(0, 4) {
                    0 => {
                        todo.push((part(6), Input::Conference { contact, by: agent }));
                        let leaver = if draw.chance(50) { agent } else { other };
                        todo.push((part(8), Input::Leave { contact, agent: leaver }));
                    }
                    1 => todo.push((part(6), Input::Leave { contact, agent: other })),
                    2 => {
                        let to = TransferTarget::Agent(other);
                        todo.push((part(6), Input::Transfer { contact, by: agent, to }));
                    }
                    3 => todo.push((part(3), Input::Resume { contact, agent })),
                    _ => {}
                }
            }
            32..=45 => {
                let queues = self.queues.get(&client).map(Vec::as_slice).unwrap_or_default();
                let to = match (draw.between(0, 2), draw.pick(queues)) {
                    (0, Some(queue)) => TransferTarget::Queue(*queue),
                    (1, _) => TransferTarget::Skill(ids::skill(u128::from(draw.between(1, 3)))),
                    _ => TransferTarget::Agent(other),
                };
                todo.push((part(5), Input::Transfer { contact, by: agent, to }));
            }
            46 => todo.push((part(5), Input::Release { contact, agent })),
            47 | 48 => todo.push((part(5), Input::TakeOver { contact, from: agent, by: other })),
            _ => {}
        }
        let by = [EndedBy::Customer, EndedBy::Agent, EndedBy::System][draw.index(3)];
        todo.push((at + talk, Input::End { contact, by }));
        if draw.chance(3) {
            todo.push((at + talk, Input::End { contact, by }));
        }
    }

    /// Most often somebody who knows the client and looks free; sometimes anybody.
    fn colleague(&mut self, client: ClientId, agent: AgentId, draw: &mut Draw) -> AgentId {
        let known = self.colleagues.entry(client).or_default();
        if !known.contains(&agent) {
            known.push(agent);
        }
        let free: Vec<AgentId> = known
            .iter()
            .copied()
            .filter(|a| *a != agent && self.states.get(a) == Some(&AgentState::Available))
            .collect();
        let from = if draw.chance(15) { &self.agents } else { &free };
        *draw.pick(from).or_else(|| draw.clone().pick(&self.agents)).unwrap_or(&agent)
    }

    fn wrapping_up(
        &mut self,
        at: Timestamp,
        (contact, agent): (ContactId, AgentId),
        until: Option<Timestamp>,
        todo: &mut Vec<Reaction>,
    ) {
        let mut draw = Draw::of(self.seed, Purpose::WrapUp, self.turn(contact));
        let work = until.map_or_else(|| draw.secs(2, 90), |end| end.since(at));
        let disposition = draw.chance(70).then(|| ids::disposition(u128::from(draw.between(1, 4))));
        let finish = Input::FinishWrapUp { contact, agent, disposition };
        match draw.between(0, 9) {
            0..=4 => todo.push((at + work / 2, finish)),
            5 => {
                todo.push((at + work / 2, Input::ExtendWrapUp { contact, agent }));
                todo.push((at + work * 3 / 4, Input::ExtendWrapUp { contact, agent }));
                todo.push((at + work + draw.secs(1, 5), finish));
            }
            6 => todo.push((at + work / 3, Input::Release { contact, agent })),
            _ if until.is_none() => todo.push((at + work, finish)),
            _ => {}
        }
    }
}

impl People for Restless {
    fn react(&mut self, stamped: &Stamped, todo: &mut Vec<Reaction>) {
        let at = stamped.at;
        if let Event::AgentState { agent, state, .. } = &stamped.event {
            self.states.insert(*agent, *state);
        }
        match &stamped.event {
            Event::Arrived { contact, channel, .. } => {
                self.channels.insert(*contact, *channel);
                self.wait(at, *contact, todo);
            }
            Event::Queued { contact, why, .. } => {
                if matches!(why, QueuedWhy::Transferred | QueuedWhy::Released) {
                    self.wait(at, *contact, todo);
                }
            }
            Event::Offered { contact, agent, kind, .. } => {
                self.offered(at, *contact, *agent, todo);
                if *kind == OfferKind::Transfer {
                    self.wait(at, *contact, todo);
                }
            }
            Event::Answered { contact, client, agent, .. } => {
                self.answered(at, (*contact, *client, *agent), todo);
                self.on_the_phone(at, *contact, *agent, todo);
            }
            Event::CalledOut { contact, client, agent, .. } => {
                self.on_the_phone(at, *contact, *agent, todo);
                self.answered(at, (*contact, *client, *agent), todo);
            }
            Event::CallbackPromised { contact, .. } => {
                self.callbacks.insert(*contact);
                let turn = self.turn(*contact);
                let mut draw = Draw::of(self.seed, Purpose::Calls, turn);
                if draw.chance(25) {
                    let input = Input::CancelCallback { contact: *contact };
                    todo.push((at + draw.secs(5, 600), input));
                }
            }
            Event::WrapUpStarted { contact, agent, until, .. } => {
                self.wrapping_up(at, (*contact, *agent), *until, todo);
            }
            Event::AgentState {
                agent,
                state: AgentState::Away(AwayReason::NoAnswer | AwayReason::ConnectionLost),
                ..
            } => {
                let agent = *agent;
                let turn = self.returns.entry(agent).or_insert(0);
                *turn += 1;
                let stream = key_of_agent(agent, *turn);
                let back = at + Draw::of(self.seed, Purpose::Desks, stream).secs(5, 300);
                todo.push((back, Input::ConnectionRestored { agent }));
                let presence = Presence::Available;
                todo.push((back, Input::SetPresence { agent, presence }));
            }
            _ => {}
        }
    }
}

/// Ids of a day are small numbers, and so a stream of its own is left for each turn.
fn key(contact: ContactId, turn: u64) -> u64 {
    ((contact.uuid().as_u128() as u64) << 16) | (turn & 0xffff)
}

fn key_of_agent(agent: AgentId, turn: u64) -> u64 {
    ((agent.uuid().as_u128() as u64) << 16) | (turn & 0xffff)
}
