//! Reports: figures in intervals, contacts, and one contact's whole way. A client's people read their
//! own client's only, with agents by the name their customers know.

mod contacts;
mod days;
mod intervals;
mod names;
mod timeline;

pub use days::{Days, DaysError};
pub(crate) use intervals::feed;
pub(crate) use names::Names;
pub(crate) use timeline::contact as contact_view;

use api::{
    admin::Page,
    desk::ChannelKind,
    reports::{ContactLine, ContactState, ContactView, IntervalReport, ReportGroup, ReportLength},
};
use axum::{
    extract::State,
    http::{HeaderMap, HeaderValue, header},
    response::{IntoResponse, Response},
};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use crate::{
    App,
    http::{
        audit::Trail,
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
    /// First instant after; at most 31 days later.
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

/// Figures in intervals of 15 minutes, an hour or a day, as JSON or CSV by `Accept`.
#[utoipa::path(get, path = "/api/v1/reports/intervals", operation_id = "intervals", tag = "reports", params(IntervalQuery), responses((status = 200, description = "Done", body = IntervalReport)))]
pub async fn intervals(
    State(app): State<App>,
    caller: Caller,
    headers: HeaderMap,
    Query(query): Query<IntervalQuery>,
) -> Result<Response> {
    let report = intervals::report(&app, &caller, &query).await?;
    let wants_csv = headers
        .get(header::ACCEPT)
        .is_some_and(|accept| accept.as_bytes().starts_with(b"text/csv"));
    if !wants_csv {
        return Ok(Json(report).into_response());
    }
    let mut response = intervals::csv(&report).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/csv; charset=utf-8"));
    headers.insert(
        header::CONTENT_DISPOSITION,
        HeaderValue::from_static("attachment; filename=\"intervals.csv\""),
    );
    Ok(response)
}

/// Contacts, newest first.
#[utoipa::path(get, path = "/api/v1/reports/contacts", operation_id = "contacts", tag = "reports", params(ContactQuery), responses((status = 200, description = "Done", body = Page<ContactLine>)))]
pub async fn contacts(
    State(app): State<App>,
    caller: Caller,
    Query(query): Query<ContactQuery>,
) -> Result<Json<Page<ContactLine>>> {
    contacts::list(&app, &caller, &query).await.map(Json)
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
