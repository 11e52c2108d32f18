//! From the journal to what came in and who was there.

use std::{collections::BTreeMap, time::Duration};

use domain::{AgentId, ContactId, Span, Timestamp};
use routing::{AgentRules, AgentState, Ending, Event, FloorRules, Input, Router, Stamped};

use super::{Recorded, RecordedAgent, RecordedContact};
use crate::sim::Fate;

/// Hears a journal from its beginning and keeps what belongs to a stretch.
#[derive(Debug)]
pub struct Recorder {
    span: Span,
    floor: FloorRules,
    rules: BTreeMap<AgentId, AgentRules>,
    /// Working since.
    since: BTreeMap<AgentId, Timestamp>,
    worked: BTreeMap<AgentId, Vec<Span>>,
    contacts: Vec<RecordedContact>,
    open: BTreeMap<ContactId, Open>,
    last: Timestamp,
}

/// A contact of the stretch that is under way.
#[derive(Debug)]
struct Open {
    at: usize,
    /// Neither answered nor gone.
    waits: bool,
    offered: Option<Timestamp>,
    /// Those who answered it.
    agents: Vec<AgentId>,
    ended: bool,
    wrapping_up: usize,
}

impl Recorder {
    /// A recorder of a stretch.
    pub fn new(span: Span) -> Self {
        Self {
            span,
            floor: FloorRules::default(),
            rules: BTreeMap::new(),
            since: BTreeMap::new(),
            worked: BTreeMap::new(),
            contacts: Vec::new(),
            open: BTreeMap::new(),
            last: Timestamp::MIN,
        }
    }

    /// A recorder of a stretch that hears the journal from where a router stands: before the stretch,
    /// with the agents that the router knows. Who works then is at work from the stretch's beginning.
    pub fn standing(span: Span, router: &Router) -> Self {
        let agents = || router.agents();
        let rules = agents().filter_map(|view| router.agent_rules(view.agent));
        let working = agents().filter(|view| works(view.state));
        Self {
            floor: router.floor_rules().clone(),
            rules: rules.map(|rules| (rules.agent, rules.clone())).collect(),
            since: working.map(|view| (view.agent, view.since)).collect(),
            ..Self::new(span)
        }
    }

    /// Hears one entry.
    pub fn entry(&mut self, at: Timestamp, input: Option<&Input>, events: &[Stamped]) {
        self.last = self.last.max(at);
        match input {
            Some(Input::SetFloor(rules)) => self.floor = rules.clone(),
            Some(Input::SetAgent(rules)) => {
                self.rules.insert(rules.agent, (**rules).clone());
            }
            _ => {}
        }
        for stamped in events {
            self.hear(stamped);
        }
        if let Some(Input::Arrive(arrival)) = input {
            self.came(arrival.contact, |contact| contact.customer = arrival.customer);
        }
        if let Some(Input::ArriveLed(led)) = input {
            self.came(led.arrival.contact, |contact| {
                contact.customer = led.arrival.customer;
                contact.skill = led.skill;
            });
        }
        self.open.retain(|_, open| !open.ended || open.wrapping_up > 0);
    }

    /// Whether later entries still say something of the stretch.
    pub fn wants_more(&self) -> bool {
        self.last < self.span.until
            || self.open.values().any(|open| self.span.contains(self.contacts[open.at].at))
    }

    /// Contacts so far.
    pub fn contacts(&self) -> usize {
        self.contacts.len()
    }

    /// What was recorded.
    pub fn finish(mut self) -> Recorded {
        let until = self.last.max(self.span.from);
        for (agent, from) in std::mem::take(&mut self.since) {
            self.at_work(agent, from, until);
        }
        let unfinished = self
            .open
            .values()
            .filter(|open| !open.ended && self.span.contains(self.contacts[open.at].at));
        let unfinished = unfinished.count();
        for open in self.open.into_values().filter(|open| open.waits) {
            let contact = &mut self.contacts[open.at];
            contact.stayed_us = us(self.last.since(contact.at));
        }
        let (worked, rules) = (&mut self.worked, self.rules);
        let agents = rules.into_iter().filter_map(|(agent, rules)| {
            let worked = worked.remove(&agent)?;
            Some(RecordedAgent { rules, worked })
        });
        let agents = agents.collect();
        Recorded {
            span: self.span,
            heard_until: until,
            floor: self.floor,
            contacts: self.contacts,
            unfinished,
            agents,
        }
    }

    fn came(&mut self, contact: ContactId, change: impl FnOnce(&mut RecordedContact)) {
        // Its whole way may lie in the entry that it arrives in: then it is the last one.
        if let Some(found) = self.contacts.last_mut().filter(|last| last.contact == contact) {
            change(found);
        }
    }

    fn at_work(&mut self, agent: AgentId, from: Timestamp, until: Timestamp) {
        let span = Span { from: from.max(self.span.from), until };
        if span.from < span.until {
            self.worked.entry(agent).or_default().push(span);
        }
    }

    fn hear(&mut self, stamped: &Stamped) {
        let at = stamped.at;
        match &stamped.event {
            Event::AgentState { agent, state, .. } => {
                if works(*state) {
                    self.since.entry(*agent).or_insert(at);
                } else if let Some(from) = self.since.remove(agent) {
                    self.at_work(*agent, from, at);
                }
            }
            Event::Arrived { contact, client, queue, channel, language, clock_start, .. }
                if at >= self.span.from =>
            {
                self.open.insert(
                    *contact,
                    Open {
                        at: self.contacts.len(),
                        waits: true,
                        offered: None,
                        agents: Vec::new(),
                        ended: false,
                        wrapping_up: 0,
                    },
                );
                self.contacts.push(RecordedContact {
                    contact: *contact,
                    client: *client,
                    queue: *queue,
                    channel: *channel,
                    language: *language,
                    customer: None,
                    skill: None,
                    at,
                    clock_start: *clock_start,
                    stayed_us: 0,
                    fate: Fate::Stayed,
                    answered_by: None,
                    rang_us: None,
                    talk_us: None,
                    wrap_up_us: None,
                });
            }
            Event::Offered { contact, .. } => {
                if let Some(open) = self.open.get_mut(contact) {
                    open.offered = Some(at);
                }
            }
            Event::Answered { contact, agent, .. } => {
                self.stays(*contact, at, Fate::Stayed);
                let Some(open) = self.open.get_mut(contact) else { return };
                let contact = &mut self.contacts[open.at];
                if contact.answered_by.is_none() {
                    contact.answered_by = Some(*agent);
                    contact.rang_us = open.offered.map(|offered| us(at.since(offered)));
                }
                open.agents.push(*agent);
            }
            Event::CallbackPromised { contact, .. } => self.stays(*contact, at, Fate::Callback),
            Event::PartEnded { contact, agent, talk, hold, .. } => {
                let Some(open) = self.open.get(contact) else { return };
                // Whoever was only asked for advice is no part of the customer's talk.
                if open.agents.contains(agent) {
                    let sum = self.contacts[open.at].talk_us.get_or_insert(0);
                    *sum += us(*talk) + us(*hold);
                }
            }
            Event::WrapUpStarted { contact, .. } => {
                if let Some(open) = self.open.get_mut(contact) {
                    open.wrapping_up += 1;
                }
            }
            Event::WrapUpEnded { contact, length, .. } => {
                if let Some(open) = self.open.get_mut(contact) {
                    open.wrapping_up = open.wrapping_up.saturating_sub(1);
                    *self.contacts[open.at].wrap_up_us.get_or_insert(0) += us(*length);
                }
            }
            Event::Ended { contact, ending, .. } => {
                let left = matches!(
                    ending,
                    Ending::Abandoned | Ending::ShortAbandoned | Ending::Voicemail
                );
                self.stays(*contact, at, if left { Fate::Left } else { Fate::Stayed });
                if let Some(open) = self.open.get_mut(contact) {
                    open.ended = true;
                }
            }
            _ => {}
        }
    }

    /// The customer's first wait is over.
    fn stays(&mut self, contact: ContactId, at: Timestamp, fate: Fate) {
        let Some(open) = self.open.get_mut(&contact).filter(|open| open.waits) else { return };
        open.waits = false;
        let contact = &mut self.contacts[open.at];
        contact.stayed_us = us(at.since(contact.at));
        contact.fate = fate;
    }
}

/// Signed in, and neither away nor with a lost desk.
fn works(state: AgentState) -> bool {
    !matches!(state, AgentState::SignedOut | AgentState::Away(_) | AgentState::Lost)
}

fn us(span: Duration) -> i64 {
    i64::try_from(span.as_micros()).unwrap_or(i64::MAX)
}
