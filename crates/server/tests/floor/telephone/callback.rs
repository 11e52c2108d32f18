//! A customer who is called back: does not answer, and then does.

use api::{
    admin::voice::{SipTransport, TrunkSetup, VoiceSettings},
    desk::{ChannelKind, DeskContactState, DeskView},
};

use super::{
    ANNA, CALLER, Exchange, NUMBER, customer,
    foreign::{Baresip, Setup},
    sound::customer_hears,
    trunk,
};
use crate::{
    seed::{self, Plan},
    wait,
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_does_not_answer_a_callback_is_still_owed_it() {
    let carrier = testkit::port::free();
    let setup = TrunkSetup { server: format!("127.0.0.1:{carrier}"), ..trunk(SipTransport::Udp) };
    let exchange = Exchange::planned(Plan { calls: true, ..Plan::default() }, setup).await;
    let settings = VoiceSettings {
        ring_s: 1,
        callback_key: Some("1".into()),
        version: 1,
        ..VoiceSettings::default()
    };
    let path = format!("/api/v1/clients/{}/voice", seed::SHARED.uuid());
    exchange.put(&path, &settings).await.done();
    let caller = customer(&exchange).await;
    caller.calls(NUMBER).await;
    caller.says("established").await;
    caller.does("sndcode", "1").await;
    let floor = &exchange.floor.app.floor;
    wait::asking("a callback is promised", || async {
        let look = floor.look(|router, _| router.contacts().any(|view| view.callback));
        look.await.ok()?.then_some(())
    })
    .await;
    caller.does("hangup", "").await;

    let called = Baresip::start(Setup {
        user: "+33987654321",
        server: format!("127.0.0.1:{}", exchange.sip("udp")),
        transport: "udp",
        hz: CALLER,
        identity: ";regint=0;answermode=manual".into(),
        listens: carrier,
        config: String::new(),
    })
    .await;
    let (anna, hears) = exchange.agent("anna", ANNA).await;
    let offered = anna.contact(DeskContactState::Offered).await;
    assert_eq!(offered.channel, ChannelKind::Callback);
    let contact = offered.contact;
    anna.act(contact, "answer").await.done();
    anna.contact_is(contact, DeskContactState::Talking).await;
    anna.act(contact, "call-back").await.done();
    called.says("Incoming call").await;
    called.does("hangup", "").await;
    let ended = |desk: &DeskView| {
        let held = desk.contacts.iter().find(|held| held.contact == contact)?;
        (held.call.as_ref()?.state == "ended").then_some(held.state)
    };
    let state = anna.until("it was declined", ended).await;
    assert_eq!(state, DeskContactState::Talking, "she may call again, or say not reached");

    anna.act(contact, "call-back").await.done();
    called.does("accept", "").await;
    hears.hears(CALLER).await;
    customer_hears(&called, ANNA).await;
    let floor = &exchange.floor.app.floor;
    let id = domain::ContactId::from_uuid(contact);
    wait::asking("the floor knows that they have answered", || async {
        let view = floor.look(move |router, _| router.contact_view(id)).await.ok()??;
        (view.reached && !view.callback).then_some(())
    })
    .await;
    anna.act(contact, "not-reached").await.refused(409, "conflict");
    anna.act(contact, "end").await.done();
    anna.contact_is(contact, DeskContactState::WrapUp).await;
}
