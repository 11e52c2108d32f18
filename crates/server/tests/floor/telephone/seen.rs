//! What people see of the sound: the agent at the desk, the lead on the board.

use std::time::Duration;

use api::{
    admin::voice::{SipTransport, TrunkSetup},
    board::{AlertKind, BoardAlert, BoardView},
    live::Topic,
    voice::{RecordingRequest, Unheard},
};

use super::{ANNA, CALLER, Exchange, NUMBER, answered, customer, trunk};
use crate::{agent::Live, seed};

async fn board(exchange: &Exchange) -> Live {
    exchange.floor.person("lead").await.follow(Topic::Board).await
}

fn alert(board: &BoardView, kind: AlertKind) -> Option<BoardAlert> {
    board.alerts.iter().find(|alert| alert.kind == kind).cloned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_is_not_heard_is_told_at_the_desk_and_both_sides_are_on_the_board() {
    let exchange = Exchange::open().await;
    let board = board(&exchange).await;
    let (anna, browser) = exchange.agent("anna", ANNA).await;
    let caller = customer(&exchange).await;
    caller.calls(NUMBER).await;
    let contact = answered(&anna).await.contact;
    browser.hears(CALLER).await;
    board
        .until("both sides sound well on the board", |seen| {
            let agents = &seen.board.as_ref()?.agents;
            let agent = agents.iter().find(|agent| agent.id == seed::ANNA.uuid())?;
            let held = agent.contacts.iter().find(|held| held.contact == contact)?;
            let well =
                |sound: Option<api::voice::QualityView>| sound.is_some_and(|s| s.mos_tenths >= 36);
            (well(held.customer_sound) && well(held.agent_sound)).then_some(())
        })
        .await;
    let told = |wanted: Option<Unheard>| {
        move |desk: &api::desk::DeskView| {
            let held = desk.contacts.iter().find(|held| held.contact == contact)?;
            (held.call.as_ref()?.unheard == wanted).then_some(())
        }
    };
    anna.until("both are heard", told(None)).await;
    browser.mute(true);
    anna.until("the customer does not hear her", told(Some(Unheard::Agent))).await;
    browser.mute(false);
    anna.until("both are heard again", told(None)).await;
    caller.freeze(true);
    anna.until("she receives no sound", told(Some(Unheard::Customer))).await;
    caller.freeze(false);
    anna.until("and receives it again", told(None)).await;
    anna.act(contact, "end").await.done();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pause_left_open_and_a_trunk_that_is_down_are_on_the_board() {
    let exchange = Exchange::open().await;
    let board = board(&exchange).await;
    let (anna, browser) = exchange.agent("anna", ANNA).await;
    let caller = customer(&exchange).await;
    caller.calls(NUMBER).await;
    let contact = answered(&anna).await.contact;
    browser.hears(CALLER).await;
    let pause = |paused| RecordingRequest { paused };
    anna.act_with(contact, "recording", &pause(true)).await.done();
    anna.until("it is paused", |desk| desk.contacts[0].call.as_ref()?.pause_until.clone()).await;
    // The contract says so.
    exchange.floor.pass(Duration::from_secs(u64::from(seed::PAUSE_MAX_S) + 1));
    let left_open = board
        .until("a pause left open", |seen| alert(seen.board.as_ref()?, AlertKind::PauseLeftOpen))
        .await;
    assert_eq!((left_open.id, left_open.name.as_str()), (contact, "Anna of the floor"));
    anna.act_with(contact, "recording", &pause(false)).await.done();
    board
        .until("nothing to look at", |seen| seen.board.as_ref()?.alerts.is_empty().then_some(()))
        .await;
    anna.act(contact, "end").await.done();

    // Nobody listens there.
    let server = format!("127.0.0.1:{}", testkit::port::free());
    let name = "Second carrier".to_owned();
    let addresses = vec!["192.0.2.1".to_owned()];
    exchange.add(TrunkSetup { name, server, addresses, ..trunk(SipTransport::Tcp) }).await;
    let down = board
        .until("a trunk is down", |seen| alert(seen.board.as_ref()?, AlertKind::TrunkDown))
        .await;
    assert_eq!(down.name, "Second carrier");
    assert!(down.why.is_some_and(|why| !why.is_empty()));
    let trunks = exchange.admin.get("/api/v1/trunks").await;
    let mut off = trunks
        .body
        .as_array()
        .and_then(|all| all.iter().find(|t| t["name"] == "Second carrier"))
        .expect("it")
        .clone();
    off["active"] = serde_json::json!(false);
    let path = format!("/api/v1/trunks/{}", off["id"].as_str().expect("an id"));
    exchange.put(&path, &off).await.done();
    board
        .until("a trunk that is switched off is nobody's worry", |seen| {
            seen.board.as_ref()?.alerts.is_empty().then_some(())
        })
        .await;
}
