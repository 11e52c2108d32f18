//! The line of a queue: who stands where, and why nobody passes by surprise.

use crate::{
    Ending, QueuedWhy, Router,
    contact::{Stage, micros},
};

/// Ranks below this belong to the emergency lane.
const EMERGENCY: i64 = i64::MIN / 2;

/// Whether a rank belongs to the emergency lane.
pub(crate) fn is_emergency(rank: i64) -> bool {
    rank < EMERGENCY / 2
}

impl Router {
    /// When the promise would be broken, less every head start: whoever has the smallest rank is
    /// nearest to breaching its own client's promise and is served first. The rank never changes
    /// while the contact waits, so ageing is built in and nobody starves.
    pub(crate) fn rank(&self, slot: u32) -> i64 {
        let contact = &self.contacts[slot];
        let start = contact.clock_start.micros();
        if contact.emergency {
            return EMERGENCY.saturating_add(start / 4);
        }
        let head_start = micros(contact.head_start)
            .saturating_add(micros(self.queues[contact.queue].rules.head_start));
        start
            .saturating_add(i64::from(contact.promise.threshold_s) * 1_000_000)
            .saturating_sub(head_start)
            .max(EMERGENCY / 2)
    }

    /// Puts the contact into the line of its queue. Where positions are told nobody who comes later
    /// passes, but for the emergency lane.
    pub(crate) fn join_line(&mut self, slot: u32) {
        let rank = self.rank(slot);
        let contact = &self.contacts[slot];
        let (queue, seq, emergency) = (contact.queue, contact.seq, contact.emergency);
        let entry = &mut self.queues[queue];
        let mut rank = rank;
        if entry.rules.announce_position
            && !emergency
            && let Some(&(last, last_seq, _)) = entry.line.back()
            && (rank, seq) < (last, last_seq)
        {
            rank = if seq > last_seq { last } else { last.saturating_add(1) };
        }
        let at = entry.position(rank, seq);
        entry.line.insert(at, (rank, seq, slot));
        let passed: Vec<(usize, u32)> = if entry.rules.announce_position {
            entry.line.iter().enumerate().skip(at + 1).map(|(at, entry)| (at, entry.2)).collect()
        } else {
            Vec::new()
        };
        self.contacts[slot].rank = rank;
        self.contacts[slot].told_max = u32::try_from(at).unwrap_or(u32::MAX);
        self.contacts[slot].estimate = self.queues[queue].pace.expect(at);
        for (at, behind) in passed {
            let ahead = u32::try_from(at - 1).unwrap_or(u32::MAX);
            let contact = &mut self.contacts[behind];
            contact.told_max = contact.told_max.min(ahead);
        }
    }

    /// Takes the contact out of the line of its queue, if it stands there.
    pub(crate) fn leave_line(&mut self, slot: u32) {
        let contact = &self.contacts[slot];
        let (queue, rank, seq) = (contact.queue, contact.rank, contact.seq);
        let entry = &mut self.queues[queue];
        let at = entry.position(rank, seq);
        if entry.line.get(at).is_some_and(|(_, _, contact)| *contact == slot) {
            entry.line.remove(at);
        }
    }

    pub(crate) fn is_in_line(&self, slot: u32) -> bool {
        let contact = &self.contacts[slot];
        let queue = &self.queues[contact.queue];
        let at = queue.position(contact.rank, contact.seq);
        queue.line.get(at).is_some_and(|(_, _, contact)| *contact == slot)
    }

    /// The contact goes back to its place in the line: its rank and its waiting time stay.
    pub(crate) fn put_in_line_again(&mut self, slot: u32, why: QueuedWhy) {
        self.contacts[slot].stage = Stage::Waiting;
        if !self.is_in_line(slot) {
            self.join_line(slot);
        }
        self.tell_queued(slot, why);
        let queue = self.contacts[slot].queue;
        if self.queues[queue].removed {
            self.end_contact(slot, Ending::QueueRemoved);
            return;
        }
        self.enqueue(slot);
    }
}
