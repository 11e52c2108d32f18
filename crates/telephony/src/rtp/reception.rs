//! What arrives of a stream: how much of it was lost, and how evenly it comes (RFC 3550).

use super::unwrap_u16;
use crate::RATE;

/// A jump further than this is another stream, not loss (RFC 3550, appendix A.1).
const DROPOUT_MAX: u64 = 3_000;

/// Packets so much older than the newest are a restart as well.
const MISORDER_MAX: u64 = 100;

/// Numbers of one received stream.
#[derive(Clone, Debug, Default)]
pub struct Reception {
    /// Of the stream that is being received.
    ssrc: Option<u32>,
    /// Extended; the first of the stream, and the highest.
    first: u64,
    highest: u64,
    /// A sequence number that would be the next, if a stream restarts without a new SSRC.
    restart: Option<u16>,
    received: u64,
    /// Which of the last packets have come, the highest in the lowest bit: a packet that the network
    /// doubled does not make up for one that it lost.
    seen: u64,
    /// Of streams that ended before this one.
    received_before: u64,
    expected_before: u64,
    /// RFC 3550 section 6.4.1, times 16, in samples.
    jitter: u64,
    transit: Option<i64>,
    /// At the last report.
    reported: (u64, u64),
}

/// What a packet is to the stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// The next, or a later one.
    Newer,
    /// An earlier one that comes late.
    Older,
    /// One that came already.
    Again,
    /// The first of another stream: what was buffered belongs to the one before.
    Restart,
    /// Too far away to belong, and alone so far.
    Stray,
}

impl Reception {
    /// Counts a packet. `sound` gives its timestamp and the time of its arrival, in samples, if it
    /// takes part in measuring jitter; telephone events do not.
    pub fn count(&mut self, ssrc: u32, sequence: u16, sound: Option<(u32, u64)>) -> Place {
        let place = self.place(ssrc, sequence);
        if matches!(place, Place::Stray | Place::Again) {
            return place;
        }
        self.received += 1;
        if place == Place::Restart {
            self.transit = None;
        }
        if let Some((timestamp, arrival)) = sound {
            let transit = i64::from((arrival as u32).wrapping_sub(timestamp) as i32);
            if let Some(before) = self.transit {
                // A jump of a second is a change of clock, not jitter.
                let d = transit.abs_diff(before);
                if d < u64::from(RATE) {
                    self.jitter = self.jitter + d - ((self.jitter + 8) >> 4);
                }
            }
            self.transit = Some(transit);
        }
        place
    }

    fn place(&mut self, ssrc: u32, sequence: u16) -> Place {
        if self.ssrc != Some(ssrc) {
            self.begin(ssrc, sequence);
            return Place::Restart;
        }
        let at = unwrap_u16(self.highest, sequence);
        if at > self.highest && at - self.highest <= DROPOUT_MAX {
            let ahead = at - self.highest;
            self.seen = if ahead < 64 { self.seen << ahead | 1 } else { 1 };
            self.highest = at;
            self.restart = None;
            return Place::Newer;
        }
        if at <= self.highest && self.highest - at <= MISORDER_MAX {
            self.first = self.first.min(at);
            let bit = 1u64.checked_shl((self.highest - at) as u32).unwrap_or(0);
            let again = self.seen & bit != 0;
            self.seen |= bit;
            return if again { Place::Again } else { Place::Older };
        }
        // Two in a row from far away: the far end began anew without saying so.
        if self.restart == Some(sequence) {
            self.begin(ssrc, sequence);
            return Place::Restart;
        }
        self.restart = Some(sequence.wrapping_add(1));
        Place::Stray
    }

    fn begin(&mut self, ssrc: u32, sequence: u16) {
        self.expected_before += self.expected_here();
        self.received_before += self.received;
        self.received = 0;
        self.seen = 1;
        self.restart = None;
        self.ssrc = Some(ssrc);
        // High enough that an earlier one does not fall below zero.
        self.highest = u64::from(sequence) + (1 << 16);
        self.first = self.highest;
    }

    fn expected_here(&self) -> u64 {
        if self.ssrc.is_some() { self.highest - self.first + 1 } else { 0 }
    }

    /// Of the stream that is being received.
    pub fn ssrc(&self) -> Option<u32> {
        self.ssrc
    }

    /// Packets received, of all streams.
    pub fn received(&self) -> u64 {
        self.received_before + self.received
    }

    /// Packets that should have come.
    pub fn expected(&self) -> u64 {
        self.expected_before + self.expected_here()
    }

    /// Packets that did not come.
    pub fn lost(&self) -> u64 {
        self.expected().saturating_sub(self.received())
    }

    /// Interarrival jitter in samples.
    pub fn jitter(&self) -> u32 {
        u32::try_from(self.jitter >> 4).unwrap_or(u32::MAX)
    }

    /// The highest sequence number with its cycles, as reports carry it.
    pub fn highest(&self) -> u32 {
        self.highest.wrapping_sub(1 << 16) as u32
    }

    /// The share lost since this was last asked, in 1/256.
    pub fn fraction_lost(&mut self) -> u8 {
        let now = (self.expected(), self.received());
        let (expected, received) = (now.0 - self.reported.0, now.1.saturating_sub(self.reported.1));
        self.reported = now;
        let lost = expected.saturating_sub(received);
        let share = (lost * 256).checked_div(expected).unwrap_or(0);
        u8::try_from(share).unwrap_or(u8::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loss_is_what_did_not_come() {
        let mut reception = Reception::default();
        for sequence in (65_500..=u16::MAX).chain(0..64) {
            if sequence % 10 != 5 {
                reception.count(7, sequence, None);
            }
        }
        assert_eq!((reception.received(), reception.expected(), reception.lost()), (90, 100, 10));
        assert_eq!(reception.fraction_lost(), 25); // a tenth of 256
        assert_eq!(reception.fraction_lost(), 0, "nothing since");
        assert_eq!(reception.highest(), (1 << 16) + 63);
    }

    #[test]
    fn jitter_by_the_formula() {
        // A packet each 20 ms, every other one 10 ms late: D is 80 samples each time, and
        // J = 80 (1 - (15/16)^n).
        let mut reception = Reception::default();
        for n in 0..=200u16 {
            let arrival = u64::from(n) * 160 + u64::from(n % 2) * 80;
            reception.count(7, n, Some((u32::from(n) * 160, arrival)));
        }
        assert!((78..=80).contains(&reception.jitter()), "{}", reception.jitter());
        let mut even = Reception::default();
        for n in 0..=200u16 {
            even.count(7, n, Some((u32::from(n) * 160, u64::from(n) * 160 + 1_000_000)));
        }
        assert_eq!(even.jitter(), 0);
    }

    #[test]
    fn a_stray_changes_nothing_and_two_in_a_row_are_a_new_stream() {
        let mut reception = Reception::default();
        assert_eq!(reception.count(7, 100, None), Place::Restart);
        assert_eq!(reception.count(7, 101, None), Place::Newer);
        assert_eq!(reception.count(7, 30_000, None), Place::Stray);
        assert_eq!(reception.count(7, 102, None), Place::Newer);
        assert_eq!(reception.count(7, 99, None), Place::Older);
        assert_eq!(reception.count(7, 101, None), Place::Again);
        assert_eq!(reception.count(7, 30_000, None), Place::Stray);
        assert_eq!(reception.count(7, 30_001, None), Place::Restart);
        assert_eq!(reception.count(8, 5, None), Place::Restart, "another source");
        assert_eq!((reception.lost(), reception.received()), (0, 6));
    }
}
