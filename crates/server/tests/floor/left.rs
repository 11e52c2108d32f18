//! Messages left outside the hours: who sees them, who takes them, and how they are done with.

use api::{
    desk::ChannelKind,
    left::{LeftMessageView, LeftMessages, LeftState},
    reports::{ContactLine, ContactView},
    statement::StatementView,
    widget::WidgetRequest,
};
use serde_json::json;
use store::{ProviderScope, records::AuditFilter};
use uuid::Uuid;

use crate::{
    fixture::{Engine, Floor, both},
    seed::{self, Plan},
    wait::asking,
};

both!(
    each_sees_what_is_theirs_to_see,
    what_is_left_is_a_contact_that_is_counted_once_and_billed,
    a_message_is_taken_once_answered_and_taken_back,
    pages_follow_each_other_without_gap_or_double,
    what_may_not_be_done_is_refused_in_words,
);

const LIST: &str = "/api/v1/left-messages";

/// A floor that has closed for the day, where these words were left.
async fn evening(engine: Engine, left: &[(&str, &str)]) -> Floor {
    let plan = Plan { open: (9 * 60, 17 * 60), messages_cost: true, ..Plan::default() };
    let floor = Floor::planned(engine, plan).await;
    floor.pass_until_paris(20 * 60);
    for (widget, body) in left {
        let customer = floor.customer(widget).await;
        assert!(!customer.known.borrow().widget.as_ref().unwrap().open);
        let client_id = Uuid::new_v4();
        customer.say(WidgetRequest::LeaveMessage {
            client_id,
            email: "maria@example.org".into(),
            name: Some("Maria".into()),
            body: (*body).into(),
        });
        customer.until("it is kept", |known| known.left.contains(&client_id).then_some(())).await;
    }
    floor
}

fn bodies(list: &LeftMessages) -> Vec<&str> {
    list.items.iter().map(|left| left.body.as_str()).collect()
}

fn act(left: &LeftMessageView, what: &str) -> String {
    format!("{LIST}/{}/{}/{what}", left.client, left.message)
}

async fn each_sees_what_is_theirs_to_see(engine: Engine) {
    let left = [
        (seed::SHARED_WIDGET, "A room, please"),
        (seed::DEDICATED_WIDGET, "A claim"),
        (seed::HYBRID_WIDGET, "No dial tone"),
    ];
    let floor = evening(engine, &left).await;
    for (login, sees, may_answer) in [
        ("anna", vec!["No dial tone", "A room, please"], true),
        ("dora", vec!["A claim"], true),
        ("hanna", vec!["No dial tone"], true),
        ("lead", vec!["No dial tone", "A claim", "A room, please"], false),
        ("admin", vec!["No dial tone", "A claim", "A room, please"], false),
        ("reader", vec!["A room, please"], false),
    ] {
        let person = floor.person(login).await;
        let list: LeftMessages = person.get(LIST).await.good();
        assert_eq!(bodies(&list), sees, "{login}");
        assert_eq!(list.open, sees.len() as u64, "{login}");
        assert!(list.items.iter().all(|left| left.may_answer == may_answer), "{login}");
    }
    let lead = floor.person("lead").await;
    let path = format!("{LIST}?client={}", seed::DEDICATED.uuid());
    let one: LeftMessages = lead.get(&path).await.good();
    assert_eq!((bodies(&one), one.open), (vec!["A claim"], 1));
    let claim = &one.items[0];
    assert_eq!(
        (claim.client_name.as_str(), claim.name.as_deref(), claim.email.as_deref()),
        ("Borealis Insurance", Some("Maria"), Some("maria@example.org"))
    );
    assert_eq!((claim.state, claim.taken_by), (LeftState::Open, None));
    // Neither an agent without the sign-off nor another client's reader learns that it exists.
    for login in ["anna", "reader"] {
        floor.person(login).await.get(&path).await.refused(404, "not_found");
    }
    for what in ["take", "done", "reopen"] {
        let anna = floor.person("anna").await;
        let body = json!({ "note": "Mailed", "from": "taken" });
        anna.post_body(&act(claim, what), &body).await.refused(404, "not_found");
        let reader = floor.person("reader").await;
        reader.post_body(&act(claim, what), &body).await.refused(403, "forbidden");
    }
}

/// A widget that resends what was not acknowledged leaves one message, one contact, and one line of the
/// statement.
async fn what_is_left_is_a_contact_that_is_counted_once_and_billed(engine: Engine) {
    let floor = evening(engine, &[(seed::SHARED_WIDGET, "A room, please")]).await;
    let customer = floor.customer(seed::SHARED_WIDGET).await;
    let client_id = Uuid::new_v4();
    for _ in 0..2 {
        customer.say(WidgetRequest::LeaveMessage {
            client_id,
            email: "paul@example.org".into(),
            name: None,
            body: "Two rooms, please".into(),
        });
    }
    customer.until("twice", |known| (known.left == [client_id, client_id]).then_some(())).await;
    let lead = floor.person("lead").await;
    let contacts = asking("both are contacts", || async {
        let path = "/api/v1/reports/contacts?state=voicemail";
        let page: api::admin::Page<ContactLine> = lead.get(path).await.good();
        (page.items.len() >= 2).then_some(page)
    })
    .await;
    let shown: Vec<_> = contacts.items.iter().map(|c| (c.customer.as_str(), c.channel)).collect();
    assert_eq!(shown, [("paul@example.org", ChannelKind::Chat), ("Maria", ChannelKind::Chat)]);
    let page = format!("/api/v1/contacts/{}", contacts.items[0].contact);
    let contact: ContactView = lead.get(&page).await.good();
    let written: Vec<_> =
        contact.messages.iter().map(|m| (m.author_name.as_str(), m.body.as_str())).collect();
    assert_eq!(written, [("paul@example.org", "Two rooms, please")]);
    let said: Vec<_> = contact.timeline.iter().map(|entry| entry.text.as_str()).collect();
    assert_eq!(said, ["It arrived for Reception.", "The customer left a message."]);

    let admin = floor.person("admin").await;
    let path = format!("/api/v1/clients/{}/statement", seed::SHARED.uuid());
    let statement: StatementView = admin.get(&path).await.good();
    assert_eq!(statement.net_minor, 100, "two messages at half a euro");
    let billed: Vec<_> = statement.lines.items.iter().map(|line| line.contact).collect();
    let mut left: Vec<_> = contacts.items.iter().map(|c| c.contact).collect();
    left.reverse();
    assert_eq!(billed, left);
}

async fn a_message_is_taken_once_answered_and_taken_back(engine: Engine) {
    let floor = evening(engine, &[(seed::SHARED_WIDGET, "A room, please")]).await;
    let (anna, ben) = (floor.person("anna").await, floor.person("ben").await);
    let (lead, reader) = (floor.person("lead").await, floor.person("reader").await);
    let list: LeftMessages = anna.get(LIST).await.good();
    let left = &list.items[0];

    let taken: LeftMessageView = anna.post(&act(left, "take")).await.good();
    assert_eq!((taken.state, taken.taken_by), (LeftState::Taken, Some(seed::ANNA.uuid())));
    let again: LeftMessageView = anna.post(&act(left, "take")).await.good();
    assert_eq!(again, taken, "a repeat changes nothing");
    let late = ben.post(&act(left, "take")).await;
    assert_eq!(late.body["message"], "Anna of the floor has this message.");
    late.refused(409, "conflict");
    let note = json!({ "note": " Two rooms from Friday, by mail. " });
    ben.post_body(&act(left, "done"), &note).await.refused(409, "conflict");
    ben.post_body(&act(left, "reopen"), &json!({ "from": "taken" })).await.refused(409, "conflict");

    let done: LeftMessageView = anna.post_body(&act(left, "done"), &note).await.good();
    assert_eq!(done.state, LeftState::Done);
    assert_eq!(done.note.as_deref(), Some("Two rooms from Friday, by mail."));
    assert!(done.done.is_some());
    let open: LeftMessages = ben.get(&format!("{LIST}?open=true")).await.good();
    assert_eq!((open.items.len(), open.open), (0, 0));
    let all: LeftMessages = reader.get(LIST).await.good();
    assert_eq!(all.items[0].taken_by_name.as_deref(), Some("Anna at the desk"), "by the alias");
    let late = ben.post(&act(left, "take")).await;
    assert_eq!(late.body["message"], "Anna of the floor has answered this message.");
    late.refused(409, "conflict");

    // One step back at a time; a step that is not the last one is refused.
    let back = json!({ "from": "taken" });
    anna.post_body(&act(left, "reopen"), &back).await.refused(409, "conflict");
    let resumed: LeftMessageView =
        anna.post_body(&act(left, "reopen"), &json!({ "from": "done" })).await.good();
    assert_eq!((resumed.state, resumed.taken_by), (LeftState::Taken, Some(seed::ANNA.uuid())));
    assert_eq!(resumed.note, done.note, "the note is there to be completed");
    let free: LeftMessageView = lead.post_body(&act(left, "reopen"), &back).await.good();
    assert_eq!((free.state, free.taken_by), (LeftState::Open, None), "a lead gives it back");
    let bens: LeftMessageView = ben.post_body(&act(left, "done"), &note).await.good();
    assert_eq!((bens.state, bens.taken_by), (LeftState::Done, Some(seed::BEN.uuid())));

    let filter = AuditFilter { client: Some(seed::SHARED), ..AuditFilter::default() };
    let scope = ProviderScope::granted();
    let mut entries = floor.app.store.view().audit_entries(&scope, &filter, 100).await.unwrap();
    entries.retain(|entry| entry.object == left.message.to_string());
    entries.reverse();
    let did: Vec<_> = entries.iter().map(|e| (e.user_name.as_str(), e.action.as_str())).collect();
    assert_eq!(
        did,
        [
            ("anna the user", "left_message.taken"),
            ("anna the user", "left_message.taken"),
            ("anna the user", "left_message.done"),
            ("anna the user", "left_message.reopened"),
            ("lead the user", "left_message.reopened"),
            ("ben the user", "left_message.done"),
        ]
    );
    assert!(
        entries.iter().all(|e| !format!("{}{}", e.before, e.after).contains("rooms")),
        "no words of anybody"
    );
}

async fn pages_follow_each_other_without_gap_or_double(engine: Engine) {
    let left = [
        (seed::SHARED_WIDGET, "1"),
        (seed::HYBRID_WIDGET, "2"),
        (seed::SHARED_WIDGET, "3"),
        (seed::DEDICATED_WIDGET, "4"),
        (seed::SHARED_WIDGET, "5"),
    ];
    let floor = evening(engine, &left).await;
    for (login, query, want) in [
        ("lead", "", vec!["5", "4", "3", "2", "1"]),
        ("anna", "", vec!["5", "3", "2", "1"]),
        ("anna", "&client=00000000-0000-0000-0000-0000000000c1", vec!["5", "3", "1"]),
        ("reader", "", vec!["5", "3", "1"]),
    ] {
        let person = floor.person(login).await;
        let (mut seen, mut before) = (Vec::new(), String::new());
        loop {
            let path = format!("{LIST}?limit=2{query}{before}");
            let page: LeftMessages = person.get(&path).await.good();
            assert!(page.items.len() <= 2, "{login}");
            assert_eq!(page.open, want.len() as u64, "{login}: whatever the page shows");
            seen.extend(page.items.into_iter().map(|left| left.body));
            let Some(next) = page.next else { break };
            before = format!("&before={next}");
        }
        assert_eq!(seen, want, "{login} {query}");
    }
}

async fn what_may_not_be_done_is_refused_in_words(engine: Engine) {
    let floor = evening(engine, &[(seed::SHARED_WIDGET, "A room, please")]).await;
    let anna = floor.person("anna").await;
    let list: LeftMessages = anna.get(LIST).await.good();
    let left = &list.items[0];
    anna.get(&format!("{LIST}?before=nonsense")).await.refused(400, "malformed");
    for note in [String::new(), "   ".to_owned(), "x".repeat(4_001), "\u{7}".to_owned()] {
        let body = json!({ "note": note });
        anna.post_body(&act(left, "done"), &body).await.refused(422, "invalid");
    }
    // Nobody has it, so there is no step to take back.
    for from in ["open", "taken", "done"] {
        let body = json!({ "from": from });
        anna.post_body(&act(left, "reopen"), &body).await.refused(409, "conflict");
    }
    let elsewhere = LeftMessageView { message: Uuid::from_u128(0x404), ..left.clone() };
    anna.post(&act(&elsewhere, "take")).await.refused(404, "not_found");
    let foreign = LeftMessageView { client: seed::HYBRID.uuid(), ..left.clone() };
    anna.post(&act(&foreign, "take")).await.refused(404, "not_found");
    // Somebody without a desk answers nobody.
    let lead = floor.person("lead").await;
    lead.post(&act(left, "take")).await.refused(403, "forbidden");
    let still: LeftMessages = anna.get(LIST).await.good();
    assert_eq!(still.items, list.items);
}
