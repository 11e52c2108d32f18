//! Import from CSV: clients, their people, phone books and on-call lists. A dry run names every fault at once; what is
//! kept is all of a table, or nothing. `docs/import.md` says the columns.

mod clients;
mod on_call;
mod phone_books;
mod table;
mod users;

use std::collections::{BTreeMap, btree_map::Entry};

use api::{
    admin::imports::{ImportFault, ImportInvitation, ImportRow, ImportView},
    role::Role,
};
use axum::{
    body::Bytes,
    extract::{DefaultBodyLimit, State, rejection::BytesRejection},
};
use domain::{ClientId, words};
use serde::Deserialize;
use store::{
    ProviderScope, Tx,
    records::{AuditEntry, Client, ClientDocument, PhoneBook, User, fold},
};
use utoipa::IntoParams;
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use self::table::{Cells, Column, RowFaults, Table};
use crate::{
    App,
    admin::invitations::Given,
    http::{
        audit::{Told, Trail},
        error::{ApiError, Result},
        extract::{Json, Path, Query},
        session::Caller,
    },
};

const SCOPE: ProviderScope = ProviderScope::granted();

/// Largest table, in bytes.
const BYTES_MAX: usize = 2 * 1024 * 1024;

/// Rows that are shown.
const SHOWN_MAX: usize = 200;

/// The endpoints.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(import)).layer(DefaultBodyLimit::max(BYTES_MAX))
}

/// Tried only, or kept.
#[derive(Clone, Copy, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub struct ImportQuery {
    /// Keeps it, if it has no fault; otherwise it is only tried.
    keep: bool,
    /// Of people: each is mailed the link to choose a password by. Otherwise the links are in the answer.
    mail: bool,
}

/// Reads a table: `clients`, `users`, `phone-books` or `on-call`. The body is CSV in UTF-8 with a header. With a
/// fault nothing is kept, and every fault is in the answer.
#[utoipa::path(post, path = "/api/v1/imports/{kind}", operation_id = "imports", tag = "clients", params(("kind" = String, Path), ImportQuery), request_body(content = String, content_type = "text/csv"), responses((status = 200, description = "Tried, or kept", body = ImportView)))]
pub async fn import(
    State(app): State<App>,
    caller: Caller,
    trail: Trail,
    Path(kind): Path<String>,
    Query(query): Query<ImportQuery>,
    body: std::result::Result<Bytes, BytesRejection>,
) -> Result<Json<ImportView>> {
    let kind = match kind.as_str() {
        "clients" => Kind::Clients,
        "users" if caller.role != Role::Administrator => {
            return Err(ApiError::forbidden(
                "import_users",
                "Only administrators let a client's people in.",
            ));
        }
        "users" => Kind::Users,
        "phone-books" => Kind::PhoneBooks,
        "on-call" => Kind::OnCall,
        _ => return Err(ApiError::not_found("kind of import")),
    };
    let body = body.map_err(|_| {
        ApiError::new(
            api::error::ErrorCode::TooLarge,
            words!("The file has more than {} bytes.", BYTES_MAX),
            "Divide it into several files.",
        )
        .because("import_too_large")
    })?;
    let mut faults = RowFaults::default();
    let table = Table::read(&body, kind.columns(), &mut faults)?;
    // Faults of the form alone: what stands in the wrong column would have faults that help nobody.
    let has_form = faults.0.iter().all(|fault| fault.row > 1);
    let mut found = Found::default();
    if has_form {
        match kind {
            Kind::Clients => clients::read(&app, &trail, &table, &mut faults, &mut found).await?,
            Kind::PhoneBooks => {
                phone_books::read(&app, &trail, &table, &mut faults, &mut found).await?;
            }
            Kind::OnCall => on_call::read(&app, &trail, &table, &mut faults, &mut found).await?,
            Kind::Users => {
                users::read(&app, &trail, &table, query.mail, &mut faults, &mut found).await?;
            }
        }
    }
    faults.0.sort_by_key(|fault| fault.row);
    let kept = query.keep && faults.0.is_empty() && !found.writes.entries.is_empty();
    let mut view = ImportView {
        kept,
        rows: u32::try_from(table.rows.len()).unwrap_or(u32::MAX),
        separator: table.separator.to_string(),
        adds: found.adds.into_iter().take(SHOWN_MAX).collect(),
        unchanged: found.unchanged,
        invitations: Vec::new(),
        faults: faults.0,
    };
    if kept {
        let what = serde_json::json!({ "kind": kind.name(), "rows": view.rows });
        let entry = trail.entry("import.kept", "import", Uuid::nil()).changed(&(), &what);
        let mut writes = found.writes;
        writes.entries.push(entry);
        view.invitations =
            app.store.tx(move |tx| Box::pin(async move { writes.keep(tx).await })).await?;
        app.configuration_changed().await;
        if view.invitations.iter().any(|one| one.link.is_none()) {
            app.mail.queued();
        }
    }
    Ok(Json(view))
}

#[derive(Clone, Copy, Debug)]
enum Kind {
    Clients,
    PhoneBooks,
    OnCall,
    Users,
}

impl Kind {
    const fn columns(self) -> &'static [Column] {
        match self {
            Self::Clients => &clients::COLUMNS,
            Self::PhoneBooks => &phone_books::COLUMNS,
            Self::OnCall => &on_call::COLUMNS,
            Self::Users => &users::COLUMNS,
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Clients => "clients",
            Self::PhoneBooks => "phone_books",
            Self::OnCall => "on_call",
            Self::Users => "users",
        }
    }
}

/// What a table adds.
#[derive(Default)]
struct Found {
    adds: Vec<ImportRow>,
    unchanged: u32,
    writes: Writes,
}

impl Found {
    fn adds(&mut self, cells: &Cells, client: &str, adds: &str) {
        self.adds.push(ImportRow {
            row: cells.row,
            client: client.to_owned(),
            adds: adds.to_owned(),
        });
    }
}

/// All that is kept, of each kind at once: few statements for hundreds of rows.
#[derive(Default)]
struct Writes {
    clients: Vec<Client>,
    phone_books: Vec<PhoneBook>,
    on_call: Vec<ClientDocument>,
    users: Vec<Invited>,
    /// One for each change.
    entries: Vec<AuditEntry>,
}

/// Somebody who is let in.
struct Invited {
    user: User,
    given: Given,
    invitation: ImportInvitation,
}

impl Writes {
    /// Keeps it, and says whom it invited.
    async fn keep(
        self,
        tx: &mut Tx,
    ) -> std::result::Result<Vec<ImportInvitation>, store::StoreError> {
        tx.create_clients(&SCOPE, &self.clients).await?;
        tx.save_phone_books(&SCOPE, &self.phone_books).await?;
        tx.save_client_documents(&SCOPE, &self.on_call).await?;
        let (mut users, mut given, mut invitations) = (Vec::new(), Vec::new(), Vec::new());
        for one in self.users {
            users.push(one.user);
            given.push(one.given);
            invitations.push(one.invitation);
        }
        tx.create_users(&SCOPE, &users).await?;
        let links = Given::keep_all(given, tx).await?;
        for (invitation, link) in invitations.iter_mut().zip(links) {
            invitation.link = link;
        }
        tx.audit_all(&self.entries).await?;
        Ok(invitations)
    }
}

/// What clients have one of each, such as a phone book, as it is and as a table makes it.
struct Documents<T> {
    kept: BTreeMap<ClientId, (T, u64)>,
    touched: BTreeMap<ClientId, Document<T>>,
}

/// One of one client.
struct Document<T> {
    before: T,
    now: T,
    version: u64,
    /// The first row that is about it.
    row: u32,
}

impl<T: Clone + Default> Documents<T> {
    /// As all of them are kept, with their versions.
    fn of(kept: BTreeMap<ClientId, (T, u64)>) -> Self {
        Self { kept, touched: BTreeMap::new() }
    }

    /// A client's, which `row` is about.
    fn of_client(&mut self, client: ClientId, row: u32) -> &mut Document<T> {
        match self.touched.entry(client) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(new) => {
                let (before, version) = self.kept.remove(&client).unwrap_or_default();
                new.insert(Document { now: before.clone(), before, version, row })
            }
        }
    }
}

/// All clients, by name as it is compared.
async fn all_clients(app: &App) -> Result<BTreeMap<String, Client>> {
    let all = crate::admin::clients::all(app).await?;
    Ok(all.into_iter().map(|client| (fold(&client.name), client)).collect())
}

/// The client that a row names; a fault when there is none.
fn client_of<'a>(
    clients: &'a BTreeMap<String, Client>,
    table: &Table,
    cells: &Cells,
    faults: &mut RowFaults,
) -> Option<&'a Client> {
    let name = table.cell(cells, "client");
    if name.is_empty() {
        // The table has told it.
        return None;
    }
    let found = clients.get(&fold(name));
    if found.is_none() {
        faults.add(
            (cells.row, "client", name),
            "import_no_client",
            words!("There is no client `{}`.", name.chars().take(80).collect::<String>()),
            "Write its name as the list of clients has it, or import the client first.",
        );
    }
    found
}

/// Faults of other checks, at the cell of a column.
fn at_cell(
    found: Vec<api::error::FaultView>,
    cells: &Cells,
    value: &str,
    column: &str,
    faults: &mut RowFaults,
) {
    for fault in found {
        faults.0.push(ImportFault {
            row: cells.row,
            column: column.to_owned(),
            value: value.chars().take(80).collect(),
            fault,
        });
    }
}
