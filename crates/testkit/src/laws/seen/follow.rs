//! How the picture follows the log: each input taken, each event told.

use std::{collections::BTreeMap, time::Duration};

use domain::{
    AgentId, ClientId, ContactId, QueueId, Timestamp,
    contract::{Channel, WrapUpRule},
};
use routing::{
    Arrival, AwayReason, Event, Input, NextState, OfferEnd, OfferKind, PartEnd, Presence,
    QueueRules, QueuedWhy, RingWhy, TransferTarget,
};

use super::*;

impl Seen {
    /// Time passes: graces run out.
    pub fn tick(&mut self, at: Timestamp) {
        self.now = self.now.max(at);
        for agent in self.agents.values_mut() {
            if agent.lost.is_some_and(|until| until <= at) {
                agent.lost = None;
                agent.presence = Presence::Away(AwayReason::ConnectionLost);
                if agent.next == Some(NextState::Presence(Presence::Available)) {
                    agent.next = None;
                }
                agent.rest(at);
            }
        }
    }

    fn agent(&mut self, id: AgentId) -> Option<&mut SeenAgent> {
        self.agents.get_mut(&id)
    }

    /// The rules of a client's period in force.
    pub fn period(&self, client: ClientId, at: Timestamp) -> Option<&routing::PeriodRules> {
        let client = self.clients.get(&client)?;
        client.periods.get(usize::from(*client.period_at.at(at)?))
    }

    /// Whether the queue is part of its client's contract now.
    pub fn has_queue(&self, client: ClientId, queue: QueueId) -> bool {
        let client = self.clients.get(&client);
        client.is_some_and(|client| client.queues.iter().any(|q| q.queue == queue))
    }

    /// Takes an accepted input.
    pub fn told(&mut self, at: Timestamp, input: &Input) {
        self.last = Some((at, input.clone()));
        let grace = self.floor.connection_grace;
        match input {
            Input::SetFloor(rules) => self.floor = rules.clone(),
            Input::SetPool(rules) => {
                self.pools.insert(rules.pool, rules.clone());
            }
            Input::SetClient(rules) => {
                for queue in &rules.queues {
                    self.queues.insert(queue.queue, queue.clone());
                }
                self.clients.insert(rules.client, (**rules).clone());
            }
            Input::RemoveClient(client) => {
                self.clients.remove(client);
            }
            Input::SetAgent(rules) => match self.agents.get_mut(&rules.agent) {
                Some(agent) => agent.rules = (**rules).clone(),
                None => {
                    self.agents.insert(rules.agent, SeenAgent::new((**rules).clone()));
                }
            },
            // Its spans stay: the agent may come back, and the day is summed.
            Input::RemoveAgent(agent) => {
                if let Some(agent) = self.agent(*agent) {
                    agent.rules.pools.clear();
                    agent.rules.team = None;
                    agent.rules.sign_offs.clear();
                }
            }
            Input::SignIn { agent, presence } => {
                if let Some(agent) = self.agent(*agent) {
                    agent.signed_in = Some(at);
                    agent.presence = *presence;
                    (agent.next, agent.lost, agent.misses) = (None, None, 0);
                }
            }
            Input::SignOut { agent } => {
                if let Some(agent) = self.agent(*agent) {
                    agent.next = Some(NextState::SignOut);
                    agent.rest(at);
                }
            }
            Input::SetPresence { agent, presence } => {
                if let Some(agent) = self.agent(*agent) {
                    let same = agent.presence == *presence && !agent.is_idle();
                    agent.next = (!same).then_some(NextState::Presence(*presence));
                    agent.rest(at);
                }
            }
            Input::ConnectionLost { agent } => self.lose(*agent, at + grace),
            Input::OfferFailed { agent, cause: routing::OfferFailure::Unreachable, .. } => {
                self.lose(*agent, at + grace);
            }
            Input::Phone { agent, ready } => {
                if let Some(agent) = self.agent(*agent) {
                    agent.phone = *ready;
                }
            }
            Input::ConnectionRestored { agent } => {
                if let Some(agent) = self.agent(*agent) {
                    agent.lost = None;
                }
            }
            _ => {}
        }
    }

    fn lose(&mut self, agent: AgentId, until: Timestamp) {
        if let Some(agent) = self.agent(agent) {
            agent.lost.get_or_insert(until);
        }
    }

    /// Takes an event.
    pub fn happened(&mut self, at: Timestamp, event: &Event) {
        match event {
            Event::Arrived {
                contact,
                client,
                queue,
                channel,
                language,
                promise,
                clock_start,
                ..
            } => {
                let arrival = self.last.as_ref().and_then(|(_, input)| input.arrival());
                let arrival = arrival.filter(|arrival| arrival.contact == *contact).cloned();
                self.joins += 1;
                let seen = SeenContact {
                    client: *client,
                    queue: *queue,
                    channel: *channel,
                    language: *language,
                    promise: promise.clone(),
                    clock_start: *clock_start,
                    wait_base: *clock_start,
                    customer: arrival.as_ref().and_then(|a| a.customer),
                    head_start: arrival.as_ref().and_then(|a| a.head_start).unwrap_or_default(),
                    urgent: arrival.as_ref().is_some_and(|a: &Arrival| a.emergency),
                    stage: Stage::Between,
                    overflow: false,
                    extra_skill: None,
                    kept: None,
                    missed: BTreeMap::new(),
                    first_wait: None,
                    greeted: false,
                    callback: false,
                    outbound: false,
                    reached: false,
                    outside: false,
                    told: None,
                    agents: Vec::new(),
                    shared: false,
                    rank: (true, 0),
                    joined: 0,
                    arrival: self.joins,
                    announced: false,
                    in_line: false,
                };
                self.contacts.insert(*contact, seen);
                self.join(*contact);
            }
            Event::CalledOut { .. } => self.called_out(at, event),
            Event::CustomerAnswered { contact, .. } => {
                if let Some(contact) = self.contacts.get_mut(contact) {
                    contact.reached = true;
                    // The promise is kept; from here on it is a call.
                    contact.callback &= !contact.channel.is_by_phone();
                }
            }
            Event::CallbackFailed { contact, retry_at, .. } => {
                if retry_at.is_some() {
                    if let Some(contact) = self.contacts.get_mut(contact) {
                        contact.wait_base = at;
                    }
                    self.stage(*contact, Stage::Later);
                    self.join(*contact);
                }
            }
            Event::WaitsForOpening { contact, .. } => {
                let seen = self.contacts.get_mut(contact);
                if let Some(contact) = seen.filter(|contact| contact.stage == Stage::Later) {
                    (contact.wait_base, contact.overflow) = (at, false);
                }
                self.stage(*contact, Stage::Opening);
            }
            Event::Queued { contact, why, queue, .. } => self.queued(at, *contact, *queue, *why),
            Event::GreetingStarted { contact, .. } => {
                if let Some(contact) = self.contacts.get_mut(contact) {
                    contact.greeted = true;
                }
            }
            Event::RingOpened { contact, why, overflow, .. } => {
                if let Some(contact) = self.contacts.get_mut(contact) {
                    contact.overflow |= *overflow;
                    if *why == RingWhy::StickyExpired {
                        contact.kept = None;
                    }
                }
            }
            Event::Offered { contact, client, agent, until, kind, .. } => {
                let Some(seen) = self.contacts.get_mut(contact) else { return };
                if *kind != OfferKind::Consult {
                    seen.stage = Stage::Offered;
                    seen.kept = None;
                }
                let channel = seen.work_channel();
                if let Some(agent) = self.agent(*agent) {
                    agent.ringing = Some(Ringing {
                        contact: *contact,
                        client: *client,
                        channel,
                        until: *until,
                        kind: *kind,
                    });
                }
            }
            Event::OfferEnded { contact, agent, why, .. } => {
                self.offer_ended(at, *contact, *agent, *why);
            }
            Event::Answered { contact, client, agent, wait, .. } => {
                self.answered(at, (*contact, *client, *agent), *wait);
            }
            Event::Held { contact, agent, .. } => {
                self.enter(at, *agent, *contact, PartStage::Holding)
            }
            Event::Resumed { contact, agent, .. } => {
                self.enter(at, *agent, *contact, PartStage::Talking);
            }
            Event::ConsultStarted { contact, by, to, client } => {
                let channel = self.begin_part(*to);
                if let (Some(agent), Some(channel)) = (self.agent(*to), channel) {
                    let part = Part {
                        client: *client,
                        channel,
                        stage: PartStage::Consulting,
                        since: at,
                        talk: Duration::ZERO,
                        hold: Duration::ZERO,
                        asked: true,
                    };
                    agent.parts.insert(*contact, part);
                }
                self.enter(at, *by, *contact, PartStage::Consulting);
                if let Some(contact) = self.contacts.get_mut(contact) {
                    contact.agents.push(*to);
                    contact.shared = true;
                }
            }
            Event::ConferenceStarted { contact, .. } => self.consult_over(at, *contact),
            Event::PartEnded { contact, queue, agent, why, .. } => {
                self.part_ended(at, (*contact, *queue, *agent), *why);
            }
            Event::WrapUpStarted { contact, agent, until, .. } => {
                self.wrap_up_started(at, *contact, *agent, *until);
            }
            Event::WrapUpExtended { contact, agent, until, .. } => {
                let wrap = self
                    .agent(*agent)
                    .and_then(|a| a.wraps.iter_mut().find(|wrap| wrap.contact == *contact));
                if let Some(wrap) = wrap {
                    wrap.until = Some(*until);
                    wrap.extensions_left = wrap.extensions_left.saturating_sub(1);
                }
            }
            Event::WrapUpEnded { contact, agent, .. } => {
                if let Some(agent) = self.agent(*agent) {
                    if let Some(n) = agent.wraps.iter().position(|wrap| wrap.contact == *contact) {
                        agent.wraps.remove(n);
                    }
                    agent.rest(at);
                }
            }
            Event::Transferred { contact, to, .. } => {
                let timeout = |q: &QueueRules| q.offer_timeout;
                let Some(seen) = self.contacts.get_mut(contact) else { return };
                match to {
                    TransferTarget::Agent(_) => {
                        let timeout = self.queues.get(&seen.queue).map(timeout).unwrap_or_default();
                        seen.kept = Some(at + timeout);
                    }
                    TransferTarget::Queue(queue) => {
                        if seen.queue != *queue {
                            seen.extra_skill = None;
                        }
                        seen.queue = *queue;
                        seen.kept = None;
                    }
                    TransferTarget::Outside => seen.outside = true,
                    TransferTarget::Skill(skill) => {
                        seen.extra_skill = Some(*skill);
                        seen.kept = None;
                    }
                }
            }
            Event::CallbackPromised { contact, .. } => {
                if let Some(contact) = self.contacts.get_mut(contact) {
                    (contact.callback, contact.outbound, contact.reached) = (true, false, false);
                }
            }
            Event::Ended { contact, .. } => {
                self.contacts.remove(contact);
                self.ended.insert(*contact);
            }
            Event::AgentState { agent, state, next } => {
                if let Some(agent) = self.agent(*agent) {
                    let span = at.since(agent.told_since);
                    if agent.told_since > Timestamp::MIN {
                        *agent.spans.entry(agent.told).or_default() += span;
                    }
                    (agent.told, agent.told_next, agent.told_since) = (*state, *next, at);
                }
            }
            Event::Expedited { contact, .. } => {
                if let Some(seen) = self.contacts.get_mut(contact) {
                    seen.urgent = true;
                }
                self.join(*contact);
            }
            Event::TalkLimitPassed { .. }
            | Event::PeriodChanged { .. }
            | Event::Phone { .. }
            | Event::Call { .. } => {}
        }
    }

    /// A contact that begins with the agent who calls.
    fn called_out(&mut self, at: Timestamp, event: &Event) {
        let Event::CalledOut { contact, client, queue, agent, language, promise, .. } = event
        else {
            return;
        };
        let customer = match &self.last {
            Some((_, Input::CallOut(call))) if call.contact == *contact => call.customer,
            _ => None,
        };
        if let Some(customer) = customer {
            self.known.insert((*client, customer));
        }
        self.joins += 1;
        let seen = SeenContact {
            client: *client,
            queue: *queue,
            channel: Channel::Voice,
            language: *language,
            promise: promise.clone(),
            clock_start: at,
            wait_base: at,
            customer,
            head_start: Duration::ZERO,
            urgent: false,
            stage: Stage::InHand,
            overflow: false,
            extra_skill: None,
            kept: None,
            missed: BTreeMap::new(),
            first_wait: Some(Duration::ZERO),
            greeted: false,
            callback: false,
            outbound: true,
            reached: false,
            outside: false,
            told: None,
            agents: vec![*agent],
            shared: false,
            rank: (true, 0),
            joined: 0,
            arrival: self.joins,
            announced: false,
            in_line: false,
        };
        self.contacts.insert(*contact, seen);
        if let Some(agent) = self.agent(*agent) {
            let part = Part {
                client: *client,
                channel: Channel::Voice,
                stage: PartStage::Talking,
                since: at,
                talk: Duration::ZERO,
                hold: Duration::ZERO,
                asked: false,
            };
            agent.parts.insert(*contact, part);
        }
    }

    fn stage(&mut self, contact: ContactId, stage: Stage) {
        if let Some(contact) = self.contacts.get_mut(&contact) {
            contact.stage = stage;
        }
    }

    fn enter(&mut self, at: Timestamp, agent: AgentId, contact: ContactId, stage: PartStage) {
        if let Some(agent) = self.agent(agent) {
            agent.enter(contact, stage, at);
        }
    }

    /// The contact takes its place in the line of its queue.
    fn join(&mut self, id: ContactId) {
        self.joins += 1;
        let Some(contact) = self.contacts.get(&id) else { return };
        let rules = self.queues.get(&contact.queue);
        let head_start = contact.head_start + rules.map(|q| q.head_start).unwrap_or_default();
        let announced = rules.is_some_and(|queue| queue.announce_position);
        let due = contact.clock_start + Duration::from_secs(u64::from(contact.promise.threshold_s));
        let own = if contact.urgent { contact.clock_start } else { due - head_start };
        let mut rank = (!contact.urgent, own.micros());
        if announced && !contact.urgent {
            // Where positions are told, nobody who comes later passes.
            let last = self
                .contacts
                .iter()
                .filter(|(other, seen)| {
                    **other != id && seen.queue == contact.queue && seen.in_line
                })
                .map(|(_, seen)| seen.rank)
                .max();
            rank = rank.max(last.unwrap_or(rank));
        }
        let joins = self.joins;
        if let Some(contact) = self.contacts.get_mut(&id) {
            (contact.rank, contact.announced, contact.joined) = (rank, announced, joins);
            contact.in_line = true;
            contact.told = None;
        }
    }

    fn queued(&mut self, at: Timestamp, id: ContactId, queue: QueueId, why: QueuedWhy) {
        let taken_over = matches!(
            &self.last,
            Some((then, Input::TakeOver { contact, .. })) if *then == at && *contact == id
        );
        let Some(contact) = self.contacts.get_mut(&id) else { return };
        contact.queue = queue;
        contact.stage = Stage::Waiting;
        contact.outside = false;
        match why {
            QueuedWhy::Arrived | QueuedWhy::Opened => {
                let sticky = self.queues.get(&queue).and_then(|queue| queue.sticky);
                if let (Some(sticky), Some(customer)) = (sticky, contact.customer)
                    && self.known.contains(&(contact.client, customer))
                {
                    contact.kept = Some(at + Duration::from_secs(u64::from(sticky.wait_s)));
                }
            }
            QueuedWhy::OfferEnded => {}
            // It has its place already.
            QueuedWhy::TriedAgain => (contact.wait_base, contact.overflow) = (at, false),
            QueuedWhy::Transferred | QueuedWhy::Released => {
                // Whoever was named keeps the rings that let them be named.
                contact.overflow &= contact.kept.is_some() || taken_over;
                contact.wait_base = at;
                self.join(id);
            }
        }
    }

    fn offer_ended(&mut self, at: Timestamp, contact: ContactId, agent: AgentId, why: OfferEnd) {
        let reoffer = at + self.floor.reoffer_after;
        let limit = self.floor.misses_before_away;
        let released = matches!(
            &self.last,
            Some((then, Input::Release { contact: c, agent: a })) if *then == at && *c == contact && *a == agent
        );
        let mut consult = false;
        if let Some(agent) = self.agent(agent) {
            consult = agent.ringing.take().is_some_and(|ring| ring.kind == OfferKind::Consult);
            if why == OfferEnd::Missed {
                agent.misses += 1;
                if agent.misses >= limit {
                    agent.misses = 0;
                    agent.presence = Presence::Away(AwayReason::NoAnswer);
                    if agent.next == Some(NextState::Presence(Presence::Available)) {
                        agent.next = None;
                    }
                }
            }
            agent.rest(at);
        }
        let Some(contact) = self.contacts.get_mut(&contact) else { return };
        if !consult {
            contact.stage = Stage::Between;
        }
        let missed = matches!(why, OfferEnd::Missed | OfferEnd::Refused | OfferEnd::Busy);
        if (missed && !consult) || released {
            contact.missed.insert(agent, reoffer);
        }
    }

    /// The ring becomes a part; gives the channel.
    fn begin_part(&mut self, agent: AgentId) -> Option<Channel> {
        let agent = self.agent(agent)?;
        agent.misses = 0;
        agent.ringing.take().map(|ring| ring.channel)
    }

    fn answered(
        &mut self,
        at: Timestamp,
        (contact, client, agent): (ContactId, ClientId, AgentId),
        wait: Duration,
    ) {
        let channel = self.begin_part(agent);
        if let (Some(agent), Some(channel)) = (self.agent(agent), channel) {
            let part = Part {
                client,
                channel,
                stage: PartStage::Talking,
                since: at,
                talk: Duration::ZERO,
                hold: Duration::ZERO,
                asked: false,
            };
            agent.parts.insert(contact, part);
        }
        let Some(contact) = self.contacts.get_mut(&contact) else { return };
        contact.stage = Stage::InHand;
        contact.first_wait.get_or_insert(wait);
        contact.agents = vec![agent];
        contact.shared = false;
        contact.missed.clear();
        contact.in_line = false;
        contact.told = None;
        if let Some(customer) = contact.customer {
            self.known.insert((client, customer));
        }
    }

    /// Whoever was in the consult speaks with the customer.
    fn consult_over(&mut self, at: Timestamp, contact: ContactId) {
        for agent in self.agents.values_mut() {
            if agent.parts.get(&contact).is_some_and(|p| p.stage == PartStage::Consulting) {
                agent.enter(contact, PartStage::Talking, at);
            }
        }
    }

    fn part_ended(
        &mut self,
        at: Timestamp,
        (id, queue, agent_id): (ContactId, QueueId, AgentId),
        why: PartEnd,
    ) {
        let reoffer = at + self.floor.reoffer_after;
        let Some(agent) = self.agents.get_mut(&agent_id) else { return };
        let Some(part) = agent.parts.remove(&id) else { return };
        let rule = self.queues.get(&queue).map_or(WrapUpRule::None, |queue| queue.wrap_up);
        let asked_only = part.asked && part.stage == PartStage::Consulting;
        let wraps_up = match why {
            PartEnd::Ended | PartEnd::Transferred => true,
            PartEnd::Left => !asked_only,
            PartEnd::Released | PartEnd::NotReached => false,
        };
        if wraps_up && !matches!(rule, WrapUpRule::None | WrapUpRule::Fixed { seconds: 0, .. }) {
            self.owed.insert((agent_id, id), Owed { rule, channel: part.channel });
        } else {
            agent.rest(at);
        }
        if part.stage == PartStage::Consulting && why != PartEnd::Ended {
            self.consult_over(at, id);
        }
        if let Some(contact) = self.contacts.get_mut(&id) {
            contact.agents.retain(|other| *other != agent_id);
            if contact.agents.is_empty() {
                contact.stage = if contact.outside { Stage::Outside } else { Stage::Between };
                if matches!(why, PartEnd::Transferred | PartEnd::Released) {
                    contact.missed.insert(agent_id, reoffer);
                }
            }
        }
    }

    fn wrap_up_started(
        &mut self,
        at: Timestamp,
        contact: ContactId,
        agent: AgentId,
        until: Option<Timestamp>,
    ) {
        let owed = self.owed.remove(&(agent, contact));
        let channel = owed.map_or(Channel::Voice, |owed| owed.channel);
        let (extend, extensions_left) = match owed.map(|owed| owed.rule) {
            Some(WrapUpRule::Fixed { extend_s, extensions_max, .. }) => {
                (Duration::from_secs(u64::from(extend_s)), extensions_max)
            }
            _ => (Duration::ZERO, 0),
        };
        if let Some(agent) = self.agent(agent) {
            agent.wraps.push(Wrap { contact, channel, since: at, until, extend, extensions_left });
        }
    }
}
