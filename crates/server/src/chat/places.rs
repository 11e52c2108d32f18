//! Tells waiting customers their place and an honest wait, when either changes.

use std::sync::Arc;

use api::widget::ConversationState;

use super::{Chat, Room};
use crate::live::millis;

/// A wait is told in steps of this many milliseconds, so that it does not flicker.
const STEP_MS: u64 = 30_000;

impl Chat {
    /// Looks at the places of all customers who wait with their browser open. Called at the pace
    /// of the board.
    pub async fn tell_places(&self) {
        let waiting: Vec<Arc<Room>> = self
            .all_rooms()
            .into_iter()
            .filter(|room| room.is_present() && room.view().state == ConversationState::Waiting)
            .collect();
        if waiting.is_empty() {
            return;
        }
        let contacts: Vec<_> = waiting.iter().map(|room| room.contact).collect();
        let places = self
            .0
            .floor
            .look(move |router, _| {
                contacts.into_iter().map(|contact| router.place(contact)).collect::<Vec<_>>()
            })
            .await;
        // While the floor is rebuilt nothing is told; the next look makes up for it.
        let Ok(places) = places else { return };
        let directory = self.0.floor.directory();
        for (room, place) in waiting.into_iter().zip(places) {
            let Some(place) = place else { continue };
            let contract = directory.client(room.client).and_then(|client| client.contract());
            let told = contract.is_some_and(|contract| {
                let queue = self.0.cards.get(room.contact).map(|card| card.queue);
                contract.queues.iter().any(|q| Some(q.id) == queue && q.announce_position)
            });
            let wait = place.expected_wait.map(|wait| millis(wait).div_ceil(STEP_MS) * STEP_MS);
            room.change(|view| {
                if view.state == ConversationState::Waiting {
                    // What was told never grows, whatever happens behind it.
                    let ahead = place.ahead.min(view.ahead.unwrap_or(u32::MAX));
                    view.ahead = told.then_some(ahead);
                    view.expected_wait_ms = wait;
                }
            });
        }
    }
}
