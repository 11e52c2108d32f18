//! Kept days answer what the journal would.

use std::collections::BTreeMap;

use domain::{Span, Timestamp};
use figures::{Closed, Days, Group, Intervals, Query, Row};
use proptest::prelude::*;
use routing::{AgentState, EndedBy, Ending, PartEnd, QueuedWhy, Stamped};

use crate::log::*;

/// What was kept of a journal: each stretch's days by the day they are of, and the mark at the end.
struct Kept {
    days: BTreeMap<i64, Vec<Closed>>,
    mark: Vec<u8>,
    tail: Vec<Stamped>,
}

/// Reads the journal in stretches that end before the events named, with nothing in hand between two.
fn keep(events: &[Stamped], ends: &[usize]) -> Kept {
    let mut kept = Kept { days: BTreeMap::new(), mark: Days::default().mark(), tail: vec![] };
    let mut from = 0;
    for end in ends {
        let mut days = Days::resume(&kept.mark).unwrap();
        events[from..*end].iter().for_each(|stamped| days.apply(stamped));
        for closed in days.close() {
            kept.days.entry(closed.day).or_default().push(closed);
        }
        kept.mark = days.mark();
        from = *end;
    }
    kept.tail = events[from..].to_vec();
    kept
}

fn report_of(kept: &Kept, query: Query, now: Timestamp) -> Vec<Row> {
    let mut report = Intervals::new(query).unwrap();
    assert!(report.fits_days());
    let (first, last) = report.days();
    for (day, closed) in kept.days.range(first..=last) {
        for closed in closed {
            if report.is_of_agents() {
                report.add_agents(*day, &closed.agents).unwrap();
            } else {
                report.add_queues(&closed.queues).unwrap();
            }
        }
    }
    report.resume(&kept.mark).unwrap();
    kept.tail.iter().for_each(|stamped| report.apply(stamped));
    report.finish(now)
}

fn directly(query: Query, events: &[Stamped], now: Timestamp) -> Vec<Row> {
    let mut report = Intervals::new(query).unwrap();
    events.iter().for_each(|stamped| report.apply(stamped));
    report.finish(now)
}

fn any_filter() -> impl Strategy<Value = (Option<u128>, Option<u128>, Option<u128>)> {
    let some = || prop_oneof![2 => Just(None), 1 => (1_u128..4).prop_map(Some)];
    (some(), some(), some())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]
    #[test]
    fn kept_days_and_the_rest_of_the_journal_equal_the_whole_journal(
        zone_name in proptest::sample::select(&["UTC", "Europe/Paris", "Australia/Lord_Howe", "Asia/Kathmandu"][..]),
        log in any_day(at("2026-10-24T19:00:00Z"), 30),
        cuts in proptest::collection::vec(any::<prop::sample::Index>(), 0..6),
        hours in (0_u64..40, 1_u64..60),
        (of_client, of_queue, of_agent) in any_filter(),
        minutes in proptest::sample::select(&[15_u64, 30, 60, 2_880][..]),
        now_hours in 0_u64..80,
    ) {
        let events = log.journal();
        let mut ends: Vec<usize> = cuts.iter().map(|cut| cut.index(events.len() + 1)).collect();
        ends.sort_unstable();
        let kept = keep(&events, &ends);
        let from = at("2026-10-24T12:00:00Z") + secs(hours.0 * 3_600);
        let span = Span { from, until: from + secs(hours.1 * 3_600) };
        // The report is asked for after all that has happened, about any time.
        let now = events.last().map_or(from, |last| last.at) + secs(now_hours * 3_600);
        let now = now.min(span.until);
        for group in [Group::Client, Group::Queue, Group::Channel, Group::Agent] {
            let ask = || Query {
                client: of_client.map(client),
                queue: of_queue.map(|n| queue(of_client.unwrap_or(1), n)),
                agent: of_agent.map(agent),
                ..query(zone_name, span, secs(minutes * 60), group)
            };
            let (want, got) = (directly(ask(), &events, now), report_of(&kept, ask(), now));
            prop_assert_eq!(got, want, "{:?}", group);
        }
    }
}

#[test]
fn what_was_kept_by_something_else_is_refused() {
    let span = Span { from: at("2026-06-01T00:00:00Z"), until: at("2026-06-02T00:00:00Z") };
    let mut report = Intervals::new(query("UTC", span, secs(900), Group::Client)).unwrap();
    assert!(report.add_queues(b"\xffnothing").is_err());
    assert!(report.add_agents(20_000, b"\x01").is_err());
    assert!(report.resume(&[]).is_err());
    assert!(Days::resume(&[0x18]).is_err());
}

/// The kept form and the way of counting, by a day that never changes. When this fails, either has
/// changed: raise `CALCULATION`, so that kept days are made anew, and accept the new form here.
#[test]
fn a_change_of_the_calculation_changes_its_number() {
    let start = at("2026-06-01T23:58:00Z");
    let answered = Life::new(1, 1, 2, start, secs(1))
        .queued(QueuedWhy::Arrived)
        .offered(7)
        .after(secs(9))
        .answered(7, true)
        .after(secs(300))
        .part_ended(7, secs(290), secs(10), PartEnd::Ended)
        .wrap_up(7)
        .ended(Ending::Handled(EndedBy::Customer))
        .after(secs(20))
        .wrapped_up(7, queue(1, 1), secs(20));
    let lost = Life::new(2, 1, 1, start, secs(1)).after(secs(70)).ended(Ending::Abandoned);
    let waits = Life::new(3, 2, 1, start, secs(1)).queued(QueuedWhy::Arrived);
    let shift = [(0, AgentState::Available), (10, AgentState::Talking), (400, AgentState::WrapUp)];
    let shift = shift.map(|(after, state)| agent_state(start + secs(after), 7, state)).to_vec();
    let events = journal([answered.events, lost.events, waits.events, shift]);
    let mut days = Days::default();
    events.iter().for_each(|stamped| days.apply(stamped));
    let hex = |bytes: &[u8]| bytes.iter().map(|b| format!("{b:02x}")).collect::<String>();
    let mut text = format!("{}\n{}\n", figures::CALCULATION, hex(&days.mark()));
    for closed in days.close() {
        let (queues, agents) = (hex(&closed.queues), hex(&closed.agents));
        text += &format!("{}\n{queues}\n{agents}\n", closed.day);
    }
    insta::assert_snapshot!(text);
}
