//! Plays a day against the real router, in virtual time.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet, BinaryHeap},
    time::Duration,
};

use domain::{AgentId, ContactId, Timestamp};
use routing::{EndedBy, Event, Input, Router, Stamped};

use crate::{Day, Draw, Laws, People, Purpose, Step};

/// After the last arrival people finish what they can; then the floor is closed down.
const LAST_WORK: Duration = Duration::from_secs(30 * 60);

/// A day as it went.
#[derive(Debug)]
pub struct Driven {
    /// Everything in order; empty when nobody watched.
    pub steps: Vec<Step>,
    /// The accepted inputs with their instants: what a journal would hold.
    pub journal: Vec<(Timestamp, Input)>,
    /// What came out.
    pub events: Vec<Stamped>,
    /// The router when everybody has gone.
    pub router: Router,
    /// What the laws say about it.
    pub laws: Laws,
    /// How many inputs were refused.
    pub refused: usize,
}

/// When the driver wakes the router.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wakes {
    /// At each of its deadlines, as a good driver does.
    Eager,
    /// With the next input only, as a driver that was held up does.
    Late,
}

/// Plays `day` with `people`; with `watched`, the laws look at every step.
pub fn drive(day: &Day, people: &mut dyn People, watched: bool) -> Driven {
    let mut drive = Drive {
        people,
        todo: BinaryHeap::new(),
        count: 0,
        waiting: BTreeSet::new(),
        alive: BTreeSet::new(),
        wrap_ups: BTreeMap::new(),
        watched,
        day: Driven {
            steps: Vec::new(),
            journal: Vec::new(),
            events: Vec::new(),
            router: Router::new(),
            laws: Laws::new(),
            refused: 0,
        },
    };
    for input in day.plan.inputs() {
        drive.feed(day.start, input);
    }
    for (at, input) in &day.script {
        drive.plan(*at, input.clone());
    }
    let mut clock = Draw::of(day.seed, Purpose::Clock, 0);
    let last = day.end + LAST_WORK;
    while let Some(at) = drive.next_instant().filter(|at| *at <= last) {
        drive.wake_until(at);
        if drive.todo.peek().is_some_and(|Reverse(todo)| todo.at <= at)
            && let Some(Reverse(todo)) = drive.todo.pop()
        {
            // The clocks of a farm of machines: some inputs carry an instant that has passed.
            let early = clock.chance(day.jitter_percent);
            let at = if early { todo.at - clock.secs(0, 2) } else { todo.at };
            drive.feed(at, todo.input);
        }
    }
    drive.close(day, last);
    drive.day
}

/// Feeds a journal to a router; with `crash_before`, the router is thrown away before that input and
/// comes back from the bytes of its snapshot. Gives the events and the last state.
pub fn replay(
    journal: &[(Timestamp, Input)],
    wakes: Wakes,
    crash_before: Option<usize>,
) -> Result<(Vec<Stamped>, u64), String> {
    let mut router = Router::new();
    let mut events = Vec::new();
    for (n, (at, input)) in journal.iter().enumerate() {
        if crash_before == Some(n) {
            let bytes = minicbor::to_vec(router.snapshot()).map_err(|e| e.to_string())?;
            let snapshot = minicbor::decode(&bytes).map_err(|e| e.to_string())?;
            router = Router::restore(snapshot).map_err(|e| e.to_string())?;
        }
        if wakes == Wakes::Eager {
            while let Some(deadline) = router.next_deadline().filter(|d| d <= at) {
                router.advance(deadline);
                events.extend(std::iter::from_fn(|| router.next_event()));
            }
        }
        router
            .handle(*at, input.clone())
            .map_err(|e| format!("input {n} of the journal was refused in the replay: {e}"))?;
        events.extend(std::iter::from_fn(|| router.next_event()));
    }
    Ok((events, router.state_hash()))
}

struct Drive<'a> {
    people: &'a mut dyn People,
    todo: BinaryHeap<Reverse<Todo>>,
    count: u64,
    waiting: BTreeSet<ContactId>,
    alive: BTreeSet<ContactId>,
    wrap_ups: BTreeMap<(AgentId, ContactId), u32>,
    watched: bool,
    day: Driven,
}

#[derive(PartialEq)]
struct Todo {
    at: Timestamp,
    nth: u64,
    input: Input,
}

impl Eq for Todo {}

impl Ord for Todo {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.at, self.nth).cmp(&(other.at, other.nth))
    }
}

impl PartialOrd for Todo {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Drive<'_> {
    fn plan(&mut self, at: Timestamp, input: Input) {
        self.count += 1;
        self.todo.push(Reverse(Todo { at, nth: self.count, input }));
    }

    fn next_instant(&self) -> Option<Timestamp> {
        let planned = self.todo.peek().map(|Reverse(todo)| todo.at);
        [planned, self.day.router.next_deadline()].into_iter().flatten().min()
    }

    /// Lets every deadline up to `at` fire at its own instant.
    fn wake_until(&mut self, at: Timestamp) {
        while let Some(deadline) = self.day.router.next_deadline().filter(|d| *d <= at) {
            self.day.router.advance(deadline);
            self.take_events();
            let now = self.day.router.now();
            self.settled(now);
        }
    }

    fn feed(&mut self, at: Timestamp, input: Input) {
        // Whether a refusal changed anything is looked at for one input in four: the hash reads the
        // whole floor.
        let looks = self.watched && self.count.is_multiple_of(4);
        let before = looks.then(|| self.day.router.state_hash());
        let kept = input.clone();
        let result = self.day.router.handle(at, input);
        let now = self.day.router.now();
        match result {
            Ok(()) => {
                self.day.journal.push((now, kept.clone()));
                self.watch(Step::Accepted { at: now, input: Box::new(kept) });
                self.take_events();
                // What became due by this very input is handled before anybody looks.
                while self.day.router.next_deadline().is_some_and(|due| due <= now) {
                    self.day.router.advance(now);
                    self.take_events();
                }
                self.settled(now);
            }
            Err(error) => {
                self.day.refused += 1;
                let first = self.day.router.next_event();
                let changed =
                    first.is_some() || before != before.map(|_| self.day.router.state_hash());
                let (input, error) = (Box::new(kept), error.to_string());
                self.watch(Step::Refused { at: now, input, error, changed });
            }
        }
    }

    fn take_events(&mut self) {
        let mut todo = Vec::new();
        while let Some(stamped) = self.day.router.next_event() {
            self.keep_book(&stamped.event);
            self.people.react(&stamped, &mut todo);
            self.watch(Step::Event(Box::new(stamped.clone())));
            self.day.events.push(stamped);
        }
        for (at, input) in todo {
            self.plan(at, input);
        }
    }

    fn settled(&mut self, now: Timestamp) {
        if self.watched {
            for contact in self.waiting.clone() {
                if let Some(place) = self.day.router.place(contact) {
                    self.watch(Step::Told { at: now, contact, ahead_max: place.told_max });
                }
            }
            self.watch(Step::Settled { at: now });
        }
    }

    fn keep_book(&mut self, event: &Event) {
        match event {
            Event::Arrived { contact, .. } | Event::CalledOut { contact, .. } => {
                self.alive.insert(*contact);
            }
            Event::Queued { contact, .. } => {
                self.waiting.insert(*contact);
            }
            Event::Offered { contact, .. } => {
                self.waiting.remove(contact);
            }
            Event::Ended { contact, .. } => {
                self.alive.remove(contact);
                self.waiting.remove(contact);
            }
            Event::WrapUpStarted { contact, agent, .. } => {
                *self.wrap_ups.entry((*agent, *contact)).or_insert(0) += 1;
            }
            Event::WrapUpEnded { contact, agent, .. } => {
                // An agent may wrap up the same contact twice at once, when it came back to them.
                if let Some(open) = self.wrap_ups.get_mut(&(*agent, *contact)) {
                    *open = open.saturating_sub(1);
                }
            }
            _ => {}
        }
    }

    fn watch(&mut self, step: Step) {
        if self.watched {
            self.day.laws.watch(&step);
            self.day.steps.push(step);
        }
    }

    /// Everybody goes home: conversations end, what waits ends with its client, agents sign out.
    fn close(&mut self, day: &Day, at: Timestamp) {
        self.wake_until(at);
        for contact in self.alive.clone() {
            self.feed(at, Input::End { contact, by: EndedBy::System });
        }
        for client in &day.plan.clients {
            self.feed(at, Input::RemoveClient(client.client));
        }
        for contact in self.alive.clone() {
            self.feed(at, Input::End { contact, by: EndedBy::System });
        }
        for ((agent, contact), open) in self.wrap_ups.clone() {
            for _ in 0..open {
                self.feed(at, Input::FinishWrapUp { contact, agent, disposition: None });
            }
        }
        for agent in &day.plan.agents {
            self.feed(at, Input::SignOut { agent: agent.agent });
        }
        self.watch(Step::Over { at });
    }
}
