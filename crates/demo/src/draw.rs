//! Seeded randomness for the players: one stream for each of them.

use std::time::Duration;

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// One player's stream, and how fast the player lives.
#[derive(Clone, Debug)]
pub(crate) struct Draw {
    rng: ChaCha8Rng,
    pace: u32,
}

impl Draw {
    /// The stream of player number `player` of the demonstration with this seed, who does everything
    /// `pace` times as fast as a person would.
    pub fn of(seed: u64, player: u64, pace: u32) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        rng.set_stream(player);
        Self { rng, pace: pace.max(1) }
    }

    /// A person's time at this player's pace.
    pub fn paced(&self, span: Duration) -> Duration {
        span / self.pace
    }

    /// True in `percent` of the draws.
    pub fn chance(&mut self, percent: u32) -> bool {
        self.rng.random_range(0..100) < percent
    }

    /// A number below this one, which is not 0.
    pub fn below(&mut self, most: u32) -> u32 {
        self.rng.random_range(0..most)
    }

    /// A span between two numbers of seconds.
    pub fn secs(&mut self, least: u64, most: u64) -> Duration {
        let millis = self.rng.random_range(least * 1000..=most * 1000);
        self.paced(Duration::from_millis(millis))
    }

    /// An exponential span of this mean, at most six times it.
    pub fn exponential(&mut self, mean: Duration) -> Duration {
        let uniform: f64 = self.rng.random();
        self.paced(mean.mul_f64((-(1.0 - uniform).ln()).min(6.0)))
    }

    /// A share from 0 to 1.
    pub fn share(&mut self) -> f64 {
        self.rng.random()
    }

    /// Random bytes for an id.
    pub fn bytes(&mut self) -> [u8; 10] {
        self.rng.random()
    }

    /// A factor about 1, lognormal with this coefficient of variation.
    pub fn around(&mut self, cv: f64) -> f64 {
        let variance = cv.mul_add(cv, 1.0).ln();
        // Box and Muller's way to a normal number; a share of 0 has no logarithm.
        let (u, v): (f64, f64) = (1.0 - self.share(), self.share());
        let normal = (-2.0 * u.ln()).sqrt() * (std::f64::consts::TAU * v).cos();
        (variance.sqrt() * normal - variance / 2.0).exp()
    }

    /// A lognormal span of this mean in seconds and coefficient of variation, at most eight times it.
    pub fn lognormal(&mut self, mean_s: f64, cv: f64) -> Duration {
        let span = Duration::from_secs_f64(mean_s * self.around(cv).min(8.0));
        self.paced(span)
    }

    /// How many come where `mean` do on average; for means that are not large.
    pub fn poisson(&mut self, mean: f64) -> u32 {
        let (least, mut product, mut count) = ((-mean).exp(), self.share(), 0);
        while product > least {
            product *= self.share();
            count += 1;
        }
        count
    }

    /// One of several; `None` of none.
    pub fn pick<'a, T>(&mut self, from: &'a [T]) -> Option<&'a T> {
        if from.is_empty() { None } else { from.get(self.rng.random_range(0..from.len())) }
    }

    /// An id that nobody made before.
    pub fn id(&mut self) -> uuid::Uuid {
        uuid::Builder::from_random_bytes(self.rng.random()).into_uuid()
    }
}
