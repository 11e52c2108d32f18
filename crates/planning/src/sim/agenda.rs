//! What happens next: the heap of planned events.

/// Something planned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Planned {
    /// When, in microseconds.
    pub at: i64,
    /// What, with the number of whose turn it is: the driver's to read.
    pub what: u64,
    /// Which one of the events planned at this instant: those planned first come first.
    nth: u64,
}

impl Planned {
    fn before(&self, other: &Self) -> bool {
        (self.at, self.nth) < (other.at, other.nth)
    }
}

/// A heap in which each entry has four below it: half as deep as the usual two, and the four lie side
/// by side in memory.
#[derive(Debug, Default)]
pub(crate) struct Agenda {
    heap: Vec<Planned>,
    planned: u64,
}

impl Agenda {
    /// Plans something.
    pub fn plan(&mut self, at: i64, what: u64) {
        self.planned += 1;
        let new = Planned { at, what, nth: self.planned };
        let mut place = self.heap.len();
        self.heap.push(new);
        while place > 0 {
            let above = (place - 1) / 4;
            if !new.before(&self.heap[above]) {
                break;
            }
            self.heap[place] = self.heap[above];
            place = above;
        }
        self.heap[place] = new;
    }

    /// When the next is due.
    pub fn next_at(&self) -> Option<i64> {
        self.heap.first().map(|planned| planned.at)
    }

    /// Takes the next.
    pub fn take(&mut self) -> Option<Planned> {
        let last = self.heap.pop()?;
        let Some(first) = self.heap.first().copied() else { return Some(last) };
        let mut place = 0;
        loop {
            let below = 4 * place + 1;
            let Some(four) = self.heap.get(below..) else { break };
            let four = &four[..four.len().min(4)];
            let Some((&(mut least), rest)) = four.split_first() else { break };
            let mut at = below;
            for (beside, planned) in rest.iter().enumerate() {
                if planned.before(&least) {
                    (least, at) = (*planned, below + 1 + beside);
                }
            }
            if !least.before(&last) {
                break;
            }
            self.heap[place] = least;
            place = at;
        }
        self.heap[place] = last;
        Some(first)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn everything_comes_out_by_instant_and_then_in_the_order_of_planning(
            steps in proptest::collection::vec(proptest::option::of(0i64..40), 0..300)
        ) {
            let mut agenda = Agenda::default();
            let mut list: Vec<(i64, u64)> = Vec::new();
            for (n, step) in steps.into_iter().enumerate() {
                match step {
                    Some(at) => {
                        agenda.plan(at, n as u64);
                        list.push((at, n as u64));
                    }
                    None => {
                        list.sort();
                        let want = (!list.is_empty()).then(|| list.remove(0));
                        prop_assert_eq!(agenda.take().map(|p| (p.at, p.what)), want);
                    }
                }
                prop_assert_eq!(agenda.heap.len(), list.len());
                prop_assert_eq!(agenda.next_at(), list.iter().map(|(at, _)| *at).min());
            }
        }
    }
}
