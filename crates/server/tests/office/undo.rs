//! One's own last change is taken back, in one's own session, unless somebody was there since.

use std::time::Duration;

use crate::house::{House, Person, profile};
use api::role::Role;
use reqwest::Method;
use serde_json::{Value, json};
use testkit::both_engines;
use uuid::Uuid;

both_engines!(open;
    what_was_changed_is_as_before_and_again_as_after,
    what_was_removed_is_there_again_and_what_was_created_is_gone,
    a_version_of_the_contract_is_followed_by_the_terms_before_it,
    whoever_changed_it_since_is_not_undone,
    what_cannot_be_taken_back_says_so,
);

async fn open(url: String) -> House {
    House::open(&url).await
}

async fn ask(house: &House, who: &Person, method: Method, path: &str, body: Value) -> Value {
    let body = (method != Method::GET && method != Method::DELETE).then_some(body);
    let answer = house.ask(method, &format!("/api/v1{path}"), who, body.as_ref()).await;
    assert!(answer.status.is_success(), "{path}: {} {}", answer.status, answer.text);
    answer.body
}

async fn undo(house: &House, who: &Person, kind: &str, object: &Value, status: u16) -> Value {
    let body = json!({ "kind": kind, "object": object });
    house.ask(Method::POST, "/api/v1/undo", who, Some(&body)).await.expect(status)
}

/// What a person reads of a thing, without what counts changes.
fn unversioned(mut thing: Value) -> Value {
    thing.as_object_mut().unwrap().remove("version");
    thing
}

/// The thing with this id as its list or its own address has it.
async fn read(house: &House, who: &Person, list: &str, id: &Value) -> Value {
    let all = ask(house, who, Method::GET, list, Value::Null).await;
    let all = all.get("items").unwrap_or(&all).as_array().unwrap().clone();
    all.into_iter().find(|one| one["id"] == *id).unwrap_or(Value::Null)
}

async fn what_was_changed_is_as_before_and_again_as_after(house: House) {
    let admin = house.person(Role::Administrator);
    let (first, get, post) = (house.first, Method::GET, Method::POST);
    let agents = format!("/clients/{first}/canned-answers");
    let canned = json!({ "shortcut": "hello", "language": "fr", "text": "Bonjour !" });
    let canned = ask(&house, admin, post.clone(), &agents, canned).await;
    let named = |name: &str| json!({ "name": name });
    let skill = ask(&house, admin, post.clone(), "/skills", named("Orders")).await;
    let site = ask(&house, admin, post.clone(), "/sites", named("Lyon")).await;
    let agent = ask(&house, admin, post.clone(), "/agents", profile("Zoé")).await;
    let one_of = async |list: &str| {
        ask(&house, admin, get.clone(), list, Value::Null).await.as_array().unwrap()[0].clone()
    };
    let (pool, team) = (one_of("/pools").await, one_of("/teams").await);
    let calendar = one_of("/calendars").await;
    let client = ask(&house, admin, get.clone(), &format!("/clients/{first}"), Value::Null).await;
    let users = ask(&house, admin, get.clone(), "/users?q=planner", Value::Null).await;
    let user = users["items"][0].clone();

    let closed = json!([{ "from": "2031-12-24T00:00", "until": "2031-12-27T00:00", "reason": "" }]);
    let cases = [
        ("skill", "/skills".to_owned(), skill, "name", json!("Order taking")),
        ("site", "/sites".to_owned(), site, "name", json!("Nice")),
        ("pool", "/pools".to_owned(), pool, "fairness_cap_percent", json!(40)),
        ("team", "/teams".to_owned(), team, "name", json!("Équipe")),
        ("calendar", "/calendars".to_owned(), calendar, "closures", closed),
        ("canned_answer", agents, canned, "text", json!("Bonsoir !")),
        ("agent", "/agents".to_owned(), agent, "alias", json!("Zora")),
        ("user", "/users".to_owned(), user, "name", json!("Paul Plan")),
        ("client", "/clients".to_owned(), client, "hue", json!(12)),
    ];
    for (kind, list, before, field, value) in cases {
        let id = &before["id"];
        let mut change = before.clone();
        change[field] = value.clone();
        let path = format!("{list}/{}", id.as_str().unwrap());
        ask(&house, admin, Method::PUT, &path, change).await;
        let changed = read(&house, admin, &list, id).await;
        assert_eq!(changed[field], value, "{kind}");

        let undone = undo(&house, admin, kind, id, 200).await;
        assert_eq!((&undone["action"], &undone["object"]), (&json!(format!("{kind}.changed")), id));
        let now = read(&house, admin, &list, id).await;
        assert_eq!(unversioned(now.clone()), unversioned(before.clone()), "{kind}");
        assert!(now["version"].as_u64() > changed["version"].as_u64(), "{kind}: {now}");
        // What was taken back is itself a change.
        undo(&house, admin, kind, id, 200).await;
        let again = read(&house, admin, &list, id).await;
        assert_eq!(unversioned(again), unversioned(changed), "{kind}");
    }

    let settings = ask(&house, admin, get.clone(), "/settings", Value::Null).await;
    let mut change = settings.clone();
    change["provider_name"] = json!("Autre");
    ask(&house, admin, Method::PUT, "/settings", change).await;
    undo(&house, admin, "settings", &json!(Uuid::nil()), 200).await;
    let now = ask(&house, admin, get, "/settings", Value::Null).await;
    assert_eq!(now["provider_name"], settings["provider_name"]);
    house.close().await.unwrap();
}

async fn what_was_removed_is_there_again_and_what_was_created_is_gone(house: House) {
    let admin = house.person(Role::Administrator);
    let canned = format!("/clients/{}/canned-answers", house.first);
    let hours = json!([{ "days": ["monday"], "from": "09:00", "until": "17:00" }]);
    let cases = [
        ("skill", "/skills", json!({ "name": "Orders" })),
        ("site", "/sites", json!({ "name": "Lyon" })),
        ("pool", "/pools", json!({ "name": "Nights", "fairness_cap_percent": 70 })),
        ("team", "/teams", json!({ "name": "Extra", "client": house.first })),
        (
            "calendar",
            "/calendars",
            json!({
                "name": "Mondays", "zone": "Europe/Paris", "weekly": hours, "holidays": [],
                "closures": []
            }),
        ),
        ("canned_answer", &canned, json!({ "shortcut": "bye", "language": "fr", "text": "Adieu" })),
    ];
    for (kind, list, new) in cases {
        let made = ask(&house, admin, Method::POST, list, new.clone()).await;
        let undone = undo(&house, admin, kind, &made["id"], 200).await;
        assert_eq!(undone["object"], Value::Null, "{kind}");
        assert_eq!(read(&house, admin, list, &made["id"]).await, Value::Null, "{kind} is gone");

        let made = ask(&house, admin, Method::POST, list, new).await;
        let path = format!("{list}/{}", made["id"].as_str().unwrap());
        ask(&house, admin, Method::DELETE, &path, Value::Null).await;
        let undone = undo(&house, admin, kind, &made["id"], 200).await;
        assert_eq!(undone["action"], format!("{kind}.removed"));
        let again = read(&house, admin, list, &undone["object"]).await;
        let mut want = made.clone();
        want["id"] = undone["object"].clone();
        assert_eq!(again, want, "{kind}");
    }
    // What is used by now stays, and the answer says by whom.
    let skill = ask(&house, admin, Method::POST, "/skills", json!({ "name": "Orders 2" })).await;
    let mut agent = profile("Skilled");
    agent["skills"] = json!([{ "skill": skill["id"], "level": 5 }]);
    ask(&house, admin, Method::POST, "/agents", agent).await;
    let refused = undo(&house, admin, "skill", &skill["id"], 409).await;
    assert!(refused["message"].as_str().unwrap().contains("agent Skilled"), "{refused}");
    house.close().await.unwrap();
}

async fn a_version_of_the_contract_is_followed_by_the_terms_before_it(house: House) {
    let manager = house.person(Role::AccountManager);
    let contract = format!("/clients/{}/contract", house.first);
    let agreed = async || ask(&house, manager, Method::GET, &contract, Value::Null).await;
    let before = agreed().await;
    let publish = async |terms: &Value, based_on: u32, valid_from: Value| {
        let body = json!({ "based_on": based_on, "terms": terms, "valid_from": valid_from });
        ask(&house, manager, Method::POST, &format!("{contract}s"), body).await
    };
    let mut terms = before["terms"].clone();
    terms["retention_days"] = json!(30);
    publish(&terms, 1, Value::Null).await;
    // A draft of the next version is work in progress, and no reason not to take this one back.
    let draft = format!("{contract}-draft");
    let body = json!({ "version": 0, "terms": terms });
    ask(&house, manager, Method::PUT, &draft, body).await;
    let undone = undo(&house, manager, "contract", &json!(house.first), 200).await;
    assert_eq!(undone["action"], "contract.published");
    let now = agreed().await;
    assert_eq!((&now["version"], &now["terms"]), (&json!(3), &before["terms"]));

    // One that begins later is taken back for the same instant.
    let later = (house.app.clock.now() + Duration::from_secs(86_400)).to_string();
    publish(&terms, 3, json!(later)).await;
    undo(&house, manager, "contract", &json!(house.first), 200).await;
    let now = agreed().await;
    assert_eq!((&now["version"], &now["valid_from"]), (&json!(5), &json!(later)));
    assert_eq!(now["terms"], before["terms"]);
    house.close().await.unwrap();
}

async fn whoever_changed_it_since_is_not_undone(house: House) {
    let admin = house.person(Role::Administrator);
    let manager = house.person(Role::AccountManager);
    let skill = ask(&house, admin, Method::POST, "/skills", json!({ "name": "Orders" })).await;
    let path = format!("/skills/{}", skill["id"].as_str().unwrap());
    let change = |version: u64, name: &str| json!({ "version": version, "name": name });
    ask(&house, admin, Method::PUT, &path, change(1, "Sales")).await;
    ask(&house, manager, Method::PUT, &path, change(2, "Selling")).await;
    let refused = undo(&house, admin, "skill", &skill["id"], 409).await;
    let said = refused["message"].as_str().unwrap();
    assert!(said.starts_with("account_manager of the house changed this at"), "{refused}");
    assert_eq!(read(&house, admin, "/skills", &skill["id"]).await["name"], "Selling");
    // Theirs is theirs to take back, in the session in which they did it.
    house.wait(Duration::from_secs(1));
    let elsewhere = house.sign_in(&manager.login).await;
    let refused = undo(&house, &elsewhere, "skill", &skill["id"], 409).await;
    assert!(refused["message"].as_str().unwrap().contains("before you signed in"), "{refused}");
    undo(&house, manager, "skill", &skill["id"], 200).await;
    assert_eq!(read(&house, admin, "/skills", &skill["id"]).await["name"], "Sales");
    house.close().await.unwrap();
}

async fn what_cannot_be_taken_back_says_so(house: House) {
    let admin = house.person(Role::Administrator);
    let nothing = undo(&house, admin, "skill", &json!(Uuid::from_u128(9)), 409).await;
    assert!(nothing["message"].as_str().unwrap().contains("nothing to take back"), "{nothing}");
    // The first version, a live client, a new user and a password are there for good.
    let client = json!(house.first);
    let new = json!({ "name": "Fabrikam", "zone": "Europe/Paris" });
    let other = ask(&house, admin, Method::POST, "/clients", new).await;
    let planner = house.person(Role::Planner);
    let password = json!({ "new": "five quite unrelated words" });
    let path = format!("/users/{}/password", planner.user);
    ask(&house, admin, Method::PUT, &path, password).await;
    let reader = json!(house.person(Role::ClientReader).user);
    for (kind, object) in [
        ("client", &other["id"]),
        ("user", &json!(planner.user)),
        ("user", &reader),
        ("client", &client),
        ("contract", &client),
    ] {
        let refused = undo(&house, admin, kind, object, 409).await;
        let said = format!("{} {}", refused["message"], refused["next"]);
        assert!(said.contains("by hand") || said.contains("sign"), "{kind}: {refused}");
    }
    let body = json!({ "kind": "widget", "object": Uuid::nil() });
    house.ask(Method::POST, "/api/v1/undo", admin, Some(&body)).await.expect(400);
    house.close().await.unwrap();
}
