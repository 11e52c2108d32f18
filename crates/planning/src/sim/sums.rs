//! What is counted, in whole numbers; and what follows from it, with its interval.
//!
//! Sums are counts and microseconds. They add up exactly and in any order, so the same seed gives the
//! same bytes on any number of cores, and clients sum to the whole.

use figures::ServiceLevelCounts;
use serde::Serialize;

use super::student::quantile_975;

/// What is counted of a client or a group in one stretch of one replication.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Sums {
    /// Came to the door.
    pub arrived: u64,
    /// Closed, queue full.
    pub turned_away: u64,
    /// Left before the hours began.
    pub left_before_opening: u64,
    /// Asked to be called back.
    pub callbacks: u64,
    /// Tried again after giving up; part of `arrived`.
    pub retries: u64,
    /// Neither answered nor gone when the run was over.
    pub unfinished: u64,
    /// Answered and abandoned, as figures count them.
    pub level: ServiceLevelCounts,
    /// Of them those for whom nobody was free at once.
    pub waited: u64,
    pub wait_answered_us: u64,
    pub wait_abandoned_us: u64,
    /// Agents' parts that are over, and their talk, hold and wrap-up.
    pub parts: u64,
    pub handle_us: u64,
    /// Waiting contacts × time, cut at the bounds of the stretch.
    pub queue_us: u64,
    /// Agents' time at work, and available; cut at the bounds.
    pub worked_us: u64,
    pub available_us: u64,
    /// Length of the stretch.
    pub window_us: u64,
}

impl Sums {
    pub fn add(&mut self, other: &Self) {
        macro_rules! sum {
            ($($field:ident)*) => {$( self.$field += other.$field; )*};
        }
        sum! {
            arrived turned_away left_before_opening callbacks retries unfinished waited
            wait_answered_us wait_abandoned_us parts handle_us queue_us worked_us available_us
        }
        self.level.merge(&other.level);
    }

    /// Arrived and neither turned away nor gone before the opening.
    pub fn offered(&self) -> u64 {
        self.arrived.saturating_sub(self.turned_away + self.left_before_opening)
    }

    /// A and B of the service level together.
    fn ended(&self) -> u64 {
        self.level.answered + self.level.abandoned
    }
}

/// A figure with its 95 % interval: the true value lies within `mean ± half_width_95` in 95 of 100
/// such runs. `None` where nothing is to be divided, or where one stretch tells no spread.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Estimate {
    /// The estimate.
    pub mean: Option<f64>,
    /// Half of the width of the interval.
    pub half_width_95: Option<f64>,
}

/// The figures of a client, a group or all. Seconds and shares; every one counts contacts in the
/// stretch of their arrival.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
#[allow(non_snake_case)] // `T` is the threshold, as in the glossary
pub struct Figures {
    /// Contacts offered per second × mean handle.
    pub offered_load_erlangs: Estimate,
    /// Share of A + B for whom nobody was free at once.
    pub p_wait: Estimate,
    /// B / (A + B).
    pub p_abandon: Estimate,
    /// Mean wait of A + B.
    pub mean_wait_all: Estimate,
    /// Mean wait of A.
    pub asa_served: Estimate,
    /// Mean wait of B.
    pub mean_wait_abandoned: Estimate,
    /// A within T / (A + B).
    pub sl_offered: Estimate,
    /// A within T / (A + B after T).
    pub sl_excl_short_abandons: Estimate,
    /// A within T / A.
    pub sl_of_answered: Estimate,
    /// (A within T + B within T) / (A + B).
    pub sl_or_abandoned_within_T: Estimate,
    /// Mean of contacts waiting over time.
    pub mean_queue_length: Estimate,
    /// Work / (work + available).
    pub occupancy: Estimate,
}

/// Counts behind the figures, over all replications.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[allow(missing_docs)] // named as in the glossary
pub struct Counts {
    pub arrived: u64,
    pub answered: u64,
    pub abandoned: u64,
    pub turned_away: u64,
    pub left_before_opening: u64,
    pub callbacks: u64,
    /// Of the arrived, those who had given up before.
    pub retries: u64,
    /// Neither answered nor gone when the run was over: in no figure.
    pub unfinished: u64,
}

/// A ratio of two sums over stretches, and what each stretch does to it: the linear part of the
/// ratio (delta method), which sums to nothing.
struct Ratio {
    value: f64,
    influence: Vec<f64>,
}

fn ratio(stretches: &[Sums], of: impl Fn(&Sums) -> (u64, u64)) -> Option<Ratio> {
    let (part, whole) =
        stretches.iter().map(&of).fold((0u64, 0u64), |(a, b), (x, y)| (a + x, b + y));
    if whole == 0 {
        return None;
    }
    let value = part as f64 / whole as f64;
    let mean_whole = whole as f64 / stretches.len() as f64;
    let influence = stretches.iter().map(|sums| {
        let (x, y) = of(sums);
        (x as f64 - value * y as f64) / mean_whole
    });
    Some(Ratio { value, influence: influence.collect() })
}

impl Ratio {
    fn times(self, other: &Self) -> Self {
        let both = self.influence.iter().zip(&other.influence);
        let influence = both.map(|(a, b)| a * other.value + b * self.value).collect();
        Self { value: self.value * other.value, influence }
    }

    /// A share, or a ratio of like units.
    fn plain(self) -> Estimate {
        self.scaled(1.0)
    }

    /// Microseconds shown in seconds.
    fn seconds(self) -> Estimate {
        self.scaled(1e-6)
    }

    fn scaled(self, by: f64) -> Estimate {
        let n = self.influence.len();
        let half_width = (n > 1).then(|| {
            let squares: f64 = self.influence.iter().map(|x| x * x).sum();
            quantile_975(n - 1) * (squares / ((n - 1) as f64 * n as f64)).sqrt() * by
        });
        Estimate { mean: Some(self.value * by), half_width_95: half_width }
    }
}

fn plain(ratio: Option<Ratio>) -> Estimate {
    ratio.map(Ratio::plain).unwrap_or_default()
}

fn seconds(ratio: Option<Ratio>) -> Estimate {
    ratio.map(Ratio::seconds).unwrap_or_default()
}

/// The load that these stretches of one client bring.
fn load(stretches: &[Sums]) -> Option<Ratio> {
    let rate = ratio(stretches, |sums| (sums.offered(), sums.window_us))?;
    Some(rate.times(&ratio(stretches, |sums| (sums.handle_us, sums.parts))?))
}

/// The figures over stretches that are alike: replications, or batches of one.
pub(crate) fn figures(stretches: &[Sums]) -> Figures {
    Figures { offered_load_erlangs: plain(load(stretches)), ..all_but_load(stretches) }
}

/// The figures of all clients together: loads add up, whatever their handle times.
pub(crate) fn figures_of_all(all: &[Sums], by_client: &[Vec<Sums>]) -> Figures {
    let mut sum: Option<Ratio> = None;
    for load in by_client.iter().filter_map(|stretches| load(stretches)) {
        sum = Some(match sum {
            None => load,
            Some(mut sum) => {
                sum.value += load.value;
                for (to, from) in sum.influence.iter_mut().zip(&load.influence) {
                    *to += from;
                }
                sum
            }
        });
    }
    Figures { offered_load_erlangs: plain(sum), ..all_but_load(all) }
}

fn all_but_load(stretches: &[Sums]) -> Figures {
    let of = |of: fn(&Sums) -> (u64, u64)| ratio(stretches, of);
    Figures {
        offered_load_erlangs: Estimate::default(),
        p_wait: plain(of(|s| (s.waited, s.ended()))),
        p_abandon: plain(of(|s| (s.level.abandoned, s.ended()))),
        mean_wait_all: seconds(of(|s| (s.wait_answered_us + s.wait_abandoned_us, s.ended()))),
        asa_served: seconds(of(|s| (s.wait_answered_us, s.level.answered))),
        mean_wait_abandoned: seconds(of(|s| (s.wait_abandoned_us, s.level.abandoned))),
        sl_offered: plain(of(|s| (s.level.answered_in_time, s.ended()))),
        sl_excl_short_abandons: plain(of(|s| {
            (s.level.answered_in_time, s.ended() - s.level.abandoned_in_time)
        })),
        sl_of_answered: plain(of(|s| (s.level.answered_in_time, s.level.answered))),
        sl_or_abandoned_within_T: plain(of(|s| {
            (s.level.answered_in_time + s.level.abandoned_in_time, s.ended())
        })),
        mean_queue_length: plain(of(|s| (s.queue_us, s.window_us))),
        occupancy: plain(of(|s| (s.worked_us, s.worked_us + s.available_us))),
    }
}

/// The figures of a group's answers: nobody abandons a group, and no queue is its own.
pub(crate) fn figures_of_group(stretches: &[Sums]) -> Figures {
    let none = Estimate::default();
    let handle = ratio(stretches, |sums| (sums.handle_us, sums.window_us));
    Figures {
        // What it was given to do.
        offered_load_erlangs: plain(handle),
        p_abandon: none,
        mean_wait_abandoned: none,
        sl_offered: none,
        sl_excl_short_abandons: none,
        sl_or_abandoned_within_T: none,
        mean_queue_length: none,
        mean_wait_all: none,
        ..all_but_load(stretches)
    }
}

/// The service level by the formula of the contract.
pub(crate) fn level(
    stretches: &[Sums],
    formula: domain::contract::ServiceLevelFormula,
) -> Estimate {
    plain(ratio(stretches, |sums| {
        sums.level.level(formula).map_or((0, 0), |share| (share.part, share.whole))
    }))
}

/// The counts over stretches.
pub(crate) fn counts(stretches: &[Sums]) -> Counts {
    let mut sum = Sums::default();
    for stretch in stretches {
        sum.add(stretch);
    }
    Counts {
        arrived: sum.arrived,
        answered: sum.level.answered,
        abandoned: sum.level.abandoned,
        turned_away: sum.turned_away,
        left_before_opening: sum.left_before_opening,
        callbacks: sum.callbacks,
        retries: sum.retries,
        unfinished: sum.unfinished,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ratio_has_the_interval_of_its_stretches() {
        let stretch = |abandoned, answered| Sums {
            level: ServiceLevelCounts { abandoned, answered, ..Default::default() },
            window_us: 1,
            ..Sums::default()
        };
        let of = figures(&[stretch(1, 9), stretch(3, 17), stretch(2, 8)]);
        // By hand: 6 of 40; deviations -0.5, 0, 0.5 of a mean of 40/3; t with 2 degrees is 4.3027.
        let sd = (2.0 * (0.5f64 / (40.0 / 3.0)).powi(2) / 6.0).sqrt();
        let got = of.p_abandon;
        assert_eq!(got.mean, Some(0.15));
        assert!((got.half_width_95.unwrap_or(0.0) - 4.302_652_73 * sd).abs() < 1e-9, "{got:?}");
        assert_eq!(of.mean_wait_abandoned.mean, Some(0.0));
        assert_eq!(figures(&[stretch(0, 1)]).p_wait.half_width_95, None);
        assert_eq!(figures(&[]).p_wait, Estimate::default());
    }
}
