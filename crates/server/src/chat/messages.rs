//! Messages: kept first, then told to everybody who may see them.

use std::path::PathBuf;

use api::{
    chat::{AttachmentView, Author, MessageView, SendMessage},
    desk::{DeskDelta, DeskMessage, DeskSignal},
    widget::WidgetMessage,
};
use domain::{AgentId, AttachmentId, ContactId, ConversationId, MessageId};
use store::{
    ClientScope, StoreError,
    records::{KeptMessage, NewMessage, Reader},
};
use uuid::Uuid;

use super::{BODY_MAX, Chat, ChatError, Room, files};
use crate::live::instant;

/// Space from which the ids of system messages are derived, so that saying the same thing twice
/// (a restart says the tail of the journal again) is one message.
const SYSTEM: Uuid = Uuid::from_u128(0x70e5_6d61_6e65_6e63_6580_0000_0000_0001);

/// Who writes, and how they are named.
pub(super) struct Writer {
    /// Which side.
    pub author: Author,
    /// Which agent.
    pub agent: Option<AgentId>,
    /// The name shown.
    pub name: String,
}

/// What is written.
pub(super) struct Words {
    /// The writer's own id of it.
    pub client_id: Uuid,
    /// The text.
    pub body: String,
    /// A file.
    pub attachment: Option<AttachmentId>,
}

impl Chat {
    /// An agent writes to the customer, or a note to colleagues.
    ///
    /// # Errors
    /// [`ChatError`]; a conversation that is over takes notes only.
    pub async fn say_as_agent(
        &self,
        contact: ContactId,
        agent: AgentId,
        message: SendMessage,
    ) -> Result<MessageView, ChatError> {
        let room = self.room_of(contact)?;
        if room.is_over() && !message.note {
            return Err(ChatError::Over);
        }
        let directory = self.0.floor.directory();
        let writer = if message.note {
            Writer { author: Author::Note, agent: Some(agent), name: directory.agent_name(agent) }
        } else {
            Writer {
                author: Author::Agent,
                agent: Some(agent),
                name: directory.alias(room.client, agent),
            }
        };
        let words = Words {
            client_id: message.client_id,
            body: message.body,
            attachment: message.attachment.map(AttachmentId::from_uuid),
        };
        let view = self.say(&room, writer, words).await?.1;
        if !message.note {
            room.set_draft(agent, "");
            let (scope, now) = (room.scope(), self.0.clock.now());
            self.0
                .store
                .tx(move |tx| {
                    Box::pin(async move { tx.save_draft(&scope, contact, agent, "", now).await })
                })
                .await?;
        }
        Ok(view)
    }

    /// A note for colleagues, from the desk's transfer dialog.
    ///
    /// # Errors
    /// [`ChatError`].
    pub async fn note(
        &self,
        contact: ContactId,
        agent: AgentId,
        body: &str,
    ) -> Result<(), ChatError> {
        let note = SendMessage {
            client_id: Uuid::now_v7(),
            body: body.to_owned(),
            note: true,
            attachment: None,
        };
        self.say_as_agent(contact, agent, note).await.map(drop)
    }

    /// The system speaks in the client's name. `what` names the occasion: the same occasion of the
    /// same contact is said once.
    pub(super) async fn say_as_system(
        &self,
        room: &Room,
        what: &str,
        body: String,
    ) -> Result<(), ChatError> {
        if body.trim().is_empty() {
            return Ok(());
        }
        let client = self.0.floor.directory().client(room.client).map(|c| c.name.clone());
        let name = format!("{}/{what}", room.contact);
        let words =
            Words { client_id: Uuid::new_v5(&SYSTEM, name.as_bytes()), body, attachment: None };
        let writer =
            Writer { author: Author::System, agent: None, name: client.unwrap_or_default() };
        self.say(room, writer, words).await.map(drop)
    }

    /// Keeps a message and tells it; the flag says that it was a repeat and nobody was told again.
    pub(super) async fn say(
        &self,
        room: &Room,
        writer: Writer,
        words: Words,
    ) -> Result<(bool, MessageView), ChatError> {
        let new = self.compose(room.conversation, &writer, &words)?;
        let attachment = match words.attachment {
            Some(id) => Some(self.attachment(room, id).await?),
            None => None,
        };
        let body = new.body.clone();
        // Told in the order in which they are numbered.
        let _order = room.append.lock().await;
        let scope = room.scope();
        let kept = self
            .0
            .store
            .tx(move |tx| Box::pin(async move { tx.append_message(&scope, &new).await }))
            .await?;
        let view = view_of(&kept, writer, &words, body, attachment);
        if !kept.repeated {
            room.take(view.clone());
            self.tell_desks(room.contact, &view);
        }
        Ok((kept.repeated, view))
    }

    /// A message as it is to be kept.
    ///
    /// # Errors
    /// [`ChatError::Empty`], [`ChatError::TooLong`].
    pub(super) fn compose(
        &self,
        conversation: ConversationId,
        writer: &Writer,
        words: &Words,
    ) -> Result<NewMessage, ChatError> {
        let body = clean(&words.body);
        if body.is_empty() && words.attachment.is_none() {
            return Err(ChatError::Empty);
        }
        if body.chars().count() > BODY_MAX {
            return Err(ChatError::TooLong);
        }
        Ok(NewMessage {
            conversation,
            id: MessageId::from_uuid(Uuid::now_v7()),
            client_message_id: words.client_id,
            author: kept_author(writer.author),
            agent: writer.agent,
            author_name: writer.name.clone(),
            body,
            attachment: words.attachment,
            at: self.0.clock.now(),
        })
    }

    fn tell_desks(&self, contact: ContactId, message: &MessageView) {
        self.0.live.at_desks_of(contact, |held| {
            held.messages.push(message.clone());
            let message = DeskMessage { contact: held.contact, message: message.clone() };
            Some(DeskDelta { messages: vec![message], ..DeskDelta::default() })
        });
    }

    /// A file that belongs to this conversation or to none yet.
    async fn attachment(&self, room: &Room, id: AttachmentId) -> Result<AttachmentView, ChatError> {
        let kept = self.0.store.view().attachment(&room.scope(), id).await?;
        let kept = kept.ok_or(ChatError::NoFile)?;
        if kept.conversation.is_some_and(|conversation| conversation != room.conversation) {
            return Err(ChatError::NoFile);
        }
        Ok(self.attachment_view(&kept))
    }

    /// Keeps an uploaded file: on disk first, then its record.
    ///
    /// # Errors
    /// [`ChatError::File`] for a file that is not taken, and what disk and store say.
    pub async fn keep_file(
        &self,
        scope: ClientScope,
        name: &str,
        content: &[u8],
        by_customer: bool,
    ) -> Result<AttachmentView, ChatError> {
        let taken = files::judge(name, content)?;
        let id = AttachmentId::from_uuid(Uuid::now_v7());
        let file = Uuid::new_v4().simple().to_string();
        let path = self.file_path(&file);
        if let Some(folder) = path.parent() {
            tokio::fs::create_dir_all(folder).await?;
        }
        let part = path.with_extension("part");
        tokio::fs::write(&part, content).await?;
        tokio::fs::File::open(&part).await?.sync_all().await?;
        tokio::fs::rename(&part, &path).await?;
        let attachment = store::records::Attachment {
            client: scope.client(),
            id,
            conversation: None,
            name: taken.name,
            content_type: taken.content_type.to_owned(),
            bytes: content.len() as u64,
            hash: files::hash(content),
            file,
            by_customer,
            at: self.0.clock.now(),
        };
        let view = self.attachment_view(&attachment);
        self.0
            .store
            .tx(move |tx| Box::pin(async move { tx.create_attachment(&scope, &attachment).await }))
            .await?;
        Ok(view)
    }

    /// Where a kept file lies.
    pub(super) fn file_path(&self, file: &str) -> PathBuf {
        self.0.files.join(&file[..2.min(file.len())]).join(file)
    }

    pub(super) fn attachment_view(&self, kept: &store::records::Attachment) -> AttachmentView {
        AttachmentView {
            id: kept.id.uuid(),
            name: kept.name.clone(),
            content_type: kept.content_type.clone(),
            bytes: kept.bytes,
            url: self.0.tokens.file_url(kept.client, kept.id, self.0.clock.now()),
        }
    }

    /// Messages as the wire has them, files included.
    pub(crate) async fn views(
        &self,
        scope: &ClientScope,
        messages: Vec<store::records::Message>,
    ) -> Result<Vec<MessageView>, StoreError> {
        let Some(first) = messages.first() else { return Ok(Vec::new()) };
        let files = if messages.iter().any(|message| message.attachment.is_some()) {
            self.0.store.view().attachments_of(scope, first.conversation).await?
        } else {
            Vec::new()
        };
        Ok(messages
            .into_iter()
            .map(|message| MessageView {
                id: message.id.uuid(),
                seq: message.seq,
                author: wire_author(message.author),
                author_name: message.author_name,
                body: message.body,
                attachment: message
                    .attachment
                    .and_then(|id| files.iter().find(|file| file.id == id))
                    .map(|file| self.attachment_view(file)),
                at: instant(message.at),
                client_id: Some(message.client_message_id),
            })
            .collect())
    }

    /// The agent has read the customer's messages up to a number.
    ///
    /// # Errors
    /// [`ChatError`].
    pub async fn read_by_agent(&self, contact: ContactId, upto: u64) -> Result<(), ChatError> {
        let room = self.room_of(contact)?;
        self.mark_read(&room, Reader::Agent, upto).await?;
        room.tell(WidgetMessage::Read { upto });
        Ok(())
    }

    /// The customer has read up to a number.
    pub(super) async fn read_by_customer(&self, room: &Room, upto: u64) -> Result<(), ChatError> {
        if !room.customer_read(upto) {
            return Ok(());
        }
        let upto = room.read_by_customer();
        self.0.live.at_desks_of(room.contact, |held| {
            held.customer_read = upto;
            let signal = DeskSignal::Read { contact: held.contact, upto };
            Some(DeskDelta { signals: vec![signal], ..DeskDelta::default() })
        });
        self.mark_read(room, Reader::Customer, upto).await
    }

    async fn mark_read(&self, room: &Room, reader: Reader, upto: u64) -> Result<(), ChatError> {
        let (scope, conversation) = (room.scope(), room.conversation);
        self.0
            .store
            .tx(move |tx| {
                Box::pin(async move { tx.mark_read(&scope, conversation, reader, upto).await })
            })
            .await?;
        Ok(())
    }

    /// The customer is typing.
    pub(super) fn customer_typing(&self, room: &Room) {
        self.0.live.at_desks_of(room.contact, |held| {
            let signal = DeskSignal::Typing { contact: held.contact };
            Some(DeskDelta { signals: vec![signal], ..DeskDelta::default() })
        });
    }

    /// The agent is typing, if the contact is theirs.
    pub fn agent_typing(&self, contact: ContactId, agent: AgentId) {
        let Ok(room) = self.room_of(contact) else { return };
        let held = self.0.cards.get(contact).is_some_and(|card| card.together.contains(&agent));
        if held {
            let name = self.0.floor.directory().alias(room.client, agent);
            room.tell(WidgetMessage::Typing { author: Author::Agent, name });
        }
    }
}

/// A kept message as the wire has it.
pub(super) fn view_of(
    kept: &KeptMessage,
    writer: Writer,
    words: &Words,
    body: String,
    attachment: Option<AttachmentView>,
) -> MessageView {
    MessageView {
        id: kept.id.uuid(),
        seq: kept.seq,
        author: writer.author,
        author_name: writer.name,
        body,
        attachment,
        at: instant(kept.at),
        client_id: Some(words.client_id),
    }
}

/// Without control signs but line ends, and without blank ends.
fn clean(body: &str) -> String {
    let kept: String =
        body.chars().filter(|c| !c.is_control() || matches!(c, '\n' | '\t')).collect();
    kept.trim().to_owned()
}

fn kept_author(author: Author) -> store::records::Author {
    match author {
        Author::Customer => store::records::Author::Customer,
        Author::Agent => store::records::Author::Agent,
        Author::System => store::records::Author::System,
        Author::Note => store::records::Author::Note,
    }
}

fn wire_author(author: store::records::Author) -> Author {
    match author {
        store::records::Author::Customer => Author::Customer,
        store::records::Author::Agent => Author::Agent,
        store::records::Author::System => Author::System,
        store::records::Author::Note => Author::Note,
    }
}
