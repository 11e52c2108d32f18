//! Session timers (RFC 4028): a call whose far end vanished without a word must not run for ever.

use std::time::Duration;

use domain::{LegId, Timestamp};

use super::{Ua, transaction::Purpose};
use crate::sip::{
    config::Limits,
    message::{Message, Method},
    port::Side,
    uri::Address,
};

/// How long a session lives without being refreshed, and by whom it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Interval {
    secs: u64,
    /// We refresh it; otherwise the far end must.
    ours: bool,
    refresh_at: Option<Timestamp>,
    expire_at: Timestamp,
}

impl Interval {
    fn new(now: Timestamp, secs: u64, ours: bool) -> Self {
        // Who does not refresh ends the session a little before it expires (section 10).
        let grace = if ours { 0 } else { (secs / 3).min(32) };
        Self {
            secs,
            ours,
            refresh_at: ours.then(|| now + Duration::from_secs(secs / 2)),
            expire_at: now + Duration::from_secs(secs - grace),
        }
    }

    /// When there is something to do.
    pub fn next_due(&self) -> Timestamp {
        self.refresh_at.map_or(self.expire_at, |at| at.min(self.expire_at))
    }
}

/// `1800;refresher=uac`: seconds, and whether the one who sent the request refreshes.
fn session_expires(message: &Message) -> Option<(u64, Option<bool>)> {
    let mut parts = message.get("Session-Expires")?.split(';').map(str::trim);
    let secs = parts.next()?.parse::<u64>().ok().filter(|secs| *secs <= 86_400 * 7)?;
    let refresher = parts.find_map(|part| {
        let (name, value) = part.split_once('=')?;
        name.trim()
            .eq_ignore_ascii_case("refresher")
            .then(|| value.trim().eq_ignore_ascii_case("uac"))
    });
    Some((secs, refresher))
}

fn min_se(message: &Message) -> u64 {
    message
        .get("Min-SE")
        .and_then(|value| value.split(';').next()?.trim().parse().ok())
        .unwrap_or(0)
}

fn knows_timers(message: &Message) -> bool {
    message.lists("Supported", "timer") || message.lists("Require", "timer")
}

/// Whether the interval that a request asks for can be taken; otherwise the least that can.
pub fn wanted_interval(message: &Message, limits: &Limits) -> Result<(), u64> {
    let least = limits.session_interval_min.as_secs();
    match session_expires(message) {
        // A far end that does not know timers does not know 422 either (section 9).
        Some((secs, _)) if secs < least && knows_timers(message) => Err(least),
        _ => Ok(()),
    }
}

/// What to answer to a request: seconds, and whether its sender refreshes.
fn agreed(message: &Message, limits: &Limits) -> (u64, bool) {
    let floor = limits.session_interval_min.as_secs().max(min_se(message));
    match session_expires(message) {
        Some((secs, refresher)) => {
            let secs = secs.min(limits.session_interval.as_secs()).max(floor);
            (secs, refresher.unwrap_or_else(|| knows_timers(message)))
        }
        None => (limits.session_interval.as_secs().max(floor), knows_timers(message)),
    }
}

impl Ua {
    /// Puts the interval into a 200 of ours, and keeps it.
    pub(super) fn agree_interval(&mut self, id: LegId, key: &str, response: &mut Message) {
        let Some(server) = self.transactions.server(key) else { return };
        let (secs, by_sender) = agreed(&server.request, &self.limits);
        let refresher = if by_sender { "uac" } else { "uas" };
        response.push("Session-Expires", format!("{secs};refresher={refresher}"));
        if by_sender {
            response.push("Require", "timer");
        }
        let now = self.io.now;
        if let Some(leg) = self.legs.get_mut(&id) {
            leg.session = Some(Interval::new(now, secs, !by_sender));
        }
    }

    /// What a request of ours asks for.
    pub(super) fn ask_interval(&self, request: &mut Message, secs: u64, refresher: bool) {
        let role = if refresher { ";refresher=uac" } else { "" };
        request.push("Session-Expires", format!("{secs}{role}"));
        request.push("Min-SE", self.limits.session_interval_min.as_secs().to_string());
    }

    /// Takes the interval from a 2xx to a request of ours. A far end that knows no timers is asked by
    /// us all the same: whether it still has the call shows in its answer.
    pub(super) fn take_interval(&mut self, id: LegId, message: &Message) {
        let now = self.io.now;
        let usual = self.limits.session_interval.as_secs();
        let Some(leg) = self.legs.get_mut(&id) else { return };
        let before = leg.session.map_or(usual, |session| session.secs);
        let (secs, ours) = match session_expires(message) {
            Some((secs, refresher)) => (secs.max(1), refresher.unwrap_or(true)),
            None => (before, true),
        };
        leg.session = Some(Interval::new(now, secs, ours));
        self.attend(id);
    }

    /// Time to refresh, or to give up.
    pub(super) fn session_due(&mut self, id: LegId) {
        let now = self.io.now;
        let Some(leg) = self.legs.get_mut(&id) else { return };
        let up = leg.is_up();
        let Some(session) = &mut leg.session else { return };
        if session.expire_at <= now && up {
            self.hang_up(id, 102, Side::Timeout, "the session was not refreshed");
            return;
        }
        if session.refresh_at.is_some_and(|at| at <= now) {
            let busy = leg.offer.is_some() || leg.reinvite.is_some() || leg.refreshing.is_some();
            if busy || leg.stage != super::leg::Stage::Up {
                session.refresh_at = Some(now + Duration::from_secs(1));
            } else {
                session.refresh_at = None;
                self.refresh(id);
            }
        }
    }

    /// UPDATE where the far end takes it, since it needs no description (section 7.4); otherwise
    /// INVITE with the one that we gave last.
    fn refresh(&mut self, id: LegId) {
        let Some(leg) = self.legs.get(&id) else { return };
        let secs = leg.session.map_or(0, |session| session.secs);
        let sdp = leg.local_sdp.clone().filter(|_| !leg.allows_update);
        let method = if sdp.is_some() { Method::Invite } else { Method::Update };
        let Some(mut request) = self.within_request(id, method) else { return };
        request.push("Allow", super::ALLOW);
        request.push("Supported", super::SUPPORTED);
        self.ask_interval(&mut request, secs, true);
        if let Some(sdp) = sdp {
            request.set_body("application/sdp", &sdp);
        }
        let key = self.send_within(id, request, Purpose::Refresh(id));
        if let Some(leg) = self.legs.get_mut(&id) {
            leg.refreshing = key;
        }
    }

    /// The far end answered.
    pub(super) fn refresh_response(
        &mut self,
        id: LegId,
        key: &str,
        message: &Message,
        status: u16,
    ) {
        let Some((number, method)) = message.cseq() else { return };
        let taken = (200..300).contains(&status);
        if method == Method::Invite && taken {
            self.acknowledge(id, key, number, message);
        }
        let Some(leg) = self.legs.get_mut(&id) else { return };
        if leg.refreshing.as_deref() != Some(key) {
            return;
        }
        leg.refreshing = None;
        if taken {
            self.retarget(id, message);
            self.take_interval(id, message);
            return;
        }
        if status == 422
            && let Some(session) = &mut leg.session
        {
            session.secs = session.secs.max(min_se(message)).min(86_400 * 7);
        }
        self.refresh_failed(id, status);
    }

    /// ACK to the 200 of an INVITE of ours within a dialog; the transaction keeps it.
    fn acknowledge(&mut self, id: LegId, key: &str, number: u32, message: &Message) {
        let tag = message.get("To").and_then(Address::parse);
        let Some(tag) = tag.as_ref().and_then(Address::tag).map(str::to_owned) else { return };
        let Some(leg) = self.legs.get_mut(&id) else { return };
        let seq = std::mem::replace(&mut leg.seq, number.saturating_sub(1));
        let ack = self.within_request(id, Method::Ack);
        let Some(leg) = self.legs.get_mut(&id) else { return };
        leg.seq = seq;
        let hop = leg.hop.clone();
        if let Some(ack) = ack {
            let bytes = ack.to_bytes();
            self.io.send(&hop, bytes.clone());
            self.transactions.acknowledged(key, tag, hop, bytes);
        }
    }

    /// A refresh came to nothing.
    pub(super) fn refresh_failed(&mut self, id: LegId, status: u16) {
        let now = self.io.now;
        let chance = self.io.below(1_900);
        let Some(leg) = self.legs.get_mut(&id) else { return };
        leg.refreshing = None;
        let outgoing = leg.outgoing.is_some();
        let Some(session) = &mut leg.session else { return };
        match status {
            408 => return self.hang_up(id, 102, Side::Timeout, "the far end does not answer"),
            481 => return self.hang_up(id, 41, Side::Remote, "the far end knows of no such call"),
            422 => session.refresh_at = Some(now),
            // Both at once: who made the Call-ID waits longer (RFC 3261 section 14.1).
            491 => {
                let wait = if outgoing { 2_100 + chance } else { chance };
                session.refresh_at = Some(now + Duration::from_millis(wait));
            }
            405 | 420 | 501 if leg.allows_update && leg.local_sdp.is_some() => {
                leg.allows_update = false;
                session.refresh_at = Some(now);
            }
            _ => {
                session.refresh_at =
                    Some(now + session.expire_at.since(now) / 2 + Duration::from_secs(1))
            }
        }
        self.attend(id);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn invite(headers: &str) -> Message {
        format!("INVITE sip:a SIP/2.0\r\n{headers}\r\n").parse().unwrap()
    }

    /// Section 9 of RFC 4028, table 2, and what we add where the caller says nothing.
    #[test]
    fn who_refreshes_and_how_often_follows_the_request() {
        let limits = Limits::default();
        for (headers, answer) in [
            ("", Ok((1_800, false))),
            ("Supported: timer\r\n", Ok((1_800, true))),
            ("k: timer\r\nx: 600\r\n", Ok((600, true))),
            ("k: timer\r\nx: 600;refresher=uas\r\n", Ok((600, false))),
            ("k: timer\r\nx: 600;refresher=uac\r\n", Ok((600, true))),
            ("x: 600\r\n", Ok((600, false))),
            ("k: timer\r\nx: 7200\r\n", Ok((1_800, true))),
            ("k: timer\r\nx: 7200\r\nMin-SE: 3600\r\n", Ok((3_600, true))),
            ("k: timer\r\nx: 60\r\n", Err(90)),
            ("x: 60\r\n", Ok((90, false))),
            ("x: none\r\n", Ok((1_800, false))),
        ] {
            let request = invite(headers);
            let result = wanted_interval(&request, &limits).map(|()| agreed(&request, &limits));
            assert_eq!(result, answer, "{headers:?}");
        }
    }

    #[test]
    fn who_waits_gives_up_before_the_end() {
        let now = Timestamp::from_secs(100);
        let theirs = Interval::new(now, 90, false);
        assert_eq!(theirs.next_due(), Timestamp::from_secs(160));
        let ours = Interval::new(now, 90, true);
        assert_eq!(ours.next_due(), Timestamp::from_secs(145));
        assert_eq!(ours.expire_at, Timestamp::from_secs(190));
    }
}
