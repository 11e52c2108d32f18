//! Pages of lists: how long one is, and the cursor that says where the next one begins.

use std::{fmt::Display, str::FromStr};

use api::admin::Page;
use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD as URL_SAFE_NO_PAD};
use domain::Timestamp;
use serde::Deserialize;
use utoipa::IntoParams;

use super::error::{ApiError, Result};

/// Search and page of a list.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub struct ListQuery {
    /// Words of the name.
    pub q: Option<String>,
    /// From a page's `next`.
    pub cursor: Option<String>,
    /// Rows at most, 1 to 500; 100 when absent.
    pub limit: Option<u32>,
}

/// Rows of a page when nothing is asked.
const PAGE: u32 = 100;

/// How many rows a page may have, from what was asked.
pub fn limit(asked: Option<u32>) -> u32 {
    asked.unwrap_or(PAGE).clamp(1, store::records::PAGE_MAX)
}

/// A cursor for what stands in a page's last row.
pub fn cursor(last: &str) -> String {
    URL_SAFE_NO_PAD.encode(last)
}

/// What [`cursor`] was made from.
///
/// # Errors
/// When the cursor is none of this list.
pub fn after<T: FromStr>(cursor: Option<&str>) -> Result<Option<T>> {
    let Some(cursor) = cursor else { return Ok(None) };
    let bytes = URL_SAFE_NO_PAD.decode(cursor).ok();
    let text = bytes.and_then(|bytes| String::from_utf8(bytes).ok());
    text.and_then(|text| text.parse().ok()).map(Some).ok_or_else(foreign)
}

/// A cursor for the last row of a list by time.
pub fn cursor_at(at: Timestamp, id: impl Display) -> String {
    cursor(&format!("{}/{id}", at.micros()))
}

/// The row that [`cursor_at`] was made from.
///
/// # Errors
/// When the cursor is none of this list.
pub fn after_at<Id: FromStr>(cursor: Option<&str>) -> Result<Option<(Timestamp, Id)>> {
    let Some(text) = after::<String>(cursor)? else { return Ok(None) };
    let read = text.split_once('/').and_then(|(at, id)| {
        Some((Timestamp::from_micros(at.parse().ok()?), id.parse::<Id>().ok()?))
    });
    read.map(Some).ok_or_else(foreign)
}

fn foreign() -> ApiError {
    ApiError::malformed("The cursor is none of this server.", "Begin again at the first page.")
}

/// A page of rows that were asked for with `limit`; a full one may have a next.
pub fn page<T>(items: Vec<T>, limit: u32, last: impl Fn(&T) -> String) -> Page<T> {
    let full = items.len() >= limit as usize;
    let next = items.last().filter(|_| full).map(|item| cursor(&last(item)));
    Page { items, next }
}
