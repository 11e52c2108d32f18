//! Control packets of RTP: sender and receiver reports, names and goodbyes (RFC 3550, section 6).

use std::time::Duration;

const SENDER_REPORT: u8 = 200;
const RECEIVER_REPORT: u8 = 201;
const DESCRIPTION: u8 = 202;
const GOODBYE: u8 = 203;

/// The longest compound packet that [`write`] makes.
pub const COMPOUND_MAX: usize = 128;

/// Time as reports carry it: seconds in the upper half, their fraction in the lower.
pub fn ntp(since_start: Duration) -> u64 {
    let fraction = (u64::from(since_start.subsec_nanos()) << 32) / 1_000_000_000;
    since_start.as_secs() << 32 | fraction
}

/// The middle half of an NTP time, in 1/65,536 s.
pub fn middle(ntp: u64) -> u32 {
    (ntp >> 16) as u32
}

/// What somebody reports of a stream that they receive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Block {
    /// Of the stream.
    pub ssrc: u32,
    /// Since the last report, in 1/256.
    pub fraction_lost: u8,
    /// Since the beginning; 24 bits with sign.
    pub lost: i32,
    /// With its cycles.
    pub highest: u32,
    /// In samples.
    pub jitter: u32,
    /// Middle half of the last sender report's time, 0 if there was none.
    pub last_report: u32,
    /// Since then, in 1/65,536 s.
    pub delay: u32,
}

/// What a sender reports of its own stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sent {
    /// When this was written, on the sender's clock.
    pub ntp: u64,
    /// The same instant in the stream's samples.
    pub timestamp: u32,
    /// Packets sent.
    pub packets: u32,
    /// Bytes of payload sent.
    pub bytes: u32,
}

/// What a compound packet says that we care about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Heard {
    /// The sender's report, with its SSRC.
    pub sent: Option<(u32, Sent)>,
    /// What it reports of the asked stream.
    pub block: Option<Block>,
    /// It leaves.
    pub goodbye: bool,
}

/// Reads a compound packet; `ours` is the stream whose report is looked for. Stops at the first part
/// that contradicts itself; `None` when even the first does.
pub fn parse(mut packet: &[u8], ours: u32) -> Option<Heard> {
    let mut heard = Heard::default();
    let mut parts = 0;
    while let Some((kind, count, body, rest)) = part(packet) {
        parts += 1;
        packet = rest;
        let blocks = match kind {
            SENDER_REPORT => {
                let Some(sent) = sender(body) else { break };
                heard.sent = Some(sent);
                &body[24..]
            }
            RECEIVER_REPORT => body.get(4..).unwrap_or_default(),
            GOODBYE => {
                heard.goodbye = true;
                continue;
            }
            _ => continue,
        };
        let found = blocks.as_chunks::<24>().0.iter().take(count).map(block);
        heard.block = found.into_iter().find(|block| block.ssrc == ours).or(heard.block);
    }
    (parts > 0).then_some(heard)
}

/// Kind, count, body and rest of the first part.
fn part(packet: &[u8]) -> Option<(u8, usize, &[u8], &[u8])> {
    let [first, kind, high, low, rest @ ..] = packet else { return None };
    if first >> 6 != 2 {
        return None;
    }
    let length = usize::from(u16::from_be_bytes([*high, *low])) * 4;
    let (body, rest) = rest.split_at_checked(length)?;
    Some((*kind, usize::from(first & 31), body, rest))
}

fn word(bytes: &[u8], at: usize) -> u32 {
    let bytes = bytes.get(at * 4..).and_then(|rest| rest.first_chunk());
    bytes.map_or(0, |four| u32::from_be_bytes(*four))
}

fn sender(body: &[u8]) -> Option<(u32, Sent)> {
    let ntp = u64::from(word(body, 1)) << 32 | u64::from(word(body, 2));
    let sent = Sent { ntp, timestamp: word(body, 3), packets: word(body, 4), bytes: word(body, 5) };
    (body.len() >= 24).then_some((word(body, 0), sent))
}

fn block(bytes: &[u8; 24]) -> Block {
    let loss = word(bytes, 1);
    Block {
        ssrc: word(bytes, 0),
        fraction_lost: (loss >> 24) as u8,
        lost: (loss << 8) as i32 >> 8,
        highest: word(bytes, 2),
        jitter: word(bytes, 3),
        last_report: word(bytes, 4),
        delay: word(bytes, 5),
    }
}

/// Writes a compound packet and returns its length: a report (of a sender if there is something
/// `sent`), our name, and a goodbye when asked for.
pub fn write(
    into: &mut [u8; COMPOUND_MAX],
    ssrc: u32,
    name: &[u8; 8],
    sent: Option<Sent>,
    block: Option<Block>,
    goodbye: bool,
) -> usize {
    let mut at = Writer { into, at: 0 };
    let count = u8::from(block.is_some());
    let words = 1 + if sent.is_some() { 5 } else { 0 } + u16::from(count) * 6;
    let kind = if sent.is_some() { SENDER_REPORT } else { RECEIVER_REPORT };
    at.part(count, kind, words);
    at.word(ssrc);
    if let Some(Sent { ntp, timestamp, packets, bytes }) = sent {
        for word in [(ntp >> 32) as u32, ntp as u32, timestamp, packets, bytes] {
            at.word(word);
        }
    }
    if let Some(block) = block {
        at.word(block.ssrc);
        let lost = block.lost.clamp(-0x80_0000, 0x7f_ffff) as u32 & 0xff_ffff;
        at.word(u32::from(block.fraction_lost) << 24 | lost);
        for word in [block.highest, block.jitter, block.last_report, block.delay] {
            at.word(word);
        }
    }
    // One chunk: our canonical name (item 1), the list's end and filling up to a word.
    at.part(1, DESCRIPTION, 4);
    at.word(ssrc);
    at.bytes(&[1, 8]);
    at.bytes(name);
    at.bytes(&[0, 0]);
    if goodbye {
        at.part(1, GOODBYE, 1);
        at.word(ssrc);
    }
    at.at
}

struct Writer<'a> {
    into: &'a mut [u8; COMPOUND_MAX],
    at: usize,
}

impl Writer<'_> {
    /// All parts together are 92 bytes at most, which fits.
    fn bytes(&mut self, bytes: &[u8]) {
        self.into[self.at..self.at + bytes.len()].copy_from_slice(bytes);
        self.at += bytes.len();
    }

    fn word(&mut self, word: u32) {
        self.bytes(&word.to_be_bytes());
    }

    fn part(&mut self, count: u8, kind: u8, words: u16) {
        let [high, low] = words.to_be_bytes();
        self.bytes(&[0x80 | count, kind, high, low]);
    }
}

/// Round trip by a report of our stream (RFC 3550, section 6.4.1): `now` is the middle half of our
/// time at its arrival. `None` if the far end has seen no report of ours, or the sum is nonsense.
pub fn round_trip(now: u32, block: &Block) -> Option<Duration> {
    if block.last_report == 0 {
        return None;
    }
    let span = now.wrapping_sub(block.last_report).wrapping_sub(block.delay) as i32;
    // The two clocks' rates differ a little, so that a short trip may come out just below zero.
    let span = u64::try_from(span.max(0)).unwrap_or(0);
    let trip = Duration::from_micros(span * 1_000_000 / 65_536);
    (trip < Duration::from_secs(10)).then_some(trip)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_example_of_the_rfc() {
        // Figure 2 of section 6.4.1: 46.864:500 at the sender, back at 46,864.500 + 12 s.
        let block = Block {
            ssrc: 1,
            fraction_lost: 0,
            lost: 0,
            highest: 0,
            jitter: 0,
            last_report: 0xb705_2000,
            delay: 0x0005_4000,
        };
        let trip = round_trip(0xb710_8000, &block).unwrap();
        assert_eq!(trip, Duration::from_micros(6_125_000));
    }

    #[test]
    fn a_report_comes_back_as_written() {
        let sent =
            Sent { ntp: ntp(Duration::from_millis(1_500)), timestamp: 9, packets: 3, bytes: 480 };
        assert_eq!(sent.ntp, 0x1_8000_0000);
        let block = Block {
            ssrc: 42,
            fraction_lost: 25,
            lost: -3,
            highest: 70_000,
            jitter: 12,
            last_report: 7,
            delay: 65_536,
        };
        let mut bytes = [0; COMPOUND_MAX];
        let length = write(&mut bytes, 5, b"somebody", Some(sent), Some(block), true);
        let heard = parse(&bytes[..length], 42).unwrap();
        assert_eq!(heard, Heard { sent: Some((5, sent)), block: Some(block), goodbye: true });
        let other = parse(&bytes[..length], 43).unwrap();
        assert_eq!(other.block, None, "a report of somebody else's stream");
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(
            mut bytes in prop::collection::vec(any::<u8>(), 0..128), kind in 195u8..210, words: u8,
        ) {
            if let [first, second, _, low, ..] = &mut bytes[..] {
                (*first, *second, *low) = (*first & 0x3f | 0x80, kind, words % 32);
                bytes[2] = 0;
            }
            let _ = parse(&bytes, 1);
        }
    }
}
