//! The agents' time, to the microsecond.

use std::{collections::BTreeMap, time::Duration};

use minicbor::{Decode, Encode};
use routing::{AgentState, AwayReason};
use serde::{Serialize, Serializer, ser::SerializeSeq};

use crate::Share;

/// Time of one agent (or of several together) in each state.
///
/// An agent is in one state at a time, so the times sum to the signed-in time, to the microsecond.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode)]
pub struct Ledger {
    /// Microseconds in each state; signed out is not kept.
    #[n(0)]
    states: BTreeMap<AgentState, u64>,
}

/// One line of a ledger on the wire.
#[derive(Serialize)]
struct Line {
    state: AgentState,
    us: u64,
}

impl Ledger {
    /// Adds time in a state. Being signed out is no time of the ledger.
    pub fn record(&mut self, state: AgentState, span: Duration) {
        if state != AgentState::SignedOut && !span.is_zero() {
            let us = u64::try_from(span.as_micros()).unwrap_or(u64::MAX);
            let sum = self.states.entry(state).or_default();
            *sum = sum.saturating_add(us);
        }
    }

    /// Adds another ledger.
    pub fn merge(&mut self, other: &Self) {
        for (state, us) in &other.states {
            self.record(*state, Duration::from_micros(*us));
        }
    }

    /// Time in one state.
    pub fn time(&self, state: AgentState) -> Duration {
        Duration::from_micros(self.states.get(&state).copied().unwrap_or(0))
    }

    /// Time away, for any reason.
    pub fn away(&self) -> Duration {
        self.sum(|state| matches!(state, AgentState::Away(_)))
    }

    /// Time away for one reason.
    pub fn away_for(&self, reason: AwayReason) -> Duration {
        self.time(AgentState::Away(reason))
    }

    /// Signed-in time: the sum of all states.
    pub fn signed_in(&self) -> Duration {
        self.sum(|_| true)
    }

    /// The same in microseconds.
    pub fn signed_in_us(&self) -> u64 {
        self.states.values().fold(0, |sum, us| sum.saturating_add(*us))
    }

    /// Time at work: signed in, neither away nor lost.
    pub fn at_work(&self) -> Duration {
        self.sum(|state| !matches!(state, AgentState::Away(_) | AgentState::Lost))
    }

    /// Time of work with or after contacts: talk, hold, consult, wrap-up.
    pub fn worked(&self) -> Duration {
        use AgentState as S;
        self.sum(|state| matches!(state, S::Talking | S::Holding | S::Consulting | S::WrapUp))
    }

    /// Work / (work + available). Ringing offers, being away and a lost desk are in neither.
    pub fn occupancy(&self) -> Option<Share> {
        let us = |span: Duration| u64::try_from(span.as_micros()).unwrap_or(u64::MAX);
        let worked = us(self.worked());
        Share::new(worked, worked.saturating_add(us(self.time(AgentState::Available))))
    }

    /// The states with their times, in a fixed order.
    pub fn states(&self) -> impl Iterator<Item = (AgentState, Duration)> + '_ {
        self.states.iter().map(|(state, us)| (*state, Duration::from_micros(*us)))
    }

    fn sum(&self, wanted: impl Fn(AgentState) -> bool) -> Duration {
        let us = self.states.iter().filter(|(state, _)| wanted(**state)).map(|(_, us)| *us);
        Duration::from_micros(us.fold(0, u64::saturating_add))
    }
}

impl Serialize for Ledger {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        let mut lines = s.serialize_seq(Some(self.states.len()))?;
        for (state, us) in &self.states {
            lines.serialize_element(&Line { state: *state, us: *us })?;
        }
        lines.end()
    }
}
