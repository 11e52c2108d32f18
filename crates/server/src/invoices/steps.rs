//! The steps of an invoice: drafted, read, issued, then paid or credited.

use api::invoices::{CreditInvoice, InvoiceStep, InvoiceView, NewInvoice, PayInvoice};
use axum::{extract::State, http::StatusCode};
use billing::invoice::{DocumentKind, Invoice, Number};
use domain::{ClientId, ContactId, Day, InvoiceId, Timestamp, Zone, party};
use store::{
    ProviderScope, StoreError, Tx,
    records::{AuditEntry, ClientScope, InvoiceKind, InvoiceRow, InvoiceState, Issue},
};
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use super::{details, find, mail::Sending, make, view};
use crate::{
    App,
    admin::{Faults, clients},
    http::{
        audit::{Told, Trail},
        error::{ApiError, Result},
        extract::{Json, Path},
        session::Caller,
    },
    statements::{asked, rated},
};

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(remake))
        .routes(routes!(review))
        .routes(routes!(issue))
        .routes(routes!(pay))
        .routes(routes!(unpay))
        .routes(routes!(credit))
}

/// Makes the draft of a billing period that is over. Where it has an invoice already, that one is the
/// answer.
#[utoipa::path(post, path = "/api/v1/clients/{client}/invoices", operation_id = "invoices_create", tag = "invoices", params(("client" = Uuid, Path)), request_body = NewInvoice, responses((status = 201, description = "Done", body = InvoiceView)))]
pub async fn create(
    State(app): State<App>,
    caller: Caller,
    trail: Trail,
    Path(client): Path<Uuid>,
    Json(body): Json<NewInvoice>,
) -> Result<(StatusCode, Json<InvoiceView>)> {
    let client = clients::find(&app, client).await?.id;
    let terms = rated::terms(&app, client).await?;
    let period = asked(&terms, Some(&body.period), trail.at())?;
    if period.span.until > trail.at() {
        return Err(ApiError::conflict(
            "period_open",
            domain::words!("The billing period {} goes on until {}.", period.name, period.until),
            domain::words!(
                "Invoice it from that day on, or an earlier one such as {}.",
                terms.before(&period).name
            ),
        ));
    }
    let scope = ClientScope::of(client);
    if let Some(row) = app.store.view().invoice_of_period(&scope, &period.name).await? {
        let shown = view::shown(&app, &caller, row).await?;
        return Ok((StatusCode::CREATED, Json(shown)));
    }
    let made = make::draft(&app, client, period.clone()).await?;
    let row = InvoiceRow {
        client,
        id: InvoiceId::from_uuid(Uuid::now_v7()),
        kind: InvoiceKind::Invoice,
        state: InvoiceState::Draft,
        label: String::new(),
        period: period.name.clone(),
        from: period.span.from,
        until: period.span.until,
        corrects: None,
        made: trail.at(),
        reviewed_by: None,
        issued: None,
        due_on: None,
        paid_on: None,
        paid_reference: String::new(),
        version: 1,
        ..sums(&made.invoice)
    };
    let entry = told(&trail, "invoice.drafted", &row);
    let kept = row.clone();
    let done = app
        .store
        .tx(move |tx| {
            Box::pin(async move {
                tx.create_invoice(&scope, &kept, made.invoice.encoded(), made.lines).await?;
                tx.audit(&entry).await
            })
        })
        .await;
    let row = match done {
        // Somebody else was faster: theirs is the one.
        Err(error) if error.is_conflict_of("invoice_client_id_claims") => {
            let found = app.store.view().invoice_of_period(&scope, &period.name).await?;
            found.ok_or(error)?
        }
        done => {
            done?;
            row
        }
    };
    Ok((StatusCode::CREATED, Json(view::shown(&app, &caller, row).await?)))
}

/// Makes what is not issued anew, from what is known now; it is a draft again.
#[utoipa::path(post, path = "/api/v1/clients/{client}/invoices/{invoice}/remake", operation_id = "invoices_remake", tag = "invoices", params(("client" = Uuid, Path), ("invoice" = Uuid, Path)), request_body = InvoiceStep, responses((status = 200, description = "Done", body = InvoiceView)))]
pub async fn remake(
    State(app): State<App>,
    caller: Caller,
    trail: Trail,
    Path((client, invoice)): Path<(Uuid, Uuid)>,
    Json(body): Json<InvoiceStep>,
) -> Result<Json<InvoiceView>> {
    let row = unissued(find(&app, &caller, client, invoice).await?)?;
    let terms = rated::terms(&app, row.client).await?;
    let period = terms.named(&row.period).ok_or_else(|| ApiError::not_found("billing period"))?;
    let made = make::draft(&app, row.client, period).await?;
    let sums = sums(&made.invoice);
    let kept = InvoiceRow {
        currency: sums.currency,
        net_minor: sums.net_minor,
        tax_minor: sums.tax_minor,
        total_minor: sums.total_minor,
        made: trail.at(),
        version: body.version,
        ..row
    };
    let (scope, id) = (ClientScope::of(kept.client), kept.id);
    let entry = told(&trail, "invoice.remade", &kept);
    app.store
        .tx(move |tx| {
            Box::pin(async move {
                tx.remake_invoice(&scope, &kept, made.invoice.encoded(), made.lines).await?;
                tx.audit(&entry).await
            })
        })
        .await?;
    again(&app, &caller, client, id).await
}

/// Notes that whoever asks has read a draft; only then can it be issued.
#[utoipa::path(post, path = "/api/v1/clients/{client}/invoices/{invoice}/review", operation_id = "invoices_review", tag = "invoices", params(("client" = Uuid, Path), ("invoice" = Uuid, Path)), request_body = InvoiceStep, responses((status = 200, description = "Done", body = InvoiceView)))]
pub async fn review(
    State(app): State<App>,
    caller: Caller,
    trail: Trail,
    Path((client, invoice)): Path<(Uuid, Uuid)>,
    Json(body): Json<InvoiceStep>,
) -> Result<Json<InvoiceView>> {
    let row = unissued(find(&app, &caller, client, invoice).await?)?;
    let (scope, id) = (ClientScope::of(row.client), row.id);
    let entry = told(&trail, "invoice.reviewed", &row);
    let by = trail.name().to_owned();
    app.store
        .tx(move |tx| {
            Box::pin(async move {
                tx.review_invoice(&scope, id, body.version, &by).await?;
                tx.audit(&entry).await
            })
        })
        .await?;
    again(&app, &caller, client, id).await
}

/// Issues what somebody has read: it has the next number of its series and never changes again. Asked
/// twice, the same invoice is the answer.
#[utoipa::path(post, path = "/api/v1/clients/{client}/invoices/{invoice}/issue", operation_id = "invoices_issue", tag = "invoices", params(("client" = Uuid, Path), ("invoice" = Uuid, Path)), request_body = InvoiceStep, responses((status = 200, description = "Done", body = InvoiceView)))]
pub async fn issue(
    State(app): State<App>,
    caller: Caller,
    trail: Trail,
    Path((client, invoice)): Path<(Uuid, Uuid)>,
    Json(body): Json<InvoiceStep>,
) -> Result<Json<InvoiceView>> {
    let row = find(&app, &caller, client, invoice).await?;
    if row.issued.is_some() {
        return view::shown(&app, &caller, row).await.map(Json);
    }
    if row.state != InvoiceState::Reviewed {
        return Err(ApiError::conflict(
            "not_reviewed",
            "Nobody has read this draft yet.",
            "Look through it and mark it as reviewed, then issue it.",
        ));
    }
    let kept = make::kept(&app, &row).await?;
    let (seller, buyer) =
        (details::seller(&app).await?.0, details::buyer(&app, row.client).await?.0);
    let missing = party::missing(&seller, &buyer, kept.invoice.is_taxed());
    if !missing.is_empty() {
        let faults = missing.into_iter().map(Into::into).collect();
        return Err(ApiError::invalid("invoice", faults));
    }
    if kept.invoice.items.is_empty() {
        return Err(make::nothing_to_bill(&row.period));
    }
    let late = kept.lines.0.iter();
    let late = late.filter_map(|line| Some((line.contact, line.came_late()?.to_owned())));
    let mut late: Vec<(ContactId, String)> = late.collect();
    late.dedup();
    let document = make::identified(kept.invoice, &seller, &buyer);
    let (scope, id) = (ClientScope::of(row.client), row.id);
    let entry = told(&trail, "invoice.issued", &row);
    let sending = Sending::on_issue(&app, &buyer, trail.name());
    let issued =
        Issuing { scope, id, version: body.version, at: trail.at(), document, late, sending };
    let series = seller.series.clone();
    let done = app
        .store
        .tx(move |tx| Box::pin(async move { issued.done(tx, &series, entry).await }))
        .await;
    match done {
        // Two people at once: the first one's number counts for both.
        Err(StoreError::Stale { .. })
            if find(&app, &caller, client, invoice).await?.issued.is_some() => {}
        Err(StoreError::Conflict { constraint }) if constraint.starts_with("invoice_late") => {
            return Err(ApiError::conflict(
                "late_billed",
                "Another invoice has billed some of its adjustments meanwhile.",
                "Make the draft anew, look through it and issue that.",
            ));
        }
        done => done?,
    }
    app.mail.queued();
    again(&app, &caller, client, id).await
}

/// Notes that an invoice is paid.
#[utoipa::path(post, path = "/api/v1/clients/{client}/invoices/{invoice}/pay", operation_id = "invoices_pay", tag = "invoices", params(("client" = Uuid, Path), ("invoice" = Uuid, Path)), request_body = PayInvoice, responses((status = 200, description = "Done", body = InvoiceView)))]
pub async fn pay(
    State(app): State<App>,
    caller: Caller,
    trail: Trail,
    Path((client, invoice)): Path<(Uuid, Uuid)>,
    Json(body): Json<PayInvoice>,
) -> Result<Json<InvoiceView>> {
    let row = find(&app, &caller, client, invoice).await?;
    if row.kind != InvoiceKind::Invoice || row.state != InvoiceState::Issued {
        return Err(in_no_state(&row, "Only an issued invoice is marked as paid."));
    }
    let mut faults = Faults::default();
    let reference = faults.text("reference", &body.reference, 0, 140);
    let day = body.paid_on.parse::<Day>();
    if let Err(error) = &day {
        faults.add("paid_on", "bad_date", domain::words!("{}.", error), "Give a day that exists.");
    }
    faults.none("payment")?;
    let (scope, id) = (ClientScope::of(row.client), row.id);
    let entry = told(&trail, "invoice.paid", &row);
    app.store
        .tx(move |tx| {
            Box::pin(async move {
                tx.pay_invoice(&scope, id, body.version, &body.paid_on, &reference).await?;
                tx.audit(&entry).await
            })
        })
        .await?;
    again(&app, &caller, client, id).await
}

/// Takes back that an invoice is paid, as when a debit is returned: it is open again, and overdue from its day.
#[utoipa::path(post, path = "/api/v1/clients/{client}/invoices/{invoice}/unpay", operation_id = "invoices_unpay", tag = "invoices", params(("client" = Uuid, Path), ("invoice" = Uuid, Path)), request_body = InvoiceStep, responses((status = 200, description = "Done", body = InvoiceView)))]
pub async fn unpay(
    State(app): State<App>,
    caller: Caller,
    trail: Trail,
    Path((client, invoice)): Path<(Uuid, Uuid)>,
    Json(body): Json<InvoiceStep>,
) -> Result<Json<InvoiceView>> {
    let row = find(&app, &caller, client, invoice).await?;
    if row.state != InvoiceState::Paid {
        return Err(in_no_state(&row, "Only an invoice that is paid is opened again."));
    }
    let (scope, id) = (ClientScope::of(row.client), row.id);
    let entry = told(&trail, "invoice.unpaid", &row);
    app.store
        .tx(move |tx| {
            Box::pin(async move {
                tx.unpay_invoice(&scope, id, body.version).await?;
                tx.audit(&entry).await
            })
        })
        .await?;
    again(&app, &caller, client, id).await
}

/// Gives an issued invoice back by a credit note; its billing period can be invoiced anew.
#[utoipa::path(post, path = "/api/v1/clients/{client}/invoices/{invoice}/credit", operation_id = "invoices_credit", tag = "invoices", params(("client" = Uuid, Path), ("invoice" = Uuid, Path)), request_body = CreditInvoice, responses((status = 200, description = "Done", body = InvoiceView)))]
pub async fn credit(
    State(app): State<App>,
    caller: Caller,
    trail: Trail,
    Path((client, invoice)): Path<(Uuid, Uuid)>,
    Json(body): Json<CreditInvoice>,
) -> Result<Json<InvoiceView>> {
    let row = find(&app, &caller, client, invoice).await?;
    let mut faults = Faults::default();
    let reason = faults.text("reason", &body.reason, 1, 500);
    faults.none("credit note")?;
    let Creditable { invoice: document, notes, series } = creditable(&app, &row).await?;
    let note = document.credited(&notes, &series, &reason);
    let id = row.id;
    let entry = told(&trail, "invoice.credited", &row);
    let buyer = details::buyer(&app, row.client).await?.0;
    let noted = Noting::of(&row, note, &trail, Sending::on_issue(&app, &buyer, trail.name()));
    app.store
        .tx(move |tx| {
            Box::pin(async move {
                tx.credit_invoice(&noted.issuing.scope, id, body.version).await?;
                noted.done(tx, &series, entry).await.map(drop)
            })
        })
        .await?;
    app.mail.queued();
    again(&app, &caller, client, id).await
}

/// Removes what is not issued.
#[utoipa::path(delete, path = "/api/v1/clients/{client}/invoices/{invoice}", operation_id = "invoices_remove", tag = "invoices", params(("client" = Uuid, Path), ("invoice" = Uuid, Path)), responses((status = 204, description = "Done")))]
pub async fn remove(
    State(app): State<App>,
    caller: Caller,
    trail: Trail,
    Path((client, invoice)): Path<(Uuid, Uuid)>,
) -> Result<StatusCode> {
    let row = unissued(find(&app, &caller, client, invoice).await?)?;
    let entry = told(&trail, "invoice.removed", &row);
    app.store
        .tx(move |tx| {
            Box::pin(async move {
                tx.remove_invoice(&ClientScope::of(row.client), row.id).await?;
                tx.audit(&entry).await
            })
        })
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What a credit note is made from.
pub(super) struct Creditable {
    pub invoice: Invoice,
    pub notes: Vec<Invoice>,
    pub series: String,
}

/// An invoice that was issued and not given back, with its credit notes so far.
pub(super) async fn creditable(app: &App, row: &InvoiceRow) -> Result<Creditable> {
    let given = matches!(row.state, InvoiceState::Issued | InvoiceState::Paid);
    if row.kind != InvoiceKind::Invoice || !given {
        return Err(in_no_state(row, "Only an invoice that was issued is credited, and once."));
    }
    let invoice = make::kept(app, row).await?.invoice;
    let mut notes = Vec::new();
    for note in app.store.view().credit_notes(&ClientScope::of(row.client), row.id).await? {
        notes.push(make::kept(app, &note).await?.invoice);
    }
    Ok(Creditable { invoice, notes, series: details::seller(app).await?.0.credit_series })
}

/// A document that is about to have its number.
pub(super) struct Issuing {
    scope: ClientScope,
    id: InvoiceId,
    version: u64,
    at: Timestamp,
    document: Invoice,
    late: Vec<(ContactId, String)>,
    sending: Sending,
}

impl Issuing {
    /// Takes the next number and writes it into the document, in one transaction.
    async fn done(self, tx: &mut Tx, series: &str, entry: AuditEntry) -> Result<(), StoreError> {
        let count = tx.next_invoice_number(&ProviderScope::granted(), series).await?;
        let number = Number { series: series.to_owned(), count };
        let zone = Zone::get(&self.document.zone).map_err(|error| StoreError::Corrupt {
            what: "the zone of an invoice".into(),
            why: error.to_string(),
        })?;
        let today = zone.day_at(self.at);
        let days = match self.document.kind {
            DocumentKind::Invoice => i64::from(self.document.payment.days),
            DocumentKind::CreditNote => 0,
        };
        let due_on = today.plus(days).to_string();
        let document = Invoice {
            number: Some(number.clone()),
            issued_on: Some(today.to_string()),
            due_on: Some(due_on.clone()),
            ..self.document
        };
        let (sending, numbered) = (self.sending, document.clone());
        let document = document.encoded();
        let issue = Issue {
            id: self.id,
            version: self.version,
            label: number.to_string(),
            number: (number.series, count),
            at: self.at,
            due_on,
            hash: *blake3::hash(&document).as_bytes(),
            document,
        };
        tx.issue_invoice(&self.scope, issue, &self.late).await?;
        sending.queue(tx, &self.scope, self.id, &numbered, self.at).await?;
        tx.audit(&entry).await
    }
}

/// A credit note that is about to be issued.
pub(super) struct Noting {
    row: InvoiceRow,
    issuing: Issuing,
}

impl Noting {
    /// The credit note `document` of the invoice `row`.
    pub(super) fn of(row: &InvoiceRow, document: Invoice, trail: &Trail, sending: Sending) -> Self {
        let (scope, id) = (ClientScope::of(row.client), InvoiceId::from_uuid(Uuid::now_v7()));
        let note = InvoiceRow {
            client: row.client,
            id,
            kind: InvoiceKind::CreditNote,
            state: InvoiceState::Reviewed,
            label: String::new(),
            period: row.period.clone(),
            from: row.from,
            until: row.until,
            corrects: Some(row.id),
            made: trail.at(),
            reviewed_by: Some(trail.name().to_owned()),
            issued: None,
            due_on: None,
            paid_on: None,
            paid_reference: String::new(),
            version: 1,
            ..sums(&document)
        };
        let (at, late) = (trail.at(), Vec::new());
        let issuing = Issuing { scope, id, version: 1, at, document, late, sending };
        Self { row: note, issuing }
    }

    /// Keeps it and issues it; its id.
    pub(super) async fn done(
        self,
        tx: &mut Tx,
        series: &str,
        entry: AuditEntry,
    ) -> Result<InvoiceId, StoreError> {
        let (scope, id) = (self.issuing.scope, self.issuing.id);
        let lines = billing::invoice::Lines::default().encoded();
        tx.create_invoice(&scope, &self.row, self.issuing.document.encoded(), lines).await?;
        self.issuing.done(tx, series, entry).await?;
        Ok(id)
    }
}

/// A row of which only the sums are this document's.
fn sums(document: &Invoice) -> InvoiceRow {
    InvoiceRow {
        client: ClientId::from_u128(0),
        id: InvoiceId::from_u128(0),
        kind: InvoiceKind::Invoice,
        state: InvoiceState::Draft,
        label: String::new(),
        period: String::new(),
        from: Timestamp::MIN,
        until: Timestamp::MIN,
        currency: document.currency.clone(),
        net_minor: document.net_minor,
        tax_minor: document.tax_minor,
        total_minor: document.total_minor,
        corrects: None,
        made: Timestamp::MIN,
        reviewed_by: None,
        issued: None,
        due_on: None,
        paid_on: None,
        paid_reference: String::new(),
        version: 1,
    }
}

fn told(trail: &Trail, action: &str, row: &InvoiceRow) -> AuditEntry {
    let sums = serde_json::json!({
        "period": row.period, "number": row.label, "currency": row.currency,
        "total_minor": row.total_minor,
    });
    trail.entry(action, "invoice", row.id.uuid()).of_client(row.client).changed(&(), &sums)
}

fn unissued(row: InvoiceRow) -> Result<InvoiceRow> {
    match row.issued {
        None => Ok(row),
        Some(_) => Err(ApiError::conflict(
            "invoice_issued",
            domain::words!("{} is issued and does not change any more.", row.label),
            "Correct it by a credit note.",
        )),
    }
}

fn in_no_state(row: &InvoiceRow, next: &'static str) -> ApiError {
    ApiError::conflict(
        "invoice_state",
        domain::words!("The document is in the state `{}`.", row.state.word()),
        next,
    )
}

async fn again(
    app: &App,
    caller: &Caller,
    client: Uuid,
    id: InvoiceId,
) -> Result<Json<InvoiceView>> {
    let row = find(app, caller, client, id.uuid()).await?;
    view::shown(app, caller, row).await.map(Json)
}
