//! Seeded randomness, one stream per purpose and key.

use std::time::Duration;

use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// What a number is drawn for. Each purpose has streams of its own, so drawing one more patience
/// leaves the arrivals of the same day as they were.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Purpose {
    Floor = 1,
    Arrivals = 2,
    Patience = 3,
    Offers = 4,
    Talk = 5,
    WrapUp = 6,
    Shifts = 7,
    Changes = 8,
    Clock = 9,
    Nonsense = 10,
    Crashes = 11,
    Desks = 12,
    Leads = 13,
    Phones = 14,
    CallsOut = 15,
    Calls = 16,
}

/// One stream.
#[derive(Clone, Debug)]
pub struct Draw(ChaCha8Rng);

impl Draw {
    /// The stream of `purpose` on the day of `seed`, for the person or contact that `key` counts.
    pub fn of(seed: u64, purpose: Purpose, key: u64) -> Self {
        // The purpose goes into the key of the cipher and the person into its stream number: two
        // streams never overlap.
        let mut rng = ChaCha8Rng::seed_from_u64(
            seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ ((purpose as u64) << 56),
        );
        rng.set_stream(key);
        Self(rng)
    }

    /// True in `percent` of the draws.
    pub fn chance(&mut self, percent: u32) -> bool {
        self.0.random_range(0..100) < percent
    }

    /// A whole number, both ends included.
    pub fn between(&mut self, least: u64, most: u64) -> u64 {
        self.0.random_range(least..=most)
    }

    /// An index below `len`, which is not zero.
    pub fn index(&mut self, len: usize) -> usize {
        self.0.random_range(0..len)
    }

    /// A span between two numbers of seconds, to the microsecond.
    pub fn secs(&mut self, least: u64, most: u64) -> Duration {
        Duration::from_micros(self.between(least * 1_000_000, most * 1_000_000))
    }

    /// An exponential span of this mean: handle times, patience, gaps between arrivals.
    pub fn exponential(&mut self, mean: Duration) -> Duration {
        let uniform: f64 = self.0.random();
        // `1 - u` lies in (0, 1], so the logarithm is finite.
        mean.mul_f64(-(1.0 - uniform).ln())
    }

    /// One of several; `None` of none.
    pub fn pick<'a, T>(&mut self, from: &'a [T]) -> Option<&'a T> {
        if from.is_empty() { None } else { from.get(self.index(from.len())) }
    }

    /// Sixty-four raw bits.
    pub fn bits(&mut self) -> u64 {
        self.0.next_u64()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn streams_differ_by_seed_purpose_and_key_and_repeat_themselves() {
        let first = |seed, purpose, key| Draw::of(seed, purpose, key).bits();
        let one = first(7, Purpose::Talk, 1);
        assert_eq!(one, first(7, Purpose::Talk, 1));
        assert_ne!(one, first(8, Purpose::Talk, 1));
        assert_ne!(one, first(7, Purpose::Patience, 1));
        assert_ne!(one, first(7, Purpose::Talk, 2));
    }
}
