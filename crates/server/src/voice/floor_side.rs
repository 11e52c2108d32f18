//! What the floor decided, for the calls; and what calls tell the journal.

use std::collections::BTreeMap;

use domain::{AgentId, ContactId, PhoneNumber, contract::Channel};
use routing::{
    AgentState, AgentView, CallFact, CallStep, ContactView, Direction, Ending, Event, Input,
    Stamped, WorkState,
};
use store::{ClientScope, records::CallDirection};
use telephony::call::{Doing, Fact, FloorEnd, FloorSays, Part, Party, Supervision, Words};

use super::{Voice, VoiceError, asks::Asked, customer_of, desk_phones::Move, driver::Told, keep};
use crate::floor::contact_of;

impl Voice {
    /// Takes in a step that has become durable. `agents` are all agents as they are right after it.
    pub fn carry_out(&self, events: &[Stamped], agents: &BTreeMap<AgentId, AgentView>) {
        let mut says = Vec::new();
        let mut moved: Vec<ContactId> = Vec::new();
        let mut at_desks: Vec<(AgentId, Move)> = Vec::new();
        for Stamped { event, .. } in events {
            if let Event::AgentState { agent, state: AgentState::SignedOut, .. } = event {
                self.hang_up_phone(*agent);
            }
            self.at_desks(event, &mut at_desks);
            let Some(contact) = contact_of(event) else { continue };
            match event {
                Event::Answered { .. }
                | Event::Held { .. }
                | Event::Resumed { .. }
                | Event::ConsultStarted { .. }
                | Event::ConferenceStarted { .. }
                | Event::CalledOut { .. }
                | Event::PartEnded { .. } => moved.push(contact),
                Event::GreetingStarted { .. } => says.push((contact, FloorSays::Greeting)),
                Event::WaitsForOpening { .. } => says.push((contact, FloorSays::ForOpening)),
                Event::CallbackPromised { .. } => says.push((contact, FloorSays::CallbackPromised)),
                Event::Ended { ending, .. } => {
                    let end = match ending {
                        Ending::Closed => FloorEnd::Closed,
                        Ending::QueueFull => FloorEnd::Full,
                        Ending::QueueRemoved => FloorEnd::Removed,
                        _ => FloorEnd::Over,
                    };
                    says.push((contact, FloorSays::Ended(end)));
                }
                _ => {}
            }
            self.forget_when_done(contact);
        }
        // An end says all there is to say: without agents first, it would look like a wait.
        let ended = |contact: &ContactId| {
            says.iter().any(|(of, said)| of == contact && matches!(said, FloorSays::Ended(_)))
        };
        moved.sort_unstable();
        moved.dedup();
        moved.retain(|contact| !ended(contact));
        let parts = moved.into_iter().map(|c| (c, FloorSays::Parts(self.parts_of(c, agents))));
        let mut all: Vec<(ContactId, FloorSays)> = parts.collect();
        all.append(&mut says);
        if !all.is_empty() {
            self.tell(Told::Floor(all));
        }
        // Whoever takes a contact over is on it at once, and rung by nobody.
        let on: Vec<(AgentId, ContactId)> = at_desks
            .iter()
            .filter_map(|(agent, moved)| match moved {
                Move::On(contact) => Some((*agent, *contact)),
                _ => None,
            })
            .collect();
        at_desks.retain(|(agent, moved)| match moved {
            Move::Offered(contact) => !on.contains(&(*agent, *contact)),
            _ => true,
        });
        if !at_desks.is_empty() {
            self.tell(Told::Moves(at_desks));
        }
    }

    /// What an event means for agents' desk phones.
    fn at_desks(&self, event: &Event, moves: &mut Vec<(AgentId, Move)>) {
        match *event {
            Event::Offered { agent, contact, .. } if self.is_under_way(contact) => {
                moves.push((agent, Move::Offered(contact)));
            }
            Event::OfferEnded { agent, contact, .. } => {
                moves.push((agent, Move::OfferEnded(contact)));
            }
            Event::Answered { agent, contact, .. } if self.is_under_way(contact) => {
                moves.push((agent, Move::On(contact)));
            }
            Event::ConsultStarted { to, contact, .. } if self.is_under_way(contact) => {
                moves.push((to, Move::On(contact)));
            }
            Event::CalledOut { agent, contact, .. } => moves.push((agent, Move::On(contact))),
            Event::PartEnded { agent, contact, .. } => moves.push((agent, Move::Off(contact))),
            Event::AgentState { agent, state: AgentState::SignedOut, .. } => {
                moves.push((agent, Move::Gone));
            }
            _ => {}
        }
    }

    /// The agents on a contact, and what they do.
    fn parts_of(&self, contact: ContactId, agents: &BTreeMap<AgentId, AgentView>) -> Vec<Part> {
        let Some(card) = self.0.cards.get(contact) else { return Vec::new() };
        let mut on: Vec<AgentId> = card.parts.into_iter().collect();
        on.sort_unstable();
        let phones = self.phones();
        on.into_iter()
            .filter_map(|agent| {
                let view = agents.get(&agent)?;
                let work = view.work.iter().find(|work| work.contact == contact)?;
                let doing = match work.stage {
                    WorkState::Talking => Doing::Talking,
                    WorkState::Holding => Doing::Holding,
                    WorkState::Consulting => Doing::Consulting,
                    WorkState::Ringing | WorkState::WrapUp => return None,
                };
                Some(Part { agent, phone: phones.leg(agent), doing })
            })
            .collect()
    }

    /// The floor was rebuilt. Calls that it knows and nobody plays were cut by a restart; phones that
    /// it presumes are told as they are.
    /// What calls asked while the floor was away is asked again, before anything else.
    pub fn rebuilt(&self, contacts: &[ContactView], agents: &BTreeMap<AgentId, AgentView>) {
        // Its receiver ends with the server; then nothing is asked any more.
        let _ = self.0.asks.send(Asked::FloorIsBack);
        for agent in agents.keys() {
            let ready = self.phones().is_ready(*agent);
            self.ask(Input::Phone { agent: *agent, ready });
        }
        let spoken = contacts.iter().filter(|view| view.channel == Channel::Voice);
        let lost: Vec<ContactView> =
            spoken.filter(|view| !self.is_shown(view.contact)).cloned().collect();
        if !lost.is_empty() {
            let voice = self.clone();
            tokio::spawn(async move {
                for view in lost {
                    voice.take_up(&view).await;
                }
            });
        }
    }

    /// Takes up a contact whose call is gone: who it is, and what becomes of it. Whoever can be called
    /// waits as a callback in their place, whether they waited before or were in conversation.
    async fn take_up(&self, view: &ContactView) {
        let contact = view.contact;
        let scope = ClientScope::of(view.client);
        let call = self.0.store.view().call(&scope, contact).await;
        let number = match call {
            Ok(call) => call.and_then(|call| call.number),
            Err(error) => {
                tracing::warn!(contact.id = %contact, %error, "who called cannot be read");
                None
            }
        };
        let customer = customer_of(number.as_deref(), None);
        self.0.cards.change(contact, |card| card.customer = customer);
        if view.callback {
            return;
        }
        let callable = number.is_some_and(|number| number.parse::<PhoneNumber>().is_ok());
        if callable {
            match self.0.floor.input(Input::CallAgain { contact, wraps_up: true }).await {
                Ok(_) => return,
                Err(error) => {
                    tracing::debug!(contact.id = %contact, "a cut call is not called back: {error}");
                }
            }
        }
        if let Err(error) = self.0.floor.input(Input::Cut { contact }).await {
            // It has ended meanwhile, or rang and was taken back: the next look at it says so.
            tracing::debug!(contact.id = %contact, "a cut call was not ended: {error}");
        }
    }

    /// Tells a call that has just begun which agents are on its contact: the step that put them there
    /// has passed already.
    pub(super) async fn stand_again(&self, contact: ContactId) -> Result<(), VoiceError> {
        let card = self.0.cards.get(contact).ok_or(VoiceError::NoCall)?;
        let look = move |router: &routing::Router, _| {
            let views = card.parts.iter().filter_map(|agent| router.agent_view(*agent));
            views.map(|view| (view.agent, view)).collect::<BTreeMap<_, _>>()
        };
        let agents = self.0.floor.look(look).await?;
        let parts = self.parts_of(contact, &agents);
        self.tell(Told::Floor(vec![(contact, FloorSays::Parts(parts))]));
        Ok(())
    }
}

/// A fact of a call as the journal keeps it, if it does.
pub(super) fn journalled(
    contact: ContactId,
    fact: &Fact,
    direction: CallDirection,
) -> Option<Input> {
    let way = match direction {
        CallDirection::Inbound => Direction::Inbound,
        CallDirection::Outbound => Direction::Outbound,
    };
    let step = match fact {
        Fact::LegStarted { leg, party } => {
            let (party, direction) = match party {
                Party::Customer => (routing::Party::Customer, way),
                Party::Agent(agent) => (routing::Party::Agent(*agent), Direction::Outbound),
                Party::Outside => (routing::Party::Outside, Direction::Outbound),
                Party::Supervisor(user) => (routing::Party::Supervisor(*user), Direction::Inbound),
            };
            CallStep::LegStarted { leg: *leg, party, direction }
        }
        Fact::LegAnswered { leg } => CallStep::LegAnswered { leg: *leg },
        Fact::LegEnded { leg, party, end } => {
            let ending = keep::code(end, *party, direction).parse().ok()?;
            CallStep::LegEnded { leg: *leg, ending }
        }
        Fact::Muted { leg, on: true, .. } => CallStep::Muted { leg: *leg },
        Fact::Muted { leg, on: false, .. } => CallStep::Unmuted { leg: *leg },
        Fact::HeldByCustomer { leg, on: true } => CallStep::HeldByCustomer { leg: *leg },
        Fact::HeldByCustomer { leg, on: false } => CallStep::ResumedByCustomer { leg: *leg },
        Fact::WordsPlayed(Words::Greeting) => CallStep::GreetingPlayed,
        Fact::WordsPlayed(_) => CallStep::AnnouncementPlayed,
        Fact::KeysPressed { steps } => CallStep::DigitsCollected { steps: *steps },
        Fact::MessageStarted(recording) => CallStep::RecordingStarted { recording: *recording },
        Fact::MessageStopped(recording) => CallStep::RecordingStopped { recording: *recording },
        Fact::RecordingStarted(recording) => CallStep::RecordingStarted { recording: *recording },
        Fact::RecordingPaused { recording, on: true } => {
            CallStep::RecordingPaused { recording: *recording }
        }
        Fact::RecordingPaused { recording, on: false } => {
            CallStep::RecordingResumed { recording: *recording }
        }
        Fact::RecordingStopped(recording) => CallStep::RecordingStopped { recording: *recording },
        Fact::PauseLeftOpen(_) | Fact::MessageLeft(_) => return None,
        Fact::Supervised { user, mode } => match mode {
            Some(Supervision::Listen) => CallStep::SupervisorListened { user: *user },
            Some(Supervision::Whisper) => CallStep::SupervisorWhispered { user: *user },
            Some(Supervision::Barge) => CallStep::SupervisorBarged { user: *user },
            None => CallStep::SupervisorLeft { user: *user },
        },
    };
    Some(Input::Call(CallFact { contact, step }))
}
