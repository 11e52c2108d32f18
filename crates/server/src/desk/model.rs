//! The desk as it is shown: from the router's view of the agent, the contacts' cards and the
//! directory.

use api::{
    desk::{
        ContactGone, DeskContact, DeskContactState, DeskDelta, DeskFigures, DeskSelf, DeskView,
        DispositionView, OfferKindView,
    },
    voice::PhoneView,
};
use domain::{ContactId, Timestamp};
use figures::AgentRow;
use routing::{AgentView, OfferKind, WorkState, WorkView};

use crate::{
    floor::{Card, Cards, Directory},
    live::{channel, instant, presence_choice, state_view},
};

/// The agent's own line.
pub fn own(
    view: &AgentView,
    directory: &Directory,
    today: DeskFigures,
    phone: PhoneView,
) -> DeskSelf {
    DeskSelf {
        agent: view.agent.uuid(),
        name: directory.agent_name(view.agent),
        state: state_view(view.state, view.since),
        next: view.next.map(presence_choice),
        misses: view.misses,
        points_used: u8::try_from(view.points.min(100)).unwrap_or(100),
        today,
        phone,
    }
}

/// The agent's contacts, oldest first, without messages and drafts.
pub fn contacts(view: &AgentView, cards: &Cards, directory: &Directory) -> Vec<DeskContact> {
    let mut held: Vec<(Timestamp, DeskContact)> = view
        .work
        .iter()
        .map(|part| {
            let card = cards.get(part.contact).unwrap_or_else(|| Card::unknown(part.contact));
            (card.arrived, contact(view, part, &card, directory))
        })
        .collect();
    held.sort_by_key(|(arrived, held)| (*arrived, held.contact));
    held.into_iter().map(|(_, held)| held).collect()
}

fn contact(view: &AgentView, part: &WorkView, card: &Card, directory: &Directory) -> DeskContact {
    let queue = directory.queue(part.queue);
    let client = directory.client(part.client);
    let state = match part.stage {
        WorkState::Ringing => DeskContactState::Offered,
        WorkState::Talking => DeskContactState::Talking,
        WorkState::Holding => DeskContactState::Holding,
        WorkState::Consulting => DeskContactState::Consulting,
        WorkState::WrapUp => DeskContactState::WrapUp,
    };
    let colleagues = card.together.iter().filter(|agent| **agent != view.agent);
    let mut with: Vec<String> = match state {
        DeskContactState::Offered | DeskContactState::WrapUp => Vec::new(),
        _ => colleagues.map(|agent| directory.agent_name(*agent)).collect(),
    };
    with.sort();
    DeskContact {
        contact: part.contact.uuid(),
        channel: channel(part.channel),
        state,
        since: instant(part.since),
        until: part.until.map(instant),
        arrived: instant(card.arrived),
        threshold_ms: u64::from(card.threshold_s) * 1000,
        client: directory.desk_client(part.client, view.agent),
        queue: queue.as_ref().map(|queue| queue.name.clone()).unwrap_or_default(),
        queue_id: part.queue.uuid(),
        greeting: queue
            .as_ref()
            .map(|queue| {
                queue.greeting_in(card.language, &directory.alias(part.client, view.agent))
            })
            .unwrap_or_default(),
        protocol: queue.map(|queue| queue.protocol.clone()).unwrap_or_default(),
        on_call: directory.on_call(part.client),
        language: card.language.to_string(),
        customer: card.customer.clone(),
        conversation: card.conversation.map(|id| id.uuid()),
        messages: Vec::new(),
        customer_read: 0,
        kind: match card.kind_for(view.agent) {
            OfferKind::Queue => OfferKindView::Queue,
            OfferKind::Transfer => OfferKindView::Transfer,
            OfferKind::Consult => OfferKindView::Consult,
        },
        from: card.from.filter(|from| *from != view.agent).map(|from| directory.agent_name(from)),
        with,
        dispositions: client
            .map(|client| {
                let given =
                    client.contract().map(|c| c.dispositions.as_slice()).unwrap_or_default().iter();
                given.map(|d| DispositionView { id: d.id.uuid(), label: d.label.clone() }).collect()
            })
            .unwrap_or_default(),
        can_extend: part.extensions_left > 0,
        overflow: card.overflow,
        over_limit: card.over_limit,
        draft: None,
        call: None,
    }
}

/// Brings a desk to a new state. Messages, read marks and drafts of contacts that stay are kept;
/// `fresh` gives them for contacts that are new.
pub fn change(
    desk: &mut Option<DeskView>,
    me: DeskSelf,
    contacts: Vec<DeskContact>,
    gone_why: impl Fn(ContactId) -> String,
    fresh: impl Fn(&mut DeskContact),
) -> Option<DeskDelta> {
    let Some(desk) = desk else {
        let mut contacts = contacts;
        contacts.iter_mut().for_each(fresh);
        *desk = Some(DeskView { me, contacts });
        return None;
    };
    let mut delta = DeskDelta::default();
    if desk.me != me {
        desk.me = me.clone();
        delta.me = Some(me);
    }
    let before = std::mem::take(&mut desk.contacts);
    for mut held in contacts {
        match before.iter().find(|old| old.contact == held.contact) {
            None => {
                fresh(&mut held);
                delta.contacts.push(held.clone());
            }
            Some(old) => {
                held.customer_read = old.customer_read;
                held.draft.clone_from(&old.draft);
                held.messages.clone_from(&old.messages);
                held.call.clone_from(&old.call);
                if *old != held {
                    delta.contacts.push(DeskContact { messages: Vec::new(), ..held.clone() });
                }
            }
        }
        desk.contacts.push(held);
    }
    for old in before {
        if !desk.contacts.iter().any(|held| held.contact == old.contact) {
            let why = gone_why(ContactId::from_uuid(old.contact));
            delta.gone.push(ContactGone { contact: old.contact, why });
        }
    }
    (delta != DeskDelta::default()).then_some(delta)
}

/// An agent's figures of today.
pub fn figures(row: &AgentRow) -> DeskFigures {
    DeskFigures {
        answered: u32::try_from(row.today.answers).unwrap_or(u32::MAX),
        missed: u32::try_from(row.today.offers_missed).unwrap_or(u32::MAX),
        handle_mean_ms: row.today.handle_mean_ms,
        signed_in_ms: row.ledger.signed_in_us() / 1000,
        occupancy_permille: row.ledger.occupancy().map(|share| share.permille()),
    }
}
