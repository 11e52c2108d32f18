//! Calls played from scripts.

mod encrypted;
mod led;
mod random;

use std::{net::SocketAddr, sync::Arc};

use domain::PromptId;

use super::*;
use crate::{
    media::Law,
    prompt::Prompt,
    sdp::{Encryption, Local},
    sip::Party as Number,
};

const LEG: LegId = LegId::from_u128(1);
const PHONE: LegId = LegId::from_u128(11);
const OTHER: LegId = LegId::from_u128(12);
const SUPERVISOR: LegId = LegId::from_u128(13);
const OUTSIDE: LegId = LegId::from_u128(14);
const ANN: AgentId = AgentId::from_u128(101);
const BEN: AgentId = AgentId::from_u128(102);
const BOSS: UserId = UserId::from_u128(201);
const RECORDING: RecordingId = RecordingId::from_u128(301);

const OFFER: &str = "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\n\
    m=audio 4000 RTP/AVP 8 101\r\na=rtpmap:101 telephone-event/8000\r\n";

fn prompt(n: u128, seconds: usize) -> Arc<Prompt> {
    let bytes = vec![0x55; seconds * 8_000].into_boxed_slice();
    Arc::new(Prompt { id: PromptId::from_u128(n), mu: bytes.clone(), a: bytes })
}

fn local(port: u16) -> Local {
    Local {
        address: SocketAddr::from(([198, 51, 100, 1], port)),
        laws: vec![Law::A, Law::Mu],
        packet_time: Duration::from_millis(20),
        rtcp_mux: false,
        encryption: Encryption::Never,
        key: [7; 30],
    }
}

fn setup() -> Setup {
    Setup {
        contact: ContactId::from_u128(1_000),
        leg: LEG,
        local: local(20_000),
        sounds: Sounds {
            notices: Vec::new(),
            greeting: Some(prompt(1, 4)),
            music: prompt(2, 30),
            closed: Some(prompt(3, 5)),
            full: Some(prompt(4, 5)),
            callback_promised: Some(prompt(5, 3)),
            announcements: Announcements::default(),
            voicemail: None,
            voicemail_thanks: None,
            beep: prompt(7, 1),
            ringback: prompt(6, 5),
        },
        rules: Rules { callback_key: Some('1'), callable: true, ..Rules::default() },
        recording: Some(RecordingPlan { recording: RECORDING, path: "a.wav".into() }),
        voicemail: None,
        flow: None,
    }
}

fn incoming(offer: Option<&str>) -> Incoming {
    let party =
        |user: &str| Number { user: user.to_owned(), host: "example".to_owned(), name: None };
    Incoming {
        trunk: None,
        to: party("+33123456789"),
        from: party("+33987654321"),
        withheld: false,
        diverted_by: Vec::new(),
        offer: offer.map(str::to_owned),
        replaces: None,
        source: [192, 0, 2, 1].into(),
        call_id: "call".to_owned(),
    }
}

/// A call with its clock, and what it ordered so far.
struct Played {
    call: Call,
    now: Timestamp,
    orders: Vec<Order>,
}

impl Played {
    fn new(setup: Setup, offer: Option<&str>) -> Self {
        let now = Timestamp::from_micros(1_000_000_000);
        let call = Call::incoming(setup, &incoming(offer), now);
        let mut played = Self { call, now, orders: Vec::new() };
        played.take();
        played
    }

    fn take(&mut self) {
        while let Some(order) = self.call.next_order() {
            self.orders.push(order);
        }
    }

    fn tell(&mut self, input: Input) -> &mut Self {
        self.orders.clear();
        self.call.handle(self.now, input);
        self.take();
        self
    }

    fn pass(&mut self, seconds: u64) -> &mut Self {
        self.orders.clear();
        self.now = self.now + Duration::from_secs(seconds);
        self.call.advance(self.now);
        self.take();
        self
    }

    fn parts(&mut self, parts: &[(AgentId, LegId, Doing)]) -> &mut Self {
        let part = |&(agent, phone, doing)| Part { agent, phone: Some(phone), doing };
        self.tell(Input::Floor(FloorSays::Parts(parts.iter().map(part).collect())))
    }

    fn ended_by_customer(&mut self) -> &mut Self {
        let cause = Cause { status: Some(200), q850: Some(16), text: String::new() };
        self.tell(Input::Sip(SipEvent::Ended { leg: LEG, by: Side::Remote, cause }))
    }

    fn has(&self, pattern: &str) -> bool {
        self.orders.iter().any(|order| format!("{order:?}").contains(pattern))
    }

    fn hears(&self, leg: LegId) -> Option<Vec<LegId>> {
        self.orders.iter().rev().find_map(|order| match order {
            Order::Media(MediaCommand::Hear { leg: of, others }) if *of == leg => {
                Some(others.clone())
            }
            _ => None,
        })
    }

    fn asks(&self) -> Vec<Ask> {
        let ask = |order: &Order| match order {
            Order::Ask(ask) => Some(ask.clone()),
            _ => None,
        };
        self.orders.iter().filter_map(ask).collect()
    }

    fn music(&self) -> bool {
        self.orders.iter().any(|order| {
            matches!(order,
            Order::Media(MediaCommand::Play { leg: LEG, play }) if play.repeat)
        })
    }
}

#[test]
fn rings_until_an_agent_answers_and_is_never_answered_before() {
    let mut call = Played::new(setup(), Some(OFFER));
    assert!(call.has("Ring {") && !call.has("Accept"));
    assert_eq!(call.asks(), [Ask::Arrive { first_ring: call.now, route: None }]);
    call.pass(5);
    assert!(call.orders.is_empty(), "{:?}", call.orders);
    call.parts(&[(ANN, PHONE, Doing::Talking)]);
    assert!(call.has("Agree") && call.has("Accept"));
    assert_eq!(call.hears(LEG), Some(vec![PHONE]));
    assert_eq!(call.hears(PHONE), Some(vec![LEG]));
    assert!(call.has("Record {") && !call.music());
}

#[test]
fn a_caller_who_waits_long_hears_music() {
    let mut call = Played::new(setup(), Some(OFFER));
    call.pass(11);
    assert!(call.has("Accept") && call.music());
    assert_eq!(call.call.next_deadline(), None);
}

#[test]
fn the_greeting_plays_to_its_end_and_music_follows() {
    let mut call = Played::new(setup(), Some(OFFER));
    call.tell(Input::Floor(FloorSays::Greeting));
    assert!(call.has("Accept") && call.has("WordsPlayed(Greeting)") && !call.music());
    call.tell(Input::Media(MediaEvent::PlayEnded { leg: LEG, id: 1 }));
    assert!(call.music());
}

#[test]
fn an_answer_cuts_the_greeting() {
    let mut call = Played::new(setup(), Some(OFFER));
    call.tell(Input::Floor(FloorSays::Greeting));
    call.parts(&[(ANN, PHONE, Doing::Talking)]);
    assert!(call.has("StopPlaying"));
    assert_eq!(call.hears(LEG), Some(vec![PHONE]));
}

#[test]
fn words_that_never_report_their_end_do_not_stop_the_call() {
    let mut call = Played::new(setup(), Some(OFFER));
    call.tell(Input::Floor(FloorSays::Greeting));
    call.pass(8);
    assert!(call.music());
}

#[test]
fn a_notice_is_heard_before_the_contact_arrives_and_counts_as_waiting() {
    let mut setup = setup();
    setup.sounds.notices = vec![prompt(9, 6)];
    let mut call = Played::new(setup, Some(OFFER));
    let began = call.now;
    assert!(call.has("Accept") && call.asks().is_empty());
    call.now = call.now + Duration::from_secs(6);
    call.tell(Input::Media(MediaEvent::PlayEnded { leg: LEG, id: 1 }));
    assert_eq!(call.asks(), [Ask::Arrive { first_ring: began, route: None }]);
    assert!(call.music());
}

#[test]
fn a_caller_who_leaves_during_the_notice_never_arrives() {
    let mut setup = setup();
    setup.sounds.notices = vec![prompt(9, 6)];
    let mut call = Played::new(setup, Some(OFFER));
    call.ended_by_customer();
    assert!(call.asks().is_empty() && call.call.is_over());
    assert_eq!(call.call.end().unwrap().at, At::Opening);
}

#[test]
fn hold_plays_music_and_nobody_listens() {
    let mut call = Played::new(setup(), Some(OFFER));
    call.parts(&[(ANN, PHONE, Doing::Talking)]);
    call.parts(&[(ANN, PHONE, Doing::Holding)]);
    assert!(call.music());
    assert_eq!(call.hears(LEG), Some(vec![]));
    assert_eq!(call.hears(PHONE), Some(vec![]));
    call.parts(&[(ANN, PHONE, Doing::Talking)]);
    assert!(call.has("StopPlaying"));
    assert_eq!(call.hears(PHONE), Some(vec![LEG]));
}

#[test]
fn a_transfer_goes_through_music_to_the_next_agent_in_the_same_recording() {
    let mut call = Played::new(setup(), Some(OFFER));
    call.parts(&[(ANN, PHONE, Doing::Talking)]);
    call.parts(&[]);
    assert!(call.music() && call.has("SetChannels") && !call.has("StopRecording"));
    call.parts(&[(BEN, OTHER, Doing::Talking)]);
    assert_eq!(call.hears(OTHER), Some(vec![LEG]));
    assert!(call.has("SetChannels") && !call.has("Record {"));
    call.ended_by_customer();
    assert_eq!(call.asks(), [Ask::End { by: Who::Customer }]);
    assert!(call.has("StopRecording") && call.has("Close {") && call.call.is_over());
    let last = |p: &str| call.orders.iter().rposition(|o| format!("{o:?}").contains(p));
    assert!(last("Close {") > last("StopRecording"), "the file is whole before the leg goes");
}

#[test]
fn a_caller_who_hangs_up_while_waiting_has_abandoned() {
    let mut call = Played::new(setup(), Some(OFFER));
    call.ended_by_customer();
    assert_eq!(call.asks(), [Ask::Abandon]);
    assert_eq!(call.call.end().unwrap().at, At::Ringing);
}

#[test]
fn a_key_asks_for_a_callback_and_the_promise_is_told_before_the_end() {
    let mut call = Played::new(setup(), Some(OFFER));
    call.pass(11);
    call.tell(Input::Media(MediaEvent::Digit { leg: LEG, digit: '1' }));
    assert_eq!(call.asks(), [Ask::RequestCallback]);
    call.tell(Input::Media(MediaEvent::Digit { leg: LEG, digit: '1' }));
    assert!(call.asks().is_empty(), "once");
    call.tell(Input::Floor(FloorSays::CallbackPromised));
    assert!(call.has("WordsPlayed(CallbackPromised)"));
    call.pass(7);
    assert!(call.has("Hangup") && call.asks().is_empty(), "the contact goes on waiting");
}

#[test]
fn a_caller_who_hangs_up_during_the_promise_keeps_it() {
    let mut call = Played::new(setup(), Some(OFFER));
    call.pass(11);
    call.tell(Input::Floor(FloorSays::CallbackPromised));
    call.ended_by_customer();
    assert!(call.asks().is_empty());
}

#[test]
fn closed_hours_are_told_and_then_the_line_is_free() {
    let mut call = Played::new(setup(), Some(OFFER));
    call.tell(Input::Floor(FloorSays::Ended(FloorEnd::Closed)));
    assert!(call.has("Accept") && call.has("WordsPlayed(Closed)"));
    call.tell(Input::Media(MediaEvent::PlayEnded { leg: LEG, id: 1 }));
    assert!(call.has("Hangup") && call.asks().is_empty());
}

#[test]
fn waiting_for_the_opening_becomes_a_callback() {
    let mut call = Played::new(setup(), Some(OFFER));
    call.tell(Input::Floor(FloorSays::ForOpening));
    call.tell(Input::Media(MediaEvent::PlayEnded { leg: LEG, id: 1 }));
    assert_eq!(call.asks(), [Ask::RequestCallback]);
}

#[test]
fn a_description_that_cannot_be_spoken_is_refused_and_the_contact_does_not_hang() {
    let video = "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\n\
        m=video 4000 RTP/AVP 96\r\n";
    let mut call = Played::new(setup(), Some(video));
    call.parts(&[(ANN, PHONE, Doing::Talking)]);
    assert!(call.has("Reject { leg: LegId(00000000-0000-0000-0000-000000000001), status: 488"));
    assert_eq!(call.asks(), [Ask::Abandon]);
}

#[test]
fn an_invitation_without_offer_gets_ours() {
    let mut call = Played::new(setup(), None);
    call.parts(&[(ANN, PHONE, Doing::Talking)]);
    assert!(call.has("Accept") && !call.has("Agree"));
    call.tell(Input::Sip(SipEvent::Confirmed { leg: LEG, answer: Some(OFFER.to_owned()) }));
    assert!(call.has("Agree"));
}

#[test]
fn a_caller_whose_sound_is_gone_is_given_up() {
    let mut call = Played::new(setup(), Some(OFFER));
    call.parts(&[(ANN, PHONE, Doing::Talking)]);
    call.tell(Input::Media(MediaEvent::Silent { leg: LEG, since: Duration::from_secs(5) }));
    call.pass(14);
    assert!(!call.has("Hangup"));
    call.pass(2);
    assert!(call.has("Hangup"));
    assert_eq!(call.asks(), [Ask::End { by: Who::System }]);
    assert_eq!(call.call.end().unwrap().ours, Some(Ours::Silence));
}

#[test]
fn a_carriers_hold_is_not_silence() {
    let mut call = Played::new(setup(), Some(OFFER));
    call.parts(&[(ANN, PHONE, Doing::Talking)]);
    let held = format!("{OFFER}a=sendonly\r\n");
    call.tell(Input::Sip(SipEvent::Offer { leg: LEG, offer: Some(held) }));
    assert!(call.has("AnswerOffer"));
    let inactive = format!("{OFFER}a=inactive\r\n");
    call.tell(Input::Sip(SipEvent::Offer { leg: LEG, offer: Some(inactive) }));
    assert!(call.has("HeldByCustomer {") || call.call.held_by_customer());
    call.tell(Input::Media(MediaEvent::Silent { leg: LEG, since: Duration::from_secs(5) }));
    call.pass(60);
    assert!(!call.has("Hangup"));
    call.tell(Input::Sip(SipEvent::Offer { leg: LEG, offer: Some(OFFER.to_owned()) }));
    assert!(call.has("on: false }") && !call.call.held_by_customer());
}

#[test]
fn mute_is_lifted_when_the_agent_leaves() {
    let mut call = Played::new(setup(), Some(OFFER));
    call.parts(&[(ANN, PHONE, Doing::Talking)]);
    call.tell(Input::Desk(DeskSays::Mute { agent: ANN, on: true }));
    assert!(call.has("Mute { leg: LegId(00000000-0000-0000-0000-00000000000b), on: true }"));
    call.parts(&[]);
    assert!(call.has("Mute { leg: LegId(00000000-0000-0000-0000-00000000000b), on: false }"));
}

#[test]
fn a_pause_left_open_raises_one_alarm_and_survives_a_transfer() {
    let mut call = Played::new(setup(), Some(OFFER));
    call.parts(&[(ANN, PHONE, Doing::Talking)]);
    call.tell(Input::Desk(DeskSays::PauseRecording(true)));
    assert!(call.has("PauseRecording"));
    call.parts(&[]);
    call.parts(&[(BEN, OTHER, Doing::Talking)]);
    assert!(call.call.recording().unwrap().1.is_some());
    call.pass(121);
    assert!(call.has("PauseLeftOpen"));
    call.pass(121);
    assert!(!call.has("PauseLeftOpen"));
}

#[test]
fn a_supervisor_is_heard_by_whom_the_mode_says_and_leaves_with_the_call() {
    let mut call = Played::new(setup(), Some(OFFER));
    call.parts(&[(ANN, PHONE, Doing::Talking)]);
    let join = |mode| Input::Desk(DeskSays::Supervise { user: BOSS, leg: SUPERVISOR, mode });
    call.tell(join(Supervision::Listen));
    assert_eq!(call.hears(SUPERVISOR), Some(vec![LEG, PHONE]));
    assert_eq!((call.hears(LEG), call.hears(PHONE)), (None, None));
    call.tell(join(Supervision::Whisper));
    assert_eq!(call.hears(PHONE), Some(vec![LEG, SUPERVISOR]));
    assert_eq!(call.hears(LEG), None);
    call.tell(join(Supervision::Barge));
    assert_eq!(call.hears(LEG), Some(vec![PHONE, SUPERVISOR]));
    call.ended_by_customer();
    assert!(
        call.has("Supervised { user: UserId(00000000-0000-0000-0000-0000000000c9), mode: None")
    );
}

#[test]
fn one_outside_is_called_asked_joined_and_left_with_the_customer() {
    let mut call = Played::new(setup(), Some(OFFER));
    call.parts(&[(ANN, PHONE, Doing::Talking)]);
    call.parts(&[(ANN, PHONE, Doing::Holding)]);
    call.tell(Input::Desk(DeskSays::Outside {
        by: ANN,
        leg: OUTSIDE,
        local: local(20_002),
        number: "+33111111111".to_owned(),
        from: "+33123456789".to_owned(),
        trunks: Vec::new(),
        passes_on: false,
    }));
    assert!(call.has("Invite") && call.has("Play"), "the agent hears it ring");
    assert_eq!((call.hears(PHONE), call.hears(OUTSIDE)), (Some(vec![OUTSIDE]), None));
    call.tell(Input::Sip(SipEvent::Accepted { leg: OUTSIDE, answer: OFFER.to_owned() }));
    assert!(call.has("StopPlaying"));
    assert_eq!(call.hears(OUTSIDE), Some(vec![PHONE]));
    assert_eq!((call.hears(PHONE), call.hears(LEG)), (None, None));
    call.tell(Input::Desk(DeskSays::Join));
    call.parts(&[(ANN, PHONE, Doing::Talking)]);
    assert_eq!(call.hears(LEG), Some(vec![PHONE, OUTSIDE].into_iter().collect::<Vec<_>>()));
    call.parts(&[]);
    assert_eq!(call.hears(LEG), Some(vec![OUTSIDE]));
    let cause = Cause { status: Some(200), q850: Some(16), text: String::new() };
    call.tell(Input::Sip(SipEvent::Ended { leg: OUTSIDE, by: Side::Remote, cause }));
    assert_eq!(call.asks(), [Ask::End { by: Who::Customer }]);
}

fn pass_on(call: &mut Played) {
    call.tell(Input::Desk(DeskSays::Outside {
        by: ANN,
        leg: OUTSIDE,
        local: local(20_002),
        number: "+33111111111".to_owned(),
        from: "+33123456789".to_owned(),
        trunks: Vec::new(),
        passes_on: true,
    }));
}

#[test]
fn a_customer_passed_on_hears_it_ring_and_goes_on_alone() {
    let mut call = Played::new(setup(), Some(OFFER));
    call.parts(&[(ANN, PHONE, Doing::Talking)]);
    pass_on(&mut call);
    assert!(call.has("Invite") && call.has("from: \"+33123456789\""), "with the client's number");
    assert!(call.has("Play { leg: LegId(00000000-0000-0000-0000-000000000001)"), "they hear it");
    assert_eq!(call.hears(OUTSIDE), None);
    call.parts(&[]);
    assert!(!call.has("Hangup"), "it rings on");
    assert_eq!(call.hears(LEG), Some(vec![]));
    call.tell(Input::Sip(SipEvent::Accepted { leg: OUTSIDE, answer: OFFER.to_owned() }));
    assert!(call.has("StopPlaying") && call.has("LegAnswered"));
    assert_eq!((call.hears(LEG), call.hears(OUTSIDE)), (Some(vec![OUTSIDE]), Some(vec![LEG])));
    call.pass(60);
    assert_eq!(call.orders.len(), 0, "nothing is due any more");
    call.ended_by_customer();
    assert_eq!(call.asks(), [Ask::End { by: Who::Customer }]);
    assert_eq!(call.call.end().map(|end| end.at), Some(At::Outside));
    assert!(call.has("Hangup { leg: LegId(00000000-0000-0000-0000-00000000000e)"));
}

#[test]
fn a_customer_passed_on_to_nobody_waits_again() {
    let refused = || {
        let cause = Cause { status: Some(486), q850: Some(17), text: String::new() };
        Input::Sip(SipEvent::Ended { leg: OUTSIDE, by: Side::Remote, cause })
    };
    // The agent has left before, or is just leaving, or nobody ever answers.
    for case in 0..3 {
        let mut call = Played::new(setup(), Some(OFFER));
        call.parts(&[(ANN, PHONE, Doing::Talking)]);
        pass_on(&mut call);
        match case {
            0 => {
                call.parts(&[]);
                call.tell(refused());
            }
            1 => {
                call.tell(refused());
                assert_eq!(call.asks(), []);
                call.parts(&[]);
            }
            _ => {
                call.parts(&[]);
                call.pass(46);
                assert!(call.has("Hangup { leg: LegId(00000000-0000-0000-0000-00000000000e)"));
            }
        }
        assert_eq!(call.asks(), [Ask::Return], "case {case}");
        assert!(call.call.not_reached().is_some(), "the next agent sees who did not answer");
        call.parts(&[(BEN, OTHER, Doing::Talking)]);
        assert_eq!(call.hears(OTHER), Some(vec![LEG]));
    }
    // An agent who takes it back stays with the customer.
    let mut call = Played::new(setup(), Some(OFFER));
    call.parts(&[(ANN, PHONE, Doing::Talking)]);
    pass_on(&mut call);
    call.tell(Input::Desk(DeskSays::DropOutside));
    call.parts(&[(ANN, PHONE, Doing::Talking)]);
    assert_eq!((call.hears(PHONE), call.asks()), (None, vec![]), "nothing has changed for them");
}

#[test]
fn a_customer_who_is_called_rings_answers_and_is_heard() {
    let to = Outgoing {
        number: "+33987654321".to_owned(),
        from: "+33123456789".to_owned(),
        trunks: Vec::new(),
    };
    let now = Timestamp::from_micros(1_000_000_000);
    let mut call = Played { call: Call::outgoing(setup(), to, now), now, orders: Vec::new() };
    call.take();
    assert!(call.has("Invite") && call.asks().is_empty());
    call.parts(&[(ANN, PHONE, Doing::Talking)]);
    assert!(call.has("Play {") && !call.has("Record {"), "ringback, nothing recorded");
    call.tell(Input::Sip(SipEvent::Ringing { leg: LEG, answer: Some(OFFER.to_owned()) }));
    assert!(call.has("StopPlaying"), "the far end's own tone");
    assert_eq!((call.hears(PHONE), call.hears(LEG)), (Some(vec![LEG]), None));
    call.tell(Input::Sip(SipEvent::Accepted { leg: LEG, answer: OFFER.to_owned() }));
    assert_eq!(call.asks(), [Ask::Reached]);
    assert_eq!(call.hears(LEG), Some(vec![PHONE]));
    assert!(call.has("Record {"));
    call.tell(Input::Floor(FloorSays::Ended(FloorEnd::Over)));
    assert!(call.has("Hangup") && call.call.is_over());
}

#[test]
fn a_customer_who_does_not_answer_ends_the_agents_part() {
    let to =
        Outgoing { number: "+33987654321".to_owned(), from: String::new(), trunks: Vec::new() };
    let now = Timestamp::from_micros(1_000_000_000);
    let mut call = Played { call: Call::outgoing(setup(), to, now), now, orders: Vec::new() };
    call.parts(&[(ANN, PHONE, Doing::Talking)]);
    let cause = Cause { status: Some(486), q850: Some(17), text: "Busy Here".to_owned() };
    call.tell(Input::Sip(SipEvent::Ended { leg: LEG, by: Side::Remote, cause }));
    assert_eq!(call.asks(), [Ask::End { by: Who::Customer }]);
    assert!(call.has("StopPlaying"));
    assert_eq!(call.call.end().unwrap().at, At::Ringing);
}

#[test]
fn every_way_out_has_its_row_in_the_table() {
    use crate::ending::{Code, Direction, Whose};
    let code = |call: &Played| call.call.end().unwrap().code(Whose::Customer, Direction::Inbound);
    let mut call = Played::new(setup(), Some(OFFER));
    call.ended_by_customer();
    assert_eq!(code(&call), Code::AbandonedInQueue);

    let mut call = Played::new(setup(), Some(OFFER));
    call.parts(&[(ANN, PHONE, Doing::Talking)]);
    call.ended_by_customer();
    assert_eq!(code(&call), Code::AnsweredNormalCustomer);

    let mut call = Played::new(setup(), Some(OFFER));
    call.parts(&[(ANN, PHONE, Doing::Talking)]);
    call.tell(Input::Floor(FloorSays::Ended(FloorEnd::Over)));
    assert_eq!(code(&call), Code::AnsweredNormalAgent);

    let mut call = Played::new(setup(), Some(OFFER));
    call.parts(&[(ANN, PHONE, Doing::Holding)]);
    call.ended_by_customer();
    assert_eq!(code(&call), Code::HungUpOnHold);

    for (end, want) in [(FloorEnd::Closed, Code::Closed), (FloorEnd::Full, Code::QueueFull)] {
        let mut call = Played::new(setup(), Some(OFFER));
        call.tell(Input::Floor(FloorSays::Ended(end)));
        call.ended_by_customer();
        assert_eq!(code(&call), want);
    }

    let mut call = Played::new(setup(), Some(OFFER));
    call.tell(Input::Floor(FloorSays::CallbackPromised));
    call.pass(10);
    assert_eq!(code(&call), Code::CallbackPromised);

    let mut call = Played::new(setup(), Some(OFFER));
    call.tell(Input::Cut);
    assert_eq!(code(&call), Code::ServerRestart);

    let mut call = Played::new(setup(), Some(OFFER));
    call.tell(Input::Floor(FloorSays::Refused));
    assert_eq!(code(&call), Code::Refused);
}
