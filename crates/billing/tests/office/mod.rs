//! A client's tariff and calls, made short.

#![allow(dead_code, reason = "each test file uses its part")]

use std::time::Duration;

use billing::{Carried, ChargeKey, Facts, Fate, Input, Spent, Statement, Terms, rate};
use domain::{
    AgentId, ClientId, ContactId, Currency, QueueId, TeamId, Timestamp,
    calendar::{Weekday, WeeklyRange},
    contract::{Channel, Contract},
    tariff::*,
};

pub static NOTHING: Carried = Carried::new();

pub fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

pub fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

pub fn on(days: &[Weekday], from: &str, until: &str) -> WeeklyRange {
    WeeklyRange { days: days.to_vec(), from: from.parse().unwrap(), until: until.parse().unwrap() }
}

pub fn tariff() -> Tariff {
    Tariff::new(Currency::EUR)
}

pub fn minutes(increments: Increments, added_s: u32) -> Unit {
    Unit::Minute {
        counts: vec![SpanClass::Talk, SpanClass::Hold],
        increments,
        rounded: Rounded::Contact,
        minimum_s: 0,
        added_s,
    }
}

pub fn charge(name: &str, unit: Unit, price: i64) -> Charge {
    Charge {
        name: name.to_owned(),
        scope: Scope::default(),
        unit,
        price: Price(price),
        bundle: None,
    }
}

pub fn bundle(included: u32, fee_minor: i64) -> Bundle {
    Bundle {
        included,
        per: Some(BundlePer::BillingPeriod),
        fee_minor,
        unused: Unused::Lapse,
        beyond: Beyond::Price,
        warn_percent: 80,
    }
}

/// What so many seconds left of these calls are by the minute.
pub fn left_of_calls(seconds: u64) -> Carried {
    [(calls(), seconds)].into()
}

/// The charge "Calls", by the minute.
pub fn calls() -> ChargeKey {
    ChargeKey::new("Calls", &minutes(Increments { first_s: 1, next_s: 1 }, 0))
}

/// A tariff from 2026 on, in Paris.
pub fn terms(tariff: Tariff) -> Terms {
    Terms::of(&[contract(tariff, false)], Vec::new()).unwrap().unwrap()
}

/// A tariff from 2026 on, and others from an instant on each.
pub fn changing(first: Tariff, later: &[(Timestamp, Tariff)], hybrid: bool) -> Terms {
    let later = later.iter().zip(2..).map(|((from, tariff), version)| Contract {
        version,
        valid_from: *from,
        ..contract(tariff.clone(), hybrid)
    });
    let all: Vec<Contract> = std::iter::once(contract(first, hybrid)).chain(later).collect();
    Terms::of(&all, Vec::new()).unwrap().unwrap()
}

/// The same, with a team in office hours.
pub fn hybrid_terms(tariff: Tariff) -> Terms {
    Terms::of(&[contract(tariff, true)], Vec::new()).unwrap().unwrap()
}

fn contract(tariff: Tariff, hybrid: bool) -> Contract {
    use domain::contract::*;
    let period = |name: &str, when, service| Period {
        name: name.to_owned(),
        when,
        service,
        promise: ServicePromise {
            threshold_s: 20,
            target_percent: 80,
            formula: ServiceLevelFormula::OfOffered,
            clock: ClockStart::FirstRing,
            short_abandon_s: 5,
        },
        peak_greeting: None,
        overflow: None,
        nobody_on_shift: NobodyOnShift::WaitForNextShift,
        call_limit_s: None,
        control: Control::Provider,
    };
    let shared = Service::Shared { pools: Vec::new() };
    let periods = if hybrid {
        let weekly = vec![on(&Weekday::ALL[..5], "09:00", "18:00")];
        let team = Service::Dedicated { team: TeamId::from_u128(1) };
        vec![
            period("Office hours", PeriodHours::Weekly { weekly }, team),
            period("Otherwise", PeriodHours::Otherwise, shared),
        ]
    } else {
        vec![period("Always", PeriodHours::Always, shared)]
    };
    Contract {
        client: ClientId::from_u128(1),
        version: 1,
        valid_from: at("2025-12-31T23:00:00Z"),
        zone: "Europe/Paris".to_owned(),
        hours: domain::CalendarId::from_u128(1),
        periods,
        queues: Vec::new(),
        languages: Vec::new(),
        sites_allowed: None,
        closed: ClosedRule::Message { text: Vec::new() },
        dispositions: Vec::new(),
        retention_days: 90,
        pause_max_s: 120,
        tariff: Some(tariff),
    }
}

pub fn spent(class: SpanClass, from: Timestamp, seconds: u64, part: u8) -> Spent {
    Spent {
        from,
        until: from + secs(seconds),
        class,
        agent: (part > 0).then(|| AgentId::from_u128(u128::from(part))),
        part,
    }
}

/// A call that was answered at once and in which so many seconds were talked.
pub fn call(n: u128, began: Timestamp, talk: u64) -> Facts {
    let spans = if talk > 0 { vec![spent(SpanClass::Talk, began, talk, 1)] } else { Vec::new() };
    Facts {
        contact: ContactId::from_u128(n + 1),
        client: ClientId::from_u128(1),
        queue: QueueId::from_u128(1),
        channel: Channel::Voice,
        outbound: false,
        contract_version: 1,
        period: 0,
        overflow: false,
        began,
        answered: Some(began),
        ended: began + secs(talk),
        fate: Fate::Answered,
        disposition: None,
        spans,
    }
}

pub fn input<'a>(period: &'a BillingPeriod, facts: &'a [Facts]) -> Input<'a> {
    Input { period, facts, carried: &NOTHING, staffed: None, level: None }
}

/// Rates the month of the first fact.
pub fn rated(terms: &Terms, facts: &[Facts]) -> Statement {
    let period = terms.period_at(facts[0].began);
    rate(terms, &input(&period, facts)).unwrap()
}
