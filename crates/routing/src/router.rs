//! The public face of the router.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use domain::{
    AgentId, ClientId, ContactId, Language, PoolId, QueueId, TeamId, Timestamp, contract::Channel,
};

use crate::{
    Door, Event, FloorRules, Input, InputError, Stamped,
    agent::Agent,
    bits::Bits,
    capacity::Capacity,
    contact::Contact,
    floor::{Client, Pool, Queue},
    hash::ByNumber,
    memory::Memory,
    ring::{Class, ClassKey, Heads},
    slab::Slab,
    timers::{Timer, Timers},
};

/// A map for looking things up, never for walking over: its order decides nothing.
pub(crate) type Map<K, V> = hashbrown::HashMap<K, V, ByNumber>;

/// Decides which agent is offered which contact.
///
/// The router is told the time with every input and answers with events that its driver journals
/// and then carries out. The live server and the simulator are two drivers of this one type. The
/// driver feeds one input, drains [`next_event`](Self::next_event) until none is left, sleeps until
/// [`next_deadline`](Self::next_deadline) or the next input, and begins again.
///
/// Time never runs backwards: an input stamped before an earlier one is taken at the earlier one's
/// instant ([`now`](Self::now) tells which, and is what belongs into the journal).
#[derive(Clone, Debug, Default)]
pub struct Router {
    pub(crate) now: Timestamp,
    pub(crate) floor: FloorRules,
    pub(crate) capacity: Capacity,
    pub(crate) clients: Slab<Client>,
    pub(crate) client_at: Map<ClientId, u32>,
    pub(crate) queues: Slab<Queue>,
    pub(crate) queue_at: Map<QueueId, u32>,
    pub(crate) pools: Vec<Pool>,
    pub(crate) pool_at: Map<PoolId, u32>,
    pub(crate) teams: Vec<Team>,
    pub(crate) team_at: Map<TeamId, u32>,
    pub(crate) agents: Slab<Agent>,
    pub(crate) agent_at: Map<AgentId, u32>,
    pub(crate) agents_by_id: BTreeMap<AgentId, u32>,
    pub(crate) contacts: Slab<Contact>,
    pub(crate) contact_at: Map<ContactId, u32>,
    pub(crate) classes: Slab<Class>,
    pub(crate) class_at: Map<ClassKey, u32>,
    /// Agents who may be offered something on the channel right now.
    pub(crate) free: [Bits; Channel::ALL.len()],
    /// The free agents in the order in which work is given: least points, longest idle, lowest id.
    /// Brought up to date by [`note_idle`](Self::note_idle) for the agents in `idle_late`, who have
    /// come or gone since.
    pub(crate) idle: BTreeSet<(u16, Timestamp, AgentId, u32)>,
    pub(crate) idle_late: Vec<u32>,
    pub(crate) signed_in: Bits,
    /// Away, or about to be; with a lost desk; with an offer that rings.
    pub(crate) away: Bits,
    pub(crate) lost: Bits,
    pub(crate) ringing: Bits,
    /// Agents whose phone is not ready.
    pub(crate) phoneless: Bits,
    pub(crate) takes: [Bits; Channel::ALL.len()],
    pub(crate) speaks: Map<Language, Bits>,
    pub(crate) signed_off: Map<ClientId, Bits>,
    /// Agents who came free in this step, in order.
    pub(crate) freed: Vec<u32>,
    /// Contacts that began to wait while agents were free to be looked at.
    pub(crate) fresh: Vec<u32>,
    pub(crate) memory: Memory,
    pub(crate) timers: Timers,
    pub(crate) events: VecDeque<Stamped>,
    /// Arrival numbers given so far.
    pub(crate) arrivals: u64,
    /// Calls that left the floor, oldest first: facts about them may still come.
    pub(crate) ended_calls: VecDeque<(ContactId, ClientId)>,
}

/// A dedicated team: who is in it, and what waits for it.
#[derive(Clone, Debug)]
pub(crate) struct Team {
    pub id: TeamId,
    pub members: Bits,
    pub heads: Heads,
}

impl Router {
    /// An empty floor with the default rules.
    pub fn new() -> Self {
        Self { now: Timestamp::MIN, ..Self::default() }
    }

    /// The instant of the last input or deadline: what the journal stamps the last input with.
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// Takes one input at `now`. Deadlines up to `now` are handled first, each at its own instant.
    /// A refused input changes nothing; the deadlines that fired before it have fired.
    pub fn handle(&mut self, now: Timestamp, input: Input) -> Result<(), InputError> {
        self.advance(now);
        let before = self.now;
        self.now = before.max(now);
        let result = self.take(input);
        if result.is_err() {
            self.now = before;
        }
        self.settle();
        result
    }

    /// Handles the deadlines up to `now`. All that is due at one instant happens before work is
    /// given at it, so that of two contacts whose ring widens at once the first in line is served.
    pub fn advance(&mut self, now: Timestamp) {
        loop {
            match self.timers.first() {
                Some(armed)
                    if armed.at <= now && (armed.at <= self.now || !self.is_unsettled()) =>
                {
                    self.timers.drop_first();
                    self.now = self.now.max(armed.at);
                    self.fire(armed.timer);
                }
                // Work given may bring deadlines of its own that are due as well.
                _ if self.is_unsettled() => self.settle(),
                _ => break,
            }
        }
    }

    /// The next event, in the order in which things happened.
    pub fn next_event(&mut self) -> Option<Stamped> {
        self.events.pop_front()
    }

    /// All events at once, in the order in which things happened: `events` is emptied and takes their
    /// place, so that a driver in a hurry copies and allocates nothing.
    pub fn take_events(&mut self, events: &mut VecDeque<Stamped>) {
        events.clear();
        std::mem::swap(&mut self.events, events);
    }

    /// When the router wants to be called again at the latest, by [`advance`](Self::advance) or by
    /// any input.
    pub fn next_deadline(&self) -> Option<Timestamp> {
        self.timers.first().map(|armed| armed.at)
    }

    fn take(&mut self, input: Input) -> Result<(), InputError> {
        match input {
            Input::SetFloor(rules) => self.set_floor(rules),
            Input::SetPool(rules) => self.set_pool(rules),
            Input::SetClient(rules) => self.set_client(*rules),
            Input::RemoveClient(client) => self.remove_client(client),
            Input::SetAgent(rules) => self.set_agent(*rules),
            Input::RemoveAgent(agent) => self.remove_agent(agent),
            Input::SignIn { agent, presence } => self.sign_in(agent, presence),
            Input::SignOut { agent } => self.ask_sign_out(agent),
            Input::SetPresence { agent, presence } => self.set_presence(agent, presence),
            Input::ConnectionLost { agent } => self.connection_lost(agent),
            Input::ConnectionRestored { agent } => self.connection_restored(agent),
            Input::Arrive(arrival) => self.arrive(arrival, None, Door::Wait),
            Input::ArriveLed(led) => self.arrive(led.arrival, led.skill, led.door),
            Input::Abandon { contact } => self.abandon(contact),
            Input::Answer { contact, agent } => self.answer(contact, agent),
            Input::Refuse { contact, agent } => self.refuse(contact, agent),
            Input::OfferFailed { contact, agent, cause } => {
                self.offer_failed(contact, agent, cause)
            }
            Input::Hold { contact, agent } => self.hold(contact, agent),
            Input::Resume { contact, agent } => self.resume(contact, agent),
            Input::Consult { contact, by, to } => self.consult(contact, by, to),
            Input::Conference { contact, by } => self.conference(contact, by),
            Input::Leave { contact, agent } => self.leave(contact, agent),
            Input::Transfer { contact, by, to } => self.transfer(contact, by, to),
            Input::End { contact, by } => self.end(contact, by),
            Input::ExtendWrapUp { contact, agent } => self.extend_wrap_up(contact, agent),
            Input::FinishWrapUp { contact, agent, disposition } => {
                self.finish_wrap_up(contact, agent, disposition)
            }
            Input::RequestCallback { contact } => self.request_callback(contact),
            Input::Expedite { contact } => self.expedite(contact),
            Input::Release { contact, agent } => self.release(contact, agent),
            Input::TakeOver { contact, from, by } => self.take_over(contact, from, by),
            Input::OutsideFailed { contact } => self.outside_failed(contact),
            Input::Call(fact) => self.call_fact(fact),
            Input::Phone { agent, ready } => self.phone(agent, ready),
            Input::CallOut(call) => self.call_out(call),
            Input::CustomerAnswered { contact } => self.customer_answered(contact),
            Input::CancelCallback { contact } => self.cancel_callback(contact),
            Input::CallbackFailed { contact, retry_at } => self.callback_failed(contact, retry_at),
            Input::LeaveVoicemail { contact } => self.leave_voicemail(contact),
            Input::Cut { contact } => self.cut(contact),
            Input::CallAgain { contact, wraps_up } => self.call_again(contact, wraps_up),
        }
    }

    fn fire(&mut self, timer: Timer) {
        match timer {
            Timer::ClientChanges(client) => {
                self.clients[client].armed = None;
                self.client_changes(client);
            }
            Timer::AgentDue(agent) => {
                self.agents[agent].armed = None;
                self.agent_due(agent);
            }
            Timer::ContactDue(contact) => {
                self.contacts[contact].armed = None;
                self.contact_due(contact);
            }
            Timer::QueueProjected(queue) => {
                self.queues[queue].armed = None;
                self.look_at_projection(queue);
            }
        }
    }

    /// Arms a timer for an instant, or disarms it; the end of time never comes.
    pub(crate) fn arm(&mut self, at: Option<Timestamp>, key: u128, timer: Timer) {
        self.timers.set(timer, key, at.filter(|at| *at != Timestamp::MAX));
    }

    pub(crate) fn emit(&mut self, event: Event) {
        self.events.push_back(Stamped { at: self.now, event });
    }

    pub(crate) fn agent_slot(&self, agent: AgentId) -> Result<u32, InputError> {
        self.agent_at.get(&agent).copied().ok_or(InputError::UnknownAgent(agent))
    }

    pub(crate) fn contact_slot(&self, contact: ContactId) -> Result<u32, InputError> {
        self.contact_at.get(&contact).copied().ok_or(InputError::ContactGone(contact))
    }
}
