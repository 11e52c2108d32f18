//! Tariffs: every fault at once, documents of old still load, increments, bands in UTC.

#![allow(clippy::unwrap_used, reason = "a test that cannot parse its own input should fail")]

use domain::{
    CalendarId, Currency, Timestamp, Zone,
    calendar::{Holiday, Weekday, WeeklyRange},
    contract::{Channel, Contract, Known},
    tariff::*,
};
use proptest::prelude::*;

/// A contract as version 0.1.0 kept it, with its tariff of currency and words.
const OLD: &str = r#"{
  "client": "00000000-0000-0000-0000-000000000001", "version": 1, "valid_from": "2026-01-01T00:00:00Z",
  "zone": "Europe/Paris", "hours": "00000000-0000-0000-0000-000000000008",
  "periods": [{
    "name": "Always", "when": {"kind": "always"},
    "service": {"kind": "shared", "pools": ["00000000-0000-0000-0000-000000000002"]},
    "promise": {"threshold_s": 20, "target_percent": 80, "formula": "of_offered", "clock": "first_ring", "short_abandon_s": 5},
    "nobody_on_shift": {"kind": "wait_for_next_shift"}, "control": "provider"
  }],
  "queues": [{
    "id": "00000000-0000-0000-0000-000000000020", "name": "Support", "channels": ["voice"],
    "greeting": [{"language": "fr", "text": "Bonjour"}], "language_required": false,
    "offer_timeout_s": 20, "wrap_up": {"kind": "none"}, "waiting_max": 50
  }],
  "languages": ["fr"], "closed": {"kind": "message", "text": [{"language": "fr", "text": "Fermé"}]},
  "dispositions": [{"id": "00000000-0000-0000-0000-000000000030", "label": "Order taken"}],
  "retention_days": 90,
  "tariff": {"currency": "EUR", "terms": "As agreed by mail."}
}"#;

fn known() -> Known {
    Known {
        calendars: [(CalendarId::from_u128(8), "Europe/Paris".to_owned())].into(),
        pools: [domain::PoolId::from_u128(2)].into(),
        ..Known::default()
    }
}

fn old() -> Contract {
    serde_json::from_str(OLD).unwrap()
}

fn on(days: &[Weekday], from: &str, until: &str) -> WeeklyRange {
    WeeklyRange { days: days.to_vec(), from: from.parse().unwrap(), until: until.parse().unwrap() }
}

fn minutes() -> Unit {
    Unit::Minute {
        counts: vec![SpanClass::Talk, SpanClass::Hold],
        increments: Increments { first_s: 60, next_s: 6 },
        rounded: Rounded::Contact,
        minimum_s: 0,
        added_s: 0,
    }
}

fn charge(name: &str, unit: Unit) -> Charge {
    Charge {
        name: name.to_owned(),
        scope: Scope::default(),
        unit,
        price: Price(175_000),
        bundle: Some(Bundle {
            included: 125,
            per: Some(BundlePer::BillingPeriod),
            fee_minor: 35_000,
            unused: Unused::Lapse,
            beyond: Beyond::Price,
            warn_percent: 80,
        }),
    }
}

/// A contract whose tariff says all that a tariff can say.
fn sound() -> Contract {
    let mut contract = old();
    contract.tariff = Some(Tariff {
        bands: vec![
            Band {
                name: "Night".to_owned(),
                weekly: vec![on(&Weekday::ALL, "20:00", "24:00")],
                holidays: false,
                percent: 150,
            },
            Band { name: "Holidays".to_owned(), weekly: vec![], holidays: true, percent: 200 },
        ],
        charges: vec![charge("Calls", minutes()), charge("Contacts", Unit::Contact)],
        seats: vec![Seats {
            name: "Team".to_owned(),
            count: 3,
            basis: SeatBasis::Hour { price: Price(3_500_000) },
            hours: vec![on(&Weekday::ALL[..5], "09:00", "18:00")],
            absent_hour: Some(Price(3_500_000)),
            notice_days: 30,
        }],
        fees: vec![Fee {
            name: "Set-up".to_owned(),
            quantity: 1,
            price_minor: 10_000,
            when: FeeWhen::Once,
        }],
        credit: Some(ServiceCredit {
            target_percent: 90,
            per_point: CreditPerPoint::Share { permille: 20 },
            cap_percent: 15,
        }),
        tax: Some(Tax { name: "TVA".to_owned(), basis_points: 2_000 }),
        not_billed: NotBilled {
            short: Some(Short { below_s: 30, free_max: Some(30) }),
            dispositions: vec![NotBilledDisposition {
                disposition: contract.dispositions[0].id,
                reason: NotBilledReason::Test,
            }],
        },
        ..Tariff::new(Currency::EUR)
    });
    contract
}

fn tariff(contract: &mut Contract) -> &mut Tariff {
    contract.tariff.as_mut().unwrap()
}

#[test]
fn a_contract_of_old_loads_and_its_words_cost_nothing() {
    let contract = old();
    let tariff = contract.tariff.as_ref().unwrap();
    assert_eq!(
        *tariff,
        Tariff { terms: "As agreed by mail.".into(), ..Tariff::new(Currency::EUR) }
    );
    assert!(!tariff.is_priced());
    assert_eq!(contract.validate(&known()), []);
    assert_eq!(Billed::by(&contract), None);
}

#[test]
fn a_tariff_that_says_everything_survives_being_kept() {
    let contract = sound();
    assert_eq!(contract.validate(&known()), []);
    let kept = serde_json::to_string(&contract).unwrap();
    assert_eq!(serde_json::from_str::<Contract>(&kept).unwrap(), contract);
}

#[test]
fn each_fault_is_found_alone_with_its_field() {
    type Spoil = fn(&mut Contract);
    fn bundle(c: &mut Contract) -> &mut Bundle {
        tariff(c).charges[0].bundle.as_mut().unwrap()
    }
    fn unit(c: &mut Contract, first_s: u32, minimum: u32) {
        tariff(c).charges[0].unit = Unit::Minute {
            counts: vec![SpanClass::Talk],
            increments: Increments { first_s, next_s: 1 },
            rounded: Rounded::Part,
            minimum_s: minimum,
            added_s: 0,
        };
    }
    let stranger = domain::DispositionId::from_u128(0xdead);
    assert_ne!(sound().dispositions[0].id, stranger);
    #[rustfmt::skip]
    let cases: &[(&str, &str, Spoil)] = &[
        ("tariff.cut_off_zone", "unknown_zone", |c| tariff(c).cut_off_zone = Some("Europe/Lutetia".into())),
        ("tariff.not_billed.short.below_s", "short_range", |c| tariff(c).not_billed.short = Some(Short { below_s: 0, free_max: None })),
        ("tariff.not_billed.dispositions[0].disposition", "unknown_disposition", |c| tariff(c).not_billed.dispositions[0].disposition = domain::DispositionId::from_u128(0xdead)),
        ("tariff.not_billed.dispositions[1].disposition", "disposition_named_twice", |c| { let d = tariff(c).not_billed.dispositions[0]; tariff(c).not_billed.dispositions.push(d); }),
        ("tariff.minimum_minor", "amount_range", |c| tariff(c).minimum_minor = -1),
        ("tariff.tax.basis_points", "tax_range", |c| tariff(c).tax.as_mut().unwrap().basis_points = 10_001),
        ("tariff.tax.name", "name_missing", |c| tariff(c).tax.as_mut().unwrap().name.clear()),
        ("tariff.notice_days", "notice_range", |c| tariff(c).notice_days = 367),
        ("tariff.bands[0].weekly", "hours_missing", |c| tariff(c).bands[0].weekly.clear()),
        ("tariff.bands[0].percent", "band_percent_range", |c| tariff(c).bands[0].percent = 1_001),
        ("tariff.bands[0].weekly[0]", "range_reversed", |c| tariff(c).bands[0].weekly = vec![on(&[Weekday::Monday], "20:00", "08:00")]),
        ("tariff.bands[1]", "band_overlap", |c| { let b = tariff(c).bands[0].weekly.clone(); tariff(c).bands[1].weekly = b; }),
        ("tariff.bands[1].name", "price_name_repeated", |c| tariff(c).bands[1].name = "Night".into()),
        ("tariff.charges[0].price_milli", "price_range", |c| tariff(c).charges[0].price = Price(-1)),
        ("tariff.charges[0].scope.queues[0]", "unknown_queue", |c| tariff(c).charges[0].scope.queues.push(domain::QueueId::from_u128(0xdead))),
        ("tariff.charges[0].unit.counts", "counts_missing", |c| tariff(c).charges[0].unit = Unit::Minute { counts: vec![], increments: Increments { first_s: 1, next_s: 1 }, rounded: Rounded::Contact, minimum_s: 0, added_s: 0 }),
        ("tariff.charges[0].unit.first_s", "increment_unknown", |c| unit(c, 7, 0)),
        ("tariff.charges[0].unit.minimum_s", "added_range", |c| unit(c, 6, 3_601)),
        ("tariff.charges[1].unit", "work_units_range", |c| tariff(c).charges[1].unit = Unit::Work { by_disposition: vec![], otherwise: 0 }),
        ("tariff.charges[1].scope", "charge_overlap", |c| tariff(c).charges[1].unit = minutes()),
        ("tariff.charges[0].bundle.included", "bundle_empty", |c| bundle(c).included = 0),
        ("tariff.charges[0].bundle.per", "bundle_period_missing", |c| bundle(c).per = None),
        ("tariff.charges[0].bundle.fee_minor", "amount_range", |c| bundle(c).fee_minor = -35_000),
        ("tariff.charges[0].bundle.warn_percent", "percent_range", |c| bundle(c).warn_percent = 101),
        ("tariff.seats[0].count", "seats_range", |c| tariff(c).seats[0].count = 0),
        ("tariff.seats[0].basis.price_milli", "price_range", |c| tariff(c).seats[0].basis = SeatBasis::Hour { price: Price(-5) }),
        ("tariff.seats[0].basis.price_minor", "amount_range", |c| tariff(c).seats[0].basis = SeatBasis::BillingPeriod { price_minor: -5 }),
        ("tariff.seats[0].hours", "seat_hours_missing", |c| tariff(c).seats[0].hours.clear()),
        ("tariff.fees[0].quantity", "fee_quantity_range", |c| tariff(c).fees[0].quantity = 0),
        ("tariff.credit.target_percent", "percent_range", |c| tariff(c).credit.as_mut().unwrap().target_percent = 0),
        ("tariff.credit.per_point.permille", "permille_range", |c| tariff(c).credit.as_mut().unwrap().per_point = CreditPerPoint::Share { permille: 1_001 }),
    ];
    for (field, code, spoil) in cases {
        let mut contract = sound();
        spoil(&mut contract);
        let faults = contract.validate(&known());
        let found: Vec<_> = faults.iter().map(|f| (f.field.as_str(), f.code.as_str())).collect();
        assert_eq!(found, [(*field, *code)], "{faults:?}");
        assert!(faults.iter().all(|f| !f.next.is_empty()));
    }
    // And all of them at once.
    let mut contract = sound();
    tariff(&mut contract).minimum_minor = -1;
    tariff(&mut contract).charges[0].price = Price(-1);
    tariff(&mut contract).fees[0].quantity = 0;
    assert_eq!(contract.validate(&known()).len(), 3);
}

#[test]
fn how_a_client_is_billed_stays() {
    let billed = Billed::by(&sound()).unwrap();
    let known = Known { billed: Some(billed.clone()), ..known() };
    assert_eq!(sound().validate(&known), []);
    let codes = |change: fn(&mut Contract)| {
        let mut contract = sound();
        change(&mut contract);
        let faults = contract.validate(&known);
        faults
            .into_iter()
            .map(|f| f.code)
            .filter(|c| c != "hours_in_other_zone")
            .collect::<Vec<_>>()
    };
    assert_eq!(codes(|c| tariff(c).currency = "CHF".parse().unwrap()), ["currency_differs"]);
    let first = "2026-01-05".parse().unwrap();
    assert_eq!(
        Cycle::FourWeeks { first },
        serde_json::from_str("{\"kind\":\"four_weeks\",\"first\":\"2026-01-05\"}").unwrap()
    );
    assert_eq!(
        codes(|c| tariff(c).cycle = Cycle::FourWeeks { first: "2026-01-05".parse().unwrap() }),
        ["cycle_differs"]
    );
    assert_eq!(codes(|c| c.zone = "Europe/Lisbon".into()), ["cut_off_differs"]);
    assert_eq!(
        codes(|c| {
            c.zone = "Europe/Lisbon".into();
            tariff(c).cut_off_zone = Some("Europe/Paris".into());
        }),
        Vec::<String>::new()
    );
    // A tariff that is words only bills nothing and may say what it likes.
    assert_eq!(
        codes(|c| c.tariff = Some(Tariff::new("CHF".parse().unwrap()))),
        Vec::<String>::new()
    );
}

#[test]
fn time_is_billed_in_the_increments_of_the_tariff() {
    for (seconds, first_s, next_s, want) in [
        (0, 60, 1, 0),
        (1, 60, 1, 60),
        (60, 60, 1, 60),
        (61, 60, 1, 61),
        (61, 6, 6, 66),
        (66, 6, 6, 66),
        (85, 60, 60, 120), // AnswerConnect: whole minutes rounded up, 85 s are 2 minutes
        (120, 60, 60, 120),
        (121, 30, 6, 126),
    ] {
        let increments = Increments { first_s, next_s };
        assert_eq!(
            increments.billed_s(seconds * 1_000_000),
            want,
            "{seconds} at {first_s}/{next_s}"
        );
    }
    assert_eq!(
        Increments { first_s: 1, next_s: 1 }.billed_s(1),
        1,
        "a second that has begun counts"
    );
}

/// The mean of billed over real time, over the quantiles of an exponential distribution: a sample
/// without chance. The expectation is `step / (1 − e^(−step / mean)) / mean`.
#[test]
fn increments_have_the_expected_effect_on_exponential_times() {
    for (mean_s, step, effect_permille) in [
        (120.0, 6, 25),
        (120.0, 15, 64),
        (120.0, 30, 130),
        (120.0, 60, 271),
        (60.0, 60, 582),
        (180.0, 60, 176),
    ] {
        let increments = Increments { first_s: step, next_s: step };
        let n = 200_000_u32;
        let (mut billed, mut real) = (0.0, 0.0);
        for i in 0..n {
            let quantile = (f64::from(i) + 0.5) / f64::from(n);
            let us = -f64::ln(1.0 - quantile) * mean_s * 1e6;
            billed += increments.billed_s(us as u64) as f64;
            real += us / 1e6;
        }
        // Whole seconds add nothing here: each step is a whole number of them.
        let effect = (billed / real - 1.0) * 1000.0;
        assert!((effect - f64::from(effect_permille)).abs() < 1.0, "{mean_s} {step}: {effect}");
    }
}

#[test]
fn scopes_overlap_where_a_contact_could_be_in_both() {
    let voice = Scope { channels: vec![Channel::Voice], ..Scope::default() };
    let chat = Scope { channels: vec![Channel::Chat], ..Scope::default() };
    let out = Scope { direction: Direction::Outbound, ..Scope::default() };
    let inbound = Scope { direction: Direction::Inbound, ..voice.clone() };
    for (a, b, want) in [(&voice, &chat, false), (&voice, &out, true), (&inbound, &out, false)] {
        assert_eq!(a.overlaps(b), want);
        assert_eq!(b.overlaps(a), want);
    }
}

#[test]
fn bands_change_at_the_minute_of_the_clock_and_holidays_win() {
    let contract = sound();
    let holidays = [Holiday { date: "2026-03-28".into(), name: "Fête".into(), hours: Vec::new() }];
    let at = |text: &str| text.parse::<Timestamp>().unwrap();
    let timeline = compile_bands(
        contract.tariff.as_ref().unwrap(),
        &contract.zone,
        &holidays,
        at("2026-03-27T00:00:00Z"),
        at("2026-03-30T00:00:00Z"),
    )
    .unwrap();
    assert_eq!(
        timeline.changes,
        [
            (at("2026-03-27T00:00:00Z"), None),
            (at("2026-03-27T19:00:00Z"), Some(0)),
            (at("2026-03-27T23:00:00Z"), Some(1)), // midnight in Paris: the holiday
            (at("2026-03-28T23:00:00Z"), None),
            (at("2026-03-29T18:00:00Z"), Some(0)), // an hour earlier in UTC: summer time
            (at("2026-03-29T22:00:00Z"), None),
        ]
    );
}

proptest! {
    /// Billed time is never under the real one, by less than an increment over it, and grows with it.
    #[test]
    fn rounding_stays_within_one_increment(
        us in 1_u64..20_000_000_000, more in 0_u64..1_000_000_000,
        first in 0_usize..5, next in 0_usize..5,
    ) {
        let increments = Increments { first_s: INCREMENTS_S[first], next_s: INCREMENTS_S[next] };
        let billed = increments.billed_s(us);
        let widest = u64::from(increments.first_s.max(increments.next_s));
        prop_assert!(billed * 1_000_000 >= us);
        prop_assert!((billed - widest.min(billed)) * 1_000_000 < us);
        prop_assert!(increments.billed_s(us + more) >= billed);
    }

    /// Each day of a client lies in exactly one billing period.
    #[test]
    fn billing_periods_tile_the_days(day in 0_i64..20_000, four_weeks in any::<bool>(), first in 0_i64..28) {
        let zone = Zone::get("Europe/Paris").unwrap();
        let start: domain::Day = "1990-01-01".parse().unwrap();
        let cycle =
            if four_weeks { Cycle::FourWeeks { first: start.plus(first) } } else { Cycle::Month };
        let day = start.plus(day);
        let period = cycle.period_of(&zone, day);
        prop_assert!(period.first <= day && day < period.until);
        prop_assert!(period.days().any(|other| other == day));
        prop_assert_eq!(cycle.period_of(&zone, period.until).first, period.until);
        prop_assert_eq!(cycle.before(&zone, &period).until, period.first);
        prop_assert_eq!(cycle.named(&zone, &period.name), Some(period));
    }
}
