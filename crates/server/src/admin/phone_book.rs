//! A client's phone book: whom its customers may be passed on to, outside.

use std::collections::BTreeMap;

use api::voice::{PhoneBookEntry, PhoneBookView};
use axum::extract::State;
use domain::ClientId;
use serde_json::json;
use store::records::{ClientScope, PhoneBook, ProviderScope};
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use super::{Faults, clients, control};
use crate::{
    App,
    http::{
        access::{self, Who},
        audit::{Told, Trail},
        error::{ApiError, Result},
        extract::{Json, Path},
        session::Caller,
    },
    voice,
};

/// Entries of one book: a longer one is a directory, which nobody reads during a call.
pub const ENTRIES_MAX: usize = 500;

/// The endpoints.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(read, save))
}

/// A client's phone book, by name.
#[utoipa::path(get, path = "/api/v1/clients/{client}/phone-book", operation_id = "phone_book", tag = "telephony", params(("client" = Uuid, Path)), responses((status = 200, description = "By name", body = PhoneBookView)))]
pub async fn read(
    State(app): State<App>,
    caller: Caller,
    Path(client): Path<Uuid>,
) -> Result<Json<PhoneBookView>> {
    let client = clients::find(&app, client).await?;
    let book = of_client(&app, client.id).await?;
    let writes = access::rule("PUT", "/api/v1/clients/{client}/phone-book")
        .is_some_and(|rule| matches!(rule.who, Who::Roles(roles) if roles.contains(&caller.role)));
    let may_change = writes && control::own_words(&app, &caller, client.id).await.is_ok();
    Ok(Json(PhoneBookView { may_change, ..book }))
}

/// Writes a client's phone book anew. The client's manager does so where every period is under the
/// client's control.
#[utoipa::path(put, path = "/api/v1/clients/{client}/phone-book", operation_id = "phone_book_save", tag = "telephony", params(("client" = Uuid, Path)), request_body = PhoneBookView, responses((status = 200, description = "Done", body = PhoneBookView)))]
pub async fn save(
    State(app): State<App>,
    caller: Caller,
    trail: Trail,
    Path(client): Path<Uuid>,
    Json(body): Json<PhoneBookView>,
) -> Result<Json<PhoneBookView>> {
    let client = clients::find(&app, client).await?;
    control::own_words(&app, &caller, client.id).await?;
    let entries = checked(&app, &body.entries)?;
    let before = of_client(&app, client.id).await?;
    let entry = trail
        .entry("phone_book.changed", "client", client.id.uuid())
        .of_client(client.id)
        .changed(&before.entries, &entries);
    let (scope, document, version) = (ClientScope::of(client.id), json!(entries), body.version);
    app.store
        .tx(move |tx| {
            Box::pin(async move {
                tx.save_phone_book(&scope, &document, version).await?;
                tx.audit(&entry).await
            })
        })
        .await?;
    Ok(Json(PhoneBookView { may_change: true, ..of_client(&app, client.id).await? }))
}

/// The book as it is kept.
pub async fn of_client(app: &App, client: ClientId) -> Result<PhoneBookView> {
    let kept = app.store.view().phone_book(&ClientScope::of(client)).await?;
    let Some(kept) = kept else { return Ok(PhoneBookView::default()) };
    let (entries, version) = entries(kept)?;
    Ok(PhoneBookView { entries, may_change: false, version })
}

/// The books of all clients that have one, with their versions.
pub async fn of_all(app: &App) -> Result<BTreeMap<ClientId, (Vec<PhoneBookEntry>, u64)>> {
    let kept = app.store.view().phone_books(&ProviderScope::granted()).await?;
    kept.into_iter().map(|book| Ok((book.client, entries(book)?))).collect()
}

fn entries(kept: PhoneBook) -> Result<(Vec<PhoneBookEntry>, u64)> {
    let entries =
        serde_json::from_value(kept.document).map_err(|error| ApiError::internal(&error))?;
    Ok((entries, kept.version))
}

/// Names and numbers in their form, by name. All faults at once.
fn checked(app: &App, entries: &[PhoneBookEntry]) -> Result<Vec<PhoneBookEntry>> {
    let mut faults = Faults::default();
    if entries.len() > ENTRIES_MAX {
        faults.add(
            "entries",
            "phone_book_full",
            "A phone book holds 500 entries.",
            "Remove those that nobody is passed on to.",
        );
    }
    let mut checked: Vec<PhoneBookEntry> = entries
        .iter()
        .enumerate()
        .map(|(i, entry)| {
            let at = format!("entries[{i}]");
            let name = faults.name(&format!("{at}.name"), &entry.name);
            let note = faults.text(&format!("{at}.note"), &entry.note, 0, 200);
            let number = match voice::in_e164(app.voice.as_ref(), &entry.number) {
                Ok(number) => number.as_str().to_owned(),
                Err(_) => {
                    faults.add(
                        &format!("{at}.number"),
                        "phone_number",
                        "This is no telephone number that can be called.",
                        "Write it with its country code, such as +33142345678.",
                    );
                    String::new()
                }
            };
            PhoneBookEntry { name, number, note }
        })
        .collect();
    faults.none("phone book")?;
    checked.sort_by_cached_key(|entry| (store::records::fold(&entry.name), entry.number.clone()));
    Ok(checked)
}
