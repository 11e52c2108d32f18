//! What a customer's browser may do to the server, by accident or on purpose.

use std::{sync::atomic::Ordering, time::Duration};

use api::{
    desk::DeskContactState as At,
    error::ErrorCode,
    widget::{ConversationState, WidgetMessage, WidgetRequest},
};
use futures_util::{SinkExt, StreamExt};
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde_json::json;
use tokio_tungstenite::tungstenite::{Error, Message};
use uuid::Uuid;

use crate::{
    agent::Desk,
    customer::{Customer, Door},
    fixture::{Engine, Floor, both},
    proxy::Network,
    seed::{self, Plan},
    wait::LIMIT,
};

both! {
    what_cannot_be_read_or_comes_too_late_is_refused_and_nobody_else_is_affected,
    nothing_is_lost_or_doubled_over_two_hundred_broken_connections,
    two_tabs_are_one_customer,
    two_tabs_that_begin_at_once_begin_one_conversation,
    only_a_good_identity_reads_a_known_customers_conversation,
    a_widget_is_served_to_its_own_pages_only,
    too_much_at_once_is_refused_for_a_while,
    a_full_queue_says_so_and_takes_a_message,
    a_place_in_line_only_ever_improves,
    what_was_said_while_away_is_there_even_when_it_is_over,
}

/// A customer in conversation with Anna; the desk, the customer, the contact.
async fn in_conversation(floor: &Floor) -> (Desk, Customer, Uuid) {
    let anna = floor.agent("anna").await;
    let customer = floor.customer(seed::SHARED_WIDGET).await;
    let first = customer.start("Hello");
    customer.acked(first).await;
    let contact = anna.answer().await.contact;
    customer.state(ConversationState::WithAgent).await;
    (anna, customer, contact)
}

async fn what_cannot_be_read_or_comes_too_late_is_refused_and_nobody_else_is_affected(
    engine: Engine,
) {
    let floor = Floor::open(engine).await;
    let (anna, customer, contact) = in_conversation(&floor).await;
    let refused = async |code: ErrorCode, times: usize| {
        customer
            .until(&format!("{code:?}, {times} times"), |known| {
                let count = known.refused.iter().filter(|(_, c, _)| *c == code).count();
                (count >= times).then_some(())
            })
            .await;
    };
    for (n, nonsense) in ["{", "[]", "null", r#"{"type":"wreck"}"#, r#"{"type":"read","upto":-1}"#]
        .iter()
        .enumerate()
    {
        customer.say_raw(*nonsense);
        refused(ErrorCode::Malformed, n + 1).await;
    }
    customer.write(" \n ");
    refused(ErrorCode::Invalid, 1).await;
    customer.write(&"я".repeat(4_001));
    refused(ErrorCode::TooLarge, 1).await;
    let long = "я".repeat(4_000);
    let longest = customer.write(&long);
    customer.acked(longest).await;
    customer.say(WidgetRequest::Message {
        client_id: Uuid::new_v4(),
        body: String::new(),
        attachment: Some(Uuid::new_v4()),
    });
    refused(ErrorCode::NotFound, 1).await;

    // The same message twice is one message with one number.
    let client_id = Uuid::new_v4();
    let twice = || WidgetRequest::Message { client_id, body: "Once".to_owned(), attachment: None };
    customer.say(twice());
    customer.say(twice());
    let seq = customer.acked(client_id).await;
    let last = customer.write("Last");
    assert_eq!(customer.acked(last).await, seq + 1);
    anna.message(contact, "Last").await;
    let said = anna.view().contacts[0].messages.clone();
    assert_eq!(said.iter().filter(|message| message.body == "Once").count(), 1);

    // A frame that is far too large ends this connection; the next one goes on.
    customer.say_raw("x".repeat(70 * 1024));
    customer.until("the connection ends", |known| (!known.connected).then_some(())).await;
    customer.come_back().await;
    let after = customer.write("Still here");
    customer.acked(after).await;

    // Out of turn: a message before hello, bytes instead of text, a widget that does not exist.
    let mut socket = Door::new(floor.address(), seed::SHARED_WIDGET).knock().await.unwrap();
    let early = json!({ "type": "message", "client_id": Uuid::new_v4(), "body": "early" });
    socket.send(Message::Text(early.to_string().into())).await.unwrap();
    let Some(Ok(Message::Text(text))) = socket.next().await else { panic!("an answer") };
    let told: WidgetMessage = serde_json::from_str(text.as_str()).unwrap();
    assert!(matches!(told, WidgetMessage::Refused { code: ErrorCode::Malformed, .. }), "{told:?}");
    socket.send(Message::Binary(vec![1, 2, 3].into())).await.unwrap();
    let closed = tokio::time::timeout(LIMIT, socket.next()).await.unwrap();
    assert!(
        matches!(&closed, Some(Ok(Message::Close(Some(frame)))) if u16::from(frame.code) == 1003),
        "{closed:?}"
    );
    let Err(Error::Http(response)) = Door::new(floor.address(), "nobody").knock().await else {
        panic!("a widget that does not exist was opened")
    };
    assert_eq!(response.status(), 404);

    // Too late: the conversation is over.
    anna.act(contact, "end").await.done();
    customer.state(ConversationState::Ended).await;
    customer.write("One more thing");
    refused(ErrorCode::Conflict, 1).await;
    assert!(anna.live.seen.borrow().broken.is_empty());
}

async fn nothing_is_lost_or_doubled_over_two_hundred_broken_connections(engine: Engine) {
    let floor = Floor::open(engine).await;
    let network = Network::before(floor.address()).await;
    let anna = floor.agent("anna").await;
    let customer = Customer::arrive(Door::new(network.address(), seed::SHARED_WIDGET)).await;
    let first = customer.start("Hello");
    customer.acked(first).await;
    let contact = anna.answer().await.contact;
    let mut written = vec![(first, "Hello".to_owned())];
    let mut answered = Vec::new();
    for round in 0..200 {
        match round % 3 {
            0 => network.deaf.store(true, Ordering::SeqCst),
            1 => network.mute.store(true, Ordering::SeqCst),
            _ => {}
        }
        let body = format!("customer {round}");
        written.push((customer.write(&body), body));
        let body = format!("agent {round}");
        anna.write(contact, &body).await;
        answered.push(body);
        customer.cut();
        network.heal();
        floor.pass(Duration::from_secs(30));
        customer.come_back_to(network.address()).await;
        // What could not be sent gathers for some rounds.
        if round % 5 == 4 {
            customer.until("all sent", |known| known.outbox.is_empty().then_some(())).await;
        }
    }
    customer.until("nothing left to send", |known| known.outbox.is_empty().then_some(())).await;
    let last = anna.write(contact, "Goodbye").await;
    customer.message("Goodbye").await;
    let known = customer.known.borrow().clone();
    assert!(known.broken.is_empty(), "{:?}", known.broken);
    assert!(known.refused.is_empty(), "{:?}", known.refused);
    let bodies: Vec<&str> = known.messages.values().map(|message| message.body.as_str()).collect();
    let from = |side: &str| -> Vec<&str> {
        bodies.iter().copied().filter(|body| body.starts_with(side)).collect()
    };
    assert_eq!(from("agent"), answered);
    assert_eq!(
        from("customer"),
        written[1..].iter().map(|(_, body)| body.as_str()).collect::<Vec<_>>()
    );
    // Without a gap, and the same at both ends and in the store.
    let numbers: Vec<u64> = known.messages.keys().copied().collect();
    assert_eq!(numbers, (1..=last.seq).collect::<Vec<_>>());
    let kept: Vec<api::chat::MessageView> =
        anna.person.get(&format!("/api/v1/desk/contacts/{contact}/messages")).await.good();
    assert_eq!(kept.iter().map(|m| m.body.as_str()).collect::<Vec<_>>(), bodies);
    let shown = anna.until("all at the desk", |desk| {
        let messages = &desk.contacts.first()?.messages;
        (messages.len() == bodies.len())
            .then(|| messages.iter().map(|m| m.body.clone()).collect::<Vec<_>>())
    });
    assert_eq!(shown.await, bodies);
    for (id, body) in written {
        assert_eq!(known.messages[&known.acked[&id]].body, body);
    }
}

async fn two_tabs_are_one_customer(engine: Engine) {
    let floor = Floor::open(engine).await;
    let (anna, first, contact) = in_conversation(&floor).await;
    let token = first.known.borrow().token.clone();
    let door = Door { token, ..Door::new(floor.address(), seed::SHARED_WIDGET) };
    let second = Customer::arrive(door).await;
    second.message("Hello").await;
    let said = second.write("From the other tab");
    let seq = second.acked(said).await;
    assert_eq!(first.message("From the other tab").await.seq, seq);
    // Beginning again goes on with what is open.
    let again = second.start("Begin again");
    second.acked(again).await;
    anna.message(contact, "Begin again").await;
    assert_eq!(anna.view().contacts.len(), 1);
    // One tab closes: the customer is still there, and the other is told everything.
    first.cut();
    anna.write(contact, "Are you there?").await;
    second.message("Are you there?").await;
    floor.pass(Duration::from_secs(600));
    anna.write(contact, "Still?").await;
    second.message("Still?").await;
    assert_eq!(anna.view().contacts[0].state, At::Talking);
}

async fn two_tabs_that_begin_at_once_begin_one_conversation(engine: Engine) {
    let floor = Floor::open(engine).await;
    let anna = floor.agent("anna").await;
    let first = floor.customer(seed::SHARED_WIDGET).await;
    let token = first.known.borrow().token.clone();
    let door = Door { token, ..Door::new(floor.address(), seed::SHARED_WIDGET) };
    let second = Customer::arrive(door).await;
    let (one, two) = (first.start("From one"), second.start("From two"));
    first.acked(one).await;
    second.acked(two).await;
    let contact = anna.answer().await.contact;
    anna.message(contact, "From one").await;
    anna.message(contact, "From two").await;
    let contacts = floor.app.floor.look(|router, _| router.contacts().count()).await.unwrap();
    assert_eq!(contacts, 1);
}

fn identity(floor: &Floor, sub: &str, ends_s: i64, secret: &str) -> Option<String> {
    let exp = floor.clock.now().micros() / 1_000_000 + ends_s;
    let claims =
        json!({ "sub": sub, "name": "Maria Known", "email": "maria@known.example", "exp": exp });
    let key = EncodingKey::from_secret(secret.as_bytes());
    Some(encode(&Header::new(Algorithm::HS256), &claims, &key).unwrap())
}

async fn only_a_good_identity_reads_a_known_customers_conversation(engine: Engine) {
    let plan = Plan { identity_required: true, ..Plan::default() };
    let floor = Floor::planned(engine, plan).await;
    let anna = floor.agent("anna").await;
    let door = Door::new(floor.address(), seed::SHARED_WIDGET);
    let as_maria = |ends_s, secret| Door {
        identity: identity(&floor, "maria", ends_s, secret),
        ..door.clone()
    };
    let maria = Customer::arrive(as_maria(600, seed::WIDGET_SECRET)).await;
    let first = maria.start("My booking, please");
    maria.acked(first).await;
    let held = anna.answer().await;
    assert!(held.customer.verified);
    assert_eq!(held.customer.name, "Maria Known");

    // The same person elsewhere sees it all.
    let elsewhere = Customer::arrive(as_maria(600, seed::WIDGET_SECRET)).await;
    elsewhere.message("My booking, please").await;

    // Nobody else does: not with a bad or old token, not with the visitor's token of a browser that
    // was left open, not without anything.
    let stolen = maria.known.borrow().token.clone();
    for (what, door) in [
        ("forged", as_maria(600, "guessed")),
        ("expired", as_maria(-600, seed::WIDGET_SECRET)),
        ("endless", as_maria(10 * 24 * 3600, seed::WIDGET_SECRET)),
        ("nothing", door.clone()),
        ("left open", Door { token: stolen.clone(), ..door.clone() }),
        ("forged, left open", Door { token: stolen, ..as_maria(600, "guessed") }),
    ] {
        let stranger = Customer::arrive(door).await;
        let known = stranger.known.borrow().clone();
        assert!(known.conversation.is_none() && known.messages.is_empty(), "{what}: {known:?}");
        // The widget asks for proof, so a stranger begins nothing either.
        stranger.start("Let me in");
        stranger
            .until("refused", |known| {
                known
                    .refused
                    .iter()
                    .any(|(id, code, _)| id.is_some() && *code == ErrorCode::Forbidden)
                    .then_some(())
            })
            .await;
    }
}

async fn a_widget_is_served_to_its_own_pages_only(engine: Engine) {
    let floor = Floor::open(engine).await;
    let from = |origin: &str| Door {
        origin: Some(origin.to_owned()),
        ..Door::new(floor.address(), seed::SHARED_WIDGET)
    };
    for bad in
        ["https://evil.example", "null", "http://shop.example", "https://shop.example.evil.example"]
    {
        let Err(Error::Http(response)) = from(bad).knock().await else { panic!("{bad} may enter") };
        assert_eq!(response.status(), 403, "{bad}");
    }
    let own = format!("http://{}", floor.address());
    for good in [seed::ORIGIN, own.as_str()] {
        let customer = Customer::arrive(from(good)).await;
        assert!(customer.known.borrow().connected);
    }
}

async fn too_much_at_once_is_refused_for_a_while(engine: Engine) {
    let floor = Floor::open(engine).await;
    let (anna, customer, contact) = in_conversation(&floor).await;
    let ids: Vec<Uuid> = (0..40).map(|n| customer.write(&format!("flood {n}"))).collect();
    let refused = customer
        .until("all answered", |known| {
            let of = |id: &Uuid| known.refused.iter().any(|(of, ..)| *of == Some(*id));
            let answered = |id: &Uuid| known.acked.contains_key(id) || of(id);
            ids.iter().all(answered).then(|| known.refused.clone())
        })
        .await;
    assert!(!refused.is_empty() && refused.len() <= 25, "{} refused", refused.len());
    assert!(refused.iter().all(|(_, code, _)| *code == ErrorCode::TooManyRequests));
    // Nothing that was acknowledged is missing at the desk, and after a while it goes on.
    floor.pass(Duration::from_secs(25));
    let late = customer.write("slowly now");
    customer.acked(late).await;
    anna.message(contact, "slowly now").await;
    let acked = customer.known.borrow().acked.clone();
    let bodies: Vec<String> =
        anna.view().contacts[0].messages.iter().map(|m| m.body.clone()).collect();
    for (n, id) in ids.iter().enumerate() {
        assert_eq!(acked.contains_key(id), bodies.contains(&format!("flood {n}")), "flood {n}");
    }

    // One address begins thirty conversations in a minute, and no more.
    let mut refused = 0;
    for _ in 0..32 {
        let other = floor.customer(seed::SHARED_WIDGET).await;
        let id = other.start("Hello");
        refused += other
            .until("an answer", |known| {
                let no = known
                    .refused
                    .iter()
                    .any(|(of, code, _)| *of == Some(id) && *code == ErrorCode::TooManyRequests);
                (no || known.acked.contains_key(&id)).then_some(u32::from(no))
            })
            .await;
    }
    assert!((1..=3).contains(&refused), "{refused} of 33 were refused");
}

async fn a_full_queue_says_so_and_takes_a_message(engine: Engine) {
    let floor = Floor::planned(engine, Plan { waiting_max: 1, ..Plan::default() }).await;
    let first = floor.customer(seed::SHARED_WIDGET).await;
    first.start("I wait");
    first.state(ConversationState::Waiting).await;
    let second = floor.customer(seed::SHARED_WIDGET).await;
    second.start("And I?");
    second.state(ConversationState::Ended).await;
    second
        .until("it is told why", |known| {
            known
                .messages
                .values()
                .any(|message| message.author == api::chat::Author::System)
                .then_some(())
        })
        .await;
    let client_id = Uuid::new_v4();
    second.say(WidgetRequest::LeaveMessage {
        client_id,
        email: "me@example.org".into(),
        name: None,
        body: "Write to me".into(),
    });
    second
        .until("the message is kept", |known| known.left.contains(&client_id).then_some(()))
        .await;
    assert_eq!(
        first.known.borrow().conversation.as_ref().unwrap().state,
        ConversationState::Waiting
    );
}

async fn a_place_in_line_only_ever_improves(engine: Engine) {
    let floor = Floor::planned(engine, Plan { chats: 1, ..Plan::default() }).await;
    let mut line = Vec::new();
    for n in 0..4 {
        let customer = floor.customer(seed::SHARED_WIDGET).await;
        customer.start(&format!("I am {n}"));
        let place = customer.until("a place", |known| known.places.last().copied()).await;
        assert_eq!(place, n);
        line.push(customer);
        floor.pass(Duration::from_secs(1));
    }
    // One in the middle gives up, one is taken and goes back after a miss.
    line[1].say(WidgetRequest::End);
    line[3]
        .until("one place better", |known| (known.places.last() == Some(&2)).then_some(()))
        .await;
    let anna = floor.agent("anna").await;
    let offered = anna.contact(At::Offered).await;
    assert_eq!(offered.messages[0].body, "I am 0");
    anna.act(offered.contact, "refuse").await.done();
    assert_eq!(anna.gone(offered.contact).await, "refused");
    let ben = floor.agent("ben").await;
    let taken = ben.answer().await;
    assert_eq!(taken.messages[0].body, "I am 0");
    line[3].until("better again", |known| (*known.places.last()? < 2).then_some(())).await;
    for customer in &line {
        let places = customer.known.borrow().places.clone();
        assert!(places.windows(2).all(|pair| pair[1] < pair[0]), "a place grew: {places:?}");
    }
}

async fn what_was_said_while_away_is_there_even_when_it_is_over(engine: Engine) {
    let floor = Floor::open(engine).await;
    let (anna, customer, contact) = in_conversation(&floor).await;
    anna.write(contact, "I look it up.").await;
    customer.message("I look it up.").await;
    customer.cut();
    anna.write(contact, "The code is 1234. Goodbye.").await;
    anna.act(contact, "end").await.done();
    anna.contact_is(contact, At::WrapUp).await;
    let finish = api::desk::FinishRequest { disposition: None, note: String::new() };
    anna.act_with(contact, "finish", &finish).await.done();
    anna.gone(contact).await;
    customer.come_back().await;
    customer.message("The code is 1234. Goodbye.").await;
    customer.state(ConversationState::Ended).await;
    // What comes next is a new conversation.
    let next = customer.start("One more question");
    assert_eq!(customer.acked(next).await, 1);
    anna.answer().await;
}
