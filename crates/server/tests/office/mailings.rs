//! Scheduled reports, on a clock that the tests move and through a mail server of another make.

use std::time::Duration;

use crate::house::{
    House, Person,
    desk::{Desk, SECOND},
    post::{LIMIT, Peer, Place, until},
    workbook,
};
use api::role::Role;
use base64::{Engine, engine::general_purpose::STANDARD};
use domain::{Timestamp, Zone, calendar::MinuteOfDay, rhythm::Rhythm};
use reqwest::{Method, header};
use serde_json::{Value, json};
use testkit::both_engines;

both_engines!(open;
    a_report_goes_out_once_for_each_day_also_across_restarts,
    what_was_missed_while_the_server_stood_still_is_made_up_for,
    a_client_schedules_its_own_reports_and_sees_no_other,
    what_stands_in_the_way_is_shown_and_the_next_turn_comes,
    a_refused_schedule_names_every_fault_and_a_change_can_be_taken_back,
);

async fn open(url: String) -> Place {
    Place(url)
}

const ALL: &str = "/api/v1/mailings";

fn daily(to: &[&str]) -> Value {
    json!({
        "name": "Yesterday", "report": { "kind": "figures", "group": "queue", "length": "hour" },
        "format": "csv", "rhythm": { "kind": "daily" }, "at": "07:00", "zone": "Europe/Paris",
        "language": "fr", "recipients": to, "as_client": false, "on": true,
    })
}

fn by_agent(to: &[&str]) -> Value {
    with(daily(to), json!({ "report": { "kind": "figures", "group": "agent", "length": "hour" } }))
}

fn with(mut body: Value, more: Value) -> Value {
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    body
}

/// The next time that clocks in Paris show seven.
fn seven(after: Timestamp) -> Timestamp {
    let seven: MinuteOfDay = "07:00".parse().unwrap();
    Rhythm::Daily.next(&Zone::get("Europe/Paris").unwrap(), seven, after)
}

fn go_to(house: &House, at: Timestamp) {
    house.wait(at.since(house.app.clock.now()));
}

/// The house at noon in Paris, so that what a day brings is that day's whenever the test runs.
async fn at_noon(mut house: House) -> House {
    let noon: MinuteOfDay = "12:00".parse().unwrap();
    let paris = Zone::get("Europe/Paris").unwrap();
    go_to(&house, Rhythm::Daily.next(&paris, noon, house.app.clock.now()));
    house.sign_all_in().await;
    house
}

/// As [`go_to`], where everybody signs in anew, for sessions end overnight.
async fn desk_goes_to(desk: &mut Desk, at: Timestamp) {
    go_to(&desk.house, at);
    desk.admin = desk.house.sign_in("administrator").await;
    desk.manager = desk.house.sign_in(Role::ClientManager.name()).await;
}

fn bytes(mail: &Value) -> Vec<u8> {
    STANDARD.decode(mail["files"][0]["bytes"].as_str().unwrap()).unwrap()
}

async fn shown(house: &House, who: &Person, path: &str, wanted: impl Fn(&Value) -> bool) -> Value {
    let found = async {
        loop {
            let list = house.ask(Method::GET, path, who, None).await.expect(200);
            if wanted(&list["items"][0]) {
                return list["items"][0].clone();
            }
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(LIMIT, found).await.expect("the scheduled report does not get there")
}

async fn a_report_goes_out_once_for_each_day_also_across_restarts(place: Place) {
    let Some(mut peer) = Peer::start().await else { return };
    let mut desk = Desk::open(at_noon(peer.house(&place).await).await, false).await;
    let begun = desk.house.app.clock.now();
    desk.serve(1, 80 * SECOND).await;
    let body = daily(&["direction@northwind.example", "kasse@northwind.example"]);
    let body = with(body, json!({ "client": desk.house.first }));
    let made = desk.admin(Method::POST, ALL, Some(&body)).await.expect(201);
    let turn = seven(desk.house.app.clock.now());
    assert_eq!(made["next"], turn.to_string());
    assert_eq!(made["client_name"], "Northwind");
    assert_eq!(made["last"], Value::Null);
    // Two turns at once, of which the first looks back on the day of the contact.
    desk_goes_to(&mut desk, seven(turn)).await;
    let (mut to, mut files) = (Vec::new(), Vec::new());
    for _ in 0..4 {
        let mail = peer.mail().await;
        assert_eq!(mail["files"].as_array().unwrap().len(), 1);
        assert_eq!(mail["files"][0]["kind"], "text/csv");
        to.push((mail["to"][0].as_str().unwrap().to_owned(), mail["subject"].clone()));
        files.push(mail);
    }
    to.sort_by_key(|(to, subject)| (subject.to_string(), to.clone()));
    to.dedup();
    assert_eq!(to.len(), 4, "each of two days once for each of two: {to:?}");
    assert!(to[0].1.as_str().unwrap().starts_with("Yesterday – Northwind, "), "{to:?}");
    // What arrived is what is downloaded of the same day.
    let busy = files.iter().find(|mail| !mail["text"].as_str().unwrap().contains("Présentés 0"));
    let busy = busy.expect("a day with a contact");
    let text = busy["text"].as_str().unwrap();
    for part in [
        "Bonjour,",
        "Présentés 1, traités 1, abandonnés 0",
        "100,0 %",
        "Ada Admin",
        "/reports/scheduled",
    ] {
        assert!(text.contains(part), "{part} is not in {text}");
    }
    let paris = Zone::get("Europe/Paris").unwrap();
    let day = paris.day_at(begun);
    assert_eq!(busy["files"][0]["name"], format!("intervals-{day}.csv"));
    let path = format!(
        "/api/v1/reports/intervals?client={}&from={}&until={}&group=queue&length=hour",
        desk.house.first,
        paris.day(day).from,
        paris.day(day).until
    );
    let request = desk.house.request(Method::GET, &path, Some(&desk.admin));
    let download = desk.house.send(request.header(header::ACCEPT, "text/csv")).await;
    assert_eq!(download.text.lines().count(), 3, "{}", download.text);
    assert_eq!(String::from_utf8(bytes(busy)).unwrap(), download.text);
    let run = shown(&desk.house, &desk.admin, ALL, |one| one["last"]["sent"] == 2).await;
    assert_eq!((&run["last"]["waiting"], &run["last"]["failed"]), (&json!(0), &json!(0)));
    assert_eq!(run["last"]["failure"], Value::Null);
    assert_eq!(run["next"], seven(desk.house.app.clock.now()).to_string());
    let now = desk.house.app.clock.now();
    desk.close().await;

    // A server that starts anew sends none of them again, and the next one at its hour.
    let mine = peer.settings();
    let settings: Vec<(&str, &str)> = mine.iter().map(|(k, v)| (*k, v.as_str())).collect();
    let house = House::start(&place.0, &settings).await;
    go_to(&house, now + 60 * SECOND);
    let admin = house.sign_in("administrator").await;
    let list = house.ask(Method::GET, "/api/v1/mail", &admin, None).await.expect(200);
    assert_eq!((&list["sent"], &list["queued"]), (&json!(4), &json!(0)));
    go_to(&house, seven(now));
    let admin = house.sign_in("administrator").await;
    let first = peer.mail().await;
    assert!(first["text"].as_str().unwrap().contains("Présentés 0"), "{first}");
    peer.mail().await;
    let list = until(&house, |list| list["sent"] == 6).await;
    assert_eq!((&list["queued"], &list["failed"]), (&json!(0), &json!(0)));
    // Set to another hour on the same day, the day's report is not sent once more.
    let one = house.ask(Method::GET, ALL, &admin, None).await.expect(200)["items"][0].clone();
    let path = format!("{ALL}/{}", one["id"].as_str().unwrap());
    let later = with(one.clone(), json!({ "at": "07:30" }));
    let later = house.ask(Method::PUT, &path, &admin, Some(&later)).await.expect(200);
    go_to(&house, seven(now) + Duration::from_secs(1_800));
    shown(&house, &admin, ALL, |one| one["next"] != later["next"]).await;
    let list = house.ask(Method::GET, "/api/v1/mail", &admin, None).await.expect(200);
    assert_eq!((&list["sent"], &list["queued"]), (&json!(6), &json!(0)));
    house.close().await.unwrap();
}

async fn what_was_missed_while_the_server_stood_still_is_made_up_for(place: Place) {
    let Some(mut peer) = Peer::start().await else { return };
    let house = at_noon(peer.house(&place).await).await;
    let admin = house.person(Role::Administrator).clone();
    let body = daily(&["direction@northwind.example"]);
    house.ask(Method::POST, ALL, &admin, Some(&body)).await.expect(201);
    let now = house.app.clock.now();
    house.close().await.unwrap();
    let mine = peer.settings();
    let settings: Vec<(&str, &str)> = mine.iter().map(|(k, v)| (*k, v.as_str())).collect();
    let house = House::start(&place.0, &settings).await;
    // Ten turns were missed; the last seven are sent, the oldest first.
    let last = (0..9).fold(seven(now), |at, _| seven(at));
    go_to(&house, last);
    let paris = Zone::get("Europe/Paris").unwrap();
    for back in (0..7).rev() {
        let mail = peer.mail().await;
        let day = paris.day_at(last).plus(-1 - back);
        assert_eq!(mail["files"][0]["name"], format!("intervals-{day}.csv"));
        assert!(mail["subject"].as_str().unwrap().contains(" – Relais, "), "{mail}");
    }
    let list = until(&house, |list| list["sent"] == 7).await;
    assert_eq!(list["queued"], 0);
    house.close().await.unwrap();
}

async fn a_client_schedules_its_own_reports_and_sees_no_other(place: Place) {
    let Some(mut peer) = Peer::start().await else { return };
    let mut desk = Desk::open(at_noon(peer.house(&place).await).await, false).await;
    desk.serve(1, 80 * SECOND).await;
    let path = desk.path("/mailings");
    let theirs = with(by_agent(&["a@relais.example"]), json!({ "client": desk.house.first }));
    let theirs = desk.admin(Method::POST, ALL, Some(&theirs)).await.expect(201);
    let own = with(
        by_agent(&["chef@northwind.example"]),
        json!({ "name": "Our day", "format": "xlsx", "language": "en", "client": desk.house.second }),
    );
    let own = desk.manager(Method::POST, &path, Some(&own)).await.expect(201);
    // Whatever else is asked, it is of the own client, as its people see it.
    assert_eq!(own["client"], desk.house.first.to_string());
    assert_eq!((&own["of_client"], &own["as_client"]), (&json!(true), &json!(true)));
    let list = desk.manager(Method::GET, &path, None).await.expect(200);
    assert_eq!(list["items"].as_array().unwrap().len(), 1, "{list}");
    assert_eq!(list["items"][0]["name"], "Our day");
    for (method, end) in [(Method::PUT, ""), (Method::DELETE, ""), (Method::POST, "/send")] {
        let path = desk.path(&format!("/mailings/{}{end}", theirs["id"].as_str().unwrap()));
        let refused = desk.manager(method, &path, Some(&with(theirs.clone(), json!({})))).await;
        assert_eq!(refused.code(), "not_found", "{}", refused.text);
    }
    let all = desk.admin(Method::GET, ALL, None).await.expect(200);
    assert_eq!(all["items"].as_array().unwrap().len(), 2, "the provider sees both");
    let of_second = format!("{ALL}?client={}", desk.house.second);
    let none = desk.admin(Method::GET, &of_second, None).await.expect(200);
    assert_eq!(none["items"], json!([]));

    // At once, of the day that is over: sent by hand it goes out beside its turns.
    let before = seven(desk.house.app.clock.now()) - Duration::from_secs(1_800);
    desk_goes_to(&mut desk, before).await;
    let send = desk.path(&format!("/mailings/{}/send", own["id"].as_str().unwrap()));
    let run = desk.manager(Method::POST, &send, None).await.expect(200);
    assert_eq!(run["last"]["by"], "client_manager of the house");
    let mail = peer.mail().await;
    assert_eq!(mail["to"], json!(["chef@northwind.example"]));
    let name = mail["files"][0]["name"].as_str().unwrap();
    assert!(name.starts_with("intervals-") && name.ends_with(".xlsx"), "{name}");
    assert_eq!(
        mail["files"][0]["kind"],
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    );
    if let Some(book) = workbook::read(&bytes(&mail)) {
        assert_eq!(workbook::at(&book["sheets"][0], "Ada", "Answered"), &json!(1));
        assert!(!book.to_string().contains("Ada Admin"), "{book}");
    }
    let audit =
        desk.admin(Method::GET, "/api/v1/audit?action=mailing.sent", None).await.expect(200);
    assert_eq!(audit["items"][0]["after"]["addresses"], 1);
    assert!(!audit.to_string().contains("chef@"), "{audit}");
    // Both have their turn half an hour later.
    let turn = seven(desk.house.app.clock.now());
    desk_goes_to(&mut desk, turn).await;
    let mut to = [peer.mail().await, peer.mail().await];
    to.sort_by_key(|mail| mail["to"].to_string());
    assert_eq!(to[0]["to"], json!(["a@relais.example"]));
    assert!(
        String::from_utf8(bytes(&to[0])).unwrap().contains("Ada Admin"),
        "the provider's names"
    );
    // Off, it has none; removed, it is gone.
    let path = desk.path(&format!("/mailings/{}", own["id"].as_str().unwrap()));
    let off = with(own.clone(), json!({ "on": false }));
    let off = desk.manager(Method::PUT, &path, Some(&off)).await.expect(200);
    assert_eq!(off["next"], Value::Null);
    let stale = desk.manager(Method::PUT, &path, Some(&own)).await;
    assert_eq!(stale.body["reason"], "changed_meanwhile", "{}", stale.text);
    desk.manager(Method::DELETE, &path, None).await.expect(204);
    assert_eq!(desk.manager(Method::DELETE, &path, None).await.status, 404);
    let reader = desk.house.sign_in(Role::ClientReader.name()).await;
    let refused = desk.house.ask(Method::GET, &desk.path("/mailings"), &reader, None).await;
    assert_eq!(refused.code(), "forbidden");
    desk.close().await;
}

async fn what_stands_in_the_way_is_shown_and_the_next_turn_comes(place: Place) {
    let Some(mut peer) = Peer::start().await else { return };
    let house = at_noon(House::open(&place.0).await).await;
    let admin = house.person(Role::Administrator).clone();
    let body = daily(&["nobody@away.example", "here@away.example"]);
    let made = house.ask(Method::POST, ALL, &admin, Some(&body)).await.expect(201);
    let send = format!("{ALL}/{}/send", made["id"].as_str().unwrap());
    let refused = house.ask(Method::POST, &send, &admin, None).await;
    assert_eq!(refused.body["reason"], "mail_unconfigured", "{}", refused.text);
    go_to(&house, seven(house.app.clock.now()));
    let admin = house.sign_in("administrator").await;
    let one = shown(&house, &admin, ALL, |one| one["last"].is_object()).await;
    assert_eq!(one["last"]["failure"]["code"], "mail_unconfigured", "{one}");
    assert_eq!(one["next"], seven(house.app.clock.now()).to_string());
    let now = house.app.clock.now();
    house.close().await.unwrap();

    let mine = peer.settings();
    let settings: Vec<(&str, &str)> = mine.iter().map(|(k, v)| (*k, v.as_str())).collect();
    let house = House::start(&place.0, &settings).await;
    go_to(&house, seven(now));
    let mail = peer.mail().await;
    assert_eq!(mail["to"], json!(["here@away.example"]));
    let admin = house.sign_in("administrator").await;
    let one =
        shown(&house, &admin, ALL, |one| one["last"]["failed"] == 1 && one["last"]["sent"] == 1)
            .await;
    assert_eq!(one["last"]["failure"], Value::Null, "what was in the way is not any more");
    house.close().await.unwrap();
}

async fn a_refused_schedule_names_every_fault_and_a_change_can_be_taken_back(place: Place) {
    let house = at_noon(House::open(&place.0).await).await;
    let admin = house.person(Role::Administrator).clone();
    let wrong = json!({
        "client": "0190b3c4-5d6e-7f80-9a0b-1c2d3e4f5061", "name": " ",
        "report": { "kind": "contacts" }, "format": "xlsx", "rhythm": { "kind": "monthly", "day": 31 },
        "at": "24:00", "zone": "Europe/Pariss", "language": "xx", "recipients": ["chef", " "], "on": true,
    });
    let refused = house.ask(Method::POST, ALL, &admin, Some(&wrong)).await;
    let refused = refused.expect(422);
    let mut fields: Vec<&str> = refused["faults"]
        .as_array()
        .unwrap()
        .iter()
        .map(|f| f["field"].as_str().unwrap())
        .collect();
    fields.sort_unstable();
    assert_eq!(fields, ["at", "client", "language", "name", "recipients", "rhythm.day", "zone"]);
    let none = house.ask(Method::POST, ALL, &admin, Some(&daily(&[""]))).await.expect(422);
    assert_eq!(none["faults"][0]["code"], "recipients_missing", "{none}");
    let many: Vec<String> = (0..11).map(|n| format!("a{n}@b.example")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    let many = house.ask(Method::POST, ALL, &admin, Some(&daily(&many))).await.expect(422);
    assert_eq!(many["faults"][0]["code"], "too_many_addresses", "{many}");

    let monthly = with(
        daily(&["a@b.example", "A@b.example", "c@b.example"]),
        json!({ "rhythm": { "kind": "monthly", "day": 1 }, "zone": "America/New_York", "at": "00:00" }),
    );
    let made = house.ask(Method::POST, ALL, &admin, Some(&monthly)).await.expect(201);
    let next = made["next"].as_str().unwrap().parse::<Timestamp>().unwrap();
    let york = Zone::get("America/New_York").unwrap();
    assert_eq!(york.local(next)[8..19].to_owned(), "01T00:00:00");
    let undo = async |object: &Value| {
        let body = json!({ "kind": "mailing", "object": object });
        house.ask(Method::POST, "/api/v1/undo", &admin, Some(&body)).await.expect(200)
    };
    let path = format!("{ALL}/{}", made["id"].as_str().unwrap());
    let renamed = with(made.clone(), json!({ "name": "Otherwise", "at": "12:00" }));
    house.ask(Method::PUT, &path, &admin, Some(&renamed)).await.expect(200);
    undo(&made["id"]).await;
    let back = &house.ask(Method::GET, ALL, &admin, None).await.expect(200)["items"][0];
    assert_eq!(
        (&back["name"], &back["at"], &back["next"]),
        (&made["name"], &made["at"], &made["next"])
    );
    house.ask(Method::DELETE, &path, &admin, None).await.expect(204);
    let undone = undo(&made["id"]).await;
    let list = house.ask(Method::GET, ALL, &admin, None).await.expect(200);
    assert_eq!(list["items"][0]["id"], undone["object"]);
    assert_eq!(list["items"][0]["next"], made["next"]);
    assert_eq!(list["mail_on"], false);

    // One client's own are limited.
    let manager = house.person(Role::ClientManager).clone();
    let own = format!("/api/v1/clients/{}/mailings", house.first);
    for _ in 0..20 {
        house.ask(Method::POST, &own, &manager, Some(&daily(&["a@b.example"]))).await.expect(201);
    }
    let full = house.ask(Method::POST, &own, &manager, Some(&daily(&["a@b.example"]))).await;
    assert_eq!(full.body["reason"], "mailings_full", "{}", full.text);
    let page = house.ask(Method::GET, &format!("{ALL}?limit=15"), &admin, None).await.expect(200);
    let rest = format!("{ALL}?limit=15&cursor={}", page["next"].as_str().unwrap());
    let rest = house.ask(Method::GET, &rest, &admin, None).await.expect(200);
    assert_eq!((rest["items"].as_array().unwrap().len(), &rest["next"]), (6, &Value::Null));
    house.close().await.unwrap();
}
