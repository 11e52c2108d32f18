//! Contacts projected from the journal, on both engines.
#![allow(clippy::unwrap_used)] // every unwrap here is an assertion

use std::time::Duration;

use domain::{
    AgentId, ClientId, ContactId, CustomerId, FloorId, Language, QueueId, Timestamp,
    contract::{Channel, ClockStart, ServiceLevelFormula, ServicePromise},
};
use routing::{
    Arrival, EndedBy, Ending, Event, Input, OfferKind, PartEnd, QueuedWhy, Stamped, TransferTarget,
};
use store::{
    ClientScope, Entry, ProviderScope, Store, StoreError,
    journal::Frame,
    records::{Contact, ContactAgent, ContactFilter},
};
use testkit::both_engines;

both_engines!(open;
    a_contact_is_told_as_it_happened,
    each_entry_counts_once_however_often_it_is_projected,
    contacts_are_found_by_what_is_known_of_them,
    two_projectors_do_not_count_twice,
);

const FLOOR: FloorId = FloorId::from_u128(1);
const P: ProviderScope = ProviderScope::granted();
const ONE: ClientScope = ClientScope::of(ClientId::from_u128(1));
const QUEUE: QueueId = QueueId::from_u128(0x9);
const OTHER: QueueId = QueueId::from_u128(0x8);
const ANNA: AgentId = AgentId::from_u128(0xa);
const BEN: AgentId = AgentId::from_u128(0xb);
const CUSTOMER: CustomerId = CustomerId::from_u128(0xcc);

async fn open(url: String) -> Store {
    Store::open(&url).await.expect("the store opens")
}

fn at(s: i64) -> Timestamp {
    Timestamp::from_secs(s)
}

fn secs(s: u64) -> Duration {
    Duration::from_secs(s)
}

/// A journal in the making.
#[derive(Default)]
struct Day(Vec<Entry>);

impl Day {
    fn add(&mut self, s: i64, input: Option<Input>, events: Vec<Event>) -> &mut Self {
        let seq = self.0.len() as u64 + 1;
        let events = events.into_iter().map(|event| Stamped { at: at(s), event }).collect();
        self.0.push(Entry { seq, at: at(s), input, events });
        self
    }

    fn arrive(&mut self, s: i64, n: u128, client: u128, customer: Option<CustomerId>) -> &mut Self {
        let (contact, client) = (ContactId::from_u128(n), ClientId::from_u128(client));
        let arrival = Arrival {
            contact,
            client,
            queue: QUEUE,
            channel: Channel::Chat,
            language: None,
            first_ring: None,
            customer,
            head_start: None,
            emergency: false,
        };
        let promise = ServicePromise {
            threshold_s: 20,
            target_percent: 80,
            formula: ServiceLevelFormula::OfOffered,
            clock: ClockStart::FirstRing,
            short_abandon_s: 5,
        };
        let arrived = Event::Arrived {
            contact,
            client,
            queue: QUEUE,
            channel: Channel::Chat,
            language: Language::FR,
            contract_version: 4,
            period: 0,
            promise,
            clock_start: at(s - 1),
        };
        let queued = Event::Queued { contact, client, queue: QUEUE, why: QueuedWhy::Arrived };
        self.add(s, Some(Input::Arrive(arrival)), vec![arrived, queued])
    }

    fn answer(&mut self, s: i64, n: u128, client: u128, agent: AgentId, first: bool) -> &mut Self {
        let (contact, client) = (ContactId::from_u128(n), ClientId::from_u128(client));
        let answered = Event::Answered {
            contact,
            client,
            queue: QUEUE,
            agent,
            wait: secs(7),
            first,
            overflow: !first,
        };
        self.add(s, Some(Input::Answer { contact, agent }), vec![answered])
    }

    fn end(&mut self, s: i64, n: u128, client: u128, ending: Ending) -> &mut Self {
        let (contact, client) = (ContactId::from_u128(n), ClientId::from_u128(client));
        let ended = Event::Ended { contact, client, queue: QUEUE, ending, wait: secs(30) };
        self.add(s, None, vec![ended])
    }

    /// Appends what is not in the journal yet, and projects it.
    async fn keep(&self, store: &Store) -> u64 {
        let mut owned = store.acquire(FLOOR).await.unwrap();
        let from = usize::try_from(owned.seq).unwrap();
        for entries in self.0[from..].chunks(3) {
            let frame = Frame::seal(&owned, entries).unwrap();
            store.append(&mut owned, &frame).await.unwrap();
        }
        store.project_contacts(FLOOR).await.unwrap()
    }
}

async fn contact(store: &Store, n: u128) -> Contact {
    store.view().contact(&ONE, ContactId::from_u128(n)).await.unwrap().unwrap()
}

fn passed_on() -> Day {
    let (contact, client) = (ContactId::from_u128(1), ClientId::from_u128(1));
    let queue = QUEUE;
    let part = |agent, talk, hold, why| Event::PartEnded {
        contact,
        client,
        queue,
        agent,
        talk: secs(talk),
        hold: secs(hold),
        why,
    };
    let wrapped = |agent, length| Event::WrapUpEnded {
        contact,
        client,
        queue,
        agent,
        length: secs(length),
        disposition: None,
    };
    let mut day = Day::default();
    day.arrive(100, 1, 1, Some(CUSTOMER)).answer(107, 1, 1, ANNA, true);
    day.add(
        150,
        Some(Input::Transfer { contact, by: ANNA, to: TransferTarget::Queue(OTHER) }),
        vec![
            Event::Transferred { contact, client, by: ANNA, to: TransferTarget::Queue(OTHER) },
            part(ANNA, 40, 3, PartEnd::Transferred),
            Event::Queued { contact, client, queue: OTHER, why: QueuedWhy::Transferred },
            Event::Offered {
                contact,
                client,
                queue: OTHER,
                agent: BEN,
                until: at(170),
                kind: OfferKind::Queue,
                decision: None,
            },
        ],
    );
    day.answer(155, 1, 1, BEN, false);
    day.add(200, None, vec![part(BEN, 45, 0, PartEnd::Ended), wrapped(ANNA, 12)]);
    day.end(200, 1, 1, Ending::Handled(EndedBy::Customer));
    day.add(230, None, vec![wrapped(BEN, 30)]);
    day
}

async fn a_contact_is_told_as_it_happened(store: Store) {
    let day = passed_on();
    assert_eq!(day.keep(&store).await, day.0.len() as u64);
    let want = Contact {
        client: ClientId::from_u128(1),
        id: ContactId::from_u128(1),
        floor: FLOOR,
        queue: OTHER,
        channel: "chat".to_owned(),
        language: Language::FR,
        contract_version: 4,
        customer: Some(CUSTOMER),
        arrived: at(100),
        clock_start: at(99),
        answered: Some(at(107)),
        ended: Some(at(200)),
        ending: Some("handled".to_owned()),
        wait: Some(secs(7)),
        agent: Some(BEN),
        overflow: false,
        first_seq: 1,
        last_seq: 7,
    };
    assert_eq!(contact(&store, 1).await, want);
    let part = |agent, answered, talk, hold, wrap_up| ContactAgent {
        contact: ContactId::from_u128(1),
        agent,
        answered: at(answered),
        talk: secs(talk),
        hold: secs(hold),
        wrap_up: secs(wrap_up),
    };
    let agents = store.view().agents_of_contact(&ONE, ContactId::from_u128(1)).await.unwrap();
    assert_eq!(agents, [part(ANNA, 107, 40, 3, 12), part(BEN, 155, 45, 0, 30)]);
    let client = store.view().client_of_contact(&P, ContactId::from_u128(1)).await.unwrap();
    assert_eq!(client, Some(ONE.client()));
}

async fn each_entry_counts_once_however_often_it_is_projected(store: Store) {
    let mut day = Day::default();
    let whole = passed_on();
    for entry in whole.0 {
        day.0.push(entry);
        let seq = day.keep(&store).await;
        assert_eq!(seq, day.0.len() as u64);
        assert_eq!(store.project_contacts(FLOOR).await.unwrap(), seq, "nothing is left to do");
    }
    let (bit_by_bit, id) = (contact(&store, 1).await, ContactId::from_u128(1));
    let agents = store.view().agents_of_contact(&ONE, id).await.unwrap();
    assert_eq!(store.rebuild_contacts(FLOOR).await.unwrap(), 7);
    assert_eq!(contact(&store, 1).await, bit_by_bit);
    assert_eq!(store.view().agents_of_contact(&ONE, id).await.unwrap(), agents);
    assert_eq!(store.view().projection_cursor(&P, "contact", FLOOR).await.unwrap(), 7);
}

async fn contacts_are_found_by_what_is_known_of_them(store: Store) {
    let mut day = Day::default();
    day.arrive(100, 1, 1, Some(CUSTOMER)).arrive(100, 2, 1, None).arrive(120, 3, 1, Some(CUSTOMER));
    day.arrive(130, 4, 2, Some(CUSTOMER)).arrive(140, 5, 1, None);
    day.answer(145, 2, 1, ANNA, true).answer(146, 3, 1, BEN, true).answer(147, 4, 2, ANNA, true);
    day.end(150, 1, 1, Ending::Abandoned).end(160, 2, 1, Ending::Handled(EndedBy::Agent));
    day.keep(&store).await;
    let ids = |contacts: Vec<Contact>| -> Vec<u128> {
        contacts.iter().map(|c| c.id.uuid().as_u128()).collect()
    };
    let all = ContactFilter::default;
    let cases: Vec<(&str, ContactFilter, Vec<u128>)> = vec![
        ("all", all(), vec![5, 3, 2, 1]),
        ("by time", ContactFilter { from: at(100), until: at(120), ..all() }, vec![2, 1]),
        ("by agent", ContactFilter { agent: Some(ANNA), ..all() }, vec![2]),
        ("by queue", ContactFilter { queue: Some(OTHER), ..all() }, vec![]),
        ("by channel", ContactFilter { channel: Some("chat".into()), ..all() }, vec![5, 3, 2, 1]),
        ("on the floor", ContactFilter { ending: Some("open".into()), ..all() }, vec![5, 3]),
        ("abandoned", ContactFilter { ending: Some("abandoned".into()), ..all() }, vec![1]),
    ];
    for (what, filter, want) in cases {
        let found = store.view().contacts(&ONE, &filter, 99).await.unwrap();
        assert_eq!(ids(found), want, "{what}");
    }
    assert_eq!(ids(store.view().contacts_of(&ONE, CUSTOMER, 99).await.unwrap()), [3, 1]);
    assert_eq!(ids(store.view().contacts_of(&ONE, CUSTOMER, 1).await.unwrap()), [3]);
    let (mut filter, mut paged) = (all(), Vec::new());
    loop {
        let page = store.view().contacts_of_all_clients(&P, &filter, 2).await.unwrap();
        let Some(last) = page.last() else { break };
        filter.before = Some((last.arrived, last.id));
        paged.extend(ids(page));
    }
    assert_eq!(paged, [5, 4, 3, 2, 1], "the page breaks between two of one instant");
    let abandoned = contact(&store, 1).await;
    assert_eq!((abandoned.answered, abandoned.wait, abandoned.agent), (None, Some(secs(30)), None));
    let before = store.view().count_contacts_of(&ONE, CUSTOMER, at(120)).await.unwrap();
    assert_eq!(before, 1);
}

async fn two_projectors_do_not_count_twice(store: Store) {
    let day = passed_on();
    day.keep(&store).await;
    let rows = contact(&store, 1).await;
    let late = store
        .tx(|tx| {
            Box::pin(async move { tx.move_projection_cursor(&P, "contact", FLOOR, 3, 7).await })
        })
        .await
        .unwrap_err();
    assert!(matches!(late, StoreError::Stale { .. }), "{late}");
    let both = tokio::join!(store.rebuild_contacts(FLOOR), store.project_contacts(FLOOR));
    for done in [both.0, both.1] {
        // One of them may find that the other was faster; neither counts anything twice.
        assert!(matches!(done, Ok(7) | Err(StoreError::Stale { .. })), "{done:?}");
    }
    store.project_contacts(FLOOR).await.unwrap();
    assert_eq!(contact(&store, 1).await, rows);
    let agents = store.view().agents_of_contact(&ONE, ContactId::from_u128(1)).await.unwrap();
    assert_eq!(agents[0].talk, secs(40));
}
