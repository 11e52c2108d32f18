//! Statements over what really happened on the floor, down to the line and its reason.

use std::time::Duration;

use crate::house::{House, desk::Desk, id};
use api::role::Role;
use domain::{AgentId, ClientId, ContactId, QueueId, contract::Channel};
use reqwest::{Method, header};
use routing::{Arrival, EndedBy, Input, Presence};
use serde_json::{Value, json};
use testkit::both_engines;

both_engines!(open; a_chat_is_billed_from_its_talk_and_explained_down_to_its_timeline,
    what_is_left_rolls_over_and_a_missed_promise_is_given_back,
    a_tariff_says_all_its_faults_and_keeps_what_was_billed,
    another_tariff_stands_beside_contact_by_contact_and_nothing_is_kept);

async fn open(url: String) -> House {
    House::open(&url).await
}

const ANSWERED: ContactId = ContactId::from_u128(0xa1);
const LOST: ContactId = ContactId::from_u128(0xb2);
const SPOILED: ContactId = ContactId::from_u128(0xc3);
const SECOND: Duration = Duration::from_secs(1);

/// A minute at 1.20, ten minutes included for 15.00, a number for 5.00, and 20 % of tax.
fn tariff(disposition: Option<&str>) -> Value {
    json!({
        "currency": "EUR", "terms": "As agreed.",
        "not_billed": { "dispositions": disposition.map(|id| json!({ "disposition": id, "reason": "spam" })).into_iter().collect::<Vec<_>>() },
        "charges": [{
            "name": "Chats", "price_milli": 120_000,
            "unit": { "kind": "minute", "counts": ["talk", "hold"], "first_s": 60, "next_s": 60, "added_s": 600 },
            "bundle": { "included": 10, "per": "billing_period", "fee_minor": 1_500 },
        }],
        "fees": [{ "name": "Set-up", "quantity": 1, "price_minor": 500, "when": "once" }],
        "tax": { "name": "TVA", "basis_points": 2_000 },
    })
}

/// Publishes the terms in force with this tariff; the version that it became.
async fn publish(house: &House, tariff: &Value, with: impl FnOnce(&mut Value)) -> Value {
    let admin = house.person(Role::Administrator);
    let path = format!("/api/v1/clients/{}/contracts", house.first);
    let history = house.ask(Method::GET, &path, admin, None).await.expect(200);
    let newest = history[0]["version"].as_u64().unwrap();
    let one = house.ask(Method::GET, &format!("{path}/{newest}"), admin, None).await.expect(200);
    let mut terms = one["terms"].clone();
    terms["tariff"] = tariff.clone();
    with(&mut terms);
    let body = json!({ "based_on": newest, "valid_from": null, "note": "", "terms": terms });
    house.ask(Method::POST, &path, admin, Some(&body)).await.expect(201)
}

struct Work {
    client: ClientId,
    queue: QueueId,
    agent: AgentId,
}

impl Work {
    async fn arrive(&self, house: &House, contact: ContactId) {
        let arrival = Arrival {
            contact,
            client: self.client,
            queue: self.queue,
            channel: Channel::Chat,
            language: None,
            first_ring: None,
            customer: None,
            head_start: None,
            emergency: false,
        };
        house.app.floor.input(Input::Arrive(arrival)).await.unwrap();
    }

    /// Answers after ten seconds and talks for so long.
    async fn serve(
        &self,
        house: &House,
        contact: ContactId,
        talk: Duration,
        disposition: Option<domain::DispositionId>,
    ) {
        let floor = &house.app.floor;
        self.arrive(house, contact).await;
        house.wait(10 * SECOND);
        floor.input(Input::Answer { contact, agent: self.agent }).await.unwrap();
        house.wait(talk);
        floor.input(Input::End { contact, by: EndedBy::Customer }).await.unwrap();
        house.wait(5 * SECOND);
        let done = Input::FinishWrapUp { contact, agent: self.agent, disposition };
        floor.input(done).await.unwrap();
    }
}

async fn begin(house: &House, contract: &Value) -> Work {
    let admin = house.person(Role::Administrator);
    let me = house.ask(Method::GET, "/api/v1/session", admin, None).await.expect(200);
    let work = Work {
        client: ClientId::from_uuid(house.first),
        queue: QueueId::from_uuid(id(&contract["terms"]["queues"][0]["id"])),
        agent: AgentId::from_uuid(id(&me["agent"])),
    };
    let (agent, presence) = (work.agent, Presence::Available);
    house.app.floor.input(Input::SignIn { agent, presence }).await.unwrap();
    work
}

async fn a_chat_is_billed_from_its_talk_and_explained_down_to_its_timeline(house: House) {
    let path = format!("/api/v1/clients/{}/statement", house.first);
    let manager = house.person(Role::ClientManager);
    // Nothing has a price yet.
    assert_eq!(house.ask(Method::GET, &path, manager, None).await.code(), "not_found");
    let spam = "00000000-0000-0000-0000-00000000feed";
    let contract = publish(&house, &tariff(Some(spam)), |terms| {
        terms["dispositions"].as_array_mut().unwrap().push(json!({ "id": spam, "label": "Spam" }));
    })
    .await;
    let work = begin(&house, &contract).await;
    work.serve(&house, ANSWERED, 80 * SECOND, None).await;
    work.serve(&house, SPOILED, 20 * SECOND, Some(spam.parse().unwrap())).await;
    work.arrive(&house, LOST).await;
    house.wait(40 * SECOND);
    house.app.floor.input(Input::Abandon { contact: LOST }).await.unwrap();

    let statement = house.ask(Method::GET, &path, manager, None).await.expect(200);
    // 80 s are 2 minutes, and 10 are added: 10 out of the bundle, 2 at 1.20.
    let amounts: Vec<_> = statement["positions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|p| (p["kind"].as_str().unwrap(), p["amount_minor"].as_i64().unwrap()))
        .collect();
    let share = |minor: i64| {
        // The tariff began today: the fee and the bundle have their share of the month's days.
        let period = statement["period"].as_str().unwrap();
        let zone = domain::Zone::get("Europe/Paris").unwrap();
        let period = domain::tariff::Cycle::Month.named(&zone, period).unwrap();
        let began = contract["valid_from"].as_str().unwrap().parse().unwrap();
        let (all, since) = (period.days().count(), zone.day_at(began));
        let left = period.days().filter(|day| *day >= since).count();
        (minor * i64::try_from(left).unwrap(), i64::try_from(all).unwrap())
    };
    let (fee, days) = share(1_500);
    let fee = (2 * fee + days) / (2 * days);
    let included_s = share(600).0 / days;
    let beyond = 12_000 * (720 - included_s);
    let beyond = (2 * beyond + 6_000) / (2 * 6_000);
    let mut expected = vec![("bundle", fee), ("included", 0), ("metered", beyond), ("fee", 500)];
    expected.retain(|(kind, _)| *kind != "included" || included_s > 0);
    // Positions that are free come after those that cost something.
    let mut sorted = amounts.clone();
    sorted.sort_unstable();
    expected.sort_unstable();
    assert_eq!(sorted, expected, "{statement}");
    let net: i64 = amounts.iter().map(|(_, amount)| amount).sum();
    assert_eq!(statement["net_minor"], net);
    assert_eq!(statement["tax_minor"], (net + 2) / 5, "20 %, half up");
    assert_eq!(statement["total_minor"], net + (net + 2) / 5);
    assert_eq!((&statement["currency"], &statement["tax_name"]), (&"EUR".into(), &"TVA".into()));
    assert_eq!(statement["contacts"], 3);
    assert_eq!(
        statement["not_billed"],
        json!([{ "reason": "not_answered", "contacts": 1 }, { "reason": "spam", "contacts": 1 }])
    );
    assert_eq!(statement["bundles"][0]["used"], 720);
    assert!(statement["bundles"][0]["warned_at"].is_string(), "{statement}");
    // Everybody who may see it sees the same; another client's people see nothing of it.
    for role in [Role::Administrator, Role::AccountManager] {
        let same = house.ask(Method::GET, &path, house.person(role), None).await.expect(200);
        assert_eq!(same["lines"], statement["lines"]);
    }
    for role in [Role::ClientReader, Role::TeamLead, Role::Planner] {
        let refused = house.ask(Method::GET, &path, house.person(role), None).await;
        assert_eq!(refused.code(), "forbidden", "{}", role.name());
    }

    // Pages are the whole, once each.
    let (mut lines, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = format!("{path}?limit=1&cursor={cursor}");
        let page = page.trim_end_matches("&cursor=");
        let page = house.ask(Method::GET, page, manager, None).await.expect(200);
        lines.extend(page["lines"]["items"].as_array().unwrap().clone());
        match page["lines"]["next"].as_str() {
            Some(next) => cursor = next.to_owned(),
            None => break,
        }
    }
    assert_eq!(Value::from(lines.clone()), statement["lines"]["items"]);
    let free = house.ask(Method::GET, &format!("{path}?billed=false"), manager, None).await;
    let free = free.expect(200)["lines"]["items"].as_array().unwrap().clone();
    assert_eq!(free.len(), 2);
    let csv = house.request(Method::GET, &path, Some(manager)).header(header::ACCEPT, "text/csv");
    let csv = house.send(csv).await;
    assert_eq!(csv.headers[header::CONTENT_TYPE], "text/csv; charset=utf-8");
    assert_eq!(csv.text.lines().count(), lines.len() + 1, "{}", csv.text);
    assert!(csv.text.contains(",spam,"), "{}", csv.text);

    recorded(&house).await;
    explained(&house, &path, &lines).await;
    for (asked, code) in [("2019-01", "no_such_period"), ("soon", "no_such_period")] {
        let answer = house.ask(Method::GET, &format!("{path}?period={asked}"), manager, None).await;
        assert_eq!(answer.status, 422, "{}", answer.text);
        assert!(answer.text.contains(code), "{}", answer.text);
    }
    // The figures of a second server, which metered nothing of this itself.
    let again = house.ask(Method::GET, &path, manager, None).await.expect(200);
    assert_eq!(again["positions"], statement["positions"]);
    house.close().await.unwrap();
}

/// Once the journal has been written into the contacts' records.
async fn recorded(house: &House) {
    let admin = house.person(Role::Administrator);
    let wait = async {
        for contact in [ANSWERED, SPOILED, LOST] {
            let path = format!("/api/v1/contacts/{contact}");
            while house.ask(Method::GET, &path, admin, None).await.status != 200 {}
        }
    };
    tokio::time::timeout(30 * SECOND, wait).await.expect("contacts are written into records");
}

/// From a line to its charge, its spans and the contact's timeline.
async fn explained(house: &House, path: &str, lines: &[Value]) {
    let manager = house.person(Role::ClientManager);
    let billed = lines.iter().find(|line| line["charge"] == "Chats" && line["included"] == false);
    let billed = billed.unwrap();
    let line = format!("{path}/lines/{}", billed["line"].as_str().unwrap());
    let why = house.ask(Method::GET, &line, manager, None).await.expect(200);
    assert_eq!(why["line"], *billed);
    assert_eq!(why["charge"]["unit"]["first_s"], 60);
    assert_eq!((&why["percent"], &why["used_before"]), (&100.into(), &0.into()));
    let spans = why["spans"].as_array().unwrap();
    let talk = spans.iter().find(|span| span["class"] == "talk").unwrap();
    assert_eq!((&talk["counts"], &talk["agent"]), (&true.into(), &"Ada".into()), "by alias");
    let length = talk["length_ms"].as_i64().unwrap();
    assert!((80_000..90_000).contains(&length), "{talk}");
    let queue = spans.iter().find(|span| span["class"] == "queue").unwrap();
    assert_eq!(queue["counts"], false);
    let timeline = why["contact"]["timeline"].as_array().unwrap();
    assert!(timeline.iter().any(|entry| entry["event"] == "answered"), "{why}");
    assert!(!why.to_string().contains("Ada Admin"), "the client's people know agents by alias");
    let spam = lines.iter().find(|line| line["not_billed"] == "spam").unwrap();
    let line = format!("{path}/lines/{}", spam["line"].as_str().unwrap());
    let why = house.ask(Method::GET, &line, manager, None).await.expect(200);
    assert_eq!((&why["charge"], &why["line"]["amount_milli"]), (&Value::Null, &0.into()));
    for none in ["nonsense", "00000000-0000-0000-0000-0000000000a1.9.9.at", "%F0%9F%98%80"] {
        let answer = house.ask(Method::GET, &format!("{path}/lines/{none}"), manager, None).await;
        assert_eq!(answer.code(), "not_found", "{none}: {}", answer.text);
    }
}

async fn what_is_left_rolls_over_and_a_missed_promise_is_given_back(house: House) {
    let mut desk = Desk::open(house, false).await;
    // Ten minutes for 15.00 that roll over, then 1.20 or 2.40 a minute; 0.10 for each point under 100 %.
    let tariff = |price: u32| {
        json!({
            "currency": "EUR", "terms": "",
            "charges": [{
                "name": "Chats", "price_milli": price,
                "unit": { "kind": "minute", "counts": ["talk", "hold"], "first_s": 60, "next_s": 60 },
                "bundle": { "included": 10, "per": "billing_period", "fee_minor": 1_500, "unused": "roll_over" },
            }],
            "credit": { "target_percent": 100, "per_point": { "kind": "amount", "amount_minor": 10 }, "cap_percent": 90 },
        })
    };
    desk.publish(&tariff(120_000)).await;
    desk.close_period().await;
    // Two minutes are used, and of two customers one leaves before anybody answers.
    desk.serve(1, 80 * SECOND).await;
    let lost = ContactId::from_u128(2);
    let work = Work { client: desk.client, queue: desk.queue, agent: desk.agent };
    work.arrive(&desk.house, lost).await;
    desk.house.wait(60 * SECOND);
    desk.house.app.floor.input(Input::Abandon { contact: lost }).await.unwrap();
    let at = desk.path("/statement");
    let month = desk.admin(Method::GET, &at, None).await.expect(200);
    let positions = |statement: &Value| -> Vec<(String, i64, i64)> {
        let of = |p: &Value| {
            let number = |field: &str| p[field].as_i64().unwrap();
            (p["kind"].as_str().unwrap().to_owned(), number("quantity"), number("amount_minor"))
        };
        statement["positions"].as_array().unwrap().iter().map(of).collect()
    };
    let position = |kind: &str, quantity, minor| (kind.to_owned(), quantity, minor);
    // The credit is by the very figure of the report of the same days.
    let span = format!(
        "from={}&until={}",
        month["from"].as_str().unwrap(),
        month["until"].as_str().unwrap()
    );
    let report = format!("/api/v1/reports/intervals?{span}&client={}", desk.house.first);
    let report = desk.admin(Method::GET, &report, None).await.expect(200);
    let level = &report["total"]["service_level_permille"];
    assert_eq!((&month["service_level_permille"], level), (level, &500.into()));
    assert_eq!(
        positions(&month),
        [position("bundle", 1, 1_500), position("included", 120, 0), position("credit", 50, -500)]
    );
    let bundle = &month["bundles"][0];
    let carried = bundle["carried"].as_u64().unwrap();
    assert!(carried > 0, "the month before left something: {month}");
    let left = 600 - 120_u64.saturating_sub(carried);

    desk.close_period().await;
    let month = desk.admin(Method::GET, &at, None).await.expect(200);
    assert_eq!(
        (&month["bundles"][0]["carried"], &month["bundles"][0]["used"]),
        (&left.into(), &0.into())
    );
    // Dearer within the month, and corrected at once: one bundle goes on through all of it.
    desk.publish(&tariff(999_000)).await;
    desk.house.wait(60 * SECOND);
    desk.publish(&tariff(240_000)).await;
    desk.house.wait(SECOND);
    desk.serve(3, Duration::from_secs(600 + left + 1)).await;
    let month = desk.admin(Method::GET, &at, None).await.expect(200);
    let bundles = month["bundles"].as_array().unwrap();
    assert_eq!(bundles.len(), 1, "{month}");
    assert_eq!((&bundles[0]["included"], &bundles[0]["carried"]), (&600.into(), &left.into()));
    let beyond = bundles[0]["beyond"].as_i64().unwrap();
    assert!((60..=120).contains(&beyond), "the clock runs on between the steps: {month}");
    let told = positions(&month);
    assert!(told.contains(&position("metered", beyond, beyond * 4)), "at 2.40 a minute: {told:?}");
    let fees: i64 = told.iter().filter(|p| p.0 == "bundle").map(|p| p.2).sum();
    assert_eq!(fees, 1_500, "{told:?}");
    desk.close().await;
}

async fn a_tariff_says_all_its_faults_and_keeps_what_was_billed(house: House) {
    let admin = house.person(Role::Administrator);
    let contract = publish(&house, &tariff(None), |_| {}).await;
    // What was published reads back as it was, with what was left out filled in.
    let shown = &contract["terms"]["tariff"];
    assert_eq!(shown["charges"][0]["price_milli"], 120_000);
    assert_eq!(shown["charges"][0]["bundle"]["warn_percent"], 80);
    assert_eq!(shown["cycle"], json!({ "kind": "month" }));

    let path = format!("/api/v1/clients/{}/contracts/validate", house.first);
    let mut terms = contract["terms"].clone();
    terms["tariff"]["currency"] = "CHF".into();
    terms["tariff"]["cycle"] = json!({ "kind": "four_weeks", "first": "2026-02-30" });
    terms["tariff"]["charges"][0]["price_milli"] = (-1).into();
    terms["tariff"]["charges"][0]["unit"]["first_s"] = 7.into();
    terms["tariff"]["charges"][0]["bundle"]["per"] = Value::Null;
    terms["tariff"]["bands"] = json!([{ "name": "Night", "percent": 150, "weekly": [
        { "days": ["monday"], "from": "22:00", "until": "6 o'clock" }] }]);
    let body = json!({ "terms": terms });
    let verdict = house.ask(Method::POST, &path, admin, Some(&body)).await.expect(200);
    let fields: Vec<_> = verdict["faults"]
        .as_array()
        .unwrap()
        .iter()
        .map(|fault| (fault["field"].as_str().unwrap(), fault["code"].as_str().unwrap()))
        .collect();
    for expected in [
        ("tariff.cycle.first", "bad_date"),
        ("tariff.bands[0].weekly[0].until", "time"),
        ("tariff.currency", "currency_differs"),
        ("tariff.charges[0].price_milli", "price_range"),
        ("tariff.charges[0].unit.first_s", "increment_unknown"),
        ("tariff.charges[0].bundle.per", "bundle_period_missing"),
    ] {
        assert!(fields.contains(&expected), "{expected:?} is not in {fields:?}");
    }
    house.close().await.unwrap();
}

async fn another_tariff_stands_beside_contact_by_contact_and_nothing_is_kept(house: House) {
    let admin = house.person(Role::Administrator);
    let contract = publish(&house, &tariff(None), |_| {}).await;
    let work = begin(&house, &contract).await;
    work.serve(&house, ANSWERED, 80 * SECOND, None).await;
    work.arrive(&house, LOST).await;
    house.wait(40 * SECOND);
    house.app.floor.input(Input::Abandon { contact: LOST }).await.unwrap();
    let path = format!("/api/v1/clients/{}/statement", house.first);
    let statement = house.ask(Method::GET, &path, admin, None).await.expect(200);
    let period = statement["period"].clone();

    // By the piece instead of by the minute.
    let path = format!("/api/v1/clients/{}/rerating", house.first);
    let other = json!({ "currency": "EUR", "terms": "", "charges": [{ "name": "Each", "price_milli": 450_000, "unit": { "kind": "contact" } }] });
    let mut ask = json!({ "periods": [period], "tariff": { "kind": "terms", "terms": other } });
    let owner = house.person(Role::AccountManager);
    let told = house.ask(Method::POST, &path, owner, Some(&ask)).await.expect(200);
    assert_eq!(told["net_minor"], statement["net_minor"], "{told}");
    assert_eq!(told["other_net_minor"], 450, "one answered contact: {told}");
    assert_eq!(told["periods"][0]["own"]["positions"], statement["positions"]);
    assert_eq!(
        told["periods"][0]["other"]["not_billed"],
        json!([{ "reason": "not_answered", "contacts": 1 }])
    );
    assert_eq!((&told["differing"], &told["lines_of"]), (&1.into(), &period), "{told}");
    let pair = &told["contacts"]["items"][0];
    assert_eq!(
        (&pair["other_milli"], &pair["contact"]),
        (&450_000.into(), &ANSWERED.to_string().into())
    );
    assert!(pair["why"].as_array().unwrap().contains(&"unit".into()), "{pair}");
    assert!(pair["own"].as_array().unwrap().iter().any(|line| line["charge"] == "Chats"), "{pair}");
    ask["unchanged"] = true.into();
    let all = house.ask(Method::POST, &path, owner, Some(&ask)).await.expect(200);
    assert_eq!(all["contacts"]["items"].as_array().unwrap().len(), 2, "{all}");
    // Page by page it is the same.
    (ask["limit"], ask["cursor"]) = (1.into(), Value::Null);
    let first = house.ask(Method::POST, &path, owner, Some(&ask)).await.expect(200);
    ask["cursor"] = first["contacts"]["next"].clone();
    let second = house.ask(Method::POST, &path, owner, Some(&ask)).await.expect(200);
    assert_eq!(second["contacts"]["items"][0], all["contacts"]["items"][1]);
    assert_eq!(second["contacts"]["next"], Value::Null);

    // On dedicated: seats of the month, and nothing of the contacts.
    let seats = json!({ "currency": "EUR", "terms": "", "seats": [{ "name": "Team", "count": 2, "hours": [{ "days": ["monday"], "from": "09:00", "until": "17:00" }], "basis": { "kind": "billing_period", "price_minor": 300_000 }, "absent_hour_milli": 1_000 }] });
    let ask = json!({ "periods": [period], "answered_by": "dedicated", "tariff": { "kind": "terms", "terms": seats } });
    let told = house.ask(Method::POST, &path, admin, Some(&ask)).await;
    let told = told.expect(200);
    assert_eq!(told["periods"][0]["other"]["not_billed"][0]["reason"], "not_answered", "{told}");
    assert_eq!(told["contacts"]["items"][0]["why"], json!(["not_billed"]));
    // By a version of the contract: its own tariff, but for the whole month, in which its bundle is larger.
    let own = json!({ "periods": [period], "tariff": { "kind": "version", "version": contract["version"] } });
    let told = house.ask(Method::POST, &path, admin, Some(&own)).await.expect(200);
    let why: Vec<_> =
        told["contacts"]["items"].as_array().unwrap().iter().map(|pair| &pair["why"]).collect();
    assert!(why.iter().all(|why| **why == json!(["included"])), "{told}");

    // Every fault at once, and what the client's own people may not ask.
    let wrong = json!({
        "periods": ["2019-01"],
        "tariff": { "kind": "terms", "terms": { "currency": "CHF", "terms": "", "charges": [{ "name": "", "price_milli": -1, "unit": { "kind": "contact" } }] } },
    });
    let refused = house.ask(Method::POST, &path, admin, Some(&wrong)).await;
    assert_eq!(refused.status, 422, "{}", refused.text);
    for expected in
        ["periods[0]", "tariff.currency", "tariff.charges[0].price_milli", "tariff.charges[0].name"]
    {
        assert!(refused.text.contains(&format!("\"{expected}\"")), "{expected}: {}", refused.text);
    }
    let none = json!({ "periods": [period], "tariff": { "kind": "version", "version": 1 } });
    let none = house.ask(Method::POST, &path, admin, Some(&none)).await;
    assert!(none.text.contains("version_without_prices"), "{}", none.text);
    let manager = house.person(Role::ClientManager);
    assert_eq!(house.ask(Method::POST, &path, manager, Some(&own)).await.code(), "forbidden");
    // Nothing of all this is kept.
    let history = format!("/api/v1/clients/{}/contracts", house.first);
    let history = house.ask(Method::GET, &history, admin, None).await.expect(200);
    assert_eq!(history.as_array().unwrap().len(), 2);
    house.close().await.unwrap();
}
