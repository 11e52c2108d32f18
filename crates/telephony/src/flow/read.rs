//! Reading a flow's text: syntax, keys, values and names. What leads where is checked afterwards.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use domain::Language;
use toml::de::{DeTable, DeValue};

use super::{
    Act, Ask, By, Case, Draft, DraftStep, End, Entry, Named, STEPS_MAX, Set, TEXT_MAX, Test, World,
    keys::{LIST_MAX, Lines, Reading, Section, Value, has, in_order, is_name},
    phone,
};

/// Keys of a telephone that callers have.
const KEYS: &str = "0123456789*#";
/// Most digits collected at once.
const DIGITS_MAX: i64 = 40;
/// Most faults of syntax that are told.
const SYNTAX_MAX: usize = 5;
/// Most minutes of head start.
const HEAD_START_MAX: i64 = 24 * 60;

pub(super) const KINDS: &str = "play, menu, language, hours, collect, check, set, queue, voicemail, callback, \
                     transfer, hangup";

/// Reads a text. Everything that can be read is; everything else is a fault.
pub fn read(text: &str, world: &World) -> Draft {
    let mut draft = Draft {
        steps: Vec::new(),
        ways: Vec::new(),
        start: None,
        person: None,
        language: world.languages.first().copied().unwrap_or(Language::EN),
        prompts: Vec::new(),
        values: Vec::new(),
        is_whole: false,
        is_broken: false,
        faults: Vec::new(),
    };
    if text.len() > TEXT_MAX {
        let what = format!("the text has {} bytes; at most {TEXT_MAX} are read.", text.len());
        draft.fault(1, "", "too_long", &what, "Divide it into several flows.");
        return draft;
    }
    let lines = Lines::of(text);
    let (document, errors) = DeTable::parse_recoverable(text);
    draft.is_whole = true;
    let mut broken = BTreeSet::new();
    for error in errors {
        let line = lines.of_span(error.span().unwrap_or_default());
        if error.message() == "duplicate key" {
            let what = "this key is there twice; only one can hold.";
            draft.fault(line, "", "key_twice", what, "Remove one of the two.");
            continue;
        }
        draft.is_whole = false;
        // One bracket that stays open breaks every line behind it: the first lines tell.
        if broken.len() < SYNTAX_MAX && broken.insert(line) {
            let what = format!("this is no TOML: {}.", error.message());
            let next = "Write key = value under [step.name], texts in double quotes.";
            draft.fault(line, "", "syntax", &what, next);
        }
    }
    // What was recovered of a broken text would have faults that nobody made.
    if draft.is_whole {
        Reading { draft: &mut draft, world, lines, names: BTreeMap::new() }
            .document(document.get_ref());
    }
    draft
}

impl Reading<'_> {
    fn document(&mut self, table: &DeTable<'_>) {
        let mut top = Section { table, path: String::new(), line: 1, step: 0, asked: Vec::new() };
        let steps = self.value(&mut top, "step");
        let language = self.language(&mut top, "language");
        self.draft.language = language.unwrap_or(self.draft.language);
        // Names first, so that a way may lead to a step further down.
        let mut tables = Vec::new();
        match steps.map(|value| (value, value.get_ref())) {
            Some((_, DeValue::Table(steps))) => {
                for (name, value) in in_order(steps) {
                    let line = self.lines.of_span(name.span());
                    let path = format!("step.{}", name.get_ref());
                    let DeValue::Table(table) = value.get_ref() else {
                        let what = format!("`{path}` should be a step.");
                        self.broken(line, &path, "wrong_type", &what, "Write [step.welcome].");
                        continue;
                    };
                    if !is_name(name.get_ref()) {
                        let what = format!("`{}` cannot be a step's name.", name.get_ref());
                        let next = "Use up to 40 letters, digits, - and _, such as main_menu.";
                        self.broken(line, &path, "bad_name", &what, next);
                        continue;
                    }
                    if tables.len() == STEPS_MAX {
                        let what = format!("there are more than {STEPS_MAX} steps.");
                        let next = "Divide the flow into several.";
                        self.broken(line, &path, "too_many_steps", &what, next);
                        break;
                    }
                    self.names.insert(name.get_ref().to_string(), tables.len());
                    tables.push((name.get_ref().to_string(), path, line, table));
                }
            }
            Some((value, _)) => {
                let line = self.lines.of_span(value.span());
                let next = "Write each step under [step.its_name].";
                self.broken(line, "step", "wrong_type", "`step` should hold the steps.", next);
            }
            None => {}
        }
        if tables.is_empty() {
            let next = "Write at least [step.sales] with kind = \"queue\" and queue = \"Sales\".";
            self.broken(1, "step", "no_steps", "the flow has no steps.", next);
        }
        self.draft.start = self.way_of(&mut top, "start", "the step that calls begin with");
        self.draft.person = self.way_of(&mut top, "person", "the queue step for whoever is lost");
        self.unknown_keys(&top, "the top");
        for (at, (name, path, line, table)) in tables.into_iter().enumerate() {
            let mut section = Section { table, path, line, step: at, asked: Vec::new() };
            let kind = self.required_text(&mut section, "kind", "what the step does").map(|v| v.0);
            let act = kind.as_deref().and_then(|kind| self.act(&mut section, kind));
            if let (Some(kind), true) = (&kind, act.is_some()) {
                self.unknown_keys(&section, &format!("a {kind} step"));
            }
            let kind = kind.unwrap_or_default();
            self.draft.steps.push(DraftStep { name, kind, line, act });
        }
    }

    /// One step. Broken parts are faults and stand as anything, since no flow comes of them.
    fn act(&mut self, section: &mut Section<'_, '_>, kind: &str) -> Option<Act> {
        let s = section;
        Some(match kind {
            "play" => Act::Play {
                prompts: self.prompts(s, "prompt", true),
                skip: self.boolean(s, "skip"),
                then: self.way(s, "then", By::Itself),
            },
            "menu" => Act::Menu {
                ask: self.ask(s),
                keys: self.menu_keys(s),
                on_timeout: self.way_or_person(s, "on_timeout", "timeout", By::Itself),
                on_invalid: self.way_or_person(s, "on_invalid", "invalid", By::Caller),
            },
            "language" => {
                let (ask, keys) = (self.ask(s), self.language_keys(s));
                let ways = self.draft.ways.len();
                let then = self.way(s, "then", By::Itself);
                // Whatever the language, the call goes on there; nowhere while `then` is broken.
                if self.draft.ways.len() > ways {
                    for (key, _) in &keys {
                        self.add_way(s.step, key.to_string(), then, By::Caller);
                    }
                }
                Act::Language { ask, keys, then }
            }
            "hours" => Act::Hours {
                calendar: self.known(s, "calendar", |w| &w.calendars, "unknown_calendar"),
                open: self.way(s, "open", By::Itself),
                closed: self.way(s, "closed", By::Closed),
            },
            "collect" => Act::Collect {
                ask: self.ask(s),
                entry: self.entry(s),
                then: self.way(s, "then", By::Caller),
                on_failed: self.way_or_person(s, "on_failed", "failed", By::Itself),
            },
            "check" => Act::Check {
                value: self.checked_value(s),
                cases: self.cases(s),
                otherwise: self.way(s, "otherwise", By::Itself),
            },
            "set" => Act::Set { set: self.set(s), then: self.way(s, "then", By::Itself) },
            "queue" => self.end(s, |queue| End::Queue { queue }),
            "voicemail" => self.end(s, |queue| End::Voicemail { queue }),
            "callback" => self.end(s, |queue| End::Callback { queue }),
            "transfer" => {
                let prompts = self.prompts(s, "prompt", false);
                let text = self.required_text(s, "number", "whom to call");
                let number = text.as_ref().and_then(|(text, _)| phone(text));
                if let (Some((text, line)), None) = (&text, &number) {
                    let what = format!("`{text}` is no telephone number.");
                    let next = "Write it with its country, such as +33142345678.";
                    self.fault(*line, &s.field("number"), "bad_value", &what, next);
                }
                Act::End { prompts, end: End::Transfer { number: number? } }
            }
            "hangup" => Act::End { prompts: self.prompts(s, "prompt", false), end: End::Hangup },
            _ => {
                let what = format!("`{kind}` is no kind of step.");
                let next = format!("Use one of {KINDS}.");
                self.broken(s.line, &s.field("kind"), "unknown_kind", &what, &next);
                return None;
            }
        })
    }

    fn end(&mut self, s: &mut Section<'_, '_>, end: fn(String) -> End) -> Act {
        let prompts = self.prompts(s, "prompt", false);
        let queue = self.known(s, "queue", |world| &world.queues, "unknown_queue");
        if queue.is_none() && !has(s.table, "queue") {
            let what = format!("`{}` does not say which queue.", s.path);
            let next = "Write queue = \"Sales\", a queue of the contract that takes calls.";
            self.fault(s.line, &s.field("queue"), "missing_key", &what, next);
        }
        Act::End { prompts, end: end(queue.unwrap_or_default()) }
    }

    fn ask(&mut self, s: &mut Section<'_, '_>) -> Ask {
        Ask {
            prompts: self.prompts(s, "prompt", true),
            invalid: self.prompts(s, "invalid_prompt", false),
            silent: self.prompts(s, "timeout_prompt", false),
            timeout: Duration::from_secs(self.whole(s, "timeout_s", 1..=60).unwrap_or(5)),
            tries: self.whole(s, "tries", 1..=9).map_or(3, |tries| tries as u32),
        }
    }

    fn menu_keys(&mut self, s: &mut Section<'_, '_>) -> Vec<(char, usize)> {
        let mut keys = Vec::new();
        for (key, field, value) in self.keys(s) {
            let line = self.lines.of_span(value.span());
            if let Some(name) = self.text_of(value, &field)
                && let Some(to) = self.target(&name, &field, line)
            {
                self.add_way(s.step, key.to_string(), to, By::Caller);
                keys.push((key, to));
            }
        }
        keys
    }

    fn language_keys(&mut self, s: &mut Section<'_, '_>) -> Vec<(char, Language)> {
        let mut keys = Vec::new();
        for (key, field, value) in self.keys(s) {
            let line = self.lines.of_span(value.span());
            if let Some(text) = self.text_of(value, &field)
                && let Some(language) = self.known_language(&text, &field, line)
            {
                keys.push((key, language));
            }
        }
        keys
    }

    /// The table `keys` of a step, each key one that callers have.
    fn keys<'t, 'i>(&mut self, s: &mut Section<'t, 'i>) -> Vec<(char, String, Value<'t, 'i>)> {
        let field = s.field("keys");
        let table = match self.value(s, "keys").map(|value| value.get_ref()) {
            Some(DeValue::Table(table)) if !table.is_empty() => table,
            _ => {
                let what = format!("`{}` does not say which keys it takes.", s.path);
                let next = "Write keys = { 1 = \"sales\", 2 = \"support\" }.";
                self.broken(s.line, &field, "missing_key", &what, next);
                return Vec::new();
            }
        };
        let mut keys = Vec::new();
        for (name, value) in in_order(table) {
            let field = format!("{field}.{}", name.get_ref());
            let mut chars = name.get_ref().chars();
            match (chars.next().filter(|key| KEYS.contains(*key)), chars.next()) {
                (Some(key), None) => keys.push((key, field, value)),
                _ => {
                    let line = self.lines.of_span(name.span());
                    let what = format!("`{}` is no key of a telephone.", name.get_ref());
                    let next = "Use 0 to 9, \"*\" or \"#\".";
                    self.broken(line, &field, "bad_key", &what, next);
                }
            }
        }
        keys
    }

    fn entry(&mut self, s: &mut Section<'_, '_>) -> Entry {
        let into = self.required_text(s, "into", "under which name it keeps the digits");
        if let Some((name, line)) = &into
            && !is_name(name)
        {
            let what = format!("`{name}` cannot be the name of a value.");
            let next = "Use up to 40 letters, digits, - and _, such as contract_number.";
            self.fault(*line, &s.field("into"), "bad_name", &what, next);
        }
        let max = self.whole(s, "max", 1..=DIGITS_MAX).unwrap_or(20);
        let min = self.whole(s, "min", 1..=DIGITS_MAX).unwrap_or(1);
        if min > max {
            let what = format!("at least {min} digits are wanted, and at most {max}.");
            let next = "Let max be no less than min.";
            self.fault(s.line, &s.field("min"), "bad_value", &what, next);
        }
        let terminator = match self.text(s, "terminator") {
            None => Some('#'),
            Some((text, line)) => match text.as_str() {
                "" => None,
                "#" => Some('#'),
                "*" => Some('*'),
                _ => {
                    let what = format!("`{text}` cannot end what is typed.");
                    let next = "Use \"#\", \"*\", or \"\" for none.";
                    self.fault(line, &s.field("terminator"), "bad_value", &what, next);
                    None
                }
            },
        };
        Entry {
            into: into.map(|into| into.0).unwrap_or_default(),
            min: usize::try_from(min).unwrap_or(1),
            max: usize::try_from(max).unwrap_or(1),
            terminator,
            sensitive: self.boolean(s, "sensitive"),
        }
    }

    fn checked_value(&mut self, s: &mut Section<'_, '_>) -> String {
        let Some((name, line)) = self.required_text(s, "value", "which value it looks at") else {
            return String::new();
        };
        let field = s.field("value");
        self.draft.values.push(Named { step: s.step, name: name.clone(), field, line });
        name
    }

    fn cases(&mut self, s: &mut Section<'_, '_>) -> Vec<Case> {
        let field = s.field("cases");
        let example = "Write cases = [ { prefix = \"77\", then = \"vip\" } ].";
        let list = match self.value(s, "cases").map(|value| value.get_ref()) {
            Some(DeValue::Array(list)) if !list.is_empty() && list.len() <= LIST_MAX => list,
            _ => {
                let what = format!("`{}` has no list of 1 to {LIST_MAX} cases.", s.path);
                self.broken(s.line, &field, "missing_key", &what, example);
                return Vec::new();
            }
        };
        let mut cases = Vec::new();
        for (at, value) in list.iter().enumerate() {
            let line = self.lines.of_span(value.span());
            let path = format!("{field}[{at}]");
            let DeValue::Table(table) = value.get_ref() else {
                let what = format!("case {} is no table.", at + 1);
                self.broken(line, &path, "wrong_type", &what, example);
                continue;
            };
            let mut case = Section { table, path, line, step: s.step, asked: Vec::new() };
            let tests = [
                self.digits(&mut case, "equals").map(Test::Equals),
                self.digits(&mut case, "prefix").map(Test::Prefix),
                self.whole(&mut case, "length", 1..=DIGITS_MAX)
                    .map(|length| Test::Length(usize::try_from(length).unwrap_or(1))),
            ];
            let then = self.way_as(&mut case, "then", format!("case {}", at + 1), By::Value);
            self.unknown_keys(&case, "a case");
            let mut tests = tests.into_iter().flatten();
            match (tests.next(), tests.next()) {
                (Some(test), None) => cases.push(Case { test, then }),
                _ => {
                    let what = format!("case {} should have one test.", at + 1);
                    let next = "Give it one of equals, prefix and length.";
                    self.fault(line, &case.path, "bad_value", &what, next);
                }
            }
        }
        cases
    }

    fn set(&mut self, s: &mut Section<'_, '_>) -> Set {
        let minutes = self.whole(s, "head_start_min", 1..=HEAD_START_MAX);
        let set = Set {
            head_start: minutes.map(|minutes| Duration::from_secs(minutes * 60)),
            skill: self.known(s, "skill", |world| &world.skills, "unknown_skill"),
            language: self.language(s, "language"),
            request_type: self.text(s, "request_type").map(|text| text.0),
        };
        let keys = ["head_start_min", "skill", "language", "request_type"];
        if !keys.iter().any(|key| has(s.table, key)) {
            let what = format!("`{}` sets nothing.", s.path);
            let next = "Give it one of head_start_min, skill, language and request_type.";
            self.fault(s.line, &s.path, "missing_key", &what, next);
        }
        if let Some(text) = &set.request_type
            && !(1..=80).contains(&text.chars().count())
        {
            let what = "a request type has 1 to 80 characters.";
            let next = "Write a short one, such as request_type = \"claim\".";
            self.fault(s.line, &s.field("request_type"), "bad_value", what, next);
        }
        set
    }
}
