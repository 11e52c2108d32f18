//! Sets of small numbers, for "which agents".

/// A set of agents' slots as words of 64 bits; grows as it is written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Bits(Vec<u64>);

impl Bits {
    /// Adds or removes `slot`.
    #[inline]
    pub fn set(&mut self, slot: u32, on: bool) {
        let (word, bit) = ((slot / 64) as usize, 1u64 << (slot % 64));
        if word >= self.0.len() {
            if !on {
                return;
            }
            self.0.resize(word + 1, 0);
        }
        if on {
            self.0[word] |= bit;
        } else {
            self.0[word] &= !bit;
        }
    }

    /// Whether `slot` is in the set.
    #[inline]
    pub fn get(&self, slot: u32) -> bool {
        self.word((slot / 64) as usize) >> (slot % 64) & 1 == 1
    }

    /// The word at `index`; zero beyond the end.
    #[inline]
    pub fn word(&self, index: usize) -> u64 {
        self.0.get(index).copied().unwrap_or(0)
    }

    /// How many words are held.
    pub fn words(&self) -> usize {
        self.0.len()
    }

    /// How many slots are in the set.
    pub fn count(&self) -> u32 {
        self.0.iter().map(|word| word.count_ones()).sum()
    }

    /// How many slots the two sets share.
    pub fn common(&self, other: &Self) -> u32 {
        self.0.iter().zip(&other.0).map(|(a, b)| (a & b).count_ones()).sum()
    }

    /// Whether the two sets share a slot.
    pub fn meets(&self, other: &Self) -> bool {
        self.0.iter().zip(&other.0).any(|(a, b)| a & b != 0)
    }

    /// Keeps what `other` holds as well.
    pub fn keep(&mut self, other: &Self) {
        for (index, word) in self.0.iter_mut().enumerate() {
            *word &= other.word(index);
        }
    }

    /// Adds what `other` holds.
    pub fn add(&mut self, other: &Self) {
        if self.0.len() < other.0.len() {
            self.0.resize(other.0.len(), 0);
        }
        for (word, more) in self.0.iter_mut().zip(&other.0) {
            *word |= more;
        }
    }

    /// The slots, ascending.
    pub fn iter(&self) -> impl Iterator<Item = u32> + '_ {
        self.0.iter().enumerate().flat_map(|(index, &word)| ones(index, word))
    }
}

/// The slots of one word, ascending.
pub(crate) fn ones(index: usize, mut word: u64) -> impl Iterator<Item = u32> {
    std::iter::from_fn(move || {
        (word != 0).then(|| {
            let bit = word.trailing_zeros();
            word &= word - 1;
            index as u32 * 64 + bit
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_holds_what_was_added_and_nothing_else() {
        let mut set = Bits::default();
        for slot in [0, 63, 64, 200] {
            set.set(slot, true);
        }
        set.set(64, false);
        set.set(9_999, false);
        assert_eq!(set.iter().collect::<Vec<_>>(), [0, 63, 200]);
        assert_eq!(set.count(), 3);
        assert!(set.get(200) && !set.get(64) && !set.get(100_000));
        let mut other = Bits::default();
        other.set(63, true);
        assert!(set.meets(&other));
        set.keep(&other);
        assert_eq!(set.iter().collect::<Vec<_>>(), [63]);
        other.set(300, true);
        set.add(&other);
        assert_eq!(set.iter().collect::<Vec<_>>(), [63, 300]);
    }
}
