//! Recordings: the tick hands frames over a bounded channel, a thread writes them, another seals what
//! is done (to the disk, and its hash).

use std::{
    collections::{HashMap, VecDeque},
    fs::File,
    io,
    path::PathBuf,
    sync::{
        Arc,
        atomic::Ordering::Relaxed,
        mpsc::{Receiver, SyncSender, TryRecvError, TrySendError, sync_channel},
    },
    thread::JoinHandle,
    time::Duration,
};

use domain::{LegId, RecordingId};
use tokio::sync::mpsc;

use super::{
    Channels, Law, MediaEvent,
    counters::Shared,
    outlet::Outlet,
    wav::{self, Writer},
};
use crate::{
    FRAME, g711, level,
    mix::{Frame, Sum},
};

/// Frames that may wait for the disk: two and a half seconds of 250 recordings. When they are all
/// taken, frames are left out, counted, and written as silence, so that the times stay true.
const NOTES_MAX: usize = 32_768;

/// Recordings that may wait to be sealed; then the writer waits, and frames wait for it.
const SEALS_MAX: usize = 4_096;

/// How often the writer looks. Nobody wakes it for a frame: that would cost the tick a system call.
const LOOK: Duration = Duration::from_millis(100);

/// Bytes after which a file is written: a second.
const WRITE_BYTES: usize = 16_000;

/// Writes after which a file is brought to the disk.
const WRITES_PER_SYNC: u32 = 10;

/// Frames with somebody in them, after which the customer's side has spoken: a second.
const SPOKEN_FRAMES: u32 = 50;

/// Both channels of one tick.
type Pair = [u8; 2 * FRAME];

#[allow(clippy::large_enum_variant)] // nearly all are frames, and boxing them would allocate in the tick
enum Note {
    Open {
        slot: u64,
        recording: RecordingId,
        path: PathBuf,
    },
    /// After so many frames that were left out.
    Frame {
        slot: u64,
        skipped: u32,
        pair: Pair,
    },
    Close {
        slot: u64,
        skipped: u32,
    },
}

struct Active {
    slot: u64,
    recording: RecordingId,
    channels: Channels,
    paused: bool,
    skipped: u32,
    /// Frames in which the customer's side was heard, until it has spoken.
    heard: u32,
}

/// The tick's side.
pub struct Recordings {
    notes: Option<SyncSender<Note>>,
    /// Openings and closings that found the channel full. Nothing overtakes them.
    waiting: VecDeque<Note>,
    active: Vec<Active>,
    slots: u64,
    shared: Arc<Shared>,
    writer: Option<JoinHandle<()>>,
    outlet: Outlet,
}

impl Recordings {
    /// Starts both threads.
    pub fn start(events: mpsc::Sender<MediaEvent>, shared: Arc<Shared>) -> io::Result<Self> {
        let (notes, inbox) = sync_channel(NOTES_MAX);
        let (seals, to_seal) = sync_channel(SEALS_MAX);
        let outlet = || Outlet::new(events.clone(), shared.clone());
        let mut sealer_outlet = outlet();
        let sealer = std::thread::Builder::new()
            .name("recording-seal".to_owned())
            .spawn(move || seal_all(&to_seal, &mut sealer_outlet))?;
        let mut files = Files { open: HashMap::new(), outlet: outlet(), seals };
        let writer = std::thread::Builder::new().name("recording".to_owned()).spawn(move || {
            files.run(&inbox);
            drop(files);
            if sealer.join().is_err() {
                tracing::error!("the thread that seals recordings had panicked");
            }
        })?;
        Ok(Self {
            notes: Some(notes),
            waiting: VecDeque::new(),
            active: Vec::new(),
            slots: 0,
            outlet: outlet(),
            shared,
            writer: Some(writer),
        })
    }

    /// Begins one.
    pub fn open(&mut self, recording: RecordingId, path: PathBuf, channels: Channels) {
        if self.active.iter().any(|active| active.recording == recording) {
            let why = "it is being recorded already; the second order changed nothing".to_owned();
            self.outlet.tell(MediaEvent::RecordingFault { recording, why });
            return;
        }
        self.slots += 1;
        let slot = self.slots;
        self.waiting.push_back(Note::Open { slot, recording, path });
        self.active.push(Active { slot, recording, channels, paused: false, skipped: 0, heard: 0 });
        self.shared.recordings.store(self.active.len() as u64, Relaxed);
    }

    fn find(&mut self, recording: RecordingId) -> Option<&mut Active> {
        self.active.iter_mut().find(|active| active.recording == recording)
    }

    /// Other legs from now on.
    pub fn set_channels(&mut self, recording: RecordingId, channels: Channels) {
        if let Some(active) = self.find(recording) {
            active.channels = channels;
        }
    }

    /// Silence from now on, or sound again.
    pub fn pause(&mut self, recording: RecordingId, on: bool) {
        if let Some(active) = self.find(recording) {
            active.paused = on;
        }
    }

    /// Ends one.
    pub fn close(&mut self, recording: RecordingId) {
        let Some(at) = self.active.iter().position(|active| active.recording == recording) else {
            return;
        };
        let Active { slot, skipped, .. } = self.active.remove(at);
        self.waiting.push_back(Note::Close { slot, skipped });
        self.shared.recordings.store(self.active.len() as u64, Relaxed);
        self.pass_on();
    }

    /// Passes on what waits; whether nothing is left.
    fn pass_on(&mut self) -> bool {
        let Some(notes) = &self.notes else { return false };
        while let Some(note) = self.waiting.pop_front() {
            if let Err(TrySendError::Full(note)) = notes.try_send(note) {
                self.waiting.push_front(note);
                return false;
            }
        }
        true
    }

    /// Records a tick.
    pub fn tick(&mut self, places: &HashMap<LegId, usize>, voices: &[Option<Frame>]) {
        self.outlet.flush();
        let mut room = self.pass_on();
        let Some(notes) = &self.notes else { return };
        for active in &mut self.active {
            let before = active.heard;
            let pair = active.pair(places, voices);
            if before < SPOKEN_FRAMES && active.heard == SPOKEN_FRAMES {
                self.outlet.tell(MediaEvent::Spoken { recording: active.recording });
            }
            let note = Note::Frame { slot: active.slot, skipped: active.skipped, pair };
            room = room && notes.try_send(note).is_ok();
            if room {
                active.skipped = 0;
            } else {
                active.skipped = active.skipped.saturating_add(1);
                Shared::add(&self.shared.recording_frames_lost, 1);
            }
        }
    }

    /// Ends all, and waits until they are whole.
    pub fn stop(&mut self) {
        let open: Vec<RecordingId> = self.active.iter().map(|active| active.recording).collect();
        for recording in open {
            self.close(recording);
        }
        if let Some(notes) = self.notes.take() {
            // Now there is time to wait for room.
            for note in self.waiting.drain(..) {
                if notes.send(note).is_err() {
                    break;
                }
            }
        }
        if let Some(writer) = self.writer.take() {
            writer.thread().unpark();
            if writer.join().is_err() {
                tracing::error!("the thread that writes recordings had panicked");
            }
        }
        self.outlet.flush();
    }
}

impl Active {
    fn pair(&mut self, places: &HashMap<LegId, usize>, voices: &[Option<Frame>]) -> Pair {
        let mut pair = [g711::silence(Law::Mu); 2 * FRAME];
        if self.paused {
            return pair;
        }
        let sides = [&self.channels.customer, &self.channels.agents];
        for (side, legs) in sides.into_iter().enumerate() {
            let mut sum = Sum::default();
            let said = legs.iter().filter_map(|leg| voices.get(*places.get(leg)?)?.as_ref());
            said.for_each(|voice| sum.add(voice));
            if sum.voices() == 0 {
                continue;
            }
            let frame = sum.take();
            // Of each recording as much is looked at as is needed to say that somebody spoke.
            if side == 0 && self.heard < SPOKEN_FRAMES && level::is_heard(&frame) {
                self.heard += 1;
            }
            for (at, sample) in frame.into_iter().enumerate() {
                pair[at * 2 + side] = g711::encode_sample(Law::Mu, sample);
            }
        }
        pair
    }
}

/// A recording whose sound is complete.
struct Seal {
    recording: RecordingId,
    path: PathBuf,
    writer: Writer,
}

struct Open {
    recording: RecordingId,
    path: PathBuf,
    writer: Writer,
    writes: u32,
    /// A fault was told; one is enough.
    faulty: bool,
}

/// The writer's side.
struct Files {
    open: HashMap<u64, Open>,
    outlet: Outlet,
    seals: SyncSender<Seal>,
}

impl Files {
    fn run(&mut self, inbox: &Receiver<Note>) {
        loop {
            let over = loop {
                match inbox.try_recv() {
                    Ok(note) => self.take(note),
                    Err(TryRecvError::Empty) => break false,
                    Err(TryRecvError::Disconnected) => break true,
                }
            };
            self.outlet.flush();
            if over {
                return;
            }
            std::thread::park_timeout(LOOK);
        }
    }

    fn take(&mut self, note: Note) {
        match note {
            Note::Open { slot, recording, path } => match Writer::create(&path) {
                Ok(writer) => {
                    let open = Open { recording, path, writer, writes: 0, faulty: false };
                    self.open.insert(slot, open);
                }
                Err(fault) => {
                    let why = format!("{} cannot be created: {fault}", path.display());
                    self.outlet.tell(MediaEvent::RecordingFault { recording, why });
                }
            },
            Note::Frame { slot, skipped, pair } => {
                let Some(open) = self.open.get_mut(&slot) else { return };
                open.skip(skipped, &mut self.outlet);
                if !open.writer.push(&pair) {
                    open.fault("the file is as long as it may be", &mut self.outlet);
                }
                if open.writer.waiting() >= WRITE_BYTES {
                    open.write(&mut self.outlet);
                }
            }
            Note::Close { slot, skipped } => {
                let Some(mut open) = self.open.remove(&slot) else { return };
                open.skip(skipped, &mut self.outlet);
                open.write(&mut self.outlet);
                let Open { recording, path, writer, .. } = open;
                if self.seals.send(Seal { recording, path, writer }).is_err() {
                    let why = "the thread that seals recordings is gone".to_owned();
                    self.outlet.tell(MediaEvent::RecordingFault { recording, why });
                }
            }
        }
    }
}

impl Open {
    fn fault(&mut self, why: &str, outlet: &mut Outlet) {
        if !std::mem::replace(&mut self.faulty, true) {
            let why = format!("{}: {why}", self.path.display());
            outlet.tell(MediaEvent::RecordingFault { recording: self.recording, why });
        }
    }

    fn skip(&mut self, frames: u32, outlet: &mut Outlet) {
        if frames > 0 {
            self.fault("the disk did not keep up, and some sound was lost", outlet);
            self.writer.pad(frames as usize * 2 * FRAME);
        }
    }

    fn write(&mut self, outlet: &mut Outlet) {
        self.writes += 1;
        let written = self.writer.flush();
        let written = written.and_then(|()| {
            if self.writes.is_multiple_of(WRITES_PER_SYNC) { self.writer.sync() } else { Ok(()) }
        });
        if let Err(fault) = written {
            self.fault(&fault.to_string(), outlet);
        }
    }
}

fn seal_all(seals: &Receiver<Seal>, outlet: &mut Outlet) {
    // Nothing else happens here, so that waiting for the next is fine.
    while let Ok(seal) = seals.recv() {
        let recording = seal.recording;
        match sealed(&seal) {
            Ok((bytes, hash)) => {
                let length = wav::length(seal.writer.bytes());
                outlet.tell(MediaEvent::RecordingDone { recording, length, bytes, hash });
            }
            Err(fault) => {
                let why = format!("{} cannot be sealed: {fault}", seal.path.display());
                outlet.tell(MediaEvent::RecordingFault { recording, why });
            }
        }
        outlet.flush();
    }
    outlet.flush();
}

/// Size and hash of the file.
fn sealed(seal: &Seal) -> io::Result<(u64, [u8; 32])> {
    seal.writer.sync()?;
    let mut hasher = blake3::Hasher::new();
    let bytes = io::copy(&mut File::open(&seal.path)?, &mut hasher)?;
    Ok((bytes, *hasher.finalize().as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tone;

    const CUSTOMER: LegId = LegId::from_u128(1);
    const AGENT: LegId = LegId::from_u128(2);
    const RECORDING: RecordingId = RecordingId::from_u128(3);

    /// A tone with so much of the strength of a prompt, frame by frame.
    fn tone(percent: i32) -> impl Iterator<Item = Option<Frame>> {
        let sine = tone::sine(700.0, 4_000);
        let weaker = sine.into_iter().map(move |s| (i32::from(s) * percent / 100) as i16);
        let all: Vec<i16> = weaker.collect();
        (0..200).map(move |n| {
            let mut frame = [0; FRAME];
            frame.copy_from_slice(&all[n * FRAME..(n + 1) * FRAME]);
            Some(frame)
        })
    }

    /// After how many frames it was told that the customer spoke.
    fn spoken_after(
        frames: impl Iterator<Item = Option<Frame>>,
        channels: Channels,
        pauses: bool,
    ) -> Option<usize> {
        let folder = tempfile::tempdir().unwrap();
        let (events, mut told) = mpsc::channel(8);
        let mut recordings = Recordings::start(events, Arc::new(Shared::default())).unwrap();
        recordings.open(RECORDING, folder.path().join("a.wav"), channels);
        recordings.pause(RECORDING, pauses);
        let places = HashMap::from([(CUSTOMER, 0), (AGENT, 1)]);
        let mut after = Vec::new();
        for (n, frame) in frames.enumerate() {
            recordings.tick(&places, &[frame, None]);
            while let Ok(event) = told.try_recv() {
                if event == (MediaEvent::Spoken { recording: RECORDING }) {
                    after.push(n + 1);
                }
            }
        }
        recordings.stop();
        assert!(after.len() <= 1, "it is told once: {after:?}");
        after.first().copied()
    }

    #[test]
    fn whoever_is_heard_for_a_second_in_all_has_spoken() {
        let both = || Channels { customer: vec![CUSTOMER], agents: vec![AGENT] };
        let other_way = Channels { customer: vec![AGENT], agents: vec![CUSTOMER] };
        let silence = || (0..200).map(|_| Some([0; FRAME]));
        let syllables = || tone(100).enumerate().map(|(n, f)| if n % 10 < 5 { f } else { None });
        assert_eq!(spoken_after(tone(100), both(), false), Some(50));
        assert_eq!(spoken_after(tone(100).take(49), both(), false), None, "a frame too few");
        assert_eq!(spoken_after(syllables(), both(), false), Some(95), "half of the time");
        assert_eq!(spoken_after(silence(), both(), false), None);
        assert_eq!(spoken_after((0..200).map(|_| None), both(), false), None, "nothing came");
        assert_eq!(spoken_after(tone(1), both(), false), None, "the noise of a line");
        assert_eq!(spoken_after(tone(100), other_way, false), None, "the agent's side");
        assert_eq!(spoken_after(tone(100), both(), true), None, "what is not recorded");
    }
}
