//! Mail that the server sends. Whatever causes one queues it in the same transaction ([`Order`]); a task
//! sends what waits ([`send`]), again and later where a server cannot take it now. The letter is made
//! when it is sent, so nothing of it is kept but its subject and its address.

mod letter;
mod post;
mod send;
mod words;

pub use letter::{Attached, Letter};
pub use send::send;
pub(crate) use words::words;

use std::sync::Arc;

use api::mail::{
    MailEncryption, MailKindView, MailList, MailServer, MailStateView, MailView, TestMail,
};
use axum::{extract::State, http::StatusCode};
use domain::{ClientId, EmailAddress, Language, MailId, Timestamp};
use serde::Deserialize;
use store::{
    ProviderScope, StoreError, Tx,
    records::{Mail, MailFilter, MailKind, MailState, QueuedMail},
};
use tokio::sync::Notify;
use utoipa::IntoParams;
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use crate::{
    App,
    admin::Faults,
    config::{MailConfig, MailTls},
    http::{
        audit::Trail,
        error::{ApiError, Result},
        extract::{Json, Path, Query},
        paging::{after_at, cursor_at, limit},
        session::Caller,
    },
};
use post::Post;

/// The endpoints.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(test))
        .routes(routes!(retry))
        .routes(routes!(cancel))
}

/// The way out, as every part of the server knows it.
#[derive(Clone)]
pub struct Mailer {
    post: Option<Arc<Post>>,
    queued: Arc<Notify>,
    mailings: Arc<Notify>,
}

impl Mailer {
    /// The way out that is configured; none takes no mail.
    ///
    /// # Errors
    /// When the configured authorities cannot be read.
    pub fn new(config: Option<&MailConfig>) -> anyhow::Result<Self> {
        let post = config.map(Post::new).transpose()?.map(Arc::new);
        Ok(Self { post, queued: Arc::default(), mailings: Arc::default() })
    }

    /// Whether mail can go out at all.
    pub fn is_on(&self) -> bool {
        self.post.is_some()
    }

    /// Says that something was queued, after its transaction.
    pub fn queued(&self) {
        self.queued.notify_one();
    }

    /// Says that a scheduled report was set up or changed.
    pub fn mailings_changed(&self) {
        self.mailings.notify_one();
    }

    /// Waits until that is said.
    pub async fn mailings(&self) {
        self.mailings.notified().await;
    }

    /// Refuses what needs a mail server where there is none.
    pub fn needed(&self) -> Result<()> {
        if self.is_on() {
            return Ok(());
        }
        Err(ApiError::conflict(
            "mail_unconfigured",
            "No mail server is configured, so nothing can be sent.",
            "Ask the operator to set mail.host and mail.from in the configuration.",
        ))
    }
}

/// A mail that is about to be queued.
#[derive(Clone, Debug)]
pub struct Order {
    /// Whose matter it is.
    pub client: Option<ClientId>,
    /// What it is about.
    pub kind: MailKind,
    /// The invoice, scheduled report or user that it is about.
    pub about: Option<Uuid>,
    /// What else the letter is made from.
    pub document: serde_json::Value,
    /// What makes it one of a kind.
    pub once: String,
    /// To whom.
    pub to: EmailAddress,
    /// Its language.
    pub language: Language,
    /// Its subject.
    pub subject: String,
    /// Name of who caused it.
    pub by: String,
    /// When.
    pub at: Timestamp,
}

impl Order {
    /// The row that is kept.
    pub fn mail(self) -> Mail {
        Mail {
            id: MailId::from_uuid(Uuid::now_v7()),
            client: self.client,
            kind: self.kind,
            about: self.about,
            document: self.document,
            once: self.once,
            recipient: self.to,
            language: self.language,
            subject: self.subject,
            state: MailState::Queued,
            tries: 0,
            next: self.at,
            error: String::new(),
            queued: self.at,
            queued_by: self.by,
            ended: None,
        }
    }

    /// Queues it. One too many is not, which the log says: what caused it goes on.
    pub async fn queue(self, tx: &mut Tx) -> Result<QueuedMail, StoreError> {
        let mail = self.mail();
        let queued = tx.queue_mail(&ProviderScope::granted(), &mail).await?;
        if queued == QueuedMail::Full {
            warn_of_full(&mail, 1);
        }
        Ok(queued)
    }
}

/// Queues mails that nobody has queued before, from the first on; how many found room. Of the others the
/// log says that they were not: what caused them goes on.
pub async fn queue_new(tx: &mut Tx, mails: &[Mail]) -> Result<usize, StoreError> {
    if mails.is_empty() {
        return Ok(0);
    }
    let queued = tx.queue_new_mails(&ProviderScope::granted(), mails).await?;
    if queued < mails.len() {
        warn_of_full(&mails[queued], mails.len() - queued);
    }
    Ok(queued)
}

fn warn_of_full(mail: &Mail, mails: usize) {
    tracing::error!(
        kind = mail.kind.word(),
        mails,
        "mails were not queued, because too many wait: look at the screen Mail"
    );
}

/// Which mails.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub struct MailQuery {
    /// In this state.
    state: Option<MailStateView>,
    /// From a page's `next`.
    cursor: Option<String>,
    /// Rows at most, 1 to 500; 100 when absent.
    limit: Option<u32>,
}

/// Mails, the newest first, and the mail server that they go through.
#[utoipa::path(get, path = "/api/v1/mail", operation_id = "mail_list", tag = "mail", params(MailQuery), responses((status = 200, description = "Done", body = MailList)))]
pub async fn list(
    State(app): State<App>,
    Query(query): Query<MailQuery>,
) -> Result<Json<MailList>> {
    let limit = limit(query.limit);
    let before = after_at(query.cursor.as_deref())?;
    let state = query.state.map(|state| match state {
        MailStateView::Queued => MailState::Queued,
        MailStateView::Sent => MailState::Sent,
        MailStateView::Failed => MailState::Failed,
        MailStateView::Cancelled => MailState::Cancelled,
    });
    let filter = MailFilter { state, before };
    let (scope, mut view) = (ProviderScope::granted(), app.store.view());
    // Counted first: what ends meanwhile is shown as ended, and nothing is counted as ended that
    // is shown as waiting.
    let queued = view.mail_count(&scope, MailState::Queued).await?;
    let sent = view.mail_count(&scope, MailState::Sent).await?;
    let failed = view.mail_count(&scope, MailState::Failed).await?;
    let cancelled = view.mail_count(&scope, MailState::Cancelled).await?;
    let found = view.mails(&scope, &filter, limit).await?;
    let full = found.len() >= limit as usize;
    let next = found.last().filter(|_| full);
    Ok(Json(MailList {
        server: app.config.mail.as_ref().map(server),
        queued,
        sent,
        failed,
        cancelled,
        next: next.map(|last| cursor_at(last.queued, last.id)),
        items: found.iter().map(shown).collect(),
    }))
}

/// Sends a mail that only says that mail arrives.
#[utoipa::path(post, path = "/api/v1/mail/test", operation_id = "mail_test", tag = "mail", request_body = TestMail, responses((status = 201, description = "Done", body = MailView)))]
pub async fn test(
    State(app): State<App>,
    caller: Caller,
    trail: Trail,
    Json(body): Json<TestMail>,
) -> Result<(StatusCode, Json<MailView>)> {
    app.mail.needed()?;
    let mut faults = Faults::default();
    let to = address(&mut faults, "to", &body.to);
    faults.none("test mail")?;
    let Some(to) = to else { return Err(ApiError::internal(&"an address without a fault")) };
    let user = app.store.view().user(&ProviderScope::granted(), caller.user).await?;
    let language = user.map_or(Language::EN, |user| user.language);
    let order = Order {
        client: None,
        kind: MailKind::Test,
        about: None,
        document: serde_json::json!({ "by": trail.name() }),
        once: format!("test:{}", Uuid::now_v7()),
        to,
        subject: words(&language).test_subject.to_owned(),
        language,
        by: trail.name().to_owned(),
        at: trail.at(),
    };
    let mail = order.mail();
    let entry = trail.entry("mail.tested", "mail", mail.id.uuid());
    let kept = mail.clone();
    let queued = app
        .store
        .tx(move |tx| {
            Box::pin(async move {
                let queued = tx.queue_mail(&ProviderScope::granted(), &kept).await?;
                tx.audit(&entry).await?;
                Ok::<_, StoreError>(queued)
            })
        })
        .await?;
    full(queued)?;
    app.mail.queued();
    Ok((StatusCode::CREATED, Json(shown(&mail))))
}

/// Lets a mail that failed, was taken back or waits be tried at once.
#[utoipa::path(post, path = "/api/v1/mail/{mail}/retry", operation_id = "mail_retry", tag = "mail", params(("mail" = Uuid, Path)), responses((status = 204, description = "Done")))]
pub async fn retry(
    State(app): State<App>,
    trail: Trail,
    Path(mail): Path<Uuid>,
) -> Result<StatusCode> {
    app.mail.needed()?;
    let (id, now) = (MailId::from_uuid(mail), trail.at());
    let entry = trail.entry("mail.retried", "mail", mail);
    let done = app
        .store
        .tx(move |tx| {
            Box::pin(async move {
                tx.retry_mail(&ProviderScope::granted(), id, now).await?;
                tx.audit(&entry).await
            })
        })
        .await;
    match done {
        Err(StoreError::Stale { .. }) => return Err(ApiError::not_found("mail that can be sent")),
        done => done?,
    }
    app.mail.queued();
    Ok(StatusCode::NO_CONTENT)
}

/// Takes a mail back before it leaves. One that is on its way at this moment may be sent all the same, and is then
/// shown as sent.
#[utoipa::path(post, path = "/api/v1/mail/{mail}/cancel", operation_id = "mail_cancel", tag = "mail", params(("mail" = Uuid, Path)), responses((status = 204, description = "Done")))]
pub async fn cancel(
    State(app): State<App>,
    trail: Trail,
    Path(mail): Path<Uuid>,
) -> Result<StatusCode> {
    let (id, now) = (MailId::from_uuid(mail), trail.at());
    let entry = trail.entry("mail.cancelled", "mail", mail);
    let done = app
        .store
        .tx(move |tx| {
            Box::pin(async move {
                tx.cancel_mail(&ProviderScope::granted(), id, now).await?;
                tx.audit(&entry).await
            })
        })
        .await;
    match done {
        Err(StoreError::Stale { .. }) => return Err(ApiError::not_found("mail that waits")),
        done => done?,
    }
    Ok(StatusCode::NO_CONTENT)
}

/// Refuses what found no place in the queue.
pub(crate) fn full(queued: QueuedMail) -> Result<()> {
    if queued != QueuedMail::Full {
        return Ok(());
    }
    Err(ApiError::conflict(
        "mail_full",
        "Too many mails wait already.",
        "Look at the screen Mail why they do not leave, then try again.",
    ))
}

/// A mail address, or what is wrong with it.
pub(crate) fn address(faults: &mut Faults, field: &str, text: &str) -> Option<EmailAddress> {
    match text.parse() {
        Ok(address) => Some(address),
        Err(error) => {
            let error: domain::EmailAddressError = error;
            faults.add(
                field,
                "mail_address",
                domain::words!("{}.", error),
                "Give an address such as billing@example.org.",
            );
            None
        }
    }
}

/// Addresses that were handed in, each once; what is wrong with them goes to `faults`.
pub(crate) fn addresses(
    faults: &mut Faults,
    field: &str,
    texts: &[String],
    most: usize,
) -> Vec<EmailAddress> {
    if texts.len() > most {
        faults.add(
            field,
            "too_many_addresses",
            domain::words!("There are {} addresses.", texts.len()),
            domain::words!("Give {} at most.", most),
        );
        return Vec::new();
    }
    let mut all = Vec::new();
    for text in texts.iter().filter(|text| !text.trim().is_empty()) {
        if let Some(address) = address(faults, field, text)
            && !all.contains(&address)
        {
            all.push(address);
        }
    }
    all
}

fn server(config: &MailConfig) -> MailServer {
    MailServer {
        host: config.host.clone(),
        port: config.port,
        encryption: match config.tls {
            MailTls::Starttls => MailEncryption::Starttls,
            MailTls::Wrapped => MailEncryption::Tls,
            MailTls::None => MailEncryption::None,
        },
        signs_in: config.user.is_some(),
        from: config.from.to_string(),
        reply_to: config.reply_to.as_ref().map(ToString::to_string),
    }
}

/// A mail as shown.
pub(crate) fn shown(mail: &Mail) -> MailView {
    MailView {
        id: mail.id.uuid(),
        kind: match mail.kind {
            MailKind::Test => MailKindView::Test,
            MailKind::Invoice => MailKindView::Invoice,
            MailKind::Report => MailKindView::Report,
            MailKind::Invitation => MailKindView::Invitation,
            MailKind::Bundle => MailKindView::Bundle,
        },
        client: mail.client.map(ClientId::uuid),
        about: mail.about,
        to: mail.recipient.as_str().to_owned(),
        subject: mail.subject.clone(),
        state: state(mail.state),
        tries: mail.tries,
        next_try: (mail.state == MailState::Queued).then(|| mail.next.to_string()),
        error: mail.error.clone(),
        queued: mail.queued.to_string(),
        queued_by: mail.queued_by.clone(),
        ended: mail.ended.map(|at| at.to_string()),
    }
}

/// Where a mail stands, on the wire.
pub(crate) const fn state(state: MailState) -> MailStateView {
    match state {
        MailState::Queued => MailStateView::Queued,
        MailState::Sent => MailStateView::Sent,
        MailState::Failed => MailStateView::Failed,
        MailState::Cancelled => MailStateView::Cancelled,
    }
}
