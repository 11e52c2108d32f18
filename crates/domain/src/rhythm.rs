//! What comes again every day, week or month at an hour of a zone.

use serde::{Deserialize, Serialize};

use crate::{
    Timestamp,
    calendar::{MinuteOfDay, Weekday},
    zone::{Day, Zone},
};

/// The last day of a month that every month has.
pub const LAST_DAY: u8 = 28;

/// How often something comes again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Rhythm {
    /// Each day.
    Daily,
    /// Each week.
    Weekly {
        /// On this day.
        day: Weekday,
    },
    /// Each month.
    Monthly {
        /// On this day, 1 to [`LAST_DAY`]; a later one is taken for that.
        day: u8,
    },
}

impl Rhythm {
    /// The first turn after `after`: on a day of the rhythm when clocks of the zone show `at`. A time that a change
    /// of clocks leaves out comes right after it, and one that comes twice is taken the first time.
    pub fn next(self, zone: &Zone, at: MinuteOfDay, after: Timestamp) -> Timestamp {
        // A day whose midnight came twice may have begun the day before.
        let mut day = zone.day_at(after).previous();
        loop {
            if self.falls_on(day) {
                let turn = zone.opening(day, at.minutes());
                if turn > after || day.next() == day {
                    return turn;
                }
            }
            day = day.next();
        }
    }

    /// The days that a turn on `day` looks back on, whole, as the first and the first after: the day before, the seven
    /// days before, or the month before.
    pub fn looks_back(self, day: Day) -> (Day, Day) {
        match self {
            Self::Daily => (day.previous(), day),
            Self::Weekly { .. } => (day.plus(-7), day),
            Self::Monthly { .. } => {
                let until = day.first_of_month();
                (until.previous().first_of_month(), until)
            }
        }
    }

    fn falls_on(self, day: Day) -> bool {
        match self {
            Self::Daily => true,
            Self::Weekly { day: wanted } => day.weekday() == wanted,
            Self::Monthly { day: wanted } => {
                day.since(day.first_of_month()) + 1 == i64::from(wanted.clamp(1, LAST_DAY))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn turns(rhythm: Rhythm, zone: &str, at: &str, after: &str, count: usize) -> Vec<String> {
        let (zone, at) = (Zone::get(zone).unwrap(), at.parse().unwrap());
        let mut last = after.parse().unwrap();
        let next = std::iter::repeat_with(|| {
            last = rhythm.next(&zone, at, last);
            last.to_string()
        });
        next.take(count).collect()
    }

    #[test]
    fn a_turn_comes_at_its_hour_of_the_zone() {
        let monday = Rhythm::Weekly { day: Weekday::Monday };
        for (rhythm, zone, at, after, wanted) in [
            // At the very instant, the next one is that of the day after.
            (
                Rhythm::Daily,
                "Europe/Paris",
                "07:00",
                "2026-11-27T05:59:59Z",
                ["2026-11-27T06:00:00Z", "2026-11-28T06:00:00Z"],
            ),
            (
                Rhythm::Daily,
                "Europe/Paris",
                "07:00",
                "2026-11-27T06:00:00Z",
                ["2026-11-28T06:00:00Z", "2026-11-29T06:00:00Z"],
            ),
            // Half past two is left out in March and comes twice in October.
            (
                Rhythm::Daily,
                "Europe/Paris",
                "02:30",
                "2027-03-27T12:00:00Z",
                ["2027-03-28T01:00:00Z", "2027-03-29T00:30:00Z"],
            ),
            (
                Rhythm::Daily,
                "Europe/Paris",
                "02:30",
                "2026-10-24T12:00:00Z",
                ["2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z"],
            ),
            (
                monday,
                "America/New_York",
                "18:00",
                "2026-11-23T23:00:00Z",
                ["2026-11-30T23:00:00Z", "2026-12-07T23:00:00Z"],
            ),
            (
                Rhythm::Monthly { day: 1 },
                "Asia/Kathmandu",
                "00:00",
                "2026-11-27T00:00:00Z",
                ["2026-11-30T18:15:00Z", "2026-12-31T18:15:00Z"],
            ),
            // Every month has such a day.
            (
                Rhythm::Monthly { day: 31 },
                "UTC",
                "00:00",
                "2027-01-29T00:00:00Z",
                ["2027-02-28T00:00:00Z", "2027-03-28T00:00:00Z"],
            ),
        ] {
            assert_eq!(turns(rhythm, zone, at, after, 2), wanted, "{rhythm:?} {zone} {at} {after}");
        }
    }

    #[test]
    fn a_turn_looks_back_on_whole_days() {
        for (rhythm, day, first, until) in [
            (Rhythm::Daily, "2026-03-01", "2026-02-28", "2026-03-01"),
            (Rhythm::Weekly { day: Weekday::Monday }, "2026-11-30", "2026-11-23", "2026-11-30"),
            (Rhythm::Monthly { day: 3 }, "2027-01-03", "2026-12-01", "2027-01-01"),
        ] {
            let (found, after) = rhythm.looks_back(day.parse().unwrap());
            assert_eq!((found.to_string().as_str(), after.to_string().as_str()), (first, until));
        }
    }
}
