//! The letter that an invoice is sent with.

use billing::invoice::{DocumentKind, Invoice};
use domain::Currency;

use crate::{
    DocumentError,
    words::{filled, words},
};

/// What a mail says, beside what is attached to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Letter {
    /// Its subject.
    pub subject: String,
    /// Its text.
    pub text: String,
}

/// The letter for an issued invoice or credit note, in its language.
///
/// # Errors
/// When it is not issued.
pub fn letter(invoice: &Invoice) -> Result<Letter, DocumentError> {
    let words = words(&invoice.language);
    let number = invoice.number.as_ref().ok_or(DocumentError::NotIssued)?.to_string();
    let issued = invoice.issued_on.as_deref().ok_or(DocumentError::NotIssued)?;
    let places = invoice.currency.parse::<Currency>().map_or(2, Currency::decimals);
    let money = |minor: i64| {
        format!("{}\u{a0}{}", words.number(i128::from(minor), places), invoice.currency)
    };
    let (name, text) = match invoice.kind {
        DocumentKind::Invoice => {
            let due = words.day(invoice.due_on.as_deref().unwrap_or(issued));
            let values = [
                &number,
                &words.day(issued),
                &words.period(invoice),
                &money(invoice.total_minor),
                &due,
            ];
            (words.invoice, filled(words.here_invoice, &values.map(String::as_str)))
        }
        DocumentKind::CreditNote => {
            let corrects = invoice.corrects.as_ref().map(|c| c.number.clone()).unwrap_or_default();
            let values = [&number, &words.day(issued), &corrects, &money(-invoice.total_minor)];
            (words.credit_note, filled(words.here_credit_note, &values.map(String::as_str)))
        }
    };
    let seller = &invoice.seller.legal_name;
    let attached = if invoice.lines > 0 { words.attached } else { words.attached_alone };
    Ok(Letter {
        subject: filled(words.subject, &[name, &number, seller]),
        text: format!("{}\n\n{text}\n\n{attached}\n\n{seller}\n", words.good_day),
    })
}
