//! Ways of saying what a day will bring, from the days before.

use super::history::{Recorded, weekday};

/// A way of forecasting. Each says a whole day, slot by slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Method {
    /// What came on the same weekday last.
    SeasonalNaive,
    /// The mean of the last eight same weekdays.
    RecentMean,
    /// The mean of all same weekdays.
    Mean,
    /// A level that is smoothed from day to day, times the weekday's share and profile.
    Level,
    /// Weekday, and how far the last days were off their weekdays, in logarithms, times a profile.
    Autoregressive,
    /// The same on top of a trend, the part of the month and the season of the year.
    Regression,
}

impl Method {
    /// All, the plainest first: of two that judge alike, the plainer is taken.
    pub const ALL: [Self; 6] = [
        Self::SeasonalNaive,
        Self::RecentMean,
        Self::Mean,
        Self::Level,
        Self::Autoregressive,
        Self::Regression,
    ];

    /// Its name in what commands print.
    pub fn name(self) -> &'static str {
        match self {
            Self::SeasonalNaive => "seasonal_naive",
            Self::RecentMean => "mean_of_8_same_weekdays",
            Self::Mean => "mean_of_same_weekdays",
            Self::Level => "level_and_profile",
            Self::Autoregressive => "autoregressive",
            Self::Regression => "regression",
        }
    }

    /// The day `number` from the days before it; `None` where these are too few.
    pub(super) fn says(self, past: &[&Recorded], number: i64) -> Option<Vec<f64>> {
        let of = weekday(number);
        let same = || past.iter().rev().filter(move |day| weekday(day.number) == of);
        match self {
            Self::SeasonalNaive => same().next().map(|day| day.counts.clone()),
            Self::RecentMean => mean(same().take(8)),
            Self::Mean => mean(same()),
            Self::Level => {
                let profile = profile(past, number)?;
                scaled(profile, level(past, of)?)
            }
            Self::Autoregressive => {
                let profile = profile(past, number)?;
                scaled(profile, autoregressive(past, number)?)
            }
            Self::Regression => {
                let profile = profile(past, number)?;
                scaled(profile, regression(past, number)?)
            }
        }
    }
}

fn mean<'a>(days: impl Iterator<Item = &'a &'a Recorded>) -> Option<Vec<f64>> {
    let mut sum: Option<Vec<f64>> = None;
    let mut seen = 0.0;
    for day in days {
        seen += 1.0;
        match &mut sum {
            None => sum = Some(day.counts.clone()),
            Some(sum) => {
                for (sum, count) in sum.iter_mut().zip(&day.counts) {
                    *sum += count;
                }
            }
        }
    }
    scaled(sum?, 1.0 / seen)
}

fn scaled(mut slots: Vec<f64>, by: f64) -> Option<Vec<f64>> {
    for slot in &mut slots {
        *slot *= by;
    }
    by.is_finite().then_some(slots)
}

fn total(day: &Recorded) -> f64 {
    day.counts.iter().sum()
}

/// Half a contact more, so that a day without any has a logarithm.
fn ln_total(day: &Recorded) -> f64 {
    (total(day) + 0.5).ln()
}

/// A week ago counts this much of today, in profiles.
const WEEKLY_FADE: f64 = 0.95;
/// The profile of all weekdays counts as so many days of the own one.
const SHRINK_DAYS: f64 = 1.0;

/// Slots a day, ten minutes each, from which on neighbours are smoothed: longer ones have contacts
/// enough, and the day's own edges would be blurred.
const SMOOTHED_FROM: usize = 144;

/// The shares of a day's contacts by slot: those of the weekday, drawn towards those of all days and
/// smoothed over three slots where these are short and the hours do not end.
fn profile(past: &[&Recorded], number: i64) -> Option<Vec<f64>> {
    let of = weekday(number);
    let own_open = past.iter().rev().find(|day| weekday(day.number) == of)?.open;
    let slots = past.first()?.counts.len();
    let (mut own, mut all) = (vec![0.0; slots], vec![0.0; slots]);
    let (mut own_weight, mut all_weight) = (0.0, 0.0);
    for day in past {
        let sum = total(day);
        if sum <= 0.0 {
            continue;
        }
        let weight = WEEKLY_FADE.powf((number - day.number) as f64 / 7.0);
        let is_own = weekday(day.number) == of;
        // Days of other hours would bring slots that the weekday does not have.
        let is_alike = day.open == own_open;
        if is_own {
            own_weight += weight;
        }
        if is_alike {
            all_weight += weight;
        }
        for slot in 0..slots {
            let share = weight * day.counts[slot] / sum;
            if is_own {
                own[slot] += share;
            }
            if is_alike {
                all[slot] += share;
            }
        }
    }
    if own_weight <= 0.0 {
        return None;
    }
    let shrink = if all_weight > 0.0 { SHRINK_DAYS / all_weight } else { 0.0 };
    let raw: Vec<f64> = (0..slots).map(|slot| own[slot] + shrink * all[slot]).collect();
    let (from, until) = own_open;
    let mut shares = raw.clone();
    if slots >= SMOOTHED_FROM {
        for slot in from + 1..until.saturating_sub(1) {
            shares[slot] = (raw[slot - 1] + raw[slot] + raw[slot + 1]) / 3.0;
        }
    }
    let sum: f64 = shares.iter().sum();
    (sum > 0.0).then(|| scaled(shares, 1.0 / sum)).flatten()
}

/// Mean logarithm of the totals of each weekday; that of all for a weekday never seen.
fn weekdays(past: &[&Recorded]) -> [f64; 7] {
    let mut sums = [(0.0, 0.0); 7];
    for day in past {
        let (sum, seen) = &mut sums[weekday(day.number)];
        *sum += ln_total(day);
        *seen += 1.0;
    }
    let all: f64 = past.iter().map(|day| ln_total(day)).sum::<f64>() / past.len().max(1) as f64;
    sums.map(|(sum, seen)| if seen > 0.0 { sum / seen } else { all })
}

const SMOOTHING: f64 = 0.3;

/// Exponential smoothing of how the days compare with their weekdays.
fn level(past: &[&Recorded], of: usize) -> Option<f64> {
    let usual = weekdays(past);
    let mut off = None;
    for day in past {
        let now = ln_total(day) - usual[weekday(day.number)];
        off = Some(off.map_or(now, |before: f64| before + SMOOTHING * (now - before)));
    }
    Some((usual[of] + off?).exp() - 0.5)
}

/// How much of one day's deviation is left the next: by least squares over neighbouring days.
fn persistence(off: &[f64]) -> f64 {
    let (mut both, mut square) = (0.0, 0.0);
    for pair in off.windows(2) {
        both += pair[0] * pair[1];
        square += pair[0] * pair[0];
    }
    if square > 0.0 { (both / square).clamp(0.0, 0.98) } else { 0.0 }
}

/// Recorded days between the last one and the day asked for: closed days do not make it forget.
fn steps_ahead(past: &[&Recorded], number: i64) -> i32 {
    let Some(last) = past.last() else { return 1 };
    let open: [bool; 7] =
        std::array::from_fn(|of| past.iter().rev().take(60).any(|day| weekday(day.number) == of));
    let steps = (last.number + 1..=number).filter(|day| open[weekday(*day)]).count();
    i32::try_from(steps.max(1)).unwrap_or(i32::MAX)
}

fn autoregressive(past: &[&Recorded], number: i64) -> Option<f64> {
    if past.len() < 10 {
        return None;
    }
    let usual = weekdays(past);
    let off: Vec<f64> = past.iter().map(|day| ln_total(day) - usual[weekday(day.number)]).collect();
    let left = off.last()? * persistence(&off).powi(steps_ahead(past, number));
    Some((usual[weekday(number)] + left).exp() - 0.5)
}

/// What a total's logarithm is explained by.
const FEATURES: usize = 12;

fn features(number: i64, first: i64, last: i64) -> [f64; FEATURES] {
    let mut x = [0.0; FEATURES];
    x[weekday(number)] = 1.0;
    // The trend in years, no steeper beyond the last day than up to it.
    x[7] = (number.min(last) - first) as f64 / 365.25;
    let of_month = super::history::day_of(number)
        .and_then(|day| day.to_string().get(8..10)?.parse::<u32>().ok())
        .unwrap_or(15);
    x[8] = f64::from(u8::from(of_month <= 5));
    x[9] = f64::from(u8::from(of_month >= 26));
    // A season is known once a whole year was seen.
    if last - first >= 365 {
        let angle = std::f64::consts::TAU * number as f64 / 365.25;
        (x[10], x[11]) = angle.sin_cos();
    }
    x
}

/// A little of this keeps what is not seen at 0.
const RIDGE: f64 = 0.3;

fn regression(past: &[&Recorded], number: i64) -> Option<f64> {
    if past.len() < 30 {
        return None;
    }
    let (first, last) = (past.first()?.number, past.last()?.number);
    let centre: f64 = past.iter().map(|day| ln_total(day)).sum::<f64>() / past.len() as f64;
    let mut matrix = [[0.0; FEATURES]; FEATURES];
    let mut right = [0.0; FEATURES];
    for day in past {
        let x = features(day.number, first, last);
        let y = ln_total(day) - centre;
        for i in 0..FEATURES {
            right[i] += x[i] * y;
            for j in 0..FEATURES {
                matrix[i][j] += x[i] * x[j];
            }
        }
    }
    for (i, row) in matrix.iter_mut().enumerate() {
        row[i] += RIDGE;
    }
    let weights = solve(matrix, right);
    let usual = |number: i64| {
        let x = features(number, first, last);
        centre + x.iter().zip(weights).map(|(x, w)| x * w).sum::<f64>()
    };
    let off: Vec<f64> = past.iter().map(|day| ln_total(day) - usual(day.number)).collect();
    let left = off.last()? * persistence(&off).powi(steps_ahead(past, number));
    Some((usual(number) + left).exp() - 0.5)
}

/// Gaussian elimination; the ridge keeps every pivot above 0.
fn solve(mut a: [[f64; FEATURES]; FEATURES], mut b: [f64; FEATURES]) -> [f64; FEATURES] {
    for i in 0..FEATURES {
        for row in i + 1..FEATURES {
            let by = a[row][i] / a[i][i];
            let above = a[i];
            for (value, above) in a[row].iter_mut().zip(above) {
                *value -= by * above;
            }
            b[row] -= by * b[i];
        }
    }
    for i in (0..FEATURES).rev() {
        let known: f64 = (i + 1..FEATURES).map(|j| a[i][j] * b[j]).sum();
        b[i] = (b[i] - known) / a[i][i];
    }
    b
}
