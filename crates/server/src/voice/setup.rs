//! Starting telephony, and what a call needs to begin.

use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
    time::Duration,
};

use anyhow::Context;
use domain::{ContactId, LegId, RecordingId, Timestamp, TrunkId, contract::PAUSE_MAX_S};
use store::{ProviderScope, Store};
use telephony::{
    call::{Rules, Setup},
    media::{Media, MediaConfig},
    sdp::{Encryption, Local},
    sip::{Sip, SipConfig, TlsFiles},
};
use tokio::{sync::mpsc, task::JoinHandle};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::{
    Inner, Voice, VoiceError,
    asks::Asks,
    driver::{Driver, Ears},
    keep::{self, RecordingKept},
    orphans::Days,
    plan::{NumberEntry, Plan, Shared},
    retention::{self, Watched},
    sounds::{self, SoundBook},
};
use crate::{
    clock::{Clock, monotonic},
    config::VoiceConfig,
    floor::{Cards, Floor},
    live::Live,
};

/// Legs at once; one more call is refused with 503.
const LEGS_MAX: usize = 2_000;

/// What desk phones' passwords are hashed with; another one would make all of them void.
pub(crate) const REALM: &str = "permanence";

/// What telephony needs of the server.
pub struct Parts {
    /// Records.
    pub store: Store,
    /// The clock.
    pub clock: Clock,
    /// The floor.
    pub floor: Floor,
    /// The desks.
    pub live: Live,
    /// Contacts on the floor.
    pub cards: Arc<Cards>,
    /// The folder of recordings.
    pub recordings: PathBuf,
    /// The server begins to stop: calls are cut.
    pub stopping: CancellationToken,
    /// Everything else has ended.
    pub stop: CancellationToken,
}

/// Starts telephony, if it is configured: opens the sockets, and plays calls from then on.
///
/// # Errors
/// A socket that cannot be had, a certificate that cannot be used, what the store says.
pub async fn start(
    config: &VoiceConfig,
    parts: Parts,
) -> anyhow::Result<(Voice, Vec<JoinHandle<()>>)> {
    let Parts { store, clock, floor, live, cards, recordings, stopping, stop } = parts;
    tokio::fs::create_dir_all(&recordings)
        .await
        .with_context(|| format!("cannot make the folder {}", recordings.display()))?;
    let plan = Plan::load(&store).await?;
    let sounds = SoundBook::new();
    sounds.read(&store).await?;
    let (media, media_events) = Media::start(MediaConfig {
        bind: config.bind,
        public: config.public,
        rtp_ports: config.rtp_ports.clone(),
        peer_port: config.browser_port,
        peer_addresses: vec![config.public],
        legs_max: LEGS_MAX,
        ..MediaConfig::on_loopback(monotonic)
    })?;
    let mut sip = SipConfig::new(concat!("Permanence/", env!("CARGO_PKG_VERSION")));
    (sip.udp, sip.tcp, sip.tls) = (config.udp, config.tcp, config.tls);
    sip.public = Some(config.public);
    sip.tls_files = config.tls_files.clone().map(|(chain, key)| TlsFiles { chain, key });
    sip.tls_authorities.clone_from(&config.tls_authorities);
    sip.phone_networks.clone_from(&config.phone_networks);
    sip.realm = REALM.to_owned();
    sip.phones = plan.sip_phones();
    sip.trunks = plan.sip_trunks();
    let (sip, sip_events) = Sip::start(sip).await?;
    let (told, hears) = mpsc::unbounded_channel();
    let (asks, asked) = mpsc::unbounded_channel();
    let (keep, kept) = mpsc::unbounded_channel();
    finish_old(&store, &recordings, clock.now()).await?;
    let watched = Watched::default();
    watched.look_for_orphans(&store, &recordings, Days::Latest(clock.now())).await?;
    let voice = Voice(Arc::new(Inner {
        store: store.clone(),
        clock: clock.clone(),
        floor: floor.clone(),
        live,
        cards,
        media,
        sip,
        sounds,
        plan: Shared::new(plan),
        recordings: recordings.clone(),
        watched: watched.clone(),
        relay: config.relay.clone(),
        phones: Mutex::default(),
        listening: Mutex::default(),
        alerts: Mutex::default(),
        shown: Mutex::default(),
        told: told.clone(),
        asks,
        keep,
    }));
    let ears = Ears { sip: sip_events, media: media_events, told: hears };
    let tasks = vec![
        tokio::spawn(Driver::new(voice.clone()).run(ears, stopping)),
        tokio::spawn({
            let stop = stop.clone();
            async move {
                tokio::select! {
                    () = Asks::new(floor, told).run(asked) => {}
                    () = stop.cancelled() => {}
                }
            }
        }),
        tokio::spawn(keep::keep(store.clone(), kept, stop.clone())),
        tokio::spawn(retention::keep_clean(store, recordings, clock, watched, stop)),
    ];
    voice.desks_changed();
    voice.prepare_sounds();
    Ok((voice, tasks))
}

/// Calls and recordings of a server that is gone: the calls were cut, the files are made whole.
async fn finish_old(store: &Store, folder: &Path, now: Timestamp) -> anyhow::Result<()> {
    let ending = telephony::ending::Code::ServerRestart.as_str();
    let cut = store.tx(move |tx| Box::pin(tx.cut_calls(now, now, ending))).await?;
    if cut > 0 {
        tracing::warn!(calls = cut, "calls were cut when the server ended");
    }
    loop {
        let open = store.view().recordings_unfinished(&ProviderScope::granted(), now, 100).await?;
        if open.is_empty() {
            return Ok(());
        }
        for recording in open {
            let path = folder.join(&recording.path);
            let whole = tokio::task::spawn_blocking(move || made_whole(&path)).await?;
            let scope = store::ClientScope::of(recording.client);
            let id = recording.id;
            match whole {
                Ok((length, bytes, hash)) => {
                    store
                        .tx(move |tx| {
                            Box::pin(async move {
                                tx.finish_recording(&scope, id, length, bytes, hash).await
                            })
                        })
                        .await?;
                }
                Err(error) => {
                    tracing::error!(recording.id = %id, "a recording cannot be made whole: {error}");
                    let damaged = store::records::RecordingStatus::Damaged;
                    store
                        .tx(move |tx| {
                            Box::pin(async move { tx.mark_recording(&scope, id, damaged).await })
                        })
                        .await?;
                }
            }
        }
    }
}

/// Makes the file of a recording whole that was cut: its length, size and hash.
fn made_whole(path: &Path) -> std::io::Result<(Duration, u64, [u8; 32])> {
    let length = telephony::media::repair(path)?;
    let mut hasher = blake3::Hasher::new();
    let bytes = std::io::copy(&mut std::fs::File::open(path)?, &mut hasher)?;
    Ok((length, bytes, *hasher.finalize().as_bytes()))
}

impl Voice {
    /// What a call needs to begin: its leg is open at the sound, for the trunk that it came in by. Beside it the recording's file, from
    /// the folder of recordings on, and until when it is kept.
    pub(super) fn setup(
        &self,
        contact: ContactId,
        leg: LegId,
        entry: &NumberEntry,
        trunk: Option<TrunkId>,
        number_known: bool,
        now: Timestamp,
    ) -> Result<(Setup, Option<RecordingKept>), VoiceError> {
        let directory = self.0.floor.directory();
        let client = directory.client(entry.client).ok_or(VoiceError::NoCall)?;
        let plan = self.plan();
        let settings = plan.settings(entry.client);
        let encryption = trunk.map_or(Encryption::Never, |trunk| plan.encryption(trunk));
        let local = self.local(leg, encryption)?;
        let (recording, kept) = match settings.record {
            false => (None, None),
            true => {
                let recording = RecordingId::from_uuid(Uuid::now_v7());
                let (plan, kept) = self.new_recording(client, recording, now)?;
                (Some(plan), Some(kept))
            }
        };
        let key = settings.callback_key.as_deref().and_then(|key| key.chars().next());
        let setup = Setup {
            contact,
            leg,
            local,
            sounds: self.0.sounds.of(client, &plan, entry.language, now),
            rules: Rules {
                ring_at_most: Duration::from_secs(u64::from(settings.ring_s)),
                callback_key: key.filter(|_| number_known),
                callable: number_known,
                pause_max: Duration::from_secs(u64::from(
                    client.contract().map_or(PAUSE_MAX_S, |contract| contract.pause_max_s),
                )),
                ..Rules::default()
            },
            recording,
            voicemail: None,
            flow: None,
        };
        Ok((setup, kept))
    }

    /// Opens a leg at the sound and says where it receives. For a leg that we call the encryption is that
    /// of the trunk that is tried.
    pub(super) fn local(&self, leg: LegId, encryption: Encryption) -> Result<Local, VoiceError> {
        use telephony::media::Law;
        let rtp = self.0.media.open_leg(leg)?;
        Ok(Local {
            address: rtp.addr,
            laws: vec![Law::A, Law::Mu],
            packet_time: Duration::from_millis(20),
            rtcp_mux: false,
            encryption,
            key: rand::random(),
        })
    }

    /// Speaks, beside everything else, whatever callers may hear.
    pub fn prepare_sounds(&self) {
        let voice = self.clone();
        tokio::spawn(async move {
            let (directory, plan) = (voice.0.floor.directory(), voice.plan());
            for client in sounds::without_notice(&directory, &plan) {
                tracing::warn!(client.id = %client, "calls are recorded, and no notice says so");
            }
            if let Err(error) = voice.0.sounds.read(&voice.0.store).await {
                tracing::warn!(%error, "prompts cannot be read yet; the next change tries again");
            }
            voice.0.sounds.prepare(&directory, &plan).await;
        });
    }

    /// Takes in who has a desk phone now.
    fn desks_changed(&self) {
        let desks = self.plan().desks();
        let changed = self.phones().set_desks(desks);
        for agent in changed {
            self.tell_phone(agent);
        }
    }

    /// Flows, calendars or contracts were saved: they hold from the next call on.
    pub async fn words_changed(&self) {
        match Plan::load(&self.0.store).await {
            Ok(plan) => self.0.plan.set(plan),
            Err(error) => tracing::error!(
                %error,
                "what callers are led through could not be read; it holds from the next change"
            ),
        }
        self.prepare_sounds();
    }

    /// Trunks, numbers or settings were saved: they hold from now on.
    pub async fn plan_changed(&self) {
        match Plan::load(&self.0.store).await {
            Ok(plan) => {
                let (trunks, phones) = (plan.sip_trunks(), plan.sip_phones());
                self.0.plan.set(plan);
                if let Err(error) = self.0.sip.set_trunks(trunks).await {
                    tracing::error!("the trunks could not be changed: {error}");
                }
                if let Err(error) = self.0.sip.set_phones(phones).await {
                    tracing::error!("the desk phones could not be changed: {error}");
                }
                self.desks_changed();
            }
            Err(error) => tracing::error!(
                %error,
                "what was saved for telephony could not be read; it holds from the next start"
            ),
        }
        self.prepare_sounds();
    }
}
