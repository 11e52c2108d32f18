//! A contract as its client sees it: what of it the client changes, and what the client proposes.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{
    clients::ServiceModel,
    contracts::{ContractChange, ContractTerms},
};
use crate::error::FaultView;

/// Who changes protocol, routing and promises, over the whole week.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ControlledBy {
    /// The provider, in every period: the client proposes.
    Provider,
    /// The provider in some periods, the client in others.
    Shared,
    /// The client, in every period.
    Client,
}

/// `GET /api/v1/clients/{client}/contract`: the newest published version, for both sides.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AgreedContract {
    /// The client.
    pub client: Uuid,
    /// Number of the version.
    pub version: u32,
    /// From when it holds.
    pub valid_from: String,
    /// It is in force now; otherwise it begins later.
    pub in_force: bool,
    /// Shared, dedicated or hybrid.
    pub model: ServiceModel,
    /// Who changes it. What holds in every period is the client's only when every period is.
    pub controlled_by: ControlledBy,
    /// Names of the periods whose promise, peak greeting, limits of overflow and rule without staff
    /// are the client's.
    pub periods_of_client: Vec<String>,
    /// What is agreed.
    pub terms: ContractTerms,
}

/// `PUT /api/v1/clients/{client}/contract`: the client's manager publishes the client's part as the
/// next version. Every other difference is a fault `not_yours` and can be proposed instead.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ChangePart {
    /// The version this was made from.
    pub based_on: u32,
    /// What changes and why, for the history.
    #[serde(default)]
    pub note: String,
    /// The terms.
    pub terms: ContractTerms,
}

/// `POST /api/v1/clients/{client}/contract/preview`: what terms would change, before they are published
/// or proposed. Nothing is saved.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PreviewTerms {
    /// The version this was made from.
    pub based_on: u32,
    /// The terms.
    pub terms: ContractTerms,
}

/// What terms would change.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct TermsPreview {
    /// What differs from the version they were made from.
    pub changes: Vec<ContractChange>,
    /// What is wrong with them, and `not_yours` for what can only be proposed.
    pub faults: Vec<FaultView>,
    /// The version they were made from, with the client's part of them: what can be published.
    pub own: ContractTerms,
}

/// `POST /api/v1/clients/{client}/proposals`: terms that the client wishes for, its own part or not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct NewProposal {
    /// The version this was made from.
    pub based_on: u32,
    /// What is wished for and why.
    pub note: String,
    /// The terms.
    pub terms: ContractTerms,
}

/// What became of a proposal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ProposalStateView {
    /// The provider has not decided yet.
    Open,
    /// It is a version of the contract.
    Accepted,
    /// The provider said no.
    Refused,
    /// The client took it back.
    Withdrawn,
}

/// A proposal.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ProposalView {
    /// Its id.
    pub id: Uuid,
    /// The client.
    pub client: Uuid,
    /// The version it was made from.
    pub based_on: u32,
    /// What the client said about it.
    pub note: String,
    /// Who proposed it.
    pub author: String,
    /// When.
    pub proposed: String,
    /// What it would change in the version it was made from.
    pub changes: Vec<ContractChange>,
    /// What became of it.
    pub state: ProposalStateView,
    /// What the provider answered; empty for nothing.
    pub answer: String,
    /// Who decided; for the provider's people only.
    #[serde(default)]
    pub decided_by: Option<String>,
    /// When it was decided or taken back.
    #[serde(default)]
    pub decided: Option<String>,
    /// The version of the contract that it became.
    #[serde(default)]
    pub contract_version: Option<u32>,
    /// For a decision.
    pub version: u64,
}

/// `POST …/proposals/{proposal}/accept`: publishes it as the next version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AcceptProposal {
    /// Version of the proposal.
    pub version: u64,
    /// From when it shall hold, RFC 3339; `null` for as soon as it can.
    #[serde(default)]
    pub valid_from: Option<String>,
    /// A word to the client.
    #[serde(default)]
    pub answer: String,
}

/// `POST …/proposals/{proposal}/refuse`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RefuseProposal {
    /// Version of the proposal.
    pub version: u64,
    /// Why, for the client.
    pub answer: String,
}

/// `POST …/proposals/{proposal}/withdraw`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct WithdrawProposal {
    /// Version of the proposal.
    pub version: u64,
}
