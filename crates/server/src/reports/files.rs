//! Reports as files: CSV for programs, with stable names of columns and raw numbers, and workbooks for people, in
//! their language. Both are made of the answer that the screens show.

use std::fmt::Write;

use api::reports::{ContactLine, IntervalReport, IntervalRow, ReportGroup, ReportLength};
use axum::{
    http::{HeaderMap, HeaderValue, header},
    response::{IntoResponse, Response},
};
use documents::workbook::{Cell, ROWS_MAX, Sheet, Workbook};
use domain::{ClientId, Language, Timestamp, Zone, csv::cell};

use super::words::{self, Of, Words};
use crate::{
    App,
    admin::clients,
    http::error::{ApiError, Result},
};

/// In what form a file is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Comma-separated values (RFC 4180).
    Csv,
    /// A workbook (Office Open XML).
    Xlsx,
}

impl Form {
    /// The form that `Accept` begins with; `None` when it is for no file.
    pub fn asked(headers: &HeaderMap) -> Option<Self> {
        let accept = headers.get(header::ACCEPT)?.as_bytes();
        [Self::Csv, Self::Xlsx].into_iter().find(|form| {
            let kind = form.kind();
            accept.starts_with(kind.split(';').next().unwrap_or(kind).as_bytes())
        })
    }

    /// Its media type.
    pub const fn kind(self) -> &'static str {
        match self {
            Self::Csv => "text/csv; charset=utf-8",
            Self::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        }
    }

    /// The ending of its files.
    pub const fn ending(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Xlsx => "xlsx",
        }
    }
}

/// A file.
#[derive(Clone, Debug)]
pub struct File {
    /// Its name, of letters, digits and hyphens.
    pub name: String,
    /// Its form.
    pub form: Form,
    /// What is in it.
    pub bytes: Vec<u8>,
}

impl IntoResponse for File {
    fn into_response(self) -> Response {
        let disposition = format!("attachment; filename=\"{}\"", self.name);
        let mut response = self.bytes.into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(self.form.kind()));
        if let Ok(value) = HeaderValue::from_str(&disposition) {
            headers.insert(header::CONTENT_DISPOSITION, value);
        }
        response
    }
}

/// The zone of a client's days; that of the floor for all clients.
pub async fn zone(app: &App, client: Option<ClientId>) -> Result<Zone> {
    match client {
        None => Ok(app.floor.directory().floor_zone()),
        Some(client) => {
            let zone = clients::find(app, client.uuid()).await?.zone;
            Zone::get(&zone).map_err(|error| ApiError::internal(&error))
        }
    }
}

/// A report of figures as a file.
pub async fn figures_file(
    app: &App,
    report: IntervalReport,
    form: Form,
    language: &Language,
) -> Result<File> {
    let name = "intervals";
    if form == Form::Csv {
        return Ok(file(name, form, intervals_csv(&report).into_bytes()));
    }
    fits(report.rows.len())?;
    let made = app.clock.now();
    let book = figures_book(&report, words::words(language), made)?;
    written(name, book).await
}

/// A list of contacts as a file.
pub async fn contacts_file(
    app: &App,
    lines: Vec<ContactLine>,
    zone: Zone,
    form: Form,
    language: &Language,
) -> Result<File> {
    let name = "contacts";
    if form == Form::Csv {
        return Ok(file(name, form, contacts_csv(&lines).into_bytes()));
    }
    fits(lines.len())?;
    let made = app.clock.now();
    written(name, contacts_book(&lines, zone, words::words(language), made)?).await
}

fn file(name: &str, form: Form, bytes: Vec<u8>) -> File {
    File { name: format!("{name}.{}", form.ending()), form, bytes }
}

/// Refuses what is longer than a workbook of ours.
fn fits(rows: usize) -> Result<()> {
    if rows <= ROWS_MAX {
        return Ok(());
    }
    Err(ApiError::fault(
        "workbook",
        "length",
        "too_many_rows",
        domain::words!("It has {} rows, and a workbook holds {}.", rows, ROWS_MAX),
        "Choose CSV, longer intervals or fewer days.",
    ))
}

/// Writes a workbook, which takes some time where there is much: not on the threads of the sockets.
async fn written(name: &str, book: Workbook) -> Result<File> {
    let bytes = tokio::task::spawn_blocking(move || documents::workbook(&book)).await;
    let bytes = bytes.map_err(|error| ApiError::internal(&error))?;
    bytes.map(|bytes| file(name, Form::Xlsx, bytes)).map_err(|error| ApiError::internal(&error))
}

fn instant(text: &str) -> Result<Timestamp> {
    text.parse().map_err(|error: domain::TimestampError| ApiError::internal(&error))
}

/// The rows as a table; the last lines are the totals.
fn intervals_csv(report: &IntervalReport) -> String {
    let mut text = String::from("from,until,local,id,name");
    for figure in &words::FIGURES {
        let _ = write!(text, ",{}", figure.key);
    }
    text.push_str("\r\n");
    for row in report.rows.iter().chain(&report.totals) {
        let id = row.id.map(|id| id.to_string()).unwrap_or_default();
        let name = cell(&row.name);
        let _ = write!(text, "{},{},{},{id},{name}", row.from, row.until, row.local);
        for figure in &words::FIGURES {
            text.push(',');
            let number = match (figure.cell)(&row.figures) {
                Cell::Count(number) | Cell::Millis(number) => Some(number),
                Cell::Permille(share) => Some(u64::from(share)),
                _ => None,
            };
            if let Some(number) = number {
                let _ = write!(text, "{number}");
            }
        }
        text.push_str("\r\n");
    }
    text
}

/// Two sheets: the whole range, and its intervals.
fn figures_book(report: &IntervalReport, words: &Words, made: Timestamp) -> Result<Workbook> {
    let by_agent = report.group == ReportGroup::Agent;
    let shown = words::FIGURES.iter().filter(|figure| match figure.of {
        Of::Both => true,
        Of::Agents => by_agent,
        Of::Contacts => !by_agent,
    });
    let shown: Vec<_> = shown.collect();
    let heads = || shown.iter().map(|figure| figure.names[words.place].to_owned());
    let figures =
        |figures: &api::reports::IntervalFigures| shown.iter().map(|f| (f.cell)(figures)).collect();
    let name = |row: &IntervalRow| {
        let channel = row.channel.map(|channel| words.channel(channel).to_owned());
        Cell::Text(channel.unwrap_or_else(|| row.name.clone()))
    };
    let whose = match report.group {
        ReportGroup::Client => words.client,
        ReportGroup::Queue => words.queue,
        ReportGroup::Channel => words.channel,
        ReportGroup::Agent => words.agent,
    };
    let with = |mut first: Vec<Cell>, figures: Vec<Cell>| {
        first.extend(figures);
        first
    };
    let mut totals: Vec<Vec<Cell>> =
        report.totals.iter().map(|row| with(vec![name(row)], figures(&row.figures))).collect();
    let sums = usize::from(totals.len() > 1);
    if sums > 0 {
        let together = vec![Cell::Text(words.together.to_owned())];
        totals.push(with(together, figures(&report.total)));
    }
    let days = matches!(report.length, ReportLength::Day | ReportLength::Month);
    let rows = report.rows.iter().map(|row| {
        let from = instant(&row.from)?;
        let when = if days { Cell::DayOf(from) } else { Cell::Instant(from) };
        Ok(with(vec![when, name(row)], figures(&row.figures)))
    });
    let rows = rows.collect::<Result<_>>()?;
    let about = vec![
        (words.from.to_owned(), Cell::Instant(instant(&report.from)?)),
        (words.until.to_owned(), Cell::Instant(instant(&report.until)?)),
        (words.zone.to_owned(), Cell::Text(report.zone.clone())),
        (words.made.to_owned(), Cell::Instant(made)),
    ];
    let whole = Sheet {
        name: words.whole.to_owned(),
        about,
        columns: std::iter::once(whose.to_owned()).chain(heads()).collect(),
        rows: totals,
        sums,
    };
    let first = if days { words.day } else { words.from };
    let intervals = Sheet {
        name: if days { words.days } else { words.intervals }.to_owned(),
        about: Vec::new(),
        columns: [first.to_owned(), whose.to_owned()].into_iter().chain(heads()).collect(),
        rows,
        sums: 0,
    };
    let zone = Zone::get(&report.zone).map_err(|error| ApiError::internal(&error))?;
    Ok(Workbook { title: words.figures.to_owned(), made, zone, sheets: vec![whole, intervals] })
}

/// Contacts as a table.
fn contacts_csv(lines: &[ContactLine]) -> String {
    let mut text = String::from(
        "contact,client,client_name,queue,queue_name,channel,arrived,answered,ended,state,wait_ms,agents,customer,\
         disposition,recorded\r\n",
    );
    for line in lines {
        let _ = write!(
            text,
            "{},{},{},{},{},{},{},{},{},{},{},{},{},{},{}\r\n",
            line.contact,
            line.client,
            cell(&line.client_name),
            line.queue,
            cell(&line.queue_name),
            word(&line.channel),
            line.arrived,
            line.answered.as_deref().unwrap_or_default(),
            line.ended.as_deref().unwrap_or_default(),
            word(&line.state),
            line.wait_ms.map(|ms| ms.to_string()).unwrap_or_default(),
            cell(&line.agents.join("; ")),
            cell(&line.customer),
            cell(line.disposition.as_deref().unwrap_or_default()),
            line.recorded,
        );
    }
    text
}

/// The stable word of something, as on the wire.
pub fn word(value: &impl serde::Serialize) -> String {
    let word = serde_json::to_value(value).ok();
    word.as_ref().and_then(|word| word.as_str()).unwrap_or_default().to_owned()
}

fn contacts_book(
    lines: &[ContactLine],
    zone: Zone,
    words: &Words,
    made: Timestamp,
) -> Result<Workbook> {
    let text = |text: &str| match text {
        "" => Cell::Empty,
        text => Cell::Text(text.to_owned()),
    };
    let at = |at: &Option<String>| match at {
        None => Ok(Cell::Empty),
        Some(at) => instant(at).map(Cell::Instant),
    };
    let rows = lines.iter().map(|line| {
        Ok(vec![
            Cell::Instant(instant(&line.arrived)?),
            text(&line.client_name),
            text(&line.queue_name),
            text(words.channel(line.channel)),
            text(&line.customer),
            text(words.state(line.state)),
            line.wait_ms.map_or(Cell::Empty, Cell::Millis),
            at(&line.answered)?,
            at(&line.ended)?,
            text(&line.agents.join(", ")),
            text(line.disposition.as_deref().unwrap_or_default()),
            text(if line.recorded { words.yes } else { "" }),
        ])
    });
    let sheet = Sheet {
        name: words.contacts.to_owned(),
        about: vec![
            (words.zone.to_owned(), Cell::Text(zone.name().to_owned())),
            (words.made.to_owned(), Cell::Instant(made)),
        ],
        columns: words.contact_columns.map(str::to_owned).to_vec(),
        rows: rows.collect::<Result<_>>()?,
        sums: 0,
    };
    Ok(Workbook { title: words.contacts.to_owned(), made, zone, sheets: vec![sheet] })
}
