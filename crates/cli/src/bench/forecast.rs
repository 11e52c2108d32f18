//! How far off a forecast of the next open day is, on a file of recorded counts.

use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::Args;
use planning::forecast::{Gaps, History, Method, Options as Asked, forecast};
use serde_json::{Value, json};

use crate::{forecast::history_of, plan::units::refused};

/// On what it is measured.
#[derive(Debug, Args)]
pub struct Options {
    /// Recorded counts: CSV, plain or as .gz
    file: PathBuf,
    /// How many of the last days are said, each from the days before it alone
    #[arg(long, default_value_t = 75)]
    test_days: usize,
}

/// Measures in intervals as recorded and in half-hours.
///
/// # Errors
/// When the file cannot be used.
pub fn run(options: &Options) -> Result<Value> {
    let recorded = history_of(&options.file, Gaps::LeaveDayOut)?;
    let half_hours = recorded.in_slots_of(1800).map_err(refused)?;
    Ok(json!({
        "bench": "forecast",
        "days": recorded.days(),
        "test_days": options.test_days,
        "as_recorded": measure(&recorded, options.test_days)?,
        "half_hours": measure(&half_hours, options.test_days)?,
    }))
}

fn measure(history: &History, test_days: usize) -> Result<Value> {
    let from = history.days().saturating_sub(test_days);
    let (mut off, mut all, mut held, mut slots) = (0.0, 0.0, 0_u32, 0_u32);
    let mut naive_off = 0.0;
    let mut taken = std::collections::BTreeMap::<&str, u32>::new();
    for place in from..history.days() {
        let (day, counts) = history.counts(place).context("a day of the file")?;
        let known = history.until(place);
        let gap = known.days_until(day).context("days before it")?;
        let asked = Asked { days: gap, ..Asked::default() };
        let said = forecast(&known, &asked).map_err(refused)?;
        *taken.entry(said.method).or_default() += 1;
        let naive = known.say(Method::SeasonalNaive, day).context("a week before it")?;
        naive_off += counts.iter().zip(naive).map(|(came, said)| (came - said).abs()).sum::<f64>();
        for slot in said.slots.iter().filter(|slot| slot.day == day) {
            let came = counts[(slot.second / said.step_s) as usize];
            off += (slot.contacts - came).abs();
            all += came;
            slots += 1;
            held += u32::from((slot.low..=slot.high).contains(&came));
        }
    }
    Ok(json!({
        "wape": off / all,
        "seasonal_naive_wape": naive_off / all,
        "coverage_of_90": f64::from(held) / f64::from(slots),
        "slots": slots,
        "methods": taken,
    }))
}
