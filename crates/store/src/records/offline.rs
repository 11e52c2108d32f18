//! Messages and voicemails left outside the hours or instead of waiting: work until somebody has done
//! it. And the unsent words at a desk.

use domain::{
    AgentId, ClientId, ContactId, EmailAddress, Language, MessageId, QueueId, RecordingId,
    Timestamp, WidgetId,
};
use uuid::Uuid;

use super::{
    ClientScope, LOOKED_THROUGH, PAGE_MAX, ProviderScope, changed, contact_line::digits, fold,
    page, record, words,
};
use crate::{
    StoreError, Tx, View,
    value::{Value, args},
};

words! {
    /// How a message was left.
    pub enum LeftKind {
        /// Written into the form of a widget.
        Form = "form",
        /// Spoken on the telephone.
        Voicemail = "voicemail",
    }
}

record! {
    /// A message that was left.
    #[derive(Clone, PartialEq, Eq)]
    pub struct OfflineMessage {
        /// The client.
        pub client: ClientId = "client_id",
        /// Its id.
        pub id: MessageId = "message_id",
        /// The id its writer's browser gave it; a voicemail has its own here.
        pub client_message_id: Uuid,
        /// How it was left.
        pub kind: LeftKind,
        /// The widget it was left at, if it was.
        pub widget: Option<WidgetId> = "widget_id",
        /// What it is about, if chosen.
        pub queue: Option<QueueId> = "queue_id",
        /// Name, if given.
        pub name: Option<String>,
        /// Where to answer; a voicemail has none.
        pub email: Option<EmailAddress>,
        /// The number that a voicemail came from, unless it was withheld.
        pub phone: Option<String>,
        /// Language of the page, or of the call.
        pub language: Language,
        /// The words; none of a voicemail.
        pub body: String,
        /// The sound of a voicemail.
        pub recording: Option<RecordingId> = "recording_id",
        /// The contact on the floor that it became, or that ended with it.
        pub contact: Option<ContactId> = "contact_id",
        /// To be answered by then.
        pub due: Option<Timestamp> = "due_us",
        /// Who took it up.
        pub taken_by: Option<AgentId>,
        /// When it was done with.
        pub done: Option<Timestamp> = "done_us",
        /// How it was answered.
        pub note: Option<String>,
        /// When it was left.
        pub at: Timestamp = "at_us",
    }
}

impl std::fmt::Debug for OfflineMessage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "OfflineMessage({} of {}, <redacted>)", self.id, self.client)
    }
}

impl OfflineMessage {
    /// What its writer is called: by name, else by address, else by number.
    pub fn shown_name(&self) -> Option<&str> {
        let email = self.email.as_ref().map(EmailAddress::as_str);
        self.name.as_deref().or(email).or(self.phone.as_deref())
    }
}

/// Which messages are asked for.
#[derive(Clone, Debug)]
pub struct OfflineFilter {
    /// Only those not done with.
    pub open: bool,
    /// Left like this.
    pub kind: Option<LeftKind>,
    /// Left at or after.
    pub from: Timestamp,
    /// Left before.
    pub until: Timestamp,
    /// With this in the words, the name or the address, or in the number.
    pub words: Option<String>,
    /// Older than this one (where the page before ended).
    pub before: Option<(Timestamp, MessageId)>,
}

impl Default for OfflineFilter {
    fn default() -> Self {
        Self {
            open: false,
            kind: None,
            from: Timestamp::MIN,
            until: Timestamp::MAX,
            words: None,
            before: None,
        }
    }
}

/// A page of messages, newest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OfflineMessages {
    /// The messages.
    pub rows: Vec<OfflineMessage>,
    /// Where the next page goes on; `None` after the last one. A page of a search may be short, or empty,
    /// and still have a next one: it looks through [`LOOKED_THROUGH`] messages.
    pub next: Option<(Timestamp, MessageId)>,
}

/// A page in the making. Words are looked for here and not by the engine, so that they are found however they
/// are written, on either.
struct Look {
    filter: OfflineFilter,
    words: Option<String>,
    digits: Option<String>,
    limit: u32,
    looked: u32,
    page: OfflineMessages,
}

impl Look {
    fn new(filter: &OfflineFilter, limit: u32) -> Self {
        let filter = filter.clone();
        let words = filter.words.as_deref().map(str::trim).filter(|words| !words.is_empty());
        Self {
            digits: words.and_then(digits),
            words: words.map(fold),
            filter,
            limit: page(limit),
            looked: 0,
            page: OfflineMessages::default(),
        }
    }

    /// `$2` and on.
    fn values(&self) -> Vec<Value> {
        let OfflineFilter { open, kind, from, until, before, .. } = self.filter.clone();
        let (at, id) = before.unwrap_or((Timestamp::MAX, MessageId::from_u128(u128::MAX)));
        let rows = if self.words.is_some() { PAGE_MAX } else { self.limit };
        args![open, at, id, rows, kind, from, until]
    }

    fn fits(&self, left: &OfflineMessage) -> bool {
        let Some(words) = &self.words else { return true };
        let email = left.email.as_ref().map(|email| email.as_str());
        let said = [Some(left.body.as_str()), left.name.as_deref(), email, left.note.as_deref()];
        said.into_iter().flatten().any(|text| fold(text).contains(words))
            || self.digits.as_ref().is_some_and(|digits| {
                left.phone.as_ref().is_some_and(|phone| phone.contains(digits))
            })
    }

    /// Takes in what came, and says whether the page is whole.
    fn take(&mut self, rows: Vec<OfflineMessage>) -> bool {
        let asked = if self.words.is_some() { PAGE_MAX } else { self.limit };
        let is_last = rows.len() < asked as usize;
        self.looked += asked;
        for left in rows {
            let place = (left.at, left.id);
            self.filter.before = Some(place);
            if self.fits(&left) {
                self.page.rows.push(left);
            }
            if self.page.rows.len() >= self.limit as usize {
                self.page.next = Some(place);
                return true;
            }
        }
        if !is_last && self.looked >= LOOKED_THROUGH {
            self.page.next = self.filter.before;
        }
        is_last || self.page.next.is_some()
    }
}

/// The one statement, with the condition that says whose messages they are. `$1` is whose.
macro_rules! messages {
    ($whose:literal) => {
        concat!(
            "SELECT client_id, message_id, client_message_id, kind, widget_id, queue_id, name, email,
                    phone, language, body, recording_id, contact_id, due_us, taken_by, done_us, note,
                    at_us
             FROM offline_message
             WHERE ",
            $whose,
            " AND ($2 = FALSE OR done_us IS NULL) AND (at_us, message_id) < ($3, $4)
               AND ($6 IS NULL OR kind = $6) AND at_us >= $7 AND at_us < $8
             ORDER BY at_us DESC, message_id DESC LIMIT $5"
        )
    };
}

impl View {
    /// A page of the messages left with a client, newest first.
    pub async fn offline_messages(
        &mut self,
        scope: &ClientScope,
        filter: &OfflineFilter,
        limit: u32,
    ) -> Result<OfflineMessages, StoreError> {
        let mut look = Look::new(filter, limit);
        loop {
            let mut values = args![scope.client()];
            values.extend(look.values());
            let rows = self.of(scope).list(messages!("client_id = $1"), values).await?;
            if look.take(rows) {
                return Ok(look.page);
            }
        }
    }

    /// As [`View::offline_messages`], over all clients, or over those an agent is signed off for.
    pub async fn offline_messages_of_all_clients(
        &mut self,
        _: &ProviderScope,
        signed_off: Option<AgentId>,
        filter: &OfflineFilter,
        limit: u32,
    ) -> Result<OfflineMessages, StoreError> {
        let sql = messages!(
            "($1 IS NULL OR client_id IN
                 (SELECT client_id FROM agent_client WHERE agent_id = $1 AND signed_off = TRUE))"
        );
        let mut look = Look::new(filter, limit);
        loop {
            let mut values = args![signed_off];
            values.extend(look.values());
            let rows = self.list(sql, values).await?;
            if look.take(rows) {
                return Ok(look.page);
            }
        }
    }

    /// One message that was left.
    pub async fn offline_message(
        &mut self,
        scope: &ClientScope,
        id: MessageId,
    ) -> Result<Option<OfflineMessage>, StoreError> {
        self.of(scope).find(
            "SELECT client_id, message_id, client_message_id, kind, widget_id, queue_id, name, email,
                    phone, language, body, recording_id, contact_id, due_us, taken_by, done_us, note,
                    at_us
             FROM offline_message WHERE client_id = $1 AND message_id = $2",
            args![scope.client(), id],
        )
        .await
    }

    /// The message that a contact ended with.
    pub async fn offline_message_of_contact(
        &mut self,
        scope: &ClientScope,
        contact: ContactId,
    ) -> Result<Option<OfflineMessage>, StoreError> {
        self.of(scope).find(
            "SELECT client_id, message_id, client_message_id, kind, widget_id, queue_id, name, email,
                    phone, language, body, recording_id, contact_id, due_us, taken_by, done_us, note,
                    at_us
             FROM offline_message WHERE client_id = $1 AND contact_id = $2
             ORDER BY at_us, message_id LIMIT 1",
            args![scope.client(), contact],
        )
        .await
    }

    /// How many messages of a client nobody has done yet.
    pub async fn count_open_offline_messages(
        &mut self,
        scope: &ClientScope,
    ) -> Result<u64, StoreError> {
        let row = self
            .of(scope)
            .one(
                "SELECT COUNT(*) AS n FROM offline_message
                 WHERE client_id = $1 AND done_us IS NULL",
                args![scope.client()],
            )
            .await?;
        row.map_or(Ok(0), |row| row.get("n"))
    }

    /// As [`View::count_open_offline_messages`], over all clients, or over those an agent is signed
    /// off for.
    pub async fn count_open_offline_messages_of_all_clients(
        &mut self,
        _: &ProviderScope,
        signed_off: Option<AgentId>,
    ) -> Result<u64, StoreError> {
        let row = self
            .one(
                "SELECT COUNT(*) AS n FROM offline_message
                 WHERE ($1 IS NULL OR client_id IN
                           (SELECT client_id FROM agent_client
                            WHERE agent_id = $1 AND signed_off = TRUE))
                   AND done_us IS NULL",
                args![signed_off],
            )
            .await?;
        row.map_or(Ok(0), |row| row.get("n"))
    }

    /// How many messages of all clients are past their deadline at `at` and not done.
    pub async fn count_overdue_messages(
        &mut self,
        _: &ProviderScope,
        at: Timestamp,
    ) -> Result<u64, StoreError> {
        let row = self
            .one(
                "SELECT COUNT(*) AS n FROM offline_message
                 WHERE done_us IS NULL AND due_us <= $1",
                args![at],
            )
            .await?;
        row.map_or(Ok(0), |row| row.get("n"))
    }

    /// The unsent words of an agent about a contact.
    pub async fn draft(
        &mut self,
        scope: &ClientScope,
        contact: ContactId,
        agent: AgentId,
    ) -> Result<Option<String>, StoreError> {
        let row = self
            .of(scope)
            .one(
                "SELECT body FROM draft
                 WHERE client_id = $1 AND contact_id = $2 AND agent_id = $3",
                args![scope.client(), contact, agent],
            )
            .await?;
        row.map(|row| row.get("body")).transpose()
    }
}

impl Tx {
    /// Keeps a message that was left; `false` when it was there already, by its own id or that of its
    /// browser.
    pub async fn leave_message(
        &mut self,
        scope: &ClientScope,
        message: &OfflineMessage,
    ) -> Result<bool, StoreError> {
        let OfflineMessage {
            id,
            client_message_id,
            kind,
            widget,
            queue,
            name,
            email,
            phone,
            language,
            body,
            recording,
            contact,
            due,
            at,
            ..
        } = message.clone();
        let rows = self
            .of(scope)
            .run(
                "INSERT INTO offline_message (client_id, message_id, client_message_id, kind,
                     widget_id, queue_id, name, email, phone, language, body, recording_id,
                     contact_id, due_us, at_us)
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
                 ON CONFLICT DO NOTHING",
                args![
                    scope.client(),
                    id,
                    client_message_id,
                    kind,
                    widget,
                    queue,
                    name,
                    email,
                    phone,
                    language,
                    body,
                    recording,
                    contact,
                    due,
                    at
                ],
            )
            .await?;
        Ok(rows > 0)
    }

    /// An agent takes up a message nobody else has taken.
    pub async fn take_offline_message(
        &mut self,
        scope: &ClientScope,
        id: MessageId,
        agent: AgentId,
    ) -> Result<(), StoreError> {
        let rows = self
            .of(scope)
            .run(
                "UPDATE offline_message SET taken_by = $3
                 WHERE client_id = $1 AND message_id = $2 AND done_us IS NULL
                   AND (taken_by IS NULL OR taken_by = $3)",
                args![scope.client(), id, agent],
            )
            .await?;
        changed(rows, "the message")
    }

    /// The work of a message is done, by whoever has it, or by an agent when nobody has.
    pub async fn finish_offline_message(
        &mut self,
        scope: &ClientScope,
        id: MessageId,
        agent: AgentId,
        note: &str,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        let rows = self
            .of(scope)
            .run(
                "UPDATE offline_message SET taken_by = $3, note = $4, done_us = $5
                 WHERE client_id = $1 AND message_id = $2 AND done_us IS NULL
                   AND (taken_by IS NULL OR taken_by = $3)",
                args![scope.client(), id, agent, note, at],
            )
            .await?;
        changed(rows, "the message")
    }

    /// A message that was done is work again, of the agent who had it. Its note is kept.
    pub async fn resume_offline_message(
        &mut self,
        scope: &ClientScope,
        id: MessageId,
    ) -> Result<(), StoreError> {
        let rows = self
            .of(scope)
            .run(
                "UPDATE offline_message SET done_us = NULL
                 WHERE client_id = $1 AND message_id = $2 AND done_us IS NOT NULL",
                args![scope.client(), id],
            )
            .await?;
        changed(rows, "the message")
    }

    /// A message that `agent` had taken is there for everybody again.
    pub async fn release_offline_message(
        &mut self,
        scope: &ClientScope,
        id: MessageId,
        agent: AgentId,
    ) -> Result<(), StoreError> {
        let rows = self
            .of(scope)
            .run(
                "UPDATE offline_message SET taken_by = NULL
                 WHERE client_id = $1 AND message_id = $2 AND done_us IS NULL AND taken_by = $3",
                args![scope.client(), id, agent],
            )
            .await?;
        changed(rows, "the message")
    }

    /// Keeps the unsent words of an agent about a contact; empty ones are forgotten.
    pub async fn save_draft(
        &mut self,
        scope: &ClientScope,
        contact: ContactId,
        agent: AgentId,
        body: &str,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        if body.is_empty() {
            return self
                .of(scope)
                .run(
                    "DELETE FROM draft
                     WHERE client_id = $1 AND contact_id = $2 AND agent_id = $3",
                    args![scope.client(), contact, agent],
                )
                .await
                .map(drop);
        }
        self.of(scope)
            .run(
                "INSERT INTO draft (client_id, contact_id, agent_id, body, at_us)
                 VALUES ($1, $2, $3, $4, $5)
                 ON CONFLICT (client_id, contact_id, agent_id) DO UPDATE
                     SET body = excluded.body, at_us = excluded.at_us",
                args![scope.client(), contact, agent, body, at],
            )
            .await
            .map(drop)
    }
}
