//! How fast the router decides: one line of JSON for each floor, with and without decision records.
//!
//! `big` is the floor of the design: 5,000 agents in 10 pools, 2,000 clients, 10,000 contacts that
//! wait all the while; each agent is signed off for 40 clients. `small` is one pool of 50 agents and
//! one client, nine in ten busy. Each contact arrives, is answered and ends; every input with its
//! drained events is timed on its own.

use std::time::{Duration, Instant};

use domain::{
    AgentId, ClientId, ContactId, Language, PoolId, QueueId, Timeline, Timestamp,
    contract::{Channel, ClockStart, Selection, ServiceLevelFormula, ServicePromise, WrapUpRule},
};
use routing::*;

struct Floor {
    name: &'static str,
    agents: u32,
    clients: u32,
    pools: u32,
    sign_offs: u32,
    waiting: usize,
    contacts: u32,
}

/// A small generator of its own, so that the run is the same everywhere.
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % n as u64) as usize
    }
}

// A benchmark measures real time; nothing that ships reads it.
#[allow(clippy::disallowed_methods)]
fn clock() -> Instant {
    Instant::now()
}

fn client(n: u32) -> ClientId {
    ClientId::from_u128(1_000_000 + u128::from(n))
}

fn queue(n: u32) -> QueueId {
    QueueId::from_u128(2_000_000 + u128::from(n))
}

fn pool(n: u32) -> PoolId {
    PoolId::from_u128(3_000_000 + u128::from(n))
}

fn client_rules(n: u32, floor: &Floor) -> ClientRules {
    ClientRules {
        client: client(n),
        contract_version: 1,
        period_at: Timeline::constant(0),
        open_at: Timeline::constant(true),
        periods: vec![PeriodRules {
            service: ServiceRules::Shared(vec![pool(n % floor.pools)]),
            promise: ServicePromise {
                threshold_s: 20 + n % 40,
                target_percent: 80,
                formula: ServiceLevelFormula::OfOffered,
                clock: ClockStart::FirstRing,
                short_abandon_s: 5,
            },
            peak_greeting: Some(Duration::from_secs(8)),
            overflow: None,
            nobody_on_shift: NobodyRules::Wait,
            talk_limit: Some(Duration::from_secs(300)),
        }],
        queues: vec![QueueRules {
            queue: queue(n),
            channels: vec![Channel::Voice],
            skills: vec![],
            language_required: false,
            head_start: Duration::ZERO,
            selection: Selection::LongestIdle,
            sticky: None,
            offer_timeout: Duration::from_secs(20),
            wrap_up: WrapUpRule::None,
            announce_position: false,
            waiting_max: 1_000_000,
        }],
        sites_allowed: None,
        closed_waits: true,
        default_language: Language::EN,
    }
}

struct Run {
    router: Router,
    now: i64,
    spans: Vec<u32>,
    events: u64,
    spent: Duration,
    ringing: Vec<(ContactId, AgentId)>,
    talking: Vec<ContactId>,
    waiting: usize,
}

impl Run {
    fn step(&mut self, input: Input) {
        self.now += 1_000;
        let started = clock();
        let taken = self.router.handle(Timestamp::from_micros(self.now), input);
        let mut events = 0;
        while let Some(stamped) = self.router.next_event() {
            events += 1;
            match stamped.event {
                Event::Offered { contact, agent, .. } => {
                    self.ringing.push((contact, agent));
                    self.waiting -= 1;
                }
                Event::OfferEnded { contact, .. } => {
                    self.ringing.retain(|(ringing, _)| *ringing != contact);
                    self.waiting += 1;
                }
                Event::Queued { why: QueuedWhy::Arrived, .. } => self.waiting += 1,
                _ => {}
            }
        }
        let spent = started.elapsed();
        taken.expect("the benchmark plays by the rules");
        self.events += events;
        self.spent += spent;
        self.spans.push(u32::try_from(spent.as_nanos()).unwrap_or(u32::MAX));
    }

    fn answer_all(&mut self) {
        while let Some((contact, agent)) = self.ringing.pop() {
            self.step(Input::Answer { contact, agent });
            self.talking.push(contact);
        }
    }
}

fn run(floor: &Floor, record_decisions: bool) {
    let mut run = Run {
        router: Router::new(),
        now: 0,
        spans: Vec::new(),
        events: 0,
        spent: Duration::ZERO,
        ringing: Vec::new(),
        talking: Vec::new(),
        waiting: 0,
    };
    let mut dice = Dice(0x9E37_79B9_7F4A_7C15);
    run.step(Input::SetFloor(FloorRules { record_decisions, ..FloorRules::default() }));
    for n in 0..floor.pools {
        run.step(Input::SetPool(PoolRules { pool: pool(n), fairness_cap_percent: 60 }));
    }
    for n in 0..floor.clients {
        run.step(Input::SetClient(Box::new(client_rules(n, floor))));
    }
    for n in 0..floor.agents {
        let agent = AgentId::from_u128(u128::from(n) + 1);
        let of_pool = floor.clients / floor.pools;
        let sign_offs = (0..floor.sign_offs)
            .map(|k| {
                client(n % floor.pools + floor.pools * ((n / floor.pools * 13 + k * 5) % of_pool))
            })
            .collect();
        run.step(Input::SetAgent(Box::new(AgentRules {
            agent,
            pools: vec![pool(n % floor.pools)],
            team: None,
            skills: vec![],
            languages: vec![Language::EN],
            sign_offs,
            site: None,
            channels: vec![(Channel::Voice, 1)],
        })));
        run.step(Input::SignIn { agent, presence: Presence::Available });
    }
    let mut next = 0u128;
    let mut arrival = |dice: &mut Dice| {
        next += 1;
        let n = dice.below(floor.clients as usize) as u32;
        Input::Arrive(Arrival {
            contact: ContactId::from_u128(next),
            client: client(n),
            queue: queue(n),
            channel: Channel::Voice,
            language: None,
            first_ring: None,
            customer: None,
            head_start: None,
            emergency: false,
        })
    };
    let busy = floor.agents as usize * 9 / 10;
    while run.waiting < floor.waiting || run.talking.len() < busy {
        run.step(arrival(&mut dice));
        run.answer_all();
    }
    run.spans.clear();
    (run.events, run.spent) = (0, Duration::ZERO);
    for _ in 0..floor.contacts {
        let ended = dice.below(run.talking.len());
        let contact = run.talking.swap_remove(ended);
        run.step(Input::End { contact, by: EndedBy::Customer });
        run.answer_all();
        while run.waiting < floor.waiting || run.talking.len() < busy {
            run.step(arrival(&mut dice));
            run.answer_all();
        }
    }
    run.spans.sort_unstable();
    let at = |percent: usize| f64::from(run.spans[run.spans.len() * percent / 1000]) / 1000.0;
    let seconds = run.spent.as_secs_f64();
    println!(
        "{{\"floor\":\"{}\",\"decisions\":{record_decisions},\"inputs\":{},\"inputs_per_s\":{:.0},\
         \"events_per_s\":{:.0},\"contacts_per_s\":{:.0},\"p50_us\":{:.2},\"p99_us\":{:.2},\
         \"p999_us\":{:.2},\"waiting\":{}}}",
        floor.name,
        run.spans.len(),
        run.spans.len() as f64 / seconds,
        run.events as f64 / seconds,
        f64::from(floor.contacts) / seconds,
        at(500),
        at(990),
        at(999),
        run.waiting,
    );
    if !record_decisions {
        restart(floor, &run.router);
    }
}

/// How long it takes to write the floor down and to take it up again.
fn restart(floor: &Floor, router: &Router) {
    let started = clock();
    let encoded = minicbor::to_vec(router.snapshot()).expect("memory does not fail");
    let written = started.elapsed();
    let started = clock();
    let decoded = minicbor::decode(&encoded).expect("just written");
    let restored = Router::restore(decoded).expect("just written");
    let read = started.elapsed();
    println!(
        "{{\"floor\":\"{}\",\"snapshot_bytes\":{},\"snapshot_ms\":{:.1},\"restore_ms\":{:.1},\
         \"contacts\":{}}}",
        floor.name,
        encoded.len(),
        written.as_secs_f64() * 1000.0,
        read.as_secs_f64() * 1000.0,
        restored.contact_count(),
    );
}

fn main() {
    let big = Floor {
        name: "big",
        agents: 5_000,
        clients: 2_000,
        pools: 10,
        sign_offs: 40,
        waiting: 10_000,
        contacts: 200_000,
    };
    let small = Floor {
        name: "small",
        agents: 50,
        clients: 1,
        pools: 1,
        sign_offs: 1,
        waiting: 0,
        contacts: 500_000,
    };
    for floor in [&big, &small] {
        for record_decisions in [false, true] {
            run(floor, record_decisions);
        }
    }
}
