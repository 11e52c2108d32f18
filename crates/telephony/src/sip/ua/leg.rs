//! One leg: a call's dialog with a far end (RFC 3261 section 12), from its first message to its last.

use std::{net::IpAddr, time::Duration};

use domain::{LegId, Timestamp, TrunkId};

use super::{calls_out::Outgoing, io::Hop, sessions::Interval};
use crate::sip::{
    message::{Message, Method},
    uri::{Address, Uri},
};

/// Who is at the other end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Peer {
    /// A carrier.
    Trunk(TrunkId),
    /// A desk phone, by its name.
    Phone(String),
}

/// How far a leg has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// In: nobody has decided anything.
    Arrived,
    /// In: it rings, or has early media.
    Ringing,
    /// In: answered, not acknowledged.
    Answered,
    /// Out: no far end has taken or refused it.
    Calling,
    /// Both: two ends speak.
    Up,
}

/// A request within the leg that waits for the call to decide.
#[derive(Clone, Debug)]
pub struct Question {
    /// Its transaction.
    pub key: String,
    /// Until when.
    pub by: Timestamp,
}

/// A provisional response that waits for its PRACK (RFC 3262).
#[derive(Clone, Debug)]
pub struct Reliable {
    pub rseq: u32,
    pub response: Message,
    pub again: Timestamp,
    pub interval: Duration,
    pub until: Timestamp,
}

/// One leg.
#[derive(Debug)]
pub struct Leg {
    pub id: LegId,
    pub peer: Peer,
    pub stage: Stage,
    pub call_id: String,
    /// Our From or To, with our tag.
    pub local: String,
    pub local_tag: String,
    /// Theirs, with their tag once it is known.
    pub remote: String,
    pub remote_tag: Option<String>,
    /// The user part of our Contact.
    pub contact_user: String,
    /// The number of our last request within the dialog.
    pub seq: u32,
    /// The number of theirs.
    pub remote_seq: Option<u32>,
    /// Their Contact.
    pub target: String,
    /// Route headers of our requests.
    pub routes: Vec<String>,
    pub hop: Hop,
    /// The transaction of the INVITE.
    pub invite: String,
    /// The number of the INVITE.
    pub invite_seq: u32,
    /// Which methods the far end takes.
    pub allows_update: bool,
    /// Our last description, to say again when a session is kept alive by INVITE.
    pub local_sdp: Option<String>,
    /// When somebody must have decided.
    pub decide_by: Option<Timestamp>,
    /// The INVITE had no offer: ours was in the 200, the ACK has the answer.
    pub offer_owed: bool,
    /// The caller wants provisional responses to be acknowledged.
    pub wants_prack: bool,
    /// One such response in the air; the next and the 200 wait for it.
    pub reliable: Option<Reliable>,
    pub rseq: u32,
    /// What `accept` was given while a response was in the air.
    pub accepting: Option<String>,
    /// An outgoing leg's ways to its far end.
    pub outgoing: Option<Outgoing>,
    /// Their re-INVITE or UPDATE.
    pub offer: Option<(Question, Method, bool)>,
    /// A re-INVITE of theirs whose 200 waits for its ACK: transaction, number, whether the ACK has
    /// the answer.
    pub reinvite: Option<(String, u32, bool)>,
    /// Their REFER, and whether it wants to be told how it went.
    pub refer: Option<(Question, u32, bool)>,
    /// The REFER that we report on.
    pub reporting: Option<u32>,
    pub session: Option<Interval>,
    /// Our refresh in the air.
    pub refreshing: Option<String>,
}

impl Leg {
    /// Whether a call has been answered by both sides.
    pub fn is_up(&self) -> bool {
        matches!(self.stage, Stage::Up | Stage::Answered)
    }

    /// When it wants to be looked at.
    pub fn next_due(&self) -> Option<Timestamp> {
        [
            self.decide_by,
            self.offer.as_ref().map(|(question, _, _)| question.by),
            self.refer.as_ref().map(|(question, _, _)| question.by),
            self.reliable.as_ref().map(|reliable| reliable.again.min(reliable.until)),
            self.session.as_ref().map(Interval::next_due),
            self.outgoing.as_ref().and_then(|outgoing| outgoing.silent_until),
        ]
        .into_iter()
        .flatten()
        .min()
    }
}

/// Where to send what is meant for an address, when messages of that far end came from `flow`. A
/// carrier may name another of its machines; a phone or a carrier behind an address translator names
/// one that nobody reaches, and then the way the message came is the way back.
pub fn follow(flow: &Hop, uri: &str) -> Hop {
    let Some(uri) = Uri::parse(uri).or_else(|| Address::parse(uri).map(|address| address.uri))
    else {
        return flow.clone();
    };
    let host = uri.host.trim_start_matches('[').trim_end_matches(']');
    let Ok(ip) = host.parse::<IpAddr>() else { return flow.clone() };
    let here = flow.to.ip().to_canonical();
    if ip == here && flow.transport.is_reliable() {
        return flow.clone();
    }
    if is_private(ip) != is_private(here) || ip.is_unspecified() {
        return flow.clone();
    }
    let transport = uri.transport();
    Hop::new(transport, (ip, uri.port.unwrap_or(transport.default_port())).into())
}

fn is_private(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => {
            // 100.64.0.0/10 is between a carrier and its customers (RFC 6598).
            let shared = ip.octets()[0] == 100 && ip.octets()[1] & 0xc0 == 64;
            ip.is_private() || ip.is_loopback() || ip.is_link_local() || shared
        }
        IpAddr::V6(ip) => ip.is_loopback() || (ip.segments()[0] & 0xfe00) == 0xfc00,
    }
}

/// The addresses that a dialog's requests pass, from the Record-Route of what made it.
pub fn recorded_route(message: &Message, reversed: bool) -> Vec<String> {
    let mut routes: Vec<String> = message.values("Record-Route").map(str::to_owned).collect();
    if reversed {
        routes.reverse();
    }
    routes
}

/// The address in Contact, bare.
pub fn contact_of(message: &Message) -> Option<String> {
    Some(Address::parse(message.values("Contact").next()?)?.uri.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sip::port::Transport;

    #[test]
    fn requests_follow_a_contact_that_can_be_reached() {
        let udp = Hop::new(Transport::Udp, "203.0.113.1:5060".parse().unwrap());
        let tcp = Hop::new(Transport::Tcp, "203.0.113.1:40000".parse().unwrap());
        for (flow, uri, to) in [
            (&udp, "sip:a@203.0.113.9:5080", "203.0.113.9:5080"),
            (&udp, "sip:a@203.0.113.9", "203.0.113.9:5060"),
            (&udp, "<sip:203.0.113.9;lr>", "203.0.113.9:5060"),
            (&udp, "sip:a@10.0.0.9:5080", "203.0.113.1:5060"),
            (&udp, "sip:a@carrier.example", "203.0.113.1:5060"),
            (&udp, "nonsense", "203.0.113.1:5060"),
            (&tcp, "sip:a@203.0.113.1:5060;transport=tcp", "203.0.113.1:40000"),
        ] {
            assert_eq!(follow(flow, uri).to.to_string(), to, "{uri}");
        }
        assert_eq!(follow(&udp, "sip:a@203.0.113.9;transport=tcp").transport, Transport::Tcp);
    }
}
