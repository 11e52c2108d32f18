//! Each night yesterday's journal is replayed unchanged, and what that came to is kept.
//!
//! The work is done on a thread of its own that gives way to everything else on the machine. After a
//! restart the nights that were missed are made up for, the latest first.

use std::time::Duration;

use domain::{Day, FloorId, Timestamp, Zone};
use planning::recorded::{OneDay, Played, Recorded, play};
use serde::{Deserialize, Serialize};
use store::{
    ProviderScope, Store, StoreError,
    records::{FidelityDay, FidelityDetails},
};
use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;

use crate::{
    clock::{Clock, Stopwatch},
    planning::give_way,
    replay::{ReplayError, fidelity_and_recorded, house},
};

/// So long after midnight a day is replayed: contacts of its evening have ended, the floor is quiet.
const AFTER_MIDNIGHT: Duration = Duration::from_secs(2 * 3_600);

/// So many nights are made up for at most, yesterday's included.
const NIGHTS_MAX: i64 = 31;

/// How often the simulator plays a day.
const REPLICATIONS: u32 = 20;

/// What its random numbers begin with: the same day gives the same figures.
const SEED: u64 = 1;

/// After a failure it is tried again so much later.
const AGAIN: Duration = Duration::from_secs(3_600);

const SCOPE: ProviderScope = ProviderScope::granted();

/// In the report that is kept: the played service level of all clients.
pub const PLAYED_LEVEL: &str = "played_level";

/// What the simulator made of a day, as it is kept.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct KeptPlayed {
    /// Contacts of the day.
    pub contacts: u64,
    /// Of them contacts of queues that no contract has any more.
    pub left_out: u64,
    /// Their figures.
    pub played: Played,
}

/// Why a day was not replayed.
#[derive(Debug, thiserror::Error)]
enum NightError {
    #[error(transparent)]
    Replay(#[from] ReplayError),
    #[error("there is no thread for it")]
    Thread(#[from] std::io::Error),
    #[error("the replay broke off")]
    BrokeOff,
    #[error("its report is no document")]
    Document(#[from] serde_json::Error),
}

impl From<StoreError> for NightError {
    fn from(error: StoreError) -> Self {
        Self::Replay(error.into())
    }
}

/// Replays a floor's days, night by night.
pub struct Nights {
    store: Store,
    clock: Clock,
    id: FloorId,
    /// The provider's zone, which may change.
    zone: Box<dyn Fn() -> Zone + Send + Sync>,
}

/// The last day that is due at `now`, and when the next one is.
pub fn due(zone: &Zone, now: Timestamp) -> (Day, Timestamp) {
    let today = zone.day_at(now);
    let due_at = |day: Day| zone.day(day).until + AFTER_MIDNIGHT;
    let yesterday = today.previous();
    if due_at(yesterday) <= now {
        (yesterday, due_at(today))
    } else {
        (yesterday.previous(), due_at(yesterday))
    }
}

impl Nights {
    /// Nights of the floor `id`, where the clocks of `zone` go.
    pub fn new(
        store: Store,
        clock: Clock,
        id: FloorId,
        zone: impl Fn() -> Zone + Send + Sync + 'static,
    ) -> Self {
        Self { store, clock, id, zone: Box::new(zone) }
    }

    /// Replays days as they are over, until `stop`.
    pub async fn keep(self, stop: CancellationToken) {
        while !stop.is_cancelled() {
            let zone = (self.zone)();
            let (last, next) = due(&zone, self.clock.now());
            let done = self.catch_up(&zone, last, &stop).await;
            let wake = if done { next } else { self.clock.now() + AGAIN };
            tokio::select! {
                () = stop.cancelled() => return,
                () = self.clock.sleep_until(wake) => {}
            }
        }
    }

    /// Replays what is missing up to `last`; `false` when something failed.
    async fn catch_up(&self, zone: &Zone, last: Day, stop: &CancellationToken) -> bool {
        let missing = match self.missing(zone, last).await {
            Ok(missing) => missing,
            Err(error) => {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "it could not be read which nights were replayed; trying again in an hour"
                );
                return false;
            }
        };
        let mut done = true;
        for day in missing {
            match self.night(zone, day, stop).await {
                Ok(()) | Err(NightError::Replay(ReplayError::Empty { .. })) => {}
                Err(error) => {
                    done = false;
                    tracing::warn!(
                        error = &error as &dyn std::error::Error,
                        floor.id = %self.id,
                        day = %day,
                        "a day could not be replayed; trying again in an hour"
                    );
                }
            }
            if stop.is_cancelled() {
                break;
            }
        }
        done
    }

    /// The days up to `last` that are not kept and have a journal, the latest first.
    async fn missing(&self, zone: &Zone, last: Day) -> Result<Vec<Day>, StoreError> {
        let Some(first) = self.store.read_journal(self.id, 1).next().await? else {
            return Ok(Vec::new());
        };
        let begun = first.first().map_or(Timestamp::MAX, |entry| entry.at);
        let mut missing = Vec::new();
        for back in 0..NIGHTS_MAX {
            let day = last.plus(-back);
            if zone.day(day).until <= begun {
                break;
            }
            if self.store.view().fidelity_day(&SCOPE, self.id, day).await?.is_none() {
                missing.push(day);
            }
        }
        Ok(missing)
    }

    /// Replays one day and keeps what it came to; nothing is kept of a replay that was stopped.
    async fn night(
        &self,
        zone: &Zone,
        day: Day,
        stop: &CancellationToken,
    ) -> Result<(), NightError> {
        let span = zone.day(day);
        let house = house(&self.store, span.until - Duration::from_micros(1), zone).await?;
        let (tell, told) = oneshot::channel();
        let (store, floor, stopped) = (self.store.clone(), self.id, stop.clone());
        let runtime = tokio::runtime::Handle::current();
        std::thread::Builder::new().name("fidelity".to_owned()).spawn(move || {
            give_way();
            let watch = Stopwatch::start();
            let replaying =
                fidelity_and_recorded(&store, floor, span, &house, |_| !stopped.is_cancelled());
            let done = runtime.block_on(replaying).map(|(report, heard)| {
                let played = heard.and_then(|heard| played(heard, &house, day, &stopped));
                (report, played, watch.elapsed())
            });
            // Nobody waits any more when the server ends at once.
            let _ = tell.send(done);
        })?;
        let (report, played, took) = told.await.map_err(|_| NightError::BrokeOff)??;
        if stop.is_cancelled() {
            return Ok(());
        }
        if report.is_equal {
            tracing::info!(
                floor.id = %floor, day = %day, events = report.within.events_equal,
                took_ms = crate::live::millis(took),
                "the day was replayed and is equal in every event and figure"
            );
        } else {
            let differing = report.differences.iter().map(|difference| &*difference.figure);
            tracing::warn!(
                floor.id = %floor, day = %day, events_missing = report.within.events_missing,
                events_added = report.within.events_added,
                figures = differing.collect::<Vec<_>>().join(", "),
                first = report.first_difference.as_ref().map_or("", |first| &first.text),
                "the day was replayed and is NOT equal: this program decides otherwise than the one \
                 that wrote the journal, or the twin has a fault"
            );
        }
        let mut report = serde_json::to_value(&report)?;
        let clients = report["clients"].take();
        // What the list shows of it; the rest is read when somebody looks at the day.
        report[PLAYED_LEVEL] = serde_json::to_value(played.as_ref().and_then(|kept| {
            kept.played.all.figures.iter().find(|figure| figure.figure == "service_level")
        }))?;
        let kept = FidelityDay {
            floor,
            day,
            zone: zone.name().to_owned(),
            is_equal: report["is_equal"] == true,
            program: env!("CARGO_PKG_VERSION").to_owned(),
            made: self.clock.now(),
            took_ms: crate::live::millis(took),
            report,
        };
        let played = played.map(serde_json::to_value).transpose()?;
        let details = FidelityDetails { clients, played };
        self.store
            .tx(move |tx| {
                let (kept, details) = (kept.clone(), details.clone());
                Box::pin(async move { tx.keep_fidelity(&SCOPE, &kept, &details).await })
            })
            .await?;
        Ok(())
    }
}

/// The day's contacts, played by the simulator; nothing when they cannot be.
fn played(
    (recorded, real): (Recorded, Vec<OneDay>),
    house: &planning::recorded::House,
    day: Day,
    stop: &CancellationToken,
) -> Option<KeptPlayed> {
    let contacts = recorded.contacts.iter().filter(|contact| recorded.span.contains(contact.at));
    let contacts = contacts.count() as u64;
    let left_out = recorded.left_out(house) as u64;
    let done = recorded.scenario(house, REPLICATIONS, SEED).and_then(|scenario| {
        play(&scenario, &real, Some(std::num::NonZeroUsize::MIN), &|_| stop.is_cancelled())
    });
    match done {
        Ok(played) => Some(KeptPlayed { contacts, left_out, played }),
        Err(faults) => {
            let why: Vec<String> = faults.iter().map(ToString::to_string).collect();
            tracing::info!(day = %day, "the day is not played by the simulator: {}", why.join("; "));
            None
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)] // every unwrap here is an assertion
mod tests {
    use routing::{Event, Router};
    use store::{Entry, journal::Frame};
    use testkit::{DayShape, Restless, both_engines};

    use super::*;

    both_engines!(open; missed_nights_are_made_up_for_and_what_differs_is_kept);

    const FLOOR: FloorId = FloorId::from_u128(1);

    async fn open(url: String) -> Store {
        Store::open(&url).await.expect("the store opens")
    }

    /// A random day, one instant of which is told falsely when `forged`.
    async fn keep(store: &Store, seed: u64, forged: bool) -> Timestamp {
        let day = testkit::Day::random(seed, DayShape::BUSY);
        let driven = testkit::drive(&day, &mut Restless::new(seed, &day.plan), false);
        let mut owned = store.acquire(FLOOR).await.unwrap();
        let (mut router, mut seq, mut forge) = (Router::new(), 0, forged);
        for chunk in driven.journal.chunks(100) {
            let mut entries = Vec::new();
            for (at, input) in chunk {
                router.handle(*at, input.clone()).unwrap();
                seq += 1;
                let mut events: Vec<_> = std::iter::from_fn(|| router.next_event()).collect();
                let answer = events.iter().position(|e| matches!(e.event, Event::Answered { .. }));
                if let Some(place) = answer.filter(|_| forge && at.since(day.start) > AGAIN) {
                    forge = false;
                    events.remove(place);
                }
                entries.push(Entry { seq, at: router.now(), input: Some(input.clone()), events });
            }
            let frame = Frame::seal(&owned, &entries).unwrap();
            store.append(&mut owned, &frame).await.unwrap();
        }
        router.now()
    }

    fn nights(store: &Store, zone: &'static str) -> Nights {
        Nights::new(store.clone(), Clock::system(), FLOOR, move || Zone::get(zone).unwrap())
    }

    async fn kept(store: &Store) -> Vec<FidelityDay> {
        store.view().fidelity_days(&SCOPE, FLOOR, None, 100).await.unwrap()
    }

    async fn missed_nights_are_made_up_for_and_what_differs_is_kept(store: Store) {
        let end = keep(&store, 11, true).await;
        let (zone, stop) = (Zone::get("Asia/Kathmandu").unwrap(), CancellationToken::new());
        let nights = nights(&store, "Asia/Kathmandu");
        // Nothing of a replay that was stopped is kept.
        let stopped = CancellationToken::new();
        stopped.cancel();
        let last = zone.day_at(end);
        assert!(nights.catch_up(&zone, last.plus(3), &stopped).await);
        assert!(kept(&store).await.is_empty());

        assert!(nights.catch_up(&zone, last.plus(3), &stop).await);
        let days = kept(&store).await;
        // The days after the journal's end have nothing to replay; those before it do not exist.
        assert!(days.iter().all(|kept| kept.day <= last), "{days:?}");
        assert!((1..=2).contains(&days.len()), "{days:?}");
        let differs = days.iter().find(|kept| !kept.is_equal).expect("one day was forged");
        assert_eq!(differs.zone, "Asia/Kathmandu");
        let report = &differs.report;
        assert!(report["first_difference"]["text"].is_string(), "{report}");
        // Events are compared place by place, so those that stand behind the lost one differ as well.
        let count = |name: &str| report["within"][name].as_u64().unwrap();
        assert_eq!(count("events_added"), count("events_missing") + 1, "{report}");
        let figures: Vec<&str> = report["differences"]
            .as_array()
            .unwrap()
            .iter()
            .map(|differs| differs["figure"].as_str().unwrap())
            .collect();
        assert!(figures.contains(&"answered"), "{figures:?}");
        let mut view = store.view();
        let details = view.fidelity_details(&SCOPE, FLOOR, differs.day).await.unwrap().unwrap();
        assert!(!details.clients.as_array().unwrap().is_empty());

        // A second look finds nothing to do: the records are those of the first.
        assert!(nights.catch_up(&zone, last.plus(3), &stop).await);
        assert_eq!(kept(&store).await, days);
        let far = last.plus(NIGHTS_MAX + 1);
        assert_eq!(nights.missing(&zone, far).await.unwrap().len() as i64, NIGHTS_MAX);
    }

    #[test]
    fn a_day_is_due_two_hours_after_it_is_over_where_the_provider_is() {
        let paris = Zone::get("Europe/Paris").unwrap();
        for (now, last, next) in [
            ("2026-11-27T00:59:59Z", "2026-11-25", "2026-11-27T01:00:00Z"),
            ("2026-11-27T01:00:00Z", "2026-11-26", "2026-11-28T01:00:00Z"),
            // The clocks go forward at two: it is four o'clock by then.
            ("2027-03-28T00:59:00Z", "2027-03-26", "2027-03-28T01:00:00Z"),
            ("2027-03-28T12:00:00Z", "2027-03-27", "2027-03-29T00:00:00Z"),
        ] {
            let (day, at) = due(&paris, now.parse().unwrap());
            assert_eq!((day.to_string(), at), (last.to_owned(), next.parse().unwrap()), "{now}");
        }
    }
}
