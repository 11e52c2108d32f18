//! Telephone calls: between trunks, the sound and the floor.
//!
//! A call is a [`telephony::call::Call`], played by one task (`driver`): it hands each call what its
//! trunk, its sound, the floor and the desks say, and carries out what the call orders. What the floor
//! decides arrives here once it is durable ([`Voice::carry_out`]); what a call asks of the floor goes
//! out in order. Without `voice.sip` in the configuration there are no calls and nothing listens.

mod alerts;
mod asks;
mod desk_phones;
mod driver;
mod floor_side;
mod handed_out;
mod http;
mod keep;
mod led;
mod orphans;
mod phones;
mod phrases;
mod plan;
mod quality;
mod recordings;
pub(crate) mod redactions;
mod relays;
mod retention;
mod setup;
mod sounds;
mod under_way;

use std::{
    collections::HashMap,
    path::PathBuf,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use api::{
    desk::{DeskContact, DeskCustomer, DeskDelta},
    voice::{DeskCall, PhoneView},
};
use domain::{AgentId, AuditId, ClientId, ContactId, LegId, TrunkId};
use routing::Input;
use store::{Store, StoreError, records::AuditEntry};
use telephony::{
    call::{DeskSays, Fact, Party},
    media::{Media, MediaCommand},
    sip::{Sip, SipCommand, Transport, TrunkWhy},
};
use tokio::sync::{mpsc, oneshot};
use uuid::Uuid;

pub(crate) use self::desk_phones::socket_address;
pub(crate) use self::setup::REALM;
use self::{
    alerts::Alerts, asks::Asked, driver::Told, keep::Kept, phones::Phones, plan::Plan,
    quality::Listening, sounds::SoundBook,
};
pub use self::{
    http::routes,
    led::world,
    plan::host_and_port,
    quality::TrunkSound,
    recordings::{record, voicemail},
    setup::{Parts, start},
};
use crate::{
    clock::Clock,
    config::{Config, Relay},
    floor::{Cards, Floor, FloorError},
    live::Live,
};

/// How long a desk phone is rung for a call out; less than a request may take.
const LIFTED_WITHIN: Duration = Duration::from_secs(20);

/// Telephony of the server. Clones share it.
#[derive(Clone)]
pub struct Voice(Arc<Inner>);

struct Inner {
    store: Store,
    clock: Clock,
    floor: Floor,
    live: Live,
    cards: Arc<Cards>,
    media: Media,
    sip: Sip,
    sounds: SoundBook,
    plan: plan::Shared,
    /// The folder of recordings.
    recordings: PathBuf,
    watched: retention::Watched,
    relay: Option<Relay>,
    phones: Mutex<Phones>,
    listening: Mutex<Listening>,
    alerts: Mutex<Alerts>,
    /// Calls as desks show them, while somebody has the contact.
    shown: Mutex<HashMap<ContactId, DeskCall>>,
    /// Bounded by its senders: the floor by its steps in flight, the desks by waiting for the reply.
    told: mpsc::UnboundedSender<Told>,
    /// Bounded by the calls: each has few questions under way.
    asks: mpsc::UnboundedSender<Asked>,
    keep: mpsc::UnboundedSender<Kept>,
}

/// Why something about a call was not done.
#[derive(Debug, thiserror::Error)]
pub enum VoiceError {
    /// The contact is no call, or its call is over.
    #[error("the contact has no call")]
    NoCall,
    /// The agent's phone is not there.
    #[error("your phone is not connected")]
    NoPhone,
    /// The agent's desk phone was rung and not lifted.
    #[error("your desk phone was not lifted")]
    NotLifted,
    /// There is a call with the customer already.
    #[error("there is a call with the customer already")]
    CallThere,
    /// The client has no number to show.
    #[error("the client has no number to call out with")]
    NoNumber,
    /// A number that cannot be called.
    #[error("{0}")]
    Number(#[from] domain::PhoneNumberError),
    /// The sound's answer.
    #[error(transparent)]
    Media(#[from] telephony::media::MediaError),
    /// The floor's answer.
    #[error(transparent)]
    Floor(#[from] FloorError),
    /// The store's answer.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The folder of recordings cannot be written.
    #[error("the folder of recordings cannot be written: {0}")]
    Folder(std::io::Error),
    /// The calls have ended with the server.
    #[error("the server is stopping")]
    Stopping,
}

impl Voice {
    /// What carries the sound of browsers that cannot reach us by UDP.
    fn relay(&self) -> Option<&Relay> {
        self.0.relay.as_ref()
    }

    /// Connects an agent's browser: its offer, our answer.
    ///
    /// # Errors
    /// [`VoiceError::Media`] for a description that cannot be spoken.
    pub fn connect_phone(&self, agent: AgentId, offer: &str) -> Result<String, VoiceError> {
        let leg = self.phones().connecting(agent);
        let answer = self.0.media.open_peer(leg, offer)?;
        self.show_phone(agent);
        Ok(answer)
    }

    /// Hangs an agent's phone up for good.
    pub fn hang_up_phone(&self, agent: AgentId) {
        let leg = self.phones().remove(agent);
        if let Some(leg) = leg {
            self.close(leg);
            self.tell_phone(agent);
        }
    }

    /// An agent's phone as the desk shows it.
    pub fn phone_view(&self, agent: AgentId) -> PhoneView {
        self.phones().view(agent)
    }

    /// Tells the floor and the desk how an agent's phone is.
    pub fn tell_phone(&self, agent: AgentId) {
        let ready = self.phones().is_ready(agent);
        self.ask(Input::Phone { agent, ready });
        self.show_phone(agent);
    }

    fn show_phone(&self, agent: AgentId) {
        let phone = self.phone_view(agent);
        self.0.live.desk(agent).update(|desk| {
            let me = &mut desk.as_mut()?.me;
            if me.phone == phone {
                return None;
            }
            me.phone = phone;
            Some(DeskDelta { me: Some(me.clone()), ..DeskDelta::default() })
        });
    }

    /// Hands a desk's wish to the call of a contact.
    ///
    /// # Errors
    /// [`VoiceError::NoCall`], [`VoiceError::Stopping`].
    pub async fn desk(&self, contact: ContactId, says: DeskSays) -> Result<(), VoiceError> {
        let (reply, answer) = oneshot::channel();
        self.tell(Told::Desk { contact, says: Box::new(says), reply });
        answer.await.map_err(|_| VoiceError::Stopping)?
    }

    /// Completes a contact that is new at a desk with its call.
    pub fn fill(&self, held: &mut DeskContact) {
        held.call = self.shown().get(&ContactId::from_uuid(held.contact)).cloned();
    }

    /// Shows a call at the desks that have its contact.
    fn show(&self, contact: ContactId, call: DeskCall) {
        let news = self.shown().insert(contact, call.clone()).as_ref() != Some(&call);
        if news {
            self.0.live.at_desks_of(contact, |held| {
                held.call = Some(call.clone());
                let changed = DeskContact { messages: Vec::new(), ..held.clone() };
                Some(DeskDelta { contacts: vec![changed], ..DeskDelta::default() })
            });
        }
    }

    /// Whether a contact is a call that is played here.
    fn is_shown(&self, contact: ContactId) -> bool {
        self.shown().contains_key(&contact)
    }

    /// Whether a contact is a call that is played here and not over.
    fn is_under_way(&self, contact: ContactId) -> bool {
        self.shown().get(&contact).is_some_and(|call| call.state != "ended")
    }

    /// Forgets how a call is shown once nobody has its contact.
    fn forget_when_done(&self, contact: ContactId) {
        if self.0.cards.get(contact).is_none() {
            self.shown().remove(&contact);
        }
    }

    /// What clients' numbers, trunks and settings are.
    fn plan(&self) -> Arc<Plan> {
        self.0.plan.get()
    }

    /// Where calls are taken: `udp://127.0.0.1:5060`.
    pub fn addresses(&self) -> Vec<String> {
        let sip = &self.0.sip;
        [Transport::Udp, Transport::Tcp, Transport::Tls]
            .into_iter()
            .filter_map(|by| {
                let address = sip.local_addr(by)?;
                Some(format!("{}://{address}", by.as_str().to_lowercase()))
            })
            .collect()
    }

    /// Where calls are taken over UDP, from this machine.
    pub fn sip_by_udp(&self) -> Option<std::net::SocketAddr> {
        let mut address = self.0.sip.local_addr(Transport::Udp)?;
        if address.ip().is_unspecified() {
            address.set_ip(match address.is_ipv4() {
                true => std::net::Ipv4Addr::LOCALHOST.into(),
                false => std::net::Ipv6Addr::LOCALHOST.into(),
            });
        }
        Some(address)
    }

    /// Shows the figures of telephony among the server's own.
    pub fn register(&self, registry: &mut prometheus_client::registry::Registry) {
        self.0.watched.register(registry);
    }

    /// Waits until the phone of an agent who takes a contact over is lifted, if the contact is a call
    /// here. Whether it had to be.
    ///
    /// # Errors
    /// [`VoiceError::NotLifted`] when it was not, [`VoiceError::Stopping`].
    pub async fn lift_for(&self, contact: ContactId, agent: AgentId) -> Result<bool, VoiceError> {
        if !self.is_under_way(contact) {
            return Ok(false);
        }
        let lifts = self.is_to_lift(agent);
        self.lift(agent).await?;
        Ok(lifts)
    }

    /// Whether an agent's phone is a desk phone that is not lifted.
    fn is_to_lift(&self, agent: AgentId) -> bool {
        let phones = self.phones();
        phones.uses_desk(agent) && phones.leg(agent).is_none()
    }

    /// Ends a supervisor's place beside a call, if they have one.
    pub async fn leave(&self, contact: ContactId, user: domain::UserId) {
        let says = DeskSays::StopSupervision { leg: None, user: Some(user) };
        // A call that is over was left by everybody.
        let _ = self.desk(contact, says).await;
    }

    /// Waits until an agent's desk phone is lifted, for a call out. A browser is always so.
    async fn lift(&self, agent: AgentId) -> Result<(), VoiceError> {
        let (reply, answer) = oneshot::channel();
        self.tell(Told::Lift { agent, reply });
        let lifted = tokio::time::timeout(LIFTED_WITHIN, answer).await;
        match lifted {
            Ok(answer) => answer.map_err(|_| VoiceError::Stopping)?,
            Err(_) => {
                self.put_down(agent);
                Err(VoiceError::NotLifted)
            }
        }
    }

    /// Hangs an agent's desk phone up: nothing came of the call.
    pub fn put_down(&self, agent: AgentId) {
        self.tell(Told::PutDown(agent));
    }

    /// Whether an agent's desk phone can be called; `None` for one without.
    pub fn desk_phone_is_there(&self, agent: AgentId) -> Option<bool> {
        self.phones().desk_there(agent)
    }

    /// Whether a trunk can be used, and why; `None` before anything is known.
    pub fn trunk_health(&self, trunk: TrunkId) -> Option<(bool, TrunkWhy)> {
        self.0.plan.health(trunk)
    }

    /// Hands an input to the floor, after those before it.
    fn ask(&self, input: Input) {
        // Its receiver ends with the server; then nothing is asked any more.
        let _ = self.0.asks.send(Asked::Input(input));
    }

    fn tell(&self, told: Told) {
        // As above.
        let _ = self.0.told.send(told);
    }

    /// Orders something of the sound. It refuses only when its thread hangs or is gone, and then no
    /// call has any.
    fn sound(&self, command: MediaCommand) {
        if let Err(error) = self.0.media.send(command) {
            tracing::error!("{error}");
        }
    }

    /// Closes a leg at the sound.
    fn close(&self, leg: LegId) {
        self.sound(MediaCommand::Close { leg });
    }

    /// Refuses a leg that came in.
    async fn reject(&self, leg: LegId, status: u16, retry_after: Option<Duration>) {
        if let Err(error) = self.0.sip.send(SipCommand::Reject { leg, status, retry_after }).await {
            tracing::error!("{error}");
        }
    }

    /// Whether somebody outside has answered in the call of a contact.
    fn outside_is_there(&self, contact: ContactId) -> bool {
        let shown = self.shown();
        let outside = shown.get(&contact).and_then(|call| call.outside.as_ref());
        outside.is_some_and(|outside| outside.state == "talking" || outside.state == "joined")
    }

    /// Whether the call of a contact rings at a number outside, or has just been answered there.
    fn is_called_outside(&self, contact: ContactId, number: &str) -> bool {
        let shown = self.shown();
        let outside = shown.get(&contact).and_then(|call| call.outside.as_ref());
        outside.is_some_and(|outside| {
            outside.number == number && matches!(outside.state.as_str(), "ringing" | "joined")
        })
    }

    /// Connects a supervisor's browser.
    fn open_supervision(&self, leg: LegId, offer: &str) -> Result<String, VoiceError> {
        Ok(self.0.media.open_peer(leg, offer)?)
    }

    fn keep(&self, kept: Kept) {
        // As above.
        let _ = self.0.keep.send(kept);
    }

    fn phones(&self) -> MutexGuard<'_, Phones> {
        self.0.phones.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn listening(&self) -> MutexGuard<'_, Listening> {
        self.0.listening.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn alerts(&self) -> MutexGuard<'_, Alerts> {
        self.0.alerts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A trunk can be used, or cannot.
    fn trunk_is(&self, trunk: TrunkId, up: bool, why: TrunkWhy) {
        tracing::info!(trunk.id = %trunk, up, %why, "a trunk's health");
        self.alerts().trunk_is(trunk, up, why, self.0.clock.now());
        self.0.plan.set_health(trunk, up, why);
    }

    /// How a trunk sounds; `None` before there is enough to say.
    pub fn trunk_sound(&self, trunk: TrunkId) -> Option<TrunkSound> {
        self.listening().of(trunk)
    }

    /// A trunk went into trouble or out of it: told in the log, and written into the audit log.
    fn trunk_sounds(&self, trunk: TrunkId, sound: TrunkSound) {
        let TrunkSound { mos, loss_permille, trouble } = sound;
        self.alerts().trunk_sounds(trunk, sound, self.0.clock.now());
        let action = match trouble {
            true => "trunk.degraded",
            false => "trunk.recovered",
        };
        if trouble {
            tracing::warn!(trunk.id = %trunk, mos, loss_permille, "a trunk sounds bad");
        } else {
            tracing::info!(trunk.id = %trunk, mos, loss_permille, "a trunk sounds well again");
        }
        let after = serde_json::json!({
            "mos_tenths": (mos * 10.0).round() as u8, "loss_permille": loss_permille,
        });
        self.audit(action, "trunk", trunk.uuid(), None, after);
    }

    /// Takes in what a fact says of the sound: an agent's leg outlives a call, so that how it sounded in
    /// this one is told when its part is over; and a pause that was left open wants somebody to look.
    fn listen(&self, contact: ContactId, client: ClientId, fact: &Fact) {
        match *fact {
            Fact::LegStarted { leg, party: party @ (Party::Agent(_) | Party::Customer) } => {
                self.listening().begins(contact, leg, party);
            }
            Fact::LegEnded { leg, party: Party::Customer, .. } => {
                // Its own last report tells how it sounded.
                let _ = self.listening().ends(contact, leg);
                self.alerts().pause_over(contact);
            }
            Fact::RecordingPaused { on: false, .. } | Fact::RecordingStopped(_) => {
                self.alerts().pause_over(contact);
            }
            Fact::LegEnded { leg, party: Party::Agent(_), .. } => {
                let part = self.listening().ends(contact, leg);
                if let Some(report) = part {
                    let contact = Some(contact);
                    self.keep(Kept::Quality { contact, leg, report, last: true });
                }
            }
            Fact::PauseLeftOpen(recording) => {
                self.alerts().pause_left_open(contact, self.0.clock.now());
                tracing::warn!(
                    contact.id = %contact, recording.id = %recording, "a recording was left paused"
                );
                let action = "recording.pause_left_open";
                let after = serde_json::Value::Null;
                self.audit(action, "contact", contact.uuid(), Some(client), after);
            }
            _ => {}
        }
    }

    /// Writes into the audit log what nobody did.
    fn audit(
        &self,
        action: &str,
        kind: &str,
        object: Uuid,
        client: Option<ClientId>,
        after: serde_json::Value,
    ) {
        let entry = AuditEntry {
            id: AuditId::from_uuid(Uuid::now_v7()),
            at: self.0.clock.now(),
            user: None,
            user_name: String::new(),
            action: action.to_owned(),
            object_kind: kind.to_owned(),
            object: object.to_string(),
            client,
            before: serde_json::Value::Null,
            after,
            request_id: String::new(),
        };
        let store = self.0.store.clone();
        tokio::spawn(async move {
            let kept = store.tx(move |tx| Box::pin(async move { tx.audit(&entry).await })).await;
            if let Err(error) = kept {
                tracing::error!(%error, "the audit log could not be written");
            }
        });
    }

    fn shown(&self) -> MutexGuard<'_, HashMap<ContactId, DeskCall>> {
        self.0.shown.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Where recordings lie, also on a server that takes no calls any more.
pub fn folder(config: &Config) -> PathBuf {
    config.data.join("recordings")
}

/// A number as somebody typed it, in E.164; also on a server without telephony, which knows no home
/// country.
///
/// # Errors
/// What is no number that can be called.
pub fn in_e164(
    voice: Option<&Voice>,
    typed: &str,
) -> Result<domain::PhoneNumber, domain::PhoneNumberError> {
    match voice {
        Some(voice) => voice.plan().in_e164(typed),
        None => Plan::default().in_e164(typed),
    }
}

/// An agent's phone as the desk shows it, also on a server without telephony.
pub fn phone_of(voice: Option<&Voice>, agent: AgentId) -> PhoneView {
    voice.map_or(PhoneView::OFF, |voice| voice.phone_view(agent))
}

/// A caller as desks show them.
fn customer_of(number: Option<&str>, name: Option<&str>) -> DeskCustomer {
    let shown = match (name.map(str::trim).filter(|name| !name.is_empty()), number) {
        (Some(name), _) => name.chars().take(100).collect(),
        (None, Some(number)) => number.to_owned(),
        (None, None) => String::new(),
    };
    DeskCustomer {
        customer: None,
        name: shown,
        verified: false,
        email: None,
        page: None,
        contacts_before: 0,
    }
}
