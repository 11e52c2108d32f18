//! Group commit: whatever waits becomes one frame; effects leave after it is durable.
//!
//! There is no timer. While one commit is under way the next batch gathers, so a slow disk makes
//! larger frames and not a longer queue.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering::Relaxed},
    },
    time::Duration,
};

use tokio::{
    sync::{mpsc, watch},
    task::JoinHandle,
};

use super::{
    Entry, JournalError, Owned,
    frame::{Batch, encode},
};
use crate::Store;

/// Most entries of one frame.
const ENTRIES_MAX: u32 = 1_000;
/// Most bytes of one frame before compression, unless one entry alone is larger.
const BYTES_MAX: usize = 256 * 1024;

/// Limits of a writer.
#[derive(Clone, Copy, Debug)]
pub struct WriterOptions {
    /// Entries that may wait; when it is full, [`Writer::submit`] waits, and with it the floor.
    pub queue_max: usize,
    /// A commit that takes longer is counted and logged while it still hangs.
    pub alarm: Duration,
}

impl Default for WriterOptions {
    /// 4,096 entries are some seconds of a thousand agents' work; 250 ms is what a person at a desk
    /// begins to notice.
    fn default() -> Self {
        Self { queue_max: 4_096, alarm: Duration::from_millis(250) }
    }
}

/// What a writer has done, for the metrics.
#[derive(Debug, Default)]
pub struct WriterStats {
    /// Frames kept.
    pub commits: AtomicU64,
    /// Entries kept.
    pub entries: AtomicU64,
    /// Bytes of their bodies, compressed.
    pub bytes: AtomicU64,
    /// Commits that took longer than the alarm.
    pub slow_commits: AtomicU64,
    /// Whether the commit under way has passed the alarm.
    pub stalled: AtomicBool,
}

/// The writer has ended; [`Writer::finish`] tells why.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the journal's writer has ended; nothing more is kept of this ownership")]
pub struct Stopped;

/// Keeps entries in their order and then lets their effects go.
///
/// The driver steps the router ahead of the disk and gives each entry with its effects; the writer
/// calls `release(seq, effects)` in order, each only after its entry is durable. At the first
/// failure it ends and drops what waits: nothing is released that is not kept. Recovery finds a
/// durable tail whose effects were perhaps not released, and releases them again; receivers know
/// them by `floor, seq`.
#[derive(Debug)]
pub struct Writer<E> {
    queue: mpsc::Sender<(Entry, E)>,
    durable: watch::Receiver<u64>,
    stats: Arc<WriterStats>,
    task: JoinHandle<Result<Owned, JournalError>>,
}

impl<E: Send + 'static> Writer<E> {
    /// Starts to write for `owned`. `release` must not block: it hands effects on.
    pub fn start(
        store: &Store,
        owned: Owned,
        options: WriterOptions,
        release: impl FnMut(u64, E) + Send + 'static,
    ) -> Self {
        // Full: `submit` waits, and the floor takes no further input until the disk catches up.
        let (queue, waiting) = mpsc::channel(options.queue_max.max(1));
        let (durable_now, durable) = watch::channel(owned.seq);
        let stats = Arc::new(WriterStats::default());
        let task = Task {
            store: store.clone(),
            owned,
            alarm: options.alarm,
            waiting,
            durable: durable_now,
            stats: Arc::clone(&stats),
            release,
        };
        Self { queue, durable, stats, task: tokio::spawn(task.run()) }
    }

    /// Gives an entry and what shall happen once it is kept. Entries come in the order of their
    /// numbers, without a gap.
    pub async fn submit(&self, entry: Entry, effects: E) -> Result<(), Stopped> {
        self.queue.send((entry, effects)).await.map_err(|_| Stopped)
    }

    /// Number of the last entry that is kept.
    pub fn durable_seq(&self) -> u64 {
        *self.durable.borrow()
    }

    /// Follows the number of the last entry that is kept. It ends when the writer does.
    pub fn durable(&self) -> watch::Receiver<u64> {
        self.durable.clone()
    }

    /// Counters for the metrics.
    pub fn stats(&self) -> Arc<WriterStats> {
        Arc::clone(&self.stats)
    }

    /// Waits until the writer has ended by a failure.
    pub async fn stopped(&self) {
        self.queue.closed().await;
    }

    /// Keeps what still waits, and ends. Gives the head reached, or why the writer failed.
    pub async fn finish(self) -> Result<Owned, JournalError> {
        drop(self.queue);
        match self.task.await {
            Ok(result) => result,
            Err(join) => match join.try_into_panic() {
                Ok(panic) => std::panic::resume_unwind(panic),
                Err(_) => Err(JournalError::Storage(crate::StoreError::Stopping)),
            },
        }
    }
}

struct Task<E, R> {
    store: Store,
    owned: Owned,
    alarm: Duration,
    waiting: mpsc::Receiver<(Entry, E)>,
    durable: watch::Sender<u64>,
    stats: Arc<WriterStats>,
    release: R,
}

impl<E, R: FnMut(u64, E)> Task<E, R> {
    async fn run(mut self) -> Result<Owned, JournalError> {
        // An entry that would have made its frame too large begins the next one.
        let mut held: Option<(Entry, Vec<u8>, E)> = None;
        loop {
            let first = match held.take() {
                Some(first) => first,
                None => match self.waiting.recv().await {
                    Some((entry, effects)) => self.encoded(entry, effects)?,
                    None => return Ok(self.owned),
                },
            };
            let mut batch = Batch::default();
            let mut effects = Vec::new();
            let mut next = Some(first);
            while let Some((entry, bytes, effect)) = next.take() {
                if batch.len() > 0 && batch.size() + bytes.len() > BYTES_MAX {
                    held = Some((entry, bytes, effect));
                    break;
                }
                let expected = self.owned.seq + 1 + u64::from(batch.len());
                if entry.seq != expected {
                    return Err(JournalError::Gap { expected, found: entry.seq });
                }
                batch.push(&entry, &bytes);
                effects.push((entry.seq, effect));
                if batch.len() == ENTRIES_MAX {
                    break;
                }
                if let Ok((entry, effect)) = self.waiting.try_recv() {
                    next = Some(self.encoded(entry, effect)?);
                }
            }
            self.commit(batch).await?;
            self.durable.send_replace(self.owned.seq);
            for (seq, effect) in effects {
                (self.release)(seq, effect);
            }
        }
    }

    fn encoded(&self, entry: Entry, effects: E) -> Result<(Entry, Vec<u8>, E), JournalError> {
        let bytes = encode(&entry).map_err(JournalError::Frame)?;
        Ok((entry, bytes, effects))
    }

    async fn commit(&mut self, batch: Batch) -> Result<(), JournalError> {
        let frame = batch.seal(&self.owned).map_err(JournalError::Frame)?;
        let append = self.store.append(&mut self.owned, &frame);
        tokio::pin!(append);
        let done = match tokio::time::timeout(self.alarm, &mut append).await {
            Ok(done) => done,
            Err(_) => {
                self.stats.slow_commits.fetch_add(1, Relaxed);
                self.stats.stalled.store(true, Relaxed);
                tracing::warn!(
                    floor.id = %frame.floor, entries = frame.entries,
                    alarm_ms = self.alarm.as_millis() as u64,
                    "a journal commit takes long; the disk or the database stalls"
                );
                let done = append.await;
                self.stats.stalled.store(false, Relaxed);
                done
            }
        };
        done?;
        self.stats.commits.fetch_add(1, Relaxed);
        self.stats.entries.fetch_add(u64::from(frame.entries), Relaxed);
        self.stats.bytes.fetch_add(frame.body.len() as u64, Relaxed);
        Ok(())
    }
}
