//! How many people a promise needs: queueing formulas, forecasts, staffing and the simulator that
//! drives the production router.
//!
//! Plans are values that somebody can read, compare and refuse. Nothing here reads a clock, a file or
//! a store, and nothing is carried out: the caller hands in counts, rates and contracts and gets
//! figures or a fault that names the field, its value and what would be accepted.
//!
//! - Inside, every span is in seconds and every rate is per second, as `f64`; units are converted
//!   where people type and read them, nowhere else.
//! - There are four service levels in use and they differ by an agent or more. Each figure here
//!   carries the name of its definition, as the glossary has it.
//! - Randomness is seeded and handed in, one stream per purpose.

pub mod backlog;
mod check;
pub mod compare;
pub mod erlang;
pub mod forecast;
pub mod intraday;
mod normal;
mod patience;
mod poisson;
pub mod pooling;
pub mod priorities;
mod quadrature;
pub mod recorded;
pub mod replay;
pub mod roster;
pub mod sim;
pub mod skills;
pub mod square_root;
pub mod staffing;
pub mod survival;
mod times;
pub mod varying;

pub use erlang::{Figures, Level, Line};
pub use patience::Patience;
pub use staffing::{Demand, Staffing, Target, staff};
pub use times::{SHAPES, Shape, Times};
