//! How many people of each kind work which shift, and when the breaks are: one program for all days.
//!
//! A break of a shift is a number of people for each step at which it may begin (Aykin 1996), so that
//! breaks that do not meet need no product of variants. Hours and days of a week are held for each person
//! by counting people with the same numbers of shifts of each length; rest holds where no more people work
//! a late or an early shift than there are.

use std::{collections::BTreeMap, time::Duration};

use domain::Fault;

use crate::{
    Options, Progress, Unplanned, Watch,
    solver::{Integer, Program, Solved, solve},
    work::{Class, Week, Work},
};

/// People of a class by pattern.
pub type Counts = Vec<BTreeMap<usize, u32>>;

/// A site, skills, a pattern, and the number of a break in it.
type Pause = (usize, usize, usize, usize);

/// Steps after the beginning of the shift at which breaks begin, one for each person.
pub type Breaks = BTreeMap<Pause, Vec<i64>>;

/// People who are at work, as variables with factors, by their skills.
type There = BTreeMap<usize, Vec<(usize, f64)>>;

/// What was chosen.
pub struct Chosen {
    pub counts: Counts,
    pub breaks: Breaks,
    pub bound: Option<f64>,
    pub early: bool,
}

/// The first look is this long, each further one twice the one before.
const FIRST_LOOK: Duration = Duration::from_secs(3);
/// Where time ends, or somebody stops it, before there is anything, it looks this long for something.
const LAST_LOOK: Duration = Duration::from_secs(5);
/// A program with more variables than this is first tried with fewer starts.
const LARGE: usize = 6_000;
/// Most ways to fill a week that are counted one by one; above it only sums are held.
const WEEKS_MAX: usize = 2_000;

/// Chooses shifts and breaks for all.
pub fn choose(work: &Work<'_>, options: Options, watch: &dyn Watch) -> Result<Chosen, Unplanned> {
    let model = Model::new(work, Starts::All).map_err(Unplanned::Faults)?;
    // A third is kept for giving the shifts to people.
    let until = options.time_limit.mul_f64(2.0 / 3.0);
    let (mut best, mut bound, mut look) = (None::<(Vec<f64>, f64)>, None::<f64>, FIRST_LOOK);
    if model.program.variables() > LARGE {
        watch.progress(Progress::Shifts { value: None, bound: None });
        // What is chosen of fewer starts may be chosen of all, but proves nothing of them.
        let few = Model::new(work, Starts::Few).map_err(Unplanned::Faults)?;
        let limit = until.saturating_sub(watch.elapsed()) / 3;
        let found = solve(few.program, None, limit.max(LAST_LOOK), options.gap * 2.0, Some(watch))?;
        best = found.best.map(|found| (found.values, found.cost));
    }
    let mut early = true;
    loop {
        let value = best.as_ref().map(|(_, cost)| *cost);
        watch.progress(Progress::Shifts { value, bound });
        let left = until.saturating_sub(watch.elapsed());
        if left.is_zero() || watch.stop() {
            break;
        }
        // What fewer starts gave is a bad place to begin: the solver would spend its time on mending it.
        let start = best.as_ref().filter(|_| bound.is_some()).map(|(values, _)| values.clone());
        // What would be left over is too short for another look.
        let limit = if left < look * 2 { left } else { look };
        let Solved { best: found, bound: proven, infeasible, stopped } =
            solve(model.program.clone(), start, limit, options.gap, Some(watch))?;
        if infeasible {
            return Err(Unplanned::Faults(vec![impossible()]));
        }
        bound = higher(bound, proven);
        if let Some(found) = found
            && best.as_ref().is_none_or(|(_, cost)| found.cost < *cost)
        {
            best = Some((found.values, found.cost));
        }
        if let (Some((_, cost)), Some(bound)) = (&best, bound)
            && cost - bound <= options.gap * cost.abs() + 1e-6
        {
            early = false;
            break;
        }
        if stopped {
            break;
        }
        // A look that began anew would find nothing again: the next one has all the time there is.
        look = if bound.is_none_or(|bound| bound <= 0.0) { left } else { look * 2 };
    }
    if best.is_none() {
        let last = solve(model.program.clone(), None, LAST_LOOK, options.gap, None)?;
        best = last.best.map(|found| (found.values, found.cost));
        bound = higher(bound, last.bound);
    }
    let Some((values, cost)) = best else { return Err(Unplanned::NothingFound) };
    // Before its first relaxation is solved the solver proves that nothing costs less than nothing.
    let bound = bound.filter(|bound| *bound > 0.0 || cost <= 1e-9);
    let (counts, breaks) = model.read(&values);
    Ok(Chosen { counts, breaks, bound, early })
}

/// What is proven by two looks.
fn higher(one: Option<f64>, other: Option<f64>) -> Option<f64> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.max(other)),
        (one, other) => one.or(other),
    }
}

/// The best breaks for shifts that are fixed.
pub fn breaks_for(
    work: &Work<'_>,
    counts: &Counts,
    watch: &dyn Watch,
) -> Result<Breaks, Unplanned> {
    let mut model = Model::new(work, Starts::All).map_err(Unplanned::Faults)?;
    for (class, pattern, variable) in model.shifts.clone() {
        let count = f64::from(counts[class].get(&pattern).copied().unwrap_or(0));
        model.program.row(count, &[(variable, 1.0)], count);
    }
    watch.progress(Progress::Names { done: work.plan.people.len(), of: work.plan.people.len() });
    let solved = solve(model.program.clone(), None, Duration::from_secs(30), 0.001, None)?;
    let best = solved.best.ok_or(Unplanned::NothingFound)?;
    Ok(model.read(&best.values).1)
}

fn impossible() -> Fault {
    Fault::new(
        "rules",
        "impossible",
        "No roster gives everybody their hours: together, days off, absences, rest, days in a row and seats forbid it.",
        "Lower hours_min, or allow more shifts, days or seats.",
    )
}

/// Which starts of shifts and breaks are open. The variables are the same ones either way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Starts {
    All,
    /// About every fourth of the shifts', every second of the breaks'.
    Few,
}

struct Model<'a, 'w> {
    work: &'a Work<'w>,
    starts: Starts,
    program: Program,
    /// Class, pattern and the variable that counts the people.
    shifts: Vec<(usize, usize, usize)>,
    /// The step at which a break begins, and the variable that counts who has it then.
    breaks: BTreeMap<Pause, Vec<(i64, usize)>>,
}

impl<'a, 'w> Model<'a, 'w> {
    fn new(work: &'a Work<'w>, starts: Starts) -> Result<Self, Vec<Fault>> {
        let program = Program::default();
        let mut model = Self { work, starts, program, shifts: vec![], breaks: BTreeMap::new() };
        let mut faults = Vec::new();
        // For each step and kind of skills, who is at work.
        let mut there: Vec<There> = vec![There::new(); work.required.len()];
        let mut seated: BTreeMap<(usize, i64), Vec<(usize, f64)>> = BTreeMap::new();
        let mut groups: BTreeMap<(usize, usize, usize), Vec<usize>> = BTreeMap::new();
        for (place, class) in work.classes.iter().enumerate() {
            let mut of_pattern = BTreeMap::new();
            for at in &class.patterns {
                let pattern = &work.patterns[*at];
                let paid_h = f64::from(pattern.paid_min) / 60.0;
                let open = starts == Starts::All || model.is_of_few(*at);
                let most = if open { class.people.len() as f64 } else { 0.0 };
                let variable = model.program.variable(paid_h, 0.0, most, Integer::Yes);
                model.shifts.push((place, *at, variable));
                of_pattern.insert(*at, variable);
                groups.entry((class.site, class.skills, *at)).or_default().push(variable);
                for step in pattern.steps.0..pattern.steps.1 {
                    seated.entry((class.site, step)).or_default().push((variable, 1.0));
                    if let Some(step) = usize::try_from(step).ok().and_then(|s| there.get_mut(s)) {
                        step.entry(class.skills).or_default().push((variable, 1.0));
                    }
                }
            }
            if let Err(found) = model.limits(class, &of_pattern) {
                faults.extend(found);
            }
        }
        if !faults.is_empty() {
            return Err(faults);
        }
        model.pauses(&groups, &mut there);
        model.seats(&seated);
        model.covers(&there);
        Ok(model)
    }

    /// Whether a shift is open where few are: the first of its kind always is.
    fn is_of_few(&self, at: usize) -> bool {
        let pattern = &self.work.patterns[at];
        let starts = &self.work.plan.shifts[pattern.shift].starts;
        let place = starts.iter().position(|start| *start == pattern.minute).unwrap_or(0);
        starts.len() <= 6 || place.is_multiple_of(4)
    }

    /// What a class may not do, as far as it can be said of all of them together.
    fn limits(
        &mut self,
        class: &Class,
        of_pattern: &BTreeMap<usize, usize>,
    ) -> Result<(), Vec<Fault>> {
        let work = self.work;
        let all = class.people.len() as f64;
        let person = &work.plan.people[class.people[0]];
        let rules = &work.plan.rules[person.rules];
        let days: Vec<Vec<(usize, f64)>> = (0..work.plan.days as usize)
            .map(|day| {
                let on = of_pattern.iter().filter(|(p, _)| work.patterns[**p].day == day);
                on.map(|(_, variable)| (*variable, 1.0)).collect()
            })
            .collect();
        for day in days.iter().filter(|day| !day.is_empty()) {
            self.program.row(0.0, day, all);
        }
        for (late, early) in work.too_close(&class.patterns, rules.rest_min) {
            let terms: Vec<_> = late.iter().chain(&early).map(|p| (of_pattern[p], 1.0)).collect();
            self.program.row(0.0, &terms, all);
        }
        for (from, until, most) in rows(rules.row_max, person.row_before, days.len()) {
            let terms: Vec<_> = days[from..until].concat();
            if !terms.is_empty() {
                self.program.row(0.0, &terms, all * f64::from(most));
            }
        }
        let mut faults = Vec::new();
        for week in &work.weeks {
            faults.extend(self.week(class, week, of_pattern).err());
        }
        if faults.is_empty() { Ok(()) } else { Err(faults) }
    }

    /// Hours and days of a week, person by person: so many people have so many shifts of each length.
    fn week(
        &mut self,
        class: &Class,
        week: &Week,
        of_pattern: &BTreeMap<usize, usize>,
    ) -> Result<(), Fault> {
        let work = self.work;
        let person = &work.plan.people[class.people[0]];
        let rules = &work.plan.rules[person.rules];
        let all = class.people.len() as f64;
        let mut by_length: BTreeMap<u32, Vec<(usize, f64)>> = BTreeMap::new();
        let mut days: BTreeMap<u32, std::collections::BTreeSet<usize>> = BTreeMap::new();
        for (p, variable) in of_pattern {
            let pattern = &work.patterns[*p];
            if week.days.contains(&pattern.day) {
                by_length.entry(pattern.paid_min).or_default().push((*variable, 1.0));
                days.entry(pattern.paid_min).or_default().insert(pattern.day);
            }
        }
        let least = work.week_least(class, week);
        let lengths: Vec<u32> = by_length.keys().copied().collect();
        let mut on = std::collections::BTreeSet::new();
        on.extend(days.values().flatten().copied());
        let days_max = rules.days_max.min(on.len() as u32);
        let mut fills = Vec::new();
        fill(&lengths, days_max, rules.week_max, &mut vec![], &mut fills);
        let paid = |fill: &[u32]| -> f64 {
            fill.iter().zip(&lengths).map(|(n, length)| f64::from(n * length)).sum()
        };
        let too_many = fills.len() > WEEKS_MAX;
        fills.retain(|fill| paid(fill) >= least - 1e-9);
        if fills.is_empty() && !too_many {
            let message = format!(
                "{} cannot reach {:.1} paid hours in the week of {} with at most {:.1}: shifts, absences and days off leave {days_max} days.",
                person.name,
                least / 60.0,
                week.monday,
                f64::from(rules.week_max) / 60.0
            );
            let next = "Lower hours_min, or allow other shifts or days.";
            return Err(Fault::new("hours_min", "unreachable", message.as_str(), next));
        }
        if !too_many {
            let people: Vec<usize> =
                fills.iter().map(|_| self.program.variable(0.0, 0.0, all, Integer::Yes)).collect();
            let everybody: Vec<_> = people.iter().map(|v| (*v, 1.0)).collect();
            self.program.row(all, &everybody, all);
            for (at, length) in lengths.iter().enumerate() {
                let mut terms = by_length[length].clone();
                terms.extend(people.iter().zip(&fills).map(|(v, fill)| (*v, -f64::from(fill[at]))));
                self.program.row(0.0, &terms, 0.0);
            }
        } else {
            let of = |factor: &dyn Fn(u32) -> f64| -> Vec<(usize, f64)> {
                let each = |(length, terms): (&u32, &Vec<(usize, f64)>)| -> Vec<(usize, f64)> {
                    terms.iter().map(|(v, _)| (*v, factor(*length))).collect()
                };
                by_length.iter().flat_map(each).collect()
            };
            self.program.row(0.0, &of(&|_| 1.0), all * f64::from(days_max));
            let most = f64::from(rules.week_max) * all;
            self.program.row(least * all, &of(&|length| f64::from(length)), most);
        }
        Ok(())
    }

    /// Each shift has each of its breaks at one of the steps where it may begin.
    fn pauses(
        &mut self,
        groups: &BTreeMap<(usize, usize, usize), Vec<usize>>,
        there: &mut [There],
    ) {
        for ((site, skills, at), people) in groups {
            let pattern = &self.work.patterns[*at];
            for (number, (begins, length)) in pattern.breaks.iter().enumerate() {
                let mut when = Vec::new();
                for (place, after) in begins.iter().enumerate() {
                    let begin = pattern.steps.0 + after;
                    let open = self.starts == Starts::All || place.is_multiple_of(2);
                    let most = if open { self.work.plan.people.len() as f64 } else { 0.0 };
                    let pause = self.program.variable(0.0, 0.0, most, Integer::Yes);
                    when.push((*after, pause));
                    for step in begin..begin + length {
                        if let Some(step) =
                            usize::try_from(step).ok().and_then(|s| there.get_mut(s))
                        {
                            step.entry(*skills).or_default().push((pause, -1.0));
                        }
                    }
                }
                let mut terms: Vec<_> = when.iter().map(|(_, pause)| (*pause, 1.0)).collect();
                terms.extend(people.iter().map(|variable| (*variable, -1.0)));
                self.program.row(0.0, &terms, 0.0);
                self.breaks.insert((*site, *skills, *at, number), when);
            }
        }
    }

    fn seats(&mut self, seated: &BTreeMap<(usize, i64), Vec<(usize, f64)>>) {
        for ((site, _), terms) in seated {
            if let Some(seats) = self.work.plan.sites[*site].seats {
                self.program.row(0.0, terms, f64::from(seats));
            }
        }
    }

    /// Who is at work covers what is required, or somebody is missing.
    fn covers(&mut self, there: &[There]) {
        let cost = self.work.plan.cost.short * self.work.step_h;
        for (wanted, on) in self.work.required.iter().zip(there) {
            let asked: Vec<usize> = (0..wanted.len()).filter(|s| wanted[*s] > 0).collect();
            let bits: usize = asked.iter().map(|s| 1 << s).sum();
            let mut able = There::new();
            for (skills, terms) in on {
                if skills & bits != 0 {
                    able.entry(skills & bits).or_default().extend(terms);
                }
            }
            let mut covering = There::new();
            for (skills, terms) in able {
                let can: Vec<usize> =
                    asked.iter().copied().filter(|s| skills >> s & 1 == 1).collect();
                if let [only] = can.as_slice() {
                    covering.entry(*only).or_default().extend(terms);
                    continue;
                }
                // Whoever can do several things does one at a time, which one is open.
                let mut shared: Vec<(usize, f64)> =
                    terms.iter().map(|(variable, factor)| (*variable, -factor)).collect();
                for skill in can {
                    let part = self.program.variable(0.0, 0.0, 1e6, Integer::No);
                    shared.push((part, 1.0));
                    covering.entry(skill).or_default().push((part, 1.0));
                }
                self.program.row(f64::NEG_INFINITY, &shared, 0.0);
            }
            for skill in asked {
                let most = f64::from(wanted[skill]);
                let short = self.program.variable(cost, 0.0, most, Integer::No);
                let mut terms = covering.remove(&skill).unwrap_or_default();
                terms.push((short, 1.0));
                self.program.row(most, &terms, f64::INFINITY);
            }
        }
    }

    fn read(&self, values: &[f64]) -> (Counts, Breaks) {
        let count = |variable: usize| values[variable].round().max(0.0) as u32;
        let mut counts: Counts = vec![BTreeMap::new(); self.work.classes.len()];
        for (class, pattern, variable) in &self.shifts {
            if count(*variable) > 0 {
                counts[*class].insert(*pattern, count(*variable));
            }
        }
        let mut breaks = Breaks::new();
        for (of, when) in &self.breaks {
            let all: Vec<i64> = when
                .iter()
                .flat_map(|(after, variable)| {
                    std::iter::repeat_n(*after, count(*variable) as usize)
                })
                .collect();
            breaks.insert(*of, all);
        }
        (counts, breaks)
    }
}

/// Stretches of days of which at most so many are worked: from, until, most.
pub fn rows(row_max: u32, before: u32, days: usize) -> Vec<(usize, usize, u32)> {
    let long = row_max as usize + 1;
    let mut rows: Vec<_> =
        (0..(days + 1).saturating_sub(long)).map(|from| (from, from + long, row_max)).collect();
    if before > 0 {
        let left = row_max.saturating_sub(before);
        if (left as usize) < days {
            rows.push((0, left as usize + 1, left));
        }
    }
    rows
}

/// All numbers of shifts of each length within a week's days and hours.
fn fill(lengths: &[u32], days: u32, minutes: u32, so_far: &mut Vec<u32>, all: &mut Vec<Vec<u32>>) {
    let Some((length, others)) = lengths.split_first() else {
        all.push(so_far.clone());
        return;
    };
    for count in 0..=days {
        let used = count * length;
        if used > minutes || all.len() > WEEKS_MAX {
            break;
        }
        so_far.push(count);
        fill(others, days - count, minutes - used, so_far, all);
        so_far.pop();
    }
}
