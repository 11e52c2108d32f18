//! Widgets.

use std::collections::BTreeSet;

use api::admin::{
    contracts::LocalisedTextView,
    widgets::{ChangeWidget, NewWidget, WidgetSecret, WidgetSetup},
};
use axum::{extract::State, http::StatusCode};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use domain::{ClientId, QueueId, WidgetId};
use serde_json::{Value, json};
use store::{
    StoreError,
    records::{ClientScope, Widget},
};
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use super::{Faults, clients, wire};
use crate::{
    App,
    app::secret,
    http::{
        audit::{Told, Trail},
        error::{ApiError, Result},
        extract::{Json, Path},
    },
};

/// The endpoints.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(change, remove))
        .routes(routes!(rotate_secret))
}

/// Widgets of a client, by name.
#[utoipa::path(get, path = "/api/v1/clients/{client}/widgets", operation_id = "widgets_list", tag = "widgets", params(("client" = Uuid, Path)), responses((status = 200, description = "Done", body = Vec<WidgetSetup>)))]
pub async fn list(
    State(app): State<App>,
    Path(client): Path<Uuid>,
) -> Result<Json<Vec<WidgetSetup>>> {
    let client = clients::find(&app, client).await?;
    let found = app.store.view().widgets(&ClientScope::of(client.id)).await?;
    Ok(Json(found.iter().map(|widget| view(&app, widget)).collect()))
}

/// Creates a widget.
#[utoipa::path(post, path = "/api/v1/clients/{client}/widgets", operation_id = "widgets_create", tag = "widgets", params(("client" = Uuid, Path)), request_body = NewWidget, responses((status = 201, description = "Done", body = WidgetSetup)))]
pub async fn create(
    State(app): State<App>,
    trail: Trail,
    Path(client): Path<Uuid>,
    Json(body): Json<NewWidget>,
) -> Result<(StatusCode, Json<WidgetSetup>)> {
    let client = clients::find(&app, client).await?;
    let made = checked(&app, client.id, &body).await?;
    let shown = view(&app, &made);
    let entry = trail
        .entry("widget.created", "widget", made.id.uuid())
        .of_client(client.id)
        .changed(&(), &shown);
    app.store
        .tx(move |tx| {
            Box::pin(async move {
                tx.create_widget(&ClientScope::of(made.client), &made).await?;
                tx.audit(&entry).await
            })
        })
        .await?;
    app.configuration_changed().await;
    Ok((StatusCode::CREATED, Json(shown)))
}

/// Changes a widget.
#[utoipa::path(put, path = "/api/v1/clients/{client}/widgets/{widget}", operation_id = "widgets_change", tag = "widgets", params(("client" = Uuid, Path), ("widget" = Uuid, Path)), request_body = ChangeWidget, responses((status = 200, description = "Done", body = WidgetSetup)))]
pub async fn change(
    State(app): State<App>,
    trail: Trail,
    Path((client, widget)): Path<(Uuid, Uuid)>,
    Json(body): Json<ChangeWidget>,
) -> Result<Json<WidgetSetup>> {
    let before = find(&app, client, widget).await?;
    let checked = checked(&app, before.client, &body.widget).await?;
    let after = Widget {
        id: before.id,
        key: before.key.clone(),
        secret: before.secret.clone(),
        version: body.version,
        ..checked
    };
    save(&app, &trail, "widget.changed", &before, after).await.map(Json)
}

/// Removes a widget; pages that show it lose it at once.
#[utoipa::path(delete, path = "/api/v1/clients/{client}/widgets/{widget}", operation_id = "widgets_remove", tag = "widgets", params(("client" = Uuid, Path), ("widget" = Uuid, Path)), responses((status = 204, description = "Done")))]
pub async fn remove(
    State(app): State<App>,
    trail: Trail,
    Path((client, widget)): Path<(Uuid, Uuid)>,
) -> Result<StatusCode> {
    let found = find(&app, client, widget).await?;
    let entry = trail
        .entry("widget.removed", "widget", widget)
        .of_client(found.client)
        .changed(&view(&app, &found), &());
    let removed = app
        .store
        .tx(move |tx| {
            Box::pin(async move {
                tx.remove_widget(&ClientScope::of(found.client), found.id).await?;
                tx.audit(&entry).await
            })
        })
        .await;
    if let Err(StoreError::MissingReference { .. }) = removed {
        return Err(ApiError::conflict(
            "widget_used",
            "Conversations came by this widget, and they keep it.",
            "Take all its pages away instead; then no page shows it.",
        ));
    }
    removed?;
    app.configuration_changed().await;
    Ok(StatusCode::NO_CONTENT)
}

/// Makes a new signing secret, shown this once.
#[utoipa::path(post, path = "/api/v1/clients/{client}/widgets/{widget}/rotate-secret", operation_id = "widgets_rotate_secret", tag = "widgets", params(("client" = Uuid, Path), ("widget" = Uuid, Path)), responses((status = 200, description = "Done", body = WidgetSecret)))]
pub async fn rotate_secret(
    State(app): State<App>,
    trail: Trail,
    Path((client, widget)): Path<(Uuid, Uuid)>,
) -> Result<Json<WidgetSecret>> {
    let found = find(&app, client, widget).await?;
    let (id, fresh) = (found.id, secret());
    let shown = WidgetSecret { secret: fresh.clone() };
    let entry = trail.entry("widget.secret_rotated", "widget", id.uuid()).of_client(found.client);
    app.store
        .tx(move |tx| {
            Box::pin(async move {
                tx.rotate_widget_secret(&ClientScope::of(found.client), id, &fresh).await?;
                tx.audit(&entry).await
            })
        })
        .await?;
    app.configuration_changed().await;
    Ok(Json(shown))
}

async fn save(
    app: &App,
    trail: &Trail,
    action: &str,
    before: &Widget,
    mut after: Widget,
) -> Result<WidgetSetup> {
    let kept = after.clone();
    let entry = trail
        .entry(action, "widget", after.id.uuid())
        .of_client(after.client)
        .changed(&view(app, before), &view(app, &after));
    app.store
        .tx(move |tx| {
            Box::pin(async move {
                tx.change_widget(&ClientScope::of(kept.client), &kept).await?;
                tx.audit(&entry).await
            })
        })
        .await?;
    app.configuration_changed().await;
    after.version += 1;
    Ok(view(app, &after))
}

async fn find(app: &App, client: Uuid, widget: Uuid) -> Result<Widget> {
    let scope = ClientScope::of(ClientId::from_uuid(client));
    let found = app.store.view().widget(&scope, WidgetId::from_uuid(widget)).await?;
    found.ok_or_else(|| ApiError::not_found("widget"))
}

/// A new widget, or every fault of it.
async fn checked(app: &App, client: ClientId, body: &NewWidget) -> Result<Widget> {
    let scope = ClientScope::of(client);
    let mut records = app.store.view();
    let mut queues: BTreeSet<QueueId> = BTreeSet::new();
    for version in records.contract_versions(&scope).await?.into_iter().take(2) {
        queues.extend(version.document.queues.iter().map(|queue| queue.id));
    }
    made(client, body, &queues)
}

/// A new widget that leads to some of `queues`, or every fault of it.
pub fn made(client: ClientId, body: &NewWidget, queues: &BTreeSet<QueueId>) -> Result<Widget> {
    let mut faults = Faults::default();
    let name = faults.name("name", &body.name);
    if body.queues.is_empty() {
        faults.add(
            "queues",
            "queues_missing",
            "The widget leads to no queue.",
            "Choose at least one.",
        );
    }
    for (i, queue) in body.queues.iter().enumerate() {
        let field = format!("queues[{i}]");
        if !queues.contains(&QueueId::from_uuid(*queue)) {
            faults.add(
                &field,
                "unknown",
                "The client's contract has no such queue.",
                "Publish a contract with the queue first, or choose one it has.",
            );
        }
        if body.queues[..i].contains(queue) {
            faults.add(&field, "twice", "It is listed twice.", "Keep one of them.");
        }
    }
    let origins: Vec<String> = body
        .origins
        .iter()
        .enumerate()
        .filter_map(|(i, text)| origin(&format!("origins[{i}]"), text, &mut faults))
        .collect();
    let title = wire::text_views(&wire::texts("title", &body.title, &mut faults));
    faults.none("widget")?;
    Ok(Widget {
        client,
        id: WidgetId::from_uuid(Uuid::now_v7()),
        name,
        queues: body.queues.iter().copied().map(QueueId::from_uuid).collect(),
        origins,
        key: URL_SAFE_NO_PAD.encode(rand::random::<[u8; 18]>()),
        secret: secret(),
        texts: json!({ "title": title }),
        identity_required: body.identity_required,
        version: 1,
    })
}

/// An origin as browsers send it: scheme, host and, where it is not the usual one, port.
fn origin(field: &str, text: &str, faults: &mut Faults) -> Option<String> {
    let origin = text.trim().trim_end_matches('/').to_lowercase();
    let host = origin.strip_prefix("https://").or_else(|| origin.strip_prefix("http://"));
    let fits = host.is_some_and(|host| {
        let (name, port) = match host.rsplit_once(':') {
            Some((name, port)) if !port.contains(']') => (name, Some(port)),
            _ => (host, None),
        };
        !name.is_empty()
            && name.len() <= 253
            && name
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '[' | ']' | ':'))
            && port.is_none_or(|port| port.parse::<u16>().is_ok_and(|port| port > 0))
    });
    if !fits {
        faults.add(
            field,
            "origin",
            domain::words!(
                "`{}` is no origin of a page.",
                text.chars().take(120).collect::<String>()
            ),
            "Give scheme and host without a path, such as https://www.example.org.",
        );
        return None;
    }
    let usual = if origin.starts_with("https://") { ":443" } else { ":80" };
    Some(origin.strip_suffix(usual).unwrap_or(&origin).to_owned())
}

/// A widget as shown, with what to paste into the page.
pub fn view(app: &App, widget: &Widget) -> WidgetSetup {
    WidgetSetup {
        id: widget.id.uuid(),
        client: widget.client.uuid(),
        name: widget.name.clone(),
        queues: widget.queues.iter().map(|queue| queue.uuid()).collect(),
        origins: widget.origins.clone(),
        key: widget.key.clone(),
        title: titles(&widget.texts),
        snippet: format!(
            "<script async src=\"{}/widget/v1/loader.js\" data-widget=\"{}\"></script>",
            app.address(),
            widget.key
        ),
        identity_required: widget.identity_required,
        version: widget.version,
    }
}

/// The titles of a widget, by language.
pub fn titles(texts: &Value) -> Vec<LocalisedTextView> {
    // Written by `made` only; a record of another program's making simply has no title.
    serde_json::from_value(texts["title"].clone()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_scheme_host_and_port() {
        let read = |text: &str| origin("origins[0]", text, &mut Faults::default());
        for (text, want) in [
            ("https://www.example.org/", Some("https://www.example.org")),
            ("HTTPS://Example.org:443", Some("https://example.org")),
            ("http://localhost:5173", Some("http://localhost:5173")),
            ("http://[::1]:80", Some("http://[::1]")),
            ("example.org", None),
            ("https://example.org/shop", None),
            ("https://*.example.org", None),
            ("https://example.org:0", None),
            ("javascript:alert(1)", None),
            ("https://", None),
        ] {
            assert_eq!(read(text).as_deref(), want, "{text}");
        }
    }
}
