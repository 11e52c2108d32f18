//! Recordings of calls: where their sound lies, and what became of it.

use std::time::Duration;

use domain::{ClientId, ContactId, RecordingId, RedactionId, Timestamp, UserId};

use super::{ClientScope, ProviderScope, page, record, words};
use crate::{StoreError, Tx, View, value::args};

words! {
    /// What a recording is of.
    pub enum RecordingKind {
        /// A conversation.
        Call = "call",
        /// A voicemail.
        Voicemail = "voicemail",
    }
}

words! {
    /// What became of a recording.
    pub enum RecordingStatus {
        /// It is being written.
        Writing = "writing",
        /// It is whole.
        Done = "done",
        /// Some of its sound was lost.
        Damaged = "damaged",
        /// Its sound was erased; the record tells that there was one.
        Erased = "erased",
    }
}

record! {
    /// A recording.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct Recording {
        /// The client.
        pub client: ClientId = "client_id",
        /// Its id.
        pub id: RecordingId = "recording_id",
        /// The contact.
        pub contact: ContactId = "contact_id",
        /// What it is of.
        pub kind: RecordingKind,
        /// Its file, from the folder of recordings on.
        pub path: String,
        /// When it began.
        pub started: Timestamp = "started_us",
        /// Its length.
        pub length: Option<Duration> = "length_us",
        /// Size of the file.
        pub bytes: Option<u64>,
        /// BLAKE3 of the file.
        pub hash: Option<[u8; 32]>,
        /// What became of it.
        pub status: RecordingStatus,
        /// It is erased after this.
        pub kept_until: Option<Timestamp> = "kept_until_us",
    }
}

record! {
    /// A span of a recording that holds silence because somebody paused it.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct RecordingPause {
        /// From this instant.
        pub from: Timestamp = "from_us",
        /// Until; `None` for its end.
        pub until: Option<Timestamp> = "until_us",
    }
}

words! {
    /// Whose words a redaction takes away.
    pub enum RedactedSide {
        /// The customer's and the agents'.
        Both = "both",
        /// The customer's.
        Customer = "customer",
        /// The agents'.
        Agents = "agents",
    }
}

record! {
    /// A span of a recording that does not leave the house: silence stands in its place.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct Redaction {
        /// Its id.
        pub id: RedactionId = "redaction_id",
        /// The recording.
        pub recording: RecordingId = "recording_id",
        /// From the recording's start.
        pub from: Duration = "from_us",
        /// Until, from the recording's start; after `from`.
        pub until: Duration = "until_us",
        /// Whose words.
        pub side: RedactedSide,
        /// Why, as a stable word.
        pub reason: String,
        /// Who marked it.
        pub user: UserId = "user_id",
        /// Their name at that time.
        pub user_name: String,
        /// When.
        pub at: Timestamp = "at_us",
    }
}

impl View {
    /// What is redacted of a recording, the first span first.
    pub async fn redactions(
        &mut self,
        scope: &ClientScope,
        id: RecordingId,
    ) -> Result<Vec<Redaction>, StoreError> {
        self.of(scope).list(
            "SELECT redaction_id, recording_id, from_us, until_us, side, reason, user_id, user_name,
                    at_us
             FROM redaction WHERE client_id = $1 AND recording_id = $2
             ORDER BY from_us, redaction_id",
            args![scope.client(), id],
        )
        .await
    }

    /// The recordings of a contact, the first one first.
    pub async fn recordings_of(
        &mut self,
        scope: &ClientScope,
        contact: ContactId,
    ) -> Result<Vec<Recording>, StoreError> {
        self.of(scope).list(
            "SELECT client_id, recording_id, contact_id, kind, path, started_us, length_us, bytes,
                    hash, status, kept_until_us
             FROM recording WHERE client_id = $1 AND contact_id = $2
             ORDER BY started_us, recording_id",
            args![scope.client(), contact],
        )
        .await
    }

    /// One recording of a client.
    pub async fn recording(
        &mut self,
        scope: &ClientScope,
        id: RecordingId,
    ) -> Result<Option<Recording>, StoreError> {
        self.of(scope).find(
            "SELECT client_id, recording_id, contact_id, kind, path, started_us, length_us, bytes,
                    hash, status, kept_until_us
             FROM recording WHERE client_id = $1 AND recording_id = $2",
            args![scope.client(), id],
        )
        .await
    }

    /// Whose recording it is, for whoever may see all clients.
    pub async fn client_of_recording(
        &mut self,
        _: &ProviderScope,
        id: RecordingId,
    ) -> Result<Option<ClientId>, StoreError> {
        let row =
            self.one("SELECT client_id FROM recording WHERE recording_id = $1", args![id]).await?;
        row.map(|row| row.get("client_id")).transpose()
    }

    /// Ids of recordings after `after` and up to `last`, in order; whoever looks through files compares.
    pub async fn recordings_between(
        &mut self,
        _: &ProviderScope,
        after: RecordingId,
        last: RecordingId,
        limit: u32,
    ) -> Result<Vec<RecordingId>, StoreError> {
        let rows = self
            .all(
                "SELECT recording_id FROM recording WHERE recording_id > $1 AND recording_id <= $2
                 ORDER BY recording_id LIMIT $3",
                args![after, last, page(limit)],
            )
            .await?;
        rows.iter().map(|row| row.get("recording_id")).collect()
    }

    /// Recordings that are due to be erased at `at`, oldest first.
    pub async fn recordings_due(
        &mut self,
        _: &ProviderScope,
        at: Timestamp,
        limit: u32,
    ) -> Result<Vec<Recording>, StoreError> {
        self.list(
            "SELECT client_id, recording_id, contact_id, kind, path, started_us, length_us, bytes,
                    hash, status, kept_until_us
             FROM recording WHERE kept_until_us <= $1 AND status <> $2
             ORDER BY kept_until_us, recording_id LIMIT $3",
            args![at, RecordingStatus::Erased, page(limit)],
        )
        .await
    }

    /// Recordings that were being written when the server ended, oldest first.
    pub async fn recordings_unfinished(
        &mut self,
        _: &ProviderScope,
        before: Timestamp,
        limit: u32,
    ) -> Result<Vec<Recording>, StoreError> {
        self.list(
            "SELECT client_id, recording_id, contact_id, kind, path, started_us, length_us, bytes,
                    hash, status, kept_until_us
             FROM recording WHERE status = $1 AND started_us < $2
             ORDER BY started_us, recording_id LIMIT $3",
            args![RecordingStatus::Writing, before, page(limit)],
        )
        .await
    }

    /// Recordings of which this became, newest first: damaged ones are for somebody to look at.
    pub async fn recordings_with(
        &mut self,
        _: &ProviderScope,
        status: RecordingStatus,
        limit: u32,
    ) -> Result<Vec<Recording>, StoreError> {
        self.list(
            "SELECT client_id, recording_id, contact_id, kind, path, started_us, length_us, bytes,
                    hash, status, kept_until_us
             FROM recording WHERE status = $1
             ORDER BY started_us DESC, recording_id DESC LIMIT $2",
            args![status, page(limit)],
        )
        .await
    }

    /// Recordings whose contact is in no record, of those that began before `before`: must be 0. The
    /// newest contacts reach their records a moment later, so `before` lies a minute back.
    pub async fn recordings_unlinked(
        &mut self,
        _: &ProviderScope,
        before: Timestamp,
    ) -> Result<u64, StoreError> {
        let row = self
            .one(
                "SELECT COUNT(*) AS n FROM recording AS r WHERE r.started_us < $1 AND NOT EXISTS
                 (SELECT 1 FROM contact AS c
                  WHERE c.client_id = r.client_id AND c.contact_id = r.contact_id)",
                args![before],
            )
            .await?;
        row.map_or(Ok(0), |row| row.get("n"))
    }

    /// The pauses of a recording, the first one first.
    pub async fn recording_pauses(
        &mut self,
        scope: &ClientScope,
        id: RecordingId,
    ) -> Result<Vec<RecordingPause>, StoreError> {
        self.of(scope)
            .list(
                "SELECT from_us, until_us FROM recording_pause
                 WHERE client_id = $1 AND recording_id = $2 ORDER BY from_us",
                args![scope.client(), id],
            )
            .await
    }
}

impl Tx {
    /// Keeps a recording that has just begun.
    pub async fn start_recording(
        &mut self,
        scope: &ClientScope,
        recording: &Recording,
    ) -> Result<(), StoreError> {
        let Recording { id, contact, kind, path, started, kept_until, .. } = recording.clone();
        self.of(scope).run(
            "INSERT INTO recording (client_id, recording_id, contact_id, kind, path, started_us,
                 status, kept_until_us)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
             ON CONFLICT (client_id, recording_id) DO NOTHING",
            args![
                scope.client(),
                id,
                contact,
                kind,
                path,
                started,
                RecordingStatus::Writing,
                kept_until
            ],
        )
        .await?;
        Ok(())
    }

    /// The file is whole; one that lost sound before stays damaged.
    pub async fn finish_recording(
        &mut self,
        scope: &ClientScope,
        id: RecordingId,
        length: Duration,
        bytes: u64,
        hash: [u8; 32],
    ) -> Result<(), StoreError> {
        self.of(scope)
            .run(
                "UPDATE recording SET length_us = $3, bytes = $4, hash = $5,
                     status = CASE WHEN status = $6 THEN $7 ELSE status END
                 WHERE client_id = $1 AND recording_id = $2",
                args![
                    scope.client(),
                    id,
                    length,
                    bytes,
                    hash,
                    RecordingStatus::Writing,
                    RecordingStatus::Done
                ],
            )
            .await?;
        Ok(())
    }

    /// Redacts a span of a recording. Whether there is sound to redact: none of one that was erased.
    pub async fn redact(
        &mut self,
        scope: &ClientScope,
        redaction: &Redaction,
    ) -> Result<bool, StoreError> {
        let Redaction { id, recording, from, until, side, reason, user, user_name, at } =
            redaction.clone();
        // Holds the recording as it is until this is kept: an erasure that comes first is seen here, and one
        // that comes later sees the redaction.
        let sql = "UPDATE recording SET status = status
                   WHERE client_id = $1 AND recording_id = $2 AND status <> $3";
        let erased = RecordingStatus::Erased;
        if self.of(scope).run(sql, args![scope.client(), recording, erased]).await? == 0 {
            return Ok(false);
        }
        self.of(scope).run(
            "INSERT INTO redaction (client_id, redaction_id, recording_id, from_us, until_us, side,
                 reason, user_id, user_name, at_us)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
            args![scope.client(), id, recording, from, until, side, reason, user, user_name, at],
        )
        .await?;
        Ok(true)
    }

    /// Lets a span be heard again. Whether there was one.
    pub async fn unredact(
        &mut self,
        scope: &ClientScope,
        recording: RecordingId,
        id: RedactionId,
    ) -> Result<bool, StoreError> {
        let sql = "DELETE FROM redaction
                   WHERE client_id = $1 AND recording_id = $2 AND redaction_id = $3";
        Ok(self.of(scope).run(sql, args![scope.client(), recording, id]).await? > 0)
    }

    /// The sound of a recording is gone, and with it what was redacted of it.
    pub async fn erase_recording(
        &mut self,
        scope: &ClientScope,
        id: RecordingId,
    ) -> Result<(), StoreError> {
        // Marked first: from now on nothing of it is redacted, and what was until now is seen.
        self.mark_recording(scope, id, RecordingStatus::Erased).await?;
        self.of(scope)
            .run(
                "DELETE FROM redaction WHERE client_id = $1 AND recording_id = $2",
                args![scope.client(), id],
            )
            .await?;
        Ok(())
    }

    /// What became of a recording.
    pub async fn mark_recording(
        &mut self,
        scope: &ClientScope,
        id: RecordingId,
        status: RecordingStatus,
    ) -> Result<(), StoreError> {
        self.of(scope)
            .run(
                "UPDATE recording SET status = $3 WHERE client_id = $1 AND recording_id = $2",
                args![scope.client(), id, status],
            )
            .await?;
        Ok(())
    }

    /// A pause begins, or the one that is open ends.
    pub async fn pause_recording(
        &mut self,
        scope: &ClientScope,
        id: RecordingId,
        on: bool,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        if on {
            self.of(scope).run(
                "INSERT INTO recording_pause (client_id, recording_id, from_us) VALUES ($1, $2, $3)
                 ON CONFLICT (client_id, recording_id, from_us) DO NOTHING",
                args![scope.client(), id, at],
            )
            .await?;
        } else {
            self.of(scope)
                .run(
                    "UPDATE recording_pause SET until_us = $3
                     WHERE client_id = $1 AND recording_id = $2 AND until_us IS NULL",
                    args![scope.client(), id, at],
                )
                .await?;
        }
        Ok(())
    }
}
