//! Shift schedules: who works when, under which rules, and whether a roster keeps them.
//!
//! [`Plan`] is what somebody wishes for: people, the rules of their work, the shifts there are, and the
//! agents that each interval needs ([`Required`]). [`Roster`] is an answer. [`check`] names everything
//! that an answer breaks, and [`cover`] says what it leaves short. Rosters are made elsewhere, by the
//! crate `rosters`, which shares these types and no line of the checking: what makes a roster must not be
//! what finds it good.
//!
//! - Shifts begin at a time of the clock on the wall of their site and last so many real minutes. The
//!   night in which clocks change is therefore as long as it is, in hours and in rest.
//! - Weeks are calendar weeks, Monday to Sunday; a duty belongs to the day and the week in which it begins.

mod check;
mod cover;
mod fields;
mod plan;
mod read;
mod required;
#[cfg(test)]
mod tests;

pub use check::{Breach, check};
pub use cover::{Cover, Moment, Price, cover, price, wishes_missed};
pub use plan::*;
pub use required::Required;
