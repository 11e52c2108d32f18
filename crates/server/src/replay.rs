//! Journals replayed: reads what happened and hands it to the twin.

use std::time::Duration;

use domain::{FloorId, Span, Timestamp, Zone};
use planning::{
    recorded::{CONTACTS_MAX, House, HouseClient, OneDay, Real, Recorded, Recorder},
    replay::{Fidelity, Replay},
};
use routing::Router;
use store::{Entry, ProviderScope, Store, StoreError};

/// Before the place where a replay begins its events are read from so far back, so that the figures
/// know the contacts and agents that were on the floor then.
const HISTORY: Duration = Duration::from_secs(48 * 3600);

/// Clients read at a time.
const PAGE: u32 = 500;

/// Why a stretch cannot be replayed.
#[derive(Debug, thiserror::Error)]
pub enum ReplayError {
    /// The store failed, or the journal does not read back.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The stretch is no stretch.
    #[error(transparent)]
    Stretch(#[from] planning::replay::QueryError),
    /// There is nothing to replay.
    #[error(
        "nothing happened on floor {floor} between {} and {}; choose a stretch in which it was open",
        span.from, span.until
    )]
    Empty {
        /// The floor.
        floor: FloorId,
        /// The stretch.
        span: Span,
    },
    /// There is too much to keep at once.
    #[error(
        "more than {CONTACTS_MAX} contacts arrived on floor {floor} from {} until {}; choose fewer days",
        span.from, span.until
    )]
    TooMany {
        /// The floor.
        floor: FloorId,
        /// The stretch.
        span: Span,
    },
}

/// Replays a stretch of a floor's journal unchanged, from the newest snapshot before it or from the
/// journal's beginning, and on until the contacts of the stretch have ended. `told` hears the entry
/// reached, now and then; when it says `false` the report is of what was replayed until then.
///
/// # Errors
/// [`ReplayError`].
pub async fn fidelity(
    store: &Store,
    floor: FloorId,
    span: Span,
    zone: &Zone,
    told: impl FnMut(u64) -> bool,
) -> Result<Fidelity, ReplayError> {
    pass(store, floor, span, zone, told, |_| ()).await
}

/// The same, and in the same pass what came in and who was there, with the real figures, as
/// [`recorded`] gives them; nothing of the latter when more contacts came than are kept at once.
///
/// # Errors
/// [`ReplayError`].
pub async fn fidelity_and_recorded(
    store: &Store,
    floor: FloorId,
    span: Span,
    house: &House,
    told: impl FnMut(u64) -> bool,
) -> Result<(Fidelity, Option<(Recorded, Vec<OneDay>)>), ReplayError> {
    let mut recorder = Some(Recorder::new(span));
    let clients = house.clients.iter().map(|client| client.id).collect();
    let mut real = Real::new(span, &house.zone, clients)?;
    let heard = |heard: Heard<'_>| match heard {
        Heard::Standing(router) => recorder = Some(Recorder::standing(span, router)),
        Heard::Known(entry) => entry.events.iter().for_each(|stamped| real.apply(stamped)),
        Heard::Replayed(entry) => {
            if let Some(hearing) = &mut recorder {
                hearing.entry(entry.at, entry.input.as_ref(), &entry.events);
                if hearing.contacts() > CONTACTS_MAX {
                    recorder = None;
                }
            }
            entry.events.iter().for_each(|stamped| real.apply(stamped));
        }
    };
    let report = pass(store, floor, span, &house.zone, told, heard).await?;
    Ok((report, recorder.map(|recorder| (recorder.finish(), real.finish()))))
}

/// What somebody hears who listens while a stretch is replayed.
enum Heard<'a> {
    /// The replay begins from this router.
    Standing(&'a Router),
    /// An entry from before the place where it begins.
    Known(&'a Entry),
    /// An entry about to be replayed.
    Replayed(&'a Entry),
}

async fn pass(
    store: &Store,
    floor: FloorId,
    span: Span,
    zone: &Zone,
    mut told: impl FnMut(u64) -> bool,
    mut heard: impl FnMut(Heard<'_>),
) -> Result<Fidelity, ReplayError> {
    let empty = || ReplayError::Empty { floor, span };
    let first = store.first_seq_since(floor, span.from).await?.ok_or_else(empty)?;
    let (router, after) = beginning(store, floor, first - 1).await?;
    let from = match after {
        0 => 1,
        _ => {
            let since = router.now() - HISTORY;
            store.first_seq_since(floor, since).await?.map_or(after + 1, |seq| seq.min(after + 1))
        }
    };
    heard(Heard::Standing(&router));
    let mut replay = Replay::new(span, zone, router, after)?;
    let mut reader = store.read_journal(floor, from);
    let mut found = false;
    'journal: while let Some(entries) = reader.next().await? {
        for entry in entries {
            if entry.seq <= after {
                heard(Heard::Known(&entry));
                entry.events.iter().for_each(|stamped| replay.known(stamped));
                continue;
            }
            found |= entry.at >= span.from && entry.at < span.until;
            if entry.at >= span.until && !replay.wants_more() {
                break 'journal;
            }
            if entry.seq.is_multiple_of(1024) && !told(entry.seq) {
                break 'journal;
            }
            heard(Heard::Replayed(&entry));
            replay.entry(entry.seq, entry.at, entry.input, &entry.events);
        }
        // A long journal must not keep others from their turn.
        tokio::task::yield_now().await;
    }
    if found { Ok(replay.finish()) } else { Err(empty()) }
}

/// What came in on a stretch and who was there, with the real figures of all clients together and then
/// of each in the order of the house. The journal is read from its beginning, since who agents are is
/// said once. `told` as in [`fidelity`].
///
/// # Errors
/// [`ReplayError`].
pub async fn recorded(
    store: &Store,
    floor: FloorId,
    span: Span,
    house: &House,
    mut told: impl FnMut(u64) -> bool,
) -> Result<(Recorded, Vec<OneDay>), ReplayError> {
    let mut recorder = Recorder::new(span);
    let clients = house.clients.iter().map(|client| client.id).collect();
    let mut real = Real::new(span, &house.zone, clients)?;
    let mut reader = store.read_journal(floor, 1);
    'journal: while let Some(entries) = reader.next().await? {
        for entry in entries {
            if entry.at >= span.until && !recorder.wants_more() {
                break 'journal;
            }
            if entry.seq.is_multiple_of(1024) && !told(entry.seq) {
                break 'journal;
            }
            recorder.entry(entry.at, entry.input.as_ref(), &entry.events);
            entry.events.iter().for_each(|stamped| real.apply(stamped));
        }
        if recorder.contacts() > CONTACTS_MAX {
            return Err(ReplayError::TooMany { floor, span });
        }
        // A long journal must not keep others from their turn.
        tokio::task::yield_now().await;
    }
    Ok((recorder.finish(), real.finish()))
}

/// What the ids of the floor stand for: pools, teams, skills, and the contracts in force at `at`.
///
/// # Errors
/// What the store says.
pub async fn house(store: &Store, at: Timestamp, zone: &Zone) -> Result<House, StoreError> {
    let scope = ProviderScope::granted();
    let mut view = store.view();
    let pools = view.pools(&scope).await?;
    let teams = view.teams(&scope).await?;
    let skills = view.skills(&scope).await?;
    let mut names: Vec<store::records::Client> = Vec::new();
    loop {
        let after = names.last().map(|client| client.name.clone());
        let page = view.clients(&scope, None, after.as_deref(), PAGE).await?;
        let more = page.len() >= PAGE as usize;
        names.extend(page);
        if !more {
            break;
        }
    }
    let calendars = view.calendars(&scope).await?;
    let contracts = view.contracts_in_force(&scope, at).await?;
    let clients = contracts.into_iter().filter_map(|version| {
        let name = names.iter().find(|client| client.id == version.client)?.name.clone();
        let hours = calendars.iter().find(|kept| kept.document.id == version.document.hours)?;
        Some(HouseClient {
            id: version.client,
            name,
            contract: version.document,
            hours: hours.document.clone(),
        })
    });
    Ok(House {
        name: "recorded".to_owned(),
        zone: zone.clone(),
        clients: clients.collect(),
        pools: pools
            .into_iter()
            .map(|pool| (pool.id, pool.name, pool.fairness_cap_percent))
            .collect(),
        teams: teams.into_iter().map(|team| (team.id, team.client, team.name)).collect(),
        skills: skills.into_iter().map(|skill| (skill.id, skill.name)).collect(),
    })
}

/// A router that stands at the newest snapshot of entry `until` or before, or an empty one.
async fn beginning(store: &Store, floor: FloorId, until: u64) -> Result<(Router, u64), StoreError> {
    let Some(snapshot) = store.newest_snapshot_until(floor, until).await? else {
        return Ok((Router::new(), 0));
    };
    let restored = minicbor::decode(&snapshot.bytes)
        .map_err(|error| error.to_string())
        .and_then(|kept| Router::restore(kept).map_err(|error| error.to_string()));
    Ok(match restored {
        Ok(router) => (router, snapshot.seq),
        Err(why) => {
            tracing::warn!(
                floor.id = %floor,
                "a snapshot is not used, the journal is read from its beginning: {why}"
            );
            (Router::new(), 0)
        }
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)] // every unwrap here is an assertion
mod tests {
    use domain::Timestamp;
    use store::journal::Frame;
    use testkit::{Day, DayShape, Restless};

    use super::*;

    const FLOOR: FloorId = FloorId::from_u128(1);

    async fn open(url: String) -> Store {
        Store::open(&url).await.expect("the store opens")
    }

    testkit::both_engines!(open;
        a_kept_day_replays_equal_from_its_beginning_and_from_a_snapshot,
    );

    /// Keeps a random day as a floor does, with a snapshot at half of it; says when that was.
    async fn keep(store: &Store, seed: u64) -> (Day, u64, Timestamp) {
        let day = Day::random(seed, DayShape::BUSY);
        let driven = testkit::drive(&day, &mut Restless::new(seed, &day.plan), false);
        let half = driven.journal.len() / 2;
        let mut owned = store.acquire(FLOOR).await.unwrap();
        let (mut router, mut seq, mut snapshot) = (Router::new(), 0, None);
        for chunk in driven.journal.chunks(50) {
            let mut entries = Vec::new();
            for (at, input) in chunk {
                router.handle(*at, input.clone()).unwrap();
                seq += 1;
                let events = std::iter::from_fn(|| router.next_event()).collect();
                entries.push(Entry { seq, at: router.now(), input: Some(input.clone()), events });
            }
            let frame = Frame::seal(&owned, &entries).unwrap();
            store.append(&mut owned, &frame).await.unwrap();
            if snapshot.is_none() && seq as usize > half {
                let bytes = minicbor::to_vec(router.snapshot()).unwrap();
                store.save_snapshot(&owned, seq, router.now(), &bytes).await.unwrap();
                snapshot = Some((seq, router.now()));
            }
        }
        let (seq, at) = snapshot.unwrap();
        (day, seq, at)
    }

    async fn a_kept_day_replays_equal_from_its_beginning_and_from_a_snapshot(store: Store) {
        let (day, half, at) = keep(&store, 7).await;
        let zone = Zone::get("UTC").unwrap();
        let quarter = |at: Timestamp| {
            Timestamp::from_micros(at.micros() - at.micros().rem_euclid(900_000_000))
        };
        let (start, end) = (quarter(day.start), quarter(day.end));
        let hour = Duration::from_secs(3600);
        let late = quarter(at) + Duration::from_secs(900);
        for (from, after) in [(start, 0), (late, half)] {
            let span = Span { from, until: end };
            let report = fidelity(&store, FLOOR, span, &zone, |_| true).await.unwrap();
            assert_eq!(report.begins_after, after);
            assert!(report.is_equal, "{:?} {:?}", report.first_difference, report.differences);
            assert!(report.all.recorded.answered > 0, "from {from}");
            // One pass gives the same, and hears what reading the whole journal hears.
            let house = house(&store, end, &zone).await.unwrap();
            let both = fidelity_and_recorded(&store, FLOOR, span, &house, |_| true).await.unwrap();
            assert_eq!(both.0, report);
            let alone = recorded(&store, FLOOR, span, &house, |_| true).await.unwrap();
            assert_eq!(both.1, Some(alone), "from {from}");
            // What is kept of a report reads back.
            let kept = serde_json::to_string(&report).unwrap();
            assert_eq!(serde_json::from_str::<Fidelity>(&kept).unwrap(), report);
        }
        // What is recorded is what was counted; the store has no names or contracts of it.
        let span = Span { from: start, until: end };
        let report = fidelity(&store, FLOOR, span, &zone, |_| true).await.unwrap();
        let house = house(&store, end, &zone).await.unwrap();
        assert!(house.clients.is_empty() && house.pools.is_empty());
        let (kept, real) = recorded(&store, FLOOR, span, &house, |_| true).await.unwrap();
        let within = kept.contacts.iter().filter(|contact| span.contains(contact.at)).count();
        let of = &report.all.recorded;
        // A few left before the opening, or had rung before the first quarter.
        assert!(within as u64 >= of.offered + of.turned_away, "{within} {of:?}");
        assert!(!kept.agents.is_empty());
        assert_eq!((real.len(), kept.left_out(&house)), (1, kept.contacts.len()));
        let before = Span { from: start - hour, until: start };
        let nothing = fidelity(&store, FLOOR, before, &zone, |_| true).await;
        assert!(matches!(nothing, Err(ReplayError::Empty { .. })), "{nothing:?}");
    }
}
