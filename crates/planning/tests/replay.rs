//! Random days of the real router, replayed: unchanged they agree to the event, and a change shows.

#![allow(clippy::unwrap_used)] // every unwrap here is an assertion

use domain::{Span, Timestamp, Zone};
use planning::replay::{Fidelity, Replay};
use proptest::prelude::*;
use routing::{Input, Router, Stamped};
use testkit::{Day, DayShape, Restless};

struct Entry {
    at: Timestamp,
    input: Input,
    events: Vec<Stamped>,
}

/// A day's journal, as a floor would have kept it: each input with what followed.
fn journal(seed: u64) -> (Day, Vec<Entry>) {
    let day = Day::random(seed, DayShape::BUSY);
    let driven = testkit::drive(&day, &mut people(seed, &day), false);
    let mut router = Router::new();
    let mut entries = Vec::new();
    for (at, input) in driven.journal {
        router.handle(at, input.clone()).unwrap();
        let events = std::iter::from_fn(|| router.next_event()).collect();
        entries.push(Entry { at: router.now(), input, events });
    }
    (day, entries)
}

fn people(seed: u64, day: &Day) -> Restless {
    Restless::new(seed, &day.plan)
}

fn quarter(at: Timestamp) -> Timestamp {
    Timestamp::from_micros(at.micros() - at.micros().rem_euclid(900_000_000))
}

fn span(day: &Day) -> Span {
    let hour = std::time::Duration::from_secs(3600);
    Span { from: quarter(day.start) + hour, until: quarter(day.end) }
}

/// Replays from the entry at place `from` on, with a router restored there.
fn replayed(
    day: &Day,
    entries: &[Entry],
    from: usize,
    mut change: impl FnMut(usize) -> bool,
) -> Fidelity {
    let mut router = Router::new();
    for entry in &entries[..from] {
        router.handle(entry.at, entry.input.clone()).unwrap();
        while router.next_event().is_some() {}
    }
    let router = Router::restore(router.snapshot()).unwrap();
    let zone = Zone::get("UTC").unwrap();
    let mut replay = Replay::new(span(day), &zone, router, from as u64).unwrap();
    for entry in &entries[..from] {
        entry.events.iter().for_each(|stamped| replay.known(stamped));
    }
    for (at, entry) in entries.iter().enumerate().skip(from) {
        if !replay.wants_more() {
            break;
        }
        let input = (!change(at)).then(|| entry.input.clone());
        replay.entry(at as u64 + 1, entry.at, input, &entry.events);
    }
    replay.finish()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn a_day_replayed_unchanged_is_equal_wherever_it_begins(seed in any::<u64>(), part in 0usize..100) {
        let (day, entries) = journal(seed);
        let within = entries.iter().take_while(|entry| entry.at < span(&day).from).count();
        for from in [0, within * part / 100] {
            let report = replayed(&day, &entries, from, |_| false);
            prop_assert!(report.is_equal, "{:?} {:?}", report.first_difference, report.differences);
            prop_assert_eq!(&report.all.recorded, &report.all.replayed);
            prop_assert!(report.all.recorded.offered > 0);
            prop_assert!(report.within.events_equal > 0);
        }
        // Where it begins changes no figure.
        let (whole, late) = (
            replayed(&day, &entries, 0, |_| false),
            replayed(&day, &entries, within * part / 100, |_| false),
        );
        prop_assert_eq!(whole.all, late.all);
        prop_assert_eq!(whole.clients, late.clients);
    }

    #[test]
    fn an_input_left_out_is_found_where_it_was(seed in any::<u64>(), pick in any::<prop::sample::Index>()) {
        let (day, entries) = journal(seed);
        let answers: Vec<usize> = (0..entries.len())
            .filter(|at| {
                let of = span(&day);
                matches!(entries[*at].input, Input::Answer { .. }) && of.contains(entries[*at].at)
            })
            .collect();
        prop_assume!(!answers.is_empty());
        let lost = answers[pick.index(answers.len())];
        let report = replayed(&day, &entries, 0, |at| at == lost);
        prop_assert!(!report.is_equal);
        let first = report.first_difference.unwrap();
        prop_assert_eq!(first.seq, lost as u64 + 1);
        // What an answer brings: an answer, a consult, a place passed on.
        let told = first.text.starts_with("The journal says: agent ") && first.text.ends_with('.');
        prop_assert!(told, "{}", first.text);
        // The parts add up to the whole, whatever differs.
        for difference in &report.differences {
            let sum: f64 = difference.parts.iter().map(|part| part.difference).sum();
            let is_sum = !difference.figure.starts_with("state.")
                && !["service_level", "wait_max_us"].contains(&difference.figure.as_str());
            prop_assert!(!is_sum || sum == difference.difference, "{difference:?}");
        }
    }
}
