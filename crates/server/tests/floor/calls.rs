//! Calls that a restart cut: whoever waited and can be called keeps the place, everybody else is told
//! to have been cut. Calls themselves are played in the browser tests, with a carrier and a browser.

use domain::{ContactId, Timestamp, contract::Channel};
use routing::{Arrival, Input};
use store::{
    ClientScope,
    records::{Call, CallDirection},
};

use crate::{
    fixture::{Engine, Floor, both},
    seed::{self, Plan},
    wait,
};

both! { waiting_callers_become_callbacks_when_the_server_is_gone, a_desk_without_a_phone_gets_no_call }

const KNOWN: ContactId = ContactId::from_u128(0xca11_0001);
const WITHHELD: ContactId = ContactId::from_u128(0xca11_0002);

/// A caller waits whose call nobody plays: as it is after a start.
async fn call(floor: &Floor, contact: ContactId, number: Option<&str>) {
    let scope = ClientScope::of(seed::SHARED);
    let call = Call {
        client: seed::SHARED,
        contact,
        direction: CallDirection::Inbound,
        trunk: None,
        number: number.map(str::to_owned),
        dialled: Some("+33123456789".to_owned()),
        started: Timestamp::MIN,
        ended: None,
        ending: None,
    };
    let kept = floor.app.store.tx(move |tx| {
        Box::pin(
            async move { tx.start_call(&scope, &Call { started: call.started, ..call }).await },
        )
    });
    kept.await.unwrap();
    let arrival = Arrival {
        contact,
        client: seed::SHARED,
        queue: seed::SHARED_QUEUE,
        channel: Channel::Voice,
        language: None,
        first_ring: None,
        customer: None,
        head_start: None,
        emergency: false,
    };
    floor.app.floor.input(Input::Arrive(arrival)).await.unwrap();
}

async fn waiting_callers_become_callbacks_when_the_server_is_gone(engine: Engine) {
    let mut floor = Floor::planned(engine, Plan { calls: true, ..Plan::default() }).await;
    let _anna = floor.agent("anna").await;
    call(&floor, KNOWN, Some("+33987654321")).await;
    call(&floor, WITHHELD, None).await;

    floor.restart().await;

    let now = |contact: ContactId| {
        let floor = floor.app.floor.clone();
        async move { floor.look(move |router, _| router.contact_view(contact)).await.unwrap() }
    };
    wait::asking("the one whose number is known waits as a callback", || async {
        now(KNOWN).await.filter(|view| view.callback)
    })
    .await;
    wait::asking("the other one has left the floor", || async {
        now(WITHHELD).await.is_none().then_some(())
    })
    .await;
    wait::asking("the desk would name who it was", || async {
        let card = floor.app.cards.get(KNOWN)?;
        (card.customer.name == "+33987654321").then_some(())
    })
    .await;
    let mut records = floor.app.store.view();
    for contact in [KNOWN, WITHHELD] {
        let kept = records.call(&ClientScope::of(seed::SHARED), contact).await.unwrap().unwrap();
        assert_eq!(kept.ending.as_deref(), Some("server_restart"));
    }
}

async fn a_desk_without_a_phone_gets_no_call(engine: Engine) {
    let floor = Floor::planned(engine, Plan { calls: true, ..Plan::default() }).await;
    let anna = floor.agent("anna").await;
    assert_eq!(anna.view().me.phone.state, api::voice::PhoneState::None);
    call(&floor, KNOWN, Some("+33987654321")).await;
    let why = floor
        .app
        .floor
        .look(|router, _| router.agent_view(seed::ANNA).map(|view| view.free_on))
        .await
        .unwrap()
        .expect("Anna is known");
    assert!(why.contains(&Channel::Chat) && !why.contains(&Channel::Voice), "{why:?}");
    let view = floor.app.floor.look(|router, _| router.contact_view(KNOWN)).await.unwrap();
    assert_eq!(view.expect("it waits").offer, None);
}
