//! Units of work that wait share a transaction, and nobody notices but the disk.
#![allow(clippy::unwrap_used)] // every unwrap here is an assertion

use std::{collections::BTreeMap, time::Duration};

use domain::{ClientId, Timestamp};
use proptest::prelude::*;
use store::{
    Options, ProviderScope, Store, StoreError,
    records::{Client, ClientStatus},
};
use tokio::{
    sync::{oneshot, watch},
    task::{JoinHandle, JoinSet},
};

const P: ProviderScope = ProviderScope::granted();

fn client(n: u128, name: String) -> Client {
    Client {
        id: ClientId::from_u128(n),
        name,
        initials: "XX".to_owned(),
        hue: 1,
        status: ClientStatus::Draft,
        zone: "UTC".to_owned(),
        created: Timestamp::from_secs(0),
        version: 1,
    }
}

async fn sqlite(folder: &tempfile::TempDir, options: &Options) -> Store {
    let url = format!("sqlite://{}", folder.path().join("store.db").display());
    Store::open_with(&url, options).await.unwrap()
}

async fn kept(store: &Store) -> BTreeMap<u128, String> {
    let clients = store.view().clients(&P, None, None, 500).await.unwrap();
    clients.into_iter().map(|c| (c.id.uuid().as_u128(), c.name)).collect()
}

/// What a unit does after it has written its client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Then {
    Return,
    Refuse,
    Panic,
}

/// What its caller is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Told {
    Kept,
    Taken,
    Refused,
    Panicked,
}

fn write(store: &Store, n: u128, name: String, then: Then) -> JoinHandle<Told> {
    let store = store.clone();
    tokio::spawn(async move {
        let write = tokio::spawn(async move {
            store
                .tx(move |tx| {
                    Box::pin(async move {
                        tx.create_client(&P, &client(n, name)).await?;
                        match then {
                            Then::Return => Ok(()),
                            Then::Refuse => Err(StoreError::Stale { what: "the test" }),
                            Then::Panic => panic!("the unit panics, as the test wants"),
                        }
                    })
                })
                .await
        });
        match write.await {
            Ok(Ok(())) => Told::Kept,
            Ok(Err(StoreError::Conflict { .. })) => Told::Taken,
            Ok(Err(StoreError::Stale { .. })) => Told::Refused,
            Ok(Err(other)) => panic!("an error that nobody made: {other:?}"),
            Err(join) => {
                assert!(join.is_panic());
                Told::Panicked
            }
        }
    })
}

/// Every caller is told what became of their own unit, whoever were its neighbours: kept is what was
/// said to be kept, and a refusal for a row that is taken means that the row is there.
async fn each_for_itself(store: &Store, units: &[(u128, Then)]) {
    let mut waiting = Vec::new();
    for (i, (n, then)) in units.iter().enumerate() {
        waiting.push((*n, *then, i, write(store, *n, format!("unit {i}"), *then)));
    }
    let (mut told, mut winners) = (Vec::new(), BTreeMap::new());
    for (n, then, i, unit) in waiting {
        let what = unit.await.unwrap();
        if what == Told::Kept {
            assert_eq!(winners.insert(n, format!("unit {i}")), None, "{n} is kept twice");
        }
        told.push((n, then, what));
    }
    let kept = kept(store).await;
    assert_eq!(kept, winners);
    for (n, then, what) in told {
        match (then, what) {
            (Then::Return, Told::Kept)
            | (Then::Refuse, Told::Refused)
            | (Then::Panic, Told::Panicked) => {}
            (_, Told::Taken) => assert!(kept.contains_key(&n), "{n} is not taken"),
            (then, what) => panic!("{n} was to {then:?} and its caller was told {what:?}"),
        }
    }
}

async fn open(url: String) -> Store {
    Store::open(&url).await.expect("the store opens")
}

testkit::both_engines!(open; among_many_each_unit_is_told_its_own);

async fn among_many_each_unit_is_told_its_own(store: Store) {
    let mut units: Vec<(u128, Then)> = (1..=200).map(|n| (n, Then::Return)).collect();
    units[50].1 = Then::Refuse;
    units[51].1 = Then::Panic;
    units[60].0 = 60; // taken by the one before
    each_for_itself(&store, &units).await;
    let kept = kept(&store).await;
    assert_eq!(kept.len(), 197);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]
    #[test]
    fn whatever_neighbours_do_each_unit_is_told_its_own(
        units in proptest::collection::vec(
            (1_u128..40, prop_oneof![
                4 => Just(Then::Return), 1 => Just(Then::Refuse), 1 => Just(Then::Panic),
            ]),
            1..120,
        ),
    ) {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        runtime.block_on(async {
            let folder = tempfile::tempdir().unwrap();
            let store = sqlite(&folder, &Options::default()).await;
            each_for_itself(&store, &units).await;
            store.close().await;
        });
    }
}

/// A unit that writes its client, says that it has, and waits to be let on.
struct Held {
    wrote: oneshot::Receiver<()>,
    go: oneshot::Sender<()>,
    done: JoinHandle<Result<(), StoreError>>,
}

fn held(store: &Store, n: u128) -> Held {
    let (says, wrote) = oneshot::channel();
    let (go, may) = oneshot::channel::<()>();
    let store = store.clone();
    let done = tokio::spawn(async move {
        store
            .tx(move |tx| {
                Box::pin(async move {
                    tx.create_client(&P, &client(n, format!("held {n}"))).await?;
                    says.send(()).ok();
                    may.await.ok();
                    Ok(())
                })
            })
            .await
    });
    Held { wrote, go, done }
}

#[tokio::test]
async fn those_who_wait_share_a_commit_and_are_told_after_it() {
    let folder = tempfile::tempdir().unwrap();
    let store = sqlite(&folder, &Options::default()).await;
    let mut first = held(&store, 1);
    (&mut first.wrote).await.unwrap();
    // Both wait behind the first, which is alone in its transaction.
    let second = write(&store, 2, "second".to_owned(), Then::Return);
    tokio::task::yield_now().await;
    let mut third = held(&store, 3);
    tokio::task::yield_now().await;
    assert!(kept(&store).await.is_empty());
    first.go.send(()).unwrap();
    first.done.await.unwrap().unwrap();
    // The third runs only after the second, in the same transaction: the second is written, but its
    // caller is not told, and nobody reads it.
    (&mut third.wrote).await.unwrap();
    assert_eq!(kept(&store).await.keys().copied().collect::<Vec<_>>(), [1]);
    assert!(!second.is_finished() && !third.done.is_finished());
    third.go.send(()).unwrap();
    third.done.await.unwrap().unwrap();
    assert_eq!(second.await.unwrap(), Told::Kept);
    assert_eq!(kept(&store).await.len(), 3);
}

#[tokio::test]
async fn a_unit_whose_turn_does_not_come_is_never_carried_out() {
    let folder = tempfile::tempdir().unwrap();
    let patience = Duration::from_millis(200);
    let store = sqlite(&folder, &Options { acquire_timeout: patience, ..Options::default() }).await;
    let mut first = held(&store, 1);
    (&mut first.wrote).await.unwrap();
    let late = store
        .tx(|tx| Box::pin(async move { tx.create_client(&P, &client(2, "late".into())).await }));
    let error = late.await.unwrap_err();
    assert!(matches!(error, StoreError::Unavailable(_)), "{error:?}");
    // The one whose turn had come is waited for, however long it takes.
    assert!(!first.done.is_finished());
    first.go.send(()).unwrap();
    first.done.await.unwrap().unwrap();
    assert_eq!(write(&store, 3, "third".to_owned(), Then::Return).await.unwrap(), Told::Kept);
    assert_eq!(kept(&store).await.keys().copied().collect::<Vec<_>>(), [1, 3]);
}

#[tokio::test]
async fn a_caller_who_goes_away_from_the_line_leaves_the_unit_in_it() {
    let folder = tempfile::tempdir().unwrap();
    let store = sqlite(&folder, &Options::default()).await;
    let mut first = held(&store, 1);
    (&mut first.wrote).await.unwrap();
    for n in 2..40 {
        let unit = store.tx(move |tx| {
            Box::pin(async move { tx.create_client(&P, &client(n, format!("gone {n}"))).await })
        });
        let cut = tokio::time::timeout(Duration::ZERO, unit).await;
        assert!(cut.is_err(), "its turn has not come");
    }
    first.go.send(()).unwrap();
    first.done.await.unwrap().unwrap();
    // Behind all of them.
    assert_eq!(write(&store, 40, "last".to_owned(), Then::Return).await.unwrap(), Told::Kept);
    assert_eq!(kept(&store).await.len(), 40);
}

/// Some units fit on the disk and some do not. Whoever is told that it is kept finds it, whoever is
/// told otherwise does not, and those who only shared a transaction may try again.
#[tokio::test(flavor = "multi_thread")]
async fn on_a_full_disk_kept_is_what_was_said_to_be_kept() {
    let folder = tempfile::tempdir().unwrap();
    let empty = sqlite(&folder, &Options::default()).await;
    empty.close().await;
    let file = std::fs::metadata(folder.path().join("store.db")).unwrap().len();
    let pages = u32::try_from(file / 4096).unwrap() + 60;
    let store =
        sqlite(&folder, &Options { sqlite_pages_max: Some(pages), ..Options::default() }).await;
    let (start, started) = watch::channel(false);
    let mut units = JoinSet::new();
    for n in 1_u128..=120 {
        let (store, mut started) = (store.clone(), started.clone());
        // Every tenth needs more than there is.
        let bytes = if n % 10 == 0 { 400_000 } else { 100 };
        units.spawn(async move {
            started.wait_for(|go| *go).await.unwrap();
            let name = format!("{n} {}", "x".repeat(bytes));
            let done = store
                .tx(move |tx| Box::pin(async move { tx.create_client(&P, &client(n, name)).await }))
                .await;
            (n, done.err())
        });
    }
    start.send_replace(true);
    let told: BTreeMap<u128, Option<StoreError>> = units.join_all().await.into_iter().collect();
    let kept = kept(&store).await;
    let mut full = Vec::new();
    for (n, error) in &told {
        assert_eq!(kept.contains_key(n), error.is_none(), "unit {n}: {error:?}");
        match error {
            Some(StoreError::Full(_)) => full.push(*n),
            Some(error) => assert!(error.is_temporary(), "{n}: {error:?}"),
            None => {}
        }
    }
    assert_eq!(full, (1..=12).map(|n| n * 10).collect::<Vec<_>>());
    // Small ones that shared a transaction with a large one may try again, and succeed.
    for (n, _) in told.iter().filter(|(n, error)| error.is_some() && *n % 10 != 0) {
        let again = write(&store, *n, format!("again {n}"), Then::Return).await;
        assert_eq!(again.unwrap(), Told::Kept, "{n}");
    }
}
