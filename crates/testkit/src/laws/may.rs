//! Who may answer what, the naive way.

use domain::{AgentId, ContactId, PoolId, Timestamp, contract::Channel};
use routing::{AgentRules, OfferKind, ServiceRules};

use super::{
    Law,
    seen::{Seen, SeenAgent, SeenContact, Stage},
};

impl Seen {
    /// Whether the agent belongs to a ring that is open to the contact, and if not, why.
    pub(super) fn in_ring(
        &self,
        agent: &AgentRules,
        contact: &SeenContact,
        overflow: bool,
        at: Timestamp,
    ) -> Result<(), String> {
        let Some(period) = self.period(contact.client, at) else {
            return Err("its client has no contract".to_owned());
        };
        let serves = |pools: &[PoolId]| agent.pools.iter().any(|pool| pools.contains(pool));
        let first = match &period.service {
            ServiceRules::Shared(pools) => serves(pools),
            ServiceRules::Dedicated(team) => agent.team == Some(*team),
        };
        let overflows =
            overflow && period.overflow.as_ref().is_some_and(|rule| serves(&rule.pools));
        if first || overflows {
            return Ok(());
        }
        Err(format!(
            "the ring is {:?}, overflow {}, the agent is in {:?} and {:?}",
            period.service,
            if overflow { "open" } else { "shut" },
            agent.pools,
            agent.team
        ))
    }

    /// The first thing that lasts and keeps the agent from the contact.
    pub(super) fn lasting(
        &self,
        agent: &AgentRules,
        contact: &SeenContact,
        kind: OfferKind,
        at: Timestamp,
    ) -> Result<(), (Law, String)> {
        self.in_ring(agent, contact, contact.overflow, at).map_err(|how| (Law::Ring, how))?;
        if !agent.sign_offs.contains(&contact.client) {
            return Err((Law::SignOff, format!("no sign-off for {:?}", contact.client)));
        }
        let sites = self.clients.get(&contact.client).and_then(|c| c.sites_allowed.as_ref());
        if let Some(sites) = sites
            && !agent.site.is_some_and(|site| sites.contains(&site))
        {
            return Err((Law::Asked, format!("site {:?} is not among {sites:?}", agent.site)));
        }
        let channel = contact.work_channel();
        if takes(agent, channel) == 0 {
            return Err((Law::Asked, format!("does not take {channel:?}")));
        }
        if kind != OfferKind::Queue {
            return Ok(()); // asked for by name: whoever named them knows what they can do
        }
        let Some(queue) = self.queues.get(&contact.queue) else {
            return Err((Law::Asked, "its queue is unknown".to_owned()));
        };
        if queue.language_required && !agent.languages.contains(&contact.language) {
            return Err((Law::Asked, format!("does not speak {}", contact.language)));
        }
        let waited = at.since(contact.wait_base);
        for ask in &queue.skills {
            let relaxed = ask.relax_after.is_some_and(|after| after <= waited);
            let least = if relaxed { ask.relaxed_level } else { ask.level };
            let has = level(agent, ask.skill);
            if has < least {
                let how = format!("{:?} at {has}, asked {least} after {waited:?}", ask.skill);
                return Err((Law::Skill, how));
            }
        }
        if let Some(skill) = contact.extra_skill
            && level(agent, skill) == 0
        {
            return Err((Law::Skill, format!("transferred to {skill:?}, which they lack")));
        }
        Ok(())
    }

    /// What one more contact on `channel` would do to the agent's hundred points.
    pub(super) fn capacity(
        &self,
        agent: &SeenAgent,
        channel: Channel,
    ) -> Result<(), (Law, String)> {
        let held: Vec<Channel> = agent
            .parts
            .values()
            .map(|part| part.channel)
            .chain(agent.wraps.iter().map(|wrap| wrap.channel))
            .chain(agent.ringing.iter().map(|ring| ring.channel))
            .collect();
        if channel.is_by_phone() && held.iter().any(|other| other.is_by_phone()) {
            return Err((Law::OneCall, format!("{channel:?} beside {held:?}")));
        }
        let cost = |channel: Channel| {
            u32::from(self.floor.cost.get(channel as usize).copied().unwrap_or(100))
        };
        let beside: u32 = held
            .iter()
            .filter(|other| !self.floor.interrupts.contains(&(channel, **other)))
            .map(|other| cost(*other))
            .sum();
        if beside + cost(channel) > 100 {
            let how = format!("{channel:?} beside {held:?} is more than 100 points");
            return Err((Law::Capacity, how));
        }
        let alike = held.iter().filter(|other| **other == channel).count();
        let most = usize::from(takes(&agent.rules, channel));
        if alike + 1 > most {
            return Err((Law::Capacity, format!("{} of {channel:?}, takes {most}", alike + 1)));
        }
        Ok(())
    }

    /// Whether a waiting contact could go to the agent this instant, beyond doubt.
    pub(super) fn could_go(&self, agent: &SeenAgent, contact: &SeenContact, at: Timestamp) -> bool {
        contact.stage == Stage::Waiting
            && agent.is_available()
            && agent.ringing.is_none()
            && (agent.phone || !contact.work_channel().is_by_phone())
            && contact.kept.is_none_or(|until| until <= at)
            && contact.missed.get(&agent.rules.agent).is_none_or(|until| *until <= at)
            && self.lasting(&agent.rules, contact, OfferKind::Queue, at).is_ok()
            && self.capacity(agent, contact.work_channel()).is_ok()
    }

    /// Somebody who could take the contact right now.
    pub(super) fn somebody_free(&self, contact: &SeenContact, at: Timestamp) -> Option<AgentId> {
        self.agents.iter().find(|(_, agent)| self.could_go(agent, contact, at)).map(|(id, _)| *id)
    }

    /// Whether anybody signed in would fit the contact if they were free; with `overflow`, by
    /// whichever ring is open.
    pub(super) fn staffed(&self, contact: &SeenContact, overflow: bool, at: Timestamp) -> bool {
        let mut asked = contact.clone();
        asked.overflow = overflow;
        self.agents.values().any(|agent| {
            agent.signed_in.is_some()
                && self.lasting(&agent.rules, &asked, OfferKind::Queue, at).is_ok()
        })
    }

    pub(super) fn waiting(&self) -> impl Iterator<Item = (ContactId, &SeenContact)> {
        self.contacts
            .iter()
            .filter(|(_, contact)| contact.stage == Stage::Waiting)
            .map(|(id, contact)| (*id, contact))
    }
}

fn takes(agent: &AgentRules, channel: Channel) -> u8 {
    agent.channels.iter().find(|(taken, _)| *taken == channel).map_or(0, |(_, most)| *most)
}

fn level(agent: &AgentRules, skill: domain::SkillId) -> u8 {
    agent.skills.iter().find(|(has, _)| *has == skill).map_or(0, |(_, level)| *level)
}
