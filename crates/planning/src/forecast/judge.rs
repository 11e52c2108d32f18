//! Which way of forecasting is best for a series, and how far off it is: on days held back.

use super::{
    history::{Recorded, weekday},
    method::Method,
};

/// How one method did on the days held back.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Judged {
    /// The method.
    pub method: Method,
    /// Sum of absolute errors of the slots over the sum of contacts (WAPE); `None` when it could not
    /// say every day held back.
    pub wape: Option<f64>,
    /// The same on totals of days.
    pub wape_of_days: Option<f64>,
}

/// A method with what is known of its errors.
#[derive(Clone, Debug)]
pub(super) struct Chosen {
    pub method: Method,
    /// Standard deviation of the logarithm of a day's total, for each number of open days
    /// ahead from 1.
    pub day_errors: Vec<f64>,
    /// Quantiles of the slots' errors in units of [`deviation`]; `None` where too few were seen.
    pub spread: Option<(f64, f64)>,
}

/// What a slot is expected to be off by: chance as of a Poisson count, and the day's own error.
pub(super) fn deviation(expected: f64, day_error: f64) -> f64 {
    (expected.max(0.1) + (day_error * expected).powi(2)).sqrt()
}

/// Slots held back that quantiles need.
const SLOTS_LEAST: usize = 200;
/// A day's error that is assumed where none could be seen.
pub(super) const ASSUMED_ERROR: f64 = 0.25;

/// Judges every method on the last `held_back` days, each said from what was known `1..=ahead`
/// recorded days before; the best comes first, and of those alike the plainest.
pub(super) fn judge(
    days: &[&Recorded],
    held_back: usize,
    ahead: u32,
    tail: f64,
) -> (Vec<Judged>, Chosen) {
    let from = days.len().saturating_sub(held_back);
    let mut best: Option<(f64, Chosen)> = None;
    let mut judged = Vec::new();
    for method in Method::ALL {
        let trial = try_out(method, days, from, ahead);
        judged.push(Judged {
            method,
            wape: trial.as_ref().map(|trial| trial.wape),
            wape_of_days: trial.as_ref().map(|trial| trial.wape_of_days),
        });
        let Some(trial) = trial else { continue };
        if best.as_ref().is_none_or(|(wape, _)| trial.wape < *wape) {
            best = Some((trial.wape, trial.chosen(method, tail)));
        }
    }
    judged.sort_by(|a, b| {
        a.wape.unwrap_or(f64::INFINITY).total_cmp(&b.wape.unwrap_or(f64::INFINITY))
    });
    let unknown = Chosen {
        method: Method::SeasonalNaive,
        day_errors: vec![ASSUMED_ERROR; ahead as usize],
        spread: None,
    };
    (judged, best.map_or(unknown, |(_, chosen)| chosen))
}

struct Trial {
    wape: f64,
    wape_of_days: f64,
    day_errors: Vec<f64>,
    /// What was said, what came, and how many days ahead (from 0) it was said.
    slots: Vec<(f64, f64, usize)>,
}

fn try_out(method: Method, days: &[&Recorded], from: usize, ahead: u32) -> Option<Trial> {
    let (mut off, mut off_days, mut all) = (0.0, 0.0, 0.0);
    let mut squares = vec![(0.0, 0.0); ahead as usize];
    let mut slots = Vec::new();
    for (place, today) in days.iter().enumerate().skip(from) {
        for (at, square) in squares.iter_mut().enumerate() {
            let until = place.saturating_sub(at);
            let said = method.says(&days[..until], today.number)?;
            let (said_total, total): (f64, f64) = (said.iter().sum(), today.counts.iter().sum());
            off_days += (said_total - total).abs();
            all += total;
            square.0 += ((total + 0.5) / (said_total.max(0.0) + 0.5)).ln().powi(2);
            square.1 += 1.0;
            let (open, until) = today.open;
            for (slot, (said, came)) in said.iter().zip(&today.counts).enumerate() {
                off += (said - came).abs();
                if (open..until).contains(&slot) {
                    slots.push((*said, *came, at));
                }
            }
        }
    }
    (all > 0.0).then(|| Trial {
        wape: off / all,
        wape_of_days: off_days / all,
        day_errors: squares.iter().map(|(sum, seen)| (sum / seen).sqrt()).collect(),
        slots,
    })
}

impl Trial {
    fn chosen(self, method: Method, tail: f64) -> Chosen {
        let mut off: Vec<f64> = self
            .slots
            .iter()
            .map(|(said, came, at)| (came - said) / deviation(*said, self.day_errors[*at]))
            .collect();
        off.sort_by(f64::total_cmp);
        let at = |share: f64| {
            let place = share * (off.len() + 1) as f64 - 1.0;
            let low = (place.floor().max(0.0) as usize).min(off.len() - 1);
            let high = (low + 1).min(off.len() - 1);
            off[low] + (off[high] - off[low]) * (place - low as f64).clamp(0.0, 1.0)
        };
        let spread = (off.len() >= SLOTS_LEAST).then(|| (at(tail), at(1.0 - tail)));
        Chosen { method, day_errors: self.day_errors, spread }
    }
}

/// The hours of a weekday, as it had them last; `None` where it was never open.
pub(super) fn hours(days: &[&Recorded], number: i64) -> Option<(usize, usize)> {
    days.iter().rev().find(|day| weekday(day.number) == weekday(number)).map(|day| day.open)
}
