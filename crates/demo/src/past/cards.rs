//! What the records know of the past beside the journal: customers, what was written, calls, and how
//! agents said contacts ended.

use std::time::Duration;

use domain::{ConversationId, CustomerId, Language, MessageId, Timestamp, contract::Channel};
use routing::Ending;
use store::{
    ClientScope, StoreError, Tx,
    records::{
        Author, Call, CallDirection, Conversation, ConversationState, Customer, DispositionGiven,
        NewMessage,
    },
};
use telephony::ending::Code;
use uuid::Uuid;

use super::{
    House,
    demand::{Coming, REGULARS},
    drive::Went,
};
use crate::{
    cast::Company,
    dialogues::{self, Dialogue},
    draw::Draw,
};

/// Numbers that no subscriber has: those that the regulators of both countries keep for stories.
const fn numbers(company: Company) -> (&'static str, &'static str) {
    match company {
        Company::Hotel => ("+33199001", "+33199000100"),
        Company::Devices => ("+44207946", "+442079460100"),
        Company::Clinic => ("+33199002", "+33199000200"),
    }
}

/// A regular customer's id; the same in every demonstration.
pub(super) fn customer_id(company: Company, number: usize) -> CustomerId {
    let of = ((company as u128 + 1) << 64) | (number as u128 + 1);
    CustomerId::from_uuid(uuid::Builder::from_custom_bytes(of.to_be_bytes()).into_uuid())
}

/// A regular customer's name: a first name and a surname of those that live customers give.
fn name(language: Language, number: usize) -> String {
    let names = dialogues::names(language);
    let part = |at: usize, last: bool| {
        let whole = names[at % names.len()];
        let (first, surname) = whole.split_once(' ').unwrap_or((whole, whole));
        if last { surname } else { first }
    };
    format!("{} {}", part(number, false), part(number / names.len() + 3 * number, true))
}

/// Keeps the regular customers of a company who came.
pub(super) async fn customers(
    tx: &mut Tx,
    house: &House,
    coming: &[Coming],
) -> Result<(), StoreError> {
    let scope = ClientScope::of(house.named.client);
    let mut seen: Vec<Option<(Timestamp, Timestamp, Language)>> = vec![None; REGULARS as usize];
    for one in coming.iter().filter(|one| one.company == house.company) {
        let entry = seen[one.customer].get_or_insert((one.at, one.at, one.language));
        entry.1 = one.at;
    }
    for (number, seen) in seen.into_iter().enumerate() {
        let Some((created, last, language)) = seen else { continue };
        let customer = Customer {
            client: scope.client(),
            id: customer_id(house.company, number),
            external_id: Some(format!("guest-{number}")),
            verified: false,
            name: Some(name(language, number)),
            email: None,
            language: Some(language),
            created,
            seen: last,
        };
        tx.save_customer(&scope, &customer).await?;
    }
    Ok(())
}

/// Keeps what belongs to one contact.
pub(super) async fn card(
    tx: &mut Tx,
    house: &House,
    one: &Coming,
    went: &Went,
) -> Result<(), StoreError> {
    let scope = ClientScope::of(house.named.client);
    match one.channel {
        Channel::Voice => call(tx, &scope, house.company, one, went).await?,
        _ => conversation(tx, &scope, house, one, went).await?,
    }
    if let (Some((disposition, at)), Some(agent)) = (went.disposition, went.agent) {
        let given = DispositionGiven {
            contact: one.contact,
            agent,
            disposition: Some(disposition),
            note: String::new(),
            at,
        };
        tx.give_disposition(&scope, &given).await?;
    }
    Ok(())
}

async fn call(
    tx: &mut Tx,
    scope: &ClientScope,
    company: Company,
    one: &Coming,
    went: &Went,
) -> Result<(), StoreError> {
    let (callers, dialled) = numbers(company);
    let call = Call {
        client: scope.client(),
        contact: one.contact,
        direction: CallDirection::Inbound,
        trunk: None,
        number: Some(format!("{callers}{:03}", one.customer)),
        dialled: Some(dialled.to_owned()),
        started: one.at,
        ended: None,
        ending: None,
    };
    tx.start_call(scope, &call).await?;
    let ending = match went.ending {
        Some(Ending::Handled(_)) => Code::AnsweredNormalCustomer,
        Some(Ending::ShortAbandoned) => Code::AbandonedAtOnce,
        _ if went.offered => Code::AbandonedRinging,
        _ => Code::AbandonedInQueue,
    };
    let at = went.ended.unwrap_or(one.at);
    tx.end_call(scope, one.contact, ending.ending().code, at).await
}

async fn conversation(
    tx: &mut Tx,
    scope: &ClientScope,
    house: &House,
    one: &Coming,
    went: &Went,
) -> Result<(), StoreError> {
    let number = one.contact.uuid().as_u128();
    // The ids are made of the contact's, so that a second try keeps the same.
    let id = |purpose: u8| {
        let name = [&number.to_be_bytes()[..], &[purpose]].concat();
        Uuid::new_v5(&Uuid::NAMESPACE_OID, &name)
    };
    let conversation = Conversation {
        client: scope.client(),
        id: ConversationId::from_uuid(id(0)),
        contact: one.contact,
        customer: customer_id(one.company, one.customer),
        widget: Some(house.widget),
        queue: house.named.queues[one.queue],
        language: one.language,
        page: Some(format!("https://www.example.org/{}", one.company.slug())),
        state: ConversationState::Ended,
        agent: went.agent,
        started: one.at,
        ended: went.ended,
        last_seq: 0,
        customer_delivered: 0,
        customer_read: 0,
        agent_read: 0,
    };
    let customer = name(one.language, one.customer);
    let turns = dialogue(one).turns;
    let lines = match went.answered {
        // Nobody answered: there are the customer's first words, and no others.
        None => vec![(one.at, None, turns[0].0)],
        Some(answered) => {
            let until = went.ended.unwrap_or(answered).since(answered);
            let at = |nth: usize| answered + until.mul_f64(nth as f64 / (2 * turns.len()) as f64);
            let said = turns.iter().enumerate().flat_map(|(turn, (line, answer))| {
                let asked = if turn == 0 { one.at } else { at(2 * turn) };
                [(asked, None, *line), (at(2 * turn + 1), went.agent, *answer)]
            });
            said.collect()
        }
    };
    let messages: Vec<NewMessage> = lines
        .into_iter()
        .enumerate()
        .map(|(nth, (at, agent, body))| {
            let id = id(nth as u8 + 1);
            NewMessage {
                conversation: conversation.id,
                id: MessageId::from_uuid(id),
                client_message_id: id,
                author: if agent.is_some() { Author::Agent } else { Author::Customer },
                agent,
                author_name: match agent {
                    Some(agent) => house.alias(agent),
                    None => customer.clone(),
                },
                body: body.to_owned(),
                attachment: None,
                at: at + Duration::from_micros(nth as u64),
            }
        })
        .collect();
    tx.keep_conversation(scope, &conversation, &messages).await
}

/// What was talked about: a conversation of the contact's language, of its queue where there is one.
fn dialogue(one: &Coming) -> &'static Dialogue {
    let all = dialogues::of(one.company);
    let in_language: Vec<&Dialogue> =
        all.iter().filter(|dialogue| dialogue.language == one.language).collect();
    let fitting: Vec<&&Dialogue> =
        in_language.iter().filter(|dialogue| dialogue.queue == one.queue).collect();
    let mut draw = Draw::of(one.contact.uuid().as_u128() as u64, 0, 1);
    match (draw.pick(&fitting), draw.pick(&in_language)) {
        (Some(dialogue), _) => dialogue,
        (None, Some(dialogue)) => dialogue,
        (None, None) => &all[0],
    }
}
