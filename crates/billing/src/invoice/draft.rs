//! The draft of an invoice, from the statement of a billing period.

use std::collections::{BTreeMap, BTreeSet};

use domain::{
    ContactId,
    party::{Buyer, Seller},
    tariff::Unit,
};

use super::{
    BilledLine, Change, Counted, DocumentKind, Identity, Invoice, Item, ItemKind, ItemPrice, Lines,
    NoTax, Part, Payment, TaxRate, taxed, taxes,
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
            statement.lines.iter().map(|line| billed(terms, line)).collect();
        for adjustment in adjustments {
            items.extend(adjustment.items(terms));
            lines.extend(adjustment.lines(terms));
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

/// A position by what tells it apart: its tariff, what it is, and its name.
type Which<'a> = (u32, PositionKind, &'a str);

impl Adjustment {
    /// One item for each position that what came late changes, of the amount by which it does; quantity and contacts are
    /// those whose lines change. Where nothing is billed of what came late, one item of nothing says so.
    fn items(&self, terms: &Terms) -> Vec<Item> {
        let mut changed: BTreeMap<Which<'_>, BTreeSet<ContactId>> = BTreeMap::new();
        for (line, _) in self.changed() {
            if let Some(which) = which(terms, line) {
                changed.entry(which).or_default().insert(line.contact);
            }
        }
        let (before, now) = (sums(&self.before), sums(&self.now));
        let all = self.before.positions.iter().chain(&self.now.positions);
        let mut told: BTreeSet<Which<'_>> = BTreeSet::new();
        let mut items = Vec::new();
        for position in all {
            let which = (position.version, position.kind, position.name.as_str());
            let of = |sums: &BTreeMap<Which<'_>, i64>| sums.get(&which).copied().unwrap_or(0);
            let amount_minor = of(&now) - of(&before);
            let contacts = changed.get(&which).map_or(0, BTreeSet::len) as u64;
            if (amount_minor != 0 || contacts > 0) && told.insert(which) {
                let (kind, band) = item_kind(position.kind);
                let part = Part { kind, name: position.name.clone() };
                let tariff = tariff_of(terms, position);
                let band = band.and_then(|b| Some(tariff?.bands.get(usize::from(b))?.name.clone()));
                items.push(self.item(terms, contacts, amount_minor, band, Some(part)));
            }
        }
        if items.is_empty() {
            let contacts: BTreeSet<_> = self.changed().map(|(line, _)| line.contact).collect();
            items.push(self.item(terms, contacts.len() as u64, 0, None, None));
        }
        items
    }

    fn item(
        &self,
        terms: &Terms,
        contacts: u64,
        amount_minor: i64,
        band: Option<String>,
        of: Option<Part>,
    ) -> Item {
        Item {
            kind: ItemKind::Adjustment,
            name: self.now.period.name.clone(),
            band,
            quantity: contacts.max(1),
            counted: Counted::Pieces,
            contacts,
            price: None,
            amount_minor,
            tax: rate_of(terms, &self.now),
            about: Some(self.invoice.clone()),
            of,
        }
    }

    /// Lines of contacts that came late; of the others those that are billed otherwise now, as they were and as they are.
    fn lines(&self, terms: &Terms) -> impl Iterator<Item = BilledLine> {
        self.changed().map(|(line, change)| {
            let mut billed = billed(terms, line);
            billed.late_of = Some(self.now.period.name.clone());
            billed.change = change;
            if change == Some(Change::TakenBack) {
                billed.line.push_str(TAKEN_BACK);
                billed.amount_milli = -billed.amount_milli;
            }
            billed
        })
    }

    /// Lines that differ, by the beginning of their contacts.
    fn changed(&self) -> impl Iterator<Item = (&Line, Option<Change>)> {
        let known: BTreeSet<_> = self.before.lines.iter().map(|line| line.contact).collect();
        let keyed = |statement: &'_ Statement| -> BTreeSet<(ContactId, Rule, u64, u64, Exact)> {
            statement.lines.iter().map(key).collect()
        };
        let (was, is) = (keyed(&self.before), keyed(&self.now));
        let back = self.before.lines.iter().filter(|line| !is.contains(&key(line)));
        let anew = self.now.lines.iter().filter(|line| !was.contains(&key(line)));
        let mut all: Vec<(&Line, Option<Change>)> =
            back.map(|line| (line, Some(Change::TakenBack))).collect();
        all.extend(anew.map(|line| (line, known.contains(&line.contact).then_some(Change::Anew))));
        // What was comes before what is.
        all.sort_by_key(|(line, change)| {
            (line.at, line.contact, *change != Some(Change::TakenBack))
        });
        all.into_iter()
    }
}

/// Ends the id of a line that is taken back, so that each line of a document has an id of its own.
pub const TAKEN_BACK: &str = ".back";

fn key(line: &Line) -> (ContactId, Rule, u64, u64, Exact) {
    (line.contact, line.rule, line.counted_us, line.billed, line.amount)
}

/// The position that a line is in.
fn which<'a>(terms: &'a Terms, line: &Line) -> Option<Which<'a>> {
    let Rule::Charge { tariff, charge, band, included } = line.rule else { return None };
    let version = &terms.versions()[tariff];
    let kind = match included {
        true => PositionKind::Included,
        false => PositionKind::Metered { band },
    };
    Some((version.version, kind, &version.tariff.charges[charge].name))
}

fn sums(statement: &Statement) -> BTreeMap<Which<'_>, i64> {
    let mut sums = BTreeMap::new();
    for position in &statement.positions {
        let which = (position.version, position.kind, position.name.as_str());
        *sums.entry(which).or_default() += position.amount_minor;
    }
    sums
}

fn tariff_of<'a>(terms: &'a Terms, position: &Position) -> Option<&'a domain::tariff::Tariff> {
    let version = terms.versions().iter().find(|version| version.version == position.version);
    version.map(|version| &version.tariff)
}

const fn item_kind(kind: PositionKind) -> (ItemKind, Option<u16>) {
    match kind {
        PositionKind::Included => (ItemKind::Included, None),
        PositionKind::Metered { band } => (ItemKind::Metered, band),
        PositionKind::Bundle => (ItemKind::Bundle, None),
        PositionKind::Seats => (ItemKind::Seats, None),
        PositionKind::AbsentSeats => (ItemKind::AbsentSeats, None),
        PositionKind::Minimum => (ItemKind::Minimum, None),
        PositionKind::Fee => (ItemKind::Fee, None),
        PositionKind::Credit => (ItemKind::Credit, None),
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
    let tariff = tariff_of(terms, position);
    let (quantity, counted) = counted(position.quantity);
    let (kind, band) = item_kind(position.kind);
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
        of: None,
    }
}

fn billed(terms: &Terms, line: &Line) -> BilledLine {
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
        late_of: None,
        change: None,
    }
}
