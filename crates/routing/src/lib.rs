//! Who is offered which contact next.
//!
//! One type, [`Router`], driven by `(now, input)`. It answers with [`Event`]s, facts in the past
//! tense that are journalled first and carried out afterwards by the driver (ring, connect, play,
//! show), and with the instant at which it wants to be called again. The live floor and the
//! simulator are two drivers of this one type.
//!
//! It does no I/O, reads no clock, knows no thread and no random number; its choices never depend
//! on the order of a hash map, and everything in it has a limit.
//!
//! # Who may answer
//!
//! The period of the contract that is in force opens a ring: agents of its pools, or of the
//! dedicated team. Overflow adds pools for a contact that waits. Of the ring those fit who are
//! signed off for the client, at an allowed site, take the channel, speak a language that is a must
//! and have the skills as far as these have not relaxed; of those an offer may go to whoever is
//! available, reachable by desk and phone, has no other offer ringing, has the points left, and has not missed or
//! refused this contact a moment ago. [`Ineligible`] lists the reasons in this order.
//!
//! # Who is chosen
//!
//! - An agent for a contact: whoever speaks the language if it is preferred, then fewest points in
//!   use, then longest idle since the last handled work, then lowest id. By
//!   [`ProficiencyFirst`](domain::contract::Selection) the sum of levels goes before the points.
//! - A contact for an agent: the smallest rank, which is the start of the clock plus the promised
//!   threshold minus every head start; then the earlier arrival. The emergency lane has ranks below
//!   all others. Clients that have their fill of the agent's pool come after the others.
//! - A contact that comes back from an offer keeps its rank. One that comes back from a
//!   conversation takes the rank that the original start of its clock gives it.
//! - In a queue that announces positions a contact is ranked behind all who stand there already.
//!
//! # Limits
//!
//! | of | limit | at the limit |
//! | --- | --- | --- |
//! | contacts on the floor | [`FloorRules::contacts_max`] | the arrival is refused |
//! | waiting in a queue, the ringing left out | [`QueueRules::waiting_max`] | the arrival ends as `QueueFull`; a transfer is refused |
//! | agents | [`FloorRules::agents_max`] | a new agent is refused |
//! | clients, pools, queues of a client, skills of a queue | [`CLIENTS_MAX`], [`POOLS_MAX`], [`QUEUES_MAX`], [`SKILLS_ASKED_MAX`] | the rules are refused |
//! | agents on a contact | [`AGENTS_ON_CONTACT_MAX`] | the consult is refused |
//! | agents a contact is kept from | [`MISSED_MAX`] | the one kept longest may be asked again |
//! | customers whose last agent is remembered | 100,000 | the one served longest ago is forgotten |
//! | outcomes behind a projection | 100 and 15 minutes | older ones do not count |
//! | agents named in a decision | [`FloorRules::decision_named_max`] | the others are counted by reason |
//! | timers | one for each client, queue, agent and contact | |
//! | work in hand of an agent | 100 points, the most on each channel, and one call | no offer is made |
//! | tries of a callback | [`CALLBACK_TRIES_MAX`], each at most [`CALLBACK_RETRY_MAX`] later | the contact ends as `NotReached` |
//! | calls that ended and of which facts may still come | [`ENDED_CALLS_MAX`] | facts about older ones are refused |
//!
//! # Calls
//!
//! An agent whose phone is not ready is offered nothing that needs one, and nobody has two calls.
//! What happens to the sound (legs, recordings, supervisors) passes through as [`CallFact`]s, which
//! are journalled and change nothing. A call that an agent places begins in conversation
//! ([`Event::CalledOut`]) and counts in no promise.

mod agent;
mod bits;
mod call;
mod capacity;
mod compile;
mod contact;
mod decision;
mod estimate;
mod event;
mod fact;
mod floor;
mod hash;
mod input;
mod known;
mod line;
mod matching;
mod memory;
mod offer;
mod reason;
mod ring;
mod router;
mod rules;
mod sentence;
mod slab;
mod snapshot;
mod staff;
mod talk;
mod timers;
mod view;
mod wrap_up;

pub use call::{CALLBACK_RETRY_MAX, CALLBACK_TRIES_MAX, ENDED_CALLS_MAX};
pub use contact::{AGENTS_ON_CONTACT_MAX, MISSED_MAX};
pub use event::*;
pub use fact::*;
pub use floor::{CLIENTS_MAX, POOLS_MAX, QUEUES_MAX, SKILLS_ASKED_MAX};
pub use input::*;
pub use known::Staffing;
pub use reason::*;
pub use router::Router;
pub use rules::*;
pub use snapshot::{RestoreError, SNAPSHOT_VERSION, Snapshot};
pub use view::*;
