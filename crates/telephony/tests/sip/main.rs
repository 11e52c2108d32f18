//! SIP against foreign ends: sipp plays carriers and callers from scripts in `tests/sipp`, baresip is a
//! desk phone, Kamailio a proxy. What is checked on our side are the events that a call sees, and that
//! nothing is left over.

mod encrypted;
mod floor;
mod hostile;
mod phones;
mod process;
mod proxy;
mod sipp;

use telephony::sip::{Cause, Limits, Side, SipCommand, SipEvent, Target, TrunkWhy};

use crate::{floor::*, sipp::Sipp};

#[tokio::test]
async fn calls_over_udp_are_answered() {
    let floor = Floor::open(answers).await;
    Sipp::caller("uac.xml", &floor).calls(40).run().await;
    floor.is_empty_again(40).await;
}

#[tokio::test]
async fn calls_over_tcp_are_answered() {
    let floor = Floor::with(answers, |config| {
        // On a busy machine the ACK may take longer than the usual T1, and sipp does not expect a 200
        // to come again over a connection.
        config.limits.t1 = std::time::Duration::from_secs(5);
    })
    .await;
    Sipp::caller("uac.xml", &floor).over_tcp().calls(20).run().await;
    floor.is_empty_again(20).await;
}

#[tokio::test]
async fn a_caller_who_hangs_up_while_it_rings_is_let_go() {
    let floor = Floor::open(rings).await;
    Sipp::caller("uac_cancel.xml", &floor).calls(20).run().await;
    floor.is_empty_again(20).await;
    assert!(floor.seen().iter().all(|event| match event {
        SipEvent::Ended { by, cause, .. } => *by == Side::Remote && cause.status == Some(487),
        _ => true,
    }));
}

#[tokio::test]
async fn a_caller_who_never_acknowledges_is_hung_up() {
    let floor = Floor::with(answers, |config| {
        // 64 * T1 is 1.3 s then, instead of 32 s.
        config.limits = Limits { t1: std::time::Duration::from_millis(20), ..Limits::default() };
    })
    .await;
    Sipp::caller("uac_no_ack.xml", &floor).calls(2).run().await;
    floor.is_empty_again(2).await;
    assert!(floor.seen().iter().any(|e| matches!(e, SipEvent::Ended { by: Side::Timeout, .. })));
}

#[tokio::test]
async fn a_caller_without_an_offer_gets_ours() {
    let floor = Floor::open(answers).await;
    Sipp::caller("uac_late_offer.xml", &floor).calls(2).run().await;
    floor.is_empty_again(2).await;
    assert!(floor.seen().iter().any(|event| matches!(
        event,
        SipEvent::Confirmed { answer: Some(answer), .. } if answer.contains("m=audio")
    )));
}

#[tokio::test]
async fn a_caller_holds_and_resumes() {
    let floor = Floor::open(answers).await;
    Sipp::caller("uac_hold.xml", &floor).run().await;
    floor.is_empty_again(1).await;
    let offers: Vec<bool> = floor
        .seen()
        .iter()
        .filter_map(|event| match event {
            SipEvent::Offer { offer, .. } => Some(offer.as_ref()?.contains("sendonly")),
            _ => None,
        })
        .collect();
    assert_eq!(offers, [true, false]);
}

#[tokio::test]
async fn a_caller_presses_a_key_and_asks_to_be_connected_elsewhere() {
    let floor = Floor::open(answers).await;
    Sipp::caller("uac_info_refer.xml", &floor).run().await;
    floor.is_empty_again(1).await;
    let seen = floor.seen();
    assert!(seen.iter().any(|event| matches!(event, SipEvent::Digit { digit: '5', .. })));
    assert!(seen.iter().any(|event| matches!(
        event,
        SipEvent::Refer { to, replaces: None, .. } if to.user == "+33198765432"
    )));
}

#[tokio::test]
async fn a_caller_who_wants_ringing_acknowledged_is_answered_after_it_is() {
    let floor = Floor::open(answers).await;
    Sipp::caller("uac_prack.xml", &floor).calls(2).run().await;
    floor.is_empty_again(2).await;
}

#[tokio::test]
async fn more_calls_than_a_trunk_may_have_are_refused() {
    let floor = Floor::with(rings, |config| config.trunks[0].calls_max = 0).await;
    Sipp::caller("uac_refused.xml", &floor).calls(5).run().await;
    assert_eq!(floor.sip.counters().calls_refused, 5);
    floor.is_empty_again(0).await;
}

#[tokio::test]
async fn a_call_out_rings_is_taken_and_hung_up_by_us() {
    let carrier = Sipp::carrier("uas.xml");
    let floor = Floor::with(hangs_up, |config| config.trunks = vec![trunk(carrier.port)]).await;
    let carrier = carrier.start();
    floor.calls_out(1).await;
    carrier.done().await;
    floor.is_empty_again(1).await;
    assert!(floor.seen().iter().any(|event| matches!(event, SipEvent::Ringing { .. })));
}

#[tokio::test]
async fn a_call_out_that_the_far_end_ends_tells_its_cause() {
    let carrier = Sipp::carrier("uas_hangs_up.xml");
    let floor = Floor::with(waits, |config| config.trunks = vec![trunk(carrier.port)]).await;
    let carrier = carrier.start();
    floor.calls_out(1).await;
    carrier.done().await;
    floor.is_empty_again(1).await;
    assert_eq!(floor.end(1).await.1.q850, Some(16));
}

#[tokio::test]
async fn a_carrier_that_asks_for_a_password_gets_it_by_either_digest() {
    for scenario in ["uas_407_md5.xml", "uas_407_sha256.xml"] {
        let carrier = Sipp::carrier(scenario);
        let floor = Floor::with(hangs_up, |config| config.trunks = vec![trunk(carrier.port)]).await;
        let carrier = carrier.start();
        floor.calls_out(1).await;
        carrier.done().await;
        floor.is_empty_again(1).await;
        assert!(
            floor.seen().iter().any(|event| matches!(event, SipEvent::Accepted { .. })),
            "{scenario}: {:?}",
            floor.seen()
        );
    }
}

#[tokio::test]
async fn early_sound_is_acknowledged_where_the_carrier_says() {
    let carrier = Sipp::carrier("uas_prack.xml");
    let floor = Floor::with(hangs_up, |config| config.trunks = vec![trunk(carrier.port)]).await;
    let carrier = carrier.start();
    floor.calls_out(1).await;
    carrier.done().await;
    floor.is_empty_again(1).await;
    let seen = floor.seen();
    assert!(seen.iter().any(|event| matches!(event, SipEvent::Ringing { answer: Some(_), .. })));
    // The 200 has no description: the one of the acknowledged 183 is the answer.
    assert!(seen.iter().any(|event| matches!(
        event,
        SipEvent::Accepted { answer, .. } if answer.contains("m=audio")
    )));
}

#[tokio::test]
async fn a_busy_number_is_not_tried_by_another_trunk() {
    let (busy, other) = (Sipp::carrier("uas_486.xml"), Sipp::carrier("uas.xml"));
    let floor = Floor::with(hangs_up, |config| {
        config.trunks = vec![trunk(busy.port), second_trunk(other.port)];
    })
    .await;
    let busy = busy.start();
    floor.calls_out(1).await;
    busy.done().await;
    floor.is_empty_again(1).await;
    let cause = Cause { status: Some(486), q850: Some(17), text: "Busy Here".into() };
    assert_eq!(floor.end(1).await, (Side::Remote, cause));
}

#[tokio::test]
async fn a_trunk_without_room_is_followed_by_the_next_one() {
    let (full, other) = (Sipp::carrier("uas_503.xml"), Sipp::carrier("uas.xml"));
    let floor = Floor::with(hangs_up, |config| {
        config.trunks = vec![trunk(full.port), second_trunk(other.port)];
    })
    .await;
    let (full, other) = (full.start(), other.start());
    floor.calls_out(1).await;
    full.done().await;
    other.done().await;
    floor.is_empty_again(1).await;
    let seen = floor.seen();
    assert!(seen.iter().any(|event| matches!(event, SipEvent::Accepted { .. })));
    assert!(seen.iter().any(|event| matches!(
        event,
        SipEvent::TrunkHealth { trunk: TRUNK, up: false, why } if *why == TrunkWhy::InviteAnswered(503)
    )));
}

#[tokio::test]
async fn a_call_out_is_taken_back_while_it_rings() {
    let carrier = Sipp::carrier("uas_cancelled.xml");
    let floor = Floor::with(
        |event| match event {
            SipEvent::Ringing { leg, .. } => vec![SipCommand::Hangup { leg: *leg, q850: 16 }],
            _ => vec![],
        },
        |config| config.trunks = vec![trunk(carrier.port)],
    )
    .await;
    let carrier = carrier.start();
    floor.calls_out(1).await;
    carrier.done().await;
    floor.is_empty_again(1).await;
    assert_eq!(floor.end(1).await.0, Side::Local);
}

#[tokio::test]
async fn a_trunk_registers_by_either_digest() {
    for scenario in ["registrar_md5.xml", "registrar_sha256.xml"] {
        let carrier = Sipp::carrier(scenario).start();
        let floor = Floor::with(waits, |config| {
            config.trunks = vec![registering(carrier.port)];
        })
        .await;
        floor
            .until(|seen| seen.iter().any(|e| matches!(e, SipEvent::TrunkHealth { up: true, .. })))
            .await;
        carrier.done().await;
    }
}

#[tokio::test]
async fn a_trunk_that_may_not_register_is_down() {
    let carrier = Sipp::carrier("registrar_refuses.xml").start();
    let floor = Floor::with(waits, |config| config.trunks = vec![registering(carrier.port)]).await;
    floor
        .until(|seen| {
            seen.iter().any(|event| {
                matches!(
                    event,
                    SipEvent::TrunkHealth { up: false, why, .. } if *why == TrunkWhy::RegistrarAnswered(403)
                )
            })
        })
        .await;
    carrier.done().await;
}

#[tokio::test]
async fn a_trunk_that_answers_options_is_up() {
    let carrier = Sipp::carrier("options.xml").start();
    let floor = Floor::with(waits, |config| {
        config.trunks = vec![trunk(carrier.port)];
        config.trunks[0].qualify = Some(std::time::Duration::from_secs(60));
    })
    .await;
    floor
        .until(|seen| seen.iter().any(|e| matches!(e, SipEvent::TrunkHealth { up: true, .. })))
        .await;
    carrier.done().await;
}

#[tokio::test]
async fn a_stop_says_good_bye_to_every_call() {
    let carrier = Sipp::carrier("uas.xml");
    let floor = Floor::with(waits, |config| config.trunks = vec![trunk(carrier.port)]).await;
    let carrier = carrier.start();
    floor.calls_out(1).await;
    let up = |event: &SipEvent| matches!(event, SipEvent::Accepted { .. });
    floor.until(|seen| seen.iter().any(up)).await;
    floor.sip.stop().await;
    carrier.done().await;
    assert_eq!(floor.end(1).await.0, Side::Local);
    let late = SipCommand::Hangup { leg: leg(1), q850: 16 };
    assert!(floor.sip.send(late).await.is_err());
}

#[tokio::test]
async fn a_number_without_a_trunk_ends_at_once() {
    let floor = Floor::open(waits).await;
    let leg = leg(7);
    let target = Target::Number { to: "+33123456789".into(), trunks: vec![] };
    floor
        .orders(SipCommand::Invite {
            leg,
            target,
            from: String::new(),
            from_name: None,
            offer: SDP.into(),
        })
        .await;
    assert_eq!(floor.end(7).await.0, Side::Local);
}
