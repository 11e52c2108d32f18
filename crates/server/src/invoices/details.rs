//! The details that both sides are billed by.

use api::invoices::{BuyerTerms, PartyTerms, SellerTerms, UntaxedChoice};
use axum::extract::State;
use domain::{
    ClientId, Language,
    party::{Buyer, Party, PartyError, Seller, Untaxed},
};
use store::records::{ClientScope, ProviderScope, Setting};
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use super::mail;
use crate::{
    App,
    admin::{Faults, clients},
    http::{
        audit::{Told, Trail},
        error::{ApiError, Result},
        extract::{Json, Path},
    },
};

/// Key of the provider's details among its settings.
const KEY: &str = "billing_details";

/// A year: whoever is paid later has lent.
const DAYS_MAX: u16 = 365;

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(provider, change_provider))
        .routes(routes!(client, change_client))
}

/// How the provider bills.
#[utoipa::path(get, path = "/api/v1/billing-details", operation_id = "billing_details_get", tag = "invoices", responses((status = 200, description = "Done", body = SellerTerms)))]
pub async fn provider(State(app): State<App>) -> Result<Json<SellerTerms>> {
    let (seller, version) = seller(&app).await?;
    Ok(Json(seller_terms(&seller, version)))
}

/// Changes how the provider bills, from now on: what is issued stays.
#[utoipa::path(put, path = "/api/v1/billing-details", operation_id = "billing_details_change", tag = "invoices", request_body = SellerTerms, responses((status = 200, description = "Done", body = SellerTerms)))]
pub async fn change_provider(
    State(app): State<App>,
    trail: Trail,
    Json(body): Json<SellerTerms>,
) -> Result<Json<SellerTerms>> {
    let mut faults = Faults::default();
    let series = |field: &str, text: &str, faults: &mut Faults| {
        let text = text.trim().to_uppercase();
        let sound = (1..=16).contains(&text.len())
            && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
            && !text.ends_with('-');
        if !sound {
            faults.add(
                field,
                "series",
                domain::words!("`{}` is no series.", text.chars().take(32).collect::<String>()),
                "Give 1 to 16 letters, digits and hyphens, such as INV or INV-2027.",
            );
        }
        text
    };
    let after = Seller {
        party: party(&mut faults, &body.party),
        iban: read(&mut faults, "iban", &body.iban),
        bic: read(&mut faults, "bic", &body.bic),
        payment_days: body.payment_days,
        series: series("series", &body.series, &mut faults),
        credit_series: series("credit_series", &body.credit_series, &mut faults),
        footer: faults.text("footer", &body.footer, 0, 500),
    };
    faults.range("payment_days", body.payment_days, 0, DAYS_MAX);
    if after.series == after.credit_series {
        faults.add(
            "credit_series",
            "series_alike",
            "Invoices and credit notes would share a series.",
            "Give credit notes a series of their own, such as CN.",
        );
    }
    faults.none("billing details")?;
    let (before, _) = seller(&app).await?;
    let shown = seller_terms(&after, body.version + 1);
    let entry = trail
        .entry("billing_details.changed", "billing_details", Uuid::nil())
        .changed(&seller_terms(&before, body.version), &shown);
    let value = serde_json::to_value(&after).map_err(|error| ApiError::internal(&error))?;
    let setting = Setting { key: KEY.to_owned(), value, version: body.version };
    app.store
        .tx(move |tx| {
            Box::pin(async move {
                tx.save_setting(&ProviderScope::granted(), &setting).await?;
                tx.audit(&entry).await
            })
        })
        .await?;
    Ok(Json(shown))
}

/// How a client is billed.
#[utoipa::path(get, path = "/api/v1/clients/{client}/billing-details", operation_id = "client_billing_details_get", tag = "invoices", params(("client" = Uuid, Path)), responses((status = 200, description = "Done", body = BuyerTerms)))]
pub async fn client(State(app): State<App>, Path(client): Path<Uuid>) -> Result<Json<BuyerTerms>> {
    let client = clients::find(&app, client).await?.id;
    let (buyer, version) = buyer(&app, client).await?;
    Ok(Json(buyer_terms(&buyer, version)))
}

/// Changes how a client is billed, from now on: what is issued stays.
#[utoipa::path(put, path = "/api/v1/clients/{client}/billing-details", operation_id = "client_billing_details_change", tag = "invoices", params(("client" = Uuid, Path)), request_body = BuyerTerms, responses((status = 200, description = "Done", body = BuyerTerms)))]
pub async fn change_client(
    State(app): State<App>,
    trail: Trail,
    Path(client): Path<Uuid>,
    Json(body): Json<BuyerTerms>,
) -> Result<Json<BuyerTerms>> {
    let client = clients::find(&app, client).await?.id;
    let mut faults = Faults::default();
    let language = match body.language.parse::<Language>() {
        Ok(language) if [Language::EN, Language::FR, Language::RU].contains(&language) => language,
        _ => {
            faults.add(
                "language",
                "invoice_language",
                "Invoices are not written in this language.",
                "Choose en, fr or ru.",
            );
            Language::EN
        }
    };
    if let Some(days) = body.payment_days {
        faults.range("payment_days", days, 0, DAYS_MAX);
    }
    let after = Buyer {
        party: party(&mut faults, &body.party),
        language,
        payment_days: body.payment_days,
        reference: faults.text("reference", &body.reference, 0, 80),
        untaxed: body.untaxed.map(|why| match why {
            UntaxedChoice::ReverseCharge => Untaxed::ReverseCharge,
            UntaxedChoice::Exempt => Untaxed::Exempt,
            UntaxedChoice::OutOfScope => Untaxed::OutOfScope,
        }),
        contacts: mail::addresses(&mut faults, "contacts", &body.contacts),
        mail_on_issue: body.mail_on_issue,
    };
    if after.mail_on_issue && body.contacts.is_empty() && body.party.email.trim().is_empty() {
        faults.add(
            "contacts",
            "nobody_to_mail",
            "Invoices are to be mailed, but there is nobody to mail them to.",
            "Give the address of a billing contact.",
        );
    }
    faults.none("billing details")?;
    let (before, _) = buyer(&app, client).await?;
    let shown = buyer_terms(&after, body.version + 1);
    let entry = trail
        .entry("billing_details.changed", "billing_details", client.uuid())
        .of_client(client)
        .changed(&buyer_terms(&before, body.version), &shown);
    let value = serde_json::to_value(&after).map_err(|error| ApiError::internal(&error))?;
    app.store
        .tx(move |tx| {
            Box::pin(async move {
                tx.save_client_billing(&ClientScope::of(client), value, body.version).await?;
                tx.audit(&entry).await
            })
        })
        .await?;
    Ok(Json(shown))
}

/// The provider, as it bills, with its version; 0 when nothing was ever written.
pub(super) async fn seller(app: &App) -> Result<(Seller, u64)> {
    let found = app.store.view().setting(&ProviderScope::granted(), KEY).await?;
    let Some(found) = found else { return Ok((Seller::default(), 0)) };
    let seller = serde_json::from_value(found.value).map_err(|error| ApiError::internal(&error))?;
    Ok((seller, found.version))
}

/// A client, as it is billed, with its version.
pub(super) async fn buyer(app: &App, client: ClientId) -> Result<(Buyer, u64)> {
    let found = app.store.view().client_billing(&ClientScope::of(client)).await?;
    let Some(found) = found else { return Ok((Buyer::default(), 0)) };
    let buyer =
        serde_json::from_value(found.document).map_err(|error| ApiError::internal(&error))?;
    Ok((buyer, found.version))
}

/// What was given, or nothing for an empty text.
fn read<T: std::str::FromStr<Err = PartyError>>(
    faults: &mut Faults,
    field: &str,
    text: &str,
) -> Option<T> {
    if text.trim().is_empty() {
        return None;
    }
    match text.trim().parse() {
        Ok(read) => Some(read),
        Err(error) => {
            let text: String = text.chars().take(64).collect();
            let message = domain::words!("`{}` cannot be right: {}.", text, error);
            faults.add(field, "identifier", message, "Copy it from the document that has it.");
            None
        }
    }
}

fn party(faults: &mut Faults, terms: &PartyTerms) -> Party {
    let email = terms.email.trim();
    let parsed = (!email.is_empty()).then(|| email.parse());
    if let Some(Err(error)) = &parsed {
        let error: &domain::EmailAddressError = error;
        faults.add(
            "party.email",
            "invoice_email",
            domain::words!("{}.", error),
            "Give an address such as billing@example.org.",
        );
    }
    Party {
        legal_name: faults.text("party.legal_name", &terms.legal_name, 0, 120),
        street: faults.text("party.street", &terms.street, 0, 120),
        postcode: faults.text("party.postcode", &terms.postcode, 0, 16),
        city: faults.text("party.city", &terms.city, 0, 80),
        country: read(faults, "party.country", &terms.country),
        vat: read(faults, "party.vat", &terms.vat),
        registration: faults.text("party.registration", &terms.registration, 0, 40),
        email: parsed.and_then(std::result::Result::ok),
    }
}

fn party_terms(party: &Party) -> PartyTerms {
    super::view::party(&billing::invoice::Identity::from(party))
}

fn seller_terms(seller: &Seller, version: u64) -> SellerTerms {
    SellerTerms {
        party: party_terms(&seller.party),
        iban: seller.iban.as_ref().map(domain::party::Iban::printed).unwrap_or_default(),
        bic: seller.bic.as_ref().map(ToString::to_string).unwrap_or_default(),
        payment_days: seller.payment_days,
        series: seller.series.clone(),
        credit_series: seller.credit_series.clone(),
        footer: seller.footer.clone(),
        version,
    }
}

fn buyer_terms(buyer: &Buyer, version: u64) -> BuyerTerms {
    BuyerTerms {
        party: party_terms(&buyer.party),
        language: buyer.language.code().to_owned(),
        payment_days: buyer.payment_days,
        reference: buyer.reference.clone(),
        untaxed: buyer.untaxed.map(|why| match why {
            Untaxed::ReverseCharge => UntaxedChoice::ReverseCharge,
            Untaxed::Exempt => UntaxedChoice::Exempt,
            Untaxed::OutOfScope => UntaxedChoice::OutOfScope,
        }),
        contacts: buyer.contacts.iter().map(|contact| contact.as_str().to_owned()).collect(),
        mail_on_issue: buyer.mail_on_issue,
        version,
    }
}
