//! Written conversations between a client's customers and the floor's agents.
//!
//! A [`Room`] is a conversation that is not over. Messages are kept by the store before anybody is
//! told of them; a writer's own id makes a repeat the same message. What the floor decides arrives
//! here once it is durable ([`Chat::carry_out`]) and changes where the rooms stand.

mod arrival;
mod demo_page;
mod files;
mod floor_events;
mod http;
mod identity;
mod messages;
mod places;
mod presence;
mod restore;
mod room;
mod socket;
mod states;

use std::{
    collections::{HashMap, VecDeque},
    path::PathBuf,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use domain::{AgentId, ContactId, ConversationId};
use store::{Store, StoreError};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

pub use files::{FILE_MAX, FileError};
pub use http::{public_routes, routes};
pub use identity::VisitorTokens;
pub use room::Room;

use crate::{
    clock::Clock,
    floor::{Cards, Floor, FloorError},
    http::limits::Buckets,
    live::Live,
};

/// Conversations begun by one address on one widget: 30 in a minute, an office behind one address
/// included.
const STARTS: (u32, Duration) = (30, Duration::from_secs(60));

/// Messages of one visitor: a burst of 20, one a second in the long run.
const MESSAGES: (u32, Duration) = (20, Duration::from_secs(20));

/// Messages left outside the hours by one address on one widget.
const LEFT: (u32, Duration) = (10, Duration::from_secs(3600));

/// Uploads of one visitor.
const UPLOADS: (u32, Duration) = (10, Duration::from_secs(300));

/// Keys each limit remembers.
const KEYS_MAX: usize = 50_000;

/// Conversations remembered after they were closed: more than can wait to be kept as over.
const CLOSED_KEPT: usize = 10_000;

/// Customers share these many turns to begin; two who share one wait for each other's commit.
const TURNS: usize = 64;

/// Longest message, in characters.
pub const BODY_MAX: usize = 4_000;

/// All conversations. Clones share them.
#[derive(Clone)]
pub struct Chat(Arc<Inner>);

struct Inner {
    store: Store,
    clock: Clock,
    floor: Floor,
    live: Live,
    cards: Arc<Cards>,
    tokens: VisitorTokens,
    files: PathBuf,
    stop: CancellationToken,
    rooms: Mutex<Rooms>,
    /// Who begins a conversation does so after others of the same key: two tabs of one customer
    /// begin one conversation.
    turns: [tokio::sync::Mutex<()>; TURNS],
    starts: Buckets<String>,
    messages: Buckets<Uuid>,
    left: Buckets<String>,
    uploads: Buckets<Uuid>,
    states: mpsc::Sender<states::Change>,
}

#[derive(Default)]
struct Rooms {
    by_conversation: HashMap<ConversationId, Arc<Room>>,
    by_contact: HashMap<ContactId, ConversationId>,
    /// Closed lately, newest last: the store may not know yet that they are over.
    closed: VecDeque<ConversationId>,
}

/// What chat needs of the server.
pub struct Parts {
    /// Records.
    pub store: Store,
    /// The clock.
    pub clock: Clock,
    /// The floor.
    pub floor: Floor,
    /// The desks.
    pub live: Live,
    /// Contacts on the floor.
    pub cards: Arc<Cards>,
    /// Signs visitors' tokens.
    pub tokens: VisitorTokens,
    /// The folder that files are kept in.
    pub files: PathBuf,
    /// Stops timers.
    pub stop: CancellationToken,
}

/// Why something in a conversation was not done.
#[derive(Debug, thiserror::Error)]
pub enum ChatError {
    /// There is no such conversation, or it is not the asker's.
    #[error("there is no such conversation")]
    Unknown,
    /// It is over.
    #[error("the conversation is over")]
    Over,
    /// A message without words and without a file.
    #[error("the message is empty")]
    Empty,
    /// Too long.
    #[error("the message has more than {BODY_MAX} characters")]
    TooLong,
    /// The file does not exist, or was sent before.
    #[error("the file was not uploaded here")]
    NoFile,
    /// Too often.
    #[error("too many at once")]
    TooOften(Duration),
    /// The widget wants customers who are known.
    #[error("this chat is for signed-in customers")]
    IdentityNeeded,
    /// The queue is not one of the widget's.
    #[error("this subject cannot be chosen here")]
    UnknownQueue,
    /// The client takes no contacts.
    #[error("this chat is not in service")]
    NotInService,
    /// A mail address that cannot be one.
    #[error("{0}")]
    Email(#[from] domain::EmailAddressError),
    /// A file that is not taken.
    #[error(transparent)]
    File(#[from] FileError),
    /// The floor's answer.
    #[error(transparent)]
    Floor(#[from] FloorError),
    /// The store's answer.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The data folder's answer.
    #[error("the file could not be kept")]
    Io(#[from] std::io::Error),
}

impl Chat {
    /// No conversations yet; [`Chat::rebuilt`] finds the open ones.
    pub fn new(parts: Parts) -> Self {
        let Parts { store, clock, floor, live, cards, tokens, files, stop } = parts;
        Self(Arc::new(Inner {
            states: states::start(store.clone()),
            store,
            clock,
            floor,
            live,
            cards,
            tokens,
            files,
            stop,
            rooms: Mutex::default(),
            turns: std::array::from_fn(|_| tokio::sync::Mutex::default()),
            starts: Buckets::new(STARTS.0, STARTS.1, KEYS_MAX),
            messages: Buckets::new(MESSAGES.0, MESSAGES.1, KEYS_MAX),
            left: Buckets::new(LEFT.0, LEFT.1, KEYS_MAX),
            uploads: Buckets::new(UPLOADS.0, UPLOADS.1, KEYS_MAX),
        }))
    }

    /// The room of a contact.
    ///
    /// # Errors
    /// [`ChatError::Unknown`].
    pub fn room_of(&self, contact: ContactId) -> Result<Arc<Room>, ChatError> {
        let rooms = self.rooms();
        let conversation = rooms.by_contact.get(&contact).ok_or(ChatError::Unknown)?;
        rooms.by_conversation.get(conversation).cloned().ok_or(ChatError::Unknown)
    }

    /// How many conversations are open.
    pub fn open(&self) -> usize {
        self.rooms().by_conversation.len()
    }

    /// Completes a contact that is new at a desk with what was said, read and drafted.
    pub fn fill(&self, held: &mut api::desk::DeskContact, agent: AgentId) {
        if let Ok(room) = self.room_of(ContactId::from_uuid(held.contact)) {
            held.messages = room.messages();
            held.customer_read = room.read_by_customer();
            held.draft = room.draft(agent);
        }
    }

    fn open_room(&self, room: Room) -> Arc<Room> {
        let room = Arc::new(room);
        let mut rooms = self.rooms();
        rooms.by_contact.insert(room.contact, room.conversation);
        rooms.by_conversation.insert(room.conversation, Arc::clone(&room));
        room
    }

    /// Forgets a room that is over and that nobody works on.
    fn close_room(&self, contact: ContactId) {
        let mut rooms = self.rooms();
        if let Some(conversation) = rooms.by_contact.remove(&contact) {
            rooms.by_conversation.remove(&conversation);
            if rooms.closed.len() == CLOSED_KEPT {
                rooms.closed.pop_front();
            }
            rooms.closed.push_back(conversation);
        }
    }

    fn all_rooms(&self) -> Vec<Arc<Room>> {
        self.rooms().by_conversation.values().cloned().collect()
    }

    fn rooms(&self) -> MutexGuard<'_, Rooms> {
        self.0.rooms.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
