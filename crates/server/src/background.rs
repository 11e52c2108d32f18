//! The tasks that run beside the requests: the floor, those who carry out its decisions, and the
//! projection of contacts.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use domain::FloorId;
use store::{ProviderScope, Store, StoreError, records::Setting};
use tokio::{
    sync::{Notify, oneshot},
    task::JoinHandle,
};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::{
    app::secret,
    chat::{Chat, Parts, VisitorTokens},
    clock::Clock,
    config::Config,
    fidelity::Nights,
    floor::{self, Cards, Floor, FloorTask},
    live::{self, Live, Publisher},
    planning::Jobs,
    reports::Days,
    statements::Metering,
    voice::{self, Voice},
};

/// The projection waits at least this long between two runs, so that it takes many steps at once.
const PROJECT_EVERY: Duration = Duration::from_millis(250);

/// Key of the setting that holds the server's own secret.
const SECRET: &str = "server_secret";

/// What the background offers to the requests.
pub struct Ready {
    /// The floor.
    pub floor: Floor,
    /// Streams of desks and board.
    pub live: Live,
    /// Contacts on the floor.
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
    /// Telephony.
    pub voice: Option<Voice>,
    /// The tasks.
    pub tasks: Background,
}

/// The tasks, to be ended last.
pub struct Background {
    floor: FloorTask,
    others: Vec<JoinHandle<()>>,
    stop: CancellationToken,
}

/// Rebuilds the floor and starts everything that runs beside the requests.
///
/// # Errors
/// What the store says, or a journal that replays to other decisions.
pub async fn start(
    config: &Config,
    store: &Store,
    clock: &Clock,
    stopping: &CancellationToken,
) -> anyhow::Result<Ready> {
    let stop = CancellationToken::new();
    let id = match store.floors().await?.first() {
        Some(id) => *id,
        None => FloorId::from_uuid(Uuid::now_v7()),
    };
    let live = Live::new(secret());
    let is_connected = Box::new({
        let live = live.clone();
        move |agent| live.desk_is_connected(agent)
    });
    let (floor, task, published) =
        floor::open(store.clone(), clock.clone(), id, is_connected, stop.clone()).await?;
    let cards = Arc::new(Cards::default());
    let zone = floor.directory().floor_zone();
    let figures = Arc::new(Mutex::new(figures::Live::new(zone)));
    let chat = Chat::new(Parts {
        store: store.clone(),
        clock: clock.clone(),
        floor: floor.clone(),
        live: live.clone(),
        cards: Arc::clone(&cards),
        tokens: VisitorTokens::new(server_secret(store).await?.as_bytes()),
        files: config.data.join("files"),
        stop: stopping.clone(),
    });
    let (voice, mut others) = match &config.voice {
        None => (None, Vec::new()),
        Some(configured) => {
            let parts = voice::Parts {
                store: store.clone(),
                clock: clock.clone(),
                floor: floor.clone(),
                live: live.clone(),
                cards: Arc::clone(&cards),
                recordings: voice::folder(config),
                stopping: stopping.clone(),
                stop: stop.clone(),
            };
            let (voice, tasks) = voice::start(configured, parts).await?;
            (Some(voice), tasks)
        }
    };
    let changed = Arc::new(Notify::new());
    let publisher = Publisher {
        floor: floor.clone(),
        live: live.clone(),
        cards: Arc::clone(&cards),
        figures: Arc::clone(&figures),
        chat: chat.clone(),
        voice: voice.clone(),
        clock: clock.clone(),
        changed: Arc::clone(&changed),
    };
    let (tell_ready, ready) = oneshot::channel();
    others.extend([
        tokio::spawn(live::publish(publisher, published, tell_ready, stop.clone())),
        tokio::spawn(project(store.clone(), id, changed, stop.clone())),
    ]);
    // A desk that opened earlier would be shown its contacts without what was said in them.
    ready.await?;
    floor.configuration_changed(store, clock.now()).await?;
    others.push(tokio::spawn({
        let (floor, store, clock, stop) =
            (floor.clone(), store.clone(), clock.clone(), stop.clone());
        async move { floor.keep_configured(store, clock, stop).await }
    }));
    let days = Days::new(store.clone());
    others.push(tokio::spawn(days.clone().keep(id, stop.clone())));
    let metering = Metering::new(store.clone());
    others.push(tokio::spawn(metering.clone().keep(stop.clone())));
    let jobs = Jobs::new(store.clone(), clock.clone(), stopping.clone());
    others.push(tokio::spawn(jobs.clone().ended()));
    let nights = Nights::new(store.clone(), clock.clone(), id, {
        let floor = floor.clone();
        move || floor.directory().floor_zone()
    });
    others.push(tokio::spawn(nights.keep(stop.clone())));
    let tasks = Background { floor: task, others, stop };
    Ok(Ready { floor, live, cards, figures, chat, days, metering, jobs, voice, tasks })
}

impl Background {
    /// Runs one more task, which is told when to stop.
    pub fn also<F: Future<Output = ()> + Send + 'static>(
        &mut self,
        task: impl FnOnce(CancellationToken) -> F,
    ) {
        self.others.push(tokio::spawn(task(self.stop.clone())));
    }

    /// Waits until the floor has ended by itself, which is a failure.
    pub async fn failed(&mut self) -> anyhow::Result<()> {
        (&mut self.floor.task).await?
    }

    /// Ends everything: the floor keeps its last steps and a snapshot first.
    ///
    /// # Errors
    /// When the last steps or the snapshot could not be kept.
    pub async fn end(self) -> anyhow::Result<()> {
        self.stop.cancel();
        let ended = self.floor.task.await?;
        for task in self.others {
            task.await?;
        }
        ended
    }
}

/// Writes contacts into their records as the journal grows.
async fn project(store: Store, floor: FloorId, changed: Arc<Notify>, stop: CancellationToken) {
    loop {
        match store.project_contacts(floor).await {
            Ok(_) => {}
            // Whoever asks for a contact that has only just come writes it too; the rest is left.
            Err(StoreError::Stale { .. }) => continue,
            Err(error) => tracing::warn!(
                error = &error as &dyn std::error::Error,
                "contacts could not be written to their records; trying again"
            ),
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = async {
                tokio::time::sleep(PROJECT_EVERY).await;
                changed.notified().await;
            } => {}
        }
    }
}

/// The server's own secret, made at the first start and kept.
async fn server_secret(store: &Store) -> Result<String, StoreError> {
    let scope = ProviderScope::granted();
    if let Some(kept) = store.view().setting(&scope, SECRET).await?
        && let Some(text) = kept.value.as_str()
    {
        return Ok(text.to_owned());
    }
    let made = secret();
    let setting = Setting { key: SECRET.to_owned(), value: made.clone().into(), version: 0 };
    store.tx(move |tx| Box::pin(async move { tx.save_setting(&scope, &setting).await })).await?;
    Ok(made)
}

/// The figures of today, locked.
pub fn locked(figures: &Mutex<figures::Live>) -> std::sync::MutexGuard<'_, figures::Live> {
    figures.lock().unwrap_or_else(PoisonError::into_inner)
}
