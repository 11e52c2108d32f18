//! What would have been, had one thing been otherwise: every fault of what is written at once.

use std::collections::BTreeMap;

use domain::{
    Fault, Timestamp,
    contract::{Channel, Known, Selection, Service},
};

use super::House;
use crate::sim::{
    REPLICATIONS_MAX, Scenario, Shift, ShiftTime, Taken, Value,
    play::{Purpose, Stream, client_id, pool_id, skill_id, team_id},
    read::{Faults, Names, Reader, days, minute, periods},
};

/// Most changes of one kind.
const CHANGES_MAX: usize = 200;
/// Most agents that one line of the roster adds or takes away.
const ROSTER_MAX: i64 = 1_000;
/// Further contacts come within so long of one that came.
const SHIFTED_US: f64 = 900e6;

/// A recorded floor that is otherwise than it was.
#[derive(Clone, Debug)]
pub struct WhatIf {
    /// The floor, to be played.
    pub scenario: Scenario,
    /// What is otherwise, in sentences.
    pub changes: Vec<String>,
}

impl WhatIf {
    /// Reads what is otherwise and changes the recorded floor `scenario` of `house` by it.
    ///
    /// # Errors
    /// Every fault at once, each with its field, its value and what would be accepted.
    pub fn read(value: &Value, scenario: Scenario, house: &House) -> Result<Self, Vec<Fault>> {
        let faults = Faults::default();
        let Some(reader) = Reader::new(value, String::new(), &faults) else {
            return Err(faults.all());
        };
        let mut change = Change { scenario, changes: Vec::new(), house };
        let run = &mut change.scenario.run;
        run.replications =
            reader.whole("replications", 2, REPLICATIONS_MAX).unwrap_or(run.replications);
        run.seed = reader.whole("seed", 0, u32::MAX).map_or(run.seed, u64::from);
        type Apply<'h> = fn(&mut Change<'h>, &Reader<'_>);
        let lists: [(&'static str, Apply<'_>); 5] = [
            ("clients", |change, table| change.client(table)),
            ("roster", |change, table| change.roster(table)),
            ("demand", |change, table| change.demand(table)),
            ("queues", |change, table| change.queue(table)),
            ("pools", |change, table| change.pool(table)),
        ];
        for (key, apply) in lists {
            let tables = reader.tables(key, "Write it as in docs/replay.md.");
            if tables.len() > CHANGES_MAX {
                let message = format!("There are {}.", tables.len());
                let next = format!("Keep at most {CHANGES_MAX}.");
                reader.fault(key, "too_many", message, next);
                continue;
            }
            for table in tables {
                apply(&mut change, &table);
                table.done();
            }
        }
        reader.done();
        if !faults.is_empty() {
            return Err(faults.all());
        }
        if change.changes.is_empty() {
            let message = domain::words!("Nothing is otherwise.");
            let next = "Write [[clients]], [[roster]], [[demand]], [[queues]] or [[pools]].";
            return Err(vec![Fault::new("what_if", "nothing_changes", message, next)]);
        }
        Ok(Self { scenario: change.scenario, changes: change.changes })
    }
}

struct Change<'a> {
    scenario: Scenario,
    changes: Vec<String>,
    house: &'a House,
}

impl Change<'_> {
    /// Another contract.
    fn client(&mut self, reader: &Reader<'_>) {
        let Some(at) = self.named(reader, "name", |s| names(s.clients.iter().map(|c| &c.name)))
        else {
            return;
        };
        let mut named = Names {
            pools: names(self.scenario.pools.iter().map(|pool| &pool.0)),
            teams: self.scenario.teams.clone(),
            ..Names::default()
        };
        let own = |(_, (_, client, _)): &(usize, &(_, domain::ClientId, String))| {
            self.house.clients.get(at).is_some_and(|one| one.id == *client)
        };
        let teams = self.house.teams.iter().enumerate().filter(own).map(|(team, _)| (team, at));
        let mut teams_of: BTreeMap<usize, usize> = teams.collect();
        let accepted = "Write the name of a team that the client has.";
        if let Some(team) = reader.text("team", accepted)
            && !teams_of.keys().any(|at| named.teams.get(*at).is_some_and(|name| name == team))
        {
            let message = format!("The client has no team `{team}`.");
            reader.fault("team", "unknown_name", message, accepted);
            return;
        }
        let is_promised = reader.has("promise");
        let mut periods = periods(reader, at, &mut named, &mut teams_of);
        let client = &mut self.scenario.clients[at];
        if !is_promised && let Some(now) = client.contract.periods.first() {
            let promise = now.promise.clone();
            periods.iter_mut().for_each(|period| period.promise = promise.clone());
        }
        client.contract.periods = periods;
        let known = Known {
            calendars: [(client.contract.hours, client.contract.zone.clone())].into(),
            pools: (0..named.pools.len()).map(pool_id).collect(),
            teams: teams_of.iter().map(|(team, of)| (team_id(*team), client_id(*of))).collect(),
            skills: (0..self.scenario.skills.len()).map(skill_id).collect(),
            sites: Default::default(),
            billed: None,
        };
        for fault in client.contract.validate(&known) {
            let field = reader.at(&format!("contract.{}", fault.field));
            reader.faults.add(&field, &fault.code, fault.message, fault.next);
        }
        // Whoever the new contract names is signed off for the client: that is part of the change. Where
        // they sit is not.
        let mut newly = 0;
        for group in &mut self.scenario.groups {
            let serves = client.contract.periods.iter().any(|period| {
                let overflow = period.overflow.iter().flat_map(|overflow| &overflow.pools);
                let of_pool =
                    |pool: &domain::PoolId| group.pools.iter().any(|own| pool_id(*own) == *pool);
                let mut overflow = overflow;
                overflow.any(of_pool)
                    || match &period.service {
                        Service::Shared { pools } => pools.iter().any(of_pool),
                        Service::Dedicated { team } => group.team.map(team_id) == Some(*team),
                    }
            });
            if serves && !group.barred.contains(&at) && !group.sign_offs.contains(&at) {
                group.sign_offs.push(at);
                newly += group.shifts.iter().map(|shift| shift.agents).sum::<u32>();
            }
        }
        let model = reader.text("model", "").unwrap_or("shared");
        let signed = match newly {
            0 => String::new(),
            newly => format!(", and {newly} agents are signed off for it"),
        };
        self.changes.push(format!("{} is {model}{signed}", client.name));
    }

    /// More or fewer agents at some hours.
    fn roster(&mut self, reader: &Reader<'_>) {
        let places: Vec<usize> = if reader.has("group") {
            let of = |s: &Scenario| names(s.groups.iter().map(|group| &group.name));
            self.named(reader, "group", of).into_iter().collect()
        } else if reader.has("team") {
            let team = self.named(reader, "team", |s| s.teams.clone());
            self.groups(|group| team.is_some() && group.team == team)
        } else {
            let pool = self.named(reader, "pool", |s| names(s.pools.iter().map(|pool| &pool.0)));
            self.groups(|group| pool.is_some_and(|pool| group.pools.contains(&pool)))
        };
        let days = days(reader);
        let (from, until) = (minute(reader, "from", 0), minute(reader, "until", 1440));
        let accepted = "Write how many more or fewer, such as 2 or -2.";
        let change = match reader.get("change") {
            Some(Value::Whole(change)) if *change != 0 && change.abs() <= ROSTER_MAX => *change,
            Some(_) => {
                let message = format!("It is no number from -{ROSTER_MAX} to {ROSTER_MAX}, or 0.");
                reader.fault("change", "not_a_change", message, accepted);
                return;
            }
            None => {
                reader.missing("change", accepted);
                return;
            }
        };
        if places.is_empty() {
            if reader.has("pool") || reader.has("team") || reader.has("group") {
                let message = "None of them was at work in these days.";
                reader.fault("change", "nobody", message, "Name others, or other days.");
            }
            return;
        }
        let windows = self.windows(days, from, until);
        if windows.is_empty() {
            let message = "These hours lie outside the days that are replayed.";
            reader.fault("from", "outside", message, "Write hours or days within them.");
            return;
        }
        let most = usize::try_from(change.unsigned_abs()).unwrap_or(usize::MAX);
        let mut missing = String::new();
        if change > 0 {
            let weight = |at: &usize| {
                let shifts = self.scenario.groups[*at].shifts.iter();
                shifts.map(|shift| worked(shift, (i64::MIN, i64::MAX))).sum::<i64>()
            };
            // The new ones are like most of those who are there.
            let Some(at) = places.iter().copied().max_by_key(|at| (weight(at), -(*at as i64)))
            else {
                return;
            };
            let shift = Shift { agents: 1, hours: ShiftTime::Recorded(windows) };
            // One by one, so that a later line can send single ones home.
            self.scenario.groups[at].shifts.extend(std::iter::repeat_n(shift, most));
        } else {
            let sent = windows.into_iter().map(|window| self.fewer(&places, window, most));
            let sent: Vec<usize> = sent.collect();
            if sent.iter().all(|went| *went == 0) {
                let message = "None of them was at work in these hours.";
                reader.fault("change", "nobody", message, "Name others, or other hours.");
                return;
            }
            let short = sent.iter().filter(|went| **went < most).count();
            if short > 0 {
                let all = sent.len();
                missing =
                    format!(", though in {short} of {all} stretches not as many were at work");
            }
        }
        let names: Vec<&str> =
            places.iter().map(|at| self.scenario.groups[*at].name.as_str()).collect();
        let (much, fewer) = (most, if change > 0 { "more" } else { "fewer" });
        let clock = |minute: u16| format!("{:02}:{:02}", minute / 60, minute % 60);
        let (from, until) = (clock(from), clock(until));
        let of = names.join(", ");
        self.changes.push(format!("{much} {fewer} of {of} from {from} to {until}{missing}"));
    }

    fn groups(&self, wanted: impl Fn(&crate::sim::GroupPlan) -> bool) -> Vec<usize> {
        let groups = self.scenario.groups.iter().enumerate();
        groups.filter(|(_, group)| wanted(group)).map(|(at, _)| at).collect()
    }

    /// The hours as stretches after the first instant.
    fn windows(&self, days: [bool; 7], from: u16, until: u16) -> Vec<(i64, i64)> {
        let run = &self.scenario.run;
        let (zone, start) = (&run.zone, run.start.micros());
        let mut day = zone.day_at(run.start).previous();
        let last = zone.day_at(Timestamp::from_micros(start + run.length_us));
        let mut windows: Vec<(i64, i64)> = Vec::new();
        while day <= last {
            let ends = if until > from { day } else { day.next() };
            let window = (
                (zone.opening(day, from).micros() - start).max(0),
                (zone.closing(ends, until).micros() - start).min(run.length_us),
            );
            if days[day.weekday().index()] && window.0 < window.1 {
                match windows.last_mut() {
                    // Whole days follow each other without anybody going home.
                    Some(before) if before.1 >= window.0 => before.1 = window.1.max(before.1),
                    _ => windows.push(window),
                }
            }
            day = day.next();
        }
        windows
    }

    /// Sends home those who work longest in the window; among equals the last ones. Says how many went.
    fn fewer(&mut self, places: &[usize], window: (i64, i64), most: usize) -> usize {
        let mut there: Vec<(i64, usize, usize)> = Vec::new();
        for group in places {
            for (nth, shift) in self.scenario.groups[*group].shifts.iter().enumerate() {
                let worked = worked(shift, window);
                if worked > 0 {
                    there.push((worked, *group, nth));
                }
            }
        }
        there.sort_unstable_by(|a, b| b.cmp(a));
        let went = there.len().min(most);
        for (_, group, nth) in there.into_iter().take(most) {
            if let ShiftTime::Recorded(stretches) =
                &mut self.scenario.groups[group].shifts[nth].hours
            {
                let kept = stretches.iter().flat_map(|(from, until)| {
                    [(*from, *until.min(&window.0)), (*from.max(&window.1), *until)]
                });
                *stretches = kept.filter(|(from, until)| from < until).collect();
            }
        }
        went
    }

    /// More or fewer contacts.
    fn demand(&mut self, reader: &Reader<'_>) {
        let of_clients = |s: &Scenario| names(s.clients.iter().map(|client| &client.name));
        let client =
            reader.has("client").then(|| self.named(reader, "client", of_clients)).flatten();
        let words = ["any", "voice", "chat", "mail", "message"];
        let word = reader.word("channel", &words);
        let queue = reader.text("queue", "Write the name of a queue.");
        let accepted = "Write a factor of 0 to 10, such as 1.2 for a fifth more.";
        let factor = reader.number("factor", 0.0, 10.0, accepted);
        if factor.is_none() && !reader.has("factor") {
            reader.missing("factor", accepted);
        }
        let Some(factor) = factor else { return };
        if reader.has("client") && client.is_none() {
            return;
        }
        let channel = match word {
            "voice" => Some(Channel::Voice),
            "chat" => Some(Channel::Chat),
            "mail" => Some(Channel::Mail),
            "message" => Some(Channel::Message),
            _ => None,
        };
        let (seed, mut number, mut before, mut after) = (self.scenario.run.seed, 0, 0, 0);
        let length_us = self.scenario.run.length_us;
        for (at, plan) in self.scenario.clients.iter_mut().enumerate() {
            for of in &mut plan.queues {
                number += 1;
                if client.is_some_and(|client| client != at)
                    || queue.is_some_and(|name| name != of.name)
                {
                    continue;
                }
                let crate::sim::DemandKind::Recorded(times) = &mut of.demand.kind else { continue };
                let stream = Stream::of(seed, 0, Purpose::Arrivals, number);
                let is_asked = |taken: &Taken| channel.is_none_or(|asked| asked == taken.channel);
                let asked: Vec<usize> =
                    (0..of.taken.len()).filter(|at| is_asked(&of.taken[*at])).collect();
                let mut all: Vec<(i64, Taken)> = Vec::new();
                for (index, (time, taken)) in times.iter().zip(&of.taken).enumerate() {
                    if !is_asked(taken) {
                        all.push((*time, taken.clone()));
                        continue;
                    }
                    let counts = *time < length_us;
                    before += u32::from(counts);
                    let mut draws = stream.at(index as u64);
                    let copies = factor.floor() as u32 + u32::from(draws.chance(factor.fract()));
                    after += if counts { copies } else { 0 };
                    for copy in 0..copies {
                        if copy == 0 {
                            all.push((*time, taken.clone()));
                            continue;
                        }
                        let shift = (2.0 * draws.unit() - 1.0) * SHIFTED_US;
                        let near = *time + shift as i64;
                        let time = match counts {
                            true => near.clamp(0, length_us - 1),
                            false => near.max(length_us),
                        };
                        // Another contact of the queue lends its talk and its patience.
                        let like =
                            asked[(draws.unit() * asked.len() as f64) as usize % asked.len()];
                        all.push((time, Taken { customer: None, ..of.taken[like].clone() }));
                    }
                }
                all.sort_by_key(|(time, _)| *time);
                (*times, of.taken) = all.into_iter().unzip();
            }
        }
        if before == 0 {
            let message = "No such contact came in these days.";
            reader.fault("factor", "nothing_to_change", message, "Name what came.");
            return;
        }
        let whose = client.map_or("all clients", |at| self.scenario.clients[at].name.as_str());
        let what = if channel.is_some() { word } else { "contacts" };
        self.changes.push(format!("{after} {what} of {whose} instead of {before}"));
    }

    /// Other rules of a queue.
    fn queue(&mut self, reader: &Reader<'_>) {
        let of_clients = |s: &Scenario| names(s.clients.iter().map(|client| &client.name));
        let Some(client) = self.named(reader, "client", of_clients) else { return };
        let of_queues =
            |s: &Scenario| names(s.clients[client].contract.queues.iter().map(|queue| &queue.name));
        let Some(queue) = self.named(reader, "name", of_queues) else { return };
        let mut said = Vec::new();
        let rules = &mut self.scenario.clients[client].contract.queues[queue];
        if let Some(head_start) = reader.span("head_start", 0.0, 60.0 * f64::from(u16::MAX)) {
            rules.head_start_min = (head_start / 60.0).round() as u16;
            said.push(format!("has a head start of {} min", rules.head_start_min));
        }
        if reader.has("selection") {
            let word = reader.word("selection", &["longest_idle", "proficiency_first"]);
            rules.selection = match word {
                "proficiency_first" => Selection::ProficiencyFirst,
                _ => Selection::LongestIdle,
            };
            said.push(format!("chooses agents by {word}"));
        }
        if let Some(timeout) = reader.span("offer_timeout", 5.0, 120.0) {
            rules.offer_timeout_s = timeout.round() as u32;
            said.push(format!("rings for {} s", rules.offer_timeout_s));
        }
        if let Some(most) = reader.whole("waiting_max", 1, 100_000) {
            rules.waiting_max = most;
            said.push(format!("lets {most} wait"));
        }
        if said.is_empty() {
            let next = "Write head_start, selection, offer_timeout or waiting_max.";
            reader.missing("head_start", next);
            return;
        }
        let name = rules.name.clone();
        let client = &self.scenario.clients[client].name;
        self.changes.push(format!("queue {name} of {client} {}", said.join(", ")));
    }

    /// Another fairness cap.
    fn pool(&mut self, reader: &Reader<'_>) {
        let of = |s: &Scenario| names(s.pools.iter().map(|pool| &pool.0));
        let Some(at) = self.named(reader, "name", of) else { return };
        let Some(cap) = reader.share("fairness_cap") else {
            if !reader.has("fairness_cap") {
                reader.missing("fairness_cap", "Write a share, such as \"60%\".");
            }
            return;
        };
        let pool = &mut self.scenario.pools[at];
        pool.1 = ((cap * 100.0).round() as u8).max(1);
        self.changes.push(format!("pool {} has a fairness cap of {} %", pool.0, pool.1));
    }

    /// The place of a name that must be given and known.
    fn named(
        &self,
        reader: &Reader<'_>,
        key: &'static str,
        of: impl Fn(&Scenario) -> Vec<String>,
    ) -> Option<usize> {
        let known = of(&self.scenario);
        let some: Vec<&str> = known.iter().take(8).map(String::as_str).collect();
        let more = if known.len() > 8 { " and others" } else { "" };
        let next = format!("Write one of {}{more}.", some.join(", "));
        let Some(name) = reader.text(key, &next) else {
            if !reader.has(key) {
                reader.missing(key, &next);
            }
            return None;
        };
        let at = known.iter().position(|known| known == name);
        if at.is_none() {
            reader.fault(key, "unknown_name", format!("There is no `{name}`."), next);
        }
        at
    }
}

fn names<'a>(all: impl Iterator<Item = &'a String>) -> Vec<String> {
    all.cloned().collect()
}

/// How long an agent of a recorded shift works within a window.
fn worked(shift: &Shift, (from, until): (i64, i64)) -> i64 {
    let ShiftTime::Recorded(stretches) = &shift.hours else { return 0 };
    stretches.iter().map(|stretch| (stretch.1.min(until) - stretch.0.max(from)).max(0)).sum()
}
