//! Contacts as the journal tells of them, and how agents said they ended.
//!
//! The rows are a projection: written from the journal in the same transaction as the cursor that
//! says how far it has come, so that each entry counts exactly once.

use std::time::Duration;

use domain::{
    AgentId, ClientId, ContactId, CustomerId, DispositionId, FloorId, Language, QueueId, Timestamp,
};
use routing::{Ending, Event, Input};

use super::{ClientScope, ProviderScope, page, record};
use crate::{Entry, Store, StoreError, Tx, View, value::args};

/// Name of the projection's cursor.
const PROJECTION: &str = "contact";

/// Entries projected in one transaction; it holds the writer meanwhile.
const BATCH: usize = 200;

record! {
    /// A contact.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct Contact {
        /// The client.
        pub client: ClientId = "client_id",
        /// Its id.
        pub id: ContactId = "contact_id",
        /// The floor that took it.
        pub floor: FloorId = "floor_id",
        /// The queue it is or was last in.
        pub queue: QueueId = "queue_id",
        /// How it came: `voice`, `chat`, `mail`, `message`, `callback`.
        pub channel: String,
        /// Its language.
        pub language: Language,
        /// Version of the contract at its arrival.
        pub contract_version: u32,
        /// The customer, if known at arrival.
        pub customer: Option<CustomerId> = "customer_id",
        /// When it arrived.
        pub arrived: Timestamp = "arrived_us",
        /// When its clock started.
        pub clock_start: Timestamp = "clock_start_us",
        /// When it was first answered.
        pub answered: Option<Timestamp> = "answered_us",
        /// When it left the floor.
        pub ended: Option<Timestamp> = "ended_us",
        /// How: `handled`, `abandoned`, `short_abandoned`, `closed`, `queue_full`,
        /// `queue_removed`, `voicemail`, `cut`, `not_reached`, `callback_cancelled`; `None` while
        /// it is on the floor.
        pub ending: Option<String>,
        /// From the start of the clock to the first answer, or to the end without one.
        pub wait: Option<Duration> = "wait_us",
        /// The agent who answered last.
        pub agent: Option<AgentId> = "agent_id",
        /// The overflow ring answered it first.
        pub overflow: bool,
        /// First entry of the journal that tells of it.
        pub first_seq: u64,
        /// Last one so far.
        pub last_seq: u64,
    }
}

record! {
    /// An agent's part in a contact.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct ContactAgent {
        /// The contact.
        pub contact: ContactId = "contact_id",
        /// The agent.
        pub agent: AgentId = "agent_id",
        /// When the agent first answered.
        pub answered: Timestamp = "answered_us",
        /// Time talking, of the parts that are over.
        pub talk: Duration = "talk_us",
        /// Time on hold, likewise.
        pub hold: Duration = "hold_us",
        /// Time working afterwards, likewise.
        pub wrap_up: Duration = "wrap_up_us",
    }
}

record! {
    /// How an agent said a contact ended.
    #[derive(Clone, PartialEq, Eq)]
    pub struct DispositionGiven {
        /// The contact.
        pub contact: ContactId = "contact_id",
        /// The agent.
        pub agent: AgentId = "agent_id",
        /// In the client's words.
        pub disposition: Option<DispositionId> = "disposition_id",
        /// What the agent added.
        pub note: String,
        /// When.
        pub at: Timestamp = "at_us",
    }
}

impl std::fmt::Debug for DispositionGiven {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "DispositionGiven({} by {}, <redacted>)", self.contact, self.agent)
    }
}

/// Which contacts are asked for.
#[derive(Clone, Debug)]
pub struct ContactFilter {
    /// Arrived at or after.
    pub from: Timestamp,
    /// Arrived before.
    pub until: Timestamp,
    /// In this queue.
    pub queue: Option<QueueId>,
    /// Answered by this agent.
    pub agent: Option<AgentId>,
    /// On this channel.
    pub channel: Option<String>,
    /// With this ending; `open` for those on the floor.
    pub ending: Option<String>,
    /// Only with a recording that is not erased.
    pub recorded: bool,
    /// Older than this one (the last of the page before).
    pub before: Option<(Timestamp, ContactId)>,
}

impl Default for ContactFilter {
    fn default() -> Self {
        Self {
            from: Timestamp::MIN,
            until: Timestamp::MAX,
            queue: None,
            agent: None,
            channel: None,
            ending: None,
            recorded: false,
            before: None,
        }
    }
}

impl View {
    /// One contact.
    pub async fn contact(
        &mut self,
        scope: &ClientScope,
        id: ContactId,
    ) -> Result<Option<Contact>, StoreError> {
        self.find(
            "SELECT client_id, contact_id, floor_id, queue_id, channel, language, contract_version,
                    customer_id, arrived_us, clock_start_us, answered_us, ended_us, ending,
                    wait_us, agent_id, overflow, first_seq, last_seq
             FROM contact WHERE client_id = $1 AND contact_id = $2",
            args![scope.client(), id],
        )
        .await
    }

    /// The client of a contact, for whoever has only its id.
    pub async fn client_of_contact(
        &mut self,
        _: &ProviderScope,
        id: ContactId,
    ) -> Result<Option<ClientId>, StoreError> {
        let row =
            self.one("SELECT client_id FROM contact WHERE contact_id = $1", args![id]).await?;
        row.map(|row| row.get("client_id")).transpose()
    }

    /// Contacts of a client, newest first.
    pub async fn contacts(
        &mut self,
        scope: &ClientScope,
        filter: &ContactFilter,
        limit: u32,
    ) -> Result<Vec<Contact>, StoreError> {
        let mut values = args![scope.client()];
        values.extend(filter_values(filter, limit));
        self.list(
            "SELECT client_id, contact_id, floor_id, queue_id, channel, language, contract_version,
                    customer_id, arrived_us, clock_start_us, answered_us, ended_us, ending,
                    wait_us, agent_id, overflow, first_seq, last_seq
             FROM contact c
             WHERE client_id = $1 AND arrived_us >= $2 AND arrived_us < $3
               AND ($4 IS NULL OR queue_id = $4)
               AND ($5 IS NULL OR EXISTS (SELECT 1 FROM contact_agent ca
                    WHERE ca.client_id = c.client_id AND ca.contact_id = c.contact_id
                      AND ca.agent_id = $5))
               AND ($6 IS NULL OR channel = $6)
               AND ($7 IS NULL OR COALESCE(ending, 'open') = $7)
               AND (NOT $8 OR EXISTS (SELECT 1 FROM recording r
                    WHERE r.client_id = c.client_id AND r.contact_id = c.contact_id
                      AND r.status <> 'erased'))
               AND (arrived_us, contact_id) < ($9, $10)
             ORDER BY arrived_us DESC, contact_id DESC LIMIT $11",
            values,
        )
        .await
    }

    /// Contacts of one customer, newest first. A question of its own: within the other one it would
    /// read all contacts of the client.
    pub async fn contacts_of(
        &mut self,
        scope: &ClientScope,
        customer: CustomerId,
        limit: u32,
    ) -> Result<Vec<Contact>, StoreError> {
        self.list(
            "SELECT client_id, contact_id, floor_id, queue_id, channel, language, contract_version,
                    customer_id, arrived_us, clock_start_us, answered_us, ended_us, ending,
                    wait_us, agent_id, overflow, first_seq, last_seq
             FROM contact WHERE client_id = $1 AND customer_id = $2
             ORDER BY arrived_us DESC, contact_id DESC LIMIT $3",
            args![scope.client(), customer, page(limit)],
        )
        .await
    }

    /// Contacts of all clients, newest first.
    pub async fn contacts_of_all_clients(
        &mut self,
        _: &ProviderScope,
        filter: &ContactFilter,
        limit: u32,
    ) -> Result<Vec<Contact>, StoreError> {
        self.list(
            "SELECT client_id, contact_id, floor_id, queue_id, channel, language, contract_version,
                    customer_id, arrived_us, clock_start_us, answered_us, ended_us, ending,
                    wait_us, agent_id, overflow, first_seq, last_seq
             FROM contact c
             WHERE arrived_us >= $1 AND arrived_us < $2
               AND ($3 IS NULL OR queue_id = $3)
               AND ($4 IS NULL OR EXISTS (SELECT 1 FROM contact_agent ca
                    WHERE ca.client_id = c.client_id AND ca.contact_id = c.contact_id
                      AND ca.agent_id = $4))
               AND ($5 IS NULL OR channel = $5)
               AND ($6 IS NULL OR COALESCE(ending, 'open') = $6)
               AND (NOT $7 OR EXISTS (SELECT 1 FROM recording r
                    WHERE r.client_id = c.client_id AND r.contact_id = c.contact_id
                      AND r.status <> 'erased'))
               AND (arrived_us, contact_id) < ($8, $9)
             ORDER BY arrived_us DESC, contact_id DESC LIMIT $10",
            filter_values(filter, limit),
        )
        .await
    }

    /// How many contacts a customer has had that arrived before `until`.
    pub async fn count_contacts_of(
        &mut self,
        scope: &ClientScope,
        customer: CustomerId,
        until: Timestamp,
    ) -> Result<u64, StoreError> {
        let row = self
            .one(
                "SELECT COUNT(*) AS n FROM contact
                 WHERE client_id = $1 AND customer_id = $2 AND arrived_us < $3",
                args![scope.client(), customer, until],
            )
            .await?;
        row.map_or(Ok(0), |row| row.get("n"))
    }

    /// The agents who answered a contact, in their order.
    pub async fn agents_of_contact(
        &mut self,
        scope: &ClientScope,
        contact: ContactId,
    ) -> Result<Vec<ContactAgent>, StoreError> {
        self.list(
            "SELECT contact_id, agent_id, answered_us, talk_us, hold_us, wrap_up_us
             FROM contact_agent WHERE client_id = $1 AND contact_id = $2
             ORDER BY answered_us, agent_id",
            args![scope.client(), contact],
        )
        .await
    }

    /// What agents said of how a contact ended, in their order.
    pub async fn dispositions_of(
        &mut self,
        scope: &ClientScope,
        contact: ContactId,
    ) -> Result<Vec<DispositionGiven>, StoreError> {
        self.list(
            "SELECT contact_id, agent_id, disposition_id, note, at_us
             FROM disposition_given WHERE client_id = $1 AND contact_id = $2
             ORDER BY at_us, agent_id",
            args![scope.client(), contact],
        )
        .await
    }

    /// How far a projection of the floor's journal has come; 0 before its first entry.
    pub async fn projection_cursor(
        &mut self,
        _: &ProviderScope,
        name: &str,
        floor: FloorId,
    ) -> Result<u64, StoreError> {
        let row = self
            .one(
                "SELECT seq FROM projection_cursor WHERE name = $1 AND floor_id = $2",
                args![name, floor],
            )
            .await?;
        row.map_or(Ok(0), |row| row.get("seq"))
    }
}

fn filter_values(filter: &ContactFilter, limit: u32) -> Vec<crate::value::Value> {
    let ContactFilter { from, until, queue, agent, channel, ending, recorded, before } =
        filter.clone();
    let (at, id) = before.unwrap_or((Timestamp::MAX, ContactId::from_u128(u128::MAX)));
    args![from, until, queue, agent, channel, ending, recorded, at, id, page(limit)]
}

impl Tx {
    /// Keeps how an agent said a contact ended; said again, the last word holds.
    pub async fn give_disposition(
        &mut self,
        scope: &ClientScope,
        given: &DispositionGiven,
    ) -> Result<(), StoreError> {
        let DispositionGiven { contact, agent, disposition, note, at } = given.clone();
        self.run(
            "INSERT INTO disposition_given (client_id, contact_id, agent_id, disposition_id, note,
                 at_us)
             VALUES ($1, $2, $3, $4, $5, $6)
             ON CONFLICT (client_id, contact_id, agent_id) DO UPDATE SET
                 disposition_id = excluded.disposition_id, note = excluded.note,
                 at_us = excluded.at_us",
            args![scope.client(), contact, agent, disposition, note, at],
        )
        .await
        .map(drop)
    }

    /// Moves a projection's cursor from `from` to `to`; stale when somebody else moved it.
    pub async fn move_projection_cursor(
        &mut self,
        _: &ProviderScope,
        name: &str,
        floor: FloorId,
        from: u64,
        to: u64,
    ) -> Result<(), StoreError> {
        if from == 0 {
            self.run(
                "INSERT INTO projection_cursor (name, floor_id, seq) VALUES ($1, $2, 0)
                 ON CONFLICT (name, floor_id) DO NOTHING",
                args![name, floor],
            )
            .await?;
        }
        let rows = self
            .run(
                "UPDATE projection_cursor SET seq = $1
                 WHERE name = $2 AND floor_id = $3 AND seq = $4",
                args![to, name, floor, from],
            )
            .await?;
        super::changed(rows, "the projection's cursor")
    }

    async fn project(&mut self, floor: FloorId, entry: &Entry) -> Result<(), StoreError> {
        for stamped in &entry.events {
            let (at, seq) = (stamped.at, entry.seq);
            match &stamped.event {
                Event::Arrived {
                    contact,
                    client,
                    queue,
                    channel,
                    language,
                    contract_version,
                    clock_start,
                    ..
                } => {
                    let arrival = entry.input.as_ref().and_then(Input::arrival);
                    let customer = arrival
                        .filter(|arrival| arrival.contact == *contact)
                        .and_then(|arrival| arrival.customer);
                    self.run(
                        "INSERT INTO contact (client_id, contact_id, floor_id, queue_id, channel,
                             language, contract_version, customer_id, arrived_us, clock_start_us,
                             overflow, first_seq, last_seq)
                         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, FALSE, $11, $11)",
                        args![
                            *client,
                            *contact,
                            floor,
                            *queue,
                            channel_word(*channel),
                            *language,
                            *contract_version,
                            customer,
                            at,
                            *clock_start,
                            seq
                        ],
                    )
                    .await?;
                }
                Event::CalledOut {
                    contact,
                    client,
                    queue,
                    agent,
                    language,
                    contract_version,
                    ..
                } => {
                    let customer = match &entry.input {
                        Some(Input::CallOut(call)) if call.contact == *contact => call.customer,
                        _ => None,
                    };
                    self.run(
                        "INSERT INTO contact (client_id, contact_id, floor_id, queue_id, channel,
                             language, contract_version, customer_id, arrived_us, clock_start_us,
                             agent_id, overflow, first_seq, last_seq)
                         VALUES ($1, $2, $3, $4, 'voice', $5, $6, $7, $8, $8, $9, FALSE, $10, $10)",
                        args![
                            *client,
                            *contact,
                            floor,
                            *queue,
                            *language,
                            *contract_version,
                            customer,
                            at,
                            *agent,
                            seq
                        ],
                    )
                    .await?;
                    self.contact_agent(*client, *contact, *agent, at).await?;
                }
                Event::CustomerAnswered { contact, client } => {
                    self.run(
                        "UPDATE contact SET answered_us = COALESCE(answered_us, $3), last_seq = $4
                         WHERE client_id = $1 AND contact_id = $2",
                        args![*client, *contact, at, seq],
                    )
                    .await?;
                }
                Event::Queued { contact, client, queue, .. } => {
                    self.run(
                        "UPDATE contact SET queue_id = $3, last_seq = $4
                         WHERE client_id = $1 AND contact_id = $2",
                        args![*client, *contact, *queue, seq],
                    )
                    .await?;
                }
                Event::Answered { contact, client, agent, wait, first, overflow, .. } => {
                    self.run(
                        "UPDATE contact SET agent_id = $3, last_seq = $4,
                             answered_us = COALESCE(answered_us, $5),
                             wait_us = CASE WHEN $6 THEN $7 ELSE wait_us END,
                             overflow = CASE WHEN $6 THEN $8 ELSE overflow END
                         WHERE client_id = $1 AND contact_id = $2",
                        args![*client, *contact, *agent, seq, at, *first, *wait, *overflow],
                    )
                    .await?;
                    self.contact_agent(*client, *contact, *agent, at).await?;
                }
                Event::PartEnded { contact, client, agent, talk, hold, .. } => {
                    self.contact_agent(*client, *contact, *agent, at).await?;
                    self.run(
                        "UPDATE contact_agent SET talk_us = talk_us + $4, hold_us = hold_us + $5
                         WHERE client_id = $1 AND contact_id = $2 AND agent_id = $3",
                        args![*client, *contact, *agent, *talk, *hold],
                    )
                    .await?;
                    self.touch_contact(*client, *contact, seq).await?;
                }
                Event::WrapUpEnded { contact, client, agent, length, .. } => {
                    self.run(
                        "UPDATE contact_agent SET wrap_up_us = wrap_up_us + $4
                         WHERE client_id = $1 AND contact_id = $2 AND agent_id = $3",
                        args![*client, *contact, *agent, *length],
                    )
                    .await?;
                    self.touch_contact(*client, *contact, seq).await?;
                }
                Event::Ended { contact, client, ending, wait, .. } => {
                    self.run(
                        "UPDATE contact SET ended_us = $3, ending = $4, last_seq = $5,
                             wait_us = COALESCE(wait_us, $6)
                         WHERE client_id = $1 AND contact_id = $2",
                        args![*client, *contact, at, ending_word(ending), seq, *wait],
                    )
                    .await?;
                }
                Event::WaitsForOpening { contact, client, .. }
                | Event::GreetingStarted { contact, client, .. }
                | Event::RingOpened { contact, client, .. }
                | Event::Offered { contact, client, .. }
                | Event::OfferEnded { contact, client, .. }
                | Event::Held { contact, client, .. }
                | Event::Resumed { contact, client, .. }
                | Event::ConsultStarted { contact, client, .. }
                | Event::ConferenceStarted { contact, client, .. }
                | Event::WrapUpStarted { contact, client, .. }
                | Event::WrapUpExtended { contact, client, .. }
                | Event::Transferred { contact, client, .. }
                | Event::CallbackPromised { contact, client }
                | Event::TalkLimitPassed { contact, client, .. }
                | Event::Call { contact, client, .. }
                | Event::CallbackFailed { contact, client, .. }
                | Event::Expedited { contact, client } => {
                    self.touch_contact(*client, *contact, seq).await?;
                }
                Event::AgentState { .. } | Event::PeriodChanged { .. } | Event::Phone { .. } => {}
            }
        }
        Ok(())
    }

    async fn contact_agent(
        &mut self,
        client: ClientId,
        contact: ContactId,
        agent: AgentId,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        self.run(
            "INSERT INTO contact_agent (client_id, contact_id, agent_id, answered_us, talk_us,
                 hold_us, wrap_up_us)
             VALUES ($1, $2, $3, $4, 0, 0, 0)
             ON CONFLICT (client_id, contact_id, agent_id) DO NOTHING",
            args![client, contact, agent, at],
        )
        .await
        .map(drop)
    }

    async fn touch_contact(
        &mut self,
        client: ClientId,
        contact: ContactId,
        seq: u64,
    ) -> Result<(), StoreError> {
        self.run(
            "UPDATE contact SET last_seq = $3 WHERE client_id = $1 AND contact_id = $2",
            args![client, contact, seq],
        )
        .await
        .map(drop)
    }
}

impl Store {
    /// Brings the contacts up to date with the floor's journal, and says up to which entry. One
    /// caller at a time; a second one finds the cursor moved and is told that it is stale.
    pub async fn project_contacts(&self, floor: FloorId) -> Result<u64, StoreError> {
        let scope = ProviderScope::granted();
        let mut done = self.view().projection_cursor(&scope, PROJECTION, floor).await?;
        let mut reader = self.read_journal(floor, done + 1);
        while let Some(mut entries) = reader.next().await? {
            while !entries.is_empty() {
                let rest = entries.split_off(entries.len().min(BATCH));
                let batch = std::mem::replace(&mut entries, rest);
                let (from, to) = (done, batch.last().map_or(done, |entry| entry.seq));
                self.tx(move |tx| {
                    Box::pin(async move {
                        tx.move_projection_cursor(&scope, PROJECTION, floor, from, to).await?;
                        for entry in &batch {
                            tx.project(floor, entry).await?;
                        }
                        Ok(())
                    })
                })
                .await?;
                done = to;
            }
        }
        Ok(done)
    }

    /// Forgets what was projected of a floor and does it anew.
    pub async fn rebuild_contacts(&self, floor: FloorId) -> Result<u64, StoreError> {
        self.tx(move |tx| {
            Box::pin(async move {
                tx.run(
                    "DELETE FROM contact_agent WHERE EXISTS (SELECT 1 FROM contact c
                     WHERE c.client_id = contact_agent.client_id
                       AND c.contact_id = contact_agent.contact_id AND c.floor_id = $1)",
                    args![floor],
                )
                .await?;
                tx.run("DELETE FROM contact WHERE floor_id = $1", args![floor]).await?;
                tx.run(
                    "DELETE FROM projection_cursor WHERE name = $1 AND floor_id = $2",
                    args![PROJECTION, floor],
                )
                .await
                .map(drop)
            })
        })
        .await?;
        self.project_contacts(floor).await
    }
}

fn channel_word(channel: domain::contract::Channel) -> &'static str {
    use domain::contract::Channel as C;
    match channel {
        C::Voice => "voice",
        C::Chat => "chat",
        C::Mail => "mail",
        C::Message => "message",
        C::Callback => "callback",
    }
}

fn ending_word(ending: &Ending) -> &'static str {
    match ending {
        Ending::Handled(_) => "handled",
        Ending::Abandoned => "abandoned",
        Ending::ShortAbandoned => "short_abandoned",
        Ending::Closed => "closed",
        Ending::QueueFull => "queue_full",
        Ending::QueueRemoved => "queue_removed",
        Ending::Voicemail => "voicemail",
        Ending::Cut => "cut",
        Ending::NotReached => "not_reached",
        Ending::CallbackCancelled => "callback_cancelled",
    }
}
