//! What the router has been told of clients, agents and pools, for a driver that compares it with
//! what is published.

use std::time::Duration;

use domain::{AgentId, ClientId, PoolId, QueueId};
use serde::Serialize;

use crate::{AgentRules, ClientRules, FloorRules, PoolRules, Router, ring::ClassKey};

/// How many agents may answer a queue as it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Staffing {
    /// The queue.
    pub queue: QueueId,
    /// Signed-in agents who fit a contact of the queue's first channel in its client's default
    /// language before anything relaxes, whatever they do now.
    pub signed_in: u32,
    /// Of them those who would be offered it now.
    pub available: u32,
}

impl Router {
    /// The floor's own rules as they were set last.
    pub fn floor_rules(&self) -> &FloorRules {
        &self.floor
    }

    /// The clients on the floor, by id.
    pub fn client_ids(&self) -> Vec<ClientId> {
        let live = self.clients.iter().filter(|(_, client)| !client.removed);
        let mut ids: Vec<ClientId> = live.map(|(_, client)| client.rules.client).collect();
        ids.sort_unstable();
        ids
    }

    /// A client's rules as they were set last.
    pub fn client_rules(&self, client: ClientId) -> Option<&ClientRules> {
        let client = &self.clients[*self.client_at.get(&client)?];
        (!client.removed).then_some(&client.rules)
    }

    /// An agent's rules as they were set last.
    pub fn agent_rules(&self, agent: AgentId) -> Option<&AgentRules> {
        self.agent_at.get(&agent).map(|slot| &self.agents[*slot].rules)
    }

    /// A pool's rules as they were set last.
    pub fn pool_rules(&self, pool: PoolId) -> Option<&PoolRules> {
        self.pool_at.get(&pool).map(|slot| &self.pools[*slot as usize].rules)
    }

    /// What a contact that joined the end of the queue now would wait; see
    /// [`Place::expected_wait`](crate::Place::expected_wait) for when it is known.
    pub fn expected_wait(&self, queue: QueueId) -> Option<Duration> {
        let queue = &self.queues[*self.queue_at.get(&queue)?];
        queue.pace.tell(queue.line.len())
    }

    /// How many agents may answer the queue; `None` when no contract in force has it. Walks the
    /// agents unless a contact of this kind has waited lately.
    pub fn staffing(&self, queue: QueueId) -> Option<Staffing> {
        let slot = *self.queue_at.get(&queue)?;
        let entry = &self.queues[slot];
        let client = &self.clients[entry.client];
        if entry.removed || client.removed {
            return None;
        }
        let channel = *entry.rules.channels.first()?;
        let key = ClassKey {
            queue: slot,
            period: client.period,
            overflow: false,
            relaxed: 0,
            language: client.rules.default_language,
            channel,
            skill: None,
        };
        let built;
        let members = match self.class_at.get(&key) {
            Some(class) => &self.classes[*class].members,
            None => {
                built = self.build_class(key);
                &built.members
            }
        };
        let count = |also: &crate::bits::Bits| {
            (0..members.words()).map(|i| (members.word(i) & also.word(i)).count_ones()).sum()
        };
        Some(Staffing {
            queue,
            signed_in: count(&self.signed_in),
            available: count(&self.free[channel as usize]),
        })
    }
}
