//! The agent's desk: what it shows and what an agent does there.

mod actions;
mod lookups;
mod model;

use domain::{AgentId, ContactId, DispositionId};
use routing::WorkState;
use store::{ClientScope, records::DispositionGiven};
use utoipa_axum::router::OpenApiRouter;

pub use actions::presence;
pub use model::{change, contacts, figures, own};

use crate::{
    App,
    http::error::{ApiError, Result},
};

/// The endpoints.
pub fn routes() -> OpenApiRouter<App> {
    actions::routes().merge(lookups::routes())
}

/// Longest note of a disposition, in characters.
const NOTE_MAX: usize = 4_000;

/// Longest draft, in characters.
const DRAFT_MAX: usize = 20_000;

/// Makes sure that a desk has something to show before it is followed: an agent whom no event has
/// touched since the start has no view yet.
pub async fn ensure(app: &App, agent: AgentId) {
    let view = app.floor.look(move |router, _| router.agent_view(agent)).await;
    let Ok(Some(view)) = view else { return };
    let directory = app.floor.directory();
    let today = app.agent_today(agent);
    let phone = crate::voice::phone_of(app.voice.as_ref(), agent);
    let me = own(&view, &directory, today, phone);
    let held = contacts(&view, &app.cards, &directory);
    let ids: Vec<ContactId> = held.iter().map(|held| ContactId::from_uuid(held.contact)).collect();
    app.live.lay_desk(agent, &ids, |desk| {
        if desk.is_some() {
            return None;
        }
        let fresh = |held: &mut api::desk::DeskContact| {
            app.chat.fill(held, agent);
            if let Some(voice) = &app.voice {
                voice.fill(held);
            }
        };
        change(desk, me, held, |_| String::new(), fresh)
    });
}

/// Refuses somebody at whose desk the contact is not: 404, as if it did not exist.
///
/// # Errors
/// 404, or 503.
pub async fn must_hold(app: &App, agent: AgentId, contact: ContactId) -> Result<()> {
    stage(app, agent, contact).await.map(drop)
}

/// As [`must_hold`], and the agent must have answered: no word reaches a customer from a desk that
/// only rings or wraps up. What they do with it.
///
/// # Errors
/// 404, 409, or 503.
pub async fn must_speak(app: &App, agent: AgentId, contact: ContactId) -> Result<WorkState> {
    match stage(app, agent, contact).await? {
        doing @ (WorkState::Talking | WorkState::Holding | WorkState::Consulting) => Ok(doing),
        WorkState::Ringing => Err(ApiError::conflict(
            "offer_not_answered",
            "The offer is not answered yet.",
            "Answer it, then write.",
        )),
        WorkState::WrapUp => Err(ApiError::conflict(
            "conversation_over",
            "The conversation is over.",
            "Write a note, or finish the wrap-up.",
        )),
    }
}

async fn stage(app: &App, agent: AgentId, contact: ContactId) -> Result<WorkState> {
    let stage = app
        .floor
        .look(move |router, _| {
            let view = router.agent_view(agent)?;
            view.work.iter().find(|work| work.contact == contact).map(|work| work.stage)
        })
        .await?;
    stage.ok_or_else(|| ApiError::not_found("contact at your desk"))
}

/// Keeps how a contact ended, in the client's words.
///
/// # Errors
/// 422 for a disposition that the contract does not have.
async fn keep_disposition(
    app: &App,
    agent: AgentId,
    contact: ContactId,
    disposition: Option<DispositionId>,
    note: &str,
) -> Result<()> {
    let card = app.cards.get(contact).ok_or_else(|| ApiError::not_found("contact"))?;
    let directory = app.floor.directory();
    let contract = directory.client(card.client).and_then(|client| client.contract());
    let known = |id| contract.is_some_and(|c| c.dispositions.iter().any(|d| d.id == id));
    if let Some(id) = disposition
        && !known(id)
    {
        return Err(ApiError::fault(
            "disposition",
            "disposition",
            "unknown_disposition",
            "This disposition is not part of the client's contract.",
            "Choose one of those shown.",
        ));
    }
    let note = note.trim();
    if note.chars().count() > NOTE_MAX {
        return Err(ApiError::fault(
            "note",
            "note",
            "too_long",
            "The note has more than 4,000 characters.",
            "Shorten it.",
        ));
    }
    let given = DispositionGiven {
        contact,
        agent,
        disposition,
        note: note.to_owned(),
        at: app.clock.now(),
    };
    let scope = ClientScope::of(card.client);
    app.store
        .tx(move |tx| Box::pin(async move { tx.give_disposition(&scope, &given).await }))
        .await?;
    Ok(())
}

/// Keeps unsent words.
async fn keep_draft(app: &App, agent: AgentId, contact: ContactId, body: &str) -> Result<()> {
    if body.chars().count() > DRAFT_MAX {
        return Err(ApiError::fault(
            "draft",
            "body",
            "too_long",
            "The draft has more than 20,000 characters.",
            "Shorten it.",
        ));
    }
    let card = app.cards.get(contact).ok_or_else(|| ApiError::not_found("contact"))?;
    if let Ok(room) = app.chat.room_of(contact) {
        room.set_draft(agent, body);
    }
    let (scope, body, now) = (ClientScope::of(card.client), body.to_owned(), app.clock.now());
    app.store
        .tx(move |tx| {
            Box::pin(async move { tx.save_draft(&scope, contact, agent, &body, now).await })
        })
        .await?;
    app.live.desk(agent).update(|desk| {
        let held = desk.as_mut()?.contacts.iter_mut().find(|c| c.contact == contact.uuid())?;
        held.draft = app.chat.room_of(contact).ok().and_then(|room| room.draft(agent));
        None
    });
    Ok(())
}
