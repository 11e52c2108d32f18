//! Invoices over what really happened on the floor: drafted, read, issued, paid or credited, disputed, and
//! what came late on the next one.

use crate::house::{
    House,
    desk::{Desk, SECOND},
};
use api::role::Role;
use domain::ContactId;
use reqwest::{Method, header};
use serde_json::{Value, json};
use testkit::both_engines;

both_engines!(open;
    a_month_is_drafted_read_issued_paid_and_never_changes,
    what_comes_late_is_on_the_next_invoice_with_its_date,
    a_line_is_explained_as_it_was_invoiced_whatever_came_since,
    what_comes_late_takes_back_what_was_carried_into_a_later_invoice,
    a_month_in_which_nothing_is_billed_has_no_invoice,
    a_dispute_is_answered_by_a_credit_note_and_the_whole_is_cancelled_to_zero,
    details_are_checked_and_what_is_missing_is_named_at_once,
    issuing_at_once_gives_one_number_each_without_a_gap,
);

async fn open(url: String) -> House {
    House::open(&url).await
}

fn totals(documents: &[&Value]) -> [i64; 3] {
    ["net_minor", "tax_minor", "total_minor"].map(|field| {
        documents.iter().map(|document| document["summary"][field].as_i64().unwrap()).sum()
    })
}

async fn a_month_is_drafted_read_issued_paid_and_never_changes(house: House) {
    let mut desk = Desk::open(house, false).await;
    desk.serve(1, 80 * SECOND).await;
    desk.serve(2, 10 * SECOND).await;
    let (open, _) = desk.period().await;
    let early =
        desk.admin(Method::POST, &desk.path("/invoices"), Some(&json!({ "period": open }))).await;
    assert_eq!((early.status.as_u16(), &early.body["reason"]), (409, &"period_open".into()));
    assert!(early.body["next"].as_str().unwrap().starts_with("Invoice it from that day on"));

    // What goes on is not due yet; what is over is, until it has a draft.
    let run = async |desk: &Desk| desk.admin(Method::GET, "/api/v1/billing-run", None).await;
    assert_eq!(run(&desk).await.expect(200), json!({ "due": [], "total": 0 }));
    let period = desk.close_period().await;
    assert_eq!(period, open);
    let due = run(&desk).await.expect(200);
    assert_eq!((&due["total"], &due["due"][0]["period"]), (&1.into(), &json!(period)));
    assert_eq!(due["due"][0]["client"], json!(desk.house.first));
    assert_eq!(due["due"][0]["client_name"], "Northwind");
    let draft = desk.draft(&period).await;
    assert_eq!(run(&desk).await.expect(200), json!({ "due": [], "total": 0 }));
    // 2 and 1 minutes at 1.20, and 20 %.
    assert_eq!(totals(&[&draft]), [360, 72, 432]);
    assert_eq!((&draft["lines"], &draft["summary"]["state"]), (&2.into(), &"draft".into()));
    assert_eq!(draft["missing"], json!([]));
    let again = desk.draft(&period).await;
    assert_eq!(again["summary"]["id"], draft["summary"]["id"], "a period has one invoice");
    // The client sees nothing before it is issued.
    assert_eq!(desk.manager(Method::GET, &desk.of(&draft), None).await.status, 404);
    let list = desk.manager(Method::GET, &desk.path("/invoices"), None).await.expect(200);
    assert_eq!(list["items"], json!([]));

    let none = desk.admin(Method::GET, &format!("{}/pdf", desk.of(&draft)), None).await;
    assert_eq!(none.body["reason"], "invoice_unissued");
    let unread = desk.step(&draft, "issue", json!({})).await;
    assert_eq!(unread.body["reason"], "not_reviewed", "{}", unread.text);
    let read = desk.step(&draft, "review", json!({})).await.expect(200);
    assert_eq!(read["summary"]["reviewed_by"], "Ada Admin");
    let stale = desk.step(&draft, "review", json!({})).await;
    assert_eq!(stale.status, 409, "{}", stale.text);
    let issued = desk.step(&read, "issue", json!({})).await.expect(200);
    assert_eq!(issued["summary"]["number"], "INV-000001");
    assert_eq!(issued["summary"]["state"], "issued");
    assert_eq!(issued["buyer"]["legal_name"], "Northwind SARL");
    assert!(issued["hash"].as_str().is_some_and(|hash| hash.len() == 64));
    // Issued twice it is one invoice.
    for version in [&read, &issued] {
        let twice = desk.step(version, "issue", json!({})).await.expect(200);
        assert_eq!(twice["summary"]["number"], "INV-000001");
    }
    for step in ["remake", "review"] {
        let refused = desk.step(&issued, step, json!({})).await;
        assert_eq!(refused.body["reason"], "invoice_issued", "{step}: {}", refused.text);
    }
    let removed = desk.admin(Method::DELETE, &desk.of(&issued), None).await;
    assert_eq!(removed.body["reason"], "invoice_issued");
    // Details that change afterwards change nothing of it.
    let path = desk.path("/billing-details");
    let mut buyer = desk.admin(Method::GET, &path, None).await.expect(200);
    buyer["party"]["legal_name"] = "Southwind SARL".into();
    desk.admin(Method::PUT, &path, Some(&buyer)).await.expect(200);
    let seen = desk.manager(Method::GET, &desk.of(&issued), None).await.expect(200);
    assert_eq!(seen["buyer"]["legal_name"], "Northwind SARL");
    assert_eq!((&seen["hash"], &seen["summary"]["reviewed_by"]), (&issued["hash"], &Value::Null));
    // Rated again it is the same.
    let compared =
        desk.admin(Method::GET, &format!("{}/compare", desk.of(&issued)), None).await.expect(200);
    assert_eq!((&compared["same"], &compared["rated_minor"]), (&true.into(), &360.into()));
    // Its lines are those of the statement, and lead to what happened.
    let path = format!("{}/lines", desk.of(&issued));
    let lines = desk.manager(Method::GET, &path, None).await.expect(200);
    assert_eq!(lines["items"].as_array().unwrap().len(), 2);
    let statement = desk.path(&format!("/statement?period={period}"));
    let statement = desk.manager(Method::GET, &statement, None).await.expect(200);
    assert_eq!(lines["items"][0]["line"], statement["lines"]["items"][0]);
    let first = desk.manager(Method::GET, &format!("{path}?limit=1"), None).await.expect(200);
    let next = first["next"].as_str().unwrap();
    let second = desk.manager(Method::GET, &format!("{path}?limit=1&cursor={next}"), None).await;
    assert_eq!(second.expect(200)["items"][0], lines["items"][1]);

    files(&desk, &draft, &issued).await;
    let wrong = desk.step(&issued, "pay", json!({ "paid_on": "2026-02-30" })).await;
    assert_eq!(wrong.status, 422, "{}", wrong.text);
    let paid = json!({ "paid_on": "2026-12-20", "reference": "SEPA 17" });
    let paid = desk.step(&issued, "pay", paid).await.expect(200);
    assert_eq!((&paid["summary"]["state"], &paid["hash"]), (&"paid".into(), &issued["hash"]));
    let list = desk.admin(Method::GET, "/api/v1/invoices?state=paid&q=inv-0000", None).await;
    assert_eq!(list.expect(200)["items"][0]["client_name"], "Northwind");
    // A debit comes back: the invoice is open as before, and is paid another day.
    let unpaid = desk.step(&paid, "unpay", json!({})).await.expect(200);
    assert_eq!(unpaid["summary"]["state"], "issued");
    assert_eq!((&unpaid["summary"]["paid_on"], &unpaid["hash"]), (&Value::Null, &issued["hash"]));
    assert_eq!(unpaid["summary"]["paid_reference"], "");
    let twice = desk.step(&unpaid, "unpay", json!({})).await;
    assert_eq!((twice.status.as_u16(), &twice.body["reason"]), (409, &"invoice_state".into()));
    let late = desk.step(&paid, "pay", json!({ "paid_on": "2026-12-21" })).await;
    assert_eq!(late.status, 409, "of a version that is gone: {}", late.text);
    desk.step(&unpaid, "pay", json!({ "paid_on": "2026-12-21" })).await.expect(200);
    let audit = desk.admin(Method::GET, "/api/v1/audit?kind=invoice", None).await;
    for step in ["drafted", "reviewed", "issued", "paid", "unpaid"] {
        assert!(audit.text.contains(&format!("\"invoice.{step}\"")), "{step} is not in the log");
    }
    desk.close().await;
}

/// What is issued is a document in the client's language, the same whoever asks for it.
async fn files(desk: &Desk, draft: &Value, issued: &Value) {
    let at = |ending: &str| format!("{}/{ending}", desk.of(issued));
    assert_eq!(desk.of(draft), desk.of(issued));
    let xml = desk.manager(Method::GET, &at("xml"), None).await;
    assert_eq!(xml.headers[header::CONTENT_TYPE], "application/xml");
    for part in ["<ram:ID>INV-000001</ram:ID>", "urn:cen.eu:en16931:2017", "Northwind SARL"] {
        assert!(xml.text.contains(part), "{part} is not in {}", xml.text);
    }
    let pdf = desk.manager(Method::GET, &at("pdf"), None).await;
    assert_eq!(pdf.headers[header::CONTENT_TYPE], "application/pdf");
    let named = pdf.headers[header::CONTENT_DISPOSITION].to_str().unwrap();
    assert_eq!(named, "attachment; filename=\"INV-000001.pdf\"");
    assert!(pdf.text.starts_with("%PDF-1.7") && pdf.text.contains("EN 16931"));
    let again = desk.admin(Method::GET, &at("pdf"), None).await;
    assert!(pdf.text == again.text, "the same invoice is the same document");
    let csv = desk.manager(Method::GET, &at("csv"), None).await;
    assert_eq!(csv.text.lines().count(), 3, "{}", csv.text);
}

async fn what_comes_late_is_on_the_next_invoice_with_its_date(house: House) {
    let mut desk = Desk::open(house, false).await;
    desk.serve(1, 30 * SECOND).await;
    // This one is under way when its billing period ends.
    let late = ContactId::from_u128(2);
    desk.begin(late).await;
    let first = desk.close_period().await;
    let before = desk.issued(&first).await;
    assert_eq!(totals(&[&before])[0], 120);
    desk.end(late).await;
    let compared =
        desk.admin(Method::GET, &format!("{}/compare", desk.of(&before)), None).await.expect(200);
    assert_eq!((&compared["same"], &compared["late_contacts"]), (&true.into(), &1.into()));

    desk.serve(3, 30 * SECOND).await;
    let second = desk.close_period().await;
    let next = desk.issued(&second).await;
    let statement = desk.path(&format!("/statement?period={first}"));
    let all = desk.admin(Method::GET, &statement, None).await.expect(200);
    let items = next["items"].as_array().unwrap();
    let adjustment = items.iter().find(|item| item["kind"] == "adjustment").unwrap();
    assert_eq!(
        (&adjustment["name"], &adjustment["about"]),
        (&first.clone().into(), &"INV-000001".into())
    );
    assert_eq!(adjustment["amount_minor"], all["net_minor"].as_i64().unwrap() - 120);
    assert_eq!(totals(&[&next])[0], 120 + adjustment["amount_minor"].as_i64().unwrap());
    let path = format!("{}/lines", desk.of(&next));
    let lines = desk.admin(Method::GET, &path, None).await.expect(200);
    let shown: Vec<_> =
        lines["items"].as_array().unwrap().iter().filter(|l| l["late_of"] == first).collect();
    assert_eq!(shown.len(), 1);
    assert_eq!(shown[0]["line"]["contact"], late.to_string());
    // It is asked for once: the month after has nothing of it.
    desk.serve(4, 30 * SECOND).await;
    let third = desk.close_period().await;
    let third = desk.draft(&third).await;
    assert_eq!(totals(&[&third])[0], 120);
    // Two months after the first one was issued, and one after the second, the first alone is overdue.
    for whose in ["/api/v1/invoices".to_owned(), desk.path("/invoices")] {
        let overdue = desk.admin(Method::GET, &format!("{whose}?state=overdue"), None).await;
        let overdue = overdue.expect(200);
        let numbers: Vec<_> =
            overdue["items"].as_array().unwrap().iter().map(|one| &one["number"]).collect();
        assert_eq!(numbers, [&json!("INV-000001")], "{whose}");
        assert_eq!(overdue["items"][0]["overdue"], true);
    }
    // Unless the invoice that had it is given back.
    desk.step(&next, "credit", json!({ "reason": "Wrong address." })).await.expect(200);
    let third = desk.step(&third, "remake", json!({})).await.expect(200);
    assert_eq!(totals(&[&third])[0], 120 + adjustment["amount_minor"].as_i64().unwrap());
    desk.close().await;
}

async fn what_comes_late_takes_back_what_was_carried_into_a_later_invoice(house: House) {
    let mut desk = Desk::open(house, false).await;
    // Each contact at 2.00, one a month is included in 10.00, and what is left of it rolls over.
    desk.publish(&json!({
        "currency": "EUR", "terms": "",
        "charges": [{
            "name": "Contacts", "price_milli": 200_000, "unit": { "kind": "contact" },
            "bundle": {
                "included": 1, "per": "billing_period", "fee_minor": 1_000, "unused": "roll_over",
            },
        }],
        "tax": { "name": "TVA", "basis_points": 2_000 },
    }))
    .await;
    desk.close_period().await;
    let late = ContactId::from_u128(1);
    desk.begin(late).await;
    let first = desk.close_period().await;
    let first_invoice = desk.issued(&first).await;
    // The second month has two in its bundle, one of them carried over.
    desk.serve(2, 30 * SECOND).await;
    desk.serve(3, 30 * SECOND).await;
    let second = desk.close_period().await;
    let second_invoice = desk.issued(&second).await;
    assert_eq!(totals(&[&first_invoice])[0], 1_000);
    assert_eq!(totals(&[&second_invoice])[0], 1_000, "both are in the bundle");

    desk.end(late).await;
    let third = desk.close_period().await;
    let next = desk.issued(&third).await;
    let items: Vec<_> =
        next["items"].as_array().unwrap().iter().filter(|i| i["kind"] == "adjustment").collect();
    let told: Vec<_> = items
        .iter()
        .map(|i| (&i["name"], &i["of"]["kind"], &i["contacts"], &i["amount_minor"]))
        .collect();
    let (first, second) = (json!(first), json!(second));
    assert_eq!(
        told,
        [
            (&first, &"included".into(), &1.into(), &0.into()),
            (&second, &"included".into(), &1.into(), &0.into()),
            (&second, &"metered".into(), &1.into(), &200.into()),
        ]
    );
    assert_eq!(totals(&[&next])[0], 1_000 + 200);
    // Both are asked for once.
    let fourth = desk.close_period().await;
    assert_eq!(totals(&[&desk.draft(&fourth).await])[0], 1_000);
    desk.close().await;
}

async fn a_line_is_explained_as_it_was_invoiced_whatever_came_since(house: House) {
    let mut desk = Desk::open(house, false).await;
    // Each contact at 2.00, one a month is included in 10.00, and on holidays they cost twice that.
    let contract = desk
        .publish(&json!({
            "currency": "EUR", "terms": "",
            "bands": [{ "name": "Holiday", "percent": 200, "weekly": [], "holidays": true }],
            "charges": [{
                "name": "Contacts", "price_milli": 200_000, "unit": { "kind": "contact" },
                "bundle": { "included": 1, "per": "billing_period", "fee_minor": 1_000 },
            }],
            "tax": { "name": "TVA", "basis_points": 2_000 },
        }))
        .await;
    desk.close_period().await;
    let (late, known) = (ContactId::from_u128(1), ContactId::from_u128(2));
    desk.begin(late).await;
    desk.serve(2, 30 * SECOND).await;
    desk.serve(3, 30 * SECOND).await;
    let month = desk.close_period().await;
    let before = desk.issued(&month).await;
    assert_eq!(totals(&[&before])[0], 1_000 + 200);
    let billed = desk.manager(Method::GET, &format!("{}/lines", desk.of(&before)), None).await;
    let billed = billed.expect(200);
    let billed = billed["items"].as_array().unwrap().clone();
    let included = &billed[0]["line"];
    assert_eq!(
        (&included["contact"], &included["included"]),
        (&known.to_string().into(), &true.into())
    );
    // A contact that began before it ends: it has the bundle, and the one that had it is beyond it.
    desk.end(late).await;
    let id = |document: &Value| document["summary"]["id"].as_str().unwrap().to_owned();
    let client = desk.path("");
    let why = |line: &Value, invoice: Option<&Value>| {
        let of = invoice.map_or_else(String::new, |invoice| format!("?invoice={}", id(invoice)));
        format!("{client}/statement/lines/{}{of}", line["line"].as_str().unwrap())
    };
    let today = desk.manager(Method::GET, &why(included, None), None).await;
    assert_eq!(today.code(), "not_found", "it is another line now: {}", today.text);
    for line in &billed {
        let told = desk.manager(Method::GET, &why(&line["line"], Some(&before)), None).await;
        let told = told.expect(200);
        assert_eq!((&told["line"], &told["differs"]), (&line["line"], &false.into()), "{told}");
        assert_eq!((&told["charge"]["name"], &told["today"]), (&"Contacts".into(), &Value::Null));
        assert_eq!(told["period"], month);
    }
    let reader = desk.house.sign_in(Role::ClientReader.name()).await;
    let refused = desk.house.ask(Method::GET, &why(included, Some(&before)), &reader, None).await;
    assert_eq!(refused.code(), "forbidden");
    let none = json!({ "summary": { "id": uuid::Uuid::nil() } });
    let none = desk.admin(Method::GET, &why(included, Some(&none)), None).await;
    assert_eq!(none.code(), "not_found");

    let second = desk.close_period().await;
    let next = desk.issued(&second).await;
    let items: Vec<_> =
        next["items"].as_array().unwrap().iter().filter(|i| i["kind"] == "adjustment").collect();
    let told: Vec<_> =
        items.iter().map(|i| (&i["of"]["kind"], &i["contacts"], &i["amount_minor"])).collect();
    assert_eq!(
        told,
        [(&"metered".into(), &1.into(), &200.into()), (&"included".into(), &2.into(), &0.into())]
    );
    let adjusted = desk.manager(Method::GET, &format!("{}/lines", desk.of(&next)), None).await;
    let adjusted = adjusted.expect(200);
    let adjusted = adjusted["items"].as_array().unwrap();
    let shown: Vec<_> =
        adjusted.iter().map(|l| (&l["change"], &l["line"]["amount_milli"])).collect();
    assert_eq!(
        shown,
        [
            (&Value::Null, &0.into()),
            (&"taken_back".into(), &0.into()),
            (&"anew".into(), &200_000.into()),
        ]
    );
    for line in adjusted {
        let told = desk.manager(Method::GET, &why(&line["line"], Some(&next)), None).await;
        let told = told.expect(200);
        assert_eq!((&told["line"], &told["differs"]), (&line["line"], &false.into()), "{told}");
        assert_eq!(told["period"], month);
    }
    // The next month has nothing of it, and the contact that was known before is no late one.
    let compared = desk.admin(Method::GET, &format!("{}/compare", desk.of(&before)), None).await;
    assert_eq!(compared.expect(200)["late_contacts"], 0);

    // Its day becomes a holiday afterwards: the invoice stays, and says that today's tariff would differ.
    let metered = &billed[1]["line"];
    let hours = format!("/api/v1/calendars/{}", contract["terms"]["hours"].as_str().unwrap());
    let mut calendar = desk.admin(Method::GET, &hours, None).await.expect(200);
    let zone = domain::Zone::get("Europe/Paris").unwrap();
    let day = zone.day_at(metered["at"].as_str().unwrap().parse().unwrap()).to_string();
    calendar["holidays"] = json!([{ "date": day, "name": "Afterwards", "hours": [] }]);
    desk.admin(Method::PUT, &hours, Some(&calendar)).await.expect(200);
    let told = desk.manager(Method::GET, &why(metered, Some(&before)), None).await.expect(200);
    assert_eq!((&told["line"]["amount_milli"], &told["differs"]), (&200_000.into(), &true.into()));
    assert_eq!(told["today"], Value::Null, "at twice the price it is another line: {told}");
    desk.close().await;
}

async fn a_month_in_which_nothing_is_billed_has_no_invoice(house: House) {
    let mut desk = Desk::open(house, false).await;
    let quiet = desk.close_period().await;
    let body = json!({ "period": quiet });
    let refused = desk.admin(Method::POST, &desk.path("/invoices"), Some(&body)).await;
    assert_eq!(
        (refused.status.as_u16(), &refused.body["reason"]),
        (409, &"nothing_to_bill".into())
    );
    let list = desk.admin(Method::GET, &desk.path("/invoices"), None).await.expect(200);
    assert_eq!(list["items"], json!([]));
    // A month with a contact has one, and its tax is that of the tariff.
    desk.serve(1, 30 * SECOND).await;
    let busy = desk.close_period().await;
    let issued = desk.issued(&busy).await;
    assert_eq!(totals(&[&issued]), [120, 24, 144]);
    desk.close().await;
}

async fn a_dispute_is_answered_by_a_credit_note_and_the_whole_is_cancelled_to_zero(house: House) {
    let mut desk = Desk::open(house, false).await;
    desk.serve(1, 80 * SECOND).await;
    desk.serve(2, 10 * SECOND).await;
    let period = desk.close_period().await;
    let invoice = desk.issued(&period).await;
    let path = desk.of(&invoice);
    let lines = desk.manager(Method::GET, &format!("{path}/lines"), None).await.expect(200);
    let line = &lines["items"][0]["line"]["line"];
    let body = json!({ "line": line, "reason": "That was a test of ours." });
    let disputes = format!("{path}/disputes");
    let raised = desk.manager(Method::POST, &disputes, Some(&body)).await.expect(201);
    assert_eq!(raised["state"], "open");
    let twice = desk.manager(Method::POST, &disputes, Some(&body)).await;
    assert_eq!(twice.body["reason"], "disputed_already");
    // Whoever answers it sees the line that it is about.
    let seen = desk.admin(Method::GET, &path, None).await.expect(200);
    let about = &seen["disputes"][0]["about"];
    assert_eq!((&about["line"], &about["charge"]), (&body["line"], &"Chats".into()));
    assert_eq!(about["amount_milli"], 240_000);
    let none = json!({ "line": "nothing", "reason": "Hm." });
    assert_eq!(desk.manager(Method::POST, &disputes, Some(&none)).await.status, 404);
    let waiting = desk.admin(Method::GET, "/api/v1/disputes", None).await.expect(200);
    assert_eq!(waiting[0]["reason"], "That was a test of ours.");

    let answer = desk.path(&format!("/disputes/{}/answer", raised["id"].as_str().unwrap()));
    let too_much = json!({ "version": 1, "credit_minor": 361, "answer": "Yes." });
    let refused = desk.admin(Method::POST, &answer, Some(&too_much)).await;
    assert_eq!(refused.status, 422, "{}", refused.text);
    let given = json!({ "version": 1, "credit_minor": 240, "answer": "You are right." });
    let answered = desk.admin(Method::POST, &answer, Some(&given)).await.expect(200);
    assert_eq!(answered["state"], "accepted");
    let again = desk.admin(Method::POST, &answer, Some(&given)).await;
    assert_eq!(again.body["reason"], "dispute_answered");

    let now = desk.manager(Method::GET, &path, None).await.expect(200);
    assert_eq!(
        (&now["left_minor"], &now["summary"]["state"]),
        (&(432 - 288).into(), &"issued".into())
    );
    assert_eq!(now["disputes"][0]["answer"], "You are right.");
    assert_eq!(now["disputes"][0]["answered_by"], Value::Null, "not the client's to know");
    assert_eq!(now["notes"][0]["number"], "CN-000001");
    let late = desk.step(&invoice, "credit", json!({ "reason": "All of it." })).await;
    assert_eq!(late.status, 409, "it was read before the first credit note: {}", late.text);
    let now = desk.step(&now, "credit", json!({ "reason": "All of it." })).await.expect(200);
    assert_eq!((&now["left_minor"], &now["summary"]["state"]), (&0.into(), &"credited".into()));
    let mut all = vec![now.clone()];
    for note in now["notes"].as_array().unwrap() {
        let path = desk.path(&format!("/invoices/{}", note["id"].as_str().unwrap()));
        let note = desk.manager(Method::GET, &path, None).await.expect(200);
        assert_eq!(note["corrects_number"], "INV-000001");
        all.push(note);
    }
    assert_eq!(totals(&all.iter().collect::<Vec<_>>()), [0, 0, 0]);
    let twice = desk.step(&now, "credit", json!({ "reason": "Again." })).await;
    assert_eq!(twice.body["reason"], "invoice_state");
    // The billing period is free for a right one, whose number follows.
    let right = desk.issued(&period).await;
    assert_eq!(right["summary"]["number"], "INV-000002");
    desk.close().await;
}

async fn details_are_checked_and_what_is_missing_is_named_at_once(house: House) {
    let mut desk = Desk::open(house, true).await;
    desk.serve(1, 80 * SECOND).await;
    let period = desk.close_period().await;
    let draft = desk.draft(&period).await;
    let fields = |list: &Value| -> Vec<String> {
        let list = list.as_array().unwrap().iter();
        list.map(|fault| fault["field"].as_str().unwrap().to_owned()).collect()
    };
    let missing = fields(&draft["missing"]);
    assert_eq!(missing.len(), 12, "{missing:?}");
    let read = desk.step(&draft, "review", json!({})).await.expect(200);
    let refused = desk.step(&read, "issue", json!({})).await;
    assert_eq!(refused.status, 422, "{}", refused.text);
    assert_eq!(fields(&refused.body["faults"]), missing);

    let wrong = json!({
        "party": { "legal_name": "x".repeat(200), "street": "", "postcode": "", "city": "", "country": "XX",
                   "vat": "12", "registration": "", "email": "no" },
        "iban": "FR14 2004 1010 0505 0001 3M02 607", "bic": "A", "payment_days": 400, "series": "a b",
        "credit_series": "", "footer": "", "version": 0,
    });
    let refused = desk.admin(Method::PUT, "/api/v1/billing-details", Some(&wrong)).await;
    let found = fields(&refused.expect(422)["faults"]);
    for field in [
        "party.legal_name",
        "party.country",
        "party.vat",
        "party.email",
        "iban",
        "bic",
        "payment_days",
        "series",
        "credit_series",
    ] {
        assert!(found.contains(&field.to_owned()), "{field} is not in {found:?}");
    }
    desk.detail().await;
    let issued = desk.step(&read, "issue", json!({})).await.expect(200);
    assert_eq!(issued["seller"]["legal_name"], "Relais SAS");
    assert_eq!(issued["language"], "fr");
    // A change from an older version is refused.
    let mut buyer = desk.admin(Method::GET, &desk.path("/billing-details"), None).await.expect(200);
    buyer["version"] = 0.into();
    let path = desk.path("/billing-details");
    assert_eq!(desk.admin(Method::PUT, &path, Some(&buyer)).await.status, 409);
    for path in ["/api/v1/invoices?state=lost", "/api/v1/invoices?cursor=eA"] {
        assert_eq!(desk.admin(Method::GET, path, None).await.status, 400, "{path}");
    }
    let none = json!({ "period": "soon" });
    let none = desk.admin(Method::POST, &desk.path("/invoices"), Some(&none)).await;
    assert_eq!(none.status, 422, "{}", none.text);
    let accept = desk.house.request(Method::GET, &desk.of(&issued), Some(&desk.manager));
    let json = desk.house.send(accept.header(header::ACCEPT, "application/json")).await;
    assert_eq!(json.status, 200);
    desk.close().await;
}

async fn issuing_at_once_gives_one_number_each_without_a_gap(house: House) {
    let mut desk = Desk::open(house, false).await;
    let mut read = Vec::new();
    for n in 0..4 {
        desk.serve(n + 1, 70 * SECOND).await;
        let period = desk.close_period().await;
        let draft = desk.draft(&period).await;
        read.push(desk.step(&draft, "review", json!({})).await.expect(200));
    }
    // Each is asked for four times, all at once.
    let body = |one: &Value| json!({ "version": one["summary"]["version"] });
    let asked = read.iter().cycle().take(16).map(|one| {
        let (path, body) = (format!("{}/issue", desk.of(one)), body(one));
        let desk = &desk;
        async move { desk.admin(Method::POST, &path, Some(&body)).await }
    });
    let answers = futures_util::future::join_all(asked).await;
    for answer in &answers {
        assert_eq!(answer.status, 200, "{}", answer.text);
    }
    let list = desk.admin(Method::GET, "/api/v1/invoices", None).await.expect(200);
    let mut numbers: Vec<_> = list["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["number"].as_str().unwrap())
        .collect();
    numbers.sort_unstable();
    assert_eq!(numbers, ["INV-000001", "INV-000002", "INV-000003", "INV-000004"]);
    desk.close().await;
}
