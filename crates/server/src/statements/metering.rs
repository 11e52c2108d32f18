//! The journal, metered: facts of each contact that is over are kept as it goes on.
//!
//! The journal is read once. A statement first has what is new since metered, so that a contact counts
//! as soon as it is over. When the metering changes its number, or what was kept does not read back,
//! all of it is made anew.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, PoisonError},
    time::Duration,
};

use billing::{Damaged, Facts, METERING, Meter};
use domain::{ClientId, FloorId, Span};
use store::{
    ProviderScope, Store, StoreError,
    records::{ClientScope, METERED_MAX, Metered, MeteredUntil},
};
use tokio::sync::Mutex;
use tokio_util::sync::CancellationToken;

use super::at_hand::AtHand;

/// Between two looks at the journal, so that no statement waits long.
const LOOK_EVERY: Duration = Duration::from_secs(60);

/// Entries of a journal that a request waits for, some seconds of metering. Whoever asks while there are
/// more is told how far it is: that of a million contacts takes longer than a request may.
const WAITED_FOR: u64 = 100_000;

/// Facts kept in one transaction; it holds the writer meanwhile.
const BATCH: usize = 1_000;

const SCOPE: ProviderScope = ProviderScope::granted();

/// Why facts could not be read.
#[derive(Debug, thiserror::Error)]
pub enum MeteringError {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// What was kept does not read back.
    #[error(transparent)]
    Damaged(#[from] Damaged),
    /// The journal is being metered, for the first time or anew; so far it is read.
    #[error("{percent} % of the journal is metered; ask again when the rest is")]
    Behind {
        /// Of the journal.
        percent: u64,
    },
}

/// Meters journals. Clones share the turn.
#[derive(Clone, Debug)]
pub struct Metering {
    store: Store,
    /// One reads the journal at a time; whoever asks meanwhile finds the work done.
    turn: Arc<Mutex<()>>,
    seen: Arc<std::sync::Mutex<Seen>>,
}

/// Which facts this process knows of.
#[derive(Debug, Default)]
struct Seen {
    /// Up to which entry each floor's journal is metered.
    floors: BTreeMap<FloorId, u64>,
    /// Raised where another process has metered, or facts were forgotten: anything may be another.
    all: u64,
    /// How often each client's facts became more.
    clients: BTreeMap<ClientId, u64>,
    /// What was read of them lately.
    at_hand: AtHand,
}

impl Seen {
    fn state(&self, client: ClientId) -> FactsState {
        (self.all, self.clients.get(&client).copied().unwrap_or(0))
    }
}

/// The facts of a client as they are; another one whenever they may have changed.
pub type FactsState = (u64, u64);

impl Metering {
    /// Metering of the journals in `store`.
    pub fn new(store: Store) -> Self {
        Self { store, turn: Arc::default(), seen: Arc::default() }
    }

    /// Meters as the journals grow, until `stop`.
    pub async fn keep(self, stop: CancellationToken) {
        loop {
            let metering = self.bring_every_up();
            tokio::select! {
                () = stop.cancelled() => return,
                done = metering => if let Err(error) = done {
                    tracing::warn!(
                        error = &error as &dyn std::error::Error,
                        "contacts could not be metered; statements try again"
                    );
                },
            }
            tokio::select! {
                () = stop.cancelled() => return,
                () = tokio::time::sleep(LOOK_EVERY) => {}
            }
        }
    }

    /// The facts of a client's contacts that began within a span and are over.
    ///
    /// # Errors
    /// [`MeteringError`], also while [`Self::keep`] has a long way to go. When what was kept does not read back it is forgotten, and the next one who
    /// asks finds it made anew.
    pub async fn facts(
        &self,
        client: ClientId,
        span: Span,
    ) -> Result<Arc<Vec<Facts>>, MeteringError> {
        self.bring_all_up().await?;
        self.kept(client, span).await
    }

    /// Meters what the journals have that is not metered yet, unless that takes long.
    ///
    /// # Errors
    /// As [`Self::facts`]; [`MeteringError::Behind`] while [`Self::keep`] has a long way to go.
    pub async fn bring_all_up(&self) -> Result<(), MeteringError> {
        for floor in self.store.floors().await? {
            let head = self.store.head(floor).await?.map_or(0, |head| head.seq);
            let known = self.seen().floors.get(&floor).copied();
            let seq = match known {
                Some(seq) => seq,
                None => {
                    let kept = self.store.view().metered_until(&SCOPE, floor, METERING).await;
                    // What does not read back is found and made anew below.
                    kept.ok().flatten().map_or(0, |kept| kept.seq)
                }
            };
            if head.saturating_sub(seq) > WAITED_FOR {
                return Err(MeteringError::Behind { percent: seq * 100 / head.max(1) });
            }
        }
        self.bring_every_up().await
    }

    async fn bring_every_up(&self) -> Result<(), MeteringError> {
        for floor in self.store.floors().await? {
            self.bring_up(floor).await?;
        }
        Ok(())
    }

    /// How the facts of a client are, to be asked before they are read.
    pub fn state(&self, client: ClientId) -> FactsState {
        self.seen().state(client)
    }

    fn seen(&self) -> std::sync::MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// As [`Self::facts`], of what was metered when [`Self::bring_all_up`] was last asked for.
    ///
    /// # Errors
    /// As [`Self::facts`].
    pub async fn kept(
        &self,
        client: ClientId,
        span: Span,
    ) -> Result<Arc<Vec<Facts>>, MeteringError> {
        let state = {
            let mut seen = self.seen();
            if let Some(facts) = seen.at_hand.get(client, span) {
                return Ok(facts);
            }
            seen.state(client)
        };
        let facts = Arc::new(self.read(client, span).await?);
        let mut seen = self.seen();
        // What became known meanwhile may be in it or not.
        if seen.state(client) == state {
            seen.at_hand.put(client, span, &facts);
        }
        Ok(facts)
    }

    async fn read(&self, client: ClientId, span: Span) -> Result<Vec<Facts>, MeteringError> {
        let scope = ClientScope::of(client);
        let (mut all, mut after) = (Vec::new(), None);
        loop {
            let stretch = (span.from, span.until);
            let rows = self.store.view().metered(&scope, METERING, stretch, after).await?;
            let more = rows.len() >= METERED_MAX as usize;
            after = rows.last().map(|row| (row.began, row.contact));
            for row in rows {
                match Facts::decoded(&row.facts) {
                    Ok(facts) => all.push(facts),
                    Err(error) => {
                        for floor in self.store.floors().await? {
                            self.forget(floor, &error).await?;
                        }
                        return Err(error.into());
                    }
                }
            }
            if !more {
                return Ok(all);
            }
        }
    }

    async fn bring_up(&self, floor: FloorId) -> Result<(), MeteringError> {
        let _turn = self.turn.lock().await;
        loop {
            let kept = self.store.view().metered_until(&SCOPE, floor, METERING).await;
            let kept = match kept {
                // A mark that does not read back is as good as none.
                Err(error @ StoreError::Corrupt { .. }) => {
                    self.forget(floor, &error).await?;
                    None
                }
                kept => kept?,
            };
            let seq = kept.as_ref().map_or(0, |kept| kept.seq);
            {
                let mut seen = self.seen();
                if seen.floors.insert(floor, seq).is_none_or(|known| known != seq) {
                    seen.all += 1;
                    seen.at_hand.clear();
                }
            }
            let meter =
                kept.as_ref().map_or(Ok(Meter::default()), |kept| Meter::resume(&kept.mark));
            match meter {
                Err(error) => self.forget(floor, &error).await?,
                Ok(meter) => {
                    match self.go_on(floor, seq, meter).await {
                        // Another server on this store was faster: it has kept the same.
                        Err(StoreError::Stale { .. }) => {}
                        done => return Ok(done?),
                    }
                }
            }
        }
    }

    /// Reads on after entry `from`.
    async fn go_on(&self, floor: FloorId, from: u64, mut meter: Meter) -> Result<(), StoreError> {
        let mut reader = self.store.read_journal(floor, from + 1);
        let (mut kept, mut seq, mut facts) = (from, from, Vec::new());
        while let Some(entries) = reader.next().await? {
            for entry in &entries {
                let mut sink = |told: Facts| facts.push(told);
                entry.events.iter().for_each(|stamped| meter.apply(stamped, &mut sink));
                // What ends in an entry begins its wrap-up in the same one, or not at all.
                meter.flush(&mut sink);
                seq = entry.seq;
            }
            if facts.len() >= BATCH {
                let batch = std::mem::take(&mut facts);
                kept = self.keep_facts(floor, kept, seq, meter.mark(), batch).await?;
            }
            tokio::task::yield_now().await;
        }
        if seq > kept {
            self.keep_facts(floor, kept, seq, meter.mark(), facts).await?;
        }
        Ok(())
    }

    async fn keep_facts(
        &self,
        floor: FloorId,
        from: u64,
        seq: u64,
        mark: Vec<u8>,
        facts: Vec<Facts>,
    ) -> Result<u64, StoreError> {
        let until = MeteredUntil { seq, mark };
        let clients: BTreeSet<ClientId> = facts.iter().map(|facts| facts.client).collect();
        let rows = facts.iter().map(|facts| Metered {
            client: facts.client,
            contact: facts.contact,
            began: facts.began,
            facts: facts.encoded(),
        });
        let rows: Vec<Metered> = rows.collect();
        self.store
            .tx(move |tx| {
                Box::pin(async move {
                    tx.keep_metered(&SCOPE, floor, METERING, from, &until, &rows).await
                })
            })
            .await?;
        let mut seen = self.seen();
        seen.floors.insert(floor, seq);
        for client in clients {
            *seen.clients.entry(client).or_default() += 1;
        }
        facts.iter().for_each(|facts| seen.at_hand.add(facts));
        Ok(seq)
    }

    async fn forget(
        &self,
        floor: FloorId,
        why: &(dyn std::error::Error + Sync),
    ) -> Result<(), StoreError> {
        tracing::warn!(floor.id = %floor, "metered contacts are made anew from the journal: {why}");
        self.store
            .tx(move |tx| Box::pin(async move { tx.forget_metered(&SCOPE, floor, METERING).await }))
            .await
    }
}

#[cfg(test)]
mod tests {
    use domain::{ClientId, FloorId, Span, Timestamp};
    use store::{Entry, Owned, Store, journal::Frame};

    use super::{Metering, MeteringError, WAITED_FOR};

    const FLOOR: FloorId = FloorId::from_u128(1);

    async fn open(url: String) -> Store {
        Store::open(&url).await.expect("the store opens")
    }

    testkit::both_engines!(open; a_long_way_to_go_is_said_with_how_far_it_is);

    /// So many entries in which nothing happened.
    async fn append(store: &Store, owned: &mut Owned, count: u64) {
        let until = owned.seq + count;
        while owned.seq < until {
            let seqs = owned.seq + 1..=until.min(owned.seq + 5_000);
            let entry = |seq| {
                let at =
                    Timestamp::from_micros(1_790_000_000_000_000 + i64::try_from(seq).unwrap());
                Entry { seq, at, input: None, events: Vec::new() }
            };
            let entries: Vec<Entry> = seqs.map(entry).collect();
            let frame = Frame::seal(owned, &entries).unwrap();
            store.append(owned, &frame).await.unwrap();
        }
    }

    async fn a_long_way_to_go_is_said_with_how_far_it_is(store: Store) {
        let metering = Metering::new(store.clone());
        let span = Span { from: Timestamp::MIN, until: Timestamp::MAX };
        let asked = async || metering.facts(ClientId::from_u128(1), span).await;
        let mut owned = store.acquire(FLOOR).await.unwrap();
        // As far as a request waits, it waits.
        append(&store, &mut owned, WAITED_FOR).await;
        assert!(asked().await.unwrap().is_empty());
        // One more, and it is told how far it is: here, half.
        append(&store, &mut owned, WAITED_FOR + 1).await;
        let behind = asked().await.unwrap_err();
        assert!(matches!(behind, MeteringError::Behind { percent: 49 }), "{behind:?}");
        // Another server has not read anything yet, and says the same.
        let other = Metering::new(store.clone());
        let behind = other.facts(ClientId::from_u128(1), span).await.unwrap_err();
        assert!(matches!(behind, MeteringError::Behind { percent: 49 }), "{behind:?}");
        // What runs beside the requests does not stop there.
        metering.bring_every_up().await.unwrap();
        assert!(asked().await.unwrap().is_empty());
    }
}
