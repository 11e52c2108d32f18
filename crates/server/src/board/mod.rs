//! The supervisor's board: what it shows, why a contact waits, and what a lead can do.

mod actions;
mod rows;
mod why;

pub use actions::{Move, routes};
pub use rows::{change, view};
pub(crate) use why::decision;
