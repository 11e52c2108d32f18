//! Who is on call, when.
#![allow(clippy::unwrap_used)] // every unwrap here is an assertion

use domain::{
    OnCallPersonId, Timestamp,
    on_call::{OnCallEntry, OnCallList, OnCallPerson},
};
use proptest::prelude::*;

fn id(n: u128) -> OnCallPersonId {
    OnCallPersonId::from_u128(n)
}

fn at(minute: i64) -> Timestamp {
    Timestamp::from_secs(1_767_225_600 + minute * 60)
}

fn person(n: u128) -> OnCallPerson {
    OnCallPerson {
        id: id(n),
        name: format!("Person {n}"),
        phone: Some("+33142345678".parse().unwrap()),
        email: None,
        note: String::new(),
    }
}

fn entry(from: i64, until: i64, people: &[u128]) -> OnCallEntry {
    let people = people.iter().map(|n| id(*n)).collect();
    OnCallEntry { from: at(from), until: at(until), people, note: String::new() }
}

fn list(entries: Vec<OnCallEntry>) -> OnCallList {
    OnCallList { people: (1..=4).map(person).collect(), standing: vec![id(1)], entries }
}

#[test]
fn what_began_last_holds_and_then_the_rest_goes_on() {
    // A week of the second person, an evening of the third within it, and the default otherwise.
    let list = list(vec![entry(100, 1_000, &[2, 1]), entry(300, 400, &[3])]);
    assert!(list.faults().is_empty());
    for (now, people, of, until) in [
        (0, vec![1], None, Some(100)),
        (99, vec![1], None, Some(100)),
        (100, vec![2, 1], Some(0), Some(300)),
        (300, vec![3], Some(1), Some(400)),
        (399, vec![3], Some(1), Some(400)),
        (400, vec![2, 1], Some(0), Some(1_000)),
        (1_000, vec![1], None, None),
    ] {
        let found = list.at(at(now));
        let people: Vec<_> = people.into_iter().map(id).collect();
        assert_eq!((found.people, found.entry), (&people[..], of), "minute {now}");
        assert_eq!(found.until, until.map(at), "minute {now}");
    }
    // Of two that began at once the later entered one holds.
    let twice = self::list(vec![entry(0, 50, &[2]), entry(0, 20, &[3])]);
    assert_eq!(twice.at(at(10)).people, [id(3)]);
    assert_eq!(OnCallList::default().at(at(0)).people, []);
}

#[test]
fn every_fault_is_named_at_once() {
    let mut bad =
        list(vec![entry(10, 10, &[]), entry(0, 2 * 366 * 1_440, &[9]), entry(0, 5, &[2, 2])]);
    bad.people.push(OnCallPerson { phone: None, ..person(1) });
    bad.standing.clear();
    let faults = bad.faults();
    let codes: Vec<(&str, &str)> =
        faults.iter().map(|fault| (fault.field.as_str(), fault.code.as_str())).collect();
    for wanted in [
        ("people[4].id", "person_twice"),
        ("people[4].phone", "not_reachable"),
        ("standing", "nobody_standing"),
        ("entries[0].people", "entry_empty"),
        ("entries[0].until", "entry_reversed"),
        ("entries[1].people", "person_unknown"),
        ("entries[1].until", "entry_too_long"),
        ("entries[2].people", "person_twice"),
    ] {
        assert!(codes.contains(&wanted), "{wanted:?} of {codes:?}");
    }
    assert_eq!(codes.len(), 8, "{codes:?}");
}

#[test]
fn old_entries_go_and_names_stay_out_of_logs() {
    let old = list(vec![entry(0, 10, &[2]), entry(0, 200_000, &[3])]);
    let kept = old.without_old(at(100_000));
    assert_eq!(kept.entries.len(), 1);
    assert!(!format!("{kept:?}").contains("Person 1"));
}

proptest! {
    /// Nobody else is on call before the instant that is told, and somebody else is from it on.
    #[test]
    fn until_is_when_somebody_else_is(
        spans in proptest::collection::vec((0_i64..200, 1_i64..200, 1_u128..5), 0..8),
        now in 0_i64..400,
    ) {
        let entries = spans.iter().map(|(from, length, who)| entry(*from, from + length, &[*who]));
        let list = list(entries.collect());
        let found = list.at(at(now));
        let end = found.until.unwrap_or(at(1_000));
        let mut minute = now;
        while at(minute) < end {
            prop_assert_eq!(list.at(at(minute)).people, found.people);
            minute += 1;
        }
        if let Some(until) = found.until {
            prop_assert_ne!(list.at(until).people, found.people);
        }
    }
}
