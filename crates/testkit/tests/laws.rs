//! The laws of the floor on random days, driven through the real router.
//!
//! `PERMANENCE_SEED=0x7f3a` replays one day, `PERMANENCE_DAYS=500` plays more of them.

use routing::{ContactRule, Event};
use testkit::{Day, DayShape, Driven, Restless, Wakes, drive, print_steps, replay};

/// How many days of each shape an ordinary run plays.
const DAYS: u64 = 12;

/// Seeds to play: the one that was asked for, or so many from `first`.
fn seeds(first: u64) -> Vec<u64> {
    let number = |name: &str| {
        let text = std::env::var(name).ok()?;
        let parsed = match text.strip_prefix("0x") {
            Some(hex) => u64::from_str_radix(hex, 16),
            None => text.parse(),
        };
        Some(parsed.unwrap_or_else(|e| panic!("{name}={text}: {e}; give 0x7f3a or 42")))
    };
    match number("PERMANENCE_SEED") {
        Some(seed) => vec![seed],
        None => (first..first + number("PERMANENCE_DAYS").unwrap_or(DAYS)).collect(),
    }
}

fn play(seed: u64, shape: DayShape) -> Driven {
    play_day(&Day::random(seed, shape))
}

fn play_day(day: &Day) -> Driven {
    let seed = day.seed;
    let mut people = Restless::new(seed, &day.plan);
    drive(day, &mut people, true)
}

/// Plays the days of a test and tells of the first that broke a law, with the steps before it.
fn hold_on(test: &str, first: u64, day: impl Fn(u64) -> Day) {
    for seed in seeds(first) {
        let driven = play_day(&day(seed));
        if let Some(broken) = driven.laws.violations().first() {
            let from = broken.step.saturating_sub(60);
            let until = driven.steps.len().min(broken.step + 1);
            let all: Vec<String> =
                driven.laws.violations().iter().map(ToString::to_string).collect();
            panic!(
                "seed {seed:#x} broke {} laws. The steps before the first:\n{}\n{}\n\nAgain with:\n\
                 PERMANENCE_SEED={seed:#x} cargo test -p permanence-testkit --test laws {test} \
                 -- --nocapture\n",
                all.len(),
                print_steps(&driven.steps[from..until]),
                all[..all.len().min(12)].join("\n"),
            );
        }
    }
}

#[test]
fn busy_day() {
    hold_on("busy_day", 0x100, |seed| Day::random(seed, DayShape::BUSY));
}

#[test]
fn quiet_day() {
    hold_on("quiet_day", 0x200, |seed| Day::random(seed, DayShape::QUIET));
}

#[test]
fn unsettled_day() {
    hold_on("unsettled_day", 0x300, |seed| Day::random(seed, DayShape::UNSETTLED));
}

/// One client's peak on a pool of several, with and without a cap.
#[test]
fn crowded_day() {
    hold_on("crowded_day", 0x700, |seed| Day::crowded(seed, if seed % 3 == 0 { 100 } else { 45 }));
    let capped = play_day(&Day::crowded(1, 45)).events;
    let rule = |event: &Event| match event {
        Event::Offered { decision: Some(decision), .. } => Some(decision.contact_rule),
        _ => None,
    };
    let by_cap = capped.iter().filter(|s| rule(&s.event) == Some(ContactRule::FairnessCap));
    assert!(by_cap.count() > 5, "the cap decides somewhere on such a day");
}

/// Whatever a random day is good for, it must happen on it.
#[test]
fn random_days_are_lively() {
    let mut kinds = std::collections::BTreeMap::<String, usize>::new();
    let mut refused = 0;
    for seed in 0x400..0x40c {
        for shape in [DayShape::BUSY, DayShape::UNSETTLED] {
            let driven = play(seed, shape);
            refused += driven.refused;
            for stamped in &driven.events {
                let text = format!("{:?}", stamped.event);
                let name = text.split([' ', '(', '{']).next().unwrap_or_default().to_owned();
                *kinds.entry(name).or_default() += 1;
                for word in ["PhoneNotReady", "Outside"] {
                    *kinds.entry(word.to_owned()).or_default() += usize::from(text.contains(word));
                }
                if let Event::Ended { ending, .. } = &stamped.event {
                    *kinds.entry(format!("{ending:?}")).or_default() += 1;
                }
            }
        }
    }
    for kind in [
        "Arrived",
        "WaitsForOpening",
        "Queued",
        "GreetingStarted",
        "RingOpened",
        "Offered",
        "OfferEnded",
        "Answered",
        "Held",
        "Resumed",
        "ConsultStarted",
        "ConferenceStarted",
        "PartEnded",
        "WrapUpStarted",
        "WrapUpExtended",
        "WrapUpEnded",
        "Transferred",
        "CallbackPromised",
        "Ended",
        "TalkLimitPassed",
        "AgentState",
        "PeriodChanged",
        "Expedited",
        "Call",
        "CalledOut",
        "CallbackFailed",
        "CustomerAnswered",
        "Phone",
        "NotReached",
        "CallbackCancelled",
        "Voicemail",
        "Cut",
        "Outside",
        "PhoneNotReady",
    ] {
        let seen = kinds.get(kind).copied().unwrap_or(0);
        assert!(seen >= 10, "{kind} happened {seen} times; all: {kinds:?}");
    }
    assert!(refused > 500, "only {refused} inputs were refused");
}

/// A crash at any point, or a driver that wakes late, changes nothing that comes after.
#[test]
fn crashed_day() {
    for seed in seeds(0x500) {
        for shape in [DayShape::BUSY, DayShape::UNSETTLED] {
            let driven = play(seed, shape);
            let whole = replay(&driven.journal, Wakes::Eager, None).expect("the journal replays");
            assert!(whole.0 == driven.events, "seed {seed:#x}: the journal gives other events");
            let mut draw = testkit::Draw::of(seed, testkit::Purpose::Crashes, 0);
            for _ in 0..3 {
                let crash = draw.index(driven.journal.len());
                for wakes in [Wakes::Eager, Wakes::Late] {
                    let again = replay(&driven.journal, wakes, Some(crash)).expect("it replays");
                    if again != whole {
                        let at = whole.0.iter().zip(&again.0).position(|(a, b)| a != b);
                        panic!(
                            "seed {seed:#x}, crash before input {crash}, {wakes:?}: differs first \
                             at event {at:?}: {:?} and {:?}. Again with:\nPERMANENCE_SEED={seed:#x} \
                             cargo test -p permanence-testkit --test laws crashed_day",
                            at.and_then(|n| whole.0.get(n)),
                            at.and_then(|n| again.0.get(n)),
                        );
                    }
                }
            }
        }
    }
}
