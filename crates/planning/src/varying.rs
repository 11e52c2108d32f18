//! Load that varies in time: when the work of a busy hour really arrives at the desks.

use domain::Fault;

use crate::{check::Check, poisson, times::Times};

/// A stretch in which contacts come at one rate.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Stretch {
    /// Its length in seconds.
    pub length_s: f64,
    /// Contacts per second.
    pub arrivals_per_s: f64,
}

/// Erlangs offered at each of the instants `at_s`, counted from the start of the first stretch;
/// nobody came before it, nor after the last.
///
/// m(t) = ∫ λ(u) P(S > t - u) du, the mean number in service were agents without limit (M_t/G/∞;
/// Eick, Massey & Whitt 1993). Exact for rates that are constant in each stretch. It peaks later than
/// the arrivals do.
///
/// # Errors
/// When a length is not above 0 or a rate is below 0.
pub fn offered_loads(
    stretches: &[Stretch],
    handle: &Times,
    at_s: &[f64],
) -> Result<Vec<f64>, Vec<Fault>> {
    check(stretches)?;
    Ok(at_s.iter().map(|at| load_at(stretches, handle, *at)).collect())
}

/// Greatest load offered within each stretch, in erlangs: what the stretch is staffed for.
///
/// Looked for at its ends and at fifteen instants between.
///
/// # Errors
/// As [`offered_loads`].
pub fn peak_loads(stretches: &[Stretch], handle: &Times) -> Result<Vec<f64>, Vec<Fault>> {
    check(stretches)?;
    let mut from = 0.0;
    Ok(stretches
        .iter()
        .map(|stretch| {
            let peak = (0..=16)
                .map(|i| load_at(stretches, handle, from + stretch.length_s * f64::from(i) / 16.0))
                .fold(0.0, f64::max);
            from += stretch.length_s;
            peak
        })
        .collect())
}

/// Least agents with which at most this share waits, where as many leave the line as would be
/// answered (mean patience = mean handle time): the number in the system is then Poisson with the
/// offered load as its mean, at every instant (Feldman, Mandelbaum, Massey & Whitt 2008).
///
/// # Errors
/// When the load is below 0 or the share not between 0 and 1.
pub fn agents_for_delay(load_erlangs: f64, p_wait: f64) -> Result<u32, Vec<Fault>> {
    Check::default()
        .not_negative("offered_load_erlangs", load_erlangs, "48")
        .inner_share("p_wait", p_wait, "0.2")
        .done()?;
    // P(N >= s) <= p is P(N <= s - 1) >= 1 - p.
    let most = poisson::quantile(1.0 - p_wait, load_erlangs) + 1;
    Ok(u32::try_from(most).unwrap_or(u32::MAX))
}

/// The load of arrivals that swing around a level, `level + swing sin(frequency t)` per second, with
/// exponential handle times, long after the start; in erlangs (Eick, Massey & Whitt 1993):
/// m = L/μ + A (μ sin γt - γ cos γt) / (μ² + γ²).
pub fn swinging_load(level: f64, swing: f64, frequency: f64, handle_s: f64, at_s: f64) -> f64 {
    let rate = 1.0 / handle_s;
    let (sin, cos) = (frequency * at_s).sin_cos();
    level * handle_s
        + swing * (rate * sin - frequency * cos) / (rate * rate + frequency * frequency)
}

fn check(stretches: &[Stretch]) -> Result<(), Vec<Fault>> {
    let mut check = Check::default();
    for (i, stretch) in stretches.iter().enumerate() {
        check.positive(&format!("stretches[{i}].length_s"), stretch.length_s, "1800").not_negative(
            &format!("stretches[{i}].arrivals_per_s"),
            stretch.arrivals_per_s,
            "0.1",
        );
    }
    check.done()
}

fn load_at(stretches: &[Stretch], handle: &Times, at: f64) -> f64 {
    let mut from = 0.0;
    let mut load = 0.0;
    for stretch in stretches {
        if from >= at {
            break;
        }
        let until = (from + stretch.length_s).min(at);
        // Who came in this stretch is still being served with the mean share of longer spans.
        load += stretch.arrivals_per_s
            * (handle.mean_within(at - from) - handle.mean_within(at - until)).max(0.0);
        from += stretch.length_s;
    }
    load
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_constant_rate_settles_at_its_load_whatever_the_shape() {
        for shape in ["exponential", "deterministic", "lognormal", "erlang2"] {
            let handle = Times::new("aht", 180.0, shape.parse().expect("a shape")).expect("valid");
            let day = [Stretch { length_s: 36_000.0, arrivals_per_s: 0.1 }];
            let loads = offered_loads(&day, &handle, &[0.0, 60.0, 30_000.0]).expect("valid");
            assert_eq!(loads[0], 0.0);
            assert!(loads[1] < 6.000_001 && (loads[2] - 18.0).abs() < 1e-4, "{shape} {loads:?}");
        }
    }

    #[test]
    fn fine_steps_come_to_the_swinging_load() {
        // The base case of Feldman et al. 2008 in hours, here in seconds: 100 + 20 sin t.
        let step = 1.0;
        let stretches: Vec<Stretch> = (0..60_000)
            .map(|i| {
                let t = (f64::from(i) + 0.5) * step / 3600.0;
                let arrivals_per_s = (100.0 + 20.0 * t.sin()) / 3600.0;
                Stretch { length_s: step, arrivals_per_s }
            })
            .collect();
        let handle = Times::exponential("aht", 3600.0).expect("valid");
        for at in [40_000.0, 47_123.0, 59_000.0] {
            let got = offered_loads(&stretches, &handle, &[at]).expect("valid")[0];
            let want = swinging_load(100.0 / 3600.0, 20.0 / 3600.0, 1.0 / 3600.0, 3600.0, at);
            // What came before the first stretch is missing: exp(-11) of it at the first instant.
            assert!((got - want).abs() < 3e-3, "{at}: {got} {want}");
        }
    }

    #[test]
    fn the_peak_comes_after_the_arrivals_peak() {
        let rates = [0.1, 0.1, 0.4, 0.1, 0.1];
        let day = rates.map(|arrivals_per_s| Stretch { length_s: 900.0, arrivals_per_s });
        let handle = Times::exponential("aht", 900.0).expect("valid");
        let peaks = peak_loads(&day, &handle).expect("valid");
        assert!(peaks[3] > 1.5 * peaks[1], "the work of the busy stretch goes on: {peaks:?}");
        assert!(peaks[2] < 360.0, "and is not all there within it: {peaks:?}");
    }

    #[test]
    fn agents_for_delay_are_the_least() {
        for (load, share) in [(0.0, 0.5), (100.0, 0.1), (120.0, 0.5), (1e5, 0.01)] {
            let agents = agents_for_delay(load, share).expect("valid");
            assert!(poisson::at_least(u64::from(agents), load) <= share + 1e-12);
            if agents > 1 {
                assert!(poisson::at_least(u64::from(agents) - 1, load) > share, "{load} {share}");
            }
        }
    }
}
