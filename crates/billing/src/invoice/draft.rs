//! The draft of an invoice, from the statement of a billing period.

use domain::{
    party::{Buyer, Seller},
    tariff::Unit,
};

use super::{
    BilledLine, Counted, DocumentKind, Identity, Invoice, Item, ItemKind, ItemPrice, Lines, NoTax,
    Payment, TaxRate, taxed, taxes,
};
use crate::{
    exact::Exact,
    lines::{Line, Rule, percent},
    positions::{Position, PositionKind, Quantity},
    statement::Statement,
    terms::Terms,
};

/// What became known of an earlier billing period after its invoice.
#[derive(Clone, Debug)]
pub struct Adjustment {
    /// Number of the invoice that it adds to.
    pub invoice: String,
    /// The billing period with everything that is known of it now.
    pub now: Statement,
    /// The same without the contacts that came late.
    pub before: Statement,
}

/// The tax of a billing period: that of its last tariff.
fn rate_of(terms: &Terms, statement: &Statement) -> TaxRate {
    terms.tax_of(&statement.period).map_or_else(TaxRate::default, |tax| TaxRate {
        name: tax.name.clone(),
        basis_points: tax.basis_points,
    })
}

impl Invoice {
    /// A draft from the statement of a billing period, and what came late for earlier ones.
    pub fn draft(
        terms: &Terms,
        statement: &Statement,
        adjustments: &[Adjustment],
        seller: &Seller,
        buyer: &Buyer,
    ) -> (Self, Lines) {
        let rate = rate_of(terms, statement);
        let mut items: Vec<Item> =
            statement.positions.iter().map(|position| item(terms, position, &rate)).collect();
        let mut lines: Vec<BilledLine> =
            statement.lines.iter().map(|line| billed(terms, line, None)).collect();
        for adjustment in adjustments {
            let period = &adjustment.now.period.name;
            let late = adjustment.late();
            let mut contacts: Vec<_> = late.iter().map(|line| line.contact).collect();
            contacts.dedup();
            items.push(Item {
                kind: ItemKind::Adjustment,
                name: period.clone(),
                band: None,
                quantity: contacts.len() as u64,
                counted: Counted::Pieces,
                contacts: contacts.len() as u64,
                price: None,
                amount_minor: adjustment.now.net_minor - adjustment.before.net_minor,
                tax: rate_of(terms, &adjustment.now),
                about: Some(adjustment.invoice.clone()),
            });
            lines.extend(late.into_iter().map(|line| billed(terms, line, Some(period))));
        }
        let taxes = taxes(&items);
        let period = &statement.period;
        let invoice = Self {
            kind: DocumentKind::Invoice,
            number: None,
            period: period.name.clone(),
            from: period.first.to_string(),
            through: period.until.previous().to_string(),
            zone: terms.zone().name().to_owned(),
            currency: statement.currency.to_string(),
            language: buyer.language.code().to_owned(),
            seller: Identity::from(&seller.party),
            buyer: Identity::from(&buyer.party),
            payment: Payment::of(seller, buyer),
            issued_on: None,
            due_on: None,
            untaxed: buyer.untaxed.map(NoTax::from).filter(|_| !taxed(&taxes)),
            corrects: None,
            reason: String::new(),
            lines: lines.len() as u64,
            lines_hash: Vec::new(),
            items,
            taxes,
            net_minor: 0,
            tax_minor: 0,
            total_minor: 0,
        };
        (invoice.summed(), Lines(lines))
    }
}

impl Adjustment {
    /// Lines of contacts that were not known before.
    fn late(&self) -> Vec<&Line> {
        let known: std::collections::BTreeSet<_> =
            self.before.lines.iter().map(|line| line.contact).collect();
        self.now.lines.iter().filter(|line| !known.contains(&line.contact)).collect()
    }
}

fn counted(quantity: Quantity) -> (u64, Counted) {
    match quantity {
        Quantity::Seconds(seconds) => (seconds, Counted::Seconds),
        Quantity::Pieces(pieces) => (pieces, Counted::Pieces),
        Quantity::Points(points) => (points, Counted::Points),
    }
}

fn item(terms: &Terms, position: &Position, rate: &TaxRate) -> Item {
    let tariff = terms.versions().iter().find(|version| version.version == position.version);
    let tariff = tariff.map(|version| &version.tariff);
    let (quantity, counted) = counted(position.quantity);
    let (kind, band) = match position.kind {
        PositionKind::Included => (ItemKind::Included, None),
        PositionKind::Metered { band } => (ItemKind::Metered, band),
        PositionKind::Bundle => (ItemKind::Bundle, None),
        PositionKind::Seats => (ItemKind::Seats, None),
        PositionKind::AbsentSeats => (ItemKind::AbsentSeats, None),
        PositionKind::Minimum => (ItemKind::Minimum, None),
        PositionKind::Fee => (ItemKind::Fee, None),
        PositionKind::Credit => (ItemKind::Credit, None),
    };
    let charge = tariff.and_then(|t| t.charges.iter().find(|c| c.name == position.name));
    let price = charge.zip(tariff).filter(|_| kind == ItemKind::Metered);
    let price = price.map(|(charge, tariff)| ItemPrice {
        price: charge.price.0 * i64::from(percent(tariff, band)),
        per: if matches!(charge.unit, Unit::Minute { .. }) { 60 } else { 1 },
    });
    // Two charges may share a name; what is printed must be what was done.
    let explains = |price: &ItemPrice| {
        let seconds = if price.per == 60 { quantity } else { quantity.saturating_mul(60) };
        Exact::of_seconds(seconds, price.price, 1).minor() == position.amount_minor
    };
    Item {
        kind,
        name: position.name.clone(),
        band: band.and_then(|b| Some(tariff?.bands.get(usize::from(b))?.name.clone())),
        quantity,
        counted,
        contacts: position.contacts,
        price: price.filter(explains),
        amount_minor: position.amount_minor,
        tax: rate.clone(),
        about: None,
    }
}

fn billed(terms: &Terms, line: &Line, late_of: Option<&String>) -> BilledLine {
    let (charge, band, included, free, counted) = match line.rule {
        Rule::Free(why) => (None, None, false, Some(why.name().to_owned()), Counted::Pieces),
        Rule::Charge { tariff, charge, band, included } => {
            let tariff = &terms.versions()[tariff].tariff;
            let charge = &tariff.charges[charge];
            let time = matches!(charge.unit, Unit::Minute { .. });
            let band = band.and_then(|band| tariff.bands.get(usize::from(band)));
            (
                Some(charge.name.clone()),
                band.map(|band| band.name.clone()),
                included,
                None,
                if time { Counted::Seconds } else { Counted::Pieces },
            )
        }
    };
    BilledLine {
        line: line.id(),
        contact: line.contact,
        at: line.at,
        charge,
        band,
        included,
        free,
        counted_us: line.counted_us,
        billed: line.billed,
        counted,
        amount_milli: line.amount.milli(),
        late_of: late_of.cloned(),
    }
}
