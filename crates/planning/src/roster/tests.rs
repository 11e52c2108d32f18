//! A roster that keeps every rule, and the same roster with each rule broken by one minute, one day or one
//! person.

use domain::{Day, Span, Timestamp, Zone};
use proptest::prelude::*;

use super::*;
use crate::sim::Value;

const PLAN: &str = r#"
zone = "Europe/Paris"
from = 2026-03-23
days = 7
step = "1m"

[[sites]]
name = "Lyon"
seats = 1
[[sites]]
name = "Lille"

[[shifts]]
name = "day"
starts = ["08:00", "22:00"]
length = ["8h", "9h"]
weekdays = ["mon", "tue", "wed", "thu", "fri", "sat"]
sites = ["Lyon"]
breaks = [
    { name = "lunch", length = "30m", from = "3h", until = "5h" },
    { name = "tea", length = "10m", from = "6h", until = "7h", paid = true },
]
[[shifts]]
name = "other"
starts = ["08:00"]
length = "8h"

[[rules]]
name = "full time"
hours_min = "30h"
hours_max = "37h30m"
days_max = 5
days_in_a_row_max = 5
night_rest = "11h"
shifts = ["day"]

[[people]]
name = "Anna"
rules = "full time"
site = "Lyon"
days_off = ["sat"]
"#;

fn day(text: &str) -> Day {
    text.parse().expect("a date")
}

fn read(text: &str) -> Result<Plan, Vec<domain::Fault>> {
    let value: Value = toml::from_str(text).expect("TOML");
    Plan::read(&value, day("2026-01-05"))
}

fn plan() -> Plan {
    read(PLAN).expect("a plan")
}

fn later(at: Timestamp, minutes: i64) -> Timestamp {
    Timestamp::from_micros(at.micros() + minutes * 60_000_000)
}

/// A shift of `day` with its breaks, from this minute of that day.
fn duty(plan: &Plan, date: Day, minute: u16, length: i64) -> Duty {
    let from = plan.zone.opening(date, minute);
    let pause =
        |at: i64, length: i64| Span { from: later(from, at), until: later(from, at + length) };
    Duty {
        person: 0,
        day: date,
        from,
        until: later(from, length),
        shift: 0,
        breaks: vec![pause(200, 30), pause(370, 10)],
    }
}

/// Monday to Friday from 08:00 to 16:00: 37 h 30 min paid.
fn roster(plan: &Plan) -> Roster {
    Roster { duties: (0..5).map(|n| duty(plan, plan.from.plus(n), 480, 480)).collect() }
}

fn rules_broken(roster: &Roster, plan: &Plan) -> Vec<&'static str> {
    let mut rules: Vec<&str> = check(roster, plan).into_iter().map(|breach| breach.rule).collect();
    rules.dedup();
    rules
}

#[test]
fn a_roster_that_keeps_the_rules_has_no_breach() {
    let plan = plan();
    assert_eq!(check(&roster(&plan), &plan), []);
}

#[test]
fn each_rule_broken_by_the_least_there_is_is_caught() {
    type Bend = fn(&mut Plan, &mut Roster);
    let cases: Vec<(&str, Bend)> = vec![
        ("starts", |_, r| {
            let d = &mut r.duties[0];
            (d.from, d.until) = (later(d.from, 1), later(d.until, 1));
        }),
        ("lengths", |_, r| r.duties[0].until = later(r.duties[0].until, -1)),
        ("hours_max", |p, _| p.rules[0].week_max -= 1),
        ("hours_min", |p, _| p.rules[0].week_min = 37 * 60 + 31),
        ("days_max", |p, _| p.rules[0].days_max = 4),
        ("days_in_a_row_max", |p, _| p.rules[0].row_max = 4),
        ("days_in_a_row_max", |p, _| p.people[0].row_before = 1),
        ("night_rest", |p, _| p.rules[0].rest_min = 16 * 60 + 1),
        ("night_rest", |p, r| {
            p.people[0].worked_until = Some(later(r.duties[0].from, 1 - 11 * 60));
        }),
        ("absences", |p, r| {
            let from = later(r.duties[2].until, -1);
            p.people[0].absences.push(Span { from, until: later(from, 60) });
            p.rules[0].week_min = 0;
        }),
        ("absences", |p, r| {
            let until = later(r.duties[2].from, 1);
            p.people[0].absences.push(Span { from: later(until, -60), until });
        }),
        ("days_off", |p, _| p.people[0].days_off.push(domain::calendar::Weekday::Friday)),
        ("weekdays", |p, _| {
            p.shifts[0].weekdays.retain(|d| *d != domain::calendar::Weekday::Friday);
        }),
        ("sites", |p, _| p.people[0].site = 1),
        ("shifts", |p, _| p.rules[0].shifts = vec![1]),
        ("seats", |p, _| p.sites[0].seats = Some(0)),
        ("from", |p, _| {
            p.days = 4;
            p.rules[0].week_min = 0;
        }),
        ("breaks", |_, r| r.duties[0].breaks[0].until = later(r.duties[0].breaks[0].until, 1)),
        ("breaks", |_, r| {
            let from = later(r.duties[0].from, 179);
            r.duties[0].breaks[0] = Span { from, until: later(from, 30) };
        }),
        ("breaks", |_, r| {
            let from = later(r.duties[0].from, 411);
            r.duties[0].breaks[1] = Span { from, until: later(from, 10) };
        }),
        ("people", |_, r| r.duties[0].person = 1),
    ];
    for (rule, bend) in cases {
        let mut plan = plan();
        let mut roster = roster(&plan);
        bend(&mut plan, &mut roster);
        let found = check(&roster, &plan);
        assert!(found.iter().any(|breach| breach.rule == rule), "{rule}: {found:?}");
        assert!(found.iter().all(|b| b.message.ends_with('.')), "{found:?}");
    }
    // A break that is missing also leaves its half hour paid.
    let plan = plan();
    let mut roster = roster(&plan);
    roster.duties[0].breaks.pop();
    assert_eq!(rules_broken(&roster, &plan), ["breaks"]);
    let twice = roster.duties[1].clone();
    roster.duties.push(twice);
    assert!(rules_broken(&roster, &plan).contains(&"people"), "two shifts on one day");
}

#[test]
fn the_night_in_which_clocks_change_is_as_long_as_it_is() {
    // In Paris 2026-03-29 has 23 hours. A shift that ends at 21:00 on Saturday and one that begins at 08:00 on
    // Sunday are 10 real hours apart; a week before or after they are 11.
    let mut plan = plan();
    plan.days = 14;
    plan.shifts[0].starts = vec![480, 720];
    plan.shifts[0].weekdays = domain::calendar::Weekday::ALL.to_vec();
    plan.people[0].days_off.clear();
    plan.rules[0].week_min = 0;
    let night = |saturday: &str| {
        let saturday = day(saturday);
        let duties = vec![duty(&plan, saturday, 720, 540), duty(&plan, saturday.next(), 480, 480)];
        check(&Roster { duties }, &plan)
    };
    assert_eq!(night("2026-04-04"), []);
    let found = night("2026-03-28");
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].message.contains("10 h 00 min of rest before 2026-03-29"), "{found:?}");
    // In October the same night is an hour longer: a rest of 12 hours is kept then, and only then.
    let (mut autumn, mut spring) = (plan.clone(), plan.clone());
    autumn.from = day("2026-10-19");
    for plan in [&mut autumn, &mut spring] {
        plan.rules[0].rest_min = 12 * 60;
    }
    let saturday = day("2026-10-24");
    let duties = vec![duty(&autumn, saturday, 720, 540), duty(&autumn, saturday.next(), 480, 480)];
    assert_eq!(check(&Roster { duties }, &autumn), []);
    // A night shift of nine hours that begins at 22:00 ends at 06:00 or at 08:00, and is nine hours paid.
    let ends = |date: &str| {
        let duty = duty(&plan, day(date), 1320, 540);
        plan.zone.minute_at(duty.until).1 / 60
    };
    assert_eq!((ends("2026-10-24"), ends("2026-03-28"), ends("2026-03-21")), (6, 8, 7));
}

#[test]
fn a_full_site_is_told_once_and_names_the_moment() {
    let mut plan = plan();
    plan.people.push(Person { name: "Ben".into(), ..plan.people[0].clone() });
    let mut roster = roster(&plan);
    roster.duties.extend(roster.duties.clone().into_iter().map(|d| Duty { person: 1, ..d }));
    let seats: Vec<_> =
        check(&roster, &plan).into_iter().filter(|breach| breach.rule == "seats").collect();
    assert_eq!(seats.len(), 5, "{seats:?}");
    assert!(seats[0].message.contains("Lyon has 2 people at 2026-03-23T08:00"), "{seats:?}");
}

#[test]
fn cover_counts_whole_steps_without_breaks_and_finds_who_can_help() {
    let mut plan = plan();
    plan.step_min = 15;
    let rows = vec![(plan.from, 480, vec![1]), (plan.from, 495, vec![2])];
    let required = Required::new(vec![String::new()], 15, rows).expect("required");
    let found = cover(&roster(&plan), &plan, &required);
    assert_eq!(found.moments.len(), 7 * 96 - 4, "the last day has 23 hours");
    assert_eq!((found.required_min, found.short_min), (45, 15));
    // Five shifts of 8 h; the lunch from 11:20 to 11:50 touches three quarters, the tea at 14:10 two.
    assert_eq!(found.on_duty_min, 5 * (480 - 45 - 30));
    let cost = price(&roster(&plan), &plan, &found);
    assert!((cost.value - (37.5 + 10.0 * 0.25)).abs() < 1e-9, "{cost:?}");
    // One who can do both, one who can do A alone: A asks for one and B for one, so nobody is missing;
    // two for B are one too many, and no help for A.
    plan.people[0].skills = vec!["A".into(), "B".into()];
    plan.people.push(Person {
        name: "Ben".into(),
        skills: vec!["A".into()],
        ..plan.people[0].clone()
    });
    let mut two = roster(&plan);
    two.duties.extend(two.duties.clone().into_iter().map(|d| Duty { person: 1, ..d }));
    for (wanted, short) in [([1, 1], 0), ([2, 0], 0), ([0, 2], 1), ([2, 1], 1), ([3, 2], 3)] {
        let rows = vec![(plan.from, 480, wanted.to_vec())];
        let required = Required::new(vec!["A".into(), "B".into()], 15, rows).expect("required");
        let found = cover(&two, &plan, &required);
        assert_eq!(found.short_min, short * 15, "{wanted:?}");
    }
}

#[test]
fn every_fault_of_a_plan_is_named_at_once() {
    let faults = read(
        r#"
zone = "Paris"
days = 40
step = "90s"
colour = "blue"
[[shifts]]
name = "day"
starts = { from = "09:00", until = "08:00", every = "30m" }
length = "20h"
weekdays = ["monday"]
breaks = [{ length = "30m", from = "3h", until = "3h10m" }]
[[rules]]
name = "full time"
hours_min = "40h"
hours_max = "30h"
shifts = ["night"]
[[people]]
name = "Anna"
rules = "half time"
absences = [{ from = 2026-03-04, until = 2026-03-02 }]
wishes = [{ off = true, from = "08:00" }]
[[people]]
name = "Anna"
"#,
    )
    .expect_err("faults");
    let fields: Vec<&str> = faults.iter().map(|fault| fault.field.as_str()).collect();
    for field in [
        "zone",
        "days",
        "step",
        "colour",
        "shifts[0].starts.until",
        "shifts[0].length",
        "shifts[0].weekdays",
        "shifts[0].breaks[0].until",
        "rules[0].hours_min",
        "rules[0].shifts",
        "people[0].rules",
        "people[0].absences[0].until",
        "people[0].wishes[0].day",
        "people[0].wishes[0].off",
        "people[1].name",
    ] {
        assert!(fields.contains(&field), "{field} is not in {fields:?}");
    }
}

#[test]
fn what_is_required_is_read_from_a_table() {
    let read =
        Required::read_csv("from,agents\n2026-03-02T09:30,4\n2026-03-02T09:00,3\n").expect("read");
    assert_eq!((read.interval_min, read.first_day()), (30, day("2026-03-02")));
    assert_eq!(read.at(day("2026-03-02"), 9 * 60 + 59), [4]);
    assert_eq!(read.at(day("2026-03-03"), 9 * 60), [0], "nothing is said of that day");
    let faults =
        Required::read_csv("from,agents\n2026-03-02T09:30,four\n2.3.2026,4\n2026-03-02T10:00\n")
            .expect_err("faults");
    let lines: Vec<&str> = faults.iter().map(|fault| fault.field.as_str()).collect();
    assert_eq!(lines, ["line 2", "line 3", "line 4"]);
    assert!(Required::read_csv("").is_err());
    assert!(Required::read_csv("from,agents\n").is_err(), "nobody is required");
    let twice = Required::read_csv(
        "from,agents\n2026-03-02T09:30,4\n2026-03-02T10:00,4\n2026-03-02T10:00,4\n",
    );
    assert_eq!(twice.expect_err("twice")[0].code, "twice");
    let columns = Required::read_csv("from,sales,sales\n2026-03-02T09:30,4,5\n");
    assert_eq!(columns.expect_err("two columns of one skill")[0].code, "twice");
}

#[test]
fn what_is_required_is_read_from_a_staffing() {
    let text = r#"{"interval": 1800.0, "intervals": [
        {"from": "2026-03-02T09:00", "required_agents": 3, "scheduled_agents": 5},
        {"from": "2026-03-02T09:30", "required_agents": 0, "scheduled_agents": 0}]}"#;
    let value: Value = serde_json::from_str(text).expect("JSON");
    let read = Required::read_staffing(&value, "", "scheduled_agents").expect("read");
    assert_eq!(read.at(day("2026-03-02"), 9 * 60), [5]);
    let both = read
        .named("sales")
        .and(Required::read_staffing(&value, "service", "required_agents").expect("read"))
        .expect("both");
    assert_eq!(both.at(day("2026-03-02"), 9 * 60), [5, 3]);
    for (from, to) in [("1800.0", "1000"), ("2026-03-02T09:30", "half past"), (": 5", ": -5")] {
        let value: Value = serde_json::from_str(&text.replace(from, to)).expect("JSON");
        assert!(Required::read_staffing(&value, "", "scheduled_agents").is_err(), "{to}");
    }
}

proptest! {
    /// Moving a shift of a good roster by minutes is caught, unless it is moved to where it may be.
    #[test]
    fn a_shift_moved_by_minutes_is_caught(which in 0_usize..5, by in -600_i64..600) {
        let plan = plan();
        let mut moved = roster(&plan);
        let duty = &mut moved.duties[which];
        (duty.from, duty.until) = (later(duty.from, by), later(duty.until, by));
        for pause in &mut duty.breaks {
            (pause.from, pause.until) = (later(pause.from, by), later(pause.until, by));
        }
        prop_assert_eq!(check(&moved, &plan).is_empty(), by == 0);
    }

    /// Whatever a file says, it is read or refused with sentences, and never panics.
    #[test]
    fn any_file_is_read_or_refused(cut in 0_usize..PLAN.len(), with in "[ -~]{0,12}", drop in 0_usize..40) {
        let end = (cut + drop).min(PLAN.len());
        let text = format!("{}{with}{}", &PLAN[..cut], &PLAN[end..]);
        if let Ok(value) = toml::from_str::<Value>(&text)
            && let Err(faults) = Plan::read(&value, day("2026-01-05"))
        {
            prop_assert!(!faults.is_empty());
            prop_assert!(faults.iter().all(|f| !f.message.is_empty() && !f.next.is_empty()));
        }
    }

    /// The same of a table of required agents.
    #[test]
    fn any_table_is_read_or_refused(text in "(from,agents\n)?([0-9T:,a-z \n-]{0,80})") {
        if let Err(faults) = Required::read_csv(&text) {
            prop_assert!(!faults.is_empty());
        }
    }
}

#[test]
fn utc_is_a_zone_of_plans_that_name_none() {
    let text = PLAN.replace("zone = \"Europe/Paris\"\n", "");
    assert_eq!(read(&text).expect("a plan").zone, Zone::get("UTC").expect("UTC"));
}
