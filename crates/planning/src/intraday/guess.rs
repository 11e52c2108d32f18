//! What agents would make of an interval, by the formulas: quick enough to try every move.

use crate::skills::{Agents, played::One};

/// Queues that the same groups answer, as one line.
struct Pool {
    able: Vec<(usize, f64)>,
    /// Places that it needs: agents who answer several pools are shared out by it.
    need: f64,
    all: Vec<One>,
}

/// The formulas of every interval that is left.
pub(super) struct Guess {
    intervals: Vec<Vec<Pool>>,
    interval_s: f64,
}

impl Guess {
    pub fn new(lines: Vec<Vec<One>>, interval_s: f64) -> Self {
        let pools = |all: Vec<One>| {
            let mut pools: Vec<Pool> = Vec::new();
            for one in all {
                let need = one.alone / one.at_once;
                match pools.iter_mut().find(|pool| pool.able == one.able) {
                    Some(pool) => {
                        pool.need += need;
                        pool.all.push(one);
                    }
                    None => pools.push(Pool { able: one.able.clone(), need, all: vec![one] }),
                }
            }
            pools
        };
        Self { intervals: lines.into_iter().map(pools).collect(), interval_s }
    }

    /// Intervals that are left.
    pub fn len(&self) -> usize {
        self.intervals.len()
    }

    /// Contacts that are missing to every client's promise in an interval, with these agents of each group.
    pub fn missing(&self, interval: usize, agents: impl Fn(usize) -> f64) -> f64 {
        let pools = &self.intervals[interval];
        let of_group = |group: usize| -> f64 {
            pools.iter().filter(|p| p.able.iter().any(|(g, _)| *g == group)).map(|p| p.need).sum()
        };
        pools
            .iter()
            .map(|pool| {
                let part = |(group, worth): &(usize, f64)| {
                    agents(*group) * worth * pool.need / of_group(*group).max(1e-9)
                };
                pool.missing(pool.able.iter().map(part).sum::<f64>()) * self.interval_s
            })
            .sum()
    }

    /// By how many contacts a move of `count` agents helps in each interval; `None` where they are not there.
    pub fn gains(
        &self,
        agents: &Agents,
        (from, to, count): (usize, usize, u32),
    ) -> Vec<Option<f64>> {
        (0..self.len())
            .map(|at| {
                if agents[from][at] < count {
                    return None;
                }
                let now = |group: usize| f64::from(agents[group][at]);
                let then = |group: usize| {
                    let moved = f64::from(count);
                    now(group) + if group == to { moved } else { 0.0 }
                        - if group == from { moved } else { 0.0 }
                };
                Some(self.missing(at, now) - self.missing(at, then))
            })
            .collect()
    }
}

impl Pool {
    /// Contacts a second that are missing with so many agents, a part of one among them.
    fn missing(&self, agents: f64) -> f64 {
        let places = agents * self.all.first().map_or(1.0, |one| one.at_once);
        let rate: f64 = self.all.iter().map(|one| one.demand.arrivals_per_s).sum();
        let load: f64 = self.all.iter().map(|one| one.demand.load_erlangs()).sum();
        let whole = places.floor();
        let of = |one: &One| {
            let Some(target) = one.target.level else { return 0.0 };
            let mut demand = one.demand.clone();
            (demand.arrivals_per_s, demand.handle_s) = (rate, load / rate);
            let level = |count: f64| {
                let line = demand.line(count as u32);
                // A line that would grow for ever answers nobody in time.
                line.figures(target.threshold_s).map_or(0.0, |figures| figures.level(target.level))
            };
            let level = level(whole) + (places - whole) * (level(whole + 1.0) - level(whole));
            one.demand.arrivals_per_s * (target.share - level).max(0.0)
        };
        self.all.iter().map(of).sum()
    }
}
