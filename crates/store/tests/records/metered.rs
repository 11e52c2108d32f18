//! Facts of contacts that are over.

use domain::FloorId;

use super::*;

testkit::both_engines!(open;
    facts_are_kept_once_and_for_their_own_client,
    older_meterings_give_way,
    a_rated_month_stands_until_a_fact_may_change_it,
);

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

const MONTH: MonthSpan = (Timestamp::from_micros(100), Timestamp::from_micros(200_000_000));

async fn reserve(store: &Store, turn: &str, until: i64) {
    let inputs = [(ONE.client(), at(until)), (TWO.client(), at(until))];
    let turn = turn.to_owned();
    write!(store, |tx| tx.reserve_rated_months(&P, (1, 5), MONTH, &turn, &inputs)).unwrap();
}

async fn fill(store: &Store, scope: &ClientScope, turn: &str, said: &str) -> bool {
    let document = serde_json::json!({ "said": said });
    let rated = RatedMonth { client: scope.client(), terms: "1.1.".to_owned(), document };
    let turn = turn.to_owned();
    write!(store, |tx| tx.fill_rated_months(MONTH, &turn, &[rated])).unwrap() == 1
}

/// What is kept of the month, client by client.
async fn rated(store: &Store, calculation: u32) -> String {
    let all = store.view().rated_months(&P, calculation, MONTH).await.unwrap();
    let said = all.iter().map(|one| one.document["said"].as_str().unwrap());
    said.collect::<Vec<_>>().join(" ")
}

async fn a_rated_month_stands_until_a_fact_may_change_it(store: Store) {
    keep(&store, 1, 0, 10, vec![facts(1, 1, 10)]).await.unwrap();
    assert!(!fill(&store, &ONE, "a", "early").await, "nobody has reserved it");
    reserve(&store, "a", 200).await;
    assert_eq!(rated(&store, 5).await, "", "what is not filled is not there");
    assert!(fill(&store, &ONE, "a", "one").await && fill(&store, &TWO, "a", "two").await);
    assert_eq!(rated(&store, 5).await, "one two");
    assert_eq!(rated(&store, 6).await, "", "another calculation");
    let other = (MONTH.0, at(300));
    assert!(store.view().rated_months(&P, 5, other).await.unwrap().is_empty(), "another month");

    // What began after all that it depends on changes nothing; what began before takes it away.
    keep(&store, 1, 10, 20, vec![facts(1, 2, 200)]).await.unwrap();
    assert_eq!(rated(&store, 5).await, "one two");
    keep(&store, 1, 20, 30, vec![facts(1, 3, 300), facts(1, 4, 199), facts(2, 5, 500)])
        .await
        .unwrap();
    assert_eq!(rated(&store, 5).await, "two", "of the one client only");

    // A fact that comes while it is rated, or somebody else's turn: what was rated is not kept.
    reserve(&store, "b", 200).await;
    keep(&store, 1, 30, 40, vec![facts(1, 6, 150)]).await.unwrap();
    assert!(!fill(&store, &ONE, "b", "stale").await);
    reserve(&store, "c", 200).await;
    reserve(&store, "d", 200).await;
    assert!(!fill(&store, &TWO, "c", "stale").await);
    assert!(fill(&store, &TWO, "d", "new").await);
    assert_eq!(rated(&store, 5).await, "new");
    write!(store, |tx| tx.forget_metered(&P, FLOOR, 1)).unwrap();
    assert_eq!(rated(&store, 5).await, "", "made anew with the facts");
}
