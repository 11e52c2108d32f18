//! Schedules of shifts: drafts, and what was published.
//!
//! Nothing here knows what a document means: the server writes and reads it.

use domain::{Day, ScheduleId, Timestamp};
use serde_json::Value;

use super::{PAGE_MAX, ProviderScope, changed, record, words};
use crate::{StoreError, Tx, View, value::args};

words! {
    /// How far a schedule has come.
    pub enum ScheduleState {
        /// It is worked on, and nobody goes by it.
        Draft = "draft",
        /// People go by it.
        Published = "published",
        /// They did, until another one took its place.
        Replaced = "replaced",
    }
}

record! {
    /// A schedule.
    #[derive(Clone, Debug, PartialEq)]
    pub struct Schedule {
        /// Its id.
        pub id: ScheduleId = "schedule_id",
        /// What it is called.
        pub title: String,
        /// How far it has come.
        pub state: ScheduleState,
        /// First day.
        pub first_day: String,
        /// Last day.
        pub last_day: String,
        /// Zone of its days.
        pub zone: String,
        /// People, rules, required agents and duties.
        pub document: Value,
        /// Name of who made it.
        pub made_by: String,
        /// When.
        pub made: Timestamp = "made_us",
        /// Name of who published it.
        pub published_by: Option<String>,
        /// When.
        pub published: Option<Timestamp> = "published_us",
        /// Raised by each change.
        pub version: u64,
    }
}

impl View {
    /// All schedules, the latest days first, without their documents.
    pub async fn schedules(&mut self, _: &ProviderScope) -> Result<Vec<Schedule>, StoreError> {
        self.list(
            "SELECT schedule_id, title, state, first_day, last_day, zone, 'null' AS document, made_by, made_us,
                    published_by, published_us, version
             FROM schedule ORDER BY first_day DESC, made_us DESC, schedule_id DESC LIMIT $1",
            args![PAGE_MAX],
        )
        .await
    }

    /// One schedule.
    pub async fn schedule(
        &mut self,
        _: &ProviderScope,
        id: ScheduleId,
    ) -> Result<Option<Schedule>, StoreError> {
        self.find(
            "SELECT schedule_id, title, state, first_day, last_day, zone, document, made_by, made_us,
                    published_by, published_us, version
             FROM schedule WHERE schedule_id = $1",
            args![id],
        )
        .await
    }

    /// What is published for any of these days, both included, by the first day.
    pub async fn published_schedules(
        &mut self,
        _: &ProviderScope,
        first: Day,
        last: Day,
    ) -> Result<Vec<Schedule>, StoreError> {
        self.list(
            "SELECT schedule_id, title, state, first_day, last_day, zone, document, made_by, made_us,
                    published_by, published_us, version
             FROM schedule WHERE state = $1 AND first_day <= $2 AND last_day >= $3
             ORDER BY first_day, published_us, schedule_id LIMIT $4",
            args![ScheduleState::Published, last.to_string(), first.to_string(), PAGE_MAX],
        )
        .await
    }
}

impl Tx {
    /// Keeps a new schedule, a draft with version 1.
    pub async fn create_schedule(
        &mut self,
        _: &ProviderScope,
        schedule: &Schedule,
    ) -> Result<(), StoreError> {
        let Schedule { id, title, first_day, last_day, zone, document, made_by, made, .. } =
            schedule.clone();
        self.run(
            "INSERT INTO schedule (schedule_id, title, state, first_day, last_day, zone, document,
                 made_by, made_us, version)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 1)",
            args![
                id,
                title,
                ScheduleState::Draft,
                first_day,
                last_day,
                zone,
                document,
                made_by,
                made
            ],
        )
        .await
        .map(drop)
    }

    /// Changes a schedule, from the version it was read with.
    pub async fn change_schedule(
        &mut self,
        _: &ProviderScope,
        schedule: &Schedule,
    ) -> Result<(), StoreError> {
        let Schedule { id, title, state, document, published_by, published, version, .. } =
            schedule.clone();
        let rows = self
            .run(
                "UPDATE schedule SET title = $2, state = $3, document = $4, published_by = $5,
                     published_us = $6, version = version + 1
                 WHERE schedule_id = $1 AND version = $7",
                args![id, title, state, document, published_by, published, version],
            )
            .await?;
        changed(rows, "the schedule")
    }

    /// Removes a schedule that is not in force, from the version it was read with.
    pub async fn remove_schedule(
        &mut self,
        _: &ProviderScope,
        id: ScheduleId,
        version: u64,
    ) -> Result<(), StoreError> {
        let rows = self
            .run(
                "DELETE FROM schedule WHERE schedule_id = $1 AND version = $2 AND state <> $3",
                args![id, version, ScheduleState::Published],
            )
            .await?;
        changed(rows, "the schedule")
    }
}
