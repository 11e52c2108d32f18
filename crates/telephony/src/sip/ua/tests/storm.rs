//! Two user agents call each other over a network that loses, doubles and delays, with people at
//! both ends who do anything at any moment. Whatever happens: every leg ends, is told so once, and
//! nothing is left.

use std::collections::{BTreeMap, BTreeSet};

use rand::{Rng, SeedableRng, rngs::StdRng};

use super::*;
use crate::sip::{Limits, Proxy, Target};

/// One end: a user agent and what its calls know.
struct End {
    ua: Ua,
    live: BTreeSet<LegId>,
    over: BTreeSet<LegId>,
    up: usize,
}

struct Storm {
    ends: [End; 2],
    /// What is on its way: to which end, and what.
    wire: BTreeMap<(Timestamp, u64), (usize, Vec<u8>)>,
    sent: u64,
    now: Timestamp,
    rng: StdRng,
    /// In a hundred.
    loss: u64,
    /// When the network is down altogether.
    cut: (Timestamp, Timestamp),
}

const ADDRESSES: [&str; 2] = ["198.51.100.1:5060", "192.0.2.1:5060"];

fn end(at: usize, seed: u64) -> End {
    let mut config = SipConfig::new("storm");
    let mut trunk = trunk();
    trunk.networks = vec![];
    let other = ADDRESSES[1 - at].split(':').next().unwrap().to_owned();
    trunk.proxies = vec![Proxy { host: other, port: None, transport: Transport::Udp }];
    trunk.calls_per_second = 1_000;
    config.trunks = vec![trunk];
    config.limits = Limits {
        session_interval: Duration::from_secs(120),
        ringing_max: Duration::from_secs(20),
        ..Limits::default()
    };
    let shown = BTreeMap::from([(Transport::Udp, ADDRESSES[at].parse().unwrap())]);
    let mut key = [at as u8; 32];
    key[..8].copy_from_slice(&seed.to_be_bytes());
    let mut ua = Ua::new(config, shown, key);
    ua.start(Timestamp::default());
    End { ua, live: BTreeSet::new(), over: BTreeSet::new(), up: 0 }
}

impl Storm {
    fn new(seed: u64, loss: u64) -> Self {
        Self {
            ends: [end(0, seed), end(1, seed)],
            wire: BTreeMap::new(),
            sent: 0,
            now: Timestamp::default(),
            rng: StdRng::seed_from_u64(seed),
            loss,
            cut: (Timestamp::MAX, Timestamp::MAX),
        }
    }

    fn below(&mut self, below: u64) -> u64 {
        self.rng.next_u64() % below
    }

    fn drain(&mut self, at: usize) {
        while let Some(output) = self.ends[at].ua.next_output() {
            match output {
                Output::Send { hop, bytes } => {
                    assert_eq!(hop.to.to_string(), ADDRESSES[1 - at]);
                    let cut = (self.cut.0..self.cut.1).contains(&self.now);
                    let copies = if cut || self.below(100) < self.loss {
                        0
                    } else {
                        1 + u64::from(self.below(100) < self.loss)
                    };
                    for _ in 0..copies {
                        let delay = Duration::from_millis(5 + self.below(60) * self.loss.min(10));
                        self.sent += 1;
                        self.wire.insert((self.now + delay, self.sent), (1 - at, bytes.clone()));
                    }
                }
                Output::Event(event) => self.told(at, event),
            }
        }
    }

    fn told(&mut self, at: usize, event: SipEvent) {
        let leg = match &event {
            SipEvent::Incoming { leg, .. } => {
                self.ends[at].live.insert(*leg);
                *leg
            }
            SipEvent::TrunkHealth { .. } | SipEvent::PhoneRegistered { .. } => return,
            SipEvent::Ended { leg, .. } => {
                assert!(self.ends[at].live.remove(leg), "{leg} ended and was not there");
                assert!(self.ends[at].over.insert(*leg), "the end of {leg} was told twice");
                return;
            }
            SipEvent::Tried { leg, .. }
            | SipEvent::Ringing { leg, .. }
            | SipEvent::Accepted { leg, .. }
            | SipEvent::Confirmed { leg, .. }
            | SipEvent::Offer { leg, .. }
            | SipEvent::Refer { leg, .. }
            | SipEvent::Digit { leg, .. } => *leg,
        };
        assert!(self.ends[at].live.contains(&leg), "{event:?} of a leg that is over");
        if matches!(event, SipEvent::Accepted { .. }) {
            self.ends[at].up += 1;
        }
        if let (SipEvent::Offer { .. }, true) = (&event, self.below(4) > 0) {
            self.order(at, SipCommand::AnswerOffer { leg, answer: Ok(SDP.into()) });
        }
    }

    fn order(&mut self, at: usize, command: SipCommand) {
        if let SipCommand::Invite { leg, .. } = &command {
            self.ends[at].live.insert(*leg);
        }
        self.ends[at].ua.command(self.now, command);
        self.drain(at);
    }

    /// Somebody does something.
    fn acts(&mut self) {
        let at = self.below(2) as usize;
        let (choice, pick) = (self.below(10), self.rng.next_u64());
        let legs: Vec<LegId> = self.ends[at].live.iter().copied().collect();
        if choice < 3 || legs.is_empty() {
            let leg = LegId::from_u128(u128::from(pick));
            let target = Target::Number { to: "+33123456789".into(), trunks: vec![TRUNK] };
            let (from, from_name, offer) = ("+33199999999".into(), None, SDP.into());
            return self.order(at, SipCommand::Invite { leg, target, from, from_name, offer });
        }
        let leg = legs[pick as usize % legs.len()];
        let command = match choice {
            3 => SipCommand::Ring { leg, answer: None },
            4 => SipCommand::Ring { leg, answer: Some(SDP.into()) },
            5..=7 => SipCommand::Accept { leg, body: SDP.into() },
            8 => SipCommand::Reject { leg, status: 486, retry_after: None },
            _ => SipCommand::Hangup { leg, q850: 16 },
        };
        self.order(at, command);
    }

    /// Runs until `end`, with somebody doing something every so often.
    fn runs(&mut self, end: Timestamp, acting: bool) {
        let mut act_at = self.now;
        while self.now < end {
            let wire = self.wire.keys().next().map(|(at, _)| *at);
            let wakes = self.ends.iter().filter_map(|end| end.ua.deadline());
            let next = wakes.chain(wire).chain(acting.then_some(act_at)).chain([end]).min();
            self.now = next.unwrap_or(end).max(self.now);
            while let Some(entry) = self.wire.first_entry() {
                if entry.key().0 > self.now {
                    break;
                }
                let (at, bytes) = entry.remove();
                let from = hop(ADDRESSES[1 - at]);
                if self.ends[at].ua.admits(self.now, &from) {
                    let message = Message::parse(&bytes).expect("we send what can be read");
                    self.ends[at].ua.message(self.now, from, message);
                }
                self.drain(at);
            }
            for at in [0, 1] {
                self.ends[at].ua.tick(self.now);
                self.drain(at);
            }
            if acting && act_at <= self.now {
                self.acts();
                act_at = self.now + Duration::from_millis(20 + self.below(300));
            }
        }
    }
}

#[test]
fn every_leg_ends_once_whatever_the_network_and_the_people_do() {
    let mut answered = 0;
    for seed in 0..20 {
        let loss = [0, 5, 15, 30][seed as usize / 2 % 4];
        println!("seed {seed}, {loss} % lost");
        let mut storm = Storm::new(seed, loss);
        if seed % 2 == 1 {
            // Longer than any transaction lives: the two ends forget different things.
            storm.cut = (Timestamp::from_secs(25), Timestamp::from_secs(65));
        }
        storm.runs(Timestamp::from_secs(60), true);
        // Nobody does anything: what nobody decided on is over, what is up is kept alive.
        storm.runs(Timestamp::from_secs(600), false);
        let live: Vec<_> = storm.ends.iter().map(|end| end.live.len()).collect();
        assert_eq!(live[0], live[1], "both ends have the same calls, after {loss} % loss");
        for at in [0, 1] {
            for leg in storm.ends[at].live.clone() {
                storm.order(at, SipCommand::Hangup { leg, q850: 16 });
            }
        }
        storm.runs(Timestamp::from_secs(800), false);
        for end in &storm.ends {
            let counters = end.ua.counters(0);
            assert_eq!((counters.legs, counters.transactions), (0, 0), "{counters:?}");
            assert!(end.live.is_empty() && end.ua.by_tag.is_empty() && end.ua.guests.is_empty());
            assert_eq!((counters.malformed, counters.unknown), (0, 0));
            answered += end.up;
        }
    }
    assert!(answered > 200, "the storm had calls in it: {answered}");
}
