//! Lost contacts as work: who sees them, who takes them, and how they are closed, by hand and by themselves.

use std::time::Duration;

use api::follow_ups::{FollowUpState as State, FollowUpView, FollowUps};
use api::left::LeftMessages;
use domain::{ClientId, ContactId, QueueId, contract::Channel};
use routing::{Arrival, Input};
use serde_json::json;
use store::{
    ClientScope, ProviderScope,
    records::{AuditFilter, Call, CallDirection},
};

use crate::{
    agent::Person,
    fixture::{Engine, Floor, both},
    seed,
    wait::asking,
};

both!(
    each_sees_and_counts_what_is_theirs,
    one_agent_has_it_and_each_step_can_be_taken_back,
    whoever_comes_through_needs_no_call_back,
    what_may_not_be_done_is_refused_in_words,
);

const LIST: &str = "/api/v1/follow-ups";
const HERS: &str = "+33612345678";

/// A customer with this number arrives and waits. As written as it may be: a call whose sound nobody plays.
async fn arrives(floor: &Floor, n: u128, whose: (ClientId, QueueId), number: &str) -> ContactId {
    let (contact, (client, queue)) = (ContactId::from_u128(0xf0_0000 + n), whose);
    let call = Call {
        client,
        contact,
        direction: CallDirection::Inbound,
        trunk: None,
        number: Some(number.to_owned()),
        dialled: Some("+33123456789".to_owned()),
        started: floor.clock.now(),
        ended: Some(floor.clock.now()),
        ending: None,
    };
    let kept = floor.app.store.tx(move |tx| {
        Box::pin(async move { tx.start_call(&ClientScope::of(client), &call).await })
    });
    kept.await.unwrap();
    let arrival = Arrival {
        contact,
        client,
        queue,
        channel: Channel::Chat,
        language: None,
        first_ring: None,
        customer: None,
        head_start: None,
        emergency: false,
    };
    floor.app.floor.input(Input::Arrive(arrival)).await.unwrap();
    contact
}

/// Such a customer waits half a minute and leaves.
async fn leaves(floor: &Floor, n: u128, whose: (ClientId, QueueId), number: &str) -> ContactId {
    let contact = arrives(floor, n, whose, number).await;
    floor.pass(Duration::from_secs(30));
    floor.app.floor.input(Input::Abandon { contact }).await.unwrap();
    contact
}

const SHARED: (ClientId, QueueId) = (seed::SHARED, seed::SHARED_QUEUE);
const DEDICATED: (ClientId, QueueId) = (seed::DEDICATED, seed::DEDICATED_QUEUE);

/// The list, once it has so many rows.
async fn list(person: &Person, query: &str, rows: usize) -> FollowUps {
    let path = format!("{LIST}{query}");
    asking(&format!("{rows} rows of {path}"), || async {
        let list: FollowUps = person.get(&path).await.good();
        (list.items.len() == rows).then_some(list)
    })
    .await
}

fn act(lost: &FollowUpView, what: &str) -> String {
    format!("{LIST}/{}/{}/{what}", lost.client, lost.contact)
}

async fn each_sees_and_counts_what_is_theirs(engine: Engine) {
    let floor = Floor::open(engine).await;
    let (lead, anna) = (floor.person("lead").await, floor.person("anna").await);
    let reader = floor.person("reader").await;
    let hers = leaves(&floor, 1, SHARED, HERS).await;
    let claim = leaves(&floor, 2, DEDICATED, "+33700000000").await;
    // Who leaves at once, and whose number is withheld, is no work.
    let contact = arrives(&floor, 3, SHARED, "+33711111111").await;
    floor.app.floor.input(Input::Abandon { contact }).await.unwrap();
    let both = list(&lead, "", 2).await;
    assert_eq!(both.open, 2);
    assert_eq!((both.items[0].contact, both.items[1].contact), (claim.uuid(), hers.uuid()));
    let row = &list(&anna, "?open=true", 1).await.items[0];
    assert_eq!((row.contact, row.phone.as_deref()), (hers.uuid(), Some(HERS)));
    assert_eq!(row.queue_name.as_deref(), Some("Reception"));
    assert!(row.wait_ms.is_some_and(|ms| ms >= 30_000), "{row:?} {:?}", row.wait_ms);
    assert!(row.may_answer);
    let own = list(&reader, "", 1).await;
    assert!(!own.items[0].may_answer);
    for (query, found) in [
        ("?q=06%2012%2034%2056%2078", 1),
        ("?q=999", 0),
        ("?until=2031-01-01T00:00:00Z", 0),
        ("?from=2031-01-01T00:00:00Z", 2),
        ("?client=00000000-0000-0000-0000-0000000000c2", 1),
    ] {
        list(&lead, query, found).await;
    }
    // Beside the messages the count is the same.
    for (person, lost) in [(&lead, 2), (&anna, 1), (&reader, 1)] {
        let left: LeftMessages = person.get("/api/v1/left-messages").await.good();
        assert_eq!((left.open, left.lost), (0, lost));
    }
    // Neither an agent without the sign-off nor another client's reader learns that it exists.
    let theirs = format!("{LIST}?client={}", seed::DEDICATED.uuid());
    for person in [&anna, &reader] {
        person.get(&theirs).await.refused(404, "not_found");
    }
    let claim = &both.items[0];
    let body = json!({ "outcome": "reached", "from": "taken" });
    for what in ["take", "close", "reopen"] {
        anna.post_body(&act(claim, what), &body).await.refused(404, "not_found");
        reader.post_body(&act(claim, what), &body).await.refused(403, "forbidden");
    }
    // As a table, which the audit log knows of.
    let table = lead.table(LIST).await;
    assert_eq!(table.lines().count(), 3, "{table}");
    assert!(table.lines().nth(2).unwrap().contains(&format!("'{HERS}\",open,")), "{table}");
    let own = reader.table(LIST).await;
    assert!(!own.contains(&claim.contact.to_string()), "{own}");
    // A week later nobody waits for it any more; it is still to be read.
    floor.pass(Duration::from_secs(8 * 86_400));
    let lead = floor.person("lead").await;
    assert_eq!(list(&lead, "?open=true", 0).await.open, 0);
    list(&lead, "", 2).await;
}

async fn one_agent_has_it_and_each_step_can_be_taken_back(engine: Engine) {
    let floor = Floor::open(engine).await;
    leaves(&floor, 1, SHARED, HERS).await;
    let (anna, ben) = (floor.person("anna").await, floor.person("ben").await);
    let (lead, reader) = (floor.person("lead").await, floor.person("reader").await);
    let lost = &list(&anna, "", 1).await.items[0];
    let taken: FollowUpView = anna.post(&act(lost, "take")).await.good();
    assert_eq!((taken.state, taken.taken_by), (State::Taken, Some(seed::ANNA.uuid())));
    let again: FollowUpView = anna.post(&act(lost, "take")).await.good();
    assert_eq!(again, taken, "a repeat changes nothing");
    let late = ben.post(&act(lost, "take")).await;
    assert_eq!(late.body["message"], "Anna of the floor calls this customer back.");
    late.refused(409, "conflict");
    let reached = json!({ "outcome": "reached", "note": "" });
    ben.post_body(&act(lost, "close"), &reached).await.refused(409, "conflict");
    ben.post_body(&act(lost, "reopen"), &json!({ "from": "taken" })).await.refused(409, "conflict");

    let done: FollowUpView = anna.post_body(&act(lost, "close"), &reached).await.good();
    assert_eq!((done.state, done.by_contact), (State::Reached, None));
    assert_eq!(list(&lead, "?open=true", 0).await.open, 0);
    let seen = &list(&reader, "", 1).await.items[0];
    assert_eq!(seen.taken_by_name.as_deref(), Some("Anna at the desk"), "by the alias");
    assert_eq!(seen.taken_by, None);
    anna.post_body(&act(lost, "close"), &reached).await.refused(409, "conflict");

    // One step back at a time; a lead may as well.
    anna.post_body(&act(lost, "reopen"), &json!({ "from": "taken" }))
        .await
        .refused(409, "conflict");
    let resumed: FollowUpView =
        anna.post_body(&act(lost, "reopen"), &json!({ "from": "reached" })).await.good();
    assert_eq!((resumed.state, resumed.taken_by), (State::Taken, Some(seed::ANNA.uuid())));
    let free: FollowUpView =
        lead.post_body(&act(lost, "reopen"), &json!({ "from": "taken" })).await.good();
    assert_eq!((free.state, free.taken_by), (State::Open, None));
    let why = json!({ "outcome": "excused", "note": " A fax machine. " });
    let excused: FollowUpView = ben.post_body(&act(lost, "close"), &why).await.good();
    assert_eq!((excused.state, excused.taken_by), (State::Excused, Some(seed::BEN.uuid())));
    assert_eq!(excused.note.as_deref(), Some("A fax machine."));

    let filter = AuditFilter { client: Some(seed::SHARED), ..AuditFilter::default() };
    let scope = ProviderScope::granted();
    let mut entries = floor.app.store.view().audit_entries(&scope, &filter, 100).await.unwrap();
    entries.retain(|entry| entry.object == lost.contact.to_string());
    entries.reverse();
    let did: Vec<_> = entries.iter().map(|e| (e.user_name.as_str(), e.action.as_str())).collect();
    assert_eq!(
        did,
        [
            ("anna the user", "follow_up.taken"),
            ("anna the user", "follow_up.taken"),
            ("anna the user", "follow_up.reached"),
            ("anna the user", "follow_up.reopened"),
            ("lead the user", "follow_up.reopened"),
            ("ben the user", "follow_up.excused"),
        ]
    );
    assert!(entries.iter().all(|e| !format!("{}{}", e.before, e.after).contains("fax")));
}

async fn whoever_comes_through_needs_no_call_back(engine: Engine) {
    let floor = Floor::open(engine).await;
    let lead = floor.person("lead").await;
    let first = leaves(&floor, 1, SHARED, HERS).await;
    let other = leaves(&floor, 2, SHARED, "+33700000000").await;
    list(&lead, "?open=true", 2).await;
    // She comes again and leaves again: one customer is one call back.
    let second = leaves(&floor, 3, SHARED, HERS).await;
    let all = list(&lead, "", 3).await;
    let stands = |list: &FollowUps, id: ContactId| {
        let row = list.items.iter().find(|row| row.contact == id.uuid()).unwrap();
        (row.state, row.by_contact)
    };
    assert_eq!(stands(&all, first), (State::Again, Some(second.uuid())));
    assert_eq!(stands(&all, second), (State::Open, None));
    assert_eq!(all.open, 2);
    // The third time she is answered.
    let anna = floor.agent("anna").await;
    let third = arrives(&floor, 4, SHARED, HERS).await;
    assert_eq!(anna.answer().await.contact, third.uuid());
    let open = list(&lead, "?open=true", 1).await;
    assert_eq!((open.items[0].contact, open.open), (other.uuid(), 1));
    let all = list(&lead, "", 3).await;
    assert_eq!(stands(&all, second), (State::Reached, Some(third.uuid())));
    // Whoever finds that this was somebody else takes it up again.
    let row = all.items.iter().find(|row| row.contact == second.uuid()).unwrap();
    let back = json!({ "from": "reached" });
    let again: FollowUpView = lead.post_body(&act(row, "reopen"), &back).await.good();
    assert_eq!((again.state, again.by_contact), (State::Open, None));
    list(&lead, "?open=true", 2).await;
}

async fn what_may_not_be_done_is_refused_in_words(engine: Engine) {
    let floor = Floor::open(engine).await;
    leaves(&floor, 1, SHARED, HERS).await;
    let anna = floor.person("anna").await;
    let lost = list(&anna, "", 1).await.items.remove(0);
    anna.get(&format!("{LIST}?before=nonsense")).await.refused(400, "malformed");
    anna.get(&format!("{LIST}?from=yesterday")).await.refused(400, "malformed");
    for note in [String::new(), "   ".to_owned(), "x".repeat(4_001)] {
        let body = json!({ "outcome": "excused", "note": note });
        anna.post_body(&act(&lost, "close"), &body).await.refused(422, "invalid");
    }
    for from in ["open", "taken", "reached"] {
        let body = json!({ "from": from });
        anna.post_body(&act(&lost, "reopen"), &body).await.refused(409, "conflict");
    }
    let elsewhere = FollowUpView { client: seed::HYBRID.uuid(), ..lost.clone() };
    anna.post(&act(&elsewhere, "take")).await.refused(404, "not_found");
    // Somebody without a desk calls nobody back.
    let lead = floor.person("lead").await;
    lead.post(&act(&lost, "take")).await.refused(403, "forbidden");
    assert_eq!(list(&anna, "", 1).await.items[0], lost);
}
