//! The audit log.

use api::admin::{Page, audit::AuditView};
use axum::extract::State;
use domain::{AuditId, ClientId, UserId};
use serde::Deserialize;
use store::records::{AuditEntry, AuditFilter, PAGE_MAX, ProviderScope, fold};
use utoipa::IntoParams;
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use crate::{
    App,
    http::{
        error::Result,
        extract::{Json, Query},
        paging::{after_at, cursor_at, limit},
        session::instant,
    },
};

/// Entries looked through at most for one page of a search; the cursor goes on from there.
const LOOKED_THROUGH: usize = 20_000;

/// The endpoints.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list))
}

/// Which entries.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub struct AuditQuery {
    /// By this user.
    user: Option<Uuid>,
    /// About this client.
    client: Option<Uuid>,
    /// About this object.
    object: Option<String>,
    /// Actions that begin so: `contract`, `contract.published`.
    action: Option<String>,
    /// Words anywhere in the entry.
    q: Option<String>,
    /// At this instant or later.
    from: Option<String>,
    /// Before this instant.
    until: Option<String>,
    /// From a page's `next`.
    cursor: Option<String>,
    /// Rows at most, 1 to 500; 100 when absent.
    limit: Option<u32>,
}

/// The audit log, newest first.
#[utoipa::path(get, path = "/api/v1/audit", operation_id = "audit_list", tag = "audit", params(AuditQuery), responses((status = 200, description = "Done", body = Page<AuditView>)))]
pub async fn list(
    State(app): State<App>,
    Query(query): Query<AuditQuery>,
) -> Result<Json<Page<AuditView>>> {
    let limit = limit(query.limit) as usize;
    let from = query.from.as_deref().map(|text| instant("from", text)).transpose()?;
    let until = query.until.as_deref().map(|text| instant("until", text)).transpose()?;
    let words = fold(query.q.as_deref().unwrap_or_default().trim());
    let mut before = match after_at::<AuditId>(query.cursor.as_deref())? {
        Some(place) => Some(place),
        None => until.map(|until| (until, AuditId::from_u128(0))),
    };
    let mut items = Vec::new();
    let mut looked = 0;
    loop {
        let filter = AuditFilter {
            client: query.client.map(ClientId::from_uuid),
            user: query.user.map(UserId::from_uuid),
            object: query.object.clone(),
            before,
            ..AuditFilter::default()
        };
        let rows =
            app.store.view().audit_entries(&ProviderScope::granted(), &filter, PAGE_MAX).await?;
        let more = rows.len() >= PAGE_MAX as usize;
        for entry in rows {
            if from.is_some_and(|from| entry.at < from) {
                return Ok(Json(Page { items, next: None }));
            }
            before = Some((entry.at, entry.id));
            looked += 1;
            let action = query.action.as_deref().unwrap_or_default();
            if entry.action.starts_with(action) && tells_of(&entry, &words) {
                items.push(view(entry));
            }
            if items.len() >= limit || looked >= LOOKED_THROUGH {
                let next = before.map(|(at, id)| cursor_at(at, id));
                return Ok(Json(Page { items, next }));
            }
        }
        if !more {
            return Ok(Json(Page { items, next: None }));
        }
    }
}

fn tells_of(entry: &AuditEntry, words: &str) -> bool {
    words.is_empty()
        || [&entry.user_name, &entry.action, &entry.object_kind, &entry.object]
            .into_iter()
            .any(|text| fold(text).contains(words))
        || fold(&entry.before.to_string()).contains(words)
        || fold(&entry.after.to_string()).contains(words)
}

fn view(entry: AuditEntry) -> AuditView {
    AuditView {
        id: entry.id.uuid(),
        at: entry.at.to_string(),
        user: entry.user.map(UserId::uuid),
        user_name: entry.user_name,
        action: entry.action,
        object_kind: entry.object_kind,
        object: entry.object,
        client: entry.client.map(ClientId::uuid),
        before: entry.before,
        after: entry.after,
        request_id: entry.request_id,
    }
}
