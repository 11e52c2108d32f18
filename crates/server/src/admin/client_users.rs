//! A client's own people, as the client's manager lets them in, changes and locks them.

use api::{
    admin::users::{ChangeClientUser, NewClientUser, SetPassword, UserView},
    role::Role,
};
use axum::{extract::State, http::StatusCode};
use domain::{ClientId, UserId};
use store::records::{ClientScope, User};
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use super::{
    Faults, clients,
    users::{self, Draft},
};
use crate::{
    App,
    http::{
        audit::Trail,
        error::{ApiError, Result},
        extract::{Json, Path},
        session::Caller,
    },
};

/// The endpoints.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(change))
        .routes(routes!(set_password))
}

/// The people of a client, by login.
#[utoipa::path(get, path = "/api/v1/clients/{client}/users", operation_id = "client_users_list", tag = "users", params(("client" = Uuid, Path)), responses((status = 200, description = "Done", body = Vec<UserView>)))]
pub async fn list(State(app): State<App>, Path(client): Path<Uuid>) -> Result<Json<Vec<UserView>>> {
    let client = clients::find(&app, client).await?.id;
    let found = app.store.view().users_of(&ClientScope::of(client)).await?;
    found.iter().map(users::view).collect::<Result<Vec<_>>>().map(Json)
}

/// Lets one more of a client's people in.
#[utoipa::path(post, path = "/api/v1/clients/{client}/users", operation_id = "client_users_create", tag = "users", params(("client" = Uuid, Path)), request_body = NewClientUser, responses((status = 201, description = "Done", body = UserView)))]
pub async fn create(
    State(app): State<App>,
    trail: Trail,
    Path(client): Path<Uuid>,
    Json(body): Json<NewClientUser>,
) -> Result<(StatusCode, Json<UserView>)> {
    let client = clients::find(&app, client).await?.id;
    let faults = of_client(body.role);
    let draft = draft(client, &body.login, &body.name, body.role, &body.language);
    let shown = users::made(&app, &trail, &draft, body.password.as_deref(), faults).await?;
    Ok((StatusCode::CREATED, Json(shown)))
}

/// Changes or locks one of a client's people.
#[utoipa::path(put, path = "/api/v1/clients/{client}/users/{user}", operation_id = "client_users_change", tag = "users", params(("client" = Uuid, Path), ("user" = Uuid, Path)), request_body = ChangeClientUser, responses((status = 200, description = "Done", body = UserView)))]
pub async fn change(
    State(app): State<App>,
    caller: Caller,
    trail: Trail,
    Path((client, user)): Path<(Uuid, Uuid)>,
    Json(body): Json<ChangeClientUser>,
) -> Result<Json<UserView>> {
    let before = find(&app, client, user).await?;
    let faults = of_client(body.role);
    let client = ClientId::from_uuid(client);
    let draft = draft(client, &body.login, &body.name, body.role, &body.language);
    let (version, disabled) = (body.version, body.disabled);
    users::changed(&app, &caller, &trail, &before, &draft, version, disabled, faults)
        .await
        .map(Json)
}

/// Sets the password of one of a client's people and ends their sessions.
#[utoipa::path(put, path = "/api/v1/clients/{client}/users/{user}/password", operation_id = "client_users_set_password", tag = "users", params(("client" = Uuid, Path), ("user" = Uuid, Path)), request_body = SetPassword, responses((status = 204, description = "Done")))]
pub async fn set_password(
    State(app): State<App>,
    trail: Trail,
    Path((client, user)): Path<(Uuid, Uuid)>,
    Json(body): Json<SetPassword>,
) -> Result<StatusCode> {
    let found = find(&app, client, user).await?;
    users::password_set(&app, &trail, found, &body.new).await
}

pub(super) async fn find(app: &App, client: Uuid, user: Uuid) -> Result<User> {
    let scope = ClientScope::of(ClientId::from_uuid(client));
    let found = app.store.view().user_of(&scope, UserId::from_uuid(user)).await?;
    found.ok_or_else(|| ApiError::not_found("user"))
}

/// A client's person is a reader or a manager, and nothing of the provider's.
fn of_client(role: Role) -> Faults {
    let mut faults = Faults::default();
    if !role.is_client() {
        faults.add(
            "role",
            "role_of_provider",
            "This role is for the provider's people.",
            "Choose client_reader or client_manager.",
        );
    }
    faults
}

const fn draft<'b>(
    client: ClientId,
    login: &'b str,
    name: &'b str,
    role: Role,
    language: &'b str,
) -> Draft<'b> {
    Draft { login, name, role, client: Some(client.uuid()), agent: None, language }
}
