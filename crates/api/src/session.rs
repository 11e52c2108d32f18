//! Signing in, the signed-in person, and the first run.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    admin::{
        calendars::WeeklyRangeView,
        clients::{Checklist, ServiceModel},
        widgets::WidgetSetup,
    },
    role::Role,
};

/// `POST /api/v1/session`: signs in. The session travels in a cookie that scripts cannot read.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SignIn {
    /// Name to sign in with, or mail address; case does not matter.
    pub login: String,
    /// The password.
    pub password: String,
}

/// Who is signed in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SessionView {
    /// The user.
    pub user: Uuid,
    /// Name to sign in with.
    pub login: String,
    /// Name on screens.
    pub name: String,
    /// What they may do.
    pub role: Role,
    /// Language of the screens: `en`, `fr`, `ru`.
    pub language: String,
    /// The client company that a client's person belongs to.
    #[serde(default)]
    pub client: Option<SessionClient>,
    /// The agent this user is on the floor, if any: the desk is theirs.
    #[serde(default)]
    pub agent: Option<Uuid>,
    /// To be sent as header `x-csrf-token` with every request that changes something. Also in the
    /// cookie `permanence_csrf`, which scripts of this origin can read.
    pub csrf: String,
    /// When the session ends unless used before.
    pub expires: String,
    /// Name of the provider.
    pub provider: String,
    /// Zone of days and times that are no client's: the client's own for a client's person, the floor's for
    /// everybody else.
    pub zone: String,
    /// Whether the server can send mail.
    pub mail_on: bool,
    /// The server's clock.
    pub server_time: String,
}

/// The company of a client's person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SessionClient {
    /// The client.
    pub id: Uuid,
    /// Its name.
    pub name: String,
    /// Its zone: figures are in it.
    pub zone: String,
}

/// `PUT /api/v1/session/password`: changes the signed-in user's own password. All other sessions of
/// the user end.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ChangePassword {
    /// The password so far.
    pub current: String,
    /// The new one: 10 to 200 characters, not the login.
    pub new: String,
}

/// `PUT /api/v1/session/preferences`: the signed-in user's own settings.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Preferences {
    /// Language of the screens: `en`, `fr`, `ru`.
    pub language: String,
}

/// `GET /api/v1/first-run`: whether the first-run wizard is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FirstRunState {
    /// True while there is no user; the wizard's token is in the link printed at start.
    pub needed: bool,
}

/// `POST /api/v1/first-run`: everything the wizard asked, at once. Works only while there is no
/// user, and only with the token printed at start.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FirstRun {
    /// From the printed link.
    pub token: String,
    /// Name of the provider.
    pub provider_name: String,
    /// IANA zone of the provider's floor, such as `Europe/Paris`: its agents' days begin at midnight there.
    pub provider_zone: String,
    /// The administrator, who is signed in at once and is an agent as well, so that a desk works.
    pub administrator: FirstAdministrator,
    /// The first client.
    pub client: FirstClient,
}

/// The administrator of a first run.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FirstAdministrator {
    /// Name to sign in with.
    pub login: String,
    /// Name on screens.
    pub name: String,
    /// 10 to 200 characters.
    pub password: String,
    /// Language of the screens.
    pub language: String,
}

/// The client of a first run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FirstClient {
    /// Its name.
    pub name: String,
    /// IANA zone, such as `Europe/Paris`.
    pub zone: String,
    /// Languages of its customers; the first is the default.
    pub languages: Vec<String>,
    /// The contract to begin with.
    pub model: ServiceModel,
    /// Hours in which contacts are taken. For a hybrid contract these are also the hours of the
    /// client's own team; the pool answers outside them, so the client is then open day and night.
    pub hours: Vec<WeeklyRangeView>,
    /// Words an agent writes first, in the default language.
    pub greeting: String,
    /// Pages that may show the widget, such as `https://www.example.org`; may be empty and set
    /// later. The server's own address is always allowed for the test page.
    #[serde(default)]
    pub origins: Vec<String>,
}

/// What the first run made.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct FirstRunDone {
    /// The signed-in administrator.
    pub session: SessionView,
    /// The client.
    pub client: Uuid,
    /// Its widget with the snippet to paste.
    pub widget: WidgetSetup,
    /// What stands in the way of going live; nothing when `ready`.
    pub checklist: Checklist,
}

macro_rules! redacted {
    ($($name:ident),*) => {$(
        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(concat!(stringify!($name), "(<redacted>)"))
            }
        }
    )*};
}
redacted!(SignIn, ChangePassword, FirstRun, FirstAdministrator);

/// `POST /api/v1/invitation`: whom a link is for.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct InvitationKey {
    /// What follows `#` in the link.
    pub key: String,
}

impl std::fmt::Debug for InvitationKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("InvitationKey(<redacted>)")
    }
}

/// Whom a link is for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct InvitationView {
    /// Name to sign in with.
    pub login: String,
    /// Name on screens.
    pub name: String,
    /// Language of the screens.
    pub language: String,
    /// Name of the provider.
    pub provider: String,
    /// From when on the link is void.
    pub expires: String,
}

/// `POST /api/v1/invitation/password`: chooses a password by a link, and signs in.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AcceptInvitation {
    /// What follows `#` in the link.
    pub key: String,
    /// The password, 10 to 200 characters.
    pub password: String,
}

impl std::fmt::Debug for AcceptInvitation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("AcceptInvitation(<redacted>)")
    }
}
