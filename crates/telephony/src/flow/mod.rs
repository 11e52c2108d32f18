//! Call flows: what a caller hears and may press before a queue, a voicemail or an end.
//!
//! A flow is a text in TOML; `docs/call-flows.md` is its manual. [`check`] reads it against the
//! [`World`] of a client and tells every fault at once; a text without one becomes a [`Flow`], and
//! every call through it is a [`Run`]: a machine that is told of keys and the ends of prompts and
//! tells what to play, and at last where the call goes. Neither knows a clock, a call or a client.
//!
//! Whatever a caller does or does not do, a run ends: each wait has a deadline, and a call that has
//! come by [`STEPS_PER_RUN`] steps or pressed [`KEYS_PER_RUN`] keys is brought to a person.

mod graph;
mod keys;
mod read;
mod run;
#[cfg(test)]
mod tests;

use std::{collections::BTreeSet, time::Duration};

use domain::{Fault, Language, PhoneNumber};

pub use run::{Collected, Digits, End, Input, Outcome, Output, Run};

/// Longest text, in bytes.
pub const TEXT_MAX: usize = 64 * 1024;
/// Most steps of a flow.
pub const STEPS_MAX: usize = 200;
/// Most faults that are told at once.
pub const FAULTS_MAX: usize = 200;
/// A call that has come by so many steps goes to a person.
pub const STEPS_PER_RUN: u32 = 100;
/// A call that has pressed so many keys goes to a person.
pub const KEYS_PER_RUN: u32 = 400;
/// A prompt is given up after so long, should its end never be told.
pub const PLAY_MAX: Duration = Duration::from_secs(600);

/// What a flow may name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct World {
    /// The client's languages, the usual one first.
    pub languages: Vec<Language>,
    /// Prompts by name, each with a language it is there in.
    pub prompts: BTreeSet<(String, Language)>,
    /// Names of queues that take calls.
    pub queues: BTreeSet<String>,
    /// Names of calendars other than the contract's own.
    pub calendars: BTreeSet<String>,
    /// Names of skills.
    pub skills: BTreeSet<String>,
    /// Every name counts as known: for a flow that was published and that calls follow, whatever
    /// has been renamed since.
    pub any_name: bool,
}

/// A flow without a fault.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flow {
    start: usize,
    /// The queue that takes whoever is lost.
    person: usize,
    language: Language,
    steps: Vec<Step>,
    ways: Vec<Way>,
}

/// A step, for a drawing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StepName {
    /// Its name.
    pub name: String,
    /// What it does: `menu`, `play`, `queue`, …
    pub kind: String,
}

/// A way between steps, for a drawing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WayName {
    /// From this step.
    pub from: String,
    /// When: a key, `then`, `timeout`, `invalid`, `failed`, `open`, `closed`, `case 1`, `otherwise`.
    pub on: String,
    /// To this step.
    pub to: String,
}

/// What a text is, faults or not.
#[derive(Clone, Debug)]
pub struct Checked {
    /// The flow; `None` when there is any fault.
    pub flow: Option<Flow>,
    /// Every fault, in the order of the text.
    pub faults: Vec<Fault>,
    /// The steps that could be read, in the order of the text.
    pub steps: Vec<StepName>,
    /// The ways that lead from one of them to another.
    pub ways: Vec<WayName>,
}

/// Reads a text and checks it against a client's world.
pub fn check(text: &str, world: &World) -> Checked {
    let mut draft = read::read(text, world);
    if draft.is_whole {
        graph::check(&mut draft, world);
    }
    draft.finish()
}

impl Flow {
    /// Reads a text, or tells every fault of it.
    pub fn parse(text: &str, world: &World) -> Result<Self, Vec<Fault>> {
        let checked = check(text, world);
        checked.flow.ok_or(checked.faults)
    }

    /// The steps, in the order of the text.
    pub fn steps(&self) -> impl ExactSizeIterator<Item = (&str, &'static str)> {
        self.steps.iter().map(|step| (step.name.as_str(), step.act.kind()))
    }

    /// The ways from step to step: from, when, to.
    pub fn ways(&self) -> impl ExactSizeIterator<Item = (&str, &str, &str)> {
        let name = |at: usize| self.steps[at].name.as_str();
        self.ways.iter().map(move |way| (name(way.from), way.on.as_str(), name(way.to)))
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Step {
    name: String,
    act: Act,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Way {
    from: usize,
    on: String,
    to: usize,
    by: By,
}

/// What makes a call take a way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum By {
    /// The caller presses a key.
    Caller,
    /// It happens by itself, to a caller who does nothing as well.
    Itself,
    /// We are closed.
    Closed,
    /// The caller has typed something that is known.
    Value,
}

/// What a step does. Targets are places in the flow's list of steps.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Act {
    Play { prompts: Vec<String>, skip: bool, then: usize },
    Menu { ask: Ask, keys: Vec<(char, usize)>, on_timeout: usize, on_invalid: usize },
    Language { ask: Ask, keys: Vec<(char, Language)>, then: usize },
    Hours { calendar: Option<String>, open: usize, closed: usize },
    Collect { ask: Ask, entry: Entry, then: usize, on_failed: usize },
    Check { value: String, cases: Vec<Case>, otherwise: usize },
    Set { set: Set, then: usize },
    End { prompts: Vec<String>, end: End },
}

/// How a step asks.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Ask {
    prompts: Vec<String>,
    /// Said before asking again, after a key that is none of the choices.
    invalid: Vec<String>,
    /// Said before asking again, after silence.
    silent: Vec<String>,
    timeout: Duration,
    tries: u32,
}

/// What a caller types.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Entry {
    into: String,
    min: usize,
    max: usize,
    terminator: Option<char>,
    sensitive: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Case {
    test: Test,
    then: usize,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Test {
    Equals(Vec<String>),
    Prefix(Vec<String>),
    Length(usize),
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Set {
    head_start: Option<Duration>,
    skill: Option<String>,
    language: Option<Language>,
    request_type: Option<String>,
}

impl Act {
    fn kind(&self) -> &'static str {
        match self {
            Self::Play { .. } => "play",
            Self::Menu { .. } => "menu",
            Self::Language { .. } => "language",
            Self::Hours { .. } => "hours",
            Self::Collect { .. } => "collect",
            Self::Check { .. } => "check",
            Self::Set { .. } => "set",
            Self::End { end, .. } => end.kind(),
        }
    }
}

impl End {
    fn kind(&self) -> &'static str {
        match self {
            Self::Queue { .. } => "queue",
            Self::Voicemail { .. } => "voicemail",
            Self::Callback { .. } => "callback",
            Self::Transfer { .. } => "transfer",
            Self::Hangup => "hangup",
        }
    }

    /// A person takes the call, or will hear of it.
    fn is_person(&self) -> bool {
        !matches!(self, Self::Hangup)
    }
}

impl Test {
    fn holds(&self, value: &str) -> bool {
        match self {
            Self::Equals(texts) => texts.iter().any(|text| text == value),
            Self::Prefix(texts) => texts.iter().any(|text| value.starts_with(text.as_str())),
            Self::Length(length) => value.len() == *length,
        }
    }
}

/// A text while it is read: what is there of it, and what is wrong with it.
#[derive(Debug)]
struct Draft {
    /// Every step that could be told as one; an act where its kind is known.
    steps: Vec<DraftStep>,
    ways: Vec<Way>,
    start: Option<usize>,
    person: Option<usize>,
    language: Language,
    /// Prompts as the steps name them.
    prompts: Vec<Named>,
    /// Values as `check` steps name them.
    values: Vec<Named>,
    /// The text could be read as TOML.
    is_whole: bool,
    /// A step or a way is broken, so that nobody can say yet what leads where.
    is_broken: bool,
    faults: Vec<(usize, Fault)>,
}

#[derive(Debug)]
struct DraftStep {
    name: String,
    kind: String,
    line: usize,
    act: Option<Act>,
}

/// A name in a step, with where it stands.
#[derive(Debug)]
struct Named {
    step: usize,
    name: String,
    field: String,
    line: usize,
}

impl Draft {
    fn fault(&mut self, line: usize, field: &str, code: &str, what: &str, next: &str) {
        let fault = Fault::new(field, code, domain::words!("Line {}: {}", line, what), next);
        self.faults.push((line, fault));
    }

    fn finish(mut self) -> Checked {
        self.faults.sort();
        self.faults.dedup();
        let more = self.faults.len().saturating_sub(FAULTS_MAX);
        self.faults.truncate(FAULTS_MAX);
        let mut faults: Vec<Fault> = self.faults.into_iter().map(|(_, fault)| fault).collect();
        if more > 0 {
            let what = domain::words!("The text has {} more faults.", more);
            faults.push(Fault::new("", "more_faults", what, "Correct those above first."));
        }
        let name = |at: usize| self.steps[at].name.clone();
        let ways = self
            .ways
            .iter()
            .map(|way| WayName { from: name(way.from), on: way.on.clone(), to: name(way.to) })
            .collect();
        let steps = self
            .steps
            .iter()
            .map(|step| StepName { name: step.name.clone(), kind: step.kind.clone() })
            .collect();
        let flow = match (self.start, self.person, faults.is_empty()) {
            (Some(start), Some(person), true) => {
                let steps: Option<Vec<Step>> = self
                    .steps
                    .into_iter()
                    .map(|step| Some(Step { name: step.name, act: step.act? }))
                    .collect();
                let (language, ways) = (self.language, self.ways);
                steps.map(|steps| Flow { start, person, language, steps, ways })
            }
            _ => None,
        };
        Checked { flow, faults, steps, ways }
    }
}

/// A number as a `transfer` step names it.
fn phone(text: &str) -> Option<PhoneNumber> {
    text.parse().ok()
}
