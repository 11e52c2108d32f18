//! A customer begins: the conversation is kept, then its contact arrives on the floor.

use std::net::IpAddr;

use api::{
    chat::Author,
    desk::DeskCustomer,
    widget::{ConversationState, ConversationView},
};
use domain::{
    ClientId, ContactId, ConversationId, CustomerId, EmailAddress, Language, QueueId, Timestamp,
    contract::Channel,
};
use routing::{Arrival, Door, Input, Led};
use store::{
    ClientScope,
    records::{Conversation, Customer, LeftKind, OfflineMessage, Widget},
};
use uuid::Uuid;

use super::{
    Chat, ChatError, Room,
    identity::Visitor,
    messages::{Words, Writer, view_of},
};
use crate::floor::{Card, FloorError};

/// Longest name taken from a form, in characters.
const NAME_MAX: usize = 100;

/// What a customer says first.
pub(super) struct Opening {
    /// The browser's id of the first message.
    pub client_id: Uuid,
    /// The first words.
    pub body: String,
    /// Name from the form or the identity token.
    pub name: Option<String>,
    /// Mail address from the form or the identity token.
    pub email: Option<String>,
    /// Queue chosen.
    pub queue: Option<Uuid>,
    /// Language of the page.
    pub language: Language,
    /// The page.
    pub page: Option<String>,
    /// The client company's own id of the customer, of a verified visitor.
    pub external_id: Option<String>,
}

impl Chat {
    /// Begins a conversation, or goes on with the one that is open.
    pub(super) async fn start(
        &self,
        widget: &Widget,
        visitor: &Visitor,
        address: IpAddr,
        opening: Opening,
    ) -> Result<std::sync::Arc<Room>, ChatError> {
        let scope = ClientScope::of(widget.client);
        let turn = visitor.customer.uuid().as_u128() % super::TURNS as u128;
        let turn = usize::try_from(turn).expect("a remainder of a small number is small");
        let _turn = self.0.turns[turn].lock().await;
        if let Some(room) = self.open_room_of(&scope, visitor.customer).await? {
            self.say_as_customer(&room, opening.client_id, opening.body, None).await?;
            return Ok(room);
        }
        let now = self.0.clock.now();
        let key = format!("{address} {}", widget.key);
        self.0.starts.take(key, now).map_err(ChatError::TooOften)?;
        if widget.identity_required && !visitor.verified {
            return Err(ChatError::IdentityNeeded);
        }
        let queue = self.queue_of(widget, opening.queue)?;
        let email = match opening.email.as_deref().map(str::trim).filter(|text| !text.is_empty()) {
            Some(text) => Some(text.parse::<EmailAddress>()?),
            None => None,
        };
        if opening.body.trim().is_empty() {
            return Err(ChatError::Empty);
        }
        let name = short_name(opening.name.as_deref());
        let conversation = Conversation {
            client: widget.client,
            id: ConversationId::from_uuid(Uuid::now_v7()),
            contact: ContactId::from_uuid(Uuid::now_v7()),
            customer: visitor.customer,
            widget: Some(widget.id),
            queue,
            language: opening.language,
            page: opening.page.as_deref().map(|page| page.chars().take(500).collect()),
            state: store::records::ConversationState::Waiting,
            agent: None,
            started: now,
            ended: None,
            last_seq: 0,
            customer_delivered: 0,
            customer_read: 0,
            agent_read: 0,
        };
        let customer = Customer {
            client: widget.client,
            id: visitor.customer,
            external_id: opening.external_id,
            verified: visitor.verified,
            name: name.clone(),
            email,
            language: Some(opening.language),
            created: now,
            seen: now,
        };
        self.0.messages.take(visitor.customer.uuid(), now).map_err(ChatError::TooOften)?;
        let writer = Writer { author: Author::Customer, agent: None, name: shown_name(&customer) };
        let words = Words { client_id: opening.client_id, body: opening.body, attachment: None };
        let first = self.compose(conversation.id, &writer, &words)?;
        let body = first.body.clone();
        let kept = self
            .0
            .store
            .tx({
                let (conversation, customer) = (conversation.clone(), customer.clone());
                move |tx| {
                    Box::pin(async move {
                        tx.save_customer(&scope, &customer).await?;
                        tx.start_conversation(&scope, &conversation).await?;
                        tx.append_message(&scope, &first).await
                    })
                }
            })
            .await?;
        let room = self.open_new(&conversation, &customer, now).await?;
        room.take(view_of(&kept, writer, &words, body, None));
        self.arrive(&room, queue, opening.language).await?;
        Ok(room)
    }

    /// Makes the room and the card of a conversation that has just begun.
    async fn open_new(
        &self,
        conversation: &Conversation,
        customer: &Customer,
        now: Timestamp,
    ) -> Result<std::sync::Arc<Room>, ChatError> {
        let card = self.card(conversation, customer, now).await?;
        let view = ConversationView {
            conversation: conversation.id.uuid(),
            state: ConversationState::Waiting,
            ahead: None,
            expected_wait_ms: None,
            agent_name: None,
        };
        let room = Room::new(conversation, view, Vec::new(), card.customer.name.clone());
        self.0.cards.put(card);
        Ok(self.open_room(room))
    }

    /// The card of a conversation's contact.
    pub(super) async fn card(
        &self,
        conversation: &Conversation,
        customer: &Customer,
        arrived: Timestamp,
    ) -> Result<Card, ChatError> {
        let scope = ClientScope::of(conversation.client);
        let before = self
            .0
            .store
            .view()
            .conversations_of(&scope, conversation.customer, None, 100)
            .await?
            .iter()
            .filter(|other| other.id != conversation.id)
            .count();
        Ok(Card {
            client: conversation.client,
            queue: conversation.queue,
            channel: Channel::Chat,
            language: conversation.language,
            arrived,
            conversation: Some(conversation.id),
            customer: DeskCustomer {
                customer: Some(conversation.customer.uuid()),
                name: shown_name(customer),
                verified: customer.verified,
                email: customer.email.as_ref().map(|email| email.as_str().to_owned()),
                page: conversation.page.clone(),
                contacts_before: u32::try_from(before).unwrap_or(u32::MAX),
            },
            ..Card::unknown(conversation.contact)
        })
    }

    /// Tells the floor that the contact is there. A second time is refused by the router and fine.
    pub(super) async fn arrive(
        &self,
        room: &Room,
        queue: QueueId,
        language: Language,
    ) -> Result<(), ChatError> {
        let arrival = Arrival {
            contact: room.contact,
            client: room.client,
            queue,
            channel: Channel::Chat,
            language: Some(language),
            first_ring: None,
            customer: Some(room.customer),
            head_start: None,
            emergency: false,
        };
        match self.0.floor.input(Input::Arrive(arrival)).await {
            Ok(_) | Err(FloorError::Refused(routing::InputError::ContactKnown(_))) => Ok(()),
            Err(FloorError::Refused(error)) => {
                tracing::warn!(contact.id = %room.contact, "a contact could not arrive: {error}");
                self.end_unarrived(room).await?;
                Err(ChatError::NotInService)
            }
            Err(error) => Err(error.into()),
        }
    }

    /// The floor never took the contact: the conversation is over, and the customer is told.
    async fn end_unarrived(&self, room: &Room) -> Result<(), ChatError> {
        let (scope, id, now) = (room.scope(), room.conversation, self.0.clock.now());
        self.0
            .store
            .tx(move |tx| {
                Box::pin(async move {
                    let ended = store::records::ConversationState::Ended;
                    tx.set_conversation(&scope, id, ended, None, Some(now)).await
                })
            })
            .await?;
        room.change(|view| view.state = ConversationState::Ended);
        self.close_room(room.contact);
        Ok(())
    }

    /// The open conversation of a customer, from memory or from the store.
    pub(super) async fn open_room_of(
        &self,
        scope: &ClientScope,
        customer: CustomerId,
    ) -> Result<Option<std::sync::Arc<Room>>, ChatError> {
        let kept = self.0.store.view().open_conversation_of(scope, customer).await?;
        let Some(kept) = kept else { return Ok(None) };
        let held = {
            let rooms = self.rooms();
            if rooms.closed.contains(&kept.id) {
                return Ok(None);
            }
            rooms.by_conversation.get(&kept.id).cloned()
        };
        match held {
            Some(room) if room.is_over() => Ok(None),
            Some(room) => Ok(Some(room)),
            None => Ok(self.restore(&kept).await?),
        }
    }

    /// The customer writes.
    pub(super) async fn say_as_customer(
        &self,
        room: &Room,
        client_id: Uuid,
        body: String,
        attachment: Option<Uuid>,
    ) -> Result<(u64, String), ChatError> {
        // Sent again on a weak link: answered again, and not counted as one too many.
        if let Some(known) = room.of_customer(client_id) {
            return Ok((known.seq, known.at));
        }
        if room.is_over() {
            return Err(ChatError::Over);
        }
        let now = self.0.clock.now();
        self.0.messages.take(room.customer.uuid(), now).map_err(ChatError::TooOften)?;
        let writer = Writer { author: Author::Customer, agent: None, name: room.customer_name() };
        let attachment = attachment.map(domain::AttachmentId::from_uuid);
        let view = self.say(room, writer, Words { client_id, body, attachment }).await?.1;
        Ok((view.seq, view.at))
    }

    /// Keeps a message left outside the hours or instead of waiting.
    pub(super) async fn leave_message(
        &self,
        widget: &Widget,
        address: IpAddr,
        message: LeftMessage,
    ) -> Result<(), ChatError> {
        let now = self.0.clock.now();
        self.0.left.take(format!("{address} {}", widget.key), now).map_err(ChatError::TooOften)?;
        let email: EmailAddress = message.email.parse()?;
        let body = message.body.trim().to_owned();
        if body.is_empty() {
            return Err(ChatError::Empty);
        }
        if body.chars().count() > super::BODY_MAX {
            return Err(ChatError::TooLong);
        }
        let scope = ClientScope::of(widget.client);
        // A widget whose queues take no chat any more still takes messages; they are no contacts.
        let queue = self.queue_of(widget, None).ok();
        let contact = queue.map(|_| ContactId::from_uuid(Uuid::now_v7()));
        let language = message.language;
        let left = OfflineMessage {
            client: widget.client,
            id: domain::MessageId::from_uuid(Uuid::now_v7()),
            client_message_id: message.client_id,
            kind: LeftKind::Form,
            widget: Some(widget.id),
            queue: queue.or(widget.queues.first().copied()),
            name: short_name(message.name.as_deref()),
            email: Some(email),
            phone: None,
            language: message.language,
            body,
            recording: None,
            contact,
            due: None,
            taken_by: None,
            done: None,
            note: None,
            at: now,
        };
        let is_new = self
            .0
            .store
            .tx(move |tx| Box::pin(async move { tx.leave_message(&scope, &left).await }))
            .await?;
        if let (true, Some(queue), Some(contact)) = (is_new, queue, contact) {
            self.arrive_left(widget.client, queue, contact, language).await;
        }
        Ok(())
    }

    /// Tells the floor of a message that is kept: a contact that ends with its arrival, counted and billed
    /// like a voicemail. Whatever the floor says, the message is there to be answered.
    async fn arrive_left(
        &self,
        client: ClientId,
        queue: QueueId,
        contact: ContactId,
        language: Language,
    ) {
        let arrival = Arrival {
            contact,
            client,
            queue,
            channel: Channel::Chat,
            language: Some(language),
            first_ring: None,
            customer: None,
            head_start: None,
            emergency: false,
        };
        let led = Led { arrival, skill: None, door: Door::Voicemail };
        if let Err(error) = self.0.floor.input(Input::ArriveLed(led)).await {
            tracing::error!(
                contact.id = %contact,
                client.id = %client,
                "a message left in the widget is kept, but counted and billed nowhere: {error}"
            );
        }
    }

    /// The queue a visitor comes for: the chosen one, or the widget's first.
    fn queue_of(&self, widget: &Widget, chosen: Option<Uuid>) -> Result<QueueId, ChatError> {
        let directory = self.0.floor.directory();
        let contract = directory.client(widget.client).and_then(|client| client.contract());
        let contract = contract.ok_or(ChatError::NotInService)?;
        let open = |id: &QueueId| {
            let queue = contract.queues.iter().find(|queue| queue.id == *id);
            queue.is_some_and(|queue| queue.channels.contains(&Channel::Chat))
        };
        let mut offered = widget.queues.iter().copied().filter(open);
        match chosen.map(QueueId::from_uuid) {
            Some(chosen) => offered.find(|id| *id == chosen).ok_or(ChatError::UnknownQueue),
            None => offered.next().ok_or(ChatError::NotInService),
        }
    }
}

/// What a customer leaves outside the hours.
pub(super) struct LeftMessage {
    /// The browser's id of it.
    pub client_id: Uuid,
    /// Where to answer.
    pub email: String,
    /// Name.
    pub name: Option<String>,
    /// The words.
    pub body: String,
    /// Language of the page.
    pub language: Language,
}

/// A name from a form, without control signs; `None` when nothing is left.
fn short_name(name: Option<&str>) -> Option<String> {
    let kept: String = name?.chars().filter(|c| !c.is_control()).take(NAME_MAX).collect();
    let kept = kept.trim();
    (!kept.is_empty()).then(|| kept.to_owned())
}

/// What the desk calls a customer: their name, their mail address, or a number to tell visitors
/// apart.
fn shown_name(customer: &Customer) -> String {
    let email = || customer.email.as_ref().map(|email| email.as_str().to_owned());
    customer.name.clone().or_else(email).unwrap_or_else(|| {
        let id = customer.id.uuid().simple().to_string();
        format!("#{}", &id[id.len() - 5..].to_uppercase())
    })
}
