//! The audit log: who changed or read what. It is only ever added to, in the transaction of the
//! change it tells of.

use std::slice::from_ref;

use domain::{AuditId, ClientId, Timestamp, UserId};
use serde_json::Value;

use super::{ProviderScope, page, record};
use crate::{StoreError, Tx, View, value::args};

record! {
    /// An entry of the audit log.
    #[derive(Clone, Debug, PartialEq)]
    pub struct AuditEntry {
        /// Its id.
        pub id: AuditId = "audit_id",
        /// When.
        pub at: Timestamp = "at_us",
        /// Who; `None` for the system, or somebody not signed in.
        pub user: Option<UserId> = "user_id",
        /// Their name then.
        pub user_name: String,
        /// What was done: `client.changed`.
        pub action: String,
        /// Kind of what it was done to: `client`.
        pub object_kind: String,
        /// Id of it, as text.
        pub object: String,
        /// The client concerned.
        pub client: Option<ClientId> = "client_id",
        /// Before; never a secret.
        pub before: Value = "before_value",
        /// After; never a secret.
        pub after: Value = "after_value",
        /// The request, as in the log.
        pub request_id: String,
    }
}

/// Which entries are asked for.
#[derive(Clone, Debug, Default)]
pub struct AuditFilter {
    /// Of this client.
    pub client: Option<ClientId>,
    /// By this user.
    pub user: Option<UserId>,
    /// Of this kind of object.
    pub object_kind: Option<String>,
    /// About this object.
    pub object: Option<String>,
    /// Older than this one (the last of the page before).
    pub before: Option<(Timestamp, AuditId)>,
}

impl View {
    /// Entries, newest first.
    pub async fn audit_entries(
        &mut self,
        _: &ProviderScope,
        filter: &AuditFilter,
        limit: u32,
    ) -> Result<Vec<AuditEntry>, StoreError> {
        let AuditFilter { client, user, object_kind, object, before } = filter.clone();
        let (at, id) = before.unwrap_or((Timestamp::MAX, AuditId::from_u128(u128::MAX)));
        self.list(
            "SELECT audit_id, at_us, user_id, user_name, action, object_kind, object, client_id,
                    before_value, after_value, request_id
             FROM audit_entry
             WHERE ($1 IS NULL OR client_id = $1) AND ($2 IS NULL OR user_id = $2)
               AND ($3 IS NULL OR object_kind = $3) AND ($4 IS NULL OR object = $4)
               AND (at_us, audit_id) < ($5, $6)
             ORDER BY at_us DESC, audit_id DESC LIMIT $7",
            args![client, user, object_kind, object, at, id, page(limit)],
        )
        .await
    }
}

impl Tx {
    /// Adds an entry.
    pub async fn audit(&mut self, entry: &AuditEntry) -> Result<(), StoreError> {
        self.audit_all(from_ref(entry)).await
    }

    /// Adds entries.
    pub async fn audit_all(&mut self, entries: &[AuditEntry]) -> Result<(), StoreError> {
        let row = |entry: AuditEntry| {
            args![
                entry.id,
                entry.at,
                entry.user,
                entry.user_name,
                entry.action,
                entry.object_kind,
                entry.object,
                entry.client,
                entry.before,
                entry.after,
                entry.request_id
            ]
        };
        self.run_all(
            "INSERT INTO audit_entry (audit_id, at_us, user_id, user_name, action, object_kind,
                 object, client_id, before_value, after_value, request_id) VALUES",
            "",
            entries.iter().cloned().map(row).collect(),
        )
        .await
        .map(drop)
    }
}
