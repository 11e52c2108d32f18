//! `permanence forecast`: the coming days from a file of recorded counts.

use std::{
    fs::File,
    io::Read,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, bail};
use clap::{Args, ValueEnum};
use domain::Day;
use flate2::read::MultiGzDecoder;
use planning::forecast::{Forecast, Gaps, History, Options, SpecialDay, forecast};
use serde_json::{Value, json};

use crate::plan::units::{percent, refused, share, span};

/// What is recorded, and what is asked.
#[derive(Debug, Args)]
pub struct ForecastArgs {
    /// Recorded counts: CSV, plain or as .gz; `datetime,calls` or `date,00:00,00:15,…`
    file: PathBuf,
    /// How many days to say, from the day after the last recorded one
    #[arg(long, default_value_t = 7)]
    days: u32,
    /// Length of the intervals, a multiple of the recorded ones [default: as recorded]
    #[arg(long, value_name = "SPAN", value_parser = span)]
    interval: Option<f64>,
    /// Share of the intervals' outcomes that low and high shall hold
    #[arg(long, value_name = "SHARE", value_parser = share, default_value = "0.9")]
    coverage: f64,
    /// A day on which nobody works; may be given several times
    #[arg(long, value_name = "DATE")]
    holiday: Vec<Day>,
    /// CSV of days unlike others: `date,name` or `date,name,factor`; days of one name are learned from each other
    #[arg(long, value_name = "FILE")]
    special_days: Option<PathBuf>,
    /// Recorded counts of a like client to begin with, while there is little history
    #[arg(long, value_name = "FILE")]
    profile: Option<PathBuf>,
    /// What to do with days of which some slots are missing
    #[arg(long, value_enum, default_value = "refuse")]
    gaps: GapsArg,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum GapsArg {
    /// Refuse the file and name them
    Refuse,
    /// Leave such days out
    LeaveOut,
}

/// A file of counts is no larger than this when unpacked.
const BYTES_MAX: u64 = 512 * 1024 * 1024;

/// The text of a file, unpacked where it is gzip.
///
/// # Errors
/// When it cannot be read, is too large, or is no text.
pub fn text_of(path: &Path) -> Result<String> {
    let reading = || format!("reading {}", path.display());
    let mut file = File::open(path).with_context(reading)?;
    let mut magic = [0; 2];
    let packed = file.read_exact(&mut magic).is_ok() && magic == [0x1f, 0x8b];
    let file = File::open(path).with_context(reading)?;
    let mut text = String::new();
    let read = if packed {
        MultiGzDecoder::new(file).take(BYTES_MAX + 1).read_to_string(&mut text)
    } else {
        file.take(BYTES_MAX + 1).read_to_string(&mut text)
    };
    read.with_context(reading)?;
    if text.len() as u64 > BYTES_MAX {
        bail!("{} is larger than {BYTES_MAX} bytes: give longer intervals", path.display());
    }
    Ok(text)
}

/// The counts of a file.
///
/// # Errors
/// When it cannot be read, or with everything that is wrong in it.
pub fn history_of(path: &Path, gaps: Gaps) -> Result<History> {
    let text = text_of(path)?;
    History::read(&text, gaps).map_err(|faults| {
        let lines: Vec<String> = faults
            .iter()
            .map(|fault| format!("\n  {} {} {}", fault.field, fault.message, fault.next))
            .collect();
        anyhow::anyhow!("{} cannot be used:{}", path.display(), lines.concat())
    })
}

fn special_days_of(path: &Path) -> Result<Vec<SpecialDay>> {
    let text = text_of(path)?;
    let mut days = Vec::new();
    for (at, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        if at == 0 && line.starts_with("date") {
            continue;
        }
        let wrong = || {
            format!(
                "line {} of {} is `{line}`: give `2026-12-25,Christmas` or `2026-12-24,Eve,0.5`",
                at + 1,
                path.display()
            )
        };
        let mut fields = line.split(',').map(str::trim);
        let day = fields.next().and_then(|day| day.parse().ok()).with_context(wrong)?;
        let name = fields.next().filter(|name| !name.is_empty()).with_context(wrong)?.to_owned();
        let factor = fields.next().map(str::parse::<f64>).transpose().ok().with_context(wrong)?;
        days.push(SpecialDay { day, name, factor });
    }
    Ok(days)
}

impl ForecastArgs {
    /// What the command prints.
    ///
    /// # Errors
    /// When a file cannot be read or used, or a number is out of range.
    pub fn printed(&self) -> Result<String> {
        let gaps = match self.gaps {
            GapsArg::Refuse => Gaps::Refuse,
            GapsArg::LeaveOut => Gaps::LeaveDayOut,
        };
        let mut history = history_of(&self.file, gaps)?;
        if let Some(interval) = self.interval {
            if interval.fract() != 0.0 || !(60.0..=86_400.0).contains(&interval) {
                bail!("--interval is {interval} s: give whole seconds from a minute to a day");
            }
            history = history.in_slots_of(interval as u32).map_err(refused)?;
        }
        let mut special_days = match &self.special_days {
            Some(path) => special_days_of(path)?,
            None => Vec::new(),
        };
        special_days.extend(self.holiday.iter().map(|day| SpecialDay {
            day: *day,
            name: "holiday".to_owned(),
            factor: Some(0.0),
        }));
        let profile = self.profile.as_deref().map(|path| history_of(path, gaps)).transpose()?;
        let options = Options {
            days: self.days,
            coverage: self.coverage,
            special_days,
            profile,
            ..Options::default()
        };
        let said = forecast(&history, &options).map_err(refused)?;
        Ok(if self.json {
            format!("{}\n", as_json(&said, &history))
        } else {
            as_table(&said, &history, self.coverage)
        })
    }
}

fn as_json(said: &Forecast, history: &History) -> Value {
    let judged: Vec<Value> = said
        .judged
        .iter()
        .map(|judged| {
            json!({
                "method": judged.method.name(),
                "wape": judged.wape,
                "wape_of_days": judged.wape_of_days,
            })
        })
        .collect();
    let left_out: Vec<Value> =
        history.left_out().iter().map(|(day, why)| json!({ "day": day, "why": why })).collect();
    let intervals: Vec<Value> = said
        .slots
        .iter()
        .map(|slot| {
            json!({
                "from": format!("{}T{}", slot.day, clock(slot.second)),
                "contacts": slot.contacts,
                "low": slot.low,
                "high": slot.high,
            })
        })
        .collect();
    json!({
        "interval": said.step_s,
        "method": said.method,
        "held_back_days": said.held_back,
        "judged": judged,
        "left_out": left_out,
        "intervals": intervals,
    })
}

fn clock(second: u32) -> String {
    format!("{:02}:{:02}", second / 3600, second / 60 % 60)
}

fn as_table(said: &Forecast, history: &History, coverage: f64) -> String {
    let mut text = format!("{} days recorded, in intervals of {} s\n", history.days(), said.step_s);
    for (day, why) in history.left_out() {
        text += &format!("  without {day}: {why}\n");
    }
    if !said.judged.is_empty() {
        text += &format!(
            "\nerror (WAPE) on the last {} days, of intervals and of days\n",
            said.held_back
        );
        for judged in &said.judged {
            let shown = |wape: Option<f64>| wape.map_or_else(|| "too few days".into(), percent);
            let taken = if judged.method.name() == said.method { "  taken" } else { "" };
            text += &format!(
                "  {:<24} {:>12} {:>12}{taken}\n",
                judged.method.name(),
                shown(judged.wape),
                shown(judged.wape_of_days),
            );
        }
    }
    text +=
        &format!("\n{:<18}{:>10}   {} of the outcomes\n", "from", "contacts", percent(coverage));
    let mut day_total = 0.0;
    for (i, slot) in said.slots.iter().enumerate() {
        text += &format!(
            "{} {:<7}{:>10.1}   {:.1} to {:.1}\n",
            slot.day,
            clock(slot.second),
            slot.contacts,
            slot.low,
            slot.high
        );
        day_total += slot.contacts;
        if said.slots.get(i + 1).is_none_or(|next| next.day != slot.day) {
            text += &format!("{} in all{:>11.1}\n\n", slot.day, day_total);
            day_total = 0.0;
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use clap::Parser;

    use super::*;
    use crate::plan::Plan;

    #[derive(Debug, Parser)]
    struct Typed {
        #[command(flatten)]
        forecast: ForecastArgs,
    }

    #[derive(Debug, Parser)]
    struct TypedPlan {
        #[command(subcommand)]
        plan: Plan,
    }

    fn run(words: &[&str]) -> Result<String> {
        Typed::try_parse_from([&["forecast"], words].concat())?.forecast.printed()
    }

    /// Four weeks from Monday 2026-01-05, every day 09:00 to 10:00 in quarter-hours.
    fn counts() -> String {
        let mut text = String::from("datetime,calls\n");
        for day in 0..28 {
            let date: Day = format!("2026-01-{:02}", day + 1).parse().expect("a day");
            for quarter in 0..4 {
                let count = if day % 7 == 4 { 40 } else { 20 };
                text += &format!("{date}T09:{:02},{count}\n", quarter * 15);
            }
        }
        text
    }

    #[test]
    fn a_packed_file_becomes_a_forecast_and_the_forecast_a_staffing() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("counts.csv.gz");
        let file = File::create(&path).expect("a file");
        let mut packed = flate2::write::GzEncoder::new(file, flate2::Compression::fast());
        packed.write_all(counts().as_bytes()).expect("written");
        packed.finish().expect("closed");
        let path = path.to_str().expect("text");

        let printed =
            run(&[path, "--json", "--holiday", "2026-01-30", "--interval", "30m"]).expect("said");
        let said: Value = serde_json::from_str(&printed).expect("JSON");
        let intervals = said["intervals"].as_array().expect("intervals");
        assert_eq!(intervals.len(), 6 * 2, "seven days without the holiday");
        assert_eq!(intervals[0]["from"], "2026-01-29T09:00");
        assert_eq!((&said["interval"], &said["method"]), (&1800.into(), &"seasonal_naive".into()));
        let contacts = intervals[0]["contacts"].as_f64().expect("a number");
        assert!((contacts - 40.0).abs() < 1e-9, "{said}");

        let saved = folder.path().join("forecast.json");
        std::fs::write(&saved, &printed).expect("written");
        let staff = |more: &[&str]| {
            let saved = saved.to_str().expect("text");
            let words = [
                "plan",
                "staff",
                "--model",
                "c",
                "--aht",
                "180s",
                "--target",
                "0.8",
                "--forecast",
                saved,
            ];
            TypedPlan::try_parse_from([&words, more].concat())?.plan.printed_now()
        };
        let staffed: Value =
            serde_json::from_str(&staff(&["--json"]).expect("staffed")).expect("JSON");
        // 4 erlangs: with 6 agents 28.5 % wait and 77 % are answered in 20 s, with 7 it is 90 %.
        let first = &staffed["intervals"][0];
        assert_eq!(
            (&first["from"], &first["required_agents"]),
            (&"2026-01-29T09:00".into(), &7.into())
        );
        assert!(staff(&[]).expect("a table").contains("2026-01-29T09:00"));
        assert!(staff(&["--contacts", "3", "--interval", "30m"]).is_err(), "one or the other");
    }

    #[test]
    fn a_file_that_cannot_be_used_is_named_with_its_lines() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("counts.csv");
        std::fs::write(&path, counts().replace("2026-01-03T09:15,20\n", "")).expect("written");
        let name = path.to_str().expect("text");
        let error = run(&[name]).expect_err("a gap").to_string();
        assert!(error.contains(name) && error.contains("2026-01-03 09:15"), "{error}");
        assert!(error.contains("--gaps leave-out"), "{error}");
        let table = run(&[name, "--gaps", "leave-out"]).expect("without that day");
        assert!(table.contains("without 2026-01-03"), "{table}");
        assert!(run(&["nowhere.csv"]).is_err());
    }

    #[test]
    fn special_days_are_read() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("special.csv");
        std::fs::write(&path, "date,name,factor\n2026-01-30,closed,0\n2026-01-31,Eve\n")
            .expect("written");
        let days = special_days_of(&path).expect("two days");
        assert_eq!((days.len(), days[0].factor, days[1].factor), (2, Some(0.0), None));
        std::fs::write(&path, "30.1.2026,closed\n").expect("written");
        assert!(special_days_of(&path).expect_err("no date").to_string().contains("line 1"));
    }
}
