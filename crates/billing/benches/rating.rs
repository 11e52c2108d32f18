//! `cargo bench --package permanence-billing`: a month of 1,000,000 contacts of 500 clients, rated on one
//! core. Prints one line of JSON.

use std::time::{Duration, Instant};

use billing::{Carried, Facts, Fate, Input, Spent, TariffVersion, Terms, rate};
use domain::{
    AgentId, ClientId, ContactId, Currency, QueueId, Timestamp,
    calendar::{Weekday, WeeklyRange},
    contract::Channel,
    tariff::*,
};

const CLIENTS: u64 = 500;
const CONTACTS: u64 = 1_000_000;

// A benchmark measures real time; nothing that ships reads it.
#[allow(clippy::disallowed_methods)]
fn clock() -> Instant {
    Instant::now()
}

fn main() {
    let per_client = CONTACTS / CLIENTS;
    let terms = Terms::new(vec![version()], Vec::new()).expect("a sound tariff");
    let terms = terms.expect("a tariff with prices");
    let period = terms.named("2026-01").expect("a month");
    let (mut took, mut lines, mut net) = (Duration::ZERO, 0_u64, 0_i64);
    for client in 0..CLIENTS {
        // What a store gives: bytes. Reading them is part of rating.
        let kept: Vec<Vec<u8>> =
            (0..per_client).map(|n| contact(client, n, per_client, &period).encoded()).collect();
        let begun = clock();
        let facts: Result<Vec<Facts>, _> = kept.iter().map(|bytes| Facts::decoded(bytes)).collect();
        let facts = facts.expect("what was encoded reads back");
        let input = Input {
            period: &period,
            facts: &facts,
            carried: &Carried::new(),
            staffed: None,
            level: None,
        };
        let statement = rate(&terms, &input).expect("a sound tariff");
        took += begun.elapsed();
        lines += statement.lines.len() as u64;
        net += statement.net_minor;
    }
    println!(
        "{{\"clients\":{CLIENTS},\"contacts\":{CONTACTS},\"lines\":{lines},\"net_minor\":{net},\"rated_ms\":{}}}",
        took.as_millis()
    );
}

/// Minutes with a bundle and two bands, not billed when short, with tax.
fn version() -> TariffVersion {
    let on = |days: &[Weekday], from: &str, until: &str| WeeklyRange {
        days: days.to_vec(),
        from: from.parse().expect("a time"),
        until: until.parse().expect("a time"),
    };
    let band = |name: &str, weekly: Vec<WeeklyRange>, percent| Band {
        name: name.to_owned(),
        weekly,
        holidays: false,
        percent,
    };
    let night = vec![on(&Weekday::ALL, "00:00", "07:00"), on(&Weekday::ALL, "20:00", "24:00")];
    let tariff = Tariff {
        not_billed: NotBilled {
            short: Some(Short { below_s: 10, free_max: None }),
            dispositions: Vec::new(),
        },
        bands: vec![
            band("Night", night, 150),
            band("Weekend", vec![on(&Weekday::ALL[5..], "07:00", "20:00")], 125),
        ],
        charges: vec![Charge {
            name: "Calls".to_owned(),
            scope: Scope::default(),
            unit: Unit::Minute {
                counts: vec![SpanClass::Talk, SpanClass::Hold, SpanClass::WrapUp],
                increments: Increments { first_s: 60, next_s: 6 },
                rounded: Rounded::Contact,
                minimum_s: 0,
                added_s: 0,
            },
            price: Price(120_000),
            bundle: Some(Bundle {
                included: 1_000,
                per: Some(BundlePer::BillingPeriod),
                fee_minor: 90_000,
                unused: Unused::Lapse,
                beyond: Beyond::Price,
                warn_percent: 80,
            }),
        }],
        tax: Some(Tax { name: "TVA".to_owned(), basis_points: 2_000 }),
        ..Tariff::new(Currency::EUR)
    };
    let zone = "Europe/Paris".to_owned();
    TariffVersion { version: 1, from: Timestamp::from_secs(0), until: None, zone, tariff }
}

fn contact(client: u64, n: u64, of: u64, period: &BillingPeriod) -> Facts {
    let pace = period.span.length() / u32::try_from(of).unwrap_or(1);
    let began = period.span.from + pace * u32::try_from(n).unwrap_or(0);
    // A spread of lengths without chance: 0 to 7 minutes.
    let talk = Duration::from_millis((n * 7_919 + client * 104_729) % 420_000);
    let agent = Some(AgentId::from_u128(u128::from(n % 20) + 1));
    let mut at = began;
    let mut spans = Vec::new();
    for (class, length, agent) in [
        (SpanClass::Queue, Duration::from_secs(12), None),
        (SpanClass::Talk, talk / 2, agent),
        (SpanClass::Hold, talk / 10, agent),
        (SpanClass::Talk, talk / 2, agent),
        (SpanClass::WrapUp, Duration::from_secs(25), agent),
    ] {
        let until = at + length;
        if at < until {
            spans.push(Spent { from: at, until, class, agent, part: u8::from(agent.is_some()) });
        }
        at = until;
    }
    Facts {
        contact: ContactId::from_u128(u128::from(client * of + n) + 1),
        client: ClientId::from_u128(u128::from(client) + 1),
        queue: QueueId::from_u128(1),
        channel: Channel::Voice,
        outbound: false,
        contract_version: 1,
        period: 0,
        overflow: n.is_multiple_of(9),
        began,
        answered: (!n.is_multiple_of(20)).then(|| began + Duration::from_secs(12)),
        ended: at,
        fate: if n.is_multiple_of(20) { Fate::Abandoned } else { Fate::Answered },
        disposition: None,
        spans,
    }
}
