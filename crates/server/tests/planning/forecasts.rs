//! Forecasts, special days and staffing, as planners ask for them.
use std::time::Duration;

use api::role::Role;
use domain::Day;
use reqwest::{Method, header};
use serde_json::{Value, json};
use testkit::both_engines;

use crate::{
    house::{self, House},
    worked::Worked,
};

both_engines!(open;
    the_floors_own_journal_becomes_a_forecast_and_a_staffing,
    a_file_is_forecast_and_special_days_are_written_down,
);

async fn open(url: String) -> House {
    House::open(&url).await
}

const SECOND: Duration = Duration::from_secs(1);

fn path(query: &str) -> String {
    format!("/api/v1/planning/forecast?{query}")
}

/// Answers `contacts` of 90 s one after the other, from ten o'clock in Paris of each of `days` days.
async fn work(house: &House, days: u32, contacts: u128) -> Day {
    let (worked, clock) = (Worked::of(house).await, &house.app.clock);
    let zone = worked.zone();
    let mut day = zone.day_at(clock.now());
    for n in 0..u128::from(days) {
        day = day.next();
        assert!(clock.set(zone.opening(day, 600)));
        let ids = (0..contacts).map(|at| n * 100 + at + 1);
        worked.answered(ids, (Duration::ZERO, 90 * SECOND)).await;
    }
    day = day.next();
    assert!(clock.set(zone.opening(day, 60)));
    day
}

async fn the_floors_own_journal_becomes_a_forecast_and_a_staffing(house: House) {
    let planner = house.person(Role::Planner);
    let empty = house.ask(Method::GET, &path(""), planner, None).await;
    assert_eq!(empty.status, 422, "{}", empty.text);
    assert_eq!(empty.body["faults"][0]["code"], "no_history", "{}", empty.text);

    let today = work(&house, 15, 4).await;
    let client = house.first;
    // The session of two weeks ago is over by now.
    let planner = &house.sign_in(&planner.login).await;
    let said = house
        .ask(Method::GET, &path(&format!("client={client}&channel=chat&days=7")), planner, None)
        .await
        .expect(200);
    assert_eq!(said["zone"], "Europe/Paris", "{said}");
    assert_eq!(said["history"].as_array().unwrap().len(), 15, "{said}");
    // Ten to half past is one slot, and every day brought the same.
    assert_eq!(said["history"][3]["counts"][20], 4.0);
    let first = &said["slots"][0];
    assert_eq!(first["from"], format!("{today}T10:00"), "{first}");
    assert!((first["contacts"].as_f64().unwrap() - 4.0).abs() < 0.01, "{first}");
    let handle = first["handle_s"].as_f64().unwrap();
    // The clock of the test runs on between its steps, as fast as the machine is slow.
    assert!((90.0..150.0).contains(&handle), "{first}");
    assert!(first["threshold_s"].is_u64() && first["target_percent"].is_u64(), "{first}");
    assert!(said["judged"].as_array().unwrap().len() == 6, "{said}");
    assert_eq!(said["handle"]["judged"].as_array().unwrap().len(), 6, "{said}");
    // The other client had none, and neither had the telephone.
    let by_phone = path(&format!("client={client}&channel=voice"));
    let none = house.ask(Method::GET, &by_phone, planner, None).await;
    assert_eq!(none.body["faults"][0]["code"], "no_history");
    let all = house.ask(Method::GET, &path("interval_min=60"), planner, None).await.expect(200);
    assert_eq!((&all["interval_s"], &all["zone"]), (&3600.into(), &"Europe/Paris".into()));

    let request = house
        .request(Method::GET, &path("days=1"), Some(planner))
        .header(header::ACCEPT, "text/csv");
    let csv = house.send(request).await;
    assert_eq!(csv.headers[header::CONTENT_TYPE], "text/csv; charset=utf-8");
    assert!(csv.text.starts_with("from,contacts,low,high,handle_s\r\n"), "{}", csv.text);
    for (query, code) in [
        ("weeks=0", "number_out_of_range"),
        ("days=57", "number_out_of_range"),
        ("interval_min=7", "interval_minutes"),
        ("coverage=1", "share_out_of_range"),
    ] {
        let answer = house.ask(Method::GET, &path(query), planner, None).await;
        assert_eq!(answer.body["faults"][0]["code"], code, "{query}: {}", answer.text);
    }
    let nobody = format!("client={}", uuid::Uuid::from_u128(0x404));
    assert_eq!(house.ask(Method::GET, &path(&nobody), planner, None).await.status, 404);

    let asked = json!({
        "interval_s": 1800, "shrinkage": 0.3,
        "intervals": [{ "from": first["from"], "contacts": 200.0, "handle_s": 180.0, "threshold_s": 20.0, "target": 0.8 }]
    });
    let staffed = house
        .ask(Method::POST, "/api/v1/planning/staffing", planner, Some(&asked))
        .await
        .expect(200);
    assert_eq!(staffed["intervals"][0]["required_agents"], 24, "{staffed}");
    assert_eq!(staffed["scheduled_hours"], 17.5, "{staffed}");
    let mut bad = asked;
    bad["shrinkage"] = 1.0.into();
    let refused = house.ask(Method::POST, "/api/v1/planning/staffing", planner, Some(&bad)).await;
    assert_eq!(refused.body["faults"][0]["field"], "intervals[0].shrinkage", "{}", refused.text);
}

/// Four weeks from Sunday 2026-01-04, every day 09:00 to 10:00 in quarter-hours.
fn counts() -> String {
    let mut text = String::from("datetime,calls\n");
    for day in 1..=28 {
        for quarter in 0..4 {
            let count = if day % 7 == 5 { 40 } else { 20 };
            text += &format!("2026-01-{:02}T09:{:02},{count}\n", day + 3, quarter * 15);
        }
    }
    text
}

async fn send(house: &House, query: &str, body: Vec<u8>) -> house::Answer {
    let request = house
        .request(Method::POST, &path(query), Some(house.person(Role::Planner)))
        .header(header::CONTENT_TYPE, "text/csv")
        .body(body);
    house.send(request).await
}

async fn a_file_is_forecast_and_special_days_are_written_down(house: House) {
    let said = send(&house, "file=counts.csv&days=7", counts().into_bytes()).await.expect(200);
    assert_eq!((&said["file"], &said["zone"]), (&"counts.csv".into(), &Value::Null));
    assert_eq!(
        (&said["interval_s"], &said["slots"][0]["from"]),
        (&900.into(), &"2026-02-01T09:00".into())
    );
    assert_eq!(said["slots"].as_array().unwrap().len(), 7 * 4);
    let halves = send(&house, "interval_min=30&days=7", counts().into_bytes()).await.expect(200);
    assert_eq!(halves["interval_s"], 1800);
    for (body, code) in [
        (b"nothing of use".to_vec(), "unknown_format"),
        (vec![0xff, 0xfe, 0x00], "unreadable_file"),
        (vec![0x1f, 0x8b, 0x00, 0x01], "unreadable_file"),
        (counts().replace("2026-01-07T09:15,20\n", "").into_bytes(), "gap"),
    ] {
        let answer = send(&house, "", body).await;
        assert_eq!(answer.body["faults"][0]["code"], code, "{}", answer.text);
    }
    let left_out =
        send(&house, "leave_out=true", counts().replace("2026-01-07T09:15,20\n", "").into_bytes());
    assert_eq!(left_out.await.expect(200)["left_out"][0]["day"], "2026-01-07");

    let planner = house.person(Role::Planner);
    let special = "/api/v1/planning/special-days";
    let none = house.ask(Method::GET, special, planner, None).await.expect(200);
    assert_eq!((&none["version"], none["days"].as_array().unwrap().len()), (&0.into(), 0));
    let days =
        json!({ "version": 0, "days": [{ "day": "2026-02-02", "name": "Fair", "factor": 0.0 }] });
    let saved = house.ask(Method::PUT, special, planner, Some(&days)).await.expect(200);
    assert_eq!((&saved["version"], &saved["days"][0]["name"]), (&1.into(), &"Fair".into()));
    let stale = house.ask(Method::PUT, special, planner, Some(&days)).await;
    assert_eq!(stale.code(), "conflict", "{}", stale.text);
    let without = send(&house, "days=7", counts().into_bytes()).await.expect(200);
    assert_eq!(without["slots"].as_array().unwrap().len(), 6 * 4, "the fair is closed");
    assert_eq!(without["special_days"][0]["name"], "Fair");
    let bad = json!({ "version": 1, "days": [
        { "day": "2.2.2026", "name": "", "factor": -1.0, "client": uuid::Uuid::from_u128(0x404) },
        { "day": "2026-02-02", "name": "Fair" }, { "day": "2026-02-02", "name": "Fair" },
    ] });
    let refused = house.ask(Method::PUT, special, planner, Some(&bad)).await;
    let codes: Vec<&str> = refused.body["faults"]
        .as_array()
        .unwrap()
        .iter()
        .map(|fault| fault["code"].as_str().unwrap())
        .collect();
    for code in ["not_a_date", "factor_out_of_range", "no_such_client", "special_day_twice"] {
        assert!(codes.contains(&code), "{code} is not in {codes:?}");
    }
    let audit = "/api/v1/audit?action=planning.special_days_changed";
    let admin = house.person(Role::Administrator);
    let log = house.ask(Method::GET, audit, admin, None).await.expect(200);
    assert_eq!(log["items"].as_array().unwrap().len(), 1, "{log}");
}
