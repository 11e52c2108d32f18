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

    /// One of several; `None` of none.
    pub fn pick<'a, T>(&mut self, from: &'a [T]) -> Option<&'a T> {
        if from.is_empty() { None } else { from.get(self.rng.random_range(0..from.len())) }
    }

    /// An id that nobody made before.
    pub fn id(&mut self) -> uuid::Uuid {
        uuid::Builder::from_random_bytes(self.rng.random()).into_uuid()
    }
}
