//! From what the wire and the records say of a schedule to what planner and checker understand, and back.

use std::collections::{BTreeMap, BTreeSet};

use api::schedule::{
    DutyBreak, ScheduleAgent, ScheduleChecked, ScheduleDuty, ScheduleFault, ScheduleMoment,
    SchedulePaid, ScheduleQuality, ScheduleRequest, ScheduleRequired, ScheduleRules, ShiftBreak,
    ShiftKind,
};
use domain::{
    Day, Span, Timestamp, Zone,
    calendar::{MinuteOfDay, Weekday},
    words,
};
use planning::roster::{
    Break, Cost, DAYS_MAX, Duty, Person, Plan, REST_MIN_MAX, Required, Roster, Rules,
    SHIFT_MIN_MAX, Shift, Site, check, cover, price,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::admin::{Faults, wire};

/// Most people of a schedule.
pub const AGENTS_MAX: usize = 500;
/// Most days in a row that a rule may allow.
pub const ROW_MAX: u32 = 31;
/// Most kinds of shift.
const KINDS_MAX: usize = 20;
/// Most breaks of a kind.
const BREAKS_MAX: usize = 8;
/// Most intervals of what is required: four weeks of steps of five minutes.
const REQUIRED_MAX: usize = 8_064;
/// Minutes of a week.
const WEEK_MIN: u32 = 7 * 24 * 60;
const MINUTE_US: i64 = 60_000_000;

/// What is kept of a schedule beside its columns.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Document {
    /// Whom it is for.
    pub agents: Vec<ScheduleAgent>,
    /// The rules.
    pub rules: ScheduleRules,
    /// Length of an interval of what is required, in minutes.
    pub interval_min: u32,
    /// Agents required.
    pub required: Vec<ScheduleRequired>,
    /// Everybody's duties.
    pub duties: Vec<ScheduleDuty>,
    /// How good the planner's answer was.
    #[serde(default)]
    pub quality: Option<ScheduleQuality>,
}

impl Document {
    /// What a request asks for, without duties.
    pub fn of(request: &ScheduleRequest) -> Self {
        Self {
            agents: request.agents.clone(),
            rules: request.rules.clone().unwrap_or_else(usual),
            interval_min: request.interval_min,
            required: request.required.clone(),
            duties: Vec::new(),
            quality: None,
        }
    }
}

/// The rules that hold where a request has none: eight paid hours or four, eleven hours of rest, forty
/// hours in at most five days of a week.
pub fn usual() -> ScheduleRules {
    let pause = |name: &str, length_min, from_min, until_min, paid| ShiftBreak {
        name: name.to_owned(),
        length_min,
        from_min,
        until_min,
        paid,
    };
    let kind =
        |name: &str, last_start: &str, length_min, (shortest_min, longest_min), breaks| ShiftKind {
            name: name.to_owned(),
            first_start: "06:00".to_owned(),
            last_start: last_start.to_owned(),
            start_every_min: 30,
            lengths_min: vec![length_min],
            shortest_min,
            longest_min,
            breaks,
            weekdays: Vec::new(),
        };
    let whole = vec![
        pause("Break", 15, 60, 180, true),
        pause("Lunch", 30, 180, 330, false),
        pause("Break", 15, 330, 420, true),
    ];
    let half = vec![pause("Break", 15, 75, 180, true)];
    ScheduleRules {
        step_min: 15,
        shifts: vec![
            kind("Whole day", "15:30", 510, (420, 570), whole),
            kind("Half day", "19:30", 255, (240, 330), half),
        ],
        night_rest_min: 11 * 60,
        week_min_min: 0,
        week_max_min: 40 * 60,
        days_max: 5,
        row_max: 6,
    }
}

/// Where somebody stands when a schedule begins: when their last shift before it ended, and how many days
/// in a row they have worked right before it.
pub type Before = BTreeMap<Uuid, (Timestamp, u32)>;

/// A schedule, understood.
#[derive(Clone, Debug)]
pub struct Book {
    document: Document,
    /// The plan by which duties are judged: every step of the ranges that people may choose from.
    plan: Plan,
    required: Required,
    before: Before,
}

impl Book {
    /// Understands a document; what is wrong goes to `faults`.
    pub fn read(
        document: Document,
        (first, days, zone): (Day, u32, &Zone),
        name: impl Fn(Uuid) -> Option<String>,
        before: Before,
        faults: &mut Faults,
    ) -> Option<Self> {
        let found = faults.0.len();
        faults.range("days", days, 1, DAYS_MAX);
        let rules = &document.rules;
        let shifts = read_rules(rules, faults);
        let kinds: Vec<usize> = (0..shifts.len()).collect();
        let mut all: Vec<Rules> = Vec::new();
        let mut people = Vec::new();
        faults.range("agents", document.agents.len(), 1, AGENTS_MAX);
        let mut known = BTreeSet::new();
        let named: Vec<Option<String>> =
            document.agents.iter().map(|agent| name(agent.agent)).collect();
        for (at, (agent, named)) in document.agents.iter().zip(&named).enumerate().take(AGENTS_MAX)
        {
            let field = |key: &str| format!("agents[{at}].{key}");
            if named.is_none() || !known.insert(agent.agent) {
                faults.add(
                    &field("agent"),
                    "choose_one",
                    words!("No {} is chosen, or it is gone.", "agent"),
                    "Choose one of the list.",
                );
            }
            let week_max = agent.week_max_min.unwrap_or(rules.week_max_min);
            faults.range(&field("week_max_min"), week_max, 0, WEEK_MIN);
            let of = Rules {
                name: format!("rules {}", week_max),
                week_min: rules.week_min_min.min(week_max),
                week_max,
                days_max: rules.days_max,
                row_max: rules.row_max,
                rest_min: rules.night_rest_min,
                shifts: kinds.clone(),
            };
            let place = all.iter().position(|other| *other == of).unwrap_or_else(|| {
                all.push(of);
                all.len() - 1
            });
            let away = agent.away.iter().filter_map(|text| day(&field("away"), text, faults));
            let absences = away.map(|day| zone.day(day)).collect();
            let was = before.get(&agent.agent);
            people.push(Person {
                name: named.clone().unwrap_or_default(),
                rules: place,
                site: 0,
                skills: Vec::new(),
                days_off: agent.days_off.iter().map(|day| wire::weekday(*day)).collect(),
                absences,
                wishes: Vec::new(),
                worked_until: was.map(|(until, _)| *until),
                row_before: was.map_or(0, |(_, row)| *row),
            });
        }
        let required = read_required(&document, faults);
        if faults.0.len() > found {
            return None;
        }
        let plan = Plan {
            zone: zone.clone(),
            from: first,
            days,
            step_min: rules.step_min,
            cost: Cost { short: 10.0, wish: 0.5 },
            sites: vec![Site { name: "floor".to_owned(), zone: zone.clone(), seats: None }],
            shifts,
            rules: all,
            people,
        };
        Some(Self { plan, required: required?, document, before })
    }

    /// What it was read from.
    pub fn document(&self) -> &Document {
        &self.document
    }

    /// First and last day.
    pub fn days(&self) -> (Day, Day) {
        (self.plan.from, self.plan.from.plus(i64::from(self.plan.days) - 1))
    }

    /// The plan by which it is judged.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// The files that `permanence schedule` plans from: the plan, where people are called by their ids, and
    /// what is required.
    pub fn files(&self) -> (Value, String) {
        let rules = &self.document.rules;
        let minutes = |n: u32| format!("{n}m");
        let shifts: Vec<Value> = rules
            .shifts
            .iter()
            .zip(&self.plan.shifts)
            .enumerate()
            .map(|(at, (kind, shift))| {
                let (first, last) = (shift.starts.first(), shift.starts.last());
                let (first, last) = (first.copied().unwrap_or(0), last.copied().unwrap_or(0));
                let starts = (first..=last).step_by(kind.start_every_min.max(1) as usize);
                let breaks = kind.breaks.iter().enumerate().map(|(at, of)| {
                    json!({
                        "name": format!("break {at}"), "length": minutes(of.length_min), "paid": of.paid,
                        "from": minutes(of.from_min), "until": minutes(of.until_min),
                    })
                });
                json!({
                    "name": kind_name(at),
                    "starts": starts.map(clock).collect::<Vec<_>>(),
                    "length": kind.lengths_min.iter().map(|n| minutes(*n)).collect::<Vec<_>>(),
                    "breaks": breaks.collect::<Vec<_>>(),
                    "weekdays": shift.weekdays.iter().map(|day| day.short().to_lowercase()).collect::<Vec<_>>(),
                })
            })
            .collect();
        let kinds: Vec<String> = (0..shifts.len()).map(kind_name).collect();
        let of_people: Vec<Value> = self
            .plan
            .rules
            .iter()
            .map(|of| {
                json!({
                    "name": of.name, "hours_min": minutes(of.week_min), "hours_max": minutes(of.week_max),
                    "days_max": of.days_max, "days_in_a_row_max": of.row_max,
                    "night_rest": minutes(of.rest_min), "shifts": kinds,
                })
            })
            .collect();
        let people = self.document.agents.iter().zip(&self.plan.people).map(|(agent, person)| {
            let away = agent.away.iter().map(|day| json!({ "from": day, "until": day }));
            let off = person.days_off.iter().map(|day| day.short().to_lowercase());
            let mut told = json!({
                "name": agent.agent.to_string(), "rules": self.plan.rules[person.rules].name,
                "site": "floor", "days_off": off.collect::<Vec<_>>(), "absences": away.collect::<Vec<_>>(),
            });
            if let Some((until, row)) = self.before.get(&agent.agent) {
                let local = self.plan.zone.local(*until);
                told["worked_until"] = json!(local.get(..16).unwrap_or(&local));
                told["days_in_a_row_before"] = json!(row.min(&ROW_MAX));
            }
            told
        });
        let people: Vec<Value> = people.collect();
        let plan = json!({
            "zone": self.plan.zone.name(), "from": self.plan.from.to_string(), "days": self.plan.days,
            "step": minutes(self.plan.step_min), "sites": [{ "name": "floor" }],
            "shifts": shifts, "rules": of_people, "people": people,
        });
        let mut required = String::from("from,agents\n");
        for of in &self.document.required {
            required += &format!("{},{}\n", of.from, of.agents);
        }
        (plan, required)
    }

    /// Duties as the checker sees them; what cannot be read goes to `faults`.
    pub fn roster(&self, duties: &[ScheduleDuty], faults: &mut Faults) -> Roster {
        let places: BTreeMap<Uuid, usize> =
            self.document.agents.iter().enumerate().map(|(at, of)| (of.agent, at)).collect();
        faults.range("duties", duties.len(), 0, AGENTS_MAX * DAYS_MAX as usize);
        let mut roster = Roster::default();
        for (at, duty) in duties.iter().enumerate().take(AGENTS_MAX * DAYS_MAX as usize) {
            let field = |key: &str| format!("duties[{at}].{key}");
            let person = places.get(&duty.agent).copied();
            if person.is_none() {
                faults.add(
                    &field("agent"),
                    "choose_one",
                    words!("No {} is chosen, or it is gone.", "agent"),
                    "Choose one of the list.",
                );
            }
            let shift = duty.shift as usize;
            if shift >= self.plan.shifts.len() {
                let most = self.plan.shifts.len().saturating_sub(1);
                faults.range(&field("shift"), shift, 0, most);
            }
            faults.range(&field("length_min"), duty.length_min, 1, SHIFT_MIN_MAX);
            faults.range(&field("breaks"), duty.breaks.len(), 0, BREAKS_MAX);
            let (day, minute) = (
                day(&field("day"), &duty.day, faults),
                minute(&field("start"), &duty.start, faults),
            );
            let (Some(person), Some(day), Some(minute)) = (person, day, minute) else { continue };
            let from = self.plan.zone.opening(day, minute);
            let after = |minutes: u32| {
                Timestamp::from_micros(from.micros() + i64::from(minutes.min(WEEK_MIN)) * MINUTE_US)
            };
            let breaks = duty.breaks.iter().map(|of| {
                let end = of.after_min.saturating_add(of.length_min);
                Span { from: after(of.after_min), until: after(end) }
            });
            let until = after(duty.length_min);
            roster.duties.push(Duty { person, day, from, until, shift, breaks: breaks.collect() });
        }
        roster
    }

    /// The checker's roster as duties of the wire.
    pub fn duties(&self, roster: &Roster) -> Vec<ScheduleDuty> {
        let mut duties: Vec<&Duty> = roster.duties.iter().collect();
        duties.sort_by_key(|duty| (duty.day, duty.from, duty.person));
        let minutes = |from: Timestamp, until: Timestamp| {
            u32::try_from((until.micros() - from.micros()) / MINUTE_US).unwrap_or(0)
        };
        let shown = duties.into_iter().filter_map(|duty| {
            let agent = self.document.agents.get(duty.person)?.agent;
            Some(ScheduleDuty {
                agent,
                day: duty.day.to_string(),
                start: clock(self.plan.zone.minute_at(duty.from).1),
                length_min: minutes(duty.from, duty.until),
                shift: u32::try_from(duty.shift).unwrap_or(0),
                breaks: duty
                    .breaks
                    .iter()
                    .map(|span| DutyBreak {
                        after_min: minutes(duty.from, span.from),
                        length_min: minutes(span.from, span.until),
                    })
                    .collect(),
            })
        });
        shown.collect()
    }

    /// What a roster keeps and covers.
    pub fn checked(&self, roster: &Roster) -> ScheduleChecked {
        let agent = |person: usize| self.document.agents.get(person).map(|of| of.agent);
        let faults = check(roster, &self.plan).into_iter().map(|breach| ScheduleFault {
            agent: breach.person.and_then(agent),
            rule: breach.rule.to_owned(),
            message: breach.message,
        });
        let cover = cover(roster, &self.plan, &self.required);
        let price = price(roster, &self.plan, &cover);
        let mut paid: BTreeMap<usize, i64> = BTreeMap::new();
        for duty in &roster.duties {
            let Some(shift) = self.plan.shifts.get(duty.shift) else { continue };
            let breaks = duty.breaks.iter().zip(&shift.breaks).filter(|(_, of)| !of.paid);
            let length = |span: &Span| span.until.micros() - span.from.micros();
            let unpaid: i64 = breaks.map(|(span, _)| length(span)).sum();
            *paid.entry(duty.person).or_default() +=
                duty.until.micros() - duty.from.micros() - unpaid;
        }
        let paid = paid.into_iter().filter_map(|(person, us)| {
            let minutes = u64::try_from(us / MINUTE_US).unwrap_or(0);
            Some(SchedulePaid { agent: agent(person)?, minutes })
        });
        ScheduleChecked {
            faults: faults.collect(),
            step_min: cover.step_min,
            required_hours: cover.required_min as f64 / 60.0,
            on_duty_hours: cover.on_duty_min as f64 / 60.0,
            short_hours: price.short_h,
            paid_hours: price.paid_h,
            paid: paid.collect(),
            cover: cover
                .moments
                .iter()
                .map(|moment| {
                    let (day, minute) = self.plan.zone.minute_at(moment.at);
                    ScheduleMoment {
                        from: format!("{day}T{}", clock(minute)),
                        required: moment.required,
                        on_duty: moment.on_duty,
                    }
                })
                .collect(),
        }
    }

    /// What a roster costs, as the planner counts it.
    pub fn value(&self, roster: &Roster) -> f64 {
        let cover = cover(roster, &self.plan, &self.required);
        price(roster, &self.plan, &cover).value
    }
}

/// The name of a kind in the planner's file: two of a request may be called alike.
fn kind_name(at: usize) -> String {
    format!("kind {at}")
}

/// `08:30`.
fn clock(minute: u16) -> String {
    format!("{:02}:{:02}", minute / 60, minute % 60)
}

fn day(field: &str, text: &str, faults: &mut Faults) -> Option<Day> {
    let day = text.parse::<Day>().ok();
    if day.is_none() {
        let text: String = text.chars().take(32).collect();
        let said = words!("`{}` is no day.", text);
        faults.add(field, "not_a_day", said, "Write a day as 2026-10-01.");
    }
    day
}

fn minute(field: &str, text: &str, faults: &mut Faults) -> Option<u16> {
    let minute = text.parse::<MinuteOfDay>().ok().map(MinuteOfDay::minutes).filter(|m| *m < 1440);
    if minute.is_none() {
        let text: String = text.chars().take(32).collect();
        let said = words!("`{}` is no time of day.", text);
        faults.add(field, "not_a_time", said, "Write a time as 08:30.");
    }
    minute
}

/// The kinds of shift with every start and length that people may choose.
fn read_rules(rules: &ScheduleRules, faults: &mut Faults) -> Vec<Shift> {
    if ![5, 10, 15, 30, 60].contains(&rules.step_min) {
        faults.add(
            "rules.step_min",
            "schedule_step",
            words!("It is {} min.", rules.step_min),
            "Give 5, 10, 15, 30 or 60 minutes.",
        );
        return Vec::new();
    }
    faults.range("rules.night_rest_min", rules.night_rest_min, 0, REST_MIN_MAX);
    faults.range("rules.week_max_min", rules.week_max_min, 1, WEEK_MIN);
    faults.range("rules.week_min_min", rules.week_min_min, 0, rules.week_max_min);
    faults.range("rules.days_max", rules.days_max, 1, 7);
    faults.range("rules.row_max", rules.row_max, 1, ROW_MAX);
    faults.range("rules.shifts", rules.shifts.len(), 1, KINDS_MAX);
    let kinds = rules.shifts.iter().enumerate().take(KINDS_MAX);
    kinds.filter_map(|(at, kind)| read_kind(rules.step_min, at, kind, faults)).collect()
}

fn read_kind(step: u32, at: usize, kind: &ShiftKind, faults: &mut Faults) -> Option<Shift> {
    let field = |key: &str| format!("rules.shifts[{at}].{key}");
    let name = faults.name(&field("name"), &kind.name);
    let first = minute(&field("first_start"), &kind.first_start, faults);
    let last = minute(&field("last_start"), &kind.last_start, faults);
    let mut on_grid = |key: &str, minutes: u32| {
        if !minutes.is_multiple_of(step) {
            faults.add(
                &field(key),
                "off_the_step",
                words!("It is {} min, which is no multiple of the step.", minutes),
                words!("Give a multiple of {} min.", step),
            );
        }
    };
    on_grid("first_start", u32::from(first.unwrap_or(0)));
    on_grid("last_start", u32::from(last.unwrap_or(0)));
    on_grid("start_every_min", kind.start_every_min);
    on_grid("shortest_min", kind.shortest_min);
    on_grid("longest_min", kind.longest_min);
    kind.lengths_min.iter().for_each(|length| on_grid("lengths_min", *length));
    for of in kind.breaks.iter().take(BREAKS_MAX) {
        [of.length_min, of.from_min, of.until_min].iter().for_each(|n| on_grid("breaks", *n));
    }
    faults.range(&field("start_every_min"), kind.start_every_min, step, 24 * 60);
    faults.range(&field("shortest_min"), kind.shortest_min, step, SHIFT_MIN_MAX);
    faults.range(&field("longest_min"), kind.longest_min, kind.shortest_min, SHIFT_MIN_MAX);
    faults.range(&field("lengths_min"), kind.lengths_min.len(), 1, 24);
    for length in &kind.lengths_min {
        faults.range(&field("lengths_min"), *length, kind.shortest_min, kind.longest_min);
    }
    faults.range(&field("breaks"), kind.breaks.len(), 0, BREAKS_MAX);
    let mut over = 0;
    for of in kind.breaks.iter().take(BREAKS_MAX) {
        let latest = kind.shortest_min.saturating_sub(of.length_min);
        faults.range(&field("breaks"), of.length_min, step, SHIFT_MIN_MAX);
        faults.range(&field("breaks"), of.from_min, over, latest);
        let least = of.from_min.saturating_add(of.length_min);
        faults.range(&field("breaks"), of.until_min, least, kind.shortest_min);
        over = of.until_min;
    }
    let (first, last) = (first?, last?);
    faults.range(&field("last_start"), last, first, 1439);
    let weekdays: Vec<Weekday> = match kind.weekdays.as_slice() {
        [] => Weekday::ALL.to_vec(),
        some => some.iter().map(|day| wire::weekday(*day)).collect(),
    };
    let longest = kind.longest_min.min(SHIFT_MIN_MAX);
    Some(Shift {
        name,
        starts: (first..=last).step_by(step as usize).collect(),
        lengths: (kind.shortest_min..=longest).step_by(step as usize).collect(),
        breaks: kind
            .breaks
            .iter()
            .map(|of| Break {
                name: of.name.chars().take(80).collect(),
                length_min: of.length_min,
                from_min: of.from_min,
                until_min: of.until_min,
                paid: of.paid,
            })
            .collect(),
        weekdays,
        sites: Vec::new(),
    })
}

fn read_required(document: &Document, faults: &mut Faults) -> Option<Required> {
    let step = document.rules.step_min.max(1);
    let interval = document.interval_min;
    if interval == 0 || !1440u32.is_multiple_of(interval) || !interval.is_multiple_of(step) {
        faults.add(
            "interval_min",
            "schedule_interval",
            words!("It is {} min.", interval),
            words!("Give a multiple of {} min that divides a day.", step),
        );
        return None;
    }
    faults.range("required", document.required.len(), 1, REQUIRED_MAX);
    let mut rows = Vec::new();
    for (at, of) in document.required.iter().enumerate().take(REQUIRED_MAX) {
        let field = format!("required[{at}].from");
        faults.range(&format!("required[{at}].agents"), of.agents, 0, 100_000);
        let (date, time) = of.from.split_once('T').unwrap_or((&of.from, ""));
        let (day, minute) = (day(&field, date, faults), minute(&field, time, faults));
        if let (Some(day), Some(minute)) = (day, minute) {
            rows.push((day, minute, vec![of.agents]));
        }
        if faults.0.len() > 50 {
            return None;
        }
    }
    match Required::new(vec![String::new()], interval, rows) {
        Ok(required) => Some(required),
        Err(found) => {
            faults.0.extend(found.into_iter().map(Into::into));
            None
        }
    }
}
