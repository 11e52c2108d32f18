//! A whole day, drawn from one seed: who arrives, who works when, what changes meanwhile.
//!
//! The script holds what does not depend on the router. What does (answering an offer, growing
//! tired of waiting) is done by [`crate::People`] while the day runs.

use std::time::Duration;

use domain::{
    AgentId, Timestamp,
    contract::{Channel, WrapUpRule},
};
use routing::{AgentRules, Arrival, AwayReason, CallOut, ClientRules, Input, PoolRules, Presence};

use crate::{Draw, FloorPlan, Purpose, ids};

/// 2031-03-03T07:00:00Z, a Monday.
const MORNING: Timestamp = Timestamp::from_secs(1_930_287_600);

/// A floor, a script and the seed that people draw from.
#[derive(Clone, Debug)]
pub struct Day {
    /// The seed.
    pub seed: u64,
    /// The floor at the first minute.
    pub plan: FloorPlan,
    /// The first minute.
    pub start: Timestamp,
    /// After this nobody arrives, and everybody goes home.
    pub end: Timestamp,
    /// What happens whatever the router does, ascending in time.
    pub script: Vec<(Timestamp, Input)>,
    /// One step in so many is late, early or repeated: the clocks of the machines around. 0: none.
    pub jitter_percent: u32,
}

/// How much happens on a random day.
#[derive(Clone, Copy, Debug)]
pub struct DayShape {
    /// Its length.
    pub length: Duration,
    /// About this many contacts.
    pub contacts: u64,
    /// Share of the inputs that are nonsense: late, doubled, for the wrong contact. Percent.
    pub nonsense_percent: u32,
    /// How many times rules, agents or pools change.
    pub changes: u64,
}

impl DayShape {
    /// A shift of four hours that is too much for the people there: queues, misses, abandons.
    pub const BUSY: Self = Self {
        length: Duration::from_secs(4 * 3600),
        contacts: 260,
        nonsense_percent: 6,
        changes: 8,
    };
    /// A quiet shift of ten hours over several periods of the contracts.
    pub const QUIET: Self = Self {
        length: Duration::from_secs(10 * 3600),
        contacts: 120,
        nonsense_percent: 3,
        changes: 4,
    };
    /// Rules, agents and desks change all the time.
    pub const UNSETTLED: Self = Self {
        length: Duration::from_secs(2 * 3600),
        contacts: 150,
        nonsense_percent: 15,
        changes: 60,
    };
}

impl Day {
    /// The day of this seed and shape. The same seed is the same day, for ever.
    pub fn random(seed: u64, shape: DayShape) -> Self {
        let (start, end) = (MORNING, MORNING + shape.length);
        let plan = FloorPlan::random(seed, start, end);
        let mut script: Vec<(Timestamp, Input)> = Vec::new();
        shifts(seed, &plan, start, end, &mut script);
        arrivals(seed, &plan, start, shape, &mut script);
        changes(seed, &plan, start, shape, &mut script);
        nonsense(seed, &plan, start, shape, &mut script);
        phones(seed, &plan, start, shape, &mut script);
        calls_out(seed, &plan, start, shape, &mut script);
        // Stable: inputs of one instant keep the order in which they were drawn.
        script.sort_by_key(|(at, _)| *at);
        Self { seed, plan, start, end, script, jitter_percent: 3 }
    }

    /// Two hours on a [`FloorPlan::crowded`] floor of eight, on which the first of three clients has
    /// its peak: four calls in five are its own, and more than the pool can take.
    pub fn crowded(seed: u64, cap_percent: u8) -> Self {
        let (start, end) = (MORNING, MORNING + Duration::from_secs(7200));
        let plan = FloorPlan::crowded(8, cap_percent);
        let presence = Presence::Available;
        let mut script: Vec<(Timestamp, Input)> = plan
            .agents
            .iter()
            .map(|rules| (start, Input::SignIn { agent: rules.agent, presence }))
            .collect();
        let mut draw = Draw::of(seed, Purpose::Arrivals, 0);
        let mut at = start;
        for n in 1.. {
            at = at + draw.exponential(Duration::from_secs(14));
            if at >= end {
                break;
            }
            let client = if draw.chance(80) { 0 } else { 1 + draw.index(2) };
            let one = plan.clients.get(client).map(std::slice::from_ref).unwrap_or_default();
            if let Some(arrival) = random_arrival(n, at, one, &mut draw) {
                script.push((at, Input::Arrive(arrival)));
            }
        }
        Self { seed, plan, start, end, script, jitter_percent: 0 }
    }
}

/// Agents sign in about the start, take breaks, and leave; some in the middle of work.
fn shifts(
    seed: u64,
    plan: &FloorPlan,
    start: Timestamp,
    end: Timestamp,
    script: &mut Vec<(Timestamp, Input)>,
) {
    let length = end.since(start).as_secs();
    for (n, rules) in plan.agents.iter().enumerate() {
        let agent = rules.agent;
        let mut draw = Draw::of(seed, Purpose::Shifts, n as u64);
        let mut at = start + draw.secs(0, length / 8);
        while at < end {
            let presence = if draw.chance(85) {
                Presence::Available
            } else {
                Presence::Away(AwayReason::OtherWork)
            };
            script.push((at, Input::SignIn { agent, presence }));
            let leaves = at + draw.secs(length / 6, length);
            while at < leaves {
                at = at + draw.secs(60, length / 4);
                match draw.between(0, 9) {
                    0..=4 => {
                        let reasons = [AwayReason::Break, AwayReason::Lunch, AwayReason::Training];
                        let reason = reasons[draw.index(3)];
                        script.push((at, presence_input(agent, Presence::Away(reason))));
                        at = at + draw.secs(20, 900);
                        script.push((at, presence_input(agent, Presence::Available)));
                    }
                    5 | 6 => {
                        script.push((at, Input::ConnectionLost { agent }));
                        at = at + draw.secs(1, 80);
                        script.push((at, Input::ConnectionRestored { agent }));
                        at = at + draw.secs(1, 60);
                        script.push((at, presence_input(agent, Presence::Available)));
                    }
                    _ => script.push((at, presence_input(agent, Presence::Available))),
                }
            }
            script.push((at, Input::SignOut { agent }));
            at = at + draw.secs(120, length / 3);
        }
    }
}

fn presence_input(agent: AgentId, presence: Presence) -> Input {
    Input::SetPresence { agent, presence }
}

fn arrivals(
    seed: u64,
    plan: &FloorPlan,
    start: Timestamp,
    shape: DayShape,
    script: &mut Vec<(Timestamp, Input)>,
) {
    let mut draw = Draw::of(seed, Purpose::Arrivals, 0);
    let gap = shape.length.div_f64(shape.contacts as f64);
    let mut at = start;
    for n in 1..=u128::from(shape.contacts) {
        // One in ten comes at the very instant of the one before.
        if !draw.chance(10) {
            at = at + draw.exponential(gap.mul_f64(1.1));
        }
        let Some(arrival) = random_arrival(n, at, &plan.clients, &mut draw) else { continue };
        let lead = draw.chance(2).then(|| draw.secs(1, 60));
        let contact = arrival.contact;
        script.push((at, Input::Arrive(arrival)));
        if let Some(later) = lead {
            script.push((at + later, Input::Expedite { contact }));
        }
    }
}

fn random_arrival(
    n: u128,
    at: Timestamp,
    clients: &[ClientRules],
    draw: &mut Draw,
) -> Option<Arrival> {
    let client = draw.pick(clients)?;
    let queue = draw.pick(&client.queues)?;
    let channel = *draw.pick(&queue.channels)?;
    let languages = ["en", "en", "fr", "ru"];
    Some(Arrival {
        contact: ids::contact(n),
        client: client.client,
        queue: queue.queue,
        channel,
        language: draw.chance(80).then(|| languages[draw.index(4)].parse().ok()).flatten(),
        first_ring: draw.chance(30).then(|| at - draw.secs(0, 15)),
        customer: draw.chance(60).then(|| ids::customer(u128::from(draw.between(1, 25)))),
        head_start: draw.chance(8).then(|| draw.secs(10, 400)),
        emergency: draw.chance(3),
    })
}

/// Browsers that lose their sound and find it again; some agents begin the day without.
fn phones(
    seed: u64,
    plan: &FloorPlan,
    start: Timestamp,
    shape: DayShape,
    script: &mut Vec<(Timestamp, Input)>,
) {
    let length = shape.length.as_secs();
    for (n, rules) in plan.agents.iter().enumerate() {
        let agent = rules.agent;
        let mut draw = Draw::of(seed, Purpose::Phones, n as u64);
        let mut at = start;
        if draw.chance(20) {
            script.push((at, Input::Phone { agent, ready: false }));
            at = at + draw.secs(0, length / 6);
            script.push((at, Input::Phone { agent, ready: true }));
        }
        while at < start + shape.length {
            at = at + draw.secs(60, length / 3);
            script.push((at, Input::Phone { agent, ready: false }));
            at = at + draw.secs(1, 300);
            script.push((at, Input::Phone { agent, ready: true }));
        }
    }
}

/// Agents who call customers, when they may and often when they may not: one try for two contacts.
fn calls_out(
    seed: u64,
    plan: &FloorPlan,
    start: Timestamp,
    shape: DayShape,
    script: &mut Vec<(Timestamp, Input)>,
) {
    let mut draw = Draw::of(seed, Purpose::CallsOut, 0);
    for n in 1..=shape.contacts / 2 {
        let at = start + draw.secs(0, shape.length.as_secs());
        let Some(client) = draw.pick(&plan.clients) else { return };
        let Some(queue) = draw.pick(&client.queues) else { continue };
        let Some(agent) = draw.pick(&plan.agents) else { return };
        let call = CallOut {
            contact: ids::contact(100_000 + u128::from(n)),
            client: client.client,
            queue: queue.queue,
            agent: agent.agent,
            language: None,
            customer: draw.chance(50).then(|| ids::customer(u128::from(draw.between(1, 25)))),
        };
        script.push((at, Input::CallOut(call)));
    }
}

/// New contract versions, agents moved and trained, pools capped, a client that leaves and returns.
fn changes(
    seed: u64,
    plan: &FloorPlan,
    start: Timestamp,
    shape: DayShape,
    script: &mut Vec<(Timestamp, Input)>,
) {
    let mut draw = Draw::of(seed, Purpose::Changes, 0);
    let mut clients = plan.clients.clone();
    let mut agents = plan.agents.clone();
    let end = start + shape.length;
    let mut instants: Vec<Timestamp> =
        (0..shape.changes).map(|_| start + draw.secs(0, shape.length.as_secs())).collect();
    instants.sort();
    for (k, at) in instants.into_iter().enumerate() {
        match draw.between(0, 19) {
            0..=6 => {
                let n = draw.index(clients.len());
                let fresh = FloorPlan::random(seed ^ (k as u64 + 1), start, end);
                change_contract(&mut clients[n], &fresh, &mut draw);
                script.push((at, Input::SetClient(Box::new(clients[n].clone()))));
            }
            7..=14 => {
                let n = draw.index(agents.len());
                change_agent(&mut agents[n], plan, &mut draw);
                script.push((at, Input::SetAgent(Box::new(agents[n].clone()))));
            }
            15 | 16 => {
                let n = draw.index(plan.pools.len());
                let cap = draw.between(20, 100) as u8;
                let pool = PoolRules { pool: plan.pools[n].pool, fairness_cap_percent: cap };
                script.push((at, Input::SetPool(pool)));
            }
            17 => {
                let n = draw.index(agents.len());
                let agent = agents[n].agent;
                script.push((at, Input::RemoveAgent(agent)));
                let back = at + draw.secs(60, 900);
                script.push((back, Input::SetAgent(Box::new(agents[n].clone()))));
            }
            18 => {
                let n = draw.index(clients.len());
                script.push((at, Input::RemoveClient(clients[n].client)));
                clients[n].contract_version += 1;
                let back = at + draw.secs(60, 1800);
                script.push((back, Input::SetClient(Box::new(clients[n].clone()))));
            }
            _ => {
                let mut rules = plan.rules.clone();
                rules.misses_before_away = draw.between(1, 4) as u8;
                rules.reoffer_after = draw.secs(5, 90);
                script.push((at, Input::SetFloor(rules)));
            }
        }
    }
}

/// A new version: other promises, pools, asks and wrap-up, sometimes a queue less.
fn change_contract(client: &mut ClientRules, fresh: &FloorPlan, draw: &mut Draw) {
    client.contract_version += 1;
    if let Some(other) = draw.pick(&fresh.clients) {
        match draw.between(0, 4) {
            0 => {
                // Another contract altogether, of the same queues.
                client.periods = other.periods.clone();
                client.period_at = other.period_at.clone();
            }
            1 => {
                client.open_at = other.open_at.clone();
                client.closed_waits = other.closed_waits;
            }
            2 => client.sites_allowed = other.sites_allowed.clone(),
            3 => {
                for (mine, theirs) in client.queues.iter_mut().zip(&other.queues) {
                    let kept = (mine.queue, mine.channels.clone());
                    *mine = theirs.clone();
                    (mine.queue, mine.channels) = kept;
                }
            }
            _ => {
                if client.queues.len() > 1 && draw.chance(50) {
                    client.queues.pop();
                }
                for queue in &mut client.queues {
                    queue.wrap_up = if draw.chance(50) {
                        WrapUpRule::None
                    } else {
                        WrapUpRule::Fixed {
                            seconds: draw.between(1, 40) as u32,
                            extend_s: 10,
                            extensions_max: 1,
                        }
                    };
                }
            }
        }
    }
}

fn change_agent(agent: &mut AgentRules, plan: &FloorPlan, draw: &mut Draw) {
    match draw.between(0, 5) {
        0 => {
            // A sign-off given or taken.
            if let Some(client) = draw.pick(&plan.clients) {
                match agent.sign_offs.iter().position(|c| *c == client.client) {
                    Some(held) => {
                        agent.sign_offs.remove(held);
                    }
                    None => agent.sign_offs.push(client.client),
                }
            }
        }
        1 => {
            if let Some(pool) = draw.pick(&plan.pools) {
                match agent.pools.iter().position(|p| *p == pool.pool) {
                    Some(held) => {
                        agent.pools.remove(held);
                    }
                    None => agent.pools.push(pool.pool),
                }
            }
        }
        2 => {
            agent.skills = (1..=3)
                .filter(|_| draw.chance(70))
                .collect::<Vec<u128>>()
                .into_iter()
                .map(|s| (ids::skill(s), draw.between(1, 10) as u8))
                .collect();
        }
        3 => {
            for (channel, most) in &mut agent.channels {
                if matches!(channel, Channel::Chat | Channel::Mail) {
                    *most = draw.between(1, 4) as u8;
                }
            }
        }
        4 => agent.site = draw.chance(70).then(|| ids::site(1)),
        _ => agent.team = draw.chance(60).then(|| ids::team(u128::from(draw.between(1, 2)))),
    }
}

/// What a lost packet, a second browser tab or a patient attacker would send.
fn nonsense(
    seed: u64,
    plan: &FloorPlan,
    start: Timestamp,
    shape: DayShape,
    script: &mut Vec<(Timestamp, Input)>,
) {
    let mut draw = Draw::of(seed, Purpose::Nonsense, 0);
    let seconds = shape.length.as_secs();
    for _ in 0..shape.contacts * u64::from(shape.nonsense_percent) / 20 {
        let offset = draw.secs(0, seconds);
        // Most often about a contact that has just arrived: others are gone.
        let near = shape.contacts * offset.as_secs() / seconds.max(1);
        let number = near.saturating_sub(draw.between(0, 8)) + draw.between(0, 4);
        let contact = ids::contact(u128::from(number));
        let agents = &plan.agents;
        let (Some(agent), Some(other)) = (draw.pick(agents), draw.clone().pick(agents)) else {
            continue;
        };
        let (agent, other) = (agent.agent, other.agent);
        let input = match draw.between(0, 17) {
            0 => Input::Answer { contact, agent },
            1 => Input::Refuse { contact, agent },
            2 => Input::Hold { contact, agent },
            3 => Input::Resume { contact, agent },
            4 => Input::Consult { contact, by: agent, to: other },
            5 => Input::Conference { contact, by: agent },
            6 => Input::Leave { contact, agent },
            7 => Input::Transfer {
                contact,
                by: agent,
                to: routing::TransferTarget::Queue(ids::queue(u128::from(draw.between(1, 40)))),
            },
            8 => Input::ExtendWrapUp { contact, agent },
            9 => Input::FinishWrapUp { contact, agent, disposition: None },
            10 if number.is_multiple_of(2) => Input::TakeOver { contact, from: agent, by: other },
            10 => Input::Release { contact, agent },
            11 => Input::RequestCallback { contact },
            12 => Input::SignIn { agent, presence: Presence::Available },
            13 => presence_input(agent, Presence::Away(AwayReason::NoAnswer)),
            14 => Input::ConnectionRestored { agent },
            15 => Input::Abandon { contact },
            16 => Input::RemoveAgent(agent),
            _ => match random_arrival(u128::from(number), start + offset, &plan.clients, &mut draw)
            {
                // Of a queue that is not there, and often doubled. Were it one that is there, the
                // contact could come again after its end; whoever makes the ids prevents that.
                Some(mut arrival) => {
                    arrival.queue = ids::queue(u128::from(draw.between(900, 999)));
                    Input::Arrive(arrival)
                }
                None => continue,
            },
        };
        script.push((start + offset, input));
    }
}
