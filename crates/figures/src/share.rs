//! A part of a whole, exact until it is shown.

use std::fmt;

use serde::{Deserialize, Serialize};

/// `part` of `whole`, which is never 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Share {
    /// How many.
    pub part: u64,
    /// Of how many.
    pub whole: u64,
}

impl Share {
    /// `part` of `whole`; `None` of nothing.
    pub fn new(part: u64, whole: u64) -> Option<Self> {
        (whole > 0).then_some(Self { part, whole })
    }

    /// In tenths of a percent, half up: 880 of 1060 is 830.
    pub fn permille(self) -> u16 {
        let (part, whole) = (u128::from(self.part), u128::from(self.whole.max(1)));
        u16::try_from((part * 2000 + whole) / (2 * whole)).unwrap_or(u16::MAX)
    }

    /// Whether the share is at least so many percent, exactly.
    pub fn reaches(self, percent: u8) -> bool {
        u128::from(self.part) * 100 >= u128::from(self.whole) * u128::from(percent)
    }
}

impl fmt::Display for Share {
    /// In percent with one decimal, half up: `83.0 %`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let permille = self.permille();
        write!(f, "{}.{} %", permille / 10, permille % 10)
    }
}
