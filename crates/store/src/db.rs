//! The two engines behind one face: pools, views for reading, transactions for writing.
//!
//! One SQL text serves both. A [`View`] reads (each statement by itself); a [`Tx`] reads and writes
//! in one transaction, which is carried out in another task than the caller's, so that a caller who
//! goes away half-way leaves neither half a change nor a connection inside a transaction.

use std::{
    future::Future,
    ops::{Deref, DerefMut},
    pin::Pin,
};

use sqlx::{
    Executor, PgPool, Postgres, Sqlite, SqlitePool, Transaction, postgres::PgQueryResult,
    sqlite::SqliteQueryResult,
};

use crate::{
    StoreError,
    group::Group,
    value::{Row, Value, pg_arguments, sqlite_arguments},
};

/// A boxed unit of work, as [`crate::Store::tx`] takes it: `|tx| Box::pin(async move { … })`.
pub type Work<'t, T, E> = Pin<Box<dyn Future<Output = Result<T, E>> + Send + 't>>;

/// The open pools of one engine.
#[derive(Clone, Debug)]
pub(crate) enum Db {
    /// One connection writes, for all who wait at once; others read beside it (WAL).
    Sqlite { group: Group, write: SqlitePool, read: SqlitePool },
    /// `journal` commits with its own durability.
    Pg { records: PgPool, journal: PgPool },
}

impl Db {
    pub(crate) fn view(&self) -> View {
        View(match self {
            Self::Sqlite { read, .. } => Conn::SqlitePool(read.clone()),
            Self::Pg { records, .. } => Conn::PgPool(records.clone()),
        })
    }

    /// Runs `work` in a transaction, which is committed when it returns `Ok`; on SQLite others may
    /// share it, and each is all or nothing by itself.
    ///
    /// The work never runs in the caller's task: sqlx 0.9.0 can hand a connection back to its pool inside a
    /// transaction when `begin` is cut short (sqlx issues 4385 and 4393), and requests are cut
    /// short whenever somebody closes a browser.
    pub(crate) async fn tx<T, E, F>(&self, work: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
        F: for<'t> FnOnce(&'t mut Tx) -> Work<'t, T, E> + Send + 'static,
    {
        let records = match self {
            Self::Sqlite { group, .. } => return group.tx(work).await,
            Self::Pg { records, .. } => records.clone(),
        };
        let done = tokio::spawn(async move {
            let mut tx = Tx(View(Conn::PgTx(records.begin().await.map_err(StoreError::from)?)));
            match work(&mut tx).await {
                Ok(value) => {
                    tx.commit().await?;
                    Ok(value)
                }
                Err(error) => {
                    tx.rollback().await;
                    Err(error)
                }
            }
        });
        match done.await {
            Ok(result) => result,
            Err(join) => match join.try_into_panic() {
                Ok(panic) => std::panic::resume_unwind(panic),
                Err(_) => Err(StoreError::Stopping.into()),
            },
        }
    }

    pub(crate) async fn close(&self) {
        match self {
            Self::Sqlite { write, read, .. } => {
                read.close().await;
                // The last connection to close checkpoints the WAL.
                write.close().await;
            }
            Self::Pg { records, journal } => {
                records.close().await;
                journal.close().await;
            }
        }
    }
}

enum Conn {
    SqlitePool(SqlitePool),
    PgPool(PgPool),
    SqliteTx(Transaction<'static, Sqlite>),
    PgTx(Transaction<'static, Postgres>),
}

/// Reads records. From [`crate::Store::view`] each statement stands by itself; inside a [`Tx`] it
/// sees what the transaction has written.
pub struct View(Conn);

/// One transaction: reads as a [`View`] does, and writes.
pub struct Tx(View);

impl Deref for Tx {
    type Target = View;
    fn deref(&self) -> &View {
        &self.0
    }
}

impl DerefMut for Tx {
    fn deref_mut(&mut self) -> &mut View {
        &mut self.0
    }
}

/// Runs the same call against whichever engine the connection is of.
macro_rules! on {
    ($conn:expr, $sql:ident, $values:ident, |$q:ident, $c:ident| $body:expr, $sqlite:path, $pg:path) => {
        match $conn {
            Conn::SqlitePool(pool) => {
                let ($q, $c) =
                    (sqlx::query_with::<Sqlite, _>($sql, sqlite_arguments($values)?), &*pool);
                $sqlite($body.await?)
            }
            Conn::SqliteTx(tx) => {
                let ($q, $c) =
                    (sqlx::query_with::<Sqlite, _>($sql, sqlite_arguments($values)?), &mut **tx);
                $sqlite($body.await?)
            }
            Conn::PgPool(pool) => {
                let ($q, $c) =
                    (sqlx::query_with::<Postgres, _>($sql, pg_arguments($values)?), &*pool);
                $pg($body.await?)
            }
            Conn::PgTx(tx) => {
                let ($q, $c) =
                    (sqlx::query_with::<Postgres, _>($sql, pg_arguments($values)?), &mut **tx);
                $pg($body.await?)
            }
        }
    };
}

fn sqlite_rows(rows: Vec<sqlx::sqlite::SqliteRow>) -> Vec<Row> {
    rows.into_iter().map(Row::Sqlite).collect()
}

fn pg_rows(rows: Vec<sqlx::postgres::PgRow>) -> Vec<Row> {
    rows.into_iter().map(Row::Pg).collect()
}

fn sqlite_affected(done: SqliteQueryResult) -> u64 {
    done.rows_affected()
}

fn pg_affected(done: PgQueryResult) -> u64 {
    done.rows_affected()
}

impl View {
    pub(crate) async fn all(
        &mut self,
        sql: &'static str,
        values: Vec<Value>,
    ) -> Result<Vec<Row>, StoreError> {
        Ok(on!(&mut self.0, sql, values, |q, c| q.fetch_all(c), sqlite_rows, pg_rows))
    }

    pub(crate) async fn one(
        &mut self,
        sql: &'static str,
        values: Vec<Value>,
    ) -> Result<Option<Row>, StoreError> {
        Ok(self.all(sql, values).await?.into_iter().next())
    }

    /// Reads rows as records of one type.
    pub(crate) async fn list<T: FromRow>(
        &mut self,
        sql: &'static str,
        values: Vec<Value>,
    ) -> Result<Vec<T>, StoreError> {
        self.all(sql, values).await?.iter().map(T::from_row).collect()
    }

    /// Reads the one row there may be.
    pub(crate) async fn find<T: FromRow>(
        &mut self,
        sql: &'static str,
        values: Vec<Value>,
    ) -> Result<Option<T>, StoreError> {
        self.one(sql, values).await?.as_ref().map(T::from_row).transpose()
    }
}

impl Tx {
    /// A deferred transaction that reads and then writes fails with BUSY_SNAPSHOT, which the busy
    /// timeout does not retry; this one is not deferred.
    pub(crate) async fn begin_sqlite(write: &SqlitePool) -> Result<Self, StoreError> {
        Ok(Self(View(Conn::SqliteTx(write.begin_with("BEGIN IMMEDIATE").await?))))
    }

    /// Executes a statement and returns how many rows it touched.
    pub(crate) async fn run(
        &mut self,
        sql: &'static str,
        values: Vec<Value>,
    ) -> Result<u64, StoreError> {
        Ok(on!(&mut self.0.0, sql, values, |q, c| q.execute(c), sqlite_affected, pg_affected))
    }

    /// Executes several statements without values: the text of a migration.
    pub(crate) async fn script(&mut self, sql: &'static str) -> Result<(), StoreError> {
        match &mut self.0.0 {
            Conn::SqliteTx(tx) => {
                (&mut **tx).execute(sqlx::raw_sql(sql)).await?;
            }
            Conn::PgTx(tx) => {
                (&mut **tx).execute(sqlx::raw_sql(sql)).await?;
            }
            Conn::SqlitePool(_) | Conn::PgPool(_) => {
                unreachable!("a Tx is only ever made around a transaction")
            }
        }
        Ok(())
    }

    pub(crate) fn is_sqlite(&self) -> bool {
        matches!(self.0.0, Conn::SqliteTx(_))
    }

    pub(crate) async fn commit(self) -> Result<(), StoreError> {
        match self.0.0 {
            Conn::SqliteTx(tx) => tx.commit().await?,
            Conn::PgTx(tx) => tx.commit().await?,
            Conn::SqlitePool(_) | Conn::PgPool(_) => {}
        }
        Ok(())
    }

    /// A failed roll-back needs no answer: the pool throws a connection away that comes back inside
    /// a transaction, and the engine forgets the work with it.
    pub(crate) async fn rollback(self) {
        let done = match self.0.0 {
            Conn::SqliteTx(tx) => tx.rollback().await,
            Conn::PgTx(tx) => tx.rollback().await,
            Conn::SqlitePool(_) | Conn::PgPool(_) => Ok(()),
        };
        if let Err(error) = done {
            tracing::debug!(%error, "a transaction could not be rolled back by hand");
        }
    }
}

/// A record made from a row, its columns read by name.
pub(crate) trait FromRow: Sized {
    fn from_row(row: &Row) -> Result<Self, StoreError>;
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::{Options, Store};

    /// The fault itself, below [`Db::tx`]: `begin` cut short on the pool. The hook that rolls back
    /// whatever comes home keeps the connection clean.
    #[tokio::test(flavor = "multi_thread")]
    async fn a_begin_cut_short_leaves_no_transaction_in_the_pool() {
        let Some(cluster) = testkit::pg::cluster() else { return };
        let url = cluster.database(None).expect("a database");
        let options = Options { connections: 1, ..Options::default() };
        let store = Store::open_with(&url, &options).await.expect("the store opens");
        let Db::Pg { records, .. } = &store.db else { panic!("this is PostgreSQL") };
        let mut cut = 0;
        for n in 0..1_000_u64 {
            let begin = tokio::time::timeout(Duration::from_micros(n % 150), records.begin());
            match begin.await {
                Ok(begun) => begun.expect("the database is there").rollback().await.expect("so"),
                Err(_) => cut += 1,
            }
            // Inside a transaction `now()` stands still; outside, two statements differ.
            let (a, b): (i64, i64) = {
                let moment = "SELECT (EXTRACT(EPOCH FROM now()) * 1000000)::bigint";
                let mut conn = records.acquire().await.expect("the one connection");
                let a = sqlx::query_scalar(moment).fetch_one(&mut *conn).await.expect("a");
                let b = sqlx::query_scalar(moment).fetch_one(&mut *conn).await.expect("b");
                (a, b)
            };
            assert!(a < b, "after {n} calls the connection is inside a transaction");
        }
        assert!(cut > 20, "only {cut} of 1,000 were cut short");
    }
}
