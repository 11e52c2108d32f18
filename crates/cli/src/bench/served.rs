//! The server under test: this program again, in a process of its own.

use std::{fs, path::Path, process::Stdio, time::Duration};

use anyhow::{Context, Result, bail};
use server::clock::Stopwatch;
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, Command},
    time::timeout,
};

/// A server that does not answer within this is broken.
const START_LIMIT: Duration = Duration::from_secs(120);

/// A running server; killed when dropped.
pub struct Served {
    child: Child,
    /// `127.0.0.1:PORT`.
    pub address: String,
    /// The link of the first run, if the store is empty.
    pub first_run: Option<String>,
    /// From the start of the process to the first healthy answer.
    pub started_in: Duration,
    /// When the process was started.
    pub since: Stopwatch,
}

impl Served {
    /// Starts `permanence serve` on `data` and a port that the system gives, and waits until it is
    /// healthy.
    ///
    /// # Errors
    /// When it does not start.
    pub async fn start(data: &Path) -> Result<Self> {
        Self::start_with(data, "strict").await
    }

    /// As [`Served::start`], with this `journal.durability`.
    ///
    /// # Errors
    /// When it does not start.
    pub async fn start_with(data: &Path, durability: &str) -> Result<Self> {
        Self::start_on(data, None, durability).await
    }

    /// As [`Served::start_with`], on a database of its own address instead of the file in `data`.
    ///
    /// # Errors
    /// When it does not start.
    pub async fn start_on(data: &Path, database: Option<&str>, durability: &str) -> Result<Self> {
        let program = std::env::current_exe().context("finding this program")?;
        let since = Stopwatch::start();
        let mut child = Command::new(program)
            .args(["serve", "--listen", "127.0.0.1:0", "--data"])
            .arg(data)
            .args(database.iter().flat_map(|url| ["--database", url]))
            .env("PERMANENCE_LOG_FILTER", "error")
            .env("PERMANENCE_JOURNAL_DURABILITY", durability)
            .stdout(Stdio::piped())
            .stdin(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .context("starting the server under test")?;
        let out = child.stdout.take().context("the server has no standard output")?;
        let mut lines = BufReader::new(out).lines();
        let mut address = None;
        let mut first_run = None;
        // Two lines: where it listens, and where to sign in or to set it up.
        let reading = async {
            while let Some(line) = lines.next_line().await? {
                let Some(link) = line.split_whitespace().find(|word| word.starts_with("http://"))
                else {
                    continue;
                };
                let host = link.trim_start_matches("http://");
                address.get_or_insert(host.split('/').next().unwrap_or(host).to_owned());
                if line.starts_with("Set it up") || line.starts_with("Sign in") {
                    first_run = link.contains("token=").then(|| link.to_owned());
                    return Ok(());
                }
            }
            bail!("the server under test ended before it printed its address")
        };
        timeout(START_LIMIT, reading)
            .await
            .context("the server under test prints no address")??;
        let address = address.context("the server under test prints no address")?;
        // Whatever it prints from now on is read and dropped, so that it never blocks on the pipe.
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        let served = Self { child, address, first_run, started_in: since.elapsed(), since };
        served.wait_until_healthy().await?;
        Ok(Self { started_in: since.elapsed(), ..served })
    }

    async fn wait_until_healthy(&self) -> Result<()> {
        let url = format!("{}/health", self.base());
        let asking = async {
            loop {
                match reqwest::get(&url).await {
                    Ok(answer) if answer.status().is_success() => return,
                    _ => tokio::time::sleep(Duration::from_millis(2)).await,
                }
            }
        };
        timeout(START_LIMIT, asking).await.context("the server under test is not healthy")
    }

    /// `http://127.0.0.1:PORT`.
    pub fn base(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Resident memory now and at its highest, in MiB.
    ///
    /// # Errors
    /// When the system does not tell.
    pub fn memory_mib(&self) -> Result<(f64, f64)> {
        let pid = self.child.id().context("the server under test has ended")?;
        let status = fs::read_to_string(format!("/proc/{pid}/status"))?;
        let field = |name: &str| -> Result<f64> {
            let line = status.lines().find(|line| line.starts_with(name));
            let kib =
                line.and_then(|line| line.split_whitespace().nth(1)).context("no such field")?;
            Ok((kib.parse::<f64>()? / 102.4).round() / 10.0)
        };
        Ok((field("VmRSS:")?, field("VmHWM:")?))
    }

    /// Kills it as a loss of power to this process would: nothing is flushed, nobody is told.
    ///
    /// # Errors
    /// When it cannot be killed.
    pub async fn kill(mut self) -> Result<()> {
        self.child.kill().await.context("killing the server under test")
    }
}
