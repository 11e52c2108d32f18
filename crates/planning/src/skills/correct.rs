//! Agents corrected by the simulator, until every promise is kept and nobody is there for nothing.

use std::{
    collections::{BTreeMap, BTreeSet},
    num::NonZeroUsize,
    time::Duration,
};

use domain::{Fault, words};

use super::{
    Agents, ClientLevel, GroupStaff, Staffed, WorstInterval,
    needs::Needs,
    play::{Level, Seen, play},
    read::Plan,
};
use crate::sim::{Estimate, play::quantile_975};

/// Rounds in which agents are added, at most.
const ADDING_MAX: u32 = 60;
/// Rounds in which agents are added and nobody is better off, at most.
const VAIN_MAX: u32 = 8;
/// So often what is found is looked at with other random numbers, and corrected by them.
const CHECKS_MAX: u32 = 4;
/// Contacts of an interval, over all replications, that say something of it; where there are fewer, its
/// neighbours are looked at with it.
const ENOUGH: u64 = 60;
/// Standard deviations by which an interval must miss its promise before it is called broken.
const CERTAIN: f64 = 3.0;

/// How to look.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// On so many cores; `None` for all there are.
    pub cores: Option<NonZeroUsize>,
    /// Looking ends after this, with what was found.
    pub time_limit: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self { cores: None, time_limit: Duration::from_secs(60) }
    }
}

/// What is being done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Intervals are staffed by the formulas.
    Formulas,
    /// Agents are added where promises break.
    Adding,
    /// Agents are taken away where they are kept without them.
    Taking,
    /// What was found is played with other random numbers.
    Checking,
}

/// How far it is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Progress {
    /// What is being done.
    pub phase: Phase,
    /// Rounds of the simulator so far, or intervals staffed by the formulas.
    pub round: u32,
    /// What the agents cost as they are.
    pub cost: f64,
    /// Clients whose promise was broken in the last round.
    pub broken: usize,
}

/// Whoever waits for the answer: tells the time, hears how far it is, and may end it.
pub trait Watch: Sync {
    /// Time since the beginning. Nothing here reads a clock.
    fn elapsed(&self) -> Duration;
    /// Whether to end with what there is.
    fn stop(&self) -> bool;
    /// How far it is.
    fn progress(&self, progress: Progress);
}

/// Corrects agents by the simulator. `first` are those of the formulas.
///
/// The same plan gives the same agents on any number of cores, as long as the time limit does not end it.
///
/// # Errors
/// A promise that no number of agents keeps, in a sentence; a stop before anything was played.
pub fn correct(
    plan: &Plan,
    needs: &Needs,
    first: Agents,
    options: Options,
    watch: &dyn Watch,
) -> Result<Staffed, Vec<Fault>> {
    let cost_by_formula = plan.cost(&first);
    let mut search = Search::new(plan, needs, options, watch, first);
    let mut checked = None;
    for _ in 0..CHECKS_MAX {
        search.add()?;
        search.take()?;
        if search.ended() {
            break;
        }
        let seed = search.seeds.last().map_or(plan.scenario.run.seed, |seed| seed.wrapping_add(1));
        let Some(seen) = search.look(Phase::Checking, &[seed])? else { break };
        let kept = (0..search.targets.len()).all(|client| !search.is_broken(&seen, client));
        checked = Some((seen, seed));
        if kept {
            break;
        }
        // What this one says is heard from now on, and another one judges.
        search.seeds.push(seed);
    }
    let interrupted = search.ended();
    let (seen, seed) = match (checked, search.seen.take()) {
        (Some(checked), _) => checked,
        (None, Some(seen)) => (seen, plan.scenario.run.seed),
        (None, None) => {
            return Err(vec![Fault::new(
                "time_limit",
                "nothing_played",
                "It was stopped before the run had been played once.",
                "Give it more time, fewer replications or a shorter run.",
            )]);
        }
    };
    Ok(search.staffed(&seen, seed, interrupted, (cost_by_formula, needs.cost_if_separate)))
}

/// One step: an agent of a group less in an interval, and one of a cheaper group more.
type Step = (usize, usize, Option<usize>);

struct Search<'a> {
    plan: &'a Plan,
    options: Options,
    watch: &'a dyn Watch,
    agents: Agents,
    /// By interval, groups with the clients that they may answer.
    serves: Vec<BTreeMap<usize, BTreeSet<usize>>>,
    /// The share promised to each client.
    targets: Vec<f64>,
    is_exact: &'a [bool],
    seeds: Vec<u64>,
    rounds: u32,
    broken: usize,
    /// The agents as they are, played with all seeds.
    seen: Option<Seen>,
    /// Steps that broke a promise.
    tried: BTreeSet<Step>,
}

impl<'a> Search<'a> {
    fn new(
        plan: &'a Plan,
        needs: &'a Needs,
        options: Options,
        watch: &'a dyn Watch,
        agents: Agents,
    ) -> Self {
        let serves = needs.problems.iter().map(|problem| {
            let mut serves: BTreeMap<usize, BTreeSet<usize>> = BTreeMap::new();
            for queue in &problem.queues {
                for (group, _) in &queue.able {
                    serves.entry(*group).or_default().insert(queue.client);
                }
            }
            serves
        });
        let clients = plan.scenario.clients.iter();
        let target = |client: &crate::sim::ClientPlan| {
            f64::from(client.contract.periods[0].promise.target_percent) / 100.0
        };
        Self {
            plan,
            options,
            watch,
            agents,
            serves: serves.collect(),
            targets: clients.map(target).collect(),
            is_exact: &needs.is_exact,
            seeds: vec![plan.scenario.run.seed],
            rounds: 0,
            broken: 0,
            seen: None,
            tried: BTreeSet::new(),
        }
    }

    /// Whether time is over, or somebody wants it to end.
    fn ended(&self) -> bool {
        self.watch.stop() || self.watch.elapsed() >= self.options.time_limit
    }

    /// Plays the agents as they are. `None` when it was stopped.
    fn look(&mut self, phase: Phase, seeds: &[u64]) -> Result<Option<Seen>, Vec<Fault>> {
        self.rounds += 1;
        let cost = self.plan.cost(&self.agents);
        self.watch.progress(Progress { phase, round: self.rounds, cost, broken: self.broken });
        let replications = self.plan.scenario.run.replications.max(2);
        let mut sum: Option<Seen> = None;
        // The first look is brought to its end, so that there is something to give.
        let stop = || self.watch.stop() || (self.seen.is_some() && self.ended());
        for seed in seeds {
            let times = (replications, *seed);
            let Some(seen) = play(self.plan, &self.agents, times, self.options.cores, &stop)?
            else {
                return Ok(None);
            };
            match &mut sum {
                None => sum = Some(seen),
                Some(sum) => sum.add(seen),
            }
        }
        Ok(sum)
    }

    /// Whether a client does not get what it is promised, over all intervals.
    fn is_broken(&self, seen: &Seen, client: usize) -> bool {
        let level = seen.whole(client);
        if level.slack(self.targets[client]) >= -1e-9 {
            return false;
        }
        // Where the formulas know as much, a difference that may be chance is no reason for more agents.
        let width = estimate(&seen.by_replication[client]).half_width_95.unwrap_or(0.0);
        !self.is_exact[client] || level.share() + width < self.targets[client]
    }

    /// An interval with as many of its neighbours as it needs to say something.
    fn around(&self, seen: &Seen, client: usize, interval: usize) -> Level {
        let mut level = seen.by_interval[interval][client];
        let (mut from, mut until) = (interval, interval + 1);
        while level.whole < ENOUGH && (from > 0 || until < seen.by_interval.len()) {
            if from > 0 {
                from -= 1;
                level.add(seen.by_interval[from][client]);
            }
            if until < seen.by_interval.len() {
                level.add(seen.by_interval[until][client]);
                until += 1;
            }
        }
        level
    }

    /// Intervals of clients in which more must be there, with the contacts that are missing.
    fn wanted(&self, seen: &Seen) -> BTreeMap<usize, BTreeMap<usize, f64>> {
        let mut wanted: BTreeMap<usize, BTreeMap<usize, f64>> = BTreeMap::new();
        for (client, target) in self.targets.iter().copied().enumerate() {
            let slack_at = |at: usize| seen.by_interval[at][client].slack(target);
            for interval in 0..seen.by_interval.len() {
                let level = seen.by_interval[interval][client];
                let chance = CERTAIN * (level.whole as f64 * target * (1.0 - target)).sqrt();
                if level.whole >= ENOUGH && level.slack(target) < -chance {
                    wanted.entry(interval).or_default().insert(client, -slack_at(interval));
                }
            }
            if !self.is_broken(seen, client) {
                continue;
            }
            let mut missing = -1.5 * seen.whole(client).slack(target);
            let mut worst: Vec<usize> = (0..seen.by_interval.len()).collect();
            worst.sort_by(|a, b| slack_at(*a).total_cmp(&slack_at(*b)).then(a.cmp(b)));
            for interval in worst {
                let slack = slack_at(interval);
                if missing <= 0.0 || slack >= 0.0 {
                    break;
                }
                missing += slack;
                wanted.entry(interval).or_default().insert(client, -slack);
            }
        }
        wanted
    }

    /// Adds agents until no promise is broken.
    fn add(&mut self) -> Result<(), Vec<Fault>> {
        let (mut least, mut vain) = (f64::INFINITY, 0);
        for _ in 0..ADDING_MAX {
            let seeds = self.seeds.clone();
            let Some(seen) = self.look(Phase::Adding, &seeds)? else { return Ok(()) };
            let broken: Vec<usize> =
                (0..self.targets.len()).filter(|client| self.is_broken(&seen, *client)).collect();
            self.broken = broken.len();
            let wanted = self.wanted(&seen);
            let missing: f64 = wanted.values().flat_map(BTreeMap::values).sum();
            let worst = broken.iter().copied().min_by(|a, b| {
                let over = |client: usize| seen.whole(client).share() - self.targets[client];
                over(*a).total_cmp(&over(*b))
            });
            vain = if missing < least - 1e-6 { 0 } else { vain + 1 };
            least = least.min(missing);
            let added = !wanted.is_empty() && !self.ended() && self.more(&seen, &wanted);
            self.seen = Some(seen);
            if added && vain <= VAIN_MAX {
                continue;
            }
            return match (worst, &self.seen) {
                (Some(worst), Some(seen)) if !self.ended() => {
                    Err(vec![self.out_of_reach(seen, worst, added)])
                }
                _ => Ok(()),
            };
        }
        Ok(())
    }

    /// An agent more where they are wanted, of the group that helps most for its cost. Says whether there
    /// was any.
    fn more(&mut self, seen: &Seen, wanted: &BTreeMap<usize, BTreeMap<usize, f64>>) -> bool {
        let mut added = false;
        for (interval, clients) in wanted {
            let mut left = clients.clone();
            loop {
                let score = |(group, serves): (&usize, &BTreeSet<usize>)| {
                    let terms = &self.plan.groups[*group];
                    let helped: f64 =
                        left.iter().filter(|(c, _)| serves.contains(c)).map(|(_, n)| n).sum();
                    let open = self.agents[*group][*interval] < terms.most && helped > 0.0;
                    open.then_some((*group, helped / terms.cost_per_hour))
                };
                let best = self.serves[*interval].iter().filter_map(score);
                // The first of the best: the order of groups is the scenario's.
                let best = best.fold(None::<(usize, f64)>, |best, one| match best {
                    Some(best) if best.1 >= one.1 => Some(best),
                    _ => Some(one),
                });
                let Some((group, _)) = best else { break };
                let serves = &self.serves[*interval][&group];
                let worst = left
                    .keys()
                    .filter(|client| serves.contains(client))
                    .map(|client| seen.by_interval[*interval][*client].share())
                    .fold(1.0, f64::min);
                let there = &mut self.agents[group][*interval];
                // Far from the promise single agents would take for ever.
                let step = if worst < 0.3 { (*there / 8).max(1) } else { 1 };
                *there = (*there + step).min(self.plan.groups[group].most);
                left.retain(|client, _| !serves.contains(client));
                added = true;
            }
        }
        added
    }

    /// Takes agents away, or cheaper ones instead, one in an interval and group at a time but many at once,
    /// as long as every promise is kept without them.
    fn take(&mut self) -> Result<(), Vec<Fault>> {
        while !self.ended() {
            let Some(before) = self.seen.take() else { return Ok(()) };
            let steps = self.steps(&before);
            if steps.is_empty() {
                self.seen = Some(before);
                return Ok(());
            }
            let kept = self.agents.clone();
            for step in &steps {
                apply(&mut self.agents, *step);
            }
            self.seen = Some(before.clone());
            let seeds = self.seeds.clone();
            let Some(after) = self.look(Phase::Taking, &seeds)? else {
                self.agents = kept;
                return Ok(());
            };
            let good = self.good(&before, &after, &steps);
            self.agents = kept;
            for step in &steps {
                match good.contains(step) {
                    true => apply(&mut self.agents, *step),
                    false => _ = self.tried.insert(*step),
                }
            }
            if good.len() == steps.len() {
                self.seen = Some(after);
            } else if !good.is_empty() {
                let Some(seen) = self.look(Phase::Taking, &seeds)? else {
                    // What is not known to be good is not given out.
                    for step in &good {
                        undo(&mut self.agents, *step);
                    }
                    return Ok(());
                };
                let broke = (0..self.targets.len()).any(|client| {
                    self.is_broken(&seen, client) && !self.is_broken(&before, client)
                });
                if broke {
                    // Good alone, and not together.
                    for step in &good {
                        undo(&mut self.agents, *step);
                        self.tried.insert(*step);
                    }
                } else {
                    self.seen = Some(seen);
                }
            }
        }
        Ok(())
    }

    /// Steps that save something and may be good; of one interval only such as share no client.
    fn steps(&self, seen: &Seen) -> Vec<Step> {
        let mut steps = Vec::new();
        for (interval, serves) in self.serves.iter().enumerate() {
            let mut touched: BTreeSet<usize> = BTreeSet::new();
            let mut moves: Vec<(f64, Step)> = Vec::new();
            for (group, clients) in serves {
                // Where the formulas know as much as the simulator they have said the least already.
                let may = self.agents[*group][interval] > 0
                    && !clients.iter().all(|client| self.is_exact[*client])
                    && clients.iter().all(|c| self.has_room(seen, *c, interval));
                if !may {
                    continue;
                }
                let cost = self.plan.groups[*group].cost_per_hour;
                moves.push((cost, (interval, *group, None)));
                for (other, theirs) in serves {
                    let terms = &self.plan.groups[*other];
                    let saves = cost - terms.cost_per_hour;
                    let fits = saves > 0.0
                        && self.agents[*other][interval] < terms.most
                        && !clients.is_disjoint(theirs);
                    if fits {
                        moves.push((saves, (interval, *group, Some(*other))));
                    }
                }
            }
            moves.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
            for (_, step) in moves {
                let of = |group: usize| serves.get(&group).into_iter().flatten().copied();
                let clients: BTreeSet<usize> =
                    of(step.1).chain(step.2.into_iter().flat_map(of)).collect();
                if !self.tried.contains(&step) && clients.is_disjoint(&touched) {
                    touched.extend(clients);
                    steps.push(step);
                }
            }
        }
        steps
    }

    /// Whether a client gets more than it is promised, in an interval and in all.
    fn has_room(&self, seen: &Seen, client: usize, interval: usize) -> bool {
        let target = self.targets[client];
        seen.whole(client).slack(target) > 0.0
            && self.around(seen, client, interval).slack(target) > 0.0
    }

    /// The steps with which every promise is kept: in their intervals and the next, and all together.
    fn good(&self, before: &Seen, after: &Seen, steps: &[Step]) -> BTreeSet<Step> {
        let last = self.serves.len() - 1;
        let touched = |step: &Step| {
            let of = |group: usize| self.serves[step.0].get(&group).into_iter().flatten().copied();
            let clients: BTreeSet<usize> =
                of(step.1).chain(step.2.into_iter().flat_map(of)).collect();
            clients
        };
        let mut good: BTreeSet<Step> = BTreeSet::new();
        for step in steps {
            let holds = touched(step).into_iter().all(|client| {
                [step.0, (step.0 + 1).min(last)].into_iter().all(|interval| {
                    let slack = self.around(after, client, interval).slack(self.targets[client]);
                    let was = self.around(before, client, interval).slack(self.targets[client]);
                    slack >= 0.0 || slack >= was
                })
            });
            if holds {
                good.insert(*step);
            }
        }
        for client in 0..self.targets.len() {
            let target = self.targets[client];
            let mut slack = before.whole(client).slack(target);
            let mut lost: Vec<(f64, Step)> = Vec::new();
            for step in &good {
                if touched(step).contains(&client) {
                    let loss = [step.0, (step.0 + 1).min(last)].into_iter().map(|at| {
                        before.by_interval[at][client].slack(target)
                            - after.by_interval[at][client].slack(target)
                    });
                    lost.push((loss.sum::<f64>().max(0.0), *step));
                }
            }
            // The cheapest for the client first, as far as its room goes.
            lost.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
            for (loss, step) in lost {
                slack -= loss;
                if slack < 0.0 && loss > 0.0 {
                    good.remove(&step);
                }
            }
        }
        good
    }

    fn out_of_reach(&self, seen: &Seen, client: usize, added: bool) -> Fault {
        let plan = &self.plan.scenario.clients[client];
        let promise = &plan.contract.periods[0].promise;
        let level = format!("{:.1}", seen.whole(client).share() * 100.0);
        if added {
            return Fault::new(
                "clients.promise",
                "cannot_be_staffed",
                words!(
                    "{} is promised {} % within {} s and gets {} %, however many agents are added.",
                    plan.name,
                    promise.target_percent,
                    promise.threshold_s,
                    level
                ),
                "Promise less or a longer threshold; or look whether its hours, its skills or the time that agents let it ring stand in the way.",
            );
        }
        let groups: BTreeSet<usize> = self
            .serves
            .iter()
            .flat_map(|serves| serves.iter().filter(|(_, clients)| clients.contains(&client)))
            .map(|(group, _)| *group)
            .collect();
        let names: Vec<&str> =
            groups.iter().take(8).map(|at| self.plan.scenario.groups[*at].name.as_str()).collect();
        Fault::new(
            "staffing.groups",
            "cannot_be_staffed",
            words!(
                "{} is promised {} % within {} s and gets {} % with as many as there can be of {}.",
                plan.name,
                promise.target_percent,
                promise.threshold_s,
                level,
                names.join(", ")
            ),
            "Allow more of them, or promise less.",
        )
    }

    fn staffed(
        &self,
        seen: &Seen,
        seed: u64,
        interrupted: bool,
        (cost_by_formula, cost_if_separate): (f64, f64),
    ) -> Staffed {
        let plan = self.plan;
        let hours = plan.interval_us as f64 / 3.6e9;
        let groups: Vec<GroupStaff> = plan
            .scenario
            .groups
            .iter()
            .zip(&plan.groups)
            .zip(&self.agents)
            .map(|((group, terms), agents)| GroupStaff {
                name: group.name.clone(),
                cost_per_hour: terms.cost_per_hour,
                agents: agents.clone(),
                agent_hours: agents.iter().map(|n| u64::from(*n)).sum::<u64>() as f64 * hours,
            })
            .collect();
        let replications = f64::from(seen.replications.max(1));
        let clients: Vec<ClientLevel> = plan
            .scenario
            .clients
            .iter()
            .enumerate()
            .map(|(at, client)| {
                let promise = &client.contract.periods[0].promise;
                let told = |level: &Level| level.whole >= ENOUGH / 2;
                let worst = (0..seen.by_interval.len())
                    .filter(|interval| told(&seen.by_interval[*interval][at]))
                    .min_by(|a, b| {
                        let share = |interval: usize| seen.by_interval[interval][at].share();
                        share(*a).total_cmp(&share(*b))
                    });
                ClientLevel {
                    name: client.name.clone(),
                    threshold_s: promise.threshold_s,
                    target_percent: promise.target_percent,
                    formula: promise.formula.name(),
                    service_level: estimate(&seen.by_replication[at]),
                    contacts: seen.whole(at).whole as f64 / replications,
                    worst_interval: worst.map(|interval| WorstInterval {
                        from: plan.local(interval),
                        service_level: seen.by_interval[interval][at].share(),
                        contacts: seen.by_interval[interval][at].whole as f64 / replications,
                    }),
                }
            })
            .collect();
        let over = |at: &usize| seen.whole(*at).share() - self.targets[*at];
        let worst = (0..clients.len()).filter(|at| seen.whole(*at).whole > 0);
        let worst = worst.min_by(|a, b| over(a).total_cmp(&over(b)));
        Staffed {
            scenario: plan.scenario.name.clone(),
            interval_s: plan.interval_us / 1_000_000,
            intervals: (0..plan.intervals()).map(|interval| plan.local(interval)).collect(),
            cost: plan.cost(&self.agents),
            cost_by_formula,
            cost_if_separate,
            agent_hours: groups.iter().map(|group| group.agent_hours).sum(),
            groups,
            worst_client: worst.map(|at| clients[at].name.clone()),
            kept: (0..clients.len()).all(|at| !self.is_broken(seen, at)),
            clients,
            rounds: self.rounds,
            replications: seen.replications,
            seed,
            interrupted,
        }
    }
}

fn apply(agents: &mut Agents, (interval, from, to): Step) {
    agents[from][interval] -= 1;
    if let Some(to) = to {
        agents[to][interval] += 1;
    }
}

fn undo(agents: &mut Agents, (interval, from, to): Step) {
    agents[from][interval] += 1;
    if let Some(to) = to {
        agents[to][interval] -= 1;
    }
}

/// A share with its interval, of what each replication says.
pub(crate) fn estimate(levels: &[Level]) -> Estimate {
    let mut sum = Level::default();
    levels.iter().for_each(|level| sum.add(*level));
    if sum.whole == 0 {
        return Estimate::default();
    }
    let (n, value) = (levels.len() as f64, sum.share());
    let half_width = (levels.len() > 1).then(|| {
        // The linear part of the ratio (delta method).
        let mean = sum.whole as f64 / n;
        let squares = levels.iter().map(|level| (level.slack(value) / mean).powi(2));
        quantile_975(levels.len() - 1) * (squares.sum::<f64>() / ((n - 1.0) * n)).sqrt()
    });
    Estimate { mean: Some(value), half_width_95: half_width }
}
