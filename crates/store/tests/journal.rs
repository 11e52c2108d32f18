//! The journal's promises, on both engines.
#![allow(clippy::unwrap_used)] // helpers of tests fail their test

use domain::{AgentId, FloorId, Timestamp};
use routing::{FloorRules, Input};
use store::{
    Entry, JournalError, Owned, Store, Writer,
    journal::{Frame, WriterOptions},
};
use testkit::both_engines;

const FLOOR: FloorId = FloorId::from_u128(1);

async fn open(url: String) -> Store {
    Store::open(&url).await.expect("the store opens")
}

both_engines!(open;
    effects_leave_in_order_after_the_commit,
    an_owner_who_was_replaced_appends_nothing,
    entries_with_a_gap_are_refused,
    a_frame_appended_twice_is_kept_once,
    the_journal_reads_from_any_entry,
    the_journal_is_entered_at_a_time,
    a_damaged_frame_is_never_read,
    a_snapshot_of_what_is_not_durable_is_refused,
);

fn entry(seq: u64) -> Entry {
    Entry {
        seq,
        at: Timestamp::from_secs(1_000 + i64::try_from(seq).unwrap()),
        input: Some(if seq == 1 {
            Input::SetFloor(FloorRules::default())
        } else {
            Input::SignOut { agent: AgentId::from_u128(u128::from(seq)) }
        }),
        events: vec![],
    }
}

fn entries(from: u64, to: u64) -> Vec<Entry> {
    (from..=to).map(entry).collect()
}

async fn append(store: &Store, owned: &mut Owned, from: u64, to: u64) -> Result<(), JournalError> {
    let frame = Frame::seal(owned, &entries(from, to)).unwrap();
    store.append(owned, &frame).await
}

async fn read(store: &Store, from: u64) -> Vec<Entry> {
    let (mut reader, mut all) = (store.read_journal(FLOOR, from), Vec::new());
    while let Some(page) = reader.next().await.unwrap() {
        all.extend(page);
    }
    all
}

async fn effects_leave_in_order_after_the_commit(store: Store) {
    let owned = store.acquire(FLOOR).await.unwrap();
    let (sent, mut released) = tokio::sync::mpsc::unbounded_channel();
    let writer = Writer::start(&store, owned, WriterOptions::default(), move |seq, effect: u64| {
        sent.send((seq, effect)).unwrap();
    });
    let mut durable = writer.durable();
    for seq in 1..=2_500 {
        writer.submit(entry(seq), seq * 7).await.unwrap();
    }
    durable.wait_for(|seq| *seq >= 1_200).await.unwrap();
    assert!(store.head(FLOOR).await.unwrap().unwrap().seq >= 1_200);
    let stats = writer.stats();
    let owned = writer.finish().await.unwrap();
    assert_eq!(owned.seq, 2_500);
    for seq in 1..=2_500 {
        assert_eq!(released.recv().await.unwrap(), (seq, seq * 7));
    }
    assert!(released.recv().await.is_none());
    assert_eq!(read(&store, 1).await, entries(1, 2_500));
    let commits = stats.commits.load(std::sync::atomic::Ordering::Relaxed);
    assert!((3..2_500).contains(&commits), "{commits} commits for 2,500 entries");
}

async fn an_owner_who_was_replaced_appends_nothing(store: Store) {
    let mut old = store.acquire(FLOOR).await.unwrap();
    append(&store, &mut old, 1, 3).await.unwrap();
    let mut new = store.acquire(FLOOR).await.unwrap();
    assert_eq!((new.seq, new.hash), (old.seq, old.hash));
    assert!(new.epoch > old.epoch);
    let refused = append(&store, &mut old, 4, 5).await.unwrap_err();
    assert!(matches!(refused, JournalError::Fenced { seq: 3, .. }), "{refused}");

    let (sent, mut released) = tokio::sync::mpsc::unbounded_channel();
    let writer = Writer::start(&store, old, WriterOptions::default(), move |seq, ()| {
        sent.send(seq).unwrap();
    });
    writer.submit(entry(4), ()).await.unwrap();
    writer.stopped().await;
    assert!(writer.submit(entry(5), ()).await.is_err());
    let error = writer.finish().await.unwrap_err();
    assert!(matches!(error, JournalError::Fenced { .. }), "{error}");
    assert!(released.recv().await.is_none(), "an effect left that was not kept");
    assert!(store.save_snapshot(&old, 3, Timestamp::MIN, b"old").await.is_err());

    append(&store, &mut new, 4, 4).await.unwrap();
    assert_eq!(read(&store, 1).await, entries(1, 4));
}

async fn entries_with_a_gap_are_refused(store: Store) {
    let mut owned = store.acquire(FLOOR).await.unwrap();
    let error = append(&store, &mut owned, 2, 2).await.unwrap_err();
    assert!(matches!(error, JournalError::Gap { expected: 1, found: 2 }), "{error}");
    let writer = Writer::start(&store, owned, WriterOptions::default(), |_, ()| {});
    writer.submit(entry(1), ()).await.unwrap();
    writer.submit(entry(3), ()).await.unwrap();
    let error = writer.finish().await.unwrap_err();
    assert!(matches!(error, JournalError::Gap { expected: 2, found: 3 }), "{error}");
}

async fn a_frame_appended_twice_is_kept_once(store: Store) {
    let mut owned = store.acquire(FLOOR).await.unwrap();
    let mut before = owned;
    let frame = Frame::seal(&owned, &entries(1, 9)).unwrap();
    store.append(&mut owned, &frame).await.unwrap();
    let again = store.append(&mut before, &frame).await.unwrap_err();
    assert!(matches!(again, JournalError::Fenced { .. }), "{again}");
    assert_eq!(read(&store, 1).await, entries(1, 9));
    assert_eq!(store.floors().await.unwrap(), [FLOOR]);
}

async fn the_journal_reads_from_any_entry(store: Store) {
    let mut owned = store.acquire(FLOOR).await.unwrap();
    // Frames of 1, 2, 3, … entries: more frames than one page holds.
    let mut next = 1;
    for size in 1..=80 {
        append(&store, &mut owned, next, next + size - 1).await.unwrap();
        next += size;
    }
    let last = owned.seq;
    for from in [0, 1, 2, 3, 4, 100, last - 1, last] {
        assert_eq!(read(&store, from).await, entries(from.max(1), last), "from {from}");
    }
    assert_eq!(read(&store, last + 1).await, []);
    assert_eq!(store.frames(FLOOR, 5, 2).await.unwrap().len(), 2);
    assert!(store.frames(FloorId::from_u128(9), 1, 9).await.unwrap().is_empty());
}

async fn the_journal_is_entered_at_a_time(store: Store) {
    let mut owned = store.acquire(FLOOR).await.unwrap();
    for n in 0..5 {
        append(&store, &mut owned, n * 10 + 1, n * 10 + 10).await.unwrap();
    }
    // Entry n is at second 1,000 + n.
    for (since, want) in
        [(0, Some(1)), (1_001, Some(1)), (1_010, Some(10)), (1_037, Some(37)), (1_050, Some(50))]
    {
        let found = store.first_seq_since(FLOOR, Timestamp::from_secs(since)).await.unwrap();
        assert_eq!(found, want, "since {since}");
    }
    let after = Timestamp::from_micros(1_050_000_001);
    assert_eq!(store.first_seq_since(FLOOR, after).await.unwrap(), None);
    let elsewhere = store.first_seq_since(FloorId::from_u128(9), Timestamp::MIN).await.unwrap();
    assert_eq!(elsewhere, None);
}

async fn a_damaged_frame_is_never_read(store: Store) {
    let mut owned = store.acquire(FLOOR).await.unwrap();
    for n in 0..3 {
        append(&store, &mut owned, n * 100 + 1, n * 100 + 100).await.unwrap();
    }
    let frame = store.frames(FLOOR, 101, 1).await.unwrap().remove(0);
    assert!(frame.open().is_ok());
    for place in [0, frame.body.len() / 2, frame.body.len() - 1] {
        let mut bad = frame.clone();
        bad.body[place] ^= 1;
        assert!(bad.open().unwrap_err().to_string().contains("checksum"), "byte {place}");
        bad.crc = crc32c::crc32c(&bad.body);
        assert!(bad.open().unwrap_err().to_string().contains("hash"), "byte {place}");
    }
    let mut moved = frame.clone();
    moved.first_seq = 1;
    assert!(moved.open().is_err(), "a frame is bound to its place");
    let mut newer = frame.clone();
    newer.schema = 99;
    assert!(newer.open().unwrap_err().to_string().contains("newer release"));
}

async fn a_snapshot_of_what_is_not_durable_is_refused(store: Store) {
    let mut owned = store.acquire(FLOOR).await.unwrap();
    append(&store, &mut owned, 1, 5).await.unwrap();
    assert!(store.save_snapshot(&owned, 6, Timestamp::MIN, b"from the future").await.is_err());
    assert_eq!(store.newest_snapshot(FLOOR).await.unwrap(), None);
}
