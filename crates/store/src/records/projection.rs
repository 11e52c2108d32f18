//! Contacts, written from the journal.
//!
//! The rows are written in the same transaction as the cursor that says how far they have come, so that
//! each entry counts exactly once. What a stretch of the journal says of a contact is gathered in memory
//! and written once: a contact has some ten entries, and its row was written at each of them before.

use std::{
    collections::{BTreeMap, btree_map},
    time::Duration,
};

use domain::{AgentId, ClientId, ContactId, FloorId, Timestamp};
use routing::{Ending, Event, Input};

use super::{ClientScope, Contact, ContactAgent, ProviderScope};
use crate::{Entry, Store, StoreError, Tx, value::args};

/// Name of the projection's cursor.
const PROJECTION: &str = "contact";

/// Entries projected in one transaction; it holds the writer meanwhile.
const BATCH: usize = 1_000;

/// A contact and its agents' parts, as far as they are known.
type Told = (Contact, BTreeMap<AgentId, ContactAgent>);

/// The contacts that a stretch of the journal speaks of.
#[derive(Default)]
struct Stretch {
    contacts: BTreeMap<(ClientId, ContactId), Told>,
    /// What it means for the work on lost contacts, in its order.
    turns: Vec<(ClientId, ContactId, Timestamp, Turn)>,
}

/// A customer is lost, or spoken to.
#[derive(Clone, Copy)]
enum Turn {
    Lost,
    Reached,
}

impl Stretch {
    /// Takes in an entry, after what was kept of its contacts before.
    async fn tell(&mut self, tx: &mut Tx, floor: FloorId, entry: &Entry) -> Result<(), StoreError> {
        for stamped in &entry.events {
            let (at, event) = (stamped.at, &stamped.event);
            if let Some(new) = arrived(floor, entry, at, event) {
                let agent = new.agent;
                let told =
                    self.contacts.entry((new.client, new.id)).or_insert((new, BTreeMap::new()));
                if let Some(agent) = agent {
                    part(told, agent, at);
                }
                continue;
            }
            let Some((client, contact)) = of(event) else { continue };
            let told = match self.contacts.entry((client, contact)) {
                btree_map::Entry::Occupied(told) => told.into_mut(),
                btree_map::Entry::Vacant(place) => {
                    let scope = ClientScope::of(client);
                    let Some(kept) = tx.contact(&scope, contact).await? else { continue };
                    let parts = tx.agents_of_contact(&scope, contact).await?;
                    place.insert((kept, parts.into_iter().map(|p| (p.agent, p)).collect()))
                }
            };
            told.0.last_seq = entry.seq;
            let turn = turn(&told.0, event);
            happened(told, at, event);
            self.turns.extend(turn.map(|turn| (client, contact, at, turn)));
        }
        Ok(())
    }

    async fn keep(self, tx: &mut Tx) -> Result<(), StoreError> {
        let mut parts = Vec::new();
        let mut contacts = Vec::with_capacity(self.contacts.len());
        for (contact, agents) in self.contacts.into_values() {
            parts.extend(agents.into_values().map(|part| {
                let ContactAgent { contact: id, agent, answered, talk, hold, wrap_up } = part;
                args![contact.client, id, agent, answered, talk, hold, wrap_up]
            }));
            contacts.push(args![
                contact.client,
                contact.id,
                contact.floor,
                contact.queue,
                contact.channel,
                contact.language,
                contact.contract_version,
                contact.customer,
                contact.arrived,
                contact.clock_start,
                contact.answered,
                contact.ended,
                contact.ending,
                contact.wait,
                contact.agent,
                contact.overflow,
                contact.by_callback,
                contact.first_seq,
                contact.last_seq
            ]);
        }
        tx.run_all(
            "INSERT INTO contact (client_id, contact_id, floor_id, queue_id, channel, language,
             contract_version, customer_id, arrived_us, clock_start_us, answered_us, ended_us,
             ending, wait_us, agent_id, overflow, by_callback, first_seq, last_seq) VALUES",
            "ON CONFLICT (client_id, contact_id) DO UPDATE SET
                 queue_id = excluded.queue_id, answered_us = excluded.answered_us,
                 ended_us = excluded.ended_us, ending = excluded.ending,
                 wait_us = excluded.wait_us, agent_id = excluded.agent_id,
                 overflow = excluded.overflow, by_callback = excluded.by_callback,
                 last_seq = excluded.last_seq",
            contacts,
        )
        .await?;
        tx.run_all(
            "INSERT INTO contact_agent (client_id, contact_id, agent_id, answered_us, talk_us,
             hold_us, wrap_up_us) VALUES",
            "ON CONFLICT (client_id, contact_id, agent_id) DO UPDATE SET
                 talk_us = excluded.talk_us, hold_us = excluded.hold_us,
                 wrap_up_us = excluded.wrap_up_us",
            parts,
        )
        .await?;
        // Most clients have nobody to call back: what was answered of theirs asks nothing further.
        let mut waits: BTreeMap<ClientId, bool> = BTreeMap::new();
        for (client, contact, at, turn) in self.turns {
            let scope = ClientScope::of(client);
            match turn {
                Turn::Lost => {
                    tx.lose_contact(&scope, contact, at).await?;
                    waits.insert(client, true);
                }
                Turn::Reached => {
                    let waits = match waits.entry(client) {
                        btree_map::Entry::Occupied(known) => known.into_mut(),
                        btree_map::Entry::Vacant(place) => {
                            place.insert(tx.has_open_follow_ups(&scope).await?)
                        }
                    };
                    if *waits {
                        tx.reach_customer(&scope, contact, at).await?;
                    }
                }
            }
        }
        Ok(())
    }
}

/// What an event means for the work on lost contacts. Who left at once (a short abandon) or met the closed
/// hours is not lost; an agent's answer to a callback has not reached anybody yet.
fn turn(contact: &Contact, event: &Event) -> Option<Turn> {
    match event {
        Event::CustomerAnswered { .. } => Some(Turn::Reached),
        Event::Answered { first: true, .. } => (!contact.by_callback).then_some(Turn::Reached),
        Event::Ended { ending, .. } => match ending {
            Ending::Abandoned | Ending::QueueFull | Ending::QueueRemoved | Ending::NotReached => {
                Some(Turn::Lost)
            }
            Ending::Cut if contact.answered.is_none() => Some(Turn::Lost),
            Ending::Cut
            | Ending::Handled(_)
            | Ending::ShortAbandoned
            | Ending::Closed
            | Ending::Voicemail
            | Ending::CallbackCancelled => None,
        },
        _ => None,
    }
}

/// The contact that an event begins.
fn arrived(floor: FloorId, entry: &Entry, at: Timestamp, event: &Event) -> Option<Contact> {
    let (client, id, queue, language, contract_version) = match event {
        Event::Arrived { contact, client, queue, language, contract_version, .. }
        | Event::CalledOut { contact, client, queue, language, contract_version, .. } => {
            (*client, *contact, *queue, *language, *contract_version)
        }
        _ => return None,
    };
    let (channel, clock_start, agent) = match event {
        Event::Arrived { channel, clock_start, .. } => (channel_word(*channel), *clock_start, None),
        Event::CalledOut { agent, .. } => ("voice", at, Some(*agent)),
        _ => return None,
    };
    let customer = match &entry.input {
        Some(Input::CallOut(call)) if call.contact == id => call.customer,
        Some(input) => input
            .arrival()
            .filter(|arrival| arrival.contact == id)
            .and_then(|arrival| arrival.customer),
        None => None,
    };
    Some(Contact {
        client,
        id,
        floor,
        queue,
        channel: channel.to_owned(),
        language,
        contract_version,
        customer,
        arrived: at,
        clock_start,
        answered: None,
        ended: None,
        ending: None,
        wait: None,
        agent,
        overflow: false,
        by_callback: channel == "callback",
        first_seq: entry.seq,
        last_seq: entry.seq,
    })
}

/// Of which contact an event speaks.
fn of(event: &Event) -> Option<(ClientId, ContactId)> {
    match event {
        Event::Arrived { contact, client, .. }
        | Event::CalledOut { contact, client, .. }
        | Event::CustomerAnswered { contact, client }
        | Event::Queued { contact, client, .. }
        | Event::Answered { contact, client, .. }
        | Event::PartEnded { contact, client, .. }
        | Event::WrapUpEnded { contact, client, .. }
        | Event::Ended { contact, client, .. }
        | Event::WaitsForOpening { contact, client, .. }
        | Event::GreetingStarted { contact, client, .. }
        | Event::RingOpened { contact, client, .. }
        | Event::Offered { contact, client, .. }
        | Event::OfferEnded { contact, client, .. }
        | Event::Held { contact, client, .. }
        | Event::Resumed { contact, client, .. }
        | Event::ConsultStarted { contact, client, .. }
        | Event::ConferenceStarted { contact, client, .. }
        | Event::WrapUpStarted { contact, client, .. }
        | Event::WrapUpExtended { contact, client, .. }
        | Event::Transferred { contact, client, .. }
        | Event::CallbackPromised { contact, client }
        | Event::TalkLimitPassed { contact, client, .. }
        | Event::Call { contact, client, .. }
        | Event::CallbackFailed { contact, client, .. }
        | Event::Expedited { contact, client } => Some((*client, *contact)),
        Event::AgentState { .. } | Event::PeriodChanged { .. } | Event::Phone { .. } => None,
    }
}

/// What an event changes of its contact, beside the place in the journal.
fn happened(told: &mut Told, at: Timestamp, event: &Event) {
    match event {
        Event::CustomerAnswered { .. } => {
            told.0.answered.get_or_insert(at);
        }
        Event::Queued { queue, .. } => told.0.queue = *queue,
        Event::CallbackPromised { .. } => told.0.by_callback = true,
        Event::Answered { agent, wait, first, overflow, .. } => {
            told.0.agent = Some(*agent);
            told.0.answered.get_or_insert(at);
            if *first {
                told.0.wait = Some(*wait);
                told.0.overflow = *overflow;
            }
            part(told, *agent, at);
        }
        Event::PartEnded { agent, talk, hold, .. } => {
            let part = part(told, *agent, at);
            part.talk += *talk;
            part.hold += *hold;
        }
        Event::WrapUpEnded { agent, length, .. } => {
            if let Some(part) = told.1.get_mut(agent) {
                part.wrap_up += *length;
            }
        }
        Event::Ended { ending, wait, .. } => {
            told.0.ended = Some(at);
            told.0.ending = Some(ending_word(ending).to_owned());
            told.0.wait.get_or_insert(*wait);
        }
        _ => {}
    }
}

/// An agent's part in a contact, begun at `at` unless it was before.
fn part(told: &mut Told, agent: AgentId, at: Timestamp) -> &mut ContactAgent {
    told.1.entry(agent).or_insert(ContactAgent {
        contact: told.0.id,
        agent,
        answered: at,
        talk: Duration::ZERO,
        hold: Duration::ZERO,
        wrap_up: Duration::ZERO,
    })
}

impl Store {
    /// Brings the contacts up to date with the floor's journal, and says up to which entry. One
    /// caller at a time; a second one finds the cursor moved and is told that it is stale.
    pub async fn project_contacts(&self, floor: FloorId) -> Result<u64, StoreError> {
        let scope = ProviderScope::granted();
        let mut done = self.view().projection_cursor(&scope, PROJECTION, floor).await?;
        let mut reader = self.read_journal(floor, done + 1);
        while let Some(mut entries) = reader.next().await? {
            while !entries.is_empty() {
                let rest = entries.split_off(entries.len().min(BATCH));
                let batch = std::mem::replace(&mut entries, rest);
                let (from, to) = (done, batch.last().map_or(done, |entry| entry.seq));
                self.tx(move |tx| {
                    Box::pin(async move {
                        tx.move_projection_cursor(&scope, PROJECTION, floor, from, to).await?;
                        let mut stretch = Stretch::default();
                        for entry in &batch {
                            stretch.tell(tx, floor, entry).await?;
                        }
                        stretch.keep(tx).await
                    })
                })
                .await?;
                done = to;
            }
        }
        Ok(done)
    }

    /// Forgets what was projected of a floor and does it anew.
    pub async fn rebuild_contacts(&self, floor: FloorId) -> Result<u64, StoreError> {
        self.tx(move |tx| {
            Box::pin(async move {
                tx.run(
                    "DELETE FROM contact_agent WHERE EXISTS (SELECT 1 FROM contact c
                     WHERE c.client_id = contact_agent.client_id
                       AND c.contact_id = contact_agent.contact_id AND c.floor_id = $1)",
                    args![floor],
                )
                .await?;
                tx.run("DELETE FROM contact WHERE floor_id = $1", args![floor]).await?;
                tx.run(
                    "DELETE FROM projection_cursor WHERE name = $1 AND floor_id = $2",
                    args![PROJECTION, floor],
                )
                .await
                .map(drop)
            })
        })
        .await?;
        self.project_contacts(floor).await
    }
}

fn channel_word(channel: domain::contract::Channel) -> &'static str {
    use domain::contract::Channel as C;
    match channel {
        C::Voice => "voice",
        C::Chat => "chat",
        C::Mail => "mail",
        C::Message => "message",
        C::Callback => "callback",
    }
}

fn ending_word(ending: &Ending) -> &'static str {
    match ending {
        Ending::Handled(_) => "handled",
        Ending::Abandoned => "abandoned",
        Ending::ShortAbandoned => "short_abandoned",
        Ending::Closed => "closed",
        Ending::QueueFull => "queue_full",
        Ending::QueueRemoved => "queue_removed",
        Ending::Voicemail => "voicemail",
        Ending::Cut => "cut",
        Ending::NotReached => "not_reached",
        Ending::CallbackCancelled => "callback_cancelled",
    }
}
