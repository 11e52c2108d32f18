//! In whose name records are read and written.

use domain::ClientId;

/// One client's records and no other's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClientScope(ClientId);

impl ClientScope {
    /// The records of `client`. The caller has checked that whoever asks may see them.
    pub const fn of(client: ClientId) -> Self {
        Self(client)
    }

    /// The client.
    pub const fn client(&self) -> ClientId {
        self.0
    }
}

/// The provider's own records, and lists across clients.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProviderScope(());

impl ProviderScope {
    /// The caller has checked that whoever asks works for the provider, or asks on behalf of the
    /// program itself.
    pub const fn granted() -> Self {
        Self(())
    }
}
