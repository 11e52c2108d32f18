//! How long it takes: the pace of a queue, the honesty of what was expected, the projected service
//! level.

use std::{collections::VecDeque, time::Duration};

use domain::Timestamp;
use minicbor::{Decode, Encode};

use crate::{
    RingWhy, Router,
    contact::{Stage, micros},
    timers::Timer,
};

/// Outcomes older than this say nothing about now.
const RECENT: Duration = Duration::from_secs(15 * 60);
/// Most outcomes kept for each queue.
const OUTCOMES_MAX: usize = 100;
/// The projection is looked at this often while contacts wait, beside each arrival.
const LOOK_EVERY: Duration = Duration::from_secs(5);
/// Only so many of the line count in a projection: the nearest to an agent.
const PROJECTED_MAX: usize = 500;
/// So many gaps and so many compared estimates are needed before anything is told.
const SEEN_MIN: u32 = 5;
/// A mean error up to this is good enough whatever the wait.
const ERROR_MAX: Duration = Duration::from_secs(30);

/// How fast a queue is served: moving averages over the last answers, an eighth of each new value.
///
/// Only gaps between two answers with somebody waiting all the while count; an idle queue says
/// nothing about its pace. What was expected is compared with what came, and an expected wait is
/// told only after [`SEEN_MIN`] comparisons and while their mean error is at most 30 seconds or half
/// the mean wait.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode)]
pub(crate) struct Pace {
    /// Last answer with contacts left waiting.
    #[n(0)]
    last: Option<Timestamp>,
    /// Mean gap between answers, in microseconds.
    #[n(1)]
    gap: i64,
    #[n(2)]
    gaps: u32,
    /// Mean error of the expectation and mean wait, in microseconds.
    #[n(3)]
    error: i64,
    #[n(4)]
    wait: i64,
    #[n(5)]
    compared: u32,
}

impl Pace {
    /// A contact was answered; `expected` is what was expected for it and what it waited.
    pub fn answered(
        &mut self,
        now: Timestamp,
        still_waiting: bool,
        expected: Option<(Duration, Duration)>,
    ) {
        if let Some(last) = self.last {
            average(&mut self.gap, micros(now.since(last)), self.gaps);
            self.gaps = self.gaps.saturating_add(1);
        }
        self.last = still_waiting.then_some(now);
        if let Some((expected, waited)) = expected {
            let (expected, waited) = (micros(expected), micros(waited));
            average(
                &mut self.error,
                expected.saturating_sub(waited).saturating_abs(),
                self.compared,
            );
            average(&mut self.wait, waited, self.compared);
            self.compared = self.compared.saturating_add(1);
        }
    }

    /// The wait of somebody with so many before them, whether or not it may be told.
    pub fn expect(&self, ahead: usize) -> Option<Duration> {
        let places = i64::try_from(ahead).unwrap_or(i64::MAX).saturating_add(1);
        (self.gaps >= SEEN_MIN)
            .then(|| Duration::from_micros(self.gap.saturating_mul(places).unsigned_abs()))
    }

    /// The same, if recent expectations were good enough to be told.
    pub fn tell(&self, ahead: usize) -> Option<Duration> {
        let honest =
            self.compared >= SEEN_MIN && self.error <= micros(ERROR_MAX).max(self.wait / 2);
        self.expect(ahead).filter(|_| honest)
    }
}

fn average(mean: &mut i64, value: i64, seen: u32) {
    *mean = if seen == 0 { value } else { *mean + (value - *mean) / 8 };
}

/// What became of the last contacts of a queue: answered in time or not.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode)]
pub(crate) struct Outcomes(#[n(0)] VecDeque<(Timestamp, bool)>);

impl Outcomes {
    pub fn record(&mut self, now: Timestamp, in_time: bool) {
        if self.0.len() >= OUTCOMES_MAX {
            self.0.pop_front();
        }
        self.0.push_back((now, in_time));
    }

    fn recent(&self, now: Timestamp) -> (u64, u64) {
        let recent = self.0.iter().rev().take_while(|(at, _)| now.since(*at) <= RECENT);
        recent.fold((0, 0), |(good, all), (_, in_time)| (good + u64::from(*in_time), all + 1))
    }
}

impl Router {
    /// The share of contacts answered in time, in percent: of the first answers and abandons of the
    /// last 15 minutes (at most 100; short abandons left out) and of those who wait now (at most
    /// the first 500), who count as in time when their wait so far and the expected rest stay
    /// within the promise. `None` when there is nothing to go by.
    pub(crate) fn projection(&self, queue: u32) -> Option<u8> {
        let entry = &self.queues[queue];
        let now = self.now;
        let (mut good, mut all) = entry.outcomes.recent(now);
        let waiting = entry.line.iter().take(PROJECTED_MAX);
        for (at, (_, _, contact)) in waiting.enumerate() {
            let contact = &self.contacts[*contact];
            if contact.stage == Stage::Closed || contact.first_wait.is_some() {
                continue;
            }
            let promised = Duration::from_secs(u64::from(contact.promise.threshold_s));
            let waited = now.since(contact.clock_start);
            let rest = entry.pace.expect(at).unwrap_or_default();
            good += u64::from(waited.saturating_add(rest) <= promised);
            all += 1;
        }
        (good * 100).checked_div(all).and_then(|percent| u8::try_from(percent).ok())
    }

    /// Opens the overflow ring for all who wait when the projected service level is too low, and
    /// looks again soon while somebody waits.
    pub(crate) fn look_at_projection(&mut self, queue: u32) {
        let entry = &self.queues[queue];
        let client = &self.clients[entry.client];
        let limit = client.overflow().and_then(|overflow| overflow.below_projected_percent);
        let Some(limit) = limit.filter(|_| !entry.removed && !entry.line.is_empty()) else {
            return;
        };
        if self.projection(queue).is_some_and(|percent| percent < limit) {
            let line: Vec<u32> =
                self.queues[queue].line.iter().map(|(_, _, contact)| *contact).collect();
            for slot in line {
                let contact = &self.contacts[slot];
                if contact.overflow || contact.stage != Stage::Waiting {
                    continue;
                }
                self.leave_class(slot);
                self.contacts[slot].overflow = true;
                self.tell_ring(slot, RingWhy::OverflowProjected);
                if self.contacts[slot].reserved.is_none() {
                    self.enqueue(slot);
                }
            }
        }
        let open = self.queues.get(queue).is_some_and(|entry| {
            entry.line.iter().any(|(_, _, contact)| self.may_overflow_by_projection(*contact))
        });
        if open {
            self.arm_projection(queue);
        }
    }

    /// Whether a look at the projection may still open the overflow ring for the contact. Whoever
    /// was answered before is no part of the projection, and opens with the others only.
    pub(crate) fn may_overflow_by_projection(&self, slot: u32) -> bool {
        let contact = &self.contacts[slot];
        contact.stage == Stage::Waiting && !contact.overflow && contact.first_wait.is_none()
    }

    /// Sees to it that the projection of a queue in which somebody waits is looked at, where the
    /// contract has a limit for it.
    pub(crate) fn arm_projection(&mut self, queue: u32) {
        let Some(entry) = self.queues.get(queue).filter(|entry| entry.armed.is_none()) else {
            return;
        };
        let client = &self.clients[entry.client];
        let limit = client.overflow().and_then(|overflow| overflow.below_projected_percent);
        if limit.is_some_and(|percent| percent > 0) {
            let at = self.now + LOOK_EVERY;
            let key = entry.rules.queue.uuid().as_u128();
            self.queues[queue].armed = Some(at);
            self.arm(Some(at), key, Timer::QueueProjected(queue));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_gaps_with_somebody_waiting_tell_the_pace() {
        let mut pace = Pace::default();
        let at = Timestamp::from_secs;
        for n in 0..6 {
            pace.answered(at(n * 10), true, None);
        }
        assert_eq!(pace.expect(0), Some(Duration::from_secs(10)));
        assert_eq!(pace.expect(3), Some(Duration::from_secs(40)));
        pace.answered(at(60), false, None);
        pace.answered(at(9_000), true, None);
        assert_eq!(pace.expect(0), Some(Duration::from_secs(10)), "an idle hour is no pace");
        assert_eq!(pace.tell(0), None, "nothing has come true yet");
        for _ in 0..5 {
            let expected = Duration::from_secs(100);
            pace.answered(at(9_000), false, Some((expected, Duration::from_secs(140))));
        }
        assert!(pace.tell(0).is_some(), "40 s off in 140 s is good enough");
        for _ in 0..9 {
            let expected = Duration::from_secs(100);
            pace.answered(at(9_000), false, Some((expected, Duration::from_secs(900))));
        }
        assert_eq!(pace.tell(0), None, "800 s off in 900 s is not");
    }

    #[test]
    fn outcomes_older_than_a_quarter_of_an_hour_do_not_count() {
        let mut outcomes = Outcomes::default();
        let at = Timestamp::from_secs;
        for n in 0..150 {
            outcomes.record(at(n), n % 2 == 0);
        }
        assert_eq!(outcomes.recent(at(150)), (50, 100), "the last hundred are kept");
        assert_eq!(outcomes.recent(at(900 + 145)), (2, 5));
        assert_eq!(outcomes.recent(at(5_000)), (0, 0));
    }
}
