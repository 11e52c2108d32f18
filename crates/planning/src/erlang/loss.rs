//! Erlang B: trunks or agents without any waiting place.

use domain::{Fault, words};

use crate::check::{Check, refuse};

use super::AGENTS_MAX;

/// `1 / B`: the sum over `i` of `n (n-1) … (n-i+1) / aⁱ`, all terms positive, so that no digit is
/// lost from 1 to millions of agents; infinite where B is less than any number.
pub(crate) fn reciprocal(load: f64, agents: u32) -> f64 {
    let (mut term, mut sum) = (1.0, 1.0);
    let mut left = f64::from(agents);
    while left > 0.0 {
        term *= left / load;
        sum += term;
        if sum > 1e300 {
            return f64::INFINITY;
        }
        // Terms only fall once fewer are left than the load.
        if left < load && term < sum * 1e-18 {
            break;
        }
        left -= 1.0;
    }
    sum
}

/// Share of the contacts that find every agent busy and are turned away: Erlang B (Erlang 1917;
/// ITU-T E.501). The limit of the recursion `B(k) = a B(k-1) / (k + a B(k-1))`.
///
/// # Errors
/// When the load is not above 0 or the agents are none or too many.
pub fn blocking(load_erlangs: f64, agents: u32) -> Result<f64, Vec<Fault>> {
    Check::default()
        .positive("offered_load_erlangs", load_erlangs, "48")
        .count("agents", agents, AGENTS_MAX)
        .done()?;
    Ok(1.0 / reciprocal(load_erlangs, agents))
}

/// Least agents (or trunks) with which at most this share is turned away: the inverse of Erlang B in
/// its agents.
///
/// # Errors
/// When the load is not above 0, the share not between 0 and 1, or more agents would be needed than
/// are ever computed with.
pub fn agents_for_blocking(load_erlangs: f64, share: f64) -> Result<u32, Vec<Fault>> {
    Check::default()
        .positive("offered_load_erlangs", load_erlangs, "48")
        .inner_share("blocking", share, "0.01")
        .done()?;
    // B falls with every agent, so the recursion itself finds the first that is low enough.
    let mut blocked = 1.0;
    for agents in 1..=AGENTS_MAX {
        let carried = load_erlangs * blocked;
        blocked = carried / (f64::from(agents) + carried);
        if blocked <= share * (1.0 + 1e-12) {
            return Ok(agents);
        }
    }
    refuse(
        "offered_load_erlangs",
        "too_many_agents",
        words!("is {}, for which more than {} agents would be needed.", load_erlangs, AGENTS_MAX),
        "Give a smaller load or a greater share.",
    )
}

/// Greatest load, in erlangs, of which at most this share is turned away: the inverse of Erlang B in
/// its load.
///
/// # Errors
/// When the agents are none or too many, or the share is not between 0 and 1.
pub fn load_for_blocking(agents: u32, share: f64) -> Result<f64, Vec<Fault>> {
    Check::default()
        .count("agents", agents, AGENTS_MAX)
        .inner_share("blocking", share, "0.01")
        .done()?;
    // What is carried, load × (1 - B), is less than the agents: this load is too high.
    let (mut low, mut high) = (0.0, f64::from(agents) / (1.0 - share));
    for _ in 0..200 {
        let middle = 0.5 * (low + high);
        if middle <= low || middle >= high {
            break;
        }
        if 1.0 / reciprocal(middle, agents) <= share { low = middle } else { high = middle }
    }
    Ok(low)
}
