//! The demonstration's past: genuine, the same again, whole when it was cut off, and what screens need.
#![allow(clippy::unwrap_used)] // every unwrap here is an assertion

use std::time::Duration;

use demo::live_through;
use domain::{Timestamp, Zone, contract::Channel};
use routing::{AgentState, Ending, Event, Router};
use serde_json::json;
use store::{
    ProviderScope, Store,
    journal::{Entry, Frame},
    records::{ClientScope, ContactFilter, Setting},
};
use testkit::{Laws, Step, both_engines};

const SEED: u64 = 0x5a17;

/// Monday, 2 November 2026, in the morning: all of October, in which the clocks change.
fn monday() -> Timestamp {
    "2026-11-02T09:40:00Z".parse().unwrap()
}

async fn open(url: String) -> Store {
    Store::open(&url).await.expect("the store opens")
}

both_engines!(open;
    the_past_is_genuine_and_leaves_a_floor_that_can_open,
);

async fn journal(store: &Store) -> Vec<Entry> {
    let floors = store.floors().await.unwrap();
    assert_eq!(floors.len(), 1);
    let (mut reader, mut all) = (store.read_journal(floors[0], 1), Vec::new());
    while let Some(entries) = reader.next().await.unwrap() {
        all.extend(entries);
    }
    all
}

async fn the_past_is_genuine_and_leaves_a_floor_that_can_open(store: Store) {
    demo::seed(&store, monday(), "no hash").await.unwrap();
    let past = live_through(&store, monday(), SEED, None).await.unwrap().expect("a new past");
    assert_eq!(live_through(&store, monday(), SEED, None).await.unwrap(), None, "a second one");
    let entries = journal(&store).await;
    assert_eq!(entries.len(), past.entries);

    // The router decides the same again, and in the end nobody waits and everybody has gone home.
    let mut router = Router::new();
    for entry in &entries {
        match &entry.input {
            Some(input) => router.handle(entry.at, input.clone()).unwrap(),
            None => router.advance(entry.at),
        }
        let events: Vec<_> = std::iter::from_fn(|| router.next_event()).collect();
        assert_eq!(events, entry.events, "entry {}", entry.seq);
    }
    assert_eq!(router.contacts().count(), 0);
    assert!(router.agents().all(|view| view.state == AgentState::SignedOut));
    let last = entries.last().unwrap().at;
    assert!(last < monday() && monday().since(last) < Duration::from_secs(7_200), "{last}");

    // The laws hold, and it looks like a contact centre: busy in the morning, quiet on Sundays.
    let mut laws = Laws::new();
    for entry in &entries {
        let at = entry.at;
        if let Some(input) = entry.input.clone() {
            laws.watch(&Step::Accepted { at, input: Box::new(input) });
        }
        for event in entry.events.clone() {
            laws.watch(&Step::Event(Box::new(event)));
        }
        laws.watch(&Step::Settled { at });
        assert!(laws.violations().is_empty(), "entry {}: {:?}", entry.seq, laws.violations());
    }
    let paris = Zone::get("Europe/Paris").unwrap();
    let (mut arrived, mut answered, mut left) = ([0u32; 2], 0u32, 0u32);
    let mut by_client = std::collections::BTreeMap::new();
    let (mut morning, mut night, mut weekdays, mut sundays) = (0u32, 0u32, 0u32, 0u32);
    for stamped in entries.iter().flat_map(|entry| &entry.events) {
        match &stamped.event {
            Event::Arrived { channel, .. } => {
                arrived[usize::from(*channel == Channel::Voice)] += 1;
                let (day, minute) = paris.minute_at(stamped.at);
                let weekday = day.weekday() as usize;
                morning += u32::from((600..660).contains(&minute));
                night += u32::from((180..240).contains(&minute));
                weekdays += u32::from(weekday < 5);
                sundays += u32::from(weekday == 6);
            }
            Event::Answered { first: true, .. } => answered += 1,
            Event::Ended { client, ending, .. } => {
                let gone = matches!(ending, Ending::Abandoned | Ending::ShortAbandoned);
                left += u32::from(gone);
                let of = by_client.entry(*client).or_insert((0u32, 0u32));
                *of = (of.0 + 1, of.1 + u32::from(gone));
            }
            _ => {}
        }
    }
    let all = arrived[0] + arrived[1];
    assert_eq!(all as usize, past.contacts);
    assert_eq!(answered + left, all);
    assert!(all > 5_000 && arrived.iter().all(|of| *of > all / 8), "{arrived:?}");
    println!("{} entries, {arrived:?} arrived, {by_client:?} came and left", entries.len());
    assert!(by_client.values().all(|(came, gone)| gone * 10 <= *came), "{by_client:?}");
    assert!(left > all / 100 && left < all / 5, "{left} of {all} left");
    assert!(
        morning > night * 10 && weekdays / 5 > sundays,
        "{morning} {night} {weekdays} {sundays}"
    );

    // Every contact has its records: card, and what was said or who called.
    let view = &mut store.view();
    let scope = ProviderScope::granted();
    let mut cards = 0;
    for client in view.clients(&scope, None, None, 10).await.unwrap() {
        let scope = ClientScope::of(client.id);
        let filter = ContactFilter::default();
        let contacts = view.contact_lines(&scope, &filter, 500).await.unwrap().lines;
        for contact in contacts[..20].iter().map(|line| &line.contact) {
            assert!(contact.ended.is_some() && contact.customer.is_some());
            let customer = view.customer(&scope, contact.customer.unwrap()).await.unwrap();
            assert!(customer.unwrap().name.is_some_and(|name| name.contains(' ')));
            let call = view.call(&scope, contact.id).await.unwrap();
            let written = view.conversation_of_contact(&scope, contact.id).await.unwrap();
            assert_eq!(call.is_some(), contact.channel == "voice");
            assert_eq!(written.is_some(), contact.channel == "chat");
            if let Some(written) = written {
                let messages = view.messages(&scope, written.id, 0, 100).await.unwrap();
                assert_eq!(messages.len() as u64, written.last_seq);
            }
        }
        cards += contacts.len();
    }
    assert_eq!(cards, 1_500, "as many as were asked for");
}

#[tokio::test]
async fn a_past_that_was_cut_off_is_carried_on_to_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| folder.path().join(name);
    let url = |name: &str| format!("sqlite://{}", file(name).display());
    let store = Store::open(&url("a.db")).await.unwrap();
    demo::seed(&store, monday(), "no hash").await.unwrap();
    store.close().await;
    std::fs::copy(file("a.db"), file("b.db")).unwrap();
    let other = Store::open(&url("b.db")).await.unwrap();
    live_through(&other, monday(), SEED, None).await.unwrap().expect("a new past");
    let whole = journal(&other).await;
    other.close().await;

    // What the store held when the power went: the same journal, cut in its middle.
    let store = Store::open(&url("a.db")).await.unwrap();
    let half = whole.len() / 2;
    let mut owned = store.acquire(domain::FloorId::from_u128(1)).await.unwrap();
    for entries in whole[..half].chunks(700) {
        let frame = Frame::seal(&owned, entries).unwrap();
        store.append(&mut owned, &frame).await.unwrap();
    }
    let value = json!({ "until_us": monday().micros(), "whole": false });
    let begun = Setting { key: "demo_past".to_owned(), value, version: 0 };
    store
        .tx(move |tx| {
            Box::pin(async move { tx.save_setting(&ProviderScope::granted(), &begun).await })
        })
        .await
        .unwrap();
    // Begun again a little later: the past is still the one that was begun.
    let later = monday() + Duration::from_secs(600);
    live_through(&store, later, SEED, None).await.unwrap().expect("carried on");
    assert_eq!(journal(&store).await, whole);
    assert_eq!(live_through(&store, later, SEED, None).await.unwrap(), None);
}
