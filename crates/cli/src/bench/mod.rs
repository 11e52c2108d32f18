//! `permanence bench`: measures a server of its own through the doors that everybody uses.
//!
//! Each benchmark but those of planning starts this very program as a server on a free port with a fresh store, sets a
//! floor up over the administration's interface, and drives agents over the live socket and
//! visitors over the widget's socket. Every visitor and every agent comes from a loopback address of
//! their own, so that the limits on one address stay as they are. Nothing is asserted: the figures
//! are printed as one line of JSON, which `cargo xtask bench` puts into its table.

mod agent;
mod board;
mod chat;
mod engine;
mod floor;
mod forecast;
mod imports;
mod margins;
mod other_floor;
mod percentiles;
mod planning;
mod portal;
mod reports;
mod restart;
mod rosters;
mod served;
mod set_up;
mod simulate;
mod start;
mod visitor;

use clap::Subcommand;

/// What to measure.
#[derive(Debug, Subcommand)]
pub enum Bench {
    /// From a customer's first words to the offer on an agent's screen, durable.
    Floor(floor::Options),
    /// Many conversations at once: how long a message takes.
    Chat(chat::Options),
    /// From a killed server with many waiting to the first offer of the next one.
    Restart(restart::Options),
    /// A month's report over a journal of millions of events.
    Reports(reports::Options),
    /// The pages that a client's people open, over a million contacts, on one engine.
    Portal(portal::Options),
    /// Tables of clients, people, phone books and on-call lists, tried and kept.
    Imports(imports::Options),
    /// The margins of the month that goes on, of hundreds of clients.
    Margins(margins::Options),
    /// Queueing formulas at their largest, and a week of staffing for many clients.
    Planning,
    /// A week's roster for some four hundred people at two sites.
    Rosters,
    /// How far off a forecast is, on a file of recorded counts.
    Forecast(forecast::Options),
    /// Contacts simulated in a second on one core, through the production router.
    Simulate(simulate::Options),
    /// An empty server: time to the first answer, memory.
    Start(start::Options),
}

/// Measures and prints one line of JSON.
///
/// # Errors
/// When the server under test cannot be started or does not behave.
pub async fn run(bench: &Bench) -> anyhow::Result<()> {
    let figures = match bench {
        Bench::Floor(options) => floor::run(options).await?,
        Bench::Chat(options) => chat::run(options).await?,
        Bench::Restart(options) => restart::run(options).await?,
        Bench::Reports(options) => reports::run(options).await?,
        Bench::Portal(options) => portal::run(options).await?,
        Bench::Imports(options) => imports::run(options).await?,
        Bench::Margins(options) => margins::run(options).await?,
        Bench::Planning => planning::run()?,
        Bench::Rosters => rosters::run()?,
        Bench::Forecast(options) => forecast::run(options)?,
        Bench::Simulate(options) => simulate::run(options)?,
        Bench::Start(options) => start::run(options).await?,
    };
    println!("{figures}");
    Ok(())
}
