//! What people ask of the server away from the floor: a real server on a free port, set up through its
//! own interface. One program, so that the server is linked once and one PostgreSQL serves all.

#![allow(clippy::unwrap_used)] // every unwrap here is an assertion

mod administration;
mod endpoints;
mod fuzz;
mod imports;
mod invitations;
mod invoices;
mod isolation;
mod mail;
mod mailings;
mod margins;
mod on_call;
mod openapi;
mod presence;
mod proposals;
mod redactions;
mod reports;
mod sessions;
mod sounds;
mod statements;
mod tariffs;
mod templates;
mod undo;
mod warnings;

#[path = "../house/mod.rs"]
mod house;
