//! A SQLite store whose disk is full, whose file is not one, whose folder cannot be written.
#![allow(clippy::unwrap_used)] // every unwrap here is an assertion

use domain::{AuditId, ClientId, FloorId, Timestamp};
use routing::{FloorRules, Input};
use store::{
    ClientScope, Entry, JournalError, Options, ProviderScope, Store, StoreError, Writer,
    journal::{Frame, WriterOptions},
    records::{AuditEntry, AuditFilter, Client, ClientStatus},
};

const FLOOR: FloorId = FloorId::from_u128(1);
const P: ProviderScope = ProviderScope::granted();

fn limited(pages: u32) -> Options {
    Options { sqlite_pages_max: Some(pages), ..Options::default() }
}

/// An entry that does not compress: the ids of its decision are as good as random.
fn entry(seq: u64) -> Entry {
    let mut hash = blake3::Hasher::new();
    hash.update(&seq.to_be_bytes());
    let mut bytes = [0; 2_000];
    hash.finalize_xof().fill(&mut bytes);
    let rules = FloorRules { cost: bytes.to_vec(), ..FloorRules::default() };
    Entry {
        seq,
        at: Timestamp::from_micros(i64::try_from(seq).unwrap()),
        input: Some(Input::SetFloor(rules)),
        events: vec![],
    }
}

async fn read(store: &Store) -> Vec<Entry> {
    let (mut reader, mut all) = (store.read_journal(FLOOR, 1), Vec::new());
    while let Some(entries) = reader.next().await.unwrap() {
        all.extend(entries);
    }
    all
}

#[tokio::test]
async fn a_full_disk_stops_the_journal_and_loses_nothing_kept() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}", folder.path().join("store.db").display());
    let store = Store::open_with(&url, &limited(400)).await.unwrap();
    let owned = store.acquire(FLOOR).await.unwrap();
    let (sent, mut released) = tokio::sync::mpsc::unbounded_channel();
    let writer = Writer::start(&store, owned, WriterOptions::default(), move |seq, ()| {
        sent.send(seq).unwrap();
    });
    let mut seq = 0;
    while writer.submit(entry(seq + 1), ()).await.is_ok() {
        seq += 1;
        assert!(seq < 10_000, "the disk never filled");
    }
    let error = writer.finish().await.unwrap_err();
    assert!(matches!(&error, JournalError::Storage(StoreError::Full(_))), "{error:?}");
    let chain = format!("{error}: {}", std::error::Error::source(&error).unwrap());
    assert!(chain.contains("disk") && chain.contains("full"), "{chain}");

    let mut acknowledged = 0;
    while let Some(seq) = released.recv().await {
        acknowledged = seq;
    }
    assert!(acknowledged > 0);
    let kept = read(&store).await;
    assert_eq!(kept.len() as u64, acknowledged, "kept is what was acknowledged");
    assert!(kept.iter().zip(1..).all(|(found, seq)| *found == entry(seq)));
    // Reading goes on while the disk is full, and a write says again what is wrong.
    store.ping().await.unwrap();
    // What is left of the last page may take a few more.
    let mut again = store.acquire(FLOOR).await.unwrap();
    let error = loop {
        let next: Vec<_> = (1..=50).map(|n| entry(again.seq + n)).collect();
        let frame = Frame::seal(&again, &next).unwrap();
        match store.append(&mut again, &frame).await {
            Ok(_) => assert!(again.seq < 10_000, "the disk never filled"),
            Err(error) => break error,
        }
    };
    assert!(matches!(error, JournalError::Storage(StoreError::Full(_))), "{error:?}");
    let kept = read(&store).await.len() as u64;
    store.close().await;

    // There is room again.
    let store = Store::open_with(&url, &limited(4_000)).await.unwrap();
    let mut owned = store.acquire(FLOOR).await.unwrap();
    assert_eq!(owned.seq, kept);
    let frame = Frame::seal(&owned, &[entry(owned.seq + 1)]).unwrap();
    store.append(&mut owned, &frame).await.unwrap();
    assert_eq!(read(&store).await.len() as u64, kept + 1);
}

/// Some writes that belong together: either all of them are kept or none.
async fn unit_of_work(store: &Store) -> Result<(), StoreError> {
    store
        .tx(|tx| {
            Box::pin(async move {
                for n in 0..20_u128 {
                    let client = Client {
                        id: ClientId::from_u128(n),
                        name: format!("Client {n} {}", "x".repeat(700)),
                        initials: "XX".to_owned(),
                        hue: 1,
                        status: ClientStatus::Draft,
                        zone: "UTC".to_owned(),
                        created: Timestamp::from_secs(0),
                        version: 1,
                    };
                    tx.create_client(&P, &client).await?;
                    tx.audit(&AuditEntry {
                        id: AuditId::from_u128(n),
                        at: Timestamp::from_secs(0),
                        user: None,
                        user_name: String::new(),
                        action: "client.created".to_owned(),
                        object_kind: "client".to_owned(),
                        object: n.to_string(),
                        client: Some(client.id),
                        before: serde_json::Value::Null,
                        after: serde_json::json!({ "name": client.name }),
                        request_id: String::new(),
                    })
                    .await?;
                }
                Ok(())
            })
        })
        .await
}

#[tokio::test]
async fn each_page_that_is_missing_in_turn() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}", folder.path().join("store.db").display());
    let (mut not_opened, mut not_done) = (0, 0);
    for pages in 2.. {
        assert!(pages < 1_000, "it never fitted");
        let store = match Store::open_with(&url, &limited(pages)).await {
            Ok(store) => store,
            Err(error) => {
                // A migration that does not fit is undone, and taken up again next time.
                let text = format!("{error}");
                assert!(text.contains("full"), "{pages} pages: {text}");
                not_opened += 1;
                continue;
            }
        };
        let done = unit_of_work(&store).await;
        let clients = store.view().clients(&P, None, None, 99).await.unwrap().len();
        let filter = AuditFilter::default();
        let audit = store.view().audit_entries(&P, &filter, 99).await.unwrap().len();
        match done {
            Ok(()) => {
                assert_eq!((clients, audit), (20, 20));
                break;
            }
            Err(error) => {
                assert!(matches!(error, StoreError::Full(_)), "{pages} pages: {error:?}");
                assert_eq!((clients, audit), (0, 0), "{pages} pages");
                assert!(
                    store.view().client(&ClientScope::of(ClientId::from_u128(0))).await.is_ok()
                );
                not_done += 1;
            }
        }
        store.close().await;
    }
    assert!(not_opened > 5 && not_done > 5, "{not_opened} and {not_done}: nothing was tried");
}

#[tokio::test]
async fn what_is_no_database_is_refused_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("notes.txt");
    let notes = "dear diary, ".repeat(500);
    std::fs::write(&file, &notes).unwrap();
    let error = Store::open_file(&file).await.unwrap_err();
    assert!(matches!(error, StoreError::Corrupt { .. }), "{error:?}");
    assert_eq!(std::fs::read_to_string(&file).unwrap(), notes);

    let below = file.join("store.db");
    let error = Store::open_file(&below).await.unwrap_err().to_string();
    assert!(error.contains("cannot be made"), "{error}");
}

#[tokio::test]
async fn a_database_of_a_newer_release_opens_and_one_of_another_history_does_not() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("store.db");
    let url = format!("sqlite://{}", file.display());
    Store::open(&url).await.unwrap().close().await;
    let edit = async |sql: &'static str| {
        let pool = sqlx::SqlitePool::connect(&url).await.unwrap();
        sqlx::query(sql).execute(&pool).await.unwrap();
        pool.close().await;
    };
    edit("INSERT INTO schema_migration VALUES (9000, '9000_widened', x'00')").await;
    Store::open(&url).await.expect("yesterday's program runs on a wider schema").close().await;
    edit("UPDATE schema_migration SET checksum = zeroblob(32) WHERE number = 1").await;
    let error = Store::open(&url).await.unwrap_err().to_string();
    assert!(error.contains("migration 0001") && error.contains("another text"), "{error}");
}

#[tokio::test]
async fn two_programs_that_open_a_new_store_at_once_both_can() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}", folder.path().join("store.db").display());
    let opened = tokio::join!(Store::open(&url), Store::open(&url), Store::open(&url));
    for store in [opened.0, opened.1, opened.2] {
        store.unwrap().ping().await.unwrap();
    }
}
