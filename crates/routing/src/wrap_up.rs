//! The work after a contact: a state with its own clock.

use std::time::Duration;

use domain::contract::WrapUpRule;
use domain::{AgentId, ContactId, DispositionId};

use crate::{Event, InputError, Router, agent::WorkStage};

impl Router {
    /// The agent's conversation has ended: wrap-up begins as the queue's rule says, or the agent is
    /// done. `at` is the place of the work in the agent's hands.
    pub(crate) fn begin_wrap_up(&mut self, agent: u32, at: usize) {
        let now = self.now;
        let work = &self.agents[agent].work[at];
        let rule = self
            .queue_at
            .get(&work.queue)
            .map_or(WrapUpRule::None, |queue| self.queues[*queue].rules.wrap_up);
        let (until, extend_s, extensions_left) = match rule {
            WrapUpRule::None | WrapUpRule::Fixed { seconds: 0, .. } => {
                return self.drop_work(agent, at, true);
            }
            WrapUpRule::Fixed { seconds, extend_s, extensions_max } => {
                (Some(now + Duration::from_secs(u64::from(seconds))), extend_s, extensions_max)
            }
            WrapUpRule::UntilDone => (None, 0, 0),
        };
        let extend = Duration::from_secs(u64::from(extend_s));
        let work = &mut self.agents[agent].work[at];
        work.enter(WorkStage::WrapUp { until, extend, extensions_left }, now);
        let (contact, client) = (work.contact, work.client);
        let agent_id = self.agents[agent].id();
        self.emit(Event::WrapUpStarted { contact, client, agent: agent_id, until });
        self.refresh(agent);
    }

    /// Takes a piece of work out of the agent's hands. `handled` when it counts for who has been
    /// idle longest; offers that were missed or refused do not.
    pub(crate) fn drop_work(&mut self, agent: u32, at: usize, handled: bool) {
        let now = self.now;
        let entry = &mut self.agents[agent];
        entry.work.remove(at);
        if handled {
            entry.idle_since = now;
        }
        self.work_done(agent);
    }

    /// The wrap-up is over.
    pub(crate) fn end_wrap_up(
        &mut self,
        agent: u32,
        at: usize,
        disposition: Option<DispositionId>,
    ) {
        let work = &self.agents[agent].work[at];
        let event = Event::WrapUpEnded {
            contact: work.contact,
            client: work.client,
            queue: work.queue,
            agent: self.agents[agent].id(),
            length: self.now.since(work.since),
            disposition,
        };
        self.emit(event);
        self.drop_work(agent, at, true);
    }

    fn wrap_up_of(&self, contact: ContactId, id: AgentId) -> Result<(u32, usize), InputError> {
        let agent = self.agent_slot(id)?;
        let works = &self.agents[agent].work;
        works
            .iter()
            .position(|work| work.contact == contact && work.stage.is_wrap_up())
            .map(|at| (agent, at))
            .ok_or_else(|| match self.contact_at.get(&contact) {
                Some(slot) if self.agents[agent].work_on(contact).is_some() => {
                    self.contacts[*slot].wrong_state()
                }
                _ => InputError::NotOnContact { agent: id, contact },
            })
    }

    pub(crate) fn extend_wrap_up(
        &mut self,
        contact: ContactId,
        id: AgentId,
    ) -> Result<(), InputError> {
        let (agent, at) = self.wrap_up_of(contact, id)?;
        let work = &mut self.agents[agent].work[at];
        let client = work.client;
        match &mut work.stage {
            WorkStage::WrapUp { until: Some(until), extend, extensions_left }
                if *extensions_left > 0 =>
            {
                *extensions_left -= 1;
                *until = *until + *extend;
                let until = *until;
                self.emit(Event::WrapUpExtended { contact, client, agent: id, until });
                self.arm_agent(agent);
                Ok(())
            }
            _ => Err(InputError::NoExtensionLeft),
        }
    }

    pub(crate) fn finish_wrap_up(
        &mut self,
        contact: ContactId,
        id: AgentId,
        disposition: Option<DispositionId>,
    ) -> Result<(), InputError> {
        let (agent, at) = self.wrap_up_of(contact, id)?;
        self.end_wrap_up(agent, at, disposition);
        Ok(())
    }
}
