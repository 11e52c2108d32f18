//! An agent with a desk phone instead of the browser: baresip is the phone, and another the customer.

use api::{
    admin::voice::{ChangeDeskPhone, DeskPhoneSetup, DeskPhoneView, SipTransport, TrunkSetup},
    desk::DeskContactState,
    voice::{Dialled, PhoneState},
};
use server::config::VoiceConfig;

use super::{
    ANNA, CALLER, Exchange, NUMBER, customer,
    foreign::{Baresip, Setup},
    longest, trunk,
};
use crate::{
    agent::Desk,
    seed::{self, Plan},
    wait,
};

const SECRET: &str = "long-enough";

/// A floor whose desk phones may register from this machine, and whose carrier is at a port of it.
async fn exchange(carrier: Option<u16>) -> Exchange {
    let voice = VoiceConfig {
        phone_networks: vec!["127.0.0.0/8".parse().unwrap()],
        ..VoiceConfig::on_loopback()
    };
    let server = carrier.map(|port| format!("127.0.0.1:{port}")).unwrap_or_default();
    let setup = TrunkSetup { server, ..trunk(SipTransport::Udp) };
    Exchange::planned(Plan { calls: true, voice: Some(voice), ..Plan::default() }, setup).await
}

fn path() -> String {
    format!("/api/v1/desk-phones/{}", seed::ANNA.uuid())
}

/// Gives Anna a phone that registers, or one at a port of this machine.
async fn give(exchange: &Exchange, at: Option<u16>) {
    let setup = DeskPhoneSetup {
        name: "anna-desk".into(),
        address: at.map(|port| format!("127.0.0.1:{port}")),
        transport: SipTransport::Udp,
    };
    let secret = at.is_none().then(|| SECRET.to_owned());
    exchange.put(&path(), &ChangeDeskPhone { version: 0, setup, secret }).await.done();
}

/// The phone itself, which plays the agent's tone.
async fn phone(exchange: &Exchange, identity: &str, listens: u16) -> Baresip {
    Baresip::start(Setup {
        user: "anna-desk",
        server: format!("127.0.0.1:{}", exchange.sip("udp")),
        transport: "udp",
        hz: ANNA,
        identity: format!(";answermode=manual{identity}"),
        listens,
        config: String::new(),
    })
    .await
}

async fn is_ready(desk: &Desk) {
    desk.until("the desk phone is ready", |desk| {
        (desk.me.phone.state == PhoneState::Ready && desk.me.phone.desk_phone).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_phone_that_registers_is_rung_lifted_and_hung_up() {
    let exchange = exchange(None).await;
    give(&exchange, None).await;
    let anna = Desk::open(exchange.floor.address(), "anna").await;
    anna.until("the phone is not there yet", |desk| {
        (desk.me.phone.state == PhoneState::Lost && desk.me.phone.desk_phone).then_some(())
    })
    .await;
    let identity = format!(";auth_user=anna-desk;auth_pass={SECRET};regint=60");
    let phone = phone(&exchange, &identity, 0).await;
    is_ready(&anna).await;
    let listed: Vec<DeskPhoneView> = exchange.admin.get("/api/v1/desk-phones").await.good();
    assert!(listed[0].there && listed[0].has_secret, "{listed:?}");
    anna.become_available().await;

    let caller = customer(&exchange).await;
    caller.calls(NUMBER).await;
    let contact = anna.contact(DeskContactState::Offered).await.contact;
    phone.says("Incoming call from").await;
    phone.does("accept", "").await;
    anna.contact_is(contact, DeskContactState::Talking).await;
    wait::asking("both hear each other", || async {
        let heard = (longest(&phone.heard(), CALLER), longest(&caller.heard(), ANNA));
        (heard.0 >= 2.0 && heard.1 >= 2.0).then_some(())
    })
    .await;
    // Held on the phone, and taken back: the customer hears her again.
    phone.does("hangup", "").await;
    anna.contact_is(contact, DeskContactState::WrapUp).await;
    caller.says("session closed").await;
    let call = exchange.record(contact).await;
    assert_eq!(call["ending"], "answered_normal_agent");
    let [customer, agents] = exchange.recorded(contact).await;
    assert!(longest(&customer, CALLER) >= 1.5 && longest(&agents, ANNA) >= 1.5);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refused_call_out_leaves_the_call_under_way() {
    let exchange = exchange(None).await;
    give(&exchange, None).await;
    let anna = Desk::open(exchange.floor.address(), "anna").await;
    let identity = format!(";auth_user=anna-desk;auth_pass={SECRET};regint=60");
    let phone = phone(&exchange, &identity, 0).await;
    is_ready(&anna).await;
    anna.become_available().await;
    let caller = customer(&exchange).await;
    caller.calls(NUMBER).await;
    let contact = anna.contact(DeskContactState::Offered).await.contact;
    phone.says("Incoming call from").await;
    phone.does("accept", "").await;
    anna.contact_is(contact, DeskContactState::Talking).await;
    super::sound::customer_hears(&caller, ANNA).await;
    // One call at a time: the floor refuses a second.
    let body = serde_json::json!({ "client": seed::SHARED.uuid(), "number": "+33911111111" });
    let refused = anna.person.post_body("/api/v1/desk/dial", &body).await;
    assert_eq!(refused.status, 409, "{refused:?}");
    // Heard on both sides from here on, and nobody hung up.
    let from = phone.heard().len();
    super::sound::customer_hears(&caller, ANNA).await;
    wait::asking("she hears the customer", || async {
        (longest(&phone.heard()[from..], CALLER) >= 2.0).then_some(())
    })
    .await;
    assert!(!phone.log().contains("session closed"), "{}", phone.log());
    anna.act(contact, "end").await.done();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_that_the_phone_declines_is_refused() {
    let exchange = exchange(None).await;
    give(&exchange, None).await;
    let anna = Desk::open(exchange.floor.address(), "anna").await;
    let identity = format!(";auth_user=anna-desk;auth_pass={SECRET};regint=60");
    let phone = phone(&exchange, &identity, 0).await;
    is_ready(&anna).await;
    anna.become_available().await;
    let caller = customer(&exchange).await;
    caller.calls(NUMBER).await;
    let contact = anna.contact(DeskContactState::Offered).await.contact;
    phone.says("Incoming call from").await;
    phone.does("hangup", "").await;
    anna.gone(contact).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_phone_at_an_address_is_rung_before_a_call_out_and_when_the_screen_answers() {
    let (at, carrier) = (testkit::port::free(), testkit::port::free());
    let exchange = exchange(Some(carrier)).await;
    let phone = phone(&exchange, ";regint=0", at).await;
    give(&exchange, Some(at)).await;
    let anna = Desk::open(exchange.floor.address(), "anna").await;
    is_ready(&anna).await;
    anna.become_available().await;
    let called = Baresip::start(Setup {
        user: "+33987654321",
        server: format!("127.0.0.1:{}", exchange.sip("udp")),
        transport: "udp",
        hz: CALLER,
        identity: ";regint=0;answermode=auto".into(),
        listens: carrier,
        config: String::new(),
    })
    .await;
    // Out: the phone first, then the customer.
    let body = serde_json::json!({ "client": seed::SHARED.uuid(), "number": "+33987654321" });
    let dialling = anna.person.post_body("/api/v1/desk/dial", &body);
    let lifting = async {
        phone.says("Incoming call from").await;
        assert!(!called.log().contains("Incoming call"), "the customer is not called yet");
        phone.does("accept", "").await;
    };
    let (dialled, ()) = tokio::join!(dialling, lifting);
    let contact = dialled.good::<Dialled>().contact;
    wait::asking("both hear each other", || async {
        let heard = (longest(&phone.heard(), CALLER), longest(&called.heard(), ANNA));
        (heard.0 >= 2.0 && heard.1 >= 2.0).then_some(())
    })
    .await;
    anna.act(contact, "end").await.done();
    phone.says("session closed").await;
    anna.contact_is(contact, DeskContactState::WrapUp).await;
    let finish = api::desk::FinishRequest { disposition: None, note: String::new() };
    anna.act_with(contact, "finish", &finish).await.done();

    // In: answered on the screen, then lifted.
    called.calls(NUMBER).await;
    let contact = super::answered(&anna).await.contact;
    phone.does("accept", "").await;
    anna.act(contact, "hold").await.done();
    anna.act(contact, "resume").await.done();
    wait::asking("the customer hears her", || async {
        (longest(&called.heard(), ANNA) >= 2.0).then_some(())
    })
    .await;
    anna.act(contact, "end").await.done();
}
