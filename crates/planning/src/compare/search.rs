//! The least agents with which every client's promise holds: a guess by formula, then a search against
//! the simulator, always on the same contacts.

use std::{cell::Cell, collections::BTreeMap};

use domain::{ClientId, ContactId, Fault, Timestamp, words};
use routing::{Ending, Event, QueuedWhy};

use super::{
    Step,
    model::{Floor, Staff},
    plan::{Hybrid, Plan},
};
use crate::{
    Demand, Patience, Target, Times,
    sim::{self, ClientOutcome, Options, Outcome, Scenario, Watch, play},
    staffing::staff,
};

/// Simulations of one search, at most; a search that needs more gives what it has and says so.
const SIMULATIONS_MAX: u32 = 4_000;
/// Rounds in which agents are added, at most.
const ROUNDS_MAX: u32 = 80;
/// Rounds in which agents are added in vain, at most.
const VAIN_MAX: u32 = 8;
/// Agents of one group in one interval, at most.
const AGENTS_MAX: u32 = 5_000;

/// A staff that keeps every promise.
#[derive(Clone, Debug)]
pub(super) struct Found {
    pub staff: Staff,
    /// With one agent less anywhere some promise would break; otherwise the search ended early.
    pub least: bool,
}

/// What arrives, by interval and client, in the mean of all replications.
#[derive(Clone, Debug)]
pub(super) struct Survey {
    /// Contacts a second, by client and then by interval.
    pub rates: Vec<Vec<f64>>,
    /// Mean time that a contact takes, wrap-up included, by client: of its queues as they come.
    pub handle_s: Vec<f64>,
    /// Counts of the compared client by hour of the run, in the first replication.
    pub hourly: Vec<f64>,
}

/// Whether a client's agents may be changed in an interval, and where.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Place {
    team: bool,
    interval: usize,
}

pub(super) struct Search<'a> {
    plan: &'a Plan,
    options: Options,
    spent: Cell<u32>,
    done: Cell<usize>,
    told: &'a (dyn Fn(Step) -> bool + Sync),
    stopped: Cell<bool>,
    /// Whether the promise to each client is looked at: to those whom the pool serves, and the one compared.
    /// Whoever others answer has what those give, whatever the pool does.
    served: Vec<bool>,
}

/// Asks within a simulation whether to go on.
struct Asks<'a>(&'a (dyn Fn(Step) -> bool + Sync), Step);

impl Watch for Asks<'_> {
    fn stop(&self) -> bool {
        !(self.0)(self.1)
    }
}

impl<'a> Search<'a> {
    pub fn new(
        plan: &'a Plan,
        options: Options,
        told: &'a (dyn Fn(Step) -> bool + Sync),
        served: &[usize],
    ) -> Self {
        let (spent, done, stopped) = (Cell::new(0), Cell::new(0), Cell::new(false));
        let served = (0..plan.scenario.clients.len()).map(|at| served.contains(&at)).collect();
        Self { plan, options, spent, done, told, stopped, served }
    }

    /// By how much each client's service level misses its promise, where it is looked at.
    fn short(&self, outcome: &Outcome) -> Vec<f64> {
        let clients = outcome.clients.iter().zip(&self.served);
        clients.map(|(client, served)| if *served { shortfall(client) } else { 0.0 }).collect()
    }

    fn step(&self) -> Step {
        let of = 3 + self.plan.hybrids.len();
        Step { done: self.done.get(), of, simulations: self.spent.get() }
    }

    /// So many floors are staffed.
    pub fn reached(&self, done: usize) {
        self.done.set(done);
        let _ = self.go_on();
    }

    /// Whether somebody has ended it.
    pub fn is_stopped(&self) -> bool {
        self.stopped.get()
    }

    /// Tells how far it is. When nobody wants more there is an error without a word.
    pub fn go_on(&self) -> Result<(), Vec<Fault>> {
        if !self.stopped.get() && !(self.told)(self.step()) {
            self.stopped.set(true);
        }
        if self.stopped.get() { Err(Vec::new()) } else { Ok(()) }
    }

    /// Simulations so far.
    pub fn spent(&self) -> u32 {
        self.spent.get()
    }

    /// Listens to what comes within each client's hours; whoever waits for an opening comes with it.
    pub fn survey(&self) -> Result<Survey, Vec<Fault>> {
        let plan = self.plan;
        let one = Staff { pool: vec![1; plan.week.len()], team: vec![0; plan.week.len()] };
        let scenario = &plan.floor(Floor::Shared, &one);
        let floor = play::Floor::new(scenario)?;
        let (from, until) = (floor.counted_from, floor.counted_until);
        let replications = scenario.run.replications;
        let mut counts = vec![vec![0u64; plan.week.len()]; scenario.clients.len()];
        let mut by_queue: Vec<Vec<u64>> =
            scenario.clients.iter().map(|client| vec![0; client.queues.len()]).collect();
        let mut hourly = vec![0.0; ((until - from) as f64 / 3.6e9).ceil() as usize];
        for replication in 0..replications {
            self.go_on()?;
            // Of a contact that was turned away nothing is left to staff for.
            let mut came: BTreeMap<ContactId, (usize, usize, Option<Timestamp>)> = BTreeMap::new();
            let mut ear = |stamped: &routing::Stamped| match &stamped.event {
                Event::Arrived { contact, client, queue, .. } => {
                    let (client, queue) = (place_of(*client), play::queue_at(*queue));
                    came.insert(*contact, (client, queue, Some(stamped.at)));
                }
                Event::WaitsForOpening { contact, .. } => {
                    if let Some((_, _, at)) = came.get_mut(contact) {
                        *at = None;
                    }
                }
                Event::Queued { contact, why: QueuedWhy::Opened, .. } => {
                    if let Some((_, _, at)) = came.get_mut(contact) {
                        *at = Some(stamped.at);
                    }
                }
                Event::Ended { contact, ending: Ending::Closed, .. } => {
                    came.remove(contact);
                }
                _ => {}
            };
            play::listen(&floor, replication, &mut ear);
            for (client, queue, at) in came.into_values() {
                let Some(at) = at.filter(|at| (from..until).contains(&at.micros())) else {
                    continue;
                };
                counts[client][self.interval(at)] += 1;
                by_queue[client][queue] += 1;
                if client == plan.client && replication == 0 {
                    hourly[((at.micros() - from) / 3_600_000_000) as usize] += 1.0;
                }
            }
        }
        let weeks = (until - from) as f64 / (7.0 * 86_400e6);
        let seconds = self.seconds_counted(from, until, weeks);
        let seconds: Vec<f64> = seconds.into_iter().map(|s| s * f64::from(replications)).collect();
        let rate = |counts: Vec<u64>| {
            counts.iter().zip(&seconds).map(|(count, s)| *count as f64 / s.max(1.0)).collect()
        };
        let rates: Vec<Vec<f64>> = counts.into_iter().map(rate).collect();
        let handle_s =
            scenario.clients.iter().zip(&by_queue).map(|(c, n)| handle_s(c, n)).collect();
        // Hours in which nobody may come say nothing about how much those vary in which they do.
        let hourly = hourly.into_iter().enumerate().filter(|(hour, _)| {
            let at = Timestamp::from_micros(from + *hour as i64 * 3_600_000_000);
            rates[plan.client][self.interval(at)] > 0.0
        });
        let hourly = hourly.map(|(_, count)| count).collect();
        Ok(Survey { rates, handle_s, hourly })
    }

    /// Seconds of each interval within what counts. Of more than a year, as of the mean week.
    fn seconds_counted(&self, from: i64, until: i64, weeks: f64) -> Vec<f64> {
        if weeks > 53.0 {
            let minutes = self.plan.week.minutes().into_iter();
            return minutes.map(|minutes| f64::from(minutes) * 60.0 * weeks).collect();
        }
        let mut seconds = vec![0.0; self.plan.week.len()];
        for at in (from..until).step_by(60_000_000) {
            seconds[self.interval(Timestamp::from_micros(at))] += 60.0;
        }
        seconds
    }

    fn interval(&self, at: Timestamp) -> usize {
        self.plan.interval_at(at)
    }

    /// A first guess of the agents that some clients need, by interval, each as if it lasted for ever.
    pub fn guess(&self, survey: &Survey, clients: &[usize]) -> Vec<u32> {
        (0..self.plan.week.len()).map(|interval| self.guess_at(survey, clients, interval)).collect()
    }

    fn guess_at(&self, survey: &Survey, clients: &[usize], interval: usize) -> u32 {
        let (mut rate, mut load, mut patience) = (0.0, 0.0, Vec::new());
        let (mut share, mut threshold_s) = (0.0f64, f64::INFINITY);
        for at in clients {
            let client = &self.plan.scenario.clients[*at];
            let arrivals = survey.rates[*at][interval];
            if arrivals == 0.0 {
                continue;
            }
            rate += arrivals;
            load += arrivals * survey.handle_s[*at];
            patience.push(client.queues[0].patience.as_ref().map(sim::Distribution::mean));
            let promise = &client.contract.periods[0].promise;
            share = share.max(f64::from(promise.target_percent) / 100.0);
            threshold_s = threshold_s.min(f64::from(promise.threshold_s));
        }
        if rate == 0.0 {
            return 0;
        }
        let mean: Option<f64> = patience.iter().copied().sum();
        let mean = mean.map(|sum| sum / patience.len() as f64).filter(|mean| *mean > 0.0);
        let patience = mean.and_then(|mean| Times::exponential("patience", mean).ok());
        let demand = Demand {
            arrivals_per_s: rate,
            handle_s: load / rate,
            waiting_places: None,
            patience: patience.map_or(Patience::Endless, Patience::Times),
        };
        // The simulator has the last word; where the formula has none, the load is a beginning.
        let least = load.ceil() as u32 + 1;
        let formula = staff(&demand, &Target::level(share.min(0.999), threshold_s), 0.0);
        formula
            .map_or(least, |staffing| staffing.required_agents)
            .max(self.plan.least)
            .min(AGENTS_MAX)
    }

    /// Plays a floor.
    pub fn play(&self, scenario: &Scenario) -> Result<Outcome, Vec<Fault>> {
        self.go_on()?;
        self.spent.set(self.spent.get() + 1);
        let outcome = sim::simulate(scenario, self.options, &Asks(self.told, self.step()))?;
        if outcome.interrupted {
            self.stopped.set(true);
            return Err(Vec::new());
        }
        Ok(outcome)
    }

    /// Whether every promise holds.
    fn holds(&self, floor: Floor<'_>, staff: &Staff) -> Result<bool, Vec<Fault>> {
        let outcome = self.play(&self.plan.floor(floor, staff))?;
        Ok(self.short(&outcome).iter().all(|short| *short <= 0.0))
    }

    /// The least agents on a floor, from a beginning. Only the groups that `pool` and `team` say are
    /// changed.
    ///
    /// # Errors
    /// A sentence about whose promise cannot be kept.
    pub fn least(
        &self,
        floor: Floor<'_>,
        begin: Staff,
        survey: &Survey,
        (pool, team): (bool, bool),
    ) -> Result<Found, Vec<Fault>> {
        let floor_clients = |interval: usize| {
            let mut all = survey.rates.iter().enumerate();
            all.any(|(at, rates)| {
                rates[interval] > 0.0 && (at != self.plan.client || floor != Floor::Without)
            })
        };
        let team_hours = match floor {
            Floor::Dedicated => vec![true; self.plan.week.len()],
            Floor::Hybrid(hybrid) => self.team_hours(hybrid),
            Floor::Without | Floor::Shared => vec![false; self.plan.week.len()],
        };
        let mut places = Vec::new();
        for (interval, of_team) in team_hours.into_iter().enumerate() {
            if team && of_team && survey.rates[self.plan.client][interval] > 0.0 {
                places.push(Place { team: true, interval });
            }
            if pool && floor_clients(interval) {
                places.push(Place { team: false, interval });
            }
        }
        let mut staff = begin;
        for place in &places {
            let least = self.plan.least;
            let agents = staff.at(*place);
            *agents = (*agents).max(least);
        }
        let spent = self.spent.get();
        self.add(floor, &mut staff, &places)?;
        // Whoever costs most goes first.
        let minutes = self.plan.week.minutes();
        let cost = |place: &Place| {
            let rate = if place.team { &self.plan.team_cost } else { &self.plan.pool_cost };
            rate.per_hour_minor * i64::from(minutes[place.interval])
        };
        places.sort_by_key(|place| (-cost(place), !place.team, place.interval));
        let (mut at, mut failed) = (0, 0);
        while failed < places.len() {
            if self.spent.get() - spent > SIMULATIONS_MAX {
                return Ok(Found { staff, least: false });
            }
            let place = places[at % places.len()];
            at += 1;
            match self.take(floor, &mut staff, place)? {
                true => failed = 0,
                false => failed += 1,
            }
        }
        Ok(Found { staff, least: true })
    }

    /// Takes as many agents away as it can in one place; says whether that is any.
    fn take(&self, floor: Floor<'_>, staff: &mut Staff, place: Place) -> Result<bool, Vec<Fault>> {
        let begin = *staff.at(place);
        let least = i64::from(self.plan.least);
        // With `good` all holds; with `bad` something breaks, or it is no number of agents.
        let (mut good, mut bad, mut step, mut found) = (i64::from(begin), least - 1, 1, false);
        while good - bad > 1 {
            let next = if found { bad + (good - bad) / 2 } else { (good - step).max(least) };
            *staff.at(place) = u32::try_from(next).unwrap_or(0);
            if self.holds(floor, staff)? {
                good = next;
                step *= 2;
            } else {
                bad = next;
                found = true;
            }
        }
        *staff.at(place) = u32::try_from(good).unwrap_or(0);
        Ok(good < i64::from(begin))
    }

    /// Adds agents where contacts are late, until every promise holds.
    fn add(&self, floor: Floor<'_>, staff: &mut Staff, places: &[Place]) -> Result<(), Vec<Fault>> {
        let (mut step, mut least_short, mut vain) = (1, f64::INFINITY, 0);
        for round in 0..ROUNDS_MAX {
            let scenario = self.plan.floor(floor, staff);
            let outcome = self.play(&scenario)?;
            let short = self.short(&outcome);
            let Some(worst) = (0..short.len())
                .filter(|at| short[*at] > 0.0)
                .max_by(|a, b| short[*a].total_cmp(&short[*b]))
            else {
                return Ok(());
            };
            let unreachable =
                |staff: &Staff| Err(vec![self.out_of_reach(floor, staff, &outcome.clients[worst])]);
            // More and more agents, and nobody is better off: something else stands in the way.
            vain = if short[worst] < least_short - 1e-6 { 0 } else { vain + 1 };
            least_short = least_short.min(short[worst]);
            if vain > VAIN_MAX {
                return unreachable(staff);
            }
            let late = self.late(&scenario, &short)?;
            let mut wanted: Vec<(f64, Place)> = places
                .iter()
                .filter_map(|place| {
                    let sum = |at: &usize| late.get(&(*at, place.interval)).copied().unwrap_or(0);
                    let of = (0..short.len()).filter(|at| self.serves(floor, *place, *at));
                    let sum: u64 = of.map(|at| sum(&at)).sum();
                    (sum > 0).then_some((sum as f64, *place))
                })
                .collect();
            wanted.sort_by(|a, b| b.0.total_cmp(&a.0).then(b.1.team.cmp(&a.1.team)));
            if wanted.is_empty() {
                return unreachable(staff);
            }
            // As many places as hold twice the contacts that are missing.
            let all: u64 = late.values().sum();
            let mut missing = 2.0 * short[worst].min(1.0) * all as f64;
            let mut before = f64::INFINITY;
            for (late, place) in wanted {
                // Team and pool of one interval are late alike: which of them helps, only trying tells.
                if missing <= 0.0 && late < before {
                    break;
                }
                before = late;
                *staff.at(place) += step;
                if *staff.at(place) > AGENTS_MAX {
                    return unreachable(staff);
                }
                missing -= late;
            }
            if round % 4 == 3 {
                step *= 2;
            }
        }
        let outcome = self.play(&self.plan.floor(floor, staff))?;
        let short = self.short(&outcome);
        match (0..short.len()).max_by(|a, b| short[*a].total_cmp(&short[*b])) {
            Some(worst) if short[worst] > 0.0 => {
                Err(vec![self.out_of_reach(floor, staff, &outcome.clients[worst])])
            }
            _ => Ok(()),
        }
    }

    /// Whether the team of a hybrid answers in each interval, in all of it or a part.
    pub fn team_hours(&self, hybrid: &Hybrid) -> Vec<bool> {
        match hybrid.hours.as_slice() {
            [] => vec![true; self.plan.week.len()],
            hours => self.plan.week.touched(hours),
        }
    }

    /// Whether agents of a place may answer a client.
    fn serves(&self, floor: Floor<'_>, place: Place, client: usize) -> bool {
        match (client == self.plan.client, floor) {
            (false, _) => !place.team,
            (true, Floor::Without) => false,
            (true, Floor::Shared) => !place.team,
            (true, Floor::Dedicated) => place.team,
            (true, Floor::Hybrid(_)) => true,
        }
    }

    /// Contacts of the first replication that were not answered within the promise, by client that
    /// falls short and by interval of arrival. A guide for the search, no figure.
    fn late(
        &self,
        scenario: &Scenario,
        short: &[f64],
    ) -> Result<BTreeMap<(usize, usize), u64>, Vec<Fault>> {
        let floor = play::Floor::new(scenario)?;
        let mut waiting: BTreeMap<ContactId, (usize, i64, usize)> = BTreeMap::new();
        let mut late: BTreeMap<(usize, usize), u64> = BTreeMap::new();
        let mut ear = |stamped: &routing::Stamped| match &stamped.event {
            Event::Arrived { contact, client, .. } if short[place_of(*client)] > 0.0 => {
                let at = place_of(*client);
                let threshold = scenario.clients[at].contract.periods[0].promise.threshold_s;
                let until = stamped.at.micros() + i64::from(threshold) * 1_000_000;
                waiting.insert(*contact, (at, until, self.interval(stamped.at)));
            }
            Event::Answered { contact, .. } => {
                if let Some((at, until, interval)) = waiting.remove(contact)
                    && stamped.at.micros() > until
                {
                    *late.entry((at, interval)).or_default() += 1;
                }
            }
            Event::Ended { contact, .. } => {
                if let Some((at, _, interval)) = waiting.remove(contact) {
                    *late.entry((at, interval)).or_default() += 1;
                }
            }
            _ => {}
        };
        play::listen(&floor, 0, &mut ear);
        for (at, _, interval) in waiting.into_values() {
            *late.entry((at, interval)).or_default() += 1;
        }
        Ok(late)
    }

    fn out_of_reach(&self, floor: Floor<'_>, staff: &Staff, client: &ClientOutcome) -> Fault {
        let most = |profile: &[u32]| profile.iter().copied().max().unwrap_or(0);
        let contract = match floor {
            Floor::Without => "without the client",
            Floor::Shared => "under the shared contract",
            Floor::Dedicated => "under the dedicated contract",
            Floor::Hybrid(_) => "under a hybrid contract",
        };
        Fault::new(
            "clients.promise",
            "cannot_be_staffed",
            words!(
                "{} is promised {} % within {} s and gets {} % {}, with up to {} agents of the pool and {} of the team at once.",
                client.name,
                client.promise.target_percent,
                client.promise.threshold_s,
                format!("{:.1}", client.promise.service_level.mean.unwrap_or(0.0) * 100.0),
                contract,
                most(&staff.pool),
                most(&staff.team)
            ),
            "Promise less or a longer threshold; or look whether its hours, its skills or the time that agents let it ring stand in the way.",
        )
    }
}

impl Staff {
    fn at(&mut self, place: Place) -> &mut u32 {
        let profile = if place.team { &mut self.team } else { &mut self.pool };
        &mut profile[place.interval]
    }
}

/// By how much a client's service level misses its promise; 0 or less where it is kept. Who was still
/// waiting when the run was over was not answered in time.
fn shortfall(client: &ClientOutcome) -> f64 {
    let counts = &client.counts;
    let ended = counts.answered + counts.abandoned;
    if ended + counts.unfinished == 0 {
        return 0.0;
    }
    let share = ended as f64 / (ended + counts.unfinished) as f64;
    let level = client.promise.service_level.mean.unwrap_or(0.0) * share;
    f64::from(client.promise.target_percent) / 100.0 - level - 1e-9
}

/// The mean time that a contact takes, by how many came into each queue.
fn handle_s(client: &sim::ClientPlan, counts: &[u64]) -> f64 {
    let of = |queue: &sim::QueuePlan| {
        queue.handle.mean() + queue.wrap_up.as_ref().map_or(0.0, sim::Distribution::mean)
    };
    let all: u64 = counts.iter().sum();
    let sum: f64 = client.queues.iter().zip(counts).map(|(q, n)| of(q) * *n as f64).sum();
    if all == 0 { 0.0 } else { sum / all as f64 }
}

/// The place of a client whose id is one of the scenario's.
pub(super) fn place_of(client: ClientId) -> usize {
    (client.uuid().as_u128() as usize).wrapping_sub(1)
}
