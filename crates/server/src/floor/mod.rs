//! The live floor: one router, driven by the wall clock, journalled before it acts.
//!
//! A [`Floor`] is a handle to the one task that owns the router. An input is answered once it is
//! durable; its effects leave in the same order, through the [`published`](Published) stream.

mod cards;
mod directory;
mod driver;
mod plan;
mod recovery;
mod status;

use std::sync::{Arc, atomic::Ordering};

use domain::{AgentId, Timestamp};
use routing::{ContactView, Input, InputError, Router, Stamped};
use tokio::sync::{mpsc, oneshot};

pub use cards::{Card, Cards, Offer, Outcome, contact_of};
pub use directory::{CLIENTS_MAX, ClientEntry, Directory, QueueEntry, in_language};
pub use driver::{FloorTask, InFlight, open};
pub use status::Status;

/// Inputs that may wait for the floor; beyond it callers wait, which is felt at the sockets.
const ASKS_MAX: usize = 4_096;

/// Why the floor did not take an input.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FloorError {
    /// The router refused it; nothing has changed.
    #[error(transparent)]
    Refused(#[from] InputError),
    /// The journal cannot be written, or the floor is being rebuilt.
    #[error("the floor is not available: {0}; nothing was changed, try again shortly")]
    Unavailable(String),
    /// The contracts or calendars cannot be compiled.
    #[error("{0}")]
    Configuration(String),
}

/// A handle to the floor. Clones share it.
#[derive(Clone)]
pub struct Floor {
    asks: mpsc::Sender<Ask>,
    directory: Arc<directory::Shared>,
    status: Arc<Status>,
    /// Held from reading what is published until the router has it.
    configuring: Arc<tokio::sync::Mutex<()>>,
}

/// A question or an input for the task that owns the router.
enum Ask {
    Input { input: Box<Input>, reply: oneshot::Sender<Result<Timestamp, FloorError>> },
    Look(Look),
}

/// Reads the router between two inputs.
type Look = Box<dyn FnOnce(&Router, Timestamp) + Send>;

/// What has become durable and may be carried out, in order.
#[derive(Debug)]
pub enum Published {
    /// The floor was rebuilt: whatever was known before may be wrong. Carries every agent.
    Rebuilt {
        /// All agents as they are.
        agents: Vec<AgentNow>,
        /// All contacts on the floor as they are.
        contacts: Vec<ContactView>,
        /// Events of the last two days, for the figures.
        history: Vec<Stamped>,
        /// The clock at that moment.
        now: Timestamp,
    },
    /// One step of the router.
    Step {
        /// Its number in the journal.
        seq: u64,
        /// Facts, in order.
        events: Vec<Stamped>,
        /// The agents that these facts touch, as they were right after the step.
        agents: Vec<AgentNow>,
    },
}

/// An agent as the router sees them at one instant.
pub type AgentNow = (AgentId, Option<routing::AgentView>);

impl Floor {
    /// Hands an input to the router; returns its instant once it is durable.
    ///
    /// # Errors
    /// [`FloorError::Refused`] when the router refuses it, [`FloorError::Unavailable`] when it
    /// could not be kept.
    pub async fn input(&self, input: Input) -> Result<Timestamp, FloorError> {
        let (reply, answer) = oneshot::channel();
        self.ask(Ask::Input { input: Box::new(input), reply }).await?;
        answer.await.map_err(|_| unavailable("it is being rebuilt after a failure of the store"))?
    }

    /// Reads the router between two inputs.
    ///
    /// # Errors
    /// [`FloorError::Unavailable`].
    pub async fn look<T: Send + 'static>(
        &self,
        look: impl FnOnce(&Router, Timestamp) -> T + Send + 'static,
    ) -> Result<T, FloorError> {
        let (reply, answer) = oneshot::channel();
        let look: Look = Box::new(move |router, now| {
            // The asker may have gone; then nobody wants the answer.
            let _ = reply.send(look(router, now));
        });
        self.ask(Ask::Look(look)).await?;
        answer.await.map_err(|_| unavailable("it is being rebuilt after a failure of the store"))
    }

    async fn ask(&self, ask: Ask) -> Result<(), FloorError> {
        self.asks.send(ask).await.map_err(|_| unavailable("the server is stopping"))
    }

    /// Names and texts of clients, queues, agents and the rest, as last published.
    pub fn directory(&self) -> Arc<Directory> {
        self.directory.get()
    }

    /// How the floor is.
    pub fn status(&self) -> &Status {
        &self.status
    }

    /// Whether inputs are taken.
    pub fn is_ready(&self) -> bool {
        self.status.ready.load(Ordering::Relaxed)
    }
}

fn unavailable(why: &str) -> FloorError {
    FloorError::Unavailable(why.to_owned())
}

/// The agents that `events` touch, each once, in order of first mention: those they name, and those
/// who are on a contact that somebody joined or left.
fn touched(events: &[Stamped], router: &Router) -> Vec<AgentId> {
    use routing::Event as E;
    let mut agents = Vec::new();
    let mut add = |agent: AgentId| {
        if !agents.contains(&agent) {
            agents.push(agent);
        }
    };
    for stamped in events {
        match &stamped.event {
            E::Offered { agent, .. }
            | E::OfferEnded { agent, .. }
            | E::Answered { agent, .. }
            | E::Held { agent, .. }
            | E::Resumed { agent, .. }
            | E::PartEnded { agent, .. }
            | E::WrapUpStarted { agent, .. }
            | E::WrapUpExtended { agent, .. }
            | E::WrapUpEnded { agent, .. }
            | E::TalkLimitPassed { agent, .. }
            | E::AgentState { agent, .. } => add(*agent),
            E::ConsultStarted { by, to, .. } => {
                add(*by);
                add(*to);
            }
            E::ConferenceStarted { by, .. } | E::Transferred { by, .. } => add(*by),
            _ => {}
        }
        if let E::Answered { contact, .. }
        | E::ConsultStarted { contact, .. }
        | E::ConferenceStarted { contact, .. }
        | E::PartEnded { contact, .. } = &stamped.event
        {
            let together = router.contact_view(*contact).map(|view| view.agents);
            together.into_iter().flatten().for_each(&mut add);
        }
    }
    agents
}
