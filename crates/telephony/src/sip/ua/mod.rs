//! The user agent: dialogs, trunks and desk phones as one state machine without socket or clock.
//!
//! It is told the time with every input, queues what it decides, and says when it wants to be woken.
//! The time is any that does not run backwards; only spans count.
//!
//! Each leg is owned by [`Ua::legs`] alone and leaves it in one place, [`Ua::finish`], which tells its
//! end. What outlives a leg (the answer to a BYE, a call taken back that is answered all the same)
//! belongs to transactions and concerns nobody.

mod calls_in;
mod calls_out;
mod dialog;
mod guard;
mod io;
mod leg;
mod phones;
mod sessions;
mod transaction;
mod trunks;

#[cfg(test)]
mod tests;

use std::{
    collections::{BTreeMap, HashMap},
    net::{IpAddr, SocketAddr},
};

use domain::{LegId, Timestamp, TrunkId};

pub use self::io::{Hop, Output};
use self::{
    guard::Guard,
    io::{Io, Timer},
    leg::Leg,
    phones::Phones,
    transaction::{Expired, Purpose, Times, Transactions, response, server_key},
    trunks::Carrier,
};
use super::{
    config::{Limits, Network, Phone, SipConfig, Trunk},
    digest::Challenger,
    message::{Message, Method},
    port::{Cause, Side, SipCommand, SipEvent, Transport, TrunkWhy},
    uri::{Address, Via},
};

/// Methods that we understand, for Allow.
const ALLOW: &str =
    "INVITE, ACK, CANCEL, BYE, OPTIONS, PRACK, UPDATE, INFO, REFER, NOTIFY, REGISTER";

/// Extensions that we understand, for Supported.
const SUPPORTED: &str = "100rel, timer, replaces, norefersub";

/// Why a request of ours has no response.
#[derive(Clone, Copy, Debug)]
enum Silence {
    NoAnswer,
    NoConnection,
}

impl Silence {
    const fn in_words(self) -> &'static str {
        match self {
            Self::NoAnswer => "no answer",
            Self::NoConnection => "no connection",
        }
    }

    const fn of_register(self) -> TrunkWhy {
        match self {
            Self::NoAnswer => TrunkWhy::RegisterUnanswered,
            Self::NoConnection => TrunkWhy::RegisterUnconnected,
        }
    }
}

/// What there is now, and what was counted since the start.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// Legs now.
    pub legs: usize,
    /// Transactions now; they outlive legs by 32 s at most.
    pub transactions: usize,
    /// Connections now.
    pub connections: usize,
    /// Desk phones registered now.
    pub phones: usize,
    /// Messages taken.
    pub messages: u64,
    /// Messages from addresses that nobody named, dropped unread.
    pub unknown: u64,
    /// Messages above the rate of their address, dropped unread.
    pub flooded: u64,
    /// Messages that were not SIP, or lacked what every message has.
    pub malformed: u64,
    /// Calls refused because a trunk, or all of them, had too many.
    pub calls_refused: u64,
}

/// The user agent.
pub struct Ua {
    io: Io,
    limits: Limits,
    user_agent: String,
    /// What far ends are told as our addresses.
    shown: BTreeMap<Transport, SocketAddr>,
    transactions: Transactions,
    legs: HashMap<LegId, Leg>,
    /// Legs by our own tag, which nobody else can make.
    by_tag: HashMap<String, LegId>,
    /// Addresses of far ends of legs, with how many legs each has: they may speak within them.
    guests: HashMap<IpAddr, usize>,
    /// In the order in which they were given, since two may be reached from one address.
    trunks: Vec<Carrier>,
    phones: Phones,
    phone_networks: Vec<Network>,
    guard: Guard,
    stopping: bool,
    counted: Counters,
}

impl Ua {
    /// With addresses for far ends, and a seed that nobody can guess.
    pub fn new(config: SipConfig, shown: BTreeMap<Transport, SocketAddr>, seed: [u8; 32]) -> Self {
        let mut io = Io::new(seed);
        let mut key = [0; 32];
        key[..16].copy_from_slice(&io.bits().to_be_bytes());
        key[16..].copy_from_slice(&io.bits().to_be_bytes());
        let mut ua = Self {
            transactions: Transactions::new(Times::new(config.limits.t1)),
            guard: Guard::new(&config.limits),
            limits: config.limits,
            user_agent: config.user_agent,
            shown,
            legs: HashMap::new(),
            by_tag: HashMap::new(),
            guests: HashMap::new(),
            trunks: Vec::new(),
            phones: Phones::new(
                Challenger::new(key, config.realm),
                config.phones,
                config.phones_sha256,
            ),
            phone_networks: config.phone_networks,
            stopping: false,
            counted: Counters::default(),
            io,
        };
        ua.trunks = config.trunks.into_iter().map(Carrier::new).collect();
        ua
    }

    /// Begins to register and to ask after trunks.
    pub fn start(&mut self, now: Timestamp) {
        self.io.now = now;
        let ids: Vec<TrunkId> = self.trunks.iter().map(|carrier| carrier.trunk.id).collect();
        for id in ids {
            self.trunk_due(id);
        }
    }

    /// When it wants to be woken.
    pub fn deadline(&self) -> Option<Timestamp> {
        self.io.deadline()
    }

    /// The next thing to carry out.
    pub fn next_output(&mut self) -> Option<Output> {
        self.io.out.pop_front()
    }

    /// What there is, and what was counted.
    pub fn counters(&self, connections: usize) -> Counters {
        Counters {
            legs: self.legs.len(),
            transactions: self.transactions.count(),
            connections,
            phones: self.phones.count(self.io.now),
            ..self.counted.clone()
        }
    }

    /// Notes something that was not SIP.
    pub fn malformed(&mut self) {
        self.counted.malformed += 1;
    }

    /// Whether anything may be read from this address now. Asked before a byte is looked at.
    pub fn admits(&mut self, now: Timestamp, hop: &Hop) -> bool {
        self.io.now = now;
        let ip = hop.to.ip().to_canonical();
        let trunk =
            self.trunks.iter().any(|carrier| carrier.knows(ip)) || self.guests.contains_key(&ip);
        if !trunk && !self.phone_networks.iter().any(|network| network.contains(ip)) {
            self.counted.unknown += 1;
            return false;
        }
        if !self.guard.admits(now, ip, trunk) {
            self.counted.flooded += 1;
            return false;
        }
        true
    }

    /// Takes a message that was admitted.
    pub fn message(&mut self, now: Timestamp, hop: Hop, message: Message) {
        self.io.now = now;
        self.counted.messages += 1;
        let whole = ["Via", "From", "To", "Call-ID"].iter().all(|name| message.get(name).is_some());
        let Some((_, cseq_method)) = message.cseq().filter(|_| whole) else {
            self.counted.malformed += 1;
            return;
        };
        match message.method().cloned() {
            Some(method) if method == cseq_method => self.request(hop, message, &method),
            Some(_) => self.counted.malformed += 1,
            None => self.response(hop, message),
        }
    }

    /// Wakes it.
    pub fn tick(&mut self, now: Timestamp) {
        self.io.now = now;
        while let Some(timer) = self.io.due() {
            match timer {
                Timer::Client(key) => {
                    let expired = self.transactions.client_due(&mut self.io, &key);
                    self.expired(expired);
                }
                Timer::Server(key) => {
                    let expired = self.transactions.server_due(&mut self.io, &key);
                    self.expired(expired);
                }
                Timer::Leg(leg) => self.leg_due(leg),
                Timer::Trunk(trunk) => self.trunk_due(trunk),
                Timer::Phones => {
                    self.phones.expire(now);
                    self.tell_phones();
                }
            }
        }
    }

    /// Carries out a command. One for a leg that is gone is nothing: its end has been told.
    pub fn command(&mut self, now: Timestamp, command: SipCommand) {
        self.io.now = now;
        match command {
            SipCommand::Ring { leg, answer } => self.ring(leg, answer),
            SipCommand::Accept { leg, body } => self.accept(leg, body),
            SipCommand::Reject { leg, status, retry_after } => {
                self.reject(leg, status, retry_after, Side::Local, None);
            }
            SipCommand::Invite { leg, target, from, from_name, offer } => {
                self.invite(leg, target, from, from_name, offer);
            }
            SipCommand::AnswerOffer { leg, answer } => self.answer_offer(leg, answer),
            SipCommand::AnswerRefer { leg, accepted } => self.answer_refer(leg, accepted),
            SipCommand::ReferDone { leg, status } => self.refer_done(leg, status),
            SipCommand::Hangup { leg, q850 } => self.hang_up(leg, q850, Side::Local, "hung up"),
        }
    }

    /// Puts other trunks in the place of those that were.
    pub fn set_trunks(&mut self, now: Timestamp, trunks: Vec<Trunk>) {
        self.io.now = now;
        let old = std::mem::take(&mut self.trunks);
        let mut gone = Vec::new();
        self.trunks = trunks.into_iter().map(Carrier::new).collect();
        for carrier in old {
            match self.trunks.iter_mut().find(|new| new.trunk.id == carrier.trunk.id) {
                // What did not change keeps its registration and its health.
                Some(new) if new.trunk == carrier.trunk => *new = carrier,
                Some(new) => new.inherit(carrier),
                None => gone.push(carrier),
            }
        }
        // A carrier that we leave must not go on sending us calls.
        let stay = std::mem::replace(&mut self.trunks, gone);
        self.unregister_all();
        self.trunks = stay;
        self.start(now);
    }

    /// Puts other desk phones in the place of those that were.
    pub fn set_phones(&mut self, now: Timestamp, phones: Vec<Phone>) {
        self.io.now = now;
        self.phones.set(phones);
        self.tell_phones();
    }

    /// Ends everything. Goes on answering until the driver stops it.
    pub fn stop(&mut self, now: Timestamp) {
        self.io.now = now;
        self.stopping = true;
        let mut legs: Vec<LegId> = self.legs.keys().copied().collect();
        legs.sort();
        for leg in legs {
            self.hang_up(leg, 38, Side::Local, "the service stops");
        }
        self.unregister_all();
    }

    /// Whether nothing of ours is waiting for an answer.
    pub fn is_quiet(&self) -> bool {
        !self.transactions.is_waiting()
    }

    /// A connection broke or could not be opened.
    pub fn broken(&mut self, now: Timestamp, hop: &Hop) {
        self.io.now = now;
        for purpose in self.transactions.broken(hop) {
            self.unanswered(purpose, Silence::NoConnection);
        }
    }

    fn request(&mut self, hop: Hop, mut message: Message, method: &Method) {
        // Where the answer goes (RFC 3261 section 18.2.2, RFC 3581).
        let Some(mut via) = message.values("Via").next().and_then(Via::parse) else {
            self.counted.malformed += 1;
            return;
        };
        let mut back = hop.clone();
        if hop.transport == Transport::Udp {
            if via.params.get("rport").is_some() {
                via.params.set("rport", hop.to.port().to_string());
            } else {
                back.to.set_port(via.port.unwrap_or(Transport::Udp.default_port()));
            }
        }
        via.params.set("received", hop.to.ip().to_canonical().to_string());
        replace_first_via(&mut message, &via);

        if *method == Method::Ack {
            self.ack(&message);
            return;
        }
        let Some(key) = server_key(&message, method) else {
            self.counted.malformed += 1;
            return;
        };
        if self.transactions.again(&mut self.io, &key) {
            return;
        }
        if *method == Method::Cancel {
            self.cancel(back, key, &message);
            return;
        }
        if self.transactions.count() >= self.limits.transactions_max {
            self.counted.flooded += 1;
            return;
        }
        let Some(to) = message.get("To").and_then(Address::parse) else {
            self.counted.malformed += 1;
            return;
        };
        match to.tag() {
            Some(tag) => match self.leg_of(&message, tag) {
                Some(leg) => self.within(leg, back, key, message, method),
                None => self.refuse(&back, &message, 481, &[]),
            },
            None => self.outside(&hop, back, key, message, method),
        }
    }

    /// A request outside of any dialog.
    fn outside(&mut self, hop: &Hop, back: Hop, key: String, message: Message, method: &Method) {
        let ip = hop.to.ip().to_canonical();
        let carrier = self.trunks.iter().position(|carrier| carrier.knows(ip));
        match (method, carrier) {
            (Method::Invite, Some(at)) => self.trunk_calls(at, hop, back, key, message),
            (Method::Invite, None) => self.phone_calls(hop, back, key, message),
            (Method::Options, Some(_)) => {
                let allow = [("Allow", ALLOW.to_owned()), ("Supported", SUPPORTED.to_owned())];
                self.refuse(&back, &message, 200, &allow);
            }
            // A phone may stand behind the address of a trunk, such as a carrier's box in our own network.
            (Method::Register, trunk) if trunk.is_none() || self.is_phone_network(hop) => {
                self.phone_registers(hop, back, &message);
            }
            // A phone that asks whether we live gets an answer; strangers in its network learn no more.
            (Method::Options, None) => self.refuse(&back, &message, 200, &[]),
            (Method::Notify, _) => self.refuse(&back, &message, 481, &[]),
            _ => self.refuse(&back, &message, 405, &[("Allow", ALLOW.to_owned())]),
        }
    }

    /// Answers without keeping anything: the same question gets the same answer, tag included.
    fn refuse(
        &mut self,
        back: &Hop,
        request: &Message,
        status: u16,
        more: &[(&'static str, String)],
    ) {
        let seal = format!("{:?}{:?}", request.get("Call-ID"), request.get("Via"));
        let tag = blake3::hash(seal.as_bytes()).to_hex()[..16].to_owned();
        let mut answer = response(request, status, &tag);
        for (name, value) in more {
            answer.push(name, value.clone());
        }
        self.sign(&mut answer);
        self.io.send(back, answer.to_bytes());
    }

    /// Says who we are.
    fn sign(&self, message: &mut Message) {
        if !self.user_agent.is_empty() {
            let name = if message.status().is_some() { "Server" } else { "User-Agent" };
            message.push(name, self.user_agent.clone());
        }
    }

    fn response(&mut self, hop: Hop, message: Message) {
        let Some(key) = self.transactions.response(&mut self.io, &message) else { return };
        let Some(client) = self.transactions.client(&key) else { return };
        let purpose = client.purpose.clone();
        let status = message.status().unwrap_or(0);
        if (status == 401 || status == 407) && self.answer_challenge(&key, &message) {
            return;
        }
        if let Purpose::Invite(leg) = purpose {
            self.invite_response(leg, &key, &hop, &message, status);
            return;
        }
        if status < 200 {
            return;
        }
        let Some((request, sent_to, _, _)) = self.transactions.finish(&key) else { return };
        match purpose {
            Purpose::Invite(_) | Purpose::Nobody => {}
            Purpose::Orphan => self.end_orphan(&key, &request, &sent_to, &message, status),
            Purpose::Refresh(leg) => self.refresh_response(leg, &key, &message, status),
            Purpose::Within(leg) => self.within_response(leg, status),
            Purpose::Register(trunk) => self.register_response(trunk, &message, status),
            Purpose::Qualify(trunk) => self.qualify_response(trunk, status),
        }
    }

    fn expired(&mut self, expired: Expired) {
        match expired {
            Expired::Nothing => {}
            Expired::Unanswered(purpose) => self.unanswered(purpose, Silence::NoAnswer),
            Expired::Unacknowledged(leg, key) => self.unacknowledged(leg, &key),
        }
    }

    /// No response to a request of ours: it counts as 408 (RFC 3261 section 8.1.3.1).
    fn unanswered(&mut self, purpose: Purpose, why: Silence) {
        match purpose {
            Purpose::Orphan | Purpose::Nobody => {}
            Purpose::Invite(leg) => self.attempt_failed(
                leg,
                Cause { status: Some(408), q850: None, text: why.in_words().to_owned() },
            ),
            Purpose::Refresh(leg) => self.refresh_failed(leg, 408),
            Purpose::Within(leg) => self.within_response(leg, 408),
            Purpose::Register(trunk) => self.register_failed(trunk, why.of_register()),
            Purpose::Qualify(trunk) => self.qualify_response(trunk, 408),
        }
    }

    /// The one place where a leg ends.
    fn finish(&mut self, leg: LegId, by: Side, cause: Cause) {
        let Some(leg) = self.legs.remove(&leg) else { return };
        self.by_tag.remove(&leg.local_tag);
        self.guest_leaves(leg.hop.to.ip());
        self.io.tell(SipEvent::Ended { leg: leg.id, by, cause });
    }

    fn guest_arrives(&mut self, ip: IpAddr) {
        *self.guests.entry(ip.to_canonical()).or_insert(0) += 1;
    }

    fn guest_leaves(&mut self, ip: IpAddr) {
        let ip = ip.to_canonical();
        if let Some(count) = self.guests.get_mut(&ip) {
            *count -= 1;
            if *count == 0 {
                self.guests.remove(&ip);
            }
        }
    }

    /// Adds a leg to those there are.
    fn adopt(&mut self, leg: Leg) {
        self.guest_arrives(leg.hop.to.ip());
        self.by_tag.insert(leg.local_tag.clone(), leg.id);
        self.legs.insert(leg.id, leg);
    }

    /// Where a leg's requests go from now on.
    fn reroute(&mut self, id: LegId, hop: Hop) {
        let Some(leg) = self.legs.get_mut(&id) else { return };
        if leg.hop != hop {
            let old = std::mem::replace(&mut leg.hop, hop.clone());
            self.guest_arrives(hop.to.ip());
            self.guest_leaves(old.to.ip());
        }
    }

    fn carrier(&self, trunk: TrunkId) -> Option<&Carrier> {
        self.trunks.iter().find(|carrier| carrier.trunk.id == trunk)
    }

    fn carrier_mut(&mut self, trunk: TrunkId) -> Option<&mut Carrier> {
        self.trunks.iter_mut().find(|carrier| carrier.trunk.id == trunk)
    }

    /// Our address by a transport, as far ends are told it. Without one of that transport, the first.
    fn own(&self, transport: Transport) -> SocketAddr {
        self.shown
            .get(&transport)
            .or_else(|| self.shown.values().next())
            .copied()
            .unwrap_or_else(|| SocketAddr::from(([127, 0, 0, 1], transport.default_port())))
    }

    /// A Via of ours with a new branch.
    fn via(&mut self, transport: Transport) -> String {
        let branch = self.io.token();
        let own = self.own(transport);
        format!("SIP/2.0/{} {own};branch=z9hG4bK{branch};rport", transport.as_str())
    }

    /// Our Contact.
    fn contact(&self, user: &str, transport: Transport) -> String {
        let own = self.own(transport);
        let plain = |c: char| c.is_ascii_alphanumeric() || "+-_.*#".contains(c);
        let user = if !user.is_empty() && user.chars().all(plain) {
            format!("{user}@")
        } else {
            String::new()
        };
        match transport {
            Transport::Udp => format!("<sip:{user}{own}>"),
            Transport::Tcp => format!("<sip:{user}{own};transport=tcp>"),
            Transport::Tls => format!("<sip:{user}{own};transport=tls>"),
        }
    }
}

/// Puts a Via in the place of the first one, which may share its line with others.
fn replace_first_via(message: &mut Message, via: &Via) {
    if let Some((_, line)) =
        message.headers.iter_mut().find(|(name, _)| name.eq_ignore_ascii_case("Via"))
    {
        let mut vias: Vec<String> = super::message::commas(line).map(str::to_owned).collect();
        if let Some(first) = vias.first_mut() {
            *first = via.to_string();
        }
        *line = vias.join(", ");
    }
}

/// A Reason header for a Q.850 cause (RFC 3326).
fn reason(q850: u8) -> String {
    format!("Q.850;cause={q850}")
}

/// The Q.850 cause in a message, if any.
fn q850(message: &Message) -> Option<u8> {
    message.values("Reason").find_map(|value| {
        let mut parts = value.split(';').map(str::trim);
        let q850 = parts.next()?.eq_ignore_ascii_case("Q.850");
        let cause = parts.find_map(|part| part.strip_prefix("cause=")).map(str::trim)?;
        if q850 { cause.parse().ok() } else { None }
    })
}
