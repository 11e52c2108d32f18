//! Series with known answers.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::*;

/// Weekdays of `weeks` weeks from a Monday, 08:00 to 12:00 in half-hours; `count` says each slot.
fn file(weeks: i64, count: impl Fn(i64, usize) -> Option<f64>) -> String {
    let monday = number_of("2026-01-05".parse().expect("a day"));
    let mut text = String::from("datetime,calls\n");
    for number in monday..monday + 7 * weeks {
        let day = day_of(number).expect("in range");
        for slot in 16..24 {
            if let Some(count) = count(number - monday, slot) {
                text += &format!("{day}T{:02}:{:02},{count}\n", slot / 2, slot % 2 * 30);
            }
        }
    }
    text
}

fn weekday_only(day: i64) -> bool {
    day % 7 < 5
}

/// Mondays bring twice a day, and the second hour twice the first.
fn exact(day: i64, slot: usize) -> Option<f64> {
    let by_day = if day % 7 == 0 { 2.0 } else { 1.0 };
    weekday_only(day).then_some(by_day * if slot < 20 { 30.0 } else { 60.0 })
}

fn read(text: &str) -> History {
    History::read(text, Gaps::Refuse).expect("a good file")
}

#[test]
fn a_series_without_chance_is_said_exactly_and_closed_days_stay_closed() {
    let history = read(&file(8, exact));
    assert_eq!((history.step_s(), history.days()), (1800, 40));
    let said = forecast(&history, &Options::default()).expect("enough history");
    assert_eq!(said.slots.len(), 5 * 8, "no weekend");
    assert_eq!(said.slots[0].day.to_string(), "2026-03-02");
    assert_eq!(said.slots[0].second, 8 * 3600);
    assert_eq!(said.method, "seasonal_naive", "of those that are exact, the plainest");
    for (i, slot) in said.slots.iter().enumerate() {
        let want = exact(i as i64 / 8, 16 + i % 8).expect("open");
        assert!((slot.contacts - want).abs() < 1e-9, "{slot:?}");
    }
}

#[test]
fn days_of_a_journal_say_the_same_as_a_file() {
    let of_file = read(&file(8, exact));
    let monday: Day = "2026-01-05".parse().expect("a day");
    let days: Vec<(Day, Vec<f64>)> = (0..8 * 7)
        .map(|day| {
            let counts = (0..48).map(|slot| match slot {
                16..24 => exact(day, slot).unwrap_or(0.0),
                _ => 0.0,
            });
            (monday.plus(day), counts.collect())
        })
        .collect();
    let of_journal = History::of_days(1800, days.clone()).expect("good days");
    assert_eq!(of_journal, of_file, "weekends are closed, and so is the night");
    // A day without anybody is none of its weekday: nobody worked.
    let mut with_gap = days.clone();
    with_gap[9].1.fill(0.0);
    let history = History::of_days(1800, with_gap).expect("good days");
    assert_eq!(history.left_out(), [(monday.plus(9), "nobody came")]);
    assert_eq!(history.open(0), Some((16, 24)));
    let nobody = days.iter().map(|(day, _)| (*day, vec![0.0; 48])).collect();
    assert_eq!(History::of_days(1800, nobody).expect_err("nobody")[0].code, "no_history");
    let reversed = days.into_iter().rev().collect();
    assert!(History::of_days(1800, reversed).is_err());
    assert!(History::of_days(7, Vec::new()).is_err());
}

#[test]
fn a_wide_file_says_the_same_as_a_long_one() {
    let long = read(&file(3, exact));
    let mut wide = String::from("date,08:00,08:30,09:00,09:30,10:00,10:30,11:00,11:30\n");
    for place in 0..long.days() {
        let (day, counts) = long.counts(place).expect("there");
        let cells: Vec<String> = counts[16..24].iter().map(f64::to_string).collect();
        wide += &format!("{day},{}\n", cells.join(","));
    }
    assert_eq!(read(&wide), long);
}

#[test]
fn slots_add_up() {
    let hours = read(&file(3, exact)).in_slots_of(3600).expect("a multiple");
    let (_, counts) = hours.counts(1).expect("a Tuesday");
    assert_eq!(counts[7..13], [0.0, 60.0, 60.0, 120.0, 120.0, 0.0]);
    for seconds in [0, 900, 2700, 50_000] {
        assert!(read(&file(3, exact)).in_slots_of(seconds).is_err(), "{seconds}");
    }
}

#[test]
fn what_is_wrong_with_a_file_is_said_with_its_line() {
    let good = file(2, exact);
    let line = |n: usize| good.lines().nth(n - 1).expect("a line").to_owned();
    let with = |from: &str, to: &str| good.replacen(from, to, 1);
    let without = |n: usize| with(&format!("{}\n", line(n)), "");
    for (text, code, said) in [
        (String::new(), "empty", "datetime,calls"),
        ("when,what\n1,2\n".to_owned(), "unknown_format", "`when,what`"),
        (with(&line(5), &format!("{}\n{}", line(5), line(5))), "doubled_row", "line 6"),
        (with(&line(5), &format!("{}\n{}", line(6), line(5))), "unsorted_row", "line 6"),
        (with("T08:00,", "T08:00Z,"), "zoned_time", "line 2"),
        (with("T08:00,", "T08:00+01:00,"), "zoned_time", "+01:00"),
        (with("T08:00,", "T8:00,"), "not_a_time", "T8:00"),
        (with("T08:30,", "T08:31,"), "no_grid", "60"),
        (with(",60", ",-60"), "not_a_count", "`-60`"),
        (with(",60", ",many"), "not_a_count", "`many`"),
        (without(5), "gap", "2026-01-05 09:30"),
        (without(9), "gap", "2026-01-05 11:30"),
    ] {
        let faults = History::read(&text, Gaps::Refuse).expect_err(code);
        let fault = &faults[0];
        // A row off the grid is either that or makes the grid too fine.
        let alike = [code, if code == "no_grid" { "gap" } else { code }];
        assert!(alike.contains(&fault.code.as_str()), "{code}: {fault}");
        if code != "no_grid" {
            assert!(fault.to_string().contains(said), "{code}: {fault}");
        }
    }
    let left = History::read(&without(5), Gaps::LeaveDayOut).expect("the others are whole");
    assert_eq!((left.days(), left.left_out().len()), (9, 1));
}

#[test]
fn a_missing_day_does_not_shift_the_seasons() {
    let text = file(8, |day, slot| exact(day, slot).filter(|_| ![16, 23, 37].contains(&day)));
    let history = read(&text);
    assert_eq!(history.left_out().len(), 3, "{:?}", history.left_out());
    let said = forecast(&history, &Options::default()).expect("enough history");
    assert!(
        (said.slots[0].contacts - 60.0).abs() < 1.0,
        "a Monday is a Monday: {:?}",
        said.slots[0]
    );
    assert!((said.slots[8].contacts - 30.0).abs() < 1.0);
}

#[test]
fn special_days_are_learned_by_name_and_kept_out_of_the_usual_ones() {
    // The third and the fifth Wednesday bring half.
    let halves = [16, 30];
    let text = file(8, |day, slot| {
        exact(day, slot).map(|count| if halves.contains(&day) { count / 2.0 } else { count })
    });
    let history = read(&text);
    let monday = number_of("2026-01-05".parse().expect("a day"));
    let special = |day: i64, name: &str, factor| SpecialDay {
        day: day_of(monday + day).expect("in range"),
        name: name.to_owned(),
        factor,
    };
    let options = Options {
        special_days: vec![
            special(16, "pay day", None),
            special(30, "pay day", None),
            special(58, "pay day", None),
            special(59, "holiday", Some(0.0)),
            special(60, "sale", Some(3.0)),
        ],
        ..Options::default()
    };
    let said = forecast(&history, &options).expect("enough history");
    let on = |day: i64| -> f64 {
        let day = day_of(monday + day).expect("in range");
        said.slots.iter().filter(|slot| slot.day == day).map(|slot| slot.contacts).sum()
    };
    for (day, want) in [(56, 720.0), (57, 360.0), (58, 180.0), (59, 0.0), (60, 1080.0)] {
        assert!((on(day) - want).abs() < 1.0, "day {day}: {}, not {want}", on(day));
    }
}

/// Counts with chance: a slow swing of the level, the weekday and the hour, Poisson on top.
fn noisy(seed: u64, weeks: i64) -> String {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let mut poisson = |mean: f64| {
        let (limit, mut product, mut count) = ((-mean).exp(), 1.0, -1.0);
        while product > limit {
            product *= random.random::<f64>();
            count += 1.0;
        }
        count
    };
    let mut counts = Vec::new();
    let mut swing = 0.0_f64;
    for day in 0..7 * weeks {
        swing = 0.8 * swing + 0.012 * (poisson(50.0) - 50.0);
        for slot in 16..24 {
            let mean = exact(day, slot).unwrap_or(0.0) * swing.exp();
            counts.push(poisson(mean));
        }
    }
    file(weeks, |day, slot| weekday_only(day).then(|| counts[day as usize * 8 + slot - 16]))
}

#[test]
fn the_best_method_beats_the_naive_and_its_intervals_hold_what_they_say() {
    let history = read(&noisy(7, 40));
    let (mut held, mut slots, mut off, mut naive, mut all) = (0, 0, 0.0, 0.0, 0.0);
    for until in 160..history.days() {
        let (day, counts) = history.counts(until).expect("there");
        // One open day ahead: a Monday is said on Friday.
        let days = if until % 5 == 0 { 3 } else { 1 };
        let options = Options { days, ..Options::default() };
        let said = forecast(&history.until(until), &options).expect("enough history");
        let (_, week_ago) = history.counts(until - 5).expect("there");
        for slot in said.slots.iter().filter(|slot| slot.day == day) {
            let at = (slot.second / 1800) as usize;
            off += (slot.contacts - counts[at]).abs();
            naive += (week_ago[at] - counts[at]).abs();
            all += counts[at];
            slots += 1;
            held += i32::from((slot.low..=slot.high).contains(&counts[at]));
        }
    }
    assert_eq!(slots, 40 * 8);
    assert!(off < 0.8 * naive, "{} against {}", off / all, naive / all);
    let share = f64::from(held) / f64::from(slots);
    assert!((0.85..0.95).contains(&share), "{share} of the slots lie in the 90 % interval");
}

#[test]
fn a_young_series_begins_from_a_profile() {
    let profile = read(&file(6, exact));
    let young = read(&file(1, |day, slot| exact(day, slot).map(|count| count / 10.0)));
    let options = Options { profile: Some(profile), ..Options::default() };
    let said = forecast(&young, &options).expect("a profile is enough");
    assert_eq!(said.method, "profile");
    assert_eq!(said.slots.len(), 40);
    assert!((said.slots[0].contacts - 6.0).abs() < 1e-9, "{:?}", said.slots[0]);
    assert!(said.slots[0].low < 4.0 && said.slots[0].high > 8.0);
    let alone = forecast(&young, &Options::default()).expect_err("5 days are too few");
    assert_eq!(alone[0].code, "too_little_history");
}

#[test]
fn numbers_out_of_range_are_refused() {
    let history = read(&file(4, exact));
    for options in [
        Options { days: 0, ..Options::default() },
        Options { days: 400, ..Options::default() },
        Options { coverage: 1.0, ..Options::default() },
    ] {
        assert!(forecast(&history, &options).is_err());
    }
}
