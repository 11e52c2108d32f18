//! Row-level security of PostgreSQL as an oracle: is what is done in the name of a client the same
//! when no row of another client exists?
//!
//! A statement names its client by itself (`client_id = $1`), and nothing in production stands behind
//! it. Where the database says `permanence.oracle = on`, as every throw-away database of the tests
//! does, each statement of a [`crate::ClientScope`] is carried out several times: as it is; by a role
//! that sees one client's rows only, by policies on every table with a `client_id`; and both once more
//! for a client that is nobody, so that a forgotten filter shows in a database with one client too. The
//! answers must be equal. Where they are not the program ends at once: an error could be taken for an
//! ordinary one and a test pass beside it.
//!
//! Hiding rows alone would not do. A statement that forgot its client would then answer rightly in the
//! tests, and wrongly in production.

use domain::ClientId;
use sqlx::{AssertSqlSafe, Executor, PgConnection, PgPool, Postgres, postgres::PgRow};

use crate::{
    StoreError,
    db::Db,
    migrate::MIGRATION_LOCK,
    value::{Value, args, pg_arguments},
};

/// The client that is nobody.
const NOBODY: ClientId = ClientId::from_u128(u128::MAX);

/// How often answers are asked for again when somebody changed the rows in between.
const ROUNDS: u32 = 5;

/// `insufficient_privilege`: a table that is not for clients, or a row of another one.
const REFUSED: &str = "42501";

/// The role, its rights and the policies; what is there already stays. A statement in the name of a
/// client reads and writes tables with a `client_id`, and reads the agents, whose names clients may
/// know; anything else is refused.
const POLICIES: &str = r"
DO $$
DECLARE
    t record;
BEGIN
    IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'permanence_one_client') THEN
        BEGIN
            CREATE ROLE permanence_one_client NOLOGIN NOBYPASSRLS;
        EXCEPTION WHEN duplicate_object OR unique_violation THEN
            NULL; -- made meanwhile, for another database of this cluster
        END;
    END IF;
    FOR t IN
        SELECT c.relname AS name FROM pg_class c
        WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND NOT c.relrowsecurity
          AND EXISTS (SELECT 1 FROM pg_attribute a
                      WHERE a.attrelid = c.oid AND a.attname = 'client_id' AND NOT a.attisdropped)
    LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t.name);
        EXECUTE format(
            'CREATE POLICY one_client ON %I TO permanence_one_client
                 USING (client_id = current_setting(''permanence.client'')::bytea)
                 WITH CHECK (client_id = current_setting(''permanence.client'')::bytea)',
            t.name);
        EXECUTE format(
            'GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO permanence_one_client', t.name);
    END LOOP;
    IF NOT has_table_privilege('permanence_one_client', 'agent', 'SELECT') THEN
        GRANT SELECT ON agent TO permanence_one_client;
    END IF;
END
$$";

/// Whether the database asks for the oracle.
pub(crate) async fn wanted(pool: &PgPool) -> Result<bool, StoreError> {
    let on = "SELECT COALESCE(current_setting('permanence.oracle', TRUE), '') = 'on'";
    Ok(sqlx::query_scalar(on).fetch_one(pool).await?)
}

/// Makes the policies, if the oracle is wanted. The schema is up to date.
pub(crate) async fn install(db: &Db) -> Result<(), StoreError> {
    match db {
        Db::Pg { oracle: true, .. } => {
            db.tx(|tx| {
                Box::pin(async move {
                    let lock = "SELECT pg_advisory_xact_lock($1)";
                    tx.run(lock, args![MIGRATION_LOCK]).await?;
                    tx.script(POLICIES).await
                })
            })
            .await
        }
        Db::Pg { .. } | Db::Sqlite { .. } => Ok(()),
    }
}

/// What the caller wants of a statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wants {
    Rows,
    Count,
}

/// What a statement did.
#[derive(Default)]
pub(crate) struct Done {
    pub rows: Vec<PgRow>,
    pub count: u64,
}

/// Why a statement has no answer.
pub(crate) enum Wrong {
    /// The database said so; it would have without the oracle.
    Store(StoreError),
    /// It reaches what is not its client's.
    Fault(Fault),
}

/// A statement in the name of a client that reaches what is not the client's.
#[derive(Debug)]
pub(crate) struct Fault {
    sql: &'static str,
    why: String,
}

impl Fault {
    /// Ends the program, past whatever would swallow a panic or an error.
    fn stop(&self) -> ! {
        use std::io::Write as _;
        let Self { sql, why } = self;
        let _ = writeln!(
            std::io::stderr(),
            "A statement in the name of a client reaches what is not the client's: {why}.\n{sql}"
        );
        std::process::abort()
    }
}

impl From<sqlx::Error> for Wrong {
    fn from(error: sqlx::Error) -> Self {
        Self::Store(error.into())
    }
}

/// Carries a statement out inside the transaction of `conn`. A fault ends the program.
pub(crate) async fn ask(
    conn: &mut PgConnection,
    client: ClientId,
    sql: &'static str,
    values: &[Value],
    wants: Wants,
) -> Result<Done, StoreError> {
    match answer(conn, client, sql, values, wants).await {
        Ok(done) => Ok(done),
        Err(Wrong::Store(error)) => Err(error),
        Err(Wrong::Fault(fault)) => fault.stop(),
    }
}

async fn answer(
    conn: &mut PgConnection,
    client: ClientId,
    sql: &'static str,
    values: &[Value],
    wants: Wants,
) -> Result<Done, Wrong> {
    let mut asked = Asked { conn, sql, wants };
    if sql.trim_start().starts_with("SELECT") {
        let done = asked.read(client, values).await?;
        asked.read_as_nobody(&for_nobody(client, values)).await?;
        return Ok(done);
    }
    if !sql.trim_start().starts_with("INSERT") {
        asked.write_as_nobody(&for_nobody(client, values)).await?;
    }
    asked.write(client, values).await
}

/// The values with nobody in the client's place.
fn for_nobody(client: ClientId, values: &[Value]) -> Vec<Value> {
    let put = |value: &Value| match value {
        Value::Bytes(Some(bytes)) if bytes == client.uuid().as_bytes() => {
            Value::Bytes(Some(NOBODY.uuid().as_bytes().to_vec()))
        }
        other => other.clone(),
    };
    values.iter().map(put).collect()
}

/// One statement on its connection, which is inside a transaction.
struct Asked<'a> {
    conn: &'a mut PgConnection,
    sql: &'static str,
    wants: Wants,
}

impl Asked<'_> {
    /// As the one client, and as the owner of all rows: the answers are the same.
    async fn read(&mut self, client: ClientId, values: &[Value]) -> Result<Done, Wrong> {
        let mut open = self.carry_out(values).await?;
        for _ in 0..ROUNDS {
            let fenced = self.fenced(client, values).await?;
            if seen(&fenced) == seen(&open) {
                return Ok(open);
            }
            // Unless somebody changed the rows meanwhile.
            let again = self.carry_out(values).await?;
            if seen(&again) == seen(&open) {
                return Err(self.differs(&open, &fenced));
            }
            open = again;
        }
        Ok(open)
    }

    async fn read_as_nobody(&mut self, values: &[Value]) -> Result<(), Wrong> {
        let open = self.carry_out(values).await?;
        if open.rows.is_empty() {
            return Ok(());
        }
        let fenced = self.fenced(NOBODY, values).await?;
        if seen(&fenced) == seen(&open) {
            return Ok(());
        }
        let again = self.carry_out(values).await?;
        if seen(&again) == seen(&open) { Err(self.differs(&open, &fenced)) } else { Ok(()) }
    }

    /// As the owner of all rows, which is taken back, and as the one client, which is kept: they touch
    /// as many rows.
    async fn write(&mut self, client: ClientId, values: &[Value]) -> Result<Done, Wrong> {
        let mut open = self.tried(values).await?;
        for _ in 0..ROUNDS {
            self.say("SAVEPOINT oracle").await?;
            let fenced = self.fenced(client, values).await?;
            if size(&fenced) == size(&open) {
                self.say("RELEASE SAVEPOINT oracle").await?;
                return Ok(fenced);
            }
            self.say("ROLLBACK TO SAVEPOINT oracle").await?;
            let again = self.tried(values).await?;
            if size(&again) == size(&open) {
                return Err(self.differs(&open, &fenced));
            }
            open = again;
        }
        Ok(self.carry_out(values).await?)
    }

    /// A change in the name of nobody changes nothing.
    async fn write_as_nobody(&mut self, values: &[Value]) -> Result<(), Wrong> {
        let touched = size(&self.tried(values).await?);
        if touched == 0 {
            return Ok(());
        }
        Err(self.fault(format!("for a client without any rows it changed {touched}")))
    }

    /// Carries the statement out and takes it back.
    async fn tried(&mut self, values: &[Value]) -> Result<Done, Wrong> {
        self.say("SAVEPOINT oracle").await?;
        let done = self.carry_out(values).await?;
        self.say("ROLLBACK TO SAVEPOINT oracle; RELEASE SAVEPOINT oracle").await?;
        Ok(done)
    }

    /// Carries the statement out by the role that sees one client's rows.
    async fn fenced(&mut self, client: ClientId, values: &[Value]) -> Result<Done, Wrong> {
        let id = client.uuid().simple();
        let on = format!(
            r"SET LOCAL ROLE permanence_one_client; SET LOCAL permanence.client = '\x{id}'"
        );
        (&mut *self.conn).execute(sqlx::raw_sql(AssertSqlSafe(on))).await?;
        let done = match self.carry_out(values).await {
            Err(sqlx::Error::Database(refused)) if refused.code().as_deref() == Some(REFUSED) => {
                return Err(self.fault(refused.message().to_owned()));
            }
            done => done?,
        };
        self.say("SET LOCAL ROLE NONE").await?;
        Ok(done)
    }

    async fn carry_out(&mut self, values: &[Value]) -> Result<Done, sqlx::Error> {
        let query = sqlx::query_with::<Postgres, _>(self.sql, pg_arguments(values.to_vec())?);
        Ok(match self.wants {
            Wants::Rows => Done { rows: query.fetch_all(&mut *self.conn).await?, count: 0 },
            Wants::Count => {
                let count = query.execute(&mut *self.conn).await?.rows_affected();
                Done { count, ..Done::default() }
            }
        })
    }

    async fn say(&mut self, sql: &'static str) -> Result<(), sqlx::Error> {
        (&mut *self.conn).execute(sqlx::raw_sql(sql)).await.map(drop)
    }

    fn differs(&self, open: &Done, fenced: &Done) -> Wrong {
        let (open, fenced) = (size(open), size(fenced));
        self.fault(if open == fenced {
            format!("its {open} rows hold something else when there are no other clients")
        } else {
            format!("it has {open} rows, and {fenced} when there are no other clients")
        })
    }

    fn fault(&self, why: String) -> Wrong {
        Wrong::Fault(Fault { sql: self.sql, why })
    }
}

fn size(done: &Done) -> u64 {
    done.count + done.rows.len() as u64
}

/// The rows as bytes, in an order that does not depend on how they were found.
fn seen(done: &Done) -> Vec<Vec<Option<Vec<u8>>>> {
    use sqlx::{Row as _, ValueRef as _};
    let bytes = |row: &PgRow, column: usize| {
        let value = row.try_get_raw(column).ok().filter(|value| !value.is_null())?;
        value.as_bytes().ok().map(<[u8]>::to_vec)
    };
    let mut rows: Vec<Vec<_>> =
        done.rows.iter().map(|row| (0..row.len()).map(|at| bytes(row, at)).collect()).collect();
    rows.sort_unstable();
    rows
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        ClientScope, ProviderScope, Store,
        records::{Client, ClientStatus, Customer},
    };

    const ONE: ClientId = ClientId::from_u128(1);
    const OTHER: ClientId = ClientId::from_u128(2);

    /// A store with the oracle and one customer for each of some clients; `None` without PostgreSQL.
    async fn store(clients: &'static [ClientId]) -> Option<Store> {
        let url = testkit::pg::cluster()?.database(None).expect("a database");
        let store = Store::open(&url).await.expect("the store opens");
        let work = store.tx(move |tx| {
            Box::pin(async move {
                for id in clients {
                    let client = Client {
                        id: *id,
                        name: id.to_string(),
                        initials: "C".into(),
                        hue: 0,
                        status: ClientStatus::Live,
                        zone: "Europe/Paris".into(),
                        created: domain::Timestamp::from_secs(0),
                        version: 1,
                    };
                    tx.create_client(&ProviderScope::granted(), &client).await?;
                    let customer = Customer {
                        client: *id,
                        id: domain::CustomerId::from_u128(id.uuid().as_u128()),
                        external_id: None,
                        verified: false,
                        name: Some("Somebody".into()),
                        email: None,
                        language: None,
                        created: domain::Timestamp::from_secs(0),
                        seen: domain::Timestamp::from_secs(0),
                    };
                    tx.save_customer(&ClientScope::of(*id), &customer).await?;
                }
                Ok(())
            })
        });
        work.await.expect("clients and customers");
        Some(store)
    }

    /// What the oracle says to a statement: nothing, or why it is at fault.
    async fn said(store: &Store, sql: &'static str, values: Vec<Value>) -> Option<String> {
        let Db::Pg { records, oracle: true, .. } = &store.db else { panic!("no oracle here") };
        let mut tx = records.begin().await.expect("a transaction");
        let wants = if sql.starts_with("SELECT") { Wants::Rows } else { Wants::Count };
        match answer(&mut tx, ONE, sql, &values, wants).await {
            Ok(_) => None,
            Err(Wrong::Fault(fault)) => Some(fault.why),
            Err(Wrong::Store(error)) => panic!("{sql}: {error:?}"),
        }
    }

    const FORGETFUL: [&str; 8] = [
        "SELECT name FROM customer",
        "SELECT COUNT(*) AS n FROM customer",
        "SELECT name FROM customer WHERE client_id = $1 OR name = 'Somebody'",
        "SELECT (SELECT COUNT(*) FROM customer) AS n FROM client WHERE client_id = $1",
        "UPDATE customer SET name = 'Nobody'",
        "UPDATE customer SET name = 'Nobody' WHERE name = 'Somebody'",
        "DELETE FROM customer WHERE customer_id IN (SELECT customer_id FROM customer)",
        "UPDATE agent SET alias = 'x'",
    ];

    #[tokio::test]
    async fn a_statement_that_forgets_its_client_is_found() {
        let Some(store) = store(&[ONE, OTHER]).await else { return };
        for sql in FORGETFUL {
            let values = if sql.contains("$1") { args![ONE] } else { vec![] };
            assert!(said(&store, sql, values).await.is_some(), "not found: {sql}");
        }
        let into_other = "INSERT INTO client_document (client_id, kind, document, version)
                          VALUES ($1, 'x', '{}', 1)";
        let why = said(&store, into_other, args![OTHER]).await.expect("found");
        assert!(why.contains("row-level security"), "{why}");
        let session = "SELECT session_id FROM session";
        assert!(said(&store, session, vec![]).await.expect("found").contains("permission denied"));
    }

    #[tokio::test]
    async fn it_is_found_where_there_is_one_client_only() {
        let Some(store) = store(&[ONE]).await else { return };
        // Nobody has no row beside which the others could be counted.
        for sql in FORGETFUL.into_iter().filter(|sql| !sql.starts_with("SELECT (SELECT")) {
            let values = if sql.contains("$1") { args![ONE] } else { vec![] };
            assert!(said(&store, sql, values).await.is_some(), "not found: {sql}");
        }
    }

    #[tokio::test]
    async fn a_statement_that_names_its_client_is_answered() {
        let Some(store) = store(&[ONE, OTHER]).await else { return };
        for sql in [
            "SELECT name FROM customer WHERE client_id = $1",
            "SELECT COUNT(*) AS n FROM customer WHERE client_id = $1",
            "UPDATE customer SET name = 'Nobody' WHERE client_id = $1",
            "INSERT INTO client_document (client_id, kind, document, version)
             VALUES ($1, 'x', '{}', 1)",
            "DELETE FROM customer WHERE client_id = $1",
        ] {
            assert_eq!(said(&store, sql, args![ONE]).await, None, "{sql}");
        }
    }

    /// This test run by itself once more, with the fault that the other process does not make.
    #[tokio::test]
    async fn a_fault_ends_the_program() {
        const FAULT: &str = "PERMANENCE_ORACLE_FAULT";
        if std::env::var_os(FAULT).is_some() {
            let store = store(&[ONE]).await.expect("PostgreSQL");
            let forgot = "SELECT name FROM customer";
            let rows = store.view().of(&ClientScope::of(ONE)).all(forgot, vec![]).await;
            panic!("answered: {}", rows.is_ok());
        }
        if testkit::pg::cluster().is_none() {
            return;
        }
        let name = "oracle::tests::a_fault_ends_the_program";
        let ended = std::process::Command::new(std::env::current_exe().expect("this test"))
            .args(["--exact", name])
            .env(FAULT, "1")
            .output()
            .expect("it runs");
        let said = String::from_utf8_lossy(&ended.stderr);
        assert!(!ended.status.success());
        assert!(said.contains("reaches what is not the client's"), "{said}");
        assert!(said.contains("SELECT name FROM customer"), "{said}");
    }
}
