//! Signing in and out, and the own settings.
//!
//! The session's token travels in a cookie that scripts cannot read; the store keeps its hash. With
//! it goes a second token that scripts of this origin read and send back in `x-csrf-token`: another
//! site's page can make a browser send the cookie, but not the header.

use std::time::Duration;

use api::{
    error::{ErrorCode, FaultView},
    role::Role,
    session::{ChangePassword, Preferences, SessionClient, SessionView, SignIn},
};
use axum::{
    Extension,
    extract::{FromRequestParts, State},
    http::{HeaderMap, HeaderValue, StatusCode, header, request::Parts},
    response::{IntoResponse, Response},
};
use axum_extra::extract::CookieJar;
use domain::{AgentId, ClientId, Fault, Language, SessionId, Timestamp, UserId};
use store::records::{ClientScope, ProviderScope, Session, User};
use subtle::ConstantTimeEq;
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use super::{
    access::sign_in_needed,
    audit::Trail,
    error::{ApiError, Result},
    extract::Json,
    limits::{Address, RequestId},
    password,
};
use crate::{App, app::secret};

/// The cookie that carries a session. With https it has the prefix `__Host-`, which binds it to this
/// host.
pub const COOKIE: &str = "permanence_session";

/// The cookie that scripts read the second token from.
const CSRF_COOKIE: &str = "permanence_csrf";

/// The header that carries it back.
const CSRF_HEADER: &str = "x-csrf-token";

/// A session's end is moved on at most this often, so that reading costs no writing.
const EXTEND_EVERY: Duration = Duration::from_secs(300);

/// Languages of the screens.
const SCREENS: [Language; 3] = [Language::EN, Language::FR, Language::RU];

/// The endpoints.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(sign_in, session, sign_out))
        .routes(routes!(change_password))
        .routes(routes!(change_preferences))
}

/// The signed-in user, as every handler sees them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// The user.
    pub user: UserId,
    /// The session; `None` for a program with a token.
    pub session: Option<SessionId>,
    /// When the session began, or the token was made.
    pub since: Timestamp,
    /// Name on screens, for the audit log.
    pub name: String,
    /// What they may do.
    pub role: Role,
    /// Company of a client's person, or the only client that a token sees; `None` for the provider's people.
    pub client: Option<ClientId>,
    /// The agent on the floor.
    pub agent: Option<AgentId>,
}

impl Caller {
    /// The client to read: the asked one, or the only one a client's person may see.
    ///
    /// `None` means all clients, which only the provider's people are given.
    pub fn client_scope(&self, asked: Option<ClientId>) -> Result<Option<ClientId>> {
        match (self.client, asked) {
            (None, _) => Ok(asked),
            (Some(own), Some(asked)) if own != asked => Err(ApiError::not_found("client")),
            (Some(own), _) => Ok(Some(own)),
        }
    }

    /// Refuses a question about one agent by id from a client's person, who knows agents by alias only.
    pub fn knows_agent(&self, agent: Option<Uuid>) -> Result<()> {
        match agent {
            Some(_) if self.role.is_client() => Err(ApiError::forbidden(
                "agent_by_id",
                "Agents are known to you by the names your customers know, not by their ids.",
            )),
            _ => Ok(()),
        }
    }

    /// The agent that the user is on the floor.
    pub fn desk(&self) -> Result<AgentId> {
        self.agent.ok_or_else(|| {
            ApiError::new(
                ErrorCode::Forbidden,
                "Your user is no agent, so there is no desk for you.",
                "Ask an administrator to connect your user with an agent.",
            )
            .because("no_agent")
        })
    }
}

impl FromRequestParts<App> for Caller {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self> {
        parts.extensions.get::<Self>().cloned().ok_or_else(sign_in_needed)
    }
}

/// Signs in.
#[utoipa::path(
    post,
    path = "/api/v1/session",
    operation_id = "sign_in",
    tag = "session",
    request_body = SignIn,
    responses((status = 200, description = "Done", body = SessionView))
)]
pub async fn sign_in(
    State(app): State<App>,
    Extension(address): Extension<Address>,
    Extension(request): Extension<RequestId>,
    Json(body): Json<SignIn>,
) -> Result<Response> {
    let now = app.clock.now();
    let login = body.login.trim().to_lowercase();
    app.tries_address.peek(&address.0, now).map_err(too_often)?;
    app.tries_login.peek(&login, now).map_err(too_often)?;
    // A try is paid for before the password is looked at, so that many at once do not slip through.
    app.tries_address.take(address.0, now).map_err(too_often)?;
    app.tries_login.take(login.clone(), now).map_err(too_often)?;

    let user = app.store.view().user_by_login(&login).await?;
    // Whoever has not chosen a password yet is refused as slowly as everybody.
    let hash =
        user.as_ref().map(|user| user.password_hash.as_str()).filter(|hash| !hash.is_empty());
    let matches = app.passwords.matches(&body.password, hash).await?;
    let Some(user) = user.filter(|user| matches && !user.disabled) else {
        app.metrics.sign_in_refused();
        tracing::info!(address = %address.0, "a try to sign in was refused");
        return Err(ApiError::new(
            ErrorCode::WrongCredentials,
            "Login or password is wrong, or the user may not sign in.",
            "Try again, or ask an administrator for a new password.",
        ));
    };
    app.tries_login.forget(&login);
    let trail = Trail::of_user(&user, now, &request);
    begin(&app, &user, &trail, StatusCode::OK, |view| Json(view).into_response()).await
}

/// 429: too many failed tries to get in.
pub fn too_often(after: Duration) -> ApiError {
    ApiError {
        retry_after: Some(after),
        ..ApiError::new(
            ErrorCode::TooManyRequests,
            "There were too many failed tries to sign in.",
            "Wait as long as `Retry-After` says, or ask an administrator for a new password.",
        )
        .because("sign_in_too_often")
    }
}

/// Who is signed in.
#[utoipa::path(
    get,
    path = "/api/v1/session",
    operation_id = "session",
    tag = "session",
    responses((status = 200, description = "Done", body = SessionView))
)]
pub async fn session(State(app): State<App>, headers: HeaderMap) -> Result<Json<SessionView>> {
    let (session, user) = current(&app, &headers).await?;
    Ok(Json(view(&app, &session, &user).await?))
}

/// Signs out.
#[utoipa::path(
    delete,
    path = "/api/v1/session",
    operation_id = "sign_out",
    tag = "session",
    responses((status = 204, description = "Done"))
)]
pub async fn sign_out(State(app): State<App>, caller: Caller, trail: Trail) -> Result<Response> {
    let entry = trail.entry("session.ended", "user", caller.user.uuid());
    app.store
        .tx(move |tx| {
            Box::pin(async move {
                if let Some(session) = caller.session {
                    tx.end_session(&ProviderScope::granted(), session).await?;
                }
                tx.audit(&entry).await
            })
        })
        .await?;
    let mut response = StatusCode::NO_CONTENT.into_response();
    let gone = Duration::ZERO;
    set_cookies(&app, response.headers_mut(), "", "", gone);
    Ok(response)
}

/// Changes the own password; all other sessions of the user end.
#[utoipa::path(
    put,
    path = "/api/v1/session/password",
    operation_id = "change_password",
    tag = "session",
    request_body = ChangePassword,
    responses((status = 204, description = "Done"))
)]
pub async fn change_password(
    State(app): State<App>,
    caller: Caller,
    trail: Trail,
    Json(body): Json<ChangePassword>,
) -> Result<StatusCode> {
    let now = app.clock.now();
    let provider = ProviderScope::granted();
    let user = app.store.view().user(&provider, caller.user).await?.ok_or_else(sign_in_needed)?;
    app.tries_login.take(user.login.clone(), now).map_err(|after| ApiError {
        retry_after: Some(after),
        ..ApiError::new(
            ErrorCode::TooManyRequests,
            "The current password was wrong too often.",
            "Wait as long as `Retry-After` says.",
        )
        .because("password_too_often")
    })?;
    if !app.passwords.matches(&body.current, Some(&user.password_hash)).await? {
        return Err(ApiError::fault(
            "change of password",
            "current",
            "password_wrong",
            "This is not your current password.",
            "Enter the password you signed in with.",
        ));
    }
    app.tries_login.forget(&user.login);
    if let Some(fault) = password::faults("new", &body.new, &user.login) {
        return Err(ApiError::invalid("new password", vec![fault]));
    }
    let hash = app.passwords.hash(&body.new).await?;
    let entry = trail.entry("user.password_changed", "user", user.id.uuid());
    app.store
        .tx(move |tx| {
            Box::pin(async move {
                tx.set_password(&provider, user.id, &hash).await?;
                tx.end_sessions_of(&provider, user.id, caller.session).await?;
                tx.audit(&entry).await
            })
        })
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Changes the own settings.
#[utoipa::path(
    put,
    path = "/api/v1/session/preferences",
    operation_id = "change_preferences",
    tag = "session",
    request_body = Preferences,
    responses((status = 200, description = "Done", body = SessionView))
)]
pub async fn change_preferences(
    State(app): State<App>,
    headers: HeaderMap,
    Json(body): Json<Preferences>,
) -> Result<Json<SessionView>> {
    let language = screen_language("language", &body.language)
        .map_err(|fault| ApiError::invalid("settings", vec![fault]))?;
    let (session, mut user) = current(&app, &headers).await?;
    let id = user.id;
    app.store
        .tx(move |tx| {
            Box::pin(async move { tx.set_language(&ProviderScope::granted(), id, language).await })
        })
        .await?;
    user.language = language;
    Ok(Json(view(&app, &session, &user).await?))
}

/// The language of the screens, or what is wrong with it.
pub fn screen_language(field: &str, text: &str) -> std::result::Result<Language, FaultView> {
    match text.parse::<Language>() {
        Ok(language) if SCREENS.contains(&language) => Ok(language),
        _ => Err(Fault::new(
            field,
            "language_unknown",
            domain::words!(
                "The screens do not speak `{}`.",
                text.chars().take(32).collect::<String>()
            ),
            "Choose en, fr or ru.",
        )
        .into()),
    }
}

/// Begins a session for `user` and answers with what `answer` makes of its view.
pub async fn begin(
    app: &App,
    user: &User,
    trail: &Trail,
    status: StatusCode,
    answer: impl FnOnce(SessionView) -> Response,
) -> Result<Response> {
    let (token, now) = (secret(), app.clock.now());
    let session = Session {
        id: SessionId::from_uuid(Uuid::now_v7()),
        token_hash: hash(&token),
        csrf: secret(),
        user: user.id,
        created: now,
        expires: now + app.config.session_idle.min(app.config.session_max),
    };
    let (kept, entry) = (session.clone(), trail.entry("session.begun", "user", user.id.uuid()));
    app.store
        .tx(move |tx| {
            Box::pin(async move {
                let provider = ProviderScope::granted();
                tx.drop_expired_sessions(&provider, now).await?;
                tx.create_session(&provider, &kept).await?;
                tx.audit(&entry).await
            })
        })
        .await?;
    let mut response = answer(view(app, &session, user).await?);
    *response.status_mut() = status;
    set_cookies(app, response.headers_mut(), &token, &session.csrf, app.config.session_max);
    Ok(response)
}

/// What the browser is told of a session.
async fn view(app: &App, session: &Session, user: &User) -> Result<SessionView> {
    let mut records = app.store.view();
    let client = match user.client {
        None => None,
        Some(id) => records.client(&ClientScope::of(id)).await?.map(|client| SessionClient {
            id: client.id.uuid(),
            name: client.name,
            zone: client.zone,
        }),
    };
    let zone = match &client {
        Some(client) => client.zone.clone(),
        None => app.floor.directory().floor_zone().name().to_owned(),
    };
    Ok(SessionView {
        user: user.id.uuid(),
        login: user.login.clone(),
        name: user.name.clone(),
        role: role(user)?,
        language: user.language.code().to_owned(),
        client,
        agent: user.agent.map(AgentId::uuid),
        csrf: session.csrf.clone(),
        expires: session.expires.to_string(),
        provider: crate::admin::settings::provider_name(app).await?,
        zone,
        mail_on: app.mail.is_on(),
        server_time: app.clock.now().to_string(),
    })
}

/// The signed-in user with the session's second token.
pub async fn caller(app: &App, headers: &HeaderMap) -> Result<(Caller, String)> {
    let (session, user) = current(app, headers).await?;
    let now = app.clock.now();
    let last = session.created + app.config.session_max;
    let wanted = (now + app.config.session_idle).min(last);
    if wanted.since(session.expires) >= EXTEND_EVERY {
        let id = session.id;
        app.store
            .tx(move |tx| {
                Box::pin(
                    async move { tx.extend_session(&ProviderScope::granted(), id, wanted).await },
                )
            })
            .await?;
    }
    let caller = Caller {
        user: user.id,
        session: Some(session.id),
        since: session.created,
        role: role(&user)?,
        client: user.client,
        agent: user.agent,
        name: user.name,
    };
    Ok((caller, session.csrf))
}

/// The live session that the cookie names.
async fn current(app: &App, headers: &HeaderMap) -> Result<(Session, User)> {
    let jar = CookieJar::from_headers(headers);
    let token = jar.get(&cookie_name(app)).ok_or_else(sign_in_needed)?;
    let found = app.store.view().session(hash(token.value()), app.clock.now()).await?;
    found.filter(|(_, user)| !user.disabled).ok_or_else(sign_in_needed)
}

/// Refuses a change whose header does not carry the session's second token.
pub fn check_csrf(headers: &HeaderMap, expected: &str) -> Result<()> {
    let given = headers.get(CSRF_HEADER).map_or(&b""[..], HeaderValue::as_bytes);
    if bool::from(given.ct_eq(expected.as_bytes())) {
        return Ok(());
    }
    Err(ApiError::new(
        ErrorCode::CsrfMismatch,
        "The header `x-csrf-token` is missing or is not that of your session.",
        "Reload the page; programs send the `csrf` of GET /api/v1/session.",
    ))
}

fn role(user: &User) -> Result<Role> {
    Role::from_name(&user.role)
        .ok_or_else(|| ApiError::internal(&format!("user {} has a role that is none", user.id)))
}

/// The store keeps this of a token, so that whoever reads the store cannot sign in. The token has
/// 256 random bits, so a fast hash is enough.
pub fn hash(token: &str) -> [u8; 32] {
    *blake3::hash(token.as_bytes()).as_bytes()
}

fn cookie_name(app: &App) -> String {
    if app.config.is_https() { format!("__Host-{COOKIE}") } else { COOKIE.to_owned() }
}

fn set_cookies(app: &App, headers: &mut HeaderMap, token: &str, csrf: &str, age: Duration) {
    let secure = if app.config.is_https() { "; Secure" } else { "" };
    let age = age.as_secs();
    let name = cookie_name(app);
    for cookie in [
        format!("{name}={token}; Path=/; HttpOnly; SameSite=Lax; Max-Age={age}{secure}"),
        format!("{CSRF_COOKIE}={csrf}; Path=/; SameSite=Lax; Max-Age={age}{secure}"),
    ] {
        if let Ok(cookie) = HeaderValue::from_str(&cookie) {
            headers.append(header::SET_COOKIE, cookie);
        }
    }
}

/// The instant in `field`, or what is wrong with it.
pub fn instant(field: &str, text: &str) -> Result<Timestamp> {
    text.parse().map_err(|error: domain::TimestampError| {
        ApiError::malformed(
            domain::words!("`{}`: {}.", field, error),
            "Give an instant with its offset.",
        )
    })
}
