//! What crosses the wire: requests, views, live events, error codes.
//!
//! Types here are for the wire alone; the domain and the store have their own, and conversions are
//! written out in the server. The OpenAPI document is generated from these types and the server's
//! handlers; the screens' TypeScript is generated from the document.
//!
//! All instants are RFC 3339 in UTC, all spans are whole milliseconds with `_ms` at the end of the
//! name, all ids are UUIDs.

pub mod adherence;
pub mod admin;
pub mod board;
pub mod chat;
pub mod desk;
pub mod error;
pub mod fidelity;
pub mod follow_ups;
pub mod forecast;
pub mod invoices;
pub mod left;
pub mod live;
pub mod mail;
pub mod mailings;
pub mod margin;
pub mod planning;
pub mod presence;
pub mod reports;
pub mod rerate;
pub mod role;
pub mod schedule;
pub mod session;
pub mod statement;
pub mod voice;
pub mod why;
pub mod widget;
