//! Calendars of opening hours, and the timelines they are compiled into.
//!
//! A calendar speaks civil time in an IANA zone: several periods a day, holidays, one-off closures.
//! The core never reads a zone database, so a calendar is compiled ahead of time into a
//! [`Timeline`] of UTC instants together with the version of the zone data that was used.
//!
//! Daylight saving: a civil time in a gap moves forward to the first instant after the gap; in a
//! fold, an opening takes the first and a closing the last of the two instants.

mod compile;

use serde::{Deserialize, Serialize};

use crate::{CalendarId, Timestamp};

pub use compile::unknown_zone;
pub(crate) use compile::{check_weekly, horizon_faults};

/// A day of the week.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum Weekday {
    Monday,
    Tuesday,
    Wednesday,
    Thursday,
    Friday,
    Saturday,
    Sunday,
}

/// A civil time of day in whole minutes, `00:00` to `24:00` (the end of the day).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct MinuteOfDay(u16);

/// A text that should have been a time of day.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a time of day: expected HH:MM between 00:00 and 24:00")]
pub struct MinuteOfDayError(String);

/// Minutes `from..until` on each of `days`. Half-open; never across midnight: a night is two ranges.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WeeklyRange {
    /// The days it holds on.
    pub days: Vec<Weekday>,
    /// First minute.
    pub from: MinuteOfDay,
    /// First minute after.
    pub until: MinuteOfDay,
}

/// A dated exception that replaces the weekly hours of its day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holiday {
    /// The civil date, `YYYY-MM-DD`.
    pub date: String,
    /// What people call it.
    pub name: String,
    /// Hours on that day; empty for closed.
    #[serde(default)]
    pub hours: Vec<DayRange>,
}

/// Minutes `from..until` of one day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DayRange {
    /// First minute.
    pub from: MinuteOfDay,
    /// First minute after.
    pub until: MinuteOfDay,
}

/// A one-off closure between two civil instants, both `YYYY-MM-DDTHH:MM` in the calendar's zone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Closure {
    /// First closed minute.
    pub from: String,
    /// First minute open again.
    pub until: String,
    /// Why, for those who wonder.
    pub reason: String,
}

/// Opening hours: weekly ranges, holidays that replace a day, closures that win over everything.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Calendar {
    /// Its id.
    pub id: CalendarId,
    /// Its name on screens.
    pub name: String,
    /// IANA zone, such as `Europe/Paris`.
    pub zone: String,
    /// The ordinary week.
    pub weekly: Vec<WeeklyRange>,
    /// Dates that differ.
    #[serde(default)]
    pub holidays: Vec<Holiday>,
    /// One-off closures.
    #[serde(default)]
    pub closures: Vec<Closure>,
}

/// A value that changes at known instants: opening hours, the contract period in force.
///
/// The first change lies at or before the first instant asked for; values hold until the next
/// change, the last one for ever (so a timeline is compiled anew well before its end, see
/// `compiled_until`).
#[derive(Clone, Debug, PartialEq, Eq, minicbor::Encode, minicbor::Decode, Serialize)]
pub struct Timeline<T> {
    /// `(from, value)`, strictly ascending in time, neighbours different in value.
    #[n(0)]
    pub changes: Vec<(Timestamp, T)>,
    /// The horizon it was compiled for.
    #[n(1)]
    pub compiled_until: Timestamp,
}

impl<T: Clone + PartialEq> Timeline<T> {
    /// The same, but for one value throughout a span.
    #[must_use]
    pub fn with(&self, span: crate::zone::Span, value: T) -> Self {
        if span.until <= span.from {
            return self.clone();
        }
        let before = self.changes.iter().filter(|(at, _)| *at < span.from).cloned();
        let mut changes: Vec<(Timestamp, T)> = before.collect();
        changes.push((span.from, value));
        // Before the first change nothing is known; the first value is taken for it.
        let first = self.changes.first().map(|(_, value)| value);
        changes.extend(self.at(span.until).or(first).map(|then| (span.until, then.clone())));
        changes.extend(self.changes.iter().filter(|(at, _)| *at > span.until).cloned());
        changes.dedup_by(|later, earlier| later.1 == earlier.1);
        Self { changes, compiled_until: self.compiled_until }
    }
}

impl<T> Timeline<T> {
    /// A value that never changes.
    pub fn constant(value: T) -> Self {
        Self { changes: vec![(Timestamp::MIN, value)], compiled_until: Timestamp::MAX }
    }

    /// The value in force at `at`, or `None` before the first change.
    pub fn at(&self, at: Timestamp) -> Option<&T> {
        let after = self.changes.partition_point(|(from, _)| *from <= at);
        after.checked_sub(1).and_then(|i| self.changes.get(i)).map(|(_, value)| value)
    }

    /// The first change strictly after `at`.
    pub fn next_change(&self, at: Timestamp) -> Option<&(Timestamp, T)> {
        self.changes.get(self.changes.partition_point(|(from, _)| *from <= at))
    }
}

impl MinuteOfDay {
    /// The beginning of a day.
    pub const START: Self = Self(0);
    /// The end of a day, which is the beginning of the next.
    pub const END: Self = Self(1440);

    /// The minute, 0 to 1440.
    pub const fn minutes(self) -> u16 {
        self.0
    }

    /// From a number of minutes, 0 to 1440; `None` beyond.
    pub const fn from_minutes(minutes: u16) -> Option<Self> {
        if minutes <= 1440 { Some(Self(minutes)) } else { None }
    }
}

impl std::str::FromStr for MinuteOfDay {
    type Err = MinuteOfDayError;

    fn from_str(text: &str) -> Result<Self, MinuteOfDayError> {
        text.to_owned().try_into()
    }
}

impl std::fmt::Display for MinuteOfDay {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:02}:{:02}", self.0 / 60, self.0 % 60)
    }
}

impl Weekday {
    /// The week, from Monday.
    pub const ALL: [Self; 7] = [
        Self::Monday,
        Self::Tuesday,
        Self::Wednesday,
        Self::Thursday,
        Self::Friday,
        Self::Saturday,
        Self::Sunday,
    ];

    /// Days since Monday, 0 to 6.
    pub const fn index(self) -> usize {
        self as usize
    }

    /// Three letters for messages: `Tue`.
    pub const fn short(self) -> &'static str {
        ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"][self as usize]
    }
}

impl TryFrom<String> for MinuteOfDay {
    type Error = MinuteOfDayError;

    fn try_from(text: String) -> Result<Self, MinuteOfDayError> {
        let minutes = text.split_once(':').and_then(|(h, m)| {
            let two_digits = |t: &str| t.len() == 2 && t.bytes().all(|b| b.is_ascii_digit());
            if !two_digits(h) || !two_digits(m) {
                return None;
            }
            let (h, m): (u16, u16) = (h.parse().ok()?, m.parse().ok()?);
            (m < 60 && h * 60 + m <= 1440).then_some(h * 60 + m)
        });
        minutes.map(Self).ok_or_else(|| MinuteOfDayError(text.chars().take(16).collect()))
    }
}

impl From<MinuteOfDay> for String {
    fn from(at: MinuteOfDay) -> Self {
        at.to_string()
    }
}
