//! Lines with any patience and any number of waiting places, by exact integrals.
//!
//! Let G be the share still patient after x and H its integral. In M/M/n+G the wait that an arrival
//! is offered has the density λ p(n-1) exp(λ H(x) - nμ x) (Baccelli & Hebuterne 1981; Zeltyn &
//! Mandelbaum, "Call centers with impatient customers", Queueing Systems 51, 2005). Written out by
//! the number waiting, the term of j is (λ H)ʲ/j! (Brandt & Brandt, "On the M(n)/M(n)/s queue with
//! impatient calls", Performance Evaluation 35, 1999), so with K waiting places the series simply
//! ends: whoever is taken finds 0 to K-1 waiting, and j = K are turned away.

use crate::{
    patience::Patience,
    poisson,
    quadrature::{LogConcave, Precision, Support, integrate},
};

use super::{Line, Parts, loss};

/// The density of the wait offered to those who are taken, beside the chance of a full house with
/// none waiting, without its constant nμ.
struct Offered<'a> {
    line: &'a Line,
    serving: f64,
}

/// The same for those who find every waiting place taken.
struct Full<'a>(Offered<'a>, f64);

impl Offered<'_> {
    /// Expected arrivals that are still patient when `x` seconds have passed.
    fn expected(&self, x: f64) -> f64 {
        self.line.arrivals_per_s * self.line.patience.mean_within(x)
    }
}

impl LogConcave for Offered<'_> {
    fn ln(&self, x: f64) -> f64 {
        let expected = self.expected(x);
        expected - self.serving * x
            + self.line.waiting_places.map_or(0.0, |k| ln_fewer(k, expected))
    }

    fn slope(&self, x: f64) -> f64 {
        let grow = self.line.arrivals_per_s * self.line.patience.longer_than(x);
        let kept = self.line.waiting_places.map_or(1.0, |k| 1.0 - last_share(k, self.expected(x)));
        grow * kept - self.serving
    }
}

impl LogConcave for Full<'_> {
    fn ln(&self, x: f64) -> f64 {
        let expected = self.0.expected(x);
        if expected <= 0.0 {
            return -1e300;
        }
        expected - self.0.serving * x + poisson::ln_mass(self.1, expected)
    }

    fn slope(&self, x: f64) -> f64 {
        let line = self.0.line;
        let patient = line.patience.longer_than(x);
        if x <= 0.0 {
            return f64::INFINITY;
        }
        self.1 * patient / line.patience.mean_within(x) - self.0.serving
    }
}

/// Logarithm of the probability of fewer than `count` where `expected` are expected.
fn ln_fewer(count: u32, expected: f64) -> f64 {
    let last = f64::from(count) - 1.0;
    if f64::from(count) > expected {
        return poisson::below(u64::from(count), expected).ln();
    }
    poisson::ln_mass(last, expected) + poisson::downward(last, expected).ln()
}

/// Share that the last term has in that probability.
fn last_share(count: u32, expected: f64) -> f64 {
    let last = f64::from(count) - 1.0;
    if expected <= 0.0 {
        return f64::from(u8::from(count == 1));
    }
    if f64::from(count) > expected {
        return poisson::ln_mass(last, expected).exp() / poisson::below(u64::from(count), expected);
    }
    1.0 / poisson::downward(last, expected)
}

/// Exact figures of a line that does not grow without bound: it has finite places, patience, or less
/// load than agents.
pub(super) fn parts(line: &Line, threshold_s: f64) -> Parts {
    let serving = f64::from(line.agents) / line.handle_s;
    let idle = loss::reciprocal(line.load_erlangs(), line.agents) - 1.0;
    if line.waiting_places == Some(0) {
        let blocked = 1.0 / (idle + 1.0);
        return Parts { blocked, served_in_time: 1.0 - blocked, ..Parts::default() };
    }
    let offered = Offered { line, serving };
    let support = Support::of(&offered, line.handle_s / f64::from(line.agents));
    let [until, after] = sums(&offered, support, threshold_s);
    let both = |i: usize| until[i] + after[i];

    // Everything is in units of the chance of a full house with none waiting, times exp(peak).
    let unit = (-support.peak).exp();
    let turned_away = line.waiting_places.map_or(0.0, |k| {
        serving * full(Full(Offered { line, serving }, f64::from(k)), line, support.peak)
    });
    // Where agents are idle nearly always the reciprocal overflows, and nobody waits.
    let idle = if idle.is_finite() { idle * unit } else { f64::INFINITY };
    let all = idle + serving * both(0) + turned_away;
    let share = |sum: f64| if all.is_finite() { serving * sum / all } else { 0.0 };
    let at_once = if all.is_finite() { idle / all } else { 1.0 };
    let impatient_at_threshold = 1.0 - line.patience.longer_than(threshold_s);
    Parts {
        blocked: if all.is_finite() { turned_away / all } else { 0.0 },
        waiting: share(both(0)),
        abandoned: share(both(4)),
        wait_sum: share(both(3)),
        wait_of_served: share(both(2)),
        wait_of_abandoned: share(both(5)),
        served_in_time: at_once + share(until[1]),
        abandoned_in_time: share(until[4] + impatient_at_threshold * after[0]),
        served_after_waiting: share(both(1)),
    }
}

/// For offered waits up to the threshold and after it: all, the served, the wait of the served, the
/// wait of all, the abandoned, the wait of the abandoned.
fn sums(offered: &Offered<'_>, support: Support, threshold_s: f64) -> [[f64; 6]; 2] {
    let patience = &offered.line.patience;
    let values = |x: f64| {
        let w = (offered.ln(x) - support.peak).exp();
        let patient = patience.longer_than(x);
        let within = patience.mean_within(x);
        [
            w,
            w * patient,
            w * patient * x,
            w * within,
            w * (1.0 - patient),
            w * (within - x * patient).max(0.0),
        ]
    };
    let mut cuts = vec![support.low, support.mode, support.high, threshold_s];
    cuts.extend(patience.kinks());
    cuts.retain(|cut| (support.low..=support.high).contains(cut));
    cuts.sort_by(f64::total_cmp);
    let precision =
        Precision { relative: rounding(offered, support), noise_of: [0, 1, 2, 3, 0, 3] };
    let mut sums = [[0.0; 6]; 2];
    for pair in cuts.windows(2) {
        let [from, until] = pair else { continue };
        let side = &mut sums[usize::from(*from >= threshold_s)];
        for (sum, more) in side.iter_mut().zip(integrate(*from, *until, precision, &values)) {
            *sum += more;
        }
    }
    sums
}

/// The relative rounding of a density whose logarithm is a difference of terms this large.
fn rounding(offered: &Offered<'_>, support: Support) -> f64 {
    (4e-16 * offered.serving * support.high).max(1e-12)
}

/// The integral over those who find every place taken, scaled by `exp(-peak)`.
fn full(density: Full<'_>, line: &Line, peak: f64) -> f64 {
    let support = Support::of(&density, line.handle_s / f64::from(line.agents));
    let values = |x: f64| [(density.ln(x) - support.peak).exp()];
    let mut cuts = vec![support.low, support.mode, support.high];
    cuts.extend(line.patience.kinks());
    cuts.retain(|cut| (support.low..=support.high).contains(cut));
    cuts.sort_by(f64::total_cmp);
    let precision = Precision { relative: rounding(&density.0, support), noise_of: [0] };
    let sum: f64 =
        cuts.windows(2).map(|pair| integrate(pair[0], pair[1], precision, &values)[0]).sum();
    sum * (support.peak - peak).exp()
}

/// Whether a line settles at all: nobody would wait for ever.
pub(super) fn settles(line: &Line) -> bool {
    line.waiting_places.is_some()
        || line.load_erlangs() < f64::from(line.agents)
        || !matches!(line.patience, Patience::Endless)
}
