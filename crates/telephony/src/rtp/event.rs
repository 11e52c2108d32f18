//! Telephone events: digits beside the sound (RFC 4733).

use std::collections::VecDeque;

/// How long we press a key, in ticks: 100 ms.
const PRESS_TICKS: u16 = 5;

/// Between two keys: 60 ms, in which the end is told twice more.
const GAP_TICKS: u16 = 3;

/// Digits that wait to be sent; more are refused.
const QUEUE_MAX: usize = 64;

/// 160 samples a tick.
const TICK: u16 = crate::FRAME as u16;

/// Power of what we send, in -dBm0: the -10 that RFC 4733 shows.
const VOLUME: u8 = 10;

const KEYS: [char; 16] =
    ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', '*', '#', 'A', 'B', 'C', 'D'];

/// The number of a key, 0 to 15 (RFC 4733, section 3.2).
pub fn code(digit: char) -> Option<u8> {
    let at = KEYS.iter().position(|key| *key == digit.to_ascii_uppercase())?;
    u8::try_from(at).ok()
}

/// The key of a number, if it is one.
pub fn digit(code: u8) -> Option<char> {
    KEYS.get(usize::from(code)).copied()
}

/// The payload of an event packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Event {
    /// Which key: 0 to 15; others are no keys.
    pub code: u8,
    /// The key was let go.
    pub end: bool,
    /// -dBm0, 0 to 63.
    pub volume: u8,
    /// Since the packet's timestamp, in samples.
    pub duration: u16,
}

impl Event {
    /// Reads a payload; what follows the first event is not looked at.
    pub fn parse(payload: &[u8]) -> Option<Self> {
        let [code, flags, high, low, ..] = *payload else { return None };
        let duration = u16::from_be_bytes([high, low]);
        Some(Self { code, end: flags & 0x80 != 0, volume: flags & 0x3f, duration })
    }

    /// Its four bytes.
    pub fn bytes(&self) -> [u8; 4] {
        let [high, low] = self.duration.to_be_bytes();
        [self.code, u8::from(self.end) << 7 | self.volume & 0x3f, high, low]
    }
}

/// Tells each press once, however many packets speak of it and however many are lost.
#[derive(Clone, Debug, Default)]
pub struct Presses {
    last: Option<Press>,
}

#[derive(Clone, Copy, Debug)]
struct Press {
    code: u8,
    started: u32,
    duration: u16,
    ended: bool,
}

impl Presses {
    /// Hears a packet; returns the key if a new press begins with it.
    pub fn hear(&mut self, timestamp: u32, event: Event) -> Option<char> {
        let digit = digit(event.code)?;
        if let Some(last) = &mut self.last {
            let later = timestamp.wrapping_sub(last.started) as i32;
            if later < 0 {
                return None; // an old packet, overtaken
            }
            if later == 0 {
                if event.code == last.code {
                    last.duration = last.duration.max(event.duration);
                    last.ended |= event.end;
                    return None;
                }
            // A press longer than 8 s goes on in a new segment (section 2.5.1.3).
            } else if event.code == last.code
                && !last.ended
                && last.duration == u16::MAX
                && later == i32::from(last.duration)
            {
                self.last = Some(Press { started: timestamp, ..Press::of(timestamp, event) });
                return None;
            }
        }
        self.last = Some(Press::of(timestamp, event));
        Some(digit)
    }
}

impl Press {
    fn of(started: u32, event: Event) -> Self {
        Self { code: event.code, started, duration: event.duration, ended: event.end }
    }
}

/// A packet to be sent in this tick.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EventPacket {
    /// When the key went down.
    pub timestamp: u32,
    /// The first of its press.
    pub marker: bool,
    /// What to send.
    pub event: Event,
}

/// Presses keys, one tick at a time.
#[derive(Clone, Debug, Default)]
pub struct Keypad {
    waiting: VecDeque<u8>,
    pressed: Option<Pressed>,
}

#[derive(Clone, Copy, Debug)]
struct Pressed {
    code: u8,
    started: u32,
    tick: u16,
}

impl Keypad {
    /// Adds keys. What is no key is left out; `false` when there was no room for all.
    pub fn dial(&mut self, digits: &str) -> bool {
        for code in digits.chars().filter_map(code) {
            if self.waiting.len() >= QUEUE_MAX {
                return false;
            }
            self.waiting.push_back(code);
        }
        true
    }

    /// Whether a key is pressed or waits: no sound is sent meanwhile.
    pub fn is_busy(&self) -> bool {
        self.pressed.is_some() || !self.waiting.is_empty()
    }

    /// The packet of this tick, whose first sample has `timestamp`. `None` in the gap between two
    /// keys, and when nothing is left.
    pub fn tick(&mut self, timestamp: u32) -> Option<EventPacket> {
        let pressed = match &mut self.pressed {
            Some(pressed) => pressed,
            None => {
                let code = self.waiting.pop_front()?;
                self.pressed.insert(Pressed { code, started: timestamp, tick: 0 })
            }
        };
        pressed.tick += 1;
        let Pressed { code, started, tick } = *pressed;
        if tick >= PRESS_TICKS + GAP_TICKS {
            self.pressed = None;
        }
        // The end is told three times, in case one is lost (section 2.5.1.4).
        if tick >= PRESS_TICKS + 3 {
            return None;
        }
        let event = Event {
            code,
            end: tick >= PRESS_TICKS,
            volume: VOLUME,
            duration: tick.min(PRESS_TICKS) * TICK,
        };
        Some(EventPacket { timestamp: started, marker: tick == 1, event })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// All packets of a dialled string.
    fn dialled(digits: &str) -> Vec<EventPacket> {
        let mut keypad = Keypad::default();
        assert!(keypad.dial(digits));
        let mut packets = Vec::new();
        let mut now = 4_294_967_000; // wraps soon
        while keypad.is_busy() {
            packets.extend(keypad.tick(now));
            now = now.wrapping_add(u32::from(TICK));
        }
        packets
    }

    #[test]
    fn a_press_as_the_rfc_wants_it() {
        let packets = dialled("5");
        let told: Vec<(bool, u16, bool)> =
            packets.iter().map(|p| (p.marker, p.event.duration, p.event.end)).collect();
        assert_eq!(
            told,
            [
                (true, 160, false),
                (false, 320, false),
                (false, 480, false),
                (false, 640, false),
                (false, 800, true),
                (false, 800, true),
                (false, 800, true),
            ]
        );
        assert!(packets.iter().all(|p| p.timestamp == 4_294_967_000));
        assert_eq!(packets[4].event.bytes(), [5, 0x8a, 3, 0x20]);
    }

    #[test]
    fn a_key_held_for_half_a_minute_is_one_press() {
        let mut presses = Presses::default();
        let mut told = Vec::new();
        let mut started = 0u32;
        for _ in 0..4 {
            for duration in (0..=u16::MAX).step_by(160).chain([u16::MAX]) {
                let event = Event { code: 11, end: false, volume: 10, duration };
                told.extend(presses.hear(started, event));
            }
            started += u32::from(u16::MAX);
        }
        assert_eq!(told, ['#']);
    }

    #[test]
    fn what_is_no_key_is_not_told() {
        let flash = Event { code: 16, end: false, volume: 0, duration: 160 };
        assert_eq!(Presses::default().hear(0, flash), None);
        assert_eq!(Event::parse(&[1, 2, 3]), None);
    }

    proptest! {
        #[test]
        fn each_press_is_told_once_if_any_packet_of_it_comes(
            digits in "[0-9*#A-D]{1,12}",
            fate in prop::collection::vec(0u8..10, 100),
        ) {
            let mut presses = Presses::default();
            let mut heard = String::new();
            let mut came = std::collections::BTreeSet::new();
            for (packet, fate) in dialled(&digits).into_iter().zip(fate) {
                let times = match fate { 0..3 => 0, 3..5 => 2, _ => 1 }; // lost, doubled, or fine
                for _ in 0..times {
                    came.insert(packet.timestamp.wrapping_sub(4_294_967_000));
                    heard.extend(presses.hear(packet.timestamp, packet.event));
                }
            }
            prop_assert_eq!(heard.len(), came.len());
            let mut rest = digits.chars();
            prop_assert!(heard.chars().all(|digit| rest.any(|d| d == digit)), "{heard} of {digits}");
        }
    }
}
