//! The contracts that one client could have, side by side, on recorded days.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{Estimate, JobView};
use crate::admin::{
    calendars::{WeekdayName, WeeklyRangeView},
    clients::ServiceModel,
};

/// What an hour of an agent costs the provider.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AgentCosts {
    /// A paid hour with all that comes on top, in minor units.
    pub agent_hour_minor: u32,
    /// Paid time that is no time at work, in thousandths: 280 for 28 %.
    pub shrinkage_permille: u16,
}

/// Prices of the contracts that the client does not have. Zero is no price.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ComparePrices {
    /// A minute of talk with the pool's agents, in minor units.
    pub minute_minor: u32,
    /// A contact in writing that the pool's agents answer, in minor units.
    pub written_minor: u32,
    /// Minutes that are included in each billing period.
    pub bundle_minutes: u32,
    /// What those cost, used or not, in minor units.
    pub bundle_fee_minor: u32,
    /// An hour of a seat of the client's own team, in minor units; as many seats as the staff takes.
    pub seat_hour_minor: u32,
    /// A fee of each billing period, in minor units.
    pub fixed_minor: u32,
}

/// Hours in which a team of a hybrid contract would answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TeamHours {
    /// What they are called.
    pub name: String,
    /// The hours.
    pub weekly: Vec<WeeklyRangeView>,
}

/// How finely agents are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CompareDetail {
    /// By parts of four hours, on working days and at weekends.
    Parts,
    /// By two hours, likewise.
    TwoHours,
    /// By the hour, likewise.
    Hours,
}

/// `POST /api/v1/planning/comparisons`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CompareRequest {
    /// For whom.
    pub client: Uuid,
    /// Further clients, each compared by itself while all the others stay as they are; at most 11, billed in
    /// the same currency.
    #[serde(default)]
    pub more_clients: Vec<Uuid>,
    /// First recorded day, `2026-10-01`, in the zone of the (first) client's contract.
    pub first_day: String,
    /// Last one.
    pub last_day: String,
    /// The pool that a shared contract would be with.
    pub pool: Uuid,
    /// What agents cost.
    pub costs: AgentCosts,
    /// Whether the contract that the client has is priced by its own tariff.
    pub own_tariff: bool,
    /// What the others are priced by.
    pub prices: ComparePrices,
    /// Hours that are tried for a hybrid contract; none for no hybrid.
    pub hybrids: Vec<TeamHours>,
    /// Waits after which the pool helps the team, that are tried with each of them, in seconds.
    pub overflow_after_s: Vec<u32>,
    /// How finely agents are counted.
    pub detail: CompareDetail,
    /// How often each floor is played, 2 to 50: more for narrower intervals.
    pub replications: u32,
    /// What the random numbers begin with.
    pub seed: u32,
    /// Whether the client wants to change protocol, routing and promises itself.
    pub client_controls: bool,
    /// What the client would pay for a billing period at most, in minor units; `null` for any price.
    #[serde(default)]
    pub budget_minor: Option<u32>,
}

impl CompareRequest {
    /// All clients, the first one first.
    pub fn clients(&self) -> impl Iterator<Item = Uuid> + '_ {
        std::iter::once(self.client).chain(self.more_clients.iter().copied())
    }
}

/// `GET /api/v1/planning/comparisons/{job}`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ComparisonJob {
    /// The job.
    pub job: JobView,
    /// What was asked.
    pub asked: CompareRequest,
    /// What came out; `null` before it is done.
    #[serde(default)]
    pub result: Option<ComparisonView>,
    /// What came out for the further clients, in their order.
    #[serde(default)]
    pub more_results: Vec<ComparisonView>,
}

/// An interval of the week in which agents are counted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CompareInterval {
    /// Its days.
    pub days: Vec<WeekdayName>,
    /// First minute of the day.
    pub from_min: u16,
    /// First minute after it.
    pub until_min: u16,
}

/// What a comparison says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ComparisonView {
    /// The client's name.
    pub client: String,
    /// ISO 4217; all amounts are in its minor units.
    pub currency: String,
    /// Decimal places of the minor unit.
    pub decimals: u32,
    /// The billing period that hours, costs and prices are of: `2026-10`.
    pub period: String,
    /// The contract that the client has now; `null` when it has none of the three.
    #[serde(default)]
    pub now: Option<ServiceModel>,
    /// The seed that gives the same again.
    pub seed: u64,
    /// Replications behind every interval.
    pub replications: u32,
    /// Simulations that the search took.
    pub simulations: u32,
    /// The client's contacts in the billing period.
    pub contacts: Estimate,
    /// Mean handle of them, in seconds.
    pub handle_s: f64,
    /// Intervals of the week, in the order of every list by interval.
    pub intervals: Vec<CompareInterval>,
    /// Agents of the pool without the client, by interval.
    pub pool_without: Vec<u32>,
    /// Shared, dedicated, and the cheapest hybrid where hybrids were tried.
    pub contracts: Vec<ComparedContract>,
    /// All hybrids that were tried.
    pub hybrids: Vec<TriedHybrid>,
    /// What to beware of.
    pub warnings: Vec<CompareNote>,
    /// The contract to take; `null` when none fits.
    #[serde(default)]
    pub advice: Option<ServiceModel>,
    /// Why.
    pub reasons: Vec<CompareNote>,
}

/// A sentence with its stable code.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CompareNote {
    /// Its code.
    pub code: String,
    /// The sentence in English.
    pub text: String,
    /// What it filled in, for saying it in another language.
    pub args: Vec<String>,
}

/// One contract.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ComparedContract {
    /// Which.
    pub model: ServiceModel,
    /// Of a hybrid: the name of the hours in which the team answers.
    #[serde(default)]
    pub hours: Option<String>,
    /// Of a hybrid: after which wait the pool helps, in seconds; `null` for never.
    #[serde(default)]
    pub overflow_after_s: Option<u32>,
    /// With one agent less anywhere some promise would break; `false` when the search ended before that
    /// was known.
    pub least: bool,
    /// The threshold promised to the client, in seconds.
    pub threshold_s: u32,
    /// The share promised, in percent.
    pub target_percent: u8,
    /// The service level reached.
    pub service_level: Estimate,
    /// Mean wait of the answered, in seconds.
    pub asa_s: Estimate,
    /// Share that gave up.
    pub abandoned: Estimate,
    /// Hours at work for the client, in the billing period.
    pub agent_hours: f64,
    /// The same as paid.
    pub paid_hours: f64,
    /// What they cost.
    pub cost_minor: i64,
    /// The net price of the billing period.
    pub price_minor: Estimate,
    /// Price less cost.
    pub margin_minor: Estimate,
    /// Fees that are due once, in no other figure.
    pub once_minor: i64,
    /// The bill of the billing period.
    pub positions: Vec<ComparedPosition>,
    /// Those who answer the client.
    pub groups: Vec<ComparedGroup>,
    /// The client's contacts in one week, by interval.
    pub contacts_by_interval: Vec<f64>,
    /// Its service level, by interval.
    pub level_by_interval: Vec<Estimate>,
    /// What becomes of the pool's other clients.
    pub others: Vec<ComparedOther>,
}

/// A position of the bill, in the mean of all replications.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ComparedPosition {
    /// What it is: `metered`, `included`, `bundle`, `seats`, `minimum`, `fee`, `credit`.
    pub kind: String,
    /// What the tariff calls it.
    pub name: String,
    /// Of what the quantity counts: `seconds`, `pieces`, `points`.
    pub unit: String,
    /// How much.
    pub quantity: f64,
    /// Its amount; negative when given back.
    pub amount_minor: f64,
}

/// Agents who answer the client.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ComparedGroup {
    /// What they are called.
    pub name: String,
    /// Agents at work, by interval.
    pub agents: Vec<u32>,
    /// Of them those that are there because of the client.
    pub agents_for_client: Vec<i64>,
    /// Hours at work for the client, in the billing period.
    pub agent_hours: f64,
    /// What they cost.
    pub cost_minor: i64,
    /// Occupancy of the whole group.
    pub occupancy: Estimate,
}

/// Another client that the pool serves.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ComparedOther {
    /// Its name.
    pub name: String,
    /// What it was promised, in percent.
    pub target_percent: u8,
    /// Its service level while the client is not there.
    pub before: Estimate,
    /// And under this contract.
    pub after: Estimate,
}

/// A hybrid that was tried.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TriedHybrid {
    /// The hours in which the team answers.
    pub hours: String,
    /// After which wait the pool helps, in seconds.
    #[serde(default)]
    pub overflow_after_s: Option<u32>,
    /// What its agents cost; `null` where the promises cannot be kept.
    #[serde(default)]
    pub cost_minor: Option<i64>,
}
