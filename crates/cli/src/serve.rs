//! `permanence serve`.

use std::io::Write;

use clap::Args;
use server::{clock::Clock, config::Config, serve::Server};
use tracing_subscriber::EnvFilter;

use crate::{StoreArgs, schedule::OwnProcess};

/// How the server is started.
#[derive(Debug, Args)]
pub struct ServeArgs {
    #[command(flatten)]
    store: StoreArgs,
    /// Where to listen; port 0 takes a free one [default: 127.0.0.1:8080]
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<String>,
    /// The address people use, such as https://desk.example.org, when it is not the one listened on
    #[arg(long, value_name = "URL")]
    public_url: Option<String>,
    /// Fill an empty database with a demonstration floor, and let simulated people in
    #[arg(long)]
    demo: bool,
    /// Weeks that the demonstration floor has lived through [default: since the beginning of last month]
    #[arg(long, value_name = "WEEKS", requires = "demo")]
    demo_weeks: Option<u32>,
    /// Run on a clock that tests move forward by POST /test/clock; never for real work
    #[arg(long)]
    test_clock: bool,
}

/// Runs the server until it is told to stop (Ctrl+C or SIGTERM).
pub async fn run(args: ServeArgs) -> anyhow::Result<()> {
    let mut flags = Vec::new();
    for (key, value) in [("listen", &args.listen), ("public_url", &args.public_url)] {
        if let Some(value) = value {
            flags.push((key.to_owned(), value.clone()));
        }
    }
    let mut config = args.store.config(flags)?;
    start_log(&config)?;
    let clock = if args.test_clock { Clock::adjustable() } else { Clock::system() };
    let cast = match args.demo {
        true => Some(crate::demonstration::prepare(&mut config, &clock, args.demo_weeks).await?),
        false => None,
    };
    let mut server = Server::open(config, clock).await?.with_planner(OwnProcess::find()?);
    let address = server.app().address().to_owned();
    let mut out = std::io::stdout().lock();
    writeln!(out, "Permanence listens on {address}")?;
    if let Some(voice) = &server.app().voice {
        for address in voice.addresses() {
            writeln!(out, "Calls are taken at {address}")?;
        }
    }
    match server.app().first_run_token() {
        Some(token) => writeln!(out, "Set it up: {address}/first-run?token={token}")?,
        None => writeln!(out, "Sign in:    {address}/sign-in")?,
    }
    if let Some(cast) = &cast {
        cast.print(&mut out, &address)?;
    }
    out.flush()?;
    drop(out);
    let Some(cast) = cast else { return server.run(told_to_stop()).await };
    server = server.with_pages(cast.pages());
    // The players come in by the address listened on, not by the one that people use.
    let sip = server.app().voice.as_ref().and_then(|voice| voice.sip_by_udp());
    let play = cast.begin(server.local_address(), sip);
    let served = server.run(told_to_stop()).await;
    play.end().await;
    served
}

/// Logs to standard error, so that standard output stays for those who read the address.
fn start_log(config: &Config) -> anyhow::Result<()> {
    use anyhow::Context;
    let filter = EnvFilter::try_new(&config.log).with_context(|| {
        format!("log.filter is `{}`: expected e.g. info,server=debug", config.log)
    })?;
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    if config.log_json {
        log.json().init()
    } else {
        log.init()
    }
    Ok(())
}

/// Ready on Ctrl+C or SIGTERM.
async fn told_to_stop() {
    let interrupt = tokio::signal::ctrl_c();
    #[cfg(unix)]
    let terminate = async {
        match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
            Ok(mut signal) => {
                signal.recv().await;
            }
            Err(error) => {
                tracing::warn!(%error, "SIGTERM cannot be heard; stop with Ctrl+C");
                std::future::pending::<()>().await;
            }
        }
    };
    #[cfg(not(unix))]
    let terminate = std::future::pending::<()>();
    tokio::select! {
        heard = interrupt => {
            if let Err(error) = heard {
                tracing::warn!(%error, "Ctrl+C cannot be heard; stopping");
            }
        }
        () = terminate => {}
    }
}
