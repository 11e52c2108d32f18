//! What an agent looks up while on a contact: whom to pass it to, who the customer is, answers kept
//! for the client.

use std::collections::{BTreeMap, BTreeSet};

use api::desk::{
    CannedAnswerView, ChannelKind, DeskClient, HistoryEntry, TargetAgent, TargetQueue, TargetSkill,
    TransferTargets,
};
use axum::extract::State;
use domain::{AgentId, ClientId, ContactId, CustomerId, contract::Channel};
use routing::{AgentState, AgentView, Ineligible};
use serde::Deserialize;
use store::ClientScope;
use utoipa::IntoParams;
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use crate::{
    App,
    admin::phone_book,
    floor::Directory,
    http::{
        error::{ApiError, Result},
        extract::{Json, Path, Query},
        session::Caller,
    },
    live::{instant, state_view},
};

/// Colleagues listed at most.
const AGENTS_MAX: usize = 50;

/// Earlier contacts listed.
const HISTORY_MAX: u32 = 20;

/// The endpoints.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(targets))
        .routes(routes!(history))
        .routes(routes!(canned))
        .routes(routes!(dial_clients))
}

/// What to look for.
#[derive(Debug, Deserialize, IntoParams)]
pub struct Search {
    /// Part of a name; everything when empty.
    #[serde(default)]
    q: String,
}

/// Whose answers.
#[derive(Debug, Deserialize, IntoParams)]
pub struct OfClient {
    /// The client.
    client: Uuid,
}

/// Clients for which the agent may call somebody: signed off, live, and open to calls.
#[utoipa::path(get, path = "/api/v1/desk/clients", operation_id = "desk_clients", tag = "desk", responses((status = 200, description = "By name", body = Vec<DeskClient>)))]
pub async fn dial_clients(State(app): State<App>, caller: Caller) -> Result<Json<Vec<DeskClient>>> {
    let agent: AgentId = caller.desk()?;
    let directory = app.floor.directory();
    let signed_off: BTreeSet<ClientId> =
        directory.agent(agent).map(|entry| entry.sign_offs().collect()).unwrap_or_default();
    let takes_calls = |client: ClientId| {
        let contract = directory.client(client).and_then(|entry| entry.contract());
        contract.is_some_and(|contract| {
            contract.queues.iter().any(|queue| queue.channels.contains(&Channel::Voice))
        })
    };
    let open = signed_off.into_iter().filter(|client| takes_calls(*client));
    let mut clients: Vec<DeskClient> =
        open.map(|client| directory.desk_client(client, agent)).collect();
    clients.sort_by(|a, b| (&a.name, a.client).cmp(&(&b.name, b.client)));
    Ok(Json(clients))
}

/// Whom the contact may be passed to, with their live state. Those who may not take it are listed
/// with the reason.
#[utoipa::path(get, path = "/api/v1/desk/contacts/{contact}/targets", operation_id = "desk_targets", tag = "desk", params(("contact" = Uuid, Path), Search), responses((status = 200, description = "Targets", body = TransferTargets)))]
pub async fn targets(
    State(app): State<App>,
    caller: Caller,
    Path(contact): Path<Uuid>,
    Query(search): Query<Search>,
) -> Result<Json<TransferTargets>> {
    let me = caller.desk()?;
    let contact = ContactId::from_uuid(contact);
    super::must_hold(&app, me, contact).await?;
    let card = app.cards.get(contact).ok_or_else(|| ApiError::not_found("contact"))?;
    let (client, own) = (card.client, card.queue);
    let directory = app.floor.directory();
    let queues: Vec<_> =
        directory.queues().filter(|queue| queue.client == client).map(|queue| queue.id).collect();
    let asked = queues.clone();
    let (agents, waiting) = app
        .floor
        .look(move |router, _| {
            let agents: Vec<(AgentView, Option<Ineligible>)> = router
                .agents()
                .filter(|view| view.agent != me)
                .map(|view| {
                    let fits = router.eligible_by_name(view.agent, contact);
                    let reason = fits.and_then(std::result::Result::err);
                    (view, reason)
                })
                .collect();
            let waiting: BTreeMap<_, _> = asked
                .into_iter()
                .filter_map(|queue| router.queue_view(client, queue))
                .map(|view| (view.queue, view.waiting))
                .collect();
            (agents, waiting)
        })
        .await?;
    let matches =
        |name: &str| store::records::fold(name).contains(&store::records::fold(&search.q));
    let mut listed: Vec<(u8, TargetAgent)> = agents
        .into_iter()
        .filter_map(|(view, reason)| target(&directory, &view, reason, client))
        .filter(|(_, target)| matches(&target.name))
        .collect();
    listed.sort_by(|a, b| (a.0, &a.1.name).cmp(&(b.0, &b.1.name)));
    let mut queues: Vec<TargetQueue> = queues
        .into_iter()
        .filter(|queue| *queue != own)
        .filter_map(|id| directory.queue(id))
        .filter(|queue| matches(&queue.name))
        .map(|queue| TargetQueue {
            queue: queue.id.uuid(),
            name: queue.name.clone(),
            waiting: waiting.get(&queue.id).copied().unwrap_or(0),
        })
        .collect();
    queues.sort_by(|a, b| a.name.cmp(&b.name));
    let skills = directory
        .skills()
        .filter(|(_, name)| matches(name))
        .map(|(id, name)| TargetSkill { skill: id.uuid(), name: name.to_owned() })
        .collect();
    let agents = listed.into_iter().take(AGENTS_MAX).map(|(_, target)| target).collect();
    let book = match card.channel.is_by_phone() {
        true => phone_book::of_client(&app, client).await?.entries,
        false => Vec::new(),
    };
    let phone_book = book
        .into_iter()
        .filter(|entry| matches(&entry.name) || entry.number.contains(search.q.trim()))
        .collect();
    Ok(Json(TransferTargets { agents, queues, skills, phone_book }))
}

/// A colleague as a target, with a rank: possible ones first. Agents who have nothing to do with the
/// client are left out unless signed in.
fn target(
    directory: &Directory,
    view: &AgentView,
    reason: Option<Ineligible>,
    client: ClientId,
) -> Option<(u8, TargetAgent)> {
    let record = directory.agent(view.agent)?;
    let related = record.sign_offs().any(|signed_off| signed_off == client);
    if !related && view.state == AgentState::SignedOut {
        return None;
    }
    let rank = match (reason, view.state) {
        (None, AgentState::Available) => 0,
        (None, _) => 1,
        (Some(_), _) => 2,
    };
    let target = TargetAgent {
        agent: view.agent.uuid(),
        name: record.name.clone(),
        state: state_view(view.state, view.since),
        not_possible: reason.map(|reason| reason.to_string()),
    };
    Some((rank, target))
}

/// Earlier contacts of the customer, newest first.
#[utoipa::path(get, path = "/api/v1/desk/contacts/{contact}/history", operation_id = "desk_history", tag = "desk", params(("contact" = Uuid, Path)), responses((status = 200, description = "Newest first", body = Vec<HistoryEntry>)))]
pub async fn history(
    State(app): State<App>,
    caller: Caller,
    Path(contact): Path<Uuid>,
) -> Result<Json<Vec<HistoryEntry>>> {
    let contact = ContactId::from_uuid(contact);
    super::must_hold(&app, caller.desk()?, contact).await?;
    let card = app.cards.get(contact).ok_or_else(|| ApiError::not_found("contact"))?;
    let Some(customer) = card.customer.customer.map(CustomerId::from_uuid) else {
        return Ok(Json(Vec::new()));
    };
    let scope = ClientScope::of(card.client);
    let directory = app.floor.directory();
    let mut view = app.store.view();
    let mut entries = Vec::new();
    for earlier in view.contacts_of(&scope, customer, HISTORY_MAX).await? {
        if earlier.id == contact {
            continue;
        }
        let given = view.dispositions_of(&scope, earlier.id).await?;
        let contract = directory.client(card.client).and_then(|client| client.contract());
        let disposition = given.iter().rev().find_map(|given| {
            let id = given.disposition?;
            let known = contract?.dispositions.iter().find(|d| d.id == id)?;
            Some(known.label.clone())
        });
        let note = given.iter().map(|given| given.note.as_str()).filter(|n| !n.is_empty());
        let conversation = view.conversation_of_contact(&scope, earlier.id).await?;
        let last_message = match conversation {
            Some(conversation) => {
                let after = conversation.last_seq.saturating_sub(1);
                let last = view.messages(&scope, conversation.id, after, 1).await?;
                last.into_iter().next().map(|message| message.body)
            }
            None => None,
        };
        entries.push(HistoryEntry {
            contact: earlier.id.uuid(),
            channel: channel_kind(&earlier.channel),
            queue: directory.queue(earlier.queue).map(|q| q.name.clone()).unwrap_or_default(),
            arrived: instant(earlier.arrived),
            ended: earlier.ended.map(instant),
            agent_name: earlier.agent.map(|agent| directory.agent_name(agent)),
            disposition,
            note: note.collect::<Vec<_>>().join("\n"),
            last_message,
        });
    }
    Ok(Json(entries))
}

/// A channel by the word it is kept as.
fn channel_kind(word: &str) -> ChannelKind {
    serde_json::from_value(word.into()).unwrap_or(ChannelKind::Chat)
}

/// Answers kept for a client that the agent is signed off for.
#[utoipa::path(get, path = "/api/v1/desk/canned", operation_id = "desk_canned", tag = "desk", params(OfClient), responses((status = 200, description = "By shortcut", body = Vec<CannedAnswerView>)))]
pub async fn canned(
    State(app): State<App>,
    caller: Caller,
    Query(of): Query<OfClient>,
) -> Result<Json<Vec<CannedAnswerView>>> {
    let agent: AgentId = caller.desk()?;
    let client = ClientId::from_uuid(of.client);
    let directory = app.floor.directory();
    let allowed = directory
        .agent(agent)
        .is_some_and(|agent| agent.sign_offs().any(|signed_off| signed_off == client));
    if !allowed {
        return Err(ApiError::not_found("client"));
    }
    let answers = app.store.view().canned_answers(&ClientScope::of(client)).await?;
    Ok(Json(
        answers
            .into_iter()
            .map(|answer| CannedAnswerView {
                id: answer.id,
                shortcut: answer.shortcut,
                language: answer.language.to_string(),
                body: answer.body,
            })
            .collect(),
    ))
}
