//! What the router decided: facts in the past tense, journalled first, then carried out.

use std::time::Duration;

use domain::{
    AgentId, ClientId, ContactId, DispositionId, Language, QueueId, Timestamp,
    contract::{Channel, ServicePromise},
};
use minicbor::{Decode, Encode};
use serde::Serialize;

use crate::{AwayReason, CallStep, Decision, EndedBy, OfferFailure, Presence, TransferTarget};

/// A fact with its instant: that of the input, or of the deadline that fired.
#[derive(Clone, Debug, PartialEq, Encode, Decode, Serialize)]
pub struct Stamped {
    /// When.
    #[n(0)]
    pub at: Timestamp,
    /// What.
    #[n(1)]
    pub event: Event,
}

/// What happened on the floor. Figures, boards, bills and the twin are computed from these alone.
#[derive(Clone, Debug, PartialEq, Encode, Decode, Serialize)]
#[serde(rename_all = "snake_case", tag = "event")]
#[allow(missing_docs)] // the fields are named for what they are; each variant says what happened
pub enum Event {
    /// A contact is on the floor. The promise in force at its arrival stays with it.
    #[n(0)]
    Arrived {
        #[n(0)]
        contact: ContactId,
        #[n(1)]
        client: ClientId,
        #[n(2)]
        queue: QueueId,
        #[n(3)]
        channel: Channel,
        #[n(4)]
        language: Language,
        #[n(5)]
        contract_version: u32,
        #[n(6)]
        period: u16,
        #[n(7)]
        promise: ServicePromise,
        /// Where the clock of the promise starts for this contact.
        #[n(8)]
        clock_start: Timestamp,
        /// The first ring, where the clock starts later; `None` where it starts with it.
        #[n(9)]
        #[serde(skip_serializing_if = "Option::is_none")]
        first_ring: Option<Timestamp>,
    },
    /// The contact arrived outside the hours and waits for the opening at `opens`, if there is one.
    #[n(1)]
    WaitsForOpening {
        #[n(0)]
        contact: ContactId,
        #[n(1)]
        client: ClientId,
        #[n(2)]
        opens: Option<Timestamp>,
    },
    /// The contact waits in its queue. `head` when it keeps an earlier place.
    #[n(2)]
    Queued {
        #[n(0)]
        contact: ContactId,
        #[n(1)]
        client: ClientId,
        #[n(2)]
        queue: QueueId,
        #[n(3)]
        why: QueuedWhy,
    },
    /// Nobody was free: the client's greeting plays for `length`, and the wait goes on.
    #[n(3)]
    GreetingStarted {
        #[n(0)]
        contact: ContactId,
        #[n(1)]
        client: ClientId,
        #[n(2)]
        length: Duration,
    },
    /// The ask relaxed, or the overflow ring opened, for a waiting contact.
    #[n(4)]
    RingOpened {
        #[n(0)]
        contact: ContactId,
        #[n(1)]
        client: ClientId,
        #[n(2)]
        why: RingWhy,
        /// From now on answered outside its first ring counts as overflow.
        #[n(3)]
        overflow: bool,
    },
    /// An agent is offered the contact until `until`. Ring the desk.
    #[n(5)]
    Offered {
        #[n(0)]
        contact: ContactId,
        #[n(1)]
        client: ClientId,
        #[n(2)]
        queue: QueueId,
        #[n(3)]
        agent: AgentId,
        #[n(4)]
        until: Timestamp,
        #[n(5)]
        kind: OfferKind,
        #[n(6)]
        decision: Option<Box<Decision>>,
    },
    /// The offer is over without an answer. Stop ringing.
    #[n(6)]
    OfferEnded {
        #[n(0)]
        contact: ContactId,
        #[n(1)]
        client: ClientId,
        #[n(2)]
        agent: AgentId,
        #[n(3)]
        why: OfferEnd,
    },
    /// The agent answered. Connect them. `first` for the first answer of the contact.
    #[n(7)]
    Answered {
        #[n(0)]
        contact: ContactId,
        #[n(1)]
        client: ClientId,
        #[n(2)]
        queue: QueueId,
        #[n(3)]
        agent: AgentId,
        /// From the start of the clock to now, on the first answer; on later ones, from the requeue.
        #[n(4)]
        wait: Duration,
        #[n(5)]
        first: bool,
        #[n(6)]
        overflow: bool,
    },
    /// The agent put the contact on hold.
    #[n(8)]
    Held {
        #[n(0)]
        contact: ContactId,
        #[n(1)]
        client: ClientId,
        #[n(2)]
        agent: AgentId,
    },
    /// The agent took it back.
    #[n(9)]
    Resumed {
        #[n(0)]
        contact: ContactId,
        #[n(1)]
        client: ClientId,
        #[n(2)]
        agent: AgentId,
    },
    /// Another agent is consulted: both are on the contact, the customer hears neither.
    #[n(10)]
    ConsultStarted {
        #[n(0)]
        contact: ContactId,
        #[n(1)]
        client: ClientId,
        #[n(2)]
        by: AgentId,
        #[n(3)]
        to: AgentId,
    },
    /// The consult became a conference of all.
    #[n(11)]
    ConferenceStarted {
        #[n(0)]
        contact: ContactId,
        #[n(1)]
        client: ClientId,
        #[n(2)]
        by: AgentId,
    },
    /// One agent's part is over; wrap-up may follow. `talk` and `hold` are that part's spans;
    /// time in consultation is talk, not hold.
    #[n(12)]
    PartEnded {
        #[n(0)]
        contact: ContactId,
        #[n(1)]
        client: ClientId,
        #[n(2)]
        queue: QueueId,
        #[n(3)]
        agent: AgentId,
        #[n(4)]
        talk: Duration,
        #[n(5)]
        hold: Duration,
        #[n(6)]
        why: PartEnd,
    },
    /// The agent works after the contact; `until` is `None` until done.
    #[n(13)]
    WrapUpStarted {
        #[n(0)]
        contact: ContactId,
        #[n(1)]
        client: ClientId,
        #[n(2)]
        agent: AgentId,
        #[n(3)]
        until: Option<Timestamp>,
    },
    /// The wrap-up has a later end.
    #[n(14)]
    WrapUpExtended {
        #[n(0)]
        contact: ContactId,
        #[n(1)]
        client: ClientId,
        #[n(2)]
        agent: AgentId,
        #[n(3)]
        until: Timestamp,
    },
    /// The agent is done with the contact.
    #[n(15)]
    WrapUpEnded {
        #[n(0)]
        contact: ContactId,
        #[n(1)]
        client: ClientId,
        #[n(2)]
        queue: QueueId,
        #[n(3)]
        agent: AgentId,
        #[n(4)]
        length: Duration,
        #[n(5)]
        disposition: Option<DispositionId>,
    },
    /// The contact was passed on.
    #[n(16)]
    Transferred {
        #[n(0)]
        contact: ContactId,
        #[n(1)]
        client: ClientId,
        #[n(2)]
        by: AgentId,
        #[n(3)]
        to: TransferTarget,
    },
    /// The contact waits as a callback from now on.
    #[n(17)]
    CallbackPromised {
        #[n(0)]
        contact: ContactId,
        #[n(1)]
        client: ClientId,
    },
    /// The contact has left the floor. Each contact does so exactly once.
    #[n(18)]
    Ended {
        #[n(0)]
        contact: ContactId,
        #[n(1)]
        client: ClientId,
        #[n(2)]
        queue: QueueId,
        #[n(3)]
        ending: Ending,
        /// From the start of the clock to the first answer, or to the end when never answered.
        #[n(4)]
        wait: Duration,
    },
    /// Talk has passed the contract's limit. Shown to the lead; nothing is cut.
    #[n(19)]
    TalkLimitPassed {
        #[n(0)]
        contact: ContactId,
        #[n(1)]
        client: ClientId,
        #[n(2)]
        agent: AgentId,
    },
    /// The agent's state changed. The seconds between these sum to the signed-in time.
    #[n(20)]
    AgentState {
        #[n(0)]
        agent: AgentId,
        #[n(1)]
        state: AgentState,
        /// Presence chosen for after the work in hand; `None` for the one before.
        #[n(2)]
        next: Option<NextState>,
    },
    /// Another period of the client's contract is in force.
    #[n(21)]
    PeriodChanged {
        #[n(0)]
        client: ClientId,
        #[n(1)]
        period: u16,
        #[n(2)]
        open: bool,
    },
    /// A waiting contact was given the emergency lane.
    #[n(22)]
    Expedited {
        #[n(0)]
        contact: ContactId,
        #[n(1)]
        client: ClientId,
    },
    /// A fact about a call. May follow the end of its contact.
    #[n(23)]
    Call {
        #[n(0)]
        contact: ContactId,
        #[n(1)]
        client: ClientId,
        #[n(2)]
        step: CallStep,
    },
    /// The agent's phone came or went.
    #[n(24)]
    Phone {
        #[n(0)]
        agent: AgentId,
        #[n(1)]
        ready: bool,
    },
    /// An agent calls somebody for a client: the contact begins here, with that agent. It has no
    /// `Arrived` and no `Answered` of its own; the ringing counts as the agent's talk.
    #[n(25)]
    CalledOut {
        #[n(0)]
        contact: ContactId,
        #[n(1)]
        client: ClientId,
        #[n(2)]
        queue: QueueId,
        #[n(3)]
        agent: AgentId,
        #[n(4)]
        language: Language,
        #[n(5)]
        contract_version: u32,
        #[n(6)]
        period: u16,
        /// By which it would wait, should it be put into a queue.
        #[n(7)]
        promise: ServicePromise,
    },
    /// The customer whom we called has answered.
    #[n(26)]
    CustomerAnswered {
        #[n(0)]
        contact: ContactId,
        #[n(1)]
        client: ClientId,
    },
    /// The customer who was promised a callback did not answer; told after the end of the agent's
    /// part. `retry_at` is `None` when it was the last try.
    #[n(27)]
    CallbackFailed {
        #[n(0)]
        contact: ContactId,
        #[n(1)]
        client: ClientId,
        #[n(2)]
        agent: AgentId,
        /// So many by now.
        #[n(3)]
        tries: u8,
        #[n(4)]
        retry_at: Option<Timestamp>,
    },
}

/// What an agent does after the work in hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, Serialize)]
#[serde(rename_all = "snake_case", tag = "kind", content = "presence")]
pub enum NextState {
    /// Takes this presence.
    #[n(0)]
    Presence(#[n(0)] Presence),
    /// Signs out.
    #[n(1)]
    SignOut,
}

/// The one state of an agent at an instant, for the ledger. With several contacts at once the first
/// of these that holds: talking, offered, on hold, consulting, wrap-up, then presence. A lost desk
/// goes before all of them: nobody knows what the agent does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode, Serialize)]
#[serde(rename_all = "snake_case", tag = "kind", content = "reason")]
pub enum AgentState {
    /// Not signed in.
    #[n(0)]
    SignedOut,
    /// Ready, and waiting for work.
    #[n(1)]
    Available,
    /// An offer rings.
    #[n(2)]
    Offered,
    /// With at least one customer.
    #[n(3)]
    Talking,
    /// All contacts in hand are on hold.
    #[n(4)]
    Holding,
    /// Asking or advising another agent.
    #[n(5)]
    Consulting,
    /// Working after a contact.
    #[n(6)]
    WrapUp,
    /// Not ready.
    #[n(7)]
    Away(#[n(0)] AwayReason),
    /// The desk does not answer, within the grace.
    #[n(8)]
    Lost,
}

/// Why a contact is in a queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Encode, Decode, Serialize)]
#[serde(rename_all = "snake_case")]
#[cbor(index_only)]
pub enum QueuedWhy {
    /// It is new.
    #[n(0)]
    Arrived,
    /// The hours began.
    #[n(1)]
    Opened,
    /// An offer was missed, refused or failed: back to the head with its waiting time.
    #[n(2)]
    OfferEnded,
    /// It was passed on.
    #[n(3)]
    Transferred,
    /// The agent's desk was lost, or a lead took it back.
    #[n(4)]
    Released,
    /// The time has come to try a callback again.
    #[n(5)]
    TriedAgain,
}

/// Why a further ring opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Encode, Decode, Serialize)]
#[serde(rename_all = "snake_case")]
#[cbor(index_only)]
pub enum RingWhy {
    /// A skill relaxed after its wait.
    #[n(0)]
    SkillRelaxed,
    /// The overflow wait has passed.
    #[n(1)]
    OverflowWait,
    /// The projected service level is below the limit.
    #[n(2)]
    OverflowProjected,
    /// Nobody who may answer is signed in.
    #[n(3)]
    NobodyOnShift,
    /// The preferred agent was not free in time.
    #[n(4)]
    StickyExpired,
}

/// What kind of offer it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Encode, Decode, Serialize)]
#[serde(rename_all = "snake_case")]
#[cbor(index_only)]
pub enum OfferKind {
    /// From a queue.
    #[n(0)]
    Queue,
    /// Passed on to this agent.
    #[n(1)]
    Transfer,
    /// Asked for advice.
    #[n(2)]
    Consult,
}

/// How an offer ended without an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Encode, Decode, Serialize)]
#[serde(rename_all = "snake_case")]
#[cbor(index_only)]
pub enum OfferEnd {
    /// Nobody reacted in time.
    #[n(0)]
    Missed,
    /// The agent said no.
    #[n(1)]
    Refused,
    /// The desk or phone was in use.
    #[n(2)]
    Busy,
    /// The desk or phone could not be reached.
    #[n(3)]
    Unreachable,
    /// The customer left meanwhile.
    #[n(4)]
    ContactGone,
    /// A lead, a lost connection or a change of rules took it back.
    #[n(5)]
    TakenBack,
}

impl From<OfferFailure> for OfferEnd {
    fn from(cause: OfferFailure) -> Self {
        match cause {
            OfferFailure::Busy => Self::Busy,
            OfferFailure::Unreachable => Self::Unreachable,
        }
    }
}

/// Why an agent's part of a contact is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Encode, Decode, Serialize)]
#[serde(rename_all = "snake_case")]
#[cbor(index_only)]
pub enum PartEnd {
    /// The conversation ended.
    #[n(0)]
    Ended,
    /// Passed on.
    #[n(1)]
    Transferred,
    /// Left a conference or consult.
    #[n(2)]
    Left,
    /// The desk was lost, or a lead released it.
    #[n(3)]
    Released,
    /// The customer who was called back did not answer. No wrap-up follows.
    #[n(4)]
    NotReached,
}

/// How a contact left the floor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Encode, Decode, Serialize)]
#[serde(rename_all = "snake_case", tag = "kind", content = "by")]
pub enum Ending {
    /// Answered, and ended by somebody.
    #[n(0)]
    Handled(#[n(0)] EndedBy),
    /// The customer left before an answer.
    #[n(1)]
    Abandoned,
    /// The same, within the contract's short-abandon limit.
    #[n(2)]
    ShortAbandoned,
    /// Outside the hours, or nobody on shift, and the rule says close.
    #[n(3)]
    Closed,
    /// The queue was full.
    #[n(4)]
    QueueFull,
    /// The queue or the client left the floor.
    #[n(5)]
    QueueRemoved,
    /// The customer left a voicemail instead of waiting on.
    #[n(6)]
    Voicemail,
    /// A restart or lost sound cut the call: the provider's fault.
    #[n(7)]
    Cut,
    /// Called out or called back, and never reached.
    #[n(8)]
    NotReached,
    /// The promised callback was not wanted any more.
    #[n(9)]
    CallbackCancelled,
}
