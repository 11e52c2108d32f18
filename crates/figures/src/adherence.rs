//! Adherence: whether agents are in the state that their schedule says.
//!
//! What fits what is one table, [`fits`]; the board and the figure of a day read the same.

use std::{collections::BTreeMap, time::Duration};

use domain::{AgentId, Span, Timestamp};
use routing::{AgentState, AwayReason, Event, Stamped};

use crate::{Share, book::Book, book::Entry};

/// What a schedule says that an agent does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Activity {
    /// Takes contacts.
    Work,
    /// Is on a break of the shift.
    Break,
}

/// A stretch of a shift with one activity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stint {
    /// When.
    pub span: Span,
    /// What.
    pub activity: Activity,
}

/// Whether a state is what the activity asks for.
///
/// Whoever has a contact in hand when a break begins is not on it yet: that the contact could not wait
/// explains the figure and does not change it.
pub const fn fits(activity: Activity, state: AgentState) -> bool {
    use AgentState as S;
    match activity {
        Activity::Work => match state {
            S::Available | S::Offered | S::Talking | S::Holding | S::Consulting | S::WrapUp => true,
            S::SignedOut | S::Away(_) | S::Lost => false,
        },
        Activity::Break => match state {
            S::SignedOut => true,
            S::Away(reason) => matches!(reason, AwayReason::Break | AwayReason::Lunch),
            S::Available | S::Offered | S::Talking | S::Holding | S::Consulting | S::WrapUp => {
                false
            }
            S::Lost => false,
        },
    }
}

/// Scheduled time, and how much of it was spent in a state that fits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Adherence {
    /// Scheduled time. Microseconds.
    pub planned_us: u64,
    /// Of it in a state that fits.
    pub fitting_us: u64,
    /// Of the scheduled work, in a state that does not fit.
    pub missed_work_us: u64,
    /// Of the scheduled breaks, in a state that does not fit.
    pub missed_break_us: u64,
}

impl Adherence {
    /// What stints came to, by the states an agent was in; time without a state is time signed out.
    pub fn of(stints: &[Stint], states: &[(AgentState, Span)]) -> Self {
        let mut sum = Self::default();
        for stint in stints {
            let planned = us(stint.span.length());
            let mut known = 0;
            let mut fitting = 0;
            for (state, span) in states {
                let time = overlap(*span, stint.span);
                known += time;
                if fits(stint.activity, *state) {
                    fitting += time;
                }
            }
            if fits(stint.activity, AgentState::SignedOut) {
                fitting += planned.saturating_sub(known);
            }
            sum.planned_us += planned;
            sum.fitting_us += fitting;
            match stint.activity {
                Activity::Work => sum.missed_work_us += planned.saturating_sub(fitting),
                Activity::Break => sum.missed_break_us += planned.saturating_sub(fitting),
            }
        }
        sum
    }

    /// Time that fits / scheduled time.
    pub fn share(&self) -> Option<Share> {
        Share::new(self.fitting_us, self.planned_us)
    }
}

fn us(span: Duration) -> u64 {
    u64::try_from(span.as_micros()).unwrap_or(u64::MAX)
}

fn overlap(a: Span, b: Span) -> u64 {
    let (from, until) = (a.from.max(b.from), a.until.min(b.until));
    u64::try_from(until.micros() - from.micros()).unwrap_or(0)
}

/// Where a schedule stands at an instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Now {
    /// What is scheduled.
    pub stint: Stint,
    /// Since when the state has not fitted, if it does not.
    pub out_since: Option<Timestamp>,
}

/// What is scheduled at `now`, and since when the state does not fit it: since it began, or since the
/// stint did. An agent without a state is signed out since before the stint.
pub fn out_since(
    stints: &[Stint],
    state: Option<(AgentState, Timestamp)>,
    now: Timestamp,
) -> Option<Now> {
    let stint = *stints.iter().find(|stint| stint.span.contains(now))?;
    let (state, since) = state.unwrap_or((AgentState::SignedOut, stint.span.from));
    let out = (!fits(stint.activity, state)).then(|| since.max(stint.span.from));
    Some(Now { stint, out_since: out })
}

/// The states of agents one after another, read from the journal.
#[derive(Debug, Default)]
pub struct Times {
    book: Book,
    spans: BTreeMap<AgentId, Vec<(AgentState, Span)>>,
}

impl Times {
    /// Reads one event. Events come in the order of the journal.
    pub fn apply(&mut self, stamped: &Stamped) {
        if matches!(stamped.event, Event::AgentState { .. }) {
            let Self { book, spans } = self;
            book.apply(stamped, &mut |entry| keep(spans, &entry));
        }
    }

    /// Everybody's states until `at`, which is not before the latest event.
    pub fn until(mut self, at: Timestamp) -> BTreeMap<AgentId, Vec<(AgentState, Span)>> {
        let Self { book, spans } = &mut self;
        book.cut(at, &mut |entry| keep(spans, &entry));
        self.spans
    }
}

fn keep(spans: &mut BTreeMap<AgentId, Vec<(AgentState, Span)>>, entry: &Entry<'_>) {
    if let Entry::Time { agent, state, span } = entry {
        spans.entry(*agent).or_default().push((*state, *span));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(from: i64, until: i64) -> Span {
        Span { from: Timestamp::from_secs(from * 60), until: Timestamp::from_secs(until * 60) }
    }

    /// Every state there is, with whether it fits work and a break.
    const TABLE: &[(AgentState, bool, bool)] = &[
        (AgentState::SignedOut, false, true),
        (AgentState::Available, true, false),
        (AgentState::Offered, true, false),
        (AgentState::Talking, true, false),
        (AgentState::Holding, true, false),
        (AgentState::Consulting, true, false),
        (AgentState::WrapUp, true, false),
        (AgentState::Away(AwayReason::Break), false, true),
        (AgentState::Away(AwayReason::Lunch), false, true),
        (AgentState::Away(AwayReason::Training), false, false),
        (AgentState::Away(AwayReason::Meeting), false, false),
        (AgentState::Away(AwayReason::OtherWork), false, false),
        (AgentState::Away(AwayReason::NoAnswer), false, false),
        (AgentState::Away(AwayReason::ConnectionLost), false, false),
        (AgentState::Away(AwayReason::SetByLead), false, false),
        (AgentState::Lost, false, false),
    ];

    #[test]
    fn what_fits_what_is_the_table() {
        for (state, work, pause) in TABLE {
            assert_eq!(fits(Activity::Work, *state), *work, "work, {state:?}");
            assert_eq!(fits(Activity::Break, *state), *pause, "break, {state:?}");
        }
    }

    #[test]
    fn a_day_is_counted_by_scheduled_time_alone() {
        // 09:00 to 13:00 with a break from 11:00 to 11:15; minutes of the day.
        let stints = [
            Stint { span: span(540, 660), activity: Activity::Work },
            Stint { span: span(660, 675), activity: Activity::Break },
            Stint { span: span(675, 780), activity: Activity::Work },
        ];
        // In at 08:50, ten minutes late back from the break, which began five minutes late, gone at 12:50.
        let states = [
            (AgentState::Available, span(530, 655)),
            (AgentState::Talking, span(655, 665)),
            (AgentState::Away(AwayReason::Break), span(665, 685)),
            (AgentState::Available, span(685, 770)),
        ];
        let sum = Adherence::of(&stints, &states);
        let minutes = |us: u64| us / 60_000_000;
        assert_eq!(
            (minutes(sum.planned_us), minutes(sum.fitting_us)),
            (240, 120 + 10 + 85),
            "{sum:?}"
        );
        assert_eq!((minutes(sum.missed_work_us), minutes(sum.missed_break_us)), (20, 5));
        assert_eq!(sum.share().map(|share| share.permille()), Some(896));
        // Nobody seen: the work was missed, the break was not.
        let absent = Adherence::of(&stints, &[]);
        assert_eq!((minutes(absent.fitting_us), minutes(absent.missed_work_us)), (15, 225));
        assert_eq!(Adherence::of(&[], &states).share(), None);
    }

    #[test]
    fn out_of_adherence_counts_from_the_later_of_state_and_stint() {
        let stints = [
            Stint { span: span(540, 660), activity: Activity::Work },
            Stint { span: span(660, 675), activity: Activity::Break },
        ];
        let at = |minute: i64| Timestamp::from_secs(minute * 60);
        let out = |state, now| out_since(&stints, state, at(now)).map(|now| now.out_since);
        assert_eq!(out(None, 530), None, "nothing is scheduled yet");
        assert_eq!(out(None, 550), Some(Some(at(540))));
        assert_eq!(out(Some((AgentState::Available, at(500))), 550), Some(None));
        let lunch = Some((AgentState::Away(AwayReason::Lunch), at(600)));
        assert_eq!(out(lunch, 610), Some(Some(at(600))));
        assert_eq!(out(lunch, 670), Some(None));
        assert_eq!(out(Some((AgentState::Talking, at(650))), 670), Some(Some(at(660))));
        assert_eq!(out(lunch, 675), None);
    }
}
