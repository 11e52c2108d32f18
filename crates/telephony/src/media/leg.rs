//! A leg: what comes from one far end, and what goes to it.

use std::time::{Duration, Instant};

use domain::LegId;

use super::{Law, peer::Peer, player::Player, trunk::Trunk};
use crate::{
    FRAME, g711,
    jitter::{Jitter, Played},
    mix::Frame,
    quality::{Measured, QualityReport},
    rtp::{
        self, Header,
        event::{Event, Keypad, Presses},
        reception::{Place, Reception},
    },
};

/// The longest packet of sound that is taken: 120 ms. What is longer is no telephone.
const SOUND_MAX: usize = 960;

/// How sound comes and goes.
pub enum Wire {
    /// Plain or secured RTP on ports of the leg's own.
    Trunk(Box<Trunk>),
    /// A browser, on the port that all share.
    Peer(Box<Peer>),
}

/// One far end.
pub struct Leg {
    /// Which.
    pub id: LegId,
    /// How it is reached.
    pub wire: Wire,
    /// What comes from it.
    pub ear: Ear,
    /// Digits that go to it.
    pub keypad: Keypad,
    /// What plays to it.
    pub player: Option<Player>,
    /// Whom it hears.
    pub others: Vec<LegId>,
    /// The same, as places in the engine's table.
    pub hears: Vec<usize>,
    /// What it says reaches nobody.
    pub muted: bool,
    /// When something last came from it, or it was first expected.
    pub heard_at: Instant,
    /// It was told as silent.
    pub silent: bool,
}

impl Leg {
    /// Silent, and hearing nobody.
    pub fn new(id: LegId, wire: Wire, now: Instant) -> Self {
        Self {
            id,
            wire,
            ear: Ear::default(),
            keypad: Keypad::default(),
            player: None,
            others: Vec::new(),
            hears: Vec::new(),
            muted: false,
            heard_at: now,
            silent: false,
        }
    }

    /// Whether its far end should be sending now.
    pub fn should_send(&self) -> bool {
        match &self.wire {
            Wire::Trunk(trunk) => trunk.agreed().is_some_and(|agreed| agreed.receive),
            Wire::Peer(peer) => peer.is_up() && peer.is_listened_to(),
        }
    }

    /// What was measured since it began.
    pub fn report(&self) -> QualityReport {
        let (round_trip, remote_loss) = match &self.wire {
            Wire::Trunk(trunk) => (trunk.round_trip, trunk.remote_loss),
            Wire::Peer(peer) => (peer.round_trip, peer.remote_loss),
        };
        self.ear.report(round_trip, remote_loss)
    }
}

/// What comes from a far end: packets in, a frame for each tick and digits out.
#[derive(Default)]
pub struct Ear {
    /// Counts and jitter.
    pub reception: Reception,
    jitter: Jitter,
    presses: Presses,
    played: u64,
    concealed: u64,
}

/// What a packet was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Took {
    /// Sound.
    Sound,
    /// A key was pressed.
    Digit(char),
    /// Something that belongs to the stream but is not heard.
    Other,
    /// Nothing that was agreed.
    Nothing,
}

impl Ear {
    /// Takes a packet of the right source. `events` are the payload types of telephone events;
    /// `arrival` is in samples.
    pub fn take(
        &mut self,
        header: &Header,
        payload: &[u8],
        events: [Option<u8>; 2],
        arrival: u64,
    ) -> Took {
        if events.contains(&Some(header.payload_type)) {
            return self.event(header, payload);
        }
        let law = match header.payload_type {
            rtp::payload::PCMU => Law::Mu,
            rtp::payload::PCMA => Law::A,
            // The far end says that it says nothing: so do we, without its noise (RFC 3389).
            rtp::payload::COMFORT_NOISE => {
                self.reception.count(header.ssrc, header.sequence, None);
                return Took::Other;
            }
            _ => return Took::Nothing,
        };
        if payload.is_empty() || payload.len() > SOUND_MAX {
            return Took::Nothing;
        }
        let clock = Some((header.timestamp, arrival));
        let place = self.reception.count(header.ssrc, header.sequence, clock);
        match place {
            Place::Stray | Place::Again => return Took::Other,
            Place::Restart => self.jitter.reset(),
            Place::Newer | Place::Older => {}
        }
        let mut samples = [0; SOUND_MAX];
        g711::decode(law, payload, &mut samples);
        let newer = place != Place::Older;
        self.jitter.push(header.timestamp, &samples[..payload.len()], newer, header.marker);
        Took::Sound
    }

    fn event(&mut self, header: &Header, payload: &[u8]) -> Took {
        let Some(event) = Event::parse(payload) else { return Took::Nothing };
        match self.reception.count(header.ssrc, header.sequence, None) {
            Place::Stray | Place::Again => return Took::Other,
            Place::Restart => {
                self.jitter.reset();
                self.presses = Presses::default();
            }
            Place::Newer | Place::Older => {}
        }
        self.presses.hear(header.timestamp, event).map_or(Took::Other, Took::Digit)
    }

    /// The frame of this tick; `false` when it is silence because nothing came.
    pub fn frame(&mut self, frame: &mut Frame) -> bool {
        let played = self.jitter.pull(frame);
        match played {
            Played::Whole => self.played += 1,
            Played::Concealed => {
                self.played += 1;
                self.concealed += 1;
            }
            Played::Nothing => {}
        }
        played != Played::Nothing
    }

    /// The far end begins anew, perhaps with another clock.
    pub fn begin(&mut self) {
        self.jitter.reset();
        self.presses = Presses::default();
    }

    fn report(&self, round_trip: Option<Duration>, remote_loss: Option<u8>) -> QualityReport {
        let buffered = Duration::from_micros(u64::from(self.jitter.delay()) * 125);
        Measured {
            received: self.reception.received(),
            lost: self.reception.lost(),
            concealed: self.concealed,
            played: self.played,
            jitter: Duration::from_micros(u64::from(self.reception.jitter()) * 125),
            round_trip,
            remote_loss,
            buffered,
        }
        .report()
    }
}

/// Encodes a frame.
pub fn encoded(law: Law, frame: &Frame) -> [u8; FRAME] {
    let mut bytes = [0; FRAME];
    g711::encode(law, frame, &mut bytes);
    bytes
}
