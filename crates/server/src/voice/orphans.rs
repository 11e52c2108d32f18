//! Files of recordings that no record knows: a crash of server or store left them. What holds next to
//! nothing is removed; the rest is kept, counted, and told by its name.

use std::{
    collections::HashSet,
    io,
    path::{Path, PathBuf},
    time::Duration,
};

use domain::{RecordingId, Timestamp};
use store::{ProviderScope, Store, StoreError};
use telephony::level;
use uuid::Uuid;

use super::retention::day;

/// A file without a record that holds less than this is the beginning of something that a crash cut
/// before it was written down, a voicemail with nothing in it yet above all: it is nobody's.
const NOTHING: Duration = Duration::from_secs(3);

/// Records that are read at once.
const AT_ONCE: u32 = 500;

/// Which days' files are looked through.
#[derive(Clone, Copy, Debug)]
pub(super) enum Days {
    /// Yesterday and today, where a crash a moment ago left its own.
    Latest(Timestamp),
    /// Everything that is kept from before that.
    Before(Timestamp),
}

impl Days {
    /// The folders, newest first.
    fn folders(self, folder: &Path) -> Vec<PathBuf> {
        let (Self::Latest(now) | Self::Before(now)) = self;
        let latest = [now, now - Duration::from_secs(86_400)].map(|at| folder.join(day(at)));
        match self {
            Self::Latest(_) => latest.into(),
            Self::Before(_) => {
                let months = entries(folder).into_iter().flat_map(|year| entries(&year));
                let days = months.flat_map(|month| entries(&month));
                let mut days: Vec<PathBuf> = days.filter(|day| !latest.contains(day)).collect();
                days.sort_unstable_by(|one, other| other.cmp(one));
                days
            }
        }
    }
}

/// Looks through the files of these days: how many are left that no record knows.
///
/// # Errors
/// What the store says.
pub(super) async fn look(store: &Store, folder: &Path, days: Days) -> Result<u64, StoreError> {
    let folder = folder.to_owned();
    let folders = tokio::task::spawn_blocking(move || days.folders(&folder)).await;
    let mut left = 0;
    for day in folders.unwrap_or_default() {
        let files = tokio::task::spawn_blocking(move || files_of(&day)).await.unwrap_or_default();
        for (id, path) in unknown(store, files).await? {
            let file = path.clone();
            let nothing = tokio::task::spawn_blocking(move || holds_nothing(&file)).await;
            if matches!(nothing, Ok(Ok(true))) {
                if let Err(error) = tokio::fs::remove_file(&path).await {
                    tracing::warn!(recording.id = %id, "cannot be removed: {error}");
                }
                continue;
            }
            left += 1;
            tracing::error!(
                recording.id = %id,
                path = %path.display(),
                "no record knows this recording; the store was away when it was made"
            );
        }
    }
    Ok(left)
}

/// Those of the files that have no record. Ids are in order of time, so that the records of a day lie
/// side by side and are read once.
async fn unknown(
    store: &Store,
    mut files: Vec<(RecordingId, PathBuf)>,
) -> Result<Vec<(RecordingId, PathBuf)>, StoreError> {
    let Some((first, last)) =
        files.iter().map(|(id, _)| *id).min().zip(files.iter().map(|(id, _)| *id).max())
    else {
        return Ok(files);
    };
    let mut known = HashSet::new();
    // The record of the first is wanted too.
    let mut after = RecordingId::from_u128(first.uuid().as_u128().saturating_sub(1));
    loop {
        let scope = ProviderScope::granted();
        let page = store.view().recordings_between(&scope, after, last, AT_ONCE).await?;
        let Some(latest) = page.last() else { break };
        after = *latest;
        known.extend(page);
    }
    files.retain(|(id, _)| !known.contains(id));
    Ok(files)
}

/// What lies in a folder; nothing, if there is none.
fn entries(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    entries.map(|entry| entry.path()).collect()
}

/// The recordings of a day, whose clients have a folder each.
fn files_of(day: &Path) -> Vec<(RecordingId, PathBuf)> {
    let files = entries(day).into_iter().flat_map(|client| entries(&client));
    files
        .filter_map(|path| {
            let id = path.file_stem()?.to_str()?.parse::<Uuid>().ok()?;
            Some((RecordingId::from_uuid(id), path))
        })
        .collect()
}

/// Whether a file, made whole, is too short for anything, or holds nobody who could be heard.
fn holds_nothing(path: &Path) -> io::Result<bool> {
    if telephony::media::repair(path)? < NOTHING {
        return Ok(true);
    }
    let sound = telephony::media::read_recording(path)?;
    let heard = |side: &[i16]| side.chunks(telephony::FRAME).any(level::is_heard);
    Ok(!heard(&sound.customer) && !heard(&sound.agents))
}

#[cfg(test)]
mod tests {
    use domain::{ClientId, ContactId};
    use store::{
        ClientScope,
        records::{
            Call, CallDirection, Client, ClientStatus, Recording, RecordingKind, RecordingStatus,
        },
    };
    use telephony::{g711, media::Law};

    use super::*;

    const CLIENT: ClientId = ClientId::from_u128(1);
    const CONTACT: ContactId = ContactId::from_u128(2);
    const PROVIDER: ProviderScope = ProviderScope::granted();

    async fn open(url: String) -> Store {
        let store = Store::open(&url).await.expect("the store opens");
        let (created, scope) = (now(), ClientScope::of(CLIENT));
        let client = Client {
            id: CLIENT,
            name: "Northwind".to_owned(),
            initials: "NW".to_owned(),
            hue: 1,
            status: ClientStatus::Live,
            zone: "UTC".to_owned(),
            created,
            version: 1,
        };
        let call = Call {
            client: CLIENT,
            contact: CONTACT,
            direction: CallDirection::Inbound,
            trunk: None,
            number: None,
            dialled: None,
            started: created,
            ended: None,
            ending: None,
        };
        let kept = store.tx(move |tx| {
            let (client, call, scope) = (client.clone(), call.clone(), scope);
            Box::pin(async move {
                tx.create_client(&PROVIDER, &client).await?;
                tx.start_call(&scope, &call).await
            })
        });
        kept.await.unwrap();
        store
    }

    testkit::both_engines!(open; files_of_every_day_that_no_record_knows_are_found);

    fn now() -> Timestamp {
        "2026-11-27T00:10:00Z".parse().unwrap()
    }

    /// A file in the folder of a day, with so many seconds of a tone or of silence.
    fn file(folder: &Path, day: &str, n: u128, seconds: usize, loud: bool) -> PathBuf {
        let name = RecordingId::from_u128(n).uuid();
        let path = format!("{day}/{}/{name}.wav", CLIENT.uuid());
        let path = folder.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        let bytes = seconds * 16_000;
        let most = if loud { 3_000.0 } else { 0.0 };
        let sample = |at: usize| (most * (at as f64 / 3.0).sin()) as i16;
        let sound = (0..bytes).map(|at| g711::encode_sample(Law::Mu, sample(at)));
        let mut whole = telephony::media::recording_header(bytes as u32).to_vec();
        whole.extend(sound);
        std::fs::write(&path, whole).unwrap();
        path
    }

    async fn files_of_every_day_that_no_record_knows_are_found(store: Store) {
        let folder = tempfile::tempdir().unwrap();
        let at = folder.path();
        // Ids of the days are not in order, and more than one page of them is known.
        let known: Vec<u128> = (0..u128::from(AT_ONCE) + 20).map(|n| 1_000 + n).collect();
        for n in &known {
            file(at, "2025/03/01", *n, 0, false);
            let recording = Recording {
                client: CLIENT,
                id: RecordingId::from_u128(*n),
                contact: CONTACT,
                kind: RecordingKind::Call,
                path: n.to_string(),
                started: now(),
                length: None,
                bytes: None,
                hash: None,
                status: RecordingStatus::Done,
                kept_until: None,
            };
            let scope = ClientScope::of(CLIENT);
            let kept = store.tx(move |tx| {
                let recording = recording.clone();
                Box::pin(async move { tx.start_recording(&scope, &recording).await })
            });
            kept.await.unwrap();
        }
        let old = file(at, "2025/03/01", 999, 4, true);
        let silent = file(at, "2025/03/01", 5_000, 4, false);
        let short = file(at, "2026/11/24", 7, 2, true);
        let lately = [file(at, "2026/11/26", 8, 4, true), file(at, "2026/11/27", 9, 4, true)];
        let strange = at.join("2026/11/24/notes/readme.txt");
        std::fs::create_dir_all(strange.parent().unwrap()).unwrap();
        std::fs::write(&strange, "no recording").unwrap();

        assert_eq!(look(&store, at, Days::Latest(now())).await.unwrap(), 2);
        assert!(short.exists() && silent.exists(), "older days are looked at later");
        assert_eq!(look(&store, at, Days::Before(now())).await.unwrap(), 1);
        assert!(old.exists() && strange.exists() && lately.iter().all(|file| file.exists()));
        assert!(!short.exists() && !silent.exists(), "what holds nobody is nobody's");
        let left = std::fs::read_dir(old.parent().unwrap()).unwrap().count();
        assert_eq!(left, known.len() + 1, "what a record knows is left alone");
        let nowhere = at.join("nowhere");
        assert_eq!(look(&store, &nowhere, Days::Before(now())).await.unwrap(), 0);
        store.close().await;
    }
}
