//! `permanence serve --demo`: a floor with three invented companies, and people who are simulated.

use std::{collections::BTreeMap, io::Write, net::SocketAddr};

use anyhow::{Context, Result};
use demo::{Company, Password, Play, Telephone};
use server::{
    App,
    clock::{Clock, monotonic},
    config::{Config, VoiceConfig},
    http::password::Passwords,
};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// The play is the same each time, as far as the people at the keyboards let it be.
const SEED: u64 = 0x5a17;

/// A demonstration that is ready to begin.
pub struct Cast {
    password: Password,
    keys: BTreeMap<Company, String>,
    carrier: Option<SocketAddr>,
}

/// Simulated people at work.
pub struct Playing {
    stop: CancellationToken,
    task: JoinHandle<()>,
}

/// Fills the store if nobody can sign in to it yet. Where the configuration says nothing of telephony,
/// calls are taken on this machine alone. The floor has lived through so many `weeks`, or since the
/// beginning of last month.
pub async fn prepare(config: &mut Config, clock: &Clock, weeks: Option<u32>) -> Result<Cast> {
    config.voice.get_or_insert_with(VoiceConfig::on_loopback);
    let store = store::Store::open_with(
        &config.database,
        &store::Options { durability: config.durability, ..store::Options::default() },
    )
    .await?;
    let password = Password::of_folder(&config.data)?;
    if demo::has_nobody(&store).await? {
        let hash = Passwords::new(config.password_cost)
            .hash(password.reveal())
            .await
            .map_err(|error| anyhow::anyhow!("the password could not be hashed: {error:?}"))?;
        demo::seed(&store, clock.now(), &hash).await.context("filling the demonstration floor")?;
        demo::seed_lines(&store, demo::free_carrier()?).await.context("its telephone lines")?;
    }
    let carrier = demo::carrier(&store).await?;
    let keys = demo::widget_keys(&store).await?;
    if !keys.is_empty() {
        let past = demo::live_through(&store, clock.now(), SEED, weeks).await;
        if let Some(past) = past.context("giving the demonstration floor its past")? {
            let demo::Past { contacts, entries } = past;
            tracing::info!(contacts, entries, "the demonstration floor has lived through its past");
        }
    }
    store.close().await;
    anyhow::ensure!(
        !keys.is_empty(),
        "this database holds a real floor, not a demonstration: start without --demo, or name \
         another folder with --data"
    );
    Ok(Cast { password, keys, carrier })
}

impl Cast {
    /// Says how to look at it.
    pub fn print(&self, out: &mut impl Write, address: &str) -> Result<()> {
        writeln!(out, "\nA demonstration floor: three companies, simulated agents and customers.")?;
        writeln!(out, "Companies:  {address}/demo/  (write to them there)")?;
        writeln!(
            out,
            "Telephone:  connect it at the top of a desk; a caller rings within a minute"
        )?;
        writeln!(
            out,
            "Password:   {}  (everybody's; also in the file demo-password)",
            self.password.reveal()
        )?;
        for login in demo::logins() {
            writeln!(out, "  {:<8}  {}", login.login, login.what)?;
        }
        Ok(())
    }

    /// The companies' web sites.
    pub fn pages(&self) -> axum::Router<App> {
        demo::pages(&self.keys)
    }

    /// Lets the simulated people in, to a server that listens there and takes calls there.
    pub fn begin(self, listening: SocketAddr, sip: Option<SocketAddr>) -> Playing {
        let host = match listening.ip() {
            ip if ip.is_unspecified() && ip.is_ipv6() => "[::1]".to_owned(),
            ip if ip.is_unspecified() => "127.0.0.1".to_owned(),
            std::net::IpAddr::V6(ip) => format!("[{ip}]"),
            std::net::IpAddr::V4(ip) => ip.to_string(),
        };
        let play = Play {
            base: format!("http://{host}:{}", listening.port()),
            password: self.password,
            telephone: self.carrier.zip(sip).map(|(carrier, server)| Telephone {
                server,
                carrier,
                clock: monotonic,
            }),
            keys: self.keys,
            seed: SEED,
            pace: 1,
        };
        let stop = CancellationToken::new();
        let task = tokio::spawn(demo::play(play, stop.clone()));
        Playing { stop, task }
    }
}

impl Playing {
    /// Sees everybody out.
    pub async fn end(self) {
        self.stop.cancel();
        if let Err(error) = self.task.await {
            tracing::error!(%error, "the demonstration ended badly");
        }
    }
}
