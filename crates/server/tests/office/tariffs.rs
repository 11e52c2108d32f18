//! Hours with another price, packs, and empty seats, from a published tariff to the statement: by known answers.

use std::time::Duration;

use crate::house::{House, desk::Desk};
use domain::{Day, Zone};
use reqwest::Method;
use routing::{Input, Presence};
use serde_json::{Value, json};
use testkit::both_engines;

both_engines!(open; an_hour_has_its_price_at_the_minute_or_by_the_start,
    packs_follow_one_another_until_all_is_held,
    an_empty_seat_is_taken_off_by_the_hours_it_was_empty,
    whatever_holds_in_a_period_and_after_it_is_said_in_words,
);

async fn open(url: String) -> House {
    House::open(&url).await
}

const MINUTE: Duration = Duration::from_secs(60);

/// A minute at 1.00 by whole minutes, half as dear again from 20:00 to midnight.
fn by_night(banded: &str) -> Value {
    let week = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
    json!({
        "currency": "EUR", "terms": "", "banded": banded,
        "bands": [{
            "name": "Night", "percent": 150,
            "weekly": [{ "days": week, "from": "20:00", "until": "24:00" }],
        }],
        "charges": [{
            "name": "Chats", "price_milli": 100_000,
            "unit": { "kind": "minute", "counts": ["talk"], "first_s": 60, "next_s": 60 },
        }],
    })
}

impl Desk {
    /// Lets it become this minute of a day in the client's zone, and signs in again.
    async fn until(&mut self, day: Day, minute: u16) {
        assert!(self.house.app.clock.set(zone().opening(day, minute)), "{day} is over");
        self.admin = self.house.sign_in("administrator").await;
    }

    /// Kind, band, quantity and amount of each position of a billing period.
    async fn positions(&self, period: &str) -> Vec<(String, String, i64, i64)> {
        let at = self.path(&format!("/statement?period={period}"));
        let statement = self.admin(Method::GET, &at, None).await.expect(200);
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let number = |value: &Value| value.as_i64().unwrap();
        let of = |p: &Value| {
            let (quantity, amount) = (number(&p["quantity"]), number(&p["amount_minor"]));
            (text(&p["kind"]), text(&p["band"]), quantity, amount)
        };
        statement["positions"].as_array().unwrap().iter().map(of).collect()
    }

    /// Publishes a tariff, and lets the month go in which it began.
    async fn next_month_of(&mut self, tariff: &Value) -> (String, Day) {
        self.publish(tariff).await;
        self.close_period().await;
        let (period, _) = self.period().await;
        (period, zone().day_at(self.house.app.clock.now()))
    }
}

fn zone() -> Zone {
    Zone::get("Europe/Paris").unwrap()
}

fn position(kind: &str, band: &str, quantity: i64, amount: i64) -> (String, String, i64, i64) {
    (kind.to_owned(), band.to_owned(), quantity, amount)
}

async fn an_hour_has_its_price_at_the_minute_or_by_the_start(house: House) {
    let mut desk = Desk::open(house, false).await;
    let (period, today) = desk.next_month_of(&by_night("by_minute")).await;
    // Answered ten seconds after it came, three minutes before the night, for six.
    desk.until(today.plus(1), 19 * 60 + 57).await;
    desk.serve(1, 6 * MINUTE).await;
    let told = desk.positions(&period).await;
    let [day, night] = &told[..] else { panic!("by day and by night: {told:?}") };
    assert_eq!((&*day.0, &*day.1, &*night.0, &*night.1), ("metered", "", "metered", "Night"));
    // The clock runs on between the steps, so the seventh minute may have begun.
    assert!((169..=170).contains(&day.2), "three minutes but for ten seconds: {told:?}");
    assert!(day.2 + night.2 == 360 || day.2 + night.2 == 420, "whole minutes: {told:?}");
    // At the minute: 1.00 and 1.50, each position rounded once.
    let cents = |seconds: i64, price: i64| (2 * seconds * price + 60) / 120;
    assert_eq!((day.3, night.3), (cents(day.2, 100), cents(night.2, 150)), "{told:?}");

    // By the start all of it has the price of the day; another one, begun at night, that of the night.
    let (period, today) = desk.next_month_of(&by_night("by_start")).await;
    desk.until(today.plus(1), 19 * 60 + 57).await;
    desk.serve(2, 350 * Duration::from_secs(1)).await;
    desk.until(today.plus(1), 20 * 60 + 30).await;
    desk.serve(3, 110 * Duration::from_secs(1)).await;
    let told = desk.positions(&period).await;
    let wanted = [position("metered", "", 360, 600), position("metered", "Night", 120, 300)];
    assert_eq!(told, wanted);
    desk.close().await;
}

async fn packs_follow_one_another_until_all_is_held(house: House) {
    let mut desk = Desk::open(house, false).await;
    // Packs of two minutes for 3.00.
    let packs = json!({
        "currency": "EUR", "terms": "",
        "charges": [{
            "name": "Chats", "price_milli": 0,
            "unit": { "kind": "minute", "counts": ["talk"], "first_s": 60, "next_s": 60 },
            "bundle": {
                "included": 2, "per": "billing_period", "fee_minor": 300, "beyond": "another_pack",
            },
        }],
    });
    let (period, _) = desk.next_month_of(&packs).await;
    assert_eq!(desk.positions(&period).await, [position("bundle", "", 1, 300)], "the first one");
    // Five minutes need three packs; what goes beyond a pack is in the next one and costs nothing else.
    desk.serve(1, 110 * Duration::from_secs(1)).await;
    desk.serve(2, 170 * Duration::from_secs(1)).await;
    let told = desk.positions(&period).await;
    assert_eq!(told, [position("bundle", "", 3, 900), position("included", "", 300, 0)]);
    let at = desk.path(&format!("/statement?period={period}"));
    let bundle = &desk.admin(Method::GET, &at, None).await.expect(200)["bundles"][0].clone();
    assert_eq!((&bundle["packs"], &bundle["used"]), (&3.into(), &300.into()), "{bundle}");
    assert_eq!(bundle["beyond"], 0, "{bundle}");
    desk.close().await;
}

async fn an_empty_seat_is_taken_off_by_the_hours_it_was_empty(house: House) {
    let mut desk = Desk::open(house, false).await;
    // Two seats on Mondays from ten to twelve at 30.00 an hour; 25.00 come off for an empty hour.
    let seats = json!({
        "currency": "EUR", "terms": "",
        "seats": [{
            "name": "Team", "count": 2, "basis": { "kind": "hour", "price_milli": 3_000_000 },
            "hours": [{ "days": ["monday"], "from": "10:00", "until": "12:00" }],
            "absent_hour_milli": 2_500_000, "notice_days": 30,
        }],
    });
    // One of the two is there, whoever that is.
    let teams = desk.admin(Method::GET, "/api/v1/teams", None).await.expect(200);
    let ours = json!(desk.house.first);
    let team = teams.as_array().unwrap().iter().find(|team| team["client"] == ours);
    let agent = format!("/api/v1/agents/{}", desk.agent.uuid());
    let mut me = desk.admin(Method::GET, &agent, None).await.expect(200);
    me["team"] = team.unwrap_or_else(|| panic!("{teams}"))["id"].clone();
    desk.admin(Method::PUT, &agent, Some(&me)).await.expect(200);

    let (period, today) = desk.next_month_of(&seats).await;
    let month = domain::tariff::Cycle::Month.named(&zone(), &period).unwrap();
    let mondays: Vec<Day> =
        month.days().filter(|day| day.weekday() == domain::calendar::Weekday::Monday).collect();
    // On one of them she comes half an hour late.
    let late = *mondays.iter().find(|day| **day > today).unwrap();
    desk.until(late, 9 * 60).await;
    let agent = desk.agent;
    desk.house.app.floor.input(Input::SignOut { agent }).await.unwrap();
    desk.until(late, 10 * 60 + 30).await;
    let presence = Presence::Available;
    desk.house.app.floor.input(Input::SignIn { agent, presence }).await.unwrap();
    desk.close_period().await;

    let hours = i64::try_from(mondays.len()).unwrap() * 2;
    let told = desk.positions(&period).await;
    let [paid, empty] = &told[..] else { panic!("seats, and those that were empty: {told:?}") };
    assert_eq!(*paid, position("seats", "", 2 * hours * 3_600, 2 * hours * 3_000));
    assert_eq!(empty.0, "absent_seats");
    // The other seat all the time, and hers for half an hour; the clock runs on between the steps.
    let missing = hours * 3_600 + 1_800;
    assert!((missing..missing + 60).contains(&empty.2), "{told:?}");
    assert_eq!(empty.3, -((2 * empty.2 * 2_500 + 3_600) / 7_200), "{told:?}");
    desk.close().await;
}

async fn whatever_holds_in_a_period_and_after_it_is_said_in_words(house: House) {
    let desk = Desk::open(house, false).await;
    let said = async || desk.manager(Method::GET, &desk.path("/statement"), None).await.expect(200);
    let by = |view: &Value| {
        (view["tariff"]["banded"].clone(), view["from"].clone(), view["until"].clone())
    };
    let opened = said().await;
    assert_eq!(opened["tariff"]["charges"][0]["price_milli"], 120_000);
    assert_eq!(opened["other_tariffs"], json!([]));

    // The first holds until the second does; a version that changes no price is no tariff of its own.
    desk.house.wait(MINUTE);
    let second = desk.publish(&by_night("by_minute")).await;
    desk.house.wait(MINUTE);
    let mut terms = second["terms"].clone();
    terms["queues"][0]["name"] = "Front desk".into();
    let path = desk.path("/contracts");
    let renamed = json!({
        "based_on": second["version"], "valid_from": null, "note": "", "terms": terms,
    });
    let renamed = desk.admin(Method::POST, &path, Some(&renamed)).await.expect(201);
    // The third is agreed upon, and comes the day after.
    let later = (desk.house.app.clock.now() + crate::house::desk::DAY).to_string();
    terms["tariff"] = by_night("by_start");
    let third = json!({
        "based_on": renamed["version"], "valid_from": later, "note": "", "terms": terms,
    });
    let third = desk.admin(Method::POST, &path, Some(&third)).await.expect(201);

    let statement = said().await;
    assert_eq!(statement["tariff"], second["terms"]["tariff"]);
    let [first, coming] = &statement["other_tariffs"].as_array().unwrap()[..] else {
        panic!("the one before and the one to come: {}", statement["other_tariffs"])
    };
    assert_eq!(first["tariff"], opened["tariff"]);
    assert_eq!(first["until"], second["valid_from"]);
    assert_eq!(by(coming), (json!("by_start"), third["valid_from"].clone(), Value::Null));
    desk.close().await;
}
