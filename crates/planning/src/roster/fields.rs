//! Fields of a plan's file as people write them: days, times of day, whole minutes, lists of words.

use domain::{
    Day, Timestamp, Zone,
    calendar::{MinuteOfDay, Weekday},
};

use crate::sim::{Value, read::Reader};

/// `2026-03-02`.
pub fn day(reader: &Reader<'_>, key: &'static str) -> Option<Day> {
    const NEXT: &str = "Write a date, such as 2026-03-02.";
    let text = reader.text(key, NEXT)?;
    let day = text.parse().ok();
    if day.is_none() {
        reader.fault(key, "no_date", format!("It is `{text}`."), NEXT);
    }
    day
}

/// `07:30`, as minutes of the day.
pub fn time_of_day(reader: &Reader<'_>, key: &'static str) -> Option<u16> {
    const NEXT: &str = "Write a time of day from 00:00 to 23:59, such as \"07:30\".";
    let text = reader.text(key, NEXT)?;
    let minute = text.parse::<MinuteOfDay>().ok().map(MinuteOfDay::minutes).filter(|m| *m < 1440);
    if minute.is_none() {
        reader.fault(key, "no_time", format!("It is `{text}`."), NEXT);
    }
    minute
}

/// `2026-03-02` or `2026-03-02T18:30`, on the clock of a zone: the day and the minute, if one is given.
fn moment(text: &str) -> Option<(Day, Option<u16>)> {
    match text.split_once(['T', ' ']) {
        None => Some((text.parse().ok()?, None)),
        Some((day, time)) => {
            let time = time.get(..5).filter(|_| time.len() == 5 || time.get(5..) == Some(":00"))?;
            let minute = time.parse::<MinuteOfDay>().ok()?.minutes();
            Some((day.parse().ok()?, Some(minute)))
        }
    }
}

/// When something begins; a date alone is its first instant.
pub fn beginning(reader: &Reader<'_>, key: &'static str, zone: &Zone) -> Option<Timestamp> {
    let (day, minute) = read_moment(reader, key)?;
    Some(zone.opening(day, minute.unwrap_or(0)))
}

/// When something is over; a date alone is over with its last instant.
pub fn ending(reader: &Reader<'_>, key: &'static str, zone: &Zone) -> Option<Timestamp> {
    let (day, minute) = read_moment(reader, key)?;
    Some(zone.closing(day, minute.unwrap_or(1440)))
}

fn read_moment(reader: &Reader<'_>, key: &'static str) -> Option<(Day, Option<u16>)> {
    const NEXT: &str = "Write a date or a local time, such as 2026-03-02 or 2026-03-02T18:30.";
    let text = reader.text(key, NEXT)?;
    let moment = moment(text);
    if moment.is_none() {
        reader.fault(key, "no_date", format!("It is `{text}`."), NEXT);
    }
    moment
}

/// A span of whole minutes within bounds.
pub fn minutes(reader: &Reader<'_>, key: &'static str, least: u32, most: u32) -> Option<u32> {
    let seconds = reader.span(key, f64::from(least) * 60.0, f64::from(most) * 60.0)?;
    if seconds % 60.0 != 0.0 {
        reader.fault(
            key,
            "no_minutes",
            format!("It is {seconds} s."),
            "Write whole minutes, such as \"30m\" or \"8h\".",
        );
        return None;
    }
    Some((seconds / 60.0) as u32)
}

/// Spans of whole minutes: one, or a list.
pub fn lengths(reader: &Reader<'_>, key: &'static str, most: u32) -> Vec<u32> {
    const NEXT: &str = "Write a span or a list of spans, such as \"8h\" or [\"6h\", \"8h\"].";
    let single;
    let values = match reader.get(key) {
        None => {
            reader.missing(key, NEXT);
            return Vec::new();
        }
        Some(Value::List(values)) => values.as_slice(),
        Some(other) => {
            single = [other.clone()];
            &single
        }
    };
    let mut lengths = Vec::new();
    for value in values {
        let seconds = crate::sim::read::span_of(value).unwrap_or(0.0);
        if (60.0..=f64::from(most) * 60.0).contains(&seconds) && seconds % 60.0 == 0.0 {
            lengths.push((seconds / 60.0) as u32);
        } else {
            let message = format!("It has `{value:?}`.");
            let next = format!("{NEXT} Each of whole minutes, up to {} h.", most / 60);
            reader.fault(key, "not_accepted", message, next);
        }
    }
    if values.is_empty() {
        reader.missing(key, NEXT);
    }
    lengths.sort_unstable();
    lengths.dedup();
    lengths
}

/// A list of texts.
pub fn words<'a>(reader: &Reader<'a>, key: &'static str) -> Vec<&'a str> {
    const NEXT: &str = "Write a list of names, such as [\"a\", \"b\"].";
    let mut words = Vec::new();
    for value in reader.list(key, NEXT) {
        match value {
            Value::Text(text) if !text.trim().is_empty() => words.push(text.as_str()),
            other => reader.fault(key, "not_accepted", format!("It has `{other:?}`."), NEXT),
        }
    }
    words
}

/// Days of the week: `["mon", "tue"]`.
pub fn weekdays(reader: &Reader<'_>, key: &'static str) -> Vec<Weekday> {
    let mut days = Vec::new();
    for word in words(reader, key) {
        match weekday_of(word) {
            Some(day) => days.push(day),
            None => reader.fault(key, "unknown_word", format!("It has `{word}`."), WEEKDAYS),
        }
    }
    days
}

/// What a day of the week may be called.
pub const WEEKDAYS: &str = "Write days as mon, tue, wed, thu, fri, sat, sun.";

/// The day of the week of a word.
pub fn weekday_of(word: &str) -> Option<Weekday> {
    Weekday::ALL.into_iter().find(|day| day.short().eq_ignore_ascii_case(word))
}

/// The places of names in a list; unknown ones are faults that list the known.
pub fn places(reader: &Reader<'_>, key: &'static str, known: &[String]) -> Vec<usize> {
    let mut places: Vec<usize> =
        words(reader, key).into_iter().filter_map(|name| place(reader, key, name, known)).collect();
    places.sort_unstable();
    places.dedup();
    places
}

/// The place of one name.
pub fn place(reader: &Reader<'_>, key: &str, name: &str, known: &[String]) -> Option<usize> {
    let place = known.iter().position(|known| known == name);
    if place.is_none() {
        let shown: Vec<&str> = known.iter().take(20).map(String::as_str).collect();
        let next = format!("Write one of: {}.", shown.join(", "));
        reader.fault(key, "unknown_name", format!("There is no `{name}`."), next);
    }
    place
}
