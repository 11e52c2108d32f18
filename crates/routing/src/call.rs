//! Telephone calls: phones that come and go, calls placed by agents, callbacks that are tried again,
//! and the ends that only calls have.

use std::time::Duration;

use domain::{AgentId, ContactId, Timestamp, contract::Channel};

use crate::{
    CallFact, CallOut, Ending, Event, Ineligible, InputError, OfferEnd, PartEnd, QueuedWhy, Router,
    TransferTarget,
    agent::{Work, WorkStage},
    contact::{Contact, Stage},
    ring::ClassKey,
};

/// So many times a callback is tried; then the contact ends as `NotReached`.
pub const CALLBACK_TRIES_MAX: u8 = 3;
/// A callback is tried again after at most this time.
pub const CALLBACK_RETRY_MAX: Duration = Duration::from_secs(7 * 86_400);
/// Calls that left the floor and of which facts may still come: at 20 calls in a second, those of
/// the last 51 seconds.
pub const ENDED_CALLS_MAX: usize = 1024;

impl Router {
    /// Keeps a fact, and changes nothing.
    pub(crate) fn call_fact(&mut self, fact: CallFact) -> Result<(), InputError> {
        let CallFact { contact, step } = fact;
        let ended = || {
            let ended = self.ended_calls.iter().rev().find(|(ended, _)| *ended == contact);
            ended.map(|(_, client)| *client)
        };
        let client = match self.contact_at.get(&contact) {
            Some(slot) => self.clients[self.contacts[*slot].client].rules.client,
            None => ended().ok_or(InputError::ContactGone(contact))?,
        };
        self.emit(Event::Call { contact, client, step });
        Ok(())
    }

    /// A call has left the floor; the one that left longest ago is forgotten.
    pub(crate) fn remember_call(&mut self, contact: &Contact) {
        if !contact.channel.is_by_phone() && !contact.callback {
            return;
        }
        if self.ended_calls.len() >= ENDED_CALLS_MAX {
            self.ended_calls.pop_front();
        }
        self.ended_calls.push_back((contact.id, self.clients[contact.client].rules.client));
    }

    pub(crate) fn phone(&mut self, id: AgentId, ready: bool) -> Result<(), InputError> {
        let slot = self.agent_slot(id)?;
        if self.agents[slot].phone_ready == ready {
            return Ok(());
        }
        self.agents[slot].phone_ready = ready;
        self.emit(Event::Phone { agent: id, ready });
        if !ready {
            let by_phone = |contact: &u32| self.contacts[*contact].work_channel().is_by_phone();
            let ringing = self.ringing_contact(slot).filter(by_phone);
            let reserved: Vec<u32> =
                self.agents[slot].reserved.iter().copied().filter(by_phone).collect();
            if let Some(contact) = ringing {
                self.end_offer(contact, OfferEnd::Unreachable);
            }
            for contact in reserved {
                self.reservation_lapses(contact);
            }
        }
        self.refresh(slot);
        Ok(())
    }

    pub(crate) fn call_out(&mut self, call: CallOut) -> Result<(), InputError> {
        let CallOut { contact: id, client: client_id, queue: queue_id, agent: agent_id, .. } = call;
        if self.contact_at.contains_key(&id) {
            return Err(InputError::ContactKnown(id));
        }
        let client = self.client_slot(client_id)?;
        let queue = self.queue_of(client, queue_id)?;
        let agent = self.agent_slot(agent_id)?;
        if !self.agents[agent].signed_in {
            return Err(InputError::SignedOut(agent_id));
        }
        if !self.queues[queue].rules.channels.contains(&Channel::Voice) {
            return Err(InputError::ChannelClosed { queue: queue_id, channel: Channel::Voice });
        }
        let entry = &self.clients[client];
        let language = call.language.unwrap_or(entry.rules.default_language);
        let key = ClassKey {
            queue,
            period: entry.period,
            overflow: true,
            relaxed: 0,
            language,
            channel: Channel::Voice,
            skill: None,
        };
        self.may_call_out(agent, &key).map_err(|reason| InputError::NotEligible {
            agent: agent_id,
            contact: id,
            reason,
        })?;
        self.check_contacts_max()?;
        let now = self.now;
        let entry = &self.clients[client];
        let period = entry.period_rules();
        let (promise, talk_limit) = (period.promise.clone(), period.talk_limit);
        let (contract_version, period) = (entry.rules.contract_version, entry.period);
        self.arrivals += 1;
        let slot = self.contacts.insert(Contact {
            stage: Stage::Handled,
            agents: vec![agent],
            outbound: true,
            // The service level has nothing to wait for: whatever follows is a later answer.
            first_wait: Some(Duration::ZERO),
            customer: call.customer,
            ..Contact::new(
                (id, self.arrivals),
                (client, queue),
                (Channel::Voice, language),
                promise.clone(),
                now,
            )
        });
        self.contact_at.insert(id, slot);
        self.clients[client].contacts += 1;
        self.queues[queue].contacts += 1;
        self.agents[agent].work.push(Work {
            contact: id,
            client: client_id,
            queue: queue_id,
            channel: Channel::Voice,
            stage: WorkStage::Talking,
            since: now,
            talk: Duration::ZERO,
            hold: Duration::ZERO,
            talk_limit,
        });
        self.count_work(agent, client, true);
        self.emit(Event::CalledOut {
            contact: id,
            client: client_id,
            queue: queue_id,
            agent: agent_id,
            language,
            contract_version,
            period,
            promise,
        });
        self.refresh(agent);
        self.arm_contact(slot);
        Ok(())
    }

    /// Why the agent may not call out for the client: any ring of the period will do, skills and
    /// presence are left out.
    fn may_call_out(&self, slot: u32, key: &ClassKey) -> Result<(), Ineligible> {
        self.static_reason(slot, key, false)?;
        self.reachable(slot, key.channel)?;
        let agent = &self.agents[slot];
        let at = key.channel as usize;
        if agent.work.iter().any(|work| work.stage == WorkStage::Ringing) {
            Err(Ineligible::OfferRinging)
        } else if agent.takes[at] <= agent.in_hand[at]
            || !self.capacity.fits(key.channel, &agent.in_hand)
        {
            Err(Ineligible::AtCapacity)
        } else {
            Ok(())
        }
    }

    /// The customer whom we called is on the line. A callback is a call like any other from now on: should
    /// its agent pass it on, its customer waits on the line and may leave, and whoever takes calls may be
    /// offered it. Only the agent who called counts it as a callback until they are done.
    pub(crate) fn customer_answered(&mut self, id: ContactId) -> Result<(), InputError> {
        let slot = self.contact_slot(id)?;
        let entry = &mut self.contacts[slot];
        if entry.stage != Stage::Handled || entry.agents.is_empty() {
            return Err(entry.wrong_state());
        }
        if !(entry.outbound || entry.callback) || entry.reached {
            return Err(InputError::WrongState { contact: id, state: "with the customer already" });
        }
        entry.reached = true;
        entry.callback &= !entry.channel.is_by_phone();
        let client = self.clients[entry.client].rules.client;
        self.emit(Event::CustomerAnswered { contact: id, client });
        Ok(())
    }

    /// The contact, if it was promised a callback.
    fn callback_slot(&self, id: ContactId) -> Result<u32, InputError> {
        let slot = self.contact_slot(id)?;
        if self.contacts[slot].callback {
            Ok(slot)
        } else {
            Err(InputError::WrongState { contact: id, state: "not promised a callback" })
        }
    }

    pub(crate) fn cancel_callback(&mut self, id: ContactId) -> Result<(), InputError> {
        let slot = self.callback_slot(id)?;
        match self.contacts[slot].stage {
            Stage::Handled => return Err(self.contacts[slot].wrong_state()),
            Stage::Offered => self.end_offer_quietly(slot, OfferEnd::ContactGone),
            Stage::Closed | Stage::Waiting | Stage::Later => {}
        }
        self.end_contact(slot, Ending::CallbackCancelled);
        Ok(())
    }

    pub(crate) fn callback_failed(
        &mut self,
        id: ContactId,
        retry_at: Timestamp,
    ) -> Result<(), InputError> {
        let slot = self.callback_slot(id)?;
        let entry = &mut self.contacts[slot];
        let &[agent] = entry.agents.as_slice() else { return Err(entry.wrong_state()) };
        if entry.consult.is_some() || entry.reached {
            return Err(entry.wrong_state());
        }
        entry.tries = entry.tries.saturating_add(1);
        let tries = entry.tries;
        let client = self.clients[entry.client].rules.client;
        let now = self.now;
        let retry_at =
            (tries < CALLBACK_TRIES_MAX).then(|| retry_at.clamp(now, now + CALLBACK_RETRY_MAX));
        let agent_id = self.agents[agent].id();
        self.finish_part(agent, slot, PartEnd::NotReached, false);
        self.emit(Event::CallbackFailed { contact: id, client, agent: agent_id, tries, retry_at });
        if retry_at.is_none() {
            self.end_contact(slot, Ending::NotReached);
            return Ok(());
        }
        let entry = &mut self.contacts[slot];
        entry.stage = Stage::Later;
        entry.retry_at = retry_at;
        entry.wait_base = now;
        if self.queues[entry.queue].removed {
            self.end_contact(slot, Ending::QueueRemoved);
            return Ok(());
        }
        self.join_line(slot);
        if retry_at <= Some(now) {
            self.try_again(slot);
        } else {
            self.arm_contact(slot);
        }
        Ok(())
    }

    /// The time has come for the next try of a callback.
    pub(crate) fn try_again(&mut self, slot: u32) {
        let now = self.now;
        let entry = &mut self.contacts[slot];
        entry.retry_at = None;
        entry.wait_base = now;
        entry.overflow = false;
        entry.relaxed = 0;
        let (id, client) = (entry.id, entry.client);
        if self.clients[client].open {
            self.contacts[slot].stage = Stage::Waiting;
            self.tell_queued(slot, QueuedWhy::TriedAgain);
            self.enqueue(slot);
        } else {
            self.contacts[slot].stage = Stage::Closed;
            let opens = self.opens(client);
            let client = self.clients[client].rules.client;
            self.emit(Event::WaitsForOpening { contact: id, client, opens });
        }
    }

    pub(crate) fn leave_voicemail(&mut self, id: ContactId) -> Result<(), InputError> {
        let slot = self.contact_slot(id)?;
        let entry = &self.contacts[slot];
        if entry.callback {
            return Err(InputError::WrongState { contact: id, state: "promised a callback" });
        }
        if !entry.channel.is_by_phone() {
            return Err(InputError::NotACall(id));
        }
        match entry.stage {
            Stage::Handled => return Err(entry.wrong_state()),
            Stage::Offered => self.end_offer_quietly(slot, OfferEnd::ContactGone),
            Stage::Closed | Stage::Waiting | Stage::Later => {}
        }
        self.end_contact(slot, Ending::Voicemail);
        Ok(())
    }

    pub(crate) fn cut(&mut self, id: ContactId) -> Result<(), InputError> {
        let slot = self.contact_slot(id)?;
        let entry = &self.contacts[slot];
        if !entry.work_channel().is_by_phone() {
            return Err(InputError::NotACall(id));
        }
        if entry.callback && entry.stage != Stage::Handled {
            return Err(InputError::WrongState { contact: id, state: "promised a callback" });
        }
        self.end_offer_quietly(slot, OfferEnd::ContactGone);
        self.contacts[slot].consult = None;
        for agent in self.contacts[slot].agents.clone() {
            self.finish_part(agent, slot, PartEnd::Ended, true);
        }
        self.end_contact(slot, Ending::Cut);
        Ok(())
    }

    /// Nobody outside has answered: the customer who was handed there waits again.
    pub(crate) fn outside_failed(&mut self, id: ContactId) -> Result<(), InputError> {
        let now = self.now;
        let slot = self.contact_slot(id)?;
        let entry = &mut self.contacts[slot];
        if entry.stage != Stage::Handled || !entry.agents.is_empty() {
            return Err(entry.wrong_state());
        }
        entry.wait_base = now;
        entry.overflow = false;
        entry.relaxed = 0;
        self.put_in_line_again(slot, QueuedWhy::Transferred);
        Ok(())
    }

    /// The agent hands the customer to somebody outside, and wraps up.
    pub(crate) fn transfer_outside(&mut self, slot: u32, by: u32) -> Result<(), InputError> {
        let now = self.now;
        let (by_id, until) = (self.agents[by].id(), now + self.floor.reoffer_after);
        let entry = &mut self.contacts[slot];
        let id = entry.id;
        if !entry.work_channel().is_by_phone() {
            return Err(InputError::NotACall(id));
        }
        if entry.callback && !entry.reached {
            // There is nobody yet who could be handed on.
            return Err(InputError::WrongState { contact: id, state: "ringing at the customer" });
        }
        entry.wait_base = now;
        // Should nobody answer there, it goes to somebody else first.
        entry.exclude(by_id, until);
        let client = self.clients[entry.client].rules.client;
        self.emit(Event::Transferred {
            contact: id,
            client,
            by: by_id,
            to: TransferTarget::Outside,
        });
        self.finish_part(by, slot, PartEnd::Transferred, true);
        self.arm_contact(slot);
        Ok(())
    }
}
