//! Recordings whose time is over are erased: the sound goes and what was redacted of it, the record
//! tells that there was one.

use std::{path::PathBuf, sync::atomic::AtomicI64, time::Duration};

use domain::Timestamp;
use prometheus_client::{metrics::gauge::Gauge, registry::Registry};
use store::{ClientScope, ProviderScope, Store, StoreError};
use tokio_util::sync::CancellationToken;

use super::orphans::{self, Days};
use crate::clock::Clock;

/// Between two looks.
const EVERY: Duration = Duration::from_secs(15 * 60);

/// Recordings erased in one go.
const AT_ONCE: u32 = 100;

/// A contact reaches its record within this time after the call began.
const SETTLED: Duration = Duration::from_secs(60);

/// What is watched of recordings.
#[derive(Clone, Debug, Default)]
pub struct Watched {
    unlinked: Gauge<i64, AtomicI64>,
    orphans: Gauge<i64, AtomicI64>,
}

impl Watched {
    /// Shows the figures among the server's own.
    pub fn register(&self, registry: &mut Registry) {
        registry.register(
            "recordings_unlinked",
            "Recordings whose contact is in no record; anything above 0 is a fault",
            self.unlinked.clone(),
        );
        registry.register(
            "recordings_orphaned",
            "Files of recordings that no record knows, as found at the start; anything above 0 is a fault",
            self.orphans.clone(),
        );
    }

    /// Counts the files that no record knows.
    ///
    /// # Errors
    /// What the store says.
    pub(super) async fn look_for_orphans(
        &self,
        store: &Store,
        folder: &std::path::Path,
        days: Days,
    ) -> Result<(), StoreError> {
        let found = orphans::look(store, folder, days).await?;
        self.orphans.inc_by(i64::try_from(found).unwrap_or(i64::MAX));
        Ok(())
    }
}

/// The folder of a day, in UTC.
pub(super) fn day(at: Timestamp) -> String {
    at.to_string().chars().take(10).collect::<String>().replace('-', "/")
}

/// Looks through the files of older days once, since there may be very many, then erases until `stop`.
pub(super) async fn keep_clean(
    store: Store,
    folder: PathBuf,
    clock: Clock,
    watched: Watched,
    stop: CancellationToken,
) {
    let older = Days::Before(clock.now());
    let mut looked = false;
    loop {
        if !looked {
            let found = tokio::select! {
                found = watched.look_for_orphans(&store, &folder, older) => found,
                () = stop.cancelled() => return,
            };
            looked = found.is_ok();
            if let Err(error) = found {
                tracing::warn!(%error, "older recordings could not be looked through; trying again later");
            }
        }
        if let Err(error) = once(&store, &folder, &clock, &watched).await {
            tracing::warn!(%error, "recordings could not be looked through; trying again later");
        }
        tokio::select! {
            () = clock.sleep(EVERY) => {}
            () = stop.cancelled() => return,
        }
    }
}

async fn once(
    store: &Store,
    folder: &std::path::Path,
    clock: &Clock,
    watched: &Watched,
) -> Result<(), StoreError> {
    let scope = ProviderScope::granted();
    let now = clock.now();
    let unlinked = store.view().recordings_unlinked(&scope, now - SETTLED).await?;
    watched.unlinked.set(i64::try_from(unlinked).unwrap_or(i64::MAX));
    if unlinked > 0 {
        tracing::error!(unlinked, "recordings belong to no contact; look at the log of that time");
    }
    loop {
        let due = store.view().recordings_due(&scope, now, AT_ONCE).await?;
        if due.is_empty() {
            return Ok(());
        }
        for recording in due {
            match tokio::fs::remove_file(folder.join(&recording.path)).await {
                Ok(()) => {}
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
                Err(error) => {
                    tracing::error!(recording.id = %recording.id, "cannot be erased: {error}");
                    return Ok(());
                }
            }
            let (of, id) = (ClientScope::of(recording.client), recording.id);
            store.tx(move |tx| Box::pin(async move { tx.erase_recording(&of, id).await })).await?;
            tracing::info!(recording.id = %id, "a recording was erased at the end of its time");
        }
    }
}
