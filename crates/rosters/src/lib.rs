//! Makes shift schedules: from the agents that each interval needs, and people with the rules of their
//! work, to a roster, by mixed-integer programs.
//!
//! Two steps. How many people of each kind work which shift on which day, with all breaks, is one program
//! ([`shifts`]): everything that a person may not do in a day, a night or a week is in it as far as it can
//! be said of people who are alike. Then the shifts are given to people by name ([`names`]), with every rule
//! of each and their wishes. The first program asks for less than the whole problem, so its bound holds for
//! the whole: no roster costs less than [`Answer::bound`].
//!
//! HiGHS solves the programs, in C++, on a thread of its own with a limit of time. This crate keeps that to
//! itself: it is linked where plans are made, never into the server. Whether a roster keeps the rules is
//! not asked here; `planning::roster::check` says it and shares no code with this crate.

mod names;
mod shifts;
pub mod skills;
mod solver;
#[cfg(test)]
mod tests;
mod work;

use std::time::Duration;

use domain::Fault;
use planning::roster::{Plan, Required, Roster};

pub use solver::{Integer, Program, Solution, Solved, solve};

/// How long to look, and how good is good enough.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Options {
    /// Looking ends after this, with the best that was found.
    pub time_limit: Duration,
    /// It ends earlier when the shifts are known to cost at most this share more than the least possible.
    pub gap: f64,
}

impl Default for Options {
    fn default() -> Self {
        Self { time_limit: Duration::from_secs(60), gap: 0.005 }
    }
}

/// How far it is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Progress {
    /// Shifts are being chosen.
    Shifts {
        /// What the best choice so far costs, if there is one. Paid hours.
        value: Option<f64>,
        /// What no roster undercuts, as far as it is known. Paid hours.
        bound: Option<f64>,
    },
    /// Shifts are being given to people.
    Names {
        /// People who have theirs.
        done: usize,
        /// People in all.
        of: usize,
    },
}

/// Whoever waits for the answer: tells the time, hears how far it is, and may end it.
pub trait Watch: Sync {
    /// Time since the beginning. Nothing here reads a clock.
    fn elapsed(&self) -> Duration;
    /// Whether to end with the best so far.
    fn stop(&self) -> bool;
    /// How far it is.
    fn progress(&self, progress: Progress);
}

/// A roster, and how good it can be at most.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// Who works when.
    pub roster: Roster,
    /// No roster of the same plan costs less than this, in paid hours: proven by the program of shifts,
    /// which counts wishes as granted. `None` when time ended before there was any.
    pub bound: Option<f64>,
    /// Whether somebody stopped it, or time ended, before the wished gap was reached.
    pub early: bool,
}

/// Why there is no roster.
#[derive(Debug, thiserror::Error)]
pub enum Unplanned {
    /// The plan contradicts itself or its needs; every fault that was found.
    #[error("the plan cannot be kept")]
    Faults(Vec<Fault>),
    /// Time ended, or somebody stopped it, before there was any roster.
    #[error("stopped before any roster was found; give it more time")]
    NothingFound,
    /// The solver refused a program: a fault of ours.
    #[error("the solver failed: {0}; please report this with the files")]
    Solver(String),
}

/// Makes a roster.
///
/// # Errors
/// When no roster keeps the rules, or none was found in time.
pub fn plan(
    plan: &Plan,
    required: &Required,
    options: Options,
    watch: &dyn Watch,
) -> Result<Answer, Unplanned> {
    let work = work::Work::new(plan, required).map_err(Unplanned::Faults)?;
    let chosen = shifts::choose(&work, options, watch)?;
    let given = names::give(&work, &chosen, options, watch)?;
    let breaks = if given.counts == chosen.counts {
        chosen.breaks
    } else {
        shifts::breaks_for(&work, &given.counts, watch)?
    };
    let roster = names::roster(&work, &given, &breaks);
    Ok(Answer { roster, bound: chosen.bound, early: chosen.early || given.early })
}
