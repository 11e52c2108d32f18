//! Clients from a table: each is a draft, set up like any other.

use std::collections::BTreeMap;

use api::admin::clients::NewClient;
use domain::words;
use store::records::fold;

use super::{
    Found, all_clients, at_cell,
    table::{Column, RowFaults, Table, free, needed},
};
use crate::{
    App,
    admin::clients,
    floor::CLIENTS_MAX,
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
    let room = usize::try_from(CLIENTS_MAX).unwrap_or(usize::MAX).saturating_sub(known.len());
    let mut here: BTreeMap<String, u32> = BTreeMap::new();
    // Tags are told apart by the hue that is farthest from those in use; here each goes on from the last.
    let mut hue = clients::free_hue(app).await?;
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
            hue: Some(hue),
            zone: zone.to_owned(),
        };
        if before.is_none() && here.len() == room + 1 {
            faults.add(
                (cells.row, "", ""),
                "import_clients_full",
                words!("With this row there are more than {} clients.", CLIENTS_MAX),
                "One floor takes no more: import fewer.",
            );
        }
        match clients::made(&new, hue, trail.at()) {
            Ok(client) => {
                hue = (client.hue + 137) % 360;
                found.adds(cells, &client.name, "");
                let entry = trail
                    .entry("client.created", "client", client.id.uuid())
                    .of_client(client.id)
                    .changed(&(), &clients::view(&client, None));
                found.writes.entries.push(entry);
                found.writes.clients.push(client);
            }
            Err(told) => {
                for fault in told.0 {
                    let column = fault.field.clone();
                    let value = table.cell(cells, &column).to_owned();
                    at_cell(vec![fault], cells, &value, &column, faults);
                }
            }
        }
    }
    Ok(())
}
