//! Rosters for people and for scripts, and the line that says how far it is.

use std::{collections::BTreeMap, time::Duration};

use domain::Day;
use planning::roster::{Duty, Moment};
use rosters::Progress;
use serde_json::{Value, json};

use super::{
    Made,
    files::{clock, paid_minutes},
};

/// One JSON object. The keys are a public contract.
pub fn json(made: &Made) -> Value {
    let duties: Vec<Value> = made.roster.duties.iter().map(|duty| duty_json(made, duty)).collect();
    let cover: Vec<Value> = made
        .cover
        .moments
        .iter()
        .filter(|moment| moment.required > 0 || moment.on_duty > 0)
        .map(|moment| {
            json!({
                "from": made.plan.zone.local(moment.at),
                "required": moment.required,
                "on_duty": moment.on_duty,
                "short": moment.short,
            })
        })
        .collect();
    json!({
        "from": made.plan.from,
        "days": made.plan.days,
        "skills": made.required.skills,
        "step": made.plan.step_min * 60,
        "value": made.price.value,
        "bound": made.bound,
        "gap": made.gap(),
        "ended_early": made.early,
        "time_used": made.took.as_secs_f64(),
        "required_agent_hours": made.cover.required_min as f64 / 60.0,
        "on_duty_agent_hours": made.cover.on_duty_min as f64 / 60.0,
        "short_agent_hours": made.price.short_h,
        "paid_hours": made.price.paid_h,
        "wishes_missed": made.price.wishes,
        "duties": duties,
        "cover": cover,
    })
}

fn duty_json(made: &Made, duty: &Duty) -> Value {
    let person = &made.plan.people[duty.person];
    let site = &made.plan.sites[person.site];
    let shift = &made.plan.shifts[duty.shift];
    let breaks: Vec<Value> = duty
        .breaks
        .iter()
        .zip(&shift.breaks)
        .map(|(span, of)| {
            json!({
                "name": of.name,
                "from": site.zone.local(span.from),
                "until": site.zone.local(span.until),
                "paid": of.paid,
            })
        })
        .collect();
    json!({
        "person": person.name,
        "site": site.name,
        "shift": shift.name,
        "day": duty.day,
        "from": site.zone.local(duty.from),
        "until": site.zone.local(duty.until),
        "paid_minutes": paid_minutes(made, duty),
        "breaks": breaks,
    })
}

/// For people: who works when, what each day has, and how good the roster is.
pub fn table(made: &Made) -> String {
    let days: Vec<Day> = (0..i64::from(made.plan.days)).map(|n| made.plan.from.plus(n)).collect();
    let names = made.plan.people.iter().map(|person| person.name.chars().count());
    let width = names.max().unwrap_or(0).clamp(6, 40);
    let mut text = format!("{:<width$}", "");
    for day in &days {
        text += &format!("  {:<3} {:<7}", day.weekday().short(), &day.to_string()[5..]);
    }
    text += "   hours\n";
    let mut of: BTreeMap<(usize, Day), &Duty> = BTreeMap::new();
    for duty in &made.roster.duties {
        of.insert((duty.person, duty.day), duty);
    }
    for (place, person) in made.plan.people.iter().enumerate() {
        let zone = &made.plan.sites[person.site].zone;
        text += &format!("{:<width$.40}", person.name);
        let mut minutes = 0;
        for day in &days {
            let cell = of.get(&(place, *day)).map_or_else(
                || "-".to_owned(),
                |duty| {
                    minutes += paid_minutes(made, duty);
                    let (from, until) = (zone.local(duty.from), zone.local(duty.until));
                    format!("{}-{}", clock(&from), clock(&until))
                },
            );
            text += &format!("  {cell:<11}");
        }
        text += &format!("  {:>6.2}\n", minutes as f64 / 60.0);
    }
    text += &format!(
        "\n{:<14}{:>10}{:>10}{:>10}  worst\n",
        "agent hours", "required", "on duty", "short"
    );
    for day in &days {
        text += &day_line(made, *day);
    }
    let price = &made.price;
    text += &format!(
        "\n{:.1} agent hours required, {:.1} on duty, {:.1} short; {:.1} paid hours, {} wishes not granted\n",
        made.cover.required_min as f64 / 60.0,
        made.cover.on_duty_min as f64 / 60.0,
        price.short_h,
        price.paid_h,
        price.wishes
    );
    text += &match (made.bound, made.gap()) {
        (Some(bound), Some(gap)) => format!(
            "costs {:.2} paid hours in all, and no roster less than {bound:.2}: a gap of {:.2} %",
            price.value,
            gap * 100.0
        ),
        _ => format!("costs {:.2} paid hours in all; nothing is proven of the least", price.value),
    };
    let early = if made.early { ", stopped early" } else { "" };
    text + &format!(", after {:.1} s{early}\nevery rule is kept\n", made.took.as_secs_f64())
}

fn day_line(made: &Made, day: Day) -> String {
    let of_day: Vec<&Moment> = made
        .cover
        .moments
        .iter()
        .filter(|moment| made.plan.zone.minute_at(moment.at).0 == day)
        .collect();
    let hours = |of: fn(&Moment) -> u32| {
        let sum: u64 = of_day.iter().map(|moment| u64::from(of(moment))).sum();
        sum as f64 * f64::from(made.cover.step_min) / 60.0
    };
    let worst = of_day.iter().max_by_key(|moment| (moment.short, std::cmp::Reverse(moment.at)));
    let worst = match worst {
        Some(moment) if moment.short > 0 => {
            let at = clock(&made.plan.zone.local(moment.at));
            format!("{} of {} missing at {at}", moment.short, moment.required)
        }
        _ => "nobody missing".to_owned(),
    };
    format!(
        "{:<3} {:<10}{:>10.1}{:>10.1}{:>10.1}  {worst}\n",
        day.weekday().short(),
        day.to_string(),
        hours(|m| m.required),
        hours(|m| m.on_duty),
        hours(|m| m.short)
    )
}

/// One line on the terminal that says how far it is.
pub struct Line {
    shown: bool,
    drawn: bool,
}

impl Line {
    pub fn new(shown: bool) -> Self {
        Self { shown, drawn: false }
    }

    pub fn draw(&mut self, progress: Option<Progress>, elapsed: Duration) {
        if !self.shown {
            return;
        }
        let what = match progress {
            None => "reading the plan".to_owned(),
            Some(Progress::Shifts { value: Some(value), bound: Some(bound) }) => {
                let gap = 100.0 * (value - bound).max(0.0) / value.max(1e-9);
                format!("choosing shifts: best {value:.1}, at least {bound:.1}, gap {gap:.2} %")
            }
            Some(Progress::Shifts { value: Some(value), bound: None }) => {
                format!("choosing shifts: best {value:.1}")
            }
            Some(Progress::Shifts { value: None, .. }) => "choosing shifts".to_owned(),
            Some(Progress::Names { done, of }) => format!("giving them to people: {done} of {of}"),
        };
        eprint!("\r{:>4} s  {what:<80}", elapsed.as_secs());
        self.drawn = true;
    }

    pub fn wipe(&self) {
        if self.drawn {
            eprint!("\r{}\r", " ".repeat(90));
        }
    }
}
