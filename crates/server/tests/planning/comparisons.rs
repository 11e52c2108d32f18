//! Contracts compared for clients of the floor: asked, worked out, and read as a table.

use std::time::Duration;

use api::role::Role;
use reqwest::Method;
use serde_json::{Value, json};
use testkit::both_engines;
use uuid::Uuid;

use crate::{
    house::{House, Person},
    worked::Worked,
};

both_engines!(open;
    several_clients_are_compared_in_one_job_each_by_itself,
    what_cannot_be_compared_is_refused_with_every_fault,
);

async fn open(url: String) -> House {
    House::open(&url).await
}

const SECOND: Duration = Duration::from_secs(1);
const COMPARISONS: &str = "/api/v1/planning/comparisons";

/// What the form asks when two clients are chosen.
async fn request(house: &House, planner: &Person, day: &str) -> Value {
    let basis = house.ask(Method::GET, "/api/v1/planning/basis", planner, None).await.expect(200);
    json!({
        "client": house.first, "more_clients": [house.second], "first_day": day, "last_day": day,
        "pool": basis["pools"][0]["id"],
        "costs": { "agent_hour_minor": 2_400, "shrinkage_permille": 280 }, "own_tariff": false,
        "prices": {
            "minute_minor": 120, "written_minor": 320, "bundle_minutes": 0,
            "bundle_fee_minor": 0, "seat_hour_minor": 2_900, "fixed_minor": 0,
        },
        "hybrids": [], "overflow_after_s": [], "detail": "parts", "replications": 2, "seed": 1,
        "client_controls": false,
    })
}

/// The second client gets a contract with the pool.
async fn contract_for_the_second(house: &House) {
    let admin = house.person(Role::Administrator);
    let week = json!([{ "days": ["monday", "tuesday", "wednesday", "thursday", "friday"], "from": "08:00", "until": "18:00" }]);
    let calendar = json!({ "name": "Contoso", "zone": "America/New_York", "weekly": week });
    house.ask(Method::POST, "/api/v1/calendars", admin, Some(&calendar)).await.expect(201);
    let client = format!("/api/v1/clients/{}", house.second);
    let draft = house.ask(Method::GET, &format!("{client}/contract-draft"), admin, None).await;
    let mut terms = draft.expect(200)["terms"].clone();
    // The pool's agents take chats.
    terms["queues"][0]["channels"] = json!(["chat"]);
    let publish = json!({ "based_on": 0, "note": "The first.", "terms": terms });
    let made = house.ask(Method::POST, &format!("{client}/contracts"), admin, Some(&publish)).await;
    made.expect(201);
}

async fn done(house: &House, planner: &Person, begun: &Value) -> Value {
    let path = format!("{COMPARISONS}/{}", begun["job"].as_str().unwrap());
    let waiting = async {
        loop {
            let shown = house.ask(Method::GET, &path, planner, None).await.expect(200);
            if shown["job"]["state"] != "running" {
                return shown;
            }
        }
    };
    tokio::time::timeout(240 * SECOND, waiting).await.expect("the comparison ends")
}

async fn several_clients_are_compared_in_one_job_each_by_itself(house: House) {
    contract_for_the_second(&house).await;
    let worked = Worked::of(&house).await;
    let (clock, zone) = (&house.app.clock, worked.zone());
    let mut day = zone.day_at(clock.now()).next();
    // Northwind is open on Mondays and Fridays.
    while day.weekday() != domain::calendar::Weekday::Monday {
        day = day.next();
    }
    assert!(clock.set(zone.opening(day, 600)));
    worked.answered(1..=6, (5 * SECOND, 120 * SECOND)).await;
    assert!(clock.set(zone.opening(day.next(), 60)));

    let planner = &house.sign_in(&house.person(Role::Planner).login).await;
    let asked = request(&house, planner, &day.to_string()).await;
    let begun = house.ask(Method::POST, COMPARISONS, planner, Some(&asked)).await.expect(202);
    assert_eq!(begun["about"], "Northwind, Contoso", "{begun}");
    let shown = done(&house, planner, &begun).await;
    assert_eq!(shown["job"]["state"], "done", "{shown}");
    assert_eq!(shown["asked"]["more_clients"], json!([house.second]));
    let (first, second) = (&shown["result"], &shown["more_results"][0]);
    assert_eq!((&first["client"], &second["client"]), (&"Northwind".into(), &"Contoso".into()));
    for of in [first, second] {
        let models: Vec<&Value> =
            of["contracts"].as_array().unwrap().iter().map(|contract| &contract["model"]).collect();
        assert_eq!(models, ["shared", "dedicated"], "{of}");
    }
    // Who called costs agents; who never called costs none.
    let hours = |of: &Value, at: usize| of["contracts"][at]["agent_hours"].as_f64().unwrap();
    assert!(hours(first, 1) > 0.0, "{first}");
    assert_eq!((&second["contacts"]["mean"], hours(second, 1)), (&0.0.into(), 0.0), "{second}");

    let path = format!("{COMPARISONS}/{}/csv", begun["job"].as_str().unwrap());
    let table = house.ask(Method::GET, &path, planner, None).await;
    assert!(table.text.starts_with("client,contract,figure,part,value,half_width_95\r\n"));
    for client in ["Northwind", "Contoso"] {
        let row = format!("\r\n\"{client}\",dedicated,cost_minor,\"EUR\",");
        assert!(table.text.contains(&row), "{}", table.text);
    }
}

async fn what_cannot_be_compared_is_refused_with_every_fault(house: House) {
    let planner = house.person(Role::Planner);
    let mut asked = request(&house, planner, "2026-10-05").await;
    asked["more_clients"] = json!([house.second, house.first, Uuid::from_u128(0x404)]);
    asked["replications"] = 1.into();
    let refused = house.ask(Method::POST, COMPARISONS, planner, Some(&asked)).await;
    assert_eq!(refused.status, 422, "{}", refused.text);
    let faults = refused.body["faults"].as_array().unwrap();
    let found: Vec<(&str, &str)> = faults
        .iter()
        .map(|fault| (fault["field"].as_str().unwrap(), fault["code"].as_str().unwrap()))
        .collect();
    let expected = [
        // It has no contract yet.
        ("more_clients[0]", "client_without_contract"),
        ("more_clients[1]", "client_twice"),
        ("more_clients[2]", "client_without_contract"),
        ("replications", "range"),
    ];
    assert_eq!(found, expected, "{}", refused.text);
    asked["more_clients"] = json!(vec![house.first; 12]);
    let refused = house.ask(Method::POST, COMPARISONS, planner, Some(&asked)).await;
    assert_eq!(refused.body["faults"][0]["field"], "more_clients", "{}", refused.text);
}
