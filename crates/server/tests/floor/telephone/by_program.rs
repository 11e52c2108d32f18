//! A page of payments that has no desk: it finds the call of an agent, pauses its recording while a card
//! number is said, and lets it go on.

use api::{
    admin::tokens::{NewTokenView, TokenScope},
    voice::{CallUnderWay, RecordingAnswer, RecordingState},
};
use reqwest::Method;
use serde_json::json;
use uuid::Uuid;

use super::{ANNA, CALLER, Exchange, NUMBER, answered, customer, heard};
use crate::{agent::Answer, seed};

impl Exchange {
    /// The secret of a new token.
    async fn token(&self, name: &str, scope: TokenScope, client: Option<Uuid>) -> String {
        let body = json!({ "name": name, "scopes": [scope], "client": client });
        let made = self.admin.post_body("/api/v1/tokens", &body).await;
        made.good::<NewTokenView>().secret
    }

    async fn calls(&self, secret: &str, query: &str) -> Answer {
        self.admin.ask_by(secret, Method::GET, &format!("/api/v1/calls{query}"), None).await
    }

    async fn pause(&self, secret: &str, contact: Uuid, paused: bool) -> Answer {
        let path = format!("/api/v1/calls/{contact}/recording");
        let body = json!({ "paused": paused });
        self.admin.ask_by(secret, Method::POST, &path, Some(body)).await
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_program_pauses_the_recording_while_a_card_number_is_said() {
    let exchange = Exchange::open().await;
    let (anna, browser) = exchange.agent("anna", ANNA).await;
    let (mine, other) = (seed::SHARED.uuid(), seed::DEDICATED.uuid());
    let till = exchange.token("Till", TokenScope::Recordings, Some(mine)).await;
    let stranger = exchange.token("Other till", TokenScope::Recordings, Some(other)).await;
    let reports = exchange.token("Reports", TokenScope::Reports, None).await;
    assert!(exchange.calls(&till, "").await.good::<Vec<CallUnderWay>>().is_empty());
    let caller = customer(&exchange).await;
    caller.calls(NUMBER).await;
    let contact = answered(&anna).await.contact;
    browser.hears(CALLER).await;
    let found = crate::wait::asking("the call is recorded", || async {
        let found = exchange.calls(&till, "?login=anna").await.good::<Vec<CallUnderWay>>();
        let [call] = found.as_slice() else { return None };
        (call.recording == RecordingState::On).then(|| call.clone())
    })
    .await;
    assert_eq!((found.contact, found.client, found.state.as_str()), (contact, mine, "connected"));
    assert_eq!(found.number.as_deref(), Some("+33987654321"));
    assert_eq!(found.dialled.as_deref(), Some(NUMBER));
    let [agent] = found.agents.as_slice() else { panic!("{found:?}") };
    assert_eq!(agent.agent, seed::ANNA.uuid());
    let other_agent = format!("?agent={}", seed::BEN.uuid());
    assert!(exchange.calls(&till, &other_agent).await.good::<Vec<CallUnderWay>>().is_empty());
    exchange.calls(&till, "?login=nobody-of-this-name").await.refused(404, "not_found");

    // Neither another client's program nor one for something else comes near it.
    assert!(exchange.calls(&stranger, "").await.good::<Vec<CallUnderWay>>().is_empty());
    exchange.pause(&stranger, contact, true).await.refused(404, "not_found");
    exchange.pause(&reports, contact, true).await.refused(403, "forbidden");
    exchange.calls(&reports, "").await.refused(403, "forbidden");
    exchange.pause("pmt_guessed", contact, true).await.refused(401, "sign_in_needed");

    let recorded_for = |halves: usize| {
        let browser = &browser;
        move || async move {
            let heard = heard(&browser.heard()).into_iter().filter(|tone| *tone == Some(CALLER));
            (heard.count() >= halves).then_some(())
        }
    };
    crate::wait::asking("some was recorded", recorded_for(4)).await;
    let paused = exchange.pause(&till, contact, true).await.good::<RecordingAnswer>();
    assert_eq!(paused.recording, RecordingState::Paused);
    assert!(paused.pause_until.is_some(), "somebody is alarmed when it is forgotten");
    anna.until("the desk shows it", |desk| desk.contacts[0].call.as_ref()?.pause_until.clone())
        .await;
    let again = exchange.pause(&till, contact, true).await.good::<RecordingAnswer>();
    assert_eq!(again, paused, "a second time changes nothing");
    let said = heard(&browser.heard()).len();
    crate::wait::asking("a card number was said", recorded_for(said + 6)).await;
    let on = exchange.pause(&till, contact, false).await.good::<RecordingAnswer>();
    assert_eq!(on, RecordingAnswer { recording: RecordingState::On, pause_until: None });
    crate::wait::asking("some more was recorded", recorded_for(said + 12)).await;
    anna.act(contact, "end").await.done();

    let [customer, agents] = exchange.recorded(contact).await;
    for (side, tone) in [(customer, CALLER), (agents, ANNA)] {
        let parts = heard(&side);
        let first = parts.iter().position(|part| *part == Some(tone)).expect("before");
        let last = parts.iter().rposition(|part| *part == Some(tone)).expect("after");
        let silent = parts[first..last].iter().filter(|part| part.is_none()).count();
        assert!(silent >= 4, "two seconds and more were not kept: {parts:?}");
    }
    exchange.record(contact).await;
    let late = exchange.pause(&till, contact, true).await;
    assert!(["not_found", "conflict"].contains(&late.code()), "the call is over: {late:?}");
    let audit = exchange.admin.get("/api/v1/audit?limit=100").await.body.to_string();
    for said in ["recording.paused", "recording.resumed", "(Till)"] {
        assert!(audit.contains(said), "{said}: {audit}");
    }
}
