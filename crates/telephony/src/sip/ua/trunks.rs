//! Carriers: where they are, whether they live, and our registration with them.

use std::{net::IpAddr, time::Duration};

use domain::{Timestamp, TrunkId};

use super::{
    Ua,
    guard::Bucket,
    io::{Hop, Timer},
    transaction::Purpose,
};
use crate::sip::{
    config::{Registration, Trunk},
    message::{Message, Method},
    port::{SipEvent, TrunkWhy},
    uri::Address,
};

/// The first wait after a registration failed; it doubles up to [`BACK_OFF_MAX`] (RFC 5626 section
/// 4.5 has the same numbers).
const BACK_OFF: Duration = Duration::from_secs(30);
const BACK_OFF_MAX: Duration = Duration::from_secs(1_800);

/// How often a trunk that is down is asked, if it is asked at all.
const QUALIFY_DOWN: Duration = Duration::from_secs(10);

/// How long a trunk is avoided that did not take a call and did not say for how long.
const AVOID: Duration = Duration::from_secs(30);
/// The longest that a trunk may ask to be left alone.
const AVOID_MAX: u64 = 300;

/// One trunk, and what is known about it.
pub struct Carrier {
    pub trunk: Trunk,
    /// New calls in.
    pub calls: Option<Bucket>,
    hops: Vec<Hop>,
    register_at: Option<Timestamp>,
    registering: bool,
    registered: Option<Timestamp>,
    refused: Option<TrunkWhy>,
    failures: u32,
    /// The identity of our registration: Call-ID, tag, last number, seconds asked for.
    identity: Option<(String, String, u32, u64)>,
    qualify_at: Option<Timestamp>,
    qualifying: bool,
    reachable: Option<bool>,
    avoid_until: Option<(Timestamp, TrunkWhy)>,
    told: Option<bool>,
}

impl Carrier {
    /// Nothing is known but what was configured; proxies with names wait for their addresses.
    pub fn new(trunk: Trunk) -> Self {
        let hops = trunk
            .proxies
            .iter()
            .filter_map(|proxy| {
                let host = proxy.host.trim_start_matches('[').trim_end_matches(']');
                let ip = host.parse::<IpAddr>().ok()?;
                let port = proxy.port.unwrap_or(proxy.transport.default_port());
                Some(Hop::new(proxy.transport, (ip, port).into()))
            })
            .collect();
        Self {
            trunk,
            calls: None,
            hops,
            register_at: None,
            registering: false,
            registered: None,
            refused: None,
            failures: 0,
            identity: None,
            qualify_at: None,
            qualifying: false,
            reachable: None,
            avoid_until: None,
            told: None,
        }
    }

    /// Takes over from the same trunk as it was before a change. Addresses stay only while the
    /// proxies are the same.
    pub fn inherit(&mut self, old: Self) {
        if self.trunk.proxies == old.trunk.proxies {
            self.hops = old.hops;
        }
        self.calls = old.calls;
        self.identity = old.identity;
        self.told = old.told;
    }

    /// Whether an address is one of its.
    pub fn knows(&self, ip: IpAddr) -> bool {
        self.hops.iter().any(|hop| hop.to.ip().to_canonical() == ip)
            || self.trunk.networks.iter().any(|network| network.contains(ip))
    }

    /// Where it is reached, in order.
    pub fn hops(&self) -> &[Hop] {
        &self.hops
    }

    /// The host in addresses of ours and of those we call.
    pub fn domain(&self) -> String {
        let first = || {
            let proxy = self.trunk.proxies.first()?;
            let host = match proxy.host.parse::<IpAddr>() {
                Ok(IpAddr::V6(ip)) => format!("[{ip}]"),
                _ => proxy.host.clone(),
            };
            Some(match proxy.port {
                Some(port) => format!("{host}:{port}"),
                None => host,
            })
        };
        self.trunk.domain.clone().or_else(first).unwrap_or_default()
    }

    fn health(&self, now: Timestamp) -> (bool, TrunkWhy) {
        if let Some((until, why)) = &self.avoid_until
            && *until > now
        {
            return (false, *why);
        }
        if self.trunk.registration.is_some() && self.registered.is_none_or(|until| until <= now) {
            return (false, self.refused.unwrap_or(TrunkWhy::NotRegistered));
        }
        match self.reachable {
            Some(false) => (false, TrunkWhy::OptionsUnanswered),
            None if self.trunk.qualify.is_some() => (false, TrunkWhy::NotAsked),
            Some(true) => (true, TrunkWhy::OptionsAnswered),
            None if self.trunk.registration.is_some() => (true, TrunkWhy::Registered),
            None => (true, TrunkWhy::NothingAgainst),
        }
    }

    /// Whether calls should go this way.
    pub fn is_up(&self, now: Timestamp) -> bool {
        self.health(now).0
    }

    /// Whether nothing is known for certain yet.
    fn is_pending(&self) -> bool {
        let registration = self.trunk.registration.is_some()
            && self.registered.is_none()
            && self.refused.is_none();
        registration || (self.trunk.qualify.is_some() && self.reachable.is_none())
    }
}

impl Ua {
    /// A trunk's names have addresses.
    pub fn resolved(&mut self, now: Timestamp, trunk: TrunkId, hops: Vec<Hop>) {
        self.io.now = now;
        let Some(carrier) = self.carrier_mut(trunk) else { return };
        if carrier.hops != hops {
            carrier.hops = hops;
            self.trunk_due(trunk);
        }
    }

    /// Does what is due for a trunk.
    pub(super) fn trunk_due(&mut self, id: TrunkId) {
        let now = self.io.now;
        let Some(carrier) = self.carrier_mut(id) else { return };
        let Some(hop) = carrier.hops.first().cloned() else {
            self.tell_health(id);
            return;
        };
        let due = |at: Option<Timestamp>| at.is_none_or(|at| at <= now);
        let registers = carrier.trunk.registration.is_some()
            && !carrier.registering
            && due(carrier.register_at);
        let qualifies =
            carrier.trunk.qualify.is_some() && !carrier.qualifying && due(carrier.qualify_at);
        if let Some((until, _)) = &carrier.avoid_until
            && *until <= now
        {
            carrier.avoid_until = None;
        }
        if registers {
            self.register(id, hop.clone(), None);
        }
        if qualifies {
            self.qualify(id, hop);
        }
        self.tell_health(id);
    }

    fn register(&mut self, id: TrunkId, hop: Hop, expires: Option<u64>) {
        let fresh = (self.io.token(), self.io.token());
        let via = self.via(hop.transport);
        let Some(carrier) = self.carrier_mut(id) else { return };
        let Some(Registration { user, expires: wanted }) = carrier.trunk.registration.clone()
        else {
            return;
        };
        let (call_id, tag, number, secs) =
            carrier.identity.get_or_insert_with(|| (fresh.0, fresh.1, 0, wanted.as_secs().max(60)));
        *number += 1;
        let (call_id, tag, number) = (call_id.clone(), tag.clone(), *number);
        let secs = expires.unwrap_or(*secs);
        carrier.registering = true;
        let domain = carrier.domain();
        let contact = self.contact(&user, hop.transport);
        let mut request = Message::request(Method::Register, format!("sip:{domain}"))
            .with("Via", via)
            .with("Max-Forwards", "70")
            .with("From", format!("<sip:{user}@{domain}>;tag={tag}"))
            .with("To", format!("<sip:{user}@{domain}>"))
            .with("Call-ID", call_id)
            .with("CSeq", format!("{number} REGISTER"))
            .with("Contact", contact)
            .with("Expires", secs.to_string());
        self.sign(&mut request);
        self.transactions.send(&mut self.io, hop, request, Purpose::Register(id), 0);
    }

    /// The registrar answered.
    pub(super) fn register_response(&mut self, id: TrunkId, message: &Message, status: u16) {
        let now = self.io.now;
        let number = message.cseq().map_or(0, |(number, _)| number);
        let Some(carrier) = self.carrier_mut(id) else { return };
        let Some((_, _, last, secs)) = carrier.identity.as_mut() else { return };
        *last = (*last).max(number);
        let asked = *secs;
        match status {
            200..=299 => {
                let granted = granted(message).unwrap_or(asked).clamp(1, 86_400 * 7);
                carrier.registering = false;
                carrier.failures = 0;
                carrier.refused = None;
                carrier.registered = Some(now + Duration::from_secs(granted));
                // Early enough for a retry or two before it runs out.
                let at = now + Duration::from_millis(granted * 800);
                carrier.register_at = Some(at);
                self.io.wake(at, Timer::Trunk(id));
                self.io.wake(now + Duration::from_secs(granted), Timer::Trunk(id));
                self.tell_health(id);
            }
            423 => {
                let least = message.get("Min-Expires").and_then(|text| text.trim().parse().ok());
                match least.filter(|least: &u64| *least > asked && *least <= 86_400 * 7) {
                    Some(least) => {
                        *secs = least;
                        carrier.registering = false;
                        carrier.register_at = None;
                        self.trunk_due(id);
                    }
                    None => self.register_failed(id, TrunkWhy::RegisterInterval),
                }
            }
            _ => self.register_failed(id, TrunkWhy::RegistrarAnswered(status)),
        }
    }

    /// The registration came to nothing: later again, each time later.
    pub(super) fn register_failed(&mut self, id: TrunkId, why: TrunkWhy) {
        let now = self.io.now;
        let chance = 50 + self.io.below(51);
        let Some(carrier) = self.carrier_mut(id) else { return };
        let wait = (BACK_OFF * 2_u32.saturating_pow(carrier.failures.min(10))).min(BACK_OFF_MAX);
        carrier.failures += 1;
        carrier.registering = false;
        carrier.registered = None;
        carrier.refused = Some(why);
        // Between half of it and all of it, so that many do not come back together.
        let at = now
            + Duration::from_millis(u64::try_from(wait.as_millis()).unwrap_or(0) * chance / 100);
        carrier.register_at = Some(at);
        self.io.wake(at, Timer::Trunk(id));
        self.tell_health(id);
    }

    /// Takes all registrations back.
    pub(super) fn unregister_all(&mut self) {
        let registered: Vec<(TrunkId, Hop)> = self
            .trunks
            .iter()
            .filter(|carrier| carrier.registered.is_some())
            .filter_map(|carrier| Some((carrier.trunk.id, carrier.hops.first()?.clone())))
            .collect();
        for (id, hop) in registered {
            self.register(id, hop, Some(0));
        }
    }

    fn qualify(&mut self, id: TrunkId, hop: Hop) {
        let (call_id, tag) = (self.io.token(), self.io.token());
        let via = self.via(hop.transport);
        let contact = self.contact("", hop.transport);
        let Some(carrier) = self.carrier_mut(id) else { return };
        carrier.qualifying = true;
        let domain = carrier.domain();
        let mut request = Message::request(Method::Options, format!("sip:{domain}"))
            .with("Via", via)
            .with("Max-Forwards", "70")
            .with("From", format!("<sip:{domain}>;tag={tag}"))
            .with("To", format!("<sip:{domain}>"))
            .with("Call-ID", call_id)
            .with("CSeq", "1 OPTIONS")
            .with("Contact", contact)
            .with("Accept", "application/sdp");
        self.sign(&mut request);
        self.transactions.send(&mut self.io, hop, request, Purpose::Qualify(id), 0);
    }

    /// OPTIONS was answered, or not: whatever is said, who says it lives. 503 says that it does not
    /// want calls.
    pub(super) fn qualify_response(&mut self, id: TrunkId, status: u16) {
        let now = self.io.now;
        let Some(carrier) = self.carrier_mut(id) else { return };
        let up = !matches!(status, 408 | 503);
        carrier.qualifying = false;
        carrier.reachable = Some(up);
        let every = carrier.trunk.qualify.unwrap_or(QUALIFY_DOWN);
        let at = now + if up { every } else { every.min(QUALIFY_DOWN) };
        carrier.qualify_at = Some(at);
        self.io.wake(at, Timer::Trunk(id));
        self.tell_health(id);
    }

    /// Leaves a trunk alone for a while that did not take a call.
    pub(super) fn avoid(&mut self, id: TrunkId, secs: Option<u64>, why: TrunkWhy) {
        let span = secs.map_or(AVOID, |secs| Duration::from_secs(secs.clamp(1, AVOID_MAX)));
        let until = self.io.now + span;
        let Some(carrier) = self.carrier_mut(id) else { return };
        carrier.avoid_until = Some((until, why));
        self.io.wake(until, Timer::Trunk(id));
        self.tell_health(id);
    }

    fn tell_health(&mut self, id: TrunkId) {
        let now = self.io.now;
        let Some(carrier) = self.carrier_mut(id) else { return };
        let (up, why) = carrier.health(now);
        if carrier.told == Some(up) || (!up && carrier.told.is_none() && carrier.is_pending()) {
            return;
        }
        carrier.told = Some(up);
        self.io.tell(SipEvent::TrunkHealth { trunk: id, up, why });
    }
}

/// Seconds for which a registration holds: of our Contact, else of all.
fn granted(message: &Message) -> Option<u64> {
    message
        .values("Contact")
        .filter_map(Address::parse)
        .find_map(|contact| contact.params.get("expires")?.parse().ok())
        .or_else(|| message.get("Expires")?.trim().parse().ok())
}
