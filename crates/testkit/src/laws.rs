//! The laws of the floor, and a watcher that knows them.
//!
//! The watcher works from the contracts, the rules and the log alone: it keeps its own plain picture
//! of the floor ([`seen`]) and its own naive idea of who may answer what ([`may`]), walks over
//! everybody each time, and shares no code with the router.

mod ended;
mod may;
mod offers;
mod seen;
mod settled;
mod spans;

use std::fmt;

use domain::Timestamp;

use crate::Step;
use seen::Seen;

/// What must hold on any day at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Law {
    /// Each contact that arrived ends exactly once, and nothing but wrap-up comes after.
    EndsOnce,
    /// How it ended is true: abandoned by the customer, closed outside the hours, and so on.
    EndsTruly,
    /// One contact is with one agent, or with those of a consult or conference.
    OneAgent,
    /// Nobody holds more than 100 points, or more of a channel than they take.
    Capacity,
    /// A contact reaches only agents of its client's rings in force: the team and nobody else, the
    /// pools, and the overflow pools once they have opened.
    Ring,
    /// Nobody is offered a client they are not signed off for.
    SignOff,
    /// Sites, channels and languages asked are had.
    Asked,
    /// Skills asked are had at the level asked, relaxed only after the wait that says so.
    Skill,
    /// Offers reach only agents who are available and reachable and have no other offer.
    Available,
    /// Not again at once to an agent who missed or refused it.
    Reoffer,
    /// A free eligible agent and a waiting contact never coexist when all is drained.
    NobodyIdle,
    /// The state told of each agent is the state they are in.
    TrueState,
    /// The state seconds of each agent sum to the signed-in time.
    Ledger,
    /// Nobody overtakes in a queue without a rule that says so.
    Overtaking,
    /// While others wait, one client's contacts keep within the pool's cap.
    Fairness,
    /// Wrap-up as ruled: its length, its extensions, its end.
    WrapUp,
    /// The peak greeting plays only when nobody was free, once, as long as agreed.
    Greeting,
    /// The wait counts from the start of the clock, misses or not; talk and hold were spent.
    Clock,
    /// The promise and version in force at arrival stay with the contact.
    Promise,
    /// A position once told never grows.
    Told,
    /// Each offer ends once: answered, or ended, and in time.
    OfferEnds,
    /// Overflow opens when its rule says so.
    Overflow,
    /// A refused input changes nothing.
    Refusal,
    /// Time does not run backwards.
    Time,
    /// No call reaches an agent whose phone is not ready.
    Phone,
    /// Nobody has two calls.
    OneCall,
    /// A call that an agent placed is in no service level: never answered first, never abandoned.
    Outbound,
}

impl Law {
    /// All of them.
    pub const ALL: [Self; 27] = [
        Self::EndsOnce,
        Self::EndsTruly,
        Self::OneAgent,
        Self::Capacity,
        Self::Ring,
        Self::SignOff,
        Self::Asked,
        Self::Skill,
        Self::Available,
        Self::Reoffer,
        Self::NobodyIdle,
        Self::TrueState,
        Self::Ledger,
        Self::Overtaking,
        Self::Fairness,
        Self::WrapUp,
        Self::Greeting,
        Self::Clock,
        Self::Promise,
        Self::Told,
        Self::OfferEnds,
        Self::Overflow,
        Self::Refusal,
        Self::Time,
        Self::Phone,
        Self::OneCall,
        Self::Outbound,
    ];
}

/// A law that was broken.
#[derive(Clone, Debug, PartialEq)]
pub struct Violation {
    /// Which.
    pub law: Law,
    /// When.
    pub at: Timestamp,
    /// How, in a sentence.
    pub how: String,
    /// How many steps had been watched: where to look in the log.
    pub step: usize,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let how = crate::log::shortened(&self.how);
        write!(f, "{:?} at {} (step {}): {how}", self.law, self.at, self.step)
    }
}

/// Watches a day, step by step.
#[derive(Clone, Debug, Default)]
pub struct Laws {
    seen: Seen,
    violations: Vec<Violation>,
    steps: usize,
}

/// Most violations kept: one broken rule breaks others after it.
const VIOLATIONS_MAX: usize = 200;

impl Laws {
    /// A watcher of an empty floor.
    pub fn new() -> Self {
        Self::default()
    }

    /// What was broken so far, in order.
    pub fn violations(&self) -> &[Violation] {
        &self.violations
    }

    /// Looks at the next step.
    pub fn watch(&mut self, step: &Step) {
        let at = step.at();
        self.steps += 1;
        if at < self.seen.now && !matches!(step, Step::Refused { .. }) {
            self.broken(Law::Time, at, format!("after {}: {step}", self.seen.now));
        }
        self.seen.tick(at);
        match step {
            Step::Accepted { input, .. } => self.seen.told(at, input),
            Step::Refused { changed, input, .. } => {
                if *changed {
                    self.broken(
                        Law::Refusal,
                        at,
                        format!("{input:?} was refused and changed something"),
                    );
                }
            }
            Step::Event(stamped) => {
                self.judge_offers(at, &stamped.event);
                self.judge_spans(at, &stamped.event);
                self.judge_ends(at, &stamped.event);
                self.seen.happened(at, &stamped.event);
            }
            Step::Told { contact, ahead_max, .. } => self.judge_told(at, *contact, *ahead_max),
            Step::Settled { .. } => self.judge_settled(at),
            Step::Over { .. } => self.judge_over(at),
        }
    }

    fn broken(&mut self, law: Law, at: Timestamp, how: String) {
        if self.violations.len() < VIOLATIONS_MAX {
            self.violations.push(Violation { law, at, how, step: self.steps });
        }
    }

    fn ensure(&mut self, law: Law, at: Timestamp, holds: bool, how: impl FnOnce() -> String) {
        if !holds {
            self.broken(law, at, how());
        }
    }
}

/// Watches a whole log.
pub fn check(steps: &[Step]) -> Vec<Violation> {
    let mut laws = Laws::new();
    for step in steps {
        laws.watch(step);
    }
    laws.violations
}
