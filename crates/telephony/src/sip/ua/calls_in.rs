//! Calls that arrive: INVITE until its ACK, CANCEL, reliable provisional responses.

use std::time::Duration;

use domain::{LegId, TrunkId};
use uuid::Uuid;

use super::{
    SUPPORTED, Ua,
    guard::Bucket,
    io::{Hop, Timer},
    leg::{Leg, Peer, Reliable, Stage, contact_of, follow, recorded_route},
    q850, reason,
    sessions::wanted_interval,
    transaction::server_key,
};
use crate::sip::{
    config::Dialled,
    message::{Message, Method, Start},
    port::{Cause, Incoming, Party, Side, SipEvent},
    uri::{Address, Uri},
};

/// Extensions that a caller may require of us.
const REQUIRABLE: &[&str] = &["100rel", "timer", "replaces", "norefersub"];

impl Ua {
    /// An INVITE from a trunk's address.
    pub(super) fn trunk_calls(
        &mut self,
        at: usize,
        hop: &Hop,
        back: Hop,
        key: String,
        message: Message,
    ) {
        let id = self.trunks[at].trunk.id;
        let busy = self.calls_of(id);
        let now = self.io.now;
        let carrier = &mut self.trunks[at];
        let trunk = &carrier.trunk;
        let rate = trunk.calls_per_second;
        let bucket = carrier.calls.get_or_insert_with(|| Bucket::new(now, rate));
        let refused = self.stopping || busy >= trunk.calls_max || !bucket.take(now, rate);
        if refused || self.legs.len() >= self.limits.legs_max {
            self.counted.calls_refused += 1;
            // A little chance keeps the refused from coming back all at once.
            let after = 1 + self.io.below(4);
            self.refuse(&back, &message, 503, &[("Retry-After", after.to_string())]);
            return;
        }
        self.arrive(Peer::Trunk(id), hop, back, key, message);
    }

    /// An INVITE of somebody who may call.
    pub(super) fn arrive(
        &mut self,
        peer: Peer,
        hop: &Hop,
        back: Hop,
        key: String,
        message: Message,
    ) {
        let unsupported: Vec<&str> = message
            .values("Require")
            .filter(|tag| !REQUIRABLE.iter().any(|known| known.eq_ignore_ascii_case(tag)))
            .collect();
        if !unsupported.is_empty() {
            let list = unsupported.join(", ");
            self.refuse(&back, &message, 420, &[("Unsupported", list)]);
            return;
        }
        let offer = message.sdp();
        if offer.is_none() && !message.body.is_empty() {
            let accept = [("Accept", "application/sdp".to_owned())];
            self.refuse(&back, &message, 415, &accept);
            return;
        }
        if let Err(least) = wanted_interval(&message, &self.limits) {
            self.refuse(&back, &message, 422, &[("Min-SE", least.to_string())]);
            return;
        }
        let parts = (|| {
            let from = Address::parse(message.get("From")?)?;
            let (number, _) = message.cseq()?;
            Some((from, number, contact_of(&message)?, message.get("Call-ID")?.to_owned()))
        })();
        let Some((from, number, target, call_id)) = parts else {
            self.refuse(&back, &message, 400, &[]);
            return;
        };
        let remote_tag = from.tag().map(str::to_owned);
        // The same call by another way (RFC 3261 section 8.2.2.2).
        if self.legs.values().any(|leg| {
            leg.call_id == call_id
                && leg.remote_tag == remote_tag
                && leg.invite_seq == number
                && !leg.is_up()
        }) {
            self.refuse(&back, &message, 482, &[]);
            return;
        }
        let replaced = message.get("Replaces").map(|value| self.leg_replaced(value));
        let replaces = match replaced {
            // Who replaces what is not there, is told so (RFC 3891 section 3).
            Some(None) => {
                self.refuse(&back, &message, 481, &[]);
                return;
            }
            Some(Some(leg)) => Some(leg),
            None => None,
        };
        let id = LegId::from_uuid(Uuid::from_u128(self.io.bits()));
        let tag = self.io.token();
        let call = Box::new(self.incoming(&peer, hop, &message, &from, offer, replaces));
        let to = message.get("To").unwrap_or_default().to_owned();
        let leg = Leg {
            id,
            peer,
            stage: Stage::Arrived,
            call_id,
            local: format!("{to};tag={tag}"),
            local_tag: tag.clone(),
            remote: message.get("From").unwrap_or_default().to_owned(),
            remote_tag,
            contact_user: call.to.user.clone(),
            seq: 0,
            remote_seq: Some(number),
            hop: follow_peer(hop, &message, &target),
            target,
            routes: recorded_route(&message, false),
            invite: key.clone(),
            invite_seq: number,
            allows_update: message.lists("Allow", "UPDATE"),
            local_sdp: None,
            decide_by: Some(self.io.now + self.limits.undecided_max),
            offer_owed: call.offer.is_none(),
            wants_prack: message.lists("Require", "100rel"),
            reliable: None,
            rseq: u32::try_from(self.io.below(1 << 16)).unwrap_or(0) + 1,
            accepting: None,
            outgoing: None,
            offer: None,
            reinvite: None,
            refer: None,
            reporting: None,
            session: None,
            refreshing: None,
        };
        self.transactions.open(&mut self.io, key.clone(), back, message, Some(id));
        self.transactions.tag(&key, &tag);
        if let Some(trying) = self.transactions.prepare(&key, 100) {
            self.transactions.answer(&mut self.io, &key, &trying);
        }
        self.adopt(leg);
        self.attend(id);
        self.io.tell(SipEvent::Incoming { leg: id, call });
    }

    /// What the call must know of an INVITE.
    fn incoming(
        &self,
        peer: &Peer,
        hop: &Hop,
        message: &Message,
        from: &Address,
        offer: Option<String>,
        replaces: Option<LegId>,
    ) -> Incoming {
        let trunk = match peer {
            Peer::Trunk(id) => self.carrier(*id).map(|carrier| &carrier.trunk),
            Peer::Phone(_) => None,
        };
        let numbered = |mut party: Party| {
            if let Some(number) = trunk.and_then(|trunk| trunk.numbers.to_e164(&party.user)) {
                party.user = number;
            }
            party
        };
        let uri = match &message.start {
            Start::Request { uri, .. } => Uri::parse(uri).map(|uri| uri.party(None)),
            Start::Response { .. } => None,
        };
        let header = message.get("To").and_then(Address::parse).map(|to| to.party());
        let to = match trunk.map(|trunk| trunk.dialled) {
            Some(Dialled::To) => header.or(uri),
            _ => uri.or(header),
        };
        let trusted = trunk.is_some_and(|trunk| trunk.trusted);
        let asserted = trusted
            .then(|| {
                // A telephone number is preferred where a carrier gives a name as well.
                let all: Vec<Address> =
                    message.values("P-Asserted-Identity").filter_map(Address::parse).collect();
                let number = all.iter().position(|address| {
                    address.uri.scheme == "tel" || address.uri.user.starts_with(['+', '0'])
                });
                all.get(number.unwrap_or(0)).map(Address::party)
            })
            .flatten();
        let privacy = message.values("Privacy").any(|value| {
            value.split(';').any(|word| {
                ["id", "user", "header"].iter().any(|known| known.eq_ignore_ascii_case(word.trim()))
            })
        });
        let caller = match peer {
            // A phone is who it proved to be, whatever it writes.
            Peer::Phone(name) => {
                Party { user: name.clone(), host: from.uri.host.clone(), name: from.name.clone() }
            }
            Peer::Trunk(_) => numbered(asserted.unwrap_or_else(|| from.party())),
        };
        let anonymous = from.uri.user.eq_ignore_ascii_case("anonymous")
            || from.uri.host.eq_ignore_ascii_case("anonymous.invalid");
        Incoming {
            trunk: trunk.map(|trunk| trunk.id),
            to: numbered(to.unwrap_or_default()),
            from: caller,
            withheld: privacy || anonymous,
            diverted_by: if trusted {
                diverted_by(message).into_iter().map(numbered).collect()
            } else {
                Vec::new()
            },
            offer,
            replaces,
            source: hop.to.ip().to_canonical(),
            call_id: message.get("Call-ID").unwrap_or_default().to_owned(),
        }
    }

    /// Calls of a trunk, in and out.
    pub(super) fn calls_of(&self, trunk: TrunkId) -> usize {
        self.legs.values().filter(|leg| leg.peer == Peer::Trunk(trunk)).count()
    }

    /// 180, or 183 with early media.
    pub(super) fn ring(&mut self, id: LegId, answer: Option<String>) {
        let now = self.io.now;
        let ringing = now + self.limits.ringing_max;
        let Some(leg) = self.legs.get_mut(&id) else { return };
        if !matches!(leg.stage, Stage::Arrived | Stage::Ringing) {
            return;
        }
        if leg.stage == Stage::Arrived {
            leg.decide_by = Some(ringing);
        }
        leg.stage = Stage::Ringing;
        // The first reliable response would have to carry our offer (RFC 3262 section 5). The caller
        // hears nothing of ours until the 200 anyway, so it is left out.
        if leg.wants_prack && (leg.offer_owed || leg.reliable.is_some()) {
            self.attend(id);
            return;
        }
        if answer.is_some() {
            leg.local_sdp.clone_from(&answer);
        }
        let (key, reliable) = (leg.invite.clone(), leg.wants_prack);
        let status = if answer.is_some() { 183 } else { 180 };
        let Some(mut response) = self.dialog_response(id, &key, status) else { return };
        if let Some(answer) = &answer {
            response.set_body("application/sdp", answer);
        }
        if reliable {
            response.push("Require", "100rel");
            let t1 = self.limits.t1;
            if let Some(leg) = self.legs.get_mut(&id) {
                leg.rseq += 1;
                response.push("RSeq", leg.rseq.to_string());
                leg.reliable = Some(Reliable {
                    rseq: leg.rseq,
                    response: response.clone(),
                    again: now + t1,
                    interval: t1,
                    until: now + t1 * 64,
                });
            }
        }
        self.transactions.answer(&mut self.io, &key, &response);
        self.attend(id);
    }

    /// 200. Waits for the PRACK of a response in the air, which may carry our answer.
    pub(super) fn accept(&mut self, id: LegId, body: String) {
        let Some(leg) = self.legs.get_mut(&id) else { return };
        if !matches!(leg.stage, Stage::Arrived | Stage::Ringing) {
            return;
        }
        if leg.reliable.is_some() {
            leg.accepting = Some(body);
            return;
        }
        leg.stage = Stage::Answered;
        leg.decide_by = None;
        leg.local_sdp = Some(body.clone());
        let key = leg.invite.clone();
        let Some(mut response) = self.dialog_response(id, &key, 200) else { return };
        self.agree_interval(id, &key, &mut response);
        response.set_body("application/sdp", &body);
        self.transactions.answer(&mut self.io, &key, &response);
        self.attend(id);
    }

    /// Refuses a call that nobody has taken.
    pub(super) fn reject(
        &mut self,
        id: LegId,
        status: u16,
        retry_after: Option<Duration>,
        by: Side,
        cause: Option<u8>,
    ) {
        let Some(leg) = self.legs.get(&id) else { return };
        if !matches!(leg.stage, Stage::Arrived | Stage::Ringing) {
            return;
        }
        let status = status.clamp(400, 699);
        let key = leg.invite.clone();
        if let Some(mut response) = self.transactions.prepare(&key, status) {
            if let Some(after) = retry_after {
                response.push("Retry-After", after.as_secs().max(1).to_string());
            }
            if let Some(cause) = cause {
                response.push("Reason", reason(cause));
            }
            self.sign(&mut response);
            self.transactions.answer(&mut self.io, &key, &response);
        }
        let text = crate::sip::message::reason_of(status).to_owned();
        self.finish(id, by, Cause { status: Some(status), q850: cause, text });
    }

    /// A response to an INVITE of theirs that makes or changes a dialog.
    pub(super) fn dialog_response(&mut self, id: LegId, key: &str, status: u16) -> Option<Message> {
        let mut response = self.transactions.prepare(key, status)?;
        let request = &self.transactions.server(key)?.request;
        let routes: Vec<String> = request.lines("Record-Route").map(str::to_owned).collect();
        let leg = self.legs.get(&id)?;
        let contact = self.contact(&leg.contact_user, leg.hop.transport);
        for route in routes {
            response.push("Record-Route", route);
        }
        response.push("Contact", contact);
        response.push("Allow", super::ALLOW);
        response.push("Supported", SUPPORTED);
        self.sign(&mut response);
        Some(response)
    }

    /// The caller takes a call back.
    pub(super) fn cancel(&mut self, back: Hop, key: String, message: &Message) {
        let invite = server_key(message, &Method::Invite);
        let found = invite.as_deref().and_then(|invite| self.transactions.server(invite));
        let Some(server) = found else {
            self.refuse(&back, message, 481, &[]);
            return;
        };
        let (leg, answered, tag) = (server.leg, server.is_answered(), server.tag.clone());
        self.transactions.open(&mut self.io, key.clone(), back, message.clone(), None);
        self.transactions.tag(&key, &tag);
        if let Some(response) = self.transactions.prepare(&key, 200) {
            self.transactions.answer(&mut self.io, &key, &response);
        }
        let Some(invite) = invite.filter(|_| !answered) else { return };
        if let Some(response) = self.transactions.prepare(&invite, 487) {
            self.transactions.answer(&mut self.io, &invite, &response);
        }
        let Some(id) = leg else { return };
        let Some(leg) = self.legs.get_mut(&id) else { return };
        if leg.invite == invite {
            let cause = Cause {
                status: Some(487),
                q850: q850(message),
                text: "the caller hung up before the answer".into(),
            };
            self.finish(id, Side::Remote, cause);
        } else if leg.offer.as_ref().is_some_and(|(question, _, _)| question.key == invite) {
            leg.offer = None;
        }
    }

    /// ACK: to a refusal it belongs to the transaction, to a 200 to the dialog.
    pub(super) fn ack(&mut self, message: &Message) {
        if let Some(key) = server_key(message, &Method::Invite)
            && self.transactions.server(&key).is_some()
        {
            self.transactions.acked(&mut self.io, &key);
            // Some far ends take the branch of the INVITE for this one as well.
        }
        let tag = message.get("To").and_then(Address::parse);
        let Some(id) =
            tag.as_ref().and_then(Address::tag).and_then(|tag| self.leg_of(message, tag))
        else {
            return;
        };
        let Some((number, _)) = message.cseq() else { return };
        let Some(leg) = self.legs.get_mut(&id) else { return };
        if leg.stage == Stage::Answered && number == leg.invite_seq {
            leg.stage = Stage::Up;
            let (key, owed) = (leg.invite.clone(), std::mem::take(&mut leg.offer_owed));
            self.transactions.acked(&mut self.io, &key);
            self.confirmed(id, owed, true, message);
        } else if let Some((key, _, owed)) = leg.reinvite.take_if(|(_, of, _)| *of == number) {
            self.transactions.acked(&mut self.io, &key);
            self.confirmed(id, owed, false, message);
        }
    }

    fn confirmed(&mut self, id: LegId, owed: bool, first: bool, message: &Message) {
        let answer = if owed { message.sdp() } else { None };
        if owed && answer.is_none() {
            // Without an answer to our offer nobody knows where the sound should go.
            self.hang_up(id, 111, Side::Local, "the far end did not answer our offer");
            return;
        }
        if first || answer.is_some() {
            self.io.tell(SipEvent::Confirmed { leg: id, answer });
        }
        self.attend(id);
    }

    /// Nobody acknowledged our 200 for 32 s (RFC 3261 section 13.3.1.4).
    pub(super) fn unacknowledged(&mut self, id: LegId, key: &str) {
        let first = self.legs.get(&id).is_some_and(|leg| leg.invite == key);
        let again = self
            .legs
            .get(&id)
            .is_some_and(|leg| leg.reinvite.as_ref().is_some_and(|(known, _, _)| known == key));
        if first || again {
            self.hang_up(id, 102, Side::Timeout, "the answer was never acknowledged");
        }
    }

    /// PRACK (RFC 3262 section 3).
    pub(super) fn prack(&mut self, id: LegId, key: &str, message: &Message) {
        let Some(leg) = self.legs.get_mut(&id) else { return };
        let rack = message.get("RAck").map(|value| {
            let mut words = value.split_whitespace();
            (
                words.next().and_then(|n| n.parse::<u32>().ok()),
                words.next().and_then(|n| n.parse().ok()),
            )
        });
        let fits = leg
            .reliable
            .as_ref()
            .is_some_and(|reliable| rack == Some((Some(reliable.rseq), Some(leg.invite_seq))));
        if !fits {
            self.reply(key, 481, &[]);
            return;
        }
        leg.reliable = None;
        let accepting = leg.accepting.take();
        // A new offer in a PRACK is what nobody sends us; it is refused, the call stays as it is.
        self.reply(key, if message.sdp().is_some() { 488 } else { 200 }, &[]);
        if let Some(body) = accepting {
            self.accept(id, body);
        }
    }

    /// A provisional response waits for its PRACK.
    pub(super) fn reliable_due(&mut self, id: LegId) {
        let now = self.io.now;
        let Some(leg) = self.legs.get_mut(&id) else { return };
        let Some(reliable) = &mut leg.reliable else { return };
        if reliable.until <= now {
            // The caller required it and did not do it (RFC 3262 section 3): 5xx.
            self.reject(id, 504, None, Side::Timeout, None);
            return;
        }
        if reliable.again <= now {
            reliable.interval *= 2;
            reliable.again = now + reliable.interval;
            let (key, response) = (leg.invite.clone(), reliable.response.clone());
            self.transactions.answer(&mut self.io, &key, &response);
        }
    }

    /// Asks to be woken for what a leg waits for next.
    pub(super) fn attend(&mut self, id: LegId) {
        if let Some(at) = self.legs.get(&id).and_then(Leg::next_due) {
            // What is due now and was just looked at must not keep the machine from everything else.
            let soon = self.io.now + Duration::from_millis(20);
            self.io.wake(at.max(soon), Timer::Leg(id));
        }
    }
}

/// Who sent the call on, the latest first: Diversion (RFC 5806) or History-Info (RFC 7044).
fn diverted_by(message: &Message) -> Vec<Party> {
    let diversions: Vec<Party> = message
        .values("Diversion")
        .filter_map(Address::parse)
        .map(|address| address.party())
        .take(10)
        .collect();
    if !diversions.is_empty() {
        return diversions;
    }
    // Each entry but the last was left for the next one; those with a Reason or a cause were diverted.
    let mut entries: Vec<Address> =
        message.values("History-Info").filter_map(Address::parse).take(10).collect();
    let caused = |address: &Address| address.uri.params.get("cause").is_some();
    let reasoned = |address: &Address| address.uri.header("Reason").is_some();
    let mut parties = Vec::new();
    while let Some(next) = entries.pop() {
        if let Some(before) = entries.last()
            && (caused(&next) || reasoned(before))
        {
            parties.push(before.party());
        }
    }
    parties
}

/// Where requests within a dialog go: by the first recorded route, or the Contact.
pub(super) fn follow_peer(flow: &Hop, message: &Message, target: &str) -> Hop {
    let routes = recorded_route(message, message.status().is_some());
    follow(flow, routes.first().map_or(target, String::as_str))
}
