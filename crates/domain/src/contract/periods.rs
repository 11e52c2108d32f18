//! The periods of a contract: who owns each minute of the week, and when they change in UTC.

use std::collections::BTreeSet;

use super::{Contract, Period, PeriodHours, Service};
use crate::{
    Fault, Timeline, Timestamp,
    calendar::{MinuteOfDay, Weekday, check_weekly, horizon_faults, unknown_zone},
    zone::Zone,
};

/// Most periods of one contract; more could not be told apart on a screen.
const PERIODS_MAX: usize = 32;
const DAY: usize = 1440;
const WEEK: usize = 7 * DAY;

/// The service model of a contract, as its periods make it.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Model {
    /// Agents of shared pools, always.
    Shared,
    /// The client's own team, always, with no pool to help.
    Dedicated,
    /// Both: some periods of each kind, or a team that shared pools help by overflow.
    Hybrid,
}

/// The service model of a contract.
pub fn model(contract: &Contract) -> Model {
    let shared = |p: &Period| matches!(p.service, Service::Shared { .. });
    let helped = |p: &Period| !shared(p) && p.overflow.is_some();
    let (some_shared, some_dedicated) =
        (contract.periods.iter().any(shared), contract.periods.iter().any(|p| !shared(p)));
    match (some_shared, some_dedicated) {
        (true, true) => Model::Hybrid,
        (false, true) if contract.periods.iter().any(helped) => Model::Hybrid,
        (false, true) => Model::Dedicated,
        _ => Model::Shared,
    }
}

/// The index of the period in force between two instants. The first change is at `from`.
///
/// Periods cover the week, so only their beginnings matter: where the clock goes forward, a period
/// that would begin in the gap begins right after it; where it goes back, it begins at the first of
/// the two instants and stays in force while the hour repeats.
///
/// # Errors
/// An unknown zone, holes or overlaps of the periods, or a bad horizon.
pub fn compile_periods(
    contract: &Contract,
    from: Timestamp,
    until: Timestamp,
) -> Result<Timeline<u16>, Vec<Fault>> {
    let mut faults = period_faults(contract);
    faults.extend(horizon_faults(from, until));
    let zone = Zone::get(&contract.zone).map_err(|error| unknown_zone("zone", &error));
    let zone = match zone {
        Ok(zone) if faults.is_empty() => zone,
        Ok(_) => return Err(faults),
        Err(fault) => {
            faults.insert(0, fault);
            return Err(faults);
        }
    };
    let beginnings = beginnings(&owners(contract));
    let (mut day, last) = (zone.day_at(from).previous(), zone.day_at(until).next());
    let mut changes: Vec<(Timestamp, u16)> = Vec::new();
    // A week that begins before the first day seen, for the period in force at its start.
    for _ in 0..7 {
        day = day.previous();
    }
    while day <= last {
        for (minute, period) in &beginnings[day.weekday().index()] {
            let at = zone.opening(day, *minute).max(from);
            // What begins later on the clock wins: two beginnings meet in a gap, or before `from`.
            while changes.last().is_some_and(|(before, _)| *before >= at) {
                changes.pop();
            }
            if at < until && changes.last().is_none_or(|(_, before)| before != period) {
                changes.push((at, *period));
            }
        }
        day = day.next();
    }
    Ok(Timeline { changes, compiled_until: until })
}

/// What is wrong with the hours of the periods: holes, overlaps, kinds that exclude one another.
pub(super) fn period_faults(contract: &Contract) -> Vec<Fault> {
    let mut faults = Vec::new();
    let periods = &contract.periods;
    if periods.is_empty() {
        faults.push(Fault::new(
            "periods",
            "periods_missing",
            "The contract has no period, so nobody would answer.",
            "Add one that always holds, or several that cover the week.",
        ));
        return faults;
    }
    if periods.len() > PERIODS_MAX {
        faults.push(Fault::new(
            "periods",
            "too_many_periods",
            crate::words!("There are {} periods.", periods.len()),
            crate::words!(
                "Keep at most {}; one period may hold several ranges of hours.",
                PERIODS_MAX
            ),
        ));
        return faults;
    }
    let mut names = BTreeSet::new();
    let mut hours_are_sound = true;
    for (i, period) in periods.iter().enumerate() {
        if period.name.trim().is_empty() {
            faults.push(Fault::new(
                format!("periods[{i}].name"),
                "name_missing",
                crate::words!("Period {} has no name.", i + 1),
                "Give it one that people recognise, such as `Office hours`.",
            ));
        } else if !names.insert(period.name.trim()) {
            faults.push(Fault::new(
                format!("periods[{i}].name"),
                "name_repeated",
                crate::words!("Two periods are called `{}`.", period.name),
                "Give each its own name; reports tell periods apart by it.",
            ));
        }
        if let PeriodHours::Weekly { weekly } = &period.when {
            let path = format!("periods[{i}].when.weekly");
            let before = faults.len();
            if weekly.is_empty() {
                faults.push(Fault::new(
                    path,
                    "hours_missing",
                    crate::words!("`{}` holds at no hour of the week.", period.name),
                    "Add its hours, or remove the period.",
                ));
            } else {
                check_weekly(&path, weekly, &mut faults);
            }
            hours_are_sound &= faults.len() == before;
        }
    }
    let indices = |wanted: fn(&PeriodHours) -> bool| -> Vec<usize> {
        (0..periods.len()).filter(|i| wanted(&periods[*i].when)).collect()
    };
    let always = indices(|when| matches!(when, PeriodHours::Always));
    let otherwise = indices(|when| matches!(when, PeriodHours::Otherwise));
    if let (Some(i), true) = (always.first(), periods.len() > 1) {
        faults.push(Fault::new(
            format!("periods[{i}].when"),
            "always_beside_others",
            crate::words!("`{}` holds the whole week beside other periods.", periods[*i].name),
            "Make it the only period, or let it hold otherwise, in the hours that no other claims.",
        ));
    }
    if let [first, second, ..] = otherwise[..] {
        faults.push(Fault::new(
            format!("periods[{second}].when"),
            "two_otherwise",
            crate::words!(
                "`{}` and `{}` both take the hours that no other period claims.",
                periods[first].name,
                periods[second].name
            ),
            "Keep one of the two and give the other its own hours.",
        ));
    }
    faults.extend(period_overlaps(periods));
    if always.is_empty()
        && otherwise.is_empty()
        && hours_are_sound
        && let Some(hole) = first_hole(&owners(contract))
    {
        faults.push(Fault::new(
            "periods",
            "period_hole",
            crate::words!("{} is covered by no period.", hole),
            "Give these hours to a period, or let one period hold otherwise.",
        ));
    }
    faults
}

/// One fault for each pair of periods that claim the same minutes, at the first of them.
fn period_overlaps(periods: &[Period]) -> Vec<Fault> {
    let claims: Vec<Vec<bool>> = periods
        .iter()
        .map(|period| {
            let mut claimed = vec![false; WEEK];
            each_range(period, |range| claimed[range].fill(true));
            claimed
        })
        .collect();
    let mut faults = Vec::new();
    for j in 0..periods.len() {
        for i in 0..j {
            let both = |at: &usize| claims[i][*at] && claims[j][*at];
            let Some(from) = (0..WEEK).find(both) else { continue };
            let day_end = (from / DAY + 1) * DAY;
            let until = (from..day_end).find(|at| !both(at)).unwrap_or(day_end);
            faults.push(Fault::new(
                format!("periods[{j}].when.weekly"),
                "period_overlap",
                crate::words!(
                    "{} belongs to `{}` and to `{}`.",
                    stretch(from, until),
                    periods[i].name,
                    periods[j].name
                ),
                "Take these hours from one of the two.",
            ));
        }
    }
    faults
}

/// The period that owns each minute of the week from Monday 00:00.
fn owners(contract: &Contract) -> Vec<Option<u16>> {
    let index = |i: usize| u16::try_from(i).unwrap_or(u16::MAX);
    let rest = contract
        .periods
        .iter()
        .position(|p| matches!(p.when, PeriodHours::Always | PeriodHours::Otherwise));
    let mut owners = vec![rest.map(index); WEEK];
    for (i, period) in contract.periods.iter().enumerate() {
        each_range(period, |range| owners[range].fill(Some(index(i))));
    }
    owners
}

/// The weekly ranges of a period, as minutes of the week.
fn each_range(period: &Period, mut with: impl FnMut(std::ops::Range<usize>)) {
    let PeriodHours::Weekly { weekly } = &period.when else { return };
    for range in weekly {
        let (from, until) = (usize::from(range.from.minutes()), usize::from(range.until.minutes()));
        for day in &range.days {
            let midnight = day.index() * DAY;
            if from < until {
                with(midnight + from..midnight + until);
            }
        }
    }
}

/// For each day of the week, the minutes at which a period begins. Empty on a day without a change,
/// except Monday, which always says what holds at its start.
fn beginnings(owners: &[Option<u16>]) -> [Vec<(u16, u16)>; 7] {
    let mut days: [Vec<(u16, u16)>; 7] = Default::default();
    let mut before = None;
    for (at, owner) in owners.iter().enumerate() {
        if let Some(owner) = owner
            && before != Some(*owner)
        {
            days[at / DAY].push((u16::try_from(at % DAY).unwrap_or(0), *owner));
        }
        before = *owner;
    }
    days
}

/// The first stretch of a day that nobody owns.
fn first_hole(owners: &[Option<u16>]) -> Option<String> {
    let from = owners.iter().position(Option::is_none)?;
    let day_end = (from / DAY + 1) * DAY;
    let until = (from..day_end).find(|at| owners[*at].is_some()).unwrap_or(day_end);
    Some(stretch(from, until))
}

/// `Tue 18:00–24:00` from two minutes of the week; `until` lies on the same day.
fn stretch(from: usize, until: usize) -> String {
    let minute = |m: usize| {
        u16::try_from(m).ok().and_then(MinuteOfDay::from_minutes).unwrap_or(MinuteOfDay::END)
    };
    let midnight = from / DAY * DAY;
    let day = Weekday::ALL[from / DAY % 7].short();
    format!("{day} {}–{}", minute(from - midnight), minute(until - midnight))
}
