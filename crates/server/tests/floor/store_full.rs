//! The disk of the database is full, and has room again, under a running floor.

use api::{
    chat::MessageView,
    desk::{DeskContactState as At, PresenceChoice},
    error::ErrorCode,
    widget::ConversationState,
};
use uuid::Uuid;

use crate::{
    customer::Customer,
    fixture::Floor,
    seed::{self, Plan},
    wait::asking,
};

/// Room that a conversation fills in a few dozen messages.
const PAGES: u32 = 120;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_the_disk_is_full_everybody_hears_so_and_nothing_is_lost() {
    let mut floor = Floor::with_room(Plan { chats: 1, ..Plan::default() }, PAGES).await;
    let anna = floor.agent("anna").await;
    let talking = floor.customer(seed::SHARED_WIDGET).await;
    let first = talking.start("I talk");
    talking.acked(first).await;
    let contact = anna.answer().await.contact;
    let mut line = Vec::new();
    for words in ["first in line", "second in line"] {
        let customer = floor.customer(seed::SHARED_WIDGET).await;
        let id = customer.start(words);
        customer.acked(id).await;
        line.push(customer);
    }

    // What is said is kept and acknowledged, until there is no room for it.
    let mut kept: Vec<MessageView> = Vec::new();
    let refused = loop {
        assert!(kept.len() < 1_000, "it never was full");
        let words = format!("{:04} {}", kept.len(), "and so on ".repeat(380));
        let answer = anna.send(contact, &words, false).await;
        if !answer.status.is_success() {
            break answer;
        }
        kept.push(answer.good());
    };
    refused.refused(503, "unavailable");
    assert!(kept.len() > 10, "only {} were kept", kept.len());
    let refused = async |customer: &Customer, id: Uuid| {
        let about = |(of, code, _): &(_, ErrorCode, String)| {
            *of == Some(id) && *code == ErrorCode::Unavailable
        };
        customer
            .until("a refusal that says to try again", |known| {
                known.refused.iter().any(about).then_some(())
            })
            .await;
    };
    let unkept = talking.write(&"Hello? ".repeat(500));
    refused(&talking, unkept).await;
    // Small steps of the floor still find room in pages that are not full, but not for long.
    let lunch = PresenceChoice::Away(api::desk::AwayReasonKind::Lunch);
    let mut presence = [lunch, PresenceChoice::Available].into_iter().cycle();
    let mut steps = 0;
    let full = loop {
        assert!(steps < 2_000, "the journal was never full");
        let answer = anna.set(presence.next().expect("it never ends")).await;
        if !answer.status.is_success() {
            break answer;
        }
        steps += 1;
    };
    full.refused(503, "unavailable");

    // Whoever operates the server is told the reason, and so is whoever tries.
    let health = asking("the health says that the disk is full", || async {
        let health = anna.person.get("/health").await;
        let why = health.body["why"].as_str().unwrap_or_default().to_owned();
        (health.status == 503 && why.contains("disk of the database is full")).then_some(health)
    })
    .await;
    assert_eq!((&health.body["ready"], &health.body["floor"]), (&false.into(), &false.into()));
    asking("an agent is told the reason", || async {
        let answer = anna.set(PresenceChoice::Available).await;
        let said = answer.body["message"].as_str().unwrap_or_default().to_owned();
        (answer.status == 503 && said.contains("full")).then_some(())
    })
    .await;
    let newcomer = floor.customer(seed::SHARED_WIDGET).await;
    let unheard = newcomer.start("Is there anybody?");
    refused(&newcomer, unheard).await;
    // Nobody is disconnected over it.
    assert!(anna.live.seen.borrow().closed.is_none());
    assert!(talking.known.borrow().connected);

    floor.make_room().await;
    asking("the floor is there again", || async {
        let health = anna.person.get("/health").await;
        (health.status.is_success() && health.body.get("why").is_none()).then_some(())
    })
    .await;
    asking("the agent can write", || async {
        anna.send(contact, "Here we are again.", false).await.status.is_success().then_some(())
    })
    .await;
    talking.message("Here we are again.").await;
    talking.come_back().await;
    talking.acked(unkept).await;
    newcomer.come_back().await;
    newcomer.acked(unheard).await;
    newcomer.state(ConversationState::Waiting).await;

    // Another start finds everything that was acknowledged, once, and everybody in their places.
    floor.restart().await;
    let anna = crate::agent::Desk::open(floor.address(), "anna").await;
    let held = anna.contact_is(contact, At::Talking).await;
    let said = |words: &str| held.messages.iter().filter(|m| m.body == words).count();
    let page = anna.person.get(&format!("/api/v1/desk/contacts/{contact}/messages")).await;
    let all: Vec<MessageView> = page.good();
    for message in &kept {
        let seqs: Vec<u64> = all.iter().filter(|m| m.body == message.body).map(|m| m.seq).collect();
        assert_eq!(seqs, [message.seq], "{:.20}", message.body);
    }
    assert_eq!(said("Here we are again."), 1);
    let ben = floor.agent("ben").await;
    assert_eq!(ben.answer().await.messages[0].body, "first in line");
    for customer in line.iter().chain([&newcomer]) {
        customer.come_back_to(floor.address()).await;
    }
    line[0].state(ConversationState::WithAgent).await;
    line[1].state(ConversationState::Waiting).await;
    newcomer.state(ConversationState::Waiting).await;
}
