//! The letter of a scheduled report.

use api::mailings::MailingTerms;
use documents::{day, filled};
use domain::{ClientId, Day};
use serde::{Deserialize, Serialize};
use store::records::{ClientScope, Mail};

use super::{
    plan::{Gist, Plan},
    words::words,
};
use crate::{
    App,
    admin::settings,
    http::error::{ApiError, Result},
    mail::{self, Attached, Letter},
};

/// What a mail keeps, from which its letter is made.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Mailed {
    /// The terms as they were at its turn.
    pub terms: MailingTerms,
    /// Who set it up.
    pub by: String,
    /// The first day of the report.
    pub first: Day,
    /// The first day after it.
    pub until: Day,
}

impl Mailed {
    /// The days, as a language writes them.
    fn days(&self, language: &str) -> String {
        let last = self.until.previous();
        let written = |one: Day| day(language, &one.to_string());
        match self.first == last {
            true => written(last),
            false => format!("{} – {}", written(self.first), written(last)),
        }
    }
}

/// Whose figures they are, in words.
async fn whose(app: &App, client: Option<ClientId>) -> Result<String> {
    match client {
        None => settings::provider_name(app).await,
        Some(client) => {
            let found = app.store.view().client(&ClientScope::of(client)).await?;
            found.map(|client| client.name).ok_or_else(|| ApiError::not_found("client"))
        }
    }
}

/// The subject of its mail.
pub async fn subject(
    app: &App,
    client: Option<ClientId>,
    plan: &Plan,
    mailed: &Mailed,
) -> Result<String> {
    let days = mailed.days(plan.language.code());
    Ok(format!("{} – {}, {days}", mailed.terms.name, whose(app, client).await?))
}

/// The letter of a mail, with the report as it can be downloaded.
pub(crate) async fn letter(app: &App, mail: &Mail) -> Result<Letter> {
    let mailed: Mailed = serde_json::from_value(mail.document.clone())
        .map_err(|error| ApiError::internal(&error))?;
    let plan = Plan::of(&mailed.terms, mail.client)?;
    let made = plan.file(app, (mailed.first, mailed.until)).await?;
    let words = words(&plan.language);
    let count = |n: u64| n.to_string();
    let gist = match made.gist {
        Gist::Figures { offered, answered, abandoned, level } => {
            let figures = [&*count(offered), &count(answered), &count(abandoned)];
            let mut gist = filled(words.figures, &figures);
            if let Some(level) = level {
                let percent = format!("{}{}{}", level / 10, words.point, level % 10);
                gist.push_str(&filled(words.level, &[&percent]));
            }
            format!("{gist}.")
        }
        Gist::Agents(answered) => filled(words.agents, &[&answered.to_string()]),
        Gist::Contacts(contacts) => filled(words.contacts, &[&contacts.to_string()]),
    };
    let here = filled(
        words.here,
        &[&mailed.terms.name, &whose(app, mail.client).await?, &mailed.days(plan.language.code())],
    );
    let provider = settings::provider_name(app).await?;
    let where_to_change = format!("{}/reports/scheduled", app.address());
    let why = filled(words.why, &[&provider, &mailed.by, &where_to_change]);
    let good_day = mail::words(&plan.language).good_day;
    Ok(Letter {
        text: format!("{good_day}\n\n{here}\n\n{gist}\n\n{why}\n"),
        files: vec![Attached {
            name: made.file.name,
            kind: made.file.form.kind(),
            bytes: made.file.bytes,
        }],
    })
}
