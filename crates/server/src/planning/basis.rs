//! What planning begins with: which days were recorded, whom there is to plan for, what agents cost; and
//! the days that somebody asks for.

use api::planning::{BasisClient, BasisName, BasisTeam, JobPhase, PlanningBasis};
use axum::extract::State;
use domain::{Currency, Day, FloorId, PoolId, Span, Timestamp, Zone, contract::Service};
use planning::recorded::{House, OneDay, Recorded};
use store::Store;

use super::{NotDone, Work};
use crate::{
    App,
    admin::{Faults, wire},
    http::{error::Result, extract::Json},
    margins::costs,
    replay,
};

/// Longest stretch that is read at once.
const DAYS_MAX: i64 = 92;

/// What planning can begin with.
#[utoipa::path(get, path = "/api/v1/planning/basis", operation_id = "planning_basis", tag = "planning", responses((status = 200, description = "Done", body = PlanningBasis)))]
pub async fn basis(State(app): State<App>) -> Result<Json<PlanningBasis>> {
    let now = app.clock.now();
    let zone = app.floor.directory().floor_zone();
    let house = replay::house(&app.store, now, &zone).await?;
    let days = recorded_days(&app.store, &zone, now).await?;
    let currencies: Vec<Currency> = house
        .clients
        .iter()
        .filter_map(|one| Some(one.contract.tariff.as_ref()?.currency))
        .collect();
    let usual = currencies.first().copied().unwrap_or(Currency::EUR);
    let clients = house.clients.iter().map(|one| {
        let tariff = one.contract.tariff.as_ref();
        BasisClient {
            id: one.id.uuid(),
            name: one.name.clone(),
            zone: one.contract.zone.clone(),
            model: wire::model(&one.contract),
            pool: first_pool(&one.contract.periods).map(PoolId::uuid),
            priced: tariff.is_some_and(|tariff| tariff.is_priced()),
            currency: tariff.map_or(usual, |tariff| tariff.currency).code().to_owned(),
        }
    });
    let mut clients: Vec<BasisClient> = clients.collect();
    clients.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(Json(PlanningBasis {
        first_day: days.map(|(first, _)| first.to_string()),
        last_day: days.map(|(_, last)| last.to_string()),
        costs: costs::of_comparison(&app.store).await?,
        clients,
        pools: house
            .pools
            .iter()
            .map(|(id, name, _)| BasisName { id: id.uuid(), name: name.clone() })
            .collect(),
        teams: house
            .teams
            .iter()
            .map(|(id, client, name)| BasisTeam {
                id: id.uuid(),
                name: name.clone(),
                client: client.uuid(),
            })
            .collect(),
    }))
}

/// The first pool that a contract names, for its shared periods or their help.
fn first_pool(periods: &[domain::contract::Period]) -> Option<PoolId> {
    periods.iter().find_map(|period| {
        let of_service = match &period.service {
            Service::Shared { pools } => pools.first(),
            Service::Dedicated { .. } => None,
        };
        of_service.or(period.overflow.as_ref().and_then(|help| help.pools.first())).copied()
    })
}

/// The first and the last day on which something was recorded, of those that are over.
async fn recorded_days(store: &Store, zone: &Zone, now: Timestamp) -> Result<Option<(Day, Day)>> {
    let Some(floor) = store.floors().await?.first().copied() else { return Ok(None) };
    let Some(head) = store.head(floor).await? else { return Ok(None) };
    let first = store.read_journal(floor, 1).next().await?;
    let first = first.as_ref().and_then(|entries| entries.first()).map(|entry| entry.at);
    let last = store.frames(floor, head.seq, 1).await?.first().map(|frame| frame.at);
    let (Some(first), Some(last)) = (first, last) else { return Ok(None) };
    let yesterday = zone.day_at(now).previous();
    let (first, last) = (zone.day_at(first), zone.day_at(last).min(yesterday));
    Ok((first <= last).then_some((first, last)))
}

/// Days that were asked for, as a stretch.
#[derive(Clone, Debug)]
pub(super) struct Days {
    pub first: Day,
    pub last: Day,
    pub span: Span,
    pub zone: Zone,
}

impl Days {
    /// Reads them; what is wrong goes to `faults`.
    pub fn read(first: &str, last: &str, zone: Zone, faults: &mut Faults) -> Option<Self> {
        let mut day = |field: &str, text: &str| {
            let day = text.parse::<Day>();
            if day.is_err() {
                let text: String = text.chars().take(32).collect();
                faults.add(
                    field,
                    "not_a_day",
                    domain::words!("`{}` is no day.", text),
                    "Write a day as 2026-10-01.",
                );
            }
            day.ok()
        };
        let (first, last) = (day("first_day", first), day("last_day", last));
        let (first, last) = (first?, last?);
        let span = Span { from: zone.day(first).from, until: zone.day(last).until };
        if last < first || last.since(first) >= DAYS_MAX {
            faults.add(
                "last_day",
                "days_range",
                domain::words!("The days go from {} to {}.", first, last),
                domain::words!(
                    "Choose a last day that is not before the first, and at most {} days.",
                    DAYS_MAX
                ),
            );
            return None;
        }
        Some(Self { first, last, span, zone })
    }
}

/// What was recorded on some days.
pub(super) struct Read {
    /// Contracts and people of the last day: terms that changed meanwhile count as they ended.
    pub house: House,
    pub recorded: Recorded,
    /// The figures of what happened, day by day.
    pub real: Vec<OneDay>,
}

/// Reads days from the journal, and says how far it is.
pub(super) fn read(work: &Work, days: &Days) -> Result<Read, NotDone> {
    let (floor, head) = floor(work)?;
    let Days { span, zone, .. } = days;
    let at = Timestamp::from_micros(span.until.micros() - 1);
    let house = work.wait(replay::house(work.store(), at, zone))?;
    let told = |seq| {
        work.told(JobPhase::Reading, seq, head);
        !work.is_stopped()
    };
    let read = work.wait(replay::recorded(work.store(), floor, *span, &house, told));
    if work.is_stopped() {
        return Err(NotDone::Stopped);
    }
    let (recorded, real) = read?;
    Ok(Read { house, recorded, real })
}

/// The floor whose journal is read.
fn floor(work: &Work) -> Result<(FloorId, u64), NotDone> {
    let nothing = || {
        NotDone::Faults(vec![domain::Fault::new(
            "first_day",
            "nothing_recorded",
            "Nothing was recorded yet.",
            "Come back when the floor has been open for a day.",
        )])
    };
    let floor = work.wait(work.store().floors())?.first().copied().ok_or_else(nothing)?;
    let head = work.wait(work.store().head(floor))?.ok_or_else(nothing)?;
    Ok((floor, head.seq))
}
