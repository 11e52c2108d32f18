//! What is read from a table: clients, phone books, on-call lists. All of it is kept, or nothing.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::error::FaultView;

/// `POST /api/v1/imports/{kind}`: what a table would add, or has added.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ImportView {
    /// Whether it was kept; never with a fault, and never when it was only tried.
    pub kept: bool,
    /// Rows below the header.
    pub rows: u32,
    /// What stands between two cells: `,` or `;`.
    pub separator: String,
    /// What each row adds, in the order of the table; the first 200.
    pub adds: Vec<ImportRow>,
    /// Rows that say what is there already.
    pub unchanged: u32,
    /// Everything that is wrong with it, by row.
    pub faults: Vec<ImportFault>,
}

/// One row that adds something.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ImportRow {
    /// Its line in the table, the header being 1.
    pub row: u32,
    /// The client.
    pub client: String,
    /// What is added to it; empty for the client itself.
    pub adds: String,
}

/// Something wrong with one cell.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ImportFault {
    /// The line of the table, the header being 1.
    pub row: u32,
    /// The column; empty for the whole row.
    pub column: String,
    /// What stands there, shortened.
    pub value: String,
    /// What is wrong with it, and what would be accepted.
    #[serde(flatten)]
    pub fault: FaultView,
}
