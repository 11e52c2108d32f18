//! Ninety days of many clients: the journal as a floor would have written it, what is projected from
//! it, and the records beside it.

use std::{cmp::Reverse, collections::BinaryHeap, time::Duration};

use anyhow::{Context, Result};
use domain::{
    AgentId, ClientId, ContactId, ConversationId, CustomerId, DispositionId, Language, MessageId,
    QueueId, RecordingId, Timestamp,
    contract::{Channel, ClockStart, ServiceLevelFormula, ServicePromise},
};
use routing::{Arrival, EndedBy, Ending, Event, Input, PartEnd, QueuedWhy};
use store::{
    ClientScope, ProviderScope, Store, Tx,
    records::{
        Author, Call, CallDirection, Conversation, ConversationState, Customer, DispositionGiven,
        LeftKind, NewMessage, OfflineMessage, Recording, RecordingKind, RecordingStatus,
    },
};
use uuid::Uuid;

use crate::bench::other_floor::{FLOOR, Journal, Model};

const P: ProviderScope = ProviderScope::granted();

/// A day.
pub const DAY: Duration = Duration::from_secs(86_400);
const DAYS: u32 = 90;

/// Clients; the first is measured, and a tenth of the contacts are its own.
const CLIENTS: u32 = 20;
/// Of the other clients' contacts, one in so many has its records too.
const OTHERS_EACH: u32 = 5;
/// Contacts of one transaction.
const BATCH: usize = 1_000;

const FIRST: [&str; 10] =
    ["Anna", "Bruno", "Chloé", "David", "Élodie", "Farid", "Giulia", "Hugo", "Inès", "Jonas"];
/// Fifty family names.
const LAST: &str = "\
    Martin Bernard Thomas Petit Robert Richard Durand Dubois Moreau Laurent Simon Michel \
    Lefebvre Leroy Roux David Bertrand Morel Fournier Girard Bonnet Dupont Lambert Fontaine \
    Rousseau Vincent Muller Lefevre Faure Andre Mercier Blanc Guerin Boyer Garnier Chevalier \
    Francois Legrand Gauthier Garcia Perrin Robin Clement Morin Nicolas Henry Roussel \
    Mathieu Gautier Masson";
const SAID: [&str; 8] = [
    "Hello, my parcel has not arrived and it was promised for last Tuesday.",
    "Could you tell me whether the shop at the station is open on Sunday?",
    "I would like to change the address of my order before it leaves.",
    "The invoice of last month is wrong: the lamp was returned.",
    "Thank you, that is all I wanted to know. Have a good day.",
    "Of course, I am looking it up. May I have the number of your order?",
    "It left our house yesterday evening and reaches you tomorrow before noon.",
    "I have passed this on to the workshop; somebody calls you back today.",
];

/// One contact, as it is drawn from its number.
struct Drawn {
    n: u32,
    client: u32,
    at: Timestamp,
    chat: bool,
    answered: bool,
    wait: Duration,
    talk: Duration,
}

/// Fills the store with so many contacts until `now`; gives the client that is measured.
///
/// # Errors
/// When the store refuses.
pub async fn fill(store: &Store, contacts: u32, now: Timestamp) -> Result<ClientId> {
    let agents: Vec<AgentId> =
        store.view().agents(&P).await?.into_iter().map(|agent| agent.id).collect();
    clients(store, contacts, now).await?;
    let midnight = Timestamp::from_secs(now.micros() / 1_000_000 / 86_400 * 86_400);
    let start = midnight - DAY * (DAYS - 1);
    let drawn = |n: u32| draw(n, contacts, start);
    let is_over = |one: &Drawn| one.at + one.wait + one.talk + Duration::from_secs(60) < now;
    let until = (0..contacts).find(|n| !is_over(&drawn(*n))).unwrap_or(contacts);
    journal(store, (0..until).map(drawn), &agents).await?;
    store.project_contacts(FLOOR).await?;
    let kept = |one: &Drawn| one.client == 0 || (one.n / 100).is_multiple_of(OTHERS_EACH);
    let mut of_records = (0..until).map(drawn).filter(kept).peekable();
    while of_records.peek().is_some() {
        let batch: Vec<Drawn> = of_records.by_ref().take(BATCH).collect();
        let agents = agents.clone();
        let work = store.tx(move |tx| {
            Box::pin(async move {
                for one in &batch {
                    records(tx, one, contacts, &agents).await?;
                }
                Ok(())
            })
        });
        work.await?;
    }
    Ok(client_id(0))
}

fn draw(n: u32, contacts: u32, start: Timestamp) -> Drawn {
    let a_day = (contacts / DAYS).max(1);
    let (day, of_day) = (n / a_day, f64::from(n % a_day) / f64::from(a_day));
    // A tenth before eight, eight tenths until twenty o'clock, a tenth after.
    let hour = match of_day {
        f if f < 0.1 => f * 80.0,
        f if f < 0.9 => 8.0 + (f - 0.1) * 15.0,
        f => 20.0 + (f - 0.9) * 40.0,
    };
    let spread = mixed(u64::from(n));
    let part = |shift: u32, of: u64| (spread >> shift) % of;
    Drawn {
        n,
        client: if n.is_multiple_of(10) { 0 } else { 1 + n % (CLIENTS - 1) },
        at: start + DAY * day + Duration::from_secs_f64(hour * 3_600.0),
        chat: part(0, 5) < 2,
        answered: part(8, 10) > 0,
        wait: Duration::from_secs(2 + part(16, 40)),
        talk: Duration::from_secs(60 + part(24, 300)),
    }
}

/// A number that looks like nothing (splitmix64).
const fn mixed(n: u64) -> u64 {
    let mut z = n.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

fn id(kind: u128, n: u128) -> u128 {
    (kind << 64) | n
}

fn client_id(client: u32) -> ClientId {
    ClientId::from_u128(id(1, u128::from(client) + 1))
}

fn queue_id(client: u32) -> QueueId {
    QueueId::from_u128(id(2, u128::from(client) + 1))
}

fn contact_id(n: u32) -> ContactId {
    ContactId::from_u128(id(3, u128::from(n) + 1))
}

/// Customers of a client: a quarter of its contacts that have records.
fn customers(client: u32, contacts: u32) -> u32 {
    let others = contacts / CLIENTS / OTHERS_EACH;
    (if client == 0 { contacts / 10 } else { others } / 4).max(1)
}

fn customer_of(one: &Drawn, contacts: u32) -> CustomerId {
    let of_client = u64::from(customers(one.client, contacts));
    customer_id(one.client, mixed(u64::from(one.n) << 20) % of_client)
}

fn customer_id(client: u32, n: u64) -> CustomerId {
    CustomerId::from_u128(id(4, u128::from(client) << 40 | u128::from(n)))
}

/// Clients with the contract of the floor's first one, in force for a hundred days, and their customers.
async fn clients(store: &Store, contacts: u32, now: Timestamp) -> Result<()> {
    let model = Model::read(store).await?;
    let since = now - DAY * 100;
    for n in 0..CLIENTS {
        let ids = (client_id(n), queue_id(n));
        let (client, contract) = model.copy(format!("Client {n}"), ids, since)?;
        let work = store.tx(move |tx| {
            Box::pin(async move {
                let scope = ClientScope::of(client.id);
                tx.create_client(&P, &client).await?;
                tx.publish_contract(&scope, &contract).await?;
                for at in 0..u64::from(customers(n, contacts)) {
                    let spread = mixed(at);
                    let first = FIRST[usize::try_from(spread % 10).unwrap_or(0)];
                    let last =
                        LAST.split(' ').nth(usize::try_from((spread >> 8) % 50).unwrap_or(0));
                    let customer = Customer {
                        client: client.id,
                        id: customer_id(n, at),
                        external_id: None,
                        verified: false,
                        name: last.map(|last| format!("{first} {last}")),
                        email: None,
                        language: None,
                        created: since,
                        seen: since,
                    };
                    tx.save_customer(&scope, &customer).await?;
                }
                Ok(())
            })
        });
        work.await?;
    }
    Ok(())
}

/// Writes the journal: what happens to contacts that overlap lies between each other, as on a floor.
async fn journal(
    store: &Store,
    contacts: impl Iterator<Item = Drawn>,
    agents: &[AgentId],
) -> Result<()> {
    let mut journal = Journal::open(store).await?;
    let mut later: BinaryHeap<Reverse<(Timestamp, u32, usize)>> = BinaryHeap::new();
    let mut under_way = std::collections::BTreeMap::new();
    let mut contacts = contacts.peekable();
    loop {
        let comes = contacts.peek().map(|one| one.at);
        let happens = later.peek().map(|Reverse((at, ..))| *at);
        let (at, input, events) = match (comes, happens) {
            (Some(comes), happens) if happens.is_none_or(|at| comes <= at) => {
                let Some(one) = contacts.next() else { break };
                let (input, events) = arrival(&one);
                for (step, (at, _)) in then(&one, agents).into_iter().enumerate() {
                    later.push(Reverse((at, one.n, step)));
                }
                under_way.insert(one.n, one);
                (comes, Some(input), events)
            }
            (_, Some(_)) => {
                let Some(Reverse((at, n, step))) = later.pop() else { break };
                let one = under_way.get(&n).context("a contact that is not under way")?;
                let steps = then(one, agents);
                let is_last = step + 1 == steps.len();
                let event = steps.into_iter().nth(step).context("no such step")?.1;
                if is_last {
                    under_way.remove(&n);
                }
                (at, None, vec![event])
            }
            _ => break,
        };
        journal.write(at, input, events).await?;
    }
    journal.close().await
}

const fn channel(one: &Drawn) -> Channel {
    if one.chat { Channel::Chat } else { Channel::Voice }
}

fn arrival(one: &Drawn) -> (Input, Vec<Event>) {
    let (contact, client, queue) = (contact_id(one.n), client_id(one.client), queue_id(one.client));
    let input = Arrival {
        contact,
        client,
        queue,
        channel: channel(one),
        language: None,
        first_ring: None,
        customer: None,
        head_start: None,
        emergency: false,
    };
    let promise = ServicePromise {
        threshold_s: 20,
        target_percent: 80,
        formula: ServiceLevelFormula::OfOffered,
        clock: ClockStart::FirstRing,
        short_abandon_s: 5,
    };
    let arrived = Event::Arrived {
        contact,
        client,
        queue,
        channel: channel(one),
        language: Language::EN,
        contract_version: 1,
        period: 0,
        promise,
        clock_start: one.at,
        first_ring: None,
    };
    let queued = Event::Queued { contact, client, queue, why: QueuedWhy::Arrived };
    (Input::Arrive(input), vec![arrived, queued])
}

fn agent_of(one: &Drawn, agents: &[AgentId]) -> AgentId {
    agents[one.n as usize % agents.len()]
}

/// What happens to a contact after it arrived.
fn then(one: &Drawn, agents: &[AgentId]) -> Vec<(Timestamp, Event)> {
    let (contact, client, queue) = (contact_id(one.n), client_id(one.client), queue_id(one.client));
    let (wait, talk, agent) = (one.wait, one.talk, agent_of(one, agents));
    let ended = |ending| Event::Ended { contact, client, queue, ending, wait };
    let answered = one.at + wait;
    if !one.answered {
        return vec![(answered, ended(Ending::Abandoned))];
    }
    let over = answered + talk;
    let length = Duration::from_secs(20);
    vec![
        (
            answered,
            Event::Answered { contact, client, queue, agent, wait, first: true, overflow: false },
        ),
        (
            over,
            Event::PartEnded {
                contact,
                client,
                queue,
                agent,
                talk,
                hold: Duration::ZERO,
                why: PartEnd::Ended,
            },
        ),
        (over, ended(Ending::Handled(EndedBy::Customer))),
        (
            over + length,
            Event::WrapUpEnded { contact, client, queue, agent, length, disposition: None },
        ),
    ]
}

/// What is kept of a contact beside the journal.
async fn records(
    tx: &mut Tx,
    one: &Drawn,
    contacts: u32,
    agents: &[AgentId],
) -> Result<(), store::StoreError> {
    let (client, contact) = (client_id(one.client), contact_id(one.n));
    let (scope, n) = (ClientScope::of(client), u128::from(one.n) + 1);
    let agent = agent_of(one, agents);
    let (answered, spread) = (one.at + one.wait, mixed(u64::from(one.n) << 32));
    let over = answered + if one.answered { one.talk } else { Duration::ZERO };
    let said = |at: u64| SAID[usize::try_from(at % 8).unwrap_or(0)].to_owned();
    if one.chat {
        let conversation = Conversation {
            client,
            id: ConversationId::from_u128(id(5, n)),
            contact,
            customer: customer_of(one, contacts),
            widget: None,
            queue: queue_id(one.client),
            language: Language::EN,
            page: None,
            state: ConversationState::Ended,
            agent: one.answered.then_some(agent),
            started: one.at,
            ended: Some(over),
            last_seq: 4,
            customer_delivered: 4,
            customer_read: 4,
            agent_read: 4,
        };
        let message = |at: u64| {
            let by_agent = at % 2 == 1 && one.answered;
            let of_message = id(6, n * 4 + u128::from(at));
            NewMessage {
                conversation: conversation.id,
                id: MessageId::from_u128(of_message),
                client_message_id: Uuid::from_u128(of_message),
                author: if by_agent { Author::Agent } else { Author::Customer },
                agent: by_agent.then_some(agent),
                author_name: String::new(),
                body: said(spread >> (8 * at)),
                attachment: None,
                at: one.at + Duration::from_secs(at),
            }
        };
        let messages: Vec<NewMessage> = (0..4).map(message).collect();
        tx.keep_conversation(&scope, &conversation, &messages).await?;
    } else {
        let call = Call {
            client,
            contact,
            direction: CallDirection::Inbound,
            trunk: None,
            number: Some(format!("+336{:08}", spread % 100_000_000)),
            dialled: None,
            started: one.at,
            ended: None,
            ending: None,
        };
        tx.start_call(&scope, &call).await?;
        tx.end_call(&scope, contact, "customer", over).await?;
        if one.answered && one.n.is_multiple_of(2) {
            let recording = Recording {
                client,
                id: RecordingId::from_u128(id(7, n)),
                contact,
                kind: RecordingKind::Call,
                path: format!("{n}.wav"),
                started: answered,
                length: None,
                bytes: None,
                hash: None,
                status: RecordingStatus::Writing,
                kept_until: None,
            };
            tx.start_recording(&scope, &recording).await?;
            let bytes = one.talk.as_secs() * 16_000;
            tx.finish_recording(&scope, recording.id, one.talk, bytes, [0; 32]).await?;
        }
    }
    if one.answered && (one.n / 2).is_multiple_of(2) {
        let given = DispositionGiven {
            contact,
            agent,
            disposition: Some(DispositionId::from_u128(id(8, 1))),
            note: String::new(),
            at: over,
        };
        tx.give_disposition(&scope, &given).await?;
    }
    if (one.n / 10).is_multiple_of(50) {
        let left = OfflineMessage {
            client,
            id: MessageId::from_u128(id(9, n)),
            client_message_id: Uuid::from_u128(id(9, n)),
            kind: LeftKind::Form,
            widget: None,
            queue: None,
            name: None,
            email: None,
            phone: None,
            language: Language::EN,
            body: said(spread),
            recording: None,
            contact: None,
            due: None,
            taken_by: None,
            done: None,
            note: None,
            at: one.at,
        };
        tx.leave_message(&scope, &left).await?;
    }
    Ok(())
}
