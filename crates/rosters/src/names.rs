//! Who takes which of the chosen shifts: a program for some thirty people at a time, with every rule of
//! each and their wishes.

use std::{collections::BTreeMap, time::Duration};

use domain::{Span, Timestamp};
use planning::roster::{Duty, Roster, WishFor};

use crate::{
    Options, Progress, Unplanned, Watch,
    shifts::{Breaks, Chosen, Counts, rows},
    solver::{Integer, Program, solve},
    work::{Class, MINUTE, Pattern, Work},
};

/// Most people of one program; more who are alike are dealt out over several.
const TOGETHER: usize = 30;
/// Longest time for one program of names, as a share of what is left for all of them.
const LEAST_LIMIT: Duration = Duration::from_secs(2);
/// How often shifts that were left over are tried again with others.
const ROUNDS: usize = 20;

/// Who has which shifts.
pub struct Given {
    /// For each person, by their place in the plan, their patterns.
    pub patterns: Vec<Vec<usize>>,
    /// The same as counts, to compare with what was chosen.
    pub counts: Counts,
    pub early: bool,
}

/// Gives the chosen shifts to people.
pub fn give(
    work: &Work<'_>,
    chosen: &Chosen,
    options: Options,
    watch: &dyn Watch,
) -> Result<Given, Unplanned> {
    let mut patterns: Vec<Vec<usize>> = vec![Vec::new(); work.plan.people.len()];
    let tables: usize = work.classes.iter().map(|c| c.people.len().div_ceil(TOGETHER)).sum();
    let (mut done, mut left, mut early) = (0, tables, false);
    let mut seated = Seated::new(work, &chosen.counts);
    for (class, counts) in work.classes.iter().zip(&chosen.counts) {
        let mut over: BTreeMap<usize, u32> = BTreeMap::new();
        for (people, mut share) in deal(work, class, counts) {
            seated.change(work, class.site, &over, 1);
            for (pattern, count) in std::mem::take(&mut over) {
                *share.entry(pattern).or_default() += count;
            }
            let limit = limit(options, watch, left);
            left -= 1;
            let table = Table { work, class, people: &people, share: &share };
            over = table.give(limit, &mut seated, &mut patterns)?;
            done += people.len();
            watch.progress(Progress::Names { done, of: work.plan.people.len() });
        }
        let mut round = 0;
        while !over.is_empty() && round < ROUNDS && class.people.len() > TOGETHER {
            if watch.stop() || watch.elapsed() > options.time_limit {
                early = true;
                break;
            }
            over = again(work, class, round, over, LEAST_LIMIT, &mut seated, &mut patterns)?;
            round += 1;
        }
    }
    let mut counts: Counts = vec![BTreeMap::new(); work.classes.len()];
    for (class, counts) in work.classes.iter().zip(&mut counts) {
        for pattern in class.people.iter().flat_map(|person| &patterns[*person]) {
            *counts.entry(*pattern).or_default() += 1;
        }
    }
    Ok(Given { patterns, counts, early })
}

fn limit(options: Options, watch: &dyn Watch, left: usize) -> Duration {
    if watch.stop() {
        return LEAST_LIMIT;
    }
    let rest = options.time_limit.saturating_sub(watch.elapsed());
    (rest / u32::try_from(left.max(1)).unwrap_or(u32::MAX)).max(LEAST_LIMIT)
}

/// Deals the shifts of a class out over tables of people, so that each gets its part of every length.
fn deal(
    work: &Work<'_>,
    class: &Class,
    counts: &BTreeMap<usize, u32>,
) -> Vec<(Vec<usize>, BTreeMap<usize, u32>)> {
    let tables = class.people.len().div_ceil(TOGETHER).max(1);
    let mut dealt: Vec<(Vec<usize>, BTreeMap<usize, u32>)> = vec![Default::default(); tables];
    for (place, person) in class.people.iter().enumerate() {
        dealt[place % tables].0.push(*person);
    }
    let mut order: Vec<usize> = counts.keys().copied().collect();
    order.sort_by_key(|p| (work.patterns[*p].day, work.patterns[*p].from, *p));
    let mut given: BTreeMap<u32, Vec<f64>> = BTreeMap::new();
    let mut on_day: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for pattern in order {
        let Pattern { day, paid_min, .. } = work.patterns[pattern];
        for _ in 0..counts[&pattern] {
            let given = given.entry(paid_min).or_insert_with(|| vec![0.0; tables]);
            let today = on_day.entry(day).or_insert_with(|| vec![0; tables]);
            let behind = |table: &usize| given[*table] / dealt[*table].0.len() as f64;
            let open = (0..tables).filter(|table| today[*table] < dealt[*table].0.len());
            // Whoever has the least for each head; then the first.
            let Some(table) = open.min_by(|a, b| behind(a).total_cmp(&behind(b))) else { continue };
            given[table] += 1.0;
            today[table] += 1;
            *dealt[table].1.entry(pattern).or_default() += 1;
        }
    }
    dealt
}

/// Others of a class, further on each round, may be able to take what is left over. Where nothing is found
/// everybody keeps what they have.
fn again(
    work: &Work<'_>,
    class: &Class,
    round: usize,
    over: BTreeMap<usize, u32>,
    limit: Duration,
    seated: &mut Seated,
    patterns: &mut [Vec<usize>],
) -> Result<BTreeMap<usize, u32>, Unplanned> {
    let from = round * TOGETHER / 2;
    let people: Vec<usize> =
        (0..TOGETHER).map(|n| class.people[(from + n) % class.people.len()]).collect();
    let mut share = over.clone();
    for pattern in people.iter().flat_map(|person| &patterns[*person]) {
        *share.entry(*pattern).or_default() += 1;
    }
    // Nobody sits where shifts are left over: they take a seat again when they are dealt anew.
    seated.change(work, class.site, &over, 1);
    let table = Table { work, class, people: &people, share: &share };
    match table.give(limit, seated, patterns) {
        Err(Unplanned::NothingFound | Unplanned::Faults(_)) => {
            seated.change(work, class.site, &over, -1);
            Ok(over)
        }
        given => given,
    }
}

/// How many people sit in each site with seats, step by step: what was given, and what is still to be.
struct Seated(BTreeMap<(usize, i64), i64>);

impl Seated {
    fn new(work: &Work<'_>, counts: &Counts) -> Self {
        let mut seated = Self(BTreeMap::new());
        for (class, counts) in work.classes.iter().zip(counts) {
            seated.change(work, class.site, counts, 1);
        }
        seated
    }

    fn change(&mut self, work: &Work<'_>, site: usize, counts: &BTreeMap<usize, u32>, by: i64) {
        if work.plan.sites[site].seats.is_none() {
            return;
        }
        for (pattern, count) in counts {
            let (from, until) = work.patterns[*pattern].steps;
            for step in from..until {
                *self.0.entry((site, step)).or_default() += by * i64::from(*count);
            }
        }
        self.0.retain(|_, people| *people != 0);
    }
}

/// People who share shifts out among them.
struct Table<'a> {
    work: &'a Work<'a>,
    class: &'a Class,
    people: &'a [usize],
    /// The shifts, which are seated already.
    share: &'a BTreeMap<usize, u32>,
}

/// The program of a table.
struct Sharing {
    program: Program,
    /// Person, pattern, and whether they work it.
    taking: Vec<(usize, usize, usize)>,
}

impl Table<'_> {
    /// Gives the shifts to the people; what nobody could take comes back, and has no seat any more.
    fn give(
        &self,
        limit: Duration,
        seated: &mut Seated,
        patterns: &mut [Vec<usize>],
    ) -> Result<BTreeMap<usize, u32>, Unplanned> {
        let Self { work, class, people, share } = *self;
        let dealt: Vec<usize> = share.keys().copied().collect();
        let mut impossible = true;
        // Where what was dealt does not give everybody their hours, any shift may be added.
        for offered in [&dealt, &class.patterns] {
            let Sharing { program, taking } = self.program(offered, seated);
            let solved = solve(program, None, limit, 0.002, None)?;
            impossible &= solved.infeasible;
            let Some(best) = solved.best else { continue };
            let mut over = share.clone();
            let mut given: BTreeMap<usize, u32> = BTreeMap::new();
            for person in people {
                patterns[*person].clear();
            }
            for (person, pattern, variable) in taking {
                if best.values[variable] > 0.5 {
                    patterns[person].push(pattern);
                    *given.entry(pattern).or_default() += 1;
                    if let Some(left) = over.get_mut(&pattern) {
                        *left = left.saturating_sub(1);
                    }
                }
            }
            seated.change(work, class.site, share, -1);
            seated.change(work, class.site, &given, 1);
            over.retain(|_, left| *left > 0);
            return Ok(over);
        }
        Err(if impossible { self.impossible() } else { Unplanned::NothingFound })
    }

    fn impossible(&self) -> Unplanned {
        let names = self.people.iter().take(3).map(|at| self.work.plan.people[*at].name.as_str());
        let names: Vec<&str> = names.collect();
        let more = self.people.len().saturating_sub(names.len());
        let more = if more > 0 { format!(" and {more} like them") } else { String::new() };
        let message = format!(
            "Days off, absences, rest, days in a row and seats leave {}{more} no roster that gives everybody their hours.",
            names.join(", ")
        );
        let next = "Lower hours_min, or allow more shifts, days or seats.";
        Unplanned::Faults(vec![domain::Fault::new("rules", "impossible", message.as_str(), next)])
    }

    fn program(&self, offered: &[usize], seated: &Seated) -> Sharing {
        let Self { work, class, people, share } = *self;
        let mut program = Program::default();
        let mut taking = Vec::new();
        let mut takers: BTreeMap<usize, Vec<(usize, f64)>> = BTreeMap::new();
        let missing = work.plan.cost.short.max(2.0);
        let close = {
            let person = &work.plan.people[people[0]];
            work.too_close(offered, work.plan.rules[person.rules].rest_min)
        };
        for person in people {
            let mut mine: BTreeMap<usize, usize> = BTreeMap::new();
            for at in offered {
                let cost =
                    work.plan.cost.wish * f64::from(wishes(work, *person, &work.patterns[*at]));
                let variable = program.variable(cost, 0.0, 1.0, Integer::Yes);
                taking.push((*person, *at, variable));
                takers.entry(*at).or_default().push((variable, 1.0));
                mine.insert(*at, variable);
            }
            limits(work, class, *person, &mine, &close, &mut program);
        }
        let seats = work.plan.sites[class.site].seats;
        let mut sitting: BTreeMap<i64, Vec<(usize, f64)>> = BTreeMap::new();
        for (at, mut terms) in takers {
            let pattern = &work.patterns[at];
            let paid_h = f64::from(pattern.paid_min) / 60.0;
            let wanted = f64::from(share.get(&at).copied().unwrap_or(0));
            let (left, more) = (
                program.variable(missing * paid_h, 0.0, wanted, Integer::Yes),
                program.variable(paid_h, 0.0, people.len() as f64, Integer::Yes),
            );
            terms.extend([(left, 1.0), (more, -1.0)]);
            program.row(wanted, &terms, wanted);
            for step in pattern.steps.0..pattern.steps.1 {
                if seats.is_some() {
                    sitting.entry(step).or_default().extend([(more, 1.0), (left, -1.0)]);
                }
            }
        }
        // Shifts that are added need a seat that no other has.
        for (step, terms) in sitting {
            let taken = seated.0.get(&(class.site, step)).copied().unwrap_or(0);
            let free = seats.map_or(0, i64::from) - taken;
            program.row(f64::NEG_INFINITY, &terms, free as f64);
        }
        Sharing { program, taking }
    }
}

/// How many wishes of a person a shift would not grant.
fn wishes(work: &Work<'_>, person: usize, pattern: &Pattern) -> u32 {
    let of_day = work.plan.people[person].wishes.iter().filter(|wish| wish.day == pattern.date);
    of_day
        .map(|wish| match wish.what {
            WishFor::Off => 1,
            WishFor::Start { from, until } => {
                u32::from(pattern.minute < from || pattern.minute > until)
            }
        })
        .sum()
}

/// Everything that one person may not do.
fn limits(
    work: &Work<'_>,
    class: &Class,
    person: usize,
    mine: &BTreeMap<usize, usize>,
    close: &[(Vec<usize>, Vec<usize>)],
    program: &mut Program,
) {
    let person = &work.plan.people[person];
    let rules = &work.plan.rules[person.rules];
    let days: Vec<Vec<(usize, f64)>> = (0..work.plan.days as usize)
        .map(|day| {
            let on = mine.iter().filter(|(at, _)| work.patterns[**at].day == day);
            on.map(|(_, variable)| (*variable, 1.0)).collect()
        })
        .collect();
    for day in days.iter().filter(|day| day.len() > 1) {
        program.row(0.0, day, 1.0);
    }
    for (late, early) in close {
        let terms: Vec<_> = late.iter().chain(early).map(|at| (mine[at], 1.0)).collect();
        program.row(0.0, &terms, 1.0);
    }
    for (from, until, most) in rows(rules.row_max, person.row_before, days.len()) {
        let terms = days[from..until].concat();
        if terms.len() > most as usize {
            program.row(0.0, &terms, f64::from(most));
        }
    }
    for week in &work.weeks {
        let terms = days[week.days.clone()].concat();
        program.row(0.0, &terms, f64::from(rules.days_max));
        let paid: Vec<(usize, f64)> = mine
            .iter()
            .filter(|(at, _)| week.days.contains(&work.patterns[**at].day))
            .map(|(at, variable)| (*variable, f64::from(work.patterns[*at].paid_min)))
            .collect();
        // Whole minutes are paid: a least that is no whole minute is reached with the next one.
        let least = (work.week_least(class, week) - 1e-6).ceil().max(0.0);
        program.row(least, &paid, f64::from(rules.week_max));
    }
}

/// The roster of what was given, with its breaks.
pub fn roster(work: &Work<'_>, given: &Given, breaks: &Breaks) -> Roster {
    let mut used: BTreeMap<(usize, usize, usize), usize> = BTreeMap::new();
    let mut duties = Vec::new();
    for class in &work.classes {
        for person in &class.people {
            let mut mine = given.patterns[*person].clone();
            mine.sort_unstable();
            for at in mine {
                let pattern = &work.patterns[at];
                let nth = used.entry((class.site, class.skills, at)).or_default();
                let pauses =
                    pattern.breaks.iter().enumerate().filter_map(|(number, (_, length))| {
                        let all = breaks.get(&(class.site, class.skills, at, number))?;
                        // Who has an early lunch has a late tea: each break is dealt from another place.
                        let after = all.get((*nth + number * all.len() / 2) % all.len().max(1))?;
                        let step = i64::from(work.plan.step_min) * MINUTE;
                        let from = pattern.from.micros() + after * step;
                        let until = Timestamp::from_micros(from + length * step);
                        Some(Span { from: Timestamp::from_micros(from), until })
                    });
                duties.push(Duty {
                    person: *person,
                    day: pattern.date,
                    from: pattern.from,
                    until: pattern.until,
                    shift: pattern.shift,
                    breaks: pauses.collect(),
                });
                *nth += 1;
            }
        }
    }
    duties.sort();
    Roster { duties }
}

#[cfg(test)]
mod tests {
    use domain::Day;
    use planning::{
        roster::{Plan, Required},
        sim::Value,
    };

    use super::*;

    /// Two sites' worth of people in one room of `seats`: two of the morning who have their hours, one of
    /// any time who has not.
    fn room(seats: u32, hours_min: &str) -> (Plan, Required) {
        let text = format!(
            r#"
days = 7
step = "60m"
[[sites]]
name = "room"
seats = {seats}
[[shifts]]
name = "s"
starts = ["08:00", "12:00"]
length = "8h"
weekdays = ["mon"]
[[rules]]
name = "none"
hours_max = "40h"
[[rules]]
name = "some"
hours_min = "{hours_min}"
hours_max = "40h"
[[people]]
name = "Ann"
rules = "none"
count = 2
[[people]]
name = "Ben"
rules = "some"
"#
        );
        let value: Value = toml::from_str(&text).expect("TOML");
        let monday: Day = "2026-03-02".parse().expect("a date");
        let plan = Plan::read(&value, monday).unwrap_or_else(|faults| panic!("{faults:?}"));
        let rows = vec![(monday, 480, vec![2])];
        (plan, Required::new(vec![String::new()], 60, rows).expect("required"))
    }

    #[test]
    fn a_shift_that_is_added_for_somebodys_hours_has_a_seat() {
        const SOON: Duration = Duration::from_secs(10);
        for (seats, want) in [(3, Ok(1)), (2, Err(()))] {
            let (plan, required) = room(seats, "8h");
            let work = Work::new(&plan, &required).expect("work");
            let counts = vec![BTreeMap::from([(0, 2)]), BTreeMap::new()];
            let mut seated = Seated::new(&work, &counts);
            let mut patterns = vec![vec![0], vec![0], vec![]];
            let share = BTreeMap::new();
            let (class, people) = (&work.classes[1], [2]);
            let table = Table { work: &work, class, people: &people, share: &share };
            // Both shifts overlap, so with two seats Ben has none at either time.
            let given = table.give(SOON, &mut seated, &mut patterns).map(|_| patterns[2].len());
            match (given, want) {
                (Ok(given), Ok(want)) => assert_eq!(given, want),
                (Err(Unplanned::Faults(faults)), Err(())) => {
                    assert_eq!(faults[0].code, "impossible");
                    assert!(faults[0].message.to_string().contains("Ben"), "{faults:?}");
                }
                (given, want) => panic!("{seats} seats: {given:?} and not {want:?}"),
            }
        }
    }

    #[test]
    fn a_round_without_an_answer_leaves_everybody_what_they_have() {
        let (plan, required) = room(2, "0h");
        let work = Work::new(&plan, &required).expect("work");
        let mut seated = Seated::new(&work, &vec![BTreeMap::from([(0, 1)]), BTreeMap::new()]);
        let before = seated.0.clone();
        let mut patterns = vec![vec![0], vec![], vec![]];
        // Monday's first shift left over, and a solver without any time.
        let over = BTreeMap::from([(1, 1)]);
        let left = again(
            &work,
            &work.classes[0],
            0,
            over.clone(),
            Duration::ZERO,
            &mut seated,
            &mut patterns,
        );
        let left = left.expect("no failure");
        assert_eq!(left, over);
        assert_eq!((patterns[0].as_slice(), &seated.0), ([0].as_slice(), &before));
    }
}
