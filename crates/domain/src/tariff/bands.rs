//! When which band holds, as a timeline of UTC.

use super::Tariff;
use crate::{
    CalendarId, Fault, Timeline, Timestamp,
    calendar::{Calendar, DayRange, Holiday, MinuteOfDay},
};

/// The index of the band in force between two instants, `None` where the price is as it stands.
///
/// The first change is at `from`. A band of holidays wins over all others; otherwise the first that
/// claims an hour has it, and validation lets no two claim the same.
///
/// # Errors
/// An unknown zone, faulty hours, or a bad horizon.
pub fn compile_bands(
    tariff: &Tariff,
    zone: &str,
    holidays: &[Holiday],
    from: Timestamp,
    until: Timestamp,
) -> Result<Timeline<Option<u16>>, Vec<Fault>> {
    let compiled: Result<Vec<_>, _> = tariff
        .bands
        .iter()
        .map(|band| {
            let whole = DayRange { from: MinuteOfDay::START, until: MinuteOfDay::END };
            let any = tariff.bands.iter().any(|other| other.holidays);
            let of = |hours: Vec<DayRange>| {
                let replaced = |h: &Holiday| Holiday { hours: hours.clone(), ..h.clone() };
                holidays.iter().map(replaced).collect()
            };
            Calendar {
                id: CalendarId::from_u128(0),
                name: band.name.clone(),
                zone: zone.to_owned(),
                weekly: band.weekly.clone(),
                holidays: match (band.holidays, any) {
                    (true, _) => of(vec![whole]),
                    (false, true) => of(Vec::new()),
                    (false, false) => Vec::new(),
                },
                closures: Vec::new(),
            }
            .compile(from, until)
        })
        .collect();
    let compiled = compiled?;
    let mut instants: Vec<Timestamp> =
        compiled.iter().flat_map(|band| band.changes.iter().map(|(at, _)| *at)).collect();
    instants.push(from);
    instants.sort_unstable();
    instants.dedup();
    let mut changes: Vec<(Timestamp, Option<u16>)> = Vec::new();
    for at in instants {
        let band = compiled.iter().position(|band| band.at(at) == Some(&true));
        let band = band.and_then(|band| u16::try_from(band).ok());
        if changes.last().is_none_or(|(_, before)| *before != band) {
            changes.push((at, band));
        }
    }
    Ok(Timeline { changes, compiled_until: until })
}
