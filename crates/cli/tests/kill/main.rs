//! `kill -9` under load, on both engines: the real binary as a child process, with agents and
//! customers connected. Nothing that was acknowledged is lost, no contact is lost or doubled, nobody
//! is served twice, everybody who waits is in their place.

#![allow(clippy::unwrap_used)] // every unwrap here is an assertion

#[allow(dead_code)] // shared with the server's own tests, which use all of it
#[path = "../../../server/tests/floor/agent.rs"]
mod agent;
mod calls;
#[allow(dead_code)]
#[path = "../../../server/tests/floor/customer.rs"]
mod customer;
#[path = "../process/mod.rs"]
mod process;
#[allow(dead_code)]
#[path = "../../../server/tests/floor/seed.rs"]
mod seed;
#[allow(dead_code)]
#[path = "../../../server/tests/floor/wait.rs"]
mod wait;

use std::path::Path;

use api::{
    chat::MessageView,
    desk::{DeskContactState as At, FinishRequest},
    widget::ConversationState,
};
use uuid::Uuid;

use crate::{
    agent::Desk,
    customer::{Customer, Door},
    process::Server,
    wait::asking,
};

/// How often the server is killed while the line grows.
const KILLS: usize = 20;

/// How often it is killed in the very moment of an answer, after that.
const KILLS_AT_ANSWER: usize = 6;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_acknowledged_is_lost_by_kills_on_sqlite() {
    let folder = tempfile::tempdir().expect("a folder");
    let database = format!("sqlite://{}", folder.path().join("permanence.db").display());
    nothing_acknowledged_is_lost(folder.path(), &database).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_acknowledged_is_lost_by_kills_on_postgres() {
    let Some(cluster) = testkit::pg::cluster() else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let database = cluster.database(None).expect("a database");
    nothing_acknowledged_is_lost(folder.path(), &database).await;
}

async fn nothing_acknowledged_is_lost(folder: &Path, database: &str) {
    let store = store::Store::open(database).await.expect("a store");
    // An offer outlives the restarts, so that it is the answer that counts and not the hurry.
    let plan = seed::Plan { chats: 1, offer_timeout_s: 120, ..seed::Plan::default() };
    seed::sow(&store, &plan, server::clock::Clock::system().now()).await;
    store.close().await;

    let mut server = Server::start(folder, database).await;
    let anna = Desk::open(server.address, "anna").await;
    anna.become_available().await;
    let talking = Customer::arrive(Door::new(server.address, seed::SHARED_WIDGET)).await;
    let first = talking.start("I talk");
    talking.acked(first).await;
    let contact = anna.answer().await.contact;
    let mut anna = anna;
    let mut line: Vec<(String, Customer)> = Vec::new();
    let mut acked: Vec<(Uuid, String)> = vec![(first, "I talk".to_owned())];
    let mut answered: Vec<String> = Vec::new();

    for round in 0..KILLS {
        // One more in line, whose arrival is acknowledged.
        let words = format!("in line {round}");
        let customer = Customer::arrive(Door::new(server.address, seed::SHARED_WIDGET)).await;
        let id = customer.start(&words);
        customer.acked(id).await;
        line.push((words, customer));
        // Words acknowledged on both sides, and words in flight when it dies.
        let body = format!("kept {round}");
        let id = talking.write(&body);
        talking.acked(id).await;
        acked.push((id, body));
        let body = format!("answer {round}");
        anna.write(contact, &body).await;
        answered.push(body);
        let body = format!("in flight {round}");
        acked.push((talking.write(&body), body));
        // And somebody whose first words nobody has acknowledged when it dies.
        let words = format!("in flight in line {round}");
        let customer = Customer::arrive(Door::new(server.address, seed::SHARED_WIDGET)).await;
        customer.start(&words);
        line.push((words, customer));

        server.kill().await;
        server = Server::start(folder, database).await;

        anna = Desk::open(server.address, "anna").await;
        let held = anna.contact_is(contact, At::Talking).await;
        let said: Vec<&str> = held.messages.iter().map(|m| m.body.as_str()).collect();
        for body in &answered {
            assert_eq!(said.iter().filter(|b| *b == body).count(), 1, "{body} after {round}");
        }
        talking.come_back_to(server.address).await;
        for (_, customer) in &line {
            customer.come_back_to(server.address).await;
            customer.state(ConversationState::Waiting).await;
        }
        talking.until("all sent", |known| known.outbox.is_empty().then_some(())).await;
    }

    // Each word once, at its acknowledged number.
    let messages: Vec<MessageView> =
        anna.person.get(&format!("/api/v1/desk/contacts/{contact}/messages")).await.good();
    let numbers = talking.known.borrow().acked.clone();
    for (id, body) in &acked {
        let found: Vec<u64> = messages.iter().filter(|m| m.body == *body).map(|m| m.seq).collect();
        assert_eq!(found, [numbers[id]], "{body}");
    }
    let seqs: Vec<u64> = messages.iter().map(|m| m.seq).collect();
    assert_eq!(seqs, (1..=messages.len() as u64).collect::<Vec<_>>());

    // The line is complete and in order: one after the other is taken.
    let finish = FinishRequest { disposition: None, note: String::new() };
    let done = async |desk: &Desk, contact: Uuid| {
        desk.act(contact, "end").await.done();
        desk.contact_is(contact, At::WrapUp).await;
        desk.act_with(contact, "finish", &finish).await.done();
        desk.gone(contact).await;
    };
    done(&anna, contact).await;
    talking.state(ConversationState::Ended).await;
    for (place, (words, customer)) in line.iter().enumerate() {
        let taken = if place < KILLS_AT_ANSWER {
            let offered = anna.contact(At::Offered).await.contact;
            let answer = format!("/api/v1/desk/contacts/{offered}/answer");
            // In turn: at once after the acknowledgement, and while it is under way.
            let acknowledged = if place % 2 == 0 {
                let acknowledged = anna.person.acknowledged(&answer).await;
                assert!(acknowledged, "{words} is answered");
                server.kill().await;
                acknowledged
            } else {
                tokio::join!(anna.person.acknowledged(&answer), server.kill()).0
            };
            server = Server::start(folder, database).await;
            for (_, customer) in &line[place..] {
                customer.come_back_to(server.address).await;
            }
            anna = Desk::open(server.address, "anna").await;
            let held = anna
                .until("the contact again", |desk| {
                    let answered_or_ringing = |state| matches!(state, At::Talking | At::Offered);
                    desk.contacts.iter().find(|held| answered_or_ringing(held.state)).cloned()
                })
                .await;
            assert_eq!(held.contact, offered, "{words} keeps the agent it was offered to");
            if held.state == At::Talking {
                anna.contact_is(offered, At::Talking).await
            } else {
                assert!(!acknowledged, "{words} was answered, and that is forgotten");
                anna.answer().await
            }
        } else {
            anna.answer().await
        };
        assert_eq!(taken.messages[0].body, *words);
        customer.state(ConversationState::WithAgent).await;
        done(&anna, taken.contact).await;
    }
    // And nobody else is there.
    let lead = agent::Person::sign_in(server.address, "lead").await;
    let board = lead.follow(api::live::Topic::Board).await;
    board
        .until("every contact once", |seen| {
            let floor = &seen.board.as_ref()?.floor;
            let all = u32::try_from(line.len() + 1).ok()?;
            (floor.offered == all && floor.answered == all && floor.waiting == 0).then_some(())
        })
        .await;
    asking("the health", || async { lead.get("/health").await.status.is_success().then_some(()) })
        .await;
    server.kill().await;
}
