//! What the coming days will bring, slot by slot, from recorded counts.
//!
//! [`History::read`] takes a file's text, [`forecast`] says the days after it. Several methods are
//! judged on the last weeks, each day of them said from what was known before it; the best of them for
//! this very series says the future, and its errors there are the width of its intervals. Seasons go
//! by the calendar, never by the number of rows, so that holidays do not shift them.

pub mod handle;
mod history;
mod judge;
mod method;

use std::collections::BTreeMap;

use domain::{Day, Fault, words};

pub use history::{Gaps, History};
pub use judge::Judged;
pub use method::Method;

use crate::{check::Check, normal};

use history::{Recorded, day_of, number_of};
use judge::{ASSUMED_ERROR, deviation, hours, judge};

/// What is asked.
#[derive(Clone, Debug)]
pub struct Options {
    /// How many days to say, from the day after the last recorded one.
    pub days: u32,
    /// Share of the slots that the intervals shall hold.
    pub coverage: f64,
    /// Days held back to judge methods on; fewer where the history is short.
    pub held_back: u32,
    /// Days on which nobody works, and days that are unlike others.
    pub special_days: Vec<SpecialDay>,
    /// Shares of a week by slot to begin with, while there is little history of its own.
    pub profile: Option<History>,
}

impl Default for Options {
    fn default() -> Self {
        Self { days: 7, coverage: 0.9, held_back: 28, special_days: Vec::new(), profile: None }
    }
}

/// A day that is unlike others of its weekday.
#[derive(Clone, Debug, PartialEq)]
pub struct SpecialDay {
    /// Which day.
    pub day: Day,
    /// Its name: days of one name are taken to be alike, and what they brought before is learned.
    pub name: String,
    /// How many times the usual contacts; `None`: as days of its name before. 0 is closed.
    pub factor: Option<f64>,
}

/// The days to come.
#[derive(Clone, Debug, PartialEq)]
pub struct Forecast {
    /// Length of a slot in seconds.
    pub step_s: u32,
    /// The method that was chosen, by name; `profile` where there was too little history.
    pub method: &'static str,
    /// How all methods did on the days held back, the best first; empty where there were too few.
    pub judged: Vec<Judged>,
    /// How many days were held back for that.
    pub held_back: usize,
    /// The slots of the coming days in which contacts are taken.
    pub slots: Vec<Slot>,
}

/// One slot of a forecast.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Slot {
    /// Civil day.
    pub day: Day,
    /// Seconds after its midnight.
    pub second: u32,
    /// Contacts expected.
    pub contacts: f64,
    /// The interval: from here …
    pub low: f64,
    /// … to here.
    pub high: f64,
}

const DAYS_MAX: u32 = 366;
/// Methods are judged on no more open days ahead than this.
const JUDGED_AHEAD: u32 = 7;
/// With fewer days of its own a series begins from a profile, if there is one.
const OWN_DAYS: usize = 14;
/// Contacts of a profile that one's own must outweigh: a day or two of a small client.
const PRIOR_CONTACTS: f64 = 20.0;

/// Says the days after the last recorded one.
///
/// # Errors
/// When a number is out of range, or there is neither enough history nor a profile.
pub fn forecast(history: &History, options: &Options) -> Result<Forecast, Vec<Fault>> {
    let mut check = Check::default();
    check.count("days", options.days, DAYS_MAX).inner_share("coverage", options.coverage, "0.9");
    for special in &options.special_days {
        if let Some(factor) = special.factor {
            check.not_negative("special_days", factor, "0.4");
        }
    }
    check.done()?;
    let special: BTreeMap<i64, &SpecialDay> =
        options.special_days.iter().map(|special| (number_of(special.day), special)).collect();
    let usual: Vec<&Recorded> =
        history.days.iter().filter(|day| !special.contains_key(&day.number)).collect();
    let Some(last) = history.days.last() else {
        check.fault("file", "no_history", "has no whole day.", "Give at least a day of counts.");
        check.done()?;
        return Ok(Forecast {
            step_s: history.step_s,
            method: "",
            judged: vec![],
            held_back: 0,
            slots: vec![],
        });
    };
    if usual.len() < OWN_DAYS
        && let Some(profile) = &options.profile
    {
        return from_profile(history, &usual, profile, last.number, &special, options);
    }
    // No more than a third is held back, so that methods have something to learn from.
    let held_back = (options.held_back as usize).min(usual.len() / 3);
    if held_back < 3 {
        check.fault(
            "file",
            "too_little_history",
            words!("has {} usual days.", usual.len()),
            words!(
                "Give at least 9 days, or a --profile to begin with (read below {} days).",
                OWN_DAYS
            ),
        );
        check.done()?;
    }
    let tail = 0.5 * (1.0 - options.coverage);
    let open = |number: i64| {
        hours(&usual, number).filter(|_| special.get(&number).is_none_or(|s| s.factor != Some(0.0)))
    };
    let open_days = (1..=i64::from(options.days)).filter(|day| open(last.number + day).is_some());
    let ahead = (open_days.count() as u32).clamp(1, JUDGED_AHEAD);
    let (judged, chosen) = judge(&usual, held_back, ahead, tail);
    let learned = learn(history, &usual, &special, chosen.method);
    let (below, above) =
        chosen.spread.unwrap_or((normal::quantile(tail), normal::quantile(1.0 - tail)));
    let mut slots = Vec::new();
    let mut errors = chosen.day_errors.iter();
    let mut error = ASSUMED_ERROR;
    for number in last.number + 1..=last.number + i64::from(options.days) {
        let Some(factor) = factor_of(&special, &learned, number) else { continue };
        let (Some(said), Some(open)) = (chosen.method.says(&usual, number), open(number)) else {
            continue;
        };
        // Beyond those that were judged, the error of the last one.
        error = errors.next().copied().unwrap_or(error);
        put(&mut slots, history.step_s, number, open, |slot| {
            let contacts = (said[slot] * factor).max(0.0);
            let deviation = deviation(contacts, error);
            (contacts, contacts + below * deviation, contacts + above * deviation)
        });
    }
    let method = chosen.method.name();
    Ok(Forecast { step_s: history.step_s, method, judged, held_back, slots })
}

/// The factor of a day: 1 for a usual one, `None` for a closed one.
fn factor_of(
    special: &BTreeMap<i64, &SpecialDay>,
    learned: &BTreeMap<&str, f64>,
    number: i64,
) -> Option<f64> {
    let Some(day) = special.get(&number) else { return Some(1.0) };
    let factor = day.factor.or_else(|| learned.get(day.name.as_str()).copied()).unwrap_or(1.0);
    (factor > 0.0).then_some(factor)
}

/// What days of each name brought, over what a usual day would have: the geometric mean. A name that
/// only closed days had is closed.
fn learn<'a>(
    history: &History,
    usual: &[&Recorded],
    special: &BTreeMap<i64, &'a SpecialDay>,
    method: Method,
) -> BTreeMap<&'a str, f64> {
    let recorded: BTreeMap<i64, &Recorded> =
        history.days.iter().map(|day| (day.number, day)).collect();
    let (Some(first), Some(last)) = (history.days.first(), history.days.last()) else {
        return BTreeMap::new();
    };
    let mut sums: BTreeMap<&str, (f64, f64)> = BTreeMap::new();
    let mut closed: BTreeMap<&str, f64> = BTreeMap::new();
    for (number, day) in special {
        let Some(on_record) = recorded.get(number) else {
            // Within the record and without a row: nobody worked.
            if (first.number..=last.number).contains(number) {
                closed.insert(&day.name, 0.0);
            }
            continue;
        };
        let until = usual.partition_point(|usual| usual.number < *number);
        let Some(said) = method.says(&usual[..until], *number) else { continue };
        let (said, came): (f64, f64) = (said.iter().sum(), on_record.counts.iter().sum());
        let (sum, seen) = sums.entry(&day.name).or_default();
        *sum += ((came + 0.5) / (said.max(0.0) + 0.5)).ln();
        *seen += 1.0;
    }
    closed.extend(sums.into_iter().map(|(name, (sum, seen))| (name, (sum / seen).exp())));
    closed
}

/// The first weeks of a series: another one's week, at one's own level.
fn from_profile(
    history: &History,
    usual: &[&Recorded],
    profile: &History,
    last: i64,
    special: &BTreeMap<i64, &SpecialDay>,
    options: &Options,
) -> Result<Forecast, Vec<Fault>> {
    let alike = profile.in_slots_of(history.step_s)?;
    let shape: Vec<&Recorded> = alike.days.iter().collect();
    let expected = |number: i64| Method::Mean.says(&shape, number);
    let (mut own, mut of_profile) = (0.0, 0.0);
    for day in usual {
        if let Some(said) = expected(day.number) {
            own += day.counts.iter().sum::<f64>();
            of_profile += said.iter().sum::<f64>();
        }
    }
    if of_profile <= 0.0 {
        return crate::check::refuse(
            "profile",
            "profile_elsewhere",
            "has none of the weekdays that were recorded.",
            "Give a profile whose weekdays and hours are those of the file.",
        );
    }
    let level = own / of_profile;
    // The level is as uncertain as the contacts that it was seen in are few.
    let error = (1.0 / (own + PRIOR_CONTACTS) + 0.01 + 0.04 / usual.len() as f64).sqrt();
    let tail = 0.5 * (1.0 - options.coverage);
    let mut slots = Vec::new();
    for ahead in 1..=i64::from(options.days) {
        let number = last + ahead;
        let Some(factor) = factor_of(special, &BTreeMap::new(), number) else { continue };
        let (Some(said), Some(open)) = (expected(number), hours(&shape, number)) else { continue };
        put(&mut slots, history.step_s, number, open, |slot| {
            let contacts = said[slot] * level * factor;
            let deviation = deviation(contacts, error);
            let at = |share| contacts + normal::quantile(share) * deviation;
            (contacts, at(tail), at(1.0 - tail))
        });
    }
    Ok(Forecast { step_s: history.step_s, method: "profile", judged: vec![], held_back: 0, slots })
}

fn put(
    slots: &mut Vec<Slot>,
    step_s: u32,
    number: i64,
    open: (usize, usize),
    said: impl Fn(usize) -> (f64, f64, f64),
) {
    let Some(day) = day_of(number) else { return };
    for slot in open.0..open.1 {
        let (contacts, low, high) = said(slot);
        let second = slot as u32 * step_s;
        slots.push(Slot { day, second, contacts, low: low.max(0.0), high: high.max(0.0) });
    }
}

#[cfg(test)]
mod tests;
