//! The board's figures: the same computation, event by event.

use std::time::Duration;

use domain::Timestamp;
use figures::{Group, Key, Live, Row};
use proptest::prelude::*;
use routing::{AgentState, Ending, QueuedWhy, Stamped};

use crate::log::*;

fn live(events: &[Stamped]) -> Live {
    let mut live = Live::new(zone("Europe/Paris"));
    live.set_zone(client(2), zone("America/New_York"));
    events.iter().for_each(|stamped| live.apply(stamped));
    live
}

#[test]
fn the_board_shows_who_waits_and_what_the_level_will_be() {
    let start = at("2026-06-01T08:00:00Z");
    let arrive = |n, after| {
        let start = start + secs(after);
        Life::new(n, 1, 1, start, Duration::ZERO).queued(QueuedWhy::Arrived)
    };
    let events = journal([
        arrive(1, 0).after(secs(5)).answered(1, false).events,
        arrive(2, 60).after(secs(10)).ended(Ending::Abandoned).events,
        arrive(3, 70).events,
        arrive(4, 95).events,
        Life::new(5, 1, 1, start, Duration::ZERO).for_opening().events,
        vec![agent_state(start, 1, AgentState::Talking)],
    ]);
    let live = live(&events);
    let view = live.view(start + secs(100));
    let row = &view.clients[&client(1)];
    assert_eq!((row.waiting, row.talking, row.for_opening), (2, 1, 1));
    assert_eq!(row.longest_since, Some(start + secs(70)));
    assert_eq!((row.today.answered, row.today.abandoned), (1, 1));
    // Version 1 counts what is in time of answered and offered: 1 of 2 so far. Of the two who wait,
    // one is late already.
    assert_eq!(row.today.service_level.unwrap().to_string(), "50.0 %");
    assert_eq!(row.projected.unwrap().to_string(), "50.0 %");
    assert_eq!((row.projected.unwrap().part, row.projected.unwrap().whole), (2, 4));
    assert_eq!(view.queues[&queue(1, 1)].1, *row);
    assert_eq!(view.floor, *row);
    // The plot: five minutes in its last place, and five minutes later in the one before.
    assert_eq!(row.recent.len(), 24);
    let last = row.recent[23];
    assert_eq!((last.arrived, last.answered, last.in_time, last.abandoned), (5, 1, 1, 1));
    assert_eq!(live.view(start + secs(400)).clients[&client(1)].recent[22], last);
    assert_eq!(
        live.view(start + secs(3 * 3600)).clients[&client(1)].recent,
        vec![Default::default(); 24]
    );
    // The running state counts up to now.
    let mine = &view.agents[&agent(1)];
    assert_eq!((mine.state, mine.since), (AgentState::Talking, Some(start)));
    assert_eq!(mine.ledger.time(AgentState::Talking), secs(100));
    assert_eq!(view.ledger, mine.ledger);
}

#[test]
fn the_day_turns_at_midnight_of_the_client_and_of_the_floor() {
    let paris = at("2026-06-01T22:00:00Z");
    let new_york = at("2026-06-02T04:00:00Z");
    let arrive = |n, of, at: Timestamp| Life::new(n, of, 1, at, Duration::ZERO);
    let before = paris - secs(30);
    let events = journal([
        arrive(1, 1, before).after(secs(40)).answered(1, false).events,
        arrive(2, 2, before).after(secs(40)).answered(1, false).events,
        vec![agent_state(before, 1, AgentState::Available)],
    ]);
    let mut live = live(&events);
    let arrived = |live: &Live, at, of| {
        let view = live.view(at);
        (view.clients[&client(of)].today.arrived, view.clients[&client(of)].today.answered)
    };
    // Answered after midnight, but it arrived before: yesterday's.
    assert_eq!(arrived(&live, paris + secs(20), 1), (0, 0));
    assert_eq!(arrived(&live, paris + secs(20), 2), (1, 1), "in New York it is afternoon");
    assert_eq!(arrived(&live, new_york, 2), (0, 0));
    let ledger = &live.view(paris + secs(20)).agents[&agent(1)].ledger;
    assert_eq!(ledger.signed_in(), secs(20), "the shift is cut at midnight");
    // The next event turns the day for good.
    arrive(3, 1, paris + secs(60)).events.iter().for_each(|stamped| live.apply(stamped));
    assert_eq!(arrived(&live, paris + secs(90), 1), (1, 0));
}

#[test]
fn memory_is_bounded_by_two_days_and_what_is_on_the_floor() {
    let start = at("2026-06-01T08:00:00Z");
    let mut live = Live::new(zone("Europe/Paris"));
    for day in 0..30 {
        for n in 0..20_u128 {
            let now = start + secs(day * 86_400 + n as u64);
            let id = u128::from(day) * 100 + n;
            let life = Life::new(id, id, 1, now, Duration::ZERO).after(secs(1)).answered(id, false);
            life.ended(HANDLED).events.iter().for_each(|stamped| live.apply(stamped));
        }
    }
    let view = live.view(start + secs(29 * 86_400 + 100));
    assert!(view.clients.len() <= 80, "{} clients of 600 are kept", view.clients.len());
    assert_eq!(view.floor.today.answered, 20);
    assert_eq!((view.floor.talking, view.floor.waiting), (0, 0));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    /// Board and report are one computation: the live day equals the report of the day so far.
    #[test]
    fn the_board_equals_the_report(
        log in any_day(at("2026-06-01T12:00:00Z"), 30), read in 0_u64..40 * 60,
    ) {
        let now = at("2026-06-01T12:00:00Z") + secs(read * 60);
        let events: Vec<_> = log.journal().into_iter().filter(|e| e.at <= now).collect();
        let board = live(&events);
        let view = board.view(now);
        for (group, zone_name, of) in [
            (Group::Client, "Europe/Paris", Some(1)),
            (Group::Client, "America/New_York", Some(2)),
            (Group::Client, "Europe/Paris", Some(3)),
            (Group::Queue, "Europe/Paris", Some(1)),
            (Group::Agent, "Europe/Paris", None),
        ] {
            let zone = zone(zone_name);
            let today = zone.day(zone.day_at(now));
            let mut asked = query(zone_name, today, secs(900), group);
            asked.client = of.map(client);
            let mut intervals = figures::Intervals::new(asked).unwrap();
            events.iter().for_each(|stamped| intervals.apply(stamped));
            for row in Row::totals(&intervals.finish(now)) {
                let (summary, ledger) = match row.key {
                    Key::Client(id) => (&view.clients[&id].today, None),
                    Key::Queue(id) => (&view.queues[&id].1.today, None),
                    Key::Channel(_) => continue,
                    Key::Agent(id) => (&view.agents[&id].today, Some(&view.agents[&id].ledger)),
                };
                prop_assert_eq!(summary, &row.tally.summary(), "{:?}", row.key);
                if let Some(ledger) = ledger {
                    prop_assert_eq!(ledger, &row.ledger);
                }
            }
        }
        for (id, row) in &view.agents {
            prop_assert_eq!(&board.agent(*id, now), row);
        }
        let all = view.agents.values().map(|row| row.ledger.signed_in_us()).sum::<u64>();
        prop_assert_eq!(view.ledger.signed_in_us(), all);
        let clients = view.clients.values();
        prop_assert_eq!(view.floor.waiting, clients.clone().map(|row| row.waiting).sum::<u32>());
        prop_assert_eq!(view.floor.today.answered, clients.map(|row| row.today.answered).sum::<u64>());
    }
}
