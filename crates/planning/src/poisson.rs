//! The Poisson distribution, exact in its relative error for means and counts in the millions.

use std::f64::consts::PI;

/// Logarithm of the probability of exactly `count` where `mean` are expected.
///
/// Loader's saddle-point form ("Fast and accurate computation of binomial probabilities", 2000):
/// `-mean + count ln mean - ln count!` loses all digits when both are large, its regrouping none.
pub(crate) fn ln_mass(count: f64, mean: f64) -> f64 {
    if count == 0.0 {
        return -mean;
    }
    if mean == 0.0 {
        return f64::NEG_INFINITY;
    }
    -stirling_error(count) - deviance(count, mean) - 0.5 * (2.0 * PI * count).ln()
}

/// Probability of fewer than `count`.
pub(crate) fn below(count: u64, mean: f64) -> f64 {
    if count == 0 {
        return 0.0;
    }
    let count = count as f64;
    if count <= mean {
        (ln_mass(count - 1.0, mean)).exp() * downward(count - 1.0, mean)
    } else {
        (1.0 - ln_mass(count, mean).exp() * upward(count, mean)).max(0.0)
    }
}

/// Probability of `count` or more.
#[cfg(test)]
pub(crate) fn at_least(count: u64, mean: f64) -> f64 {
    if count == 0 {
        return 1.0;
    }
    let count = count as f64;
    if count > mean {
        ln_mass(count, mean).exp() * upward(count, mean)
    } else {
        (1.0 - ln_mass(count - 1.0, mean).exp() * downward(count - 1.0, mean)).max(0.0)
    }
}

/// The least count that a share `p` of the draws does not exceed.
pub(crate) fn quantile(p: f64, mean: f64) -> u64 {
    let spread = mean.sqrt() + 1.0;
    let mut low = 0;
    let mut high = (mean + 8.0 * spread).ceil() as u64;
    while below(high + 1, mean) < p && high < (1 << 50) {
        high *= 2;
    }
    while low < high {
        let middle = low + (high - low) / 2;
        if below(middle + 1, mean) >= p { high = middle } else { low = middle + 1 }
    }
    low
}

/// `1 + k/m + k(k-1)/m² + …`: what is at or below `k`, in units of the mass at `k`. For `k < m`.
pub(crate) fn downward(k: f64, mean: f64) -> f64 {
    if k < 0.0 {
        return 0.0;
    }
    let (mut term, mut sum, mut at) = (1.0, 1.0, k);
    while at > 0.0 && term > sum * 1e-18 {
        term *= at / mean;
        sum += term;
        at -= 1.0;
    }
    sum
}

/// `1 + m/(k+1) + m²/((k+1)(k+2)) + …`: what is at or above `k`, in units of the mass at `k`.
fn upward(k: f64, mean: f64) -> f64 {
    let (mut term, mut sum, mut at) = (1.0, 1.0, k);
    while term > sum * 1e-18 {
        at += 1.0;
        term *= mean / at;
        sum += term;
    }
    sum
}

/// `ln n! - (n + 1/2) ln n + n - ln √(2π)`.
fn stirling_error(n: f64) -> f64 {
    if n < 16.0 {
        return libm::lgamma(n + 1.0) - (n + 0.5) * n.ln() + n - 0.5 * (2.0 * PI).ln();
    }
    let square = n * n;
    (1.0 / 12.0
        - (1.0 / 360.0
            - (1.0 / 1260.0 - (1.0 / 1680.0 - 1.0 / (1188.0 * square)) / square) / square)
            / square)
        / n
}

/// `x ln(x/m) + m - x`, without the cancellation near `x = m`.
fn deviance(x: f64, mean: f64) -> f64 {
    if (x - mean).abs() < 0.1 * (x + mean) {
        let v = (x - mean) / (x + mean);
        let mut sum = (x - mean) * v;
        let mut power = 2.0 * x * v;
        let square = v * v;
        let mut odd = 1.0;
        loop {
            power *= square;
            odd += 2.0;
            let next = sum + power / odd;
            if next == sum {
                return sum;
            }
            sum = next;
        }
    }
    x * (x / mean).ln() + mean - x
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_values() {
        // mpmath, 40 digits: (count, mean, mass, probability of fewer).
        for (count, mean, mass, fewer) in TABLE {
            let got = ln_mass(count as f64, mean).exp();
            assert!((got / mass - 1.0).abs() < 2e-13, "mass {count} {mean}: {got}");
            assert!((below(count, mean) / fewer - 1.0).abs() < 1e-12, "{count} {mean}");
            assert!((below(count, mean) + at_least(count, mean) - 1.0).abs() < 1e-14);
        }
    }

    #[test]
    fn the_quantile_is_the_least_count() {
        for mean in [0.01, 1.0, 7.5, 300.0, 1e6] {
            for p in [0.05, 0.5, 0.95, 0.999] {
                let at = quantile(p, mean);
                assert!(below(at + 1, mean) >= p, "{p} {mean}");
                assert!(at == 0 || below(at, mean) < p, "{p} {mean}");
            }
        }
    }

    #[rustfmt::skip]
    const TABLE: [(u64, f64, f64, f64); 5] = [
        (1, 0.01, 0.009900498337491681, 0.990049833749168),
        (5, 10.0, 0.03783327480207071, 0.029252688076961072),
        (120, 100.0, 0.005561064886513001, 0.9717696060351343),
        (900, 1000.0, 7.516954352125952e-5, 0.0006225977842750473),
        (1000500, 1000000.0, 0.0003519846452125921, 0.6913304518999975),
    ];
}
