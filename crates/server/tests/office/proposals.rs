//! Who changes a contract: the client's manager publishes the client's part of it, proposes the
//! rest, and the provider accepts or refuses.

use crate::house::{House, Person};
use api::role::Role;
use reqwest::Method;
use serde_json::{Value, json};
use testkit::both_engines;
use uuid::Uuid;

both_engines!(open;
    under_the_providers_control_everything_is_proposed,
    under_shared_control_a_period_is_the_clients_and_the_rest_is_not,
    under_the_clients_control_protocol_and_words_are_the_clients,
    a_proposal_is_accepted_once_and_only_from_the_version_it_was_made_from,
    a_proposal_is_refused_with_a_reason_or_taken_back,
    the_clients_version_never_begins_before_the_one_it_carries_on,
    a_change_is_seen_before_it_is_made_and_afterwards_in_the_history,
);

async fn open(url: String) -> House {
    House::open(&url).await
}

/// The two sides of the first client's contract.
struct Sides<'h> {
    house: &'h House,
    client: &'h Person,
    provider: &'h Person,
}

fn sides(house: &House) -> Sides<'_> {
    Sides {
        house,
        client: house.person(Role::ClientManager),
        provider: house.person(Role::AccountManager),
    }
}

impl Sides<'_> {
    fn path(&self, rest: &str) -> String {
        format!("/api/v1/clients/{}{rest}", self.house.first)
    }

    async fn ask(
        &self,
        method: Method,
        rest: &str,
        who: &Person,
        body: &Value,
        status: u16,
    ) -> Value {
        let body = (method != Method::GET).then_some(body);
        self.house.ask(method, &self.path(rest), who, body).await.expect(status)
    }

    async fn agreed(&self) -> Value {
        self.ask(Method::GET, "/contract", self.client, &Value::Null, 200).await
    }

    /// Gives every period to one side, by a version that the provider publishes.
    async fn controlled_by(&self, who: &str) -> Value {
        let mut agreed = self.agreed().await;
        for period in agreed["terms"]["periods"].as_array_mut().unwrap() {
            period["control"] = json!(who);
        }
        let body = json!({ "based_on": agreed["version"], "terms": agreed["terms"] });
        self.ask(Method::POST, "/contracts", self.provider, &body, 201).await;
        self.agreed().await
    }

    async fn change(&self, agreed: &Value, status: u16) -> Value {
        let body = json!({ "based_on": agreed["version"], "terms": agreed["terms"] });
        self.ask(Method::PUT, "/contract", self.client, &body, status).await
    }

    async fn propose(&self, agreed: &Value, status: u16) -> Value {
        let body = json!({
            "based_on": agreed["version"], "terms": agreed["terms"], "note": "We are asked for this"
        });
        self.ask(Method::POST, "/proposals", self.client, &body, status).await
    }

    async fn decide(
        &self,
        who: &Person,
        proposal: &Value,
        what: &str,
        answer: &str,
        status: u16,
    ) -> Value {
        let id = proposal["id"].as_str().unwrap();
        let body = json!({ "version": proposal["version"], "answer": answer });
        self.ask(Method::POST, &format!("/proposals/{id}/{what}"), who, &body, status).await
    }

    async fn actions(&self) -> Vec<String> {
        let path = format!("/api/v1/audit?client={}", self.house.first);
        let admin = self.house.person(Role::Administrator);
        let log = self.house.ask(Method::GET, &path, admin, None).await.expect(200);
        let of = |entry: &Value| {
            format!("{} by {}", entry["action"], entry["user_name"]).replace('"', "")
        };
        log["items"].as_array().unwrap().iter().map(of).collect()
    }
}

fn faults(answer: &Value) -> Vec<(&str, &str)> {
    let faults = answer["faults"].as_array().unwrap();
    faults.iter().map(|f| (f["field"].as_str().unwrap(), f["code"].as_str().unwrap())).collect()
}

async fn under_the_providers_control_everything_is_proposed(house: House) {
    let sides = sides(&house);
    let mut agreed = sides.controlled_by("provider").await;
    assert_eq!(agreed["controlled_by"], "provider");
    assert_eq!(agreed["periods_of_client"], json!([]));
    agreed["terms"]["periods"][0]["promise"]["threshold_s"] = json!(25);
    agreed["terms"]["queues"][0]["protocol"] = json!("Ask for the booking.");
    let refused = sides.change(&agreed, 422).await;
    assert_eq!(faults(&refused).len(), 2, "{refused}");
    assert!(faults(&refused).iter().all(|(_, code)| *code == "not_yours"), "{refused}");
    assert_eq!(sides.agreed().await["version"], agreed["version"], "nothing was published");

    let sent = sides.propose(&agreed, 201).await;
    let fields: Vec<_> = sent["changes"].as_array().unwrap().iter().map(|c| &c["field"]).collect();
    let (period, queue) =
        (&agreed["terms"]["periods"][0]["name"], &agreed["terms"]["queues"][0]["name"]);
    let path = |list: &str, name: &Value, rest: &str| {
        json!(format!("{list}[{}].{rest}", name.as_str().unwrap()))
    };
    let want = [path("periods", period, "promise.threshold_s"), path("queues", queue, "protocol")];
    assert_eq!(fields, want.iter().collect::<Vec<_>>(), "{sent}");
    // The provider sees it among those that wait, the client among its own.
    let open = house.ask(Method::GET, "/api/v1/proposals", sides.provider, None).await.expect(200);
    assert_eq!(open.as_array().unwrap().len(), 1);
    assert_eq!((&open[0]["id"], &open[0]["changes"]), (&sent["id"], &sent["changes"]));
    let published = sides.decide(sides.provider, &sent, "accept", "Gladly", 200).await;
    assert_eq!(published["terms"], agreed["terms"]);
    assert_eq!(published["note"], "client_manager of the house: We are asked for this");
    let own = sides.ask(Method::GET, "/proposals", sides.client, &Value::Null, 200).await;
    assert_eq!((&own[0]["state"], &own[0]["answer"]), (&json!("accepted"), &json!("Gladly")));
    assert_eq!(own[0]["contract_version"], published["version"]);
    assert_eq!(own[0]["decided_by"], Value::Null, "the provider's people are not the client's");
    let theirs = sides.ask(Method::GET, "/proposals", sides.provider, &Value::Null, 200).await;
    assert_eq!(theirs[0]["decided_by"], "account_manager of the house");
    assert_eq!(
        sides.actions().await[..3],
        [
            "proposal.accepted by account_manager of the house",
            "contract.published by account_manager of the house",
            "proposal.sent by client_manager of the house",
        ]
    );
    house.close().await.unwrap();
}

async fn under_shared_control_a_period_is_the_clients_and_the_rest_is_not(house: House) {
    let sides = sides(&house);
    // As the first-run wizard made it: the own team's hours are the client's.
    let agreed = sides.agreed().await;
    assert_eq!(agreed["controlled_by"], "shared");
    let name = agreed["terms"]["periods"][0]["name"].clone();
    assert_eq!(agreed["periods_of_client"], json!([name]));

    let mut asked = agreed.clone();
    asked["terms"]["periods"][0]["promise"]["target_percent"] = json!(90);
    asked["terms"]["periods"][0]["overflow"]["after_s"] = json!(45);
    let made = sides.change(&asked, 200).await;
    assert_eq!(made["terms"], asked["terms"]);
    assert_eq!((&made["version"], &made["in_force"]), (&json!(2), &json!(true)));
    assert_eq!(sides.actions().await[0], "contract.published by client_manager of the house");

    // From a version that is not the newest any more.
    let late = sides.change(&asked, 409).await;
    assert!(late["message"].as_str().unwrap().contains("version 2"), "{late}");
    // Nothing at all.
    let agreed = sides.agreed().await;
    sides.change(&agreed, 409).await;
    // What is the other period's, everybody's, or agreed.
    for (pointer, value) in [
        ("/terms/periods/1/promise/target_percent", json!(99)),
        ("/terms/periods/0/control", json!("provider")),
        ("/terms/periods/1/control", json!("client")),
        ("/terms/periods/0/overflow/pools", json!([])),
        ("/terms/queues/0/protocol", json!("Be quick.")),
        ("/terms/retention_days", json!(30)),
        ("/terms/tariff", json!({ "currency": "EUR", "terms": "Nothing." })),
    ] {
        let mut asked = agreed.clone();
        *asked.pointer_mut(pointer).unwrap() = value;
        let refused = sides.change(&asked, 422).await;
        assert!(faults(&refused).iter().any(|(_, code)| *code == "not_yours"), "{refused}");
    }
    // What is the client's is checked like anybody's.
    let mut asked = agreed.clone();
    asked["terms"]["periods"][0]["promise"]["target_percent"] = json!(101);
    let refused = sides.change(&asked, 422).await;
    assert_eq!(faults(&refused)[0].0, "periods[0].promise.target_percent");
    assert_eq!(sides.agreed().await["version"], 2);
    house.close().await.unwrap();
}

async fn under_the_clients_control_protocol_and_words_are_the_clients(house: House) {
    let sides = sides(&house);
    let answer = json!({ "shortcut": "hours", "language": "fr", "text": "De 9 h à 17 h." });
    let refused = sides.ask(Method::POST, "/canned-answers", sides.client, &answer, 403).await;
    assert!(refused["message"].as_str().unwrap().contains("leaves these words"), "{refused}");
    let expert = json!({ "name": "Expert", "number": "+33 1 42 34 56 78", "note": "After five" });
    let book = json!({ "entries": [expert], "version": 0 });
    sides.ask(Method::PUT, "/phone-book", sides.client, &book, 403).await;
    let read = sides.ask(Method::GET, "/phone-book", sides.client, &Value::Null, 200).await;
    assert_eq!(read, json!({ "entries": [], "may_change": false, "version": 0 }));

    let mut agreed = sides.controlled_by("client").await;
    assert_eq!(agreed["controlled_by"], "client");
    agreed["terms"]["queues"][0]["protocol"] = json!("Ask for the booking.");
    agreed["terms"]["queues"][0]["greeting"][0]["text"] = json!("Bonjour à vous");
    agreed["terms"]["dispositions"][0]["label"] = json!("Réglé");
    let made = sides.change(&agreed, 200).await;
    assert_eq!(made["terms"], agreed["terms"]);
    let mut beyond = sides.agreed().await;
    beyond["terms"]["queues"][0]["channels"] = json!(["chat", "mail"]);
    let refused = sides.change(&beyond, 422).await;
    assert!(faults(&refused).iter().all(|(_, code)| *code == "not_yours"), "{refused}");

    let made = sides.ask(Method::POST, "/canned-answers", sides.client, &answer, 201).await;
    let one = format!("/canned-answers/{}", made["id"].as_str().unwrap());
    let kept = sides.ask(Method::PUT, "/phone-book", sides.client, &book, 200).await;
    assert_eq!(kept["entries"][0]["number"], "+33142345678");
    assert_eq!((&kept["may_change"], &kept["version"]), (&json!(true), &json!(1)));
    let wrong = json!({ "entries": [expert, { "name": "", "number": "later" }], "version": 1 });
    let refused = sides.ask(Method::PUT, "/phone-book", sides.client, &wrong, 422).await;
    let told: Vec<_> = faults(&refused).into_iter().map(|(field, _)| field).collect();
    assert_eq!(told, ["entries[1].name", "entries[1].number"]);
    let stale = sides.ask(Method::PUT, "/phone-book", sides.provider, &book, 409).await;
    assert!(stale["code"].is_string(), "{stale}");
    let change = json!({ "version": 1, "shortcut": "hours", "language": "fr", "text": "Jamais." });
    sides.ask(Method::PUT, &one, sides.client, &change, 200).await;
    // A reader reads, and changes nothing.
    let reader = house.person(Role::ClientReader);
    let read = sides.ask(Method::GET, "/canned-answers", reader, &Value::Null, 200).await;
    assert_eq!(read[0]["text"], "Jamais.");
    let read = sides.ask(Method::GET, "/phone-book", reader, &Value::Null, 200).await;
    assert_eq!((&read["entries"], &read["may_change"]), (&kept["entries"], &json!(false)));
    sides.ask(Method::PUT, "/phone-book", reader, &kept, 403).await;
    sides.ask(Method::PUT, &one, reader, &change, 403).await;
    sides.ask(Method::PUT, "/contract", reader, &json!({}), 403).await;
    // Taken away again, the words are the provider's.
    sides.controlled_by("provider").await;
    sides.ask(Method::DELETE, &one, sides.client, &json!({}), 403).await;
    sides.ask(Method::PUT, "/phone-book", sides.client, &kept, 403).await;
    sides.ask(Method::PUT, "/phone-book", sides.provider, &kept, 200).await;
    sides.ask(Method::DELETE, &one, sides.provider, &json!({}), 204).await;
    house.close().await.unwrap();
}

async fn a_proposal_is_accepted_once_and_only_from_the_version_it_was_made_from(house: House) {
    let sides = sides(&house);
    let mut asked = sides.agreed().await;
    let same = sides.propose(&asked, 409).await;
    assert!(same["message"].as_str().unwrap().contains("Nothing differs"), "{same}");
    asked["terms"]["retention_days"] = json!(30);
    let first = sides.propose(&asked, 201).await;
    asked["terms"]["retention_days"] = json!(60);
    let second = sides.propose(&asked, 201).await;
    asked["terms"]["retention_days"] = json!(0);
    let faulty = sides.propose(&asked, 422).await;
    assert_eq!(faults(&faulty)[0].0, "retention_days");

    // Only the provider decides, and only with the proposal's own version.
    sides.decide(sides.client, &first, "accept", "", 403).await;
    sides.decide(sides.client, &first, "refuse", "No", 403).await;
    let mut stale = first.clone();
    stale["version"] = json!(7);
    sides.decide(sides.provider, &stale, "accept", "", 409).await;
    assert_eq!(sides.agreed().await["version"], 1, "a stale decision publishes nothing");
    let early = json!({ "version": 1, "valid_from": "2001-01-01T00:00:00Z" });
    let rest = format!("/proposals/{}/accept", first["id"].as_str().unwrap());
    let refused = sides.ask(Method::POST, &rest, sides.provider, &early, 422).await;
    assert_eq!(faults(&refused), [("valid_from", "too_early")]);

    sides.decide(sides.provider, &first, "accept", "", 200).await;
    let again = sides.decide(sides.provider, &first, "accept", "", 409).await;
    assert!(again["message"].as_str().unwrap().contains("accepted already"), "{again}");
    let late = sides.decide(sides.provider, &second, "accept", "", 409).await;
    assert!(late["message"].as_str().unwrap().contains("version 2"), "{late}");
    assert_eq!(sides.agreed().await["terms"]["retention_days"], 30);
    house.close().await.unwrap();
}

async fn a_proposal_is_refused_with_a_reason_or_taken_back(house: House) {
    let sides = sides(&house);
    let mut asked = sides.agreed().await;
    let mut sent = Vec::new();
    for days in 100..120 {
        asked["terms"]["retention_days"] = json!(days);
        sent.push(sides.propose(&asked, 201).await);
    }
    asked["terms"]["retention_days"] = json!(200);
    let full = sides.propose(&asked, 409).await;
    assert!(full["message"].as_str().unwrap().starts_with("20 proposals"), "{full}");

    let silent = sides.decide(sides.provider, &sent[0], "refuse", " ", 422).await;
    assert_eq!(faults(&silent), [("answer", "length")]);
    let refused = sides.decide(sides.provider, &sent[0], "refuse", "Too long", 200).await;
    assert_eq!((&refused["state"], &refused["answer"]), (&json!("refused"), &json!("Too long")));
    let withdrawn = sides.decide(sides.client, &sent[1], "withdraw", "", 200).await;
    assert_eq!(withdrawn["state"], "withdrawn");
    sides.decide(sides.provider, &sent[1], "accept", "", 409).await;
    sides.decide(sides.provider, &sent[2], "withdraw", "", 403).await;
    sides.propose(&asked, 201).await;
    assert_eq!(sides.agreed().await["version"], 1);

    // Another client's manager has no such proposal, not even by the right id under its own client.
    let other = house.hire("other", Role::ClientManager, Some(house.second)).await;
    let id = sent[3]["id"].as_str().unwrap();
    for client in [house.first, house.second] {
        let path = format!("/api/v1/clients/{client}/proposals/{id}/withdraw");
        let body = json!({ "version": 1 });
        house.ask(Method::POST, &path, &other, Some(&body)).await.expect(404);
    }
    let path = format!("/api/v1/clients/{}/proposals/{}", house.first, Uuid::from_u128(0x404));
    let body = json!({ "version": 1, "answer": "No" });
    house
        .ask(Method::POST, &format!("{path}/refuse"), sides.provider, Some(&body))
        .await
        .expect(404);
    house.close().await.unwrap();
}

async fn the_clients_version_never_begins_before_the_one_it_carries_on(house: House) {
    let sides = sides(&house);
    let agreed = sides.agreed().await;
    let later = house.app.clock.now() + std::time::Duration::from_secs(30 * 86_400);
    let mut terms = agreed["terms"].clone();
    terms["retention_days"] = json!(31);
    let body = json!({ "based_on": 1, "valid_from": later.to_string(), "terms": terms });
    sides.ask(Method::POST, "/contracts", sides.provider, &body, 201).await;
    let mut asked = sides.agreed().await;
    assert_eq!((&asked["version"], &asked["in_force"]), (&json!(2), &json!(false)));
    asked["terms"]["periods"][0]["promise"]["target_percent"] = json!(90);
    let made = sides.change(&asked, 200).await;
    assert_eq!((&made["valid_from"], &made["in_force"]), (&asked["valid_from"], &json!(false)));
    asked["version"] = json!(3);
    asked["terms"]["retention_days"] = json!(32);
    let sent = sides.propose(&asked, 201).await;
    let made = sides.decide(sides.provider, &sent, "accept", "", 200).await;
    assert_eq!(made["valid_from"], asked["valid_from"]);
    // The first version is in force as before.
    let lines = sides.ask(Method::GET, "/contracts", sides.provider, &Value::Null, 200).await;
    let held: Vec<_> = lines.as_array().unwrap().iter().filter(|l| l["in_force"] == true).collect();
    assert_eq!(held.len(), 1);
    assert_eq!(held[0]["version"], 1);
    house.close().await.unwrap();
}

async fn a_change_is_seen_before_it_is_made_and_afterwards_in_the_history(house: House) {
    let sides = sides(&house);
    let agreed = sides.agreed().await;
    let mut asked = agreed.clone();
    asked["terms"]["periods"][0]["promise"]["target_percent"] = json!(91);
    asked["terms"]["retention_days"] = json!(30);
    let body = json!({ "based_on": agreed["version"], "terms": asked["terms"] });
    let seen = sides.ask(Method::POST, "/contract/preview", sides.client, &body, 200).await;
    let name = agreed["terms"]["periods"][0]["name"].as_str().unwrap();
    let before = agreed["terms"]["periods"][0]["promise"]["target_percent"].clone();
    let target = json!({
        "field": format!("periods[{name}].promise.target_percent"), "before": before, "after": 91,
    });
    let changes = seen["changes"].as_array().unwrap();
    assert!(changes.len() == 2 && changes.contains(&target), "{seen}");
    assert_eq!(faults(&seen), [("retention_days", "not_yours")]);
    let mut own = asked["terms"].clone();
    own["retention_days"] = agreed["terms"]["retention_days"].clone();
    assert_eq!(seen["own"], own, "the client's part alone");
    assert_eq!(sides.agreed().await["version"], agreed["version"], "nothing was saved");
    let wrong = json!({ "based_on": 7, "terms": asked["terms"] });
    sides.ask(Method::POST, "/contract/preview", sides.client, &wrong, 409).await;

    // One version of each side. The client's people see what was said by their own only.
    asked["terms"]["retention_days"] = agreed["terms"]["retention_days"].clone();
    let body = json!({ "based_on": 1, "terms": asked["terms"], "note": "Quicker by day" });
    sides.ask(Method::PUT, "/contract", sides.client, &body, 200).await;
    asked["terms"]["retention_days"] = json!(45);
    let body = json!({ "based_on": 2, "terms": asked["terms"], "note": "They pay late" });
    sides.ask(Method::POST, "/contracts", sides.provider, &body, 201).await;
    let history = |who| sides.ask(Method::GET, "/contracts", who, &Value::Null, 200);
    let said = |lines: &Value| {
        let of = |line: &Value| (line["author"].clone(), line["note"].clone());
        lines.as_array().unwrap().iter().take(2).map(of).collect::<Vec<_>>()
    };
    let own = (json!("client_manager of the house"), json!("Quicker by day"));
    let theirs = (json!("account_manager of the house"), json!("They pay late"));
    assert_eq!(said(&history(sides.provider).await), [theirs, own.clone()]);
    let reader = house.person(Role::ClientReader);
    for who in [sides.client, reader] {
        assert_eq!(said(&history(who).await), [(json!(""), json!("")), own.clone()]);
        let newest = sides.ask(Method::GET, "/contracts/3", who, &Value::Null, 200).await;
        assert_eq!((&newest["author"], &newest["note"]), (&json!(""), &json!("")));
        assert_eq!(newest["terms"], asked["terms"]);
        let diff = sides.ask(Method::GET, "/contracts/diff?from=1&to=3", who, &Value::Null, 200);
        let diff = diff.await;
        let changes = diff["changes"].as_array().unwrap();
        assert!(changes.len() == 2 && changes.contains(&target), "{diff}");
        // What the provider still works on is its own.
        sides.ask(Method::GET, "/contracts/diff?from=3&to=draft", who, &Value::Null, 404).await;
    }
    sides
        .ask(Method::GET, "/contracts/diff?from=3&to=draft", sides.provider, &Value::Null, 200)
        .await;
    house.close().await.unwrap();
}
