//! Hours of seats: agreed, and agreed but empty.

use domain::{
    Calendar, CalendarId, Timeline,
    calendar::{Holiday, WeeklyRange},
    zone::Span,
};

/// When the seats are to be staffed within a span; nothing where the hours cannot be compiled, which
/// validation does not let happen.
fn agreed(hours: &[WeeklyRange], zone: &str, holidays: &[Holiday], span: Span) -> Vec<Span> {
    if span.from >= span.until {
        return Vec::new();
    }
    let calendar = Calendar {
        id: CalendarId::from_u128(0),
        name: "seats".to_owned(),
        zone: zone.to_owned(),
        weekly: hours.to_vec(),
        holidays: holidays.iter().map(|h| Holiday { hours: Vec::new(), ..h.clone() }).collect(),
        closures: Vec::new(),
    };
    let Ok(timeline) = calendar.compile(span.from, span.until) else { return Vec::new() };
    let ends = timeline.changes.iter().skip(1).map(|(at, _)| *at).chain([span.until]);
    let stretches = timeline.changes.iter().zip(ends);
    stretches
        .filter(|((_, open), _)| *open)
        .map(|((from, _), until)| Span { from: *from, until })
        .collect()
}

/// Seconds of one seat that are agreed within a span.
pub(crate) fn agreed_s(hours: &[WeeklyRange], zone: &str, holidays: &[Holiday], span: Span) -> u64 {
    agreed(hours, zone, holidays, span).iter().map(|open| open.length().as_secs()).sum()
}

/// Seconds of seats that are agreed within a span and in which nobody sits there; `staffed` is in
/// thousandths of a seat.
pub(crate) fn absent_s(
    hours: &[WeeklyRange],
    zone: &str,
    holidays: &[Holiday],
    span: Span,
    count: u32,
    staffed: &Timeline<u32>,
) -> u64 {
    let mut absent: u128 = 0; // thousandths of microseconds
    for open in agreed(hours, zone, holidays, span) {
        let mut from = open.from;
        while from < open.until {
            let until =
                staffed.next_change(from).map_or(open.until, |(at, _)| (*at).min(open.until));
            let there = staffed.at(from).copied().unwrap_or(0);
            let missing = (u64::from(count) * 1_000).saturating_sub(u64::from(there));
            absent += until.since(from).as_micros() * u128::from(missing);
            from = until;
        }
    }
    u64::try_from(absent / 1_000_000_000).unwrap_or(u64::MAX)
}
