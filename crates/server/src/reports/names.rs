//! Names in reports: what the floor's directory knows, and what older contracts called a queue.

use std::{collections::BTreeMap, sync::Arc};

use domain::{AgentId, ClientId, DispositionId, QueueId};
use store::records::ClientScope;
use uuid::Uuid;

use crate::{App, floor::Directory, http::error::Result};

/// Names for one answer.
pub struct Names<'a> {
    app: &'a App,
    directory: Arc<Directory>,
    aliases: bool,
    of_clients: BTreeMap<ClientId, OfContracts>,
}

/// What the versions of one client's contract name; the newest name wins.
#[derive(Default)]
struct OfContracts {
    queues: BTreeMap<QueueId, String>,
    dispositions: BTreeMap<DispositionId, String>,
}

impl<'a> Names<'a> {
    /// Names for the provider's people, or with agents by their aliases for a client's.
    pub fn new(app: &'a App, aliases: bool) -> Self {
        Self { app, directory: app.floor.directory(), aliases, of_clients: BTreeMap::new() }
    }

    /// Name of an agent, as whoever asks knows them.
    pub fn agent(&self, client: Option<ClientId>, agent: AgentId) -> String {
        match client {
            Some(client) if self.aliases => self.directory.alias(client, agent),
            _ => self.directory.agent_name(agent),
        }
    }

    /// The id of an agent, for those who may know it: not a client's people.
    pub const fn agent_id(&self, agent: AgentId) -> Option<Uuid> {
        if self.aliases { None } else { Some(agent.uuid()) }
    }

    /// Name of a client.
    pub fn client(&self, client: ClientId) -> String {
        self.directory.client(client).map_or_else(|| client.to_string(), |entry| entry.name.clone())
    }

    /// Name of a client's queue.
    pub async fn queue(&mut self, client: ClientId, queue: QueueId) -> Result<String> {
        if let Some(entry) = self.directory.queue(queue) {
            return Ok(entry.name.clone());
        }
        let found = self.of_contracts(client).await?.queues.get(&queue).cloned();
        Ok(found.unwrap_or_else(|| queue.to_string()))
    }

    /// Label of a client's disposition.
    pub async fn disposition(&mut self, client: ClientId, id: DispositionId) -> Result<String> {
        let found = self.of_contracts(client).await?.dispositions.get(&id).cloned();
        Ok(found.unwrap_or_else(|| id.to_string()))
    }

    async fn of_contracts(&mut self, client: ClientId) -> Result<&OfContracts> {
        if !self.of_clients.contains_key(&client) {
            let versions =
                self.app.store.view().contract_versions(&ClientScope::of(client)).await?;
            let mut named = OfContracts::default();
            for contract in versions.into_iter().rev().map(|version| version.document) {
                named
                    .queues
                    .extend(contract.queues.into_iter().map(|queue| (queue.id, queue.name)));
                named
                    .dispositions
                    .extend(contract.dispositions.into_iter().map(|given| (given.id, given.label)));
            }
            self.of_clients.insert(client, named);
        }
        Ok(self.of_clients.entry(client).or_default())
    }
}
