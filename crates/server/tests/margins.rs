//! Margins over what really happened on the floor, and what hours cost.
#![allow(clippy::unwrap_used)] // every unwrap here is an assertion

mod house;

use std::time::Duration;

use api::role::Role;
use domain::{AgentId, ClientId, ContactId, QueueId, contract::Channel};
use house::{House, id};
use reqwest::Method;
use routing::{Arrival, EndedBy, Input, Presence};
use serde_json::{Value, json};
use testkit::both_engines;

both_engines!(open;
    a_margin_is_the_statement_less_the_ledgers_time_at_the_sites_cost,
    costs_say_all_their_faults_and_no_comparison_changes_them,
);

async fn open(url: String) -> House {
    House::open(&url).await
}

const SECOND: Duration = Duration::from_secs(1);

/// The agent of the administrator.
async fn me(house: &House) -> Value {
    let admin = house.person(Role::Administrator);
    let session = house.ask(Method::GET, "/api/v1/session", admin, None).await.expect(200);
    let path = format!("/api/v1/agents/{}", id(&session["agent"]));
    house.ask(Method::GET, &path, admin, None).await.expect(200)
}

/// Publishes the terms in force with a fee of each month and a minute of chat; answers with the queue.
async fn priced(house: &House) -> QueueId {
    let admin = house.person(Role::Administrator);
    let path = format!("/api/v1/clients/{}/contracts", house.first);
    let one = house.ask(Method::GET, &format!("{path}/1"), admin, None).await.expect(200);
    let mut terms = one["terms"].clone();
    terms["tariff"] = json!({
        "currency": "EUR", "terms": "",
        "charges": [{ "name": "Chats", "price_milli": 150_000, "unit": { "kind": "minute", "counts": ["talk"], "first_s": 60, "next_s": 60 } }],
        "fees": [{ "name": "Set-up", "quantity": 1, "price_minor": 5_000, "when": "once" }],
        "tax": { "name": "TVA", "basis_points": 2_000 },
    });
    let body = json!({ "based_on": 1, "valid_from": null, "note": "", "terms": terms });
    let made = house.ask(Method::POST, &path, admin, Some(&body)).await.expect(201);
    QueueId::from_uuid(id(&made["terms"]["queues"][0]["id"]))
}

async fn margins(house: &House) -> Value {
    let owner = house.person(Role::AccountManager);
    house.ask(Method::GET, "/api/v1/margins", owner, None).await.expect(200)
}

async fn a_margin_is_the_statement_less_the_ledgers_time_at_the_sites_cost(house: House) {
    let admin = house.person(Role::Administrator);
    let named = json!({ "name": "Tunis" });
    let site = house.ask(Method::POST, "/api/v1/sites", admin, Some(&named)).await;
    let site = site.expect(201)["id"].clone();
    let mut profile = me(&house).await;
    profile["site"] = site.clone();
    let path = format!("/api/v1/agents/{}", id(&profile["id"]));
    house.ask(Method::PUT, &path, admin, Some(&profile)).await.expect(200);

    let queue = priced(&house).await;
    let (agent, contact) = (AgentId::from_uuid(id(&profile["id"])), ContactId::from_u128(0xa1));
    let floor = &house.app.floor;
    floor.input(Input::SignIn { agent, presence: Presence::Available }).await.unwrap();
    house.wait(600 * SECOND);
    let arrival = Arrival {
        contact,
        client: ClientId::from_uuid(house.first),
        queue,
        channel: Channel::Chat,
        language: None,
        first_ring: None,
        customer: None,
        head_start: None,
        emergency: false,
    };
    floor.input(Input::Arrive(arrival)).await.unwrap();
    house.wait(10 * SECOND);
    floor.input(Input::Answer { contact, agent }).await.unwrap();
    house.wait(170 * SECOND);
    floor.input(Input::End { contact, by: EndedBy::Customer }).await.unwrap();
    house.wait(20 * SECOND);
    floor.input(Input::FinishWrapUp { contact, agent, disposition: None }).await.unwrap();
    floor.input(Input::SignOut { agent }).await.unwrap();

    // Nobody has said what an hour costs: there is revenue and time, and no margin.
    let bare = margins(&house).await;
    assert_eq!((&bare["costs"]["version"], &bare["costs"]["currency"]), (&0.into(), &"EUR".into()));
    let one = &bare["clients"][0];
    assert_eq!((&one["name"], &one["contacts"]), (&"Northwind".into(), &1.into()), "{bare}");
    for none in [
        &bare["cost_minor"],
        &bare["margin_minor"],
        &one["margin_minor"],
        &one["cost"]["cost_minor"],
    ] {
        assert_eq!(none, &Value::Null, "{bare}");
    }
    let statement = format!("/api/v1/clients/{}/statement", house.first);
    let statement = house.ask(Method::GET, &statement, admin, None).await.expect(200);
    assert_eq!(one["revenue_minor"], statement["net_minor"]);
    let fee = one["revenue"].as_array().unwrap().iter().find(|part| part["kind"] == "fee").unwrap();
    assert_eq!(fee["amount_minor"], 5_000);
    assert_eq!(bare["clients"].as_array().unwrap().len(), 1, "Contoso did nothing: {bare}");

    // At the site's own cost, with a quarter of the paid time elsewhere.
    let costs = json!({
        "version": 0, "currency": "EUR", "agent_hour_minor": 2_400, "shrinkage_permille": 250,
        "sites": [{ "site": site, "agent_hour_minor": 90_000 }],
    });
    let kept = house.ask(Method::PUT, "/api/v1/agent-costs", admin, Some(&costs)).await.expect(200);
    assert_eq!((&kept["version"], &kept["sites"]), (&1.into(), &costs["sites"]));
    let told = margins(&house).await;
    let one = &told["clients"][0];
    let (worked, waiting) =
        (one["cost"]["worked_ms"].as_i64().unwrap(), one["cost"]["waiting_ms"].as_i64().unwrap());
    assert!((190_000..200_000).contains(&worked), "talk and wrap-up: {told}");
    assert!((610_000..620_000).contains(&waiting), "before the contact, and while it rang: {told}");
    // Beside the report of the same hours.
    let report = format!(
        "/api/v1/reports/intervals?group=agent&length=day&from={}&until={}",
        told["from"].as_str().unwrap(),
        told["until"].as_str().unwrap()
    );
    let report = house.ask(Method::GET, &report, admin, None).await.expect(200);
    let signed_in = report["totals"][0]["signed_in_ms"].as_i64().unwrap();
    assert!((signed_in - worked - waiting).abs() <= 2, "{signed_in}: {told}");
    let at = &one["sites"][0];
    assert_eq!((&at["name"], &at["agent_hour_minor"]), (&"Tunis".into(), &90_000.into()));
    let near = |minor: &Value, ms: i64| {
        // 900.00 an hour / 0.75 is 33.33 cents a second.
        let exact = ms * 90_000 * 1_000 / (3_600_000 * 750);
        assert!((minor.as_i64().unwrap() - exact).abs() <= 1, "{minor} for {ms} ms");
    };
    near(&at["cost"]["worked_minor"], worked);
    near(&at["cost"]["waiting_minor"], waiting);
    let cost = one["cost"]["cost_minor"].as_i64().unwrap();
    let margin = one["revenue_minor"].as_i64().unwrap() - cost;
    assert_eq!(one["margin_minor"], margin);
    assert_eq!((&told["cost_minor"], &told["margin_minor"]), (&cost.into(), &margin.into()));
    assert!(margin < 0, "an agent who waits ten minutes for one chat costs more: {told}");

    for role in [Role::Planner, Role::ShiftLead, Role::ClientManager, Role::Agent] {
        let refused = house.ask(Method::GET, "/api/v1/margins", house.person(role), None).await;
        assert_eq!(refused.code(), "forbidden", "{}", role.name());
    }
    let wrong = house.ask(Method::GET, "/api/v1/margins?month=1999-13", admin, None).await;
    assert!(wrong.text.contains("no_such_month"), "{}", wrong.text);
    // Costs in another currency: the time is priced, and nothing is subtracted.
    let other = json!({ "version": 1, "currency": "CHF", "agent_hour_minor": 2_400, "shrinkage_permille": 250 });
    house.ask(Method::PUT, "/api/v1/agent-costs", admin, Some(&other)).await.expect(200);
    let other = margins(&house).await;
    assert_eq!((&other["margin_minor"], &other["revenue_minor"]), (&Value::Null, &0.into()));
    assert!(other["cost_minor"].as_i64().unwrap() > 0, "{other}");
    house.close().await.unwrap();
}

async fn costs_say_all_their_faults_and_no_comparison_changes_them(house: House) {
    let admin = house.person(Role::Administrator);
    let nowhere = "00000000-0000-0000-0000-000000000404";
    let wrong = json!({
        "version": 0, "currency": "euro", "agent_hour_minor": 0, "shrinkage_permille": 901,
        "sites": [{ "site": nowhere, "agent_hour_minor": 0 }],
    });
    let answer = house.ask(Method::PUT, "/api/v1/agent-costs", admin, Some(&wrong)).await;
    assert_eq!(answer.status, 422, "{}", answer.text);
    let faults: Vec<&str> = answer.body["faults"]
        .as_array()
        .unwrap()
        .iter()
        .map(|f| f["field"].as_str().unwrap())
        .collect();
    assert_eq!(
        faults,
        [
            "currency",
            "agent_hour_minor",
            "shrinkage_permille",
            "sites[0].agent_hour_minor",
            "sites[0].site"
        ]
    );
    let kept = house.ask(Method::GET, "/api/v1/agent-costs", admin, None).await.expect(200);
    assert_eq!((&kept["version"], &kept["agent_hour_minor"]), (&0.into(), &0.into()));

    // A comparison's figures stand in, until somebody has said what hours cost.
    let given = |minor: u32| api::planning::compare::AgentCosts {
        agent_hour_minor: minor,
        shrinkage_permille: 300,
    };
    let store = &house.app.store;
    server::margins::costs::keep_of_comparison(store, &given(3_100)).await.unwrap();
    let kept = house.ask(Method::GET, "/api/v1/agent-costs", admin, None).await.expect(200);
    assert_eq!((&kept["version"], &kept["agent_hour_minor"]), (&1.into(), &3_100.into()));
    let said = json!({ "version": 1, "currency": "EUR", "agent_hour_minor": 2_600, "shrinkage_permille": 280 });
    house.ask(Method::PUT, "/api/v1/agent-costs", admin, Some(&said)).await.expect(200);
    let late = house.ask(Method::PUT, "/api/v1/agent-costs", admin, Some(&said)).await;
    assert_eq!(late.code(), "conflict", "{}", late.text);
    server::margins::costs::keep_of_comparison(store, &given(9_900)).await.unwrap();
    let basis = house.ask(Method::GET, "/api/v1/planning/basis", admin, None).await.expect(200);
    assert_eq!(basis["costs"], json!({ "agent_hour_minor": 2_600, "shrinkage_permille": 280 }));
    // Who said it, and what was there before.
    let audit = house.ask(Method::GET, "/api/v1/audit", admin, None).await.expect(200);
    let entry =
        audit["items"].as_array().unwrap().iter().find(|e| e["action"] == "agent_costs.changed");
    assert_eq!(entry.unwrap()["before"]["agent_hour_minor"], 3_100);
    house.close().await.unwrap();
}
