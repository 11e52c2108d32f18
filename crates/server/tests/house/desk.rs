//! The office of the tests of invoices: a client with a tariff, both sides' details, and steps of a document.

use std::time::Duration;

use api::role::Role;
use domain::{AgentId, ClientId, ContactId, QueueId};
use reqwest::Method;
use routing::{EndedBy, Input, Presence};
use serde_json::{Value, json};

use super::{Answer, House, Person, chat, id};

/// A second.
pub const SECOND: Duration = Duration::from_secs(1);
/// A day.
pub const DAY: Duration = Duration::from_secs(86_400);

/// A minute at 1.20 and 20 % of tax.
fn tariff() -> Value {
    json!({
        "currency": "EUR", "terms": "",
        "charges": [{
            "name": "Chats", "price_milli": 120_000,
            "unit": { "kind": "minute", "counts": ["talk", "hold"], "first_s": 60, "next_s": 60 },
        }],
        "tax": { "name": "TVA", "basis_points": 2_000 },
    })
}

async fn published(house: &House, admin: &Person, tariff: &Value) -> Value {
    let path = format!("/api/v1/clients/{}/contracts", house.first);
    let history = house.ask(Method::GET, &path, admin, None).await.expect(200);
    let newest = history[0]["version"].as_u64().unwrap();
    let one = house.ask(Method::GET, &format!("{path}/{newest}"), admin, None).await;
    let mut terms = one.expect(200)["terms"].clone();
    terms["tariff"] = tariff.clone();
    let body = json!({ "based_on": newest, "valid_from": null, "note": "", "terms": terms });
    house.ask(Method::POST, &path, admin, Some(&body)).await.expect(201)
}

fn party(name: &str, vat: &str) -> Value {
    json!({
        "legal_name": name, "street": "1 rue du Port", "postcode": "44000", "city": "Nantes",
        "country": "FR", "vat": vat, "registration": "", "email": "",
    })
}

/// The office of these tests: who asks, and where.
pub struct Desk {
    pub house: House,
    pub admin: Person,
    pub manager: Person,
    pub client: ClientId,
    pub queue: QueueId,
    pub agent: AgentId,
}

impl Desk {
    /// A client with a tariff, and both sides' details unless `bare`.
    pub async fn open(house: House, bare: bool) -> Self {
        let admin = house.person(Role::Administrator).clone();
        let manager = house.person(Role::ClientManager).clone();
        let contract = published(&house, &admin, &tariff()).await;
        let me = house.ask(Method::GET, "/api/v1/session", &admin, None).await.expect(200);
        let desk = Self {
            client: ClientId::from_uuid(house.first),
            queue: QueueId::from_uuid(id(&contract["terms"]["queues"][0]["id"])),
            agent: AgentId::from_uuid(id(&me["agent"])),
            house,
            admin,
            manager,
        };
        let (agent, presence) = (desk.agent, Presence::Available);
        desk.house.app.floor.input(Input::SignIn { agent, presence }).await.unwrap();
        if !bare {
            desk.detail().await;
        }
        desk
    }

    /// Publishes the contract in force with another tariff.
    pub async fn publish(&self, tariff: &Value) -> Value {
        published(&self.house, &self.admin, tariff).await
    }

    pub async fn detail(&self) {
        let seller = json!({
            "party": party("Relais SAS", "FR40303265045"), "iban": "FR14 2004 1010 0505 0001 3M02 606",
            "bic": "", "payment_days": 30, "series": "INV", "credit_series": "CN", "footer": "", "version": 0,
        });
        self.admin(Method::PUT, "/api/v1/billing-details", Some(&seller)).await.expect(200);
        let buyer = json!({
            "party": party("Northwind SARL", ""), "language": "fr", "reference": "PO 77", "version": 0,
        });
        let path = self.path("/billing-details");
        self.admin(Method::PUT, &path, Some(&buyer)).await.expect(200);
    }

    pub fn path(&self, rest: &str) -> String {
        format!("/api/v1/clients/{}{rest}", self.house.first)
    }

    pub async fn admin(&self, method: Method, path: &str, body: Option<&Value>) -> Answer {
        self.house.ask(method, path, &self.admin, body).await
    }

    pub async fn manager(&self, method: Method, path: &str, body: Option<&Value>) -> Answer {
        self.house.ask(method, path, &self.manager, body).await
    }

    pub async fn begin(&self, contact: ContactId) {
        let arrives = Input::Arrive(chat(contact, self.client.uuid(), self.queue));
        self.house.app.floor.input(arrives).await.unwrap();
        self.house.wait(10 * SECOND);
        let answer = Input::Answer { contact, agent: self.agent };
        self.house.app.floor.input(answer).await.unwrap();
    }

    pub async fn end(&self, contact: ContactId) {
        let by = EndedBy::Customer;
        self.house.app.floor.input(Input::End { contact, by }).await.unwrap();
        let done = Input::FinishWrapUp { contact, agent: self.agent, disposition: None };
        self.house.app.floor.input(done).await.unwrap();
    }

    pub async fn serve(&self, contact: u128, talk: Duration) {
        let contact = ContactId::from_u128(contact);
        self.begin(contact).await;
        self.house.wait(talk);
        self.end(contact).await;
    }

    /// The billing period of now.
    pub async fn period(&self) -> (String, domain::Timestamp) {
        let statement = self.admin(Method::GET, &self.path("/statement"), None).await.expect(200);
        let until = statement["until"].as_str().unwrap().parse().unwrap();
        (statement["period"].as_str().unwrap().to_owned(), until)
    }

    /// Lets the billing period of now be over, and signs everybody in again.
    pub async fn close_period(&mut self) -> String {
        let (name, until) = self.period().await;
        let now = self.house.app.clock.now();
        self.house.wait(until.since(now) + DAY);
        self.admin = self.house.sign_in("administrator").await;
        self.manager = self.house.sign_in(Role::ClientManager.name()).await;
        name
    }

    pub async fn draft(&self, period: &str) -> Value {
        let body = json!({ "period": period });
        self.admin(Method::POST, &self.path("/invoices"), Some(&body)).await.expect(201)
    }

    /// A step of a document, from the version that is shown.
    pub async fn step(&self, invoice: &Value, step: &str, more: Value) -> Answer {
        let mut body = json!({ "version": invoice["summary"]["version"] });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        self.admin(Method::POST, &format!("{}/{step}", self.of(invoice)), Some(&body)).await
    }

    pub fn of(&self, invoice: &Value) -> String {
        self.path(&format!("/invoices/{}", invoice["summary"]["id"].as_str().unwrap()))
    }

    pub async fn issued(&self, period: &str) -> Value {
        let draft = self.draft(period).await;
        let read = self.step(&draft, "review", json!({})).await.expect(200);
        self.step(&read, "issue", json!({})).await.expect(200)
    }

    pub async fn close(self) {
        self.house.close().await.unwrap();
    }
}
