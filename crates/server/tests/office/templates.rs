//! Clients made of templates: checked like any other, whole or not at all, and live with the first chat.

use crate::house::{House, id};
use api::role::Role;
use domain::{AgentId, ClientId, ContactId, QueueId, contract::Channel};
use reqwest::Method;
use routing::{Arrival, Input, Presence};
use serde_json::{Value, json};
use testkit::both_engines;

both_engines!(open;
    every_trade_becomes_a_client_whose_checklist_leads_to_its_first_chat,
    a_set_up_with_faults_names_them_all_and_leaves_nothing,
);

async fn open(url: String) -> House {
    House::open(&url).await
}

async fn agent_of(house: &House) -> Value {
    let admin = house.person(Role::Administrator);
    let session = house.ask(Method::GET, "/api/v1/session", admin, None).await.expect(200);
    session["agent"].clone()
}

async fn every_trade_becomes_a_client_whose_checklist_leads_to_its_first_chat(house: House) {
    let admin = house.person(Role::Administrator);
    let trades =
        house.ask(Method::GET, "/api/v1/templates?language=fr", admin, None).await.expect(200);
    let trades = trades.as_array().unwrap();
    let names: Vec<&str> = trades.iter().map(|one| one["trade"].as_str().unwrap()).collect();
    assert_eq!(
        names,
        ["medical_practice", "law_office", "property_management", "online_shop", "help_desk"]
    );
    assert_eq!(trades[0]["name"], "Cabinet médical");
    let me = agent_of(&house).await;
    let mate = house.hire("mate", Role::Agent, None).await;
    let mate =
        house.ask(Method::GET, "/api/v1/session", &mate, None).await.expect(200)["agent"].clone();
    for (i, of) in trades.iter().enumerate() {
        let trade = of["trade"].as_str().unwrap();
        let ask = json!({
            "name": format!("Client {i}"), "zone": "Europe/Paris", "languages": ["fr", "en"],
            "weekly": of["weekly"], "sign_offs": [me], "origins": ["https://client.example"], "with_tariff": true,
        });
        let path = format!("/api/v1/templates/{trade}/clients");
        let done =
            house.ask(Method::POST, &path, house.person(Role::AccountManager), Some(&ask)).await;
        let done = done.expect(201);
        let client = id(&done["client"]["id"]);
        assert_eq!(
            (&done["client"]["status"], &done["client"]["contract_version"]),
            (&"draft".into(), &1.into())
        );
        assert_eq!(done["flow"], "main", "{trade}");
        assert!(
            done["prompts"].as_array().unwrap().iter().any(|p| p["language"] == "en"),
            "{done}"
        );
        // The contract passes the checks of any contract, and is priced.
        let draft = format!("/api/v1/clients/{client}/contract-draft");
        let draft = house.ask(Method::GET, &draft, admin, None).await.expect(200);
        assert_eq!(draft["faults"], json!([]), "{trade}");
        assert!(draft["terms"]["queues"][0]["protocol"].as_str().unwrap().len() > 50, "{trade}");
        let statement = format!("/api/v1/clients/{client}/statement");
        let statement = house.ask(Method::GET, &statement, admin, None).await.expect(200);
        assert_eq!(statement["currency"], "EUR");
        let answers = format!("/api/v1/clients/{client}/canned-answers");
        let answers = house.ask(Method::GET, &answers, admin, None).await.expect(200);
        assert_eq!(answers.as_array().unwrap().len(), 2 * of["answers"].as_array().unwrap().len());
        let flow = format!("/api/v1/clients/{client}/flows/main");
        let flow = house.ask(Method::GET, &flow, admin, None).await.expect(200);
        let codes: std::collections::BTreeSet<&str> = flow["check"]["faults"]
            .as_array()
            .unwrap()
            .iter()
            .map(|f| f["code"].as_str().unwrap())
            .collect();
        assert!(
            codes.iter().all(|code| code.contains("prompt")),
            "{trade}: only prompts are missing: {codes:?}"
        );
        // Every point that is open says where it is done.
        for point in done["checklist"]["points"].as_array().unwrap() {
            assert!(point["link"].as_str().unwrap().starts_with("/admin/"), "{point}");
        }
        // A new pool has nobody yet, whoever is signed off: the checklist says so.
        assert_eq!(done["checklist"]["ready"], false, "{trade}: {done}");
    }

    // With an existing pool and a team of its own, by the administrator, it is ready at once.
    let pools = house.ask(Method::GET, "/api/v1/pools", admin, None).await.expect(200);
    let pool =
        pools.as_array().unwrap().iter().find(|pool| pool["name"] == "Pool").unwrap()["id"].clone();
    let ask = json!({
        "name": "Logiciel", "zone": "Europe/Paris", "languages": ["en"], "weekly": trades[4]["weekly"],
        "pool": pool, "sign_offs": [me], "team": [mate], "origins": [], "with_tariff": false,
    });
    let done =
        house.ask(Method::POST, "/api/v1/templates/help_desk/clients", admin, Some(&ask)).await;
    let done = done.expect(201);
    assert_eq!(done["checklist"]["ready"], true, "{done}");
    let joined = format!("/api/v1/agents/{}", id(&mate));
    let joined = house.ask(Method::GET, &joined, admin, None).await.expect(200);
    assert_eq!(
        (&joined["skills"][0]["level"], joined["team"].is_string()),
        (&3.into(), true),
        "{joined}"
    );
    let client = id(&done["client"]["id"]);
    let live = format!("/api/v1/clients/{client}/go-live");
    let version = json!({ "version": done["client"]["version"] });
    house.ask(Method::POST, &live, admin, Some(&version)).await.expect(200);
    // And a chat finds its agent.
    let draft = format!("/api/v1/clients/{client}/contract-draft");
    let draft = house.ask(Method::GET, &draft, admin, None).await.expect(200);
    let agent = AgentId::from_uuid(id(&me));
    let floor = &house.app.floor;
    floor.input(Input::SignIn { agent, presence: Presence::Available }).await.unwrap();
    let contact = ContactId::from_u128(0xc1);
    let arrival = Arrival {
        contact,
        client: ClientId::from_uuid(client),
        queue: QueueId::from_uuid(id(&draft["terms"]["queues"][1]["id"])),
        channel: Channel::Chat,
        language: None,
        first_ring: None,
        customer: None,
        head_start: None,
        emergency: false,
    };
    floor.input(Input::Arrive(arrival)).await.unwrap();
    house.wait(std::time::Duration::from_secs(2));
    floor.input(Input::Answer { contact, agent }).await.unwrap();

    for role in [Role::Planner, Role::ShiftLead, Role::ClientManager] {
        let refused = house
            .ask(
                Method::POST,
                "/api/v1/templates/help_desk/clients",
                house.person(role),
                Some(&ask),
            )
            .await;
        assert_eq!(refused.code(), "forbidden", "{}", role.name());
    }
    house.close().await.unwrap();
}

async fn a_set_up_with_faults_names_them_all_and_leaves_nothing(house: House) {
    let admin = house.person(Role::Administrator);
    let nobody = "00000000-0000-0000-0000-000000000404";
    let ask = json!({
        "name": "", "zone": "Mars/Base", "languages": ["fr", "?"], "weekly": [{ "days": ["monday"], "from": "9", "until": "17:00" }],
        "pool": nobody, "sign_offs": [nobody], "team": [nobody], "with_tariff": true,
    });
    let path = "/api/v1/templates/law_office/clients";
    let answer = house.ask(Method::POST, path, admin, Some(&ask)).await;
    assert_eq!(answer.status, 422, "{}", answer.text);
    for field in [
        "name",
        "zone",
        "languages[1]",
        "weekly[0].from",
        "pool",
        "sign_offs[0]",
        "team[0]",
        "team",
    ] {
        assert!(
            answer.text.contains(&format!("\"field\":\"{field}\"")),
            "{field}: {}",
            answer.text
        );
    }
    // A page that is none is found when the rest is sound; nothing of it stays either.
    let ask = json!({ "name": "Fresh", "zone": "Europe/Paris", "languages": ["fr"], "weekly": [{ "days": ["monday"], "from": "09:00", "until": "17:00" }], "origins": ["no page"], "with_tariff": true });
    let answer = house.ask(Method::POST, path, admin, Some(&ask)).await;
    assert!(answer.text.contains("origins[0]"), "{}", answer.text);
    let clients = house.ask(Method::GET, "/api/v1/clients?q=Fresh", admin, None).await.expect(200);
    assert_eq!(clients["items"], json!([]));
    let calendars = house.ask(Method::GET, "/api/v1/calendars", admin, None).await.expect(200);
    assert!(!calendars.to_string().contains("Fresh"), "{calendars}");
    let unknown =
        house.ask(Method::POST, "/api/v1/templates/circus/clients", admin, Some(&ask)).await;
    assert_eq!(unknown.code(), "not_found");
    house.close().await.unwrap();
}
