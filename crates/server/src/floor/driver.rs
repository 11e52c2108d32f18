//! The task that owns the router: feeds it, journals what it decided, lets effects go.

use std::{
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use domain::{AgentId, FloorId, Timestamp};
use routing::{AgentState, AgentView, Input, Router, Stamped};
use store::{Entry, JournalError, Owned, Store, StoreError, Writer, journal::WriterOptions};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot};
use tokio_util::sync::CancellationToken;

use super::{
    ASKS_MAX, Ask, Directory, Floor, FloorError, Published, Status, directory, recovery, touched,
    unavailable,
};
use crate::clock::{Clock, Stopwatch};

/// Steps that may be durable or on their way but not yet carried out. When it is reached the floor
/// waits for those who carry them out.
const STEPS_IN_FLIGHT: usize = 8_192;

/// Asks taken in one go before deadlines are looked at again.
const ASKS_AT_ONCE: usize = 256;

/// A snapshot is made after so many entries…
const SNAPSHOT_ENTRIES: u64 = 50_000;

/// …or after this long, if there was any entry.
const SNAPSHOT_EVERY: Duration = Duration::from_secs(300);

/// Between two tries to rebuild the floor while the store is away.
const REBUILD_EVERY: Duration = Duration::from_millis(500);

/// The running floor; await it to see it end.
pub struct FloorTask {
    /// Ends when the server stops or another server has taken the floor.
    pub task: tokio::task::JoinHandle<Result<(), anyhow::Error>>,
}

/// A step with its permit, on its way from the writer to those who carry it out.
pub struct InFlight {
    /// What may be carried out.
    pub what: Published,
    /// Returned once it has been carried out.
    pub permit: Option<OwnedSemaphorePermit>,
}

struct Effects {
    what: Published,
    permit: OwnedSemaphorePermit,
    reply: Option<Reply>,
}

/// Whoever handed the input in, its instant, and how long it has taken so far.
struct Reply {
    to: oneshot::Sender<Result<Timestamp, FloorError>>,
    at: Timestamp,
    since: Stopwatch,
}

/// Whether a browser follows the agent's desk.
pub type IsConnected = Box<dyn Fn(AgentId) -> bool + Send + Sync>;

/// Rebuilds the floor from the store and starts it. What becomes durable arrives at the receiver.
///
/// # Errors
/// When the journal cannot be read, or replays to other decisions than it recorded.
pub async fn open(
    store: Store,
    clock: Clock,
    floor: FloorId,
    is_connected: IsConnected,
    stop: CancellationToken,
) -> anyhow::Result<(Floor, FloorTask, mpsc::UnboundedReceiver<InFlight>)> {
    let (asks, waiting) = mpsc::channel(ASKS_MAX);
    // Bounded by STEPS_IN_FLIGHT permits: each message but `Rebuilt` carries one.
    let (publish, published) = mpsc::unbounded_channel();
    let status = Arc::new(Status::default());
    let directory = Arc::new(directory::Shared::new(Directory::load(&store, clock.now()).await?));
    let mut supervisor = Supervisor {
        store,
        clock,
        floor,
        stop,
        is_connected,
        waiting,
        publish,
        status: Arc::clone(&status),
        permits: Arc::new(Semaphore::new(STEPS_IN_FLIGHT)),
    };
    let first = supervisor.rebuild(Proof::NotAsked).await?;
    let task = tokio::spawn(supervisor.run(first));
    let floor = Floor { asks, directory, status, configuring: Arc::default() };
    Ok((floor, FloorTask { task }, published))
}

/// Keeps a driver running: builds a new one from the journal when the store has failed.
struct Supervisor {
    store: Store,
    clock: Clock,
    floor: FloorId,
    stop: CancellationToken,
    is_connected: IsConnected,
    waiting: mpsc::Receiver<Ask>,
    publish: mpsc::UnboundedSender<InFlight>,
    status: Arc<Status>,
    permits: Arc<Semaphore>,
}

struct Driver {
    router: Router,
    owned: Owned,
    writer: Writer<Effects>,
    seq: u64,
    last: Timestamp,
    snapshot_seq: u64,
    snapshot_at: Timestamp,
}

impl Supervisor {
    async fn run(mut self, first: Driver) -> anyhow::Result<()> {
        let mut driver = first;
        loop {
            self.status.set_trouble(None);
            self.status.ready.store(true, Ordering::Relaxed);
            let ended = self.drive(&mut driver).await;
            self.status.ready.store(false, Ordering::Relaxed);
            let Driver { writer, owned, router, seq, .. } = driver;
            match (ended, writer.finish().await) {
                (Ended::Stopped, Ok(_)) => {
                    // A clean end leaves nothing to replay: the next start reads one snapshot.
                    let bytes = encoded(&router)?;
                    self.store.save_snapshot(&owned, seq, router.now(), &bytes).await?;
                    return Ok(());
                }
                (_, Err(error @ JournalError::Fenced { .. })) => {
                    return Err(anyhow::Error::new(error)
                        .context("another server has taken this floor; stop one of the two"));
                }
                (Ended::Stopped, Err(error)) => return Err(error.into()),
                (Ended::WriterFailed, Ok(_)) => {}
                (Ended::WriterFailed, Err(error)) => {
                    tracing::error!(
                        error = &error as &dyn std::error::Error,
                        "journal failed; the floor is rebuilt when the store is back"
                    );
                    self.status.set_trouble(Some(in_words(&error.into())));
                }
            }
            driver = match self.rebuild_when_possible().await? {
                Some(driver) => driver,
                None => return Ok(()),
            };
        }
    }

    /// Tries until the store is back; callers meanwhile hear that the floor is not available.
    async fn rebuild_when_possible(&mut self) -> anyhow::Result<Option<Driver>> {
        loop {
            let pause = tokio::time::sleep(REBUILD_EVERY);
            tokio::pin!(pause);
            loop {
                tokio::select! {
                    () = &mut pause => break,
                    () = self.stop.cancelled() => return Ok(None),
                    ask = self.waiting.recv() => match ask {
                        None => return Ok(None),
                        Some(Ask::Input { reply, .. }) => {
                            let why = self.status.trouble();
                            let why = why.unwrap_or_else(|| "the store does not answer".to_owned());
                            let _ = reply.send(Err(unavailable(&why)));
                        }
                        Some(Ask::Look(_)) => {}
                    }
                }
            }
            match self.rebuild(Proof::Asked).await {
                Ok(driver) => {
                    self.status.rebuilds.inc();
                    return Ok(Some(driver));
                }
                Err(error) if error.is::<recovery::Diverged>() => return Err(error),
                Err(error) => {
                    tracing::warn!("the floor cannot be rebuilt yet: {error:#}");
                    self.status.set_trouble(Some(in_words(&error)));
                }
            }
        }
    }

    async fn rebuild(&mut self, proof: Proof) -> anyhow::Result<Driver> {
        let owned = self.store.acquire(self.floor).await?;
        let mut recovered = recovery::recover(&self.store, &owned, self.clock.now()).await?;
        if proof == Proof::Asked {
            // A full disk still takes small changes in place; one that takes this takes new entries.
            let (at, bytes) = (recovered.router.now(), encoded(&recovered.router)?);
            self.store.save_snapshot(&owned, owned.seq, at, &bytes).await?;
            recovered.snapshot_seq = owned.seq;
        }
        let publish = self.publish.clone();
        let status = Arc::clone(&self.status);
        let writer = Writer::start(
            &self.store,
            owned,
            WriterOptions::default(),
            move |_seq, Effects { what, permit, reply }| {
                // The receiver outlives the floor but for a shutdown, when nobody is shown anything.
                let _ = publish.send(InFlight { what, permit: Some(permit) });
                if let Some(Reply { to, at, since }) = reply {
                    status.commit_seconds.observe(since.elapsed().as_secs_f64());
                    let _ = to.send(Ok(at));
                }
            },
        );
        let now = self.clock.now().max(recovered.last);
        let agents = recovered.router.agents().map(|view| (view.agent, Some(view))).collect();
        let contacts = recovered.router.contacts().collect();
        let what = Published::Rebuilt { agents, contacts, history: recovered.history, now };
        let _ = self.publish.send(InFlight { what, permit: None });
        tracing::info!(
            seq = owned.seq,
            replayed = recovered.replayed,
            "the floor is rebuilt from its journal"
        );
        let mut driver = Driver {
            router: recovered.router,
            owned,
            writer,
            seq: owned.seq,
            last: recovered.last,
            snapshot_seq: recovered.snapshot_seq,
            snapshot_at: now,
        };
        self.look_at_desks(&mut driver).await;
        Ok(driver)
    }

    /// Tells a rebuilt router which desks are there. After a start none is: agents who come back in
    /// time keep their work. After a failure of the store desks may have come and gone unheard.
    async fn look_at_desks(&mut self, driver: &mut Driver) {
        let signed_in = driver.router.agents().filter(|v| v.state != AgentState::SignedOut);
        let inputs: Vec<Input> = signed_in
            .filter_map(|AgentView { agent, lost_until, .. }| {
                match ((self.is_connected)(agent), lost_until) {
                    (true, Some(_)) => Some(Input::ConnectionRestored { agent }),
                    (false, None) => Some(Input::ConnectionLost { agent }),
                    (true, None) | (false, Some(_)) => None,
                }
            })
            .collect();
        for input in inputs {
            if self.step(driver, Some(input), None).await.is_err() {
                // The writer has failed: the driver's loop sees it at once and begins again.
                return;
            }
        }
    }

    async fn drive(&mut self, driver: &mut Driver) -> Ended {
        loop {
            let deadline = driver.router.next_deadline();
            let due = async {
                match deadline {
                    Some(at) => self.clock.sleep_until(at).await,
                    None => std::future::pending().await,
                }
            };
            let mut taken = Vec::new();
            tokio::select! {
                () = self.stop.cancelled() => return Ended::Stopped,
                () = driver.writer.stopped() => return Ended::WriterFailed,
                () = due => {
                    if self.step(driver, None, None).await.is_err() {
                        return Ended::WriterFailed;
                    }
                }
                n = self.waiting.recv_many(&mut taken, ASKS_AT_ONCE) => {
                    if n == 0 {
                        return Ended::Stopped;
                    }
                    for ask in taken {
                        match ask {
                            Ask::Look(look) => {
                                let now = self.clock.now().max(driver.last);
                                look(&driver.router, now);
                            }
                            Ask::Input { input, reply } => {
                                if self.step(driver, Some(*input), Some(reply)).await.is_err() {
                                    return Ended::WriterFailed;
                                }
                            }
                        }
                    }
                }
            }
            self.snapshot_when_due(driver).await;
        }
    }

    /// One step: due deadlines and perhaps an input.
    async fn step(
        &mut self,
        driver: &mut Driver,
        input: Option<Input>,
        reply: Option<oneshot::Sender<Result<Timestamp, FloorError>>>,
    ) -> Result<(), store::journal::Stopped> {
        let since = Stopwatch::start();
        let now = self.clock.now().max(driver.last);
        driver.last = now;
        let refused = match input.clone() {
            Some(input) => driver.router.handle(now, input).err(),
            None => {
                driver.router.advance(now);
                None
            }
        };
        let accepted = input.filter(|_| refused.is_none());
        let mut events: Vec<Stamped> = Vec::new();
        while let Some(event) = driver.router.next_event() {
            events.push(event);
        }
        let counters = &self.status;
        counters.events.inc_by(events.len() as u64);
        let mut reply = reply;
        if let Some(error) = refused {
            counters.refused.inc();
            if let Some(reply) = reply.take() {
                let _ = reply.send(Err(error.into()));
            }
        }
        if accepted.is_none() && events.is_empty() {
            return Ok(());
        }
        counters.inputs.inc_by(u64::from(accepted.is_some()));
        driver.seq += 1;
        counters.seq.set(driver.seq);
        let agents = touched(&events, &driver.router)
            .into_iter()
            .map(|agent| (agent, driver.router.agent_view(agent)))
            .collect();
        let entry = Entry { seq: driver.seq, at: now, input: accepted, events: events.clone() };
        let permit = Arc::clone(&self.permits)
            .acquire_owned()
            .await
            .expect("the semaphore lives as long as the supervisor and is never closed");
        let what = Published::Step { seq: driver.seq, events, agents };
        let reply = reply.map(|to| Reply { to, at: now, since });
        driver.writer.submit(entry, Effects { what, permit, reply }).await
    }

    /// Keeps the state now and then, once it is durable, so that a restart replays little.
    async fn snapshot_when_due(&self, driver: &mut Driver) {
        let entries = driver.seq.saturating_sub(driver.snapshot_seq);
        let due = entries >= SNAPSHOT_ENTRIES
            || (entries > 0 && driver.last.since(driver.snapshot_at) >= SNAPSHOT_EVERY);
        if !due {
            return;
        }
        let (seq, owned, store) = (driver.seq, driver.owned, self.store.clone());
        driver.snapshot_seq = seq;
        driver.snapshot_at = driver.last;
        let bytes = match encoded(&driver.router) {
            Ok(bytes) => bytes,
            Err(error) => {
                tracing::error!("the floor's snapshot cannot be made: {error}");
                return;
            }
        };
        let at = driver.last;
        let mut durable = driver.writer.durable();
        tokio::spawn(async move {
            // The state may run ahead of the disk; a snapshot of it must not.
            if durable.wait_for(|durable| *durable >= seq).await.is_err() {
                return;
            }
            if let Err(error) = store.save_snapshot(&owned, seq, at, &bytes).await {
                tracing::warn!(error = &error as &dyn std::error::Error, "snapshot not kept");
            }
        });
    }
}

/// The router's state as a snapshot's bytes.
fn encoded(router: &Router) -> anyhow::Result<Vec<u8>> {
    Ok(minicbor::to_vec(router.snapshot())?)
}

/// What a failure of the store is, for people: its own words, without addresses or statements.
fn in_words(error: &anyhow::Error) -> String {
    let of_store = error.chain().find_map(|cause| cause.downcast_ref::<StoreError>());
    match of_store {
        Some(error @ (StoreError::Full(_) | StoreError::Unavailable(_) | StoreError::Busy(_))) => {
            error.to_string()
        }
        _ => "the store failed; the log says how".to_owned(),
    }
}

/// Whether a rebuilt floor shows first that the store keeps something.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Proof {
    Asked,
    NotAsked,
}

enum Ended {
    Stopped,
    WriterFailed,
}
