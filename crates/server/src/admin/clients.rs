//! Clients, their checklist and going live.

use std::collections::BTreeMap;

use api::{
    admin::{
        Page,
        clients::{ChangeClient, ChangeStatus, Checklist, ClientStatus, ClientView, NewClient},
    },
    error::FaultView,
};
use axum::{extract::State, http::StatusCode};
use domain::{ClientId, contract::Contract};
use store::records::{Client, ClientScope, ClientStatus as Status, PAGE_MAX, ProviderScope};
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use super::{Faults, checklist, wire};
use crate::{
    App,
    http::{
        audit::{Told, Trail},
        error::{ApiError, Result},
        extract::{Json, Path, Query},
        paging::{ListQuery, after, limit, page},
    },
};

/// The endpoints.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(get, change))
        .routes(routes!(checklist))
        .routes(routes!(go_live))
        .routes(routes!(suspend))
}

/// All clients, by name.
pub async fn all(app: &App) -> Result<Vec<Client>> {
    let provider = ProviderScope::granted();
    let (mut all, mut after): (Vec<Client>, Option<String>) = (Vec::new(), None);
    loop {
        let page = app.store.view().clients(&provider, None, after.as_deref(), PAGE_MAX).await?;
        let more = page.len() >= PAGE_MAX as usize;
        after = page.last().map(|client| client.name.clone());
        all.extend(page);
        if !more {
            return Ok(all);
        }
    }
}

/// Clients, by name.
#[utoipa::path(get, path = "/api/v1/clients", operation_id = "clients_list", tag = "clients", params(ListQuery), responses((status = 200, description = "Done", body = Page<ClientView>)))]
pub async fn list(
    State(app): State<App>,
    Query(query): Query<ListQuery>,
) -> Result<Json<Page<ClientView>>> {
    let limit = limit(query.limit);
    let last = after::<String>(query.cursor.as_deref())?;
    let provider = ProviderScope::granted();
    let mut records = app.store.view();
    let search = query.q.as_deref().map(str::trim);
    let clients = records.clients(&provider, search, last.as_deref(), limit).await?;
    let in_force: BTreeMap<_, _> = records
        .contracts_in_force(&provider, app.clock.now())
        .await?
        .into_iter()
        .map(|contract| (contract.client, contract.document))
        .collect();
    let mut views = Vec::with_capacity(clients.len());
    for client in &clients {
        views.push(match in_force.get(&client.id) {
            Some(contract) => view(client, Some((contract, true))),
            None => shown(&app, client).await?,
        });
    }
    Ok(Json(page(views, limit, |client| client.name.clone())))
}

/// Creates a client as a draft.
#[utoipa::path(post, path = "/api/v1/clients", operation_id = "clients_create", tag = "clients", request_body = NewClient, responses((status = 201, description = "Done", body = ClientView)))]
pub async fn create(
    State(app): State<App>,
    trail: Trail,
    Json(body): Json<NewClient>,
) -> Result<(StatusCode, Json<ClientView>)> {
    let made = checked(&app, &body, trail.at()).await?;
    let shown = view(&made, None);
    let entry = trail
        .entry("client.created", "client", made.id.uuid())
        .of_client(made.id)
        .changed(&(), &shown);
    app.store
        .tx(move |tx| {
            Box::pin(async move {
                tx.create_client(&ProviderScope::granted(), &made).await?;
                tx.audit(&entry).await
            })
        })
        .await?;
    Ok((StatusCode::CREATED, Json(shown)))
}

/// One client.
#[utoipa::path(get, path = "/api/v1/clients/{client}", operation_id = "clients_get", tag = "clients", params(("client" = Uuid, Path)), responses((status = 200, description = "Done", body = ClientView)))]
pub async fn get(State(app): State<App>, Path(client): Path<Uuid>) -> Result<Json<ClientView>> {
    let client = find(&app, client).await?;
    Ok(Json(shown(&app, &client).await?))
}

/// Changes a client.
#[utoipa::path(put, path = "/api/v1/clients/{client}", operation_id = "clients_change", tag = "clients", params(("client" = Uuid, Path)), request_body = ChangeClient, responses((status = 200, description = "Done", body = ClientView)))]
pub async fn change(
    State(app): State<App>,
    trail: Trail,
    Path(client): Path<Uuid>,
    Json(body): Json<ChangeClient>,
) -> Result<Json<ClientView>> {
    let before = find(&app, client).await?;
    let mut faults = Faults::default();
    let name = faults.name("name", &body.name);
    let initials = initials(&mut faults, &body.initials);
    faults.range("hue", body.hue, 0, 359);
    faults.zone("zone", &body.zone);
    faults.none("client")?;
    let after = Client {
        name,
        initials,
        hue: body.hue,
        zone: body.zone,
        version: body.version,
        ..before.clone()
    };
    save(&app, &trail, "client.changed", &before, after).await.map(Json)
}

/// What is done and what is missing before going live.
#[utoipa::path(get, path = "/api/v1/clients/{client}/checklist", operation_id = "clients_checklist", tag = "clients", params(("client" = Uuid, Path)), responses((status = 200, description = "Done", body = Checklist)))]
pub async fn checklist(
    State(app): State<App>,
    Path(client): Path<Uuid>,
) -> Result<Json<Checklist>> {
    let client = find(&app, client).await?;
    Ok(Json(checklist::of(&app, &client).await?))
}

/// Takes contacts from now on; refused while the checklist is not done.
#[utoipa::path(post, path = "/api/v1/clients/{client}/go-live", operation_id = "clients_go_live", tag = "clients", params(("client" = Uuid, Path)), request_body = ChangeStatus, responses((status = 200, description = "Done", body = ClientView)))]
pub async fn go_live(
    State(app): State<App>,
    trail: Trail,
    Path(client): Path<Uuid>,
    Json(body): Json<ChangeStatus>,
) -> Result<Json<ClientView>> {
    let before = find(&app, client).await?;
    let list = checklist::of(&app, &before).await?;
    if !list.ready {
        let mut faults = Faults::default();
        for point in list.points.iter().filter(|point| !point.done) {
            // The code's name on the wire is a plain text, so it is always there.
            let code = serde_json::to_value(point.code).unwrap_or_default();
            faults.0.push(FaultView {
                field: code.as_str().unwrap_or_default().to_owned(),
                code: point.finding.clone(),
                message: point.message.clone(),
                next: point.next.clone(),
                args: point.args.clone(),
            });
        }
        let open = faults.0.len();
        return Err(ApiError {
            faults: faults.0,
            ..ApiError::conflict(
                "checklist_open",
                domain::words!(
                    "{} cannot go live: {} point(s) of its checklist are open.",
                    before.name,
                    open
                ),
                "Do what each of `faults` says, then go live.",
            )
        });
    }
    let after = Client { status: Status::Live, version: body.version, ..before.clone() };
    save(&app, &trail, "client.went_live", &before, after).await.map(Json)
}

/// Takes no contacts from now on.
#[utoipa::path(post, path = "/api/v1/clients/{client}/suspend", operation_id = "clients_suspend", tag = "clients", params(("client" = Uuid, Path)), request_body = ChangeStatus, responses((status = 200, description = "Done", body = ClientView)))]
pub async fn suspend(
    State(app): State<App>,
    trail: Trail,
    Path(client): Path<Uuid>,
    Json(body): Json<ChangeStatus>,
) -> Result<Json<ClientView>> {
    let before = find(&app, client).await?;
    if before.status != Status::Live {
        return Err(ApiError::conflict(
            "not_live",
            domain::words!("{} is not live, so there is nothing to suspend.", before.name),
            "Load the client again to see where it stands.",
        ));
    }
    let after = Client { status: Status::Suspended, version: body.version, ..before.clone() };
    save(&app, &trail, "client.suspended", &before, after).await.map(Json)
}

/// The client, or 404.
pub async fn find(app: &App, id: Uuid) -> Result<Client> {
    let found = app.store.view().client(&ClientScope::of(ClientId::from_uuid(id))).await?;
    found.ok_or_else(|| ApiError::not_found("client"))
}

/// A new client as a draft, or every fault of it.
pub async fn checked(app: &App, body: &NewClient, now: domain::Timestamp) -> Result<Client> {
    let hue = match body.hue {
        Some(hue) => hue,
        None => free_hue(app).await?,
    };
    made(body, hue, now).map_err(|faults| ApiError::invalid("client", faults.0))
}

/// A new client of that hue as a draft, or every fault of it.
pub fn made(body: &NewClient, hue: u16, now: domain::Timestamp) -> Result<Client, Faults> {
    let mut faults = Faults::default();
    let name = faults.name("name", &body.name);
    let initials = match &body.initials {
        Some(given) => initials(&mut faults, given),
        None => made_initials(&name),
    };
    faults.range("hue", hue, 0, 359);
    faults.zone("zone", &body.zone);
    if !faults.0.is_empty() {
        return Err(faults);
    }
    Ok(Client {
        id: ClientId::from_uuid(Uuid::now_v7()),
        name,
        initials,
        hue,
        status: Status::Draft,
        zone: body.zone.clone(),
        created: now,
        version: 1,
    })
}

async fn save(
    app: &App,
    trail: &Trail,
    action: &str,
    before: &Client,
    mut after: Client,
) -> Result<ClientView> {
    let kept = after.clone();
    let entry = trail
        .entry(action, "client", after.id.uuid())
        .of_client(after.id)
        .changed(&view(before, None), &view(&after, None));
    app.store
        .tx(move |tx| {
            Box::pin(async move {
                tx.change_client(&ClientScope::of(kept.id), &kept).await?;
                tx.audit(&entry).await
            })
        })
        .await?;
    app.configuration_changed().await;
    after.version += 1;
    shown(app, &after).await
}

/// The client with its contract in force, or the newest.
pub async fn shown(app: &App, client: &Client) -> Result<ClientView> {
    let scope = ClientScope::of(client.id);
    let mut records = app.store.view();
    if let Some(contract) = records.contract_in_force(&scope, app.clock.now()).await? {
        return Ok(view(client, Some((&contract.document, true))));
    }
    let newest = records.contract_versions(&scope).await?.into_iter().next();
    Ok(view(client, newest.as_ref().map(|contract| (&contract.document, false))))
}

/// A client as shown; the contract with whether it is in force.
pub fn view(client: &Client, contract: Option<(&Contract, bool)>) -> ClientView {
    ClientView {
        id: client.id.uuid(),
        name: client.name.clone(),
        initials: client.initials.clone(),
        hue: client.hue,
        zone: client.zone.clone(),
        status: match client.status {
            Status::Draft => ClientStatus::Draft,
            Status::Live => ClientStatus::Live,
            Status::Suspended => ClientStatus::Suspended,
        },
        model: contract.map(|(contract, _)| wire::model(contract)),
        contract_version: contract
            .filter(|(_, holds)| *holds)
            .map(|(contract, _)| contract.version),
        version: client.version,
    }
}

fn initials(faults: &mut Faults, text: &str) -> String {
    let text = text.trim().to_uppercase();
    if !(1..=2).contains(&text.chars().count()) || !text.chars().all(char::is_alphanumeric) {
        faults.add(
            "initials",
            "initials",
            domain::words!("`{}` is no tag.", text.chars().take(8).collect::<String>()),
            "Give one or two letters or digits, such as NW.",
        );
    }
    text
}

/// The first letters of the first two words, or the first two letters of the only one.
fn made_initials(name: &str) -> String {
    let words: Vec<&str> =
        name.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    let letters: String = match words.as_slice() {
        [] => "?".to_owned(),
        [word] => word.chars().take(2).collect(),
        [first, second, ..] => first.chars().take(1).chain(second.chars().take(1)).collect(),
    };
    letters.to_uppercase().chars().take(2).collect()
}

/// Hue of the first client: blue, which is no state's colour.
const FIRST_HUE: u16 = 210;

/// The hue farthest from those in use.
pub async fn free_hue(app: &App) -> Result<u16> {
    let clients = app
        .store
        .view()
        .clients(&ProviderScope::granted(), None, None, store::records::PAGE_MAX)
        .await?;
    if clients.is_empty() {
        return Ok(FIRST_HUE);
    }
    let distance = |hue: u16| {
        clients
            .iter()
            .map(|client| {
                let apart = client.hue.abs_diff(hue);
                apart.min(360_u16.saturating_sub(apart))
            })
            .min()
            .unwrap_or(180)
    };
    Ok((0..360).max_by_key(|hue| (distance(*hue), u16::MAX - *hue)).unwrap_or(FIRST_HUE))
}

#[cfg(test)]
mod tests {
    use super::made_initials;

    #[test]
    fn a_tag_is_made_from_the_name() {
        for (name, tag) in [
            ("Northwind Traders", "NT"),
            ("acme", "AC"),
            ("Hôtel Saint-Roch", "HS"),
            ("—", "?"),
            ("ßa", "SS"),
        ] {
            assert_eq!(made_initials(name), tag, "{name}");
        }
    }
}
