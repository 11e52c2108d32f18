//! Contacts under two tariffs, and why they differ.

#![allow(clippy::unwrap_used, reason = "a test that cannot parse its own input should fail")]

mod office;

use billing::{
    Facts, Fate,
    rerate::{Differs, Pair, pairs},
};
use domain::tariff::*;
use office::*;

/// Calls of 30, 85 and 61 s, and one that nobody answered.
fn day() -> Vec<Facts> {
    let began = at("2026-03-02T10:00:00Z");
    let mut facts: Vec<Facts> = [30, 85, 61]
        .iter()
        .zip(0..)
        .map(|(talk, n)| call(n, began + secs(600 * n as u64), *talk))
        .collect();
    let lost = Facts { fate: Fate::Abandoned, answered: None, ..call(9, began + secs(7_200), 0) };
    facts.push(lost);
    facts
}

fn whole_minutes() -> Tariff {
    let mut tariff = tariff();
    tariff.charges.push(charge(
        "Calls",
        minutes(Increments { first_s: 60, next_s: 60 }, 0),
        100_000,
    ));
    tariff
}

fn compared(own: Tariff, other: Tariff) -> Vec<Pair> {
    let (own, facts) = (terms(own), day());
    let other = own.under(other).unwrap().unwrap();
    let (a, b) = (rated(&own, &facts), rated(&other, &facts));
    let pairs = pairs((&own, &a), (&other, &b));
    // Every line stands in a pair, once.
    assert_eq!(pairs.iter().map(|p| p.own.len()).sum::<usize>(), a.lines.len());
    assert_eq!(pairs.iter().map(|p| p.other.len()).sum::<usize>(), b.lines.len());
    let sum: billing::Exact = pairs.iter().map(Pair::own_amount).sum();
    assert_eq!(sum, a.metered());
    let sum: billing::Exact = pairs.iter().map(Pair::other_amount).sum();
    assert_eq!(sum, b.metered());
    pairs
}

#[test]
fn each_difference_has_its_reason() {
    use Differs as D;
    let change = |with: &dyn Fn(&mut Tariff)| {
        let mut other = whole_minutes();
        with(&mut other);
        let pairs = compared(whole_minutes(), other);
        assert_eq!(pairs[3].why, [], "nobody answered, whatever the tariff");
        pairs.into_iter().take(3).map(|pair| pair.why).collect::<Vec<_>>()
    };
    let none: Vec<D> = Vec::new();
    assert_eq!(change(&|_| {}), vec![none.clone(); 3]);
    assert_eq!(change(&|t| t.charges[0].price = Price(120_000)), vec![vec![D::Price]; 3]);
    assert_eq!(
        change(&|t| t.charges[0].unit = minutes(Increments { first_s: 6, next_s: 6 }, 0)),
        vec![vec![D::Rounded]; 3]
    );
    assert_eq!(
        change(&|t| t.charges[0] = charge("Each", Unit::Contact, 100_000)),
        vec![vec![D::Unit]; 3],
        "the same price, of something else"
    );
    assert_eq!(
        change(&|t| t.not_billed.short = Some(Short { below_s: 40, free_max: None })),
        [vec![D::NotBilled], none.clone(), none.clone()]
    );
    // Two minutes are included: the first call, and half of the second.
    assert_eq!(
        change(&|t| t.charges[0].bundle = Some(bundle(2, 500))),
        [vec![D::Included], vec![D::Included], none]
    );
    assert_eq!(
        change(&|t| t.bands.push(Band {
            name: "Monday".to_owned(),
            weekly: vec![on(&domain::calendar::Weekday::ALL[..1], "00:00", "24:00")],
            holidays: false,
            percent: 150,
        })),
        vec![vec![D::Band]; 3]
    );
    // And back: what was not billed is.
    let mut own = whole_minutes();
    own.not_billed.short = Some(Short { below_s: 40, free_max: None });
    assert_eq!(compared(own, whole_minutes())[0].why, [D::Billed]);
}

#[test]
fn seats_leave_nothing_to_meter_when_the_team_answers_all() {
    let mut seats = tariff();
    seats.seats.push(Seats {
        name: "Team".to_owned(),
        count: 2,
        basis: SeatBasis::BillingPeriod { price_minor: 300_000 },
        hours: Vec::new(),
        absent_hour: None,
        notice_days: 0,
    });
    let facts = day();
    let own = terms(whole_minutes());
    let other = own.under(seats).unwrap().unwrap().answered_by(Served::Dedicated);
    let (a, b) = (rated(&own, &facts), rated(&other, &facts));
    assert_eq!((a.net_minor, b.net_minor), (500, 600_000));
    let pairs = pairs((&own, &a), (&other, &b));
    for pair in &pairs[..3] {
        assert_eq!(pair.why, [Differs::NotBilled]);
        let free = billing::Rule::Free(billing::Free::Seats);
        assert!(pair.other.iter().all(|line| line.rule == free), "{pair:?}");
    }
}
