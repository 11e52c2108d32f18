//! Known calls through known flows.

use std::sync::Arc;

use super::*;

/// A call told what happens: a key, `.` the words end, `~` the time is over, `o` and `c` we are open
/// or closed. What the run wants after each, in words.
fn call(text: &str, script: &str) -> Vec<String> {
    let flow = Flow::parse(text, &world()).unwrap_or_else(|faults| panic!("{faults:#?}"));
    let (mut run, first) = Run::start(Arc::new(flow));
    let mut play = 0;
    let mut log = vec![words(&first, &mut play)];
    for input in script.chars() {
        let input = match input {
            '.' => Input::PlayEnded(play),
            '~' => Input::Timeout,
            'o' => Input::Hours { open: true },
            'c' => Input::Hours { open: false },
            key => Input::Key(key),
        };
        let out = run.handle(input);
        log.push(words(&out, &mut play));
    }
    log
}

fn words(out: &[Output], play: &mut u64) -> String {
    let words = out.iter().map(|output| match output {
        Output::Play { id, prompts, language, stop_on_digit } => {
            *play = *id;
            let till = if *stop_on_digit { "till a key " } else { "" };
            format!("say {till}{language} {}", prompts.join("+"))
        }
        Output::SetTimer(PLAY_MAX) => String::new(),
        Output::SetTimer(time) => format!("wait {}", time.as_secs()),
        Output::AskHours { calendar } => format!("hours {}", calendar.as_deref().unwrap_or("-")),
        Output::Sensitive(on) => format!("sensitive {on}"),
        Output::Done(outcome) => {
            let mut words = match &outcome.end {
                End::Queue { queue } => format!("queue {queue}"),
                End::Voicemail { queue } => format!("voicemail {queue}"),
                End::Callback { queue } => format!("callback {queue}"),
                End::Transfer { number } => format!("transfer {number}"),
                End::Hangup => "hangup".to_owned(),
            };
            words += &format!(" in {}", outcome.language);
            if !outcome.head_start.is_zero() {
                words += &format!(" {} s ahead", outcome.head_start.as_secs());
            }
            for said in [&outcome.skill, &outcome.request_type].into_iter().flatten() {
                words += &format!(" {said}");
            }
            for value in &outcome.collected {
                words += &format!(" {}={}", value.name, value.digits.as_str());
            }
            if outcome.was_lost { words + " lost" } else { words }
        }
    });
    words.filter(|words| !words.is_empty()).collect::<Vec<_>>().join("; ")
}

fn whole() -> &'static str {
    printed()[1]
}

#[test]
fn a_caller_chooses_a_language_and_a_queue() {
    let log = call(whole(), ".2o.2");
    assert_eq!(
        log,
        [
            "say till a key fr choose_language",
            "wait 4",
            "hours -; wait 5",
            "say till a key en welcome+main_menu",
            "wait 5",
            "queue Sales in en",
        ]
    );
    // Whoever knows the way need not listen.
    assert_eq!(call(whole(), "1o2").last().unwrap(), "queue Sales in fr");
}

#[test]
fn a_caller_who_does_nothing_comes_to_a_person() {
    let log = call(whole(), ".~o.~.~.~");
    assert_eq!(
        log[2..],
        [
            "hours -; wait 5",
            "say till a key fr welcome+main_menu",
            "wait 5",
            "say till a key fr welcome+main_menu",
            "wait 5",
            "say till a key fr welcome+main_menu",
            "wait 5",
            "queue Service in fr",
        ]
    );
    // Even when nobody tells that words are over, or whether we are open.
    assert_eq!(call(whole(), "~~~~~~~~~").last().unwrap(), "queue Service in fr");
}

#[test]
fn wrong_keys_are_told_and_counted() {
    let log = call(whole(), "1o77.7");
    assert_eq!(log[3], "say till a key fr not_a_choice+welcome+main_menu");
    assert_eq!(log[4], "say till a key fr not_a_choice+welcome+main_menu");
    assert_eq!(log[6], "queue Service in fr");
    // Keys that callers do not have change nothing.
    assert_eq!(call(whole(), "1oABCDx")[3..], [""; 5]);
}

#[test]
fn what_is_typed_is_collected_and_looked_at() {
    let premium = "queue Service in fr 300 s ahead premium service contract=771234";
    assert_eq!(call(whole(), "1o1771234#").last().unwrap(), premium);
    assert_eq!(call(whole(), "1o1.771234~").last().unwrap(), premium, "silence ends it as well");
    assert_eq!(call(whole(), "1o1999*771234#").last().unwrap(), premium, "begun anew");
    let plain = "queue Service in fr contract=661234";
    assert_eq!(call(whole(), "1o1661234#").last().unwrap(), plain);
    // A full entry ends by itself, and the # that some press then is not taken for a choice.
    let log = call(whole(), "1o16612345678#.");
    assert_eq!(log[log.len() - 3], "say fr one_moment");
    assert_eq!(log[log.len() - 2], "");
    assert_eq!(log[log.len() - 1], "transfer +33142345678 in fr contract=6612345678");
    // Too few digits, and none: told so once, then a person.
    let log = call(whole(), "1o1123#.~");
    assert_eq!(log[7], "say till a key fr not_a_number+your_contract_number");
    assert_eq!(log[9], "queue Service in fr");
    let log = call(whole(), "1o1.12~");
    assert_eq!(
        log[5..],
        ["wait 5", "wait 5", "say till a key fr not_a_number+your_contract_number"]
    );
}

#[test]
fn a_stray_terminator_does_not_cost_the_next_words() {
    let steps = "start = \"n\"\nperson = \"q\"\n\
                 [step.n]\nkind = \"collect\"\nprompt = \"your_contract_number\"\ninto = \"n\"\nmax = 2\nthen = \"m\"\n\
                 [step.m]\nkind = \"menu\"\nprompt = \"main_menu\"\nkeys = { \"#\" = \"h\", 1 = \"q\" }\n\
                 [step.h]\nkind = \"hangup\"\nprompt = \"welcome\"\n\
                 [step.q]\nkind = \"queue\"\nqueue = \"Sales\"\n";
    let log = call(steps, "12#1");
    let menu = "say till a key fr main_menu";
    assert_eq!(log[2..], [menu, menu, "queue Sales in fr n=12"]);
    // One that comes once the words are over is a choice, and nothing of the entry before.
    assert_eq!(call(steps, "12.#.").last().unwrap(), "hangup in fr n=12");
    // A second one is meant.
    assert_eq!(call(steps, "12##.").last().unwrap(), "hangup in fr n=12");
}

#[test]
fn words_that_may_be_skipped_hand_the_key_on() {
    assert_eq!(call(whole(), "1o3.").last().unwrap(), "say till a key fr welcome+main_menu");
    let log = call(whole(), "1o32");
    assert_eq!(log[3], "say till a key fr opening_hours");
    assert_eq!(log[4], "say till a key fr welcome+main_menu; queue Sales in fr");
}

#[test]
fn closed_callers_leave_a_message() {
    let log = call(whole(), "1cc.");
    assert_eq!(
        log[2..],
        ["hours emergency; wait 5", "say fr leave_a_message", "voicemail Service in fr"]
    );
    assert_eq!(call(whole(), "1co").last().unwrap(), "transfer +33698765432 in fr");
    let flow = Arc::new(Flow::parse(whole(), &world()).unwrap());
    let (mut run, _) = Run::start(flow);
    run.handle(Input::Key('1'));
    assert!(!run.is_closed());
    run.handle(Input::Hours { open: false });
    assert!(run.is_closed());
    assert_eq!((run.step(), run.language()), ("closed", Language::FR));
}

#[test]
fn a_caller_is_promised_to_be_called_back_after_the_words() {
    let log = call(whole(), "2o9.");
    assert_eq!(log[3..], ["say en we_call_you", "callback Service in en"]);
    assert_eq!(call(whole(), "2o9~").last().unwrap(), "callback Service in en");
}

#[test]
fn what_comes_too_late_or_too_often_changes_nothing() {
    let flow = Arc::new(Flow::parse(whole(), &world()).unwrap());
    let (mut run, _) = Run::start(flow);
    assert_eq!(run.handle(Input::PlayEnded(99)), []);
    assert_eq!(run.handle(Input::Hours { open: true }), []);
    run.handle(Input::Key('1'));
    assert_eq!(run.handle(Input::PlayEnded(1)), [], "the words of a step that was left");
    run.handle(Input::Hours { open: true });
    let done = run.handle(Input::Key('2'));
    assert!(matches!(done[..], [Output::Done(_)]));
    for late in [Input::Key('1'), Input::PlayEnded(2), Input::Timeout, Input::Hours { open: true }]
    {
        assert_eq!(run.handle(late), []);
    }
}

#[test]
fn a_caller_who_goes_round_and_round_comes_to_a_person() {
    let round = "1".repeat(200);
    let text = "start = \"a\"\nperson = \"q\"\n\
                [step.a]\nkind = \"menu\"\nprompt = \"main_menu\"\nkeys = { 1 = \"a\" }\n\
                [step.q]\nkind = \"queue\"\nqueue = \"Sales\"\n";
    let log = call(text, &round);
    assert_eq!(log.iter().filter(|line| line.starts_with("say")).count(), STEPS_PER_RUN as usize);
    assert_eq!(log[STEPS_PER_RUN as usize], "queue Sales in fr lost");
    let text = "start = \"a\"\nperson = \"q\"\n\
                [step.a]\nkind = \"collect\"\nprompt = \"main_menu\"\ninto = \"n\"\nsensitive = true\nthen = \"q\"\n\
                [step.q]\nkind = \"queue\"\nqueue = \"Sales\"\n";
    let log = call(text, &"1*".repeat(300));
    assert_eq!(log[KEYS_PER_RUN as usize + 1], "sensitive false; queue Sales in fr lost");
}

#[test]
fn what_is_typed_is_never_printed_and_sensitive_digits_are_announced() {
    let text = "start = \"card\"\nperson = \"q\"\n\
                [step.card]\nkind = \"collect\"\nprompt = \"main_menu\"\ninto = \"card\"\nsensitive = true\nthen = \"q\"\n\
                [step.q]\nkind = \"queue\"\nqueue = \"Sales\"\n";
    let (mut run, first) = Run::start(Arc::new(Flow::parse(text, &world()).unwrap()));
    assert_eq!(first[0], Output::Sensitive(true));
    let mut printed = String::new();
    for key in "4970".chars() {
        printed += &format!("{:?} {:?} {run:?}", Input::Key(key), run.handle(Input::Key(key)));
    }
    let out = run.handle(Input::Key('#'));
    assert_eq!(out[0], Output::Sensitive(false));
    printed += &format!("{out:?} {run:?}");
    for digits in ["4970", "'4'", "497"] {
        assert!(!printed.contains(digits), "{printed}");
    }
    let Output::Done(outcome) = &out[1] else { panic!("{out:?}") };
    assert_eq!(outcome.collected[0].digits.as_str(), "4970");
    assert!(outcome.collected[0].sensitive);
}
