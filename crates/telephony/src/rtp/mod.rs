//! What crosses the wire: RTP packets (RFC 3550), their control packets, telephone events (RFC 4733)
//! and SRTP (RFC 3711). Every parser here is total: any bytes give a packet or nothing.

pub mod event;
pub mod reception;
pub mod rtcp;
pub mod srtp;

/// Payload types with one meaning everywhere (RFC 3551, RFC 3389).
pub mod payload {
    /// Mu-law.
    pub const PCMU: u8 = 0;
    /// A-law.
    pub const PCMA: u8 = 8;
    /// Comfort noise: says that nothing is said.
    pub const COMFORT_NOISE: u8 = 13;
}

/// Length of a header without contributing sources and extension.
pub const HEADER: usize = 12;

/// The longest payload that we send: 60 ms of G.711.
pub const PAYLOAD_MAX: usize = 480;

/// The header of an RTP packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// The first packet after a pause, or of a telephone event.
    pub marker: bool,
    /// What the payload is.
    pub payload_type: u8,
    /// One more in each packet.
    pub sequence: u16,
    /// Of the first sample, in samples.
    pub timestamp: u32,
    /// Of the stream.
    pub ssrc: u32,
}

impl Header {
    /// Writes the header into the first [`HEADER`] bytes.
    pub fn write(&self, packet: &mut [u8; HEADER]) {
        packet[0] = 0x80; // version 2, no padding, no extension, no contributing sources
        packet[1] = u8::from(self.marker) << 7 | self.payload_type & 0x7f;
        packet[2..4].copy_from_slice(&self.sequence.to_be_bytes());
        packet[4..8].copy_from_slice(&self.timestamp.to_be_bytes());
        packet[8..12].copy_from_slice(&self.ssrc.to_be_bytes());
    }
}

/// Reads a packet whose payload is plain. `None` for anything that is not RTP version 2, or whose
/// lengths contradict each other.
pub fn parse(packet: &[u8]) -> Option<(Header, &[u8])> {
    let (header, payload) = parse_header(packet)?;
    let mut end = packet.len();
    if packet[0] & 0x20 != 0 {
        let padding = usize::from(*packet.last()?);
        if padding == 0 || padding > end - payload {
            return None;
        }
        end -= padding;
    }
    Some((header, packet.get(payload..end)?))
}

/// Reads a header, and tells where the payload begins.
pub fn parse_header(packet: &[u8]) -> Option<(Header, usize)> {
    let fixed: &[u8; HEADER] = packet.first_chunk()?;
    if fixed[0] >> 6 != 2 {
        return None;
    }
    let mut payload = HEADER + usize::from(fixed[0] & 15) * 4;
    if fixed[0] & 0x10 != 0 {
        let extension: &[u8; 4] = packet.get(payload..)?.first_chunk()?;
        payload += 4 + usize::from(u16::from_be_bytes([extension[2], extension[3]])) * 4;
    }
    if payload > packet.len() {
        return None;
    }
    let header = Header {
        marker: fixed[1] & 0x80 != 0,
        payload_type: fixed[1] & 0x7f,
        sequence: u16::from_be_bytes([fixed[2], fixed[3]]),
        timestamp: u32::from_be_bytes([fixed[4], fixed[5], fixed[6], fixed[7]]),
        ssrc: u32::from_be_bytes([fixed[8], fixed[9], fixed[10], fixed[11]]),
    };
    Some((header, payload))
}

/// Whether a datagram on a port that both share is RTCP (RFC 5761, section 4).
pub fn is_rtcp(packet: &[u8]) -> bool {
    matches!(packet, [first, second, ..] if first >> 6 == 2 && (192..=223).contains(second))
}

/// Our side of a stream: one source with continuous numbers, whatever is sent through it.
#[derive(Clone, Debug)]
pub struct Outgoing {
    /// Of this stream, for its whole life.
    pub ssrc: u32,
    sequence: u16,
    packets: u32,
    bytes: u32,
}

impl Outgoing {
    /// A stream that begins at a random place (RFC 3550, section 5.1). The first sequence number is
    /// in the lower half, so that SRTP's rollover counter begins at 0 even when packets are lost.
    pub fn new(ssrc: u32, sequence: u16) -> Self {
        Self { ssrc, sequence: sequence & 0x7fff, packets: 0, bytes: 0 }
    }

    /// Writes a packet into `into` and returns its length. A payload longer than fits is cut.
    pub fn packet(
        &mut self,
        into: &mut [u8],
        payload_type: u8,
        timestamp: u32,
        marker: bool,
        payload: &[u8],
    ) -> usize {
        let Some((header, rest)) = into.split_first_chunk_mut::<HEADER>() else { return 0 };
        let sequence = self.sequence;
        Header { marker, payload_type, sequence, timestamp, ssrc: self.ssrc }.write(header);
        let length = payload.len().min(rest.len());
        rest[..length].copy_from_slice(&payload[..length]);
        self.sequence = self.sequence.wrapping_add(1);
        self.packets = self.packets.wrapping_add(1);
        self.bytes = self.bytes.wrapping_add(length as u32);
        HEADER + length
    }

    /// How many packets and bytes of payload were sent, as sender reports count them.
    pub fn sent(&self) -> (u32, u32) {
        (self.packets, self.bytes)
    }
}

/// A number of 16 or 32 bits that wraps, made one that does not.
///
/// The nearest number to the last one is taken: half the range back or ahead.
pub fn unwrap_u32(last: u64, next: u32) -> u64 {
    let ahead = next.wrapping_sub(last as u32) as i32;
    last.wrapping_add_signed(i64::from(ahead))
}

/// As [`unwrap_u32`], for sequence numbers.
pub fn unwrap_u16(last: u64, next: u16) -> u64 {
    let ahead = next.wrapping_sub(last as u16) as i16;
    last.wrapping_add_signed(i64::from(ahead))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_packet_of_another_hand() {
        // Version 2 with padding, extension and one contributing source; PCMA with marker.
        let mut packet = vec![0xb1, 0x88, 0x12, 0x34, 0, 0, 0, 160, 0xde, 0xad, 0xbe, 0xef];
        packet.extend([1, 2, 3, 4]); // contributing source
        packet.extend([0xbe, 0xde, 0, 1, 0x10, 0, 0, 0]); // extension of one word
        packet.extend([0xd5, 0xd5, 0xd5, 0, 0, 3]); // three bytes of sound, three of padding
        let (header, payload) = parse(&packet).unwrap();
        let want = Header {
            marker: true,
            payload_type: payload::PCMA,
            sequence: 0x1234,
            timestamp: 160,
            ssrc: 0xdead_beef,
        };
        assert_eq!((header, payload), (want, &[0xd5; 3][..]));
    }

    #[test]
    fn lengths_that_lie_are_refused() {
        let whole = [0x80, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1];
        assert!(parse(&whole).is_some());
        for (at, byte, what) in [
            (0, 0x40, "version 1"),
            (0, 0x81, "a contributing source that is not there"),
            (0, 0x90, "an extension that is not there"),
            (0, 0xa0, "padding longer than the payload"),
        ] {
            let mut packet = whole;
            packet[at] = byte;
            assert_eq!(parse(&packet), None, "{what}");
        }
        assert_eq!(parse(&whole[..11]), None);
    }

    #[test]
    fn control_is_told_from_sound_on_a_shared_port() {
        assert!(is_rtcp(&[0x81, 200, 0, 6]));
        assert!(!is_rtcp(&[0x80, 0x80 | 8, 0, 6]), "marker and PCMA");
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..80)) {
            if let Some((_, payload)) = parse(&bytes) {
                prop_assert!(payload.len() + HEADER <= bytes.len());
            }
        }

        #[test]
        fn what_is_written_is_read(
            ssrc: u32, timestamp: u32, marker: bool, kind in 0u8..128, start: u16,
            sound in prop::collection::vec(any::<u8>(), 1..480),
        ) {
            let mut out = Outgoing::new(ssrc, start);
            let mut packet = [0; HEADER + PAYLOAD_MAX];
            let length = out.packet(&mut packet, kind, timestamp, marker, &sound);
            let (header, payload) = parse(&packet[..length]).unwrap();
            prop_assert_eq!(payload, &sound[..]);
            let want = Header { marker, payload_type: kind, sequence: start & 0x7fff, timestamp, ssrc };
            prop_assert_eq!(header, want);
        }

        #[test]
        fn wrapping_numbers_go_on(start: u32, steps in prop::collection::vec(-1000i32..60_000, 1..50)) {
            let mut wide = u64::from(start) + (1 << 40);
            let mut truth = wide;
            for step in steps {
                truth = truth.wrapping_add_signed(i64::from(step));
                wide = unwrap_u32(wide, truth as u32);
                prop_assert_eq!(wide, truth);
            }
        }
    }
}
