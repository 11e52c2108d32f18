//! A server of its own for each test.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use domain::{AgentId, Language, Timestamp};
use server::{
    App,
    clock::Clock,
    config::{Config, PasswordCost, VoiceConfig},
    serve::Server,
};
use store::records::{CannedAnswer, ClientScope};
use tempfile::TempDir;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::{
    agent::{Desk, Person},
    customer::{Customer, Door},
    seed::{self, Plan},
    wait,
};

/// Which engine keeps the data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    Sqlite,
    Postgres,
}

/// Runs each test on both engines; without PostgreSQL the second is skipped, aloud.
macro_rules! both {
    ($($(#[$meta:meta])* $name:ident),+ $(,)?) => {$(
        mod $name {
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            $(#[$meta])*
            async fn sqlite() {
                super::$name($crate::fixture::Engine::Sqlite).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            $(#[$meta])*
            async fn postgres() {
                if testkit::pg::cluster().is_some() {
                    super::$name($crate::fixture::Engine::Postgres).await;
                }
            }
        }
    )+};
}
pub(crate) use both;

/// A running floor.
pub struct Floor {
    pub app: App,
    pub clock: Clock,
    address: SocketAddr,
    config: Config,
    running: Option<(CancellationToken, JoinHandle<anyhow::Result<()>>)>,
    _folder: Arc<TempDir>,
}

impl Floor {
    /// The ordinary floor.
    pub async fn open(engine: Engine) -> Self {
        Self::planned(engine, Plan::default()).await
    }

    /// A floor that differs.
    pub async fn planned(engine: Engine, plan: Plan) -> Self {
        let url = (engine == Engine::Postgres).then(|| {
            let cluster = testkit::pg::cluster().expect("asked for only where there is one");
            cluster.database(None).expect("a database for the test")
        });
        Self::at(url, plan).await
    }

    /// A floor on SQLite whose file may grow by so many pages only. Beside them lie a thousand that
    /// [`Floor::make_room`] frees.
    pub async fn with_room(plan: Plan, pages: u32) -> Self {
        let floor = Self::at(None, plan).await;
        floor.in_room(pages).await
    }

    async fn in_room(mut self, pages: u32) -> Self {
        self.stop().await;
        let file = self.config.database.clone();
        let store = store::Store::open(&file).await.expect("a store");
        let fill = store.tx(|tx| {
            Box::pin(async move {
                for n in BALLAST {
                    tx.create_canned_answer(&ClientScope::of(seed::SHARED), &ballast(n)).await?;
                }
                Ok(())
            })
        });
        fill.await.expect("there is room for the ballast");
        store.close().await;
        let path = file.strip_prefix("sqlite://").unwrap_or(&file);
        let bytes = std::fs::metadata(path).expect("the file of the store").len();
        let used = u32::try_from(bytes / PAGE_BYTES).expect("a small file");
        let options =
            store::Options { sqlite_pages_max: Some(used + pages), ..store::Options::default() };
        let store = store::Store::open_with(&file, &options).await.expect("a store");
        let server = Server::on(store, self.config.clone(), self.clock.clone()).await;
        let (app, address, running) = run(server.expect("a server"));
        (self.app, self.address, self.running) = (app, address, Some(running));
        self
    }

    /// Frees the thousand pages, from another program as it were.
    pub async fn make_room(&self) {
        let store = store::Store::open(&self.config.database).await.expect("a store");
        let free = store.tx(|tx| {
            Box::pin(async move {
                for n in BALLAST {
                    let scope = ClientScope::of(seed::SHARED);
                    tx.remove_canned_answer(&scope, ballast(n).id).await?;
                }
                Ok(())
            })
        });
        free.await.expect("what takes less room can be kept");
        store.close().await;
    }

    /// A floor on a database of its own choice; SQLite in its own folder without one.
    pub async fn at(url: Option<String>, plan: Plan) -> Self {
        let folder = tempfile::tempdir().expect("a folder for the test");
        let mut config = Config::in_folder(folder.path()).expect("the defaults can be used");
        if let Some(url) = url {
            config.database = url;
        }
        config.listen = SocketAddr::from(([127, 0, 0, 1], 0));
        config.drain = Duration::from_secs(5);
        config.password_cost = PasswordCost::LEAST;
        config.limits.requests_per_second = 100_000;
        config.limits.requests_burst = 100_000;
        config.voice =
            plan.calls.then(|| plan.voice.clone().unwrap_or_else(VoiceConfig::on_loopback));
        let clock = Clock::adjustable();
        // A Wednesday, ten in the morning in Paris, so that no test depends on when it runs.
        assert!(clock.set("2031-03-05T09:00:00Z".parse().expect("an instant")));
        let store = store::Store::open(&config.database).await.expect("a store");
        seed::sow(&store, &plan, clock.now()).await;
        store.close().await;
        let (app, address, running) = start(&config, &clock).await;
        Self { app, clock, address, config, running: Some(running), _folder: Arc::new(folder) }
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where recordings lie.
    pub fn recordings(&self) -> std::path::PathBuf {
        server::voice::folder(&self.config)
    }

    /// The same floor after an orderly stop and a new start, on another port.
    pub async fn restart(&mut self) {
        self.stop().await;
        let (app, address, running) = start(&self.config, &self.clock).await;
        (self.app, self.address, self.running) = (app, address, Some(running));
    }

    /// Stops in good order.
    pub async fn stop(&mut self) {
        if let Some((stop, task)) = self.running.take() {
            stop.cancel();
            let ended = tokio::time::timeout(wait::LIMIT, task).await;
            ended.expect("stops in time").expect("does not panic").expect("stops in good order");
        }
    }

    /// Moves the clock forward.
    pub fn pass(&self, span: Duration) {
        assert!(self.clock.set(self.clock.now() + span), "the clock of tests can be set");
    }

    /// Moves the clock to the next instant at which it is `minute` of the day in Paris, and returns
    /// it.
    pub fn pass_until_paris(&self, minute: u16) -> Timestamp {
        let zone = domain::zone::Zone::get("Europe/Paris").expect("a zone that is known");
        let now = self.clock.now();
        let at = (1..=2 * 24 * 60)
            .map(|m| {
                let us = now.micros() - now.micros().rem_euclid(60_000_000);
                Timestamp::from_micros(us) + Duration::from_secs(60 * m)
            })
            .find(|at| zone.minute_at(*at).1 == minute)
            .expect("each minute comes once within two days");
        assert!(self.clock.set(at));
        at
    }

    /// Somebody signs in to the screens.
    pub async fn person(&self, login: &str) -> Person {
        Person::sign_in(self.address, login).await
    }

    /// An agent opens the desk and becomes available.
    pub async fn agent(&self, login: &str) -> Desk {
        let desk = Desk::open(self.address, login).await;
        desk.become_available().await;
        desk
    }

    /// A customer opens the widget.
    pub async fn customer(&self, widget: &str) -> Customer {
        Customer::arrive(Door::new(self.address, widget)).await
    }

    /// The agent's state as the router has it.
    pub async fn router_state(&self, agent: AgentId) -> routing::AgentState {
        let view = self.app.floor.look(move |router, _| router.agent_view(agent)).await;
        view.expect("the floor answers").expect("the agent is known").state
    }
}

impl Drop for Floor {
    fn drop(&mut self) {
        if let Some((stop, _)) = &self.running {
            stop.cancel();
        }
    }
}

/// Canned answers of four pages each.
const BALLAST: std::ops::Range<u128> = 0..250;

/// Bytes of a page of SQLite, unless told otherwise.
const PAGE_BYTES: u64 = 4_096;

fn ballast(n: u128) -> CannedAnswer {
    CannedAnswer {
        client: seed::SHARED,
        id: Uuid::from_u128(0xba11_0000 + n),
        shortcut: format!("ballast-{n}"),
        language: Language::EN,
        body: "x".repeat(16_000),
        version: 1,
    }
}

type Running = (CancellationToken, JoinHandle<anyhow::Result<()>>);

async fn start(config: &Config, clock: &Clock) -> (App, SocketAddr, Running) {
    run(Server::open(config.clone(), clock.clone()).await.expect("a server"))
}

fn run(server: Server) -> (App, SocketAddr, Running) {
    let (app, address) = (server.app().clone(), server.local_address());
    let stop = CancellationToken::new();
    let task = tokio::spawn(server.run(stop.clone().cancelled_owned()));
    (app, address, (stop, task))
}
