//! The two schemas say the same, and the client comes first.
#![allow(clippy::unwrap_used)] // every unwrap here is an assertion

use std::collections::{BTreeMap, BTreeSet};

use sqlx::{AssertSqlSafe, PgPool, Row, SqlitePool};
use store::Store;
use testkit::pg;

#[derive(Debug, Default, PartialEq, Eq)]
struct Table {
    /// Name → (kind, may be null).
    columns: BTreeMap<String, (String, bool)>,
    primary_key: Vec<String>,
    unique: BTreeSet<Vec<String>>,
    /// Columns → table(columns).
    foreign_keys: BTreeSet<(Vec<String>, String, Vec<String>)>,
    /// Columns of the other indexes.
    indexes: BTreeSet<Vec<String>>,
}

type Schema = BTreeMap<String, Table>;

async fn sqlite_schema(url: &str) -> Schema {
    let pool = SqlitePool::connect(url).await.unwrap();
    let all = async |sql: String| sqlx::query(AssertSqlSafe(sql)).fetch_all(&pool).await.unwrap();
    let mut schema = Schema::new();
    let tables = all("SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table'
         AND name NOT LIKE 'sqlite_%'"
        .to_owned())
    .await;
    for table in tables {
        let name: String = table.get("name");
        let mut found = Table::default();
        let mut key = BTreeMap::new();
        for column in all(format!("SELECT * FROM pragma_table_info('{name}')")).await {
            let column_name: String = column.get("name");
            let kind = match column.get::<String, _>("type").as_str() {
                "INTEGER" => "number",
                "BLOB" => "bytes",
                "TEXT" => "text",
                other => panic!("{name}.{column_name} is {other}, which both engines do not share"),
            };
            let nullable = !column.get::<bool, _>("notnull");
            if column.get::<i64, _>("pk") > 0 {
                key.insert(column.get::<i64, _>("pk"), column_name.clone());
            }
            found.columns.insert(column_name, (kind.to_owned(), nullable));
        }
        found.primary_key = key.into_values().collect();
        for index in all(format!("SELECT * FROM pragma_index_list('{name}')")).await {
            let index_name: String = index.get("name");
            let columns: Vec<String> =
                all(format!("SELECT name FROM pragma_index_info('{index_name}') ORDER BY seqno"))
                    .await
                    .iter()
                    .map(|row| row.get("name"))
                    .collect();
            match index.get::<String, _>("origin").as_str() {
                "u" => drop(found.unique.insert(columns)),
                "c" => drop(found.indexes.insert(columns)),
                _ => {}
            }
        }
        let mut keys: BTreeMap<i64, (Vec<String>, String, Vec<String>)> = BTreeMap::new();
        for row in
            all(format!("SELECT * FROM pragma_foreign_key_list('{name}') ORDER BY id, seq")).await
        {
            let key = keys.entry(row.get("id")).or_default();
            key.0.push(row.get("from"));
            key.1 = row.get("table");
            key.2.push(row.get("to"));
        }
        found.foreign_keys = keys.into_values().collect();
        schema.insert(name, found);
    }
    schema
}

async fn pg_schema(url: &str) -> Schema {
    let pool = PgPool::connect(url).await.unwrap();
    let mut schema = Schema::new();
    let columns = sqlx::query(
        "SELECT table_name::text, column_name::text, data_type::text, is_nullable = 'YES' AS nullable
         FROM information_schema.columns WHERE table_schema = 'public'",
    )
    .fetch_all(&pool)
    .await
    .unwrap();
    for row in columns {
        let (table, column): (String, String) = (row.get("table_name"), row.get("column_name"));
        let kind = match row.get::<String, _>("data_type").as_str() {
            "bigint" | "boolean" => "number",
            "bytea" => "bytes",
            "text" => "text",
            other => panic!("{table}.{column} is {other}, which both engines do not share"),
        };
        let nullable: bool = row.get("nullable");
        let found = schema.entry(table).or_default();
        found.columns.insert(column, (kind.to_owned(), nullable));
    }
    let constraints = sqlx::query(
        "SELECT c.relname::text AS table_name, k.contype::text AS kind,
                ARRAY(SELECT a.attname::text FROM unnest(k.conkey) WITH ORDINALITY AS x(n, o)
                      JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = x.n
                      ORDER BY x.o) AS columns,
                f.relname::text AS other,
                ARRAY(SELECT a.attname::text FROM unnest(k.confkey) WITH ORDINALITY AS x(n, o)
                      JOIN pg_attribute a ON a.attrelid = k.confrelid AND a.attnum = x.n
                      ORDER BY x.o) AS other_columns
         FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid
         LEFT JOIN pg_class f ON f.oid = k.confrelid
         WHERE c.relnamespace = 'public'::regnamespace AND k.contype IN ('p', 'u', 'f')",
    )
    .fetch_all(&pool)
    .await
    .unwrap();
    for row in constraints {
        let columns: Vec<String> = row.get("columns");
        let table = schema.entry(row.get("table_name")).or_default();
        match row.get::<String, _>("kind").as_str() {
            "p" => table.primary_key = columns,
            "u" => drop(table.unique.insert(columns)),
            _ => {
                let other = (columns, row.get("other"), row.get("other_columns"));
                table.foreign_keys.insert(other);
            }
        }
    }
    let indexes = sqlx::query(
        "SELECT c.relname::text AS table_name,
                ARRAY(SELECT COALESCE(a.attname::text, '') -- an expression has no name on either engine
                      FROM unnest(i.indkey::int2[]) WITH ORDINALITY AS x(n, o)
                      LEFT JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = x.n
                      ORDER BY x.o) AS columns
         FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid
         WHERE c.relnamespace = 'public'::regnamespace AND NOT i.indisunique",
    )
    .fetch_all(&pool)
    .await
    .unwrap();
    for row in indexes {
        schema.entry(row.get("table_name")).or_default().indexes.insert(row.get("columns"));
    }
    schema
}

async fn fresh_sqlite() -> (tempfile::TempDir, Schema) {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}", folder.path().join("store.db").display());
    Store::open(&url).await.unwrap().close().await;
    let schema = sqlite_schema(&url).await;
    (folder, schema)
}

#[tokio::test]
async fn both_engines_have_one_schema() {
    let Some(cluster) = pg::cluster() else { return };
    let (_folder, sqlite) = fresh_sqlite().await;
    let url = cluster.database(None).unwrap();
    Store::open(&url).await.unwrap().close().await;
    let postgres = pg_schema(&url).await;
    assert!(sqlite.keys().eq(postgres.keys()), "{:?} {:?}", sqlite.keys(), postgres.keys());
    for (name, table) in &sqlite {
        assert_eq!(table, &postgres[name], "table {name}");
    }
    assert!(sqlite.len() > 30);
}

/// What belongs to a client although its key does not say so, and why that is right.
const CLIENT_NOT_FIRST: [&str; 6] = [
    "phone_line", // a number is dialled before anybody knows the client, and belongs to one only
    "app_user",   // a user signs in before anybody knows the client; most belong to none
    "api_token",  // so does a program; most see all that their owner does
    "mail",       // of the provider too; the client is what a mail is about
    "mailing",    // so is a report that is mailed by itself; some are of all clients
    "audit_entry", // the log of the provider; the client is what an entry is about
];

#[tokio::test]
async fn what_belongs_to_a_client_has_the_client_first() {
    let (_folder, schema) = fresh_sqlite().await;
    let with_client: Vec<&str> = schema
        .iter()
        .filter(|(_, table)| table.columns.contains_key("client_id"))
        .map(|(name, _)| name.as_str())
        .collect();
    assert!(with_client.len() > 12);
    for name in with_client {
        let table = &schema[name];
        if CLIENT_NOT_FIRST.contains(&name) {
            continue;
        }
        assert_eq!(table.primary_key[0], "client_id", "{name}");
        // A reference to what belongs to a client is one to the same client's.
        for (columns, other, other_columns) in &table.foreign_keys {
            if schema[other].primary_key[0] == "client_id" {
                assert_eq!(columns[0], "client_id", "{name} → {other}");
                assert_eq!(other_columns[0], "client_id", "{name} → {other}");
            }
        }
    }
}

/// The statements of the records, as they stand in the source.
fn statements() -> Vec<(String, String)> {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/records");
    let mut found = Vec::new();
    for file in std::fs::read_dir(folder).unwrap() {
        let path = file.unwrap().path();
        let source = std::fs::read_to_string(&path).unwrap();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        // Odd pieces are what stands between quotes; no statement holds an escaped one.
        for text in source.split('"').skip(1).step_by(2) {
            let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
            if ["SELECT ", "INSERT ", "UPDATE ", "DELETE "].iter().any(|w| text.starts_with(w)) {
                found.push((name.clone(), text));
            }
        }
    }
    found
}

/// Statements that read or write what belongs to clients without naming one, and why.
const WITHOUT_CLIENT: [(&str, &str); 40] = [
    ("client_document.rs", "WHERE kind = $1"), // all lists of who is on call, for the floor
    ("invoice.rs", "WHERE ($1 IS NULL OR state = $1)"), // the provider's list of invoices
    ("invoice.rs", "WHERE claims IS NOT NULL"), // the provider's billing run
    ("phone_book.rs", "FROM phone_book ORDER BY"), // all phone books, for an import
    // Many at once, each with its client in the values.
    ("phone_book.rs", "UPDATE phone_book SET document = made"),
    ("client_document.rs", "UPDATE client_document SET document = made"),
    ("rated_month.rs", "UPDATE rated_month SET terms = made"),
    ("dispute.rs", "WHERE state = $1"), // what the provider has to answer, of all clients
    ("client.rs", "FROM client WHERE name_folded LIKE"), // the provider's list of clients
    ("contract.rs", "FROM contract c WHERE valid_from_us <= $1"), // all contracts, for the floor
    ("removal.rs", "FROM contract WHERE valid_from_us > $1"), // what still refers to it, anywhere
    ("contract.rs", "SELECT MIN(valid_from_us)"), // when the floor changes next
    ("proposal.rs", "WHERE state = $1"), // what the provider has to decide, of all clients
    ("floor_plan.rs", "FROM team t ORDER BY"), // all teams, for the floor
    ("agent.rs", "FROM agent_client ORDER BY"), // all agents, for the floor
    ("agent.rs", "FROM agent_client WHERE agent_id"), // one agent, read or changed by the provider
    ("widget.rs", "FROM widget WHERE key = $1"), // before anybody is known
    ("contact.rs", "SELECT client_id FROM contact WHERE contact_id = $1"), // to find the client
    ("contact_line.rs", "SELECT c.client_id, c.contact_id"), // whose is put in: a client's, or all
    ("offline.rs", "SELECT client_id, message_id, client_message_id"), // whose is put in, likewise
    ("offline.rs", "SELECT COUNT(*)"),  // likewise
    ("follow_up.rs", "SELECT f.client_id, f.contact_id"), // whose is put in: a client's, or all
    ("follow_up.rs", "SELECT COUNT(*)"), // how many, of all clients of an agent
    ("projection.rs", "DELETE FROM contact WHERE floor_id"), // projected anew
    ("projection.rs", "DELETE FROM contact_agent WHERE EXISTS"), // likewise
    ("call.rs", "UPDATE call_leg SET ended_us = $1"), // a restart cuts every client's calls
    ("call.rs", "UPDATE call SET ended_us = $1"), // likewise
    ("call.rs", "WHERE ended_us IS NULL AND started_us < $1"), // likewise, to look at them first
    ("prompt.rs", "FROM prompt ORDER BY client_id"), // all prompts, for the telephony
    ("call_flow.rs", "FROM call_flow_version v JOIN"), // all flows, for the telephony
    ("recording.rs", "SELECT client_id FROM recording WHERE"), // to find the client
    ("recording.rs", "SELECT recording_id FROM recording WHERE recording_id > $1"), // files, of all clients
    ("recording.rs", "WHERE kept_until_us <= $1"), // what is due to be erased, of all clients
    ("recording.rs", "WHERE status = $1 AND started_us"), // what a restart left unfinished
    ("recording.rs", "WHERE status = $1 ORDER BY"), // damaged ones, of all clients
    ("recording.rs", "SELECT COUNT(*)"),           // the alarm over all clients
    ("metered.rs", "DELETE FROM metered WHERE floor_id"), // metered anew
    ("metered.rs", "DELETE FROM rated_month"),     // likewise, and rated anew
    ("rated_month.rs", "WHERE from_us = $1 AND until_us = $2"), // one month of all clients
    ("voice_settings.rs", "FROM voice_settings ORDER BY"), // all settings, for the telephony
];

#[tokio::test]
async fn no_statement_forgets_the_client() {
    let (_folder, schema) = fresh_sqlite().await;
    let of_clients: BTreeSet<&str> = schema
        .iter()
        .filter(|(_, table)| table.primary_key[0] == "client_id")
        .map(|(name, _)| name.as_str())
        .collect();
    let statements = statements();
    assert!(statements.len() > 80, "{} statements found", statements.len());
    let mut excused = BTreeSet::new();
    for (file, sql) in &statements {
        let words: Vec<&str> = sql.split([' ', ',', '(', ')']).collect();
        let touches = words.windows(2).any(|pair| {
            ["FROM", "JOIN", "INTO", "UPDATE"].contains(&pair[0]) && of_clients.contains(pair[1])
        });
        let scoped = ["client_id = $1", "(client_id, ", "SELECT $1, "].iter().any(|w| {
            // An insert names the client as its first column and binds it first.
            sql.contains(w) && (!sql.starts_with("SELECT") || sql.contains("client_id = $1"))
        });
        if !touches || scoped {
            continue;
        }
        let excuse = WITHOUT_CLIENT
            .iter()
            .position(|(of, piece)| of == file && sql.contains(piece))
            .unwrap_or_else(|| panic!("{file}: this statement names no client: {sql}"));
        excused.insert(excuse);
    }
    assert_eq!(excused.len(), WITHOUT_CLIENT.len(), "an excuse that nothing needs: {excused:?}");
}

/// What takes a client's scope is done in the client's name: the oracle (`permanence.oracle`) hears of
/// it, and PostgreSQL is asked about it in every test.
#[test]
fn what_takes_a_client_is_done_in_its_name() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/records");
    let mut checked = 0;
    for file in std::fs::read_dir(folder).unwrap() {
        let path = file.unwrap().path();
        let source = std::fs::read_to_string(&path).unwrap();
        for function in source.split("async fn ").skip(1) {
            let signature = function.split('{').next().unwrap();
            if !signature.contains("&ClientScope") {
                continue;
            }
            let body: String = function.split_whitespace().collect();
            for way in ["list", "find", "one", "all", "run"] {
                let unheard = format!("self.{way}(");
                assert!(!body.contains(&unheard), "{}: {signature}: {unheard}", path.display());
                checked += body.matches(&format!(".of(scope).{way}(")).count();
            }
        }
    }
    assert!(checked > 140, "{checked} statements in the name of a client found");
}
