//! The simulator: a second driver of the router that runs the floor, in virtual time.
//!
//! A [`Scenario`] says which clients with which contracts meet which agents; [`simulate`] plays it
//! as often as wished and gives an [`Outcome`]: the figures by client, by group and in all, each with
//! its 95 % interval. Who is offered which contact is decided by [`routing::Router`] alone; here are
//! only the customers who come and lose patience, and the agents who answer, talk and go home.
//!
//! - Every random number has an address (seed, replication, purpose, queue, contact): what changes in
//!   a scenario changes nothing else, so two scenarios are compared on the same contacts.
//! - Contacts count in the stretch of their arrival. After the end of the run others go on arriving,
//!   uncounted, until all that count have ended.
//! - Time is in whole microseconds. What happens in one instant happens in the order in which it was
//!   planned; the router's deadlines come before what is planned for the same instant.
//! - Logarithms are those of the platform: the same machine gives the same bytes, another one may
//!   differ in the last bit of a figure.

mod agenda;
mod arrivals;
mod caller;
mod desk;
mod distribution;
mod drive;
mod floor;
mod outcome;
mod parse;
mod parse_client;
mod run;
mod scenario;
mod stream;
mod student;
mod sums;
mod tell;
mod turn;
mod value;

/// What other parts of the crate read files with.
pub(crate) mod read {
    pub(crate) use super::{
        parse::{Names, days, distribution, minute, read_channels, weekly},
        parse_client::periods,
        value::{Faults, Reader, span_of},
    };
}
/// What other parts of the crate play floors with.
pub(crate) mod play {
    pub(crate) use super::{
        floor::{Floor, agent_id, pool_id, queue_at, queue_id, skill_id, team_id},
        parse::client_id,
        run::{book, listen, outcome},
        stream::{Purpose, Stream},
        student::quantile_975,
        tell::Book,
    };
}

pub use distribution::Distribution;
pub use outcome::{AllOutcome, ClientOutcome, GroupOutcome, Kept, Outcome};
pub use parse::{AGENTS_MAX, REPLICATIONS_MAX};
pub use run::{Options, Progress, Watch, simulate, trace};
pub use scenario::*;
pub use sums::{Counts, Estimate, Figures};
pub use tell::Told;
pub use value::Value;
