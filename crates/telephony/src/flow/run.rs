//! One call through a flow.

use std::{fmt, sync::Arc, time::Duration};

use domain::{Language, PhoneNumber};

use super::{Act, Ask, Entry, Flow, KEYS_PER_RUN, PLAY_MAX, STEPS_PER_RUN};

/// How long the world may take to say whether we are open; then we count as open, since a person
/// can still say that we are not.
const HOURS_MAX: Duration = Duration::from_secs(5);

/// What a run is told. Keys are never printed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Input {
    /// The caller pressed `0`-`9`, `*` or `#`. Others change nothing.
    Key(char),
    /// What was played has ended, or a key has stopped it.
    PlayEnded(u64),
    /// The time set last is over.
    Timeout,
    /// Whether we are open, as asked.
    Hours {
        /// Open.
        open: bool,
    },
}

impl fmt::Debug for Input {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Key(_) => f.write_str("Key(<redacted>)"),
            Self::PlayEnded(id) => write!(f, "PlayEnded({id})"),
            Self::Timeout => f.write_str("Timeout"),
            Self::Hours { open } => write!(f, "Hours {{ open: {open} }}"),
        }
    }
}

/// What a run wants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Output {
    /// Play these, one after the other, instead of whatever plays.
    Play {
        /// Named in [`Input::PlayEnded`].
        id: u64,
        /// Names of prompts.
        prompts: Vec<String>,
        /// In which language.
        language: Language,
        /// The first key stops it.
        stop_on_digit: bool,
    },
    /// Tell [`Input::Timeout`] after so long, and forget the time set before.
    SetTimer(Duration),
    /// Tell [`Input::Hours`]: of this calendar, or of the contract when none is named.
    AskHours {
        /// Which.
        calendar: Option<String>,
    },
    /// From now on what the caller types is nobody's business: kept out of every log and recording.
    Sensitive(bool),
    /// The flow is over for this call. Nothing follows.
    Done(Box<Outcome>),
}

/// Where a call goes, and what is known of it by now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// Where.
    pub end: End,
    /// The caller's language.
    pub language: Language,
    /// Head start in the queue.
    pub head_start: Duration,
    /// A skill that the agent should have.
    pub skill: Option<String>,
    /// What it is about, for the agent.
    pub request_type: Option<String>,
    /// What the caller typed, one of each name.
    pub collected: Vec<Collected>,
    /// It went to a person because it went on for too long.
    pub was_lost: bool,
}

/// Where a call goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End {
    /// It waits.
    Queue {
        /// The queue's name.
        queue: String,
    },
    /// The caller leaves a voicemail, which is work for a queue.
    Voicemail {
        /// The queue's name.
        queue: String,
    },
    /// The caller is called back, from the place in a queue that the call would have.
    Callback {
        /// The queue's name.
        queue: String,
    },
    /// It is passed on to a number outside.
    Transfer {
        /// Whom.
        number: PhoneNumber,
    },
    /// It ends; all that was to be said has been.
    Hangup,
}

/// Something that the caller typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Collected {
    /// The name that the flow gives it.
    pub name: String,
    /// What was typed.
    pub digits: Digits,
    /// It may be shown to nobody and kept nowhere.
    pub sensitive: bool,
}

/// Digits that a caller typed; never printed.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Digits(String);

impl Digits {
    /// The digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Digits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Digits(<redacted>)")
    }
}

/// One call through a flow: told what happens, it tells what to do. Each input's outputs are carried
/// out in their order. Until [`Output::Done`] a time is always set.
#[derive(Debug)]
pub struct Run {
    flow: Arc<Flow>,
    at: usize,
    state: State,
    /// Id of what was played last.
    play: u64,
    steps: u32,
    keys: u32,
    /// The key that ends an entry which was full without it: until the next words are over it is not meant
    /// for the step that they ask for.
    stray: Option<Stray>,
    is_closed: bool,
    language: Language,
    head_start: Duration,
    skill: Option<String>,
    request_type: Option<String>,
    collected: Vec<Collected>,
}

/// A terminator that may still follow a full entry. Keys are never printed.
#[derive(Clone, Copy)]
struct Stray(char);

impl fmt::Debug for Stray {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Stray")
    }
}

#[derive(Debug)]
enum State {
    /// A step's words play, and nothing is asked; also the last words.
    Telling,
    /// A key is wanted.
    Asking { tries: u32, is_playing: bool, typed: Digits },
    /// The world is asked for the hours.
    Hours,
    /// Over.
    Over,
}

impl Run {
    /// A call at the start of a flow, and what it wants first.
    pub fn start(flow: Arc<Flow>) -> (Self, Vec<Output>) {
        let (at, language) = (flow.start, flow.language);
        let mut run = Self {
            flow,
            at,
            state: State::Over,
            play: 0,
            steps: 0,
            keys: 0,
            stray: None,
            is_closed: false,
            language,
            head_start: Duration::ZERO,
            skill: None,
            request_type: None,
            collected: Vec::new(),
        };
        let mut out = Vec::new();
        run.enter(at, &mut out);
        (run, out)
    }

    /// The step that the call is at.
    pub fn step(&self) -> &str {
        &self.flow.steps[self.at].name
    }

    /// The caller's language by now.
    pub fn language(&self) -> Language {
        self.language
    }

    /// The call took a way for when we are closed.
    pub fn is_closed(&self) -> bool {
        self.is_closed
    }

    /// Takes an input. What does not fit the moment, such as the end of a prompt that was replaced,
    /// changes nothing.
    pub fn handle(&mut self, input: Input) -> Vec<Output> {
        let mut out = Vec::new();
        match input {
            Input::Key(key) => self.key(key, &mut out),
            Input::PlayEnded(id) if id == self.play => {
                self.stray = None;
                self.play_ended(&mut out);
            }
            Input::PlayEnded(_) => {}
            Input::Timeout => {
                self.stray = None;
                self.timeout(&mut out);
            }
            Input::Hours { open } => self.hours(open, &mut out),
        }
        out
    }

    fn key(&mut self, key: char, out: &mut Vec<Output>) {
        if !matches!(key, '0'..='9' | '*' | '#') || matches!(self.state, State::Over) {
            return;
        }
        self.keys += 1;
        if self.keys > KEYS_PER_RUN {
            return self.lost(out);
        }
        if self.stray.take().is_some_and(|Stray(stray)| stray == key) {
            // It may have stopped the words of the step that came meanwhile: these are heard again.
            match (&self.state, &self.flow.steps[self.at].act) {
                (State::Asking { tries, is_playing: true, .. }, _) => self.ask(*tries, &[], out),
                (State::Telling, Act::Play { prompts, skip: true, .. }) => {
                    self.play(prompts.clone(), true, out);
                }
                _ => {}
            }
            return;
        }
        match (&self.state, &self.flow.steps[self.at].act) {
            (State::Telling, Act::Play { skip: true, then, .. }) => {
                let then = *then;
                self.enter(then, out);
                // Whoever skips the words knows the menu behind them.
                if matches!(self.state, State::Asking { .. }) {
                    self.pressed(key, out);
                }
            }
            (State::Asking { .. }, _) => self.pressed(key, out),
            (State::Telling | State::Hours | State::Over, _) => {}
        }
    }

    /// A key where one is wanted.
    fn pressed(&mut self, key: char, out: &mut Vec<Output>) {
        let flow = Arc::clone(&self.flow);
        match &flow.steps[self.at].act {
            Act::Menu { ask, keys, on_invalid, .. } => {
                match keys.iter().find(|(known, _)| *known == key) {
                    Some((_, to)) => self.enter(*to, out),
                    None => self.again(&ask.invalid, *on_invalid, out),
                }
            }
            Act::Language { ask, keys, then } => {
                match keys.iter().find(|(known, _)| *known == key) {
                    Some((_, language)) => {
                        self.language = *language;
                        self.enter(*then, out);
                    }
                    None => self.again(&ask.invalid, *then, out),
                }
            }
            Act::Collect { ask, entry, then, on_failed } => {
                self.typed(key, ask, entry, *then, *on_failed, out);
            }
            // Nothing else asks.
            _ => {}
        }
    }

    fn typed(
        &mut self,
        key: char,
        ask: &Ask,
        entry: &Entry,
        then: usize,
        on_failed: usize,
        out: &mut Vec<Output>,
    ) {
        let State::Asking { is_playing, typed, .. } = &mut self.state else { return };
        *is_playing = false;
        if entry.terminator == Some(key) {
            return self.entered(ask, entry, then, on_failed, out);
        }
        match key {
            // Begins anew.
            '*' => typed.0.clear(),
            '#' => {}
            digit => typed.0.push(digit),
        }
        if typed.0.len() == entry.max {
            self.stray = entry.terminator.map(Stray);
            return self.entered(ask, entry, then, on_failed, out);
        }
        out.push(Output::SetTimer(ask.timeout));
    }

    /// What was typed is complete, or should be.
    fn entered(
        &mut self,
        ask: &Ask,
        entry: &Entry,
        then: usize,
        on_failed: usize,
        out: &mut Vec<Output>,
    ) {
        let State::Asking { typed, .. } = &mut self.state else { return };
        let digits = std::mem::take(typed);
        if digits.0.len() < entry.min {
            let why = if digits.0.is_empty() { &ask.silent } else { &ask.invalid };
            return self.again(why, on_failed, out);
        }
        self.collected.retain(|known| known.name != entry.into);
        let (name, sensitive) = (entry.into.clone(), entry.sensitive);
        self.collected.push(Collected { name, digits, sensitive });
        self.enter(then, out);
    }

    fn play_ended(&mut self, out: &mut Vec<Output>) {
        let flow = Arc::clone(&self.flow);
        match (&mut self.state, &flow.steps[self.at].act) {
            (State::Telling, Act::Play { then, .. }) => self.enter(*then, out),
            (State::Telling, Act::End { end, .. }) => self.done(end.clone(), false, out),
            (State::Asking { is_playing, .. }, act) if *is_playing => {
                *is_playing = false;
                out.extend(asks(act).map(|ask| Output::SetTimer(ask.timeout)));
            }
            _ => {}
        }
    }

    fn timeout(&mut self, out: &mut Vec<Output>) {
        let flow = Arc::clone(&self.flow);
        match (&self.state, &flow.steps[self.at].act) {
            // The words should be over by now, even if nobody told.
            (State::Telling | State::Asking { is_playing: true, .. }, _) => self.play_ended(out),
            (State::Asking { .. }, Act::Menu { ask, on_timeout, .. }) => {
                self.again(&ask.silent, *on_timeout, out);
            }
            (State::Asking { .. }, Act::Language { ask, then, .. }) => {
                self.again(&ask.silent, *then, out);
            }
            (State::Asking { .. }, Act::Collect { ask, entry, then, on_failed }) => {
                self.entered(ask, entry, *then, *on_failed, out);
            }
            (State::Hours, _) => self.hours(true, out),
            (State::Asking { .. } | State::Over, _) => {}
        }
    }

    fn hours(&mut self, is_open: bool, out: &mut Vec<Output>) {
        if let (State::Hours, Act::Hours { open, closed, .. }) =
            (&self.state, &self.flow.steps[self.at].act)
        {
            let to = if is_open { *open } else { *closed };
            self.is_closed |= !is_open;
            self.enter(to, out);
        }
    }

    /// Goes to a step, and on through those that need nobody.
    fn enter(&mut self, to: usize, out: &mut Vec<Output>) {
        let flow = Arc::clone(&self.flow);
        self.leave(out);
        self.state = State::Over;
        self.at = to;
        loop {
            self.steps += 1;
            if self.steps > STEPS_PER_RUN {
                return self.lost(out);
            }
            match &flow.steps[self.at].act {
                Act::Play { prompts, skip, .. } => {
                    self.state = State::Telling;
                    return self.play(prompts.clone(), *skip, out);
                }
                Act::Menu { ask, .. } | Act::Language { ask, .. } => {
                    return self.ask(ask.tries, &[], out);
                }
                Act::Collect { ask, entry, .. } => {
                    if entry.sensitive {
                        out.push(Output::Sensitive(true));
                    }
                    return self.ask(ask.tries, &[], out);
                }
                Act::Hours { calendar, .. } => {
                    self.state = State::Hours;
                    out.push(Output::AskHours { calendar: calendar.clone() });
                    return out.push(Output::SetTimer(HOURS_MAX));
                }
                Act::Check { value, cases, otherwise } => {
                    let known = self.collected.iter().find(|known| known.name == *value);
                    let case = known.and_then(|known| {
                        cases.iter().find(|case| case.test.holds(known.digits.as_str()))
                    });
                    self.at = case.map_or(*otherwise, |case| case.then);
                }
                Act::Set { set, then } => {
                    self.head_start = set.head_start.unwrap_or(self.head_start);
                    self.language = set.language.unwrap_or(self.language);
                    self.skill = set.skill.clone().or(self.skill.take());
                    self.request_type = set.request_type.clone().or(self.request_type.take());
                    self.at = *then;
                }
                Act::End { prompts, end } if prompts.is_empty() => {
                    return self.done(end.clone(), false, out);
                }
                Act::End { prompts, .. } => {
                    self.state = State::Telling;
                    return self.play(prompts.clone(), false, out);
                }
            }
        }
    }

    /// What ends with a step.
    fn leave(&mut self, out: &mut Vec<Output>) {
        if let (State::Asking { .. }, Act::Collect { entry, .. }) =
            (&self.state, &self.flow.steps[self.at].act)
            && entry.sensitive
        {
            out.push(Output::Sensitive(false));
        }
    }

    /// Asks, with `tries` left, this one included.
    fn ask(&mut self, tries: u32, first: &[String], out: &mut Vec<Output>) {
        let flow = Arc::clone(&self.flow);
        let Some(ask) = asks(&flow.steps[self.at].act) else { return };
        self.state = State::Asking { tries, is_playing: true, typed: Digits::default() };
        self.play(first.iter().chain(&ask.prompts).cloned().collect(), true, out);
    }

    /// Asks once more, or gives up.
    fn again(&mut self, first: &[String], or: usize, out: &mut Vec<Output>) {
        match self.state {
            State::Asking { tries, .. } if tries > 1 => self.ask(tries - 1, first, out),
            _ => self.enter(or, out),
        }
    }

    fn play(&mut self, prompts: Vec<String>, stop_on_digit: bool, out: &mut Vec<Output>) {
        self.play += 1;
        let (id, language) = (self.play, self.language);
        out.push(Output::Play { id, prompts, language, stop_on_digit });
        out.push(Output::SetTimer(PLAY_MAX));
    }

    /// Whoever goes round and round needs a person.
    fn lost(&mut self, out: &mut Vec<Output>) {
        self.leave(out);
        self.at = self.flow.person;
        // The check lets `person` be a queue and nothing else.
        if let Act::End { end, .. } = &self.flow.steps[self.at].act {
            self.done(end.clone(), true, out);
        }
    }

    fn done(&mut self, end: End, was_lost: bool, out: &mut Vec<Output>) {
        self.state = State::Over;
        out.push(Output::Done(Box::new(Outcome {
            end,
            language: self.language,
            head_start: self.head_start,
            skill: self.skill.take(),
            request_type: self.request_type.take(),
            collected: std::mem::take(&mut self.collected),
            was_lost,
        })));
    }
}

fn asks(act: &Act) -> Option<&Ask> {
    match act {
        Act::Menu { ask, .. } | Act::Language { ask, .. } | Act::Collect { ask, .. } => Some(ask),
        _ => None,
    }
}
