//! What clients wish their contracts to say, and what became of it.

use domain::{ClientId, ProposalId, Timestamp, UserId};
use serde_json::Value;

use super::{ClientScope, ProviderScope, changed, page, record, words};
use crate::{StoreError, Tx, View, value::args};

words! {
    /// What became of a proposal.
    pub enum ProposalState {
        /// The provider has not decided yet.
        Open = "open",
        /// It is a version of the contract.
        Accepted = "accepted",
        /// The provider said no.
        Refused = "refused",
        /// The client took it back.
        Withdrawn = "withdrawn",
    }
}

record! {
    /// Terms that a client wishes for.
    #[derive(Clone, Debug, PartialEq)]
    pub struct Proposal {
        /// The client.
        pub client: ClientId = "client_id",
        /// Its id.
        pub id: ProposalId = "proposal_id",
        /// The published version it was made from.
        pub based_on: u32,
        /// The terms wished for.
        pub document: Value,
        /// What the client said about it.
        pub note: String,
        /// Who proposed it.
        pub author: Option<UserId> = "author_id",
        /// Their name then.
        pub author_name: String,
        /// When.
        pub proposed: Timestamp = "proposed_us",
        /// What became of it.
        pub state: ProposalState,
        /// What the provider answered; empty for nothing.
        pub answer: String,
        /// Name of who decided.
        pub decided_by: Option<String>,
        /// When it was decided, or taken back.
        pub decided: Option<Timestamp> = "decided_us",
        /// The version of the contract that it became.
        pub contract_version: Option<u32>,
        /// Raised by each change.
        pub version: u64,
    }
}

impl View {
    /// The newest proposals of a client, newest first.
    pub async fn proposals(
        &mut self,
        scope: &ClientScope,
        limit: u32,
    ) -> Result<Vec<Proposal>, StoreError> {
        self.of(scope)
            .list(
                "SELECT client_id, proposal_id, based_on, document, note, author_id, author_name,
                        proposed_us, state, answer, decided_by, decided_us, contract_version, version
                 FROM contract_proposal WHERE client_id = $1
                 ORDER BY proposed_us DESC, proposal_id DESC LIMIT $2",
                args![scope.client(), page(limit)],
            )
            .await
    }

    /// The open proposals of all clients, the one that waits longest first.
    pub async fn open_proposals(
        &mut self,
        _: &ProviderScope,
        limit: u32,
    ) -> Result<Vec<Proposal>, StoreError> {
        self.list(
            "SELECT client_id, proposal_id, based_on, document, note, author_id, author_name,
                    proposed_us, state, answer, decided_by, decided_us, contract_version, version
             FROM contract_proposal WHERE state = $1
             ORDER BY proposed_us, proposal_id LIMIT $2",
            args![ProposalState::Open, page(limit)],
        )
        .await
    }

    /// One proposal of a client.
    pub async fn proposal(
        &mut self,
        scope: &ClientScope,
        id: ProposalId,
    ) -> Result<Option<Proposal>, StoreError> {
        self.of(scope)
            .find(
                "SELECT client_id, proposal_id, based_on, document, note, author_id, author_name,
                        proposed_us, state, answer, decided_by, decided_us, contract_version, version
                 FROM contract_proposal WHERE client_id = $1 AND proposal_id = $2",
                args![scope.client(), id],
            )
            .await
    }
}

impl Tx {
    /// Keeps a proposal, open, with version 1. Whether there was room: at most `open_max` of a client
    /// are open at once.
    pub async fn create_proposal(
        &mut self,
        scope: &ClientScope,
        proposal: &Proposal,
        open_max: u32,
    ) -> Result<bool, StoreError> {
        let Proposal { id, based_on, document, note, author, author_name, proposed, .. } =
            proposal.clone();
        let rows = self
            .of(scope)
            .run(
                "INSERT INTO contract_proposal (client_id, proposal_id, based_on, document, note,
                     author_id, author_name, proposed_us, state, answer, version)
                 SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, '', 1
                 FROM (SELECT COUNT(*) AS open_now FROM contract_proposal
                       WHERE client_id = $1 AND state = $9) AS so_far
                 WHERE so_far.open_now < $10",
                args![
                    scope.client(),
                    id,
                    based_on,
                    document,
                    note,
                    author,
                    author_name,
                    proposed,
                    ProposalState::Open,
                    open_max
                ],
            )
            .await?;
        Ok(rows > 0)
    }

    /// Says what became of an open proposal, from the version it was read with. Refused as stale when
    /// somebody else was faster.
    pub async fn decide_proposal(
        &mut self,
        scope: &ClientScope,
        proposal: &Proposal,
    ) -> Result<(), StoreError> {
        let Proposal { id, state, answer, decided_by, decided, contract_version, version, .. } =
            proposal.clone();
        let rows = self
            .of(scope)
            .run(
                "UPDATE contract_proposal SET state = $2, answer = $3, decided_by = $4,
                     decided_us = $5, contract_version = $6, version = version + 1
                 WHERE client_id = $1 AND proposal_id = $7 AND version = $8 AND state = $9",
                args![
                    scope.client(),
                    state,
                    answer,
                    decided_by,
                    decided,
                    contract_version,
                    id,
                    version,
                    ProposalState::Open
                ],
            )
            .await?;
        changed(rows, "the proposal")
    }
}
