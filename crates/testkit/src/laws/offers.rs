//! What is checked when an offer begins and ends.

use domain::{AgentId, ClientId, ContactId, PoolId, QueueId, Timestamp, contract::Channel};
use routing::{Event, OfferEnd, OfferKind, RingWhy};

use super::{
    Law, Laws,
    seen::{SeenContact, Stage},
};

impl Laws {
    pub(super) fn judge_offers(&mut self, at: Timestamp, event: &Event) {
        match event {
            Event::Offered { contact, agent, until, kind, .. } => {
                self.judge_offer(at, *contact, *agent, *until, *kind);
            }
            Event::OfferEnded { contact, agent, why, .. } => {
                self.judge_offer_end(at, *contact, *agent, *why);
            }
            Event::CalledOut { contact, client, queue, agent, .. } => {
                self.judge_call_out(at, (*contact, *client, *queue), *agent);
            }
            Event::Answered { contact, agent, first, .. } => {
                self.judge_ringing(at, *contact, *agent, "answered");
                let outbound = self.seen.contacts.get(contact).is_some_and(|c| c.outbound);
                self.ensure(Law::Outbound, at, !(outbound && *first), || {
                    format!("{contact:?} is a call of ours, and counts as answered by a promise")
                });
                let others = self
                    .seen
                    .contacts
                    .get(contact)
                    .map(|contact| contact.agents.clone())
                    .unwrap_or_default();
                self.ensure(Law::OneAgent, at, others.is_empty(), || {
                    format!("{agent:?} answered {contact:?}, which {others:?} is on")
                });
            }
            Event::ConsultStarted { contact, by, to, .. } => {
                self.judge_ringing(at, *contact, *to, "was consulted on");
                let on = self.seen.contacts.get(contact).is_some_and(|c| c.agents.contains(by));
                self.ensure(Law::OneAgent, at, on, || {
                    format!("{by:?} consults about {contact:?} without being on it")
                });
            }
            Event::GreetingStarted { contact, length, .. } => {
                self.judge_greeting(at, *contact, *length);
            }
            Event::RingOpened { contact, why, .. } => self.judge_ring(at, *contact, *why),
            _ => {}
        }
    }

    /// Who calls out is signed in and reachable, may work for the client and has room for a call;
    /// being away is no hindrance.
    fn judge_call_out(
        &mut self,
        at: Timestamp,
        (id, client, queue): (ContactId, ClientId, QueueId),
        agent_id: AgentId,
    ) {
        let seen = &self.seen;
        let Some(agent) = seen.agents.get(&agent_id) else {
            return self.broken(Law::Available, at, format!("{agent_id:?} calls out, unknown"));
        };
        let mut found: Vec<(Law, String)> = Vec::new();
        if agent.signed_in.is_none() || agent.lost.is_some() || agent.ringing.is_some() {
            found.push((Law::Available, format!("they are {:?}", agent.state())));
        }
        if !agent.phone {
            found.push((Law::Phone, "their phone is not ready".to_owned()));
        }
        if !agent.rules.sign_offs.contains(&client) {
            found.push((Law::SignOff, format!("no sign-off for {client:?}")));
        }
        if !seen.has_queue(client, queue) {
            found.push((Law::Asked, format!("{queue:?} is not in the contract")));
        }
        found.extend(seen.capacity(agent, Channel::Voice).err());
        for (law, how) in found {
            self.broken(law, at, format!("{agent_id:?} calls out as {id:?}: {how}"));
        }
    }

    fn judge_offer(
        &mut self,
        at: Timestamp,
        id: ContactId,
        agent_id: AgentId,
        until: Timestamp,
        kind: OfferKind,
    ) {
        let seen = &self.seen;
        let (Some(contact), Some(agent)) = (seen.contacts.get(&id), seen.agents.get(&agent_id))
        else {
            return self.broken(
                Law::EndsOnce,
                at,
                format!("{id:?} was offered to {agent_id:?}, and one of them is not there"),
            );
        };
        let mut found: Vec<(Law, String)> = Vec::new();
        if let Err(broken) = seen.lasting(&agent.rules, contact, kind, at) {
            found.push(broken);
        }
        if let Err(broken) = seen.capacity(agent, contact.work_channel()) {
            found.push(broken);
        }
        if contact.work_channel().is_by_phone() && !agent.phone {
            found.push((Law::Phone, "their phone is not ready".to_owned()));
        }
        if !agent.is_available() {
            let how = format!(
                "signed in {:?}, {:?}, next {:?}, lost until {:?}",
                agent.signed_in, agent.presence, agent.next, agent.lost
            );
            found.push((Law::Available, how));
        }
        if let Some(ring) = &agent.ringing {
            found.push((Law::Available, format!("{:?} rings there already", ring.contact)));
        }
        if kind == OfferKind::Queue
            && let Some(reoffer) = contact.missed.get(&agent_id).filter(|until| **until > at)
        {
            found.push((Law::Reoffer, format!("kept from them until {reoffer}")));
        }
        let waits = match kind {
            OfferKind::Consult => contact.stage == Stage::InHand,
            OfferKind::Queue | OfferKind::Transfer => {
                matches!(contact.stage, Stage::Waiting) && contact.agents.is_empty()
            }
        };
        if !waits {
            let how = format!("it is {:?} with {:?}", contact.stage, contact.agents);
            found.push((Law::OneAgent, how));
        }
        let timeout = seen.queues.get(&contact.queue).map(|queue| queue.offer_timeout);
        if timeout.is_some_and(|timeout| at + timeout != until) {
            found.push((Law::OfferEnds, format!("rings until {until}, ruled {timeout:?}")));
        }
        if kind == OfferKind::Queue {
            found.extend(self.overtaken(at, id, contact, agent_id));
            found.extend(self.unfair(at, id, contact, agent_id));
        }
        for (law, how) in found {
            self.broken(law, at, format!("{id:?} to {agent_id:?} ({kind:?}): {how}"));
        }
    }

    /// A contact of the same queue that comes first and could have gone to this agent.
    fn overtaken(
        &self,
        at: Timestamp,
        id: ContactId,
        contact: &SeenContact,
        agent_id: AgentId,
    ) -> Option<(Law, String)> {
        let agent = self.seen.agents.get(&agent_id)?;
        let before = |other: &SeenContact| {
            other.rank < contact.rank
                || (other.rank == contact.rank
                    && other.joined < contact.joined
                    && other.arrival < contact.arrival)
        };
        let (passed, first) = self.seen.waiting().find(|(other, seen)| {
            *other != id
                && seen.queue == contact.queue
                && before(seen)
                && self.seen.could_go(agent, seen, at)
        })?;
        let how = format!(
            "{passed:?} of the same queue comes first: {:?} before {:?}",
            first.rank, contact.rank
        );
        Some((Law::Overtaking, how))
    }

    /// A contact of another client that is below its cap where this one is at it.
    fn unfair(
        &self,
        at: Timestamp,
        id: ContactId,
        contact: &SeenContact,
        agent_id: AgentId,
    ) -> Option<(Law, String)> {
        let agent = self.seen.agents.get(&agent_id)?;
        // An agent of one ring only: with several it is a matter of which ring counts.
        let &[pool] = agent.rules.pools.as_slice() else { return None };
        if agent.rules.team.is_some() || contact.urgent || contact.kept.is_some() {
            return None;
        }
        if !self.at_cap(contact, pool) {
            return None;
        }
        let (other, _) = self.seen.waiting().find(|(other, seen)| {
            *other != id
                && seen.client != contact.client
                && !self.at_cap(seen, pool)
                && self.seen.could_go(agent, seen, at)
        })?;
        let how = format!("{:?} has its fill of {pool:?}, and {other:?} waits", contact.client);
        Some((Law::Fairness, how))
    }

    fn at_cap(&self, contact: &SeenContact, pool: PoolId) -> bool {
        let Some(cap) = self.seen.pools.get(&pool).map(|pool| pool.fairness_cap_percent) else {
            return false;
        };
        let staff = self.seen.agents.values().filter(|agent| agent.rules.pools.contains(&pool));
        let (mut signed_in, mut in_hand) = (0, 0);
        for agent in staff {
            signed_in += u64::from(agent.signed_in.is_some());
            let parts = agent.parts.values().filter(|part| part.client == contact.client);
            let rings = agent.ringing.iter().filter(|ring| ring.client == contact.client);
            in_hand += (parts.count() + rings.count()) as u64;
        }
        cap < 100 && in_hand * 100 >= u64::from(cap) * signed_in
    }

    fn judge_ringing(&mut self, at: Timestamp, contact: ContactId, agent: AgentId, what: &str) {
        let ring = self.seen.agents.get(&agent).and_then(|agent| agent.ringing.clone());
        let rings = ring.as_ref().is_some_and(|ring| ring.contact == contact && at <= ring.until);
        self.ensure(Law::OfferEnds, at, rings, || {
            format!("{agent:?} {what} {contact:?}, and what rings there is {ring:?}")
        });
    }

    fn judge_offer_end(&mut self, at: Timestamp, id: ContactId, agent: AgentId, why: OfferEnd) {
        self.judge_ringing(at, id, agent, "no longer rings for");
        let until = self
            .seen
            .agents
            .get(&agent)
            .and_then(|agent| agent.ringing.as_ref())
            .map(|ring| ring.until);
        let in_time = why != OfferEnd::Missed || until == Some(at);
        self.ensure(Law::OfferEnds, at, in_time, || {
            format!("{id:?} was missed by {agent:?} at {at}, and rang until {until:?}")
        });
    }

    fn judge_greeting(&mut self, at: Timestamp, id: ContactId, length: std::time::Duration) {
        let Some(contact) = self.seen.contacts.get(&id).cloned() else {
            return self.broken(Law::Greeting, at, format!("{id:?} is not there"));
        };
        let ruled = self.seen.period(contact.client, at).and_then(|period| period.peak_greeting);
        self.ensure(Law::Greeting, at, ruled == Some(length), || {
            format!("{id:?} hears {length:?}, the period says {ruled:?}")
        });
        self.ensure(Law::Greeting, at, !contact.greeted, || format!("{id:?} hears it twice"));
        let waits = contact.stage == Stage::Waiting && contact.first_wait.is_none();
        self.ensure(Law::Greeting, at, waits, || format!("{id:?} is {:?}", contact.stage));
        let free = self.seen.somebody_free(&contact, at);
        self.ensure(Law::Greeting, at, free.is_none(), || {
            format!("{id:?} hears it while {free:?} is free")
        });
    }

    fn judge_ring(&mut self, at: Timestamp, id: ContactId, why: RingWhy) {
        let Some(contact) = self.seen.contacts.get(&id).cloned() else {
            return self.broken(Law::Overflow, at, format!("{id:?} is not there"));
        };
        let waited = at.since(contact.wait_base);
        let overflow = self.seen.period(contact.client, at).and_then(|p| p.overflow.clone());
        let holds = match why {
            RingWhy::OverflowWait => {
                overflow.as_ref().and_then(|rule| rule.after).is_some_and(|after| after <= waited)
            }
            RingWhy::OverflowProjected => {
                overflow.as_ref().is_some_and(|rule| rule.below_projected_percent.is_some())
            }
            RingWhy::NobodyOnShift => overflow.is_some() && !self.seen.staffed(&contact, false, at),
            RingWhy::SkillRelaxed => self.seen.queues.get(&contact.queue).is_some_and(|queue| {
                queue.skills.iter().any(|ask| ask.relax_after.is_some_and(|a| a <= waited))
            }),
            RingWhy::StickyExpired => contact.kept.is_some(),
        };
        self.ensure(Law::Overflow, at, holds, || {
            format!("{id:?} opened as {why:?} after {waited:?}, the rule is {overflow:?}")
        });
    }
}
