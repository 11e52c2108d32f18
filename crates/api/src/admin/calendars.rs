//! Calendars on the wire: civil times as text, so that every fault can be named.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// A day of the week.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum WeekdayName {
    Monday,
    Tuesday,
    Wednesday,
    Thursday,
    Friday,
    Saturday,
    Sunday,
}

/// Hours `from..until` on each of `days`; never across midnight: a night is two ranges.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct WeeklyRangeView {
    /// The days it holds on.
    pub days: Vec<WeekdayName>,
    /// `HH:MM`.
    pub from: String,
    /// `HH:MM`, up to `24:00`.
    pub until: String,
}

/// Hours of one day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DayRangeView {
    /// `HH:MM`.
    pub from: String,
    /// `HH:MM`, up to `24:00`.
    pub until: String,
}

/// A dated exception that replaces the weekly hours of its day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct HolidayView {
    /// `YYYY-MM-DD`.
    pub date: String,
    /// What people call it.
    pub name: String,
    /// Hours on that day; empty for closed.
    #[serde(default)]
    pub hours: Vec<DayRangeView>,
}

/// A one-off closure, in the calendar's zone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ClosureView {
    /// First closed minute, `YYYY-MM-DDTHH:MM`.
    pub from: String,
    /// First minute open again.
    pub until: String,
    /// Why.
    pub reason: String,
}

/// What a calendar says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CalendarHours {
    /// Its name on screens.
    pub name: String,
    /// IANA zone.
    pub zone: String,
    /// The ordinary week.
    pub weekly: Vec<WeeklyRangeView>,
    /// Dates that differ.
    #[serde(default)]
    pub holidays: Vec<HolidayView>,
    /// One-off closures.
    #[serde(default)]
    pub closures: Vec<ClosureView>,
}

/// A calendar.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CalendarView {
    /// Its id.
    pub id: Uuid,
    /// What it says.
    #[serde(flatten)]
    pub hours: CalendarHours,
    /// Clients whose contract in force uses it.
    pub used_by: Vec<Uuid>,
    /// Version, for a change.
    pub version: u64,
}

/// `PUT /api/v1/calendars/{calendar}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ChangeCalendar {
    /// Version this change was made from.
    pub version: u64,
    /// What it says from now on.
    #[serde(flatten)]
    pub hours: CalendarHours,
}

/// `POST /api/v1/calendars/preview`: what the coming two weeks look like.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CalendarPreview {
    /// Open spans, ascending.
    pub open: Vec<OpenSpan>,
    /// First instant shown.
    pub from: String,
    /// First instant not shown.
    pub until: String,
}

/// A span in which contacts are taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct OpenSpan {
    /// Opening.
    pub from: String,
    /// Closing.
    pub until: String,
}
