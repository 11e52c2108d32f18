//! Entries of phone books from a table, of one client or of many. What is there already stays.

use std::collections::BTreeSet;

use api::voice::PhoneBookEntry;
use serde_json::json;
use store::records::{PhoneBook, fold};

use super::{
    Documents, Found, all_clients, client_of,
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

/// Reads the entries.
pub async fn read(
    app: &App,
    trail: &Trail,
    table: &Table,
    faults: &mut RowFaults,
    found: &mut Found,
) -> Result<()> {
    let clients = all_clients(app).await?;
    let mut books = Documents::of(phone_book::of_all(app).await?);
    let mut known = BTreeSet::new();
    for cells in &table.rows {
        let client = client_of(&clients, table, cells, faults);
        let Some(entry) = entry(app, table, cells, faults) else { continue };
        let Some(client) = client else { continue };
        let book = books.of_client(client.id, cells.row);
        let key = |entry: &PhoneBookEntry| {
            (client.id, entry.name.clone(), entry.number.clone(), entry.note.clone())
        };
        if book.row == cells.row {
            known.extend(book.before.iter().map(key));
        }
        if !known.insert(key(&entry)) {
            found.unchanged += 1;
            continue;
        }
        found.adds(cells, &client.name, &format!("{} {}", entry.name, entry.number));
        book.now.push(entry);
    }
    for (client, mut book) in books.touched {
        if book.now.len() == book.before.len() {
            continue;
        }
        if book.now.len() > phone_book::ENTRIES_MAX {
            faults.add(
                (book.row, "client", ""),
                "phone_book_full",
                "A phone book holds 500 entries.",
                "Remove those that nobody is passed on to.",
            );
        }
        book.now.sort_by_cached_key(|entry| (fold(&entry.name), entry.number.clone()));
        let entry = trail
            .entry("phone_book.changed", "client", client.uuid())
            .of_client(client)
            .changed(&book.before, &book.now);
        found.writes.entries.push(entry);
        let (document, version) = (json!(book.now), book.version);
        found.writes.phone_books.push(PhoneBook { client, document, version });
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
