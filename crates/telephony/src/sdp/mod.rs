//! Descriptions of sound as SIP carries them (RFC 8866), and their offer and answer (RFC 3264).
//!
//! [`Session::parse`] reads what trunks and phones send: in any order, with lines of any ending, with
//! attributes that it does not know and leaves behind. It never panics, and everything that it keeps
//! has a limit. [`Negotiation`] is the type to read first: what one leg offered, answered and agreed.

mod crypto;
mod negotiation;
mod parse;
mod write;

#[cfg(test)]
mod tests;

use std::net::IpAddr;

pub use crypto::{Crypto, Lifetime, Mki};
pub use negotiation::{Encryption, Local, Negotiation, Reason, Refusal};
pub use parse::{BODY_MAX, LINES_MAX, MEDIA_MAX, SdpError};

/// A whole description: who describes, and a list of streams.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// Who made it, in which version.
    pub origin: Origin,
    /// Where sound goes for streams that name no address of their own.
    pub connection: Option<Host>,
    /// Start and stop of the `t=` line, `(0, 0)` for calls; an answer repeats the offer's.
    pub time: (u64, u64),
    /// Direction for streams that name none.
    pub direction: Option<Direction>,
    /// The streams, whose order is part of every agreement.
    pub media: Vec<Media>,
}

/// The `o=` line. Numbers that are none, or too large, are read as the nearest that can be kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// `-` where nobody is named.
    pub user: String,
    /// The description's id.
    pub id: u64,
    /// Rises with each change of the description, and only then (RFC 3264, section 8).
    pub version: u64,
    /// The machine it was made on.
    pub host: Host,
}

/// An address as a description names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Host {
    /// An address.
    Ip(IpAddr),
    /// A name, kept but not looked up.
    Name(String),
}

/// One `m=` line with what belongs to it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Media {
    /// `audio`, `video`, `image`, …
    pub kind: String,
    /// Where it is received; 0 for a stream that is refused or over.
    pub port: u16,
    /// `RTP/AVP`, `RTP/SAVP`, …
    pub profile: String,
    /// Payload types, or whatever the profile calls formats; the sender's favourite first.
    pub formats: Vec<String>,
    /// Where it is received, if not where the session says.
    pub connection: Option<Host>,
    /// What payload types mean. Those below 35 may go without (RFC 3551).
    pub maps: Vec<Map>,
    /// Parameters of payload types, as written: `0-16`.
    pub parameters: Vec<(u8, String)>,
    /// Milliseconds of sound wished in a packet.
    pub packet_ms: Option<u32>,
    /// Milliseconds of sound borne in a packet.
    pub packet_ms_max: Option<u32>,
    /// Which way it flows, seen from who describes.
    pub direction: Option<Direction>,
    /// Where RTCP is received, if not on the next port (RFC 3605).
    pub rtcp: Option<Rtcp>,
    /// RTP and RTCP may share one port (RFC 5761).
    pub rtcp_mux: bool,
    /// Keys offered or chosen (RFC 4568), the favourite first.
    pub crypto: Vec<Crypto>,
}

/// An `a=rtpmap`: what a payload type means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Map {
    /// The payload type, 0 to 127.
    pub payload: u8,
    /// `PCMU`, `telephone-event`, …
    pub encoding: String,
    /// Samples in a second.
    pub rate: u32,
    /// Channels, 1 where none are named.
    pub channels: u8,
}

/// An `a=rtcp` (RFC 3605).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rtcp {
    /// Port.
    pub port: u16,
    /// Address, if another than the stream's.
    pub host: Option<Host>,
}

/// Which way a stream flows, seen from who describes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// Both ways.
    SendRecv,
    /// Only from who describes.
    SendOnly,
    /// Only to who describes.
    RecvOnly,
    /// Neither way.
    Inactive,
}

impl Direction {
    /// The direction in which one sends and receives so.
    pub fn of(sends: bool, receives: bool) -> Self {
        match (sends, receives) {
            (true, true) => Self::SendRecv,
            (true, false) => Self::SendOnly,
            (false, true) => Self::RecvOnly,
            (false, false) => Self::Inactive,
        }
    }

    /// Who describes sends.
    pub fn sends(self) -> bool {
        matches!(self, Self::SendRecv | Self::SendOnly)
    }

    /// Who describes receives.
    pub fn receives(self) -> bool {
        matches!(self, Self::SendRecv | Self::RecvOnly)
    }
}

impl Media {
    /// The address of this stream, its own or the session's.
    pub fn host<'a>(&'a self, session: &'a Session) -> Option<&'a Host> {
        self.connection.as_ref().or(session.connection.as_ref())
    }

    /// The direction of this stream, its own or the session's; both ways where neither says.
    pub fn flows(&self, session: &Session) -> Direction {
        self.direction.or(session.direction).unwrap_or(Direction::SendRecv)
    }

    /// Whether payload type `payload` is offered and means this, at 8,000 samples a second.
    fn means(&self, payload: u8, encoding: &str) -> bool {
        match self.maps.iter().find(|map| map.payload == payload) {
            Some(map) => map.rate == crate::RATE && map.encoding.eq_ignore_ascii_case(encoding),
            // RFC 3551, section 6: types that need no map.
            None => matches!((payload, encoding), (0, "PCMU") | (8, "PCMA")),
        }
    }

    /// The payload types of the `m=` line, in its order.
    fn payloads(&self) -> impl Iterator<Item = u8> + '_ {
        self.formats
            .iter()
            .filter_map(|format| format.parse().ok())
            .filter(|payload| *payload < 128)
    }

    /// The payload type of telephone events of 8,000 a second (RFC 4733).
    pub fn telephone_event(&self) -> Option<u8> {
        self.payloads().find(|payload| self.means(*payload, "telephone-event"))
    }

    /// The same stream, refused: what an answer says of it (RFC 3264, section 6).
    fn refused(&self) -> Self {
        Self {
            kind: self.kind.clone(),
            port: 0,
            profile: self.profile.clone(),
            formats: self.formats.clone(),
            ..Self::default()
        }
    }
}
