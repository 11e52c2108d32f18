//! The database goes away and comes back under a running floor.

use api::{
    desk::{DeskContactState as At, PresenceChoice},
    error::ErrorCode,
    widget::ConversationState,
};
use routing::AgentState;

use crate::{
    fixture::Floor,
    seed::{self, Plan},
    wait::asking,
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_the_database_is_away_everybody_hears_so_and_nothing_is_lost() {
    let Some(bin) = testkit::pg::binaries() else {
        // Said aloud once by `cluster`, which also insists where PostgreSQL is required.
        assert!(testkit::pg::cluster().is_none());
        return;
    };
    let cluster = testkit::pg::Cluster::start(&bin, false).expect("a cluster of its own");
    let url = cluster.database(None).expect("a database");
    let floor = Floor::at(Some(url), Plan { chats: 1, ..Plan::default() }).await;
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

    cluster.stop().expect("stops");
    // Each is told to try again; nobody is disconnected.
    anna.send(contact, "Can you hear me?", false).await.refused(503, "unavailable");
    anna.set(PresenceChoice::SignOut).await.refused(503, "unavailable");
    let unkept = talking.write("Hello?");
    talking
        .until("a refusal that says to try again", |known| {
            let about = |(id, code, _): &(_, ErrorCode, String)| {
                *id == Some(unkept) && *code == ErrorCode::Unavailable
            };
            known.refused.iter().any(about).then_some(())
        })
        .await;
    assert!(anna.live.seen.borrow().closed.is_none());
    assert!(talking.known.borrow().connected);

    cluster.resume().expect("starts again");
    asking("the floor is there again", || async {
        let answer = anna.person.get("/health").await;
        (answer.status.is_success() && floor.app.floor.is_ready()).then_some(())
    })
    .await;
    asking("the agent can write", || async {
        let answer = anna.send(contact, "Here we are again.", false).await;
        answer.status.is_success().then_some(())
    })
    .await;
    talking.message("Here we are again.").await;
    // What was not kept is sent again, and is there once.
    talking.come_back().await;
    talking.acked(unkept).await;
    anna.message(contact, "Hello?").await;
    asking("the agent is as before", || async {
        (floor.router_state(seed::ANNA).await == AgentState::Talking).then_some(())
    })
    .await;
    assert_eq!(anna.view().contacts[0].state, At::Talking);

    // Those in line are in their places.
    let ben = floor.agent("ben").await;
    let taken = ben.answer().await;
    assert_eq!(taken.messages[0].body, "first in line");
    line[0].state(ConversationState::WithAgent).await;
    let state = line[1].known.borrow().conversation.as_ref().map(|c| c.state);
    assert_eq!(state, Some(ConversationState::Waiting));
}
