//! Days that are over are kept as figures, so that a report reads no more of the journal than what
//! has happened since.
//!
//! The journal is read once, day by day of UTC; what each day's stretch adds to the figures is kept
//! with a mark of who was on the floor at its end. A report adds the kept days of its intervals up
//! and reads the rest of the journal from the mark on. Both together are the whole journal, so the
//! figures are those that reading all of it would give. What was read of the kept days stays in memory
//! ([`AtHand`]) until a day more is over. Nothing that is kept is ever corrected: when
//! the calculation changes its number, or what was kept does not read back, the days are made anew.

use std::{
    sync::{Arc, Mutex as Plain, PoisonError},
    time::Duration,
};

use domain::{FloorId, Timestamp};
use figures::{CALCULATION, Damaged, Intervals};
use store::{
    ProviderScope, Store, StoreError,
    records::{ClosedDay, ClosedUntil, DayPart},
};
use tokio::sync::Mutex;
use tokio_util::sync::CancellationToken;

use super::at_hand::{AtHand, Stretches};

/// Between two looks at whether a day is over.
const LOOK_EVERY: Duration = Duration::from_secs(1_800);

/// Kept days that are read at once.
const DAYS_AT_ONCE: usize = 31;

const SCOPE: ProviderScope = ProviderScope::granted();

/// Why figures could not be read.
#[derive(Debug, thiserror::Error)]
pub enum DaysError {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// What was kept does not read back, even when made anew.
    #[error(transparent)]
    Damaged(#[from] Damaged),
}

/// Keeps and reads closed days. Clones share the turn.
#[derive(Clone, Debug)]
pub struct Days {
    store: Store,
    /// One reads the journal at a time; whoever asks meanwhile finds the work done.
    turn: Arc<Mutex<()>>,
    at_hand: Arc<Plain<AtHand>>,
}

impl Days {
    /// Days of the journals in `store`.
    pub fn new(store: Store) -> Self {
        Self { store, turn: Arc::default(), at_hand: Arc::default() }
    }

    /// Keeps days as they end, until `stop`: so that no report waits for it.
    pub async fn keep(self, floor: FloorId, stop: CancellationToken) {
        loop {
            let closing = self.close(floor);
            tokio::select! {
                () = stop.cancelled() => return,
                done = closing => if let Err(error) = done {
                    tracing::warn!(
                        error = &error as &dyn std::error::Error,
                        "figures of days that are over could not be kept; reports read the journal"
                    );
                },
            }
            tokio::select! {
                () = stop.cancelled() => return,
                () = tokio::time::sleep(LOOK_EVERY) => {}
            }
        }
    }

    /// Feeds all that happened on a floor into a report.
    ///
    /// # Errors
    /// [`DaysError`]; the report is then of no use. When kept days did not read back, the next report
    /// finds them made anew.
    pub async fn feed(&self, floor: FloorId, report: &mut Intervals) -> Result<(), DaysError> {
        let seq = match self.add_kept(floor, report).await {
            Err(error @ (DaysError::Damaged(_) | DaysError::Store(StoreError::Corrupt { .. }))) => {
                self.forget(floor, &error).await?;
                return Err(error);
            }
            seq => seq?,
        };
        let mut reader = self.store.read_journal(floor, seq + 1);
        while let Some(entries) = reader.next().await? {
            let events = entries.iter().flat_map(|entry| &entry.events);
            events.for_each(|stamped| report.apply(stamped));
            // A long report must not keep others from their turn.
            tokio::task::yield_now().await;
        }
        Ok(())
    }

    /// Adds the kept days to a report, and says up to which entry they are the journal.
    async fn add_kept(&self, floor: FloorId, report: &mut Intervals) -> Result<u64, DaysError> {
        if !report.fits_days() {
            return Ok(0);
        }
        let Some(until) = self.close(floor).await? else { return Ok(0) };
        let part = if report.is_of_agents() { DayPart::Agents } else { DayPart::Queues };
        let (first, last) = report.days();
        // A month at a time: two years of a large floor are more than one wants in memory at once.
        for from in (first..=last).step_by(DAYS_AT_ONCE) {
            let days = (from, last.min(from + DAYS_AT_ONCE as i64 - 1));
            for (day, stretches) in self.kept(floor, until.stretch, part, days).await? {
                for figures in stretches.iter() {
                    match part {
                        DayPart::Agents => report.add_agents(day, figures)?,
                        DayPart::Queues => report.add_queues(figures)?,
                    }
                    tokio::task::yield_now().await;
                }
            }
        }
        report.resume(&until.mark)?;
        Ok(until.seq)
    }

    /// What each stretch up to `stretch` added to days, from memory where it is there.
    async fn kept(
        &self,
        floor: FloorId,
        stretch: i64,
        part: DayPart,
        days: (i64, i64),
    ) -> Result<Vec<(i64, Stretches)>, StoreError> {
        let here = || self.at_hand.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(found) = here().get((floor, stretch), part, days) {
            return Ok(found);
        }
        let mut view = self.store.view();
        let read = view.closed_days(&SCOPE, floor, CALCULATION, days, stretch, part).await?;
        Ok(here().put((floor, stretch), part, days, read))
    }

    /// Keeps all days but the one of the journal's last entry, which may go on.
    async fn close(&self, floor: FloorId) -> Result<Option<ClosedUntil>, DaysError> {
        let _turn = self.turn.lock().await;
        loop {
            let kept = self.store.view().closed_until(&SCOPE, floor, CALCULATION).await;
            let kept = match kept {
                // A mark that does not read back is as good as none.
                Err(error @ StoreError::Corrupt { .. }) => {
                    self.forget(floor, &error).await?;
                    None
                }
                kept => kept?,
            };
            let days = kept
                .as_ref()
                .map_or(Ok(figures::Days::default()), |kept| figures::Days::resume(&kept.mark));
            let days = match days {
                Ok(days) => days,
                Err(error) => {
                    self.forget(floor, &error).await?;
                    continue;
                }
            };
            match self.close_after(floor, kept, days).await {
                // Another server on this store was faster: it has kept the same.
                Err(StoreError::Stale { .. }) => {}
                done => return Ok(done?),
            }
        }
    }

    async fn forget(
        &self,
        floor: FloorId,
        why: &(dyn std::error::Error + Sync),
    ) -> Result<(), StoreError> {
        tracing::warn!(floor.id = %floor, "kept figures are made anew from the journal: {why}");
        self.at_hand.lock().unwrap_or_else(PoisonError::into_inner).clear();
        self.store
            .tx(move |tx| {
                Box::pin(async move { tx.forget_closed_days(&SCOPE, floor, CALCULATION).await })
            })
            .await
    }

    /// Reads on after `kept` up to the day of the last entry.
    async fn close_after(
        &self,
        floor: FloorId,
        mut kept: Option<ClosedUntil>,
        mut days: figures::Days,
    ) -> Result<Option<ClosedUntil>, StoreError> {
        let Some(open) = self.first_open(floor).await? else { return Ok(kept) };
        let mut reader = self.store.read_journal(floor, seq_of(kept.as_ref()) + 1);
        let mut stretch = None;
        'journal: while let Some(entries) = reader.next().await? {
            for entry in &entries {
                let day = figures::Days::of(entry.at);
                if let Some(over) = stretch.filter(|stretch| *stretch != day) {
                    kept = Some(self.keep_days(floor, kept, over, entry.seq - 1, &mut days).await?);
                }
                if entry.seq >= open {
                    break 'journal;
                }
                stretch = Some(day);
                entry.events.iter().for_each(|stamped| days.apply(stamped));
            }
            tokio::task::yield_now().await;
        }
        Ok(kept)
    }

    async fn keep_days(
        &self,
        floor: FloorId,
        kept: Option<ClosedUntil>,
        stretch: i64,
        seq: u64,
        days: &mut figures::Days,
    ) -> Result<ClosedUntil, StoreError> {
        let until = ClosedUntil { seq, stretch, mark: days.mark() };
        let closed = days.close().into_iter().map(|closed| ClosedDay {
            day: closed.day,
            queues: closed.queues,
            agents: closed.agents,
        });
        let (closed, given): (Vec<_>, _) = (closed.collect(), until.clone());
        let from = seq_of(kept.as_ref());
        self.store
            .tx(move |tx| {
                Box::pin(async move {
                    tx.close_days(&SCOPE, floor, CALCULATION, from, &given, &closed).await
                })
            })
            .await?;
        Ok(until)
    }

    /// The first entry of the day of the last entry; `None` for an empty journal.
    async fn first_open(&self, floor: FloorId) -> Result<Option<u64>, StoreError> {
        let Some(head) = self.store.head(floor).await? else { return Ok(None) };
        let last = self.store.frames(floor, head.seq, 1).await?;
        let Some(last) = last.first() else { return Ok(None) };
        self.store.first_seq_since(floor, start_of(figures::Days::of(last.at))).await
    }
}

fn seq_of(kept: Option<&ClosedUntil>) -> u64 {
    kept.map_or(0, |kept| kept.seq)
}

/// Midnight of UTC at which a day begins.
fn start_of(day: i64) -> Timestamp {
    Timestamp::from_micros(day.saturating_mul(86_400_000_000))
}

#[cfg(test)]
mod tests {
    use domain::{Span, Zone};
    use figures::{Group, Query, Row};
    use routing::Stamped;
    use store::{Entry, Owned, journal::Frame};
    use testkit::{Day, DayShape, Restless};

    use super::*;

    const FLOOR: FloorId = FloorId::from_u128(1);

    async fn open(url: String) -> Store {
        Store::open(&url).await.expect("the store opens")
    }

    testkit::both_engines!(open; a_report_of_kept_days_is_that_of_the_whole_journal,
        kept_days_are_made_anew_when_they_do_not_read_back_or_the_calculation_changes);

    /// What a random day's router decided, drawn out over five days: contacts and shifts reach over
    /// midnights, and some over more than one.
    fn events(seed: u64) -> Vec<Stamped> {
        let day = Day::random(seed, DayShape::BUSY);
        let mut people = Restless::new(seed, &day.plan);
        let mut events = testkit::drive(&day, &mut people, false).events;
        for stamped in &mut events {
            let since = stamped.at.since(day.start);
            stamped.at = day.start + since * 24;
        }
        events
    }

    async fn append(store: &Store, owned: &mut Owned, events: &[Stamped]) {
        let entries = (owned.seq + 1..).zip(events).map(|(seq, stamped)| Entry {
            seq,
            at: stamped.at,
            input: None,
            events: vec![stamped.clone()],
        });
        for entries in entries.collect::<Vec<_>>().chunks(100) {
            let frame = Frame::seal(owned, entries).unwrap();
            store.append(owned, &frame).await.unwrap();
        }
    }

    fn queries(start: Timestamp) -> Vec<Query> {
        let day = Duration::from_secs(86_400);
        let mut all = Vec::new();
        for (zone, from, days) in [("UTC", 0, 8), ("Europe/Paris", 1, 1), ("Asia/Kathmandu", 2, 2)]
        {
            for group in [Group::Client, Group::Queue, Group::Channel, Group::Agent] {
                let from = start - day + day * from;
                all.push(Query {
                    zone: Zone::get(zone).unwrap(),
                    span: Span { from, until: from + day * days },
                    length: Duration::from_secs(900),
                    group,
                    client: None,
                    queue: None,
                    channel: None,
                    agent: None,
                });
            }
        }
        all
    }

    fn directly(query: Query, events: &[Stamped], now: Timestamp) -> Vec<Row> {
        let mut report = Intervals::new(query).unwrap();
        events.iter().for_each(|stamped| report.apply(stamped));
        let now = now.min(report.until());
        report.finish(now)
    }

    async fn kept(days: &Days, query: Query, now: Timestamp) -> Result<Vec<Row>, DaysError> {
        let mut report = Intervals::new(query).unwrap();
        days.feed(FLOOR, &mut report).await?;
        report.settle(now.min(report.until()));
        Ok(report.finish(now))
    }

    async fn a_report_of_kept_days_is_that_of_the_whole_journal(store: Store) {
        let events = events(0x5e);
        let start = events[0].at;
        let mut owned = store.acquire(FLOOR).await.unwrap();
        let days = Days::new(store.clone());
        assert_eq!(days.close(FLOOR).await.unwrap(), None);
        let (mut fed, mut stretches) = (0, std::collections::BTreeSet::new());
        // The journal grows between reports, by stretches of all lengths.
        for part in [1, 40, 41, 60, 75, 100].map(|percent| events.len() * percent / 100) {
            append(&store, &mut owned, &events[fed..part]).await;
            fed = part;
            let now = events[part - 1].at + Duration::from_secs(60);
            for query in queries(start) {
                let want = directly(query.clone(), &events[..part], now);
                let got = kept(&days, query.clone(), now).await.unwrap();
                assert_eq!(got, want, "{part} events, {query:?}");
            }
            stretches.extend(days.close(FLOOR).await.unwrap().map(|until| until.stretch));
        }
        assert!(stretches.len() >= 3, "days were kept at {stretches:?} only");
        let until = days.close(FLOOR).await.unwrap().unwrap();
        let open = owned.seq - until.seq;
        assert!(open > 0 && open < owned.seq / 2, "{open} of {} are read again", owned.seq);
        // Another server that has seen nothing of this reads the same.
        let other = Days::new(store.clone());
        assert_eq!(other.close(FLOOR).await.unwrap(), Some(until));
    }

    async fn kept_days_are_made_anew_when_they_do_not_read_back_or_the_calculation_changes(
        store: Store,
    ) {
        let events = events(0x5f);
        let now = events.last().unwrap().at;
        let query = queries(events[0].at).remove(0);
        let mut owned = store.acquire(FLOOR).await.unwrap();
        append(&store, &mut owned, &events).await;
        // Kept by a calculation of other times, which this one neither reads nor trips over.
        let old = ClosedUntil { seq: 3, stretch: 9, mark: b"of old".to_vec() };
        let day = ClosedDay { day: 9, queues: b"old".to_vec(), agents: b"old".to_vec() };
        let keep_old = |calculation: u32| {
            let (old, day) = (old.clone(), day.clone());
            store.tx(move |tx| {
                Box::pin(
                    async move { tx.close_days(&SCOPE, FLOOR, calculation, 0, &old, &[day]).await },
                )
            })
        };
        keep_old(CALCULATION - 1).await.unwrap();
        let days = Days::new(store.clone());
        let want = directly(query.clone(), &events, now);
        assert_eq!(kept(&days, query.clone(), now).await.unwrap(), want);
        let gone = store.view().closed_until(&SCOPE, FLOOR, CALCULATION - 1).await.unwrap();
        assert_eq!(gone, None, "what nobody reads any more is not kept");

        // A mark that is nonsense is found out before it is used.
        days.forget(FLOOR, &StoreError::Stopping).await.unwrap();
        keep_old(CALCULATION).await.unwrap();
        assert_eq!(kept(&days, query.clone(), now).await.unwrap(), want);

        // So is a day, by a report that then fails; the next one is right.
        let until = days.close(FLOOR).await.unwrap().unwrap();
        let (from, seq) = (until.seq, until.seq);
        let nonsense = ClosedUntil { seq, stretch: until.stretch + 1, mark: until.mark };
        let day = ClosedDay { day: until.stretch, ..day };
        store
            .tx(move |tx| {
                Box::pin(async move {
                    tx.close_days(&SCOPE, FLOOR, CALCULATION, from, &nonsense, &[day]).await
                })
            })
            .await
            .unwrap();
        let error = kept(&days, query.clone(), now).await.unwrap_err();
        assert!(matches!(error, DaysError::Damaged(_)), "{error:?}");
        assert_eq!(kept(&days, query, now).await.unwrap(), want);
    }
}
