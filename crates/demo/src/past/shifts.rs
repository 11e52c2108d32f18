//! Who was at work: a rota of each crew that goes on from week to week.

use std::time::Duration;

use domain::{Timestamp, Zone, zone::Day};
use routing::{AwayReason, Presence};

use crate::{
    cast::{COLLEAGUES, Colleague, Company, Crew},
    draw::Draw,
};

/// Percent of the shifts by day that somebody is missing from.
const MISSING: u32 = 4;

/// What one colleague did at the desk's door.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Step {
    In,
    Be(Presence),
    Out,
}

/// A shift: from which minute of its day until which one, and whether the shift may be alone.
#[derive(Clone, Copy)]
struct Shift {
    from: u16,
    until: u16,
    alone: bool,
}

/// A week of each place in the rota of those who write, Monday first, in letters that [`shift`] reads.
const RECEPTION: [&str; 6] = ["NNNN---", "----NNN", "EEEEE--", "LLLLL--", "DDD--EE", "P--PPLL"];
const DEVICES: [&str; 3] = ["EEEEE--", "LLLLL--", "-M--MWW"];
const CLINIC: [&str; 2] = ["eeeee--", "ll-llww"];

/// The same of those who take calls: somebody in each hour in which the numbers are announced.
const RECEPTION_CALLS: [&str; 3] = ["EEEEE--", "--LLLLL", "LL-PPEE"];
const TEAM_CALLS: [&str; 2] = ["aaaaa--", "bbbbb--"];

fn shift(letter: u8) -> Option<Shift> {
    let of = |from: u16, until: u16, alone| Some(Shift { from, until, alone });
    match letter {
        b'N' => of(1_365, 420, true),
        b'E' => of(405, 900, true),
        b'D' => of(540, 1_020, false),
        b'P' => of(630, 1_125, false),
        b'L' => of(870, 1_380, true),
        b'M' => of(600, 1_080, false),
        b'W' => of(525, 1_095, true),
        b'a' => of(475, 1_005, true),
        b'b' => of(675, 1_205, true),
        b'e' => of(415, 900, true),
        b'l' => of(795, 1_265, true),
        b'm' => of(480, 960, false),
        b'w' => of(540, 1_110, true),
        _ => None,
    }
}

/// The rota that somebody is in, and by how many places it moves on each week.
const fn rota(one: &Colleague) -> (&'static [&'static str], u64) {
    match (one.crew, takes_calls(one)) {
        // Whoever has worked at night until Monday begins later on.
        (Crew::Reception, false) => (&RECEPTION, 5),
        (Crew::Reception, true) => (&RECEPTION_CALLS, 1),
        (Crew::Team(_), true) => (&TEAM_CALLS, 1),
        (Crew::Team(Company::Clinic), false) => (&CLINIC, 1),
        (Crew::Team(_), false) => (&DEVICES, 1),
    }
}

/// Those with a desk phone, and those who are kept free for somebody who connects one.
const fn takes_calls(one: &Colleague) -> bool {
    one.phone || one.free
}

/// What the colleagues did between two instants: when, who (by place in [`COLLEAGUES`]), what. In no
/// order.
pub(super) fn steps(
    seed: u64,
    zone_of: impl Fn(Crew) -> Zone,
    (from, until): (Timestamp, Timestamp),
) -> Vec<(Timestamp, usize, Step)> {
    let mut steps = Vec::new();
    for (at, colleague) in COLLEAGUES.iter().enumerate() {
        let zone = zone_of(colleague.crew);
        let (rota, moves) = rota(colleague);
        let place = COLLEAGUES[..at]
            .iter()
            .filter(|one| one.crew == colleague.crew && takes_calls(one) == takes_calls(colleague))
            .count() as u64;
        // From the day before, whose night shift is still at work.
        let (mut day, last) = (zone.day_at(from).previous(), zone.day_at(until));
        while day <= last {
            let number = week(day) * moves + place;
            let week = rota[(number % rota.len() as u64) as usize].as_bytes();
            let mut draw = Draw::of(seed, 9_000_000 + at as u64 * 10_000 + days(day), 1);
            if let Some(shift) = week.get(day.weekday() as usize).copied().and_then(shift)
                && (shift.alone || !draw.chance(MISSING))
            {
                one(&zone, day, shift, (at, from), &mut draw, &mut steps);
            }
            day = day.next();
        }
    }
    steps.retain(|(at, _, _)| (from..until).contains(at));
    steps
}

fn one(
    zone: &Zone,
    day: Day,
    shift: Shift,
    (who, first): (usize, Timestamp),
    draw: &mut Draw,
    steps: &mut Vec<(Timestamp, usize, Step)>,
) {
    let ends = if shift.until > shift.from { day } else { day.next() };
    let begins = zone.opening(day, shift.from) + draw.secs(0, 240);
    let ends = zone.opening(ends, shift.until) + draw.secs(0, 300);
    // Who is at work at the first instant is there from then on.
    steps.push((if ends > first { begins.max(first) } else { begins }, who, Step::In));
    steps.push((ends, who, Step::Out));
    let length = ends.since(begins);
    let night = shift.until < shift.from;
    let mut rest = |share: f64, minutes: u64, reason| {
        let at = begins + length.mul_f64(share + draw.share() * 0.08);
        steps.push((at, who, Step::Be(Presence::Away(reason))));
        let back = at + Duration::from_secs(minutes * 60) + draw.secs(0, 90);
        steps.push((back, who, Step::Be(Presence::Available)));
    };
    rest(0.22, 10, AwayReason::Break);
    if !night {
        rest(0.46, 30, AwayReason::Lunch);
    }
    rest(0.74, 10, AwayReason::Break);
}

/// Weeks since the first Monday of 1970.
fn week(day: Day) -> u64 {
    days(day).saturating_sub(4) / 7
}

fn days(day: Day) -> u64 {
    let epoch = "1970-01-01".parse().unwrap_or(day);
    u64::try_from(day.since(epoch)).unwrap_or(0)
}
