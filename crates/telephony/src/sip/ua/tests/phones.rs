//! Desk phones, and the trunks' own registration.

use super::*;
use crate::sip::{
    Credentials, Phone, PhoneSecret, Proxy, Registration, Side, Target, TrunkWhy, digest::Challenge,
};

const DESK: &str = "10.1.2.3:41000";

fn phones() -> World {
    World::with(|config| {
        config.phones_sha256 = true;
        config.phone_networks = vec!["10.0.0.0/8".parse().unwrap()];
        config.phones =
            vec![Phone { name: "desk-1".into(), secret: PhoneSecret::Password("s3cret".into()) }];
    })
}

fn from_desk(method: &str, seq: u32, more: &str) -> String {
    format!(
        "{method} sip:198.51.100.1 SIP/2.0\r\n\
         Via: SIP/2.0/UDP 192.168.0.9:5060;branch=z9hG4bKd{seq}{method};rport\r\n\
         From: <sip:desk-1@198.51.100.1>;tag=d\r\nTo: <sip:desk-1@198.51.100.1>\r\n\
         Call-ID: {method}@desk\r\nCSeq: {seq} {method}\r\n{more}\r\n"
    )
}

/// The answer to the last challenge.
fn proof(world: &World, method: &str, password: &str) -> String {
    let challenge = Challenge::strongest(world.last().lines("WWW-Authenticate")).unwrap();
    let who = Credentials { user: "desk-1".into(), password: password.into() };
    format!("Authorization: {}\r\n", challenge.answer(&who, method, "sip:198.51.100.1", "c"))
}

const CONTACT: &str = "Contact: <sip:desk-1@192.168.0.9:5060>;expires=120\r\n";

fn registers(world: &mut World) {
    world.says_from(hop(DESK), &from_desk("REGISTER", 1, CONTACT));
    let proof = proof(world, "REGISTER", "s3cret");
    world.says_from(hop(DESK), &from_desk("REGISTER", 2, &format!("{proof}{CONTACT}")));
    assert_eq!(world.lines(), ["401 REGISTER", "200 REGISTER"]);
}

fn rings_desk(world: &mut World, n: u128) -> LegId {
    let leg = LegId::from_u128(n);
    let target = Target::Phone { name: "desk-1".into() };
    let (from, from_name) = ("+33611111111".into(), None);
    world.does(SipCommand::Invite { leg, target, from, from_name, offer: SDP.into() });
    leg
}

#[test]
fn a_phone_registers_rings_where_it_is_and_is_forgotten_in_time() {
    let mut world = phones();
    registers(&mut world);
    assert_eq!(world.ua.counters(0).phones, 1);
    let leg = rings_desk(&mut world, 1);
    let (to, invite) = world.sent.last().unwrap();
    // To where its REGISTER came from, through its address translator.
    assert_eq!(to.to.to_string(), DESK);
    assert!(
        matches!(&invite.start, Start::Request { uri, .. } if uri == "sip:desk-1@192.168.0.9:5060")
    );
    world.does(SipCommand::Hangup { leg, q850: 16 });
    world.events.clear();
    world.passes(Duration::from_secs(120));
    assert_eq!(world.ua.counters(0).phones, 0);
    let told = [("desk-1".to_owned(), true), ("desk-1".to_owned(), false)];
    assert_eq!(world.phones, told);
    let leg = rings_desk(&mut world, 2);
    assert!(matches!(world.event(), SipEvent::Ended { leg: l, by: Side::Local, .. } if l == leg));
    world.is_clean_at_last();
}

#[test]
fn a_guesser_is_challenged_and_then_not_heard() {
    let mut world = phones();
    let mut heard = 0;
    for seq in 1..40 {
        world.says_from(hop(DESK), &from_desk("REGISTER", seq * 2, CONTACT));
        if world.sent.is_empty() {
            break;
        }
        let proof = proof(&world, "REGISTER", "guess");
        world.says_from(
            hop(DESK),
            &from_desk("REGISTER", seq * 2 + 1, &format!("{proof}{CONTACT}")),
        );
        heard += 1;
        world.sent.clear();
        world.passes(Duration::from_millis(100));
    }
    assert_eq!(heard, 10);
    assert_eq!(world.ua.counters(0).phones, 0);
    world.passes(Duration::from_secs(60));
    registers(&mut world);
}

#[test]
fn a_phone_calls_when_it_proves_itself() {
    let mut world = phones();
    let more = format!("{CONTACT}Content-Type: application/sdp\r\n");
    world.says_from(hop(DESK), &(from_desk("INVITE", 1, &more) + SDP));
    assert_eq!(world.events, []);
    let proof = proof(&world, "INVITE", "s3cret");
    world.says_from(hop(DESK), &(from_desk("INVITE", 2, &format!("{proof}{more}")) + SDP));
    match world.event() {
        SipEvent::Incoming { call, .. } => {
            assert_eq!((call.trunk, call.from.user.as_str()), (None, "desk-1"));
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(world.lines(), ["401 INVITE", "100 INVITE"]);
}

#[test]
fn a_phone_from_elsewhere_is_not_heard_and_one_that_is_gone_is_forgotten() {
    let mut world = phones();
    world.says_from(hop("203.0.113.5:5060"), &from_desk("REGISTER", 1, CONTACT));
    assert_eq!(world.lines(), [""; 0]);
    registers(&mut world);
    world.ua.set_phones(world.now, vec![]);
    assert_eq!(world.ua.counters(0).phones, 0);
}

fn registering() -> World {
    World::with(|config| {
        let trunk = &mut config.trunks[0];
        trunk.proxies =
            vec![Proxy { host: "192.0.2.1".into(), port: None, transport: Transport::Udp }];
        trunk.registration =
            Some(Registration { user: "acme".into(), expires: Duration::from_secs(600) });
        trunk.credentials = Some(Credentials { user: "acme".into(), password: "p".into() });
    })
}

fn replies(world: &mut World, status: &str, more: &str) {
    let request = world.last();
    let get = |name| request.get(name).unwrap_or_default().to_owned();
    let text = format!(
        "SIP/2.0 {status} x\r\nVia: {}\r\nFrom: {}\r\nTo: {};tag=r\r\nCall-ID: {}\r\nCSeq: {}\r\n{more}\r\n",
        get("Via"),
        get("From"),
        get("To"),
        get("Call-ID"),
        get("CSeq"),
    );
    world.says(&text);
}

#[test]
fn a_trunk_is_registered_again_before_it_runs_out() {
    let mut world = registering();
    assert_eq!(world.last().get("Expires"), Some("600"));
    replies(&mut world, "401", "WWW-Authenticate: Digest realm=\"r\", nonce=\"n\"\r\n");
    assert!(world.last().get("Authorization").is_some());
    replies(&mut world, "200", "Contact: <sip:acme@198.51.100.1:5060>;expires=100\r\n");
    assert_eq!(
        world.event(),
        SipEvent::TrunkHealth { trunk: TRUNK, up: true, why: TrunkWhy::Registered }
    );
    world.sent.clear();
    world.passes(Duration::from_secs(79));
    assert_eq!(world.lines(), [""; 0]);
    world.passes(Duration::from_secs(1));
    let number = world.last().cseq().unwrap().0;
    assert_eq!(number, 3, "one Call-ID, rising numbers");
    replies(&mut world, "423", "Min-Expires: 900\r\n");
    assert_eq!(world.last().get("Expires"), Some("900"));
    replies(&mut world, "200", "Expires: 900\r\n");
    assert_eq!(world.events, []);
    world.sent.clear();
    world.ua.stop(world.now);
    world.drain();
    assert_eq!(world.last().get("Expires"), Some("0"));
}

#[test]
fn a_trunk_that_is_taken_away_is_registered_no_more() {
    let mut world = registering();
    replies(&mut world, "200", "Expires: 900\r\n");
    world.sent.clear();
    let trunks = world.ua.trunks.iter().map(|carrier| carrier.trunk.clone()).collect();
    world.ua.set_trunks(world.now, trunks);
    world.drain();
    assert_eq!(world.lines(), [""; 0], "nothing changed");
    world.ua.set_trunks(world.now, vec![]);
    world.drain();
    assert_eq!(world.last().get("Expires"), Some("0"));
    // Whoever was a carrier is a stranger now.
    world.sent.clear();
    world.says(&invite(1, ""));
    assert_eq!(world.lines(), [""; 0]);
}

#[test]
fn a_registration_that_fails_is_tried_later_and_later() {
    let mut world = registering();
    let mut waits = Vec::new();
    for _ in 0..8 {
        replies(&mut world, "503", "");
        world.sent.clear();
        let from = world.now;
        while world.sent.is_empty() {
            world.passes(Duration::from_secs(1));
        }
        waits.push(world.now.since(from).as_secs());
    }
    for (at, wait) in waits.iter().enumerate() {
        let most = (30 << at).min(1_800);
        assert!((most / 2..=most + 1).contains(wait), "{waits:?}");
    }
    assert!(matches!(world.event(), SipEvent::TrunkHealth { up: false, .. }));
    assert_eq!(world.events, [], "told once");
}

#[test]
fn a_trunk_that_does_not_answer_options_is_down_until_it_does() {
    let mut world = World::with(|config| {
        config.trunks[0].proxies =
            vec![Proxy { host: "192.0.2.1".into(), port: None, transport: Transport::Udp }];
        config.trunks[0].qualify = Some(Duration::from_secs(60));
    });
    world.passes(Duration::from_secs(32));
    assert!(matches!(world.event(), SipEvent::TrunkHealth { up: false, .. }));
    world.sent.clear();
    world.passes(Duration::from_secs(10));
    assert_eq!(world.last().method(), Some(&Method::Options));
    // Whatever it says, it lives.
    replies(&mut world, "404", "");
    assert!(matches!(world.event(), SipEvent::TrunkHealth { up: true, .. }));
    world.sent.clear();
    world.passes(Duration::from_secs(59));
    assert_eq!(world.lines(), [""; 0]);
    world.passes(Duration::from_secs(1));
    assert_eq!(world.last().method(), Some(&Method::Options));
}

#[test]
fn a_phone_that_does_not_register_is_called_where_it_is() {
    let mut world = phones();
    let leg = LegId::from_u128(3);
    for (transport, address, uri) in [
        (Transport::Udp, "10.9.9.9:5060", Some("sip:anna@10.9.9.9:5060")),
        (Transport::Tcp, "10.9.9.9:5062", Some("sip:anna@10.9.9.9:5062;transport=tcp")),
        // We do not listen for TLS, so nothing could come back.
        (Transport::Tls, "10.9.9.9:5061", None),
    ] {
        world.sent.clear();
        let target =
            Target::Device { user: "anna".into(), address: address.parse().unwrap(), transport };
        let (from, from_name) = ("+33611111111".into(), Some("Hotel".into()));
        world.does(SipCommand::Invite { leg, target, from, from_name, offer: SDP.into() });
        match uri {
            Some(wanted) => {
                let (to, invite) = world.sent.last().expect("it is called");
                assert_eq!((to.to.to_string().as_str(), to.transport), (address, transport));
                assert!(
                    matches!(&invite.start, Start::Request { uri, .. } if uri == wanted),
                    "{:?}",
                    invite.start
                );
                // It has said nothing yet, but what it says will be heard.
                super::calls_out::replies(&mut world, "INVITE", "486", "a", "");
            }
            None => assert!(world.sent.is_empty()),
        }
        assert!(
            world.events.iter().any(|e| matches!(e, SipEvent::Ended { leg: l, .. } if *l == leg))
        );
        world.events.clear();
    }
    world.is_clean_at_last();
}
