//! One replication: the production router, driven in virtual time.

use std::{collections::VecDeque, time::Duration};

use domain::{AgentId, ContactId, Day, Timestamp};
use routing::{
    Arrival, Door, EndedBy, Ending, Event, Input, Led, OfferEnd, QueuedWhy, Router, Stamped,
};

use super::{
    agenda::Agenda,
    arrivals::Source,
    caller::{Caller, Stage, key, slot_of},
    desk::Desk,
    distribution::{Distribution, micros},
    floor::{Floor, QueueOf, agent_at, agent_id},
    parse::client_id,
    scenario::{Fate, ShiftTime, Taken},
    stream::{Purpose, Stream},
    tell::{Teller, Told},
    turn::Turn,
};

/// Inputs between two looks at whether somebody wants to stop.
const LOOK_EVERY: u32 = 4096;

/// Streams of one queue.
struct Streams {
    patience: Stream,
    talk: Stream,
    wrap_up: Stream,
    retry: Stream,
    callback: Stream,
}

/// How a replication ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ended {
    /// Everything that counts was counted.
    Over,
    /// Somebody wanted it to stop at this instant.
    Stopped(i64),
}

/// A replication under way.
pub(crate) struct Drive<'a> {
    pub(super) floor: &'a Floor<'a>,
    router: Router,
    pub(super) agenda: Agenda,
    pub(super) now: i64,
    callers: Vec<Caller>,
    free: Vec<u32>,
    /// Contacts given an id so far.
    ids: u64,
    sources: Vec<Source<'a>>,
    streams: Vec<Streams>,
    ringing: Vec<Stream>,
    pub(super) absence: Vec<Stream>,
    pub(super) desks: Vec<Desk>,
    pub(super) teller: Teller,
    /// What the router is to be told because of what it said.
    todo: VecDeque<Input>,
    /// What it said last; kept for its memory.
    events: VecDeque<Stamped>,
    pub(super) day: Option<Day>,
    /// Hears every event of the router, as the journal would.
    ear: Option<Ear<'a>>,
}

/// Somebody who hears every event with its instant.
pub(crate) type Ear<'a> = &'a mut dyn FnMut(&Stamped);

impl<'a> Drive<'a> {
    pub fn new(floor: &'a Floor<'a>, replication: u32, stretches: usize, traced: bool) -> Self {
        let scenario = floor.scenario;
        let seed = scenario.run.seed;
        let of = |purpose, whose| Stream::of(seed, replication, purpose, whose);
        let sources = floor.queues.iter().enumerate().map(|(at, queue)| {
            let streams = (of(Purpose::Arrivals, at), of(Purpose::Day, at));
            let last = floor.last;
            Source::new(&queue.plan.demand, &scenario.run.zone, streams, floor.start, last)
        });
        let streams = (0..floor.queues.len()).map(|at| Streams {
            patience: of(Purpose::Patience, at),
            talk: of(Purpose::Talk, at),
            wrap_up: of(Purpose::WrapUp, at),
            retry: of(Purpose::Retry, at),
            callback: of(Purpose::Callback, at),
        });
        let groups = scenario.groups.len();
        let mut drive = Self {
            floor,
            router: floor.router.clone(),
            agenda: Agenda::default(),
            now: floor.start,
            callers: Vec::new(),
            free: Vec::new(),
            ids: 0,
            sources: sources.collect(),
            streams: streams.collect(),
            ringing: (0..groups).map(|group| of(Purpose::Ringing, group)).collect(),
            absence: (0..groups).map(|group| of(Purpose::Absence, group)).collect(),
            desks: vec![Desk::new(floor.start); floor.agents.len()],
            teller: Teller::new(floor, stretches, traced),
            todo: VecDeque::new(),
            events: VecDeque::new(),
            day: None,
            ear: None,
        };
        drive.begin();
        drive
    }

    /// The same, heard by somebody. Nothing has happened before: agents sign in with the first step.
    pub fn heard_by(mut self, ear: Ear<'a>) -> Self {
        self.ear = Some(ear);
        self
    }

    /// Runs to the end, or until `stop` says so. `told` hears how far it is, 0 to 1, now and then.
    pub fn run(
        mut self,
        mut stop: impl FnMut() -> bool,
        mut told: impl FnMut(f64),
    ) -> (Teller, Ended) {
        let (start, until, last) = (self.floor.start, self.floor.counted_until, self.floor.last);
        let mut steps = 0u32;
        let mut ended = Ended::Over;
        loop {
            steps = steps.wrapping_add(1);
            if steps.is_multiple_of(LOOK_EVERY) {
                told(((self.now - start) as f64 / (until - start) as f64).min(1.0));
                if stop() {
                    ended = Ended::Stopped(self.now);
                    break;
                }
            }
            let planned = self.agenda.next_at().unwrap_or(i64::MAX);
            let due = self.router.next_deadline().map_or(i64::MAX, Timestamp::micros);
            let at = planned.min(due);
            if at > last || (at >= until && self.teller.open() == 0) {
                break;
            }
            self.now = at;
            self.teller.reach(at);
            if due <= planned {
                self.router.advance(Timestamp::from_micros(due));
                self.listen();
            } else if let Some(planned) = self.agenda.take() {
                self.turn(planned.what);
            }
        }
        self.finish(ended);
        (self.teller, ended)
    }

    fn begin(&mut self) {
        for (at, agent) in self.floor.agents.iter().enumerate() {
            match agent.hours {
                ShiftTime::Always => self.agenda.plan(self.now, Turn::SignIn.of(at, 0)),
                ShiftTime::Weekly(_) => {}
                ShiftTime::Recorded(stretches) => {
                    for (from, until) in stretches {
                        self.agenda.plan(self.floor.start + from, Turn::SignIn.of(at, 0));
                        self.agenda.plan(self.floor.start + until, Turn::SignOut.of(at, 0));
                    }
                }
            }
        }
        for (at, outage) in self.floor.scenario.outages.iter().enumerate() {
            let start = self.floor.start;
            self.agenda.plan(start + outage.from_us, Turn::OutageBegins.of(at, 0));
            self.agenda.plan(start + outage.until_us, Turn::OutageEnds.of(at, 0));
        }
        if self.floor.agents.iter().any(|agent| matches!(agent.hours, ShiftTime::Weekly(_))) {
            // The night shift of the day before may still be at work.
            let zone = &self.floor.scenario.run.zone;
            let today = zone.day_at(self.floor.scenario.run.start);
            self.plan_shifts(today.previous());
            self.day = Some(today);
            self.agenda.plan(self.now, Turn::Day.of(0, 0));
        }
        for queue in 0..self.sources.len() {
            self.plan_arrival(queue);
        }
    }

    fn plan_arrival(&mut self, queue: usize) {
        if let Some((at, index)) = self.sources[queue].next() {
            // The number travels in the low bits; a queue has fewer than 2^32 contacts, and if it
            // had more their draws would repeat, nothing else.
            self.agenda.plan(at, Turn::Arrival.of(queue, index as u32));
        }
    }

    fn turn(&mut self, what: u64) {
        let (turn, whose, number) = Turn::read(what);
        match turn {
            Turn::Arrival => {
                self.arrive(whose, u64::from(number), 0);
                self.plan_arrival(whose);
            }
            Turn::Patience => {
                let caller = &self.callers[whose];
                if caller.number == number && caller.stage == Stage::Waiting && !caller.callback {
                    let contact = caller.id;
                    self.feed(Input::Abandon { contact });
                }
            }
            Turn::Answer => {
                let caller = &self.callers[whose];
                if caller.offer == number && caller.ringing {
                    let (contact, agent) = (caller.id, agent_id(caller.agent as usize));
                    self.feed(Input::Answer { contact, agent });
                }
            }
            Turn::TalkOver => {
                let caller = &self.callers[whose];
                if caller.number == number && caller.stage == Stage::Talking {
                    let contact = caller.id;
                    self.feed(Input::End { contact, by: EndedBy::Customer });
                }
            }
            Turn::WrapUpOver => {
                let caller = &self.callers[whose];
                if caller.number == number && caller.wrapping_up {
                    let (contact, agent) = (caller.id, agent_id(caller.agent as usize));
                    self.feed(Input::FinishWrapUp { contact, agent, disposition: None });
                }
            }
            Turn::AskCallback => {
                let caller = &mut self.callers[whose];
                let waits = caller.stage == Stage::Waiting && !caller.ringing;
                if caller.number == number && waits && !caller.callback {
                    caller.callback = true;
                    let (contact, queue) = (caller.id, caller.queue as usize);
                    let (stretch, clock) = (caller.stretch, caller.clock);
                    // From the promise on it is in no wait.
                    let client = self.floor.queues[queue].client;
                    self.teller.waited(client, stretch, clock, self.now);
                    self.feed(Input::RequestCallback { contact });
                }
            }
            Turn::TryAgain => {
                let caller = &mut self.callers[whose];
                let (queue, index, attempt) = (caller.queue, caller.index, caller.attempt + 1);
                caller.stage = Stage::Free;
                self.free.push(whose as u32);
                self.arrive(queue as usize, index, attempt);
            }
            Turn::Day => self.next_day(),
            Turn::SignIn => self.sign_in(whose),
            Turn::SignOut => self.sign_out(whose),
            Turn::Break => self.take_break(whose, number),
            Turn::Back => self.come_back(whose, number),
            Turn::OutageBegins | Turn::OutageEnds => self.outage(whose, turn == Turn::OutageEnds),
        }
    }

    /// A contact arrives, for the first time or again.
    fn arrive(&mut self, queue: usize, index: u64, attempt: u32) {
        let of = &self.floor.queues[queue];
        let (client, id) = (of.client, of.id);
        let taken = taken(of, index);
        let rang_us = taken.map_or(0, |taken| taken.rang_us);
        self.ids += 1;
        let slot = self.free.pop().unwrap_or_else(|| {
            self.callers.push(Caller::nobody());
            self.callers.len() as u32 - 1
        });
        let contact = ContactId::from_u128((u128::from(self.ids) << 32) | u128::from(slot));
        let stretch = self.teller.arrived(client, attempt > 0);
        let caller = &mut self.callers[slot as usize];
        *caller = Caller {
            id: contact,
            index,
            attempt,
            clock: self.now - rang_us,
            queue: queue as u32,
            stretch,
            number: caller.number.wrapping_add(1),
            offer: caller.offer,
            stage: Stage::Waiting,
            ..Caller::nobody()
        };
        let number = caller.number;
        let arrival = Arrival {
            contact,
            client: client_id(client),
            queue: id,
            channel: taken.map_or(of.plan.channel, |taken| taken.channel),
            language: taken.and_then(|taken| taken.language),
            first_ring: (rang_us > 0).then(|| Timestamp::from_micros(self.now - rang_us)),
            customer: taken.and_then(|taken| taken.customer),
            head_start: None,
            emergency: false,
        };
        self.feed(match taken.and_then(|taken| taken.skill) {
            Some(skill) => Input::ArriveLed(Led { arrival, skill: Some(skill), door: Door::Wait }),
            None => Input::Arrive(arrival),
        });
        let caller = &self.callers[slot as usize];
        if caller.number != number || caller.stage != Stage::Waiting {
            return; // the rule, on a floor with enough people: answered at once
        }
        let plan = self.floor.queues[queue].plan;
        let streams = &self.streams[queue];
        let key = key(index, attempt, 0);
        if let Some(taken) = taken {
            let turn = match taken.fate {
                Fate::Callback => Some((Turn::AskCallback, taken.stayed_us)),
                Fate::Left => Some((Turn::Patience, taken.stayed_us)),
                // They waited so long and would have waited longer.
                Fate::Stayed => {
                    let (survival, known) = (&of.plan.survival, taken.stayed_us as f64 / 1e6);
                    let patience = survival.beyond(known, streams.patience.at(key).unit());
                    patience.map(|patience| (Turn::Patience, micros(patience)))
                }
            };
            if let Some((turn, after)) = turn {
                self.agenda.plan(self.now + after, turn.of(slot as usize, number));
            }
            return;
        }
        if let Some(patience) = &plan.patience {
            let leaves = self.now + micros(patience.sample(&mut streams.patience.at(key)));
            self.agenda.plan(leaves, Turn::Patience.of(slot as usize, number));
        }
        if let Some(callback) = &plan.callback
            && streams.callback.at(key).chance(callback.share)
        {
            let asks = self.now + micros(callback.after);
            self.agenda.plan(asks, Turn::AskCallback.of(slot as usize, number));
        }
    }

    /// Tells the router, and hears what it says.
    pub(super) fn feed(&mut self, input: Input) {
        // A refusal changes nothing: what was planned has been overtaken, such as the end of a talk
        // that was taken away from its agent.
        let _ = self.router.handle(Timestamp::from_micros(self.now), input);
        self.listen();
    }

    pub(super) fn listen(&mut self) {
        self.hear_all();
        // What is answered at once may bring further offers; they queue up behind.
        while let Some(input) = self.todo.pop_front() {
            // As in `feed`.
            let _ = self.router.handle(Timestamp::from_micros(self.now), input);
            self.hear_all();
        }
    }

    fn hear_all(&mut self) {
        let mut events = std::mem::take(&mut self.events);
        self.router.take_events(&mut events);
        for stamped in &events {
            self.hear(stamped);
        }
        self.events = events;
    }

    fn hear(&mut self, stamped: &Stamped) {
        if let Some(ear) = &mut self.ear {
            ear(stamped);
        }
        match &stamped.event {
            Event::Offered { contact, agent, .. } => self.offered(*contact, *agent),
            Event::OfferEnded { contact, why, .. } => {
                if let Some(caller) = self.caller(*contact) {
                    caller.ringing = false;
                    caller.waited |= *why != OfferEnd::ContactGone;
                }
            }
            Event::Answered { contact, agent, .. } => self.answered(*contact, *agent),
            Event::PartEnded { contact, agent, talk, hold, .. } => {
                let us = span(*talk) + span(*hold);
                self.desks[agent_at(*agent)].in_hand -= 1;
                self.part_ended(*contact, *agent, us);
            }
            Event::WrapUpStarted { contact, until: None, .. } => self.wrap_up(*contact),
            Event::WrapUpEnded { contact, agent, length, .. } => {
                self.wrapped_up(*contact, *agent, span(*length));
            }
            Event::Queued { contact, why, .. } => self.queued(*contact, *why),
            Event::WaitsForOpening { contact, .. } => {
                if let Some(caller) = self.caller(*contact) {
                    caller.before_opening = true;
                }
            }
            Event::Ended { contact, ending, .. } => self.ended(*contact, *ending),
            Event::AgentState { agent, state, .. } => self.agent_state(agent_at(*agent), *state),
            _ => {}
        }
    }

    fn caller(&mut self, contact: ContactId) -> Option<&mut Caller> {
        self.callers.get_mut(slot_of(contact)).filter(|caller| caller.id == contact)
    }

    fn offered(&mut self, contact: ContactId, agent: AgentId) {
        let (now, at) = (self.now, agent_at(agent));
        let Some(caller) = self.caller(contact) else { return };
        caller.ringing = true;
        caller.rings = caller.rings.wrapping_add(1);
        caller.offer = caller.offer.wrapping_add(1);
        caller.agent = at as u32;
        caller.waited |= now > caller.clock;
        let (offer, key) = (caller.offer, key(caller.index, caller.attempt, caller.rings));
        let group = self.floor.agents[at].group;
        match &self.floor.scenario.groups[group].answer_after {
            None => self.todo.push_back(Input::Answer { contact, agent }),
            Some(after) => {
                // Addressed by the contact's queue as well: two clients' contacts of one number ring
                // for different times.
                let queue = self.callers[slot_of(contact)].queue;
                let address = key ^ (u64::from(queue) << 40);
                let answers = now + micros(after.sample(&mut self.ringing[group].at(address)));
                self.agenda.plan(answers, Turn::Answer.of(slot_of(contact), offer));
            }
        }
    }

    fn answered(&mut self, contact: ContactId, agent: AgentId) {
        let (now, at) = (self.now, agent_at(agent));
        let slot = slot_of(contact);
        let Some(caller) = self.caller(contact) else { return };
        caller.ringing = false;
        caller.stage = Stage::Talking;
        caller.agent = at as u32;
        caller.number = caller.number.wrapping_add(1);
        let first = caller.answers == 0;
        caller.answers += 1;
        let (queue, stretch, number) = (caller.queue as usize, caller.stretch, caller.number);
        let (clock, waited, callback) = (caller.clock, caller.waited, caller.callback);
        let key = key(caller.index, caller.attempt, caller.answers - 1);
        let index = caller.index;
        let of = &self.floor.queues[queue];
        let group = self.floor.agents[at].group;
        if first && !callback {
            let told = Told { queue: queue as u32, index, wait_us: now - clock, answered: true };
            self.teller.answered(of.client, group, stretch, waited, told);
            self.teller.waited(of.client, stretch, clock, now);
        }
        let desk = &mut self.desks[at];
        let others = f64::from(desk.in_hand);
        desk.in_hand += 1;
        if callback {
            let plan = of.plan.callback.as_ref();
            let (reached, retry) = plan.map_or((1.0, 0.0), |plan| (plan.reached, plan.retry_after));
            // The first draw of the address said that they ask; the tries use further addresses.
            let mut draws = self.streams[queue].callback.at(key | 1 << 47);
            if !draws.chance(reached) {
                let retry_at = Timestamp::from_micros(now + micros(retry));
                self.todo.push_back(Input::CallbackFailed { contact, retry_at });
                return;
            }
            self.todo.push_back(Input::CustomerAnswered { contact });
        }
        let by_group = of.plan.handle_by_group[group].as_ref();
        let talk = match taken(of, index).and_then(|taken| Some((taken.talk_us?, taken.group))) {
            // The contact's own, scaled by who answers it now.
            Some((us, was)) => {
                let mean = |group: usize| of.plan.handle_by_group[group].as_ref().map(|d| d.mean());
                let (before, now) = (was.and_then(mean), mean(group));
                let scale = match (before, now) {
                    (Some(before), Some(now)) if was != Some(group) && before > 0.0 => now / before,
                    _ => 1.0,
                };
                us as f64 / 1e6 * scale
            }
            None => handle(by_group, &of.plan.handle).sample(&mut self.streams[queue].talk.at(key)),
        };
        let slowed = 1.0 + self.floor.scenario.groups[group].slowdown * others;
        self.agenda.plan(now + micros(talk * slowed), Turn::TalkOver.of(slot, number));
    }

    fn part_ended(&mut self, contact: ContactId, agent: AgentId, us: u64) {
        let Some(caller) = self.caller(contact) else { return };
        let (queue, stretch) = (caller.queue as usize, caller.stretch);
        let group = self.floor.agents[agent_at(agent)].group;
        self.teller.handled(self.floor.queues[queue].client, group, stretch, 1, us);
    }

    fn wrap_up(&mut self, contact: ContactId) {
        let (now, slot) = (self.now, slot_of(contact));
        let Some(caller) = self.caller(contact) else { return };
        caller.wrapping_up = true;
        caller.number = caller.number.wrapping_add(1);
        let (queue, number, index) = (caller.queue as usize, caller.number, caller.index);
        let key = key(index, caller.attempt, caller.answers);
        let of = &self.floor.queues[queue];
        let length = match taken(of, index).and_then(|taken| taken.wrap_up_us) {
            Some(us) => us,
            None => of.plan.wrap_up.as_ref().map_or(0, |length| {
                micros(length.sample(&mut self.streams[queue].wrap_up.at(key)))
            }),
        };
        self.agenda.plan(now + length, Turn::WrapUpOver.of(slot, number));
    }

    fn wrapped_up(&mut self, contact: ContactId, agent: AgentId, us: u64) {
        let slot = slot_of(contact);
        let Some(caller) = self.caller(contact) else { return };
        caller.wrapping_up = false;
        let (queue, stretch, gone) =
            (caller.queue as usize, caller.stretch, caller.stage == Stage::Gone);
        let group = self.floor.agents[agent_at(agent)].group;
        self.teller.handled(self.floor.queues[queue].client, group, stretch, 0, us);
        if gone {
            self.let_go(slot);
        }
    }

    fn queued(&mut self, contact: ContactId, why: QueuedWhy) {
        let now = self.now;
        let Some(caller) = self.caller(contact) else { return };
        match why {
            QueuedWhy::Opened => {
                // Who waited for the opening waits from the opening.
                caller.before_opening = false;
                caller.clock = now;
            }
            QueuedWhy::Arrived | QueuedWhy::OfferEnded => {}
            QueuedWhy::Transferred | QueuedWhy::Released | QueuedWhy::TriedAgain => {
                caller.stage = Stage::Waiting;
                caller.number = caller.number.wrapping_add(1);
            }
        }
    }

    fn ended(&mut self, contact: ContactId, ending: Ending) {
        let (now, slot) = (self.now, slot_of(contact));
        let Some(caller) = self.caller(contact) else { return };
        let (queue, stretch, clock) = (caller.queue as usize, caller.stretch, caller.clock);
        let (index, attempt) = (caller.index, caller.attempt);
        let (unanswered, callback) = (caller.answers == 0, caller.callback);
        let before_opening = caller.before_opening;
        caller.stage = Stage::Gone;
        let of = &self.floor.queues[queue];
        if callback {
            self.teller.called_back(of.client, stretch);
        }
        match ending {
            Ending::Abandoned | Ending::ShortAbandoned if before_opening => {
                self.teller.left_before_opening(of.client, stretch);
            }
            Ending::Abandoned | Ending::ShortAbandoned if unanswered => {
                let told =
                    Told { queue: queue as u32, index, wait_us: now - clock, answered: false };
                self.teller.waited(of.client, stretch, clock, now);
                self.teller.abandoned(of.client, stretch, told);
                if self.tries_again(slot, queue, index, attempt) {
                    self.teller.closed(stretch);
                    return;
                }
            }
            Ending::Closed | Ending::QueueFull | Ending::QueueRemoved
                if unanswered && !callback =>
            {
                self.teller.turned_away(of.client, stretch);
            }
            _ => {}
        }
        if !self.callers[slot].wrapping_up {
            self.let_go(slot);
        }
    }

    /// Whether somebody who gave up tries again; then the place is kept for them.
    fn tries_again(&mut self, slot: usize, queue: usize, index: u64, attempt: u32) -> bool {
        let Some(retry) = &self.floor.queues[queue].plan.retry else { return false };
        if attempt >= retry.most {
            return false;
        }
        let mut draws = self.streams[queue].retry.at(key(index, attempt, 0));
        if !draws.chance(retry.share) {
            return false;
        }
        let at = self.now + micros(retry.after.sample(&mut draws));
        self.callers[slot].stage = Stage::Retrying;
        self.agenda.plan(at, Turn::TryAgain.of(slot, 0));
        true
    }

    /// The place is free for the next contact.
    fn let_go(&mut self, slot: usize) {
        let caller = &mut self.callers[slot];
        caller.stage = Stage::Free;
        caller.number = caller.number.wrapping_add(1);
        self.teller.closed(caller.stretch);
        self.free.push(slot as u32);
    }

    /// What is still under way counts up to now.
    fn finish(&mut self, ended: Ended) {
        let until = match ended {
            Ended::Over => self.floor.counted_until,
            Ended::Stopped(at) => at,
        };
        self.teller.reach(until.max(self.now));
        for (at, desk) in self.desks.iter().enumerate() {
            self.teller.agent(self.floor.agents[at].group, desk.state, desk.since, until);
        }
        for caller in &self.callers {
            if caller.stage == Stage::Waiting {
                let client = self.floor.queues[caller.queue as usize].client;
                if !caller.before_opening && !caller.callback {
                    self.teller.waited(client, caller.stretch, caller.clock, until);
                }
                self.teller.unfinished(client, caller.stretch);
            }
        }
        self.teller.finish(ended);
    }
}

fn span(span: Duration) -> u64 {
    u64::try_from(span.as_micros()).unwrap_or(u64::MAX)
}

/// What is known of a recorded contact.
fn taken<'a>(of: &QueueOf<'a>, index: u64) -> Option<&'a Taken> {
    of.plan.taken.get(usize::try_from(index).ok()?)
}

fn handle<'a>(by_group: Option<&'a Distribution>, otherwise: &'a Distribution) -> &'a Distribution {
    by_group.unwrap_or(otherwise)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use domain::{Span, Timestamp};
    use figures::{Group, Intervals, Key, Query};

    use super::*;
    use crate::sim::{Scenario, Value, sums::Sums};

    #[test]
    fn what_is_counted_is_what_the_figures_of_the_floor_count() {
        let text = include_str!("../../tests/simulator/everything.toml");
        let value: Value = toml::from_str(text).expect("TOML");
        let mut scenario = Scenario::read(&value).expect("no faults");
        // The report counts all that arrive in its day.
        scenario.run.warm_up_us = 0;
        let floor = Floor::new(&scenario).expect("the router takes it");
        let mut heard = Vec::new();
        let mut ear = |stamped: &Stamped| heard.push(stamped.clone());
        let drive = Drive::new(&floor, 0, 1, false).heard_by(&mut ear);
        let (teller, ended) = drive.run(|| false, |_| {});
        let (clients, _) = teller.stretches(ended).whole();
        let span = Span {
            from: Timestamp::from_micros(floor.start),
            until: Timestamp::from_micros(floor.counted_until),
        };
        let mut report = Intervals::new(Query {
            zone: scenario.run.zone.clone(),
            span,
            length: Duration::from_secs(86_400),
            group: Group::Client,
            client: None,
            queue: None,
            channel: None,
            agent: None,
        })
        .expect("a day");
        for stamped in &heard {
            report.apply(stamped);
        }
        let rows = report.finish(Timestamp::from_micros(floor.last));
        for (at, sums) in clients.iter().enumerate() {
            let row = rows.iter().find(|row| row.key == Key::Client(client_id(at)));
            let tally = &row.expect("it had contacts").tally;
            let of = |sums: &Sums| (sums.arrived, sums.level, sums.callbacks);
            let want = (tally.arrived, tally.levels.counts(), tally.callbacks);
            assert_eq!(of(sums), want, "client {at}");
            let us = Duration::from_micros;
            let waits = (us(sums.wait_answered_us), us(sums.wait_abandoned_us));
            assert_eq!(waits, (tally.wait.sum(), tally.wait_abandoned.sum()), "client {at}");
            let handled = tally.talk_us + tally.hold_us + tally.wrap_up_us;
            assert_eq!(sums.handle_us, handled, "client {at}");
        }
    }
}
