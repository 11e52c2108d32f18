//! An invoice as a file: PDF with the structured invoice within, that by itself, and lines as a table.

use axum::{
    extract::State,
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};
use billing::invoice::Invoice;
use store::records::InvoiceRow;
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use super::{find, make};
use crate::{
    App,
    http::{
        error::{ApiError, Result},
        extract::Path,
        session::Caller,
    },
};

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(pdf)).routes(routes!(xml)).routes(routes!(csv))
}

/// The document as PDF/A-3 in the client's language, with the structured invoice within (Factur-X).
#[utoipa::path(get, path = "/api/v1/clients/{client}/invoices/{invoice}/pdf", operation_id = "invoices_pdf", tag = "invoices", params(("client" = Uuid, Path), ("invoice" = Uuid, Path)), responses((status = 200, description = "Done", body = Vec<u8>, content_type = "application/pdf")))]
pub async fn pdf(
    State(app): State<App>,
    caller: Caller,
    Path((client, invoice)): Path<(Uuid, Uuid)>,
) -> Result<Response> {
    let row = issued(find(&app, &caller, client, invoice).await?)?;
    let kept = make::kept(&app, &row).await?;
    let made = pdf_of(kept.invoice).await?;
    Ok(file(made, "application/pdf", &row, "pdf"))
}

/// The structured invoice (EN 16931, CII).
#[utoipa::path(get, path = "/api/v1/clients/{client}/invoices/{invoice}/xml", operation_id = "invoices_xml", tag = "invoices", params(("client" = Uuid, Path), ("invoice" = Uuid, Path)), responses((status = 200, description = "Done", body = String, content_type = "application/xml")))]
pub async fn xml(
    State(app): State<App>,
    caller: Caller,
    Path((client, invoice)): Path<(Uuid, Uuid)>,
) -> Result<Response> {
    let row = issued(find(&app, &caller, client, invoice).await?)?;
    let kept = make::kept(&app, &row).await?;
    let made = documents::cii(&kept.invoice).map_err(|error| ApiError::internal(&error))?;
    Ok(file(made.into_bytes(), "application/xml", &row, "xml"))
}

/// All lines as a table.
#[utoipa::path(get, path = "/api/v1/clients/{client}/invoices/{invoice}/csv", operation_id = "invoices_csv", tag = "invoices", params(("client" = Uuid, Path), ("invoice" = Uuid, Path)), responses((status = 200, description = "Done", body = String, content_type = "text/csv")))]
pub async fn csv(
    State(app): State<App>,
    caller: Caller,
    Path((client, invoice)): Path<(Uuid, Uuid)>,
) -> Result<Response> {
    let row = find(&app, &caller, client, invoice).await?;
    let kept = make::kept(&app, &row).await?;
    let made = documents::csv(&kept.invoice, &kept.lines);
    Ok(file(made.into_bytes(), "text/csv; charset=utf-8", &row, "csv"))
}

/// The PDF of an issued document.
pub(super) async fn pdf_of(invoice: Invoice) -> Result<Vec<u8>> {
    // Fonts and compression take some milliseconds: not on the threads of the sockets.
    let made = tokio::task::spawn_blocking(move || documents::pdf(&invoice)).await;
    let made = made.map_err(|error| ApiError::internal(&error))?;
    made.map_err(|error| ApiError::internal(&error))
}

pub(super) fn issued(row: InvoiceRow) -> Result<InvoiceRow> {
    match row.issued {
        Some(_) => Ok(row),
        None => Err(ApiError::conflict(
            "invoice_unissued",
            "It is not issued yet, so there is no document.",
            "Issue it first; until then, read it on the screen.",
        )),
    }
}

fn file(bytes: Vec<u8>, kind: &'static str, row: &InvoiceRow, ending: &str) -> Response {
    let name = if row.label.is_empty() { &row.period } else { &row.label };
    let mut response = bytes.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    // Series and periods are letters, digits and hyphens.
    let disposition = format!("attachment; filename=\"{name}.{ending}\"");
    if let Ok(value) = HeaderValue::from_str(&disposition) {
        headers.insert(header::CONTENT_DISPOSITION, value);
    }
    response
}
