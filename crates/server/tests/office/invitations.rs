//! Links by which people choose their password: by mail through a server of another make, and handed over.

use std::time::Duration;

use crate::house::{
    self, Answer, House, PASSWORD, Person,
    post::{LIMIT, Peer, Place, until},
};
use api::role::Role;
use reqwest::Method;
use serde_json::{Value, json};
use testkit::both_engines;

both_engines!(open;
    somebody_new_chooses_a_password_by_a_mailed_link_once,
    a_clients_manager_hands_a_link_over_where_there_is_no_mail,
    a_link_is_void_with_whatever_takes_rights_away_or_after_its_time,
    a_mail_is_taken_back_before_it_leaves,
);

async fn open(url: String) -> Place {
    Place(url)
}

const DAY: Duration = Duration::from_secs(86_400);
const CHOSEN: &str = "my very own words";

async fn make(house: &House, who: &Person, path: &str, body: &Value) -> Value {
    house.ask(Method::POST, path, who, Some(body)).await.expect(201)
}

async fn invite(house: &House, who: &Person, user: &Value, body: &Value) -> Answer {
    let path = format!("/api/v1/users/{}/invitation", user["id"].as_str().unwrap());
    house.ask(Method::POST, &path, who, Some(body)).await
}

/// The key in a link.
#[track_caller]
fn key(text: &str) -> String {
    let (_, key) = text.split_once("/invitation#").expect("a link");
    key.split_whitespace().next().unwrap().to_owned()
}

async fn look(house: &House, key: &str) -> Answer {
    let body = json!({ "key": key });
    house.call(Method::POST, "/api/v1/invitation", None, Some(&body)).await
}

async fn choose(house: &House, key: &str, password: &str) -> Answer {
    let body = json!({ "key": key, "password": password });
    house.call(Method::POST, "/api/v1/invitation/password", None, Some(&body)).await
}

async fn somebody_new_chooses_a_password_by_a_mailed_link_once(place: Place) {
    let Some(mut peer) = Peer::start().await else { return };
    let house = peer.house(&place).await;
    let admin = house.person(Role::Administrator).clone();
    let body =
        json!({ "login": "noor", "name": "Noor Lead", "role": "team_lead", "language": "fr" });
    let noor = make(&house, &admin, "/api/v1/users", &body).await;
    assert_eq!(noor["has_password"], false);
    // Nothing is as good as a password, not even an empty one.
    for guess in ["", PASSWORD] {
        assert_eq!(house.try_sign_in("noor", guess).await.code(), "wrong_credentials");
    }
    let wrong = invite(&house, &admin, &noor, &json!({ "to": "noor" })).await;
    assert_eq!(wrong.body["faults"][0]["code"], "mail_address", "{}", wrong.text);
    let sent = invite(&house, &admin, &noor, &json!({ "to": "noor@relais.example" })).await;
    assert_eq!(sent.expect(200)["link"], Value::Null, "who has it by mail has it alone");
    let mail = peer.mail().await;
    assert_eq!(mail["to"], json!(["noor@relais.example"]));
    assert_eq!(mail["subject"], "Votre accès chez Relais");
    let text = mail["text"].as_str().unwrap();
    for part in ["Bonjour,", "Ada Admin", "en tant que noor", &house.address] {
        assert!(text.contains(part), "{part} is not in {text}");
    }
    let first = key(text);
    let found = look(&house, &first).await.expect(200);
    assert_eq!((&found["login"], &found["language"]), (&json!("noor"), &json!("fr")));

    // Sent once more, the first is void.
    house.wait(Duration::from_secs(60));
    invite(&house, &admin, &noor, &json!({ "to": "noor@relais.example" })).await.expect(200);
    let second = key(peer.mail().await["text"].as_str().unwrap());
    assert_ne!(first, second);
    let void = look(&house, &first).await;
    assert_eq!(void.body["reason"], "invitation_void", "{}", void.text);
    let short = choose(&house, &second, "noor").await;
    assert_eq!(short.body["faults"][0]["field"], "password", "{}", short.text);
    let chosen = choose(&house, &second, CHOSEN).await;
    let session = house::person(&chosen);
    assert_eq!(session.login, "noor");
    house.ask(Method::GET, "/api/v1/reports/contacts", &session, None).await.expect(200);
    assert_eq!(house.try_sign_in("noor", CHOSEN).await.status, 200);
    // It was good once.
    for again in
        [choose(&house, &second, "other very own words").await, look(&house, &second).await]
    {
        assert_eq!(again.body["reason"], "invitation_void", "{}", again.text);
    }
    let audit = house.ask(Method::GET, "/api/v1/audit?limit=200", &admin, None).await;
    assert_eq!(audit.text.matches("user.invited").count(), 2, "{}", audit.text);
    assert_eq!(audit.text.matches("user.password_chosen").count(), 1, "{}", audit.text);
    let mails = house.ask(Method::GET, "/api/v1/mail", &admin, None).await;
    for (what, text) in [("the audit log", &audit.text), ("the screen Mail", &mails.text)] {
        assert!(!text.contains(&second) && !text.contains(&first), "a key is in {what}");
    }
    house.close().await.unwrap();
}

async fn a_clients_manager_hands_a_link_over_where_there_is_no_mail(place: Place) {
    let house = House::open(&place.0).await;
    let manager = house.person(Role::ClientManager).clone();
    assert_eq!(
        house.ask(Method::GET, "/api/v1/session", &manager, None).await.expect(200)["mail_on"],
        false
    );
    let people = format!("/api/v1/clients/{}/users", house.first);
    let body =
        json!({ "login": "paul", "name": "Paul Noir", "role": "client_reader", "language": "en" });
    let paul = make(&house, &manager, &people, &body).await;
    let path = format!("{people}/{}/invitation", paul["id"].as_str().unwrap());
    let by_mail = json!({ "to": "paul@northwind.example" });
    let refused = house.ask(Method::POST, &path, &manager, Some(&by_mail)).await;
    assert_eq!(refused.body["reason"], "mail_unconfigured", "{}", refused.text);
    let made = house.ask(Method::POST, &path, &manager, Some(&json!({}))).await.expect(200);
    let link = made["link"].as_str().unwrap().to_owned();
    assert!(link.starts_with(&format!("{}/invitation#", house.address)), "{link}");
    // Another company's manager, and one of another client's people, stay what they are.
    let stranger = house.hire("their.manager", Role::ClientManager, Some(house.second)).await;
    let theirs = house.ask(Method::POST, &path, &stranger, Some(&json!({}))).await;
    assert_eq!(theirs.code(), "not_found", "{}", theirs.text);
    let other = format!("{people}/{}/invitation", house.stranger.user);
    let other = house.ask(Method::POST, &other, &manager, Some(&json!({}))).await;
    assert_eq!(other.code(), "not_found", "{}", other.text);
    let chosen = choose(&house, &key(&link), CHOSEN).await;
    assert_eq!(chosen.body["client"]["id"], house.first.to_string(), "{}", chosen.text);
    let list = house.ask(Method::GET, &people, &manager, None).await.expect(200);
    let paul = list.as_array().unwrap().iter().find(|one| one["login"] == "paul").unwrap();
    assert_eq!(paul["has_password"], true);

    // Keys are not guessed: tries from one address are as limited as tries to sign in.
    for _ in 0..200 {
        let tried = look(&house, "guess").await;
        if tried.code() == "too_many_requests" {
            tried.assert_error("a guess");
            house.close().await.unwrap();
            return;
        }
        assert_eq!(tried.body["reason"], "invitation_void", "{}", tried.text);
    }
    panic!("200 keys were tried");
}

async fn a_link_is_void_with_whatever_takes_rights_away_or_after_its_time(place: Place) {
    let house = House::open(&place.0).await;
    let link = async |admin: &Person, user: &Value| {
        let made = invite(&house, admin, user, &json!({})).await.expect(200);
        key(made["link"].as_str().unwrap())
    };
    let admin = house.person(Role::Administrator).clone();
    let of_planner = |body: &Value| {
        let all = body["items"].as_array().unwrap();
        all.iter().find(|one| one["login"] == "planner").unwrap().clone()
    };
    let users = house.ask(Method::GET, "/api/v1/users", &admin, None).await.expect(200);
    let planner = of_planner(&users);
    let path = format!("/api/v1/users/{}", planner["id"].as_str().unwrap());
    // Whoever has a password keeps it until the link is used.
    let one = link(&admin, &planner).await;
    house.sign_in("planner").await;
    let set = json!({ "new": "another fine password" });
    house.ask(Method::PUT, &format!("{path}/password"), &admin, Some(&set)).await.expect(204);
    assert_eq!(look(&house, &one).await.body["reason"], "invitation_void", "a password was set");

    let two = link(&admin, &planner).await;
    let current = house.ask(Method::GET, &path, &admin, None).await.expect(200);
    let mut locked = current.clone();
    locked["disabled"] = true.into();
    let locked = house.ask(Method::PUT, &path, &admin, Some(&locked)).await.expect(200);
    assert_eq!(locked["has_password"], true);
    assert_eq!(look(&house, &two).await.body["reason"], "invitation_void", "locked");
    let refused = invite(&house, &admin, &planner, &json!({})).await;
    assert_eq!(refused.body["reason"], "user_disabled", "{}", refused.text);
    let mut back = locked.clone();
    back["disabled"] = false.into();
    house.ask(Method::PUT, &path, &admin, Some(&back)).await.expect(200);
    assert_eq!(look(&house, &two).await.body["reason"], "invitation_void", "for good");

    let three = link(&admin, &planner).await;
    house.wait(7 * DAY - Duration::from_secs(60));
    look(&house, &three).await.expect(200);
    house.wait(Duration::from_secs(60));
    assert_eq!(choose(&house, &three, CHOSEN).await.body["reason"], "invitation_void");
    house.close().await.unwrap();
}

async fn a_mail_is_taken_back_before_it_leaves(place: Place) {
    let Some(mut peer) = Peer::start().await else { return };
    // Nobody listens there.
    let silent = testkit::port::free().to_string();
    let house = peer.house_but(&place, &[("mail.port", &silent)]).await;
    let admin = house.person(Role::Administrator).clone();
    let mut ids = Vec::new();
    for to in ["back@away.example", "stays@away.example"] {
        let mail = make(&house, &admin, "/api/v1/mail/test", &json!({ "to": to })).await;
        ids.push(mail["id"].as_str().unwrap().to_owned());
    }
    let act = async |house: &House, id: &str, what: &str| {
        let admin = house.sign_in("administrator").await;
        house.ask(Method::POST, &format!("/api/v1/mail/{id}/{what}"), &admin, None).await
    };
    act(&house, &ids[0], "cancel").await.expect(204);
    let twice = act(&house, &ids[0], "cancel").await;
    assert_eq!(twice.code(), "not_found", "{}", twice.text);
    let list = until(&house, |list| list["cancelled"] == 1).await;
    assert_eq!(list["queued"], 1, "{list}");
    // An invitation that waits is taken back by the next one, and its key was never made.
    let user = json!({ "login": "noor", "name": "Noor", "role": "team_lead", "language": "en" });
    let user = make(&house, &admin, "/api/v1/users", &user).await;
    for to in ["old@away.example", "new@away.example"] {
        invite(&house, &admin, &user, &json!({ "to": to })).await.expect(200);
        house.wait(Duration::from_secs(1));
    }
    let list = until(&house, |list| list["cancelled"] == 2).await;
    assert_eq!(list["queued"], 2, "{list}");
    house.close().await.unwrap();

    let mine = peer.settings();
    let settings: Vec<(&str, &str)> = mine.iter().map(|(k, v)| (*k, v.as_str())).collect();
    let house = House::start(&place.0, &settings).await;
    house.wait(DAY);
    let mut to = [peer.mail().await["to"][0].clone(), peer.mail().await["to"][0].clone()];
    to.sort_by_key(ToString::to_string);
    assert_eq!(to, ["new@away.example", "stays@away.example"]);
    let list = until(&house, |list| list["sent"] == 2).await;
    assert_eq!((&list["cancelled"], &list["queued"]), (&json!(2), &json!(0)));
    // What was sent cannot be taken back; what was taken back can be sent after all.
    assert_eq!(act(&house, &ids[1], "cancel").await.code(), "not_found");
    act(&house, &ids[0], "retry").await.expect(204);
    let mail = tokio::time::timeout(LIMIT, peer.mail()).await.unwrap();
    assert_eq!(mail["to"], json!(["back@away.example"]));
    let audit = house.sign_in("administrator").await;
    let audit = house
        .ask(Method::GET, "/api/v1/audit?action=mail.cancelled", &audit, None)
        .await
        .expect(200);
    assert_eq!(audit["items"].as_array().unwrap().len(), 1, "{audit}");
    house.close().await.unwrap();
}
