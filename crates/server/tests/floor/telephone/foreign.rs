//! baresip: a customer, or an agent's desk phone.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use telephony::tone;
use tempfile::TempDir;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use super::longest;
use crate::wait;

/// How one is set up.
pub struct Setup<'a> {
    /// The user part of its address.
    pub user: &'a str,
    /// Where it sends everything: `127.0.0.1:5060`.
    pub server: String,
    /// `udp`, `tcp` or `tls`.
    pub transport: &'a str,
    /// What it plays, in hertz.
    pub hz: f64,
    /// More of the line of its identity: `;regint=60;auth_pass=…`.
    pub identity: String,
    /// Where it listens, if that must be known. For TLS it takes the next port.
    pub listens: u16,
    /// More lines of its configuration.
    pub config: String,
}

/// A phone that runs until it is dropped.
pub struct Baresip {
    child: Child,
    control: u16,
    server: String,
    transport: String,
    dir: TempDir,
}

/// Two minutes of a tone.
fn write_tone(path: &Path, hz: f64) {
    let samples = tone::sine(hz, 120_000);
    let bytes = samples.len() as u32 * 2;
    let mut file = Vec::with_capacity(samples.len() * 2 + 44);
    file.extend(b"RIFF");
    file.extend((bytes + 36).to_le_bytes());
    file.extend(b"WAVEfmt ");
    file.extend(16_u32.to_le_bytes());
    for half in [1_u16, 1] {
        file.extend(half.to_le_bytes());
    }
    for whole in [8_000_u32, 16_000] {
        file.extend(whole.to_le_bytes());
    }
    for half in [2_u16, 16] {
        file.extend(half.to_le_bytes());
    }
    file.extend(b"data");
    file.extend(bytes.to_le_bytes());
    file.extend(samples.iter().flat_map(|sample| sample.to_le_bytes()));
    fs::write(path, file).expect("the tone is written");
}

impl Baresip {
    /// Starts it and waits until it is ready.
    pub async fn start(setup: Setup<'_>) -> Self {
        let Setup { user, server, transport, hz, identity, listens, config } = setup;
        let dir = TempDir::new().expect("a directory");
        let control = testkit::port::free();
        write_tone(&dir.path().join("tone.wav"), hz);
        let folder = dir.path().display().to_string();
        let marks = [
            ("USER", user.to_owned()),
            ("SERVER", server.clone()),
            ("TRANSPORT", transport.to_owned()),
            ("IDENTITY", identity),
            ("CONTROL", control.to_string()),
            (
                "LISTENS",
                match server.starts_with('[') {
                    true => format!("[::1]:{listens}"),
                    false => format!("127.0.0.1:{listens}"),
                },
            ),
            ("DIR", folder),
            ("CONFIG", config),
        ];
        let templates = Path::new(env!("CARGO_MANIFEST_DIR")).join("../server/tests/baresip");
        for template in fs::read_dir(templates).expect("our files").flatten() {
            let mut text = fs::read_to_string(template.path()).expect("text");
            for (mark, value) in &marks {
                text = text.replace(&format!("@{mark}@"), value);
            }
            fs::write(dir.path().join(template.file_name()), text).expect("it is written");
        }
        let log = fs::File::create(dir.path().join("log")).expect("a log");
        let child = Command::new("baresip")
            .args(["-f", "."])
            .current_dir(dir.path())
            .stdin(Stdio::null())
            .stdout(log.try_clone().expect("a log"))
            .stderr(log)
            .spawn()
            .unwrap_or_else(|error| {
                panic!("cannot run baresip ({error}); on Debian: `apt-get install baresip`")
            });
        let phone = Self { child, control, server, transport: transport.to_owned(), dir };
        phone.says("baresip is ready").await;
        phone
    }

    /// Presses a key of the phone, so to say.
    pub async fn does(&self, command: &str, params: &str) {
        let text = format!("{{\"command\":\"{command}\",\"params\":\"{params}\",\"token\":\"1\"}}");
        let frame = format!("{}:{text},", text.len());
        wait::asking(&format!("{command} is done\n{}", self.log()), || async {
            let mut stream = TcpStream::connect(("127.0.0.1", self.control)).await.ok()?;
            stream.write_all(frame.as_bytes()).await.ok()?;
            // Events come between; without waiting for the answer the command may be lost.
            let mut heard = Vec::new();
            while !String::from_utf8_lossy(&heard).contains("\"response\"") {
                if stream.read_buf(&mut heard).await.ok()? == 0 {
                    return None;
                }
            }
            Some(())
        })
        .await;
    }

    /// Calls a number by its server.
    pub async fn calls(&self, number: &str) {
        let (server, transport) = (&self.server, &self.transport);
        self.does("dial", &format!("sip:{number}@{server};transport={transport}")).await;
    }

    /// What it printed.
    pub fn log(&self) -> String {
        let log = fs::read(self.dir.path().join("log")).unwrap_or_default();
        String::from_utf8_lossy(&log).into_owned()
    }

    /// Waits until it has printed something.
    pub async fn says(&self, text: &str) {
        wait::asking(&format!("baresip says {text:?}"), || async {
            self.log().contains(text).then_some(())
        })
        .await;
    }

    /// What it has heard until now: its dumps end `-dec.wav`, 16 bits a sample.
    pub fn heard(&self) -> Vec<i16> {
        let is_dump = |path: &PathBuf| path.to_string_lossy().ends_with("-dec.wav");
        let mut dumps: Vec<PathBuf> = fs::read_dir(self.dir.path())
            .expect("its folder")
            .flatten()
            .map(|entry| entry.path())
            .filter(is_dump)
            .collect();
        dumps.sort();
        let bytes = dumps.last().and_then(|dump| fs::read(dump).ok()).unwrap_or_default();
        let samples = bytes.get(44..).unwrap_or_default().chunks_exact(2);
        samples.map(|pair| i16::from_le_bytes([pair[0], pair[1]])).collect()
    }

    /// Waits until one tone was heard for a second, which it writes down a little later.
    pub async fn has_heard(&self, hz: f64) {
        wait::asking(&format!("{hz} Hz was heard for a second"), || async {
            (longest(&self.heard(), hz) >= 1.0).then_some(())
        })
        .await;
    }

    /// Stands still, as if its network were gone, or goes on.
    pub fn freeze(&self, on: bool) {
        let signal = if on { "-STOP" } else { "-CONT" };
        let sent = Command::new("kill").args([signal, &self.child.id().to_string()]).status();
        assert!(sent.expect("`kill` runs").success());
    }

    /// Its process is killed: nobody says goodbye.
    pub fn kill(mut self) {
        let _ = self.child.kill();
    }
}

impl Drop for Baresip {
    fn drop(&mut self) {
        // It may be gone already.
        let _ = self.child.kill();
        let _ = self.child.wait();
        if std::thread::panicking() {
            eprintln!("baresip:\n{}", self.log());
        }
    }
}
