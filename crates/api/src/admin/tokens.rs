//! API tokens: programs that act for one of the provider's people.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// What a token may do, beside nothing.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum TokenScope {
    /// Find calls under way, pause their recordings and go on with them.
    Recordings,
    /// Read reports.
    Reports,
    /// Read contacts that are over or under way.
    Contacts,
}

impl TokenScope {
    /// Every scope.
    pub const ALL: [Self; 3] = [Self::Recordings, Self::Reports, Self::Contacts];

    /// The word for it on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Recordings => "recordings",
            Self::Reports => "reports",
            Self::Contacts => "contacts",
        }
    }
}

/// A token, without its secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TokenView {
    /// Its id.
    pub id: Uuid,
    /// What it is for.
    pub name: String,
    /// The last four characters of the secret, by which to tell it from others.
    pub hint: String,
    /// Whom it acts for: it may never do more than they may.
    pub owner: Uuid,
    /// Their name.
    pub owner_name: String,
    /// The only client that it sees.
    #[serde(default)]
    pub client: Option<Uuid>,
    /// What it may do.
    pub scopes: Vec<TokenScope>,
    /// When it was made.
    pub created: String,
    /// From when on it is void; never, when absent.
    #[serde(default)]
    pub expires: Option<String>,
    /// When it was last used, to five minutes.
    #[serde(default)]
    pub used: Option<String>,
    /// When it was revoked.
    #[serde(default)]
    pub revoked: Option<String>,
}

/// `POST /api/v1/tokens`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct NewToken {
    /// What it is for, 1 to 80 characters.
    pub name: String,
    /// Whom it acts for: one of the provider's people; whoever makes it, when absent.
    #[serde(default)]
    pub owner: Option<Uuid>,
    /// The only client that it shall see.
    #[serde(default)]
    pub client: Option<Uuid>,
    /// What it may do: one at least.
    pub scopes: Vec<TokenScope>,
    /// After how many days it is void, 1 to 730; never, when absent.
    #[serde(default)]
    pub days: Option<u32>,
}

/// A new token, with its secret for the only time.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct NewTokenView {
    /// What is sent as `Authorization: Bearer …`. It cannot be shown again.
    pub secret: String,
    /// The token.
    pub token: TokenView,
}

impl std::fmt::Debug for NewTokenView {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "NewTokenView({}, <redacted>)", self.token.id)
    }
}
