//! What billing periods would have cost under another tariff. Nothing of it is kept.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    admin::{
        Page,
        tariff::{ServedChoice, TariffTerms},
    },
    statement::{NotBilledCount, PositionView, StatementLine},
};

/// `POST /api/v1/clients/{client}/rerating`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct RerateRequest {
    /// Billing periods, 1 to 12: `2026-11`.
    pub periods: Vec<String>,
    /// The other tariff.
    pub tariff: RerateTariff,
    /// As if all of it had been answered by these; by whoever did when absent.
    #[serde(default)]
    pub answered_by: Option<ServedChoice>,
    /// The billing period whose contacts are listed; the last one when absent.
    #[serde(default)]
    pub lines_of: Option<String>,
    /// Contacts whose lines do not differ are listed as well.
    #[serde(default)]
    pub unchanged: bool,
    /// From a page's `next`.
    #[serde(default)]
    pub cursor: Option<String>,
    /// Contacts at most, 1 to 500; 100 when absent.
    #[serde(default)]
    pub limit: Option<u32>,
}

/// Where the other tariff comes from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum RerateTariff {
    /// A version of the client's contract.
    Version {
        /// Its number.
        version: u32,
    },
    /// Written by hand.
    Terms {
        /// What it says. Cycle and cut-off zone are the client's own, whatever it says of them.
        terms: Box<TariffTerms>,
    },
}

/// What it would have cost.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct RerateView {
    /// The client.
    pub client: Uuid,
    /// ISO 4217.
    pub currency: String,
    /// Decimal places of the minor unit.
    pub decimals: u32,
    /// The other tariff.
    pub tariff: TariffTerms,
    /// The billing periods, the oldest first.
    pub periods: Vec<RatedTwice>,
    /// Sum of them as they are, without tax.
    pub net_minor: i64,
    /// Sum of them under the other tariff.
    pub other_net_minor: i64,
    /// The billing period whose contacts are listed.
    pub lines_of: String,
    /// A page of its contacts, the largest difference first.
    pub contacts: Page<ContactRatedTwice>,
    /// How many of its contacts differ.
    pub differing: u64,
}

/// One billing period, both ways.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct RatedTwice {
    /// Its name.
    pub period: String,
    /// Whether it goes on.
    pub goes_on: bool,
    /// Contacts that are over.
    pub contacts: u64,
    /// As it is.
    pub own: OneRating,
    /// Under the other tariff.
    pub other: OneRating,
    /// The other tariff takes something off for empty seats, and there was nobody in a team to count: all
    /// seats are taken for full.
    pub seats_taken_for_full: bool,
}

/// One billing period under one tariff.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct OneRating {
    /// In the order of application.
    pub positions: Vec<PositionView>,
    /// Sum of the positions.
    pub net_minor: i64,
    /// With tax.
    pub total_minor: i64,
    /// Contacts that are not billed, by reason.
    pub not_billed: Vec<NotBilledCount>,
}

/// One contact, both ways.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ContactRatedTwice {
    /// The contact.
    pub contact: Uuid,
    /// When it began.
    pub at: String,
    /// Its lines as they are.
    pub own: Vec<StatementLine>,
    /// Its lines under the other tariff.
    pub other: Vec<StatementLine>,
    /// What the former come to, in thousandths of the minor unit.
    pub own_milli: i64,
    /// What the latter come to.
    pub other_milli: i64,
    /// Why they differ; empty when they do not.
    pub why: Vec<DiffersChoice>,
}

/// Why a contact costs something else under another tariff.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DiffersChoice {
    /// It was not billed, and now is.
    Billed,
    /// It was billed, and now is not.
    NotBilled,
    /// It is counted in something else.
    Unit,
    /// Other spans of it count.
    Counted,
    /// As much counts, but it is rounded otherwise, or something is added.
    Rounded,
    /// Another part of it is out of a bundle.
    Included,
    /// Its hours have another band.
    Band,
    /// A unit has another price.
    Price,
}
