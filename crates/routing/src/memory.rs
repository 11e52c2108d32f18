//! Who served a customer last. A lead who takes a contact over stands in for its agent, whose the
//! customer stays.

use std::collections::VecDeque;

use domain::{AgentId, ClientId, CustomerId, Timestamp};

use crate::router::Map;

/// Most customers remembered; beyond it the ones remembered longest ago are forgotten, who are then
/// served by whoever is free.
pub(crate) const CUSTOMERS_MAX: usize = 100_000;

/// The last agent of each customer, for queues that prefer them. Customers of different clients are
/// never mixed.
#[derive(Clone, Debug, Default)]
pub(crate) struct Memory {
    last: Map<(ClientId, CustomerId), (AgentId, Timestamp)>,
    /// In order of remembering; an entry whose instant is not that of the map is out of date.
    order: VecDeque<(ClientId, CustomerId, Timestamp)>,
}

impl Memory {
    /// The agent who served this customer last, and when.
    pub fn last(&self, client: ClientId, customer: CustomerId) -> Option<(AgentId, Timestamp)> {
        self.last.get(&(client, customer)).copied()
    }

    /// Remembers that `agent` serves the customer at `at`.
    pub fn remember(
        &mut self,
        client: ClientId,
        customer: CustomerId,
        agent: AgentId,
        at: Timestamp,
    ) {
        self.last.insert((client, customer), (agent, at));
        self.order.push_back((client, customer, at));
        if self.order.len() > 2 * CUSTOMERS_MAX {
            let last = &self.last;
            self.order.retain(|(client, customer, at)| {
                last.get(&(*client, *customer)).is_some_and(|(_, current)| current == at)
            });
        }
        while self.last.len() > CUSTOMERS_MAX {
            let Some((client, customer, at)) = self.order.pop_front() else { break };
            if self.last(client, customer).is_some_and(|(_, current)| current == at) {
                self.last.remove(&(client, customer));
            }
        }
    }

    /// What is remembered, oldest first.
    pub fn entries(&self) -> Vec<(ClientId, CustomerId, AgentId, Timestamp)> {
        let mut entries = Vec::with_capacity(self.last.len());
        let mut seen = hashbrown::HashSet::<_, foldhash::fast::FixedState>::default();
        for &(client, customer, at) in &self.order {
            if let Some((agent, current)) = self.last(client, customer)
                && current == at
                && seen.insert((client, customer))
            {
                entries.push((client, customer, agent, at));
            }
        }
        entries
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_agent_is_remembered_and_the_longest_ago_forgotten_first() {
        let mut memory = Memory::default();
        let client = ClientId::from_u128(1);
        let (anna, ben) = (AgentId::from_u128(1), AgentId::from_u128(2));
        let at = Timestamp::from_secs;
        let customer = |n: usize| CustomerId::from_u128(n as u128);
        memory.remember(client, customer(0), anna, at(0));
        memory.remember(client, customer(1), anna, at(1));
        memory.remember(client, customer(0), ben, at(2));
        assert_eq!(memory.last(client, customer(0)), Some((ben, at(2))));
        assert_eq!(memory.last(ClientId::from_u128(2), customer(0)), None);
        assert_eq!(memory.entries().len(), 2);
        for n in 2..=CUSTOMERS_MAX {
            memory.remember(client, customer(n), anna, at(n as i64 + 1));
        }
        assert_eq!(memory.last(client, customer(1)), None, "served longest ago");
        assert_eq!(memory.last(client, customer(0)), Some((ben, at(2))), "served again since");
        assert_eq!(memory.entries().len(), CUSTOMERS_MAX);
        for n in 0..3 * CUSTOMERS_MAX {
            memory.remember(client, customer(0), anna, at(1_000_000 + n as i64));
        }
        assert!(memory.order.len() <= 2 * CUSTOMERS_MAX + 1);
        assert_eq!(memory.entries().len(), CUSTOMERS_MAX);
    }
}
