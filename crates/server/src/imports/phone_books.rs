//! Entries of phone books from a table, of one client or of many. What is there already stays.

use std::collections::{BTreeMap, btree_map::Entry};

use api::voice::PhoneBookEntry;
use domain::ClientId;
use serde_json::json;
use store::records::fold;

use super::{
    Change, Found, Write, all_clients, client_of,
    table::{Cells, Column, RowFaults, Table, free, needed},
};
use crate::{
    App,
    admin::{Faults, phone_book},
    http::{
        audit::{Told, Trail},
        error::Result,
    },
    voice,
};

/// The columns.
pub const COLUMNS: [Column; 4] = [needed("client"), needed("name"), needed("number"), free("note")];

struct Book {
    version: u64,
    before: Vec<PhoneBookEntry>,
    entries: Vec<PhoneBookEntry>,
    /// The last row that added something.
    row: u32,
}

/// Reads the entries.
pub async fn read(
    app: &App,
    trail: &Trail,
    table: &Table,
    faults: &mut RowFaults,
    found: &mut Found,
) -> Result<()> {
    let clients = all_clients(app).await?;
    let mut books: BTreeMap<ClientId, Book> = BTreeMap::new();
    for cells in &table.rows {
        let client = client_of(&clients, table, cells, faults);
        let Some(entry) = entry(app, table, cells, faults) else { continue };
        let Some(client) = client else { continue };
        let book = match books.entry(client.id) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(new) => {
                let kept = phone_book::of_client(app, client.id).await?;
                let (before, entries) = (kept.entries.clone(), kept.entries);
                new.insert(Book { version: kept.version, before, entries, row: 0 })
            }
        };
        if book.entries.contains(&entry) {
            found.unchanged += 1;
            continue;
        }
        found.adds(cells, &client.name, &format!("{} {}", entry.name, entry.number));
        book.row = cells.row;
        book.entries.push(entry);
    }
    for (client, mut book) in books {
        if book.entries.len() == book.before.len() {
            continue;
        }
        if book.entries.len() > phone_book::ENTRIES_MAX {
            faults.add(
                (book.row, "client", ""),
                "phone_book_full",
                "A phone book holds 500 entries.",
                "Remove those that nobody is passed on to.",
            );
        }
        book.entries.sort_by_cached_key(|entry| (fold(&entry.name), entry.number.clone()));
        let entry = trail
            .entry("phone_book.changed", "client", client.uuid())
            .of_client(client)
            .changed(&book.before, &book.entries);
        let (document, version) = (json!(book.entries), book.version);
        found.writes.push(Write { change: Change::PhoneBook { client, document, version }, entry });
    }
    Ok(())
}

fn entry(
    app: &App,
    table: &Table,
    cells: &Cells,
    faults: &mut RowFaults,
) -> Option<PhoneBookEntry> {
    let [name, number, note] = ["name", "number", "note"].map(|of| table.cell(cells, of));
    let mut sound = true;
    let mut text = |column: &str, value: &str, least: usize, most: usize| {
        let mut found = Faults::default();
        let text = found.text(column, value, least, most);
        sound &= found.0.is_empty();
        super::at_cell(found.0, cells, value, column, faults);
        text
    };
    if name.is_empty() || number.is_empty() {
        return None;
    }
    let (name, note) = (text("name", name, 1, 80), text("note", note, 0, 200));
    match voice::in_e164(app.voice.as_ref(), number) {
        Ok(number) if sound => {
            Some(PhoneBookEntry { name, number: number.as_str().to_owned(), note })
        }
        Ok(_) => None,
        Err(_) => {
            faults.add(
                (cells.row, "number", number),
                "phone_number",
                "This is no telephone number that can be called.",
                "Write it with its country code, such as +33142345678.",
            );
            None
        }
    }
}
