//! The one table of timers.

use domain::Timestamp;

/// Something that wants to act at an instant. Each entity has at most one armed timer, at the
/// earliest of its deadlines; whoever removes an entity disarms it.
///
/// At equal instants the order is: changes of period and hours, agents (wrap-up, grace), contacts
/// (offers, rings) and last the projections; within a kind by id or arrival.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Timer {
    /// A client's period or hours change.
    ClientChanges(u32),
    /// An agent's wrap-up ends, or the grace of a lost connection.
    AgentDue(u32),
    /// A contact's offer expires, its ring widens, its reservation lapses, its talk gets long.
    ContactDue(u32),
    /// A queue's projected service level is looked at.
    QueueProjected(u32),
}

impl Timer {
    fn kind(self) -> u8 {
        match self {
            Self::ClientChanges(_) => 0,
            Self::AgentDue(_) => 1,
            Self::ContactDue(_) => 2,
            Self::QueueProjected(_) => 3,
        }
    }

    /// Whose it is.
    fn slot(self) -> usize {
        let (Self::ClientChanges(slot)
        | Self::AgentDue(slot)
        | Self::ContactDue(slot)
        | Self::QueueProjected(slot)) = self;
        slot as usize
    }
}

/// An armed timer. `key` orders timers of one kind: the id, or the arrival number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Armed {
    pub at: Timestamp,
    pub key: u128,
    pub timer: Timer,
}

impl Ord for Armed {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.at, self.timer.kind(), self.key).cmp(&(other.at, other.timer.kind(), other.key))
    }
}

impl PartialOrd for Armed {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

/// The table: a heap in which every entry knows its place, so that a timer that is not wanted any more
/// leaves at once. Most do: an offer is answered long before it expires, and what was armed last lies
/// at the bottom of the heap, where leaving costs next to nothing.
#[derive(Clone, Debug, Default)]
pub(crate) struct Timers {
    heap: Vec<Armed>,
    /// Where the timer of each slot stands, by kind; [`NOWHERE`] without one.
    places: [Vec<u32>; 4],
}

const NOWHERE: u32 = u32::MAX;

impl Timers {
    /// Arms the timer for another instant, or disarms it with `None`.
    pub fn set(&mut self, timer: Timer, key: u128, at: Option<Timestamp>) {
        let place = self.place(timer);
        match (at, place) {
            (Some(at), Some(place)) => {
                self.heap[place] = Armed { at, key, timer };
                self.settle(place);
            }
            (Some(at), None) => {
                self.heap.push(Armed { at, key, timer });
                self.settle(self.heap.len() - 1);
            }
            (None, Some(place)) => self.take_out(place),
            (None, None) => {}
        }
    }

    /// The one that is due first.
    pub fn first(&self) -> Option<Armed> {
        self.heap.first().copied()
    }

    /// Disarms the one that is due first.
    pub fn drop_first(&mut self) {
        if !self.heap.is_empty() {
            self.take_out(0);
        }
    }

    fn place(&self, timer: Timer) -> Option<usize> {
        let place = self.places[usize::from(timer.kind())].get(timer.slot())?;
        (*place != NOWHERE).then_some(*place as usize)
    }

    fn note(&mut self, timer: Timer, place: u32) {
        let places = &mut self.places[usize::from(timer.kind())];
        let slot = timer.slot();
        if slot >= places.len() {
            places.resize(slot + 1, NOWHERE);
        }
        places[slot] = place;
    }

    fn take_out(&mut self, place: usize) {
        let gone = self.heap.swap_remove(place);
        self.note(gone.timer, NOWHERE);
        if place < self.heap.len() {
            self.settle(place);
        }
    }

    /// Moves the entry at `place` to where it belongs.
    fn settle(&mut self, mut place: usize) {
        let entry = self.heap[place];
        while place > 0 {
            let above = (place - 1) / 2;
            if self.heap[above] <= entry {
                break;
            }
            self.put(place, self.heap[above]);
            place = above;
        }
        loop {
            let mut below = 2 * place + 1;
            if below + 1 < self.heap.len() && self.heap[below + 1] < self.heap[below] {
                below += 1;
            }
            if below >= self.heap.len() || entry <= self.heap[below] {
                break;
            }
            self.put(place, self.heap[below]);
            place = below;
        }
        self.put(place, entry);
    }

    fn put(&mut self, place: usize, entry: Armed) {
        self.heap[place] = entry;
        self.note(entry.timer, place as u32);
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn timers_come_by_instant_then_kind_then_key() {
        let mut timers = Timers::default();
        let at = |seconds| Some(Timestamp::from_secs(seconds));
        timers.set(Timer::ClientChanges(9), 1, at(2));
        timers.set(Timer::ContactDue(3), 7, at(1));
        timers.set(Timer::ContactDue(4), 5, at(1));
        timers.set(Timer::QueueProjected(1), 6, at(1));
        timers.set(Timer::AgentDue(2), 8, at(1));
        timers.set(Timer::ContactDue(3), 7, None);
        let mut order = Vec::new();
        while let Some(armed) = timers.first() {
            order.push(armed.timer);
            timers.drop_first();
        }
        let expected = [
            Timer::AgentDue(2),
            Timer::ContactDue(4),
            Timer::QueueProjected(1),
            Timer::ClientChanges(9),
        ];
        assert_eq!(order, expected);
    }

    proptest! {
        #[test]
        fn the_first_is_the_first_of_a_plain_list_whatever_is_armed_moved_and_disarmed(
            steps in proptest::collection::vec((0u32..12, 0u8..4, 0i64..8, 0u8..4), 0..300)
        ) {
            let mut timers = Timers::default();
            let mut list: BTreeMap<(u8, u32), Armed> = BTreeMap::new();
            for (slot, kind, at, what) in steps {
                let timer = [
                    Timer::ClientChanges(slot),
                    Timer::AgentDue(slot),
                    Timer::ContactDue(slot),
                    Timer::QueueProjected(slot),
                ][usize::from(kind)];
                let (key, at) = (u128::from(slot) * 7 % 12, Timestamp::from_secs(at));
                match what {
                    0 => {
                        timers.set(timer, key, None);
                        list.remove(&(kind, slot));
                    }
                    1 => {
                        timers.drop_first();
                        let first = list.iter().min_by_key(|(_, armed)| **armed).map(|(k, _)| *k);
                        first.map(|first| list.remove(&first));
                    }
                    _ => {
                        timers.set(timer, key, Some(at));
                        list.insert((kind, slot), Armed { at, key, timer });
                    }
                }
                prop_assert_eq!(timers.first(), list.values().min().copied());
                prop_assert_eq!(timers.heap.len(), list.len());
            }
        }
    }
}
