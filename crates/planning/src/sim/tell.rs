//! The book of one replication: what happened, counted by client and by group in stretches of time.

use domain::contract::ServicePromise;
use routing::AgentState;

use super::{drive::Ended, floor::Floor, sums::Sums};

/// One contact that ended or was answered, for tests and for those who want to see each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Told {
    /// Its queue, counted over all clients.
    pub queue: u32,
    /// Its number in that queue; the same contact has the same number in every scenario that shares
    /// seed and demand.
    pub index: u64,
    /// Its wait in microseconds.
    pub wait_us: i64,
    /// Answered, or left.
    pub answered: bool,
}

/// Counts by stretch. The first and the last stretch are before and after what counts.
#[derive(Debug)]
pub(crate) struct Teller {
    /// Ends of the stretches; the last one has none.
    bounds: Vec<i64>,
    stretch: usize,
    /// The first instant of all.
    start: i64,
    clients: Vec<Vec<Sums>>,
    groups: Vec<Vec<Sums>>,
    promises: Vec<ServicePromise>,
    /// Groups that may answer each client.
    answering: Vec<Vec<usize>>,
    /// Contacts that count and are under way.
    open: u64,
    trace: Option<Vec<Told>>,
}

impl Teller {
    pub fn new(floor: &Floor<'_>, stretches: usize, traced: bool) -> Self {
        let stretches = stretches.max(1);
        let (from, until) = (floor.counted_from, floor.counted_until);
        let bounds = (0..=stretches)
            .map(|n| from + ((until - from) as i128 * n as i128 / stretches as i128) as i64);
        let scenario = floor.scenario;
        let answering = (0..scenario.clients.len()).map(|client| {
            let groups = scenario.groups.iter().enumerate();
            groups.filter(|(_, g)| g.sign_offs.contains(&client)).map(|(at, _)| at).collect()
        });
        Self {
            bounds: bounds.collect(),
            stretch: 0,
            start: floor.start,
            clients: vec![vec![Sums::default(); scenario.clients.len()]; stretches + 2],
            groups: vec![vec![Sums::default(); scenario.groups.len()]; stretches + 2],
            promises: scenario
                .clients
                .iter()
                // Every period of a scenario's contract makes the same promise.
                .filter_map(|client| Some(client.contract.periods.first()?.promise.clone()))
                .collect(),
            answering: answering.collect(),
            open: 0,
            trace: traced.then(Vec::new),
        }
    }

    /// Time has come so far.
    pub fn reach(&mut self, now: i64) {
        while self.bounds.get(self.stretch).is_some_and(|end| *end <= now) {
            self.stretch += 1;
        }
    }

    /// Contacts that count and are under way.
    pub fn open(&self) -> u64 {
        self.open
    }

    fn counts(&self, stretch: u32) -> bool {
        (1..self.bounds.len()).contains(&(stretch as usize))
    }

    fn client(&mut self, stretch: u32, client: usize) -> &mut Sums {
        &mut self.clients[stretch as usize][client]
    }

    /// A contact arrives; gives the stretch it belongs to from now on.
    pub fn arrived(&mut self, client: usize, again: bool) -> u32 {
        let stretch = self.stretch as u32;
        let sums = self.client(stretch, client);
        sums.arrived += 1;
        sums.retries += u64::from(again);
        self.open += u64::from(self.counts(stretch));
        stretch
    }

    /// It is over, wrap-up included.
    pub fn closed(&mut self, stretch: u32) {
        self.open -= u64::from(self.counts(stretch));
    }

    pub fn answered(
        &mut self,
        client: usize,
        group: usize,
        stretch: u32,
        waited: bool,
        told: Told,
    ) {
        let wait_us = told.wait_us.unsigned_abs();
        let wait = std::time::Duration::from_micros(wait_us);
        let promise = &self.promises[client];
        for sums in
            [&mut self.clients[stretch as usize][client], &mut self.groups[stretch as usize][group]]
        {
            sums.level.answer(wait, promise);
            sums.waited += u64::from(waited);
            sums.wait_answered_us += wait_us;
        }
        self.trace(stretch, told);
    }

    pub fn abandoned(&mut self, client: usize, stretch: u32, told: Told) {
        let wait_us = told.wait_us.unsigned_abs();
        let wait = std::time::Duration::from_micros(wait_us);
        let sums = &mut self.clients[stretch as usize][client];
        sums.level.abandon(wait, &self.promises[client]);
        sums.waited += 1;
        sums.wait_abandoned_us += wait_us;
        self.trace(stretch, told);
    }

    fn trace(&mut self, stretch: u32, told: Told) {
        let counts = self.counts(stretch);
        if let Some(trace) = self.trace.as_mut().filter(|_| counts) {
            trace.push(told);
        }
    }

    pub fn handled(&mut self, client: usize, group: usize, stretch: u32, parts: u64, us: u64) {
        for sums in
            [&mut self.clients[stretch as usize][client], &mut self.groups[stretch as usize][group]]
        {
            sums.parts += parts;
            sums.handle_us += us;
        }
    }

    pub fn turned_away(&mut self, client: usize, stretch: u32) {
        self.client(stretch, client).turned_away += 1;
    }

    pub fn left_before_opening(&mut self, client: usize, stretch: u32) {
        self.client(stretch, client).left_before_opening += 1;
    }

    pub fn called_back(&mut self, client: usize, stretch: u32) {
        self.client(stretch, client).callbacks += 1;
    }

    pub fn unfinished(&mut self, client: usize, stretch: u32) {
        self.client(stretch, client).unfinished += 1;
    }

    /// A contact waited from one instant to another; it arrived in `stretch`.
    pub fn waited(&mut self, client: usize, stretch: u32, from: i64, until: i64) {
        if from < until {
            self.each_stretch(stretch as usize, from, until, |this, at, us| {
                this.clients[at][client].queue_us += us;
            });
        }
    }

    /// An agent of the group was in a state from one instant to another.
    pub fn agent(&mut self, group: usize, state: AgentState, from: i64, until: i64) {
        use AgentState as S;
        let worked = matches!(state, S::Talking | S::Holding | S::Consulting | S::WrapUp);
        if from >= until || !(worked || state == S::Available) {
            return;
        }
        let mut first = self.stretch;
        while first > 0 && self.bounds.get(first - 1).is_some_and(|begin| *begin > from) {
            first -= 1;
        }
        self.each_stretch(first, from, until, |this, at, us| {
            let sums = &mut this.groups[at][group];
            if worked {
                sums.worked_us += us;
            } else {
                sums.available_us += us;
            }
        });
    }

    /// Cuts a span at the bounds. It begins in the stretch `first`, or later.
    fn each_stretch(
        &mut self,
        first: usize,
        mut from: i64,
        until: i64,
        mut add: impl FnMut(&mut Self, usize, u64),
    ) {
        let mut at = first;
        while let Some(end) = self.bounds.get(at).copied().filter(|end| *end < until) {
            if end > from {
                add(self, at, (end - from).unsigned_abs());
                from = end;
            }
            at += 1;
        }
        add(self, at, (until - from).unsigned_abs());
    }

    /// Closes the book: what follows from other figures.
    pub fn finish(&mut self, ended: Ended) {
        for at in 0..self.clients.len() {
            let from = at.checked_sub(1).map_or(self.start, |before| self.bounds[before]);
            let until = self.bounds.get(at).copied().unwrap_or(from);
            let until = match ended {
                Ended::Over => until,
                Ended::Stopped(now) => until.min(now),
            };
            let window = (until - from).max(0).unsigned_abs();
            for sums in &mut self.groups[at] {
                sums.window_us = window;
            }
            for (client, sums) in self.clients[at].iter_mut().enumerate() {
                let groups = self.answering[client].iter().map(|group| &self.groups[at][*group]);
                let staffed: u64 = groups.map(|sums| sums.worked_us + sums.available_us).sum();
                sums.window_us = window;
                sums.worked_us = sums.handle_us;
                sums.available_us = staffed.saturating_sub(sums.handle_us);
            }
        }
    }

    /// The stretches that count, by client and by group; of a stopped replication those that are
    /// over.
    pub fn stretches(self, ended: Ended) -> Book {
        let counted = match ended {
            Ended::Over => 1..self.bounds.len(),
            Ended::Stopped(_) => 1..self.stretch.clamp(1, self.bounds.len()),
        };
        Book {
            clients: self.clients[counted.clone()].to_vec(),
            groups: self.groups[counted].to_vec(),
            trace: self.trace.unwrap_or_default(),
        }
    }
}

/// The counts of one replication, by stretch and then by client or group.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Book {
    pub clients: Vec<Vec<Sums>>,
    pub groups: Vec<Vec<Sums>>,
    pub trace: Vec<Told>,
}

impl Book {
    /// All stretches as one.
    pub fn whole(&self) -> (Vec<Sums>, Vec<Sums>) {
        let sum = |stretches: &[Vec<Sums>]| {
            let mut stretches = stretches.iter();
            let mut sum = stretches.next().cloned().unwrap_or_default();
            for stretch in stretches {
                for (to, from) in sum.iter_mut().zip(stretch) {
                    to.add(from);
                    to.window_us += from.window_us;
                }
            }
            sum
        };
        (sum(&self.clients), sum(&self.groups))
    }
}
