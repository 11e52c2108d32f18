//! What the floor consists of: clients with their queues, pools; and how they change.

use std::collections::VecDeque;

use domain::{AgentId, ClientId, Timestamp, contract::Channel};

use crate::{
    ClientRules, Ending, Event, FloorRules, InputError, OfferEnd, OverflowRules, PeriodRules,
    PoolRules, QueueRules, QueuedWhy, Router, ServiceRules,
    bits::Bits,
    capacity::{Capacity, POINTS},
    contact::Stage,
    estimate::{Outcomes, Pace},
    ring::Heads,
    router::Team,
    timers::Timer,
};

/// Most clients on one floor.
pub const CLIENTS_MAX: usize = 20_000;
/// Most pools on one floor.
pub const POOLS_MAX: usize = 5_000;
/// Most queues of one client.
pub const QUEUES_MAX: usize = 1_000;
/// Most skills that one queue asks.
pub const SKILLS_ASKED_MAX: usize = 16;

/// A client and where its contract stands.
#[derive(Clone, Debug)]
pub(crate) struct Client {
    pub rules: ClientRules,
    /// It has left; only conversations under way are still its own.
    pub removed: bool,
    /// The period in force, and whether contacts are taken.
    pub period: u16,
    pub open: bool,
    /// Slots of its queues, those that are gone but still have contacts included.
    pub queues: Vec<u32>,
    /// Contacts on the floor.
    pub contacts: u32,
    /// Offered and talking, by the pools of the agents: `(pool, how many)`.
    pub in_hand: Vec<(u32, u32)>,
    /// Classes in which somebody waits.
    pub waiting_classes: Vec<u32>,
    pub armed: Option<Timestamp>,
}

impl Client {
    pub fn period_rules(&self) -> &PeriodRules {
        &self.rules.periods[self.period as usize]
    }

    /// The overflow of the period in force.
    pub fn overflow(&self) -> Option<&OverflowRules> {
        self.period_rules().overflow.as_ref()
    }

    /// Contacts in hand of a pool's agents.
    pub fn in_hand_of(&self, pool: u32) -> u32 {
        self.in_hand.iter().find(|(of, _)| *of == pool).map_or(0, |(_, n)| *n)
    }

    pub fn count_in_hand(&mut self, pool: u32, more: bool) {
        match self.in_hand.iter_mut().find(|(of, _)| *of == pool) {
            Some((_, n)) if more => *n += 1,
            Some((_, n)) => *n = n.saturating_sub(1),
            None if more => self.in_hand.push((pool, 1)),
            None => {}
        }
    }
}

/// A queue and who stands in it.
#[derive(Clone, Debug)]
pub(crate) struct Queue {
    pub client: u32,
    pub rules: QueueRules,
    /// The contract no longer has it; conversations under way still end in it.
    pub removed: bool,
    /// Who waits or is being offered, in the order of service: `(rank, arrival number, contact)`.
    pub line: VecDeque<(i64, u64, u32)>,
    /// How many of these ring at an agent.
    pub ringing: u32,
    /// Contacts on the floor.
    pub contacts: u32,
    pub pace: Pace,
    pub outcomes: Outcomes,
    pub armed: Option<Timestamp>,
}

impl Queue {
    pub fn new(client: u32, rules: QueueRules) -> Self {
        Self {
            client,
            rules,
            removed: false,
            line: VecDeque::new(),
            ringing: 0,
            contacts: 0,
            pace: Pace::default(),
            outcomes: Outcomes::default(),
            armed: None,
        }
    }

    /// Whether as many wait as may; what rings at an agent does not wait any more.
    pub fn is_full(&self) -> bool {
        self.line.len().saturating_sub(self.ringing as usize) >= self.rules.waiting_max as usize
    }

    /// Where the contact with this rank and arrival number stands, or would stand.
    pub fn position(&self, rank: i64, seq: u64) -> usize {
        self.line.partition_point(|(r, s, _)| (*r, *s) < (rank, seq))
    }
}

/// A pool, its agents and what waits for them.
#[derive(Clone, Debug)]
pub(crate) struct Pool {
    pub rules: PoolRules,
    pub members: Bits,
    pub signed_in: u32,
    pub heads: Heads,
}

impl Router {
    pub(crate) fn set_floor(&mut self, rules: FloorRules) -> Result<(), InputError> {
        if rules.cost.len() != Channel::ALL.len() {
            return Err(InputError::BadFloor("`cost` needs one figure for each of the 5 channels"));
        }
        if rules.cost.iter().any(|&cost| cost == 0 || u16::from(cost) > POINTS) {
            return Err(InputError::BadFloor("each `cost` must be between 1 and 100 points"));
        }
        if rules.misses_before_away == 0 {
            return Err(InputError::BadFloor("`misses_before_away` must be at least 1"));
        }
        self.capacity = Capacity::of(&rules);
        self.floor = rules;
        let agents: Vec<u32> = self.agents_by_id.values().copied().collect();
        for agent in agents {
            self.refresh(agent);
        }
        Ok(())
    }

    pub(crate) fn set_pool(&mut self, rules: PoolRules) -> Result<(), InputError> {
        if let Some(&slot) = self.pool_at.get(&rules.pool) {
            self.pools[slot as usize].rules = rules;
            return Ok(());
        }
        if self.pools.len() >= POOLS_MAX {
            return Err(InputError::Limit {
                what: "the number of pools",
                limit: POOLS_MAX as u32,
                next: "use a pool that exists",
            });
        }
        self.pool_at.insert(rules.pool, self.pools.len() as u32);
        self.pools.push(Pool {
            rules,
            members: Bits::default(),
            signed_in: 0,
            heads: Heads::default(),
        });
        Ok(())
    }

    pub(crate) fn team_slot(&mut self, team: domain::TeamId) -> u32 {
        if let Some(&slot) = self.team_at.get(&team) {
            return slot;
        }
        let slot = self.teams.len() as u32;
        self.teams.push(Team { id: team, members: Bits::default(), heads: Heads::default() });
        self.team_at.insert(team, slot);
        slot
    }

    fn check_client(&self, rules: &ClientRules) -> Result<(), InputError> {
        let bad = |what| Err(InputError::BadRules { client: rules.client, what });
        if rules.periods.is_empty() {
            return bad("there is no period; a contract needs at least one");
        }
        if rules.period_at.changes.is_empty() || rules.open_at.changes.is_empty() {
            return bad("periods or hours have no start; compile them for the present");
        }
        let count = rules.periods.len();
        if count > usize::from(u16::MAX)
            || rules.period_at.changes.iter().any(|(_, period)| usize::from(*period) >= count)
        {
            return bad("the calendar names a period that is not there; compile it anew");
        }
        if rules.queues.len() > QUEUES_MAX {
            return bad("there are more than 1000 queues; merge some");
        }
        for (at, queue) in rules.queues.iter().enumerate() {
            if rules.queues[..at].iter().any(|other| other.queue == queue.queue) {
                return bad("a queue is there twice; give each its own id");
            }
            if queue.skills.len() > SKILLS_ASKED_MAX {
                return bad("a queue asks more than 16 skills; drop some");
            }
            if let Some(&slot) = self.queue_at.get(&queue.queue)
                && self.clients[self.queues[slot].client].rules.client != rules.client
            {
                return bad("a queue id belongs to another client; make a new one");
            }
        }
        for period in &rules.periods {
            let shared = match &period.service {
                ServiceRules::Shared(pools) => pools.as_slice(),
                ServiceRules::Dedicated(_) => &[],
            };
            let overflow = period.overflow.as_ref().map_or(&[][..], |overflow| &overflow.pools);
            for pool in shared.iter().chain(overflow) {
                if !self.pool_at.contains_key(pool) {
                    return Err(InputError::UnknownPool(*pool));
                }
            }
        }
        Ok(())
    }

    pub(crate) fn set_client(&mut self, rules: ClientRules) -> Result<(), InputError> {
        self.check_client(&rules)?;
        let known = self.client_at.get(&rules.client).copied();
        if known.is_none() && self.clients.len() >= CLIENTS_MAX {
            return Err(InputError::Limit {
                what: "the number of clients",
                limit: CLIENTS_MAX as u32,
                next: "open another floor",
            });
        }
        for period in &rules.periods {
            if let ServiceRules::Dedicated(team) = period.service {
                self.team_slot(team);
            }
        }
        let id = rules.client;
        let before = known.map(|slot| {
            let client = &self.clients[slot];
            (client.removed, client.period, client.open)
        });
        let slot = known.unwrap_or_else(|| {
            let slot = self.clients.insert(Client {
                rules: rules.clone(),
                removed: false,
                period: 0,
                open: false,
                queues: Vec::new(),
                contacts: 0,
                in_hand: Vec::new(),
                waiting_classes: Vec::new(),
                armed: None,
            });
            self.client_at.insert(id, slot);
            self.index_client(slot, true);
            slot
        });
        let waiting = self.take_out_of_classes(slot);
        self.drop_classes_of(slot);
        let now = self.now;
        let client = &mut self.clients[slot];
        client.removed = false;
        client.period = in_force(&rules.period_at, now);
        client.open = in_force(&rules.open_at, now);
        client.rules = rules;
        let (period, open) = (client.period, client.open);
        self.set_queues(slot);
        if before != Some((false, period, open)) {
            self.emit(Event::PeriodChanged { client: id, period, open });
        }
        self.arm_client(slot);
        self.take_back_strangers(slot);
        self.put_back(waiting);
        Ok(())
    }

    /// Brings the queues in step with the rules.
    fn set_queues(&mut self, client: u32) {
        let rules = self.clients[client].rules.queues.clone();
        for queue in self.clients[client].queues.clone() {
            let stays = rules.iter().any(|rules| rules.queue == self.queues[queue].rules.queue);
            self.queues[queue].removed = !stays;
        }
        for rules in rules {
            match self.queue_at.get(&rules.queue).copied() {
                Some(slot) => {
                    if self.queues[slot].rules.skills != rules.skills {
                        // Other skills are asked: what is due relaxes anew, at once.
                        for &(_, _, contact) in &self.queues[slot].line {
                            self.contacts[contact].relaxed = 0;
                        }
                    }
                    self.queues[slot].rules = rules;
                }
                None => {
                    let id = rules.queue;
                    let slot = self.queues.insert(Queue::new(client, rules));
                    self.queue_at.insert(id, slot);
                    self.clients[client].queues.push(slot);
                }
            }
        }
        for queue in self.clients[client].queues.clone() {
            if self.queues[queue].removed {
                self.empty_queue(queue);
                self.drop_queue_if_done(queue);
            }
        }
    }

    /// Ends what waits in a queue that is gone.
    fn empty_queue(&mut self, queue: u32) {
        for (_, _, contact) in self.queues[queue].line.clone() {
            if self.contacts[contact].offer.is_some() {
                self.end_offer_quietly(contact, OfferEnd::TakenBack);
            }
            self.end_contact(contact, Ending::QueueRemoved);
        }
    }

    pub(crate) fn drop_queue_if_done(&mut self, queue: u32) {
        let Some(entry) = self.queues.get(queue) else { return };
        if !entry.removed || entry.contacts > 0 {
            return;
        }
        let (client, id) = (entry.client, entry.rules.queue);
        self.queue_at.remove(&id);
        self.arm(None, 0, Timer::QueueProjected(queue));
        self.queues.remove(queue);
        self.clients[client].queues.retain(|slot| *slot != queue);
        self.drop_classes_where(|class| class.key.queue == queue);
        self.drop_client_if_done(client);
    }

    fn drop_client_if_done(&mut self, client: u32) {
        let Some(entry) = self.clients.get(client) else { return };
        if entry.removed && entry.contacts == 0 && entry.queues.is_empty() {
            let id = entry.rules.client;
            self.drop_classes_of(client);
            self.index_client(client, false);
            self.client_at.remove(&id);
            self.arm(None, 0, Timer::ClientChanges(client));
            self.clients.remove(client);
        }
    }

    /// Tells the agents who are signed off for the client that its slot is theirs to answer.
    pub(crate) fn index_client(&mut self, slot: u32, on: bool) {
        let id = self.clients[slot].rules.client;
        let Some(agents) = self.signed_off.get(&id) else { return };
        for agent in agents.iter() {
            self.agents[agent].clients.set(slot, on);
        }
    }

    pub(crate) fn remove_client(&mut self, id: ClientId) -> Result<(), InputError> {
        let slot = self.client_slot(id)?;
        self.clients[slot].removed = true;
        self.arm_client(slot);
        for queue in self.clients[slot].queues.clone() {
            self.queues[queue].removed = true;
            self.empty_queue(queue);
            self.drop_queue_if_done(queue);
        }
        self.drop_client_if_done(slot);
        Ok(())
    }

    /// A client that is on the floor and has not left.
    pub(crate) fn client_slot(&self, id: ClientId) -> Result<u32, InputError> {
        self.client_at
            .get(&id)
            .copied()
            .filter(|slot| !self.clients[*slot].removed)
            .ok_or(InputError::UnknownClient(id))
    }

    pub(crate) fn arm_client(&mut self, slot: u32) {
        let now = self.now;
        let client = &mut self.clients[slot];
        let period = client.rules.period_at.next_change(now).map(|(at, _)| *at);
        let open = client.rules.open_at.next_change(now).map(|(at, _)| *at);
        let next = period.into_iter().chain(open).min().filter(|_| !client.removed);
        if client.armed != next {
            client.armed = next;
            let key = client.rules.client.uuid().as_u128();
            self.arm(next, key, Timer::ClientChanges(slot));
        }
    }

    /// The period or the hours of a client change.
    pub(crate) fn client_changes(&mut self, slot: u32) {
        let now = self.now;
        let client = &mut self.clients[slot];
        if client.removed {
            return;
        }
        let before = (client.period, client.open);
        client.period = in_force(&client.rules.period_at, now);
        client.open = in_force(&client.rules.open_at, now);
        let (id, period, open) = (client.rules.client, client.period, client.open);
        self.arm_client(slot);
        if before == (period, open) {
            return;
        }
        self.emit(Event::PeriodChanged { client: id, period, open });
        if before.0 != period {
            self.take_back_strangers(slot);
            let waiting = self.take_out_of_classes(slot);
            self.put_back(waiting);
        }
        if open && !before.1 {
            self.open_doors(slot);
        }
    }

    /// Contacts that waited for the opening wait in their queues from now on.
    fn open_doors(&mut self, slot: u32) {
        let mut closed: Vec<(i64, u64, u32)> = Vec::new();
        for &queue in &self.clients[slot].queues {
            closed.extend(
                self.queues[queue]
                    .line
                    .iter()
                    .filter(|(_, _, contact)| self.contacts[*contact].stage == Stage::Closed),
            );
        }
        closed.sort_unstable();
        for (_, _, contact) in closed {
            self.contacts[contact].stage = Stage::Waiting;
            self.tell_queued(contact, QueuedWhy::Opened);
            self.enqueue(contact);
        }
    }

    /// Waiting contacts of a client, out of their classes, in the order of service.
    fn take_out_of_classes(&mut self, slot: u32) -> Vec<(i64, u64, u32)> {
        let mut waiting: Vec<(i64, u64, u32)> = Vec::new();
        for &queue in &self.clients[slot].queues {
            waiting.extend(
                self.queues[queue]
                    .line
                    .iter()
                    .filter(|(_, _, contact)| self.contacts[*contact].stage == Stage::Waiting),
            );
        }
        waiting.sort_unstable();
        for &(_, _, contact) in &waiting {
            self.leave_class(contact);
        }
        waiting
    }

    /// Puts them back under the rules now in force.
    fn put_back(&mut self, waiting: Vec<(i64, u64, u32)>) {
        for (_, _, slot) in waiting {
            let Some(contact) = self.contacts.get(slot) else { continue };
            if contact.stage != Stage::Waiting {
                continue;
            }
            match contact.reserved {
                Some(reserved) if self.may_be_named(reserved.agent, slot).is_err() => {
                    self.release_reservation(slot);
                    self.reservation_lapses(slot);
                }
                Some(_) => self.arm_contact(slot),
                None => self.enqueue(slot),
            }
        }
    }

    /// Takes back offers of this client's contacts that ring at agents who may not answer any more.
    fn take_back_strangers(&mut self, client: u32) {
        let id = self.clients[client].rules.client;
        let ringing: Vec<(AgentId, u32)> =
            self.ringing
                .iter()
                .filter(|agent| {
                    self.agents[*agent].work.iter().any(|work| {
                        work.client == id && work.stage == crate::agent::WorkStage::Ringing
                    })
                })
                .map(|agent| (self.agents[agent].id(), agent))
                .collect();
        self.take_back_from(ringing);
    }

    pub(crate) fn take_back_from(&mut self, mut ringing: Vec<(AgentId, u32)>) {
        ringing.sort_unstable();
        for (_, agent) in ringing {
            if let Some(contact) = self.ringing_contact(agent)
                && self.may_keep_ringing(agent, contact).is_err()
            {
                self.end_offer(contact, OfferEnd::TakenBack);
            }
        }
    }
}

/// The value in force at `now`; before the first change, the first value.
fn in_force<T: Copy + Default>(timeline: &domain::Timeline<T>, now: Timestamp) -> T {
    timeline
        .at(now)
        .or_else(|| timeline.changes.first().map(|(_, value)| value))
        .copied()
        .unwrap_or_default()
}
