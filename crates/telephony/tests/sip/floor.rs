//! Our side: SIP started on free ports, and somebody who decides on its calls.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use domain::{LegId, TrunkId};
use telephony::sip::{
    Cause, Counters, Credentials, Proxy, Registration, Side, Sip, SipCommand, SipConfig, SipEvent,
    Target, Transport, Trunk,
};
use tokio::{sync::watch, time::timeout};

/// How long anything may take that should happen.
pub const LIMIT: Duration = Duration::from_secs(30);

pub const TRUNK: TrunkId = TrunkId::from_u128(1);
const SECOND: TrunkId = TrunkId::from_u128(2);

/// What we offer and answer; no sound flows here.
pub const SDP: &str = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n\
    m=audio 30000 RTP/AVP 8\r\n";

/// Decides on calls: what to order for an event.
pub type Policy = fn(&SipEvent) -> Vec<SipCommand>;

pub struct Floor {
    pub sip: Arc<Sip>,
    seen: watch::Receiver<Vec<SipEvent>>,
}

/// Does nothing by itself.
pub fn waits(_: &SipEvent) -> Vec<SipCommand> {
    vec![]
}

/// Rings.
pub fn rings(event: &SipEvent) -> Vec<SipCommand> {
    match event {
        SipEvent::Incoming { leg, .. } => vec![SipCommand::Ring { leg: *leg, answer: None }],
        _ => vec![],
    }
}

/// Rings, answers, follows every offer and every wish to be connected elsewhere.
pub fn answers(event: &SipEvent) -> Vec<SipCommand> {
    match event {
        SipEvent::Incoming { leg, .. } => vec![
            SipCommand::Ring { leg: *leg, answer: None },
            SipCommand::Accept { leg: *leg, body: SDP.into() },
        ],
        SipEvent::Offer { leg, offer } => {
            let held = offer.as_ref().is_some_and(|offer| offer.contains("sendonly"));
            let answer = if held { format!("{SDP}a=recvonly\r\n") } else { SDP.to_owned() };
            vec![SipCommand::AnswerOffer { leg: *leg, answer: Ok(answer) }]
        }
        SipEvent::Refer { leg, .. } => vec![
            SipCommand::AnswerRefer { leg: *leg, accepted: true },
            SipCommand::ReferDone { leg: *leg, status: 200 },
        ],
        _ => vec![],
    }
}

/// Hangs up as soon as somebody takes a call.
pub fn hangs_up(event: &SipEvent) -> Vec<SipCommand> {
    match event {
        SipEvent::Accepted { leg, .. } => vec![SipCommand::Hangup { leg: *leg, q850: 16 }],
        _ => vec![],
    }
}

/// A trunk whose carrier is on a port of this machine.
pub fn trunk(port: u16) -> Trunk {
    let mut trunk = Trunk::new(TRUNK, "carrier");
    trunk.networks = vec!["127.0.0.1".parse().expect("an address")];
    trunk.proxies =
        vec![Proxy { host: "127.0.0.1".into(), port: Some(port), transport: Transport::Udp }];
    trunk.credentials = Some(Credentials { user: "permanence".into(), password: "s3cret".into() });
    trunk.numbers.country = "33".into();
    trunk.numbers.national_prefix = "0".into();
    trunk
}

/// Another one.
pub fn second_trunk(port: u16) -> Trunk {
    Trunk { id: SECOND, name: "second carrier".into(), ..trunk(port) }
}

/// One that wants us to register.
pub fn registering(port: u16) -> Trunk {
    let registration =
        Registration { user: "permanence".into(), expires: Duration::from_secs(600) };
    Trunk { registration: Some(registration), ..trunk(port) }
}

pub fn leg(n: u128) -> LegId {
    LegId::from_u128(n)
}

impl Floor {
    /// With one trunk that calls in from this machine.
    pub async fn open(policy: Policy) -> Self {
        Self::with(policy, |_| {}).await
    }

    pub async fn with(policy: Policy, change: impl FnOnce(&mut SipConfig)) -> Self {
        let mut config = SipConfig::new("Permanence/test");
        let any = SocketAddr::from(([127, 0, 0, 1], 0));
        (config.udp, config.tcp) = (Some(any), Some(any));
        let mut carrier = trunk(0);
        carrier.proxies.clear();
        config.trunks = vec![carrier];
        change(&mut config);
        let (sip, mut events) = Sip::start(config).await.expect("SIP starts");
        let sip = Arc::new(sip);
        let (seeing, seen) = watch::channel(Vec::new());
        let at = Arc::clone(&sip);
        tokio::spawn(async move {
            while let Some(event) = events.recv().await {
                let orders = policy(&event);
                seeing.send_modify(|seen: &mut Vec<SipEvent>| seen.push(event));
                for order in orders {
                    if at.send(order).await.is_err() {
                        return;
                    }
                }
            }
        });
        Self { sip, seen }
    }

    pub fn port(&self, transport: Transport) -> u16 {
        self.sip.local_addr(transport).expect("it listens").port()
    }

    pub async fn orders(&self, command: SipCommand) {
        self.sip.send(command).await.expect("SIP runs");
    }

    /// Calls a number by both trunks.
    pub async fn calls_out(&self, n: u128) {
        let target = Target::Number { to: "+33123456789".into(), trunks: vec![TRUNK, SECOND] };
        let (from, from_name) = ("+33199999999".into(), Some("Acme".into()));
        self.orders(SipCommand::Invite { leg: leg(n), target, from, from_name, offer: SDP.into() })
            .await;
    }

    pub fn seen(&self) -> Vec<SipEvent> {
        self.seen.borrow().clone()
    }

    /// Waits until what was seen is as wanted.
    pub async fn until(&self, wanted: impl Fn(&[SipEvent]) -> bool) {
        let seen = self.sees(LIMIT, wanted).await;
        assert!(seen, "not seen in time; seen: {:#?}", self.seen());
    }

    /// Whether what was seen becomes as wanted within `limit`.
    pub async fn sees(&self, limit: Duration, wanted: impl Fn(&[SipEvent]) -> bool) -> bool {
        let mut seen = self.seen.clone();
        timeout(limit, seen.wait_for(|seen| wanted(seen))).await.is_ok_and(|seen| seen.is_ok())
    }

    /// Waits until the counters are as wanted.
    pub async fn counted(&self, wanted: impl Fn(&Counters) -> bool) {
        let mut counters = self.sip.watch_counters();
        // What is borrowed is given back at once: SIP waits while anybody looks at its counters.
        let met = timeout(LIMIT, counters.wait_for(|counters| wanted(counters)))
            .await
            .is_ok_and(|met| met.is_ok());
        assert!(met, "not counted in time: {:?}", self.sip.counters());
    }

    /// How a leg ended, which it must have once.
    pub async fn end(&self, n: u128) -> (Side, Cause) {
        let of = |event: &SipEvent| matches!(event, SipEvent::Ended { leg: l, .. } if *l == leg(n));
        self.until(|seen| seen.iter().any(of)).await;
        let mut ends: Vec<_> = self.seen().into_iter().filter(of).collect();
        assert_eq!(ends.len(), 1);
        match ends.remove(0) {
            SipEvent::Ended { by, cause, .. } => (by, cause),
            other => unreachable!("{other:?}"),
        }
    }

    /// Waits until so many legs have ended, each once, and none is left.
    pub async fn is_empty_again(&self, legs: usize) {
        let ended = |seen: &[SipEvent]| {
            let mut legs: Vec<LegId> = seen
                .iter()
                .filter_map(|event| match event {
                    SipEvent::Ended { leg, .. } => Some(*leg),
                    _ => None,
                })
                .collect();
            let told = legs.len();
            legs.sort();
            legs.dedup();
            assert_eq!(legs.len(), told, "an end was told twice");
            told
        };
        self.until(|seen| ended(seen) >= legs).await;
        self.counted(|counters| counters.legs == 0).await;
        assert_eq!(ended(&self.seen()), legs);
    }
}
