//! Clients from a table: each is a draft, set up like any other.

use std::collections::BTreeMap;

use api::admin::clients::NewClient;
use domain::words;
use store::records::fold;

use super::{
    Change, Found, Write, all_clients, at_cell,
    table::{Column, RowFaults, Table, free, needed},
};
use crate::{
    App,
    admin::clients,
    http::{
        audit::{Told, Trail},
        error::Result,
    },
};

/// The columns.
pub const COLUMNS: [Column; 3] = [needed("name"), needed("zone"), free("initials")];

/// Reads the clients.
pub async fn read(
    app: &App,
    trail: &Trail,
    table: &Table,
    faults: &mut RowFaults,
    found: &mut Found,
) -> Result<()> {
    let known = all_clients(app).await?;
    let mut here: BTreeMap<String, u32> = BTreeMap::new();
    // Tags are told apart by the hue that is farthest from those in use; here each goes on from the last.
    let mut hue: Option<u16> = None;
    for cells in &table.rows {
        let [name, zone, initials] = ["name", "zone", "initials"].map(|of| table.cell(cells, of));
        if name.is_empty() || zone.is_empty() {
            continue;
        }
        let key = fold(name);
        let before = here.insert(key.clone(), cells.row);
        if let Some(row) = before {
            faults.add(
                (cells.row, "name", name),
                "import_name_twice",
                words!("Row {} has the same name.", row),
                "Names of clients are unique: remove one of the rows.",
            );
        } else if known.contains_key(&key) {
            faults.add(
                (cells.row, "name", name),
                "import_name_taken",
                "There is a client of this name already.",
                "Remove the row, or choose another name.",
            );
        }
        let new = NewClient {
            name: name.to_owned(),
            initials: (!initials.is_empty()).then(|| initials.to_owned()),
            hue,
            zone: zone.to_owned(),
        };
        match clients::checked(app, &new, trail.at()).await {
            Ok(client) => {
                hue = Some((client.hue + 137) % 360);
                found.adds(cells, &client.name, "");
                let entry = trail
                    .entry("client.created", "client", client.id.uuid())
                    .of_client(client.id)
                    .changed(&(), &clients::view(&client, None));
                found.writes.push(Write { change: Change::Client(client), entry });
            }
            Err(error) if !error.faults.is_empty() => {
                for fault in error.faults {
                    let column = fault.field.clone();
                    let value = table.cell(cells, &column).to_owned();
                    at_cell(vec![fault], cells, &value, &column, faults);
                }
            }
            Err(error) => return Err(error),
        }
    }
    Ok(())
}
