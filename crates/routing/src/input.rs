//! What the router is told.

use std::time::Duration;

use domain::{
    AgentId, ClientId, ContactId, CustomerId, DispositionId, Language, PoolId, QueueId, SkillId,
    Timestamp, contract::Channel,
};
use minicbor::{Decode, Encode};
use serde::Serialize;

use crate::{AgentRules, CallFact, ClientRules, FloorRules, PoolRules};

/// Something that happened outside, or that somebody wants.
///
/// Inputs are journalled with their time; the same inputs in the same order give the same events on
/// any machine, any day. An input that is refused ([`InputError`]) changes nothing.
#[derive(Clone, Debug, PartialEq, Encode, Decode, Serialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)] // the fields are named for what they are; each variant says what happened
pub enum Input {
    /// The floor's own rules; the first input of every journal.
    #[n(0)]
    SetFloor(#[n(0)] FloorRules),
    /// A pool is created or changed.
    #[n(1)]
    SetPool(#[n(0)] PoolRules),
    /// A client is created, or its contract or calendar compiled anew. Waiting contacts keep their
    /// place under the new rules; contacts of a queue that is gone end as `QueueRemoved`.
    #[n(2)]
    SetClient(#[n(0)] Box<ClientRules>),
    /// A client leaves the floor; its waiting contacts end as `QueueRemoved`.
    #[n(3)]
    RemoveClient(#[n(0)] ClientId),
    /// An agent is created or changed (skills, pools, sign-offs). Work in hand goes on.
    #[n(4)]
    SetAgent(#[n(0)] Box<AgentRules>),
    /// An agent leaves the floor for good; refused while signed in.
    #[n(5)]
    RemoveAgent(#[n(0)] AgentId),

    /// An agent starts work in `presence`.
    #[n(10)]
    SignIn {
        #[n(0)]
        agent: AgentId,
        #[n(1)]
        presence: Presence,
    },
    /// An agent stops: at once when idle, after the work in hand otherwise.
    #[n(11)]
    SignOut {
        #[n(0)]
        agent: AgentId,
    },
    /// An agent chooses a presence: at once when idle; otherwise it is the next state, taken after
    /// the work in hand. Survives missed and refused offers.
    #[n(12)]
    SetPresence {
        #[n(0)]
        agent: AgentId,
        #[n(1)]
        presence: Presence,
    },
    /// The agent's desk stopped answering. No offers from now on; after the grace the agent is away.
    #[n(13)]
    ConnectionLost {
        #[n(0)]
        agent: AgentId,
    },
    /// The desk is back within or after the grace. After the grace the agent stays away until they
    /// say otherwise: never a silent "ready".
    #[n(14)]
    ConnectionRestored {
        #[n(0)]
        agent: AgentId,
    },

    /// A contact arrives.
    #[n(20)]
    Arrive(#[n(0)] Arrival),
    /// The customer left before an agent answered.
    #[n(21)]
    Abandon {
        #[n(0)]
        contact: ContactId,
    },
    /// The agent answers the offer.
    #[n(22)]
    Answer {
        #[n(0)]
        contact: ContactId,
        #[n(1)]
        agent: AgentId,
    },
    /// The agent refuses the offer.
    #[n(23)]
    Refuse {
        #[n(0)]
        contact: ContactId,
        #[n(1)]
        agent: AgentId,
    },
    /// The offer did not reach the agent: the desk or phone is busy or cannot be reached.
    #[n(24)]
    OfferFailed {
        #[n(0)]
        contact: ContactId,
        #[n(1)]
        agent: AgentId,
        #[n(2)]
        cause: OfferFailure,
    },
    /// The agent puts the contact on hold.
    #[n(25)]
    Hold {
        #[n(0)]
        contact: ContactId,
        #[n(1)]
        agent: AgentId,
    },
    /// And takes it back.
    #[n(26)]
    Resume {
        #[n(0)]
        contact: ContactId,
        #[n(1)]
        agent: AgentId,
    },
    /// The agent asks another agent about the contact, who is offered the consult as a second leg.
    #[n(27)]
    Consult {
        #[n(0)]
        contact: ContactId,
        #[n(1)]
        by: AgentId,
        #[n(2)]
        to: AgentId,
    },
    /// The consulted agent joins the customer: a conference.
    #[n(28)]
    Conference {
        #[n(0)]
        contact: ContactId,
        #[n(1)]
        by: AgentId,
    },
    /// One of several agents leaves the contact, which goes on with the others. The last agent
    /// cannot leave: that is `End` or `Transfer`.
    #[n(29)]
    Leave {
        #[n(0)]
        contact: ContactId,
        #[n(1)]
        agent: AgentId,
    },
    /// The agent passes the contact on and wraps up.
    #[n(30)]
    Transfer {
        #[n(0)]
        contact: ContactId,
        #[n(1)]
        by: AgentId,
        #[n(2)]
        to: TransferTarget,
    },
    /// The conversation is over; the agents on it wrap up.
    #[n(31)]
    End {
        #[n(0)]
        contact: ContactId,
        #[n(1)]
        by: EndedBy,
    },
    /// The agent asks for more wrap-up time.
    #[n(32)]
    ExtendWrapUp {
        #[n(0)]
        contact: ContactId,
        #[n(1)]
        agent: AgentId,
    },
    /// The agent has finished the work.
    #[n(33)]
    FinishWrapUp {
        #[n(0)]
        contact: ContactId,
        #[n(1)]
        agent: AgentId,
        #[n(2)]
        disposition: Option<DispositionId>,
    },
    /// The waiting customer asks to be called or written back and leaves; the contact keeps its
    /// place and its waiting time, and is offered as a `Callback`.
    #[n(34)]
    RequestCallback {
        #[n(0)]
        contact: ContactId,
    },
    /// A lead gives a waiting contact the emergency lane: the head of its queue, past announced
    /// positions too. Recorded with who did it.
    #[n(35)]
    Expedite {
        #[n(0)]
        contact: ContactId,
    },
    /// A lead takes the contact away from an agent who does not react (back to the head), or ends
    /// the wrap-up of an agent.
    #[n(36)]
    Release {
        #[n(0)]
        contact: ContactId,
        #[n(1)]
        agent: AgentId,
    },

    /// A lead, who is an agent as well, takes over the contact from the only agent on it: that one's
    /// part is over as if released, the lead is on it at once, without a ring. Asked of the lead is what
    /// an offer asks, but for skills: signed in and available, the sign-off, a free hand, a phone.
    #[n(49)]
    TakeOver {
        #[n(0)]
        contact: ContactId,
        #[n(1)]
        from: AgentId,
        /// The lead.
        #[n(2)]
        by: AgentId,
    },
    /// The number outside that the contact was handed to did not answer, and the customer is still
    /// there: the contact waits again, as after any transfer.
    #[n(50)]
    OutsideFailed {
        #[n(0)]
        contact: ContactId,
    },

    /// A fact about a call; it changes nothing on the floor.
    #[n(40)]
    Call(#[n(0)] CallFact),
    /// The agent's phone can carry sound from now on, or cannot. A phone nobody has spoken of is
    /// presumed ready. While it is not, nothing that needs a phone is offered; an offer of that kind
    /// that rings is taken back as `Unreachable`, conversations go on.
    #[n(41)]
    Phone {
        #[n(0)]
        agent: AgentId,
        #[n(1)]
        ready: bool,
    },
    /// An agent calls somebody for a client.
    #[n(42)]
    CallOut(#[n(0)] CallOut),
    /// The customer who was called has answered: of a call out, or of a promised callback, which is a call
    /// from then on: passed on, it waits with its customer on the line.
    #[n(43)]
    CustomerAnswered {
        #[n(0)]
        contact: ContactId,
    },
    /// The callback is not wanted any more; the contact ends.
    #[n(44)]
    CancelCallback {
        #[n(0)]
        contact: ContactId,
    },
    /// The customer who was promised a callback did not answer. The agent is done with it for now;
    /// the contact keeps its place and is offered again from `retry_at` on. After
    /// [`CALLBACK_TRIES_MAX`](crate::CALLBACK_TRIES_MAX) tries it ends as `NotReached`.
    #[n(45)]
    CallbackFailed {
        #[n(0)]
        contact: ContactId,
        /// An instant that has passed is now; one more than
        /// [`CALLBACK_RETRY_MAX`](crate::CALLBACK_RETRY_MAX) away is at that distance.
        #[n(1)]
        retry_at: Timestamp,
    },
    /// The waiting customer leaves a voicemail instead, and hangs up.
    #[n(46)]
    LeaveVoicemail {
        #[n(0)]
        contact: ContactId,
    },
    /// A contact arrives that a call flow has led here.
    #[n(48)]
    ArriveLed(#[n(0)] Led),
    /// The call was cut by a fault of ours: a restart, or sound that is gone. The agents on it wrap
    /// up. A promised callback that waits cannot be cut: nobody is on the line.
    #[n(47)]
    Cut {
        #[n(0)]
        contact: ContactId,
    },
    /// The same of a call whose customer can be called: it waits as a callback in its place.
    #[n(51)]
    CallAgain {
        #[n(0)]
        contact: ContactId,
        /// The agents on it wrap up. Journals from before there was a choice say nothing, and nobody did.
        #[n(1)]
        #[cbor(default)]
        wraps_up: bool,
    },
}

/// A call that an agent places.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, Serialize)]
pub struct CallOut {
    /// Its id, new.
    #[n(0)]
    pub contact: ContactId,
    /// For whom. Calls go out at any hour: the client's hours are for those who call in.
    #[n(1)]
    pub client: ClientId,
    /// The queue it counts for, which must be open to calls.
    #[n(2)]
    pub queue: QueueId,
    /// Who calls: signed in, with the sign-off, the capacity and a phone that is ready. Being away
    /// is no hindrance.
    #[n(3)]
    pub agent: AgentId,
    /// Language of the customer, if known.
    #[n(4)]
    pub language: Option<Language>,
    /// The customer, if known.
    #[n(5)]
    pub customer: Option<CustomerId>,
}

/// A contact at the door.
#[derive(Clone, Debug, PartialEq, Encode, Decode, Serialize)]
pub struct Arrival {
    /// Its id, new.
    #[n(0)]
    pub contact: ContactId,
    /// Whose contact it is.
    #[n(1)]
    pub client: ClientId,
    /// What it is about.
    #[n(2)]
    pub queue: QueueId,
    /// How it comes.
    #[n(3)]
    pub channel: Channel,
    /// Language of the customer, if known.
    #[n(4)]
    pub language: Option<Language>,
    /// First ring, when that was before now (menus, greetings); never later than now.
    #[n(5)]
    pub first_ring: Option<Timestamp>,
    /// The customer, if known, for the preference of the last agent.
    #[n(6)]
    pub customer: Option<CustomerId>,
    /// Further head start given by a rule (VIP, escalation).
    #[n(7)]
    pub head_start: Option<Duration>,
    /// The emergency lane: head of its queue, past announced positions.
    #[n(8)]
    pub emergency: bool,
}

/// A contact at the door that a call flow has led there.
#[derive(Clone, Debug, PartialEq, Encode, Decode, Serialize)]
pub struct Led {
    /// The contact.
    #[n(0)]
    pub arrival: Arrival,
    /// A skill that its agent should have, beside those of the queue.
    #[n(1)]
    pub skill: Option<SkillId>,
    /// What the customer does there.
    #[n(2)]
    pub door: Door,
}

/// What a customer does who was led to a queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Encode, Decode, Serialize)]
#[serde(rename_all = "snake_case")]
#[cbor(index_only)]
pub enum Door {
    /// Waits.
    #[n(0)]
    Wait,
    /// Waits to be called back, whatever the closed rule says. Calls only.
    #[n(1)]
    Callback,
    /// Has left a message, spoken or written: the contact ends with its arrival, open or closed. Calls and
    /// chats only.
    #[n(2)]
    Voicemail,
}

impl Input {
    /// The contact that arrives with this input, if one does.
    pub fn arrival(&self) -> Option<&Arrival> {
        match self {
            Self::Arrive(arrival) => Some(arrival),
            Self::ArriveLed(led) => Some(&led.arrival),
            _ => None,
        }
    }

    /// The contact that this input is about, if it is about one.
    pub fn contact(&self) -> Option<ContactId> {
        match self {
            Self::Arrive(arrival) => Some(arrival.contact),
            Self::ArriveLed(led) => Some(led.arrival.contact),
            Self::CallOut(out) => Some(out.contact),
            Self::Call(fact) => Some(fact.contact),
            Self::Abandon { contact }
            | Self::Answer { contact, .. }
            | Self::Refuse { contact, .. }
            | Self::OfferFailed { contact, .. }
            | Self::Hold { contact, .. }
            | Self::Resume { contact, .. }
            | Self::Consult { contact, .. }
            | Self::Conference { contact, .. }
            | Self::Leave { contact, .. }
            | Self::Transfer { contact, .. }
            | Self::End { contact, .. }
            | Self::ExtendWrapUp { contact, .. }
            | Self::FinishWrapUp { contact, .. }
            | Self::RequestCallback { contact }
            | Self::Expedite { contact }
            | Self::Release { contact, .. }
            | Self::TakeOver { contact, .. }
            | Self::OutsideFailed { contact }
            | Self::CustomerAnswered { contact }
            | Self::CancelCallback { contact }
            | Self::CallbackFailed { contact, .. }
            | Self::LeaveVoicemail { contact }
            | Self::Cut { contact }
            | Self::CallAgain { contact, .. } => Some(*contact),
            Self::SetFloor(_)
            | Self::SetPool(_)
            | Self::SetClient(_)
            | Self::RemoveClient(_)
            | Self::SetAgent(_)
            | Self::RemoveAgent(_)
            | Self::SignIn { .. }
            | Self::SignOut { .. }
            | Self::SetPresence { .. }
            | Self::ConnectionLost { .. }
            | Self::ConnectionRestored { .. }
            | Self::Phone { .. } => None,
        }
    }
}

/// What an agent wants to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode, Serialize)]
#[serde(rename_all = "snake_case", tag = "kind", content = "reason")]
pub enum Presence {
    /// Ready for contacts.
    #[n(0)]
    Available,
    /// Not ready, for a reason.
    #[n(1)]
    Away(#[n(0)] AwayReason),
}

/// Why an agent is not ready.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode, Serialize)]
#[serde(rename_all = "snake_case")]
#[cbor(index_only)]
pub enum AwayReason {
    /// A short break.
    #[n(0)]
    Break,
    /// Lunch.
    #[n(1)]
    Lunch,
    /// Training.
    #[n(2)]
    Training,
    /// A meeting.
    #[n(3)]
    Meeting,
    /// Work away from the desk, or administration.
    #[n(4)]
    OtherWork,
    /// Set by the router: missed too many offers.
    #[n(10)]
    NoAnswer,
    /// Set by the router: the desk did not come back.
    #[n(11)]
    ConnectionLost,
    /// Set by a lead.
    #[n(12)]
    SetByLead,
}

/// Why an offer did not reach the agent. Neither is a miss of the person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Encode, Decode, Serialize)]
#[serde(rename_all = "snake_case")]
#[cbor(index_only)]
pub enum OfferFailure {
    /// The desk or phone is in use.
    #[n(0)]
    Busy,
    /// The desk or phone cannot be reached. The agent is treated as lost.
    #[n(1)]
    Unreachable,
}

/// Where a contact is passed on to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Encode, Decode, Serialize)]
#[serde(rename_all = "snake_case", tag = "kind", content = "id")]
pub enum TransferTarget {
    /// To this agent, who must be signed off for the client; waits for them until the offer is
    /// missed, then falls back to the queue at its head.
    #[n(0)]
    Agent(#[n(0)] AgentId),
    /// To another queue of the same client.
    #[n(1)]
    Queue(#[n(0)] QueueId),
    /// To whoever has this skill, within the same queue.
    #[n(2)]
    Skill(#[n(0)] SkillId),
    /// To a number outside. The agent's part is over; the contact ends with the leg outside. Calls
    /// only.
    #[n(3)]
    Outside,
}

/// Who ended the conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Encode, Decode, Serialize)]
#[serde(rename_all = "snake_case")]
#[cbor(index_only)]
pub enum EndedBy {
    /// The customer.
    #[n(0)]
    Customer,
    /// The agent.
    #[n(1)]
    Agent,
    /// The system: silence, a limit, a lead.
    #[n(2)]
    System,
}

/// Why an input was refused. Nothing has changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs)]
pub enum InputError {
    #[error("agent {0} is not known to this floor; create the agent first")]
    UnknownAgent(AgentId),
    #[error("client {0} is not known to this floor; publish its contract first")]
    UnknownClient(ClientId),
    #[error("queue {0} is not part of the contract in force; choose one of its queues")]
    UnknownQueue(QueueId),
    #[error("contact {0} is not on the floor; it has ended or never arrived")]
    ContactGone(ContactId),
    #[error("contact {0} is already on the floor; each contact arrives once")]
    ContactKnown(ContactId),
    #[error(
        "agent {agent} has no offer of contact {contact}; it was taken back, missed or answered"
    )]
    NotOffered { agent: AgentId, contact: ContactId },
    #[error("agent {agent} is not on contact {contact}")]
    NotOnContact { agent: AgentId, contact: ContactId },
    #[error("agent {0} is signed out; sign in first")]
    SignedOut(AgentId),
    #[error("agent {0} is already signed in")]
    AlreadySignedIn(AgentId),
    #[error("agent {0} is signed in; sign out before removing the agent")]
    StillSignedIn(AgentId),
    #[error("contact {contact} is {state}; that is not possible now")]
    WrongState { contact: ContactId, state: &'static str },
    #[error("the queue {queue} is not open to this channel")]
    ChannelClosed { queue: QueueId, channel: Channel },
    #[error("agent {agent} may not take contact {contact}: {reason}")]
    NotEligible { agent: AgentId, contact: ContactId, reason: crate::Ineligible },
    #[error("no extension is left for this wrap-up")]
    NoExtensionLeft,
    #[error("agent {0} cannot take the presence `{1}`: only the router sets it")]
    ReservedPresence(AgentId, &'static str),
    #[error("{what} is at its limit of {limit}; {next}")]
    Limit { what: &'static str, limit: u32, next: &'static str },
    #[error("the rules of client {client} cannot be used: {what}")]
    BadRules { client: ClientId, what: &'static str },
    #[error("the floor's rules cannot be used: {0}")]
    BadFloor(&'static str),
    #[error("pool {0} is not known to this floor; create the pool first")]
    UnknownPool(PoolId),
    #[error("contact {0} is no telephone call; pass it on to a queue or an agent")]
    NotACall(ContactId),
}
