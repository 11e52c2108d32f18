//! Invoices: from the statement of a billing period that is over to a document with a number, which is
//! paid or credited and never changes. A client's manager reads what was issued to their own client.

mod details;
mod disputes;
mod files;
mod mail;
mod make;
mod run;
mod steps;
mod view;

pub(crate) use mail::{billing_contacts, letter};
pub(crate) use make::frozen;

use api::{
    admin::Page,
    invoices::{InvoiceCompared, InvoiceLine, InvoiceSummary, InvoiceView},
};
use axum::extract::State;
use domain::{ClientId, InvoiceId, Timestamp};
use serde::Deserialize;
use store::records::{ClientScope, InvoiceFilter, InvoiceRow, InvoiceState, ProviderScope};
use utoipa::IntoParams;
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use crate::{
    App,
    http::{
        error::{ApiError, Result},
        extract::{Json, Path, Query},
        paging::{after, after_at, cursor, cursor_at, limit},
        session::Caller,
    },
};

/// The endpoints.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(all))
        .routes(routes!(list, steps::create))
        .routes(routes!(get, steps::remove))
        .routes(routes!(lines))
        .routes(routes!(compare))
        .merge(steps::routes())
        .merge(run::routes())
        .merge(details::routes())
        .merge(files::routes())
        .merge(mail::routes())
        .merge(disputes::routes())
}

/// Which documents.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub struct InvoicesQuery {
    /// In this state: `draft`, `reviewed`, `issued`, `paid` or `credited`; or `overdue`, those that were to be
    /// paid by now.
    state: Option<String>,
    /// Signs of the number.
    q: Option<String>,
    /// From a page's `next`.
    cursor: Option<String>,
    /// Rows at most, 1 to 500; 100 when absent.
    limit: Option<u32>,
}

impl InvoicesQuery {
    fn filter(&self, caller: &Caller, now: Timestamp) -> Result<InvoiceFilter> {
        let asked = self.state.as_deref().unwrap_or_default();
        let state = match asked {
            "" | "overdue" => None,
            "draft" => Some(InvoiceState::Draft),
            "reviewed" => Some(InvoiceState::Reviewed),
            "issued" => Some(InvoiceState::Issued),
            "paid" => Some(InvoiceState::Paid),
            "credited" => Some(InvoiceState::Credited),
            other => {
                let other: String = other.chars().take(32).collect();
                return Err(ApiError::malformed(
                    domain::words!("`{}` is no state of an invoice.", other),
                    "Ask for draft, reviewed, issued, paid, credited or overdue.",
                ));
            }
        };
        Ok(InvoiceFilter {
            state,
            due_before: (asked == "overdue").then(|| view::today(now)),
            search: self.q.as_deref().unwrap_or_default().trim().to_owned(),
            issued_only: caller.role.is_client(),
            before: after_at(self.cursor.as_deref())?,
        })
    }
}

/// Documents of all clients, the newest first.
#[utoipa::path(get, path = "/api/v1/invoices", operation_id = "invoices_all", tag = "invoices", params(InvoicesQuery), responses((status = 200, description = "Done", body = Page<InvoiceSummary>)))]
pub async fn all(
    State(app): State<App>,
    caller: Caller,
    Query(query): Query<InvoicesQuery>,
) -> Result<Json<Page<InvoiceSummary>>> {
    let (filter, limit) = (query.filter(&caller, app.clock.now())?, limit(query.limit));
    let found = app.store.view().all_invoices(&ProviderScope::granted(), &filter, limit).await?;
    page(&app, &caller, found, limit).await
}

/// Documents of a client, the newest first; for the client's people those that were issued.
#[utoipa::path(get, path = "/api/v1/clients/{client}/invoices", operation_id = "invoices_list", tag = "invoices", params(("client" = Uuid, Path), InvoicesQuery), responses((status = 200, description = "Done", body = Page<InvoiceSummary>)))]
pub async fn list(
    State(app): State<App>,
    caller: Caller,
    Path(client): Path<Uuid>,
    Query(query): Query<InvoicesQuery>,
) -> Result<Json<Page<InvoiceSummary>>> {
    let (filter, limit) = (query.filter(&caller, app.clock.now())?, limit(query.limit));
    let scope = ClientScope::of(ClientId::from_uuid(client));
    let found = app.store.view().invoices(&scope, &filter, limit).await?;
    page(&app, &caller, found, limit).await
}

async fn page(
    app: &App,
    caller: &Caller,
    found: Vec<InvoiceRow>,
    limit: u32,
) -> Result<Json<Page<InvoiceSummary>>> {
    let full = found.len() >= limit as usize;
    let next = found.last().filter(|_| full);
    let next = next.map(|last| cursor_at(last.made, last.id));
    let names = view::Clients::of(app, &found).await?;
    let today = app.clock.now();
    let items = found.iter().map(|row| view::summary(row, &names, caller, today)).collect();
    Ok(Json(Page { items, next }))
}

/// One document, with all that is printed.
#[utoipa::path(get, path = "/api/v1/clients/{client}/invoices/{invoice}", operation_id = "invoices_get", tag = "invoices", params(("client" = Uuid, Path), ("invoice" = Uuid, Path)), responses((status = 200, description = "Done", body = InvoiceView)))]
pub async fn get(
    State(app): State<App>,
    caller: Caller,
    Path((client, invoice)): Path<(Uuid, Uuid)>,
) -> Result<Json<InvoiceView>> {
    let row = find(&app, &caller, client, invoice).await?;
    view::shown(&app, &caller, row).await.map(Json)
}

/// Which lines of an invoice.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub struct InvoiceLinesQuery {
    /// Only lines that are billed (`true`), or only those that are not (`false`).
    billed: Option<bool>,
    /// From a page's `next`.
    cursor: Option<String>,
    /// Lines at most, 1 to 500; 100 when absent.
    limit: Option<u32>,
}

/// Lines of an invoice as they were billed, by the beginning of their contacts.
#[utoipa::path(get, path = "/api/v1/clients/{client}/invoices/{invoice}/lines", operation_id = "invoices_lines", tag = "invoices", params(("client" = Uuid, Path), ("invoice" = Uuid, Path), InvoiceLinesQuery), responses((status = 200, description = "Done", body = Page<InvoiceLine>)))]
pub async fn lines(
    State(app): State<App>,
    caller: Caller,
    Path((client, invoice)): Path<(Uuid, Uuid)>,
    Query(query): Query<InvoiceLinesQuery>,
) -> Result<Json<Page<InvoiceLine>>> {
    let row = find(&app, &caller, client, invoice).await?;
    let scope = ClientScope::of(row.client);
    let all = make::kept(&app, &row).await?.lines.0;
    let disputes = app.store.view().disputes(&scope, Some(row.id)).await?;
    // What is issued does not change, so a place is a number.
    let first = after::<usize>(query.cursor.as_deref())?.unwrap_or_default();
    let asked = |line: &&billing::invoice::BilledLine| {
        query.billed.is_none_or(|billed| billed == line.charge.is_some())
    };
    let limit = limit(query.limit) as usize;
    let mut rest = all.iter().filter(asked).skip(first);
    let items: Vec<_> = rest.by_ref().take(limit).map(|line| view::line(line, &disputes)).collect();
    let next = rest.next().map(|_| cursor(&(first + limit).to_string()));
    Ok(Json(Page { items, next }))
}

/// What an invoice says, beside what rating its contacts gives today.
#[utoipa::path(get, path = "/api/v1/clients/{client}/invoices/{invoice}/compare", operation_id = "invoices_compare", tag = "invoices", params(("client" = Uuid, Path), ("invoice" = Uuid, Path)), responses((status = 200, description = "Done", body = InvoiceCompared)))]
pub async fn compare(
    State(app): State<App>,
    caller: Caller,
    Path((client, invoice)): Path<(Uuid, Uuid)>,
) -> Result<Json<InvoiceCompared>> {
    let row = find(&app, &caller, client, invoice).await?;
    make::compared(&app, &row).await.map(Json)
}

/// The document, or 404; for a client's people what is not issued is not there.
async fn find(app: &App, caller: &Caller, client: Uuid, invoice: Uuid) -> Result<InvoiceRow> {
    let scope = ClientScope::of(ClientId::from_uuid(client));
    let found = app.store.view().invoice(&scope, InvoiceId::from_uuid(invoice)).await?;
    let seen = found.filter(|row| row.issued.is_some() || !caller.role.is_client());
    seen.ok_or_else(|| ApiError::not_found("invoice"))
}
