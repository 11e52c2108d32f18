//! What came in on a stretch of the journal, and who was there: contacts with their waits, talks and
//! wrap-ups, and agents with their working time. By ids only; nothing in it says who anybody is.
//!
//! A [`Recorder`] hears the journal and gives a [`Recorded`]. With the [`House`], the contracts and
//! names that the ids stand for, it becomes a [`Scenario`](crate::sim::Scenario) that the simulator
//! plays: unchanged ([`Played`] beside what happened: the second kind of fidelity), or after a
//! [`WhatIf`].
//!
//! What is carried over and what is drawn is told at [`Recorded::scenario`].

mod floor;
mod play;
mod recorder;
#[cfg(test)]
mod tests;
mod what_if;

use domain::{
    AgentId, Calendar, ClientId, ContactId, CustomerId, Language, PoolId, QueueId, SkillId, Span,
    TeamId, Timestamp,
    contract::{Channel, Contract},
};
use routing::{AgentRules, FloorRules};

pub use floor::CONTACTS_MAX;
pub use play::{Agreement, Of, OneDay, Played, Real, play};
pub use recorder::Recorder;
pub use what_if::WhatIf;

use crate::sim::Fate;

/// A stretch of a floor's past.
#[derive(Clone, Debug, PartialEq)]
pub struct Recorded {
    /// The stretch.
    pub span: Span,
    /// The floor's own rules.
    pub floor: FloorRules,
    /// So long it was heard: until the contacts of the stretch had ended. What came and who worked
    /// after the stretch is kept too, since it was in their way; it counts in no figure.
    pub heard_until: Timestamp,
    /// Contacts that arrived, in the order of their arrival. Calls that agents placed are not among
    /// them.
    pub contacts: Vec<RecordedContact>,
    /// Contacts of the stretch that had not ended when the journal did: in no real figure yet.
    pub unfinished: usize,
    /// Agents who worked, by id.
    pub agents: Vec<RecordedAgent>,
}

/// A contact that came.
#[derive(Clone, Debug, PartialEq)]
pub struct RecordedContact {
    /// Its id.
    pub contact: ContactId,
    /// Whose it was.
    pub client: ClientId,
    /// The queue in which it arrived.
    pub queue: QueueId,
    /// How it came.
    pub channel: Channel,
    /// Language of the customer.
    pub language: Language,
    /// The customer, if known.
    pub customer: Option<CustomerId>,
    /// A skill that a call flow asked for.
    pub skill: Option<SkillId>,
    /// When it came to the floor.
    pub at: Timestamp,
    /// When its first ring was, if that was before.
    pub clock_start: Timestamp,
    /// From the arrival until it was answered or gone, in microseconds; until the end of what was
    /// heard when neither was known by then.
    pub stayed_us: i64,
    /// How that ended. A voicemail is a customer who left.
    pub fate: Fate,
    /// Who answered first.
    pub answered_by: Option<AgentId>,
    /// How long the offer rang that was answered.
    pub rang_us: Option<i64>,
    /// Talk and hold of all who answered, in microseconds; `None` when nobody did.
    pub talk_us: Option<i64>,
    /// Their wrap-up.
    pub wrap_up_us: Option<i64>,
}

/// An agent who worked.
#[derive(Clone, Debug, PartialEq)]
pub struct RecordedAgent {
    /// What the router knew of the agent at the end.
    pub rules: AgentRules,
    /// When they were at work: signed in, and neither away nor with a lost desk.
    pub worked: Vec<Span>,
}

/// What the ids of a floor stand for.
#[derive(Clone, Debug)]
pub struct House {
    /// Name of the scenario.
    pub name: String,
    /// Zone of hours, days and weeks.
    pub zone: domain::Zone,
    /// Pools: id, name, fairness cap in percent.
    pub pools: Vec<(PoolId, String, u8)>,
    /// Teams: id, whose they are, name.
    pub teams: Vec<(TeamId, ClientId, String)>,
    /// Skills with their names.
    pub skills: Vec<(SkillId, String)>,
    /// The clients with a contract.
    pub clients: Vec<HouseClient>,
}

/// A client with its contract.
#[derive(Clone, Debug)]
pub struct HouseClient {
    /// Its id.
    pub id: ClientId,
    /// Its name.
    pub name: String,
    /// The contract in force.
    pub contract: Contract,
    /// The hours that it names.
    pub hours: Calendar,
}
