//! Calls that somebody leaves without a word: the caller, the agent's browser, the server.

use api::voice::PhoneState;

use super::{ANNA, CALLER, Exchange, NUMBER, answered, customer, heard, longest};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_caller_who_vanishes_is_given_up() {
    let exchange = Exchange::open().await;
    let (anna, browser) = exchange.agent("anna", ANNA).await;
    let caller = customer(&exchange).await;
    caller.calls(NUMBER).await;
    let contact = answered(&anna).await.contact;
    browser.hears(CALLER).await;
    caller.kill();
    browser.hears_nobody().await;
    let call = exchange.record(contact).await;
    assert_eq!((&call["ending"], &call["fault"]), (&"media_timeout".into(), &"carrier".into()));
    let [customer, _] = exchange.recorded(contact).await;
    assert!(longest(&customer, CALLER) >= 1.5);
    assert_eq!(heard(&customer).last(), Some(&None), "the silence at the end is recorded");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_agent_whose_browser_is_killed_comes_back_to_the_call() {
    let exchange = Exchange::open().await;
    let (anna, browser) = exchange.agent("anna", ANNA).await;
    let caller = customer(&exchange).await;
    caller.calls(NUMBER).await;
    let contact = answered(&anna).await.contact;
    browser.hears(CALLER).await;
    browser.kill();
    let lost = |desk: &api::desk::DeskView| (desk.me.phone.state == PhoneState::Lost).then_some(());
    anna.until("the phone is lost", lost).await;
    let held = anna.view().contacts.into_iter().find(|held| held.contact == contact);
    assert_eq!(
        held.and_then(|held| held.call).map(|call| call.state).as_deref(),
        Some("connected")
    );
    // Another tab is opened: the call is still there.
    let browser = super::browser::Browser::phone(&anna.person, ANNA).await;
    browser.hears(CALLER).await;
    anna.act(contact, "end").await.done();
    let [customer, agents] = exchange.recorded(contact).await;
    let parts = heard(&agents);
    let first = parts.iter().position(|tone| *tone == Some(ANNA)).expect("she spoke");
    let gap = first + parts[first..].iter().position(Option::is_none).expect("she was gone");
    assert!(parts[gap..].contains(&Some(ANNA)), "and spoke again: {parts:?}");
    assert!(longest(&customer, CALLER) > 5.0, "the caller was recorded all the while");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_microphone_that_falls_silent_is_noticed() {
    let exchange = Exchange::open().await;
    let (anna, browser) = exchange.agent("anna", ANNA).await;
    let caller = customer(&exchange).await;
    caller.calls(NUMBER).await;
    let contact = answered(&anna).await.contact;
    browser.hears(CALLER).await;
    browser.mute(true);
    let is = |wanted: PhoneState| {
        move |desk: &api::desk::DeskView| (desk.me.phone.state == wanted).then_some(())
    };
    anna.until("the phone is no phone", is(PhoneState::Lost)).await;
    browser.mute(false);
    anna.until("the phone is one again", is(PhoneState::Ready)).await;
    anna.act(contact, "end").await.done();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_that_a_restart_cuts_is_told_to_both_sides() {
    let mut exchange = Exchange::open().await;
    let (anna, browser) = exchange.agent("anna", ANNA).await;
    let caller = customer(&exchange).await;
    caller.calls(NUMBER).await;
    let contact = answered(&anna).await.contact;
    browser.hears(CALLER).await;
    exchange.floor.restart().await;
    caller.says("session closed").await;
    exchange.admin = exchange.floor.person("admin").await;
    let call = exchange.record(contact).await;
    assert_eq!(call["ending"], "server_restart");
    let [customer, agents] = exchange.recorded(contact).await;
    assert!(longest(&customer, CALLER) >= 1.5 && longest(&agents, ANNA) >= 1.5);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn both_legs_of_a_call_say_how_they_sounded() {
    let exchange = Exchange::open().await;
    let (anna, browser) = exchange.agent("anna", ANNA).await;
    let caller = customer(&exchange).await;
    caller.calls(NUMBER).await;
    let contact = answered(&anna).await.contact;
    // Longer than two reports of the sound are apart.
    crate::wait::asking("the recording has run for 12 s", || async {
        let halves = heard(&browser.heard()).into_iter().filter(|tone| *tone == Some(CALLER));
        (halves.count() >= 24).then_some(())
    })
    .await;
    // A lead pauses the recording, and it is in the audit log.
    let lead = exchange.floor.person("lead").await;
    let path = format!("/api/v1/calls/{contact}/recording");
    for paused in [true, false] {
        lead.post_body(&path, &api::voice::RecordingRequest { paused }).await.done();
    }
    let audit = exchange.admin.get("/api/v1/audit?limit=50").await;
    for action in ["recording.paused", "recording.resumed"] {
        assert!(audit.body.to_string().contains(action), "{action}: {audit:?}");
    }
    anna.act(contact, "end").await.done();
    let legs = crate::wait::asking("both legs are rated", || async {
        let call = exchange.record(contact).await;
        let legs = call["legs"].as_array()?.clone();
        legs.iter().all(|leg| !leg["quality"].is_null()).then_some(legs)
    })
    .await;
    assert_eq!(legs.len(), 2);
    for leg in legs {
        // How good it sounds is the machine's affair: while it does other things, concealment and
        // jitter rise. That they follow from each other is what `quality` is tested for.
        let is =
            |what: &str| leg["quality"][what].as_u64().unwrap_or_else(|| panic!("{what}: {leg}"));
        assert!((10..=45).contains(&is("mos_tenths")), "{leg}");
        assert!(is("loss_permille") < 1_000, "something came: {leg}");
        assert!(is("concealed_permille") < 1_000, "and was heard: {leg}");
    }
    let trunks = exchange.admin.get("/api/v1/trunks").await;
    assert!(trunks.body[0]["sound"].is_null(), "a few reports say nothing of a trunk: {trunks:?}");
}
