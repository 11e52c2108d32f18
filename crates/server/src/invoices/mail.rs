//! An invoice as a mail to the client's billing contacts: when it is issued, where the client wants it, or
//! by hand.

use api::invoices::{InvoiceMail, InvoiceView, MailInvoice};
use axum::extract::State;
use billing::invoice::Invoice;
use domain::{ClientId, EmailAddress, InvoiceId, Language, Timestamp, party::Buyer};
use store::{
    StoreError, Tx,
    records::{ClientScope, InvoiceRow, Mail, MailKind, MailState, QueuedMail},
};
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use super::{details, files, find, make, view};
use crate::{
    App,
    admin::Faults,
    http::{
        audit::{Told, Trail},
        error::{ApiError, Result},
        extract::{Json, Path},
        session::Caller,
    },
    mail::{self, Attached, Letter, Order},
};

/// More addresses than an invoice goes to.
const CONTACTS_MAX: usize = 10;

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(send))
}

/// Mails an issued document, as PDF with its lines as a table, in the client's language.
#[utoipa::path(post, path = "/api/v1/clients/{client}/invoices/{invoice}/mail", operation_id = "invoices_mail", tag = "invoices", params(("client" = Uuid, Path), ("invoice" = Uuid, Path)), request_body = MailInvoice, responses((status = 200, description = "Done", body = InvoiceView)))]
pub async fn send(
    State(app): State<App>,
    caller: Caller,
    trail: Trail,
    Path((client, invoice)): Path<(Uuid, Uuid)>,
    Json(body): Json<MailInvoice>,
) -> Result<Json<InvoiceView>> {
    let row = files::issued(find(&app, &caller, client, invoice).await?)?;
    app.mail.needed()?;
    if row.version != body.version {
        return Err(StoreError::Stale { what: "the invoice" }.into());
    }
    let mut faults = Faults::default();
    let mut to = addresses(&mut faults, "to", &body.to);
    faults.none("mail")?;
    if to.is_empty() {
        to = details::buyer(&app, row.client).await?.0.mailed_to();
    }
    if to.is_empty() {
        return Err(ApiError::fault(
            "mail",
            "to",
            "nobody_to_mail",
            "The client has no billing contact.",
            "Give an address, or name the contacts in the client's billing details.",
        ));
    }
    let document = make::kept(&app, &row).await?.invoice;
    let scope = ClientScope::of(row.client);
    let (id, at) = (row.id, trail.at());
    let sending = Sending { to, by: trail.name().to_owned() };
    let entry = trail
        .entry("invoice.mailed", "invoice", id.uuid())
        .of_client(row.client)
        .changed(&(), &serde_json::json!({ "number": row.label, "addresses": sending.to.len() }));
    let queued = app
        .store
        .tx(move |tx| {
            Box::pin(async move {
                let queued = sending.queue(tx, &scope, id, &document, at).await?;
                if queued.contains(&QueuedMail::New) {
                    tx.audit(&entry).await?;
                }
                Ok::<_, StoreError>(queued)
            })
        })
        .await?;
    if queued.iter().all(|one| *one == QueuedMail::Before) {
        return Err(ApiError::conflict(
            "mail_waiting",
            "This invoice already waits to be sent to these addresses.",
            "Look at the screen Mail, where it can be sent at once.",
        ));
    }
    for one in queued {
        mail::full(one)?;
    }
    app.mail.queued();
    view::shown(&app, &caller, row).await.map(Json)
}

/// Whom a client wants its documents to be mailed to, and in which language it reads them.
pub(crate) async fn billing_contacts(
    app: &App,
    client: ClientId,
) -> Result<(Vec<EmailAddress>, Language)> {
    let (buyer, _) = details::buyer(app, client).await?;
    Ok((buyer.mailed_to(), buyer.language))
}

/// Addresses of a document, each once; what is wrong with them goes to `faults`.
pub(super) fn addresses(faults: &mut Faults, field: &str, texts: &[String]) -> Vec<EmailAddress> {
    mail::addresses(faults, field, texts, CONTACTS_MAX)
}

/// To whom a document is mailed.
pub(super) struct Sending {
    to: Vec<EmailAddress>,
    by: String,
}

impl Sending {
    /// Whom the client wants its documents to be mailed to when they are issued.
    pub(super) fn on_issue(app: &App, buyer: &Buyer, by: &str) -> Self {
        let wanted = buyer.mail_on_issue && app.mail.is_on();
        let to = if wanted { buyer.mailed_to() } else { Vec::new() };
        Self { to, by: by.to_owned() }
    }

    /// Queues one mail for each address that none waits for already.
    pub(super) async fn queue(
        self,
        tx: &mut Tx,
        scope: &ClientScope,
        id: InvoiceId,
        document: &Invoice,
        at: Timestamp,
    ) -> Result<Vec<QueuedMail>, StoreError> {
        if self.to.is_empty() {
            return Ok(Vec::new());
        }
        let subject = documents::letter(document).map(|letter| letter.subject);
        let subject = subject.map_err(|error| StoreError::Corrupt {
            what: "an issued invoice".into(),
            why: error.to_string(),
        })?;
        let before = tx.mails_about(scope, id.uuid()).await?;
        let mut queued = Vec::new();
        for to in self.to {
            let ended = |mail: &&Mail| mail.recipient == to && mail.state != MailState::Queued;
            // Two clicks at once make one mail; one that was sent can be sent once more.
            let count = before.iter().filter(ended).count();
            let order = Order {
                client: Some(scope.client()),
                kind: MailKind::Invoice,
                about: Some(id.uuid()),
                document: serde_json::Value::Null,
                once: format!("invoice:{id}:{}:{count}", to.as_str()),
                to,
                language: document.language.parse().unwrap_or(Language::EN),
                subject: subject.clone(),
                by: self.by.clone(),
                at,
            };
            queued.push(order.queue(tx).await?);
        }
        Ok(queued)
    }
}

/// What became of the mails of a document.
pub(super) async fn of(app: &App, caller: &Caller, row: &InvoiceRow) -> Result<Vec<InvoiceMail>> {
    let found = app.store.view().mails_about(&ClientScope::of(row.client), row.id.uuid()).await?;
    let told = |mail: &&Mail| !caller.role.is_client() || mail.state == MailState::Sent;
    let mails = found.iter().filter(told).map(|mail| InvoiceMail {
        to: mail.recipient.as_str().to_owned(),
        state: mail::state(mail.state),
        at: mail.ended.unwrap_or(mail.queued).to_string(),
        error: mail.error.clone(),
    });
    Ok(mails.collect())
}

/// The letter of an invoice's mail, with its files as they are downloaded.
pub(crate) async fn letter(app: &App, mail: &Mail) -> Result<Letter> {
    let (Some(client), Some(about)) = (mail.client, mail.about) else {
        return Err(ApiError::not_found("invoice"));
    };
    let found =
        app.store.view().invoice(&ClientScope::of(client), InvoiceId::from_uuid(about)).await?;
    let row = files::issued(found.ok_or_else(|| ApiError::not_found("invoice"))?)?;
    let kept = make::kept(app, &row).await?;
    let said = documents::letter(&kept.invoice).map_err(|error| ApiError::internal(&error))?;
    let name = |ending: &str| format!("{}.{ending}", row.label);
    let mut attached = Vec::new();
    if !kept.lines.0.is_empty() {
        let bytes = documents::csv(&kept.invoice, &kept.lines).into_bytes();
        attached.push(Attached { name: name("csv"), kind: "text/csv; charset=utf-8", bytes });
    }
    let bytes = files::pdf_of(kept.invoice).await?;
    attached.insert(0, Attached { name: name("pdf"), kind: "application/pdf", bytes });
    Ok(Letter { text: said.text, files: attached })
}
