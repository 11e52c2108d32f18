//! What SIP must be told before it can speak: addresses, trunks, desk phones, limits.

use std::{
    net::{IpAddr, SocketAddr},
    path::PathBuf,
    str::FromStr,
    time::Duration,
};

use domain::TrunkId;

use super::{number::NumberRule, port::Transport};

/// How to start [`super::Sip`].
#[derive(Clone, Debug)]
pub struct SipConfig {
    /// Where datagrams are taken; port 0 takes a free one.
    pub udp: Option<SocketAddr>,
    /// Where plain connections are taken.
    pub tcp: Option<SocketAddr>,
    /// Where encrypted connections are taken; needs [`SipConfig::tls_files`].
    pub tls: Option<SocketAddr>,
    /// The address that far ends can reach, written into Via and Contact. Needed when a listening
    /// address is unspecified (`0.0.0.0`).
    pub public: Option<IpAddr>,
    /// Certificate chain and key for TLS, both PEM.
    pub tls_files: Option<TlsFiles>,
    /// Certificates of authorities that are believed besides the machine's own, PEM: for carriers
    /// with one of their own making.
    pub tls_authorities: Option<PathBuf>,
    /// Written into User-Agent and Server; tells the world what is running here.
    pub user_agent: String,
    /// Carriers, in no order.
    pub trunks: Vec<Trunk>,
    /// Desk phones that may register.
    pub phones: Vec<Phone>,
    /// Networks that desk phones register from. From elsewhere a REGISTER is dropped unread.
    pub phone_networks: Vec<Network>,
    /// Whether phones are offered SHA-256 besides MD5 (RFC 8760). Many fail to register as soon as they
    /// see it, baresip 1.0 among them, so that it is off unless all phones are known to take it. A
    /// phone with an HA1 by MD5 alone keeps MD5 for all.
    pub phones_sha256: bool,
    /// The realm that phones are challenged with; a stored HA1 holds for one realm.
    pub realm: String,
    /// Limits and deadlines.
    pub limits: Limits,
}

impl SipConfig {
    /// Listens nowhere, knows nobody.
    pub fn new(user_agent: impl Into<String>) -> Self {
        Self {
            udp: None,
            tcp: None,
            tls: None,
            public: None,
            tls_files: None,
            tls_authorities: None,
            user_agent: user_agent.into(),
            trunks: Vec::new(),
            phones: Vec::new(),
            phone_networks: Vec::new(),
            phones_sha256: false,
            realm: "permanence".into(),
            limits: Limits::default(),
        }
    }
}

/// A certificate and its key.
#[derive(Clone, Debug)]
pub struct TlsFiles {
    /// PEM, the leaf first.
    pub chain: PathBuf,
    /// PEM.
    pub key: PathBuf,
}

/// Limits, and what happens at each.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Legs at once; above it a call is refused with 503.
    pub legs_max: usize,
    /// Transactions at once; above it requests are dropped, and come again by retransmission.
    pub transactions_max: usize,
    /// Messages that one trunk address may send in a second; above it they are dropped.
    pub trunk_messages_per_second: u32,
    /// The same for any one address that desk phones use.
    pub phone_messages_per_second: u32,
    /// Connections at once over TCP and TLS; above it new ones are closed.
    pub connections_max: usize,
    /// How long a call may stay without `Ring`, `Accept` or `Reject`; then it is refused with 480.
    pub undecided_max: Duration,
    /// How long a call may ring, in or out; then 480 or CANCEL. Carriers give up at about 3 min.
    pub ringing_max: Duration,
    /// How long a trunk may stay silent on an INVITE before the next trunk is tried.
    pub silence_max: Duration,
    /// How long an [`super::SipEvent::Offer`] or `Refer` may stay unanswered; then it is refused.
    pub answer_max: Duration,
    /// The session interval that we ask for (RFC 4028).
    pub session_interval: Duration,
    /// The shortest session interval that we take; 90 s is the least that RFC 4028 allows.
    pub session_interval_min: Duration,
    /// How long a phone's registration is granted at most.
    pub registration_max: Duration,
    /// T1 of RFC 3261: the estimate of a round trip that all timers of transactions grow from.
    pub t1: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            legs_max: 2_000,
            transactions_max: 20_000,
            trunk_messages_per_second: 2_000,
            phone_messages_per_second: 40,
            connections_max: 500,
            undecided_max: Duration::from_secs(10),
            ringing_max: Duration::from_secs(180),
            silence_max: Duration::from_secs(4),
            answer_max: Duration::from_secs(8),
            session_interval: Duration::from_secs(1_800),
            session_interval_min: Duration::from_secs(90),
            registration_max: Duration::from_secs(300),
            t1: Duration::from_millis(500),
        }
    }
}

/// One way in and out of a carrier's network.
#[derive(Clone, Debug, PartialEq)]
pub struct Trunk {
    /// Which.
    pub id: TrunkId,
    /// For people.
    pub name: String,
    /// Where calls out go, in order; empty when calls only come in.
    pub proxies: Vec<Proxy>,
    /// From where calls come in, besides the addresses of the proxies.
    pub networks: Vec<Network>,
    /// Host in our From and To addresses; the first proxy's when `None`.
    pub domain: Option<String>,
    /// What challenges are answered with.
    pub credentials: Option<Credentials>,
    /// Registers with the first proxy, for carriers that call where they were told to.
    pub registration: Option<Registration>,
    /// How often OPTIONS asks whether the carrier lives; `None` does not ask.
    pub qualify: Option<Duration>,
    /// Whether P-Asserted-Identity, Diversion and History-Info are believed, and our caller's number
    /// is given in P-Asserted-Identity (RFC 3325: only within a trust domain).
    pub trusted: bool,
    /// Calls out by it are offered encrypted, and by no other offer.
    pub encrypted: bool,
    /// Where this carrier writes the dialled number.
    pub dialled: Dialled,
    /// How this carrier writes numbers.
    pub numbers: NumberRule,
    /// Calls at once, in and out; above it 503.
    pub calls_max: usize,
    /// New calls in a second from the carrier; above it 503 with Retry-After.
    pub calls_per_second: u32,
}

impl Trunk {
    /// A trunk that is known by address, with no limits but the usual ones.
    pub fn new(id: TrunkId, name: impl Into<String>) -> Self {
        Self {
            id,
            name: name.into(),
            proxies: Vec::new(),
            networks: Vec::new(),
            domain: None,
            credentials: None,
            registration: None,
            qualify: None,
            trusted: false,
            encrypted: false,
            dialled: Dialled::RequestUri,
            numbers: NumberRule::default(),
            calls_max: 500,
            calls_per_second: 50,
        }
    }
}

/// Where a trunk is reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proxy {
    /// Name or address.
    pub host: String,
    /// Port; 5060, or 5061 for TLS, when `None`.
    pub port: Option<u16>,
    /// How.
    pub transport: Transport,
}

/// Name and password at a carrier.
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    /// Name.
    pub user: String,
    /// Password.
    pub password: String,
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Credentials({}, <redacted>)", self.user)
    }
}

/// What we register at a carrier.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Registration {
    /// User part of the address of record.
    pub user: String,
    /// How long it should hold; the carrier may shorten it.
    pub expires: Duration,
}

/// Where the dialled number stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Dialled {
    /// In the request URI, as RFC 3261 has it.
    #[default]
    RequestUri,
    /// In To: carriers that call a registered contact put the contact into the request URI.
    To,
}

/// A desk phone that may register.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Phone {
    /// The name it registers with.
    pub name: String,
    /// How it proves it.
    pub secret: PhoneSecret,
}

/// What a phone proves itself with.
#[derive(Clone, PartialEq, Eq)]
pub enum PhoneSecret {
    /// The password itself.
    Password(String),
    /// H(name:realm:password) in hexadecimal (RFC 7616), so that no password is kept.
    Ha1 {
        /// By MD5, which most phones still use.
        md5: String,
        /// By SHA-256; a phone is offered it only when it is there.
        sha256: Option<String>,
    },
}

impl std::fmt::Debug for PhoneSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PhoneSecret(<redacted>)")
    }
}

/// A range of addresses: `192.0.2.0/24`, `2001:db8::/32`, or one address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network {
    address: IpAddr,
    bits: u8,
}

/// A text that should have been a network.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a range of addresses: expected one such as 192.0.2.0/24 or 2001:db8::1")]
pub struct NetworkError(String);

impl Network {
    /// Whether an address lies within. An IPv4 address is known as such also when a dual-stack socket
    /// wrote it as IPv6.
    pub fn contains(&self, address: IpAddr) -> bool {
        match (self.address, address.to_canonical()) {
            (IpAddr::V4(net), IpAddr::V4(address)) => {
                let shift = 32 - u32::from(self.bits);
                u32::from(net).checked_shr(shift) == u32::from(address).checked_shr(shift)
            }
            (IpAddr::V6(net), IpAddr::V6(address)) => {
                let shift = 128 - u32::from(self.bits);
                u128::from(net).checked_shr(shift) == u128::from(address).checked_shr(shift)
            }
            _ => false,
        }
    }
}

impl From<IpAddr> for Network {
    fn from(address: IpAddr) -> Self {
        let address = address.to_canonical();
        Self { address, bits: if address.is_ipv4() { 32 } else { 128 } }
    }
}

impl FromStr for Network {
    type Err = NetworkError;

    fn from_str(text: &str) -> Result<Self, NetworkError> {
        let error = || NetworkError(text.chars().take(64).collect());
        let (address, bits) = match text.trim().split_once('/') {
            Some((address, bits)) => (address, Some(bits.parse::<u8>().map_err(|_| error())?)),
            None => (text.trim(), None),
        };
        let whole = Self::from(address.parse::<IpAddr>().map_err(|_| error())?);
        match bits {
            Some(bits) if bits > whole.bits => Err(error()),
            Some(bits) => Ok(Self { bits, ..whole }),
            None => Ok(whole),
        }
    }
}

impl std::fmt::Display for Network {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.address, self.bits)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_holds_its_addresses_and_no_others() {
        for (network, address, within) in [
            ("192.0.2.0/24", "192.0.2.255", true),
            ("192.0.2.0/24", "192.0.3.0", false),
            ("192.0.2.7", "192.0.2.7", true),
            ("192.0.2.7", "192.0.2.6", false),
            ("192.0.2.0/24", "::ffff:192.0.2.1", true),
            ("0.0.0.0/0", "203.0.113.9", true),
            ("0.0.0.0/0", "2001:db8::1", false),
            ("2001:db8::/32", "2001:db8:ffff::1", true),
            ("2001:db8::/32", "2001:db9::1", false),
            ("::/0", "2001:db9::1", true),
        ] {
            let net: Network = network.parse().unwrap();
            assert_eq!(net.contains(address.parse().unwrap()), within, "{network} {address}");
        }
        for text in ["", "x", "192.0.2.0/33", "192.0.2.0/-1", "::/129", "192.0.2.0/"] {
            assert!(text.parse::<Network>().is_err(), "{text}");
        }
    }
}
