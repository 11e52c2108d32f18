//! Figures of days that are over.

use domain::FloorId;

use super::*;

testkit::both_engines!(open; closed_days_are_kept_by_whoever_is_first, older_calculations_give_way);

const FLOOR: FloorId = FloorId::from_u128(7);

fn until(seq: u64, stretch: i64) -> ClosedUntil {
    ClosedUntil { seq, stretch, mark: vec![1; usize::try_from(seq).unwrap()] }
}

fn day(day: i64, text: &str) -> ClosedDay {
    let agents = format!("{text} agents").into_bytes();
    ClosedDay { day, queues: text.as_bytes().to_vec(), agents }
}

async fn close(
    store: &Store,
    calculation: u32,
    from: u64,
    until: ClosedUntil,
    days: Vec<ClosedDay>,
) -> Result<(), StoreError> {
    write!(store, |tx| tx.close_days(&P, FLOOR, calculation, from, &until, &days))
}

async fn queues(store: &Store, calculation: u32, days: (i64, i64), stretch: i64) -> String {
    let mut view = store.view();
    let part = DayPart::Queues;
    let found = view.closed_days(&P, FLOOR, calculation, days, stretch, part).await.unwrap();
    let texts =
        found.iter().map(|(day, bytes)| format!("{day} {}", str::from_utf8(bytes).unwrap()));
    texts.collect::<Vec<_>>().join(", ")
}

async fn closed_days_are_kept_by_whoever_is_first(store: Store) {
    assert_eq!(store.view().closed_until(&P, FLOOR, 1).await.unwrap(), None);
    close(&store, 1, 0, until(50, 10), vec![day(9, "a"), day(10, "b")]).await.unwrap();
    close(&store, 1, 50, until(80, 11), vec![day(10, "c"), day(11, "d")]).await.unwrap();
    // Who comes late keeps nothing, whether from the beginning or from a mark that has moved.
    for from in [0, 50] {
        let late = close(&store, 1, from, until(90, 12), vec![day(12, "late")]).await;
        assert!(matches!(late, Err(StoreError::Stale { .. })), "{late:?}");
    }
    assert_eq!(store.view().closed_until(&P, FLOOR, 1).await.unwrap(), Some(until(80, 11)));
    assert_eq!(queues(&store, 1, (0, 99), 99).await, "9 a, 10 b, 10 c, 11 d");
    // A report reads its own days, and no stretch after the mark it goes on from.
    assert_eq!(queues(&store, 1, (10, 10), 11).await, "10 b, 10 c");
    assert_eq!(queues(&store, 1, (10, 11), 10).await, "10 b");
    let mut view = store.view();
    let agents = view.closed_days(&P, FLOOR, 1, (9, 9), 11, DayPart::Agents).await.unwrap();
    assert_eq!(agents, [(9, b"a agents".to_vec())]);
    let other = FloorId::from_u128(8);
    assert_eq!(view.closed_until(&P, other, 1).await.unwrap(), None);
}

async fn older_calculations_give_way(store: Store) {
    close(&store, 1, 0, until(50, 10), vec![day(10, "one")]).await.unwrap();
    close(&store, 3, 0, until(40, 9), vec![day(9, "three")]).await.unwrap();
    assert_eq!(store.view().closed_until(&P, FLOOR, 1).await.unwrap(), None);
    assert_eq!(queues(&store, 1, (0, 99), 99).await, "");
    // A server of an older release beside it keeps its own again and leaves the newer alone.
    close(&store, 2, 0, until(50, 10), vec![day(10, "two")]).await.unwrap();
    assert_eq!(queues(&store, 2, (0, 99), 99).await, "10 two");
    assert_eq!(queues(&store, 3, (0, 99), 99).await, "9 three");
    write!(store, |tx| tx.forget_closed_days(&P, FLOOR, 3)).unwrap();
    assert_eq!(store.view().closed_until(&P, FLOOR, 3).await.unwrap(), None);
    assert_eq!(queues(&store, 2, (0, 99), 99).await, "10 two");
}
