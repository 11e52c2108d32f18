//! Clocks: waits, talk, hold, wrap-up, and the promise that they are held to.

use std::time::Duration;

use domain::{
    AgentId, ContactId, QueueId, Timestamp,
    contract::{ClockStart, WrapUpRule},
};
use routing::{Event, Input};

use super::{Law, Laws};

impl Laws {
    pub(super) fn judge_spans(&mut self, at: Timestamp, event: &Event) {
        match event {
            Event::Arrived { .. } => self.judge_promise(at, event),
            Event::Answered { contact, wait, first, .. } => {
                let Some(seen) = self.seen.contacts.get(contact) else { return };
                let waited = at.since(seen.wait_base);
                let (is_first, from) = (seen.first_wait.is_none(), seen.wait_base);
                self.ensure(Law::Clock, at, *wait == waited && *first == is_first, || {
                    format!("{contact:?} waited {waited:?} since {from}, told as {wait:?}")
                });
            }
            Event::PartEnded { contact, queue, agent, talk, hold, .. } => {
                self.judge_part(at, (*contact, *queue, *agent), *talk, *hold);
            }
            Event::WrapUpStarted { contact, agent, until, .. } => {
                self.judge_wrap_up(at, *contact, *agent, *until);
            }
            Event::WrapUpExtended { contact, agent, until, .. } => {
                let wrap = self.wrap(*contact, *agent);
                let holds = wrap.as_ref().is_some_and(|wrap| {
                    wrap.extensions_left > 0
                        && wrap.until.is_some_and(|end| end + wrap.extend == *until)
                });
                self.ensure(Law::WrapUp, at, holds, || {
                    format!("{contact:?} of {agent:?} extended to {until}, it was {wrap:?}")
                });
            }
            Event::WrapUpEnded { contact, agent, length, disposition, .. } => {
                let wrap = self.wrap(*contact, *agent);
                let asked = match &self.seen.last {
                    Some((then, Input::FinishWrapUp { contact: c, agent: a, disposition: d })) => {
                        *then == at && c == contact && a == agent && d == disposition
                    }
                    Some((then, Input::Release { contact: c, agent: a })) => {
                        *then == at && c == contact && a == agent
                    }
                    _ => false,
                };
                let holds = wrap.as_ref().is_some_and(|wrap| {
                    at.since(wrap.since) == *length && (asked || wrap.until == Some(at))
                });
                self.ensure(Law::WrapUp, at, holds, || {
                    format!("{contact:?} of {agent:?} ended after {length:?}, it was {wrap:?}")
                });
            }
            _ => {}
        }
    }

    fn wrap(&self, contact: ContactId, agent: AgentId) -> Option<super::seen::Wrap> {
        let wraps = &self.seen.agents.get(&agent)?.wraps;
        wraps.iter().find(|wrap| wrap.contact == contact).cloned()
    }

    fn judge_promise(&mut self, at: Timestamp, event: &Event) {
        let Event::Arrived {
            contact,
            client,
            contract_version,
            period,
            promise,
            clock_start,
            language,
            queue,
            channel,
            first_ring,
        } = event
        else {
            return;
        };
        let Some(rules) = self.seen.clients.get(client) else {
            return self.broken(Law::Promise, at, format!("{contact:?} of a client not there"));
        };
        let in_force = rules.period_at.at(at).copied();
        let agreed = in_force.and_then(|n| rules.periods.get(usize::from(n)));
        let last = self.seen.last.as_ref().filter(|(then, _)| *then == at);
        let arrival = last.and_then(|(_, input)| input.arrival());
        let rang = arrival.map(|arrival| arrival.first_ring.map_or(at, |ring| ring.min(at)));
        let holds = Some(*period) == in_force
            && *contract_version == rules.contract_version
            && agreed.is_some_and(|agreed| agreed.promise == *promise)
            && arrival.is_some_and(|arrival| {
                arrival.contact == *contact
                    && arrival.client == *client
                    && arrival.queue == *queue
                    && arrival.channel == *channel
                    && arrival.language.unwrap_or(rules.default_language) == *language
            });
        let how = format!("{contact:?} under version {contract_version}, period {period}");
        self.ensure(Law::Promise, at, holds, || how);
        let start = match promise.clock {
            ClockStart::QueueEntry => Some(at),
            ClockStart::FirstRing => rang,
        };
        self.ensure(Law::Clock, at, start == Some(*clock_start), || {
            format!("{contact:?} counts from {clock_start}, ruled {start:?}")
        });
        let before = rang.filter(|rang| rang < clock_start);
        self.ensure(Law::Clock, at, before == *first_ring, || {
            format!("{contact:?} rang at {before:?}, told as {first_ring:?}")
        });
    }

    fn judge_part(
        &mut self,
        at: Timestamp,
        (contact, queue, agent): (ContactId, QueueId, AgentId),
        talk: Duration,
        hold: Duration,
    ) {
        let part = self.seen.agents.get(&agent).and_then(|a| a.parts.get(&contact)).cloned();
        let Some(mut part) = part else {
            let how = format!("{agent:?} was not on {contact:?}");
            return self.broken(Law::OneAgent, at, how);
        };
        part.spend(at);
        self.ensure(Law::Clock, at, part.talk == talk && part.hold == hold, || {
            format!(
                "{agent:?} on {contact:?}: talk {talk:?} and hold {hold:?}, seen {:?} and {:?}",
                part.talk, part.hold
            )
        });
        let known = self.seen.queues.contains_key(&queue);
        self.ensure(Law::Promise, at, known, || format!("{contact:?} was of no queue"));
    }

    fn judge_wrap_up(
        &mut self,
        at: Timestamp,
        contact: ContactId,
        agent: AgentId,
        until: Option<Timestamp>,
    ) {
        let rule = self.seen.owed.get(&(agent, contact)).map(|owed| owed.rule);
        let holds = match rule {
            Some(WrapUpRule::Fixed { seconds, .. }) => {
                until == Some(at + Duration::from_secs(u64::from(seconds)))
            }
            Some(WrapUpRule::UntilDone) => until.is_none(),
            Some(WrapUpRule::None) | None => false,
        };
        self.ensure(Law::WrapUp, at, holds, || {
            format!("{agent:?} wraps up {contact:?} until {until:?}, the rule is {rule:?}")
        });
    }
}
