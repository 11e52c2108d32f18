//! A contact on the floor, from its arrival to the moment somebody is found for it.

use std::time::Duration;

use domain::{
    AgentId, ContactId, CustomerId, Language, SkillId, Timestamp,
    contract::{Channel, ClockStart, ServicePromise},
};
use minicbor::{Decode, Encode};

use crate::{
    Arrival, Door, Ending, Event, InputError, OfferEnd, OfferKind, PartEnd, QueuedWhy, RingWhy,
    Router, agent::WorkStage, timers::Timer,
};

/// Most agents on one contact.
pub const AGENTS_ON_CONTACT_MAX: usize = 8;
/// Most agents a contact is kept from at once after misses and refusals; beyond it the one who
/// missed it longest ago may be asked again.
pub const MISSED_MAX: usize = 16;

/// A contact as the router keeps it.
#[derive(Clone, Debug)]
pub(crate) struct Contact {
    pub id: ContactId,
    /// Arrival number on this floor: the last tie-break.
    pub seq: u64,
    pub client: u32,
    pub queue: u32,
    /// How it came.
    pub channel: Channel,
    pub language: Language,
    pub customer: Option<CustomerId>,
    pub clock_start: Timestamp,
    /// From where waiting counts: the start of the clock, later the last time it was put back
    /// after a conversation.
    pub wait_base: Timestamp,
    /// Given at arrival, beside that of the queue.
    pub head_start: Duration,
    pub emergency: bool,
    /// The smallest is served first, see [`Router::rank`].
    pub rank: i64,
    pub promise: ServicePromise,
    pub stage: Stage,
    pub callback: bool,
    /// When a callback is tried again, and how often it was tried in vain.
    pub retry_at: Option<Timestamp>,
    pub tries: u8,
    /// We called.
    pub outbound: bool,
    /// The customer whom we called has answered.
    pub reached: bool,
    pub greeted: bool,
    /// The overflow ring is open.
    pub overflow: bool,
    /// Bit per skill that has relaxed.
    pub relaxed: u16,
    /// Asked on top, by a transfer.
    pub extra_skill: Option<SkillId>,
    pub reserved: Option<Reservation>,
    /// Agents not to ask again before an instant.
    pub missed: Vec<(AgentId, Timestamp)>,
    pub offer: Option<Offer>,
    pub consult: Option<Consult>,
    /// A lead who took it over, and the agent whom they stand in for: the customer stays that agent's.
    /// A next contact goes to somebody who serves customers, and not to a lead who stepped in once.
    pub stands_in: Option<(AgentId, AgentId)>,
    /// Agents in conversation, in the order in which they joined.
    pub agents: Vec<u32>,
    /// Wait until the first answer.
    pub first_wait: Option<Duration>,
    /// A position above this must not be told any more.
    pub told_max: u32,
    /// What was expected when it joined the queue.
    pub estimate: Option<Duration>,
    /// The class it waits in.
    pub class: Option<u32>,
    pub armed: Option<Timestamp>,
}

/// Where a contact is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub(crate) enum Stage {
    /// Waits for the opening.
    #[n(0)]
    Closed,
    /// Waits for an agent.
    #[n(1)]
    Waiting,
    /// Rings at an agent.
    #[n(2)]
    Offered,
    /// In conversation; with nobody of ours when it was passed on to somebody outside.
    #[n(3)]
    Handled,
    /// A callback that waits for its next try.
    #[n(4)]
    Later,
}

/// Kept for one agent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Reservation {
    pub agent: u32,
    pub until: Timestamp,
    /// Named by a transfer; otherwise the agent who served the customer last.
    pub named: bool,
}

/// An offer that rings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Offer {
    pub agent: u32,
    pub until: Timestamp,
    pub kind: OfferKind,
    /// The agent is outside the first ring.
    pub overflow: bool,
}

/// An agent asks another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Consult {
    pub by: u32,
    pub to: u32,
    /// The other has answered.
    pub joined: bool,
}

impl Contact {
    /// A contact with its id and arrival number, client and queue, channel and language, that has
    /// just come to wait.
    pub fn new(
        (id, seq): (ContactId, u64),
        (client, queue): (u32, u32),
        (channel, language): (Channel, Language),
        promise: ServicePromise,
        clock_start: Timestamp,
    ) -> Self {
        Self {
            id,
            seq,
            client,
            queue,
            channel,
            language,
            customer: None,
            clock_start,
            wait_base: clock_start,
            head_start: Duration::ZERO,
            emergency: false,
            rank: 0,
            promise,
            stage: Stage::Waiting,
            callback: false,
            retry_at: None,
            tries: 0,
            outbound: false,
            reached: false,
            greeted: false,
            overflow: false,
            relaxed: 0,
            extra_skill: None,
            reserved: None,
            missed: Vec::new(),
            offer: None,
            consult: None,
            stands_in: None,
            agents: Vec::new(),
            first_wait: None,
            told_max: u32::MAX,
            estimate: None,
            class: None,
            armed: None,
        }
    }

    /// The channel by which it counts for capacity.
    pub fn work_channel(&self) -> Channel {
        if self.callback { Channel::Callback } else { self.channel }
    }

    /// Whom the customer of this contact is remembered as served by, when `agent` serves them: by the
    /// agent, or by whom they stand in for.
    pub fn served_by(&self, agent: AgentId) -> AgentId {
        match self.stands_in {
            Some((lead, of)) if lead == agent => of,
            _ => agent,
        }
    }

    /// Whether the agent has missed or refused it a moment ago.
    pub fn is_excluded(&self, agent: AgentId) -> bool {
        self.missed.iter().any(|(missed, _)| *missed == agent)
    }

    /// Keeps the contact from the agent until then.
    pub fn exclude(&mut self, agent: AgentId, until: Timestamp) {
        self.missed.retain(|(missed, _)| *missed != agent);
        if self.missed.len() >= MISSED_MAX {
            self.missed.remove(0);
        }
        self.missed.push((agent, until));
    }

    /// What the state is called in messages.
    pub fn state_name(&self) -> &'static str {
        match self.stage {
            Stage::Closed => "waiting for the opening",
            Stage::Waiting => "waiting",
            Stage::Offered => "being offered to an agent",
            Stage::Later => "waiting for its next try",
            Stage::Handled if self.agents.is_empty() => "with somebody outside",
            Stage::Handled if self.consult.is_some() => "in a consult",
            Stage::Handled if self.agents.len() > 1 => "in a conference",
            Stage::Handled => "in conversation with an agent",
        }
    }

    pub fn wrong_state(&self) -> InputError {
        InputError::WrongState { contact: self.id, state: self.state_name() }
    }
}

pub(crate) fn micros(span: Duration) -> i64 {
    i64::try_from(span.as_micros()).unwrap_or(i64::MAX)
}

impl Router {
    pub(crate) fn arrive(
        &mut self,
        arrival: Arrival,
        skill: Option<SkillId>,
        door: Door,
    ) -> Result<(), InputError> {
        if self.contact_at.contains_key(&arrival.contact) {
            return Err(InputError::ContactKnown(arrival.contact));
        }
        let client = self.client_slot(arrival.client)?;
        let queue = self.queue_of(client, arrival.queue)?;
        if !self.queues[queue].rules.channels.contains(&arrival.channel) {
            return Err(InputError::ChannelClosed {
                queue: arrival.queue,
                channel: arrival.channel,
            });
        }
        let leads_there = match door {
            Door::Wait => true,
            Door::Callback => arrival.channel.is_by_phone(),
            Door::Voicemail => arrival.channel.is_by_phone() || arrival.channel == Channel::Chat,
        };
        if !leads_there {
            return Err(InputError::NotACall(arrival.contact));
        }
        self.check_contacts_max()?;
        let now = self.now;
        let entry = &self.clients[client];
        let promise = entry.period_rules().promise.clone();
        let first_ring = arrival.first_ring.map_or(now, |first| first.min(now));
        let clock_start = match promise.clock {
            ClockStart::FirstRing => first_ring,
            ClockStart::QueueEntry => now,
        };
        let (open, version, period) = (entry.open, entry.rules.contract_version, entry.period);
        let language = arrival.language.unwrap_or(entry.rules.default_language);
        let closed_waits = entry.rules.closed_waits;
        let opens = self.opens(client);
        let full = self.queues[queue].is_full();

        self.arrivals += 1;
        let at = (client, queue);
        let slot = self.contacts.insert(Contact {
            customer: arrival.customer,
            head_start: arrival.head_start.unwrap_or_default(),
            emergency: arrival.emergency,
            extra_skill: skill,
            stage: if open { Stage::Waiting } else { Stage::Closed },
            ..Contact::new(
                (arrival.contact, self.arrivals),
                at,
                (arrival.channel, language),
                promise.clone(),
                clock_start,
            )
        });
        self.contact_at.insert(arrival.contact, slot);
        self.clients[client].contacts += 1;
        self.queues[queue].contacts += 1;
        self.emit(Event::Arrived {
            contact: arrival.contact,
            client: arrival.client,
            queue: arrival.queue,
            channel: arrival.channel,
            language,
            contract_version: version,
            period,
            promise,
            clock_start,
            first_ring: (first_ring < clock_start).then_some(first_ring),
        });
        if door == Door::Voicemail {
            self.end_contact(slot, Ending::Voicemail);
        } else if !open && !closed_waits && door == Door::Wait {
            self.end_contact(slot, Ending::Closed);
        } else if full {
            self.end_contact(slot, Ending::QueueFull);
        } else if !open {
            self.join_line(slot);
            self.emit(Event::WaitsForOpening {
                contact: arrival.contact,
                client: arrival.client,
                opens,
            });
            if door == Door::Callback {
                self.promise_callback(slot);
            }
        } else {
            self.join_line(slot);
            self.tell_queued(slot, QueuedWhy::Arrived);
            match door {
                Door::Callback => self.promise_callback(slot),
                Door::Wait | Door::Voicemail => self.wait_or_ring(slot),
            }
            if self.contacts.get(slot).is_some_and(|contact| contact.stage == Stage::Waiting) {
                self.look_at_projection(queue);
            }
        }
        Ok(())
    }

    pub(crate) fn check_contacts_max(&self) -> Result<(), InputError> {
        if self.contacts.len() < self.floor.contacts_max as usize {
            return Ok(());
        }
        Err(InputError::Limit {
            what: "the number of contacts on the floor",
            limit: self.floor.contacts_max,
            next: "try again when some have ended, or raise `contacts_max` of the floor",
        })
    }

    /// A queue of the client that its contract has.
    pub(crate) fn queue_of(&self, client: u32, id: domain::QueueId) -> Result<u32, InputError> {
        self.queue_at
            .get(&id)
            .copied()
            .filter(|slot| self.queues[*slot].client == client && !self.queues[*slot].removed)
            .ok_or(InputError::UnknownQueue(id))
    }

    /// The next opening of a client.
    pub(crate) fn opens(&self, client: u32) -> Option<Timestamp> {
        let changes = &self.clients[client].rules.open_at.changes;
        let after = changes.partition_point(|(from, _)| *from <= self.now);
        changes[after..].iter().find(|(_, open)| *open).map(|(from, _)| *from)
    }

    pub(crate) fn tell_queued(&mut self, slot: u32, why: QueuedWhy) {
        let contact = &self.contacts[slot];
        let event = Event::Queued {
            contact: contact.id,
            client: self.clients[contact.client].rules.client,
            queue: self.queues[contact.queue].rules.queue,
            why,
        };
        self.emit(event);
    }

    pub(crate) fn tell_ring(&mut self, slot: u32, why: RingWhy) {
        let contact = &self.contacts[slot];
        let event = Event::RingOpened {
            contact: contact.id,
            client: self.clients[contact.client].rules.client,
            why,
            overflow: contact.overflow,
        };
        self.emit(event);
    }

    pub(crate) fn abandon(&mut self, id: ContactId) -> Result<(), InputError> {
        let slot = self.contact_slot(id)?;
        let contact = &self.contacts[slot];
        if contact.callback {
            return Err(InputError::WrongState { contact: id, state: "promised a callback" });
        }
        match contact.stage {
            Stage::Handled => return Err(contact.wrong_state()),
            Stage::Closed | Stage::Waiting | Stage::Later => {}
            Stage::Offered => self.end_offer_quietly(slot, OfferEnd::ContactGone),
        }
        let contact = &self.contacts[slot];
        let wait = self.now.since(contact.clock_start);
        let short = u64::from(contact.promise.short_abandon_s);
        let ending = if contact.first_wait.is_some() {
            // Answered before, and put back since: it was handled, and the customer left.
            Ending::Handled(crate::EndedBy::Customer)
        } else if wait <= Duration::from_secs(short) {
            Ending::ShortAbandoned
        } else {
            let queue = contact.queue;
            self.queues[queue].outcomes.record(self.now, false);
            Ending::Abandoned
        };
        self.end_contact(slot, ending);
        Ok(())
    }

    pub(crate) fn request_callback(&mut self, id: ContactId) -> Result<(), InputError> {
        let slot = self.contact_slot(id)?;
        let contact = &self.contacts[slot];
        if contact.callback {
            return Err(InputError::WrongState { contact: id, state: "promised a callback" });
        }
        if !matches!(contact.stage, Stage::Waiting | Stage::Closed) {
            return Err(contact.wrong_state());
        }
        self.leave_class(slot);
        self.promise_callback(slot);
        Ok(())
    }

    /// A call that a fault of ours has cut waits as a callback in its place. Whoever was on it may be the one
    /// who calls, after the wrap-up if there is one.
    pub(crate) fn call_again(&mut self, id: ContactId, wraps_up: bool) -> Result<(), InputError> {
        let slot = self.contact_slot(id)?;
        let contact = &self.contacts[slot];
        if !contact.channel.is_by_phone() {
            return Err(InputError::NotACall(id));
        }
        if contact.callback {
            return Err(InputError::WrongState { contact: id, state: "promised a callback" });
        }
        if self.clients[contact.client].removed || self.queues[contact.queue].removed {
            // Nobody is drawn in any more.
            return Err(InputError::UnknownClient(self.clients[contact.client].rules.client));
        }
        let (stage, agents) = (contact.stage, contact.agents.clone());
        self.end_offer_quietly(slot, OfferEnd::TakenBack);
        self.contacts[slot].consult = None;
        for agent in agents {
            self.finish_part(agent, slot, PartEnd::Released, wraps_up);
        }
        let why = match stage {
            Stage::Waiting | Stage::Closed | Stage::Later => {
                self.leave_class(slot);
                self.promise_callback(slot);
                return Ok(());
            }
            Stage::Offered => QueuedWhy::OfferEnded,
            Stage::Handled => {
                let now = self.now;
                let contact = &mut self.contacts[slot];
                (contact.wait_base, contact.overflow, contact.relaxed) = (now, false, 0);
                QueuedWhy::Released
            }
        };
        self.mark_callback(slot);
        self.put_in_line_again(slot, why);
        Ok(())
    }

    /// The contact is a callback from now on, and its customer is still to be reached, however often they
    /// were before.
    fn mark_callback(&mut self, slot: u32) {
        let contact = &mut self.contacts[slot];
        (contact.callback, contact.outbound, contact.reached) = (true, false, false);
        let (id, client) = (contact.id, self.clients[contact.client].rules.client);
        self.emit(Event::CallbackPromised { contact: id, client });
    }

    /// The contact waits as a callback from now on.
    fn promise_callback(&mut self, slot: u32) {
        self.mark_callback(slot);
        if self.contacts[slot].reserved.is_none() && self.contacts[slot].stage == Stage::Waiting {
            self.enqueue(slot);
        }
    }

    pub(crate) fn expedite(&mut self, id: ContactId) -> Result<(), InputError> {
        let slot = self.contact_slot(id)?;
        let contact = &self.contacts[slot];
        if contact.stage == Stage::Handled {
            return Err(contact.wrong_state());
        }
        let client = self.clients[contact.client].rules.client;
        let waits_in_class = contact.class.is_some();
        self.leave_class(slot);
        self.leave_line(slot);
        self.contacts[slot].emergency = true;
        self.join_line(slot);
        if waits_in_class {
            self.join_class(slot);
        }
        self.emit(Event::Expedited { contact: id, client });
        Ok(())
    }

    /// The contact leaves the floor. Nobody holds it any more.
    pub(crate) fn end_contact(&mut self, slot: u32, ending: Ending) {
        self.leave_class(slot);
        self.release_reservation(slot);
        self.leave_line(slot);
        let now = self.now;
        let contact = &self.contacts[slot];
        let (client, queue) = (contact.client, contact.queue);
        let event = Event::Ended {
            contact: contact.id,
            client: self.clients[client].rules.client,
            queue: self.queues[queue].rules.queue,
            ending,
            wait: contact.first_wait.unwrap_or_else(|| now.since(contact.clock_start)),
        };
        self.emit(event);
        if let Some(contact) = self.contacts.remove(slot) {
            self.arm(None, 0, Timer::ContactDue(slot));
            self.contact_at.remove(&contact.id);
            self.remember_call(&contact);
        }
        self.clients[client].contacts -= 1;
        self.queues[queue].contacts -= 1;
        self.drop_queue_if_done(queue);
    }

    /// Keeps the waiting contact for one agent until then.
    pub(crate) fn reserve(&mut self, slot: u32, agent: u32, until: Timestamp, named: bool) {
        self.leave_class(slot);
        let now = self.now;
        self.contacts[slot].missed.retain(|(_, until)| *until > now);
        self.contacts[slot].reserved = Some(Reservation { agent, until, named });
        self.agents[agent].reserved.push(slot);
        self.arm_contact(slot);
    }

    /// Forgets the reservation, if there is one.
    pub(crate) fn release_reservation(&mut self, slot: u32) {
        if let Some(reserved) = self.contacts[slot].reserved.take() {
            self.agents[reserved.agent].reserved.retain(|contact| *contact != slot);
        }
    }

    /// The agent it was kept for is not free in time, or not there any more: everyone may have it.
    pub(crate) fn reservation_lapses(&mut self, slot: u32) {
        self.release_reservation(slot);
        if self.contacts[slot].stage == Stage::Waiting {
            self.tell_ring(slot, RingWhy::StickyExpired);
            self.enqueue(slot);
        }
    }

    /// What is due at a contact.
    pub(crate) fn contact_due(&mut self, slot: u32) {
        let now = self.now;
        match self.contacts[slot].stage {
            Stage::Closed => {}
            Stage::Later => self.try_again(slot),
            Stage::Offered | Stage::Handled => {
                if self.contacts[slot].offer.is_some_and(|offer| offer.until <= now) {
                    self.end_offer(slot, OfferEnd::Missed);
                } else {
                    self.flag_long_talk(slot);
                    self.arm_contact(slot);
                }
            }
            Stage::Waiting => {
                let contact = &mut self.contacts[slot];
                contact.missed.retain(|(_, until)| *until > now);
                match contact.reserved {
                    Some(reserved) if reserved.until <= now => self.reservation_lapses(slot),
                    Some(_) => self.arm_contact(slot),
                    None => {
                        self.leave_class(slot);
                        self.enqueue(slot);
                    }
                }
            }
        }
    }

    fn flag_long_talk(&mut self, slot: u32) {
        let now = self.now;
        let contact = &self.contacts[slot];
        let (id, client) = (contact.id, self.clients[contact.client].rules.client);
        for agent in contact.agents.clone() {
            let entry = &mut self.agents[agent];
            let agent = entry.rules.agent;
            let Some(work) = entry.work_on_mut(id) else { continue };
            let talk = work.talk + now.since(work.since);
            if work.stage == WorkStage::Talking
                && work.talk_limit.is_some_and(|limit| talk >= limit)
            {
                work.talk_limit = None;
                self.emit(Event::TalkLimitPassed { contact: id, client, agent });
            }
        }
    }

    fn contact_deadline(&self, slot: u32) -> Option<Timestamp> {
        let contact = &self.contacts[slot];
        let client = &self.clients[contact.client];
        match contact.stage {
            Stage::Closed => None,
            Stage::Later => contact.retry_at,
            Stage::Offered => contact.offer.map(|offer| offer.until),
            Stage::Handled => {
                let offer = contact.offer.map(|offer| offer.until);
                let talk = contact.agents.iter().filter_map(|agent| {
                    let work = self.agents[*agent].work_on(contact.id)?;
                    let limit = work.talk_limit.filter(|_| work.stage == WorkStage::Talking)?;
                    Some(work.since + limit.saturating_sub(work.talk))
                });
                talk.chain(offer).min()
            }
            Stage::Waiting => {
                let missed = contact.missed.iter().map(|(_, until)| *until).min();
                if let Some(reserved) = contact.reserved {
                    return missed.into_iter().chain([reserved.until]).min();
                }
                let skills = &self.queues[contact.queue].rules.skills;
                let relax = skills
                    .iter()
                    .enumerate()
                    .filter(|(at, _)| contact.relaxed >> at & 1 == 0)
                    .filter_map(|(_, ask)| ask.relax_after);
                let overflow = client
                    .overflow()
                    .filter(|_| !contact.overflow)
                    .and_then(|overflow| overflow.after);
                relax.chain(overflow).map(|after| contact.wait_base + after).chain(missed).min()
            }
        }
    }

    pub(crate) fn arm_contact(&mut self, slot: u32) {
        let deadline = self.contact_deadline(slot);
        let contact = &mut self.contacts[slot];
        if contact.armed != deadline {
            contact.armed = deadline;
            let key = u128::from(contact.seq);
            self.arm(deadline, key, Timer::ContactDue(slot));
        }
    }
}
