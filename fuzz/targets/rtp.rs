//! Whatever comes to a call's ports: sound, key presses, reports, encrypted or not.

#![no_main]

use libfuzzer_sys::fuzz_target;
use telephony::{
    media::SrtpKey,
    rtp::{
        self, rtcp,
        event::{Event, Presses},
        srtp::{Protect, Unprotect},
    },
};

fn key() -> SrtpKey {
    SrtpKey { key_and_salt: [7; 30], short_tag: false }
}

fuzz_target!(|bytes: &[u8]| {
    if let Some((header, payload)) = rtp::parse(bytes) {
        assert!(payload.len() <= bytes.len());
        if let Some(event) = Event::parse(payload) {
            let mut presses = Presses::default();
            let first: Vec<char> = presses.hear(header.timestamp, event).into_iter().collect();
            let event = Event::parse(payload).expect("read once already");
            let again: Vec<char> = presses.hear(header.timestamp, event).into_iter().collect();
            assert!(first.len() <= 1 && again.is_empty(), "a key is told once");
        }
    }
    let _ = (rtcp::parse(bytes, 7), rtp::is_rtcp(bytes));
    // Nobody without the key gets anything past it, and nothing breaks.
    let mut opener = Unprotect::new(&key());
    assert_eq!(opener.packet(&mut bytes.to_vec()), None);
    assert_eq!(opener.report(&mut bytes.to_vec()), None);
    // What we protect we can read.
    if rtp::parse(bytes).is_some() && bytes.len() < 1_400 {
        let mut packet = bytes.to_vec();
        packet.resize(bytes.len() + 16, 0);
        let length = Protect::new(&key()).packet(&mut packet, bytes.len());
        let back = Unprotect::new(&key()).packet(&mut packet[..length]);
        assert_eq!(back.map(|length| &packet[..length]), Some(bytes));
    }
});
