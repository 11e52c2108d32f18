//! The two choices: an agent for a contact, and a contact for an agent.

use domain::contract::{Channel, Selection};

use crate::{
    AgentRule, ContactRule, Event, OfferKind, Router,
    bits::{Bits, ones},
    contact::Stage,
    line::is_emergency,
};

/// Up to so many candidates are compared one by one; with more the list of idle agents is walked.
const COMPARED: u32 = 32;
/// After so many heads of classes that do not fit the agent, the agent's own clients are looked
/// through instead. Both ways find the same contact.
const HEADS_WALKED: u32 = 256;

/// A waiting contact in the order of service: rank, arrival number, slot.
type Candidate = (i64, u64, u32);

impl Router {
    /// Whether there is work to give.
    pub(crate) fn is_unsettled(&self) -> bool {
        !self.freed.is_empty() || !self.fresh.is_empty()
    }

    /// Gives work until no free agent and no waiting contact that fit remain.
    pub(crate) fn settle(&mut self) {
        while self.is_unsettled() {
            if !self.freed.is_empty() {
                let mut freed = std::mem::take(&mut self.freed);
                for &agent in &freed {
                    self.serve_agent(agent);
                }
                if self.freed.is_empty() {
                    freed.clear();
                    self.freed = freed;
                }
                continue;
            }
            let mut fresh: Vec<Candidate> = std::mem::take(&mut self.fresh)
                .into_iter()
                .filter_map(|slot| {
                    let contact = self.contacts.get(slot)?;
                    contact.class.map(|_| (contact.rank, contact.seq, slot))
                })
                .collect();
            fresh.sort_unstable();
            fresh.dedup();
            // Two that begin to wait in the same instant may meet one free agent: whoever's client has
            // its fill of the pools comes after the others.
            let mut after = Vec::new();
            for (rank, _, contact) in fresh {
                let Some(class) = self.contacts.get(contact).and_then(|entry| entry.class) else {
                    continue;
                };
                if !is_emergency(rank) && self.is_capped_everywhere(class) {
                    after.push(contact);
                } else {
                    self.serve_contact(contact);
                }
            }
            for contact in after {
                if self.contacts.get(contact).is_some_and(|contact| contact.class.is_some()) {
                    self.serve_contact(contact);
                }
            }
        }
    }

    /// A contact begins to wait: it rings at once if somebody is free.
    pub(crate) fn wait_or_ring(&mut self, slot: u32) {
        if let Some(agent) = self.preferred(slot) {
            let channel = self.contacts[slot].work_channel();
            if self.free[channel as usize].get(agent) {
                self.offer(
                    slot,
                    agent,
                    OfferKind::Queue,
                    AgentRule::Sticky,
                    ContactRule::JustArrived,
                );
                return;
            }
            let wait = self.sticky_wait(slot);
            if !wait.is_zero() {
                self.reserve(slot, agent, self.now + wait, false);
                self.greet(slot);
                return;
            }
        }
        if !self.freed.is_empty() || !self.fresh.is_empty() {
            self.enqueue(slot);
            return;
        }
        self.open_due(slot);
        let class = self.class_of(slot);
        if let Some((agent, rule)) = self.best_agent(slot, class) {
            self.offer(slot, agent, OfferKind::Queue, rule, ContactRule::JustArrived);
        } else if self.is_staffed(class) {
            self.join_class(slot);
            self.greet(slot);
        } else {
            self.enqueue(slot);
        }
    }

    /// Looks for an agent for a waiting contact.
    fn serve_contact(&mut self, slot: u32) {
        let Some(class) = self.contacts[slot].class else { return };
        match self.best_agent(slot, class) {
            Some((agent, rule)) => {
                self.offer(slot, agent, OfferKind::Queue, rule, ContactRule::JustArrived);
            }
            None => self.greet(slot),
        }
    }

    /// Nobody is free: the client's greeting, once. Only where somebody listens at the other end.
    fn greet(&mut self, slot: u32) {
        let contact = &self.contacts[slot];
        if contact.greeted
            || contact.callback
            || contact.first_wait.is_some()
            || !matches!(contact.channel, Channel::Voice | Channel::Chat)
        {
            return;
        }
        let client = &self.clients[contact.client];
        let Some(length) = client.period_rules().peak_greeting else { return };
        let event =
            Event::GreetingStarted { contact: contact.id, client: client.rules.client, length };
        if self.contacts[slot].reserved.is_some() {
            // Kept for one agent while others may be free: it is no peak.
            let class = self.class_of(slot);
            if self.best_agent(slot, class).is_some() {
                return;
            }
        }
        self.contacts[slot].greeted = true;
        self.emit(event);
    }

    /// The agent who served the customer last, if the queue prefers them and they may and can come:
    /// signed in, neither away nor lost.
    fn preferred(&mut self, slot: u32) -> Option<u32> {
        let contact = &self.contacts[slot];
        let sticky = self.queues[contact.queue].rules.sticky?;
        let client = self.clients[contact.client].rules.client;
        let (agent, at) = self.memory.last(client, contact.customer?)?;
        let hours = std::time::Duration::from_secs(u64::from(sticky.within_hours) * 3600);
        if self.now.since(at) > hours {
            return None;
        }
        let agent = self.agent_at.get(&agent).copied()?;
        let fits = self.static_reason(agent, &self.key_of(slot), true).is_ok()
            && self.may_be_named(agent, slot).is_ok();
        fits.then_some(agent)
    }

    fn sticky_wait(&self, slot: u32) -> std::time::Duration {
        let sticky = self.queues[self.contacts[slot].queue].rules.sticky;
        std::time::Duration::from_secs(sticky.map_or(0, |sticky| u64::from(sticky.wait_s)))
    }

    /// The free agent of the class who comes first: fewest points in use, then longest idle since
    /// the last handled work, then lowest id; by `ProficiencyFirst` the highest sum of levels in
    /// the skills asked goes before these. Where the language is no must, those who speak it are
    /// asked before the others.
    pub(crate) fn best_agent(&mut self, slot: u32, class: u32) -> Option<(u32, AgentRule)> {
        if self.free_in(class) > COMPARED {
            self.note_idle();
        }
        let contact = &self.contacts[slot];
        let class = &self.classes[class];
        let queue = &self.queues[contact.queue].rules;
        let free = &self.free[class.key.channel as usize];
        let speakers =
            (!queue.language_required).then(|| self.speaks.get(&class.key.language)).flatten();
        let proficiency =
            queue.selection == Selection::ProficiencyFirst && !queue.skills.is_empty();
        for speakers in speakers.map(Some).into_iter().chain([None]) {
            let fits = |index| {
                let word = free.word(index) & class.members.word(index);
                word & speakers.map_or(u64::MAX, |set: &Bits| set.word(index))
            };
            let words = free.words().min(class.members.words());
            let count: u32 = (0..words).map(|index| fits(index).count_ones()).sum();
            if count == 0 {
                continue;
            }
            let excluded = |agent: &u32| {
                !contact.missed.is_empty() && contact.is_excluded(self.agents[*agent].rules.agent)
            };
            let found = if proficiency {
                (0..words)
                    .flat_map(|index| ones(index, fits(index)))
                    .filter(|agent| !excluded(agent))
                    .min_by_key(|agent| {
                        let agent = &self.agents[*agent];
                        let levels: u32 =
                            queue.skills.iter().map(|ask| u32::from(agent.level(ask.skill))).sum();
                        (u32::MAX - levels, agent.points, agent.idle_since, agent.rules.agent)
                    })
            } else if count <= COMPARED {
                (0..words)
                    .flat_map(|index| ones(index, fits(index)))
                    .filter(|agent| !excluded(agent))
                    .min_by_key(|agent| {
                        let agent = &self.agents[*agent];
                        (agent.points, agent.idle_since, agent.rules.agent)
                    })
            } else {
                self.idle
                    .iter()
                    .map(|(_, _, _, agent)| *agent)
                    .filter(|agent| fits((*agent / 64) as usize) >> (agent % 64) & 1 == 1)
                    .find(|agent| !excluded(agent))
            };
            if let Some(agent) = found {
                let rule =
                    if proficiency { AgentRule::Proficiency } else { AgentRule::LongestIdle };
                return Some((agent, rule));
            }
        }
        None
    }

    /// How many agents of the class are free.
    fn free_in(&self, class: u32) -> u32 {
        let class = &self.classes[class];
        class.members.common(&self.free[class.key.channel as usize])
    }

    /// Looks for a contact for an agent who may have come free.
    fn serve_agent(&mut self, slot: u32) {
        if self.agents.get(slot).is_none_or(|agent| agent.free == 0) {
            return;
        }
        let Some((contact, rule)) = self.best_contact(slot) else { return };
        let reserved = self.contacts[contact].reserved;
        let (kind, agent_rule) = match reserved {
            Some(reserved) if reserved.named => (OfferKind::Transfer, AgentRule::Named),
            Some(_) => (OfferKind::Queue, AgentRule::Sticky),
            None => (OfferKind::Queue, AgentRule::CameFree),
        };
        self.offer(contact, slot, kind, agent_rule, rule);
    }

    /// The waiting contact nearest to breaching its own client's promise among those that fit the
    /// agent. Contacts of clients that have their fill of the agent's pool come after the others.
    fn best_contact(&self, slot: u32) -> Option<(u32, ContactRule)> {
        let agent = &self.agents[slot];
        let mut found = Found::default();
        for &contact in &agent.reserved {
            let entry = &self.contacts[contact];
            if entry.stage == Stage::Waiting && agent.free >> entry.work_channel() as usize & 1 == 1
            {
                found.take((entry.rank, entry.seq, contact), false);
            }
        }
        let mut misfits = 0;
        for at in 0..agent.pools.len() + usize::from(agent.team.is_some()) {
            let pool = agent.pools.get(at).copied();
            let heads = match (pool, agent.team) {
                (Some(pool), _) => &self.pools[pool as usize].heads,
                (None, Some(team)) => &self.teams[team as usize].heads,
                (None, None) => continue,
            };
            for (channel, heads) in heads.0.iter().enumerate() {
                if agent.free >> channel & 1 == 0 {
                    continue;
                }
                for &(rank, seq, class, client) in heads {
                    if found.best.is_some_and(|(r, s, _)| (r, s) <= (rank, seq)) {
                        break;
                    }
                    if !agent.clients.get(client) || !self.classes[class].members.get(slot) {
                        misfits += 1;
                        if misfits > HEADS_WALKED {
                            return self.best_contact_of_own_clients(slot, found);
                        }
                        continue;
                    }
                    if let Some(candidate) = self.first_in_class(slot, class) {
                        let capped = pool.is_some_and(|pool| self.is_capped(pool, class))
                            && !is_emergency(candidate.0);
                        found.take(candidate, capped);
                    }
                }
            }
        }
        found.choice()
    }

    /// The same, by looking through the classes of the clients that the agent is signed off for.
    fn best_contact_of_own_clients(
        &self,
        slot: u32,
        mut found: Found,
    ) -> Option<(u32, ContactRule)> {
        let agent = &self.agents[slot];
        for client in &agent.rules.sign_offs {
            let Some(&client) = self.client_at.get(client) else { continue };
            for &class in &self.clients[client].waiting_classes {
                let entry = &self.classes[class];
                if agent.free >> entry.key.channel as usize & 1 == 0 || !entry.members.get(slot) {
                    continue;
                }
                if let Some(candidate) = self.first_in_class(slot, class) {
                    let team = entry.team.is_some() && entry.team == agent.team;
                    let capped = !team
                        && !is_emergency(candidate.0)
                        && agent
                            .pools
                            .iter()
                            .filter(|pool| entry.pools.contains(pool))
                            .all(|pool| self.is_capped(*pool, class));
                    found.take(candidate, capped);
                }
            }
        }
        found.choice()
    }

    /// The first of the class that the agent has not missed or refused a moment ago.
    fn first_in_class(&self, agent: u32, class: u32) -> Option<Candidate> {
        self.classes[class].waiting.iter().copied().find(|(_, _, contact)| {
            let contact = &self.contacts[*contact];
            contact.missed.is_empty() || !contact.is_excluded(self.agents[agent].rules.agent)
        })
    }

    /// Whether only pools may take contacts of the class, and its client has its fill of all of them.
    fn is_capped_everywhere(&self, class: u32) -> bool {
        let entry = &self.classes[class];
        entry.team.is_none()
            && !entry.pools.is_empty()
            && entry.pools.iter().all(|pool| self.is_capped(*pool, class))
    }

    /// Whether the client has its fill of the pool: its contacts in hand reach the cap's share of
    /// the signed-in agents.
    fn is_capped(&self, pool: u32, class: u32) -> bool {
        let entry = &self.pools[pool as usize];
        let cap = u64::from(entry.rules.fairness_cap_percent);
        if cap >= 100 {
            return false;
        }
        let in_hand = self.clients[self.classes[class].client].in_hand_of(pool);
        u64::from(in_hand) * 100 >= cap * u64::from(entry.signed_in)
    }
}

/// The nearest contact so far, and the nearest of the clients at their cap.
#[derive(Default)]
struct Found {
    best: Option<Candidate>,
    capped: Option<Candidate>,
}

impl Found {
    fn take(&mut self, candidate: Candidate, capped: bool) {
        let best = if capped { &mut self.capped } else { &mut self.best };
        if best.is_none_or(|best| candidate < best) {
            *best = Some(candidate);
        }
    }

    fn choice(self) -> Option<(u32, ContactRule)> {
        let rule = |candidate: Candidate| {
            if is_emergency(candidate.0) {
                ContactRule::Emergency
            } else {
                ContactRule::NearestBreach
            }
        };
        match (self.best, self.capped) {
            (Some(best), Some(capped)) if capped < best && !is_emergency(best.0) => {
                Some((best.2, ContactRule::FairnessCap))
            }
            (Some(best), _) => Some((best.2, rule(best))),
            (None, Some(capped)) => Some((capped.2, rule(capped))),
            (None, None) => None,
        }
    }
}
