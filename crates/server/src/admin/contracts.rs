//! Contracts: drafts, faults, versions, differences.

use std::collections::BTreeSet;

use api::{
    admin::contracts::{
        ContractChange, ContractDiff, ContractDraft, ContractLine, ContractTerms, ContractVerdict,
        ContractView, PublishContract, SaveDraft, ValidateContract,
    },
    error::FaultView,
};
use axum::{extract::State, http::StatusCode};
use domain::{
    ClientId, Timestamp, UserId,
    contract::{Contract, Known},
    tariff::Billed,
};
use serde::Deserialize;
use store::records::{
    AuditEntry, Client, ClientScope, ContractDraft as DraftRecord, ContractVersion, ProviderScope,
};
use utoipa::IntoParams;
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use super::{Faults, clients, first_terms, wire};
use crate::{
    App,
    http::{
        audit::{Told, Trail},
        error::{ApiError, Result},
        extract::{Json, Path, Query},
        session::{Caller, instant},
    },
};

/// Versions whose date is at most this far in the past still count as from now: clocks differ.
const NOW_WITHIN: std::time::Duration = std::time::Duration::from_secs(300);

/// What the work in progress is called where a version's number may stand. It is the provider's own.
const DRAFT: &str = "draft";

/// The endpoints.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(history, publish))
        .routes(routes!(validate))
        .routes(routes!(diff))
        .routes(routes!(get))
        .routes(routes!(draft, save_draft, drop_draft))
}

/// Which versions.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct DiffQuery {
    /// A version, or `draft`.
    from: String,
    /// A version, or `draft`.
    to: String,
}

/// Published versions, newest first.
#[utoipa::path(get, path = "/api/v1/clients/{client}/contracts", operation_id = "contracts_history", tag = "contracts", params(("client" = Uuid, Path)), responses((status = 200, description = "Done", body = Vec<ContractLine>)))]
pub async fn history(
    State(app): State<App>,
    caller: Caller,
    Path(client): Path<Uuid>,
) -> Result<Json<Vec<ContractLine>>> {
    let client = clients::find(&app, client).await?;
    let reader = Reader::of(&app, &caller, client.id).await?;
    let versions = versions(&app, client.id).await?;
    let held = held(&versions, app.clock.now());
    let lines = versions.into_iter().map(|version| line(&reader.sees(version), held));
    Ok(Json(lines.collect()))
}

/// Publishes terms as the next version.
#[utoipa::path(post, path = "/api/v1/clients/{client}/contracts", operation_id = "contracts_publish", tag = "contracts", params(("client" = Uuid, Path)), request_body = PublishContract, responses((status = 201, description = "Done", body = ContractView)))]
pub async fn publish(
    State(app): State<App>,
    trail: Trail,
    Path(client): Path<Uuid>,
    Json(body): Json<PublishContract>,
) -> Result<(StatusCode, Json<ContractView>)> {
    let client = clients::find(&app, client).await?;
    let now = trail.at();
    let newest = versions(&app, client.id).await?.into_iter().next();
    let newest_version = newest.as_ref().map_or(0, |version| version.version);
    if body.based_on != newest_version {
        let (author, at) = newest.as_ref().map_or((String::new(), String::new()), |v| {
            (v.author_name.clone(), v.published.to_string())
        });
        return Err(ApiError::conflict(
            "contract_version",
            domain::words!(
                "You changed version {}, but version {} was published by {} at {}.",
                body.based_on,
                newest_version,
                author,
                at
            ),
            domain::words!("Compare your terms with version {} and publish again.", newest_version),
        ));
    }
    let mut faults = Faults::default();
    let note = faults.text("note", &body.note, 0, 2_000);
    let valid_from = match body.valid_from.as_deref() {
        None => now,
        Some(text) => instant("valid_from", text)?,
    };
    if valid_from + NOW_WITHIN < now {
        faults.add(
            "valid_from",
            "in_the_past",
            domain::words!("{} is in the past.", valid_from),
            "Contracts are never changed after the fact: choose now or a later instant.",
        );
    }
    let valid_from = valid_from.max(now);
    let version = newest_version + 1;
    let contract = checked(&app, client.id, version, valid_from, &body.terms, &mut faults).await?;
    faults.none("contract")?;
    let made = ContractVersion {
        client: client.id,
        version,
        valid_from,
        document: contract,
        author: trail.user(),
        author_name: trail.name().to_owned(),
        note,
        published: now,
    };
    let (shown, entry) = published(&trail, newest.as_ref(), &made);
    app.store
        .tx(move |tx| {
            Box::pin(async move {
                tx.publish_contract(&ClientScope::of(made.client), &made).await?;
                tx.audit(&entry).await
            })
        })
        .await?;
    app.configuration_changed().await;
    Ok((StatusCode::CREATED, Json(shown)))
}

/// All faults of the terms, without saving anything.
#[utoipa::path(post, path = "/api/v1/clients/{client}/contracts/validate", operation_id = "contracts_validate", tag = "contracts", params(("client" = Uuid, Path)), request_body = ValidateContract, responses((status = 200, description = "Done", body = ContractVerdict)))]
pub async fn validate(
    State(app): State<App>,
    Path(client): Path<Uuid>,
    Json(body): Json<ValidateContract>,
) -> Result<Json<ContractVerdict>> {
    let client = clients::find(&app, client).await?;
    let mut faults = Faults::default();
    let contract = checked(&app, client.id, 1, app.clock.now(), &body.terms, &mut faults).await?;
    let model = (!contract.periods.is_empty()).then(|| wire::model(&contract));
    Ok(Json(ContractVerdict { valid: faults.0.is_empty(), faults: faults.0, model }))
}

/// What differs between two versions.
#[utoipa::path(get, path = "/api/v1/clients/{client}/contracts/diff", operation_id = "contracts_diff", tag = "contracts", params(("client" = Uuid, Path), DiffQuery), responses((status = 200, description = "Done", body = ContractDiff)))]
pub async fn diff(
    State(app): State<App>,
    caller: Caller,
    Path(client): Path<Uuid>,
    Query(query): Query<DiffQuery>,
) -> Result<Json<ContractDiff>> {
    let client = clients::find(&app, client).await?;
    if caller.role.is_client() && [&query.from, &query.to].into_iter().any(|name| name == DRAFT) {
        return Err(ApiError::not_found("version of the contract"));
    }
    let from = named_terms(&app, &client, "from", &query.from).await?;
    let to = named_terms(&app, &client, "to", &query.to).await?;
    // Read back into contracts of one number and date, so that only the terms can differ.
    let mut unread = Faults::default();
    let mut read = |terms| wire::contract(client.id, 1, Timestamp::MIN, terms, &mut unread);
    let (before, after) = (read(&from), read(&to));
    let changes = changes(&before, &after);
    Ok(Json(ContractDiff { from: query.from, to: query.to, changes }))
}

/// One published version.
#[utoipa::path(get, path = "/api/v1/clients/{client}/contracts/{version}", operation_id = "contracts_get", tag = "contracts", params(("client" = Uuid, Path), ("version" = u32, Path)), responses((status = 200, description = "Done", body = ContractView)))]
pub async fn get(
    State(app): State<App>,
    caller: Caller,
    Path((client, version)): Path<(Uuid, u32)>,
) -> Result<Json<ContractView>> {
    let client = clients::find(&app, client).await?;
    let versions = versions(&app, client.id).await?;
    let held = held(&versions, app.clock.now());
    let found = versions.into_iter().find(|found| found.version == version);
    let found = found.ok_or_else(|| ApiError::not_found("version of the contract"))?;
    let reader = Reader::of(&app, &caller, client.id).await?;
    Ok(Json(view(&reader.sees(found), held)))
}

/// The work in progress, or what it would start from.
#[utoipa::path(get, path = "/api/v1/clients/{client}/contract-draft", operation_id = "contracts_draft", tag = "contracts", params(("client" = Uuid, Path)), responses((status = 200, description = "Done", body = ContractDraft)))]
pub async fn draft(
    State(app): State<App>,
    Path(client): Path<Uuid>,
) -> Result<Json<ContractDraft>> {
    let client = clients::find(&app, client).await?;
    current_draft(&app, &client).await.map(Json)
}

/// Saves the work in progress; it may have faults.
#[utoipa::path(put, path = "/api/v1/clients/{client}/contract-draft", operation_id = "contracts_save_draft", tag = "contracts", params(("client" = Uuid, Path)), request_body = SaveDraft, responses((status = 200, description = "Done", body = ContractDraft)))]
pub async fn save_draft(
    State(app): State<App>,
    trail: Trail,
    Path(client): Path<Uuid>,
    Json(body): Json<SaveDraft>,
) -> Result<Json<ContractDraft>> {
    let client = clients::find(&app, client).await?;
    let before = current_draft(&app, &client).await?;
    let record = DraftRecord {
        client: client.id,
        based_on: before.based_on,
        document: serde_json::to_value(&body.terms).map_err(|error| ApiError::internal(&error))?,
        author_name: trail.name().to_owned(),
        changed: trail.at(),
        version: body.version,
    };
    let entry =
        trail.entry("contract_draft.saved", "contract", client.id.uuid()).of_client(client.id);
    let scope = ClientScope::of(client.id);
    app.store
        .tx(move |tx| {
            Box::pin(async move {
                tx.save_contract_draft(&scope, &record).await?;
                tx.audit(&entry).await
            })
        })
        .await?;
    current_draft(&app, &client).await.map(Json)
}

/// Drops the work in progress.
#[utoipa::path(delete, path = "/api/v1/clients/{client}/contract-draft", operation_id = "contracts_drop_draft", tag = "contracts", params(("client" = Uuid, Path)), responses((status = 204, description = "Done")))]
pub async fn drop_draft(
    State(app): State<App>,
    trail: Trail,
    Path(client): Path<Uuid>,
) -> Result<StatusCode> {
    let client = clients::find(&app, client).await?;
    let scope = ClientScope::of(client.id);
    let dropped = app.store.view().contract_draft(&scope).await?.map(|draft| draft.document);
    let entry = trail
        .entry("contract_draft.dropped", "contract", client.id.uuid())
        .of_client(client.id)
        .changed(&dropped, &());
    app.store
        .tx(move |tx| {
            Box::pin(async move {
                tx.drop_contract_draft(&scope).await?;
                tx.audit(&entry).await
            })
        })
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What differs, as shown: queues and dispositions by what people call them.
pub fn changes(before: &Contract, after: &Contract) -> Vec<ContractChange> {
    let names: Vec<(String, &str)> = [before, after]
        .into_iter()
        .flat_map(|contract| {
            let queues = contract.queues.iter().map(|q| (q.id.to_string(), q.name.as_str()));
            let ends = contract.dispositions.iter().map(|d| (d.id.to_string(), d.label.as_str()));
            queues.chain(ends)
        })
        .collect();
    let named = |field: String| {
        let known = names.iter().find(|(id, _)| field.contains(&format!("[{id}]")));
        known.map_or(field.clone(), |(id, name)| field.replacen(id, name, 1))
    };
    before
        .diff(after)
        .into_iter()
        .map(|change| ContractChange {
            field: named(change.field),
            before: change.before.unwrap_or_default(),
            after: change.after.unwrap_or_default(),
        })
        .collect()
}

/// What a client's contracts may refer to, and how it has been billed so far.
pub async fn known(app: &App, client: ClientId) -> Result<Known> {
    let provider = ProviderScope::granted();
    let mut versions = versions(app, client).await?;
    versions.sort_by_key(|version| (version.valid_from, version.version));
    let mut records = app.store.view();
    Ok(Known {
        calendars: records
            .calendars(&provider)
            .await?
            .into_iter()
            .map(|record| (record.document.id, record.document.zone))
            .collect(),
        pools: records.pools(&provider).await?.into_iter().map(|pool| pool.id).collect(),
        teams: records
            .teams(&provider)
            .await?
            .into_iter()
            .map(|team| (team.id, team.client))
            .collect(),
        skills: records.skills(&provider).await?.into_iter().map(|skill| skill.id).collect(),
        sites: records.sites(&provider).await?.into_iter().map(|site| site.id).collect(),
        billed: versions.iter().find_map(|version| Billed::by(&version.document)),
    })
}

/// The contract that the terms make; all that is wrong with it goes to `faults`.
pub async fn checked(
    app: &App,
    client: ClientId,
    version: u32,
    valid_from: Timestamp,
    terms: &ContractTerms,
    faults: &mut Faults,
) -> Result<Contract> {
    let contract = wire::contract(client, version, valid_from, terms, faults);
    for fault in contract.validate(&known(app, client).await?) {
        let view = FaultView::from(fault);
        if !faults.0.iter().any(|other| other.field == view.field) {
            faults.0.push(view);
        }
    }
    Ok(contract)
}

/// A version that follows `newest`, as it is shown, and its entry in the audit log.
pub fn published(
    trail: &Trail,
    newest: Option<&ContractVersion>,
    made: &ContractVersion,
) -> (ContractView, AuditEntry) {
    let shown = view(made, held(std::slice::from_ref(made), trail.at()));
    let before = newest.map(|newest| wire::terms(&newest.document));
    let entry = trail
        .entry("contract.published", "contract", made.client.uuid())
        .of_client(made.client)
        .changed(&before, &shown);
    (shown, entry)
}

/// The published versions, newest first.
pub async fn versions(app: &App, client: ClientId) -> Result<Vec<ContractVersion>> {
    Ok(app.store.view().contract_versions(&ClientScope::of(client)).await?)
}

/// The version in force at `now`.
pub fn held(versions: &[ContractVersion], now: Timestamp) -> Option<u32> {
    versions
        .iter()
        .filter(|version| version.valid_from <= now)
        .max_by_key(|version| (version.valid_from, version.version))
        .map(|version| version.version)
}

/// The saved draft, or what one would start from.
async fn current_draft(app: &App, client: &Client) -> Result<ContractDraft> {
    let saved = app.store.view().contract_draft(&ClientScope::of(client.id)).await?;
    let (version, based_on, terms) = match saved {
        Some(draft) => (draft.version, draft.based_on, read_terms(draft.document)?),
        None => match versions(app, client.id).await?.into_iter().next() {
            Some(newest) => (0, Some(newest.version), wire::terms(&newest.document)),
            None => (0, None, first_terms::terms(app, client).await?),
        },
    };
    let mut faults = Faults::default();
    checked(app, client.id, 1, app.clock.now(), &terms, &mut faults).await?;
    Ok(ContractDraft { version, based_on, terms, faults: faults.0 })
}

/// Terms as they are kept.
pub fn read_terms(document: serde_json::Value) -> Result<ContractTerms> {
    serde_json::from_value(document).map_err(|error| ApiError::internal(&error))
}

/// The terms of `name`: a version's number, or `draft`.
async fn named_terms(app: &App, client: &Client, field: &str, name: &str) -> Result<ContractTerms> {
    if name == DRAFT {
        return Ok(current_draft(app, client).await?.terms);
    }
    let version = name.parse().map_err(|_| {
        ApiError::malformed(
            domain::words!("`{}` is neither a version nor `draft`.", field),
            "Give a number of the history, or draft.",
        )
    })?;
    let found = app.store.view().contract_version(&ClientScope::of(client.id), version).await?;
    let found = found.ok_or_else(|| ApiError::not_found("version of the contract"))?;
    Ok(wire::terms(&found.document))
}

/// Who reads a contract's history.
enum Reader {
    Provider,
    /// The client's people, of whom these are. Who of the provider wrote what is not theirs to know.
    Client(BTreeSet<UserId>),
}

impl Reader {
    async fn of(app: &App, caller: &Caller, client: ClientId) -> Result<Self> {
        if !caller.role.is_client() {
            return Ok(Self::Provider);
        }
        let people = app.store.view().users_of(&ClientScope::of(client)).await?;
        Ok(Self::Client(people.into_iter().map(|user| user.id).collect()))
    }

    /// The version without what is not the reader's to know.
    fn sees(&self, version: ContractVersion) -> ContractVersion {
        match self {
            Self::Client(people) if !version.author.is_some_and(|by| people.contains(&by)) => {
                ContractVersion { author_name: String::new(), note: String::new(), ..version }
            }
            _ => version,
        }
    }
}

fn line(version: &ContractVersion, held: Option<u32>) -> ContractLine {
    ContractLine {
        version: version.version,
        valid_from: version.valid_from.to_string(),
        model: wire::model(&version.document),
        author: version.author_name.clone(),
        note: version.note.clone(),
        published: version.published.to_string(),
        in_force: held == Some(version.version),
    }
}

fn view(version: &ContractVersion, held: Option<u32>) -> ContractView {
    let line = line(version, held);
    ContractView {
        client: version.client.uuid(),
        version: line.version,
        valid_from: line.valid_from,
        model: line.model,
        author: line.author,
        note: line.note,
        published: line.published,
        in_force: line.in_force,
        terms: wire::terms(&version.document),
    }
}
