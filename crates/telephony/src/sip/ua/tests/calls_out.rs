//! Calls to a carrier.

use super::*;
use crate::sip::{Cause, Offers, Proxy, Side, Target};

pub const OUT: LegId = LegId::from_u128(77);
const SECOND: TrunkId = TrunkId::from_u128(2);

fn proxy(host: &str) -> Vec<Proxy> {
    vec![Proxy { host: host.into(), port: None, transport: Transport::Udp }]
}

/// Two trunks, the second at 203.0.113.1.
fn calling() -> World {
    let mut world = World::with(|config| {
        config.trunks[0].proxies = proxy("192.0.2.1");
        let mut second = trunk();
        (second.id, second.networks, second.proxies) = (SECOND, vec![], proxy("203.0.113.1"));
        config.trunks.push(second);
    });
    let target = Target::Number { to: "+33123456789".into(), trunks: vec![TRUNK, SECOND] };
    let (from, from_name) = ("+33199999999".into(), Some("Acme".into()));
    world.does(SipCommand::Invite { leg: OUT, target, from, from_name, offer: SDP.into() });
    world
}

/// A response to the last request sent with this method.
fn answer(world: &World, method: &str, status: &str, tag: &str, more: &str) -> (Hop, String) {
    let (hop, request) = world
        .sent
        .iter()
        .rev()
        .find(|(_, message)| message.method().is_some_and(|m| m.as_str() == method))
        .expect("it was sent");
    let get = |name| request.get(name).unwrap_or_default();
    let tag = if tag.is_empty() { String::new() } else { format!(";tag={tag}") };
    let end = if more.contains("\r\n\r\n") { "" } else { "\r\n" };
    let text = format!(
        "SIP/2.0 {status} x\r\nVia: {}\r\nFrom: {}\r\nTo: {}{tag}\r\nCall-ID: {}\r\nCSeq: {}\r\n\
         Contact: <sip:media@{}:5070>\r\n{more}{end}",
        get("Via"),
        get("From"),
        get("To").split(";tag=").next().unwrap_or_default(),
        get("Call-ID"),
        get("CSeq"),
        hop.to.ip(),
    );
    (hop.clone(), text)
}

pub fn replies(world: &mut World, method: &str, status: &str, tag: &str, more: &str) {
    let (hop, text) = answer(world, method, status, tag, more);
    world.says_from(hop, &text);
}

fn with_sdp() -> String {
    format!("Content-Type: application/sdp\r\n\r\n{SDP}")
}

fn to(world: &World) -> String {
    world.sent.last().expect("something was sent").0.to.to_string()
}

#[test]
fn a_call_out_is_placed_taken_and_hung_up() {
    let mut world = calling();
    let invite = world.last().clone();
    assert!(
        matches!(&invite.start, Start::Request { uri, .. } if uri == "sip:+33123456789@192.0.2.1")
    );
    assert!(invite.get("From").unwrap().starts_with("\"Acme\" <sip:+33199999999@192.0.2.1>;tag="));
    assert_eq!(invite.get("P-Asserted-Identity"), Some("<sip:+33199999999@192.0.2.1>"));
    assert_eq!(invite.sdp().as_deref(), Some(SDP));
    replies(&mut world, "INVITE", "100", "", "");
    replies(&mut world, "INVITE", "180", "a", "");
    replies(&mut world, "INVITE", "180", "a", "");
    assert_eq!(world.event(), SipEvent::Ringing { leg: OUT, answer: None });
    replies(&mut world, "INVITE", "200", "a", &with_sdp());
    assert_eq!(world.event(), SipEvent::Accepted { leg: OUT, answer: SDP.into() });
    assert_eq!(to(&world), "192.0.2.1:5070", "the ACK follows the Contact");
    assert_eq!(world.lines(), ["INVITE", "ACK"]);
    world.does(SipCommand::Hangup { leg: OUT, q850: 16 });
    assert_eq!(world.last().get("Reason"), Some("Q.850;cause=16"));
    assert_eq!(to(&world), "192.0.2.1:5070");
    assert_eq!(world.ends(OUT), 1);
    replies(&mut world, "BYE", "200", "a", "");
    world.events.clear();
    world.is_clean_at_last();
}

#[test]
fn a_silent_trunk_is_left_for_the_next_and_a_late_answer_is_ended() {
    let mut world = calling();
    let (first, late) = answer(&world, "INVITE", "200", "late", &with_sdp());
    world.passes(Duration::from_secs(4));
    assert_eq!(to(&world), "203.0.113.1:5060");
    assert!(matches!(world.event(), SipEvent::TrunkHealth { trunk: TRUNK, up: false, .. }));
    replies(&mut world, "INVITE", "200", "b", &with_sdp());
    assert_eq!(world.event(), SipEvent::Accepted { leg: OUT, answer: SDP.into() });
    world.sent.clear();
    // The first trunk wakes up and has the call as well.
    world.says_from(first.clone(), &late);
    assert_eq!(world.lines(), ["ACK", "BYE"]);
    world.says_from(first, &late);
    assert_eq!(world.lines(), ["ACK"]);
    assert_eq!(world.ends(OUT), 0);
    world.does(SipCommand::Hangup { leg: OUT, q850: 16 });
    world.is_clean_at_last();
}

#[test]
fn trunks_that_fail_are_followed_and_numbers_that_refuse_are_not() {
    for (status, next) in [
        ("503", true),
        ("500", true),
        ("408", true),
        ("403", true),
        ("486", false),
        ("404", false),
        ("603", false),
        ("302", false),
    ] {
        let mut world = calling();
        replies(&mut world, "INVITE", status, "a", "Reason: Q.850;cause=21\r\n");
        let lines = world.lines();
        assert_eq!(lines[..2], ["INVITE", "ACK"], "{status}");
        assert_eq!(lines.len() == 3, next, "{status}");
        assert_eq!(world.ends(OUT), usize::from(!next), "{status}");
        if !next {
            let by = Side::Remote;
            let cause = Cause { status: status.parse().ok(), q850: Some(21), text: "x".into() };
            assert_eq!(world.event(), SipEvent::Ended { leg: OUT, by, cause });
        }
    }
}

#[test]
fn a_trunk_that_asks_to_be_left_alone_is_up_again_afterwards() {
    let mut world = calling();
    replies(&mut world, "INVITE", "503", "a", "Retry-After: 20\r\n");
    assert!(matches!(world.event(), SipEvent::TrunkHealth { trunk: TRUNK, up: false, .. }));
    replies(&mut world, "INVITE", "486", "a", "");
    world.event();
    world.passes(Duration::from_secs(19));
    assert_eq!(world.events, []);
    world.passes(Duration::from_secs(1));
    assert!(matches!(world.event(), SipEvent::TrunkHealth { trunk: TRUNK, up: true, .. }));
}

#[test]
fn a_call_taken_back_is_cancelled_once_the_trunk_has_spoken() {
    let mut world = calling();
    world.sent.truncate(1);
    let (hop, trying) = answer(&world, "INVITE", "100", "", "");
    let (_, ok) = answer(&world, "INVITE", "200", "a", &with_sdp());
    world.does(SipCommand::Hangup { leg: OUT, q850: 16 });
    assert_eq!(world.ends(OUT), 1);
    assert_eq!(world.lines(), ["INVITE"], "no CANCEL before any response");
    world.says_from(hop.clone(), &trying);
    assert_eq!(world.lines(), ["CANCEL"]);
    // The answer was faster than the CANCEL.
    world.says_from(hop, &ok);
    assert_eq!(world.lines(), ["ACK", "BYE"]);
    assert_eq!(world.ends(OUT), 1);
    world.is_clean_at_last();
}

#[test]
fn challenges_are_answered_once_and_a_stale_nonce_once_more() {
    let ask = |nonce: &str, more: &str| {
        format!(
            "Proxy-Authenticate: Digest realm=\"r\", nonce=\"{nonce}\", algorithm=SHA-256{more}\r\n"
        )
    };
    let mut world = World::with(|config| {
        config.trunks[0].proxies = proxy("192.0.2.1");
        config.trunks[0].credentials =
            Some(crate::sip::Credentials { user: "u".into(), password: "p".into() });
    });
    let target = Target::Number { to: "+33123456789".into(), trunks: vec![TRUNK] };
    let (from, from_name) = ("+33199999999".into(), None);
    world.does(SipCommand::Invite { leg: OUT, target, from, from_name, offer: SDP.into() });
    replies(&mut world, "INVITE", "407", "a", &ask("1", ""));
    assert_eq!(world.last().cseq(), Some((2, Method::Invite)));
    assert!(world.last().get("Proxy-Authorization").unwrap().contains("nonce=\"1\""));
    replies(&mut world, "INVITE", "407", "b", &ask("2", ", stale=true"));
    assert_eq!(world.last().cseq(), Some((3, Method::Invite)));
    assert_eq!(world.last().lines("Proxy-Authorization").count(), 1);
    replies(&mut world, "INVITE", "407", "c", &ask("3", ""));
    assert_eq!(world.lines(), ["INVITE", "ACK", "INVITE", "ACK", "INVITE", "ACK"]);
    assert_eq!(world.ends(OUT), 1);
    world.is_clean_at_last();
}

#[test]
fn reliable_ringing_is_acknowledged_where_its_contact_says_and_in_order() {
    let mut world = calling();
    let rel = |n: u32| format!("Require: 100rel\r\nRSeq: {n}\r\n{}", with_sdp());
    replies(&mut world, "INVITE", "183", "a", &rel(10));
    assert_eq!(world.event(), SipEvent::Ringing { leg: OUT, answer: Some(SDP.into()) });
    assert!(matches!(
        &world.last().start,
        Start::Request { method: Method::Prack, uri } if uri == "sip:media@192.0.2.1:5070"
    ));
    assert_eq!(world.last().get("RAck"), Some("10 1 INVITE"));
    assert_eq!(to(&world), "192.0.2.1:5070");
    replies(&mut world, "PRACK", "200", "a", "");
    world.sent.truncate(1);
    replies(&mut world, "INVITE", "183", "a", &rel(10)); // again
    replies(&mut world, "INVITE", "183", "a", &rel(12)); // one is missing between
    assert_eq!(world.sent.len(), 1);
    replies(&mut world, "INVITE", "180", "a", "Require: 100rel\r\nRSeq: 11\r\n");
    assert_eq!(world.last().get("RAck"), Some("11 1 INVITE"));
    // The answer was in the acknowledged 183.
    replies(&mut world, "INVITE", "200", "a", "");
    assert_eq!(world.event(), SipEvent::Accepted { leg: OUT, answer: SDP.into() });
    world.does(SipCommand::Hangup { leg: OUT, q850: 16 });
    world.is_clean_at_last();
}

#[test]
fn a_second_end_that_takes_the_call_is_thanked_and_let_go() {
    let mut world = calling();
    replies(&mut world, "INVITE", "200", "a", &with_sdp());
    world.sent.truncate(1);
    replies(&mut world, "INVITE", "200", "b", &with_sdp());
    assert_eq!(world.lines(), ["INVITE", "ACK", "BYE"]);
    world.event();
    assert_eq!(world.events, []);
    world.does(SipCommand::Hangup { leg: OUT, q850: 16 });
    world.is_clean_at_last();
}

#[test]
fn a_call_that_rings_for_ever_is_taken_back() {
    let mut world = calling();
    replies(&mut world, "INVITE", "180", "a", "");
    world.passes(Duration::from_secs(179));
    assert_eq!(world.ends(OUT), 0);
    world.passes(Duration::from_secs(1));
    assert_eq!(world.ends(OUT), 1);
    assert_eq!(world.last().method(), Some(&Method::Cancel));
    world.is_clean_at_last();
}

#[test]
fn a_trunk_with_a_longer_session_interval_gets_it() {
    let mut world = calling();
    replies(&mut world, "INVITE", "422", "a", "Min-SE: 3600\r\n");
    assert_eq!(world.last().get("Session-Expires"), Some("3600"));
    assert_eq!(to(&world), "192.0.2.1:5060");
    replies(&mut world, "INVITE", "200", "b", &with_sdp());
    assert!(matches!(world.event(), SipEvent::Accepted { .. }));
    world.does(SipCommand::Hangup { leg: OUT, q850: 16 });
    world.is_clean_at_last();
}

#[test]
fn sessions_are_refreshed_and_end_when_the_far_end_is_gone() {
    let mut world = calling();
    let more = format!("Allow: UPDATE\r\nSession-Expires: 600;refresher=uac\r\n{}", with_sdp());
    replies(&mut world, "INVITE", "200", "a", &more);
    world.event();
    world.sent.clear();
    world.passes(Duration::from_secs(300));
    assert_eq!(world.last().method(), Some(&Method::Update));
    assert_eq!(world.last().get("Session-Expires"), Some("600;refresher=uac"));
    replies(&mut world, "UPDATE", "200", "a", "Session-Expires: 600;refresher=uac\r\n");
    world.sent.clear();
    world.passes(Duration::from_secs(300));
    assert_eq!(world.last().method(), Some(&Method::Update));
    replies(&mut world, "UPDATE", "481", "a", "");
    assert_eq!(world.ends(OUT), 1);
    assert_eq!(world.last().method(), Some(&Method::Bye));
    world.is_clean_at_last();
}

#[test]
fn an_offer_that_crosses_our_refresh_is_put_off() {
    let mut world = calling();
    let more = format!("Allow: UPDATE\r\nSession-Expires: 600;refresher=uac\r\n{}", with_sdp());
    replies(&mut world, "INVITE", "200", "a", &more);
    world.event();
    world.passes(Duration::from_secs(300));
    let update = world.last().clone();
    let get = |name| update.get(name).unwrap().to_owned();
    let theirs = format!(
        "INVITE sip:us@198.51.100.1 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.1:5070;branch=z9hG4bKx\r\n\
         From: {}\r\nTo: {}\r\nCall-ID: {}\r\nCSeq: 1 INVITE\r\nContact: <sip:media@192.0.2.1:5070>\r\n\
         {}",
        get("To"),
        get("From"),
        get("Call-ID"),
        with_sdp(),
    );
    world.says(&theirs);
    assert_eq!(world.last().status(), Some(491));
    replies(&mut world, "UPDATE", "200", "a", "Session-Expires: 600;refresher=uac\r\n");
    world.says(&theirs.replace("z9hG4bKx", "z9hG4bKy").replace("CSeq: 1", "CSeq: 2"));
    assert_eq!(world.event(), SipEvent::Offer { leg: OUT, offer: Some(SDP.into()) });
}

#[test]
fn who_knows_no_update_is_asked_by_invite_with_what_we_said_last() {
    let mut world = calling();
    let more = format!("Session-Expires: 600;refresher=uac\r\n{}", with_sdp());
    replies(&mut world, "INVITE", "200", "a", &more);
    world.sent.clear();
    world.passes(Duration::from_secs(300));
    assert_eq!(world.last().sdp().as_deref(), Some(SDP));
    replies(&mut world, "INVITE", "200", "a", &more);
    assert_eq!(world.last().method(), Some(&Method::Ack));
    assert_eq!(world.last().cseq(), Some((2, Method::Ack)));
    // Both at once: again a little later.
    world.passes(Duration::from_secs(300));
    replies(&mut world, "INVITE", "491", "a", "");
    world.sent.clear();
    world.passes(Duration::from_secs(4));
    assert_eq!(world.last().method(), Some(&Method::Invite));
    world.does(SipCommand::Hangup { leg: OUT, q850: 16 });
    world.is_clean_at_last();
}

#[test]
fn each_trunk_is_offered_what_it_is_set_to() {
    let encrypted = || SDP.replace("o=-", "o=encrypted");
    for (first, offered, want) in [
        (true, true, vec![(Some(TRUNK), true), (Some(SECOND), false)]),
        (false, true, vec![(Some(TRUNK), false), (Some(SECOND), true)]),
        // Nothing to offer encrypted: the trunk that demands it is passed over.
        (true, false, vec![(Some(SECOND), false)]),
    ] {
        let mut world = World::with(|config| {
            config.trunks[0].proxies = proxy("192.0.2.1");
            config.trunks[0].encrypted = first;
            let mut second = trunk();
            (second.id, second.networks, second.proxies) = (SECOND, vec![], proxy("203.0.113.1"));
            second.encrypted = !first;
            config.trunks.push(second);
        });
        let target = Target::Number { to: "+33123456789".into(), trunks: vec![TRUNK, SECOND] };
        let offer = Offers { plain: SDP.into(), encrypted: offered.then(encrypted) };
        world.does(SipCommand::Invite {
            leg: OUT,
            target,
            from: "+33199999999".into(),
            from_name: None,
            offer,
        });
        let mut bodies = Vec::new();
        for _ in &want {
            let sdp = world.sent.last().and_then(|(_, message)| message.sdp()).expect("an offer");
            bodies.push((world.tried.last().copied().expect("told"), sdp));
            replies(&mut world, "INVITE", "503", "a", "");
        }
        assert_eq!(world.tried, want);
        for ((_, secret), sdp) in bodies {
            assert_eq!(sdp, if secret { encrypted() } else { SDP.to_owned() });
        }
    }
}
