//! The sound, heard: each far end plays a tone of its own, and what the others and the recordings
//! hear is told apart second by second.

#![allow(clippy::unwrap_used)] // every unwrap here is an assertion

mod bridge;
mod browser;
mod far;
mod hostile;

use std::{
    net::SocketAddr,
    path::Path,
    time::{Duration, Instant},
};

use domain::LegId;
use telephony::media::{
    Agreed, EventPayload, Law, Media, MediaCommand, MediaConfig, MediaEvent, Play,
};
use telephony::{g711, prompt::Prompt, tone};
use tokio::{runtime::Runtime, sync::mpsc::Receiver, time::timeout};

use self::far::Far;

/// Longer than anything takes on a busy machine.
const LIMIT: Duration = Duration::from_secs(20);

pub(crate) fn clock() -> Instant {
    tokio::time::Instant::now().into_std()
}

/// A running thread and its events.
pub(crate) struct Floor {
    pub(crate) media: Media,
    events: Receiver<MediaEvent>,
    runtime: Runtime,
    next_leg: u128,
}

impl Floor {
    pub(crate) fn start() -> Self {
        let (media, events) = Media::start(MediaConfig::on_loopback(clock)).unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        Self { media, events, runtime, next_leg: 0 }
    }

    pub(crate) fn leg(&mut self) -> LegId {
        self.next_leg += 1;
        LegId::from_u128(self.next_leg)
    }

    /// A leg and its far end, which plays a tone.
    pub(crate) fn far(&mut self, hz: f64, law: Law) -> Far {
        let far = self.not_agreed(hz, law);
        self.agree(&far, far.address());
        far
    }

    /// A far end that nothing is agreed with yet, so that nothing is sent to it.
    pub(crate) fn not_agreed(&mut self, hz: f64, law: Law) -> Far {
        let leg = self.leg();
        let local = self.media.open_leg(leg).unwrap();
        Far::new(leg, local.addr, hz, law)
    }

    pub(crate) fn agree(&self, far: &Far, remote: SocketAddr) {
        self.send(MediaCommand::Agree { leg: far.leg, agreed: agreed(remote, far.law) });
    }

    pub(crate) fn send(&self, command: MediaCommand) {
        self.media.send(command).unwrap();
    }

    pub(crate) fn hear(&self, leg: LegId, others: &[LegId]) {
        self.send(MediaCommand::Hear { leg, others: others.to_vec() });
    }

    pub(crate) fn play(&self, leg: LegId, hz: f64, ms: usize, repeat: bool) {
        let prompt = Prompt::of_samples(domain::PromptId::from_u128(1), &tone::sine(hz, ms));
        let play = Play { id: 7, prompts: vec![prompt.into()], repeat, stop_on_digit: true };
        self.send(MediaCommand::Play { leg, play });
    }

    /// Waits for an event; those before it are passed over.
    pub(crate) fn until<T>(&mut self, mut wanted: impl FnMut(MediaEvent) -> Option<T>) -> T {
        let found = self.runtime.block_on(async {
            timeout(LIMIT, async {
                loop {
                    let event = self.events.recv().await.expect("the thread lives");
                    if let Some(found) = wanted(event) {
                        return found;
                    }
                }
            })
            .await
        });
        found.expect("the event comes in time")
    }

    /// What has been told and not been waited for.
    pub(crate) fn told(&mut self) -> Vec<MediaEvent> {
        std::iter::from_fn(|| self.events.try_recv().ok()).collect()
    }
}

pub(crate) fn agreed(remote: SocketAddr, law: Law) -> Agreed {
    Agreed {
        remote,
        rtcp: SocketAddr::new(remote.ip(), remote.port().wrapping_add(1)),
        law,
        telephone_event: Some(EventPayload { send: 101, receive: 96 }),
        packet_time: Duration::from_millis(20),
        send: true,
        receive: true,
        srtp: None,
    }
}

/// Both channels of a recording.
pub(crate) fn channels(path: &Path) -> [Vec<i16>; 2] {
    let bytes = std::fs::read(path).unwrap();
    assert_eq!(&bytes[..4], b"RIFF");
    assert_eq!(bytes[20], 7, "mu-law");
    let told = u32::from_le_bytes(bytes[54..58].try_into().unwrap()) as usize;
    assert_eq!(bytes.len(), told + 58);
    let channel = |side: usize| {
        bytes[58..]
            .iter()
            .skip(side)
            .step_by(2)
            .map(|byte| g711::decode_byte(Law::Mu, *byte))
            .collect()
    };
    [channel(0), channel(1)]
}

/// Which tone is heard from `from` to `to`, in milliseconds.
pub(crate) fn at(sound: &[i16], from: usize, to: usize) -> Option<f64> {
    let tones = [300.0, 600.0, 900.0, 1_200.0, 1_500.0];
    tone::recognise(&sound[from * 8..(to * 8).min(sound.len())], &tones)
}

/// Lets all of them talk for so long, at the same time.
pub(crate) fn talk<'a>(fars: impl IntoIterator<Item = &'a mut Far>, span: Duration) {
    std::thread::scope(|scope| {
        for far in fars {
            scope.spawn(|| far.talk(span));
        }
    });
}
