//! A contact in conversation: hold, consult, conference, transfer, release.

use domain::{AgentId, ContactId};

use crate::{
    AgentRule, ContactRule, Ending, Event, Ineligible, InputError, OfferEnd, OfferKind, PartEnd,
    QueuedWhy, Router, TransferTarget,
    agent::WorkStage,
    contact::{AGENTS_ON_CONTACT_MAX, Consult, Stage},
};

impl Router {
    /// The contact and the agent who speaks in it.
    fn in_conversation(&self, id: ContactId, agent_id: AgentId) -> Result<(u32, u32), InputError> {
        let slot = self.contact_slot(id)?;
        let agent = self.agent_slot(agent_id)?;
        if self.contacts[slot].agents.contains(&agent) {
            Ok((slot, agent))
        } else {
            Err(InputError::NotOnContact { agent: agent_id, contact: id })
        }
    }

    fn stage_of(&self, agent: u32, id: ContactId) -> Option<WorkStage> {
        self.agents[agent].work_on(id).map(|work| work.stage)
    }

    pub(crate) fn hold(&mut self, id: ContactId, agent_id: AgentId) -> Result<(), InputError> {
        let (slot, agent) = self.in_conversation(id, agent_id)?;
        match self.stage_of(agent, id) {
            Some(WorkStage::Talking) => {
                self.put_on_hold(slot, agent);
                Ok(())
            }
            Some(WorkStage::Holding) => {
                Err(InputError::WrongState { contact: id, state: "on hold already" })
            }
            _ => Err(self.contacts[slot].wrong_state()),
        }
    }

    fn put_on_hold(&mut self, slot: u32, agent: u32) {
        let entry = &self.contacts[slot];
        let (id, client) = (entry.id, self.clients[entry.client].rules.client);
        self.enter(agent, id, WorkStage::Holding);
        let agent_id = self.agents[agent].id();
        self.emit(Event::Held { contact: id, client, agent: agent_id });
        self.refresh(agent);
        self.arm_contact(slot);
    }

    pub(crate) fn resume(&mut self, id: ContactId, agent_id: AgentId) -> Result<(), InputError> {
        let (slot, agent) = self.in_conversation(id, agent_id)?;
        if self.stage_of(agent, id) != Some(WorkStage::Holding) {
            return Err(InputError::WrongState { contact: id, state: "not on hold" });
        }
        if self.contacts[slot].consult.is_some_and(|consult| consult.by == agent) {
            self.end_offer(slot, OfferEnd::TakenBack);
        }
        let client = self.clients[self.contacts[slot].client].rules.client;
        self.enter(agent, id, WorkStage::Talking);
        self.emit(Event::Resumed { contact: id, client, agent: agent_id });
        self.refresh(agent);
        self.arm_contact(slot);
        Ok(())
    }

    pub(crate) fn consult(
        &mut self,
        id: ContactId,
        by_id: AgentId,
        to_id: AgentId,
    ) -> Result<(), InputError> {
        let (slot, by) = self.in_conversation(id, by_id)?;
        let to = self.agent_slot(to_id)?;
        let entry = &self.contacts[slot];
        let client = &self.clients[entry.client];
        if client.removed {
            // Conversations under way are brought to their end by whoever has them; without a
            // contract nobody else is drawn in.
            return Err(InputError::UnknownClient(client.rules.client));
        }
        if entry.consult.is_some() || entry.agents.contains(&to) {
            return Err(entry.wrong_state());
        }
        if entry.agents.len() >= AGENTS_ON_CONTACT_MAX {
            return Err(InputError::Limit {
                what: "the number of agents on the contact",
                limit: AGENTS_ON_CONTACT_MAX as u32,
                next: "let one of them leave first",
            });
        }
        let channel = entry.work_channel();
        self.may_be_named(to, slot)
            .and_then(|()| self.not_busy(to, channel))
            .map_err(|reason| InputError::NotEligible { agent: to_id, contact: id, reason })?;
        if self.stage_of(by, id) == Some(WorkStage::Talking) {
            self.put_on_hold(slot, by);
        }
        self.contacts[slot].consult = Some(Consult { by, to, joined: false });
        self.offer(slot, to, OfferKind::Consult, AgentRule::Named, ContactRule::JustArrived);
        Ok(())
    }

    /// The consulted agent has answered.
    pub(crate) fn consult_answered(&mut self, slot: u32, to: u32) {
        let entry = &mut self.contacts[slot];
        let (id, client) = (entry.id, entry.client);
        let Some(consult) = &mut entry.consult else { return };
        consult.joined = true;
        let by = consult.by;
        self.enter(by, id, WorkStage::Consulting);
        self.enter(to, id, WorkStage::Consulting);
        let client = self.clients[client].rules.client;
        let (by_id, to_id) = (self.agents[by].id(), self.agents[to].id());
        self.emit(Event::ConsultStarted { contact: id, client, by: by_id, to: to_id });
        self.refresh(by);
        self.refresh(to);
        self.arm_contact(slot);
    }

    pub(crate) fn conference(&mut self, id: ContactId, by_id: AgentId) -> Result<(), InputError> {
        let (slot, by) = self.in_conversation(id, by_id)?;
        let entry = &mut self.contacts[slot];
        let joined = entry
            .consult
            .filter(|consult| consult.joined && (consult.by == by || consult.to == by));
        let Some(consult) = joined else { return Err(entry.wrong_state()) };
        entry.consult = None;
        let client = self.clients[entry.client].rules.client;
        for agent in [consult.by, consult.to] {
            self.enter(agent, id, WorkStage::Talking);
        }
        self.emit(Event::ConferenceStarted { contact: id, client, by: by_id });
        self.refresh(consult.by);
        self.refresh(consult.to);
        self.arm_contact(slot);
        Ok(())
    }

    pub(crate) fn leave(&mut self, id: ContactId, agent_id: AgentId) -> Result<(), InputError> {
        let (slot, agent) = self.in_conversation(id, agent_id)?;
        if self.contacts[slot].agents.len() < 2 {
            return Err(self.contacts[slot].wrong_state());
        }
        self.detach(agent, slot, PartEnd::Left);
        Ok(())
    }

    /// The agent's part of a contact is over while the contact goes on. A consult they were in ends:
    /// the one who asked has the customer on hold again; when that one leaves, the consulted agent
    /// takes over.
    fn detach(&mut self, agent: u32, slot: u32, why: PartEnd) {
        let consult = self.contacts[slot].consult;
        match consult {
            Some(consult) if consult.by == agent && !consult.joined => {
                self.end_offer(slot, OfferEnd::TakenBack);
            }
            Some(consult) if consult.by == agent || consult.to == agent => {
                self.contacts[slot].consult = None;
            }
            _ => {}
        }
        let joined = consult.filter(|consult| consult.joined);
        let asked_only = joined.is_some_and(|consult| consult.to == agent);
        let wraps_up = match why {
            PartEnd::Left => !asked_only,
            PartEnd::Transferred | PartEnd::Ended => true,
            PartEnd::Released | PartEnd::NotReached => false,
        };
        self.finish_part(agent, slot, why, wraps_up);
        if let Some(consult) = joined {
            let id = self.contacts[slot].id;
            if consult.to == agent && self.contacts[slot].agents.contains(&consult.by) {
                self.put_on_hold(slot, consult.by);
            } else if consult.by == agent && self.contacts[slot].agents.contains(&consult.to) {
                self.enter(consult.to, id, WorkStage::Talking);
                self.refresh(consult.to);
            }
        }
        self.arm_contact(slot);
    }

    /// Ends the agent's conversation in the contact: tells its spans and begins the wrap-up.
    pub(crate) fn finish_part(&mut self, agent: u32, slot: u32, why: PartEnd, wraps_up: bool) {
        let now = self.now;
        let entry = &mut self.contacts[slot];
        entry.agents.retain(|other| *other != agent);
        let (id, client_slot) = (entry.id, entry.client);
        let agent_id = self.agents[agent].id();
        let works = &mut self.agents[agent].work;
        let Some(at) = works.iter().position(|work| work.contact == id && work.stage.is_live())
        else {
            return;
        };
        let work = &mut works[at];
        work.enter(work.stage, now);
        let event = Event::PartEnded {
            contact: id,
            client: work.client,
            queue: work.queue,
            agent: agent_id,
            talk: work.talk,
            hold: work.hold,
            why,
        };
        self.count_work(agent, client_slot, false);
        self.emit(event);
        if wraps_up {
            self.begin_wrap_up(agent, at);
        } else {
            self.drop_work(agent, at, true);
        }
    }

    pub(crate) fn transfer(
        &mut self,
        id: ContactId,
        by_id: AgentId,
        target: TransferTarget,
    ) -> Result<(), InputError> {
        let (slot, by) = self.in_conversation(id, by_id)?;
        let entry = &self.contacts[slot];
        let client_slot = entry.client;
        let client = self.clients[client_slot].rules.client;
        if let TransferTarget::Agent(to) = target {
            let to = self.agent_slot(to)?;
            if to != by && entry.agents.contains(&to) {
                // Whoever was consulted, or is in the conference, takes over without ringing again.
                self.emit(Event::Transferred { contact: id, client, by: by_id, to: target });
                self.detach(by, slot, PartEnd::Transferred);
                return Ok(());
            }
        }
        if entry.agents.len() > 1 || entry.consult.is_some() {
            return Err(entry.wrong_state());
        }
        if self.clients[client_slot].removed && target != TransferTarget::Outside {
            // As with a consult: without a contract nobody else is drawn in.
            return Err(InputError::UnknownClient(client));
        }
        if entry.outbound && !entry.reached {
            return Err(InputError::WrongState { contact: id, state: "ringing at the customer" });
        }
        let mut queue = entry.queue;
        match target {
            TransferTarget::Outside => return self.transfer_outside(slot, by),
            TransferTarget::Agent(to_id) => {
                let to = self.agent_slot(to_id)?;
                let fits = if to == by { Err(Ineligible::AtCapacity) } else { Ok(()) };
                fits.and_then(|()| self.may_be_named(to, slot)).map_err(|reason| {
                    InputError::NotEligible { agent: to_id, contact: id, reason }
                })?;
            }
            TransferTarget::Queue(to) => {
                queue = self.queue_of(client_slot, to)?;
                if !self.queues[queue].rules.channels.contains(&entry.channel) {
                    return Err(InputError::ChannelClosed { queue: to, channel: entry.channel });
                }
            }
            TransferTarget::Skill(_) => {}
        }
        let rules = &self.queues[queue].rules;
        if self.queues[queue].is_full() {
            return Err(InputError::Limit {
                what: "the number of contacts waiting in the queue",
                limit: rules.waiting_max,
                next: "choose another queue, or keep the contact",
            });
        }
        let until = self.now + rules.offer_timeout;
        self.emit(Event::Transferred { contact: id, client, by: by_id, to: target });
        self.finish_part(by, slot, PartEnd::Transferred, true);
        if queue != self.contacts[slot].queue {
            let before = std::mem::replace(&mut self.contacts[slot].queue, queue);
            self.queues[before].contacts -= 1;
            self.queues[queue].contacts += 1;
            self.contacts[slot].extra_skill = None;
            self.drop_queue_if_done(before);
        }
        if let TransferTarget::Skill(skill) = target {
            self.contacts[slot].extra_skill = Some(skill);
        }
        let overflow = self.contacts[slot].overflow;
        self.begin_again(slot, by);
        if let TransferTarget::Agent(to) = target {
            // The ring through which the agent could be named stays open.
            self.contacts[slot].overflow = overflow;
            let to = self.agent_slot(to)?;
            self.contacts[slot].stage = Stage::Waiting;
            self.join_line(slot);
            self.tell_queued(slot, QueuedWhy::Transferred);
            let channel = self.contacts[slot].work_channel();
            if self.not_busy(to, channel).is_ok() {
                self.offer(
                    slot,
                    to,
                    OfferKind::Transfer,
                    AgentRule::Named,
                    ContactRule::JustArrived,
                );
            } else {
                self.reserve(slot, to, until, true);
            }
        } else {
            self.put_in_line_again(slot, QueuedWhy::Transferred);
        }
        Ok(())
    }

    /// A lead takes the contact over from the only agent on it. It is released, offered and answered in
    /// one instant, so that figures and bills know it as they know any other answer. The customer stays
    /// that agent's: a queue that prefers whoever served them last does not send the next contact to the
    /// lead.
    pub(crate) fn take_over(
        &mut self,
        id: ContactId,
        from_id: AgentId,
        by_id: AgentId,
    ) -> Result<(), InputError> {
        let (slot, from) = self.in_conversation(id, from_id)?;
        let by = self.agent_slot(by_id)?;
        let entry = &self.contacts[slot];
        let client = &self.clients[entry.client];
        if entry.agents.len() > 1 || entry.consult.is_some() {
            return Err(entry.wrong_state());
        }
        if client.removed {
            // As with a consult: without a contract nobody else is drawn in.
            return Err(InputError::UnknownClient(client.rules.client));
        }
        if entry.outbound && !entry.reached {
            return Err(InputError::WrongState { contact: id, state: "ringing at the customer" });
        }
        let (channel, overflow) = (entry.work_channel(), entry.overflow);
        let fits = if by == from { Err(Ineligible::AtCapacity) } else { Ok(()) };
        fits.and_then(|()| self.may_be_named(by, slot))
            .and_then(|()| self.not_busy(by, channel))
            .map_err(|reason| InputError::NotEligible { agent: by_id, contact: id, reason })?;
        self.finish_part(from, slot, PartEnd::Released, false);
        self.begin_again(slot, from);
        let entry = &mut self.contacts[slot];
        entry.stands_in = Some((by_id, entry.served_by(from_id)));
        // The ring through which the lead could be named stays open.
        entry.overflow = overflow;
        self.contacts[slot].stage = Stage::Waiting;
        self.join_line(slot);
        self.tell_queued(slot, QueuedWhy::Released);
        self.offer(slot, by, OfferKind::Transfer, AgentRule::Named, ContactRule::JustArrived);
        self.answer(id, by_id)
    }

    /// The contact waits anew, with the original start of its clock for its place in the line. It is
    /// kept from the agent it came from for a while.
    fn begin_again(&mut self, slot: u32, from: u32) {
        let now = self.now;
        let until = now + self.floor.reoffer_after;
        let from = self.agents[from].id();
        let contact = &mut self.contacts[slot];
        contact.wait_base = now;
        contact.overflow = false;
        contact.relaxed = 0;
        contact.exclude(from, until);
    }

    /// Takes the agent off a contact in conversation; if nobody is left on it, it waits again at
    /// the place that the start of its clock gives it.
    pub(crate) fn take_away(&mut self, agent: u32, slot: u32, why: PartEnd, queued: QueuedWhy) {
        self.detach(agent, slot, why);
        let entry = &self.contacts[slot];
        if entry.agents.is_empty() && entry.outbound && !entry.reached {
            // There is no customer who could wait.
            self.end_contact(slot, Ending::NotReached);
        } else if entry.agents.is_empty() {
            self.begin_again(slot, agent);
            self.put_in_line_again(slot, queued);
        }
    }

    pub(crate) fn release(&mut self, id: ContactId, agent_id: AgentId) -> Result<(), InputError> {
        let agent = self.agent_slot(agent_id)?;
        let works = &self.agents[agent].work;
        let not_on = InputError::NotOnContact { agent: agent_id, contact: id };
        if let Some(stage) = self.stage_of(agent, id) {
            let slot = self.contact_slot(id)?;
            if stage == WorkStage::Ringing {
                let until = self.now + self.floor.reoffer_after;
                self.contacts[slot].exclude(agent_id, until);
                self.end_offer(slot, OfferEnd::TakenBack);
            } else {
                self.take_away(agent, slot, PartEnd::Released, QueuedWhy::Released);
            }
            return Ok(());
        }
        let wrap_up = works.iter().position(|work| work.contact == id && work.stage.is_wrap_up());
        self.end_wrap_up(agent, wrap_up.ok_or(not_on)?, None);
        Ok(())
    }
}
