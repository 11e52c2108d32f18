//! Rating: what happened, under a tariff, line by line and to the minor unit.
//!
//! A [`Meter`] reads the journal's events and gives away [`Facts`] of each contact that is over: which
//! spans it had, and how it ended. [`Terms`] are the tariffs of a client's contract versions, each with
//! the time in which it holds. [`rate`] puts both together into a [`Statement`] of one billing period.
//! Nothing here reads a clock, a store or a zone of its own choosing; the same facts under the same
//! terms give the same statement, on any machine, in whatever order the facts arrive.
//!
//! - A contact belongs to the billing period in which its clock started, as in every report.
//! - A line is named by the contact and the rule it is rated by, so a fact cannot be billed twice; one
//!   that is not billed has a line of zero that says why.
//! - Amounts of lines are [`Exact`]. They are rounded in one place: each position of a statement, half
//!   away from zero, to the minor unit. Totals are sums of positions.
//! - Order of application: class, exclusions, increment, band, bundle, beyond it, seats, minimum, fees,
//!   credit, tax. `docs/billing.md` says it with examples.
//!
//! What is refused: floating point, amounts of two currencies in one statement, and changing what was
//! stated; a correction is a [`Statement::reversed`] and a new one.

mod bundles;
pub mod cost;
mod exact;
mod facts;
mod forecast;
pub mod invoice;
mod lines;
mod meter;
mod positions;
pub mod rerate;
mod staffing;
mod statement;
mod terms;

pub use bundles::{BundleUse, Carried, ChargeKey};
pub use exact::Exact;
pub use facts::{Damaged, Facts, Fate, Spent};
pub use forecast::Forecast;
pub use lines::{Free, Line, Rule};
pub use meter::{METERING, Meter};
pub use positions::{Position, PositionKind, Quantity};
pub use statement::{Input, Statement, rate};
pub use terms::{TariffVersion, Terms};
