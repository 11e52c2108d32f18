//! The living demonstration floor.
//!
//! [`seed`] fills an empty store with a provider, three client companies under the three contracts
//! and the people who serve them. [`live_through`] gives them a past: weeks of contacts and shifts in
//! the journal, decided by the router of production in virtual time. [`play`] then lets simulated
//! agents and customers in through the doors that real ones use: they sign in over HTTP, follow the
//! live socket, and open the chat widget's socket, or call on the telephone. Nothing in the server
//! knows that they are not people. [`pages`] are plain web sites of the three companies, each with the
//! widget in it.
//!
//! It invents everybody; it refuses to touch a store that has a user already.

mod agent;
mod calls;
mod cast;
mod contracts;
mod customer;
mod dialogues;
mod draw;
mod pages;
mod past;
mod play;
mod seed;
mod socket;
mod tariffs;

pub use calls::{Telephone, carrier, free_carrier, seed_lines};
pub use cast::{Company, Login, logins};
pub use pages::pages;
pub use past::{Past, live_through};
pub use play::{Play, play};
pub use seed::{Password, has_nobody, seed, widget_keys};
