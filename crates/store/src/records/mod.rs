//! The records: who signs in, whose contacts are taken, what people wrote.
//!
//! Whatever belongs to a client is reached through a [`ClientScope`], whatever is the provider's
//! through a [`ProviderScope`]; the server makes them after it has looked at who asks. The few
//! look-ups that come before anybody is known (a login, a session, a widget's key) take none.
//!
//! A record with a `version` is changed with the version it was read with, which the change raises
//! by one; when somebody else was faster the change is refused as [`StoreError::Stale`].

mod agent;
mod api_token;
mod audit;
mod call;
mod call_flow;
mod canned;
mod client;
mod client_document;
mod closed_day;
mod contact;
mod contact_line;
mod contract;
mod conversation;
mod customer;
mod desk_phone;
mod dispute;
mod fidelity;
mod floor_plan;
mod follow_up;
mod invitation;
mod invoice;
mod mail;
mod mailing;
mod metered;
mod offline;
mod phone_book;
mod phone_line;
mod planning_job;
mod projection;
mod prompt;
mod proposal;
mod rated_month;
mod recording;
mod removal;
mod schedule;
mod scope;
mod session;
mod setting;
mod trunk;
mod user;
mod voice_settings;
mod widget;

pub use agent::{Agent, AgentClient, AgentSkill};
pub use api_token::ApiToken;
pub use audit::{AuditEntry, AuditFilter};
pub use call::{Call, CallDirection, CallLeg, LegParty};
pub use call_flow::{CallFlow, CallFlowVersion};
pub use canned::CannedAnswer;
pub use client::{Client, ClientStatus};
pub use client_document::{ClientDocument, ClientDocumentKind};
pub use closed_day::{ClosedDay, ClosedUntil, DayPart};
pub use contact::{Contact, ContactAgent, DispositionGiven};
pub use contact_line::{ContactFilter, ContactLine, ContactLines, LOOKED_THROUGH};
pub use contract::{ContractDraft, ContractVersion};
pub use conversation::{
    Attachment, Author, Conversation, ConversationState, KeptMessage, Message, NewMessage, Reader,
};
pub use customer::Customer;
pub use desk_phone::DeskPhone;
pub use dispute::{Dispute, DisputeState};
pub use fidelity::{FidelityDay, FidelityDetails};
pub use floor_plan::{CalendarRecord, Pool, Site, Skill, Team};
pub use follow_up::{FollowUp, FollowUpFilter, FollowUpOutcome};
pub use invoice::{
    ClientBilling, InvoiceBytes, InvoiceFilter, InvoiceKind, InvoiceRow, InvoiceState, Issue,
    LateContact,
};
pub use mail::{MAILS_QUEUED_MAX, Mail, MailFilter, MailKind, MailState, QueuedMail};
pub use mailing::Mailing;
pub use metered::{METERED_MAX, Metered, MeteredUntil};
pub use offline::{LeftKind, OfflineFilter, OfflineMessage, OfflineMessages};
pub use phone_book::PhoneBook;
pub use phone_line::PhoneLine;
pub use planning_job::{JOBS_KEPT, PlanningJob, PlanningJobState};
pub use prompt::{PromptKind, PromptRecord, PromptSound};
pub use proposal::{Proposal, ProposalState};
pub use rated_month::{MonthSpan, RatedMonth};
pub use recording::{
    Recording, RecordingKind, RecordingPause, RecordingStatus, RedactedSide, Redaction,
};
pub use schedule::{Schedule, ScheduleState};
pub use scope::{ClientScope, ProviderScope};
pub use session::Session;
pub use setting::Setting;
pub use trunk::Trunk;
pub use user::User;
pub use voice_settings::VoiceSettingsRecord;
pub use widget::Widget;

use crate::{StoreError, Tx, value::Value};

/// A record with its columns: named as the field unless `= "other"` follows; `= json` for a document.
macro_rules! record {
    (
        $(#[$meta:meta])*
        pub struct $name:ident {
            $($(#[$field_meta:meta])* pub $field:ident: $t:ty $(= $how:tt)?,)*
        }
    ) => {
        $(#[$meta])*
        pub struct $name {
            $($(#[$field_meta])* pub $field: $t,)*
        }

        impl $crate::db::FromRow for $name {
            fn from_row(row: &$crate::value::Row) -> Result<Self, $crate::StoreError> {
                Ok(Self { $($field: record!(@read row, $field $(, $how)?),)* })
            }
        }
    };
    (@read $row:ident, $field:ident) => { $row.get(stringify!($field))? };
    (@read $row:ident, $field:ident, json) => {
        $crate::value::read_json($row, stringify!($field))?
    };
    (@read $row:ident, $field:ident, $column:literal) => { $row.get($column)? };
}
pub(crate) use record;

/// An enum that is kept as one of a few words.
macro_rules! words {
    (
        $(#[$meta:meta])*
        pub enum $name:ident { $($(#[$variant_meta:meta])* $variant:ident = $word:literal,)+ }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum $name { $($(#[$variant_meta])* $variant,)+ }

        impl $name {
            /// The word it is kept as.
            pub const fn word(self) -> &'static str {
                match self { $(Self::$variant => $word,)+ }
            }
        }

        impl $crate::value::Column for $name {
            fn value(self) -> $crate::value::Value {
                self.word().value()
            }
            fn null() -> $crate::value::Value {
                String::null()
            }
            fn read_option(
                row: &$crate::value::Row,
                column: &str,
            ) -> Result<Option<Self>, $crate::StoreError> {
                let Some(word) = String::read_option(row, column)? else { return Ok(None) };
                match word.as_str() {
                    $($word => Ok(Some(Self::$variant)),)+
                    other => Err($crate::StoreError::corrupt(
                        format!("column {column}"),
                        format!("`{other}` is not one of its words"),
                    )),
                }
            }
        }
    };
}
pub(crate) use words;

/// Most rows of one page, whatever is asked.
pub const PAGE_MAX: u32 = 500;

/// A page asked for, within the limit.
pub(crate) fn page(limit: u32) -> u32 {
    limit.clamp(1, PAGE_MAX)
}

/// An update that must have found its version.
pub(crate) fn changed(rows: u64, what: &'static str) -> Result<(), StoreError> {
    if rows == 0 { Err(StoreError::Stale { what }) } else { Ok(()) }
}

/// Keeps documents of many clients, each made from the version that it was read with: new ones by the
/// first statement, the others by the second. Both are texts before and after their rows.
pub(crate) async fn save_all(
    tx: &mut Tx,
    what: &'static str,
    (insert, new): ([&'static str; 2], Vec<Vec<Value>>),
    (update, known): ([&'static str; 2], Vec<Vec<Value>>),
) -> Result<(), StoreError> {
    let wanted = new.len() + known.len();
    let kept = tx.run_all(insert[0], insert[1], new).await?
        + tx.run_all(update[0], update[1], known).await?;
    if kept == wanted as u64 { Ok(()) } else { Err(StoreError::Stale { what }) }
}

/// A text as it is searched: compatibility forms and accents dropped, lower case. The same on both
/// engines, which disagree about case.
pub fn fold(text: &str) -> String {
    use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};
    text.nfkd().filter(|c| !is_combining_mark(*c)).flat_map(char::to_lowercase).collect()
}

/// A pattern for `LIKE … ESCAPE '!'` that finds `text` anywhere, taken literally.
pub(crate) fn containing(text: &str) -> String {
    let mut pattern = String::from("%");
    for c in fold(text).chars() {
        if matches!(c, '%' | '_' | '!') {
            pattern.push('!');
        }
        pattern.push(c);
    }
    pattern.push('%');
    pattern
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folding_makes_alike_what_people_call_alike() {
        for (text, want) in [
            ("Élodie", "elodie"),
            ("ﬁle №1", "file no1"),
            ("ЁЛКА", "елка"),
            ("İstanbul", "istanbul"),
            ("plain", "plain"),
        ] {
            assert_eq!(fold(text), want);
        }
        assert_eq!(containing("100%_É!"), "%100!%!_e!!%");
    }
}
