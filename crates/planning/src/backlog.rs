//! A day interval by interval, with what one interval leaves to the next.
//!
//! A formula for one interval begins it in equilibrium and forgets the queue that the busy half hour
//! before left behind. Here the number of contacts in the line is followed through the day as the
//! exact chain that it is (M(t)/M/n(t)+M), by uniformisation.

use domain::{Fault, words};

use crate::{
    check::{Check, refuse},
    poisson,
};

/// One interval of a day: who comes and who works.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    /// Its length in seconds.
    pub length_s: f64,
    /// Contacts per second.
    pub arrivals_per_s: f64,
    /// Agents at work; 0 where nobody is.
    pub agents: u32,
}

/// What one interval was like; shares are of the contacts that came in it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Passed {
    /// Mean number waiting when it ended.
    pub queue_at_end: f64,
    /// Mean number waiting over it.
    pub mean_queue_length: f64,
    /// Share that had to wait; `None` when nobody comes.
    pub p_wait: Option<f64>,
    /// Those who abandoned during it, over those who came in it; `None` when nobody comes.
    pub p_abandon: Option<f64>,
    /// Share answered within the threshold if the agents stay as they are; `None` when nobody comes.
    pub sl_offered: Option<f64>,
    /// Share of the agents' time that is busy; `None` when nobody works.
    pub occupancy: Option<f64>,
}

/// Steps of the chain that a day may take: some seconds of work.
const WORK_MAX: f64 = 4e9;
/// Contacts in the line beyond this share of the chance are left out.
const TAIL: f64 = 1e-13;
/// States that a chain may have.
const STATES_MAX: usize = 200_000;

/// Follows a line that is empty at first through the intervals. Handle times and patience are
/// exponential. Where agents go home, who was being served and has no agent waits at the head.
///
/// # Errors
/// All that is wrong with the numbers; or a day that would take too long or grow without bound.
pub fn follow(
    intervals: &[Interval],
    handle_s: f64,
    patience_s: Option<f64>,
    threshold_s: f64,
) -> Result<Vec<Passed>, Vec<Fault>> {
    let mut check = Check::default();
    check.positive("aht", handle_s, "180").not_negative("threshold", threshold_s, "20");
    if let Some(patience_s) = patience_s {
        check.positive("patience", patience_s, "120");
    }
    for (i, interval) in intervals.iter().enumerate() {
        check
            .positive(&format!("intervals[{i}].length_s"), interval.length_s, "1800")
            .not_negative(
                &format!("intervals[{i}].arrivals_per_s"),
                interval.arrivals_per_s,
                "0.1",
            );
    }
    check.done()?;
    let leaving = patience_s.map_or(0.0, |mean| 1.0 / mean);
    let mut chain = Chain { serving: 1.0 / handle_s, leaving, states: vec![1.0] };
    let mut passed = Vec::with_capacity(intervals.len());
    let mut work = 0.0;
    for (i, interval) in intervals.iter().enumerate() {
        let steps = chain.fastest(interval) * interval.length_s;
        let states = chain.states.len() as f64 + steps.min(STATES_MAX as f64);
        work += steps * states;
        if work > WORK_MAX {
            return refuse(
                &format!("intervals[{i}]"),
                "too_much_work",
                words!("brings the day to {} steps of computing.", work.round()),
                "Give shorter days or smaller lines; large lines settle within the interval anyway.",
            );
        }
        passed.push(chain.pass(interval, threshold_s));
    }
    Ok(passed)
}

struct Chain {
    /// Rate at which one agent finishes.
    serving: f64,
    /// Rate at which one who waits leaves.
    leaving: f64,
    /// Chance of each number of contacts in the line, from 0.
    states: Vec<f64>,
}

impl Chain {
    /// A rate that no state's own exceeds while the interval lasts.
    fn fastest(&self, interval: &Interval) -> f64 {
        // Even those who come without anybody leaving: eight deviations above their mean.
        let come = interval.arrivals_per_s * interval.length_s;
        let most =
            (self.states.len() as f64 + come + 8.0 * come.sqrt() + 20.0).min(STATES_MAX as f64);
        let agents = f64::from(interval.agents);
        interval.arrivals_per_s
            + agents.min(most) * self.serving
            + (most - agents).max(0.0) * self.leaving
    }

    fn waiting(&self, agents: u32) -> f64 {
        let agents = agents as usize;
        self.states.iter().enumerate().skip(agents).map(|(k, p)| (k - agents) as f64 * p).sum()
    }

    fn busy(&self, agents: u32) -> f64 {
        let agents = agents as usize;
        self.states.iter().enumerate().map(|(k, p)| k.min(agents) as f64 * p).sum()
    }

    /// Lets the interval pass: the distribution at its end, and means over it.
    ///
    /// Uniformisation (Jensen 1953): after a Poisson number of steps of a chain in discrete time. The
    /// mean over the interval weighs step k by the chance that more than k happen, over rate × length.
    fn pass(&mut self, interval: &Interval, threshold_s: f64) -> Passed {
        let rate = self.fastest(interval);
        let expected = rate * interval.length_s;
        let mut end = vec![0.0; self.states.len()];
        let mut mean = vec![0.0; self.states.len()];
        let mut step = 0_u64;
        let mut seen = 0.0;
        loop {
            let mass = poisson::ln_mass(step as f64, expected).exp();
            seen += mass;
            // Where nothing ever happens the interval is as it began.
            let more = if expected > 0.0 { (1.0 - seen).max(0.0) / expected } else { 1.0 };
            for (k, p) in self.states.iter().enumerate() {
                if k == end.len() {
                    end.push(0.0);
                    mean.push(0.0);
                }
                end[k] += mass * p;
                mean[k] += more * p;
            }
            if (step as f64 > expected && mass < TAIL * 1e-2) || expected == 0.0 {
                break;
            }
            self.step(interval, rate);
            step += 1;
        }
        normalise(&mut end);
        normalise(&mut mean);
        while end.len() > 1 && end.last().is_some_and(|p| *p < TAIL * 1e-3) {
            end.pop();
        }
        let over = Chain { states: mean, ..*self };
        self.states = end;
        let agents = interval.agents;
        let queue = over.waiting(agents);
        let comes = interval.arrivals_per_s > 0.0;
        let waits: f64 = over.states.iter().skip(agents as usize).sum();
        Passed {
            queue_at_end: self.waiting(agents),
            mean_queue_length: queue,
            p_wait: comes.then_some(waits),
            p_abandon: comes.then(|| self.leaving * queue / interval.arrivals_per_s),
            sl_offered: comes.then(|| over.answered_within(agents, threshold_s)),
            occupancy: (agents > 0).then(|| over.busy(agents) / f64::from(agents)),
        }
    }

    /// One step of the discrete chain.
    fn step(&mut self, interval: &Interval, rate: f64) {
        let agents = f64::from(interval.agents);
        let up = interval.arrivals_per_s / rate;
        let last = self.states.len() - 1;
        if up > 0.0 && self.states[last] > TAIL * 1e-3 && self.states.len() < STATES_MAX {
            self.states.push(0.0);
        }
        let top = self.states.len() - 1;
        let mut from_below = 0.0;
        let mut here = self.states[0];
        let mut down_here = 0.0;
        for k in 0..=top {
            let above = if k < top { self.states[k + 1] } else { 0.0 };
            let count = (k + 1) as f64;
            let down_above = (count.min(agents) * self.serving
                + (count - agents).max(0.0) * self.leaving)
                / rate;
            let up_here = if k < top { up } else { 0.0 };
            self.states[k] = from_below + here * (1.0 - up_here - down_here) + above * down_above;
            from_below = here * up_here;
            here = above;
            down_here = down_above;
        }
    }

    /// Share of arrivals into this distribution that are answered within the threshold. Whoever finds
    /// n + j is offered the sum of spans with rates nμ + iθ, i = 0..j; see `erlang::walk`.
    fn answered_within(&self, agents: u32, threshold_s: f64) -> f64 {
        let n = agents as usize;
        let at_once: f64 = self.states.iter().take(n).sum();
        if agents == 0 {
            return 0.0;
        }
        let serving = f64::from(agents) * self.serving;
        let (leaving, t) = (self.leaving, threshold_s);
        // By the logarithm, since in large lines exp(-nμT) is less than any number.
        let x = (-leaving * t).exp();
        let mut answered = 0.0;
        let mut ln_step = -(serving + leaving) * t;
        let mut late = ln_step.exp();
        for (j, p) in self.states.iter().skip(n).enumerate() {
            let count = j as f64;
            if j > 0 {
                let grow = if leaving > 0.0 {
                    (1.0 - x) * ((serving + leaving) / leaving + count - 1.0) / count
                } else {
                    serving * t / count
                };
                ln_step += grow.ln();
                late += ln_step.exp();
            }
            let served = serving / (serving + (count + 1.0) * leaving);
            answered += p * served * (1.0 - late).max(0.0);
        }
        at_once + answered
    }
}

fn normalise(chances: &mut [f64]) {
    let all: f64 = chances.iter().sum();
    if all > 0.0 {
        for chance in chances {
            *chance /= all;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Level, Line, Patience, Times};

    fn hours(rates: &[f64], agents: u32) -> Vec<Interval> {
        rates.iter().map(|r| Interval { length_s: 1800.0, arrivals_per_s: *r, agents }).collect()
    }

    #[test]
    fn a_long_even_day_settles_at_the_formulas() {
        for patience in [None, Some(150.0)] {
            let day = hours(&[0.1; 12], 20);
            let last = *follow(&day, 180.0, patience, 20.0).expect("valid").last().expect("12");
            let line = Line {
                arrivals_per_s: 0.1,
                handle_s: 180.0,
                agents: 20,
                waiting_places: None,
                patience: patience.map_or(Patience::Endless, |mean| {
                    Patience::Times(Times::exponential("patience", mean).expect("valid"))
                }),
            };
            let want = line.figures(20.0).expect("settles");
            for (got, want) in [
                (last.mean_queue_length, want.mean_queue_length),
                (last.p_wait.expect("they come"), want.p_wait),
                (last.p_abandon.expect("they come"), want.p_abandon),
                (last.sl_offered.expect("they come"), want.level(Level::Offered)),
                (last.occupancy.expect("they work"), want.occupancy),
            ] {
                assert!((got - want).abs() < 2e-4 * want.max(0.05), "{patience:?}: {got} {want}");
            }
        }
    }

    #[test]
    fn a_spike_leaves_its_queue_to_the_next_interval() {
        let day = hours(&[0.08, 0.14, 0.08, 0.08], 18);
        let passed = follow(&day, 180.0, Some(600.0), 20.0).expect("valid");
        let even = follow(&hours(&[0.08; 4], 18), 180.0, Some(600.0), 20.0).expect("valid");
        assert!(passed[1].queue_at_end > 10.0, "{passed:?}");
        let level = |passed: &[Passed], i: usize| passed[i].sl_offered.expect("they come");
        assert!(level(&passed, 2) < level(&even, 2) - 0.1, "{passed:?} {even:?}");
        assert!((level(&passed, 3) - level(&even, 3)).abs() < 0.02, "by then it is worked off");
    }

    #[test]
    fn without_agents_everybody_stays_until_they_leave() {
        let passed = follow(&hours(&[0.05], 0), 180.0, None, 20.0).expect("valid")[0];
        assert!((passed.queue_at_end - 90.0).abs() < 1e-6, "{passed:?}");
        assert_eq!((passed.sl_offered, passed.occupancy), (Some(0.0), None));
        // An M/M/∞ line of the leaving: λ/θ (1 - exp(-θ t)).
        let passed = follow(&hours(&[0.05], 0), 180.0, Some(300.0), 20.0).expect("valid")[0];
        let want = 15.0 * (1.0 - (-6.0_f64).exp());
        assert!((passed.queue_at_end - want).abs() < 1e-6, "{passed:?} {want}");
    }

    #[test]
    fn a_day_without_contacts_is_empty() {
        let passed = follow(&hours(&[0.0, 0.0], 3), 180.0, None, 20.0).expect("valid");
        assert_eq!(passed[1].queue_at_end, 0.0);
        assert_eq!((passed[1].p_wait, passed[1].occupancy), (None, Some(0.0)));
        let closed = follow(&hours(&[0.0], 0), 180.0, None, 20.0).expect("valid");
        assert_eq!(closed[0].queue_at_end, 0.0);
    }
}
