//! What holds of any facts under any tariff.

#![allow(clippy::unwrap_used, reason = "a test that cannot parse its own input should fail")]

mod office;

use std::collections::{BTreeMap, BTreeSet};

use billing::{
    ChargeKey, Facts, Fate, Free, Input, PositionKind, Quantity, Rule, Statement, Terms, rate,
};
use domain::{DispositionId, Timestamp, calendar::Weekday, contract::Channel, tariff::*};
use figures::Share;
use office::*;
use proptest::prelude::*;

/// March 2026, in which clocks go forward in Paris.
const MONTH: &str = "2026-03";
const FROM: i64 = 1_772_319_600;

prop_compose! {
    fn any_facts()(
        n in 0_u128..24,
        began_s in 0_i64..31 * 86_400 - 3_600,
        wait in 0_u64..120,
        parts in proptest::collection::vec((0_u64..4_000_000_000, 0_u64..60_000_000, 0_u64..60_000_000), 1..4),
        fate in 0_usize..8,
        disposition in 0_u128..5,
        chat in any::<bool>(),
        outbound in any::<bool>(),
        overflow in any::<bool>(),
        period in 0_u16..2,
    ) -> Facts {
        let began = Timestamp::from_secs(FROM + began_s);
        let mut facts = call(n, began, 0);
        facts.fate = [Fate::Answered, Fate::Answered, Fate::Answered, Fate::Abandoned, Fate::TurnedAway, Fate::Voicemail, Fate::Cut, Fate::NotReached][fate];
        let mut at = began + secs(wait);
        if wait > 0 {
            facts.spans.push(spent(SpanClass::Queue, began, wait, 0));
        }
        facts.answered = (facts.fate == Fate::Answered).then_some(at);
        if facts.fate == Fate::Answered {
            for (i, (talk, hold, wrap)) in parts.into_iter().enumerate() {
                for (class, us) in [(SpanClass::Talk, talk), (SpanClass::Hold, hold), (SpanClass::WrapUp, wrap)] {
                    let until = at + std::time::Duration::from_micros(us);
                    if us > 0 {
                        facts.spans.push(billing::Spent { until, ..spent(class, at, 0, i as u8 + 1) });
                    }
                    at = until;
                }
            }
        }
        facts.ended = at;
        facts.disposition = (disposition > 0).then(|| DispositionId::from_u128(disposition));
        facts.channel = if chat { Channel::Chat } else { Channel::Voice };
        facts.outbound = outbound;
        facts.overflow = overflow;
        facts.period = period;
        facts
    }
}

prop_compose! {
    fn any_charge(name: &'static str)(
        kind in 0_usize..4,
        first in 0_usize..5,
        next in 0_usize..5,
        by_part in any::<bool>(),
        minimum_s in 0_u32..90,
        added_s in 0_u32..90,
        price in 0_i64..400_000,
        included in proptest::option::of(1_u32..200),
        packs in any::<bool>(),
        rolls in any::<bool>(),
    ) -> Charge {
        let unit = match kind {
            0 => Unit::Contact,
            1 => Unit::Message,
            2 => Unit::Work {
                by_disposition: vec![WorkUnits { disposition: DispositionId::from_u128(2), units: 3 }],
                otherwise: 1,
            },
            _ => Unit::Minute {
                counts: vec![SpanClass::Talk, SpanClass::Hold, SpanClass::WrapUp],
                increments: Increments { first_s: INCREMENTS_S[first], next_s: INCREMENTS_S[next] },
                rounded: if by_part { Rounded::Part } else { Rounded::Contact },
                minimum_s,
                added_s,
            },
        };
        let bundle = included.map(|included| Bundle {
            beyond: if packs { Beyond::AnotherPack } else { Beyond::Price },
            unused: if rolls { Unused::RollOver } else { Unused::Lapse },
            ..bundle(included, 5_000)
        });
        Charge { bundle, ..charge(name, unit, price) }
    }
}

prop_compose! {
    fn any_tariff()(
        voice in any_charge("Calls"),
        chat in any_charge("Chats"),
        bands in any::<bool>(),
        by_start in any::<bool>(),
        minimum_minor in 0_i64..50_000,
        short in proptest::option::of((1_u32..60, proptest::option::of(0_u32..3))),
        seats in any::<bool>(),
        credit in any::<bool>(),
    ) -> Tariff {
        let on_channel = |charge: Charge, channel| Charge {
            scope: Scope { channels: vec![channel], ..Scope::default() },
            ..charge
        };
        let band = |name: &str, weekly, percent| Band { name: name.to_owned(), weekly, holidays: false, percent };
        Tariff {
            not_billed: NotBilled {
                short: short.map(|(below_s, free_max)| Short { below_s, free_max }),
                dispositions: vec![NotBilledDisposition {
                    disposition: DispositionId::from_u128(1),
                    reason: NotBilledReason::Spam,
                }],
            },
            bands: if bands {
                vec![
                    band("Night", vec![on(&Weekday::ALL, "00:00", "07:00"), on(&Weekday::ALL, "20:00", "24:00")], 150),
                    band("Weekend", vec![on(&Weekday::ALL[5..], "07:00", "20:00")], 125),
                ]
            } else {
                Vec::new()
            },
            banded: if by_start { Banded::ByStart } else { Banded::ByMinute },
            charges: vec![on_channel(voice, Channel::Voice), on_channel(chat, Channel::Chat)],
            seats: if seats {
                vec![Seats {
                    name: "Team".into(), count: 2, basis: SeatBasis::BillingPeriod { price_minor: 300_000 },
                    hours: vec![], absent_hour: None, notice_days: 0,
                }]
            } else {
                Vec::new()
            },
            minimum_minor,
            fees: vec![Fee { name: "Number".into(), quantity: 3, price_minor: 333, when: FeeWhen::EachPeriod }],
            credit: credit.then_some(ServiceCredit {
                target_percent: 90, per_point: CreditPerPoint::Share { permille: 7 }, cap_percent: 50,
            }),
            tax: Some(Tax { name: "TVA".into(), basis_points: 2_000 }),
            ..tariff()
        }
    }
}

prop_compose! {
    /// A tariff that holds, and up to two that follow it within the month: at any time, some within the hour.
    fn any_terms()(
        first in any_tariff(),
        later in proptest::collection::vec((any_tariff(), any::<bool>()), 0..3),
        from in 0_i64..31 * 86_400,
        after in 1_i64..20 * 86_400,
    ) -> Terms {
        let mut at = Timestamp::from_secs(FROM + from);
        let mut changes = Vec::new();
        for (tariff, soon) in later {
            changes.push((at, tariff));
            at = at + secs(if soon { 1_800 } else { after as u64 });
        }
        changing(first, &changes, true)
    }
}

/// Seconds or pieces left of either charge, in each unit it may be counted by.
fn any_carried() -> impl Strategy<Value = billing::Carried> {
    let units = [
        Unit::Contact,
        Unit::Message,
        Unit::Work { by_disposition: vec![], otherwise: 1 },
        minutes(Increments { first_s: 1, next_s: 1 }, 0),
    ];
    let keys: Vec<ChargeKey> = ["Calls", "Chats"]
        .iter()
        .flat_map(|name| units.iter().map(|unit| ChargeKey::new(name, unit)))
        .collect();
    proptest::collection::btree_map(proptest::sample::select(keys), 0_u64..5_000, 0..4)
}

fn with(terms: &Terms, facts: &[Facts], carried: &billing::Carried) -> Statement {
    let period = terms.named(MONTH).unwrap();
    rate(terms, &Input { level: Share::new(84, 100), carried, ..input(&period, facts) }).unwrap()
}

fn stated(terms: &Terms, facts: &[Facts]) -> Statement {
    with(terms, facts, &NOTHING)
}

/// What is paid, without what is only shown.
fn amounts(statement: &Statement) -> Vec<(PositionKind, String, i64)> {
    let of = |p: &billing::Position| (p.kind, p.name.clone(), p.amount_minor);
    statement.positions.iter().map(of).collect()
}

fn number(quantity: Quantity) -> u64 {
    match quantity {
        Quantity::Seconds(n) | Quantity::Pieces(n) | Quantity::Points(n) => n,
    }
}

/// Each span cut at these instants, as if the journal had told it in pieces.
fn split(facts: &Facts, cuts: &[Timestamp]) -> Facts {
    let mut spans = Vec::new();
    for span in &facts.spans {
        let mut from = span.from;
        for cut in cuts.iter().filter(|cut| span.from < **cut && **cut < span.until) {
            spans.push(billing::Spent { from, until: *cut, ..*span });
            from = *cut;
        }
        spans.push(billing::Spent { from, ..*span });
    }
    spans.sort_unstable();
    Facts { spans, ..facts.clone() }
}

/// Lines add up to positions, exactly; positions to the net amount; and each position lies within
/// half a minor unit of what it is the sum of.
fn lines_sum_to_totals(statement: &Statement) -> Result<(), TestCaseError> {
    prop_assert_eq!(statement.metered(), statement.metered_positions());
    let net: i64 = statement.positions.iter().map(|p| p.amount_minor).sum();
    prop_assert_eq!(net, statement.net_minor);
    prop_assert_eq!(statement.total_minor, statement.net_minor + statement.tax_minor);
    for position in &statement.positions {
        let error = (position.exact.milli() - 1_000 * position.amount_minor).abs();
        prop_assert!(error <= 500, "{position:?}");
    }
    for included in [true, false] {
        let billed: u64 = statement
            .lines
            .iter()
            .filter(|l| matches!(l.rule, Rule::Charge { included: i, .. } if i == included))
            .map(|l| l.billed)
            .sum();
        let shown: u64 = statement
            .positions
            .iter()
            .filter(|p| match p.kind {
                PositionKind::Included => included,
                PositionKind::Metered { .. } => !included,
                _ => false,
            })
            .map(|p| number(p.quantity))
            .sum();
        prop_assert_eq!(billed, shown);
    }
    Ok(())
}

/// Every contact has a line, and no contact two of one rule: nothing is billed twice, and nothing is
/// left out without a reason.
fn each_contact_is_rated_exactly_once(
    statement: &Statement,
    facts: &[Facts],
) -> Result<(), TestCaseError> {
    let keys: BTreeSet<_> = statement.lines.iter().map(|l| (l.contact, l.rule)).collect();
    prop_assert_eq!(keys.len(), statement.lines.len());
    let contacts: BTreeSet<_> = facts.iter().map(|f| f.contact).collect();
    let lined: BTreeSet<_> = statement.lines.iter().map(|l| l.contact).collect();
    prop_assert_eq!(contacts, lined);
    for line in &statement.lines {
        match line.rule {
            Rule::Free(_) => prop_assert!(line.amount == billing::Exact::ZERO && line.billed == 0),
            Rule::Charge { .. } => prop_assert!(line.billed > 0),
        }
    }
    let free: u64 = statement.free().values().sum();
    let count = statement.lines.iter().filter(|l| matches!(l.rule, Rule::Free(_))).count();
    prop_assert_eq!(free, count as u64);
    prop_assert!(!statement.free().contains_key(&Free::NoTariff), "a tariff held all month");
    Ok(())
}

/// Nothing of a charge has a price while its bundle holds something, whatever tariff it is by; no pack is begun while the
/// one before would do; and what rolls over is what was there and was not used.
fn bundles_are_used_up_first(terms: &Terms, statement: &Statement) -> Result<(), TestCaseError> {
    let mut lined: BTreeMap<(ChargeKey, bool), (u64, u64)> = BTreeMap::new();
    for line in &statement.lines {
        let Rule::Charge { tariff, charge, included, .. } = line.rule else { continue };
        let charge = &terms.versions()[tariff].tariff.charges[charge];
        let Some(bundle) = charge.bundle else {
            prop_assert!(!included);
            continue;
        };
        let sums = lined.entry((charge.into(), bundle.beyond == Beyond::AnotherPack)).or_default();
        *(if included { &mut sums.0 } else { &mut sums.1 }) += line.billed;
    }
    let mut left: BTreeMap<String, u64> = BTreeMap::new();
    for held in &statement.bundles {
        let version = terms.versions().iter().find(|v| v.version == held.version).unwrap();
        let charge = version.tariff.charges.iter().find(|charge| charge.name == held.name).unwrap();
        let (included, beyond) =
            lined.remove(&(charge.into(), held.packs.is_some())).unwrap_or_default();
        let [has, carried, used, past] =
            [held.included, held.carried, held.used, held.beyond].map(number);
        prop_assert_eq!(included + beyond, used);
        prop_assert_eq!(beyond, past);
        prop_assert!(included <= has + carried, "{held:?}");
        prop_assert!(beyond == 0 || included == has + carried, "{held:?}");
        if let Some(packs) = held.packs {
            let most =
                terms.versions().iter().flat_map(|v| &v.tariff.charges).filter_map(|c| c.bundle);
            let most = most.map(|bundle| u64::from(bundle.included) * 60).max().unwrap();
            prop_assert!(packs <= 1 || has + carried < used + most, "a pack too many: {held:?}");
        }
        if charge.bundle.unwrap().unused == Unused::RollOver {
            *left.entry(held.name.clone()).or_default() +=
                has - used.saturating_sub(carried).min(has);
        }
    }
    prop_assert!(lined.is_empty(), "{lined:?}");
    let told: u64 = statement.left.values().sum();
    prop_assert_eq!(told, left.values().sum::<u64>());
    Ok(())
}

/// A credit note of the whole cancels it, position by position.
fn a_credit_note_cancels_to_zero(statement: &Statement) -> Result<(), TestCaseError> {
    let note = statement.reversed();
    prop_assert_eq!(note.total_minor + statement.total_minor, 0);
    prop_assert_eq!(note.metered() + statement.metered(), billing::Exact::ZERO);
    for (a, b) in statement.positions.iter().zip(&note.positions) {
        prop_assert_eq!(a.amount_minor + b.amount_minor, 0);
        prop_assert_eq!(b.exact.minor(), b.amount_minor, "rounded alike on both sides of zero");
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 192, ..ProptestConfig::default() })]

    #[test]
    fn what_is_stated_adds_up_and_leaves_nothing_out(
        terms in any_terms(),
        facts in proptest::collection::vec(any_facts(), 0..24),
        carried in any_carried(),
    ) {
        let statement = with(&terms, &facts, &carried);
        lines_sum_to_totals(&statement)?;
        each_contact_is_rated_exactly_once(&statement, &facts)?;
        bundles_are_used_up_first(&terms, &statement)?;
        a_credit_note_cancels_to_zero(&statement)?;
    }

    /// A tariff that is published again with another sentence in it changes nothing: no contact's price, neither
    /// bundles nor packs nor what rolls over, nor how many short contacts are free. Only what is paid by days stands in
    /// two positions, and is the same to the rounding of these.
    #[test]
    fn another_sentence_in_the_tariff_changes_no_amount(
        tariff in any_tariff(),
        facts in proptest::collection::vec(any_facts(), 0..24),
        carried in any_carried(),
        changes in proptest::collection::btree_set(0_i64..31 * 86_400, 1..3),
        soon in any::<bool>(),
    ) {
        let begun = changes.iter().map(|s| Timestamp::from_secs(FROM + s));
        let mut changes: BTreeSet<Timestamp> = begun.collect();
        if soon {
            changes.extend(changes.clone().into_iter().map(|at| at + secs(3_600)));
        }
        let worded = |n: usize| Tariff { terms: n.to_string(), ..tariff.clone() };
        let later: Vec<_> = changes.into_iter().zip(1..).map(|(at, n)| (at, worded(n))).collect();
        let one = with(&changing(worded(0), &[], true), &facts, &carried);
        let many = with(&changing(worded(0), &later, true), &facts, &carried);
        let told = |statement: &Statement| -> Vec<_> {
            let of = |l: &billing::Line| (l.id(), l.at, l.counted_us, l.billed, l.amount);
            statement.lines.iter().map(of).collect()
        };
        prop_assert_eq!(told(&one), told(&many));
        prop_assert_eq!(&one.left, &many.left);
        prop_assert_eq!(one.metered_positions(), many.metered_positions());
        let shown = |statement: &Statement| -> Vec<_> {
            statement.bundles.iter().map(|b| billing::BundleUse { version: 0, ..b.clone() }).collect()
        };
        prop_assert_eq!(shown(&one), shown(&many));
        let packs = |statement: &Statement| -> i64 {
            let packs = statement.positions.iter().filter(|p| {
                let charge = tariff.charges.iter().find(|c| c.name == p.name);
                let beyond = charge.and_then(|charge| charge.bundle).map(|bundle| bundle.beyond);
                p.kind == PositionKind::Bundle && beyond == Some(Beyond::AnotherPack)
            });
            packs.map(|p| p.amount_minor).sum()
        };
        prop_assert_eq!(packs(&one), packs(&many));
        let rounded = (one.positions.len() + many.positions.len()) as i64;
        prop_assert!((one.net_minor - many.net_minor).abs() * 2 <= rounded, "{:?} {:?}", amounts(&one), amounts(&many));
    }

    /// The order in which facts arrive, and how often each does, changes nothing.
    #[test]
    fn order_and_repetition_change_nothing(
        terms in any_terms(),
        facts in proptest::collection::vec(any_facts(), 1..16),
        turn in 0_usize..16,
    ) {
        let before = stated(&terms, &facts);
        let mut other = facts.clone();
        other.rotate_left(turn % facts.len());
        other.reverse();
        other.extend_from_slice(&facts[..facts.len() / 2]);
        prop_assert_eq!(&stated(&terms, &other), &before);
        // Under the same tariff as if for all time it is the same too.
        if terms.versions().len() > 1 {
            return Ok(());
        }
        let same = terms.under(terms.versions()[0].tariff.clone()).unwrap().unwrap();
        let again = stated(&same, &facts);
        prop_assert_eq!(amounts(&again), amounts(&before));
    }

    /// A call told in pieces (at midnight, where the rate or the clock changes, at the month's end or
    /// anywhere) costs what it costs in one.
    #[test]
    fn splitting_a_call_changes_no_total(
        terms in any_terms(),
        facts in proptest::collection::vec(any_facts(), 1..12),
        cuts in proptest::collection::vec(0_i64..31 * 86_400, 0..20),
    ) {
        let mut cuts: Vec<_> = cuts.into_iter().map(|s| Timestamp::from_secs(FROM + s)).collect();
        for day in terms.named(MONTH).unwrap().days() {
            for minute in [0, 120, 180, 7 * 60, 20 * 60] {
                cuts.push(terms.zone().opening(day, minute)); // midnights, bands, and the clock change
            }
        }
        cuts.extend(facts.iter().flat_map(|f| [f.began + secs(1), f.began + secs(61)]));
        cuts.sort_unstable();
        cuts.dedup();
        let pieces: Vec<_> = facts.iter().map(|f| split(f, &cuts)).collect();
        prop_assert_eq!(stated(&terms, &pieces), stated(&terms, &facts));
    }

    /// Where every hour has one price, by the minute and by the start are the same.
    #[test]
    fn bands_of_one_price_are_no_bands(tariff in any_tariff(), facts in proptest::collection::vec(any_facts(), 0..12)) {
        let mut flat = tariff.clone();
        flat.bands.iter_mut().for_each(|band| band.percent = 100);
        let none = Tariff { bands: Vec::new(), ..tariff };
        let (flat, none) = (stated(&hybrid_terms(flat), &facts), stated(&hybrid_terms(none), &facts));
        prop_assert_eq!(flat.metered(), none.metered());
    }

    /// Months that follow one another share no contact and lose none, whatever the calls reach over.
    #[test]
    fn billing_periods_share_no_contact(facts in proptest::collection::vec(any_facts(), 1..16), shift in -40_i64..40) {
        let terms = hybrid_terms(Tariff { charges: vec![charge("Calls", Unit::Contact, 1_000)], ..tariff() });
        let moved: Vec<_> = facts.iter().map(|f| Facts {
            began: if shift < 0 { f.began - secs(86_400 * shift.unsigned_abs()) } else { f.began + secs(86_400 * shift as u64) },
            ..f.clone()
        }).collect();
        let mut lined = 0;
        let mut period = terms.named("2026-01").unwrap();
        for _ in 0..6 {
            lined += rate(&terms, &input(&period, &moved)).unwrap().lines.len();
            period = terms.period_at(period.span.until);
        }
        let contacts: BTreeSet<_> = moved.iter().map(|f| (f.contact, terms.period_at(f.began).name)).collect();
        prop_assert_eq!(lined, contacts.len());
    }
}
