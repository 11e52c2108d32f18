//! Schedules: drafts, what is published, and what took its place.

use domain::{Day, ScheduleId};

use super::*;

testkit::both_engines!(open; a_schedule_is_drafted_published_replaced_and_removed);

fn day(text: &str) -> Day {
    text.parse().unwrap()
}

fn draft(n: u128, first: &str, last: &str) -> Schedule {
    Schedule {
        id: ScheduleId::from_u128(n),
        title: format!("Week {n}"),
        state: ScheduleState::Draft,
        first_day: first.to_owned(),
        last_day: last.to_owned(),
        zone: "Europe/Paris".to_owned(),
        document: json!({ "duties": [n as u64] }),
        made_by: "Pia".to_owned(),
        made: at(5),
        published_by: None,
        published: None,
        version: 1,
    }
}

async fn a_schedule_is_drafted_published_replaced_and_removed(store: Store) {
    let week = draft(1, "2026-11-30", "2026-12-06");
    let next = draft(2, "2026-12-07", "2026-12-13");
    for kept in [week.clone(), next.clone()] {
        write!(store, |tx| tx.create_schedule(&P, &kept)).unwrap();
    }
    let mut view = store.view();
    assert_eq!(view.schedule(&P, week.id).await.unwrap(), Some(week.clone()));
    let all = view.schedules(&P).await.unwrap();
    assert_eq!(all.iter().map(|kept| kept.id).collect::<Vec<_>>(), [next.id, week.id]);
    assert!(all.iter().all(|kept| kept.document.is_null()), "the list is without documents");
    let (first, last) = (day("2026-12-06"), day("2026-12-07"));
    assert!(view.published_schedules(&P, first, last).await.unwrap().is_empty());
    for kept in [&week, &next] {
        let published = Schedule {
            state: ScheduleState::Published,
            published_by: Some("Pia".to_owned()),
            published: Some(at(9)),
            ..kept.clone()
        };
        let again = published.clone();
        write!(store, |tx| tx.change_schedule(&P, &published)).unwrap();
        // Somebody else was faster.
        let stale = write!(store, |tx| tx.change_schedule(&P, &again));
        assert!(matches!(stale, Err(StoreError::Stale { .. })), "{stale:?}");
    }
    let of = |found: Vec<Schedule>| found.iter().map(|kept| kept.id).collect::<Vec<_>>();
    let both = view.published_schedules(&P, first, last).await.unwrap();
    assert_eq!(both[0].document, week.document);
    assert_eq!(of(both), [week.id, next.id]);
    assert_eq!(of(view.published_schedules(&P, first, first).await.unwrap()), [week.id]);
    let after = day("2026-12-14");
    assert!(view.published_schedules(&P, after, after.plus(6)).await.unwrap().is_empty());
    // What people go by is not removed.
    let id = week.id;
    let removed = write!(store, |tx| tx.remove_schedule(&P, id, 2));
    assert!(matches!(removed, Err(StoreError::Stale { .. })), "{removed:?}");
    let replaced = Schedule { state: ScheduleState::Replaced, version: 2, ..week };
    write!(store, |tx| tx.change_schedule(&P, &replaced)).unwrap();
    write!(store, |tx| tx.remove_schedule(&P, id, 3)).unwrap();
    assert_eq!(view.schedule(&P, id).await.unwrap(), None);
}
