//! The list of contacts, newest first.

use std::collections::{BTreeMap, BTreeSet};

use api::{
    admin::Page,
    desk::ChannelKind,
    reports::{ContactLine, ContactState},
};
use domain::{AgentId, ClientId, ContactId, ConversationId, CustomerId, QueueId, Timestamp};
use store::records::{
    ClientScope, Contact, ContactFilter, PAGE_MAX, ProviderScope, RecordingStatus, fold,
};

use super::{ContactQuery, intervals::word_of, names::Names};
use crate::{
    App,
    admin::{after, cursor, limit, wire},
    http::{
        error::{ApiError, Result},
        session::{Caller, instant},
    },
    live::millis,
};

/// Contacts looked through at most for one page of a search; the cursor goes on from there.
const LOOKED_THROUGH: usize = 2_000;

/// Contacts of one file at most.
pub const FILE_MAX: usize = 10_000;

/// A page of the list.
pub async fn list(app: &App, caller: &Caller, query: &ContactQuery) -> Result<Page<ContactLine>> {
    let (client, aliases) = whose(caller, query)?;
    page(app, client, aliases, query).await
}

/// Of which client contacts may be listed, and whether agents are called by their alias.
pub fn whose(caller: &Caller, query: &ContactQuery) -> Result<(Option<ClientId>, bool)> {
    caller.knows_agent(query.agent)?;
    let client = caller.client_scope(query.client.map(ClientId::from_uuid))?;
    Ok((client, caller.role.is_client()))
}

/// The whole list, for a file.
///
/// # Errors
/// When it has more than [`FILE_MAX`] contacts: half a list would be taken for the whole.
pub async fn all(
    app: &App,
    client: Option<ClientId>,
    aliases: bool,
    query: &ContactQuery,
) -> Result<Vec<ContactLine>> {
    let (mut items, mut cursor) = (Vec::new(), None);
    loop {
        let ask = ContactQuery { cursor, limit: Some(PAGE_MAX), ..query.clone() };
        let page = page(app, client, aliases, &ask).await?;
        items.extend(page.items);
        if items.len() > FILE_MAX {
            return Err(ApiError::fault(
                "list",
                "from",
                "too_many_contacts",
                domain::words!("The list has more than {} contacts.", FILE_MAX),
                "Choose fewer days, or one channel or outcome.",
            ));
        }
        cursor = page.next;
        if cursor.is_none() {
            return Ok(items);
        }
    }
}

async fn page(
    app: &App,
    client: Option<ClientId>,
    aliases: bool,
    query: &ContactQuery,
) -> Result<Page<ContactLine>> {
    let limit = limit(query.limit) as usize;
    let filter = filter(query)?;
    let words = fold(query.q.as_deref().unwrap_or_default().trim());
    let mut search = Search { app, words, spoken_of: BTreeMap::new(), filter: filter.clone() };
    let mut names = Names::new(app, aliases);
    let (mut before, mut looked) = (filter.before, 0);
    let mut items = Vec::new();
    loop {
        let ask = ContactFilter { before, ..filter.clone() };
        let rows = match client {
            Some(client) => {
                app.store.view().contacts(&ClientScope::of(client), &ask, PAGE_MAX).await?
            }
            None => {
                let provider = ProviderScope::granted();
                app.store.view().contacts_of_all_clients(&provider, &ask, PAGE_MAX).await?
            }
        };
        let more = rows.len() >= PAGE_MAX as usize;
        for contact in rows {
            before = Some((contact.arrived, contact.id));
            looked += 1;
            let customer = customer(app, &contact).await?;
            if search.finds(&contact, &customer).await? {
                items.push(line(app, &contact, customer, &mut names).await?);
            }
            if items.len() >= limit || looked >= LOOKED_THROUGH {
                let next = before.map(|(at, id)| cursor(&format!("{}/{}", at.micros(), id)));
                return Ok(Page { items, next });
            }
        }
        if !more {
            return Ok(Page { items, next: None });
        }
    }
}

fn filter(query: &ContactQuery) -> Result<ContactFilter> {
    let read =
        |field, text: &Option<String>| text.as_deref().map(|text| instant(field, text)).transpose();
    let before = match after(query.cursor.as_deref())? {
        None => None,
        Some(place) => {
            let read = place.split_once('/').and_then(|(at, id)| {
                Some((Timestamp::from_micros(at.parse().ok()?), id.parse::<ContactId>().ok()?))
            });
            Some(read.ok_or_else(|| {
                ApiError::malformed(
                    "The cursor is none of this server.",
                    "Begin again at the first page.",
                )
            })?)
        }
    };
    Ok(ContactFilter {
        from: read("from", &query.from)?.unwrap_or(Timestamp::MIN),
        until: read("until", &query.until)?.unwrap_or(Timestamp::MAX),
        queue: query.queue.map(QueueId::from_uuid),
        agent: query.agent.map(AgentId::from_uuid),
        channel: query.channel.map(|kind| word_of(wire::channel(kind)).to_owned()),
        ending: query.state.map(|state| ending_of(state).to_owned()),
        recorded: query.recorded,
        before,
    })
}

/// Words that a contact is searched by: in the customer's name or number, or in what was written.
struct Search<'a> {
    app: &'a App,
    words: String,
    filter: ContactFilter,
    /// Conversations of each client in which the words were written.
    spoken_of: BTreeMap<ClientId, BTreeSet<ConversationId>>,
}

impl Search<'_> {
    async fn finds(&mut self, contact: &Contact, customer: &Known) -> Result<bool> {
        if self.words.is_empty() || fold(&customer.name).contains(&self.words) {
            return Ok(true);
        }
        let Some(conversation) = customer.conversation else { return Ok(false) };
        if !self.spoken_of.contains_key(&contact.client) {
            let scope = ClientScope::of(contact.client);
            let (from, until) = (self.filter.from, Timestamp::MAX);
            let messages = self
                .app
                .store
                .view()
                .search_messages(&scope, &self.words, from, until, PAGE_MAX)
                .await?;
            let found = messages.into_iter().map(|message| message.conversation).collect();
            self.spoken_of.insert(contact.client, found);
        }
        Ok(self.spoken_of.get(&contact.client).is_some_and(|found| found.contains(&conversation)))
    }
}

/// What is known of who it was.
pub struct Known {
    /// The written exchange, if there was one.
    pub conversation: Option<ConversationId>,
    /// Name, mail address, the number of a call, or nothing.
    pub name: String,
}

/// Who it was.
pub async fn customer(app: &App, contact: &Contact) -> Result<Known> {
    let scope = ClientScope::of(contact.client);
    let mut records = app.store.view();
    let conversation = records.conversation_of_contact(&scope, contact.id).await?;
    let id: Option<CustomerId> =
        conversation.as_ref().map(|held| held.customer).or(contact.customer);
    let customer = match id {
        Some(id) => records.customer(&scope, id).await?,
        None => None,
    };
    let name = customer.and_then(|customer| {
        customer.name.or_else(|| customer.email.map(|email| email.as_str().to_owned()))
    });
    let name = match name {
        None if matches!(contact.channel.as_str(), "voice" | "callback") => {
            records.call(&scope, contact.id).await?.and_then(|call| call.number)
        }
        name => name,
    };
    Ok(Known { conversation: conversation.map(|held| held.id), name: name.unwrap_or_default() })
}

/// A contact's line.
pub async fn line(
    app: &App,
    contact: &Contact,
    customer: Known,
    names: &mut Names<'_>,
) -> Result<ContactLine> {
    let scope = ClientScope::of(contact.client);
    let agents = app.store.view().agents_of_contact(&scope, contact.id).await?;
    let given = app.store.view().dispositions_of(&scope, contact.id).await?;
    let disposition = match given.iter().rev().find_map(|given| given.disposition) {
        Some(id) => Some(names.disposition(contact.client, id).await?),
        None => None,
    };
    let recordings = app.store.view().recordings_of(&scope, contact.id).await?;
    Ok(ContactLine {
        contact: contact.id.uuid(),
        client: contact.client.uuid(),
        client_name: names.client(contact.client),
        queue: contact.queue.uuid(),
        queue_name: names.queue(contact.client, contact.queue).await?,
        channel: channel(&contact.channel)?,
        arrived: contact.arrived.to_string(),
        answered: contact.answered.map(|at| at.to_string()),
        ended: contact.ended.map(|at| at.to_string()),
        state: state(contact.ending.as_deref())?,
        wait_ms: contact.wait.map(millis),
        agents: agents.iter().map(|part| names.agent(Some(contact.client), part.agent)).collect(),
        customer: customer.name,
        disposition,
        recorded: recordings.iter().any(|one| one.status != RecordingStatus::Erased),
    })
}

fn channel(word: &str) -> Result<ChannelKind> {
    Ok(match word {
        "voice" => ChannelKind::Voice,
        "chat" => ChannelKind::Chat,
        "mail" => ChannelKind::Mail,
        "message" => ChannelKind::Message,
        "callback" => ChannelKind::Callback,
        other => return Err(ApiError::internal(&format!("`{other}` is kept as a channel"))),
    })
}

fn state(word: Option<&str>) -> Result<ContactState> {
    Ok(match word {
        None => ContactState::Open,
        Some("handled") => ContactState::Handled,
        Some("abandoned") => ContactState::Abandoned,
        Some("short_abandoned") => ContactState::ShortAbandoned,
        Some("closed") => ContactState::Closed,
        Some("queue_full") => ContactState::QueueFull,
        Some("queue_removed") => ContactState::QueueRemoved,
        Some("voicemail") => ContactState::Voicemail,
        Some("cut") => ContactState::Cut,
        Some("not_reached") => ContactState::NotReached,
        Some("callback_cancelled") => ContactState::CallbackCancelled,
        Some(other) => return Err(ApiError::internal(&format!("`{other}` is kept as an ending"))),
    })
}

/// The word that a state is kept as.
const fn ending_of(state: ContactState) -> &'static str {
    match state {
        ContactState::Open => "open",
        ContactState::Handled => "handled",
        ContactState::Abandoned => "abandoned",
        ContactState::ShortAbandoned => "short_abandoned",
        ContactState::Closed => "closed",
        ContactState::QueueFull => "queue_full",
        ContactState::QueueRemoved => "queue_removed",
        ContactState::Voicemail => "voicemail",
        ContactState::Cut => "cut",
        ContactState::NotReached => "not_reached",
        ContactState::CallbackCancelled => "callback_cancelled",
    }
}
