//! The `permanence` binary.
//!
//! `permanence serve` runs the server; `permanence journal cat` prints the journal as JSON lines;
//! `permanence forecast` says the coming days, `permanence plan` computes lines and staffing,
//! `permanence schedule` makes rosters, `permanence simulate` plays a scenario, `permanence replay` the
//! journal again;
//! `permanence bench` measures.

mod bench;
mod compare;
mod demonstration;
mod forecast;
mod journal;
mod plan;
mod replay;
mod schedule;
mod serve;
mod simulate;
mod watched;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use server::config::Config;

/// Contact-centre software: one floor, many clients.
#[derive(Debug, Parser)]
#[command(name = "permanence", version, about)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the server.
    Serve(serve::ServeArgs),
    /// Compare the contracts that one client of a scenario could have, at equal service.
    Compare(compare::CompareArgs),
    /// Read the journal.
    Journal {
        #[command(subcommand)]
        command: JournalCommand,
    },
    /// Say the coming days from recorded counts.
    Forecast(forecast::ForecastArgs),
    /// Compute waits and service levels, and the agents that a promise needs.
    Plan {
        #[command(subcommand)]
        plan: plan::Plan,
    },
    /// Replay a stretch of the journal with the router that runs the floor, and compare.
    Replay(replay::ReplayArgs),
    /// Make a roster: who works when, from required agents, people and rules.
    Schedule(schedule::ScheduleArgs),
    /// Play a scenario with the router that runs the floor.
    Simulate(simulate::SimulateArgs),
    /// Measure a server of its own, started for that; prints one line of JSON.
    Bench {
        #[command(subcommand)]
        bench: bench::Bench,
    },
}

#[derive(Debug, Subcommand)]
enum JournalCommand {
    /// Print the journal as JSON, one line for each entry. Everybody in it is an id.
    Cat(journal::CatArgs),
}

/// Where data is kept; the same for every command.
#[derive(Debug, Args)]
struct StoreArgs {
    /// Folder of everything that is kept as files [default: ./data]
    #[arg(long)]
    data: Option<PathBuf>,
    /// Database: postgres://user:password@host/name, or a SQLite file [default: one in the folder]
    #[arg(long, value_name = "URL")]
    database: Option<String>,
    /// Configuration file (TOML)
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

impl StoreArgs {
    /// The configuration: defaults, file, environment, then these and further flags.
    fn config(&self, further: Vec<(String, String)>) -> anyhow::Result<Config> {
        let mut flags = further;
        if let Some(data) = &self.data {
            flags.push(("data".to_owned(), data.display().to_string()));
        }
        if let Some(database) = &self.database {
            flags.push(("database".to_owned(), database.clone()));
        }
        Ok(Config::load(self.config.as_deref(), std::env::vars(), flags)?)
    }
}

#[tokio::main]
async fn main() -> std::process::ExitCode {
    let done = match Cli::parse().command {
        Command::Serve(args) => serve::run(args).await,
        Command::Compare(args) => compare::run(args).await,
        Command::Forecast(args) => args.printed().and_then(|text| plan::print(&text)),
        Command::Plan { plan } => plan.printed().await.and_then(|text| plan::print(&text)),
        Command::Replay(args) => replay::run(args).await,
        Command::Schedule(args) => schedule::run(args).await,
        Command::Simulate(args) => simulate::run(args).await,
        Command::Bench { bench } => bench::run(&bench).await,
        Command::Journal { command: JournalCommand::Cat(args) } => journal::cat(args).await,
    };
    match done {
        Ok(()) => std::process::ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("permanence: {error:#}");
            std::process::ExitCode::FAILURE
        }
    }
}
