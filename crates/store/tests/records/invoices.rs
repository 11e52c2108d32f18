//! Invoices: numbers without gaps, what is issued stays, and a billing period is invoiced once.

use super::*;

testkit::both_engines!(open;
    numbers_have_no_gap_whoever_comes_and_fails,
    what_is_issued_never_changes,
    a_billing_period_is_invoiced_once_and_again_after_a_credit_note,
    a_contact_is_adjusted_once,
    a_line_is_disputed_once_and_answered_once,
);

const PERIOD: &str = "2026-10";

fn draft(scope: &ClientScope, id: u128, kind: InvoiceKind, period: &str) -> InvoiceRow {
    InvoiceRow {
        client: scope.client(),
        id: InvoiceId::from_u128(id),
        kind,
        state: InvoiceState::Draft,
        label: String::new(),
        period: period.to_owned(),
        from: at(0),
        until: at(100),
        currency: "EUR".to_owned(),
        net_minor: 1_000,
        tax_minor: 200,
        total_minor: 1_200,
        corrects: None,
        made: at(200 + i64::try_from(id).unwrap()),
        reviewed_by: None,
        issued: None,
        due_on: None,
        paid_on: None,
        paid_reference: String::new(),
        version: 1,
    }
}

async fn reviewed(store: &Store, scope: ClientScope, id: u128, period: &str) {
    let row = draft(&scope, id, InvoiceKind::Invoice, period);
    write!(store, |tx| tx.create_invoice(&scope, &row, vec![1], vec![2])).unwrap();
    write!(store, |tx| tx.review_invoice(&scope, InvoiceId::from_u128(id), 1, "Ada")).unwrap();
}

/// Issues a reviewed document; `fails` after the number is taken.
async fn issue(
    store: &Store,
    scope: ClientScope,
    id: u128,
    late: Vec<(ContactId, String)>,
    fails: bool,
) -> Result<u64, StoreError> {
    store
        .tx(move |tx| {
            Box::pin(async move {
                let number = tx.next_invoice_number(&P, "INV").await?;
                if fails {
                    return Err(StoreError::Stopping);
                }
                let issue = Issue {
                    id: InvoiceId::from_u128(id),
                    version: 2,
                    number: ("INV".to_owned(), number),
                    label: format!("INV-{number:06}"),
                    at: at(300),
                    due_on: "2026-12-01".to_owned(),
                    document: vec![9],
                    hash: [7; 32],
                };
                tx.issue_invoice(&scope, issue, &late).await?;
                Ok(number)
            })
        })
        .await
}

async fn numbers_have_no_gap_whoever_comes_and_fails(store: Store) {
    for n in 0..40 {
        reviewed(&store, if n % 2 == 0 { ONE } else { TWO }, n, &format!("p{n}")).await;
    }
    // All at once: each document three times, and a third of the attempts fails with a number in hand.
    let attempts = (0..120_u128).map(|n| {
        let store = store.clone();
        tokio::spawn(async move {
            let (id, fails) = (n % 40, n / 40 == 0);
            issue(&store, if id % 2 == 0 { ONE } else { TWO }, id, Vec::new(), fails).await
        })
    });
    let mut given = Vec::new();
    for attempt in attempts.collect::<Vec<_>>() {
        match attempt.await.unwrap() {
            Ok(number) => given.push(number),
            Err(StoreError::Stale { .. } | StoreError::Stopping | StoreError::Busy(_)) => {}
            Err(other) => panic!("{other}"),
        }
    }
    given.sort_unstable();
    assert_eq!(given, (1..=40).collect::<Vec<u64>>());
    let mut view = store.view();
    let all = view.all_invoices(&P, &InvoiceFilter::default(), 100).await.unwrap();
    let mut labels: Vec<_> = all.iter().map(|row| row.label.clone()).collect();
    labels.sort();
    assert_eq!(labels, (1..=40).map(|n| format!("INV-{n:06}")).collect::<Vec<_>>());
    let filter = InvoiceFilter { search: "inv-00001".to_owned(), ..InvoiceFilter::default() };
    assert_eq!(view.all_invoices(&P, &filter, 100).await.unwrap().len(), 10);
    let paid = InvoiceFilter { state: Some(InvoiceState::Paid), ..InvoiceFilter::default() };
    assert_eq!(view.all_invoices(&P, &paid, 100).await.unwrap(), []);
    for (day, overdue) in [("2026-12-01", 0), ("2026-12-02", 40)] {
        let filter = InvoiceFilter { due_before: Some(day.to_owned()), ..InvoiceFilter::default() };
        assert_eq!(view.all_invoices(&P, &filter, 100).await.unwrap().len(), overdue, "{day}");
        assert_eq!(view.invoices(&ONE, &filter, 100).await.unwrap().len(), overdue / 2, "{day}");
    }
    let before =
        InvoiceFilter { before: Some((all[2].made, all[2].id)), ..InvoiceFilter::default() };
    let next = view.all_invoices(&P, &before, 2).await.unwrap();
    assert_eq!(next, all[3..5], "pages go on where they ended");
    assert_eq!(view.invoices(&ONE, &InvoiceFilter::default(), 100).await.unwrap().len(), 20);
}

async fn what_is_issued_never_changes(store: Store) {
    let id = InvoiceId::from_u128(1);
    reviewed(&store, ONE, 1, PERIOD).await;
    // Reviewed, then made anew: it wants to be read again.
    let row = draft(&ONE, 1, InvoiceKind::Invoice, PERIOD);
    let again = InvoiceRow { version: 2, total_minor: 5, ..row.clone() };
    write!(store, |tx| tx.remake_invoice(&ONE, &again, vec![3], vec![4])).unwrap();
    assert!(issue(&store, ONE, 1, Vec::new(), false).await.is_err(), "nobody has read it");
    write!(store, |tx| tx.review_invoice(&ONE, id, 3, "Ada")).unwrap();
    let found = store.view().invoice(&ONE, id).await.unwrap().unwrap();
    assert_eq!((found.state, found.total_minor, found.version), (InvoiceState::Reviewed, 5, 4));
    let issued = Issue {
        id,
        version: 4,
        number: ("INV".to_owned(), 1),
        label: "INV-000001".to_owned(),
        at: at(300),
        due_on: "2026-12-01".to_owned(),
        document: vec![9],
        hash: [7; 32],
    };
    write!(store, |tx| tx.issue_invoice(&ONE, issued, &[])).unwrap();
    let bytes = store.view().invoice_bytes(&ONE, id).await.unwrap().unwrap();
    assert_eq!(bytes, InvoiceBytes { document: vec![9], lines: vec![4], hash: Some([7; 32]) });
    for version in 1..8 {
        let other = InvoiceRow { version, ..row.clone() };
        let remade = write!(store, |tx| tx.remake_invoice(&ONE, &other, vec![0], vec![0]));
        assert!(matches!(remade, Err(StoreError::Stale { .. })), "{remade:?}");
        let read = write!(store, |tx| tx.review_invoice(&ONE, id, version, "Ada"));
        assert!(read.is_err());
    }
    assert!(write!(store, |tx| tx.remove_invoice(&ONE, id)).is_err());
    assert_eq!(store.view().invoice_bytes(&ONE, id).await.unwrap(), Some(bytes));
    // Another client's is not there.
    assert_eq!(store.view().invoice(&TWO, id).await.unwrap(), None);
    assert_eq!(store.view().invoice_bytes(&TWO, id).await.unwrap(), None);
    assert!(write!(store, |tx| tx.pay_invoice(&TWO, id, 5, "2026-12-01", "")).is_err());
    write!(store, |tx| tx.pay_invoice(&ONE, id, 5, "2026-12-01", "SEPA 17")).unwrap();
    let paid = store.view().invoice(&ONE, id).await.unwrap().unwrap();
    assert_eq!((paid.state, paid.paid_on.as_deref()), (InvoiceState::Paid, Some("2026-12-01")));
    assert_eq!(paid.paid_reference, "SEPA 17");
}

async fn a_billing_period_is_invoiced_once_and_again_after_a_credit_note(store: Store) {
    reviewed(&store, ONE, 1, PERIOD).await;
    issue(&store, ONE, 1, Vec::new(), false).await.unwrap();
    let second = draft(&ONE, 2, InvoiceKind::Invoice, PERIOD);
    let kept = second.clone();
    let twice = write!(store, |tx| tx.create_invoice(&ONE, &kept, vec![], vec![]));
    assert!(twice.unwrap_err().is_conflict_of("invoice_client_id_claims"));
    let of = InvoiceId::from_u128(1);
    let note = InvoiceRow {
        corrects: Some(of),
        state: InvoiceState::Reviewed,
        ..draft(&ONE, 3, InvoiceKind::CreditNote, PERIOD)
    };
    // A credit note is of the same client's invoice.
    let foreign = InvoiceRow { client: TWO.client(), ..note.clone() };
    assert!(write!(store, |tx| tx.create_invoice(&TWO, &foreign, vec![], vec![])).is_err());
    write!(store, |tx| tx.create_invoice(&ONE, &note, vec![], vec![])).unwrap();
    write!(store, |tx| tx.credit_invoice(&ONE, of, 3)).unwrap();
    assert_eq!(store.view().credit_notes(&ONE, of).await.unwrap().len(), 1);
    assert_eq!(store.view().invoice_of_period(&ONE, PERIOD).await.unwrap(), None);
    write!(store, |tx| tx.create_invoice(&ONE, &second, vec![], vec![])).unwrap();
    let now = store.view().invoice_of_period(&ONE, PERIOD).await.unwrap().unwrap();
    assert_eq!(now.id, InvoiceId::from_u128(2));
    write!(store, |tx| tx.remove_invoice(&ONE, InvoiceId::from_u128(2))).unwrap();
}

async fn a_contact_is_adjusted_once(store: Store) {
    let late = vec![(ContactId::from_u128(5), "2026-09".to_owned())];
    reviewed(&store, ONE, 1, PERIOD).await;
    reviewed(&store, ONE, 2, "2026-11").await;
    issue(&store, ONE, 1, late.clone(), false).await.unwrap();
    let twice = issue(&store, ONE, 2, late.clone(), false).await;
    assert!(matches!(twice, Err(StoreError::Conflict { .. })), "{twice:?}");
    assert_eq!(store.view().late_contacts(&ONE, "2026-09").await.unwrap().len(), 1);
    assert_eq!(store.view().late_contacts(&TWO, "2026-09").await.unwrap(), []);
    // What a credit note gives back can be asked for again, and the number that failed is not lost.
    write!(store, |tx| tx.credit_invoice(&ONE, InvoiceId::from_u128(1), 3)).unwrap();
    assert_eq!(issue(&store, ONE, 2, late, false).await.unwrap(), 2);
}

async fn a_line_is_disputed_once_and_answered_once(store: Store) {
    reviewed(&store, ONE, 1, PERIOD).await;
    let dispute = Dispute {
        client: ONE.client(),
        id: DisputeId::from_u128(1),
        invoice: InvoiceId::from_u128(1),
        line: "x.0.-.at".to_owned(),
        contact: ContactId::from_u128(5),
        reason: "It was a test.".to_owned(),
        raised_by: "Maud".to_owned(),
        raised: at(400),
        state: DisputeState::Open,
        answer: String::new(),
        answered_by: None,
        answered: None,
        note: None,
        version: 1,
    };
    let kept = dispute.clone();
    write!(store, |tx| tx.raise_dispute(&ONE, &kept)).unwrap();
    let again = Dispute { id: DisputeId::from_u128(2), ..dispute.clone() };
    let twice = write!(store, |tx| tx.raise_dispute(&ONE, &again));
    assert!(twice.unwrap_err().is_conflict_of("dispute_client_id_invoice_id_line"));
    assert_eq!(store.view().open_disputes(&P).await.unwrap(), std::slice::from_ref(&dispute));
    assert_eq!(store.view().disputes(&TWO, None).await.unwrap(), []);
    let answered = Dispute {
        state: DisputeState::Refused,
        answer: "It was not.".to_owned(),
        answered_by: Some("Ada".to_owned()),
        answered: Some(at(500)),
        ..dispute
    };
    let (first, second) = (answered.clone(), answered.clone());
    write!(store, |tx| tx.answer_dispute(&ONE, &first)).unwrap();
    assert!(write!(store, |tx| tx.answer_dispute(&ONE, &second)).is_err());
    let found = store.view().dispute(&ONE, DisputeId::from_u128(1)).await.unwrap().unwrap();
    assert_eq!(found, Dispute { version: 2, ..answered });
    assert_eq!(store.view().open_disputes(&P).await.unwrap(), []);
}
