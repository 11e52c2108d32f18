//! Rebuilds a floor: the newest snapshot, then the inputs after it, handed to the router again.

use std::time::Duration;

use domain::Timestamp;
use routing::{Router, Stamped};
use store::{Owned, Store};

/// How far back the figures of the board reach: the longest today that any zone has, twice.
const HISTORY: Duration = Duration::from_secs(48 * 3600);

/// The journal replays to other decisions than it recorded.
#[derive(Debug, thiserror::Error)]
#[error(
    "entry {seq} of the journal replays to other decisions than were recorded, so this version of \
     the server decides differently; start the version that wrote it once and stop it cleanly \
     (SIGTERM), then start this one"
)]
pub struct Diverged {
    /// The first entry that differs.
    pub seq: u64,
}

/// A floor as it was when it stopped.
pub struct Recovered {
    /// The router.
    pub router: Router,
    /// The latest instant it was told.
    pub last: Timestamp,
    /// The entry that the snapshot contained last.
    pub snapshot_seq: u64,
    /// Entries handed to the router again.
    pub replayed: u64,
    /// Events of the last two days, for the figures.
    pub history: Vec<Stamped>,
}

/// Rebuilds the floor that `owned` owns.
///
/// # Errors
/// [`Diverged`], or what the store says.
pub async fn recover(store: &Store, owned: &Owned, now: Timestamp) -> anyhow::Result<Recovered> {
    let (mut router, snapshot_seq) = match store.newest_snapshot(owned.floor).await? {
        Some(snapshot) => match restore(&snapshot.bytes) {
            Ok(router) => (router, snapshot.seq),
            Err(error) => {
                tracing::warn!("the snapshot is not used, the whole journal is read: {error:#}");
                (Router::new(), 0)
            }
        },
        None => (Router::new(), 0),
    };
    let horizon = now - HISTORY;
    let first = first_entry_since(store, owned, horizon).await?.min(snapshot_seq + 1);
    let mut recovered = Recovered {
        last: horizon,
        router: Router::new(),
        snapshot_seq,
        replayed: 0,
        history: vec![],
    };
    let mut reader = store.read_journal(owned.floor, first);
    while let Some(entries) = reader.next().await? {
        for entry in entries {
            recovered.last = recovered.last.max(entry.at);
            if entry.seq > snapshot_seq {
                replay(&mut router, &entry)?;
                recovered.replayed += 1;
            }
            recovered.history.extend(entry.events.into_iter().filter(|e| e.at >= horizon));
        }
    }
    recovered.router = router;
    Ok(recovered)
}

fn restore(bytes: &[u8]) -> anyhow::Result<Router> {
    Ok(Router::restore(minicbor::decode(bytes)?)?)
}

fn replay(router: &mut Router, entry: &store::Entry) -> Result<(), Diverged> {
    let diverged = Diverged { seq: entry.seq };
    match &entry.input {
        Some(input) => {
            if router.handle(entry.at, input.clone()).is_err() {
                return Err(diverged);
            }
        }
        None => router.advance(entry.at),
    }
    for recorded in &entry.events {
        if router.next_event().as_ref() != Some(recorded) {
            return Err(diverged);
        }
    }
    match router.next_event() {
        None => Ok(()),
        Some(_) => Err(diverged),
    }
}

/// The first entry at or after `since`.
async fn first_entry_since(store: &Store, owned: &Owned, since: Timestamp) -> anyhow::Result<u64> {
    Ok(store.first_seq_since(owned.floor, since).await?.unwrap_or(owned.seq + 1))
}
