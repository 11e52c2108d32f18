//! Calls under anything in any order.

use proptest::{collection, prelude::*};

use super::*;

#[derive(Clone, Debug)]
enum Step {
    Pass(u64),
    Parts(Vec<(AgentId, LegId, Doing)>),
    Greeting,
    ForOpening,
    Promised,
    Refused,
    Hours(bool),
    Place(u32, u64),
    Onward,
    NoWayOut,
    FloorEnd(FloorEnd),
    Digit(char),
    PlayEnded(u64),
    Silent,
    Heard,
    Spoken,
    Confirmed,
    Mute(bool),
    Pause(bool),
    Supervise(Supervision),
    StopSupervision,
    Outside(bool),
    OutsideAccepted,
    OutsideEnded,
    Reached,
    Join,
    Drop,
    CustomerEnded,
    Cut,
}

fn step() -> impl Strategy<Value = Step> {
    let doing = prop_oneof![Just(Doing::Talking), Just(Doing::Holding), Just(Doing::Consulting)];
    let who = prop_oneof![Just((ANN, PHONE)), Just((BEN, OTHER))];
    let parts = collection::vec((who, doing), 0..3).prop_map(|mut list| {
        list.dedup_by_key(|((agent, _), _)| *agent);
        if list.len() == 2 && list[0].0 == list[1].0 {
            list.pop();
        }
        Step::Parts(list.into_iter().map(|((agent, leg), doing)| (agent, leg, doing)).collect())
    });
    prop_oneof![
        4 => (1_u64..30).prop_map(Step::Pass),
        6 => parts,
        1 => Just(Step::Greeting),
        1 => Just(Step::ForOpening),
        1 => Just(Step::Promised),
        1 => Just(Step::Refused),
        1 => any::<bool>().prop_map(Step::Hours),
        1 => (0_u32..6, 0_u64..400).prop_map(|(ahead, wait)| Step::Place(ahead, wait)),
        1 => Just(Step::Onward),
        1 => Just(Step::NoWayOut),
        1 => prop_oneof![Just(FloorEnd::Over), Just(FloorEnd::Closed), Just(FloorEnd::Full)]
            .prop_map(Step::FloorEnd),
        4 => prop_oneof![Just('1'), Just('2'), Just('3'), Just('9'), Just('#')]
            .prop_map(Step::Digit),
        4 => (0_u64..9).prop_map(Step::PlayEnded),
        1 => Just(Step::Silent),
        1 => Just(Step::Heard),
        2 => Just(Step::Spoken),
        1 => Just(Step::Confirmed),
        1 => any::<bool>().prop_map(Step::Mute),
        1 => any::<bool>().prop_map(Step::Pause),
        2 => prop_oneof![
            Just(Supervision::Listen), Just(Supervision::Whisper), Just(Supervision::Barge)
        ].prop_map(Step::Supervise),
        1 => Just(Step::StopSupervision),
        3 => any::<bool>().prop_map(Step::Outside),
        1 => Just(Step::OutsideAccepted),
        1 => Just(Step::OutsideEnded),
        1 => Just(Step::Reached),
        1 => Just(Step::Join),
        1 => Just(Step::Drop),
        1 => Just(Step::CustomerEnded),
        1 => Just(Step::Cut),
    ]
}

fn play(call: &mut Played, step: Step) {
    let cause = || Cause { status: Some(200), q850: Some(16), text: String::new() };
    let ended = |leg| Input::Sip(SipEvent::Ended { leg, by: Side::Remote, cause: cause() });
    match step {
        Step::Pass(seconds) => call.pass(seconds),
        Step::Parts(parts) => call.parts(&parts),
        Step::Greeting => call.tell(Input::Floor(FloorSays::Greeting)),
        Step::ForOpening => call.tell(Input::Floor(FloorSays::ForOpening)),
        Step::Promised => call.tell(Input::Floor(FloorSays::CallbackPromised)),
        Step::Refused => call.tell(Input::Floor(FloorSays::CallbackRefused)),
        Step::Hours(open) => call.tell(Input::Hours { open }),
        Step::Place(ahead, wait) => {
            let wait = Some(Duration::from_secs(wait));
            call.tell(Input::Place { ahead: Some(ahead), wait })
        }
        Step::Onward => call.tell(led::onward()),
        Step::NoWayOut => call.tell(Input::NoWayOut),
        Step::FloorEnd(end) => call.tell(Input::Floor(FloorSays::Ended(end))),
        Step::Digit(digit) => call.tell(Input::Media(MediaEvent::Digit { leg: LEG, digit })),
        Step::PlayEnded(id) => call.tell(Input::Media(MediaEvent::PlayEnded { leg: LEG, id })),
        Step::Silent => {
            let since = Duration::from_secs(5);
            call.tell(Input::Media(MediaEvent::Silent { leg: LEG, since }))
        }
        Step::Spoken => call.tell(Input::Media(MediaEvent::Spoken { recording: led::MESSAGE })),
        Step::Heard => call.tell(Input::Media(MediaEvent::Heard { leg: LEG })),
        Step::Confirmed => call.tell(Input::Sip(SipEvent::Confirmed { leg: LEG, answer: None })),
        Step::Mute(on) => call.tell(Input::Desk(DeskSays::Mute { agent: ANN, on })),
        Step::Pause(on) => call.tell(Input::Desk(DeskSays::PauseRecording(on))),
        Step::Supervise(mode) => {
            let (user, leg) = (BOSS, SUPERVISOR);
            call.tell(Input::Desk(DeskSays::Supervise { user, leg, mode }))
        }
        Step::StopSupervision => {
            call.tell(Input::Desk(DeskSays::StopSupervision { leg: None, user: None }))
        }
        Step::Outside(passes_on) => call.tell(Input::Desk(DeskSays::Outside {
            by: ANN,
            leg: OUTSIDE,
            local: local(20_002),
            number: "+33111111111".to_owned(),
            from: "+33123456789".to_owned(),
            trunks: Vec::new(),
            passes_on,
        })),
        Step::OutsideAccepted => {
            let answer = OFFER.to_owned();
            call.tell(Input::Sip(SipEvent::Accepted { leg: OUTSIDE, answer }))
        }
        Step::OutsideEnded => call.tell(ended(OUTSIDE)),
        Step::Reached => {
            let answer = OFFER.to_owned();
            call.tell(Input::Sip(SipEvent::Accepted { leg: LEG, answer }))
        }
        Step::Join => call.tell(Input::Desk(DeskSays::Join)),
        Step::Drop => call.tell(Input::Desk(DeskSays::DropOutside)),
        Step::CustomerEnded => call.tell(ended(LEG)),
        Step::Cut => call.tell(Input::Cut),
    };
}

proptest! {
    /// Whatever is said in whatever order: the orders alone tell the same as the picture, every
    /// leg ends once, and nothing is left playing, muted, heard or recorded.
    #[test]
    fn nothing_is_left_behind(
        steps in collection::vec(step(), 0..60),
        notice: bool,
        late: bool,
        out: bool,
        flow: bool,
        message: bool,
    ) {
        let mut setup = setup();
        if flow {
            setup.flow = Some(led::flow());
        }
        if message {
            led::with_message(&mut setup);
        }
        if notice {
            setup.sounds.notices = vec![prompt(9, 6)];
        }
        let mut call = Played::new(setup.clone(), (!late).then_some(OFFER));
        if out {
            let (number, from) = ("+33987654321".to_owned(), "+33123456789".to_owned());
            let to = Outgoing { number, from, trunks: Vec::new() };
            call.call = Call::outgoing(setup, to, call.now);
            call.orders.clear();
            call.take();
        }
        let mut all = call.orders.clone();
        for step in steps {
            play(&mut call, step);
            all.extend(call.orders.clone());
        }
        play(&mut call, Step::Cut);
        all.extend(call.orders.clone());
        play(&mut call, Step::FloorEnd(FloorEnd::Over));
        all.extend(call.orders.clone());
        prop_assert!(call.call.is_over());
        prop_assert_eq!(call.call.next_deadline(), None);
        let mut hearing = std::collections::BTreeMap::new();
        let mut muted = std::collections::BTreeSet::new();
        let mut playing = std::collections::BTreeSet::new();
        let (mut recording, mut ends, mut starts) = (0, Vec::new(), Vec::new());
        let (mut arrivals, mut leaves, mut finals) = (0, 0, 0);
        for order in all {
            match order {
                Order::Media(MediaCommand::Hear { leg, others }) => {
                    hearing.insert(leg, others);
                }
                Order::Media(MediaCommand::Mute { leg, on: true }) => {
                    muted.insert(leg);
                }
                Order::Media(MediaCommand::Mute { leg, on: false }) => {
                    muted.remove(&leg);
                }
                Order::Media(MediaCommand::Play { leg, .. }) => {
                    playing.insert(leg);
                }
                Order::Media(
                    MediaCommand::StopPlaying { leg } | MediaCommand::Close { leg },
                ) => {
                    playing.remove(&leg);
                }
                Order::Media(MediaCommand::Record { .. }) => recording += 1,
                Order::Media(MediaCommand::StopRecording { .. }) => recording -= 1,
                Order::Fact(Fact::LegStarted { leg, .. }) => starts.push(leg),
                Order::Fact(Fact::LegEnded { leg, .. }) => ends.push(leg),
                Order::Ask(Ask::Arrive { .. }) => arrivals += 1,
                Order::Ask(Ask::Abandon | Ask::End { .. } | Ask::Voicemail) => leaves += 1,
                Order::Sip(SipCommand::Hangup { leg: LEG, .. } | SipCommand::Reject { .. }) => {
                    finals += 1;
                }
                _ => {}
            }
        }
        prop_assert!(hearing.values().all(Vec::is_empty), "still heard: {:?}", hearing);
        prop_assert!(muted.is_empty());
        prop_assert!(!playing.contains(&LEG) && !playing.contains(&PHONE), "{:?}", playing);
        prop_assert_eq!(recording, 0);
        starts.sort_unstable();
        ends.sort_unstable();
        prop_assert_eq!(starts, ends);
        prop_assert!(arrivals <= 1 && finals <= 1);
        prop_assert!(leaves <= 2, "an outside leg alone may ask once before the customer's end");
    }
}
