//! Contacts as the journal tells of them, and how agents said they ended.

use std::time::Duration;

use domain::{
    AgentId, ClientId, ContactId, CustomerId, DispositionId, FloorId, Language, QueueId, Timestamp,
};

use super::{ClientScope, ProviderScope, page, record};
use crate::{StoreError, Tx, View, value::args};

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
        /// Its customer was promised to be called back.
        pub by_callback: bool,
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

impl View {
    /// One contact.
    pub async fn contact(
        &mut self,
        scope: &ClientScope,
        id: ContactId,
    ) -> Result<Option<Contact>, StoreError> {
        self.of(scope).find(
            "SELECT client_id, contact_id, floor_id, queue_id, channel, language, contract_version,
                    customer_id, arrived_us, clock_start_us, answered_us, ended_us, ending,
                    wait_us, agent_id, overflow, by_callback, first_seq, last_seq
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

    /// Contacts of one customer, newest first. A question of its own: within
    /// [`View::contact_lines`] it would read all contacts of the client.
    pub async fn contacts_of(
        &mut self,
        scope: &ClientScope,
        customer: CustomerId,
        limit: u32,
    ) -> Result<Vec<Contact>, StoreError> {
        self.of(scope).list(
            "SELECT client_id, contact_id, floor_id, queue_id, channel, language, contract_version,
                    customer_id, arrived_us, clock_start_us, answered_us, ended_us, ending,
                    wait_us, agent_id, overflow, by_callback, first_seq, last_seq
             FROM contact WHERE client_id = $1 AND customer_id = $2
             ORDER BY arrived_us DESC, contact_id DESC LIMIT $3",
            args![scope.client(), customer, page(limit)],
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
            .of(scope)
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
        self.of(scope)
            .list(
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
        self.of(scope)
            .list(
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

impl Tx {
    /// Keeps how an agent said a contact ended; said again, the last word holds.
    pub async fn give_disposition(
        &mut self,
        scope: &ClientScope,
        given: &DispositionGiven,
    ) -> Result<(), StoreError> {
        let DispositionGiven { contact, agent, disposition, note, at } = given.clone();
        self.of(scope).run(
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
}
