//! What the floor's own journal says of past days, slot by slot: contacts, and how long they took.

use std::{collections::BTreeMap, time::Duration};

use domain::{ClientId, Day, Span, Zone, contract::Channel};
use figures::{Group, Intervals, Query};
use planning::forecast::handle::Handled;

use crate::{
    App,
    http::error::{ApiError, Result},
    reports::feed,
};

/// The journal's figures are read in quarters of an hour.
const QUARTER: Duration = Duration::from_secs(900);

/// With fewer who left, their patience is not told.
const LEFT_LEAST: u64 = 20;

/// Past days, from the first whole one.
#[derive(Debug, Default)]
pub struct Past {
    /// Contacts that came and were taken, slot by slot from midnight.
    pub counts: Vec<(Day, Vec<f64>)>,
    /// Those that were answered, and their handle times.
    pub handled: Vec<Handled>,
    /// Waits of all over those who left, in seconds.
    pub patience_s: Option<f64>,
}

/// Whose past.
#[derive(Clone, Debug)]
pub struct Whose {
    /// A client's; all together when `None`.
    pub client: Option<ClientId>,
    /// Of one channel; of all when `None`.
    pub channel: Option<Channel>,
    /// Zone of the days.
    pub zone: Zone,
}

/// Reads the last `weeks` weeks, in slots of `step_s` seconds. Today is not over, and the day on which
/// the journal begins is not whole: neither is among them.
pub async fn past(app: &App, whose: &Whose, weeks: u32, step_s: u32) -> Result<Past> {
    let zone = &whose.zone;
    let today = zone.day_at(app.clock.now());
    let Some(begun) = begun(app, zone).await? else { return Ok(Past::default()) };
    let first = today.plus(-7 * i64::from(weeks)).max(begun.next());
    if first >= today {
        return Ok(Past::default());
    }
    let span = Span { from: zone.day(first).from, until: zone.day(today).from };
    let mut report = Intervals::new(Query {
        zone: zone.clone(),
        span,
        length: QUARTER,
        group: Group::Client,
        client: whose.client,
        queue: None,
        channel: whose.channel,
        agent: None,
    })
    .map_err(|error| ApiError::internal(&error))?;
    feed(app, &mut report).await?;
    let slots = (86_400 / step_s) as usize;
    let empty = || vec![0.0; slots];
    let mut days: BTreeMap<Day, (Vec<f64>, Handled)> = BTreeMap::new();
    let mut day = first;
    while day < today {
        let handled = Handled { day, contacts: empty(), seconds: empty() };
        days.insert(day, (empty(), handled));
        day = day.next();
    }
    let (mut waited_s, mut left) = (0.0, 0);
    for row in report.finish(span.until) {
        // An hour that comes twice in the night of the clocks is one row of slots, added up.
        let (day, minute) = zone.minute_at(row.span.from);
        let Some((counts, handled)) = days.get_mut(&day) else { continue };
        let slot = (usize::from(minute) * 60 / step_s as usize).min(slots - 1);
        let shown = row.tally.summary();
        counts[slot] += row.tally.arrived.saturating_sub(row.tally.closed) as f64;
        handled.contacts[slot] += (shown.answered + shown.callbacks_answered) as f64;
        handled.seconds[slot] +=
            (row.tally.talk_us + row.tally.hold_us + row.tally.wrap_up_us) as f64 / 1e6;
        waited_s +=
            row.tally.wait.sum().as_secs_f64() + row.tally.wait_abandoned.sum().as_secs_f64();
        left += shown.abandoned;
    }
    let patience_s = (left >= LEFT_LEAST && waited_s > 0.0).then(|| waited_s / left as f64);
    let mut past = Past { patience_s, ..Past::default() };
    for (day, (counts, handled)) in days {
        past.counts.push((day, counts));
        past.handled.push(handled);
    }
    Ok(past)
}

/// The day on which the journal begins.
async fn begun(app: &App, zone: &Zone) -> Result<Option<Day>> {
    let mut begun = None;
    for floor in app.store.floors().await? {
        let first = app.store.read_journal(floor, 1).next().await?;
        let at = first.and_then(|entries| entries.first().map(|entry| zone.day_at(entry.at)));
        begun = [begun, at].into_iter().flatten().min();
    }
    Ok(begun)
}
