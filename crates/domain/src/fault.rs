//! What is wrong with something that was handed in, and what to do about it.

use std::fmt;

use crate::Words;

/// One fault of a contract, a calendar or a form.
///
/// Validation returns all faults at once: somebody who fixes ten of them should not have to save
/// ten times.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
pub struct Fault {
    /// Where, as a path: `periods[1].when.weekly[0].until`.
    pub field: String,
    /// A stable code that a program may branch on: `period_overlap`.
    pub code: String,
    /// What is wrong, with the value found.
    pub message: String,
    /// What to do next, with an example of what would be accepted.
    pub next: String,
    /// What the two sentences filled in, the first one's values before the second's: for saying
    /// them in another language.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub args: Vec<String>,
}

impl Fault {
    /// A fault at `field`.
    pub fn new(
        field: impl Into<String>,
        code: impl Into<String>,
        message: impl Into<Words>,
        next: impl Into<Words>,
    ) -> Self {
        let (message, next) = (message.into(), next.into());
        Self {
            field: field.into(),
            code: code.into(),
            message: message.text,
            next: next.text,
            args: [message.args, next.args].concat(),
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} {}", self.field, self.message, self.next)
    }
}
