//! The part of the configuration that telephony reads.

use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    ops::RangeInclusive,
    path::PathBuf,
};

use telephony::sip::Network;

use super::Reading;

/// How the server is reached by telephone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VoiceConfig {
    /// Where SIP is taken as datagrams.
    pub udp: Option<SocketAddr>,
    /// Where SIP is taken over plain connections.
    pub tcp: Option<SocketAddr>,
    /// Where SIP is taken over encrypted connections.
    pub tls: Option<SocketAddr>,
    /// The address that carriers and browsers can reach.
    pub public: IpAddr,
    /// Where sound is received: the address that SIP listens on.
    pub bind: IpAddr,
    /// UDP ports of calls by trunk; `None` takes those that the system gives.
    pub rtp_ports: Option<RangeInclusive<u16>>,
    /// The one UDP port of all browsers; 0 takes one that the system gives.
    pub browser_port: u16,
    /// Certificate chain and key for TLS, both PEM.
    pub tls_files: Option<(PathBuf, PathBuf)>,
    /// Certificates of authorities that are believed besides the machine's own, PEM.
    pub tls_authorities: Option<PathBuf>,
    /// From where desk phones may register.
    pub phone_networks: Vec<Network>,
    /// What carries the sound of browsers that cannot send UDP to us.
    pub relay: Option<Relay>,
}

/// A TURN server that shares a secret with us.
#[derive(Clone, PartialEq, Eq)]
pub struct Relay {
    /// Its addresses as browsers are told: `turn:` and `turns:` (RFC 7065).
    pub urls: Vec<String>,
    /// By which both know who may use it; never sent.
    pub secret: String,
}

impl std::fmt::Debug for Relay {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Relay").field("urls", &self.urls).finish_non_exhaustive()
    }
}

impl VoiceConfig {
    /// SIP over UDP on this machine alone, with ports that the system gives.
    pub fn on_loopback() -> Self {
        let loopback = IpAddr::from(Ipv4Addr::LOCALHOST);
        Self {
            udp: Some(SocketAddr::new(loopback, 0)),
            tcp: None,
            tls: None,
            public: loopback,
            bind: loopback,
            rtp_ports: None,
            browser_port: 0,
            tls_files: None,
            tls_authorities: None,
            phone_networks: Vec::new(),
            relay: None,
        }
    }
}

impl Reading {
    /// Telephony, when `voice.sip` is set.
    pub(super) fn voice(&mut self) -> Option<VoiceConfig> {
        let text = self.text("voice.sip").to_owned();
        let (mut udp, mut tcp, mut tls) = (None, None, None);
        for item in text.split(',').map(str::trim).filter(|item| !item.is_empty()) {
            let parsed = item
                .split_once("://")
                .and_then(|(kind, at)| Some((kind, at.parse::<SocketAddr>().ok()?)));
            let slot = match parsed {
                Some(("udp", _)) => &mut udp,
                Some(("tcp", _)) => &mut tcp,
                Some(("tls", _)) => &mut tls,
                _ => {
                    self.fault(
                        "voice.sip",
                        format!(
                            "`{item}` is not udp://, tcp:// or tls:// and an address with a port"
                        ),
                    );
                    continue;
                }
            };
            if slot.is_some() {
                self.fault("voice.sip", format!("`{item}` is the second address of its kind"));
            }
            *slot = parsed.map(|(_, at)| at);
        }
        let first: SocketAddr = udp.or(tcp).or(tls)?;
        let public = self.public_address(first.ip());
        let rtp_ports = self.rtp_ports();
        let browser_port = self.parsed("voice.browser_port", "a UDP port from 0 to 65535", 0_u16);
        let file =
            |key: &str| Some(PathBuf::from(self.text(key))).filter(|p| !p.as_os_str().is_empty());
        let tls_authorities = file("voice.tls_authorities");
        let tls_files = file("voice.tls_certificate").zip(file("voice.tls_key"));
        if tls.is_some() && tls_files.is_none() {
            let message = "SIP over TLS needs a certificate and its key".to_owned();
            self.fault("voice.tls_certificate", message);
        }
        Some(VoiceConfig {
            udp,
            tcp,
            tls,
            public,
            bind: first.ip(),
            rtp_ports,
            browser_port,
            tls_files,
            tls_authorities,
            phone_networks: self.phone_networks(),
            relay: self.relay(),
        })
    }

    fn relay(&mut self) -> Option<Relay> {
        let text = self.text("voice.turn").to_owned();
        let secret = self.text("voice.turn_secret").to_owned();
        let mut urls = Vec::new();
        for item in text.split(',').map(str::trim).filter(|item| !item.is_empty()) {
            let host = item.strip_prefix("turn:").or_else(|| item.strip_prefix("turns:"));
            let good = host.is_some_and(|host| {
                !host.is_empty()
                    && !host.starts_with('/')
                    && item.chars().all(|c| c.is_ascii_graphic() && c != '"')
            });
            if !good {
                self.fault("voice.turn", format!("`{item}` is not turn: or turns: and a host"));
                continue;
            }
            urls.push(item.to_owned());
        }
        if text.trim().is_empty() != secret.is_empty() {
            let message = "a relay needs both its addresses and the secret it shares".to_owned();
            self.fault("voice.turn_secret", message);
        }
        (!urls.is_empty() && !secret.is_empty()).then_some(Relay { urls, secret })
    }

    fn phone_networks(&mut self) -> Vec<Network> {
        let text = self.text("voice.phone_networks").to_owned();
        let mut networks = Vec::new();
        for item in text.split(',').map(str::trim).filter(|item| !item.is_empty()) {
            match item.parse() {
                Ok(network) => networks.push(network),
                Err(error) => self.fault("voice.phone_networks", format!("{error}")),
            }
        }
        networks
    }

    fn public_address(&mut self, listened: IpAddr) -> IpAddr {
        let text = self.text("voice.public_address").trim().to_owned();
        if text.is_empty() {
            if listened.is_unspecified() {
                let message = format!(
                    "SIP listens on {listened}, which no carrier and no browser can be told"
                );
                self.fault("voice.public_address", message);
            }
            return listened;
        }
        self.parsed("voice.public_address", "an IP address", IpAddr::from(Ipv4Addr::LOCALHOST))
    }

    fn rtp_ports(&mut self) -> Option<RangeInclusive<u16>> {
        let text = self.text("voice.rtp_ports").trim().to_owned();
        if text == "any" {
            return None;
        }
        let range = text
            .split_once('-')
            .and_then(|(first, last)| Some((first.trim().parse().ok()?, last.trim().parse().ok()?)))
            .filter(|(first, last): &(u16, u16)| *first > 0 && last.saturating_sub(*first) >= 3);
        if range.is_none() {
            let message = format!("`{text}` is not a range of at least four UDP ports");
            self.fault("voice.rtp_ports", message);
        }
        range.map(|(first, last)| first..=last)
    }
}

#[cfg(test)]
mod tests {
    use crate::config::Config;

    fn load(flags: &[(&str, &str)]) -> Result<Config, Vec<String>> {
        let flags = flags.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned()));
        Config::load(None, [], flags)
            .map_err(|error| error.0.into_iter().map(|fault| fault.key).collect())
    }

    #[test]
    fn without_an_address_there_is_no_telephony() {
        assert_eq!(load(&[]).unwrap().voice, None);
    }

    #[test]
    fn addresses_are_told_apart_by_their_transport() {
        let sip = "udp://127.0.0.1:5060, tcp://127.0.0.1:5062";
        let voice = load(&[("voice.sip", sip), ("voice.rtp_ports", "any")]).unwrap().voice.unwrap();
        assert_eq!(voice.udp, Some("127.0.0.1:5060".parse().unwrap()));
        assert_eq!(voice.tcp, Some("127.0.0.1:5062".parse().unwrap()));
        assert_eq!((voice.tls, voice.rtp_ports, voice.phone_networks), (None, None, vec![]));
        assert_eq!(voice.public, "127.0.0.1".parse::<std::net::IpAddr>().unwrap());
    }

    #[test]
    fn a_relay_has_addresses_and_a_secret_that_is_never_shown() {
        let flags = [
            ("voice.sip", "udp://127.0.0.1:5060"),
            ("voice.turn", "turn:relay.example.org:3478?transport=tcp, turns:[2001:db8::7]:443"),
            ("voice.turn_secret", "north"),
        ];
        let voice = load(&flags).unwrap().voice.unwrap();
        assert!(!format!("{voice:?}").contains("north"));
        let relay = voice.relay.unwrap();
        let urls = ["turn:relay.example.org:3478?transport=tcp", "turns:[2001:db8::7]:443"];
        assert_eq!((relay.urls, relay.secret), (urls.map(str::to_owned).to_vec(), "north".into()));
        assert_eq!(load(&flags[..2]).unwrap_err(), ["voice.turn_secret"]);
    }

    #[test]
    fn what_cannot_be_used_is_named_at_once() {
        let mut keys = load(&[
            ("voice.sip", "udp://0.0.0.0:5060,tls://0.0.0.0:5061,5060,udp://0.0.0.0:1"),
            ("voice.rtp_ports", "5-6"),
            ("voice.browser_port", "many"),
            ("voice.phone_networks", "10.0.0.0/8, nowhere"),
            ("voice.turn", "turn:relay.example.org:3478, stun:elsewhere, turn://relay, turns:"),
        ])
        .unwrap_err();
        keys.dedup();
        assert_eq!(
            keys,
            [
                "voice.sip",
                "voice.public_address",
                "voice.rtp_ports",
                "voice.browser_port",
                "voice.tls_certificate",
                "voice.phone_networks",
                "voice.turn",
                "voice.turn_secret",
            ]
        );
    }
}
