//! What may be looked at: places in line, why somebody waits, rows for boards and desks.

use std::time::Duration;

use domain::{
    AgentId, ClientId, ContactId, Language, PoolId, QueueId, TeamId, Timestamp, contract::Channel,
};
use serde::Serialize;

use crate::{
    AgentState, Ineligible, NextState, OfferKind, Presence, Router, agent::WorkStage,
    contact::Stage,
};

/// Where a waiting contact stands in its queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Place {
    /// Contacts of the queue that will be served before it, those that ring now included.
    pub ahead: u32,
    /// The number ahead that may be told: it never grows while the contact waits in a queue that
    /// announces positions, even when somebody is put ahead by the emergency lane.
    pub told_max: u32,
    /// Expected wait from now: the place times the mean gap between the queue's recent answers.
    /// `None` until 5 such gaps were seen, and unless the last expectations came true: at least 5
    /// compared, with a mean error of at most 30 s or half the mean wait.
    pub expected_wait: Option<Duration>,
}

/// Why a contact is still waiting.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct WhyWaiting {
    /// Period of the contract in force.
    pub period: u16,
    /// Pools whose agents may answer now.
    pub pools: Vec<PoolId>,
    /// The dedicated team that may answer now.
    pub team: Option<TeamId>,
    /// Whether the overflow ring is open.
    pub overflow_open: bool,
    /// How many skills have relaxed.
    pub skills_relaxed: u8,
    /// Signed-in agents who fit by ring, sign-off, site, channel, language and skills, whatever
    /// they do now.
    pub staffed: u32,
    /// Contacts of the queue before it.
    pub ahead: u32,
    /// The agent it is kept for, and until when.
    pub reserved_for: Option<(AgentId, Timestamp)>,
    /// All agents of the floor who cannot be offered it, by the first reason that holds.
    pub counts: Vec<(Ineligible, u32)>,
    /// Agents of the open rings with their reason, lowest ids first, up to the floor's limit.
    pub agents: Vec<(AgentId, Ineligible)>,
    /// What changes next by itself, and when.
    pub next_change: Option<(Timestamp, NextChange)>,
}

/// What will change for a waiting contact by the passing of time alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum NextChange {
    /// The hours begin.
    Opening,
    /// A skill relaxes.
    SkillRelaxes,
    /// The overflow ring opens.
    OverflowOpens,
    /// The agent it is kept for is not waited for any longer.
    ReservationEnds,
    /// An agent who missed or refused it may be asked again.
    AskedAgain,
    /// Another period of the contract, or other hours.
    PeriodChanges,
    /// A callback is tried again.
    CalledAgain,
}

/// Where a contact is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ContactState {
    /// Waits for the opening.
    WaitsForOpening,
    /// Waits for an agent.
    Waiting,
    /// Rings at an agent.
    Offered,
    /// With at least one agent who speaks with the customer.
    Talking,
    /// All its agents have it on hold or consult each other.
    Holding,
    /// With somebody outside, and no agent.
    Outside,
    /// A callback that is tried again at a time of its own.
    Later,
}

/// A contact for boards and desks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ContactView {
    /// Its id.
    pub contact: ContactId,
    /// Whose it is.
    pub client: ClientId,
    /// Its queue.
    pub queue: QueueId,
    /// How it came.
    pub channel: Channel,
    /// Its language.
    pub language: Language,
    /// Where it is.
    pub state: ContactState,
    /// Since when it is there; for a waiting contact the instant from which its wait counts.
    pub since: Timestamp,
    /// Start of the clock of its promise.
    pub clock_start: Timestamp,
    /// The promise: to be answered before this.
    pub promised: Timestamp,
    /// In the emergency lane.
    pub emergency: bool,
    /// A callback was promised.
    pub callback: bool,
    /// When it is tried again, after a try in vain.
    pub retry_at: Option<Timestamp>,
    /// We called.
    pub outbound: bool,
    /// The customer whom we called has answered.
    pub reached: bool,
    /// The overflow ring is open.
    pub overflow_open: bool,
    /// Answered at least once.
    pub answered: bool,
    /// The offer that rings: agent, until when, what kind.
    pub offer: Option<(AgentId, Timestamp, OfferKind)>,
    /// Agents in conversation.
    pub agents: Vec<AgentId>,
}

/// An agent for boards and desks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AgentView {
    /// The agent.
    pub agent: AgentId,
    /// The state of the ledger.
    pub state: AgentState,
    /// Since when.
    pub since: Timestamp,
    /// What they are when nothing is in hand.
    pub presence: Presence,
    /// What they do after the work in hand.
    pub next: Option<NextState>,
    /// End of the last handled work, or the sign-in.
    pub idle_since: Timestamp,
    /// Offers missed in a row.
    pub misses: u8,
    /// Whether what needs a phone may be offered.
    pub phone_ready: bool,
    /// Points in use of 100; above it when a call interrupts mail.
    pub points: u16,
    /// Channels on which an offer may come now.
    pub free_on: Vec<Channel>,
    /// The grace of a lost desk ends.
    pub lost_until: Option<Timestamp>,
    /// What is in hand, oldest first.
    pub work: Vec<WorkView>,
}

/// One contact in the hands of an agent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct WorkView {
    /// The contact; it may have left the floor when this is wrap-up.
    pub contact: ContactId,
    /// Its client.
    pub client: ClientId,
    /// Its queue.
    pub queue: QueueId,
    /// The channel by which it costs capacity.
    pub channel: Channel,
    /// What the agent does with it.
    pub stage: WorkState,
    /// Since when.
    pub since: Timestamp,
    /// When the offer or the wrap-up ends by itself.
    pub until: Option<Timestamp>,
    /// Extensions of the wrap-up left.
    pub extensions_left: u8,
}

/// What an agent does with a contact.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum WorkState {
    /// It rings.
    Ringing,
    /// In conversation with the customer.
    Talking,
    /// The customer is on hold.
    Holding,
    /// In conversation with another agent about it.
    Consulting,
    /// Working after it.
    WrapUp,
}

/// A queue for boards.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct QueueView {
    /// Whose it is.
    pub client: ClientId,
    /// The queue.
    pub queue: QueueId,
    /// Waiting for an agent.
    pub waiting: u32,
    /// Waiting for the opening.
    pub waiting_for_opening: u32,
    /// Callbacks that are tried again later.
    pub later: u32,
    /// Ringing at an agent.
    pub offered: u32,
    /// On the floor in all, in conversation included.
    pub contacts: u32,
    /// Start of the longest wait under way.
    pub waiting_since: Option<Timestamp>,
    /// The projected service level in percent.
    pub projected_percent: Option<u8>,
}

/// A client for boards.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ClientView {
    /// The client.
    pub client: ClientId,
    /// Version of the contract in force.
    pub contract_version: u32,
    /// The period in force.
    pub period: u16,
    /// Whether contacts are taken.
    pub open: bool,
    /// When period or hours change next.
    pub next_change: Option<Timestamp>,
    /// Contacts on the floor.
    pub contacts: u32,
}

impl Router {
    /// Where the contact stands; `None` unless it waits or rings.
    pub fn place(&self, contact: ContactId) -> Option<Place> {
        let slot = *self.contact_at.get(&contact)?;
        let entry = &self.contacts[slot];
        if entry.stage == Stage::Handled {
            return None;
        }
        let queue = &self.queues[entry.queue];
        let ahead = queue.position(entry.rank, entry.seq);
        let count = u32::try_from(ahead).unwrap_or(u32::MAX);
        let stands = matches!(entry.stage, Stage::Waiting | Stage::Offered);
        let expected = queue.pace.tell(ahead).filter(|_| stands);
        Some(Place { ahead: count, told_max: count.min(entry.told_max), expected_wait: expected })
    }

    /// Why the contact waits; `None` unless it does.
    pub fn why_waiting(&self, contact: ContactId) -> Option<WhyWaiting> {
        let slot = *self.contact_at.get(&contact)?;
        let entry = &self.contacts[slot];
        if !matches!(entry.stage, Stage::Waiting | Stage::Closed | Stage::Later) {
            return None;
        }
        let class = self.build_class(self.key_of(slot));
        let staffed = class.members.iter().filter(|agent| self.signed_in.get(*agent)).count();
        let named = usize::from(self.floor.decision_named_max);
        let queue = &self.queues[entry.queue];
        Some(WhyWaiting {
            period: class.key.period,
            pools: class.pools.iter().map(|pool| self.pools[*pool as usize].rules.pool).collect(),
            team: class.team.map(|team| self.teams[team as usize].id),
            overflow_open: class.key.overflow,
            skills_relaxed: entry.relaxed.count_ones() as u8,
            staffed: u32::try_from(staffed).unwrap_or(u32::MAX),
            ahead: u32::try_from(queue.position(entry.rank, entry.seq)).unwrap_or(u32::MAX),
            reserved_for: entry
                .reserved
                .map(|reserved| (self.agents[reserved.agent].id(), reserved.until)),
            counts: self.counted_reasons(slot, &class),
            agents: self.named_reasons(slot, &class, named),
            next_change: self.next_change(slot),
        })
    }

    fn next_change(&self, slot: u32) -> Option<(Timestamp, NextChange)> {
        let entry = &self.contacts[slot];
        let client = &self.clients[entry.client];
        if entry.stage == Stage::Closed {
            return self.opens(entry.client).map(|at| (at, NextChange::Opening));
        }
        if entry.stage == Stage::Later {
            return entry.retry_at.map(|at| (at, NextChange::CalledAgain));
        }
        let skills = self.queues[entry.queue].rules.skills.iter().enumerate();
        let relax = skills
            .filter(|(at, _)| entry.relaxed >> at & 1 == 0)
            .filter_map(|(_, ask)| ask.relax_after)
            .map(|after| (entry.wait_base + after, NextChange::SkillRelaxes));
        let overflow = client
            .overflow()
            .filter(|_| !entry.overflow)
            .and_then(|overflow| overflow.after)
            .map(|after| (entry.wait_base + after, NextChange::OverflowOpens));
        let reserved = entry.reserved.map(|reserved| (reserved.until, NextChange::ReservationEnds));
        let missed = entry.missed.iter().map(|(_, until)| (*until, NextChange::AskedAgain));
        let period = client.armed.map(|at| (at, NextChange::PeriodChanges));
        relax.chain(overflow).chain(reserved).chain(missed).chain(period).min()
    }

    /// The contact, if it is on the floor.
    pub fn contact_view(&self, contact: ContactId) -> Option<ContactView> {
        self.contact_at.get(&contact).map(|slot| self.view_contact(*slot))
    }

    /// All contacts on the floor, by id.
    pub fn contacts(&self) -> impl Iterator<Item = ContactView> + '_ {
        let mut slots: Vec<(ContactId, u32)> =
            self.contacts.iter().map(|(slot, contact)| (contact.id, slot)).collect();
        slots.sort_unstable();
        slots.into_iter().map(|(_, slot)| self.view_contact(slot))
    }

    fn view_contact(&self, slot: u32) -> ContactView {
        let entry = &self.contacts[slot];
        let works = || {
            let agents = entry.agents.iter().map(|agent| &self.agents[*agent]);
            agents.filter_map(|agent| agent.work_on(entry.id))
        };
        let ringing = entry
            .offer
            .and_then(|offer| self.agents[offer.agent].work_on(entry.id))
            .map_or(entry.wait_base, |work| work.since);
        let talking = works().filter(|work| work.stage == WorkStage::Talking);
        let (state, since) = match entry.stage {
            Stage::Closed => (ContactState::WaitsForOpening, entry.wait_base),
            Stage::Waiting => (ContactState::Waiting, entry.wait_base),
            Stage::Later => (ContactState::Later, entry.wait_base),
            Stage::Handled if entry.agents.is_empty() => (ContactState::Outside, entry.wait_base),
            Stage::Offered => (ContactState::Offered, ringing),
            Stage::Handled => match talking.map(|work| work.since).min() {
                Some(since) => (ContactState::Talking, since),
                None => {
                    let since = works().map(|work| work.since).max();
                    (ContactState::Holding, since.unwrap_or(entry.wait_base))
                }
            },
        };
        ContactView {
            contact: entry.id,
            client: self.clients[entry.client].rules.client,
            queue: self.queues[entry.queue].rules.queue,
            channel: entry.channel,
            language: entry.language,
            state,
            since,
            clock_start: entry.clock_start,
            promised: entry.clock_start + Duration::from_secs(u64::from(entry.promise.threshold_s)),
            emergency: entry.emergency,
            callback: entry.callback,
            retry_at: entry.retry_at,
            outbound: entry.outbound,
            reached: entry.reached,
            overflow_open: entry.overflow,
            answered: entry.first_wait.is_some(),
            offer: entry
                .offer
                .map(|offer| (self.agents[offer.agent].id(), offer.until, offer.kind)),
            agents: entry.agents.iter().map(|agent| self.agents[*agent].id()).collect(),
        }
    }

    /// The agent, if the floor knows them.
    pub fn agent_view(&self, agent: AgentId) -> Option<AgentView> {
        self.agent_at.get(&agent).map(|slot| self.view_agent(*slot))
    }

    /// All agents, by id.
    pub fn agents(&self) -> impl Iterator<Item = AgentView> + '_ {
        self.agents_by_id.values().map(|slot| self.view_agent(*slot))
    }

    fn view_agent(&self, slot: u32) -> AgentView {
        let entry = &self.agents[slot];
        let work = entry.work.iter().map(|work| {
            let offer = || {
                let contact = self.contact_at.get(&work.contact)?;
                self.contacts[*contact].offer.map(|offer| offer.until)
            };
            let (stage, until, extensions_left) = match work.stage {
                WorkStage::Ringing => (WorkState::Ringing, offer(), 0),
                WorkStage::Talking => (WorkState::Talking, None, 0),
                WorkStage::Holding => (WorkState::Holding, None, 0),
                WorkStage::Consulting => (WorkState::Consulting, None, 0),
                WorkStage::WrapUp { until, extensions_left, .. } => {
                    (WorkState::WrapUp, until, extensions_left)
                }
            };
            WorkView {
                contact: work.contact,
                client: work.client,
                queue: work.queue,
                channel: work.channel,
                stage,
                since: work.since,
                until,
                extensions_left,
            }
        });
        AgentView {
            agent: entry.id(),
            state: entry.state,
            since: entry.state_since,
            presence: entry.presence,
            next: entry.next,
            idle_since: entry.idle_since,
            misses: entry.misses,
            phone_ready: entry.phone_ready,
            points: entry.points,
            free_on: Channel::ALL
                .into_iter()
                .filter(|channel| entry.free >> *channel as usize & 1 == 1)
                .collect(),
            lost_until: entry.lost_until,
            work: work.collect(),
        }
    }

    /// All queues of the contracts in force, by client and queue.
    pub fn queues(&self) -> Vec<QueueView> {
        let mut views: Vec<QueueView> = self
            .queues
            .iter()
            .filter(|(_, queue)| !queue.removed)
            .map(|(slot, _)| self.view_queue(slot))
            .collect();
        views.sort_unstable_by_key(|view| (view.client, view.queue));
        views
    }

    /// One queue, if its client has it.
    pub fn queue_view(&self, client: ClientId, queue: QueueId) -> Option<QueueView> {
        let client = self.client_slot(client).ok()?;
        self.queue_of(client, queue).ok().map(|slot| self.view_queue(slot))
    }

    fn view_queue(&self, slot: u32) -> QueueView {
        let entry = &self.queues[slot];
        let mut view = QueueView {
            client: self.clients[entry.client].rules.client,
            queue: entry.rules.queue,
            waiting: 0,
            waiting_for_opening: 0,
            later: 0,
            offered: 0,
            contacts: entry.contacts,
            waiting_since: None,
            projected_percent: self.projection(slot),
        };
        for (_, _, contact) in &entry.line {
            let contact = &self.contacts[*contact];
            match contact.stage {
                Stage::Closed => view.waiting_for_opening += 1,
                Stage::Waiting => view.waiting += 1,
                Stage::Offered | Stage::Handled => view.offered += 1,
                Stage::Later => view.later += 1,
            }
            if !matches!(contact.stage, Stage::Closed | Stage::Later) {
                let since = view.waiting_since.unwrap_or(Timestamp::MAX).min(contact.wait_base);
                view.waiting_since = Some(since);
            }
        }
        view
    }

    /// All clients of the floor, by id.
    pub fn clients(&self) -> Vec<ClientView> {
        let mut views: Vec<ClientView> = self
            .clients
            .iter()
            .filter(|(_, client)| !client.removed)
            .map(|(_, client)| ClientView {
                client: client.rules.client,
                contract_version: client.rules.contract_version,
                period: client.period,
                open: client.open,
                next_change: client.armed,
                contacts: client.contacts,
            })
            .collect();
        views.sort_unstable_by_key(|view| view.client);
        views
    }

    /// The share of the queue's contacts that will have been answered in time, in percent: of the
    /// first answers and abandons of the last 15 minutes (at most 100, short abandons left out)
    /// and of those who wait now. `None` when there is nothing to go by.
    pub fn projected_service_level(&self, client: ClientId, queue: QueueId) -> Option<u8> {
        let client = self.client_slot(client).ok()?;
        self.queue_of(client, queue).ok().and_then(|slot| self.projection(slot))
    }

    /// Whether the agent may be offered the contact now, or the first reason why not. `None` when
    /// one of them is not known to the floor.
    pub fn eligible(&self, agent: AgentId, contact: ContactId) -> Option<Result<(), Ineligible>> {
        let (agent, contact) = (*self.agent_at.get(&agent)?, *self.contact_at.get(&contact)?);
        Some(self.reason(agent, contact))
    }

    /// Whether the contact may be passed on to the agent by name: skills and what they do right now
    /// are left out. `None` when one of them is not known to the floor.
    pub fn eligible_by_name(
        &self,
        agent: AgentId,
        contact: ContactId,
    ) -> Option<Result<(), Ineligible>> {
        let (agent, contact) = (*self.agent_at.get(&agent)?, *self.contact_at.get(&contact)?);
        Some(self.may_be_named(agent, contact))
    }

    /// How many contacts are on the floor.
    pub fn contact_count(&self) -> usize {
        self.contacts.len()
    }
}
