//! The warning before overage, as a mail server of another make (`aiosmtpd`) takes it.

use std::time::Duration;

use crate::house::{
    desk::Desk,
    post::{Peer, Place, until},
};
use reqwest::Method;
use serde_json::json;
use testkit::both_engines;

both_engines!(open; the_billing_contacts_are_warned_once_before_a_bundle_is_used_up);

async fn open(url: String) -> Place {
    Place(url)
}

const MINUTE: Duration = Duration::from_secs(60);

async fn the_billing_contacts_are_warned_once_before_a_bundle_is_used_up(place: Place) {
    let Some(mut peer) = Peer::start().await else { return };
    let mut desk = Desk::open(peer.house(&place).await, false).await;
    let path = desk.path("/billing-details");
    let mut buyer = desk.admin(Method::GET, &path, None).await.expect(200);
    buyer["language"] = "fr".into();
    buyer["contacts"] = json!(["caisse@northwind.example", "chef@northwind.example"]);
    desk.admin(Method::PUT, &path, Some(&buyer)).await.expect(200);
    // Ten minutes are included, and the client is warned when nine of them are used.
    let tariff = json!({
        "currency": "EUR", "terms": "",
        "charges": [{
            "name": "Chats", "price_milli": 120_000,
            "unit": { "kind": "minute", "counts": ["talk"], "first_s": 60, "next_s": 60 },
            "bundle": {
                "included": 10, "per": "billing_period", "fee_minor": 1_500, "warn_percent": 90,
            },
        }],
    });
    desk.publish(&tariff).await;
    desk.close_period().await;
    // Eight are too few for a warning.
    desk.serve(1, 7 * MINUTE + MINUTE / 2).await;
    desk.house.wait(61 * MINUTE);
    let mails = async |desk: &Desk| {
        let list = desk.admin(Method::GET, "/api/v1/mail", None).await.expect(200);
        list["items"].as_array().unwrap().iter().filter(|mail| mail["kind"] == "bundle").count()
    };
    assert_eq!(mails(&desk).await, 0);

    desk.serve(2, MINUTE / 2).await;
    desk.house.wait(61 * MINUTE);
    let mut to = Vec::new();
    for _ in 0..2 {
        let mail = peer.mail().await;
        assert_eq!(mail["subject"], "« Chats » : 90 % de ce qui est inclus sont utilisés");
        let text = mail["text"].as_str().unwrap();
        for part in ["Bonjour", "9 min sur 10 min, inclus jusqu’au ", "/billing", "Relais"] {
            assert!(text.contains(part), "{part} is not in {text}");
        }
        to.push(mail["to"][0].as_str().unwrap().to_owned());
    }
    to.sort();
    assert_eq!(to, ["caisse@northwind.example", "chef@northwind.example"]);
    // What comes then is no news, until the next billing period.
    desk.serve(3, 3 * MINUTE).await;
    desk.house.wait(61 * MINUTE);
    until(&desk.house, |list| list["sent"] == 2 && list["queued"] == 0).await;
    desk.close_period().await;
    assert_eq!(mails(&desk).await, 2);
    desk.serve(4, 10 * MINUTE + MINUTE / 2).await;
    desk.house.wait(61 * MINUTE);
    let mail = peer.mail().await;
    assert_eq!(mail["subject"], "« Chats » : 110 % de ce qui est inclus sont utilisés");
    until(&desk.house, |list| list["sent"] == 4).await;
    assert_eq!(mails(&desk).await, 4);
    desk.close().await;
}
