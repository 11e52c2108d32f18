//! Scripted days, random days, checkers of the laws, throw-away PostgreSQL.
//!
//! A [`Day`] is a floor, a script and a seed; [`drive`] plays it against the real
//! [`routing::Router`] in virtual time, with agents and customers who react to what the router
//! does; [`Laws`] watches what goes in and what comes out and shares no code with the router. It
//! starts with [`Day::random`].
//!
//! Everything here is drawn from seeds: the same seed is the same day on any machine.

mod day;
mod draw;
mod drive;
mod floor;
mod laws;
mod log;
mod people;
pub mod pg;
pub mod port;

pub use day::{Day, DayShape};
pub use draw::{Draw, Purpose};
pub use drive::{Driven, Wakes, drive, replay};
pub use floor::{
    AgentWords, ClientWords, FloorPlan, agent, client_dedicated, client_hybrid, client_shared, ids,
    queue,
};
pub use laws::{Law, Laws, Violation, check};
pub use log::{Step, print_steps};
pub use people::{Instant, People, Reaction, Restless};
