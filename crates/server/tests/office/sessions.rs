//! Signing in and what ends a session.

use std::time::Duration;

use crate::house::{House, PASSWORD, id, person};
use api::role::Role;
use domain::{AgentId, Timestamp, zone::Zone};
use reqwest::{Method, StatusCode, header};
use routing::{Input, Presence};
use serde_json::json;
use testkit::both_engines;

both_engines!(open;
    tries_to_sign_in_are_counted_and_forgiven_with_time,
    a_session_ends_when_it_is_not_used,
    a_session_ends_with_whatever_takes_rights_away,
    the_own_password_is_changed_by_who_knows_it,
    the_first_run_is_open_once,
    the_floors_days_begin_where_the_provider_says,
);

async fn open(url: String) -> House {
    House::open(&url).await
}

const SESSION: &str = "/api/v1/session";
const MINUTE: Duration = Duration::from_secs(60);

async fn tries_to_sign_in_are_counted_and_forgiven_with_time(house: House) {
    let unknown = house.try_sign_in("nobody at all", PASSWORD).await;
    let wrong = house.try_sign_in("planner", "not the password").await;
    for answer in [&unknown, &wrong] {
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
        answer.assert_error("a try");
    }
    // An unknown login looks exactly like a wrong password.
    assert_eq!(unknown.body["message"], wrong.body["message"]);
    assert_eq!(unknown.code(), wrong.code());

    for _ in 1..10 {
        let answer = house.try_sign_in("Planner ", "not the password").await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    }
    let refused = house.try_sign_in("planner", PASSWORD).await;
    assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS, "{}", refused.text);
    refused.assert_error("too many tries");
    let after: u64 = refused.headers[header::RETRY_AFTER].to_str().unwrap().parse().unwrap();
    assert!((1..=90).contains(&after), "{after}");
    // Others are not locked out with them, and time forgives.
    house.sign_in("team_lead").await;
    house.wait(Duration::from_secs(after));
    house.sign_in("planner").await;
    // A success clears the count.
    for _ in 0..9 {
        house.try_sign_in("planner", "not the password").await;
    }
    house.sign_in("planner").await;
    house.close().await.unwrap();
}

async fn a_session_ends_when_it_is_not_used(house: House) {
    let planner = house.person(Role::Planner).clone();
    // Used every ten hours it goes on beyond its first twelve…
    for _ in 0..3 {
        house.wait(600 * MINUTE);
        house.ask(Method::GET, SESSION, &planner, None).await.expect(200);
    }
    // …and ends after twelve hours without use.
    house.wait(721 * MINUTE);
    let ended = house.ask(Method::GET, SESSION, &planner, None).await;
    assert_eq!(ended.code(), "sign_in_needed");
    ended.assert_error("an ended session");
    // No use keeps one beyond its longest time.
    let planner = house.sign_in("planner").await;
    for _ in 0..16 {
        house.wait(600 * MINUTE);
        house.ask(Method::GET, SESSION, &planner, None).await.expect(200);
    }
    house.wait(600 * MINUTE);
    house.ask(Method::GET, SESSION, &planner, None).await.expect(401);
    house.close().await.unwrap();
}

async fn a_session_ends_with_whatever_takes_rights_away(house: House) {
    let admin = house.person(Role::Administrator);
    let lead = house.person(Role::TeamLead);
    let path = format!("/api/v1/users/{}", lead.user);
    let mut user = house.ask(Method::GET, &path, admin, None).await.expect(200);
    user["role"] = json!("planner");
    house.ask(Method::PUT, &path, admin, Some(&user)).await.expect(200);
    house.ask(Method::GET, SESSION, lead, None).await.expect(401);
    let lead = house.sign_in("team_lead").await;

    let mut user = house.ask(Method::GET, &path, admin, None).await.expect(200);
    user["disabled"] = json!(true);
    house.ask(Method::PUT, &path, admin, Some(&user)).await.expect(200);
    house.ask(Method::GET, SESSION, &lead, None).await.expect(401);
    house.try_sign_in("team_lead", PASSWORD).await.expect(401);

    let planner = house.person(Role::Planner);
    let path = format!("/api/v1/users/{}/password", planner.user);
    let new = json!({ "new": "another four words" });
    house.ask(Method::PUT, &path, admin, Some(&new)).await.expect(204);
    house.ask(Method::GET, SESSION, planner, None).await.expect(401);

    let agent = house.person(Role::Agent);
    let answer = house.ask(Method::DELETE, SESSION, agent, None).await;
    let cookie = answer.headers[header::SET_COOKIE].to_str().unwrap().to_owned();
    assert!(cookie.contains("Max-Age=0"), "{cookie}");
    answer.expect(204);
    house.ask(Method::GET, SESSION, agent, None).await.expect(401);

    // Nobody locks themselves out.
    let path = format!("/api/v1/users/{}", admin.user);
    for (field, value) in [("disabled", json!(true)), ("role", json!("planner"))] {
        let mut user = house.ask(Method::GET, &path, admin, None).await.expect(200);
        user[field] = value;
        let body = house.ask(Method::PUT, &path, admin, Some(&user)).await.expect(422);
        assert_eq!(body["faults"][0]["field"], field);
    }
    house.close().await.unwrap();
}

async fn the_own_password_is_changed_by_who_knows_it(house: House) {
    let here = house.person(Role::Planner).clone();
    let elsewhere = house.sign_in("planner").await;
    let path = "/api/v1/session/password";
    let wrong = json!({ "current": "not this one", "new": "another four words" });
    let body = house.ask(Method::PUT, path, &here, Some(&wrong)).await.expect(422);
    assert_eq!(body["faults"][0]["code"], "password_wrong");
    let short = json!({ "current": PASSWORD, "new": "short" });
    let body = house.ask(Method::PUT, path, &here, Some(&short)).await.expect(422);
    assert_eq!(body["faults"][0]["code"], "password_short");
    let good = json!({ "current": PASSWORD, "new": "another four words" });
    house.ask(Method::PUT, path, &here, Some(&good)).await.expect(204);
    house.ask(Method::GET, SESSION, &here, None).await.expect(200);
    house.ask(Method::GET, SESSION, &elsewhere, None).await.expect(401);
    house.try_sign_in("planner", PASSWORD).await.expect(401);
    house.try_sign_in("planner", "another four words").await.expect(200);

    let french = json!({ "language": "fr" });
    let path = "/api/v1/session/preferences";
    let view = house.ask(Method::PUT, path, &here, Some(&french)).await.expect(200);
    assert_eq!(view["language"], "fr");
    let view = house.ask(Method::GET, SESSION, &here, None).await.expect(200);
    assert_eq!((&view["language"], &view["provider"]), (&json!("fr"), &json!("Relais")));
    house.close().await.unwrap();
}

async fn the_first_run_is_open_once(house: House) {
    let state = house.call(Method::GET, "/api/v1/first-run", None, None).await.expect(200);
    assert_eq!(state["needed"], false);
    let again = house.call(Method::POST, "/api/v1/first-run", None, Some(&house.first_run())).await;
    assert_eq!(again.code(), "conflict");
    again.assert_error("a second first run");
    let checklist = format!("/api/v1/clients/{}/checklist", house.first);
    let admin = house.person(Role::Administrator);
    let list = house.ask(Method::GET, &checklist, admin, None).await.expect(200);
    assert_eq!(list["ready"], true, "{list}");
    let me = house.ask(Method::GET, SESSION, admin, None).await.expect(200);
    assert!(me["agent"].is_string(), "the administrator has a desk: {me}");
    house.close().await.unwrap();
}

async fn the_floors_days_begin_where_the_provider_says(house: House) {
    let admin = house.person(Role::Administrator).clone();
    let me = house.ask(Method::GET, "/api/v1/session", &admin, None).await.expect(200);
    let agent = AgentId::from_uuid(id(&me["agent"]));
    let sign_in = Input::SignIn { agent, presence: Presence::Available };
    house.app.floor.input(sign_in).await.unwrap();
    // Wherever the test runs, half an hour after midnight is half an hour of the day so far, as the board
    // has it; and the months of the margins begin at that midnight.
    let half_an_hour_of_today = async |name: &str| {
        let zone = Zone::get(name).unwrap();
        let today = |now| zone.day_at(now);
        let now = house.app.clock.now();
        house.wait(zone.day(today(now)).until.since(now) + 30 * MINUTE);
        let owner = house.sign_in("account_manager").await;
        let month = house.ask(Method::GET, "/api/v1/margins", &owner, None).await.expect(200);
        let now = house.app.clock.now();
        let row = house.app.figures.lock().unwrap().agent(agent, now);
        let so_far = now.since(zone.day(today(now)).from);
        assert!(so_far >= 30 * MINUTE && row.ledger.at_work() == so_far, "{name}: {row:?}");
        let first: Timestamp = month["from"].as_str().unwrap().parse().unwrap();
        assert_eq!(first, zone.day(today(now).first_of_month()).from, "{name}: {month}");
        assert_eq!(month["zone"], name);
    };
    half_an_hour_of_today("Europe/Paris").await;

    let admin = house.sign_in("administrator").await;
    let path = "/api/v1/settings";
    let mut settings = house.ask(Method::GET, path, &admin, None).await.expect(200);
    assert_eq!(settings["provider_zone"], "Europe/Paris");
    settings["provider_zone"] = json!("Asia/Kathmandu");
    house.ask(Method::PUT, path, &admin, Some(&settings)).await.expect(200);
    half_an_hour_of_today("Asia/Kathmandu").await;
    house.close().await.unwrap();
}

#[tokio::test]
async fn the_first_run_names_every_fault_and_keeps_nothing_of_a_bad_one() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}", folder.path().join("store.db").display());
    let house = House::start(&url, &[]).await;
    let mut body = house.first_run();
    body["token"] = json!("guessed");
    let answer = house.call(Method::POST, "/api/v1/first-run", None, Some(&body)).await;
    assert_eq!(answer.code(), "wrong_credentials");

    let mut body = house.first_run();
    body["provider_name"] = json!("");
    body["provider_zone"] = json!("Europe/Nowhere");
    body["administrator"]["login"] = json!("a b");
    body["administrator"]["password"] = json!("short");
    body["administrator"]["language"] = json!("de");
    body["client"]["name"] = json!(" ");
    body["client"]["zone"] = json!("Europe/Nowhere");
    body["client"]["hours"][0]["from"] = json!("9 o'clock");
    let answer = house.call(Method::POST, "/api/v1/first-run", None, Some(&body)).await.expect(422);
    let fields: Vec<&str> =
        answer["faults"].as_array().unwrap().iter().filter_map(|f| f["field"].as_str()).collect();
    for field in [
        "provider_name",
        "provider_zone",
        "administrator.login",
        "administrator.password",
        "administrator.language",
        "client.name",
        "client.zone",
        "client.hours[0].from",
    ] {
        assert!(fields.contains(&field), "{field} is not among {fields:?}");
    }
    let mut body = house.first_run();
    body["client"]["origins"] = json!(["northwind.example"]);
    let answer = house.call(Method::POST, "/api/v1/first-run", None, Some(&body)).await.expect(422);
    assert_eq!(answer["faults"][0]["field"], "client.origins[0]");

    // Nothing of these was kept, so a good one still finds the wizard open.
    house.call(Method::POST, "/api/v1/first-run", None, Some(&house.first_run())).await.expect(201);
    house.close().await.unwrap();
}

#[tokio::test]
async fn the_first_run_ends_with_a_live_client_whatever_its_model() {
    let folder = tempfile::tempdir().unwrap();
    for model in ["dedicated", "shared", "hybrid"] {
        let url = format!("sqlite://{}", folder.path().join(model).display());
        let house = House::start(&url, &[]).await;
        let mut body = house.first_run();
        body["client"]["model"] = json!(model);
        let done = house.call(Method::POST, "/api/v1/first-run", None, Some(&body)).await;
        let who = person(&done);
        let done = done.expect(201);
        assert_eq!(done["checklist"]["ready"], true, "{done}");
        assert!(done["widget"]["snippet"].as_str().unwrap().contains("/widget/v1/loader.js"));
        let client = format!("/api/v1/clients/{}", done["client"].as_str().unwrap());
        let client = house.ask(Method::GET, &client, &who, None).await.expect(200);
        assert_eq!((&client["status"], &client["model"]), (&json!("live"), &json!(model)));
        house.close().await.unwrap();
    }
}

#[tokio::test]
async fn cookies_are_bound_to_the_host_behind_https() {
    let folder = tempfile::tempdir().unwrap();
    for (public, prefix, secure) in [
        ("", "permanence_session=", false),
        ("https://desk.example", "__Host-permanence_session=", true),
    ] {
        let file = folder.path().join(format!("{secure}.db"));
        let url = format!("sqlite://{}", file.display());
        let house = House::open_with(&url, &[("public_url", public)]).await;
        let answer = house.try_sign_in("administrator", PASSWORD).await;
        let cookies: Vec<_> = answer
            .headers
            .get_all(header::SET_COOKIE)
            .iter()
            .map(|cookie| cookie.to_str().unwrap().to_owned())
            .collect();
        let session = cookies.iter().find(|cookie| cookie.starts_with(prefix)).unwrap();
        for part in ["HttpOnly", "SameSite=Lax", "Path=/"] {
            assert!(session.contains(part), "{session}");
        }
        assert_eq!(session.contains("Secure"), secure, "{session}");
        assert!(!session.contains("Domain"), "{session}");
        house.close().await.unwrap();
    }
}

#[tokio::test]
async fn a_server_that_stops_says_so_and_one_address_cannot_ask_without_end() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}", folder.path().join("store.db").display());
    let limits = [("limits.requests_per_second", "1"), ("limits.requests_burst", "5")];
    let house = House::start(&url, &limits).await;
    let health = house.call(Method::GET, "/health", None, None).await.expect(200);
    assert_eq!(health["ready"], true, "{health}");
    house.app.stopping.cancel();
    let health = house.call(Method::GET, "/health", None, None).await;
    assert!(health.status == StatusCode::SERVICE_UNAVAILABLE, "{}", health.text);
    assert_eq!(health.body["draining"], true);
    house.close().await.unwrap();

    let url = format!("sqlite://{}", folder.path().join("other.db").display());
    let house = House::start(&url, &limits).await;
    let mut refused = None;
    for _ in 0..20 {
        let answer = house.call(Method::GET, "/api/v1/first-run", None, None).await;
        if answer.status == StatusCode::TOO_MANY_REQUESTS {
            refused = Some(answer);
            break;
        }
    }
    let refused = refused.expect("twenty at once are more than five");
    refused.assert_error("too often");
    assert!(refused.headers.contains_key(header::RETRY_AFTER));
    house.wait(Duration::from_secs(10));
    house.call(Method::GET, "/api/v1/first-run", None, None).await.expect(200);
    house.close().await.unwrap();
}
