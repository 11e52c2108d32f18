//! Who is on call at a client, as the agents who have one of its contacts see it.

use std::time::Duration;

use api::{
    admin::on_call::{ChangeOnCall, OnCallEntryView, OnCallNowView, OnCallPersonView, OnCallTerms},
    desk::DeskContactState as At,
};
use uuid::Uuid;

use crate::{
    fixture::{Engine, Floor, both},
    seed,
};

both! {
    a_change_reaches_the_desks_that_have_the_clients_contacts,
}

fn person(n: u128, name: &str) -> OnCallPersonView {
    OnCallPersonView {
        id: Uuid::from_u128(n),
        name: name.to_owned(),
        phone: Some("+33142345678".to_owned()),
        email: None,
        note: String::new(),
    }
}

async fn a_change_reaches_the_desks_that_have_the_clients_contacts(engine: Engine) {
    let floor = Floor::open(engine).await;
    let (anna, dora) = (floor.agent("anna").await, floor.agent("dora").await);
    let customer = floor.customer(seed::SHARED_WIDGET).await;
    customer.start("It burns!");
    let held = anna.answer().await;
    assert_eq!(held.on_call, 0, "nobody was ever named");

    let path = format!("/api/v1/clients/{}/on-call", seed::SHARED);
    let list = |entries| OnCallTerms {
        people: vec![person(1, "Léa"), person(2, "Karim")],
        standing: vec![Uuid::from_u128(1)],
        entries,
    };
    let lead = floor.person("lead").await;
    lead.put_body(&path, &ChangeOnCall { version: 0, list: list(Vec::new()) }).await.done();
    let now_at = format!("/api/v1/desk/contacts/{}/on-call", held.contact);
    let version = |wanted: u64| {
        anna.until("the desk hears of the list", move |desk| {
            desk.contacts.iter().find(|held| held.on_call == wanted).map(|held| held.state)
        })
    };
    // Nothing else happens on the floor meanwhile: the change itself reaches the desk.
    assert_eq!(version(1).await, At::Talking);
    let now: OnCallNowView = anna.person.get(&now_at).await.good();
    assert_eq!((now.people, now.standing, now.until), (vec![person(1, "Léa")], true, None));

    let (from, until) = (floor.clock.now(), floor.clock.now() + Duration::from_secs(3_600));
    let tonight = OnCallEntryView {
        from: from.to_string(),
        until: until.to_string(),
        people: vec![Uuid::from_u128(2), Uuid::from_u128(1)],
        note: "Léa travels".to_owned(),
    };
    lead.put_body(&path, &ChangeOnCall { version: 1, list: list(vec![tonight]) }).await.done();
    version(2).await;
    let now: OnCallNowView = anna.person.get(&now_at).await.good();
    assert_eq!(now.people, [person(2, "Karim"), person(1, "Léa")]);
    assert_eq!((now.note.as_str(), now.until), ("Léa travels", Some(until.to_string())));
    floor.pass(Duration::from_secs(3_600));
    let later: OnCallNowView = anna.person.get(&now_at).await.good();
    assert_eq!((later.people, later.standing), (vec![person(1, "Léa")], true));

    // Who does not have the contact does not see whom its client may call.
    dora.person.get(&now_at).await.refused(404, "not_found");
}
