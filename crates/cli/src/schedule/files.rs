//! Rosters as files: iCalendar for each person, CSV for all.

use std::{collections::BTreeMap, path::Path};

use anyhow::{Context, Result};
use domain::{Timestamp, csv};
use icalendar::{Calendar, Component, Event, EventLike};
use planning::roster::Duty;

use super::Made;

/// Writes one calendar for each person who works.
///
/// # Errors
/// When the folder or a file cannot be written.
pub fn write_calendars(folder: &Path, made: &Made) -> Result<()> {
    std::fs::create_dir_all(folder).with_context(|| format!("making {}", folder.display()))?;
    let mut of_person: BTreeMap<usize, Vec<&Duty>> = BTreeMap::new();
    for duty in &made.roster.duties {
        of_person.entry(duty.person).or_default().push(duty);
    }
    for (person, duties) in of_person {
        let path = folder.join(file_name(person, &made.plan.people[person].name));
        std::fs::write(&path, calendar(made, &duties))
            .with_context(|| format!("writing {}", path.display()))?;
    }
    Ok(())
}

/// `003-anna-marie.ics`: the number tells people apart whose names differ only in letters that a file's
/// name had better not have.
pub fn file_name(person: usize, name: &str) -> String {
    let plain: String = name
        .chars()
        .take(60)
        .map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' })
        .collect();
    format!("{:03}-{plain}.ics", person + 1)
}

/// `20260302T070000Z`.
fn utc(at: Timestamp) -> String {
    let text = domain::Zone::get("UTC").map_or_else(|_| at.to_string(), |utc| utc.local(at));
    let digits: String = text.chars().take(19).filter(|c| !matches!(c, '-' | ':')).collect();
    format!("{digits}Z")
}

/// The duties of one person as iCalendar (RFC 5545). Times are in UTC, so that no reader needs our zones.
pub fn calendar(made: &Made, duties: &[&Duty]) -> String {
    let mut calendar = Calendar::new();
    // The plan's beginning, not the clock: the same roster gives the same bytes, and a later one replaces it.
    let stamp = utc(made.plan.zone.opening(made.plan.from, 0));
    for duty in duties {
        let person = &made.plan.people[duty.person];
        let site = &made.plan.sites[person.site];
        let shift = &made.plan.shifts[duty.shift];
        let breaks = breaks(made, duty, " to ");
        let mut event = Event::new();
        event
            .uid(&format!("{}-{}@roster.permanence", person_key(&person.name), duty.day))
            .summary(&shift.name)
            .add_property("DTSTAMP", &stamp)
            .add_property("DTSTART", utc(duty.from))
            .add_property("DTEND", utc(duty.until))
            .location(&site.name);
        if !breaks.is_empty() {
            event.description(&breaks.join("\n"));
        }
        calendar.push(event.done());
    }
    calendar.to_string()
}

/// Each break of a duty by its name, and by its beginning and end at the site.
fn breaks(made: &Made, duty: &Duty, until: &str) -> Vec<String> {
    let site = &made.plan.sites[made.plan.people[duty.person].site];
    let clock = |at| clock(&site.zone.local(at));
    let names = duty.breaks.iter().zip(&made.plan.shifts[duty.shift].breaks);
    names
        .map(|(span, of)| format!("{} {}{until}{}", of.name, clock(span.from), clock(span.until)))
        .collect()
}

/// A name as letters and digits that stay the same from plan to plan.
fn person_key(name: &str) -> String {
    name.bytes().map(|byte| format!("{byte:02x}")).collect()
}

/// `09:30` of `2026-03-02T09:30:00+01:00`.
pub fn clock(local: &str) -> String {
    local.get(11..16).unwrap_or_default().to_owned()
}

/// Every duty as a line.
pub fn csv(made: &Made) -> String {
    let mut text = String::from("person,site,shift,day,from,until,paid_minutes,breaks\n");
    for duty in &made.roster.duties {
        let person = &made.plan.people[duty.person];
        let site = &made.plan.sites[person.site];
        let shift = &made.plan.shifts[duty.shift];
        let breaks = breaks(made, duty, "-");
        text += &format!(
            "{},{},{},{},{},{},{},{}\n",
            csv::cell(&person.name),
            csv::cell(&site.name),
            csv::cell(&shift.name),
            duty.day,
            site.zone.local(duty.from),
            site.zone.local(duty.until),
            paid_minutes(made, duty),
            csv::cell(&breaks.join("; ")),
        );
    }
    text
}

/// Paid minutes of a duty.
pub fn paid_minutes(made: &Made, duty: &Duty) -> u64 {
    let breaks = duty.breaks.iter().zip(&made.plan.shifts[duty.shift].breaks);
    let unpaid: u64 =
        breaks.filter(|(_, of)| !of.paid).map(|(span, _)| span.length().as_secs() / 60).sum();
    (duty.until.since(duty.from).as_secs() / 60).saturating_sub(unpaid)
}
