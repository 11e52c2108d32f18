//! Calls that we make: INVITE by one trunk after another, early media, challenges, forks.

use std::{
    collections::{HashMap, VecDeque},
    net::IpAddr,
};

use domain::{LegId, Timestamp, TrunkId};

use super::{
    ALLOW, SUPPORTED, Ua,
    calls_in::follow_peer,
    io::Hop,
    leg::{Leg, Peer, Stage, contact_of, recorded_route},
    q850, reason,
    transaction::Purpose,
};
use crate::sip::{
    config::Credentials,
    digest::Challenge,
    message::{Message, Method, Start, reason_of},
    port::{Cause, Offers, Side, SipEvent, Target, Transport, TrunkWhy},
    uri::{Address, Uri},
};

/// Ways that are tried for one call.
const ATTEMPTS_MAX: usize = 8;

/// Far ends of one call that are told apart while it rings.
const FORKS_MAX: usize = 16;

/// One way to the far end.
#[derive(Clone, Debug)]
struct Attempt {
    peer: Peer,
    hop: Hop,
    /// The request URI.
    uri: String,
    /// Our From, without a tag.
    from: Address,
    /// P-Asserted-Identity.
    asserted: Option<String>,
    /// Which of our offers goes this way.
    encrypted: bool,
}

/// What one of several far ends said before any took the call.
#[derive(Debug, Default)]
struct Early {
    rseq: Option<u32>,
    answer: Option<String>,
}

/// What is left to do for a call out.
#[derive(Debug)]
pub struct Outgoing {
    attempts: VecDeque<Attempt>,
    offer: Offers,
    /// When the next trunk is tried, unless this one says something.
    pub silent_until: Option<Timestamp>,
    interval: u64,
    by_tag: HashMap<String, Early>,
    /// What was told of ringing, so that it is not told again.
    told: Option<Option<String>>,
    last: Cause,
}

impl Ua {
    /// Calls somebody.
    pub(super) fn invite(
        &mut self,
        id: LegId,
        target: Target,
        from: String,
        from_name: Option<String>,
        offer: Offers,
    ) {
        if self.legs.contains_key(&id) {
            return;
        }
        let refuse = |text: &str| SipEvent::Ended {
            leg: id,
            by: Side::Local,
            cause: Cause { status: Some(503), q850: Some(34), text: text.to_owned() },
        };
        if self.stopping || self.legs.len() >= self.limits.legs_max {
            self.counted.calls_refused += 1;
            self.io.tell(refuse("there are too many calls"));
            return;
        }
        let mut attempts = match &target {
            Target::Number { to, trunks } => {
                self.by_trunks(to, trunks, &from, from_name.as_deref())
            }
            Target::Phone { name } => self.by_phone(name, &from, from_name.as_deref()),
            Target::Device { user, address, transport } => {
                let hop = Hop::new(*transport, *address);
                self.to_device(user, hop, &from, from_name.as_deref())
            }
        };
        attempts.retain(|attempt| !attempt.encrypted || offer.encrypted.is_some());
        let Some(first) = attempts.front().cloned() else {
            self.io.tell(refuse(match target {
                Target::Number { .. } => "no trunk can take the call",
                Target::Phone { .. } => "the phone is not registered",
                Target::Device { .. } => "the phone cannot be reached by this transport",
            }));
            return;
        };
        let outgoing = Outgoing {
            attempts,
            offer,
            silent_until: None,
            interval: self.limits.session_interval.as_secs(),
            by_tag: HashMap::new(),
            told: None,
            last: Cause { status: Some(503), q850: None, text: "no trunk took the call".into() },
        };
        let leg = Leg {
            id,
            peer: first.peer,
            stage: Stage::Calling,
            call_id: String::new(),
            local: String::new(),
            local_tag: self.io.token(),
            remote: String::new(),
            remote_tag: None,
            contact_user: first.from.uri.user.clone(),
            seq: 0,
            remote_seq: None,
            target: first.uri,
            routes: Vec::new(),
            hop: first.hop,
            invite: String::new(),
            invite_seq: 0,
            allows_update: false,
            local_sdp: None,
            decide_by: Some(self.io.now + self.limits.ringing_max),
            offer_owed: false,
            wants_prack: false,
            reliable: None,
            rseq: 0,
            accepting: None,
            outgoing: Some(outgoing),
            offer: None,
            reinvite: None,
            refer: None,
            reporting: None,
            session: None,
            refreshing: None,
        };
        self.adopt(leg);
        self.attempt(id);
    }

    /// Trunks in their order; those that are down only when none is up.
    fn by_trunks(
        &self,
        to: &str,
        trunks: &[TrunkId],
        from: &str,
        from_name: Option<&str>,
    ) -> VecDeque<Attempt> {
        let named: Vec<_> = trunks.iter().filter_map(|trunk| self.carrier(*trunk)).collect();
        let up: Vec<_> = named.iter().copied().filter(|c| c.is_up(self.io.now)).collect();
        let chosen = if up.is_empty() { named } else { up };
        let mut attempts = VecDeque::new();
        for carrier in chosen {
            let trunk = &carrier.trunk;
            let domain = carrier.domain();
            let shown = trunk.numbers.to_wire(from);
            let mut from = Address {
                name: from_name.map(str::to_owned),
                uri: Uri::sip(&shown, &domain),
                params: Default::default(),
            };
            if from.uri.user.is_empty() {
                from.uri.user = "anonymous".into();
            }
            let asserted = (trunk.trusted && !shown.is_empty()).then(|| format!("<{}>", from.uri));
            for hop in carrier.hops() {
                if attempts.len() < ATTEMPTS_MAX {
                    attempts.push_back(Attempt {
                        peer: Peer::Trunk(trunk.id),
                        hop: hop.clone(),
                        uri: Uri::sip(&trunk.numbers.to_wire(to), &domain).to_string(),
                        from: from.clone(),
                        asserted: asserted.clone(),
                        encrypted: trunk.encrypted,
                    });
                }
            }
        }
        attempts
    }

    fn by_phone(&self, name: &str, from: &str, from_name: Option<&str>) -> VecDeque<Attempt> {
        let Some((contact, hop)) = self.phones.reach(self.io.now, name) else {
            return VecDeque::new();
        };
        let peer = Peer::Phone(name.to_owned());
        let from = self.shown_to(hop.transport, from, from_name);
        let (hop, uri) = (hop.clone(), contact.to_owned());
        VecDeque::from([Attempt { peer, hop, uri, from, asserted: None, encrypted: false }])
    }

    fn to_device(
        &self,
        user: &str,
        hop: Hop,
        from: &str,
        from_name: Option<&str>,
    ) -> VecDeque<Attempt> {
        if !self.shown.contains_key(&hop.transport) {
            return VecDeque::new();
        }
        let mut uri = Uri { port: Some(hop.to.port()), ..Uri::sip(user, &host_of(hop.to.ip())) };
        if hop.transport != Transport::Udp {
            uri.params.set("transport", hop.transport.as_str().to_lowercase());
        }
        let from = self.shown_to(hop.transport, from, from_name);
        let (peer, uri) = (Peer::Phone(user.to_owned()), uri.to_string());
        VecDeque::from([Attempt { peer, hop, uri, from, asserted: None, encrypted: false }])
    }

    /// Who calls a desk phone, with our own address as host.
    fn shown_to(&self, transport: Transport, from: &str, from_name: Option<&str>) -> Address {
        let host = host_of(self.own(transport).ip());
        Address {
            name: from_name.map(str::to_owned),
            uri: Uri::sip(if from.is_empty() { "anonymous" } else { from }, &host),
            params: Default::default(),
        }
    }

    /// Tries the next way, or ends the leg with what the last one said.
    fn attempt(&mut self, id: LegId) {
        loop {
            let Some(outgoing) = self.legs.get_mut(&id).and_then(|leg| leg.outgoing.as_mut())
            else {
                return;
            };
            let Some(attempt) = outgoing.attempts.pop_front() else {
                let cause = outgoing.last.clone();
                let by = if cause.status == Some(408) { Side::Timeout } else { Side::Remote };
                self.finish(id, by, cause);
                return;
            };
            if let Peer::Trunk(trunk) = &attempt.peer {
                let others = self
                    .legs
                    .values()
                    .filter(|leg| leg.id != id && leg.peer == attempt.peer)
                    .count();
                if self.carrier(*trunk).is_some_and(|c| others >= c.trunk.calls_max) {
                    self.counted.calls_refused += 1;
                    continue;
                }
            }
            self.send_invite(id, attempt);
            return;
        }
    }

    fn send_invite(&mut self, id: LegId, attempt: Attempt) {
        let (tag, call_id) = (self.io.token(), self.io.token());
        let trunk = match &attempt.peer {
            Peer::Trunk(trunk) => Some(*trunk),
            Peer::Phone(_) => None,
        };
        self.io.tell(SipEvent::Tried { leg: id, trunk, encrypted: attempt.encrypted });
        self.reroute(id, attempt.hop.clone());
        let silent_until = Some(self.io.now + self.limits.silence_max);
        let Some(leg) = self.legs.get_mut(&id) else { return };
        self.by_tag.remove(&leg.local_tag);
        self.by_tag.insert(tag.clone(), id);
        let Some(outgoing) = leg.outgoing.as_mut() else { return };
        outgoing.by_tag.clear();
        outgoing.silent_until = silent_until;
        let offer = match &outgoing.offer.encrypted {
            Some(encrypted) if attempt.encrypted => encrypted.clone(),
            _ => outgoing.offer.plain.clone(),
        };
        let interval = outgoing.interval;
        // What a way that failed has told is told anew by the next one.
        outgoing.told = None;
        leg.local_sdp = Some(offer.clone());
        leg.peer = attempt.peer.clone();
        leg.call_id = call_id;
        leg.local = format!("{};tag={tag}", attempt.from);
        leg.local_tag = tag;
        leg.remote = format!("<{}>", attempt.uri);
        leg.target.clone_from(&attempt.uri);
        leg.seq = 0;
        leg.contact_user.clone_from(&attempt.from.uri.user);
        let Some(mut request) = self.within_request(id, Method::Invite) else { return };
        if let Some(asserted) = attempt.asserted {
            request.push("P-Asserted-Identity", asserted);
        }
        request.push("Allow", ALLOW);
        request.push("Supported", SUPPORTED);
        self.ask_interval(&mut request, interval, false);
        request.set_body("application/sdp", &offer);
        let key = self.send_within(id, request, Purpose::Invite(id)).unwrap_or_default();
        if let Some(leg) = self.legs.get_mut(&id) {
            leg.invite = key;
            leg.invite_seq = leg.seq;
        }
        self.attend(id);
    }

    /// The trunk has said nothing for too long.
    pub(super) fn silence_due(&mut self, id: LegId) {
        let now = self.io.now;
        let Some(leg) = self.legs.get_mut(&id) else { return };
        let Some(outgoing) = leg.outgoing.as_mut() else { return };
        if outgoing.silent_until.is_none_or(|at| at > now) {
            return;
        }
        outgoing.silent_until = None;
        // The last one may take as long as it likes, which is 32 s.
        if outgoing.attempts.is_empty() {
            return;
        }
        outgoing.last = Cause { status: Some(408), q850: None, text: "no answer".into() };
        let (key, peer) = (leg.invite.clone(), leg.peer.clone());
        self.transactions.cancel(&mut self.io, &key, None);
        if let Peer::Trunk(trunk) = peer {
            self.avoid(trunk, None, TrunkWhy::InviteUnanswered);
        }
        self.attempt(id);
    }

    /// One way failed: another may do, unless the far end itself has spoken.
    pub(super) fn attempt_failed(&mut self, id: LegId, cause: Cause) {
        let Some(leg) = self.legs.get_mut(&id) else { return };
        let peer = leg.peer.clone();
        let Some(outgoing) = leg.outgoing.as_mut() else { return };
        outgoing.silent_until = None;
        let status = cause.status.unwrap_or(0);
        outgoing.last = cause;
        if let (408, Peer::Trunk(trunk)) = (status, &peer) {
            self.avoid(*trunk, None, TrunkWhy::InviteUnanswered);
        }
        // What a trunk says of itself, and not the number's end of the call.
        if matches!(status, 401 | 403 | 407 | 408 | 500 | 502..=504) {
            self.attempt(id);
            return;
        }
        if let Some(outgoing) = self.legs.get_mut(&id).and_then(|leg| leg.outgoing.as_mut()) {
            outgoing.attempts.clear();
        }
        self.attempt(id);
    }

    /// A response to the INVITE of a leg.
    pub(super) fn invite_response(
        &mut self,
        id: LegId,
        key: &str,
        flow: &Hop,
        message: &Message,
        status: u16,
    ) {
        let Some(leg) = self.legs.get_mut(&id) else { return };
        if leg.invite != key {
            return;
        }
        if let Some(outgoing) = leg.outgoing.as_mut() {
            outgoing.silent_until = None;
        }
        match status {
            100 => {}
            101..=199 => self.progress(id, flow, message, status),
            200..=299 => self.taken(id, key, flow, message),
            422 => self.longer_interval(id, key, message),
            _ => {
                if status == 503
                    && let Peer::Trunk(trunk) = leg.peer.clone()
                {
                    let after = message.get("Retry-After").and_then(|text| {
                        text.split([';', ' ', '(']).next()?.trim().parse::<u64>().ok()
                    });
                    self.avoid(trunk, after, TrunkWhy::InviteAnswered(503));
                }
                let text = match &message.start {
                    Start::Response { reason, .. } if !reason.is_empty() => {
                        reason.chars().take(80).collect()
                    }
                    _ => reason_of(status).to_owned(),
                };
                let cause = Cause { status: Some(status), q850: q850(message), text };
                self.attempt_failed(id, cause);
            }
        }
    }

    /// 18x: the far end rings, maybe with sound.
    fn progress(&mut self, id: LegId, flow: &Hop, message: &Message, status: u16) {
        let to = message.get("To").and_then(Address::parse);
        let tag = to.as_ref().and_then(Address::tag).unwrap_or("").to_owned();
        let rseq = message.get("RSeq").and_then(|text| text.trim().parse::<u32>().ok());
        let rseq = rseq.filter(|_| message.lists("Require", "100rel"));
        let Some(leg) = self.legs.get_mut(&id) else { return };
        let Some(outgoing) = leg.outgoing.as_mut() else { return };
        if leg.stage != Stage::Calling {
            return;
        }
        if !outgoing.by_tag.contains_key(&tag) && outgoing.by_tag.len() >= FORKS_MAX {
            return;
        }
        let early = outgoing.by_tag.entry(tag).or_default();
        if let Some(rseq) = rseq {
            // One that came before, or ahead of one that did not come, is not taken (RFC 3262
            // section 4).
            if early.rseq.is_some_and(|last| rseq != last.wrapping_add(1)) {
                return;
            }
            early.rseq = Some(rseq);
        }
        let sdp = message.sdp();
        if sdp.is_some() {
            early.answer.clone_from(&sdp);
        }
        let news = sdp.clone().or_else(|| outgoing.told.clone().flatten());
        let tells = (sdp.is_some() || status == 180) && outgoing.told.as_ref() != Some(&news);
        if tells {
            outgoing.told = Some(news);
        }
        if let Some(rseq) = rseq {
            self.send_prack(id, flow, message, rseq);
        }
        if tells {
            self.io.tell(SipEvent::Ringing { leg: id, answer: sdp });
        }
    }

    /// PRACK goes where the response says, as all that follows in its dialog (RFC 3261 section
    /// 12.2.1.1), not where the INVITE went.
    fn send_prack(&mut self, id: LegId, flow: &Hop, message: &Message, rseq: u32) {
        let Some(target) = contact_of(message) else { return };
        let Some(mut prack) = self.within_request(id, Method::Prack) else { return };
        let Some(leg) = self.legs.get(&id) else { return };
        prack.start = Start::Request { method: Method::Prack, uri: target.clone() };
        prack.set("To", message.get("To").unwrap_or_default());
        prack.remove("Route");
        for route in recorded_route(message, true) {
            prack.push("Route", route);
        }
        prack.push("RAck", format!("{rseq} {} INVITE", leg.invite_seq));
        let hop = follow_peer(flow, message, &target);
        self.transactions.send(&mut self.io, hop, prack, Purpose::Within(id), 0);
    }

    /// 2xx: one far end has taken the call.
    fn taken(&mut self, id: LegId, key: &str, flow: &Hop, message: &Message) {
        let to = message.get("To").and_then(Address::parse);
        let tag = to.as_ref().and_then(Address::tag).unwrap_or("").to_owned();
        let Some(leg) = self.legs.get_mut(&id) else { return };
        if leg.stage != Stage::Calling {
            // A second one took it as well: it is thanked and let go (RFC 3261 section 13.2.2.4).
            if leg.remote_tag.as_ref() != Some(&tag) {
                let request = self.transactions.client(key).map(|client| client.request.clone());
                if let Some(request) = request {
                    self.thank_and_end(key, &request, flow, message);
                }
            }
            return;
        }
        let trunk = match leg.peer {
            Peer::Trunk(_) => true,
            Peer::Phone(_) => false,
        };
        leg.stage = Stage::Up;
        leg.decide_by = None;
        leg.remote = message.get("To").unwrap_or_default().to_owned();
        leg.remote_tag = Some(tag.clone());
        leg.routes = recorded_route(message, true);
        leg.allows_update = message.lists("Allow", "UPDATE");
        let target = contact_of(message).unwrap_or_else(|| leg.target.clone());
        leg.target.clone_from(&target);
        let early = leg
            .outgoing
            .as_mut()
            .and_then(|outgoing| outgoing.by_tag.remove(&tag))
            .and_then(|early| early.answer);
        let answer = message.sdp().or(early);
        let number = leg.invite_seq;
        let hop = if trunk { follow_peer(flow, message, &target) } else { flow.clone() };
        self.reroute(id, hop.clone());
        if let Some(outgoing) = self.legs.get_mut(&id).and_then(|leg| leg.outgoing.as_mut()) {
            outgoing.attempts.clear();
            outgoing.by_tag.clear();
        }
        let Some(request) = self.transactions.client(key).map(|client| client.request.clone())
        else {
            return;
        };
        let ack = self.in_answer(&request, message, Method::Ack, number).to_bytes();
        self.io.send(&hop, ack.clone());
        self.transactions.acknowledged(key, tag, hop, ack);
        let Some(answer) = answer else {
            self.hang_up(id, 111, Side::Local, "the far end answered without a description");
            return;
        };
        self.take_interval(id, message);
        self.io.tell(SipEvent::Accepted { leg: id, answer });
    }

    /// A call that nobody wants any more was answered, or not.
    pub(super) fn end_orphan(
        &mut self,
        key: &str,
        request: &Message,
        sent_to: &Hop,
        message: &Message,
        status: u16,
    ) {
        if (200..300).contains(&status) && request.method() == Some(&Method::Invite) {
            self.thank_and_end(key, request, sent_to, message);
        }
    }

    /// ACK, then BYE.
    fn thank_and_end(&mut self, key: &str, request: &Message, flow: &Hop, message: &Message) {
        let to = message.get("To").and_then(Address::parse);
        let tag = to.as_ref().and_then(Address::tag).unwrap_or("").to_owned();
        let number = request.cseq().map_or(1, |(number, _)| number);
        let target = contact_of(message).unwrap_or_default();
        let hop = follow_peer(flow, message, &target);
        let ack = self.in_answer(request, message, Method::Ack, number).to_bytes();
        self.io.send(&hop, ack.clone());
        self.transactions.acknowledged(key, tag, hop.clone(), ack);
        let mut bye = self.in_answer(request, message, Method::Bye, number + 1);
        bye.push("Reason", reason(31));
        self.transactions.send(&mut self.io, hop, bye, Purpose::Nobody, 0);
    }

    /// A request within the dialog that a 2xx made, from the INVITE and the 2xx alone.
    fn in_answer(
        &mut self,
        request: &Message,
        message: &Message,
        method: Method,
        number: u32,
    ) -> Message {
        let target = contact_of(message).unwrap_or_else(|| match &request.start {
            Start::Request { uri, .. } => uri.clone(),
            Start::Response { .. } => String::new(),
        });
        let transport = super::Via::parse(request.get("Via").unwrap_or_default())
            .and_then(|via| {
                [super::Transport::Udp, super::Transport::Tcp, super::Transport::Tls]
                    .into_iter()
                    .find(|transport| transport.as_str() == via.transport)
            })
            .unwrap_or(super::Transport::Udp);
        let mut out = Message::request(method.clone(), target);
        out.push("Via", self.via(transport));
        out.push("Max-Forwards", "70");
        for route in recorded_route(message, true) {
            out.push("Route", route);
        }
        out.push("From", request.get("From").unwrap_or_default());
        out.push("To", message.get("To").unwrap_or_default());
        out.push("Call-ID", request.get("Call-ID").unwrap_or_default());
        out.push("CSeq", format!("{number} {method}"));
        // The ACK repeats what the challenge was answered with (RFC 3261 section 22.1).
        for name in ["Authorization", "Proxy-Authorization"] {
            if method == Method::Ack
                && let Some(value) = request.get(name)
            {
                out.headers.push((name.into(), value.to_owned()));
            }
        }
        self.sign(&mut out);
        out
    }

    /// The far end wants longer sessions (RFC 4028 section 7.3).
    fn longer_interval(&mut self, id: LegId, key: &str, message: &Message) {
        let least = message
            .get("Min-SE")
            .and_then(|value| value.split(';').next()?.trim().parse::<u64>().ok())
            .filter(|secs| *secs <= 86_400);
        let Some(outgoing) = self.legs.get_mut(&id).and_then(|leg| leg.outgoing.as_mut()) else {
            return;
        };
        let before = outgoing.interval;
        let cause = Cause { status: Some(422), q850: None, text: reason_of(422).to_owned() };
        let Some(least) = least.filter(|least| *least > before) else {
            self.attempt_failed(id, cause);
            return;
        };
        outgoing.interval = least;
        let client = self.transactions.client(key);
        let Some((mut request, hop)) = client.map(|c| (c.request.clone(), c.hop.clone())) else {
            return;
        };
        request.set("Session-Expires", least.to_string());
        self.send_again(id, hop, request, Purpose::Invite(id), 0);
    }

    /// Answers a challenge by sending the request again. `false` when there is nothing to answer
    /// with, or it was tried.
    pub(super) fn answer_challenge(&mut self, key: &str, message: &Message) -> bool {
        let status = message.status().unwrap_or(0);
        let (asked, given) = if status == 407 {
            ("Proxy-Authenticate", "Proxy-Authorization")
        } else {
            ("WWW-Authenticate", "Authorization")
        };
        let Some(client) = self.transactions.client(key) else { return false };
        let (mut request, hop) = (client.request.clone(), client.hop.clone());
        let (purpose, tries) = (client.purpose.clone(), client.challenged);
        let Some(credentials) = self.credentials_for(&purpose, &hop) else { return false };
        let Some(challenge) = Challenge::strongest(message.lines(asked)) else { return false };
        // A second challenge means a wrong password, unless only the nonce was too old.
        if tries >= 2 || (tries == 1 && !challenge.stale) {
            return false;
        }
        let Start::Request { method, uri } = &request.start else { return false };
        let cnonce = self.io.token();
        let answer = challenge.answer(&credentials, method.as_str(), uri, &cnonce);
        request.set(given, answer);
        self.transactions.finish(key);
        match purpose {
            Purpose::Invite(id) | Purpose::Refresh(id) | Purpose::Within(id) => {
                self.send_again(id, hop, request, purpose, tries + 1);
            }
            Purpose::Register(_) | Purpose::Qualify(_) | Purpose::Nobody => {
                self.renew(&mut request, hop.transport, None);
                self.transactions.send(&mut self.io, hop, request, purpose, tries + 1);
            }
            Purpose::Orphan => {}
        }
        true
    }

    fn credentials_for(&self, purpose: &Purpose, hop: &Hop) -> Option<Credentials> {
        let trunk = match purpose {
            Purpose::Invite(id) | Purpose::Refresh(id) | Purpose::Within(id) => {
                match self.legs.get(id)?.peer {
                    Peer::Trunk(trunk) => self.carrier(trunk),
                    Peer::Phone(_) => None,
                }
            }
            Purpose::Register(trunk) | Purpose::Qualify(trunk) => self.carrier(*trunk),
            // A BYE outlives its leg; whose it was shows in where it went.
            Purpose::Nobody => {
                let ip = hop.to.ip().to_canonical();
                self.trunks.iter().find(|carrier| carrier.knows(ip))
            }
            Purpose::Orphan => None,
        };
        trunk?.trunk.credentials.clone()
    }

    /// The same request as a new transaction.
    fn renew(&mut self, request: &mut Message, transport: super::Transport, seq: Option<u32>) {
        let via = self.via(transport);
        request.set("Via", via);
        let (number, method) = request.cseq().unwrap_or((1, Method::Options));
        let number = seq.unwrap_or(number + 1);
        request.set("CSeq", format!("{number} {method}"));
    }

    fn send_again(
        &mut self,
        id: LegId,
        hop: Hop,
        mut request: Message,
        purpose: Purpose,
        tries: u8,
    ) {
        let Some(leg) = self.legs.get_mut(&id) else { return };
        leg.seq += 1;
        let seq = leg.seq;
        self.renew(&mut request, hop.transport, Some(seq));
        let first = matches!(purpose, Purpose::Invite(_));
        let refresh = matches!(purpose, Purpose::Refresh(_));
        let key = self.transactions.send(&mut self.io, hop, request, purpose, tries);
        if let Some(leg) = self.legs.get_mut(&id) {
            if first {
                leg.invite = key;
                leg.invite_seq = seq;
            } else if refresh {
                leg.refreshing = Some(key);
            }
        }
    }
}

/// An address as a URI has it.
fn host_of(ip: IpAddr) -> String {
    match ip.to_canonical() {
        IpAddr::V4(ip) => ip.to_string(),
        IpAddr::V6(ip) => format!("[{ip}]"),
    }
}
