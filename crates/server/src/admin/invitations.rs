//! Links by which somebody chooses a password: for whoever is new, and for whoever lost theirs.
//!
//! A link's key is 256 random bits, of which the store keeps the hash. The one in a mail is made when the letter is,
//! so that no mail that waits holds a key; each try to send makes one, and all of them are void as soon as one is used,
//! another link is asked for, or its time is over.

use std::time::Duration;

use api::{
    admin::users::{Invitation, Invite},
    session::{AcceptInvitation, InvitationKey, InvitationView},
};
use axum::{
    Extension,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use documents::filled;
use domain::{EmailAddress, Timestamp, UserId};
use serde::{Deserialize, Serialize};
use store::{
    ProviderScope, StoreError, Tx,
    records::{AuditEntry, Mail, MailKind, User},
};
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use super::{
    Faults, client_users, settings,
    users::{find, of_company},
};
use crate::{
    App,
    app::secret,
    http::{
        audit::{Told, Trail},
        error::{ApiError, Result},
        extract::{Json, Path},
        limits::{Address, RequestId},
        password,
        session::{begin, hash, too_often},
    },
    mail::{self, Letter, Order},
};

const SCOPE: ProviderScope = ProviderScope::granted();

/// How long a link is good for.
const GOOD_FOR: Duration = Duration::from_secs(7 * 86_400);

/// The endpoints.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(invite))
        .routes(routes!(invite_of_client))
        .routes(routes!(look))
        .routes(routes!(accept))
}

/// What a mail keeps, from which its letter is made.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Invited {
    /// From when on the link is void.
    expires: Timestamp,
}

/// Sends a user a link to choose a password by, or gives it to be handed over; earlier links are void.
#[utoipa::path(post, path = "/api/v1/users/{user}/invitation", operation_id = "users_invite", tag = "users", params(("user" = Uuid, Path)), request_body = Invite, responses((status = 200, description = "Done", body = Invitation)))]
pub async fn invite(
    State(app): State<App>,
    trail: Trail,
    Path(user): Path<Uuid>,
    Json(body): Json<Invite>,
) -> Result<Json<Invitation>> {
    let user = find(&app, user).await?;
    invited(&app, &trail, user, body).await
}

/// As for the provider's people, for one of a client's.
#[utoipa::path(post, path = "/api/v1/clients/{client}/users/{user}/invitation", operation_id = "client_users_invite", tag = "users", params(("client" = Uuid, Path), ("user" = Uuid, Path)), request_body = Invite, responses((status = 200, description = "Done", body = Invitation)))]
pub async fn invite_of_client(
    State(app): State<App>,
    trail: Trail,
    Path((client, user)): Path<(Uuid, Uuid)>,
    Json(body): Json<Invite>,
) -> Result<Json<Invitation>> {
    let user = client_users::find(&app, client, user).await?;
    invited(&app, &trail, user, body).await
}

async fn invited(app: &App, trail: &Trail, user: User, body: Invite) -> Result<Json<Invitation>> {
    let mut faults = Faults::default();
    let to = body.to.as_deref().map(|to| mail::address(&mut faults, "to", to));
    faults.none("invitation")?;
    if user.disabled {
        return Err(ApiError::conflict(
            "user_disabled",
            domain::words!("{} may not sign in, so a link would lead nowhere.", user.name),
            "Let them sign in again first.",
        ));
    }
    let to = to.flatten();
    if to.is_some() {
        app.mail.needed()?;
    }
    let provider = settings::provider_name(app).await?;
    let given = given(app, trail, &user, to, &provider)?;
    let (now, id, expires) = (trail.at(), user.id, given.expires);
    let by_mail = given.is_mailed();
    let link = app
        .store
        .tx(move |tx| {
            Box::pin(async move {
                tx.void_invitations(&SCOPE, id).await?;
                tx.cancel_mails_about(&SCOPE, MailKind::Invitation, id.uuid(), now).await?;
                given.keep(tx).await
            })
        })
        .await?;
    if by_mail && link.is_none() {
        app.mail.queued();
    }
    Ok(Json(Invitation { link, expires: expires.to_string() }))
}

/// A link that somebody is about to be given: in a mail, or to be handed over by whoever asked for it.
#[derive(Clone, Debug)]
pub(crate) struct Given {
    user: UserId,
    /// The mail; `None` where the link is handed over.
    order: Option<Order>,
    key: Key,
    at: Timestamp,
    /// From when on it is void.
    pub(crate) expires: Timestamp,
    entry: AuditEntry,
}

/// A key and the address that it is used at; neither is shown in a log.
#[derive(Clone)]
struct Key {
    kept: [u8; 32],
    link: String,
}

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Key(<redacted>)")
    }
}

/// A link for `user`, mailed to `to`, or handed over without an address. Nothing is kept yet.
///
/// # Errors
/// When the letter cannot be kept as JSON.
pub(crate) fn given(
    app: &App,
    trail: &Trail,
    user: &User,
    to: Option<EmailAddress>,
    provider: &str,
) -> Result<Given> {
    let (now, id) = (trail.at(), user.id);
    let expires = now + GOOD_FOR;
    let document =
        serde_json::to_value(Invited { expires }).map_err(|error| ApiError::internal(&error))?;
    let order = to.map(|to| Order {
        client: user.client,
        kind: MailKind::Invitation,
        about: Some(id.uuid()),
        document,
        once: format!("invitation:{id}:{}", now.micros()),
        to,
        language: user.language,
        subject: filled(words(user.language.code()).subject, &[provider]),
        by: trail.name().to_owned(),
        at: now,
    });
    let told = serde_json::json!({ "by_mail": order.is_some(), "expires": expires });
    let entry = trail.entry("user.invited", "user", id.uuid()).changed(&(), &told);
    let key = secret();
    Ok(Given {
        user: id,
        order,
        key: Key { kept: hash(&key), link: link(app, &key) },
        at: now,
        expires,
        entry: of_company(entry, user),
    })
}

impl Given {
    /// Whether it goes by mail, as long as the queue has room.
    fn is_mailed(&self) -> bool {
        self.order.is_some()
    }

    /// Queues the mail, or gives the link; also when too many mails wait already.
    pub(crate) async fn keep(self, tx: &mut Tx) -> std::result::Result<Option<String>, StoreError> {
        Ok(Self::keep_all(vec![self], tx).await?.pop().flatten())
    }

    /// As [`Self::keep`], of many that were given by one request; the links in their order.
    pub(crate) async fn keep_all(
        all: Vec<Self>,
        tx: &mut Tx,
    ) -> std::result::Result<Vec<Option<String>>, StoreError> {
        let Some(Self { at, expires, .. }) = all.first() else { return Ok(Vec::new()) };
        let (at, expires) = (*at, *expires);
        let (mut entries, mut mails) = (Vec::new(), Vec::new());
        let (mut mailed, mut handed) = (Vec::new(), Vec::new());
        for (n, Self { user, order, key, entry, .. }) in all.into_iter().enumerate() {
            entries.push(entry);
            match order {
                Some(order) => {
                    mails.push(order.mail());
                    mailed.push((n, user, key));
                }
                None => handed.push((n, user, key)),
            }
        }
        tx.audit_all(&entries).await?;
        let queued = mail::queue_new(tx, &mails).await?;
        // Whoever has no place in the queue is given the link to be handed over.
        handed.extend(mailed.into_iter().skip(queued));
        let keys: Vec<_> = handed.iter().map(|(_, user, key)| (*user, key.kept)).collect();
        tx.create_invitations(&SCOPE, &keys, at, expires).await?;
        let mut links = vec![None; entries.len()];
        for (n, _, key) in handed {
            links[n] = Some(key.link);
        }
        Ok(links)
    }
}

/// The address that a key is used at. What follows `#` is sent to no server and stands in no log.
fn link(app: &App, key: &str) -> String {
    format!("{}/invitation#{key}", app.address())
}

/// The letter of an invitation, with a key of its own.
pub(crate) async fn letter(app: &App, mail: &Mail) -> Result<Letter> {
    let invited: Invited = serde_json::from_value(mail.document.clone())
        .map_err(|error| ApiError::internal(&error))?;
    let now = app.clock.now();
    let user = mail.about.map(UserId::from_uuid);
    let user = match user {
        Some(id) => app.store.view().user(&SCOPE, id).await?,
        None => None,
    };
    let user = user.filter(|user| !user.disabled && invited.expires > now);
    let user = user.ok_or_else(|| ApiError::not_found("invitation"))?;
    let (key, id) = (secret(), user.id);
    let kept = hash(&key);
    app.store
        .tx(move |tx| {
            Box::pin(async move {
                tx.create_invitations(&SCOPE, &[(id, kept)], now, invited.expires).await
            })
        })
        .await?;
    let provider = settings::provider_name(app).await?;
    let words = words(mail.language.code());
    let until = documents::day(
        mail.language.code(),
        &app.floor.directory().floor_zone().day_at(invited.expires).to_string(),
    );
    let text =
        filled(words.text, &[&mail.queued_by, &provider, &user.login, &link(app, &key), &until]);
    let good_day = mail::words(&mail.language).good_day;
    Ok(Letter { text: format!("{good_day}\n\n{text}\n"), files: Vec::new() })
}

/// Whom a link is for.
#[utoipa::path(post, path = "/api/v1/invitation", operation_id = "invitation", tag = "session", request_body = InvitationKey, responses((status = 200, description = "Done", body = InvitationView)))]
pub async fn look(
    State(app): State<App>,
    Extension(address): Extension<Address>,
    Json(body): Json<InvitationKey>,
) -> Result<Json<InvitationView>> {
    let (user, expires) = named(&app, &address, &body.key).await?;
    Ok(Json(InvitationView {
        login: user.login,
        name: user.name,
        language: user.language.code().to_owned(),
        provider: settings::provider_name(&app).await?,
        expires: expires.to_string(),
    }))
}

/// Chooses a password by a link, and signs in. The link is void from then on, and other sessions end.
#[utoipa::path(post, path = "/api/v1/invitation/password", operation_id = "invitation_accept", tag = "session", request_body = AcceptInvitation, responses((status = 200, description = "Done", body = api::session::SessionView)))]
pub async fn accept(
    State(app): State<App>,
    Extension(address): Extension<Address>,
    Extension(request): Extension<RequestId>,
    Json(body): Json<AcceptInvitation>,
) -> Result<Response> {
    let (user, _) = named(&app, &address, &body.key).await?;
    if let Some(fault) = password::faults("password", &body.password, &user.login) {
        return Err(ApiError::invalid("password", vec![fault]));
    }
    let new = app.passwords.hash(&body.password).await?;
    let now = app.clock.now();
    let trail = Trail::of_user(&user, now, &request);
    let entry = of_company(trail.entry("user.password_chosen", "user", user.id.uuid()), &user);
    let (id, key) = (user.id, hash(&body.key));
    let used = app
        .store
        .tx(move |tx| {
            Box::pin(async move {
                // Of two who use it at once, one is too late.
                if !tx.use_invitation(&SCOPE, id, key, now).await? {
                    return Ok(false);
                }
                tx.set_password(&SCOPE, id, &new).await?;
                tx.end_sessions_of(&SCOPE, id, None).await?;
                tx.cancel_mails_about(&SCOPE, MailKind::Invitation, id.uuid(), now).await?;
                tx.audit(&entry).await?;
                Ok::<_, StoreError>(true)
            })
        })
        .await?;
    if !used {
        return Err(void());
    }
    begin(&app, &user, &trail, StatusCode::OK, |view| Json(view).into_response()).await
}

/// The user of a key that is still good. Tries count as tries to sign in do.
async fn named(app: &App, address: &Address, key: &str) -> Result<(User, Timestamp)> {
    let now = app.clock.now();
    app.tries_address.peek(&address.0, now).map_err(too_often)?;
    let found = app.store.view().invitation(hash(key), now).await?;
    match found.filter(|(user, _)| !user.disabled) {
        Some(found) => Ok(found),
        None => {
            app.tries_address.take(address.0, now).map_err(too_often)?;
            Err(void())
        }
    }
}

fn void() -> ApiError {
    ApiError::new(
        api::error::ErrorCode::NotFound,
        "This link was used already, or its time is over.",
        "Ask whoever invited you for another one, or sign in with the password you chose.",
    )
    .because("invitation_void")
}

/// The words of one language.
struct Words {
    /// Subject: of whom.
    subject: &'static str,
    /// Who invites, at whom, as what to sign in, the link, and until when.
    text: &'static str,
}

const EN: Words = Words {
    subject: "Your access to {}",
    text: "{} has given you access to {}. You sign in as {}.\n\nChoose your password here:\n{}\n\nThe link is good until {}, and once. Whoever has it can choose the password: do not pass it on.",
};

const FR: Words = Words {
    subject: "Votre accès chez {}",
    text: "{} vous a ouvert un accès chez {}. Vous vous connectez en tant que {}.\n\nChoisissez ici votre mot de passe :\n{}\n\nLe lien est valable jusqu’au {}, une seule fois. Quiconque le détient peut choisir le mot de passe : ne le transmettez pas.",
};

const RU: Words = Words {
    subject: "Ваш доступ: {}",
    text: "{} открывает вам доступ: {}. Имя для входа: {}.\n\nВыберите пароль здесь:\n{}\n\nСсылка действует до {} и один раз. У кого она есть, тот может выбрать пароль: не передавайте её.",
};

fn words(language: &str) -> &'static Words {
    match language {
        "fr" => &FR,
        "ru" => &RU,
        _ => &EN,
    }
}
