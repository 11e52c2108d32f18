//! A floor beside the server's own, on which nobody works any more: its journal, and clients made after the
//! server's first.

use anyhow::{Context, Result};
use domain::{ClientId, FloorId, QueueId, Timestamp};
use routing::{Event, Input, Stamped};
use store::{
    ClientScope, Entry, ProviderScope, Store,
    journal::{Frame, Owned},
    records::{Client, ClientStatus, ContractVersion},
};

/// The floor.
pub const FLOOR: FloorId = FloorId::from_u128(u128::MAX);

/// Entries of one frame.
const FRAME: usize = 1_000;

/// The floor's journal, as it is written.
pub struct Journal<'s> {
    store: &'s Store,
    owned: Owned,
    entries: Vec<Entry>,
}

impl<'s> Journal<'s> {
    /// Goes on behind its last entry.
    ///
    /// # Errors
    /// When somebody owns it.
    pub async fn open(store: &'s Store) -> Result<Self> {
        let owned = store.acquire(FLOOR).await?;
        Ok(Self { store, owned, entries: Vec::with_capacity(FRAME) })
    }

    /// Adds an entry.
    ///
    /// # Errors
    /// When the store refuses.
    pub async fn write(
        &mut self,
        at: Timestamp,
        input: Option<Input>,
        events: impl IntoIterator<Item = Event>,
    ) -> Result<()> {
        let seq = self.owned.seq + 1 + self.entries.len() as u64;
        let events = events.into_iter().map(|event| Stamped { at, event }).collect();
        self.entries.push(Entry { seq, at, input, events });
        if self.entries.len() == FRAME { self.flush().await } else { Ok(()) }
    }

    /// Keeps what was added last.
    ///
    /// # Errors
    /// When the store refuses.
    pub async fn close(mut self) -> Result<()> {
        if self.entries.is_empty() { Ok(()) } else { self.flush().await }
    }

    async fn flush(&mut self) -> Result<()> {
        let frame = Frame::seal(&self.owned, &self.entries)?;
        self.store.append(&mut self.owned, &frame).await?;
        self.entries.clear();
        Ok(())
    }
}

/// The server's first client, after which others are made.
pub struct Model {
    client: Client,
    agreed: ContractVersion,
}

impl Model {
    /// Reads it.
    ///
    /// # Errors
    /// When there is no client with a contract.
    pub async fn read(store: &Store) -> Result<Self> {
        let first = store.view().clients(&ProviderScope::granted(), None, None, 1).await?;
        let client = first.into_iter().next().context("the floor has no client")?;
        let versions = store.view().contract_versions(&ClientScope::of(client.id)).await?;
        let agreed = versions.into_iter().next().context("the client has no contract")?;
        Ok(Self { client, agreed })
    }

    /// A live client with one queue and the same contract, in force `since`.
    ///
    /// # Errors
    /// When the contract has no queue.
    pub fn copy(
        &self,
        name: String,
        (id, queue): (ClientId, QueueId),
        since: Timestamp,
    ) -> Result<(Client, ContractVersion)> {
        let client = Client {
            id,
            name,
            initials: "C".to_owned(),
            status: ClientStatus::Live,
            version: 1,
            created: since,
            ..self.client.clone()
        };
        let mut document = self.agreed.document.clone();
        (document.client, document.version, document.valid_from) = (id, 1, since);
        document.queues.truncate(1);
        document.queues.first_mut().context("the contract has no queue")?.id = queue;
        let contract = ContractVersion {
            client: id,
            version: 1,
            valid_from: since,
            document,
            published: since,
            ..self.agreed.clone()
        };
        Ok((client, contract))
    }
}
