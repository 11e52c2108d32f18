//! What an invoice is made of: the statement of its billing period, and what came late for earlier ones.

use std::collections::{BTreeMap, BTreeSet};

use api::{
    invoices::{InvoiceCompared, ItemDifference},
    statement::StatementLine,
};
use billing::{
    Terms,
    invoice::{Adjustment, Change, Invoice, Item, ItemKind, Lines},
};
use domain::{
    ClientId, ContactId, InvoiceId,
    party::{Buyer, Seller},
    tariff::BillingPeriod,
};
use store::records::{ClientScope, InvoiceRow, InvoiceState};
use uuid::Uuid;

use super::{details, view};
use crate::{
    App,
    http::{
        error::{ApiError, Result},
        session::Caller,
    },
    statements::rated::{self, Known, PERIODS_MAX, rated_of, rolls_over},
};

/// A document as it was kept.
pub(super) struct Kept {
    pub invoice: Invoice,
    pub lines: Lines,
    pub hash: Option<[u8; 32]>,
}

/// Reads a document back, and holds what is issued to its hashes: a byte that differs is damage.
pub(super) async fn kept(app: &App, row: &InvoiceRow) -> Result<Kept> {
    let bytes = app.store.view().invoice_bytes(&ClientScope::of(row.client), row.id).await?;
    let bytes = bytes.ok_or_else(|| ApiError::not_found("invoice"))?;
    let damaged = |what: &str| {
        ApiError::internal(&format!("{what} of invoice {} differ from their hash", row.id))
    };
    if bytes.hash.is_some_and(|hash| *blake3::hash(&bytes.document).as_bytes() != hash) {
        return Err(damaged("the bytes"));
    }
    let invoice = Invoice::decoded(&bytes.document).map_err(|error| ApiError::internal(&error))?;
    let sound = invoice.lines_hash.is_empty()
        || blake3::hash(&bytes.lines).as_bytes()[..] == invoice.lines_hash[..];
    if !sound {
        return Err(damaged("the lines"));
    }
    let lines = Lines::decoded(&bytes.lines).map_err(|error| ApiError::internal(&error))?;
    Ok(Kept { invoice, lines, hash: bytes.hash })
}

/// A draft with its lines, as bytes and as sums.
pub(super) struct Made {
    pub invoice: Invoice,
    pub lines: Vec<u8>,
}

/// Makes the draft of a billing period that is over.
pub(super) async fn draft(app: &App, client: ClientId, period: BillingPeriod) -> Result<Made> {
    let terms = rated::terms(app, client).await?;
    let (seller, buyer) = (details::seller(app).await?.0, details::buyer(app, client).await?.0);
    let adjustments = adjustments(app, client, &terms, &period).await?;
    let adjusted = adjusted(app, client, &period.name).await?;
    let known = Known { elsewhere: Some(&adjusted), ..Known::default() };
    let statement = rated_of(app, client, terms.clone(), period, &known).await?;
    let (invoice, lines) =
        Invoice::draft(&terms, &statement.statement, &adjustments, &seller, &buyer);
    if invoice.items.is_empty() {
        return Err(nothing_to_bill(&invoice.period));
    }
    let lines = lines.encoded();
    let lines_hash = blake3::hash(&lines).as_bytes().to_vec();
    Ok(Made { invoice: Invoice { lines_hash, ..invoice }, lines })
}

/// An invoice without an item asks for nothing, and is none (EN 16931, BR-16).
pub(super) fn nothing_to_bill(period: &str) -> ApiError {
    ApiError::conflict(
        "nothing_to_bill",
        domain::words!("There is nothing to bill for {}.", period.to_owned()),
        "Leave it without an invoice. Should a contact of it still end, it can be invoiced then.",
    )
}

/// A line of an invoice, as it was billed.
pub(crate) struct Frozen {
    pub line: StatementLine,
    /// All lines of its contact that were billed with it.
    pub beside: Vec<StatementLine>,
    /// The billing period that it is of.
    pub period: String,
    /// Contacts of that billing period which were known when it was billed so.
    pub contacts: BTreeSet<ContactId>,
}

/// A line of an invoice that the caller may see, with the contacts that it was rated among.
pub(crate) async fn frozen(
    app: &App,
    caller: &Caller,
    (client, invoice, line): (Uuid, Uuid, &str),
) -> Result<Frozen> {
    let row = super::find(app, caller, client, invoice).await?;
    let kept = kept(app, &row).await?;
    let all = || kept.lines.0.iter();
    let found = all().find(|other| other.line == line);
    let found = found.ok_or_else(|| ApiError::not_found("line of the invoice"))?;
    let beside = all().filter(|other| {
        (other.contact, &other.late_of, other.change)
            == (found.contact, &found.late_of, found.change)
    });
    let contacts = match &found.late_of {
        None => own(&kept),
        Some(period) => {
            let mut known = before(app, &row, period).await?;
            if found.change != Some(Change::TakenBack) {
                let late = all().filter(|other| other.came_late() == Some(period));
                known.extend(late.map(|other| other.contact));
            }
            known
        }
    };
    Ok(Frozen {
        line: view::statement_line(found),
        beside: beside.map(view::statement_line).collect(),
        period: found.late_of.clone().unwrap_or_else(|| row.period.clone()),
        contacts,
    })
}

/// Contacts of an earlier billing period that invoices before this one have.
async fn before(app: &App, row: &InvoiceRow, period: &str) -> Result<BTreeSet<ContactId>> {
    let scope = ClientScope::of(row.client);
    let mut known = match app.store.view().invoice_of_period(&scope, period).await? {
        Some(of_period) => own(&kept(app, &of_period).await?),
        None => BTreeSet::new(),
    };
    let mut earlier: BTreeMap<InvoiceId, bool> = BTreeMap::new();
    for late in app.store.view().late_contacts(&scope, period).await? {
        let is_earlier = match earlier.get(&late.invoice) {
            Some(is_earlier) => *is_earlier,
            None => {
                let other = app.store.view().invoice(&scope, late.invoice).await?;
                let issued = other.and_then(|other| other.issued);
                let is_earlier = late.invoice != row.id
                    && row.issued.is_none_or(|at| issued.is_some_and(|issued| issued <= at));
                earlier.insert(late.invoice, is_earlier);
                is_earlier
            }
        };
        if is_earlier {
            known.insert(late.contact);
        }
    }
    Ok(known)
}

/// The identities and terms of payment of this moment, in a document that is about to be issued.
pub(super) fn identified(invoice: Invoice, seller: &Seller, buyer: &Buyer) -> Invoice {
    let untaxed = buyer.untaxed.map(Into::into).filter(|_| !invoice.is_taxed());
    Invoice {
        language: buyer.language.code().to_owned(),
        seller: (&seller.party).into(),
        buyer: (&buyer.party).into(),
        payment: billing::invoice::Payment::of(seller, buyer),
        untaxed,
        ..invoice
    }
}

/// Contacts of a billing period that later invoices have.
async fn adjusted(app: &App, client: ClientId, period: &str) -> Result<BTreeSet<ContactId>> {
    let late = app.store.view().late_contacts(&ClientScope::of(client), period).await?;
    Ok(late.into_iter().map(|late| late.contact).collect())
}

/// Contacts of its own billing period that an invoice has.
fn own(kept: &Kept) -> BTreeSet<ContactId> {
    let own = kept.lines.0.iter().filter(|line| line.late_of.is_none());
    own.map(|line| line.contact).collect()
}

/// Contacts of an earlier billing period that no invoice has.
async fn late(
    app: &App,
    client: ClientId,
    period: &BillingPeriod,
    kept: &Kept,
) -> Result<BTreeSet<ContactId>> {
    let adjusted = adjusted(app, client, &period.name).await?;
    let known = own(kept);
    let facts = rated::facts(app, client, period.span).await?;
    let contacts = facts.iter().map(|facts| facts.contact);
    Ok(contacts.filter(|id| !known.contains(id) && !adjusted.contains(id)).collect())
}

/// What became known of earlier billing periods after their invoices were issued, the oldest first. A contact
/// that came late may have used up what was carried into a later period that is invoiced too: that one changes
/// with it.
async fn adjustments(
    app: &App,
    client: ClientId,
    terms: &Terms,
    period: &BillingPeriod,
) -> Result<Vec<Adjustment>> {
    let scope = ClientScope::of(client);
    let (mut invoiced, mut at) = (Vec::new(), terms.before(period));
    for _ in 0..PERIODS_MAX {
        if at.span.until <= terms.begin() {
            break;
        }
        let earlier = terms.before(&at);
        let row = app.store.view().invoice_of_period(&scope, &at.name).await?;
        if let Some(row) = row.filter(|row| row.issued.is_some()) {
            let late = late(app, client, &at, &kept(app, &row).await?).await?;
            invoiced.push((at, row.label, late));
        }
        at = earlier;
    }
    let all_late: BTreeSet<ContactId> =
        invoiced.iter().flat_map(|(_, _, late)| late.iter().copied()).collect();
    let (carries, mut found, mut since_late) = (rolls_over(terms), Vec::new(), false);
    for (period, invoice, late) in invoiced.into_iter().rev() {
        since_late |= !late.is_empty();
        if late.is_empty() && !(carries && since_late) {
            continue;
        }
        let known = Known { unknown: Some(&all_late), ..Known::default() };
        let before = rated_of(app, client, terms.clone(), period.clone(), &known).await?.statement;
        let now = rated::rated(app, client, terms.clone(), period).await?.statement;
        if !late.is_empty() || now.lines != before.lines || now.positions != before.positions {
            found.push(Adjustment { invoice, now, before });
        }
    }
    Ok(found)
}

/// An invoice beside what rating the same contacts gives today.
pub(super) async fn compared(app: &App, row: &InvoiceRow) -> Result<InvoiceCompared> {
    let kept = kept(app, row).await?;
    let terms = rated::terms(app, row.client).await?;
    let period = terms.named(&row.period).ok_or_else(|| ApiError::not_found("billing period"))?;
    let late = match row.state {
        InvoiceState::Draft | InvoiceState::Reviewed => BTreeSet::new(),
        _ => late(app, row.client, &period, &kept).await?,
    };
    let known = own(&kept);
    let among = Known { own: Some(&known), ..Known::default() };
    let rated = rated_of(app, row.client, terms.clone(), period, &among).await?;
    let (seller, buyer) = (Seller::default(), Buyer::default());
    let (today, _) = Invoice::draft(&terms, &rated.statement, &[], &seller, &buyer);
    let invoiced: Vec<&Item> =
        kept.invoice.items.iter().filter(|item| item.kind != ItemKind::Adjustment).collect();
    let amount = |items: &[&Item]| items.iter().map(|item| item.amount_minor).sum::<i64>();
    let today: Vec<&Item> = today.items.iter().collect();
    let key = |item: &&Item| (view::kind(item.kind), item.name.clone(), item.band.clone());
    let mut differences: Vec<ItemDifference> = Vec::new();
    for item in invoiced.iter().chain(&today) {
        let (kind, name, band) = key(item);
        let told = |d: &ItemDifference| (d.kind, &d.name, &d.band) == (kind, &name, &band);
        if differences.iter().any(told) {
            continue;
        }
        let same = |other: &&&Item| key(other) == (kind, name.clone(), band.clone());
        let of =
            |items: &[&Item]| items.iter().filter(same).map(|item| item.amount_minor).sum::<i64>();
        let (invoiced_minor, rated_minor) = (of(&invoiced), of(&today));
        differences.push(ItemDifference { kind, name, band, invoiced_minor, rated_minor });
    }
    differences.retain(|d| d.invoiced_minor != d.rated_minor);
    Ok(InvoiceCompared {
        same: differences.is_empty(),
        invoiced_minor: amount(&invoiced),
        rated_minor: amount(&today),
        late_contacts: late.len() as u64,
        differences,
    })
}
