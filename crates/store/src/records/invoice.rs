//! Invoices and credit notes, and how a client is billed.

use domain::{ClientId, ContactId, InvoiceId, Timestamp};
use serde_json::Value;

use super::{ClientScope, ProviderScope, changed, containing, fold, page, record, words};
use crate::{StoreError, Tx, View, value::args};

words! {
    /// What a document is.
    pub enum InvoiceKind {
        /// Asks for an amount.
        Invoice = "invoice",
        /// Gives one back.
        CreditNote = "credit_note",
    }
}

words! {
    /// Where a document stands.
    pub enum InvoiceState {
        /// Made, and made anew as often as one likes.
        Draft = "draft",
        /// Somebody has read it.
        Reviewed = "reviewed",
        /// It has its number, and never changes again.
        Issued = "issued",
        /// The money has come.
        Paid = "paid",
        /// A credit note has given it back.
        Credited = "credited",
    }
}

record! {
    /// How a client is billed.
    #[derive(Clone, Debug, PartialEq)]
    pub struct ClientBilling {
        /// The client.
        pub client: ClientId = "client_id",
        /// Identity, language, terms of payment.
        pub document: Value,
        /// Raised by each change; 0 for what was never written.
        pub version: u64,
    }
}

record! {
    /// An invoice or a credit note, without its bytes.
    #[derive(Clone, Debug, PartialEq)]
    pub struct InvoiceRow {
        /// Whose it is.
        pub client: ClientId = "client_id",
        /// Its id.
        pub id: InvoiceId = "invoice_id",
        /// What it is.
        pub kind: InvoiceKind,
        /// Where it stands.
        pub state: InvoiceState,
        /// Its number as it is printed; empty before it is issued.
        pub label: String,
        /// The billing period.
        pub period: String,
        /// Its first instant.
        pub from: Timestamp = "from_us",
        /// The first instant after.
        pub until: Timestamp = "until_us",
        /// ISO 4217.
        pub currency: String,
        /// Sum of its items.
        pub net_minor: i64,
        /// Tax on it.
        pub tax_minor: i64,
        /// Both.
        pub total_minor: i64,
        /// The invoice that a credit note corrects.
        pub corrects: Option<InvoiceId> = "corrects_id",
        /// When it was made.
        pub made: Timestamp = "made_us",
        /// Name of who read it.
        pub reviewed_by: Option<String>,
        /// When it was issued.
        pub issued: Option<Timestamp> = "issued_us",
        /// When it is due, `YYYY-MM-DD`.
        pub due_on: Option<String>,
        /// When it was paid.
        pub paid_on: Option<String>,
        /// What the payment said; empty for nothing.
        pub paid_reference: String,
        /// Raised by each change.
        pub version: u64,
    }
}

record! {
    /// The bytes of a document.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct InvoiceBytes {
        /// What is printed.
        pub document: Vec<u8>,
        /// Its lines.
        pub lines: Vec<u8>,
        /// Hash of `document` once it is issued.
        pub hash: Option<[u8; 32]>,
    }
}

record! {
    /// A contact that became known after its billing period was invoiced.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct LateContact {
        /// The contact.
        pub contact: ContactId = "contact_id",
        /// The later invoice that has it.
        pub invoice: InvoiceId = "invoice_id",
    }
}

record! {
    /// A billing period that an invoice has, which was not credited.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct InvoicedPeriod {
        /// Whose.
        pub client: ClientId = "client_id",
        /// Its name.
        pub period: String = "claims",
    }
}

/// What a number was given to.
#[derive(Clone, Debug)]
pub struct Issue {
    /// The document.
    pub id: InvoiceId,
    /// The version it was read with.
    pub version: u64,
    /// Its series and number.
    pub number: (String, u64),
    /// Both as they are printed.
    pub label: String,
    /// When.
    pub at: Timestamp,
    /// When it is due.
    pub due_on: String,
    /// What is printed, with the number in it.
    pub document: Vec<u8>,
    /// Its hash.
    pub hash: [u8; 32],
}

/// Which documents are asked for.
#[derive(Clone, Debug, Default)]
pub struct InvoiceFilter {
    /// In this state.
    pub state: Option<InvoiceState>,
    /// Issued invoices whose due date is before this day, `YYYY-MM-DD`.
    pub due_before: Option<String>,
    /// Whose number contains this.
    pub search: String,
    /// Issued ones only: what a client may see.
    pub issued_only: bool,
    /// Made before this one.
    pub before: Option<(Timestamp, InvoiceId)>,
}

fn place(before: Option<(Timestamp, InvoiceId)>) -> (Timestamp, InvoiceId) {
    before.unwrap_or((Timestamp::MAX, InvoiceId::from_u128(u128::MAX)))
}

impl View {
    /// How a client is billed; `None` when nothing was ever written.
    pub async fn client_billing(
        &mut self,
        scope: &ClientScope,
    ) -> Result<Option<ClientBilling>, StoreError> {
        self.of(scope)
            .find(
                "SELECT client_id, document, version FROM client_billing WHERE client_id = $1",
                args![scope.client()],
            )
            .await
    }

    /// Documents of all clients, the newest first.
    pub async fn all_invoices(
        &mut self,
        _: &ProviderScope,
        filter: &InvoiceFilter,
        limit: u32,
    ) -> Result<Vec<InvoiceRow>, StoreError> {
        let (at, id) = place(filter.before);
        self.list(
            "SELECT client_id, invoice_id, kind, state, label, period, from_us, until_us, currency,
                    net_minor, tax_minor, total_minor, corrects_id, made_us, reviewed_by, issued_us,
                    due_on, paid_on, paid_reference, version
             FROM invoice
             WHERE ($1 IS NULL OR state = $1) AND label_folded LIKE $2 ESCAPE '!'
               AND (made_us, invoice_id) < ($3, $4)
               AND ($6 IS NULL
                    OR due_on < $6 AND kind = 'invoice' AND state = 'issued')
             ORDER BY made_us DESC, invoice_id DESC LIMIT $5",
            args![
                filter.state,
                containing(&filter.search),
                at,
                id,
                page(limit),
                filter.due_before.clone()
            ],
        )
        .await
    }

    /// The billing periods of all clients that an invoice has, whatever its state, unless it was credited.
    pub async fn invoiced_periods(
        &mut self,
        _: &ProviderScope,
    ) -> Result<Vec<InvoicedPeriod>, StoreError> {
        self.list("SELECT client_id, claims FROM invoice WHERE claims IS NOT NULL", args![]).await
    }

    /// Documents of a client, the newest first.
    pub async fn invoices(
        &mut self,
        scope: &ClientScope,
        filter: &InvoiceFilter,
        limit: u32,
    ) -> Result<Vec<InvoiceRow>, StoreError> {
        let (at, id) = place(filter.before);
        self.of(scope).list(
            "SELECT client_id, invoice_id, kind, state, label, period, from_us, until_us, currency,
                    net_minor, tax_minor, total_minor, corrects_id, made_us, reviewed_by, issued_us,
                    due_on, paid_on, paid_reference, version
             FROM invoice
             WHERE client_id = $1 AND ($2 IS NULL OR state = $2)
               AND label_folded LIKE $3 ESCAPE '!' AND (issued_us IS NOT NULL OR NOT $4)
               AND (made_us, invoice_id) < ($5, $6)
               AND ($8 IS NULL
                    OR due_on < $8 AND kind = 'invoice' AND state = 'issued')
             ORDER BY made_us DESC, invoice_id DESC LIMIT $7",
            args![
                scope.client(),
                filter.state,
                containing(&filter.search),
                filter.issued_only,
                at,
                id,
                page(limit),
                filter.due_before.clone()
            ],
        )
        .await
    }

    /// One document of a client.
    pub async fn invoice(
        &mut self,
        scope: &ClientScope,
        id: InvoiceId,
    ) -> Result<Option<InvoiceRow>, StoreError> {
        self.of(scope).find(
            "SELECT client_id, invoice_id, kind, state, label, period, from_us, until_us, currency,
                    net_minor, tax_minor, total_minor, corrects_id, made_us, reviewed_by, issued_us,
                    due_on, paid_on, paid_reference, version
             FROM invoice WHERE client_id = $1 AND invoice_id = $2",
            args![scope.client(), id],
        )
        .await
    }

    /// The one invoice of a billing period that was not credited, whatever its state.
    pub async fn invoice_of_period(
        &mut self,
        scope: &ClientScope,
        period: &str,
    ) -> Result<Option<InvoiceRow>, StoreError> {
        self.of(scope).find(
            "SELECT client_id, invoice_id, kind, state, label, period, from_us, until_us, currency,
                    net_minor, tax_minor, total_minor, corrects_id, made_us, reviewed_by, issued_us,
                    due_on, paid_on, paid_reference, version
             FROM invoice WHERE client_id = $1 AND claims = $2",
            args![scope.client(), period],
        )
        .await
    }

    /// The bytes of a document.
    pub async fn invoice_bytes(
        &mut self,
        scope: &ClientScope,
        id: InvoiceId,
    ) -> Result<Option<InvoiceBytes>, StoreError> {
        self.of(scope).find(
            "SELECT document, lines, hash FROM invoice WHERE client_id = $1 AND invoice_id = $2",
            args![scope.client(), id],
        )
        .await
    }

    /// Credit notes of an invoice, the oldest first.
    pub async fn credit_notes(
        &mut self,
        scope: &ClientScope,
        id: InvoiceId,
    ) -> Result<Vec<InvoiceRow>, StoreError> {
        self.of(scope).list(
            "SELECT client_id, invoice_id, kind, state, label, period, from_us, until_us, currency,
                    net_minor, tax_minor, total_minor, corrects_id, made_us, reviewed_by, issued_us,
                    due_on, paid_on, paid_reference, version
             FROM invoice WHERE client_id = $1 AND corrects_id = $2 ORDER BY made_us, invoice_id",
            args![scope.client(), id],
        )
        .await
    }

    /// Contacts of a billing period that later invoices have.
    pub async fn late_contacts(
        &mut self,
        scope: &ClientScope,
        period: &str,
    ) -> Result<Vec<LateContact>, StoreError> {
        self.of(scope).list(
            "SELECT contact_id, invoice_id FROM invoice_late WHERE client_id = $1 AND period = $2",
            args![scope.client(), period],
        )
        .await
    }
}

impl Tx {
    /// Keeps how a client is billed, from the version it was read with (0 for the first time).
    pub async fn save_client_billing(
        &mut self,
        scope: &ClientScope,
        document: Value,
        version: u64,
    ) -> Result<(), StoreError> {
        let rows = if version == 0 {
            self.of(scope)
                .run(
                    "INSERT INTO client_billing (client_id, document, version) VALUES ($1, $2, 1)
                     ON CONFLICT (client_id) DO NOTHING",
                    args![scope.client(), document],
                )
                .await?
        } else {
            self.of(scope)
                .run(
                    "UPDATE client_billing SET document = $2, version = version + 1
                     WHERE client_id = $1 AND version = $3",
                    args![scope.client(), document, version],
                )
                .await?
        };
        changed(rows, "the billing details")
    }

    /// Keeps a new document that is not issued yet, with version 1. An invoice claims its billing
    /// period: a second one is a conflict of `invoice_client_id_claims`.
    pub async fn create_invoice(
        &mut self,
        scope: &ClientScope,
        row: &InvoiceRow,
        document: Vec<u8>,
        lines: Vec<u8>,
    ) -> Result<(), StoreError> {
        let claims = (row.kind == InvoiceKind::Invoice).then(|| row.period.clone());
        let row = row.clone();
        self.of(scope).run(
            "INSERT INTO invoice (client_id, invoice_id, kind, state, label, label_folded, period,
                 claims, from_us, until_us, currency, net_minor, tax_minor, total_minor, document,
                 lines, corrects_id, made_us, reviewed_by, paid_reference, version)
             VALUES ($1, $2, $3, $4, '', '', $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16,
                 $17, '', 1)",
            args![
                scope.client(),
                row.id,
                row.kind,
                row.state,
                row.period,
                claims,
                row.from,
                row.until,
                row.currency,
                row.net_minor,
                row.tax_minor,
                row.total_minor,
                document,
                lines,
                row.corrects,
                row.made,
                row.reviewed_by
            ],
        )
        .await
        .map(drop)
    }

    /// Makes a draft anew, or takes a reviewed one back to a draft. Refused as stale for what is issued.
    pub async fn remake_invoice(
        &mut self,
        scope: &ClientScope,
        row: &InvoiceRow,
        document: Vec<u8>,
        lines: Vec<u8>,
    ) -> Result<(), StoreError> {
        let rows = self
            .of(scope)
            .run(
                "UPDATE invoice SET state = $2, currency = $3, net_minor = $4, tax_minor = $5,
                     total_minor = $6, document = $7, lines = $8, made_us = $9, reviewed_by = NULL,
                     version = version + 1
                 WHERE client_id = $1 AND invoice_id = $10 AND version = $11 AND issued_us IS NULL",
                args![
                    scope.client(),
                    InvoiceState::Draft,
                    row.currency.clone(),
                    row.net_minor,
                    row.tax_minor,
                    row.total_minor,
                    document,
                    lines,
                    row.made,
                    row.id,
                    row.version
                ],
            )
            .await?;
        changed(rows, "the invoice")
    }

    /// Notes that somebody has read a draft.
    pub async fn review_invoice(
        &mut self,
        scope: &ClientScope,
        id: InvoiceId,
        version: u64,
        by: &str,
    ) -> Result<(), StoreError> {
        let rows = self
            .of(scope)
            .run(
                "UPDATE invoice SET state = $2, reviewed_by = $3, version = version + 1
                 WHERE client_id = $1 AND invoice_id = $4 AND version = $5 AND state = $6",
                args![scope.client(), InvoiceState::Reviewed, by, id, version, InvoiceState::Draft],
            )
            .await?;
        changed(rows, "the invoice")
    }

    /// Removes what is not issued. Refused as stale otherwise.
    pub async fn remove_invoice(
        &mut self,
        scope: &ClientScope,
        id: InvoiceId,
    ) -> Result<(), StoreError> {
        let rows = self
            .of(scope)
            .run(
                "DELETE FROM invoice WHERE client_id = $1 AND invoice_id = $2 AND issued_us IS NULL",
                args![scope.client(), id],
            )
            .await?;
        changed(rows, "the invoice")
    }

    /// The next number of a series, for what this transaction issues. Whoever else wants one waits
    /// until this transaction is over, and a number that was not used is given again.
    pub async fn next_invoice_number(
        &mut self,
        _: &ProviderScope,
        series: &str,
    ) -> Result<u64, StoreError> {
        self.run(
            "INSERT INTO invoice_series (series, last_number) VALUES ($1, 0)
             ON CONFLICT (series) DO NOTHING",
            args![series],
        )
        .await?;
        self.run(
            "UPDATE invoice_series SET last_number = last_number + 1 WHERE series = $1",
            args![series],
        )
        .await?;
        let row = self
            .one("SELECT last_number FROM invoice_series WHERE series = $1", args![series])
            .await?;
        row.ok_or_else(|| StoreError::corrupt("a series of invoices", "it is gone"))?
            .get("last_number")
    }

    /// Issues a document that was read: number, bytes and hash, never to change again. Refused as stale
    /// when somebody else was faster.
    pub async fn issue_invoice(
        &mut self,
        scope: &ClientScope,
        issue: Issue,
        late: &[(ContactId, String)],
    ) -> Result<(), StoreError> {
        let Issue { id, version, number: (series, number), label, at, due_on, document, hash } =
            issue;
        let rows = self
            .of(scope)
            .run(
                "UPDATE invoice SET state = $2, series = $3, number = $4, label = $5,
                     label_folded = $6, issued_us = $7, due_on = $8, document = $9, hash = $10,
                     version = version + 1
                 WHERE client_id = $1 AND invoice_id = $11 AND version = $12 AND state = $13",
                args![
                    scope.client(),
                    InvoiceState::Issued,
                    series,
                    number,
                    label.clone(),
                    fold(&label),
                    at,
                    due_on,
                    document,
                    hash,
                    id,
                    version,
                    InvoiceState::Reviewed
                ],
            )
            .await?;
        changed(rows, "the invoice")?;
        for (contact, period) in late {
            self.of(scope)
                .run(
                    "INSERT INTO invoice_late (client_id, contact_id, period, invoice_id)
                     VALUES ($1, $2, $3, $4)",
                    args![scope.client(), *contact, period.clone(), id],
                )
                .await?;
        }
        Ok(())
    }

    /// Notes that an issued invoice is paid.
    pub async fn pay_invoice(
        &mut self,
        scope: &ClientScope,
        id: InvoiceId,
        version: u64,
        paid_on: &str,
        reference: &str,
    ) -> Result<(), StoreError> {
        let rows = self
            .of(scope)
            .run(
                "UPDATE invoice SET state = $2, paid_on = $3, paid_reference = $4,
                     version = version + 1
                 WHERE client_id = $1 AND invoice_id = $5 AND version = $6 AND state = $7
                   AND kind = $8",
                args![
                    scope.client(),
                    InvoiceState::Paid,
                    paid_on,
                    reference,
                    id,
                    version,
                    InvoiceState::Issued,
                    InvoiceKind::Invoice
                ],
            )
            .await?;
        changed(rows, "the invoice")
    }

    /// Takes back that an invoice is paid: it is issued and open again.
    pub async fn unpay_invoice(
        &mut self,
        scope: &ClientScope,
        id: InvoiceId,
        version: u64,
    ) -> Result<(), StoreError> {
        let rows = self
            .of(scope)
            .run(
                "UPDATE invoice SET state = $2, paid_on = NULL, paid_reference = '',
                     version = version + 1
                 WHERE client_id = $1 AND invoice_id = $3 AND version = $4 AND state = $5",
                args![scope.client(), InvoiceState::Issued, id, version, InvoiceState::Paid],
            )
            .await?;
        changed(rows, "the invoice")
    }

    /// Notes that a credit note has given an invoice back; its billing period can be invoiced anew, and
    /// what it had of earlier ones is late again.
    pub async fn credit_invoice(
        &mut self,
        scope: &ClientScope,
        id: InvoiceId,
        version: u64,
    ) -> Result<(), StoreError> {
        let rows = self
            .of(scope)
            .run(
                "UPDATE invoice SET state = $2, claims = NULL, version = version + 1
                 WHERE client_id = $1 AND invoice_id = $3 AND version = $4 AND state IN ($5, $6)
                   AND kind = $7",
                args![
                    scope.client(),
                    InvoiceState::Credited,
                    id,
                    version,
                    InvoiceState::Issued,
                    InvoiceState::Paid,
                    InvoiceKind::Invoice
                ],
            )
            .await?;
        changed(rows, "the invoice")?;
        self.of(scope)
            .run(
                "DELETE FROM invoice_late WHERE client_id = $1 AND invoice_id = $2",
                args![scope.client(), id],
            )
            .await
            .map(drop)
    }

    /// Takes an invoice's turn for what depends on all its credit notes: raises its version from the
    /// one it was read with, and refuses as stale whoever comes second.
    pub async fn touch_invoice(
        &mut self,
        scope: &ClientScope,
        id: InvoiceId,
        version: u64,
    ) -> Result<(), StoreError> {
        let rows = self
            .of(scope)
            .run(
                "UPDATE invoice SET version = version + 1
                 WHERE client_id = $1 AND invoice_id = $2 AND version = $3",
                args![scope.client(), id, version],
            )
            .await?;
        changed(rows, "the invoice")
    }
}
