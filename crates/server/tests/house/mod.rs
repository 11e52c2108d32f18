//! A real server on a free port, set up through its own interface, with a person of every role.
#![allow(dead_code)] // each test file uses its own part of the house

pub mod desk;
pub mod kept;
pub mod post;
pub mod workbook;

use std::collections::BTreeMap;

use api::role::Role;
use domain::{ClientId, ContactId, QueueId, Timestamp, contract::Channel};
use reqwest::{Method, StatusCode, header};
use routing::Arrival;
use serde_json::{Value, json};
use server::{
    App,
    clock::Clock,
    config::{Config, PasswordCost},
    schedules::Planner,
    serve::Server,
};
use tokio::{sync::oneshot, task::JoinHandle};
use uuid::Uuid;

/// A password that is long enough for everybody here.
pub const PASSWORD: &str = "four unrelated words";

/// The running server and who can sign in.
pub struct House {
    /// `http://127.0.0.1:port`.
    pub address: String,
    /// The server's parts.
    pub app: App,
    /// The first client, live.
    pub first: Uuid,
    /// The second client, a draft without a contract.
    pub second: Uuid,
    /// A person of every role; the client's people belong to the first client.
    pub people: BTreeMap<Role, Person>,
    /// A reader of the second client.
    pub stranger: Person,
    http: reqwest::Client,
    stop: Option<oneshot::Sender<()>>,
    running: Option<JoinHandle<anyhow::Result<()>>>,
    _data: tempfile::TempDir,
}

/// Somebody who is signed in.
#[derive(Clone, Debug)]
pub struct Person {
    /// Name to sign in with.
    pub login: String,
    /// The session's cookie, as `name=value`.
    pub cookie: String,
    /// The session's second token.
    pub csrf: String,
    /// The user.
    pub user: Uuid,
}

/// What came back.
#[derive(Debug)]
pub struct Answer {
    /// Status.
    pub status: StatusCode,
    /// Headers.
    pub headers: header::HeaderMap,
    /// The body as JSON; null when it is none.
    pub body: Value,
    /// The body as text.
    pub text: String,
}

impl Answer {
    /// The error's code, or nothing.
    pub fn code(&self) -> &str {
        self.body["code"].as_str().unwrap_or_default()
    }

    /// The body, if the status is that.
    #[track_caller]
    pub fn expect(self, status: u16) -> Value {
        assert_eq!(self.status.as_u16(), status, "{}", self.text);
        self.body
    }

    /// Asserts that this is an error in the one form, and nothing else.
    #[track_caller]
    pub fn assert_error(&self, about: &str) {
        assert!(self.status.is_client_error(), "{about}: {} {}", self.status, self.text);
        for field in ["code", "message", "next", "request_id"] {
            let said = self.body[field].as_str().unwrap_or_default();
            assert!(!said.is_empty(), "{about}: no `{field}` in {}", self.text);
        }
        let id = self.headers.get("x-request-id").and_then(|id| id.to_str().ok());
        assert_eq!(id, self.body["request_id"].as_str(), "{about}");
    }
}

impl House {
    /// Opens the server on a fresh database and sets it up.
    pub async fn open(url: &str) -> Self {
        Self::open_with(url, &[]).await
    }

    /// As [`House::open`], with further settings.
    pub async fn open_with(url: &str, settings: &[(&str, &str)]) -> Self {
        let mut house = Self::start(url, settings).await;
        house.set_up().await;
        house
    }

    /// As [`House::open`], with a planner of shifts.
    pub async fn open_planning(url: &str, planner: impl Planner + 'static) -> Self {
        let mut house = Self::start_with(url, &[], |server| server.with_planner(planner)).await;
        house.set_up().await;
        house
    }

    /// Starts the server only; nobody is known to it yet.
    pub async fn start(url: &str, settings: &[(&str, &str)]) -> Self {
        Self::start_with(url, settings, |server| server).await
    }

    async fn start_with(
        url: &str,
        settings: &[(&str, &str)],
        furnish: impl FnOnce(Server) -> Server,
    ) -> Self {
        let data = tempfile::tempdir().unwrap();
        let mut flags = vec![
            ("data".to_owned(), data.path().display().to_string()),
            ("database".to_owned(), url.to_owned()),
            ("listen".to_owned(), "127.0.0.1:0".to_owned()),
            ("limits.requests_per_second".to_owned(), "100000".to_owned()),
            ("limits.requests_burst".to_owned(), "100000".to_owned()),
            ("drain_seconds".to_owned(), "1".to_owned()),
        ];
        flags.extend(settings.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())));
        let mut config = Config::load(None, [], flags).unwrap();
        config.password_cost = PasswordCost::LEAST;
        let server = furnish(Server::open(config, Clock::adjustable()).await.unwrap());
        let (app, address) = (server.app().clone(), format!("http://{}", server.local_address()));
        let (stop, stopped) = oneshot::channel::<()>();
        let running = tokio::spawn(server.run(async {
            // A house that is dropped stops its server as well.
            let _ = stopped.await;
        }));
        Self {
            address,
            app,
            first: Uuid::nil(),
            second: Uuid::nil(),
            people: BTreeMap::new(),
            stranger: nobody(),
            http: reqwest::Client::builder().build().unwrap(),
            stop: Some(stop),
            running: Some(running),
            _data: data,
        }
    }

    /// What the first-run wizard would send.
    pub fn first_run(&self) -> Value {
        json!({
            "token": self.app.first_run_token().unwrap_or_default(),
            "provider_name": "Relais", "provider_zone": "Europe/Paris",
            "administrator": {
                "login": "administrator", "name": "Ada Admin", "password": PASSWORD, "language": "en"
            },
            "client": {
                "name": "Northwind", "zone": "Europe/Paris", "languages": ["fr", "en"],
                "model": "hybrid",
                "hours": [{ "days": ["monday", "friday"], "from": "09:00", "until": "17:00" }],
                "greeting": "Bonjour", "origins": ["https://northwind.example"]
            }
        })
    }

    async fn set_up(&mut self) {
        let done =
            self.call(Method::POST, "/api/v1/first-run", None, Some(&self.first_run())).await;
        let done = done.expect(201);
        self.first = id(&done["client"]);
        let admin = self.sign_in("administrator").await;
        self.people.insert(Role::Administrator, admin.clone());
        let client = json!({ "name": "Contoso", "zone": "America/New_York" });
        let client = self.ask(Method::POST, "/api/v1/clients", &admin, Some(&client)).await;
        self.second = id(&client.expect(201)["id"]);
        for role in Role::ALL.into_iter().filter(|role| *role != Role::Administrator) {
            let client = role.is_client().then_some(self.first);
            let person = self.hire(role.name(), role, client).await;
            self.people.insert(role, person);
        }
        self.stranger = self.hire("stranger", Role::ClientReader, Some(self.second)).await;
    }

    /// Creates a user, and an agent for those who need one, and signs them in.
    pub async fn hire(&self, login: &str, role: Role, client: Option<Uuid>) -> Person {
        let admin = self.person(Role::Administrator).clone();
        let mut agent = Value::Null;
        if role == Role::Agent {
            let profile = profile(login);
            let made = self.ask(Method::POST, "/api/v1/agents", &admin, Some(&profile)).await;
            agent = made.expect(201)["id"].clone();
        }
        let user = json!({
            "login": login, "name": format!("{login} of the house"), "role": role,
            "client": client, "agent": agent, "language": "en", "password": PASSWORD
        });
        self.ask(Method::POST, "/api/v1/users", &admin, Some(&user)).await.expect(201);
        self.sign_in(login).await
    }

    /// Signs everybody in anew, for sessions end when the clock is set on by days.
    pub async fn sign_all_in(&mut self) {
        for role in Role::ALL {
            let login = self.person(role).login.clone();
            let person = self.sign_in(&login).await;
            self.people.insert(role, person);
        }
        self.stranger = self.sign_in(&self.stranger.login).await;
    }

    /// The person of a role.
    pub fn person(&self, role: Role) -> &Person {
        self.people.get(&role).unwrap()
    }

    /// Signs somebody in.
    pub async fn sign_in(&self, login: &str) -> Person {
        let answer = self.try_sign_in(login, PASSWORD).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
        person(&answer)
    }

    /// Tries to sign somebody in.
    pub async fn try_sign_in(&self, login: &str, password: &str) -> Answer {
        let body = json!({ "login": login, "password": password });
        self.call(Method::POST, "/api/v1/session", None, Some(&body)).await
    }

    /// Asks as somebody, with the session's second token.
    pub async fn ask(
        &self,
        method: Method,
        path: &str,
        who: &Person,
        body: Option<&Value>,
    ) -> Answer {
        self.call(method, path, Some(who), body).await
    }

    /// Asks as somebody or as nobody.
    pub async fn call(
        &self,
        method: Method,
        path: &str,
        who: Option<&Person>,
        body: Option<&Value>,
    ) -> Answer {
        let mut request = self.request(method, path, who);
        if let Some(body) = body {
            request = request.json(body);
        }
        self.send(request).await
    }

    /// A request to be changed further.
    pub fn request(
        &self,
        method: Method,
        path: &str,
        who: Option<&Person>,
    ) -> reqwest::RequestBuilder {
        let mut request = self.http.request(method, format!("{}{path}", self.address));
        if let Some(who) = who {
            request = request.header(header::COOKIE, &who.cookie).header("x-csrf-token", &who.csrf);
        }
        request
    }

    /// Sends it.
    pub async fn send(&self, request: reqwest::RequestBuilder) -> Answer {
        let response = request.send().await.unwrap();
        let (status, headers) = (response.status(), response.headers().clone());
        let text = response.text().await.unwrap();
        let body = serde_json::from_str(&text).unwrap_or_default();
        Answer { status, headers, body, text }
    }

    /// Moves the server's clock forward.
    pub fn wait(&self, span: std::time::Duration) -> Timestamp {
        let at = self.app.clock.now() + span;
        assert!(self.app.clock.set(at));
        at
    }

    /// Stops the server and says how it ended.
    pub async fn close(mut self) -> anyhow::Result<()> {
        drop(self.stop.take());
        self.running.take().unwrap().await?
    }
}

fn nobody() -> Person {
    Person { login: String::new(), cookie: String::new(), csrf: String::new(), user: Uuid::nil() }
}

/// The id in a body.
#[track_caller]
pub fn id(value: &Value) -> Uuid {
    Uuid::parse_str(value.as_str().unwrap()).unwrap()
}

/// Who an answer signed in.
pub fn person(answer: &Answer) -> Person {
    let cookie = answer
        .headers
        .get_all(header::SET_COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .find(|value| value.contains("HttpOnly"))
        .and_then(|value| value.split(';').next())
        .unwrap();
    let session =
        if answer.body["session"].is_object() { &answer.body["session"] } else { &answer.body };
    Person {
        login: session["login"].as_str().unwrap().to_owned(),
        cookie: cookie.to_owned(),
        csrf: session["csrf"].as_str().unwrap().to_owned(),
        user: id(&session["user"]),
    }
}

/// A chat that arrives at a queue.
pub fn chat(contact: ContactId, client: Uuid, queue: QueueId) -> Arrival {
    Arrival {
        contact,
        client: ClientId::from_uuid(client),
        queue,
        channel: Channel::Chat,
        language: None,
        first_ring: None,
        customer: None,
        head_start: None,
        emergency: false,
    }
}

/// A sound agent's profile.
pub fn profile(name: &str) -> Value {
    json!({
        "name": name, "alias": name, "languages": ["fr"], "channels": [{ "channel": "chat", "max": 3 }]
    })
}
