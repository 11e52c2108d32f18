//! What happened to one contact, as far as a tariff can ask.

use domain::{
    AgentId, ClientId, ContactId, DispositionId, QueueId, Timestamp, contract::Channel,
    tariff::SpanClass,
};
use minicbor::{Decode, Encode};

/// A contact that is over, with its wrap-ups.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
pub struct Facts {
    /// The contact.
    #[n(0)]
    pub contact: ContactId,
    /// Whose it is.
    #[n(1)]
    pub client: ClientId,
    /// Queue at arrival.
    #[n(2)]
    pub queue: QueueId,
    /// How it came.
    #[n(3)]
    pub channel: Channel,
    /// An agent called.
    #[n(4)]
    pub outbound: bool,
    /// The contract's version at arrival.
    #[n(5)]
    pub contract_version: u32,
    /// The contract's period at arrival.
    #[n(6)]
    pub period: u16,
    /// An overflow ring answered it first.
    #[n(7)]
    pub overflow: bool,
    /// Start of its clock; the billing period and the tariff are those of this instant.
    #[n(8)]
    pub began: Timestamp,
    /// First answer: the agent's, or the customer's when an agent called.
    #[n(9)]
    pub answered: Option<Timestamp>,
    /// End of the contact or of its last wrap-up, whichever is later.
    #[n(10)]
    pub ended: Timestamp,
    /// What became of it.
    #[n(11)]
    pub fate: Fate,
    /// How the last agent to say so said that it ended.
    #[n(12)]
    pub disposition: Option<DispositionId>,
    /// What time went into, by beginning.
    #[n(13)]
    pub spans: Vec<Spent>,
}

/// What became of a contact.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
#[cbor(index_only)]
pub enum Fate {
    /// Somebody answered it.
    #[n(0)]
    Answered,
    /// The customer left before.
    #[n(1)]
    Abandoned,
    /// Nobody could answer it: closed, queue full or removed, callback taken back.
    #[n(2)]
    TurnedAway,
    /// The customer left a voicemail.
    #[n(3)]
    Voicemail,
    /// A fault of the provider's cut it.
    #[n(4)]
    Cut,
    /// The customer whom an agent called did not answer.
    #[n(5)]
    NotReached,
}

/// A stretch of time of one class.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
pub struct Spent {
    /// First instant.
    #[n(0)]
    pub from: Timestamp,
    /// First instant after.
    #[n(1)]
    pub until: Timestamp,
    /// Of what.
    #[n(2)]
    pub class: SpanClass,
    /// The agent whose time it is; nobody's while waiting or outside.
    #[n(3)]
    pub agent: Option<AgentId>,
    /// Tells the parts of one contact apart, from 1; 0 for what is no agent's.
    #[n(4)]
    pub part: u8,
}

/// Bytes that are not facts.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("kept facts of a contact do not read back ({0}); they can be made anew from the journal")]
pub struct Damaged(String);

impl From<minicbor::decode::Error> for Damaged {
    fn from(error: minicbor::decode::Error) -> Self {
        Self(error.to_string())
    }
}

impl Facts {
    /// As bytes, to be kept.
    pub fn encoded(&self) -> Vec<u8> {
        // A vector takes whatever is written, and no encoder here refuses a value.
        minicbor::to_vec(self).expect("encoding into memory cannot fail")
    }

    /// From bytes that were kept.
    ///
    /// # Errors
    /// When they are none of [`Facts::encoded`].
    pub fn decoded(bytes: &[u8]) -> Result<Self, Damaged> {
        Ok(minicbor::decode(bytes)?)
    }

    /// Time of the classes asked for, in microseconds.
    pub fn time_us(&self, classes: &[SpanClass]) -> u64 {
        let counted = self.spans.iter().filter(|span| classes.contains(&span.class));
        counted.map(Spent::length_us).sum()
    }
}

impl Spent {
    /// Its length in microseconds.
    pub fn length_us(&self) -> u64 {
        u64::try_from(self.until.since(self.from).as_micros()).unwrap_or(u64::MAX)
    }
}
