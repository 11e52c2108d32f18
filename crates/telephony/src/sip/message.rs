//! SIP messages as text: a parser that takes anything and never panics, and a writer.
//!
//! Nothing here knows what a header means. Whoever wants to know reads it with [`Message::get`] or
//! [`Message::values`] and parses it with the types of [`super::uri`].

use std::{borrow::Cow, fmt, str::FromStr};

/// The longest head (start line and headers) that is read, in bytes. Real ones have 0.5 to 3 KiB.
pub const HEAD_MAX: usize = 16 * 1024;

/// The longest body that is read, in bytes.
pub const BODY_MAX: usize = 64 * 1024;

/// The most header lines that are read.
const HEADERS_MAX: usize = 256;

/// A method of SIP.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Method {
    /// Asks for a call, or changes one.
    Invite,
    /// Acknowledges a final response to INVITE.
    Ack,
    /// Ends a call.
    Bye,
    /// Takes an INVITE back.
    Cancel,
    /// Asks what the other side can do; here, whether it lives.
    Options,
    /// Tells where somebody can be reached.
    Register,
    /// Acknowledges a provisional response (RFC 3262).
    Prack,
    /// Changes a call without an INVITE (RFC 3311).
    Update,
    /// Carries something of the application (RFC 6086).
    Info,
    /// Asks to connect elsewhere (RFC 3515).
    Refer,
    /// Tells of an event (RFC 6665).
    Notify,
    /// Any other.
    Other(String),
}

impl Method {
    /// As the wire has it.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Invite => "INVITE",
            Self::Ack => "ACK",
            Self::Bye => "BYE",
            Self::Cancel => "CANCEL",
            Self::Options => "OPTIONS",
            Self::Register => "REGISTER",
            Self::Prack => "PRACK",
            Self::Update => "UPDATE",
            Self::Info => "INFO",
            Self::Refer => "REFER",
            Self::Notify => "NOTIFY",
            Self::Other(name) => name,
        }
    }

    fn parse(text: &str) -> Option<Self> {
        Some(match text {
            "INVITE" => Self::Invite,
            "ACK" => Self::Ack,
            "BYE" => Self::Bye,
            "CANCEL" => Self::Cancel,
            "OPTIONS" => Self::Options,
            "REGISTER" => Self::Register,
            "PRACK" => Self::Prack,
            "UPDATE" => Self::Update,
            "INFO" => Self::Info,
            "REFER" => Self::Refer,
            "NOTIFY" => Self::Notify,
            other
                if (1..=32).contains(&other.len())
                    && other.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._".contains(&b)) =>
            {
                Self::Other(other.to_owned())
            }
            _ => return None,
        })
    }
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The first line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Start {
    /// `INVITE sip:… SIP/2.0`
    Request {
        /// What is asked.
        method: Method,
        /// Of whom.
        uri: String,
    },
    /// `SIP/2.0 200 OK`
    Response {
        /// 100 to 699.
        status: u16,
        /// For people.
        reason: String,
    },
}

/// A request or a response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// The first line.
    pub start: Start,
    /// Headers in their order, names in full.
    pub headers: Vec<(Cow<'static, str>, String)>,
    /// What follows the empty line.
    pub body: Vec<u8>,
}

/// Why bytes are not a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MessageError {
    /// No empty line ends the head.
    #[error("the head does not end")]
    Unfinished,
    /// The first line is neither a request nor a response.
    #[error("the first line is not SIP")]
    Start,
    /// A header line without a colon.
    #[error("a header has no colon")]
    Header,
    /// Larger than is read.
    #[error("the message is too large")]
    TooLarge,
    /// The length given is not a number, or more than there is.
    #[error("Content-Length does not fit")]
    Length,
}

/// Compact forms (RFC 3261 section 20, and the RFCs that added headers) beside names in full.
const NAMES: &[(&str, &str)] = &[
    ("a", "Accept-Contact"),
    ("b", "Referred-By"),
    ("c", "Content-Type"),
    ("e", "Content-Encoding"),
    ("f", "From"),
    ("i", "Call-ID"),
    ("k", "Supported"),
    ("l", "Content-Length"),
    ("m", "Contact"),
    ("o", "Event"),
    ("r", "Refer-To"),
    ("s", "Subject"),
    ("t", "To"),
    ("u", "Allow-Events"),
    ("v", "Via"),
    ("x", "Session-Expires"),
];

fn full_name(name: &str) -> Cow<'static, str> {
    if name.len() == 1
        && let Some((_, full)) = NAMES.iter().find(|(short, _)| short.eq_ignore_ascii_case(name))
    {
        return Cow::Borrowed(full);
    }
    Cow::Owned(name.to_owned())
}

impl Message {
    /// Starts a request.
    pub fn request(method: Method, uri: impl Into<String>) -> Self {
        Self {
            start: Start::Request { method, uri: uri.into() },
            headers: Vec::new(),
            body: Vec::new(),
        }
    }

    /// Reads a datagram. What follows the announced length is ignored (RFC 3261 section 18.3).
    pub fn parse(bytes: &[u8]) -> Result<Self, MessageError> {
        let bytes = skip_newlines(bytes);
        let end = head_end(bytes).ok_or(if bytes.len() > HEAD_MAX {
            MessageError::TooLarge
        } else {
            MessageError::Unfinished
        })?;
        if end > HEAD_MAX {
            return Err(MessageError::TooLarge);
        }
        let mut message = Self::parse_head(&bytes[..end])?;
        let rest = &bytes[end..];
        let length = match message.get("Content-Length") {
            Some(text) => text.trim().parse::<usize>().map_err(|_| MessageError::Length)?,
            None => rest.len(),
        };
        if length > BODY_MAX {
            return Err(MessageError::TooLarge);
        }
        message.body = rest.get(..length).ok_or(MessageError::Length)?.to_vec();
        Ok(message)
    }

    fn parse_head(head: &[u8]) -> Result<Self, MessageError> {
        let head = String::from_utf8_lossy(head);
        let mut lines = head.split('\n').map(|line| line.strip_suffix('\r').unwrap_or(line));
        let start = parse_start(lines.next().unwrap_or("")).ok_or(MessageError::Start)?;
        let mut headers: Vec<(Cow<'static, str>, String)> = Vec::new();
        for line in lines {
            if line.is_empty() {
                continue;
            }
            // A line that begins with white space continues the one above (RFC 3261 section 7.3.1).
            if line.starts_with([' ', '\t']) {
                let (_, value) = headers.last_mut().ok_or(MessageError::Header)?;
                value.push(' ');
                value.push_str(line.trim());
                continue;
            }
            let (name, value) = line.split_once(':').ok_or(MessageError::Header)?;
            let name = name.trim();
            if name.is_empty() || headers.len() >= HEADERS_MAX {
                return Err(MessageError::Header);
            }
            headers.push((full_name(name), value.trim().to_owned()));
        }
        Ok(Self { start, headers, body: Vec::new() })
    }

    /// The first header of this name.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    /// All headers of this name, line by line.
    pub fn lines<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.headers
            .iter()
            .filter(move |(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    /// All values of this name: lines, split at their commas.
    pub fn values<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.lines(name).flat_map(commas)
    }

    /// Whether a list of tokens such as `Supported` has one, whatever its case.
    pub fn lists(&self, name: &str, token: &str) -> bool {
        self.values(name).any(|value| value.eq_ignore_ascii_case(token))
    }

    /// Adds a header at the end.
    pub fn push(&mut self, name: &'static str, value: impl Into<String>) {
        self.headers.push((Cow::Borrowed(name), value.into()));
    }

    /// Adds a header at the end and gives the message on.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.push(name, value);
        self
    }

    /// Puts one header in the place of all of that name.
    pub fn set(&mut self, name: &'static str, value: impl Into<String>) {
        let place = self.headers.iter().position(|(known, _)| known.eq_ignore_ascii_case(name));
        match place {
            Some(place) => {
                self.headers[place].1 = value.into();
                let mut at = 0;
                self.headers.retain(|(known, _)| {
                    at += 1;
                    at - 1 == place || !known.eq_ignore_ascii_case(name)
                });
            }
            None => self.push(name, value),
        }
    }

    /// Takes all headers of that name away.
    pub fn remove(&mut self, name: &str) {
        self.headers.retain(|(known, _)| !known.eq_ignore_ascii_case(name));
    }

    /// Sets the body with its type.
    pub fn set_body(&mut self, kind: &str, body: &str) {
        self.set("Content-Type", kind);
        self.body = body.as_bytes().to_vec();
    }

    /// The method of a request.
    pub fn method(&self) -> Option<&Method> {
        match &self.start {
            Start::Request { method, .. } => Some(method),
            Start::Response { .. } => None,
        }
    }

    /// The status of a response.
    pub fn status(&self) -> Option<u16> {
        match &self.start {
            Start::Request { .. } => None,
            Start::Response { status, .. } => Some(*status),
        }
    }

    /// Number and method of `CSeq`.
    pub fn cseq(&self) -> Option<(u32, Method)> {
        let (number, method) = self.get("CSeq")?.split_once([' ', '\t'])?;
        // Numbers must stay below 2^31 (RFC 3261 section 8.1.1.5).
        let number = number.parse().ok().filter(|n| *n < 1 << 31)?;
        Some((number, Method::parse(method.trim())?))
    }

    /// The session description in the body, also from within several parts (SIP-I carriers send one
    /// beside an ISUP part). `None` without one.
    pub fn sdp(&self) -> Option<String> {
        if self.body.is_empty() {
            return None;
        }
        let kind = self.get("Content-Type")?;
        let base = kind.split(';').next()?.trim();
        if base.eq_ignore_ascii_case("application/sdp") {
            return Some(String::from_utf8_lossy(&self.body).into_owned());
        }
        if !base.to_ascii_lowercase().starts_with("multipart/") {
            return None;
        }
        let boundary = kind.split(';').find_map(|part| {
            let (name, value) = part.split_once('=')?;
            name.trim().eq_ignore_ascii_case("boundary").then(|| value.trim().trim_matches('"'))
        })?;
        if boundary.is_empty() {
            return None;
        }
        let text = String::from_utf8_lossy(&self.body);
        text.split(&format!("--{boundary}")).find_map(|part| {
            let (head, body) = part.split_once("\r\n\r\n").or_else(|| part.split_once("\n\n"))?;
            head.to_ascii_lowercase().contains("application/sdp").then(|| body.to_owned())
        })
    }

    /// As bytes for the wire.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut head = match &self.start {
            Start::Request { method, uri } => format!("{method} {uri} SIP/2.0\r\n"),
            Start::Response { status, reason } => format!("SIP/2.0 {status} {reason}\r\n"),
        };
        for (name, value) in &self.headers {
            if !name.eq_ignore_ascii_case("Content-Length") {
                head.push_str(name);
                head.push_str(": ");
                // What came from a far end may not begin a line of its own.
                head.extend(value.chars().map(|c| if c.is_control() { ' ' } else { c }));
                head.push_str("\r\n");
            }
        }
        head.push_str(&format!("Content-Length: {}\r\n\r\n", self.body.len()));
        let mut bytes = head.into_bytes();
        bytes.extend_from_slice(&self.body);
        bytes
    }
}

impl FromStr for Message {
    type Err = MessageError;

    fn from_str(text: &str) -> Result<Self, MessageError> {
        Self::parse(text.as_bytes())
    }
}

fn parse_start(line: &str) -> Option<Start> {
    if let Some(rest) = line.strip_prefix("SIP/2.0 ") {
        let (status, reason) = rest.split_once(' ').unwrap_or((rest, ""));
        let status = status.parse().ok().filter(|s| (100..700).contains(s))?;
        return Some(Start::Response { status, reason: reason.to_owned() });
    }
    let mut words = line.split(' ');
    let method = Method::parse(words.next()?)?;
    let uri = words.next().filter(|uri| !uri.is_empty())?.to_owned();
    (words.next()? == "SIP/2.0" && words.next().is_none()).then_some(Start::Request { method, uri })
}

/// Splits at commas that stand neither in quotes nor in angle brackets.
pub fn commas(text: &str) -> impl Iterator<Item = &str> {
    split_outside(text, ',')
}

/// Splits at a sign that stands neither in quotes nor in angle brackets; empty pieces are left out.
pub fn split_outside(text: &str, at: char) -> impl Iterator<Item = &str> {
    let (mut quoted, mut escaped, mut angle) = (false, false, false);
    text.split(move |c: char| {
        if escaped {
            escaped = false;
            return false;
        }
        match c {
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            '<' if !quoted => angle = true,
            '>' if !quoted => angle = false,
            c if c == at && !quoted && !angle => return true,
            _ => {}
        }
        false
    })
    .map(str::trim)
    .filter(|piece| !piece.is_empty())
}

fn skip_newlines(bytes: &[u8]) -> &[u8] {
    let start = bytes.iter().position(|b| !b"\r\n".contains(b)).unwrap_or(bytes.len());
    &bytes[start..]
}

/// Where the body begins: behind the first empty line.
fn head_end(bytes: &[u8]) -> Option<usize> {
    let mut at = 0;
    while let Some(length) = bytes[at..].iter().take(HEAD_MAX).position(|b| *b == b'\n') {
        let line = &bytes[at..at + length];
        at += length + 1;
        if line.is_empty() || line == b"\r" {
            return Some(at);
        }
        if at > HEAD_MAX {
            return None;
        }
    }
    None
}

/// Cuts a stream of bytes into messages (RFC 3261 section 18.3).
#[derive(Debug, Default)]
pub struct Framer {
    bytes: Vec<u8>,
}

/// What a stream had next.
#[derive(Debug, PartialEq, Eq)]
pub enum Framed {
    /// A message.
    Message(Message),
    /// Two empty lines: the far end wants to know whether the connection lives, and gets one back
    /// (RFC 5626 section 4.4.1).
    Ping,
    /// Not enough yet.
    More,
}

impl Framer {
    /// Takes what was read.
    pub fn push(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    /// Whether part of a message is waiting for its rest.
    pub fn is_partial(&self) -> bool {
        !self.bytes.is_empty()
    }

    /// The next message.
    ///
    /// # Errors
    /// When the stream is not SIP, or a message has no length or too much of it: the connection
    /// cannot be used any more, since nobody knows where the next message begins.
    pub fn take(&mut self) -> Result<Framed, MessageError> {
        if self.bytes.starts_with(b"\r\n\r\n") {
            self.bytes.drain(..4);
            return Ok(Framed::Ping);
        }
        if self.bytes == b"\r" || self.bytes == b"\r\n" || self.bytes == b"\r\n\r" {
            return Ok(Framed::More);
        }
        let blank = self.bytes.len() - skip_newlines(&self.bytes).len();
        self.bytes.drain(..blank);
        let Some(end) = head_end(&self.bytes) else {
            let oversized = self.bytes.len() > HEAD_MAX;
            return if oversized { Err(MessageError::TooLarge) } else { Ok(Framed::More) };
        };
        let mut message = Message::parse_head(&self.bytes[..end])?;
        let length = message
            .get("Content-Length")
            .and_then(|text| text.trim().parse::<usize>().ok())
            .ok_or(MessageError::Length)?;
        if length > BODY_MAX {
            return Err(MessageError::TooLarge);
        }
        if self.bytes.len() < end + length {
            return Ok(Framed::More);
        }
        message.body = self.bytes[end..end + length].to_vec();
        self.bytes.drain(..end + length);
        Ok(Framed::Message(message))
    }
}

/// The reason phrase for a status, for people who read traces.
pub fn reason_of(status: u16) -> &'static str {
    match status {
        100 => "Trying",
        180 => "Ringing",
        183 => "Session Progress",
        200 => "OK",
        202 => "Accepted",
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        407 => "Proxy Authentication Required",
        408 => "Request Timeout",
        415 => "Unsupported Media Type",
        420 => "Bad Extension",
        422 => "Session Interval Too Small",
        423 => "Interval Too Brief",
        480 => "Temporarily Unavailable",
        481 => "Call/Transaction Does Not Exist",
        482 => "Loop Detected",
        486 => "Busy Here",
        487 => "Request Terminated",
        488 => "Not Acceptable Here",
        489 => "Bad Event",
        491 => "Request Pending",
        500 => "Server Internal Error",
        501 => "Not Implemented",
        503 => "Service Unavailable",
        504 => "Server Time-out",
        600 => "Busy Everywhere",
        603 => "Decline",
        604 => "Does Not Exist Anywhere",
        _ => match status / 100 {
            1 => "Progress",
            2 => "OK",
            3 => "Moved",
            4 => "Refused",
            5 => "Failed",
            _ => "Refused Everywhere",
        },
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const INVITE: &str = "INVITE sip:+33123456789@198.51.100.7 SIP/2.0\r\n\
        v: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK1\r\n\
        Via: SIP/2.0/TCP 192.0.2.2, SIP/2.0/UDP 192.0.2.3\r\n\
        f: \"A, B\" <sip:a@x>;tag=1\r\n\
        To: <sip:b@y>\r\n\
        i: 1@x\r\n\
        CSeq: 7 INVITE\r\n\
        Subject: a\r\n  folded line\r\n\
        c: application/sdp\r\n\
        l: 5\r\n\r\nv=0\r\nand more";

    #[test]
    fn compact_names_folded_lines_and_lists_are_read() {
        let message: Message = INVITE.parse().unwrap();
        assert_eq!(message.method(), Some(&Method::Invite));
        assert_eq!(message.get("from"), Some("\"A, B\" <sip:a@x>;tag=1"));
        assert_eq!(message.values("From").count(), 1);
        assert_eq!(message.values("Via").count(), 3);
        assert_eq!(message.get("Subject"), Some("a folded line"));
        assert_eq!(message.cseq(), Some((7, Method::Invite)));
        assert_eq!(message.sdp().as_deref(), Some("v=0\r\n"));
    }

    #[test]
    fn the_description_is_found_among_other_parts() {
        let mut message: Message = INVITE.parse().unwrap();
        message.set("Content-Type", "multipart/mixed;boundary=\"b1\"");
        message.body = b"--b1\r\nContent-Type: application/isup\r\n\r\n\x01\xff\r\n--b1\r\n\
            Content-Type: application/sdp\r\n\r\nv=0\r\n--b1--\r\n"
            .to_vec();
        assert_eq!(message.sdp().as_deref(), Some("v=0\r\n"));
    }

    #[test]
    fn what_is_not_sip_is_refused_with_its_reason() {
        for (text, error) in [
            ("", MessageError::Unfinished),
            ("GET / HTTP/1.1\r\n\r\n", MessageError::Start),
            ("INVITE sip:a SIP/2.0 x\r\n\r\n", MessageError::Start),
            ("SIP/2.0 99 Low\r\n\r\n", MessageError::Start),
            ("OPTIONS sip:a SIP/2.0\r\nnonsense\r\n\r\n", MessageError::Header),
            ("OPTIONS sip:a SIP/2.0\r\n first\r\n\r\n", MessageError::Header),
            ("OPTIONS sip:a SIP/2.0\r\nl: -1\r\n\r\n", MessageError::Length),
            ("OPTIONS sip:a SIP/2.0\r\nl: 9\r\n\r\nshort", MessageError::Length),
            ("OPTIONS sip:a SIP/2.0\r\nl: 99999999\r\n\r\n", MessageError::TooLarge),
        ] {
            assert_eq!(text.parse::<Message>(), Err(error), "{text:?}");
        }
    }

    #[test]
    fn a_header_cannot_smuggle_in_another() {
        let message =
            Message::request(Method::Options, "sip:a").with("Subject", "x\r\nRoute: <sip:evil>");
        let read = Message::parse(&message.to_bytes()).unwrap();
        assert_eq!(read.get("Route"), None);
    }

    #[test]
    fn a_stream_is_cut_wherever_it_was_split() {
        let one = Message::parse(INVITE.as_bytes()).unwrap().to_bytes();
        let mut stream = b"\r\n\r\n".to_vec();
        stream.extend(&one);
        stream.extend(b"\r\n");
        stream.extend(&one);
        for size in [1, 7, 1000] {
            let mut framer = Framer::default();
            let (mut messages, mut pings) = (0, 0);
            for piece in stream.chunks(size) {
                framer.push(piece);
                loop {
                    match framer.take().unwrap() {
                        Framed::Message(message) => {
                            assert_eq!(message.to_bytes(), one);
                            messages += 1;
                        }
                        Framed::Ping => pings += 1,
                        Framed::More => break,
                    }
                }
            }
            assert_eq!((messages, pings), (2, 1), "in pieces of {size}");
        }
    }

    #[test]
    fn a_stream_without_lengths_or_ends_is_given_up() {
        let mut framer = Framer::default();
        framer.push(b"OPTIONS sip:a SIP/2.0\r\nCSeq: 1 OPTIONS\r\n\r\n");
        assert_eq!(framer.take(), Err(MessageError::Length));
        let mut framer = Framer::default();
        framer.push(&[b'a'; HEAD_MAX + 1]);
        assert_eq!(framer.take(), Err(MessageError::TooLarge));
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_without_harm(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
            let _ = Message::parse(&bytes);
            let mut framer = Framer::default();
            framer.push(&bytes);
            while matches!(framer.take(), Ok(Framed::Message(_) | Framed::Ping)) {}
        }

        #[test]
        fn what_is_written_is_read_again(cut in 0usize..700, byte in any::<u8>()) {
            let mut bytes = INVITE.as_bytes().to_vec();
            if let Some(place) = bytes.get_mut(cut) {
                *place = byte;
            }
            if let Ok(message) = Message::parse(&bytes) {
                let again = Message::parse(&message.to_bytes()).unwrap();
                prop_assert_eq!(again.start, message.start);
                prop_assert_eq!(again.body, message.body);
            }
        }
    }
}
