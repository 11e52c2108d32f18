//! Reports: figures in intervals, contacts, and one contact's whole way. A client's people read their
//! own client's only, with agents by the name their customers know.

mod at_hand;
mod contacts;
mod days;
mod files;
mod intervals;
mod names;
mod timeline;
mod words;

pub(crate) use contacts::{all as all_contacts, channel, state};
pub use days::{Days, DaysError};
pub(crate) use files::{File, Form, contacts_file, figures_file, word};
pub(crate) use intervals::{Ask, feed, made as interval_report};
pub(crate) use names::Names;
pub(crate) use timeline::contact as contact_view;

use api::{
    admin::Page,
    desk::ChannelKind,
    reports::{ContactLine, ContactState, ContactView, IntervalReport, ReportGroup, ReportLength},
};
use axum::{
    extract::State,
    http::HeaderMap,
    response::{IntoResponse, Response},
};
use domain::{Language, Span};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use crate::{
    App,
    http::{
        audit::{Told, Trail},
        error::Result,
        extract::{Json, Path, Query},
        session::Caller,
    },
};

/// The endpoints.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(intervals))
        .routes(routes!(contacts))
        .routes(routes!(contact))
}

/// Which figures.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub struct IntervalQuery {
    /// Of this client.
    client: Option<Uuid>,
    /// Of this queue.
    queue: Option<Uuid>,
    /// Of this channel.
    channel: Option<ChannelKind>,
    /// Of this agent; not for a client's people, who know agents by their alias.
    agent: Option<Uuid>,
    /// First instant, RFC 3339.
    from: String,
    /// First instant after; at most 31 days later, or within 24 months when intervals are months.
    until: String,
    /// How rows are told apart; `client` when absent.
    group: Option<ReportGroup>,
    /// How long an interval is; a quarter of an hour when absent.
    length: Option<ReportLength>,
}

/// Which contacts.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub struct ContactQuery {
    /// Of this client.
    client: Option<Uuid>,
    /// Of this queue.
    queue: Option<Uuid>,
    /// That this agent took; not for a client's people, who know agents by their alias.
    agent: Option<Uuid>,
    /// Of this channel.
    channel: Option<ChannelKind>,
    /// That stand or ended like this.
    state: Option<ContactState>,
    /// Only those with a recording that is still kept.
    recorded: bool,
    /// Arrived at this instant or later, RFC 3339.
    from: Option<String>,
    /// Arrived before this instant.
    until: Option<String>,
    /// Words written in it, or of the customer's name, or digits of the number.
    q: Option<String>,
    /// From a page's `next`.
    cursor: Option<String>,
    /// Rows at most, 1 to 500; 100 when absent.
    limit: Option<u32>,
}

impl ContactQuery {
    /// Those that arrived within a span.
    pub(crate) fn arrived(
        span: Span,
        channel: Option<ChannelKind>,
        state: Option<ContactState>,
    ) -> Self {
        let (from, until) = (Some(span.from.to_string()), Some(span.until.to_string()));
        Self { channel, state, from, until, ..Self::default() }
    }
}

/// Figures in intervals of 15 minutes, an hour, a day or a month: as JSON (its first 2,000 rows), CSV or a workbook (`.xlsx`), by `Accept`.
#[utoipa::path(get, path = "/api/v1/reports/intervals", operation_id = "intervals", tag = "reports", params(IntervalQuery), responses((status = 200, description = "Done", body = IntervalReport)))]
pub async fn intervals(
    State(app): State<App>,
    caller: Caller,
    headers: HeaderMap,
    Query(query): Query<IntervalQuery>,
) -> Result<Response> {
    let report = intervals::report(&app, &caller, &query).await?;
    let Some(form) = Form::asked(&headers) else {
        return Ok(Json(intervals::shortened(report)).into_response());
    };
    let language = language(&app, &caller).await?;
    Ok(figures_file(&app, report, form, &language).await?.into_response())
}

/// Contacts, newest first: a page as JSON, or all of them as CSV or a workbook (`.xlsx`), by `Accept`; the audit log
/// notes who took a file.
#[utoipa::path(get, path = "/api/v1/reports/contacts", operation_id = "contacts", tag = "reports", params(ContactQuery), responses((status = 200, description = "Done", body = Page<ContactLine>)))]
pub async fn contacts(
    State(app): State<App>,
    caller: Caller,
    trail: Trail,
    headers: HeaderMap,
    Query(query): Query<ContactQuery>,
) -> Result<Response> {
    let Some(form) = Form::asked(&headers) else {
        return contacts::list(&app, &caller, &query).await.map(|page| Json(page).into_response());
    };
    let (client, aliases) = contacts::whose(&caller, &query)?;
    let lines = contacts::all(&app, client, aliases, &query).await?;
    let zone = files::zone(&app, client).await?;
    let object = client.map_or_else(Uuid::nil, domain::ClientId::uuid);
    let mut entry = trail.entry("contacts.exported", "client", object);
    entry =
        entry.changed(&(), &serde_json::json!({ "contacts": lines.len(), "as": form.ending() }));
    if let Some(client) = client {
        entry = entry.of_client(client);
    }
    let language = language(&app, &caller).await?;
    let file = contacts_file(&app, lines, zone, form, &language).await?;
    app.store.tx(move |tx| Box::pin(async move { tx.audit(&entry).await })).await?;
    Ok(file.into_response())
}

/// The language of who asks.
async fn language(app: &App, caller: &Caller) -> Result<Language> {
    let user = app.store.view().user(&store::ProviderScope::granted(), caller.user).await?;
    Ok(user.map_or(Language::EN, |user| user.language))
}

/// One contact: what happened, why, and what was written.
#[utoipa::path(get, path = "/api/v1/contacts/{contact}", operation_id = "contact", tag = "reports", params(("contact" = Uuid, Path)), responses((status = 200, description = "Done", body = ContactView)))]
pub async fn contact(
    State(app): State<App>,
    caller: Caller,
    trail: Trail,
    Path(contact): Path<Uuid>,
) -> Result<Json<ContactView>> {
    timeline::contact(&app, &caller, &trail, contact).await.map(Json)
}
