//! What each queue asks of each interval, by the formulas, and who may answer it, by the router.

use std::collections::{BTreeMap, BTreeSet, btree_map::Entry};

use domain::{
    Fault, Timeline, Timestamp,
    contract::{ServiceLevelFormula, compile_periods},
    words,
};
use routing::{Input, Presence, Router};

use super::{
    Agents,
    read::{GroupTerms, Plan},
};
use crate::{
    Demand, Level, Patience, Shape, Target, Times,
    sim::{
        DemandKind, Distribution, QueuePlan, Scenario, Shift, ShiftTime,
        play::{Floor, agent_id},
    },
    staffing::{LevelTarget, staff},
};

/// Rates are looked at minute by minute.
const MINUTE_US: i64 = 60_000_000;
/// Shares above this are staffed for as this: nobody can promise that all are answered.
const SHARE_MAX: f64 = 0.999;

/// What is asked of every interval.
#[derive(Clone, Debug, PartialEq)]
pub struct Needs {
    /// Interval by interval.
    pub problems: Vec<Problem>,
    /// Clients of which each queue is answered by groups that all can answer whatever is pooled with it:
    /// of these the formulas know as much as the simulator. By client.
    pub(super) is_exact: Vec<bool>,
    /// What it would cost to answer each client with agents of its own.
    pub(super) cost_if_separate: f64,
}

/// What is asked of one interval.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Problem {
    /// The queues in which anybody comes.
    pub queues: Vec<Asked>,
}

/// What a queue asks of an interval.
#[derive(Clone, Debug, PartialEq)]
pub struct Asked {
    /// The client, by its place in the scenario.
    pub client: usize,
    /// Agents, of what is pooled its part.
    pub agents: f64,
    /// The groups that may answer it, with the part of an agent that one of them is worth to it.
    pub able: Vec<(usize, f64)>,
}

/// One queue as the formulas see it.
struct Seen<'a> {
    client: usize,
    plan: &'a QueuePlan,
    /// Contacts per second, by interval.
    rates: Vec<f64>,
    /// Erlangs, by interval: the work of a busy interval reaches into the next.
    loads: Vec<f64>,
    handle_s: f64,
}

/// A queue in an interval.
#[derive(Clone, Debug)]
pub(crate) struct One {
    pub client: usize,
    pub able: Vec<(usize, f64)>,
    pub demand: Demand,
    pub target: Target,
    /// Contacts that one agent has at once.
    pub at_once: f64,
    /// Places that it needs when nothing is pooled with it.
    pub alone: f64,
}

impl Plan {
    /// What every interval asks.
    ///
    /// # Errors
    /// Queues that nobody may answer when contacts come, each with the first such time.
    pub fn needs(&self) -> Result<Needs, Vec<Fault>> {
        let mut problems = Vec::new();
        let mut is_exact = vec![true; self.scenario.clients.len()];
        let mut separate = 0.0;
        let hours = self.interval_us as f64 / 3.6e9;
        for all in self.lines()? {
            separate += self.separate(&all) * hours;
            problems.push(problem(&all, &mut is_exact));
        }
        Ok(Needs { problems, is_exact, cost_if_separate: separate })
    }

    /// Every queue in which anybody comes, interval by interval.
    pub(crate) fn lines(&self) -> Result<Vec<Vec<One>>, Vec<Fault>> {
        let seen = self.seen()?;
        let able = Able::of(self)?;
        let mut faults = Vec::new();
        let mut told = BTreeSet::new();
        let mut lines = Vec::new();
        for interval in 0..self.intervals() {
            let mut all = Vec::new();
            for (at, queue) in seen.iter().enumerate() {
                if queue.rates[interval] <= 0.0 {
                    continue;
                }
                let able = able.at(interval, queue.client, at);
                if !able.is_empty() {
                    all.push(self.one(queue, interval, able.to_vec()));
                } else if told.insert(at) {
                    faults.push(self.nobody(queue, interval));
                }
            }
            lines.push(all);
        }
        if faults.is_empty() { Ok(lines) } else { Err(faults) }
    }

    /// Contacts expected of every queue of all clients in each interval.
    pub(crate) fn expected(&self) -> Result<Vec<Vec<f64>>, Vec<Fault>> {
        let interval_s = self.interval_us as f64 / 1e6;
        let contacts = |queue: Seen<'_>| queue.rates.iter().map(|rate| rate * interval_s).collect();
        Ok(self.seen()?.into_iter().map(contacts).collect())
    }

    /// The local time at which an interval begins.
    pub fn local(&self, interval: usize) -> String {
        let local = self.scenario.run.zone.local(Timestamp::from_micros(self.begin(interval)));
        local.chars().take(16).collect()
    }

    fn nobody(&self, queue: &Seen<'_>, interval: usize) -> Fault {
        Fault::new(
            "groups",
            "cannot_be_staffed",
            words!(
                "Nobody may answer {} of {} at {}: no group has its pool or team, its skills, its channel and its sign-off together.",
                queue.plan.name,
                self.scenario.clients[queue.client].name,
                self.local(interval)
            ),
            "Give a group what the queue asks for, or the client other hours.",
        )
    }

    fn seen(&self) -> Result<Vec<Seen<'_>>, Vec<Fault>> {
        let run = &self.scenario.run;
        let intervals = self.intervals();
        let minutes = usize::try_from(self.interval_us / MINUTE_US).unwrap_or(1).max(1);
        let week = 7 * 86_400_000_000;
        let from = Timestamp::from_micros(self.begin(0) - week);
        let until = Timestamp::from_micros(self.begin(intervals) + week);
        // Looked up once for all queues.
        let civil: Vec<(usize, u16)> = (0..intervals * minutes)
            .map(|minute| {
                let at = Timestamp::from_micros(self.begin(0) + minute as i64 * MINUTE_US);
                let (day, minute) = run.zone.minute_at(at);
                (day.weekday().index(), minute)
            })
            .collect();
        let mut all = Vec::new();
        for (client, plan) in self.scenario.clients.iter().enumerate() {
            let hours = match &plan.hours {
                Some(calendar) => calendar.compile(from, until)?,
                None => Timeline::constant(true),
            };
            let open: Vec<bool> = (0..intervals * minutes)
                .map(|minute| {
                    let at = Timestamp::from_micros(self.begin(0) + minute as i64 * MINUTE_US);
                    hours.at(at).copied().unwrap_or(true)
                })
                .collect();
            for queue in &plan.queues {
                let mut rates = vec![0.0; intervals];
                if let DemandKind::Recorded(times) = &queue.demand.kind {
                    for at in times {
                        let at = run.start.micros() + at - self.begin(0);
                        if let Some(rate) = usize::try_from(at.div_euclid(self.interval_us))
                            .ok()
                            .and_then(|at| rates.get_mut(at))
                        {
                            *rate += 1e6 / self.interval_us as f64;
                        }
                    }
                } else {
                    for (minute, civil) in civil.iter().enumerate().filter(|(m, _)| open[*m]) {
                        let after = self.begin(0) - run.start.micros() + minute as i64 * MINUTE_US;
                        rates[minute / minutes] +=
                            rate(&queue.demand.kind, after, *civil) / minutes as f64;
                    }
                }
                let wrap_up_s = queue.wrap_up.as_ref().map_or(0.0, Distribution::mean);
                let handle_s = queue.handle.mean() + wrap_up_s;
                let loads = loads(&rates, handle_s, self.interval_us as f64 / 1e6);
                all.push(Seen { client, plan: queue, rates, loads, handle_s });
            }
        }
        Ok(all)
    }

    fn one(&self, queue: &Seen<'_>, interval: usize, able: Vec<(usize, f64)>) -> One {
        let most = able.iter().map(|(_, at_once)| *at_once).fold(1.0, f64::max);
        // A phone that rings is no time of the customer's alone: the agent can do nothing else.
        let rings = able.iter().map(|(group, _)| {
            self.scenario.groups[*group].answer_after.as_ref().map_or(0.0, Distribution::mean)
        });
        let ring_s = rings.sum::<f64>() / able.len() as f64;
        let promise = &self.scenario.clients[queue.client].contract.periods[0].promise;
        let handle_s = (queue.handle_s + ring_s).max(1e-3);
        let demand = Demand {
            arrivals_per_s: (queue.loads[interval] / queue.handle_s.max(1e-3)).max(1e-9),
            handle_s,
            waiting_places: None,
            patience: queue.plan.patience.as_ref().map_or(Patience::Endless, patience),
        };
        let target = Target {
            level: Some(LevelTarget {
                share: (f64::from(promise.target_percent) / 100.0).min(SHARE_MAX),
                threshold_s: (f64::from(promise.threshold_s) - ring_s).max(0.0),
                level: level(promise.formula),
            }),
            ..Target::default()
        };
        let alone = places(&demand, &target);
        let able = able.into_iter().map(|(group, at_once)| (group, at_once / most)).collect();
        One { client: queue.client, able, demand, target, at_once: most, alone }
    }

    /// What an hour of agents costs of which each answers one client alone.
    fn separate(&self, all: &[One]) -> f64 {
        let mut of_client: BTreeMap<usize, (Vec<&One>, f64)> = BTreeMap::new();
        for one in all {
            let cheapest = cheapest(&self.groups, &one.able);
            let (ones, cost) = of_client.entry(one.client).or_insert((Vec::new(), f64::INFINITY));
            ones.push(one);
            *cost = cost.min(cheapest);
        }
        let of = |(ones, cost): &(Vec<&One>, f64)| pooled(ones).ceil() * cost;
        of_client.values().map(of).sum()
    }

    /// Nobody anywhere.
    pub fn nobody_at_work(&self) -> Agents {
        vec![vec![0; self.intervals()]; self.scenario.groups.len()]
    }
}

fn problem(all: &[One], is_exact: &mut [bool]) -> Problem {
    let mut queues = Vec::new();
    for together in components(all) {
        let ones: Vec<&One> = together.iter().map(|at| &all[*at]).collect();
        let agents = pooled(&ones);
        let weights: Vec<f64> = ones.iter().map(|one| one.alone / one.at_once).collect();
        let sum: f64 = weights.iter().sum();
        let alike = ones.iter().all(|one| one.able == ones[0].able);
        for (one, weight) in ones.iter().zip(weights) {
            is_exact[one.client] &= alike;
            let (client, able) = (one.client, one.able.clone());
            queues.push(Asked { client, agents: agents * weight / sum, able });
        }
    }
    Problem { queues }
}

fn cheapest(terms: &[GroupTerms], able: &[(usize, f64)]) -> f64 {
    able.iter().map(|(group, _)| terms[*group].cost_per_hour).fold(f64::INFINITY, f64::min)
}

/// Places that a demand needs.
fn places(demand: &Demand, target: &Target) -> f64 {
    // Where the formula has no answer, the load is a beginning: the simulator has the last word.
    let least = (demand.load_erlangs().ceil() + 1.0).max(1.0);
    staff(demand, target, 0.0).map_or(least, |staffing| f64::from(staffing.required_agents))
}

/// Agents that queues need together, when everybody can answer all of them: under the hardest of their
/// promises, but never more than they need apart.
fn pooled(ones: &[&One]) -> f64 {
    let apart: f64 = ones.iter().map(|one| one.alone).sum();
    let agents: f64 = ones.iter().map(|one| one.alone / one.at_once).sum();
    if ones.len() < 2 {
        return agents;
    }
    let rate: f64 = ones.iter().map(|one| one.demand.arrivals_per_s).sum();
    let load: f64 = ones.iter().map(|one| one.demand.load_erlangs()).sum();
    let mean = |patience: &Patience| match patience {
        Patience::Endless => None,
        Patience::Times(times) => Some(times.mean_s()),
    };
    // Who leaves, leaves at the rate of all of them.
    let leaving = ones.iter().try_fold(0.0, |sum, one| {
        Some(sum + one.demand.arrivals_per_s / rate / mean(&one.demand.patience)?)
    });
    let shared = leaving.and_then(|rate| Times::exponential("patience", 1.0 / rate).ok());
    let levels = ones.iter().filter_map(|one| one.target.level);
    let first = ones[0].target.level.unwrap_or(LevelTarget {
        share: 0.0,
        threshold_s: f64::INFINITY,
        level: Level::Offered,
    });
    let hardest = levels.fold(first, |hardest, level| LevelTarget {
        share: hardest.share.max(level.share),
        threshold_s: hardest.threshold_s.min(level.threshold_s),
        level: if hardest.level == level.level { level.level } else { Level::Offered },
    });
    let alike = ones.iter().all(|one| one.demand.patience == ones[0].demand.patience);
    let demand = Demand {
        arrivals_per_s: rate,
        handle_s: load / rate,
        waiting_places: None,
        patience: match shared {
            _ if alike => ones[0].demand.patience,
            Some(times) => Patience::Times(times),
            None => Patience::Endless,
        },
    };
    let together = places(&demand, &Target { level: Some(hardest), ..Target::default() });
    (agents * (together / apart).min(1.0)).max(0.0)
}

/// Queues that share groups, directly or by others, belong together.
fn components(all: &[One]) -> Vec<Vec<usize>> {
    let mut of_group: BTreeMap<usize, usize> = BTreeMap::new();
    let mut root: Vec<usize> = (0..all.len()).collect();
    fn find(root: &mut [usize], mut at: usize) -> usize {
        while root[at] != at {
            root[at] = root[root[at]];
            at = root[at];
        }
        at
    }
    for (at, one) in all.iter().enumerate() {
        for (group, _) in &one.able {
            let other = *of_group.entry(*group).or_insert(at);
            let (a, b) = (find(&mut root, at), find(&mut root, other));
            root[a.max(b)] = a.min(b);
        }
    }
    let mut together: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for at in 0..all.len() {
        let first = find(&mut root, at);
        together.entry(first).or_default().push(at);
    }
    together.into_values().collect()
}

/// Contacts per second at an instant, so many microseconds after the first.
fn rate(kind: &DemandKind, after: i64, (weekday, minute): (usize, u16)) -> f64 {
    match kind {
        DemandKind::Nothing | DemandKind::Recorded(_) => 0.0,
        DemandKind::Constant(per_s) => *per_s,
        DemandKind::Intervals { interval_us, counts, repeat } => {
            let place = usize::try_from(after / interval_us).unwrap_or(0);
            let place = if *repeat { place % counts.len().max(1) } else { place };
            counts.get(place).copied().unwrap_or(0.0) / (*interval_us as f64 / 1e6)
        }
        DemandKind::Weekly { interval_min, counts } => {
            let of_day = usize::from(1440 / interval_min);
            let place = weekday * of_day + usize::from(minute / interval_min);
            counts.get(place).copied().unwrap_or(0.0) / (f64::from(*interval_min) * 60.0)
        }
    }
}

/// Mean erlangs in each interval, of handle times taken as exponential, from a beginning that has lasted:
/// the load m follows m' = λ − m/s (Eick, Massey & Whitt 1993).
fn loads(rates: &[f64], handle_s: f64, interval_s: f64) -> Vec<f64> {
    let mut load = rates.first().map_or(0.0, |rate| rate * handle_s);
    let kept = (-interval_s / handle_s.max(1e-9)).exp();
    let of = |rate: &f64| {
        let settled = rate * handle_s;
        let begin = load;
        load = settled + (begin - settled) * kept;
        settled + (begin - settled) * (1.0 - kept) * handle_s / interval_s
    };
    rates.iter().map(of).collect()
}

fn patience(given: &Distribution) -> Patience {
    let mean = given.mean();
    let shape = match given {
        Distribution::Deterministic(_) => Shape::Deterministic,
        Distribution::Erlang { k, .. } => Shape::Erlang(*k),
        Distribution::Lognormal { cv, .. } => Shape::Lognormal { cv: *cv },
        Distribution::Uniform { from, .. } if *from == 0.0 => Shape::Uniform,
        Distribution::Exponential(_)
        | Distribution::Uniform { .. }
        | Distribution::Empirical(_) => Shape::Exponential,
    };
    let times =
        Times::new("patience", mean, shape).or_else(|_| Times::exponential("patience", mean));
    times.map_or(Patience::Endless, Patience::Times)
}

/// The service level of the formulas that is nearest to a contract's.
fn level(formula: ServiceLevelFormula) -> Level {
    match formula {
        ServiceLevelFormula::AnsweredOrAbandonedInTime => Level::OrAbandonedWithin,
        ServiceLevelFormula::OfAnswered => Level::OfAnswered,
        ServiceLevelFormula::ExcludingAbandonedInTime => Level::ExcludingShortAbandons,
        ServiceLevelFormula::OfOffered
        | ServiceLevelFormula::ShortAbandonsInTime
        | ServiceLevelFormula::ExcludingShortAbandons => Level::Offered,
    }
}

/// Groups with the contacts that each may have of a queue at once.
type Groups = Vec<(usize, f64)>;

/// Who may answer what, as the production router says.
struct Able {
    /// By client, the place of its period in each interval.
    periods: Vec<Vec<usize>>,
    /// By queue of all clients, then by period of the client: groups, with contacts at once.
    of: Vec<BTreeMap<usize, Groups>>,
}

impl Able {
    fn at(&self, interval: usize, client: usize, queue: usize) -> &[(usize, f64)] {
        self.of[queue].get(&self.periods[client][interval]).map_or(&[], Vec::as_slice)
    }

    fn of(plan: &Plan) -> Result<Self, Vec<Fault>> {
        let scenario = one_of_each(&plan.scenario);
        let floor = Floor::new(&scenario)?;
        let mut router = floor.router.clone();
        let intervals = plan.intervals();
        let week = 7 * 86_400_000_000;
        let from = Timestamp::from_micros(plan.begin(0) - week);
        let until = Timestamp::from_micros(plan.begin(intervals) + week);
        let mut periods = Vec::new();
        for client in &scenario.clients {
            let timeline = if client.contract.periods.len() == 1 {
                Timeline::constant(0)
            } else {
                compile_periods(&client.contract, from, until)?
            };
            let at = |interval| {
                let at = Timestamp::from_micros(plan.begin(interval));
                timeline.at(at).map_or(0, |period| usize::from(*period))
            };
            periods.push((0..intervals).map(at).collect::<Vec<usize>>());
        }
        let mut of: Vec<BTreeMap<usize, Groups>> = vec![BTreeMap::new(); floor.queues.len()];
        for interval in 0..intervals {
            let mut new = Vec::new();
            for (at, (queue, of)) in floor.queues.iter().zip(&mut of).enumerate() {
                let periods: &[usize] = &periods[queue.client];
                if let Entry::Vacant(entry) = of.entry(periods[interval]) {
                    entry.insert(Vec::new());
                    new.push((at, periods[interval]));
                }
            }
            if !new.is_empty() {
                router.advance(Timestamp::from_micros(plan.begin(interval)));
                ask(&mut router, &floor, &new, &mut of);
            }
        }
        Ok(Self { periods, of })
    }
}

/// Asks the router about queues: one agent of each group signs in, and it says who fits.
fn ask(
    router: &mut Router,
    floor: &Floor<'_>,
    new: &[(usize, usize)],
    of: &mut [BTreeMap<usize, Groups>],
) {
    let now = router.now();
    for (group, plan) in floor.scenario.groups.iter().enumerate() {
        let agent = agent_id(group);
        // What is refused leaves the group out: it could not sign in on the floor either.
        let _ = router.handle(now, Input::SignIn { agent, presence: Presence::Available });
        for (queue, period) in new {
            let asked = &floor.queues[*queue];
            if router.staffing(asked.id).is_none_or(|staffing| staffing.signed_in == 0) {
                continue;
            }
            let channel = asked.plan.channel;
            let most = plan.channels.iter().find(|(of, _)| *of == channel);
            let cost = floor.scenario.cost[channel as usize].max(1);
            let at_once = most.map_or(0, |(_, most)| *most).min(100 / cost);
            if let Some(groups) = of[*queue].get_mut(period).filter(|_| at_once > 0) {
                groups.push((group, f64::from(at_once)));
            }
        }
        let _ = router.handle(now, Input::SignOut { agent });
        while router.next_event().is_some() {}
    }
}

/// The same floor with one agent in each group.
fn one_of_each(scenario: &Scenario) -> Scenario {
    let mut scenario = scenario.clone();
    for group in &mut scenario.groups {
        group.shifts = vec![Shift { agents: 1, hours: ShiftTime::Always }];
    }
    scenario
}
