//! What clients say against lines of their invoices.

use domain::{ClientId, ContactId, DisputeId, InvoiceId, Timestamp};

use super::{ClientScope, PAGE_MAX, ProviderScope, changed, record, words};
use crate::{StoreError, Tx, View, value::args};

words! {
    /// What became of a dispute.
    pub enum DisputeState {
        /// The provider has not answered yet.
        Open = "open",
        /// The provider gives back, by a credit note.
        Accepted = "accepted",
        /// The provider stands by the line.
        Refused = "refused",
    }
}

record! {
    /// What a client says against a line.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct Dispute {
        /// Whose it is.
        pub client: ClientId = "client_id",
        /// Its id.
        pub id: DisputeId = "dispute_id",
        /// The invoice.
        pub invoice: InvoiceId = "invoice_id",
        /// The line.
        pub line: String,
        /// The line's contact.
        pub contact: ContactId = "contact_id",
        /// What the client says.
        pub reason: String,
        /// Name of who said it.
        pub raised_by: String,
        /// When.
        pub raised: Timestamp = "raised_us",
        /// What became of it.
        pub state: DisputeState,
        /// What the provider answered; empty before.
        pub answer: String,
        /// Name of who answered.
        pub answered_by: Option<String>,
        /// When.
        pub answered: Option<Timestamp> = "answered_us",
        /// The credit note that it led to.
        pub note: Option<InvoiceId> = "note_id",
        /// Raised by each change.
        pub version: u64,
    }
}

impl View {
    /// Disputes of a client, the newest first; of one invoice where it is named.
    pub async fn disputes(
        &mut self,
        scope: &ClientScope,
        invoice: Option<InvoiceId>,
    ) -> Result<Vec<Dispute>, StoreError> {
        self.of(scope)
            .list(
                "SELECT client_id, dispute_id, invoice_id, line, contact_id, reason, raised_by,
                        raised_us, state, answer, answered_by, answered_us, note_id, version
                 FROM dispute WHERE client_id = $1 AND ($2 IS NULL OR invoice_id = $2)
                 ORDER BY raised_us DESC, dispute_id DESC LIMIT $3",
                args![scope.client(), invoice, PAGE_MAX],
            )
            .await
    }

    /// One dispute of a client.
    pub async fn dispute(
        &mut self,
        scope: &ClientScope,
        id: DisputeId,
    ) -> Result<Option<Dispute>, StoreError> {
        self.of(scope)
            .find(
                "SELECT client_id, dispute_id, invoice_id, line, contact_id, reason, raised_by,
                        raised_us, state, answer, answered_by, answered_us, note_id, version
                 FROM dispute WHERE client_id = $1 AND dispute_id = $2",
                args![scope.client(), id],
            )
            .await
    }

    /// Disputes of all clients that wait for an answer, the one that waits longest first.
    pub async fn open_disputes(&mut self, _: &ProviderScope) -> Result<Vec<Dispute>, StoreError> {
        self.list(
            "SELECT client_id, dispute_id, invoice_id, line, contact_id, reason, raised_by,
                    raised_us, state, answer, answered_by, answered_us, note_id, version
             FROM dispute WHERE state = $1 ORDER BY raised_us, dispute_id LIMIT $2",
            args![DisputeState::Open, PAGE_MAX],
        )
        .await
    }
}

impl Tx {
    /// Keeps a dispute, open, with version 1. A line that is disputed already is a conflict of
    /// `dispute_client_id_invoice_id_line`.
    pub async fn raise_dispute(
        &mut self,
        scope: &ClientScope,
        dispute: &Dispute,
    ) -> Result<(), StoreError> {
        let Dispute { id, invoice, line, contact, reason, raised_by, raised, .. } = dispute.clone();
        self.of(scope)
            .run(
                "INSERT INTO dispute (client_id, dispute_id, invoice_id, line, contact_id, reason,
                     raised_by, raised_us, state, answer, version)
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, '', 1)",
                args![
                    scope.client(),
                    id,
                    invoice,
                    line,
                    contact,
                    reason,
                    raised_by,
                    raised,
                    DisputeState::Open
                ],
            )
            .await
            .map(drop)
    }

    /// Answers an open dispute, from the version it was read with.
    pub async fn answer_dispute(
        &mut self,
        scope: &ClientScope,
        dispute: &Dispute,
    ) -> Result<(), StoreError> {
        let Dispute { id, state, answer, answered_by, answered, note, version, .. } =
            dispute.clone();
        let rows = self
            .of(scope)
            .run(
                "UPDATE dispute SET state = $2, answer = $3, answered_by = $4, answered_us = $5,
                     note_id = $6, version = version + 1
                 WHERE client_id = $1 AND dispute_id = $7 AND version = $8 AND state = $9",
                args![
                    scope.client(),
                    state,
                    answer,
                    answered_by,
                    answered,
                    note,
                    id,
                    version,
                    DisputeState::Open
                ],
            )
            .await?;
        changed(rows, "the dispute")
    }
}
