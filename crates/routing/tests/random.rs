//! Any inputs in any order: no panic, the laws hold, and the same inputs give the same events.

use std::{collections::BTreeMap, time::Duration};

use domain::{
    AgentId, ClientId, ContactId, CustomerId, Language, PoolId, QueueId, SiteId, SkillId, TeamId,
    Timeline, Timestamp,
    contract::{
        Channel, ClockStart, Selection, ServiceLevelFormula, ServicePromise, Sticky, WrapUpRule,
    },
};
use {proptest::prelude::*, routing::*};

const AGENTS: u8 = 6;
const CONTACTS: u8 = 12;
const CALLS_OUT: u8 = 3;
const SOON: Duration = Duration::from_secs(9);

fn agent(n: u8) -> AgentId {
    AgentId::from_u128(100 + u128::from(n))
}

fn contact(n: u8) -> ContactId {
    ContactId::from_u128(1_000 + u128::from(n))
}

fn client(n: u8) -> ClientId {
    ClientId::from_u128(10 + u128::from(n))
}

fn queue(client: u8, n: u8) -> QueueId {
    QueueId::from_u128(2_000 + u128::from(client) * 10 + u128::from(n))
}

fn pool(n: u8) -> PoolId {
    PoolId::from_u128(50 + u128::from(n))
}

const TEAM: TeamId = TeamId::from_u128(70);
const SKILL: SkillId = SkillId::from_u128(80);

/// One step: so many milliseconds later, this.
#[derive(Clone, Debug)]
struct Step {
    later_ms: u32,
    what: What,
}

#[derive(Clone, Debug)]
enum What {
    Input(Input),
    /// Only time passes.
    Nothing,
    /// Whoever has this piece of work in hand does that with it; most blind inputs would be refused.
    InHand(u8, u8, u8),
}

fn promise(threshold_s: u32, clock: ClockStart) -> ServicePromise {
    ServicePromise {
        threshold_s,
        target_percent: 80,
        formula: ServiceLevelFormula::OfOffered,
        clock,
        short_abandon_s: 5,
    }
}

/// Client 0 shared with overflow and greeting, client 1 hybrid with a dedicated team, client 2 with
/// hours that open and close and an empty floor that closes.
fn client_rules(n: u8, variant: u8) -> ClientRules {
    let at = |s: i64| Timestamp::from_secs(s);
    let shared = |pools: Vec<PoolId>| PeriodRules {
        service: ServiceRules::Shared(pools),
        promise: promise(20 + 10 * u32::from(n), ClockStart::FirstRing),
        peak_greeting: (n == 0).then(|| Duration::from_secs(8)),
        overflow: (n == 0).then(|| OverflowRules {
            after: Some(Duration::from_secs(15)),
            below_projected_percent: Some(60),
            pools: vec![pool(1)],
        }),
        nobody_on_shift: [NobodyRules::Overflow, NobodyRules::Wait, NobodyRules::Close]
            [usize::from(n % 3)],
        talk_limit: Some(Duration::from_secs(60)),
    };
    let dedicated =
        PeriodRules { service: ServiceRules::Dedicated(TEAM), overflow: None, ..shared(vec![]) };
    let (period_at, periods) = if n == 1 {
        let changes = (0..40).map(|i| (at(i * 37), (i % 2) as u16)).collect();
        let timeline = Timeline { changes, compiled_until: at(40 * 37) };
        (timeline, vec![dedicated, shared(vec![pool(0)])])
    } else {
        (Timeline::constant(0), vec![shared(vec![pool(0)])])
    };
    let open_at = if n == 2 {
        let changes = (0..40).map(|i| (at(i * 41), i % 2 == 0)).collect();
        Timeline { changes, compiled_until: at(40 * 41) }
    } else {
        Timeline::constant(true)
    };
    let rules = |q: u8| QueueRules {
        queue: queue(n, q),
        channels: Channel::ALL.to_vec(),
        skills: if q == 1 {
            vec![SkillRule {
                skill: SKILL,
                level: 5,
                relax_after: Some(Duration::from_secs(12)),
                relaxed_level: 2,
            }]
        } else {
            vec![]
        },
        language_required: q == 0,
        head_start: Duration::from_secs(if q == 1 { 30 } else { 0 }),
        selection: if q == 1 { Selection::ProficiencyFirst } else { Selection::LongestIdle },
        sticky: (q == 0).then_some(Sticky { within_hours: 2, wait_s: 10 }),
        offer_timeout: Duration::from_secs(if variant == 2 { 0 } else { 10 }),
        wrap_up: match (n + q) % 3 {
            0 => WrapUpRule::Fixed { seconds: 20, extend_s: 10, extensions_max: 1 },
            1 => WrapUpRule::None,
            _ => WrapUpRule::UntilDone,
        },
        announce_position: n == 1,
        waiting_max: 3,
    };
    ClientRules {
        client: client(n),
        contract_version: u32::from(variant) + 1,
        period_at,
        open_at,
        periods,
        queues: (0..if variant % 4 == 3 { 1 } else { 2 }).map(rules).collect(),
        sites_allowed: (n == 2).then(|| vec![SiteId::from_u128(1)]),
        closed_waits: variant.is_multiple_of(2),
        default_language: Language::EN,
    }
}

fn agent_rules(n: u8, variant: u8) -> AgentRules {
    AgentRules {
        agent: agent(n),
        pools: match (n + variant) % 4 {
            0 | 1 => vec![pool(0)],
            2 => vec![pool(1)],
            _ => vec![pool(0), pool(1)],
        },
        team: (n + variant).is_multiple_of(3).then_some(TEAM),
        skills: vec![(SKILL, 1 + (n + variant) % 7)],
        languages: if n.is_multiple_of(2) {
            vec![Language::EN, Language::FR]
        } else {
            vec![Language::EN]
        },
        sign_offs: (0..3).filter(|c| !(c + n + variant).is_multiple_of(5)).map(client).collect(),
        site: Some(SiteId::from_u128(u128::from(n % 2))),
        channels: Channel::ALL.map(|channel| (channel, 2)).to_vec(),
    }
}

fn setup() -> Vec<Input> {
    let mut inputs = vec![Input::SetFloor(FloorRules {
        reoffer_after: Duration::from_secs(7),
        contacts_max: 10,
        ..FloorRules::default()
    })];
    for (n, fairness_cap_percent) in [(0, 40), (1, 100)] {
        inputs.push(Input::SetPool(PoolRules { pool: pool(n), fairness_cap_percent }));
    }
    for n in 0..3 {
        inputs.push(Input::SetClient(Box::new(client_rules(n, 0))));
    }
    for n in 0..AGENTS {
        inputs.push(Input::SetAgent(Box::new(agent_rules(n, 0))));
        if n < 5 {
            inputs.push(Input::SignIn { agent: agent(n), presence: Presence::Available });
        }
    }
    inputs
}

fn channel() -> impl Strategy<Value = Channel> {
    prop::sample::select(Channel::ALL.to_vec())
}

fn presence() -> impl Strategy<Value = Presence> {
    prop_oneof![
        3 => Just(Presence::Available),
        1 => Just(Presence::Away(AwayReason::Break)),
        1 => Just(Presence::Away(AwayReason::NoAnswer)),
    ]
}

prop_compose! {
    fn arrival()(
        n in 0..CONTACTS,
        to in 0..3u8,
        q in 0..2u8,
        channel in prop_oneof![2 => Just(Channel::Chat), 1 => channel()],
        french in any::<bool>(),
        customer in prop::option::of(0..3u128),
        head_start in prop::option::of(0..60u64),
        emergency in prop::bool::weighted(0.05),
        door in prop::option::weighted(0.2, prop_oneof![Just(Door::Callback), Just(Door::Voicemail)]),
    ) -> Input {
        let arrival = Arrival {
            contact: contact(n),
            client: client(to),
            queue: queue(to, q),
            channel,
            language: french.then_some(Language::FR),
            first_ring: None,
            customer: customer.map(CustomerId::from_u128),
            head_start: head_start.map(Duration::from_secs),
            emergency,
        };
        let Some(door) = door else { return Input::Arrive(arrival) };
        Input::ArriveLed(Led { arrival, skill: Some(SKILL), door })
    }
}

fn input() -> impl Strategy<Value = Input> {
    let who = || (0..AGENTS).prop_map(agent);
    let what = || (0..CONTACTS + CALLS_OUT).prop_map(contact);
    prop_oneof![
        20 => arrival(),
        4 => what().prop_map(|contact| Input::Abandon { contact }),
        2 => what().prop_map(|contact| Input::RequestCallback { contact }),
        1 => what().prop_map(|contact| Input::Expedite { contact }),
        4 => (what(), prop_oneof![Just(EndedBy::Customer), Just(EndedBy::Agent)])
            .prop_map(|(contact, by)| Input::End { contact, by }),
        6 => (who(), presence()).prop_map(|(agent, presence)| Input::SignIn { agent, presence }),
        2 => who().prop_map(|agent| Input::SignOut { agent }),
        6 => (who(), presence()).prop_map(|(agent, presence)| Input::SetPresence { agent, presence }),
        2 => who().prop_map(|agent| Input::ConnectionLost { agent }),
        3 => who().prop_map(|agent| Input::ConnectionRestored { agent }),
        2 => (0..AGENTS, 0..4u8).prop_map(|(n, v)| Input::SetAgent(Box::new(agent_rules(n, v)))),
        1 => who().prop_map(Input::RemoveAgent),
        1 => (0..3u8, 0..4u8).prop_map(|(n, v)| Input::SetClient(Box::new(client_rules(n, v)))),
        1 => (0..3u8).prop_map(|n| Input::RemoveClient(client(n))),
        1 => (0..2u64, 1..4u8, any::<bool>()).prop_map(|(zero, misses, decisions)| {
            Input::SetFloor(FloorRules {
                reoffer_after: Duration::from_secs(7 * zero),
                connection_grace: Duration::from_secs(20 * zero),
                misses_before_away: misses,
                record_decisions: decisions,
                contacts_max: 10,
                ..FloorRules::default()
            })
        }),
        3 => (who(), any::<bool>()).prop_map(|(agent, ready)| Input::Phone { agent, ready }),
        4 => (CONTACTS..CONTACTS + CALLS_OUT, who(), 0..3u8).prop_map(|(n, agent, to)| {
            let (contact, client, queue) = (contact(n), client(to), queue(to, 0));
            Input::CallOut(CallOut { contact, client, queue, agent, language: None, customer: None })
        }),
        1 => what().prop_map(|contact| Input::CancelCallback { contact }),
        1 => what().prop_map(|contact| Input::LeaveVoicemail { contact }),
        1 => what().prop_map(|contact| Input::Cut { contact }),
        1 => what().prop_map(|contact| Input::CallAgain { contact, wraps_up: true }),
        1 => what().prop_map(|contact| Input::OutsideFailed { contact }),
        1 => what().prop_map(|contact| {
            Input::Call(CallFact { contact, step: CallStep::AnnouncementPlayed })
        }),
        1 => (0..2u8, prop_oneof![Just(30), Just(100)]).prop_map(|(n, cap)| {
            Input::SetPool(PoolRules { pool: pool(n), fairness_cap_percent: cap })
        }),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    let what = prop_oneof![
        10 => input().prop_map(What::Input),
        14 => (0..20u8, 0..18u8, 0..AGENTS).prop_map(|(n, verb, to)| What::InHand(n, verb, to)),
        2 => Just(What::Nothing),
    ];
    (prop_oneof![3 => 0..2_000u32, 1 => 0..30_000u32], what)
        .prop_map(|(later_ms, what)| Step { later_ms, what })
}

/// What the step comes to on this floor.
fn resolve(router: &Router, what: &What) -> Option<Input> {
    match what {
        What::Input(input) => Some(input.clone()),
        What::Nothing => None,
        What::InHand(n, verb, to) => {
            let agents: Vec<AgentView> = router.agents().collect();
            let works = agents
                .iter()
                .flat_map(|agent| agent.work.iter().map(|work| (agent.agent, work)))
                .collect::<Vec<_>>();
            let (by, work) = works.get(usize::from(*n) % works.len().max(1))?;
            let (by, contact) = (*by, work.contact);
            Some(match work.stage {
                WorkState::Ringing => match verb {
                    0..6 => Input::Answer { contact, agent: by },
                    6 | 7 => Input::Refuse { contact, agent: by },
                    8 => Input::Release { contact, agent: by },
                    9 => Input::Abandon { contact },
                    10 => {
                        let cause = OfferFailure::Unreachable;
                        Input::OfferFailed { contact, agent: by, cause }
                    }
                    _ => Input::OfferFailed { contact, agent: by, cause: OfferFailure::Busy },
                },
                WorkState::WrapUp => match verb {
                    0..5 => Input::FinishWrapUp { contact, agent: by, disposition: None },
                    5..9 => Input::ExtendWrapUp { contact, agent: by },
                    _ => Input::Release { contact, agent: by },
                },
                _ => {
                    let others: Vec<AgentId> = agents
                        .iter()
                        .map(|agent| agent.agent)
                        .filter(|agent| router.eligible_by_name(*agent, contact) == Some(Ok(())))
                        .collect();
                    let to = usize::from(*to);
                    let to = others.get(to % others.len().max(1)).copied().unwrap_or(agent(0));
                    let pass = |to| Input::Transfer { contact, by, to };
                    match verb {
                        0 => Input::Hold { contact, agent: by },
                        1 => Input::Resume { contact, agent: by },
                        2..5 => Input::Consult { contact, by, to },
                        5 | 6 => Input::Conference { contact, by },
                        7 => Input::Leave { contact, agent: by },
                        8 | 9 => pass(TransferTarget::Agent(to)),
                        10 => pass(TransferTarget::Queue(queue(to.uuid().as_bytes()[15] % 3, 1))),
                        11 => pass(TransferTarget::Skill(SKILL)),
                        12 => Input::Release { contact, agent: by },
                        13 => pass(TransferTarget::Outside),
                        14 => Input::CustomerAnswered { contact },
                        15 => Input::CallbackFailed { contact, retry_at: router.now() + SOON },
                        16 => Input::TakeOver { contact, from: by, by: to },
                        _ => Input::End { contact, by: EndedBy::Agent },
                    }
                }
            })
        }
    }
}

/// What a checker remembers of the events.
#[derive(Default)]
struct Seen {
    ended: BTreeMap<ContactId, u32>,
    arrived: BTreeMap<ContactId, u32>,
    /// State and since, by agent; the sum of all spans so far.
    agents: BTreeMap<AgentId, (AgentState, Timestamp)>,
    last: Option<Timestamp>,
}

fn watch(seen: &mut Seen, stamped: &Stamped) -> Result<(), TestCaseError> {
    prop_assert!(seen.last.is_none_or(|last| last <= stamped.at), "time runs backwards");
    seen.last = Some(stamped.at);
    match &stamped.event {
        Event::Arrived { contact, .. } | Event::CalledOut { contact, .. } => {
            *seen.arrived.entry(*contact).or_default() += 1
        }
        Event::Ended { contact, .. } => {
            let ended = seen.ended.entry(*contact).or_default();
            *ended += 1;
            prop_assert!(*ended <= seen.arrived[contact], "{contact} ended twice");
        }
        Event::AgentState { agent, state, .. } => {
            seen.agents.insert(*agent, (*state, stamped.at));
        }
        _ => {}
    }
    Ok(())
}

/// What must hold on the floor whenever the events are drained.
fn check(router: &Router, seen: &Seen) -> Result<(), TestCaseError> {
    let contacts: Vec<ContactView> = router.contacts().collect();
    let agents: Vec<AgentView> = router.agents().collect();
    for view in &contacts {
        let talking: Vec<AgentId> = agents
            .iter()
            .filter(|agent| {
                agent.work.iter().any(|work| {
                    work.contact == view.contact
                        && !matches!(work.stage, WorkState::Ringing | WorkState::WrapUp)
                })
            })
            .map(|agent| agent.agent)
            .collect();
        let mut told = view.agents.clone();
        told.sort_unstable();
        prop_assert_eq!(&talking, &told, "contact and agents disagree");
        if matches!(view.state, ContactState::Waiting | ContactState::Offered) {
            prop_assert!(talking.is_empty());
        }
        if view.state == ContactState::Waiting {
            for agent in &agents {
                let eligible = router.eligible(agent.agent, view.contact);
                prop_assert!(
                    eligible != Some(Ok(())),
                    "{} is free for {} that waits",
                    agent.agent,
                    view.contact
                );
            }
            let why = router.why_waiting(view.contact);
            let why = why.expect("it waits");
            let mut counts = BTreeMap::<Ineligible, u32>::new();
            for agent in &agents {
                if let Some(Err(reason)) = router.eligible(agent.agent, view.contact) {
                    *counts.entry(reason).or_default() += 1;
                }
            }
            prop_assert_eq!(
                why.counts.into_iter().collect::<BTreeMap<_, _>>(),
                counts,
                "the reasons of all are those of each"
            );
        }
    }
    for agent in &agents {
        let (state, since) = seen
            .agents
            .get(&agent.agent)
            .copied()
            .unwrap_or((AgentState::SignedOut, Timestamp::MIN));
        prop_assert_eq!(agent.state, state, "the last state told is the state");
        if state != AgentState::SignedOut {
            prop_assert!(agent.since <= since);
        }
        let ringing = agent.work.iter().filter(|work| work.stage == WorkState::Ringing).count();
        prop_assert!(ringing <= 1, "two offers ring at once");
        let (mut voice, mut chats, mut other) = (0, 0, 0);
        for work in &agent.work {
            match work.channel {
                Channel::Voice | Channel::Callback => voice += 1,
                Channel::Chat => chats += 33,
                Channel::Mail | Channel::Message => other += 20,
            }
        }
        prop_assert!(voice * 100 + chats <= 100, "beyond capacity: {:?}", agent.work);
        prop_assert!(chats + other <= 100, "beyond capacity: {:?}", agent.work);
        if agent.state == AgentState::SignedOut {
            prop_assert!(agent.work.is_empty());
        }
    }
    let deadline = router.next_deadline();
    prop_assert!(deadline.is_none_or(|at| at >= router.now()), "a deadline has passed");
    Ok(())
}

fn drain(router: &mut Router) -> Vec<Stamped> {
    std::iter::from_fn(|| router.next_event()).collect()
}

fn new_floor() -> (Router, Vec<Stamped>) {
    let mut router = Router::new();
    let mut events = Vec::new();
    for input in setup() {
        router.handle(Timestamp::from_secs(0), input).expect("the floor is set up");
        events.extend(drain(&mut router));
    }
    (router, events)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, ..ProptestConfig::default() })]

    #[test]
    fn the_laws_hold_at_every_step(steps in prop::collection::vec(step(), 1..120)) {
        let (mut router, events) = new_floor();
        let mut seen = Seen::default();
        for stamped in &events {
            watch(&mut seen, stamped)?;
        }
        let mut now = 0;
        for step in &steps {
            now += i64::from(step.later_ms) * 1_000;
            let at = Timestamp::from_micros(now);
            router.advance(at);
            for stamped in drain(&mut router) {
                watch(&mut seen, &stamped)?;
            }
            check(&router, &seen)?;
            let Some(input) = resolve(&router, &step.what) else { continue };
            let before = router.state_hash();
            let refused = router.handle(at, input.clone());
            let events = drain(&mut router);
            if let Err(refused) = refused {
                prop_assert!(events.is_empty(), "refused ({refused}), yet {events:?}");
                prop_assert_eq!(before, router.state_hash(), "refused ({}), yet changed", refused);
            }
            for stamped in &events {
                watch(&mut seen, stamped)?;
            }
            check(&router, &seen)?;
        }
        for (contact, arrived) in &seen.arrived {
            let ended = seen.ended.get(contact).copied().unwrap_or(0);
            let here = u32::from(router.contact_view(*contact).is_some());
            prop_assert_eq!(*arrived, ended + here, "each arrival ends once or is here");
        }
    }

    #[test]
    fn a_restored_floor_goes_on_alike(
        steps in prop::collection::vec(step(), 1..100),
        cut in any::<prop::sample::Index>(),
    ) {
        let (mut router, _) = new_floor();
        let cut = cut.index(steps.len());
        let mut twin: Option<Router> = None;
        let mut now = 0;
        for (n, step) in steps.iter().enumerate() {
            if n == cut {
                let encoded = minicbor::to_vec(router.snapshot()).expect("memory does not fail");
                let decoded: Snapshot = minicbor::decode(&encoded).expect("just written");
                let restored = Router::restore(decoded).expect("just written");
                prop_assert_eq!(restored.state_hash(), router.state_hash());
                twin = Some(restored);
            }
            now += i64::from(step.later_ms) * 1_000;
            let at = Timestamp::from_micros(now);
            let input = resolve(&router, &step.what);
            for router in [Some(&mut router), twin.as_mut()].into_iter().flatten() {
                match &input {
                    // A refused input leaves no trace, so what it says is compared below.
                    Some(input) => drop(router.handle(at, input.clone())),
                    None => router.advance(at),
                }
            }
            let events = drain(&mut router);
            if let Some(twin) = &mut twin {
                prop_assert_eq!(&drain(twin), &events);
                prop_assert_eq!(twin.next_deadline(), router.next_deadline());
                prop_assert_eq!(twin.state_hash(), router.state_hash());
            }
        }
    }

    #[test]
    fn timers_fire_alike_however_often_they_are_asked(steps in prop::collection::vec(step(), 1..60)) {
        let (mut often, _) = new_floor();
        let (mut rarely, _) = new_floor();
        let mut now = 0;
        for step in &steps {
            let until = now + i64::from(step.later_ms) * 1_000;
            let mut events = Vec::new();
            while let Some(deadline) = often.next_deadline().filter(|at| at.micros() <= until) {
                often.advance(deadline);
                events.extend(drain(&mut often));
            }
            now = until;
            let at = Timestamp::from_micros(now);
            often.advance(at);
            let Some(input) = resolve(&often, &step.what) else {
                rarely.advance(at);
                prop_assert_eq!(drain(&mut rarely), events);
                continue;
            };
            let (one, other) = (often.handle(at, input.clone()), rarely.handle(at, input));
            prop_assert_eq!(one, other);
            events.extend(drain(&mut often));
            prop_assert_eq!(drain(&mut rarely), events);
        }
    }
}

/// A clock that steps back is taken as standing still, and neither end of time hangs or panics.
#[test]
fn hostile_instants_are_survived() {
    let (mut router, _) = new_floor();
    let arrive = |n: u8| {
        Input::Arrive(Arrival {
            contact: contact(n),
            client: client(0),
            queue: queue(0, n % 2),
            channel: Channel::Chat,
            language: None,
            first_ring: Some(Timestamp::MIN),
            customer: None,
            head_start: Some(Duration::MAX),
            emergency: n == 3,
        })
    };
    let late = Timestamp::from_secs(100);
    assert_eq!(router.handle(late, arrive(0)), Ok(()));
    assert_eq!(router.handle(Timestamp::from_secs(50), arrive(1)), Ok(()));
    assert_eq!(router.now(), late);
    assert_eq!(router.handle(Timestamp::MIN, arrive(2)), Ok(()));
    assert!(drain(&mut router).iter().all(|stamped| stamped.at <= late));
    assert_eq!(router.handle(Timestamp::MAX, arrive(3)), Ok(()));
    router.advance(Timestamp::MAX);
    assert_eq!(router.now(), Timestamp::MAX);
    assert!(drain(&mut router).iter().any(|stamped| stamped.at == Timestamp::MAX));
    let restored = Router::restore(router.snapshot()).expect("just written");
    assert_eq!(restored.state_hash(), router.state_hash());
}

/// Random steps prove little if they never get far: each kind of event must come up.
#[test]
fn random_steps_reach_every_kind_of_event() {
    use proptest::{strategy::ValueTree, test_runner::TestRunner};
    let mut runner = TestRunner::deterministic();
    let mut seen = std::collections::BTreeSet::new();
    for _ in 0..300 {
        let steps = prop::collection::vec(step(), 120).new_tree(&mut runner);
        let (mut router, mut events) = new_floor();
        let mut now = 0;
        for step in steps.expect("nothing is filtered").current() {
            now += i64::from(step.later_ms) * 1_000;
            let at = Timestamp::from_micros(now);
            router.advance(at);
            if let Some(input) = resolve(&router, &step.what) {
                drop(router.handle(at, input));
            }
            events.extend(drain(&mut router));
        }
        for stamped in events {
            let text = format!("{:?}", stamped.event);
            let kind = text.split([' ', '{']).next().unwrap_or_default().to_owned();
            let detail = match stamped.event {
                Event::Queued { why, .. } => format!("{why:?}"),
                Event::RingOpened { why, .. } => format!("{why:?}"),
                Event::OfferEnded { why, .. } => format!("{why:?}"),
                Event::PartEnded { why, .. } => format!("{why:?}"),
                Event::Offered { kind, .. } => format!("{kind:?}"),
                Event::Ended { ending, .. } => format!("{ending:?}"),
                Event::AgentState { state, .. } => format!("{state:?}"),
                _ => String::new(),
            };
            seen.insert(format!("{kind} {detail}").trim_end().to_owned());
        }
    }
    insta::assert_snapshot!(seen.into_iter().collect::<Vec<_>>().join("\n"), @"
    AgentState Available
    AgentState Away(Break)
    AgentState Away(ConnectionLost)
    AgentState Away(NoAnswer)
    AgentState Consulting
    AgentState Holding
    AgentState Lost
    AgentState Offered
    AgentState SignedOut
    AgentState Talking
    AgentState WrapUp
    Answered
    Arrived
    Call
    CallbackFailed
    CallbackPromised
    CalledOut
    ConferenceStarted
    ConsultStarted
    CustomerAnswered
    Ended Abandoned
    Ended CallbackCancelled
    Ended Closed
    Ended Cut
    Ended Handled(Agent)
    Ended Handled(Customer)
    Ended NotReached
    Ended QueueFull
    Ended QueueRemoved
    Ended ShortAbandoned
    Ended Voicemail
    Expedited
    GreetingStarted
    Held
    OfferEnded Busy
    OfferEnded ContactGone
    OfferEnded Missed
    OfferEnded Refused
    OfferEnded TakenBack
    OfferEnded Unreachable
    Offered Consult
    Offered Queue
    Offered Transfer
    PartEnded Ended
    PartEnded Left
    PartEnded NotReached
    PartEnded Released
    PartEnded Transferred
    PeriodChanged
    Phone
    Queued Arrived
    Queued OfferEnded
    Queued Opened
    Queued Released
    Queued Transferred
    Queued TriedAgain
    Resumed
    RingOpened NobodyOnShift
    RingOpened OverflowProjected
    RingOpened OverflowWait
    RingOpened SkillRelaxed
    RingOpened StickyExpired
    TalkLimitPassed
    Transferred
    WaitsForOpening
    WrapUpEnded
    WrapUpExtended
    WrapUpStarted
    ");
}
