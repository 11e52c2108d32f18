//! Yesterday, replayed in the night and shown to planners.
use std::time::Duration;

use api::role::Role;
use reqwest::Method;
use serde_json::Value;
use testkit::both_engines;

use crate::{
    house::{House, Person},
    worked::Worked,
};

both_engines!(open; a_day_is_replayed_in_the_night_and_shown_with_its_clients);

async fn open(url: String) -> House {
    House::open(&url).await
}

const SECOND: Duration = Duration::from_secs(1);

async fn days(house: &House, planner: &Person) -> Value {
    house.ask(Method::GET, "/api/v1/planning/fidelity", planner, None).await.expect(200)
}

async fn a_day_is_replayed_in_the_night_and_shown_with_its_clients(house: House) {
    let worked = Worked::of(&house).await;
    let before = days(&house, house.person(Role::Planner)).await;
    assert_eq!(before["days"].as_array().unwrap().len(), 0);
    let next: domain::Timestamp = before["next"].as_str().unwrap().parse().unwrap();
    // Well inside a day of the provider, so that all of it lies in one.
    assert!(house.app.clock.set(next + 6 * 3_600 * SECOND));
    worked.answered(1..=3, (5 * SECOND, 60 * SECOND)).await;
    let zone = house.app.floor.directory().floor_zone();
    let day = zone.day_at(house.app.clock.now());
    assert!(house.app.clock.set(zone.day(day).until + 2 * 3_600 * SECOND));

    // The session of the day before is over by now.
    let planner = &house.sign_in(&house.person(Role::Planner).login).await;
    let shown = tokio::time::timeout(60 * SECOND, async {
        loop {
            let all = days(&house, planner).await["days"].as_array().unwrap().clone();
            if let Some(found) = all.iter().find(|shown| shown["day"] == day.to_string()) {
                return found.clone();
            }
        }
    });
    let shown = shown.await.expect("the day is replayed");
    assert_eq!(shown["is_equal"], true, "{shown}");
    assert_eq!((&shown["offered"], &shown["events_missing"]), (&3.into(), &0.into()), "{shown}");
    assert_eq!(shown["recorded"], shown["replayed"]);
    let path = format!("/api/v1/planning/fidelity/{day}");
    let whole = house.ask(Method::GET, &path, planner, None).await.expect(200);
    assert_eq!(whole["day"], shown);
    assert_eq!(
        (&whole["clients"][0]["name"], &whole["clients"][0]["recorded"]["answered"]),
        (&"Northwind".into(), &3.into()),
        "{whole}"
    );
    let played = &whole["played"];
    assert_eq!((&played["replications"], &played["contacts"]), (&20.into(), &3.into()), "{whole}");
    let first = &played["rows"][0]["figures"][0];
    assert_eq!((&first["figure"], &first["recorded"]), (&"offered".into(), &3.0.into()), "{first}");
    assert_eq!(played["rows"][1]["name"], "Northwind");
    for (path, status) in [
        ("/api/v1/planning/fidelity/2020-01-01", 404),
        ("/api/v1/planning/fidelity/yesterday", 400),
        ("/api/v1/planning/fidelity?before=yesterday", 400),
    ] {
        let answer = house.ask(Method::GET, path, planner, None).await;
        assert_eq!(answer.status.as_u16(), status, "{path}: {}", answer.text);
        answer.assert_error(path);
    }
    let earlier = house
        .ask(Method::GET, &format!("/api/v1/planning/fidelity?before={day}"), planner, None)
        .await
        .expect(200);
    let earlier = earlier["days"].as_array().unwrap();
    let texts = earlier.iter().map(|shown| shown["day"].as_str().unwrap());
    assert!(texts.clone().all(|text| text < day.to_string().as_str()), "{earlier:?}");
}
