//! What a roster covers, and what it leaves short.

use domain::Timestamp;

use super::{
    plan::{Plan, Roster, WishFor},
    required::Required,
};

/// One step of the days, with who is needed and who is there.
#[derive(Clone, Debug, PartialEq)]
pub struct Moment {
    /// Its first instant.
    pub at: Timestamp,
    /// Agents needed, of all skills.
    pub required: u32,
    /// People at work the whole step, not on a break.
    pub on_duty: u32,
    /// Agents missing, when everybody does what they can and what is needed most.
    pub short: u32,
}

/// What a roster covers.
#[derive(Clone, Debug, PartialEq)]
pub struct Cover {
    /// Length of a step. Minutes.
    pub step_min: u32,
    /// Every step of the plan's days.
    pub moments: Vec<Moment>,
    /// Agent minutes required.
    pub required_min: u64,
    /// Agent minutes on duty, breaks excluded, within the plan's days.
    pub on_duty_min: u64,
    /// Required agent minutes that nobody covers.
    pub short_min: u64,
}

/// Compares a roster with what is required, step by step.
pub fn cover(roster: &Roster, plan: &Plan, required: &Required) -> Cover {
    let step_us = i64::from(plan.step_min.max(1)) * 60_000_000;
    let begin = plan.zone.opening(plan.from, 0).micros();
    let end = plan.zone.opening(plan.from.plus(i64::from(plan.days)), 0).micros();
    let steps = usize::try_from((end - begin) / step_us).unwrap_or(0);
    // People with the same skills, as far as these are asked for, cover for each other.
    let masks: Vec<usize> = plan.people.iter().map(|p| mask(&p.skills, required)).collect();
    let kinds = 1usize << required.skills.len();
    let mut there = vec![0u32; steps * kinds];
    for duty in &roster.duties {
        let Some(mask) = masks.get(duty.person) else { continue };
        for step in 0..steps {
            let from = begin + step as i64 * step_us;
            let until = from + step_us;
            let present = duty.from.micros() <= from && until <= duty.until.micros();
            let pause =
                duty.breaks.iter().any(|b| b.from.micros() < until && from < b.until.micros());
            if present && !pause {
                there[step * kinds + mask] += 1;
            }
        }
    }
    let mut moments = Vec::with_capacity(steps);
    for step in 0..steps {
        let at = Timestamp::from_micros(begin + step as i64 * step_us);
        let (day, minute) = plan.zone.minute_at(at);
        let wanted = required.at(day, minute);
        let on = &there[step * kinds..(step + 1) * kinds];
        moments.push(Moment {
            at,
            required: wanted.iter().sum(),
            on_duty: on.iter().sum(),
            short: short(&wanted, on),
        });
    }
    let sum = |of: fn(&Moment) -> u32| {
        moments.iter().map(|m| u64::from(of(m)) * u64::from(plan.step_min)).sum()
    };
    Cover {
        step_min: plan.step_min,
        required_min: sum(|m| m.required),
        on_duty_min: sum(|m| m.on_duty),
        short_min: sum(|m| m.short),
        moments,
    }
}

fn mask(skills: &[String], required: &Required) -> usize {
    let has = |skill: &String| skill.is_empty() || skills.contains(skill);
    required.skills.iter().enumerate().filter(|(_, s)| has(s)).map(|(i, _)| 1 << i).sum()
}

/// Agents missing: the most by which any set of skills asks for more than the people who have one of them
/// (the deficiency form of Hall's theorem).
fn short(wanted: &[u32], on: &[u32]) -> u32 {
    (0..1usize << wanted.len())
        .map(|set| {
            let asked: u32 =
                wanted.iter().enumerate().filter(|(i, _)| set >> i & 1 == 1).map(|(_, n)| n).sum();
            let able: u32 =
                on.iter().enumerate().filter(|(mask, _)| mask & set != 0).map(|(_, n)| n).sum();
            asked.saturating_sub(able)
        })
        .max()
        .unwrap_or(0)
}

/// How many wishes a roster does not grant.
pub fn wishes_missed(roster: &Roster, plan: &Plan) -> u32 {
    let missed = |duty: &super::Duty| {
        let Some(person) = plan.people.get(duty.person) else { return 0 };
        let minute = plan.sites[person.site].zone.minute_at(duty.from).1;
        let of_day = person.wishes.iter().filter(|wish| wish.day == duty.day);
        of_day
            .filter(|wish| match wish.what {
                WishFor::Off => true,
                WishFor::Start { from, until } => !(from..=until).contains(&minute),
            })
            .count() as u32
    };
    roster.duties.iter().map(missed).sum()
}

/// What a roster costs, in its parts.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Price {
    /// Paid hours, unpaid breaks excluded.
    pub paid_h: f64,
    /// Agent hours missing.
    pub short_h: f64,
    /// Wishes not granted.
    pub wishes: u32,
    /// All of it by its weights ([`Cost`](super::Cost)). Paid hours.
    pub value: f64,
}

/// What a roster costs.
pub fn price(roster: &Roster, plan: &Plan, cover: &Cover) -> Price {
    let paid_us: i64 = roster
        .duties
        .iter()
        .filter_map(|duty| {
            let breaks = duty.breaks.iter().zip(&plan.shifts.get(duty.shift)?.breaks);
            let unpaid = breaks.filter(|(_, of)| !of.paid).map(|(b, _)| length_us(*b)).sum::<i64>();
            Some(duty.until.micros() - duty.from.micros() - unpaid)
        })
        .sum();
    let paid_h = paid_us as f64 / 3.6e9;
    let short_h = cover.short_min as f64 / 60.0;
    let wishes = wishes_missed(roster, plan);
    let value = paid_h + plan.cost.short * short_h + plan.cost.wish * f64::from(wishes);
    Price { paid_h, short_h, wishes, value }
}

fn length_us(span: domain::Span) -> i64 {
    span.until.micros() - span.from.micros()
}
