//! The callers' end of the trunk: a SIP user agent and its sound.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use anyhow::{Context, Result};
use domain::{LegId, TrunkId};
use telephony::{
    media::{Law, Media, MediaCommand, MediaConfig, MediaEvent, Play},
    prompt::Prompt,
    sdp::{Encryption, Local, Negotiation},
    sip::{Incoming, Proxy, Sip, SipCommand, SipConfig, SipEvent, Target, Transport, Trunk},
};
use tokio::sync::mpsc;
use uuid::Uuid;

use super::Telephone;

/// Legs at once: each caller may meet one desk phone, and a few are called back.
const LEGS_MAX: usize = 64;

/// Calls that come in and wait to be taken; beyond it they are refused.
const INCOMING_MAX: usize = 32;

/// Q.850: normal call clearing.
const NORMAL: u8 = 16;

/// What happens on a line.
#[derive(Debug)]
enum Heard {
    Answered(String),
    Offer(Option<String>),
    Refer,
    /// Something that was answered already.
    Handled,
    Played,
    Ended,
}

/// A call that comes in, with its line.
pub(super) struct Rings {
    pub(super) line: Line,
    pub(super) call: Box<Incoming>,
}

type Inboxes = Arc<Mutex<HashMap<LegId, mpsc::UnboundedSender<Heard>>>>;

/// Places and takes calls.
pub(super) struct Exchange {
    sip: Arc<Sip>,
    media: Arc<Media>,
    inboxes: Inboxes,
    provider: TrunkId,
}

impl Exchange {
    /// Opens its sockets. Calls that come in arrive at the receiver.
    pub(super) async fn open(telephone: &Telephone) -> Result<(Self, mpsc::Receiver<Rings>)> {
        let here = telephone.carrier.ip();
        let provider = TrunkId::from_uuid(Uuid::now_v7());
        let mut trunk = Trunk::new(provider, "Permanence");
        trunk.proxies = vec![Proxy {
            host: telephone.server.ip().to_string(),
            port: Some(telephone.server.port()),
            transport: Transport::Udp,
        }];
        trunk.networks = vec![IpAddr::into(telephone.server.ip())];
        let mut config = SipConfig::new("Permanence-demo");
        config.udp = Some(telephone.carrier);
        config.trunks = vec![trunk];
        let (sip, mut sip_events) = Sip::start(config).await?;
        let (media, mut media_events) = Media::start(MediaConfig {
            bind: here,
            public: here,
            peer_addresses: vec![here],
            legs_max: LEGS_MAX,
            ..MediaConfig::on_loopback(telephone.clock)
        })
        .context("the sound of the callers")?;
        let (sip, media) = (Arc::new(sip), Arc::new(media));
        let inboxes = Inboxes::default();
        let (rings, incoming) = mpsc::channel(INCOMING_MAX);
        let exchange = Self { sip, media, inboxes: Arc::clone(&inboxes), provider };
        let taking = exchange.share();
        tokio::spawn(async move {
            while let Some(event) = sip_events.recv().await {
                taking.on_sip(event, &rings).await;
            }
        });
        tokio::spawn(async move {
            while let Some(event) = media_events.recv().await {
                if let MediaEvent::PlayEnded { leg, .. } = event {
                    tell(&inboxes, leg, Heard::Played);
                }
            }
        });
        Ok((exchange, incoming))
    }

    fn share(&self) -> Self {
        Self {
            sip: Arc::clone(&self.sip),
            media: Arc::clone(&self.media),
            inboxes: Arc::clone(&self.inboxes),
            provider: self.provider,
        }
    }

    async fn on_sip(&self, event: SipEvent, rings: &mpsc::Sender<Rings>) {
        match event {
            SipEvent::Incoming { leg, call } => {
                let refused = match (self.line(leg), rings.try_reserve()) {
                    (Ok(line), Ok(place)) => {
                        place.send(Rings { line, call });
                        return;
                    }
                    (Ok(_), Err(_)) => "nobody takes calls".to_owned(),
                    (Err(error), _) => error.to_string(),
                };
                tracing::debug!(refused, "a call to the demonstration's carrier");
                self.order(SipCommand::Reject { leg, status: 480, retry_after: None }).await;
            }
            SipEvent::Accepted { leg, answer } => tell(&self.inboxes, leg, Heard::Answered(answer)),
            SipEvent::Offer { leg, offer } => tell(&self.inboxes, leg, Heard::Offer(offer)),
            SipEvent::Refer { leg, .. } => tell(&self.inboxes, leg, Heard::Refer),
            SipEvent::Ended { leg, .. } => tell(&self.inboxes, leg, Heard::Ended),
            _ => {}
        }
    }

    async fn order(&self, command: SipCommand) {
        if let Err(error) = self.sip.send(command).await {
            tracing::debug!("{error}");
        }
    }

    fn sound(&self, command: MediaCommand) {
        if let Err(error) = self.media.send(command) {
            tracing::debug!("{error}");
        }
    }

    /// A line with its sound, not connected yet.
    fn line(&self, leg: LegId) -> Result<Line> {
        let local = Local {
            address: self.media.open_leg(leg)?.addr,
            laws: vec![Law::A, Law::Mu],
            packet_time: Duration::from_millis(20),
            rtcp_mux: false,
            encryption: Encryption::Never,
            key: [0; 30],
        };
        let (inbox, hears) = mpsc::unbounded_channel();
        locked(&self.inboxes).insert(leg, inbox);
        let negotiation = Negotiation::new(leg.uuid().as_u64_pair().1 >> 2, local);
        Ok(Line { exchange: self.share(), leg, negotiation, hears, plays: 0, is_over: false })
    }

    /// Calls one of the provider's numbers.
    pub(super) async fn call(&self, from: &str, name: &str, to: &str) -> Result<Line> {
        let leg = LegId::from_uuid(Uuid::now_v7());
        let mut line = self.line(leg)?;
        let offer = line.negotiation.offers();
        let target = Target::Number { to: to.to_owned(), trunks: vec![self.provider] };
        let (from, from_name) = (from.to_owned(), Some(name.to_owned()));
        self.order(SipCommand::Invite { leg, target, from, from_name, offer }).await;
        Ok(line)
    }

    /// Hangs everything up.
    pub(super) async fn close(&self) {
        self.sip.stop().await;
    }
}

fn tell(inboxes: &Inboxes, leg: LegId, heard: Heard) {
    if let Some(inbox) = locked(inboxes).get(&leg) {
        // Whoever held the line has let go of it.
        let _ = inbox.send(heard);
    }
}

fn locked(inboxes: &Inboxes) -> MutexGuard<'_, HashMap<LegId, mpsc::UnboundedSender<Heard>>> {
    inboxes.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The far end has hung up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct HungUp;

/// One end of a call.
pub(super) struct Line {
    exchange: Exchange,
    leg: LegId,
    negotiation: Negotiation,
    hears: mpsc::UnboundedReceiver<Heard>,
    plays: u64,
    is_over: bool,
}

impl Line {
    /// It rings here.
    pub(super) async fn ring(&self) {
        self.exchange.order(SipCommand::Ring { leg: self.leg, answer: None }).await;
    }

    /// The handset is lifted.
    pub(super) async fn accept(&mut self, offer: Option<&str>) -> Result<()> {
        let leg = self.leg;
        let body = match offer {
            None => self.negotiation.offer(),
            Some(offer) => {
                let (answer, agreed) = self
                    .negotiation
                    .answer(offer)
                    .map_err(|refusal| anyhow::anyhow!("{refusal}"))?;
                self.exchange.sound(MediaCommand::Agree { leg, agreed });
                answer
            }
        };
        self.exchange.order(SipCommand::Accept { leg, body }).await;
        Ok(())
    }

    /// Waits until the other side has taken the call.
    pub(super) async fn taken(&mut self) -> Result<(), HungUp> {
        loop {
            if let Heard::Answered(answer) = self.next().await? {
                self.agree(&answer);
                return Ok(());
            }
        }
    }

    /// Says something, and waits until it is said.
    pub(super) async fn say(&mut self, words: Arc<Prompt>) -> Result<(), HungUp> {
        self.plays += 1;
        let play =
            Play { id: self.plays, prompts: vec![words], repeat: false, stop_on_digit: false };
        self.exchange.sound(MediaCommand::Play { leg: self.leg, play });
        loop {
            if let Heard::Played = self.next().await? {
                return Ok(());
            }
        }
    }

    /// Listens for a while.
    pub(super) async fn listen(&mut self, time: Duration) -> Result<(), HungUp> {
        let over = tokio::time::sleep(time);
        tokio::pin!(over);
        loop {
            tokio::select! {
                () = &mut over => return Ok(()),
                heard = self.next() => drop(heard?),
            }
        }
    }

    /// Listens until the other side hangs up.
    pub(super) async fn stay(&mut self) {
        while self.next().await.is_ok() {}
    }

    /// Hangs up.
    pub(super) async fn hang_up(&mut self) {
        if !self.is_over {
            self.exchange.order(SipCommand::Hangup { leg: self.leg, q850: NORMAL }).await;
            self.stay().await;
        }
    }

    /// What happens next; what a line answers by itself is answered.
    async fn next(&mut self) -> Result<Heard, HungUp> {
        if self.is_over {
            return Err(HungUp);
        }
        let leg = self.leg;
        match self.hears.recv().await {
            None | Some(Heard::Ended) => {
                self.is_over = true;
                Err(HungUp)
            }
            Some(Heard::Offer(offer)) => {
                let answer = match offer {
                    None => Ok(self.negotiation.offer()),
                    Some(offer) => match self.negotiation.answer(&offer) {
                        Ok((answer, agreed)) => {
                            self.exchange.sound(MediaCommand::Agree { leg, agreed });
                            Ok(answer)
                        }
                        Err(refusal) => Err(refusal.status),
                    },
                };
                self.exchange.order(SipCommand::AnswerOffer { leg, answer }).await;
                Ok(Heard::Handled)
            }
            Some(Heard::Refer) => {
                self.exchange.order(SipCommand::AnswerRefer { leg, accepted: false }).await;
                Ok(Heard::Handled)
            }
            Some(heard) => Ok(heard),
        }
    }

    fn agree(&mut self, answer: &str) {
        match self.negotiation.take_answer(answer) {
            Ok(agreed) => self.exchange.sound(MediaCommand::Agree { leg: self.leg, agreed }),
            Err(refusal) => tracing::debug!("the server's answer cannot be spoken: {refusal}"),
        }
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        locked(&self.exchange.inboxes).remove(&self.leg);
        self.exchange.sound(MediaCommand::Close { leg: self.leg });
    }
}
