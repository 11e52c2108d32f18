//! An invoice adds up, keeps what it says, and credit notes cancel it to zero.

#![allow(clippy::unwrap_used, reason = "a test that cannot parse its own input should fail")]

mod office;

use std::collections::{BTreeMap, BTreeSet};

use billing::{
    Facts, Statement, Terms,
    invoice::{Adjustment, Change, DocumentKind, Invoice, ItemKind, Lines, Number, TAKEN_BACK},
    rate,
};
use domain::{
    Timestamp,
    party::{Buyer, Seller, Untaxed},
    tariff::*,
};
use office::*;
use proptest::prelude::*;

fn taxed(basis_points: u32) -> Tariff {
    Tariff {
        charges: vec![Charge {
            bundle: Some(bundle(1, 2_500)),
            ..charge("Calls", minutes(Increments { first_s: 6, next_s: 6 }, 0), 175_300)
        }],
        bands: vec![Band {
            name: "Night".to_owned(),
            percent: 133,
            weekly: vec![on(&domain::calendar::Weekday::ALL, "20:00", "24:00")],
            holidays: false,
        }],
        tax: Some(Tax { name: "TVA".to_owned(), basis_points }),
        ..tariff()
    }
}

fn facts(talks: &[(u64, u64)]) -> Vec<Facts> {
    let month = at("2026-03-01T08:00:00Z");
    talks.iter().zip(0..).map(|((from, talk), n)| call(n, month + secs(*from), *talk)).collect()
}

fn drafted(terms: &Terms, statement: &Statement, adjustments: &[Adjustment]) -> (Invoice, Lines) {
    Invoice::draft(terms, statement, adjustments, &Seller::default(), &Buyer::default())
}

fn issued(invoice: Invoice, count: u64) -> Invoice {
    let number = Some(Number { series: "INV".to_owned(), count });
    Invoice { number, issued_on: Some("2026-04-01".to_owned()), ..invoice }
}

fn sums(documents: &[&Invoice]) -> [i64; 3] {
    let sum = |of: fn(&Invoice) -> i64| documents.iter().map(|d| of(d)).sum();
    [sum(|d| d.net_minor), sum(|d| d.tax_minor), sum(|d| d.total_minor)]
}

fn adds_up(invoice: &Invoice) -> Result<(), TestCaseError> {
    let items: i64 = invoice.items.iter().map(|item| item.amount_minor).sum();
    prop_assert_eq!(items, invoice.net_minor);
    let nets: i64 = invoice.taxes.iter().map(|sum| sum.net_minor).sum();
    prop_assert_eq!(nets, invoice.net_minor);
    let taxes: i64 = invoice.taxes.iter().map(|sum| sum.tax_minor).sum();
    prop_assert_eq!(taxes, invoice.tax_minor);
    prop_assert_eq!(invoice.net_minor + invoice.tax_minor, invoice.total_minor);
    Ok(())
}

proptest! {
    #[test]
    fn what_is_invoiced_adds_up_and_is_cancelled_to_zero(
        talks in proptest::collection::vec((0_u64..2_000_000, 0_u64..900), 1..40),
        basis_points in 0_u32..2_600,
        parts in proptest::collection::vec(1_i64..5_000, 0..4),
    ) {
        let (terms, facts) = (terms(taxed(basis_points)), facts(&talks));
        let statement = rated(&terms, &facts);
        let (draft, lines) = drafted(&terms, &statement, &[]);
        adds_up(&draft)?;
        prop_assert_eq!(
            [draft.net_minor, draft.tax_minor, draft.total_minor],
            [statement.net_minor, statement.tax_minor, statement.total_minor]
        );
        prop_assert_eq!(draft.lines as usize, lines.0.len());
        // The same from the bytes, whatever the order of the facts.
        let turned: Vec<Facts> = facts.iter().rev().cloned().collect();
        let again = drafted(&terms, &rated(&terms, &turned), &[]);
        prop_assert_eq!(Invoice::decoded(&draft.encoded()).unwrap().encoded(), again.0.encoded());
        prop_assert_eq!(Lines::decoded(&lines.encoded()).unwrap(), again.1);

        let invoice = issued(draft, 7);
        let mut notes = Vec::new();
        for net in parts {
            if let Some(note) = invoice.partly_credited(&notes, net, "A call", "CN", "It was ours.") {
                adds_up(&note)?;
                prop_assert_eq!(note.net_minor, -net);
                notes.push(note);
            }
        }
        let given: i64 = notes.iter().map(|note| note.net_minor).sum();
        prop_assert!(invoice.net_minor + given >= 0, "more is given back than was asked");
        let rest = invoice.credited(&notes, "CN", "Wrong altogether.");
        adds_up(&rest)?;
        prop_assert_eq!(rest.kind, DocumentKind::CreditNote);
        prop_assert_eq!(&rest.corrects.as_ref().unwrap().number, "INV-000007");
        let all: Vec<&Invoice> = std::iter::once(&invoice).chain(&notes).chain([&rest]).collect();
        prop_assert_eq!(sums(&all), [0, 0, 0]);
    }

    /// Months are invoiced one after another while contacts of all of them become known in any order. At the end all
    /// documents together say what one rating of everything says: each line of it once, whatever was taken back on the way,
    /// and each amount.
    #[test]
    fn what_came_late_leaves_the_documents_as_one_rating_of_everything(
        talks in proptest::collection::vec((0_u64..7_600_000, 0_u64..900, 0_usize..3), 2..24),
        shape in (any::<bool>(), any::<bool>(), 0_i64..20_000, proptest::option::of(0_u32..3)),
        change in 0_u64..7_600_000,
    ) {
        let terms = several(shape, at("2026-03-01T08:00:00Z") + secs(change));
        let facts = facts(&talks.iter().map(|(from, talk, _)| (*from, *talk)).collect::<Vec<_>>());
        let known = |turn: usize| -> Vec<Facts> {
            let told = facts.iter().zip(&talks).filter(|(_, (.., known))| *known <= turn);
            told.map(|(facts, _)| facts.clone()).collect()
        };
        let months = ["2026-03", "2026-04", "2026-05", "2026-06"].map(|name| terms.named(name).unwrap());
        let of = |month: &BillingPeriod, facts: &[Facts]| rate(&terms, &office::input(month, facts)).unwrap();
        let mut documents = Vec::new();
        for turn in 0..months.len() {
            // What the documents so far have is what was known when the last of them was made.
            let adjustments = months[..turn].iter().map(|month| Adjustment {
                invoice: format!("INV-{month:?}", month = month.name),
                now: of(month, &known(turn)),
                before: of(month, &known(turn - 1)),
            });
            let adjustments: Vec<_> = adjustments.filter(|a| a.now.lines != a.before.lines).collect();
            let (invoice, lines) = drafted(&terms, &of(&months[turn], &known(turn)), &adjustments);
            adds_up(&invoice)?;
            items_have_their_lines(&invoice, &lines)?;
            prop_assert_eq!(Lines::decoded(&lines.encoded()).unwrap(), lines.clone());
            documents.push((invoice, lines));
        }
        let net: i64 = documents.iter().map(|(invoice, _)| invoice.net_minor).sum();
        let all: i64 = months.iter().map(|month| of(month, &facts).net_minor).sum();
        prop_assert_eq!(net, all);
        for (turn, month) in months.iter().enumerate() {
            let mut stands: BTreeMap<String, (u64, i64)> = BTreeMap::new();
            for (at, (_, lines)) in documents.iter().enumerate() {
                let ids: BTreeSet<_> = lines.0.iter().map(|line| &line.line).collect();
                prop_assert_eq!(ids.len(), lines.0.len(), "each line has an id of its own");
                let of_month = lines.0.iter().filter(|line| match &line.late_of {
                    None => at == turn,
                    Some(name) => *name == month.name,
                });
                for line in of_month {
                    if line.change == Some(Change::TakenBack) {
                        let id = line.line.strip_suffix(TAKEN_BACK).unwrap();
                        prop_assert_eq!(stands.remove(id), Some((line.billed, -line.amount_milli)));
                    } else {
                        let was = stands.insert(line.line.clone(), (line.billed, line.amount_milli));
                        prop_assert_eq!(was, None);
                    }
                }
            }
            let want = of(month, &facts);
            let want = want.lines.iter().map(|l| (l.id(), (l.billed, l.amount.milli())));
            prop_assert_eq!(stands, want.collect::<BTreeMap<_, _>>());
        }
    }
}

/// A tariff that another replaces: with a bundle or packs, a minimum, and some short contacts that are free.
fn several(
    (packs, words, minimum_minor, free_max): (bool, bool, i64, Option<u32>),
    change: Timestamp,
) -> Terms {
    let mut first = taxed(2_000);
    first.minimum_minor = minimum_minor;
    first.not_billed.short = Some(Short { below_s: 120, free_max });
    let bundle = first.charges[0].bundle.as_mut().unwrap();
    bundle.included = 7;
    if packs {
        bundle.beyond = Beyond::AnotherPack;
    }
    let mut then = Tariff { terms: "Dearer.".to_owned(), ..first.clone() };
    if !words {
        then.charges[0].price = Price(201_100);
        then.charges[0].bundle.as_mut().unwrap().fee_minor = 3_100;
    }
    changing(first, &[(change, then)], false)
}

/// The amount of an adjustment is that of its lines, to the rounding of its position before and now, or that of no lines
/// at all where the position has none (a minimum, a pack).
fn items_have_their_lines(invoice: &Invoice, lines: &Lines) -> Result<(), TestCaseError> {
    for item in invoice.items.iter().filter(|item| item.kind == ItemKind::Adjustment) {
        let Some(part) = &item.of else {
            prop_assert_eq!(item.amount_minor, 0);
            continue;
        };
        let metered = matches!(part.kind, ItemKind::Metered | ItemKind::Included);
        let same = invoice.items.iter().filter(|other| {
            other.name == item.name && other.of == item.of && other.band == item.band
        });
        // Two tariffs may have a charge of one name, and lines tell their names only.
        let same: Vec<_> = same.collect();
        let amount: i64 = same.iter().map(|item| item.amount_minor).sum();
        let of_item = lines.0.iter().filter(|line| {
            metered
                && line.late_of.as_ref() == Some(&item.name)
                && line.charge.as_ref() == Some(&part.name)
                && line.included == (part.kind == ItemKind::Included)
                && (line.included || line.band == item.band)
        });
        let of_item: Vec<i64> = of_item.map(|line| line.amount_milli).collect();
        if metered {
            let off = (1_000 * amount - of_item.iter().sum::<i64>()).abs();
            prop_assert!(
                off <= 1_000 * same.len() as i64 + of_item.len() as i64,
                "{item:?}: {off}"
            );
            prop_assert!(item.contacts > 0, "{item:?}");
        } else {
            // A pack may move from one tariff to the other, at the same price.
            prop_assert!(item.amount_minor != 0, "{item:?}");
        }
    }
    Ok(())
}

#[test]
fn a_late_contact_shows_what_it_pushes_out_of_the_bundle() {
    // One minute is included. A call of the 20th has it, and one of the 3rd becomes known later: it takes the minute.
    let terms = terms(taxed(2_000));
    let later = call(2, at("2026-03-20T09:00:00Z"), 60);
    let late = call(1, at("2026-03-03T09:00:00Z"), 60);
    let before = rated(&terms, std::slice::from_ref(&later));
    let now = rated(&terms, &[late, later]);
    let april = terms.named("2026-04").unwrap();
    let april = rate(&terms, &office::input(&april, &[])).unwrap();
    let adjustment = Adjustment { invoice: "INV-000007".to_owned(), now, before };
    let (invoice, lines) = drafted(&terms, &april, &[adjustment]);
    // Of what is included nothing changes but whose it is; a minute at 1.753 is beyond it.
    let items: Vec<_> =
        invoice.items.iter().filter(|item| item.kind == ItemKind::Adjustment).collect();
    let told: Vec<_> =
        items.iter().map(|i| (i.of.as_ref().unwrap().kind, i.contacts, i.amount_minor)).collect();
    assert_eq!(told, [(ItemKind::Included, 2, 0), (ItemKind::Metered, 1, 175)]);
    assert_eq!(
        (items[1].name.as_str(), items[1].about.as_deref()),
        ("2026-03", Some("INV-000007"))
    );
    let shown: Vec<_> = lines.0.iter().map(|l| (l.included, l.change, l.amount_milli)).collect();
    assert_eq!(
        shown,
        [(true, None, 0), (true, Some(Change::TakenBack), 0), (false, Some(Change::Anew), 175_300),]
    );
    assert_eq!(lines.0[0].came_late(), Some("2026-03"));
    assert_eq!(lines.0[2].came_late(), None, "it is of a contact that was invoiced before");
}

#[test]
fn documents_of_before_there_were_these_fields_decode() {
    // As an issue of a year ago wrote them: an item of ten fields, a line of twelve.
    #[derive(minicbor::Encode)]
    struct OldItem(
        #[n(0)] ItemKind,
        #[n(1)] String,
        #[n(2)] Option<String>,
        #[n(3)] u64,
        #[n(4)] billing::invoice::Counted,
        #[n(5)] u64,
        #[n(6)] Option<billing::invoice::ItemPrice>,
        #[n(7)] i64,
        #[n(8)] billing::invoice::TaxRate,
        #[n(9)] Option<String>,
    );
    let old = OldItem(
        ItemKind::Adjustment,
        "2026-03".to_owned(),
        None,
        2,
        billing::invoice::Counted::Pieces,
        2,
        None,
        612,
        billing::invoice::TaxRate::default(),
        Some("INV-000007".to_owned()),
    );
    let item: billing::invoice::Item = minicbor::decode(&minicbor::to_vec(&old).unwrap()).unwrap();
    assert_eq!(
        (item.amount_minor, item.about.as_deref(), item.of),
        (612, Some("INV-000007"), None)
    );
    #[derive(minicbor::Encode)]
    struct OldLine(
        #[n(0)] String,
        #[n(1)] domain::ContactId,
        #[n(2)] Timestamp,
        #[n(3)] Option<String>,
        #[n(4)] Option<String>,
        #[n(5)] bool,
        #[n(6)] Option<String>,
        #[n(7)] u64,
        #[n(8)] u64,
        #[n(9)] billing::invoice::Counted,
        #[n(10)] i64,
        #[n(11)] Option<String>,
    );
    let contact = domain::ContactId::from_u128(7);
    let old = OldLine(
        "a.0.-.at".to_owned(),
        contact,
        at("2026-03-03T09:00:00Z"),
        Some("Calls".to_owned()),
        None,
        false,
        None,
        60_000_000,
        60,
        billing::invoice::Counted::Seconds,
        175_300,
        Some("2026-03".to_owned()),
    );
    let line: billing::invoice::BilledLine =
        minicbor::decode(&minicbor::to_vec(&old).unwrap()).unwrap();
    assert_eq!(
        (line.amount_milli, line.change, line.came_late()),
        (175_300, None, Some("2026-03"))
    );
}

#[test]
fn a_price_is_printed_only_where_it_explains_the_amount() {
    let statement = rated(&terms(taxed(2_000)), &facts(&[(0, 90), (600, 61)]));
    let (invoice, _) = drafted(&terms(taxed(2_000)), &statement, &[]);
    // 156 s, of which a minute is included: 96 s at 1.753 a minute.
    let metered = invoice.items.iter().find(|item| item.kind == ItemKind::Metered).unwrap();
    assert_eq!((metered.quantity, metered.amount_minor), (96, 280));
    let price = metered.price.unwrap();
    assert_eq!((price.price, price.per), (17_530_000, 60));
    let fee = invoice.items.iter().find(|item| item.kind == ItemKind::Bundle).unwrap();
    assert_eq!((fee.price, fee.amount_minor), (None, 2_500));
    assert_eq!((invoice.from.as_str(), invoice.through.as_str()), ("2026-03-01", "2026-03-31"));
}

#[test]
fn why_no_tax_is_due_is_said_only_where_none_is() {
    let buyer = Buyer { untaxed: Some(Untaxed::ReverseCharge), ..Buyer::default() };
    for (tax, said) in [(Some(2_000), false), (Some(0), true), (None, true)] {
        let tax = tax.map(|basis_points| Tax { name: "TVA".to_owned(), basis_points });
        let terms = terms(Tariff { tax, ..taxed(0) });
        let statement = rated(&terms, &facts(&[(0, 90)]));
        let (invoice, _) = Invoice::draft(&terms, &statement, &[], &Seller::default(), &buyer);
        assert_eq!(invoice.untaxed.is_some(), said);
    }
}
