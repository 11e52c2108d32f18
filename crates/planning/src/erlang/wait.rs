//! Erlang C: everybody waits until answered.

use super::{Line, Parts, loss};

/// Exact figures of a line without abandonment and with any number of waiting places; the load is
/// below the agents.
///
/// C = B / (1 - ρ (1 - B)) with ρ = a/n, and the wait of who waits is exponential with rate
/// nμ - λ (Erlang 1917; Gross & Harris, "Fundamentals of Queueing Theory", 2.3).
pub(super) fn parts(line: &Line, threshold_s: f64) -> Parts {
    let load = line.load_erlangs();
    let agents = f64::from(line.agents);
    let blocked = 1.0 / loss::reciprocal(load, line.agents);
    let waiting = blocked / (1.0 - load / agents * (1.0 - blocked));
    let spare = (agents - load) / line.handle_s;
    let late = (-spare * threshold_s).exp();
    Parts {
        blocked: 0.0,
        waiting,
        abandoned: 0.0,
        wait_sum: waiting / spare,
        wait_of_served: waiting / spare,
        wait_of_abandoned: 0.0,
        served_in_time: 1.0 - waiting * late,
        abandoned_in_time: 0.0,
        served_after_waiting: waiting,
    }
}
