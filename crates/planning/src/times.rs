//! Distributions of spans: patience and handle times.

use std::str::FromStr;

use domain::{Fault, words};

use crate::{check::Check, normal};

/// The shape of a distribution of spans, whatever its mean.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Shape {
    /// Memoryless; coefficient of variation 1.
    Exponential,
    /// Always the mean.
    Deterministic,
    /// Even between 0 and twice the mean.
    Uniform,
    /// The sum of so many equal exponential stages; coefficient of variation `1/√stages`.
    Erlang(u32),
    /// Its logarithm is normal; what handle times mostly look like.
    Lognormal {
        /// Coefficient of variation: standard deviation over mean.
        cv: f64,
    },
    /// Two kinds of people, each exponential, with balanced means: many short, some long.
    Hyperexponential {
        /// Coefficient of variation, above 1.
        cv: f64,
    },
}

/// What is understood where a shape is asked for.
pub const SHAPES: &str = "exponential, deterministic, uniform, erlang2 (to erlang100), lognormal or \
                          lognormal:1.5, hyperexponential or hyperexponential:2 (the number is the \
                          coefficient of variation)";

const STAGES_MAX: u32 = 100;
const CV_MAX: f64 = 100.0;

impl FromStr for Shape {
    type Err = Fault;

    fn from_str(text: &str) -> Result<Self, Fault> {
        let (name, cv) = match text.split_once(':') {
            Some((name, cv)) => (name, cv.parse().ok().filter(|cv| *cv > 0.0 && *cv <= CV_MAX)),
            None => (text, None),
        };
        let plain = !text.contains(':');
        match name {
            "exponential" if plain => return Ok(Self::Exponential),
            "deterministic" if plain => return Ok(Self::Deterministic),
            "uniform" if plain => return Ok(Self::Uniform),
            "lognormal" if plain => return Ok(Self::Lognormal { cv: 1.0 }),
            "hyperexponential" if plain => return Ok(Self::Hyperexponential { cv: 2.0 }),
            "lognormal" => {
                if let Some(cv) = cv {
                    return Ok(Self::Lognormal { cv });
                }
            }
            "hyperexponential" => {
                if let Some(cv) = cv.filter(|cv| *cv > 1.0) {
                    return Ok(Self::Hyperexponential { cv });
                }
            }
            _ if plain => {
                let stages = name.strip_prefix("erlang").and_then(|stages| stages.parse().ok());
                if let Some(stages) = stages.filter(|stages| (1..=STAGES_MAX).contains(stages)) {
                    return Ok(Self::Erlang(stages));
                }
            }
            _ => {}
        }
        let shown: String = text.chars().take(64).collect();
        Err(Fault::new(
            "distribution",
            "unknown_distribution",
            words!("is `{}`, which is no distribution.", shown),
            words!("Give one of {}.", SHAPES),
        ))
    }
}

/// Spans of a mean and a shape.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Times {
    mean_s: f64,
    shape: Shape,
}

impl Times {
    /// Spans with this mean, in seconds.
    ///
    /// # Errors
    /// A fault at `field` when the mean is not above 0 or the shape's number is out of its range.
    pub fn new(field: &str, mean_s: f64, shape: Shape) -> Result<Self, Vec<Fault>> {
        let mut check = Check::default();
        check.positive(field, mean_s, "120");
        let (number, low) = match shape {
            Shape::Lognormal { cv } => (cv, 0.0),
            Shape::Hyperexponential { cv } => (cv, 1.0),
            Shape::Erlang(stages) => (f64::from(stages), 0.0),
            _ => (1.0, 0.0),
        };
        if !(number > low && number <= CV_MAX) {
            check.fault(
                field,
                "shape_out_of_range",
                words!("has a distribution with the number {}.", number),
                words!("Give a number above {} and up to {}.", low, CV_MAX),
            );
        }
        check.done()?;
        Ok(Self { mean_s, shape })
    }

    /// Exponential spans with this mean, in seconds.
    ///
    /// # Errors
    /// As [`Times::new`].
    pub fn exponential(field: &str, mean_s: f64) -> Result<Self, Vec<Fault>> {
        Self::new(field, mean_s, Shape::Exponential)
    }

    /// Mean, in seconds.
    pub fn mean_s(&self) -> f64 {
        self.mean_s
    }

    /// Shape.
    pub fn shape(&self) -> Shape {
        self.shape
    }

    /// The same shape with another mean, which the caller has checked.
    pub(crate) fn scaled(self, factor: f64) -> Self {
        Self { mean_s: self.mean_s * factor, ..self }
    }

    /// Share of the spans that are longer than `x` seconds.
    pub fn longer_than(&self, x: f64) -> f64 {
        let m = self.mean_s;
        if x < 0.0 {
            return 1.0;
        }
        match self.shape {
            Shape::Exponential => (-x / m).exp(),
            Shape::Deterministic => f64::from(u8::from(x < m)),
            Shape::Uniform => (1.0 - x / (2.0 * m)).max(0.0),
            Shape::Erlang(stages) => erlang_longer(stages, x * f64::from(stages) / m),
            Shape::Lognormal { cv } => {
                let (location, scale) = lognormal(m, cv);
                if x == 0.0 { 1.0 } else { normal::above((x.ln() - location) / scale) }
            }
            Shape::Hyperexponential { cv } => {
                two_kinds(m, cv).iter().map(|(share, mean)| share * (-x / mean).exp()).sum()
            }
        }
    }

    /// Mean of the spans when each is cut at `x` seconds: the integral of [`Times::longer_than`]
    /// from 0 to `x`.
    pub fn mean_within(&self, x: f64) -> f64 {
        let m = self.mean_s;
        if x <= 0.0 {
            return 0.0;
        }
        match self.shape {
            Shape::Exponential => -m * (-x / m).exp_m1(),
            Shape::Deterministic => x.min(m),
            Shape::Uniform => {
                if x >= 2.0 * m {
                    m
                } else {
                    x - x * x / (4.0 * m)
                }
            }
            Shape::Erlang(stages) => {
                // Each stage's share of what is left: the sum over i < k of P(i + 1, y) / rate.
                let rate = f64::from(stages) / m;
                let y = x * rate;
                let mut left = 0.0;
                let mut longer = 0.0;
                let mut mass = (-y).exp();
                for stage in 1..=stages {
                    longer += mass;
                    left += 1.0 - longer;
                    mass *= y / f64::from(stage);
                }
                left / rate
            }
            Shape::Lognormal { cv } => {
                let (location, scale) = lognormal(m, cv);
                let z = (x.ln() - location) / scale;
                x * normal::above(z) + m * normal::below(z - scale)
            }
            Shape::Hyperexponential { cv } => two_kinds(m, cv)
                .iter()
                .map(|(share, mean)| -share * mean * (-x / mean).exp_m1())
                .sum(),
        }
    }

    /// Where the density is not smooth: no single formula integrates across these.
    pub(crate) fn kinks(&self) -> Option<f64> {
        match self.shape {
            Shape::Deterministic => Some(self.mean_s),
            Shape::Uniform => Some(2.0 * self.mean_s),
            _ => None,
        }
    }
}

/// Probability that fewer than `stages` events happen where `y` are expected.
fn erlang_longer(stages: u32, y: f64) -> f64 {
    let mut mass = (-y).exp();
    let mut sum = 0.0;
    for stage in 1..=stages {
        sum += mass;
        mass *= y / f64::from(stage);
    }
    sum
}

/// Location and scale of the logarithm.
fn lognormal(mean: f64, cv: f64) -> (f64, f64) {
    let variance = (cv * cv).ln_1p();
    (mean.ln() - 0.5 * variance, variance.sqrt())
}

/// Shares and means of the two kinds; each kind brings half of the mean.
fn two_kinds(mean: f64, cv: f64) -> [(f64, f64); 2] {
    let square = cv * cv;
    let share = 0.5 * (1.0 + ((square - 1.0) / (square + 1.0)).sqrt());
    [(share, mean / (2.0 * share)), (1.0 - share, mean / (2.0 * (1.0 - share)))]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn times(mean: f64, shape: &str) -> Times {
        Times::new("patience", mean, shape.parse().expect("a shape")).expect("valid")
    }

    const ALL: [&str; 9] = [
        "exponential",
        "deterministic",
        "uniform",
        "erlang2",
        "erlang30",
        "lognormal",
        "lognormal:0.3",
        "hyperexponential",
        "hyperexponential:3",
    ];

    #[test]
    fn what_is_left_sums_up_to_the_mean_and_never_grows() {
        for shape in ALL {
            let times = times(90.0, shape);
            assert!((times.mean_within(1e9) / 90.0 - 1.0).abs() < 1e-6, "{shape}");
            assert_eq!(times.longer_than(0.0), 1.0, "{shape}");
            let (mut before, mut sum) = (1.0, 0.0);
            let step = 0.05;
            for i in 0..8_000 {
                let x = f64::from(i) * step;
                let now = times.longer_than(x + 0.5 * step);
                assert!(now <= before + 1e-15, "{shape} at {x}");
                before = now;
                sum += now * step;
                if i % 500 == 0 {
                    let want = times.mean_within(x + step);
                    assert!((sum - want).abs() < 0.03, "{shape} at {x}: {sum} {want}");
                }
            }
        }
    }

    #[test]
    fn an_unknown_shape_is_told_what_is_accepted() {
        for text in ["weibull", "lognormal:0", "hyperexponential:0.5", "erlang0", "uniform:2", ""] {
            let fault = text.parse::<Shape>().expect_err(text);
            assert!(fault.to_string().contains("lognormal"), "{fault}");
            assert!(fault.message.contains(text), "{fault}");
        }
    }
}
