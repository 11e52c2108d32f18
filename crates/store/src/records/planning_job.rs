//! Long planning work that somebody asked for: what was asked, and what came out.
//!
//! Nothing here knows what the documents mean: the server writes and reads them.

use domain::{JobId, Timestamp};
use serde_json::Value;

use super::{PAGE_MAX, ProviderScope, changed, record, words};
use crate::{StoreError, Tx, View, value::args};

/// Jobs kept; a new one pushes the oldest out.
pub const JOBS_KEPT: u32 = 200;

words! {
    /// What became of a job.
    pub enum PlanningJobState {
        /// Nobody has said how it ended: it is at work, or the server that had it is gone.
        Running = "running",
        /// There is a result.
        Done = "done",
        /// It could not be done; its faults say why.
        Failed = "failed",
        /// Somebody stopped it.
        Cancelled = "cancelled",
        /// The server stopped before its end.
        Interrupted = "interrupted",
    }
}

record! {
    /// A job.
    #[derive(Clone, Debug, PartialEq)]
    pub struct PlanningJob {
        /// Its id.
        pub id: JobId = "job_id",
        /// What kind of work: the server's word for it.
        pub kind: String,
        /// What became of it.
        pub state: PlanningJobState,
        /// Whom or what it is about, for the list.
        pub about: String,
        /// First day of what it reads, `2026-10-01`.
        pub first_day: Option<String>,
        /// Last day of it.
        pub last_day: Option<String>,
        /// What was asked.
        pub asked: Value,
        /// What came out; `None` before it is done.
        pub result: Option<Value>,
        /// Why it could not be done: a list of faults.
        pub faults: Value,
        /// Name of who asked.
        pub begun_by: String,
        /// When.
        pub begun: Timestamp = "begun_us",
        /// When it ended.
        pub ended: Option<Timestamp> = "ended_us",
    }
}

impl View {
    /// Jobs of a kind, or of all kinds, the newest first, without their results.
    pub async fn planning_jobs(
        &mut self,
        _: &ProviderScope,
        kind: Option<&str>,
    ) -> Result<Vec<PlanningJob>, StoreError> {
        self.list(
            "SELECT job_id, kind, state, about, first_day, last_day, asked, CAST(NULL AS TEXT) AS result, faults,
                    begun_by, begun_us, ended_us
             FROM planning_job WHERE ($1 IS NULL OR kind = $1)
             ORDER BY begun_us DESC, job_id DESC LIMIT $2",
            args![kind.map(str::to_owned), PAGE_MAX],
        )
        .await
    }

    /// One job, with what came out.
    pub async fn planning_job(
        &mut self,
        _: &ProviderScope,
        id: JobId,
    ) -> Result<Option<PlanningJob>, StoreError> {
        self.find(
            "SELECT job_id, kind, state, about, first_day, last_day, asked, result, faults,
                    begun_by, begun_us, ended_us
             FROM planning_job WHERE job_id = $1",
            args![id],
        )
        .await
    }
}

impl Tx {
    /// Keeps a job that begins, and drops the oldest beyond [`JOBS_KEPT`].
    pub async fn begin_planning_job(
        &mut self,
        _: &ProviderScope,
        job: &PlanningJob,
    ) -> Result<(), StoreError> {
        let PlanningJob { id, kind, about, first_day, last_day, asked, begun_by, begun, .. } =
            job.clone();
        self.run(
            "INSERT INTO planning_job (job_id, kind, state, about, first_day, last_day, asked,
                 faults, begun_by, begun_us)
             VALUES ($1, $2, $3, $4, $5, $6, $7, '[]', $8, $9)",
            args![
                id,
                kind,
                PlanningJobState::Running,
                about,
                first_day,
                last_day,
                asked,
                begun_by,
                begun
            ],
        )
        .await?;
        self.run(
            "DELETE FROM planning_job WHERE job_id NOT IN
                 (SELECT job_id FROM planning_job ORDER BY begun_us DESC, job_id DESC LIMIT $1)",
            args![JOBS_KEPT],
        )
        .await
        .map(drop)
    }

    /// Says how a job ended; stale when that was said already, or it is gone.
    pub async fn end_planning_job(
        &mut self,
        _: &ProviderScope,
        id: JobId,
        state: PlanningJobState,
        result: Option<Value>,
        faults: Value,
        ended: Timestamp,
    ) -> Result<(), StoreError> {
        let rows = self
            .run(
                "UPDATE planning_job SET state = $2, result = $3, faults = $4, ended_us = $5
                 WHERE job_id = $1 AND state = $6",
                args![id, state, result, faults, ended, PlanningJobState::Running],
            )
            .await?;
        changed(rows, "the planning job")
    }

    /// Removes a job with what came out.
    pub async fn remove_planning_job(
        &mut self,
        _: &ProviderScope,
        id: JobId,
    ) -> Result<(), StoreError> {
        let rows = self.run("DELETE FROM planning_job WHERE job_id = $1", args![id]).await?;
        changed(rows, "the planning job")
    }
}
