//! Chat widgets: origins, key, signing secret, snippet.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::contracts::LocalisedTextView;

/// A widget.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct WidgetSetup {
    /// Its id.
    pub id: Uuid,
    /// The client.
    pub client: Uuid,
    /// Its name on the provider's screens.
    pub name: String,
    /// Queues a visitor chooses from, in order; one for no choice.
    pub queues: Vec<Uuid>,
    /// Pages that may show it, as origins: `https://www.example.org`.
    pub origins: Vec<String>,
    /// Public key, part of the snippet.
    pub key: String,
    /// Title above the conversation, by language; the client's name where empty.
    pub title: Vec<LocalisedTextView>,
    /// What to paste into the page.
    pub snippet: String,
    /// Whether a visitor may say who they are by a signed token only.
    pub identity_required: bool,
    /// Version, for a change.
    pub version: u64,
}

/// `POST /api/v1/clients/{client}/widgets`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct NewWidget {
    /// Its name.
    pub name: String,
    /// Queues, in order.
    pub queues: Vec<Uuid>,
    /// Origins.
    #[serde(default)]
    pub origins: Vec<String>,
    /// Title by language.
    #[serde(default)]
    pub title: Vec<LocalisedTextView>,
    /// Signed visitors only.
    #[serde(default)]
    pub identity_required: bool,
}

/// `PUT /api/v1/clients/{client}/widgets/{widget}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ChangeWidget {
    /// Version this change was made from.
    pub version: u64,
    /// What it is from now on.
    #[serde(flatten)]
    pub widget: NewWidget,
}

/// `POST …/widgets/{widget}/rotate-secret`: a new secret, shown this once.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct WidgetSecret {
    /// Key for HS256 tokens that say who a visitor is. Tokens made with the secret before it are
    /// refused from now on.
    pub secret: String,
}

impl std::fmt::Debug for WidgetSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("WidgetSecret(<redacted>)")
    }
}
