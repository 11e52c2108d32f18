//! Calls that go on with somebody else: a lead who takes one over, a number outside, nobody there.

use api::{
    desk::{DeskContactState, DeskView},
    voice::OutsideRequest,
};
use serde_json::{Value, json};

use super::{
    ANNA, BEN, CALLER, Exchange, NUMBER, answered, customer,
    foreign::{Baresip, Setup},
    longest,
    sound::{customer_hears, voices},
    trunk,
};
use crate::{
    agent::Answer,
    seed::{self, Plan},
    wait,
};

/// Whom a customer is passed on to.
pub const EXPERT: &str = "+33455555555";

impl Exchange {
    /// Ben becomes a lead who has a desk.
    async fn ben_leads(&self) {
        let users = self.admin.get("/api/v1/users").await;
        let ben = users.body["items"].as_array().expect("a list").iter();
        let mut ben = ben.clone().find(|user| user["login"] == "ben").expect("Ben").clone();
        ben["role"] = json!("team_lead");
        let path = format!("/api/v1/users/{}", ben["id"].as_str().expect("an id"));
        self.put(&path, &ben).await.done();
    }

    /// A floor whose calls out go to a phone on this machine.
    async fn with_carrier() -> (Self, u16) {
        let carrier = testkit::port::free();
        let mut setup = trunk(api::admin::voice::SipTransport::Udp);
        setup.server = format!("127.0.0.1:{carrier}");
        let plan = Plan { calls: true, ..Plan::default() };
        (Self::planned(plan, setup).await, carrier)
    }

    async fn audit(&self) -> String {
        self.admin.get("/api/v1/audit?limit=100").await.body.to_string()
    }
}

/// A phone that the carrier reaches.
pub async fn expert(exchange: &Exchange, carrier: u16, answers: &str) -> Baresip {
    Baresip::start(Setup {
        user: EXPERT,
        server: format!("127.0.0.1:{}", exchange.sip("udp")),
        transport: "udp",
        hz: BEN,
        identity: format!(";regint=0;answermode={answers}"),
        listens: carrier,
        config: String::new(),
    })
    .await
}

fn leg<'a>(call: &'a Value, party: &str) -> Vec<&'a Value> {
    let legs = call["legs"].as_array().expect("legs").iter();
    legs.filter(|leg| leg["party"] == party).collect()
}

async fn take_over(lead: &crate::agent::Desk, from: uuid::Uuid, contact: uuid::Uuid) -> Answer {
    let path = format!("/api/v1/board/agents/{from}/contacts/{contact}/take-over");
    lead.person.post(&path).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lead_takes_a_call_over() {
    let exchange = Exchange::open().await;
    exchange.ben_leads().await;
    let (anna, anna_hears) = exchange.agent("anna", ANNA).await;
    let caller = customer(&exchange).await;
    caller.calls(NUMBER).await;
    let contact = answered(&anna).await.contact;
    anna_hears.hears(CALLER).await;
    let (ben, ben_hears) = exchange.agent("ben", BEN).await;
    // A lead without a desk has no place for it, and whoever is no lead may not.
    let lead = exchange.floor.person("lead").await;
    let path = format!("/api/v1/board/agents/{}/contacts/{contact}/take-over", seed::ANNA.uuid());
    assert_eq!(lead.post(&path).await.status, 403);
    assert_eq!(anna.person.post(&path).await.status, 403);
    take_over(&ben, seed::ANNA.uuid(), contact).await.done();
    let held = ben.contact_is(contact, DeskContactState::Talking).await;
    assert_eq!(held.call.map(|call| call.state).as_deref(), Some("connected"));
    ben_hears.hears(CALLER).await;
    customer_hears(&caller, BEN).await;
    anna_hears.hears_nobody().await;
    let gone = |desk: &DeskView| desk.contacts.iter().all(|c| c.contact != contact).then_some(());
    anna.until("the call is gone from her desk", gone).await;
    assert_eq!(take_over(&ben, seed::ANNA.uuid(), contact).await.status, 404, "hers no longer");
    ben.act(contact, "end").await.done();
    assert!(exchange.audit().await.contains("board.take_over"));
    let [customer, agents] = exchange.recorded(contact).await;
    assert_eq!(voices(&customer), [Some(CALLER)], "one recording goes on");
    assert_eq!(voices(&agents), [Some(ANNA), Some(BEN)]);
    let call = exchange.record(contact).await;
    assert_eq!(leg(&call, "agent").len(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_customer_is_passed_on_outside_unannounced() {
    let (exchange, carrier) = Exchange::with_carrier().await;
    let (anna, anna_hears) = exchange.agent("anna", ANNA).await;
    let expert = expert(&exchange, carrier, "auto").await;
    let caller = customer(&exchange).await;
    caller.calls(NUMBER).await;
    let contact = answered(&anna).await.contact;
    anna_hears.hears(CALLER).await;
    // She finds them in the client's phone book.
    let entry = json!({ "name": "Plumber", "number": EXPERT, "note": "" });
    let book = json!({ "entries": [entry], "version": 0 });
    let path = format!("/api/v1/clients/{}/phone-book", seed::SHARED.uuid());
    exchange.put(&path, &book).await.done();
    let targets = format!("/api/v1/desk/contacts/{contact}/targets");
    for (words, found) in [("plumb", 1), ("455", 1), ("baker", 0)] {
        let answer = anna.person.get(&format!("{targets}?q={words}")).await;
        let listed = answer.body["phone_book"].as_array().expect("a list");
        assert_eq!(listed.len(), found, "{words}: {answer:?}");
    }
    let body = OutsideRequest { number: EXPERT.into(), transfer: true };
    anna.act_with(contact, "outside", &body).await.done();
    customer_hears(&caller, BEN).await;
    expert.says(NUMBER).await;
    wait::asking("the one outside hears the customer", || async {
        (longest(&expert.heard(), CALLER) >= 2.0).then_some(())
    })
    .await;
    anna_hears.hears_nobody().await;
    let free = |desk: &DeskView| desk.contacts.iter().all(|c| c.contact != contact).then_some(());
    anna.until("she is free", free).await;
    caller.does("hangup", "").await;
    let call = exchange.record(contact).await;
    let outside = leg(&call, "outside");
    let [outside] = outside.as_slice() else { panic!("one leg: {call}") };
    assert!(!outside["answered"].is_null(), "{outside}");
    assert_eq!(call["ending"], "answered_normal_customer", "{call}");
    assert_eq!(leg(&call, "agent")[0]["ending"], "transferred_away", "{call}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_customer_whom_nobody_outside_answers_comes_back() {
    let (exchange, carrier) = Exchange::with_carrier().await;
    let expert = expert(&exchange, carrier, "manual").await;
    let (anna, anna_hears) = exchange.agent("anna", ANNA).await;
    let caller = customer(&exchange).await;
    caller.calls(NUMBER).await;
    let contact = answered(&anna).await.contact;
    anna_hears.hears(CALLER).await;
    let (ben, ben_hears) = exchange.agent("ben", BEN).await;
    let body = OutsideRequest { number: EXPERT.into(), transfer: true };
    anna.act_with(contact, "outside", &body).await.done();
    expert.says("Incoming call").await;
    expert.does("hangup", "").await;
    let held = answered(&ben).await;
    assert_eq!(held.contact, contact);
    let outside = held.call.and_then(|call| call.outside).expect("he sees who did not answer");
    assert_eq!((outside.number.as_str(), outside.state.as_str()), (EXPERT, "failed"));
    ben_hears.hears(CALLER).await;
    customer_hears(&caller, BEN).await;
    ben.act(contact, "end").await.done();
    let [customer, agents] = exchange.recorded(contact).await;
    assert!(longest(&agents, ANNA) > 0.0 && longest(&agents, BEN) > 0.0, "{:?}", voices(&agents));
    assert!(longest(&customer, CALLER) >= 2.0);
}
