//! What a job has while it works: the store, a way to say how far it is, and to hear that it shall stop.

use std::{
    future::Future,
    num::NonZeroUsize,
    sync::{Arc, Mutex, PoisonError},
};

use api::planning::{JobPhase, JobProgress};
use domain::Fault;
use store::{Store, StoreError};
use tokio::runtime::Handle;
use tokio_util::sync::CancellationToken;

use crate::replay::ReplayError;

/// How much the job's thread gives way: the most there is.
#[cfg(target_os = "linux")]
const NICE: i32 = 19;

/// Why a job has no result.
#[derive(Debug)]
pub enum NotDone {
    /// It was told to stop.
    Stopped,
    /// What was asked cannot be worked out.
    Faults(Vec<Fault>),
    /// The store failed, or we did.
    Failed(anyhow::Error),
}

impl From<Vec<Fault>> for NotDone {
    fn from(faults: Vec<Fault>) -> Self {
        Self::Faults(faults)
    }
}

impl From<StoreError> for NotDone {
    fn from(error: StoreError) -> Self {
        Self::Failed(error.into())
    }
}

impl From<ReplayError> for NotDone {
    fn from(error: ReplayError) -> Self {
        let code = match &error {
            ReplayError::Store(_) => return Self::Failed(error.into()),
            ReplayError::Stretch(_) => "not_a_stretch",
            ReplayError::Empty { .. } => "nothing_recorded",
            ReplayError::TooMany { .. } => "too_many_contacts",
        };
        let text = error.to_string();
        let (message, next) = text.split_once("; ").unwrap_or((&text, "choose other days"));
        let sentence = |text: &str| {
            let mut letters = text.chars();
            let first = letters.next().into_iter().flat_map(char::to_uppercase);
            format!("{}.", first.chain(letters).collect::<String>())
        };
        Self::Faults(vec![Fault {
            field: "first_day".to_owned(),
            code: code.to_owned(),
            message: sentence(message),
            next: sentence(next),
            args: Vec::new(),
        }])
    }
}

/// What a job works with. It runs on a thread of its own, so it may think as long as it wants.
#[derive(Clone, Debug)]
pub struct Work {
    pub(super) store: Store,
    pub(super) runtime: Handle,
    pub(super) stop: CancellationToken,
    pub(super) progress: Arc<Mutex<JobProgress>>,
}

impl Work {
    /// What is kept.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// Whether the job shall stop. To be asked many times a second.
    pub fn is_stopped(&self) -> bool {
        self.stop.is_cancelled()
    }

    /// Says how far it is; `of` is 0 while that is not known.
    pub fn told(&self, phase: JobPhase, done: u64, of: u64) {
        let mut progress = self.progress.lock().unwrap_or_else(PoisonError::into_inner);
        *progress = JobProgress { phase, done, of };
    }

    /// Waits for something that is read from the store.
    pub fn wait<T>(&self, what: impl Future<Output = T>) -> T {
        self.runtime.block_on(what)
    }

    /// On how many cores a job may work: one is left to the floor, where there is more than one.
    pub fn cores(&self) -> NonZeroUsize {
        let all = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
        NonZeroUsize::new(all.saturating_sub(1)).unwrap_or(NonZeroUsize::MIN)
    }
}

/// Lets everything else go before this thread and those that it starts. Where the system has no such
/// thing for one thread, it works like any other.
pub(crate) fn give_way() {
    #[cfg(target_os = "linux")]
    if let Err(error) = rustix::process::setpriority_process(None, NICE) {
        tracing::warn!(%error, "work of planning could not be given a lower priority");
    }
}
