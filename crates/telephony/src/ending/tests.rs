//! Known endings, and that every other one has an answer that makes sense.

use std::collections::BTreeSet;

use super::*;

const DIRECTIONS: [Direction; 2] = [Direction::Inbound, Direction::Outbound];
const WHOSE: [Whose; 3] = [Whose::Customer, Whose::Agent, Whose::Third];
const SIDES: [Side; 3] = [Side::Remote, Side::Local, Side::Timeout];
const STAGES: [Stage; 14] = [
    Stage::Arriving,
    Stage::Menu,
    Stage::Closed,
    Stage::Greeting,
    Stage::Queue,
    Stage::Dialling,
    Stage::Ringing,
    Stage::Talking,
    Stage::Held,
    Stage::Outside,
    Stage::Voicemail,
    Stage::VoicemailLeft,
    Stage::Callback,
    Stage::WrapUp,
];
const OURS: [Ours; 16] = [
    Ours::Restart,
    Ours::MediaTimeout,
    Ours::AgentLost,
    Ours::SessionExpired,
    Ours::NoAck,
    Ours::RingTimeout,
    Ours::NotAcceptable,
    Ours::NumberNotOurs,
    Ours::Anonymous,
    Ours::Flood,
    Ours::TrunkFull,
    Ours::Closed,
    Ours::QueueFull,
    Ours::QueueRemoved,
    Ours::Menu,
    Ours::Replaced,
];

fn cause(status: u16, q850: u8) -> Cause {
    Cause {
        status: Some(status).filter(|status| *status != 0),
        q850: Some(q850).filter(|q850| *q850 != 0),
        text: String::new(),
    }
}

/// Every cause alone, and each status with each cause that decides differently.
fn causes() -> Vec<Cause> {
    let statuses = (300..700).map(|status| cause(status, 0));
    let q850 = (1..128).map(|q850| cause(0, q850));
    let both = (300..700)
        .step_by(7)
        .flat_map(|status| [1, 16, 17, 26, 31, 41, 102, 127].map(|q850| cause(status, q850)));
    statuses
        .chain(q850)
        .chain(both)
        .chain([Cause::default(), cause(200, 0), cause(200, 16)])
        .collect()
}

fn every(mut with: impl FnMut(Finish<'_>)) {
    let causes = causes();
    let ours: Vec<_> = OURS.iter().copied().map(Some).collect();
    for direction in DIRECTIONS {
        for whose in WHOSE {
            for stage in STAGES {
                for by in SIDES {
                    let mut finish =
                        Finish { direction, whose, stage, by, cause: &causes[0], ours: None };
                    for cause in &causes {
                        finish.cause = cause;
                        with(finish);
                    }
                    for ours in &ours {
                        with(Finish { ours: *ours, ..finish });
                    }
                }
            }
        }
    }
}

fn ended(
    direction: Direction,
    whose: Whose,
    stage: Stage,
    by: Side,
    cause: &Cause,
) -> &'static str {
    Finish { direction, whose, stage, by, cause, ours: None }.ending().code
}

#[test]
fn inbound_calls_end_as_supervisors_would_say() {
    let cases = [
        (Stage::Arriving, Side::Remote, (487, 0), "abandoned_at_once"),
        (Stage::Menu, Side::Remote, (200, 16), "abandoned_in_menu"),
        (Stage::Greeting, Side::Remote, (200, 16), "abandoned_in_greeting"),
        (Stage::Queue, Side::Remote, (200, 0), "abandoned_in_queue"),
        (Stage::Queue, Side::Remote, (200, 31), "abandoned_in_queue"),
        (Stage::Queue, Side::Remote, (200, 38), "carrier_cut_waiting"),
        (Stage::Queue, Side::Timeout, (408, 0), "timeout_no_ack"),
        (Stage::Ringing, Side::Remote, (487, 0), "abandoned_ringing"),
        (Stage::Ringing, Side::Remote, (487, 26), "answered_elsewhere"),
        (Stage::Closed, Side::Remote, (200, 16), "closed"),
        (Stage::Closed, Side::Local, (200, 16), "closed"),
        (Stage::Menu, Side::Local, (200, 16), "ended_by_menu"),
        (Stage::Talking, Side::Remote, (200, 16), "answered_normal_customer"),
        (Stage::Talking, Side::Remote, (200, 127), "answered_normal_customer"),
        (Stage::Talking, Side::Local, (200, 16), "answered_normal_agent"),
        (Stage::Talking, Side::Remote, (200, 41), "carrier_cut"),
        (Stage::Talking, Side::Timeout, (408, 0), "session_expired"),
        (Stage::Held, Side::Remote, (200, 16), "hung_up_on_hold"),
        (Stage::Outside, Side::Local, (200, 16), "answered_normal_third"),
        (Stage::WrapUp, Side::Remote, (200, 16), "answered_normal_customer"),
        (Stage::Voicemail, Side::Remote, (200, 16), "voicemail_empty"),
        (Stage::VoicemailLeft, Side::Remote, (200, 16), "voicemail_left"),
        (Stage::VoicemailLeft, Side::Local, (200, 16), "voicemail_left"),
        (Stage::Callback, Side::Remote, (200, 16), "callback_promised"),
        (Stage::Arriving, Side::Local, (404, 0), "number_not_ours"),
        (Stage::Arriving, Side::Local, (433, 0), "anonymous_refused"),
        (Stage::Arriving, Side::Local, (488, 0), "not_acceptable"),
        (Stage::Arriving, Side::Local, (480, 0), "refused"),
    ];
    for (stage, by, (status, q850), want) in cases {
        let cause = cause(status, q850);
        let got = ended(Direction::Inbound, Whose::Customer, stage, by, &cause);
        assert_eq!(got, want, "{stage:?} by {by:?}, {status} and {q850}");
    }
}

#[test]
fn outgoing_calls_that_fail_say_why_and_whether_to_try_again() {
    use FaultOf::{Agent, Carrier, Customer, Nobody, Provider};
    use Retry::{Later, Never, OtherNumber};
    let cases = [
        (486, 0, "busy", Nobody, Later),
        (600, 0, "busy", Nobody, Later),
        (486, 17, "busy", Nobody, Later),
        (480, 0, "unreachable", Nobody, Later),
        (480, 19, "no_answer", Nobody, Later),
        (408, 18, "no_answer", Nobody, Later),
        (408, 0, "no_answer", Nobody, Later),
        (480, 20, "unreachable", Nobody, Later),
        (502, 27, "unreachable", Nobody, Later),
        (603, 0, "rejected", Customer, Later),
        (403, 21, "rejected", Customer, Later),
        (607, 0, "unwanted", Customer, Never),
        (608, 0, "unwanted", Customer, Never),
        (404, 0, "unallocated_number", Customer, OtherNumber),
        (604, 0, "unallocated_number", Customer, OtherNumber),
        (503, 1, "unallocated_number", Customer, OtherNumber),
        (404, 16, "unallocated_number", Customer, OtherNumber),
        (484, 0, "invalid_number", Agent, OtherNumber),
        (404, 3, "invalid_number", Agent, OtherNumber),
        (410, 22, "number_changed", Customer, OtherNumber),
        (302, 0, "redirected", Nobody, OtherNumber),
        (403, 0, "forbidden", Provider, Never),
        (403, 57, "forbidden", Provider, Never),
        (401, 0, "unauthorized", Provider, Later),
        (407, 0, "unauthorized", Provider, Later),
        (433, 0, "identity_wanted", Provider, Later),
        (428, 0, "identity_wanted", Provider, Later),
        (488, 0, "not_acceptable", Provider, Never),
        (606, 0, "not_acceptable", Provider, Never),
        (503, 0, "congestion", Carrier, Later),
        (503, 34, "congestion", Carrier, Later),
        (500, 42, "congestion", Carrier, Later),
        (503, 41, "carrier_failure", Carrier, Later),
        (500, 0, "carrier_failure", Carrier, Later),
        (502, 38, "carrier_failure", Carrier, Later),
        (483, 25, "carrier_failure", Carrier, Later),
        (500, 127, "carrier_failure", Carrier, Later),
        (0, 0, "carrier_failure", Carrier, Later),
    ];
    for (status, q850, code, fault, retry) in cases {
        let cause = cause(status, q850);
        let finish = Finish {
            direction: Direction::Outbound,
            whose: Whose::Customer,
            stage: Stage::Ringing,
            by: Side::Remote,
            cause: &cause,
            ours: None,
        };
        let want = Ending { code, fault, billable: false, retry };
        assert_eq!(finish.ending(), want, "{status} and {q850}");
    }
}

#[test]
fn silence_before_the_ring_is_the_carriers_and_after_it_the_customers() {
    let (out, customer, late) = (Direction::Outbound, Whose::Customer, cause(408, 0));
    assert_eq!(ended(out, customer, Stage::Dialling, Side::Timeout, &late), "carrier_silent");
    assert_eq!(ended(out, customer, Stage::Dialling, Side::Remote, &late), "carrier_silent");
    assert_eq!(ended(out, customer, Stage::Ringing, Side::Timeout, &late), "no_answer");
    assert_eq!(ended(out, customer, Stage::Ringing, Side::Local, &late), "cancelled_by_agent");
}

#[test]
fn a_leg_to_an_agent_tells_what_the_agent_did() {
    let cases = [
        (Side::Remote, 486, "agent_busy"),
        (Side::Remote, 603, "agent_refused"),
        (Side::Remote, 408, "agent_missed"),
        (Side::Timeout, 408, "agent_missed"),
        (Side::Remote, 404, "agent_unreachable"),
        (Side::Remote, 503, "agent_unreachable"),
        (Side::Local, 487, "cancelled"),
    ];
    for (by, status, want) in cases {
        let got = ended(Direction::Inbound, Whose::Agent, Stage::Ringing, by, &cause(status, 0));
        assert_eq!(got, want, "{by:?} {status}");
    }
    let bye = cause(200, 16);
    let talking = |whose, by| ended(Direction::Inbound, whose, Stage::Talking, by, &bye);
    assert_eq!(talking(Whose::Agent, Side::Remote), "answered_normal_agent");
    assert_eq!(talking(Whose::Agent, Side::Local), "answered_normal_customer");
    assert_eq!(talking(Whose::Third, Side::Remote), "answered_normal_third");
}

#[test]
fn what_we_end_ourselves_says_why() {
    let cases = [
        (Ours::Restart, Stage::Queue, "server_restart"),
        (Ours::Restart, Stage::Talking, "server_restart"),
        (Ours::Restart, Stage::VoicemailLeft, "voicemail_left"),
        (Ours::MediaTimeout, Stage::Queue, "media_timeout_waiting"),
        (Ours::MediaTimeout, Stage::Talking, "media_timeout"),
        (Ours::MediaTimeout, Stage::Callback, "callback_promised"),
        (Ours::AgentLost, Stage::Talking, "agent_lost"),
        (Ours::SessionExpired, Stage::Talking, "session_expired"),
        (Ours::NoAck, Stage::Queue, "timeout_no_ack"),
        (Ours::RingTimeout, Stage::Ringing, "no_answer"),
        (Ours::NotAcceptable, Stage::Arriving, "not_acceptable"),
        (Ours::NumberNotOurs, Stage::Arriving, "number_not_ours"),
        (Ours::Anonymous, Stage::Arriving, "anonymous_refused"),
        (Ours::Flood, Stage::Arriving, "flood_refused"),
        (Ours::TrunkFull, Stage::Arriving, "trunk_full"),
        (Ours::Closed, Stage::Closed, "closed"),
        (Ours::QueueFull, Stage::Menu, "queue_full"),
        (Ours::QueueRemoved, Stage::Queue, "queue_removed"),
        (Ours::Menu, Stage::Menu, "ended_by_menu"),
        (Ours::Replaced, Stage::Talking, "transferred_away"),
        (Ours::Replaced, Stage::Ringing, "cancelled"),
    ];
    for (ours, stage, want) in cases {
        let finish = Finish {
            direction: Direction::Inbound,
            whose: Whose::Customer,
            stage,
            by: Side::Local,
            cause: &Cause::default(),
            ours: Some(ours),
        };
        assert_eq!(finish.ending().code, want, "{ours:?} in {stage:?}");
    }
}

#[test]
fn every_ending_has_an_answer_that_makes_sense_and_every_row_is_reached() {
    let mut reached = BTreeSet::new();
    every(|finish| {
        let (code, ending) = (finish.code(), finish.ending());
        reached.insert(code);
        if ending.billable {
            let taken = finish.stage.is_answered() || finish.stage == Stage::VoicemailLeft;
            assert!(taken, "{finish:?} is billed as {code:?}");
            assert_ne!(ending.fault, FaultOf::Provider, "{code:?}");
        }
        if ending.code.starts_with("abandoned") {
            assert_eq!((finish.by, finish.whose == Whose::Customer), (Side::Remote, true));
        }
        if ending.code.starts_with("agent_") && code != Code::AgentLost {
            assert_eq!(finish.whose, Whose::Agent, "{finish:?} is {code:?}");
        }
    });
    let missing: Vec<_> = Code::ALL.iter().filter(|code| !reached.contains(code)).collect();
    assert!(missing.is_empty(), "{missing:?} can never happen");
}

#[test]
fn codes_are_unlike_each_other_and_find_their_row() {
    let all: BTreeSet<_> = codes().collect();
    assert_eq!(all.len(), codes().len());
    for code in codes() {
        assert!(code.bytes().all(|b| b.is_ascii_lowercase() || b == b'_'), "{code}");
        assert_eq!(code.parse::<Code>().map(Code::as_str), Ok(code));
    }
    assert_eq!("lunch".parse::<Code>(), Err(()));
}

#[test]
fn causes_and_statuses_turn_into_each_other_as_rfc_3398_says() {
    let to_status = [
        (1, 404),
        (2, 404),
        (3, 404),
        (17, 486),
        (18, 408),
        (19, 480),
        (20, 480),
        (21, 403),
        (22, 410),
        (23, 410),
        (26, 404),
        (27, 502),
        (28, 484),
        (29, 501),
        (31, 480),
        (34, 503),
        (38, 503),
        (41, 503),
        (42, 503),
        (47, 503),
        (55, 403),
        (57, 403),
        (58, 503),
        (65, 488),
        (70, 488),
        (79, 501),
        (87, 403),
        (88, 503),
        (102, 504),
        (111, 500),
        (127, 500),
    ];
    for (q850, status) in to_status {
        assert_eq!(status_of(q850), status, "cause {q850}");
    }
    let to_cause = [
        (400, 41),
        (401, 21),
        (402, 21),
        (403, 21),
        (404, 1),
        (405, 63),
        (406, 79),
        (407, 21),
        (408, 102),
        (410, 22),
        (413, 127),
        (414, 127),
        (415, 79),
        (416, 127),
        (420, 127),
        (421, 127),
        (423, 127),
        (480, 18),
        (481, 41),
        (482, 25),
        (483, 25),
        (484, 28),
        (485, 1),
        (486, 17),
        (500, 41),
        (501, 79),
        (502, 38),
        (503, 41),
        (504, 102),
        (505, 127),
        (513, 127),
        (600, 17),
        (603, 21),
        (604, 1),
    ];
    for (status, q850) in to_cause {
        assert_eq!(q850_of(status), q850, "status {status}");
    }
    for q850 in 0..=255 {
        assert!((400..=699).contains(&status_of(q850)), "cause {q850}");
    }
    for status in 0..=1000 {
        assert!((1..=127).contains(&q850_of(status)), "status {status}");
    }
}
