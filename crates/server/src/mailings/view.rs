//! A scheduled report as it is kept and as it is shown.

use api::mailings::{MailingRun, MailingTerms, MailingView};
use domain::ClientId;
use serde_json::Value;
use store::{
    StoreError,
    records::{ClientScope, MailState, Mailing},
};

use super::{SCOPE, run::Outcome};
use crate::{
    App,
    http::error::{ApiError, Result},
};

/// The terms as a document.
pub fn document(terms: &MailingTerms) -> Result<Value> {
    serde_json::to_value(terms).map_err(|error| ApiError::internal(&error))
}

/// The terms of a kept one.
pub fn terms(mailing: &Mailing) -> Result<MailingTerms> {
    serde_json::from_value(mailing.document.clone())
        .map_err(|error| ApiError::internal(&format!("mailing {}: {error}", mailing.id)))
}

/// What came of one time, as a document.
pub fn kept(outcome: &Outcome) -> Result<Value, StoreError> {
    serde_json::to_value(outcome).map_err(|error| StoreError::Corrupt {
        what: "what came of a scheduled report".into(),
        why: error.to_string(),
    })
}

/// What came of the last time; `None` before the first.
pub fn outcome(mailing: &Mailing) -> Result<Option<Outcome>> {
    serde_json::from_value(mailing.last_document.clone())
        .map_err(|error| ApiError::internal(&format!("mailing {}: {error}", mailing.id)))
}

/// A scheduled report as shown.
pub async fn shown(app: &App, mailing: &Mailing) -> Result<MailingView> {
    let client_name = match mailing.client {
        None => None,
        Some(id) => app.store.view().client(&ClientScope::of(id)).await?.map(|client| client.name),
    };
    let last = match (mailing.last, outcome(mailing)?) {
        (Some(at), Some(outcome)) => {
            let mails = app.store.view().mails_queued_at(&SCOPE, mailing.id.uuid(), at).await?;
            let count = |wanted: MailState| {
                u32::try_from(mails.iter().filter(|(_, state)| *state == wanted).count())
                    .unwrap_or(u32::MAX)
            };
            Some(MailingRun {
                at: at.to_string(),
                from: outcome.first.to_string(),
                through: outcome.until.previous().to_string(),
                by: outcome.by,
                failure: outcome.failure,
                waiting: count(MailState::Queued),
                sent: count(MailState::Sent),
                failed: count(MailState::Failed),
                cancelled: count(MailState::Cancelled),
            })
        }
        _ => None,
    };
    Ok(MailingView {
        id: mailing.id.uuid(),
        client: mailing.client.map(ClientId::uuid),
        client_name,
        of_client: mailing.of_client,
        terms: terms(mailing)?,
        next: mailing.next.map(|at| at.to_string()),
        last,
        created: mailing.created.to_string(),
        created_by: mailing.created_by.clone(),
        version: mailing.version,
    })
}
