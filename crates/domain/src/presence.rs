//! "We are back, you need not answer", and the reverse: for a bounded time a client's hours are not what its contract says.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::{Timeline, Timestamp, zone::Span};

/// The longest that it holds: two weeks of holidays, with the days around them.
pub const LONGEST: Duration = Duration::from_secs(16 * 86_400);

/// Who answers, whatever the hours say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answers {
    /// The client itself: nothing is taken, as outside the hours.
    Client,
    /// The provider: contacts are taken, as within the hours.
    Provider,
}

/// A client's presence: who answers for how long.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Presence {
    /// Who answers.
    pub answers: Answers,
    /// From when to when.
    pub span: Span,
    /// Name of who said so.
    pub by: String,
}

impl Presence {
    /// The hours with this over them.
    #[must_use]
    pub fn over(&self, hours: &Timeline<bool>) -> Timeline<bool> {
        hours.with(self.span, self.answers == Answers::Provider)
    }

    /// Whether it holds at an instant, or will.
    pub fn is_over(&self, at: Timestamp) -> bool {
        self.span.until <= at
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(hour: i64) -> Timestamp {
        Timestamp::from_secs(hour * 3_600)
    }

    /// Open from 9 to 12 and from 14 to 18.
    fn hours() -> Timeline<bool> {
        let changes = [(0, false), (9, true), (12, false), (14, true), (18, false)];
        Timeline {
            changes: changes.map(|(hour, open)| (at(hour), open)).to_vec(),
            compiled_until: at(48),
        }
    }

    #[test]
    fn presence_holds_for_its_time_and_the_hours_again_after_it() {
        use Answers::{Client, Provider};
        for (answers, from, until, wanted) in [
            // In the middle of the hours, over their ends, and where it changes nothing.
            (
                Client,
                10,
                11,
                vec![
                    (0, false),
                    (9, true),
                    (10, false),
                    (11, true),
                    (12, false),
                    (14, true),
                    (18, false),
                ],
            ),
            (Client, 8, 15, vec![(0, false), (15, true), (18, false)]),
            (Client, 12, 14, vec![(0, false), (9, true), (12, false), (14, true), (18, false)]),
            (Provider, 12, 14, vec![(0, false), (9, true), (18, false)]),
            (
                Provider,
                19,
                21,
                vec![
                    (0, false),
                    (9, true),
                    (12, false),
                    (14, true),
                    (18, false),
                    (19, true),
                    (21, false),
                ],
            ),
            (Provider, 17, 20, vec![(0, false), (9, true), (12, false), (14, true), (20, false)]),
        ] {
            let span = Span { from: at(from), until: at(until) };
            let presence = Presence { answers, span, by: String::new() };
            let wanted: Vec<_> = wanted.into_iter().map(|(hour, open)| (at(hour), open)).collect();
            let over = presence.over(&hours());
            assert_eq!(over.changes, wanted, "{answers:?} {from}–{until}");
            assert_eq!(over.compiled_until, at(48));
        }
    }

    #[test]
    fn before_the_first_change_nothing_is_made_up() {
        let span = Span { from: at(-5), until: at(-3) };
        let presence = Presence { answers: Answers::Provider, span, by: String::new() };
        assert_eq!(presence.over(&hours()).at(at(-4)), Some(&true));
        assert_eq!(presence.over(&hours()).at(at(1)), Some(&false));
    }
}
