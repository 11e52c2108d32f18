//! Known offers of trunks and phones, whole dialogues of offer and answer, and texts that are none.

use std::{net::SocketAddr, time::Duration};

use proptest::{prelude::*, sample};

use super::*;
use crate::media::{Agreed, EventPayload, Law};

const KEY_A: &str = "WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz";
const KEY_B: &str = "YUJDZGVmZ2hpSktMbW9QUXJzVHVWd3l6MTIzNDU2";

/// A carrier's border: both laws of G.711 after others, events on 101.
const CARRIER: &str = "v=0\r
o=BroadWorks 18234 1 IN IP4 198.51.100.7\r
s=-\r
c=IN IP4 198.51.100.7\r
t=0 0\r
a=sendrecv\r
m=audio 17842 RTP/AVP 18 8 0 101\r
a=rtpmap:18 G729/8000\r
a=fmtp:18 annexb=no\r
a=rtpmap:8 PCMA/8000\r
a=rtpmap:0 PCMU/8000\r
a=rtpmap:101 telephone-event/8000\r
a=fmtp:101 0-15\r
a=ptime:20\r
a=maxptime:40\r
";

/// sipp's own caller: lines end in LF, one law.
const SIPP: &str = "v=0
o=user1 53655765 2353687637 IN IP4 127.0.0.1
s=-
c=IN IP4 127.0.0.1
t=0 0
m=audio 6000 RTP/AVP 0
a=rtpmap:0 PCMU/8000
";

/// baresip 1.0.0 with its G.711 module.
const BARESIP: &str = "v=0\r
o=- 1093452034 1093452034 IN IP4 192.0.2.10\r
s=-\r
c=IN IP4 192.0.2.10\r
t=0 0\r
a=tool:baresip 1.0.0\r
m=audio 24002 RTP/AVP 0 8 101\r
a=rtpmap:0 PCMU/8000\r
a=rtpmap:8 PCMA/8000\r
a=rtpmap:101 telephone-event/8000\r
a=fmtp:101 0-15\r
a=rtcp:24003\r
a=sendrecv\r
a=label:1\r
a=rtcp-rsize\r
a=ssrc:2310412311 cname:sip:anna@192.0.2.10\r
a=ptime:20\r
";

fn local() -> Local {
    Local {
        address: "192.0.2.1:40000".parse().unwrap(),
        laws: vec![Law::A, Law::Mu],
        packet_time: Duration::from_millis(20),
        rtcp_mux: true,
        encryption: Encryption::Never,
        key: *b"our key and salt, thirty byte.",
    }
}

fn leg() -> Negotiation {
    Negotiation::new(7, local())
}

fn leg_with(change: impl FnOnce(&mut Local)) -> Negotiation {
    let mut local = local();
    change(&mut local);
    Negotiation::new(7, local)
}

/// A description from lines after `t=`, with a version, of 198.51.100.7.
fn described(lines: &str) -> String {
    format!(
        "v=0\r\no=- 1 1 IN IP4 198.51.100.7\r\ns=-\r\nc=IN IP4 198.51.100.7\r\nt=0 0\r\n{lines}"
    )
}

fn at(text: &str) -> SocketAddr {
    text.parse().unwrap()
}

fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

fn answer(lines: &str) -> Agreed {
    leg().answer(&described(lines)).unwrap().1
}

fn refusal(lines: &str) -> Reason {
    let refusal = leg().answer(&described(lines)).unwrap_err();
    assert_eq!(refusal.status, 488);
    refusal.reason
}

#[test]
fn a_carriers_offer_is_answered_with_one_law_and_its_own_number_for_events() {
    let (body, agreed) = leg().answer(CARRIER).unwrap();
    assert_eq!(
        body,
        "v=0\r\n\
         o=- 7 1 IN IP4 192.0.2.1\r\n\
         s=-\r\n\
         c=IN IP4 192.0.2.1\r\n\
         t=0 0\r\n\
         m=audio 40000 RTP/AVP 8 101\r\n\
         a=rtpmap:8 PCMA/8000\r\n\
         a=rtpmap:101 telephone-event/8000\r\n\
         a=fmtp:101 0-15\r\n\
         a=ptime:20\r\n\
         a=sendrecv\r\n"
    );
    let want = Agreed {
        remote: at("198.51.100.7:17842"),
        rtcp: at("198.51.100.7:17843"),
        law: Law::A,
        telephone_event: Some(EventPayload { send: 101, receive: 101 }),
        packet_time: ms(20),
        send: true,
        receive: true,
        srtp: None,
    };
    assert_eq!(agreed, want);
}

#[test]
fn the_offers_of_sipp_and_baresip_are_taken() {
    let (_, sipp) = leg().answer(SIPP).unwrap();
    assert_eq!((sipp.law, sipp.telephone_event), (Law::Mu, None));
    assert_eq!((sipp.remote, sipp.rtcp), (at("127.0.0.1:6000"), at("127.0.0.1:6001")));
    let (_, phone) = leg().answer(BARESIP).unwrap();
    assert_eq!(phone.law, Law::A, "our favourite of what both have");
    assert_eq!((phone.remote, phone.rtcp), (at("192.0.2.10:24002"), at("192.0.2.10:24003")));
    assert_eq!(phone.telephone_event, Some(EventPayload { send: 101, receive: 101 }));
}

#[test]
fn static_types_need_no_map_and_a_map_may_take_their_meaning_away() {
    assert_eq!(answer("m=audio 5004 RTP/AVP 0 8\r\n").law, Law::A);
    assert_eq!(answer("m=audio 5004 RTP/AVP 0\r\n").law, Law::Mu);
    assert_eq!(answer("m=audio 5004 RTP/AVP 8 0\r\na=rtpmap:8 pcma/8000/1\r\n").law, Law::A);
    let other = "m=audio 5004 RTP/AVP 8\r\na=rtpmap:8 L16/8000\r\n";
    assert_eq!(refusal(other), Reason::NoLaw);
    let wide = "m=audio 5004 RTP/AVP 0\r\na=rtpmap:0 PCMU/16000\r\n";
    assert_eq!(refusal(wide), Reason::NoLaw);
    let unlisted = "m=audio 5004 RTP/AVP 18\r\na=rtpmap:8 PCMA/8000\r\n";
    assert_eq!(refusal(unlisted), Reason::NoLaw, "a map of a format that is not offered");
}

#[test]
fn packets_hold_what_the_far_end_wishes_within_10_to_60_ms() {
    let cases = [
        ("", 20),
        ("a=ptime:20", 20),
        ("a=ptime:30", 30),
        ("a=ptime:10", 10),
        ("a=ptime:40\r\na=maxptime:20", 20),
        ("a=maxptime:10", 10),
        ("a=ptime:200", 60),
        ("a=ptime:5", 10),
        ("a=ptime:0", 20),
        ("a=ptime:25", 20),
        ("a=ptime:20.5", 20),
        ("a=ptime:soon", 20),
        ("a=ptime:99999999999999999999", 20),
    ];
    for (line, want) in cases {
        let agreed = answer(&format!("m=audio 5004 RTP/AVP 8\r\n{line}\r\n"));
        assert_eq!(agreed.packet_time, ms(want), "{line}");
    }
}

#[test]
fn the_direction_is_answered_from_our_side() {
    let cases = [
        ("", "", true, true, "sendrecv"),
        ("", "a=sendonly", false, true, "recvonly"),
        ("", "a=recvonly", true, false, "sendonly"),
        ("", "a=inactive", false, false, "inactive"),
        ("a=sendonly\r\n", "", false, true, "recvonly"),
        ("a=inactive\r\n", "a=sendrecv", true, true, "sendrecv"),
        ("", "c=IN IP4 0.0.0.0", false, true, "recvonly"),
        ("", "c=IN IP4 0.0.0.0\r\na=inactive", false, false, "inactive"),
        ("", "a=SendOnly", false, true, "recvonly"),
    ];
    for (session, media, send, receive, written) in cases {
        let offer = described(&format!("{session}m=audio 5004 RTP/AVP 8\r\n{media}\r\n"));
        let (body, agreed) = leg().answer(&offer).unwrap();
        assert_eq!((agreed.send, agreed.receive), (send, receive), "{session}{media}");
        assert!(body.ends_with(&format!("a={written}\r\n")), "{session}{media}: {body}");
    }
}

#[test]
fn rtcp_goes_where_it_is_wanted() {
    let cases = [
        ("", "198.51.100.7:5005"),
        ("a=rtcp:6001", "198.51.100.7:6001"),
        ("a=rtcp:6001 IN IP4 198.51.100.9", "198.51.100.9:6001"),
        ("a=rtcp:6001 IN IP6 2001:db8::9", "198.51.100.7:6001"),
        ("a=rtcp:6001 IN IP4 a.name", "198.51.100.7:6001"),
        ("a=rtcp-mux", "198.51.100.7:5004"),
        ("a=rtcp-mux\r\na=rtcp:6001", "198.51.100.7:5004"),
        ("a=rtcp:none", "198.51.100.7:5005"),
    ];
    for (lines, want) in cases {
        let agreed = answer(&format!("m=audio 5004 RTP/AVP 8\r\n{lines}\r\n"));
        assert_eq!(agreed.rtcp, at(want), "{lines}");
    }
    let offer = described("m=audio 5004 RTP/AVP 8\r\na=rtcp-mux\r\n");
    assert!(leg().answer(&offer).unwrap().0.contains("a=rtcp-mux\r\n"));
    let mut without = leg_with(|local| local.rtcp_mux = false);
    let (body, agreed) = without.answer(&offer).unwrap();
    assert!(!body.contains("rtcp-mux"));
    assert_eq!(agreed.rtcp, at("198.51.100.7:5005"));
}

#[test]
fn sound_goes_only_to_an_address_like_ours() {
    let offer = described("m=audio 5004 RTP/AVP 8\r\nc=IN IP6 2001:db8::7\r\n");
    let refused = leg().answer(&offer).unwrap_err().reason;
    assert_eq!(refused, Reason::Address("2001:db8::7".to_owned()));
    let mut v6 = leg_with(|local| local.address = at("[2001:db8::1]:40000"));
    let (body, agreed) = v6.answer(&offer).unwrap();
    assert_eq!(agreed.remote, at("[2001:db8::7]:5004"));
    assert!(body.contains("c=IN IP6 2001:db8::1\r\n"), "{body}");
    for host in ["224.2.1.1/127", "sip.carrier.example"] {
        let lines = format!("m=audio 5004 RTP/AVP 8\r\nc=IN IP4 {host}\r\n");
        assert!(matches!(refusal(&lines), Reason::Address(_)), "{host}");
    }
    let nowhere = "v=0\r\nm=audio 5004 RTP/AVP 8\r\n";
    assert!(matches!(leg().answer(nowhere).unwrap_err().reason, Reason::Address(_)));
    let mapped = "m=audio 5004 RTP/AVP 8\r\nc=IN IP6 ::ffff:198.51.100.7\r\n";
    assert_eq!(answer(mapped).remote, at("198.51.100.7:5004"));
}

#[test]
fn of_several_streams_one_is_taken_and_the_others_are_refused_in_their_places() {
    let offer = described(
        "m=video 6000 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\n\
         m=audio 0 RTP/AVP 8\r\n\
         m=audio 5004 RTP/AVP 8 0\r\n\
         m=image 7000 udptl t38\r\n",
    );
    let (body, agreed) = leg().answer(&offer).unwrap();
    assert_eq!(agreed.remote, at("198.51.100.7:5004"));
    let streams: Vec<&str> = body.lines().filter(|line| line.starts_with("m=")).collect();
    let want = [
        "m=video 0 RTP/AVP 96",
        "m=audio 0 RTP/AVP 8",
        "m=audio 40000 RTP/AVP 8",
        "m=image 0 UDPTL t38",
    ];
    assert_eq!(streams, want);
}

#[test]
fn what_cannot_be_spoken_is_refused_with_the_reason() {
    assert_eq!(refusal(""), Reason::NoAudio);
    assert_eq!(refusal("m=video 6000 RTP/AVP 96\r\n"), Reason::NoAudio);
    assert_eq!(refusal("m=audio 0 RTP/AVP 8\r\n"), Reason::NoAudio);
    let opus = "m=audio 5004 RTP/AVP 96\r\na=rtpmap:96 opus/48000/2\r\n";
    assert_eq!(refusal(opus), Reason::NoLaw);
    let dtls = "m=audio 5004 UDP/TLS/RTP/SAVPF 0\r\n";
    assert_eq!(refusal(dtls), Reason::Profile("UDP/TLS/RTP/SAVPF".to_owned()));
    let first_reason_of_sound = "m=audio 5004 TCP/MSRP *\r\nm=video 1 RTP/AVP 96\r\n";
    assert_eq!(refusal(first_reason_of_sound), Reason::Profile("TCP/MSRP".to_owned()));
    let unreadable = leg().answer("<xml/>").unwrap_err();
    assert_eq!((unreadable.status, unreadable.reason), (488, Reason::Unreadable(SdpError::NotSdp)));
}

#[test]
fn what_is_broken_says_in_which_line() {
    let cases = [
        ("v=0\r\nm=audio\r\n", SdpError::Media(2)),
        ("v=0\r\nm=audio 5004 RTP/AVP\r\n", SdpError::Media(2)),
        ("v=0\r\nm=audio 70000 RTP/AVP 8\r\n", SdpError::Media(2)),
        ("v=0\r\nm=audio -1 RTP/AVP 8\r\n", SdpError::Media(2)),
        ("v=0\r\nc=IN IP4\r\n", SdpError::Connection(2)),
        ("v=0\r\ns=-\r\nc=IN IP9 1.2.3.4\r\n", SdpError::Connection(3)),
        ("v=1\r\n", SdpError::NotSdp),
        ("", SdpError::NotSdp),
        ("\r\n\r\n", SdpError::NotSdp),
    ];
    for (text, want) in cases {
        assert_eq!(Session::parse(text), Err(want), "{text:?}");
    }
    let long = format!("v=0\r\na={}\r\n", "x".repeat(BODY_MAX));
    assert_eq!(Session::parse(&long), Err(SdpError::TooLong(long.len())));
    let lines = format!("v=0\n{}", "a=\n".repeat(LINES_MAX));
    assert_eq!(Session::parse(&lines), Err(SdpError::TooManyLines));
    let streams = format!("v=0\n{}", "m=audio 1 RTP/AVP 8\n".repeat(MEDIA_MAX + 1));
    assert_eq!(Session::parse(&streams), Err(SdpError::TooManyMedia(MEDIA_MAX + 2)));
    let formats = format!("v=0\nm=audio 1 RTP/AVP{}\n", " 8".repeat(129));
    assert_eq!(Session::parse(&formats), Err(SdpError::TooManyMedia(2)));
}

#[test]
fn our_offer_is_answered_early_and_again_with_the_200() {
    let mut leg = leg();
    let offer = leg.offer();
    assert!(offer.contains("m=audio 40000 RTP/AVP 8 0 101\r\n"), "{offer}");
    assert!(offer.ends_with("a=rtcp-mux\r\na=sendrecv\r\n"), "{offer}");
    // 183 of a carrier: the other law, another number for events, early media towards us only.
    let early = described(
        "m=audio 30000 RTP/AVP 0 96\r\na=rtpmap:96 telephone-event/8000\r\na=sendonly\r\n",
    );
    let agreed = leg.take_answer(&early).unwrap();
    assert_eq!(agreed.telephone_event, Some(EventPayload { send: 96, receive: 101 }));
    assert_eq!((agreed.law, agreed.send, agreed.receive), (Law::Mu, false, true));
    assert_eq!(agreed.rtcp, at("198.51.100.7:30001"), "they do not share the port");
    // 200: both ways.
    let agreed = leg.take_answer(&described("m=audio 30000 RTP/AVP 8\r\n")).unwrap();
    assert_eq!((agreed.law, agreed.send, agreed.receive), (Law::A, true, true));
    assert_eq!(leg.agreed(), Some(&agreed));
}

#[test]
fn an_answer_to_nothing_or_to_something_else_is_refused_and_changes_nothing() {
    let audio = described("m=audio 30000 RTP/AVP 8\r\n");
    assert_eq!(leg().take_answer(&audio).unwrap_err().reason, Reason::NotAsked);
    let mut leg = leg();
    leg.answer(CARRIER).unwrap();
    let before = leg.agreed().cloned();
    assert_eq!(leg.take_answer(&audio).unwrap_err().reason, Reason::NotAsked);
    leg.offer();
    let two = described("m=audio 30000 RTP/AVP 8\r\nm=video 1 RTP/AVP 96\r\n");
    let refused = leg.take_answer(&two).unwrap_err();
    assert_eq!(refused.reason, Reason::Streams { offered: 1, answered: 2 });
    let none = described("m=audio 0 RTP/AVP 8\r\n");
    let refused = leg.take_answer(&none).unwrap_err();
    assert_eq!((refused.status, refused.reason), (488, Reason::NoAudio));
    let encrypted = described("m=audio 30000 RTP/SAVP 8\r\n");
    let refused = leg.take_answer(&encrypted).unwrap_err().reason;
    assert_eq!(refused, Reason::Profile("RTP/SAVP".to_owned()));
    let opus = described("m=audio 30000 RTP/AVP 96\r\na=rtpmap:96 opus/48000/2\r\n");
    assert_eq!(leg.take_answer(&opus).unwrap_err().reason, Reason::NoLaw);
    assert_eq!(leg.agreed().cloned(), before);
    assert!(leg.take_answer(&audio).is_ok());
}

#[test]
fn a_far_end_holds_and_resumes_and_the_version_tells_each_change() {
    let version = |body: &str| Session::parse(body).unwrap().origin.version;
    let mut leg = leg();
    let (first, _) = leg.answer(CARRIER).unwrap();
    let (again, _) = leg.answer(CARRIER).unwrap();
    assert_eq!(first, again, "a repeated offer gets the same answer");
    let (held, agreed) = leg.answer(&CARRIER.replace("a=sendrecv", "a=sendonly")).unwrap();
    assert_eq!((agreed.send, agreed.receive), (false, true));
    assert_eq!(version(&held), version(&first) + 1);
    let inactive = CARRIER.replace("a=sendrecv", "a=inactive");
    let (_, agreed) = leg.answer(&inactive).unwrap();
    assert_eq!((agreed.send, agreed.receive), (false, false));
    let (_, agreed) =
        leg.answer(&CARRIER.replace("c=IN IP4 198.51.100.7", "c=IN IP4 0.0.0.0")).unwrap();
    assert!(!agreed.send && agreed.remote.ip().is_unspecified());
    let (resumed, agreed) = leg.answer(CARRIER).unwrap();
    assert_eq!((agreed.send, agreed.receive), (true, true));
    assert_eq!(version(&resumed), version(&first) + 4);
}

#[test]
fn a_stream_closed_within_a_leg_is_a_pause_and_before_one_a_refusal() {
    let mut leg = leg();
    let closed = CARRIER.replace("m=audio 17842", "m=audio 0");
    assert_eq!(leg.answer(&closed).unwrap_err().reason, Reason::NoAudio);
    leg.answer(CARRIER).unwrap();
    let (body, agreed) = leg.answer(&closed).unwrap();
    assert!(body.contains("m=audio 0 RTP/AVP 18 8 0 101\r\n"), "{body}");
    assert_eq!((agreed.send, agreed.receive), (false, false));
    let (_, agreed) = leg.answer(CARRIER).unwrap();
    assert_eq!((agreed.send, agreed.receive), (true, true));
}

#[test]
fn a_far_end_moves_and_changes_its_law_in_the_middle() {
    let mut leg = leg();
    leg.answer(CARRIER).unwrap();
    let moved = described("m=audio 9000 RTP/AVP 0\r\na=ptime:30\r\nc=IN IP4 198.51.100.99\r\n");
    let (_, agreed) = leg.answer(&moved).unwrap();
    assert_eq!((agreed.remote, agreed.law), (at("198.51.100.99:9000"), Law::Mu));
    assert_eq!((agreed.packet_time, agreed.telephone_event), (ms(30), None));
    // What cannot be spoken leaves what was agreed.
    let opus = described("m=audio 9000 RTP/AVP 96\r\na=rtpmap:96 opus/48000/2\r\n");
    assert_eq!(leg.answer(&opus).unwrap_err().status, 488);
    assert_eq!(leg.agreed(), Some(&agreed));
}

#[test]
fn a_re_invite_without_a_description_gets_our_offer_with_every_stream_in_its_place() {
    let mut leg = leg();
    let video = "m=video 6000 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\n";
    let audio = "m=audio 5004 RTP/AVP 8 101 102\r\na=rtpmap:101 opus/48000/2\r\n\
                 a=rtpmap:102 telephone-event/8000\r\n";
    leg.answer(&described(&format!("{video}{audio}"))).unwrap();
    let offer = leg.offer();
    let streams: Vec<&str> = offer.lines().filter(|line| line.starts_with("m=")).collect();
    assert_eq!(streams, ["m=video 0 RTP/AVP 96", "m=audio 40000 RTP/AVP 8 0 102"]);
    let answered = described("m=video 0 RTP/AVP 96\r\nm=audio 5004 RTP/AVP 8\r\na=sendonly\r\n");
    let agreed = leg.take_answer(&answered).unwrap();
    assert_eq!((agreed.send, agreed.receive), (false, true), "they hold us by their answer");
    let resumed = described("m=video 0 RTP/AVP 96\r\nm=audio 5004 RTP/AVP 8\r\n");
    leg.offer();
    assert!(leg.take_answer(&resumed).unwrap().send);
}

#[test]
fn our_offer_uses_no_number_that_means_something_else_in_the_leg() {
    let mut leg = leg();
    leg.answer(&described("m=audio 5004 RTP/AVP 8 101\r\na=rtpmap:101 opus/48000/2\r\n")).unwrap();
    let offer = leg.offer();
    assert!(offer.contains("m=audio 40000 RTP/AVP 8 0 102\r\n"), "{offer}");
}

#[test]
fn another_port_of_ours_is_told_with_the_next_description() {
    let mut leg = leg();
    leg.answer(CARRIER).unwrap();
    leg.set_local(Local { address: at("192.0.2.1:40002"), ..local() });
    let (body, _) = leg.answer(CARRIER).unwrap();
    assert!(body.contains("o=- 7 2 IN") && body.contains("m=audio 40002 "), "{body}");
    assert_eq!(leg.local().address, at("192.0.2.1:40002"));
}

fn crypto_offer(lines: &str) -> String {
    described(&format!("m=audio 5004 RTP/SAVP 8\r\n{lines}\r\n"))
}

#[test]
fn keys_are_exchanged_on_an_encrypted_stream() {
    let mut leg = leg_with(|local| local.encryption = Encryption::Taken);
    let offer = crypto_offer(&format!(
        "a=crypto:1 AEAD_AES_256_GCM inline:{KEY_B}\r\n\
         a=crypto:2 AES_CM_128_HMAC_SHA1_32 inline:{KEY_A}|2^31\r\n\
         a=crypto:3 AES_CM_128_HMAC_SHA1_80 inline:{KEY_B}"
    ));
    let (body, agreed) = leg.answer(&offer).unwrap();
    let srtp = agreed.srtp.unwrap();
    assert_eq!(srtp.ours.key_and_salt, local().key);
    assert_eq!(&srtp.theirs.key_and_salt[..8], b"YS___sem");
    assert!(srtp.ours.short_tag && srtp.theirs.short_tag);
    assert!(body.contains("m=audio 40000 RTP/SAVP 8\r\n"), "{body}");
    assert!(body.contains("a=crypto:2 AES_CM_128_HMAC_SHA1_32 inline:"), "{body}");
    assert_eq!(body.matches("a=crypto:").count(), 1);
    // A later offer of ours stays encrypted, in the same way.
    let again = leg.offer();
    assert!(again.contains("RTP/SAVP") && again.contains("_32 inline:"), "{again}");
}

#[test]
fn keys_that_we_cannot_use_are_passed_over() {
    let usable = format!("a=crypto:9 AES_CM_128_HMAC_SHA1_80 inline:{KEY_A}");
    let unusable = [
        format!("a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:{KEY_A}|1:4"),
        format!("a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:{KEY_A}|2^10"),
        format!("a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:{KEY_A}|2^99"),
        format!("a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:{KEY_A}|3^20"),
        format!("a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:{KEY_A};inline:{KEY_B}"),
        format!("a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:{KEY_A} UNENCRYPTED_SRTP"),
        "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:dG9vIHNob3J0".to_owned(),
        "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:not base64".to_owned(),
        "a=crypto:1 AES_CM_128_HMAC_SHA1_80".to_owned(),
        "a=crypto:x".to_owned(),
    ];
    for line in unusable {
        let mut leg = leg_with(|local| local.encryption = Encryption::Taken);
        let refused = leg.answer(&crypto_offer(&line)).unwrap_err();
        assert_eq!(refused.reason, Reason::NoKey, "{line}");
        let (body, _) = leg.answer(&crypto_offer(&format!("{line}\r\n{usable}"))).unwrap();
        assert!(body.contains("a=crypto:9 "), "{line}");
    }
    for harmless in ["|2^20", "|1048576", " WSH=64", " -NEW=1", "=="] {
        let mut leg = leg_with(|local| local.encryption = Encryption::Taken);
        assert!(leg.answer(&crypto_offer(&format!("{usable}{harmless}"))).is_ok(), "{harmless}");
    }
}

#[test]
fn each_kind_of_encryption_takes_what_it_says() {
    let key = format!("a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:{KEY_A}\r\n");
    let secure = format!("m=audio 5004 RTP/SAVP 8\r\n{key}");
    let plain = "m=audio 5006 RTP/AVP 8\r\n";
    let both = format!("{plain}{secure}");
    let port = |encryption, lines: &str| {
        let mut leg = leg_with(|local| local.encryption = encryption);
        leg.answer(&described(lines)).map(|(_, agreed)| agreed.remote.port()).map_err(|r| r.reason)
    };
    assert_eq!(port(Encryption::Never, &secure), Err(Reason::Encrypted));
    assert_eq!(port(Encryption::Never, plain), Ok(5006));
    assert_eq!(port(Encryption::Never, &both), Ok(5006));
    assert_eq!(port(Encryption::Taken, &secure), Ok(5004));
    assert_eq!(port(Encryption::Taken, plain), Ok(5006));
    assert_eq!(port(Encryption::Taken, &both), Ok(5004));
    assert_eq!(port(Encryption::Required, &secure), Ok(5004));
    assert_eq!(port(Encryption::Required, plain), Err(Reason::NotEncrypted));
    assert_eq!(port(Encryption::Required, &both), Ok(5004));
}

#[test]
fn our_encrypted_offer_takes_only_an_answer_with_its_own_key() {
    let mut leg = leg_with(|local| local.encryption = Encryption::Required);
    let offer = leg.offer();
    assert!(offer.contains("RTP/SAVP 8 0 101\r\n") && offer.contains("a=crypto:1 "), "{offer}");
    let answered = |tag: u32, bits: u32| {
        crypto_offer(&format!("a=crypto:{tag} AES_CM_128_HMAC_SHA1_{bits} inline:{KEY_B}"))
    };
    for wrong in [answered(2, 80), answered(1, 32), crypto_offer("")] {
        assert_eq!(leg.take_answer(&wrong).unwrap_err().reason, Reason::NoKey);
    }
    let plain = described("m=audio 5004 RTP/AVP 8\r\n");
    assert_eq!(leg.take_answer(&plain).unwrap_err().reason, Reason::Profile("RTP/AVP".to_owned()));
    let srtp = leg.take_answer(&answered(1, 80)).unwrap().srtp.unwrap();
    assert_eq!(srtp.ours.key_and_salt, local().key);
    assert_eq!(&srtp.theirs.key_and_salt[..3], b"aBC");
}

#[test]
fn no_key_is_printed_for_people() {
    let mut leg = leg_with(|local| local.encryption = Encryption::Taken);
    let offer = crypto_offer(&format!("a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:{KEY_A}"));
    let (_, agreed) = leg.answer(&offer).unwrap();
    let printed = format!("{leg:?} {agreed:?}");
    let ours = format!("{:?}", &local().key[..4]);
    assert!(!printed.contains(ours.trim_matches(['[', ']'])), "{printed}");
    assert!(!printed.contains(KEY_A) && !printed.contains("89, 83, 95, 95"), "{printed}");
}

/// An offer, or none, with pieces of others put in anywhere, and broken in any place.
fn any_description() -> impl Strategy<Value = String> {
    let known: Vec<String> = [CARRIER, SIPP, BARESIP]
        .iter()
        .flat_map(|text| text.lines())
        .map(str::to_owned)
        .chain([
            format!("a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:{KEY_A}|2^20|1:4"),
            format!("a=crypto:1 AES_CM_128_HMAC_SHA1_32 inline:{KEY_B}"),
            "m=audio 5004 RTP/SAVP 8 0 96".to_owned(),
            "m=video 0 RTP/AVP 96".to_owned(),
            "a=rtpmap:96 telephone-event/8000".to_owned(),
            "a=rtcp-mux".to_owned(),
            "c=IN IP4 0.0.0.0".to_owned(),
            "c=IN IP6 2001:db8::7".to_owned(),
            "a=inactive".to_owned(),
        ])
        .collect();
    let line = prop_oneof![
        12 => sample::select(known),
        1 => "[a-z]=.{0,40}",
        1 => "a=(rtpmap|fmtp|ptime|maxptime|rtcp|crypto):.{0,40}",
        1 => "m=(audio|video) [0-9]{1,6}(/[0-9])? [A-Z/]{1,9}( [0-9]{1,3}){0,5}",
    ];
    let base = sample::select(vec![CARRIER, SIPP, BARESIP, "v=0\r\n"]);
    let pieces = prop::collection::vec((any::<sample::Index>(), line), 0..8);
    let cuts = prop::collection::vec((any::<sample::Index>(), any::<Option<char>>()), 0..3);
    (base, pieces, cuts).prop_map(|(base, pieces, cuts)| {
        let mut lines: Vec<String> = base.lines().map(str::to_owned).collect();
        for (at, piece) in pieces {
            lines.insert(1 + at.index(lines.len()), piece);
        }
        let mut text: Vec<char> = lines.join("\r\n").chars().collect();
        for (at, with) in cuts {
            let at = at.index(text.len());
            match with {
                Some(c) => text[at] = c,
                None => text.truncate(at.max(1)),
            }
        }
        text.into_iter().collect()
    })
}

fn any_local() -> impl Strategy<Value = Local> {
    let encryption = [Encryption::Never, Encryption::Taken, Encryption::Required];
    let address = ["192.0.2.1:40000", "[2001:db8::1]:40000"];
    let laws = [vec![Law::A, Law::Mu], vec![Law::Mu, Law::A], vec![Law::A], vec![Law::Mu]];
    (
        sample::select(encryption.to_vec()),
        sample::select(address.to_vec()),
        sample::select(laws.to_vec()),
        any::<bool>(),
    )
        .prop_map(|(encryption, address, laws, rtcp_mux)| Local {
            encryption,
            address: address.parse().unwrap(),
            laws,
            rtcp_mux,
            ..local()
        })
}

/// What must hold of any agreement, whatever was read.
fn sound(agreed: &Agreed, local: &Local) -> Result<(), TestCaseError> {
    prop_assert!(local.laws.contains(&agreed.law));
    let packet = agreed.packet_time.as_millis();
    prop_assert!((10..=60).contains(&packet) && packet.is_multiple_of(10));
    prop_assert!(!agreed.remote.ip().is_multicast());
    prop_assert!(!agreed.send || !agreed.remote.ip().is_unspecified());
    if agreed.send {
        prop_assert_eq!(agreed.remote.is_ipv4(), local.address.is_ipv4());
        prop_assert_ne!(agreed.remote.port(), 0);
    }
    match local.encryption {
        Encryption::Never => prop_assert!(agreed.srtp.is_none()),
        Encryption::Required => prop_assert!(agreed.srtp.is_some()),
        Encryption::Taken => {}
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(6_000))]

    #[test]
    fn whatever_is_read_is_written_and_read_alike(text in any_description()) {
        if let Ok(session) = Session::parse(&text) {
            let written = session.write();
            prop_assert!(written.lines().all(|line| line.len() > 1 && line.is_char_boundary(2)));
            prop_assert_eq!(Session::parse(&written), Ok(session), "{}", written);
        }
    }

    #[test]
    fn whatever_is_offered_is_answered_stream_by_stream_or_refused(
        offers in prop::collection::vec(any_description(), 1..4),
        local in any_local(),
    ) {
        let mut leg = Negotiation::new(7, local.clone());
        for text in &offers {
            let before = leg.agreed().cloned();
            match leg.answer(text) {
                Err(refusal) => {
                    prop_assert_eq!(refusal.status, 488);
                    prop_assert_eq!(leg.agreed(), before.as_ref());
                }
                Ok((body, agreed)) => {
                    let (offer, answer) =
                        (Session::parse(text).unwrap(), Session::parse(&body).unwrap());
                    prop_assert_eq!(offer.media.len(), answer.media.len());
                    for (theirs, ours) in offer.media.iter().zip(&answer.media) {
                        prop_assert_eq!(&theirs.kind, &ours.kind);
                        prop_assert_eq!(&theirs.profile, &ours.profile);
                        prop_assert!(ours.port == 0 || theirs.port != 0);
                        // Refused streams are repeated as written; `08` is answered as 8.
                        let offered = |f| {
                            theirs.formats.contains(f)
                                || theirs.payloads().any(|payload| payload.to_string() == *f)
                        };
                        prop_assert!(ours.formats.iter().all(offered));
                    }
                    let open = answer.media.iter().filter(|media| media.port != 0).count();
                    prop_assert!(open <= 1 && (open == 1 || !(agreed.send || agreed.receive)));
                    sound(&agreed, &local)?;
                }
            }
        }
        // However the dialogue went, our own offer can be read, and repeats no stream less.
        let offer = Session::parse(&leg.offer()).unwrap();
        prop_assert_eq!(offer.media.iter().filter(|media| media.port != 0).count(), 1);
    }

    #[test]
    fn whatever_answers_us_is_taken_or_refused(text in any_description(), local in any_local()) {
        let mut leg = Negotiation::new(7, local.clone());
        leg.offer();
        match leg.take_answer(&text) {
            Ok(agreed) => sound(&agreed, &local)?,
            Err(refusal) => {
                prop_assert_eq!(refusal.status, 488);
                prop_assert!(leg.agreed().is_none());
            }
        }
    }

    #[test]
    fn no_text_at_all_is_too_much(text in any::<String>()) {
        let _ = Session::parse(&text);
        let _ = Session::parse(&format!("v=0\n{text}"));
    }
}
