//! The agents of the floor: how they come, change and leave.

use domain::{AgentId, contract::Channel};

use crate::{AgentRules, InputError, Router, agent::Agent, bits::Bits, ring, timers::Timer};

impl Router {
    pub(crate) fn set_agent(&mut self, rules: AgentRules) -> Result<(), InputError> {
        for pool in &rules.pools {
            if !self.pool_at.contains_key(pool) {
                return Err(InputError::UnknownPool(*pool));
            }
        }
        let known = self.agent_at.get(&rules.agent).copied();
        if known.is_none() && self.agents.len() >= self.floor.agents_max as usize {
            return Err(InputError::Limit {
                what: "the number of agents",
                limit: self.floor.agents_max,
                next: "remove an agent who has left, or raise `agents_max` of the floor",
            });
        }
        let slot = match known {
            Some(slot) => {
                self.count_agent(slot, false);
                self.index_agent(slot, false);
                self.put_rules(slot, rules);
                slot
            }
            None => self.add_agent(rules),
        };
        self.count_agent(slot, true);
        self.reclass_agent(slot);
        let id = self.agents[slot].id();
        self.take_back_from(vec![(id, slot)]);
        for contact in std::mem::take(&mut self.agents[slot].reserved) {
            self.reservation_lapses(contact);
        }
        self.refresh(slot);
        if self.agents[slot].signed_in && known.is_some() {
            self.look_for_empty_rings_everywhere();
        }
        Ok(())
    }

    /// A new agent, in every index.
    pub(crate) fn add_agent(&mut self, rules: AgentRules) -> u32 {
        let id = rules.agent;
        let slot = self.agents.insert(Agent::new(rules.clone()));
        self.agent_at.insert(id, slot);
        self.agents_by_id.insert(id, slot);
        self.put_rules(slot, rules);
        slot
    }

    /// Gives an agent who is in no index these rules, and indexes them.
    fn put_rules(&mut self, slot: u32, rules: AgentRules) {
        let mut pools: Vec<u32> =
            rules.pools.iter().filter_map(|pool| self.pool_at.get(pool).copied()).collect();
        pools.sort_unstable();
        pools.dedup();
        let team = rules.team.map(|team| self.team_slot(team));
        let agent = &mut self.agents[slot];
        agent.takes = [0; Channel::ALL.len()];
        for (channel, most) in &rules.channels {
            agent.takes[*channel as usize] = *most;
        }
        agent.pools = pools;
        agent.team = team;
        agent.rules = rules;
        self.index_agent(slot, true);
    }

    pub(crate) fn remove_agent(&mut self, id: AgentId) -> Result<(), InputError> {
        let slot = self.agent_slot(id)?;
        if self.agents[slot].signed_in {
            return Err(InputError::StillSignedIn(id));
        }
        self.index_agent(slot, false);
        self.agent_at.remove(&id);
        self.agents_by_id.remove(&id);
        self.arm(None, 0, Timer::AgentDue(slot));
        // Whoever takes the slot next must not be found under this agent's place among the idle.
        self.note_idle();
        self.agents.remove(slot);
        self.freed.retain(|freed| *freed != slot);
        for class in self.class_slots() {
            self.classes[class].set_member(slot, false, false);
        }
        Ok(())
    }

    /// Adds the agent to (or takes them out of) the sets by pool, team, client, channel, language.
    fn index_agent(&mut self, slot: u32, on: bool) {
        let agent = &mut self.agents[slot];
        for &pool in &agent.pools {
            self.pools[pool as usize].members.set(slot, on);
        }
        if let Some(team) = agent.team {
            self.teams[team as usize].members.set(slot, on);
        }
        agent.clients = Bits::default();
        for client in &agent.rules.sign_offs {
            self.signed_off.entry(*client).or_default().set(slot, on);
            if let Some(&client) = self.client_at.get(client) {
                agent.clients.set(client, on);
            }
        }
        for language in &agent.rules.languages {
            self.speaks.entry(*language).or_default().set(slot, on);
        }
        for channel in 0..Channel::ALL.len() {
            self.takes[channel].set(slot, on && agent.takes[channel] > 0);
        }
    }

    /// Counts the agent and their work for their pools.
    pub(crate) fn count_agent(&mut self, slot: u32, on: bool) {
        let agent = &self.agents[slot];
        for &pool in &agent.pools {
            if agent.signed_in {
                let signed_in = &mut self.pools[pool as usize].signed_in;
                *signed_in = if on { *signed_in + 1 } else { signed_in.saturating_sub(1) };
            }
            for work in agent.work.iter().filter(|work| !work.stage.is_wrap_up()) {
                if let Some(&client) = self.client_at.get(&work.client) {
                    self.clients[client].count_in_hand(pool, on);
                }
            }
        }
    }

    fn reclass_agent(&mut self, slot: u32) {
        for class in self.class_slots() {
            let member = ring::fits_class(self, slot, class, false);
            let reachable = ring::fits_class(self, slot, class, true);
            self.classes[class].set_member(slot, member, reachable);
        }
    }
}
