//! Who is on call at a client: who reads it, who changes it, and what is refused.

use crate::house::{self, House, Person};
use api::role::Role;
use reqwest::Method;
use serde_json::{Value, json};
use testkit::both_engines;
use uuid::Uuid;

both_engines!(open;
    the_clients_manager_changes_it_and_everybody_concerned_sees_it,
    what_is_wrong_is_named_and_nothing_is_kept,
);

async fn open(url: String) -> House {
    House::open(&url).await
}

fn lea() -> Value {
    json!({ "id": Uuid::from_u128(1), "name": "Léa", "phone": "+33 1 42 34 56 78" })
}

fn list(version: u64, entries: &Value) -> Value {
    let karim =
        json!({ "id": Uuid::from_u128(2), "name": "Karim", "email": "karim@northwind.example" });
    json!({
        "version": version, "people": [lea(), karim], "standing": [Uuid::from_u128(1)], "entries": entries
    })
}

async fn put(house: &House, who: &Person, body: &Value) -> house::Answer {
    let path = format!("/api/v1/clients/{}/on-call", house.first);
    house.ask(Method::PUT, &path, who, Some(body)).await
}

async fn get(house: &House, who: &Person) -> Value {
    let path = format!("/api/v1/clients/{}/on-call", house.first);
    house.ask(Method::GET, &path, who, None).await.expect(200)
}

async fn the_clients_manager_changes_it_and_everybody_concerned_sees_it(house: House) {
    let (manager, reader) = (house.person(Role::ClientManager), house.person(Role::ClientReader));
    let empty = get(&house, reader).await;
    assert_eq!((&empty["version"], &empty["people"]), (&json!(0), &json!([])));
    assert_eq!((&empty["zone"], &empty["now"]["people"]), (&json!("Europe/Paris"), &json!([])));

    let made = put(&house, manager, &list(0, &json!([]))).await.expect(200);
    assert_eq!((&made["version"], &made["now"]["people"][0]["name"]), (&json!(1), &json!("Léa")));
    // A number is kept as it is dialled.
    assert_eq!(made["people"][0]["phone"], "+33142345678");
    let now = house.app.clock.now();
    let until = now + std::time::Duration::from_secs(86_400);
    let tonight = json!([{ "from": now.to_string(), "until": until.to_string(), "people": [Uuid::from_u128(2)] }]);
    put(&house, manager, &list(1, &tonight)).await.expect(200);
    for role in [Role::ClientReader, Role::Planner, Role::AccountManager, Role::TeamLead] {
        let seen = get(&house, house.person(role)).await;
        assert_eq!(seen["now"]["people"][0]["name"], "Karim", "{}", role.name());
        assert_eq!(seen["now"]["until"], until.to_string());
    }
    // Who started from an older list does not overwrite it.
    assert_eq!(put(&house, manager, &list(1, &json!([]))).await.code(), "conflict");
    assert_eq!(put(&house, reader, &list(2, &json!([]))).await.code(), "forbidden");
    let path = format!("/api/v1/clients/{}/on-call", house.first);
    let stranger = house.ask(Method::GET, &path, &house.stranger, None).await;
    assert_eq!(stranger.code(), "not_found");

    // It is in the audit log, and a lead takes a change of theirs back.
    let (lead, admin) = (house.person(Role::ShiftLead), house.person(Role::Administrator));
    put(&house, lead, &list(2, &json!([]))).await.expect(200);
    let log = house.ask(Method::GET, "/api/v1/audit?action=on_call", admin, None).await.expect(200);
    assert_eq!(log["items"].as_array().unwrap().len(), 3);
    let undo = json!({ "kind": "on_call", "object": house.first });
    house.ask(Method::POST, "/api/v1/undo", lead, Some(&undo)).await.expect(200);
    let back = get(&house, reader).await;
    assert_eq!((&back["now"]["people"][0]["name"], &back["version"]), (&json!("Karim"), &json!(4)));
    house.close().await.unwrap();
}

async fn what_is_wrong_is_named_and_nothing_is_kept(house: House) {
    let manager = house.person(Role::ClientManager);
    let bad = json!({
        "version": 0, "standing": [], "entries": [],
        "people": [{ "id": Uuid::from_u128(1), "name": "", "phone": "12", "email": "nobody" }]
    });
    let refused = put(&house, manager, &bad).await.expect(422);
    let faults: Vec<&str> = refused["faults"]
        .as_array()
        .unwrap()
        .iter()
        .map(|fault| fault["code"].as_str().unwrap())
        .collect();
    for code in ["length", "not_a_phone", "not_a_mail", "nobody_standing"] {
        assert!(faults.contains(&code), "{code} of {faults:?}");
    }
    let odd = json!([{ "from": "tomorrow", "until": "later", "people": [Uuid::from_u128(1)] }]);
    assert_eq!(put(&house, manager, &list(0, &odd)).await.status, 400);
    assert_eq!(get(&house, manager).await["version"], 0);
    house.close().await.unwrap();
}
