//! Why: the record of a decision, the rules that chose, and what kept the others from it.

use std::time::Duration;

use domain::AgentId;
use minicbor::{Decode, Encode};
use serde::Serialize;

/// Why this agent was offered this contact, in a form that replays to the same answer.
#[derive(Clone, Debug, PartialEq, Encode, Decode, Serialize)]
pub struct Decision {
    /// Contract version whose rules were applied.
    #[n(0)]
    pub contract_version: u32,
    /// Period of the contract in force.
    #[n(1)]
    pub period: u16,
    /// The rule that chose the agent.
    #[n(2)]
    pub agent_rule: AgentRule,
    /// The rule that chose the contact, when an agent came free.
    #[n(3)]
    pub contact_rule: ContactRule,
    /// Whether the overflow ring was open.
    #[n(4)]
    pub overflow: bool,
    /// How many skills had relaxed.
    #[n(5)]
    pub skills_relaxed: u8,
    /// How long the contact had waited since its clock started.
    #[n(6)]
    pub waited: Duration,
    /// Contacts of the same queue still waiting behind it.
    #[n(7)]
    pub waiting_behind: u32,
    /// Agents who could have been offered it as well, those after the chosen one in order.
    #[n(8)]
    pub eligible: Vec<AgentId>,
    /// How many eligible and free agents there were, the chosen one included.
    #[n(9)]
    pub eligible_count: u32,
    /// Agents who could not, with the first reason; named up to the floor's limit.
    #[n(10)]
    pub ineligible: Vec<(AgentId, Ineligible)>,
    /// All of those, counted by reason.
    #[n(11)]
    pub ineligible_counts: Vec<(Ineligible, u32)>,
}

/// The rule by which an agent was chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Encode, Decode, Serialize)]
#[serde(rename_all = "snake_case")]
#[cbor(index_only)]
pub enum AgentRule {
    /// Least work in hand, longest idle, lowest id.
    #[n(0)]
    LongestIdle,
    /// Highest proficiency, then as above.
    #[n(1)]
    Proficiency,
    /// Served this customer last.
    #[n(2)]
    Sticky,
    /// Named by whoever passed it on.
    #[n(3)]
    Named,
    /// The agent came free and the contact was chosen for them.
    #[n(4)]
    CameFree,
}

/// The rule by which a contact was chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Encode, Decode, Serialize)]
#[serde(rename_all = "snake_case")]
#[cbor(index_only)]
pub enum ContactRule {
    /// It had just come and somebody was free.
    #[n(0)]
    JustArrived,
    /// Nearest to breaching its own client's promise, counted with its head start.
    #[n(1)]
    NearestBreach,
    /// Not the nearest: nearer ones belong to a client at its fairness cap.
    #[n(2)]
    FairnessCap,
    /// It was given the emergency lane.
    #[n(3)]
    Emergency,
}

/// Why an agent may not be offered a contact; the first that holds, in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode, Serialize)]
#[serde(rename_all = "snake_case")]
#[cbor(index_only)]
pub enum Ineligible {
    /// Signed out.
    #[n(0)]
    SignedOut,
    /// In none of the pools or the team of the open rings.
    #[n(1)]
    NotInRing,
    /// Not signed off for the client.
    #[n(2)]
    NoSignOff,
    /// At a site that the contract excludes.
    #[n(3)]
    Site,
    /// Does not take this channel.
    #[n(4)]
    Channel,
    /// Does not speak the language.
    #[n(5)]
    Language,
    /// Lacks a skill or its level.
    #[n(6)]
    Skill,
    /// Away.
    #[n(7)]
    Away,
    /// The desk does not answer.
    #[n(8)]
    Lost,
    /// The phone is not ready, and the contact needs one.
    #[n(13)]
    PhoneNotReady,
    /// Has an offer ringing.
    #[n(9)]
    OfferRinging,
    /// Has no capacity left.
    #[n(10)]
    AtCapacity,
    /// Missed or refused this contact a moment ago.
    #[n(11)]
    MissedBefore,
    /// The contact waits for another agent who served the customer last.
    #[n(12)]
    ReservedForAnother,
}

impl std::fmt::Display for Ineligible {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::SignedOut => "signed out",
            Self::NotInRing => "in none of the pools or teams that may answer now",
            Self::NoSignOff => "not signed off for this client",
            Self::Site => "at a site that the contract excludes",
            Self::Channel => "does not take this channel",
            Self::Language => "does not speak the language",
            Self::Skill => "lacks a skill or its level",
            Self::Away => "away",
            Self::Lost => "desk not answering",
            Self::PhoneNotReady => "phone not ready",
            Self::OfferRinging => "another offer is ringing",
            Self::AtCapacity => "no capacity left",
            Self::MissedBefore => "missed or refused this contact a moment ago",
            Self::ReservedForAnother => "kept for the agent who served this customer last",
        })
    }
}
