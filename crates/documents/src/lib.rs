//! Issued invoices and reports as people and programs read them.
//!
//! [`pdf`] sets an invoice in its client's language on A4, fonts embedded, as PDF/A-3 with the
//! structured invoice within it (Factur-X); [`cii`] is that structured invoice by itself (EN 16931 in
//! the syntax of CII D16B); [`csv`] is its lines as a table; [`letter`] is what it is mailed with. [`workbook`] writes tables of
//! any kind, such as reports, for spreadsheets. All are functions of what they are given:
//! no clock is read and no file, and the same invoice gives the same bytes.
//!
//! What is refused: a document without a number or a date. A draft is looked at on a screen.

mod archive;
mod cii;
mod letter;
mod page;
mod pdf;
mod table;
mod words;
pub mod workbook;

pub use cii::cii;
pub use letter::{Letter, letter};
pub use pdf::pdf;
pub use table::csv;
pub use words::{day, filled};
pub use workbook::workbook;

/// Why a document could not be made.
#[derive(Debug, thiserror::Error)]
pub enum DocumentError {
    /// Only what is issued is a document.
    #[error("the invoice is not issued yet, so it has no number to print")]
    NotIssued,
    /// The font has no shapes, or the page was refused: a fault of this program.
    #[error("the PDF could not be made: {0}")]
    Pdf(String),
    /// The tables do not fit into a workbook.
    #[error("the workbook could not be made: {0}")]
    Workbook(String),
}
