//! Calls out over trunks of which some are encrypted.

use super::*;
use crate::{media::Agreed, sip::Offers};

const SECRET: &str =
    "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz";

fn answer(encrypted: bool) -> String {
    match encrypted {
        true => OFFER.replace("RTP/AVP", "RTP/SAVP") + SECRET + "\r\n",
        false => OFFER.to_owned(),
    }
}

/// A call that an agent makes, and what it offers.
fn calling() -> (Played, Offers) {
    let now = Timestamp::from_micros(1_000_000_000);
    let to =
        Outgoing { number: "+33987654321".into(), from: "+33123456789".into(), trunks: vec![] };
    let mut played = Played { call: Call::outgoing(setup(), to, now), now, orders: Vec::new() };
    played.take();
    let offers = played.orders.iter().find_map(|order| match order {
        Order::Sip(SipCommand::Invite { offer, .. }) => Some(offer.clone()),
        _ => None,
    });
    (played, offers.expect("it calls"))
}

fn agreed(played: &Played) -> Option<Agreed> {
    played.orders.iter().rev().find_map(|order| match order {
        Order::Media(MediaCommand::Agree { agreed, .. }) => Some(agreed.clone()),
        _ => None,
    })
}

fn tried(encrypted: bool) -> Input {
    Input::Sip(SipEvent::Tried { leg: LEG, trunk: None, encrypted })
}

#[test]
fn a_trunk_answers_the_offer_that_it_was_sent() {
    let (_, offers) = calling();
    assert!(offers.plain.contains("RTP/AVP ") && !offers.plain.contains("crypto"));
    let secret = offers.encrypted.expect("there is one with keys");
    assert!(secret.contains("RTP/SAVP ") && secret.contains("a=crypto:1 "), "{secret}");
    for sent in [false, true] {
        let (mut call, _) = calling();
        call.tell(tried(sent));
        call.tell(Input::Sip(SipEvent::Accepted { leg: LEG, answer: answer(sent) }));
        assert_eq!(agreed(&call).expect("agreed").srtp.is_some(), sent);
        // What comes back without keys is no answer to what went out with them, and the other way.
        let (mut call, _) = calling();
        call.tell(tried(sent));
        call.tell(Input::Sip(SipEvent::Accepted { leg: LEG, answer: answer(!sent) }));
        assert_eq!(agreed(&call), None);
        assert!(call.has("Hangup"));
    }
}

#[test]
fn the_next_trunk_begins_anew_after_early_sound_of_the_one_before() {
    let (mut call, _) = calling();
    call.tell(tried(true));
    call.tell(Input::Sip(SipEvent::Ringing { leg: LEG, answer: Some(answer(true)) }));
    assert!(agreed(&call).is_some_and(|agreed| agreed.srtp.is_some()));
    call.tell(tried(false));
    call.tell(Input::Sip(SipEvent::Accepted { leg: LEG, answer: answer(false) }));
    assert!(agreed(&call).is_some_and(|agreed| agreed.srtp.is_none()));
}
