//! An invoice adds up, keeps what it says, and credit notes cancel it to zero.

#![allow(clippy::unwrap_used, reason = "a test that cannot parse its own input should fail")]

mod office;

use billing::{
    Carried, Facts, Input, Statement, Terms,
    invoice::{Adjustment, DocumentKind, Invoice, ItemKind, Lines, Number},
    rate,
};
use domain::{
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

    /// An invoice and the adjustments that follow it ask together for what one invoice of everything
    /// would have asked for, but for the tax, which each rounds once.
    #[test]
    fn what_came_late_is_asked_for_once(
        talks in proptest::collection::vec((0_u64..2_000_000, 0_u64..900), 2..30),
        late in 1_usize..20,
    ) {
        let (terms, all) = (terms(taxed(2_000)), facts(&talks));
        let known = &all[..all.len() - late.min(all.len() - 1)];
        let (before, now) = (rated(&terms, known), rated(&terms, &all));
        let april = terms.period_at(at("2026-04-10T00:00:00Z"));
        let carried = Carried::new();
        let input = Input { carried: &carried, ..office::input(&april, &[]) };
        let april = rate(&terms, &input).unwrap();
        let first = drafted(&terms, &before, &[]).0;
        let adjustment = Adjustment { invoice: "INV-000007".to_owned(), now: now.clone(), before };
        let (next, lines) = drafted(&terms, &april, std::slice::from_ref(&adjustment));
        adds_up(&next)?;
        prop_assert_eq!(first.net_minor + next.net_minor, now.net_minor + april.net_minor);
        let item = next.items.iter().find(|item| item.kind == ItemKind::Adjustment).unwrap();
        prop_assert_eq!((item.name.as_str(), item.about.as_deref()), ("2026-03", Some("INV-000007")));
        prop_assert!(lines.0.iter().all(|line| line.late_of.as_deref() == Some("2026-03")));
        let contacts = all.len() - known.len();
        prop_assert_eq!(item.contacts as usize, contacts);
    }
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
