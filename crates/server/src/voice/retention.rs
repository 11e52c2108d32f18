//! Recordings whose time is over are erased: the sound goes, the record tells that there was one.

use std::{
    path::{Path, PathBuf},
    sync::atomic::AtomicI64,
    time::Duration,
};

use domain::{RecordingId, Timestamp};
use prometheus_client::{metrics::gauge::Gauge, registry::Registry};
use store::{ClientScope, ProviderScope, Store, StoreError, records::RecordingStatus};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

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
}

/// A file without a record that holds less than this is the beginning of something that a crash cut
/// before it was written down, a voicemail with nothing in it yet above all: it is nobody's.
const NOTHING: Duration = Duration::from_secs(3);

impl Watched {
    /// Looks at the files of yesterday and today that no record knows: a crash of server or store left
    /// them. What is next to nothing is removed; the rest is kept, counted, and told by its name.
    ///
    /// # Errors
    /// What the store says.
    pub(super) async fn look_for_orphans(
        &self,
        store: &Store,
        folder: &Path,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let days = [now - Duration::from_secs(86_400), now].map(|at| folder.join(day(at)));
        let files = tokio::task::spawn_blocking(move || {
            days.iter().flat_map(|day| files_of(day)).collect()
        });
        let files: Vec<(RecordingId, PathBuf)> = files.await.unwrap_or_default();
        let mut orphans = 0;
        for (id, path) in files {
            let known = store.view().client_of_recording(&ProviderScope::granted(), id).await?;
            if known.is_some() {
                continue;
            }
            let file = path.clone();
            let length = tokio::task::spawn_blocking(move || telephony::media::repair(&file)).await;
            if matches!(&length, Ok(Ok(length)) if *length < NOTHING) {
                if let Err(error) = tokio::fs::remove_file(&path).await {
                    tracing::warn!(recording.id = %id, "cannot be removed: {error}");
                }
                continue;
            }
            orphans += 1;
            tracing::error!(
                recording.id = %id,
                path = %path.display(),
                "no record knows this recording; the store was away when it was made"
            );
        }
        self.orphans.set(orphans);
        Ok(())
    }
}

/// The folder of a day, in UTC.
pub(super) fn day(at: Timestamp) -> String {
    at.to_string().chars().take(10).collect::<String>().replace('-', "/")
}

/// The recordings of a day, whose clients have a folder each.
fn files_of(day: &Path) -> Vec<(RecordingId, PathBuf)> {
    let entries = |folder: &Path| std::fs::read_dir(folder).into_iter().flatten().flatten();
    let files = entries(day).flat_map(|client| entries(&client.path()).collect::<Vec<_>>());
    files
        .filter_map(|file| {
            let path = file.path();
            let id = path.file_stem()?.to_str()?.parse::<Uuid>().ok()?;
            Some((RecordingId::from_uuid(id), path))
        })
        .collect()
}

/// Erases until `stop`.
pub(super) async fn keep_clean(
    store: Store,
    folder: PathBuf,
    clock: Clock,
    watched: Watched,
    stop: CancellationToken,
) {
    loop {
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
            let erased = RecordingStatus::Erased;
            store
                .tx(move |tx| Box::pin(async move { tx.mark_recording(&of, id, erased).await }))
                .await?;
            tracing::info!(recording.id = %id, "a recording was erased at the end of its time");
        }
    }
}
