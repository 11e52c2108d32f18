//! Records as the floor keeps them, for tests that have no call or chat of their own.

use std::{path::PathBuf, time::Duration};

use domain::{
    AgentId, ClientId, ContactId, ConversationId, CustomerId, Language, QueueId, RecordingId,
    Timestamp,
};
use store::records::{
    Call, CallDirection, Conversation, ConversationState, Customer, Recording, RecordingKind,
    RecordingStatus,
};

use super::House;

/// Somebody who wrote to a client.
pub fn customer(client: ClientId, at: Timestamp) -> Customer {
    Customer {
        client,
        id: CustomerId::from_u128(1),
        external_id: None,
        verified: false,
        name: Some("Zoé Lambert".to_owned()),
        email: None,
        language: Some(Language::FR),
        created: at,
        seen: at,
    }
}

/// What a [`customer`] wrote in a contact that is over.
pub fn conversation(
    client: ClientId,
    contact: ContactId,
    queue: QueueId,
    agent: Option<AgentId>,
    at: Timestamp,
) -> Conversation {
    Conversation {
        client,
        id: ConversationId::from_u128(1),
        contact,
        customer: customer(client, at).id,
        widget: None,
        queue,
        language: Language::FR,
        page: None,
        state: ConversationState::Ended,
        agent,
        started: at,
        ended: Some(at),
        last_seq: 0,
        customer_delivered: 0,
        customer_read: 0,
        agent_read: 0,
    }
}

/// A call that came in.
pub fn call(client: ClientId, contact: ContactId, at: Timestamp) -> Call {
    Call {
        client,
        contact,
        direction: CallDirection::Inbound,
        trunk: None,
        number: Some("+33987654321".to_owned()),
        dialled: None,
        started: at,
        ended: None,
        ending: None,
    }
}

/// The recording of a call, as it begins; kept for an hour.
pub fn recording(
    client: ClientId,
    contact: ContactId,
    id: RecordingId,
    path: &str,
    at: Timestamp,
) -> Recording {
    Recording {
        client,
        id,
        contact,
        kind: RecordingKind::Call,
        path: path.to_owned(),
        started: at,
        length: None,
        bytes: None,
        hash: None,
        status: RecordingStatus::Writing,
        kept_until: Some(at + Duration::from_secs(3_600)),
    }
}

/// Puts the file of a recording where the server looks for it; gives its place and its bytes.
pub async fn put_sound(house: &House, path: &str, sound: &[u8]) -> (PathBuf, Vec<u8>) {
    let length = u32::try_from(sound.len()).unwrap();
    let whole = [&telephony::media::recording_header(length)[..], sound].concat();
    let file = house.app.config.data.join("recordings").join(path);
    tokio::fs::create_dir_all(file.parent().unwrap()).await.unwrap();
    tokio::fs::write(&file, &whole).await.unwrap();
    (file, whole)
}
