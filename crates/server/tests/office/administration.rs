//! Setting up clients, contracts, agents and the rest through the interface.

use crate::house::{self, House, Person, id, profile};
use api::role::Role;
use domain::AgentId;
use reqwest::Method;
use serde_json::{Value, json};
use testkit::both_engines;
use uuid::Uuid;

both_engines!(open;
    a_client_goes_live_once_its_checklist_is_done,
    a_contract_with_twelve_faults_is_told_of_all_twelve,
    whoever_is_second_is_told_and_loses_nothing,
    a_contract_has_drafts_versions_and_differences,
    what_is_used_cannot_be_removed,
    changes_are_audited_and_secrets_are_not,
    lists_are_paged_without_a_gap,
    faults_of_small_things_are_named,
    who_is_saved_at_once_with_others_is_on_the_floor,
);

async fn open(url: String) -> House {
    House::open(&url).await
}

/// The administrator at work.
struct Office<'h> {
    house: &'h House,
    who: &'h Person,
}

impl Office<'_> {
    async fn get(&self, path: &str) -> Value {
        self.house.ask(Method::GET, path, self.who, None).await.expect(200)
    }

    async fn post(&self, path: &str, body: Value, status: u16) -> Value {
        self.house.ask(Method::POST, path, self.who, Some(&body)).await.expect(status)
    }

    async fn put(&self, path: &str, body: Value, status: u16) -> Value {
        self.house.ask(Method::PUT, path, self.who, Some(&body)).await.expect(status)
    }

    async fn delete(&self, path: &str, status: u16) -> Value {
        self.house.ask(Method::DELETE, path, self.who, None).await.expect(status)
    }
}

fn office(house: &House) -> Office<'_> {
    Office { house, who: house.person(Role::Administrator) }
}

fn open_points(list: &Value) -> Vec<&str> {
    list["points"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|point| point["done"] == false)
        .map(|point| {
            let told = |field: &str| !point[field].as_str().unwrap().is_empty();
            assert!(told("message") && told("next") && told("link"), "{point}");
            point["code"].as_str().unwrap()
        })
        .collect()
}

async fn a_client_goes_live_once_its_checklist_is_done(house: House) {
    let office = office(&house);
    let client = format!("/api/v1/clients/{}", house.second);
    let all = ["contract", "calendar", "greeting", "agents", "fallback", "way_in"];
    assert_eq!(open_points(&office.get(&format!("{client}/checklist")).await), all);
    let refused = office.post(&format!("{client}/go-live"), json!({ "version": 1 }), 409).await;
    assert_eq!(refused["code"], "conflict");
    assert_eq!(refused["faults"].as_array().unwrap().len(), 6);

    let calendar = json!({
        "name": "Contoso", "zone": "America/New_York",
        "weekly": [{ "days": ["monday", "tuesday", "wednesday", "thursday", "friday"], "from": "08:00", "until": "18:00" }]
    });
    office.post("/api/v1/calendars", calendar, 201).await;
    let team = json!({ "name": "Contoso's own", "client": house.second });
    let team = office.post("/api/v1/teams", team, 201).await;
    // The draft proposes a contract from what is there, and it can be published as it is.
    let draft = office.get(&format!("{client}/contract-draft")).await;
    assert_eq!(draft["faults"], json!([]), "{draft}");
    assert_eq!(draft["terms"]["periods"][0]["service"]["team"], team["id"]);
    let publish = json!({ "based_on": 0, "note": "The first.", "terms": draft["terms"] });
    let contract = office.post(&format!("{client}/contracts"), publish, 201).await;
    assert_eq!((&contract["version"], &contract["in_force"]), (&json!(1), &json!(true)));
    assert_eq!(
        open_points(&office.get(&format!("{client}/checklist")).await),
        ["agents", "way_in"]
    );

    let mut colleague = profile("Claire");
    colleague["team"] = team["id"].clone();
    let colleague = office.post("/api/v1/agents", colleague, 201).await;
    let sign_off = format!("/api/v1/agents/{}/sign-offs/{}", id(&colleague["id"]), house.second);
    office.put(&sign_off, json!({}), 200).await;
    let widget = json!({
        "name": "Home page", "queues": [contract["terms"]["queues"][0]["id"]],
        "origins": ["https://contoso.example"]
    });
    office.post(&format!("{client}/widgets"), widget, 201).await;
    let list = office.get(&format!("{client}/checklist")).await;
    assert_eq!(list["ready"], true, "{list}");
    let live = office.post(&format!("{client}/go-live"), json!({ "version": 1 }), 200).await;
    assert_eq!((&live["status"], &live["model"]), (&json!("live"), &json!("dedicated")));
    let suspended =
        office.post(&format!("{client}/suspend"), json!({ "version": live["version"] }), 200).await;
    assert_eq!(suspended["status"], "suspended");
    office
        .post(&format!("{client}/suspend"), json!({ "version": suspended["version"] }), 409)
        .await;

    // Without the sign-off the way back is blocked again.
    office.delete(&sign_off, 200).await;
    let refused = office
        .post(&format!("{client}/go-live"), json!({ "version": suspended["version"] }), 409)
        .await;
    let fault = &refused["faults"][0];
    assert_eq!((&fault["field"], &fault["code"]), (&json!("agents"), &json!("agents_missing")));
    house.close().await.unwrap();
}

async fn a_contract_with_twelve_faults_is_told_of_all_twelve(house: House) {
    let office = office(&house);
    let client = format!("/api/v1/clients/{}", house.first);
    let mut terms = office.get(&format!("{client}/contract-draft")).await["terms"].clone();
    let nothing = json!(Uuid::from_u128(0x404));
    terms["languages"] = json!(["fr", "not a language"]);
    terms["hours"] = nothing.clone();
    terms["retention_days"] = json!(0);
    terms["sites_allowed"] = json!([nothing]);
    terms["tariff"] = json!({ "currency": "Taler", "terms": "" });
    terms["periods"][0]["name"] = json!("");
    terms["periods"][0]["promise"]["target_percent"] = json!(101);
    terms["periods"][0]["promise"]["threshold_s"] = json!(0);
    terms["periods"][0]["when"]["weekly"][0]["from"] = json!("25:00");
    terms["queues"][0]["channels"] = json!([]);
    terms["queues"][0]["offer_timeout_s"] = json!(1);
    terms["queues"][0]["waiting_max"] = json!(0);
    let body = json!({ "terms": terms });
    let verdict = office.post(&format!("{client}/contracts/validate"), body, 200).await;
    assert_eq!(verdict["valid"], false);
    let told = |faults: &Value| -> Vec<String> {
        let faults = faults.as_array().unwrap();
        for fault in faults {
            for field in ["field", "code", "message", "next"] {
                assert!(!fault[field].as_str().unwrap().is_empty(), "{fault}");
            }
        }
        faults.iter().map(|fault| fault["field"].as_str().unwrap().to_owned()).collect()
    };
    let fields = told(&verdict["faults"]);
    for field in [
        "languages[1]",
        "hours",
        "retention_days",
        "sites_allowed[0]",
        "tariff.currency",
        "periods[0].name",
        "periods[0].promise.target_percent",
        "periods[0].promise.threshold_s",
        "periods[0].when.weekly[0].from",
        "queues[0].channels",
        "queues[0].offer_timeout_s",
        "queues[0].waiting_max",
    ] {
        assert!(fields.iter().any(|told| told == field), "{field} is not among {fields:?}");
    }
    // Publishing says the same, and keeps nothing.
    let body = json!({ "based_on": 1, "terms": terms });
    let refused = office.post(&format!("{client}/contracts"), body, 422).await;
    assert_eq!(told(&refused["faults"]), fields);
    assert_eq!(office.get(&format!("{client}/contracts")).await.as_array().unwrap().len(), 1);
    // A draft may be saved with all of them.
    let body = json!({ "version": 0, "terms": terms });
    let draft = office.put(&format!("{client}/contract-draft"), body, 200).await;
    assert_eq!(told(&draft["faults"]), fields);
    house.close().await.unwrap();
}

async fn whoever_is_second_is_told_and_loses_nothing(house: House) {
    let office = office(&house);
    let path = format!("/api/v1/clients/{}", house.second);
    let mut client = office.get(&path).await;
    client["name"] = json!("Contoso Ltd");
    let changed = office.put(&path, client.clone(), 200).await;
    assert_eq!(changed["version"], 2);
    client["name"] = json!("Contoso Inc");
    let refused = office.put(&path, client, 409).await;
    assert_eq!(refused["code"], "conflict");
    assert_eq!(office.get(&path).await["name"], "Contoso Ltd");

    let pool = json!({ "name": "Night", "fairness_cap_percent": 60 });
    let pool = office.post("/api/v1/pools", pool.clone(), 201).await;
    let path = format!("/api/v1/pools/{}", id(&pool["id"]));
    office.put(&path, pool.clone(), 200).await;
    office.put(&path, pool, 409).await;

    let settings = office.get("/api/v1/settings").await;
    let mut named = settings.clone();
    named["provider_name"] = json!("Relais du Sud");
    office.put("/api/v1/settings", named.clone(), 200).await;
    office.put("/api/v1/settings", named, 409).await;
    // What the screen does not show stays.
    let scope = store::ProviderScope::granted();
    let kept = house.app.store.view().setting(&scope, "provider").await.unwrap().unwrap();
    let value = json!({ "name": "Relais du Sud", "zone": "Europe/Paris", "motto": "Allo" });
    let more = store::records::Setting { value, ..kept };
    let save =
        house.app.store.tx(move |tx| Box::pin(async move { tx.save_setting(&scope, &more).await }));
    save.await.unwrap();
    let mut named = office.get("/api/v1/settings").await;
    named["provider_name"] = json!("Relais du Nord");
    named["provider_zone"] = json!("Europe/Nowhere");
    let refused = office.put("/api/v1/settings", named.clone(), 422).await;
    assert_eq!(refused["faults"][0]["field"], "provider_zone");
    named["provider_zone"] = json!("America/Guadeloupe");
    office.put("/api/v1/settings", named, 200).await;
    let kept = house.app.store.view().setting(&scope, "provider").await.unwrap().unwrap();
    let want = json!({ "name": "Relais du Nord", "zone": "America/Guadeloupe", "motto": "Allo" });
    assert_eq!(kept.value, want);

    // A name that is taken is a fault of its field.
    let taken = json!({ "name": "northwind", "zone": "Europe/Paris" });
    let refused = office.post("/api/v1/clients", taken, 422).await;
    assert_eq!(refused["faults"][0]["field"], "name");
    house.close().await.unwrap();
}

async fn a_contract_has_drafts_versions_and_differences(house: House) {
    let office = office(&house);
    let client = format!("/api/v1/clients/{}", house.first);
    let draft = office.get(&format!("{client}/contract-draft")).await;
    assert_eq!((&draft["version"], &draft["based_on"]), (&json!(0), &json!(1)));
    let mut terms = draft["terms"].clone();
    terms["queues"][0]["name"] = json!("Réservations");
    let body = json!({ "version": 0, "terms": terms });
    let saved = office.put(&format!("{client}/contract-draft"), body.clone(), 200).await;
    assert_eq!(saved["version"], 1);
    office.put(&format!("{client}/contract-draft"), body, 409).await;
    let diff = office.get(&format!("{client}/contracts/diff?from=1&to=draft")).await;
    assert_eq!(diff["changes"].as_array().unwrap().len(), 1, "{diff}");
    assert_eq!(diff["changes"][0]["after"], "Réservations");

    let late = (house.app.clock.now() - std::time::Duration::from_secs(3_600)).to_string();
    let body = json!({ "based_on": 1, "valid_from": late, "terms": terms });
    let refused = office.post(&format!("{client}/contracts"), body, 422).await;
    assert_eq!(refused["faults"][0]["code"], "in_the_past");
    let soon = house.app.clock.now() + std::time::Duration::from_secs(3_600);
    let body = json!({
        "based_on": 1, "valid_from": soon.to_string(), "note": "A clearer name.", "terms": terms
    });
    let second = office.post(&format!("{client}/contracts"), body.clone(), 201).await;
    assert_eq!((&second["version"], &second["in_force"]), (&json!(2), &json!(false)));
    let refused = office.post(&format!("{client}/contracts"), body, 409).await;
    assert!(refused["message"].as_str().unwrap().contains("version 2"), "{refused}");
    // The draft went with the publication; the history has both.
    assert_eq!(office.get(&format!("{client}/contract-draft")).await["version"], 0);
    let history = office.get(&format!("{client}/contracts")).await;
    let versions: Vec<_> =
        history.as_array().unwrap().iter().map(|line| &line["version"]).collect();
    assert_eq!(versions, [2, 1]);
    house.wait(std::time::Duration::from_secs(3_600));
    assert_eq!(office.get(&format!("{client}/contracts/2")).await["in_force"], true);
    assert_eq!(office.get(&client).await["contract_version"], 2);
    office
        .house
        .ask(Method::GET, &format!("{client}/contracts/3"), office.who, None)
        .await
        .expect(404);
    office.delete(&format!("{client}/contract-draft"), 204).await;
    house.close().await.unwrap();
}

async fn what_is_used_cannot_be_removed(house: House) {
    let office = office(&house);
    let pools = office.get("/api/v1/pools").await;
    let used = format!("/api/v1/pools/{}", id(&pools[0]["id"]));
    let refused = office.delete(&used, 409).await;
    let said = refused["message"].as_str().unwrap();
    assert!(said.contains("contract") && said.contains("Ada Admin"), "{said}");
    let calendars = office.get("/api/v1/calendars").await;
    assert_eq!(calendars[0]["used_by"], json!([house.first]));
    office.delete(&format!("/api/v1/calendars/{}", id(&calendars[0]["id"])), 409).await;
    for (path, body) in [
        ("/api/v1/pools", json!({ "name": "Spare", "fairness_cap_percent": 100 })),
        ("/api/v1/skills", json!({ "name": "Billing" })),
        ("/api/v1/sites", json!({ "name": "Lyon" })),
        ("/api/v1/teams", json!({ "name": "Spare", "client": house.second })),
        ("/api/v1/calendars", json!({ "name": "Spare", "zone": "UTC", "weekly": [] })),
    ] {
        let made = office.post(path, body, 201).await;
        let path = format!("{path}/{}", id(&made["id"]));
        office.delete(&path, 204).await;
        office.delete(&path, 404).await;
    }
    let widgets = format!("/api/v1/clients/{}/widgets", house.first);
    let widget = office.get(&widgets).await[0].clone();
    office.delete(&format!("{widgets}/{}", id(&widget["id"])), 204).await;
    house.close().await.unwrap();
}

async fn changes_are_audited_and_secrets_are_not(house: House) {
    let office = office(&house);
    let widgets = format!("/api/v1/clients/{}/widgets", house.first);
    let widget = office.get(&widgets).await[0].clone();
    let path = format!("{widgets}/{}/rotate-secret", id(&widget["id"]));
    let answer = house.ask(Method::POST, &path, office.who, None).await;
    let request = answer.headers["x-request-id"].to_str().unwrap().to_owned();
    let secret = answer.expect(200)["secret"].as_str().unwrap().to_owned();
    let log = office.get("/api/v1/audit?action=widget.").await;
    let entry = &log["items"][0];
    assert_eq!(entry["action"], "widget.secret_rotated");
    assert_eq!(entry["request_id"], request.as_str());
    assert_eq!(entry["user"], json!(office.who.user));
    assert_eq!(entry["client"], json!(house.first));

    let client = format!("/api/v1/clients/{}", house.second);
    let mut changed = office.get(&client).await;
    changed["hue"] = json!(7);
    office.put(&client, changed, 200).await;
    let log = office.get(&format!("/api/v1/audit?object={}", house.second)).await;
    let entry = &log["items"][0];
    assert_eq!((&entry["action"], &entry["after"]["hue"]), (&json!("client.changed"), &json!(7)));
    assert_ne!(entry["before"]["hue"], 7);

    let everything = office.get("/api/v1/audit?limit=500").await.to_string();
    for hidden in [secret.as_str(), house::PASSWORD, "$argon2"] {
        assert!(!everything.contains(hidden), "the audit log tells {hidden}");
    }
    let by_words = office.get("/api/v1/audit?q=CONTOSO&limit=1").await;
    assert_eq!(by_words["items"].as_array().unwrap().len(), 1);
    let none = office.get("/api/v1/audit?until=2020-01-01T00:00:00Z").await;
    assert_eq!(none["items"], json!([]));
    house.close().await.unwrap();
}

async fn lists_are_paged_without_a_gap(house: House) {
    let office = office(&house);
    for n in 0..7 {
        office
            .post("/api/v1/clients", json!({ "name": format!("Éclair {n}"), "zone": "UTC" }), 201)
            .await;
        office.post("/api/v1/agents", profile(&format!("Émile {n}")), 201).await;
    }
    for path in ["/api/v1/clients", "/api/v1/agents", "/api/v1/users", "/api/v1/audit"] {
        let whole = office.get(&format!("{path}?limit=500")).await;
        let whole = whole["items"].as_array().unwrap();
        let mut paged: Vec<Value> = Vec::new();
        let mut next = String::new();
        loop {
            let page = office.get(&format!("{path}?limit=3{next}")).await;
            let items = page["items"].as_array().unwrap();
            assert!(items.len() <= 3);
            paged.extend(items.iter().cloned());
            let Some(cursor) = page["next"].as_str() else { break };
            next = format!("&cursor={cursor}");
        }
        assert_eq!(&paged, whole, "{path}");
    }
    let found = office.get("/api/v1/clients?q=eclair").await;
    assert_eq!(found["items"].as_array().unwrap().len(), 7);
    let found = office.get("/api/v1/agents?q=emile%203").await;
    assert_eq!(found["items"].as_array().unwrap().len(), 1);
    house.close().await.unwrap();
}

async fn faults_of_small_things_are_named(house: House) {
    let office = office(&house);
    let nothing = Uuid::from_u128(0x404);
    let agent = json!({
        "name": "", "alias": "x", "languages": [], "channels": [],
        "pools": [nothing], "team": nothing, "site": nothing,
        "skills": [{ "skill": nothing, "level": 11 }], "sign_offs": [nothing],
        "aliases": [{ "client": nothing, "alias": "" }]
    });
    let calendar = json!({
        "name": "Odd", "zone": "Mars/Olympus",
        "weekly": [
            { "days": ["monday"], "from": "09:00", "until": "08:00" },
            { "days": [], "from": "9", "until": "10:00" }
        ],
        "holidays": [{ "date": "2026-02-30", "name": "No day" }],
        "closures": [{ "from": "soon", "until": "later", "reason": "" }]
    });
    for (path, body, fields) in [
        (
            "/api/v1/agents".to_owned(),
            agent,
            &[
                "name",
                "languages",
                "channels",
                "pools[0]",
                "team",
                "site",
                "skills[0]",
                "skills[0].level",
                "sign_offs[0]",
                "aliases[0].client",
                "aliases[0].alias",
            ][..],
        ),
        ("/api/v1/calendars".to_owned(), calendar, &["zone", "weekly[1].from", "holidays[0].date"]),
        (
            "/api/v1/pools".to_owned(),
            json!({ "name": "", "fairness_cap_percent": 0 }),
            &["name", "fairness_cap_percent"],
        ),
        ("/api/v1/teams".to_owned(), json!({ "name": "", "client": nothing }), &["name", "client"]),
        (
            format!("/api/v1/clients/{}/widgets", house.first),
            json!({ "name": "", "queues": [nothing], "origins": ["example.org"], "title": [{ "language": "?", "text": "" }] }),
            &["name", "queues[0]", "origins[0]", "title[0].language"],
        ),
        (
            format!("/api/v1/clients/{}/canned-answers", house.first),
            json!({ "shortcut": "two words", "language": "?", "text": "" }),
            &["shortcut", "language", "text"],
        ),
        (
            "/api/v1/clients".to_owned(),
            json!({ "name": "A\u{7}", "zone": "x", "hue": 360, "initials": "abc" }),
            &["name", "zone", "hue", "initials"],
        ),
    ] {
        let refused = office.post(&path, body, 422).await;
        let told: Vec<&str> = refused["faults"]
            .as_array()
            .unwrap()
            .iter()
            .filter_map(|f| f["field"].as_str())
            .collect();
        for field in fields {
            assert!(told.contains(field), "{path}: {field} is not among {told:?}");
        }
    }
    let answer = json!({ "shortcut": "Hours", "language": "fr", "text": "9 h à 17 h" });
    let path = format!("/api/v1/clients/{}/canned-answers", house.first);
    let made = office.post(&path, answer.clone(), 201).await;
    assert_eq!(made["shortcut"], "hours");
    let refused = office.post(&path, answer, 422).await;
    assert_eq!(refused["faults"][0]["field"], "shortcut");
    let preview = json!({
        "name": "Office", "zone": "Europe/Paris",
        "weekly": [{ "days": ["monday"], "from": "09:00", "until": "12:00" }]
    });
    let preview = office.post("/api/v1/calendars/preview", preview, 200).await;
    assert_eq!(preview["open"].as_array().unwrap().len(), 2, "two Mondays in two weeks: {preview}");
    house.close().await.unwrap();
}

async fn who_is_saved_at_once_with_others_is_on_the_floor(house: House) {
    let office = office(&house);
    let made = futures_util::future::join_all((0..40).map(async |n| {
        id(&office.post("/api/v1/agents", profile(&format!("Zoé {n}")), 201).await["id"])
    }))
    .await;
    let floor = &house.app.floor;
    let known = floor.look(|router, _| router.agents().map(|view| view.agent).collect::<Vec<_>>());
    let known = known.await.unwrap();
    for agent in made {
        let agent = AgentId::from_uuid(agent);
        assert!(known.contains(&agent), "{agent} is saved and not on the floor");
        assert!(floor.directory().agent(agent).is_some(), "{agent} is not in the directory");
    }
    house.close().await.unwrap();
}
