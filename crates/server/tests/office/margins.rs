//! Margins over what really happened on the floor, and what hours cost.

use std::time::Duration;

use crate::house::{House, Person, chat, id};
use api::role::Role;
use domain::{AgentId, ContactId, QueueId, Timestamp};
use reqwest::Method;
use routing::{EndedBy, Input, Presence};
use serde_json::{Value, json};
use store::{ProviderScope, records::RatedMonth};
use testkit::both_engines;

both_engines!(open;
    a_margin_is_the_statement_less_the_ledgers_time_at_the_sites_cost,
    costs_say_all_their_faults_and_no_comparison_changes_them,
    a_month_that_goes_on_is_what_the_statement_says_at_every_moment,
    a_month_that_is_over_is_kept_until_something_changes_it,
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
    priced_with(house, Value::Null).await
}

/// As [`priced`], with a service credit.
async fn priced_with(house: &House, credit: Value) -> QueueId {
    let admin = house.person(Role::Administrator);
    let path = format!("/api/v1/clients/{}/contracts", house.first);
    let one = house.ask(Method::GET, &format!("{path}/1"), admin, None).await.expect(200);
    let mut terms = one["terms"].clone();
    terms["tariff"] = json!({
        "currency": "EUR", "terms": "",
        "charges": [{ "name": "Chats", "price_milli": 150_000, "unit": { "kind": "minute", "counts": ["talk"], "first_s": 60, "next_s": 60 } }],
        "fees": [{ "name": "Set-up", "quantity": 1, "price_minor": 5_000, "when": "once" }],
        "tax": { "name": "TVA", "basis_points": 2_000 },
        "credit": credit,
    });
    // Whoever is offered a contact may let it ring for longer than it is promised to wait.
    terms["queues"][0]["offer_timeout_s"] = json!(120);
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
    floor.input(Input::Arrive(chat(contact, house.first, queue))).await.unwrap();
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

async fn a_month_that_goes_on_is_what_the_statement_says_at_every_moment(house: House) {
    let per_point = json!({ "kind": "share", "permille": 20 });
    let credit = json!({ "target_percent": 90, "per_point": per_point, "cap_percent": 50 });
    let queue = priced_with(&house, credit).await;
    let admin = house.person(Role::Administrator);
    let agent = AgentId::from_uuid(id(&me(&house).await["id"]));
    let floor = &house.app.floor;
    floor.input(Input::SignIn { agent, presence: Presence::Available }).await.unwrap();
    let statement = format!("/api/v1/clients/{}/statement", house.first);
    let mut revenues = Vec::new();
    // Some in time, some late, some lost: each moves the minutes, the service level, or both.
    for (n, wait, answered) in
        [(1, 5, true), (2, 5, true), (3, 90, false), (4, 60, true), (5, 5, true), (6, 5, false)]
    {
        let contact = ContactId::from_u128(0xb0 + n);
        floor.input(Input::Arrive(chat(contact, house.first, queue))).await.unwrap();
        house.wait(wait * SECOND);
        if answered {
            floor.input(Input::Answer { contact, agent }).await.unwrap();
            house.wait(100 * SECOND);
            floor.input(Input::End { contact, by: EndedBy::Customer }).await.unwrap();
            let done = Input::FinishWrapUp { contact, agent, disposition: None };
            floor.input(done).await.unwrap();
        } else {
            floor.input(Input::Abandon { contact }).await.unwrap();
        }
        // Asked twice, since what nothing has changed is not rated again.
        for _ in 0..2 {
            let told = margins(&house).await;
            let said = house.ask(Method::GET, &statement, admin, None).await.expect(200);
            let one = &told["clients"][0];
            assert_eq!((&one["contacts"], &one["revenue_minor"]), (&json!(n), &said["net_minor"]));
        }
        let told = margins(&house).await;
        revenues.push(told["clients"][0]["revenue_minor"].as_i64().unwrap());
    }
    let credited = margins(&house).await.to_string();
    assert!(credited.contains("\"credit\""), "{credited}");
    assert!(revenues.windows(2).any(|two| two[1] < two[0]), "a level falls: {revenues:?}");
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

/// What is kept of a month of the first client: terms and document.
async fn kept(house: &House, month: &Value) -> Option<RatedMonth> {
    let at = |name: &str| month[name].as_str().unwrap().parse::<Timestamp>().unwrap();
    let (scope, span) = (ProviderScope::granted(), (at("from"), at("until")));
    let all = house.app.store.view().rated_months(&scope, CALCULATION, span).await.unwrap();
    all.into_iter().find(|one| one.client.uuid() == house.first)
}

/// The number of the calculation whose months are kept.
const CALCULATION: u32 = 2;

async fn a_month_that_is_over_is_kept_until_something_changes_it(house: House) {
    let queue = priced(&house).await;
    let (admin, profile) = (house.person(Role::Administrator).clone(), me(&house).await);
    let agent = AgentId::from_uuid(id(&profile["id"]));
    let floor = &house.app.floor;
    floor.input(Input::SignIn { agent, presence: Presence::Available }).await.unwrap();
    let (short, long) = (ContactId::from_u128(0xa1), ContactId::from_u128(0xa2));
    for contact in [short, long] {
        floor.input(Input::Arrive(chat(contact, house.first, queue))).await.unwrap();
        floor.input(Input::Answer { contact, agent }).await.unwrap();
    }
    house.wait(170 * SECOND);
    floor.input(Input::End { contact: short, by: EndedBy::Customer }).await.unwrap();
    floor.input(Input::FinishWrapUp { contact: short, agent, disposition: None }).await.unwrap();
    let live = margins(&house).await;
    assert_eq!((&live["goes_on"], &live["clients"][0]["contacts"]), (&true.into(), &1.into()));
    assert_eq!(kept(&house, &live).await, None, "a month that goes on is rated each time");
    let name = live["month"].as_str().unwrap().to_owned();

    house.wait(Duration::from_secs(40 * 86_400));
    let owner = house.sign_in(&house.person(Role::AccountManager).login).await;
    let admin = house.sign_in(&admin.login).await;
    let of_month = format!("/api/v1/margins?month={name}");
    let ask = async || house.ask(Method::GET, &of_month, &owner, None).await.expect(200);
    let over = ask().await;
    assert_eq!((&over["goes_on"], &over["clients"][0]["contacts"]), (&false.into(), &1.into()));
    let first = kept(&house, &over).await.expect("it is kept");
    assert_eq!(first.document["contacts"], 1, "{first:?}");

    // What is kept is what is answered with.
    let mut other = first.document.clone();
    other["parts"] = json!([{ "kind": "fee", "amount_minor": 12_345 }]);
    let at = |name: &str| over[name].as_str().unwrap().parse::<Timestamp>().unwrap();
    let span = (at("from"), at("until"));
    let forged = RatedMonth { document: other, ..first.clone() };
    let inputs = [(first.client, span.1)];
    let save = house.app.store.tx(move |tx| {
        Box::pin(async move {
            let (scope, kind) = (ProviderScope::granted(), (billing::METERING, CALCULATION));
            tx.reserve_rated_months(&scope, kind, span, "mine", &inputs).await?;
            tx.fill_rated_months(span, "mine", &[forged]).await
        })
    });
    assert_eq!(save.await.unwrap(), 1);
    assert_eq!(ask().await["clients"][0]["revenue_minor"], 12_345);

    // What an hour costs is applied to it, not kept in it.
    let costs = json!({ "version": 0, "currency": "EUR", "agent_hour_minor": 2_400, "shrinkage_permille": 250 });
    house.ask(Method::PUT, "/api/v1/agent-costs", &owner, Some(&costs)).await.expect(200);
    let priced = ask().await;
    let cost = priced["clients"][0]["cost"]["cost_minor"].as_i64().unwrap();
    assert_eq!(priced["clients"][0]["margin_minor"].as_i64().unwrap(), 12_345 - cost);

    // A contact of that month that ends late takes it away.
    floor.input(Input::End { contact: long, by: EndedBy::Customer }).await.unwrap();
    floor.input(Input::FinishWrapUp { contact: long, agent, disposition: None }).await.unwrap();
    // Whoever asks for anything that is metered has what is new metered.
    let current = margins_of(&house, &owner, "").await;
    assert_eq!(current["clients"][0]["contacts"], 0, "it began before: {current}");
    assert_eq!(kept(&house, &over).await, None);
    let late = ask().await;
    assert_eq!(late["clients"][0]["contacts"], 2);
    let statement = format!("/api/v1/clients/{}/statement?period={name}", house.first);
    let statement = house.ask(Method::GET, &statement, &admin, None).await.expect(200);
    assert_eq!(late["clients"][0]["revenue_minor"], statement["net_minor"]);
    let second = kept(&house, &over).await.expect("it is kept again");
    assert_ne!(second.document, first.document);

    // So does another version of the contract.
    let path = format!("/api/v1/clients/{}/contracts", house.first);
    let newest = house.ask(Method::GET, &format!("{path}/2"), &admin, None).await.expect(200);
    let body = json!({ "based_on": 2, "valid_from": null, "note": "", "terms": newest["terms"] });
    house.ask(Method::POST, &path, &admin, Some(&body)).await.expect(201);
    assert_eq!(ask().await["clients"], late["clients"], "nothing of that month is another");
    let third = kept(&house, &over).await.expect("it is kept");
    assert_ne!(third.terms, second.terms, "by the new terms");
    assert_eq!(third.document, second.document);

    // A table of it, and the months one after the other.
    let request = house.request(Method::GET, &of_month, Some(&owner));
    let table = house.send(request.header("accept", "text/csv")).await;
    assert_eq!(table.headers["content-type"], "text/csv; charset=utf-8");
    let lines: Vec<&str> = table.text.split("\r\n").collect();
    let width = lines[0].split(',').count();
    for line in &lines[..lines.len() - 1] {
        assert_eq!(line.split(',').count(), width, "{line}");
    }
    let cents = |minor: &Value| {
        let minor = minor.as_i64().unwrap();
        let sign = if minor < 0 { "-" } else { "" };
        format!("{sign}{}.{:02}", minor.abs() / 100, minor.abs() % 100)
    };
    let one = &late["clients"][0];
    let cell = |name: &str| {
        let place = lines[0].split(',').position(|column| column == name).unwrap();
        lines[1].split(',').nth(place).unwrap().to_owned()
    };
    assert_eq!((cell("month"), cell("name")), (name.clone(), "\"Northwind\"".to_owned()));
    assert_eq!(cell("revenue"), cents(&one["revenue_minor"]));
    assert_eq!(cell("cost"), cents(&one["cost"]["cost_minor"]));
    assert_eq!(cell("margin"), cents(&one["margin_minor"]));

    let trend = "/api/v1/margins/trend";
    let all = house.ask(Method::GET, trend, &owner, None).await.expect(200);
    let months = all["months"].as_array().unwrap();
    assert_eq!(months.len(), late["months"].as_array().unwrap().len(), "{all}");
    let last = months.last().unwrap();
    assert_eq!(last["goes_on"], true);
    for shown in months {
        let query = format!("?month={}", shown["month"].as_str().unwrap());
        let month = margins_of(&house, &owner, &query).await;
        assert_eq!(shown["revenue_minor"], month["revenue_minor"], "{query}");
        if shown["goes_on"] == true {
            // Agents at work cost more from one question to the next; nothing else may differ.
            let of = |one: &Value, sum: &str| one[sum].as_i64().unwrap();
            assert!(of(shown, "cost_minor") <= of(&month, "cost_minor"), "{month}");
            for one in [shown, &month] {
                let left = of(one, "revenue_minor") - of(one, "cost_minor");
                assert_eq!(of(one, "margin_minor"), left, "{one}");
            }
        } else {
            assert_eq!(shown["cost_minor"], month["cost_minor"], "{query}");
            assert_eq!(shown["margin_minor"], month["margin_minor"], "{query}");
        }
    }
    let path = format!("{trend}?client={}", house.first);
    let own = house.ask(Method::GET, &path, &owner, None).await.expect(200);
    let of_first = own["months"].as_array().unwrap().iter().find(|one| one["month"] == *name);
    assert_eq!(of_first.unwrap()["margin_minor"], one["margin_minor"]);
    let path = format!("{trend}?client={}", uuid::Uuid::from_u128(9));
    assert_eq!(house.ask(Method::GET, &path, &owner, None).await.status, 404);
    house.close().await.unwrap();
}

async fn margins_of(house: &House, who: &Person, query: &str) -> Value {
    house.ask(Method::GET, &format!("/api/v1/margins{query}"), who, None).await.expect(200)
}
