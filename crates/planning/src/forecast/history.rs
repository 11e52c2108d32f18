//! Recorded counts, as a file tells them.

use domain::{Day, Fault, Timestamp, Zone, words};

use crate::check::refuse;

use super::method::Method;

/// Days of counts by slots of equal length; local times of one place, without a zone.
#[derive(Clone, Debug, PartialEq)]
pub struct History {
    pub(super) step_s: u32,
    pub(super) days: Vec<Recorded>,
    /// Days that were left out, with the reason: whole days without a row are no fault, but somebody
    /// should know.
    pub(super) left_out: Vec<(Day, &'static str)>,
}

/// One day: a count for each slot from midnight; 0 outside the hours.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Recorded {
    pub day: Day,
    /// Days since 1970, so that seasons go by the calendar and never by the number of rows.
    pub number: i64,
    pub counts: Vec<f64>,
    /// The slots for which the file had a row: from, until.
    pub open: (usize, usize),
}

/// What to do with a day of which some slots are missing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Gaps {
    /// Refuse the file and name the slots.
    #[default]
    Refuse,
    /// Leave the day out.
    LeaveDayOut,
}

const ROWS_MAX: usize = 5_000_000;
const FAULTS_MAX: usize = 20;
const ACCEPTED: &str = "Give a header `datetime,calls` with rows such as `2026-03-02T07:00,111`, or a \
                        header `date,00:00,00:15,…` with a row for each day.";

pub(super) fn number_of(day: Day) -> i64 {
    // The days of a civil calendar are those of a zone without changes of clocks.
    Zone::get("UTC").map_or(0, |utc| utc.opening(day, 0).micros().div_euclid(86_400_000_000))
}

pub(super) fn day_of(number: i64) -> Option<Day> {
    let at = Timestamp::from_micros(number.checked_mul(86_400_000_000)?);
    Zone::get("UTC").ok().map(|utc| utc.day_at(at))
}

/// Monday is 0.
pub(super) fn weekday(number: i64) -> usize {
    // 1970-01-01 was a Thursday.
    (number + 3).rem_euclid(7) as usize
}

/// One count of the file, before it is known how long a slot is.
struct Row {
    line: usize,
    number: i64,
    day: Day,
    minute_s: u32,
    count: f64,
}

impl History {
    /// Reads a file's text: a row for each slot, or a row for each day with a column for each slot.
    ///
    /// # Errors
    /// With the line and the value: another format, times that are no times, times with a zone,
    /// doubled or unsorted rows, slots off the grid, counts that are none, days with gaps.
    pub fn read(text: &str, gaps: Gaps) -> Result<Self, Vec<Fault>> {
        let mut lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
        let Some((_, header)) = lines.next() else {
            return refuse("file", "empty", "is empty.", ACCEPTED);
        };
        let columns: Vec<&str> = header.split(',').map(str::trim).collect();
        let times: Vec<Option<u32>> = columns.iter().skip(1).map(|c| time_of(c)).collect();
        let wide = times.len() > 1 && times.iter().all(Option::is_some);
        let first = columns.first().copied().unwrap_or_default();
        if !wide && (columns.len() != 2 || !["datetime", "time", "timestamp"].contains(&first)) {
            let shown: String = header.chars().take(80).collect();
            let message = words!("begins with the header `{}`.", shown);
            return refuse("file", "unknown_format", message, ACCEPTED);
        }
        let mut rows: Vec<Row> = Vec::new();
        let mut faults = Faults::default();
        for (at, line) in lines {
            if faults.enough() {
                break;
            }
            if rows.len() > ROWS_MAX {
                let message = words!("has more than {} counts.", ROWS_MAX);
                return refuse("file", "too_large", message, "Give longer slots or fewer years.");
            }
            if wide {
                wide_row(at + 1, line, &times, &mut rows, &mut faults);
            } else {
                long_row(at + 1, line, &mut rows, &mut faults);
            }
        }
        faults.done()?;
        in_order(&rows)?;
        build(&rows, gaps)
    }

    /// Days as a journal counts them: all slots from midnight, the days in their order. A weekday is open
    /// from the first to the last whole hour in which anybody ever came; one on which nobody ever came is
    /// closed. Days without anybody on a weekday that is open are left out: nothing was recorded then, or
    /// nobody worked.
    ///
    /// # Errors
    /// When slots do not divide a day, days are doubled or unsorted, or nobody came at all.
    pub fn of_days(step_s: u32, days: Vec<(Day, Vec<f64>)>) -> Result<Self, Vec<Fault>> {
        if step_s < 60 || !86_400_u32.is_multiple_of(step_s) {
            return refuse(
                "interval",
                "no_grid",
                words!("is {} s.", step_s),
                "Give slots of equal length, from a minute up, that divide a day.",
            );
        }
        let slots = (86_400 / step_s) as usize;
        let hour = (3_600 / step_s).max(1) as usize;
        let mut open: [Option<(usize, usize)>; 7] = [None; 7];
        let mut before = None;
        for (day, counts) in &days {
            let number = number_of(*day);
            if before.is_some_and(|before| number <= before) || counts.len() != slots {
                let message = words!("has {} out of its order, or not whole.", day);
                return refuse("days", "unsorted_row", message, "Give whole days in their order.");
            }
            before = Some(number);
            let came = |count: &f64| *count > 0.0;
            let (Some(first), Some(last)) =
                (counts.iter().position(came), counts.iter().rposition(came))
            else {
                continue;
            };
            let (first, last) = (first / hour * hour, (last / hour + 1) * hour);
            let hours = &mut open[weekday(number)];
            *hours = Some(hours.map_or((first, last), |(a, b)| (a.min(first), b.max(last))));
        }
        let mut left_out = Vec::new();
        let mut kept = Vec::new();
        for (day, counts) in days {
            let number = number_of(day);
            let Some((first, last)) = open[weekday(number)] else { continue };
            if counts.iter().all(|count| *count <= 0.0) {
                left_out.push((day, "nobody came"));
                continue;
            }
            kept.push(Recorded { day, number, counts, open: (first, last.min(slots)) });
        }
        if kept.is_empty() {
            return refuse(
                "days",
                "no_history",
                "have no contact at all.",
                "Choose more days, another client or another channel.",
            );
        }
        Ok(Self { step_s, days: kept, left_out })
    }

    /// Length of a slot in seconds.
    pub fn step_s(&self) -> u32 {
        self.step_s
    }

    /// How many days were recorded whole.
    pub fn days(&self) -> usize {
        self.days.len()
    }

    /// Days between the first and the last that are missing or were left out, with the reason.
    pub fn left_out(&self) -> &[(Day, &'static str)] {
        &self.left_out
    }

    /// The first so many days alone: what was known then.
    pub fn until(&self, days: usize) -> Self {
        let days = self.days.iter().take(days).cloned().collect();
        Self { step_s: self.step_s, days, left_out: Vec::new() }
    }

    /// The slots in which a day, by its place, was open: first, and first after.
    pub fn open(&self, place: usize) -> Option<(usize, usize)> {
        self.days.get(place).map(|recorded| recorded.open)
    }

    /// Counts of a day, by its place, slot by slot from midnight.
    pub fn counts(&self, place: usize) -> Option<(Day, &[f64])> {
        self.days.get(place).map(|recorded| (recorded.day, recorded.counts.as_slice()))
    }

    /// How many days after the last recorded one a day is; `None` when it is not after it.
    pub fn days_until(&self, day: Day) -> Option<u32> {
        let days = number_of(day) - self.days.last()?.number;
        u32::try_from(days).ok().filter(|days| *days > 0)
    }

    /// What one method says of a day after all recorded ones, slot by slot from midnight.
    pub fn say(&self, method: Method, day: Day) -> Option<Vec<f64>> {
        let past: Vec<&Recorded> = self.days.iter().collect();
        method.says(&past, number_of(day))
    }

    /// The same counts in slots of `seconds`, a multiple of the recorded ones.
    ///
    /// # Errors
    /// When it is no multiple that divides a day.
    pub fn in_slots_of(&self, seconds: u32) -> Result<Self, Vec<Fault>> {
        let factor = (seconds / self.step_s) as usize;
        let fits =
            factor > 0 && seconds.is_multiple_of(self.step_s) && 86_400_u32.is_multiple_of(seconds);
        if !fits {
            return refuse(
                "interval",
                "no_multiple",
                words!("is {} s.", seconds),
                words!("Give a multiple of the recorded {} s that divides a day.", self.step_s),
            );
        }
        let days = self
            .days
            .iter()
            .map(|recorded| Recorded {
                counts: recorded.counts.chunks(factor).map(|slots| slots.iter().sum()).collect(),
                open: (recorded.open.0 / factor, recorded.open.1.div_ceil(factor)),
                ..*recorded
            })
            .collect();
        Ok(Self { step_s: seconds, days, left_out: self.left_out.clone() })
    }
}

#[derive(Default)]
struct Faults(Vec<Fault>);

impl Faults {
    fn add(&mut self, line: usize, code: &str, message: domain::Words, next: &str) {
        self.0.push(Fault::new(format!("line {line}"), code, message, next));
    }

    fn enough(&self) -> bool {
        self.0.len() >= FAULTS_MAX
    }

    fn done(&mut self) -> Result<(), Vec<Fault>> {
        if self.0.is_empty() { Ok(()) } else { Err(std::mem::take(&mut self.0)) }
    }

    fn count(&mut self, line: usize, text: &str) -> Option<f64> {
        let count = text.trim().parse::<f64>().ok().filter(|n| *n >= 0.0 && n.is_finite());
        if count.is_none() {
            let shown: String = text.chars().take(32).collect();
            let message = words!("has the count `{}`.", shown);
            self.add(line, "not_a_count", message, "Give a number of contacts, 0 or more.");
        }
        count
    }
}

fn wide_row(
    line: usize,
    text: &str,
    times: &[Option<u32>],
    rows: &mut Vec<Row>,
    faults: &mut Faults,
) {
    let mut fields = text.split(',');
    let date = fields.next().unwrap_or_default().trim();
    let Ok(day) = date.parse::<Day>() else {
        let shown: String = date.chars().take(32).collect();
        let message = words!("begins with `{}`.", shown);
        return faults.add(line, "not_a_date", message, "Give a date such as 2026-03-02.");
    };
    let number = number_of(day);
    let mut seen = 0;
    for (field, time) in fields.zip(times) {
        seen += 1;
        // An empty cell is a slot without a row.
        if let (Some(minute_s), false) = (time, field.trim().is_empty())
            && let Some(count) = faults.count(line, field)
        {
            rows.push(Row { line, number, day, minute_s: *minute_s, count });
        }
    }
    if seen < times.len() {
        let message = words!("has {} counts under {} times.", seen, times.len());
        faults.add(line, "short_row", message, "Give a count for each time of the header.");
    }
}

fn long_row(line: usize, text: &str, rows: &mut Vec<Row>, faults: &mut Faults) {
    let Some((at, count)) = text.split_once(',') else {
        let shown: String = text.chars().take(40).collect();
        let message = words!("is `{}`.", shown);
        return faults.add(
            line,
            "short_row",
            message,
            "Give a time and a count: 2026-03-02T07:00,111.",
        );
    };
    let at = at.trim();
    let (date, time) = at.split_once(['T', ' ']).unwrap_or((at, ""));
    let zoned = time.ends_with(['Z', 'z']) || time.contains(['+', '-']);
    let shown: String = at.chars().take(40).collect();
    if zoned {
        let message = words!("has the time `{}`, which names a zone.", shown);
        let next = "Give local times of one place without Z or offset, so that a quarter past nine \
                    is one all year.";
        return faults.add(line, "zoned_time", message, next);
    }
    match (date.parse::<Day>(), time_of(time)) {
        (Ok(day), Some(minute_s)) => {
            if let Some(count) = faults.count(line, count) {
                rows.push(Row { line, number: number_of(day), day, minute_s, count });
            }
        }
        _ => {
            let message = words!("has the time `{}`.", shown);
            faults.add(line, "not_a_time", message, "Give a time such as 2026-03-02T07:00.");
        }
    }
}

/// Seconds since midnight of `07:00` or `07:00:00`.
fn time_of(text: &str) -> Option<u32> {
    let mut parts = text.split(':');
    let mut part = |most: u32| {
        let text = parts.next()?;
        let digits = text.len() == 2 && text.bytes().all(|b| b.is_ascii_digit());
        text.parse::<u32>().ok().filter(|n| digits && *n < most)
    };
    let (hour, minute) = (part(24)?, part(60)?);
    let second = if text.len() > 5 { part(60)? } else { 0 };
    (text.len() == 5 || text.len() == 8).then_some(hour * 3600 + minute * 60 + second)
}

fn in_order(rows: &[Row]) -> Result<(), Vec<Fault>> {
    let mut faults = Faults::default();
    for pair in rows.windows(2) {
        let [before, row] = pair else { continue };
        let (then, now) = ((before.number, before.minute_s), (row.number, row.minute_s));
        let at = words!(
            "has the time {} {:02}:{:02}.",
            row.day,
            row.minute_s / 3600,
            row.minute_s / 60 % 60
        );
        if now == then {
            let next = "Give each slot once; where clocks went back, add the two hours up.";
            faults.add(row.line, "doubled_row", at, next);
        } else if now < then {
            faults.add(row.line, "unsorted_row", at, "Give the rows in the order of their times.");
        }
        if faults.enough() {
            break;
        }
    }
    faults.done()
}

fn build(rows: &[Row], gaps: Gaps) -> Result<History, Vec<Fault>> {
    let steps = rows.windows(2).filter(|pair| pair[0].number == pair[1].number);
    let step_s = steps.map(|pair| pair[1].minute_s - pair[0].minute_s).min().unwrap_or(0);
    if step_s < 60 || !86_400_u32.is_multiple_of(step_s) {
        return refuse(
            "file",
            "no_grid",
            words!("has rows {} s apart.", step_s),
            "Give slots of equal length, from a minute up, that divide a day.",
        );
    }
    let slots = (86_400 / step_s) as usize;
    let mut faults = Faults::default();
    let mut days: Vec<Recorded> = Vec::new();
    let mut partial: Vec<(usize, Fault)> = Vec::new();
    for of_day in rows.chunk_by(|a, b| a.number == b.number) {
        let (Some(first), Some(last)) = (of_day.first(), of_day.last()) else { continue };
        let mut counts = vec![0.0; slots];
        let mut before: Option<usize> = None;
        for row in of_day {
            let slot = (row.minute_s / step_s) as usize;
            if !row.minute_s.is_multiple_of(step_s) {
                let message = words!("lies off the grid of {} s from midnight.", step_s);
                faults.add(row.line, "off_grid", message, "Give times on the grid.");
            }
            if let Some(missing) = before.map(|slot| slot + 1).filter(|next| *next < slot) {
                partial.push((days.len(), gap(row.line, first.day, missing, step_s)));
            }
            counts[slot] = row.count;
            before = Some(slot);
        }
        let slot = |row: &Row| (row.minute_s / step_s) as usize;
        let open = (slot(first), slot(last) + 1);
        days.push(Recorded { day: first.day, number: first.number, counts, open });
    }
    faults.done()?;
    // A day that begins later or ends earlier than others of its weekday has a gap at its edge.
    for (place, recorded) in days.iter().enumerate() {
        let usual = usual_hours(&days, weekday(recorded.number));
        if recorded.open.0 > usual.0 {
            partial.push((place, gap(0, recorded.day, usual.0, step_s)));
        } else if recorded.open.1 < usual.1 {
            partial.push((place, gap(0, recorded.day, recorded.open.1, step_s)));
        }
    }
    let mut left_out = Vec::new();
    if !partial.is_empty() {
        if gaps == Gaps::Refuse {
            partial.sort_by_key(|(place, _)| *place);
            return Err(partial.into_iter().take(FAULTS_MAX).map(|(_, fault)| fault).collect());
        }
        let mut place = 0;
        days.retain(|recorded| {
            let whole = !partial.iter().any(|(of, _)| *of == place);
            place += 1;
            if !whole {
                left_out.push((recorded.day, "some slots are missing"));
            }
            whole
        });
    }
    let mut seen = [false; 7];
    for recorded in &days {
        seen[weekday(recorded.number)] = true;
    }
    for pair in days.windows(2) {
        for number in pair[0].number + 1..pair[1].number {
            if let Some(day) = day_of(number).filter(|_| seen[weekday(number)])
                && !left_out.iter().any(|(out, _)| *out == day)
            {
                left_out.push((day, "no row"));
            }
        }
    }
    left_out.sort();
    Ok(History { step_s, days, left_out })
}

fn gap(line: usize, day: Day, slot: usize, step_s: u32) -> Fault {
    let at = slot as u32 * step_s;
    let before = if line > 0 { format!(" before line {line}") } else { String::new() };
    Fault::new(
        "file",
        "gap",
        words!("has no row for {} {:02}:{:02}{}.", day, at / 3600, at / 60 % 60, before),
        "Give every slot of the hours, with 0 where nobody came, or leave such days out (--gaps leave-out).",
    )
}

/// The hours that most days of a weekday have; the longest of those equally common.
fn usual_hours(days: &[Recorded], of: usize) -> (usize, usize) {
    let mut hours: std::collections::BTreeMap<(usize, usize), usize> = Default::default();
    for recorded in days.iter().filter(|recorded| weekday(recorded.number) == of) {
        *hours.entry(recorded.open).or_default() += 1;
    }
    let best = hours.into_iter().max_by_key(|((from, until), days)| (*days, until - from));
    best.map_or((0, 0), |(hours, _)| hours)
}
