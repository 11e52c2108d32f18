//! Random days of the real router, recorded: what is kept is what the figures count; and whatever is
//! written as what-if is read or refused, never worse.

#![allow(clippy::unwrap_used)] // every unwrap here is an assertion

use domain::{Span, Timestamp, Zone};
use figures::{Group, Intervals, Query, Row};
use planning::{
    recorded::{House, Recorder, WhatIf},
    sim::{Fate, Scenario, Value},
};
use proptest::prelude::*;
use routing::{AgentState, Router};
use testkit::{Day, DayShape, Restless};

fn quarter(at: Timestamp) -> Timestamp {
    Timestamp::from_micros(at.micros() - at.micros().rem_euclid(900_000_000))
}

fn report(span: Span, group: Group) -> Intervals {
    let zone = Zone::get("UTC").unwrap();
    let length = std::time::Duration::from_secs(900);
    let (client, queue, channel, agent) = (None, None, None, None);
    Intervals::new(Query { zone, span, length, group, client, queue, channel, agent }).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn what_is_recorded_is_what_the_figures_count(seed in any::<u64>()) {
        let day = Day::random(seed, DayShape::BUSY);
        let driven = testkit::drive(&day, &mut Restless::new(seed, &day.plan), false);
        // All of it, so that clocks which started before their arrival belong to it as well.
        let hour = std::time::Duration::from_secs(3600);
        let span = Span { from: quarter(day.start) - hour, until: quarter(day.end) + hour };
        let (mut recorder, mut router) = (Recorder::new(span), Router::new());
        let (mut clients, mut agents) = (report(span, Group::Client), report(span, Group::Agent));
        for (at, input) in driven.journal {
            router.handle(at, input.clone()).unwrap();
            let events: Vec<_> = std::iter::from_fn(|| router.next_event()).collect();
            recorder.entry(router.now(), Some(&input), &events);
            events.iter().for_each(|stamped| clients.apply(stamped));
            events.iter().for_each(|stamped| agents.apply(stamped));
        }
        let now = router.now();
        let recorded = recorder.finish();
        let (tally, _) = Row::total(&clients.finish(now));
        let (_, ledger) = Row::total(&agents.finish(now));
        let shown = tally.summary();
        let came = &recorded.contacts;
        prop_assert_eq!(came.len() as u64, shown.arrived);
        let left = came.iter().filter(|contact| contact.fate == Fate::Left).count() as u64;
        // A voicemail after an answer is one of an answered contact.
        let gone = shown.abandoned + shown.left_before_opening;
        prop_assert!((gone..=gone + shown.voicemails).contains(&left), "{left} {shown:?}");
        let answered = came.iter().filter(|c| c.fate == Fate::Stayed && c.answered_by.is_some());
        prop_assert_eq!(answered.count() as u64, shown.answered);
        let wait: i64 = came
            .iter()
            .filter(|c| c.fate == Fate::Left)
            .map(|c| c.stayed_us)
            .sum();
        prop_assert!(wait >= 0);
        prop_assert!(came.iter().all(|c| c.stayed_us >= 0 && c.clock_start <= c.at));
        prop_assert!(came.is_sorted_by_key(|contact| contact.at));
        // Agents worked when they were signed in and neither away nor lost.
        let worked: i64 = recorded
            .agents
            .iter()
            .flat_map(|agent| &agent.worked)
            .map(|span| span.until.micros() - span.from.micros())
            .sum();
        let want = ledger.signed_in() - ledger.away() - ledger.time(AgentState::Lost);
        prop_assert_eq!(worked as u128, want.as_micros());
    }
}

fn any_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        any::<bool>().prop_map(Value::Bool),
        (-3i64..2000).prop_map(Value::Whole),
        any::<f64>().prop_map(Value::Number),
        "(Acme|front|mon-fri|08:00|20s|80%|shared|hybrid|voice|.{0,6})".prop_map(Value::Text),
    ];
    leaf.prop_recursive(4, 40, 6, |inner| {
        let key = "(clients|roster|demand|queues|pools|name|client|model|pool|team|group|change|days|from|until|factor|channel|queue|overflow|after|promise|within|dedicated_hours|seed|fairness_cap|head_start|x)";
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::List),
            proptest::collection::btree_map(key, inner, 0..6)
                .prop_map(|table| Value::Table(table.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn whatever_is_written_is_read_or_refused_with_its_fields(value in any_value()) {
        let text = r#"
            [run]
            length = "24h"
            [[pools]]
            name = "front"
            [[clients]]
            name = "Acme"
            pools = ["front"]
            [[clients.queues]]
            name = "Calls"
            demand = { kind = "recorded", times = [1, 2, 3] }
            handle = { kind = "exponential", mean = "4m" }
            [[groups]]
            name = "agents"
            pools = ["front"]
            agents = 2
        "#;
        let scenario = Scenario::read(&toml::from_str(text).unwrap()).unwrap();
        let house = House {
            name: "house".to_owned(),
            zone: Zone::get("UTC").unwrap(),
            pools: vec![],
            teams: vec![],
            skills: vec![],
            clients: vec![],
        };
        match WhatIf::read(&value, scenario, &house) {
            Ok(what_if) => prop_assert!(!what_if.changes.is_empty()),
            Err(faults) => {
                prop_assert!(!faults.is_empty());
                prop_assert!(faults.iter().all(|f| !f.message.is_empty() && !f.next.is_empty()));
            }
        }
    }
}
