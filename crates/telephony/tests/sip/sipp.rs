//! sipp with one of our scripts.

use std::{
    path::{Path, PathBuf},
    process::Stdio,
};

use telephony::sip::Transport;
use tempfile::TempDir;
use tokio::{
    process::{Child, Command},
    time::timeout,
};

use crate::floor::{Floor, LIMIT};

pub struct Sipp {
    scenario: PathBuf,
    calls: usize,
    transport: Transport,
    /// Ports of the floor, for a caller.
    floor: Option<(u16, u16)>,
    /// Where it listens as a carrier.
    pub port: u16,
}

pub struct Running {
    child: Child,
    scenario: PathBuf,
    dir: TempDir,
    pub port: u16,
}

impl Sipp {
    fn new(scenario: &str) -> Self {
        let scenario = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/sipp").join(scenario);
        assert!(scenario.is_file(), "{} is missing", scenario.display());
        let port = testkit::port::free();
        Self { scenario, calls: 1, transport: Transport::Udp, floor: None, port }
    }

    /// Calls the floor.
    pub fn caller(scenario: &str, floor: &Floor) -> Self {
        let ports = (floor.port(Transport::Udp), floor.port(Transport::Tcp));
        Self { floor: Some(ports), ..Self::new(scenario) }
    }

    /// Is called by the floor, once.
    pub fn carrier(scenario: &str) -> Self {
        Self::new(scenario)
    }

    pub fn calls(mut self, calls: usize) -> Self {
        self.calls = calls;
        self
    }

    pub fn over_tcp(mut self) -> Self {
        self.transport = Transport::Tcp;
        self
    }

    /// Runs to its end, which must be a good one.
    pub async fn run(self) {
        self.launch().done().await;
    }

    /// Starts as a carrier. Our retransmissions bridge the moment until it listens.
    pub fn start(self) -> Running {
        self.launch()
    }

    fn launch(self) -> Running {
        let dir = TempDir::new().expect("a directory");
        let mut command = Command::new("sipp");
        command
            .arg("-sf")
            .arg(&self.scenario)
            .args(["-i", "127.0.0.1", "-p", &self.port.to_string()])
            .args(["-m", &self.calls.to_string(), "-r", "50"])
            .args(["-timeout", "25s", "-timeout_error", "-nostdin", "-trace_err", "-trace_msg"])
            .args(["-t", if self.transport == Transport::Tcp { "t1" } else { "u1" }])
            .args(self.floor.map(|(udp, tcp)| {
                let port = if self.transport == Transport::Tcp { tcp } else { udp };
                format!("127.0.0.1:{port}")
            }))
            .current_dir(dir.path())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .kill_on_drop(true);
        let child = command.spawn().unwrap_or_else(|error| {
            panic!(
                "cannot run sipp ({error}); on Debian it comes with `apt-get install sip-tester`"
            )
        });
        Running { child, scenario: self.scenario, dir, port: self.port }
    }
}

impl Running {
    /// Waits for its end, which must be a good one.
    pub async fn done(mut self) {
        let status = timeout(LIMIT, self.child.wait()).await;
        let good = matches!(&status, Ok(Ok(status)) if status.success());
        assert!(good, "{}: {status:?}\n{}", self.scenario.display(), self.trace());
    }

    /// What it wrote down.
    fn trace(&self) -> String {
        let mut text = String::new();
        for file in std::fs::read_dir(self.dir.path()).into_iter().flatten().flatten() {
            let content = std::fs::read(file.path()).unwrap_or_default();
            text.push_str(&String::from_utf8_lossy(&content));
        }
        text.chars().take(20_000).collect()
    }
}
