//! The standard normal distribution.

use std::f64::consts::{FRAC_1_SQRT_2, PI};

/// Density.
pub(crate) fn density(x: f64) -> f64 {
    (-0.5 * x * x).exp() / (2.0 * PI).sqrt()
}

/// Probability of at most `x`, exact in its relative error far out in the lower tail too.
pub(crate) fn below(x: f64) -> f64 {
    0.5 * libm::erfc(-x * FRAC_1_SQRT_2)
}

/// Probability of more than `x`.
pub(crate) fn above(x: f64) -> f64 {
    below(-x)
}

/// Hazard: density over the probability of more.
pub(crate) fn hazard(x: f64) -> f64 {
    if x > 30.0 {
        // Mills' ratio, far where both density and tail underflow.
        return x + 1.0 / (x + 2.0 / (x + 3.0 / x));
    }
    density(x) / above(x)
}

/// The value that a share `p` of the draws does not exceed; `p` strictly between 0 and 1.
pub(crate) fn quantile(p: f64) -> f64 {
    let (mut low, mut high) = (-40.0, 40.0);
    // Halving to the last bit: called for a handful of shares, so its speed does not matter.
    for _ in 0..100 {
        let middle = 0.5 * (low + high);
        if below(middle) < p { low = middle } else { high = middle }
    }
    0.5 * (low + high)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_values() {
        // mpmath, 40 digits.
        for (x, want) in [
            (0.0, 0.5),
            (1.0, 0.8413447460685429),
            (-5.0, 2.866515718791939e-7),
            (-12.0, 1.7764821120776787e-33),
        ] {
            assert!((below(x) / want - 1.0).abs() < 1e-13, "{x}: {}", below(x));
        }
        assert!((quantile(0.95) - 1.6448536269514726).abs() < 1e-12);
        assert!((quantile(0.05) + 1.6448536269514726).abs() < 1e-12);
    }

    #[test]
    fn the_hazard_is_continuous_where_its_formula_changes() {
        let (before, after) = (hazard(29.999_999_9), hazard(30.000_000_1));
        assert!((after / before - 1.0).abs() < 1e-7, "{before} {after}");
    }
}
