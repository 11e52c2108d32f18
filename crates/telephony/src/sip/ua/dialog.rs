//! Requests within a leg: theirs (BYE, re-INVITE, UPDATE, INFO, REFER, …) and ours.

use domain::LegId;

use super::{
    ALLOW, Ua,
    calls_in::follow_peer,
    io::Hop,
    leg::{Peer, Question, Stage, contact_of},
    q850, reason,
    sessions::wanted_interval,
    transaction::Purpose,
};
use crate::sip::{
    message::{Message, Method},
    port::{Cause, Side, SipEvent},
    uri::Address,
};

impl Ua {
    /// The leg of a request with our tag, if its call and its sender's tag are right as well.
    pub(super) fn leg_of(&self, message: &Message, tag: &str) -> Option<LegId> {
        let id = *self.by_tag.get(tag)?;
        let leg = self.legs.get(&id)?;
        let from = Address::parse(message.get("From")?)?;
        let fits = Some(leg.call_id.as_str()) == message.get("Call-ID")
            && (leg.remote_tag.is_none() || leg.remote_tag.as_deref() == from.tag());
        fits.then_some(id)
    }

    /// The leg that a Replaces header names (RFC 3891): its tags are written from the sender's side.
    pub(super) fn leg_replaced(&self, value: &str) -> Option<LegId> {
        let mut parts = value.split(';').map(str::trim);
        let call_id = parts.next()?;
        let (mut to, mut from) = (None, None);
        for part in parts {
            match part.split_once('=') {
                Some(("to-tag", tag)) => to = Some(tag),
                Some(("from-tag", tag)) => from = Some(tag),
                _ => {}
            }
        }
        let (to, from) = (to?, from?);
        [(to, from), (from, to)].into_iter().find_map(|(ours, theirs)| {
            let id = *self.by_tag.get(ours)?;
            let leg = self.legs.get(&id)?;
            (leg.call_id == call_id && leg.remote_tag.as_deref() == Some(theirs)).then_some(id)
        })
    }

    /// A request within a leg.
    pub(super) fn within(
        &mut self,
        id: LegId,
        back: Hop,
        key: String,
        message: Message,
        method: &Method,
    ) {
        let Some((number, _)) = message.cseq() else { return };
        let Some(leg) = self.legs.get_mut(&id) else { return };
        // What comes late or twice by another way is out of order (RFC 3261 section 12.2.2).
        if leg.remote_seq.is_some_and(|last| number <= last) {
            self.refuse(&back, &message, 500, &[("Retry-After", "1".into())]);
            return;
        }
        leg.remote_seq = Some(number);
        let tag = leg.local_tag.clone();
        self.transactions.open(&mut self.io, key.clone(), back, message.clone(), Some(id));
        self.transactions.tag(&key, &tag);
        match method {
            Method::Bye => self.bye(id, &key, &message),
            Method::Invite | Method::Update => self.offered(id, key, &message, method, number),
            Method::Prack => self.prack(id, &key, &message),
            Method::Info => self.info(id, &key, &message),
            Method::Refer => self.referred(id, key, &message, number),
            Method::Options => self.reply(&key, 200, &[("Allow", ALLOW.to_owned())]),
            // Nobody here subscribed to anything.
            Method::Notify => self.reply(&key, 481, &[]),
            _ => self.reply(&key, 405, &[("Allow", ALLOW.to_owned())]),
        }
    }

    /// Answers a request within a leg that makes no dialog.
    pub(super) fn reply(&mut self, key: &str, status: u16, more: &[(&'static str, String)]) {
        let Some(mut response) = self.transactions.prepare(key, status) else { return };
        for (name, value) in more {
            response.push(name, value.clone());
        }
        self.sign(&mut response);
        self.transactions.answer(&mut self.io, key, &response);
    }

    fn bye(&mut self, id: LegId, key: &str, message: &Message) {
        self.reply(key, 200, &[]);
        let Some(leg) = self.legs.get(&id) else { return };
        let invite = leg.invite.clone();
        match leg.stage {
            // A caller may end an early dialog by BYE as well (RFC 3261 section 15).
            Stage::Arrived | Stage::Ringing => self.reply(&invite, 487, &[]),
            Stage::Answered => self.transactions.acked(&mut self.io, &invite),
            Stage::Calling => self.transactions.orphan(&invite),
            Stage::Up => {}
        }
        self.drop_questions(id);
        let cause = Cause { status: Some(200), q850: q850(message), text: "hung up".into() };
        self.finish(id, Side::Remote, cause);
    }

    /// Whatever of theirs waits for an answer gets one, since the leg ends.
    fn drop_questions(&mut self, id: LegId) {
        let Some(leg) = self.legs.get_mut(&id) else { return };
        let keys = [
            leg.offer.take().map(|(question, _, _)| question.key),
            leg.refer.take().map(|(question, _, _)| question.key),
        ];
        if let Some((key, _, _)) = leg.reinvite.take() {
            self.transactions.acked(&mut self.io, &key);
        }
        for key in keys.into_iter().flatten() {
            self.reply(&key, 487, &[]);
        }
    }

    /// re-INVITE or UPDATE (RFC 3261 section 14.2, RFC 3311 section 5.2).
    fn offered(&mut self, id: LegId, key: String, message: &Message, method: &Method, number: u32) {
        if let Err(least) = wanted_interval(message, &self.limits) {
            self.reply(&key, 422, &[("Min-SE", least.to_string())]);
            return;
        }
        let after = [("Retry-After", self.io.below(10).to_string())];
        let by = self.io.now + self.limits.answer_max;
        let Some(leg) = self.legs.get_mut(&id) else { return };
        let offer = message.sdp();
        if *method == Method::Update && offer.is_none() {
            self.retarget(id, message);
            let Some(mut response) = self.dialog_response(id, &key, 200) else { return };
            self.agree_interval(id, &key, &mut response);
            self.transactions.answer(&mut self.io, &key, &response);
            self.attend(id);
            return;
        }
        // One exchange at a time: theirs still open, or the first one not yet over.
        if leg.offer.is_some() || leg.reinvite.is_some() || leg.stage != Stage::Up {
            self.reply(&key, 500, &after);
            return;
        }
        // Both at once (RFC 3261 section 14.2).
        if leg.refreshing.is_some() {
            self.reply(&key, 491, &[]);
            return;
        }
        if *method == Method::Invite {
            leg.reinvite = None;
        }
        let _ = number;
        let late = offer.is_none();
        leg.offer = Some((Question { key: key.clone(), by }, method.clone(), late));
        if *method == Method::Invite
            && let Some(trying) = self.transactions.prepare(&key, 100)
        {
            self.transactions.answer(&mut self.io, &key, &trying);
        }
        self.attend(id);
        self.io.tell(SipEvent::Offer { leg: id, offer });
    }

    /// The call has decided on their offer.
    pub(super) fn answer_offer(&mut self, id: LegId, answer: Result<String, u16>) {
        let Some(leg) = self.legs.get_mut(&id) else { return };
        let Some((question, method, late)) = leg.offer.take() else { return };
        let key = question.key;
        let body = match answer {
            Ok(body) => body,
            Err(status) => {
                self.reply(&key, status.clamp(400, 699), &[]);
                return;
            }
        };
        let Some(request) = self.transactions.server(&key).map(|server| server.request.clone())
        else {
            return;
        };
        let number = request.cseq().map_or(0, |(number, _)| number);
        if let Some(leg) = self.legs.get_mut(&id) {
            leg.local_sdp = Some(body.clone());
            if method == Method::Invite {
                leg.reinvite = Some((key.clone(), number, late));
            }
        }
        self.retarget(id, &request);
        let Some(mut response) = self.dialog_response(id, &key, 200) else { return };
        self.agree_interval(id, &key, &mut response);
        response.set_body("application/sdp", &body);
        self.transactions.answer(&mut self.io, &key, &response);
        self.attend(id);
    }

    /// A request that refreshes the target moves the far end's Contact (RFC 3261 section 12.2.2).
    pub(super) fn retarget(&mut self, id: LegId, message: &Message) {
        let Some(target) = contact_of(message) else { return };
        let Some(leg) = self.legs.get_mut(&id) else { return };
        leg.target.clone_from(&target);
        if leg.routes.is_empty() && matches!(leg.peer, Peer::Trunk(_)) {
            let hop = follow_peer(&leg.hop.clone(), &Message::request(Method::Ack, ""), &target);
            self.reroute(id, hop);
        }
    }

    /// INFO: a key press, in either of its two forms; anything else is not ours.
    fn info(&mut self, id: LegId, key: &str, message: &Message) {
        if message.body.is_empty() {
            self.reply(key, 200, &[]);
            return;
        }
        let kind = message.get("Content-Type").unwrap_or_default().to_ascii_lowercase();
        let body = String::from_utf8_lossy(&message.body);
        let text = if kind.starts_with("application/dtmf-relay") {
            body.lines().find_map(|line| {
                let (name, value) = line.split_once(['=', ':'])?;
                name.trim().eq_ignore_ascii_case("signal").then(|| value.trim().to_owned())
            })
        } else if kind.starts_with("application/dtmf") {
            Some(body.trim().to_owned())
        } else {
            let accept = [("Accept", "application/dtmf-relay, application/dtmf".to_owned())];
            self.reply(key, 415, &accept);
            return;
        };
        let digit = text.as_deref().and_then(digit);
        self.reply(key, if digit.is_some() { 200 } else { 400 }, &[]);
        if let Some(digit) = digit
            && self.legs.get(&id).is_some_and(super::leg::Leg::is_up)
        {
            self.io.tell(SipEvent::Digit { leg: id, digit });
        }
    }

    /// REFER (RFC 3515).
    fn referred(&mut self, id: LegId, key: String, message: &Message, number: u32) {
        let by = self.io.now + self.limits.answer_max;
        let Some(leg) = self.legs.get_mut(&id) else { return };
        if leg.refer.is_some() || leg.reporting.is_some() || !leg.is_up() {
            self.reply(&key, 500, &[("Retry-After", "5".into())]);
            return;
        }
        let mut targets = message.values("Refer-To");
        let target = targets.next().and_then(Address::parse).filter(|_| targets.next().is_none());
        drop(targets);
        let Some(target) = target else {
            self.reply(&key, 400, &[]);
            return;
        };
        // Who refers may not want to hear of it (RFC 4488).
        let silent = message.get("Refer-Sub").is_some_and(|value| {
            value.split(';').next().unwrap_or("").trim().eq_ignore_ascii_case("false")
        });
        leg.refer = Some((Question { key, by }, number, silent));
        let replaces = target.uri.header("Replaces").and_then(|value| self.leg_replaced(&value));
        let mut to = target.party();
        if let Some(Peer::Trunk(trunk)) = self.legs.get(&id).map(|leg| leg.peer.clone())
            && let Some(number) =
                self.carrier(trunk).and_then(|carrier| carrier.trunk.numbers.to_e164(&to.user))
        {
            to.user = number;
        }
        self.attend(id);
        self.io.tell(SipEvent::Refer { leg: id, to, replaces });
    }

    /// The call has decided on their REFER.
    pub(super) fn answer_refer(&mut self, id: LegId, accepted: bool) {
        let Some(leg) = self.legs.get_mut(&id) else { return };
        let Some((question, number, silent)) = leg.refer.take() else { return };
        if !accepted {
            self.reply(&question.key, 603, &[]);
            return;
        }
        let contact = (leg.contact_user.clone(), leg.hop.transport);
        if !silent {
            leg.reporting = Some(number);
        }
        let mut more = vec![("Contact", self.contact(&contact.0, contact.1))];
        if silent {
            more.push(("Refer-Sub", "false".to_owned()));
        }
        self.reply(&question.key, 202, &more);
        self.report(id, 100);
    }

    /// The outcome of an accepted REFER.
    pub(super) fn refer_done(&mut self, id: LegId, status: u16) {
        self.report(id, status.clamp(100, 699));
        if status >= 200
            && let Some(leg) = self.legs.get_mut(&id)
        {
            leg.reporting = None;
        }
    }

    /// NOTIFY with a piece of a response (RFC 3420).
    fn report(&mut self, id: LegId, status: u16) {
        let Some(number) = self.legs.get(&id).and_then(|leg| leg.reporting) else { return };
        let Some(mut notify) = self.within_request(id, Method::Notify) else { return };
        notify.push("Event", format!("refer;id={number}"));
        let state =
            if status < 200 { "active;expires=180" } else { "terminated;reason=noresource" };
        notify.push("Subscription-State", state);
        let line = format!("SIP/2.0 {status} {}\r\n", crate::sip::message::reason_of(status));
        notify.set_body("message/sipfrag;version=2.0", &line);
        self.send_within(id, notify, Purpose::Within(id));
    }

    /// A request of ours within a leg.
    pub(super) fn within_request(&mut self, id: LegId, method: Method) -> Option<Message> {
        let transport = self.legs.get(&id)?.hop.transport;
        let via = self.via(transport);
        let leg = self.legs.get_mut(&id)?;
        leg.seq += 1;
        let mut request = Message::request(method.clone(), leg.target.clone());
        request.push("Via", via);
        request.push("Max-Forwards", "70");
        for route in &leg.routes {
            request.push("Route", route.clone());
        }
        request.push("From", leg.local.clone());
        request.push("To", leg.remote.clone());
        request.push("Call-ID", leg.call_id.clone());
        request.push("CSeq", format!("{} {method}", leg.seq));
        let user = leg.contact_user.clone();
        if !matches!(method, Method::Bye | Method::Prack | Method::Info) {
            request.push("Contact", self.contact(&user, transport));
        }
        self.sign(&mut request);
        Some(request)
    }

    /// Sends it.
    pub(super) fn send_within(
        &mut self,
        id: LegId,
        request: Message,
        purpose: Purpose,
    ) -> Option<String> {
        let hop = self.legs.get(&id)?.hop.clone();
        Some(self.transactions.send(&mut self.io, hop, request, purpose, 0))
    }

    /// A NOTIFY or PRACK of ours was answered. That the far end knows no such call ends it (RFC 3261
    /// section 12.2.1.2).
    pub(super) fn within_response(&mut self, id: LegId, status: u16) {
        let up = self.legs.get(&id).is_some_and(super::leg::Leg::is_up);
        if up && matches!(status, 408 | 481) {
            if status == 481 {
                self.hang_up(id, 41, Side::Remote, "the far end knows of no such call");
            } else {
                self.hang_up(id, 102, Side::Timeout, "the far end does not answer");
            }
        }
    }

    /// Ends a leg in whatever state it is.
    pub(super) fn hang_up(&mut self, id: LegId, cause: u8, by: Side, text: &str) {
        let Some(leg) = self.legs.get(&id) else { return };
        let invite = leg.invite.clone();
        let status = match leg.stage {
            Stage::Arrived | Stage::Ringing => {
                let status = refusal(cause);
                self.reject(id, status, None, by, Some(cause));
                return;
            }
            Stage::Calling => {
                let heard = self.transactions.client(&invite).is_some();
                if heard {
                    self.transactions.cancel(&mut self.io, &invite, Some(reason(cause)));
                }
                487
            }
            Stage::Answered | Stage::Up => {
                if leg.stage == Stage::Answered {
                    // No more 200s for a call that ends.
                    self.transactions.acked(&mut self.io, &invite);
                }
                self.drop_questions(id);
                if let Some(mut bye) = self.within_request(id, Method::Bye) {
                    bye.push("Reason", reason(cause));
                    self.send_within(id, bye, Purpose::Nobody);
                }
                200
            }
        };
        let cause = Cause { status: Some(status), q850: Some(cause), text: text.to_owned() };
        self.finish(id, by, cause);
    }

    /// A deadline of a leg.
    pub(super) fn leg_due(&mut self, id: LegId) {
        let now = self.io.now;
        let Some(leg) = self.legs.get_mut(&id) else { return };
        if leg.decide_by.is_some_and(|at| at <= now) {
            let text = if leg.stage == Stage::Arrived { "nobody decided" } else { "rang too long" };
            if matches!(leg.stage, Stage::Arrived | Stage::Ringing) {
                self.reject(id, 480, None, Side::Timeout, Some(19));
            } else {
                self.hang_up(id, 19, Side::Timeout, text);
            }
            return;
        }
        if let Some((question, _, _)) = leg.offer.take_if(|(question, _, _)| question.by <= now) {
            self.reply(&question.key, 488, &[]);
        }
        if let Some(leg) = self.legs.get_mut(&id)
            && leg.refer.as_ref().is_some_and(|(question, _, _)| question.by <= now)
        {
            self.answer_refer(id, false);
        }
        self.reliable_due(id);
        self.silence_due(id);
        self.session_due(id);
        self.attend(id);
    }
}

/// The status that says the same as a Q.850 cause (RFC 3398 section 7.2.4.1).
fn refusal(cause: u8) -> u16 {
    match cause {
        1 => 404,
        17 => 486,
        18 | 19 | 31 => 480,
        21 => 603,
        22 => 410,
        28 => 484,
        34 | 38 | 41 | 42 | 47 => 503,
        65 | 79 | 88 => 488,
        102 => 504,
        _ => 480,
    }
}

fn digit(text: &str) -> Option<char> {
    let mut chars = text.chars();
    let digit = match (chars.next()?, chars.next()) {
        (one, None) => one.to_ascii_uppercase(),
        // Some write star and pound by their event numbers (RFC 4733).
        ('1', Some('0')) => '*',
        ('1', Some('1')) => '#',
        _ => return None,
    };
    (digit.is_ascii_digit() || "*#ABCD".contains(digit)).then_some(digit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_read_in_the_forms_that_phones_send() {
        for (text, key) in [
            ("5", Some('5')),
            ("*", Some('*')),
            ("#", Some('#')),
            ("a", Some('A')),
            ("10", Some('*')),
            ("11", Some('#')),
            ("12", None),
            ("", None),
            ("x", None),
        ] {
            assert_eq!(digit(text), key, "{text}");
        }
    }
}
