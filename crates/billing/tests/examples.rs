//! Published and hand-checked examples.

#![allow(clippy::unwrap_used, reason = "a test that cannot parse its own input should fail")]

mod office;

use billing::{Exact, Free, Input, Position, PositionKind, Quantity, Rule, Statement, Terms, rate};
use domain::{DispositionId, Timeline, Timestamp, calendar::Weekday, contract::Channel, tariff::*};
use figures::Share;
use office::*;

#[test]
fn published_examples() {
    let whole_minutes = Increments { first_s: 60, next_s: 60 };
    let six = Increments { first_s: 6, next_s: 6 };
    let one = Increments { first_s: 1, next_s: 1 };
    // Talk in seconds, increments, added, price of a minute in thousandths of a cent; then seconds
    // billed and thousandths of a cent.
    for (talk, increments, added_s, price, billed, milli) in [
        // AnswerConnect: whole minutes rounded up, 85 s are 2 minutes.
        (85, whole_minutes, 0, 175_000, 120, 350_000),
        // units of 6 s.
        (85, six, 0, 100_000, 90, 150_000),
        // Signpost: rounded up, and a minute of wrap-up on every call.
        (85, whole_minutes, 60, 250_000, 180, 750_000),
        // SAS: by the second; automated 0.15 and patched 0.10 a minute are charges of their own.
        (85, one, 0, 15_000, 85, 21_250),
        (1, whole_minutes, 0, 175_000, 60, 175_000),
    ] {
        let unit = minutes(increments, added_s);
        let terms = terms(Tariff { charges: vec![charge("Calls", unit, price)], ..tariff() });
        let statement = rated(&terms, &[call(1, at("2026-03-03T10:00:00Z"), talk)]);
        let line = statement.lines[0];
        assert_eq!((line.billed, line.amount.milli()), (billed, milli), "{talk} s");
    }
}

#[test]
fn the_first_thirty_short_calls_are_free() {
    let short = Short { below_s: 30, free_max: Some(30) };
    let terms = terms(Tariff {
        not_billed: NotBilled { short: Some(short), dispositions: vec![] },
        charges: vec![charge("Calls", minutes(Increments { first_s: 60, next_s: 60 }, 0), 175_000)],
        ..tariff()
    });
    let start = at("2026-03-03T10:00:00Z");
    let calls: Vec<_> = (0..40).map(|n| call(n, start + secs(60 * n as u64), 29)).collect();
    let statement = rated(&terms, &calls);
    assert_eq!(statement.free(), [(Free::Short, 30)].into());
    assert_eq!(statement.net_minor, 10 * 175, "the other ten are a minute each");
    assert_eq!(rated(&terms, &[call(1, start, 30)]).free(), [].into(), "30 s are not below 30 s");
}

#[test]
fn a_minimum_that_covers_the_first_hour() {
    // 60 minutes are included in a fee, in units of 6 s; then 1.00 a minute.
    let mut calls = charge("Calls", minutes(Increments { first_s: 6, next_s: 6 }, 0), 100_000);
    calls.bundle = Some(bundle(60, 5_000));
    let terms = terms(Tariff { charges: vec![calls], ..tariff() });
    let start = at("2026-03-03T10:00:00Z");
    let hour: Vec<_> = (0..10).map(|n| call(n, start + secs(600 * n as u64), 360)).collect();
    assert_eq!(rated(&terms, &hour).net_minor, 5_000);
    let mut more = hour;
    more.push(call(11, start + secs(6_100), 61));
    let statement = rated(&terms, &more);
    assert_eq!(statement.net_minor, 5_000 + 110, "66 s beyond the hour");
    let used = &statement.bundles[0];
    assert_eq!(used.used, Quantity::Seconds(3_666));
    assert_eq!(used.beyond, Quantity::Seconds(66));
    // 80 % of the hour are reached with the eighth call.
    assert_eq!(used.warned_at, Some(start + secs(600 * 7)));
}

#[test]
fn a_call_across_the_end_of_a_bundle_is_two_lines() {
    let mut calls = charge("Calls", minutes(Increments { first_s: 60, next_s: 60 }, 0), 175_000);
    calls.bundle = Some(bundle(2, 300));
    let terms = terms(Tariff { charges: vec![calls], ..tariff() });
    let statement = rated(&terms, &[call(1, at("2026-03-03T10:00:00Z"), 185)]);
    let of = |line: &billing::Line| (line.billed, line.counted_us, line.amount);
    let price = Exact::of_seconds(120, 175_000, 100);
    assert_eq!(
        statement.lines.iter().map(of).collect::<Vec<_>>(),
        [(120, 92_500_000, Exact::ZERO), (120, 92_500_000, price)]
    );
    assert_eq!(statement.net_minor, 300 + 350);
}

#[test]
fn packs_of_hours_follow_one_another_and_the_rest_rolls_over() {
    let mut calls = charge("Calls", minutes(Increments { first_s: 60, next_s: 60 }, 0), 0);
    calls.bundle = Some(Bundle {
        unused: Unused::RollOver,
        beyond: Beyond::AnotherPack,
        ..bundle(60, 10_000)
    });
    let terms = terms(Tariff { charges: vec![calls], ..tariff() });
    let start = at("2026-03-03T10:00:00Z");
    let talked = |minutes: u64| [call(1, start, minutes * 60)];
    for (minutes, carried, packs, left) in
        [(0, 0, 1, 60), (60, 0, 1, 0), (61, 0, 2, 59), (90, 30, 1, 0), (20, 30, 1, 60)]
    {
        let carried = left_of_calls(carried * 60);
        let facts = talked(minutes);
        let period = terms.named("2026-03").unwrap();
        let input = Input { carried: &carried, ..input(&period, &facts) };
        let statement = rate(&terms, &input).unwrap();
        assert_eq!(statement.net_minor, packs * 10_000, "{minutes} minutes");
        assert_eq!(statement.left, left_of_calls(left * 60), "{minutes} minutes");
    }
}

#[test]
fn bands_change_at_the_minute_or_by_the_start() {
    let night = Band {
        name: "Night".to_owned(),
        weekly: vec![on(&Weekday::ALL, "20:00", "24:00")],
        holidays: false,
        percent: 150,
    };
    // 19:58:30 in Paris, and 3 minutes of talk: 90 s by day, then 90 s by night.
    let start = at("2026-03-03T18:58:30Z");
    let calls = charge("Calls", minutes(Increments { first_s: 60, next_s: 60 }, 0), 100_000);
    for (banded, talk, want) in [
        (Banded::ByMinute, 180, vec![(None, 90, 150_000), (Some(0), 90, 225_000)]),
        // What rounding adds has the price of the last band.
        (Banded::ByMinute, 150, vec![(None, 90, 150_000), (Some(0), 90, 225_000)]),
        (Banded::ByStart, 180, vec![(None, 180, 300_000)]),
        (Banded::ByMinute, 60, vec![(None, 60, 100_000)]),
    ] {
        let terms = terms(Tariff {
            bands: vec![night.clone()],
            banded,
            charges: vec![calls.clone()],
            ..tariff()
        });
        let statement = rated(&terms, &[call(1, start, talk)]);
        let of = |line: &billing::Line| match line.rule {
            Rule::Charge { band, .. } => (band, line.billed, line.amount.milli()),
            Rule::Free(why) => panic!("{why:?}"),
        };
        assert_eq!(statement.lines.iter().map(of).collect::<Vec<_>>(), want, "{talk} s");
    }
}

#[test]
fn every_contact_that_is_not_billed_says_why() {
    let [wrong, spam, test, own] = [1, 2, 3, 4].map(DispositionId::from_u128);
    let reasons = [
        (wrong, NotBilledReason::WrongNumber, Free::WrongNumber),
        (spam, NotBilledReason::Spam, Free::Spam),
        (test, NotBilledReason::Test, Free::Test),
        (own, NotBilledReason::OwnCall, Free::OwnCall),
    ];
    let calls = Charge {
        scope: Scope { channels: vec![Channel::Voice], ..Scope::default() },
        ..charge("Calls", Unit::Contact, 100_000)
    };
    let terms = terms(Tariff {
        not_billed: NotBilled {
            short: None,
            dispositions: reasons
                .iter()
                .map(|(disposition, reason, _)| NotBilledDisposition {
                    disposition: *disposition,
                    reason: *reason,
                })
                .collect(),
        },
        charges: vec![calls],
        ..tariff()
    });
    let start = at("2026-03-03T10:00:00Z");
    let why = |facts: billing::Facts| match rated(&terms, &[facts]).lines[..] {
        [line] => match line.rule {
            Rule::Free(why) => Some(why),
            Rule::Charge { .. } => None,
        },
        ref lines => panic!("{lines:?}"),
    };
    assert_eq!(why(call(1, start, 60)), None);
    for (disposition, _, want) in reasons {
        let facts = billing::Facts { disposition: Some(disposition), ..call(1, start, 60) };
        assert_eq!(why(facts), Some(want));
    }
    use billing::Fate;
    for (fate, want) in [
        (Fate::Abandoned, Free::NotAnswered),
        (Fate::TurnedAway, Free::NotAnswered),
        (Fate::Cut, Free::Cut),
        (Fate::NotReached, Free::NotReached),
        (Fate::Voicemail, Free::NoCharge),
    ] {
        assert_eq!(why(billing::Facts { fate, ..call(1, start, 60) }), Some(want), "{fate:?}");
    }
    let chat = billing::Facts { channel: Channel::Chat, ..call(1, start, 60) };
    assert_eq!(why(chat), Some(Free::NoCharge));
    assert_eq!(why(call(1, at("2025-12-31T10:00:00Z"), 60)), Some(Free::NoTariff));
    let names: std::collections::BTreeSet<_> = Free::ALL.iter().map(|free| free.name()).collect();
    assert_eq!(names.len(), Free::ALL.len());
}

#[test]
fn messages_work_and_seconds_of_other_classes() {
    let [order, question] = [1, 2].map(DispositionId::from_u128);
    let patch = Unit::Minute {
        counts: vec![SpanClass::Patch],
        increments: Increments { first_s: 1, next_s: 1 },
        rounded: Rounded::Contact,
        minimum_s: 0,
        added_s: 0,
    };
    let work = Unit::Work {
        by_disposition: vec![WorkUnits { disposition: order, units: 3 }],
        otherwise: 1,
    };
    let terms = terms(Tariff {
        charges: vec![
            charge("Messages", Unit::Message, 50_000),
            charge("Work", work, 20_000),
            charge("Patched", patch, 10_000),
        ],
        ..tariff()
    });
    let start = at("2026-03-03T10:00:00Z");
    let with = |n, disposition| billing::Facts {
        disposition: Some(disposition),
        ..call(n, start + secs(n as u64), 60)
    };
    let mut patched = with(2, question);
    patched.spans.push(spent(SpanClass::Patch, start + secs(62), 120, 0));
    patched.ended = start + secs(300);
    let voicemail = billing::Facts { fate: billing::Fate::Voicemail, ..call(3, start, 0) };
    let statement = rated(&terms, &[with(1, order), patched, voicemail]);
    let amounts: Vec<_> =
        statement.positions.iter().map(|p| (p.name.as_str(), p.quantity, p.amount_minor)).collect();
    assert_eq!(
        amounts,
        [
            ("Messages", Quantity::Pieces(1), 50),
            ("Work", Quantity::Pieces(4), 80),
            ("Patched", Quantity::Seconds(120), 20),
        ]
    );
}

#[test]
fn hybrid_seats_cover_the_team_and_overflow_is_metered() {
    let overflow = Charge {
        scope: Scope { served: vec![Served::Overflow, Served::Shared], ..Scope::default() },
        ..charge("Overflow", minutes(Increments { first_s: 60, next_s: 60 }, 0), 150_000)
    };
    let office = vec![on(&Weekday::ALL[..5], "09:00", "18:00")];
    let terms = hybrid_terms(Tariff {
        charges: vec![overflow],
        seats: vec![Seats {
            name: "Team".to_owned(),
            count: 2,
            basis: SeatBasis::Hour { price: Price(3_500_000) },
            hours: office,
            absent_hour: Some(Price(3_500_000)),
            notice_days: 30,
        }],
        ..tariff()
    });
    let start = at("2026-03-03T10:00:00Z"); // Tuesday: dedicated
    let by_team = billing::Facts { contract_version: 1, period: 0, ..call(1, start, 600) };
    let helped = billing::Facts { overflow: true, ..call(2, start + secs(60), 61) };
    let at_night = billing::Facts { period: 1, ..call(3, start + secs(43_200), 30) };
    let facts = [by_team, helped, at_night];
    let period = terms.named("2026-03").unwrap();
    // Two agents but for two hours on the third of March, in which there is one.
    let staffed = Timeline {
        changes: vec![
            (Timestamp::MIN, 2_000),
            (at("2026-03-03T09:00:00Z"), 1_000),
            (at("2026-03-03T11:00:00Z"), 2_000),
        ],
        compiled_until: Timestamp::MAX,
    };
    let input = Input { staffed: Some(&staffed), ..input(&period, &facts) };
    let statement = rate(&terms, &input).unwrap();
    assert_eq!(statement.lines[0].rule, Rule::Free(Free::Seats));
    let amounts: Vec<_> =
        statement.positions.iter().map(|p| (p.kind, p.quantity, p.amount_minor)).collect();
    // March 2026 has 22 working days of 9 hours: 198 hours for each of two seats.
    assert_eq!(
        amounts,
        [
            (PositionKind::Metered { band: None }, Quantity::Seconds(180), 450),
            (PositionKind::Seats, Quantity::Seconds(2 * 198 * 3_600), 2 * 198 * 3_500),
            (PositionKind::AbsentSeats, Quantity::Seconds(7_200), -2 * 3_500),
        ]
    );
}

#[test]
fn minimum_then_fees_then_credit_then_tax() {
    let terms = terms(Tariff {
        charges: vec![charge("Calls", Unit::Contact, 100_000)],
        minimum_minor: 20_000,
        fees: vec![
            Fee { name: "Set-up".into(), quantity: 1, price_minor: 9_900, when: FeeWhen::Once },
            Fee { name: "Number".into(), quantity: 3, price_minor: 500, when: FeeWhen::EachPeriod },
        ],
        credit: Some(ServiceCredit {
            target_percent: 90,
            per_point: CreditPerPoint::Share { permille: 20 },
            cap_percent: 10,
        }),
        tax: Some(Tax { name: "TVA".into(), basis_points: 2_000 }),
        ..tariff()
    });
    let facts = [call(1, at("2026-02-03T10:00:00Z"), 60)];
    let stated = |period: &str, level: Option<Share>| {
        let period = terms.named(period).unwrap();
        rate(&terms, &Input { level, ..input(&period, &facts) }).unwrap()
    };
    let amounts = |statement: &Statement| {
        let of = |p: &Position| (p.kind, p.amount_minor);
        statement.positions.iter().map(of).collect::<Vec<_>>()
    };
    use PositionKind as K;
    // In January the tariff began: set-up. 88.4 % are one whole point under 90 %.
    let january = stated("2026-01", Share::new(884, 1_000));
    let want = [(K::Minimum, 20_000), (K::Fee, 9_900), (K::Fee, 1_500), (K::Credit, -400)];
    assert_eq!(amounts(&january), want);
    assert_eq!(
        (january.net_minor, january.tax_minor, january.total_minor),
        (31_000, 6_200, 37_200)
    );
    // In February a contact came, and 50 % are forty points: 80 %, of which 10 % are given.
    let february = stated("2026-02", Share::new(1, 2));
    let metered = (K::Metered { band: None }, 100);
    assert_eq!(
        amounts(&february),
        [metered, (K::Minimum, 19_900), (K::Fee, 1_500), (K::Credit, -2_000)]
    );
    // A promise that was kept, or one that nobody could break, gives nothing.
    assert_eq!(amounts(&stated("2026-02", Share::new(9, 10))).len(), 3);
    assert_eq!(amounts(&stated("2026-02", None)).len(), 3);
}

#[test]
fn a_tariff_that_begins_within_a_period_has_its_share_of_days() {
    let monthly = |fee: i64| {
        let mut calls = charge("Calls", minutes(Increments { first_s: 1, next_s: 1 }, 0), 60_000);
        calls.bundle = Some(bundle(310, fee));
        Tariff { charges: vec![calls], ..tariff() }
    };
    let version = |version, from, until: Option<&str>, tariff| billing::TariffVersion {
        version,
        from: at(from),
        until: until.map(at),
        zone: "Europe/Paris".to_owned(),
        tariff,
    };
    let (begin, change) = ("2026-03-10T23:00:00Z", "2026-03-21T12:00:00Z");
    let terms = Terms::new(
        vec![
            version(1, begin, Some(change), monthly(3_100)),
            version(2, change, None, monthly(6_200)),
        ],
        Vec::new(),
    )
    .unwrap()
    .unwrap();
    let period = terms.named("2026-03").unwrap();
    let statement = rate(&terms, &input(&period, &[])).unwrap();
    // From the 11th to the 20th, and from the 21st, in whose course it changed, to the 31st.
    let amounts: Vec<_> = statement.positions.iter().map(|p| p.amount_minor).collect();
    assert_eq!(amounts, [1_000, 2_200]);
    let included: Vec<_> = statement.bundles.iter().map(|b| b.included).collect();
    assert_eq!(included, [Quantity::Seconds(12_600)], "one bundle, whatever its tariff");
}

/// By the second at 0.60 a minute, 310 minutes included for 31.00, and what is left rolls over.
fn rolling() -> Charge {
    let calls = charge("Calls", minutes(Increments { first_s: 1, next_s: 1 }, 0), 60_000);
    let bundle = Bundle { unused: Unused::RollOver, ..bundle(310, 3_100) };
    Charge { bundle: Some(bundle), ..calls }
}

fn priced(charge: Charge) -> Tariff {
    Tariff { charges: vec![charge], ..tariff() }
}

fn of_month(
    terms: &Terms,
    name: &str,
    carried: &billing::Carried,
    facts: &[billing::Facts],
) -> Statement {
    let period = terms.named(name).unwrap();
    rate(terms, &Input { carried, ..input(&period, facts) }).unwrap()
}

/// Kind, quantity and amount of each position.
fn amounts(statement: &Statement) -> Vec<(PositionKind, Quantity, i64)> {
    statement.positions.iter().map(|p| (p.kind, p.quantity, p.amount_minor)).collect()
}

#[test]
fn a_bundle_goes_on_through_a_change_of_the_tariff() {
    use PositionKind as K;
    let change = at("2026-03-21T12:00:00Z");
    let dearer = Charge { price: Price(90_000), ..rolling() };
    let terms = changing(priced(rolling()), &[(change, priced(dearer.clone()))], false);
    // All of the month's 310 minutes are there on its first day, and none is lost where the tariff changes.
    let march = |minutes: [u64; 2]| {
        let calls = [
            call(1, at("2026-03-02T09:00:00Z"), minutes[0] * 60),
            call(2, at("2026-03-25T09:00:00Z"), minutes[1] * 60),
        ];
        of_month(&terms, "2026-03", &NOTHING, &calls)
    };
    let quiet = march([100, 50]);
    assert_eq!(quiet.left, left_of_calls(160 * 60));
    let fee = |days: i64| (K::Bundle, Quantity::Pieces(1), days * 100);
    let included = |minutes: u64| (K::Included, Quantity::Seconds(minutes * 60), 0);
    assert_eq!(amounts(&quiet), [fee(20), included(100), fee(11), included(50)]);
    // Beyond it each minute has the price of its own tariff.
    let busy = march([320, 2]);
    let metered =
        |minutes: u64, minor| (K::Metered { band: None }, Quantity::Seconds(minutes * 60), minor);
    assert_eq!(
        amounts(&busy),
        [fee(20), metered(10, 600), included(310), fee(11), metered(2, 180)]
    );
    assert_eq!(busy.left, left_of_calls(0));
    assert_eq!(busy.bundles.len(), 1);
    assert_eq!(busy.bundles[0].version, 2);
    assert_eq!(busy.bundles[0].beyond, Quantity::Seconds(12 * 60));
    // What is left is used first in the month after.
    let april =
        of_month(&terms, "2026-04", &quiet.left, &[call(3, at("2026-04-02T09:00:00Z"), 470 * 60)]);
    assert_eq!(april.net_minor, 3_100, "160 + 310 minutes");
    // Under another name, or counted otherwise, it is another charge: what was left of this one lapses. A tariff
    // that no longer rolls over says so of what it leaves, not of what was left before.
    let renamed = Charge { name: "Voice".to_owned(), ..dearer.clone() };
    let counted = Charge { unit: Unit::Contact, ..dearer.clone() };
    let lapsing = Charge { bundle: Some(bundle(310, 3_100)), ..dearer };
    for (then, carried) in [
        (renamed, Quantity::Seconds(0)),
        (counted, Quantity::Pieces(0)),
        (lapsing.clone(), Quantity::Seconds(160 * 60)),
    ] {
        let terms =
            changing(priced(rolling()), &[(at("2026-03-31T22:00:00Z"), priced(then))], false);
        let april = of_month(&terms, "2026-04", &quiet.left, &[]);
        assert_eq!(april.bundles[0].carried, carried);
    }
    let terms = changing(priced(rolling()), &[(change, priced(lapsing))], false);
    assert_eq!(
        of_month(&terms, "2026-03", &NOTHING, &[]).left,
        [].into(),
        "the last tariff says so"
    );
}

#[test]
fn packs_go_on_through_a_change_of_the_tariff_and_a_correction_bills_none() {
    use PositionKind as K;
    let pack = |included, fee| {
        let calls = charge("Calls", minutes(Increments { first_s: 60, next_s: 60 }, 0), 0);
        let packs = Bundle { beyond: Beyond::AnotherPack, ..bundle(included, fee) };
        priced(Charge { bundle: Some(packs), ..calls })
    };
    let call_of =
        |n, day: &str, minutes: u64| call(n, at(&format!("2026-03-{day}T09:30:00Z")), minutes * 60);
    let packs = |n, minor| (K::Bundle, Quantity::Pieces(n), minor);
    let included = |minutes: u64| (K::Included, Quantity::Seconds(minutes * 60), 0);
    // Published on the 1st, and corrected an hour later: one pack, by the tariff that stayed.
    let begin = at("2026-03-01T09:00:00Z");
    let version = |version, from, until, tariff| billing::TariffVersion {
        version,
        from,
        until,
        zone: "Europe/Paris".to_owned(),
        tariff,
    };
    let corrected = begin + secs(3_600);
    let terms = Terms::new(
        vec![
            version(1, begin, Some(corrected), pack(60, 99_900)),
            version(2, corrected, None, pack(60, 10_000)),
        ],
        Vec::new(),
    );
    let terms = terms.unwrap().unwrap();
    let march = |calls: &[billing::Facts]| amounts(&of_month(&terms, "2026-03", &NOTHING, calls));
    assert_eq!(march(&[]), [packs(1, 10_000)]);
    // A call within that hour uses it too; only what needs another pack begins one of the first tariff.
    assert_eq!(march(&[call_of(1, "01", 60)]), [included(60), packs(1, 10_000)]);
    assert_eq!(march(&[call_of(1, "01", 61)]), [packs(1, 99_900), included(61), packs(1, 10_000)]);
    // Dearer and larger from the 16th on: what the pack of before still holds is used first.
    let terms =
        changing(pack(60, 10_000), &[(at("2026-03-16T08:00:00Z"), pack(90, 12_000))], false);
    let march = |calls: &[billing::Facts]| of_month(&terms, "2026-03", &NOTHING, calls);
    let quiet = march(&[call_of(1, "02", 20), call_of(2, "20", 40)]);
    assert_eq!(amounts(&quiet), [packs(1, 10_000), included(20), included(40)]);
    let busy = march(&[call_of(1, "02", 20), call_of(2, "20", 41)]);
    assert_eq!(amounts(&busy), [packs(1, 10_000), included(20), packs(1, 12_000), included(41)]);
    let held = &busy.bundles[0];
    assert_eq!(
        (held.packs, held.included, held.used),
        (Some(2), Quantity::Seconds(150 * 60), Quantity::Seconds(61 * 60))
    );
    // Rolled over from packs to a bundle at a price, minutes stay minutes.
    let rolls = |tariff: &Tariff| {
        let mut tariff = tariff.clone();
        tariff.charges[0].bundle.as_mut().unwrap().unused = Unused::RollOver;
        tariff
    };
    let mut then = rolls(&pack(60, 9_000));
    then.charges[0].bundle.as_mut().unwrap().beyond = Beyond::Price;
    let terms = changing(rolls(&pack(60, 10_000)), &[(at("2026-03-31T22:00:00Z"), then)], false);
    let march = of_month(&terms, "2026-03", &NOTHING, &[call_of(1, "02", 20)]);
    let april = of_month(&terms, "2026-04", &march.left, &[]);
    assert_eq!(april.bundles[0].carried, Quantity::Seconds(40 * 60));
}

#[test]
fn the_free_short_calls_are_those_of_the_period_and_a_correction_adds_no_position() {
    let tariff = |price, number: &str, set_up| Tariff {
        not_billed: NotBilled {
            short: Some(Short { below_s: 30, free_max: Some(30) }),
            dispositions: vec![],
        },
        charges: vec![Charge {
            bundle: Some(bundle(1, 0)),
            ..charge("Calls", Unit::Contact, price)
        }],
        seats: vec![Seats {
            name: "Team".to_owned(),
            count: 1,
            basis: SeatBasis::Hour { price: Price(3_000_000) },
            hours: vec![on(&Weekday::ALL[..1], "09:00", "10:00")],
            absent_hour: None,
            notice_days: 0,
        }],
        fees: vec![
            Fee {
                name: number.to_owned(),
                quantity: 1,
                price_minor: 500,
                when: FeeWhen::EachPeriod,
            },
            Fee {
                name: "Set-up".to_owned(),
                quantity: 1,
                price_minor: set_up,
                when: FeeWhen::Once,
            },
        ],
        ..tariff()
    };
    // 20 short calls before the tariff changes and 20 after it: 30 are free in all, and one is in the bundle.
    let change = at("2026-03-16T08:00:00Z");
    let terms =
        changing(tariff(10_000, "Number", 1), &[(change, tariff(20_000, "Number", 1))], false);
    let calls: Vec<_> =
        (0..40).map(|n| call(n, change - secs(1_200) + secs(60 * n as u64), 29)).collect();
    let march = of_month(&terms, "2026-03", &NOTHING, &calls);
    assert_eq!(march.free(), [(Free::Short, 30)].into());
    let metered: i64 = march
        .positions
        .iter()
        .filter(|p| matches!(p.kind, PositionKind::Metered { .. }))
        .map(|p| p.amount_minor)
        .sum();
    assert_eq!(metered, 9 * 20);
    // Corrected on the day it began: neither its seats nor its fees, nor the set-up it had by mistake.
    let begin = at("2026-03-03T08:00:00Z");
    let wrong = tariff(10_000, "Numbre", 99_900);
    let right = tariff(10_000, "Number", 9_900);
    let version = |version, from, until, tariff| billing::TariffVersion {
        version,
        from,
        until,
        zone: "Europe/Paris".to_owned(),
        tariff,
    };
    let corrected = begin + secs(1_800);
    let terms = Terms::new(
        vec![version(1, begin, Some(corrected), wrong), version(2, corrected, None, right)],
        Vec::new(),
    );
    let march = of_month(&terms.unwrap().unwrap(), "2026-03", &NOTHING, &[]);
    let named: Vec<_> =
        march.positions.iter().map(|p| (p.version, p.name.as_str(), p.amount_minor)).collect();
    // From Tuesday the 3rd on there are four Mondays; 29 of 31 days of the number.
    assert_eq!(
        named,
        [(2, "Calls", 0), (2, "Team", 12_000), (2, "Number", 468), (2, "Set-up", 9_900)]
    );
}

#[test]
fn overlapping_tariffs_and_other_currencies_are_refused() {
    let version = |version, from, until: Option<&str>, tariff| billing::TariffVersion {
        version,
        from: at(from),
        until: until.map(at),
        zone: "Europe/Paris".to_owned(),
        tariff,
    };
    let priced = |currency: &str, price| Tariff {
        charges: vec![charge("Calls", Unit::Contact, price)],
        ..Tariff::new(currency.parse().unwrap())
    };
    let first = "2026-01-01T00:00:00Z";
    let second = "2026-02-01T00:00:00Z";
    let codes = |versions| match Terms::new(versions, Vec::new()) {
        Ok(_) => Vec::new(),
        Err(faults) => faults.into_iter().map(|fault| fault.code).collect(),
    };
    let a = || version(1, first, None, priced("EUR", 1));
    assert_eq!(codes(vec![a(), version(2, second, None, priced("EUR", 2))]), ["tariff_overlap"]);
    assert_eq!(
        codes(vec![a(), version(2, second, None, priced("CHF", 2))]),
        ["tariff_overlap", "currency_differs"]
    );
    let until = version(1, first, Some(second), priced("EUR", 1));
    assert_eq!(
        codes(vec![until, version(2, second, None, priced("EUR", 2))]),
        Vec::<String>::new()
    );
    assert!(Terms::new(vec![version(1, first, None, tariff())], vec![]).unwrap().is_none());
}

#[test]
fn the_forecast_goes_on_as_it_began() {
    let mut calls = charge("Calls", minutes(Increments { first_s: 60, next_s: 60 }, 0), 100_000);
    calls.bundle = Some(bundle(100, 5_000));
    let terms = terms(Tariff {
        charges: vec![calls],
        tax: Some(Tax { name: "TVA".into(), basis_points: 2_000 }),
        ..tariff()
    });
    let period = terms.named("2026-04").unwrap();
    // Ten minutes a day, for ten of thirty days.
    let facts: Vec<_> = (0..10)
        .map(|d| call(d, period.span.from + secs(86_400 * d as u64 + 40_000), 600))
        .collect();
    let input = input(&period, &facts);
    let statement = rate(&terms, &input).unwrap();
    assert_eq!(statement.net_minor, 5_000, "all within the bundle");
    let forecast =
        statement.forecast(&terms, &input, period.span.from + secs(10 * 86_400)).unwrap();
    assert_eq!(forecast.bundles[0], Quantity::Seconds(300 * 60));
    assert_eq!(forecast.net_minor, 5_000 + 200 * 100, "200 minutes beyond it");
    assert_eq!(forecast.total_minor, 30_000);
    let soon = statement.forecast(&terms, &input, period.span.from + secs(3_600));
    assert_eq!(soon, None, "an hour says nothing of a month");
    let over = statement.forecast(&terms, &input, period.span.until).unwrap();
    assert_eq!(over.net_minor, statement.net_minor, "a month that is over is what it is");
}
