//! What was kept before a migration is there after it.
#![allow(clippy::unwrap_used)] // every unwrap here is an assertion

use domain::{ClientId, MessageId, Timestamp};
use sqlx::{AssertSqlSafe, SqlitePool};
use store::{ClientScope, MIGRATIONS, Store, records::LeftKind};

/// SQLite rebuilds the table of the messages left, so that voicemails fit in.
#[tokio::test]
async fn messages_left_before_there_were_voicemails_stay() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}", folder.path().join("store.db").display());
    let pool = SqlitePool::connect(&format!("{url}?mode=rwc")).await.unwrap();
    let run = async |sql: String| {
        sqlx::raw_sql(AssertSqlSafe(sql)).execute(&pool).await.unwrap();
    };
    run("CREATE TABLE schema_migration (number INTEGER NOT NULL PRIMARY KEY, name TEXT NOT NULL,
             checksum BLOB NOT NULL) STRICT"
        .to_owned())
    .await;
    for migration in MIGRATIONS.iter().filter(|migration| migration.number < 7) {
        run(migration.sqlite.to_owned()).await;
        let checksum = blake3::hash(migration.sqlite.as_bytes()).to_hex();
        let (number, name) = (migration.number, migration.name);
        run(format!("INSERT INTO schema_migration VALUES ({number}, '{name}', x'{checksum}')"))
            .await;
    }
    let id = |n: u8| format!("x'{n:032x}'");
    let (one, widget, message, agent) = (id(1), id(2), id(3), id(4));
    run(format!(
        "PRAGMA foreign_keys=OFF;
         INSERT INTO offline_message (client_id, message_id, client_message_id, widget_id, queue_id,
             name, email, language, body, contact_id, taken_by, done_us, note, at_us)
         VALUES ({one}, {message}, {message}, {widget}, NULL, 'Ivan', 'ivan@example.org', 'ru',
             'Call me', NULL, {agent}, 40, 'Called', 30)"
    ))
    .await;
    // What the message refers to.
    for (table, columns) in [
        ("client", format!("client_id = {one}")),
        ("agent", format!("agent_id = {agent}")),
        ("widget", format!("client_id = {one}, widget_id = {widget}")),
    ] {
        run(insert(&pool, table, &columns).await).await;
    }
    pool.close().await;

    let store = Store::open(&url).await.unwrap();
    let scope = ClientScope::of(ClientId::from_u128(1));
    let kept = store.view().offline_message(&scope, MessageId::from_u128(3)).await.unwrap();
    let kept = kept.unwrap();
    assert_eq!((kept.kind, kept.body.as_str()), (LeftKind::Form, "Call me"));
    assert_eq!(kept.email.unwrap().as_str(), "ivan@example.org");
    assert_eq!(kept.widget.unwrap().uuid().as_u128(), 2);
    assert_eq!(kept.taken_by.unwrap().uuid().as_u128(), 4);
    assert_eq!(
        (kept.done, kept.note.as_deref()),
        (Some(Timestamp::from_micros(40)), Some("Called"))
    );
    assert_eq!((kept.at, kept.due, kept.recording), (Timestamp::from_micros(30), None, None));
}

/// A row of the table with these columns, and something in every other one that asks for it.
async fn insert(pool: &SqlitePool, table: &str, given: &str) -> String {
    use sqlx::Row as _;
    let (mut names, mut values): (Vec<String>, Vec<String>) = given
        .split(", ")
        .map(|pair| pair.split_once(" = ").unwrap())
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .unzip();
    let info = format!("SELECT * FROM pragma_table_info('{table}')");
    for column in sqlx::query(AssertSqlSafe(info)).fetch_all(pool).await.unwrap() {
        let name: String = column.get("name");
        if names.contains(&name) || !column.get::<bool, _>("notnull") {
            continue;
        }
        let value = match column.get::<String, _>("type").as_str() {
            "INTEGER" => "1",
            "BLOB" => "x'00'",
            _ => "'x'",
        };
        names.push(name);
        values.push(value.to_owned());
    }
    format!("INSERT INTO {table} ({}) VALUES ({})", names.join(", "), values.join(", "))
}
