//! Clients: the companies whose contacts are taken.

use std::slice::from_ref;

use domain::{ClientId, Timestamp};

use super::{ClientScope, ProviderScope, changed, containing, fold, page, record, words};
use crate::{StoreError, Tx, View, value::args};

words! {
    /// Where a client stands.
    pub enum ClientStatus {
        /// Being set up; no contact is taken.
        Draft = "draft",
        /// Contacts are taken.
        Live = "live",
        /// Stopped for a while.
        Suspended = "suspended",
    }
}

record! {
    /// A client.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct Client {
        /// Its id.
        pub id: ClientId = "client_id",
        /// Its name; unique but for case and accents.
        pub name: String,
        /// Two letters for its tag.
        pub initials: String,
        /// Hue of its tag, 0 to 359.
        pub hue: u16,
        /// Where it stands.
        pub status: ClientStatus,
        /// IANA zone.
        pub zone: String,
        /// When it was created.
        pub created: Timestamp = "created_us",
        /// Raised by each change.
        pub version: u64,
    }
}

impl View {
    /// The client of the scope.
    pub async fn client(&mut self, scope: &ClientScope) -> Result<Option<Client>, StoreError> {
        self.of(scope)
            .find(
                "SELECT client_id, name, initials, hue, status, zone, created_us, version
                 FROM client WHERE client_id = $1",
                args![scope.client()],
            )
            .await
    }

    /// Clients by name; those whose name contains `search`, after the one called `after`.
    pub async fn clients(
        &mut self,
        _: &ProviderScope,
        search: Option<&str>,
        after: Option<&str>,
        limit: u32,
    ) -> Result<Vec<Client>, StoreError> {
        self.list(
            "SELECT client_id, name, initials, hue, status, zone, created_us, version
             FROM client
             WHERE name_folded LIKE $1 ESCAPE '!' AND name_folded > $2
             ORDER BY name_folded LIMIT $3",
            args![
                containing(search.unwrap_or_default()),
                fold(after.unwrap_or_default()),
                page(limit)
            ],
        )
        .await
    }
}

impl Tx {
    /// Creates a client, with version 1.
    pub async fn create_client(
        &mut self,
        scope: &ProviderScope,
        client: &Client,
    ) -> Result<(), StoreError> {
        self.create_clients(scope, from_ref(client)).await
    }

    /// Creates clients, with version 1.
    pub async fn create_clients(
        &mut self,
        _: &ProviderScope,
        clients: &[Client],
    ) -> Result<(), StoreError> {
        let row = |client: &Client| {
            let Client { id, name, initials, hue, status, zone, created, .. } = client.clone();
            args![id, name.as_str(), fold(&name), initials, hue, status, zone, created, 1_u64]
        };
        self.run_all(
            "INSERT INTO client (client_id, name, name_folded, initials, hue, status, zone,
                 created_us, version) VALUES",
            "",
            clients.iter().map(row).collect(),
        )
        .await
        .map(drop)
    }

    /// Changes a client, from the version it was read with.
    pub async fn change_client(
        &mut self,
        scope: &ClientScope,
        client: &Client,
    ) -> Result<(), StoreError> {
        let Client { name, initials, hue, status, zone, version, .. } = client.clone();
        let rows = self
            .of(scope)
            .run(
                "UPDATE client SET name = $2, name_folded = $3, initials = $4, hue = $5,
                     status = $6, zone = $7, version = version + 1
                 WHERE client_id = $1 AND version = $8",
                args![
                    scope.client(),
                    name.as_str(),
                    fold(&name),
                    initials,
                    hue,
                    status,
                    zone,
                    version
                ],
            )
            .await?;
        changed(rows, "the client")
    }
}
