//! The outbox: mail that is to go out, one row for each address.
//!
//! Nothing here knows what a letter says: the server makes it when it sends it.

use std::slice::from_ref;

use domain::{ClientId, EmailAddress, Language, MailId, Timestamp};
use serde_json::Value;
use uuid::Uuid;

use super::{ClientScope, ProviderScope, changed, page, record, words};
use crate::{StoreError, Tx, View, value::args};

/// Mails that may wait at once; beyond them none is taken.
pub const MAILS_QUEUED_MAX: u32 = 10_000;

words! {
    /// What a mail is about.
    pub enum MailKind {
        /// Whether mail arrives at all.
        Test = "test",
        /// An issued invoice or credit note.
        Invoice = "invoice",
        /// A report that is mailed by itself.
        Report = "report",
        /// A link by which a user chooses a password.
        Invitation = "invitation",
        /// A bundle that is nearly used up.
        Bundle = "bundle",
    }
}

words! {
    /// Where a mail stands.
    pub enum MailState {
        /// It is to be sent, or sent again.
        Queued = "queued",
        /// A server has taken it.
        Sent = "sent",
        /// It will not be tried again by itself.
        Failed = "failed",
        /// Somebody took it back before it left.
        Cancelled = "cancelled",
    }
}

record! {
    /// A mail to one address.
    #[derive(Clone, PartialEq)]
    pub struct Mail {
        /// Its id, which is its `Message-ID` too: every try is the same mail.
        pub id: MailId = "mail_id",
        /// Whose matter it is; `None` for the provider's own.
        pub client: Option<ClientId> = "client_id",
        /// What it is about.
        pub kind: MailKind,
        /// The invoice, scheduled report or user that it is about.
        pub about: Option<Uuid> = "about_id",
        /// What else the letter is made from.
        pub document: Value,
        /// What makes it one of a kind: a second row with the same is not kept.
        pub once: String,
        /// To whom.
        pub recipient: EmailAddress,
        /// Its language.
        pub language: Language,
        /// Its subject.
        pub subject: String,
        /// Where it stands.
        pub state: MailState,
        /// How often it was tried.
        pub tries: u32,
        /// When it is tried next.
        pub next: Timestamp = "next_us",
        /// What was said at the last try; empty for nothing.
        pub error: String,
        /// When it was queued.
        pub queued: Timestamp = "queued_us",
        /// Name of who caused it.
        pub queued_by: String,
        /// When it was sent, or given up.
        pub ended: Option<Timestamp> = "ended_us",
    }
}

impl std::fmt::Debug for Mail {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Mail({}, {})", self.id, self.state.word())
    }
}

/// What became of a mail that was to be queued.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum QueuedMail {
    /// It waits for its turn.
    New,
    /// The same mail was queued before.
    Before,
    /// [`MAILS_QUEUED_MAX`] wait already.
    Full,
}

/// Which mails are asked for.
#[derive(Clone, Copy, Debug, Default)]
pub struct MailFilter {
    /// In this state.
    pub state: Option<MailState>,
    /// Queued before this one.
    pub before: Option<(Timestamp, MailId)>,
}

impl View {
    /// Mails, the newest first.
    pub async fn mails(
        &mut self,
        _: &ProviderScope,
        filter: &MailFilter,
        limit: u32,
    ) -> Result<Vec<Mail>, StoreError> {
        let (at, id) = match filter.before {
            Some((at, id)) => (at, id),
            None => (Timestamp::MAX, MailId::from_u128(0)),
        };
        self.list(
            "SELECT mail_id, client_id, kind, about_id, document, once, recipient, language, subject, state,
                    tries, next_us, error, queued_us, queued_by, ended_us
             FROM mail
             WHERE ($1 IS NULL OR state = $1) AND (queued_us, mail_id) < ($2, $3)
             ORDER BY queued_us DESC, mail_id DESC LIMIT $4",
            args![filter.state, at, id, page(limit)],
        )
        .await
    }

    /// How many are in each state.
    pub async fn mail_count(
        &mut self,
        _: &ProviderScope,
        state: MailState,
    ) -> Result<u64, StoreError> {
        let row = self.one("SELECT COUNT(*) AS n FROM mail WHERE state = $1", args![state]).await?;
        row.map_or(Ok(0), |row| row.get("n"))
    }

    /// The mails about one thing of a client, the oldest first.
    pub async fn mails_about(
        &mut self,
        scope: &ClientScope,
        about: Uuid,
    ) -> Result<Vec<Mail>, StoreError> {
        self.of(scope).list(
            "SELECT mail_id, client_id, kind, about_id, document, once, recipient, language, subject, state,
                    tries, next_us, error, queued_us, queued_by, ended_us
             FROM mail WHERE client_id = $1 AND about_id = $2
             ORDER BY queued_us, mail_id LIMIT $3",
            args![scope.client(), about, super::PAGE_MAX],
        )
        .await
    }

    /// The mail that is to be tried next, whenever that is.
    pub async fn next_mail(&mut self, _: &ProviderScope) -> Result<Option<Mail>, StoreError> {
        self.find(
            "SELECT mail_id, client_id, kind, about_id, document, once, recipient, language, subject, state,
                    tries, next_us, error, queued_us, queued_by, ended_us
             FROM mail WHERE state = $1 ORDER BY next_us, mail_id LIMIT 1",
            args![MailState::Queued],
        )
        .await
    }
}

impl Tx {
    /// Queues a mail, unless the same was queued before or too many wait.
    pub async fn queue_mail(
        &mut self,
        _: &ProviderScope,
        mail: &Mail,
    ) -> Result<QueuedMail, StoreError> {
        let once = mail.once.clone();
        let known = self.one("SELECT mail_id FROM mail WHERE once = $1", args![once]).await?;
        if known.is_some() {
            return Ok(QueuedMail::Before);
        }
        if self.room_for_mails().await? == 0 {
            return Ok(QueuedMail::Full);
        }
        let rows = self.insert_mails(from_ref(mail)).await?;
        Ok(if rows == 0 { QueuedMail::Before } else { QueuedMail::New })
    }

    /// Queues mails that nobody has queued before, from the first on, as long as there is room; how many.
    pub async fn queue_new_mails(
        &mut self,
        _: &ProviderScope,
        mails: &[Mail],
    ) -> Result<usize, StoreError> {
        let room = self.room_for_mails().await?.min(mails.len());
        self.insert_mails(&mails[..room]).await?;
        Ok(room)
    }

    /// So many more mails may wait.
    async fn room_for_mails(&mut self) -> Result<usize, StoreError> {
        let waiting = self.mail_count(&ProviderScope::granted(), MailState::Queued).await?;
        let room = u64::from(MAILS_QUEUED_MAX).saturating_sub(waiting);
        Ok(usize::try_from(room).unwrap_or(usize::MAX))
    }

    async fn insert_mails(&mut self, mails: &[Mail]) -> Result<u64, StoreError> {
        let row = |mail: &Mail| {
            let Mail { id, client, kind, about, document, once, recipient, language, .. } =
                mail.clone();
            args![
                id,
                client,
                kind,
                about,
                document,
                once,
                recipient,
                language,
                mail.subject.clone(),
                MailState::Queued,
                0_u64,
                mail.queued,
                "",
                mail.queued,
                mail.queued_by.clone()
            ]
        };
        self.run_all(
            "INSERT INTO mail (mail_id, client_id, kind, about_id, document, once, recipient, language,
                 subject, state, tries, next_us, error, queued_us, queued_by) VALUES",
            "ON CONFLICT (once) DO NOTHING",
            mails.iter().map(row).collect(),
        )
        .await
    }

    /// Takes a mail for one try, from what was read of it: its next try is then at `again`, unless this
    /// one says how it ended. `false` when somebody else was faster.
    pub async fn take_mail(
        &mut self,
        _: &ProviderScope,
        mail: &Mail,
        again: Timestamp,
    ) -> Result<bool, StoreError> {
        let rows = self
            .run(
                "UPDATE mail SET tries = tries + 1, next_us = $1
                 WHERE mail_id = $2 AND state = $3 AND tries = $4 AND next_us = $5",
                args![again, mail.id, MailState::Queued, mail.tries, mail.next],
            )
            .await?;
        Ok(rows > 0)
    }

    /// Says how a try went that did not end it: when it is tried again, and what was said.
    pub async fn defer_mail(
        &mut self,
        _: &ProviderScope,
        id: MailId,
        again: Timestamp,
        error: &str,
    ) -> Result<(), StoreError> {
        self.run(
            "UPDATE mail SET next_us = $1, error = $2 WHERE mail_id = $3 AND state = $4",
            args![again, error, id, MailState::Queued],
        )
        .await
        .map(drop)
    }

    /// Says how a mail ended. One that was taken back while it was on its way was sent all the same.
    pub async fn end_mail(
        &mut self,
        _: &ProviderScope,
        id: MailId,
        state: MailState,
        at: Timestamp,
        error: &str,
    ) -> Result<(), StoreError> {
        self.run(
            "UPDATE mail SET state = $1, ended_us = $2, error = $3
             WHERE mail_id = $4 AND (state = $5 OR (state = $6 AND $1 = $7))",
            args![state, at, error, id, MailState::Queued, MailState::Cancelled, MailState::Sent],
        )
        .await
        .map(drop)
    }

    /// Takes a mail back that waits; stale for one that does not.
    pub async fn cancel_mail(
        &mut self,
        _: &ProviderScope,
        id: MailId,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let rows = self
            .run(
                "UPDATE mail SET state = $1, ended_us = $2 WHERE mail_id = $3 AND state = $4",
                args![MailState::Cancelled, now, id, MailState::Queued],
            )
            .await?;
        changed(rows, "the mail")
    }

    /// Takes all mails of a kind back that are about one thing and wait.
    pub async fn cancel_mails_about(
        &mut self,
        _: &ProviderScope,
        kind: MailKind,
        about: Uuid,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.run(
            "UPDATE mail SET state = $1, ended_us = $2 WHERE kind = $3 AND about_id = $4 AND state = $5",
            args![MailState::Cancelled, now, kind, about, MailState::Queued],
        )
        .await
        .map(drop)
    }

    /// Lets a mail be tried at once, as if for the first time; stale for one that was sent.
    pub async fn retry_mail(
        &mut self,
        _: &ProviderScope,
        id: MailId,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let rows = self
            .run(
                "UPDATE mail SET state = $1, tries = 0, next_us = $2, ended_us = NULL
                 WHERE mail_id = $3 AND state <> $4",
                args![MailState::Queued, now, id, MailState::Sent],
            )
            .await?;
        changed(rows, "the mail")
    }

    /// Drops what ended before `before`, but for invoices, whose sending is told for as long as they are.
    pub async fn drop_old_mails(
        &mut self,
        _: &ProviderScope,
        before: Timestamp,
    ) -> Result<u64, StoreError> {
        self.run(
            "DELETE FROM mail WHERE state <> $1 AND ended_us < $2 AND kind <> $3",
            args![MailState::Queued, before, MailKind::Invoice],
        )
        .await
    }
}
