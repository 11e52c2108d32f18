//! The router of production in virtual time: what it was told in the past, and what it decided then.

use std::{
    cmp::Reverse,
    collections::{BinaryHeap, HashMap, HashSet},
    time::Duration,
};

use domain::{AgentId, ContactId, DispositionId, QueueId, Timestamp};
use routing::{AgentState, Arrival, AwayReason, EndedBy, Ending, Event, Input, Presence, Router};
use store::Entry;

use super::{demand::Coming, shifts::Step};
use crate::cast::Company;

/// A colleague who let it ring comes back to the desk after so long.
const BACK_AFTER: Duration = Duration::from_secs(150);

/// What a company's contacts name.
#[derive(Clone, Debug)]
pub(super) struct Named {
    pub client: domain::ClientId,
    pub queues: Vec<QueueId>,
    pub dispositions: Vec<DispositionId>,
}

/// What happens next, unless something else happens before.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Turn {
    Arrives(usize),
    Leaves(usize),
    Answers(usize, AgentId),
    Holds(usize),
    Resumes(usize),
    Hangs(usize),
    Finishes(usize, AgentId),
    Door(AgentId, Step),
}

struct Todo {
    at: Timestamp,
    nth: u64,
    turn: Turn,
}

/// How a contact went, for its card.
#[derive(Clone, Debug, Default)]
pub(super) struct Went {
    pub agent: Option<AgentId>,
    pub offered: bool,
    pub answered: Option<Timestamp>,
    pub ended: Option<Timestamp>,
    pub ending: Option<Ending>,
    /// What the agent said it was, and when.
    pub disposition: Option<(DispositionId, Timestamp)>,
}

/// The past as it went.
pub(super) struct Driven {
    /// What the journal holds.
    pub entries: Vec<Entry>,
    /// How each contact went, in the order of their coming.
    pub went: Vec<Went>,
    /// The router at each first entry of a new day, by the entry before.
    pub snapshots: Vec<(u64, Timestamp, Vec<u8>)>,
}

struct Drive<'a> {
    router: Router,
    entries: Vec<Entry>,
    coming: &'a [Coming],
    named: &'a dyn Fn(Company) -> &'a Named,
    by_id: HashMap<ContactId, usize>,
    went: Vec<Went>,
    todo: BinaryHeap<Reverse<Todo>>,
    nth: u64,
    /// Who has gone home, or will with the work in hand.
    leaving: HashSet<AgentId>,
}

/// Plays what came and who was there, until everything is over: at `until` everybody goes home.
pub(super) fn drive<'a>(
    begin: Timestamp,
    until: Timestamp,
    rules: Vec<Input>,
    coming: &'a [Coming],
    steps: impl Iterator<Item = (Timestamp, AgentId, Step)>,
    named: &'a dyn Fn(Company) -> &'a Named,
) -> anyhow::Result<Driven> {
    let mut drive = Drive {
        router: Router::new(),
        entries: Vec::new(),
        coming,
        named,
        by_id: coming.iter().enumerate().map(|(at, one)| (one.contact, at)).collect(),
        went: vec![Went::default(); coming.len()],
        todo: BinaryHeap::new(),
        nth: 0,
        leaving: HashSet::new(),
    };
    for input in rules {
        drive.router.handle(begin, input.clone())?;
        drive.keep(begin, Some(input));
    }
    for (at, one) in coming.iter().enumerate() {
        drive.plan(one.at, Turn::Arrives(at));
    }
    for (at, agent, step) in steps {
        drive.plan(at, Turn::Door(agent, step));
    }
    let agents: Vec<AgentId> = drive.router.agents().map(|view| view.agent).collect();
    for agent in agents {
        drive.plan(until, Turn::Door(agent, Step::Out));
    }
    let snapshots = drive.run()?;
    let open = drive.router.contacts().count();
    let there = drive.router.agents().filter(|view| view.state != AgentState::SignedOut).count();
    anyhow::ensure!(
        open == 0 && there == 0,
        "the demonstration's past does not end: {open} contacts and {there} agents are on the floor"
    );
    Ok(Driven { entries: drive.entries, went: drive.went, snapshots })
}

impl Drive<'_> {
    fn plan(&mut self, at: Timestamp, turn: Turn) {
        self.nth += 1;
        self.todo.push(Reverse(Todo { at, nth: self.nth, turn }));
    }

    /// Until nothing is left to happen and the router has nothing more to wait for but the clock.
    fn run(&mut self) -> anyhow::Result<Vec<(u64, Timestamp, Vec<u8>)>> {
        let mut snapshots = Vec::new();
        let mut day = None;
        loop {
            let planned = self.todo.peek().map(|Reverse(todo)| todo.at);
            let due = self.router.next_deadline();
            // Periods of contracts change for ever: with nobody there that is the live floor's business.
            let over = planned.is_none()
                && self.router.contacts().next().is_none()
                && self.router.agents().all(|view| view.state == AgentState::SignedOut);
            if over {
                return Ok(snapshots);
            }
            let Some(at) = planned.into_iter().chain(due).min() else { return Ok(snapshots) };
            let today = at.micros().div_euclid(86_400_000_000);
            if day != Some(today) {
                if day.is_some() {
                    let seq = self.entries.len() as u64;
                    let bytes = minicbor::to_vec(self.router.snapshot())?;
                    snapshots.push((seq, self.router.now(), bytes));
                }
                day = Some(today);
            }
            if due.is_some_and(|due| due <= at) {
                self.router.advance(at);
                self.keep(at, None);
            } else if let Some(Reverse(todo)) = self.todo.pop() {
                self.turn(at, todo.turn);
            }
        }
    }

    fn turn(&mut self, at: Timestamp, turn: Turn) {
        let input = match turn {
            Turn::Arrives(number) => {
                let one = &self.coming[number];
                let named = (self.named)(one.company);
                let patience = one.patience;
                let arrival = Arrival {
                    contact: one.contact,
                    client: named.client,
                    queue: named.queues[one.queue],
                    channel: one.channel,
                    language: Some(one.language),
                    first_ring: None,
                    customer: Some(super::cards::customer_id(one.company, one.customer)),
                    head_start: None,
                    emergency: false,
                };
                self.plan(at + patience, Turn::Leaves(number));
                Input::Arrive(arrival)
            }
            Turn::Leaves(number) if self.went[number].answered.is_none() => {
                Input::Abandon { contact: self.coming[number].contact }
            }
            Turn::Leaves(_) => return,
            Turn::Answers(number, agent) => {
                Input::Answer { contact: self.coming[number].contact, agent }
            }
            Turn::Holds(number) | Turn::Resumes(number) => {
                let contact = self.coming[number].contact;
                let Some(agent) = self.went[number].agent else { return };
                match turn {
                    Turn::Holds(_) => Input::Hold { contact, agent },
                    _ => Input::Resume { contact, agent },
                }
            }
            Turn::Hangs(number) => {
                Input::End { contact: self.coming[number].contact, by: EndedBy::Customer }
            }
            Turn::Finishes(number, agent) => {
                let one = &self.coming[number];
                let of = &(self.named)(one.company).dispositions;
                // The first ways to end are the frequent ones.
                let nth = (one.ending * one.ending * of.len()) / 10_000;
                let disposition = of.get(nth).copied();
                Input::FinishWrapUp { contact: one.contact, agent, disposition }
            }
            Turn::Door(agent, Step::In) => {
                self.leaving.remove(&agent);
                Input::SignIn { agent, presence: Presence::Available }
            }
            // Somebody on the way home does not come back from a break.
            Turn::Door(agent, Step::Be(_)) if self.leaving.contains(&agent) => return,
            Turn::Door(agent, Step::Be(presence)) => Input::SetPresence { agent, presence },
            Turn::Door(agent, Step::Out) => {
                self.leaving.insert(agent);
                Input::SignOut { agent }
            }
        };
        // What is refused came too late: the customer had left, the agent had gone home.
        if self.router.handle(at, input.clone()).is_ok() {
            self.keep(at, Some(input));
        } else {
            self.keep(at, None);
        }
    }

    /// Writes down what the router was told and what it said, and lets people hear it.
    fn keep(&mut self, at: Timestamp, input: Option<Input>) {
        let mut events = Vec::new();
        while let Some(event) = self.router.next_event() {
            events.push(event);
        }
        if input.is_none() && events.is_empty() {
            return;
        }
        let heard: Vec<(Timestamp, Event)> =
            events.iter().map(|stamped| (stamped.at, stamped.event.clone())).collect();
        let seq = self.entries.len() as u64 + 1;
        self.entries.push(Entry { seq, at, input, events });
        for (at, event) in heard {
            self.hear(at, &event);
        }
    }

    fn hear(&mut self, at: Timestamp, event: &Event) {
        match event {
            Event::Offered { contact, agent, .. } => {
                let Some(number) = self.by_id.get(contact).copied() else { return };
                let one = &self.coming[number];
                let first = !std::mem::replace(&mut self.went[number].offered, true);
                if !(first && one.missed) {
                    self.plan(at + one.rings, Turn::Answers(number, *agent));
                }
            }
            Event::Answered { contact, agent, .. } => {
                let Some(number) = self.by_id.get(contact).copied() else { return };
                let one = &self.coming[number];
                let went = &mut self.went[number];
                (went.agent, went.answered) = (Some(*agent), Some(at));
                let (talk, hold) = (one.talk, one.hold);
                if hold > Duration::ZERO {
                    let begins = at + talk.mul_f64(0.4);
                    self.plan(begins, Turn::Holds(number));
                    self.plan(begins + hold, Turn::Resumes(number));
                }
                self.plan(at + talk, Turn::Hangs(number));
            }
            Event::WrapUpStarted { contact, agent, .. } => {
                let Some(number) = self.by_id.get(contact).copied() else { return };
                self.plan(at + self.coming[number].wrap_up, Turn::Finishes(number, *agent));
            }
            Event::WrapUpEnded { contact, disposition: Some(disposition), .. } => {
                let Some(number) = self.by_id.get(contact).copied() else { return };
                self.went[number].disposition = Some((*disposition, at));
            }
            Event::Ended { contact, ending, .. } => {
                let Some(number) = self.by_id.get(contact).copied() else { return };
                let went = &mut self.went[number];
                (went.ended, went.ending) = (Some(at), Some(*ending));
            }
            Event::AgentState { agent, state: AgentState::Away(AwayReason::NoAnswer), .. } => {
                self.plan(at + BACK_AFTER, Turn::Door(*agent, Step::Be(Presence::Available)));
            }
            _ => {}
        }
    }
}

impl PartialEq for Todo {
    fn eq(&self, other: &Self) -> bool {
        (self.at, self.nth) == (other.at, other.nth)
    }
}

impl Eq for Todo {}

impl PartialOrd for Todo {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Todo {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.at, self.nth).cmp(&(other.at, other.nth))
    }
}
