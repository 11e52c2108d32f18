//! Contacts projected from the journal, on both engines.
#![allow(clippy::unwrap_used)] // every unwrap here is an assertion

use std::time::Duration;

use domain::{
    AgentId, ClientId, ContactId, ConversationId, CustomerId, DispositionId, FloorId, Language,
    MessageId, QueueId, RecordingId, Timestamp,
    contract::{Channel, ClockStart, ServiceLevelFormula, ServicePromise},
};
use routing::{
    Arrival, EndedBy, Ending, Event, Input, OfferKind, PartEnd, QueuedWhy, Stamped, TransferTarget,
};
use store::{
    ClientScope, Entry, ProviderScope, Store, StoreError,
    journal::Frame,
    records::{
        Agent, Author, Call, CallDirection, Client, ClientStatus, Contact, ContactAgent,
        ContactFilter, ContactLine, ContactLines, Conversation, ConversationState, Customer,
        DispositionGiven, FollowUp, FollowUpFilter, FollowUpOutcome, LOOKED_THROUGH, NewMessage,
        Recording, RecordingKind, RecordingStatus,
    },
};
use testkit::both_engines;
use uuid::Uuid;

both_engines!(open;
    a_contact_is_told_as_it_happened,
    each_entry_counts_once_however_often_it_is_projected,
    contacts_are_found_by_what_is_known_of_them,
    a_lost_contact_is_work_until_its_customer_is_reached,
    two_projectors_do_not_count_twice,
    a_line_says_who_it_was_and_what_it_came_to,
    a_search_goes_on_where_it_stopped_looking,
);

const PROMISE: ServicePromise = ServicePromise {
    threshold_s: 20,
    target_percent: 80,
    formula: ServiceLevelFormula::OfOffered,
    clock: ClockStart::FirstRing,
    short_abandon_s: 5,
};
const FLOOR: FloorId = FloorId::from_u128(1);
const P: ProviderScope = ProviderScope::granted();
const ONE: ClientScope = ClientScope::of(ClientId::from_u128(1));
const TWO: ClientScope = ClientScope::of(ClientId::from_u128(2));
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
        let arrived = Event::Arrived {
            contact,
            client,
            queue: QUEUE,
            channel: Channel::Chat,
            language: Language::FR,
            contract_version: 4,
            period: 0,
            promise: PROMISE,
            clock_start: at(s - 1),
            first_ring: None,
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
        by_callback: false,
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
        let found = store.view().contact_lines(&ONE, &filter, 99).await.unwrap();
        assert_eq!(ids(contacts(found)), want, "{what}");
    }
    assert_eq!(ids(store.view().contacts_of(&ONE, CUSTOMER, 99).await.unwrap()), [3, 1]);
    assert_eq!(ids(store.view().contacts_of(&ONE, CUSTOMER, 1).await.unwrap()), [3]);
    let (mut filter, mut paged) = (all(), Vec::new());
    loop {
        let page = store.view().contact_lines_of_all_clients(&P, &filter, 2).await.unwrap();
        let next = page.next;
        paged.extend(ids(contacts(page)));
        let Some(next) = next else { break };
        filter.before = Some(next);
    }
    assert_eq!(paged, [5, 4, 3, 2, 1], "the page breaks between two of one instant");
    let abandoned = contact(&store, 1).await;
    assert_eq!((abandoned.answered, abandoned.wait, abandoned.agent), (None, Some(secs(30)), None));
    let before = store.view().count_contacts_of(&ONE, CUSTOMER, at(120)).await.unwrap();
    assert_eq!(before, 1);
}

/// A call of the first client, as telephony keeps it before the contact arrives.
async fn call_from(store: &Store, n: u128, number: Option<&str>, direction: CallDirection) {
    let call = Call {
        client: ONE.client(),
        contact: ContactId::from_u128(n),
        direction,
        trunk: None,
        number: number.map(str::to_owned),
        dialled: None,
        started: at(1),
        ended: None,
        ending: None,
    };
    store.tx(move |tx| Box::pin(async move { tx.start_call(&ONE, &call).await })).await.unwrap();
}

/// The follow-ups of the first client, newest first: contact, outcome, and the contact that closed it.
async fn followed(store: &Store, filter: &FollowUpFilter) -> Vec<(u128, &'static str, u128)> {
    let word = |row: &FollowUp| match (row.outcome, row.taken_by) {
        (Some(FollowUpOutcome::Reached), _) => "reached",
        (Some(FollowUpOutcome::Excused), _) => "excused",
        (Some(FollowUpOutcome::Again), _) => "again",
        (None, Some(_)) => "taken",
        (None, None) => "open",
    };
    let rows = store.view().follow_ups(&ONE, filter, 99).await.unwrap();
    let by = |row: &FollowUp| row.by_contact.map_or(0, |by| by.uuid().as_u128());
    rows.iter().map(|row| (row.contact.uuid().as_u128(), word(row), by(row))).collect()
}

async fn a_lost_contact_is_work_until_its_customer_is_reached(store: Store) {
    const HERS: &str = "+33612345678";
    let inbound = CallDirection::Inbound;
    let client = store
        .tx(|tx| Box::pin(async move { tx.create_client(&P, &client_of(ONE.client())).await }));
    client.await.unwrap();
    for n in [1, 2, 3, 7] {
        call_from(&store, n, Some(HERS), inbound).await;
    }
    call_from(&store, 4, None, inbound).await;
    call_from(&store, 5, Some("+33700000000"), inbound).await;
    call_from(&store, 6, Some("+33711111111"), inbound).await;
    call_from(&store, 8, Some(HERS), CallDirection::Outbound).await;
    let mut day = Day::default();
    // She leaves twice; a number that is withheld and who leaves at once are no work, nor is the open one.
    day.arrive(100, 1, 1, None).end(130, 1, 1, Ending::Abandoned);
    day.arrive(140, 2, 1, None).end(170, 2, 1, Ending::QueueFull);
    day.arrive(180, 4, 1, None).end(210, 4, 1, Ending::Abandoned);
    day.arrive(220, 5, 1, None).end(222, 5, 1, Ending::ShortAbandoned);
    day.arrive(230, 6, 1, None).end(260, 6, 1, Ending::Abandoned);
    day.keep(&store).await;
    let all = FollowUpFilter::default;
    let open = FollowUpFilter { open: true, ..all() };
    assert_eq!(followed(&store, &all()).await, [(6, "open", 0), (2, "open", 0), (1, "again", 2)]);
    assert_eq!(followed(&store, &open).await, [(6, "open", 0), (2, "open", 0)]);
    let count = async |from| store.view().count_open_follow_ups(&ONE, from).await.unwrap();
    assert_eq!((count(at(0)).await, count(at(200)).await), (2, 1));
    let of_all = async |agent| {
        let mut view = store.view();
        let rows = view.follow_ups_of_all_clients(&P, agent, &open, 99).await.unwrap();
        let n = view.count_open_follow_ups_of_all_clients(&P, agent, at(0)).await.unwrap();
        (rows.len(), n)
    };
    assert_eq!(of_all(None).await, (2, 2));
    assert_eq!(of_all(Some(ANNA)).await, (0, 0), "she is signed off for nobody");
    for (words, found) in [("612 34", 1), ("06 12 34 56 78", 1), ("nobody", 0)] {
        let filter = FollowUpFilter { words: Some(words.to_owned()), ..open.clone() };
        assert_eq!(followed(&store, &filter).await.len(), found, "{words}");
    }
    let page = FollowUpFilter { before: Some((at(260), ContactId::from_u128(6))), ..all() };
    assert_eq!(followed(&store, &page).await, [(2, "open", 0), (1, "again", 2)]);

    // One agent has it; another one is late.
    let two = ContactId::from_u128(2);
    let take = async |agent| {
        let taken =
            store.tx(move |tx| Box::pin(async move { tx.take_follow_up(&ONE, two, agent).await }));
        taken.await
    };
    take(ANNA).await.unwrap();
    take(ANNA).await.unwrap();
    assert!(matches!(take(BEN).await, Err(StoreError::Stale { .. })));
    // She is answered on her next call, which closes what Anna has.
    day.arrive(300, 3, 1, None).answer(310, 3, 1, BEN, true);
    day.keep(&store).await;
    assert_eq!(followed(&store, &all()).await[1], (2, "reached", 3));
    assert_eq!(count(at(0)).await, 1);
    // Taken up again, what is known by then does not close it, however often it is projected.
    let resume = async |at| {
        let resumed =
            store.tx(move |tx| Box::pin(async move { tx.resume_follow_up(&ONE, two, at).await }));
        resumed.await
    };
    resume(at(320)).await.unwrap();
    store.rebuild_contacts(FLOOR).await.unwrap();
    assert_eq!(
        followed(&store, &all()).await,
        [(6, "open", 0), (2, "taken", 0), (1, "again", 2)],
        "projected anew, it stands as it stood"
    );
    // A call to her number that she answers does.
    let (contact, client) = (ContactId::from_u128(8), ONE.client());
    day.add(400, None, vec![called_out(contact, client)]);
    day.add(410, None, vec![Event::CustomerAnswered { contact, client }]);
    day.keep(&store).await;
    assert_eq!(followed(&store, &all()).await[1], (2, "reached", 8));
    // An agent who takes a callback has reached nobody yet.
    day.arrive(420, 7, 1, None);
    let (contact, client) = (ContactId::from_u128(7), ONE.client());
    day.add(425, None, vec![Event::CallbackPromised { contact, client }]);
    resume(at(415)).await.unwrap();
    day.answer(430, 7, 1, BEN, true).keep(&store).await;
    assert_eq!(followed(&store, &all()).await[1], (2, "taken", 0));
    day.add(440, None, vec![Event::CustomerAnswered { contact, client }]).keep(&store).await;
    assert_eq!(followed(&store, &all()).await[1], (2, "reached", 7));
    // Closed by hand, with a note; the words are kept when it is taken back.
    let six = ContactId::from_u128(6);
    let close = store.tx(move |tx| {
        Box::pin(async move {
            let excused = FollowUpOutcome::Excused;
            tx.close_follow_up(&ONE, six, BEN, excused, "A fax machine.", at(500)).await
        })
    });
    close.await.unwrap();
    let kept = store.view().follow_up(&ONE, six).await.unwrap().unwrap();
    assert_eq!((kept.note.as_deref(), kept.closed), (Some("A fax machine."), Some(at(500))));
    assert_eq!((kept.taken_by, kept.ending.as_str()), (Some(BEN), "abandoned"));
    assert_eq!(count(at(0)).await, 0);
    // Another client sees nothing of it.
    let two_sees = store.view().follow_ups(&TWO, &all(), 99).await.unwrap();
    assert!(two_sees.is_empty());
    assert!(store.view().follow_up(&TWO, six).await.unwrap().is_none());
}

fn called_out(contact: ContactId, client: ClientId) -> Event {
    Event::CalledOut {
        contact,
        client,
        queue: QUEUE,
        agent: ANNA,
        language: Language::FR,
        contract_version: 4,
        period: 0,
        promise: PROMISE,
    }
}

fn contacts(page: ContactLines) -> Vec<Contact> {
    page.lines.into_iter().map(|line| line.contact).collect()
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

fn agent_named(id: AgentId, name: &str) -> Agent {
    Agent {
        id,
        name: name.to_owned(),
        alias: name.to_owned(),
        team: None,
        site: None,
        languages: vec![],
        channels: vec![],
        pools: vec![],
        skills: vec![],
        clients: vec![],
        disabled: false,
        version: 1,
    }
}

fn client_of(id: ClientId) -> Client {
    Client {
        id,
        name: id.to_string(),
        initials: "C".to_owned(),
        hue: 0,
        status: ClientStatus::Live,
        zone: "Europe/Paris".to_owned(),
        created: at(0),
        version: 1,
    }
}

/// Two clients, each with a written contact of a customer (1 and 4) and a call (2 and 5); contact 3 of
/// the first client has nothing beside it.
async fn two_houses(store: &Store) {
    let mut day = Day::default();
    day.arrive(100, 1, 1, None).arrive(110, 2, 1, None).arrive(120, 3, 1, None);
    day.arrive(130, 4, 2, None).arrive(140, 5, 2, None);
    day.answer(150, 1, 1, ANNA, true).answer(151, 1, 1, BEN, false).answer(152, 4, 2, BEN, true);
    day.keep(store).await;
    let work = store.tx(|tx| {
        Box::pin(async move {
            for (n, name, said, number) in [
                (1, "Élodie Martin", "Ma facture est fausse", "+33612345678"),
                (2, "Bob", "Nothing is wrong", "+33999999999"),
            ] {
                let client = ClientId::from_u128(n);
                let scope = ClientScope::of(client);
                let name = Some(name.to_owned());
                tx.create_client(&P, &client_of(client)).await?;
                let customer = CustomerId::from_u128(n);
                let known = Customer {
                    client,
                    id: customer,
                    external_id: None,
                    verified: false,
                    name,
                    email: None,
                    language: None,
                    created: at(0),
                    seen: at(0),
                };
                tx.save_customer(&scope, &known).await?;
                let first = 3 * n - 2;
                let conversation = Conversation {
                    client,
                    id: ConversationId::from_u128(n),
                    contact: ContactId::from_u128(first),
                    customer,
                    widget: None,
                    queue: QUEUE,
                    language: Language::FR,
                    page: None,
                    state: ConversationState::Ended,
                    agent: None,
                    started: at(100),
                    ended: Some(at(200)),
                    last_seq: 1,
                    customer_delivered: 1,
                    customer_read: 1,
                    agent_read: 1,
                };
                let message = NewMessage {
                    conversation: conversation.id,
                    id: MessageId::from_u128(n),
                    client_message_id: Uuid::from_u128(n),
                    author: Author::Customer,
                    agent: None,
                    author_name: String::new(),
                    body: said.to_owned(),
                    attachment: None,
                    at: at(101),
                };
                tx.keep_conversation(&scope, &conversation, &[message]).await?;
                let call = Call {
                    client,
                    contact: ContactId::from_u128(first + 1),
                    direction: CallDirection::Inbound,
                    trunk: None,
                    number: Some(number.to_owned()),
                    dialled: None,
                    started: at(110),
                    ended: None,
                    ending: None,
                };
                tx.start_call(&scope, &call).await?;
                let recording = Recording {
                    client,
                    id: RecordingId::from_u128(n),
                    contact: call.contact,
                    kind: RecordingKind::Call,
                    path: "x".to_owned(),
                    started: at(110),
                    length: None,
                    bytes: None,
                    hash: None,
                    status: RecordingStatus::Writing,
                    kept_until: None,
                };
                tx.start_recording(&scope, &recording).await?;
            }
            Ok(())
        })
    });
    work.await.unwrap();
}

async fn a_line_says_who_it_was_and_what_it_came_to(store: Store) {
    two_houses(&store).await;
    let all = ContactFilter::default();
    let page = store.view().contact_lines(&ONE, &all, 9).await.unwrap();
    let told = |line: &ContactLine| {
        let id = line.contact.id.uuid().as_u128();
        (id, line.customer.clone(), line.agents.clone(), line.recorded, line.conversation.is_some())
    };
    let want = [
        (3, None, vec![], false, false),
        // A number stands for whoever calls; these contacts came as chats.
        (2, None, vec![], true, false),
        (1, Some("Élodie Martin".to_owned()), vec![ANNA, BEN], false, true),
    ];
    assert_eq!(page.lines.iter().map(told).collect::<Vec<_>>(), want);
    assert_eq!(page.next, None);
    let search = async |words: &str| -> Vec<u128> {
        let filter = ContactFilter { words: Some(words.to_owned()), ..all.clone() };
        let found = store.view().contact_lines(&ONE, &filter, 9).await.unwrap();
        found.lines.iter().map(|line| line.contact.id.uuid().as_u128()).collect()
    };
    for (words, want) in [
        ("elodie", vec![1]),
        ("FACTURE", vec![1]),
        ("06 12 34", vec![2]),
        ("+33612345678", vec![2]),
        ("nothing", vec![]),
        ("bob", vec![]),
        ("%", vec![]),
        ("  ", vec![3, 2, 1]),
    ] {
        assert_eq!(search(words).await, want, "{words}");
    }
    let recorded = ContactFilter { recorded: true, ..all.clone() };
    let found = store.view().contact_lines_of_all_clients(&P, &recorded, 9).await.unwrap();
    assert_eq!(found.lines.iter().map(|l| told(l).0).collect::<Vec<_>>(), [5, 2]);
    // The last agent who said so; one who said nothing does not count.
    let said = |agent, n: Option<u128>, s| DispositionGiven {
        contact: ContactId::from_u128(1),
        agent,
        disposition: n.map(DispositionId::from_u128),
        note: String::new(),
        at: at(s),
    };
    let office = store.tx(move |tx| {
        Box::pin(async move {
            for (agent, name) in [(ANNA, "Anna"), (BEN, "Ben")] {
                tx.create_agent(&P, &agent_named(agent, name)).await?;
            }
            tx.give_disposition(&ONE, &said(ANNA, Some(7), 160)).await?;
            tx.give_disposition(&ONE, &said(BEN, None, 170)).await
        })
    });
    office.await.unwrap();
    let page = store.view().contact_lines(&ONE, &all, 9).await.unwrap();
    assert_eq!(page.lines[2].disposition, Some(DispositionId::from_u128(7)));
    assert_eq!(page.lines[1].disposition, None);
}

async fn a_search_goes_on_where_it_stopped_looking(store: Store) {
    two_houses(&store).await;
    let mut owned = store.acquire(FLOOR).await.unwrap();
    let mut later = Day::default();
    for n in 0..i64::from(LOOKED_THROUGH) {
        later.arrive(1_000 + n, 100 + n.unsigned_abs() as u128, 1, None);
    }
    let mut seq = owned.seq;
    for entries in later.0.chunks_mut(1_000) {
        for entry in &mut *entries {
            seq += 1;
            entry.seq = seq;
        }
        let frame = Frame::seal(&owned, entries).unwrap();
        store.append(&mut owned, &frame).await.unwrap();
    }
    store.project_contacts(FLOOR).await.unwrap();
    let mut filter = ContactFilter { words: Some("elodie".into()), ..ContactFilter::default() };
    let first = store.view().contact_lines(&ONE, &filter, 9).await.unwrap();
    assert_eq!(first.lines, []);
    assert_eq!(first.next, Some((at(1_000), ContactId::from_u128(100))));
    filter.before = first.next;
    let second = store.view().contact_lines(&ONE, &filter, 9).await.unwrap();
    assert_eq!((contacts(second.clone())[0].id, second.next), (ContactId::from_u128(1), None));
    // A page that is full goes on after its last line.
    filter = ContactFilter { words: None, before: None, ..filter };
    let page = store.view().contact_lines(&ONE, &filter, 2).await.unwrap();
    let last = &page.lines[1].contact;
    assert_eq!(page.next, Some((last.arrived, last.id)));
}
