//! Today, for the board: figures of each client, queue and agent, as the events come in.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use domain::{AgentId, ClientId, QueueId, Span, Timestamp, Zone};
use routing::{AgentState, Stamped};
use serde::Serialize;

use crate::{
    Ledger, Levels, Share, Summary, Tally,
    book::{Book, Entry, Fact, OnFloor, Origin, Stage},
    level::in_time,
};

/// Length of the small plot's intervals.
const BUCKET: Duration = Duration::from_secs(300);
/// The plot shows two hours.
const BUCKETS: usize = 24;
/// The projection looks at contacts that arrived in the last half hour.
const PROJECTED: usize = 6;
const DAY: Duration = Duration::from_secs(86_400);

/// The figures of today, kept up to date event by event.
///
/// "Today" is the civil day in the client's own zone for clients and queues, in the floor's zone
/// for agents and the whole. Contacts that arrived yesterday and are answered today count for
/// yesterday. Memory is bounded: today and yesterday, and what is on the floor.
#[derive(Debug)]
pub struct Live {
    zone: Zone,
    zones: BTreeMap<ClientId, Zone>,
    book: Book,
    days: Days,
}

#[derive(Debug, Default)]
struct Days {
    clients: BTreeMap<ClientId, Contacts>,
    queues: BTreeMap<QueueId, (ClientId, Contacts)>,
    agents: BTreeMap<AgentId, Recent<(Tally, Ledger)>>,
    forget_at: Timestamp,
}

/// Figures of the latest day, and of the one before for contacts that still wait or talk.
#[derive(Debug)]
struct Recent<T> {
    day: Span,
    today: T,
    yesterday: Option<(Span, T)>,
}

#[derive(Debug)]
struct Contacts {
    days: Recent<Tally>,
    /// By number of the bucket since the epoch.
    buckets: BTreeMap<i64, BucketCounts>,
}

#[derive(Debug, Default)]
struct BucketCounts {
    shown: Bucket,
    levels: Levels,
}

/// A point of the small plot: contacts by the five minutes of their arrival.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Bucket {
    /// Arrived.
    pub arrived: u32,
    /// Of them answered by now.
    pub answered: u32,
    /// Of those within the threshold.
    pub in_time: u32,
    /// Of the arrived, abandoned by now.
    pub abandoned: u32,
}

/// A client's, a queue's or the floor's figures now and today.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ContactsRow {
    /// Waiting for an agent now, offers that ring included.
    pub waiting: u32,
    /// Start of the longest wait now.
    pub longest_since: Option<Timestamp>,
    /// Waiting for the hours to begin.
    pub for_opening: u32,
    /// With an agent now.
    pub talking: u32,
    /// Today.
    pub today: Summary,
    /// Service level of those who arrived in the last half hour, if all who wait now and are not
    /// yet late are answered in time, and all who are late are answered some time.
    pub projected: Option<Share>,
    /// Two hours by five minutes, oldest first; the last one is not over.
    pub recent: Vec<Bucket>,
}

/// An agent's figures now and today.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AgentRow {
    /// State now; signed out when `since` is `None`.
    pub state: AgentState,
    /// Since when.
    pub since: Option<Timestamp>,
    /// Contacts today.
    pub today: Summary,
    /// Time today, up to now.
    pub ledger: Ledger,
}

/// Everything the board shows of figures.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LiveView {
    /// The instant it was read for.
    pub at: Timestamp,
    /// All clients together; each client's today.
    pub floor: ContactsRow,
    /// All agents' time today together.
    pub ledger: Ledger,
    /// By client.
    pub clients: BTreeMap<ClientId, ContactsRow>,
    /// By queue, with its client.
    pub queues: BTreeMap<QueueId, (ClientId, ContactsRow)>,
    /// By agent: those signed in and those who were today.
    pub agents: BTreeMap<AgentId, AgentRow>,
}

impl Live {
    /// An empty floor. `zone` is the floor's own, for agents and for clients without one.
    pub fn new(zone: Zone) -> Self {
        Self { zone, zones: BTreeMap::new(), book: Book::default(), days: Days::default() }
    }

    /// Sets the floor's own zone. Figures of the day that runs stay with it.
    pub fn set_floor_zone(&mut self, zone: Zone) {
        self.zone = zone;
    }

    /// Sets the zone of a client. Figures of the day that runs stay with it.
    pub fn set_zone(&mut self, client: ClientId, zone: Zone) {
        self.zones.insert(client, zone);
    }

    /// Reads one event. Events come in the order of the journal.
    pub fn apply(&mut self, stamped: &Stamped) {
        let Self { zone, zones, book, days } = self;
        book.apply(stamped, &mut |entry| days.record(zone, zones, stamped.at, &entry));
    }

    /// The figures at `now`, which is not before the latest event.
    pub fn view(&self, now: Timestamp) -> LiveView {
        let standing = self.standing(now);
        let none = Standing::default();
        let mut view = LiveView {
            at: now,
            floor: ContactsRow::default(),
            ledger: Ledger::default(),
            clients: BTreeMap::new(),
            queues: BTreeMap::new(),
            agents: BTreeMap::new(),
        };
        let mut floor = (Tally::default(), Window::default());
        for (client, contacts) in &self.days.clients {
            let (tally, window) = contacts.at(now);
            floor.0.merge(&tally);
            floor.1.merge(&window);
            let standing = standing.clients.get(client).unwrap_or(&none);
            view.clients.insert(*client, standing.row(&tally, &window));
        }
        for (queue, (client, contacts)) in &self.days.queues {
            let (tally, window) = contacts.at(now);
            let standing = standing.queues.get(queue).unwrap_or(&none);
            view.queues.insert(*queue, (*client, standing.row(&tally, &window)));
        }
        view.floor = standing.floor.row(&floor.0, &floor.1);
        self.agents(now, &mut view);
        view
    }

    /// One agent's figures at `now`; the same as in [`Live::view`].
    pub fn agent(&self, agent: AgentId, now: Timestamp) -> AgentRow {
        let today = self.days.agents.get(&agent).and_then(|recent| recent.get(now));
        let mut row = AgentRow {
            state: AgentState::SignedOut,
            since: None,
            today: today.map(|(tally, _)| tally.summary()).unwrap_or_default(),
            ledger: today.map(|(_, ledger)| ledger.clone()).unwrap_or_default(),
        };
        if let Some((state, since)) = self.book.agent(agent) {
            let midnight = self.zone.day(self.zone.day_at(now)).from;
            (row.state, row.since) = (state, Some(since));
            row.ledger.record(state, now.since(since.max(midnight)));
        }
        row
    }

    /// Events of contacts whose arrival was not seen; 0 when feeding began with an empty floor.
    pub fn strangers(&self) -> u64 {
        self.book.strangers
    }

    fn agents(&self, now: Timestamp, view: &mut LiveView) {
        let of_today = self.days.agents.iter().filter(|(_, recent)| recent.get(now).is_some());
        let signed_in = self.book.agents();
        let agents: BTreeSet<AgentId> =
            of_today.map(|(agent, _)| *agent).chain(signed_in).collect();
        for agent in agents {
            let row = self.agent(agent, now);
            view.ledger.merge(&row.ledger);
            view.agents.insert(agent, row);
        }
    }

    /// Who waits and talks now.
    fn standing(&self, now: Timestamp) -> Everyone {
        let mut all = Everyone::default();
        for contact in self.book.contacts() {
            all.floor.count(contact, now);
            all.clients.entry(contact.origin.client).or_default().count(contact, now);
            all.queues.entry(contact.queue).or_default().count(contact, now);
        }
        all
    }
}

#[derive(Default)]
struct Everyone {
    floor: Standing,
    clients: BTreeMap<ClientId, Standing>,
    queues: BTreeMap<QueueId, Standing>,
}

/// How contacts stand at an instant.
#[derive(Default)]
struct Standing {
    waiting: u32,
    longest_since: Option<Timestamp>,
    for_opening: u32,
    talking: u32,
    /// Waiting for their first answer, so that the service level is still open.
    undecided: u64,
    /// Of them within the threshold.
    not_late: u64,
}

impl Standing {
    fn count(&mut self, contact: &OnFloor, now: Timestamp) {
        match contact.stage {
            Stage::Waiting => {
                self.waiting += 1;
                let since = contact.waits_since;
                self.longest_since = Some(self.longest_since.map_or(since, |s| s.min(since)));
                if !contact.answered && !contact.callback {
                    let is_in_time = in_time(now.since(since), &contact.origin.promise);
                    self.undecided += 1;
                    self.not_late += u64::from(is_in_time);
                }
            }
            Stage::ForOpening => self.for_opening += 1,
            Stage::WithAgent => self.talking += 1,
            Stage::Later | Stage::Outside | Stage::Ended => {}
        }
    }

    fn row(&self, tally: &Tally, window: &Window) -> ContactsRow {
        ContactsRow {
            waiting: self.waiting,
            longest_since: self.longest_since,
            for_opening: self.for_opening,
            talking: self.talking,
            today: tally.summary(),
            projected: window.levels.level_with(self.not_late, self.undecided),
            recent: window.buckets.to_vec(),
        }
    }
}

/// What the plot shows, and the levels that the projection starts from.
#[derive(Default)]
struct Window {
    buckets: [Bucket; BUCKETS],
    levels: Levels,
}

impl Window {
    fn merge(&mut self, other: &Self) {
        self.levels.merge(&other.levels);
        for (sum, more) in self.buckets.iter_mut().zip(&other.buckets) {
            sum.arrived += more.arrived;
            sum.answered += more.answered;
            sum.in_time += more.in_time;
            sum.abandoned += more.abandoned;
        }
    }
}

fn bucket_of(at: Timestamp) -> i64 {
    at.micros().div_euclid(i64::try_from(BUCKET.as_micros()).unwrap_or(i64::MAX))
}

impl Contacts {
    fn new(day: Span) -> Self {
        Self { days: Recent::new(day), buckets: BTreeMap::new() }
    }

    fn record(&mut self, zone: &Zone, now: Timestamp, origin: &Origin, fact: &Fact) {
        if let Some(tally) = self.days.of(zone, origin.arrived) {
            tally.record(origin, fact);
        }
        let oldest = bucket_of(now) - BUCKETS as i64 + 1;
        self.buckets = self.buckets.split_off(&oldest);
        let bucket = bucket_of(origin.arrived);
        if bucket < oldest {
            return;
        }
        let counts = self.buckets.entry(bucket).or_default();
        let levels = || (origin.contract_version, origin.period, &origin.promise);
        match fact {
            Fact::Arrived => counts.shown.arrived += 1,
            Fact::Answered { wait, .. } => {
                counts.shown.answered += 1;
                counts.shown.in_time += u32::from(in_time(*wait, &origin.promise));
                let (version, period, promise) = levels();
                counts.levels.of(version, period, promise).answer(*wait, promise);
            }
            Fact::Abandoned { wait } => {
                counts.shown.abandoned += 1;
                let (version, period, promise) = levels();
                counts.levels.of(version, period, promise).abandon(*wait, promise);
            }
            _ => {}
        }
    }

    /// Today's tally and the plot's window, as of `now`.
    fn at(&self, now: Timestamp) -> (Tally, Window) {
        let tally = self.days.get(now);
        let mut window = Window::default();
        let newest = bucket_of(now);
        let first = newest - BUCKETS as i64 + 1;
        for (bucket, counts) in self.buckets.range(first..=newest) {
            let place = usize::try_from(bucket - first).unwrap_or(0).min(BUCKETS - 1);
            window.buckets[place] = counts.shown;
            if place >= BUCKETS - PROJECTED {
                window.levels.merge(&counts.levels);
            }
        }
        (tally.cloned().unwrap_or_default(), window)
    }
}

impl<T: Default> Recent<T> {
    fn new(day: Span) -> Self {
        Self { day, today: T::default(), yesterday: None }
    }

    /// The figures of the day an instant lies in; `None` for days before yesterday. A later instant
    /// begins a new day.
    fn of(&mut self, zone: &Zone, at: Timestamp) -> Option<&mut T> {
        if at >= self.day.until {
            let before = std::mem::replace(self, Self::new(zone.day(zone.day_at(at))));
            self.yesterday = Some((before.day, before.today));
        }
        if self.day.contains(at) {
            return Some(&mut self.today);
        }
        self.yesterday.as_mut().filter(|(day, _)| day.contains(at)).map(|(_, figures)| figures)
    }

    /// The figures of the day that runs at `now`, if any are kept.
    fn get(&self, now: Timestamp) -> Option<&T> {
        self.day.contains(now).then_some(&self.today)
    }
}

impl Days {
    fn record(
        &mut self,
        floor: &Zone,
        zones: &BTreeMap<ClientId, Zone>,
        now: Timestamp,
        entry: &Entry<'_>,
    ) {
        let day_of = |zone: &Zone, at: Timestamp| zone.day(zone.day_at(at));
        match entry {
            Entry::Fact { origin, queue, agent, fact } => {
                let zone = zones.get(&origin.client).unwrap_or(floor);
                let contacts = || Contacts::new(day_of(zone, origin.arrived));
                let client = self.clients.entry(origin.client).or_insert_with(contacts);
                client.record(zone, now, origin, fact);
                let queue =
                    self.queues.entry(*queue).or_insert_with(|| (origin.client, contacts()));
                queue.1.record(zone, now, origin, fact);
                if let Some((agent, at)) = agent
                    && let Some((tally, _)) = self.agent(floor, *agent, *at).of(floor, *at)
                {
                    tally.record(origin, fact);
                }
            }
            Entry::Time { agent, state, span } => {
                let mut from = span.from;
                while from < span.until {
                    let until = day_of(floor, from).until.min(span.until);
                    if until <= from {
                        break; // the end of time
                    }
                    if let Some((_, ledger)) = self.agent(floor, *agent, from).of(floor, from) {
                        ledger.record(*state, until.since(from));
                    }
                    from = until;
                }
            }
        }
        self.forget(now);
    }

    fn agent(
        &mut self,
        zone: &Zone,
        agent: AgentId,
        at: Timestamp,
    ) -> &mut Recent<(Tally, Ledger)> {
        self.agents.entry(agent).or_insert_with(|| Recent::new(zone.day(zone.day_at(at))))
    }

    /// Once a day, drops rows of those who have not been heard of for two days.
    fn forget(&mut self, now: Timestamp) {
        if now < self.forget_at {
            return;
        }
        self.forget_at = now + DAY;
        let is_fresh = |day: &Span| day.until + 2 * DAY > now;
        self.clients.retain(|_, contacts| is_fresh(&contacts.days.day));
        self.queues.retain(|_, (_, contacts)| is_fresh(&contacts.days.day));
        self.agents.retain(|_, recent| is_fresh(&recent.day));
    }
}
