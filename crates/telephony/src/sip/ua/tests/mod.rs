//! The user agent against scripts, with time of our own.

mod calls_in;
mod calls_out;
mod phones;
mod storm;

use std::{collections::BTreeMap, net::SocketAddr, time::Duration};

use domain::{LegId, Timestamp, TrunkId};

use super::{Hop, Output, Ua};
use crate::sip::{
    SipCommand, SipConfig, SipEvent, Transport, Trunk,
    message::{Message, Method, Start},
};

pub const TRUNK: TrunkId = TrunkId::from_u128(1);
pub const SDP: &str = "v=0\r\no=- 1 1 IN IP4 192.0.2.9\r\ns=-\r\n";

/// A user agent at 198.51.100.1 with one trunk, whose carrier at 192.0.2.1 is played by the test.
pub struct World {
    pub ua: Ua,
    pub now: Timestamp,
    pub carrier: Hop,
    /// What was sent and not yet looked at.
    pub sent: Vec<(Hop, Message)>,
    pub events: Vec<SipEvent>,
    /// Ways that were tried, told beside the other events: by which trunk, and whether encrypted.
    pub tried: Vec<(Option<TrunkId>, bool)>,
    /// Phones that came and went, told beside the other events.
    pub phones: Vec<(String, bool)>,
}

pub fn trunk() -> Trunk {
    let mut trunk = Trunk::new(TRUNK, "carrier");
    trunk.networks = vec!["192.0.2.0/24".parse().unwrap()];
    trunk.trusted = true;
    trunk.numbers.country = "33".into();
    trunk.numbers.national_prefix = "0".into();
    trunk
}

impl World {
    pub fn new() -> Self {
        Self::with(|_| {})
    }

    pub fn with(change: impl FnOnce(&mut SipConfig)) -> Self {
        let mut config = SipConfig::new("test");
        config.trunks = vec![trunk()];
        change(&mut config);
        let shown = BTreeMap::from([
            (Transport::Udp, "198.51.100.1:5060".parse().unwrap()),
            (Transport::Tcp, "198.51.100.1:5060".parse().unwrap()),
        ]);
        let mut world = Self {
            ua: Ua::new(config, shown, [7; 32]),
            now: Timestamp::from_secs(1_000),
            carrier: hop("192.0.2.1:5060"),
            sent: Vec::new(),
            events: Vec::new(),
            tried: Vec::new(),
            phones: Vec::new(),
        };
        world.ua.start(world.now);
        world.drain();
        // A trunk that is not asked is up from the start.
        world.events.clear();
        world
    }

    pub fn drain(&mut self) {
        while let Some(output) = self.ua.next_output() {
            match output {
                Output::Send { hop, bytes } => {
                    self.sent
                        .push((hop, Message::parse(&bytes).expect("we send what can be read")));
                }
                Output::Event(SipEvent::Tried { trunk, encrypted, .. }) => {
                    self.tried.push((trunk, encrypted));
                }
                Output::Event(SipEvent::PhoneRegistered { name, registered }) => {
                    self.phones.push((name, registered));
                }
                Output::Event(event) => self.events.push(event),
            }
        }
    }

    /// A message from the carrier.
    pub fn says(&mut self, text: &str) {
        let carrier = self.carrier.clone();
        self.says_from(carrier, text);
    }

    pub fn says_from(&mut self, from: Hop, text: &str) {
        let message: Message = text.parse().expect("the script is SIP");
        if self.ua.admits(self.now, &from) {
            self.ua.message(self.now, from, message);
        }
        self.drain();
    }

    pub fn does(&mut self, command: SipCommand) {
        self.ua.command(self.now, command);
        self.drain();
    }

    /// Lets time pass, stopping at each timer on the way.
    pub fn passes(&mut self, span: Duration) {
        let end = self.now + span;
        while let Some(at) = self.ua.deadline().filter(|at| *at <= end) {
            self.now = self.now.max(at);
            self.ua.tick(self.now);
            self.drain();
        }
        self.now = end;
    }

    /// What was sent since it was last asked, as `INVITE` or `200 INVITE`.
    pub fn lines(&mut self) -> Vec<String> {
        std::mem::take(&mut self.sent)
            .into_iter()
            .map(|(_, message)| match &message.start {
                Start::Request { method, .. } => method.to_string(),
                Start::Response { status, .. } => {
                    format!("{status} {}", message.cseq().map_or(Method::Options, |(_, m)| m))
                }
            })
            .collect()
    }

    /// The last message sent.
    pub fn last(&self) -> &Message {
        &self.sent.last().expect("something was sent").1
    }

    pub fn event(&mut self) -> SipEvent {
        assert!(!self.events.is_empty(), "nothing was told");
        self.events.remove(0)
    }

    /// How often the end of this leg was told.
    pub fn ends(&self, wanted: LegId) -> usize {
        self.events
            .iter()
            .filter(|event| matches!(event, SipEvent::Ended { leg, .. } if *leg == wanted))
            .count()
    }

    /// After everything that lingers has had its time, nothing is left.
    pub fn is_clean_at_last(&mut self) {
        self.passes(Duration::from_secs(100));
        let counters = self.ua.counters(0);
        assert_eq!((counters.legs, counters.transactions), (0, 0), "{counters:?}");
        assert!(self.ua.by_tag.is_empty() && self.ua.guests.is_empty());
    }
}

pub fn hop(to: &str) -> Hop {
    Hop::new(Transport::Udp, to.parse::<SocketAddr>().unwrap())
}

/// A request of the carrier's own call `n`.
pub fn request(method: &str, n: u32, seq: u32, to_tag: &str, more: &str) -> String {
    let branch = match method {
        "CANCEL" => format!("{n}-{seq}"),
        "ACK-2" => format!("{n}-{seq}-2"),
        other => format!("{n}-{seq}{}", if other == "ACK" { "-ack" } else { "" }),
    };
    let method = method.trim_end_matches("-2");
    let tag = if to_tag.is_empty() { String::new() } else { format!(";tag={to_tag}") };
    format!(
        "{method} sip:0123456789@198.51.100.1 SIP/2.0\r\n\
         Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK{branch}\r\n\
         Max-Forwards: 70\r\n\
         From: \"Ann\" <sip:+33611111111@192.0.2.1>;tag=from{n}\r\n\
         To: <sip:0123456789@198.51.100.1>{tag}\r\n\
         Call-ID: call{n}@192.0.2.1\r\n\
         CSeq: {seq} {}\r\n\
         Contact: <sip:ann@192.0.2.1:5060>\r\n\
         {more}\r\n",
        if method == "ACK" { "ACK" } else { method }
    )
}

/// An INVITE of the carrier with an offer.
pub fn invite(n: u32, more: &str) -> String {
    request("INVITE", n, 1, "", &format!("{more}Content-Type: application/sdp\r\n")) + SDP
}

/// The tag that we put into our answers.
pub fn our_tag(world: &World) -> String {
    let to = world.last().get("To").expect("answers have To");
    to.split("tag=").nth(1).expect("with our tag").to_owned()
}
