//! A scenario as the router knows it, once for all replications.

use std::time::Duration;

use domain::{
    AgentId, Fault, PoolId, QueueId, SkillId, TeamId, Timeline, Timestamp,
    contract::compile_periods,
};
use routing::{AgentRules, ClientRules, FloorRules, Input, PoolRules, Router};

use super::{
    parse::client_id,
    scenario::{GroupPlan, QueuePlan, Scenario, ShiftTime},
};

/// The id of the pool at a place.
pub(crate) fn pool_id(at: usize) -> PoolId {
    PoolId::from_u128(at as u128 + 1)
}

/// The id of the team at a place.
pub(crate) fn team_id(at: usize) -> TeamId {
    TeamId::from_u128(at as u128 + 1)
}

/// The id of the skill at a place.
pub(crate) fn skill_id(at: usize) -> SkillId {
    SkillId::from_u128(at as u128 + 1)
}

/// The id of a client's queue.
pub(crate) fn queue_id(client: usize, n: usize) -> QueueId {
    QueueId::from_u128(((client as u128 + 1) << 32) | (n as u128 + 1))
}

/// The place of a queue among its client's.
pub(crate) fn queue_at(id: QueueId) -> usize {
    (id.uuid().as_u128() as u32 as usize).wrapping_sub(1)
}

/// The id of the agent at a place.
pub(crate) fn agent_id(at: usize) -> AgentId {
    AgentId::from_u128(at as u128 + 1)
}

/// The place of an agent whose id is one of ours.
pub(crate) fn agent_at(id: AgentId) -> usize {
    (id.uuid().as_u128() as usize).wrapping_sub(1)
}

/// A queue and whose it is.
#[derive(Clone, Debug)]
pub(crate) struct QueueOf<'a> {
    pub client: usize,
    pub id: QueueId,
    pub plan: &'a QueuePlan,
}

/// An agent and what they are one of.
#[derive(Clone, Copy, Debug)]
pub(crate) struct AgentOf<'a> {
    pub group: usize,
    /// Which one of the group.
    pub nth: usize,
    pub hours: &'a ShiftTime,
}

/// A scenario made ready.
#[derive(Debug)]
pub(crate) struct Floor<'a> {
    pub scenario: &'a Scenario,
    /// With clients and agents, before its first instant.
    pub router: Router,
    pub queues: Vec<QueueOf<'a>>,
    pub agents: Vec<AgentOf<'a>>,
    /// Instants, in microseconds: the first, that from which contacts count, that from which they do
    /// not count any more, and the last.
    pub start: i64,
    pub counted_from: i64,
    pub counted_until: i64,
    pub last: i64,
}

impl<'a> Floor<'a> {
    /// Makes a scenario ready.
    ///
    /// # Errors
    /// What the router refuses, in its words: a bug of the checks before it.
    pub fn new(scenario: &'a Scenario) -> Result<Self, Vec<Fault>> {
        let run = &scenario.run;
        let start = run.start.micros();
        let counted_until = start + run.length_us;
        let last = counted_until + run.drain_us;
        let mut inputs = vec![Input::SetFloor(FloorRules {
            cost: scenario.cost.to_vec(),
            contacts_max: 10_000_000,
            agents_max: u32::MAX,
            record_decisions: false,
            ..FloorRules::default()
        })];
        for (at, (_, cap)) in scenario.pools.iter().enumerate() {
            inputs
                .push(Input::SetPool(PoolRules { pool: pool_id(at), fairness_cap_percent: *cap }));
        }
        // A week before and after: no period begins or ends outside.
        let week = Duration::from_secs(7 * 86_400);
        let (from, until) = (run.start - week, Timestamp::from_micros(last) + week);
        let mut queues = Vec::new();
        for (client, plan) in scenario.clients.iter().enumerate() {
            let hours = match &plan.hours {
                Some(calendar) => calendar.compile(from, until)?,
                None => Timeline::constant(true),
            };
            let periods = if plan.contract.periods.len() == 1 {
                Timeline::constant(0)
            } else {
                compile_periods(&plan.contract, from, until)?
            };
            let rules = ClientRules::compile(&plan.contract, &hours, &periods)?;
            inputs.push(Input::SetClient(Box::new(rules)));
            for (n, plan) in plan.queues.iter().enumerate() {
                queues.push(QueueOf { client, id: queue_id(client, n), plan });
            }
        }
        let mut agents = Vec::new();
        for (group, plan) in scenario.groups.iter().enumerate() {
            let mut nth = 0;
            for shift in &plan.shifts {
                for _ in 0..shift.agents {
                    let rules = agent_rules(plan, agent_id(agents.len()));
                    inputs.push(Input::SetAgent(Box::new(rules)));
                    agents.push(AgentOf { group, nth, hours: &shift.hours });
                    nth += 1;
                }
            }
        }
        let mut router = Router::new();
        for input in inputs {
            router.handle(run.start, input).map_err(|error| {
                vec![Fault::new(
                    "scenario",
                    "refused_by_the_router",
                    domain::words!("The router says: {}.", error),
                    "Make the scenario smaller; if this seems wrong, report it.",
                )]
            })?;
        }
        while router.next_event().is_some() {}
        Ok(Self {
            scenario,
            router,
            queues,
            agents,
            start,
            counted_from: start + run.warm_up_us,
            counted_until,
            last,
        })
    }
}

fn agent_rules(group: &GroupPlan, agent: AgentId) -> AgentRules {
    AgentRules {
        agent,
        pools: group.pools.iter().copied().map(pool_id).collect(),
        team: group.team.map(team_id),
        skills: group.skills.iter().map(|(skill, level)| (skill_id(*skill), *level)).collect(),
        languages: group.languages.clone(),
        sign_offs: group.sign_offs.iter().copied().map(client_id).collect(),
        site: None,
        channels: group.channels.clone(),
    }
}
