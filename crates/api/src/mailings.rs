//! Scheduled reports: made and mailed by themselves, each day, week or month.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    admin::calendars::WeekdayName,
    desk::ChannelKind,
    error::FaultView,
    reports::{ContactState, ReportGroup, ReportLength},
};

/// Which report is mailed, as it could be downloaded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum MailedReport {
    /// Figures in intervals.
    Figures {
        /// How rows are told apart.
        group: ReportGroup,
        /// How long an interval is.
        length: ReportLength,
        /// Of this channel; of all when absent.
        #[serde(default)]
        channel: Option<ChannelKind>,
    },
    /// The list of contacts that arrived.
    Contacts {
        /// Of this channel; of all when absent.
        #[serde(default)]
        channel: Option<ChannelKind>,
        /// That stand or ended like this; all when absent.
        #[serde(default)]
        state: Option<ContactState>,
    },
}

/// As what a report is mailed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ReportFormat {
    /// Comma-separated values, for programs.
    Csv,
    /// A workbook, for people.
    Xlsx,
}

/// How often, and on which days it looks back: the day before, the seven days before, or the month before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum MailingRhythm {
    /// Each day.
    Daily,
    /// Each week.
    Weekly {
        /// On this day.
        day: WeekdayName,
    },
    /// Each month.
    Monthly {
        /// On this day, 1 to 28.
        day: u8,
    },
}

/// What is mailed, when and to whom.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct MailingTerms {
    /// Its name, which is in the subject.
    pub name: String,
    /// Which report.
    pub report: MailedReport,
    /// As what.
    pub format: ReportFormat,
    /// How often.
    pub rhythm: MailingRhythm,
    /// At which time, `HH:MM`.
    pub at: String,
    /// In which zone; the days of the report are days of this zone too.
    pub zone: String,
    /// Language of the letter and of a workbook: `en`, `fr` or `ru`.
    pub language: String,
    /// To whom: 1 to 10 mail addresses.
    pub recipients: Vec<String>,
    /// Whether agents are called as the client's customers know them. Always so for a client's own.
    #[serde(default)]
    pub as_client: bool,
    /// Whether it is sent by itself.
    pub on: bool,
}

impl std::fmt::Debug for MailingTerms {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "MailingTerms({:?} {:?})", self.report, self.rhythm)
    }
}

/// `POST /api/v1/mailings`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct NewMailing {
    /// Whose figures; those of all clients when absent.
    #[serde(default)]
    pub client: Option<Uuid>,
    /// What, when and to whom.
    #[serde(flatten)]
    pub terms: MailingTerms,
}

/// `PUT /api/v1/mailings/{mailing}`: whose figures they are stays.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ChangeMailing {
    /// Version this change was made from.
    pub version: u64,
    /// What, when and to whom.
    #[serde(flatten)]
    pub terms: MailingTerms,
}

/// A scheduled report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct MailingView {
    /// Its id.
    pub id: Uuid,
    /// Whose figures; those of all clients when absent.
    #[serde(default)]
    pub client: Option<Uuid>,
    /// The client's name.
    #[serde(default)]
    pub client_name: Option<String>,
    /// Whether the client's own people set it up.
    pub of_client: bool,
    /// What, when and to whom.
    #[serde(flatten)]
    pub terms: MailingTerms,
    /// When it is sent next; `null` while it is off.
    #[serde(default)]
    pub next: Option<String>,
    /// The last time; `null` before the first.
    #[serde(default)]
    pub last: Option<MailingRun>,
    /// When it was set up.
    pub created: String,
    /// By whom.
    pub created_by: String,
    /// Version, for a change.
    pub version: u64,
}

/// What came of one time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct MailingRun {
    /// When.
    pub at: String,
    /// The first day of the report.
    pub from: String,
    /// The last day of the report.
    pub through: String,
    /// Who sent it by hand; empty when it went by itself.
    pub by: String,
    /// Why nothing was sent.
    #[serde(default)]
    pub failure: Option<FaultView>,
    /// Mails that wait to leave.
    pub waiting: u32,
    /// Mails that a server has taken.
    pub sent: u32,
    /// Mails that were refused, or given up.
    pub failed: u32,
    /// Mails that were taken back before they left.
    pub cancelled: u32,
}

/// `GET /api/v1/mailings`: a page of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct MailingList {
    /// In the order in which they were set up.
    pub items: Vec<MailingView>,
    /// Cursor of the next page, when there is one.
    #[serde(default)]
    pub next: Option<String>,
    /// Whether the server can send mail at all.
    pub mail_on: bool,
}
