//! How agents keep to what is published: now, over a day, and what an agent's own next shifts are.

use std::{collections::BTreeMap, time::Duration};

use api::adherence::{
    AdherenceBoard, AdherenceDay, AdherenceNow, AdherenceRow, OwnBreak, OwnShift, OwnShifts,
    ScheduledActivity,
};
use axum::extract::State;
use domain::{AgentId, Day, Span, Timestamp, Zone, words};
use figures::{Activity, Adherence, Stint, Times, out_since};
use routing::AgentState;
use serde::Deserialize;
use store::records::Schedule;
use utoipa::IntoParams;

use super::{SCOPE, parts};
use crate::{
    App,
    background::locked,
    http::{
        error::{ApiError, Result},
        extract::{Json, Query},
        session::Caller,
    },
    live::{instant, state_view},
};

/// Who is signed in at the beginning of a day is known from so far back.
const HISTORY: Duration = Duration::from_secs(48 * 3_600);
/// An agent is shown the shifts of so many days.
const OWN_DAYS: i64 = 14;
/// And at most so many of them.
const OWN_MAX: usize = 10;

/// A published shift.
#[derive(Clone, Debug)]
pub(super) struct Shift {
    pub agent: AgentId,
    pub day: Day,
    pub span: Span,
    pub name: String,
    pub breaks: Vec<(String, Span)>,
}

impl Shift {
    /// Work and breaks, one after another.
    fn stints(&self) -> Vec<Stint> {
        let mut stints = Vec::new();
        let mut from = self.span.from;
        let mut work = |from: Timestamp, until: Timestamp| {
            if from < until {
                stints.push(Stint { span: Span { from, until }, activity: Activity::Work });
            }
        };
        for (_, pause) in &self.breaks {
            work(from, pause.from);
            from = pause.until;
        }
        work(from, self.span.until);
        let breaks =
            self.breaks.iter().map(|(_, span)| Stint { span: *span, activity: Activity::Break });
        stints.extend(breaks);
        stints.sort_by_key(|stint| stint.span.from);
        stints
    }
}

/// The shifts of a schedule that is kept.
pub(super) fn shifts(kept: &Schedule) -> Result<Vec<Shift>> {
    let (document, _, _, zone) = parts(kept)?;
    let shift = |duty: &api::schedule::ScheduleDuty| {
        let day: Day = duty.day.parse().ok()?;
        let minute: domain::calendar::MinuteOfDay = duty.start.parse().ok()?;
        let from = zone.opening(day, minute.minutes());
        let after = |minutes: u32| from + Duration::from_secs(u64::from(minutes) * 60);
        let kind = document.rules.shifts.get(duty.shift as usize)?;
        let names = kind.breaks.iter().map(|of| of.name.clone());
        let spans = duty.breaks.iter().map(|of| Span {
            from: after(of.after_min),
            until: after(of.after_min.saturating_add(of.length_min)),
        });
        Some(Shift {
            agent: AgentId::from_uuid(duty.agent),
            day,
            span: Span { from, until: after(duty.length_min) },
            name: kind.name.clone(),
            breaks: names.zip(spans).collect(),
        })
    };
    let read: Option<Vec<Shift>> = document.duties.iter().map(shift).collect();
    read.ok_or_else(|| ApiError::internal(&format!("a duty of schedule {} is unreadable", kept.id)))
}

/// Everybody's published shifts that begin on one of these days, and whether anything is published for
/// the last of them.
async fn published(app: &App, first: Day, last: Day) -> Result<(Vec<Shift>, bool)> {
    let mut all = Vec::new();
    let mut of_last = false;
    for kept in app.store.view().published_schedules(&SCOPE, first, last).await? {
        all.extend(
            shifts(&kept)?.into_iter().filter(|shift| first <= shift.day && shift.day <= last),
        );
        of_last |= kept.first_day <= last.to_string() && last.to_string() <= kept.last_day;
    }
    Ok((all, of_last))
}

/// Who is scheduled now, and whether they are where their schedule says.
#[utoipa::path(get, path = "/api/v1/board/adherence", operation_id = "board_adherence", tag = "board", responses((status = 200, description = "Done", body = AdherenceBoard)))]
pub async fn board(State(app): State<App>) -> Result<Json<AdherenceBoard>> {
    let now = app.clock.now();
    let today = app.floor.directory().floor_zone().day_at(now);
    // A night shift of yesterday may still be worked.
    let (shifts, published) = published(&app, today.previous(), today).await?;
    let mut agents = Vec::new();
    for shift in shifts.iter().filter(|shift| shift.span.contains(now)) {
        let row = locked(&app.figures).agent(shift.agent, now);
        let state = row.since.map(|since| (row.state, since));
        let Some(stands) = out_since(&shift.stints(), state, now) else { continue };
        agents.push(AdherenceNow {
            agent: shift.agent.uuid(),
            name: app.floor.directory().agent_name(shift.agent),
            activity: match stands.stint.activity {
                Activity::Work => ScheduledActivity::Work,
                Activity::Break => ScheduledActivity::Break,
            },
            from: instant(stands.stint.span.from),
            until: instant(stands.stint.span.until),
            state: state.map(|(state, since)| state_view(state, since)),
            out_since: stands.out_since.map(instant),
        });
    }
    // Longest out first, then those who are where they should be; by name among equals.
    agents.sort_by(|a, b| {
        let key = |row: &AdherenceNow| (row.out_since.is_none(), row.out_since.clone());
        (key(a), &a.name, a.agent).cmp(&(key(b), &b.name, b.agent))
    });
    Ok(Json(AdherenceBoard { at: instant(now), published, agents }))
}

/// Which day.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub struct DayQuery {
    /// The day in the floor's zone, `2026-11-30`; today when absent.
    day: Option<String>,
}

/// How everybody kept to the published schedule of a day: the share of scheduled time in which their
/// state fitted.
#[utoipa::path(get, path = "/api/v1/reports/adherence", operation_id = "report_adherence", tag = "reports", params(DayQuery), responses((status = 200, description = "Done", body = AdherenceDay)))]
pub async fn day(
    State(app): State<App>,
    Query(query): Query<DayQuery>,
) -> Result<Json<AdherenceDay>> {
    let now = app.clock.now();
    let zone = app.floor.directory().floor_zone();
    let day = match query.day.as_deref().filter(|text| !text.is_empty()) {
        None => zone.day_at(now),
        Some(text) => text.parse::<Day>().map_err(|_| {
            let text: String = text.chars().take(32).collect();
            ApiError::malformed(words!("`{}` is no day.", text), "Write a day as 2026-10-01.")
        })?,
    };
    let (shifts, published) = published(&app, day, day).await?;
    let mut stints: BTreeMap<AgentId, Vec<Stint>> = BTreeMap::new();
    for shift in &shifts {
        // What lies ahead is not judged yet.
        let over = shift.stints().into_iter().filter_map(|stint| {
            let span = Span { from: stint.span.from, until: stint.span.until.min(now) };
            (span.from < span.until).then_some(Stint { span, ..stint })
        });
        stints.entry(shift.agent).or_default().extend(over);
    }
    let whole = span_of(&shifts, &zone, day);
    let until = whole.until.min(now);
    let states = match shifts.is_empty() || whole.from >= until {
        true => BTreeMap::new(),
        false => states(&app, Span { from: whole.from, until }).await?,
    };
    let mut all = Adherence::default();
    let mut agents = Vec::new();
    for (agent, stints) in &stints {
        let sum = Adherence::of(stints, states.get(agent).map_or(&[], Vec::as_slice));
        all.planned_us += sum.planned_us;
        all.fitting_us += sum.fitting_us;
        let seconds = |us: u64| us / 1_000_000;
        agents.push(AdherenceRow {
            agent: agent.uuid(),
            name: app.floor.directory().agent_name(*agent),
            planned_s: seconds(sum.planned_us),
            fitting_s: seconds(sum.fitting_us),
            missed_work_s: seconds(sum.missed_work_us),
            missed_break_s: seconds(sum.missed_break_us),
            adherence_permille: sum.share().map(|share| share.permille()),
        });
    }
    agents.sort_by(|a, b| (&a.name, a.agent).cmp(&(&b.name, b.agent)));
    Ok(Json(AdherenceDay {
        day: day.to_string(),
        zone: zone.name().to_owned(),
        published,
        agents,
        adherence_permille: all.share().map(|share| share.permille()),
    }))
}

/// The day with the shifts that reach beyond its end.
fn span_of(shifts: &[Shift], zone: &Zone, day: Day) -> Span {
    let of_day = zone.day(day);
    let until = shifts.iter().map(|shift| shift.span.until).max();
    Span { from: of_day.from, until: until.unwrap_or(of_day.until) }
}

/// The states of everybody in a stretch that is over, from the journal.
async fn states(app: &App, span: Span) -> Result<BTreeMap<AgentId, Vec<(AgentState, Span)>>> {
    let mut times = Times::default();
    for floor in app.store.floors().await? {
        let back = Timestamp::from_micros(
            span.from.micros().saturating_sub(i64::try_from(HISTORY.as_micros()).unwrap_or(0)),
        );
        let Some(seq) = app.store.first_seq_since(floor, back).await? else { continue };
        let mut reader = app.store.read_journal(floor, seq);
        'frames: while let Some(entries) = reader.next().await? {
            for entry in &entries {
                if entry.at >= span.until {
                    break 'frames;
                }
                entry.events.iter().for_each(|stamped| times.apply(stamped));
            }
            tokio::task::yield_now().await;
        }
    }
    Ok(times.until(span.until))
}

/// The agent's own next shifts, the one at hand first.
#[utoipa::path(get, path = "/api/v1/desk/shifts", operation_id = "desk_shifts", tag = "desk", responses((status = 200, description = "Done", body = OwnShifts)))]
pub async fn own(State(app): State<App>, caller: Caller) -> Result<Json<OwnShifts>> {
    let agent = caller.desk()?;
    let now = app.clock.now();
    let zone = app.floor.directory().floor_zone();
    let today = zone.day_at(now);
    let (all, _) = published(&app, today.previous(), today.plus(OWN_DAYS)).await?;
    let mut own: Vec<Shift> =
        all.into_iter().filter(|shift| shift.agent == agent && shift.span.until > now).collect();
    own.sort_by_key(|shift| shift.span.from);
    own.truncate(OWN_MAX);
    let shown = own.into_iter().map(|shift| OwnShift {
        day: shift.day.to_string(),
        from: instant(shift.span.from),
        until: instant(shift.span.until),
        shift: shift.name,
        breaks: shift
            .breaks
            .into_iter()
            .map(|(name, span)| OwnBreak {
                name,
                from: instant(span.from),
                until: instant(span.until),
            })
            .collect(),
    });
    Ok(Json(OwnShifts { zone: zone.name().to_owned(), shifts: shown.collect() }))
}
