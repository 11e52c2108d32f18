//! Customers and what is said: conversations, messages, files, drafts.

use testkit::both_engines;

use super::*;

both_engines!(open;
    what_is_known_of_a_customer_grows,
    customers_are_found_by_any_part_of_their_name,
    a_conversation_goes_through_its_states,
    a_message_sent_twice_is_kept_once,
    messages_sent_at_once_are_numbered_without_a_gap,
    read_marks_never_go_back,
    messages_are_found_by_their_words,
    files_belong_to_their_conversation,
    a_message_left_is_work_until_done,
    messages_left_are_listed_over_the_clients_of_an_agent,
    drafts_and_dispositions_are_kept_by_agent,
    a_failed_unit_of_work_leaves_nothing,
    nothing_of_another_client_is_seen_or_referred_to,
);

async fn what_is_known_of_a_customer_grows(store: Store) {
    let mut known = customer(1);
    known.external_id = Some("u-77".to_owned());
    known.verified = true;
    known.name = Some("Élodie Martin".to_owned());
    let save = known.clone();
    write!(store, |tx| tx.save_customer(&ONE, &save)).unwrap();
    let later = Customer {
        name: None,
        email: Some("elodie@example.org".parse().unwrap()),
        seen: at(99),
        ..known.clone()
    };
    write!(store, |tx| tx.save_customer(&ONE, &later)).unwrap();
    let mut view = store.view();
    let now = view.customer_by_external_id(&ONE, "u-77", true).await.unwrap().unwrap();
    assert_eq!(now.name.as_deref(), Some("Élodie Martin"));
    assert_eq!((now.email.is_some(), now.seen, now.created), (true, at(99), at(10)));
    assert_eq!(view.customer_by_external_id(&ONE, "u-77", false).await.unwrap(), None);
    let twin = Customer { id: CustomerId::from_u128(55), ..known };
    assert!(write!(store, |tx| tx.save_customer(&ONE, &twin)).is_err());
    assert!(!format!("{now:?}").contains("lodie"));
}

async fn customers_are_found_by_any_part_of_their_name(store: Store) {
    for (n, name) in [(11, "Zoë Überall"), (12, "zoe 100%"), (13, "Иван Ёлкин")] {
        let new = Customer {
            id: CustomerId::from_u128(n),
            name: Some(name.to_owned()),
            seen: at(i64::try_from(n).unwrap()),
            ..customer(1)
        };
        write!(store, |tx| tx.save_customer(&ONE, &new)).unwrap();
    }
    for (text, want) in [("ZOE", vec![12, 11]), ("елк", vec![13]), ("0%", vec![12]), ("x", vec![])]
    {
        let found = store.view().search_customers(&ONE, text, None, 9).await.unwrap();
        let ids: Vec<u128> = found.iter().map(|c| c.id.uuid().as_u128()).collect();
        assert_eq!(ids, want, "{text}");
        assert!(store.view().search_customers(&TWO, text, None, 9).await.unwrap().is_empty());
    }
    let after = Some((at(12), CustomerId::from_u128(12)));
    let next = store.view().search_customers(&ONE, "zoe", after, 9).await.unwrap();
    assert_eq!(next.len(), 1);
}

async fn started(store: &Store, client: u128, n: u128) -> Conversation {
    let new = conversation(client, n);
    let scope = ClientScope::of(new.client);
    let keep = new.clone();
    write!(store, |tx| tx.start_conversation(&scope, &keep)).unwrap();
    new
}

async fn a_conversation_goes_through_its_states(store: Store) {
    let first = started(&store, 1, 1).await;
    let mut view = store.view();
    assert_eq!(view.conversation(&ONE, first.id).await.unwrap(), Some(first.clone()));
    assert_eq!(
        view.conversation_of_contact(&ONE, first.contact).await.unwrap(),
        Some(first.clone())
    );
    let open = view.open_conversation_of(&ONE, first.customer).await.unwrap();
    assert_eq!(open, Some(first.clone()));
    let id = first.id;
    use ConversationState as S;
    write!(store, |tx| tx.set_conversation(&ONE, id, S::WithAgent, Some(ANNA), None)).unwrap();
    assert_eq!(view.open_conversations(&ONE).await.unwrap().len(), 1);
    write!(store, |tx| tx.set_conversation(&ONE, id, S::Ended, None, Some(at(500)))).unwrap();
    let now = view.conversation(&ONE, id).await.unwrap().unwrap();
    assert_eq!((now.state, now.agent, now.ended), (S::Ended, Some(ANNA), Some(at(500))));
    assert_eq!(view.open_conversation_of(&ONE, first.customer).await.unwrap(), None);
    assert!(view.open_conversations(&ONE).await.unwrap().is_empty());
    for n in 2..=4 {
        started(&store, 1, n).await;
    }
    let page = view.conversations_of(&ONE, first.customer, None, 3).await.unwrap();
    let ids: Vec<u128> = page.iter().map(|c| c.id.uuid().as_u128()).collect();
    assert_eq!(ids, [4, 3, 2]);
    let before = page.last().map(|c| (c.started, c.id));
    assert_eq!(view.conversations_of(&ONE, first.customer, before, 3).await.unwrap(), [now]);
    let twin = Conversation { id: ConversationId::from_u128(9), ..conversation(1, 1) };
    assert!(write!(store, |tx| tx.start_conversation(&ONE, &twin)).is_err(), "one per contact");
}

async fn a_message_sent_twice_is_kept_once(store: Store) {
    started(&store, 1, 1).await;
    let kept = write!(store, |tx| tx.append_message(&ONE, &message(1, 1, Author::Customer, "Hi")))
        .unwrap();
    assert_eq!((kept.seq, kept.repeated), (1, false));
    let mut again = message(1, 1, Author::Customer, "Hi");
    again.id = MessageId::from_u128(0xdead);
    again.at = at(9_999);
    let repeat = write!(store, |tx| tx.append_message(&ONE, &again)).unwrap();
    assert_eq!(repeat, KeptMessage { repeated: true, ..kept });
    // The same id from the other side is another message.
    let other = write!(store, |tx| tx.append_message(&ONE, &message(1, 1, Author::Agent, "Hello")))
        .unwrap();
    assert_eq!((other.seq, other.repeated), (2, false));
    let messages = store.view().messages(&ONE, ConversationId::from_u128(1), 0, 9).await.unwrap();
    assert_eq!(messages.iter().map(|m| m.body.as_str()).collect::<Vec<_>>(), ["Hi", "Hello"]);
    assert_eq!((messages[0].at, messages[1].agent), (at(1_001), Some(ANNA)));
    let after = store.view().messages(&ONE, ConversationId::from_u128(1), 1, 9).await.unwrap();
    assert_eq!(after, messages[1..]);
    let lost = message(404, 1, Author::Customer, "?");
    let error = write!(store, |tx| tx.append_message(&ONE, &lost)).unwrap_err();
    assert!(matches!(error, StoreError::MissingReference { .. }), "{error}");
}

async fn messages_sent_at_once_are_numbered_without_a_gap(store: Store) {
    started(&store, 1, 1).await;
    let mut tasks = Vec::new();
    for n in 0..40_u128 {
        // Each message twice, at once.
        let (store, message) = (store.clone(), message(1, n / 2, Author::Customer, "again"));
        tasks.push(tokio::spawn(async move {
            write!(store, |tx| tx.append_message(&ONE, &message)).unwrap()
        }));
    }
    let mut repeats = 0;
    for task in tasks {
        repeats += u32::from(task.await.unwrap().repeated);
    }
    assert_eq!(repeats, 20);
    let messages = store.view().messages(&ONE, ConversationId::from_u128(1), 0, 99).await.unwrap();
    assert!(messages.iter().map(|m| m.seq).eq(1..=20));
    let conversation = store.view().conversation(&ONE, ConversationId::from_u128(1)).await.unwrap();
    assert_eq!(conversation.unwrap().last_seq, 20);
}

async fn read_marks_never_go_back(store: Store) {
    let id = started(&store, 1, 1).await.id;
    for n in 1..=5 {
        write!(store, |tx| tx.append_message(&ONE, &message(1, n, Author::Agent, "x"))).unwrap();
    }
    let marks = async || {
        let c = store.view().conversation(&ONE, id).await.unwrap().unwrap();
        (c.customer_delivered, c.customer_read, c.agent_read)
    };
    write!(store, |tx| tx.mark_delivered(&ONE, id, 4)).unwrap();
    write!(store, |tx| tx.mark_read(&ONE, id, Reader::Customer, 3)).unwrap();
    assert_eq!(marks().await, (4, 3, 0));
    write!(store, |tx| tx.mark_read(&ONE, id, Reader::Customer, 2)).unwrap();
    write!(store, |tx| tx.mark_read(&ONE, id, Reader::Agent, 99)).unwrap();
    assert_eq!(marks().await, (4, 3, 0), "neither back nor past the end");
    write!(store, |tx| tx.mark_read(&ONE, id, Reader::Customer, 5)).unwrap();
    write!(store, |tx| tx.mark_read(&ONE, id, Reader::Agent, 1)).unwrap();
    write!(store, |tx| tx.mark_delivered(&ONE, id, 1)).unwrap();
    assert_eq!(marks().await, (5, 5, 1));
}

async fn messages_are_found_by_their_words(store: Store) {
    started(&store, 1, 1).await;
    for (n, body) in [(1, "Où est ma FACTURE ?"), (2, "La chambre 12_b"), (3, "facture payée")] {
        let new = message(1, n, Author::Customer, body);
        write!(store, |tx| tx.append_message(&ONE, &new)).unwrap();
    }
    let found = async |text: &str, from, until| {
        let found = store.view().search_messages(&ONE, text, at(from), at(until), 9).await.unwrap();
        found.iter().map(|m| m.seq).collect::<Vec<_>>()
    };
    assert_eq!(found("facture", 0, 9_999).await, [3, 1]);
    assert_eq!(found("PAYEE", 0, 9_999).await, [3]);
    assert_eq!(found("facture", 1_002, 1_003).await, [] as [u64; 0]);
    assert_eq!(found("12_b", 0, 9_999).await, [2]);
    assert_eq!(found("_", 0, 9_999).await, [2], "taken literally");
    let other = store.view().search_messages(&TWO, "facture", at(0), at(9_999), 9).await.unwrap();
    assert!(other.is_empty());
}

async fn files_belong_to_their_conversation(store: Store) {
    let id = started(&store, 1, 1).await.id;
    let file = Attachment {
        client: ONE.client(),
        id: AttachmentId::from_u128(1),
        conversation: None,
        name: "plan.pdf".to_owned(),
        content_type: "application/pdf".to_owned(),
        bytes: 1_234,
        hash: [7; 32],
        file: "3f2a".to_owned(),
        by_customer: true,
        at: at(20),
    };
    let new = file.clone();
    write!(store, |tx| tx.create_attachment(&ONE, &new)).unwrap();
    assert_eq!(store.view().attachment(&ONE, file.id).await.unwrap(), Some(file.clone()));
    assert_eq!(store.view().attachment(&TWO, file.id).await.unwrap(), None);
    let mut with_file = message(1, 1, Author::Customer, "");
    with_file.attachment = Some(file.id);
    write!(store, |tx| tx.append_message(&ONE, &with_file)).unwrap();
    let sent = Attachment { conversation: Some(id), ..file };
    assert_eq!(store.view().attachments_of(&ONE, id).await.unwrap(), [sent]);
    let mut stray = message(1, 2, Author::Customer, "");
    stray.attachment = Some(AttachmentId::from_u128(404));
    assert!(write!(store, |tx| tx.append_message(&ONE, &stray)).is_err());
    let conversation = store.view().conversation(&ONE, id).await.unwrap().unwrap();
    assert_eq!(conversation.last_seq, 1, "the number went back with the message");
}

async fn a_message_left_is_work_until_done(store: Store) {
    let left = offline(ONE, 1);
    let first = left.clone();
    assert!(write!(store, |tx| tx.leave_message(&ONE, &first)).unwrap());
    let repeat = OfflineMessage { id: MessageId::from_u128(2), ..left.clone() };
    assert!(!write!(store, |tx| tx.leave_message(&ONE, &repeat)).unwrap());
    let mut view = store.view();
    assert_eq!(
        view.offline_messages(&ONE, &open_only(true), 9).await.unwrap().rows,
        std::slice::from_ref(&left)
    );
    let id = left.id;
    write!(store, |tx| tx.take_offline_message(&ONE, id, ANNA)).unwrap();
    assert!(write!(store, |tx| tx.take_offline_message(&ONE, id, BEN)).is_err(), "taken");
    let finish = async |agent, s| {
        write!(store, |tx| tx.finish_offline_message(&ONE, id, agent, "Called back", at(s)))
    };
    assert!(finish(BEN, 40).await.is_err(), "Anna has it");
    finish(ANNA, 40).await.unwrap();
    assert!(finish(ANNA, 41).await.is_err(), "done");
    assert!(view.offline_messages(&ONE, &open_only(true), 9).await.unwrap().rows.is_empty());
    let note = Some("Called back".to_owned());
    let done = OfflineMessage { taken_by: Some(ANNA), done: Some(at(40)), note, ..left.clone() };
    assert_eq!(
        view.offline_messages(&ONE, &open_only(false), 9).await.unwrap().rows,
        std::slice::from_ref(&done)
    );
    assert!(write!(store, |tx| tx.release_offline_message(&ONE, id, ANNA)).is_err(), "done");
    write!(store, |tx| tx.resume_offline_message(&ONE, id)).unwrap();
    assert!(write!(store, |tx| tx.resume_offline_message(&ONE, id)).is_err(), "not done");
    let again = OfflineMessage { done: None, ..done };
    assert_eq!(view.offline_message(&ONE, id).await.unwrap(), Some(again.clone()));
    assert_eq!(view.offline_message(&TWO, id).await.unwrap(), None);
    assert!(write!(store, |tx| tx.release_offline_message(&ONE, id, BEN)).is_err(), "not Ben's");
    write!(store, |tx| tx.release_offline_message(&ONE, id, ANNA)).unwrap();
    let free = OfflineMessage { taken_by: None, ..again };
    assert_eq!(view.offline_message(&ONE, id).await.unwrap(), Some(free));
}

async fn messages_left_are_listed_over_the_clients_of_an_agent(store: Store) {
    for (scope, n) in [(ONE, 1), (TWO, 2), (ONE, 3), (TWO, 4)] {
        // Two were left at the same instant: their ids order them.
        let left = OfflineMessage { at: at(n / 2), ..offline(scope, n as u128) };
        assert!(write!(store, |tx| tx.leave_message(&scope, &left)).unwrap());
    }
    let signed = Agent {
        clients: vec![
            AgentClient { client: TWO.client(), signed_off: true, alias: None },
            AgentClient { client: ONE.client(), signed_off: false, alias: None },
        ],
        ..agent(ANNA, "Anna")
    };
    write!(store, |tx| tx.change_agent(&P, &signed)).unwrap();
    let mut view = store.view();
    let all =
        view.offline_messages_of_all_clients(&P, None, &open_only(true), 9).await.unwrap().rows;
    let ids = |rows: &[OfflineMessage]| {
        rows.iter().map(|left| left.id.uuid().as_u128()).collect::<Vec<_>>()
    };
    assert_eq!(ids(&all), [4, 3, 2, 1]);
    let after = |left: &OfflineMessage| Some((left.at, left.id));
    let rest = OfflineFilter { before: after(&all[1]), ..open_only(true) };
    let rest = view.offline_messages_of_all_clients(&P, None, &rest, 1).await.unwrap();
    assert_eq!(ids(&rest.rows), [2], "a page goes on where the one before it ended");
    assert_eq!(rest.next, after(&all[2]), "and says where the next one does");
    for (filter, found) in [
        (OfflineFilter { from: all[1].at, ..OfflineFilter::default() }, vec![4, 3, 2]),
        (OfflineFilter { until: all[1].at, ..OfflineFilter::default() }, vec![1]),
        (OfflineFilter { kind: Some(LeftKind::Voicemail), ..OfflineFilter::default() }, vec![]),
        (
            OfflineFilter { words: Some(" ПЕРЕЗВОНИ ".to_owned()), ..open_only(true) },
            vec![4, 3, 2, 1],
        ),
        (OfflineFilter { words: Some("nothing of it".to_owned()), ..open_only(true) }, vec![]),
    ] {
        let page = view.offline_messages_of_all_clients(&P, None, &filter, 9).await.unwrap();
        assert_eq!((ids(&page.rows), page.next), (found, None), "{filter:?}");
    }
    let words = Some("IVAN@".to_owned());
    let two = OfflineFilter { words, ..OfflineFilter::default() };
    let two = view.offline_messages_of_all_clients(&P, None, &two, 2).await.unwrap();
    assert_eq!((ids(&two.rows), two.next), (vec![4, 3], after(&all[1])));
    let own = view
        .offline_messages_of_all_clients(&P, Some(ANNA), &open_only(true), 9)
        .await
        .unwrap()
        .rows;
    assert_eq!(ids(&own), [4, 2], "of the clients she is signed off for");
    let id = MessageId::from_u128(2);
    write!(store, |tx| tx.finish_offline_message(&TWO, id, ANNA, "Mailed", at(9))).unwrap();
    let own = view
        .offline_messages_of_all_clients(&P, Some(ANNA), &open_only(true), 9)
        .await
        .unwrap()
        .rows;
    assert_eq!(ids(&own), [4], "open ones only");
    let own = view
        .offline_messages_of_all_clients(&P, Some(ANNA), &open_only(false), 9)
        .await
        .unwrap()
        .rows;
    assert_eq!(ids(&own), [4, 2], "done ones too");
    for (who, open) in [(None, 3), (Some(ANNA), 1), (Some(BEN), 0)] {
        let n = view.count_open_offline_messages_of_all_clients(&P, who).await.unwrap();
        assert_eq!(n, open, "{who:?}");
    }
    assert_eq!(view.count_open_offline_messages(&ONE).await.unwrap(), 2);
    assert_eq!(view.count_open_offline_messages(&TWO).await.unwrap(), 1);
}

/// A message that was left with a client.
fn offline(scope: ClientScope, n: u128) -> OfflineMessage {
    OfflineMessage {
        client: scope.client(),
        id: MessageId::from_u128(n),
        client_message_id: Uuid::from_u128(n),
        kind: LeftKind::Form,
        widget: Some(WidgetId::from_u128(scope.client().uuid().as_u128())),
        queue: None,
        name: Some("Ivan".to_owned()),
        email: Some("ivan@example.org".parse().unwrap()),
        phone: None,
        language: Language::RU,
        body: "Перезвоните".to_owned(),
        recording: None,
        contact: None,
        due: None,
        taken_by: None,
        done: None,
        note: None,
        at: at(30),
    }
}

async fn drafts_and_dispositions_are_kept_by_agent(store: Store) {
    let contact = ContactId::from_u128(1);
    for body in ["Dear", "Dear sir"] {
        write!(store, |tx| tx.save_draft(&ONE, contact, ANNA, body, at(1))).unwrap();
    }
    let mut view = store.view();
    assert_eq!(view.draft(&ONE, contact, ANNA).await.unwrap().as_deref(), Some("Dear sir"));
    assert_eq!(view.draft(&ONE, contact, BEN).await.unwrap(), None);
    write!(store, |tx| tx.save_draft(&ONE, contact, ANNA, "", at(2))).unwrap();
    assert_eq!(view.draft(&ONE, contact, ANNA).await.unwrap(), None);
    let given = |agent, note: &str| DispositionGiven {
        contact,
        agent,
        disposition: Some(DispositionId::from_u128(3)),
        note: note.to_owned(),
        at: at(5),
    };
    for given in [given(ANNA, "a"), given(BEN, "b"), given(ANNA, "better")] {
        write!(store, |tx| tx.give_disposition(&ONE, &given)).unwrap();
    }
    let all = view.dispositions_of(&ONE, contact).await.unwrap();
    assert_eq!(all, [given(ANNA, "better"), given(BEN, "b")]);
}

async fn a_failed_unit_of_work_leaves_nothing(store: Store) {
    let result: Result<(), StoreError> = store
        .tx(|tx| {
            Box::pin(async move {
                tx.create_client(&P, &client(7, "Seven")).await?;
                tx.create_client(&P, &client(8, "Seven")).await
            })
        })
        .await;
    assert!(result.is_err());
    assert!(store.view().clients(&P, Some("seven"), None, 9).await.unwrap().is_empty());
    // Nor does one that is dropped while it runs: it is carried out, whole.
    let (started, begun) = tokio::sync::oneshot::channel();
    let (proceed, gate) = tokio::sync::oneshot::channel::<()>();
    let other = store.clone();
    let caller = tokio::spawn(async move {
        let work = other.tx(|tx| {
            Box::pin(async move {
                tx.create_client(&P, &client(7, "Seven")).await?;
                started.send(()).unwrap();
                gate.await.unwrap();
                tx.create_client(&P, &client(8, "Eight")).await
            })
        });
        work.await
    });
    begun.await.unwrap();
    caller.abort();
    assert!(caller.await.unwrap_err().is_cancelled());
    proceed.send(()).unwrap();
    // The next write waits for the one under way (SQLite) or for its first row (PostgreSQL).
    let error = write!(store, |tx| tx.create_client(&P, &client(7, "Seven"))).unwrap_err();
    assert!(matches!(error, StoreError::Conflict { .. }), "{error}");
    for name in ["seven", "eight"] {
        let found = store.view().clients(&P, Some(name), None, 9).await.unwrap();
        assert_eq!(found.len(), 1, "{name}");
    }
}

async fn nothing_of_another_client_is_seen_or_referred_to(store: Store) {
    let id = started(&store, 1, 1).await.id;
    write!(store, |tx| tx.append_message(&ONE, &message(1, 1, Author::Customer, "mine"))).unwrap();
    let mut view = store.view();
    assert_eq!(view.conversation(&TWO, id).await.unwrap(), None);
    assert!(view.messages(&TWO, id, 0, 9).await.unwrap().is_empty());
    assert_eq!(view.customer(&TWO, CustomerId::from_u128(1)).await.unwrap(), None);
    let foreign = message(1, 2, Author::Customer, "theirs");
    assert!(write!(store, |tx| tx.append_message(&TWO, &foreign)).is_err());
    // A conversation of client 2 with a customer or a widget of client 1.
    for bad in [
        Conversation { customer: CustomerId::from_u128(1), ..conversation(2, 5) },
        Conversation { widget: Some(WidgetId::from_u128(1)), ..conversation(2, 5) },
    ] {
        let error = write!(store, |tx| tx.start_conversation(&TWO, &bad)).unwrap_err();
        assert!(matches!(error, StoreError::MissingReference { .. }), "{error:?}");
    }
}
