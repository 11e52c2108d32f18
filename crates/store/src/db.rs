//! The two engines behind one face: pools, views for reading, transactions for writing.
//!
//! One SQL text serves both. A [`View`] reads (each statement by itself); a [`Tx`] reads and writes
//! in one transaction, which is carried out in another task than the caller's, so that a caller who
//! goes away half-way leaves neither half a change nor a connection inside a transaction.

use std::{
    borrow::BorrowMut,
    collections::BTreeMap,
    future::Future,
    ops::{Deref, DerefMut},
    pin::Pin,
    sync::{Mutex, PoisonError},
};

use sqlx::{
    Executor, PgPool, Postgres, Sqlite, SqlitePool, Transaction, postgres::PgQueryResult,
    sqlite::SqliteQueryResult,
};

use crate::{
    ClientScope, StoreError,
    group::Group,
    oracle,
    value::{Row, Value, pg_arguments, sqlite_arguments},
};

/// A boxed unit of work, as [`crate::Store::tx`] takes it: `|tx| Box::pin(async move { … })`.
pub type Work<'t, T, E> = Pin<Box<dyn Future<Output = Result<T, E>> + Send + 't>>;

/// The open pools of one engine.
#[derive(Clone, Debug)]
pub(crate) enum Db {
    /// One connection writes, for all who wait at once; others read beside it (WAL).
    Sqlite { group: Group, write: SqlitePool, read: SqlitePool },
    /// `journal` commits with its own durability. With `oracle`, what is done in the name of a client
    /// is held against row-level security.
    Pg { records: PgPool, journal: PgPool, oracle: bool },
}

impl Db {
    pub(crate) fn view(&self) -> View {
        match self {
            Self::Sqlite { read, .. } => {
                View { conn: Conn::SqlitePool(read.clone()), oracle: false }
            }
            Self::Pg { records, oracle, .. } => {
                View { conn: Conn::PgPool(records.clone()), oracle: *oracle }
            }
        }
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
        let (records, oracle) = match self {
            Self::Sqlite { group, .. } => return group.tx(work).await,
            Self::Pg { records, oracle, .. } => (records.clone(), *oracle),
        };
        let done = tokio::spawn(async move {
            let begun = records.begin().await.map_err(StoreError::from)?;
            let mut tx = Tx(View { conn: Conn::PgTx(begun), oracle });
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
            Self::Pg { records, journal, .. } => {
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
pub struct View {
    conn: Conn,
    oracle: bool,
}

/// One transaction: reads as a [`View`] does, and writes.
pub struct Tx(View);

/// Statements in the name of one client: those of a function that takes a [`ClientScope`]. They are
/// what the [oracle] checks.
pub(crate) struct Of<'a, V> {
    by: &'a mut V,
    client: domain::ClientId,
}

impl Deref for Tx {
    type Target = View;
    fn deref(&self) -> &View {
        &self.0
    }
}

impl std::borrow::Borrow<View> for Tx {
    fn borrow(&self) -> &View {
        &self.0
    }
}

impl BorrowMut<View> for Tx {
    fn borrow_mut(&mut self) -> &mut View {
        &mut self.0
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
    /// What follows is done in the name of a client.
    pub(crate) fn of(&mut self, scope: &ClientScope) -> Of<'_, Self> {
        Of { by: self, client: scope.client() }
    }

    /// Carries a statement out in the name of a client, and asks the oracle.
    async fn checked(
        &mut self,
        client: domain::ClientId,
        sql: &'static str,
        values: &[Value],
        wants: oracle::Wants,
    ) -> Result<oracle::Done, StoreError> {
        match &mut self.conn {
            Conn::PgTx(tx) => oracle::ask(&mut *tx, client, sql, values, wants).await,
            Conn::PgPool(pool) => {
                let mut conn = pool.acquire().await?;
                // One moment for all the answers that are compared. A caller who goes away leaves a
                // transaction, which is rolled back when the connection comes home.
                (&mut *conn).execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY").await?;
                let done = oracle::ask(&mut conn, client, sql, values, wants).await?;
                (&mut *conn).execute("ROLLBACK").await?;
                Ok(done)
            }
            Conn::SqlitePool(_) | Conn::SqliteTx(_) => {
                unreachable!("SQLite has no row-level security to ask")
            }
        }
    }

    pub(crate) async fn all(
        &mut self,
        sql: &'static str,
        values: Vec<Value>,
    ) -> Result<Vec<Row>, StoreError> {
        Ok(on!(&mut self.conn, sql, values, |q, c| q.fetch_all(c), sqlite_rows, pg_rows))
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

impl<V: BorrowMut<View>> Of<'_, V> {
    pub(crate) async fn all(
        self,
        sql: &'static str,
        values: Vec<Value>,
    ) -> Result<Vec<Row>, StoreError> {
        let view: &mut View = self.by.borrow_mut();
        if !view.oracle {
            return view.all(sql, values).await;
        }
        let done = view.checked(self.client, sql, &values, oracle::Wants::Rows).await?;
        Ok(pg_rows(done.rows))
    }

    pub(crate) async fn one(
        self,
        sql: &'static str,
        values: Vec<Value>,
    ) -> Result<Option<Row>, StoreError> {
        Ok(self.all(sql, values).await?.into_iter().next())
    }

    pub(crate) async fn list<T: FromRow>(
        self,
        sql: &'static str,
        values: Vec<Value>,
    ) -> Result<Vec<T>, StoreError> {
        self.all(sql, values).await?.iter().map(T::from_row).collect()
    }

    pub(crate) async fn find<T: FromRow>(
        self,
        sql: &'static str,
        values: Vec<Value>,
    ) -> Result<Option<T>, StoreError> {
        self.one(sql, values).await?.as_ref().map(T::from_row).transpose()
    }
}

impl Of<'_, Tx> {
    pub(crate) async fn run(
        self,
        sql: &'static str,
        values: Vec<Value>,
    ) -> Result<u64, StoreError> {
        if !self.by.oracle {
            return self.by.run(sql, values).await;
        }
        let done = self.by.checked(self.client, sql, &values, oracle::Wants::Count).await?;
        Ok(done.count)
    }
}

impl Of<'_, Tx> {
    /// As [`Tx::run_all`].
    pub(crate) async fn run_all(
        self,
        head: &'static str,
        tail: &'static str,
        rows: Vec<Vec<Value>>,
    ) -> Result<u64, StoreError> {
        let mut touched = 0;
        for (sql, values) in statements(head, tail, rows) {
            touched += Of { by: &mut *self.by, client: self.client }.run(sql, values).await?;
        }
        Ok(touched)
    }
}

impl Tx {
    /// As [`View::of`], for writing too.
    pub(crate) fn of(&mut self, scope: &ClientScope) -> Of<'_, Self> {
        Of { by: self, client: scope.client() }
    }

    /// A deferred transaction that reads and then writes fails with BUSY_SNAPSHOT, which the busy
    /// timeout does not retry; this one is not deferred.
    pub(crate) async fn begin_sqlite(write: &SqlitePool) -> Result<Self, StoreError> {
        let conn = Conn::SqliteTx(write.begin_with("BEGIN IMMEDIATE").await?);
        Ok(Self(View { conn, oracle: false }))
    }

    /// Executes a statement and returns how many rows it touched.
    pub(crate) async fn run(
        &mut self,
        sql: &'static str,
        values: Vec<Value>,
    ) -> Result<u64, StoreError> {
        Ok(on!(&mut self.0.conn, sql, values, |q, c| q.execute(c), sqlite_affected, pg_affected))
    }

    /// Inserts or changes rows, many with each statement, and returns how many it touched. `head` ends in
    /// `VALUES`, `tail` is what follows the rows.
    pub(crate) async fn run_all(
        &mut self,
        head: &'static str,
        tail: &'static str,
        rows: Vec<Vec<Value>>,
    ) -> Result<u64, StoreError> {
        let mut touched = 0;
        for (sql, values) in statements(head, tail, rows) {
            touched += self.run(sql, values).await?;
        }
        Ok(touched)
    }

    /// Executes several statements without values: the text of a migration.
    pub(crate) async fn script(&mut self, sql: &'static str) -> Result<(), StoreError> {
        match &mut self.0.conn {
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
        matches!(self.0.conn, Conn::SqliteTx(_))
    }

    pub(crate) async fn commit(self) -> Result<(), StoreError> {
        match self.0.conn {
            Conn::SqliteTx(tx) => tx.commit().await?,
            Conn::PgTx(tx) => tx.commit().await?,
            Conn::SqlitePool(_) | Conn::PgPool(_) => {}
        }
        Ok(())
    }

    /// A failed roll-back needs no answer: the pool throws a connection away that comes back inside
    /// a transaction, and the engine forgets the work with it.
    pub(crate) async fn rollback(self) {
        let done = match self.0.conn {
            Conn::SqliteTx(tx) => tx.rollback().await,
            Conn::PgTx(tx) => tx.rollback().await,
            Conn::SqlitePool(_) | Conn::PgPool(_) => Ok(()),
        };
        if let Err(error) = done {
            tracing::debug!(%error, "a transaction could not be rolled back by hand");
        }
    }
}

/// Rows of one statement of [`Tx::run_all`]. Few sizes, so that few statements are prepared; the
/// largest with the most columns stays far from the 32,766 values that SQLite takes.
const ROWS_AT_ONCE: [usize; 6] = [200, 50, 10, 4, 2, 1];

/// The statements for all of the rows.
fn statements(
    head: &'static str,
    tail: &'static str,
    rows: Vec<Vec<Value>>,
) -> Vec<(&'static str, Vec<Value>)> {
    let mut rows = rows.into_iter().peekable();
    let mut statements = Vec::new();
    while let Some(columns) = rows.peek().map(Vec::len) {
        let left = rows.len();
        let at_once = ROWS_AT_ONCE.into_iter().find(|n| *n <= left).unwrap_or(1);
        let values = rows.by_ref().take(at_once).flatten().collect();
        statements.push((statement(head, tail, columns, at_once), values));
    }
    statements
}

/// The text for so many rows. It is made once for each place in the program and each size, and
/// kept as long as the program runs.
fn statement(head: &'static str, tail: &'static str, columns: usize, rows: usize) -> &'static str {
    type Texts = BTreeMap<([&'static str; 2], usize), &'static str>;
    static TEXTS: Mutex<Texts> = Mutex::new(BTreeMap::new());
    let mut texts = TEXTS.lock().unwrap_or_else(PoisonError::into_inner);
    texts.entry(([head, tail], rows)).or_insert_with(|| {
        let row = |n: usize| {
            let values: Vec<String> =
                (1..=columns).map(|c| format!("${}", n * columns + c)).collect();
            format!("({})", values.join(", "))
        };
        let rows: Vec<String> = (0..rows).map(row).collect();
        format!("{head} {} {tail}", rows.join(", ")).leak()
    })
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
