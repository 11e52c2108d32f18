//! The week played with the agents of a plan, counted by client and interval.

use std::{
    num::NonZeroUsize,
    sync::{
        Mutex,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
};

use domain::Fault;

use super::{Agents, read::Plan};
use crate::sim::{
    Scenario, Shift, ShiftTime,
    play::{Book, Floor, book},
};

/// Contacts answered in time, and those they are divided by; who was never answered is among these.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Level {
    pub part: u64,
    pub whole: u64,
}

impl Level {
    pub fn add(&mut self, other: Self) {
        self.part += other.part;
        self.whole += other.whole;
    }

    /// The share; 1 where nobody came.
    pub fn share(self) -> f64 {
        if self.whole == 0 { 1.0 } else { self.part as f64 / self.whole as f64 }
    }

    /// Contacts by which it exceeds a share; below 0 where they are missing.
    pub fn slack(self, target: f64) -> f64 {
        self.part as f64 - target * self.whole as f64
    }
}

/// What was seen, over all replications.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Seen {
    /// By interval, then by client.
    pub by_interval: Vec<Vec<Level>>,
    /// By client, then by replication.
    pub by_replication: Vec<Vec<Level>>,
    pub replications: u32,
}

impl Seen {
    /// A client's level over all of it.
    pub fn whole(&self, client: usize) -> Level {
        let mut sum = Level::default();
        self.by_replication[client].iter().for_each(|level| sum.add(*level));
        sum
    }
}

/// The scenario with these agents: the first of a group works whenever anybody of it does, the second
/// whenever two do, and so on, so nobody goes home whom the next interval needs.
pub(crate) fn staffed(plan: &Plan, agents: &Agents) -> Scenario {
    let mut scenario = plan.scenario.clone();
    let (start, last) =
        (scenario.run.start.micros(), scenario.run.length_us + scenario.run.drain_us);
    for (group, agents) in scenario.groups.iter_mut().zip(agents) {
        let most = agents.iter().copied().max().unwrap_or(0);
        let mut shifts: Vec<Shift> = Vec::new();
        for level in 1..=most {
            let mut stretches: Vec<(i64, i64)> = Vec::new();
            for (at, there) in agents.iter().enumerate() {
                if *there < level {
                    continue;
                }
                // Whoever is there at the beginning warms up too, and at the end stays until all is over.
                let from = if at == 0 { 0 } else { plan.begin(at) - start };
                let until = if at + 1 == agents.len() { last } else { plan.begin(at + 1) - start };
                match stretches.last_mut() {
                    Some(before) if before.1 == from => before.1 = until,
                    _ => stretches.push((from, until)),
                }
            }
            let hours = ShiftTime::Recorded(stretches);
            match shifts.last_mut() {
                Some(before) if before.hours == hours => before.agents += 1,
                _ => shifts.push(Shift { agents: 1, hours }),
            }
        }
        group.shifts = shifts;
    }
    scenario
}

/// Plays the agents `replications` times from a seed, on so many cores; the same on any number of them.
/// `None` when somebody stopped it.
///
/// # Errors
/// A scenario that the router refuses.
pub(crate) fn play(
    plan: &Plan,
    agents: &Agents,
    (replications, seed): (u32, u64),
    cores: Option<NonZeroUsize>,
    stop: &(dyn Fn() -> bool + Sync),
) -> Result<Option<Seen>, Vec<Fault>> {
    let mut scenario = staffed(plan, agents);
    scenario.run.seed = seed;
    let floor = Floor::new(&scenario)?;
    let intervals = plan.intervals();
    let clients = scenario.clients.len();
    let cores = cores.or_else(|| std::thread::available_parallelism().ok());
    let cores = cores.map_or(1, NonZeroUsize::get).min(replications.max(1) as usize);
    let (next, stopped) = (AtomicU32::new(0), AtomicBool::new(false));
    let seen = Mutex::new(Seen {
        by_interval: vec![vec![Level::default(); clients]; intervals],
        by_replication: vec![vec![Level::default(); replications as usize]; clients],
        replications,
    });
    std::thread::scope(|scope| {
        for _ in 0..cores {
            scope.spawn(|| {
                loop {
                    let replication = next.fetch_add(1, Ordering::Relaxed);
                    if replication >= replications || stopped.load(Ordering::Relaxed) {
                        return;
                    }
                    let Some(book) = book(&floor, replication, intervals, stop) else {
                        stopped.store(true, Ordering::Relaxed);
                        return;
                    };
                    if let Ok(mut seen) = seen.lock() {
                        count(&scenario, &book, replication as usize, &mut seen);
                    }
                }
            });
        }
    });
    let seen = seen.into_inner().unwrap_or_default();
    Ok((!stopped.into_inner()).then_some(seen))
}

fn count(scenario: &Scenario, book: &Book, replication: usize, seen: &mut Seen) {
    for (interval, clients) in book.clients.iter().enumerate() {
        for (client, sums) in clients.iter().enumerate() {
            let Some(period) = scenario.clients[client].contract.periods.first() else { continue };
            let share = sums.level.level(period.promise.formula);
            let level = Level {
                part: share.map_or(0, |share| share.part),
                whole: share.map_or(0, |share| share.whole) + sums.unfinished,
            };
            seen.by_interval[interval][client].add(level);
            seen.by_replication[client][replication].add(level);
        }
    }
}

impl Seen {
    /// The same agents, seen in other replications.
    pub fn add(&mut self, other: Self) {
        for (interval, others) in self.by_interval.iter_mut().zip(other.by_interval) {
            interval.iter_mut().zip(others).for_each(|(level, other)| level.add(other));
        }
        for (client, others) in self.by_replication.iter_mut().zip(other.by_replication) {
            client.extend(others);
        }
        self.replications += other.replications;
    }
}
