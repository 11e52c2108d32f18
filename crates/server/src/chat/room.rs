//! One conversation that is not over: who listens, what was said, where it stands.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use api::{
    chat::{Author, MessageView},
    widget::{ConversationState, ConversationView, WidgetMessage},
};
use domain::{AgentId, ClientId, ContactId, ConversationId, CustomerId, Language, WidgetId};
use store::ClientScope;
use tokio::sync::broadcast;

/// Messages kept in memory; older ones are read from the store.
pub const MESSAGES_KEPT: usize = 500;

/// What a slow browser may lag behind; then it is sent all it has not seen. The channel's slots are
/// there from the start in every room, so this is memory of each conversation.
const LAG: usize = 32;

/// One open conversation.
#[derive(Debug)]
pub struct Room {
    /// The client.
    pub client: ClientId,
    /// The conversation.
    pub conversation: ConversationId,
    /// The contact on the floor.
    pub contact: ContactId,
    /// The customer.
    pub customer: CustomerId,
    /// The widget it came through.
    pub widget: Option<WidgetId>,
    /// Its language.
    pub language: Language,
    /// Keeps messages in the order in which the store numbered them.
    pub append: tokio::sync::Mutex<()>,
    /// To the customer's browsers.
    out: broadcast::Sender<Arc<WidgetMessage>>,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    view: ConversationView,
    messages: VecDeque<MessageView>,
    customer_name: String,
    customer_read: u64,
    drafts: HashMap<AgentId, String>,
    sockets: usize,
    /// Counts comings and goings, so that a timer knows whether it is still meant.
    turns: u64,
}

impl Room {
    /// A room of a conversation with what was said so far, oldest first.
    #[allow(clippy::too_many_arguments)] // each is a different thing, all of them needed at once
    pub fn new(
        conversation: &store::records::Conversation,
        view: ConversationView,
        messages: Vec<MessageView>,
        customer_name: String,
    ) -> Self {
        let skip = messages.len().saturating_sub(MESSAGES_KEPT);
        Self {
            client: conversation.client,
            conversation: conversation.id,
            contact: conversation.contact,
            customer: conversation.customer,
            widget: conversation.widget,
            language: conversation.language,
            append: tokio::sync::Mutex::new(()),
            out: broadcast::Sender::new(LAG),
            state: Mutex::new(State {
                view,
                messages: messages.into_iter().skip(skip).collect(),
                customer_name,
                customer_read: conversation.customer_read,
                drafts: HashMap::new(),
                sockets: 0,
                turns: 0,
            }),
        }
    }

    /// The records of its client.
    pub const fn scope(&self) -> ClientScope {
        ClientScope::of(self.client)
    }

    /// Where it stands.
    pub fn view(&self) -> ConversationView {
        self.state().view.clone()
    }

    /// Changes where it stands and tells the customer's browsers; `false` when nothing changed.
    pub fn change(&self, change: impl FnOnce(&mut ConversationView)) -> bool {
        let mut state = self.state();
        let before = state.view.clone();
        change(&mut state.view);
        if state.view == before {
            return false;
        }
        let conversation = state.view.clone();
        drop(state);
        self.tell(WidgetMessage::Conversation { conversation });
        true
    }

    /// Whether it is over.
    pub fn is_over(&self) -> bool {
        self.state().view.state == ConversationState::Ended
    }

    /// Takes a message that is kept, and tells the customer's browsers unless it is a note.
    pub fn take(&self, message: MessageView) {
        let mut state = self.state();
        if state.messages.len() == MESSAGES_KEPT {
            state.messages.pop_front();
        }
        state.messages.push_back(message.clone());
        drop(state);
        if message.author != Author::Note {
            self.tell(WidgetMessage::Message { message });
        }
    }

    /// Everything said so far that is in memory, notes included.
    pub fn messages(&self) -> Vec<MessageView> {
        self.state().messages.iter().cloned().collect()
    }

    /// The customer's message with this id of their browser, if it is kept already.
    pub fn of_customer(&self, client_id: uuid::Uuid) -> Option<MessageView> {
        let state = self.state();
        let mut newest = state.messages.iter().rev();
        newest.find(|m| m.author == Author::Customer && m.client_id == Some(client_id)).cloned()
    }

    /// What the customer may see after number `seq`.
    pub fn messages_for_customer(&self, seq: u64) -> Vec<MessageView> {
        let state = self.state();
        let seen = state.messages.iter().filter(|m| m.seq > seq && m.author != Author::Note);
        seen.cloned().collect()
    }

    /// Number of the last message.
    pub fn last_seq(&self) -> u64 {
        self.state().messages.back().map_or(0, |message| message.seq)
    }

    /// Name of the customer as the desk shows it.
    pub fn customer_name(&self) -> String {
        self.state().customer_name.clone()
    }

    /// Another name of the customer.
    pub fn set_customer_name(&self, name: String) {
        self.state().customer_name = name;
    }

    /// The customer has read up to here; `false` when that was known.
    pub fn customer_read(&self, upto: u64) -> bool {
        let mut state = self.state();
        let last = state.messages.back().map_or(0, |message| message.seq);
        let upto = upto.min(last);
        let further = upto > state.customer_read;
        if further {
            state.customer_read = upto;
        }
        further
    }

    /// Up to where the customer has read.
    pub fn read_by_customer(&self) -> u64 {
        self.state().customer_read
    }

    /// An agent's unsent words.
    pub fn draft(&self, agent: AgentId) -> Option<String> {
        self.state().drafts.get(&agent).cloned()
    }

    /// Keeps an agent's unsent words.
    pub fn set_draft(&self, agent: AgentId, body: &str) {
        let mut state = self.state();
        if body.is_empty() {
            state.drafts.remove(&agent);
        } else {
            state.drafts.insert(agent, body.to_owned());
        }
    }

    /// Listens to what the customer's browsers are told.
    pub fn listen(&self) -> broadcast::Receiver<Arc<WidgetMessage>> {
        self.out.subscribe()
    }

    /// Tells the customer's browsers.
    pub fn tell(&self, message: WidgetMessage) {
        // Nobody listening is no fault: whoever comes back is sent what was missed.
        let _ = self.out.send(Arc::new(message));
    }

    /// A browser of the customer has come; `true` when it is the only one.
    pub fn joined(&self) -> bool {
        let mut state = self.state();
        state.sockets += 1;
        state.turns += 1;
        state.sockets == 1
    }

    /// A browser of the customer has gone. When it was the last: the turn to compare with later.
    pub fn left(&self) -> Option<u64> {
        let mut state = self.state();
        state.sockets = state.sockets.saturating_sub(1);
        state.turns += 1;
        (state.sockets == 0).then_some(state.turns)
    }

    /// Whether the customer has been away since `turn`.
    pub fn is_deserted_since(&self, turn: u64) -> bool {
        let state = self.state();
        state.sockets == 0 && state.turns == turn
    }

    /// The turn now, of a room that nobody has entered yet.
    pub fn turn(&self) -> u64 {
        self.state().turns
    }

    /// Whether the customer's browser is there.
    pub fn is_present(&self) -> bool {
        self.state().sockets > 0
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
