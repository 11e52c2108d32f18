//! Reports over what really happened on the floor.

use std::time::Duration;

use crate::house::{House, id, kept, workbook};
use api::role::Role;
use domain::{
    AgentId, ClientId, ContactId, ConversationId, Language, MessageId, QueueId, contract::Channel,
};
use reqwest::{Method, header};
use routing::{Arrival, EndedBy, Input, Presence};
use serde_json::Value;
use store::records::{Author, ClientScope, NewMessage};
use testkit::both_engines;
use uuid::Uuid;

both_engines!(open; a_day_is_reported_alike_to_everybody_who_may_see_it);

async fn open(url: String) -> House {
    House::open(&url).await
}

const ANSWERED: ContactId = ContactId::from_u128(0xa1);
const LOST: ContactId = ContactId::from_u128(0xb2);
const SECOND: Duration = Duration::from_secs(1);

/// One contact is answered after ten seconds and lasts a minute, another is lost after forty.
async fn work(house: &House, client: ClientId, queue: QueueId, agent: AgentId) {
    let floor = &house.app.floor;
    let arrive = |contact| {
        Input::Arrive(Arrival {
            contact,
            client,
            queue,
            channel: Channel::Chat,
            language: Some(Language::FR),
            first_ring: None,
            customer: None,
            head_start: None,
            emergency: false,
        })
    };
    floor.input(Input::SignIn { agent, presence: Presence::Available }).await.unwrap();
    nobody_at_work_is_disabled(house, agent).await;
    floor.input(arrive(ANSWERED)).await.unwrap();
    house.wait(10 * SECOND);
    floor.input(Input::Answer { contact: ANSWERED, agent }).await.unwrap();
    house.wait(60 * SECOND);
    floor.input(Input::End { contact: ANSWERED, by: EndedBy::Customer }).await.unwrap();
    house.wait(5 * SECOND);
    let done = Input::FinishWrapUp { contact: ANSWERED, agent, disposition: None };
    floor.input(done).await.unwrap();
    floor.input(Input::SignOut { agent }).await.unwrap();
    floor.input(arrive(LOST)).await.unwrap();
    house.wait(40 * SECOND);
    floor.input(Input::Abandon { contact: LOST }).await.unwrap();
}

async fn nobody_at_work_is_disabled(house: &House, agent: AgentId) {
    let admin = house.person(Role::Administrator);
    let path = format!("/api/v1/agents/{agent}");
    let mut profile = house.ask(Method::GET, &path, admin, None).await.expect(200);
    profile["disabled"] = true.into();
    let refused = house.ask(Method::PUT, &path, admin, Some(&profile)).await;
    assert_eq!(refused.code(), "conflict", "{}", refused.text);
}

/// What was written in the answered contact, a note among colleagues included.
async fn write(house: &House, client: ClientId, queue: QueueId, agent: AgentId) {
    let (scope, now) = (ClientScope::of(client), house.app.clock.now());
    let customer = kept::customer(client, now);
    let conversation = kept::conversation(client, ANSWERED, queue, Some(agent), now);
    let say = |n: u128, author, name: &str, body: &str| NewMessage {
        conversation: ConversationId::from_u128(1),
        id: MessageId::from_u128(n),
        client_message_id: Uuid::from_u128(n),
        author,
        agent: None,
        author_name: name.to_owned(),
        body: body.to_owned(),
        attachment: None,
        at: now,
    };
    let messages = [
        say(1, Author::Customer, "Zoé Lambert", "Une chambre pour deux ?"),
        say(2, Author::Agent, "Ada", "Volontiers."),
        say(3, Author::Note, "Ada Admin", "She sounds like a regular."),
    ];
    house
        .app
        .store
        .tx(move |tx| {
            Box::pin(async move {
                tx.save_customer(&scope, &customer).await?;
                tx.start_conversation(&scope, &conversation).await?;
                for message in &messages {
                    tx.append_message(&scope, message).await?;
                }
                Ok(())
            })
        })
        .await
        .unwrap();
}

/// The list of contacts, once the journal has been written into the records.
async fn contacts(house: &House, role: Role, search: &str, expected: usize) -> Vec<Value> {
    let wait = async {
        loop {
            let path = format!("/api/v1/reports/contacts?q={search}");
            let list = house.ask(Method::GET, &path, house.person(role), None).await.expect(200);
            let items = list["items"].as_array().unwrap().clone();
            let over = items.iter().all(|line| line["ended"].is_string());
            if items.len() == expected && over {
                return items;
            }
        }
    };
    tokio::time::timeout(30 * SECOND, wait).await.expect("contacts appear in the list")
}

/// A file as somebody downloads it.
async fn file(house: &House, role: Role, path: &str, kind: &str) -> (String, Vec<u8>) {
    let who = house.person(role);
    let request = house.request(Method::GET, path, Some(who)).header(header::ACCEPT, kind);
    let answer = request.send().await.unwrap().error_for_status().unwrap();
    let kept = answer.headers()[header::CONTENT_TYPE].to_str().unwrap().to_owned();
    assert!(kept.starts_with(kind), "{kept}");
    let name = answer.headers()[header::CONTENT_DISPOSITION].to_str().unwrap().to_owned();
    (name, answer.bytes().await.unwrap().to_vec())
}

const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

/// Figures and contacts as files say what the screens say; a client's people get their own, with aliases.
async fn as_files(house: &House, span: &str, report: &Value, agent: AgentId) {
    let path = format!("/api/v1/reports/intervals?{span}&client={}", house.first);
    let (name, bytes) = file(house, Role::Administrator, &path, XLSX).await;
    assert_eq!(name, "attachment; filename=\"intervals.xlsx\"");
    if let Some(book) = workbook::read(&bytes) {
        let (whole, intervals) = (&book["sheets"][0], &book["sheets"][1]);
        assert_eq!(
            (&whole["name"], &intervals["name"]),
            (&"Whole range".into(), &"Intervals".into())
        );
        assert_eq!(intervals["frozen"], "B2");
        let total = &report["total"];
        for (head, figure) in
            [("Offered", "offered"), ("Answered", "answered"), ("Abandoned", "abandoned")]
        {
            for sheet in [whole, intervals] {
                assert_eq!(workbook::at(sheet, "Northwind", head), &total[figure], "{head}");
            }
        }
        for (head, figure) in
            [("Talk", "talk_ms"), ("Longest wait", "wait_max_ms"), ("Wrap-up", "wrap_up_ms")]
        {
            let span = workbook::at(whole, "Northwind", head)["span_s"].as_f64().unwrap();
            let wanted = total[figure].as_f64().unwrap() / 1_000.0;
            assert!((span - wanted).abs() < 0.002, "{head}: {span} for {wanted}");
        }
        assert_eq!(workbook::at(whole, "Northwind", "Service level"), &Value::from(0.5));
        // Paris is an hour ahead, or two: the cell is what its clocks show.
        let local = &report["rows"][0]["local"].as_str().unwrap()[..19];
        assert_eq!(workbook::at(intervals, "Northwind", "From")["at"], local);
    }
    let by_agent = format!("/api/v1/reports/intervals?{span}&group=agent");
    let (_, bytes) = file(house, Role::ClientManager, &by_agent, XLSX).await;
    if let Some(book) = workbook::read(&bytes) {
        workbook::at(&book["sheets"][0], "Ada", "Answered");
        let text = book.to_string();
        assert!(!text.contains("Ada Admin") && !text.contains(&agent.to_string()), "{text}");
    }

    let list = "/api/v1/reports/contacts";
    let (name, bytes) = file(house, Role::ClientReader, list, "text/csv").await;
    assert_eq!(name, "attachment; filename=\"contacts.csv\"");
    let text = String::from_utf8(bytes).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), 3, "{text}");
    assert!(
        lines[2].contains(",\"Ada\",\"Zoé Lambert\",") && !text.contains("Ada Admin"),
        "{text}"
    );
    let (_, bytes) = file(house, Role::TeamLead, &format!("{list}?state=handled"), XLSX).await;
    if let Some(book) = workbook::read(&bytes) {
        let sheet = &book["sheets"][0];
        assert_eq!(workbook::at(sheet, "Zoé Lambert", "Agents"), "Ada Admin");
        assert_eq!(workbook::at(sheet, "Zoé Lambert", "Outcome"), "handled");
        assert!(!sheet.to_string().contains("left at once"), "only what was asked for: {sheet}");
    }
    // Whose people they are, they get no other's.
    let request = house.request(Method::GET, list, Some(&house.stranger));
    let theirs = house.send(request.header(header::ACCEPT, "text/csv")).await;
    assert_eq!(theirs.text.lines().count(), 1, "{}", theirs.text);
    let admin = house.person(Role::Administrator);
    let log = house.ask(Method::GET, "/api/v1/audit?action=contacts.exported", admin, None).await;
    let log = log.expect(200);
    let takers: Vec<Uuid> =
        log["items"].as_array().unwrap().iter().map(|e| id(&e["user"])).collect();
    let reader = house.person(Role::ClientReader).user;
    assert_eq!(takers, [house.stranger.user, house.person(Role::TeamLead).user, reader]);
    assert_eq!(log["items"][2]["after"], serde_json::json!({ "contacts": 2, "as": "csv" }));
}

async fn a_day_is_reported_alike_to_everybody_who_may_see_it(house: House) {
    let admin = house.person(Role::Administrator);
    let me = house.ask(Method::GET, "/api/v1/session", admin, None).await.expect(200);
    let agent = AgentId::from_uuid(id(&me["agent"]));
    let path = format!("/api/v1/clients/{}/contracts/1", house.first);
    let contract = house.ask(Method::GET, &path, admin, None).await.expect(200);
    let queue = QueueId::from_uuid(id(&contract["terms"]["queues"][0]["id"]));
    let client = ClientId::from_uuid(house.first);
    // Begin well inside an interval, so that all of it lies in one.
    let begin = house.app.clock.now();
    let into =
        Duration::from_micros(u64::try_from(begin.micros().rem_euclid(900_000_000)).unwrap());
    let begin = house.wait(900 * SECOND - into + SECOND);
    work(&house, client, queue, agent).await;
    write(&house, client, queue, agent).await;

    let span = format!("from={begin}&until={}", house.app.clock.now() + 3_600 * SECOND);
    let intervals = |role: Role, further: &str| {
        let path = format!("/api/v1/reports/intervals?{span}{further}");
        let (house, who) = (&house, house.person(role));
        async move { house.ask(Method::GET, &path, who, None).await.expect(200) }
    };
    let report = intervals(Role::Administrator, &format!("&client={client}")).await;
    assert_eq!(report["zone"], "Europe/Paris");
    assert_eq!(report["rows"].as_array().unwrap().len(), 1, "{report}");
    let row = &report["rows"][0];
    assert_eq!(row["name"], "Northwind");
    for (figure, value) in [
        ("offered", 2),
        ("answered", 1),
        ("answered_in_time", 1),
        ("abandoned", 1),
        ("wait_ms", 10_000),
        ("talk_ms", 60_000),
        ("wrap_up_ms", 5_000),
    ] {
        // The clock of the test runs on between its steps, as fast as the machine is slow.
        let slack = if value >= 1_000 { 9_000 } else { 0 };
        let counted = row[figure].as_i64().unwrap();
        assert!((value..=value + slack).contains(&counted), "{figure}: {row}");
        assert_eq!(report["total"][figure], row[figure], "{figure}");
        assert_eq!(report["totals"][0][figure], row[figure], "{figure}");
    }
    assert_eq!(row["service_level_permille"], 500);
    // The client's own people read the very same figures.
    let own = intervals(Role::ClientReader, "").await;
    assert_eq!(own["rows"], report["rows"]);
    let queues = intervals(Role::Planner, &format!("&queue={queue}&group=queue")).await;
    assert_eq!(queues["rows"][0]["name"], contract["terms"]["queues"][0]["name"]);
    assert_eq!(queues["total"]["offered"], 2);
    let agents = intervals(Role::TeamLead, "&group=agent").await;
    assert_eq!(agents["rows"][0]["name"], "Ada Admin");
    let signed_in = agents["total"]["signed_in_ms"].as_i64().unwrap();
    assert!((75_000..105_000).contains(&signed_in), "{agents}");
    let alias = intervals(Role::ClientManager, "&group=agent").await;
    assert_eq!(alias["rows"][0]["name"], "Ada");
    // A client's people know agents by alias only: no id, and no question by one.
    assert_eq!(alias["rows"][0]["id"], Value::Null);
    assert!(!alias.to_string().contains(&agent.to_string()), "{alias}");
    assert_eq!(agents["rows"][0]["id"], agent.to_string());
    let by_channel = intervals(Role::ClientReader, "&group=channel&length=hour").await;
    let chats = &by_channel["totals"][0];
    assert_eq!((&chats["channel"], &chats["id"]), (&"chat".into(), &Value::Null));
    assert_eq!(by_channel["total"], report["total"]);
    // Whole intervals, also the one in which nothing happened; the one of both contacts is their total.
    for (length, most) in [("quarter", 6), ("hour", 3), ("day", 2)] {
        let path = format!("&group=channel&length={length}");
        let cut = intervals(Role::ClientReader, &path).await;
        let sums = cut["sums"].as_array().unwrap();
        assert!((1..=most).contains(&sums.len()), "{length}: {cut}");
        let busy: Vec<_> = sums.iter().filter(|sum| sum["offered"] != 0).collect();
        assert_eq!(busy.len(), 1, "{length}: {cut}");
        for figure in ["offered", "service_level_permille", "abandonment_permille", "wait_p90_ms"] {
            assert_eq!(busy[0][figure], report["total"][figure], "{length} {figure}");
        }
        assert_eq!(cut["total"], report["total"], "{length}");
    }
    let no_calls = intervals(Role::ClientReader, "&channel=voice").await;
    assert_eq!(no_calls["rows"], serde_json::json!([]));

    let request = house
        .request(Method::GET, &format!("/api/v1/reports/intervals?{span}"), Some(admin))
        .header(header::ACCEPT, "text/csv");
    let csv = house.send(request).await;
    assert_eq!(csv.headers[header::CONTENT_TYPE], "text/csv; charset=utf-8");
    let lines: Vec<&str> = csv.text.lines().collect();
    assert_eq!(lines.len(), 3, "{}", csv.text);
    assert_eq!(lines[0].split(',').count(), lines[1].split(',').count());
    assert!(lines[1].contains("\"Northwind\",2,1,1,1,"), "{}", csv.text);

    let lines = contacts(&house, Role::Administrator, "", 2).await;
    assert_eq!((&lines[0]["state"], &lines[1]["state"]), (&"abandoned".into(), &"handled".into()));
    assert_eq!(lines[1]["agents"], serde_json::json!(["Ada Admin"]));
    for (filter, found) in [
        ("&channel=chat", 2),
        ("&channel=voice", 0),
        ("&state=abandoned", 1),
        ("&recorded=true", 0),
    ] {
        contacts(&house, Role::ClientReader, filter, found).await;
    }
    let own = contacts(&house, Role::ClientReader, "zoe", 1).await;
    assert_eq!((&own[0]["customer"], &own[0]["agents"][0]), (&"Zoé Lambert".into(), &"Ada".into()));
    assert_eq!(
        contacts(&house, Role::ShiftLead, "chambre", 1).await[0]["contact"],
        own[0]["contact"]
    );

    as_files(&house, &span, &report, agent).await;

    let path = format!("/api/v1/contacts/{ANSWERED}");
    let whole = house.ask(Method::GET, &path, admin, None).await.expect(200);
    let happened: Vec<&str> = whole["timeline"]
        .as_array()
        .unwrap()
        .iter()
        .map(|e| e["event"].as_str().unwrap())
        .collect();
    for pair in ["arrived", "offered", "answered", "part_ended", "ended"].windows(2) {
        let place = |name: &str| happened.iter().position(|event| *event == name).unwrap();
        assert!(place(pair[0]) < place(pair[1]), "{happened:?}");
    }
    assert_eq!(whole["decisions"][0]["outcome"], "answered", "{whole}");
    assert!(whole["decisions"][0]["sentence"].as_str().unwrap().contains("Ada Admin"), "{whole}");
    assert_eq!(whole["messages"].as_array().unwrap().len(), 3);
    // The client reads what was said, not what colleagues noted nor who was asked and why.
    let reader = house.person(Role::ClientReader);
    let own = house.ask(Method::GET, &path, reader, None).await.expect(200);
    assert_eq!(own["messages"].as_array().unwrap().len(), 2);
    assert_eq!(own["decisions"], serde_json::json!([]));
    for hidden in ["Ada Admin", "regular", "\"offered\""] {
        assert!(!own.to_string().contains(hidden), "{hidden} is in {own}");
    }
    // Planners see what happened, not what was said; reading is in the audit log.
    let planned =
        house.ask(Method::GET, &path, house.person(Role::Planner), None).await.expect(200);
    assert_eq!(planned["messages"], serde_json::json!([]));
    let log =
        house.ask(Method::GET, "/api/v1/audit?action=transcript", admin, None).await.expect(200);
    let readers: Vec<Uuid> =
        log["items"].as_array().unwrap().iter().map(|entry| id(&entry["user"])).collect();
    assert_eq!(readers, [reader.user, admin.user]);
    // Another client's person finds nothing of all this.
    let stranger = house.ask(Method::GET, &path, &house.stranger, None).await;
    assert_eq!(stranger.code(), "not_found");
    let list = house.ask(Method::GET, "/api/v1/reports/contacts", &house.stranger, None).await;
    assert_eq!(list.expect(200)["items"], serde_json::json!([]));
    let path = format!("/api/v1/reports/intervals?{span}&queue={queue}&group=queue");
    let figures = house.ask(Method::GET, &path, &house.stranger, None).await;
    assert_eq!(figures.expect(200)["rows"], serde_json::json!([]));
    for path in [
        format!("/api/v1/reports/intervals?{span}&agent={agent}&group=agent"),
        format!("/api/v1/reports/contacts?agent={agent}"),
    ] {
        let by_id = house.ask(Method::GET, &path, &house.stranger, None).await;
        assert_eq!(by_id.code(), "forbidden", "{path}: {}", by_id.text);
    }
    house.close().await.unwrap();
}
