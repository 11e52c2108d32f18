//! Every figure of the floor, computed once from the journal: service level, waits, handle, the
//! agents' ledger.
//!
//! Board, report and API read the same computation. [`Live`] keeps today for the board,
//! [`Intervals`] answers for a stretch of the past, [`Days`] keeps past days so that it answers fast.
//! All are fed the router's journalled events one by one and share the rules by which an event becomes a figure. Nothing here reads a clock, a
//! store or a contract: the promise in force at a contact's arrival travels in its first event and
//! stays with its figures, so a change of contract is never retroactive.
//!
//! Read [`Tally`] first: it says how each ending is counted.
//!
//! - A contact counts in the interval in which its clock started; an agent's answers count in the
//!   interval of the answer; agents' time is cut at the bounds.
//! - Sums are kept in whole microseconds and counts, so sums of intervals equal the day exactly.
//!   Only what is shown is rounded, half up: shares to a tenth of a percent, times to milliseconds.

mod adherence;
mod book;
mod days;
mod intervals;
mod ledger;
mod level;
mod live;
mod share;
mod spread;
mod tally;

pub use adherence::{Activity, Adherence, Now, Stint, Times, fits, out_since};
pub use days::{CALCULATION, Closed, Damaged, Days};
pub use intervals::{Group, Intervals, Key, Query, QueryError, Row};
pub use ledger::Ledger;
pub use level::{LevelPart, Levels, ServiceLevelCounts};
pub use live::{AgentRow, Bucket, ContactsRow, Live, LiveView};
pub use share::Share;
pub use spread::Spread;
pub use tally::{Summary, Tally};
