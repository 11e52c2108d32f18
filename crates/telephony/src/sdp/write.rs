//! Writing a description.

use std::{
    fmt::{self, Display, Write as _},
    net::IpAddr,
};

use super::{Direction, Host, Media, Session};

impl Session {
    /// The description as a body, lines ended by CR LF.
    pub fn write(&self) -> String {
        let mut out = String::with_capacity(512);
        let origin = &self.origin;
        line(&mut out, "v=0");
        line(
            &mut out,
            format_args!("o={} {} {} {}", origin.user, origin.id, origin.version, origin.host),
        );
        line(&mut out, "s=-");
        if let Some(host) = &self.connection {
            line(&mut out, format_args!("c={host}"));
        }
        line(&mut out, format_args!("t={} {}", self.time.0, self.time.1));
        if let Some(direction) = self.direction {
            line(&mut out, format_args!("a={direction}"));
        }
        for media in &self.media {
            media.write(&mut out);
        }
        out
    }
}

impl Media {
    fn write(&self, out: &mut String) {
        let formats = self.formats.join(" ");
        line(out, format_args!("m={} {} {} {formats}", self.kind, self.port, self.profile));
        if let Some(host) = &self.connection {
            line(out, format_args!("c={host}"));
        }
        for map in &self.maps {
            let channels = match map.channels {
                1 => String::new(),
                channels => format!("/{channels}"),
            };
            let (payload, encoding, rate) = (map.payload, &map.encoding, map.rate);
            line(out, format_args!("a=rtpmap:{payload} {encoding}/{rate}{channels}"));
        }
        for (payload, text) in &self.parameters {
            line(out, format_args!("a=fmtp:{payload} {text}"));
        }
        if let Some(ms) = self.packet_ms {
            line(out, format_args!("a=ptime:{ms}"));
        }
        if let Some(ms) = self.packet_ms_max {
            line(out, format_args!("a=maxptime:{ms}"));
        }
        for crypto in &self.crypto {
            line(out, format_args!("a=crypto:{}", crypto.write()));
        }
        if let Some(rtcp) = &self.rtcp {
            match &rtcp.host {
                Some(host) => line(out, format_args!("a=rtcp:{} {host}", rtcp.port)),
                None => line(out, format_args!("a=rtcp:{}", rtcp.port)),
            }
        }
        if self.rtcp_mux {
            line(out, "a=rtcp-mux");
        }
        if let Some(direction) = self.direction {
            line(out, format_args!("a={direction}"));
        }
    }
}

/// One line. Whatever is in it, it stays one line: what we repeat from an offer may not add others.
fn line(out: &mut String, text: impl Display) {
    let start = out.len();
    write!(out, "{text}").expect("a string takes whatever is written to it");
    if out[start..].contains(char::is_control) {
        let clean = out[start..].replace(char::is_control, "");
        out.truncate(start);
        out.push_str(&clean);
    }
    out.push_str("\r\n");
}

impl Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ip(IpAddr::V4(ip)) => write!(f, "IN IP4 {ip}"),
            Self::Ip(IpAddr::V6(ip)) => write!(f, "IN IP6 {ip}"),
            Self::Name(name) => write!(f, "IN IP4 {name}"),
        }
    }
}

impl Display for Direction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::SendRecv => "sendrecv",
            Self::SendOnly => "sendonly",
            Self::RecvOnly => "recvonly",
            Self::Inactive => "inactive",
        })
    }
}
