//! The program is killed while it writes, twenty times on one store: nothing acknowledged is lost,
//! no entry is missing, and the head is the last entry there is.
#![allow(clippy::unwrap_used)] // every unwrap here is an assertion

use std::{
    io::{BufRead, BufReader, Write},
    path::PathBuf,
    process::{Command, Stdio},
};

use domain::{AgentId, FloorId, Timestamp};
use routing::Input;
use store::{Durability, Entry, Options, Store, Writer, journal::WriterOptions};

const FLOOR: FloorId = FloorId::from_u128(1);
const CHILD: &str = "PERMANENCE_TEST_KILLED_STORE";
const DURABILITY: &str = "PERMANENCE_TEST_KILLED_DURABILITY";

fn entry(seq: u64) -> Entry {
    Entry {
        seq,
        at: Timestamp::from_micros(i64::try_from(seq).unwrap()),
        input: Some(Input::SignOut { agent: AgentId::from_u128(u128::from(seq) * 3) }),
        events: vec![],
    }
}

/// Not a test by itself: what the killed process runs. It acknowledges on its standard output what
/// the writer released, and never ends.
#[tokio::test(flavor = "multi_thread")]
async fn the_killed_process() {
    let Some(path) = std::env::var_os(CHILD) else { return };
    let durability = std::env::var(DURABILITY).unwrap().parse::<Durability>().unwrap();
    let url = format!("sqlite://{}", PathBuf::from(path).display());
    let options = Options { durability, ..Options::default() };
    let store = Store::open_with(&url, &options).await.unwrap();
    let owned = store.acquire(FLOOR).await.unwrap();
    let writer = Writer::start(&store, owned, WriterOptions::default(), |seq, ()| {
        let mut out = std::io::stdout().lock();
        writeln!(out, "acknowledged {seq}").and_then(|()| out.flush()).unwrap();
    });
    let mut seq = owned.seq;
    loop {
        seq += 1;
        writer.submit(entry(seq), ()).await.unwrap();
        if seq.is_multiple_of(1_000) {
            // Snapshots are written meanwhile, as on a floor.
            let durable = writer.durable_seq();
            let owned = store.head(FLOOR).await.unwrap().unwrap();
            store
                .save_snapshot(&owned, durable, domain::Timestamp::MIN, &durable.to_be_bytes())
                .await
                .unwrap();
        }
    }
}

/// Lets the process acknowledge so many entries, then kills it. Gives the last one it acknowledged.
fn kill_after(path: &std::path::Path, durability: &str, acknowledgements: u64) -> u64 {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["the_killed_process", "--exact", "--nocapture", "--test-threads=1"])
        .env(CHILD, path)
        .env(DURABILITY, durability)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut last = 0;
    let mut seen = 0;
    let mut killed = false;
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    // Whatever it still said before it died is an acknowledgement too.
    for line in lines.map_while(Result::ok) {
        // The harness puts its own words on the first line.
        let Some((_, seq)) = line.rsplit_once("acknowledged ") else { continue };
        // The last line may be cut short by the kill; a number that parses short is smaller, which
        // asks for less and never for too much.
        last = last.max(seq.parse().unwrap_or(0));
        seen += 1;
        if seen >= acknowledgements && !killed {
            child.kill().unwrap();
            killed = true;
        }
    }
    child.wait().unwrap();
    assert!(killed, "the process ended by itself after {seen} acknowledgements");
    last
}

async fn nothing_acknowledged_is_lost(durability: &str) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    let mut tails = 0;
    for round in 0..20 {
        let acknowledged = kill_after(&path, durability, 20 + round * 97);
        let store = Store::open_file(&path).await.unwrap();
        let head = store.head(FLOOR).await.unwrap().unwrap();
        assert!(head.seq >= acknowledged, "round {round}: {acknowledged} lost, head {}", head.seq);
        tails += u32::from(head.seq > acknowledged);
        let (mut reader, mut next) = (store.read_journal(FLOOR, 1), 1);
        while let Some(entries) = reader.next().await.unwrap() {
            for found in entries {
                assert_eq!(found, entry(next), "round {round}");
                next += 1;
            }
        }
        assert_eq!(next - 1, head.seq, "round {round}: the head is the last entry");
        if let Some(snapshot) = store.newest_snapshot(FLOOR).await.unwrap() {
            assert!(snapshot.seq <= head.seq, "round {round}");
            assert_eq!(snapshot.bytes, snapshot.seq.to_be_bytes(), "round {round}");
        }
        store.close().await;
    }
    // Said for the record: such a tail is durable, and its effects are released again on recovery.
    println!("{tails} of 20 kills left a durable tail that was not acknowledged");
}

#[tokio::test]
async fn nothing_acknowledged_is_lost_when_killed_strict() {
    nothing_acknowledged_is_lost("strict").await;
}

#[tokio::test]
async fn nothing_acknowledged_is_lost_when_killed_process() {
    nothing_acknowledged_is_lost("process").await;
}
