//! What the floor decided, carried out in the conversations: who is there, what is played, what is
//! over.

use std::sync::Arc;

use api::{
    desk::{DeskDelta, DeskSignal},
    widget::{ConversationState, ConversationView},
};
use domain::{AgentId, Language, Timestamp};
use routing::{Ending, Event, Stamped};

use super::{Chat, Room, states::Change};
use crate::floor::contact_of;

impl Chat {
    /// Carries out a step that has become durable.
    pub async fn carry_out(&self, events: &[Stamped]) {
        for stamped in events {
            let Some(contact) = contact_of(&stamped.event) else { continue };
            if let Ok(room) = self.room_of(contact) {
                self.carry_out_one(&room, stamped).await;
            }
        }
    }

    async fn carry_out_one(&self, room: &Arc<Room>, stamped: &Stamped) {
        let Stamped { at, event } = stamped;
        match event {
            Event::WaitsForOpening { .. } => {
                self.set(room, ConversationState::WaitingForOpening, None, None).await;
                self.announce(room, stamped);
            }
            Event::Queued { .. } => self.set(room, ConversationState::Waiting, None, None).await,
            Event::GreetingStarted { .. } => self.announce(room, stamped),
            Event::Answered { agent, .. } => {
                self.set(room, ConversationState::WithAgent, Some(*agent), None).await;
                if !room.is_present() {
                    self.tell_presence(room, false);
                }
            }
            Event::Ended { .. } => {
                self.announce(room, stamped);
                let agent = self.0.cards.get(room.contact).and_then(|card| {
                    card.offers.iter().rev().find(|offer| offer.is_answered()).map(|o| o.agent)
                });
                self.set(room, ConversationState::Ended, agent, Some(*at)).await;
            }
            Event::PartEnded { .. } => self.name_who_stays(room).await,
            Event::WrapUpEnded { .. } => {}
            _ => return,
        }
        self.forget_when_done(room);
    }

    /// Says in the client's name what an event asks to be said, if anything.
    pub(super) fn announce(&self, room: &Arc<Room>, Stamped { at, event }: &Stamped) {
        let directory = self.0.floor.directory();
        let Some(client) = directory.client(room.client) else { return };
        match event {
            Event::GreetingStarted { .. } => {
                self.say_later(room, "greeting", client.peak_greeting(room.language, *at));
            }
            Event::WaitsForOpening { .. } | Event::Ended { ending: Ending::Closed, .. } => {
                self.say_later(room, "closed", Some(client.closed_text(room.language)));
            }
            Event::Ended { ending: Ending::QueueFull, .. } => {
                self.say_later(room, "full", Some(full_text(room.language).to_owned()));
            }
            _ => {}
        }
    }

    /// After one of several agents has left: the customer sees the name of one who is still there.
    async fn name_who_stays(&self, room: &Room) {
        if room.view().state != ConversationState::WithAgent {
            return;
        }
        let together = self.0.cards.get(room.contact).map(|card| card.together);
        let mut there: Vec<AgentId> = together.into_iter().flatten().collect();
        there.sort_unstable();
        let directory = self.0.floor.directory();
        let shown = room.view().agent_name;
        let named = |agent: &AgentId| Some(directory.alias(room.client, *agent)) == shown;
        if let Some(first) = there.first()
            && !there.iter().any(named)
        {
            self.set(room, ConversationState::WithAgent, Some(*first), None).await;
        }
    }

    /// Forgets a room once it is over and nobody wraps it up any more.
    pub(super) fn forget_when_done(&self, room: &Room) {
        if room.is_over() && self.0.cards.get(room.contact).is_none() {
            self.close_room(room.contact);
        }
    }

    pub(super) async fn set(
        &self,
        room: &Room,
        state: ConversationState,
        agent: Option<AgentId>,
        ended: Option<Timestamp>,
    ) {
        let name = agent.map(|agent| self.0.floor.directory().alias(room.client, agent));
        let changed = room.change(|view| {
            *view = ConversationView {
                conversation: view.conversation,
                state,
                ahead: view.ahead.filter(|_| state == ConversationState::Waiting),
                expected_wait_ms: None,
                agent_name: name.clone(),
            };
        });
        if changed {
            let change = Change {
                scope: room.scope(),
                conversation: room.conversation,
                state: kept(state),
                agent,
                ended,
            };
            // Its receiver lives as long as any handle to the chat.
            let _ = self.0.states.send(change).await;
        }
    }

    /// Lets the system say something without keeping the floor's next decision waiting.
    fn say_later(&self, room: &Arc<Room>, what: &'static str, body: Option<String>) {
        let Some(body) = body else { return };
        let (chat, room) = (self.clone(), Arc::clone(room));
        tokio::spawn(async move {
            if let Err(error) = chat.say_as_system(&room, what, body).await {
                tracing::error!(
                    contact.id = %room.contact,
                    error = &error as &dyn std::error::Error,
                    "the customer could not be told"
                );
            }
        });
    }

    /// Tells the desks whether the customer's browser is there.
    pub(super) fn tell_presence(&self, room: &Room, connected: bool) {
        self.0.live.at_desks_of(room.contact, |held| {
            let signal = DeskSignal::Presence { contact: held.contact, connected };
            Some(DeskDelta { signals: vec![signal], ..DeskDelta::default() })
        });
    }
}

/// What the customer reads when as many wait as the contract lets.
fn full_text(language: Language) -> &'static str {
    match language {
        Language::FR => {
            "Trop de personnes attendent en ce moment. Laissez-nous un message, nous vous répondrons."
        }
        Language::RU => {
            "Сейчас ждёт слишком много людей. Оставьте нам сообщение, и мы вам ответим."
        }
        _ => "Too many people are waiting right now. Leave us a message and we will answer you.",
    }
}

/// A state as it is kept.
fn kept(state: ConversationState) -> store::records::ConversationState {
    match state {
        ConversationState::Waiting => store::records::ConversationState::Waiting,
        ConversationState::WaitingForOpening => {
            store::records::ConversationState::WaitingForOpening
        }
        ConversationState::WithAgent => store::records::ConversationState::WithAgent,
        ConversationState::Ended => store::records::ConversationState::Ended,
    }
}
