//! The client's part of its contract: what it reads of it, and what its manager publishes directly.

use api::admin::{
    contracts::ContractView,
    proposals::{AgreedContract, ChangePart, ControlledBy, PreviewTerms, TermsPreview},
};
use axum::extract::State;
use domain::{
    ClientId, Timestamp,
    contract::{Contract, Control, Controlled},
};
use store::records::{ClientScope, ContractVersion};
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use super::{Faults, clients, contracts, wire};
use crate::{
    App,
    http::{
        audit::Trail,
        error::{ApiError, Result},
        extract::{Json, Path},
        session::Caller,
    },
};

/// The endpoints.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(agreed, change_part)).routes(routes!(preview))
}

/// The newest version of a client's contract, and who changes what of it.
#[utoipa::path(get, path = "/api/v1/clients/{client}/contract", operation_id = "contract_agreed", tag = "contracts", params(("client" = Uuid, Path)), responses((status = 200, description = "Done", body = AgreedContract)))]
pub async fn agreed(
    State(app): State<App>,
    Path(client): Path<Uuid>,
) -> Result<Json<AgreedContract>> {
    let client = clients::find(&app, client).await?;
    let versions = contracts::versions(&app, client.id).await?;
    let held = contracts::held(&versions, app.clock.now());
    let newest = versions.first().ok_or_else(|| ApiError::not_found("published contract"))?;
    let contract = &newest.document;
    Ok(Json(AgreedContract {
        client: client.id.uuid(),
        version: newest.version,
        valid_from: newest.valid_from.to_string(),
        in_force: held == Some(newest.version),
        model: wire::model(contract),
        controlled_by: match contract.controlled() {
            Controlled::Provider => ControlledBy::Provider,
            Controlled::Shared => ControlledBy::Shared,
            Controlled::Client => ControlledBy::Client,
        },
        periods_of_client: contract
            .periods
            .iter()
            .filter(|period| period.control == Control::Client)
            .map(|period| period.name.clone())
            .collect(),
        terms: wire::terms(contract),
    }))
}

/// Publishes the client's part of its contract as the next version.
#[utoipa::path(put, path = "/api/v1/clients/{client}/contract", operation_id = "contract_change_part", tag = "contracts", params(("client" = Uuid, Path)), request_body = ChangePart, responses((status = 200, description = "Done", body = ContractView)))]
pub async fn change_part(
    State(app): State<App>,
    trail: Trail,
    Path(client): Path<Uuid>,
    Json(body): Json<ChangePart>,
) -> Result<Json<ContractView>> {
    let client = clients::find(&app, client).await?;
    let newest = based_on(&app, client.id, body.based_on).await?;
    let (version, valid_from) = (newest.version + 1, begins(&newest, trail.at()));
    let mut faults = Faults::default();
    let note = faults.text("note", &body.note, 0, 2_000);
    let asked =
        contracts::checked(&app, client.id, version, valid_from, &body.terms, &mut faults).await?;
    beyond(&newest.document, &asked, &mut faults);
    faults.none("contract")?;
    let document = newest.document.with_part_of_client(&asked);
    if same_terms(&document, &newest.document) {
        return Err(ApiError::conflict(
            "nothing_differs",
            domain::words!("Nothing differs from version {}.", newest.version),
            "Change something first.",
        ));
    }
    let made = ContractVersion {
        client: client.id,
        version,
        valid_from,
        document,
        author: trail.user(),
        author_name: trail.name().to_owned(),
        note,
        published: trail.at(),
    };
    let (mut shown, entry) = contracts::published(&trail, Some(&newest), &made);
    shown.in_force = valid_from <= trail.at();
    app.store
        .tx(move |tx| {
            Box::pin(async move {
                tx.publish_contract(&ClientScope::of(made.client), &made).await?;
                tx.audit(&entry).await
            })
        })
        .await?;
    app.configuration_changed().await;
    Ok(Json(shown))
}

/// What terms would change, for the client's manager before publishing or proposing them.
#[utoipa::path(post, path = "/api/v1/clients/{client}/contract/preview", operation_id = "contract_preview", tag = "contracts", params(("client" = Uuid, Path)), request_body = PreviewTerms, responses((status = 200, description = "Done", body = TermsPreview)))]
pub async fn preview(
    State(app): State<App>,
    Path(client): Path<Uuid>,
    Json(body): Json<PreviewTerms>,
) -> Result<Json<TermsPreview>> {
    let client = clients::find(&app, client).await?;
    let newest = based_on(&app, client.id, body.based_on).await?;
    let mut faults = Faults::default();
    let (version, from) = (newest.version, newest.valid_from);
    let asked =
        contracts::checked(&app, client.id, version, from, &body.terms, &mut faults).await?;
    beyond(&newest.document, &asked, &mut faults);
    let changes = contracts::changes(&newest.document, &asked);
    let own = wire::terms(&newest.document.with_part_of_client(&asked));
    Ok(Json(TermsPreview { changes, faults: faults.0, own }))
}

/// Adds a fault for all that the contract does not leave to its client.
fn beyond(newest: &Contract, asked: &Contract, faults: &mut Faults) {
    for change in newest.beyond_client(asked) {
        faults.add(
            &change.field,
            "not_yours",
            "The contract does not leave this to you.",
            "Send it as a proposal, which the provider accepts or refuses, or leave it as it is.",
        );
    }
}

/// The newest published version, if it is the one that somebody started from.
pub async fn based_on(app: &App, client: ClientId, version: u32) -> Result<ContractVersion> {
    let newest = contracts::versions(app, client).await?.into_iter().next();
    let newest = newest.ok_or_else(|| ApiError::not_found("published contract"))?;
    if newest.version != version {
        return Err(ApiError::conflict(
            "made_from_older_version",
            domain::words!(
                "This was made from version {} of the contract, and version {} was \
                 published since.",
                version,
                newest.version
            ),
            domain::words!("Load version {}, and make the change there.", newest.version),
        ));
    }
    Ok(newest)
}

/// When a version that follows `newest` begins: at once, but never before `newest` itself, whose
/// terms it carries on.
pub fn begins(newest: &ContractVersion, now: Timestamp) -> Timestamp {
    newest.valid_from.max(now)
}

/// Whether two contracts differ in number and date at most.
pub fn same_terms(one: &Contract, other: &Contract) -> bool {
    let other = Contract { version: one.version, valid_from: one.valid_from, ..other.clone() };
    *one == other
}

/// Lets the provider's people change the client's own words, and the client's manager where every
/// period is under the client's control.
pub async fn own_words(app: &App, caller: &Caller, client: ClientId) -> Result<()> {
    if !caller.role.is_client() {
        return Ok(());
    }
    let newest = contracts::versions(app, client).await?.into_iter().next();
    let clients = newest.is_some_and(|newest| newest.document.controlled() == Controlled::Client);
    if clients {
        return Ok(());
    }
    Err(ApiError {
        next: "Send your wish as a proposal for the contract, or ask the provider.".to_owned(),
        ..ApiError::forbidden(
            "words_of_provider",
            "The contract leaves these words to the provider.",
        )
    })
}
