//! Shared, dedicated or both: the contracts that one client could have, side by side at equal service.
//!
//! A [`Plan`] is a scenario, one of its clients and what each contract would cost. [`compare`] staffs
//! the floor under each of them with the least agents with which the same promises hold for *every*
//! client, plays it with the router that runs the floor, reads its events with the meter that bills
//! the floor, and rates them with the rating that makes its invoices.
//!
//! - What the client needs of the pool is the pool with it less the pool without it.
//! - All contracts meet the same customers: the same seed draws the same contacts.
//! - Hours, costs and prices are those of one billing period, made of the simulated days again and
//!   again. Fees that are due once stand beside.

mod advice;
mod bill;
mod model;
mod plan;
mod recorded;
mod search;
mod tariff;
mod week;

pub use advice::{Advice, Note};
pub use bill::BilledPosition;
pub use model::Model;
pub use plan::Plan;

use domain::{Fault, tariff::FeeWhen};
use serde::Serialize;

use self::{
    bill::{Played, estimate, positions},
    model::{Floor, Staff},
    plan::{Cost, Hybrid},
    search::{Found, Search, Survey},
};
use crate::sim::{Counts, Estimate, Kept, Options, Outcome};

/// What a comparison says.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Comparison {
    /// Name of the scenario.
    pub scenario: String,
    /// The seed that gives the same again.
    pub seed: u64,
    /// Replications behind every interval.
    pub replications: u32,
    /// The client.
    pub client: String,
    /// Currency of every amount; amounts are minor units.
    pub currency: String,
    /// The billing period that hours, costs and prices are of.
    pub period: String,
    /// The client's contacts in it, without those that were turned away: closed, queue full.
    pub contacts: Estimate,
    /// Mean handle of the client's contacts by what its queues say, in seconds.
    pub handle_s: f64,
    /// Intervals of the week, in the order of every list of agents.
    pub intervals: Vec<String>,
    /// Agents of the pool without the client, by interval.
    pub pool_without: Vec<u32>,
    /// Shared, dedicated and the cheapest hybrid.
    pub contracts: Vec<Compared>,
    /// All hybrids that were tried.
    pub hybrids: Vec<Tried>,
    /// What to beware of.
    pub warnings: Vec<Note>,
    /// What to choose, and why.
    pub advice: Advice,
    /// Simulations that the search took.
    pub simulations: u32,
}

/// One contract.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Compared {
    /// Which.
    pub model: Model,
    /// Of a hybrid: when the team answers, and after which wait the pool helps.
    pub hybrid: Option<Terms>,
    /// With one agent less in any interval some promise would break; `false` when the search ended
    /// before that was known.
    pub least: bool,
    /// The promise to the client, and the level reached.
    pub promise: Kept,
    /// Mean wait of the answered.
    pub asa_served: Estimate,
    /// Share that gave up.
    pub p_abandon: Estimate,
    /// What the figures are made of, over all replications.
    pub counts: Counts,
    /// What the client gets, by interval.
    pub within: Vec<Within>,
    /// Those who answer the client.
    pub groups: Vec<Group>,
    /// Hours at work for the client, in the billing period.
    pub agent_hours: f64,
    /// The same with shrinkage, as paid.
    pub paid_hours: f64,
    /// What they cost.
    pub cost_minor: i64,
    /// The net price of the billing period.
    pub price_minor: Estimate,
    /// Price less cost.
    pub margin_minor: Estimate,
    /// What it is made of.
    pub positions: Vec<BilledPosition>,
    /// Fees that are due once, in no other figure.
    pub once_minor: i64,
    /// What becomes of the others.
    pub others: Vec<Other>,
}

/// What a hybrid contract is tried with.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Terms {
    /// Name of the hours.
    pub hours: String,
    /// After this wait the pool helps, in seconds; `None` for never.
    pub overflow_after_s: Option<u32>,
}

/// A hybrid that was tried.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Tried {
    /// With what.
    #[serde(flatten)]
    pub terms: Terms,
    /// What its agents cost; `None` where the promises cannot be kept.
    pub cost_minor: Option<i64>,
}

/// Agents of one group.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Group {
    /// Its name.
    pub name: String,
    /// Where.
    pub site: Option<String>,
    /// Agents at work, by interval.
    pub agents: Vec<u32>,
    /// Of them those that are there because of the client.
    pub agents_for_client: Vec<i64>,
    /// Hours at work for the client, in the billing period.
    pub agent_hours: f64,
    /// What they cost.
    pub cost_minor: i64,
    /// Occupancy of the whole group.
    pub occupancy: Estimate,
}

/// Another client that the pool serves.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Other {
    /// Its name.
    pub name: String,
    /// What it was promised, in percent.
    pub target_percent: u8,
    /// Its service level while the client is not there.
    pub before: Estimate,
    /// And under this contract.
    pub after: Estimate,
}

/// What the client gets in an interval of the week.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Within {
    /// Its contacts that arrive in it, in one week.
    pub contacts: f64,
    /// Of those the service level.
    pub service_level: Estimate,
}

/// Why there is no comparison.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotCompared {
    /// Whoever listened said so.
    Stopped,
    /// It cannot be compared.
    Faults(Vec<Fault>),
}

/// How far a comparison is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// Floors that are staffed.
    pub done: usize,
    /// Of so many.
    pub of: usize,
    /// Simulations so far.
    pub simulations: u32,
}

/// A floor with its staff.
struct Staffed<'a> {
    floor: Floor<'a>,
    found: Found,
    cost_minor: i64,
}

/// Compares the contracts. `told` hears how far it is, often and from any thread; when it says `false`
/// the comparison ends.
///
/// # Errors
/// A promise that cannot be kept without the client, under the shared or under the dedicated contract;
/// hybrids that cannot are left out, unless none can. And that it was stopped.
pub fn compare(
    plan: &Plan,
    options: Options,
    told: &(dyn Fn(Step) -> bool + Sync),
) -> Result<Comparison, NotCompared> {
    // The interval of a search's every step is that of the scenario's replications.
    let options = Options { until_half_width: None, ..options };
    let served = served(plan);
    let search = Search::new(plan, options, told, &served);
    let compared = compare_with(plan, options, &search, &served);
    compared.map_err(|faults| match search.is_stopped() {
        true => NotCompared::Stopped,
        false => NotCompared::Faults(faults),
    })
}

fn compare_with(
    plan: &Plan,
    options: Options,
    search: &Search<'_>,
    served: &[usize],
) -> Result<Comparison, Vec<Fault>> {
    let step = |done| search.reached(done);
    step(0);
    let survey = search.survey()?;
    let others: Vec<usize> = served.iter().copied().filter(|at| *at != plan.client).collect();
    let none = vec![0; plan.week.len()];
    let begin = Staff { pool: search.guess(&survey, &others), team: none.clone() };
    let without = search.least(Floor::Without, begin, &survey, (true, false))?;
    let pool_without = without.staff.pool.clone();
    step(1);
    let own = search.guess(&survey, &[plan.client]);
    let begin = Staff { pool: search.guess(&survey, served), team: none };
    let shared = search.least(Floor::Shared, begin, &survey, (true, false))?;
    let shared_pool = shared.staff.pool.clone();
    step(2);
    let begin = Staff { pool: pool_without.clone(), team: own };
    let dedicated = search.least(Floor::Dedicated, begin, &survey, (false, true))?;
    let dedicated_team = dedicated.staff.team.clone();
    step(3);

    let costs = |floor, found: Found| Staffed {
        floor,
        cost_minor: groups(plan, &found.staff, &pool_without).iter().map(|g| g.cost_minor).sum(),
        found,
    };
    let mut tried = Vec::new();
    let mut best: Option<Staffed<'_>> = None;
    let mut refused = Vec::new();
    for (at, hybrid) in plan.hybrids.iter().enumerate() {
        let cost =
            |staff: &Staff| groups(plan, staff, &pool_without).iter().map(|g| g.cost_minor).sum();
        let pools = (pool_without.as_slice(), shared_pool.as_slice());
        let found = search_hybrid(search, &survey, hybrid, pools, &dedicated_team, &cost);
        let terms = terms(hybrid);
        match found {
            Ok(found) => {
                let staffed = costs(Floor::Hybrid(hybrid), found);
                tried.push(Tried { terms, cost_minor: Some(staffed.cost_minor) });
                if best.as_ref().is_none_or(|best| staffed.cost_minor < best.cost_minor) {
                    best = Some(staffed);
                }
            }
            Err(faults) => {
                refused.extend(faults);
                tried.push(Tried { terms, cost_minor: None });
            }
        }
        step(4 + at);
    }
    if best.is_none() && !refused.is_empty() {
        return Err(refused);
    }
    let floors = [costs(Floor::Shared, shared), costs(Floor::Dedicated, dedicated)];
    let before = search.play(&plan.floor(Floor::Without, &without.staff))?;
    let mut contracts = Vec::new();
    let mut contacts = Estimate::default();
    for staffed in floors.into_iter().chain(best) {
        let scenario = plan.floor(staffed.floor, &staffed.found.staff);
        search.go_on()?;
        let staff = &staffed.found.staff;
        let played = plan.bill(staffed.floor, staff, &scenario, options.cores)?;
        let counts: Vec<f64> = played.contacts.iter().map(|n| *n as f64).collect();
        contacts = estimate(&counts);
        contracts.push(compared(plan, &staffed, &played, &before, &pool_without, served));
    }
    let mut comparison = Comparison {
        scenario: plan.scenario.name.clone(),
        seed: plan.scenario.run.seed,
        replications: plan.scenario.run.replications,
        client: plan.client().to_owned(),
        currency: plan.currency().code().to_owned(),
        period: plan.period().name,
        contacts,
        handle_s: survey.handle_s[plan.client],
        intervals: plan.week.names.clone(),
        pool_without,
        contracts,
        hybrids: tried,
        warnings: Vec::new(),
        advice: Advice::default(),
        simulations: search.spent(),
    };
    advice::advise(plan, &survey, served, &mut comparison);
    Ok(comparison)
}

/// The least agents of both groups under one hybrid, from two beginnings: the team as large as the
/// dedicated one where it works, beside the pool without the client or as it is when shared.
fn search_hybrid(
    search: &Search<'_>,
    survey: &Survey,
    hybrid: &Hybrid,
    (without, shared): (&[u32], &[u32]),
    dedicated: &[u32],
    cost: &dyn Fn(&Staff) -> i64,
) -> Result<Found, Vec<Fault>> {
    let hours = search.team_hours(hybrid);
    let pick = |at: usize, own: u32, other: u32| if hours[at] { own } else { other };
    let team: Vec<u32> = (0..hours.len()).map(|at| pick(at, dedicated[at], 0)).collect();
    let small = (0..hours.len()).map(|at| pick(at, without[at], shared[at])).collect();
    let from = |pool| {
        let staff = Staff { pool, team: team.clone() };
        search.least(Floor::Hybrid(hybrid), staff, survey, (true, true))
    };
    match (from(small), from(shared.to_vec())) {
        (Ok(one), Ok(other)) if cost(&other.staff) < cost(&one.staff) => Ok(other),
        (Ok(found), _) | (Err(_), Ok(found)) => Ok(found),
        (Err(faults), Err(_)) => Err(faults),
    }
}

/// Clients that the pool or a team of their own serves and that anything comes for: those whose load
/// the pool must carry.
fn served(plan: &Plan) -> Vec<usize> {
    let group = &plan.scenario.groups[plan.pool_group];
    let by_pool = |at: &usize| *at == plan.client || group.sign_offs.contains(at);
    (0..plan.scenario.clients.len()).filter(by_pool).collect()
}

fn terms(hybrid: &Hybrid) -> Terms {
    Terms { hours: hybrid.name.clone(), overflow_after_s: hybrid.overflow_after_s }
}

/// Who answers the client, and what that costs in the billing period.
fn groups(plan: &Plan, staff: &Staff, without: &[u32]) -> Vec<Group> {
    let period = plan.period();
    let group = |name: &str, cost: &Cost, agents: &[u32], less: Option<&[u32]>| {
        let hours_of = |profile: &[u32]| plan.hours(&period, &profile.to_vec());
        let agent_hours = hours_of(agents) - less.map_or(0.0, hours_of);
        let paid = agent_hours / (1.0 - plan.shrinkage);
        let less_at = |at: usize| less.map_or(0, |less| i64::from(less[at]));
        Group {
            name: name.to_owned(),
            site: cost.site.clone(),
            agents: agents.to_vec(),
            agents_for_client: agents
                .iter()
                .enumerate()
                .map(|(at, agents)| i64::from(*agents) - less_at(at))
                .collect(),
            agent_hours,
            cost_minor: (paid * cost.per_hour_minor as f64).round() as i64,
            occupancy: Estimate::default(),
        }
    };
    let pool = &plan.scenario.groups[plan.pool_group].name;
    vec![
        group(pool, &plan.pool_cost, &staff.pool, Some(without)),
        group(&plan.team.name, &plan.team_cost, &staff.team, None),
    ]
}

fn compared(
    plan: &Plan,
    staffed: &Staffed<'_>,
    played: &Played,
    before: &Outcome,
    without: &[u32],
    served: &[usize],
) -> Compared {
    let outcome = &played.outcome;
    let client = &outcome.clients[plan.client];
    let mut groups = groups(plan, &staffed.found.staff, without);
    for group in &mut groups {
        if let Some(of) = outcome.groups.iter().find(|of| of.name == group.name) {
            group.occupancy = of.figures.occupancy;
        }
    }
    let (model, hybrid) = match staffed.floor {
        Floor::Without | Floor::Shared => (Model::Shared, None),
        Floor::Dedicated => (Model::Dedicated, None),
        Floor::Hybrid(hybrid) => (Model::Hybrid, Some(terms(hybrid))),
    };
    // A group without a part in the contract says nothing about it.
    groups.retain(|group| group.agents_for_client.iter().any(|n| *n != 0));
    let agent_hours = groups.iter().map(|group| group.agent_hours).sum();
    let prices: Vec<f64> = played.bills.iter().map(|bill| bill.net_minor as f64).collect();
    let price = estimate(&prices);
    let others = served.iter().filter(|at| **at != plan.client).map(|at| {
        let (was, is) = (&before.clients[*at], &outcome.clients[*at]);
        Other {
            name: is.name.clone(),
            target_percent: is.promise.target_percent,
            before: was.promise.service_level,
            after: is.promise.service_level,
        }
    });
    let tariff = plan.tariff(staffed.floor, &staffed.found.staff);
    let fees = tariff.iter().flat_map(|tariff| &tariff.fees);
    let once = fees.filter(|fee| fee.when == FeeWhen::Once);
    Compared {
        model,
        hybrid,
        least: staffed.found.least,
        promise: client.promise.clone(),
        asa_served: client.figures.asa_served,
        p_abandon: client.figures.p_abandon,
        counts: client.counts,
        within: played.within.clone(),
        others: others.collect(),
        agent_hours,
        paid_hours: agent_hours / (1.0 - plan.shrinkage),
        cost_minor: staffed.cost_minor,
        margin_minor: Estimate {
            mean: price.mean.map(|price| price - staffed.cost_minor as f64),
            ..price
        },
        price_minor: price,
        positions: positions(&played.bills),
        once_minor: once.map(|fee| fee.price_minor * i64::from(fee.quantity)).sum(),
        groups,
    }
}
