//! What the coming days will bring, from the floor's own journal or from a file, and the agents that
//! this needs. All of it is computed when it is asked for; nothing is kept but the special days.

mod past;
mod special;
mod staffing;
mod view;

use std::io::Read;

use api::{desk::ChannelKind, forecast::DemandForecast};
use axum::{
    body::Bytes,
    extract::{DefaultBodyLimit, State},
    http::{HeaderMap, HeaderValue, header},
    response::{IntoResponse, Response},
};
use domain::{ClientId, words};
use flate2::read::MultiGzDecoder;
use planning::forecast::{
    Forecast, Gaps, History, Options, SpecialDay, forecast, handle::HandleTimes,
};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use crate::{
    App,
    admin::{Faults, clients, wire},
    http::{
        error::{ApiError, Result},
        extract::{Json, Query},
    },
};
use past::{Past, Whose, past};

/// A file of counts is no larger than this as it is sent, and when unpacked.
const FILE_MAX: usize = 8 * 1024 * 1024;
const UNPACKED_MAX: u64 = 64 * 1024 * 1024;

/// A staffing of many weeks is sent in one piece.
const STAFFING_MAX: usize = 2 * 1024 * 1024;

/// The endpoints.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(special::get, special::change))
        .routes(routes!(of_journal))
        .merge(OpenApiRouter::new().routes(routes!(of_file)).layer(DefaultBodyLimit::max(FILE_MAX)))
        .merge(
            OpenApiRouter::new()
                .routes(routes!(staffing::staffing))
                .layer(DefaultBodyLimit::max(STAFFING_MAX)),
        )
}

/// What is asked.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub struct ForecastQuery {
    /// Contacts of this client; of all when absent.
    client: Option<Uuid>,
    /// Contacts of this channel; of all when absent.
    channel: Option<ChannelKind>,
    /// How many weeks of history, 1 to 52; 13 when absent.
    weeks: Option<u32>,
    /// How many days to say, 1 to 56; 14 when absent.
    days: Option<u32>,
    /// Length of an interval in minutes: 15, 30 or 60; 30 when absent.
    interval_min: Option<u32>,
    /// Share of the outcomes that `low` to `high` shall hold, above 0 and below 1; 0.9 when absent.
    coverage: Option<f64>,
    /// Name of the file that is sent, to be shown.
    file: Option<String>,
    /// Leave days out of which some intervals are missing, instead of refusing the file.
    leave_out: Option<bool>,
}

/// The same, with every number in its range.
struct Asked {
    client: Option<ClientId>,
    weeks: u32,
    days: u32,
    step_s: u32,
    coverage: f64,
}

impl ForecastQuery {
    fn checked(&self) -> Result<Asked> {
        let mut faults = Faults::default();
        let mut number = |field: &str, given: Option<u32>, usual: u32, most: u32| {
            let value = given.unwrap_or(usual);
            if !(1..=most).contains(&value) {
                faults.add(
                    field,
                    "number_out_of_range",
                    words!("It is {}.", value),
                    words!("Give a number from 1 to {}.", most),
                );
            }
            value
        };
        let weeks = number("weeks", self.weeks, 13, 52);
        let days = number("days", self.days, 14, 56);
        let interval = self.interval_min.unwrap_or(30);
        if ![15, 30, 60].contains(&interval) {
            faults.add(
                "interval_min",
                "interval_minutes",
                words!("It is {} minutes.", interval),
                "Give 15, 30 or 60 minutes.",
            );
        }
        let coverage = self.coverage.unwrap_or(0.9);
        if !(coverage > 0.0 && coverage < 1.0) {
            faults.add(
                "coverage",
                "share_out_of_range",
                words!("It is {}.", coverage),
                "Give a share above 0 and below 1, such as 0.9.",
            );
        }
        faults.none("forecast")?;
        let client = self.client.map(ClientId::from_uuid);
        Ok(Asked { client, weeks, days, step_s: interval * 60, coverage })
    }
}

/// The coming days of a client and channel, from the floor's own journal; JSON or CSV by `Accept`.
#[utoipa::path(get, path = "/api/v1/planning/forecast", operation_id = "forecast", tag = "planning", params(ForecastQuery), responses((status = 200, description = "Done", body = DemandForecast)))]
pub async fn of_journal(
    State(app): State<App>,
    headers: HeaderMap,
    Query(query): Query<ForecastQuery>,
) -> Result<Response> {
    let asked = query.checked()?;
    let zone = match asked.client {
        Some(client) => {
            let name = clients::find(&app, client.uuid()).await?.zone;
            let entry = app.floor.directory().client(client).map(|entry| entry.zone.clone());
            match entry {
                Some(zone) => zone,
                None => domain::Zone::get(&name).map_err(|error| ApiError::internal(&error))?,
            }
        }
        None => app.floor.directory().floor_zone(),
    };
    let whose = Whose { client: asked.client, channel: query.channel.map(wire::channel), zone };
    let Past { counts, handled, patience_s } =
        past(&app, &whose, asked.weeks, asked.step_s).await?;
    let special = special::of(&app, asked.client).await?;
    let history = History::of_days(asked.step_s, counts).map_err(refused)?;
    let (said, history, handle) = work_out(&asked, history, &special, handled).await?;
    let mut view = view::view(&said, &history, &special, asked.coverage);
    view.client = query.client;
    view.channel = query.channel;
    view.zone = Some(whose.zone.name().to_owned());
    view.patience_s = patience_s;
    view::with_handle(&mut view, handle.as_ref());
    if let Some(client) = asked.client {
        view::with_promises(&mut view, &app, client, &whose.zone);
    }
    answer(view, &headers)
}

/// The same from a file of counts, as `permanence forecast` takes it: CSV, plain or packed with gzip.
#[utoipa::path(post, path = "/api/v1/planning/forecast", operation_id = "forecast_file", tag = "planning", params(ForecastQuery), request_body(content = String, content_type = "text/csv"), responses((status = 200, description = "Done", body = DemandForecast)))]
pub async fn of_file(
    State(app): State<App>,
    headers: HeaderMap,
    Query(query): Query<ForecastQuery>,
    body: Bytes,
) -> Result<Response> {
    let asked = query.checked()?;
    let gaps = if query.leave_out == Some(true) { Gaps::LeaveDayOut } else { Gaps::Refuse };
    let special = special::of(&app, asked.client).await?;
    let (interval, given) = (query.interval_min, asked.step_s);
    let reading = tokio::task::spawn_blocking(move || {
        let text = text_of(&body)?;
        let history = History::read(&text, gaps).map_err(refused)?;
        // What nobody asked for stays as it was recorded.
        match interval {
            Some(_) => history.in_slots_of(given).map_err(refused),
            None => Ok(history),
        }
    });
    let history = reading.await.map_err(|error| ApiError::internal(&error))??;
    let (said, history, _) = work_out(&asked, history, &special, Vec::new()).await?;
    let mut view = view::view(&said, &history, &special, asked.coverage);
    let name = query.file.as_deref().unwrap_or_default();
    view.file = Some(name.chars().take(120).collect());
    answer(view, &headers)
}

fn text_of(body: &[u8]) -> Result<String> {
    let mut text = String::new();
    let read = if body.starts_with(&[0x1f, 0x8b]) {
        MultiGzDecoder::new(body).take(UNPACKED_MAX + 1).read_to_string(&mut text)
    } else {
        (&mut &*body).read_to_string(&mut text)
    };
    if read.is_err() || text.len() as u64 > UNPACKED_MAX {
        return Err(ApiError::fault(
            "file",
            "file",
            "unreadable_file",
            "It is no text, or larger than 64 MiB when unpacked.",
            "Send CSV in UTF-8, plain or packed with gzip.",
        ));
    }
    Ok(text)
}

fn refused(faults: Vec<domain::Fault>) -> ApiError {
    ApiError::invalid("forecast", faults.into_iter().map(Into::into).collect())
}

/// Judges the methods and says the days, away from the tasks that serve others.
async fn work_out(
    asked: &Asked,
    history: History,
    special: &[api::forecast::SpecialDay],
    handled: Vec<planning::forecast::handle::Handled>,
) -> Result<(Forecast, History, Option<HandleTimes>)> {
    let special_days = special.iter().filter_map(|day| {
        let (name, factor) = (day.name.clone(), day.factor);
        Some(SpecialDay { day: day.day.parse().ok()?, name, factor })
    });
    let options = Options {
        days: asked.days,
        coverage: asked.coverage,
        special_days: special_days.collect(),
        ..Options::default()
    };
    let working = tokio::task::spawn_blocking(move || {
        let said = forecast(&history, &options).map_err(refused)?;
        // Without any that was handled there is a forecast all the same.
        let handle = HandleTimes::judged(handled, options.held_back as usize).ok();
        Ok((said, history, handle))
    });
    working.await.map_err(|error| ApiError::internal(&error))?
}

fn answer(view: DemandForecast, headers: &HeaderMap) -> Result<Response> {
    let wants_csv = headers
        .get(header::ACCEPT)
        .is_some_and(|accept| accept.as_bytes().starts_with(b"text/csv"));
    if !wants_csv {
        return Ok(Json(view).into_response());
    }
    let mut response = view::csv(&view).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/csv; charset=utf-8"));
    headers.insert(
        header::CONTENT_DISPOSITION,
        HeaderValue::from_static("attachment; filename=\"forecast.csv\""),
    );
    Ok(response)
}
