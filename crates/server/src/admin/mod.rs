//! Administration: what the provider sets up, one file for each noun.

pub mod agents;
pub mod audit;
pub mod calendars;
pub mod canned;
pub mod checklist;
mod client_users;
pub mod clients;
pub mod contracts;
pub mod control;
mod desk_phones;
pub mod first_terms;
pub mod flows;
pub(crate) mod invitations;
pub mod on_call;
pub mod phone_book;
pub mod pools;
pub(crate) mod presence;
pub mod prompts;
pub mod proposals;
pub mod settings;
pub mod sites;
pub mod skills;
pub mod tariff;
pub mod teams;
pub mod tokens;
pub mod undo;
pub mod users;
pub(crate) mod uses;
pub mod voice;
pub mod widgets;
pub mod wire;

use api::error::FaultView;
use domain::{Fault, Language, Words};
use utoipa_axum::router::OpenApiRouter;

use crate::{
    App,
    http::error::{ApiError, Result},
};

/// All endpoints of administration.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .merge(agents::routes())
        .merge(audit::routes())
        .merge(calendars::routes())
        .merge(canned::routes())
        .merge(client_users::routes())
        .merge(clients::routes())
        .merge(contracts::routes())
        .merge(control::routes())
        .merge(flows::routes())
        .merge(invitations::routes())
        .merge(on_call::routes())
        .merge(pools::routes())
        .merge(presence::routes())
        .merge(phone_book::routes())
        .merge(prompts::routes())
        .merge(proposals::routes())
        .merge(settings::routes())
        .merge(sites::routes())
        .merge(skills::routes())
        .merge(teams::routes())
        .merge(tokens::routes())
        .merge(undo::routes())
        .merge(users::routes())
        .merge(voice::routes())
        .merge(desk_phones::routes())
        .merge(widgets::routes())
}

/// Faults of what was handed in, gathered until all are known.
#[derive(Clone, Debug, Default)]
pub struct Faults(pub Vec<FaultView>);

impl Faults {
    /// Adds one.
    pub fn add(
        &mut self,
        field: &str,
        code: &str,
        message: impl Into<Words>,
        next: impl Into<Words>,
    ) {
        self.0.push(Fault::new(field, code, message, next).into());
    }

    /// A name of 1 to 80 characters, trimmed.
    pub fn name(&mut self, field: &str, text: &str) -> String {
        self.text(field, text, 1, 80)
    }

    /// A text of a length, trimmed, without control characters but line ends and tabs.
    pub fn text(&mut self, field: &str, text: &str, least: usize, most: usize) -> String {
        let text = text.trim();
        let length = text.chars().count();
        if length < least || length > most {
            self.add(
                field,
                "length",
                domain::words!("It has {} characters.", length),
                domain::words!("Give {} to {} characters.", least, most),
            );
        }
        if text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t')) {
            self.add(field, "control", "It has control characters.", "Remove them.");
        }
        text.to_owned()
    }

    /// A language by its tag.
    pub fn language(&mut self, field: &str, text: &str) -> Option<Language> {
        let parsed = text.parse();
        if parsed.is_err() {
            self.add(
                field,
                "language",
                domain::words!(
                    "`{}` is not a language.",
                    text.chars().take(32).collect::<String>()
                ),
                "Give a tag such as fr or fr-CA.",
            );
        }
        parsed.ok()
    }

    /// An IANA zone.
    pub fn zone(&mut self, field: &str, text: &str) {
        if domain::zone::Zone::get(text).is_err() {
            self.add(
                field,
                "zone",
                domain::words!(
                    "`{}` is not a time zone.",
                    text.chars().take(64).collect::<String>()
                ),
                "Give an IANA name such as Europe/Paris.",
            );
        }
    }

    /// A number within a range.
    pub fn range<N: PartialOrd + std::fmt::Display>(&mut self, field: &str, n: N, low: N, high: N) {
        if n < low || n > high {
            self.add(
                field,
                "range",
                domain::words!("It is {}.", n),
                domain::words!("Give a number from {} to {}.", low, high),
            );
        }
    }

    /// Nothing, or all of them as an error about `what`.
    pub fn none(self, what: &str) -> Result<()> {
        if self.0.is_empty() { Ok(()) } else { Err(ApiError::invalid(what, self.0)) }
    }
}
