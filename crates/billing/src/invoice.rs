//! Invoices: a statement with its identities and taxes, as it is kept for ever once it is issued.
//!
//! Everything that is printed stands in the [`Invoice`] itself, in words and whole minor units, so that
//! neither a change of the contract nor of the program changes what was issued. Its lines are kept
//! beside it ([`Lines`]), and the invoice has their hash.

mod draft;

use std::collections::BTreeMap;

use domain::{
    Timestamp,
    party::{Buyer, Party, Seller, Untaxed},
};
use minicbor::{Decode, Encode};

pub use draft::{Adjustment, TAKEN_BACK};

use crate::{exact::divided, facts::Damaged};

/// What an invoice document is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Encode, Decode)]
#[cbor(index_only)]
pub enum DocumentKind {
    /// Asks for an amount.
    #[n(0)]
    Invoice,
    /// Gives one back; its amounts are negative.
    #[n(1)]
    CreditNote,
}

/// The number of an issued document: a series, and a count in it without gaps.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Number {
    /// The series, such as `INV`.
    #[n(0)]
    pub series: String,
    /// From 1.
    #[n(1)]
    pub count: u64,
}

impl std::fmt::Display for Number {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}-{:06}", self.series, self.count)
    }
}

/// A company as it is printed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode)]
pub struct Identity {
    /// Its name in the register.
    #[n(0)]
    pub legal_name: String,
    /// Street and number.
    #[n(1)]
    pub street: String,
    /// Postal code.
    #[n(2)]
    pub postcode: String,
    /// City.
    #[n(3)]
    pub city: String,
    /// Two letters (ISO 3166-1); empty for none yet.
    #[n(4)]
    pub country: String,
    /// VAT number; empty for none.
    #[n(5)]
    pub vat: String,
    /// Number in its register; empty for none.
    #[n(6)]
    pub registration: String,
    /// Mail address; empty for none.
    #[n(7)]
    pub email: String,
}

impl From<&Party> for Identity {
    fn from(party: &Party) -> Self {
        let text = |text: Option<&str>| text.unwrap_or_default().to_owned();
        Self {
            legal_name: party.legal_name.clone(),
            street: party.street.clone(),
            postcode: party.postcode.clone(),
            city: party.city.clone(),
            country: text(party.country.as_ref().map(|country| country.as_str())),
            vat: text(party.vat.as_ref().map(|vat| vat.as_str())),
            registration: party.registration.clone(),
            email: text(party.email.as_ref().map(|email| email.as_str())),
        }
    }
}

/// How it is to be paid.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode)]
pub struct Payment {
    /// Where to pay.
    #[n(0)]
    pub iban: String,
    /// The bank; empty for none.
    #[n(1)]
    pub bic: String,
    /// Days from the issue to the due date.
    #[n(2)]
    pub days: u16,
    /// The client's own reference; empty for none.
    #[n(3)]
    pub reference: String,
    /// Stands under every invoice.
    #[n(4)]
    pub footer: String,
}

impl Payment {
    /// As agreed between these two.
    pub fn of(seller: &Seller, buyer: &Buyer) -> Self {
        Self {
            iban: seller.iban.as_ref().map(|iban| iban.printed()).unwrap_or_default(),
            bic: seller.bic.as_ref().map(|bic| bic.to_string()).unwrap_or_default(),
            days: buyer.payment_days.unwrap_or(seller.payment_days),
            reference: buyer.reference.clone(),
            footer: seller.footer.clone(),
        }
    }
}

/// What an item is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Encode, Decode)]
#[cbor(index_only)]
pub enum ItemKind {
    /// Metered, out of a bundle.
    #[n(0)]
    Included,
    /// Metered, at its price.
    #[n(1)]
    Metered,
    /// A bundle's fee, or packs.
    #[n(2)]
    Bundle,
    /// Seats.
    #[n(3)]
    Seats,
    /// Seats that were empty.
    #[n(4)]
    AbsentSeats,
    /// What was missing to the minimum.
    #[n(5)]
    Minimum,
    /// By the piece.
    #[n(6)]
    Fee,
    /// Given back for a missed promise.
    #[n(7)]
    Credit,
    /// What became known of an earlier billing period after its invoice was issued.
    #[n(8)]
    Adjustment,
    /// Given back for a disputed line.
    #[n(9)]
    Disputed,
}

/// What a quantity is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Encode, Decode)]
#[cbor(index_only)]
pub enum Counted {
    /// Seconds.
    #[n(0)]
    Seconds,
    /// Contacts, messages, packs, seats, numbers.
    #[n(1)]
    Pieces,
    /// Whole percentage points.
    #[n(2)]
    Points,
}

/// A price of so many of what is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub struct ItemPrice {
    /// Hundred-thousandths of the minor unit: the tariff's thousandths times the band's percent.
    #[n(0)]
    pub price: i64,
    /// For how many: 60 where a minute has the price, else 1.
    #[n(1)]
    pub per: u64,
}

/// A tax by its name and rate.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
pub struct TaxRate {
    /// Its name; empty where none is due.
    #[n(0)]
    pub name: String,
    /// Hundredths of a percent.
    #[n(1)]
    pub basis_points: u32,
}

/// One item of an invoice.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Item {
    /// What it is.
    #[n(0)]
    pub kind: ItemKind,
    /// What the tariff calls it; for an adjustment the billing period it is about.
    #[n(1)]
    pub name: String,
    /// The band.
    #[n(2)]
    pub band: Option<String>,
    /// How much.
    #[n(3)]
    pub quantity: u64,
    /// In what.
    #[n(4)]
    pub counted: Counted,
    /// Contacts in it; 0 where it is not made of contacts.
    #[n(5)]
    pub contacts: u64,
    /// Its price, where quantity × price is the amount.
    #[n(6)]
    pub price: Option<ItemPrice>,
    /// The amount, in minor units.
    #[n(7)]
    pub amount_minor: i64,
    /// The tax on it.
    #[n(8)]
    pub tax: TaxRate,
    /// The document it is about: the invoice that an adjustment adds to.
    #[n(9)]
    pub about: Option<String>,
    /// Of an adjustment, the position that it changes; `None` where nothing of it is billed.
    #[n(10)]
    pub of: Option<Part>,
}

/// The position of an earlier billing period that an adjustment changes.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Part {
    /// What it is.
    #[n(0)]
    pub kind: ItemKind,
    /// What the tariff calls it; empty for the minimum and the credit.
    #[n(1)]
    pub name: String,
}

/// What an adjustment does to a line of a contact that was billed before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Encode, Decode)]
#[cbor(index_only)]
pub enum Change {
    /// It is taken back as it was billed: its amount has the other sign.
    #[n(0)]
    TakenBack,
    /// It is billed in place of what was taken back.
    #[n(1)]
    Anew,
}

/// The tax of one rate.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct TaxSum {
    /// Which tax.
    #[n(0)]
    pub rate: TaxRate,
    /// On what.
    #[n(1)]
    pub net_minor: i64,
    /// How much, rounded once.
    #[n(2)]
    pub tax_minor: i64,
}

/// Why no tax is due, as kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Encode, Decode)]
#[cbor(index_only)]
pub enum NoTax {
    /// The client owes it.
    #[n(0)]
    ReverseCharge,
    /// The service is exempt.
    #[n(1)]
    Exempt,
    /// Not a tax of these countries.
    #[n(2)]
    OutOfScope,
}

impl From<Untaxed> for NoTax {
    fn from(why: Untaxed) -> Self {
        match why {
            Untaxed::ReverseCharge => Self::ReverseCharge,
            Untaxed::Exempt => Self::Exempt,
            Untaxed::OutOfScope => Self::OutOfScope,
        }
    }
}

/// The document that a credit note corrects.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Corrects {
    /// Its number.
    #[n(0)]
    pub number: String,
    /// When it was issued, `YYYY-MM-DD`.
    #[n(1)]
    pub issued_on: String,
}

/// An invoice or a credit note.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Invoice {
    /// What it is.
    #[n(0)]
    pub kind: DocumentKind,
    /// Its number, once it is issued.
    #[n(1)]
    pub number: Option<Number>,
    /// Name of the billing period.
    #[n(2)]
    pub period: String,
    /// Its first day, `YYYY-MM-DD`.
    #[n(3)]
    pub from: String,
    /// Its last day.
    #[n(4)]
    pub through: String,
    /// Zone of these days, and of its lines.
    #[n(5)]
    pub zone: String,
    /// ISO 4217.
    #[n(6)]
    pub currency: String,
    /// Language of its words.
    #[n(7)]
    pub language: String,
    /// Who bills.
    #[n(8)]
    pub seller: Identity,
    /// Who is billed.
    #[n(9)]
    pub buyer: Identity,
    /// How it is to be paid.
    #[n(10)]
    pub payment: Payment,
    /// When it was issued, `YYYY-MM-DD` in its zone.
    #[n(11)]
    pub issued_on: Option<String>,
    /// When it is due.
    #[n(12)]
    pub due_on: Option<String>,
    /// What it is made of, in the order of application.
    #[n(13)]
    pub items: Vec<Item>,
    /// The tax of each rate.
    #[n(14)]
    pub taxes: Vec<TaxSum>,
    /// Sum of the items.
    #[n(15)]
    pub net_minor: i64,
    /// Sum of the taxes.
    #[n(16)]
    pub tax_minor: i64,
    /// Both.
    #[n(17)]
    pub total_minor: i64,
    /// Why no tax is due, where there is none.
    #[n(18)]
    pub untaxed: Option<NoTax>,
    /// What a credit note corrects.
    #[n(19)]
    pub corrects: Option<Corrects>,
    /// Why a credit note gives back; empty for an invoice.
    #[n(20)]
    pub reason: String,
    /// How many lines it has.
    #[n(21)]
    pub lines: u64,
    /// Hash of the bytes of its lines, made by whoever keeps them; empty without lines.
    #[n(22)]
    #[cbor(with = "minicbor::bytes")]
    pub lines_hash: Vec<u8>,
}

/// A line as it was billed, in words.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct BilledLine {
    /// Its id: the contact and the rule.
    #[n(0)]
    pub line: String,
    /// The contact.
    #[n(1)]
    pub contact: domain::ContactId,
    /// When it began.
    #[n(2)]
    pub at: Timestamp,
    /// The charge; `None` for a contact that is not billed.
    #[n(3)]
    pub charge: Option<String>,
    /// The band.
    #[n(4)]
    pub band: Option<String>,
    /// Out of the bundle.
    #[n(5)]
    pub included: bool,
    /// Why it is not billed: [`crate::Free::name`].
    #[n(6)]
    pub free: Option<String>,
    /// Time that counts, in microseconds.
    #[n(7)]
    pub counted_us: u64,
    /// Seconds billed, or pieces.
    #[n(8)]
    pub billed: u64,
    /// In what.
    #[n(9)]
    pub counted: Counted,
    /// The amount, in thousandths of the minor unit.
    #[n(10)]
    pub amount_milli: i64,
    /// The earlier billing period that it belongs to, where it came late or what came late changes it.
    #[n(11)]
    pub late_of: Option<String>,
    /// Of a contact that an earlier invoice has: what came late changes how it is billed.
    #[n(12)]
    pub change: Option<Change>,
}

impl BilledLine {
    /// The earlier billing period of a contact that came late; of no other.
    pub fn came_late(&self) -> Option<&str> {
        self.late_of.as_deref().filter(|_| self.change.is_none())
    }
}

/// All lines of an invoice, as they are kept.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode)]
pub struct Lines(#[n(0)] pub Vec<BilledLine>);

impl Invoice {
    /// Whether any tax is on it.
    pub fn is_taxed(&self) -> bool {
        taxed(&self.taxes)
    }

    /// The credit note that gives back all that is left of this invoice after earlier credit notes: all
    /// of them and the invoice together are nothing, rate by rate.
    #[must_use]
    pub fn credited(&self, earlier: &[Self], series: &str, reason: &str) -> Self {
        let all = || std::iter::once(self).chain(earlier);
        let items = all()
            .flat_map(|document| &document.items)
            .map(|item| Item { amount_minor: -item.amount_minor, ..item.clone() });
        let mut taxes: BTreeMap<TaxRate, (i64, i64)> = BTreeMap::new();
        for sum in all().flat_map(|document| &document.taxes) {
            let given = taxes.entry(sum.rate.clone()).or_default();
            // What was rounded then is given back as it was, not rounded again.
            *given = (given.0 - sum.net_minor, given.1 - sum.tax_minor);
        }
        let taxes = taxes.into_iter().map(|(rate, (net_minor, tax_minor))| TaxSum {
            rate,
            net_minor,
            tax_minor,
        });
        self.note(items.collect(), taxes.collect(), series, reason)
    }

    /// A credit note over a part: `net_minor` for what `name` says, with the tax of the invoice's
    /// greatest rate by amount. `None` when less than that is left after `earlier` credit notes.
    #[must_use]
    pub fn partly_credited(
        &self,
        earlier: &[Self],
        net_minor: i64,
        name: &str,
        series: &str,
        reason: &str,
    ) -> Option<Self> {
        let sum = self.taxes.iter().max_by_key(|sum| sum.net_minor)?;
        let given = earlier.iter().flat_map(|note| &note.taxes).filter(|g| g.rate == sum.rate);
        let left = sum.net_minor + given.map(|given| given.net_minor).sum::<i64>();
        if net_minor <= 0 || net_minor > left {
            return None;
        }
        let item = Item {
            kind: ItemKind::Disputed,
            name: name.to_owned(),
            band: None,
            quantity: 1,
            counted: Counted::Pieces,
            contacts: 1,
            price: None,
            amount_minor: -net_minor,
            tax: sum.rate.clone(),
            about: None,
            of: None,
        };
        let items = vec![item];
        let taxes = taxes(&items);
        Some(self.note(items, taxes, series, reason))
    }

    fn note(&self, items: Vec<Item>, taxes: Vec<TaxSum>, series: &str, reason: &str) -> Self {
        let number = self.number.as_ref().map(ToString::to_string).unwrap_or_default();
        Self {
            kind: DocumentKind::CreditNote,
            number: Some(Number { series: series.to_owned(), count: 0 }),
            issued_on: None,
            due_on: None,
            items,
            taxes,
            corrects: Some(Corrects {
                number,
                issued_on: self.issued_on.clone().unwrap_or_default(),
            }),
            reason: reason.to_owned(),
            lines: 0,
            lines_hash: Vec::new(),
            ..self.clone()
        }
        .summed()
    }

    fn summed(self) -> Self {
        let net_minor = self.items.iter().map(|item| item.amount_minor).sum();
        let tax_minor: i64 = self.taxes.iter().map(|sum| sum.tax_minor).sum();
        Self { net_minor, tax_minor, total_minor: net_minor + tax_minor, ..self }
    }

    /// As bytes, to be kept; the same invoice always gives the same ones.
    pub fn encoded(&self) -> Vec<u8> {
        // A vector takes whatever is written, and no encoder here refuses a value.
        minicbor::to_vec(self).expect("encoding into memory cannot fail")
    }

    /// From bytes that were kept.
    ///
    /// # Errors
    /// When they are none of [`Invoice::encoded`].
    pub fn decoded(bytes: &[u8]) -> Result<Self, Damaged> {
        Ok(minicbor::decode(bytes)?)
    }
}

impl Lines {
    /// As bytes, to be kept.
    pub fn encoded(&self) -> Vec<u8> {
        // As above.
        minicbor::to_vec(self).expect("encoding into memory cannot fail")
    }

    /// From bytes that were kept.
    ///
    /// # Errors
    /// When they are none of [`Lines::encoded`].
    pub fn decoded(bytes: &[u8]) -> Result<Self, Damaged> {
        Ok(minicbor::decode(bytes)?)
    }
}

fn taxed(taxes: &[TaxSum]) -> bool {
    taxes.iter().any(|sum| sum.rate.basis_points > 0)
}

/// The tax of each rate, rounded once each.
fn taxes(items: &[Item]) -> Vec<TaxSum> {
    let mut sums: BTreeMap<&TaxRate, i64> = BTreeMap::new();
    for item in items {
        *sums.entry(&item.tax).or_default() += item.amount_minor;
    }
    let sum = |(rate, net_minor): (&TaxRate, i64)| TaxSum {
        rate: rate.clone(),
        net_minor,
        tax_minor: divided(i128::from(net_minor) * i128::from(rate.basis_points), 10_000),
    };
    sums.into_iter().map(sum).collect()
}
