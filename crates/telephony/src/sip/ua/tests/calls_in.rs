//! Calls from a carrier.

use std::time::Duration;

use super::*;
use crate::sip::{Cause, Incoming, Side};

fn arrives(world: &mut World, text: &str) -> (LegId, Incoming) {
    world.says(text);
    match world.event() {
        SipEvent::Incoming { leg, call } => (leg, *call),
        other => panic!("{other:?}"),
    }
}

/// A call that was answered and acknowledged.
fn answered(world: &mut World, n: u32, more: &str) -> (LegId, String) {
    let (leg, _) = arrives(world, &invite(n, more));
    world.does(SipCommand::Accept { leg, body: SDP.into() });
    let tag = our_tag(world);
    world.says(&request("ACK", n, 1, &tag, ""));
    assert_eq!(world.event(), SipEvent::Confirmed { leg, answer: None });
    world.sent.clear();
    (leg, tag)
}

#[test]
fn a_call_arrives_rings_is_answered_and_ends() {
    let mut world = World::new();
    let (leg, call) = arrives(&mut world, &invite(1, ""));
    assert_eq!(call.to.user, "+33123456789");
    assert_eq!(call.from.user, "+33611111111");
    assert_eq!(call.from.name.as_deref(), Some("Ann"));
    assert_eq!(call.offer.as_deref(), Some(SDP));
    assert_eq!((call.trunk, call.withheld), (Some(TRUNK), false));
    world.does(SipCommand::Ring { leg, answer: None });
    world.does(SipCommand::Accept { leg, body: SDP.into() });
    assert_eq!(world.last().sdp().as_deref(), Some(SDP));
    let tag = our_tag(&world);
    assert_eq!(world.lines(), ["100 INVITE", "180 INVITE", "200 INVITE"]);
    world.says(&request("ACK", 1, 1, &tag, ""));
    assert_eq!(world.event(), SipEvent::Confirmed { leg, answer: None });
    world.says(&request("BYE", 1, 2, &tag, "Reason: Q.850;cause=16\r\n"));
    assert_eq!(world.lines(), ["200 BYE"]);
    let cause = Cause { status: Some(200), q850: Some(16), text: "hung up".into() };
    assert_eq!(world.event(), SipEvent::Ended { leg, by: Side::Remote, cause });
    world.is_clean_at_last();
    assert_eq!(world.events, []);
}

#[test]
fn a_call_taken_back_while_it_rings_ends_once() {
    let mut world = World::new();
    let (leg, _) = arrives(&mut world, &invite(1, ""));
    world.does(SipCommand::Ring { leg, answer: None });
    world.sent.clear();
    world.says(&request("CANCEL", 1, 1, "", "Reason: Q.850;cause=16\r\n"));
    assert_eq!(world.lines(), ["200 CANCEL", "487 INVITE"]);
    // The carrier's own answer to the late 200 never comes into being.
    world.does(SipCommand::Accept { leg, body: SDP.into() });
    world.does(SipCommand::Hangup { leg, q850: 16 });
    assert_eq!(world.lines(), [""; 0]);
    assert_eq!(world.ends(leg), 1);
    // The 487 comes again until its ACK.
    world.passes(Duration::from_millis(1_600));
    assert_eq!(world.lines(), ["487 INVITE", "487 INVITE"]);
    world.says(&request("ACK", 1, 1, "x", "").replace("-ack", ""));
    world.passes(Duration::from_secs(4));
    assert_eq!(world.lines(), [""; 0]);
    world.is_clean_at_last();
}

#[test]
fn an_answer_that_nobody_acknowledges_is_repeated_and_given_up() {
    let mut world = World::new();
    let (leg, _) = arrives(&mut world, &invite(1, ""));
    world.does(SipCommand::Accept { leg, body: SDP.into() });
    world.sent.clear();
    world.passes(Duration::from_secs(31));
    // 0.5, 1.5, 3.5, 7.5 s and then every 4 s (RFC 3261 section 13.3.1.4).
    assert_eq!(world.lines(), ["200 INVITE"; 9]);
    assert_eq!(world.ends(leg), 0);
    world.passes(Duration::from_secs(1));
    assert_eq!(world.lines(), ["200 INVITE", "BYE"]);
    assert!(matches!(world.event(), SipEvent::Ended { by: Side::Timeout, .. }));
    world.is_clean_at_last();
}

#[test]
fn a_call_that_nobody_decides_on_ends_with_480() {
    let mut world = World::new();
    let (leg, _) = arrives(&mut world, &invite(1, ""));
    world.sent.clear();
    world.passes(Duration::from_secs(10));
    assert_eq!(world.lines()[0], "480 INVITE");
    assert!(matches!(world.event(), SipEvent::Ended { leg: l, by: Side::Timeout, .. } if l == leg));
    world.is_clean_at_last();
}

#[test]
fn what_is_sent_again_is_answered_again_and_told_once() {
    let mut world = World::new();
    let (leg, tag) = answered(&mut world, 1, "");
    world.says(&invite(1, ""));
    assert_eq!(world.lines(), [""; 0]);
    world.says(&request("BYE", 1, 2, &tag, ""));
    world.says(&request("BYE", 1, 2, &tag, ""));
    assert_eq!(world.lines(), ["200 BYE", "200 BYE"]);
    assert_eq!(world.ends(leg), 1);
    world.says(&request("BYE", 1, 3, &tag, ""));
    assert_eq!(world.lines(), ["481 BYE"]);
    world.is_clean_at_last();
}

#[test]
fn who_calls_is_believed_of_a_trusted_trunk_only() {
    let more = "P-Asserted-Identity: \"Bo\" <sip:bo@x>, <tel:+33622222222>\r\nPrivacy: id\r\n\
        Diversion: <sip:0155555555@x>;reason=no-answer, <sip:0166666666@x>;reason=unconditional\r\n";
    let mut world = World::new();
    let (_, call) = arrives(&mut world, &invite(1, more));
    assert_eq!(call.from.user, "+33622222222");
    assert!(call.withheld);
    let users: Vec<&str> = call.diverted_by.iter().map(|party| party.user.as_str()).collect();
    assert_eq!(users, ["+33155555555", "+33166666666"]);
    let mut world = World::with(|config| config.trunks[0].trusted = false);
    let (_, call) = arrives(&mut world, &invite(1, more));
    assert_eq!((call.from.user.as_str(), call.diverted_by.len()), ("+33611111111", 0));
}

#[test]
fn history_tells_who_sent_a_call_on() {
    let more = "History-Info: <sip:0155555555@x?Reason=SIP%3Bcause%3D408>;index=1, \
        <sip:0123456789@y;cause=302>;index=1.1\r\n";
    let (_, call) = arrives(&mut World::new(), &invite(1, more));
    assert_eq!(call.diverted_by.len(), 1);
    assert_eq!(call.diverted_by[0].user, "+33155555555");
}

#[test]
fn a_stranger_gets_no_answer_and_costs_nothing() {
    let mut world = World::new();
    for text in [invite(1, ""), request("OPTIONS", 2, 1, "", ""), request("REGISTER", 3, 1, "", "")]
    {
        world.says_from(hop("203.0.113.66:5060"), &text);
    }
    assert_eq!(world.lines(), [""; 0]);
    assert_eq!(world.events, []);
    let counters = world.ua.counters(0);
    assert_eq!((counters.unknown, counters.messages, counters.transactions), (3, 0, 0));
}

#[test]
fn more_calls_than_a_trunk_may_make_are_refused_and_kept_nowhere() {
    let mut world = World::with(|config| config.trunks[0].calls_per_second = 2);
    for n in 0..20 {
        world.says(&invite(n, ""));
    }
    let lines = world.lines();
    assert_eq!(lines.iter().filter(|line| *line == "100 INVITE").count(), 4);
    assert_eq!(lines.iter().filter(|line| *line == "503 INVITE").count(), 16);
    assert_eq!(world.ua.counters(0).transactions, 4);
    world.passes(Duration::from_secs(1));
    world.sent.clear();
    world.says(&invite(30, ""));
    assert_eq!(world.lines(), ["100 INVITE"]);

    let mut world = World::with(|config| config.trunks[0].calls_max = 1);
    let (leg, tag) = answered(&mut world, 1, "");
    world.says(&invite(2, ""));
    assert!(world.last().get("Retry-After").is_some());
    assert_eq!(world.lines(), ["503 INVITE"]);
    world.says(&request("BYE", 1, 2, &tag, ""));
    assert_eq!(world.ends(leg), 1);
    world.sent.clear();
    world.says(&invite(3, ""));
    assert_eq!(world.lines(), ["100 INVITE"]);
}

#[test]
fn what_cannot_be_understood_is_refused_with_its_reason() {
    for (text, status, header) in [
        (invite(1, "Require: gruu, 100rel\r\n"), "420", Some(("Unsupported", "gruu"))),
        (invite(1, "Supported: timer\r\nSession-Expires: 30\r\n"), "422", Some(("Min-SE", "90"))),
        (invite(1, "Replaces: x;to-tag=a;from-tag=b\r\n"), "481", None),
        (invite(1, "").replace("application/sdp", "text/plain"), "415", None),
        (invite(1, "").replace("Contact:", "X-Contact:"), "400", None),
        (request("BYE", 1, 1, "nobody", ""), "481", None),
        (request("CANCEL", 1, 1, "", ""), "481", None),
        (request("SUBSCRIBE", 1, 1, "", ""), "405", None),
    ] {
        let mut world = World::new();
        world.says(&text);
        assert_eq!(world.last().status().unwrap().to_string(), status, "{text}");
        if let Some((name, value)) = header {
            assert_eq!(world.last().get(name), Some(value));
        }
        assert_eq!(world.events, []);
        assert_eq!(world.ua.counters(0).legs, 0);
    }
}

#[test]
fn the_same_call_by_two_ways_is_taken_once() {
    let mut world = World::new();
    let (leg, _) = arrives(&mut world, &invite(1, ""));
    world.sent.clear();
    world.says(&invite(1, "").replace("z9hG4bK1-1", "z9hG4bKother"));
    assert_eq!(world.lines(), ["482 INVITE"]);
    assert_eq!(world.ends(leg), 0);
}

#[test]
fn our_offer_without_an_answer_ends_the_call() {
    let mut world = World::new();
    let (leg, call) = arrives(&mut world, &request("INVITE", 1, 1, "", ""));
    assert_eq!(call.offer, None);
    world.does(SipCommand::Accept { leg, body: SDP.into() });
    let tag = our_tag(&world);
    world.sent.clear();
    world.says(&request("ACK", 1, 1, &tag, ""));
    assert_eq!(world.lines(), ["BYE"]);
    assert_eq!(world.ends(leg), 1);
    world.is_clean_at_last();
}

#[test]
fn ringing_that_must_be_acknowledged_is_repeated_until_it_is() {
    let mut world = World::new();
    let (leg, _) = arrives(&mut world, &invite(1, "Require: 100rel\r\n"));
    world.does(SipCommand::Ring { leg, answer: Some(SDP.into()) });
    let rseq = world.last().get("RSeq").unwrap().to_owned();
    let tag = our_tag(&world);
    world.passes(Duration::from_millis(1_600));
    assert_eq!(world.lines(), ["100 INVITE", "183 INVITE", "183 INVITE", "183 INVITE"]);
    // Answered meanwhile: the 200 waits for the PRACK.
    world.does(SipCommand::Accept { leg, body: SDP.into() });
    assert_eq!(world.lines(), [""; 0]);
    world.says(&request("PRACK", 1, 2, &tag, "RAck: 1 1 INVITE\r\n"));
    assert_eq!(world.lines(), ["481 PRACK"]);
    world.says(&request("PRACK", 1, 3, &tag, &format!("RAck: {rseq} 1 INVITE\r\n")));
    assert_eq!(world.lines(), ["200 PRACK", "200 INVITE"]);
    world.says(&request("ACK", 1, 1, &tag, ""));
    assert!(matches!(world.event(), SipEvent::Confirmed { .. }));
    world.says(&request("BYE", 1, 4, &tag, ""));
    world.is_clean_at_last();

    let mut world = World::new();
    let (leg, _) = arrives(&mut world, &invite(1, "Require: 100rel\r\n"));
    world.does(SipCommand::Ring { leg, answer: None });
    world.passes(Duration::from_secs(32));
    assert!(world.lines().contains(&"504 INVITE".to_owned()));
    assert_eq!(world.ends(leg), 1);
    world.is_clean_at_last();
}

#[test]
fn a_session_that_the_caller_does_not_refresh_ends() {
    let mut world = World::new();
    let more = "Supported: timer\r\nSession-Expires: 300;refresher=uac\r\n";
    let (leg, tag) = answered(&mut world, 1, more);
    world.passes(Duration::from_secs(200));
    world.says(&request("UPDATE", 1, 2, &tag, more));
    assert_eq!(world.last().get("Session-Expires"), Some("300;refresher=uac"));
    assert_eq!(world.last().get("Require"), Some("timer"));
    // 300 s less the grace of 32 s (RFC 4028 section 10).
    world.passes(Duration::from_secs(267));
    assert_eq!(world.ends(leg), 0);
    world.passes(Duration::from_secs(1));
    assert!(matches!(world.event(), SipEvent::Ended { by: Side::Timeout, .. }));
    world.is_clean_at_last();
}

#[test]
fn an_offer_of_the_caller_is_the_calls_to_decide() {
    let offer = |seq: u32, tag: &str| {
        request("INVITE", 1, seq, tag, "Content-Type: application/sdp\r\n") + SDP
    };
    let mut world = World::new();
    let (leg, tag) = answered(&mut world, 1, "");
    world.says(&offer(2, &tag));
    assert_eq!(world.event(), SipEvent::Offer { leg, offer: Some(SDP.into()) });
    // One at a time, and in order.
    world.says(&offer(3, &tag));
    world.says(&offer(3, &tag).replace("z9hG4bK", "z9hG4bKx"));
    world.does(SipCommand::AnswerOffer { leg, answer: Ok("v=0\r\n".into()) });
    assert_eq!(world.last().sdp().as_deref(), Some("v=0\r\n"));
    assert_eq!(world.lines(), ["100 INVITE", "500 INVITE", "500 INVITE", "200 INVITE"]);
    world.says(&request("ACK", 1, 2, &tag, ""));
    world.says(&offer(4, &tag));
    world.does(SipCommand::AnswerOffer { leg, answer: Err(488) });
    assert_eq!(world.lines(), ["100 INVITE", "488 INVITE"]);
    // Nobody decides.
    world.says(&offer(5, &tag));
    world.sent.clear();
    world.passes(Duration::from_secs(8));
    let refused =
        |(_, m): &(Hop, Message)| m.status() == Some(488) && m.cseq() == Some((5, Method::Invite));
    assert!(world.sent.iter().any(refused));
    // Without an offer: ours goes into the 200, theirs comes in the ACK.
    world.events.clear();
    world.says(&request("INVITE", 1, 6, &tag, ""));
    assert_eq!(world.event(), SipEvent::Offer { leg, offer: None });
    world.does(SipCommand::AnswerOffer { leg, answer: Ok(SDP.into()) });
    world.says(&(request("ACK", 1, 6, &tag, "Content-Type: application/sdp\r\n") + SDP));
    assert_eq!(world.event(), SipEvent::Confirmed { leg, answer: Some(SDP.into()) });
    // The caller hangs up with an offer open.
    world.says(&offer(7, &tag));
    world.sent.clear();
    world.says(&request("BYE", 1, 8, &tag, ""));
    assert_eq!(world.lines(), ["200 BYE", "487 INVITE"]);
    assert_eq!(world.ends(leg), 1);
    world.is_clean_at_last();
}

#[test]
fn a_key_press_by_info_is_told_and_other_info_is_refused() {
    let mut world = World::new();
    let (leg, tag) = answered(&mut world, 1, "");
    let info = |seq: u32, kind: &str, body: &str| {
        request("INFO", 1, seq, &tag, &format!("Content-Type: {kind}\r\n")) + body
    };
    world.says(&info(2, "application/dtmf-relay", "Signal=#\r\nDuration=100\r\n"));
    world.says(&info(3, "application/dtmf", "7"));
    world.says(&info(4, "application/dtmf", "seven"));
    world.says(&info(5, "application/xml", "<x/>"));
    assert_eq!(world.lines(), ["200 INFO", "200 INFO", "400 INFO", "415 INFO"]);
    assert_eq!(world.event(), SipEvent::Digit { leg, digit: '#' });
    assert_eq!(world.event(), SipEvent::Digit { leg, digit: '7' });
    assert_eq!(world.events, []);
}

#[test]
fn a_transfer_is_reported_until_it_is_done() {
    let mut world = World::new();
    let (leg, tag) = answered(&mut world, 1, "");
    let (other, other_tag) = answered(&mut world, 2, "");
    // Attended: the target replaces our own second leg, named from the carrier's side.
    let refer = format!(
        "Refer-To: <sip:0198765432@x?Replaces=call2%40192.0.2.1%3Bto-tag%3D{other_tag}%3Bfrom-tag%3Dfrom2>\r\n"
    );
    world.says(&request("REFER", 1, 2, &tag, &refer));
    match world.event() {
        SipEvent::Refer { leg: from, to, replaces } => {
            assert_eq!((from, to.user.as_str(), replaces), (leg, "+33198765432", Some(other)));
        }
        event => panic!("{event:?}"),
    }
    world.does(SipCommand::AnswerRefer { leg, accepted: true });
    assert_eq!(world.last().get("Subscription-State"), Some("active;expires=180"));
    assert_eq!(world.lines(), ["202 REFER", "NOTIFY"]);
    world.does(SipCommand::ReferDone { leg, status: 200 });
    assert_eq!(world.last().get("Subscription-State"), Some("terminated;reason=noresource"));
    assert_eq!(world.last().get("Event"), Some("refer;id=2"));
    assert!(world.last().body.starts_with(b"SIP/2.0 200 "));
    world.does(SipCommand::ReferDone { leg, status: 200 });
    assert_eq!(world.lines(), ["NOTIFY"]);
    // Refused, forgotten by the call, without a wish to be told, and without a target.
    let to = "Refer-To: <sip:1@x>\r\n";
    world.says(&request("REFER", 1, 3, &tag, to));
    world.does(SipCommand::AnswerRefer { leg, accepted: false });
    world.says(&request("REFER", 1, 4, &tag, to));
    world.passes(Duration::from_secs(8));
    let refers: Vec<String> = world.lines().into_iter().filter(|l| l != "NOTIFY").collect();
    assert_eq!(refers, ["603 REFER", "603 REFER"]);
    world.says(&request("REFER", 1, 5, &tag, &format!("{to}Refer-Sub: false\r\n")));
    world.does(SipCommand::AnswerRefer { leg, accepted: true });
    world.says(&request("REFER", 1, 6, &tag, ""));
    let refers: Vec<String> = world.lines().into_iter().filter(|l| l != "NOTIFY").collect();
    assert_eq!(refers, ["202 REFER", "400 REFER"]);
}

#[test]
fn a_call_that_replaces_a_leg_of_ours_says_which() {
    let mut world = World::new();
    let (leg, tag) = answered(&mut world, 1, "");
    let more = format!("Replaces: call1@192.0.2.1;to-tag={tag};from-tag=from1\r\n");
    let (_, call) = arrives(&mut world, &invite(2, &more));
    assert_eq!(call.replaces, Some(leg));
}

#[test]
fn a_stop_ends_every_leg_and_takes_no_more() {
    let mut world = World::new();
    let (up, _) = answered(&mut world, 1, "");
    let (ringing, _) = arrives(&mut world, &invite(2, ""));
    world.sent.clear();
    world.ua.stop(world.now);
    world.drain();
    let mut lines = world.lines();
    lines.sort();
    assert_eq!(lines, ["503 INVITE", "BYE"]);
    assert_eq!((world.ends(up), world.ends(ringing)), (1, 1));
    world.says(&invite(3, ""));
    assert_eq!(world.lines(), ["503 INVITE"]);
    world.is_clean_at_last();
}
