//! Figures of what the real router does with random hands at the desks.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use domain::{
    AgentId, ContactId, Language, PoolId, Span, Timeline, Timestamp,
    contract::{Channel, Selection, WrapUpRule},
};
use figures::{Group, Key, Live, Row};
use proptest::prelude::*;
use routing::{
    AgentRules, AgentState, Arrival, AwayReason, CallOut, ClientRules, EndedBy, Ending, Event,
    FloorRules, Input, NobodyRules, OverflowRules, PeriodRules, PoolRules, Presence, QueueRules,
    Router, ServiceRules, Stamped, TransferTarget,
};

use crate::log::*;

const AGENTS: u128 = 5;
const POOL: PoolId = PoolId::from_u128(1);
const HELP: PoolId = PoolId::from_u128(2);

fn queue_rules(of: u128, n: u128) -> QueueRules {
    QueueRules {
        queue: queue(of, n),
        channels: vec![Channel::Voice, Channel::Callback],
        skills: Vec::new(),
        language_required: false,
        head_start: Duration::ZERO,
        selection: Selection::LongestIdle,
        sticky: None,
        offer_timeout: secs(20),
        wrap_up: match n {
            1 => WrapUpRule::Fixed { seconds: 30, extend_s: 30, extensions_max: 1 },
            _ => WrapUpRule::UntilDone,
        },
        announce_position: false,
        waiting_max: 3,
    }
}

fn client_rules(of: u128) -> ClientRules {
    ClientRules {
        client: client(of),
        contract_version: u32::try_from(of).unwrap(),
        period_at: Timeline::constant(0),
        open_at: Timeline::constant(true),
        periods: vec![PeriodRules {
            service: ServiceRules::Shared(vec![POOL]),
            promise: promise(u32::try_from(of).unwrap()),
            peak_greeting: Some(secs(10)),
            overflow: Some(OverflowRules {
                after: Some(secs(30)),
                below_projected_percent: None,
                pools: vec![HELP],
            }),
            nobody_on_shift: NobodyRules::Wait,
            talk_limit: Some(secs(120)),
        }],
        queues: vec![queue_rules(of, 1), queue_rules(of, 2)],
        sites_allowed: None,
        closed_waits: true,
        default_language: Language::FR,
    }
}

/// A router with its events, and what a hand at a desk could know.
struct Floor {
    router: Router,
    now: Timestamp,
    events: Vec<Stamped>,
    open: BTreeSet<ContactId>,
    ringing: BTreeMap<ContactId, AgentId>,
    with: BTreeSet<(ContactId, AgentId)>,
    wrapping: BTreeSet<(ContactId, AgentId)>,
}

impl Floor {
    fn new(start: Timestamp) -> Self {
        let mut floor = Self {
            router: Router::new(),
            now: start,
            events: Vec::new(),
            open: BTreeSet::new(),
            ringing: BTreeMap::new(),
            with: BTreeSet::new(),
            wrapping: BTreeSet::new(),
        };
        floor.must(Input::SetFloor(FloorRules::default()));
        for pool in [POOL, HELP] {
            floor.must(Input::SetPool(PoolRules { pool, fairness_cap_percent: 100 }));
        }
        for of in [1, 2] {
            floor.must(Input::SetClient(Box::new(client_rules(of))));
        }
        for n in 1..=AGENTS {
            floor.must(Input::SetAgent(Box::new(AgentRules {
                agent: agent(n),
                pools: vec![if n < AGENTS { POOL } else { HELP }],
                team: None,
                skills: Vec::new(),
                languages: vec![Language::FR],
                sign_offs: vec![client(1), client(2)],
                site: None,
                channels: vec![(Channel::Voice, 1), (Channel::Callback, 1)],
            })));
        }
        floor
    }

    fn must(&mut self, input: Input) {
        self.router.handle(self.now, input).expect("the floor's own rules are sound");
        self.drain();
    }

    /// What is refused changes nothing.
    fn try_to(&mut self, input: Input) {
        let _ = self.router.handle(self.now, input);
        self.drain();
    }

    fn drain(&mut self) {
        while let Some(stamped) = self.router.next_event() {
            match &stamped.event {
                Event::Arrived { contact, .. } => drop(self.open.insert(*contact)),
                Event::CalledOut { contact, agent, .. } => {
                    self.open.insert(*contact);
                    self.with.insert((*contact, *agent));
                }
                Event::Offered { contact, agent, .. } => {
                    self.ringing.insert(*contact, *agent);
                }
                Event::OfferEnded { contact, .. } => drop(self.ringing.remove(contact)),
                Event::Answered { contact, agent, .. }
                | Event::ConsultStarted { contact, to: agent, .. } => {
                    self.ringing.remove(contact);
                    self.with.insert((*contact, *agent));
                }
                Event::PartEnded { contact, agent, .. } => {
                    self.with.remove(&(*contact, *agent));
                }
                Event::WrapUpStarted { contact, agent, .. } => {
                    self.wrapping.insert((*contact, *agent));
                }
                Event::WrapUpEnded { contact, agent, .. } => {
                    self.wrapping.remove(&(*contact, *agent));
                }
                Event::Ended { contact, .. } => {
                    self.ringing.remove(contact);
                    assert!(self.open.remove(contact), "each contact ends once");
                }
                _ => {}
            }
            self.events.push(stamped);
        }
    }

    /// One thing that somebody does, chosen by numbers.
    fn act(&mut self, n: u128, what: u8, pick: usize, other: u128, span: Duration) {
        self.now = self.now + span;
        self.router.advance(self.now);
        self.drain();
        let someone = agent(other % AGENTS + 1);
        let ringing = pick_of(self.ringing.iter().map(|(c, a)| (*c, *a)), pick);
        let with = pick_of(self.with.iter().copied(), pick);
        let wrapping = pick_of(self.wrapping.iter().copied(), pick);
        let open = pick_of(self.open.iter().copied(), pick);
        let input = match (what, ringing, with, wrapping, open) {
            (0, ..) => Some(Input::Arrive(Arrival {
                contact: ContactId::from_u128(n),
                client: client(other % 2 + 1),
                queue: queue(other % 2 + 1, other / 2 % 2 + 1),
                channel: Channel::Voice,
                language: None,
                first_ring: pick.is_multiple_of(3).then(|| self.now - us(other as u64 * 777_777)),
                customer: None,
                head_start: None,
                emergency: pick.is_multiple_of(17),
            })),
            (6, Some((contact, agent)), ..) => Some(Input::Answer { contact, agent }),
            (12, Some((contact, agent)), ..) => Some(Input::Refuse { contact, agent }),
            (13, _, Some((contact, _)), ..) => Some(Input::End { contact, by: EndedBy::Customer }),
            (14 | 16, _, Some((contact, agent)), ..) => Some(Input::Hold { contact, agent }),
            (15 | 17, _, Some((contact, agent)), ..) => Some(Input::Resume { contact, agent }),
            (18, _, Some((contact, by)), ..) => Some(Input::Consult { contact, by, to: someone }),
            (19, _, Some((contact, by)), ..) => Some(Input::Conference { contact, by }),
            (20, _, Some((contact, agent)), ..) => Some(Input::Leave { contact, agent }),
            (21, _, Some((contact, by)), ..) => {
                let target = match pick % 3 {
                    0 => TransferTarget::Agent(someone),
                    _ => TransferTarget::Queue(queue(other % 2 + 1, 2)),
                };
                Some(Input::Transfer { contact, by, to: target })
            }
            (22, _, _, Some((contact, agent)), _) => {
                Some(Input::FinishWrapUp { contact, agent, disposition: None })
            }
            (23, _, _, _, Some(contact)) => Some(Input::Abandon { contact }),
            (24, _, _, _, Some(contact)) => Some(Input::RequestCallback { contact }),
            (25, _, Some((contact, agent)), ..) if pick.is_multiple_of(2) => {
                Some(Input::TakeOver { contact, from: agent, by: someone })
            }
            (25, _, Some((contact, agent)), ..) => Some(Input::Release { contact, agent }),
            (26, ..) => Some(Input::SignOut { agent: someone }),
            (27, ..) => Some(Input::ConnectionLost { agent: someone }),
            (28, ..) => Some(Input::ConnectionRestored { agent: someone }),
            (29, ..) => Some(Input::SetPresence {
                agent: someone,
                presence: Presence::Away(AwayReason::Break),
            }),
            (30, ..) => {
                self.try_to(Input::SignIn { agent: someone, presence: Presence::Available });
                Some(Input::SetPresence { agent: someone, presence: Presence::Available })
            }
            (31, ..) => Some(Input::CallOut(CallOut {
                contact: ContactId::from_u128(n),
                client: client(other % 2 + 1),
                queue: queue(other % 2 + 1, other / 2 % 2 + 1),
                agent: someone,
                language: None,
                customer: None,
            })),
            (32, _, Some((contact, _)), ..) => Some(Input::CustomerAnswered { contact }),
            (33, ..) => Some(Input::Phone { agent: someone, ready: !pick.is_multiple_of(3) }),
            (34, _, _, _, Some(contact)) => match pick % 3 {
                0 => Some(Input::Cut { contact }),
                1 => Some(Input::CancelCallback { contact }),
                _ => Some(Input::LeaveVoicemail { contact }),
            },
            (35, _, Some((contact, _)), ..) => {
                let retry_at = self.now + secs(other as u64 * 60);
                Some(Input::CallbackFailed { contact, retry_at })
            }
            (36, _, Some((contact, by)), ..) => {
                Some(Input::Transfer { contact, by, to: TransferTarget::Outside })
            }
            _ => None,
        };
        if let Some(input) = input {
            self.try_to(input);
        }
    }

    /// Everybody goes home.
    fn close(&mut self) {
        for _ in 0..200 {
            self.now = self.now + secs(30);
            self.router.advance(self.now);
            self.drain();
            let parts: Vec<_> = self.with.iter().copied().collect();
            for (contact, _) in parts {
                self.try_to(Input::End { contact, by: EndedBy::System });
            }
            for (contact, agent) in self.wrapping.clone() {
                self.try_to(Input::FinishWrapUp { contact, agent, disposition: None });
            }
            for (contact, agent) in self.ringing.clone() {
                self.try_to(Input::Answer { contact, agent });
            }
            for contact in self.open.clone() {
                self.try_to(Input::Abandon { contact });
                // Whoever was passed on outside.
                self.try_to(Input::End { contact, by: EndedBy::System });
            }
            if self.open.is_empty() {
                for n in 1..=AGENTS {
                    self.try_to(Input::ConnectionRestored { agent: agent(n) });
                    self.try_to(Input::SignOut { agent: agent(n) });
                }
                if self.wrapping.is_empty() {
                    return;
                }
            } else {
                for n in 1..=AGENTS {
                    let (agent, presence) = (agent(n), Presence::Available);
                    self.try_to(Input::ConnectionRestored { agent });
                    self.try_to(Input::Phone { agent, ready: true });
                    self.try_to(Input::SignIn { agent, presence });
                    self.try_to(Input::SetPresence { agent, presence });
                }
            }
        }
        panic!("the floor does not empty: {:?} {:?}", self.open, self.wrapping);
    }
}

fn pick_of<T>(all: impl Iterator<Item = T>, pick: usize) -> Option<T> {
    let mut all: Vec<_> = all.collect();
    (!all.is_empty()).then(|| all.swap_remove(pick % all.len()))
}

fn any_step() -> impl Strategy<Value = (u8, usize, u128, u64)> {
    let span = prop_oneof![Just(0), 0_u64..5_000_000, 0_u64..60_000_000, 0_u64..400_000_000];
    // Some things happen more often than others, or conversations would never grow long.
    let what = prop_oneof![
        3 => Just(0_u8),
        8 => Just(6),
        3 => Just(13),
        6 => Just(18),
        2 => 16_u8..22,
        3 => Just(21),
        2 => 12_u8..30,
        3 => 31_u8..37,
        1 => Just(31),
        1 => Just(35),
        2 => Just(30),
    ];
    (what, 0_usize..1000, 0_u128..8, span)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn what_the_router_does_adds_up(steps in prop::collection::vec(any_step(), 1..250)) {
        // In the evening, so that days turn within.
        let start = at("2026-10-24T20:00:00Z");
        let mut floor = Floor::new(start);
        for n in 1..=AGENTS - 1 {
            floor.try_to(Input::SignIn { agent: agent(n), presence: Presence::Available });
        }
        for (n, (what, pick, other, span)) in (100..).zip(steps) {
            floor.act(n, what, pick, other, us(span));
        }
        floor.close();
        let events = &floor.events;
        let count = |wanted: fn(&Event) -> bool| {
            events.iter().filter(|stamped| wanted(&stamped.event)).count() as u64
        };

        let span = Span { from: start - secs(3600), until: floor.now + secs(86_400) };
        let quarters = |group| report(query("Europe/Paris", span, secs(900), group), events);
        let (tally, none) = Row::total(&quarters(Group::Client));
        prop_assert_eq!(none.signed_in(), Duration::ZERO);
        prop_assert_eq!(&tally, &Row::total(&quarters(Group::Queue)).0);
        prop_assert_eq!(&tally, &Row::total(&quarters(Group::Channel)).0);
        // An interval together is the same, however its rows are told apart.
        let by_interval = Row::by_interval(&quarters(Group::Client));
        prop_assert_eq!(&by_interval, &Row::by_interval(&quarters(Group::Channel)));

        // Every contact has one fate.
        let (f, counts) = (tally.summary(), tally.levels.counts());
        prop_assert_eq!(f.arrived, count(|e| matches!(e, Event::Arrived { .. })));
        prop_assert_eq!(f.outbound, count(|e| matches!(e, Event::CalledOut { .. })));
        let fates = counts.answered + counts.abandoned + f.turned_away + f.callbacks_answered
            + never_answered(events);
        prop_assert_eq!(fates, f.arrived);
        // Besides the offers answered there are those who took over from the one who asked them.
        let answers = count(|e| matches!(e, Event::Answered { .. }));
        prop_assert!(answers <= f.answers && f.answers <= answers + consults(events));
        prop_assert_eq!(f.offers, count(|e| matches!(e, Event::Offered { .. })));
        let parts = count(|e| matches!(e, Event::PartEnded { .. }));
        let beside = consults(events) + outbound_parts(events);
        prop_assert!(tally.parts <= parts && parts <= tally.parts + beside);

        // The ledger is the agents' states, and with one contact at a time their work is the parts.
        let rows = quarters(Group::Agent);
        let (work, ledger) = Row::total(&rows);
        prop_assert_eq!(ledger.signed_in(), signed_in(events));
        let parts_us = work.talk_us + work.hold_us + work.consult_us;
        use AgentState as S;
        let with_contacts = ledger.time(S::Talking) + ledger.time(S::Holding) + ledger.time(S::Consulting);
        let (wrap_up, lost) = (ledger.time(S::WrapUp), ledger.time(S::Lost));
        let us_of = |span: Duration| u64::try_from(span.as_micros()).unwrap();
        // A desk that is lost while in conversation is in the state lost; calls out are one sum.
        let outbound_us = work.outbound_us;
        prop_assert!(us_of(with_contacts) <= parts_us + outbound_us, "{with_contacts:?} {parts_us}");
        prop_assert!(parts_us <= us_of(with_contacts + lost), "{with_contacts:?} + {lost:?} {parts_us}");
        prop_assert!(us_of(wrap_up) <= work.wrap_up_us + outbound_us);
        prop_assert!(work.wrap_up_us <= us_of(wrap_up + lost));
        let all_us = parts_us + work.wrap_up_us + outbound_us;
        prop_assert!(us_of(with_contacts + wrap_up) <= all_us);
        prop_assert!(all_us <= us_of(with_contacts + wrap_up + lost));
        prop_assert_eq!((work.talk_us, work.hold_us, work.wrap_up_us), (tally.talk_us, tally.hold_us, tally.wrap_up_us));
        prop_assert_eq!(work.outbound_us, tally.outbound_us);

        // And the board ends with the same.
        let mut live = Live::new(zone("Europe/Paris"));
        events.iter().for_each(|stamped| live.apply(stamped));
        prop_assert_eq!(live.strangers(), 0);
        let view = live.view(floor.now);
        prop_assert_eq!((view.floor.waiting, view.floor.talking), (0, 0));
        let paris = zone("Europe/Paris");
        let today = paris.day(paris.day_at(floor.now));
        for group in [Group::Client, Group::Agent] {
            for row in Row::totals(&report(query("Europe/Paris", today, secs(900), group), events)) {
                match row.key {
                    Key::Client(id) => prop_assert_eq!(&view.clients[&id].today, &row.tally.summary()),
                    Key::Agent(id) => prop_assert_eq!(&view.agents[&id].ledger, &row.ledger),
                    Key::Queue(_) | Key::Channel(_) => {}
                }
            }
        }
    }
}

/// Contacts that arrived and ended with a voicemail, cut or taken back before any answer.
fn never_answered(events: &[Stamped]) -> u64 {
    let mut waiting = BTreeSet::new();
    let mut count = 0;
    for stamped in events {
        match &stamped.event {
            Event::Arrived { contact, .. } => drop(waiting.insert(*contact)),
            Event::Answered { contact, .. } => drop(waiting.remove(contact)),
            Event::Ended {
                contact,
                ending: Ending::Voicemail | Ending::Cut | Ending::CallbackCancelled,
                ..
            } => count += u64::from(waiting.contains(contact)),
            _ => {}
        }
    }
    count
}

/// Parts of agents in calls out.
fn outbound_parts(events: &[Stamped]) -> u64 {
    let mut out = BTreeSet::new();
    let mut count = 0;
    for stamped in events {
        match &stamped.event {
            Event::CalledOut { contact, .. } => drop(out.insert(*contact)),
            Event::PartEnded { contact, .. } => count += u64::from(out.contains(contact)),
            _ => {}
        }
    }
    count
}

/// Consults that were answered.
fn consults(events: &[Stamped]) -> u64 {
    events.iter().filter(|s| matches!(s.event, Event::ConsultStarted { .. })).count() as u64
}

/// Signed-in time, read from the events without any figure.
fn signed_in(events: &[Stamped]) -> Duration {
    let mut since: BTreeMap<AgentId, Timestamp> = BTreeMap::new();
    let mut sum = Duration::ZERO;
    for stamped in events {
        let Event::AgentState { agent, state, .. } = &stamped.event else { continue };
        match state {
            AgentState::SignedOut => {
                if let Some(from) = since.remove(agent) {
                    sum += stamped.at.since(from);
                }
            }
            _ => drop(since.entry(*agent).or_insert(stamped.at)),
        }
    }
    assert!(since.is_empty(), "everybody has gone home");
    sum
}
