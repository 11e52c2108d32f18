//! Reports that are mailed by themselves: what is to be sent when, and what came of the last time.

use domain::{ClientId, MailId, MailingId, Timestamp};
use serde_json::Value;
use uuid::Uuid;

use super::{ClientScope, MailState, ProviderScope, changed, page, record};
use crate::{StoreError, Tx, View, value::args};

record! {
    /// A report that is mailed by itself.
    #[derive(Clone, Debug, PartialEq)]
    pub struct Mailing {
        /// Its id, in the order in which they were made.
        pub id: MailingId = "mailing_id",
        /// Whose figures; `None` for those of all clients.
        pub client: Option<ClientId> = "client_id",
        /// Whether it is the client's own, rather than one that the provider made for it.
        pub of_client: bool,
        /// Its name.
        pub name: String,
        /// Which report, how often, to whom.
        pub document: Value,
        /// When it is made next; `None` while it is off.
        pub next: Option<Timestamp> = "next_us",
        /// When it was made last.
        pub last: Option<Timestamp> = "last_us",
        /// What came of that.
        pub last_document: Value,
        /// When it was set up.
        pub created: Timestamp = "created_us",
        /// Name of who set it up.
        pub created_by: String,
        /// Raised by each change.
        pub version: u64,
    }
}

impl View {
    /// All of the provider's people to see, in the order in which they were made, after `after`; of one client when
    /// one is named.
    pub async fn mailings(
        &mut self,
        _: &ProviderScope,
        client: Option<ClientId>,
        after: Option<MailingId>,
        limit: u32,
    ) -> Result<Vec<Mailing>, StoreError> {
        self.list(
            "SELECT mailing_id, client_id, of_client, name, document, next_us, last_us, last_document, created_us,
                    created_by, version
             FROM mailing
             WHERE ($1 IS NULL OR client_id = $1) AND mailing_id > $2
             ORDER BY mailing_id LIMIT $3",
            args![client, after.unwrap_or(MailingId::from_u128(0)), page(limit)],
        )
        .await
    }

    /// Those that a client's people set up for themselves.
    pub async fn mailings_of(&mut self, scope: &ClientScope) -> Result<Vec<Mailing>, StoreError> {
        self.of(scope).list(
            "SELECT mailing_id, client_id, of_client, name, document, next_us, last_us, last_document, created_us,
                    created_by, version
             FROM mailing
             WHERE client_id = $1 AND of_client = $2
             ORDER BY mailing_id LIMIT $3",
            args![scope.client(), true, super::PAGE_MAX],
        )
        .await
    }

    /// One of them.
    pub async fn mailing(
        &mut self,
        _: &ProviderScope,
        id: MailingId,
    ) -> Result<Option<Mailing>, StoreError> {
        self.find(
            "SELECT mailing_id, client_id, of_client, name, document, next_us, last_us, last_document, created_us,
                    created_by, version
             FROM mailing WHERE mailing_id = $1",
            args![id],
        )
        .await
    }

    /// One of those that a client's people set up for themselves.
    pub async fn mailing_of(
        &mut self,
        scope: &ClientScope,
        id: MailingId,
    ) -> Result<Option<Mailing>, StoreError> {
        self.of(scope).find(
            "SELECT mailing_id, client_id, of_client, name, document, next_us, last_us, last_document, created_us,
                    created_by, version
             FROM mailing WHERE client_id = $1 AND mailing_id = $2 AND of_client = $3",
            args![scope.client(), id, true],
        )
        .await
    }

    /// The one that is made next, whenever that is.
    pub async fn next_mailing(&mut self, _: &ProviderScope) -> Result<Option<Mailing>, StoreError> {
        self.find(
            "SELECT mailing_id, client_id, of_client, name, document, next_us, last_us, last_document, created_us,
                    created_by, version
             FROM mailing WHERE next_us IS NOT NULL ORDER BY next_us, mailing_id LIMIT 1",
            args![],
        )
        .await
    }

    /// How many there are, of whomever.
    pub async fn mailing_count(&mut self, _: &ProviderScope) -> Result<u64, StoreError> {
        let row = self.one("SELECT COUNT(*) AS n FROM mailing", args![]).await?;
        row.map_or(Ok(0), |row| row.get("n"))
    }

    /// Where the mails about one thing stand that were queued at one instant.
    pub async fn mails_queued_at(
        &mut self,
        _: &ProviderScope,
        about: Uuid,
        at: Timestamp,
    ) -> Result<Vec<(MailId, MailState)>, StoreError> {
        let rows = self
            .all(
                "SELECT mail_id, state FROM mail WHERE queued_us = $1 AND about_id = $2 ORDER BY mail_id",
                args![at, about],
            )
            .await?;
        rows.iter().map(|row| Ok((row.get("mail_id")?, row.get("state")?))).collect()
    }
}

impl Tx {
    /// Keeps a new one, with version 1.
    pub async fn create_mailing(
        &mut self,
        _: &ProviderScope,
        mailing: &Mailing,
    ) -> Result<(), StoreError> {
        let Mailing { id, client, of_client, name, document, next, last, .. } = mailing.clone();
        self.run(
            "INSERT INTO mailing (mailing_id, client_id, of_client, name, document, next_us, last_us, last_document,
                 created_us, created_by, version)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 1)",
            args![
                id,
                client,
                of_client,
                name,
                document,
                next,
                last,
                mailing.last_document.clone(),
                mailing.created,
                mailing.created_by.clone()
            ],
        )
        .await
        .map(drop)
    }

    /// Changes what is sent when, from the version it was read with.
    pub async fn change_mailing(
        &mut self,
        _: &ProviderScope,
        mailing: &Mailing,
    ) -> Result<(), StoreError> {
        let Mailing { id, name, document, next, version, .. } = mailing.clone();
        let rows = self
            .run(
                "UPDATE mailing SET name = $1, document = $2, next_us = $3, version = version + 1
                 WHERE mailing_id = $4 AND version = $5",
                args![name, document, next, id, version],
            )
            .await?;
        changed(rows, "the scheduled report")
    }

    /// Removes one, from the version it was read with.
    pub async fn remove_mailing(
        &mut self,
        _: &ProviderScope,
        id: MailingId,
        version: u64,
    ) -> Result<(), StoreError> {
        let rows = self
            .run("DELETE FROM mailing WHERE mailing_id = $1 AND version = $2", args![id, version])
            .await?;
        changed(rows, "the scheduled report")
    }

    /// Says that its turn has come, from what was read of it: what came of it, and when the next one is. Stale when
    /// somebody else was faster, or it was changed meanwhile.
    pub async fn turn_mailing(
        &mut self,
        _: &ProviderScope,
        read: &Mailing,
        next: Option<Timestamp>,
        at: Timestamp,
        outcome: &Value,
    ) -> Result<(), StoreError> {
        let rows = self
            .run(
                "UPDATE mailing SET next_us = $1, last_us = $2, last_document = $3
                 WHERE mailing_id = $4 AND version = $5 AND next_us = $6",
                args![next, at, outcome.clone(), read.id, read.version, read.next],
            )
            .await?;
        changed(rows, "the scheduled report")
    }

    /// Says that it was sent beside its turns.
    pub async fn note_mailing(
        &mut self,
        _: &ProviderScope,
        id: MailingId,
        at: Timestamp,
        outcome: &Value,
    ) -> Result<(), StoreError> {
        let rows = self
            .run(
                "UPDATE mailing SET last_us = $1, last_document = $2 WHERE mailing_id = $3",
                args![at, outcome.clone(), id],
            )
            .await?;
        changed(rows, "the scheduled report")
    }
}
