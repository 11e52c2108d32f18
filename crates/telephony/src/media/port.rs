//! What the sound is told, and what it tells.

use std::{net::SocketAddr, path::PathBuf, sync::Arc, time::Duration};

use domain::{LegId, RecordingId};

use crate::{prompt::Prompt, quality::QualityReport};

/// A law of G.711 by which samples become bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Law {
    /// PCMU, payload type 0.
    Mu,
    /// PCMA, payload type 8.
    A,
}

/// Keys of one direction of SRTP as SDES carries them (RFC 4568): master key and salt.
#[derive(Clone, PartialEq, Eq)]
pub struct SrtpKey {
    /// Master key, 16 bytes, and master salt, 14 bytes, of AES_CM_128_HMAC_SHA1_80 (or _32).
    pub key_and_salt: [u8; 30],
    /// The authentication tag: 80 bits, or 32.
    pub short_tag: bool,
}

impl std::fmt::Debug for SrtpKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SrtpKey(<redacted>)")
    }
}

/// Both directions' keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Srtp {
    /// What we encrypt with.
    pub ours: SrtpKey,
    /// What the other side encrypts with.
    pub theirs: SrtpKey,
}

/// Payload types of telephone events (RFC 4733). Each side says which number it wants to receive, so
/// the two may differ (RFC 3264, section 6.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EventPayload {
    /// What we send them as.
    pub send: u8,
    /// What the far end should send them as. Many send them as what they receive: take both.
    pub receive: u8,
}

/// How to speak with the far end of a leg, as an offer and its answer agreed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Agreed {
    /// Where to send. Symmetric RTP may correct it within a short window.
    pub remote: SocketAddr,
    /// Where RTCP goes: to `remote` itself when both share a port (RFC 5761), otherwise to the port
    /// that the far end named, or the next one.
    pub rtcp: SocketAddr,
    /// What the far end sends and receives.
    pub law: Law,
    /// Telephone events, if agreed.
    pub telephone_event: Option<EventPayload>,
    /// How much sound we put in a packet: 10 to 60 ms.
    pub packet_time: Duration,
    /// The far end wants to hear us.
    pub send: bool,
    /// The far end sends.
    pub receive: bool,
    /// Encryption, on trunks that ask for it.
    pub srtp: Option<Srtp>,
}

/// Something to play to one leg.
#[derive(Clone, Debug)]
pub struct Play {
    /// Named in [`MediaEvent::PlayEnded`].
    pub id: u64,
    /// One after the other.
    pub prompts: Vec<Arc<Prompt>>,
    /// Begins again at the end, until something else is played.
    pub repeat: bool,
    /// The first digit stops it, as menus do.
    pub stop_on_digit: bool,
}

/// What a recording holds: two channels, each the sum of what some legs say.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Channels {
    /// Left: the customer's side.
    pub customer: Vec<LegId>,
    /// Right: the agents' side.
    pub agents: Vec<LegId>,
}

/// What the sound shall do. An order for a leg that is gone changes nothing.
#[derive(Clone, Debug)]
pub enum MediaCommand {
    /// From now on the leg speaks as agreed; again after each renegotiation.
    Agree {
        /// A leg opened by `Media::open_leg`.
        leg: LegId,
        /// How.
        agreed: Agreed,
    },
    /// From now on this leg hears these others, and nobody else.
    Hear {
        /// Who listens.
        leg: LegId,
        /// Whom, in no order.
        others: Vec<LegId>,
    },
    /// What this leg says reaches nobody, and no recording, until it is unmuted.
    Mute {
        /// Who.
        leg: LegId,
        /// Muted.
        on: bool,
    },
    /// Plays to this leg instead of whatever was playing, mixed with whom it hears.
    Play {
        /// To whom.
        leg: LegId,
        /// What.
        play: Play,
    },
    /// Stops what plays to this leg; no `PlayEnded` follows.
    StopPlaying {
        /// To whom.
        leg: LegId,
    },
    /// Sends digits as telephone events, 100 ms each, 60 ms apart.
    SendDigits {
        /// To whom.
        leg: LegId,
        /// `0`-`9`, `*`, `#`, `A`-`D`.
        digits: String,
    },
    /// Begins a recording; the file must not exist.
    Record {
        /// The recording.
        recording: RecordingId,
        /// Where.
        path: PathBuf,
        /// Whom.
        channels: Channels,
    },
    /// Other legs from now on, in the same file.
    SetChannels {
        /// The recording.
        recording: RecordingId,
        /// Whom.
        channels: Channels,
    },
    /// Writes silence while paused, so that the times stay true.
    PauseRecording {
        /// The recording.
        recording: RecordingId,
        /// Paused.
        on: bool,
    },
    /// Ends it; [`MediaEvent::RecordingDone`] follows when the file is whole.
    StopRecording {
        /// The recording.
        recording: RecordingId,
    },
    /// Closes a leg and its socket. A last [`MediaEvent::Quality`] of it follows.
    Close {
        /// Which.
        leg: LegId,
    },
}

/// What the sound tells.
#[derive(Clone, Debug, PartialEq)]
pub enum MediaEvent {
    /// The far end pressed a key; told once, at its beginning.
    Digit {
        /// Where.
        leg: LegId,
        /// `0`-`9`, `*`, `#`, `A`-`D`.
        digit: char,
    },
    /// What was played has ended by itself, or was stopped by a digit.
    PlayEnded {
        /// To whom.
        leg: LegId,
        /// Which.
        id: u64,
    },
    /// Nothing has come from the far end for so long although it should send.
    Silent {
        /// Where.
        leg: LegId,
        /// For how long.
        since: Duration,
    },
    /// And it comes again.
    Heard {
        /// Where.
        leg: LegId,
    },
    /// A browser's connection is up: its sound flows both ways.
    PeerUp {
        /// Which.
        leg: LegId,
    },
    /// A browser's connection is gone: closed, killed or silent. The leg stays until closed, and the
    /// browser may connect anew.
    PeerDown {
        /// Which.
        leg: LegId,
        /// For people.
        why: String,
    },
    /// How a leg sounds: every five seconds, and once at its end.
    Quality {
        /// Which.
        leg: LegId,
        /// Since the leg began.
        report: QualityReport,
        /// No more will follow.
        last: bool,
    },
    /// The customer's side of a recording has been heard for a second in all; told once.
    Spoken {
        /// Which.
        recording: RecordingId,
    },
    /// A recording lost some of its sound, or cannot be written: somebody must look.
    RecordingFault {
        /// Which.
        recording: RecordingId,
        /// For people.
        why: String,
    },
    /// A recording is whole on the disk.
    RecordingDone {
        /// Which.
        recording: RecordingId,
        /// Its length.
        length: Duration,
        /// Size of the file.
        bytes: u64,
        /// BLAKE3 of the file, by which a later change is noticed.
        hash: [u8; 32],
    },
}
