//! Callers who are led: by a flow, by announcements, to a voicemail.

use std::collections::BTreeMap;

use domain::Language;

use super::*;
use crate::{
    ending::{Code, Direction, Whose},
    flow::{Flow, World},
};

pub(super) const MESSAGE: RecordingId = RecordingId::from_u128(302);

const TEXT: &str = r#"
start = "choose"
person = "service"

[step.choose]
kind = "language"
prompt = "choose"
keys = { 2 = "fr" }
timeout_s = 4
tries = 1
then = "hours"

[step.hours]
kind = "hours"
open = "menu"
closed = "message"

[step.menu]
kind = "menu"
prompt = "menu"
keys = { 1 = "number", 2 = "sales", 3 = "message", 4 = "outside", 5 = "later", 6 = "bye" }

[step.number]
kind = "collect"
prompt = "number"
into = "contract"
min = 2
max = 3
sensitive = true
then = "vip"

[step.vip]
kind = "set"
head_start_min = 5
request_type = "claim"
then = "sales"

[step.sales]
kind = "queue"
queue = "Sales"

[step.service]
kind = "queue"
queue = "Service"

[step.message]
kind = "voicemail"
queue = "Service"

[step.outside]
kind = "transfer"
number = "+33142345678"

[step.later]
kind = "callback"
queue = "Service"

[step.bye]
kind = "hangup"
prompt = "bye"
"#;

/// The flow above, with French sounds of its own.
pub(super) fn flow() -> FlowPlan {
    let names = ["choose", "menu", "number", "bye"];
    let languages = [Language::EN, Language::FR];
    let all = || names.iter().flat_map(|name| languages.map(|language| (*name, language)));
    let world = World {
        languages: languages.to_vec(),
        prompts: all().map(|(name, language)| (name.to_owned(), language)).collect(),
        queues: ["Sales".to_owned(), "Service".to_owned()].into(),
        ..World::default()
    };
    let prompts =
        all().zip(50..).map(|((name, language), n)| ((language, name.to_owned()), prompt(n, 2)));
    let sounds = Sounds { music: prompt(90, 30), ..setup().sounds };
    FlowPlan {
        flow: Arc::new(Flow::parse(TEXT, &world).unwrap()),
        prompts: Arc::new(prompts.collect()),
        sounds: BTreeMap::from([(Language::EN, setup().sounds), (Language::FR, sounds)]),
    }
}

/// Lets callers leave a message, by `9` and outside the hours.
pub(super) fn with_message(setup: &mut Setup) {
    setup.voicemail = Some(RecordingPlan { recording: MESSAGE, path: "m.wav".into() });
    setup.rules.voicemail_key = Some('9');
    setup.rules.message_when_closed = true;
    setup.sounds.voicemail = Some(prompt(30, 3));
    setup.sounds.voicemail_thanks = Some(prompt(31, 2));
}

/// The way to a number outside.
pub(super) fn onward() -> Input {
    Input::Onward {
        leg: OUTSIDE,
        local: local(20_002),
        number: "+33142345678".to_owned(),
        from: "+33123456789".to_owned(),
        trunks: Vec::new(),
    }
}

fn led() -> Played {
    Played::new(Setup { flow: Some(flow()), ..setup() }, Some(OFFER))
}

fn waiting(change: impl FnOnce(&mut Setup)) -> Played {
    let mut setup = setup();
    with_message(&mut setup);
    change(&mut setup);
    let mut call = Played::new(setup, Some(OFFER));
    call.pass(11);
    call
}

impl Played {
    fn key(&mut self, digit: char) -> &mut Self {
        self.tell(Input::Media(MediaEvent::Digit { leg: LEG, digit }))
    }

    /// What plays now has ended.
    fn heard(&mut self) -> &mut Self {
        let id = (0..100).rev().find(|id| self.call.ordered.is_words(*id)).unwrap();
        self.tell(Input::Media(MediaEvent::PlayEnded { leg: LEG, id }))
    }

    /// The caller has said something in the message.
    fn spoken(&mut self) -> &mut Self {
        self.tell(Input::Media(MediaEvent::Spoken { recording: MESSAGE }))
    }

    /// The prompts that began to play to the customer.
    fn plays(&self) -> Vec<u128> {
        let play = |order: &Order| match order {
            Order::Media(MediaCommand::Play { leg: LEG, play }) => Some(play.prompts.clone()),
            _ => None,
        };
        let all = self.orders.iter().filter_map(play).flatten();
        all.map(|prompt| prompt.id.uuid().as_u128()).collect()
    }

    fn route(&self) -> Route {
        match &self.asks()[..] {
            [Ask::Arrive { route: Some(route), .. }] => (**route).clone(),
            other => panic!("{other:?}"),
        }
    }

    fn code(&self) -> Code {
        self.call.end().unwrap().code(Whose::Customer, Direction::Inbound)
    }
}

#[test]
fn keys_lead_through_a_flow_into_a_queue_in_the_callers_language() {
    let mut call = led();
    let began = call.now;
    assert!(call.has("Accept") && call.asks().is_empty());
    assert_eq!(call.plays(), [50]);
    call.key('2');
    assert_eq!(call.asks(), [Ask::Hours { calendar: None }]);
    call.tell(Input::Hours { open: true });
    assert_eq!(call.plays(), [53], "the French menu");
    call.now = call.now + Duration::from_secs(9);
    call.key('1');
    call.key('7').key('7');
    assert!(call.asks().is_empty());
    call.key('7');
    let route = call.route();
    assert!(matches!(&call.asks()[..], [Ask::Arrive { first_ring, .. }] if *first_ring == began));
    assert_eq!((route.queue.as_deref(), route.door), (Some("Sales"), Door::Wait));
    assert_eq!(route.language, Language::FR);
    assert_eq!(route.head_start, Duration::from_secs(300));
    assert_eq!(route.request_type.as_deref(), Some("claim"));
    assert_eq!(route.collected[0].digits.as_str(), "777");
    assert!(route.collected[0].sensitive);
    assert_eq!(call.plays(), [90], "the music of the language");
    assert!(call.has("KeysPressed { steps: 3 }"));
    assert!(!format!("{:?}", call.orders).contains("777"), "keys are never printed");
    call.parts(&[(ANN, PHONE, Doing::Talking)]);
    assert_eq!(call.hears(LEG), Some(vec![PHONE]));
}

#[test]
fn a_caller_who_does_nothing_comes_to_a_person() {
    let mut call = led();
    let mut asks = Vec::new();
    for _ in 0..200 {
        call.pass(3);
        asks.extend(call.asks());
        if asks.contains(&Ask::Hours { calendar: None }) && asks.len() == 1 {
            call.tell(Input::Hours { open: true });
            asks.extend(call.asks());
        }
    }
    let [Ask::Hours { .. }, Ask::Arrive { route: Some(route), .. }] = &asks[..] else {
        panic!("{asks:?}")
    };
    assert_eq!(route.queue.as_deref(), Some("Service"));
}

#[test]
fn prompts_that_are_gone_do_not_stop_a_flow() {
    let plan = FlowPlan { prompts: Arc::default(), ..flow() };
    let mut call = Played::new(Setup { flow: Some(plan), ..setup() }, Some(OFFER));
    assert!(call.plays().is_empty());
    call.pass(4);
    assert_eq!(call.asks(), [Ask::Hours { calendar: None }], "the keys had their time");
}

#[test]
fn a_notice_is_heard_before_the_flow_and_its_keys_count_for_nothing() {
    let mut setup = Setup { flow: Some(flow()), ..setup() };
    setup.sounds.notices = vec![prompt(9, 6)];
    let mut call = Played::new(setup, Some(OFFER));
    assert_eq!(call.plays(), [9]);
    call.key('2');
    call.heard();
    assert_eq!(call.plays(), [50]);
}

#[test]
fn a_caller_who_leaves_a_flow_never_arrives() {
    let mut call = led();
    call.ended_by_customer();
    assert!(call.asks().is_empty() && call.call.is_over());
    assert_eq!(call.code(), Code::AbandonedInMenu);
}

#[test]
fn a_flow_may_end_in_a_callback_a_hang_up_or_at_a_number_outside() {
    let open = || {
        let mut call = led();
        call.pass(5).pass(5).pass(5);
        call.tell(Input::Hours { open: true });
        call
    };
    let mut call = open();
    assert_eq!(call.key('5').route().door, Door::Callback);
    call.tell(Input::Floor(FloorSays::CallbackPromised));
    assert!(call.has("WordsPlayed(CallbackPromised)"));

    let mut call = open();
    call.key('6');
    call.heard();
    assert!(call.has("Hangup") && call.asks().is_empty());
    assert_eq!(call.code(), Code::EndedByMenu);

    let mut call = open();
    call.key('4');
    assert!(
        matches!(&call.asks()[..], [Ask::Onward { number }] if number.as_str() == "+33142345678")
    );
    call.tell(onward());
    assert!(call.has("Invite") && call.plays() == [6], "the caller hears it ring");
    call.tell(Input::Sip(SipEvent::Accepted { leg: OUTSIDE, answer: OFFER.to_owned() }));
    assert_eq!(call.hears(LEG), Some(vec![OUTSIDE]));
    assert!(!call.has("Record {") && call.asks().is_empty());
    let cause = Cause { status: Some(200), q850: Some(16), text: String::new() };
    call.tell(Input::Sip(SipEvent::Ended { leg: OUTSIDE, by: Side::Remote, cause }));
    assert!(call.has("Hangup") && call.call.is_over());
    assert_eq!(call.code(), Code::AnsweredNormalThird);

    for no_answer in [Input::NoWayOut, Input::Cut] {
        let mut call = open();
        call.key('4');
        if matches!(no_answer, Input::NoWayOut) {
            call.tell(no_answer);
        } else {
            call.tell(onward());
            call.pass(46);
        }
        assert_eq!(call.route().queue, None, "a person takes it");
    }
}

#[test]
fn place_and_wait_are_told_and_never_get_worse() {
    let mut call = waiting(|setup| {
        setup.rules.announce = Some(Duration::from_secs(30));
        let words = &mut setup.sounds.announcements;
        words.ahead = (0..5).map(|n| (n, prompt(200 + u128::from(n), 2))).collect();
        let minutes =
            [1, 2, 5].map(|m| (Duration::from_secs(m * 60), prompt(300 + u128::from(m), 2)));
        words.waits = minutes.into();
        words.callback = Some(prompt(400, 3));
    });
    let minutes = |n: u64| Some(Duration::from_secs(n * 60));
    call.pass(3);
    assert!(call.asks().is_empty());
    call.pass(1);
    assert_eq!(call.asks(), [Ask::Place]);
    call.tell(Input::Place { ahead: Some(2), wait: Some(Duration::from_secs(70)) });
    assert_eq!(call.plays(), [202, 302, 400]);
    call.heard();
    assert!(call.music());
    call.pass(30);
    assert_eq!(call.asks(), [Ask::Place]);
    call.tell(Input::Place { ahead: Some(3), wait: minutes(4) });
    assert_eq!(call.plays(), [400], "neither a later place nor a longer wait");
    call.heard();
    call.pass(30);
    call.tell(Input::Place { ahead: Some(1), wait: minutes(1) });
    assert_eq!(call.plays(), [201, 301, 400]);
    // An answer cuts the announcement, and a place that comes too late is not told.
    call.parts(&[(ANN, PHONE, Doing::Talking)]);
    assert!(call.has("StopPlaying"));
    call.tell(Input::Place { ahead: Some(0), wait: None });
    assert!(call.plays().is_empty());
    assert_eq!(call.call.next_deadline(), None);
}

#[test]
fn without_announcements_the_keys_are_told_once() {
    let mut call = waiting(|setup| {
        setup.sounds.announcements.callback = Some(prompt(400, 3));
        setup.sounds.announcements.voicemail = Some(prompt(401, 3));
    });
    call.pass(4);
    assert_eq!((call.plays(), call.asks()), (vec![400, 401], vec![]));
    call.heard();
    assert_eq!(call.call.next_deadline(), None);
}

#[test]
fn a_callback_that_cannot_be_promised_now_may_be_asked_for_again() {
    let mut call = waiting(|_| {});
    assert_eq!(call.key('1').asks(), [Ask::RequestCallback]);
    call.tell(Input::Floor(FloorSays::CallbackRefused));
    assert_eq!(call.key('1').asks(), [Ask::RequestCallback]);
}

#[test]
fn a_waiting_caller_leaves_a_message_and_waits_until_there_is_something_in_it() {
    let mut call = waiting(|_| {});
    call.key('9');
    assert_eq!(call.plays(), [30, 7], "asked, then the tone");
    assert!(call.asks().is_empty());
    call.heard();
    assert!(call.has("Record {") && call.has("MessageStarted") && call.asks().is_empty());
    call.pass(30);
    assert!(call.asks().is_empty(), "time alone is no message");
    call.spoken();
    assert_eq!(call.asks(), [Ask::Voicemail]);
    assert!(call.has("MessageLeft"));
    assert!(call.spoken().asks().is_empty(), "once");
    call.tell(Input::Floor(FloorSays::Ended(FloorEnd::Over)));
    assert!(!call.has("Hangup"), "the caller may go on speaking");
    call.pass(5).key('#');
    assert!(call.has("StopRecording") && call.has("WordsPlayed(VoicemailThanks)"));
    call.heard();
    assert!(call.has("Hangup") && call.asks().is_empty());
    assert_eq!(call.code(), Code::VoicemailLeft);
}

#[test]
fn an_agent_who_answers_during_a_message_has_the_caller_and_is_told_of_the_end() {
    let mut call = waiting(|_| {});
    call.key('9').heard().spoken();
    assert_eq!(call.asks(), [Ask::Voicemail]);
    // The floor had given the call away before it heard of the message.
    call.parts(&[(ANN, PHONE, Doing::Talking)]);
    assert!(call.has("StopRecording"));
    call.ended_by_customer();
    assert_eq!(call.asks(), [Ask::End { by: Who::Customer }]);
}

#[test]
fn a_message_has_an_end_and_hanging_up_is_one_too() {
    let mut call = waiting(|setup| setup.rules.message_max = Duration::from_secs(60));
    call.key('9').heard().spoken().pass(60);
    assert!(call.has("StopRecording"));
    let mut call = waiting(|_| {});
    call.key('9').heard().spoken();
    call.ended_by_customer();
    assert!(call.has("StopRecording") && call.asks().is_empty());
    assert_eq!(call.code(), Code::VoicemailLeft);
}

#[test]
fn who_says_nothing_has_left_no_message() {
    let mut call = waiting(|_| {});
    call.key('9').heard();
    call.now = call.now + Duration::from_secs(1);
    call.ended_by_customer();
    assert_eq!(call.asks(), [Ask::Abandon]);
    assert!(call.has("StopRecording"));
    assert_eq!(call.code(), Code::VoicemailEmpty);
    // Nor who stays silent as long as a message may be, or presses the key that ends one.
    let ends: [fn(&mut Played); 2] = [
        |call| {
            call.pass(60);
        },
        |call| {
            call.key('#');
        },
    ];
    for end in ends {
        let mut call = waiting(|setup| setup.rules.message_max = Duration::from_secs(60));
        call.key('9').heard();
        // What another recording holds is no message.
        call.tell(Input::Media(MediaEvent::Spoken { recording: RECORDING }));
        end(&mut call);
        assert!(call.has("StopRecording") && call.has("Hangup") && !call.has("MessageLeft"));
        assert_eq!(call.asks(), [Ask::Abandon]);
    }
}

#[test]
fn an_agent_who_answers_before_the_message_takes_the_call() {
    let mut call = waiting(|_| {});
    call.key('9').heard();
    call.parts(&[(ANN, PHONE, Doing::Talking)]);
    assert!(call.has("StopRecording") && call.has("Record {"));
    assert_eq!(call.hears(LEG), Some(vec![PHONE]));
    assert!(call.pass(200).asks().is_empty());
}

#[test]
fn outside_the_hours_and_behind_a_full_queue_a_message_is_asked_for() {
    for (end, words) in [(FloorEnd::Closed, 3), (FloorEnd::Full, 4)] {
        let mut call = waiting(|_| {});
        call.tell(Input::Floor(FloorSays::Ended(end)));
        assert_eq!(call.plays(), [words, 30, 7]);
        call.heard().spoken();
        assert!(call.has("MessageLeft") && call.asks().is_empty(), "it has left the floor");
    }
    let mut call = waiting(|_| {});
    call.tell(Input::Floor(FloorSays::ForOpening));
    call.heard().spoken();
    assert_eq!(call.asks(), [Ask::Voicemail]);
}

#[test]
fn a_flow_that_ends_in_a_message_arrives_with_it() {
    let mut setup = Setup { flow: Some(flow()), ..setup() };
    with_message(&mut setup);
    let mut call = Played::new(setup, Some(OFFER));
    call.key('2');
    call.tell(Input::Hours { open: false });
    assert_eq!(call.plays(), [7], "no words for it in French: the tone alone");
    call.heard();
    assert!(call.asks().is_empty());
    let route = call.spoken().route();
    assert_eq!((route.queue.as_deref(), route.door), (Some("Service"), Door::Voicemail));
    call.ended_by_customer();
    assert!(call.asks().is_empty());
    assert_eq!(call.code(), Code::VoicemailLeft);
    // Where none can be taken, the caller waits.
    let mut call = led();
    call.key('2');
    call.tell(Input::Hours { open: false });
    assert_eq!(call.route().door, Door::Wait);
}
