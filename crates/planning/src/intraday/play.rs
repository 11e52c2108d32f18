//! The rest of the day said anew and played, and moves that the simulator confirms.

use std::num::NonZeroUsize;

use domain::Fault;

use super::{Alert, ClientDay, Effect, Move, Replanned, Today, guess::Guess};
use crate::{
    sim::{Demand, DemandKind},
    skills::{
        Agents, Plan,
        played::{Level, Seen, estimate, play},
    },
};

/// The floor is played from so long before now, so that queues are as they are.
const WARM_UP_US: i64 = 3_600_000_000;
/// Most moves that are proposed.
const MOVES_MAX: usize = 5;
/// So many of the moves that the formulas find best are tried.
const TRIED_MAX: usize = 3;
/// Going and coming back costs as much as so many contacts.
const TROUBLE: f64 = 2.0;
/// Contacts of an interval, over all replications, that say something of it.
const ENOUGH: u64 = 30;
/// Standard deviations by which a projection must miss the promise before it is an alert.
const CERTAIN: f64 = 2.0;
/// A change of a level that is worth a word.
const WORTH_TELLING: f64 = 0.005;

/// How to play.
#[derive(Clone, Copy, Debug, Default)]
pub struct Options {
    /// On so many cores; `None` for all there are.
    pub cores: Option<NonZeroUsize>,
}

/// How the rest of a client's day has been said anew.
struct Anew {
    seen: u64,
    expected: f64,
    factor: f64,
    cv: f64,
}

/// Says the rest of the day anew, and what to do about it. `stop` is asked while it is played; what is known
/// then is given.
///
/// # Errors
/// Queues that nobody may answer; a stop before the day had been played once.
pub fn replan(
    today: &Today,
    options: Options,
    stop: &(dyn Fn() -> bool + Sync),
) -> Result<Replanned, Vec<Fault>> {
    let (rest, anew) = today.rest()?;
    let now = today.now();
    let mut agents: Agents = today.agents.iter().map(|group| group[now..].to_vec()).collect();
    let run = &rest.scenario.run;
    let look = |agents: &Agents| {
        play(&rest, agents, (run.replications.max(2), run.seed), options.cores, stop)
    };
    let Some(before) = look(&agents)? else {
        return Err(vec![Fault::new(
            "replications",
            "nothing_played",
            "It was stopped before the rest of the day had been played once.",
            "Give it more time, or fewer replications.",
        )]);
    };
    let guess = Guess::new(rest.lines()?, rest.interval_us as f64 / 1e6);
    let floor = Floor { today, rest: &rest, guess };
    let (mut seen, mut moves, mut interrupted) = (before.clone(), Vec::new(), false);
    while moves.len() < MOVES_MAX {
        let mut best: Option<(f64, Found, Agents, Seen)> = None;
        for found in floor.candidates(&agents) {
            let moved = found.done(&agents);
            let Some(after) = look(&moved)? else {
                interrupted = true;
                break;
            };
            let gain = floor.gain(&seen, &after);
            // One agent more must be worth going for.
            let least = best.as_ref().map_or(TROUBLE, |(most, with, ..)| {
                most + if found.count > with.count { TROUBLE } else { 0.0 }
            });
            if gain > least {
                best = Some((gain, found, moved, after));
            }
        }
        let Some((_, found, moved, after)) = best.filter(|_| !interrupted) else { break };
        moves.push(floor.told(&found, &seen, &after));
        (agents, seen) = (moved, after);
    }
    Ok(floor.replanned(&anew, &before, &seen, moves, interrupted))
}

impl Today {
    /// The rest of the day as a plan of its own, from an hour before now.
    fn rest(&self) -> Result<(Plan, Vec<Anew>), Vec<Fault>> {
        let now = self.now();
        let expected = self.plan.expected()?;
        let interval_us = self.plan.interval_us;
        let warm = now.min(usize::try_from(WARM_UP_US / interval_us).unwrap_or(1).max(1));
        let first = now - warm;
        let mut scenario = self.plan.scenario.clone();
        let run = &mut scenario.run;
        run.start = domain::Timestamp::from_micros(self.plan.begin(first));
        run.length_us -= first as i64 * interval_us;
        run.warm_up_us = warm as i64 * interval_us;
        let mut queue = 0;
        let mut anew = Vec::new();
        for (client, today) in scenario.clients.iter_mut().zip(&self.clients) {
            let own = &expected[queue..queue + client.queues.len()];
            queue += client.queues.len();
            let of_interval = |at: usize| own.iter().map(|queue| queue[at]).sum::<f64>();
            let seen: u64 = today.counts.iter().map(|count| u64::from(*count)).sum();
            let before: f64 = (0..now).map(of_interval).sum();
            let k = today.day_error.powi(-2);
            let factor = (k + seen as f64) / (k + before);
            let cv = (k + seen as f64).sqrt().recip();
            for (plan, own) in client.queues.iter_mut().zip(own) {
                let counts = (first..own.len()).map(|at| {
                    if at >= now {
                        return own[at] * factor;
                    }
                    let all = of_interval(at);
                    let part = if all > 0.0 { own[at] / all } else { 1.0 };
                    f64::from(today.counts[at]) * part
                });
                let kind =
                    DemandKind::Intervals { interval_us, counts: counts.collect(), repeat: false };
                plan.demand = Demand { kind, day_cv: cv };
                plan.taken = Vec::new();
            }
            anew.push(Anew { seen, expected: before, factor, cv });
        }
        Ok((Plan { scenario, interval_us, groups: self.plan.groups.clone() }, anew))
    }
}

/// A move that was found: agents, from a group, to another, from an interval, until another.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Found {
    count: u32,
    from: usize,
    to: usize,
    begin: usize,
    until: usize,
}

impl Found {
    fn done(&self, agents: &Agents) -> Agents {
        let mut moved = agents.clone();
        let time = self.begin..self.until;
        moved[self.from][time.clone()].iter_mut().for_each(|there| *there -= self.count);
        moved[self.to][time].iter_mut().for_each(|there| *there += self.count);
        moved
    }
}

struct Floor<'a> {
    today: &'a Today,
    rest: &'a Plan,
    guess: Guess,
}

impl Floor<'_> {
    fn target(&self, client: usize) -> f64 {
        let promise = &self.rest.scenario.clients[client].contract.periods[0].promise;
        f64::from(promise.target_percent) / 100.0
    }

    /// The moves that the formulas find best, one for each pair of groups.
    fn candidates(&self, agents: &Agents) -> Vec<Found> {
        let mut all: Vec<(f64, Found)> = Vec::new();
        for allowed in &self.today.moves {
            let (from, to) = (allowed.from, allowed.to);
            let best = (1..=allowed.most).filter_map(|count| {
                let gains = self.guess.gains(agents, (from, to, count));
                let (gain, begin, until) = stretch(&gains)?;
                Some((gain, Found { count, from, to, begin, until }))
            });
            // Of moves that help alike the smallest.
            all.extend(best.reduce(|a, b| if b.0 > a.0 + 0.5 { b } else { a }));
        }
        all.retain(|(gain, _)| *gain > TROUBLE);
        all.sort_by(|a, b| {
            let place = |found: &Found| (found.from, found.to, found.begin);
            b.0.total_cmp(&a.0).then(place(&a.1).cmp(&place(&b.1)))
        });
        let mut tried = Vec::new();
        for (_, found) in all.into_iter().take(TRIED_MAX) {
            tried.push(found);
            // Chance makes days worse than the formulas have them: one more may be better.
            let more = Found { count: found.count + 1, ..found };
            let there = (more.begin..more.until).all(|at| agents[more.from][at] >= more.count);
            let allowed = self.today.moves.iter().any(|allowed| {
                (allowed.from, allowed.to) == (more.from, more.to) && more.count <= allowed.most
            });
            tried.extend((there && allowed).then_some(more));
        }
        tried
    }

    /// Contacts that a change helps, of those missing to promises, in a day: interval by interval.
    fn gain(&self, before: &Seen, after: &Seen) -> f64 {
        let missing = |seen: &Seen| -> f64 {
            let cells = seen.by_interval.iter().flat_map(|clients| clients.iter().enumerate());
            cells.map(|(client, level)| (-level.slack(self.target(client))).max(0.0)).sum()
        };
        (missing(before) - missing(after)) / f64::from(before.replications.max(1))
    }

    fn told(&self, found: &Found, before: &Seen, after: &Seen) -> Move {
        let level = |seen: &Seen, client: usize| {
            let mut sum = Level::default();
            seen.by_interval[found.begin..found.until].iter().for_each(|at| sum.add(at[client]));
            sum
        };
        let scenario = &self.rest.scenario;
        let mut effects = Vec::new();
        for (client, plan) in scenario.clients.iter().enumerate() {
            let (before, after) = (level(before, client), level(after, client));
            let changes = (before.share() - after.share()).abs() >= WORTH_TELLING;
            if before.whole > 0 && after.whole > 0 && changes {
                let (before, after) = (before.share(), after.share());
                effects.push(Effect { client: plan.name.clone(), before, after });
            }
        }
        let (begin, until) = (self.rest.local(found.begin), self.rest.local(found.until));
        let clock = |local: &str| local.get(11..16).unwrap_or(local).to_owned();
        let from_when = match found.begin {
            0 => String::new(),
            _ => format!(" from {}", clock(&begin)),
        };
        let what = effects.iter().map(|effect| {
            let (before, after) = (effect.before * 100.0, effect.after * 100.0);
            format!("{} {before:.0}→{after:.0} %", effect.client)
        });
        let (from, to) = (&scenario.groups[found.from].name, &scenario.groups[found.to].name);
        let what = what.collect::<Vec<_>>().join(", ");
        let text = format!(
            "{} from {from} to {to}{from_when} until {}: {what}",
            found.count,
            clock(&until)
        );
        Move {
            agents: found.count,
            from: from.clone(),
            to: to.clone(),
            begin,
            until,
            effects,
            text,
        }
    }

    fn alerts(&self, seen: &Seen) -> Vec<Alert> {
        let mut alerts = Vec::new();
        for (client, plan) in self.rest.scenario.clients.iter().enumerate() {
            let target = self.target(client);
            let is_low = |level: &Level| {
                let chance = CERTAIN * (level.whole as f64 * target * (1.0 - target)).sqrt();
                level.whole >= ENOUGH && level.slack(target) < -chance
            };
            let mut at = 0;
            while at < seen.by_interval.len() {
                let from = at;
                let mut sum = Level::default();
                while at < seen.by_interval.len() && is_low(&seen.by_interval[at][client]) {
                    sum.add(seen.by_interval[at][client]);
                    at += 1;
                }
                if at == from {
                    at += 1;
                    continue;
                }
                alerts.push(Alert {
                    client: plan.name.clone(),
                    from: self.rest.local(from),
                    until: self.rest.local(at),
                    service_level: sum.share(),
                    target_percent: plan.contract.periods[0].promise.target_percent,
                    contacts: sum.whole as f64 / f64::from(seen.replications.max(1)),
                });
            }
        }
        // Whoever breaks first is told first.
        alerts.sort_by(|a, b| a.from.cmp(&b.from).then(a.client.cmp(&b.client)));
        alerts
    }

    fn replanned(
        &self,
        anew: &[Anew],
        before: &Seen,
        after: &Seen,
        moves: Vec<Move>,
        interrupted: bool,
    ) -> Replanned {
        let rest = self.rest;
        let intervals = rest.intervals();
        let levels = |seen: &Seen, client: usize| {
            let share = |at: &Vec<Level>| (at[client].whole > 0).then(|| at[client].share());
            seen.by_interval.iter().map(share).collect()
        };
        let replications = f64::from(before.replications.max(1));
        let clients = rest.scenario.clients.iter().zip(anew).enumerate();
        let clients = clients.map(|(at, (client, anew))| {
            let promise = &client.contract.periods[0].promise;
            let contacts = before.by_interval.iter().map(|of| of[at].whole as f64 / replications);
            ClientDay {
                name: client.name.clone(),
                threshold_s: promise.threshold_s,
                target_percent: promise.target_percent,
                seen: anew.seen,
                expected: anew.expected,
                factor: anew.factor,
                factor_cv: anew.cv,
                contacts: contacts.collect(),
                service_level: levels(before, at),
                service_level_with_moves: levels(after, at),
                rest: estimate(&before.by_replication[at]),
                rest_with_moves: estimate(&after.by_replication[at]),
            }
        });
        Replanned {
            scenario: rest.scenario.name.clone(),
            now: rest.local(0),
            interval_s: rest.interval_us / 1_000_000,
            intervals: (0..intervals).map(|at| rest.local(at)).collect(),
            clients: clients.collect(),
            alerts: self.alerts(before),
            moves,
            replications: before.replications,
            seed: rest.scenario.run.seed,
            interrupted,
        }
    }
}

/// The stretch of intervals that gains most, less the trouble of going; the shortest of those alike.
fn stretch(gains: &[Option<f64>]) -> Option<(f64, usize, usize)> {
    let mut best: Option<(f64, usize, usize)> = None;
    let (mut sum, mut begin) = (0.0, 0);
    for (at, gain) in gains.iter().enumerate() {
        match gain {
            Some(gain) if sum > 0.0 => sum += gain,
            Some(gain) => (sum, begin) = (*gain, at),
            None => sum = 0.0,
        }
        if gain.is_some() && sum > best.map_or(0.0, |(most, ..)| most) + 1e-9 {
            best = Some((sum, begin, at + 1));
        }
    }
    best
}
