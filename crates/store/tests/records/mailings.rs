//! Scheduled reports: a turn is taken once, and a client's people see their own.

use domain::MailingId;

use super::*;

testkit::both_engines!(open;
    a_turn_is_taken_by_one_and_from_what_was_read,
    a_client_sees_its_own_and_the_provider_all,
    a_key_lets_its_user_in_once_and_until_its_end,
);

fn mailing(n: u128, client: Option<u128>, of_client: bool, next: Option<i64>) -> Mailing {
    Mailing {
        id: MailingId::from_u128(n),
        client: client.map(ClientId::from_u128),
        of_client,
        name: format!("Report {n}"),
        document: json!({ "n": n }),
        next: next.map(at),
        last: None,
        last_document: serde_json::Value::Null,
        created: at(1),
        created_by: "Ada".to_owned(),
        version: 1,
    }
}

async fn create(store: &Store, mailing: &Mailing) {
    let mailing = mailing.clone();
    write!(store, |tx| tx.create_mailing(&P, &mailing)).unwrap();
}

async fn a_turn_is_taken_by_one_and_from_what_was_read(store: Store) {
    assert_eq!(store.view().next_mailing(&P).await.unwrap(), None);
    for (n, next) in [(1, Some(30)), (2, None), (3, Some(20))] {
        create(&store, &mailing(n, None, false, next)).await;
    }
    let first = store.view().next_mailing(&P).await.unwrap().unwrap();
    assert_eq!(first, mailing(3, None, false, Some(20)));
    let came = json!({ "by": "" });
    for expected in [true, false] {
        let (read, came) = (first.clone(), came.clone());
        let done = write!(store, |tx| tx.turn_mailing(&P, &read, Some(at(40)), at(21), &came));
        assert_eq!(done.is_ok(), expected, "{done:?}");
        assert!(expected || matches!(done, Err(StoreError::Stale { .. })));
    }
    let second = store.view().next_mailing(&P).await.unwrap().unwrap();
    assert_eq!(second.id, MailingId::from_u128(1));
    let after = store.view().mailing(&P, first.id).await.unwrap().unwrap();
    assert_eq!((after.next, after.last, after.version), (Some(at(40)), Some(at(21)), 1));
    assert_eq!(after.last_document, came);
    // Whoever changed it meanwhile has the last word.
    let changed = Mailing { name: "Otherwise".to_owned(), next: None, ..second.clone() };
    write!(store, |tx| tx.change_mailing(&P, &changed)).unwrap();
    let read = second.clone();
    let late = write!(store, |tx| tx.turn_mailing(&P, &read, Some(at(50)), at(31), &json!(null)));
    assert!(matches!(late, Err(StoreError::Stale { .. })), "{late:?}");
    let gone = write!(store, |tx| tx.remove_mailing(&P, second.id, 1));
    assert!(matches!(gone, Err(StoreError::Stale { .. })), "{gone:?}");
    write!(store, |tx| tx.remove_mailing(&P, second.id, 2)).unwrap();
    assert_eq!(store.view().mailing_count(&P).await.unwrap(), 2);
}

async fn a_client_sees_its_own_and_the_provider_all(store: Store) {
    for (n, client, of_client) in
        [(1, Some(1), true), (2, Some(1), false), (3, Some(2), true), (4, None, false)]
    {
        create(&store, &mailing(n, client, of_client, None)).await;
    }
    let ids =
        |found: Vec<Mailing>| found.iter().map(|one| one.id.uuid().as_u128()).collect::<Vec<_>>();
    let mut view = store.view();
    assert_eq!(ids(view.mailings_of(&ONE).await.unwrap()), [1]);
    assert_eq!(ids(view.mailings_of(&TWO).await.unwrap()), [3]);
    for (n, found) in [(1, true), (2, false), (3, false), (4, false)] {
        let one = view.mailing_of(&ONE, MailingId::from_u128(n)).await.unwrap();
        assert_eq!(one.is_some(), found, "{n}");
    }
    let all = |client: Option<ClientScope>, after: Option<u128>, limit| {
        let mut view = store.view();
        async move {
            let client = client.map(|scope| scope.client());
            view.mailings(&P, client, after.map(MailingId::from_u128), limit).await.unwrap()
        }
    };
    assert_eq!(ids(all(None, None, 3).await), [1, 2, 3]);
    assert_eq!(ids(all(None, Some(3), 3).await), [4]);
    assert_eq!(ids(all(Some(ONE), None, 3).await), [1, 2]);
}

async fn a_key_lets_its_user_in_once_and_until_its_end(store: Store) {
    let user = |n: u128, login: &str| User {
        id: UserId::from_u128(n),
        login: login.to_owned(),
        name: login.to_owned(),
        password_hash: String::new(),
        role: "team_lead".to_owned(),
        client: None,
        agent: None,
        language: Language::EN,
        disabled: false,
        version: 1,
    };
    let (anna, ben) = (user(71, "anna71"), user(72, "ben72"));
    for one in [&anna, &ben] {
        let one = one.clone();
        write!(store, |tx| tx.create_user(&P, &one)).unwrap();
    }
    let key = |n: u8| [n; 32];
    for (n, whose) in [(1, anna.id), (2, anna.id), (3, ben.id)] {
        write!(store, |tx| tx.create_invitations(&P, &[(whose, key(n))], at(10), at(20))).unwrap();
    }
    let found = store.view().invitation(key(2), at(19)).await.unwrap();
    assert_eq!(found.map(|(user, until)| (user.id, until)), Some((anna.id, at(20))));
    assert_eq!(store.view().invitation(key(2), at(20)).await.unwrap(), None, "it is over");
    // Another's key is none of one's own, and using one voids all of the user's.
    for (n, expected) in [(3, false), (2, true), (2, false), (1, false)] {
        let used = write!(store, |tx| tx.use_invitation(&P, anna.id, key(n), at(15))).unwrap();
        assert_eq!(used, expected, "{n}");
    }
    assert!(store.view().invitation(key(3), at(15)).await.unwrap().is_some());
    write!(store, |tx| tx.void_invitations(&P, ben.id)).unwrap();
    assert_eq!(store.view().invitation(key(3), at(15)).await.unwrap(), None);
}
