//! The week in intervals, and how many agents are at work in each.

use std::collections::BTreeMap;

use domain::{
    calendar::{MinuteOfDay, Weekday, WeeklyRange},
    tariff::{Price, SeatBasis, Seats},
};

use crate::sim::{Shift, ShiftHours, ShiftTime};

/// Minutes of a week.
pub(super) const WEEK_MIN: usize = 7 * DAY_MIN;
const DAY_MIN: usize = 1440;
const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/// Which interval each minute of the civil week belongs to. Agents are counted by interval.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Week {
    of: Vec<u16>,
    pub names: Vec<String>,
}

/// Agents at work, by interval.
pub(super) type Profile = Vec<u32>;

impl Week {
    /// One interval for all of it.
    pub fn constant() -> Self {
        Self { of: vec![0; WEEK_MIN], names: vec!["always".to_owned()] }
    }

    /// Intervals of so many minutes, which divide a day.
    pub fn even(minutes: usize) -> Self {
        let of = (0..WEEK_MIN).map(|minute| (minute / minutes) as u16).collect();
        let name = |n: usize| {
            let (day, minute) = ((n * minutes) / DAY_MIN, (n * minutes) % DAY_MIN);
            format!("{} {:02}:{:02}", DAYS[day], minute / 60, minute % 60)
        };
        Self { of, names: (0..WEEK_MIN / minutes).map(name).collect() }
    }

    /// Intervals with names; what none of them claims is one of its own. The place of an interval
    /// that claims a minute of an earlier one is the error.
    pub fn named(intervals: &[(String, Vec<WeeklyRange>)]) -> Result<Self, usize> {
        let rest = intervals.len() as u16;
        let mut of = vec![rest; WEEK_MIN];
        for (at, (_, ranges)) in intervals.iter().enumerate() {
            for minute in minutes(ranges) {
                if of[minute] != rest {
                    return Err(at);
                }
                of[minute] = at as u16;
            }
        }
        let mut names: Vec<String> = intervals.iter().map(|(name, _)| name.clone()).collect();
        if of.contains(&rest) {
            names.push("otherwise".to_owned());
        }
        Ok(Self { of, names })
    }

    /// How many intervals there are.
    pub fn len(&self) -> usize {
        self.names.len()
    }

    /// The interval of a minute of the week.
    pub fn at(&self, minute: usize) -> usize {
        usize::from(self.of[minute % WEEK_MIN])
    }

    /// Minutes of a week in each interval.
    pub fn minutes(&self) -> Vec<u32> {
        let mut minutes = vec![0; self.len()];
        for of in &self.of {
            minutes[usize::from(*of)] += 1;
        }
        minutes
    }

    /// Whether hours of the week lie in each interval.
    pub fn touched(&self, hours: &[WeeklyRange]) -> Vec<bool> {
        let mut touched = vec![false; self.len()];
        for minute in minutes(hours) {
            touched[self.at(minute)] = true;
        }
        touched
    }

    /// Whether hours begin and end with intervals.
    pub fn fits(&self, hours: &[WeeklyRange]) -> bool {
        let held: std::collections::BTreeSet<usize> = minutes(hours).collect();
        let touched = self.touched(hours);
        let of = |minute: usize| touched[self.at(minute)];
        (0..WEEK_MIN).all(|minute| of(minute) == held.contains(&minute))
    }

    /// Agents' minutes on each day of the week.
    pub fn agent_minutes(&self, profile: &Profile) -> [u64; 7] {
        let mut sums = [0; 7];
        for (minute, of) in self.of.iter().enumerate() {
            sums[minute / DAY_MIN] += u64::from(profile[usize::from(*of)]);
        }
        sums
    }

    /// Seats by the hour for so many at work: the first is staffed whenever anybody works, the second
    /// whenever two do, and so on; those of the same hours are one entry, called `2 × 40 h` for two
    /// seats in 40 hours of the week.
    pub fn seats(&self, profile: &Profile, price: Price) -> Vec<Seats> {
        let most = profile.iter().copied().max().unwrap_or(0);
        let mut seats: Vec<Seats> = Vec::new();
        for level in 1..=most {
            let hours = self.hours(|of| profile[of] >= level);
            match seats.last_mut().filter(|last| last.hours == hours) {
                Some(last) => last.count += 1,
                None => seats.push(Seats {
                    name: String::new(),
                    count: 1,
                    basis: SeatBasis::Hour { price },
                    hours,
                    absent_hour: None,
                    notice_days: 0,
                }),
            }
        }
        for seats in &mut seats {
            let minutes = minutes(&seats.hours).count();
            let (hours, rest) = (minutes / 60, minutes % 60);
            let rest = if rest == 0 { String::new() } else { format!(" {rest} min") };
            seats.name = format!("{} × {hours} h{rest}", seats.count);
        }
        seats
    }

    /// The hours of the week of some intervals.
    fn hours(&self, wanted: impl Fn(usize) -> bool) -> Vec<WeeklyRange> {
        let mut days_of: BTreeMap<(u16, u16), Vec<Weekday>> = BTreeMap::new();
        for (day, weekday) in Weekday::ALL.into_iter().enumerate() {
            let is = |minute: usize| wanted(self.at(day * DAY_MIN + minute));
            let mut from = None;
            for minute in 0..=DAY_MIN {
                match (from, minute < DAY_MIN && is(minute)) {
                    (None, true) => from = Some(minute),
                    (Some(begin), false) => {
                        let range = (begin as u16, minute as u16);
                        days_of.entry(range).or_default().push(weekday);
                        from = None;
                    }
                    _ => {}
                }
            }
        }
        let at = |minute: u16| MinuteOfDay::from_minutes(minute).unwrap_or(MinuteOfDay::START);
        let ranges = days_of.into_iter();
        ranges
            .map(|((from, until), days)| WeeklyRange { days, from: at(from), until: at(until) })
            .collect()
    }

    /// Shifts that put so many to work. The first agent works whenever anybody does, the second
    /// whenever two do, and so on: nobody goes home where the next interval needs them too, so no
    /// interval begins with two staffs at once.
    pub fn shifts(&self, profile: &Profile) -> Vec<Shift> {
        let most = profile.iter().copied().max().unwrap_or(0);
        let mut always = 0;
        let mut shifts: BTreeMap<(u16, u16, [bool; 7]), u32> = BTreeMap::new();
        for level in 1..=most {
            let works: Vec<bool> =
                self.of.iter().map(|of| profile[usize::from(*of)] >= level).collect();
            if works.iter().all(|works| *works) {
                always += 1;
                continue;
            }
            let mut days_of: BTreeMap<(u16, u16), [bool; 7]> = BTreeMap::new();
            for (from, length) in runs(&works) {
                let (day, from) = ((from / DAY_MIN) % 7, from % DAY_MIN);
                let until = from + length;
                let until = if until > DAY_MIN { until - DAY_MIN } else { until };
                days_of.entry((from as u16, until as u16)).or_default()[day] = true;
            }
            for ((from, until), days) in days_of {
                *shifts.entry((from, until, days)).or_default() += 1;
            }
        }
        let always = (always > 0).then_some(Shift { agents: always, hours: ShiftTime::Always });
        let others = shifts.into_iter().map(|((from, until, days), agents)| Shift {
            agents,
            hours: ShiftTime::Weekly(ShiftHours { days, from, until, breaks: vec![] }),
        });
        always.into_iter().chain(others).collect()
    }
}

/// The minutes of the week that ranges hold.
fn minutes(ranges: &[WeeklyRange]) -> impl Iterator<Item = usize> + '_ {
    ranges.iter().flat_map(|range| {
        let (from, until) = (usize::from(range.from.minutes()), usize::from(range.until.minutes()));
        range.days.iter().flat_map(move |day| {
            let first = day.index() * DAY_MIN;
            first + from..first + until
        })
    })
}

/// Stretches of work around the week, none longer than a day: the first minute and how many.
fn runs(works: &[bool]) -> Vec<(usize, usize)> {
    let Some(gap) = works.iter().position(|works| !works) else { return Vec::new() };
    let mut runs = Vec::new();
    let mut at = gap;
    while at < gap + WEEK_MIN {
        let begin = at;
        while at < gap + WEEK_MIN && works[at % WEEK_MIN] && at - begin < DAY_MIN {
            at += 1;
        }
        match at - begin {
            0 => at += 1,
            length => runs.push((begin % WEEK_MIN, length)),
        }
    }
    runs
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn range(days: &[Weekday], from: u16, until: u16) -> WeeklyRange {
        let minute = |minutes| MinuteOfDay::from_minutes(minutes).expect("within a day");
        WeeklyRange { days: days.to_vec(), from: minute(from), until: minute(until) }
    }

    #[test]
    fn whoever_is_needed_next_stays() {
        let office = ("office".to_owned(), vec![range(&Weekday::ALL[..5], 480, 1080)]);
        let week = Week::named(&[office]).expect("no overlap");
        assert_eq!(week.names, ["office", "otherwise"]);
        assert_eq!(week.minutes(), [5 * 600, WEEK_MIN as u32 - 3000]);
        let shifts = week.shifts(&vec![5, 2]);
        assert_eq!(shifts.len(), 2, "{shifts:?}");
        assert_eq!((shifts[0].agents, &shifts[0].hours), (2, &ShiftTime::Always));
        let ShiftTime::Weekly(hours) = &shifts[1].hours else { panic!("office hours") };
        assert_eq!((shifts[1].agents, hours.from, hours.until), (3, 480, 1080));
        assert_eq!(hours.days, [true, true, true, true, true, false, false]);
        assert_eq!(week.agent_minutes(&vec![5, 2])[0], 5 * 600 + 2 * 840);
        assert_eq!(week.agent_minutes(&vec![5, 2])[6], 2 * 1440);
    }

    #[test]
    fn seats_are_the_hours_of_the_staff() {
        let office = ("office".to_owned(), vec![range(&Weekday::ALL[..5], 480, 1080)]);
        let week = Week::named(&[office]).expect("no overlap");
        let seats = week.seats(&vec![4, 1], Price(2_950_000));
        let told: Vec<(&str, u32)> = seats.iter().map(|s| (s.name.as_str(), s.count)).collect();
        assert_eq!(told, [("1 × 168 h", 1), ("3 × 50 h", 3)]);
        assert_eq!(seats[1].hours, [range(&Weekday::ALL[..5], 480, 1080)]);
        assert!(week.seats(&vec![0, 0], Price(1)).is_empty());
    }

    #[test]
    fn intervals_that_share_a_minute_are_refused() {
        let of = |from, until| ("x".to_owned(), vec![range(&[Weekday::ALL[2]], from, until)]);
        assert_eq!(Week::named(&[of(0, 60), of(59, 61)]), Err(1));
        assert!(Week::named(&[of(0, 60), of(60, 61)]).is_ok());
    }

    proptest! {
        #[test]
        fn shifts_cover_every_minute_as_the_profile_says(
            profile in prop::collection::vec(0u32..4, 168 / 4)
        ) {
            let week = Week::even(240);
            let mut there = vec![0u32; WEEK_MIN];
            for shift in week.shifts(&profile) {
                let ShiftTime::Weekly(hours) = shift.hours else {
                    there.iter_mut().for_each(|there| *there += shift.agents);
                    continue;
                };
                let (from, until) = (usize::from(hours.from), usize::from(hours.until));
                let length = if until > from { until - from } else { until + DAY_MIN - from };
                for day in (0..7).filter(|day| hours.days[*day]) {
                    for minute in 0..length {
                        there[(day * DAY_MIN + from + minute) % WEEK_MIN] += shift.agents;
                    }
                }
            }
            for (minute, there) in there.iter().enumerate() {
                prop_assert_eq!(*there, profile[week.at(minute)], "minute {}", minute);
            }
        }
    }
}
