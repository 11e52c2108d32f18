//! An offer, from the ring to its end.

use domain::{AgentId, ContactId};
use std::time::Duration;

use crate::{
    AgentRule, AwayReason, ContactRule, EndedBy, Ending, Event, InputError, NextState, OfferEnd,
    OfferFailure, OfferKind, Presence, QueuedWhy, Router,
    agent::{Work, WorkStage},
    contact::{Offer, Stage},
};

impl Router {
    /// Offers the contact to the agent. The contact leaves its class or its reservation.
    pub(crate) fn offer(
        &mut self,
        slot: u32,
        agent: u32,
        kind: OfferKind,
        agent_rule: AgentRule,
        contact_rule: ContactRule,
    ) {
        let now = self.now;
        let decision = self
            .floor
            .record_decisions
            .then(|| Box::new(self.decision(slot, agent, agent_rule, contact_rule)));
        self.leave_class(slot);
        self.release_reservation(slot);
        let overflow = !self.in_first_ring(agent, slot);
        let entry = &self.contacts[slot];
        let queue = &self.queues[entry.queue];
        let until = now + queue.rules.offer_timeout;
        let (contact, queue, client_slot) = (entry.id, queue.rules.queue, entry.client);
        let queue_slot = entry.queue;
        let client = self.clients[client_slot].rules.client;
        let channel = entry.work_channel();
        let entry = &mut self.contacts[slot];
        entry.offer = Some(Offer { agent, until, kind, overflow });
        if kind != OfferKind::Consult {
            entry.stage = Stage::Offered;
            self.queues[queue_slot].ringing += 1;
        }
        self.agents[agent].work.push(Work {
            contact,
            client,
            queue,
            channel,
            stage: WorkStage::Ringing,
            since: now,
            talk: Duration::ZERO,
            hold: Duration::ZERO,
            talk_limit: self.clients[client_slot].period_rules().talk_limit,
        });
        self.count_work(agent, client_slot, true);
        let agent_id = self.agents[agent].id();
        self.emit(Event::Offered {
            contact,
            client,
            queue,
            agent: agent_id,
            until,
            kind,
            decision,
        });
        self.refresh(agent);
        self.arm_contact(slot);
    }

    /// Counts a contact in the hands of the agent for the fairness of each of the agent's pools.
    pub(crate) fn count_work(&mut self, agent: u32, client: u32, more: bool) {
        for &pool in &self.agents[agent].pools {
            self.clients[client].count_in_hand(pool, more);
        }
    }

    /// The contact that rings at this agent.
    fn offered(&self, id: ContactId, agent_id: AgentId) -> Result<(u32, u32), InputError> {
        let slot = self.contact_slot(id)?;
        let agent = self.agent_slot(agent_id)?;
        if self.contacts[slot].offer.is_some_and(|offer| offer.agent == agent) {
            Ok((slot, agent))
        } else {
            Err(InputError::NotOffered { agent: agent_id, contact: id })
        }
    }

    pub(crate) fn answer(&mut self, id: ContactId, agent_id: AgentId) -> Result<(), InputError> {
        let (slot, agent) = self.offered(id, agent_id)?;
        let Some(offer) = self.contacts[slot].offer.take() else {
            return Err(InputError::NotOffered { agent: agent_id, contact: id });
        };
        let now = self.now;
        self.agents[agent].misses = 0;
        self.contacts[slot].agents.push(agent);
        if offer.kind == OfferKind::Consult {
            self.consult_answered(slot, agent);
            return Ok(());
        }
        self.enter(agent, id, WorkStage::Talking);
        self.leave_line(slot);
        let entry = &mut self.contacts[slot];
        entry.stage = Stage::Handled;
        entry.missed.clear();
        let wait = now.since(entry.wait_base);
        let first = entry.first_wait.is_none();
        if first {
            entry.first_wait = Some(wait);
        }
        let (client_slot, queue_slot, estimate) =
            (entry.client, entry.queue, entry.estimate.take());
        let in_time = wait <= Duration::from_secs(u64::from(entry.promise.threshold_s));
        let (customer, served_by) = (entry.customer, entry.served_by(agent_id));
        let queue = &mut self.queues[queue_slot];
        queue.ringing -= 1;
        let still_waiting = !queue.line.is_empty();
        queue.pace.answered(now, still_waiting, estimate.map(|estimate| (estimate, wait)));
        if first {
            queue.outcomes.record(now, in_time);
        }
        let (queue_id, sticky) = (queue.rules.queue, queue.rules.sticky.is_some());
        let client = self.clients[client_slot].rules.client;
        if sticky && let Some(customer) = customer {
            self.memory.remember(client, customer, served_by, now);
        }
        self.emit(Event::Answered {
            contact: id,
            client,
            queue: queue_id,
            agent: agent_id,
            wait,
            first,
            overflow: offer.overflow,
        });
        self.refresh(agent);
        self.arm_contact(slot);
        Ok(())
    }

    /// The agent's work on the contact enters another stage.
    pub(crate) fn enter(&mut self, agent: u32, contact: ContactId, stage: WorkStage) {
        let now = self.now;
        if let Some(work) = self.agents[agent].work_on_mut(contact) {
            work.enter(stage, now);
        }
    }

    pub(crate) fn refuse(&mut self, id: ContactId, agent_id: AgentId) -> Result<(), InputError> {
        let (slot, _) = self.offered(id, agent_id)?;
        self.end_offer(slot, OfferEnd::Refused);
        Ok(())
    }

    pub(crate) fn offer_failed(
        &mut self,
        id: ContactId,
        agent_id: AgentId,
        cause: OfferFailure,
    ) -> Result<(), InputError> {
        let (slot, agent) = self.offered(id, agent_id)?;
        match cause {
            OfferFailure::Busy => self.end_offer(slot, OfferEnd::Busy),
            OfferFailure::Unreachable => self.lose(agent, OfferEnd::Unreachable),
        }
        Ok(())
    }

    /// The offer is over without an answer: the contact goes back to its place, a consult is over.
    pub(crate) fn end_offer(&mut self, slot: u32, why: OfferEnd) {
        let Some(offer) = self.contacts[slot].offer else { return };
        self.end_offer_quietly(slot, why);
        if offer.kind == OfferKind::Consult {
            self.contacts[slot].consult = None;
            self.arm_contact(slot);
        } else {
            self.put_in_line_again(slot, QueuedWhy::OfferEnded);
        }
    }

    /// The offer is over; what becomes of the contact is up to the caller.
    pub(crate) fn end_offer_quietly(&mut self, slot: u32, why: OfferEnd) {
        let Some(offer) = self.contacts[slot].offer.take() else { return };
        let until = self.now + self.floor.reoffer_after;
        let entry = &mut self.contacts[slot];
        let (id, client_slot, queue_slot) = (entry.id, entry.client, entry.queue);
        let agent = offer.agent;
        let agent_id = self.agents[agent].id();
        if matches!(why, OfferEnd::Missed | OfferEnd::Refused | OfferEnd::Busy)
            && offer.kind != OfferKind::Consult
        {
            entry.exclude(agent_id, until);
        }
        if offer.kind != OfferKind::Consult {
            self.queues[queue_slot].ringing -= 1;
        }
        let client = self.clients[client_slot].rules.client;
        self.count_work(agent, client_slot, false);
        self.emit(Event::OfferEnded { contact: id, client, agent: agent_id, why });
        if why == OfferEnd::Missed {
            self.count_miss(agent);
        }
        let works = &self.agents[agent].work;
        let ringing =
            works.iter().position(|work| work.contact == id && work.stage == WorkStage::Ringing);
        if let Some(at) = ringing {
            self.drop_work(agent, at, false);
        }
    }

    /// One more miss in a row; with too many the agent is away, unless they have chosen what they
    /// do next anyway.
    fn count_miss(&mut self, agent: u32) {
        let limit = self.floor.misses_before_away;
        let agent = &mut self.agents[agent];
        agent.misses = agent.misses.saturating_add(1);
        if agent.misses < limit {
            return;
        }
        agent.misses = 0;
        agent.presence = Presence::Away(AwayReason::NoAnswer);
        if agent.next == Some(NextState::Presence(Presence::Available)) {
            agent.next = None;
        }
    }

    pub(crate) fn end(&mut self, id: ContactId, by: EndedBy) -> Result<(), InputError> {
        let slot = self.contact_slot(id)?;
        if self.contacts[slot].stage != Stage::Handled {
            return Err(self.contacts[slot].wrong_state());
        }
        self.end_offer_quietly(slot, OfferEnd::ContactGone);
        self.contacts[slot].consult = None;
        let entry = &self.contacts[slot];
        let (first, customer) = (entry.agents.first().copied(), entry.customer);
        let client = self.clients[entry.client].rules.client;
        if self.queues[entry.queue].rules.sticky.is_some()
            && let (Some(customer), Some(agent)) = (customer, first)
        {
            let served_by = entry.served_by(self.agents[agent].id());
            self.memory.remember(client, customer, served_by, self.now);
        }
        let unreached = entry.outbound && !entry.reached;
        // Each end of a part takes its agent off the contact.
        while let Some(agent) = self.contacts[slot].agents.first().copied() {
            self.finish_part(agent, slot, crate::PartEnd::Ended, true);
        }
        let ending = if unreached { Ending::NotReached } else { Ending::Handled(by) };
        self.end_contact(slot, ending);
        Ok(())
    }
}
