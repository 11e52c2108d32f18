//! How long something lasts.

use super::stream::Draws;

/// A distribution of spans, in seconds.
#[derive(Clone, Debug, PartialEq)]
pub enum Distribution {
    /// Always the same.
    Deterministic(f64),
    /// Exponential with this mean.
    Exponential(f64),
    /// The sum of `k` exponentials, with this mean.
    Erlang {
        /// How many.
        k: u32,
        /// Mean of the sum.
        mean: f64,
    },
    /// Lognormal with this mean and coefficient of variation.
    Lognormal {
        /// Mean.
        mean: f64,
        /// Standard deviation / mean.
        cv: f64,
    },
    /// Uniform between two bounds.
    Uniform {
        /// Least.
        from: f64,
        /// Most.
        until: f64,
    },
    /// One of these values, each as likely.
    Empirical(Vec<f64>),
}

impl Distribution {
    /// One span in seconds.
    pub(crate) fn sample(&self, draws: &mut Draws) -> f64 {
        match self {
            Self::Deterministic(value) => *value,
            Self::Exponential(mean) => mean * draws.exponential(),
            Self::Erlang { k, mean } => {
                // One logarithm of a product for up to 16 draws: the product of 16 numbers that are
                // at least 2^-54 stays above the smallest double.
                let (mut sum, mut left) = (0.0, *k);
                while left > 0 {
                    let now = left.min(16);
                    sum -= (0..now).map(|_| draws.unit()).product::<f64>().ln();
                    left -= now;
                }
                mean * sum / f64::from(*k)
            }
            Self::Lognormal { mean, cv } => {
                let variance = (cv * cv).ln_1p();
                mean * (variance.sqrt() * draws.normal() - variance / 2.0).exp()
            }
            Self::Uniform { from, until } => from + (until - from) * draws.unit(),
            Self::Empirical(values) => {
                let at = (draws.unit() * values.len() as f64) as usize;
                values.get(at).copied().unwrap_or_default()
            }
        }
    }

    /// Its mean in seconds.
    pub fn mean(&self) -> f64 {
        match self {
            Self::Deterministic(value) => *value,
            Self::Exponential(mean) | Self::Erlang { mean, .. } | Self::Lognormal { mean, .. } => {
                *mean
            }
            Self::Uniform { from, until } => (from + until) / 2.0,
            Self::Empirical(values) => values.iter().sum::<f64>() / values.len().max(1) as f64,
        }
    }
}

/// Whole microseconds, at most a hundred years.
pub(crate) fn micros(seconds: f64) -> i64 {
    // Half up by hand: it is never negative, and `round` is a call into the library.
    (seconds.clamp(0.0, 3.2e9) * 1e6 + 0.5) as i64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::stream::{Purpose, Stream};

    #[test]
    fn samples_have_the_mean_and_the_spread_of_their_distribution() {
        let stream = Stream::of(3, 0, Purpose::Talk, 0);
        let n = 200_000;
        for (distribution, cv) in [
            (Distribution::Deterministic(30.0), 0.0),
            (Distribution::Exponential(240.0), 1.0),
            (Distribution::Erlang { k: 4, mean: 90.0 }, 0.5),
            (Distribution::Erlang { k: 25, mean: 90.0 }, 0.2),
            (Distribution::Lognormal { mean: 180.0, cv: 1.5 }, 1.5),
            (Distribution::Uniform { from: 60.0, until: 120.0 }, 60.0 / 12f64.sqrt() / 90.0),
            (Distribution::Empirical(vec![10.0, 20.0, 60.0]), (1400.0f64 / 3.0).sqrt() / 30.0),
        ] {
            let all: Vec<f64> = (0..n).map(|i| distribution.sample(&mut stream.at(i))).collect();
            let mean = all.iter().sum::<f64>() / n as f64;
            let variance = all.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / n as f64;
            let error = 5.0 * distribution.mean() * cv / (n as f64).sqrt() + 1e-9;
            assert!((mean - distribution.mean()).abs() < error, "{distribution:?}: mean {mean}");
            assert!((variance.sqrt() / mean - cv).abs() < 0.04 * cv + 1e-9, "{distribution:?}");
        }
    }

    #[test]
    fn spans_are_whole_microseconds_and_never_negative_or_endless() {
        for (seconds, us) in [(0.0, 0), (1.5e-6, 2), (20.0, 20_000_000), (-1.0, 0)] {
            assert_eq!(micros(seconds), us);
        }
        assert_eq!(micros(f64::MAX), 3_200_000_000_000_000);
    }
}
