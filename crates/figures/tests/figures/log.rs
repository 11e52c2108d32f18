//! Journals for tests: one contact's life at a time, put together in the order of time.

use std::time::Duration;

use domain::{
    AgentId, ClientId, ContactId, Language, QueueId, Span, Timestamp, Zone,
    contract::{Channel, ClockStart, ServiceLevelFormula, ServicePromise},
};
use figures::{Group, Intervals, Query, Row};
use proptest::prelude::*;
use routing::{
    AgentState, AwayReason, EndedBy, Ending, Event, OfferEnd, OfferKind, PartEnd, QueuedWhy,
    Stamped, TransferTarget,
};

pub fn secs(s: u64) -> Duration {
    Duration::from_secs(s)
}

pub fn us(us: u64) -> Duration {
    Duration::from_micros(us)
}

pub fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

pub fn zone(name: &str) -> Zone {
    Zone::get(name).unwrap()
}

pub fn agent(n: u128) -> AgentId {
    AgentId::from_u128(n)
}

pub fn client(n: u128) -> ClientId {
    ClientId::from_u128(n)
}

/// Queues of a client: its first and its second.
pub fn queue(client: u128, n: u128) -> QueueId {
    QueueId::from_u128(client * 10 + n)
}

pub fn promise(version: u32) -> ServicePromise {
    let formulas = [
        ServiceLevelFormula::AnsweredOrAbandonedInTime,
        ServiceLevelFormula::OfOffered,
        ServiceLevelFormula::ExcludingShortAbandons,
    ];
    ServicePromise {
        threshold_s: 20 * version,
        target_percent: 80,
        formula: formulas[version as usize % 3],
        clock: ClockStart::FirstRing,
        short_abandon_s: 5,
    }
}

/// One contact; events are added at a cursor that goes forward.
#[derive(Clone, Debug)]
pub struct Life {
    pub contact: ContactId,
    client: ClientId,
    queue: QueueId,
    start: Timestamp,
    now: Timestamp,
    waits_since: Timestamp,
    answered: bool,
    first_wait: Duration,
    pub events: Vec<Stamped>,
}

impl Life {
    /// Arrives in its client's first queue, with its clock started `rung` before.
    pub fn new(n: u128, of: u128, version: u32, start: Timestamp, rung: Duration) -> Self {
        let (client, queue) = (client(of), queue(of, 1));
        let now = start + rung;
        let contact = ContactId::from_u128(n);
        let mut life = Self {
            contact,
            client,
            queue,
            start,
            now,
            waits_since: start,
            answered: false,
            first_wait: Duration::ZERO,
            events: Vec::new(),
        };
        life.push(Event::Arrived {
            contact,
            client,
            queue,
            channel: Channel::Chat,
            language: Language::FR,
            contract_version: version,
            period: 0,
            promise: promise(version),
            clock_start: start,
            first_ring: None,
        });
        life
    }

    /// An agent calls a customer of the client, for its first queue.
    pub fn called_out(n: u128, of: u128, by: u128, start: Timestamp) -> Self {
        let mut life = Self::new(n, of, 1, start, Duration::ZERO);
        life.events.clear();
        life.answered = true;
        let Self { contact, client, queue, .. } = life;
        life.push(Event::CalledOut {
            contact,
            client,
            queue,
            agent: agent(by),
            language: Language::FR,
            contract_version: 1,
            period: 0,
            promise: promise(1),
        });
        life
    }

    pub fn reached(mut self) -> Self {
        let Self { contact, client, .. } = self;
        self.push(Event::CustomerAnswered { contact, client });
        self
    }

    /// A callback that the customer did not answer, `again` if there is another try.
    pub fn failed(mut self, by: u128, tries: u8, again: bool) -> Self {
        let Self { contact, client, now, .. } = self;
        let retry_at = again.then(|| now + secs(600));
        self.push(Event::CallbackFailed { contact, client, agent: agent(by), tries, retry_at });
        self
    }

    /// Passed on to a number outside.
    pub fn outside(mut self, by: u128) -> Self {
        let Self { contact, client, .. } = self;
        let to = TransferTarget::Outside;
        self.push(Event::Transferred { contact, client, by: agent(by), to });
        self
    }

    fn push(&mut self, event: Event) {
        self.events.push(Stamped { at: self.now, event });
    }

    pub fn after(mut self, span: Duration) -> Self {
        self.now = self.now + span;
        self
    }

    pub fn queued(mut self, why: QueuedWhy) -> Self {
        if why == QueuedWhy::Transferred {
            self.waits_since = self.now;
        }
        let Self { contact, client, queue, .. } = self;
        self.push(Event::Queued { contact, client, queue, why });
        self
    }

    pub fn for_opening(mut self) -> Self {
        let Self { contact, client, .. } = self;
        self.push(Event::WaitsForOpening { contact, client, opens: None });
        self
    }

    pub fn greeted(mut self) -> Self {
        let Self { contact, client, .. } = self;
        self.push(Event::GreetingStarted { contact, client, length: secs(12) });
        self
    }

    pub fn offered(mut self, to: u128) -> Self {
        let Self { contact, client, queue, now, .. } = self;
        self.push(Event::Offered {
            contact,
            client,
            queue,
            agent: agent(to),
            until: now + secs(20),
            kind: OfferKind::Queue,
            decision: None,
        });
        self
    }

    pub fn offer_ended(mut self, to: u128, why: OfferEnd) -> Self {
        let Self { contact, client, .. } = self;
        self.push(Event::OfferEnded { contact, client, agent: agent(to), why });
        self
    }

    pub fn answered(mut self, by: u128, overflow: bool) -> Self {
        let Self { contact, client, queue, .. } = self;
        let (wait, first) = (self.now.since(self.waits_since), !self.answered);
        if first {
            self.first_wait = wait;
        }
        self.answered = true;
        let agent = agent(by);
        self.push(Event::Answered { contact, client, queue, agent, wait, first, overflow });
        self
    }

    pub fn callback(mut self) -> Self {
        let Self { contact, client, .. } = self;
        self.push(Event::CallbackPromised { contact, client });
        self
    }

    pub fn consult(mut self, by: u128, to: u128) -> Self {
        let Self { contact, client, .. } = self;
        self.push(Event::ConsultStarted { contact, client, by: agent(by), to: agent(to) });
        self
    }

    pub fn conference(mut self, by: u128) -> Self {
        let Self { contact, client, .. } = self;
        self.push(Event::ConferenceStarted { contact, client, by: agent(by) });
        self
    }

    pub fn part_ended(mut self, of: u128, talk: Duration, hold: Duration, why: PartEnd) -> Self {
        let Self { contact, client, queue, .. } = self;
        self.push(Event::PartEnded { contact, client, queue, agent: agent(of), talk, hold, why });
        self
    }

    /// Passed on to the client's second queue.
    pub fn transferred(mut self, by: u128) -> Self {
        let Self { contact, client, .. } = self;
        let to = QueueId::from_u128(self.queue.uuid().as_u128() + 1);
        let target = TransferTarget::Queue(to);
        self.push(Event::Transferred { contact, client, by: agent(by), to: target });
        self.queue = to;
        self.queued(QueuedWhy::Transferred)
    }

    pub fn wrap_up(mut self, of: u128) -> Self {
        let Self { contact, client, .. } = self;
        self.push(Event::WrapUpStarted { contact, client, agent: agent(of), until: None });
        self
    }

    pub fn wrapped_up(mut self, of: u128, queue: QueueId, length: Duration) -> Self {
        let Self { contact, client, .. } = self;
        let (agent, disposition) = (agent(of), None);
        self.push(Event::WrapUpEnded { contact, client, queue, agent, length, disposition });
        self
    }

    pub fn ended(mut self, ending: Ending) -> Self {
        let Self { contact, client, queue, .. } = self;
        let wait = if self.answered { self.first_wait } else { self.now.since(self.start) };
        self.push(Event::Ended { contact, client, queue, ending, wait });
        self
    }
}

pub const HANDLED: Ending = Ending::Handled(EndedBy::Customer);

pub fn agent_state(at: Timestamp, of: u128, state: AgentState) -> Stamped {
    Stamped { at, event: Event::AgentState { agent: agent(of), state, next: None } }
}

/// In the order of time; events of one instant keep the order of `lives`.
pub fn journal(lives: impl IntoIterator<Item = Vec<Stamped>>) -> Vec<Stamped> {
    let mut events: Vec<_> = lives.into_iter().flatten().collect();
    events.sort_by_key(|stamped| stamped.at);
    events
}

pub fn query(zone: &str, span: Span, length: Duration, group: Group) -> Query {
    let zone = self::zone(zone);
    Query { zone, span, length, group, client: None, queue: None, channel: None, agent: None }
}

pub fn report(query: Query, events: &[Stamped]) -> Vec<Row> {
    let mut intervals = Intervals::new(query).unwrap();
    events.iter().for_each(|stamped| intervals.apply(stamped));
    let now = events.last().map_or(intervals.until(), |last| last.at);
    intervals.finish(now)
}

const HOUR_US: u64 = 3_600_000_000;

prop_compose! {
    /// The life of a contact that arrives within `hours` of `start`, whatever happens to it.
    pub fn any_life(start: Timestamp, hours: u64)(
        of in 1_u128..4,
        version in 1_u32..3,
        arrives in 0..hours * HOUR_US,
        rung in 0_u64..3_000_000,
        spans in prop::array::uniform6(prop_oneof![Just(0), 0_u64..90_000_000, 0..2 * HOUR_US]),
        agents in (1_u128..5, 5_u128..8),
        fate in 0_u8..12,
        missed in any::<bool>(),
        overflow in any::<bool>(),
    ) -> Life {
        let [wait, talk, hold, wrap, wait_again, talk_again] = spans.map(us);
        let (a, b) = agents;
        let life = |n| Life::new(n, of, version, start + us(arrives), us(rung));
        let mut life = life(0).queued(QueuedWhy::Arrived);
        if missed {
            life = life.offered(b).after(us(rung)).offer_ended(b, OfferEnd::Missed)
                .queued(QueuedWhy::OfferEnded);
        }
        let first = queue(of, 1);
        let handled = |life: Life| life
            .offered(a).after(wait).answered(a, overflow)
            .after(talk + hold).part_ended(a, talk, hold, PartEnd::Ended);
        match fate {
            0..=3 => handled(life).ended(HANDLED).wrap_up(a).after(wrap).wrapped_up(a, first, wrap),
            4 => handled(life).wrap_up(a).ended(HANDLED).after(wrap).wrapped_up(a, first, wrap),
            5 => handled(life).ended(HANDLED),
            6 => handled(life).transferred(a).after(wait_again).answered(b, overflow)
                .after(talk_again).part_ended(b, talk_again, Duration::ZERO, PartEnd::Ended)
                .ended(HANDLED).wrap_up(b).after(wrap).wrapped_up(b, queue(of, 2), wrap),
            7 => life.after(wait).ended(Ending::Abandoned),
            8 => life.greeted().after(us(rung)).ended(Ending::ShortAbandoned),
            9 => life.after(wait).callback().after(wait_again).answered(a, false)
                .after(talk).part_ended(a, talk, Duration::ZERO, PartEnd::Ended).ended(HANDLED),
            10 => life.ended(Ending::QueueFull),
            _ => life.after(wait).ended(Ending::Closed),
        }
    }
}

prop_compose! {
    /// An agent's shift: signed in, some states, signed out, perhaps twice. Also the signed-in time.
    pub fn any_shift(start: Timestamp, hours: u64)(
        first in 0..hours * HOUR_US,
        states in prop::collection::vec((0_usize..8, 0..4 * HOUR_US), 1..12),
        back in prop::option::of((0_usize..8, 0..HOUR_US)),
    ) -> (Vec<(Timestamp, AgentState)>, Duration) {
        use AgentState as S;
        let kinds = [
            S::Available, S::Offered, S::Talking, S::Holding, S::Consulting, S::WrapUp,
            S::Away(AwayReason::Lunch), S::Away(AwayReason::NoAnswer),
        ];
        let mut now = start + us(first);
        let mut changes = Vec::new();
        let mut signed_in = Duration::ZERO;
        for (kind, length) in states {
            changes.push((now, kinds[kind]));
            now = now + us(length);
            signed_in += us(length);
        }
        changes.push((now, S::SignedOut));
        if let Some((kind, length)) = back {
            now = now + us(length);
            changes.push((now, kinds[kind]));
            changes.push((now + us(length), S::SignedOut));
            signed_in += us(length);
        }
        (changes, signed_in)
    }
}

/// A day of contacts and shifts.
#[derive(Clone, Debug)]
pub struct Day {
    pub lives: Vec<Vec<Stamped>>,
    pub shifts: Vec<Vec<Stamped>>,
    /// Signed-in time by agent number, from 1.
    pub signed_in: Vec<Duration>,
}

impl Day {
    pub fn journal(&self) -> Vec<Stamped> {
        journal(self.lives.iter().chain(&self.shifts).cloned())
    }
}

pub fn any_day(start: Timestamp, hours: u64) -> impl Strategy<Value = Day> {
    let lives = prop::collection::vec(any_life(start, hours), 0..40);
    let shifts = prop::collection::vec(any_shift(start, hours), 0..6);
    (lives, shifts).prop_map(|(lives, shifts)| Day {
        lives: (1..).zip(lives).map(|(n, life)| numbered(life, n)).collect(),
        shifts: (1..)
            .zip(&shifts)
            .map(|(n, (changes, _))| {
                changes.iter().map(|(at, state)| agent_state(*at, n, *state)).collect()
            })
            .collect(),
        signed_in: shifts.into_iter().map(|(_, signed_in)| signed_in).collect(),
    })
}

/// Gives a life its own contact id.
fn numbered(life: Life, n: u128) -> Vec<Stamped> {
    let mut events = life.events;
    for stamped in &mut events {
        use Event as E;
        match &mut stamped.event {
            E::Arrived { contact, .. }
            | E::Queued { contact, .. }
            | E::GreetingStarted { contact, .. }
            | E::Offered { contact, .. }
            | E::OfferEnded { contact, .. }
            | E::Answered { contact, .. }
            | E::PartEnded { contact, .. }
            | E::WrapUpStarted { contact, .. }
            | E::WrapUpEnded { contact, .. }
            | E::Transferred { contact, .. }
            | E::CallbackPromised { contact, .. }
            | E::Ended { contact, .. } => *contact = ContactId::from_u128(n),
            other => panic!("a life without {other:?}"),
        }
    }
    events
}
