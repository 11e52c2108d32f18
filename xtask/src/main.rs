//! `cargo xtask run`, `cargo xtask test`, `cargo xtask bench`, and what they need.
//!
//! This is the only build script of the project: it installs what a fresh Debian machine lacks,
//! builds the screens and the server, and runs every check as a named step. It knows the crates of
//! the workspace by their manifests and their binary, never as libraries.

mod bench;
mod clock;
mod house;
mod licences;
mod machine;
mod process;
mod run;
mod step;
mod test;
mod web;

use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(name = "cargo xtask", about = "Runs, tests and measures Permanence.")]
struct Cli {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Builds everything and opens a contact centre on this machine.
    Run(run::Options),
    /// Sets up what tests need and runs all of them.
    Test(test::Options),
    /// Measures and prints one table.
    Bench(bench::Options),
    /// Checks the house rules only; takes a second.
    Rules,
}

fn main() -> std::process::ExitCode {
    let outcome = match Cli::parse().task {
        Task::Run(options) => run::run(&options).map(|()| true),
        Task::Test(options) => test::run(&options),
        Task::Bench(options) => bench::run(&options).map(|()| true),
        Task::Rules => house::report(),
    };
    match outcome {
        Ok(true) => std::process::ExitCode::SUCCESS,
        Ok(false) => std::process::ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error:#}");
            std::process::ExitCode::FAILURE
        }
    }
}
