//! Three clients under the three contracts, at once.

use std::time::Duration;

use api::{
    desk::DeskContactState as At,
    live::Topic,
    widget::{ConversationState, WidgetRequest},
};

use crate::{
    fixture::{Engine, Floor, both},
    seed::{self, Plan},
    wait::asking,
};

both! {
    each_client_reaches_the_right_people_and_the_hybrid_one_changes_over_at_its_hour,
    overflow_opens_after_its_time_and_not_before,
    a_dedicated_client_waits_for_its_team_whoever_is_free,
    outside_the_hours_the_customer_is_told_and_leaves_a_message,
    outside_the_hours_a_contact_waits_for_the_opening_where_the_contract_says_so,
}

async fn each_client_reaches_the_right_people_and_the_hybrid_one_changes_over_at_its_hour(
    engine: Engine,
) {
    let floor = Floor::open(engine).await;
    let anna = floor.agent("anna").await;
    let dora = floor.agent("dora").await;
    let hanna = floor.agent("hanna").await;
    let mut customers = Vec::new();
    for (widget, desk, client) in [
        (seed::SHARED_WIDGET, &anna, "Alpine Hotel"),
        (seed::DEDICATED_WIDGET, &dora, "Borealis Insurance"),
        (seed::HYBRID_WIDGET, &hanna, "Cadence Telecom"),
    ] {
        let customer = floor.customer(widget).await;
        customer.start(&format!("For {client}"));
        let held = desk.answer().await;
        assert_eq!(held.client.name, client);
        assert_eq!(held.messages[0].body, format!("For {client}"));
        customer.state(ConversationState::WithAgent).await;
        customers.push(customer);
    }
    let lead = floor.person("lead").await.follow(Topic::Board).await;
    let service = |wanted: &'static str| {
        lead.until(wanted, move |seen| {
            let clients = &seen.board.as_ref()?.clients;
            let row = clients.iter().find(|row| row.id == seed::HYBRID.uuid())?;
            (row.service == wanted && row.model == "hybrid").then(|| row.period.clone())
        })
    };
    assert_eq!(service("dedicated").await, "Office hours");

    // At six in the evening the pool takes over, and the team is not asked any more.
    let evening = floor.pass_until_paris(18 * 60);
    assert_eq!(service("shared").await, "Out of office");
    let late = floor.customer(seed::HYBRID_WIDGET).await;
    late.start("After hours");
    let held = anna
        .until("the late contact", |desk| {
            desk.contacts.iter().find(|held| held.messages[0].body == "After hours").cloned()
        })
        .await;
    assert!(!held.overflow, "the pool's own period is no overflow");
    anna.act(held.contact, "answer").await.done();
    late.state(ConversationState::WithAgent).await;
    let contact = domain::ContactId::from_uuid(held.contact);
    let arrived = floor.app.cards.get(contact).unwrap().arrived;
    assert!(arrived >= evening);
    assert_eq!(hanna.view().contacts.iter().filter(|held| held.state == At::Offered).count(), 0);

    // In the morning the team has it back.
    floor.pass_until_paris(8 * 60);
    assert_eq!(service("dedicated").await, "Office hours");
}

async fn overflow_opens_after_its_time_and_not_before(engine: Engine) {
    let floor = Floor::planned(engine, Plan { chats: 1, ..Plan::default() }).await;
    let hanna = floor.agent("hanna").await;
    let first = floor.customer(seed::HYBRID_WIDGET).await;
    first.start("First");
    let held = hanna.answer().await.contact;
    let second = floor.customer(seed::HYBRID_WIDGET).await;
    second.start("Second");
    second.state(ConversationState::Waiting).await;
    second.message("Everybody is busy; somebody will be with you shortly.").await;
    let anna = floor.agent("anna").await;
    floor.pass(Duration::from_secs(50));
    // Anna is free, and the contact waits all the same: it is not a minute old.
    let lead = floor.person("lead").await;
    let board = lead.follow(Topic::Board).await;
    let row = board
        .until("it waits", |seen| {
            // The board may still show the first one, who has been answered.
            seen.board.as_ref()?.waiting.iter().find(|row| row.id != held).cloned()
        })
        .await;
    assert!(!row.overflow);
    assert!(anna.view().contacts.is_empty());
    let why: api::why::WhyView =
        lead.get(&format!("/api/v1/board/contacts/{}/why", row.id)).await.good();
    assert!(why.sentence.contains("Office team"), "{}", why.sentence);
    assert!(why.sentence.contains("Office hours"), "{}", why.sentence);
    assert_eq!(why.next.unwrap().text, "the overflow opens");
    floor.pass(Duration::from_secs(11));
    let taken = anna.answer().await;
    assert!(taken.overflow);
    assert_eq!(taken.contact, row.id);
    second.state(ConversationState::WithAgent).await;
    board
        .until("answered by the overflow", |seen| {
            let clients = &seen.board.as_ref()?.clients;
            let row = clients.iter().find(|row| row.id == seed::HYBRID.uuid())?;
            (row.day.overflow_answered == 1).then_some(())
        })
        .await;
}

async fn a_dedicated_client_waits_for_its_team_whoever_is_free(engine: Engine) {
    let floor = Floor::open(engine).await;
    let anna = floor.agent("anna").await;
    let ben = floor.agent("ben").await;
    let customer = floor.customer(seed::DEDICATED_WIDGET).await;
    customer.start("A claim");
    customer.state(ConversationState::Waiting).await;
    floor.pass(Duration::from_secs(3600));
    let lead = floor.person("lead").await;
    let waiting = lead
        .follow(Topic::Board)
        .await
        .until("it waits", |seen| seen.board.as_ref()?.waiting.first().cloned())
        .await;
    let why: api::why::WhyView =
        lead.get(&format!("/api/v1/board/contacts/{}/why", waiting.id)).await.good();
    assert!(why.sentence.contains("the team Polar team"), "{}", why.sentence);
    assert!(why.sentence.contains("Nobody who fits is signed in."), "{}", why.sentence);
    for desk in [&anna, &ben] {
        assert!(desk.view().contacts.is_empty());
        assert!(desk.live.seen.borrow().gone.is_empty(), "it rang at the wrong desk");
    }
    let dora = floor.agent("dora").await;
    assert_eq!(dora.answer().await.contact, waiting.id);
}

async fn outside_the_hours_the_customer_is_told_and_leaves_a_message(engine: Engine) {
    let floor = Floor::planned(engine, Plan { open: (9 * 60, 17 * 60), ..Plan::default() }).await;
    let early = floor.customer(seed::SHARED_WIDGET).await;
    let welcomed = early.known.borrow().widget.clone().unwrap();
    assert!(welcomed.open);
    assert_eq!(welcomed.welcome, "Welcome.");
    floor.pass_until_paris(20 * 60);
    let _anna = floor.agent("anna").await;
    let customer = floor.customer(seed::SHARED_WIDGET).await;
    let widget = customer.known.borrow().widget.clone().unwrap();
    assert!(!widget.open);
    assert_eq!(widget.welcome, "We are closed; leave us a message.");
    assert_eq!(widget.opens.as_deref(), Some("2031-03-06T08:00:00Z"));
    let client_id = uuid::Uuid::new_v4();
    let leave = |email: &str, body: &str| WidgetRequest::LeaveMessage {
        client_id,
        email: email.into(),
        name: Some("Maria".into()),
        body: body.into(),
    };
    customer.say(leave("nonsense", "Call me"));
    assert_eq!(customer.refused().await.1, api::error::ErrorCode::Invalid);
    customer.say(leave("maria@example.org", "Call me"));
    customer.say(leave("maria@example.org", "Call me"));
    customer
        .until("left twice", |known| (known.left == [client_id, client_id]).then_some(()))
        .await;
    let scope = store::ClientScope::of(seed::SHARED);
    let kept = floor
        .app
        .store
        .view()
        .offline_messages(&scope, &store::records::OfflineFilter::default(), 100)
        .await
        .unwrap()
        .rows;
    assert_eq!(kept.len(), 1);
    assert_eq!(
        (kept[0].body.as_str(), kept[0].email.as_ref().map(|email| email.as_str())),
        ("Call me", Some("maria@example.org"))
    );

    // Whoever writes all the same (a page opened before the closing) is told too.
    early.start("Hello?");
    early.state(ConversationState::Ended).await;
    early.message("We are closed; leave us a message.").await;
}

async fn outside_the_hours_a_contact_waits_for_the_opening_where_the_contract_says_so(
    engine: Engine,
) {
    let plan = Plan { open: (9 * 60, 17 * 60), closed_waits: true, ..Plan::default() };
    let floor = Floor::planned(engine, plan).await;
    floor.pass_until_paris(20 * 60);
    let customer = floor.customer(seed::SHARED_WIDGET).await;
    customer.start("Will you open?");
    customer.state(ConversationState::WaitingForOpening).await;
    customer.message("We open again soon; you keep your place.").await;
    let lead = floor.person("lead").await;
    let row = lead
        .follow(Topic::Board)
        .await
        .until("it waits", |seen| seen.board.as_ref()?.waiting.first().cloned())
        .await;
    assert!(row.for_opening);
    let why: api::why::WhyView =
        lead.get(&format!("/api/v1/board/contacts/{}/why", row.id)).await.good();
    assert_eq!(why.sentence, "It waits for the opening at 2031-03-06T08:00:00Z.");
    // Nobody is expected to sit there: the browser may go.
    customer.cut();
    let room = domain::ContactId::from_uuid(row.id);
    asking("the server notices", || async {
        (!floor.app.chat.room_of(room).ok()?.is_present()).then_some(())
    })
    .await;
    floor.pass_until_paris(8 * 60 + 50);
    let anna = floor.agent("anna").await;
    assert!(anna.view().contacts.is_empty());
    floor.pass_until_paris(9 * 60);
    let taken = anna.answer().await;
    assert_eq!(taken.contact, row.id);
    customer.come_back().await;
    customer.state(ConversationState::WithAgent).await;
}
