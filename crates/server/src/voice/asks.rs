//! What calls ask of the floor: in order, and asked again when the floor could not take it.

use std::collections::VecDeque;

use domain::ContactId;
use routing::{EndedBy, Input};
use telephony::call::FloorSays;
use tokio::sync::mpsc;

use super::driver::Told;
use crate::floor::{Floor, FloorError};

/// What is kept while the floor is away. Beyond it facts for the journal are let go, and only they: who
/// has hung up is still told.
const KEPT_MAX: usize = 65_536;

/// What comes to be asked.
pub(super) enum Asked {
    /// A question of a call, or a fact of it.
    Input(Input),
    /// The floor was rebuilt: what it could not take before it can take now.
    FloorIsBack,
}

/// Asks the floor on behalf of the calls.
pub(super) struct Asks {
    floor: Floor,
    told: mpsc::UnboundedSender<Told>,
    /// What waits for the floor, oldest first. Whatever comes meanwhile waits behind it.
    kept: VecDeque<Input>,
    lost: u64,
}

impl Asks {
    pub(super) fn new(floor: Floor, told: mpsc::UnboundedSender<Told>) -> Self {
        Self { floor, told, kept: VecDeque::new(), lost: 0 }
    }

    /// Asks until the senders are gone.
    pub(super) async fn run(mut self, mut asked: mpsc::UnboundedReceiver<Asked>) {
        while let Some(next) = asked.recv().await {
            match next {
                Asked::FloorIsBack => self.ask_again().await,
                Asked::Input(input) if !self.kept.is_empty() && can_wait(&input) => {
                    self.keep(input);
                }
                Asked::Input(input) => {
                    if let Some(input) = self.ask(input).await {
                        self.keep(input);
                    }
                }
            }
        }
    }

    async fn ask_again(&mut self) {
        if self.lost > 0 {
            tracing::error!(facts = self.lost, "facts of calls are missing in the journal");
            self.lost = 0;
        }
        while let Some(input) = self.kept.pop_front() {
            if let Some(input) = self.ask(input).await {
                // Away again; it will be back again.
                self.kept.push_front(input);
                return;
            }
        }
    }

    fn keep(&mut self, input: Input) {
        if self.kept.len() < KEPT_MAX || !matches!(input, Input::Call(_)) {
            self.kept.push_back(input);
        } else {
            self.lost += 1;
        }
    }

    /// Asks the floor. What it cannot take now, and can later, comes back.
    async fn ask(&self, input: Input) -> Option<Input> {
        let mut input = input;
        let mut tried_otherwise = false;
        loop {
            let refused = match self.floor.input(input.clone()).await {
                Ok(_) => return None,
                Err(FloorError::Unavailable(_)) if can_wait(&input) => return Some(input),
                Err(refused) => refused,
            };
            match other_end(&input) {
                Some(other) if !tried_otherwise => (input, tried_otherwise) = (other, true),
                _ => {
                    self.refused(&input, &refused);
                    return None;
                }
            }
        }
    }

    /// Tells the call of a question that was refused, where it must know.
    fn refused(&self, input: &Input, error: &FloorError) {
        let (contact, says) = match (input.arrival(), input) {
            (Some(arrival), _) => {
                let contact = arrival.contact;
                tracing::warn!(contact.id = %contact, "a call could not arrive: {error}");
                (contact, FloorSays::Refused)
            }
            (None, Input::RequestCallback { contact }) => {
                tracing::debug!(contact.id = %contact, "a callback was not promised: {error}");
                (*contact, FloorSays::CallbackRefused)
            }
            _ => {
                // Both sides may end a conversation in the same instant: the second is late.
                tracing::debug!("the floor refused what a call asked: {error}");
                return;
            }
        };
        self.tell(contact, says);
    }

    fn tell(&self, contact: ContactId, says: FloorSays) {
        // Its receiver ends only with the calls.
        let _ = self.told.send(Told::Floor(vec![(contact, says)]));
    }
}

/// Whether a question is still worth asking in a minute. Whoever calls just now is refused at once, so
/// that their carrier tries another way; and whoever has pressed a key presses it again.
fn can_wait(input: &Input) -> bool {
    input.arrival().is_none() && !matches!(input, Input::RequestCallback { .. })
}

/// How a contact ends whose customer has hung up, if it is no longer where the call saw it: an agent
/// answered, or passed it on, in the same instant.
fn other_end(input: &Input) -> Option<Input> {
    match *input {
        Input::Abandon { contact } => Some(Input::End { contact, by: EndedBy::Customer }),
        Input::End { contact, .. } => Some(Input::Abandon { contact }),
        _ => None,
    }
}
