//! `permanence plan`: queueing formulas and staffing, for people and for scripts.

mod by_interval;
mod erlang;
mod intraday;
mod line;
mod skills;
mod staff;
pub mod units;

use std::io::{ErrorKind, Write};

use clap::Subcommand;

/// What to plan.
#[derive(Debug, Subcommand)]
pub enum Plan {
    /// Exact figures of one line: waits, service levels, abandonment, occupancy.
    Erlang(erlang::ErlangArgs),
    /// The least agents with which a promise holds.
    Staff(staff::StaffArgs),
    /// Agents by group and interval for many clients, under their promises, at least cost.
    Skills(skills::SkillsArgs),
    /// The rest of today said anew from what has come: projected levels, alerts, moves of agents.
    Intraday(intraday::IntradayArgs),
}

impl Plan {
    /// What the command prints.
    ///
    /// # Errors
    /// Everything that is wrong with the numbers, each under its flag.
    pub async fn printed(&self) -> anyhow::Result<String> {
        match self {
            Self::Erlang(args) => args.run(),
            Self::Staff(args) => args.run(),
            Self::Skills(args) => args.run().await,
            Self::Intraday(args) => args.run().await,
        }
    }
}

#[cfg(test)]
impl Plan {
    /// The same, for tests that are not asynchronous.
    pub fn printed_now(&self) -> anyhow::Result<String> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        runtime.block_on(self.printed())
    }
}

/// Prints a command's whole answer.
pub fn print(text: &str) -> anyhow::Result<()> {
    match std::io::stdout().write_all(text.as_bytes()) {
        // `permanence … | head` is no failure.
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        written => Ok(written?),
    }
}

#[cfg(test)]
mod tests;
