//! From the journal's events to the facts of each contact.

use std::collections::BTreeMap;

use domain::{AgentId, ContactId, Timestamp, contract::Channel, tariff::SpanClass};
use minicbor::{Decode, Encode};
use routing::{Ending, Event, PartEnd, QueuedWhy, Stamped, TransferTarget};

use crate::facts::{Damaged, Facts, Fate, Spent};

/// Number of the metering. Raise it when an event is read otherwise than before or when the kept form
/// of facts or marks changes: what was kept under another number is not used, but made anew.
pub const METERING: u32 = 1;

/// Reads the journal in its order and gives away the facts of each contact as it is over.
///
/// An agent's time counts as it does in the figures: of all who answered, joined a conference or took
/// over; of those who were only asked for advice, nothing but their wrap-up. Bounded by the floor's
/// own limits, since a contact leaves with its last wrap-up.
#[derive(Debug, Default, Encode, Decode)]
pub struct Meter {
    #[n(0)]
    contacts: BTreeMap<ContactId, Running>,
    /// Contacts that leave as soon as time goes on: their wrap-up may begin in the same instant as they
    /// end.
    #[n(1)]
    leaving: Vec<ContactId>,
    #[n(2)]
    now: Option<Timestamp>,
}

#[derive(Debug, Encode, Decode)]
struct Running {
    #[n(0)]
    facts: Facts,
    /// The span that belongs to no agent, while there is one.
    #[n(1)]
    alone: Option<(SpanClass, Timestamp)>,
    /// Until when the greeting plays.
    #[n(2)]
    greeting: Option<Timestamp>,
    #[n(3)]
    callback: bool,
    #[n(4)]
    ended: bool,
    #[n(5)]
    parts: Vec<Part>,
}

#[derive(Debug, Encode, Decode)]
struct Part {
    #[n(0)]
    agent: AgentId,
    #[n(1)]
    advice: bool,
    #[n(2)]
    stage: Stage,
    #[n(3)]
    spans: Vec<Spent>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
enum Stage {
    #[n(0)]
    On(#[n(0)] SpanClass, #[n(1)] Timestamp),
    #[n(1)]
    Over,
    #[n(2)]
    WrapUp(#[n(0)] Timestamp),
    #[n(3)]
    Done,
}

impl Meter {
    /// Goes on where [`Meter::mark`] was made.
    ///
    /// # Errors
    /// When the bytes are not those of a mark.
    pub fn resume(mark: &[u8]) -> Result<Self, Damaged> {
        Ok(minicbor::decode(mark)?)
    }

    /// What is on the floor now, to go on from later.
    pub fn mark(&self) -> Vec<u8> {
        // A vector takes whatever is written, and no encoder here refuses a value.
        minicbor::to_vec(self).expect("encoding into memory cannot fail")
    }

    /// Reads one event; contacts that are over go to `sink`.
    pub fn apply(&mut self, stamped: &Stamped, sink: &mut impl FnMut(Facts)) {
        let Stamped { at, event } = stamped;
        if self.now.is_some_and(|now| now < *at) {
            self.let_go(sink);
        }
        self.now = Some(*at);
        let at = *at;
        let Some(contact) = (match event {
            Event::Arrived {
                contact,
                client,
                queue,
                channel,
                contract_version,
                period,
                clock_start,
                first_ring,
                ..
            } => {
                let mut running = Running::new(Facts {
                    contact: *contact,
                    client: *client,
                    queue: *queue,
                    channel: *channel,
                    outbound: false,
                    contract_version: *contract_version,
                    period: *period,
                    overflow: false,
                    began: *clock_start,
                    answered: None,
                    ended: at,
                    fate: Fate::Abandoned,
                    disposition: None,
                    spans: Vec::new(),
                });
                let rang = first_ring.unwrap_or(*clock_start);
                running.alone = Some((SpanClass::Automated, rang));
                running.alone(Some(SpanClass::Queue), at);
                self.contacts.insert(*contact, running);
                return;
            }
            Event::CalledOut {
                contact, client, queue, agent, contract_version, period, ..
            } => {
                let mut running = Running::new(Facts {
                    contact: *contact,
                    client: *client,
                    queue: *queue,
                    channel: Channel::Voice,
                    outbound: true,
                    contract_version: *contract_version,
                    period: *period,
                    overflow: false,
                    began: at,
                    answered: None,
                    ended: at,
                    fate: Fate::NotReached,
                    disposition: None,
                    spans: Vec::new(),
                });
                running.begin(*agent, false, at);
                self.contacts.insert(*contact, running);
                return;
            }
            event => contact_of(event),
        }) else {
            return;
        };
        // Who arrived before the journal's first entry was never counted in a figure either.
        let Some(running) = self.contacts.get_mut(&contact) else { return };
        running.apply(at, event);
        if running.is_over() {
            self.leaving.push(contact);
        }
    }

    /// Gives away what is over although time has not gone on: at the journal's end.
    pub fn flush(&mut self, sink: &mut impl FnMut(Facts)) {
        self.let_go(sink);
    }

    fn let_go(&mut self, sink: &mut impl FnMut(Facts)) {
        for contact in std::mem::take(&mut self.leaving) {
            if self.contacts.get(&contact).is_some_and(Running::is_over)
                && let Some(running) = self.contacts.remove(&contact)
            {
                sink(running.facts());
            }
        }
    }
}

impl Running {
    fn new(facts: Facts) -> Self {
        Self {
            facts,
            alone: None,
            greeting: None,
            callback: false,
            ended: false,
            parts: Vec::new(),
        }
    }

    fn is_over(&self) -> bool {
        self.ended && self.parts.iter().all(|part| matches!(part.stage, Stage::Over | Stage::Done))
    }

    /// Ends the span that is no agent's, and begins another.
    fn alone(&mut self, next: Option<SpanClass>, at: Timestamp) {
        let mut tell = |class, from: Timestamp, until: Timestamp| {
            if from < until {
                self.facts.spans.push(Spent { from, until, class, agent: None, part: 0 });
            }
        };
        match (self.alone, self.greeting.take()) {
            (Some((SpanClass::Greeting, since)), Some(until)) => {
                // When the greeting is over, the customer waits on.
                tell(SpanClass::Greeting, since, until.min(at));
                tell(SpanClass::Queue, until.max(since), at);
            }
            (Some((class, since)), _) => tell(class, since, at),
            (None, _) => {}
        }
        self.alone = next.map(|class| (class, at));
    }

    fn begin(&mut self, agent: AgentId, advice: bool, at: Timestamp) {
        let open = |part: &&mut Part| part.agent == agent && part.is_open();
        match self.parts.iter_mut().find(open) {
            Some(part) => part.advice &= advice,
            None => {
                let stage = Stage::On(SpanClass::Talk, at);
                self.parts.push(Part { agent, advice, stage, spans: Vec::new() });
            }
        }
    }

    fn enter(&mut self, agent: AgentId, class: SpanClass, at: Timestamp) {
        let number = self.parts.iter().rposition(|part| part.agent == agent && part.is_open());
        if let Some(number) = number {
            self.parts[number].close(number, at);
            self.parts[number].stage = Stage::On(class, at);
        }
    }

    fn apply(&mut self, at: Timestamp, event: &Event) {
        match event {
            Event::WaitsForOpening { .. } => self.alone(None, at),
            Event::Queued { why: QueuedWhy::OfferEnded, .. } => {}
            Event::Queued { .. } => {
                let waits = (!self.callback).then_some(SpanClass::Queue);
                self.alone(waits, at);
            }
            Event::GreetingStarted { length, .. } => {
                self.alone(Some(SpanClass::Greeting), at);
                self.greeting = Some(at + *length);
            }
            Event::Answered { agent, first, overflow, .. } => {
                self.alone(None, at);
                if self.facts.answered.is_none() && !self.facts.outbound {
                    self.facts.answered = Some(at);
                    self.facts.overflow = *overflow && *first;
                }
                self.begin(*agent, false, at);
            }
            Event::CustomerAnswered { .. } => {
                // Whoever is on the line waits there, should they be passed on.
                self.callback = false;
                if self.facts.outbound && self.facts.answered.is_none() {
                    self.facts.answered = Some(at);
                }
                for number in 0..self.parts.len() {
                    self.ring_until(number, at);
                }
            }
            Event::Held { agent, .. } => self.enter(*agent, SpanClass::Hold, at),
            Event::Resumed { agent, .. } => self.enter(*agent, SpanClass::Talk, at),
            Event::ConsultStarted { by, to, .. } => {
                self.enter(*by, SpanClass::Talk, at);
                self.begin(*to, true, at);
            }
            Event::ConferenceStarted { by, .. } => {
                self.parts.iter_mut().for_each(|part| part.advice = false);
                self.enter(*by, SpanClass::Talk, at);
            }
            Event::PartEnded { agent, why, .. } => {
                let open = |part: &Part| part.agent == *agent && part.is_open();
                if let Some(number) = self.parts.iter().rposition(open) {
                    if *why == PartEnd::NotReached
                        || (self.facts.outbound && self.facts.answered.is_none())
                    {
                        self.ring_until(number, at);
                    }
                    self.parts[number].close(number, at);
                    self.parts[number].stage = Stage::Over;
                }
                if *why != PartEnd::Ended {
                    self.take_over();
                }
            }
            Event::WrapUpStarted { agent, .. } => {
                let over = |part: &Part| part.agent == *agent && part.stage == Stage::Over;
                if let Some(part) = self.parts.iter_mut().rev().find(|part| over(part)) {
                    part.stage = Stage::WrapUp(at);
                }
            }
            Event::WrapUpEnded { agent, disposition, .. } => {
                let wraps =
                    |part: &Part| part.agent == *agent && matches!(part.stage, Stage::WrapUp(_));
                if let Some(number) = self.parts.iter().rposition(wraps) {
                    self.parts[number].close(number, at);
                    self.parts[number].stage = Stage::Done;
                }
                self.facts.disposition = disposition.or(self.facts.disposition);
                self.facts.ended = self.facts.ended.max(at);
            }
            Event::Transferred { to: TransferTarget::Outside, .. } => {
                self.alone(Some(SpanClass::Patch), at);
            }
            Event::CallbackPromised { .. } => {
                self.callback = true;
                self.alone(None, at);
            }
            Event::Ended { ending, .. } => {
                self.alone(None, at);
                self.facts.ended = self.facts.ended.max(at);
                self.facts.fate = self.fate(*ending);
                self.ended = true;
            }
            _ => {}
        }
    }

    fn fate(&self, ending: Ending) -> Fate {
        match ending {
            Ending::Cut => Fate::Cut,
            Ending::Voicemail => Fate::Voicemail,
            Ending::NotReached => Fate::NotReached,
            Ending::Handled(_) if self.facts.outbound && self.facts.answered.is_none() => {
                Fate::NotReached
            }
            Ending::Handled(_) => Fate::Answered,
            _ if self.facts.answered.is_some() => Fate::Answered,
            Ending::Abandoned | Ending::ShortAbandoned => Fate::Abandoned,
            Ending::Closed
            | Ending::QueueFull
            | Ending::QueueRemoved
            | Ending::CallbackCancelled => Fate::TurnedAway,
        }
    }

    /// What counted as talk since the agent took it was ringing.
    fn ring_until(&mut self, number: usize, at: Timestamp) {
        let part = &mut self.parts[number];
        if let Stage::On(SpanClass::Talk, since) = part.stage {
            part.stage = Stage::On(SpanClass::Ringing, since);
            part.close(number, at);
            part.stage = Stage::On(SpanClass::Talk, at);
        }
    }

    /// When only agents who were asked for advice are left, the first of them has taken the contact
    /// over, as in the figures.
    fn take_over(&mut self) {
        if !self.parts.iter().any(|part| part.is_open() && !part.advice)
            && let Some(part) = self.parts.iter_mut().find(|part| part.is_open())
        {
            part.advice = false;
        }
    }

    fn facts(self) -> Facts {
        let Self { mut facts, parts, .. } = self;
        for part in parts {
            let kept = |span: &Spent| !part.advice || span.class == SpanClass::WrapUp;
            facts.spans.extend(part.spans.iter().filter(|span| kept(span)));
        }
        facts.spans.sort_unstable();
        facts
    }
}

impl Part {
    fn is_open(&self) -> bool {
        matches!(self.stage, Stage::On(..))
    }

    /// Tells the span that ends now.
    fn close(&mut self, number: usize, at: Timestamp) {
        let (class, since) = match self.stage {
            Stage::On(class, since) => (class, since),
            Stage::WrapUp(since) => (SpanClass::WrapUp, since),
            Stage::Over | Stage::Done => return,
        };
        if since >= at {
            return;
        }
        match self.spans.last_mut() {
            Some(last) if last.class == class && last.until == since => last.until = at,
            _ => self.spans.push(Spent {
                from: since,
                until: at,
                class,
                agent: Some(self.agent),
                part: u8::try_from(number + 1).unwrap_or(u8::MAX),
            }),
        }
    }
}

/// The contact an event is about, where a tariff could ask for what it says.
fn contact_of(event: &Event) -> Option<ContactId> {
    match event {
        Event::WaitsForOpening { contact, .. }
        | Event::Queued { contact, .. }
        | Event::GreetingStarted { contact, .. }
        | Event::Answered { contact, .. }
        | Event::Held { contact, .. }
        | Event::Resumed { contact, .. }
        | Event::ConsultStarted { contact, .. }
        | Event::ConferenceStarted { contact, .. }
        | Event::PartEnded { contact, .. }
        | Event::WrapUpStarted { contact, .. }
        | Event::WrapUpEnded { contact, .. }
        | Event::Transferred { contact, .. }
        | Event::CallbackPromised { contact, .. }
        | Event::Ended { contact, .. }
        | Event::CustomerAnswered { contact, .. } => Some(*contact),
        Event::Arrived { .. }
        | Event::CalledOut { .. }
        | Event::RingOpened { .. }
        | Event::Offered { .. }
        | Event::OfferEnded { .. }
        | Event::WrapUpExtended { .. }
        | Event::CallbackFailed { .. }
        | Event::TalkLimitPassed { .. }
        | Event::Expedited { .. }
        | Event::Call { .. }
        | Event::Phone { .. }
        | Event::AgentState { .. }
        | Event::PeriodChanged { .. } => None,
    }
}
