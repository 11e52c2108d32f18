//! A client's people from a table: each is let in, and given a link to choose a password by.

use std::collections::BTreeMap;

use api::{admin::imports::ImportInvitation, role::Role};
use domain::{EmailAddress, Language, words};
use store::records::{PAGE_MAX, User};

use super::{
    Found, Invited, SCOPE, all_clients, at_cell, client_of,
    table::{Column, RowFaults, Table, free, needed},
};
use crate::{
    App,
    admin::{
        Faults, invitations, settings,
        users::{self, Draft},
    },
    http::{
        audit::{Told, Trail},
        error::Result,
    },
};

/// The columns.
pub const COLUMNS: [Column; 6] = [
    needed("client"),
    needed("name"),
    needed("email"),
    needed("role"),
    free("login"),
    free("language"),
];

/// Reads the people. With `by_mail` each is mailed the link; otherwise the links are handed over.
pub async fn read(
    app: &App,
    trail: &Trail,
    table: &Table,
    by_mail: bool,
    faults: &mut RowFaults,
    found: &mut Found,
) -> Result<()> {
    if by_mail {
        app.mail.needed()?;
    }
    let clients = all_clients(app).await?;
    let known = all_users(app).await?;
    let provider = settings::provider_name(app).await?;
    let directory = app.floor.directory();
    let mut here: BTreeMap<String, u32> = BTreeMap::new();
    for cells in &table.rows {
        let of = |column| table.cell(cells, column);
        let client = client_of(&clients, table, cells, faults);
        let email = of("email").parse::<EmailAddress>();
        if email.is_err() && !of("email").is_empty() {
            faults.add(
                (cells.row, "email", of("email")),
                "not_a_mail",
                "It is not a mail address.",
                "Give one such as anna@example.org.",
            );
        }
        let role = role(of("role"));
        if role.is_none() && !of("role").is_empty() {
            faults.add(
                (cells.row, "role", of("role")),
                "import_role",
                words!("`{}` is no role.", of("role").chars().take(40).collect::<String>()),
                "Write reader or manager.",
            );
        }
        // Whoever has no name to sign in with signs in with the address.
        let login = if of("login").is_empty() { of("email") } else { of("login") };
        let language = match (of("language"), client) {
            ("", client) => {
                let floor = client.and_then(|client| directory.client(client.id));
                let floor = floor.and_then(|client| client.contract());
                let first = floor.and_then(|contract| contract.languages.first().copied());
                let spoken =
                    first.filter(|language| [Language::FR, Language::RU].contains(language));
                spoken.unwrap_or(Language::EN).code().to_owned()
            }
            (given, _) => given.to_lowercase(),
        };
        let draft = Draft {
            login,
            name: of("name"),
            role: role.unwrap_or(Role::ClientReader),
            client: client.map(|client| client.id.uuid()),
            agent: None,
            language: &language,
        };
        let mut checked = Faults::default();
        let user = draft.made(&mut checked);
        // Empty cells and unknown clients are told already, and a login that no address made is none.
        checked.0.retain(|fault| match fault.field.as_str() {
            "login" => !of("login").is_empty() || email.is_ok(),
            "name" => !of("name").is_empty(),
            "language" => true,
            _ => false,
        });
        for fault in checked.0 {
            let column = fault.field.clone();
            at_cell(vec![fault], cells, table.cell(cells, &column), &column, faults);
        }
        let before = (!login.is_empty()).then(|| here.insert(user.login.clone(), cells.row));
        let of_same = known.get(&user.login);
        let same = of_same.is_some_and(|other| {
            (&other.name, &other.role, other.client) == (&user.name, &user.role, user.client)
        });
        if let Some(Some(row)) = before {
            faults.add(
                (cells.row, "login", of("login")),
                "import_login_twice",
                words!("Row {} signs in with the same name.", row),
                "Remove one of the rows, or give another login.",
            );
        } else if of_same.is_some() && !same {
            faults.add(
                (cells.row, "login", of("login")),
                "import_login_taken",
                words!("Somebody signs in as {} already.", user.login),
                "Remove the row, or give another login.",
            );
        }
        let (Some(client), Ok(email), Some(_)) = (client, email, role) else { continue };
        if same {
            found.unchanged += 1;
            continue;
        }
        found.adds(cells, &client.name, &format!("{} ({})", user.name, user.login));
        let given =
            invitations::given(app, trail, &user, by_mail.then(|| email.clone()), &provider)?;
        let invitation = ImportInvitation {
            row: cells.row,
            client: client.name.clone(),
            name: user.name.clone(),
            login: user.login.clone(),
            email: email.to_string(),
            link: None,
            expires: given.expires.to_string(),
        };
        let entry = trail.entry("user.created", "user", user.id.uuid());
        let entry = users::of_company(entry, &user).changed(&(), &users::view(&user)?);
        found.writes.entries.push(entry);
        found.writes.users.push(Invited { user, given, invitation });
    }
    Ok(())
}

/// A client's role, in the words of people or of the interface.
fn role(text: &str) -> Option<Role> {
    match text.to_lowercase().as_str() {
        "reader" | "client_reader" => Some(Role::ClientReader),
        "manager" | "client_manager" => Some(Role::ClientManager),
        _ => None,
    }
}

/// All users, by what they sign in with.
async fn all_users(app: &App) -> Result<BTreeMap<String, User>> {
    let (mut all, mut after): (BTreeMap<String, User>, Option<String>) = Default::default();
    loop {
        let page = app.store.view().users(&SCOPE, after.as_deref(), PAGE_MAX).await?;
        let more = page.len() >= PAGE_MAX as usize;
        after = page.last().map(|user| user.login.clone());
        all.extend(page.into_iter().map(|user| (user.login.clone(), user)));
        if !more {
            return Ok(all);
        }
    }
}
