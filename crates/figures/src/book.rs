//! From events to facts: follows each contact and agent on the floor and says what counts, where.
//!
//! The one reading of the journal. Whoever keeps figures is a sink of its entries.

use std::{collections::BTreeMap, time::Duration};

use domain::{
    AgentId, ClientId, ContactId, QueueId, Span, Timestamp,
    contract::{Channel, ServicePromise},
};
use minicbor::{Decode, Encode};
use routing::{AgentState, Ending, Event, OfferEnd, PartEnd, QueuedWhy, Stamped, TransferTarget};

/// What stays with a contact from its first event on.
#[derive(Clone, Debug, Encode, Decode)]
pub(crate) struct Origin {
    #[n(0)]
    pub client: ClientId,
    /// Queue at arrival.
    #[n(1)]
    pub queue: QueueId,
    #[n(2)]
    pub channel: Channel,
    #[n(3)]
    pub contract_version: u32,
    #[n(4)]
    pub period: u16,
    #[n(5)]
    pub promise: ServicePromise,
    /// Start of the clock: the contact counts in the interval of this instant.
    #[n(6)]
    pub arrived: Timestamp,
    /// We called: in no service level, and its time apart.
    #[n(7)]
    pub outbound: bool,
}

/// Something to count.
#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs)] // named as the fields of `Tally`
pub(crate) enum Fact {
    Arrived,
    WaitedForOpening,
    Greeted,
    Expedited,
    Answered {
        wait: Duration,
        overflow: bool,
    },
    LegAnswered {
        wait: Duration,
    },
    CallbackPromised,
    CallbackAnswered,
    CallbackFailed,
    CallbackCancelled,
    NotReached,
    Voicemail,
    Cut,
    CalledOut,
    OutboundAnswered,
    Abandoned {
        wait: Duration,
    },
    LegAbandoned,
    LeftBeforeOpening,
    Closed,
    QueueFull,
    QueueRemoved,
    Handled,
    Transferred,
    Offered,
    OfferMissed,
    OfferRefused,
    OfferFailed,
    TalkLimitPassed,
    /// `advice` when the agent was only asked.
    PartEnded {
        talk: Duration,
        hold: Duration,
        advice: bool,
    },
    WrappedUp {
        length: Duration,
    },
}

/// A fact with where it counts, or a stretch of an agent's time.
pub(crate) enum Entry<'a> {
    Fact {
        origin: &'a Origin,
        /// Where it counts: a later leg counts in its own queue.
        queue: QueueId,
        /// Whose it is, and the instant by which it counts for the agent: that of the answer.
        agent: Option<(AgentId, Timestamp)>,
        fact: Fact,
    },
    Time {
        agent: AgentId,
        state: AgentState,
        span: Span,
    },
}

/// How a contact stands now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub(crate) enum Stage {
    #[n(0)]
    ForOpening,
    #[n(1)]
    Waiting,
    /// A callback between two tries.
    #[n(2)]
    Later,
    #[n(3)]
    WithAgent,
    /// Passed on to somebody outside.
    #[n(4)]
    Outside,
    #[n(5)]
    Ended,
}

#[derive(Clone, Debug, Encode, Decode)]
pub(crate) struct OnFloor {
    #[n(0)]
    pub origin: Origin,
    /// Queue now.
    #[n(1)]
    pub queue: QueueId,
    #[n(2)]
    pub stage: Stage,
    /// Since when it waits, for a contact that does.
    #[n(3)]
    pub waits_since: Timestamp,
    #[n(4)]
    pub answered: bool,
    #[n(5)]
    pub callback: bool,
    /// The customer whom we called has answered.
    #[n(6)]
    reached: bool,
    /// When the hours began, for a contact that waited for them.
    #[n(7)]
    opened: Option<Timestamp>,
    #[n(8)]
    parts: Vec<Part>,
}

#[derive(Clone, Debug, Encode, Decode)]
struct Part {
    #[n(0)]
    agent: AgentId,
    #[n(1)]
    queue: QueueId,
    #[n(2)]
    since: Timestamp,
    #[n(3)]
    advice: bool,
    #[n(4)]
    stage: PartStage,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
enum PartStage {
    #[n(0)]
    Open,
    /// Over since then; a wrap-up begins in the same instant or not at all.
    #[n(1)]
    Ended(#[n(0)] Timestamp),
    #[n(2)]
    WrapUp,
}

/// Contacts and agents on the floor. Bounded by the floor's own limits: a contact leaves with its
/// last wrap-up, an agent by signing out.
#[derive(Clone, Debug, Default, Encode, Decode)]
pub(crate) struct Book {
    #[n(0)]
    contacts: BTreeMap<ContactId, OnFloor>,
    #[n(1)]
    agents: BTreeMap<AgentId, (AgentState, Timestamp)>,
    /// Contacts that leave the book as soon as time goes on: their wrap-up may begin in the same
    /// instant as they end.
    #[n(2)]
    leaving: Vec<ContactId>,
    #[n(3)]
    now: Option<Timestamp>,
    /// Events of contacts whose arrival was never seen.
    #[n(4)]
    pub strangers: u64,
}

impl Book {
    pub fn contacts(&self) -> impl Iterator<Item = &OnFloor> {
        self.contacts.values()
    }

    /// Signed-in agents.
    pub fn agents(&self) -> impl Iterator<Item = AgentId> + '_ {
        self.agents.keys().copied()
    }

    /// One agent's state and its beginning, while signed in.
    pub fn agent(&self, agent: AgentId) -> Option<(AgentState, Timestamp)> {
        self.agents.get(&agent).copied()
    }

    /// Reads one event. Events come in the order of the journal.
    pub fn apply(&mut self, stamped: &Stamped, sink: &mut impl FnMut(Entry<'_>)) {
        let at = self.now.map_or(stamped.at, |now| now.max(stamped.at));
        if self.now.is_some_and(|now| now < at) {
            self.let_go();
        }
        self.now = Some(at);
        match &stamped.event {
            Event::AgentState { agent, state, .. } => self.agent_state(at, *agent, *state, sink),
            // A call's facts may follow its end, and nothing of them is counted here.
            Event::PeriodChanged { .. } | Event::Phone { .. } | Event::Call { .. } => {}
            Event::CalledOut {
                contact,
                client,
                queue,
                agent,
                contract_version,
                period,
                promise,
                language: _,
            } => {
                let mut on_floor = OnFloor::new(Origin {
                    client: *client,
                    queue: *queue,
                    channel: Channel::Voice,
                    contract_version: *contract_version,
                    period: *period,
                    promise: promise.clone(),
                    arrived: at,
                    outbound: true,
                });
                on_floor.answered = true;
                on_floor.tell(sink, Some((*agent, at)), Fact::CalledOut);
                on_floor.begin(at, *agent, false);
                self.contacts.insert(*contact, on_floor);
            }
            Event::Arrived {
                contact,
                client,
                queue,
                channel,
                contract_version,
                period,
                promise,
                clock_start,
                language: _,
                first_ring: _,
            } => {
                let on_floor = OnFloor::new(Origin {
                    client: *client,
                    queue: *queue,
                    channel: *channel,
                    contract_version: *contract_version,
                    period: *period,
                    promise: promise.clone(),
                    arrived: *clock_start,
                    outbound: false,
                });
                on_floor.tell(sink, None, Fact::Arrived);
                self.contacts.insert(*contact, on_floor);
            }
            event => {
                let Some(contact) = contact_of(event) else { return };
                let Some(on_floor) = self.contacts.get_mut(&contact) else {
                    self.strangers += 1;
                    return;
                };
                on_floor.apply(at, event, sink);
                if on_floor.is_over() {
                    self.leaving.push(contact);
                }
            }
        }
    }

    /// Cuts the agents' time at `at`, as if each state ended and began again there.
    pub fn cut(&mut self, at: Timestamp, sink: &mut impl FnMut(Entry<'_>)) {
        for (agent, (state, since)) in &mut self.agents {
            if *since < at {
                let span = Span { from: *since, until: at };
                sink(Entry::Time { agent: *agent, state: *state, span });
                *since = at;
            }
        }
    }

    fn agent_state(
        &mut self,
        at: Timestamp,
        agent: AgentId,
        state: AgentState,
        sink: &mut impl FnMut(Entry<'_>),
    ) {
        let before = match state {
            AgentState::SignedOut => self.agents.remove(&agent),
            _ => self.agents.insert(agent, (state, at)),
        };
        if let Some((state, since)) = before
            && since < at
        {
            sink(Entry::Time { agent, state, span: Span { from: since, until: at } });
        }
    }

    fn let_go(&mut self) {
        for contact in self.leaving.drain(..) {
            if self.contacts.get(&contact).is_some_and(OnFloor::is_over) {
                self.contacts.remove(&contact);
            }
        }
    }
}

impl OnFloor {
    fn new(origin: Origin) -> Self {
        Self {
            queue: origin.queue,
            stage: Stage::Waiting,
            waits_since: origin.arrived,
            answered: false,
            callback: false,
            reached: false,
            opened: None,
            parts: Vec::new(),
            origin,
        }
    }

    fn tell(
        &self,
        sink: &mut impl FnMut(Entry<'_>),
        agent: Option<(AgentId, Timestamp)>,
        fact: Fact,
    ) {
        sink(Entry::Fact { origin: &self.origin, queue: self.queue, agent, fact });
    }

    fn is_over(&self) -> bool {
        self.stage == Stage::Ended && self.parts.iter().all(|p| p.stage != PartStage::WrapUp)
    }

    fn apply(&mut self, at: Timestamp, event: &Event, sink: &mut impl FnMut(Entry<'_>)) {
        match event {
            Event::WaitsForOpening { .. } => {
                self.stage = Stage::ForOpening;
                self.tell(sink, None, Fact::WaitedForOpening);
            }
            Event::Queued { queue, why, .. } => {
                self.queue = *queue;
                match why {
                    QueuedWhy::Opened => {
                        self.opened = Some(at);
                        self.waits_since = at;
                    }
                    QueuedWhy::TriedAgain => self.waits_since = at,
                    QueuedWhy::Transferred | QueuedWhy::Released if self.answered => {
                        self.waits_since = at;
                    }
                    _ => {}
                }
                self.stage = Stage::Waiting;
            }
            Event::GreetingStarted { .. } => self.tell(sink, None, Fact::Greeted),
            Event::Expedited { .. } => self.tell(sink, None, Fact::Expedited),
            Event::Offered { agent, .. } => {
                self.tell(sink, Some((*agent, at)), Fact::Offered);
            }
            Event::OfferEnded { agent, why, .. } => {
                let fact = match why {
                    OfferEnd::Missed => Fact::OfferMissed,
                    OfferEnd::Refused => Fact::OfferRefused,
                    OfferEnd::Busy | OfferEnd::Unreachable => Fact::OfferFailed,
                    OfferEnd::ContactGone | OfferEnd::TakenBack => return,
                };
                self.tell(sink, Some((*agent, at)), fact);
            }
            Event::Answered { queue, agent, wait, first, overflow, .. } => {
                self.queue = *queue;
                let fact = match (self.callback, *first && !self.answered) {
                    (true, true) => Fact::CallbackAnswered,
                    (false, true) => Fact::Answered {
                        wait: self.opened.map_or(*wait, |opened| at.since(opened)),
                        overflow: *overflow,
                    },
                    (_, false) => Fact::LegAnswered { wait: *wait },
                };
                self.answered = true;
                self.tell(sink, Some((*agent, at)), fact);
                self.begin(at, *agent, false);
            }
            Event::ConsultStarted { to, .. } => self.begin(at, *to, true),
            Event::PartEnded { queue, agent, talk, hold, why, .. } => {
                let stages = |p: &&mut Part| p.agent == *agent && p.stage == PartStage::Open;
                let part = self.parts.iter_mut().rev().find(stages);
                let (since, advice) = match part {
                    Some(part) => {
                        part.stage = PartStage::Ended(at);
                        part.queue = *queue;
                        (part.since, part.advice)
                    }
                    None => (at, false),
                };
                let fact = Fact::PartEnded { talk: *talk, hold: *hold, advice };
                let agent = Some((*agent, since));
                sink(Entry::Fact { origin: &self.origin, queue: *queue, agent, fact });
                if *why != PartEnd::Ended {
                    self.take_over(at, sink);
                }
            }
            Event::ConferenceStarted { .. } => {
                self.parts.iter_mut().for_each(|part| part.advice = false);
            }
            Event::WrapUpStarted { agent, .. } => {
                let ended =
                    |p: &&mut Part| p.agent == *agent && matches!(p.stage, PartStage::Ended(_));
                match self.parts.iter_mut().rev().find(ended) {
                    Some(part) => part.stage = PartStage::WrapUp,
                    None => self.parts.push(Part {
                        agent: *agent,
                        queue: self.queue,
                        since: at,
                        advice: false,
                        stage: PartStage::WrapUp,
                    }),
                }
            }
            Event::WrapUpEnded { queue, agent, length, .. } => {
                let wraps = |p: &Part| p.agent == *agent && p.stage == PartStage::WrapUp;
                let since = match self.parts.iter().rposition(wraps) {
                    Some(at) => self.parts.remove(at).since,
                    None => at,
                };
                let agent = Some((*agent, since));
                let fact = Fact::WrappedUp { length: *length };
                sink(Entry::Fact { origin: &self.origin, queue: *queue, agent, fact });
            }
            Event::Transferred { by, to, .. } => {
                if *to == TransferTarget::Outside {
                    self.stage = Stage::Outside;
                }
                self.tell(sink, Some((*by, at)), Fact::Transferred);
            }
            Event::CallbackPromised { .. } => {
                self.callback = true;
                self.tell(sink, None, Fact::CallbackPromised);
            }
            Event::CallbackFailed { agent, .. } => {
                self.stage = Stage::Later;
                self.tell(sink, Some((*agent, at)), Fact::CallbackFailed);
            }
            Event::CustomerAnswered { .. } => {
                if self.origin.outbound && !self.reached {
                    self.tell(sink, None, Fact::OutboundAnswered);
                }
                self.reached = true;
            }
            Event::TalkLimitPassed { agent, .. } => {
                self.tell(sink, Some((*agent, at)), Fact::TalkLimitPassed);
            }
            Event::Ended { ending, wait, .. } => self.end(*ending, *wait, at, sink),
            Event::RingOpened { .. }
            | Event::Held { .. }
            | Event::Resumed { .. }
            | Event::WrapUpExtended { .. }
            | Event::Arrived { .. }
            | Event::CalledOut { .. }
            | Event::Call { .. }
            | Event::Phone { .. }
            | Event::AgentState { .. }
            | Event::PeriodChanged { .. } => {}
        }
    }

    fn end(
        &mut self,
        ending: Ending,
        wait: Duration,
        at: Timestamp,
        sink: &mut impl FnMut(Entry<'_>),
    ) {
        let fact = match ending {
            Ending::Handled(_) => {
                if self.stage == Stage::Waiting {
                    self.tell(sink, None, Fact::LegAbandoned);
                }
                Fact::Handled
            }
            Ending::Abandoned | Ending::ShortAbandoned => match self.stage {
                _ if self.answered => Fact::LegAbandoned,
                Stage::ForOpening => Fact::LeftBeforeOpening,
                _ => Fact::Abandoned { wait: self.opened.map_or(wait, |o| at.since(o)) },
            },
            // It was answered, or promised a callback; that its queue is gone turns nobody away.
            Ending::Closed | Ending::QueueFull | Ending::QueueRemoved if self.answered => {
                Fact::Handled
            }
            Ending::Closed | Ending::QueueFull | Ending::QueueRemoved if self.callback => {
                Fact::CallbackCancelled
            }
            Ending::Closed => Fact::Closed,
            Ending::QueueFull => Fact::QueueFull,
            Ending::QueueRemoved => Fact::QueueRemoved,
            Ending::Voicemail => Fact::Voicemail,
            Ending::Cut => Fact::Cut,
            Ending::NotReached => Fact::NotReached,
            Ending::CallbackCancelled => Fact::CallbackCancelled,
        };
        // A contact's end counts where it arrived, like its first answer.
        let (origin, queue) = (&self.origin, self.origin.queue);
        let was_handled = self.answered && matches!(fact, Fact::Voicemail | Fact::Cut);
        sink(Entry::Fact { origin, queue, agent: None, fact });
        if was_handled {
            sink(Entry::Fact { origin, queue, agent: None, fact: Fact::Handled });
        }
        self.stage = Stage::Ended;
    }

    /// When only agents who were asked for advice are left, the first of them has taken the contact
    /// over without an offer: that is an answer without a wait.
    fn take_over(&mut self, at: Timestamp, sink: &mut impl FnMut(Entry<'_>)) {
        let is_open = |p: &&mut Part| p.stage == PartStage::Open;
        if self.parts.iter_mut().filter(is_open).any(|part| !part.advice) {
            return;
        }
        if let Some(part) = self.parts.iter_mut().find(is_open) {
            part.advice = false;
            let agent = Some((part.agent, at));
            let (queue, fact) = (part.queue, Fact::LegAnswered { wait: Duration::ZERO });
            sink(Entry::Fact { origin: &self.origin, queue, agent, fact });
        }
    }

    /// An agent joins. A part given for advice becomes a full one when the agent takes over.
    fn begin(&mut self, at: Timestamp, agent: AgentId, advice: bool) {
        self.stage = Stage::WithAgent;
        self.parts.retain(|p| !matches!(p.stage, PartStage::Ended(ended) if ended < at));
        let open = |p: &&mut Part| p.agent == agent && p.stage == PartStage::Open;
        match self.parts.iter_mut().find(open) {
            Some(part) => part.advice &= advice,
            None => self.parts.push(Part {
                agent,
                queue: self.queue,
                since: at,
                advice,
                stage: PartStage::Open,
            }),
        }
    }
}

/// The contact an event is about.
fn contact_of(event: &Event) -> Option<ContactId> {
    match event {
        Event::Arrived { contact, .. }
        | Event::WaitsForOpening { contact, .. }
        | Event::Queued { contact, .. }
        | Event::GreetingStarted { contact, .. }
        | Event::RingOpened { contact, .. }
        | Event::Offered { contact, .. }
        | Event::OfferEnded { contact, .. }
        | Event::Answered { contact, .. }
        | Event::Held { contact, .. }
        | Event::Resumed { contact, .. }
        | Event::ConsultStarted { contact, .. }
        | Event::ConferenceStarted { contact, .. }
        | Event::PartEnded { contact, .. }
        | Event::WrapUpStarted { contact, .. }
        | Event::WrapUpExtended { contact, .. }
        | Event::WrapUpEnded { contact, .. }
        | Event::Transferred { contact, .. }
        | Event::CallbackPromised { contact, .. }
        | Event::Ended { contact, .. }
        | Event::TalkLimitPassed { contact, .. }
        | Event::CalledOut { contact, .. }
        | Event::CustomerAnswered { contact, .. }
        | Event::CallbackFailed { contact, .. }
        | Event::Expedited { contact, .. } => Some(*contact),
        Event::Call { .. }
        | Event::Phone { .. }
        | Event::AgentState { .. }
        | Event::PeriodChanged { .. } => None,
    }
}
