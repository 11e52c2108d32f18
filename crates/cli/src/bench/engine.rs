//! The database of a benchmark that is made on either engine.

use std::path::Path;

use anyhow::{Context, Result};
use clap::ValueEnum;
use store::Store;
use tempfile::TempDir;
use testkit::pg;

/// Where things are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Engine {
    /// One file.
    Sqlite,
    /// A server of its own, which the benchmark starts.
    Postgres,
}

impl Engine {
    /// Its name, as the option has it.
    pub fn name(self) -> String {
        self.to_possible_value().map_or_else(String::new, |value| value.get_name().to_owned())
    }
}

/// An empty database and a folder for files; gone when dropped.
pub struct Database {
    data: TempDir,
    cluster: Option<(pg::Cluster, String, String)>,
}

impl Database {
    /// Makes one.
    ///
    /// # Errors
    /// When there is no PostgreSQL, or it does not start.
    pub fn make(engine: Engine) -> Result<Self> {
        let cluster = match engine {
            Engine::Sqlite => None,
            Engine::Postgres => {
                let bin = pg::binaries().context("no PostgreSQL found")?;
                let cluster = pg::Cluster::start(&bin, true)?;
                let bare = cluster.database(None)?;
                let url = pg::Cluster::as_in_production(&bare);
                Some((cluster, bare, url))
            }
        };
        Ok(Self { data: tempfile::tempdir()?, cluster })
    }

    /// The folder of the server's files.
    pub fn folder(&self) -> &Path {
        self.data.path()
    }

    /// The server's `--database`; `None` for the file in its folder.
    pub fn url(&self) -> Option<&str> {
        self.cluster.as_ref().map(|(_, _, url)| url.as_str())
    }

    /// Opens it while no server runs.
    ///
    /// # Errors
    /// When it does not open.
    pub async fn open(&self) -> Result<Store> {
        Ok(match self.url() {
            Some(url) => Store::open(url).await?,
            None => Store::open_file(&self.folder().join("permanence.db")).await?,
        })
    }

    /// Lets the engine count its rows, as it does by itself after a while.
    ///
    /// # Errors
    /// When it fails.
    pub fn analyze(&self) -> Result<()> {
        match &self.cluster {
            Some((cluster, bare, _)) => cluster.analyze(bare),
            None => Ok(()),
        }
    }
}
