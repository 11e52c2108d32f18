//! What must be kept: the journal of each floor, its snapshots, and the records of the business, on
//! SQLite or PostgreSQL.
//!
//! One SQL text serves both engines; a contract suite runs against both. The store decides nothing:
//! it keeps what the router decided and what people wrote, and refuses what would break a promise
//! (an append by an owner who was replaced, a second use of a login). Personal data lives in the
//! records only, never in the journal.
//!
//! Read [`Store`] first, then [`Writer`] for the journal and [`View`] and [`Tx`] for the records.

mod db;
mod error;
mod group;
pub mod journal;
mod migrate;
mod open;
mod oracle;
pub mod records;
mod value;

use std::path::Path;

pub use db::{Tx, View, Work};
pub use error::StoreError;
pub use journal::{Entry, JournalError, Owned, Snapshot, Writer};
pub use migrate::{MIGRATIONS, Migration};
pub use open::{Durability, Options};
pub use records::{ClientScope, ProviderScope};

use open::Address;

/// An open store. Clones share its connections.
#[derive(Clone, Debug)]
pub struct Store {
    db: db::Db,
}

impl Store {
    /// Opens the store at `sqlite:///path`, a plain path, or `postgres://…`, and brings its schema
    /// up to date.
    pub async fn open(url: &str) -> Result<Self, StoreError> {
        Self::open_with(url, &Options::default()).await
    }

    /// As [`Store::open`], with options.
    pub async fn open_with(url: &str, options: &Options) -> Result<Self, StoreError> {
        let db = Address::parse(url)?.open(options).await?;
        let store = Self { db };
        let ready = async {
            migrate::migrate(&store.db, MIGRATIONS).await?;
            oracle::install(&store.db).await
        };
        match ready.await {
            Ok(()) => Ok(store),
            Err(error) => {
                store.close().await;
                Err(error)
            }
        }
    }

    /// Opens the SQLite store in `file`.
    pub async fn open_file(file: &Path) -> Result<Self, StoreError> {
        Self::open(&format!("sqlite://{}", file.display())).await
    }

    /// Which engine keeps the data: `sqlite` or `postgres`.
    pub fn engine(&self) -> &'static str {
        match self.db {
            db::Db::Sqlite { .. } => "sqlite",
            db::Db::Pg { .. } => "postgres",
        }
    }

    /// Reads, each statement by itself.
    pub fn view(&self) -> View {
        self.db.view()
    }

    /// Carries out `work` in one transaction: all of it or nothing, durable when this returns.
    ///
    /// On SQLite all who wait at once share a transaction, so that they wait for the disk once; the
    /// failure of one leaves the others as they are. It runs to its end even when the caller stops
    /// waiting. Nothing that leaves the building may
    /// happen inside, and nothing may be awaited there that waits for the journal: on SQLite both
    /// write over one connection.
    pub async fn tx<T, F>(&self, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: for<'t> FnOnce(&'t mut Tx) -> Work<'t, T, StoreError> + Send + 'static,
    {
        self.db.tx(work).await
    }

    /// As [`Store::tx`], for work with an error type of its own.
    pub async fn try_tx<T, E, F>(&self, work: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
        F: for<'t> FnOnce(&'t mut Tx) -> Work<'t, T, E> + Send + 'static,
    {
        self.db.tx(work).await
    }

    /// Whether the database answers.
    pub async fn ping(&self) -> Result<(), StoreError> {
        self.view().one("SELECT 1 AS one", vec![]).await.map(drop)
    }

    /// Waits for work in hand and closes every connection.
    pub async fn close(&self) {
        self.db.close().await;
    }
}
