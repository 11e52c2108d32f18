//! The record of a decision: who could have had the contact, and why the others could not.

use domain::contract::Channel;

use crate::ring::Class;
use crate::{AgentRule, ContactRule, Decision, Ineligible, Router, bits::Bits, bits::ones};

/// Agents of the open rings looked at one by one for their reason: those with the lowest ids.
pub(crate) const EXAMINED_MAX: usize = 64;

/// All reasons, in the order in which they are told.
pub(crate) const REASONS: [Ineligible; 14] = [
    Ineligible::SignedOut,
    Ineligible::NotInRing,
    Ineligible::NoSignOff,
    Ineligible::Site,
    Ineligible::Channel,
    Ineligible::Language,
    Ineligible::Skill,
    Ineligible::Away,
    Ineligible::Lost,
    Ineligible::PhoneNotReady,
    Ineligible::OfferRinging,
    Ineligible::AtCapacity,
    Ineligible::MissedBefore,
    Ineligible::ReservedForAnother,
];

impl Router {
    /// The record of offering the contact to the agent, made before anything changes.
    ///
    /// `eligible_count` is exact, `eligible` names the agents after the chosen one in the order of
    /// choice up to the floor's `decision_named_max`. `ineligible_counts` covers every agent of the
    /// floor: signed out, outside the rings, without sign-off and so on, each under the first
    /// reason that holds. `ineligible` names the first agents by id of the open rings, at most
    /// `decision_named_max` found among the 64 with the lowest ids.
    pub(crate) fn decision(
        &self,
        slot: u32,
        chosen: u32,
        agent_rule: AgentRule,
        contact_rule: ContactRule,
    ) -> Decision {
        let contact = &self.contacts[slot];
        let client = &self.clients[contact.client];
        let queue = &self.queues[contact.queue];
        let key = self.key_of(slot);
        let built;
        let class = match self.class_at.get(&key) {
            Some(class) => &self.classes[*class],
            None => {
                built = self.build_class(key);
                &built
            }
        };
        let named = usize::from(self.floor.decision_named_max);
        let mut free = self.eligible_slots(slot, class);
        let count = free.len() as u32 + u32::from(!free.contains(&chosen));
        free.retain(|agent| *agent != chosen);
        let order = |agent: &u32| {
            let agent = &self.agents[*agent];
            (agent.points, agent.idle_since, agent.rules.agent)
        };
        if free.len() > named && named > 0 {
            free.select_nth_unstable_by_key(named - 1, order);
        }
        free.truncate(named);
        free.sort_unstable_by_key(order);
        let position = queue.position(contact.rank, contact.seq);
        let in_line = queue.line.get(position).is_some_and(|entry| entry.2 == slot);
        let behind = queue.line.len().saturating_sub(position + usize::from(in_line));
        Decision {
            contract_version: client.rules.contract_version,
            period: client.period,
            agent_rule,
            contact_rule,
            overflow: key.overflow,
            skills_relaxed: contact.relaxed.count_ones() as u8,
            waited: self.now.since(contact.clock_start),
            waiting_behind: u32::try_from(behind).unwrap_or(u32::MAX),
            eligible: free.iter().map(|agent| self.agents[*agent].rules.agent).collect(),
            eligible_count: count,
            ineligible: self.named_reasons(slot, class, named),
            ineligible_counts: self.counted_reasons(slot, class),
        }
    }

    /// Free agents who could be offered the contact now.
    fn eligible_slots(&self, slot: u32, class: &Class) -> Vec<u32> {
        let contact = &self.contacts[slot];
        let free = &self.free[class.key.channel as usize];
        (0..free.words().min(class.members.words()))
            .flat_map(|index| ones(index, free.word(index) & class.members.word(index)))
            .filter(|agent| {
                !contact.is_excluded(self.agents[*agent].rules.agent)
                    && contact.reserved.is_none_or(|reserved| reserved.agent == *agent)
            })
            .collect()
    }

    /// Agents of the open rings by id, each with the reason that keeps them from the contact.
    pub(crate) fn named_reasons(
        &self,
        slot: u32,
        class: &Class,
        most: usize,
    ) -> Vec<(domain::AgentId, Ineligible)> {
        let ring = self.ring_members(class);
        let mut few = Vec::new();
        let many = ring.count() as usize > 4 * EXAMINED_MAX;
        if !many {
            few.extend(ring.iter());
            few.sort_unstable_by_key(|agent| self.agents[*agent].rules.agent);
        }
        let by_id = self.agents_by_id.values().copied();
        few.into_iter()
            .chain(by_id.filter(|agent| many && ring.get(*agent)))
            .take(EXAMINED_MAX)
            .filter_map(|agent| {
                let reason = self.reason(agent, slot).err()?;
                Some((self.agents[agent].rules.agent, reason))
            })
            .take(most)
            .collect()
    }

    fn ring_members(&self, class: &Class) -> Bits {
        let mut ring = Bits::default();
        for &pool in &class.pools {
            ring.add(&self.pools[pool as usize].members);
        }
        if let Some(team) = class.team {
            ring.add(&self.teams[team as usize].members);
        }
        ring
    }

    /// Every agent of the floor who cannot be offered the contact, by the first reason that holds.
    pub(crate) fn counted_reasons(&self, slot: u32, class: &Class) -> Vec<(Ineligible, u32)> {
        let contact = &self.contacts[slot];
        let mut counts = [0u32; REASONS.len()];
        let ring = self.ring_members(class);
        let nobody = Bits::default();
        let client = self.clients[contact.client].rules.client;
        let signed_off = self.signed_off.get(&client).unwrap_or(&nobody);
        let channel: Channel = class.key.channel;
        let takes = &self.takes[channel as usize];
        let free = &self.free[channel as usize];
        let phoneless = if channel.is_by_phone() { &self.phoneless } else { &nobody };
        counts[Ineligible::SignedOut as usize] =
            (self.agents.len() as u32).saturating_sub(self.signed_in.count());
        for index in 0..self.signed_in.words() {
            let mut rest = self.signed_in.word(index);
            let mut keep = |reason: Ineligible, set: u64| {
                counts[reason as usize] += (rest & !set).count_ones();
                rest &= set;
                rest
            };
            keep(Ineligible::NotInRing, ring.word(index));
            let signed_off = keep(Ineligible::NoSignOff, signed_off.word(index));
            // Sites, languages and skills are told one by one: few agents reach this point.
            let members = class.members.word(index);
            let odd = signed_off & !members;
            let taking = takes.word(index);
            for agent in ones(index, odd) {
                let reason = self.static_reason(agent, &class.key, true).err();
                counts[reason.unwrap_or(Ineligible::Skill) as usize] += 1;
            }
            let able = signed_off & members & taking;
            let mut busy = able & !free.word(index);
            for (reason, set) in [
                (Ineligible::Away, &self.away),
                (Ineligible::Lost, &self.lost),
                (Ineligible::PhoneNotReady, phoneless),
                (Ineligible::OfferRinging, &self.ringing),
            ] {
                counts[reason as usize] += (busy & set.word(index)).count_ones();
                busy &= !set.word(index);
            }
            counts[Ineligible::AtCapacity as usize] += busy.count_ones();
            if contact.missed.is_empty() && contact.reserved.is_none() {
                continue;
            }
            for agent in ones(index, able & free.word(index)) {
                if contact.is_excluded(self.agents[agent].rules.agent) {
                    counts[Ineligible::MissedBefore as usize] += 1;
                } else if contact.reserved.is_some_and(|reserved| reserved.agent != agent) {
                    counts[Ineligible::ReservedForAnother as usize] += 1;
                }
            }
        }
        let counted = REASONS.into_iter().zip(counts);
        counted.filter(|(_, count)| *count > 0).collect()
    }
}
