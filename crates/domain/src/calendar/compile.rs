//! From civil hours to instants, and what may be wrong with the hours.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use crate::{
    Fault, Timestamp,
    calendar::{Calendar, Closure, DayRange, MinuteOfDay, Timeline, Weekday, WeeklyRange},
    zone::{Day, Zone},
};

/// No timeline is compiled for longer: ten years of a busy calendar are some 20,000 changes.
const HORIZON_MAX: Duration = Duration::from_secs(3660 * 24 * 3600);
/// Most weekly ranges, holidays or closures of one calendar.
const ENTRIES_MAX: usize = 2_000;

/// A range with the path of the field that it was read from.
type Placed = (String, DayRange);

impl Calendar {
    /// Everything that is wrong with the calendar, each with what to do; empty when it may be used.
    pub fn validate(&self) -> Vec<Fault> {
        let mut faults = Vec::new();
        if self.name.trim().is_empty() {
            faults.push(Fault::new(
                "name",
                "name_missing",
                "The calendar has no name.",
                "Give it one that people recognise, such as `Paris office`.",
            ));
        }
        if let Err(error) = Zone::get(&self.zone) {
            faults.push(unknown_zone("zone", &error));
        }
        for (field, count) in [
            ("weekly", self.weekly.len()),
            ("holidays", self.holidays.len()),
            ("closures", self.closures.len()),
        ] {
            if count > ENTRIES_MAX {
                faults.push(Fault::new(
                    field,
                    "too_many",
                    crate::words!("There are {} entries.", count),
                    crate::words!(
                        "Keep at most {}; remove those that lie in the past.",
                        ENTRIES_MAX
                    ),
                ));
                return faults;
            }
        }
        check_weekly("weekly", &self.weekly, &mut faults);
        let mut seen = BTreeMap::new();
        for (i, holiday) in self.holidays.iter().enumerate() {
            let path = format!("holidays[{i}]");
            match holiday.date.parse::<Day>() {
                Err(error) => faults.push(Fault::new(
                    format!("{path}.date"),
                    "bad_date",
                    crate::words!("{}.", error),
                    "Write the date as 2026-12-25.",
                )),
                Ok(day) => {
                    if let Some(first) = seen.insert(day, i) {
                        faults.push(Fault::new(
                            format!("{path}.date"),
                            "holiday_repeated",
                            crate::words!("{} is already holiday {}.", day, first + 1),
                            "Keep one of the two and put all hours of the day into it.",
                        ));
                    }
                }
            }
            let mut ranges = Vec::new();
            for (j, range) in holiday.hours.iter().enumerate() {
                check_direction(&format!("{path}.hours[{j}]"), range, &mut faults);
                ranges.push((format!("{path}.hours[{j}]"), *range));
            }
            for (a, b) in overlaps(&ranges) {
                faults.push(overlap(&holiday.date, a, b));
            }
        }
        for (i, closure) in self.closures.iter().enumerate() {
            let path = format!("closures[{i}]");
            let mut ends = Vec::new();
            for (name, text) in [("from", &closure.from), ("until", &closure.until)] {
                match civil_minute(text) {
                    Some(at) => ends.push(at),
                    None => faults.push(Fault::new(
                        format!("{path}.{name}"),
                        "bad_date_time",
                        crate::words!(
                            "`{}` is not a civil time.",
                            text.chars().take(32).collect::<String>()
                        ),
                        "Write it as 2026-12-24T18:00, in the calendar's zone.",
                    )),
                }
            }
            if let [from, until] = ends[..]
                && from >= until
            {
                faults.push(Fault::new(
                    path,
                    "closure_reversed",
                    crate::words!(
                        "The closure ends at {} and begins at {}.",
                        closure.until,
                        closure.from
                    ),
                    "Let it begin before it ends.",
                ));
            }
        }
        faults
    }

    /// The opening hours between two instants: `true` while contacts are taken.
    ///
    /// The first change is at `from`. A holiday replaces its whole civil day; a closure wins over
    /// everything and covers both passes of a fold.
    ///
    /// # Errors
    /// The faults of [`Calendar::validate`], or of a horizon that is reversed or beyond ten years.
    pub fn compile(&self, from: Timestamp, until: Timestamp) -> Result<Timeline<bool>, Vec<Fault>> {
        let mut faults = self.validate();
        faults.extend(horizon_faults(from, until));
        let zone = Zone::get(&self.zone);
        let (Ok(zone), true) = (zone, faults.is_empty()) else { return Err(faults) };

        let holidays: BTreeMap<Day, &[DayRange]> = self
            .holidays
            .iter()
            .filter_map(|h| Some((h.date.parse().ok()?, h.hours.as_slice())))
            .collect();
        let mut week: [Vec<DayRange>; 7] = Default::default();
        for range in &self.weekly {
            for day in &range.days {
                week[day.index()].push(DayRange { from: range.from, until: range.until });
            }
        }
        // A day more on each side, so that every range that touches the horizon is seen.
        let (mut day, last) = (zone.day_at(from).previous(), zone.day_at(until).next());
        let mut edges = Vec::new();
        while day <= last {
            let ranges = holidays.get(&day).copied();
            for range in ranges.unwrap_or(&week[day.weekday().index()]) {
                edges.push((zone.opening(day, range.from.minutes()), 1, 0));
                edges.push((zone.closing(day, range.until.minutes()), -1, 0));
            }
            day = day.next();
        }
        for closure in &self.closures {
            if let Some((begin, end)) = closure.instants(&zone) {
                edges.push((begin, 0, 1));
                edges.push((end, 0, -1));
            }
        }
        Ok(merge(edges, from, until))
    }
}

/// Adds up edges `(instant, open ranges, closures)` into a timeline.
fn merge(
    mut edges: Vec<(Timestamp, i32, i32)>,
    from: Timestamp,
    until: Timestamp,
) -> Timeline<bool> {
    edges.sort_by_key(|edge| edge.0);
    let (mut open, mut closed) = (0, 0);
    let mut changes: Vec<(Timestamp, bool)> = vec![(from, false)];
    let mut edges = edges.into_iter().peekable();
    while let Some((at, opens, closes)) = edges.next() {
        open += opens;
        closed += closes;
        if edges.peek().is_some_and(|next| next.0 == at) {
            continue; // all edges of one instant take effect together
        }
        let value = open > 0 && closed == 0;
        if at <= from {
            changes[0].1 = value;
        } else if at < until && changes.last().is_some_and(|(_, before)| *before != value) {
            changes.push((at, value));
        }
    }
    Timeline { changes, compiled_until: until }
}

impl Closure {
    fn instants(&self, zone: &Zone) -> Option<(Timestamp, Timestamp)> {
        let ((from_day, from), (until_day, until)) =
            (civil_minute(&self.from)?, civil_minute(&self.until)?);
        Some((zone.opening(from_day, from), zone.closing(until_day, until)))
    }
}

/// `YYYY-MM-DDTHH:MM` as a day and its minute.
fn civil_minute(text: &str) -> Option<(Day, u16)> {
    let (day, time) = text.split_once('T')?;
    Some((day.parse().ok()?, time.parse::<MinuteOfDay>().ok()?.minutes()))
}

/// The fault of a zone that does not exist, at `field`.
pub fn unknown_zone(field: &str, error: &crate::ZoneError) -> Fault {
    Fault::new(
        field,
        "unknown_zone",
        crate::words!("{}.", error),
        "Choose a zone from the IANA list, such as Europe/Paris.",
    )
}

/// What is wrong with the two ends of a compilation.
pub(crate) fn horizon_faults(from: Timestamp, until: Timestamp) -> Option<Fault> {
    // Years 1900 to 2300: beyond, the zone data say nothing.
    let told = Timestamp::from_secs(-2_208_988_800)..=Timestamp::from_secs(10_413_792_000);
    let what = if !told.contains(&from) || !told.contains(&until) {
        "lies outside the years 1900 to 2300"
    } else if from >= until {
        "ends before it begins"
    } else if until.since(from) > HORIZON_MAX {
        "is longer than ten years"
    } else {
        return None;
    };
    Some(Fault::new(
        "until",
        "bad_horizon",
        crate::words!("The time to compile for, {} to {}, {}.", from, until, what),
        "Ask for a time of at most ten years, such as the next 400 days.",
    ))
}

/// The faults of weekly ranges: without a day, reversed, overlapping one another.
pub(crate) fn check_weekly(path: &str, weekly: &[WeeklyRange], faults: &mut Vec<Fault>) {
    let mut days: BTreeMap<Weekday, Vec<Placed>> = BTreeMap::new();
    for (i, range) in weekly.iter().enumerate() {
        let here = format!("{path}[{i}]");
        if range.days.is_empty() {
            faults.push(Fault::new(
                format!("{here}.days"),
                "days_missing",
                crate::words!("{}–{} holds on no day.", range.from, range.until),
                "Name at least one day, or remove the range.",
            ));
        }
        let span = DayRange { from: range.from, until: range.until };
        check_direction(&here, &span, faults);
        for day in range.days.iter().collect::<BTreeSet<_>>() {
            days.entry(*day).or_default().push((here.clone(), span));
        }
    }
    for (day, ranges) in days {
        for (a, b) in overlaps(&ranges) {
            faults.push(overlap(day.short(), a, b));
        }
    }
}

fn check_direction(path: &str, range: &DayRange, faults: &mut Vec<Fault>) {
    if range.from >= range.until {
        faults.push(Fault::new(
            path,
            "range_reversed",
            crate::words!("{}–{} ends before it begins.", range.from, range.until),
            "Let it end later; a night is two ranges, such as 22:00–24:00 and 00:00–06:00 of the next day.",
        ));
    }
}

fn overlap(day: &str, a: &Placed, b: &Placed) -> Fault {
    Fault::new(
        b.0.clone(),
        "range_overlap",
        crate::words!("{}: {}–{} overlaps {}–{}.", day, b.1.from, b.1.until, a.1.from, a.1.until),
        crate::words!("Join it with {} or move one of the two.", a.0),
    )
}

/// Each range that overlaps one before it in time, with that one.
fn overlaps(ranges: &[Placed]) -> Vec<(&Placed, &Placed)> {
    let mut sorted: Vec<_> = ranges.iter().filter(|(_, r)| r.from < r.until).collect();
    sorted.sort_by_key(|(_, r)| (r.from, r.until));
    let mut found = Vec::new();
    let mut longest: Option<&Placed> = None;
    for range in sorted {
        if let Some(before) = longest
            && range.1.from < before.1.until
        {
            found.push((before, range));
        }
        if longest.is_none_or(|before| range.1.until > before.1.until) {
            longest = Some(range);
        }
    }
    found
}
