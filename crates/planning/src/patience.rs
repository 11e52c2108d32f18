//! How long people are willing to wait.

use crate::times::Times;

/// The patience of those who wait.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Patience {
    /// Everybody waits until answered.
    Endless,
    /// Everybody leaves when their own patience is over.
    Times(Times),
}

impl Patience {
    /// Share of those who are still there when `x` seconds have passed.
    pub(crate) fn longer_than(&self, x: f64) -> f64 {
        match self {
            Self::Endless => 1.0,
            Self::Times(times) => times.longer_than(x),
        }
    }

    /// Mean wait of people to whom nobody turns for `x` seconds.
    pub(crate) fn mean_within(&self, x: f64) -> f64 {
        match self {
            Self::Endless => x,
            Self::Times(times) => times.mean_within(x),
        }
    }

    pub(crate) fn kinks(&self) -> Option<f64> {
        match self {
            Self::Endless => None,
            Self::Times(times) => times.kinks(),
        }
    }
}
