//! Each contact ends once, and as it says.

use std::time::Duration;

use domain::{ContactId, Timestamp};
use routing::{EndedBy, Ending, Event, Input, NobodyRules};

use super::{
    Law, Laws,
    seen::{SeenContact, Stage},
};

impl Laws {
    pub(super) fn judge_ends(&mut self, at: Timestamp, event: &Event) {
        if let Event::Arrived { contact, .. } | Event::CalledOut { contact, .. } = event {
            let new =
                !self.seen.contacts.contains_key(contact) && !self.seen.ended.contains(contact);
            return self.ensure(Law::EndsOnce, at, new, || format!("{contact:?} arrived twice"));
        }
        let Some(contact) = contact_of(event) else { return };
        if !self.seen.contacts.contains_key(&contact) {
            // Wrap-up goes on after the end; nothing else does.
            return self.broken(
                Law::EndsOnce,
                at,
                format!("{contact:?} is not on the floor, and then {event:?}"),
            );
        }
        if let Event::Ended { ending, wait, .. } = event {
            self.judge_end(at, contact, *ending, *wait);
        }
    }

    fn judge_end(&mut self, at: Timestamp, id: ContactId, ending: Ending, wait: Duration) {
        let Some(contact) = self.seen.contacts.get(&id).cloned() else { return };
        let waited = contact.first_wait.unwrap_or_else(|| at.since(contact.clock_start));
        self.ensure(Law::Clock, at, wait == waited, || {
            format!("{id:?} ended after a wait of {waited:?}, told as {wait:?}")
        });
        let on: Vec<_> = self
            .seen
            .agents
            .iter()
            .filter(|(_, agent)| {
                agent.parts.contains_key(&id)
                    || agent.ringing.as_ref().is_some_and(|ring| ring.contact == id)
            })
            .map(|(agent, _)| *agent)
            .collect();
        self.ensure(Law::EndsOnce, at, on.is_empty(), || {
            format!("{id:?} ended while {on:?} still had it")
        });
        let abandoned = matches!(ending, Ending::Abandoned | Ending::ShortAbandoned);
        self.ensure(Law::Outbound, at, !(contact.outbound && abandoned), || {
            format!("{id:?} is a call of ours, and counts as abandoned")
        });
        let truly = self.is_true(at, id, &contact, ending);
        let last = (!truly).then(|| self.seen.last.clone());
        self.ensure(Law::EndsTruly, at, truly, || {
            format!("{id:?} ended as {ending:?}; it was {:?}, last said {last:?}", contact.stage)
        });
    }

    fn is_true(&self, at: Timestamp, id: ContactId, contact: &SeenContact, ending: Ending) -> bool {
        let seen = &self.seen;
        let said = seen.last.as_ref().filter(|(then, _)| *then == at).map(|(_, input)| input);
        let left = matches!(said, Some(Input::Abandon { contact }) if *contact == id);
        let waited = at.since(contact.clock_start);
        let short = Duration::from_secs(u64::from(contact.promise.short_abandon_s));
        let client = seen.clients.get(&contact.client);
        match ending {
            Ending::Voicemail => {
                matches!(said, Some(Input::LeaveVoicemail { contact }) if *contact == id)
                    && !contact.callback
            }
            Ending::Cut => matches!(said, Some(Input::Cut { contact }) if *contact == id),
            Ending::CallbackCancelled => {
                matches!(said, Some(Input::CancelCallback { contact }) if *contact == id)
                    && contact.callback
            }
            Ending::NotReached => {
                let failed =
                    matches!(said, Some(Input::CallbackFailed { contact, .. }) if *contact == id);
                !contact.reached && (contact.outbound || (failed && contact.callback))
            }
            Ending::Handled(_) if contact.outbound && !contact.reached => false,
            Ending::Handled(by) => {
                let ended = matches!(said, Some(Input::End { contact, by: b }) if *contact == id && *b == by);
                // Put back after a conversation, and then the customer left.
                let gone = left && contact.first_wait.is_some() && by == EndedBy::Customer;
                contact.first_wait.is_some() && (ended || gone)
            }
            Ending::Abandoned => left && contact.first_wait.is_none() && waited > short,
            Ending::ShortAbandoned => left && contact.first_wait.is_none() && waited <= short,
            Ending::Closed => {
                let shut = client.is_some_and(|client| {
                    !client.open_at.at(at).copied().unwrap_or(false) && !client.closed_waits
                });
                let nobody = seen.period(contact.client, at).is_some_and(|period| {
                    period.nobody_on_shift == NobodyRules::Close
                        && !seen.staffed(contact, contact.overflow, at)
                });
                shut || nobody
            }
            Ending::QueueFull => seen.queues.get(&contact.queue).is_some_and(|queue| {
                let waiting = seen.contacts.iter().filter(|(other, c)| {
                    **other != id
                        && c.queue == contact.queue
                        && matches!(
                            c.stage,
                            Stage::Waiting | Stage::Opening | Stage::Offered | Stage::Later
                        )
                });
                waiting.count() >= queue.waiting_max as usize
            }),
            Ending::QueueRemoved => !seen.has_queue(contact.client, contact.queue),
        }
    }
}

/// The contact an event is about, when it has to be on the floor for it.
fn contact_of(event: &Event) -> Option<ContactId> {
    match event {
        Event::WaitsForOpening { contact, .. }
        | Event::Queued { contact, .. }
        | Event::GreetingStarted { contact, .. }
        | Event::RingOpened { contact, .. }
        | Event::Offered { contact, .. }
        | Event::OfferEnded { contact, .. }
        | Event::Answered { contact, .. }
        | Event::Held { contact, .. }
        | Event::Resumed { contact, .. }
        | Event::ConsultStarted { contact, .. }
        | Event::ConferenceStarted { contact, .. }
        | Event::PartEnded { contact, .. }
        | Event::Transferred { contact, .. }
        | Event::CallbackPromised { contact, .. }
        | Event::Ended { contact, .. }
        | Event::TalkLimitPassed { contact, .. }
        | Event::CustomerAnswered { contact, .. }
        | Event::CallbackFailed { contact, .. }
        | Event::Expedited { contact, .. } => Some(*contact),
        // Facts about a call may follow its end as well.
        Event::Call { .. }
        | Event::CalledOut { .. }
        | Event::Phone { .. }
        | Event::Arrived { .. }
        | Event::WrapUpStarted { .. }
        | Event::WrapUpExtended { .. }
        | Event::WrapUpEnded { .. }
        | Event::AgentState { .. }
        | Event::PeriodChanged { .. } => None,
    }
}
