//! Users: who signs in.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::role::Role;

/// A user.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct UserView {
    /// Its id.
    pub id: Uuid,
    /// Name to sign in with.
    pub login: String,
    /// Name on screens.
    pub name: String,
    /// What they may do.
    pub role: Role,
    /// Company of a client's person.
    #[serde(default)]
    pub client: Option<Uuid>,
    /// The agent on the floor.
    #[serde(default)]
    pub agent: Option<Uuid>,
    /// Language of the screens.
    pub language: String,
    /// May not sign in.
    pub disabled: bool,
    /// Whether there is a password; without one they choose it by an invitation.
    pub has_password: bool,
    /// Version, for a change.
    pub version: u64,
}

/// `POST /api/v1/users`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct NewUser {
    /// Name to sign in with: 2 to 64 characters, no spaces; unique.
    pub login: String,
    /// Name on screens.
    pub name: String,
    /// What they may do.
    pub role: Role,
    /// Company; needed for `client_reader` and `client_manager`, refused for others.
    #[serde(default)]
    pub client: Option<Uuid>,
    /// The agent on the floor; needed to work at a desk.
    #[serde(default)]
    pub agent: Option<Uuid>,
    /// Language of the screens.
    pub language: String,
    /// First password, 10 to 200 characters; the user can change it. Without one they choose it by an invitation.
    #[serde(default)]
    pub password: Option<String>,
}

impl std::fmt::Debug for NewUser {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("NewUser(<redacted>)")
    }
}

/// `POST /api/v1/clients/{client}/users`: the client's manager lets one of its own people in.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct NewClientUser {
    /// Name to sign in with: 2 to 64 characters, no spaces; unique.
    pub login: String,
    /// Name on screens.
    pub name: String,
    /// `client_reader` or `client_manager`.
    pub role: Role,
    /// Language of the screens.
    pub language: String,
    /// First password, 10 to 200 characters; the user can change it. Without one they choose it by an invitation.
    #[serde(default)]
    pub password: Option<String>,
}

impl std::fmt::Debug for NewClientUser {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("NewClientUser(<redacted>)")
    }
}

/// `PUT /api/v1/clients/{client}/users/{user}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ChangeClientUser {
    /// Version this change was made from.
    pub version: u64,
    /// Name to sign in with.
    pub login: String,
    /// Name on screens.
    pub name: String,
    /// `client_reader` or `client_manager`.
    pub role: Role,
    /// Language of the screens.
    pub language: String,
    /// May not sign in; ends the user's sessions.
    pub disabled: bool,
}

/// `PUT /api/v1/users/{user}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ChangeUser {
    /// Version this change was made from.
    pub version: u64,
    /// Name to sign in with.
    pub login: String,
    /// Name on screens.
    pub name: String,
    /// What they may do.
    pub role: Role,
    /// Company of a client's person.
    #[serde(default)]
    pub client: Option<Uuid>,
    /// The agent on the floor.
    #[serde(default)]
    pub agent: Option<Uuid>,
    /// Language of the screens.
    pub language: String,
    /// May not sign in; ends the user's sessions.
    pub disabled: bool,
}

/// `PUT /api/v1/users/{user}/password`: sets another user's password and ends their sessions.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SetPassword {
    /// 10 to 200 characters.
    pub new: String,
}

impl std::fmt::Debug for SetPassword {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SetPassword(<redacted>)")
    }
}

/// `POST /api/v1/users/{user}/invitation`: a link to choose a password by, good once and for seven days.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Invite {
    /// Mail address that it is sent to; when absent it is in the answer, to be handed over.
    #[serde(default)]
    pub to: Option<String>,
}

impl std::fmt::Debug for Invite {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Invite(<redacted>)")
    }
}

/// What became of an invitation.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Invitation {
    /// The link; absent when it goes out by mail. It is never shown again.
    #[serde(default)]
    pub link: Option<String>,
    /// From when on it is void.
    pub expires: String,
}

impl std::fmt::Debug for Invitation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Invitation(<redacted>)")
    }
}
