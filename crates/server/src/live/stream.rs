//! One topic's state with its numbered changes, so that a browser can go on where it left.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, PoisonError},
};

use tokio::sync::broadcast;

/// How many changes are kept for browsers that come back.
const KEPT: usize = 256;

/// How many changes a slow browser may lag behind before it is given a snapshot instead.
const LAG: usize = 128;

/// A numbered change.
pub type Numbered<D> = (u64, Arc<D>);

/// State `V` that changes by deltas `D`, numbered from 1 without a gap.
#[derive(Debug)]
pub struct Stream<V, D> {
    inner: Mutex<Inner<V, D>>,
    changes: broadcast::Sender<Numbered<D>>,
}

#[derive(Debug)]
struct Inner<V, D> {
    seq: u64,
    view: V,
    recent: VecDeque<Numbered<D>>,
}

/// Where a subscriber starts.
#[derive(Debug)]
pub enum Start<V, D> {
    /// The whole state, with its number.
    Snapshot(u64, V),
    /// What was missed.
    Resume(Vec<Numbered<D>>),
}

impl<V: Clone, D> Stream<V, D> {
    /// A stream that begins with `view` at number 0.
    pub fn new(view: V) -> Self {
        Self {
            inner: Mutex::new(Inner { seq: 0, view, recent: VecDeque::new() }),
            changes: broadcast::Sender::new(LAG),
        }
    }

    /// Changes the state; `change` says what changed, or `None` for nothing.
    pub fn update(&self, change: impl FnOnce(&mut V) -> Option<D>) {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(delta) = change(&mut inner.view) {
            inner.seq += 1;
            let numbered = (inner.seq, Arc::new(delta));
            if inner.recent.len() == KEPT {
                inner.recent.pop_front();
            }
            inner.recent.push_back(numbered.clone());
            // Nobody listening is no fault: the next subscriber gets a snapshot.
            let _ = self.changes.send(numbered);
        }
    }

    /// The state now.
    pub fn view(&self) -> V {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner).view.clone()
    }

    /// Subscribes, from after number `after` if that is still kept.
    pub fn subscribe(&self, after: Option<u64>) -> (Start<V, D>, broadcast::Receiver<Numbered<D>>) {
        let inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        let receiver = self.changes.subscribe();
        let oldest = inner.seq.saturating_sub(inner.recent.len() as u64);
        let start = match after {
            Some(after) if (oldest..=inner.seq).contains(&after) => Start::Resume(
                inner.recent.iter().filter(|(seq, _)| *seq > after).cloned().collect(),
            ),
            _ => Start::Snapshot(inner.seq, inner.view.clone()),
        };
        (start, receiver)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pushed(stream: &Stream<Vec<u32>, u32>, n: u32) {
        stream.update(|view| {
            view.push(n);
            Some(n)
        });
    }

    #[test]
    fn a_browser_that_comes_back_gets_what_it_missed_and_a_stranger_the_whole() {
        let stream = Stream::new(Vec::new());
        (1..=3).for_each(|n| pushed(&stream, n));
        let Start::Resume(missed) = stream.subscribe(Some(1)).0 else { panic!("1 is kept") };
        assert_eq!(missed.iter().map(|(seq, n)| (*seq, **n)).collect::<Vec<_>>(), [(2, 2), (3, 3)]);
        let Start::Snapshot(seq, view) = stream.subscribe(None).0 else { panic!("no number") };
        assert_eq!((seq, view), (3, vec![1, 2, 3]));
    }

    #[test]
    fn numbers_that_are_no_longer_kept_or_lie_ahead_give_a_snapshot() {
        let stream = Stream::new(Vec::new());
        (0..=KEPT as u32).for_each(|n| pushed(&stream, n));
        assert!(matches!(stream.subscribe(Some(0)).0, Start::Snapshot(..)));
        assert!(matches!(stream.subscribe(Some(1)).0, Start::Resume(_)));
        assert!(matches!(stream.subscribe(Some(9_999)).0, Start::Snapshot(..)));
    }

    #[test]
    fn a_change_that_changes_nothing_has_no_number() {
        let stream: Stream<Vec<u32>, u32> = Stream::new(Vec::new());
        stream.update(|_| None);
        assert!(matches!(stream.subscribe(None).0, Start::Snapshot(0, _)));
    }
}
