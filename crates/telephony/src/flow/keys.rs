//! The keys of a step, one at a time: each is asked for by its name and must be what it should be.

use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet},
    ops::{Range, RangeInclusive},
};

use domain::Language;
use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use super::{By, Draft, Named, Way, World, read::KINDS};

/// Longest name of a step or value, in characters.
const NAME_MAX: usize = 40;
/// Most prompts of one list, cases of one step, and texts of one case.
pub(super) const LIST_MAX: usize = 1_000;

/// Where lines begin.
pub(super) struct Lines(Vec<usize>);

impl Lines {
    pub(super) fn of(text: &str) -> Self {
        let after = |(at, _): (usize, &str)| at + 1;
        Self(std::iter::once(0).chain(text.match_indices('\n').map(after)).collect())
    }

    pub(super) fn of_span(&self, span: Range<usize>) -> usize {
        self.0.partition_point(|start| *start <= span.start)
    }
}

pub(super) struct Reading<'a> {
    pub(super) draft: &'a mut Draft,
    pub(super) world: &'a World,
    pub(super) lines: Lines,
    pub(super) names: BTreeMap<String, usize>,
}

/// A table of the text while its keys are asked for.
pub(super) struct Section<'t, 'i> {
    pub(super) table: &'t DeTable<'i>,
    /// `step.welcome`.
    pub(super) path: String,
    pub(super) line: usize,
    /// The step it belongs to.
    pub(super) step: usize,
    /// What was asked for: its other keys are unknown.
    pub(super) asked: Vec<&'static str>,
}

impl Section<'_, '_> {
    pub(super) fn field(&self, key: &str) -> String {
        if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) }
    }
}

pub(super) type Value<'t, 'i> = &'t Spanned<DeValue<'i>>;

impl Reading<'_> {
    // Single keys.

    /// Every key of a table is asked for by this, so that the others are known to be unknown.
    pub(super) fn value<'t, 'i>(
        &mut self,
        s: &mut Section<'t, 'i>,
        key: &'static str,
    ) -> Option<Value<'t, 'i>> {
        s.asked.push(key);
        s.table.iter().find(|(name, _)| name.get_ref() == key).map(|(_, value)| value)
    }

    pub(super) fn text(
        &mut self,
        s: &mut Section<'_, '_>,
        key: &'static str,
    ) -> Option<(String, usize)> {
        let value = self.value(s, key)?;
        let line = self.lines.of_span(value.span());
        Some((self.text_of(value, &s.field(key))?, line))
    }

    pub(super) fn text_of(&mut self, value: Value<'_, '_>, field: &str) -> Option<String> {
        if let DeValue::String(text) = value.get_ref() {
            return Some(text.to_string());
        }
        let line = self.lines.of_span(value.span());
        let what = format!("expected a text, found {}.", value.get_ref().type_str());
        self.broken(line, field, "wrong_type", &what, "Put it in double quotes.");
        None
    }

    pub(super) fn required_text(
        &mut self,
        s: &mut Section<'_, '_>,
        key: &'static str,
        what: &str,
    ) -> Option<(String, usize)> {
        if !has(s.table, key) {
            s.asked.push(key);
            let what = format!("`{}` does not say {what}.", s.path);
            let next = match key {
                "kind" => format!("Write kind = \"…\", one of {KINDS}."),
                _ => format!("Write {key} = \"…\"."),
            };
            self.broken(s.line, &s.field(key), "missing_key", &what, &next);
            return None;
        }
        self.text(s, key)
    }

    pub(super) fn boolean(&mut self, s: &mut Section<'_, '_>, key: &'static str) -> bool {
        match self.value(s, key).map(|value| (value, value.get_ref())) {
            Some((_, DeValue::Boolean(on))) => *on,
            Some((value, other)) => {
                let line = self.lines.of_span(value.span());
                let what = format!("expected true or false, found {}.", other.type_str());
                let next = format!("Write {key} = true.");
                self.fault(line, &s.field(key), "wrong_type", &what, &next);
                false
            }
            None => false,
        }
    }

    pub(super) fn whole(
        &mut self,
        s: &mut Section<'_, '_>,
        key: &'static str,
        range: RangeInclusive<i64>,
    ) -> Option<u64> {
        let value = self.value(s, key)?;
        let number = match value.get_ref() {
            DeValue::Integer(number) => i64::from_str_radix(number.as_str(), number.radix()).ok(),
            _ => None,
        };
        if let Some(number) = number.filter(|number| range.contains(number)) {
            return u64::try_from(number).ok();
        }
        let line = self.lines.of_span(value.span());
        let (least, most) = (range.start(), range.end());
        let what = format!("`{key}` should be a whole number from {least} to {most}.");
        let next = format!("Write {key} = {least}, or more.");
        self.fault(line, &s.field(key), "bad_value", &what, &next);
        None
    }

    /// A text or a list of texts.
    pub(super) fn texts(
        &mut self,
        s: &mut Section<'_, '_>,
        key: &'static str,
    ) -> Vec<(String, usize)> {
        let Some(value) = self.value(s, key) else { return Vec::new() };
        let field = s.field(key);
        let line = self.lines.of_span(value.span());
        match value.get_ref() {
            DeValue::Array(list) if (1..=LIST_MAX).contains(&list.len()) => {
                let mut texts = Vec::new();
                for value in list.iter() {
                    let line = self.lines.of_span(value.span());
                    texts.extend(self.text_of(value, &field).map(|text| (text, line)));
                }
                texts
            }
            DeValue::Array(_) => {
                let what = format!("the list should have 1 to {LIST_MAX} texts.");
                self.fault(line, &field, "bad_value", &what, "Leave the key out for none.");
                Vec::new()
            }
            _ => self.text_of(value, &field).map(|text| (text, line)).into_iter().collect(),
        }
    }

    pub(super) fn digits(
        &mut self,
        s: &mut Section<'_, '_>,
        key: &'static str,
    ) -> Option<Vec<String>> {
        has(s.table, key).then(|| {
            let texts = self.texts(s, key);
            for (text, line) in &texts {
                if text.is_empty() || !text.bytes().all(|b| b.is_ascii_digit()) {
                    let what = format!("`{text}` is nothing that a caller could type.");
                    let next = format!("Write digits in quotes, such as {key} = \"77\".");
                    self.fault(*line, &s.field(key), "bad_value", &what, &next);
                }
            }
            texts.into_iter().map(|(text, _)| text).collect()
        })
    }

    pub(super) fn prompts(
        &mut self,
        s: &mut Section<'_, '_>,
        key: &'static str,
        must: bool,
    ) -> Vec<String> {
        let field = s.field(key);
        if must && !has(s.table, key) {
            let what = format!("`{}` says nothing to the caller.", s.path);
            let next = format!("Write {key} = \"…\", the name of one of the client's prompts.");
            self.fault(s.line, &field, "missing_key", &what, &next);
        }
        let mut names = Vec::new();
        for (name, line) in self.texts(s, key) {
            let field = field.clone();
            self.draft.prompts.push(Named { step: s.step, name: name.clone(), field, line });
            names.push(name);
        }
        names
    }

    pub(super) fn known(
        &mut self,
        s: &mut Section<'_, '_>,
        key: &'static str,
        of: fn(&World) -> &BTreeSet<String>,
        code: &str,
    ) -> Option<String> {
        let (name, line) = self.text(s, key)?;
        let known = of(self.world);
        if known.contains(&name) || self.world.any_name {
            return Some(name);
        }
        let what = format!("there is no {key} called `{name}`.");
        let next = one_of(known.iter().map(String::as_str), "create it first");
        self.fault(line, &s.field(key), code, &what, &next);
        None
    }

    pub(super) fn language(
        &mut self,
        s: &mut Section<'_, '_>,
        key: &'static str,
    ) -> Option<Language> {
        let (text, line) = self.text(s, key)?;
        self.known_language(&text, &s.field(key), line)
    }

    pub(super) fn known_language(
        &mut self,
        text: &str,
        field: &str,
        line: usize,
    ) -> Option<Language> {
        let language = text.parse().ok();
        let known = language.filter(|of| self.world.any_name || self.world.languages.contains(of));
        if known.is_none() {
            let what = format!("`{text}` is no language of the client.");
            let codes = self.world.languages.iter().map(Language::code);
            let next = one_of(codes, "set the client's languages first");
            self.fault(line, field, "unknown_language", &what, &next);
        }
        known
    }

    // Ways.

    pub(super) fn way(&mut self, s: &mut Section<'_, '_>, key: &'static str, by: By) -> usize {
        self.way_as(s, key, key.to_owned(), by)
    }

    pub(super) fn way_as(
        &mut self,
        s: &mut Section<'_, '_>,
        key: &'static str,
        on: String,
        by: By,
    ) -> usize {
        if !has(s.table, key) {
            s.asked.push(key);
            let what = format!("`{}` leads nowhere: it has no {key}.", s.path);
            let next = format!("Write {key} = \"…\", the name of a step.");
            self.broken(s.line, &s.field(key), "dead_end", &what, &next);
            return 0;
        }
        self.optional_way(s, key, on, by).unwrap_or(0)
    }

    /// Whoever is lost goes to a person, where the text says nothing else.
    pub(super) fn way_or_person(
        &mut self,
        s: &mut Section<'_, '_>,
        key: &'static str,
        on: &str,
        by: By,
    ) -> usize {
        if !has(s.table, key) {
            s.asked.push(key);
            let person = self.draft.person;
            if let Some(person) = person {
                self.add_way(s.step, on.to_owned(), person, by);
            }
            return person.unwrap_or(0);
        }
        self.optional_way(s, key, on.to_owned(), by).unwrap_or(0)
    }

    pub(super) fn optional_way(
        &mut self,
        s: &mut Section<'_, '_>,
        key: &'static str,
        on: String,
        by: By,
    ) -> Option<usize> {
        let (name, line) = self.text(s, key)?;
        let to = self.target(&name, &s.field(key), line)?;
        self.add_way(s.step, on, to, by);
        Some(to)
    }

    pub(super) fn way_of(
        &mut self,
        s: &mut Section<'_, '_>,
        key: &'static str,
        what: &str,
    ) -> Option<usize> {
        if !has(s.table, key) {
            s.asked.push(key);
            let what = format!("the flow does not name {what}.");
            let next = format!("Write {key} = \"…\" above the first step.");
            self.broken(s.line, key, "missing_key", &what, &next);
            return None;
        }
        let (name, line) = self.text(s, key)?;
        self.target(&name, key, line)
    }

    pub(super) fn target(&mut self, name: &str, field: &str, line: usize) -> Option<usize> {
        let to = self.names.get(name).copied();
        if to.is_none() {
            let what = format!("there is no step called `{name}`.");
            let near = nearest(name, self.names.keys().map(String::as_str));
            let next = match near {
                Some(near) => format!("Did you mean \"{near}\"? Otherwise add [step.{name}]."),
                None => format!("Add [step.{name}], or name another step."),
            };
            self.broken(line, field, "unknown_step", &what, &next);
        }
        to
    }

    pub(super) fn add_way(&mut self, from: usize, on: String, to: usize, by: By) {
        self.draft.ways.push(Way { from, on, to, by });
    }

    // Faults.

    pub(super) fn unknown_keys(&mut self, s: &Section<'_, '_>, of: &str) {
        for (name, _) in in_order(s.table) {
            let name = (name.get_ref(), self.lines.of_span(name.span()));
            if !s.asked.contains(&&**name.0) {
                let what = format!("{of} has no key `{}`.", name.0);
                let next = match nearest(name.0, s.asked.iter().copied()) {
                    Some(near) => format!("Did you mean `{near}`? Otherwise remove it."),
                    None => format!("Remove it; the keys are {}.", s.asked.join(", ")),
                };
                self.fault(name.1, &s.field(name.0), "unknown_key", &what, &next);
            }
        }
    }

    pub(super) fn fault(&mut self, line: usize, field: &str, code: &str, what: &str, next: &str) {
        self.draft.fault(line, field, code, what, next);
    }

    /// A fault after which nobody can say what leads where.
    pub(super) fn broken(&mut self, line: usize, field: &str, code: &str, what: &str, next: &str) {
        self.draft.is_broken = true;
        self.fault(line, field, code, what, next);
    }
}

pub(super) fn has(table: &DeTable<'_>, key: &str) -> bool {
    table.iter().any(|(name, _)| name.get_ref() == key)
}

/// The entries of a table as the text has them.
pub(super) fn in_order<'t, 'i>(
    table: &'t DeTable<'i>,
) -> Vec<(&'t Spanned<Cow<'i, str>>, Value<'t, 'i>)> {
    let mut entries: Vec<_> = table.iter().collect();
    entries.sort_by_key(|(name, _)| name.span().start);
    entries
}

pub(super) fn is_name(name: &str) -> bool {
    (1..=NAME_MAX).contains(&name.len())
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-')
}

pub(super) fn one_of<'a>(names: impl Iterator<Item = &'a str>, or: &str) -> String {
    let names: Vec<&str> = names.take(20).collect();
    match names.len() {
        0 => format!("There is none: {or}."),
        _ => format!("Use one of {}, or {or}.", names.join(", ")),
    }
}

/// The name that a slip of one or two letters may have meant.
pub(super) fn nearest<'a>(name: &str, names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    if name.len() > NAME_MAX {
        return None;
    }
    let limit = if name.len() < 5 { 1 } else { 2 };
    let near = names.map(|known| (distance(name, known), known)).min()?;
    (near.0 <= limit).then_some(near.1)
}

/// How many letters must be put in, left out or exchanged to turn one name into the other.
pub(super) fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut before = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let here = row[j + 1];
            row[j + 1] = (before + usize::from(x != y)).min(here + 1).min(row[j] + 1);
            before = here;
        }
    }
    row[b.len()]
}
