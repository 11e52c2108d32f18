//! Whether a roster keeps the rules: what is written here is the meaning of the rules, and the maker of
//! rosters may not use it.

use std::{collections::BTreeMap, fmt};

use domain::{Day, Span, Timestamp};

use super::plan::{Duty, Person, Plan, Roster, Rules, Shift};

/// One rule that a roster breaks.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Breach {
    /// Whose duty it is; `None` where a whole site is meant.
    pub person: Option<usize>,
    /// A stable word for the rule, as the plan's file calls it.
    pub rule: &'static str,
    /// What is broken, where and by how much.
    pub message: String,
}

impl fmt::Display for Breach {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.message, self.rule)
    }
}

/// Everything that a roster breaks, person by person; nothing when it keeps every rule.
pub fn check(roster: &Roster, plan: &Plan) -> Vec<Breach> {
    let mut breaches = Vec::new();
    let mut duties_of: BTreeMap<usize, Vec<&Duty>> = BTreeMap::new();
    for duty in &roster.duties {
        if duty.person < plan.people.len() && duty.shift < plan.shifts.len() {
            duties_of.entry(duty.person).or_default().push(duty);
        } else {
            breaches.push(Breach {
                person: None,
                rule: "people",
                message: format!("A duty on {} is of a person or shift not in the plan.", duty.day),
            });
        }
    }
    for (place, person) in plan.people.iter().enumerate() {
        let mut duties = duties_of.remove(&place).unwrap_or_default();
        duties.sort_by_key(|duty| (duty.from, duty.until));
        let rules = &plan.rules[person.rules];
        let mut looking = Looking { plan, place, person, rules, breaches: &mut breaches };
        for duty in &duties {
            looking.duty(duty);
        }
        looking.rest(&duties);
        looking.days(&duties);
        looking.weeks(&duties);
    }
    seats(roster, plan, &mut breaches);
    breaches
}

struct Looking<'a> {
    plan: &'a Plan,
    place: usize,
    person: &'a Person,
    rules: &'a Rules,
    breaches: &'a mut Vec<Breach>,
}

/// Hours and minutes.
fn clock(minutes: i64) -> String {
    format!("{} h {:02} min", minutes / 60, minutes % 60)
}

const MINUTE_US: i64 = 60_000_000;

/// From one instant to another, in whole minutes rounded down; negative when it is the earlier.
fn minutes(from: Timestamp, until: Timestamp) -> i64 {
    (until.micros() - from.micros()).div_euclid(MINUTE_US)
}

/// Paid time of a duty: all but the unpaid breaks. Microseconds, so that no second is lost.
fn paid_us(duty: &Duty, shift: &Shift) -> i64 {
    let unpaid: i64 = duty
        .breaks
        .iter()
        .zip(&shift.breaks)
        .filter(|(_, of)| !of.paid)
        .map(|(span, _)| span.until.micros() - span.from.micros())
        .sum();
    duty.until.micros() - duty.from.micros() - unpaid
}

impl Looking<'_> {
    fn breach(&mut self, rule: &'static str, message: String) {
        let message = format!("{}: {message}", self.person.name);
        self.breaches.push(Breach { person: Some(self.place), rule, message });
    }

    /// What a duty must be by itself.
    fn duty(&mut self, duty: &Duty) {
        let shift = &self.plan.shifts[duty.shift];
        let site = &self.plan.sites[self.person.site];
        let day = duty.day;
        if day < self.plan.from || day >= self.plan.from.plus(i64::from(self.plan.days)) {
            self.breach("from", format!("{day} is not a day of the plan."));
        }
        if !self.rules.shifts.contains(&duty.shift) {
            let (shift, rules) = (&shift.name, &self.rules.name);
            self.breach("shifts", format!("{rules} does not work `{shift}`, planned on {day}."));
        }
        if !shift.sites.is_empty() && !shift.sites.contains(&self.person.site) {
            let (shift, site) = (&shift.name, &site.name);
            self.breach("sites", format!("`{shift}` on {day} is not worked in {site}."));
        }
        if !shift.weekdays.contains(&day.weekday()) {
            self.breach("weekdays", format!("`{}` does not begin on {day}.", shift.name));
        }
        if !shift.starts.iter().any(|minute| site.zone.opening(day, *minute) == duty.from) {
            let at = site.zone.local(duty.from);
            self.breach("starts", format!("`{}` does not begin at {at}.", shift.name));
        }
        let length_us = duty.until.micros() - duty.from.micros();
        if !shift.lengths.iter().any(|length| i64::from(*length) * MINUTE_US == length_us) {
            let length = clock(minutes(duty.from, duty.until));
            self.breach("lengths", format!("`{}` on {day} may not last {length}.", shift.name));
        }
        if self.person.days_off.contains(&day.weekday()) {
            self.breach("days_off", format!("{day} is a day off."));
        }
        for absence in &self.person.absences {
            if duty.from < absence.until && absence.from < duty.until {
                self.breach("absences", format!("The shift on {day} lies in an absence."));
            }
        }
        self.breaks(duty, shift);
    }

    fn breaks(&mut self, duty: &Duty, shift: &Shift) {
        let day = duty.day;
        if duty.breaks.len() != shift.breaks.len() {
            let (found, wanted) = (duty.breaks.len(), shift.breaks.len());
            self.breach("breaks", format!("{day} has {found} breaks where {wanted} belong."));
        }
        for (span, of) in duty.breaks.iter().zip(&shift.breaks) {
            let name = &of.name;
            if span.until.micros() - span.from.micros() != i64::from(of.length_min) * MINUTE_US {
                let length = minutes(span.from, span.until);
                let wanted = of.length_min;
                let message = format!("{name} on {day} lasts {length} min and not {wanted}.");
                self.breach("breaks", message);
            }
            let early = duty.from.micros() + i64::from(of.from_min) * MINUTE_US;
            let late = duty.from.micros() + i64::from(of.until_min) * MINUTE_US;
            if span.from.micros() < early || span.until.micros() > late {
                let (from, until) = (minutes(duty.from, span.from), minutes(duty.from, span.until));
                let (early, late) = (of.from_min, of.until_min);
                self.breach(
                    "breaks",
                    format!("{name} on {day} is at {from} to {until} min of the shift, outside of {early} to {late}."),
                );
            }
            if span.from < duty.from || span.until > duty.until {
                self.breach("breaks", format!("{name} on {day} is outside of the shift."));
            }
        }
        for pair in duty.breaks.windows(2) {
            if pair[1].from < pair[0].until {
                self.breach("breaks", format!("Two breaks on {day} overlap."));
            }
        }
    }

    /// The time between two shifts, and since the last one before the plan.
    fn rest(&mut self, duties: &[&Duty]) {
        let before = self.person.worked_until;
        let ends = before.into_iter().chain(duties.iter().map(|duty| duty.until));
        let begins = duties.iter().skip(usize::from(before.is_none()));
        // Who worked longest, not last, decides when rest began.
        let mut latest: Option<Timestamp> = None;
        for (until, next) in ends.zip(begins) {
            let until = latest.map_or(until, |latest| latest.max(until));
            latest = Some(until);
            let rest_us = next.from.micros() - until.micros();
            if rest_us < 0 {
                self.breach("night_rest", format!("Two shifts overlap on {}.", next.day));
            } else if rest_us < i64::from(self.rules.rest_min) * MINUTE_US {
                let (rest, wanted) =
                    (clock(rest_us / MINUTE_US), clock(i64::from(self.rules.rest_min)));
                let message = format!("{rest} of rest before {} and not {wanted}.", next.day);
                self.breach("night_rest", message);
            }
        }
    }

    /// One shift a day, and not too many days in a row.
    fn days(&mut self, duties: &[&Duty]) {
        let mut days: Vec<Day> = duties.iter().map(|duty| duty.day).collect();
        days.sort_unstable();
        for pair in days.windows(2) {
            if pair[0] == pair[1] {
                self.breach("people", format!("{} has two shifts.", pair[0]));
            }
        }
        days.dedup();
        let mut row = self.person.row_before;
        let mut last = self.plan.from.previous();
        for day in days {
            row = if day.since(last) == 1 { row + 1 } else { 1 };
            if row > self.rules.row_max {
                let most = self.rules.row_max;
                let message = format!("{day} is day {row} of work in a row, of at most {most}.");
                self.breach("days_in_a_row_max", message);
            }
            last = day;
        }
    }

    /// Hours and days of each calendar week.
    fn weeks(&mut self, duties: &[&Duty]) {
        let (first, after) = (self.plan.from, self.plan.from.plus(i64::from(self.plan.days)));
        let mut monday = first.plus(-(weekday_number(first)));
        while monday < after {
            let next = monday.plus(7);
            let of_week: Vec<&&Duty> =
                duties.iter().filter(|duty| monday <= duty.day && duty.day < next).collect();
            let paid_us: i64 =
                of_week.iter().map(|duty| paid_us(duty, &self.plan.shifts[duty.shift])).sum();
            let mut days: Vec<Day> = of_week.iter().map(|duty| duty.day).collect();
            days.sort_unstable();
            days.dedup();
            let (rules, paid) = (self.rules, clock(paid_us.div_euclid(MINUTE_US)));
            if paid_us > i64::from(rules.week_max) * MINUTE_US {
                let most = clock(i64::from(rules.week_max));
                let message = format!("{paid} in the week of {monday}, and at most {most}.");
                self.breach("hours_max", message);
            }
            if days.len() > rules.days_max as usize {
                let (found, most) = (days.len(), rules.days_max);
                let message = format!("{found} days in the week of {monday}, of at most {most}.");
                self.breach("days_max", message);
            }
            let whole = first <= monday && next <= after;
            if whole {
                let absent = (0..7).filter(|n| self.is_absent(monday.plus(*n))).count() as i64;
                let parts = i64::from(rules.days_max.max(1));
                // least × (parts − absent) / parts, without losing a fraction of a minute.
                let least = i64::from(rules.week_min) * (parts - absent).max(0);
                if paid_us * parts < least * MINUTE_US {
                    let least = clock(least / parts);
                    let message = format!("{paid} in the week of {monday}, and at least {least}.");
                    self.breach("hours_min", message);
                }
            }
            monday = next;
        }
    }

    fn is_absent(&self, day: Day) -> bool {
        let span: Span = self.plan.sites[self.person.site].zone.day(day);
        self.person.absences.iter().any(|a| a.from < span.until && span.from < a.until)
    }
}

/// 0 for Monday.
fn weekday_number(day: Day) -> i64 {
    domain::calendar::Weekday::ALL
        .iter()
        .position(|weekday| *weekday == day.weekday())
        .map_or(0, |place| place as i64)
}

/// Nobody stands in a full site.
fn seats(roster: &Roster, plan: &Plan, breaches: &mut Vec<Breach>) {
    for (place, site) in plan.sites.iter().enumerate() {
        let Some(seats) = site.seats else { continue };
        let mut changes: Vec<(Timestamp, i64)> = Vec::new();
        for duty in &roster.duties {
            if plan.people.get(duty.person).is_some_and(|person| person.site == place) {
                changes.extend([(duty.from, 1), (duty.until, -1)]);
            }
        }
        // Who goes makes room for who comes in the same instant.
        changes.sort_unstable();
        let (mut there, mut full) = (0i64, false);
        for (at, change) in changes {
            there += change;
            if there > i64::from(seats) && !full {
                full = true;
                let (name, at) = (&site.name, site.zone.local(at));
                let message = format!("{name} has {there} people at {at} and {seats} seats.");
                breaches.push(Breach { person: None, rule: "seats", message });
            } else if there <= i64::from(seats) {
                full = false;
            }
        }
    }
}
