//! Customers who close their browser: a grace, then the contact is given up or ended.

use std::{sync::Arc, time::Duration};

use api::widget::ConversationState;
use routing::{EndedBy, Input};

use super::{Chat, Room};

/// A waiting customer whose browser is gone has this long to come back: a reload, another page, a
/// tunnel. Then the contact is abandoned.
const WAITING: Duration = Duration::from_secs(60);

/// A customer in conversation has this long; the agent sees meanwhile that they are away.
const TALKING: Duration = Duration::from_secs(300);

impl Chat {
    /// A browser of the customer has come.
    pub(super) fn came(&self, room: &Room) {
        if room.joined() {
            self.tell_presence(room, true);
        }
    }

    /// A browser of the customer has gone.
    pub(super) fn went(&self, room: &Arc<Room>) {
        if let Some(turn) = room.left() {
            self.tell_presence(room, false);
            self.watch(room, turn);
        }
    }

    /// Waits for a customer who is away since `turn`.
    pub(super) fn watch(&self, room: &Arc<Room>, turn: u64) {
        let (chat, room) = (self.clone(), Arc::clone(room));
        let stop = self.0.stop.clone();
        tokio::spawn(async move {
            tokio::select! {
                () = stop.cancelled() => {}
                () = chat.wait_for(&room, turn) => {}
            }
        });
    }

    async fn wait_for(&self, room: &Room, turn: u64) {
        self.0.clock.sleep(WAITING).await;
        if room.view().state != ConversationState::Waiting {
            self.0.clock.sleep(TALKING.saturating_sub(WAITING)).await;
        }
        if !room.is_deserted_since(turn) {
            return;
        }
        let contact = room.contact;
        let input = match room.view().state {
            ConversationState::Waiting => Input::Abandon { contact },
            ConversationState::WithAgent => Input::End { contact, by: EndedBy::Customer },
            // The next shift answers by what the customer left: nobody expects them to sit there.
            ConversationState::WaitingForOpening | ConversationState::Ended => return,
        };
        if let Err(error) = self.0.floor.input(input).await {
            tracing::debug!(contact.id = %contact, "a deserted contact had moved on: {error}");
        }
    }
}
