//! Opening hours against the wall clocks of five zones.

#![allow(clippy::unwrap_used, reason = "a test that cannot parse its own input should fail")]

use domain::{
    Calendar, CalendarId, Timeline, Timestamp, Zone,
    calendar::{Closure, DayRange, Holiday, MinuteOfDay, Weekday, WeeklyRange},
    zone::Day,
};
use proptest::prelude::*;
use std::time::Duration;

fn minute(text: &str) -> MinuteOfDay {
    text.parse().unwrap()
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn range(text: &str) -> DayRange {
    let (from, until) = text.split_once('-').unwrap();
    DayRange { from: minute(from), until: minute(until) }
}

fn on(days: &[Weekday], hours: &str) -> WeeklyRange {
    let DayRange { from, until } = range(hours);
    WeeklyRange { days: days.to_vec(), from, until }
}

fn calendar(zone: &str, weekly: Vec<WeeklyRange>) -> Calendar {
    Calendar {
        id: CalendarId::from_u128(1),
        name: "Office".to_owned(),
        zone: zone.to_owned(),
        weekly,
        holidays: Vec::new(),
        closures: Vec::new(),
    }
}

fn daily(zone: &str, hours: &[&str]) -> Calendar {
    calendar(zone, hours.iter().map(|hours| on(&Weekday::ALL, hours)).collect())
}

/// The changes strictly inside a horizon, as text: `+` for an opening, `-` for a closing.
fn changes(calendar: &Calendar, from: &str, until: &str) -> String {
    let timeline = calendar.compile(at(from), at(until)).unwrap();
    assert_eq!(timeline.changes[0].0, at(from), "the first change is at the start");
    assert_eq!(timeline.compiled_until, at(until));
    let sign = |open: &bool| if *open { '+' } else { '-' };
    let rest = timeline.changes[1..].iter().map(|(at, open)| format!(" {}{at}", sign(open)));
    format!("{}{}", sign(&timeline.changes[0].1), rest.collect::<String>())
}

#[test]
fn several_periods_a_day_a_holiday_and_a_closure() {
    let mut paris = calendar(
        "Europe/Paris",
        vec![
            on(&Weekday::ALL[..5], "09:00-12:30"),
            on(&Weekday::ALL[..5], "14:00-18:00"),
            on(&[Weekday::Saturday], "09:00-12:00"),
        ],
    );
    // Monday 2026-06-01, in summer time: 09:00 is 07:00Z.
    assert_eq!(
        changes(&paris, "2026-06-01T00:00:00Z", "2026-06-02T00:00:00Z"),
        "- +2026-06-01T07:00:00Z -2026-06-01T10:30:00Z +2026-06-01T12:00:00Z -2026-06-01T16:00:00Z"
    );
    paris.holidays.push(Holiday {
        date: "2026-06-01".to_owned(),
        name: "Inventory".to_owned(),
        hours: vec![range("10:00-11:00")],
    });
    assert_eq!(
        changes(&paris, "2026-06-01T00:00:00Z", "2026-06-02T00:00:00Z"),
        "- +2026-06-01T08:00:00Z -2026-06-01T09:00:00Z"
    );
    paris.closures.push(Closure {
        from: "2026-06-01T10:30".to_owned(),
        until: "2026-06-02T15:00".to_owned(),
        reason: "Fire drill".to_owned(),
    });
    assert_eq!(
        changes(&paris, "2026-06-01T00:00:00Z", "2026-06-02T20:00:00Z"),
        "- +2026-06-01T08:00:00Z -2026-06-01T08:30:00Z +2026-06-02T13:00:00Z -2026-06-02T16:00:00Z"
    );
    // The horizon may begin in the middle of an opening.
    assert!(changes(&paris, "2026-06-02T15:00:00Z", "2026-06-03T00:00:00Z").starts_with("+ -"));
}

#[test]
fn a_timeline_answers_before_between_and_after_its_changes() {
    let second = Timestamp::from_secs;
    let timeline = Timeline {
        changes: vec![(second(10), 'a'), (second(20), 'b')],
        compiled_until: second(30),
    };
    for (secs, value, next) in [
        (9, None, Some(10)),
        (10, Some('a'), Some(20)),
        (19, Some('a'), Some(20)),
        (20, Some('b'), None),
        (99, Some('b'), None),
    ] {
        assert_eq!(timeline.at(second(secs)).copied(), value, "at {secs}");
        let change = timeline.next_change(second(secs)).map(|(at, _)| *at);
        assert_eq!(change, next.map(second), "after {secs}");
    }
    let constant = Timeline::constant(7);
    assert_eq!(
        (constant.at(Timestamp::MIN), constant.next_change(Timestamp::MIN)),
        (Some(&7), None)
    );
}

#[test]
fn a_horizon_may_begin_at_an_opening_or_a_closing() {
    let kathmandu = daily("Asia/Kathmandu", &["09:00-17:30"]);
    let from = |from| changes(&kathmandu, from, "2026-07-02T00:00:00Z");
    assert_eq!(from("2026-07-01T03:15:00Z"), "+ -2026-07-01T11:45:00Z");
    assert_eq!(from("2026-07-01T11:45:00Z"), "-");
}

#[test]
fn round_the_clock_never_changes() {
    let always = daily("America/New_York", &["00:00-24:00"]);
    assert_eq!(changes(&always, "2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z"), "+");
    let never = daily("America/New_York", &[]);
    assert_eq!(changes(&never, "2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z"), "-");
}

#[test]
fn a_gap_moves_forward_and_a_fold_opens_first_and_closes_last() {
    let cases = [
        // Paris, 2026-03-29: 02:00 becomes 03:00 at 01:00Z.
        (
            "Europe/Paris",
            "02:30-04:00",
            "2026-03-29T00:00:00Z",
            "- +2026-03-29T01:00:00Z -2026-03-29T02:00:00Z",
        ),
        (
            "Europe/Paris",
            "01:30-02:30",
            "2026-03-29T00:00:00Z",
            "- +2026-03-29T00:30:00Z -2026-03-29T01:00:00Z",
        ),
        ("Europe/Paris", "02:10-02:50", "2026-03-29T00:00:00Z", "-"),
        // Paris, 2026-10-25: 03:00 becomes 02:00 at 01:00Z.
        (
            "Europe/Paris",
            "02:30-04:00",
            "2026-10-25T00:00:00Z",
            "- +2026-10-25T00:30:00Z -2026-10-25T03:00:00Z",
        ),
        ("Europe/Paris", "01:00-02:30", "2026-10-25T00:00:00Z", "+ -2026-10-25T01:30:00Z"),
        // New York, 2026-03-08: 02:00 becomes 03:00 at 07:00Z; 2026-11-01: 02:00 becomes 01:00 at 06:00Z.
        (
            "America/New_York",
            "02:15-03:30",
            "2026-03-08T06:00:00Z",
            "- +2026-03-08T07:00:00Z -2026-03-08T07:30:00Z",
        ),
        (
            "America/New_York",
            "01:30-09:00",
            "2026-11-01T05:00:00Z",
            "- +2026-11-01T05:30:00Z -2026-11-01T14:00:00Z",
        ),
        (
            "America/New_York",
            "00:30-01:30",
            "2026-11-01T04:00:00Z",
            "- +2026-11-01T04:30:00Z -2026-11-01T06:30:00Z",
        ),
        // Lord Howe moves by 30 minutes: 2026-10-04 02:00 becomes 02:30 at 15:30Z the day before;
        // 2026-04-05 02:00 becomes 01:30 at 15:00Z the day before.
        (
            "Australia/Lord_Howe",
            "02:15-03:00",
            "2026-10-03T15:00:00Z",
            "- +2026-10-03T15:30:00Z -2026-10-03T16:00:00Z",
        ),
        (
            "Australia/Lord_Howe",
            "01:45-03:00",
            "2026-04-04T14:00:00Z",
            "- +2026-04-04T14:45:00Z -2026-04-04T16:30:00Z",
        ),
        (
            "Australia/Lord_Howe",
            "01:00-01:45",
            "2026-04-04T13:00:00Z",
            "- +2026-04-04T14:00:00Z -2026-04-04T15:15:00Z",
        ),
        // Cairo changes at midnight: 2026-04-24 00:00 becomes 01:00 at 22:00Z the day before;
        // 2026-10-30 00:00 becomes 23:00 of the 29th at 21:00Z.
        (
            "Africa/Cairo",
            "00:00-02:00",
            "2026-04-23T21:00:00Z",
            "- +2026-04-23T22:00:00Z -2026-04-23T23:00:00Z",
        ),
        (
            "Africa/Cairo",
            "22:00-24:00",
            "2026-10-29T18:00:00Z",
            "- +2026-10-29T19:00:00Z -2026-10-29T22:00:00Z",
        ),
        // São Paulo, 2018-11-04: 00:00 becomes 01:00 at 03:00Z.
        (
            "America/Sao_Paulo",
            "00:30-08:00",
            "2018-11-04T02:00:00Z",
            "- +2018-11-04T03:00:00Z -2018-11-04T10:00:00Z",
        ),
        // Kathmandu is 5:45 ahead and never changes.
        (
            "Asia/Kathmandu",
            "09:00-17:30",
            "2026-07-01T00:00:00Z",
            "- +2026-07-01T03:15:00Z -2026-07-01T11:45:00Z",
        ),
    ];
    for (zone, hours, from, want) in cases {
        let until = at(from) + Duration::from_secs(12 * 3600);
        let got = changes(&daily(zone, &[hours]), from, &until.to_string());
        assert_eq!(got, want, "{zone} {hours} from {from}");
    }
}

#[test]
fn a_closure_covers_both_passes_of_a_fold() {
    let mut paris = daily("Europe/Paris", &["00:00-24:00"]);
    paris.closures.push(Closure {
        from: "2026-10-25T02:15".to_owned(),
        until: "2026-10-25T02:45".to_owned(),
        reason: "Maintenance".to_owned(),
    });
    assert_eq!(
        changes(&paris, "2026-10-25T00:00:00Z", "2026-10-25T04:00:00Z"),
        "+ -2026-10-25T00:15:00Z +2026-10-25T01:45:00Z"
    );
}

#[test]
fn each_fault_has_its_field_and_code() {
    type Spoil = fn(&mut Calendar);
    let cases: [(&str, &str, Spoil); 14] = [
        ("name", "name_missing", |c| c.name = " ".to_owned()),
        ("zone", "unknown_zone", |c| c.zone = "Europe/Pariss".to_owned()),
        ("zone", "unknown_zone", |c| c.zone = String::new()),
        ("zone", "unknown_zone", |c| c.zone = "Etc/Unknown".to_owned()),
        ("weekly[1].days", "days_missing", |c| c.weekly.push(on(&[], "08:00-09:00"))),
        ("weekly[1]", "range_reversed", |c| c.weekly.push(on(&[Weekday::Sunday], "22:00-06:00"))),
        ("weekly[1]", "range_overlap", |c| c.weekly.push(on(&[Weekday::Monday], "11:59-13:00"))),
        ("holidays[0].date", "bad_date", |c| c.holidays[0].date = "2026-02-30".to_owned()),
        ("holidays[0].date", "bad_date", |c| c.holidays[0].date = "20261225".to_owned()),
        ("holidays[1].date", "holiday_repeated", |c| c.holidays.push(c.holidays[0].clone())),
        ("holidays[0].hours[0]", "range_reversed", |c| {
            c.holidays[0].hours = vec![range("10:00-10:00")]
        }),
        ("holidays[0].hours[1]", "range_overlap", |c| {
            c.holidays[0].hours = vec![range("10:00-12:00"), range("11:00-13:00")];
        }),
        ("closures[0].until", "bad_date_time", |c| {
            c.closures[0].until = "2026-07-14T25:00".to_owned()
        }),
        ("closures[0]", "closure_reversed", |c| c.closures[0].until = c.closures[0].from.clone()),
    ];
    let mut sound = calendar("Europe/Paris", vec![on(&Weekday::ALL[..5], "09:00-12:00")]);
    sound.holidays.push(Holiday {
        date: "2026-12-25".to_owned(),
        name: "Christmas".to_owned(),
        hours: Vec::new(),
    });
    sound.closures.push(Closure {
        from: "2026-07-14T00:00".to_owned(),
        until: "2026-07-14T24:00".to_owned(),
        reason: "Works".to_owned(),
    });
    assert_eq!(sound.validate(), []);
    let mut all = sound.clone();
    for (field, code, spoil) in cases {
        let mut calendar = sound.clone();
        spoil(&mut calendar);
        let faults = calendar.validate();
        let got: Vec<_> = faults.iter().map(|f| (f.field.as_str(), f.code.as_str())).collect();
        assert_eq!(got, [(field, code)]);
        assert!(!faults[0].message.is_empty() && !faults[0].next.is_empty(), "{code}");
        let refused = calendar.compile(at("2026-01-01T00:00:00Z"), at("2026-02-01T00:00:00Z"));
        assert_eq!(refused, Err(faults), "what is faulty is not compiled");
    }
    // Several faults come together.
    all.name = String::new();
    all.zone = "Mars/Olympus".to_owned();
    all.weekly.push(on(&[], "09:00-08:00"));
    all.closures[0].from = "tomorrow".to_owned();
    assert_eq!(all.validate().len(), 5);
}

#[test]
fn a_bad_horizon_is_a_fault_and_no_panic() {
    let paris = daily("Europe/Paris", &["09:00-17:00"]);
    let day = at("2026-01-01T00:00:00Z");
    for (from, until) in [
        (day, day),
        (Timestamp::MIN, day),
        (day, Timestamp::MAX),
        (day, day + Duration::from_secs(20 * 366 * 86_400)),
    ] {
        let codes = paris.compile(from, until).unwrap_err();
        assert_eq!(codes[0].code, "bad_horizon", "{from} to {until}");
    }
}

#[test]
fn local_time_is_told_with_its_offset() {
    for (name, instant, want) in [
        ("Europe/Paris", "2026-11-22T08:00:00Z", "2026-11-22T09:00:00+01:00"),
        // The same hour twice, told apart by the offset.
        ("Europe/Paris", "2026-10-25T00:30:00Z", "2026-10-25T02:30:00+02:00"),
        ("Europe/Paris", "2026-10-25T01:30:00Z", "2026-10-25T02:30:00+01:00"),
        ("Asia/Kathmandu", "2026-11-22T08:00:00Z", "2026-11-22T13:45:00+05:45"),
        ("UTC", "2026-11-22T08:00:00Z", "2026-11-22T08:00:00+00:00"),
    ] {
        assert_eq!(Zone::get(name).unwrap().local(at(instant)), want);
    }
}

#[test]
fn intervals_of_a_day_follow_the_clock() {
    let quarter = Duration::from_secs(900);
    for (name, day, count, hours) in [
        ("Europe/Paris", "2026-03-29", 92, 23.0),
        ("Europe/Paris", "2026-06-01", 96, 24.0),
        ("Europe/Paris", "2026-10-25", 100, 25.0),
        ("Australia/Lord_Howe", "2026-10-04", 94, 23.5),
        ("Australia/Lord_Howe", "2026-04-05", 98, 24.5),
        ("Africa/Cairo", "2026-04-24", 92, 23.0),
        ("Africa/Cairo", "2026-10-29", 100, 25.0),
        ("Asia/Kathmandu", "2026-10-29", 96, 24.0),
        // St John's changed at 00:01, back across midnight: the day that had begun goes on.
        ("America/St_Johns", "2008-11-02", 100, 25.0),
    ] {
        let zone = Zone::get(name).unwrap();
        let day = zone.day(day.parse().unwrap());
        let intervals = zone.intervals(day.from, day.until, quarter);
        assert_eq!(intervals.len(), count, "{name} {day:?}");
        assert!((day.length().as_secs_f64() / 3600.0 - hours).abs() < 1e-9, "{name}");
        assert_eq!((intervals[0].from, intervals[count - 1].until), (day.from, day.until));
        assert!(intervals.windows(2).all(|w| w[0].until == w[1].from));
        assert!(intervals.iter().all(|i| i.length() == quarter));
        assert!(intervals.iter().all(|i| zone.interval_at(i.from, quarter) == *i));
    }
    let paris = Zone::get("Europe/Paris").unwrap();
    assert_eq!(paris.intervals(Timestamp::MAX, Timestamp::MAX, quarter), []);
    assert!(paris.intervals(Timestamp::MIN, Timestamp::MIN + quarter, quarter).len() <= 1);
}

const ZONES: [&str; 6] = [
    "Europe/Paris",
    "America/New_York",
    "Australia/Lord_Howe",
    "Africa/Cairo",
    "America/Havana",
    "Asia/Kathmandu",
];

prop_compose! {
    fn any_range()(a in 0_u16..1440, b in 1_u16..=1440) -> (u16, u16) {
        (a.min(b - 1), b.max(a + 1))
    }
}

proptest! {
    /// Outside the repeated hour of a fold, a calendar is open exactly when the wall clock says so.
    #[test]
    fn a_timeline_agrees_with_the_wall_clock(
        zone in proptest::sample::select(&ZONES[..]),
        ranges in proptest::collection::vec((0_usize..7, any_range()), 0..5),
        closed in any_range(),
        start_day in 0_i64..360,
        minutes in proptest::collection::vec(0_i64..3 * 1440, 50),
    ) {
        let minute_of = |m: u16| MinuteOfDay::from_minutes(m).unwrap();
        let mut kept: Vec<(usize, (u16, u16))> = Vec::new();
        for (day, (from, until)) in ranges {
            if kept.iter().all(|(d, (f, u))| *d != day || *u <= from || until <= *f) {
                kept.push((day, (from, until)));
            }
        }
        let mut calendar = calendar(zone, kept.iter().map(|(day, (from, until))| WeeklyRange {
            days: vec![Weekday::ALL[*day]], from: minute_of(*from), until: minute_of(*until),
        }).collect());
        let start = at("2026-01-01T00:00:00Z") + Duration::from_secs(start_day as u64 * 86_400);
        let zone = Zone::get(zone).unwrap();
        let closed_day = zone.day_at(start).next();
        calendar.closures.push(Closure {
            from: format!("{closed_day}T{}", minute_of(closed.0)),
            until: format!("{closed_day}T{}", minute_of(closed.1)),
            reason: "Works".to_owned(),
        });
        let end = start + Duration::from_secs(3 * 86_400);
        let timeline = calendar.compile(start, end).unwrap();
        prop_assert!(timeline.changes.windows(2).all(|w| w[0].0 < w[1].0 && w[0].1 != w[1].1));
        for minute in minutes {
            let instant = start + Duration::from_secs(minute as u64 * 60);
            let (day, on_clock) = zone.minute_at(instant);
            if zone.opening(day, on_clock) != zone.closing(day, on_clock) {
                continue;
            }
            let open = kept.iter().any(|(d, (from, until))| {
                Weekday::ALL[*d] == day.weekday() && (*from..*until).contains(&on_clock)
            });
            let closed = day == closed_day && (closed.0..closed.1).contains(&on_clock);
            prop_assert_eq!(
                timeline.at(instant).copied(), Some(open && !closed), "{} {:?} {}", instant, day, on_clock
            );
        }
    }

    #[test]
    fn every_instant_is_in_its_day_and_its_interval(
        zone in proptest::sample::select(&ZONES[..]), secs in -2_000_000_000_i64..8_000_000_000,
    ) {
        let zone = Zone::get(zone).unwrap();
        let instant = Timestamp::from_secs(secs);
        prop_assert!(zone.day(zone.day_at(instant)).contains(instant));
        prop_assert!(zone.interval_at(instant, Duration::from_secs(900)).contains(instant));
    }

    #[test]
    fn days_read_back_as_written(text in "[0-9]{4}-[0-9]{2}-[0-9]{2}|.{0,12}") {
        if let Ok(day) = text.parse::<Day>() {
            prop_assert_eq!(day.to_string(), text);
        }
    }
}
