//! Exact figures of one line: equal agents, arrivals at random, first come first served.
//!
//! [`Line::figures`] is the one door. Which formula answers is its own affair: closed forms for
//! Erlang B and C, a walk for Erlang A of a usual size, integrals for every other patience and for
//! finite lines. All are exact; none has a table or a limit of iterations.

mod integral;
mod loss;
mod wait;
mod walk;

use domain::{Fault, words};

pub(crate) use loss::reciprocal;
pub use loss::{agents_for_blocking, blocking, load_for_blocking};

use crate::{
    check::{Check, refuse},
    patience::Patience,
    times::Shape,
};

/// More agents than this in one line are refused: beyond any centre, and beyond what is tested.
pub const AGENTS_MAX: u32 = 1_000_000;
/// More waiting places than this are refused; leave them out instead.
pub const WAITING_PLACES_MAX: u32 = 10_000_000;

/// One line of people who wait for equal agents.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// Contacts per second; they come at random (a Poisson stream).
    pub arrivals_per_s: f64,
    /// Mean handle time, in seconds: talk, hold and wrap-up; exponential.
    pub handle_s: f64,
    /// Agents at work.
    pub agents: u32,
    /// How many can wait; whoever comes on top is turned away. `None`: no limit.
    pub waiting_places: Option<u32>,
    /// How long people wait before they abandon.
    pub patience: Patience,
}

/// The exact figures of a line in the long run. Shares are of all contacts that came, those turned
/// away included, unless said otherwise. Formulas: docs/planning.md.
#[derive(Clone, Debug, PartialEq)]
pub struct Figures {
    /// Contacts per second × mean handle time.
    pub offered_load_erlangs: f64,
    /// Share turned away because every waiting place was taken.
    pub blocking: f64,
    /// Share that had to wait.
    pub p_wait: f64,
    /// Share that abandoned.
    pub p_abandon: f64,
    /// Mean wait of all, in seconds; whoever is turned away waited 0. Times the arrivals per second
    /// it is the mean queue (Little).
    pub mean_wait_all_s: f64,
    /// Mean wait of the answered, in seconds; 0 for those answered at once.
    pub asa_served_s: f64,
    /// Mean wait of those who abandoned, in seconds; `None` when nobody does.
    pub mean_wait_abandoned_s: Option<f64>,
    /// Mean wait of the answered who had to wait, in seconds; `None` when nobody does.
    pub wait_of_waiting_s: Option<f64>,
    /// Share answered within the threshold.
    pub served_in_time: f64,
    /// Share that abandoned within the threshold.
    pub abandoned_in_time: f64,
    /// Mean number waiting.
    pub mean_queue_length: f64,
    /// Share of the agents' time that is busy.
    pub occupancy: f64,
}

/// Which service level is meant; they differ by an agent or more in small examples.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Level {
    /// Answered within T / all (`sl_offered`).
    #[default]
    Offered,
    /// Answered within T / (all - abandoned within T) (`sl_excl_short_abandons`).
    ExcludingShortAbandons,
    /// Answered within T / answered (`sl_of_answered`).
    OfAnswered,
    /// (Answered + abandoned within T) / all (`sl_or_abandoned_within_T`).
    OrAbandonedWithin,
}

impl Level {
    /// Every definition, with its name in what commands print.
    pub const ALL: [(Self, &'static str); 4] = [
        (Self::Offered, "sl_offered"),
        (Self::ExcludingShortAbandons, "sl_excl_short_abandons"),
        (Self::OfAnswered, "sl_of_answered"),
        (Self::OrAbandonedWithin, "sl_or_abandoned_within_T"),
    ];
}

impl Figures {
    /// Share of all contacts that were answered.
    pub fn served(&self) -> f64 {
        1.0 - self.blocking - self.p_abandon
    }

    /// The service level by a definition; 1 where it has nothing to count.
    pub fn level(&self, level: Level) -> f64 {
        let (in_time, of) = match level {
            Level::Offered => (self.served_in_time, 1.0),
            Level::ExcludingShortAbandons => (self.served_in_time, 1.0 - self.abandoned_in_time),
            Level::OfAnswered => (self.served_in_time, self.served()),
            Level::OrAbandonedWithin => (self.served_in_time + self.abandoned_in_time, 1.0),
        };
        if of > 0.0 { (in_time / of).clamp(0.0, 1.0) } else { 1.0 }
    }
}

/// What the formulas find out; shares and mean seconds over all contacts that came.
#[derive(Debug, Default)]
struct Parts {
    blocked: f64,
    waiting: f64,
    abandoned: f64,
    wait_sum: f64,
    wait_of_served: f64,
    wait_of_abandoned: f64,
    served_in_time: f64,
    abandoned_in_time: f64,
    served_after_waiting: f64,
}

impl Line {
    /// Contacts per second × mean handle time.
    pub fn load_erlangs(&self) -> f64 {
        self.arrivals_per_s * self.handle_s
    }

    /// What is wrong with the line itself, all at once.
    ///
    /// # Errors
    /// Rates, times, agents or places out of their range; or a load that these agents can never
    /// work off, where nobody abandons and nobody is turned away.
    pub fn check(&self) -> Result<(), Vec<Fault>> {
        Check::default()
            .positive("arrivals_per_s", self.arrivals_per_s, "0.8")
            .positive("aht", self.handle_s, "180")
            .count("agents", self.agents, AGENTS_MAX)
            .done()?;
        if let Some(places) = self.waiting_places.filter(|places| *places > WAITING_PLACES_MAX) {
            return refuse(
                "waiting_places",
                "count_out_of_range",
                words!("is {}.", places),
                words!("Give up to {}, or leave it out for no limit.", WAITING_PLACES_MAX),
            );
        }
        let load = self.load_erlangs();
        if !(load.is_finite() && load < 1e9) {
            return refuse(
                "offered_load_erlangs",
                "load_out_of_range",
                words!("is {} (arrivals × handle time).", load),
                "Give arrivals and a handle time whose product is below a thousand million erlangs.",
            );
        }
        if !integral::settles(self) {
            let enough = load.floor() + 1.0;
            return refuse(
                "agents",
                "line_never_settles",
                words!(
                    "is {}, and the load is {} erlangs: without abandonment the line grows for ever.",
                    self.agents,
                    load
                ),
                words!("Give at least {} agents, a patience, or waiting places.", enough),
            );
        }
        Ok(())
    }

    /// The line's exact figures, with service levels for waits of up to `threshold_s` seconds.
    ///
    /// # Errors
    /// As [`Line::check`]; and when the threshold is below 0.
    pub fn figures(&self, threshold_s: f64) -> Result<Figures, Vec<Fault>> {
        Check::default().not_negative("threshold", threshold_s, "20").done()?;
        self.check()?;
        Ok(self.settled(threshold_s))
    }

    /// The figures of a line that was checked.
    pub(crate) fn settled(&self, threshold_s: f64) -> Figures {
        let parts = match (self.waiting_places, &self.patience) {
            (None, Patience::Endless) => wait::parts(self, threshold_s),
            (None, Patience::Times(times)) if times.shape() == Shape::Exponential => {
                walk::parts(self, times.mean_s(), threshold_s)
                    .unwrap_or_else(|| integral::parts(self, threshold_s))
            }
            _ => integral::parts(self, threshold_s),
        };
        let load = self.load_erlangs();
        let served = 1.0 - parts.blocked - parts.abandoned;
        let mean = |sum: f64, of: f64| (of > 0.0).then(|| sum / of);
        Figures {
            offered_load_erlangs: load,
            blocking: parts.blocked,
            p_wait: parts.waiting,
            p_abandon: parts.abandoned,
            mean_wait_all_s: parts.wait_sum,
            asa_served_s: mean(parts.wait_of_served, served).unwrap_or(0.0),
            mean_wait_abandoned_s: mean(parts.wait_of_abandoned, parts.abandoned),
            wait_of_waiting_s: mean(parts.wait_of_served, parts.served_after_waiting),
            served_in_time: parts.served_in_time,
            abandoned_in_time: parts.abandoned_in_time,
            mean_queue_length: self.arrivals_per_s * parts.wait_sum,
            occupancy: (load * served / f64::from(self.agents)).min(1.0),
        }
    }

    /// The figures by the integrals, whatever the line: for holding the other ways to them.
    #[cfg(test)]
    fn by_integral(&self, threshold_s: f64) -> Parts {
        integral::parts(self, threshold_s)
    }

    #[cfg(test)]
    fn by_walk(&self, threshold_s: f64) -> Option<Parts> {
        let Patience::Times(times) = self.patience else { return None };
        walk::parts(self, times.mean_s(), threshold_s)
    }
}

#[cfg(test)]
mod tests;
