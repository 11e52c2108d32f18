//! The whole state of a floor as plain data, and back.

use std::time::Duration;

use domain::{
    AgentId, ClientId, ContactId, CustomerId, Language, QueueId, SkillId, Timestamp,
    contract::{Channel, ServicePromise},
};
use minicbor::{Decode, Encode};

use crate::{
    AgentRules, AgentState, ClientRules, FloorRules, NextState, OfferKind, PoolRules, Presence,
    QueueRules, Router,
    agent::Work,
    capacity::Capacity,
    contact::{Consult, Contact, Offer, Reservation, Stage},
    estimate::{Outcomes, Pace},
    floor::{Client, Pool, Queue},
    memory::Memory,
    ring::Heads,
    timers::Timer,
};

/// The format written by this version of the router.
pub const SNAPSHOT_VERSION: u32 = 1;

/// A floor at an instant: rules, agents, contacts, what is remembered. Everything is by id and in
/// order, so that equal floors have equal snapshots; what can be worked out is left out.
///
/// Events that have not been drained are no part of it.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
pub struct Snapshot {
    /// Format; see [`SNAPSHOT_VERSION`].
    #[n(0)]
    pub version: u32,
    /// Instant of the last input or deadline.
    #[n(1)]
    pub now: Timestamp,
    #[n(2)]
    floor: FloorRules,
    #[n(3)]
    pools: Vec<PoolRules>,
    #[n(4)]
    clients: Vec<ClientState>,
    #[n(5)]
    agents: Vec<AgentRecord>,
    #[n(6)]
    contacts: Vec<ContactRecord>,
    #[n(7)]
    memory: Vec<(ClientId, CustomerId, AgentId, Timestamp)>,
    #[n(8)]
    arrivals: u64,
    #[n(9)]
    #[cbor(default)]
    ended_calls: Vec<(ContactId, ClientId)>,
}

#[derive(Clone, Debug, PartialEq, Encode, Decode)]
struct ClientState {
    #[n(0)]
    rules: ClientRules,
    #[n(1)]
    removed: bool,
    #[n(2)]
    period: u16,
    #[n(3)]
    open: bool,
    #[n(4)]
    queues: Vec<QueueState>,
}

#[derive(Clone, Debug, PartialEq, Encode, Decode)]
struct QueueState {
    #[n(0)]
    rules: QueueRules,
    #[n(1)]
    removed: bool,
    #[n(2)]
    pace: Pace,
    #[n(3)]
    outcomes: Outcomes,
    #[n(4)]
    looked_at: Option<Timestamp>,
}

#[derive(Clone, Debug, PartialEq, Encode, Decode)]
struct AgentRecord {
    #[n(0)]
    rules: AgentRules,
    #[n(1)]
    signed_in: bool,
    #[n(2)]
    presence: Presence,
    #[n(3)]
    next: Option<NextState>,
    #[n(4)]
    lost_until: Option<Timestamp>,
    #[n(5)]
    misses: u8,
    #[n(6)]
    idle_since: Timestamp,
    #[n(7)]
    work: Vec<Work>,
    #[n(8)]
    state: AgentState,
    #[n(9)]
    state_since: Timestamp,
    #[n(10)]
    reserved: Vec<ContactId>,
    #[n(11)]
    #[cbor(default)]
    phone_not_ready: bool,
}

#[derive(Clone, Debug, PartialEq, Encode, Decode)]
struct ContactRecord {
    #[n(0)]
    id: ContactId,
    #[n(1)]
    seq: u64,
    #[n(2)]
    queue: QueueId,
    #[n(3)]
    channel: Channel,
    #[n(4)]
    language: Language,
    #[n(5)]
    customer: Option<CustomerId>,
    #[n(6)]
    clock_start: Timestamp,
    #[n(7)]
    wait_base: Timestamp,
    #[n(8)]
    head_start: Duration,
    #[n(9)]
    emergency: bool,
    #[n(10)]
    rank: i64,
    #[n(11)]
    promise: ServicePromise,
    #[n(12)]
    stage: Stage,
    #[n(13)]
    callback: bool,
    #[n(14)]
    greeted: bool,
    #[n(15)]
    overflow: bool,
    #[n(16)]
    relaxed: u16,
    #[n(17)]
    extra_skill: Option<SkillId>,
    /// Agent, until, named.
    #[n(18)]
    reserved: Option<(AgentId, Timestamp, bool)>,
    #[n(19)]
    missed: Vec<(AgentId, Timestamp)>,
    #[n(20)]
    offer: Option<OfferRecord>,
    /// By, to, joined.
    #[n(21)]
    consult: Option<(AgentId, AgentId, bool)>,
    #[n(22)]
    agents: Vec<AgentId>,
    #[n(23)]
    first_wait: Option<Duration>,
    #[n(24)]
    told_max: u32,
    #[n(25)]
    estimate: Option<Duration>,
    #[n(26)]
    retry_at: Option<Timestamp>,
    #[n(27)]
    #[cbor(default)]
    tries: u8,
    #[n(28)]
    #[cbor(default)]
    outbound: bool,
    #[n(29)]
    #[cbor(default)]
    reached: bool,
    /// Lead, agent.
    #[n(30)]
    stands_in: Option<(AgentId, AgentId)>,
}

#[derive(Clone, Debug, PartialEq, Encode, Decode)]
struct OfferRecord {
    #[n(0)]
    agent: AgentId,
    #[n(1)]
    until: Timestamp,
    #[n(2)]
    kind: OfferKind,
    #[n(3)]
    overflow: bool,
}

/// Why a snapshot cannot be taken up.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs)]
pub enum RestoreError {
    #[error(
        "the snapshot has format {found}, this version reads {SNAPSHOT_VERSION}; rebuild the floor from its journal"
    )]
    Version { found: u32 },
    #[error("the snapshot names {0} that it does not hold; rebuild the floor from its journal")]
    Dangling(&'static str),
}

impl Router {
    /// The floor as it is. Drain the events first: they are no part of it.
    pub fn snapshot(&self) -> Snapshot {
        let mut pools: Vec<PoolRules> = self.pools.iter().map(|pool| pool.rules.clone()).collect();
        pools.sort_unstable_by_key(|pool| pool.pool);
        let mut clients: Vec<ClientState> =
            self.clients.iter().map(|(_, client)| self.client_state(client)).collect();
        clients.sort_unstable_by_key(|client| client.rules.client);
        let mut contacts: Vec<ContactRecord> =
            self.contacts.iter().map(|(_, contact)| self.contact_record(contact)).collect();
        contacts.sort_unstable_by_key(|contact| contact.seq);
        Snapshot {
            version: SNAPSHOT_VERSION,
            now: self.now,
            floor: self.floor.clone(),
            pools,
            clients,
            agents: self.agents_by_id.values().map(|slot| self.agent_record(*slot)).collect(),
            contacts,
            memory: self.memory.entries(),
            arrivals: self.arrivals,
            ended_calls: self.ended_calls.iter().copied().collect(),
        }
    }

    /// A fingerprint of the state (FNV-1a over the encoded snapshot): equal floors have equal ones,
    /// so that a replay can be compared.
    pub fn state_hash(&self) -> u64 {
        let mut hash = 0xcbf2_9ce4_8422_2325_u64;
        let encoded = minicbor::to_vec(self.snapshot()).unwrap_or_default();
        for byte in encoded {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3);
        }
        hash
    }

    fn client_state(&self, client: &Client) -> ClientState {
        let queues = client.queues.iter().map(|slot| {
            let queue = &self.queues[*slot];
            QueueState {
                rules: queue.rules.clone(),
                removed: queue.removed,
                pace: queue.pace.clone(),
                outcomes: queue.outcomes.clone(),
                looked_at: queue.armed,
            }
        });
        ClientState {
            rules: client.rules.clone(),
            removed: client.removed,
            period: client.period,
            open: client.open,
            queues: queues.collect(),
        }
    }

    fn agent_record(&self, slot: u32) -> AgentRecord {
        let agent = &self.agents[slot];
        AgentRecord {
            rules: agent.rules.clone(),
            signed_in: agent.signed_in,
            presence: agent.presence,
            next: agent.next,
            lost_until: agent.lost_until,
            misses: agent.misses,
            idle_since: agent.idle_since,
            work: agent.work.clone(),
            state: agent.state,
            state_since: agent.state_since,
            reserved: agent.reserved.iter().map(|slot| self.contacts[*slot].id).collect(),
            phone_not_ready: !agent.phone_ready,
        }
    }

    fn contact_record(&self, contact: &Contact) -> ContactRecord {
        let agent = |slot: u32| self.agents[slot].id();
        ContactRecord {
            id: contact.id,
            seq: contact.seq,
            queue: self.queues[contact.queue].rules.queue,
            channel: contact.channel,
            language: contact.language,
            customer: contact.customer,
            clock_start: contact.clock_start,
            wait_base: contact.wait_base,
            head_start: contact.head_start,
            emergency: contact.emergency,
            rank: contact.rank,
            promise: contact.promise.clone(),
            stage: contact.stage,
            callback: contact.callback,
            greeted: contact.greeted,
            overflow: contact.overflow,
            relaxed: contact.relaxed,
            extra_skill: contact.extra_skill,
            reserved: contact.reserved.map(|kept| (agent(kept.agent), kept.until, kept.named)),
            missed: contact.missed.clone(),
            offer: contact.offer.map(|offer| OfferRecord {
                agent: agent(offer.agent),
                until: offer.until,
                kind: offer.kind,
                overflow: offer.overflow,
            }),
            consult: contact
                .consult
                .map(|consult| (agent(consult.by), agent(consult.to), consult.joined)),
            agents: contact.agents.iter().map(|slot| agent(*slot)).collect(),
            first_wait: contact.first_wait,
            told_max: contact.told_max,
            estimate: contact.estimate,
            retry_at: contact.retry_at,
            tries: contact.tries,
            outbound: contact.outbound,
            reached: contact.reached,
            stands_in: contact.stands_in,
        }
    }

    /// The floor of a snapshot, with no events to drain.
    pub fn restore(snapshot: Snapshot) -> Result<Self, RestoreError> {
        if snapshot.version != SNAPSHOT_VERSION {
            return Err(RestoreError::Version { found: snapshot.version });
        }
        let mut router = Self::new();
        router.now = snapshot.now;
        router.arrivals = snapshot.arrivals;
        router.ended_calls = snapshot.ended_calls.into();
        router.capacity = Capacity::of(&snapshot.floor);
        router.floor = snapshot.floor;
        for rules in snapshot.pools {
            router.pool_at.insert(rules.pool, router.pools.len() as u32);
            router.pools.push(Pool {
                rules,
                members: Default::default(),
                signed_in: 0,
                heads: Heads::default(),
            });
        }
        for client in snapshot.clients {
            router.restore_client(client)?;
        }
        router.memory = Memory::default();
        for (client, customer, agent, at) in snapshot.memory {
            router.memory.remember(client, customer, agent, at);
        }
        let mut reserved = Vec::new();
        for agent in snapshot.agents {
            reserved.push((agent.rules.agent, agent.reserved.clone()));
            router.restore_agent(agent)?;
        }
        for contact in snapshot.contacts {
            router.restore_contact(contact)?;
        }
        for (agent, contacts) in reserved {
            let slot = router.known_agent(agent)?;
            for contact in contacts {
                let contact = router
                    .contact_at
                    .get(&contact)
                    .copied()
                    .ok_or(RestoreError::Dangling("a reserved contact"))?;
                router.agents[slot].reserved.push(contact);
            }
        }
        router.rebuild_indexes();
        Ok(router)
    }

    fn restore_client(&mut self, state: ClientState) -> Result<(), RestoreError> {
        if usize::from(state.period) >= state.rules.periods.len() {
            return Err(RestoreError::Dangling("a period"));
        }
        for period in &state.rules.periods {
            if let crate::ServiceRules::Dedicated(team) = period.service {
                self.team_slot(team);
            }
        }
        let id = state.rules.client;
        let client = self.clients.insert(Client {
            rules: state.rules,
            removed: state.removed,
            period: state.period,
            open: state.open,
            queues: Vec::new(),
            contacts: 0,
            in_hand: Vec::new(),
            waiting_classes: Vec::new(),
            armed: None,
        });
        self.client_at.insert(id, client);
        for queue in state.queues {
            let id = queue.rules.queue;
            let slot = self.queues.insert(Queue {
                removed: queue.removed,
                pace: queue.pace,
                outcomes: queue.outcomes,
                armed: queue.looked_at,
                ..Queue::new(client, queue.rules)
            });
            self.queue_at.insert(id, slot);
            self.clients[client].queues.push(slot);
            self.arm(queue.looked_at, id.uuid().as_u128(), Timer::QueueProjected(slot));
        }
        Ok(())
    }

    fn restore_agent(&mut self, record: AgentRecord) -> Result<(), RestoreError> {
        let known = record.rules.pools.iter().all(|pool| self.pool_at.contains_key(pool));
        if !known {
            return Err(RestoreError::Dangling("a pool"));
        }
        let slot = self.add_agent(record.rules);
        let agent = &mut self.agents[slot];
        agent.signed_in = record.signed_in;
        agent.presence = record.presence;
        agent.next = record.next;
        agent.lost_until = record.lost_until;
        agent.misses = record.misses;
        agent.phone_ready = !record.phone_not_ready;
        agent.idle_since = record.idle_since;
        agent.work = record.work;
        agent.state = record.state;
        agent.state_since = record.state_since;
        agent.told_next = record.next;
        self.signed_in.set(slot, record.signed_in);
        self.count_agent(slot, true);
        Ok(())
    }

    fn known_agent(&self, id: AgentId) -> Result<u32, RestoreError> {
        self.agent_at.get(&id).copied().ok_or(RestoreError::Dangling("an agent"))
    }

    fn restore_contact(&mut self, record: ContactRecord) -> Result<(), RestoreError> {
        let queue = self.queue_at.get(&record.queue).copied();
        let queue = queue.ok_or(RestoreError::Dangling("a queue"))?;
        let client = self.queues[queue].client;
        let reserved = match record.reserved {
            Some((agent, until, named)) => {
                Some(Reservation { agent: self.known_agent(agent)?, until, named })
            }
            None => None,
        };
        let offer = match record.offer {
            Some(offer) => Some(Offer {
                agent: self.known_agent(offer.agent)?,
                until: offer.until,
                kind: offer.kind,
                overflow: offer.overflow,
            }),
            None => None,
        };
        let consult = match record.consult {
            Some((by, to, joined)) => {
                Some(Consult { by: self.known_agent(by)?, to: self.known_agent(to)?, joined })
            }
            None => None,
        };
        let agents: Result<Vec<u32>, RestoreError> =
            record.agents.into_iter().map(|agent| self.known_agent(agent)).collect();
        let slot = self.contacts.insert(Contact {
            id: record.id,
            seq: record.seq,
            client,
            queue,
            channel: record.channel,
            language: record.language,
            customer: record.customer,
            clock_start: record.clock_start,
            wait_base: record.wait_base,
            head_start: record.head_start,
            emergency: record.emergency,
            rank: record.rank,
            promise: record.promise,
            stage: record.stage,
            callback: record.callback,
            retry_at: record.retry_at,
            tries: record.tries,
            outbound: record.outbound,
            reached: record.reached,
            stands_in: record.stands_in,
            greeted: record.greeted,
            overflow: record.overflow,
            relaxed: record.relaxed,
            extra_skill: record.extra_skill,
            reserved,
            missed: record.missed,
            offer,
            consult,
            agents: agents?,
            first_wait: record.first_wait,
            told_max: record.told_max,
            estimate: record.estimate,
            class: None,
            armed: None,
        });
        self.contact_at.insert(record.id, slot);
        self.clients[client].contacts += 1;
        self.queues[queue].contacts += 1;
        self.queues[queue].ringing += u32::from(record.stage == Stage::Offered);
        if record.stage != Stage::Handled {
            let line = &mut self.queues[queue].line;
            let at = line.partition_point(|(r, s, _)| (*r, *s) < (record.rank, record.seq));
            line.insert(at, (record.rank, record.seq, slot));
        }
        Ok(())
    }

    fn rebuild_indexes(&mut self) {
        let agents: Vec<u32> = self.agents_by_id.values().copied().collect();
        for agent in agents {
            self.refresh(agent);
        }
        let contacts: Vec<u32> = self.contacts.iter().map(|(slot, _)| slot).collect();
        for slot in contacts {
            let contact = &self.contacts[slot];
            if contact.stage == Stage::Waiting && contact.reserved.is_none() {
                self.join_class(slot);
            } else {
                self.arm_contact(slot);
            }
        }
        let clients: Vec<u32> = self.clients.iter().map(|(slot, _)| slot).collect();
        for client in clients {
            self.arm_client(client);
        }
        self.freed.clear();
        self.fresh.clear();
        self.events.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_snapshot_of_another_format_or_with_holes_is_refused() {
        let mut snapshot = Router::new().snapshot();
        snapshot.version += 1;
        let refused = Router::restore(snapshot).map(|_| ());
        assert_eq!(refused, Err(RestoreError::Version { found: SNAPSHOT_VERSION + 1 }));
        let mut router = Router::new();
        let rules = AgentRules {
            agent: AgentId::from_u128(1),
            pools: vec![],
            team: None,
            skills: vec![],
            languages: vec![],
            sign_offs: vec![],
            site: None,
            channels: vec![],
        };
        let taken = router.handle(Timestamp::from_secs(1), crate::Input::SetAgent(Box::new(rules)));
        assert_eq!(taken, Ok(()));
        let mut snapshot = router.snapshot();
        assert_eq!(
            Router::restore(snapshot.clone()).map(|twin| twin.state_hash()),
            Ok(router.state_hash())
        );
        snapshot.agents[0].rules.pools.push(domain::PoolId::from_u128(7));
        assert_eq!(Router::restore(snapshot).map(|_| ()), Err(RestoreError::Dangling("a pool")));
    }
}
