//! The plan as the programs see it: steps of time, shifts at their instants, and people who are alike.

use std::collections::{BTreeMap, BTreeSet};

use domain::{Day, Fault, Span, Timestamp, calendar::Weekday};
use planning::roster::{Plan, Required};

/// One shift at one time: who takes it is open, its breaks too.
#[derive(Clone, Debug)]
pub struct Pattern {
    /// Day of the plan, from 0.
    pub day: usize,
    pub date: Day,
    pub shift: usize,
    pub from: Timestamp,
    pub until: Timestamp,
    /// Minute of the day at which it begins, on the wall of its site.
    pub minute: u16,
    /// Steps from its beginning to its end.
    pub steps: (i64, i64),
    /// Minutes without unpaid breaks.
    pub paid_min: u32,
    /// For each break the steps after the beginning at which it may begin, and its length in steps.
    pub breaks: Vec<(Vec<i64>, i64)>,
}

/// People who are alike in everything but their names and wishes.
#[derive(Clone, Debug)]
pub struct Class {
    pub people: Vec<usize>,
    pub site: usize,
    /// Which of the skills asked for they have, as bits.
    pub skills: usize,
    /// The patterns they may work, by their place.
    pub patterns: Vec<usize>,
}

/// A calendar week as far as it lies in the plan.
#[derive(Clone, Debug)]
pub struct Week {
    pub monday: Day,
    /// Days of the plan.
    pub days: std::ops::Range<usize>,
}

/// Everything that the programs are made of.
pub struct Work<'a> {
    pub plan: &'a Plan,
    /// Agents required in each step, by skill.
    pub required: Vec<Vec<u32>>,
    pub patterns: Vec<Pattern>,
    pub classes: Vec<Class>,
    pub weeks: Vec<Week>,
    /// A step in hours.
    pub step_h: f64,
}

pub const MINUTE: i64 = 60_000_000;

impl<'a> Work<'a> {
    /// # Errors
    /// When the plan and its needs do not fit each other.
    pub fn new(plan: &'a Plan, required: &Required) -> Result<Self, Vec<Fault>> {
        let mut faults = Vec::new();
        let fault = |field: &str, code: &str, message: String, next: &str| {
            Fault::new(field, code, message.as_str(), next)
        };
        if !required.interval_min.is_multiple_of(plan.step_min) {
            let message = format!(
                "It is {} min, and the intervals of what is required are {} min.",
                plan.step_min, required.interval_min
            );
            faults.push(fault("step", "differs", message, "Write a step that divides them."));
        }
        for skill in required.skills.iter().filter(|skill| !skill.is_empty()) {
            if !plan.people.iter().any(|person| person.skills.contains(skill)) {
                let message = format!("Agents with `{skill}` are required, and nobody has it.");
                faults.push(fault("skills", "nobody", message, "Give the skill to somebody."));
            }
        }
        let step_us = i64::from(plan.step_min) * MINUTE;
        let origin = plan.zone.opening(plan.from, 0).micros();
        let end = plan.zone.opening(plan.from.plus(i64::from(plan.days)), 0).micros();
        let wanted: Vec<Vec<u32>> = (0..(end - origin) / step_us)
            .map(|step| {
                let (day, minute) =
                    plan.zone.minute_at(Timestamp::from_micros(origin + step * step_us));
                required.at(day, minute)
            })
            .collect();
        if wanted.iter().flatten().all(|agents| *agents == 0) {
            let message =
                format!("Nobody is required in the {} days from {}.", plan.days, plan.from);
            let next = "Write the first day of what is required.";
            faults.push(fault("from", "empty", message, next));
        }
        let mut patterns = Vec::new();
        let mut of_site = Vec::new();
        for (place, site) in plan.sites.iter().enumerate() {
            let begin = patterns.len();
            patterns_of(plan, place, origin, &mut patterns);
            let off = |p: &Pattern| (p.from.micros() - origin) % step_us != 0;
            if let Some(off) = patterns[begin..].iter().find(|pattern| off(pattern)) {
                let at = site.zone.local(off.from);
                let message = format!("A shift in {} begins at {at}, within a step.", site.name);
                let next = "Write a shorter step: clocks differ by a part of it.";
                faults.push(fault("step", "off_the_grid", message, next));
            }
            of_site.push(begin..patterns.len());
        }
        if !faults.is_empty() {
            return Err(faults);
        }
        let classes = classes(plan, required, &patterns, &of_site);
        let step_h = f64::from(plan.step_min) / 60.0;
        Ok(Self { plan, required: wanted, patterns, classes, weeks: weeks(plan), step_h })
    }

    /// Pairs of sets of patterns of which nobody may have one of each: a shift that ends late and one that
    /// begins before the night's rest is over.
    pub fn too_close(&self, patterns: &[usize], rest_min: u32) -> Vec<(Vec<usize>, Vec<usize>)> {
        let mut pairs = Vec::new();
        let days = self.plan.days as usize;
        let on =
            |day: usize| patterns.iter().copied().filter(move |p| self.patterns[*p].day == day);
        for day in 0..days {
            // With rest and shifts as long as they may be, a day's shift reaches into the day after next.
            for later in day + 1..=(day + 2).min(days.saturating_sub(1)) {
                let ends: BTreeSet<Timestamp> = on(day).map(|p| self.patterns[p].until).collect();
                let mut most = 0;
                for end in ends {
                    let rested = end.micros() + i64::from(rest_min) * MINUTE;
                    let early: Vec<usize> =
                        on(later).filter(|p| self.patterns[*p].from.micros() < rested).collect();
                    // The earliest end that shuts out these beginnings says all of it.
                    if early.len() > most {
                        most = early.len();
                        let late = on(day).filter(|p| self.patterns[*p].until >= end).collect();
                        pairs.push((late, early));
                    }
                }
            }
        }
        pairs
    }

    /// Least paid minutes of each of a class in a week, less what absences take off.
    pub fn week_least(&self, class: &Class, week: &Week) -> f64 {
        let person = &self.plan.people[class.people[0]];
        let rules = &self.plan.rules[person.rules];
        if week.days.len() < 7 {
            return 0.0;
        }
        let zone = &self.plan.sites[class.site].zone;
        let away = |day: Day| {
            let (from, until) = (zone.opening(day, 0), zone.opening(day.next(), 0));
            person.absences.iter().any(|absence| absence.from < until && absence.until > from)
        };
        let absent = (0..7).filter(|n| away(week.monday.plus(*n))).count() as f64;
        let parts = f64::from(rules.days_max);
        f64::from(rules.week_min) * (parts - absent).max(0.0) / parts
    }
}

/// The calendar weeks of the plan's days.
fn weeks(plan: &Plan) -> Vec<Week> {
    let mut weeks: Vec<Week> = Vec::new();
    for day in 0..plan.days as usize {
        let date = plan.from.plus(day as i64);
        match weeks.last_mut() {
            Some(week) if date.weekday() != Weekday::Monday => week.days.end = day + 1,
            _ => {
                let mut monday = date;
                while monday.weekday() != Weekday::Monday {
                    monday = monday.previous();
                }
                weeks.push(Week { monday, days: day..day + 1 });
            }
        }
    }
    weeks
}

/// Every shift of every day at a site.
fn patterns_of(plan: &Plan, site: usize, origin: i64, patterns: &mut Vec<Pattern>) {
    let zone = &plan.sites[site].zone;
    let step = i64::from(plan.step_min);
    for day in 0..plan.days as usize {
        let date = plan.from.plus(day as i64);
        for (place, shift) in plan.shifts.iter().enumerate() {
            let here = shift.sites.is_empty() || shift.sites.contains(&site);
            if !here || !shift.weekdays.contains(&date.weekday()) {
                continue;
            }
            let unpaid: u32 = shift.breaks.iter().filter(|b| !b.paid).map(|b| b.length_min).sum();
            let mut begun = BTreeSet::new();
            for minute in &shift.starts {
                let from = zone.opening(date, *minute);
                // Times that the clock skips begin together, right after the gap.
                if !begun.insert(from) {
                    continue;
                }
                let first = (from.micros() - origin).div_euclid(step * MINUTE);
                for length in &shift.lengths {
                    let length_us = i64::from(*length) * MINUTE;
                    patterns.push(Pattern {
                        day,
                        date,
                        shift: place,
                        from,
                        until: Timestamp::from_micros(from.micros() + length_us),
                        minute: zone.minute_at(from).1,
                        steps: (first, first + i64::from(*length) / step),
                        paid_min: length.saturating_sub(unpaid),
                        breaks: shift
                            .breaks
                            .iter()
                            .map(|b| {
                                let last = b.until_min.saturating_sub(b.length_min);
                                let begins = (b.from_min..=last).step_by(plan.step_min as usize);
                                let begins = begins.map(|min| i64::from(min) / step).collect();
                                (begins, i64::from(b.length_min) / step)
                            })
                            .collect(),
                    });
                }
            }
        }
    }
}

/// People with the same rules, site, skills, days off and absences, in the order of the plan.
fn classes(
    plan: &Plan,
    required: &Required,
    patterns: &[Pattern],
    of_site: &[std::ops::Range<usize>],
) -> Vec<Class> {
    let mut classes: Vec<Class> = Vec::new();
    let mut known = BTreeMap::new();
    for (place, person) in plan.people.iter().enumerate() {
        let mut skills = 0;
        for (bit, skill) in required.skills.iter().enumerate() {
            if skill.is_empty() || person.skills.contains(skill) {
                skills |= 1 << bit;
            }
        }
        let off: Vec<bool> = Weekday::ALL.iter().map(|d| person.days_off.contains(d)).collect();
        let alike = (
            (person.rules, person.site, skills, off),
            (person.absences.clone(), person.worked_until, person.row_before),
        );
        let at = *known.entry(alike).or_insert_with(|| {
            let rules = &plan.rules[person.rules];
            let rested = person
                .worked_until
                .map(|until| until.micros() + i64::from(rules.rest_min) * MINUTE);
            let may = |p: &Pattern| {
                let span = Span { from: p.from, until: p.until };
                rules.shifts.contains(&p.shift)
                    && !person.days_off.contains(&p.date.weekday())
                    && rested.is_none_or(|rested| p.from.micros() >= rested)
                    && !person
                        .absences
                        .iter()
                        .any(|away| away.contains(span.from) || span.contains(away.from))
            };
            let mine = of_site[person.site].clone().filter(|p| may(&patterns[*p])).collect();
            classes.push(Class { people: vec![], site: person.site, skills, patterns: mine });
            classes.len() - 1
        });
        classes[at].people.push(place);
    }
    classes
}
