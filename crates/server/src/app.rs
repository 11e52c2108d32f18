//! What every handler shares.

use std::{
    collections::VecDeque,
    net::IpAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use domain::AgentId;
use store::Store;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::{
    background::{self, Background, Ready},
    board::Move,
    chat::Chat,
    clock::Clock,
    config::Config,
    desk,
    floor::{Cards, Floor},
    http::{limits::Buckets, password::Passwords},
    live::Live,
    mail::{self, Mailer},
    mailings, margins,
    metrics::Metrics,
    planning::Jobs,
    reports::Days,
    schedules::Planner,
    statements::{self, Metering},
    voice::Voice,
};

/// Failed tries to sign in count for this long.
const TRIES_WINDOW: Duration = Duration::from_secs(15 * 60);

/// Addresses and logins remembered at once by each limit.
const KEYS_MAX: usize = 50_000;

/// The running server's parts; cheap to clone.
#[derive(Clone)]
pub struct App {
    /// How it was configured.
    pub config: Arc<Config>,
    /// What is kept.
    pub store: Store,
    /// The time.
    pub clock: Clock,
    /// Margins of months that may still change, as they were rated last.
    pub rated_lately: margins::Lately,
    /// Figures of the server itself.
    pub metrics: Metrics,
    /// Makes and checks password hashes.
    pub passwords: Passwords,
    /// Requests by address.
    pub rate: Arc<Buckets<IpAddr>>,
    /// Failed tries to sign in, by login.
    pub tries_login: Arc<Buckets<String>>,
    /// Failed tries to sign in, by address.
    pub tries_address: Arc<Buckets<IpAddr>>,
    /// Cancelled when the server begins to stop: no new work from then on.
    pub stopping: CancellationToken,
    /// The floor.
    pub floor: Floor,
    /// Live streams of desks and board.
    pub live: Live,
    /// Contacts on the floor, as people see them.
    pub cards: Arc<Cards>,
    /// Figures of today.
    pub figures: Arc<Mutex<figures::Live>>,
    /// Conversations.
    pub chat: Chat,
    /// Days that are over, for the reports.
    pub days: Days,
    /// Contacts that are over, for the statements.
    pub metering: Metering,
    /// Long planning work.
    pub jobs: Jobs,
    /// Makes shift schedules, if whoever started the server handed one in.
    pub planner: Option<Arc<dyn Planner>>,
    /// Telephony, if it is configured.
    pub voice: Option<Voice>,
    /// Mail that goes out.
    pub mail: Mailer,
    /// Moves of agents that can be taken back.
    moves: Arc<Mutex<VecDeque<(Uuid, Move)>>>,
    /// The first-run wizard's token; `None` once there is a user.
    first_run: Arc<Mutex<Option<String>>>,
    /// The address people use.
    address: Arc<str>,
}

impl App {
    /// The parts of a server that people reach at `address` (`http://127.0.0.1:8080`).
    pub async fn new(
        config: Config,
        store: Store,
        clock: Clock,
        address: &str,
    ) -> anyhow::Result<(Self, Background)> {
        let first_run = store.view().is_first_run().await?.then(secret);
        let mail = Mailer::new(config.mail.as_ref())?;
        let limits = config.limits;
        let burst = limits.requests_burst.max(limits.requests_per_second);
        let full_after =
            Duration::from_secs_f64(f64::from(burst) / f64::from(limits.requests_per_second));
        let stopping = CancellationToken::new();
        let Ready { floor, live, cards, figures, chat, days, metering, jobs, voice, mut tasks } =
            background::start(&config, &store, &clock, &stopping).await?;
        let app = Self {
            floor,
            live,
            cards,
            figures,
            chat,
            days,
            metering,
            jobs,
            planner: None,
            voice,
            mail,
            moves: Arc::default(),
            rate: Arc::new(Buckets::new(burst, full_after, KEYS_MAX)),
            tries_login: Arc::new(Buckets::new(limits.sign_in_tries, TRIES_WINDOW, KEYS_MAX)),
            tries_address: Arc::new(Buckets::new(
                limits.sign_in_tries_address,
                TRIES_WINDOW,
                KEYS_MAX,
            )),
            address: config.public_url.clone().unwrap_or_else(|| address.to_owned()).into(),
            passwords: Passwords::new(config.password_cost),
            config: Arc::new(config),
            store,
            clock,
            rated_lately: margins::Lately::default(),
            metrics: Metrics::new(),
            stopping,
            first_run: Arc::new(Mutex::new(first_run)),
        };
        app.metrics.register(|registry| app.floor.status().register(registry));
        if let Some(voice) = &app.voice {
            app.metrics.register(|registry| voice.register(registry));
        }
        tasks.also(|stop| mail::send(app.clone(), stop));
        tasks.also(|stop| mailings::keep(app.clone(), stop));
        tasks.also(|stop| statements::keep_warning(app.clone(), stop));
        Ok((app, tasks))
    }

    /// The address people use, without a slash at its end.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// The token of the first-run wizard, while it is open.
    pub fn first_run_token(&self) -> Option<String> {
        self.first_run.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// There is a user now: the wizard is closed for good.
    pub fn close_first_run(&self) {
        *self.first_run.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// Tells the floor that clients, contracts, calendars, agents or pools were saved.
    ///
    /// What was saved stays saved: a floor that cannot take it now reads it at its next start, and
    /// the log says so.
    pub async fn configuration_changed(&self) {
        if let Err(error) = self.floor.configuration_changed(&self.store, self.clock.now()).await {
            tracing::error!(
                error = &error as &dyn std::error::Error,
                "what was saved could not be brought to the floor yet"
            );
        }
        self.floor.directory().set_zones(&mut background::locked(&self.figures));
        if let Some(voice) = &self.voice {
            // Contracts have words that callers hear, and flows ask calendars.
            voice.words_changed().await;
        }
    }

    /// Tells telephony that trunks, numbers or settings were saved.
    pub async fn telephony_changed(&self) {
        if let Some(voice) = &self.voice {
            voice.plan_changed().await;
        }
    }

    /// Tells telephony that prompts or call flows were saved.
    pub fn sounds_changed(&self) {
        if let Some(voice) = self.voice.clone() {
            tokio::spawn(async move { voice.words_changed().await });
        }
    }

    /// Whether the floor takes inputs.
    pub fn floor_ready(&self) -> bool {
        self.floor.is_ready()
    }

    /// An agent's own figures of today.
    pub fn agent_today(&self, agent: AgentId) -> api::desk::DeskFigures {
        desk::figures(&background::locked(&self.figures).agent(agent, self.clock.now()))
    }

    /// Moves of agents that can be taken back.
    pub fn moves(&self) -> MutexGuard<'_, VecDeque<(Uuid, Move)>> {
        self.moves.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl std::fmt::Debug for App {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("App").field("address", &self.address).finish_non_exhaustive()
    }
}

/// 256 random bits as text that may stand in an address.
pub fn secret() -> String {
    URL_SAFE_NO_PAD.encode(rand::random::<[u8; 32]>())
}
