//! What planners ask of the server, on days that its floor recorded.

#![allow(clippy::unwrap_used)] // every unwrap here is an assertion

mod comparisons;
mod fidelity;
mod forecasts;
mod schedules;
mod worked;

#[path = "../house/mod.rs"]
mod house;
