//! Brings the router to what is published: pools, agents and contracts that differ are fed to it.

use std::time::Duration;

use domain::{AgentId, ClientId, Timestamp};
use routing::{FloorRules, Input, InputError, Router};
use store::Store;
use tokio_util::sync::CancellationToken;

use super::{Directory, Floor, FloorError};
use crate::clock::Clock;

/// Contracts are compiled anew at least this often, long before their timelines run out.
const AT_LEAST_EVERY: Duration = Duration::from_secs(6 * 3600);

impl Floor {
    /// Reads what is published and feeds the differences to the router. Call it after every change
    /// that routing reads.
    ///
    /// # Errors
    /// [`FloorError::Configuration`] when the records cannot be read, [`FloorError::Unavailable`]
    /// when the floor is not there; the next call, or the keeper, makes up for it.
    pub async fn configuration_changed(
        &self,
        store: &Store,
        now: Timestamp,
    ) -> Result<(), FloorError> {
        // One after the other: a reader that was overtaken would bring the floor back to what was.
        let _one = self.configuring.lock().await;
        let directory = Directory::load(store, now)
            .await
            .map_err(|error| FloorError::Configuration(format!("{error:#}")))?;
        self.directory.set(directory);
        let wanted = self.directory();
        let inputs = self.look(move |router, _| differences(router, &wanted)).await?;
        for input in inputs {
            match self.input(input).await {
                Ok(_) => {}
                // An agent who is signed in is removed when they have signed out.
                Err(FloorError::Refused(InputError::StillSignedIn(agent))) => {
                    self.input(Input::SignOut { agent }).await?;
                }
                Err(FloorError::Refused(error)) => {
                    tracing::error!("the router refused a published rule: {error}");
                    return Err(FloorError::Refused(error));
                }
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Keeps the router's rules up to date as contracts come into force. Runs until `stop`.
    pub async fn keep_configured(&self, store: Store, clock: Clock, stop: CancellationToken) {
        loop {
            let now = clock.now();
            let at_least = now + AT_LEAST_EVERY;
            let next = self.directory().next_change().map_or(at_least, |next| next.min(at_least));
            tokio::select! {
                () = stop.cancelled() => return,
                () = clock.sleep_until(next) => {}
            }
            if let Err(error) = self.configuration_changed(&store, clock.now()).await {
                tracing::warn!("contracts could not be brought up to date, trying again: {error}");
                tokio::select! {
                    () = stop.cancelled() => return,
                    () = tokio::time::sleep(Duration::from_secs(5)) => {}
                }
            }
        }
    }
}

/// The inputs that bring the router to what is published.
fn differences(router: &Router, wanted: &Directory) -> Vec<Input> {
    let mut inputs = Vec::new();
    if router.now() == Timestamp::MIN {
        // The first input of every journal.
        inputs.push(Input::SetFloor(FloorRules::default()));
    }
    for pool in wanted.pool_rules() {
        if router.pool_rules(pool.pool) != Some(pool) {
            inputs.push(Input::SetPool(pool.clone()));
        }
    }
    let clients: Vec<ClientId> = router.client_ids();
    for client in wanted.clients() {
        if let Some(floor) = &client.on_floor
            && router.client_rules(client.id) != Some(&floor.rules)
        {
            inputs.push(Input::SetClient(Box::new(floor.rules.clone())));
        }
    }
    for client in clients {
        if wanted.client(client).is_none_or(|entry| entry.on_floor.is_none()) {
            inputs.push(Input::RemoveClient(client));
        }
    }
    let agents = wanted.agent_rules();
    for (agent, rules) in &agents {
        if router.agent_rules(*agent) != Some(rules) {
            inputs.push(Input::SetAgent(Box::new(rules.clone())));
        }
    }
    let gone: Vec<AgentId> = router
        .agents()
        .filter(|view| !agents.contains_key(&view.agent))
        .map(|view| view.agent)
        .collect();
    inputs.extend(gone.into_iter().map(Input::RemoveAgent));
    inputs
}
