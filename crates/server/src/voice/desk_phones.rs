//! Agents' desk phones: rung while a call is offered, connected while its agent speaks, hung up after.
//!
//! Lifting the handset answers the offer, declining refuses it, and hanging up ends the agent's part. An
//! agent who answers on the screen first is connected once the handset is lifted.

use std::collections::HashMap;

use domain::{AgentId, ContactId, LegId};
use routing::{EndedBy, Input as FloorInput, OfferFailure};
use telephony::{
    media::MediaCommand,
    sdp::{Encryption, Negotiation},
    sip::{Cause, Side, SipCommand, SipEvent, Target},
};
use tokio::sync::oneshot;
use uuid::Uuid;

use super::{VoiceError, driver::Driver};

/// A phone that is not lifted although its agent is on the contact is rung so many times.
const RINGS_MAX: u8 = 3;

/// Q.850: normal call clearing.
const NORMAL: u8 = 16;

/// What the floor has decided for an agent who may have a desk phone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Move {
    /// A call rings at their desk.
    Offered(ContactId),
    /// It does no longer, and they have not answered.
    OfferEnded(ContactId),
    /// They are on the contact.
    On(ContactId),
    /// They are so no longer.
    Off(ContactId),
    /// They have signed out.
    Gone,
}

/// A leg to a desk phone.
struct Leg {
    agent: AgentId,
    negotiation: Negotiation,
    up: bool,
    /// We have let it go; its end is still to be told.
    hung_up: bool,
    /// Somebody waits until it is lifted.
    waits: Option<oneshot::Sender<Result<(), VoiceError>>>,
}

/// What an agent's phone is wanted for.
#[derive(Clone, Copy)]
struct Wanted {
    contact: ContactId,
    /// They are on the contact, and not only offered it.
    on: bool,
    rings: u8,
}

/// All legs to desk phones.
#[derive(Default)]
pub(super) struct DeskLegs {
    legs: HashMap<LegId, Leg>,
    wanted: HashMap<AgentId, Wanted>,
}

impl DeskLegs {
    /// Whether a leg is one to a desk phone.
    pub(super) fn has(&self, leg: LegId) -> bool {
        self.legs.contains_key(&leg)
    }
}

impl Driver {
    /// Follows what the floor has decided.
    pub(super) async fn on_moves(&mut self, moves: Vec<(AgentId, Move)>) {
        for (agent, moved) in moves {
            let wanted = self.desk.wanted.get(&agent).copied();
            match moved {
                Move::Offered(contact) => {
                    if self.voice.phones().uses_desk(agent) {
                        let rung = Wanted { contact, on: false, rings: 1 };
                        self.desk.wanted.insert(agent, rung);
                        self.ring_desk(agent, None).await;
                    }
                }
                Move::On(contact) => {
                    let before = wanted.filter(|wanted| wanted.contact == contact);
                    let rings = before.map_or(0, |wanted| wanted.rings);
                    self.desk.wanted.insert(agent, Wanted { contact, on: true, rings });
                    let has_leg = self.voice.phones().desk_leg(agent).is_some();
                    if !has_leg && self.voice.phones().uses_desk(agent) {
                        self.ring_desk(agent, None).await;
                    } else if let Some(leg) = self.voice.phones().desk_leg(agent) {
                        self.contact_of.insert(leg, contact);
                    }
                }
                Move::OfferEnded(contact) => {
                    if wanted.is_some_and(|wanted| wanted.contact == contact && !wanted.on) {
                        self.put_down(agent).await;
                    }
                }
                Move::Off(contact) => {
                    if wanted.is_some_and(|wanted| wanted.contact == contact) {
                        self.put_down(agent).await;
                    }
                }
                Move::Gone => self.put_down(agent).await,
            }
        }
    }

    /// Rings an agent's desk phone before a call out, and tells when it is lifted. A browser that is the
    /// agent's phone needs no lifting.
    pub(super) async fn lift(
        &mut self,
        agent: AgentId,
        reply: oneshot::Sender<Result<(), VoiceError>>,
    ) {
        let needs_no_lifting = {
            let phones = self.voice.phones();
            !phones.uses_desk(agent) || phones.leg(agent).is_some()
        };
        if needs_no_lifting {
            // Whoever asked may have gone.
            let _ = reply.send(Ok(()));
            return;
        }
        self.ring_desk(agent, Some(reply)).await;
    }

    /// Hangs an agent's desk phone up that is wanted for nothing any more.
    pub(super) async fn put_down(&mut self, agent: AgentId) {
        self.desk.wanted.remove(&agent);
        let leg = self.voice.phones().desk_down(agent);
        if let Some(leg) = leg {
            if let Some(known) = self.desk.legs.get_mut(&leg) {
                known.hung_up = true;
            }
            self.to_sip(SipCommand::Hangup { leg, q850: NORMAL }).await;
        }
    }

    async fn ring_desk(
        &mut self,
        agent: AgentId,
        waits: Option<oneshot::Sender<Result<(), VoiceError>>>,
    ) {
        let target = self.voice.plan().desk_target(agent);
        let leg = LegId::from_uuid(Uuid::now_v7());
        let (Some(target), Ok(local)) = (target, self.voice.local(leg, Encryption::Never)) else {
            if let Some(waits) = waits {
                // Whoever asked may have gone.
                let _ = waits.send(Err(VoiceError::NoPhone));
            }
            return;
        };
        let mut negotiation = Negotiation::new(leg.uuid().as_u64_pair().1 >> 2, local);
        let offer = negotiation.offers();
        let (from, from_name) = self.shown_at_desk(agent);
        self.voice.phones().desk_rings(agent, leg);
        let known = Leg { agent, negotiation, up: false, hung_up: false, waits };
        self.desk.legs.insert(leg, known);
        self.to_sip(SipCommand::Invite { leg, target, from, from_name, offer }).await;
    }

    /// Who calls, as the phone shows it: the customer's number and the client's name.
    fn shown_at_desk(&self, agent: AgentId) -> (String, Option<String>) {
        let contact = self.desk.wanted.get(&agent).map(|wanted| wanted.contact);
        let card = contact.and_then(|contact| self.voice.0.cards.get(contact));
        let directory = self.voice.0.floor.directory();
        let client = card.as_ref().and_then(|card| directory.client(card.client));
        let number = contact.and_then(|contact| self.number_of(contact));
        (number.unwrap_or_default(), client.map(|client| client.name.clone()))
    }

    /// Something that SIP tells of a desk phone's leg.
    pub(super) async fn on_desk_sip(&mut self, leg: LegId, event: SipEvent) {
        let Some(known) = self.desk.legs.get_mut(&leg) else { return };
        match event {
            SipEvent::Tried { encrypted, .. } => known.negotiation.sent_as(encrypted),
            SipEvent::Accepted { answer, .. } => match known.negotiation.take_answer(&answer) {
                Ok(agreed) => {
                    self.voice.sound(MediaCommand::Agree { leg, agreed });
                    self.lifted(leg);
                }
                Err(refusal) => {
                    tracing::warn!("a desk phone's description cannot be spoken: {refusal}");
                    self.to_sip(SipCommand::Hangup { leg, q850: 88 }).await;
                }
            },
            SipEvent::Offer { offer, .. } => {
                let answer = match offer {
                    None => Ok(known.negotiation.offer()),
                    Some(offer) => match known.negotiation.answer(&offer) {
                        Ok((answer, agreed)) => {
                            self.voice.sound(MediaCommand::Agree { leg, agreed });
                            Ok(answer)
                        }
                        Err(refusal) => Err(refusal.status),
                    },
                };
                self.to_sip(SipCommand::AnswerOffer { leg, answer }).await;
            }
            SipEvent::Refer { .. } => {
                // Calls are passed on at the desk, where the floor decides.
                self.to_sip(SipCommand::AnswerRefer { leg, accepted: false }).await;
            }
            SipEvent::Ended { by, cause, .. } => self.desk_ended(leg, by, &cause).await,
            _ => {}
        }
    }

    /// The handset is lifted.
    fn lifted(&mut self, leg: LegId) {
        let Some(known) = self.desk.legs.get_mut(&leg) else { return };
        known.up = true;
        let agent = known.agent;
        if let Some(waits) = known.waits.take() {
            // Whoever asked may have gone.
            let _ = waits.send(Ok(()));
        }
        self.voice.phones().desk_lifted(agent, leg);
        let Some(Wanted { contact, on, .. }) = self.desk.wanted.get(&agent).copied() else {
            return;
        };
        self.contact_of.insert(leg, contact);
        if on {
            let voice = self.voice.clone();
            tokio::spawn(async move {
                if let Err(error) = voice.stand_again(contact).await {
                    tracing::debug!(contact.id = %contact, "a phone was lifted too late: {error}");
                }
            });
        } else {
            self.voice.ask(FloorInput::Answer { contact, agent });
        }
    }

    async fn desk_ended(&mut self, leg: LegId, by: Side, cause: &Cause) {
        let Some(known) = self.desk.legs.remove(&leg) else { return };
        self.voice.close(leg);
        let agent = known.agent;
        if let Some(waits) = known.waits {
            // Whoever asked may have gone.
            let _ = waits.send(Err(VoiceError::NotLifted));
        }
        if known.hung_up {
            return;
        }
        self.voice.phones().desk_down(agent);
        let Some(wanted) = self.desk.wanted.get_mut(&agent) else { return };
        let contact = wanted.contact;
        let declined = matches!(cause.status, Some(486 | 600 | 603));
        match (known.up, wanted.on) {
            (true, true) if by == Side::Remote => {
                // The agent has hung up.
                let card = self.voice.0.cards.get(contact);
                let alone = card.is_none_or(|card| card.parts.len() < 2);
                self.voice.ask(match alone {
                    true => FloorInput::End { contact, by: EndedBy::Agent },
                    false => FloorInput::Leave { contact, agent },
                });
            }
            (_, true) if wanted.rings < RINGS_MAX => {
                wanted.rings += 1;
                self.ring_desk(agent, None).await;
            }
            (false, false) if declined => self.voice.ask(FloorInput::Refuse { contact, agent }),
            (false, false) => {
                let cause = OfferFailure::Busy;
                self.voice.ask(FloorInput::OfferFailed { contact, agent, cause });
            }
            _ => {}
        }
    }

    /// A phone has registered, or is gone.
    pub(super) fn phone_registered(&self, name: &str, registered: bool) {
        let Some(agent) = self.voice.plan().agent_of_phone(name) else { return };
        let news = self.voice.phones().desk_is(agent, registered);
        if news {
            self.voice.tell_phone(agent);
        }
    }

    async fn to_sip(&self, command: SipCommand) {
        if let Err(error) = self.voice.0.sip.send(command).await {
            tracing::error!("{error}");
        }
    }
}

/// How a desk phone of the plan is called.
pub(super) fn target(
    name: &str,
    address: Option<&str>,
    transport: telephony::sip::Transport,
) -> Option<Target> {
    match address {
        None => Some(Target::Phone { name: name.to_owned() }),
        Some(address) => {
            let address = socket_address(address, transport.default_port())?;
            Some(Target::Device { user: name.to_owned(), address, transport })
        }
    }
}

/// An address with perhaps a port.
pub(crate) fn socket_address(text: &str, port: u16) -> Option<std::net::SocketAddr> {
    let (host, given) = super::plan::host_and_port(text)?;
    let ip: std::net::IpAddr = host.parse().ok()?;
    Some(std::net::SocketAddr::new(ip, given.unwrap_or(port)))
}
