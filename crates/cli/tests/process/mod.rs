//! The real binary as a child process.

use std::{net::SocketAddr, path::Path, process::Stdio};

use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, Command},
};

use crate::wait;

/// The server as its own process.
pub struct Server {
    child: Child,
    /// Where it listens.
    pub address: SocketAddr,
    /// Where it takes calls, if it does.
    #[allow(dead_code)] // not every suite calls
    pub sip: Option<SocketAddr>,
}

impl Server {
    /// Starts it and waits until it says where it listens.
    pub async fn start(data: &Path, database: &str) -> Self {
        Self::start_with(data, database, &[]).await
    }

    /// The same with more of its environment.
    pub async fn start_with(data: &Path, database: &str, environment: &[(&str, &str)]) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_permanence"))
            .args(["serve", "--listen", "127.0.0.1:0", "--data"])
            .arg(data)
            .args(["--database", database])
            .env("PERMANENCE_LIMITS_REQUESTS_PER_SECOND", "100000")
            .env("PERMANENCE_LIMITS_REQUESTS_BURST", "100000")
            .envs(environment.iter().copied())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .expect("the binary starts");
        let out = child.stdout.take().expect("it is piped");
        let mut lines = BufReader::new(out).lines();
        let (address, sip) = tokio::time::timeout(wait::LIMIT, async {
            let (mut address, mut sip) = (None, None);
            loop {
                let line = lines.next_line().await.expect("readable").expect("it says where");
                if let Some((_, calls)) = line.split_once("udp://") {
                    sip = calls.trim().parse().ok();
                } else if line.starts_with("Sign in:") || line.starts_with("Set it up:") {
                    // The last line of a start.
                    return (address.expect("it said where"), sip);
                } else if let Some((_, told)) = line.split_once("http://") {
                    address = told.trim().parse().ok();
                }
            }
        })
        .await
        .expect("it listens in time");
        // Read to the end: a program whose reader is gone may not write any more.
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        Self { child, address, sip }
    }

    /// SIGKILL: no chance to finish anything.
    pub async fn kill(mut self) {
        self.child.kill().await.expect("it runs");
    }
}
