//! A floor for benchmarks, set up over the administration's interface as a person would.

use std::{
    net::{IpAddr, Ipv4Addr},
    sync::Arc,
    time::Duration,
};

use anyhow::{Context, Result, bail};
use futures_util::{StreamExt, TryStreamExt, stream};
use reqwest::{Client, Method, RequestBuilder, cookie::Jar};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Value, json};
use server::clock::Stopwatch;
use uuid::Uuid;

use super::served::Served;

/// A journal of a million contacts is metered sooner than this on any machine.
const METERED_WITHIN: Duration = Duration::from_secs(1_800);
/// Between two looks at it.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

/// Everybody's password.
pub const PASSWORD: &str = "bench-of-the-day";

/// Name of the client of [`Floor::set_up`].
pub const CLIENT: &str = "Measured";

/// A loopback address for the `n`th person: 127.16.0.1 and on, a quarter of a million of them.
pub fn own_address(n: u32) -> IpAddr {
    let n = n + 1;
    let octet = |shift: u32| u8::try_from((n >> shift) & 0xff).expect("masked to eight bits");
    IpAddr::V4(Ipv4Addr::new(127, 16 + octet(16), octet(8), octet(0)))
}

/// Somebody who is signed in: their cookies and the token that goes with every change.
#[derive(Clone)]
pub struct Person {
    http: Client,
    /// Cookies, for the socket.
    pub jar: Arc<Jar>,
    base: String,
    csrf: String,
}

impl Person {
    fn new(base: &str, from: IpAddr) -> Result<Self> {
        let jar = Arc::new(Jar::default());
        let http = Client::builder()
            .cookie_provider(Arc::clone(&jar))
            .local_address(from)
            .pool_max_idle_per_host(2)
            .build()?;
        Ok(Self { http, jar, base: base.to_owned(), csrf: String::new() })
    }

    /// Signs in from `from`.
    ///
    /// # Errors
    /// When the server refuses.
    pub async fn sign_in(base: &str, from: IpAddr, login: &str) -> Result<Self> {
        let mut person = Self::new(base, from)?;
        let body = json!({"login": login, "password": PASSWORD});
        let session: Value = person.ask(Method::POST, "/api/v1/session", &body).await?;
        person.take_csrf(&session)?;
        Ok(person)
    }

    fn take_csrf(&mut self, session: &Value) -> Result<()> {
        let csrf = session["csrf"].as_str().context("the session has no csrf token")?;
        csrf.clone_into(&mut self.csrf);
        Ok(())
    }

    /// Reads a statement that waits for a whole journal to be metered: longer than one request may take.
    ///
    /// # Errors
    /// When it is refused for another reason, or the journal is not metered within half an hour.
    pub async fn get_when_metered(&self, statement: &str) -> Result<Value> {
        let since = Stopwatch::start();
        loop {
            match self.get(statement).await {
                Err(error)
                    if error.to_string().contains("503") && since.elapsed() < METERED_WITHIN =>
                {
                    tokio::time::sleep(LOOK_AGAIN).await;
                }
                answered => return answered,
            }
        }
    }

    /// Sends a request with a body and reads the answer; `null` when it has none.
    ///
    /// # Errors
    /// When it is refused: with what the server said.
    pub async fn ask<T: DeserializeOwned>(
        &self,
        method: Method,
        path: &str,
        body: &impl Serialize,
    ) -> Result<T> {
        let request = self.request(method.clone(), path);
        let request = if method == Method::GET { request } else { request.json(body) };
        answered(request, &format!("{method} {path}")).await
    }

    /// `POST` of a text, such as a table.
    ///
    /// # Errors
    /// When it is refused.
    pub async fn post_text<T: DeserializeOwned>(&self, path: &str, text: &str) -> Result<T> {
        let request = self.request(Method::POST, path).body(text.to_owned());
        answered(request, &format!("POST {path}")).await
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.http.request(method, format!("{}{path}", self.base));
        request.header("x-csrf-token", &self.csrf).header("origin", &self.base)
    }

    /// `GET`, as JSON.
    ///
    /// # Errors
    /// When it is refused.
    pub async fn get(&self, path: &str) -> Result<Value> {
        self.ask(Method::GET, path, &()).await
    }

    /// `POST`, as JSON.
    ///
    /// # Errors
    /// When it is refused.
    pub async fn post(&self, path: &str, body: &Value) -> Result<Value> {
        self.ask(Method::POST, path, body).await
    }
}

/// Sends a request and reads the answer; `what` names it where something goes wrong.
async fn answered<T: DeserializeOwned>(request: RequestBuilder, what: &str) -> Result<T> {
    let answer = request.send().await.with_context(|| what.to_owned())?;
    let status = answer.status();
    let text = answer.text().await?;
    if !status.is_success() {
        bail!("{what} was refused with {status}: {text}");
    }
    let text = if text.is_empty() { "null" } else { &text };
    serde_json::from_str(text).with_context(|| format!("{what} answered {text}"))
}

/// A floor with one client, open day and night, whose contacts end without wrap-up.
pub struct Floor {
    /// Key of the widget.
    pub widget: String,
    /// Logins of the agents.
    pub logins: Vec<String>,
}

impl Floor {
    /// Sets up one client with a shared contract and `agents` agents who take three chats each.
    ///
    /// # Errors
    /// When the server refuses a step.
    pub async fn set_up(served: &Served, agents: u32) -> Result<Self> {
        let link = served.first_run.as_deref().context("the store is not empty")?;
        let token = link.split("token=").nth(1).context("the first-run link has no token")?;
        let base = served.base();
        let mut admin = Person::new(&base, own_address(0))?;
        let done = admin
            .post(
                "/api/v1/first-run",
                &json!({
                    "token": token,
                    "provider_name": "Bench", "provider_zone": "Europe/Paris",
                    "administrator": {
                        "login": "admin", "name": "Admin", "password": PASSWORD, "language": "en",
                    },
                    "client": {
                        "name": CLIENT, "zone": "Europe/Paris", "languages": ["en"],
                        "model": "shared", "hours": all_week(), "greeting": "Hello.",
                        "origins": [base],
                    },
                }),
            )
            .await?;
        admin.take_csrf(&done["session"])?;
        let client: Uuid = serde_json::from_value(done["client"].clone())?;
        publish_terms(&admin, client).await?;
        let pools = admin.get("/api/v1/pools").await?;
        let pool = &pools[0]["id"];
        let logins = stream::iter(0..agents)
            .map(|n| {
                let admin = admin.clone();
                async move { add_agent(&admin, n, client, pool).await }
            })
            .buffered(4)
            .try_collect()
            .await?;
        let view = admin.get(&format!("/api/v1/clients/{client}")).await?;
        if view["status"] != "live" {
            let path = format!("/api/v1/clients/{client}/go-live");
            admin.post(&path, &json!({"version": view["version"]})).await?;
        }
        let widget = done["widget"]["key"].as_str().context("the widget has no key")?.to_owned();
        Ok(Self { widget, logins })
    }
}

/// Gives the first client's contract a tariff, which others may copy: minutes with a bundle.
///
/// # Errors
/// When the server refuses.
pub async fn price(served: &Served) -> Result<()> {
    let admin = Person::sign_in(&served.base(), own_address(0), "admin").await?;
    let clients = admin.get("/api/v1/clients").await?;
    let client = clients["items"][0]["id"].as_str().context("no client")?;
    let path = format!("/api/v1/clients/{client}/contracts");
    let newest = admin.get(&path).await?[0]["version"].as_u64().context("no contract")?;
    let mut terms = admin.get(&format!("{path}/{newest}")).await?["terms"].clone();
    terms["tariff"] = json!({
        "currency": "EUR", "terms": "As agreed.", "not_billed": {"dispositions": []},
        "charges": [{
            "name": "Minutes", "price_milli": 120_000,
            "unit": {"kind": "minute", "counts": ["talk", "hold"], "first_s": 60, "next_s": 6},
            "bundle": {"included": 1_000, "per": "billing_period", "fee_minor": 90_000},
        }],
        "tax": {"name": "TVA", "basis_points": 2_000},
    });
    let change = json!({"based_on": newest, "terms": terms, "note": "with prices"});
    admin.post(&path, &change).await.map(drop)
}

fn all_week() -> Value {
    let days = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
    json!([{"days": days, "from": "00:00", "until": "24:00"}])
}

/// Publishes the first contract anew without wrap-up and with room for everybody to wait.
async fn publish_terms(admin: &Person, client: Uuid) -> Result<()> {
    let path = format!("/api/v1/clients/{client}/contracts");
    let versions = admin.get(&path).await?;
    let version = versions[0]["version"].as_u64().context("the client has no contract")?;
    let contract = admin.get(&format!("{path}/{version}")).await?;
    let mut terms = contract["terms"].clone();
    for queue in terms["queues"].as_array_mut().context("the contract has no queues")? {
        queue["wrap_up"] = json!({"kind": "none"});
        queue["waiting_max"] = json!(100_000);
        queue["offer_timeout_s"] = json!(120);
    }
    for period in terms["periods"].as_array_mut().context("the contract has no periods")? {
        period["nobody_on_shift"] = json!({"kind": "wait_for_next_shift"});
        period["peak_greeting"] = Value::Null;
    }
    terms["dispositions"] = json!([]);
    let change = json!({"based_on": version, "terms": terms, "note": "for measuring"});
    admin.post(&path, &change).await?;
    Ok(())
}

async fn add_agent(admin: &Person, n: u32, client: Uuid, pool: &Value) -> Result<String> {
    let agent = admin
        .post(
            "/api/v1/agents",
            &json!({
                "name": format!("Agent {n}"), "alias": format!("A{n}"), "pools": [pool],
                "languages": ["en"], "channels": [{"channel": "chat", "max": 3}],
                "sign_offs": [client],
            }),
        )
        .await?;
    let login = format!("agent{n}");
    admin
        .post(
            "/api/v1/users",
            &json!({
                "login": login, "name": format!("Agent {n}"), "role": "agent",
                "agent": agent["id"], "language": "en", "password": PASSWORD,
            }),
        )
        .await?;
    Ok(login)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everybody_has_an_address_of_their_own() {
        let all: std::collections::BTreeSet<IpAddr> = (0..70_000).map(own_address).collect();
        assert_eq!(all.len(), 70_000);
        assert!(all.iter().all(IpAddr::is_loopback));
    }
}
