//! What went in and what came out, in order: the only thing the laws look at.

use std::fmt;

use domain::{ContactId, Timestamp};
use routing::{Input, Stamped};

/// One line of a day's log.
#[derive(Clone, Debug, PartialEq)]
pub enum Step {
    /// An input the router accepted. Timers due by then have fired before it.
    Accepted {
        /// Its instant: never before that of an earlier step.
        at: Timestamp,
        /// What was said.
        input: Box<Input>,
    },
    /// An input the router refused, and why; it must have changed nothing.
    Refused {
        /// Its instant.
        at: Timestamp,
        /// What was said.
        input: Box<Input>,
        /// What was answered.
        error: String,
        /// Whether anything came out, or the state differed afterwards.
        changed: bool,
    },
    /// What came out.
    Event(Box<Stamped>),
    /// A position the customer was told: contacts ahead, at most.
    Told {
        /// When.
        at: Timestamp,
        /// Whom.
        contact: ContactId,
        /// The number.
        ahead_max: u32,
    },
    /// Nothing more comes out at this instant.
    Settled {
        /// The instant.
        at: Timestamp,
    },
    /// The day is over and everybody went home.
    Over {
        /// The instant.
        at: Timestamp,
    },
}

impl Step {
    /// When it was.
    pub fn at(&self) -> Timestamp {
        match self {
            Self::Accepted { at, .. }
            | Self::Refused { at, .. }
            | Self::Told { at, .. }
            | Self::Settled { at }
            | Self::Over { at } => *at,
            Self::Event(stamped) => stamped.at,
        }
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ", self.at())?;
        match self {
            Self::Accepted { input, .. } => write!(f, "> {}", shortened(&format!("{input:?}"))),
            Self::Refused { input, error, .. } => {
                write!(f, "x {}: {error}", shortened(&format!("{input:?}")))
            }
            Self::Event(stamped) => write!(f, "    {}", shortened(&format!("{:?}", stamped.event))),
            Self::Told { contact, ahead_max, .. } => {
                let contact = shortened(&format!("{contact:?}"));
                write!(f, "    told {contact}: at most {ahead_max} ahead")
            }
            Self::Settled { .. } => f.write_str("    ."),
            Self::Over { .. } => f.write_str("over"),
        }
    }
}

/// Ids of small numbers are printed without their zeros: `AgentId(3)`.
pub(crate) fn shortened(text: &str) -> String {
    let mut short = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(found) = rest.find("00000000-0000-0000-") {
        short.push_str(&rest[..found]);
        let id: String = rest[found..].chars().take(36).filter(|c| *c != '-').collect();
        short.push_str(match id.trim_start_matches('0') {
            "" => "0",
            digits => digits,
        });
        rest = rest.get(found + 36..).unwrap_or_default();
    }
    short.push_str(rest);
    short
}

/// The steps around a failure, ids shortened, for people.
pub fn print_steps<'a>(steps: impl IntoIterator<Item = &'a Step>) -> String {
    steps
        .into_iter()
        .filter(|step| !matches!(step, Step::Settled { .. } | Step::Told { .. }))
        .map(|step| format!("{step}\n"))
        .collect()
}
