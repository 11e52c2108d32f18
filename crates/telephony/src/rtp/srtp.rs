//! Secured RTP (RFC 3711) with keys from the session description (RFC 4568): AES in counter mode
//! with 128 bits, HMAC-SHA1 with 80 bits, or with 32 for sound.

use aes::{
    Aes128,
    cipher::{KeyIvInit, StreamCipher},
};
use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;

use super::{HEADER, parse_header};
use crate::media::SrtpKey;

/// The longest tag.
pub const TAG_MAX: usize = 10;

/// Bytes between the fixed header of a report and its encrypted part.
const REPORT_CLEAR: usize = 8;

/// "Encrypted", the upper bit beside the index of a report.
const ENCRYPTED: u32 = 1 << 31;

type Cipher = ctr::Ctr128BE<Aes128>;

/// Keys of one kind of packet, derived from a master key.
struct Session {
    key: [u8; 16],
    salt: [u8; 14],
    mac: Hmac<Sha1>,
    tag: usize,
}

impl Session {
    /// `label` is 0 for sound and 3 for reports (section 4.3.2).
    fn derive(master: &SrtpKey, label: u8, tag: usize) -> Self {
        let mut key = [0; 16];
        let mut auth = [0; 20];
        let mut salt = [0; 14];
        for (label, out) in
            [(label, &mut key[..]), (label + 1, &mut auth[..]), (label + 2, &mut salt[..])]
        {
            derive(master, label, out);
        }
        let mac =
            <Hmac<Sha1> as KeyInit>::new_from_slice(&auth).expect("HMAC takes a key of any length");
        Self { key, salt, mac, tag }
    }

    /// Encrypts or decrypts; counter mode is its own inverse (section 4.1.1).
    fn apply(&self, ssrc: u32, index: u64, data: &mut [u8]) {
        let mut iv = [0; 16];
        iv[..14].copy_from_slice(&self.salt);
        for (byte, with) in iv[4..8].iter_mut().zip(ssrc.to_be_bytes()) {
            *byte ^= with;
        }
        for (byte, with) in iv[8..14].iter_mut().zip(&index.to_be_bytes()[2..]) {
            *byte ^= with;
        }
        Cipher::new(&self.key.into(), &iv.into()).apply_keystream(data);
    }

    fn sign(&self, parts: [&[u8]; 2]) -> [u8; 20] {
        let mut mac = self.mac.clone();
        for part in parts {
            mac.update(part);
        }
        mac.finalize().into_bytes().into()
    }

    /// Whether the tag fits, compared without telling by its time where it does not.
    fn verify(&self, parts: [&[u8]; 2], tag: &[u8]) -> bool {
        let mut mac = self.mac.clone();
        for part in parts {
            mac.update(part);
        }
        mac.verify_truncated_left(tag).is_ok()
    }
}

/// The pseudo-random function of section 4.3.3, with a derivation rate of 0.
fn derive(master: &SrtpKey, label: u8, out: &mut [u8]) {
    let (key, salt) = master.key_and_salt.split_at(16);
    let mut iv = [0; 16];
    iv[..14].copy_from_slice(salt);
    iv[7] ^= label;
    let mut bytes = [0; 16];
    bytes.copy_from_slice(key);
    out.fill(0);
    Cipher::new(&bytes.into(), &iv.into()).apply_keystream(out);
}

fn sessions(key: &SrtpKey) -> (Session, Session) {
    // Reports keep the long tag in both suites (RFC 4568, section 6.2).
    let tag = if key.short_tag { 4 } else { TAG_MAX };
    (Session::derive(key, 0, tag), Session::derive(key, 3, TAG_MAX))
}

/// Secures what we send: one stream and its reports.
pub struct Protect {
    sound: Session,
    reports: Session,
    rollover: u32,
    last: Option<u16>,
    report: u32,
}

impl Protect {
    /// With our key.
    pub fn new(key: &SrtpKey) -> Self {
        let (sound, reports) = sessions(key);
        Self { sound, reports, rollover: 0, last: None, report: 0 }
    }

    /// Secures the packet in the first `length` bytes, whose sequence number follows the last one,
    /// and returns its new length. There must be room for the tag.
    pub fn packet(&mut self, packet: &mut [u8], length: usize) -> usize {
        let Some((header, payload)) = parse_header(&packet[..length]) else { return length };
        if self.last.is_some_and(|last| last > header.sequence) {
            self.rollover = self.rollover.wrapping_add(1);
        }
        self.last = Some(header.sequence);
        let index = u64::from(self.rollover) << 16 | u64::from(header.sequence);
        self.sound.apply(header.ssrc, index, &mut packet[payload..length]);
        let tag = self.sound.sign([&packet[..length], &self.rollover.to_be_bytes()]);
        let end = length + self.sound.tag;
        packet[length..end].copy_from_slice(&tag[..self.sound.tag]);
        end
    }

    /// Secures a compound report in the first `length` bytes; room for 14 more is needed.
    pub fn report(&mut self, packet: &mut [u8], length: usize) -> usize {
        let Some(ssrc) = report_ssrc(&packet[..length]) else { return length };
        self.report = (self.report + 1) & !ENCRYPTED;
        self.reports.apply(ssrc, u64::from(self.report), &mut packet[REPORT_CLEAR..length]);
        let signed = length + 4;
        packet[length..signed].copy_from_slice(&(self.report | ENCRYPTED).to_be_bytes());
        let tag = self.reports.sign([&packet[..signed], &[]]);
        packet[signed..signed + TAG_MAX].copy_from_slice(&tag[..TAG_MAX]);
        signed + TAG_MAX
    }
}

/// Which packets of a stream have come: what came once is not taken again (section 3.3.2).
#[derive(Clone, Copy, Debug, Default)]
struct Window {
    /// One past the highest index, so that 0 means that none has come.
    end: u64,
    seen: u64,
}

impl Window {
    fn is_new(&self, index: u64) -> bool {
        if index >= self.end {
            return true;
        }
        let back = self.end - 1 - index;
        back < 64 && self.seen >> back & 1 == 0
    }

    fn mark(&mut self, index: u64) {
        if index >= self.end {
            let ahead = index + 1 - self.end;
            self.seen = if ahead < 64 { self.seen << ahead } else { 0 };
            self.end = index + 1;
        }
        self.seen |= 1 << (self.end - 1 - index).min(63);
    }
}

/// Opens what the far end sends: one stream at a time and its reports.
pub struct Unprotect {
    sound: Session,
    reports: Session,
    ssrc: Option<u32>,
    window: Window,
    report_window: Window,
}

impl Unprotect {
    /// With the far end's key.
    pub fn new(key: &SrtpKey) -> Self {
        let (sound, reports) = sessions(key);
        Self {
            sound,
            reports,
            ssrc: None,
            window: Window::default(),
            report_window: Window::default(),
        }
    }

    /// Opens a packet in place and returns its length. `None` for a wrong tag or a packet that came
    /// before; nothing is remembered of those.
    pub fn packet(&mut self, packet: &mut [u8]) -> Option<usize> {
        let length = packet.len().checked_sub(self.sound.tag).filter(|length| *length >= HEADER)?;
        let (header, payload) = parse_header(&packet[..length])?;
        // Another source begins with a rollover of 0, and a window of its own.
        let mut window =
            if self.ssrc == Some(header.ssrc) { self.window } else { Window::default() };
        let index = match window.end.checked_sub(1) {
            Some(highest) => {
                let ahead = header.sequence.wrapping_sub(highest as u16) as i16;
                highest.checked_add_signed(i64::from(ahead))?
            }
            None => u64::from(header.sequence),
        };
        let rollover = (index >> 16) as u32;
        let (signed, tag) = packet.split_at(length);
        if !window.is_new(index) || !self.sound.verify([signed, &rollover.to_be_bytes()], tag) {
            return None;
        }
        window.mark(index);
        (self.ssrc, self.window) = (Some(header.ssrc), window);
        self.sound.apply(header.ssrc, index, &mut packet[payload..length]);
        Some(length)
    }

    /// Opens a report in place and returns its length.
    pub fn report(&mut self, packet: &mut [u8]) -> Option<usize> {
        let signed = packet.len().checked_sub(TAG_MAX)?;
        let length = signed.checked_sub(4).filter(|length| *length >= REPORT_CLEAR)?;
        let ssrc = report_ssrc(packet)?;
        let index = u32::from_be_bytes(*packet[length..].first_chunk()?);
        let place = u64::from(index & !ENCRYPTED);
        let (whole, tag) = packet.split_at(signed);
        if !self.report_window.is_new(place) || !self.reports.verify([whole, &[]], tag) {
            return None;
        }
        self.report_window.mark(place);
        if index & ENCRYPTED != 0 {
            self.reports.apply(ssrc, place, &mut packet[REPORT_CLEAR..length]);
        }
        Some(length)
    }
}

fn report_ssrc(packet: &[u8]) -> Option<u32> {
    let bytes = packet.get(4..8)?.first_chunk()?;
    Some(u32::from_be_bytes(*bytes))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::rtp::{Outgoing, PAYLOAD_MAX, parse};

    fn hex(text: &str) -> Vec<u8> {
        (0..text.len() / 2)
            .map(|at| u8::from_str_radix(&text[at * 2..at * 2 + 2], 16).unwrap())
            .collect()
    }

    fn key(short_tag: bool) -> SrtpKey {
        let bytes = hex("E1F97A0D3E018BE0D64FA32C06DE41390EC675AD498AFEEBB6960B3AABE6");
        SrtpKey { key_and_salt: bytes.try_into().unwrap(), short_tag }
    }

    #[test]
    fn the_keys_of_the_rfc() {
        // RFC 3711, appendix B.3.
        let session = Session::derive(&key(false), 0, 10);
        assert_eq!(session.key.to_vec(), hex("C61E7A93744F39EE10734AFE3FF7A087"));
        assert_eq!(session.salt.to_vec(), hex("30CBBC08863D8C85D49DB34A9AE1"));
        let mut auth = [0; 20];
        derive(&key(false), 1, &mut auth);
        assert_eq!(auth.to_vec(), hex("CEBE321F6FF7716B6FD4AB49AF256A156D38BAA4"));
    }

    #[test]
    fn the_keystream_of_the_rfc() {
        // RFC 3711, appendix B.2: SSRC 0 and index 0.
        let mut session = Session::derive(&key(false), 0, 10);
        session.key = hex("2B7E151628AED2A6ABF7158809CF4F3C").try_into().unwrap();
        session.salt = hex("F0F1F2F3F4F5F6F7F8F9FAFBFCFD").try_into().unwrap();
        let mut stream = [0; 32];
        session.apply(0, 0, &mut stream);
        let want = "E03EAD0935C95E80E166B16DD92B4EB4D23513162B02D0F72A43A2FE4A5F97AB";
        assert_eq!(stream.to_vec(), hex(want));
    }

    /// Packets as they leave, with consecutive numbers from `start`.
    fn secured(count: usize, start: u16, short_tag: bool) -> Vec<Vec<u8>> {
        let mut out = Outgoing::new(9, start);
        let mut protect = Protect::new(&key(short_tag));
        (0..count)
            .map(|n| {
                let mut packet = [0; HEADER + PAYLOAD_MAX + TAG_MAX];
                let room = &mut packet[..HEADER + PAYLOAD_MAX];
                let length = out.packet(room, 0, n as u32 * 160, false, &[n as u8; 160]);
                let length = protect.packet(&mut packet, length);
                packet[..length].to_vec()
            })
            .collect()
    }

    #[test]
    fn what_is_secured_is_opened_once_also_over_the_rollover() {
        for (short_tag, tag) in [(false, 10), (true, 4)] {
            let mut unprotect = Unprotect::new(&key(short_tag));
            for (n, mut packet) in secured(40_000, 32_000, short_tag).into_iter().enumerate() {
                assert_eq!(packet.len(), HEADER + 160 + tag);
                if n % 50 == 7 {
                    continue; // lost
                }
                let mut again = packet.clone();
                let length = unprotect.packet(&mut packet).unwrap();
                assert_eq!(parse(&packet[..length]).unwrap().1, [n as u8; 160], "{n}");
                assert_eq!(unprotect.packet(&mut again), None, "told again");
            }
        }
    }

    #[test]
    fn reports_are_opened_once() {
        let mut protect = Protect::new(&key(true));
        let mut unprotect = Unprotect::new(&key(true));
        for _ in 0..3 {
            let mut packet = [7; 64];
            let length = protect.report(&mut packet, 32);
            assert_eq!(length, 46);
            assert_ne!(packet[8..32], [7; 24]);
            let mut again = packet;
            assert_eq!(unprotect.report(&mut packet[..length]), Some(32));
            assert_eq!(packet[..32], [7; 32]);
            assert_eq!(unprotect.report(&mut again[..length]), None);
        }
    }

    proptest! {
        #[test]
        fn a_changed_bit_is_refused(at in 0usize..182, bit in 0u8..8) {
            let mut packet = secured(1, 5, false).remove(0);
            let mut unprotect = Unprotect::new(&key(false));
            let mut changed = packet.clone();
            changed[at] ^= 1 << bit;
            prop_assert_eq!(unprotect.packet(&mut changed), None);
            prop_assert!(unprotect.packet(&mut packet).is_some(), "and harms nothing");
        }

        #[test]
        fn any_bytes_are_refused(mut bytes in prop::collection::vec(any::<u8>(), 0..80)) {
            let mut unprotect = Unprotect::new(&key(true));
            prop_assert_eq!(unprotect.report(&mut bytes), None);
            let _ = unprotect.packet(&mut bytes);
        }
    }
}
