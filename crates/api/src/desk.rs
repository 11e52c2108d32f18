//! The agent's desk: what it shows and what an agent can do there.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    chat::MessageView,
    voice::{DeskCall, PhoneBookEntry, PhoneView},
};

/// An agent's one state, for pills and ledger. See the glossary.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AgentStateKind {
    /// Not signed in to the floor.
    SignedOut,
    /// Ready.
    Available,
    /// An offer rings.
    Offered,
    /// With a customer.
    Talking,
    /// All contacts on hold.
    Holding,
    /// Asking or advising a colleague.
    Consulting,
    /// Working after a contact.
    WrapUp,
    /// Not ready.
    Away,
    /// The desk does not answer.
    Lost,
}

/// Why an agent is away.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AwayReasonKind {
    /// A short break.
    Break,
    /// Lunch.
    Lunch,
    /// Training.
    Training,
    /// A meeting.
    Meeting,
    /// Other work.
    OtherWork,
    /// Missed too many offers; set by the router.
    NoAnswer,
    /// The desk did not come back; set by the router.
    ConnectionLost,
    /// Set by a lead.
    SetByLead,
}

/// A state with its clock.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct AgentStateView {
    /// The state.
    pub kind: AgentStateKind,
    /// With `away`: why.
    #[serde(default)]
    pub reason: Option<AwayReasonKind>,
    /// Since when.
    pub since: String,
}

/// What an agent chose to do after the work in hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case", tag = "kind", content = "reason")]
pub enum PresenceChoice {
    /// Ready.
    Available,
    /// Not ready, for a reason that a person may choose.
    Away(AwayReasonKind),
    /// Leave the floor.
    SignOut,
}

/// The whole desk.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct DeskView {
    /// The agent.
    pub me: DeskSelf,
    /// Contacts of mine: offered, in hand, in wrap-up; oldest first.
    pub contacts: Vec<DeskContact>,
}

/// What changed at the desk.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct DeskDelta {
    /// The agent, when changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub me: Option<DeskSelf>,
    /// Contacts new or changed, without their messages repeated (`messages` is empty on a change).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub contacts: Vec<DeskContact>,
    /// Contacts that are no longer mine.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub gone: Vec<ContactGone>,
    /// New messages in conversations of mine.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub messages: Vec<DeskMessage>,
    /// The customer is typing, or has read up to a number.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub signals: Vec<DeskSignal>,
}

/// The agent at the desk.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct DeskSelf {
    /// The agent.
    pub agent: Uuid,
    /// Name on screens.
    pub name: String,
    /// State and its clock.
    pub state: AgentStateView,
    /// Chosen for after the work in hand.
    #[serde(default)]
    pub next: Option<PresenceChoice>,
    /// Offers missed in a row.
    pub misses: u8,
    /// Points of 100 in use.
    pub points_used: u8,
    /// Today's own figures.
    pub today: DeskFigures,
    /// What I speak through.
    pub phone: PhoneView,
}

/// An agent's own day, from the ledger.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct DeskFigures {
    /// Contacts answered.
    pub answered: u32,
    /// Offers missed.
    pub missed: u32,
    /// Mean handle time.
    #[serde(default)]
    pub handle_mean_ms: Option<u64>,
    /// Signed-in time.
    pub signed_in_ms: u64,
    /// Occupancy in percent, one decimal times ten: 853 is 85.3 %.
    #[serde(default)]
    pub occupancy_permille: Option<u16>,
}

/// Where a contact of mine stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DeskContactState {
    /// Ringing at my desk.
    Offered,
    /// I am with the customer.
    Talking,
    /// On hold.
    Holding,
    /// I asked a colleague, or was asked.
    Consulting,
    /// Over; I am finishing the work.
    WrapUp,
}

/// A contact at the desk.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct DeskContact {
    /// Its id.
    pub contact: Uuid,
    /// How it came.
    #[schema(value_type = ChannelKind)]
    pub channel: ChannelKind,
    /// Where it stands with me.
    pub state: DeskContactState,
    /// Since when.
    pub since: String,
    /// When the offer or the wrap-up ends by itself.
    #[serde(default)]
    pub until: Option<String>,
    /// When the customer's clock started.
    pub arrived: String,
    /// Threshold of the promise, to draw the bar of the wait.
    pub threshold_ms: u64,
    /// For whom I speak.
    pub client: DeskClient,
    /// The queue's name.
    pub queue: String,
    /// The queue.
    pub queue_id: Uuid,
    /// Words to say or write first, in the customer's language.
    pub greeting: String,
    /// The client's protocol text for this kind of request.
    pub protocol: String,
    /// Version of the client's list of who is on call; 0 while nobody was ever named. Another number
    /// means to ask again.
    #[serde(default)]
    pub on_call: u64,
    /// Language of the contact.
    pub language: String,
    /// The customer.
    pub customer: DeskCustomer,
    /// The conversation, when written.
    #[serde(default)]
    pub conversation: Option<Uuid>,
    /// Its messages so far (in a snapshot or when the contact first appears).
    #[serde(default)]
    pub messages: Vec<MessageView>,
    /// Read by the customer up to this number.
    #[serde(default)]
    pub customer_read: u64,
    /// What kind of offer it is or was.
    pub kind: OfferKindView,
    /// Who passed it on or asks, by name.
    #[serde(default)]
    pub from: Option<String>,
    /// Colleagues on the contact, by name.
    #[serde(default)]
    pub with: Vec<String>,
    /// Dispositions of the client, for wrap-up.
    pub dispositions: Vec<DispositionView>,
    /// Whether wrap-up can still be extended.
    pub can_extend: bool,
    /// It came by the overflow ring.
    pub overflow: bool,
    /// Talk passed the contract's limit.
    pub over_limit: bool,
    /// My unsent words, kept by the server.
    #[serde(default)]
    pub draft: Option<String>,
    /// The call, when spoken.
    #[serde(default)]
    pub call: Option<DeskCall>,
}

/// Kind of an offer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum OfferKindView {
    /// From a queue.
    Queue,
    /// Passed on to me.
    Transfer,
    /// My advice is asked.
    Consult,
}

/// A channel on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum ChannelKind {
    Voice,
    Chat,
    Mail,
    Message,
    Callback,
}

/// A client as the desk names it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct DeskClient {
    /// The client.
    pub client: Uuid,
    /// Its name.
    pub name: String,
    /// Two letters for its tag.
    pub initials: String,
    /// Hue of its tag, 0 to 359; never a state's colour.
    pub hue: u16,
    /// The agent's name towards this client's customers.
    pub alias: String,
    /// What the client's people said over the hours, while it holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub presence: Option<crate::presence::PresenceNow>,
}

/// The person at the other end.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct DeskCustomer {
    /// Known customer.
    #[serde(default)]
    pub customer: Option<Uuid>,
    /// Name, or what stands for it.
    pub name: String,
    /// Proven by the client's signed token.
    pub verified: bool,
    /// Mail address, if known.
    #[serde(default)]
    pub email: Option<String>,
    /// The page the chat was opened on.
    #[serde(default)]
    pub page: Option<String>,
    /// Contacts before this one.
    pub contacts_before: u32,
}

/// How a contact may end.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct DispositionView {
    /// Its id.
    pub id: Uuid,
    /// What the agent reads.
    pub label: String,
}

/// A contact that left my desk, and why.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ContactGone {
    /// Which.
    pub contact: Uuid,
    /// Why: `missed`, `refused`, `customer_left`, `taken_back`, `transferred`, `finished`, `released`.
    pub why: String,
}

/// A message in a conversation of mine.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct DeskMessage {
    /// The contact.
    pub contact: Uuid,
    /// The message.
    pub message: MessageView,
}

/// A light sign from the customer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum DeskSignal {
    /// Typing; shown for six seconds.
    Typing {
        /// The contact.
        contact: Uuid,
    },
    /// Has read up to this number.
    Read {
        /// The contact.
        contact: Uuid,
        /// The number.
        upto: u64,
    },
    /// The customer's browser is gone or back.
    Presence {
        /// The contact.
        contact: Uuid,
        /// Whether it is connected.
        connected: bool,
    },
}

/// `POST /api/v1/desk/presence`: choose a presence, now or after the work in hand.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SetPresence {
    /// What.
    pub presence: PresenceChoice,
}

/// `POST /api/v1/desk/contacts/{contact}/transfer`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct TransferRequest {
    /// To whom.
    pub to: TransferTo,
    /// A note for whoever takes over.
    #[serde(default)]
    pub note: String,
}

/// A transfer's target.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case", tag = "kind", content = "id")]
pub enum TransferTo {
    /// An agent.
    Agent(Uuid),
    /// A queue of the same client.
    Queue(Uuid),
    /// Whoever has this skill.
    Skill(Uuid),
}

/// `POST /api/v1/desk/contacts/{contact}/consult`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ConsultRequest {
    /// The colleague.
    pub agent: Uuid,
}

/// `GET /api/v1/desk/contacts/{contact}/targets?q=`: whom it may be passed to, with live state.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct TransferTargets {
    /// Colleagues; those who may not take it are listed with the reason.
    pub agents: Vec<TargetAgent>,
    /// Queues of the same client.
    pub queues: Vec<TargetQueue>,
    /// Skills.
    pub skills: Vec<TargetSkill>,
    /// Of the client's phone book, for calls.
    pub phone_book: Vec<PhoneBookEntry>,
}

/// A colleague as a target.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct TargetAgent {
    /// The agent.
    pub agent: Uuid,
    /// Name.
    pub name: String,
    /// Live state.
    pub state: AgentStateView,
    /// Why not, or `None` when possible.
    #[serde(default)]
    pub not_possible: Option<String>,
}

/// A queue as a target.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct TargetQueue {
    /// The queue.
    pub queue: Uuid,
    /// Name.
    pub name: String,
    /// Contacts waiting there.
    pub waiting: u32,
}

/// A skill as a target.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct TargetSkill {
    /// The skill.
    pub skill: Uuid,
    /// Name.
    pub name: String,
}

/// `POST /api/v1/desk/contacts/{contact}/finish`: the work is done.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct FinishRequest {
    /// How it ended; asked when the client has dispositions.
    #[serde(default)]
    pub disposition: Option<Uuid>,
    /// A note kept with the contact.
    #[serde(default)]
    pub note: String,
}

/// `PUT /api/v1/desk/contacts/{contact}/draft`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct DraftRequest {
    /// The unsent words; empty to drop.
    pub body: String,
}

/// `POST /api/v1/desk/contacts/{contact}/read`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ReadRequest {
    /// Up to this message number.
    pub upto: u64,
}

/// An earlier contact of the same customer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct HistoryEntry {
    /// The contact.
    pub contact: Uuid,
    /// How it came.
    pub channel: ChannelKind,
    /// The queue's name.
    pub queue: String,
    /// When it came.
    pub arrived: String,
    /// When it ended.
    #[serde(default)]
    pub ended: Option<String>,
    /// Who had it last, by name.
    #[serde(default)]
    pub agent_name: Option<String>,
    /// How it ended, in the client's words.
    #[serde(default)]
    pub disposition: Option<String>,
    /// The agents' notes.
    pub note: String,
    /// The last thing written.
    #[serde(default)]
    pub last_message: Option<String>,
}

/// An answer kept for a client.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct CannedAnswerView {
    /// Its id.
    pub id: Uuid,
    /// What the agent types after `/`.
    pub shortcut: String,
    /// Its language.
    pub language: String,
    /// The words.
    pub body: String,
}
