//! Facts of contacts that are over.

use domain::FloorId;

use super::*;

testkit::both_engines!(open; facts_are_kept_once_and_for_their_own_client, older_meterings_give_way);

const FLOOR: FloorId = FloorId::from_u128(7);

fn until(seq: u64) -> MeteredUntil {
    MeteredUntil { seq, mark: vec![3; usize::try_from(seq).unwrap()] }
}

fn facts(client: u128, contact: u128, began: i64) -> Metered {
    Metered {
        client: ClientId::from_u128(client),
        contact: ContactId::from_u128(contact),
        began: at(began),
        facts: format!("{client}/{contact}").into_bytes(),
    }
}

async fn keep(
    store: &Store,
    metering: u32,
    from: u64,
    to: u64,
    facts: Vec<Metered>,
) -> Result<(), StoreError> {
    let until = until(to);
    write!(store, |tx| tx.keep_metered(&P, FLOOR, metering, from, &until, &facts))
}

async fn read(store: &Store, scope: &ClientScope, metering: u32, from: i64, until: i64) -> String {
    let mut view = store.view();
    let found = view.metered(scope, metering, (at(from), at(until)), None).await.unwrap();
    let texts = found.iter().map(|row| String::from_utf8(row.facts.clone()).unwrap());
    texts.collect::<Vec<_>>().join(" ")
}

async fn facts_are_kept_once_and_for_their_own_client(store: Store) {
    assert_eq!(store.view().metered_until(&P, FLOOR, 1).await.unwrap(), None);
    keep(&store, 1, 0, 50, vec![facts(1, 2, 20), facts(1, 1, 10), facts(2, 3, 10)]).await.unwrap();
    keep(&store, 1, 50, 80, vec![facts(1, 4, 20), facts(1, 5, 30)]).await.unwrap();
    // Who comes late keeps nothing, whether from the beginning or from a mark that has moved.
    for from in [0, 50] {
        let late = keep(&store, 1, from, 90, vec![facts(1, 9, 10)]).await;
        assert!(matches!(late, Err(StoreError::Stale { .. })), "{late:?}");
    }
    // A contact is metered once, and a failure keeps nothing of what came with it.
    assert!(keep(&store, 1, 80, 95, vec![facts(1, 8, 40), facts(1, 1, 99)]).await.is_err());
    assert_eq!(store.view().metered_until(&P, FLOOR, 1).await.unwrap(), Some(until(80)));
    assert_eq!(read(&store, &ONE, 1, 0, 99).await, "1/1 1/2 1/4 1/5");
    assert_eq!(read(&store, &ONE, 1, 20, 30).await, "1/2 1/4");
    assert_eq!(read(&store, &TWO, 1, 0, 99).await, "2/3");
    let mut view = store.view();
    let second = Some((at(20), ContactId::from_u128(2)));
    let rest = view.metered(&ONE, 1, (at(0), at(99)), second).await.unwrap();
    assert_eq!(rest, [facts(1, 4, 20), facts(1, 5, 30)]);
    let third = ContactId::from_u128(3);
    assert_eq!(view.metered_began(&TWO, 1, third).await.unwrap(), Some(at(10)));
    assert_eq!(view.metered_began(&ONE, 1, third).await.unwrap(), None, "another client's");
}

async fn older_meterings_give_way(store: Store) {
    keep(&store, 1, 0, 50, vec![facts(1, 1, 10)]).await.unwrap();
    keep(&store, 2, 0, 40, vec![facts(1, 1, 10), facts(1, 2, 20)]).await.unwrap();
    assert_eq!(store.view().metered_until(&P, FLOOR, 1).await.unwrap(), None);
    assert_eq!(read(&store, &ONE, 1, 0, 99).await, "");
    assert_eq!(read(&store, &ONE, 2, 0, 99).await, "1/1 1/2");
    write!(store, |tx| tx.forget_metered(&P, FLOOR, 2)).unwrap();
    assert_eq!(read(&store, &ONE, 2, 0, 99).await, "");
    keep(&store, 2, 0, 10, vec![facts(1, 1, 10)]).await.unwrap();
}
