//! Whatever a trunk or phone describes: read, written, answered, taken as an answer.

#![no_main]

use std::time::Duration;

use libfuzzer_sys::fuzz_target;
use telephony::{
    media::Law,
    sdp::{Encryption, Local, Negotiation, Session},
};

fn leg() -> Negotiation {
    let local = Local {
        address: ([192, 0, 2, 1], 40_000).into(),
        laws: vec![Law::A, Law::Mu],
        packet_time: Duration::from_millis(20),
        rtcp_mux: true,
        encryption: Encryption::Taken,
        key: [7; 30],
    };
    Negotiation::new(1, local)
}

fuzz_target!(|text: &str| {
    if let Ok(session) = Session::parse(text) {
        let written = session.write();
        assert_eq!(Session::parse(&written).as_ref(), Ok(&session), "{written}");
    }
    let mut answering = leg();
    for _ in 0..2 {
        if let Ok((answer, _)) = answering.answer(text) {
            Session::parse(&answer).expect("our answer can be read");
        }
    }
    let mut offering = leg();
    offering.offer();
    let _ = offering.take_answer(text);
    Session::parse(&offering.offer()).expect("our offer can be read");
});
