//! What is read from a table: clients, their people, phone books, on-call lists. All of it is kept, or nothing.

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
    /// Of people that were kept: how each comes to a password.
    #[serde(default)]
    pub invitations: Vec<ImportInvitation>,
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

/// Somebody who was let in, and chooses a password by a link.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ImportInvitation {
    /// The line of the table, the header being 1.
    pub row: u32,
    /// The client.
    pub client: String,
    /// Name on screens.
    pub name: String,
    /// Name to sign in with.
    pub login: String,
    /// Where they are reached.
    pub email: String,
    /// The link, to be handed over; it is shown once. `None` when it was mailed.
    #[serde(default)]
    pub link: Option<String>,
    /// From when on the link is void.
    pub expires: String,
}

impl std::fmt::Debug for ImportInvitation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ImportInvitation(row {}, <redacted>)", self.row)
    }
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
