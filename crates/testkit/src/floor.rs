//! Floors as values: clients under the three contracts, pools, teams, agents.

use std::time::Duration;

use domain::{
    AgentId, ClientId, Language, PoolId, SiteId, SkillId, TeamId, Timeline, Timestamp,
    contract::{
        Channel, ClockStart, Selection, ServiceLevelFormula, ServicePromise, Sticky, WrapUpRule,
    },
};
use routing::{
    AgentRules, ClientRules, FloorRules, Input, NobodyRules, OverflowRules, PeriodRules, PoolRules,
    QueueRules, ServiceRules, SkillRule,
};

use crate::{Draw, Purpose};

/// Ids of small numbers, so that a printed day can be read.
#[allow(missing_docs)]
pub mod ids {
    use domain::{
        AgentId, ClientId, ContactId, CustomerId, DispositionId, PoolId, QueueId, SiteId, SkillId,
        TeamId,
    };
    pub const fn client(n: u128) -> ClientId {
        ClientId::from_u128(n)
    }
    pub const fn queue(n: u128) -> QueueId {
        QueueId::from_u128(n)
    }
    pub const fn pool(n: u128) -> PoolId {
        PoolId::from_u128(n)
    }
    pub const fn team(n: u128) -> TeamId {
        TeamId::from_u128(n)
    }
    pub const fn agent(n: u128) -> AgentId {
        AgentId::from_u128(n)
    }
    pub const fn skill(n: u128) -> SkillId {
        SkillId::from_u128(n)
    }
    pub const fn site(n: u128) -> SiteId {
        SiteId::from_u128(n)
    }
    pub const fn contact(n: u128) -> ContactId {
        ContactId::from_u128(n)
    }
    pub const fn customer(n: u128) -> CustomerId {
        CustomerId::from_u128(n)
    }
    pub const fn disposition(n: u128) -> DispositionId {
        DispositionId::from_u128(n)
    }
}

/// A floor before its first minute.
#[derive(Clone, Debug, PartialEq)]
pub struct FloorPlan {
    /// The floor's own rules.
    pub rules: FloorRules,
    /// Its pools.
    pub pools: Vec<PoolRules>,
    /// Its clients.
    pub clients: Vec<ClientRules>,
    /// Its agents.
    pub agents: Vec<AgentRules>,
}

impl FloorPlan {
    /// The inputs that build this floor, in the order in which each knows what it names.
    pub fn inputs(&self) -> Vec<Input> {
        let mut inputs = vec![Input::SetFloor(self.rules.clone())];
        inputs.extend(self.pools.iter().cloned().map(Input::SetPool));
        inputs.extend(self.clients.iter().cloned().map(|c| Input::SetClient(Box::new(c))));
        inputs.extend(self.agents.iter().cloned().map(|a| Input::SetAgent(Box::new(a))));
        inputs
    }

    /// One pool, one client, one queue of calls, `agents` alike: the floor of the queueing books.
    /// No wrap-up, no greeting, no limit; an offer rings for a minute.
    pub fn one_pool(agents: u128) -> Self {
        let pool = ids::pool(1);
        let mut client = client_shared(1, &[pool]);
        client.queues = vec![queue(1, &[Channel::Voice])];
        client.queues[0].wrap_up = WrapUpRule::None;
        client.queues[0].waiting_max = 100_000;
        Self {
            rules: FloorRules { record_decisions: false, ..FloorRules::default() },
            pools: vec![PoolRules { pool, fairness_cap_percent: 100 }],
            agents: (1..=agents)
                .map(|n| {
                    agent(n).in_pool(pool).signed_off_for(client.client).takes(Channel::Voice, 1)
                })
                .collect(),
            clients: vec![client],
        }
    }

    /// One pool of `agents` who take calls of three clients alike, none of whose contacts may fill
    /// more than `cap_percent` of it while others wait.
    pub fn crowded(agents: u128, cap_percent: u8) -> Self {
        let pool = ids::pool(1);
        let clients: Vec<ClientRules> = (1..=3)
            .map(|n| {
                let mut client = client_shared(n, &[pool]);
                client.queues[0].channels = vec![Channel::Voice];
                client
            })
            .collect();
        let all = |n| {
            let one = agent(n).in_pool(pool).takes(Channel::Voice, 1).takes(Channel::Callback, 1);
            clients.iter().fold(one, |agent, client| agent.signed_off_for(client.client))
        };
        Self {
            rules: FloorRules::default(),
            pools: vec![PoolRules { pool, fairness_cap_percent: cap_percent }],
            agents: (1..=agents).map(all).collect(),
            clients,
        }
    }

    /// A floor with all three contracts, at least: two pools, two teams, three to six clients,
    /// some agents in several rings, some with hardly a skill. `start..end` is the day, within
    /// which hybrid clients change their period and some clients open and close.
    pub fn random(seed: u64, start: Timestamp, end: Timestamp) -> Self {
        let mut draw = Draw::of(seed, Purpose::Floor, 0);
        let pools = [ids::pool(1), ids::pool(2)];
        let teams = [ids::team(1), ids::team(2)];
        let mut clients = vec![
            client_shared(1, &pools[..1]),
            client_dedicated(2, teams[0]),
            client_hybrid(3, teams[1], &pools[1..], changes(&mut draw, start, end)),
        ];
        for n in 4..=(3 + u128::from(draw.between(0, 3))) {
            clients.push(match draw.between(0, 2) {
                0 => client_shared(n, &pools),
                1 => client_shared(n, &pools[..1]),
                _ => client_hybrid(n, teams[1], &pools[..1], changes(&mut draw, start, end)),
            });
        }
        for (i, client) in clients.iter_mut().enumerate() {
            embellish(client, i as u128, &mut draw, &pools, start, end);
        }
        let staff = draw.between(7, 16);
        let agents = (1..=u128::from(staff))
            .map(|n| random_agent(n, &mut draw, &clients, &pools, &teams))
            .collect();
        let caps = [100, 100, 60, 40];
        Self {
            rules: FloorRules {
                misses_before_away: draw.between(1, 3) as u8,
                reoffer_after: draw.secs(5, 60),
                connection_grace: draw.secs(5, 40),
                decision_named_max: draw.between(0, 12) as u16,
                record_decisions: draw.chance(70),
                ..FloorRules::default()
            },
            pools: pools
                .iter()
                .map(|p| PoolRules { pool: *p, fairness_cap_percent: caps[draw.index(4)] })
                .collect(),
            clients,
            agents,
        }
    }
}

/// Two values by turns over the day: what a hybrid client's periods do, only more often.
fn changes(draw: &mut Draw, start: Timestamp, end: Timestamp) -> Timeline<u16> {
    let mut at = start;
    let mut value = draw.between(0, 1) as u16;
    let mut changes = vec![(Timestamp::MIN, value)];
    while at < end {
        at = at + draw.secs(1200, 9000);
        value = 1 - value;
        changes.push((at, value));
    }
    Timeline { changes, compiled_until: Timestamp::MAX }
}

fn embellish(
    client: &mut ClientRules,
    nth: u128,
    draw: &mut Draw,
    pools: &[PoolId],
    start: Timestamp,
    end: Timestamp,
) {
    let queues = draw.between(1, 3);
    client.queues = (0..u128::from(queues)).map(|q| random_queue(nth * 10 + q + 1, draw)).collect();
    client.closed_waits = draw.chance(50);
    if draw.chance(35) {
        let hours = changes(draw, start, end);
        client.open_at = Timeline {
            changes: hours.changes.into_iter().map(|(at, v)| (at, v == 0)).collect(),
            compiled_until: Timestamp::MAX,
        };
    }
    if draw.chance(20) {
        client.sites_allowed = Some(vec![ids::site(1)]);
    }
    for period in &mut client.periods {
        period.promise.threshold_s = [10, 20, 30, 60][draw.index(4)];
        period.promise.short_abandon_s = draw.between(0, 10) as u32;
        if draw.chance(30) {
            period.promise.clock = ClockStart::QueueEntry;
        }
        period.peak_greeting = draw.chance(50).then(|| draw.secs(3, 12));
        period.talk_limit = draw.chance(50).then(|| draw.secs(60, 300));
        if draw.chance(45) {
            period.overflow = Some(OverflowRules {
                after: draw.chance(80).then(|| draw.secs(10, 120)),
                below_projected_percent: draw.chance(40).then(|| draw.between(40, 90) as u8),
                pools: vec![pools[draw.index(pools.len())]],
            });
        }
        period.nobody_on_shift = match draw.between(0, 3) {
            0 => NobodyRules::Close,
            1 if period.overflow.is_some() => NobodyRules::Overflow,
            _ => NobodyRules::Wait,
        };
    }
}

fn random_queue(n: u128, draw: &mut Draw) -> QueueRules {
    let channels: &[Channel] = match draw.between(0, 4) {
        0 => &[Channel::Voice],
        1 => &[Channel::Mail, Channel::Message],
        2 => &[Channel::Voice, Channel::Chat],
        _ => &[Channel::Chat],
    };
    let mut queue = queue(n, channels);
    if draw.chance(40) {
        queue.skills.push(SkillRule {
            skill: ids::skill(u128::from(draw.between(1, 3))),
            level: draw.between(1, 7) as u8,
            relax_after: draw.chance(60).then(|| draw.secs(10, 90)),
            relaxed_level: draw.between(0, 2) as u8,
        });
        if let Some(ask) = queue.skills.first_mut() {
            ask.relaxed_level = ask.relaxed_level.min(ask.level - 1);
        }
    }
    queue.language_required = draw.chance(50);
    queue.head_start = Duration::from_secs(60 * [0, 0, 1, 5][draw.index(4)]);
    if draw.chance(30) {
        queue.selection = Selection::ProficiencyFirst;
    }
    if draw.chance(30) {
        queue.sticky = Some(Sticky {
            within_hours: draw.between(1, 4) as u16,
            wait_s: draw.between(0, 40) as u32,
        });
    }
    queue.offer_timeout = draw.secs(6, 25);
    queue.wrap_up = match draw.between(0, 3) {
        0 => WrapUpRule::None,
        1 => WrapUpRule::UntilDone,
        _ => WrapUpRule::Fixed {
            seconds: draw.between(5, 60) as u32,
            extend_s: draw.between(5, 30) as u32,
            extensions_max: draw.between(0, 2) as u8,
        },
    };
    queue.announce_position = draw.chance(35);
    queue.waiting_max = if draw.chance(20) { draw.between(1, 4) as u32 } else { 500 };
    queue
}

/// An agent with everything drawn; the first four staff the teams.
fn random_agent(
    n: u128,
    draw: &mut Draw,
    clients: &[ClientRules],
    pools: &[PoolId],
    teams: &[TeamId],
) -> AgentRules {
    let mut a = agent(n);
    if n <= 4 {
        a.team = teams.get((n % 2) as usize).copied();
        if draw.chance(30) {
            a = a.in_pool(pools[draw.index(pools.len())]);
        }
    } else {
        a = a.in_pool(pools[draw.index(pools.len())]);
        if draw.chance(30) {
            a.pools = pools.to_vec();
        }
    }
    for client in clients {
        if draw.chance(85) {
            a = a.signed_off_for(client.client);
        }
    }
    for skill in 1..=3 {
        if draw.chance(60) {
            a = a.with_skill(ids::skill(skill), draw.between(1, 10) as u8);
        }
    }
    for language in [Language::EN, Language::FR, Language::RU] {
        if draw.chance(70) {
            a = a.speaks(language);
        }
    }
    a.site = draw.chance(80).then(|| ids::site(u128::from(draw.between(1, 2))));
    for (channel, most) in
        [(Channel::Voice, 1), (Channel::Chat, 3), (Channel::Mail, 5), (Channel::Message, 5)]
    {
        if draw.chance(85) {
            a = a.takes(channel, draw.between(1, most) as u8);
        }
    }
    a.takes(Channel::Callback, 1)
}

/// A promise of 80 % in 20 s, of those offered, from the first ring.
fn promise() -> ServicePromise {
    ServicePromise {
        threshold_s: 20,
        target_percent: 80,
        formula: ServiceLevelFormula::OfOffered,
        clock: ClockStart::FirstRing,
        short_abandon_s: 5,
    }
}

fn period(service: ServiceRules) -> PeriodRules {
    PeriodRules {
        service,
        promise: promise(),
        peak_greeting: None,
        overflow: None,
        nobody_on_shift: NobodyRules::Wait,
        talk_limit: None,
    }
}

fn client(n: u128, period_at: Timeline<u16>, periods: Vec<PeriodRules>) -> ClientRules {
    ClientRules {
        client: ids::client(n),
        contract_version: 1,
        period_at,
        open_at: Timeline::constant(true),
        periods,
        queues: vec![queue(n * 10 - 9, &[Channel::Chat])],
        sites_allowed: None,
        closed_waits: true,
        default_language: Language::EN,
    }
}

/// A client served by pools, around the clock, with one chat queue of number `10 n - 9`.
pub fn client_shared(n: u128, pools: &[PoolId]) -> ClientRules {
    client(n, Timeline::constant(0), vec![period(ServiceRules::Shared(pools.to_vec()))])
}

/// A client served by its own team and nobody else.
pub fn client_dedicated(n: u128, team: TeamId) -> ClientRules {
    client(n, Timeline::constant(0), vec![period(ServiceRules::Dedicated(team))])
}

/// A client served by its team in period 0 and by pools in period 1, as `period_at` says.
pub fn client_hybrid(
    n: u128,
    team: TeamId,
    pools: &[PoolId],
    period_at: Timeline<u16>,
) -> ClientRules {
    client(
        n,
        period_at,
        vec![period(ServiceRules::Dedicated(team)), period(ServiceRules::Shared(pools.to_vec()))],
    )
}

/// A queue open to `channels` that asks nothing: offers ring 20 s, wrap-up is 10 s.
pub fn queue(n: u128, channels: &[Channel]) -> QueueRules {
    QueueRules {
        queue: ids::queue(n),
        channels: channels.to_vec(),
        skills: Vec::new(),
        language_required: false,
        head_start: Duration::ZERO,
        selection: Selection::LongestIdle,
        sticky: None,
        offer_timeout: Duration::from_secs(20),
        wrap_up: WrapUpRule::Fixed { seconds: 10, extend_s: 10, extensions_max: 1 },
        announce_position: false,
        waiting_max: 1000,
    }
}

/// An agent in no ring, of no skill, on no channel.
pub fn agent(n: u128) -> AgentRules {
    AgentRules {
        agent: ids::agent(n),
        pools: Vec::new(),
        team: None,
        skills: Vec::new(),
        languages: Vec::new(),
        sign_offs: Vec::new(),
        site: None,
        channels: Vec::new(),
    }
}

/// Says what an agent is, one word at a time.
pub trait AgentWords: Sized {
    /// Serves this pool as well.
    fn in_pool(self, pool: PoolId) -> Self;
    /// Belongs to this team.
    fn in_team(self, team: TeamId) -> Self;
    /// May take this client's contacts.
    fn signed_off_for(self, client: ClientId) -> Self;
    /// Has this skill, at this level.
    fn with_skill(self, skill: SkillId, level: u8) -> Self;
    /// Speaks it.
    fn speaks(self, language: Language) -> Self;
    /// Works from there.
    fn at(self, site: SiteId) -> Self;
    /// Takes at most so many at once on this channel.
    fn takes(self, channel: Channel, most: u8) -> Self;
    /// The id.
    fn id(&self) -> AgentId;
}

impl AgentWords for AgentRules {
    fn in_pool(mut self, pool: PoolId) -> Self {
        if !self.pools.contains(&pool) {
            self.pools.push(pool);
        }
        self
    }
    fn in_team(mut self, team: TeamId) -> Self {
        self.team = Some(team);
        self
    }
    fn signed_off_for(mut self, client: ClientId) -> Self {
        self.sign_offs.push(client);
        self
    }
    fn with_skill(mut self, skill: SkillId, level: u8) -> Self {
        self.skills.push((skill, level));
        self
    }
    fn speaks(mut self, language: Language) -> Self {
        self.languages.push(language);
        self
    }
    fn at(mut self, site: SiteId) -> Self {
        self.site = Some(site);
        self
    }
    fn takes(mut self, channel: Channel, most: u8) -> Self {
        self.channels.push((channel, most));
        self
    }
    fn id(&self) -> AgentId {
        self.agent
    }
}

/// Says what a client's contract holds, one word at a time.
pub trait ClientWords: Sized {
    /// The same change to every period.
    fn each_period(self, change: impl FnMut(&mut PeriodRules)) -> Self;
    /// The same change to every queue.
    fn each_queue(self, change: impl FnMut(&mut QueueRules)) -> Self;
}

impl ClientWords for ClientRules {
    fn each_period(mut self, change: impl FnMut(&mut PeriodRules)) -> Self {
        self.periods.iter_mut().for_each(change);
        self
    }
    fn each_queue(mut self, change: impl FnMut(&mut QueueRules)) -> Self {
        self.queues.iter_mut().for_each(change);
        self
    }
}
