//! Conversations: the written exchange behind a contact, its messages and files.

use domain::{
    AgentId, AttachmentId, ClientId, ContactId, ConversationId, CustomerId, Language, MessageId,
    QueueId, Timestamp, WidgetId,
};
use uuid::Uuid;

use super::{ClientScope, changed, containing, fold, page, record, words};
use crate::{StoreError, Tx, View, value::args};

words! {
    /// Where a conversation stands.
    pub enum ConversationState {
        /// Waiting for an agent.
        Waiting = "waiting",
        /// Waiting for the opening or the next shift.
        WaitingForOpening = "waiting_for_opening",
        /// With an agent.
        WithAgent = "with_agent",
        /// Over.
        Ended = "ended",
    }
}

words! {
    /// Who wrote a message.
    pub enum Author {
        /// The customer.
        Customer = "customer",
        /// An agent.
        Agent = "agent",
        /// The system, in the client's name.
        System = "system",
        /// An agent, for colleagues only.
        Note = "note",
    }
}

/// Who reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reader {
    /// The customer.
    Customer,
    /// The agent.
    Agent,
}

record! {
    /// A conversation.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct Conversation {
        /// The client.
        pub client: ClientId = "client_id",
        /// Its id.
        pub id: ConversationId = "conversation_id",
        /// The contact on the floor.
        pub contact: ContactId = "contact_id",
        /// The customer.
        pub customer: CustomerId = "customer_id",
        /// The widget it came through.
        pub widget: Option<WidgetId> = "widget_id",
        /// The queue it came for.
        pub queue: QueueId = "queue_id",
        /// Its language.
        pub language: Language,
        /// The page it was opened on, without its query.
        pub page: Option<String>,
        /// Where it stands.
        pub state: ConversationState,
        /// The agent who has it, or had it last.
        pub agent: Option<AgentId> = "agent_id",
        /// When it began.
        pub started: Timestamp = "started_us",
        /// When it ended.
        pub ended: Option<Timestamp> = "ended_us",
        /// Number of the last message; 0 for none.
        pub last_seq: u64,
        /// The customer's browser has messages up to this number.
        pub customer_delivered: u64,
        /// The customer has read up to this number.
        pub customer_read: u64,
        /// An agent has read up to this number.
        pub agent_read: u64,
    }
}

record! {
    /// A message.
    #[derive(Clone, PartialEq, Eq)]
    pub struct Message {
        /// The conversation.
        pub conversation: ConversationId = "conversation_id",
        /// Its number in the conversation, from 1 without a gap.
        pub seq: u64,
        /// Its id.
        pub id: MessageId = "message_id",
        /// The id its writer's program gave it.
        pub client_message_id: Uuid,
        /// Who wrote it.
        pub author: Author,
        /// Which agent.
        pub agent: Option<AgentId> = "author_agent_id",
        /// The name shown with it.
        pub author_name: String,
        /// The text.
        pub body: String,
        /// A file.
        pub attachment: Option<AttachmentId> = "attachment_id",
        /// When it was taken.
        pub at: Timestamp = "at_us",
    }
}

impl std::fmt::Debug for Message {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Message({} of {}, <redacted>)", self.seq, self.conversation)
    }
}

/// A message to be kept; its number comes from the store.
#[derive(Clone, PartialEq, Eq)]
pub struct NewMessage {
    /// The conversation.
    pub conversation: ConversationId,
    /// Its id.
    pub id: MessageId,
    /// The id its writer's program gave it: the same one from the same side is the same message.
    pub client_message_id: Uuid,
    /// Who wrote it.
    pub author: Author,
    /// Which agent.
    pub agent: Option<AgentId>,
    /// The name shown with it.
    pub author_name: String,
    /// The text.
    pub body: String,
    /// A file.
    pub attachment: Option<AttachmentId>,
    /// When it was taken.
    pub at: Timestamp,
}

impl std::fmt::Debug for NewMessage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "NewMessage({} of {}, <redacted>)", self.id, self.conversation)
    }
}

/// A message that is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeptMessage {
    /// Its id; that of the first time when it was sent again.
    pub id: MessageId,
    /// Its number.
    pub seq: u64,
    /// When it was first taken.
    pub at: Timestamp,
    /// It was there already: this was a repeat.
    pub repeated: bool,
}

record! {
    /// What is known of a file. The file itself lies in the data folder.
    #[derive(Clone, PartialEq, Eq)]
    pub struct Attachment {
        /// The client.
        pub client: ClientId = "client_id",
        /// Its id.
        pub id: AttachmentId = "attachment_id",
        /// The conversation it belongs to, once sent.
        pub conversation: Option<ConversationId> = "conversation_id",
        /// Name it was sent with, made harmless.
        pub name: String,
        /// Type found by its content.
        pub content_type: String,
        /// Size.
        pub bytes: u64,
        /// Hash of its content (the server says of which kind; 32 bytes).
        pub hash: [u8; 32],
        /// Random name in the data folder.
        pub file: String,
        /// A customer sent it.
        pub by_customer: bool,
        /// When.
        pub at: Timestamp = "at_us",
    }
}

impl std::fmt::Debug for Attachment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Attachment({} of {}, <redacted>)", self.id, self.client)
    }
}

impl View {
    /// One conversation.
    pub async fn conversation(
        &mut self,
        scope: &ClientScope,
        id: ConversationId,
    ) -> Result<Option<Conversation>, StoreError> {
        self.of(scope)
            .find(
                "SELECT client_id, conversation_id, contact_id, customer_id, widget_id, queue_id,
                        language, page, state, agent_id, started_us, ended_us, last_seq,
                        customer_delivered, customer_read, agent_read
                 FROM conversation WHERE client_id = $1 AND conversation_id = $2",
                args![scope.client(), id],
            )
            .await
    }

    /// The conversation behind a contact.
    pub async fn conversation_of_contact(
        &mut self,
        scope: &ClientScope,
        contact: ContactId,
    ) -> Result<Option<Conversation>, StoreError> {
        self.of(scope)
            .find(
                "SELECT client_id, conversation_id, contact_id, customer_id, widget_id, queue_id,
                        language, page, state, agent_id, started_us, ended_us, last_seq,
                        customer_delivered, customer_read, agent_read
                 FROM conversation WHERE client_id = $1 AND contact_id = $2",
                args![scope.client(), contact],
            )
            .await
    }

    /// The newest conversation of a customer that is not over.
    pub async fn open_conversation_of(
        &mut self,
        scope: &ClientScope,
        customer: CustomerId,
    ) -> Result<Option<Conversation>, StoreError> {
        self.of(scope)
            .find(
                "SELECT client_id, conversation_id, contact_id, customer_id, widget_id, queue_id,
                        language, page, state, agent_id, started_us, ended_us, last_seq,
                        customer_delivered, customer_read, agent_read
                 FROM conversation
                 WHERE client_id = $1 AND customer_id = $2 AND state <> 'ended'
                 ORDER BY started_us DESC, conversation_id DESC LIMIT 1",
                args![scope.client(), customer],
            )
            .await
    }

    /// The conversations of a client that are not over: what a restart takes up again.
    pub async fn open_conversations(
        &mut self,
        scope: &ClientScope,
    ) -> Result<Vec<Conversation>, StoreError> {
        self.of(scope)
            .list(
                "SELECT client_id, conversation_id, contact_id, customer_id, widget_id, queue_id,
                        language, page, state, agent_id, started_us, ended_us, last_seq,
                        customer_delivered, customer_read, agent_read
                 FROM conversation WHERE client_id = $1 AND state <> 'ended'
                 ORDER BY started_us, conversation_id",
                args![scope.client()],
            )
            .await
    }

    /// Conversations of one customer, newest first, before the one named.
    pub async fn conversations_of(
        &mut self,
        scope: &ClientScope,
        customer: CustomerId,
        before: Option<(Timestamp, ConversationId)>,
        limit: u32,
    ) -> Result<Vec<Conversation>, StoreError> {
        let (at, id) = before.unwrap_or((Timestamp::MAX, ConversationId::from_u128(u128::MAX)));
        self.of(scope)
            .list(
                "SELECT client_id, conversation_id, contact_id, customer_id, widget_id, queue_id,
                        language, page, state, agent_id, started_us, ended_us, last_seq,
                        customer_delivered, customer_read, agent_read
                 FROM conversation
                 WHERE client_id = $1 AND customer_id = $2
                   AND (started_us, conversation_id) < ($3, $4)
                 ORDER BY started_us DESC, conversation_id DESC LIMIT $5",
                args![scope.client(), customer, at, id, page(limit)],
            )
            .await
    }

    /// Messages of a conversation after number `after`, in order.
    pub async fn messages(
        &mut self,
        scope: &ClientScope,
        conversation: ConversationId,
        after: u64,
        limit: u32,
    ) -> Result<Vec<Message>, StoreError> {
        self.of(scope).list(
            "SELECT conversation_id, seq, message_id, client_message_id, author, author_agent_id,
                    author_name, body, attachment_id, at_us
             FROM message WHERE client_id = $1 AND conversation_id = $2 AND seq > $3
             ORDER BY seq LIMIT $4",
            args![scope.client(), conversation, after, page(limit)],
        )
        .await
    }

    /// Messages of a client that contain `text`, written in `from..until`, newest first, at most
    /// `limit`. It walks the messages of that time by their index: keep the span to what a person
    /// asks for.
    pub async fn search_messages(
        &mut self,
        scope: &ClientScope,
        text: &str,
        from: Timestamp,
        until: Timestamp,
        limit: u32,
    ) -> Result<Vec<Message>, StoreError> {
        self.of(scope).list(
            "SELECT conversation_id, seq, message_id, client_message_id, author, author_agent_id,
                    author_name, body, attachment_id, at_us
             FROM message
             WHERE client_id = $1 AND at_us >= $2 AND at_us < $3
               AND search_text LIKE $4 ESCAPE '!'
             ORDER BY at_us DESC, conversation_id DESC, seq DESC LIMIT $5",
            args![scope.client(), from, until, containing(text), page(limit)],
        )
        .await
    }

    /// What is known of a file.
    pub async fn attachment(
        &mut self,
        scope: &ClientScope,
        id: AttachmentId,
    ) -> Result<Option<Attachment>, StoreError> {
        self.of(scope)
            .find(
                "SELECT client_id, attachment_id, conversation_id, name, content_type, bytes, hash,
                        file, by_customer, at_us
                 FROM attachment WHERE client_id = $1 AND attachment_id = $2",
                args![scope.client(), id],
            )
            .await
    }

    /// The files of a conversation, oldest first.
    pub async fn attachments_of(
        &mut self,
        scope: &ClientScope,
        conversation: ConversationId,
    ) -> Result<Vec<Attachment>, StoreError> {
        self.of(scope)
            .list(
                "SELECT client_id, attachment_id, conversation_id, name, content_type, bytes, hash,
                        file, by_customer, at_us
                 FROM attachment WHERE client_id = $1 AND conversation_id = $2
                 ORDER BY at_us, attachment_id",
                args![scope.client(), conversation],
            )
            .await
    }
}

impl Tx {
    /// Begins a conversation.
    pub async fn start_conversation(
        &mut self,
        scope: &ClientScope,
        conversation: &Conversation,
    ) -> Result<(), StoreError> {
        self.insert_conversation(scope, conversation, 0, "").await.map(drop)
    }

    /// Whose last message is the `last`th, which everybody has read; and what is done where it is there.
    async fn insert_conversation(
        &mut self,
        scope: &ClientScope,
        conversation: &Conversation,
        last: u64,
        where_there: &'static str,
    ) -> Result<u64, StoreError> {
        let Conversation { id, contact, customer, widget, queue, language, page, .. } =
            conversation.clone();
        let Conversation { state, agent, started, ended, .. } = *conversation;
        let row = args![
            scope.client(),
            id,
            contact,
            customer,
            widget,
            queue,
            language,
            page,
            state,
            agent,
            started,
            ended,
            last,
            last,
            last,
            last
        ];
        self.of(scope)
            .run_all(
                "INSERT INTO conversation (client_id, conversation_id, contact_id, customer_id,
                 widget_id, queue_id, language, page, state, agent_id, started_us, ended_us,
                 last_seq, customer_delivered, customer_read, agent_read) VALUES",
                where_there,
                vec![row],
            )
            .await
    }

    /// Keeps a conversation of the past with all its messages, in their order. What is there already
    /// stays as it is.
    pub async fn keep_conversation(
        &mut self,
        scope: &ClientScope,
        conversation: &Conversation,
        messages: &[NewMessage],
    ) -> Result<(), StoreError> {
        let (id, last) = (conversation.id, messages.len() as u64);
        let there = "ON CONFLICT (client_id, conversation_id) DO NOTHING";
        if self.insert_conversation(scope, conversation, last, there).await? == 0 {
            return Ok(());
        }
        let row = |(message, seq): (&NewMessage, u64)| {
            let NewMessage { id: message_id, client_message_id, author, agent, .. } = *message;
            args![
                scope.client(),
                id,
                seq,
                message_id,
                client_message_id,
                author,
                agent,
                message.author_name.clone(),
                message.body.clone(),
                fold(&message.body),
                message.attachment,
                message.at
            ]
        };
        let rows = messages.iter().zip(1..).map(row).collect();
        self.of(scope)
            .run_all(
                "INSERT INTO message (client_id, conversation_id, seq, message_id,
                 client_message_id, author, author_agent_id, author_name, body, search_text,
                 attachment_id, at_us) VALUES",
                "",
                rows,
            )
            .await
            .map(drop)
    }

    /// Says where a conversation stands now, who has it, and when it ended.
    pub async fn set_conversation(
        &mut self,
        scope: &ClientScope,
        id: ConversationId,
        state: ConversationState,
        agent: Option<AgentId>,
        ended: Option<Timestamp>,
    ) -> Result<(), StoreError> {
        let rows = self
            .of(scope)
            .run(
                "UPDATE conversation SET state = $3, agent_id = COALESCE($4, agent_id),
                     ended_us = $5
                 WHERE client_id = $1 AND conversation_id = $2",
                args![scope.client(), id, state, agent, ended],
            )
            .await?;
        changed(rows, "the conversation")
    }

    /// Keeps a message under the next number of its conversation. One that was sent before, by its
    /// writer's own id, is not kept twice: its first number comes back.
    pub async fn append_message(
        &mut self,
        scope: &ClientScope,
        message: &NewMessage,
    ) -> Result<KeptMessage, StoreError> {
        let NewMessage {
            conversation,
            id,
            client_message_id,
            author,
            agent,
            author_name,
            body,
            attachment,
            at,
        } = message.clone();
        let client = scope.client();
        // Holds the conversation's row, so that a repeat sent at the same time waits here.
        let rows = self
            .of(scope)
            .run(
                "UPDATE conversation SET last_seq = last_seq
                 WHERE client_id = $1 AND conversation_id = $2",
                args![client, conversation],
            )
            .await?;
        if rows == 0 {
            return Err(StoreError::MissingReference { constraint: "message_conversation".into() });
        }
        let before = self
            .of(scope)
            .one(
                "SELECT message_id, seq, at_us FROM message
                 WHERE client_id = $1 AND conversation_id = $2 AND author = $3
                   AND client_message_id = $4",
                args![client, conversation, author, client_message_id],
            )
            .await?;
        if let Some(row) = before {
            let (id, seq, at) = (row.get("message_id")?, row.get("seq")?, row.get("at_us")?);
            return Ok(KeptMessage { id, seq, at, repeated: true });
        }
        let next = self
            .of(scope)
            .one(
                "UPDATE conversation SET last_seq = last_seq + 1
                 WHERE client_id = $1 AND conversation_id = $2 RETURNING last_seq",
                args![client, conversation],
            )
            .await?;
        let Some(next) = next else {
            return Err(StoreError::MissingReference { constraint: "message_conversation".into() });
        };
        let seq: u64 = next.get("last_seq")?;
        let search_text = fold(&body);
        self.of(scope).run(
            "INSERT INTO message (client_id, conversation_id, seq, message_id, client_message_id,
                 author, author_agent_id, author_name, body, search_text, attachment_id, at_us)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
            args![
                client,
                conversation,
                seq,
                id,
                client_message_id,
                author,
                agent,
                author_name,
                body,
                search_text,
                attachment,
                at
            ],
        )
        .await?;
        if let Some(attachment) = attachment {
            self.of(scope)
                .run(
                    "UPDATE attachment SET conversation_id = $2
                     WHERE client_id = $1 AND attachment_id = $3",
                    args![client, conversation, attachment],
                )
                .await?;
        }
        Ok(KeptMessage { id, seq, at, repeated: false })
    }

    /// Marks messages up to `upto` as read; a mark never goes back, nor past the last message.
    pub async fn mark_read(
        &mut self,
        scope: &ClientScope,
        conversation: ConversationId,
        reader: Reader,
        upto: u64,
    ) -> Result<(), StoreError> {
        let sql = match reader {
            Reader::Customer => {
                "UPDATE conversation SET customer_read = $3,
                     customer_delivered = CASE WHEN customer_delivered < $3 THEN $3
                                               ELSE customer_delivered END
                 WHERE client_id = $1 AND conversation_id = $2
                   AND customer_read < $3 AND last_seq >= $3"
            }
            Reader::Agent => {
                "UPDATE conversation SET agent_read = $3
                 WHERE client_id = $1 AND conversation_id = $2
                   AND agent_read < $3 AND last_seq >= $3"
            }
        };
        self.of(scope).run(sql, args![scope.client(), conversation, upto]).await.map(drop)
    }

    /// Marks messages up to `upto` as arrived in the customer's browser.
    pub async fn mark_delivered(
        &mut self,
        scope: &ClientScope,
        conversation: ConversationId,
        upto: u64,
    ) -> Result<(), StoreError> {
        self.of(scope)
            .run(
                "UPDATE conversation SET customer_delivered = $3
                 WHERE client_id = $1 AND conversation_id = $2
                   AND customer_delivered < $3 AND last_seq >= $3",
                args![scope.client(), conversation, upto],
            )
            .await
            .map(drop)
    }

    /// Keeps what is known of a file, after the file itself is safely in the data folder.
    pub async fn create_attachment(
        &mut self,
        scope: &ClientScope,
        attachment: &Attachment,
    ) -> Result<(), StoreError> {
        let Attachment {
            id,
            conversation,
            name,
            content_type,
            bytes,
            hash,
            file,
            by_customer,
            at,
            ..
        } = attachment.clone();
        self.of(scope)
            .run(
                "INSERT INTO attachment (client_id, attachment_id, conversation_id, name,
                     content_type, bytes, hash, file, by_customer, at_us)
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
                args![
                    scope.client(),
                    id,
                    conversation,
                    name,
                    content_type,
                    bytes,
                    hash,
                    file,
                    by_customer,
                    at
                ],
            )
            .await
            .map(drop)
    }
}
