//! Invoices as they are shown.

use std::collections::{BTreeMap, BTreeSet};

use api::{
    invoices::{
        DisputeStateView, DisputeView, InvoiceItem, InvoiceKindView, InvoiceLine, InvoiceStateView,
        InvoiceSummary, InvoiceTax, InvoiceView, ItemChoice, ItemPart, LineChange, PartyTerms,
    },
    statement::{CountedIn, FreeChoice, StatementLine},
};
use billing::{
    Free,
    invoice::{BilledLine, Change, Counted, Identity, Item, ItemKind},
};
use domain::{ClientId, Currency, Timestamp, party};
use store::records::{ClientScope, Dispute, DisputeState, InvoiceKind, InvoiceRow, InvoiceState};

use super::{details, mail, make};
use crate::{App, http::error::Result, http::session::Caller, statements::free_choice};

/// Names of the clients of some documents.
pub(super) struct Clients(BTreeMap<ClientId, String>);

impl Clients {
    pub async fn of(app: &App, rows: &[InvoiceRow]) -> Result<Self> {
        let mut names = BTreeMap::new();
        for client in rows.iter().map(|row| row.client).collect::<BTreeSet<_>>() {
            let found = app.store.view().client(&ClientScope::of(client)).await?;
            names.insert(client, found.map(|client| client.name).unwrap_or_default());
        }
        Ok(Self(names))
    }
}

/// The day of UTC, by which invoices are overdue: half a day more or less makes no debtor.
pub(super) fn today(now: Timestamp) -> String {
    now.to_string().chars().take(10).collect()
}

pub(super) fn summary(
    row: &InvoiceRow,
    clients: &Clients,
    caller: &Caller,
    now: Timestamp,
) -> InvoiceSummary {
    let decimals = row.currency.parse::<Currency>().map_or(2, Currency::decimals);
    let today = today(now);
    let unpaid = row.state == InvoiceState::Issued && row.kind == InvoiceKind::Invoice;
    InvoiceSummary {
        id: row.id.uuid(),
        client: row.client.uuid(),
        client_name: clients.0.get(&row.client).cloned().unwrap_or_default(),
        kind: match row.kind {
            InvoiceKind::Invoice => InvoiceKindView::Invoice,
            InvoiceKind::CreditNote => InvoiceKindView::CreditNote,
        },
        state: match row.state {
            InvoiceState::Draft => InvoiceStateView::Draft,
            InvoiceState::Reviewed => InvoiceStateView::Reviewed,
            InvoiceState::Issued => InvoiceStateView::Issued,
            InvoiceState::Paid => InvoiceStateView::Paid,
            InvoiceState::Credited => InvoiceStateView::Credited,
        },
        number: (!row.label.is_empty()).then(|| row.label.clone()),
        period: row.period.clone(),
        currency: row.currency.clone(),
        decimals,
        net_minor: row.net_minor,
        tax_minor: row.tax_minor,
        total_minor: row.total_minor,
        corrects: row.corrects.map(|id| id.uuid()),
        made: row.made.to_string(),
        reviewed_by: row.reviewed_by.clone().filter(|_| !caller.role.is_client()),
        issued: row.issued.map(|at| at.to_string()),
        due_on: row.due_on.clone(),
        overdue: unpaid && row.due_on.as_ref().is_some_and(|due| *due < today),
        paid_on: row.paid_on.clone(),
        paid_reference: row.paid_reference.clone(),
        version: row.version,
    }
}

/// A document with all that is printed.
pub(super) async fn shown(app: &App, caller: &Caller, row: InvoiceRow) -> Result<InvoiceView> {
    let make::Kept { invoice, lines, hash } = make::kept(app, &row).await?;
    let scope = ClientScope::of(row.client);
    let notes = app.store.view().credit_notes(&scope, row.id).await?;
    let disputes = app.store.view().disputes(&scope, Some(row.id)).await?;
    let names = Clients::of(app, std::slice::from_ref(&row)).await?;
    let now = app.clock.now();
    let missing = match row.issued {
        Some(_) => Vec::new(),
        None => {
            let (seller, buyer) =
                (details::seller(app).await?.0, details::buyer(app, row.client).await?.0);
            party::missing(&seller, &buyer, invoice.is_taxed() || invoice.items.is_empty())
        }
    };
    let contacts = if caller.role.is_client() {
        Vec::new()
    } else {
        let (buyer, _) = details::buyer(app, row.client).await?;
        buyer.mailed_to().iter().map(|contact| contact.as_str().to_owned()).collect()
    };
    let given: i64 = notes.iter().map(|note| note.total_minor).sum();
    Ok(InvoiceView {
        summary: summary(&row, &names, caller, now),
        from: invoice.from,
        through: invoice.through,
        zone: invoice.zone,
        language: invoice.language,
        seller: party(&invoice.seller),
        buyer: party(&invoice.buyer),
        iban: invoice.payment.iban,
        payment_days: invoice.payment.days,
        items: invoice.items.iter().map(item).collect(),
        taxes: invoice
            .taxes
            .iter()
            .map(|sum| InvoiceTax {
                name: sum.rate.name.clone(),
                basis_points: sum.rate.basis_points,
                net_minor: sum.net_minor,
                tax_minor: sum.tax_minor,
            })
            .collect(),
        corrects_number: invoice.corrects.map(|corrects| corrects.number),
        reason: invoice.reason,
        lines: invoice.lines,
        hash: hash.map(|hash| blake3::Hash::from_bytes(hash).to_hex().to_string()),
        notes: notes.iter().map(|note| summary(note, &names, caller, now)).collect(),
        left_minor: row.total_minor + given,
        disputes: disputes
            .iter()
            .map(|one| {
                let about = lines.0.iter().find(|line| line.line == one.line);
                DisputeView { about: about.map(statement_line), ..dispute(one, caller) }
            })
            .collect(),
        missing: missing.into_iter().map(Into::into).collect(),
        mails: mail::of(app, caller, &row).await?,
        contacts,
        mail_on: app.mail.is_on(),
    })
}

pub(super) fn party(identity: &Identity) -> PartyTerms {
    PartyTerms {
        legal_name: identity.legal_name.clone(),
        street: identity.street.clone(),
        postcode: identity.postcode.clone(),
        city: identity.city.clone(),
        country: identity.country.clone(),
        vat: identity.vat.clone(),
        registration: identity.registration.clone(),
        email: identity.email.clone(),
    }
}

pub(super) const fn kind(kind: ItemKind) -> ItemChoice {
    match kind {
        ItemKind::Included => ItemChoice::Included,
        ItemKind::Metered => ItemChoice::Metered,
        ItemKind::Bundle => ItemChoice::Bundle,
        ItemKind::Seats => ItemChoice::Seats,
        ItemKind::AbsentSeats => ItemChoice::AbsentSeats,
        ItemKind::Minimum => ItemChoice::Minimum,
        ItemKind::Fee => ItemChoice::Fee,
        ItemKind::Credit => ItemChoice::Credit,
        ItemKind::Adjustment => ItemChoice::Adjustment,
        ItemKind::Disputed => ItemChoice::Disputed,
    }
}

const fn counted(counted: Counted) -> CountedIn {
    match counted {
        Counted::Seconds => CountedIn::Seconds,
        Counted::Pieces => CountedIn::Pieces,
        Counted::Points => CountedIn::Points,
    }
}

fn item(item: &Item) -> InvoiceItem {
    InvoiceItem {
        kind: kind(item.kind),
        name: item.name.clone(),
        band: item.band.clone(),
        quantity: item.quantity,
        counted_in: counted(item.counted),
        contacts: item.contacts,
        price_milli: item.price.map(|price| price.price / 100),
        amount_minor: item.amount_minor,
        tax_basis_points: item.tax.basis_points,
        about: item.about.clone(),
        of: item
            .of
            .as_ref()
            .map(|part| ItemPart { kind: kind(part.kind), name: part.name.clone() }),
    }
}

pub(super) fn line(line: &BilledLine, disputes: &[Dispute]) -> InvoiceLine {
    InvoiceLine {
        line: statement_line(line),
        late_of: line.late_of.clone(),
        change: line.change.map(|change| match change {
            Change::TakenBack => LineChange::TakenBack,
            Change::Anew => LineChange::Anew,
        }),
        disputed: disputes.iter().find(|one| one.line == line.line).map(|one| state(one.state)),
    }
}

/// A line as it was billed.
pub(super) fn statement_line(line: &BilledLine) -> StatementLine {
    let why = |name: &String| Free::ALL.into_iter().find(|free| free.name() == name);
    StatementLine {
        line: line.line.clone(),
        contact: line.contact.uuid(),
        at: line.at.to_string(),
        charge: line.charge.clone(),
        band: line.band.clone(),
        included: line.included,
        not_billed: line
            .free
            .as_ref()
            .map(|name| why(name).map_or(FreeChoice::NoCharge, free_choice)),
        counted_ms: line.counted_us / 1_000,
        billed: line.billed,
        counted_in: counted(line.counted),
        amount_milli: line.amount_milli,
    }
}

const fn state(state: DisputeState) -> DisputeStateView {
    match state {
        DisputeState::Open => DisputeStateView::Open,
        DisputeState::Accepted => DisputeStateView::Accepted,
        DisputeState::Refused => DisputeStateView::Refused,
    }
}

pub(super) fn dispute(dispute: &Dispute, caller: &Caller) -> DisputeView {
    DisputeView {
        id: dispute.id.uuid(),
        client: dispute.client.uuid(),
        invoice: dispute.invoice.uuid(),
        line: dispute.line.clone(),
        contact: dispute.contact.uuid(),
        about: None,
        reason: dispute.reason.clone(),
        raised_by: dispute.raised_by.clone(),
        raised: dispute.raised.to_string(),
        state: state(dispute.state),
        answer: dispute.answer.clone(),
        answered_by: dispute.answered_by.clone().filter(|_| !caller.role.is_client()),
        answered: dispute.answered.map(|at| at.to_string()),
        note: dispute.note.map(|id| id.uuid()),
        version: dispute.version,
    }
}
