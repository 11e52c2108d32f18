//! What the three companies pay: one tariff for each contract, as a European provider would write it.

use domain::{
    Currency,
    calendar::{MinuteOfDay, Weekday, WeeklyRange},
    contract::Channel,
    tariff::{
        Band, Bundle, BundlePer, Charge, CreditPerPoint, Fee, FeeWhen, Increments, NotBilled,
        Price, Scope, SeatBasis, Seats, Served, ServiceCredit, Short, SpanClass, Tariff, Tax, Unit,
    },
};

use crate::cast::Company;

/// What an hour at work costs the provider with all that comes on top, in cents.
pub(crate) const AGENT_HOUR_MINOR: u32 = 2_350;
/// Paid time that is no time at work: holidays, illness, training.
pub(crate) const SHRINKAGE_PERMILLE: u32 = 280;

/// The tariff of a company.
pub(crate) fn tariff(company: Company) -> Tariff {
    let tax = |name: &str| Some(Tax { name: name.to_owned(), basis_points: 2_000 });
    match company {
        Company::Hotel => shared(tax("TVA")),
        Company::Devices => dedicated(tax("VAT")),
        Company::Clinic => hybrid(tax("TVA")),
    }
}

fn price(cents: i64) -> Price {
    Price(cents * 1_000)
}

fn hours(days: &[Weekday], from: u16, until: u16) -> WeeklyRange {
    let at = |hour: u16| MinuteOfDay::from_minutes(hour * 60).unwrap_or(MinuteOfDay::START);
    WeeklyRange { days: days.to_vec(), from: at(from), until: at(until) }
}

/// Minutes of talk and hold, the first one whole and then by six seconds.
fn minutes(name: &str, cents: i64, scope: Scope, bundle: Option<Bundle>) -> Charge {
    Charge {
        name: name.to_owned(),
        scope,
        unit: Unit::Minute {
            counts: vec![SpanClass::Talk, SpanClass::Hold],
            increments: Increments { first_s: 60, next_s: 6 },
            rounded: Default::default(),
            minimum_s: 0,
            added_s: 0,
        },
        price: price(cents),
        bundle,
    }
}

fn chats(name: &str, cents: i64, served: &[Served]) -> Charge {
    let scope =
        Scope { channels: vec![Channel::Chat], served: served.to_vec(), ..Scope::default() };
    Charge { name: name.to_owned(), scope, unit: Unit::Contact, price: price(cents), bundle: None }
}

fn fee(name: &str, cents: i64, when: FeeWhen) -> Fee {
    Fee { name: name.to_owned(), quantity: 1, price_minor: cents, when }
}

fn seats(name: &str, count: u32, cents: i64, hours: Vec<WeeklyRange>) -> Seats {
    Seats {
        name: name.to_owned(),
        count,
        basis: SeatBasis::Hour { price: price(cents) },
        hours,
        absent_hour: None,
        notice_days: 30,
    }
}

/// Shared: minutes out of a bundle, chats by the piece, the night dearer.
fn shared(tax: Option<Tax>) -> Tariff {
    let calls = Scope { channels: vec![Channel::Voice], ..Scope::default() };
    let bundle = Bundle {
        included: 3_000,
        per: Some(BundlePer::BillingPeriod),
        fee_minor: 285_000,
        unused: Default::default(),
        beyond: Default::default(),
        warn_percent: 80,
    };
    Tariff {
        terms: "Reception day and night. Calls below 10 s are not billed.".to_owned(),
        not_billed: NotBilled {
            short: Some(Short { below_s: 10, free_max: None }),
            dispositions: Vec::new(),
        },
        bands: vec![Band {
            name: "Night".to_owned(),
            weekly: vec![hours(&Weekday::ALL, 0, 7), hours(&Weekday::ALL, 22, 24)],
            holidays: false,
            percent: 140,
        }],
        charges: vec![minutes("Calls", 115, calls, Some(bundle)), chats("Chats", 310, &[])],
        minimum_minor: 90_000,
        fees: vec![
            fee("Set-up", 49_000, FeeWhen::Once),
            fee("Number and greeting", 3_900, FeeWhen::EachPeriod),
        ],
        credit: Some(ServiceCredit {
            target_percent: 70,
            per_point: CreditPerPoint::Share { permille: 10 },
            cap_percent: 10,
        }),
        tax,
        notice_days: 30,
        ..Tariff::new(Currency::EUR)
    }
}

/// Dedicated: seats by the hour, whoever comes.
fn dedicated(tax: Option<Tax>) -> Tariff {
    Tariff {
        terms: "Two seats on working days, one at weekends.".to_owned(),
        seats: vec![
            seats("Seats, working days", 2, 2_950, vec![hours(&Weekday::ALL[..5], 8, 20)]),
            seats("Seat, weekends", 1, 3_150, vec![hours(&Weekday::ALL[5..], 9, 18)]),
        ],
        fees: vec![
            fee("Recruitment and training", 420_000, FeeWhen::Once),
            fee("Quality lead", 38_000, FeeWhen::EachPeriod),
        ],
        tax,
        notice_days: 90,
        ..Tariff::new(Currency::EUR)
    }
}

/// Hybrid: seats in the consultation hours, and the pool's help by the minute.
fn hybrid(tax: Option<Tax>) -> Tariff {
    let helped = [Served::Shared, Served::Overflow];
    let calls =
        Scope { channels: vec![Channel::Voice], served: helped.to_vec(), ..Scope::default() };
    Tariff {
        terms:
            "A secretary in the consultation hours, a second one in the mornings of working days; \
                the reception at night and when it takes too long."
                .to_owned(),
        seats: vec![
            seats("Secretary", 1, 2_850, vec![hours(&Weekday::ALL, 7, 21)]),
            seats("Second secretary", 1, 2_850, vec![hours(&Weekday::ALL[..5], 8, 18)]),
        ],
        charges: vec![
            minutes("Calls of the reception", 125, calls, None),
            chats("Chats of the reception", 340, &helped),
        ],
        fees: vec![
            fee("Set-up", 95_000, FeeWhen::Once),
            fee("On-call list", 2_500, FeeWhen::EachPeriod),
        ],
        credit: Some(ServiceCredit {
            target_percent: 80,
            per_point: CreditPerPoint::Share { permille: 10 },
            cap_percent: 10,
        }),
        tax,
        notice_days: 60,
        ..Tariff::new(Currency::EUR)
    }
}
