//! Staffing across skills: agents by group and interval for many clients under their promises, at least
//! cost.
//!
//! 1. [`Plan::read`]: a [`Scenario`](crate::sim::Scenario) with a section `staffing`: what the groups cost,
//!    how many there can be. Agents and shifts that the scenario gives its groups are not looked at.
//! 2. [`Plan::problems`]: what each queue asks of each interval by the formulas, pooled as far as groups can
//!    pool it. Which group may answer which queue is asked of the production router. An integer program
//!    gives the cheapest agents that carry it; it is solved in the crate `rosters`.
//! 3. [`correct`]: the simulator plays the week with these agents. Where a client's promise breaks agents are
//!    added, where the promise of every client of a group is more than kept they are taken away, until no
//!    step helps any more.
//!
//! The promise is kept in each interval, as far as its contacts can tell, and over all of them; a figure of
//! the result comes from random numbers that the search has not seen.

mod correct;
mod needs;
mod play;
mod read;
#[cfg(test)]
mod tests;

use serde::Serialize;

/// What other parts of the crate play plans with.
pub(crate) mod played {
    pub(crate) use super::{
        correct::estimate,
        needs::One,
        play::{Level, Seen, play},
    };
}

pub use correct::{Options, Phase, Progress, Watch, correct};
pub use needs::{Asked, Needs, Problem};
pub use read::{GroupTerms, INTERVALS_MAX, Plan};

use crate::sim::Estimate;

/// Agents at work, by group and then by interval.
pub type Agents = Vec<Vec<u32>>;

/// Who works when, and what that makes of every promise.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Staffed {
    /// Name of the scenario.
    pub scenario: String,
    /// Length of an interval in seconds.
    pub interval_s: i64,
    /// Local time at which each interval begins.
    pub intervals: Vec<String>,
    /// What all agents cost, in the unit of `cost_per_hour`.
    pub cost: f64,
    /// What the program alone, before the simulator was asked, would have cost.
    pub cost_by_formula: f64,
    /// What it would cost to answer each client with agents of its own, by the formulas.
    pub cost_if_separate: f64,
    /// Hours of all agents.
    pub agent_hours: f64,
    /// By group, in the order of the scenario.
    pub groups: Vec<GroupStaff>,
    /// By client, in the order of the scenario.
    pub clients: Vec<ClientLevel>,
    /// The client that is nearest to its promise, or furthest below.
    pub worst_client: Option<String>,
    /// Whether every promise is kept.
    pub kept: bool,
    /// Rounds in which the simulator was asked.
    pub rounds: u32,
    /// Replications behind the figures of clients.
    pub replications: u32,
    /// What the random numbers began with.
    pub seed: u64,
    /// Time ended, or somebody stopped it, before no step helped any more.
    pub interrupted: bool,
}

/// The agents of a group.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct GroupStaff {
    /// Its name.
    pub name: String,
    /// What one of them costs.
    pub cost_per_hour: f64,
    /// How many at work in each interval.
    pub agents: Vec<u32>,
    /// Their hours.
    pub agent_hours: f64,
}

/// What a client gets.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ClientLevel {
    /// Its name.
    pub name: String,
    /// T, in seconds.
    pub threshold_s: u32,
    /// The share promised, in percent.
    pub target_percent: u8,
    /// By which formula, as the glossary names it.
    pub formula: &'static str,
    /// The share reached over all intervals. Who was never answered is not answered in time.
    pub service_level: Estimate,
    /// Contacts in one replication.
    pub contacts: f64,
    /// The interval with the lowest level of those that had enough contacts to say.
    pub worst_interval: Option<WorstInterval>,
}

/// An interval and its level.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct WorstInterval {
    /// Local time at which it begins.
    pub from: String,
    /// The share reached in it.
    pub service_level: f64,
    /// Contacts in one replication.
    pub contacts: f64,
}
