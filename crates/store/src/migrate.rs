//! Migrations: forward only, numbered alike on both engines, never edited once applied.

use crate::{
    StoreError,
    db::{Db, Tx},
    value::args,
};

/// One step of the schema, in the words of both engines.
#[derive(Clone, Copy, Debug)]
pub struct Migration {
    /// Its number, from 1, without a gap.
    pub number: i64,
    /// What it does.
    pub name: &'static str,
    /// Text for SQLite.
    pub sqlite: &'static str,
    /// Text for PostgreSQL.
    pub postgres: &'static str,
}

macro_rules! migrations {
    ($($number:literal $name:literal;)*) => {
        &[$(Migration {
            number: $number,
            name: $name,
            sqlite: include_str!(concat!("../migrations/sqlite/", $name, ".sql")),
            postgres: include_str!(concat!("../migrations/postgres/", $name, ".sql")),
        }),*]
    };
}

/// All steps, in their order.
pub const MIGRATIONS: &[Migration] = migrations! {
    1 "0001_journal";
    2 "0002_records";
    3 "0003_journal_by_time";
    4 "0004_left_messages";
    5 "0005_proposals";
    6 "0006_voice";
    7 "0007_prompts_and_flows";
    8 "0008_closed_days";
    9 "0009_desk_phones";
    10 "0010_metered";
    11 "0011_invoices";
    12 "0012_open_conversations";
    13 "0013_client_documents";
    14 "0014_phone_book";
    15 "0015_planning_jobs";
    16 "0016_daily_snapshots";
    17 "0017_fidelity";
    18 "0018_api_tokens";
    19 "0019_mail";
    20 "0020_mailings";
    21 "0021_schedules";
    22 "0022_invitations";
    23 "0023_redactions";
    24 "0024_rated_months";
    25 "0025_contacts_by_outcome";
    26 "0026_follow_ups";
    27 "0027_contacts_of_left_messages";
};

/// Held by whoever migrates a PostgreSQL database, so that two nodes that start together do not.
pub(crate) const MIGRATION_LOCK: i64 = 0x7065_726d_616e;

pub(crate) async fn migrate(db: &Db, migrations: &'static [Migration]) -> Result<(), StoreError> {
    for migration in migrations {
        // A table cannot be rebuilt under enforced foreign keys, and the pragma is ignored inside a
        // transaction; what the migration leaves behind is checked before it is committed.
        foreign_keys(db, false).await?;
        let done = db.tx(move |tx| Box::pin(apply(tx, migration))).await;
        foreign_keys(db, true).await?;
        done?;
    }
    Ok(())
}

async fn foreign_keys(db: &Db, on: bool) -> Result<(), StoreError> {
    if let Db::Sqlite { write, .. } = db {
        let pragma = if on { "PRAGMA foreign_keys=ON" } else { "PRAGMA foreign_keys=OFF" };
        sqlx::query(pragma).execute(write).await?;
    }
    Ok(())
}

async fn apply(tx: &mut Tx, migration: &'static Migration) -> Result<(), StoreError> {
    let Migration { number, name, sqlite, postgres } = *migration;
    let refused = |why: String| StoreError::Migration { number, why };
    let text = if tx.is_sqlite() { sqlite } else { postgres };
    if !tx.is_sqlite() {
        tx.run("SELECT pg_advisory_xact_lock($1)", args![MIGRATION_LOCK]).await?;
    }
    tx.script(if tx.is_sqlite() {
        "CREATE TABLE IF NOT EXISTS schema_migration
           (number INTEGER NOT NULL PRIMARY KEY, name TEXT NOT NULL, checksum BLOB NOT NULL) STRICT"
    } else {
        "CREATE TABLE IF NOT EXISTS schema_migration
           (number BIGINT PRIMARY KEY, name TEXT NOT NULL, checksum BYTEA NOT NULL)"
    })
    .await?;
    let checksum = *blake3::hash(text.as_bytes()).as_bytes();
    let applied =
        tx.one("SELECT checksum FROM schema_migration WHERE number = $1", args![number]).await?;
    if let Some(row) = applied {
        let known: [u8; 32] = row.get("checksum")?;
        if known != checksum {
            return Err(refused(format!(
                "the database was migrated with another text of {name}; this program cannot know \
                 its schema. Use the release that made it, or restore a backup"
            )));
        }
        return Ok(());
    }
    tx.script(text).await.map_err(|error| {
        let source = std::error::Error::source(&error).map(ToString::to_string);
        refused(format!("{name} failed and was undone: {error}: {}", source.unwrap_or_default()))
    })?;
    if tx.is_sqlite()
        && let Some(row) = tx.one("PRAGMA foreign_key_check", args![]).await?
    {
        let (table, parent) = (row.get::<String>("table")?, row.get::<String>("parent")?);
        return Err(refused(format!(
            "{name} would leave rows of {table} that refer to rows of {parent} which are gone; it \
             was undone"
        )));
    }
    tx.run(
        "INSERT INTO schema_migration (number, name, checksum) VALUES ($1, $2, $3)",
        args![number, name, checksum],
    )
    .await?;
    tracing::info!(number, name, "the database was migrated");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Store, StoreError};

    #[test]
    fn the_folders_hold_what_the_list_names() {
        let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations");
        for engine in ["sqlite", "postgres"] {
            let mut files: Vec<String> = std::fs::read_dir(root.join(engine))
                .unwrap()
                .map(|entry| entry.unwrap().file_name().into_string().unwrap())
                .collect();
            files.sort();
            let listed: Vec<String> =
                MIGRATIONS.iter().map(|m| format!("{}.sql", m.name)).collect();
            assert_eq!(files, listed, "{engine}");
        }
        for (migration, number) in MIGRATIONS.iter().zip(1..) {
            assert_eq!(migration.number, number);
            assert!(migration.name.starts_with(&format!("{number:04}_")), "{}", migration.name);
        }
    }

    const CREATE: Migration = Migration {
        number: 9001,
        name: "9001_family",
        sqlite: "CREATE TABLE parent (id INTEGER PRIMARY KEY, name TEXT NOT NULL) STRICT;
                 CREATE TABLE child (id INTEGER PRIMARY KEY, parent INTEGER NOT NULL
                     REFERENCES parent (id) ON DELETE CASCADE) STRICT;
                 INSERT INTO parent VALUES (1, 'a'), (2, 'b');
                 INSERT INTO child VALUES (10, 1), (11, 2), (12, 2);",
        postgres: "CREATE TABLE parent (id BIGINT PRIMARY KEY, name TEXT NOT NULL);
                   CREATE TABLE child (id BIGINT PRIMARY KEY, parent BIGINT NOT NULL
                       REFERENCES parent (id) ON DELETE CASCADE);
                   INSERT INTO parent VALUES (1, 'a'), (2, 'b');
                   INSERT INTO child VALUES (10, 1), (11, 2), (12, 2);",
    };
    /// How SQLite changes a table beyond adding a column. With foreign keys enforced, dropping the
    /// parent would silently delete every child.
    const REBUILD: Migration = Migration {
        number: 9002,
        name: "9002_rebuild",
        sqlite: "CREATE TABLE parent_new (id INTEGER PRIMARY KEY, name TEXT) STRICT;
                 INSERT INTO parent_new SELECT id, name FROM parent;
                 DROP TABLE parent;
                 ALTER TABLE parent_new RENAME TO parent;",
        postgres: "ALTER TABLE parent ALTER name DROP NOT NULL;",
    };
    /// Leaves a child without its parent on SQLite; fails outright on PostgreSQL.
    const ORPHAN: Migration = Migration {
        number: 9003,
        name: "9003_orphan",
        sqlite: "UPDATE child SET parent = 404 WHERE id = 10;",
        postgres: "UPDATE child SET parent = 404 WHERE id = 10;",
    };
    /// Fails after its first statement.
    const BROKEN: Migration = Migration {
        number: 9003,
        name: "9003_broken",
        sqlite: "DELETE FROM child; INSERT INTO nowhere VALUES (1);",
        postgres: "DELETE FROM child; INSERT INTO nowhere VALUES (1);",
    };

    async fn open(url: String) -> Store {
        Store::open(&url).await.expect("the store opens")
    }

    testkit::both_engines!(open;
        a_rebuilt_parent_keeps_its_children,
        a_migration_that_fails_leaves_nothing,
    );

    async fn children(store: &Store) -> Vec<(i64, i64)> {
        let rows = store.view().all("SELECT id, parent FROM child ORDER BY id", args![]).await;
        let pair = |row: &crate::value::Row| (row.get("id").unwrap(), row.get("parent").unwrap());
        rows.unwrap().iter().map(pair).collect()
    }

    async fn a_rebuilt_parent_keeps_its_children(store: Store) {
        migrate(&store.db, &[CREATE]).await.unwrap();
        migrate(&store.db, &[CREATE, REBUILD]).await.unwrap();
        migrate(&store.db, &[CREATE, REBUILD]).await.unwrap();
        assert_eq!(children(&store).await, [(10, 1), (11, 2), (12, 2)]);
        // And from then on the keys are enforced again.
        let orphan = store.tx(|tx| Box::pin(tx.run("INSERT INTO child VALUES (13, 404)", args![])));
        let error = orphan.await.unwrap_err();
        assert!(matches!(error, StoreError::MissingReference { .. }), "{error:?}");
    }

    async fn a_migration_that_fails_leaves_nothing(store: Store) {
        migrate(&store.db, &[CREATE]).await.unwrap();
        for bad in [&[CREATE, ORPHAN], &[CREATE, BROKEN]] {
            let error = migrate(&store.db, bad).await.unwrap_err();
            let text = error.to_string();
            assert!(matches!(error, StoreError::Migration { number: 9003, .. }), "{error:?}");
            assert!(text.contains("undone"), "{text}");
            assert_eq!(children(&store).await, [(10, 1), (11, 2), (12, 2)]);
        }
        let orphan = store.tx(|tx| Box::pin(tx.run("INSERT INTO child VALUES (13, 404)", args![])));
        assert!(orphan.await.is_err(), "keys are enforced after a failure too");
        migrate(&store.db, &[CREATE, REBUILD]).await.unwrap();
    }
}
