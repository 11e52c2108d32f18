//! Who is on call at a client: changed by the client's manager and the provider's people, and shown at
//! once to the agents who have one of the client's contacts.

use std::collections::BTreeMap;

use api::admin::on_call::{
    ChangeOnCall, OnCallEntryView, OnCallNowView, OnCallPersonView, OnCallTerms, OnCallView,
};
use axum::extract::State;
use domain::{
    ClientId, ContactId, EmailAddress, OnCallPersonId, PhoneNumber, Timestamp,
    on_call::{OnCallEntry, OnCallList, OnCallPerson},
};
use store::records::{Client, ClientDocument, ClientDocumentKind, ClientScope, ProviderScope};
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use super::{Faults, clients};
use crate::{
    App, desk,
    http::{
        audit::{Told, Trail},
        error::{ApiError, Result},
        extract::{Json, Path},
        session::{Caller, instant},
    },
};

/// Longest note, in characters.
pub const NOTE_MAX: usize = 400;

/// The endpoints.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(get, change)).routes(routes!(at_desk))
}

/// Who is on call at a client, and when.
#[utoipa::path(get, path = "/api/v1/clients/{client}/on-call", operation_id = "on_call", tag = "on call", params(("client" = Uuid, Path)), responses((status = 200, description = "Done", body = OnCallView)))]
pub async fn get(State(app): State<App>, Path(client): Path<Uuid>) -> Result<Json<OnCallView>> {
    let client = clients::find(&app, client).await?;
    let (list, version) = read(&app, client.id).await?;
    Ok(Json(view(&client, &list, version, app.clock.now())))
}

/// Changes who is on call. Agents at the desk see it at once.
#[utoipa::path(put, path = "/api/v1/clients/{client}/on-call", operation_id = "on_call_change", tag = "on call", params(("client" = Uuid, Path)), request_body = ChangeOnCall, responses((status = 200, description = "Done", body = OnCallView)))]
pub async fn change(
    State(app): State<App>,
    trail: Trail,
    Path(client): Path<Uuid>,
    Json(body): Json<ChangeOnCall>,
) -> Result<Json<OnCallView>> {
    let client = clients::find(&app, client).await?;
    let now = trail.at();
    let after = checked(&body.list)?.without_old(now);
    let (before, version) = read(&app, client.id).await?;
    let shown = view(&client, &after, body.version, now);
    let entry = trail
        .entry("on_call.changed", "on_call", client.id.uuid())
        .of_client(client.id)
        .changed(&view(&client, &before, version, now), &shown);
    let document = ClientDocument {
        client: client.id,
        kind: ClientDocumentKind::OnCall,
        document: serde_json::to_value(&after).map_err(|error| ApiError::internal(&error))?,
        version: body.version,
    };
    app.store
        .tx(move |tx| {
            Box::pin(async move {
                tx.save_client_document(&ClientScope::of(document.client), &document).await?;
                tx.audit(&entry).await
            })
        })
        .await?;
    app.configuration_changed().await;
    Ok(Json(OnCallView { version: body.version + 1, ..shown }))
}

/// Who is on call at the client of a contact at one's own desk.
#[utoipa::path(get, path = "/api/v1/desk/contacts/{contact}/on-call", operation_id = "desk_on_call", tag = "desk", params(("contact" = Uuid, Path)), responses((status = 200, description = "Done", body = OnCallNowView)))]
pub async fn at_desk(
    State(app): State<App>,
    caller: Caller,
    Path(contact): Path<Uuid>,
) -> Result<Json<OnCallNowView>> {
    let contact = ContactId::from_uuid(contact);
    desk::must_hold(&app, caller.desk()?, contact).await?;
    let card = app.cards.get(contact).ok_or_else(|| ApiError::not_found("contact"))?;
    let (list, _) = read(&app, card.client).await?;
    Ok(Json(now_of(&list, app.clock.now())))
}

/// A client's list as it is kept, and its version.
pub async fn read(app: &App, client: ClientId) -> Result<(OnCallList, u64)> {
    let scope = ClientScope::of(client);
    let kept = app.store.view().client_document(&scope, ClientDocumentKind::OnCall).await?;
    kept.map_or(Ok((OnCallList::default(), 0)), list)
}

/// The lists of all clients that have one, with their versions.
pub async fn of_all(app: &App) -> Result<BTreeMap<ClientId, (OnCallList, u64)>> {
    let scope = ProviderScope::granted();
    let kept = app.store.view().client_documents(&scope, ClientDocumentKind::OnCall).await?;
    kept.into_iter().map(|one| Ok((one.client, list(one)?))).collect()
}

fn list(kept: ClientDocument) -> Result<(OnCallList, u64)> {
    let list = serde_json::from_value(kept.document).map_err(|error| ApiError::internal(&error))?;
    Ok((list, kept.version))
}

fn checked(terms: &OnCallTerms) -> Result<OnCallList> {
    let mut faults = Faults::default();
    let mut list = OnCallList::default();
    for (i, person) in terms.people.iter().enumerate() {
        list.people.push(checked_person(&format!("people[{i}]"), person, &mut faults));
    }
    list.standing = ids(&terms.standing);
    for (i, entry) in terms.entries.iter().enumerate() {
        let from = instant(&format!("entries[{i}].from"), &entry.from)?;
        let until = instant(&format!("entries[{i}].until"), &entry.until)?;
        let note = faults.text(&format!("entries[{i}].note"), &entry.note, 0, NOTE_MAX);
        list.entries.push(OnCallEntry { from, until, people: ids(&entry.people), note });
    }
    faults.0.extend(list.faults().into_iter().map(Into::into));
    faults.none("on-call list")?;
    Ok(list)
}

fn checked_person(field: &str, person: &OnCallPersonView, faults: &mut Faults) -> OnCallPerson {
    let given = |text: &Option<String>| {
        text.as_deref().map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned)
    };
    let phone = given(&person.phone).and_then(|text| {
        let read = text.parse::<PhoneNumber>();
        if read.is_err() {
            faults.add(
                &format!("{field}.phone"),
                "not_a_phone",
                "It is not a telephone number.",
                "Give it with its country code, such as +33142345678.",
            );
        }
        read.ok()
    });
    let email = given(&person.email).and_then(|text| {
        let read = text.parse::<EmailAddress>();
        if read.is_err() {
            faults.add(
                &format!("{field}.email"),
                "not_a_mail",
                "It is not a mail address.",
                "Give one such as anna@example.org.",
            );
        }
        read.ok()
    });
    OnCallPerson {
        id: OnCallPersonId::from_uuid(person.id),
        name: faults.name(&format!("{field}.name"), &person.name),
        phone,
        email,
        note: faults.text(&format!("{field}.note"), &person.note, 0, NOTE_MAX),
    }
}

fn ids(order: &[Uuid]) -> Vec<OnCallPersonId> {
    order.iter().copied().map(OnCallPersonId::from_uuid).collect()
}

fn uuids(order: &[OnCallPersonId]) -> Vec<Uuid> {
    order.iter().map(|id| id.uuid()).collect()
}

/// A list as shown.
pub fn view(client: &Client, list: &OnCallList, version: u64, now: Timestamp) -> OnCallView {
    let entries = list.entries.iter().map(|entry| OnCallEntryView {
        from: entry.from.to_string(),
        until: entry.until.to_string(),
        people: uuids(&entry.people),
        note: entry.note.clone(),
    });
    OnCallView {
        client: client.id.uuid(),
        zone: client.zone.clone(),
        list: OnCallTerms {
            people: list.people.iter().map(person_view).collect(),
            standing: uuids(&list.standing),
            entries: entries.collect(),
        },
        now: now_of(list, now),
        version,
    }
}

fn now_of(list: &OnCallList, now: Timestamp) -> OnCallNowView {
    let found = list.at(now);
    OnCallNowView {
        people: found.people.iter().filter_map(|id| list.person(*id)).map(person_view).collect(),
        note: found.entry.map(|entry| list.entries[entry].note.clone()).unwrap_or_default(),
        standing: found.entry.is_none(),
        until: found.until.map(|at| at.to_string()),
    }
}

fn person_view(person: &OnCallPerson) -> OnCallPersonView {
    OnCallPersonView {
        id: person.id.uuid(),
        name: person.name.clone(),
        phone: person.phone.as_ref().map(|phone| phone.as_str().to_owned()),
        email: person.email.as_ref().map(|email| email.as_str().to_owned()),
        note: person.note.clone(),
    }
}
