//! What holds on any day: sums, ledgers, order, splitting.

use std::{collections::BTreeMap, time::Duration};

use domain::{Span, Timestamp};
use figures::{Group, Key, Row};
use proptest::prelude::*;

use crate::log::*;

const QUARTER: Duration = Duration::from_secs(900);
const GROUPS: [Group; 3] = [Group::Client, Group::Queue, Group::Agent];
/// Zone, day and its number of quarters of an hour.
const DAYS: [(&str, &str, usize); 5] = [
    ("Europe/Paris", "2026-03-29", 92),
    ("Europe/Paris", "2026-06-01", 96),
    ("Europe/Paris", "2026-10-25", 100),
    ("Australia/Lord_Howe", "2026-10-04", 94),
    ("Australia/Lord_Howe", "2026-04-05", 98),
];

fn day_of(zone_name: &str, day: &str) -> Span {
    zone(zone_name).day(day.parse().unwrap())
}

/// Everything of a report but the intervals.
fn sums(rows: &[Row]) -> BTreeMap<Key, (figures::Tally, figures::Ledger)> {
    Row::totals(rows).into_iter().map(|row| (row.key, (row.tally, row.ledger))).collect()
}

fn any_case() -> impl Strategy<Value = ((&'static str, &'static str, usize), Day)> {
    proptest::sample::select(&DAYS[..]).prop_flat_map(|case| {
        // From three hours before the day to some hours after it.
        let start = day_of(case.0, case.1).from - secs(3 * 3600);
        (Just(case), any_day(start, 30))
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn sums_of_intervals_equal_the_day(((zone, day, count), log) in any_case()) {
        let span = day_of(zone, day);
        let events = log.journal();
        for group in GROUPS {
            let quarters = report(query(zone, span, QUARTER, group), &events);
            let whole = report(query(zone, span, secs(86_400 * 2), group), &events);
            prop_assert!(whole.iter().all(|row| row.span == span));
            prop_assert_eq!(sums(&quarters), sums(&whole));
            prop_assert_eq!(Row::total(&quarters), Row::total(&whole));
        }
        let intervals = figures::Intervals::new(query(zone, span, QUARTER, Group::Client)).unwrap();
        prop_assert_eq!(intervals.spans().len(), count);
    }

    #[test]
    fn queues_sum_to_their_client_and_clients_to_the_floor(((zone, day, _), log) in any_case()) {
        let span = day_of(zone, day);
        let events = log.journal();
        let by = |group| report(query(zone, span, QUARTER, group), &events);
        let total = |rows: &[Row]| Row::total(rows).0;
        prop_assert_eq!(total(&by(Group::Client)), total(&by(Group::Queue)));
        // Each contact that arrived has one fate at most.
        let tally = total(&by(Group::Client));
        let (counts, f) = (tally.levels.counts(), tally.summary());
        prop_assert_eq!(
            counts.answered + counts.abandoned + f.turned_away + f.callbacks, tally.arrived
        );
        prop_assert_eq!(tally.wait.count(), counts.answered);
    }

    #[test]
    fn an_agents_states_sum_to_the_signed_in_time_whatever_the_intervals(
        ((zone, day, _), log) in any_case(), minutes in 1_u64..300,
    ) {
        // A stretch that holds all shifts; days change within it.
        let span = day_of(zone, day);
        let wide = Span { from: span.from - secs(86_400), until: span.until + secs(5 * 86_400) };
        let rows = report(query(zone, wide, secs(minutes * 60), Group::Agent), &log.journal());
        let ledgers = sums(&rows);
        for (n, signed_in) in (1..).zip(&log.signed_in) {
            let ledger = ledgers.get(&Key::Agent(agent(n))).map(|(_, ledger)| ledger);
            prop_assert_eq!(ledger.map_or(Duration::ZERO, |l| l.signed_in()), *signed_in);
            let states = ledger.map_or(Duration::ZERO, |l| l.states().map(|(_, time)| time).sum());
            prop_assert_eq!(states, *signed_in);
        }
        for row in &rows {
            prop_assert!(row.ledger.signed_in() <= row.span.length());
        }
    }

    #[test]
    fn the_order_of_agents_and_contacts_within_an_instant_is_irrelevant(((zone, day, _), log) in any_case()) {
        let span = day_of(zone, day);
        let turned = Day {
            lives: log.lives.iter().rev().cloned().collect(),
            shifts: log.shifts.iter().rev().cloned().collect(),
            signed_in: Vec::new(),
        };
        let turned = journal(turned.shifts.into_iter().chain(turned.lives));
        for group in GROUPS {
            let ask = || query(zone, span, QUARTER, group);
            prop_assert_eq!(report(ask(), &log.journal()), report(ask(), &turned));
        }
    }

    #[test]
    fn splitting_the_log_and_adding_up_gives_the_same(
        ((zone, day, _), log) in any_case(), at in any::<prop::sample::Index>(), minute in 0_u64..1500,
    ) {
        let span = day_of(zone, day);
        let events = log.journal();
        let cut = at.index(log.lives.len() + 1);
        let middle: Timestamp = zone_quarter(zone, span, minute);
        for group in GROUPS {
            let whole = report(query(zone, span, QUARTER, group), &events);
            // By contacts.
            let one = Day { lives: log.lives[..cut].to_vec(), shifts: log.shifts.clone(), signed_in: vec![] };
            let two = Day { lives: log.lives[cut..].to_vec(), shifts: vec![], signed_in: vec![] };
            let mut parts = report(query(zone, span, QUARTER, group), &one.journal());
            parts.extend(report(query(zone, span, QUARTER, group), &two.journal()));
            prop_assert_eq!(sums(&parts), sums(&whole));
            // By time, at the bound of an interval.
            let mut halves = Vec::new();
            for span in [Span { until: middle, ..span }, Span { from: middle, ..span }] {
                if span.from < span.until {
                    halves.extend(report(query(zone, span, QUARTER, group), &events));
                }
            }
            prop_assert_eq!(&halves, &whole);
        }
    }
}

fn zone_quarter(name: &str, span: Span, minute: u64) -> Timestamp {
    let at = span.from + secs(minute * 60);
    if at < span.until { zone(name).interval_at(at, QUARTER).from } else { span.until }
}
