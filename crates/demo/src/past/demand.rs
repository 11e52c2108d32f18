//! Who came: by company, with the shape of its day and week, drawn from one seed.

use std::time::Duration;

use domain::{
    ContactId, Language, Timestamp, Zone, calendar::Weekday, contract::Channel, zone::Day,
};

use crate::{cast::Company, draw::Draw};

/// Customers of each company who come again and again.
pub(super) const REGULARS: u32 = 180;

/// One in so many leaves at once when nobody has answered within two seconds: a wrong number.
const IN_A_HURRY: u32 = 2;

/// A contact that came, with all that its customer and its agent will want of it.
#[derive(Clone, Debug)]
pub(super) struct Coming {
    pub at: Timestamp,
    pub contact: ContactId,
    pub company: Company,
    /// Which of the company's queues.
    pub queue: usize,
    pub channel: Channel,
    pub language: Language,
    /// Which of the company's regular customers.
    pub customer: usize,
    /// So long the customer waits.
    pub patience: Duration,
    /// So long the agent lets it ring.
    pub rings: Duration,
    /// The agent does not answer the first offer.
    pub missed: bool,
    /// Time with the agent.
    pub talk: Duration,
    /// Of it on hold; nothing for most.
    pub hold: Duration,
    pub wrap_up: Duration,
    /// Which of the company's ways to end.
    pub ending: usize,
}

/// What a company's contacts are like.
struct Shape {
    /// Contacts an hour on a working day, by hour of its zone.
    hours: [f64; 24],
    /// Of it so much on each day of the week, from Monday.
    week: [f64; 7],
    /// Percent that call while somebody is there to take calls; the others write.
    calls: u32,
    /// The hours in which the number is announced, of its zone.
    line: std::ops::Range<u16>,
    /// Whether it is announced at weekends as well.
    weekends: bool,
    /// Percent for the first queue.
    first: u32,
    /// Mean talk of a call and of a chat, in seconds.
    talk_s: (f64, f64),
    /// Mean wrap-up, in seconds.
    wrap_up_s: f64,
    /// Mean patience of callers and of writers, in seconds.
    patience_s: (u64, u64),
}

fn shape(company: Company) -> Shape {
    match company {
        // Bookings before noon and after work; somebody is always awake.
        Company::Hotel => Shape {
            hours: [
                0.4, 0.2, 0.2, 0.1, 0.2, 0.4, 1.4, 4.5, 8.5, 12.5, 15.5, 15.0, 10.5, 8.0, 7.5, 8.5,
                11.0, 12.0, 10.5, 7.5, 5.5, 4.0, 2.6, 1.5,
            ],
            week: [1.05, 0.95, 0.95, 1.0, 1.15, 1.0, 0.8],
            calls: 11,
            line: 7..22,
            weekends: true,
            first: 58,
            talk_s: (195.0, 260.0),
            wrap_up_s: 24.0,
            patience_s: (330, 640),
        },
        // People at work, who write rather than call.
        Company::Devices => Shape {
            hours: [
                0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 5.0, 8.5, 10.0, 9.5, 8.0, 8.5, 10.0, 9.5,
                8.5, 7.0, 4.5, 2.5, 0.0, 0.0, 0.0, 0.0,
            ],
            week: [1.2, 1.1, 1.0, 1.0, 0.9, 0.45, 0.35],
            calls: 8,
            line: 8..20,
            weekends: false,
            first: 70,
            talk_s: (310.0, 430.0),
            wrap_up_s: 31.0,
            patience_s: (330, 640),
        },
        // The telephone rings from eight on, most of all on Mondays.
        Company::Clinic => Shape {
            hours: [
                0.3, 0.2, 0.2, 0.2, 0.2, 0.3, 0.8, 3.5, 14.0, 18.0, 15.5, 12.0, 6.5, 7.5, 11.0,
                11.5, 10.0, 7.5, 4.5, 2.5, 1.2, 0.8, 0.5, 0.4,
            ],
            week: [1.3, 1.05, 0.95, 1.0, 0.95, 0.4, 0.18],
            calls: 30,
            line: 8..20,
            weekends: true,
            first: 76,
            talk_s: (140.0, 215.0),
            wrap_up_s: 27.0,
            patience_s: (160, 300),
        },
    }
}

/// Who writes in which language, in percent.
fn language(company: Company, draw: &mut Draw) -> Language {
    let of = |draw: &mut Draw, percent: u32, one, other| {
        if draw.chance(percent) { one } else { other }
    };
    match company {
        Company::Hotel => {
            let other = of(draw, 96, Language::EN, Language::RU);
            of(draw, 62, Language::FR, other)
        }
        Company::Devices => Language::EN,
        Company::Clinic => of(draw, 90, Language::FR, Language::EN),
    }
}

/// A day on which much more comes than on others: the devices' update that did not install.
fn is_special(company: Company, day: Day) -> bool {
    let number = day.since(day.first_of_month());
    company == Company::Devices && day.weekday() == Weekday::Tuesday && (7..14).contains(&number)
}

/// All who came to a company between two instants, in the order of their coming.
pub(super) fn coming(
    company: Company,
    seed: u64,
    zone: &Zone,
    (from, until): (Timestamp, Timestamp),
) -> Vec<Coming> {
    let shape = shape(company);
    let mut all = Vec::new();
    let (mut day, last) = (zone.day_at(from), zone.day_at(until));
    let first = day;
    while day <= last {
        let number = day.since(first) as u64;
        let mut draw = Draw::of(seed, (company as u64 + 1) * 1_000_000 + number, 1);
        let special = if is_special(company, day) { 1.7 } else { 1.0 };
        let of_day = shape.week[day.weekday() as usize] * draw.around(0.09) * special;
        for quarter in 0..96u16 {
            let rate = shape.hours[usize::from(quarter / 4)] * of_day / 4.0;
            let begins = zone.opening(day, quarter * 15);
            let ends = zone.opening(day, quarter * 15 + 15);
            let length = ends.since(begins);
            // Where the clocks change an hour is not there, or there is twice as much of it.
            let many = draw.poisson(rate * length.as_secs_f64() / 900.0);
            let mut times: Vec<Timestamp> =
                (0..many).map(|_| begins + length.mul_f64(draw.share())).collect();
            times.sort_unstable();
            for at in times.into_iter().filter(|at| (from..until).contains(at)) {
                let announced = shape.line.contains(&(quarter / 4))
                    && (shape.weekends || (day.weekday() as usize) < 5);
                all.push(one(company, &shape, (at, announced), &mut draw));
            }
        }
        day = day.next();
    }
    all
}

fn one(
    company: Company,
    shape: &Shape,
    (at, announced): (Timestamp, bool),
    draw: &mut Draw,
) -> Coming {
    let (calls, first) = (draw.chance(shape.calls) && announced, draw.chance(shape.first));
    let (patience_s, talk_s) = match calls {
        true => (shape.patience_s.0, shape.talk_s.0),
        false => (shape.patience_s.1, shape.talk_s.1),
    };
    let patience = match draw.chance(IN_A_HURRY) {
        true => Duration::from_secs(2),
        false => Duration::from_secs(8) + draw.exponential(Duration::from_secs(patience_s - 8)),
    };
    let talk = draw.lognormal(talk_s, 0.7).max(Duration::from_secs(12));
    let held = calls && draw.chance(9);
    let hold = if held { draw.secs(15, 70).min(talk / 2) } else { Duration::ZERO };
    let millis = u64::try_from(at.micros() / 1_000).unwrap_or(0);
    let id = uuid::Builder::from_unix_timestamp_millis(millis, &draw.bytes()).into_uuid();
    Coming {
        at,
        contact: ContactId::from_uuid(id),
        company,
        queue: usize::from(!first),
        channel: if calls { Channel::Voice } else { Channel::Chat },
        language: language(company, draw),
        customer: draw.below(REGULARS) as usize,
        patience,
        rings: if calls { draw.secs(3, 8) } else { draw.secs(4, 11) },
        missed: draw.chance(1),
        talk,
        hold,
        wrap_up: draw.lognormal(shape.wrap_up_s, 0.5).max(Duration::from_secs(4)),
        ending: draw.below(100) as usize,
    }
}
