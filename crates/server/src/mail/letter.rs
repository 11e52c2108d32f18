//! A letter, made from what a mail is about at the moment it is sent.

use documents::filled;
use store::records::{Mail, MailKind};

use super::words::words;
use crate::{
    App,
    admin::{invitations, settings},
    http::error::Result,
    invoices, mailings, statements,
};

/// What a mail says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Letter {
    /// Its text.
    pub text: String,
    /// What is attached.
    pub files: Vec<Attached>,
}

/// A file that goes with a letter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attached {
    /// Its name.
    pub name: String,
    /// Its media type.
    pub kind: &'static str,
    /// What is in it.
    pub bytes: Vec<u8>,
}

/// The letter of a mail.
///
/// # Errors
/// `NotFound` when what it is about is gone; otherwise what the store says.
pub(super) async fn letter(app: &App, mail: &Mail) -> Result<Letter> {
    match mail.kind {
        MailKind::Test => {
            let words = words(&mail.language);
            let provider = settings::provider_name(app).await?;
            let text = filled(words.test, &[&mail.queued_by, &provider]);
            Ok(Letter { text: format!("{}\n\n{text}\n", words.good_day), files: Vec::new() })
        }
        MailKind::Invoice => invoices::letter(app, mail).await,
        MailKind::Report => mailings::letter(app, mail).await,
        MailKind::Invitation => invitations::letter(app, mail).await,
        MailKind::Bundle => statements::letter(app, mail).await,
    }
}
