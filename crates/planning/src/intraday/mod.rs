//! The rest of today: what has come until now changes what is expected, and what is expected changes where
//! agents are best.
//!
//! [`Today`] is a scenario of the day with what has been recorded; [`replan`] says the rest of the day anew,
//! plays it with the simulator, tells where promises will break, and proposes moves of agents between groups.
//! Moves are found by the formulas, and each is proposed only as the simulator confirms it, on the same contacts
//! with and without it.
//!
//! The busyness of a client's day is a factor with mean 1 and variance 1/k; contacts come as Poisson. After
//! `seen` contacts where `expected` were forecast it is known as Gamma with mean (k + seen) / (k + expected)
//! and coefficient of variation 1/√(k + seen): a good forecast is changed little by a busy first hour.

mod guess;
mod play;
mod read;
#[cfg(test)]
mod tests;

use serde::Serialize;

pub use play::{Options, replan};
pub use read::{Allowed, ClientToday, Today};

use crate::sim::Estimate;

/// The rest of the day, with what may be done.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Replanned {
    /// Name of the scenario.
    pub scenario: String,
    /// Local time from which on it is said.
    pub now: String,
    /// Length of an interval in seconds.
    pub interval_s: i64,
    /// Local time at which each interval that is left begins.
    pub intervals: Vec<String>,
    /// By client, in the order of the scenario.
    pub clients: Vec<ClientDay>,
    /// Stretches in which promises will break if nothing is done.
    pub alerts: Vec<Alert>,
    /// What may be done about it, each with the ones before it done.
    pub moves: Vec<Move>,
    /// Replications behind every projection.
    pub replications: u32,
    /// The seed that gives the same again.
    pub seed: u64,
    /// Somebody stopped it before every move had been looked for.
    pub interrupted: bool,
}

/// A client's day.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ClientDay {
    /// Its name.
    pub name: String,
    /// T, in seconds.
    pub threshold_s: u32,
    /// The share promised, in percent.
    pub target_percent: u8,
    /// Contacts until now.
    pub seen: u64,
    /// Contacts that had been forecast until now.
    pub expected: f64,
    /// The rest of the day is the forecast times this.
    pub factor: f64,
    /// How well that is known: its standard deviation over itself.
    pub factor_cv: f64,
    /// Contacts expected in each interval that is left.
    pub contacts: Vec<f64>,
    /// The level projected for each if nothing is done; `None` where nobody is expected.
    pub service_level: Vec<Option<f64>>,
    /// The same with all moves done.
    pub service_level_with_moves: Vec<Option<f64>>,
    /// Over the rest of the day, if nothing is done.
    pub rest: Estimate,
    /// Over the rest of the day with all moves done.
    pub rest_with_moves: Estimate,
}

/// A stretch in which a promise will break.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Alert {
    /// The client.
    pub client: String,
    /// Local time at which it begins.
    pub from: String,
    /// Local time at which it is over.
    pub until: String,
    /// The level projected for it.
    pub service_level: f64,
    /// The share promised, in percent.
    pub target_percent: u8,
    /// Contacts expected in it.
    pub contacts: f64,
}

/// Agents who work for another group for a while.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Move {
    /// How many.
    pub agents: u32,
    /// From this group.
    pub from: String,
    /// To this one.
    pub to: String,
    /// Local time at which they go.
    pub begin: String,
    /// Local time at which they are back.
    pub until: String,
    /// What that does in this time to every client whose level it changes by half a percent or more.
    pub effects: Vec<Effect>,
    /// All of it in a sentence.
    pub text: String,
}

/// What a move does to a client.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Effect {
    /// The client.
    pub client: String,
    /// The level without it.
    pub before: f64,
    /// And with it.
    pub after: f64,
}
