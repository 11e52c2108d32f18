//! From what somebody wrote to a day that is under way: every fault at once.

use domain::{Fault, Timestamp};

use crate::{
    sim::{
        Scenario, Shift, ShiftTime, Value,
        read::{Faults, Reader},
    },
    skills::{Agents, GroupTerms, Plan},
};

/// Most agents that one move may take.
const MOVED_MAX: u32 = 200;
const AGENTS_MAX: u32 = 10_000;
const CONTACTS_MAX: u32 = 1_000_000;
/// The error of a day's total where none is given: what is seen one day ahead of a bank's calls.
const DAY_ERROR: f64 = 0.06;

/// A day that is under way.
#[derive(Clone, Debug)]
pub struct Today {
    /// The whole day as it was planned: clients, what was forecast of them, groups.
    pub plan: Plan,
    /// What has come, by client in the order of the scenario.
    pub clients: Vec<ClientToday>,
    /// Agents at work, by group and then by interval of the whole day.
    pub agents: Agents,
    /// Moves that are possible.
    pub moves: Vec<Allowed>,
}

/// What has come of a client until now.
#[derive(Clone, Debug, PartialEq)]
pub struct ClientToday {
    /// Contacts of each interval that is over; as many intervals for every client.
    pub counts: Vec<u32>,
    /// How far a day's total is usually off its forecast: standard deviation over mean.
    pub day_error: f64,
}

/// A move that is possible: people of one group who can do the work of another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Allowed {
    /// The group they leave, by its place.
    pub from: usize,
    /// The group they go to.
    pub to: usize,
    /// At most so many at once.
    pub most: u32,
}

impl Today {
    /// Reads a scenario of the day with its section `intraday`.
    ///
    /// # Errors
    /// Every fault at once, each with its field, its value and what would be accepted.
    pub fn read(value: &Value) -> Result<Self, Vec<Fault>> {
        let faults = Faults::default();
        let mut all = Vec::new();
        let scenario = Scenario::read_to_be_staffed(value).map_err(|found| all = found).ok();
        let Some(reader) = Reader::new(value, String::new(), &faults) else {
            return Err(all);
        };
        let today = match reader.table("intraday") {
            Some(section) => {
                let today = scenario.and_then(|scenario| read(&section, scenario));
                section.done();
                today
            }
            None => {
                if !reader.has("intraday") {
                    let next = "Write [intraday] with what has come, as in docs/planning.md.";
                    reader.missing("intraday", next);
                }
                None
            }
        };
        all.extend(faults.all());
        match today {
            Some(today) if all.is_empty() => Ok(today),
            _ => Err(all),
        }
    }

    /// Intervals that are over.
    pub fn now(&self) -> usize {
        self.clients.first().map_or(0, |client| client.counts.len())
    }
}

fn read(section: &Reader<'_>, scenario: Scenario) -> Option<Today> {
    let interval_s = section.span("interval", 300.0, 7200.0).unwrap_or(1800.0);
    let interval_us = (interval_s * 1e6) as i64;
    let run = &scenario.run;
    if run.warm_up_us != 0 || run.length_us % interval_us != 0 || interval_s % 60.0 != 0.0 {
        let message = format!("{interval_s} s do not divide the run, or the run has a warm-up.");
        let next =
            "Write a run that is the day, without a warm-up, and an interval that divides it.";
        section.fault("interval", "no_part_of_the_run", message, next);
        return None;
    }
    let intervals = usize::try_from(run.length_us / interval_us).ok()?;
    let names: Vec<&str> = scenario.clients.iter().map(|client| client.name.as_str()).collect();
    let mut clients: Vec<Option<ClientToday>> = vec![None; names.len()];
    let next = "Write the name of a client of the scenario.";
    for table in section.tables("clients", "Write [[intraday.clients]] with name and counts.") {
        let counts = counts(&table, "counts", CONTACTS_MAX);
        let error = table.share("day_error").filter(|error| *error > 0.0).unwrap_or(DAY_ERROR);
        if let Some(at) = named(&table, "name", &names, next) {
            if clients[at].is_some() {
                let message = format!("`{}` is there twice.", names[at]);
                table.fault("name", "twice", message, "Keep one of them.");
            }
            clients[at] =
                Some(ClientToday { counts: counts.unwrap_or_default(), day_error: error });
        }
        table.done();
    }
    let now = clients.iter().flatten().map(|client| client.counts.len()).max().unwrap_or(0);
    for (name, client) in names.iter().zip(&clients) {
        let told = client.as_ref().map_or(0, |client| client.counts.len());
        if told != now {
            let message = format!("Of {name} {told} intervals are told, and of others {now}.");
            let next = "Write the contacts of every interval that is over for every client, 0 too.";
            section.fault("clients", "counts_differ", message, next);
        }
    }
    if now == 0 || now >= intervals {
        let message = format!("{now} of {intervals} intervals are over.");
        let next = "Write the counts of a day of which a part is over and a part is left.";
        section.fault("clients", "not_under_way", message, next);
    }
    let groups: Vec<&str> = scenario.groups.iter().map(|group| group.name.as_str()).collect();
    let group_next = "Write the name of a group of the scenario.";
    let terms = vec![GroupTerms { cost_per_hour: 1.0, most: AGENTS_MAX }; groups.len()];
    let plan = Plan { scenario: scenario.clone(), interval_us, groups: terms };
    let mut agents: Agents =
        scenario.groups.iter().map(|group| at_work(&plan, &group.shifts)).collect();
    for table in section.tables("groups", "Write [[intraday.groups]] with name and agents.") {
        let told = counts(&table, "agents", AGENTS_MAX);
        if !table.has("agents") {
            table.missing("agents", "Write how many are at work in each interval of the day.");
        }
        if let Some(told) = told {
            if told.len() != intervals {
                let message =
                    format!("There are {} numbers for {intervals} intervals.", told.len());
                let next = "Write how many are at work in each interval of the whole day.";
                table.fault("agents", "not_a_day", message, next);
            } else if let Some(at) = named(&table, "name", &groups, group_next) {
                agents[at] = told;
            }
        }
        table.done();
    }
    let mut moves = Vec::new();
    for table in section.tables("moves", "Write [[intraday.moves]] with from, to and most.") {
        let from = named(&table, "from", &groups, group_next);
        let to = named(&table, "to", &groups, group_next);
        let most = table.whole("most", 1, MOVED_MAX).unwrap_or(1);
        if from.is_some() && from == to {
            table.fault("to", "same_group", "They are there already.", "Write another group.");
        }
        if let (Some(from), Some(to)) = (from, to) {
            moves.push(Allowed { from, to, most });
        }
        table.done();
    }
    let clients = clients
        .into_iter()
        .map(|client| client.unwrap_or(ClientToday { counts: Vec::new(), day_error: DAY_ERROR }));
    Some(Today { plan, clients: clients.collect(), agents, moves })
}

fn named(reader: &Reader<'_>, key: &'static str, names: &[&str], next: &str) -> Option<usize> {
    let Some(name) = reader.text(key, next) else {
        if !reader.has(key) {
            reader.missing(key, next);
        }
        return None;
    };
    let at = names.iter().position(|known| *known == name);
    if at.is_none() {
        reader.fault(key, "unknown_name", format!("There is no `{name}`."), next);
    }
    at
}

/// A list of whole numbers.
fn counts(reader: &Reader<'_>, key: &'static str, most: u32) -> Option<Vec<u32>> {
    let accepted = format!("Write a list of whole numbers from 0 to {most}, such as [12, 30].");
    let list = reader.list(key, &accepted);
    let mut counts = Vec::with_capacity(list.len());
    for (at, value) in list.iter().enumerate() {
        match value {
            Value::Whole(count) if (0..=i64::from(most)).contains(count) => {
                counts.push(u32::try_from(*count).unwrap_or(0));
            }
            _ => {
                let message = format!("Number {at} of it is `{value:?}`.");
                reader.fault(key, "not_a_count", message, &*accepted);
                return None;
            }
        }
    }
    reader.has(key).then_some(counts)
}

/// How many of these shifts are at work in the middle of each interval, breaks excluded.
fn at_work(plan: &Plan, shifts: &[Shift]) -> Vec<u32> {
    let run = &plan.scenario.run;
    let count = |interval: usize| {
        let middle = plan.begin(interval) + plan.interval_us / 2;
        let there = shifts.iter().filter(|shift| match &shift.hours {
            ShiftTime::Always => true,
            ShiftTime::Recorded(stretches) => {
                let after = middle - run.start.micros();
                stretches.iter().any(|(from, until)| (*from..*until).contains(&after))
            }
            ShiftTime::Weekly(hours) => {
                let today = run.zone.day_at(Timestamp::from_micros(middle));
                [today.previous(), today].into_iter().any(|day| {
                    let last = if hours.until > hours.from { day } else { day.next() };
                    let from = run.zone.opening(day, hours.from).micros();
                    let until = run.zone.closing(last, hours.until).micros();
                    let pause = hours.breaks.iter().any(|(after, length)| {
                        (from + after..from + after + length).contains(&middle)
                    });
                    hours.days[day.weekday().index()] && (from..until).contains(&middle) && !pause
                })
            }
        });
        there.map(|shift| shift.agents).sum()
    };
    (0..plan.intervals()).map(count).collect()
}
