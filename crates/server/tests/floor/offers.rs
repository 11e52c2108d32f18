//! What becomes of offers: refused, missed, left by the customer, cut off, and across a restart.

use std::time::Duration;

use api::{
    desk::{AgentStateKind, AwayReasonKind, DeskContactState as At, FinishRequest, TransferTo},
    widget::{ConversationState, WidgetRequest},
};
use routing::{AgentState, AwayReason};

use crate::{
    agent::Desk,
    fixture::{Engine, Floor, both},
    seed::{self, Plan},
    wait::asking,
};

both! {
    a_refused_offer_goes_to_the_next_agent_with_its_wait,
    missed_offers_keep_their_place_and_set_the_agent_away,
    a_customer_who_leaves_while_it_rings_stops_the_ring,
    a_contact_is_passed_on_to_an_agent_a_queue_and_a_skill,
    a_desk_that_comes_back_in_time_keeps_its_work,
    a_desk_that_does_not_come_back_loses_its_work_to_others,
    a_restart_brings_everybody_back_to_where_they_were,
}

fn one_chat() -> Plan {
    Plan { chats: 1, ..Plan::default() }
}

async fn a_refused_offer_goes_to_the_next_agent_with_its_wait(engine: Engine) {
    let floor = Floor::open(engine).await;
    let anna = floor.agent("anna").await;
    let ben = floor.agent("ben").await;
    let customer = floor.customer(seed::SHARED_WIDGET).await;
    customer.start("Hello?");
    let first = anna.contact(At::Offered).await;
    anna.act(first.contact, "refuse").await.done();
    assert_eq!(anna.gone(first.contact).await, "refused");
    let second = ben.contact(At::Offered).await;
    assert_eq!((second.contact, &second.arrived), (first.contact, &first.arrived));
    // A late answer of the first agent is told what happened.
    anna.act(first.contact, "answer").await.refused(409, "conflict");
    assert_eq!(anna.view().me.state.kind, AgentStateKind::Available);
    ben.answer().await;
    customer.state(ConversationState::WithAgent).await;
}

async fn missed_offers_keep_their_place_and_set_the_agent_away(engine: Engine) {
    let floor = Floor::planned(engine, one_chat()).await;
    let anna = floor.agent("anna").await;
    let earlier = floor.customer(seed::SHARED_WIDGET).await;
    earlier.start("I was first.");
    let offered = anna.contact(At::Offered).await;
    let later = floor.customer(seed::SHARED_WIDGET).await;
    later.start("I was second.");
    later.until("a place", |known| known.places.last().copied()).await;

    floor.pass(Duration::from_secs(21));
    assert_eq!(anna.gone(offered.contact).await, "missed");
    let missed = anna.until("a miss", |desk| (desk.me.misses > 0).then_some(desk.me.misses)).await;
    assert_eq!(missed, 1);
    // Whatever rings next is missed too, and then the agent is away.
    anna.contact(At::Offered).await;
    floor.pass(Duration::from_secs(21));
    let away = anna
        .until("away", |desk| {
            let state = &desk.me.state;
            (state.kind == AgentStateKind::Away).then_some(state.reason)
        })
        .await;
    assert_eq!(away, Some(AwayReasonKind::NoAnswer));

    // The earlier customer is first in line at the next agent, with the whole wait.
    let ben = floor.agent("ben").await;
    let first = ben.answer().await;
    assert_eq!((first.contact, &first.arrived), (offered.contact, &offered.arrived));
    earlier.state(ConversationState::WithAgent).await;
    assert_eq!(
        later.known.borrow().conversation.as_ref().unwrap().state,
        ConversationState::Waiting
    );
    let places = later.known.borrow().places.clone();
    assert!(places.windows(2).all(|pair| pair[1] <= pair[0]), "a place grew: {places:?}");
    assert_eq!(floor.router_state(seed::ANNA).await, AgentState::Away(AwayReason::NoAnswer));
}

async fn a_customer_who_leaves_while_it_rings_stops_the_ring(engine: Engine) {
    let floor = Floor::open(engine).await;
    let anna = floor.agent("anna").await;
    let customer = floor.customer(seed::SHARED_WIDGET).await;
    customer.start("Never mind.");
    let offered = anna.contact(At::Offered).await;
    customer.say(WidgetRequest::End);
    customer.state(ConversationState::Ended).await;
    assert_eq!(anna.gone(offered.contact).await, "customer_left");
    anna.act(offered.contact, "answer").await.refused(404, "not_found");

    // One who closes the browser has a minute to come back.
    let silent = floor.customer(seed::SHARED_WIDGET).await;
    silent.start("Hello?");
    let offered = anna.contact(At::Offered).await;
    silent.cut();
    let room = domain::ContactId::from_uuid(offered.contact);
    asking("the server notices", || async {
        (!floor.app.chat.room_of(room).ok()?.is_present()).then_some(())
    })
    .await;
    floor.pass(Duration::from_secs(15));
    anna.act(offered.contact, "refuse").await.done();
    floor.pass(Duration::from_secs(46));
    let why = asking("the contact is over", || async {
        floor
            .app
            .floor
            .look(move |router, _| router.contact_view(room).is_none())
            .await
            .ok()?
            .then_some(())
    });
    why.await;
}

async fn a_contact_is_passed_on_to_an_agent_a_queue_and_a_skill(engine: Engine) {
    let floor = Floor::open(engine).await;
    let anna = floor.agent("anna").await;
    let customer = floor.customer(seed::SHARED_WIDGET).await;
    customer.start("My invoice is wrong.");
    let contact = anna.answer().await.contact;

    // To an agent by name, with a note.
    let olga = floor.agent("olga").await;
    let to = TransferTo::Agent(seed::OLGA.uuid());
    anna.transfer(contact, to, "").await.refused(409, "conflict");
    // Olga is of the other pool; a lead lets her serve this one.
    let moving = api::board::MoveAgent { pools: vec![seed::POOL.uuid()], reason: "peak".into() };
    let lead = floor.person("lead").await;
    let path = format!("/api/v1/board/agents/{}/move", seed::OLGA.uuid());
    lead.post_body(&path, &moving).await.done();
    anna.transfer(contact, to, "She knows invoices.").await.done();
    let offered = olga.contact(At::Offered).await;
    assert_eq!(offered.contact, contact);
    assert_eq!(offered.kind, api::desk::OfferKindView::Transfer);
    assert_eq!(offered.from.as_deref(), Some("Anna of the floor"));
    assert!(offered.messages.iter().any(|message| message.body == "She knows invoices."));
    anna.contact_is(contact, At::WrapUp).await;
    let finish = FinishRequest { disposition: None, note: String::new() };
    anna.act_with(contact, "finish", &finish).await.done();
    assert_eq!(anna.gone(contact).await, "finished");
    olga.answer().await;
    customer
        .until("with Olga", |known| {
            let name = known.conversation.as_ref()?.agent_name.as_deref()?;
            (name == "Olga at the desk").then_some(())
        })
        .await;

    // To a queue that asks a skill: nobody here has it, so it waits until Ben comes.
    let targets = olga.person.get(&format!("/api/v1/desk/contacts/{contact}/targets")).await;
    let targets: api::desk::TransferTargets = targets.good();
    assert_eq!(targets.queues[0].queue, seed::SHARED_BILLING.uuid());
    let to = TransferTo::Queue(seed::SHARED_BILLING.uuid());
    olga.transfer(contact, to, "").await.done();
    olga.contact_is(contact, At::WrapUp).await;
    olga.act_with(contact, "finish", &finish).await.done();
    customer.state(ConversationState::Waiting).await;
    let ben = floor.agent("ben").await;
    let billed = ben.answer().await;
    assert_eq!((billed.contact, billed.queue.as_str()), (contact, "Billing"));
    customer.state(ConversationState::WithAgent).await;

    // To whoever has a skill: only Ben has it, who passes it on; it comes back to nobody else.
    let other = floor.customer(seed::SHARED_WIDGET).await;
    other.start("Another question.");
    let second = anna.answer().await.contact;
    anna.transfer(second, TransferTo::Skill(seed::BILLING.uuid()), "").await.done();
    let skilled = ben.contact(At::Offered).await;
    assert_eq!(skilled.contact, second);
    ben.act(second, "answer").await.done();
    ben.contact_is(second, At::Talking).await;
    ben.write(second, "I look into it.").await;
    other.message("I look into it.").await;

    // The customer goes: both sides are told.
    other.say(WidgetRequest::End);
    ben.contact_is(second, At::WrapUp).await;
    other.state(ConversationState::Ended).await;
}

async fn a_desk_that_comes_back_in_time_keeps_its_work(engine: Engine) {
    let floor = Floor::open(engine).await;
    let anna = floor.agent("anna").await;
    let customer = floor.customer(seed::SHARED_WIDGET).await;
    customer.start("Are you there?");
    let contact = anna.answer().await.contact;
    anna.live.cut();
    lost(&floor).await;
    let written = customer.write("I will wait.");
    customer.acked(written).await;
    floor.pass(Duration::from_secs(15));
    let anna = Desk::of(anna.person.clone()).await;
    let held = anna.contact_is(contact, At::Talking).await;
    assert!(held.messages.iter().any(|message| message.body == "I will wait."));
    anna.until("talking again", |desk| {
        (desk.me.state.kind == AgentStateKind::Talking).then_some(())
    })
    .await;
    floor.pass(Duration::from_secs(30));
    anna.write(contact, "Here I am.").await;
    customer.message("Here I am.").await;
    assert_eq!(floor.router_state(seed::ANNA).await, AgentState::Talking);
}

async fn lost(floor: &Floor) {
    asking("the desk is lost", || async {
        (floor.router_state(seed::ANNA).await == AgentState::Lost).then_some(())
    })
    .await;
}

async fn a_desk_that_does_not_come_back_loses_its_work_to_others(engine: Engine) {
    let floor = Floor::planned(engine, Plan { announce: false, ..one_chat() }).await;
    let anna = floor.agent("anna").await;
    let customer = floor.customer(seed::SHARED_WIDGET).await;
    let first = customer.start("Are you there?");
    customer.acked(first).await;
    let contact = anna.answer().await;
    anna.write(contact.contact, "One moment.").await;
    anna.live.cut();
    lost(&floor).await;
    let waiting = floor.customer(seed::SHARED_WIDGET).await;
    let later = waiting.start("I came later.");
    waiting.acked(later).await;
    floor.pass(Duration::from_secs(21));
    customer.state(ConversationState::Waiting).await;
    assert_eq!(floor.router_state(seed::ANNA).await, AgentState::Away(AwayReason::ConnectionLost));

    // The one who was in conversation comes before the one who only waits.
    let ben = floor.agent("ben").await;
    let taken = ben.answer().await;
    assert_eq!(taken.contact, contact.contact);
    let words: Vec<&str> = taken.messages.iter().map(|message| message.body.as_str()).collect();
    assert!(words.starts_with(&["Are you there?", "One moment."]), "{words:?}");
    customer.state(ConversationState::WithAgent).await;

    // Anna's desk comes back empty-handed and does not ring before she says so.
    let anna = Desk::of(anna.person.clone()).await;
    assert!(anna.view().contacts.is_empty(), "{:?}", anna.view().contacts);
    assert_eq!(anna.view().me.state.reason, Some(AwayReasonKind::ConnectionLost));
    anna.set(api::desk::PresenceChoice::Available).await.done();
    anna.contact(At::Offered).await;
}

async fn a_restart_brings_everybody_back_to_where_they_were(engine: Engine) {
    let mut floor = Floor::planned(engine, one_chat()).await;
    let anna = floor.agent("anna").await;
    let talking = floor.customer(seed::SHARED_WIDGET).await;
    talking.start("I talk.");
    let contact = anna.answer().await.contact;
    anna.write(contact, "So do I.").await;
    talking.message("So do I.").await;
    let draft = api::desk::DraftRequest { body: "unsent words".into() };
    let put = format!("/api/v1/desk/contacts/{contact}/draft");
    let draft = serde_json::to_value(&draft).unwrap();
    anna.person.ask(reqwest::Method::PUT, &put, Some(draft)).await.done();
    let ben = floor.agent("ben").await;
    let wrapping = floor.customer(seed::SHARED_WIDGET).await;
    wrapping.start("A short one.");
    let wrapped = ben.answer().await.contact;
    ben.act(wrapped, "end").await.done();
    ben.contact_is(wrapped, At::WrapUp).await;
    let mut line = Vec::new();
    for words in ["first in line", "second in line", "third in line"] {
        let customer = floor.customer(seed::SHARED_WIDGET).await;
        let id = customer.start(words);
        customer.acked(id).await;
        line.push(customer);
    }

    floor.restart().await;

    let anna = Desk::of(floor.person("anna").await).await;
    let ben = Desk::of(floor.person("ben").await).await;
    let held = anna.contact_is(contact, At::Talking).await;
    let words: Vec<&str> = held.messages.iter().map(|message| message.body.as_str()).collect();
    assert!(words.starts_with(&["I talk.", "So do I."]), "{words:?}");
    assert_eq!(held.draft.as_deref(), Some("unsent words"));
    assert!(held.customer.name.starts_with('#'), "{}", held.customer.name);
    let wrap_up = ben.contact_is(wrapped, At::WrapUp).await;
    assert!(wrap_up.messages.iter().any(|m| m.body == "A short one."), "{wrap_up:?}");
    ben.send(wrapped, "A note after the restart.", true).await.done();

    // Words written while nobody listened arrive once.
    let missed = talking.write("Did you restart?");
    talking.come_back_to(floor.address()).await;
    talking.acked(missed).await;
    anna.message(contact, "Did you restart?").await;
    anna.write(contact, "We did.").await;
    talking.message("We did.").await;
    assert_eq!(
        talking.known.borrow().conversation.as_ref().unwrap().state,
        ConversationState::WithAgent
    );

    // Those in line are in the same order, whoever reconnects first.
    for customer in line.iter().rev() {
        customer.come_back_to(floor.address()).await;
    }
    let finish = FinishRequest { disposition: None, note: String::new() };
    ben.act_with(wrapped, "finish", &finish).await.done();
    for (customer, words) in line.iter().zip(["first in line", "second in line", "third in line"]) {
        let taken = ben.answer().await;
        assert_eq!(taken.messages[0].body, words);
        customer.state(ConversationState::WithAgent).await;
        ben.act(taken.contact, "end").await.done();
        ben.contact_is(taken.contact, At::WrapUp).await;
        ben.act_with(taken.contact, "finish", &finish).await.done();
    }
    anna.act(contact, "end").await.done();
    talking.state(ConversationState::Ended).await;
}
