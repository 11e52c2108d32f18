//! Seeded randomness: one stream for each purpose, addressed by what is drawn for.
//!
//! A stream is no sequence but a function of its address: seed, replication, purpose, whose it is,
//! and the number of the contact. Who draws first, or whether somebody draws at all, changes nothing
//! for others. So one more agent leaves every arrival, patience and handle time as it was, and two
//! scenarios are compared on the same contacts.

/// What is drawn. Each purpose has streams of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// Gaps between arrivals.
    Arrivals = 1,
    /// How long a customer waits before they leave.
    Patience = 2,
    /// Talk, by the contact's own luck whoever answers.
    Talk = 3,
    /// Work after the contact.
    WrapUp = 4,
    /// Whether somebody who gave up tries again, and when.
    Retry = 5,
    /// Whether somebody asks to be called back, and is reached then.
    Callback = 6,
    /// How busy a day is as a whole.
    Day = 7,
    /// Who is absent.
    Absence = 8,
    /// How long an offer rings.
    Ringing = 9,
}

/// The odd constant by which the counter of SplitMix64 advances: 2^64 divided by the golden ratio.
const STEP: u64 = 0x9e37_79b9_7f4a_7c15;

/// The output function of SplitMix64 (Steele, Lea and Flood 2014), which passes BigCrush on a plain
/// counter: that is what makes an address as good as a sequence.
fn mix(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// The draws of one purpose for one queue, group or agent in one replication.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stream(u64);

impl Stream {
    /// The stream of a purpose; `whose` counts queues or agents.
    pub fn of(seed: u64, replication: u32, purpose: Purpose, whose: usize) -> Self {
        let mut key = mix(seed.wrapping_add(STEP));
        for part in [u64::from(replication), purpose as u64, whose as u64] {
            key = mix(key.wrapping_add(STEP) ^ mix(part.wrapping_add(STEP)));
        }
        Self(key)
    }

    /// The draws for the contact, day or try that `index` counts.
    pub fn at(self, index: u64) -> Draws {
        Draws(mix(self.0.wrapping_add(index.wrapping_mul(STEP))))
    }
}

/// Draws one after the other.
#[derive(Clone, Debug)]
pub(crate) struct Draws(u64);

impl Draws {
    fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(STEP);
        mix(self.0)
    }

    /// A number between 0 and 1, never either.
    pub fn unit(&mut self) -> f64 {
        // 53 bits, and half a step so that the logarithm is always finite.
        ((self.bits() >> 11) as f64 + 0.5) * (1.0 / (1u64 << 53) as f64)
    }

    /// Exponential with mean 1.
    pub fn exponential(&mut self) -> f64 {
        -self.unit().ln()
    }

    /// Normal with mean 0 and variance 1 (Box and Muller 1958).
    pub fn normal(&mut self) -> f64 {
        let radius = (2.0 * self.exponential()).sqrt();
        radius * (std::f64::consts::TAU * self.unit()).cos()
    }

    /// Gamma with this shape and mean 1 (Marsaglia and Tsang 2000).
    pub fn gamma(&mut self, shape: f64) -> f64 {
        // Below 1 a gamma of shape + 1 is scaled down, as the authors propose.
        let boost = if shape < 1.0 { self.unit().powf(1.0 / shape) } else { 1.0 };
        let d = if shape < 1.0 { shape + 1.0 } else { shape } - 1.0 / 3.0;
        let c = 1.0 / (9.0 * d).sqrt();
        loop {
            let x = self.normal();
            let v = (1.0 + c * x).powi(3);
            if v > 0.0 && self.unit().ln() < 0.5 * x * x + d - d * v + d * v.ln() {
                return d * v * boost / shape;
            }
        }
    }

    /// True with this probability.
    pub fn chance(&mut self, share: f64) -> bool {
        self.unit() < share
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_always_gives_the_same_and_another_address_something_else() {
        let first = |seed, replication, purpose, whose, index| {
            Stream::of(seed, replication, purpose, whose).at(index).bits()
        };
        let one = first(7, 0, Purpose::Talk, 1, 5);
        assert_eq!(one, first(7, 0, Purpose::Talk, 1, 5));
        for other in [
            first(8, 0, Purpose::Talk, 1, 5),
            first(7, 1, Purpose::Talk, 1, 5),
            first(7, 0, Purpose::Patience, 1, 5),
            first(7, 0, Purpose::Talk, 2, 5),
            first(7, 0, Purpose::Talk, 1, 6),
        ] {
            assert_ne!(one, other);
        }
    }

    #[test]
    fn the_draws_have_the_means_and_variances_they_should() {
        let moments = |draw: &mut dyn FnMut(u64) -> f64| {
            let n = 200_000;
            let all: Vec<f64> = (0..n).map(draw).collect();
            let mean = all.iter().sum::<f64>() / n as f64;
            (mean, all.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / n as f64)
        };
        let stream = Stream::of(1, 2, Purpose::Patience, 3);
        for (what, (mean, variance), (got_mean, got_variance)) in [
            ("unit", (0.5, 1.0 / 12.0), moments(&mut |i| stream.at(i).unit())),
            ("exponential", (1.0, 1.0), moments(&mut |i| stream.at(i).exponential())),
            ("normal", (0.0, 1.0), moments(&mut |i| stream.at(i).normal())),
            ("gamma 4", (1.0, 0.25), moments(&mut |i| stream.at(i).gamma(4.0))),
            ("gamma 0.5", (1.0, 2.0), moments(&mut |i| stream.at(i).gamma(0.5))),
        ] {
            // Five standard errors of a mean of 200,000, and as many of a variance with room for
            // the fourth moment of the heaviest of them.
            let error = 5.0 * (variance / 200_000.0_f64).sqrt();
            assert!((got_mean - mean).abs() < error, "{what}: mean {got_mean}");
            assert!((got_variance / variance - 1.0).abs() < 0.05, "{what}: {got_variance}");
        }
    }
}
