//! Amounts before they are rounded.

use std::ops::{Add, AddAssign, Neg};

/// An amount in parts of a minor unit so fine that every price of a unit, in every band, is whole:
/// thousandths (of the price) of a sixtieth (of a minute) of a hundredth (of a band's percent).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Exact(i128);

const PER_MINOR: i128 = 1_000 * 60 * 100;

impl Exact {
    /// Nothing.
    pub const ZERO: Self = Self(0);

    /// Seconds at a price of a minute, in thousandths of the minor unit, in a band of `percent`.
    pub const fn of_seconds(seconds: u64, price: i64, percent: u16) -> Self {
        Self(seconds as i128 * price as i128 * percent as i128)
    }

    /// Pieces at a price of one, likewise.
    pub const fn of_pieces(pieces: u64, price: i64, percent: u16) -> Self {
        Self(60 * pieces as i128 * price as i128 * percent as i128)
    }

    /// Whole minor units.
    pub const fn of_minor(minor: i64) -> Self {
        Self(minor as i128 * PER_MINOR)
    }

    /// The nearest minor unit, half away from zero: the one place where money is rounded.
    pub fn minor(self) -> i64 {
        divided(self.0, PER_MINOR)
    }

    /// The nearest thousandth of a minor unit, for showing a line.
    pub fn milli(self) -> i64 {
        divided(self.0, PER_MINOR / 1_000)
    }

    /// This, `numerator / denominator` times, to the nearest part.
    pub(crate) fn times(self, numerator: u64, denominator: u64) -> Self {
        let denominator = i128::from(denominator.max(1));
        let halved = |product: i128| {
            let half = denominator / 2;
            if product < 0 { product - half } else { product + half }
        };
        Self(halved(self.0.saturating_mul(i128::from(numerator))) / denominator)
    }
}

/// The nearest whole number, half away from zero.
pub(crate) fn divided(value: i128, by: i128) -> i64 {
    let half = by / 2;
    let nearest = if value < 0 { (value - half) / by } else { (value + half) / by };
    i64::try_from(nearest).unwrap_or(if nearest < 0 { i64::MIN } else { i64::MAX })
}

impl Add for Exact {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl AddAssign for Exact {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl Neg for Exact {
    type Output = Self;

    fn neg(self) -> Self {
        Self(-self.0)
    }
}

impl std::iter::Sum for Exact {
    fn sum<I: Iterator<Item = Self>>(all: I) -> Self {
        all.fold(Self::ZERO, |sum, one| sum + one)
    }
}
