//! One contact: what happened, why, and what was written.

use api::{
    chat::{Author, MessageView},
    desk::ChannelKind,
    reports::{ContactView, TimelineEntry},
    role::Role,
    why::DecisionView,
};
use domain::{AgentId, ClientId, ContactId, ConversationId, Words, words};
use routing::{EndedBy, Ending, Event, OfferEnd, OfferKind, Stamped, TransferTarget};
use store::{
    StoreError,
    records::{ClientScope, Contact, PAGE_MAX, ProviderScope},
};
use uuid::Uuid;

use super::{contacts, files, names::Names};
use crate::{
    App,
    board::decision,
    floor::{Offer, Outcome, contact_of},
    http::{
        audit::{Told, Trail},
        error::{ApiError, Result},
        session::Caller,
    },
    voice,
};

/// So often others may write contacts at the same moment before they are left to it.
const TURNS: usize = 8;

/// The contact, as far as the caller may see it.
pub async fn contact(app: &App, caller: &Caller, trail: &Trail, id: Uuid) -> Result<ContactView> {
    let id = ContactId::from_uuid(id);
    let contact = match kept(app, caller, id).await? {
        Some(contact) => Some(contact),
        // What has only just happened may not stand in the records yet.
        None => {
            written(app).await?;
            kept(app, caller, id).await?
        }
    };
    let contact = contact.ok_or_else(|| ApiError::not_found("contact"))?;
    let (client, scope) = (contact.client, ClientScope::of(contact.client));
    let mut records = app.store.view();
    let provider = !caller.role.is_client();
    let mut names = Names::new(app, !provider);
    let events = events(app, &contact).await?;
    let kept = contacts::one(app, &contact).await?;
    let conversation = kept.conversation;
    let line = contacts::line(kept, &mut names).await?;
    let mut timeline = Vec::new();
    for stamped in &events {
        timeline.extend(entry(stamped, client, provider, &mut names).await?);
    }
    let (mut messages, mut notes) = (Vec::new(), Vec::new());
    if may_read(caller.role) {
        if let Some(conversation) = conversation {
            messages = transcript(app, &scope, conversation, provider).await?;
        } else if line.channel == ChannelKind::Chat {
            messages.extend(left(app, &scope, id).await?);
        }
        if provider {
            let given = records.dispositions_of(&scope, id).await?;
            notes =
                given.into_iter().map(|given| given.note).filter(|note| !note.is_empty()).collect();
        }
    }
    if !messages.is_empty() {
        let entry = trail.entry("transcript.read", "contact", id.uuid()).of_client(client);
        app.store.tx(move |tx| Box::pin(async move { tx.audit(&entry).await })).await?;
    }
    let decisions = if provider { decisions(app, &events) } else { Vec::new() };
    let mut call = voice::record(app, caller, client, id).await?;
    if let Some(call) = &mut call
        && !may_read(caller.role)
    {
        call.recordings.clear();
    }
    let zone = files::zone(app, Some(client)).await?.name().to_owned();
    Ok(ContactView { line, zone, timeline, decisions, messages, notes, call })
}

/// The contact's record, if there is one that the caller may see.
async fn kept(app: &App, caller: &Caller, id: ContactId) -> Result<Option<Contact>> {
    let mut records = app.store.view();
    let client = match caller.client {
        Some(own) => Some(own),
        None => records.client_of_contact(&ProviderScope::granted(), id).await?,
    };
    let Some(client) = client else { return Ok(None) };
    Ok(records.contact(&ClientScope::of(client), id).await?)
}

/// Writes contacts into their records up to the end of the journal, beside whoever else does.
async fn written(app: &App) -> Result<()> {
    for floor in app.store.floors().await? {
        for _ in 0..TURNS {
            match app.store.project_contacts(floor).await {
                // Somebody else wrote some of them; the rest is left.
                Err(StoreError::Stale { .. }) => {}
                done => {
                    done?;
                    break;
                }
            }
        }
    }
    Ok(())
}

/// Whether the role reads what was written; planners plan with figures.
const fn may_read(role: Role) -> bool {
    match role {
        Role::TeamLead
        | Role::ShiftLead
        | Role::AccountManager
        | Role::ClientReader
        | Role::ClientManager
        | Role::Administrator => true,
        Role::Agent | Role::Planner => false,
    }
}

/// The contact's events, from the journal.
async fn events(app: &App, contact: &Contact) -> Result<Vec<Stamped>> {
    let mut events = Vec::new();
    let mut reader = app.store.read_journal(contact.floor, contact.first_seq);
    'frames: while let Some(entries) = reader.next().await? {
        for entry in entries {
            if entry.seq > contact.last_seq {
                break 'frames;
            }
            events.extend(
                entry
                    .events
                    .into_iter()
                    .filter(|stamped| contact_of(&stamped.event) == Some(contact.id)),
            );
        }
        tokio::task::yield_now().await;
    }
    Ok(events)
}

/// An event in words. A client's people are not told of offers that came to nothing.
async fn entry(
    stamped: &Stamped,
    client: ClientId,
    provider: bool,
    names: &mut Names<'_>,
) -> Result<Option<TimelineEntry>> {
    use Event as E;
    let who = |agent: &AgentId| Some(*agent);
    let (event, said, agent): (&str, Said, Option<AgentId>) = match &stamped.event {
        E::Arrived { queue, .. } => {
            let queue = names.queue(client, *queue).await?;
            ("arrived", said("arrived", words!("It arrived for {}.", queue)), None)
        }
        E::WaitsForOpening { .. } => (
            "waits_for_opening",
            said("waits_for_opening", "It came outside the hours and waits for the opening."),
            None,
        ),
        E::Queued { queue, .. } => {
            let queue = names.queue(client, *queue).await?;
            ("queued", said("queued", words!("It waits in {}.", queue)), None)
        }
        E::GreetingStarted { .. } => (
            "greeting_started",
            said("greeting_started", "Nobody was free; the greeting began."),
            None,
        ),
        E::RingOpened { overflow: true, .. } => {
            ("ring_opened", said("overflow_opened", "The overflow opened."), None)
        }
        E::RingOpened { overflow: false, .. } => {
            ("ring_opened", said("ask_relaxed", "What is asked of an agent relaxed."), None)
        }
        E::Offered { .. } | E::OfferEnded { .. } if !provider => return Ok(None),
        E::Offered { agent, kind, .. } => {
            let said = match kind {
                OfferKind::Queue => said("offered", "It was offered."),
                OfferKind::Transfer => said("offered_by_name", "It was passed on by name."),
                OfferKind::Consult => said("advice_asked", "Advice was asked."),
            };
            ("offered", said, who(agent))
        }
        E::OfferEnded { agent, why, .. } => {
            let said = match why {
                OfferEnd::Missed => said("offer_missed", "The offer was missed."),
                OfferEnd::Refused => said("offer_refused", "The offer was refused."),
                OfferEnd::Busy => said("offer_desk_busy", "The desk was in use."),
                OfferEnd::Unreachable => {
                    said("offer_unreachable", "The desk could not be reached.")
                }
                OfferEnd::ContactGone => said("offer_left", "The customer left while it rang."),
                OfferEnd::TakenBack => said("offer_taken_back", "The offer was taken back."),
            };
            ("offer_ended", said, who(agent))
        }
        E::Answered { agent, overflow: true, .. } => {
            ("answered", said("answered_overflow", "It was answered by the overflow."), who(agent))
        }
        E::Answered { agent, overflow: false, .. } => {
            ("answered", said("answered", "It was answered."), who(agent))
        }
        E::Held { agent, .. } => ("held", said("held", "It was put on hold."), who(agent)),
        E::Resumed { agent, .. } => {
            ("resumed", said("resumed", "It was taken back from hold."), who(agent))
        }
        E::ConsultStarted { to, .. } => {
            ("consult_started", said("consult_started", "A colleague gives advice."), who(to))
        }
        E::ConferenceStarted { by, .. } => {
            ("conference_started", said("conference", "All are on it together."), who(by))
        }
        E::PartEnded { agent, .. } => {
            ("part_ended", said("part_ended", "The agent's part is over."), who(agent))
        }
        E::WrapUpStarted { agent, .. } => {
            ("wrap_up_started", said("wrap_up_started", "Wrap-up began."), who(agent))
        }
        E::WrapUpExtended { agent, .. } => {
            ("wrap_up_extended", said("wrap_up_extended", "Wrap-up was extended."), who(agent))
        }
        E::WrapUpEnded { agent, .. } => {
            ("wrap_up_ended", said("wrap_up_ended", "Wrap-up is done."), who(agent))
        }
        E::Transferred { by, to, .. } => {
            let said = match to {
                TransferTarget::Agent(agent) => {
                    let to = names.agent(Some(client), *agent);
                    said("transferred", words!("It was passed on to {}.", to))
                }
                TransferTarget::Queue(queue) => {
                    let to = names.queue(client, *queue).await?;
                    said("transferred", words!("It was passed on to {}.", to))
                }
                TransferTarget::Skill(_) => {
                    said("transferred_to_skill", "It was passed on to whoever has a skill.")
                }
                TransferTarget::Outside => {
                    said("transferred_outside", "It was passed on to a number outside.")
                }
            };
            ("transferred", said, who(by))
        }
        E::CallbackPromised { .. } => (
            "callback_promised",
            said("callback_promised", "A call back was promised; it keeps its place."),
            None,
        ),
        E::Ended { ending, .. } => ("ended", ended(ending), None),
        E::TalkLimitPassed { agent, .. } => (
            "talk_limit_passed",
            said("talk_limit_passed", "Talk passed the contract's limit."),
            who(agent),
        ),
        E::Expedited { .. } => {
            ("expedited", said("expedited", "A lead put it at the head of its queue."), None)
        }
        E::CalledOut { agent, queue, .. } => {
            let queue = names.queue(client, *queue).await?;
            (
                "called_out",
                said("called_out", words!("The customer was called, for {}.", queue)),
                who(agent),
            )
        }
        E::CustomerAnswered { .. } => {
            ("customer_answered", said("customer_answered", "The customer answered."), None)
        }
        E::CallbackFailed { agent, retry_at, .. } => {
            let said = match retry_at {
                Some(_) => {
                    said("callback_again", "The customer did not answer and is called again later.")
                }
                None => said("callback_last", "The customer did not answer, for the last time."),
            };
            ("callback_failed", said, who(agent))
        }
        // Who listens is for the audit log, and legs are listed with the call.
        E::Call { .. } | E::Phone { .. } | E::AgentState { .. } | E::PeriodChanged { .. } => {
            return Ok(None);
        }
    };
    Ok(Some(TimelineEntry {
        at: stamped.at.to_string(),
        event: event.to_owned(),
        text: said.words.text,
        code: said.code.to_owned(),
        args: said.words.args,
        agent: agent.map(|agent| names.agent(Some(client), agent)),
    }))
}

/// A sentence of the timeline with its stable code.
struct Said {
    code: &'static str,
    words: Words,
}

fn said(code: &'static str, words: impl Into<Words>) -> Said {
    Said { code, words: words.into() }
}

fn ended(ending: &Ending) -> Said {
    match ending {
        Ending::Handled(EndedBy::Customer) => said("ended_by_customer", "The customer ended it."),
        Ending::Handled(EndedBy::Agent) => said("ended_by_agent", "The agent ended it."),
        Ending::Handled(EndedBy::System) => said("ended_by_itself", "It ended by itself."),
        Ending::Abandoned => said("abandoned", "The customer left before an answer."),
        Ending::ShortAbandoned => said("short_abandoned", "The customer left at once."),
        Ending::Closed => said("closed", "It was closed: nobody was there to answer."),
        Ending::QueueFull => said("queue_full", "The queue was full."),
        Ending::QueueRemoved => said("queue_removed", "Its queue was taken away."),
        Ending::Voicemail => said("voicemail", "The customer left a message."),
        Ending::Cut => said("cut", "A fault of ours cut it."),
        Ending::NotReached => said("not_reached", "The customer was not reached."),
        Ending::CallbackCancelled => {
            said("callback_cancelled", "The call back was not wanted any more.")
        }
    }
}

/// The decisions with what came of each.
fn decisions(app: &App, events: &[Stamped]) -> Vec<DecisionView> {
    let mut offers: Vec<Offer> = Vec::new();
    for stamped in events {
        let mut settle = |by: AgentId, outcome: Outcome| {
            let open =
                offers.iter_mut().rev().find(|offer| offer.agent == by && offer.outcome.is_none());
            if let Some(offer) = open {
                offer.outcome = Some(outcome);
            }
        };
        match &stamped.event {
            Event::Offered { agent, kind, decision, .. } => offers.push(Offer {
                at: stamped.at,
                agent: *agent,
                kind: *kind,
                decision: decision.clone(),
                outcome: None,
            }),
            Event::OfferEnded { agent, why, .. } => settle(*agent, Outcome::Ended(*why)),
            Event::Answered { agent, .. } => settle(*agent, Outcome::Answered),
            Event::ConsultStarted { to, .. } => settle(*to, Outcome::Answered),
            _ => {}
        }
    }
    let directory = app.floor.directory();
    offers.iter().map(|offer| decision(offer, &directory)).collect()
}

/// What was left in the widget, if the contact is such a message.
async fn left(app: &App, scope: &ClientScope, id: ContactId) -> Result<Option<MessageView>> {
    let left = app.store.view().offline_message_of_contact(scope, id).await?;
    Ok(left.map(|left| MessageView {
        id: left.id.uuid(),
        seq: 1,
        author: Author::Customer,
        author_name: left.shown_name().unwrap_or_default().to_owned(),
        body: left.body,
        attachment: None,
        at: left.at.to_string(),
        client_id: None,
    }))
}

/// Everything that was written; notes among colleagues are for the provider's people only.
async fn transcript(
    app: &App,
    scope: &ClientScope,
    conversation: ConversationId,
    provider: bool,
) -> Result<Vec<MessageView>> {
    let mut all = Vec::new();
    loop {
        let last = all.last().map_or(0, |message: &MessageView| message.seq);
        let rows = app.store.view().messages(scope, conversation, last, PAGE_MAX).await?;
        let more = rows.len() >= PAGE_MAX as usize;
        all.extend(app.chat.views(scope, rows).await?);
        if !more {
            break;
        }
    }
    all.retain(|message| provider || message.author != Author::Note);
    Ok(all)
}
