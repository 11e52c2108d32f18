//! What clients bring in and what their agents cost: for the provider's owners, never for a client.
//!
//! Amounts end in `_minor`: minor units of the currency beside them.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::statement::PositionChoice;

/// `GET /api/v1/agent-costs`: what an hour of an agent costs the provider. A comparison of contracts
/// begins with the usual one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AgentCostTerms {
    /// Version, for a change; 0 while nobody has said anything.
    pub version: u64,
    /// ISO 4217.
    pub currency: String,
    /// A paid hour with all that comes on top, where a site has no cost of its own; 0 while nobody has
    /// said it.
    pub agent_hour_minor: u32,
    /// Paid time that is no time at work, in thousandths: 280 for 28 %.
    pub shrinkage_permille: u16,
    /// Sites with a cost of their own.
    #[serde(default)]
    pub sites: Vec<SiteCost>,
}

/// What a paid hour costs at one site.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SiteCost {
    /// The site.
    pub site: Uuid,
    /// A paid hour there.
    pub agent_hour_minor: u32,
}

/// `GET /api/v1/margins`: what each client brought in during a month, less what its agents cost.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct MarginView {
    /// The month: `2026-11`.
    pub month: String,
    /// Months that can be asked for, the newest first; two years at most.
    pub months: Vec<String>,
    /// First instant.
    pub from: String,
    /// First instant after.
    pub until: String,
    /// Zone in whose midnight it begins and ends.
    pub zone: String,
    /// Whether it goes on. Fees and seats of the month are in it whole from its beginning.
    pub goes_on: bool,
    /// What hours cost.
    pub costs: AgentCostTerms,
    /// Decimal places of the costs' minor unit.
    pub decimals: u32,
    /// Clients that had revenue or agents' time, by name.
    pub clients: Vec<ClientMargin>,
    /// Time at work that was for no client: nobody worked for one.
    pub nobody: AgentTimeCost,
    /// Sum of the revenues in the costs' currency.
    pub revenue_minor: i64,
    /// Sum of all costs, nobody's among them; `null` while nobody has said what an hour costs.
    #[serde(default)]
    pub cost_minor: Option<i64>,
    /// Their difference; `null` also when a client pays in another currency.
    #[serde(default)]
    pub margin_minor: Option<i64>,
}

/// `GET /api/v1/margins/trend`: the last twelve months, or those since the first contract.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct MarginTrend {
    /// ISO 4217: what hours cost in.
    pub currency: String,
    /// Decimal places of its minor unit.
    pub decimals: u32,
    /// The oldest first; the last one goes on.
    pub months: Vec<MarginMonth>,
}

/// One month of a trend.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct MarginMonth {
    /// The month: `2026-11`.
    pub month: String,
    /// Whether it goes on. Fees and seats of the month are in it whole from its beginning.
    pub goes_on: bool,
    /// Net revenue; of all clients together, of those who pay in the costs' currency.
    pub revenue_minor: i64,
    /// What agents' time cost; `null` while nobody has said what an hour costs.
    #[serde(default)]
    pub cost_minor: Option<i64>,
    /// Their difference; `null` also when something is paid in another currency.
    #[serde(default)]
    pub margin_minor: Option<i64>,
}

/// One client's month.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ClientMargin {
    /// The client.
    pub client: Uuid,
    /// Its name.
    pub name: String,
    /// What it pays in; `null` when nothing has a price.
    #[serde(default)]
    pub currency: Option<String>,
    /// Contacts that began in the month and are over.
    pub contacts: u64,
    /// Net revenue: positions of its statement, without tax.
    pub revenue_minor: i64,
    /// The same by kind of position.
    pub revenue: Vec<RevenuePart>,
    /// It is billed by four weeks; each counts by its days in the month.
    pub by_days: bool,
    /// What its agents cost.
    pub cost: AgentTimeCost,
    /// By site.
    pub sites: Vec<SiteTimeCost>,
    /// Revenue less cost; `null` while nobody has said what an hour costs, and when it is paid in another
    /// currency.
    #[serde(default)]
    pub margin_minor: Option<i64>,
    /// The margin in thousandths of the revenue, rounded down; `null` also without revenue.
    #[serde(default)]
    pub margin_permille: Option<i64>,
}

/// Revenue of one kind.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RevenuePart {
    /// The kind of position.
    pub kind: PositionChoice,
    /// Its amount.
    pub amount_minor: i64,
}

/// Agents' time at work, and what it cost.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AgentTimeCost {
    /// With contacts.
    pub worked_ms: u64,
    /// There, for whoever would come.
    pub waiting_ms: u64,
    /// What the former cost; `null` while nobody has said what an hour costs.
    #[serde(default)]
    pub worked_minor: Option<i64>,
    /// What the latter cost.
    #[serde(default)]
    pub waiting_minor: Option<i64>,
    /// Both.
    #[serde(default)]
    pub cost_minor: Option<i64>,
}

/// The same at one site.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SiteTimeCost {
    /// The site; `null` for agents without one.
    #[serde(default)]
    pub site: Option<Uuid>,
    /// Its name; empty for agents without one.
    pub name: String,
    /// What a paid hour costs there; `null` while nobody has said it.
    #[serde(default)]
    pub agent_hour_minor: Option<u32>,
    /// Time and cost.
    pub cost: AgentTimeCost,
}
