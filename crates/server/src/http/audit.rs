//! Who does something, for the audit log: each change is written with its entry in one transaction.

use axum::{extract::FromRequestParts, http::request::Parts};
use domain::{AuditId, ClientId, Timestamp, UserId};
use serde::Serialize;
use serde_json::Value;
use store::records::{AuditEntry, User};
use uuid::Uuid;

use super::{
    access::sign_in_needed,
    error::{ApiError, Result},
    limits::RequestId,
    session::Caller,
};
use crate::App;

/// Who asks, when, in which request.
#[derive(Clone, Debug)]
pub struct Trail {
    at: Timestamp,
    user: Option<UserId>,
    name: String,
    request: String,
}

impl Trail {
    /// The trail of somebody who is just signing in.
    pub fn of_user(user: &User, at: Timestamp, request: &RequestId) -> Self {
        Self {
            at,
            user: Some(user.id),
            name: user.name.clone(),
            request: request.as_str().to_owned(),
        }
    }

    /// When.
    pub fn at(&self) -> Timestamp {
        self.at
    }

    /// Name of who it is.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Who it is.
    pub fn user(&self) -> Option<UserId> {
        self.user
    }

    /// An entry: `action` was done to `object`, a `kind`.
    pub fn entry(&self, action: &str, kind: &str, object: Uuid) -> AuditEntry {
        AuditEntry {
            id: AuditId::from_uuid(Uuid::now_v7()),
            at: self.at,
            user: self.user,
            user_name: self.name.clone(),
            action: action.to_owned(),
            object_kind: kind.to_owned(),
            object: object.to_string(),
            client: None,
            before: Value::Null,
            after: Value::Null,
            request_id: self.request.clone(),
        }
    }
}

/// Further facts of an entry.
pub trait Told: Sized {
    /// The client concerned.
    #[must_use]
    fn of_client(self, client: ClientId) -> Self;

    /// What was there before and what is there now; never a secret or a password.
    #[must_use]
    fn changed(self, before: &impl Serialize, after: &impl Serialize) -> Self;
}

impl Told for AuditEntry {
    fn of_client(mut self, client: ClientId) -> Self {
        self.client = Some(client);
        self
    }

    fn changed(mut self, before: &impl Serialize, after: &impl Serialize) -> Self {
        // Views on the wire always have a JSON form; a `null` says that one had none.
        self.before = serde_json::to_value(before).unwrap_or_default();
        self.after = serde_json::to_value(after).unwrap_or_default();
        self
    }
}

impl FromRequestParts<App> for Trail {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self> {
        let caller = parts.extensions.get::<Caller>().ok_or_else(sign_in_needed)?;
        let request = parts.extensions.get::<RequestId>().cloned().unwrap_or_default();
        Ok(Self {
            at: app.clock.now(),
            user: Some(caller.user),
            name: caller.name.clone(),
            request: request.as_str().to_owned(),
        })
    }
}
