//! Proposals: what a client wishes its contract to say, until the provider accepts or refuses it.

use api::admin::{
    contracts::ContractView,
    proposals::{
        AcceptProposal, NewProposal, ProposalStateView, ProposalView, RefuseProposal,
        WithdrawProposal,
    },
};
use axum::{extract::State, http::StatusCode};
use domain::{ClientId, ProposalId, Timestamp, contract::Contract};
use store::records::{
    ClientScope, ContractVersion, PAGE_MAX, Proposal, ProposalState, ProviderScope,
};
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use super::{Faults, clients, contracts, control, wire};
use crate::{
    App,
    http::{
        audit::{Told, Trail},
        error::{ApiError, Result},
        extract::{Json, Path},
        session::{Caller, instant},
    },
};

/// Proposals of one client that may be open at once; the next is refused until one is decided.
const OPEN_MAX: u32 = 20;

/// Proposals of a client that are listed, the newest.
const LISTED: u32 = 100;

/// The endpoints.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(open))
        .routes(routes!(list, propose))
        .routes(routes!(accept))
        .routes(routes!(refuse))
        .routes(routes!(withdraw))
}

/// The open proposals of all clients, the one that waits longest first.
#[utoipa::path(get, path = "/api/v1/proposals", operation_id = "proposals_open", tag = "contracts", responses((status = 200, description = "Done", body = Vec<ProposalView>)))]
pub async fn open(State(app): State<App>, caller: Caller) -> Result<Json<Vec<ProposalView>>> {
    let found = app.store.view().open_proposals(&ProviderScope::granted(), PAGE_MAX).await?;
    let mut views = Vec::with_capacity(found.len());
    for proposal in found {
        views.push(shown(&app, &caller, proposal).await?);
    }
    Ok(Json(views))
}

/// Proposals of a client, newest first.
#[utoipa::path(get, path = "/api/v1/clients/{client}/proposals", operation_id = "proposals_list", tag = "contracts", params(("client" = Uuid, Path)), responses((status = 200, description = "Done", body = Vec<ProposalView>)))]
pub async fn list(
    State(app): State<App>,
    caller: Caller,
    Path(client): Path<Uuid>,
) -> Result<Json<Vec<ProposalView>>> {
    let client = clients::find(&app, client).await?;
    let found = app.store.view().proposals(&ClientScope::of(client.id), LISTED).await?;
    let versions = contracts::versions(&app, client.id).await?;
    let views = found.into_iter().map(|proposal| {
        let base = versions.iter().find(|version| version.version == proposal.based_on);
        view(&caller, proposal, base.map(|version| &version.document))
    });
    views.collect::<Result<_>>().map(Json)
}

/// Sends a proposal to the provider.
#[utoipa::path(post, path = "/api/v1/clients/{client}/proposals", operation_id = "proposals_propose", tag = "contracts", params(("client" = Uuid, Path)), request_body = NewProposal, responses((status = 201, description = "Done", body = ProposalView)))]
pub async fn propose(
    State(app): State<App>,
    caller: Caller,
    trail: Trail,
    Path(client): Path<Uuid>,
    Json(body): Json<NewProposal>,
) -> Result<(StatusCode, Json<ProposalView>)> {
    let client = clients::find(&app, client).await?;
    let newest = control::based_on(&app, client.id, body.based_on).await?;
    let mut faults = Faults::default();
    let note = faults.text("note", &body.note, 1, 2_000);
    let asked = contracts::checked(
        &app,
        client.id,
        newest.version + 1,
        control::begins(&newest, trail.at()),
        &body.terms,
        &mut faults,
    )
    .await?;
    faults.none("proposal")?;
    if control::same_terms(&asked, &newest.document) {
        return Err(ApiError::conflict(
            "nothing_differs",
            domain::words!("Nothing differs from version {}.", newest.version),
            "Change what you wish for first.",
        ));
    }
    let made = Proposal {
        client: client.id,
        id: ProposalId::from_uuid(Uuid::now_v7()),
        based_on: newest.version,
        document: serde_json::to_value(wire::terms(&asked))
            .map_err(|error| ApiError::internal(&error))?,
        note,
        author: trail.user(),
        author_name: trail.name().to_owned(),
        proposed: trail.at(),
        state: ProposalState::Open,
        answer: String::new(),
        decided_by: None,
        decided: None,
        contract_version: None,
        version: 1,
    };
    let shown = view(&caller, made.clone(), Some(&newest.document))?;
    let entry = trail
        .entry("proposal.sent", "proposal", shown.id)
        .of_client(client.id)
        .changed(&(), &shown);
    let kept = app
        .store
        .tx(move |tx| {
            Box::pin(async move {
                let scope = ClientScope::of(made.client);
                let kept = tx.create_proposal(&scope, &made, OPEN_MAX).await?;
                if kept {
                    tx.audit(&entry).await?;
                }
                Ok(kept)
            })
        })
        .await?;
    if !kept {
        return Err(ApiError::conflict(
            "proposals_open",
            domain::words!("{} proposals of yours wait for an answer already.", OPEN_MAX),
            "Withdraw one, or wait until the provider has decided.",
        ));
    }
    Ok((StatusCode::CREATED, Json(shown)))
}

/// Accepts a proposal: publishes it as the next version of the contract.
#[utoipa::path(post, path = "/api/v1/clients/{client}/proposals/{proposal}/accept", operation_id = "proposals_accept", tag = "contracts", params(("client" = Uuid, Path), ("proposal" = Uuid, Path)), request_body = AcceptProposal, responses((status = 200, description = "Done", body = ContractView)))]
pub async fn accept(
    State(app): State<App>,
    trail: Trail,
    Path((client, proposal)): Path<(Uuid, Uuid)>,
    Json(body): Json<AcceptProposal>,
) -> Result<Json<ContractView>> {
    let found = find_open(&app, client, proposal).await?;
    let newest = control::based_on(&app, found.client, found.based_on).await?;
    let earliest = control::begins(&newest, trail.at());
    let mut faults = Faults::default();
    let answer = faults.text("answer", &body.answer, 0, 2_000);
    let valid_from = match body.valid_from.as_deref() {
        None => earliest,
        Some(text) => instant("valid_from", text)?,
    };
    if valid_from < earliest {
        faults.add(
            "valid_from",
            "too_early",
            domain::words!("{} is before {}.", valid_from, earliest),
            "Choose that instant or a later one: it is neither in the past nor before the version \
             that the proposal was made from.",
        );
    }
    let version = newest.version + 1;
    let terms = contracts::read_terms(found.document.clone())?;
    let document =
        contracts::checked(&app, found.client, version, valid_from, &terms, &mut faults).await?;
    faults.none("proposal")?;
    let made = ContractVersion {
        client: found.client,
        version,
        valid_from,
        document,
        author: trail.user(),
        author_name: trail.name().to_owned(),
        note: format!("{}: {}", found.author_name, found.note),
        published: trail.at(),
    };
    let decided = Proposal {
        state: ProposalState::Accepted,
        answer,
        decided_by: Some(trail.name().to_owned()),
        decided: Some(trail.at()),
        contract_version: Some(version),
        version: body.version,
        ..found
    };
    let (shown, published) = contracts::published(&trail, Some(&newest), &made);
    let entry = trail
        .entry("proposal.accepted", "proposal", proposal)
        .of_client(made.client)
        .changed(&(), &version);
    app.store
        .tx(move |tx| {
            Box::pin(async move {
                let scope = ClientScope::of(made.client);
                tx.decide_proposal(&scope, &decided).await?;
                tx.publish_contract(&scope, &made).await?;
                tx.audit(&entry).await?;
                tx.audit(&published).await
            })
        })
        .await?;
    app.configuration_changed().await;
    Ok(Json(shown))
}

/// Refuses a proposal, with the reason.
#[utoipa::path(post, path = "/api/v1/clients/{client}/proposals/{proposal}/refuse", operation_id = "proposals_refuse", tag = "contracts", params(("client" = Uuid, Path), ("proposal" = Uuid, Path)), request_body = RefuseProposal, responses((status = 200, description = "Done", body = ProposalView)))]
pub async fn refuse(
    State(app): State<App>,
    caller: Caller,
    trail: Trail,
    Path((client, proposal)): Path<(Uuid, Uuid)>,
    Json(body): Json<RefuseProposal>,
) -> Result<Json<ProposalView>> {
    let found = find_open(&app, client, proposal).await?;
    let mut faults = Faults::default();
    let answer = faults.text("answer", &body.answer, 1, 2_000);
    faults.none("refusal")?;
    let decided = Proposal {
        state: ProposalState::Refused,
        answer,
        decided_by: Some(trail.name().to_owned()),
        version: body.version,
        ..found
    };
    end(&app, &caller, &trail, "proposal.refused", decided).await.map(Json)
}

/// Takes a proposal back.
#[utoipa::path(post, path = "/api/v1/clients/{client}/proposals/{proposal}/withdraw", operation_id = "proposals_withdraw", tag = "contracts", params(("client" = Uuid, Path), ("proposal" = Uuid, Path)), request_body = WithdrawProposal, responses((status = 200, description = "Done", body = ProposalView)))]
pub async fn withdraw(
    State(app): State<App>,
    caller: Caller,
    trail: Trail,
    Path((client, proposal)): Path<(Uuid, Uuid)>,
    Json(body): Json<WithdrawProposal>,
) -> Result<Json<ProposalView>> {
    let found = find_open(&app, client, proposal).await?;
    let decided = Proposal { state: ProposalState::Withdrawn, version: body.version, ..found };
    end(&app, &caller, &trail, "proposal.withdrawn", decided).await.map(Json)
}

/// Ends a proposal that becomes no contract.
async fn end(
    app: &App,
    caller: &Caller,
    trail: &Trail,
    action: &str,
    decided: Proposal,
) -> Result<ProposalView> {
    let kept = Proposal { decided: Some(trail.at()), ..decided };
    let ended = Proposal { version: kept.version + 1, ..kept.clone() };
    let entry = trail
        .entry(action, "proposal", kept.id.uuid())
        .of_client(kept.client)
        .changed(&(), &kept.answer);
    app.store
        .tx(move |tx| {
            Box::pin(async move {
                tx.decide_proposal(&ClientScope::of(kept.client), &kept).await?;
                tx.audit(&entry).await
            })
        })
        .await?;
    shown(app, caller, ended).await
}

/// A proposal that is still to be decided.
async fn find_open(app: &App, client: Uuid, proposal: Uuid) -> Result<Proposal> {
    let scope = ClientScope::of(ClientId::from_uuid(client));
    let found = app.store.view().proposal(&scope, ProposalId::from_uuid(proposal)).await?;
    let found = found.ok_or_else(|| ApiError::not_found("proposal"))?;
    if found.state != ProposalState::Open {
        return Err(ApiError::conflict(
            "proposal_settled",
            domain::words!("The proposal is {} already.", found.state.word()),
            "Load the proposals again to see what became of it.",
        ));
    }
    Ok(found)
}

async fn shown(app: &App, caller: &Caller, proposal: Proposal) -> Result<ProposalView> {
    let scope = ClientScope::of(proposal.client);
    let base = app.store.view().contract_version(&scope, proposal.based_on).await?;
    view(caller, proposal, base.as_ref().map(|version| &version.document))
}

/// A proposal as the caller may see it: who of the provider decided is not the client's to know.
fn view(caller: &Caller, proposal: Proposal, base: Option<&Contract>) -> Result<ProposalView> {
    let terms = contracts::read_terms(proposal.document)?;
    // Read back into contracts of one number and date, so that only the terms can differ.
    let mut unread = Faults::default();
    let mut read = |terms| wire::contract(proposal.client, 1, Timestamp::MIN, terms, &mut unread);
    let changes = match base {
        Some(base) => contracts::changes(&read(&wire::terms(base)), &read(&terms)),
        // Published versions are never removed, so this is a record of another program's making.
        None => Vec::new(),
    };
    Ok(ProposalView {
        id: proposal.id.uuid(),
        client: proposal.client.uuid(),
        based_on: proposal.based_on,
        note: proposal.note,
        author: proposal.author_name,
        proposed: proposal.proposed.to_string(),
        changes,
        state: match proposal.state {
            ProposalState::Open => ProposalStateView::Open,
            ProposalState::Accepted => ProposalStateView::Accepted,
            ProposalState::Refused => ProposalStateView::Refused,
            ProposalState::Withdrawn => ProposalStateView::Withdrawn,
        },
        answer: proposal.answer,
        decided_by: proposal.decided_by.filter(|_| !caller.role.is_client()),
        decided: proposal.decided.map(|at| at.to_string()),
        contract_version: proposal.contract_version,
        version: proposal.version,
    })
}
