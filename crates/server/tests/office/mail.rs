//! Mail as a server of another make takes it (`aiosmtpd`, after STARTTLS and AUTH) and as Python's own parser
//! reads it.

use std::{
    io,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use crate::house::{
    House,
    desk::{Desk, SECOND},
    post::{Peer, Place, until},
};
use api::role::Role;
use base64::{Engine, engine::general_purpose::STANDARD};
use reqwest::Method;
use serde_json::{Value, json};
use testkit::both_engines;
use tracing::instrument::WithSubscriber;

both_engines!(open;
    an_invoice_reaches_the_billing_contacts_with_its_files,
    what_is_issued_is_mailed_where_the_client_wants_it,
    a_refusal_is_shown_in_the_servers_words_and_a_delay_is_waited_out,
    a_wrong_password_leaves_everything_in_the_queue,
    what_waits_at_a_stop_goes_out_after_the_next_start,
    without_a_mail_server_nothing_is_queued,
);

async fn open(url: String) -> Place {
    Place(url)
}

async fn test_mail(house: &House, to: &str) -> Value {
    let admin = house.sign_in("administrator").await;
    let body = json!({ "to": to });
    house.ask(Method::POST, "/api/v1/mail/test", &admin, Some(&body)).await.expect(201)
}

/// The details of a client whose invoices are in Russian, mailed to two contacts.
async fn contacts(desk: &Desk, on_issue: bool) {
    let path = desk.path("/billing-details");
    let mut buyer = desk.admin(Method::GET, &path, None).await.expect(200);
    buyer["language"] = "ru".into();
    buyer["contacts"] = json!(["kasse@northwind.example", "chef@northwind.example"]);
    buyer["mail_on_issue"] = on_issue.into();
    desk.admin(Method::PUT, &path, Some(&buyer)).await.expect(200);
}

/// The bytes of a file as it is downloaded.
async fn download(desk: &Desk, path: &str) -> Vec<u8> {
    let request = desk.house.request(Method::GET, path, Some(&desk.admin));
    let answer = request.send().await.unwrap().error_for_status().unwrap();
    answer.bytes().await.unwrap().to_vec()
}

/// Asserts that a mail has these files of an invoice, byte for byte.
async fn has_files(desk: &Desk, mail: &Value, document: &Value, endings: &[&str]) {
    let files = mail["files"].as_array().unwrap();
    assert_eq!(files.len(), endings.len(), "{}", mail["files"]);
    for (file, ending) in files.iter().zip(endings) {
        let name = format!("{}.{ending}", document["summary"]["number"].as_str().unwrap());
        assert_eq!(file["name"], name);
        let kind = if *ending == "pdf" { "application/pdf" } else { "text/csv" };
        assert_eq!(file["kind"], kind);
        let bytes = STANDARD.decode(file["bytes"].as_str().unwrap()).unwrap();
        let wanted = download(desk, &format!("{}/{ending}", desk.of(document))).await;
        assert!(bytes == wanted, "{name} arrived as other bytes");
    }
}

async fn an_invoice_reaches_the_billing_contacts_with_its_files(place: Place) {
    let Some(mut peer) = Peer::start().await else { return };
    let mut desk = Desk::open(peer.house(&place).await, false).await;
    contacts(&desk, false).await;
    desk.serve(1, 80 * SECOND).await;
    let period = desk.close_period().await;
    let draft = desk.draft(&period).await;
    let to_contacts = json!({ "to": [], "version": 3 }); // drafted, read, issued
    let mail_of = |document: &Value| format!("{}/mail", desk.of(document));
    let early = desk.admin(Method::POST, &mail_of(&draft), Some(&to_contacts)).await;
    assert_eq!(early.body["reason"], "invoice_unissued");
    let issued = desk.issued(&period).await;
    assert_eq!(issued["mails"], json!([]), "nobody asked for it to be mailed");
    assert_eq!(issued["contacts"], json!(["kasse@northwind.example", "chef@northwind.example"]));

    desk.admin(Method::POST, &mail_of(&issued), Some(&to_contacts)).await.expect(200);
    let mut to = Vec::new();
    for _ in 0..2 {
        let mail = peer.mail().await;
        assert_eq!(mail["subject"], "Счёт INV-000001 от Relais SAS");
        assert_eq!(mail["from"], "Relais Grün <service@relais.example>");
        assert_eq!(mail["reply_to"], "office@relais.example");
        let text = mail["text"].as_str().unwrap();
        for part in ["Здравствуйте!", "INV-000001", "2,88\u{a0}EUR", "Relais SAS"] {
            assert!(text.contains(part), "{part} is not in {text}");
        }
        has_files(&desk, &mail, &issued, &["pdf", "csv"]).await;
        to.push(mail["to"][0].as_str().unwrap().to_owned());
    }
    to.sort();
    assert_eq!(to, ["chef@northwind.example", "kasse@northwind.example"]);
    until(&desk.house, |list| list["sent"] == 2).await;

    // The invoice says so, to its client too; and it can be sent once more, to somebody else as well.
    for who in [&desk.admin, &desk.manager] {
        let shown = desk.house.ask(Method::GET, &desk.of(&issued), who, None).await.expect(200);
        let mails = shown["mails"].as_array().unwrap();
        assert_eq!(mails.len(), 2, "{}", shown["mails"]);
        assert!(mails.iter().all(|mail| mail["state"] == "sent"), "{}", shown["mails"]);
        assert_eq!(shown["hash"], issued["hash"], "sending changes nothing of it");
    }
    let stale = json!({ "to": [], "version": 2 });
    assert_eq!(desk.admin(Method::POST, &mail_of(&issued), Some(&stale)).await.status, 409);
    let again =
        json!({ "to": ["kasse@northwind.example", "bureau@nördwind.example"], "version": 3 });
    let wrong = json!({ "to": ["kasse"], "version": 3 });
    let refused = desk.admin(Method::POST, &mail_of(&issued), Some(&wrong)).await;
    assert_eq!(refused.body["faults"][0]["code"], "mail_address", "{}", refused.text);
    desk.admin(Method::POST, &mail_of(&issued), Some(&again)).await.expect(200);
    let (first, second) = (peer.mail().await, peer.mail().await);
    assert_ne!(first["id"], second["id"]);
    let client = desk.manager(Method::POST, &mail_of(&issued), Some(&to_contacts)).await;
    assert_eq!(client.status, 403, "a client does not send the provider's mail");
    let audit = desk.admin(Method::GET, "/api/v1/audit", None).await.expect(200);
    let entries = audit["items"].as_array().unwrap();
    let told: Vec<_> = entries.iter().filter(|entry| entry["action"] == "invoice.mailed").collect();
    assert_eq!(told.len(), 2, "{audit}");
    assert_eq!(told[0]["after"], json!({ "number": "INV-000001", "addresses": 2 }));
    desk.close().await;
}

async fn what_is_issued_is_mailed_where_the_client_wants_it(place: Place) {
    let Some(mut peer) = Peer::start().await else { return };
    let mut desk = Desk::open(peer.house(&place).await, false).await;
    let path = desk.path("/billing-details");
    let mut buyer = desk.admin(Method::GET, &path, None).await.expect(200);
    buyer["mail_on_issue"] = true.into();
    let nobody = desk.admin(Method::PUT, &path, Some(&buyer)).await;
    assert_eq!(nobody.body["faults"][0]["code"], "nobody_to_mail", "{}", nobody.text);
    buyer["party"]["email"] = "compta@northwind.example".into();
    desk.admin(Method::PUT, &path, Some(&buyer)).await.expect(200);
    desk.serve(1, 80 * SECOND).await;
    let period = desk.close_period().await;
    let issued = desk.issued(&period).await;
    let mail = peer.mail().await;
    assert_eq!(mail["to"], json!(["compta@northwind.example"]));
    assert_eq!(mail["subject"], "Facture INV-000001 de Relais SAS");
    has_files(&desk, &mail, &issued, &["pdf", "csv"]).await;
    // Issued twice, it is mailed once.
    desk.step(&issued, "issue", json!({})).await.expect(200);
    let issued = desk.admin(Method::GET, &desk.of(&issued), None).await.expect(200);
    let credited = desk.step(&issued, "credit", json!({ "reason": "Wrong address." })).await;
    let note = credited.expect(200)["notes"][0]["id"].as_str().unwrap().to_owned();
    let note = desk.path(&format!("/invoices/{note}"));
    let note = desk.admin(Method::GET, &note, None).await.expect(200);
    let mail = peer.mail().await;
    assert_eq!(mail["subject"], "Avoir CN-000001 de Relais SAS");
    assert!(mail["text"].as_str().unwrap().contains("INV-000001"), "{}", mail["text"]);
    has_files(&desk, &mail, &note, &["pdf"]).await;
    let list = until(&desk.house, |list| list["sent"] == 2).await;
    assert_eq!(list["items"].as_array().unwrap().len(), 2, "{list}");
    desk.close().await;
}

async fn a_refusal_is_shown_in_the_servers_words_and_a_delay_is_waited_out(place: Place) {
    let Some(mut peer) = Peer::start().await else { return };
    let house = peer.house(&place).await;
    let lost = test_mail(&house, "nobody@away.example").await;
    let list = until(&house, |list| list["failed"] == 1).await;
    assert_eq!(list["items"][0]["error"], "550 5.1.1 No such user here");
    assert_eq!(list["items"][0]["next_try"], Value::Null);
    assert_eq!(list["server"]["from"], "Relais Grün <service@relais.example>");
    assert!(!list.to_string().contains("sesame"), "the password is not shown");

    let before = house.app.clock.now();
    let waits = test_mail(&house, "later@away.example").await;
    let list =
        until(&house, |list| list["items"][0]["tries"] == 1 && list["items"][0]["error"] != "")
            .await;
    assert_eq!(list["items"][0]["error"], "451 4.7.1 Greylisted, try again");
    let next = list["items"][0]["next_try"].as_str().unwrap().parse::<domain::Timestamp>();
    assert!(next.unwrap().since(before) >= Duration::from_secs(60));
    house.wait(Duration::from_secs(24 * 3_600));
    let mail = peer.mail().await;
    assert_eq!(mail["id"], format!("<{}@relais.example>", waits["id"].as_str().unwrap()));
    // It is the mail of yesterday, sent late.
    let queued = mail["date"].as_f64().unwrap();
    assert!((queued - before.micros() as f64 / 1e6).abs() < 600.0, "{queued}");
    until(&house, |list| list["sent"] == 1).await;

    let retry = |mail: &Value| format!("/api/v1/mail/{}/retry", mail["id"].as_str().unwrap());
    let admin = house.sign_in("administrator").await;
    house.ask(Method::POST, &retry(&lost), &admin, None).await.expect(204);
    until(&house, |list| list["failed"] == 1 && list["queued"] == 0).await;
    let sent = house.ask(Method::POST, &retry(&waits), &admin, None).await;
    assert_eq!(sent.status, 404, "what was sent is not sent again: {}", sent.text);
    let manager = house.sign_in(Role::AccountManager.name()).await;
    house.ask(Method::GET, "/api/v1/mail", &manager, None).await.expect(200);
    house.close().await.unwrap();
}

async fn a_wrong_password_leaves_everything_in_the_queue(place: Place) {
    let Some(peer) = Peer::start().await else { return };
    let house = peer.house_but(&place, &[("mail.password", "guess")]).await;
    test_mail(&house, "anna@away.example").await;
    let list = until(&house, |list| list["items"][0]["error"] != "").await;
    let said = list["items"][0]["error"].as_str().unwrap();
    assert!(said.starts_with("535 "), "{said}");
    assert_eq!(list["items"][0]["state"], "queued");
    house.close().await.unwrap();
}

async fn what_waits_at_a_stop_goes_out_after_the_next_start(place: Place) {
    let Some(mut peer) = Peer::start().await else { return };
    // Nobody listens there.
    let silent = testkit::port::free().to_string();
    let house = peer.house_but(&place, &[("mail.port", &silent)]).await;
    let waits = test_mail(&house, "anna@away.example").await;
    until(&house, |list| list["items"][0]["error"] != "").await;
    house.close().await.unwrap();
    let mine = peer.settings();
    let settings: Vec<(&str, &str)> = mine.iter().map(|(k, v)| (*k, v.as_str())).collect();
    let house = House::start(&place.0, &settings).await;
    house.wait(Duration::from_secs(3_600));
    let mail = peer.mail().await;
    assert_eq!(mail["id"], format!("<{}@relais.example>", waits["id"].as_str().unwrap()));
    let list = until(&house, |list| list["sent"] == 1).await;
    assert_eq!(list["items"][0]["tries"], 2);
    house.close().await.unwrap();
}

async fn without_a_mail_server_nothing_is_queued(place: Place) {
    let mut desk = Desk::open(House::open(&place.0).await, false).await;
    contacts(&desk, true).await;
    desk.serve(1, 80 * SECOND).await;
    let period = desk.close_period().await;
    let issued = desk.issued(&period).await;
    assert_eq!((&issued["mails"], &issued["mail_on"]), (&json!([]), &false.into()));
    let path = format!("{}/mail", desk.of(&issued));
    for (path, body) in [
        (path.as_str(), json!({ "to": [], "version": 3 })),
        ("/api/v1/mail/test", json!({ "to": "a@b.example" })),
    ] {
        let refused = desk.admin(Method::POST, path, Some(&body)).await;
        assert_eq!(refused.body["reason"], "mail_unconfigured", "{}", refused.text);
    }
    let list = desk.admin(Method::GET, "/api/v1/mail", None).await.expect(200);
    assert_eq!((&list["server"], &list["items"]), (&Value::Null, &json!([])));
    desk.close().await;
}

/// A log in memory.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    fn bytes(&self) -> MutexGuard<'_, Vec<u8>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.bytes().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// On one thread, so that every task of the server logs to this test's log.
#[tokio::test]
async fn no_mail_address_is_in_the_log() {
    let Some(mut peer) = Peer::start().await else { return };
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::DEBUG)
        .with_writer(move || writer.clone())
        .finish();
    // Beside a second subscriber, every place that logs asks all of them.
    let _second = tracing::Dispatch::new(tracing::subscriber::NoSubscriber::new());
    let _guard = tracing::subscriber::set_default(subscriber);
    let folder = tempfile::tempdir().unwrap();
    let place = Place(format!("sqlite://{}", folder.path().join("mail.db").display()));
    async {
        let house = peer.house(&place).await;
        for to in ["tourmaline@away.example", "nobody@obsidian.example", "later@malachite.example"]
        {
            test_mail(&house, to).await;
        }
        peer.mail().await;
        until(&house, |list| list["failed"] == 1 && list["items"][0]["error"] != "").await;
        house.close().await.unwrap();
    }
    .with_current_subscriber()
    .await;
    let text = String::from_utf8_lossy(&log.bytes()).into_owned();
    for said in ["a mail was sent", "refused for good", "trying again later"] {
        assert!(text.contains(said), "`{said}` is not in the log");
    }
    for secret in ["tourmaline", "obsidian", "malachite", "sesame"] {
        let line = text.lines().find(|line| line.contains(secret));
        assert!(line.is_none(), "{secret} is in the log: {line:?}");
    }
}
