//! Opening a store: its address, its pools, and what is refused at the door.

use std::{
    path::{Path, PathBuf},
    str::FromStr,
    time::Duration,
};

use sqlx::{
    Connection, Executor,
    postgres::{PgConnectOptions, PgPoolOptions},
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};

use crate::{StoreError, db::Db, group::Group, oracle};

/// The first SQLite without the WAL-reset fault, by which two connections that write and checkpoint
/// at once could corrupt a database (3.7.0 to 3.51.2).
const SQLITE_LEAST: (u32, u32, u32) = (3, 51, 3);

/// Beyond this the WAL file is cut back after a checkpoint.
const JOURNAL_SIZE_LIMIT: &str = "67108864";

/// How long an acknowledged commit must survive.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Durability {
    /// A crash of the operating system and a loss of power.
    #[default]
    Strict,
    /// A crash of this program only; on PostgreSQL not a crash of the database server either. For
    /// disks that stall.
    Process,
}

impl FromStr for Durability {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "strict" => Ok(Self::Strict),
            "process" => Ok(Self::Process),
            other => Err(format!("journal.durability is `{other}`: expected strict or process")),
        }
    }
}

/// How a store is opened.
#[derive(Clone, Debug)]
pub struct Options {
    /// Durability of the journal. On SQLite, where one connection writes, of the records too.
    pub durability: Durability,
    /// Connections that read (SQLite) or serve the records (PostgreSQL), at most.
    pub connections: u32,
    /// How long a caller waits for a connection before the database counts as away.
    pub acquire_timeout: Duration,
    /// Most pages of a new SQLite file; `None` for as many as the disk holds.
    pub sqlite_pages_max: Option<u32>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            durability: Durability::Strict,
            connections: 8,
            acquire_timeout: Duration::from_secs(5),
            sqlite_pages_max: None,
        }
    }
}

/// An address, taken apart.
pub(crate) enum Address {
    Sqlite(PathBuf),
    Pg(Box<PgConnectOptions>),
}

impl Address {
    /// `sqlite:///path`, a plain path, or `postgres://…`.
    pub(crate) fn parse(url: &str) -> Result<Self, StoreError> {
        let refused =
            |why: String| Err(StoreError::Refused { address: without_password(url), why });
        if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            return match PgConnectOptions::from_str(url) {
                Ok(options) => Ok(Self::Pg(Box::new(options))),
                Err(error) => refused(format!(
                    "{error}; expected postgres://user:password@host:5432/database"
                )),
            };
        }
        let path = match url.strip_prefix("sqlite:") {
            Some(rest) => rest.strip_prefix("//").unwrap_or(rest),
            None if url.contains("://") => {
                return refused(
                    "expected sqlite:///path/to/file, a path, or postgres://…".to_owned(),
                );
            }
            None => url,
        };
        if path.is_empty() || path.starts_with(":memory:") {
            return refused(
                "a store is a file: a database in memory has no WAL and loses everything".into(),
            );
        }
        Ok(Self::Sqlite(PathBuf::from(path)))
    }

    pub(crate) async fn open(&self, options: &Options) -> Result<Db, StoreError> {
        match self {
            Self::Sqlite(path) => open_sqlite(path, options).await,
            Self::Pg(connect) => open_pg(connect, options).await,
        }
    }
}

/// The address as it may be shown: what stands between `:` and `@` is a secret.
fn without_password(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else { return url.to_owned() };
    match rest.rsplit_once('@') {
        Some((user, host)) => {
            let user = user.split(':').next().unwrap_or_default();
            format!("{scheme}://{user}:***@{host}")
        }
        None => url.to_owned(),
    }
}

async fn open_sqlite(path: &Path, options: &Options) -> Result<Db, StoreError> {
    let refused = |why: String| StoreError::Refused { address: path.display().to_string(), why };
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    std::fs::create_dir_all(folder).map_err(|error| {
        refused(format!("its folder {} cannot be made: {error}", folder.display()))
    })?;
    let folder = folder.canonicalize().map_err(|error| refused(error.to_string()))?;
    if let Ok(mounts) = std::fs::read_to_string("/proc/self/mountinfo")
        && let Some(kind) = network_file_system(&mounts, &folder)
    {
        return Err(refused(format!(
            "{} is on a network file system ({kind}), where SQLite's locks and its shared memory \
             cannot be trusted and a database can be corrupted; use a local disk, or PostgreSQL",
            folder.display()
        )));
    }
    let connect = SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(match options.durability {
            Durability::Strict => SqliteSynchronous::Full,
            Durability::Process => SqliteSynchronous::Normal,
        })
        .foreign_keys(true)
        .busy_timeout(Duration::from_secs(5))
        .pragma("journal_size_limit", JOURNAL_SIZE_LIMIT);
    let connect = match options.sqlite_pages_max {
        Some(pages) => connect.pragma("max_page_count", pages.to_string()),
        None => connect,
    };
    let write = SqlitePoolOptions::new()
        .max_connections(1)
        .min_connections(1)
        .acquire_timeout(options.acquire_timeout)
        .idle_timeout(None)
        .max_lifetime(None)
        // A connection that an error left inside a transaction is thrown away.
        .before_acquire(|conn, _| Box::pin(async move { Ok(!conn.is_in_transaction()) }))
        .connect_with(connect.clone())
        .await?;
    let version: String = sqlx::query_scalar("SELECT sqlite_version()").fetch_one(&write).await?;
    if parse_version(&version) < SQLITE_LEAST {
        let (a, b, c) = SQLITE_LEAST;
        write.close().await;
        return Err(refused(format!(
            "this program is linked with SQLite {version}, which can corrupt a database in WAL \
             mode; build it with {a}.{b}.{c} or later (libsqlite3-sys is pinned for that)"
        )));
    }
    let mode: String = sqlx::query_scalar("PRAGMA journal_mode").fetch_one(&write).await?;
    if mode != "wal" {
        write.close().await;
        return Err(refused(format!(
            "SQLite cannot use a WAL here (journal mode is {mode}); use a local disk"
        )));
    }
    let read = SqlitePoolOptions::new()
        .max_connections(options.connections)
        .acquire_timeout(options.acquire_timeout)
        // Reads that never end keep the WAL from being cut back; recycling bounds their age.
        .max_lifetime(Duration::from_secs(1_800))
        .connect_with(connect.pragma("query_only", "ON"))
        .await?;
    let group = Group::start(write.clone(), options.acquire_timeout);
    Ok(Db::Sqlite { group, write, read })
}

async fn open_pg(connect: &PgConnectOptions, options: &Options) -> Result<Db, StoreError> {
    let pool = |connections, synchronous_commit: &str| {
        let connect = connect.clone().application_name("permanence").options([
            ("statement_timeout", "30s"),
            ("idle_in_transaction_session_timeout", "30s"),
            ("tcp_keepalives_idle", "30"),
            // The hook below rolls back where there is mostly nothing to roll back.
            ("client_min_messages", "error"),
            ("synchronous_commit", synchronous_commit),
        ]);
        PgPoolOptions::new()
            .max_connections(connections)
            .acquire_timeout(options.acquire_timeout)
            // See `Db::tx`: whatever state a connection comes back in, it leaves no transaction.
            .after_release(|conn, _| {
                Box::pin(async move {
                    conn.execute("ROLLBACK").await?;
                    Ok(true)
                })
            })
            .connect_with(connect)
    };
    let journal_commit = match options.durability {
        Durability::Strict => "on",
        Durability::Process => "off",
    };
    let records = pool(options.connections, "on").await?;
    let journal = pool(2, journal_commit).await?;
    let oracle = oracle::wanted(&records).await?;
    Ok(Db::Pg { records, journal, oracle })
}

fn parse_version(text: &str) -> (u32, u32, u32) {
    let mut parts = text.split('.').map(|part| part.parse().unwrap_or(0));
    (parts.next().unwrap_or(0), parts.next().unwrap_or(0), parts.next().unwrap_or(0))
}

/// The type of the file system that holds `folder`, when it is one that travels over a network.
/// `mounts` is the text of `/proc/self/mountinfo` (proc(5), section on that file).
fn network_file_system<'m>(mounts: &'m str, folder: &Path) -> Option<&'m str> {
    const NETWORK: [&str; 19] = [
        "nfs",
        "nfs4",
        "cifs",
        "smb3",
        "smbfs",
        "ncpfs",
        "afs",
        "coda",
        "ceph",
        "9p",
        "glusterfs",
        "lustre",
        "gpfs",
        "beegfs",
        "ocfs2",
        "gfs2",
        "davfs",
        "pvfs2",
        "vboxsf",
    ];
    let mut best: Option<(usize, &str)> = None;
    for line in mounts.lines() {
        let Some((mount, kind)) = line.split_once(" - ") else { continue };
        let (Some(point), Some(kind)) = (mount.split(' ').nth(4), kind.split(' ').next()) else {
            continue;
        };
        let point = point.replace("\\040", " ").replace("\\011", "\t");
        let depth = Path::new(&point).components().count();
        // Later lines lie on top of earlier ones.
        if folder.starts_with(&point) && best.is_none_or(|(d, _)| depth >= d) {
            best = Some((depth, kind));
        }
    }
    let (_, kind) = best?;
    let remote_fuse = ["fuse.sshfs", "fuse.glusterfs", "fuse.s3fs", "fuse.rclone", "fuse.davfs"];
    (NETWORK.contains(&kind) || remote_fuse.contains(&kind)).then_some(kind)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_file_system_is_found_by_its_nearest_mount() {
        let mounts = "21 1 254:0 / / rw shared:1 - ext4 /dev/vda rw\n\
                      40 21 0:44 / /srv/my\\040data rw shared:2 - nfs4 host:/x rw\n\
                      41 40 254:1 / /srv/my\\040data/local rw shared:3 - ext4 /dev/vdb rw\n";
        for (folder, want) in [
            ("/var/lib/permanence", None),
            ("/srv/my data", Some("nfs4")),
            ("/srv/my data/deep/er", Some("nfs4")),
            ("/srv/my data/local/x", None),
            ("/srv/my database", None),
        ] {
            assert_eq!(network_file_system(mounts, Path::new(folder)), want, "{folder}");
        }
    }

    #[test]
    fn a_password_is_never_shown() {
        for (url, want) in [
            ("postgres://anna:secret@host/db", "postgres://anna:***@host/db"),
            ("postgres://anna:p@ss@host/db", "postgres://anna:***@host/db"),
            ("postgres:///db", "postgres:///db"),
            ("data/permanence.db", "data/permanence.db"),
        ] {
            assert_eq!(without_password(url), want);
        }
    }

    #[test]
    fn versions_compare_as_numbers() {
        assert!(parse_version("3.51.2") < SQLITE_LEAST);
        assert!(parse_version("3.9.9") < SQLITE_LEAST);
        assert!(parse_version("3.51.3") >= SQLITE_LEAST);
        assert!(parse_version("4.0") > SQLITE_LEAST);
    }

    #[test]
    fn an_address_that_cannot_be_a_store_says_why() {
        for url in ["mysql://x", ":memory:", "sqlite::memory:", "", "postgres://host:port"] {
            let error = Address::parse(url).err().expect("refused").to_string();
            assert!(error.contains("cannot be opened"), "{url}: {error}");
        }
    }
}
