//! How ids are hashed: they are numbers already.

use std::hash::{BuildHasher, Hasher};

/// Hashes ids and small keys with a multiplication or two. The seed is fixed: nothing depends on the
/// order of a map, and whoever chooses ids is our own driver, not somebody outside.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct ByNumber;

/// A hash in the making.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Number(u64);

/// Odd numbers without a pattern: fractional digits of the golden ratio and of pi.
const FIRST: u64 = 0x9e37_79b9_7f4a_7c15;
const SECOND: u64 = 0x243f_6a88_85a3_08d3;

impl BuildHasher for ByNumber {
    type Hasher = Number;

    #[inline]
    fn build_hasher(&self) -> Number {
        Number(FIRST)
    }
}

impl Number {
    /// Both halves of a product of 128 bits: every bit of the input moves bits at both ends.
    #[inline]
    fn fold(&mut self, part: u64) {
        let product = u128::from(self.0 ^ part) * u128::from(SECOND | 1);
        self.0 = (product as u64) ^ ((product >> 64) as u64);
    }
}

impl Hasher for Number {
    #[inline]
    fn write(&mut self, bytes: &[u8]) {
        let (eights, rest) = bytes.as_chunks::<8>();
        for eight in eights {
            self.fold(u64::from_le_bytes(*eight));
        }
        if !rest.is_empty() {
            let mut last = [0; 8];
            last[..rest.len()].copy_from_slice(rest);
            self.fold(u64::from_le_bytes(last));
        }
    }

    #[inline]
    fn write_u8(&mut self, n: u8) {
        self.fold(u64::from(n));
    }

    #[inline]
    fn write_u16(&mut self, n: u16) {
        self.fold(u64::from(n));
    }

    #[inline]
    fn write_u32(&mut self, n: u32) {
        self.fold(u64::from(n));
    }

    #[inline]
    fn write_u64(&mut self, n: u64) {
        self.fold(n);
    }

    /// Lengths of ids, which are all alike.
    #[inline]
    fn write_usize(&mut self, n: usize) {
        self.0 = self.0.rotate_left(7) ^ n as u64;
    }

    /// Once more through the product: the last part may have come with its bits at the upper end alone.
    #[inline]
    fn finish(&self) -> u64 {
        let mut last = *self;
        last.fold(FIRST);
        last.0
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use domain::ContactId;

    use super::*;

    #[test]
    fn numbers_in_a_row_fall_into_many_places_at_both_ends_of_the_hash() {
        for shift in [0, 32, 64, 80] {
            let hashes: Vec<u64> = (0..4096u128)
                .map(|n| ByNumber.hash_one(ContactId::from_u128(n << shift)))
                .collect();
            // A table takes its place from the low bits and its tag from the highest seven. Of
            // 4,096 thrown into 4,096 places by chance 63 % find one of their own; 58 is far off.
            let low: BTreeSet<u64> = hashes.iter().map(|hash| hash & 0xfff).collect();
            let tags: BTreeSet<u64> = hashes.iter().map(|hash| hash >> 57).collect();
            assert!(low.len() > 4096 * 58 / 100, "{shift}: {} places", low.len());
            assert_eq!(tags.len(), 128, "{shift}");
        }
    }
}
