//! Administration: what the provider sets up. One file for each noun.
//!
//! Whatever can be changed carries a `version`; a change names the version it was made from and is
//! refused with `conflict` when somebody else was faster.

pub mod agents;
pub mod audit;
pub mod calendars;
pub mod canned;
pub mod clients;
pub mod contracts;
pub mod imports;
pub mod on_call;
pub mod pools;
pub mod proposals;
pub mod settings;
pub mod sounds;
pub mod tariff;
pub mod templates;
pub mod tokens;
pub mod undo;
pub mod users;
pub mod voice;
pub mod widgets;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A page of a list.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Page<T> {
    /// The rows.
    pub items: Vec<T>,
    /// Hand it back as `cursor` for the next page; none on the last.
    #[serde(default)]
    pub next: Option<String>,
}
