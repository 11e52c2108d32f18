//! Mail that the server sends: its queue, and what became of each.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// What a mail is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum MailKindView {
    /// Whether mail arrives at all.
    Test,
    /// An issued invoice or credit note.
    Invoice,
    /// A scheduled report.
    Report,
    /// A link by which a user chooses a password.
    Invitation,
    /// A bundle that is nearly used up.
    Bundle,
}

/// Where a mail stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum MailStateView {
    /// It is to be sent, or sent again.
    Queued,
    /// A server has taken it.
    Sent,
    /// It will not be tried again by itself.
    Failed,
    /// Somebody took it back before it left.
    Cancelled,
}

/// How connections to the mail server are encrypted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum MailEncryption {
    /// After `STARTTLS`; never without.
    Starttls,
    /// From the first byte.
    Tls,
    /// Not at all.
    None,
}

/// The mail server of the configuration.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct MailServer {
    /// Its name.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How connections are encrypted.
    pub encryption: MailEncryption,
    /// Whether the server signs in there.
    pub signs_in: bool,
    /// From whom mail comes.
    pub from: String,
    /// Whom an answer goes to, when not to `from`.
    #[serde(default)]
    pub reply_to: Option<String>,
}

/// One mail to one address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct MailView {
    /// Its id; the part of its `Message-ID` before the `@`.
    pub id: Uuid,
    /// What it is about.
    pub kind: MailKindView,
    /// Whose matter it is; `null` for the provider's own.
    #[serde(default)]
    pub client: Option<Uuid>,
    /// The invoice, scheduled report or user that it is about.
    #[serde(default)]
    pub about: Option<Uuid>,
    /// To whom.
    pub to: String,
    /// Its subject.
    pub subject: String,
    /// Where it stands.
    pub state: MailStateView,
    /// How often it was tried.
    pub tries: u32,
    /// When it is tried next; `null` when it is not.
    #[serde(default)]
    pub next_try: Option<String>,
    /// What was said at the last try, in the words of the mail server; empty for nothing.
    pub error: String,
    /// When it was queued.
    pub queued: String,
    /// Who caused it.
    pub queued_by: String,
    /// When it was sent, or given up.
    #[serde(default)]
    pub ended: Option<String>,
}

/// `GET /api/v1/mail`: a page of mails, and where they go through.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct MailList {
    /// The mail server; `null` when none is configured and nothing is sent.
    #[serde(default)]
    pub server: Option<MailServer>,
    /// How many wait.
    pub queued: u64,
    /// How many were sent, of those still kept.
    pub sent: u64,
    /// How many were given up.
    pub failed: u64,
    /// How many were taken back before they left.
    pub cancelled: u64,
    /// The newest first.
    pub items: Vec<MailView>,
    /// Cursor of the next page, when there is one.
    #[serde(default)]
    pub next: Option<String>,
}

/// `POST /api/v1/mail/test`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TestMail {
    /// To whom.
    pub to: String,
}
