//! "We are back, you need not answer": said by a client, journalled as hours, over by itself.

use std::time::Duration;

use crate::house::{self, House, Person, chat, id};
use api::role::Role;
use domain::{ClientId, ContactId, QueueId, Timestamp};
use reqwest::Method;
use routing::{Input, Presence};
use serde_json::{Value, json};
use testkit::both_engines;

both_engines!(open;
    a_client_is_back_and_nothing_is_taken_until_its_time_is_over,
    more_hours_than_agreed_are_the_providers_to_give,
    what_was_said_is_over_by_itself_also_across_a_restart,
);

struct Place(String);

async fn open(url: String) -> Place {
    Place(url)
}

const MINUTE: Duration = Duration::from_secs(60);

/// The first client with hours day and night, or none in this week, controlled by whom.
async fn hours(house: &House, always: bool, control: &str) -> QueueId {
    let admin = house.person(Role::Administrator);
    let path = format!("/api/v1/clients/{}/contracts", house.first);
    let history = house.ask(Method::GET, &path, admin, None).await.expect(200);
    let newest = history[0]["version"].as_u64().unwrap();
    let one = house.ask(Method::GET, &format!("{path}/{newest}"), admin, None).await.expect(200);
    let mut terms = one["terms"].clone();
    let days = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
    let weekly = if always {
        json!([{ "days": days, "from": "00:00", "until": "24:00" }])
    } else {
        json!([])
    };
    let far = json!([{ "date": "2026-01-01", "name": "Long ago", "hours": [{ "from": "09:00", "until": "10:00" }] }]);
    let calendar = json!({
        "name": format!("Hours {always} {control}"), "zone": "Europe/Paris", "weekly": weekly,
        "holidays": if always { json!([]) } else { far },
    });
    let made =
        house.ask(Method::POST, "/api/v1/calendars", admin, Some(&calendar)).await.expect(201);
    terms["hours"] = made["id"].clone();
    for period in terms["periods"].as_array_mut().unwrap() {
        period["control"] = control.into();
    }
    let body = json!({ "based_on": newest, "valid_from": null, "note": "", "terms": terms });
    let contract = house.ask(Method::POST, &path, admin, Some(&body)).await.expect(201);
    QueueId::from_uuid(id(&contract["terms"]["queues"][0]["id"]))
}

async fn sign_in(house: &House) {
    let admin = house.person(Role::Administrator);
    let me = house.ask(Method::GET, "/api/v1/session", admin, None).await.expect(200);
    let agent = domain::AgentId::from_uuid(id(&me["agent"]));
    let input = Input::SignIn { agent, presence: Presence::Available };
    house.app.floor.input(input).await.unwrap();
}

async fn arrive(house: &House, queue: QueueId, contact: u128) -> ContactId {
    let contact = ContactId::from_u128(contact);
    let arrives = Input::Arrive(chat(contact, house.first, queue));
    house.app.floor.input(arrives).await.unwrap();
    contact
}

/// How a contact stands on the floor: it rings or waits there, or has left it.
async fn is_on_floor(house: &House, contact: ContactId) -> bool {
    house.app.floor.look(move |router, _| router.contact_view(contact).is_some()).await.unwrap()
}

fn path(house: &House) -> String {
    format!("/api/v1/clients/{}/presence", house.first)
}

async fn say(
    house: &House,
    who: &Person,
    answers: Value,
    until: Option<Timestamp>,
) -> house::Answer {
    let now = house.ask(Method::GET, &path(house), who, None).await.expect(200);
    let until = until.map(|until| until.to_string());
    let body = json!({ "version": now["version"], "answers": answers, "until": until });
    house.ask(Method::PUT, &path(house), who, Some(&body)).await
}

async fn a_client_is_back_and_nothing_is_taken_until_its_time_is_over(place: Place) {
    let house = House::open(&place.0).await;
    let queue = hours(&house, true, "provider").await;
    sign_in(&house).await;
    let manager = house.person(Role::ClientManager).clone();
    let before = house.ask(Method::GET, &path(&house), &manager, None).await.expect(200);
    assert_eq!((&before["open"], &before["presence"]), (&json!(true), &Value::Null));
    assert_eq!((&before["may_take_back"], &before["may_hand_over"]), (&json!(true), &json!(false)));
    assert_eq!(before["week"].as_array().unwrap().len(), 1, "open throughout: {before}");
    let waits = arrive(&house, queue, 1).await;
    assert!(is_on_floor(&house, waits).await);

    let until = house.app.clock.now() + 30 * MINUTE;
    let said = say(&house, &manager, json!("client"), Some(until)).await.expect(200);
    assert_eq!((&said["open"], &said["presence"]["answers"]), (&json!(false), &json!("client")));
    assert_eq!(said["presence"]["by"], "client_manager of the house");
    assert_eq!(said["presence"]["until"], until.to_string());
    assert_eq!(said["changes"], until.to_string(), "it is over by itself");
    assert_eq!(said["week"][0]["from"], until.to_string());
    assert_ne!(said["agreed"], said["week"]);
    // At once: what comes now is not taken; whoever waits already is still answered.
    let late = arrive(&house, queue, 2).await;
    assert!(!is_on_floor(&house, late).await, "it was turned away, as outside the hours");
    assert!(is_on_floor(&house, waits).await);
    // The desk, the board and the client's readers see it.
    let reader = house.person(Role::ClientReader);
    let seen = house.ask(Method::GET, &path(&house), reader, None).await.expect(200);
    assert_eq!(seen["presence"], said["presence"]);
    assert_eq!(seen["may_take_back"], false);
    let directory = house.app.floor.directory();
    let agent = directory.agents().next().unwrap().id;
    let at_desk = directory.desk_client(ClientId::from_uuid(house.first), agent);
    assert_eq!(serde_json::to_value(at_desk.presence).unwrap(), said["presence"]);

    // One press takes it back.
    let stale = json!({ "version": before["version"], "answers": null, "until": null });
    let stale = house.ask(Method::PUT, &path(&house), &manager, Some(&stale)).await;
    assert_eq!(stale.body["reason"], "changed_meanwhile", "{}", stale.text);
    let back = say(&house, &manager, Value::Null, None).await.expect(200);
    assert_eq!((&back["open"], &back["presence"]), (&json!(true), &Value::Null));
    let third = arrive(&house, queue, 3).await;
    assert!(is_on_floor(&house, third).await);
    let admin = house.person(Role::Administrator);
    let log = house.ask(Method::GET, "/api/v1/audit?action=presence.changed", admin, None).await;
    let log = log.expect(200);
    assert_eq!(log["items"].as_array().unwrap().len(), 2, "{log}");
    assert_eq!(log["items"][0]["before"]["answers"], "client");
    house.close().await.unwrap();
}

async fn more_hours_than_agreed_are_the_providers_to_give(place: Place) {
    let house = House::open(&place.0).await;
    let queue = hours(&house, false, "provider").await;
    sign_in(&house).await;
    let manager = house.person(Role::ClientManager).clone();
    let lead = house.person(Role::ShiftLead).clone();
    let soon = house.app.clock.now() + 60 * MINUTE;
    let refused = say(&house, &manager, json!("provider"), Some(soon)).await;
    assert_eq!(refused.body["reason"], "presence_not_yours", "{}", refused.text);
    let closed = arrive(&house, queue, 1).await;
    assert!(!is_on_floor(&house, closed).await);
    // The provider's people may, and so may the client in periods of its own.
    let given = say(&house, &lead, json!("provider"), Some(soon)).await.expect(200);
    assert_eq!((&given["open"], &given["changes"]), (&json!(true), &json!(soon.to_string())));
    let taken = arrive(&house, queue, 2).await;
    assert!(is_on_floor(&house, taken).await);
    say(&house, &lead, Value::Null, None).await.expect(200);
    hours(&house, false, "client").await;
    let own = say(&house, &manager, json!("provider"), Some(soon)).await.expect(200);
    assert_eq!((&own["open"], &own["may_hand_over"]), (&json!(true), &json!(true)));
    // An end there must be, and not too far away.
    for until in [None, Some(house.app.clock.now()), Some(soon + 20 * 1_440 * MINUTE)] {
        let refused = say(&house, &manager, json!("client"), until).await;
        assert!(refused.status.is_client_error(), "{}", refused.text);
    }
    let planner = house.person(Role::Planner);
    let refused = say(&house, planner, json!("client"), Some(soon)).await;
    assert_eq!(refused.code(), "forbidden", "{}", refused.text);
    let stranger = house.ask(Method::GET, &path(&house), &house.stranger, None).await;
    assert_eq!(stranger.code(), "not_found");
    house.close().await.unwrap();
}

async fn what_was_said_is_over_by_itself_also_across_a_restart(place: Place) {
    let house = House::open(&place.0).await;
    let queue = hours(&house, true, "provider").await;
    sign_in(&house).await;
    let manager = house.person(Role::ClientManager).clone();
    let until = house.app.clock.now() + 30 * MINUTE;
    say(&house, &manager, json!("client"), Some(until)).await.expect(200);
    let first = house.first;
    house.close().await.unwrap();
    // The journal has the hours, so that it replays; and what was said still holds.
    let mut house = House::start(&place.0, &[]).await;
    house.first = first;
    let turned = arrive(&house, queue, 1).await;
    assert!(!is_on_floor(&house, turned).await);
    house.wait(until.since(house.app.clock.now()));
    let taken = arrive(&house, queue, 2).await;
    assert!(is_on_floor(&house, taken).await, "its time is over");
    let manager = house.sign_in(Role::ClientManager.name()).await;
    let now = house.ask(Method::GET, &path(&house), &manager, None).await.expect(200);
    assert_eq!((&now["open"], &now["presence"]), (&json!(true), &Value::Null));
    house.close().await.unwrap();
}
