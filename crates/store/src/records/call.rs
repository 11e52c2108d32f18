//! The telephone side of contacts: calls and their legs.

use domain::{AgentId, ClientId, ContactId, LegId, Timestamp, TrunkId};
use serde_json::Value;

use super::{ClientScope, ProviderScope, page, record, words};
use crate::{StoreError, Tx, View, value::args};

words! {
    /// Which way a call goes.
    pub enum CallDirection {
        /// The customer called.
        Inbound = "inbound",
        /// We called.
        Outbound = "outbound",
    }
}

words! {
    /// Whose leg it is.
    pub enum LegParty {
        /// The customer's.
        Customer = "customer",
        /// An agent's.
        Agent = "agent",
        /// Of somebody outside who was called about the contact.
        Outside = "outside",
        /// A supervisor's.
        Supervisor = "supervisor",
    }
}

record! {
    /// The call of a contact.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct Call {
        /// The client.
        pub client: ClientId = "client_id",
        /// The contact.
        pub contact: ContactId = "contact_id",
        /// Which way.
        pub direction: CallDirection,
        /// By which trunk, if it is known.
        pub trunk: Option<TrunkId> = "trunk_id",
        /// The customer's number, unless it was withheld.
        pub number: Option<String>,
        /// The number dialled, or shown by us.
        pub dialled: Option<String>,
        /// First ring.
        pub started: Timestamp = "started_us",
        /// End of the customer's leg.
        pub ended: Option<Timestamp> = "ended_us",
        /// How it ended: a code of the table of call endings.
        pub ending: Option<String>,
    }
}

record! {
    /// A leg of a call.
    #[derive(Clone, Debug, PartialEq)]
    pub struct CallLeg {
        /// The client.
        pub client: ClientId = "client_id",
        /// The contact.
        pub contact: ContactId = "contact_id",
        /// Its id; an agent's phone has the same in all its calls.
        pub leg: LegId = "leg_id",
        /// When it began.
        pub started: Timestamp = "started_us",
        /// Whose.
        pub party: LegParty,
        /// With an agent's leg: whose.
        pub agent: Option<AgentId> = "agent_id",
        /// When it was answered.
        pub answered: Option<Timestamp> = "answered_us",
        /// When it ended.
        pub ended: Option<Timestamp> = "ended_us",
        /// How it ended: a code of the table of call endings.
        pub ending: Option<String>,
        /// How it sounded.
        pub quality: Option<Value>,
    }
}

impl View {
    /// The call of a contact.
    pub async fn call(
        &mut self,
        scope: &ClientScope,
        contact: ContactId,
    ) -> Result<Option<Call>, StoreError> {
        self.of(scope)
            .find(
                "SELECT client_id, contact_id, direction, trunk_id, number, dialled, started_us,
                        ended_us, ending
                 FROM call WHERE client_id = $1 AND contact_id = $2",
                args![scope.client(), contact],
            )
            .await
    }

    /// The calls of a customer's number, newest first.
    pub async fn calls_of_number(
        &mut self,
        scope: &ClientScope,
        number: &str,
        limit: u32,
    ) -> Result<Vec<Call>, StoreError> {
        self.of(scope)
            .list(
                "SELECT client_id, contact_id, direction, trunk_id, number, dialled, started_us,
                        ended_us, ending
                 FROM call WHERE client_id = $1 AND number = $2
                 ORDER BY started_us DESC, contact_id DESC LIMIT $3",
                args![scope.client(), number, page(limit)],
            )
            .await
    }

    /// Calls of all clients that began before `before` and have not ended, oldest first: after a
    /// restart, those that it cut, before [`Tx::cut_calls`] marks them.
    pub async fn calls_open(
        &mut self,
        _: &ProviderScope,
        before: Timestamp,
        limit: u32,
    ) -> Result<Vec<Call>, StoreError> {
        self.list(
            "SELECT client_id, contact_id, direction, trunk_id, number, dialled, started_us,
                    ended_us, ending
             FROM call WHERE ended_us IS NULL AND started_us < $1
             ORDER BY started_us, contact_id LIMIT $2",
            args![before, page(limit)],
        )
        .await
    }

    /// Its legs, the first one first.
    pub async fn call_legs(
        &mut self,
        scope: &ClientScope,
        contact: ContactId,
    ) -> Result<Vec<CallLeg>, StoreError> {
        self.of(scope)
            .list(
                "SELECT client_id, contact_id, leg_id, started_us, party, agent_id, answered_us,
                        ended_us, ending, quality
                 FROM call_leg WHERE client_id = $1 AND contact_id = $2 ORDER BY started_us, leg_id",
                args![scope.client(), contact],
            )
            .await
    }
}

impl Tx {
    /// Keeps a call that has just begun. A second time changes nothing.
    pub async fn start_call(&mut self, scope: &ClientScope, call: &Call) -> Result<(), StoreError> {
        let Call { contact, direction, trunk, number, dialled, started, .. } = call.clone();
        self.of(scope)
            .run(
                "INSERT INTO call (client_id, contact_id, direction, trunk_id, number, dialled,
                     started_us)
                 VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (client_id, contact_id) DO NOTHING",
                args![scope.client(), contact, direction, trunk, number, dialled, started],
            )
            .await?;
        Ok(())
    }

    /// The customer's leg is over.
    pub async fn end_call(
        &mut self,
        scope: &ClientScope,
        contact: ContactId,
        ending: &str,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        self.of(scope)
            .run(
                "UPDATE call SET ended_us = $3, ending = $4
                 WHERE client_id = $1 AND contact_id = $2 AND ended_us IS NULL",
                args![scope.client(), contact, at, ending],
            )
            .await?;
        Ok(())
    }

    /// Marks calls that began before `before` and never ended as cut at `at`: the server that played
    /// them is gone. How many there were.
    pub async fn cut_calls(
        &mut self,
        before: Timestamp,
        at: Timestamp,
        ending: &str,
    ) -> Result<u64, StoreError> {
        self.run(
            "UPDATE call_leg SET ended_us = $1, ending = $2
             WHERE ended_us IS NULL AND started_us < $3",
            args![at, ending, before],
        )
        .await?;
        self.run(
            "UPDATE call SET ended_us = $1, ending = $2 WHERE ended_us IS NULL AND started_us < $3",
            args![at, ending, before],
        )
        .await
    }

    /// Keeps a leg that has just begun.
    pub async fn start_leg(
        &mut self,
        scope: &ClientScope,
        leg: &CallLeg,
    ) -> Result<(), StoreError> {
        let CallLeg { contact, leg, started, party, agent, .. } = leg.clone();
        self.of(scope)
            .run(
                "INSERT INTO call_leg (client_id, contact_id, leg_id, started_us, party, agent_id)
                 VALUES ($1, $2, $3, $4, $5, $6)
                 ON CONFLICT (client_id, contact_id, leg_id, started_us) DO NOTHING",
                args![scope.client(), contact, leg, started, party, agent],
            )
            .await?;
        Ok(())
    }

    /// The leg was answered.
    pub async fn answer_leg(
        &mut self,
        scope: &ClientScope,
        contact: ContactId,
        leg: LegId,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        self.of(scope)
            .run(
                "UPDATE call_leg SET answered_us = $4
                 WHERE client_id = $1 AND contact_id = $2 AND leg_id = $3 AND ended_us IS NULL
                   AND answered_us IS NULL",
                args![scope.client(), contact, leg, at],
            )
            .await?;
        Ok(())
    }

    /// The leg is over.
    pub async fn end_leg(
        &mut self,
        scope: &ClientScope,
        contact: ContactId,
        leg: LegId,
        ending: &str,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        self.of(scope)
            .run(
                "UPDATE call_leg SET ended_us = $4, ending = $5
                 WHERE client_id = $1 AND contact_id = $2 AND leg_id = $3 AND ended_us IS NULL",
                args![scope.client(), contact, leg, at, ending],
            )
            .await?;
        Ok(())
    }

    /// How the leg sounded, on its latest row.
    pub async fn rate_leg(
        &mut self,
        scope: &ClientScope,
        contact: ContactId,
        leg: LegId,
        quality: &Value,
    ) -> Result<(), StoreError> {
        self.of(scope)
            .run(
                "UPDATE call_leg SET quality = $4
                 WHERE client_id = $1 AND contact_id = $2 AND leg_id = $3 AND started_us =
                   (SELECT MAX(started_us) FROM call_leg
                    WHERE client_id = $1 AND contact_id = $2 AND leg_id = $3)",
                args![scope.client(), contact, leg, quality.clone()],
            )
            .await?;
        Ok(())
    }
}
