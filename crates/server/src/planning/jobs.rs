//! One job at a time, kept from its beginning, with what came out of it.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use api::{
    error::FaultView,
    planning::{JobKind, JobProgress, JobState, JobView},
};
use domain::{Day, Fault, JobId, Timestamp};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;
use store::{
    ProviderScope, Store,
    records::{PlanningJob, PlanningJobState},
};
use tokio::{runtime::Handle, sync::watch};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::work::{NotDone, Work, give_way};
use crate::{
    clock::Clock,
    http::{
        audit::Trail,
        error::{ApiError, Result},
    },
};

const SCOPE: ProviderScope = ProviderScope::granted();

/// What somebody wants worked out.
#[derive(Clone, Debug)]
pub struct Order {
    /// What kind of work.
    pub kind: JobKind,
    /// Whom it is about: a client's name; empty for the whole floor.
    pub about: String,
    /// First and last day of what it reads.
    pub days: Option<(Day, Day)>,
    /// The request, as it is shown with the result.
    pub asked: Value,
}

/// Runs jobs. Clones share the one place.
#[derive(Clone, Debug)]
pub struct Jobs {
    store: Store,
    clock: Clock,
    stopping: CancellationToken,
    place: Arc<watch::Sender<Option<Running>>>,
}

/// The job at work.
#[derive(Clone, Debug)]
struct Running {
    id: JobId,
    about: String,
    begun_by: String,
    stop: CancellationToken,
    progress: Arc<Mutex<JobProgress>>,
}

impl Jobs {
    /// Jobs whose results are kept in `store`; they end early when `stopping` is cancelled.
    pub fn new(store: Store, clock: Clock, stopping: CancellationToken) -> Self {
        Self { store, clock, stopping, place: Arc::new(watch::Sender::new(None)) }
    }

    /// Begins a job, on a thread of its own, and keeps that it was begun.
    ///
    /// # Errors
    /// 409 while another one is at work, with what that is; 503 when the store fails.
    pub async fn begin<R: Serialize>(
        &self,
        order: Order,
        trail: &Trail,
        work: impl FnOnce(&Work) -> Result<R, NotDone> + Send + 'static,
    ) -> Result<JobId> {
        let id = JobId::from_uuid(Uuid::now_v7());
        let Order { kind, about, days, asked } = order;
        let running = Running {
            id,
            about: about.clone(),
            begun_by: trail.name().to_owned(),
            stop: self.stopping.child_token(),
            progress: Arc::default(),
        };
        self.take_place(&running)?;
        // From here on the place is given back whatever happens: also when whoever asked is gone.
        let place = Place { jobs: self.clone() };
        let kept = PlanningJob {
            id,
            kind: kind.name().to_owned(),
            state: PlanningJobState::Running,
            about,
            first_day: days.map(|(first, _)| first.to_string()),
            last_day: days.map(|(_, last)| last.to_string()),
            asked,
            result: None,
            faults: Value::Array(Vec::new()),
            begun_by: trail.name().to_owned(),
            begun: trail.at(),
            ended: None,
        };
        let entry = trail.entry("planning.begun", "planning_job", id.uuid());
        self.store
            .tx(move |tx| {
                Box::pin(async move {
                    tx.begin_planning_job(&SCOPE, &kept).await?;
                    tx.audit(&entry).await
                })
            })
            .await?;
        let at_work = Work {
            store: self.store.clone(),
            runtime: Handle::current(),
            stop: running.stop.clone(),
            progress: Arc::clone(&running.progress),
        };
        let thread = std::thread::Builder::new().name("planning".to_owned());
        let begun = thread.spawn(move || {
            give_way();
            let done = catch_unwind(AssertUnwindSafe(|| work(&at_work)));
            let done = done.unwrap_or_else(|_| {
                Err(NotDone::Failed(anyhow::anyhow!("the job panicked; the log says where")))
            });
            at_work.wait(place.jobs.end(&running, done));
            drop(place);
        });
        match begun {
            Ok(_) => Ok(id),
            Err(error) => Err(ApiError::internal(&error)),
        }
    }

    /// Begins a job as [`Jobs::begin`] does, and says how it is shown.
    ///
    /// # Errors
    /// Those of [`Jobs::begin`] and [`Jobs::view`].
    pub async fn begun<R: Serialize>(
        &self,
        order: Order,
        trail: &Trail,
        work: impl FnOnce(&Work) -> Result<R, NotDone> + Send + 'static,
    ) -> Result<JobView> {
        let id = self.begin(order, trail, work).await?;
        self.view(&self.find(id.uuid(), None).await?)
    }

    fn take_place(&self, running: &Running) -> Result<()> {
        let mut at_work = None;
        self.place.send_if_modified(|place| match place {
            Some(other) => {
                at_work = Some(other.clone());
                false
            }
            None => {
                *place = Some(running.clone());
                true
            }
        });
        match at_work {
            None => Ok(()),
            Some(other) => Err(ApiError::conflict(
                "planning_at_work",
                domain::words!(
                    "Another piece of planning is at work: {}, begun by {}.",
                    other.about,
                    other.begun_by
                ),
                "Wait until it is done, or stop it.",
            )),
        }
    }

    /// Keeps how a job ended.
    async fn end<R: Serialize>(&self, running: &Running, done: Result<R, NotDone>) {
        let faults = |faults: Vec<Fault>| {
            let shown: Vec<FaultView> = faults.into_iter().map(FaultView::from).collect();
            serde_json::to_value(shown).unwrap_or_default()
        };
        let none = || Value::Array(Vec::new());
        let (state, result, faults) = match done.and_then(|result| {
            serde_json::to_value(result).map_err(|error| NotDone::Failed(error.into()))
        }) {
            Ok(result) => (PlanningJobState::Done, Some(result), none()),
            Err(NotDone::Stopped) if self.stopping.is_cancelled() => {
                (PlanningJobState::Interrupted, None, none())
            }
            Err(NotDone::Stopped) => (PlanningJobState::Cancelled, None, none()),
            Err(NotDone::Faults(found)) => (PlanningJobState::Failed, None, faults(found)),
            Err(NotDone::Failed(error)) => {
                tracing::error!(job.id = %running.id, "a planning job failed: {error:#}");
                let fault = Fault::new(
                    "",
                    "planning_failed",
                    "The server failed to work this out.",
                    "Try again; if it stays, the log says why.",
                );
                (PlanningJobState::Failed, None, faults(vec![fault]))
            }
        };
        let (id, now) = (running.id, self.clock.now());
        let kept = self.store.tx(move |tx| {
            let (result, faults) = (result.clone(), faults.clone());
            Box::pin(
                async move { tx.end_planning_job(&SCOPE, id, state, result, faults, now).await },
            )
        });
        if let Err(error) = kept.await {
            // Shown as interrupted from now on, since it is not at work and nothing came out.
            tracing::error!(
                error = &error as &dyn std::error::Error,
                job.id = %running.id,
                "what came out of a planning job could not be kept"
            );
        }
    }

    /// Tells a job to stop; `false` when it is not at work.
    pub fn stop(&self, id: JobId) -> bool {
        let place = self.place.borrow();
        let running = place.as_ref().filter(|running| running.id == id);
        running.inspect(|running| running.stop.cancel()).is_some()
    }

    /// Returns when the server stops and no job is at work any more.
    pub async fn ended(self) {
        self.stopping.cancelled().await;
        let mut place = self.place.subscribe();
        // The sender is in `self`, so this waits for the place alone.
        let _ = place.wait_for(Option::is_none).await;
    }

    /// A job, of a kind where one is wanted, or 404.
    ///
    /// # Errors
    /// 404, or what the store says.
    pub async fn find(&self, id: Uuid, kind: Option<JobKind>) -> Result<PlanningJob> {
        let found = self.store.view().planning_job(&SCOPE, JobId::from_uuid(id)).await?;
        let found = found.filter(|kept| kind.is_none_or(|kind| kept.kind == kind.name()));
        found.ok_or_else(|| ApiError::not_found("planning job"))
    }

    /// A job of a kind as it is shown, what was asked, and what it came to.
    ///
    /// # Errors
    /// Those of [`Jobs::find`], [`Jobs::result`] and [`Jobs::view`].
    pub async fn asked<A: DeserializeOwned, R: DeserializeOwned>(
        &self,
        id: Uuid,
        kind: JobKind,
    ) -> Result<(JobView, A, Option<R>)> {
        let kept = self.find(id, Some(kind)).await?;
        let asked = A::deserialize(&kept.asked).map_err(|error| ApiError::internal(&error))?;
        Ok((self.view(&kept)?, asked, self.result(&kept)?))
    }

    /// What a job came to, as the type that it was; `None` before it is done.
    ///
    /// # Errors
    /// 500 when it does not read back.
    pub fn result<R: DeserializeOwned>(&self, kept: &PlanningJob) -> Result<Option<R>> {
        let Some(result) = &kept.result else { return Ok(None) };
        R::deserialize(result).map(Some).map_err(|error| ApiError::internal(&error))
    }

    /// A job as it is shown.
    ///
    /// # Errors
    /// 500 when what is kept does not read back.
    pub fn view(&self, kept: &PlanningJob) -> Result<JobView> {
        let kind = JobKind::from_name(&kept.kind).ok_or_else(|| {
            ApiError::internal(&format!("`{}` is kept as a kind of job", kept.kind))
        })?;
        let faults = <Vec<FaultView> as serde::Deserialize>::deserialize(&kept.faults);
        let faults = faults.map_err(|error| ApiError::internal(&error))?;
        let place = self.place.borrow();
        let running = place.as_ref().filter(|running| running.id == kept.id);
        let state = match (kept.state, running) {
            (PlanningJobState::Running, Some(_)) => JobState::Running,
            // The server that had it is gone without a word.
            (PlanningJobState::Running | PlanningJobState::Interrupted, _) => JobState::Interrupted,
            (PlanningJobState::Done, _) => JobState::Done,
            (PlanningJobState::Failed, _) => JobState::Failed,
            (PlanningJobState::Cancelled, _) => JobState::Cancelled,
        };
        let at_work = running.filter(|_| state == JobState::Running);
        Ok(JobView {
            job: kept.id.uuid(),
            kind,
            state,
            about: kept.about.clone(),
            first_day: kept.first_day.clone(),
            last_day: kept.last_day.clone(),
            begun_by: kept.begun_by.clone(),
            begun: kept.begun.to_string(),
            ended: kept.ended.map(|at: Timestamp| at.to_string()),
            progress: at_work.map(|running| *locked(&running.progress)),
            faults,
        })
    }
}

/// Gives the place back.
struct Place {
    jobs: Jobs,
}

impl Drop for Place {
    fn drop(&mut self) {
        self.jobs.place.send_replace(None);
    }
}

fn locked(progress: &Mutex<JobProgress>) -> MutexGuard<'_, JobProgress> {
    progress.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::{sync::mpsc, time::Duration};

    use api::{planning::JobPhase, role::Role};
    use domain::{Language, UserId};
    use store::records::User;

    use super::*;
    use crate::http::limits::RequestId;

    async fn open(url: String) -> Store {
        Store::open(&url).await.expect("the store opens")
    }

    testkit::both_engines!(open;
        one_job_is_at_work_and_what_came_out_is_found_again,
        what_goes_wrong_is_said_and_the_place_is_given_back,
        a_server_that_stops_ends_its_job_and_one_that_died_leaves_it_interrupted,
    );

    /// The audit log names a user who exists.
    async fn jobs(store: &Store) -> (Jobs, Trail, CancellationToken) {
        let (clock, stopping) = (Clock::system(), CancellationToken::new());
        let user = User {
            id: UserId::from_u128(7),
            login: "pia".to_owned(),
            name: "Pia Planner".to_owned(),
            password_hash: String::new(),
            role: Role::Planner.name().to_owned(),
            client: None,
            agent: None,
            language: Language::EN,
            disabled: false,
            version: 1,
        };
        let trail = Trail::of_user(&user, clock.now(), &RequestId::default());
        store
            .tx(move |tx| {
                let user = user.clone();
                Box::pin(async move { tx.create_user(&SCOPE, &user).await })
            })
            .await
            .unwrap();
        (Jobs::new(store.clone(), clock, stopping.clone()), trail, stopping)
    }

    fn order(about: &str) -> Order {
        let day = |text: &str| text.parse::<Day>().unwrap();
        Order {
            kind: JobKind::Comparison,
            about: about.to_owned(),
            days: Some((day("2026-10-01"), day("2026-10-31"))),
            asked: serde_json::json!({ "client": about }),
        }
    }

    /// Waits until nothing is at work.
    async fn idle(jobs: &Jobs) {
        let mut place = jobs.place.subscribe();
        let idle = tokio::time::timeout(Duration::from_secs(60), place.wait_for(Option::is_none));
        idle.await.expect("the job ends").unwrap();
    }

    async fn shown(jobs: &Jobs, id: JobId) -> JobView {
        jobs.view(&jobs.find(id.uuid(), None).await.unwrap()).unwrap()
    }

    async fn one_job_is_at_work_and_what_came_out_is_found_again(store: Store) {
        let (jobs, trail, _) = jobs(&store).await;
        let (go, wait) = mpsc::channel::<()>();
        let (tell, told) = tokio::sync::oneshot::channel();
        let first = jobs.begin(order("Acme"), &trail, move |work| {
            work.told(JobPhase::Staffing, 2, 9);
            let _ = tell.send(());
            wait.recv().unwrap();
            Ok(vec![1.5, 2.5])
        });
        let first = first.await.unwrap();
        told.await.unwrap();
        let view = shown(&jobs, first).await;
        let progress = JobProgress { phase: JobPhase::Staffing, done: 2, of: 9 };
        assert_eq!((view.state, view.progress), (JobState::Running, Some(progress)));
        let second = jobs.begin(order("Other"), &trail, |_| Ok(0)).await.unwrap_err();
        assert_eq!(second.said.reason, Some("planning_at_work"));
        assert_eq!(second.said.args, ["Acme", "Pia Planner"]);
        go.send(()).unwrap();
        idle(&jobs).await;
        let kept = jobs.find(first.uuid(), Some(JobKind::Comparison)).await.unwrap();
        assert_eq!(jobs.result::<Vec<f64>>(&kept).unwrap(), Some(vec![1.5, 2.5]));
        let view = jobs.view(&kept).unwrap();
        assert_eq!((view.state, view.progress), (JobState::Done, None));
        assert_eq!((view.about.as_str(), view.last_day.as_deref()), ("Acme", Some("2026-10-31")));
        assert!(jobs.find(first.uuid(), Some(JobKind::WhatIf)).await.is_err());
        assert!(!jobs.stop(first), "it is over");
        let next = jobs.begin(order("Other"), &trail, |_| Ok(0)).await.unwrap();
        idle(&jobs).await;
        let mut view = store.view();
        let all = view.planning_jobs(&SCOPE, Some("comparison")).await.unwrap();
        assert_eq!(all.iter().map(|kept| kept.id).collect::<Vec<_>>(), [next, first]);
        assert!(all.iter().all(|kept| kept.result.is_none()), "the list is without results");
        assert!(view.planning_jobs(&SCOPE, Some("what_if")).await.unwrap().is_empty());
    }

    async fn what_goes_wrong_is_said_and_the_place_is_given_back(store: Store) {
        let (jobs, trail, _) = jobs(&store).await;
        let fault = || Fault::new("client", "unknown_name", "There is no `X`.", "Write another.");
        let id = jobs.begin(order("X"), &trail, move |_| -> Result<(), _> {
            Err(NotDone::Faults(vec![fault()]))
        });
        let id = id.await.unwrap();
        idle(&jobs).await;
        let view = shown(&jobs, id).await;
        assert_eq!((view.state, view.faults), (JobState::Failed, vec![fault().into()]));
        let id = jobs.begin(order("X"), &trail, |_| -> Result<(), _> { panic!("a bug") });
        let id = id.await.unwrap();
        idle(&jobs).await;
        let view = shown(&jobs, id).await;
        assert_eq!(
            (view.state, view.faults[0].code.as_str()),
            (JobState::Failed, "planning_failed")
        );
        let id = jobs.begin(order("X"), &trail, |work| -> Result<(), _> {
            while !work.is_stopped() {
                std::thread::yield_now();
            }
            Err(NotDone::Stopped)
        });
        let id = id.await.unwrap();
        assert!(jobs.stop(id));
        idle(&jobs).await;
        assert_eq!(shown(&jobs, id).await.state, JobState::Cancelled);
    }

    async fn a_server_that_stops_ends_its_job_and_one_that_died_leaves_it_interrupted(
        store: Store,
    ) {
        let (jobs, trail, stopping) = jobs(&store).await;
        let id = jobs.begin(order("X"), &trail, |work| -> Result<(), _> {
            while !work.is_stopped() {
                std::thread::yield_now();
            }
            Err(NotDone::Stopped)
        });
        let id = id.await.unwrap();
        let ended = tokio::spawn(jobs.clone().ended());
        stopping.cancel();
        tokio::time::timeout(Duration::from_secs(60), ended).await.expect("it ends").unwrap();
        let kept = jobs.find(id.uuid(), None).await.unwrap();
        assert_eq!(kept.state, PlanningJobState::Interrupted);
        assert_eq!(jobs.view(&kept).unwrap().state, JobState::Interrupted);
        // One of a server that was killed: its record says running, and nobody is at work.
        let dead = PlanningJob {
            id: JobId::from_u128(9),
            state: PlanningJobState::Running,
            ended: None,
            ..kept
        };
        let begun = dead.clone();
        let keep = store.tx(move |tx| {
            let begun = begun.clone();
            Box::pin(async move { tx.begin_planning_job(&SCOPE, &begun).await })
        });
        keep.await.unwrap();
        let kept = jobs.find(dead.id.uuid(), None).await.unwrap();
        assert_eq!(kept.state, PlanningJobState::Running);
        assert_eq!(jobs.view(&kept).unwrap().state, JobState::Interrupted);
    }
}
