//! After a restart: every conversation that is not over is there again, in its state.

use std::{collections::HashMap, sync::Arc};

use api::{
    chat::{Author, MessageView},
    widget::{ConversationState, ConversationView},
};
use domain::{ClientId, ContactId, CustomerId};
use futures_util::{StreamExt, TryStreamExt, stream};
use routing::{AgentView, ContactState, ContactView, Event, Stamped, WorkState};
use store::{
    ClientScope,
    records::{Conversation, Customer},
};

use super::{Chat, ChatError, Room, room::MESSAGES_KEPT};
use crate::floor::contact_of;

/// Conversations read at once after a start: as many as the store has connections that read.
const AT_ONCE: usize = 8;

impl Chat {
    /// Takes up what the store and the journal know: `contacts` and `agents` are where everything on
    /// the floor is, `history` what happened in the last two days, all of it durable.
    pub async fn rebuilt(
        &self,
        contacts: &[ContactView],
        agents: impl Iterator<Item = &AgentView>,
        history: &[Stamped],
    ) {
        let wrapped_up = agents
            .flat_map(|view| &view.work)
            .filter(|work| work.stage == WorkState::WrapUp)
            .map(|work| (work.client, work.contact))
            .collect();
        if let Err(error) = self.take_up(contacts, wrapped_up, history).await {
            tracing::error!(
                error = &error as &dyn std::error::Error,
                "open conversations could not be read; customers who come back find them one by one"
            );
        }
    }

    async fn take_up(
        &self,
        contacts: &[ContactView],
        wrapped_up: Vec<(ClientId, ContactId)>,
        history: &[Stamped],
    ) -> Result<(), ChatError> {
        let clients: Vec<_> = self.0.floor.directory().clients().map(|c| c.id).collect();
        let mut open = Vec::new();
        for client in clients {
            open.extend(self.0.store.view().open_conversations(&ClientScope::of(client)).await?);
        }
        let missing: Vec<Conversation> = open
            .iter()
            .filter(|conversation| self.room_of(conversation.contact).is_err())
            .cloned()
            .collect();
        let restoring = missing.into_iter().map(|conversation| {
            let chat = self.clone();
            async move { chat.restore(&conversation).await.map(drop) }
        });
        stream::iter(restoring).buffer_unordered(AT_ONCE).try_collect::<()>().await?;
        // What is over is still before the eyes of whoever wraps it up.
        for (client, contact) in wrapped_up {
            let scope = ClientScope::of(client);
            if self.room_of(contact).is_err()
                && let Some(over) =
                    self.0.store.view().conversation_of_contact(&scope, contact).await?
            {
                self.restore(&over).await?;
            }
        }
        let here: HashMap<ContactId, &ContactView> =
            contacts.iter().map(|view| (view.contact, view)).collect();
        let mut past: HashMap<ContactId, Vec<&Stamped>> = HashMap::new();
        for stamped in history {
            if let Some(contact) = contact_of(&stamped.event) {
                past.entry(contact).or_default().push(stamped);
            }
        }
        for conversation in open {
            let Ok(room) = self.room_of(conversation.contact) else { continue };
            let past = past.get(&conversation.contact).map_or(&[][..], Vec::as_slice);
            match here.get(&conversation.contact) {
                Some(view) => self.stand(&room, view, past).await,
                None => self.gone(&room, conversation, past).await?,
            }
        }
        Ok(())
    }

    /// Brings a conversation to where its contact is.
    async fn stand(&self, room: &Arc<Room>, view: &ContactView, past: &[&Stamped]) {
        // What the system said is said again: the same occasion is one message.
        for stamped in past {
            if let Event::WaitsForOpening { .. } | Event::GreetingStarted { .. } = stamped.event {
                self.announce(room, stamped);
            }
        }
        let state = match view.state {
            _ if !view.agents.is_empty() => ConversationState::WithAgent,
            ContactState::WaitsForOpening => ConversationState::WaitingForOpening,
            _ => ConversationState::Waiting,
        };
        let last = past.iter().rev().find_map(|stamped| match stamped.event {
            Event::Answered { agent, .. } if view.agents.contains(&agent) => Some(agent),
            _ => None,
        });
        self.set(room, state, last.or(view.agents.first().copied()), None).await;
    }

    /// Ends a conversation whose contact has left the floor, or lets a contact arrive that never did.
    async fn gone(
        &self,
        room: &Arc<Room>,
        conversation: Conversation,
        past: &[&Stamped],
    ) -> Result<(), ChatError> {
        let ended = past.iter().find(|s| matches!(s.event, Event::Ended { .. }));
        if let Some(ended) = ended {
            self.announce(room, ended);
            self.set(room, ConversationState::Ended, conversation.agent, Some(ended.at)).await;
        } else if let Some(kept) = self.0.store.view().contact(&room.scope(), room.contact).await? {
            // It left the floor before what is told here began.
            let ended = Some(kept.ended.unwrap_or_else(|| self.0.clock.now()));
            self.set(room, ConversationState::Ended, kept.agent, ended).await;
        } else {
            // Kept, but the server stopped before its contact reached the floor. The floor takes
            // inputs beside this.
            let (chat, room, queue) = (self.clone(), Arc::clone(room), conversation.queue);
            tokio::spawn(async move {
                if let Err(error) = chat.arrive(&room, queue, conversation.language).await {
                    tracing::warn!(contact.id = %room.contact, "not taken up again: {error}");
                }
            });
            return Ok(());
        }
        self.forget_when_done(room);
        Ok(())
    }

    /// The customer's latest conversation, of one who has none that is open, with what was said after
    /// number `after`: words said while they were away are not lost because it is over.
    pub(super) async fn last_of(
        &self,
        scope: &ClientScope,
        customer: CustomerId,
        after: u64,
    ) -> Result<Option<(ConversationView, Vec<MessageView>)>, ChatError> {
        let mut view = self.0.store.view();
        let latest = view.conversations_of(scope, customer, None, 1).await?;
        let Some(last) = latest.into_iter().next() else { return Ok(None) };
        let directory = self.0.floor.directory();
        let shown = ConversationView {
            conversation: last.id.uuid(),
            state: ConversationState::Ended,
            ahead: None,
            expected_wait_ms: None,
            agent_name: last.agent.map(|agent| directory.alias(last.client, agent)),
        };
        let limit = u32::try_from(MESSAGES_KEPT).unwrap_or(u32::MAX);
        let messages = view.messages(scope, last.id, after, limit).await?;
        let mut messages = self.views(scope, messages).await?;
        messages.retain(|message| message.author != Author::Note);
        Ok(Some((shown, messages)))
    }

    /// The room of a kept conversation; `None` when its records are gone.
    pub(super) async fn restore(
        &self,
        conversation: &Conversation,
    ) -> Result<Option<Arc<Room>>, ChatError> {
        let scope = ClientScope::of(conversation.client);
        let mut view = self.0.store.view();
        let customer: Option<Customer> = view.customer(&scope, conversation.customer).await?;
        let Some(customer) = customer else { return Ok(None) };
        let after = conversation.last_seq.saturating_sub(MESSAGES_KEPT as u64);
        let limit = u32::try_from(MESSAGES_KEPT).unwrap_or(u32::MAX);
        let messages = view.messages(&scope, conversation.id, after, limit).await?;
        let messages = self.views(&scope, messages).await?;
        let directory = self.0.floor.directory();
        let shown = ConversationView {
            conversation: conversation.id.uuid(),
            state: shown(conversation.state),
            ahead: None,
            expected_wait_ms: None,
            agent_name: conversation.agent.map(|agent| directory.alias(conversation.client, agent)),
        };
        let card = self.card(conversation, &customer, conversation.started).await?;
        let name = card.customer.name.clone();
        let known = self.0.cards.change(conversation.contact, |known| {
            known.conversation = card.conversation;
            known.customer = card.customer.clone();
        });
        if known.is_none() {
            self.0.cards.put(card);
        }
        let room = self.open_room(Room::new(conversation, shown, messages, name));
        // Only agents with a part in the contact have drafts.
        let parts = self.0.cards.get(room.contact).map(|card| card.parts).unwrap_or_default();
        for agent in parts {
            if let Some(body) = view.draft(&scope, room.contact, agent).await? {
                room.set_draft(agent, &body);
            }
        }
        self.watch(&room, room.turn());
        Ok(Some(room))
    }
}

/// A kept state as the customer sees it.
fn shown(state: store::records::ConversationState) -> ConversationState {
    match state {
        store::records::ConversationState::Waiting => ConversationState::Waiting,
        store::records::ConversationState::WaitingForOpening => {
            ConversationState::WaitingForOpening
        }
        store::records::ConversationState::WithAgent => ConversationState::WithAgent,
        store::records::ConversationState::Ended => ConversationState::Ended,
    }
}
