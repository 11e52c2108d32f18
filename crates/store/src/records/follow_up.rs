//! Lost contacts as work: who abandoned, met a full queue or was never reached, and has not been spoken to
//! since.
//!
//! Rows are made and closed while contacts are projected from the journal, in the same transaction; people
//! take them, close them and take that back.

use std::time::Duration;

use domain::{AgentId, ClientId, ContactId, Language, QueueId, Timestamp};

use super::{
    ClientScope, ProviderScope, changed, contact_line::number, containing, page, record, words,
};
use crate::{
    StoreError, Tx, View,
    value::{Value, args},
};

words! {
    /// What a follow-up came to.
    pub enum FollowUpOutcome {
        /// The customer was spoken or written to.
        Reached = "reached",
        /// Somebody said why nobody needs to be reached.
        Excused = "excused",
        /// The customer came again and was lost again: that contact is the work now.
        Again = "again",
    }
}

record! {
    /// A lost contact as work.
    #[derive(Clone, PartialEq, Eq)]
    pub struct FollowUp {
        /// The client.
        pub client: ClientId = "client_id",
        /// The contact that was lost.
        pub contact: ContactId = "contact_id",
        /// The queue it was last in.
        pub queue: QueueId = "queue_id",
        /// How it came, as in [`Contact`](super::Contact).
        pub channel: String,
        /// Its language.
        pub language: Language,
        /// How it ended, as in [`Contact`](super::Contact).
        pub ending: String,
        /// How long the customer waited.
        pub wait: Option<Duration> = "wait_us",
        /// When it was lost.
        pub lost: Timestamp = "lost_us",
        /// The customer's name, if known.
        pub name: Option<String>,
        /// Their mail address, if known.
        pub email: Option<String>,
        /// The number they called from, unless it was withheld.
        pub phone: Option<String>,
        /// The agent who has it, or who closed it.
        pub taken_by: Option<AgentId>,
        /// What it came to.
        pub outcome: Option<FollowUpOutcome>,
        /// When.
        pub closed: Option<Timestamp> = "closed_us",
        /// The contact that closed it by itself.
        pub by_contact: Option<ContactId>,
        /// What was said or why not, kept when the work is taken up again.
        pub note: Option<String>,
    }
}

impl std::fmt::Debug for FollowUp {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "FollowUp({} of {}, {:?}, <redacted>)", self.contact, self.client, self.outcome)
    }
}

/// Which follow-ups are asked for.
#[derive(Clone, Debug)]
pub struct FollowUpFilter {
    /// Only those not closed.
    pub open: bool,
    /// Lost at or after.
    pub from: Timestamp,
    /// Lost before.
    pub until: Timestamp,
    /// With this in the customer's name, address or number.
    pub words: Option<String>,
    /// Older than this one (where the page before ended).
    pub before: Option<(Timestamp, ContactId)>,
}

impl Default for FollowUpFilter {
    fn default() -> Self {
        Self { open: false, from: Timestamp::MIN, until: Timestamp::MAX, words: None, before: None }
    }
}

impl FollowUpFilter {
    /// `$2` and on.
    fn values(&self, limit: u32) -> Vec<Value> {
        let Self { open, from, until, words, before } = self.clone();
        let (at, id) = before.unwrap_or((Timestamp::MAX, ContactId::from_u128(u128::MAX)));
        let words = words.filter(|words| !words.trim().is_empty());
        let digits = words.as_deref().and_then(number);
        let words = words.map(|words| containing(words.trim()));
        args![open, from, until, at, id, words, digits, page(limit)]
    }
}

/// The one statement, with the condition that says whose they are and the one on the page. `$1` is whose.
macro_rules! follow_ups {
    ($whose:literal, $which:literal) => {
        concat!(
            "SELECT f.client_id, f.contact_id, c.queue_id, c.channel, c.language, c.ending, c.wait_us,
                    f.lost_us, u.name, u.email, k.number AS phone, f.taken_by, f.outcome, f.closed_us,
                    f.by_contact, f.note
             FROM follow_up f
             JOIN contact c ON c.client_id = f.client_id AND c.contact_id = f.contact_id
             LEFT JOIN customer u ON u.client_id = f.client_id AND u.customer_id = f.customer_id
             LEFT JOIN call k ON k.client_id = f.client_id AND k.contact_id = f.contact_id
             WHERE ",
            $whose,
            $which
        )
    };
}

/// A page, newest first.
macro_rules! page_of {
    ($whose:literal) => {
        follow_ups!(
            $whose,
            " AND ($2 = FALSE OR f.closed_us IS NULL) AND f.lost_us >= $3 AND f.lost_us < $4
               AND (f.lost_us, f.contact_id) < ($5, $6)
               AND ($7 IS NULL OR u.search_text LIKE $7 ESCAPE '!' OR k.number LIKE $8)
             ORDER BY f.lost_us DESC, f.contact_id DESC LIMIT $9"
        )
    };
}

impl View {
    /// A page of a client's follow-ups, newest first.
    pub async fn follow_ups(
        &mut self,
        scope: &ClientScope,
        filter: &FollowUpFilter,
        limit: u32,
    ) -> Result<Vec<FollowUp>, StoreError> {
        let mut values = args![scope.client()];
        values.extend(filter.values(limit));
        self.of(scope).list(page_of!("f.client_id = $1"), values).await
    }

    /// As [`View::follow_ups`], over all clients, or over those an agent is signed off for.
    pub async fn follow_ups_of_all_clients(
        &mut self,
        _: &ProviderScope,
        signed_off: Option<AgentId>,
        filter: &FollowUpFilter,
        limit: u32,
    ) -> Result<Vec<FollowUp>, StoreError> {
        let mut values = args![signed_off];
        values.extend(filter.values(limit));
        let sql = page_of!(
            "($1 IS NULL OR f.client_id IN
                 (SELECT client_id FROM agent_client WHERE agent_id = $1 AND signed_off = TRUE))"
        );
        self.list(sql, values).await
    }

    /// One follow-up.
    pub async fn follow_up(
        &mut self,
        scope: &ClientScope,
        contact: ContactId,
    ) -> Result<Option<FollowUp>, StoreError> {
        let sql = follow_ups!("f.client_id = $1", " AND f.contact_id = $2");
        self.of(scope).find(sql, args![scope.client(), contact]).await
    }

    /// How many of a client's contacts that were lost at `from` or later are not followed up.
    pub async fn count_open_follow_ups(
        &mut self,
        scope: &ClientScope,
        from: Timestamp,
    ) -> Result<u64, StoreError> {
        let row = self
            .of(scope)
            .one(
                "SELECT COUNT(*) AS n FROM follow_up
                 WHERE client_id = $1 AND lost_us >= $2 AND closed_us IS NULL",
                args![scope.client(), from],
            )
            .await?;
        row.map_or(Ok(0), |row| row.get("n"))
    }

    /// As [`View::count_open_follow_ups`], over all clients, or over those an agent is signed off for.
    pub async fn count_open_follow_ups_of_all_clients(
        &mut self,
        _: &ProviderScope,
        signed_off: Option<AgentId>,
        from: Timestamp,
    ) -> Result<u64, StoreError> {
        let row = self
            .one(
                "SELECT COUNT(*) AS n FROM follow_up
                 WHERE ($1 IS NULL OR client_id IN
                           (SELECT client_id FROM agent_client
                            WHERE agent_id = $1 AND signed_off = TRUE))
                   AND lost_us >= $2 AND closed_us IS NULL",
                args![signed_off, from],
            )
            .await?;
        row.map_or(Ok(0), |row| row.get("n"))
    }
}

impl Tx {
    /// A contact was lost at `at`: work, if its customer came by themselves and can be called or written to.
    /// Earlier work of the same customer that nobody has taken is closed by it.
    pub(super) async fn lose_contact(
        &mut self,
        scope: &ClientScope,
        contact: ContactId,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        let made = self
            .of(scope)
            .run(
                "INSERT INTO follow_up (client_id, contact_id, customer_id, lost_us, since_us)
                 SELECT $1, c.contact_id, COALESCE(v.customer_id, c.customer_id), $3, $3
                 FROM contact c
                 LEFT JOIN conversation v
                   ON v.client_id = c.client_id AND v.contact_id = c.contact_id
                 LEFT JOIN customer u ON u.client_id = c.client_id
                  AND u.customer_id = COALESCE(v.customer_id, c.customer_id)
                 LEFT JOIN call k ON k.client_id = c.client_id AND k.contact_id = c.contact_id
                 WHERE c.client_id = $1 AND c.contact_id = $2
                   AND (k.number IS NOT NULL OR u.email IS NOT NULL)
                   AND (k.direction IS NULL OR k.direction = 'inbound')
                 ON CONFLICT (client_id, contact_id) DO NOTHING",
                args![scope.client(), contact, at],
            )
            .await?;
        if made > 0 {
            self.of(scope)
                .run(
                    "UPDATE follow_up SET outcome = 'again', closed_us = $3, by_contact = $2
                     WHERE client_id = $1 AND closed_us IS NULL AND taken_by IS NULL
                       AND contact_id <> $2 AND since_us <= $3
                       AND (contact_id IN
                                (SELECT lost.contact_id FROM call now JOIN call lost
                                   ON lost.client_id = now.client_id AND lost.number = now.number
                                 WHERE now.client_id = $1 AND now.contact_id = $2)
                            OR customer_id = (SELECT customer_id FROM follow_up
                                              WHERE client_id = $1 AND contact_id = $2))",
                    args![scope.client(), contact, at],
                )
                .await?;
        }
        Ok(())
    }

    /// The customer of a contact was spoken to at `at`: whatever work there was of the same customer, or of
    /// the same number, is done.
    pub(super) async fn reach_customer(
        &mut self,
        scope: &ClientScope,
        contact: ContactId,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        self.of(scope)
            .run(
                "UPDATE follow_up SET outcome = 'reached', closed_us = $3, by_contact = $2
                 WHERE client_id = $1 AND closed_us IS NULL AND since_us <= $3
                   AND (contact_id IN
                            (SELECT lost.contact_id FROM call now JOIN call lost
                               ON lost.client_id = now.client_id AND lost.number = now.number
                             WHERE now.client_id = $1 AND now.contact_id = $2)
                        OR customer_id =
                            (SELECT COALESCE(v.customer_id, c.customer_id) FROM contact c
                             LEFT JOIN conversation v
                               ON v.client_id = c.client_id AND v.contact_id = c.contact_id
                             WHERE c.client_id = $1 AND c.contact_id = $2))",
                args![scope.client(), contact, at],
            )
            .await
            .map(drop)
    }

    /// Whether anything of the client waits to be followed up.
    pub(super) async fn has_open_follow_ups(
        &mut self,
        scope: &ClientScope,
    ) -> Result<bool, StoreError> {
        let row = self
            .of(scope)
            .one(
                "SELECT 1 AS n FROM follow_up WHERE client_id = $1 AND closed_us IS NULL LIMIT 1",
                args![scope.client()],
            )
            .await?;
        Ok(row.is_some())
    }

    /// An agent takes up what nobody else has.
    pub async fn take_follow_up(
        &mut self,
        scope: &ClientScope,
        contact: ContactId,
        agent: AgentId,
    ) -> Result<(), StoreError> {
        let rows = self
            .of(scope)
            .run(
                "UPDATE follow_up SET taken_by = $3
                 WHERE client_id = $1 AND contact_id = $2 AND closed_us IS NULL
                   AND (taken_by IS NULL OR taken_by = $3)",
                args![scope.client(), contact, agent],
            )
            .await?;
        changed(rows, "the lost contact")
    }

    /// It is closed by whoever has it, or by an agent when nobody has.
    pub async fn close_follow_up(
        &mut self,
        scope: &ClientScope,
        contact: ContactId,
        agent: AgentId,
        outcome: FollowUpOutcome,
        note: &str,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        let rows = self
            .of(scope)
            .run(
                "UPDATE follow_up SET taken_by = $3, outcome = $4, note = $5, closed_us = $6
                 WHERE client_id = $1 AND contact_id = $2 AND closed_us IS NULL
                   AND (taken_by IS NULL OR taken_by = $3)",
                args![scope.client(), contact, agent, outcome, note, at],
            )
            .await?;
        changed(rows, "the lost contact")
    }

    /// What was closed is work again, of the agent who had it if somebody had. What was known until `at`
    /// does not close it again.
    pub async fn resume_follow_up(
        &mut self,
        scope: &ClientScope,
        contact: ContactId,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        let rows = self
            .of(scope)
            .run(
                "UPDATE follow_up
                 SET outcome = NULL, closed_us = NULL, by_contact = NULL, since_us = $3
                 WHERE client_id = $1 AND contact_id = $2 AND closed_us IS NOT NULL",
                args![scope.client(), contact, at],
            )
            .await?;
        changed(rows, "the lost contact")
    }

    /// What `agent` had taken is there for everybody again.
    pub async fn release_follow_up(
        &mut self,
        scope: &ClientScope,
        contact: ContactId,
        agent: AgentId,
    ) -> Result<(), StoreError> {
        let rows = self
            .of(scope)
            .run(
                "UPDATE follow_up SET taken_by = NULL
                 WHERE client_id = $1 AND contact_id = $2 AND closed_us IS NULL AND taken_by = $3",
                args![scope.client(), contact, agent],
            )
            .await?;
        changed(rows, "the lost contact")
    }
}
