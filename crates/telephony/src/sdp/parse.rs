//! Reading a description.

use std::{borrow::Cow, net::IpAddr};

use super::{Crypto, Direction, Host, Map, Media, Origin, Rtcp, Session};

/// Longest description read, in bytes.
pub const BODY_MAX: usize = 16 * 1024;
/// Most lines of a description.
pub const LINES_MAX: usize = 512;
/// Most streams of a description.
pub const MEDIA_MAX: usize = 16;
/// Most formats of a stream.
const FORMATS_MAX: usize = 128;

/// Why a description cannot be read. Lines count from 1.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SdpError {
    /// Too long to look at.
    #[error("the description has {0} bytes; at most {BODY_MAX} are read")]
    TooLong(usize),
    /// Too many lines.
    #[error("the description has more than {LINES_MAX} lines")]
    TooManyLines,
    /// Too many streams, or formats of one.
    #[error("line {0}: more than {MEDIA_MAX} streams, or more than {FORMATS_MAX} formats")]
    TooManyMedia(usize),
    /// Something else, or nothing.
    #[error("the body is no description: expected its first line to be v=0")]
    NotSdp,
    /// An `m=` line.
    #[error(
        "line {0}: expected m=<kind> <port> <profile> <format>…, such as m=audio 40000 RTP/AVP 8"
    )]
    Media(usize),
    /// A `c=` line.
    #[error("line {0}: expected c=IN IP4 <address> or c=IN IP6 <address>")]
    Connection(usize),
}

impl Session {
    /// Reads a description. Lines that are unknown or make no sense are left behind, except those
    /// without which sound would go to the wrong place: `m=` and `c=`.
    pub fn parse(body: &str) -> Result<Self, SdpError> {
        if body.len() > BODY_MAX {
            return Err(SdpError::TooLong(body.len()));
        }
        let mut session = Self {
            origin: Origin { user: "-".to_owned(), id: 0, version: 0, host: Host::NONE },
            connection: None,
            time: (0, 0),
            direction: None,
            media: Vec::new(),
        };
        // A lone CR ends a line as well: some phones write so.
        let lines = body.split(['\n', '\r']).map(str::trim).filter(|line| !line.is_empty());
        let mut count = 0;
        for (at, line) in lines.enumerate().map(|(at, line)| (at + 1, line)) {
            count = at;
            if at > LINES_MAX {
                return Err(SdpError::TooManyLines);
            }
            if at == 1 {
                if line.replace(' ', "") != "v=0" {
                    return Err(SdpError::NotSdp);
                }
                continue;
            }
            let line = plain(line);
            let Some((kind, value)) = line.split_once('=') else { continue };
            let value = value.trim();
            match kind.trim() {
                "o" => {
                    if let Some(origin) = origin(value) {
                        session.origin = origin;
                    }
                }
                "t" if session.media.is_empty() => {
                    let mut parts = value.split_whitespace().map(number);
                    session.time = (parts.next().unwrap_or(0), parts.next().unwrap_or(0));
                }
                "c" => {
                    let host = connection(value).ok_or(SdpError::Connection(at))?;
                    match session.media.last_mut() {
                        Some(media) => media.connection = Some(host),
                        None => session.connection = Some(host),
                    }
                }
                "m" => {
                    if session.media.len() == MEDIA_MAX {
                        return Err(SdpError::TooManyMedia(at));
                    }
                    session.media.push(media(value, at)?);
                }
                "a" => match session.media.last_mut() {
                    Some(media) => attribute(media, value),
                    None => session.direction = direction(value).or(session.direction),
                },
                _ => {}
            }
        }
        if count == 0 { Err(SdpError::NotSdp) } else { Ok(session) }
    }
}

impl Host {
    /// What a description says that names no machine.
    pub(super) const NONE: Self = Self::Ip(IpAddr::V4(std::net::Ipv4Addr::UNSPECIFIED));

    /// An address with its family, as `o=`, `c=` and `a=rtcp` write them.
    fn parse(net: &str, family: &str, text: &str) -> Option<Self> {
        let known = family.eq_ignore_ascii_case("IP4") || family.eq_ignore_ascii_case("IP6");
        if !net.eq_ignore_ascii_case("IN") || !known {
            return None;
        }
        // A suffix such as /127 is the reach of a multicast.
        let text = text.split('/').next().unwrap_or_default();
        if let Ok(ip) = text.parse() {
            return Some(Self::Ip(ip));
        }
        let fits = !text.is_empty()
            && text.len() <= 253
            && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'.' || b == b'-');
        fits.then(|| Self::Name(text.to_ascii_lowercase()))
    }
}

/// The line without characters that nobody sees: what is kept may be repeated in an answer.
fn plain(line: &str) -> Cow<'_, str> {
    if !line.contains(char::is_control) {
        return Cow::Borrowed(line);
    }
    let seen = line.chars().map(|c| if c == '\t' { ' ' } else { c });
    Cow::Owned(seen.filter(|c| !c.is_control()).collect())
}

/// As many digits as stand at the beginning, as a number; too large is the largest.
fn number(text: &str) -> u64 {
    let end = text.bytes().position(|b| !b.is_ascii_digit()).unwrap_or(text.len());
    match &text[..end] {
        "" => 0,
        digits => digits.parse().unwrap_or(u64::MAX),
    }
}

fn origin(value: &str) -> Option<Origin> {
    let mut parts = value.split_whitespace();
    let user = parts.next()?.to_owned();
    let (id, version) = (number(parts.next()?), number(parts.next()?));
    let host = Host::parse(parts.next()?, parts.next()?, parts.next()?)?;
    Some(Origin { user, id, version, host })
}

fn connection(value: &str) -> Option<Host> {
    let mut parts = value.split_whitespace();
    Host::parse(parts.next()?, parts.next()?, parts.next()?)
}

fn media(value: &str, at: usize) -> Result<Media, SdpError> {
    let mut parts = value.split_whitespace();
    let mut next = || parts.next().ok_or(SdpError::Media(at));
    let kind = next()?.to_ascii_lowercase();
    // `40000/2` is a port and how many follow it, for layered streams; the first is the stream's.
    let port = next()?.split('/').next().unwrap_or_default();
    let port = port.parse().map_err(|_| SdpError::Media(at))?;
    let profile = next()?.to_ascii_uppercase();
    let formats: Vec<String> = parts.take(FORMATS_MAX + 1).map(str::to_owned).collect();
    match formats.len() {
        0 => Err(SdpError::Media(at)),
        len if len > FORMATS_MAX => Err(SdpError::TooManyMedia(at)),
        _ => Ok(Media { kind, port, profile, formats, ..Media::default() }),
    }
}

fn direction(attribute: &str) -> Option<Direction> {
    Some(match attribute.to_ascii_lowercase().as_str() {
        "sendrecv" => Direction::SendRecv,
        "sendonly" => Direction::SendOnly,
        "recvonly" => Direction::RecvOnly,
        "inactive" => Direction::Inactive,
        _ => return None,
    })
}

fn attribute(media: &mut Media, attribute: &str) {
    if let Some(direction) = direction(attribute) {
        media.direction = Some(direction);
        return;
    }
    let (name, value) = attribute.split_once(':').unwrap_or((attribute, ""));
    let value = value.trim();
    match name.trim().to_ascii_lowercase().as_str() {
        "rtpmap" => {
            // A second map of one payload type would make it mean two things; the first holds.
            if let Some(map) = map(value)
                && media.maps.iter().all(|known| known.payload != map.payload)
            {
                media.maps.push(map);
            }
        }
        "fmtp" => {
            if let Some((payload, text)) = value.split_once(char::is_whitespace)
                && let Some(payload) = payload_type(payload)
                && !text.trim().is_empty()
            {
                media.parameters.push((payload, text.trim().to_owned()));
            }
        }
        "ptime" => media.packet_ms = milliseconds(value).or(media.packet_ms),
        "maxptime" => media.packet_ms_max = milliseconds(value).or(media.packet_ms_max),
        "rtcp" => media.rtcp = rtcp(value).or(media.rtcp.take()),
        "rtcp-mux" => media.rtcp_mux = true,
        "crypto" => media.crypto.extend(Crypto::parse(value)),
        _ => {}
    }
}

fn payload_type(text: &str) -> Option<u8> {
    text.trim().parse().ok().filter(|payload| *payload < 128)
}

fn map(value: &str) -> Option<Map> {
    let (payload, meaning) = value.split_once(char::is_whitespace)?;
    let mut parts = meaning.trim().split('/').map(str::trim);
    let encoding = parts.next().filter(|name| !name.is_empty())?.to_owned();
    let rate = parts.next()?.parse().ok()?;
    let channels = parts.next().and_then(|text| text.parse().ok()).unwrap_or(1);
    Some(Map { payload: payload_type(payload)?, encoding, rate, channels })
}

/// Whole milliseconds, above 0; a fraction is cut off.
fn milliseconds(value: &str) -> Option<u32> {
    u32::try_from(number(value)).ok().filter(|ms| *ms > 0)
}

fn rtcp(value: &str) -> Option<Rtcp> {
    let mut parts = value.split_whitespace();
    let port = parts.next()?.parse().ok()?;
    let host = match (parts.next(), parts.next(), parts.next()) {
        (Some(net), Some(family), Some(text)) => Host::parse(net, family, text),
        _ => None,
    };
    Some(Rtcp { port, host })
}
