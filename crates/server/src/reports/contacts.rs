//! The list of contacts, newest first.

use std::time::Duration;

use api::{
    admin::Page,
    desk::ChannelKind,
    reports::{ContactLine, ContactState},
};
use domain::{AgentId, ClientId, ContactId, QueueId, Timestamp};
use store::records::{ClientScope, Contact, ContactFilter, PAGE_MAX, ProviderScope};

use super::{ContactQuery, intervals::word_of, names::Names};
use crate::{
    App,
    admin::wire,
    http::{
        error::{ApiError, Result},
        paging::{after_at, cursor_at, limit},
        session::{Caller, instant},
    },
    live::millis,
};

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
    let (filter, limit) = (filter(query)?, limit(query.limit));
    let mut records = app.store.view();
    let found = match client {
        Some(client) => records.contact_lines(&ClientScope::of(client), &filter, limit).await?,
        None => {
            let provider = ProviderScope::granted();
            records.contact_lines_of_all_clients(&provider, &filter, limit).await?
        }
    };
    let mut names = Names::new(app, aliases);
    let mut items = Vec::with_capacity(found.lines.len());
    for kept in found.lines {
        items.push(line(kept, &mut names).await?);
    }
    let next = found.next.map(|(at, id)| cursor_at(at, id));
    Ok(Page { items, next })
}

fn filter(query: &ContactQuery) -> Result<ContactFilter> {
    let read =
        |field, text: &Option<String>| text.as_deref().map(|text| instant(field, text)).transpose();
    let before = after_at::<ContactId>(query.cursor.as_deref())?;
    Ok(ContactFilter {
        from: read("from", &query.from)?.unwrap_or(Timestamp::MIN),
        until: read("until", &query.until)?.unwrap_or(Timestamp::MAX),
        queue: query.queue.map(QueueId::from_uuid),
        agent: query.agent.map(AgentId::from_uuid),
        channel: query.channel.map(|kind| word_of(wire::channel(kind)).to_owned()),
        ending: query.state.map(|state| ending_of(state).to_owned()),
        recorded: query.recorded,
        words: query.q.clone(),
        before,
    })
}

/// One contact as the list has it.
pub async fn one(app: &App, contact: &Contact) -> Result<store::records::ContactLine> {
    let (from, until) = (contact.arrived, contact.arrived + Duration::from_micros(1));
    let filter = ContactFilter { from, until, queue: Some(contact.queue), ..Default::default() };
    let scope = ClientScope::of(contact.client);
    let found = app.store.view().contact_lines(&scope, &filter, PAGE_MAX).await?;
    let found = found.lines.into_iter().find(|line| line.contact.id == contact.id);
    found.ok_or_else(|| ApiError::not_found("contact"))
}

/// A contact's line.
pub async fn line(kept: store::records::ContactLine, names: &mut Names<'_>) -> Result<ContactLine> {
    let contact = kept.contact;
    let disposition = match kept.disposition {
        Some(id) => Some(names.disposition(contact.client, id).await?),
        None => None,
    };
    let agents = kept.agents.iter().map(|agent| names.agent(Some(contact.client), *agent));
    Ok(ContactLine {
        contact: contact.id.uuid(),
        client: contact.client.uuid(),
        client_name: names.client(contact.client),
        queue: contact.queue.uuid(),
        agents: agents.collect(),
        queue_name: names.queue(contact.client, contact.queue).await?,
        channel: channel(&contact.channel)?,
        arrived: contact.arrived.to_string(),
        answered: contact.answered.map(|at| at.to_string()),
        ended: contact.ended.map(|at| at.to_string()),
        state: state(contact.ending.as_deref())?,
        wait_ms: contact.wait.map(millis),
        customer: kept.customer.unwrap_or_default(),
        disposition,
        recorded: kept.recorded,
    })
}

/// The channel that a word stands for.
pub fn channel(word: &str) -> Result<ChannelKind> {
    Ok(match word {
        "voice" => ChannelKind::Voice,
        "chat" => ChannelKind::Chat,
        "mail" => ChannelKind::Mail,
        "message" => ChannelKind::Message,
        "callback" => ChannelKind::Callback,
        other => return Err(ApiError::internal(&format!("`{other}` is kept as a channel"))),
    })
}

/// The state that the word of an ending stands for; open without one.
pub fn state(word: Option<&str>) -> Result<ContactState> {
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
