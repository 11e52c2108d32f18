//! Packets into an even stream: one frame for each tick, whatever arrives.
//!
//! The buffer is keyed by time in samples, not by packet, so that packets of 10, 20, 30, 40 or 60 ms
//! and changes between them are all alike. It holds back 40 ms at first. Each packet that comes too
//! late adds a tick, up to 120 ms; a stream that for five seconds could have been played a tick
//! earlier gives one back, at a quiet moment. The same two rules follow a far end whose clock runs
//! faster or slower than ours. What is missing is made up: the last sound, repeated and faded out
//! within 60 ms, then silence.

use crate::{FRAME, RATE, mix::Frame, rtp::unwrap_u32};

/// Half a second; more ahead than this is another stream.
const CAPACITY: usize = 4_096;

/// No decoder of G.711 gives this value, so that it can stand for "nothing came".
const ABSENT: i16 = i16::MIN;

const TICK: i64 = FRAME as i64;

/// Held back at first and at least: 40 ms.
const DELAY_MIN: i64 = 2 * TICK;

/// Held back at most: 120 ms.
const DELAY_MAX: i64 = 6 * TICK;

/// Frames that may be made up before silence: 60 ms.
const CONCEAL_MAX: u32 = 3;

/// Ticks over which the least lead is taken: 1 s.
const WINDOW: u32 = 50;

/// Windows in which a stream must have come early before it is played earlier: 5 s.
const WINDOWS: u32 = 5;

/// Ticks without a packet after which the next one begins anew: 1 s.
const LONG_SILENCE: u32 = 50;

/// Later than this, a packet that is new in its sequence belongs to a clock that was set back.
const LATE_MAX: i64 = RATE as i64 / 4;

/// Mean amplitude below which a tick may be left out or doubled unheard; about -50 dBm0.
const QUIET: i32 = 60;

/// What a frame consists of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Played {
    /// Sound that arrived.
    Whole,
    /// Some of it did not arrive and was made up.
    Concealed,
    /// Nothing is there to be played: before the first packet, in a pause, or after a long gap.
    Nothing,
}

/// Makes an even stream of packets.
pub struct Jitter {
    ring: Box<[i16; CAPACITY]>,
    /// The next sample to be played, on the stream's extended clock; `None` before the first packet.
    next: Option<u64>,
    /// One past the latest sample that came.
    end: u64,
    /// Sound before this was played, or belongs to an earlier stream.
    floor: u64,
    /// The last frame that was heard whole, for concealment.
    last: Frame,
    concealed: u32,
    /// How far ahead of playing packets come: the least in this window.
    least: i64,
    /// Windows in a row in which every packet came early.
    early: u32,
    /// And on average, times 16.
    average: i64,
    ticks: u32,
    since_packet: u32,
    /// The last frames with something missing, by their first sample: whoever comes to fill one of
    /// them comes too late.
    holes: [u64; 16],
    hole: usize,
    /// Ticks to be added (late packets) or left out.
    owed: Owed,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Owed {
    Nothing,
    /// Hold the stream for a tick, and play what is made up.
    Hold,
    /// Leave out a tick at the next quiet moment.
    Skip,
}

impl Default for Jitter {
    fn default() -> Self {
        Self::new()
    }
}

impl Jitter {
    /// Empty.
    pub fn new() -> Self {
        Self {
            ring: vec![ABSENT; CAPACITY]
                .try_into()
                .unwrap_or_else(|_| Box::new([ABSENT; CAPACITY])),
            next: None,
            end: 0,
            floor: 0,
            last: [0; FRAME],
            concealed: CONCEAL_MAX,
            least: i64::MAX,
            average: DELAY_MIN * 16,
            ticks: 0,
            since_packet: 0,
            early: 0,
            holes: [0; 16],
            hole: 0,
            owed: Owed::Nothing,
        }
    }

    /// Forgets everything: another source speaks.
    pub fn reset(&mut self) {
        self.next = None;
        self.ring.fill(ABSENT);
        self.owed = Owed::Nothing;
    }

    /// How much is held back, in samples, on average of the last packets.
    pub fn delay(&self) -> u32 {
        u32::try_from(self.average / 16).unwrap_or(0)
    }

    /// Takes the samples of a packet. `newer`: its sequence number is later than all before;
    /// `marker`: its sender says that a pause ends here. `false` when it came too late to be played.
    pub fn push(&mut self, timestamp: u32, samples: &[i16], newer: bool, marker: bool) -> bool {
        let Some(next) = self.next else {
            self.begin(u64::from(timestamp) + (1 << 33), 0);
            // What was sent just before the first packet to arrive may still come.
            self.floor = self.next.unwrap_or(0);
            self.put(self.floor + DELAY_MIN as u64, samples);
            return true;
        };
        let at = unwrap_u32(next, timestamp);
        let ahead = at.wrapping_sub(next) as i64;
        let after_silence = std::mem::take(&mut self.since_packet) > LONG_SILENCE;
        let drained = self.end <= next;
        let off = !(TICK..=DELAY_MAX).contains(&ahead);
        let lost_touch = ahead < -LATE_MAX || ahead + samples.len() as i64 > CAPACITY as i64;
        if newer && (lost_touch || off && drained && (marker || after_silence)) {
            // Another clock has nothing to do with what was played; the same one has.
            let floor = if lost_touch { at } else { at.max(self.floor) };
            self.begin(at, floor);
            self.put(at, samples);
            return true;
        }
        if lost_touch {
            return false;
        }
        self.least = self.least.min(ahead);
        self.average += ahead - self.average / 16;
        // A double of what was played is not late, and what no wait would help is not waited for.
        let missed = self.holes.iter().any(|hole| {
            (at..at + samples.len() as u64).contains(&(hole + FRAME as u64 - 1))
                || (*hole..hole + FRAME as u64).contains(&at)
        });
        if ahead < 0 && missed && self.average / 16 - ahead <= DELAY_MAX {
            self.owed = Owed::Hold;
        }
        self.put(at, samples)
    }

    /// Plays from `DELAY_MIN` before `at`.
    fn begin(&mut self, at: u64, floor: u64) {
        self.ring.fill(ABSENT);
        self.next = Some(at - DELAY_MIN as u64);
        self.end = at;
        self.floor = floor;
        self.least = i64::MAX;
        self.average = DELAY_MIN * 16;
        self.ticks = 0;
        self.early = 0;
        self.since_packet = 0;
        self.holes = [0; 16];
        self.owed = Owed::Nothing;
    }

    /// Keeps what is still to be played.
    fn put(&mut self, at: u64, samples: &[i16]) -> bool {
        let from = self.next.unwrap_or(0).max(self.floor);
        let skip = usize::try_from(from.saturating_sub(at)).unwrap_or(usize::MAX);
        let Some(fresh) = samples.get(skip..).filter(|rest| !rest.is_empty()) else {
            return false;
        };
        let start = at + skip as u64;
        for (index, sample) in (start..).zip(fresh) {
            self.ring[slot(index)] = (*sample).max(ABSENT + 1);
        }
        self.end = self.end.max(start + fresh.len() as u64);
        true
    }

    /// The frame of this tick.
    pub fn pull(&mut self, frame: &mut Frame) -> Played {
        self.since_packet = self.since_packet.saturating_add(1);
        let Some(next) = self.next else {
            frame.fill(0);
            return Played::Nothing;
        };
        self.balance(next);
        if self.owed == Owed::Hold {
            self.owed = Owed::Nothing;
            return self.conceal(frame, &[true; FRAME]);
        }
        let next = self.next.unwrap_or(next);
        let mut missing = [false; FRAME];
        let mut holes = 0;
        for (offset, sample) in frame.iter_mut().enumerate() {
            let kept = &mut self.ring[slot(next + offset as u64)];
            *sample = std::mem::replace(kept, ABSENT);
            missing[offset] = *sample == ABSENT;
            holes += usize::from(missing[offset]);
        }
        self.next = Some(next + FRAME as u64);
        self.floor = self.floor.max(next + FRAME as u64);
        if holes > 0 {
            self.holes[self.hole] = next;
            self.hole = (self.hole + 1) % self.holes.len();
            return self.conceal(frame, &missing);
        }
        if self.owed == Owed::Skip && is_quiet(frame) {
            self.owed = Owed::Nothing;
            self.skip(FRAME as u64);
        }
        self.last = *frame;
        self.concealed = 0;
        Played::Whole
    }

    /// Once in a window: whether the stream could be played earlier.
    fn balance(&mut self, next: u64) {
        self.ticks += 1;
        if self.ticks < WINDOW {
            return;
        }
        let least = std::mem::replace(&mut self.least, i64::MAX);
        self.ticks = 0;
        if least == i64::MAX || next >= self.end {
            self.early = 0;
        } else if least > DELAY_MAX {
            // The first packet was late and the others are not: nobody waits that out.
            self.skip((least - DELAY_MIN) as u64);
        } else if least >= DELAY_MIN + TICK {
            self.early += 1;
            if self.early >= WINDOWS {
                self.early = 0;
                self.owed = Owed::Skip;
            }
        } else {
            self.early = 0;
        }
    }

    /// Leaves out what would come next.
    fn skip(&mut self, samples: u64) {
        let Some(next) = self.next else { return };
        for index in next..next + samples.min(CAPACITY as u64) {
            self.ring[slot(index)] = ABSENT;
        }
        self.next = Some(next + samples);
        self.floor = self.floor.max(next + samples);
        self.average = (self.average - samples as i64 * 16).max(0);
    }

    /// Fills what is missing with the last sound, fading.
    fn conceal(&mut self, frame: &mut Frame, missing: &[bool; FRAME]) -> Played {
        let any = missing.iter().any(|gone| !gone);
        let whole = CONCEAL_MAX as i32 * TICK as i32;
        let done = self.concealed.min(CONCEAL_MAX) as i32 * TICK as i32;
        for (at, sample) in frame.iter_mut().enumerate() {
            if missing[at] {
                let left = whole - done - at as i32;
                *sample = (i32::from(self.last[at]) * left.max(0) / whole) as i16;
            }
        }
        let made_up = self.concealed < CONCEAL_MAX;
        self.concealed = if any { 1 } else { (self.concealed + 1).min(CONCEAL_MAX) };
        if any {
            self.last = *frame;
        }
        if made_up || any { Played::Concealed } else { Played::Nothing }
    }
}

/// Where a sample is kept.
fn slot(index: u64) -> usize {
    index as usize % CAPACITY
}

fn is_quiet(frame: &Frame) -> bool {
    let total: i32 = frame.iter().map(|sample| i32::from(*sample).abs()).sum();
    total < QUIET * FRAME as i32
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// What a sample says of when it was said: never silent, and different for four seconds.
    fn said(index: u64) -> i16 {
        (index % 32_000) as i16 + 500
    }

    fn packet(start: u64, length: usize) -> Vec<i16> {
        (start..start + length as u64).map(said).collect()
    }

    /// Plays a stream of packets of `length` samples that arrive at the ticks given, and returns the
    /// frames.
    fn play(length: usize, ticks: u64, arrives: impl Fn(u64) -> u64) -> Vec<(Played, Frame)> {
        let mut jitter = Jitter::new();
        let mut coming: Vec<(u64, u64)> =
            (0..ticks * 160 / length as u64).map(|n| (arrives(n), n)).collect();
        coming.sort();
        let mut coming = coming.into_iter().peekable();
        let mut newest = None;
        (0..ticks)
            .map(|tick| {
                while let Some((_, n)) = coming.next_if(|(at, _)| *at <= tick) {
                    let newer = newest.is_none_or(|newest| n > newest);
                    newest = newest.max(Some(n));
                    let start = n * length as u64;
                    jitter.push(start as u32, &packet(start, length), newer, n == 0);
                }
                let mut frame = [1; FRAME];
                (jitter.pull(&mut frame), frame)
            })
            .collect()
    }

    fn count(frames: &[(Played, Frame)], kind: Played) -> usize {
        frames.iter().filter(|(played, _)| *played == kind).count()
    }

    #[test]
    fn an_even_stream_is_delayed_by_40_ms_and_otherwise_untouched() {
        for length in [80, 160, 240, 320, 480] {
            let frames = play(length, 200, |n| n * length as u64 / 160);
            assert_eq!(count(&frames[..4], Played::Nothing), 2, "{length}");
            // Packets of 30 and 60 ms come as their last tick allows: within what is held back.
            assert_eq!(count(&frames[2..190], Played::Whole), 188, "{length}");
            let heard: Vec<i16> = frames[2..190].iter().flat_map(|(_, frame)| *frame).collect();
            assert_eq!(heard, packet(0, 188 * 160), "{length}");
        }
    }

    #[test]
    fn a_change_of_packet_time_is_not_heard() {
        let mut jitter = Jitter::new();
        let mut sent = 0u64;
        let mut whole = 0;
        for tick in 0..300u64 {
            let length = [160, 240, 80][tick as usize / 100];
            while sent + length <= (tick + 1) * 160 {
                jitter.push(sent as u32, &packet(sent, length as usize), true, false);
                sent += length;
            }
            let mut frame = [0; FRAME];
            whole += usize::from(jitter.pull(&mut frame) == Played::Whole);
        }
        assert!(whole >= 297, "{whole}");
    }

    #[test]
    fn one_lost_packet_is_made_up_and_five_fade_into_silence() {
        let frames = play(160, 100, |n| if n == 40 { u64::MAX } else { n });
        assert_eq!(count(&frames, Played::Concealed), 1);
        assert!(frames[42].1.iter().all(|sample| *sample > 0), "repeated, not silent");
        let frames = play(160, 100, |n| if (40..45).contains(&n) { u64::MAX } else { n });
        assert_eq!(count(&frames[42..45], Played::Concealed), 3);
        assert_eq!(count(&frames[45..47], Played::Nothing), 2);
        assert_eq!((frames[44].1[159], frames[46].1[80]), (frames[44].1[159].min(400), 0));
        assert_eq!(frames[47].0, Played::Whole);
    }

    #[test]
    fn late_packets_are_waited_for_longer_but_never_beyond_120_ms() {
        // Every tenth packet comes 80 ms late.
        let late = |n: u64| if n % 10 == 9 { n + 4 } else { n };
        let frames = play(160, 1_000, late);
        assert_eq!(count(&frames[200..], Played::Whole), 800, "it has learnt to wait");
        // 300 ms late is never waited for.
        let late = |n: u64| if n % 10 == 9 { n + 15 } else { n };
        let frames = play(160, 1_000, late);
        let made_up = count(&frames[200..], Played::Concealed);
        assert!((75..=85).contains(&made_up), "{made_up}");
    }

    #[test]
    fn a_stream_that_began_late_is_caught_up_with() {
        let mut jitter = Jitter::new();
        let mut frame = [0; FRAME];
        // The first packet took 300 ms longer than the others.
        jitter.push(0, &packet(0, 160), true, true);
        for n in 1..15u64 {
            jitter.push((n * 160) as u32, &packet(n * 160, 160), true, false);
        }
        for n in 15..300u64 {
            jitter.push((n * 160) as u32, &packet(n * 160, 160), true, false);
            jitter.pull(&mut frame);
        }
        assert!(jitter.delay() <= DELAY_MAX as u32, "{}", jitter.delay());
    }

    #[test]
    fn clocks_that_run_apart_are_followed() {
        // 200 parts in a million fast, and slow: 12 ms a minute; ten minutes, speech with pauses.
        for (parts, name) in [(1_000_200u64, "fast"), (999_800, "slow")] {
            let mut jitter = Jitter::new();
            let (mut sent, mut bad) = (0u64, 0);
            for tick in 0..30_000u64 {
                while (sent + 160) * 1_000_000 <= (tick + 1) * 160 * parts {
                    let quiet = sent / 8_000 % 3 == 0;
                    let sound: Vec<i16> = if quiet { vec![0; 160] } else { packet(sent, 160) };
                    jitter.push(sent as u32, &sound, true, false);
                    sent += 160;
                }
                let mut frame = [0; FRAME];
                bad += usize::from(jitter.pull(&mut frame) != Played::Whole);
            }
            assert!(bad <= 12, "{name}: {bad}");
            assert!(jitter.delay() <= DELAY_MAX as u32, "{name}: {}", jitter.delay());
        }
    }

    #[test]
    fn a_clock_that_jumps_begins_anew() {
        for jump in [0x8000_0000u32, 50_000, 0xffff_0000] {
            let mut jitter = Jitter::new();
            let mut frame = [0; FRAME];
            let mut whole = 0;
            for n in 0..100u64 {
                let shift = if n >= 50 { jump } else { 0 };
                jitter.push((n * 160) as u32 + shift, &packet(n * 160, 160), true, false);
                whole += usize::from(jitter.pull(&mut frame) == Played::Whole);
            }
            assert!(whole >= 94, "{jump:#x}: {whole}");
        }
    }

    #[test]
    fn after_a_pause_the_first_words_are_whole() {
        // Ten seconds in which nothing was sent, and the clock stood still meanwhile.
        let mut jitter = Jitter::new();
        let mut frame = [0; FRAME];
        let mut kinds = Vec::new();
        for n in 0..600u64 {
            if !(50..550).contains(&n) {
                let at = if n < 50 { n } else { n - 500 };
                jitter.push((at * 160) as u32, &packet(at * 160, 160), true, n == 550);
            }
            kinds.push(jitter.pull(&mut frame));
        }
        assert!(kinds[56..540].iter().all(|kind| *kind == Played::Nothing));
        assert!(kinds[552..].iter().all(|kind| *kind == Played::Whole), "{:?}", &kinds[548..556]);
    }

    proptest! {
        #[test]
        fn nothing_is_heard_twice_or_out_of_order(
            fates in prop::collection::vec((0u64..8, 0u8..20, any::<bool>()), 300),
            length in prop::sample::select(vec![80usize, 160, 240, 320, 480]),
            start: u32,
        ) {
            let mut coming = Vec::new();
            for (n, (delay, luck, marker)) in fates.iter().enumerate() {
                let due = n as u64 * length as u64 / 160;
                let times = match luck { 0 | 1 => 0, 2 => 2, _ => 1 };
                for again in 0..times {
                    coming.push((due + delay * u64::from(*luck < 8) + again * 3, n as u64, *marker));
                }
            }
            coming.sort();
            let mut jitter = Jitter::new();
            let mut newest = None;
            let mut last: Option<i64> = None;
            let mut coming = coming.into_iter().peekable();
            for tick in 0..300 * length as u64 / 160 + 20 {
                while let Some((_, n, marker)) = coming.next_if(|(at, ..)| *at <= tick) {
                    let newer = newest.is_none_or(|newest| n > newest);
                    newest = newest.max(Some(n));
                    let at = n * length as u64;
                    let sound: Vec<i16> = (at..at + length as u64).map(said).collect();
                    jitter.push(start.wrapping_add(at as u32), &sound, newer, marker);
                }
                let mut frame = [0; FRAME];
                if jitter.pull(&mut frame) == Played::Whole {
                    for sample in frame {
                        let value = i64::from(sample) - 500;
                        if let Some(last) = last {
                            let step = (value - last).rem_euclid(32_000);
                            prop_assert!((1..16_000).contains(&step), "{step} after {last}");
                        }
                        last = Some(value);
                    }
                }
            }
        }

        #[test]
        fn any_packets_at_all_give_one_frame_a_tick(
            packets in prop::collection::vec(
                (any::<u32>(), 0usize..1_500, any::<bool>(), any::<bool>(), 0u8..3), 1..200),
        ) {
            let mut jitter = Jitter::new();
            for (timestamp, length, newer, marker, pulls) in packets {
                jitter.push(timestamp, &vec![i16::MIN; length], newer, marker);
                for _ in 0..pulls {
                    let mut frame = [0; FRAME];
                    jitter.pull(&mut frame);
                }
            }
        }
    }
}
