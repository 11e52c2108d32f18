//! What must hold whenever nothing more comes out, and when the day is over.

use std::time::Duration;

use domain::{ContactId, Timestamp};
use routing::AgentState;

use super::{Law, Laws, seen::Stage};

impl Laws {
    pub(super) fn judge_settled(&mut self, at: Timestamp) {
        let mut found: Vec<(Law, String)> = Vec::new();
        for (id, contact) in self.seen.waiting() {
            if let Some(agent) = self.seen.somebody_free(contact, at) {
                found.push((Law::NobodyIdle, format!("{id:?} waits and {agent:?} is free")));
            }
            let due = self
                .seen
                .period(contact.client, at)
                .and_then(|period| period.overflow.as_ref()?.after)
                .is_some_and(|after| contact.wait_base + after <= at);
            if due && !contact.overflow && contact.kept.is_none() {
                found.push((Law::Overflow, format!("{id:?} should have overflowed by now")));
            }
        }
        for (id, contact) in &self.seen.contacts {
            if contact.stage == Stage::Between {
                found.push((Law::EndsOnce, format!("{id:?} is nowhere")));
            }
            if contact.agents.len() > 1 && !contact.shared {
                let how = format!("{id:?} is with {:?} without a consult", contact.agents);
                found.push((Law::OneAgent, how));
            }
        }
        for (id, agent) in &self.seen.agents {
            let state = agent.state();
            if state != agent.told {
                let how = format!("{id:?} is {state:?} and was told to be {:?}", agent.told);
                found.push((Law::TrueState, how));
            } else if agent.next != agent.told_next {
                let how = format!("{id:?} is next {:?}, told {:?}", agent.next, agent.told_next);
                found.push((Law::TrueState, how));
            }
            if let Some(ring) = agent.ringing.as_ref().filter(|ring| ring.until <= at) {
                let how = format!("{:?} still rings at {id:?} after {}", ring.contact, ring.until);
                found.push((Law::OfferEnds, how));
            }
            for wrap in agent.wraps.iter().filter(|w| w.until.is_some_and(|until| until <= at)) {
                let how = format!("{id:?} still wraps up {:?}", wrap.contact);
                found.push((Law::WrapUp, how));
            }
        }
        for ((agent, contact), owed) in std::mem::take(&mut self.seen.owed) {
            let how = format!("{agent:?} should wrap up {contact:?}: {:?}", owed.rule);
            found.push((Law::WrapUp, how));
        }
        for (law, how) in found {
            self.broken(law, at, how);
        }
    }

    pub(super) fn judge_told(&mut self, at: Timestamp, id: ContactId, ahead_max: u32) {
        let Some(contact) = self.seen.contacts.get_mut(&id) else { return };
        let queue = self.seen.queues.get(&contact.queue);
        if !contact.announced || !queue.is_some_and(|queue| queue.announce_position) {
            contact.told = None; // the number is for the board; no customer has read it
            return;
        }
        let before = contact.told.replace(ahead_max);
        if let Some(before) = before.filter(|before| *before < ahead_max) {
            let how = format!("{id:?} was told at most {before} ahead, and then {ahead_max}");
            self.broken(Law::Told, at, how);
        }
    }

    pub(super) fn judge_over(&mut self, at: Timestamp) {
        let mut found: Vec<(Law, String)> = Vec::new();
        for (id, contact) in &self.seen.contacts {
            found.push((Law::EndsOnce, format!("{id:?} never ended: {:?}", contact.stage)));
        }
        for (id, agent) in &self.seen.agents {
            let told: Duration = agent
                .spans
                .iter()
                .filter(|(state, _)| **state != AgentState::SignedOut)
                .map(|(_, span)| *span)
                .sum();
            if told != agent.signed_in_total || agent.told != AgentState::SignedOut {
                let how = format!(
                    "{id:?} was signed in for {:?} and in states for {told:?}, now {:?}",
                    agent.signed_in_total, agent.told
                );
                found.push((Law::Ledger, how));
            }
        }
        for (law, how) in found {
            self.broken(law, at, how);
        }
    }
}
