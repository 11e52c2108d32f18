//! The store goes away while people are on the line.

use api::{
    desk::{DeskContactState, DeskView, FinishRequest, PresenceChoice},
    voice::OutsideRequest,
};

use super::{
    ANNA, BEN, CALLER, Exchange, NUMBER, answered, customer,
    passed_on::{EXPERT, expert},
    sound::customer_hears,
    trunk,
};
use crate::{fixture::Floor, seed::Plan, wait};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_calls_asked_while_the_store_was_away_is_asked_again() {
    let Some(bin) = testkit::pg::binaries() else {
        // Said aloud once by `cluster`, which also insists where PostgreSQL is required.
        assert!(testkit::pg::cluster().is_none());
        return;
    };
    let cluster = testkit::pg::Cluster::start(&bin, false).expect("a cluster of its own");
    let url = cluster.database(None).expect("a database");
    let carrier = testkit::port::free();
    let mut setup = trunk(api::admin::voice::SipTransport::Udp);
    setup.server = format!("127.0.0.1:{carrier}");
    let floor = Floor::at(Some(url), Plan { calls: true, ..Plan::default() }).await;
    let exchange = Exchange::on(floor, setup).await;
    let (anna, _phone) = exchange.agent("anna", ANNA).await;

    // One is passed on outside, where it rings.
    let expert = expert(&exchange, carrier, "manual").await;
    let passed_on = customer(&exchange).await;
    passed_on.calls(NUMBER).await;
    let returns = answered(&anna).await.contact;
    let body = OutsideRequest { number: EXPERT.into(), transfer: true };
    anna.act_with(returns, "outside", &body).await.done();
    expert.says("Incoming call").await;
    let gone = move |desk: &DeskView| {
        let held = desk.contacts.iter().find(|held| held.contact == returns);
        held.is_none_or(|held| held.state == DeskContactState::WrapUp).then_some(held.is_some())
    };
    if anna.until("she is done with it", gone).await {
        let finish = FinishRequest { disposition: None, note: String::new() };
        anna.act_with(returns, "finish", &finish).await.done();
    }
    // One talks, and one waits.
    let talks = customer(&exchange).await;
    talks.calls(NUMBER).await;
    let ends = answered(&anna).await.contact;
    customer_hears(&talks, ANNA).await;
    let waits = customer(&exchange).await;
    waits.calls(NUMBER).await;
    waits.says("established").await;

    cluster.stop().expect("stops");
    anna.set(PresenceChoice::SignOut).await.refused(503, "unavailable");
    expert.does("hangup", "").await;
    talks.does("hangup", "").await;
    waits.does("hangup", "").await;
    anna.until("her call is over", |desk| {
        let held = desk.contacts.iter().find(|held| held.contact == ends)?;
        (held.call.as_ref()?.state == "ended").then_some(())
    })
    .await;
    // A caller who comes now is refused at once: a carrier has other ways.
    let late = customer(&exchange).await;
    late.calls(NUMBER).await;
    late.says("session closed").await;

    cluster.resume().expect("starts again");
    wait::asking("the floor is there again", || async {
        exchange.floor.app.floor.is_ready().then_some(())
    })
    .await;
    anna.contact_is(ends, DeskContactState::WrapUp).await;
    // Whoever was passed on to nobody waits, and nobody else does.
    let (ben, ben_hears) = exchange.agent("ben", BEN).await;
    let held = answered(&ben).await;
    assert_eq!(held.contact, returns);
    ben_hears.hears(CALLER).await;
    customer_hears(&passed_on, BEN).await;
    let waiting = exchange.floor.app.floor.look(|router, _| router.contacts().count()).await;
    assert_eq!(waiting.expect("it is there"), 1, "whoever hung up is gone");
    ben.act(returns, "end").await.done();
}
