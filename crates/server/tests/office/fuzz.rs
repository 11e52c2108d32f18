//! Whatever JSON comes in, the server never answers that it failed.

use std::cell::RefCell;

use crate::house::{House, profile};
use api::role::Role;
use proptest::{prelude::*, test_runner::TestRunner};
use reqwest::Method;
use serde_json::{Map, Value, json};

/// Any JSON of small size, of the kinds that people and programs get wrong.
fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        (0_u64..100).prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,20}".prop_map(Value::from),
        "[0-9]{2}:[0-9]{2}".prop_map(Value::from),
        Just(json!("00000000-0000-0000-0000-000000000404")),
        Just(json!("9".repeat(5_000))),
        Just(json!("2026-13-45T99:99:99Z")),
        Just(json!("\u{0}\u{7f}\u{202e}")),
    ];
    leaf.prop_recursive(2, 12, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec(("[a-z_]{0,8}", inner), 0..4)
                .prop_map(|fields| Value::from(fields.into_iter().collect::<Map<_, _>>())),
        ]
    })
}

/// How many places a value has.
fn places(value: &Value) -> usize {
    1 + match value {
        Value::Array(items) => items.iter().map(places).sum(),
        Value::Object(fields) => fields.values().map(places).sum(),
        _ => 0,
    }
}

/// Puts `new` at the place of that number.
fn replace(value: &mut Value, place: &mut usize, new: &Value) {
    if *place == 0 {
        *value = new.clone();
    }
    *place = place.wrapping_sub(1);
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| replace(item, place, new)),
        Value::Object(fields) => fields.values_mut().for_each(|field| replace(field, place, new)),
        _ => {}
    }
}

#[test]
fn no_body_makes_the_server_fail_on_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    no_body_makes_it_fail(&format!("sqlite://{}", folder.path().join("store.db").display()));
}

#[test]
fn no_body_makes_the_server_fail_on_postgres() {
    let Some(cluster) = testkit::pg::cluster() else { return };
    no_body_makes_it_fail(&cluster.database(None).unwrap());
}

fn no_body_makes_it_fail(url: &str) {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let house = runtime.block_on(House::open(url));
    let admin = house.person(Role::Administrator).clone();
    let client = format!("/api/v1/clients/{}", house.first);
    let draft = format!("{client}/contract-draft");
    let terms = runtime.block_on(house.ask(Method::GET, &draft, &admin, None)).expect(200);
    let terms = &terms["terms"];
    let (first, queue) = (house.first, &terms["queues"][0]["id"]);
    let calendar = json!({
        "name": "Office", "zone": "Europe/Paris",
        "weekly": [{ "days": ["monday"], "from": "09:00", "until": "12:00" }],
        "holidays": [{ "date": "2026-12-25", "name": "Noël", "hours": [{ "from": "10:00", "until": "11:00" }] }],
        "closures": [{ "from": "2026-12-24T12:00", "until": "2026-12-26T00:00", "reason": "Rest" }]
    });
    let mut agent = profile("Claire");
    agent["sign_offs"] = json!([first]);
    agent["skills"] = json!([{ "skill": first, "level": 3 }]);
    let user = json!({ "login": "someone", "name": "Someone", "role": "client_reader", "client": first, "agent": null, "language": "en", "password": "short" });
    let widget = json!({ "name": "Page", "queues": [queue], "origins": ["https://example.org"], "title": [{ "language": "fr", "text": "Bonjour" }], "identity_required": false });
    // Sound bodies, of which one place is then replaced by something else.
    let sound = [
        (Method::POST, format!("{client}/contracts/validate"), json!({ "terms": terms })),
        (Method::PUT, draft, json!({ "version": 0, "terms": terms })),
        (
            Method::POST,
            format!("{client}/contracts"),
            json!({ "based_on": 1, "valid_from": null, "note": "", "terms": terms }),
        ),
        (Method::POST, "/api/v1/calendars".to_owned(), calendar.clone()),
        (Method::POST, "/api/v1/calendars/preview".to_owned(), calendar),
        (Method::POST, "/api/v1/agents".to_owned(), agent),
        (Method::POST, "/api/v1/users".to_owned(), user),
        (Method::POST, format!("{client}/widgets"), widget),
        (
            Method::POST,
            format!("{client}/canned-answers"),
            json!({ "shortcut": "a", "language": "fr", "text": "b" }),
        ),
        (
            Method::POST,
            "/api/v1/clients".to_owned(),
            json!({ "name": "X", "initials": "X", "hue": 1, "zone": "UTC" }),
        ),
        (
            Method::POST,
            "/api/v1/pools".to_owned(),
            json!({ "name": "X", "fairness_cap_percent": 50 }),
        ),
        (
            Method::PUT,
            "/api/v1/settings".to_owned(),
            json!({ "provider_name": "X", "provider_zone": "Europe/Paris", "version": 1 }),
        ),
        (Method::POST, "/api/v1/session".to_owned(), json!({ "login": "a", "password": "b" })),
        (Method::POST, "/api/v1/first-run".to_owned(), house.first_run()),
        (
            Method::POST,
            "/api/v1/desk/presence".to_owned(),
            json!({ "presence": { "kind": "away", "reason": "break" } }),
        ),
    ];
    let places: Vec<usize> = sound.iter().map(|(.., body)| places(body)).collect();
    let which = (0..sound.len()).prop_flat_map(move |n| (Just(n), 0..places[n]));
    let asked = RefCell::new(0_u32);
    let mut runner = TestRunner::new(ProptestConfig::with_cases(400));
    runner
        .run(&(which, any_json()), |((n, place), new)| {
            let (method, path, body) = &sound[n];
            let mut body = body.clone();
            replace(&mut body, &mut place.clone(), &new);
            let answer = runtime.block_on(house.ask(method.clone(), path, &admin, Some(&body)));
            *asked.borrow_mut() += 1;
            prop_assert!(
                !answer.status.is_server_error(),
                "{method} {path}: {} {}",
                answer.status,
                answer.text
            );
            Ok(())
        })
        .unwrap();
    assert!(asked.into_inner() >= 400);
    runtime.block_on(house.close()).unwrap();
}
