//! Where conversations stand, kept many at a time: the floor's decisions do not wait for it.
//!
//! What is lost in a crash is read from the journal at the next start, so nothing here needs its
//! own commit.

use std::time::Duration;

use domain::{AgentId, ConversationId, Timestamp};
use store::{ClientScope, Store, StoreError, records::ConversationState};
use tokio::sync::mpsc;

/// Changes that may wait; beyond it the floor's decisions wait with them.
const WAITING_MAX: usize = 8_192;

/// Changes kept in one transaction.
const AT_ONCE: usize = 256;

/// Between two tries while the store is away.
const AGAIN_AFTER: Duration = Duration::from_millis(500);

/// Where a conversation stands now.
#[derive(Clone, Copy, Debug)]
pub(super) struct Change {
    pub scope: ClientScope,
    pub conversation: ConversationId,
    pub state: ConversationState,
    pub agent: Option<AgentId>,
    pub ended: Option<Timestamp>,
}

/// Starts the task that keeps changes; it ends when the sender is gone and all are kept.
pub(super) fn start(store: Store) -> mpsc::Sender<Change> {
    let (sender, mut waiting) = mpsc::channel(WAITING_MAX);
    tokio::spawn(async move {
        let mut batch = Vec::with_capacity(AT_ONCE);
        while waiting.recv_many(&mut batch, AT_ONCE).await > 0 {
            keep(&store, std::mem::take(&mut batch)).await;
        }
    });
    sender
}

async fn keep(store: &Store, batch: Vec<Change>) {
    loop {
        let changes = batch.clone();
        let kept: Result<(), StoreError> = store
            .tx(move |tx| {
                Box::pin(async move {
                    for Change { scope, conversation, state, agent, ended } in changes {
                        tx.set_conversation(&scope, conversation, state, agent, ended).await?;
                    }
                    Ok(())
                })
            })
            .await;
        match kept {
            Ok(()) => return,
            Err(error) if error.is_temporary() => {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    waiting = batch.len(),
                    "states of conversations wait for the store"
                );
                tokio::time::sleep(AGAIN_AFTER).await;
            }
            Err(error) => {
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    lost = batch.len(),
                    "states of conversations are not kept; the next start reads them from the journal"
                );
                return;
            }
        }
    }
}
