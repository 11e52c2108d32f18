//! The records' contract suite, on both engines.
#![allow(clippy::unwrap_used)] // every unwrap here is an assertion

use domain::{
    AgentId, AttachmentId, AuditId, Calendar, CalendarId, ClientId, ContactId, ConversationId,
    CustomerId, DispositionId, DisputeId, InvoiceId, Language, MailId, MessageId, PoolId,
    ProposalId, QueueId, SessionId, SiteId, SkillId, TeamId, Timestamp, UserId, WidgetId,
    contract::Channel,
};
use serde_json::json;
use store::{ClientScope, ProviderScope, Store, StoreError, records::*};
use uuid::Uuid;

const P: ProviderScope = ProviderScope::granted();
const ANNA: AgentId = AgentId::from_u128(0xa);
const BEN: AgentId = AgentId::from_u128(0xb);
const ONE: ClientScope = ClientScope::of(ClientId::from_u128(1));
const TWO: ClientScope = ClientScope::of(ClientId::from_u128(2));
const QUEUE: QueueId = QueueId::from_u128(0x9);

fn at(s: i64) -> Timestamp {
    Timestamp::from_secs(s)
}

/// All messages left, or those not done.
fn open_only(open: bool) -> OfflineFilter {
    OfflineFilter { open, ..OfflineFilter::default() }
}

/// A store with two clients, two agents, and a widget and a customer for each client.
async fn open(url: String) -> Store {
    let store = Store::open(&url).await.expect("the store opens");
    store
        .tx(|tx| {
            Box::pin(async move {
                for (n, name) in [(1, "Hôtel Saint-Roch"), (2, "Northwind")] {
                    tx.create_client(&P, &client(n, name)).await?;
                    let scope = ClientScope::of(ClientId::from_u128(n));
                    tx.create_widget(&scope, &widget(n)).await?;
                    tx.save_customer(&scope, &customer(n)).await?;
                }
                tx.create_agent(&P, &agent(ANNA, "Anna")).await?;
                tx.create_agent(&P, &agent(BEN, "Ben")).await
            })
        })
        .await
        .expect("the first records are kept");
    store
}

/// One write.
macro_rules! write {
    ($store:expr, |$tx:ident| $work:expr) => {
        $store.tx(move |$tx| Box::pin(async move { $work.await })).await
    };
}

fn client(n: u128, name: &str) -> Client {
    Client {
        id: ClientId::from_u128(n),
        name: name.to_owned(),
        initials: "XX".to_owned(),
        hue: 200,
        status: ClientStatus::Draft,
        zone: "Europe/Paris".to_owned(),
        created: at(5),
        version: 1,
    }
}

fn agent(id: AgentId, name: &str) -> Agent {
    Agent {
        id,
        name: name.to_owned(),
        alias: name.to_owned(),
        team: None,
        site: None,
        languages: vec![Language::FR, Language::EN],
        channels: vec![(Channel::Chat, 3), (Channel::Voice, 1)],
        pools: vec![],
        skills: vec![],
        clients: vec![],
        disabled: false,
        version: 1,
    }
}

fn widget(n: u128) -> Widget {
    Widget {
        client: ClientId::from_u128(n),
        id: WidgetId::from_u128(n),
        name: "Site".to_owned(),
        queues: vec![QUEUE],
        origins: vec!["https://www.example.org".to_owned()],
        key: format!("key-{n}"),
        secret: "secret".to_owned(),
        texts: json!({"title": {"fr": "Bonjour"}}),
        identity_required: false,
        version: 1,
    }
}

fn customer(n: u128) -> Customer {
    Customer {
        client: ClientId::from_u128(n),
        id: CustomerId::from_u128(n),
        external_id: None,
        verified: false,
        name: None,
        email: None,
        language: None,
        created: at(10),
        seen: at(10),
    }
}

fn conversation(client: u128, n: u128) -> Conversation {
    Conversation {
        client: ClientId::from_u128(client),
        id: ConversationId::from_u128(n),
        contact: ContactId::from_u128(n),
        customer: CustomerId::from_u128(client),
        widget: Some(WidgetId::from_u128(client)),
        queue: QUEUE,
        language: Language::FR,
        page: Some("https://www.example.org/rooms".to_owned()),
        state: ConversationState::Waiting,
        agent: None,
        started: at(100 + i64::try_from(n).unwrap()),
        ended: None,
        last_seq: 0,
        customer_delivered: 0,
        customer_read: 0,
        agent_read: 0,
    }
}

fn message(conversation: u128, n: u128, author: Author, body: &str) -> NewMessage {
    NewMessage {
        conversation: ConversationId::from_u128(conversation),
        id: MessageId::from_u128(conversation << 32 | n),
        client_message_id: Uuid::from_u128(n),
        author,
        agent: matches!(author, Author::Agent | Author::Note).then_some(ANNA),
        author_name: "Somebody".to_owned(),
        body: body.to_owned(),
        attachment: None,
        at: at(1_000 + i64::try_from(n).unwrap()),
    }
}

// After the macro, which they use.
mod calls;
mod closed_days;
mod conversations;
mod fidelity;
mod invoices;
mod mail;
mod mailings;
mod metered;
mod office;
mod schedules;
