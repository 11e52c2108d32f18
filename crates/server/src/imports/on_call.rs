//! On-call lists from a table: people, the standing order, and who is on call from when until when.
//!
//! A row without times names somebody for the standing order, behind those who stand there already. A row
//! with times names somebody for that stretch; rows of one client with the same times are one entry, in
//! the order of the table. Nobody is removed.

use std::collections::BTreeMap;

use domain::{
    ClientId, Day, EmailAddress, OnCallPersonId, PhoneNumber, Timestamp, Zone,
    calendar::MinuteOfDay,
    on_call::{OnCallEntry, OnCallList, OnCallPerson},
    words,
};
use store::records::{Client, ClientDocument, ClientDocumentKind, fold};
use uuid::Uuid;

use super::{
    Documents, Found, all_clients, at_cell, client_of,
    table::{Cells, Column, RowFaults, Table, free, needed},
};
use crate::{
    App,
    admin::{Faults, on_call},
    http::{
        audit::{Told, Trail},
        error::{ApiError, Result},
    },
};

/// The columns.
pub const COLUMNS: [Column; 8] = [
    needed("client"),
    needed("name"),
    free("phone"),
    free("email"),
    free("note"),
    free("from"),
    free("until"),
    free("reason"),
];

/// Reads the lists.
pub async fn read(
    app: &App,
    trail: &Trail,
    table: &Table,
    faults: &mut RowFaults,
    found: &mut Found,
) -> Result<()> {
    let clients = all_clients(app).await?;
    let mut lists = Documents::of(on_call::of_all(app).await?);
    let mut places: BTreeMap<(ClientId, String), usize> = BTreeMap::new();
    for cells in &table.rows {
        let client = client_of(&clients, table, cells, faults);
        let person = person(table, cells, faults);
        let zone = client.map_or("UTC", |client| client.zone.as_str());
        let stretch = stretch(table, cells, zone, faults);
        let (Some(client), Some(person), Some(stretch)) = (client, person, stretch) else {
            continue;
        };
        let of = lists.of_client(client.id, cells.row);
        if of.row == cells.row {
            for (at, person) in of.before.people.iter().enumerate().rev() {
                places.insert((client.id, fold(&person.name)), at);
            }
        }
        let reason = table.cell(cells, "reason").to_owned();
        let name = person.name.clone();
        let at = *places.entry((client.id, fold(&name))).or_insert(of.now.people.len());
        if place(&mut of.now, at, person, stretch.map(|(from, until)| (from, until, reason))) {
            let times = ["from", "until"].map(|of| table.cell(cells, of));
            found.adds(cells, &client.name, format!("{name} {} {}", times[0], times[1]).trim());
        } else {
            found.unchanged += 1;
        }
    }
    let by_id: BTreeMap<ClientId, &Client> =
        clients.values().map(|client| (client.id, client)).collect();
    for (id, of) in lists.touched {
        if of.now == of.before {
            continue;
        }
        let list = of.now.without_old(trail.at());
        for fault in list.faults() {
            faults.put(of.row, "client", "", fault);
        }
        let client = by_id.get(&id).ok_or_else(|| ApiError::not_found("client"))?;
        let shown = |list: &OnCallList| on_call::view(client, list, of.version, trail.at());
        let entry = trail
            .entry("on_call.changed", "on_call", id.uuid())
            .of_client(id)
            .changed(&shown(&of.before), &shown(&list));
        found.writes.entries.push(entry);
        found.writes.on_call.push(ClientDocument {
            client: id,
            kind: ClientDocumentKind::OnCall,
            document: serde_json::to_value(&list).map_err(|error| ApiError::internal(&error))?,
            version: of.version,
        });
    }
    Ok(())
}

/// Puts somebody into the list: at `at` where they are known, with what is new about them, or behind
/// everybody. Whether anything is new.
fn place(
    list: &mut OnCallList,
    at: usize,
    person: OnCallPerson,
    stretch: Option<(Timestamp, Timestamp, String)>,
) -> bool {
    let (id, mut is_new) = match list.people.get_mut(at) {
        Some(known) => {
            let before = known.clone();
            known.phone = person.phone.or_else(|| known.phone.take());
            known.email = person.email.or_else(|| known.email.take());
            if !person.note.is_empty() {
                known.note = person.note;
            }
            (known.id, *known != before)
        }
        None => {
            let id = person.id;
            list.people.push(person);
            (id, true)
        }
    };
    let mut puts = |order: &mut Vec<OnCallPersonId>| {
        if !order.contains(&id) {
            order.push(id);
            is_new = true;
        }
    };
    let Some((from, until, note)) = stretch else {
        puts(&mut list.standing);
        return is_new;
    };
    let same = |entry: &&mut OnCallEntry| (entry.from, entry.until) == (from, until);
    match list.entries.iter_mut().find(same) {
        Some(entry) => puts(&mut entry.people),
        None => {
            list.entries.push(OnCallEntry { from, until, people: vec![id], note });
            is_new = true;
        }
    }
    is_new
}

fn person(table: &Table, cells: &Cells, faults: &mut RowFaults) -> Option<OnCallPerson> {
    let of = |column| table.cell(cells, column);
    let mut found = Faults::default();
    let name = found.name("name", of("name"));
    let note = found.text("note", of("note"), 0, on_call::NOTE_MAX);
    found.text("reason", of("reason"), 0, on_call::NOTE_MAX);
    if of("name").is_empty() {
        // The table has told it.
        found.0.retain(|fault| fault.field != "name");
    }
    let (mut phone, mut email) = (None, None);
    if !of("phone").is_empty() {
        match of("phone").replace([' ', '.', '-'], "").parse::<PhoneNumber>() {
            Ok(number) => phone = Some(number),
            Err(_) => found.add(
                "phone",
                "not_a_phone",
                "It is not a telephone number.",
                "Give it with its country code, such as +33142345678.",
            ),
        }
    }
    if !of("email").is_empty() {
        match of("email").parse::<EmailAddress>() {
            Ok(address) => email = Some(address),
            Err(_) => found.add(
                "email",
                "not_a_mail",
                "It is not a mail address.",
                "Give one such as anna@example.org.",
            ),
        }
    }
    let sound = found.0.is_empty() && !of("name").is_empty();
    for fault in found.0 {
        let column = fault.field.clone();
        let value = table.cell(cells, &column).to_owned();
        at_cell(vec![fault], cells, &value, &column, faults);
    }
    let id = OnCallPersonId::from_uuid(Uuid::now_v7());
    sound.then_some(OnCallPerson { id, name, phone, email, note })
}

/// From when until when, in the client's zone; `Some(None)` for the standing order, `None` with a fault.
#[allow(clippy::option_option, reason = "no times, and times that cannot be read, are two things")]
fn stretch(
    table: &Table,
    cells: &Cells,
    zone: &str,
    faults: &mut RowFaults,
) -> Option<Option<(Timestamp, Timestamp)>> {
    let [from, until] = ["from", "until"].map(|of| table.cell(cells, of));
    if from.is_empty() && until.is_empty() {
        return Some(None);
    }
    // A client's zone was checked when it was given.
    let zone = Zone::get(zone).or_else(|_| Zone::get("UTC")).ok()?;
    let mut read = |column: &str, text: &str| {
        let at = civil(text, &zone);
        if at.is_none() {
            faults.add((cells.row, column, text), "import_not_a_time",
                words!("`{}` is no day with a time.", text.chars().take(40).collect::<String>()),
                "Write it as 2026-12-24 18:00, in the client's zone; leave both empty for the standing order.",
            );
        }
        at
    };
    let (from, at) = (read("from", from), read("until", until));
    let (from, until_at) = (from?, at?);
    if until_at <= from {
        faults.add(
            (cells.row, "until", until),
            "import_ends_before",
            "It ends before it begins.",
            "Choose an end after the beginning.",
        );
        return None;
    }
    Some(Some((from, until_at)))
}

/// `2026-12-24 18:00` or `2026-12-24T18:00` on a clock of the zone.
fn civil(text: &str, zone: &Zone) -> Option<Timestamp> {
    let (day, time) = text.split_once([' ', 'T'])?;
    let day: Day = day.parse().ok()?;
    let time: MinuteOfDay = time.trim().parse().ok()?;
    Some(zone.opening(day, time.minutes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_read_on_the_clients_clock() {
        let paris = Zone::get("Europe/Paris").unwrap();
        for (text, at) in [
            ("2026-12-24 18:00", Some("2026-12-24T17:00:00Z")),
            ("2026-07-01T00:00", Some("2026-06-30T22:00:00Z")),
            ("2026-12-24", None),
            ("24.12.2026 18:00", None),
            ("2026-12-24 25:00", None),
        ] {
            let read = civil(text, &paris).map(|at| at.to_string());
            assert_eq!(read.as_deref(), at, "{text}");
        }
    }
}
