//! A PostgreSQL that goes away and comes back, a connection that is cut in the middle of a commit,
//! callers who go away, a commit that stalls.
#![allow(clippy::unwrap_used)] // every unwrap here is an assertion

use std::{
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering::SeqCst},
    },
    time::Duration,
};

use domain::{AgentId, AuditId, ClientId, FloorId, Timestamp};
use routing::Input;
use sqlx::{Connection, PgConnection, Row};
use store::{
    Entry, JournalError, Options, ProviderScope, Store, StoreError, Writer,
    journal::{Frame, WriterOptions},
    records::{AuditEntry, AuditFilter, Client, ClientStatus},
};
use testkit::pg;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{UnixListener, UnixStream},
};

const FLOOR: FloorId = FloorId::from_u128(1);
const P: ProviderScope = ProviderScope::granted();

fn entry(seq: u64) -> Entry {
    Entry {
        seq,
        at: Timestamp::from_micros(i64::try_from(seq).unwrap()),
        input: Some(Input::SignOut { agent: AgentId::from_u128(u128::from(seq)) }),
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

/// A caller that does not wait long for a database that is away.
fn impatient() -> Options {
    Options { acquire_timeout: Duration::from_millis(400), ..Options::default() }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_goes_away_and_returns() {
    let Some(bin) = pg::binaries() else {
        assert!(pg::cluster().is_none());
        return;
    };
    // Its own cluster, with fsync, stopped as a crash would.
    let cluster = pg::Cluster::start(&bin, true).unwrap();
    let url = cluster.database(None).unwrap();
    let store = Store::open_with(&url, &impatient()).await.unwrap();
    let owned = store.acquire(FLOOR).await.unwrap();
    let (sent, mut released) = tokio::sync::mpsc::unbounded_channel();
    let writer = Writer::start(&store, owned, WriterOptions::default(), move |seq, ()| {
        sent.send(seq).unwrap();
    });
    let mut durable = writer.durable();
    let mut seq = 0;
    while seq < 300 {
        seq += 1;
        writer.submit(entry(seq), ()).await.unwrap();
    }
    durable.wait_for(|seq| *seq >= 100).await.unwrap();
    cluster.stop().unwrap();
    // The writer stops by itself: what it cannot keep it does not let go.
    while writer.submit(entry(seq + 1), ()).await.is_ok() {
        seq += 1;
    }
    let error = writer.finish().await.unwrap_err();
    assert!(
        matches!(&error, JournalError::Storage(StoreError::Unavailable(_))),
        "{error:?}: {:?}",
        std::error::Error::source(&error)
    );
    let mut acknowledged = 0;
    while let Some(seq) = released.recv().await {
        acknowledged = seq;
    }
    assert!(acknowledged >= 100);
    let away = store.view().clients(&P, None, None, 1).await.unwrap_err();
    assert!(away.is_temporary(), "{away:?}");
    assert!(store.acquire(FLOOR).await.unwrap_err().is_temporary());

    cluster.resume().unwrap();
    let mut owned = store.acquire(FLOOR).await.expect("the same store goes on");
    assert!(owned.seq >= acknowledged, "{acknowledged} acknowledged, {} kept", owned.seq);
    let kept = read(&store).await;
    assert!(kept.iter().zip(1..).all(|(found, seq)| *found == entry(seq)));
    assert_eq!(kept.len() as u64, owned.seq);
    let frame = Frame::seal(&owned, &[entry(owned.seq + 1)]).unwrap();
    store.append(&mut owned, &frame).await.unwrap();
    store.close().await;
}

/// Stands between the store and its database, and cuts a connection once: after so many answers of
/// the database (the request has arrived, its answer is lost), or after so many requests (the next
/// one never arrives).
struct Proxy {
    folder: tempfile::TempDir,
    left: Arc<Left>,
}

struct Left {
    answers: AtomicI64,
    requests: AtomicI64,
}

impl Proxy {
    fn start(server: PathBuf) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let listener = UnixListener::bind(folder.path().join(".s.PGSQL.5432")).unwrap();
        let never = || AtomicI64::new(i64::MAX);
        let left = Arc::new(Left { answers: never(), requests: never() });
        let proxy = Self { folder, left: Arc::clone(&left) };
        tokio::spawn(async move {
            while let Ok((store, _)) = listener.accept().await {
                let (server, left) = (server.clone(), Arc::clone(&left));
                tokio::spawn(async move {
                    // Either side going away ends the other.
                    let Ok(database) = UnixStream::connect(server).await else { return };
                    relay(store, database, &left).await;
                });
            }
        });
        proxy
    }

    fn url(&self, url: &str) -> String {
        let database = url.rsplit('/').next().unwrap();
        let folder = self.folder.path().display().to_string().replace('/', "%2F");
        format!("postgres://permanence@{folder}/{database}")
    }
}

async fn relay(mut store: UnixStream, mut database: UnixStream, left: &Left) {
    let (mut asked, mut answered) = (vec![0; 65_536], vec![0; 65_536]);
    loop {
        tokio::select! {
            n = store.read(&mut asked) => match n {
                Ok(n @ 1..) if left.requests.fetch_sub(1, SeqCst) > 0 => {
                    if database.write_all(&asked[..n]).await.is_err() { return }
                }
                // One cut; whoever connects again is served.
                Ok(1..) => return left.requests.store(i64::MAX, SeqCst),
                _ => return,
            },
            n = database.read(&mut answered) => match n {
                Ok(n @ 1..) if left.answers.fetch_sub(1, SeqCst) > 0 => {
                    if store.write_all(&answered[..n]).await.is_err() { return }
                }
                Ok(1..) => return left.answers.store(i64::MAX, SeqCst),
                _ => return,
            },
        }
    }
}

fn socket_of(url: &str) -> PathBuf {
    let host = url.split('@').nth(1).unwrap().split('/').next().unwrap().replace("%2F", "/");
    Path::new(&host).join(".s.PGSQL.5432")
}

#[tokio::test(flavor = "multi_thread")]
async fn each_answer_of_the_database_lost_in_turn() {
    let Some(cluster) = pg::cluster() else { return };
    let url = cluster.database(None).unwrap();
    let proxy = Proxy::start(socket_of(&url));
    let store = Store::open_with(&proxy.url(&url), &impatient()).await.unwrap();
    let direct = Store::open(&url).await.unwrap();
    let mut owned = store.acquire(FLOOR).await.unwrap();

    // The journal: whichever answer or request is lost, the append settles what has become of it.
    for count in 0..8 {
        for counter in [&proxy.left.answers, &proxy.left.requests] {
            let frame = Frame::seal(&owned, &[entry(owned.seq + 1), entry(owned.seq + 2)]).unwrap();
            counter.store(count, SeqCst);
            store.append(&mut owned, &frame).await.unwrap();
            counter.store(i64::MAX, SeqCst);
            let head = direct.head(FLOOR).await.unwrap().unwrap();
            assert_eq!((head.seq, head.hash), (owned.seq, owned.hash), "after {count}");
        }
    }
    assert!(read(&direct).await.iter().zip(1..).all(|(found, seq)| *found == entry(seq)));

    // Records: whole or not at all, and the caller is told when it cannot be known.
    let mut failures = 0;
    for (answers, n) in (1..).zip(1_u128..) {
        proxy.left.answers.store(answers, SeqCst);
        let done = store
            .tx(move |tx| {
                Box::pin(async move {
                    let client = Client {
                        id: ClientId::from_u128(n),
                        name: format!("Client {n}"),
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
                        after: serde_json::Value::Null,
                        request_id: String::new(),
                    })
                    .await
                })
            })
            .await;
        // Answers are counted down only until the cut, which sets the counter back.
        let untouched = (0..i64::MAX / 2).contains(&proxy.left.answers.swap(i64::MAX, SeqCst));
        let search = format!("client {n}");
        let clients = direct.view().clients(&P, Some(&search), None, 99).await.unwrap().len();
        let filter = AuditFilter { object: Some(n.to_string()), ..AuditFilter::default() };
        let audit = direct.view().audit_entries(&P, &filter, 9).await.unwrap().len();
        assert_eq!(clients, audit, "after {answers} answers: half of it is kept");
        match done {
            Ok(()) => assert_eq!(clients, 1, "after {answers} answers: said to be kept"),
            Err(error) => {
                assert!(error.is_temporary(), "after {answers} answers: {error:?}");
                failures += 1;
            }
        }
        if untouched {
            break;
        }
        assert!(answers < 50, "the operation never passed untouched");
    }
    assert!(failures >= 3, "{failures} failures: nothing was tried");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_callers_who_go_away_leave_no_transaction_behind() {
    let Some(cluster) = pg::cluster() else { return };
    let url = cluster.database(None).unwrap();
    let options = Options { connections: 1, ..Options::default() };
    let store = Store::open_with(&url, &options).await.unwrap();
    for n in 0..1_000_u64 {
        let cut = Duration::from_micros(n * 7 % 400);
        let work = store.tx(move |tx| {
            Box::pin(async move {
                let name = format!("key {n}");
                let setting =
                    store::records::Setting { key: name, value: serde_json::json!(n), version: 0 };
                tx.save_setting(&P, &setting).await
            })
        });
        // Both are ways to go away: a dropped write, and a dropped read on the same connection.
        let _ = tokio::time::timeout(cut, work).await;
        let mut view = store.view();
        let _ = tokio::time::timeout(cut / 2, view.setting(&P, "key 0")).await;
    }
    // The one connection still serves, in order: every write that was begun is finished before.
    store.ping().await.unwrap();
    let mut watcher = PgConnection::connect(&url).await.unwrap();
    let stuck: i64 = sqlx::query(
        "SELECT COUNT(*) FROM pg_stat_activity
         WHERE datname = current_database() AND state LIKE 'idle in transaction%'",
    )
    .fetch_one(&mut watcher)
    .await
    .unwrap()
    .get(0);
    assert_eq!(stuck, 0);
    // Nothing was dropped half-way: the writes came one after the other, all of them.
    let mut kept = 0;
    for n in 0..1_000_u64 {
        kept += u32::from(store.view().setting(&P, &format!("key {n}")).await.unwrap().is_some());
    }
    assert_eq!(kept, 1_000, "work once begun is carried out");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_commit_that_stalls_is_counted_while_it_hangs_and_then_goes_on() {
    let Some(cluster) = pg::cluster() else { return };
    let url = cluster.database(None).unwrap();
    let store = Store::open(&url).await.unwrap();
    let owned = store.acquire(FLOOR).await.unwrap();
    // Somebody holds the floor's row.
    let mut holder = PgConnection::connect(&url).await.unwrap();
    let mut held = holder.begin().await.unwrap();
    sqlx::query("SELECT seq FROM journal_head FOR UPDATE").fetch_one(&mut *held).await.unwrap();

    let options = WriterOptions { alarm: Duration::from_millis(5), queue_max: 16 };
    let (sent, mut released) = tokio::sync::mpsc::unbounded_channel();
    let writer = Writer::start(&store, owned, options, move |seq, ()| sent.send(seq).unwrap());
    let stats = writer.stats();
    for seq in 1..=10 {
        writer.submit(entry(seq), ()).await.unwrap();
    }
    let stalled = async {
        while !stats.stalled.load(SeqCst) {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), stalled).await.expect("the stall shows");
    assert!(released.try_recv().is_err(), "nothing leaves before it is kept");
    held.rollback().await.unwrap();
    let owned = writer.finish().await.unwrap();
    assert_eq!(owned.seq, 10);
    assert!(stats.slow_commits.load(SeqCst) >= 1 && !stats.stalled.load(SeqCst));
    for seq in 1..=10 {
        assert_eq!(released.recv().await, Some(seq));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_nodes_that_open_a_new_database_at_once_both_can() {
    let Some(cluster) = pg::cluster() else { return };
    let url = cluster.database(None).unwrap();
    let opened = tokio::join!(Store::open(&url), Store::open(&url), Store::open(&url));
    for store in [opened.0, opened.1, opened.2] {
        store.unwrap().ping().await.unwrap();
    }
}

#[tokio::test]
async fn a_database_that_is_not_there_is_refused_without_its_password() {
    let url = "postgres://anna:hunter2@localhost:1/nowhere";
    let options = impatient();
    let error = Store::open_with(url, &options).await.unwrap_err();
    assert!(error.is_temporary(), "{error:?}");
    assert!(!format!("{error} {error:?}").contains("hunter2"));
}
