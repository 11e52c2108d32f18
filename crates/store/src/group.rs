//! Group commit on SQLite: units of work that wait share one transaction.
//!
//! One connection writes, and each commit waits for the disk. While one is under way the next units
//! gather; they then run one after the other in one transaction, each behind a savepoint of its own,
//! and their callers are told after the commit that they share. There is no timer: a unit that comes
//! alone is committed alone, at once. PostgreSQL, which shares a sync among the commits of many
//! connections by itself, needs none of this.

use std::{
    any::Any,
    collections::VecDeque,
    future::{Future, poll_fn},
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    pin::{Pin, pin},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    task::Poll,
    time::Duration,
};

use sqlx::SqlitePool;
use tokio::{
    sync::{mpsc, oneshot},
    time::timeout,
};

use crate::{
    StoreError,
    db::{Tx, Work},
};

/// Most units of one transaction. The first of them waits for the others, some 0.2 ms each.
const UNITS_MAX: usize = 32;
/// Units that may wait; when it is full, callers wait to be let in, as long as they wait for anything.
const WAITING_MAX: usize = 1_024;

type Panic = Box<dyn Any + Send>;

/// The line in front of the one connection that writes.
#[derive(Clone, Debug)]
pub(crate) struct Group {
    waiting: mpsc::Sender<Box<dyn Unit>>,
    patience: Duration,
}

impl Group {
    /// Starts the task that carries units out; it ends when the last handle has gone and nothing
    /// waits. `patience` is how long a unit may wait for its turn.
    pub fn start(write: SqlitePool, patience: Duration) -> Self {
        // Full: `tx` waits, as long as for its turn.
        let (waiting, mut units) = mpsc::channel::<Box<dyn Unit>>(WAITING_MAX);
        tokio::spawn(async move {
            let mut batch = Vec::with_capacity(UNITS_MAX);
            while units.recv_many(&mut batch, UNITS_MAX).await > 0 {
                let mut wanted: VecDeque<_> = batch.drain(..).filter(|unit| unit.take()).collect();
                while !wanted.is_empty() {
                    commit(&write, &mut wanted).await;
                }
            }
        });
        Self { waiting, patience }
    }

    /// Carries `work` out in a transaction that others may share, and answers when it is committed.
    pub async fn tx<T, E, F>(&self, work: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
        F: for<'t> FnOnce(&'t mut Tx) -> Work<'t, T, E> + Send + 'static,
    {
        let (answer, mut answered) = oneshot::channel();
        let taken = Arc::new(AtomicBool::new(false));
        let unit = Box::new(Asked { work, answer, taken: Arc::clone(&taken) });
        let away = || StoreError::from(sqlx::Error::PoolTimedOut);
        match timeout(self.patience, self.waiting.send(unit)).await {
            Ok(Ok(())) => {}
            Ok(Err(_)) => return Err(StoreError::Stopping.into()),
            Err(_) => return Err(away().into()),
        }
        let done = match timeout(self.patience, &mut answered).await {
            Ok(done) => done,
            // Its turn has not come; now it never will.
            Err(_) if !taken.swap(true, Relaxed) => return Err(away().into()),
            Err(_) => answered.await,
        };
        match done {
            Ok(Ok(result)) => result,
            Ok(Err(panic)) => resume_unwind(panic),
            Err(_) => Err(StoreError::Stopping.into()),
        }
    }
}

/// Something to carry out, whatever its result is.
trait Unit: Send {
    /// Whether it is still wanted; from now on its caller waits for it.
    fn take(&self) -> bool;

    /// Carries it out.
    fn run<'t>(self: Box<Self>, tx: &'t mut Tx) -> Pin<Box<dyn Future<Output = Done> + Send + 't>>;

    /// Says that it was not carried out.
    fn refuse(self: Box<Self>, why: StoreError);
}

/// A unit that was carried out and whose caller does not know it yet.
struct Done {
    /// What it wrote is to be kept.
    keep: bool,
    /// Tells the caller: its own result, or by what the transaction was lost.
    tell: Box<dyn FnOnce(Option<StoreError>) + Send>,
}

struct Asked<T, E, F> {
    work: F,
    answer: oneshot::Sender<Result<Result<T, E>, Panic>>,
    taken: Arc<AtomicBool>,
}

impl<T, E, F> Unit for Asked<T, E, F>
where
    T: Send + 'static,
    E: From<StoreError> + Send + 'static,
    F: for<'t> FnOnce(&'t mut Tx) -> Work<'t, T, E> + Send + 'static,
{
    fn take(&self) -> bool {
        !self.taken.swap(true, Relaxed)
    }

    fn run<'t>(self: Box<Self>, tx: &'t mut Tx) -> Pin<Box<dyn Future<Output = Done> + Send + 't>> {
        Box::pin(async move {
            let Self { work, answer, .. } = *self;
            let result = caught(async { work(tx).await }).await;
            Done {
                keep: matches!(result, Ok(Ok(_))),
                tell: Box::new(move |lost| {
                    let result = match (result, lost) {
                        // A refusal too is taken back: it may have been for a neighbour's row.
                        (Ok(_), Some(why)) => Ok(Err(why.into())),
                        (result, _) => result,
                    };
                    // A caller who went away needs no answer.
                    let _ = answer.send(result);
                }),
            }
        })
    }

    fn refuse(self: Box<Self>, why: StoreError) {
        let _ = self.answer.send(Ok(Err(why.into())));
    }
}

/// A panic is the caller's, not its neighbours'.
async fn caught<T>(work: impl Future<Output = T>) -> Result<T, Panic> {
    let mut work = pin!(work);
    poll_fn(|cx| match catch_unwind(AssertUnwindSafe(|| work.as_mut().poll(cx))) {
        Ok(Poll::Ready(value)) => Poll::Ready(Ok(value)),
        Ok(Poll::Pending) => Poll::Pending,
        Err(panic) => Poll::Ready(Err(panic)),
    })
    .await
}

/// Carries units out in one transaction and tells their callers. When the transaction is lost on
/// the way, the units not begun stay in `units` for the next one.
async fn commit(write: &SqlitePool, units: &mut VecDeque<Box<dyn Unit>>) {
    let mut tx = match Tx::begin_sqlite(write).await {
        Ok(tx) => tx,
        Err(error) => return units.drain(..).for_each(|unit| unit.refuse(error.clone())),
    };
    let mut told = Vec::with_capacity(units.len());
    if units.len() == 1
        && let Some(unit) = units.pop_front()
    {
        let Done { keep, tell } = unit.run(&mut tx).await;
        if !keep {
            tx.rollback().await;
            return tell(None);
        }
        told.push(tell);
    }
    while let Some(unit) = units.pop_front() {
        if let Err(error) = tx.script("SAVEPOINT unit").await {
            unit.refuse(error.clone());
            return lose(tx, told, &error).await;
        }
        let Done { keep, tell } = unit.run(&mut tx).await;
        let end = if keep { "RELEASE unit" } else { "ROLLBACK TO unit; RELEASE unit" };
        if let Err(error) = tx.script(end).await {
            // A full disk and an I/O error undo the whole transaction, savepoints included. The unit
            // that met it says what it was; its neighbours may try again.
            tell(if keep { Some(away(&error)) } else { None });
            return lose(tx, told, &error).await;
        }
        told.push(tell);
    }
    let lost = tx.commit().await.err();
    told.into_iter().for_each(|tell| tell(lost.clone()));
}

/// The transaction is gone, and with it what the units before had written.
async fn lose(tx: Tx, told: Vec<Box<dyn FnOnce(Option<StoreError>) + Send>>, why: &StoreError) {
    tx.rollback().await;
    told.into_iter().for_each(|tell| tell(Some(away(why))));
}

/// The error of a transaction that was lost by no fault of the one who is told: it can be tried again.
fn away(why: &StoreError) -> StoreError {
    match why {
        StoreError::Query(error) => StoreError::Unavailable(Arc::clone(error)),
        other => other.clone(),
    }
}
