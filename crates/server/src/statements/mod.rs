//! Statements: what a client owes for a billing period, line by line, down to what happened. A client's
//! manager reads their own client's only, with agents by the name their customers know.

mod at_hand;
mod metering;
pub(crate) mod rated;
mod rerate;
mod view;
mod warnings;

pub use metering::{FactsState, Metering, MeteringError};
pub(crate) use view::{free as free_choice, position as position_view};
pub(crate) use warnings::{keep as keep_warning, letter};

use api::{
    admin::Page,
    statement::{LineExplained, SpentView, StatementLine, StatementView},
};
use axum::{
    extract::State,
    http::{HeaderMap, HeaderValue, header},
    response::{IntoResponse, Response},
};
use billing::{Line, METERING, Rule, Terms, invoice::TAKEN_BACK};
use domain::{
    ClientId, ContactId, Timestamp,
    tariff::{BillingPeriod, Unit},
};
use serde::Deserialize;
use store::records::ClientScope;
use utoipa::IntoParams;
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use self::rated::{Known, PERIODS_MAX, Rated};
use crate::{
    App,
    admin::{clients, tariff},
    http::{
        audit::Trail,
        error::{ApiError, Result},
        extract::{Json, Path, Query},
        paging::{after_at, cursor_at, limit},
        session::Caller,
    },
    invoices::frozen,
    live::millis,
    reports::{Names, contact_view},
};

/// Most lines of one table; some 30 MB.
const CSV_MAX: usize = 200_000;

/// The endpoints.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(get))
        .routes(routes!(explain))
        .routes(routes!(rerate::rerate))
}

/// Which billing period, and which of its lines.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub struct StatementQuery {
    /// `2026-11` for a month, its first day for four weeks; the current one when absent.
    period: Option<String>,
    /// Only lines that are billed (`true`), or only those that are not (`false`).
    billed: Option<bool>,
    /// From a page's `next`.
    cursor: Option<String>,
    /// Lines at most, 1 to 500; 100 when absent.
    limit: Option<u32>,
}

/// The statement of a billing period, as JSON, or its lines as CSV by `Accept`.
#[utoipa::path(get, path = "/api/v1/clients/{client}/statement", operation_id = "statement", tag = "statements", params(("client" = Uuid, Path), StatementQuery), responses((status = 200, description = "Done", body = StatementView)))]
pub async fn get(
    State(app): State<App>,
    headers: HeaderMap,
    Path(client): Path<Uuid>,
    Query(query): Query<StatementQuery>,
) -> Result<Response> {
    let client = clients::find(&app, client).await?.id;
    let terms = rated::terms(&app, client).await?;
    let period = asked(&terms, query.period.as_deref(), app.clock.now())?;
    let rated = rated::rated(&app, client, terms, period).await?;
    let is_asked = |line: &&Line| match query.billed {
        None => true,
        Some(billed) => billed == matches!(line.rule, Rule::Charge { .. }),
    };
    let lines: Vec<Line> = rated.statement.lines.iter().filter(is_asked).copied().collect();
    let wants_csv = headers
        .get(header::ACCEPT)
        .is_some_and(|accept| accept.as_bytes().starts_with(b"text/csv"));
    if !wants_csv {
        let shown = shown(&app, client, &rated, &lines, &query)?;
        return Ok(Json(shown).into_response());
    }
    if lines.len() > CSV_MAX {
        return Err(ApiError::conflict(
            "too_many_lines",
            domain::words!("The statement has {} lines.", lines.len()),
            domain::words!("Ask for pages; one table has at most {} lines.", CSV_MAX),
        ));
    }
    let mut response = view::csv(&rated.terms, &lines).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/csv; charset=utf-8"));
    headers.insert(
        header::CONTENT_DISPOSITION,
        HeaderValue::from_static("attachment; filename=\"statement.csv\""),
    );
    Ok(response)
}

/// Of which invoice a line is.
#[derive(Clone, Copy, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub struct LineQuery {
    /// Explains the line of this invoice as it was billed, among the contacts that it was rated with; without it what
    /// rating gives today.
    invoice: Option<Uuid>,
}

/// One line: its charge, what was counted, and what happened. Whoever reads the messages in it is noted
/// in the audit log.
#[utoipa::path(get, path = "/api/v1/clients/{client}/statement/lines/{line}", operation_id = "statement_line", tag = "statements", params(("client" = Uuid, Path), ("line" = String, Path), LineQuery), responses((status = 200, description = "Done", body = LineExplained)))]
pub async fn explain(
    State(app): State<App>,
    caller: Caller,
    trail: Trail,
    Path((client, line)): Path<(Uuid, String)>,
    Query(query): Query<LineQuery>,
) -> Result<Json<LineExplained>> {
    let not_found = || ApiError::not_found("line of the statement");
    let client = clients::find(&app, client).await?.id;
    let id = line.split('.').next().and_then(|id| id.parse::<ContactId>().ok());
    let id = id.ok_or_else(not_found)?;
    let frozen = match query.invoice {
        Some(invoice) => Some(frozen(&app, &caller, (client.uuid(), invoice, &line)).await?),
        None => None,
    };
    let scope = ClientScope::of(client);
    let began = app.store.view().metered_began(&scope, METERING, id).await?;
    let began = began.ok_or_else(not_found)?;
    let terms = rated::terms(&app, client).await?;
    let period = match &frozen {
        Some(frozen) => terms.named(&frozen.period).ok_or_else(not_found)?,
        None => terms.period_at(began),
    };
    let known = Known { own: frozen.as_ref().map(|frozen| &frozen.contacts), ..Known::default() };
    let rated = rated::rated_of(&app, client, terms, period, &known).await?;
    let Rated { terms, facts, statement, .. } = &rated;
    let all = &statement.lines;
    let rated_as = line.strip_suffix(TAKEN_BACK).unwrap_or(&line);
    let place = all.iter().position(|other| other.id() == rated_as);
    let today = place.map(|place| view::line(terms, &all[place]));
    let lines = || all.iter().filter(|l| l.contact == id).map(|l| view::line(terms, l)).collect();
    let (told, lines, differs) = match frozen {
        Some(frozen) => {
            let differs = !today.as_ref().is_some_and(|today| as_billed(&frozen.line, today));
            (frozen.line, frozen.beside, differs)
        }
        None => (today.clone().ok_or_else(not_found)?, lines(), false),
    };
    // The tariff of a contact is that of its beginning, and names tell its charges and bands apart.
    let version = terms.tariff_at(began);
    let charge = told.charge.as_ref().zip(version).and_then(|(name, version)| {
        version.tariff.charges.iter().find(|charge| charge.name == *name)
    });
    let band =
        told.band.as_ref().zip(version).and_then(|(name, version)| {
            version.tariff.bands.iter().find(|band| band.name == *name)
        });
    let counts = |class| match charge.map(|charge| &charge.unit) {
        Some(Unit::Minute { counts, .. }) => counts.contains(&class),
        _ => false,
    };
    // Charges of one bundle, whichever tariff of the billing period they are by.
    let used_before = place.filter(|_| charge.is_some_and(|c| c.bundle.is_some())).map(|place| {
        let same =
            |other: &&Line| other.contact != id && terms.one_bundle(all[place].rule, other.rule);
        all[..place].iter().filter(same).map(|other| other.billed).sum()
    });
    let of_contact = facts.iter().find(|facts| facts.contact == id);
    let names = Names::new(&app, caller.role.is_client());
    let spans = of_contact.iter().flat_map(|facts| &facts.spans).map(|span| SpentView {
        from: span.from.to_string(),
        length_ms: millis(span.until.since(span.from)),
        class: tariff::span_choice(span.class),
        agent: span.agent.map(|agent| names.agent(Some(client), agent)),
        counts: counts(span.class),
    });
    let explained = LineExplained {
        line: told,
        differs,
        today: today.filter(|_| differs),
        period: statement.period.name.clone(),
        currency: terms.currency().to_string(),
        decimals: terms.currency().decimals(),
        version: version.map(|version| version.version),
        charge: charge.map(tariff::charge_terms),
        percent: band.map_or(100, |band| band.percent),
        used_before,
        lines,
        spans: spans.collect(),
        contact: contact_view(&app, &caller, &trail, id.uuid()).await?,
    };
    Ok(Json(explained))
}

/// Whether a line is rated as it was billed, taken back or not.
fn as_billed(billed: &StatementLine, rated: &StatementLine) -> bool {
    let amounts = |line: &StatementLine| (line.amount_milli.abs(), line.billed, line.not_billed);
    amounts(billed) == amounts(rated)
}

/// The billing period that was asked for, or the current one.
pub(crate) fn asked(terms: &Terms, name: Option<&str>, now: Timestamp) -> Result<BillingPeriod> {
    let Some(name) = name else { return Ok(terms.period_at(now.max(terms.begin()))) };
    let period = terms
        .named(name.trim())
        .filter(|period| period.span.from <= now && period.span.until > terms.begin());
    period.ok_or_else(|| {
        ApiError::fault(
            "statement",
            "period",
            "no_such_period",
            domain::words!("`{}` is no billing period.", name.chars().take(32).collect::<String>()),
            domain::words!(
                "Choose one that has begun, such as {}.",
                terms.period_at(now.max(terms.begin())).name
            ),
        )
    })
}

fn shown(
    app: &App,
    client: ClientId,
    rated: &Rated,
    lines: &[Line],
    query: &StatementQuery,
) -> Result<StatementView> {
    let Rated { terms, statement, forecast, level, .. } = rated;
    let now = app.clock.now();
    let period = &statement.period;
    let first = after_at::<String>(query.cursor.as_deref())?
        .map_or(0, |(at, id)| place_after(at, &id, lines));
    let limit = limit(query.limit) as usize;
    let page = &lines[first..lines.len().min(first + limit)];
    let next = (first + limit < lines.len()).then(|| page.last()).flatten();
    let next = next.map(|last| cursor_at(last.at, last.id()));
    let mut contacts: Vec<ContactId> = statement.lines.iter().map(|line| line.contact).collect();
    contacts.dedup();
    let forecast_of =
        |place: usize| forecast.as_ref().and_then(|forecast| forecast.bundles.get(place).copied());
    let in_force = terms.tariff_at(now.min(Timestamp::from_micros(period.span.until.micros() - 1)));
    let in_force = in_force
        .or_else(|| terms.versions().first())
        .ok_or_else(|| ApiError::not_found("tariff with prices"))?;
    Ok(StatementView {
        client: client.uuid(),
        period: period.name.clone(),
        periods: periods(terms, now),
        from: period.span.from.to_string(),
        until: period.span.until.to_string(),
        zone: terms.zone().name().to_owned(),
        goes_on: now < period.span.until,
        currency: terms.currency().to_string(),
        decimals: terms.currency().decimals(),
        contacts: contacts.len() as u64,
        positions: statement.positions.iter().map(|p| view::position(terms, p)).collect(),
        net_minor: statement.net_minor,
        tax_name: in_force.tariff.tax.as_ref().map(|tax| tax.name.clone()),
        tax_minor: statement.tax_minor,
        total_minor: statement.total_minor,
        bundles: statement
            .bundles
            .iter()
            .enumerate()
            .map(|(place, bundle)| view::bundle(bundle, forecast_of(place)))
            .collect(),
        not_billed: view::not_billed(&statement.free()),
        forecast: forecast.as_ref().map(view::forecast),
        service_level_permille: level.map(figures::Share::permille),
        tariff: tariff::terms(&in_force.tariff),
        other_tariffs: view::other_tariffs(terms, period.span.from, in_force),
        lines: Page { items: page.iter().map(|line| view::line(terms, line)).collect(), next },
    })
}

/// The place after a cursor's line. Contacts that were over since may stand before it; none is shown
/// twice.
fn place_after(at: Timestamp, id: &str, lines: &[Line]) -> usize {
    let from = lines.partition_point(|line| line.at < at);
    let here = lines[from..].iter().take_while(|line| line.at == at);
    let found = here.clone().position(|line| line.id() == id);
    from + found.map_or_else(|| here.count(), |found| found + 1)
}

/// Billing periods that have begun, the newest first.
pub(crate) fn periods(terms: &Terms, now: Timestamp) -> Vec<String> {
    let mut names = Vec::new();
    let mut period = terms.period_at(now.max(terms.begin()));
    while period.span.until > terms.begin() && names.len() < PERIODS_MAX {
        let before = terms.before(&period);
        names.push(period.name);
        period = before;
    }
    names
}
