//! Messages and voicemails left outside the hours or instead of waiting: work until somebody has done
//! it. And the unsent words at a desk.

use domain::{
    AgentId, ClientId, ContactId, EmailAddress, Language, MessageId, QueueId, RecordingId,
    Timestamp, WidgetId,
};
use uuid::Uuid;

use super::{ClientScope, ProviderScope, changed, page, record, words};
use crate::{StoreError, Tx, View, value::args};

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

impl View {
    /// Messages left with a client, newest first, before the one named; only those not done with
    /// when `open`.
    pub async fn offline_messages(
        &mut self,
        scope: &ClientScope,
        open: bool,
        before: Option<(Timestamp, MessageId)>,
        limit: u32,
    ) -> Result<Vec<OfflineMessage>, StoreError> {
        let (at, id) = before.unwrap_or((Timestamp::MAX, MessageId::from_u128(u128::MAX)));
        self.of(scope).list(
            "SELECT client_id, message_id, client_message_id, kind, widget_id, queue_id, name, email,
                    phone, language, body, recording_id, contact_id, due_us, taken_by, done_us, note,
                    at_us
             FROM offline_message
             WHERE client_id = $1 AND ($2 = FALSE OR done_us IS NULL)
               AND (at_us, message_id) < ($3, $4)
             ORDER BY at_us DESC, message_id DESC LIMIT $5",
            args![scope.client(), open, at, id, page(limit)],
        )
        .await
    }

    /// As [`View::offline_messages`], over all clients, or over those an agent is signed off for.
    pub async fn offline_messages_of_all_clients(
        &mut self,
        _: &ProviderScope,
        signed_off: Option<AgentId>,
        open: bool,
        before: Option<(Timestamp, MessageId)>,
        limit: u32,
    ) -> Result<Vec<OfflineMessage>, StoreError> {
        let (at, id) = before.unwrap_or((Timestamp::MAX, MessageId::from_u128(u128::MAX)));
        self.list(
            "SELECT client_id, message_id, client_message_id, kind, widget_id, queue_id, name, email,
                    phone, language, body, recording_id, contact_id, due_us, taken_by, done_us, note,
                    at_us
             FROM offline_message
             WHERE ($1 IS NULL OR client_id IN
                       (SELECT client_id FROM agent_client
                        WHERE agent_id = $1 AND signed_off = TRUE))
               AND ($2 = FALSE OR done_us IS NULL)
               AND (at_us, message_id) < ($3, $4)
             ORDER BY at_us DESC, message_id DESC LIMIT $5",
            args![signed_off, open, at, id, page(limit)],
        )
        .await
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
