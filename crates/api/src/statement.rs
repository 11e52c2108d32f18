//! The statement of a billing period: positions, bundles, forecast, and every line with its reason.
//!
//! Amounts end in `_minor` (minor units) or `_milli` (thousandths of them). Lines are exact and shown to
//! the nearest thousandth; positions are rounded, and totals are sums of positions.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    admin::{
        Page,
        tariff::{ChargeTerms, SpanChoice, TariffTerms},
    },
    reports::ContactView,
};

/// `GET /api/v1/clients/{client}/statement`: what a client owes for a billing period, and why. A contact
/// belongs to the period in which its clock started.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct StatementView {
    /// The client.
    pub client: Uuid,
    /// The billing period: `2026-11` for a month, its first day for four weeks.
    pub period: String,
    /// Billing periods that can be asked for, the newest first; two years at most.
    pub periods: Vec<String>,
    /// First instant.
    pub from: String,
    /// First instant after.
    pub until: String,
    /// Zone in whose midnight it begins and ends.
    pub zone: String,
    /// Whether it goes on: amounts grow until its end.
    pub goes_on: bool,
    /// ISO 4217.
    pub currency: String,
    /// Decimal places of the minor unit.
    pub decimals: u32,
    /// Contacts that are over; those under way are not rated yet.
    pub contacts: u64,
    /// In the order of application.
    pub positions: Vec<PositionView>,
    /// Sum of the positions.
    pub net_minor: i64,
    /// Name of the tax; `null` where none is due.
    #[serde(default)]
    pub tax_name: Option<String>,
    /// Tax on it.
    pub tax_minor: i64,
    /// Both.
    pub total_minor: i64,
    /// How far each bundle is used.
    pub bundles: Vec<BundleView>,
    /// Contacts that are not billed, by reason.
    pub not_billed: Vec<NotBilledCount>,
    /// What it will come to; `null` before a day has passed, and when it is over.
    #[serde(default)]
    pub forecast: Option<ForecastView>,
    /// The service level that a credit is by, in permille; `null` without one.
    #[serde(default)]
    pub service_level_permille: Option<u16>,
    /// The tariff in force at its end, or now.
    pub tariff: TariffTerms,
    /// The others that hold within the billing period, and those published to come after it, by their beginning.
    #[serde(default)]
    pub other_tariffs: Vec<DatedTariff>,
    /// A page of the lines, by the beginning of their contacts.
    pub lines: Page<StatementLine>,
}

/// A tariff with the time in which it holds. Versions of the contract that change nothing of it count as one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct DatedTariff {
    /// First instant.
    pub from: String,
    /// First instant after; `null` while nothing follows.
    #[serde(default)]
    pub until: Option<String>,
    /// What it says.
    pub tariff: TariffTerms,
}

/// What is counted in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CountedIn {
    /// Seconds.
    Seconds,
    /// Contacts, messages, units of work, packs, seats, numbers.
    Pieces,
    /// Whole percentage points missed.
    Points,
}

/// What a position is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PositionChoice {
    /// Metered, out of a bundle.
    Included,
    /// Metered, at its price.
    Metered,
    /// A bundle's fee, or packs.
    Bundle,
    /// Seats.
    Seats,
    /// Seats that were empty.
    AbsentSeats,
    /// What was missing to the minimum.
    Minimum,
    /// By the piece.
    Fee,
    /// Given back for a missed promise.
    Credit,
}

/// One position.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PositionView {
    /// What it is.
    pub kind: PositionChoice,
    /// What the tariff calls it; empty for the minimum and the credit.
    pub name: String,
    /// The band; `null` for the ordinary price.
    #[serde(default)]
    pub band: Option<String>,
    /// The version of the contract whose tariff it is by.
    pub version: u32,
    /// How much of it.
    pub quantity: u64,
    /// In what.
    pub counted_in: CountedIn,
    /// Contacts in it; 0 where it is not made of contacts.
    pub contacts: u64,
    /// The amount, rounded half away from zero; negative when given back.
    pub amount_minor: i64,
}

/// How far a bundle is used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct BundleView {
    /// The charge it belongs to.
    pub name: String,
    /// In what the others are.
    pub counted_in: CountedIn,
    /// Included in this billing period; of packs what all that were begun hold.
    pub included: u64,
    /// Left over from the one before, and used first.
    pub carried: u64,
    /// Used so far, as billed.
    pub used: u64,
    /// Of it beyond the bundle.
    pub beyond: u64,
    /// Packs begun, for a charge in packs.
    #[serde(default)]
    pub packs: Option<u64>,
    /// When the share was reached at which the client is warned.
    #[serde(default)]
    pub warned_at: Option<String>,
    /// What will be used by the end of the billing period, if it goes on like this.
    #[serde(default)]
    pub forecast: Option<u64>,
}

/// Contacts that are not billed for one reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct NotBilledCount {
    /// Why.
    pub reason: FreeChoice,
    /// How many.
    pub contacts: u64,
}

/// Why a contact is not billed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum FreeChoice {
    /// No tariff held when it began.
    NoTariff,
    /// Nobody answered it.
    NotAnswered,
    /// A fault of the provider's cut it.
    Cut,
    /// The customer whom an agent called did not answer.
    NotReached,
    /// It was over at once.
    Short,
    /// Somebody else was wanted.
    WrongNumber,
    /// Nobody's customer.
    Spam,
    /// Somebody tried whether it works.
    Test,
    /// The client's own people called.
    OwnCall,
    /// Seats are paid for, whatever they answer.
    Seats,
    /// No charge is for such a contact.
    NoCharge,
    /// What a charge counts did not happen.
    NothingCounted,
}

/// What a billing period will come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ForecastView {
    /// Sum of the positions.
    pub net_minor: i64,
    /// Tax on it.
    pub tax_minor: i64,
    /// Both.
    pub total_minor: i64,
}

/// One line: a contact under one rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct StatementLine {
    /// Its id: the contact and the rule.
    pub line: String,
    /// The contact.
    pub contact: Uuid,
    /// When it began.
    pub at: String,
    /// The charge; `null` for a contact that is not billed.
    #[serde(default)]
    pub charge: Option<String>,
    /// The band; `null` for the ordinary price.
    #[serde(default)]
    pub band: Option<String>,
    /// Out of the bundle.
    pub included: bool,
    /// Why it is not billed.
    #[serde(default)]
    pub not_billed: Option<FreeChoice>,
    /// Time that counts, before anything is rounded.
    pub counted_ms: u64,
    /// What is billed.
    pub billed: u64,
    /// In what.
    pub counted_in: CountedIn,
    /// The amount, in thousandths of the minor unit.
    pub amount_milli: i64,
}

/// `GET /api/v1/clients/{client}/statement/lines/{line}`: one line, down to what happened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct LineExplained {
    /// The line; of an invoice as it was billed, whatever rating gives today.
    pub line: StatementLine,
    /// Whether rating the contacts of its invoice today gives it otherwise, for its amount or what it counts; never
    /// without an invoice.
    #[serde(default)]
    pub differs: bool,
    /// What it is rated at today, where that differs; `null` when there would be no such line.
    #[serde(default)]
    pub today: Option<StatementLine>,
    /// Its billing period.
    pub period: String,
    /// ISO 4217.
    pub currency: String,
    /// Decimal places of the minor unit.
    pub decimals: u32,
    /// The version of the contract whose tariff rates it; `null` when none did.
    #[serde(default)]
    pub version: Option<u32>,
    /// The charge; `null` for a contact that is not billed.
    #[serde(default)]
    pub charge: Option<ChargeTerms>,
    /// The price in its band, in percent of the ordinary one.
    pub percent: u16,
    /// Used of the bundle before this contact, in what the charge counts; `null` without a bundle.
    #[serde(default)]
    pub used_before: Option<u64>,
    /// All lines of the contact, this one among them.
    pub lines: Vec<StatementLine>,
    /// What its time went into.
    pub spans: Vec<SpentView>,
    /// The contact with its timeline, and its recordings for those who may hear them.
    pub contact: ContactView,
}

/// A stretch of a contact.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SpentView {
    /// First instant.
    pub from: String,
    /// Its length.
    pub length_ms: u64,
    /// Of what.
    pub class: SpanChoice,
    /// The agent; for a client's people by alias.
    #[serde(default)]
    pub agent: Option<String>,
    /// Whether the charge counts it.
    pub counts: bool,
}
