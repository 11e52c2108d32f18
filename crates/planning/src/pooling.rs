//! What several lines gain from being one, and how much slower the agents may become before the
//! gain is gone.

use domain::Fault;

use crate::{
    check::Check,
    patience::Patience,
    staffing::{Demand, Target, staff},
};

/// A comparison of several lines with the one that they would make together.
#[derive(Clone, Debug, PartialEq)]
pub struct Pooling {
    /// Agents that each line needs alone.
    pub separate: Vec<u32>,
    /// Agents that all need together.
    pub pooled: u32,
    /// Share of the agents that pooling saves; below 0 where it costs some.
    pub gain: f64,
    /// By this share the handle times may grow before pooling needs as many agents as the lines
    /// apart: agents who serve everybody know each client less well. 0 where there is no gain, and at
    /// most [`PENALTY_MAX`].
    pub break_even_penalty: f64,
}

/// Greatest growth of handle times that is looked at: a hundredfold.
pub const PENALTY_MAX: f64 = 99.0;

/// Compares lines under one target. The pool's handle time is the mean over contacts, as exponential;
/// where handle times are very unlike, only a simulation tells more.
///
/// # Errors
/// When there are fewer than two lines, or one of them cannot be staffed.
pub fn pooling(lines: &[Demand], target: &Target) -> Result<Pooling, Vec<Fault>> {
    if lines.len() < 2 {
        let mut check = Check::default();
        check.fault("lines", "too_few_lines", "are fewer than two.", "Give at least two lines.");
        check.done()?;
    }
    let mut separate = Vec::with_capacity(lines.len());
    for line in lines {
        separate.push(staff(line, target, 0.0)?.required_agents);
    }
    let all = separate.iter().sum::<u32>();
    let rate: f64 = lines.iter().map(|line| line.arrivals_per_s).sum();
    let load: f64 = lines.iter().map(Demand::load_erlangs).sum();
    let patience = pooled_patience(lines, rate);
    let with_penalty = |penalty: f64| Demand {
        arrivals_per_s: rate,
        handle_s: load / rate * (1.0 + penalty),
        waiting_places: lines
            .iter()
            .try_fold(0_u32, |sum, line| Some(sum.saturating_add(line.waiting_places?))),
        patience,
    };
    let needed = |penalty: f64| {
        staff(&with_penalty(penalty), target, 0.0).map(|staffing| staffing.required_agents)
    };
    let pooled = needed(0.0)?;
    let mut break_even_penalty = 0.0;
    if pooled <= all {
        // Beyond what can be staffed at all, it needs more as well.
        let worth = |penalty: f64| needed(penalty).is_ok_and(|agents| agents <= all);
        let (mut low, mut high) = (0.0, PENALTY_MAX);
        if worth(high) {
            low = high;
        }
        while high - low > 1e-6 {
            let middle = 0.5 * (low + high);
            if worth(middle) { low = middle } else { high = middle }
        }
        break_even_penalty = low;
    }
    let gain = 1.0 - f64::from(pooled) / f64::from(all);
    Ok(Pooling { separate, pooled, gain, break_even_penalty })
}

/// The first line's shape with the mean over all contacts; endless where anybody's is.
fn pooled_patience(lines: &[Demand], rate: f64) -> Patience {
    let mut mean_s = 0.0;
    for line in lines {
        match line.patience {
            Patience::Endless => return Patience::Endless,
            Patience::Times(times) => mean_s += times.mean_s() * line.arrivals_per_s / rate,
        }
    }
    match lines.first().map(|line| line.patience) {
        Some(Patience::Times(times)) => Patience::Times(times.scaled(mean_s / times.mean_s())),
        _ => Patience::Endless,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Computed apart, with exact Erlang C, 300 s and 80/20: agents separate and pooled, and the growth in percent.
    #[test]
    fn the_gain_falls_with_scale() {
        for (lines, load, separate, pooled, penalty) in [
            (5, 10.0, 70, 57, 26),
            (10, 3.0, 60, 36, 77),
            (100, 0.5, 200, 57, 274),
            (2, 100.0, 216, 210, 3),
        ] {
            let demand = Demand {
                arrivals_per_s: load / 300.0,
                handle_s: 300.0,
                waiting_places: None,
                patience: Patience::Endless,
            };
            let got = pooling(&vec![demand; lines], &Target::level(0.8, 20.0)).expect("staffable");
            assert_eq!(got.separate.iter().sum::<u32>(), separate, "{lines} × {load}");
            assert_eq!(got.pooled, pooled, "{lines} × {load}");
            let percent = (got.break_even_penalty * 100.0).round();
            assert_eq!(percent, f64::from(penalty), "{lines} × {load}");
        }
    }

    #[test]
    fn one_line_cannot_be_pooled() {
        let faults = pooling(&[], &Target::level(0.8, 20.0)).expect_err("nothing to pool");
        assert_eq!(faults[0].field, "lines");
    }
}
