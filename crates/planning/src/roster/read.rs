//! From what somebody wrote to a plan: every fault at once.

use std::collections::BTreeSet;

use domain::{Day, Fault, Timestamp, Zone, calendar::Weekday};

use super::{
    fields::{
        WEEKDAYS, beginning, day, ending, lengths, minutes, place, places, time_of_day, weekday_of,
        weekdays, words,
    },
    plan::*,
};
use crate::sim::{
    Value,
    read::{Faults, Reader},
};

/// Most sites, shifts, rules, and most entries of a person's lists.
const ENTRIES_MAX: usize = 200;
const WEEK_MIN: u32 = 7 * 24 * 60;

impl Plan {
    /// Reads a plan. `first` is where it begins when the file does not say.
    ///
    /// # Errors
    /// Every fault at once, each with its field, its value and what would be accepted.
    pub fn read(value: &Value, first: Day) -> Result<Self, Vec<Fault>> {
        let faults = Faults::default();
        let Some(reader) = Reader::new(value, String::new(), &faults) else {
            return Err(faults.all());
        };
        let plan = read(&reader, first);
        reader.done();
        if faults.is_empty() { Ok(plan) } else { Err(faults.all()) }
    }
}

fn read(reader: &Reader<'_>, first: Day) -> Plan {
    let zone = read_zone(reader).unwrap_or_else(utc);
    let from = day(reader, "from").unwrap_or(first);
    let days = reader.whole("days", 1, DAYS_MAX).unwrap_or(7);
    let step_min = minutes(reader, "step", 1, 60).unwrap_or(15);
    let cost = read_cost(reader);
    let sites = read_sites(reader, &zone);
    let site_names: Vec<String> = sites.iter().map(|site| site.name.clone()).collect();
    let shifts = read_shifts(reader, step_min, &site_names);
    let shift_names: Vec<String> = shifts.iter().map(|shift| shift.name.clone()).collect();
    let rules = read_rules(reader, &shift_names);
    let mut plan = Plan { zone, from, days, step_min, cost, sites, shifts, rules, people: vec![] };
    plan.people = read_people(reader, &plan);
    plan
}

fn utc() -> Zone {
    Zone::get("UTC").expect("UTC is in the zone data")
}

fn read_zone(reader: &Reader<'_>) -> Option<Zone> {
    const NEXT: &str = "Write an IANA zone, such as \"Europe/Paris\".";
    let name = reader.text("zone", NEXT)?;
    let zone = Zone::get(name).ok();
    if zone.is_none() {
        reader.fault("zone", "unknown_zone", format!("It is `{name}`."), NEXT);
    }
    zone
}

fn read_cost(reader: &Reader<'_>) -> Cost {
    let mut cost = Cost { short: 10.0, wish: 0.5 };
    if let Some(table) = reader.table("cost") {
        const NEXT: &str = "Write a number of paid hours from 0 to 1000000, such as 10.";
        cost.short = table.number("short", 0.0, 1e6, NEXT).unwrap_or(cost.short);
        cost.wish = table.number("wish", 0.0, 1e6, NEXT).unwrap_or(cost.wish);
        table.done();
    }
    cost
}

/// A name that none of `known` has.
fn new_name(reader: &Reader<'_>, known: &[String]) -> Option<String> {
    let Some(name) = reader.text("name", "Write a name.") else {
        if !reader.has("name") {
            reader.missing("name", "Write a name.");
        }
        return None;
    };
    if known.iter().any(|other| other == name) {
        reader.fault("name", "twice", format!("`{name}` is there twice."), "Give it another name.");
    }
    Some(name.to_owned())
}

fn limited<'a>(reader: &Reader<'a>, key: &'static str, most: usize) -> Vec<Reader<'a>> {
    let tables = reader.tables(key, &format!("Write [[{key}]] with their fields."));
    if tables.len() > most {
        let message = format!("There are {}.", tables.len());
        reader.fault(key, "too_many", message, format!("Keep at most {most}."));
        return Vec::new();
    }
    tables
}

fn read_sites(reader: &Reader<'_>, zone: &Zone) -> Vec<Site> {
    let mut sites = Vec::new();
    let mut names = Vec::new();
    for table in limited(reader, "sites", ENTRIES_MAX) {
        let name = new_name(&table, &names).unwrap_or_default();
        names.push(name.clone());
        let zone = read_zone(&table).unwrap_or_else(|| zone.clone());
        let seats = table.whole("seats", 0, PEOPLE_MAX as u32);
        table.done();
        sites.push(Site { name, zone, seats });
    }
    if sites.is_empty() {
        sites.push(Site { name: "site".to_owned(), zone: zone.clone(), seats: None });
    }
    sites
}

fn read_shifts(reader: &Reader<'_>, step_min: u32, sites: &[String]) -> Vec<Shift> {
    let mut shifts = Vec::new();
    let mut names = Vec::new();
    for table in limited(reader, "shifts", ENTRIES_MAX) {
        let name = new_name(&table, &names).unwrap_or_default();
        names.push(name.clone());
        let lengths = lengths(&table, "length", SHIFT_MIN_MAX);
        let starts = read_starts(&table);
        let shortest = lengths.first().copied().unwrap_or(SHIFT_MIN_MAX);
        let breaks = read_breaks(&table, shortest, step_min);
        let mut on = weekdays(&table, "weekdays");
        if !table.has("weekdays") {
            on = Weekday::ALL.to_vec();
        }
        let sites = places(&table, "sites", sites);
        for (key, span) in lengths
            .iter()
            .map(|length| ("length", *length))
            .chain(starts.iter().map(|start| ("starts", u32::from(*start))))
        {
            off_the_grid(&table, key, span, step_min);
        }
        table.done();
        shifts.push(Shift { name, starts, lengths, breaks, weekdays: on, sites });
    }
    if shifts.is_empty() {
        reader.missing("shifts", "Add [[shifts]] with a name, starts and a length.");
    }
    shifts
}

fn off_the_grid(reader: &Reader<'_>, key: &str, span: u32, step_min: u32) {
    if !span.is_multiple_of(step_min) {
        let message = format!("It has {span} min, which is no multiple of the step.");
        let next = format!("Write multiples of {step_min} min, or a shorter `step` for the plan.");
        reader.fault(key, "off_the_grid", message, next);
    }
}

/// `starts = ["07:00", "09:30"]`, or `{ from = "07:00", until = "13:00", every = "30m" }`.
fn read_starts(shift: &Reader<'_>) -> Vec<u16> {
    const NEXT: &str =
        "Write [\"07:00\", \"09:30\"] or { from = \"07:00\", until = \"13:00\", every = \"30m\" }.";
    let mut starts = Vec::new();
    match shift.get("starts") {
        None => shift.missing("starts", NEXT),
        Some(Value::List(_)) => {
            for word in words(shift, "starts") {
                let minute = word.parse::<domain::calendar::MinuteOfDay>().ok();
                match minute.map(domain::calendar::MinuteOfDay::minutes).filter(|m| *m < 1440) {
                    Some(minute) => starts.push(minute),
                    None => shift.fault("starts", "no_time", format!("It has `{word}`."), NEXT),
                }
            }
            if starts.is_empty() {
                shift.missing("starts", NEXT);
            }
        }
        Some(_) => {
            let Some(table) = shift.table("starts") else { return starts };
            let bounds = (time_of_day(&table, "from"), time_of_day(&table, "until"));
            let every = minutes(&table, "every", 1, 1440);
            match (bounds, every) {
                ((Some(from), Some(until)), Some(every)) if from <= until => {
                    starts.extend((from..=until).step_by(every as usize));
                }
                ((Some(from), Some(until)), Some(_)) => {
                    let message = format!("It ends {} min before it begins.", from - until);
                    table.fault("until", "before_from", message, "Write a later time.");
                }
                _ => {
                    for key in ["from", "until", "every"] {
                        if !table.has(key) {
                            table.missing(key, NEXT);
                        }
                    }
                }
            }
            table.done();
        }
    }
    starts.sort_unstable();
    starts.dedup();
    starts
}

fn read_breaks(shift: &Reader<'_>, shortest: u32, step_min: u32) -> Vec<Break> {
    let mut breaks: Vec<Break> = Vec::new();
    for table in limited(shift, "breaks", 8) {
        let name = table.text("name", "Write a name, such as \"lunch\".").unwrap_or("break");
        let length = minutes(&table, "length", 1, SHIFT_MIN_MAX);
        let from = minutes(&table, "from", 0, SHIFT_MIN_MAX);
        let until = minutes(&table, "until", 0, SHIFT_MIN_MAX);
        let paid = table.bool("paid").unwrap_or(false);
        for key in ["length", "from", "until"] {
            if !table.has(key) {
                table.missing(key, "Write a span, such as \"30m\".");
            }
        }
        if let (Some(length_min), Some(from_min), Some(until_min)) = (length, from, until) {
            for (key, span) in [("length", length_min), ("from", from_min), ("until", until_min)] {
                off_the_grid(&table, key, span, step_min);
            }
            if from_min + length_min > until_min {
                let message =
                    format!("{length_min} min do not fit from {from_min} to {until_min} min.");
                table.fault("until", "too_short", message, "Write a later `until`.");
            }
            if until_min > shortest {
                let message =
                    format!("It may end {until_min} min after a shift of {shortest} min began.");
                table.fault("until", "beyond_the_shift", message, "Write an earlier `until`.");
            }
            if breaks.last().is_some_and(|before| before.until_min > from_min) {
                let message = "It may begin before the break above it is over.";
                table.fault("from", "overlap", message, "Write windows that follow each other.");
            }
            breaks.push(Break { name: name.to_owned(), length_min, from_min, until_min, paid });
        }
        table.done();
    }
    breaks
}

fn read_rules(reader: &Reader<'_>, shifts: &[String]) -> Vec<Rules> {
    let mut all = Vec::new();
    let mut names = Vec::new();
    for table in limited(reader, "rules", ENTRIES_MAX) {
        let name = new_name(&table, &names).unwrap_or_default();
        names.push(name.clone());
        let week_min = minutes(&table, "hours_min", 0, WEEK_MIN).unwrap_or(0);
        let week_max = minutes(&table, "hours_max", 0, WEEK_MIN);
        if week_max.is_none() && !table.has("hours_max") {
            table.missing("hours_max", "Write paid hours of a week, such as \"40h\".");
        }
        let week_max = week_max.unwrap_or(WEEK_MIN);
        if week_min > week_max {
            let message = format!("It is {week_min} min, and hours_max {week_max} min.");
            table.fault("hours_min", "above_max", message, "Write no more than hours_max.");
        }
        let days_max = table.whole("days_max", 1, 7).unwrap_or(5);
        let row_max = table.whole("days_in_a_row_max", 1, 31).unwrap_or(6);
        let rest_min = minutes(&table, "night_rest", 0, REST_MIN_MAX).unwrap_or(11 * 60);
        let mut of = places(&table, "shifts", shifts);
        if !table.has("shifts") {
            of = (0..shifts.len()).collect();
        }
        table.done();
        all.push(Rules { name, week_min, week_max, days_max, row_max, rest_min, shifts: of });
    }
    if all.is_empty() {
        reader.missing("rules", "Add [[rules]] with a name and hours_max.");
    }
    all
}

fn read_people(reader: &Reader<'_>, plan: &Plan) -> Vec<Person> {
    let rules: Vec<String> = plan.rules.iter().map(|rules| rules.name.clone()).collect();
    let sites: Vec<String> = plan.sites.iter().map(|site| site.name.clone()).collect();
    let mut people: Vec<Person> = Vec::new();
    let mut names = BTreeSet::new();
    for table in limited(reader, "people", PEOPLE_MAX) {
        let person = read_person(&table, plan, &rules, &sites);
        let count = table.whole("count", 1, PEOPLE_MAX as u32);
        if people.len() + count.unwrap_or(1) as usize > PEOPLE_MAX {
            let message = format!("There are more than {PEOPLE_MAX} people.");
            table.fault("count", "too_many", message, format!("Keep at most {PEOPLE_MAX}."));
            break;
        }
        for number in 1..=count.unwrap_or(1) {
            let mut person = person.clone();
            if count.is_some() {
                person.name = format!("{} {number}", person.name);
            }
            if !names.insert(person.name.clone()) {
                let message = format!("`{}` is there twice.", person.name);
                table.fault("name", "twice", message, "Give everybody a name of their own.");
            }
            people.push(person);
        }
        table.done();
    }
    if people.is_empty() {
        reader.missing("people", "Add [[people]] with a name and their rules.");
    }
    people
}

fn read_person(table: &Reader<'_>, plan: &Plan, rules: &[String], sites: &[String]) -> Person {
    let name = new_name(table, &[]).unwrap_or_default();
    let site = match table.text("site", "Write the name of a site.") {
        Some(name) => place(table, "site", name, sites),
        None if sites.len() > 1 && !table.has("site") => {
            table.missing("site", "Write the name of a site: there are several.");
            None
        }
        None => None,
    };
    let rule = match table.text("rules", "Write the name of rules.") {
        Some(name) => place(table, "rules", name, rules),
        None if rules.len() > 1 && !table.has("rules") => {
            table.missing("rules", "Write the name of rules: there are several.");
            None
        }
        None => None,
    };
    let site = site.unwrap_or(0);
    let zone = &plan.sites[site].zone;
    let mut absences = Vec::new();
    for absence in limited(table, "absences", ENTRIES_MAX) {
        let from = beginning(&absence, "from", zone);
        let until = if absence.has("until") {
            ending(&absence, "until", zone)
        } else {
            ending(&absence, "from", zone)
        };
        if !absence.has("from") {
            absence.missing("from", "Write a date, such as 2026-03-02.");
        }
        if let (Some(from), Some(until)) = (from, until) {
            if from < until {
                absences.push(domain::Span { from, until });
            } else {
                let next = "Write a later `until`: a date alone is its whole day.";
                absence.fault("until", "before_from", "It is over before it begins.", next);
            }
        }
        absence.done();
    }
    let mut wishes = Vec::new();
    for wish in limited(table, "wishes", ENTRIES_MAX) {
        wishes.extend(read_wish(&wish, plan));
        wish.done();
    }
    Person {
        name,
        rules: rule.unwrap_or(0),
        site,
        skills: words(table, "skills").into_iter().map(str::to_owned).collect(),
        days_off: weekdays(table, "days_off"),
        absences,
        wishes,
        worked_until: worked_until(table, zone),
        row_before: table.whole("days_in_a_row_before", 0, 31).unwrap_or(0),
    }
}

fn worked_until(table: &Reader<'_>, zone: &Zone) -> Option<Timestamp> {
    if table.has("worked_until") { ending(table, "worked_until", zone) } else { None }
}

/// `{ day = 2026-03-04, off = true }`, `{ weekday = "fri", from = "08:00", until = "10:00" }`.
fn read_wish(wish: &Reader<'_>, plan: &Plan) -> Vec<Wish> {
    const NEXT: &str = "Write off = true, or from and until for the times to begin at.";
    let date = day(wish, "day");
    let weekday = wish.text("weekday", WEEKDAYS).and_then(|word| {
        let weekday = weekday_of(word);
        if weekday.is_none() {
            wish.fault("weekday", "unknown_word", format!("It is `{word}`."), WEEKDAYS);
        }
        weekday
    });
    if !wish.has("day") && !wish.has("weekday") {
        wish.missing("day", "Write a day or a weekday.");
    }
    let (from, until) = (time_of_day(wish, "from"), time_of_day(wish, "until"));
    let what = match (wish.bool("off"), from, until) {
        (Some(true), None, None) => WishFor::Off,
        (None | Some(false), Some(from), Some(until)) if from <= until => {
            WishFor::Start { from, until }
        }
        _ => {
            wish.fault("off", "unclear", "It is not clear what is wished for.", NEXT);
            return Vec::new();
        }
    };
    let mut days: Vec<Day> = date.into_iter().collect();
    if let Some(weekday) = weekday {
        let all = (0..i64::from(plan.days)).map(|n| plan.from.plus(n));
        days.extend(all.filter(|day| day.weekday() == weekday));
    }
    days.into_iter().map(|day| Wish { day, what }).collect()
}
