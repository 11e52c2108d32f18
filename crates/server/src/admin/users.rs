//! Users.

use api::{
    admin::{
        Page,
        users::{ChangeUser, NewUser, SetPassword, UserView},
    },
    role::Role,
};
use axum::{extract::State, http::StatusCode};
use domain::{AgentId, ClientId, Language, UserId};
use store::records::{AuditEntry, ClientScope, ProviderScope, User, fold};
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use super::Faults;
use crate::{
    App,
    http::{
        audit::{Told, Trail},
        error::{ApiError, Result},
        extract::{Json, Path, Query},
        paging::{ListQuery, after, limit, page},
        password,
        session::{Caller, screen_language},
    },
};

/// The endpoints.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(get, change))
        .routes(routes!(set_password))
}

/// Users, by login.
#[utoipa::path(get, path = "/api/v1/users", operation_id = "users_list", tag = "users", params(ListQuery), responses((status = 200, description = "Done", body = Page<UserView>)))]
pub async fn list(
    State(app): State<App>,
    Query(query): Query<ListQuery>,
) -> Result<Json<Page<UserView>>> {
    let limit = limit(query.limit);
    let wanted = fold(query.q.as_deref().unwrap_or_default().trim());
    let mut last = after::<String>(query.cursor.as_deref())?;
    let mut found = Vec::new();
    // Logins are few and the search is rare, so it reads page by page until enough match.
    loop {
        let rows = app
            .store
            .view()
            .users(&ProviderScope::granted(), last.as_deref(), store::records::PAGE_MAX)
            .await?;
        let more = rows.len() >= store::records::PAGE_MAX as usize;
        last = rows.last().map(|user| user.login.clone());
        found.extend(rows.into_iter().filter(|user| {
            fold(&user.login).contains(&wanted) || fold(&user.name).contains(&wanted)
        }));
        if !more || found.len() >= limit as usize {
            break;
        }
    }
    found.truncate(limit as usize);
    let views = found.iter().map(view).collect::<Result<Vec<_>>>()?;
    Ok(Json(page(views, limit, |user| user.login.clone())))
}

/// Creates a user.
#[utoipa::path(post, path = "/api/v1/users", operation_id = "users_create", tag = "users", request_body = NewUser, responses((status = 201, description = "Done", body = UserView)))]
pub async fn create(
    State(app): State<App>,
    trail: Trail,
    Json(body): Json<NewUser>,
) -> Result<(StatusCode, Json<UserView>)> {
    let (language, client, agent) = (&body.language, body.client, body.agent);
    let draft =
        Draft { login: &body.login, name: &body.name, role: body.role, client, agent, language };
    let shown = made(&app, &trail, &draft, body.password.as_deref(), Faults::default()).await?;
    Ok((StatusCode::CREATED, Json(shown)))
}

/// Makes a user of a draft, unless there are faults. Without a password they cannot sign in until they choose one by
/// an invitation.
pub async fn made(
    app: &App,
    trail: &Trail,
    draft: &Draft<'_>,
    password: Option<&str>,
    mut faults: Faults,
) -> Result<UserView> {
    let mut user = draft.checked(app, &mut faults).await?;
    if let Some(password) = password {
        faults.0.extend(password::faults("password", password, &user.login));
    }
    faults.none("user")?;
    if let Some(password) = password {
        user.password_hash = app.passwords.hash(password).await?;
    }
    let shown = view(&user)?;
    let entry = trail.entry("user.created", "user", user.id.uuid()).changed(&(), &shown);
    let entry = of_company(entry, &user);
    app.store
        .tx(move |tx| {
            Box::pin(async move {
                tx.create_user(&ProviderScope::granted(), &user).await?;
                tx.audit(&entry).await
            })
        })
        .await?;
    Ok(shown)
}

/// An entry about a client's person is about the client as well.
pub(crate) fn of_company(entry: AuditEntry, user: &User) -> AuditEntry {
    match user.client {
        Some(client) => entry.of_client(client),
        None => entry,
    }
}

/// One user.
#[utoipa::path(get, path = "/api/v1/users/{user}", operation_id = "users_get", tag = "users", params(("user" = Uuid, Path)), responses((status = 200, description = "Done", body = UserView)))]
pub async fn get(State(app): State<App>, Path(user): Path<Uuid>) -> Result<Json<UserView>> {
    Ok(Json(view(&find(&app, user).await?)?))
}

/// Changes a user.
#[utoipa::path(put, path = "/api/v1/users/{user}", operation_id = "users_change", tag = "users", params(("user" = Uuid, Path)), request_body = ChangeUser, responses((status = 200, description = "Done", body = UserView)))]
pub async fn change(
    State(app): State<App>,
    caller: Caller,
    trail: Trail,
    Path(user): Path<Uuid>,
    Json(body): Json<ChangeUser>,
) -> Result<Json<UserView>> {
    let before = find(&app, user).await?;
    let (language, client, agent) = (&body.language, body.client, body.agent);
    let draft =
        Draft { login: &body.login, name: &body.name, role: body.role, client, agent, language };
    let (version, disabled) = (body.version, body.disabled);
    changed(&app, &caller, &trail, &before, &draft, version, disabled, Faults::default())
        .await
        .map(Json)
}

/// Changes a user to a draft, unless there are faults. Whoever may do less from now on signs in anew.
#[allow(clippy::too_many_arguments)] // each of them is another thing
pub async fn changed(
    app: &App,
    caller: &Caller,
    trail: &Trail,
    before: &User,
    draft: &Draft<'_>,
    version: u64,
    disabled: bool,
    mut faults: Faults,
) -> Result<UserView> {
    let checked = draft.checked(app, &mut faults).await?;
    let own = caller.user == before.id;
    if own && (disabled || draft.role != caller.role) {
        let field = if disabled { "disabled" } else { "role" };
        faults.add(
            field,
            "own_user",
            "Nobody takes their own rights away.",
            "Ask another administrator to do it.",
        );
    }
    faults.none("user")?;
    let mut after = User {
        id: before.id,
        password_hash: before.password_hash.clone(),
        disabled,
        version,
        ..checked
    };
    let kept = after.clone();
    let entry = trail.entry("user.changed", "user", before.id.uuid());
    let entry = of_company(entry.changed(&view(before)?, &view(&after)?), before);
    let ends = after.disabled || after.role != before.role || after.client != before.client;
    app.store
        .tx(move |tx| {
            Box::pin(async move {
                let provider = ProviderScope::granted();
                tx.change_user(&provider, &kept).await?;
                if ends {
                    tx.end_sessions_of(&provider, kept.id, None).await?;
                    tx.void_invitations(&provider, kept.id).await?;
                }
                tx.audit(&entry).await
            })
        })
        .await?;
    after.version += 1;
    view(&after)
}

/// Sets another user's password and ends their sessions.
#[utoipa::path(put, path = "/api/v1/users/{user}/password", operation_id = "users_set_password", tag = "users", params(("user" = Uuid, Path)), request_body = SetPassword, responses((status = 204, description = "Done")))]
pub async fn set_password(
    State(app): State<App>,
    trail: Trail,
    Path(user): Path<Uuid>,
    Json(body): Json<SetPassword>,
) -> Result<StatusCode> {
    let found = find(&app, user).await?;
    password_set(&app, &trail, found, &body.new).await
}

/// Sets somebody's password and ends their sessions.
pub async fn password_set(app: &App, trail: &Trail, found: User, new: &str) -> Result<StatusCode> {
    if let Some(fault) = password::faults("new", new, &found.login) {
        return Err(ApiError::invalid("new password", vec![fault]));
    }
    let hash = app.passwords.hash(new).await?;
    let entry = of_company(trail.entry("user.password_set", "user", found.id.uuid()), &found);
    app.store
        .tx(move |tx| {
            Box::pin(async move {
                let provider = ProviderScope::granted();
                tx.set_password(&provider, found.id, &hash).await?;
                tx.end_sessions_of(&provider, found.id, None).await?;
                tx.void_invitations(&provider, found.id).await?;
                tx.audit(&entry).await
            })
        })
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// A user as handed in.
pub struct Draft<'b> {
    /// Name to sign in with.
    pub login: &'b str,
    /// Name on screens.
    pub name: &'b str,
    /// What they may do.
    pub role: Role,
    /// Company of a client's person.
    pub client: Option<Uuid>,
    /// The agent on the floor.
    pub agent: Option<Uuid>,
    /// Language of the screens.
    pub language: &'b str,
}

impl Draft<'_> {
    /// The user it makes, new and without a password; what is wrong with it goes to `faults`.
    pub async fn checked(&self, app: &App, faults: &mut Faults) -> Result<User> {
        let user = self.made(faults);
        let (mut records, provider) = (app.store.view(), ProviderScope::granted());
        if let (true, Some(client)) = (self.role.is_client(), user.client)
            && records.client(&ClientScope::of(client)).await?.is_none()
        {
            faults.add("client", "unknown", "There is no such client.", "Choose one of the list.");
        }
        if let (false, Some(agent)) = (self.role.is_client(), user.agent)
            && records.agent(&provider, agent).await?.is_none()
        {
            faults.add("agent", "unknown", "There is no such agent.", "Choose one of the list.");
        }
        Ok(user)
    }

    /// As [`Self::checked`], for whoever knows that client and agent are there.
    pub fn made(&self, faults: &mut Faults) -> User {
        let login = self.login.trim().to_lowercase();
        let fits = (2..=64).contains(&login.chars().count())
            && login
                .chars()
                .all(|c| c.is_alphanumeric() || matches!(c, '.' | '-' | '_' | '@' | '+'));
        if !fits {
            faults.add(
                "login",
                "login",
                "It is not a login.",
                "Give 2 to 64 letters, digits or . - _ @ +, such as anna or anna@example.org.",
            );
        }
        let name = faults.name("name", self.name);
        let language = screen_language("language", self.language);
        let language = language.map_err(|fault| faults.0.push(fault)).unwrap_or(Language::EN);
        let client = self.client.map(ClientId::from_uuid);
        let agent = self.agent.map(AgentId::from_uuid);
        match (self.role.is_client(), client) {
            (true, None) => faults.add(
                "client",
                "client_missing",
                "A client's person belongs to a client.",
                "Choose the client.",
            ),
            (false, Some(_)) => faults.add(
                "client",
                "client_of_provider",
                "The provider's people belong to no client.",
                "Leave the client out, or choose a role of a client.",
            ),
            (true, Some(_)) | (false, None) => {}
        }
        match agent {
            Some(_) if self.role.is_client() => faults.add(
                "agent",
                "agent_of_client",
                "A client's person is no agent of the floor.",
                "Leave the agent out.",
            ),
            None if self.role == Role::Agent => faults.add(
                "agent",
                "agent_missing",
                "A user who takes contacts is an agent of the floor.",
                "Choose the agent, or create it first.",
            ),
            Some(_) | None => {}
        }
        User {
            id: UserId::from_uuid(Uuid::now_v7()),
            login,
            name,
            password_hash: String::new(),
            role: self.role.name().to_owned(),
            client,
            agent,
            language,
            disabled: false,
            version: 1,
        }
    }
}

pub(super) async fn find(app: &App, id: Uuid) -> Result<User> {
    let found = app.store.view().user(&ProviderScope::granted(), UserId::from_uuid(id)).await?;
    found.ok_or_else(|| ApiError::not_found("user"))
}

/// A user as shown; never with the password's hash.
pub fn view(user: &User) -> Result<UserView> {
    let role = Role::from_name(&user.role)
        .ok_or_else(|| ApiError::internal(&format!("user {} has a role that is none", user.id)))?;
    Ok(UserView {
        id: user.id.uuid(),
        login: user.login.clone(),
        name: user.name.clone(),
        role,
        client: user.client.map(ClientId::uuid),
        agent: user.agent.map(AgentId::uuid),
        language: user.language.code().to_owned(),
        disabled: user.disabled,
        has_password: !user.password_hash.is_empty(),
        version: user.version,
    })
}
