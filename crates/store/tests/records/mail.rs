//! The outbox: a mail is queued once, taken by one, and what became of it is told.

use super::*;

testkit::both_engines!(open;
    a_mail_is_queued_once_and_with_what_caused_it,
    a_try_belongs_to_whoever_took_it,
    what_ended_is_told_and_can_be_tried_again,
    old_mails_go_but_those_of_invoices,
);

fn mail(n: u128, once: &str, kind: MailKind) -> Mail {
    Mail {
        id: MailId::from_u128(n),
        client: (kind == MailKind::Invoice).then(|| ONE.client()),
        kind,
        about: Some(Uuid::from_u128(7)),
        document: json!({}),
        once: once.to_owned(),
        recipient: "buchhaltung@bäcker.example".parse().unwrap(),
        language: Language::RU,
        subject: "Счёт INV-1".to_owned(),
        state: MailState::Queued,
        tries: 0,
        next: at(i64::try_from(n).unwrap()),
        error: String::new(),
        queued: at(i64::try_from(n).unwrap()),
        queued_by: "Ada".to_owned(),
        ended: None,
    }
}

async fn queue(store: &Store, mail: &Mail) -> QueuedMail {
    let mail = mail.clone();
    write!(store, |tx| tx.queue_mail(&P, &mail)).unwrap()
}

async fn a_mail_is_queued_once_and_with_what_caused_it(store: Store) {
    let first = mail(1, "invoice:7", MailKind::Invoice);
    let undone: Result<(), StoreError> = store
        .tx({
            let first = first.clone();
            move |tx| {
                Box::pin(async move {
                    assert_eq!(tx.queue_mail(&P, &first).await?, QueuedMail::New);
                    Err(StoreError::Stopping)
                })
            }
        })
        .await;
    assert!(undone.is_err());
    assert_eq!(store.view().next_mail(&P).await.unwrap(), None, "what was undone caused no mail");
    assert_eq!(queue(&store, &first).await, QueuedMail::New);
    let again = Mail { id: MailId::from_u128(2), ..first.clone() };
    assert_eq!(queue(&store, &again).await, QueuedMail::Before);
    assert_eq!(store.view().next_mail(&P).await.unwrap(), Some(first.clone()));
    let about = Uuid::from_u128(7);
    assert_eq!(store.view().mails_about(&ONE, about).await.unwrap(), [first]);
    assert_eq!(store.view().mails_about(&TWO, about).await.unwrap(), []);
}

async fn a_try_belongs_to_whoever_took_it(store: Store) {
    for n in [1, 2] {
        queue(&store, &mail(n, &n.to_string(), MailKind::Test)).await;
    }
    let first = store.view().next_mail(&P).await.unwrap().unwrap();
    assert_eq!(first.id, MailId::from_u128(1));
    for expected in [true, false] {
        let read = first.clone();
        assert_eq!(write!(store, |tx| tx.take_mail(&P, &read, at(100))).unwrap(), expected);
    }
    // One that nobody says anything of comes back when its time is over.
    let second = store.view().next_mail(&P).await.unwrap().unwrap();
    assert_eq!(second.id, MailId::from_u128(2));
    write!(store, |tx| tx.defer_mail(&P, second.id, at(200), "451 later")).unwrap();
    let back = store.view().next_mail(&P).await.unwrap().unwrap();
    assert_eq!((back.id, back.tries, back.next), (first.id, 1, at(100)));
}

async fn what_ended_is_told_and_can_be_tried_again(store: Store) {
    for n in [1, 2, 3] {
        queue(&store, &mail(n, &n.to_string(), MailKind::Test)).await;
    }
    let (sent, failed) = (MailId::from_u128(1), MailId::from_u128(2));
    write!(store, |tx| tx.end_mail(&P, sent, MailState::Sent, at(9), "")).unwrap();
    write!(store, |tx| tx.end_mail(&P, failed, MailState::Failed, at(9), "550 no such user"))
        .unwrap();
    for state in [MailState::Queued, MailState::Sent, MailState::Failed] {
        assert_eq!(store.view().mail_count(&P, state).await.unwrap(), 1, "{state:?}");
    }
    let filter = MailFilter { state: Some(MailState::Failed), before: None };
    let listed = store.view().mails(&P, &filter, 10).await.unwrap();
    assert_eq!(listed[0].error, "550 no such user");
    let page = store.view().mails(&P, &MailFilter::default(), 2).await.unwrap();
    let ids: Vec<_> = page.iter().map(|mail| mail.id).collect();
    assert_eq!(ids, [MailId::from_u128(3), failed]);
    let before = page.last().map(|last| (last.queued, last.id));
    let rest = store.view().mails(&P, &MailFilter { state: None, before }, 2).await.unwrap();
    assert_eq!(rest[0].id, sent);
    write!(store, |tx| tx.retry_mail(&P, failed, at(20))).unwrap();
    let refused = write!(store, |tx| tx.retry_mail(&P, sent, at(20)));
    assert!(matches!(refused, Err(StoreError::Stale { .. })), "{refused:?}");
    // One that is taken back does not go, unless it was on its way.
    for n in [4, 5] {
        queue(&store, &mail(n, &n.to_string(), MailKind::Test)).await;
        let id = MailId::from_u128(n);
        write!(store, |tx| tx.cancel_mail(&P, id, at(25))).unwrap();
    }
    write!(store, |tx| tx.end_mail(&P, MailId::from_u128(4), MailState::Failed, at(26), "550 no"))
        .unwrap();
    write!(store, |tx| tx.end_mail(&P, MailId::from_u128(5), MailState::Sent, at(26), "")).unwrap();
    assert_eq!(store.view().mail_count(&P, MailState::Cancelled).await.unwrap(), 1);
    let gone = write!(store, |tx| tx.cancel_mail(&P, sent, at(27)));
    assert!(matches!(gone, Err(StoreError::Stale { .. })), "{gone:?}");
    // What a late try says of a mail that has ended changes nothing.
    write!(store, |tx| tx.end_mail(&P, sent, MailState::Failed, at(30), "late")).unwrap();
    assert_eq!(store.view().mail_count(&P, MailState::Queued).await.unwrap(), 2);
    assert_eq!(store.view().mail_count(&P, MailState::Sent).await.unwrap(), 2);
}

async fn old_mails_go_but_those_of_invoices(store: Store) {
    for (n, kind) in [(1, MailKind::Test), (2, MailKind::Invoice), (3, MailKind::Test)] {
        queue(&store, &mail(n, &n.to_string(), kind)).await;
    }
    for n in [1, 2] {
        let id = MailId::from_u128(n);
        write!(store, |tx| tx.end_mail(&P, id, MailState::Sent, at(10), "")).unwrap();
    }
    assert_eq!(write!(store, |tx| tx.drop_old_mails(&P, at(10))).unwrap(), 0);
    assert_eq!(write!(store, |tx| tx.drop_old_mails(&P, at(11))).unwrap(), 1);
    assert_eq!(store.view().mails(&P, &MailFilter::default(), 10).await.unwrap().len(), 2);
}
