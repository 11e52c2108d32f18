//! PostgreSQL for tests: a cluster of its own for each test process, gone when the process is.
//!
//! The binaries are Debian's (`/usr/lib/postgresql/*/bin`) or those of `PERMANENCE_PG_BIN`. Nothing
//! is written through to the disk (`fsync=off`), it listens on a socket in its own folder only, and
//! a guardian shell stops it when this process ends, however it ends.
//!
//! Its databases ask stores for the oracle (`permanence.oracle`): whatever is done in the name of a
//! client is held against row-level security, and a test that reaches another client's rows is ended.

use std::{
    fs,
    io::{self, Write as _},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{
        Mutex, OnceLock,
        atomic::{AtomicU64, Ordering},
    },
};

use anyhow::{Context as _, bail, ensure};

/// Who owns the databases; the server trusts whoever reaches its socket.
const USER: &str = "permanence";

/// A running cluster.
#[derive(Debug)]
pub struct Cluster {
    folder: PathBuf,
    bin: PathBuf,
    /// Reads from our end of a pipe; end of file, at our end of life, makes it stop the server.
    guardian: Mutex<Option<Child>>,
    next_database: AtomicU64,
}

/// The cluster of this test process, started by whoever asks first. `None` when the machine has no
/// PostgreSQL, which is said aloud; an error instead when `REQUIRE_PG=1`.
pub fn cluster() -> Option<&'static Cluster> {
    static CLUSTER: OnceLock<Option<Cluster>> = OnceLock::new();
    CLUSTER
        .get_or_init(|| {
            let Some(bin) = binaries() else {
                let what = "no PostgreSQL found: install the Debian package postgresql, or set \
                            PERMANENCE_PG_BIN to the folder of initdb and postgres";
                assert!(std::env::var("REQUIRE_PG").as_deref() != Ok("1"), "{what}");
                // Written past the test harness, which swallows what passing tests print.
                let _ = writeln!(io::stderr(), "SKIPPED: tests on PostgreSQL: {what}");
                return None;
            };
            match Cluster::start(&bin, false) {
                Ok(cluster) => Some(cluster),
                Err(error) => panic!("PostgreSQL of {} does not start: {error:#}", bin.display()),
            }
        })
        .as_ref()
}

/// Where `initdb` and `postgres` are; the newest release that is installed.
pub fn binaries() -> Option<PathBuf> {
    if let Some(bin) = std::env::var_os("PERMANENCE_PG_BIN") {
        return Some(PathBuf::from(bin));
    }
    let mut found: Vec<(u32, PathBuf)> = fs::read_dir("/usr/lib/postgresql")
        .ok()?
        .filter_map(|entry| {
            let entry = entry.ok()?;
            let release = entry.file_name().to_str()?.parse().ok()?;
            let bin = entry.path().join("bin");
            bin.join("initdb").is_file().then_some((release, bin))
        })
        .collect();
    found.sort();
    found.pop().map(|(_, bin)| bin)
}

impl Cluster {
    /// Makes and starts a cluster of its own, for tests that break it. `durable` keeps `fsync` on.
    pub fn start(bin: &Path, durable: bool) -> anyhow::Result<Self> {
        let folder = tempfile::Builder::new()
            .prefix("permanence-pg-")
            .tempdir()
            .context("making a folder for the cluster")?
            .keep();
        let cluster = Self {
            folder,
            bin: bin.to_owned(),
            guardian: Mutex::new(None),
            next_database: AtomicU64::new(1),
        };
        if let Some((user, group)) = other_user() {
            std::os::unix::fs::chown(&cluster.folder, Some(user), Some(group))
                .context("giving the folder to the user of the database")?;
        }
        let data = cluster.folder.join("data");
        let made = as_other_user(&cluster.bin.join("initdb"))
            .args(["--no-sync", "--auth=trust", "--encoding=UTF8", "--locale=C"])
            .args(["--username", USER, "--pgdata"])
            .arg(&data)
            .current_dir("/")
            .output()
            .context("running initdb")?;
        ensure!(made.status.success(), "initdb: {}", String::from_utf8_lossy(&made.stderr));
        let durable = if durable { "on" } else { "off" };
        let settings = format!(
            "listen_addresses = ''\nunix_socket_directories = '{}'\nmax_connections = 200\n\
             fsync = {durable}\nfull_page_writes = {durable}\nshared_buffers = 32MB\n\
             autovacuum = off\nlogging_collector = off\nlog_min_messages = warning\n\
             permanence.oracle = on\n",
            cluster.folder.display()
        );
        fs::OpenOptions::new()
            .append(true)
            .open(data.join("postgresql.conf"))
            .and_then(|mut file| file.write_all(settings.as_bytes()))
            .context("writing the settings")?;
        cluster.resume()?;
        Ok(cluster)
    }

    /// Starts the server, at first or after [`Cluster::stop`], and waits until it answers.
    pub fn resume(&self) -> anyhow::Result<()> {
        let mut guardian = self.guardian();
        if guardian.is_some() {
            bail!("the cluster runs already");
        }
        let folder = self.folder.display().to_string();
        let log = fs::File::create(self.folder.join("log")).context("making the log")?;
        // The shell outlives us by a moment: its `read` ends when our end of the pipe closes, even
        // when we are killed. It removes the folder unless it was told to keep it.
        let script = r#"
            "$@" & server=$!
            read -r word
            kill -QUIT $server 2>/dev/null
            wait $server
            [ "$word" = keep ] || rm -rf "$0"
        "#;
        let mut shell = Command::new("/bin/sh");
        shell.arg("-c").arg(script).arg(&folder);
        let server = as_other_user(&self.bin.join("postgres"));
        shell.arg(server.get_program()).args(server.get_args());
        shell.arg("-D").arg(self.folder.join("data")).current_dir("/");
        shell.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(log);
        let mut child = shell.spawn().context("starting postgres")?;
        for _ in 0..600 {
            let ready = Command::new(self.bin.join("pg_isready"))
                .args(["--quiet", "--timeout=1", "--username", USER, "--host", &folder])
                .status()
                .context("running pg_isready")?;
            if ready.success() {
                *guardian = Some(child);
                return Ok(());
            }
            if let Some(status) = child.try_wait()? {
                bail!("postgres ended ({status}): {}", self.log());
            }
            // A condition with a limit: the server says when it is ready.
            std::thread::sleep(std::time::Duration::from_millis(50));
        }
        drop(child.stdin.take());
        bail!("postgres does not answer within 30 s: {}", self.log());
    }

    /// Stops the server at once, without a checkpoint, as a crash would. Its data stays for
    /// [`Cluster::resume`].
    pub fn stop(&self) -> anyhow::Result<()> {
        let Some(mut child) = self.guardian().take() else { bail!("the cluster does not run") };
        if let Some(mut stdin) = child.stdin.take() {
            stdin.write_all(b"keep\n").context("asking the guardian")?;
        }
        child.wait().context("waiting for the server to end")?;
        Ok(())
    }

    /// A new database, empty, or a copy of `template`, to which nobody may be connected. Gives its
    /// address.
    pub fn database(&self, template: Option<&str>) -> anyhow::Result<String> {
        let name = format!("t{}", self.next_database.fetch_add(1, Ordering::Relaxed));
        self.named_database(&name, template)?;
        Ok(self.url(&name))
    }

    /// A new database of this name, for a template. Gives its address.
    pub fn named_database(&self, name: &str, template: Option<&str>) -> anyhow::Result<String> {
        let made = Command::new(self.bin.join("createdb"))
            .args(["--host", &self.folder.display().to_string(), "--username", USER])
            .args(["--template", template.unwrap_or("template0"), name])
            .output()
            .context("running createdb")?;
        ensure!(made.status.success(), "createdb: {}", String::from_utf8_lossy(&made.stderr));
        Ok(self.url(name))
    }

    /// Looks the database over, so that its plans know how many rows there are; nobody does so by
    /// itself here.
    pub fn analyze(&self, url: &str) -> anyhow::Result<()> {
        let name = url.rsplit('/').next().unwrap_or_default().split('?').next().unwrap_or_default();
        let done = Command::new(self.bin.join("vacuumdb"))
            .args(["--host", &self.folder.display().to_string(), "--username", USER])
            .args(["--quiet", "--analyze", name])
            .output()
            .context("running vacuumdb")?;
        ensure!(done.status.success(), "vacuumdb: {}", String::from_utf8_lossy(&done.stderr));
        Ok(())
    }

    /// The address of a database as it is in production: without the oracle.
    pub fn as_in_production(url: &str) -> String {
        format!("{url}?options[permanence.oracle]=off")
    }

    fn url(&self, database: &str) -> String {
        let folder = self.folder.display().to_string().replace('/', "%2F");
        format!("postgres://{USER}@{folder}/{database}")
    }

    /// What the server has written to its log.
    pub fn log(&self) -> String {
        fs::read_to_string(self.folder.join("log")).unwrap_or_default()
    }

    fn guardian(&self) -> std::sync::MutexGuard<'_, Option<Child>> {
        self.guardian.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        if let Some(mut child) = self.guardian().take() {
            drop(child.stdin.take());
            let _ = child.wait();
        } else {
            let _ = fs::remove_dir_all(&self.folder);
        }
    }
}

/// PostgreSQL refuses to run as root. User and group that it runs as instead: those of the
/// package, or nobody.
fn other_user() -> Option<(u32, u32)> {
    let me = fs::read_to_string("/proc/self/status").ok()?;
    let uid = me.lines().find_map(|line| line.strip_prefix("Uid:"))?.split_whitespace().nth(1)?;
    if uid != "0" {
        return None;
    }
    let users = fs::read_to_string("/etc/passwd").unwrap_or_default();
    let of = |name: &str| {
        let line = users.lines().find(|line| line.split(':').next() == Some(name))?;
        let mut fields = line.split(':').skip(2);
        Some((fields.next()?.parse().ok()?, fields.next()?.parse().ok()?))
    };
    of("postgres").or_else(|| of("nobody")).or(Some((65_534, 65_534)))
}

fn as_other_user(program: &Path) -> Command {
    let Some((user, group)) = other_user() else { return Command::new(program) };
    let mut command = Command::new("setpriv");
    command
        .arg(format!("--reuid={user}"))
        .arg(format!("--regid={group}"))
        .args(["--clear-groups", "--"])
        .arg(program);
    command
}

/// Runs each contract test on both engines: `both_engines!(open; one, two);` makes
/// `one::sqlite`, `one::postgres`, and so on, where `async fn open(url: String) -> S` and
/// `async fn one(s: S)`. Without PostgreSQL the second of each is skipped, aloud.
#[macro_export]
macro_rules! both_engines {
    ($open:ident; $($(#[$meta:meta])* $name:ident),+ $(,)?) => {$(
        mod $name {
            #[tokio::test]
            $(#[$meta])*
            async fn sqlite() {
                let folder = tempfile::tempdir().expect("a folder for the test");
                let url = format!("sqlite://{}", folder.path().join("store.db").display());
                super::$name(super::$open(url).await).await;
            }

            #[tokio::test]
            $(#[$meta])*
            async fn postgres() {
                let Some(cluster) = $crate::pg::cluster() else { return };
                let url = cluster.database(None).expect("a database for the test");
                super::$name(super::$open(url).await).await;
            }
        }
    )+};
}
