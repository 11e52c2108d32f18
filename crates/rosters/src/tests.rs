//! Known answers, and small plans whose best roster is found by trying every one.

use std::time::Duration;

use domain::{Day, Span, Timestamp};
use planning::{
    roster::{Duty, Plan, Required, Roster, check, cover, price},
    sim::Value,
};
use proptest::prelude::*;

use super::*;

/// Nobody waits: time stands still and nobody stops it.
struct Patient;

impl Watch for Patient {
    fn elapsed(&self) -> Duration {
        Duration::ZERO
    }

    fn stop(&self) -> bool {
        false
    }

    fn progress(&self, _: Progress) {}
}

fn read(text: &str) -> Plan {
    let value: Value = toml::from_str(text).expect("TOML");
    let monday: Day = "2026-03-02".parse().expect("a date");
    Plan::read(&value, monday).unwrap_or_else(|faults| panic!("{faults:?}"))
}

/// A roster that the checker finds good, with what it costs and what is proven.
fn planned(plan: &Plan, required: &Required) -> (Roster, f64, f64) {
    let options = Options { gap: 0.0, ..Options::default() };
    let answer = super::plan(plan, required, options, &Patient).expect("a roster");
    assert_eq!(check(&answer.roster, plan), []);
    let value = price(&answer.roster, plan, &cover(&answer.roster, plan, required)).value;
    let bound = answer.bound.expect("a bound");
    assert!(bound <= value + 1e-6, "nothing costs less than {bound}, and this {value}");
    (answer.roster, value, bound)
}

fn whole_day(of: &[(u16, u16, u32)]) -> Required {
    let monday: Day = "2026-03-02".parse().expect("a date");
    let mut rows = Vec::new();
    for (from, until, agents) in of {
        for hour in *from..*until {
            rows.push((monday.plus(i64::from(hour / 24)), hour % 24 * 60, vec![*agents]));
        }
    }
    Required::new(vec![String::new()], 60, rows).expect("required")
}

/// Hillier & Lieberman, Introduction to Operations Research, section 3.4 (Union Airways): five shifts of
/// eight hours. With equal pay 176 people are least: 79 for 8 to 10, 82 for 18 to 20, 15 for the night.
fn airline() -> (Plan, Required) {
    let plan = read(
        r#"
days = 2
step = "60m"
cost = { short = 1000, wish = 0 }
shifts = [{ name = "s", starts = ["06:00", "08:00", "12:00", "16:00", "22:00"], length = "8h" }]
rules = [{ name = "r", hours_max = "8h" }]
people = [{ name = "agent", count = 200 }]
"#,
    );
    let required = whole_day(&[
        (6, 8, 48),
        (8, 10, 79),
        (10, 12, 65),
        (12, 14, 87),
        (14, 16, 64),
        (16, 18, 73),
        (18, 20, 82),
        (20, 22, 43),
        (22, 24, 52),
        (24, 30, 15),
    ]);
    (plan, required)
}

#[test]
fn the_airline_of_the_textbook() {
    let (plan, required) = airline();
    let (roster, value, bound) = planned(&plan, &required);
    assert_eq!(roster.duties.len(), 176);
    assert!((value - 1408.0).abs() < 1e-6 && (bound - 1408.0).abs() < 1e-3, "{value} {bound}");
}

#[test]
fn the_airline_at_its_own_pay() {
    // The book's own objective: 30,610 dollars a day with 48, 31, 39, 43 and 15 people.
    let mut program = Program::default();
    let shifts: Vec<usize> = [170.0, 160.0, 175.0, 180.0, 195.0]
        .map(|pay| program.variable(pay, 0.0, 1000.0, Integer::Yes))
        .to_vec();
    let rows: [(f64, &[usize]); 10] = [
        (48.0, &[0]),
        (79.0, &[0, 1]),
        (65.0, &[0, 1]),
        (87.0, &[0, 1, 2]),
        (64.0, &[1, 2]),
        (73.0, &[2, 3]),
        (82.0, &[2, 3]),
        (43.0, &[3]),
        (52.0, &[3, 4]),
        (15.0, &[4]),
    ];
    for (least, at_work) in rows {
        let terms: Vec<(usize, f64)> = at_work.iter().map(|s| (shifts[*s], 1.0)).collect();
        program.row(least, &terms, f64::INFINITY);
    }
    let solved = solve(program, None, Duration::from_secs(20), 0.0, None).expect("solved");
    let best = solved.best.expect("a solution");
    assert!((best.cost - 30_610.0).abs() < 1e-6, "{best:?}");
    assert_eq!(best.values, [48.0, 31.0, 39.0, 43.0, 15.0]);
    assert!((solved.bound.expect("proven") - 30_610.0).abs() < 1e-3);
}

/// Required agents by weekday as in Winston, Operations Research (Post Office): 17, 13, 15, 19, 14, 16, 11,
/// 105 in all. With any two days off 21 people are enough, and with 20 five of the 105 are missing.
#[test]
fn days_off_of_a_week() {
    for (people, days, missing) in [(21, 105, 0.0), (20, 100, 5.0), (25, 105, 0.0)] {
        let plan = read(&format!(
            r#"
step = "60m"
cost = {{ short = 10, wish = 0 }}
shifts = [{{ name = "s", starts = ["08:00"], length = "8h" }}]
rules = [{{ name = "r", hours_max = "40h", days_max = 5 }}]
people = [{{ name = "clerk", count = {people} }}]
"#
        ));
        let agents = [17, 13, 15, 19, 14, 16, 11];
        let rows = (0..7).flat_map(|day| {
            (8..16).map(move |hour| (plan_day(day), hour * 60, vec![agents[day as usize]]))
        });
        let required = Required::new(vec![String::new()], 60, rows.collect()).expect("required");
        let (roster, value, bound) = planned(&plan, &required);
        assert_eq!(roster.duties.len(), days, "{people} people");
        let want = 8.0 * (days as f64 + 10.0 * missing);
        assert!((value - want).abs() < 1e-6 && (bound - want).abs() < 1e-3, "{value} {bound}");
    }
}

fn plan_day(day: i64) -> Day {
    "2026-03-02".parse::<Day>().expect("a date").plus(day)
}

#[test]
fn breaks_are_where_they_hurt_least() {
    // Two people from 08:00 to 14:00, one of whom must be there at any time: their lunches must not meet.
    let plan = read(
        r#"
days = 1
step = "30m"
rules = [{ name = "r", hours_max = "40h" }]
people = [{ name = "agent", count = 2 }]
[[shifts]]
name = "s"
starts = ["08:00"]
length = "6h"
breaks = [
    { name = "lunch", length = "30m", from = "2h", until = "3h" },
    { name = "tea", length = "30m", from = "4h", until = "5h", paid = true },
]
"#,
    );
    let (roster, value, bound) = planned(&plan, &whole_day(&[(8, 14, 1)]));
    assert_eq!(roster.duties.len(), 2, "one alone would leave an hour empty");
    assert!((value - 11.0).abs() < 1e-6 && (bound - 11.0).abs() < 1e-3, "{value} {bound}");
}

#[test]
fn wishes_are_granted_where_somebody_else_can() {
    let plan = read(
        r#"
days = 2
step = "60m"
shifts = [{ name = "s", starts = ["08:00", "10:00"], length = "4h" }]
rules = [{ name = "r", hours_max = "4h" }]
[[people]]
name = "Anna"
wishes = [{ day = 2026-03-02, off = true }, { weekday = "tue", from = "09:00", until = "11:00" }]
[[people]]
name = "Ben"
wishes = [{ day = 2026-03-02, from = "09:00", until = "12:00" }]
"#,
    );
    let required = whole_day(&[(10, 14, 1), (34, 38, 1)]);
    let (roster, value, _) = planned(&plan, &required);
    assert!((value - 8.0).abs() < 1e-6, "{value}");
    let who: Vec<usize> = roster.duties.iter().map(|duty| duty.person).collect();
    assert_eq!(who, [0, 1]);
    assert_eq!((roster.duties[0].day, roster.duties[1].day), (plan_day(1), plan_day(0)));
}

#[test]
fn what_cannot_be_kept_is_said_with_names() {
    let text = |people: &str| {
        format!(
            r#"
step = "60m"
shifts = [{{ name = "s", starts = ["08:00"], length = "8h" }}]
rules = [{{ name = "r", hours_min = "40h", hours_max = "40h" }}]
sites = [{{ name = "Lyon", seats = 1 }}]
{people}
"#
        )
    };
    let fails = |people: &str, required: &Required| match super::plan(
        &read(&text(people)),
        required,
        Options::default(),
        &Patient,
    ) {
        Err(Unplanned::Faults(faults)) => faults,
        other => panic!("{other:?}"),
    };
    let required = whole_day(&[(8, 16, 1)]);
    let faults =
        fails("people = [{ name = \"Anna\", days_off = [\"mon\", \"tue\", \"wed\"] }]", &required);
    assert!(faults[0].message.contains("Anna cannot reach 40.0 paid hours"), "{faults:?}");
    let faults = fails("people = [{ name = \"Anna\" }, { name = \"Ben\" }]", &required);
    assert_eq!(faults[0].code, "impossible", "ten days of work on seven seats: {faults:?}");
    let rows = vec![(plan_day(0), 480, vec![1])];
    let french = Required::new(vec!["French".into()], 60, rows).expect("required");
    assert_eq!(fails("people = [{ name = \"Anna\" }]", &french)[0].code, "nobody");
    let rows = vec![(plan_day(30), 480, vec![1])];
    let far = Required::new(vec![String::new()], 60, rows).expect("required");
    assert_eq!(fails("people = [{ name = \"Anna\" }]", &far)[0].code, "empty");
}

#[test]
fn a_night_shift_over_the_change_of_clocks() {
    // 2026-03-28 to 29 in Paris: the night has eleven hours less one. Two people are needed in turn, since
    // nobody may work both the evening and the next morning.
    let plan = read(
        r#"
zone = "Europe/Paris"
from = 2026-03-28
days = 2
step = "60m"
cost = { short = 100, wish = 0 }
shifts = [{ name = "s", starts = ["08:00", "13:00"], length = "8h" }]
rules = [{ name = "r", hours_max = "80h", night_rest = "11h", days_max = 7 }]
people = [{ name = "agent", count = 2 }]
"#,
    );
    let day = |text: &str| text.parse::<Day>().expect("a date");
    let mut rows = Vec::new();
    for hour in 13..21 {
        rows.push((day("2026-03-28"), hour * 60, vec![1]));
    }
    for hour in 8..16 {
        rows.push((day("2026-03-29"), hour * 60, vec![1]));
    }
    let required = Required::new(vec![String::new()], 60, rows.clone()).expect("required");
    let (roster, value, _) = planned(&plan, &required);
    assert!((value - 16.0).abs() < 1e-6, "{value}");
    assert_ne!(roster.duties[0].person, roster.duties[1].person);
    // A week earlier one may do both: 21:00 to 08:00 are eleven hours.
    let mut earlier = plan.clone();
    earlier.from = day("2026-03-21");
    earlier.people.truncate(1);
    let rows = rows.into_iter().map(|(day, minute, n)| (day.plus(-7), minute, n)).collect();
    let required = Required::new(vec![String::new()], 60, rows).expect("required");
    let (_, value, _) = planned(&earlier, &required);
    assert!((value - 16.0).abs() < 1e-6, "{value}");
}

/// The least that any roster of a small plan costs: every choice of everybody is tried.
fn by_trying(plan: &Plan, required: &Required) -> f64 {
    let mut choices: Vec<Vec<Duty>> = vec![Vec::new()];
    let mut all: Vec<Vec<Duty>> = vec![Vec::new()];
    for person in 0..plan.people.len() {
        for day in 0..plan.days {
            choices.clear();
            choices.push(Vec::new());
            choices.extend(duties(plan, person, plan.from.plus(i64::from(day))).map(|d| vec![d]));
            all = all
                .iter()
                .flat_map(|so_far| {
                    choices.iter().map(|choice| [so_far.clone(), choice.clone()].concat())
                })
                .collect();
        }
    }
    all.into_iter()
        .map(|duties| Roster { duties })
        .filter(|roster| check(roster, plan).is_empty())
        .map(|roster| price(&roster, plan, &cover(&roster, plan, required)).value)
        .fold(f64::INFINITY, f64::min)
}

fn duties(plan: &Plan, person: usize, day: Day) -> impl Iterator<Item = Duty> {
    let shift = plan.shifts[0].clone();
    let zone = plan.zone.clone();
    let later =
        |at: Timestamp, min: u32| Timestamp::from_micros(at.micros() + i64::from(min) * 60_000_000);
    shift.starts.clone().into_iter().flat_map(move |start| {
        let from = zone.opening(day, start);
        let pause = shift.breaks[0].clone();
        let begins = (pause.from_min..=pause.until_min - pause.length_min).step_by(60);
        begins
            .map(|begin| Duty {
                person,
                day,
                from,
                until: later(from, shift.lengths[0]),
                shift: 0,
                breaks: vec![Span {
                    from: later(from, begin),
                    until: later(from, begin + pause.length_min),
                }],
            })
            .collect::<Vec<_>>()
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    /// Where every roster can be tried, the one that is made costs no more than the least of them but for
    /// wishes, and the bound is not above that.
    #[test]
    fn nothing_better_is_missed(
        agents in prop::collection::vec(0_u32..3, 16),
        rest in 0_u32..20,
        hours in 4_u32..9,
        off in any::<bool>(),
        skilled in any::<bool>(),
    ) {
        let (off, skill) = (if off { "[\"tue\"]" } else { "[]" }, if skilled { "[\"A\", \"B\"]" } else { "[\"B\"]" });
        let plan = read(&format!(r#"
days = 2
step = "60m"
cost = {{ short = 3, wish = 0 }}
shifts = [{{ name = "s", starts = ["06:00", "11:00"], length = "5h", breaks = [{{ length = "1h", from = "1h", until = "3h" }}] }}]
rules = [{{ name = "r", hours_max = "{hours}h", night_rest = "{rest}h" }}]
people = [{{ name = "Anna", days_off = {off}, skills = ["A"] }}, {{ name = "Ben", skills = {skill} }}]
"#));
        let rows = agents.iter().enumerate().map(|(n, agents)| {
            let (day, hour) = (n as i64 / 8, 7 + n as u16 % 8);
            (plan_day(day), hour * 60, vec![*agents, u32::from(hour == 9)])
        });
        let required = Required::new(vec!["A".into(), "B".into()], 60, rows.collect()).expect("required");
        let (_, value, bound) = planned(&plan, &required);
        let least = by_trying(&plan, &required);
        prop_assert!((value - least).abs() < 1e-6, "{value} where {least} is possible, bound {bound}");
        prop_assert!(bound <= least + 1e-4, "bound {bound} above {least}");
    }
}
