//! Tables of clients, people, phone books and on-call lists, as large as they may be: tried, then kept.

use std::fmt::Write;

use anyhow::Result;
use clap::Args;
use serde_json::{Value, json};
use server::clock::Stopwatch;

use super::{
    engine::{Database, Engine},
    percentiles::millis,
    served::Served,
    set_up::{Floor, Person, own_address},
};

/// How it is measured.
#[derive(Debug, Args)]
pub struct Options {
    /// Rows of each table.
    #[arg(long, default_value_t = 5_000)]
    rows: u32,
    /// The database.
    #[arg(long, value_enum, default_value_t = Engine::Sqlite)]
    engine: Engine,
}

/// Hands tables in.
///
/// # Errors
/// When the server refuses, or finds faults.
pub async fn run(options: &Options) -> Result<Value> {
    let database = Database::make(options.engine)?;
    let served = Served::start_on(database.folder(), database.url(), "strict").await?;
    Floor::set_up(&served, 1).await?;
    let admin = Person::sign_in(&served.base(), own_address(0), "admin").await?;
    let mut told = serde_json::Map::new();
    for (kind, table) in tables(options.rows) {
        let mut took = serde_json::Map::new();
        for (what, keep) in [("tried_ms", false), ("kept_ms", true)] {
            let watch = Stopwatch::start();
            let path = format!("/api/v1/imports/{kind}?keep={keep}");
            let view: Value = admin.post_text(&path, &table).await?;
            took.insert(what.to_owned(), json!(millis(watch.elapsed())));
            anyhow::ensure!(view["kept"] == keep, "{kind}: {}", view["faults"]);
        }
        eprintln!("{kind}: {took:?}");
        told.insert(kind.to_owned(), took.into());
    }
    served.kill().await?;
    Ok(json!({
        "bench": "imports", "engine": options.engine.name(), "rows": options.rows, "tables": told,
    }))
}

/// The tables: as many clients as rows, then somebody of each, an entry of each phone book, and somebody
/// on call at each.
fn tables(rows: u32) -> [(&'static str, String); 4] {
    let table = |header: &str, row: fn(&mut String, u32) -> std::fmt::Result| {
        let mut text = format!("{header}\n");
        for n in 0..rows {
            // Writing into a text cannot fail.
            let _ = row(&mut text, n);
        }
        text
    };
    [
        ("clients", table("name,zone", |text, n| writeln!(text, "Client {n:05},Europe/Paris"))),
        (
            "users",
            table("client,name,email,role", |text, n| {
                writeln!(text, "Client {n:05},Person {n},person{n}@example.org,reader")
            }),
        ),
        (
            "phone-books",
            table("client,name,number,note", |text, n| {
                writeln!(text, "Client {n:05},Person {n},+331{n:08},days")
            }),
        ),
        (
            "on-call",
            table("client,name,phone", |text, n| {
                writeln!(text, "Client {n:05},Person {n},+331{n:08}")
            }),
        ),
    ]
}
