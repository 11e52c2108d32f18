//! Kept days that were asked for lately, in memory: people look at one month many times.

use std::{collections::BTreeMap, sync::Arc};

use domain::FloorId;
use store::records::DayPart;

/// Bytes of figures in memory at most. A day of 10,000 contacts is some 400 kB.
const MOST: usize = 64 << 20;

/// What each stretch of the journal added to a day, in their order; empty where nothing happened.
pub type Stretches = Arc<Vec<Vec<u8>>>;

/// Figures of days of one floor, as they were when the journal was closed up to one stretch.
#[derive(Debug, Default)]
pub struct AtHand {
    of: Option<(FloorId, i64)>,
    days: BTreeMap<(DayPart, i64), Stretches>,
    held: usize,
}

impl AtHand {
    /// The figures of the days from `first` to `last`, when all of them are here.
    pub fn get(
        &self,
        of: (FloorId, i64),
        part: DayPart,
        (first, last): (i64, i64),
    ) -> Option<Vec<(i64, Stretches)>> {
        if self.of != Some(of) {
            return None;
        }
        (first..=last).map(|day| Some((day, Arc::clone(self.days.get(&(part, day))?)))).collect()
    }

    /// Keeps what was read of the days from `first` to `last`, and lets go of the oldest ones.
    pub fn put(
        &mut self,
        of: (FloorId, i64),
        part: DayPart,
        (first, last): (i64, i64),
        read: Vec<(i64, Vec<u8>)>,
    ) -> Vec<(i64, Stretches)> {
        if self.of != Some(of) {
            *self = Self { of: Some(of), ..Self::default() };
        }
        let mut by_day: BTreeMap<i64, Vec<Vec<u8>>> =
            (first..=last).map(|day| (day, Vec::new())).collect();
        for (day, figures) in read {
            by_day.entry(day).or_default().push(figures);
        }
        let days: Vec<_> = by_day.into_iter().map(|(day, of)| (day, Arc::new(of))).collect();
        for (day, figures) in &days {
            self.held += size(figures);
            let before = self.days.insert((part, *day), Arc::clone(figures));
            self.held -= before.map_or(0, |before| size(&before));
        }
        while self.held > MOST
            && let Some(oldest) = self.days.keys().copied().min_by_key(|(_, day)| *day)
        {
            let gone = self.days.remove(&oldest);
            self.held -= gone.map_or(0, |gone| size(&gone));
        }
        days
    }

    /// What was kept is made anew.
    pub fn clear(&mut self) {
        *self = Self::default();
    }
}

fn size(figures: &[Vec<u8>]) -> usize {
    figures.iter().map(Vec::len).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    const FLOOR: FloorId = FloorId::from_u128(1);

    fn days(found: &[(i64, Stretches)]) -> Vec<(i64, Vec<Vec<u8>>)> {
        found.iter().map(|(day, figures)| (*day, figures.to_vec())).collect()
    }

    #[test]
    fn days_are_found_as_they_were_read_until_the_journal_is_closed_further() {
        let mut here = AtHand::default();
        let read = vec![(3, vec![1]), (3, vec![2]), (5, vec![3])];
        let want = [(3, vec![vec![1], vec![2]]), (4, vec![]), (5, vec![vec![3]])];
        assert_eq!(days(&here.put((FLOOR, 9), DayPart::Queues, (3, 5), read)), want);
        let get = |here: &AtHand, of, part, span| here.get(of, part, span).map(|f| days(&f));
        assert_eq!(get(&here, (FLOOR, 9), DayPart::Queues, (3, 5)), Some(want.to_vec()));
        assert_eq!(get(&here, (FLOOR, 9), DayPart::Queues, (4, 5)), Some(want[1..].to_vec()));
        assert_eq!(get(&here, (FLOOR, 9), DayPart::Queues, (2, 5)), None, "one is missing");
        assert_eq!(get(&here, (FLOOR, 9), DayPart::Agents, (3, 5)), None, "others' figures");
        assert_eq!(get(&here, (FLOOR, 10), DayPart::Queues, (3, 5)), None, "a day more is over");
        let other = FloorId::from_u128(2);
        assert_eq!(get(&here, (other, 9), DayPart::Queues, (3, 5)), None);
        here.put((FLOOR, 10), DayPart::Queues, (6, 6), vec![(6, vec![4])]);
        assert_eq!(
            get(&here, (FLOOR, 10), DayPart::Queues, (3, 5)),
            None,
            "those of before are gone"
        );
        here.clear();
        assert_eq!((get(&here, (FLOOR, 10), DayPart::Queues, (6, 6)), here.held), (None, 0));
    }

    #[test]
    fn the_oldest_days_go_first_and_what_is_held_is_counted() {
        let mut here = AtHand::default();
        let big = vec![0; MOST / 2];
        for day in [7, 8, 9, 8] {
            here.put((FLOOR, 9), DayPart::Queues, (day, day), vec![(day, big.clone())]);
        }
        assert_eq!(here.held, 2 * big.len(), "a day that is read again counts once");
        assert_eq!(here.get((FLOOR, 9), DayPart::Queues, (7, 7)), None);
        assert!(here.get((FLOOR, 9), DayPart::Queues, (8, 9)).is_some());
        // More than may be held is given, and not kept.
        let huge = vec![0; MOST + 1];
        let given = here.put((FLOOR, 9), DayPart::Queues, (6, 6), vec![(6, huge)]);
        assert_eq!((given[0].1[0].len(), here.held), (MOST + 1, 2 * big.len()));
    }
}
